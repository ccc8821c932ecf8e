# SPDX-License-Identifier: Apache-2.0
"""J4: payments: what waits, batches, one payment, what came back, reconciliation."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path

from ceyuan.kernel import UsageError
from ceyuan.office.entitlements import listed, summary
from ceyuan.office.money_sums import approved, by_state
from ceyuan.office.money_told import BatchTold, batches, is_synthetic
from ceyuan.office.payees import unchanged
from ceyuan.office.payment_files import file_again
from ceyuan.office.payment_forms import load_payment_forms
from ceyuan.office.payments_told import (
    batch_lines,
    days_with_payments,
    others_payable,
    payee_history,
    payment_seen,
    return_files,
)
from ceyuan.office.permissions import where
from ceyuan.office.reconcile_page import reconcile_page
from ceyuan.office.reconciling import reconcile
from ceyuan.office.users import load_roles
from ceyuan.web.asking import asks, caller, may, office, see
from ceyuan.web.forms import PageForm
from ceyuan.web.money_shown import MONEY, frame_of, one_moment
from ceyuan.web.pages.money_book import claim_link, day_input, place_of
from ceyuan.web.showing import today
from ceyuan.web.words import later

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from psycopg import Connection

BATCHES = 100
FAILED = 200


def of_office(type_: str, action: str) -> Callable[[Any], Any]:
    """Say what a view of the office shows: who may only with his own has none here."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @asks(type_, action)
        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request, type_, action, owner=""):
                raise Http404
            return view(request, *args, **kwargs)

        return asked

    return decorate


def sees_whole(request: HttpRequest) -> bool:
    """Return whether who asks may see whole account numbers: who registers them."""
    return may(request, "payee", "set", owner="")


@of_office("payment", "list")
def payments(request: HttpRequest) -> HttpResponse:
    """Show what waits to be paid, what went out, and what came back."""
    with one_moment(request) as conn:
        every = batches(conn)
        return render(request, "money/payments.html", {
            **frame_of(request, conn, "payments"),
            "waiting": _waiting(conn),
            "settling": others_payable(conn, caller(request).name),
            "failed": _failed(conn),
            "batches": every[::-1][:BATCHES],
            "total": len(every),
            "files": return_files(conn),
            "forms": load_payment_forms(office(request).region.id),
            "may_make": may(request, "payment", "pay"),
            "may_return": may(request, "payment", "return"),
            "may_set": sees_whole(request),
            "may_payees": may(request, "payee", "list", owner=""),
        })  # fmt: skip


def _waiting(conn: Connection) -> dict[str, Any]:
    """Return payments by state, what is approved, and by policy what is payable."""
    states = by_state(conn)
    policies: dict[str, tuple[int, int]] = {}
    for row in summary(conn):
        if row["state"] in ("payable", "failed") and row["commodity"] == MONEY:
            before = policies.get(row["policy"], (0, 0))
            count, total = before[0] + row["count"], before[1] + row["amount"]
            policies[row["policy"]] = (count, total)
    return {"states": states, "approved": approved(states), "policies": policies}


def _failed(conn: Connection) -> list[dict[str, Any]]:
    """Return entitlements whose payment failed, with why and where they are paid."""
    from ceyuan.office.money_told import payments as of

    found = []
    waiting = listed(conn, state="failed", limit=FAILED)
    same = unchanged(conn, [one.id for one in waiting])
    for one in waiting:
        last = of(conn, entitlement=one.id)[-1:]
        known = payee_history(conn, one.party)[:1]
        found.append(
            {
                "claim": one,
                "payment": last[0] if last else None,
                "payee": known[0] if known else None,
                "same": one.id in same,
                "to": claim_link(one.id),
            }
        )
    return found


def _batch(conn: Connection, name: str) -> BatchTold:
    found = next((one for one in batches(conn) if one.id == name), None)
    if found is None:
        msg = "there is no such batch"
        raise Http404(msg)
    return found


@of_office("payment", "list")
def batch(request: HttpRequest, name: str) -> HttpResponse:
    """Show a batch line by line, and what became of its payments."""
    declared = load_roles(office(request).region.id)
    state = request.GET.get("state", "")
    with one_moment(request) as conn:
        found = _batch(conn, name)
        page = batch_lines(
            conn,
            name,
            *where(declared, caller(request), "payment", "list"),
            state=state,
            after=place_of(request, "after"),
        )
        return render(request, "money/batch.html", {
            **frame_of(request, conn, "payments"),
            "batch": found,
            "page": page,
            "state": state,
            "form": load_payment_forms(office(request).region.id).get(found.form),
            "may_pay": may(request, "payment", "pay"),
            "may_return": may(request, "payment", "return"),
            "is_fresh": "sent" in request.GET,
        })  # fmt: skip


@asks("payment", "pay")
def batch_file(request: HttpRequest, name: str) -> HttpResponse:
    """Give the file of a batch, byte for byte as it went out: to who pays."""
    with one_moment(request) as conn:
        found = _batch(conn, name)
    data = file_again(office(request), name)
    suffix = "tsv" if found.form.endswith("tsv") else "csv"
    answer = HttpResponse(data, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    return answer


@asks("payment", "see")
def payment(request: HttpRequest, name: str) -> HttpResponse:
    """Show one payment: to whom it belongs, and to those who handle payments."""
    with one_moment(request) as conn:
        try:
            found = payment_seen(conn, name, whole=sees_whole(request))
        except UsageError as error:
            raise Http404 from error
        told = found.told
        see(request, "payment", "see", owner=told.party, state=told.state)
        return render(request, "money/payment.html", {
            **frame_of(request, conn, "payments", [f"payable/{told.party}"]),
            "seen": found,
            "payment": told,
            "synthetic": found.synthetic,
            "entitlement": claim_link(told.entitlement),
            "sees_book": may(request, "ledger", "see"),
            "may_follow": may(request, "ledger", "follow"),
        })  # fmt: skip


class OnForm(PageForm):
    """A day that is reconciled."""

    on = forms.DateField(
        label=later("money.reconcile_day"), required=False, widget=day_input()
    )


@of_office("payment", "list")
def reconciling(request: HttpRequest) -> HttpResponse:
    """Show a day's payments, returns and book, side by side."""
    form = OnForm(request.GET)
    day = form.cleaned_data.get("on") if form.is_valid() else None
    with one_moment(request) as conn:
        days = days_with_payments(conn)
        day = day or next((d for d in days if d <= today()), None) or today()
        made = reconcile(conn, day)
        return render(request, "money/reconcile.html", {
            **frame_of(request, conn, "reconcile"),
            "made": made,
            "count": len(made.lines) + len(made.differences),
            "sums": [
                (name, pay, book, pay - book)
                for name, (pay, book) in (("out", made.out), ("paid", made.paid))
            ],
            "form": form,
            "day": day,
            "days": days,
        }, status=422 if form.errors else 200)  # fmt: skip


@of_office("payment", "export")
def reconcile_file(request: HttpRequest) -> HttpResponse:
    """Give a day's reconciliation as a page to be kept and signed."""
    form = OnForm(request.GET)
    day = (form.cleaned_data.get("on") if form.is_valid() else None) or today()
    with one_moment(request) as conn:
        page = reconcile_page(reconcile(conn, day), synthetic=is_synthetic(conn))
    answer = HttpResponse(page, content_type="text/html; charset=utf-8")
    name = f"reconciliation-{day}.html"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


urls = [
    path("money/payments", payments, name="money_payments"),
    path("money/payments/reconcile", reconciling, name="money_reconcile"),
    path(
        "money/payments/reconcile/download", reconcile_file, name="money_reconcile_file"
    ),
    path("money/payments/batch/<str:name>", batch, name="money_batch"),
    path("money/payments/batch/<str:name>/file", batch_file, name="money_batch_file"),
    path("money/payments/one/<path:name>", payment, name="money_payment"),
]
