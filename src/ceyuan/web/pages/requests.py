# SPDX-License-Identifier: Apache-2.0
"""What firms tell the office, and the answers: the firm's side, then the officer's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.urls import path, reverse

from ceyuan.office.overtaken import Overtaken
from ceyuan.office.requests import (
    KINDS,
    LONGEST_BODY,
    LONGEST_TITLE,
    MOVES,
    STATES,
    events,
    move,
    moves_of,
    request_counts,
    request_of,
    requests,
    tell,
)
from ceyuan.office.requests_told import names_of
from ceyuan.web.asking import asks, caller, may, office, once, reading, see
from ceyuan.web.forms import PageForm
from ceyuan.web.pages.work_desk import (
    allowed,
    cut,
    days_since,
    desk,
    found_or_404,
    given,
    paged,
    policy_name,
)
from ceyuan.web.showing import today
from ceyuan.web.words import html_word, later, locale_now

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.requests import Request

OFFICE_MOVES = ("answer", "close", "reopen")


class TellForm(PageForm):
    """A need, an obstacle or a question."""

    kind = forms.ChoiceField(
        label=later("requests.kind"),
        widget=forms.RadioSelect,
        choices=lambda: [(k, w[locale_now() == "en"]) for k, w in KINDS.items()],
    )
    policy = forms.ChoiceField(
        label=later("requests.policy"),
        help_text=later("requests.policy_help"),
        required=False,
    )
    title = forms.CharField(
        label=later("requests.title_of"),
        help_text=later("requests.title_help"),
        max_length=LONGEST_TITLE,
    )
    body = forms.CharField(
        label=later("requests.body"),
        help_text=later("requests.body_help"),
        widget=forms.Textarea(attrs={"rows": 7}),
        max_length=LONGEST_BODY,
    )

    def __init__(self, *args: Any, policies: Any = (), **options: Any) -> None:
        super().__init__(*args, **options)
        nothing = ("", html_word("requests.no_policy", locale_now()))
        self.fields["policy"].choices = [nothing, *policies]


class SayForm(PageForm):
    """Something said about a request; what was there when it was read."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    body = forms.CharField(
        label=later("requests.say"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=LONGEST_BODY,
    )


class MoreForm(SayForm):
    """More from the firm."""

    body = forms.CharField(
        label=later("requests.more_label"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=LONGEST_BODY,
    )


@asks("request", "make")
def own(request: HttpRequest) -> HttpResponse:
    """Show a firm its requests with the answers, and take a new one."""
    rules = office(request).region.rules
    start = {"kind": request.GET.get("kind", "obstacle")}
    about = given(request, "policy")
    form = TellForm.of(
        request,
        initial={**start, "policy": about if about in rules else ""},
        policies=[(p, policy_name(request, p)) for p in rules],
    )
    who = caller(request)
    see(request, "request", "make", owner=who.acts_for)
    if request.method == "POST" and form.is_valid():
        return once(request, lambda: _tell(request, form))
    where, values = allowed(request, "request", "list")
    with reading(request) as conn:
        found = requests(conn, where, values)
    return render(request, "requests/own.html", {
        "form": form,
        "rows": [_row(request, one, {}) for one in found],
    }, status=422 if form.errors else 200)  # fmt: skip


def _tell(request: HttpRequest, form: PageForm) -> str:
    said, who = form.cleaned_data, caller(request)
    made = tell(
        office(request),
        said["kind"],
        said["title"],
        said["body"],
        organisation=who.acts_for,
        policy=said["policy"],
        behalf=who.behalf,
    )
    messages.success(request, html_word("requests.told", request.locale))
    return reverse("request", args=[made.id])


def _row(request: HttpRequest, one: Request, names: dict[str, str]) -> dict[str, Any]:
    at = request.locale == "en"
    return {
        "one": one,
        "kind": KINDS[one.kind][at],
        "state": STATES[one.state][at],
        "policy": policy_name(request, one.policy) if one.policy else "",
        "firm": names.get(one.organisation, ""),
        "days": days_since(one.moved_at) if one.state == "open" else None,
    }


def _one_or_404(request: HttpRequest, number: int) -> Request:
    with reading(request) as conn:
        one: Request = found_or_404(lambda: request_of(conn, number))
    see(request, "request", "see", owner=one.organisation)
    return one


@asks("request", "see")
def own_request(request: HttpRequest, number: int) -> HttpResponse:
    """Show a firm one of its requests; it may say more."""
    one = _one_or_404(request, number)
    said = {"seen": one.said}
    form, told, status = MoreForm.of(request, initial=said), None, 200
    if request.method == "POST":
        see(request, "request", "more", owner=one.organisation)
        if form.is_valid():
            try:
                return once(request, lambda: _say(request, one, "more", form))
            except Overtaken as error:
                told, status = error, 409
        else:
            status = 422
    shown = _page(request, one, form, told)
    return render(request, "requests/own_one.html", shown, status=status)


@asks("request", "list")
def office_list(request: HttpRequest) -> HttpResponse:
    """List requests for the office, those that wait first."""
    where, values = allowed(request, "request", "list")
    asked = {
        name: given(request, name) for name in ("state", "kind", "policy")
    } | {"words": given(request, "q")}  # fmt: skip
    with reading(request) as conn:
        found = requests(conn, where, values, **asked, limit=2_000)
        counts = request_counts(conn, where, values)
    at = paged(request, len(found))
    some = cut(found, at)
    names = names_of(office(request), [one.organisation for one in some], today())
    return desk(request, "requests/list.html", {
        **asked,
        "rows": [_row(request, one, names) for one in some],
        "at": at,
        "counts": counts,
        "states": STATES,
        "kinds": KINDS,
        "policies": [
            (p, policy_name(request, p)) for p in office(request).region.rules
        ],
    })  # fmt: skip


@asks("request", "see")
def office_request(request: HttpRequest, number: int) -> HttpResponse:
    """Show a request to the office; take an answer, close it, open it again."""
    one = _one_or_404(request, number)
    said = {"seen": one.said}
    form, told, status = SayForm.of(request, initial=said), None, 200
    if request.method == "POST":
        act = request.POST.get("move", "")
        if act not in OFFICE_MOVES:
            raise Http404
        see(request, "request", act, owner=one.organisation)
        if form.is_valid():
            try:
                return once(request, lambda: _say(request, one, act, form))
            except Overtaken as error:
                told, status = error, 409
        else:
            status = 422
    shown = _page(request, one, form, told)
    return desk(request, "requests/one.html", shown, status)


def _say(request: HttpRequest, one: Request, act: str, form: PageForm) -> str:
    said = form.cleaned_data
    move(
        office(request),
        one.id,
        act,
        said["body"],
        seen=said["seen"],
        behalf=caller(request).behalf,
    )
    messages.success(request, html_word(f"requests.done_{act}", request.locale))
    page = "request" if act == "more" else "work_request"
    return reverse(page, args=[one.id])


def _page(
    request: HttpRequest,
    one: Request,
    form: PageForm,
    told: Overtaken | None,
) -> dict[str, Any]:
    with reading(request) as conn:
        one = request_of(conn, one.id)
        said = events(conn, one.id)
    names = names_of(office(request), [one.organisation], today())
    at = request.locale == "en"
    return {
        **_row(request, one, names),
        "said": [(MOVES[e.kind][at], e) for e in said],
        "form": form,
        "overtaken": told,
        "seen_now": one.said,
        "moves": [
            act
            for act in OFFICE_MOVES
            if act in moves_of(one.state)
            and may(request, "request", act, owner=one.organisation)
        ],
        "may_more": may(request, "request", "more", owner=one.organisation),
    }


urls = [
    path("requests", own, name="requests"),
    path("requests/<int:number>", own_request, name="request"),
    path("work/requests", office_list, name="work_requests"),
    path("work/requests/<int:number>", office_request, name="work_request"),
]
