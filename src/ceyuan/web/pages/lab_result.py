# SPDX-License-Identifier: Apache-2.0
"""J6: a reform is tried: asked for, on its way, checked, and what came of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from ceyuan.kernel import UsageError
from ceyuan.office.csv_out import csv_file
from ceyuan.office.groups import BASES
from ceyuan.office.jobs import stop as stop_job
from ceyuan.office.reform_job import asked, result_of, start
from ceyuan.office.reform_out import (
    HEADINGS,
    NAMED_HEADINGS,
    command,
    document,
    named_table,
    python,
    table,
)
from ceyuan.office.reforms import Asking, SavedReform
from ceyuan.web.asking import (
    answer_json,
    asks,
    is_part,
    may,
    office,
    once,
    reading,
    see,
)
from ceyuan.web.pages.lab_shared import brief, reform_or_404, try_or_404
from ceyuan.web.pages.lab_told import (
    firms_told,
    groups_shown,
    policy_told,
    spreads_told,
    unit_word,
)

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ceyuan.office.jobs import Job


@require_POST
@asks("reform", "simulate")
def run(request: HttpRequest, name: str) -> HttpResponse:
    """Ask for a reform to be tried."""
    found = reform_or_404(request, name, "simulate")
    asking = _asking(request, found)

    def act() -> str:
        job = start(office(request), found, asking)
        return reverse("lab_result", args=[name, job.id])

    return once(request, act)


def _asking(request: HttpRequest, found: SavedReform) -> Asking:
    text = request.POST.get("as_of", "").strip()
    try:
        day = date.fromisoformat(text) if text else found.as_of
    except ValueError as error:
        msg = f"“{text}”不是日期 (not a day)"
        raise UsageError(msg, hint="2026-11-21") from error
    params = request.POST.get("params", "").splitlines()
    return Asking(
        day,
        tuple(k.removeprefix("by.") for k in request.POST if k.startswith("by.")),
        tuple(one.strip() for one in params if one.strip()),
    )


@asks("reform", "list")
def result(request: HttpRequest, name: str, job: str) -> HttpResponse:
    """Show how far a simulation is, or what came of it."""
    found = reform_or_404(request, name)
    tried = try_or_404(request, found, job)
    said = {
        "reform": found,
        "job": tried,
        "asked": asked(tried),
        "step": 3,
        "here": reverse("lab_result", args=[found.id, tried.id]),
        "stop": reverse("lab_stop", args=[found.id, tried.id]),
        "again": reverse("lab_reform", args=[found.id]) + "#run",
    }
    if tried.state != "done":
        said["can_stop"] = may(request, "job", "stop", owner=tried.actor)
        part = is_part(request) and request.htmx.target == "progress"
        template = "lab/progress_part.html" if part else "lab/progress.html"
        return render(request, template, said)
    if is_part(request) and request.htmx.target == "progress":
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    if not (tried.result or {}).get("sound"):
        said["checks"] = (tried.result or {})["checks"]
        return render(request, "lab/unsound.html", said)
    return _shown(request, found, tried, said)


def _shown(
    request: HttpRequest, found: SavedReform, tried: Job, said: dict[str, Any]
) -> HttpResponse:
    whole = result_of(office(request), tried)
    locale, by = request.locale, request.GET.get("by", "")
    by = by if by in whole["groupings"] else next(iter(whole["groupings"]), "")
    policies = [
        {
            **policy_told(whole, effect, policy, locale),
            "groups": groups_shown(whole, effect, policy, by, locale),
            "spreads": spreads_told(whole, policy, locale),
        }
        for effect in whole["document"]["effects"]
        for policy in effect["policies"]
    ]
    region = office(request).region.id
    return render(request, "lab/result.html", {
        **said,
        "whole": whole,
        "document": whole["document"],
        "checks": whole["checks"],
        "brief": brief(tried.result or {}),
        "bases": BASES,
        "unit": unit_word(_subject(whole), locale),
        "policies": policies,
        "by": by,
        "can_export": may(request, "reform", "export", owner=found.actor),
        "can_see_firms": may(request, "reform", "see_firms", owner=found.actor),
        "command": command(found, whole, region=region),
        "python": python(found, whole, region=region),
        "synthetic": whole["document"]["synthetic"],
        "step": 4,
    })  # fmt: skip


def _subject(whole: dict[str, Any]) -> str:
    kinds = {one["subject"] for one in whole["policies"].values()}
    return "firm" if kinds <= {"firm"} else "any"


@require_POST
@asks("reform", "list")
def stop(request: HttpRequest, name: str, job: str) -> HttpResponse:
    """Ask a simulation to end."""
    found = reform_or_404(request, name)
    tried = try_or_404(request, found, job)
    see(request, "job", "stop", owner=tried.actor)
    with reading(request) as conn:
        stop_job(conn, tried.id)
    return redirect("lab_result", name, job)


@asks("reform", "see_firms")
def firms(request: HttpRequest, name: str, job: str) -> HttpResponse:
    """Show by name who gains and who loses."""
    found = reform_or_404(request, name, "see_firms")
    tried = try_or_404(request, found, job)
    whole = result_of(office(request), tried)
    return render(request, "lab/firms.html", {
        "reform": found,
        "job": tried,
        "tables": firms_told(whole, request.locale),
        "synthetic": whole["document"]["synthetic"],
        "can_export": may(request, "reform", "export", owner=found.actor),
    })  # fmt: skip


@asks("reform", "export")
def download(request: HttpRequest, name: str, job: str, file: str) -> HttpResponse:
    """Give what came of a simulation as a table or as the command line gives it."""
    found = reform_or_404(request, name, "export")
    tried = try_or_404(request, found, job)
    whole = result_of(office(request), tried)
    if file == "result.json":
        with_names = may(request, "reform", "see_firms", owner=found.actor)
        return answer_json(document(whole, with_names=with_names))
    if file == "result.csv":
        made = csv_file(HEADINGS, table(whole))
    elif file == "firms.csv":
        see(request, "reform", "see_firms", owner=found.actor)
        made = csv_file(NAMED_HEADINGS, named_table(whole))
    else:
        raise Http404
    name = f"{found.name}-{tried.id}-{file}"
    return FileResponse(made, as_attachment=True, filename=name)


urls = [
    path("lab/<str:name>/run", run, name="lab_run"),
    path("lab/<str:name>/result/<str:job>", result, name="lab_result"),
    path("lab/<str:name>/result/<str:job>/stop", stop, name="lab_stop"),
    path("lab/<str:name>/result/<str:job>/firms", firms, name="lab_firms"),
    path("lab/<str:name>/result/<str:job>/<str:file>", download, name="lab_file"),
]
