# SPDX-License-Identifier: Apache-2.0
"""J4: where parties are paid: told by the last figures, whole to who registers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import render
from django.urls import path, reverse

from ceyuan.kernel import UsageError
from ceyuan.office.booked import seal_book
from ceyuan.office.party_meant import party_meant
from ceyuan.office.payees import set_payee
from ceyuan.office.payments_told import payee_history, payees_page
from ceyuan.web.asking import asks, office, once, see
from ceyuan.web.forms import PageForm
from ceyuan.web.money_shown import frame_of, one_moment
from ceyuan.web.pages.money_book import day_input
from ceyuan.web.pages.payments import of_office, sees_whole
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import later, word

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class PayeeForm(PageForm):
    """Where a party is paid from a day on."""

    party = forms.CharField(
        label=later("money.party"),
        help_text=later("money.party_help"),
        max_length=80,
    )
    holder = forms.CharField(label=later("money.holder"), max_length=120)
    bank = forms.CharField(label=later("money.bank"), max_length=120)
    account = forms.RegexField(
        r"^[0-9A-Za-z\- ]{4,40}$",
        label=later("money.account_number"),
        required=False,
        error_messages={"invalid": later("money.account_wrong")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    closed = forms.BooleanField(label=later("money.is_closed"), required=False)
    since = forms.DateField(label=later("money.since"), widget=day_input())
    reason = forms.CharField(label=later("money.reason"), max_length=200)

    def clean(self) -> dict[str, Any]:
        """See that an account is said, or that it is closed, and not both."""
        said: dict[str, Any] = super().clean() or {}
        account, is_closed = said.get("account", ""), said.get("closed", False)
        if "account" in said and bool(account) == bool(is_closed):
            self.add_error("account", later("money.account_or_closed"))
        return said


@of_office("payee", "list")
def payees(request: HttpRequest) -> HttpResponse:
    """Show where parties are paid."""
    text = request.GET.get("q", "").strip()[:100]
    with one_moment(request) as conn:
        rows, after = payees_page(
            conn,
            text=text,
            after=request.GET.get("after", ""),
            whole=sees_whole(request),
        )
        return render(request, "money/payees.html", {
            **frame_of(request, conn, "payments"),
            "rows": rows,
            "after": after,
            "text": text,
            "may_set": sees_whole(request),
        })  # fmt: skip


@asks("payee", "set")
def payee(request: HttpRequest) -> HttpResponse:
    """Say where a party is paid."""
    who = request.GET.get("party", "").strip()[:80]
    with one_moment(request) as conn:
        known = payee_history(conn, who) if who else []
        frame = frame_of(request, conn, "payments")
    initial = {"party": who, "since": today().isoformat()}
    if known:
        initial |= {"holder": known[0].holder, "bank": known[0].bank}
    form = PayeeForm.of(request, initial=initial)
    if request.method == "POST" and form.is_valid():
        see(request, "payee", "set")
        try:
            form.cleaned_data["party"] = party_meant(
                office(request), form.cleaned_data["party"].strip()
            )
            return once(request, lambda: _register(request, form))
        except UsageError as error:
            form.add_error("party", fault_html(error))
    status = 422 if form.errors else 200
    return render(
        request,
        "money/payee.html",
        {**frame, "form": form, "known": known},
        status=status,
    )


def _register(request: HttpRequest, form: PageForm) -> str:
    said = dict(form.cleaned_data)
    said.pop("closed")
    said["account"] = said["account"].replace(" ", "")
    memory = office(request)
    set_payee(memory, said.pop("party"), **said)
    seal_book(memory)
    messages.success(request, word("money.payee_told", request.locale))
    return reverse("money_payees")


urls = [
    path("money/payments/payees", payees, name="money_payees"),
    path("money/payments/payee", payee, name="money_payee"),
]
