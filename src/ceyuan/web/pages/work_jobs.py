# SPDX-License-Identifier: Apache-2.0
"""Jobs of the office: which ran, which failed and why, and where each one leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from ceyuan.office.entitle_job import ENTITLE
from ceyuan.office.import_job import IMPORT, PREVIEW
from ceyuan.office.jobs import stop
from ceyuan.office.kept_answers import asked_again
from ceyuan.office.ladder_job import DISAGREEMENTS, LADDER
from ceyuan.office.office_jobs import office_jobs
from ceyuan.office.run_job import COMPARE, REPLAY, RUN
from ceyuan.web.asking import asks, office, once, reading, see
from ceyuan.web.pages.work_desk import (
    allowed,
    cut,
    desk,
    given,
    job_or_404,
    paged,
    waiting,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest

    from ceyuan.office.jobs import Job

STATES = ("waiting", "running", "done", "failed", "stopped")
NEEDS: Mapping[str, tuple[str, str]] = {
    # what one must be allowed in order to ask for a kind again
    RUN: ("run", "run"),
    REPLAY: ("run", "replay"),
    COMPARE: ("run", "see"),
    LADDER: ("ladder", "see"),
    DISAGREEMENTS: ("disagreement", "list"),
    PREVIEW: ("import", "make"),
    IMPORT: ("import", "make"),
    ENTITLE: ("entitlement", "run"),
}


def _run(job: Job) -> str:
    assert job.result is not None
    return reverse("work_run", args=[job.result["run"]])


def _batch(job: Job) -> str:
    assert job.result is not None
    to = reverse("work_import", args=[job.result["batch"]])
    return f"{to}?repeated=1" if job.result["repeated"] else to


LEADS: Mapping[str, Callable[[Job], str]] = {
    # where a job leads once it is done
    RUN: _run,
    REPLAY: _run,
    COMPARE: lambda job: (
        f"{reverse('work_compare', args=[job.said['b']])}?with={job.said['a']}"
    ),
    LADDER: lambda job: f"{reverse('work_ladder')}?year={job.said['year']}",
    DISAGREEMENTS: lambda _: reverse("work_disagreements"),
    PREVIEW: lambda job: reverse("work_preview", args=[job.id]),
    IMPORT: _batch,
    ENTITLE: lambda job: reverse("work_entitling", args=[job.id]),
}
OWN_PAGE = (PREVIEW, ENTITLE)
"""Kinds whose own page shows them from the beginning, not only once they are done."""


@asks("job", "list")
def jobs(request: HttpRequest) -> HttpResponse:
    """List the office's jobs, the newest first."""
    state, kind = given(request, "state"), given(request, "kind")
    with reading(request) as conn:
        every = office_jobs(
            conn,
            tuple(NEEDS),
            *allowed(request, "job", "list"),
            state=state if state in STATES else "",
            kind=kind if kind in NEEDS else "",
        )
    at = paged(request, len(every))
    return desk(request, "work/jobs.html", {
        "jobs": [_told(one) for one in cut(every, at)],
        "at": at,
        "state": state,
        "kind": kind,
        "states": STATES,
        "kinds": tuple(NEEDS),
    })  # fmt: skip


def _told(job: Job) -> dict[str, Any]:
    said = job.said
    about = said.get("run") or said.get("as_of") or said.get("b") or ""
    took = None
    if job.started_at and job.finished_at:
        took = (job.finished_at - job.started_at).total_seconds()
    return {
        "job": job,
        "words": f"work.job_{job.kind}",
        "about": said.get("year") or said.get("record") or about,
        "took": None if took is None else f"{took:,.1f}",
    }


@asks("job", "see")
def job_page(request: HttpRequest, name: str) -> HttpResponse:
    """Show how far a job is, and lead on to what comes of it."""
    job = job_or_404(request, name)
    if job.kind not in LEADS:
        raise Http404
    if job.kind in OWN_PAGE:
        return redirect(LEADS[job.kind](job))
    title = f"work.job_{job.kind}"
    shown = waiting(request, job, title=title, back=reverse("work_jobs"))
    return shown if shown is not None else redirect(LEADS[job.kind](job))


@require_POST
@asks("job", "see")
def again(request: HttpRequest, name: str) -> HttpResponse:
    """Ask for the same job once more."""
    job = job_or_404(request, name)
    if job.kind not in NEEDS:
        raise Http404
    see(request, *NEEDS[job.kind])

    def act() -> str:
        memory = office(request)
        with memory.transaction() as conn:
            new = asked_again(conn, job.kind, job.said, actor=memory.actor)
        return reverse("work_job", args=[new.id])

    return once(request, act)


@require_POST
@asks("job", "stop")
def stop_job(request: HttpRequest, name: str) -> HttpResponse:
    """Ask a job to end."""
    job = job_or_404(request, name)
    see(request, "job", "stop", owner=job.actor)
    with office(request).transaction() as conn:
        stop(conn, name)
    return redirect("work_job", name)


urls = [
    path("work/jobs", jobs, name="work_jobs"),
    path("work/jobs/<str:name>", job_page, name="work_job"),
    path("work/jobs/<str:name>/again", again, name="work_job_again"),
    path("work/jobs/<str:name>/stop", stop_job, name="work_job_stop"),
]
