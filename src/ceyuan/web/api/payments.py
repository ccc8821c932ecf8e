# SPDX-License-Identifier: Apache-2.0
"""The interface: payments, their batches, what came back, where parties are paid."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router
from pydantic import Field

from ceyuan.kernel import UsageError
from ceyuan.office.money_told import batches
from ceyuan.office.payments_found import payments_found
from ceyuan.office.payments_told import payee_history, payees_page, payment_seen
from ceyuan.office.permissions import where
from ceyuan.office.reconciling import reconcile
from ceyuan.office.users import load_roles
from ceyuan.web.api.listing import Cursor, Limit, cursor_of, cut, place_of
from ceyuan.web.api.money_shapes import Payment, payment_of
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import NO_NUL, Counted, Page, Shape, text
from ceyuan.web.asking import caller, may, office, reading, see
from ceyuan.web.money_shown import one_moment
from ceyuan.web.showing import today

router = Router(tags=["payments"])


class PaymentList(Counted):
    """Payments, in the order they went out."""

    items: list[Payment]
    total_fen: int = Field(description="Over all pages.")


class ReturnLine(Shape):
    """A line that came back, and what was made of it."""

    file: str
    line: int
    amount: int | None = Field(serialization_alias="amount_fen")
    outcome: str
    bank_reason: str
    day: date | None
    result: str
    problem: str
    known_at: datetime


class PaymentSeen(Payment):
    """A payment with what came back of it."""

    sent_by: str
    synthetic: bool
    returned: list[ReturnLine]


class PaymentBatch(Shape):
    """A batch of payments that went out, and what became of them."""

    id: str
    form: str
    day: date
    actor: str
    payments: int
    total: int = Field(serialization_alias="total_fen")
    paid: int
    failed: int
    out: int
    sha: str
    synthetic: bool


class PaymentBatchList(Counted):
    """Batches of payments, the newest first."""

    items: list[PaymentBatch]


class TwoSides(Shape):
    """The same money by the payments and by the book."""

    payments_fen: int
    book_fen: int


class Reconciled(Shape):
    """A day's reconciliation."""

    day: date
    agrees: bool
    out: TwoSides
    paid: TwoSides
    lines: list[ReturnLine]
    differences: list[str]


class Payee(Shape):
    """Where a party is paid, by the last four figures; empty: the account is closed."""

    party: str
    holder: str
    bank: str
    account: str
    since: date


class PayeeList(Page):
    """Where parties are paid."""

    items: list[Payee]


@operation(router, "GET", "/payments", asks=("payment", "list"), shape=PaymentList)
def payments(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor,
    batch: Annotated[str, text(80)],
    party: Annotated[str, text(80)],
    state: Literal["", "sent", "paid", "failed"] = "",
) -> PaymentList:
    """List the payments that one may see."""
    declared = load_roles(office(request).region.id)
    clause, given = where(declared, caller(request), "payment", "list")
    (start,) = place_of(cursor, int) or (0,)
    with one_moment(request) as conn:
        found, count, total = payments_found(
            conn,
            clause,
            given,
            batch=batch,
            state=state,
            party=party,
            start=start,
            limit=limit,
        )
    end = start + limit
    return PaymentList.made(
        items=[payment_of(one) for one in found],
        total=count,
        total_fen=total,
        next=cursor_of(end) if end < count else None,
    )


@operation(
    router,
    "GET",
    "/payments/batches",
    asks=("payment", "list"),
    shape=PaymentBatchList,
    whole=True,
)
def payment_batches(
    request: HttpRequest, limit: Limit, cursor: Cursor
) -> PaymentBatchList:
    """List the batches of payments that went out."""
    with one_moment(request) as conn:
        found = batches(conn)[::-1]
    some, after = cut(found, limit, cursor)
    return PaymentBatchList.made(items=some, total=len(found), next=after)


@operation(
    router,
    "GET",
    "/payments/reconciliation",
    asks=("payment", "list"),
    shape=Reconciled,
    whole=True,
)
def payment_reconciliation(
    request: HttpRequest, on: Annotated[date | None, Query(None)]
) -> Reconciled:
    """Reconcile a day: what was sent, what came back, what the book says."""
    with one_moment(request) as conn:
        made = reconcile(conn, on or today())
    return Reconciled.made(
        day=made.day,
        agrees=made.agrees,
        out=dict(zip(TwoSides.model_fields, made.out, strict=True)),
        paid=dict(zip(TwoSides.model_fields, made.paid, strict=True)),
        lines=[
            {
                "file": one.file,
                "line": one.line,
                "amount": one.amount,
                "outcome": one.outcome,
                "bank_reason": one.bank_reason,
                "day": one.day,
                "result": "problem",
                "problem": one.problem,
                "known_at": one.known_at,
            }
            for one in made.lines
        ],
        differences=list(made.differences),
    )


@operation(
    router,
    "GET",
    "/payments/{path:payment}",
    asks=("payment", "see"),
    shape=PaymentSeen,
)
def payment(
    request: HttpRequest,
    payment: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)],
) -> PaymentSeen:
    """Tell one payment with what came back of it."""
    with one_moment(request) as conn:
        try:
            found = payment_seen(conn, payment)
        except UsageError as error:
            raise Http404 from error
    told = found.told
    see(request, "payment", "see", owner=told.party, state=told.state)
    return PaymentSeen.made(
        **payment_of(told),
        sent_by=found.actor,
        synthetic=found.synthetic,
        returned=found.lines,
    )


@operation(router, "GET", "/payees", asks=("payee", "list"), shape=PayeeList)
def payees(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor,
    q: Annotated[str, text(100, "Code, or holder.")],
) -> PayeeList:
    """List where parties are paid; a firm finds itself."""
    (after,) = place_of(cursor, str) or ("",)
    own = caller(request).acts_for
    with reading(request) as conn:
        if may(request, "payee", "list", owner=""):
            rows, more = payees_page(conn, text=q.strip(), after=after, limit=limit)
        else:
            known = payee_history(conn, own)[:1]
            mine = may(request, "payee", "list", owner=own)
            rows, more = (known if mine else []), ""
    return PayeeList.made(items=rows, next=cursor_of(more) if more else None)
