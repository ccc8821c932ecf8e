# SPDX-License-Identifier: Apache-2.0
"""What is said to be wrong, what a ruling would turn, and the ruling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.urls import path, reverse

from ceyuan.office.correcting import claims
from ceyuan.office.overtaken import Overtaken
from ceyuan.office.ruling import claim_of, preview, rule, whose
from ceyuan.office.stating import in_words
from ceyuan.office.users import step_before
from ceyuan.web.asking import asks, may, office, once, see
from ceyuan.web.forms import PageForm
from ceyuan.web.pages.work_desk import (
    cut,
    days_since,
    desk,
    exact,
    found_or_404,
    given,
    paged,
)
from ceyuan.web.pages.work_turned import resting_told, revision_told
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import html_word, later

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.correcting import Claim
    from ceyuan.office.firms import Firm

STATES = ("open", "accepted", "rejected")


class RulingForm(PageForm):
    """The reason of a ruling; its button says which."""

    reason = forms.CharField(
        label=later("work.ruling_reason"),
        help_text=later("work.ruling_reason_help"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=2_000,
    )


@asks("claim", "list")
def claims_page(request: HttpRequest) -> HttpResponse:
    """List what is said to be wrong, those first that wait for a ruling."""
    memory, day = office(request), today()
    state, words = request.GET.get("state", "open"), given(request, "q")
    every = claims(memory)
    called = whose(memory, every, day)
    seen = [one for one in every if may(request, "claim", "see", owner=one.org)]
    rows = [
        _claim(request, one, called[one.org])
        for one in sorted(seen, key=lambda c: (c.state != "open", c.id))
        if state not in STATES or one.state == state
    ]
    rows = [r for r in rows if not words or words in r["about"]]
    at = paged(request, len(rows))
    return desk(request, "work/claims.html", {
        "rows": cut(rows, at),
        "at": at,
        "state": state,
        "words": words,
        "counts": [(s, sum(one.state == s for one in seen)) for s in STATES],
        "may_make": may(request, "fact", "claim"),
    })  # fmt: skip


def _claim(request: HttpRequest, one: Claim, firm: Firm) -> dict[str, Any]:
    said = office(request).kinds[one.record].attributes[one.attribute]
    locale = request.locale
    return {
        "claim": one,
        "firm": firm,
        "fact": said.en if locale == "en" else said.zh,
        "stated": in_words(one.stated, said, locale=locale),
        "claimed": in_words(one.claimed, said, locale=locale),
        "stated_exact": exact(request, one.stated, said),
        "claimed_exact": exact(request, one.claimed, said),
        "days": days_since(one.opened_at) if one.state == "open" else None,
        "about": f"{firm.name} {firm.code} {said.zh} {said.en} {one.actor} {one.id}",
    }


@asks("claim", "see")
def claim(request: HttpRequest, number: int) -> HttpResponse:
    """Show a claim with what a ruling would turn; take the ruling."""
    memory, day = office(request), today()
    one = found_or_404(lambda: claim_of(memory, number))
    firm = whose(memory, [one], day)[one.org]
    see(request, "claim", "see", owner=one.org)
    form, status = RulingForm.of(request), 200
    if request.method == "POST":
        see(request, "claim", "rule", owner=one.org)
        status = 422
        if form.is_valid() and request.POST.get("ruling") in ("accept", "reject"):
            try:
                return once(request, lambda: _rule(request, number, form))
            except Overtaken:
                one, status = claim_of(memory, number), 409
    shown = preview(memory, one, on=day) if one.state == "open" else None
    return desk(request, "work/claim.html", {
        **_claim(request, one, firm),
        "form": form,
        "overtaken": status == 409,
        "preview": shown,
        "turned": [revision_told(request, r) for r in shown.turned] if shown else [],
        "resting": [resting_told(request, r) for r in shown.resting] if shown else [],
        "is_mine": step_before(memory, "claim.rule", {"claim.make": one.actor}),
        "may_rule": may(request, "claim", "rule", owner=one.org),
    }, status)  # fmt: skip


def _rule(request: HttpRequest, number: int, form: PageForm) -> str:
    from ceyuan.office.booked import seal_book

    memory = office(request)
    accepted = request.POST["ruling"] == "accept"
    made = rule(
        memory,
        number,
        accepted=accepted,
        reason=form.cleaned_data["reason"],
        on=today(),
    )
    if made.entitled:
        seal_book(memory)
    turned = sum(one.changed for one in made.revisions)
    words = "work.accepted_now" if accepted else "work.rejected_now"
    messages.success(request, html_word(words, request.locale, n=turned))
    for followed in made.entitled:
        for problem in followed.problems:
            messages.warning(request, fault_html(problem))
    return reverse("work_claim", args=[number])


urls = [
    path("work/claims", claims_page, name="work_claims"),
    path("work/claims/<int:number>", claim, name="work_claim"),
]
