# SPDX-License-Identifier: Apache-2.0
"""Accounts and statements, a page at a time: by their paths, by their entries.

A statement's page begins with what the account had before it, so that the running
balance is the same as that of the whole statement (`book_out.statement_of`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ceyuan.ledger import Balance, balance
from ceyuan.ledger import queries as q
from ceyuan.ledger.reading import entry
from ceyuan.office.book_out import StatementLine, _held

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from ceyuan.ledger import Entry

_FROM = q.ENTRIES.partition("where")[0]
_LIST = """
select path, commodity, side, debits, credits, debits_held, credits_held, floor,
  ceiling, closed
from ledger_account a
where (%(begins)s::text[] is null or exists (
    select from unnest(%(begins)s::text[]) as b(begin) where starts_with(path, b.begin)))
  and (%(text)s = '' or position(lower(%(text)s) in lower(path)) > 0 or exists (
    select from payee p where position(lower(%(text)s) in lower(p.holder)) > 0
      and right(a.path, length(p.party) + 1) = '/' || p.party))
  and (%(commodity)s = '' or commodity = %(commodity)s)
  and path collate "C" > %(after)s collate "C"
order by path collate "C" limit %(limit)s
"""
_LINES = (
    _FROM
    + """
where (t.debit = %(account)s or t.credit = %(account)s)
  and t.effective between %(since)s and %(until)s
  and (t.effective, t.seq) > (%(day)s, %(seq)s)
order by t.effective, t.seq limit %(limit)s
"""
)
_BEFORE = """
select coalesce(sum(case when credit = %(account)s then amount else -amount end), 0)
from (
  select credit, amount, effective, seq from ledger_transfer
    where debit = %(account)s and kind in ('transfer', 'reverse', 'post')
  union all select credit, amount, effective, seq from ledger_transfer
    where credit = %(account)s and kind in ('transfer', 'reverse', 'post')
) t where (effective, seq) <= (%(day)s, %(seq)s)
"""
_NUMBER = "select id from ledger_account where path = %s"
Key = tuple[date, int]
START: Key = (date.min, 0)


@dataclass(frozen=True, slots=True)
class AccountsPage:
    """A page of accounts in the order of their paths.

    Args:
        rows: The accounts.
        after: The path after which the next page begins; empty: there is none.
    """

    rows: tuple[Balance, ...]
    after: str


@dataclass(frozen=True, slots=True)
class StatementPage:
    """A page of an account's statement.

    Args:
        account: The account as it is now.
        before: What it had before the first line of the page, on its own side.
        after: What it has after the last one.
        lines: The lines, in the order of their days.
        next: Where the next page begins; None: this is the last one.
    """

    account: Balance
    before: int
    after: int
    lines: tuple[StatementLine, ...]
    next: Key | None


def accounts_page(
    conn: Connection,
    *,
    begins: Sequence[str] = (),
    text: str = "",
    commodity: str = "",
    after: str = "",
    limit: int = 100,
) -> AccountsPage:
    """Return a page of accounts.

    Args:
        conn: The transaction.
        begins: What their paths begin with, one of these; any where there are none.
        text: Words in the path, or in the name of whose it is.
        commodity: What they count.
        after: The path after which the page begins.
        limit: At most so many.
    """
    rows = conn.execute(
        _LIST,
        {
            "begins": list(begins) or None,
            "text": text,
            "commodity": commodity,
            "after": after,
            "limit": limit + 1,
        },
    ).fetchall()
    shown = tuple(Balance(*row) for row in rows[:limit])
    return AccountsPage(shown, shown[-1].path if len(rows) > limit else "")


def statement_page(
    conn: Connection,
    path: str,
    *,
    since: date = date.min,
    until: date = date.max,
    after: Key = START,
    limit: int = 100,
) -> StatementPage:
    """Return a page of an account's statement, with a running balance.

    Args:
        conn: The transaction.
        path: The account.
        since: First day.
        until: Last day.
        after: Day and place of the entry after which the page begins.
        limit: At most so many lines.

    Raises:
        Refused: There is no such account.
    """
    account = balance(conn, path)
    (number,) = conn.execute(_NUMBER, (path,)).fetchone() or (0,)
    day, seq = max(after, (since, 0) if since == date.min else _day_before(since))
    given = {
        "account": number,
        "since": since,
        "until": until,
        "day": day,
        "seq": seq,
        "limit": limit + 1,
    }
    sign = 1 if account.side == "credit" else -1
    (net,) = conn.execute(_BEFORE, given).fetchone() or (0,)
    found = [entry(row) for row in conn.execute(_LINES, given)]
    shown = found[:limit]
    has = before = sign * int(net)
    holds = _held(conn, [one.of for one in shown if one.of])
    lines = []
    for one in shown:
        line = _line(one, path, has, sign, holds.get(one.of, one.amount))
        has = line.has
        lines.append(line)
    is_last = len(found) <= limit
    key = None if is_last else (shown[-1].effective, shown[-1].seq)
    return StatementPage(account, before, has, tuple(lines), key)


def _day_before(day: date) -> Key:
    """Return a key after everything that counts before a day."""
    return day - timedelta(1), 2**62


def _line(one: Entry, path: str, has: int, sign: int, hold: int) -> StatementLine:
    debits = one.debit == path
    moved = one.amount if one.kind in ("transfer", "post", "reverse") else 0
    held = one.amount if one.kind == "hold" else 0
    if one.kind in ("post", "void", "expire"):
        held = -hold
    debit, credit = (moved, 0) if debits else (0, moved)
    other = one.credit if debits else one.debit
    return StatementLine(one, debit, credit, held, has + sign * (credit - debit), other)
