# SPDX-License-Identifier: Apache-2.0
"""A firm lets somebody act for it, ends it, and sees what was done on its behalf."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from ceyuan.kernel import UsageError
from ceyuan.office.delegations import (
    Delegation,
    delegation_of,
    delegations,
    done_for,
    end,
    give,
)
from ceyuan.office.organisations import called
from ceyuan.office.permissions import where
from ceyuan.office.users import load_roles
from ceyuan.web.asking import asks, caller, may, office, once, reading, see
from ceyuan.web.forms import PageForm
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import catalogue, later, word

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

USUAL = timedelta(days=90)


class GiveForm(PageForm):
    """Who may act, until when, and what for."""

    organisation = forms.CharField(
        label=later("delegations.organisation"),
        help_text=later("delegations.organisation_hint"),
    )
    delegate = forms.CharField(
        label=later("delegations.delegate"),
        help_text=later("delegations.delegate_hint"),
    )
    until = forms.DateField(
        label=later("delegations.until"),
        help_text=later("delegations.until_hint"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(
        label=later("delegations.reason"), help_text=later("delegations.reason_hint")
    )

    evidence = forms.CharField(
        label=later("delegations.evidence"),
        help_text=later("delegations.evidence_hint"),
        max_length=300,
    )

    def __init__(self, *args: Any, own: str, **said: Any) -> None:
        usual = {"until": (today() + USUAL).isoformat()}
        said["initial"] = {**usual, **said.get("initial", {})}
        super().__init__(*args, **said)
        if own:  # a firm delegates for itself
            del self.fields["organisation"]
            del self.fields["evidence"]


@asks("delegation", "list")
def page(request: HttpRequest) -> HttpResponse:
    """Show what was given and what was done by it; give another."""
    own = (
        "" if may(request, "delegation", "list", owner="") else caller(request).acts_for
    )
    form = GiveForm.of(request, own=own)
    if request.method == "POST" and form.is_valid():
        code = own or form.cleaned_data["organisation"]
        see(request, "delegation", "give", owner=code)
        try:
            return once(request, lambda: _give(request, code, form))
        except UsageError as error:
            form.add_error(None, fault_html(error))
    said = {"form": form, "own": own, **_shown(request, own)}
    status = 422 if form.errors else 200
    return render(request, "delegations/delegations.html", said, status=status)


def _give(request: HttpRequest, code: str, form: PageForm) -> str:
    said = form.cleaned_data
    give(
        office(request),
        code,
        said["delegate"],
        on=today(),
        until=said["until"],
        reason=said["reason"],
        evidence=said.get("evidence", ""),
    )
    messages.success(request, later("delegations.given"))
    return reverse("delegations")


def _shown(request: HttpRequest, own: str) -> dict[str, Any]:
    declared, who = load_roles(office(request).region.id), caller(request)
    clause, given = where(declared, who, "delegation", "list")
    with reading(request) as conn:
        found = delegations(conn, clause=clause, given=given)
        names = called(conn, [*(one.organisation for one in found), own])
        done = []
        if own and may(request, "done_for", "list", owner=own):
            done = done_for(conn, own)
    return {
        "rows": [(one, _state(one), _may_end(request, one)) for one in found],
        "done": [(one, _did(one.verb, request.locale)) for one in done],
        "called": names,
        "may_give": may(request, "delegation", "give"),
    }


def _may_end(request: HttpRequest, one: Delegation) -> bool:
    return one.holds(today()) and may(
        request, "delegation", "end", owner=one.organisation
    )


def _did(verb: str, locale: str) -> str:
    """Return what was done in words, as far as there are any."""
    name = f"delegations.did_{verb.replace('.', '_')}"
    return word(name, locale) if name in catalogue() else verb


def _state(one: Delegation) -> str:
    if one.ended_at is not None:
        return "ended"
    return "holds" if one.holds(today()) else "over"


@require_POST
@asks("delegation", "end")
def end_one(request: HttpRequest, number: int) -> HttpResponse:
    """End a delegation before its day."""
    with reading(request) as conn:
        try:
            one = delegation_of(conn, number)
        except UsageError as error:
            raise Http404 from error
    see(request, "delegation", "end", owner=one.organisation)
    try:
        end(office(request), number, reason=request.POST.get("reason", ""))
    except UsageError as error:  # somebody was quicker
        messages.warning(request, fault_html(error))
    else:
        messages.success(request, later("delegations.ended_now"))
    return redirect("delegations")


urls = [
    path("delegations", page, name="delegations"),
    path("delegations/<int:number>/end", end_one, name="delegation_end"),
]
