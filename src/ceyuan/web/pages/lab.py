# SPDX-License-Identifier: Apache-2.0
"""J6: the analyst's lab: reforms, one reform against today's rules, two side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from ceyuan.declarations.groupings import load_groupings
from ceyuan.kernel import CeyuanError
from ceyuan.office.parameters import typed_settings
from ceyuan.office.permissions import where
from ceyuan.office.policy_life import add_stage, begin_draft
from ceyuan.office.redline import redline
from ceyuan.office.reform_job import tries
from ceyuan.office.reform_text import read_text
from ceyuan.office.reforms import SavedReform, names, reforms, versions_of
from ceyuan.office.roles import load_roles
from ceyuan.web.asking import asks, caller, may, office, once, reading, see
from ceyuan.web.pages.lab_compared import compared
from ceyuan.web.pages.lab_errors import told_error
from ceyuan.web.pages.lab_shared import brief, reform_or_404
from ceyuan.web.showing import today
from ceyuan.web.words import word

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ceyuan.office.jobs import Job


@asks("reform", "list")
def lab(request: HttpRequest) -> HttpResponse:
    """Show the reforms, the last version of each, and what came of it last."""
    declared = load_roles(office(request).region.id)
    words, mine = request.GET.get("q", "").strip(), "mine" in request.GET
    allowed, given = where(declared, caller(request), "reform", "list")
    if mine:
        allowed, given = f"{allowed} and actor = %s", [*given, caller(request).name]
    with reading(request) as conn:
        found = reforms(conn, allowed, given, words=words)
        last = _last(tries(conn), names(conn))
    rows = [{"reform": one, **_line(last.get(one.name))} for one in found]
    return render(request, "lab/lab.html", {
        "rows": rows,
        "words": words,
        "mine": mine,
        "rules": office(request).region.rules,
        "can_save": may(request, "reform", "save"),
        "can_solve": may(request, "reform", "simulate"),
        "synthetic": any(row["brief"] and row["brief"]["synthetic"] for row in rows),
    })  # fmt: skip


def _last(
    jobs: list[Job], known: dict[str, tuple[str, int]]
) -> dict[str, tuple[Job, int]]:
    """Return by name the last job, and of which version it is."""
    found: dict[str, tuple[Job, int]] = {}
    for job in jobs:
        name, number = known.get(job.said["reform"], ("", 0))
        found.setdefault(name, (job, number))
    return found


def _line(last: tuple[Job, int] | None) -> dict[str, Any]:
    job, number = last or (None, 0)
    done = job is not None and job.state == "done" and job.result
    return {"job": job, "number": number, "brief": brief(job.result) if done else None}  # type: ignore[union-attr, arg-type]


@asks("reform", "list")
def reform(request: HttpRequest, name: str) -> HttpResponse:
    """Show a reform against today's rules, and on what it is tried."""
    found = reform_or_404(request, name)
    memory = office(request)
    said, errors, parts = None, [], []
    try:
        said = read_text(found.body, memory.region, name=found.file)
        settings = typed_settings(memory.region, found.asking.params)
        parts = redline(memory.region, said, found.as_of, settings)
    except CeyuanError as error:  # the policies have changed since it was saved
        errors = [told_error(error, None, text=found.body)]
    with reading(request) as conn:
        versions = versions_of(conn, found.name)
        jobs = tries(conn, *(one.id for one in versions))
    numbers = {one.id: one.number for one in versions}
    return render(request, "lab/reform.html", {
        "reform": found,
        "said": said,
        "errors": errors,
        "redline": parts,
        "versions": versions,
        "rows": [
            {**_line((job, numbers[job.said["reform"]])), "reform": job.said["reform"]}
            for job in jobs[:20]
        ],
        "groupings": load_groupings(memory.region.id, memory.declared.root),
        "can_save": may(request, "reform", "save", owner=found.actor),
        "can_run": not errors
        and may(request, "reform", "simulate", owner=found.actor),
        "can_export": may(request, "reform", "export", owner=found.actor),
        "params": "\n".join(found.asking.params),
        "params_rows": max(2, len(found.asking.params)),
        "can_promote": may(request, "policy_stage", "set"),
        "step": 2,
    })  # fmt: skip


@asks("reform", "export")
def source(request: HttpRequest, name: str) -> HttpResponse:
    """Give a reform's text as a file."""
    found = reform_or_404(request, name, "export")
    answer = HttpResponse(found.body, content_type="application/yaml; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.file}"'
    return answer


@asks("reform", "list")
def compare(request: HttpRequest) -> HttpResponse:
    """Show two reforms side by side: what they change, and what comes of them."""
    chosen = [one for one in request.GET.getlist("of") if one][:2]
    pair = [reform_or_404(request, one) for one in chosen]
    declared = load_roles(office(request).region.id)
    with reading(request) as conn:
        every = reforms(conn, *where(declared, caller(request), "reform", "list"))
        jobs = [_done(tries(conn, one.id)) for one in pair]
    # A version that is not the last one can be compared, too.
    every += [one for one in pair if not one.is_last]
    two = (
        compared(request, pair, jobs) if len(pair) == 2 and len({*chosen}) == 2 else {}
    )
    return render(request, "lab/compare.html", {"every": every, "pair": pair, **two})


def _done(jobs: list[Job]) -> Job | None:
    return next(
        (j for j in jobs if j.state == "done" and (j.result or {}).get("sound")), None
    )


@require_POST
@asks("policy_stage", "set")
def promote(request: HttpRequest, name: str) -> HttpResponse:
    """Begin a policy's life out of a reform: the stage of a draft, to be consulted."""
    found = reform_or_404(request, name)
    see(request, "policy_stage", "set")
    return once(request, lambda: _promoted(request, found))


def _promoted(request: HttpRequest, found: SavedReform) -> str:
    memory = office(request)
    policy = begin_draft(memory, found.said["zh"], on=today())
    add_stage(
        memory,
        policy,
        "draft",
        since=today(),
        document=f"{found.file} · {word('lab.version', 'zh', n=found.number)}",
        note=word("lab.promoted_from", "zh", reform=found.id),
    )
    return reverse("lab_reform", args=[found.id]) + "?draft=" + policy


urls = [
    path("lab", lab, name="lab"),
    path("lab/compare", compare, name="lab_compare"),
    path("lab/<str:name>", reform, name="lab_reform"),
    path("lab/<str:name>/source", source, name="lab_source"),
    path("lab/<str:name>/promote", promote, name="lab_promote"),
]
