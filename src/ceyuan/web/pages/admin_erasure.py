# SPDX-License-Identifier: Apache-2.0
"""Erasure of personal data: asked for by a form, decided by an administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from ceyuan.kernel import UsageError
from ceyuan.office.erasure_requests import (
    ErasureRequest,
    ask,
    decide,
    request_of,
    requests,
)
from ceyuan.office.masking import held_of, unmask
from ceyuan.office.permissions import where
from ceyuan.office.users import load_roles, step_before
from ceyuan.web.asking import asks, caller, may, office, once, reading, see
from ceyuan.web.forms import PageForm
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import later

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class AskForm(PageForm):
    """Whose data, and why; the number goes no further than the office's memory."""

    number = forms.CharField(
        label=later("admin.number"),
        help_text=later("admin.number_hint"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=later("account.reason"),
        help_text=later("admin.erasure_reason_hint"),
        max_length=500,
    )


@asks("erasure", "list")
def erasures(request: HttpRequest) -> HttpResponse:
    """Show requests and how they stand; take another."""
    form = AskForm.of(request)
    if request.method == "POST" and form.is_valid():
        see(request, "erasure", "make", owner=caller(request).name)
        try:
            return once(request, lambda: _ask(request, form))
        except UsageError as error:
            form.add_error("reason", fault_html(error))
    declared = load_roles(office(request).region.id)
    clause, given = where(declared, caller(request), "erasure", "list")
    with reading(request) as conn:
        found = requests(conn, clause, given)
    said = {"form": form, "rows": found, "tab": "erasures", **_frame(request)}
    status = 422 if form.errors else 200
    return render(request, "admin/erasures.html", said, status=status)


def _frame(request: HttpRequest) -> dict[str, Any]:
    return {
        "is_admin": may(request, "user", "list", owner=""),
        "may_make": may(request, "erasure", "make", owner=caller(request).name),
    }


def _ask(request: HttpRequest, form: PageForm) -> str:
    said = form.cleaned_data
    made = ask(office(request), said["number"], reason=said["reason"])
    messages.success(request, later("admin.erasure_asked"))
    return reverse("erasure", args=[made.id])


def _or_404(request: HttpRequest, number: int) -> ErasureRequest:
    with reading(request) as conn:
        try:
            one = request_of(conn, number)
        except UsageError as error:
            raise Http404 from error
    see(request, "erasure", "see", owner=one.actor, state=one.state)
    return one


@asks("erasure", "list")
def erasure(request: HttpRequest, number: int) -> HttpResponse:
    """Show a request, and to who decides what is held of the person, masked."""
    return _page(request, _or_404(request, number))


def _page(
    request: HttpRequest, one: ErasureRequest, held: list[Any] | None = None
) -> HttpResponse:
    may_decide = may(request, "erasure", "decide", owner=one.actor, state=one.state)
    may_unmask = may(request, "fact", "unmask")
    knows = may_decide or may_unmask
    if held is None and knows and one.slot is not None:
        held = held_of(office(request), one.slot, on=today())
    purposes = office(request).records.purposes
    return render(request, "admin/erasure.html", {
        "one": one,
        "held": held or [],
        "knows": knows,
        "is_his": step_before(office(request), "erasure.decide", {
            "erasure.ask": one.actor,
        }),
        "may_decide": may_decide,
        "may_unmask": may_unmask and one.slot is not None,
        "purposes": purposes,
        "tab": "erasures",
        **_frame(request),
    })  # fmt: skip


@require_POST
@asks("fact", "unmask")
def erasure_unmask(request: HttpRequest, number: int) -> HttpResponse:
    """Show what may be used for a purpose whole, once; that it was is kept."""
    one = _or_404(request, number)
    if one.slot is None:
        raise Http404
    held = unmask(
        office(request),
        one.slot,
        purpose=request.POST.get("purpose", ""),
        reason=request.POST.get("reason", ""),
        on=today(),
    )
    return _page(request, one, held)


@require_POST
@asks("erasure", "decide")
def erasure_decide(request: HttpRequest, number: int) -> HttpResponse:
    """Accept a request, and erase; or decline it."""
    one = _or_404(request, number)
    see(request, "erasure", "decide", owner=one.actor, state=one.state)
    is_accepted = request.POST.get("answer") == "accept"
    if is_accepted and "sure" not in request.POST:
        messages.error(request, later("admin.erasure_sure_asked"))
        return redirect("erasure", number)

    def act() -> str:
        why = request.POST.get("why", "")
        decide(office(request), number, accepted=is_accepted, why=why)
        return reverse("erasure", args=[number])

    return once(request, act)


urls = [
    path("erasures", erasures, name="erasures"),
    path("erasures/<int:number>", erasure, name="erasure"),
    path("erasures/<int:number>/unmask", erasure_unmask, name="erasure_unmask"),
    path("erasures/<int:number>/decide", erasure_decide, name="erasure_decide"),
]
