# SPDX-License-Identifier: Apache-2.0
"""Payments as a page tells them: one of them, a batch page by page, what came back.

Account numbers are told by their last four figures, except to who pays. What belongs
to a party is told to it by the same predicate that lists and exports use: the party is
the `organisation` of a payment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UsageError
from ceyuan.office.money_told import PaymentTold, _payment
from ceyuan.office.payees import masked
from ceyuan.office.paying import others_due
from ceyuan.office.reconciling import _whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from psycopg import Connection

    from ceyuan.office.paying import Owed

_SEEN = """
from (
  select p.id, p.batch_id, b.day, p.line, p.entitlement_id, p.party, p.holder, p.bank,
    p.account, p.amount, p.state, b.actor, b.synthetic, p.party as organisation,
    coalesce((select r.bank_reason from payment_return r where r.payment = p.id
      and r.result in ('paid', 'failed') order by r.id desc limit 1), '') as reason,
    (select r.day from payment_return r where r.payment = p.id
      and r.result in ('paid', 'failed') order by r.id desc limit 1) as returned_on
  from payment p join payment_batch b on b.id = p.batch_id
) as one
"""
_COLUMNS = """
select id, batch_id, day, line, entitlement_id, party, holder, bank, account, amount,
  state, reason, returned_on
"""
_MORE = "select account, actor, synthetic" + _SEEN + "where id = %s"
_COUNTS = """
select state, count(*), sum(amount) from payment where batch_id = %s group by state
"""
_LINES = """
select file_name, line, payment, amount, outcome, bank_reason, day, result, problem,
  actor, known_at
from payment_return where {where} order by {order} limit %(limit)s
"""
_FILES = """
select encode(file_sha, 'hex'), min(file_name), min(actor), min(known_at), count(*),
  count(*) filter (where result = 'paid'),
  coalesce(sum(amount) filter (where result = 'paid'), 0),
  count(*) filter (where result = 'failed'),
  coalesce(sum(amount) filter (where result = 'failed'), 0),
  count(*) filter (where result = 'known'),
  count(*) filter (where result = 'problem')
from payment_return where (%(sha)s = '' or file_sha = decode(%(sha)s, 'hex'))
group by file_sha order by 4 desc limit %(limit)s
"""
_DAYS = """
select day from payment_batch union select day from payment_return
where day is not null order by day desc limit %s
"""
_PAYEES = """
select party, holder, bank, account, valid_from, actor, reason, known_at from (
  select distinct on (party) * from payee order by party, id desc) as last
where (%(text)s = '' or position(lower(%(text)s) in lower(party)) > 0
  or position(lower(%(text)s) in lower(holder)) > 0)
  and party > %(after)s
order by party limit %(limit)s
"""
_PARTY = """
select party, holder, bank, account, valid_from, actor, reason, known_at
from payee where party = %s order by id desc
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that came back, and what was made of it."""

    file: str
    line: int
    payment: str
    amount: int | None
    outcome: str
    bank_reason: str
    day: date | None
    result: str
    problem: str
    actor: str
    known_at: datetime

    @property
    def code(self) -> str:
        """Return the code of its problem; empty where there is none."""
        return self.problem[1:5] if self.problem.startswith("[") else ""

    @property
    def words(self) -> str:
        """Return the words of its problem, without the code."""
        return self.problem.partition("] ")[2]


@dataclass(frozen=True, slots=True)
class PaymentSeen:
    """A payment with what came back of it.

    Args:
        told: The payment.
        actor: Who sent it.
        synthetic: Whether it is invented.
        lines: Lines of return files about it, the oldest first.
    """

    told: PaymentTold
    actor: str
    synthetic: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class BatchLines:
    """A page of a batch.

    Args:
        rows: Its payments.
        after: The line after which the next page begins; 0: there is none.
        counts: Payments and fen by state, of the whole batch.
    """

    rows: tuple[PaymentTold, ...]
    after: int
    counts: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ReturnFile:
    """A file that came back, and what its lines came to."""

    sha: str
    name: str
    actor: str
    known_at: datetime
    lines: int
    paid: int
    paid_total: int
    failed: int
    failed_total: int
    known: int
    problems: int


@dataclass(frozen=True, slots=True)
class Payee:
    """Where a party is paid; an empty account says that it is closed."""

    party: str
    holder: str
    bank: str
    account: str
    since: date
    actor: str
    reason: str
    known_at: datetime


def payment_seen(conn: Connection, name: str, *, whole: bool = False) -> PaymentSeen:
    """Return a payment.

    Args:
        conn: The transaction.
        name: Its id.
        whole: With the whole account number; else its last four figures.

    Raises:
        UsageError: There is none of this id.
    """
    row = conn.execute(f"{_COLUMNS} {_SEEN} where id = %s", (name,)).fetchone()
    more: Any = conn.execute(_MORE, (name,)).fetchone()
    if row is None or more is None:
        msg = f"没有支付 `{name}` (there is no such payment)"
        raise UsageError(msg, hint="`ceyuan pay list --state sent`")
    told = _payment(row)
    account, actor, synthetic = more
    told = replace(told, account=account) if whole else told
    lines = conn.execute(
        _LINES.format(where="payment = %(payment)s", order="id"),
        {"payment": name, "limit": 50},
    )
    return PaymentSeen(told, actor, synthetic, tuple(Line(*r) for r in lines))


def batch_lines(
    conn: Connection,
    batch: str,
    where: str = "true",
    given: Sequence[Any] = (),
    *,
    state: str = "",
    after: int = 0,
    limit: int = 100,
) -> BatchLines:
    """Return a page of a batch, line by line.

    Args:
        conn: The transaction.
        batch: Its id.
        where: A predicate of `permissions.where`.
        given: Its parameters.
        state: Only payments in this state.
        after: The line after which the page begins.
        limit: At most so many.
    """
    rows = conn.execute(
        f"{_COLUMNS} {_SEEN} where batch_id = %s and line > %s"
        f" and (%s = '' or state = %s) and ({where}) order by line limit %s",
        [batch, after, state, state, *given, limit + 1],
    ).fetchall()
    shown = tuple(_payment(row) for row in rows[:limit])
    counts = {
        name: (count, int(total))
        for name, count, total in conn.execute(_COUNTS, (batch,))
    }
    return BatchLines(shown, shown[-1].line if len(rows) > limit else 0, counts)


def others_payable(conn: Connection, actor: str) -> list[Owed]:
    """Return what is payable besides entitlements: to providers, partners, teams."""
    return others_due(conn, actor)


def return_files(
    conn: Connection, *, sha: str = "", limit: int = 50
) -> list[ReturnFile]:
    """Return the files that came back, the newest first."""
    return [
        ReturnFile(*map(_whole, row))
        for row in conn.execute(_FILES, {"sha": sha, "limit": limit})
    ]


def return_lines(conn: Connection, sha: str, *, limit: int = 20_000) -> list[Line]:
    """Return the lines of a file that came back, in its order."""
    statement = _LINES.format(
        where="file_sha = decode(%(sha)s, 'hex')", order="line, id"
    )
    return [Line(*row) for row in conn.execute(statement, {"sha": sha, "limit": limit})]


def payees_page(
    conn: Connection,
    *,
    text: str = "",
    after: str = "",
    whole: bool = False,
    limit: int = 50,
) -> tuple[list[Payee], str]:
    """Return parties with where they are paid, and after whom the next page begins.

    Args:
        conn: The transaction.
        text: A part of the party's code, or of the holder's name.
        after: The party after which the page begins.
        whole: With whole account numbers; else the last four figures.
        limit: At most so many.
    """
    said = {"text": text, "after": after, "limit": limit + 1}
    rows = [_payee(row, whole=whole) for row in conn.execute(_PAYEES, said)]
    return rows[:limit], rows[limit - 1].party if len(rows) > limit else ""


def payee_history(conn: Connection, party: str, *, whole: bool = False) -> list[Payee]:
    """Return what was ever registered of a party, the newest first; that one counts."""
    return [_payee(row, whole=whole) for row in conn.execute(_PARTY, (party,))]


def _payee(row: Sequence[Any], *, whole: bool) -> Payee:
    one = Payee(*row)
    return one if whole else replace(one, account=masked(one.account))


def days_with_payments(conn: Connection, *, limit: int = 12) -> list[date]:
    """Return the last days on which payments went out or came back."""
    return [day for (day,) in conn.execute(_DAYS, (limit,))]
