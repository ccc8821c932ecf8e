# SPDX-License-Identifier: Apache-2.0
"""Two runs side by side: who is decided otherwise, and because of what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import path, reverse

from ceyuan.office.compared import CAUSES
from ceyuan.office.deciding import outcome_text
from ceyuan.office.kept_answers import asked
from ceyuan.office.run_job import COMPARE, compare_said
from ceyuan.web.asking import asks, caller, may, reading
from ceyuan.web.pages.work_desk import (
    cut,
    desk,
    given,
    paged,
    policy_name,
    waiting,
)
from ceyuan.web.pages.work_runs import ANYBODY, run_or_404, subject_name
from ceyuan.web.pages.work_turned import outcome_told

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SIDES = ("before", "after")


@asks("run", "see")
def compare(request: HttpRequest, name: str) -> HttpResponse:
    """Show how a run differs from an earlier one, and why."""
    found = run_or_404(request, name)
    earlier = run_or_404(request, given(request, "with"))
    with reading(request) as conn:
        said = compare_said(earlier.id, found.id)
        job = asked(conn, COMPARE, said, actor=caller(request).name)
    back = reverse("work_run", args=[name])
    shown = waiting(request, job, title="work.job_compare", back=back)
    if shown is not None:
        return shown
    told = job.result or {}
    policy = given(request, "policy")
    causes = [
        _cause(request, one)
        for one in told["causes"]
        if not policy or one["policy"] == policy
    ]
    at = paged(request, len(causes))
    return desk(request, "work/compare.html", {
        "told": told,
        "a": earlier,
        "b": found,
        "rows": _changes(request, told),
        "causes": cut(causes, at),
        "at": at,
        "policy": policy,
        "only": [
            (subject_name(request, subject), said["only_a"], said["only_b"])
            for subject, said in told["subjects"].items()
            if said["only_a"] or said["only_b"]
        ],
        "may_see_firm": may(request, "firm", "see", owner=ANYBODY),
        "synthetic": told["synthetic"],
    })  # fmt: skip


def _changes(request: HttpRequest, told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the policies whose answers differ, those with the most changes first."""
    locale = request.locale
    rows = []
    for policy, one in told["policies"].items():
        turns = [
            {
                "from": outcome_text(o["before"], locale),
                "to": outcome_text(o["after"], locale),
                "n": o["subjects"],
            }
            for o in one["outcomes"]
            if o["before"] != o["after"]
        ]
        if not (turns or one["changed"] or one["clauses_changed"]):
            continue
        causes = [
            {"word": CAUSES[kind][locale == "en"], "n": n}
            for kind, n in one["causes"].items()
        ]
        rows.append(
            {
                "policy": policy,
                "name": policy_name(request, policy),
                "turns": sorted(turns, key=lambda t: -t["n"]),
                "why": sorted(causes, key=lambda c: -c["n"]),
                **one,
            }
        )
    return sorted(rows, key=lambda r: (-r["changed"], r["policy"]))


def _cause(request: HttpRequest, one: dict[str, Any]) -> dict[str, Any]:
    is_english = request.locale == "en"
    sides = {
        side: outcome_told(request, one[side]["outcome"], one[side]["amount_fen"])
        for side in SIDES
    }
    return {
        **one,
        **sides,
        "title": policy_name(request, one["policy"]),
        "word": CAUSES[one["cause"]][is_english],
        "texts": [f["text_en"] if is_english else f["text"] for f in one["facts"]],
    }


urls = [path("work/runs/<str:name>/compare", compare, name="work_compare")]
