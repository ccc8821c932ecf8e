# SPDX-License-Identifier: Apache-2.0
"""Where sources differ, what is said to be wrong, and the rulings on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.urls import path, reverse

from ceyuan.kernel import UsageError
from ceyuan.office.claiming import dispute, stated_of, typed_claim
from ceyuan.office.correcting import claims
from ceyuan.office.kept_answers import asked, knowledge
from ceyuan.office.ladder_job import DISAGREEMENTS
from ceyuan.office.overtaken import Overtaken
from ceyuan.office.ruling import claim_of, preview, rule, whose
from ceyuan.office.runs import listed
from ceyuan.office.stating import in_words
from ceyuan.web.asking import asks, caller, may, office, once, reading, see
from ceyuan.web.forms import PageForm
from ceyuan.web.pages.work_desk import (
    cut,
    days_since,
    desk,
    exact,
    found_or_404,
    named,
    paged,
    policy_name,
    waiting,
)
from ceyuan.web.pages.work_turned import resting_told, revision_told
from ceyuan.web.showing import today
from ceyuan.web.words import html_word, later

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.correcting import Claim
    from ceyuan.office.firms import Firm

NEITHER = "neither"
STATES = ("open", "accepted", "rejected")


class DisputeForm(PageForm):
    """In favour of which source, why, and what shows it."""

    code = forms.CharField(widget=forms.HiddenInput)
    attribute = forms.CharField(widget=forms.HiddenInput)
    year = forms.IntegerField(widget=forms.HiddenInput, required=False)
    source = forms.ChoiceField(
        label=later("work.in_favour"), widget=forms.RadioSelect, choices=()
    )
    reason = forms.CharField(
        label=later("work.why"),
        help_text=later("work.why_help"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2_000,
    )
    evidence = forms.FileField(
        label=later("work.evidence"),
        help_text=later("work.evidence_help"),
        required=False,
    )

    def __init__(self, *args: Any, choices: Any = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["source"].choices = choices


class ClaimForm(PageForm):
    """A correction that is told by telephone or letter."""

    firm = forms.CharField(
        label=later("work.firm"), help_text=later("work.firm_help"), max_length=200
    )
    fact = forms.CharField(
        label=later("work.fact"),
        help_text=later("work.fact_help"),
        max_length=100,
        widget=forms.TextInput(attrs={"list": "facts", "autocomplete": "off"}),
    )
    year = forms.IntegerField(
        label=later("work.fact_year"),
        help_text=later("work.fact_year_help"),
        required=False,
        min_value=1990,
        max_value=2100,
    )
    value = forms.CharField(
        label=later("work.fact_value"),
        help_text=later("work.fact_value_help"),
        max_length=200,
    )
    reason = forms.CharField(
        label=later("work.why"),
        help_text=later("work.why_help"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2_000,
    )
    evidence = forms.FileField(
        label=later("work.evidence"),
        help_text=later("work.evidence_help"),
        required=False,
    )


class RulingForm(PageForm):
    """The reason of a ruling; its button says which."""

    reason = forms.CharField(
        label=later("work.ruling_reason"),
        help_text=later("work.ruling_reason_help"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=2_000,
    )


@asks("disagreement", "list")
def disagreements(request: HttpRequest) -> HttpResponse:
    """List where sources differ, those first on which an answer hangs."""
    memory = office(request)
    runs = listed(memory)
    with reading(request) as conn:
        said = {
            "as_of": today().isoformat(),
            "run": runs[0].id if runs else "",
            "known": knowledge(memory, conn),
        }
        job = asked(conn, DISAGREEMENTS, said, actor=memory.actor)
    title = "work.disagreements_title"
    shown = waiting(request, job, title=title, back=reverse("work"))
    if shown is not None:
        return shown
    found = job.result or {}
    attribute, policy = request.GET.get("attribute", ""), request.GET.get("policy", "")
    words = request.GET.get("q", "").strip()
    rows = [
        one
        for one in found["rows"]
        if (not attribute or one["attribute"] == attribute)
        and (not policy or policy in one["policies"] or policy in one["hangs"])
        and (not words or words in one["name"] or words == one["code"])
    ]
    at = paged(request, len(rows))
    most = sorted(found["counts"].items(), key=lambda pair: (-pair[1], pair[0]))
    touched = sorted(
        {p for one in found["rows"] for p in (*one["policies"], *one["hangs"])}
    )
    return desk(request, "work/disagreements.html", {
        "found": found,
        "rows": [_disagreement(request, one) for one in cut(rows, at)],
        "at": at,
        "attributes": [(n, _fact(request, n), k) for n, k in most],
        "policies": [(p, policy_name(request, p)) for p in touched],
        "attribute": attribute,
        "policy": policy,
        "words": words,
        "may_claim": may(request, "fact", "claim"),
        "synthetic": found["synthetic"],
    })  # fmt: skip


def _fact(request: HttpRequest, name: str) -> str:
    return named(request, office(request).kinds["firm"].attributes.get(name), name)


def _source(request: HttpRequest, name: str) -> str:
    return named(request, office(request).records.sources.get(name), name)


def _disagreement(request: HttpRequest, one: dict[str, Any]) -> dict[str, Any]:
    sides = [
        {**one[side], "name": _source(request, one[side]["source"])}
        for side in ("best", "other")
    ]
    return {
        **one,
        "fact": _fact(request, one["attribute"]),
        "sides": sides,
        "names": [policy_name(request, p) for p in one["policies"]],
    }


@asks("fact", "claim")
def claim_page(request: HttpRequest) -> HttpResponse:
    """Claim in favour of one source; somebody else rules."""
    start = {name: request.GET.get(name, "") for name in ("code", "attribute", "year")}
    form = DisputeForm.of(request, initial=start)
    form.fields["source"].choices = [("", "")]
    asked_for = {n: form[n].value() or "" for n in ("code", "attribute", "year")}
    held = found_or_404(lambda: stated_of(office(request), **asked_for, on=today()))
    locale = request.locale
    form.fields["source"].choices = [
        (s.source, _choice(request, s, held.one)) for s in held.one.stated
    ] + [(NEITHER, html_word("work.neither", locale))]
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        source = "" if said["source"] == NEITHER else said["source"]
        return once(
            request,
            lambda: reverse(
                "work_claim",
                args=[
                    dispute(
                        office(request),
                        held,
                        source=source,
                        reason=said["reason"],
                        on=today(),
                        evidence=said["evidence"],
                    ).id
                ],
            ),
        )
    return desk(request, "work/dispute.html", {
        "form": form,
        "held": held,
        "fact": _fact(request, asked_for["attribute"]),
        "synthetic": held.synthetic,
    }, 422 if form.errors else 200)  # fmt: skip


def _choice(request: HttpRequest, said: Any, one: Any) -> str:
    return html_word(
        "work.side",
        request.locale,
        source=_source(request, said.source),
        value=exact(request, said.value, one.said)
        or in_words(said.value, one.said, locale=request.locale),
        day=said.valid_from.isoformat(),
    )


@asks("claim", "list")
def claims_page(request: HttpRequest) -> HttpResponse:
    """List what is said to be wrong, those first that wait for a ruling."""
    memory, day = office(request), today()
    state, words = request.GET.get("state", "open"), request.GET.get("q", "").strip()
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
        "days": days_since(one.opened_at, today()) if one.state == "open" else None,
        "about": f"{firm.name} {firm.code} {said.zh} {said.en} {one.actor} {one.id}",
    }


@asks("fact", "claim")
def new_claim(request: HttpRequest) -> HttpResponse:
    """Write down what was told by telephone or letter."""
    form = ClaimForm.of(request)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            return once(
                request,
                lambda: reverse(
                    "work_claim",
                    args=[typed_claim(office(request), **said, on=today()).id],
                ),
            )
        except UsageError as error:
            form.add_error("value", f"{error.message} {error.hint}")
    facts = office(request).region.facts.values()
    return desk(request, "work/claim_new.html", {
        "form": form,
        "facts": [named(request, one, "") for one in facts if one.kind != "records"],
    }, 422 if form.errors else 200)  # fmt: skip


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
        "is_mine": one.actor == caller(request).name,
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
            messages.warning(request, problem.message)
    return reverse("work_claim", args=[number])


urls = [
    path("work/disagreements", disagreements, name="work_disagreements"),
    path("work/disagreements/claim", claim_page, name="work_dispute"),
    path("work/claims", claims_page, name="work_claims"),
    path("work/claims/new", new_claim, name="work_claim_new"),
    path("work/claims/<int:number>", claim, name="work_claim"),
]
