# SPDX-License-Identifier: Apache-2.0
"""A day's reconciliation: what went out, what came back, what the book says of both.

Three accounts of the same money have to agree: the payments (what was sent), the lines
that came back (what the bank says), and the book (what was posted). Where they do not,
there is a difference, with its place; no figure is adjusted to hide one.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ceyuan.ledger import Refused, balance
from ceyuan.office.paying import BANK

if TYPE_CHECKING:
    from datetime import date, datetime

    from psycopg import Connection

_BATCHES = """
select b.id, b.form, b.day, b.actor, b.payments, b.total, b.synthetic,
  count(*) filter (where p.state = 'paid'),
  coalesce(sum(p.amount) filter (where p.state = 'paid'), 0),
  count(*) filter (where p.state = 'failed'),
  coalesce(sum(p.amount) filter (where p.state = 'failed'), 0),
  count(*) filter (where p.state = 'sent'),
  coalesce(sum(p.amount) filter (where p.state = 'sent'), 0)
from payment_batch b join payment p on p.batch_id = b.id
where b.day <= %(day)s and (b.day = %(day)s or exists (
  select from payment o left join payment_return r on r.payment = o.id
  where o.batch_id = b.id and (o.state = 'sent' or r.day = %(day)s)))
group by b.id order by b.day, b.id
"""
_LINES = """
select file_name, line, payment, amount, outcome, bank_reason, day, problem, actor,
  known_at
from payment_return
where result = 'problem' and (day = %(day)s
  or (known_at at time zone 'Asia/Shanghai')::date = %(day)s)
order by id
"""
_BOOK = """
select coalesce(sum(amount) filter (where state = 'sent'), 0),
  coalesce(sum(amount) filter (where state = 'paid'), 0)
from payment
"""
_AS_SENT = """
select p.id, p.amount, t.amount from payment p
left join ledger_transfer t on t.id = 'pay/' || p.id and t.kind = 'hold'
where t.amount is distinct from p.amount order by p.id limit 100
"""
_AS_ENDED = """
select p.id, p.state, coalesce(t.kind, '') from payment p
left join ledger_transfer t on t.of_id = 'pay/' || p.id and t.of_id <> ''
  and t.kind in ('post', 'void', 'expire')
where coalesce(t.kind, '') <> case p.state when 'paid' then 'post'
  when 'failed' then 'void' else '' end
order by p.id limit 100
"""


@dataclass(frozen=True, slots=True)
class BatchSaid:
    """A batch as it stands: how many payments and how much, by what became of them."""

    id: str
    form: str
    day: date
    actor: str
    payments: int
    total: int
    synthetic: bool
    paid: int
    paid_total: int
    failed: int
    failed_total: int
    out: int
    out_total: int


@dataclass(frozen=True, slots=True)
class WrongLine:
    """A line of a return file that says something else than we do."""

    file: str
    line: int
    payment: str
    amount: int | None
    outcome: str
    bank_reason: str
    day: date | None
    problem: str
    actor: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A day's reconciliation.

    Args:
        day: The day.
        batches: What went out on it, or is not back yet.
        lines: Lines that came back and do not fit.
        differences: What payments, lines and book say otherwise of one another.
        out: What is out, in fen: by the payments, and by the holds of the book.
        paid: What is paid, in fen: by the payments, and by the book.
    """

    day: date
    batches: tuple[BatchSaid, ...]
    lines: tuple[WrongLine, ...]
    differences: tuple[str, ...]
    out: tuple[int, int]
    paid: tuple[int, int]

    @property
    def agrees(self) -> bool:
        """Return whether everything fits."""
        return not (self.lines or self.differences)


def reconcile(conn: Connection, day: date) -> Reconciled:
    """Return a day's reconciliation."""
    batches = [
        BatchSaid(*map(_whole, row)) for row in conn.execute(_BATCHES, {"day": day})
    ]
    lines = [WrongLine(*row) for row in conn.execute(_LINES, {"day": day})]
    sent, paid = conn.execute(_BOOK).fetchone() or (0, 0)
    try:
        book = balance(conn, BANK)
        out_book, paid_book = book.credits_held, book.credits - book.debits
    except Refused:
        out_book = paid_book = 0
    differences = [
        f"支付 `{name}`：送出 {amount}，账上冻结 {held if held is not None else '没有'} "
        "(sent and held differ)"
        for name, amount, held in conn.execute(_AS_SENT)
    ]
    differences += [
        f"支付 `{name}`：记为 {state}，账上是 {kind or '未了结'} (state and book differ)"
        for name, state, kind in conn.execute(_AS_ENDED)
    ]
    if int(sent) != out_book:
        differences.append(f"在途合计：支付 {sent}，账上 {out_book} (out: sums differ)")
    if int(paid) != paid_book:
        differences.append(
            f"已付合计：支付 {paid}，账上 {paid_book} (paid: sums differ)"
        )
    return Reconciled(
        day,
        tuple(batches),
        tuple(lines),
        tuple(differences),
        (int(sent), out_book),
        (int(paid), paid_book),
    )


def _whole(value: Any) -> Any:  # noqa: ANN401 - a cell of a row
    """Return a sum of whole numbers as one; the database gives a decimal."""
    return int(value) if isinstance(value, Decimal) else value
