# SPDX-License-Identifier: Apache-2.0
"""Reading the book: balances now, on a day, as known then; statements; one yuan.

A balance now is one row, however long the history. A balance *on a day* adds up what
was effective by then, and *as known at a moment* only what had been written by then:
the two clocks of everything that the office keeps.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from ceyuan.kernel import UsageError
from ceyuan.ledger import queries as q
from ceyuan.ledger.model import Balance, Entry
from ceyuan.ledger.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import psycopg

JOURNAL_COLUMNS: Mapping[str, Any] = {
    "seq": pl.Int64,
    "id": pl.String,
    "kind": pl.String,
    "debit": pl.String,
    "credit": pl.String,
    "amount": pl.Int64,
    "commodity": pl.String,
    "code": pl.String,
    "cause": pl.String,
    "effective": pl.Date,
    "of_id": pl.String,
    "expires": pl.Date,
    "link": pl.String,
    "actor": pl.String,
    "known_at": pl.Datetime("us", "UTC"),
    "sha": pl.String,
}
_EVER = datetime.max.replace(tzinfo=UTC)
_MOST = 1_000_000


def entry(row: Sequence[Any]) -> Entry:
    """Return a row of the book."""
    names = ("seq", "id", "kind", "debit", "credit", "amount", "commodity", "code",
             "cause", "effective", "of", "expires", "link", "actor", "known_at",
             "sha")  # fmt: skip
    said = dict(zip(names, row, strict=True))
    said["known_at"] = said["known_at"].astimezone(UTC)
    said["sha"] = bytes(said["sha"])
    return Entry(**said)


def balance(
    conn: psycopg.Connection,
    path: str,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> Balance:
    """Return what an account has.

    Args:
        conn: A connection.
        path: The account.
        as_of: What was effective by the end of a day; by default all.
        known_at: What had been written by a moment; by default all.

    Raises:
        Refused: There is no such account.
    """
    if as_of is None and known_at is None:
        row = conn.execute(q.BALANCE, (path,)).fetchone()
    else:
        found = _as_of(conn, "a.path = %(path)s", path, as_of, known_at)
        row = found[0] if found else None
    if row is None:
        raise Refused("L103", {"id": "—", "account": path})
    return Balance(*row)


def balances(
    conn: psycopg.Connection,
    prefix: str = "",
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> list[Balance]:
    """Return what all accounts whose path begins so have, in the order of paths."""
    if as_of is None and known_at is None:
        rows = conn.execute(q.BALANCES, (prefix,)).fetchall()
    else:
        rows = _as_of(conn, "starts_with(a.path, %(path)s)", prefix, as_of, known_at)
    return [Balance(*row) for row in rows]


def _as_of(
    conn: psycopg.Connection,
    where: str,
    path: str,
    as_of: date | None,
    known_at: datetime | None,
) -> list[tuple[Any, ...]]:
    return [
        (*row[:3], *map(int, row[3:7]), *row[7:])
        for row in conn.execute(
            q.AS_OF.format(where=where),
            {
                "path": path,
                "as_of": as_of or date.max,
                "known_at": known_at or _EVER,
            },
        )
    ]


def statement(
    conn: psycopg.Connection,
    path: str,
    *,
    since: date = date.min,
    until: date = date.max,
    known_at: datetime | None = None,
    limit: int = _MOST,
) -> list[Entry]:
    """Return what touched an account, in the order of the days.

    Raises:
        Refused: There is no such account.
    """
    balance(conn, path)
    rows = conn.execute(
        q.STATEMENT,
        {
            "path": path,
            "since": since,
            "until": until,
            "known_at": known_at or _EVER,
            "limit": limit,
        },
    )
    return [entry(row) for row in rows]


def journal(
    conn: psycopg.Connection,
    *,
    since: date = date.min,
    until: date = date.max,
    cause: str = "",
    limit: int = 100,
) -> list[Entry]:
    """Return the last entries, the newest first."""
    rows = conn.execute(
        q.JOURNAL, {"since": since, "until": until, "cause": cause, "limit": limit}
    )
    return [entry(row) for row in rows]


def entries(conn: psycopg.Connection, ids: Sequence[str]) -> list[Entry]:
    """Return entries by their ids, in the order of the book."""
    return [entry(row) for row in conn.execute(q.ENTRIES, (list(ids),))]


def settled_by(conn: psycopg.Connection, ids: Sequence[str]) -> list[Entry]:
    """Return what ended these holds or reversed these transfers."""
    return [entry(row) for row in conn.execute(q.OF, (list(ids),))]


@dataclass(frozen=True, slots=True)
class Traced:
    """A transfer and all that belongs to it.

    Args:
        entry: The transfer.
        of: What it ended or reversed; None: nothing.
        by: What ended or reversed it.
        linked: What it succeeded together with.
    """

    entry: Entry
    of: Entry | None
    by: tuple[Entry, ...]
    linked: tuple[Entry, ...]


def trace(conn: psycopg.Connection, name: str) -> Traced:
    """Return a transfer and all that belongs to it.

    Raises:
        UsageError: There is no such transfer.
    """
    found = entries(conn, [name])
    if not found:
        msg = f"账上没有 `{name}` (there is no such transfer)"
        raise UsageError(msg, hint="`ceyuan ledger journal` 列出最近的转账")
    (one,) = found
    of = entries(conn, [one.of]) if one.of else []
    linked = [entry(r) for r in conn.execute(q.LINKED, (one.link,))] if one.link else []
    return Traced(
        one,
        of[0] if of else None,
        tuple(settled_by(conn, [name])),
        tuple(e for e in linked if e.id != name),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One step of following money.

    Args:
        depth: How many transfers away from where it began.
        entry: The transfer.
        most: The most of the money followed that can have gone this way.
        beside: What succeeded together with it: the voucher that the money pays, say.
    """

    depth: int
    entry: Entry
    most: int
    beside: tuple[Entry, ...] = ()


def follow(
    conn: psycopg.Connection,
    name: str,
    *,
    forward: bool = True,
    limit: int = 200,
) -> list[Step]:
    """Return where the money of a transfer went, or where it came from.

    Forward: what the credited account passed on afterwards, and so on, to the end;
    backward: what the debited account had received before. Money in an account is not
    marked, so each step says the most that can have gone this way. An account is
    passed through once.

    Args:
        conn: A connection.
        name: Id of a transfer.
        forward: Where it went; else where it came from.
        limit: At most so many steps.

    Raises:
        UsageError: There is no such transfer, or it moved nothing (a hold, a void).
    """
    first = trace(conn, name).entry
    if first.kind not in ("transfer", "post", "reverse"):
        msg = f"`{name}` 是 {first.kind}，没有移动任何东西 (it moved nothing)"
        raise UsageError(msg, hint="看它了结或冲正的那笔：`ceyuan ledger trace`")
    steps = [Step(0, first, first.amount)]
    seen, passed = {first.id}, set()
    queue = deque(steps)
    asked = q.TOUCHING.format(
        side="debit" if forward else "credit",
        than=">" if forward else "<",
        order="" if forward else "desc",
    )
    while queue and len(steps) < limit:
        at = queue.popleft()
        account = at.entry.credit if forward else at.entry.debit
        if account in passed:
            continue
        passed.add(account)
        rows = conn.execute(
            asked,
            {"paths": [account], "seq": at.entry.seq, "limit": limit - len(steps)},
        ).fetchall()
        for row in rows:
            one = entry(row)
            if one.id in seen or one.commodity != first.commodity:
                continue
            seen.add(one.id)
            step = Step(at.depth + 1, one, min(at.most, one.amount))
            steps.append(step)
            queue.append(step)
    return _beside(conn, steps)


def _beside(conn: psycopg.Connection, steps: list[Step]) -> list[Step]:
    """Return steps with what succeeded together with each."""
    links = sorted({step.entry.link for step in steps if step.entry.link})
    found: dict[str, list[Entry]] = {}
    for row in conn.execute(q.LINKED.replace("= %s", "= any(%s)"), (links,)):
        one = entry(row)
        found.setdefault(one.link, []).append(one)
    return [
        replace(
            step,
            beside=tuple(
                one for one in found.get(step.entry.link, ()) if one.id != step.entry.id
            ),
        )
        for step in steps
    ]


@dataclass(frozen=True, slots=True)
class Trial:
    """One side of one commodity in the trial balance.

    Args:
        commodity: What is counted.
        side: Accounts that grow on this side.
        accounts: How many.
        debits: Sum of posted debits.
        credits: Sum of posted credits.
        debits_held: Sum of open holds on the debit side.
        credits_held: Sum of open holds on the credit side.
    """

    commodity: str
    side: Literal["debit", "credit"]
    accounts: int
    debits: int
    credits: int
    debits_held: int
    credits_held: int


def trial_balance(conn: psycopg.Connection) -> list[Trial]:
    """Return the sums per commodity and side; debits equal credits per commodity."""
    return [Trial(r[0], r[1], r[2], *map(int, r[3:])) for r in conn.execute(q.TRIAL)]


def all_entries(conn: psycopg.Connection) -> Iterator[tuple[Any, ...]]:
    """Yield all entries in the order of the book, in the order of `JOURNAL_COLUMNS`."""
    with conn.cursor(name="entries") as cursor:
        cursor.itersize = 20_000
        cursor.execute(q.ENTRIES.replace("where t.id = any(%s)", ""))
        yield from cursor


def account_rows(conn: psycopg.Connection) -> list[tuple[Any, ...]]:
    """Return path, side, commodity, opened and closed of each account."""
    return conn.execute(q.ACCOUNTS).fetchall()
