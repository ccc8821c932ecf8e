# SPDX-License-Identifier: Apache-2.0
"""The book as it is told on a page: its state, and one entry from end to end.

Everything is read from the book; nothing is worked out that it does not say. An entry
stands with both of its accounts before and after it, in the order of the book, and
with the rows of the audit trail that tell why it was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from ceyuan.ledger import balance, balances, trace, trial_balance
from ceyuan.ledger import queries as q
from ceyuan.ledger.reading import Trial
from ceyuan.office.auditing import _told
from ceyuan.office.journal_found import beside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

    from ceyuan.ledger import Balance, Entry
    from ceyuan.office.journal_found import Found

_BEFORE = """
select coalesce(sum(case when a.id = x.credit then x.amount else -x.amount end), 0)
from ledger_account a left join lateral (
  select debit, credit, amount from ledger_transfer
    where debit = a.id and seq < %(seq)s and kind in ('transfer', 'reverse', 'post')
  union all select debit, credit, amount from ledger_transfer
    where credit = a.id and seq < %(seq)s and kind in ('transfer', 'reverse', 'post')
) x on true
where a.path = %(path)s
"""
_SEALED = """
select number, upto, head from ledger_seal
where since <= %(at)s and upto > %(at)s
"""
_LAST = """
select number, upto, head from ledger_seal order by number desc limit 1
"""
_AUDITS = """
select seq, known_at, actor, behalf, verb, object, reason, before, after, request
from audit where object = any(%s) order by seq
"""
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal: its number, the moment up to which it closes, its head."""

    number: int
    upto: datetime
    head: str


@dataclass(frozen=True, slots=True)
class BookState:
    """How the book stands.

    Args:
        rows: The trial balance.
        off: By how much debits are above credits, where they differ.
        last: The last seal; None: nothing is sealed.
        unsealed: Entries after it.
    """

    rows: tuple[Trial, ...]
    off: Mapping[str, int]
    last: Sealed | None
    unsealed: int

    @property
    def balanced(self) -> bool:
        """Return whether debits equal credits, for everything that is counted."""
        return not self.off


@dataclass(frozen=True, slots=True)
class Side:
    """An account of an entry, as it was before and after it.

    Args:
        now: The account as it is now.
        before: What it had, on its own side.
        after: What it had then.
    """

    now: Balance
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class EntryTold:
    """An entry with all that belongs to it.

    Args:
        found: The entry, what it ended, what ended it, whose hands.
        linked: What it succeeded together with.
        debit: The debited account.
        credit: The credited account.
        sealed: The seal that it lies under; None: not sealed yet.
        audits: Rows of the audit trail about it, the oldest first.
    """

    found: Found
    linked: tuple[Entry, ...]
    debit: Side
    credit: Side
    sealed: Sealed | None
    audits: tuple[dict[str, Any], ...]

    @property
    def entry(self) -> Entry:
        """Return the entry itself."""
        return self.found.entry

    @property
    def moved(self) -> bool:
        """Return whether it moved anything."""
        return self.entry.kind in ("transfer", "post", "reverse")


def book_state(conn: Connection) -> BookState:
    """Return how the book stands now."""
    rows = trial_balance(conn)
    last = conn.execute(_LAST).fetchone()
    left = conn.execute(q.UNSEALED, {"upto": last[1] if last else _EVER}).fetchone()
    return BookState(
        tuple(rows),
        off_by(rows),
        None if last is None else _sealed(last),
        int(left[0]) if left else 0,
    )


def trial_as_of(
    conn: Connection, as_of: date | None, known_at: datetime | None = None
) -> list[Trial]:
    """Return the trial balance on a day, as known at a moment; now where neither."""
    if as_of is None and known_at is None:
        return trial_balance(conn)
    sums: dict[tuple[str, str], list[int]] = {}
    for one in balances(conn, as_of=as_of, known_at=known_at):
        row = sums.setdefault((one.commodity, one.side), [0] * 5)
        said = (1, one.debits, one.credits, one.debits_held, one.credits_held)
        for at, number in enumerate(said):
            row[at] += number
    return [
        Trial(commodity, "debit" if side == "debit" else "credit", *row)
        for (commodity, side), row in sorted(sums.items())
    ]


def totals(rows: Sequence[Trial]) -> list[tuple[tuple[Trial, ...], tuple[int, ...]]]:
    """Return the rows of each commodity, and the sums under them.

    The sums are of accounts, debits, credits, open debits and open credits.
    """
    by: dict[str, list[Trial]] = {}
    for one in rows:
        by.setdefault(one.commodity, []).append(one)
    return [
        (
            tuple(some),
            tuple(
                sum(getattr(one, name) for one in some)
                for name in (
                    "accounts",
                    "debits",
                    "credits",
                    "debits_held",
                    "credits_held",
                )
            ),
        )
        for some in by.values()
    ]


def off_by(rows: Sequence[Trial]) -> dict[str, int]:
    """Return by how much debits are above credits, by commodity, where they differ."""
    sums: dict[str, int] = {}
    for one in rows:
        sums[one.commodity] = sums.get(one.commodity, 0) + one.debits - one.credits
    return {commodity: off for commodity, off in sums.items() if off}


def entry_told(conn: Connection, name: str) -> EntryTold:
    """Return an entry with all that belongs to it.

    Raises:
        UsageError: There is no such entry.
    """
    made = trace(conn, name)
    one = made.entry
    (found,) = beside(conn, [one])
    seal = conn.execute(_SEALED, {"at": one.known_at}).fetchone()
    return EntryTold(
        found,
        made.linked,
        _side(conn, one, one.debit),
        _side(conn, one, one.credit),
        None if seal is None else _sealed(seal),
        tuple(_audits(conn, found)),
    )


def _sealed(row: tuple[Any, ...]) -> Sealed:
    return Sealed(row[0], row[1], bytes(row[2]).hex())


def _side(conn: Connection, one: Entry, path: str) -> Side:
    now = balance(conn, path)
    row = conn.execute(_BEFORE, {"path": path, "seq": one.seq}).fetchone()
    sign = 1 if now.side == "credit" else -1
    before = sign * int(row[0]) if row else 0
    moved = one.amount if one.kind in ("transfer", "post", "reverse") else 0
    moved = moved if path == one.credit else -moved
    return Side(now, before, before + sign * moved)


def _audits(conn: Connection, found: Found) -> list[dict[str, Any]]:
    """Return the rows about an entry, its move, its entitlement, its payment."""
    name = found.entry.id
    objects = {name, name.partition("#")[0]}
    if found.hands is not None:
        objects |= {found.hands.entitlement, found.hands.payment}
    rows = conn.execute(_AUDITS, (sorted(objects - {""}),))
    return [_told(row) for row in rows]
