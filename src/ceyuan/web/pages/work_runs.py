# SPDX-License-Identifier: Apache-2.0
"""Runs: all policies for all subjects, decided and kept; started, compared, replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from ceyuan.kernel import UsageError
from ceyuan.office.deciding import outcome_text, stored
from ceyuan.office.jobs import enqueue
from ceyuan.office.kept_answers import asked_again, last_asked
from ceyuan.office.run_job import (
    REPLAY,
    RUN,
    replay_said,
    unset_in_policies,
)
from ceyuan.office.runs import find, listed
from ceyuan.web.asking import asks, caller, may, office, once, reading, see
from ceyuan.web.forms import PageForm
from ceyuan.web.pages.work_desk import (
    column_money,
    cut,
    desk,
    found_or_404,
    given,
    named,
    paged,
    policy_name,
)
from ceyuan.web.pages.work_turned import KINDS, outcome_told
from ceyuan.web.showing import money_text, today
from ceyuan.web.words import later

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.deciding import AnswerTold
    from ceyuan.office.running import Run

OUTCOMES = tuple(KINDS)
ANYBODY = "-"
"""No firm's code: what one may do with the things of whomever."""


class RunForm(PageForm):
    """On which day everything is decided, and why."""

    as_of = forms.DateField(
        label=later("work.decided_on"),
        help_text=later("work.decided_on_help"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(
        label=later("work.reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2_000,
    )


@asks("run", "list")
def runs(request: HttpRequest) -> HttpResponse:
    """List the runs, and start one."""
    form = RunForm.of(request, initial={"as_of": today().isoformat()})
    if request.method == "POST" and form.is_valid():
        see(request, "run", "run")
        return once(request, lambda: _start(request, form))
    every = listed(office(request))
    at = paged(request, len(every))
    return desk(request, "work/runs.html", {
        "runs": [
            {"run": one, "subjects": f"{sum(one.subjects.values()):,}"}
            for one in cut(every, at)
        ],
        "at": at,
        "form": form,
        "may_make": may(request, "run", "run"),
        "unset": [
            {**one, "of": policy_name(request, one["policy"])}
            for one in unset_in_policies(office(request), today())
        ],
        "synthetic": any(one.synthetic for one in every),
    }, 422 if form.errors else 200)  # fmt: skip


def _start(request: HttpRequest, form: PageForm) -> str:
    said = {
        "as_of": form.cleaned_data["as_of"].isoformat(),
        "reason": form.cleaned_data["reason"],
    }
    with reading(request) as conn:
        job = enqueue(conn, RUN, said, actor=caller(request).name)
    return reverse("work_job", args=[job])


def run_or_404(request: HttpRequest, name: str) -> Run:
    """Return a run of this very id."""
    found: Run = found_or_404(lambda: find(office(request), name))
    if found.id != name:
        return found_or_404(lambda: _none(name))
    see(request, "run", "see")
    return found


def _none(name: str) -> Run:
    msg = f"没有判定 `{name}` (there is no such run)"
    raise UsageError(msg)


@asks("run", "see")
def run(request: HttpRequest, name: str) -> HttpResponse:
    """Show a run: per policy how many subjects have which outcome."""
    found = run_or_404(request, name)
    every = listed(office(request))
    earlier = [r for r in every if r.id != name and r.region == found.region]
    with reading(request) as conn:
        replayed = last_asked(conn, REPLAY, replay_said(name))
    return desk(request, "work/run.html", {
        "run": found,
        "rows": [
            _policy(request, found, subject, policy)
            for subject, policies in found.policies.items()
            for policy in policies
        ],
        "heads": [(o, outcome_text(o, request.locale)) for o in OUTCOMES],
        "subjects": f"{sum(found.subjects.values()):,}",
        "earlier": earlier,
        "before": _before(every, found),
        "replayed": replayed,
        "settings": [one.partition("=") for one in found.settings],
        "may_replay": may(request, "run", "replay"),
        "may_see_disagreements": may(request, "disagreement", "list"),
        "may_see_firm": may(request, "firm", "see", owner=ANYBODY),
        "synthetic": found.synthetic,
    })  # fmt: skip


def _before(every: list[Run], found: Run) -> Run | None:
    """Return the run that was kept before this one."""
    names = [one.id for one in every]
    later_ones = every[names.index(found.id) + 1 :]
    return next((one for one in later_ones if one.region == found.region), None)


def _policy(
    request: HttpRequest, found: Run, subject: str, policy: str
) -> dict[str, Any]:
    counts = found.counts.get(policy, {})
    return {
        "subject": subject_name(request, subject),
        "policy": policy,
        "name": policy_name(request, policy),
        "counts": [f"{counts.get(outcome, 0):,}" for outcome in OUTCOMES],
        "hanging": found.hanging.get(policy, 0),
        "money": "—"
        if policy not in found.amounts
        else column_money(request, found.amounts[policy]),
    }


def subject_name(request: HttpRequest, subject: str) -> str:
    """Return what a kind of subject is called: its record type."""
    kinds = office(request).kinds.values()
    return named(
        request,
        next((k.said for k in kinds if k.said.facts_of == subject), None),
        subject,
    )


@require_POST
@asks("run", "replay")
def replay_run(request: HttpRequest, name: str) -> HttpResponse:
    """Ask for a run to be made again from what it cites, and compared."""
    run_or_404(request, name)

    def act() -> str:
        with reading(request) as conn:
            who = caller(request).name
            job = asked_again(conn, REPLAY, replay_said(name), actor=who)
        return reverse("work_job", args=[job.id])

    return once(request, act)


@asks("firm", "see")
def firm(request: HttpRequest, name: str) -> HttpResponse:
    """Show what a run kept of one firm, clause by clause."""
    found = run_or_404(request, name)
    asked_for, policy = given(request, "q"), given(request, "policy")
    said: dict[str, Any] = {"run": found, "asked": asked_for, "policy": policy}
    if not asked_for:
        return desk(request, "work/decision.html", said)
    try:
        told = stored(office(request), asked_for, name, policy=policy)
    except UsageError as error:
        return desk(request, "work/decision.html", {**said, "error": error}, 404)
    see(request, "firm", "see", owner=told.firm.code)
    return desk(request, "work/decision.html", {
        **said,
        "told": told,
        "answers": [_answer(request, one) for one in told.answers],
        "may_see_disagreements": may(request, "disagreement", "list"),
        "synthetic": found.synthetic,
    })  # fmt: skip


def _answer(request: HttpRequest, one: AnswerTold) -> dict[str, Any]:
    locale = request.locale
    said = one.rule.said
    return {
        "id": one.rule.id,
        "name": said.en if locale == "en" else said.zh,
        "outcome": outcome_told(request, one.outcome, one.amount),
        "hangs": one.hangs,
        "clauses": one.clauses,
        "revisions": [
            {
                "claim": r.claim,
                "word": outcome_text(r.after["outcome"], locale),
                "amount": money_text(r.after["amount"], locale)
                if r.after["amount"] is not None
                else "",
            }
            for r in one.revisions
        ],
    }


urls = [
    path("work/runs", runs, name="work_runs"),
    path("work/runs/<str:name>", run, name="work_run"),
    path("work/runs/<str:name>/replay", replay_run, name="work_replay"),
    path("work/runs/<str:name>/firm", firm, name="work_decision"),
]
