# SPDX-License-Identifier: Apache-2.0
"""The interface: work beside the pages. How far it is, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router
from pydantic import Field

from ceyuan.kernel import UsageError
from ceyuan.office.jobs import Job, job_of, stop_by
from ceyuan.office.jobs_found import jobs_found
from ceyuan.office.permissions import where
from ceyuan.office.users import load_roles
from ceyuan.web.api.listing import Cursor, Limit, cut
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import Accepted, Counted, ProblemRow, Shape
from ceyuan.web.asking import caller, office, reading, see

router = Router(tags=["jobs"])
ROOT = "/api/v1"


class Fault(Shape):
    """Why a job failed."""

    what: str
    hint: str
    problems: list[ProblemRow]


class JobRow(Shape):
    """A job and how far it is."""

    id: str
    kind: str
    state: str = Field(
        description="`waiting`, `running`, `stopping`, `done`, `failed`, `stopped`."
    )
    done: int
    whole: int
    note: str
    actor: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobTold(JobRow):
    """A job with what came of it."""

    result: dict[str, Any] | None = Field(
        description="As its kind has it; null: it is not done."
    )
    error: Fault | None


class JobList(Counted):
    """Jobs, the newest first."""

    items: list[JobRow]


def accepted(request: HttpRequest, job: str) -> Accepted:
    """Return that a job was asked for, and where it is told."""
    with reading(request) as conn:
        found = job_of(conn, job)
    return Accepted(job=found.id, state=found.state, href=f"{ROOT}/jobs/{found.id}")


def job_or_404(request: HttpRequest, name: str) -> Job:
    """Return a job that one may see."""
    with reading(request) as conn:
        try:
            found = job_of(conn, name)
        except UsageError as error:
            raise Http404 from error
    see(request, "job", "see", owner=found.actor)
    return found


@operation(router, "GET", "/jobs", asks=("job", "list"), shape=JobList)
def jobs(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor,
    kind: Annotated[str, Query("", max_length=40)],
    state: Literal["", "waiting", "running", "done", "failed", "stopped"] = "",
) -> JobList:
    """List the jobs that one may see."""
    declared = load_roles(office(request).region.id)
    clause, given = where(declared, caller(request), "job", "list")
    with reading(request) as conn:
        found = jobs_found(conn, clause, given, kind=kind, state=state)
    some, after = cut(found, limit, cursor)
    return JobList.of(
        total=len(found),
        items=[
            {name: getattr(one, name) for name in JobRow.model_fields} for one in some
        ],
        next=after,
    )


@operation(router, "GET", "/jobs/{job}", asks=("job", "see"), shape=JobTold)
def job(request: HttpRequest, job: Annotated[str, Field(max_length=60)]) -> JobTold:
    """Tell how far a job is, and what came of it."""
    return _told(job_or_404(request, job))


def _told(found: Job) -> JobTold:
    said = {name: getattr(found, name) for name in JobRow.model_fields}
    return JobTold.of(**said, result=found.result, error=found.error)


@operation(
    router,
    "POST",
    "/jobs/{job}/stop",
    asks=("job", "stop"),
    shape=JobTold,
)
def job_stop(
    request: HttpRequest, job: Annotated[str, Field(max_length=60)]
) -> JobTold:
    """Ask a job to end."""
    found = job_or_404(request, job)
    see(request, "job", "stop", owner=found.actor)
    stop_by(office(request), found.id)
    return _told(job_or_404(request, job))
