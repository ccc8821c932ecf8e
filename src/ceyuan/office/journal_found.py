# SPDX-License-Identifier: Apache-2.0
"""Entries of the book, found: by instrument, account, days, person, words.

The list is paged by the place of an entry in the book, so that a page stays the page
that it was while others write. Beside each entry stands what it took back or ended,
what took it back, and who decided, approved and paid what it is about.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ceyuan.ledger import queries as q
from ceyuan.ledger.reading import entries, entry, settled_by
from ceyuan.office.hands import hands_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from psycopg import Connection

    from ceyuan.ledger import Entry
    from ceyuan.office.hands import Hands

_FROM = q.ENTRIES.partition("where")[0]
_CONDITIONS = {
    "instrument": "starts_with(t.code, %(instrument)s || '.')",
    "accounts": "(t.debit = any(%(accounts)s) or t.credit = any(%(accounts)s))",
    "since": "t.effective >= %(since)s",
    "until": "t.effective <= %(until)s",
    "person": "t.actor = %(person)s",
    "kind": "t.kind = %(kind)s",
    "text": """(position(lower(%(text)s) in lower(t.id)) > 0
      or position(lower(%(text)s) in lower(t.cause)) > 0
      or t.debit = any(%(named)s) or t.credit = any(%(named)s))""",
}
_ACCOUNTS = """
select id from ledger_account where path = %(said)s or starts_with(path, %(said)s || '/')
"""
# Accounts whose path holds the words, or that belong to a party of this name.
_NAMED = """
select id from ledger_account a
where position(lower(%(text)s) in lower(path)) > 0 or exists (
  select from payee p where position(lower(%(text)s) in lower(p.holder)) > 0
    and right(a.path, length(p.party) + 1) = '/' || p.party)
limit 20000
"""
_SUMS = """
select t.commodity, t.kind, count(*), sum(t.amount) from ledger_transfer t
"""
_MOVED = ("transfer", "post")
_FREED = ("void", "expire")


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalAsked:
    """Which entries are wanted; what is empty does not matter.

    Args:
        instrument: Id of an instrument, or `pay`.
        account: Path of an account, or what paths begin with.
        since: First day on which they count.
        until: Last day.
        person: Who wrote them.
        text: Words in the id, the cause, an account, or the name of a party.
        kind: What they do.
    """

    instrument: str = ""
    account: str = ""
    since: date | None = None
    until: date | None = None
    person: str = ""
    text: str = ""
    kind: str = ""

    @property
    def asked(self) -> dict[str, Any]:
        """Return what is asked, by name."""
        every = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in every.items() if value}


@dataclass(frozen=True, slots=True)
class Found:
    """An entry with what belongs beside it.

    Args:
        entry: The entry.
        of: What it ended or took back; None: nothing.
        by: What ended it or took it back.
        hands: Who decided, approved, paid; None: it is about no entitlement.
    """

    entry: Entry
    of: Entry | None
    by: tuple[Entry, ...]
    hands: Hands | None

    @property
    def reversals(self) -> tuple[Entry, ...]:
        """Return what took it back, whole or in part."""
        return tuple(one for one in self.by if one.kind == "reverse")


@dataclass(frozen=True, slots=True)
class Sum:
    """What some entries of one commodity come to, in its smallest unit."""

    commodity: str
    moved: int
    reversed: int
    held: int
    freed: int


@dataclass(frozen=True, slots=True)
class JournalPage:
    """A page of the journal, the newest first.

    Args:
        rows: Its entries.
        older: Before which place the next page begins; 0: there is none.
        newer: After which place the page before lies; 0: there is none.
        count: How many entries there are in all.
        sums: What all of them come to, by commodity.
    """

    rows: tuple[Found, ...]
    older: int
    newer: int
    count: int
    sums: tuple[Sum, ...]


def find(
    conn: Connection,
    asked: JournalAsked,
    *,
    before: int = 0,
    after: int = 0,
    limit: int = 50,
) -> JournalPage:
    """Return a page of the entries that are wanted.

    Args:
        conn: The transaction.
        asked: Which ones.
        before: Only entries before this place; 0: from the newest.
        after: Only entries after this place, the nearest to it.
        limit: At most so many.
    """
    where, given = _where(conn, asked)
    wanted = [*where]
    if before:
        wanted.append("t.seq < %(before)s")
    if after:
        wanted.append("t.seq > %(after)s")
    rows = conn.execute(
        f"{_FROM} {_all(wanted)} order by t.seq {'asc' if after else 'desc'}"
        " limit %(limit)s",
        {**given, "before": before, "after": after, "limit": limit + 1},
    ).fetchall()
    has_more = len(rows) > limit
    shown = [entry(row) for row in rows[:limit]]
    if after:
        shown.reverse()
    counted = conn.execute(
        f"{_SUMS} {_all(where)} group by 1, 2 order by 1, 2",
        given,
    ).fetchall()
    older = bool(after) or has_more
    newer = has_more if after else bool(before)
    return JournalPage(
        tuple(beside(conn, shown)),
        shown[-1].seq if shown and older else 0,
        shown[0].seq if shown and newer else 0,
        sum(row[2] for row in counted),
        _sums(counted),
    )


def every(conn: Connection, asked: JournalAsked) -> Iterator[Found]:
    """Yield all entries that are wanted, in the order of the book."""
    where, given = _where(conn, asked)
    with conn.cursor(name="journal") as cursor:
        cursor.itersize = 2_000
        cursor.execute(
            f"{_FROM} {_all(where)} order by t.seq",
            given,
        )
        while rows := cursor.fetchmany(2_000):
            yield from beside(conn, [entry(row) for row in rows])


def beside(conn: Connection, some: Sequence[Entry]) -> list[Found]:
    """Return entries with what belongs beside each of them."""
    of = {one.id: one for one in entries(conn, [e.of for e in some if e.of])}
    by: dict[str, list[Entry]] = {}
    for one in settled_by(conn, [e.id for e in some]):
        by.setdefault(one.of, []).append(one)
    hands = hands_of(conn, [e.id for e in some])
    return [
        Found(e, of.get(e.of), tuple(by.get(e.id, ())), hands.get(e.id)) for e in some
    ]


def _where(conn: Connection, asked: JournalAsked) -> tuple[list[str], dict[str, Any]]:
    given = asked.asked
    if "account" in given:
        said = {"said": str(given.pop("account")).rstrip("/")}
        given["accounts"] = [row[0] for row in conn.execute(_ACCOUNTS, said)]
    where = [_CONDITIONS[name] for name in given]
    if "text" in given:
        named = conn.execute(_NAMED, {"text": given["text"]})
        given["named"] = [row[0] for row in named]
    return where, given


def _all(where: Sequence[str]) -> str:
    return f"where {' and '.join(where)}" if where else ""


def _sums(counted: Sequence[tuple[Any, ...]]) -> tuple[Sum, ...]:
    sums: dict[str, dict[str, int]] = {}
    for commodity, kind, _, amount in counted:
        sums.setdefault(commodity, {})[kind] = int(amount)

    def of(kinds: dict[str, int], *names: str) -> int:
        return sum(kinds.get(name, 0) for name in names)

    return tuple(
        Sum(
            commodity,
            of(kinds, *_MOVED),
            of(kinds, "reverse"),
            of(kinds, "hold"),
            of(kinds, *_FREED),
        )
        for commodity, kinds in sums.items()
    )
