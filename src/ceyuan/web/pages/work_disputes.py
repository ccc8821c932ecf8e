# SPDX-License-Identifier: Apache-2.0
"""Where sources differ, and a claim in favour of one, or as somebody told it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponse
from django.urls import path, reverse

from ceyuan.kernel import UsageError
from ceyuan.office.claiming import dispute, stated_of, typed_claim
from ceyuan.office.kept_answers import knowledge
from ceyuan.office.ladder_job import DISAGREEMENTS
from ceyuan.office.runs import listed
from ceyuan.office.stating import in_words
from ceyuan.web.asking import asks, may, office, once, reading
from ceyuan.web.forms import PageForm
from ceyuan.web.pages.work_desk import (
    answer_kept,
    cut,
    desk,
    exact,
    found_or_404,
    given,
    named,
    paged,
    policy_name,
)
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import html_word, later

if TYPE_CHECKING:
    from django.http import HttpRequest

NEITHER = "neither"


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
    title = "work.disagreements_title"
    job = answer_kept(request, DISAGREEMENTS, said, {}, title=title)
    if isinstance(job, HttpResponse):
        return job
    found = job.result or {}
    attribute, policy = given(request, "attribute"), given(request, "policy")
    words = given(request, "q")
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
        "job": job,
        "is_old": job.said != said,
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
            form.add_error("value", fault_html(error))
    facts = office(request).region.facts.values()
    return desk(request, "work/claim_new.html", {
        "form": form,
        "facts": [named(request, one, "") for one in facts if one.kind != "records"],
    }, 422 if form.errors else 200)  # fmt: skip


urls = [
    path("work/disagreements", disagreements, name="work_disagreements"),
    path("work/disagreements/claim", claim_page, name="work_dispute"),
    path("work/claims/new", new_claim, name="work_claim_new"),
]
