# SPDX-License-Identifier: Apache-2.0
"""The interface: work beside the pages. How far it is, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Router
from pydantic import Field

from ceyuan.kernel import UsageError
from ceyuan.office.book_checked import VERIFY
from ceyuan.office.entitle_job import ENTITLE
from ceyuan.office.import_job import IMPORT, PREVIEW
from ceyuan.office.job_kinds import KINDS
from ceyuan.office.jobs import Job, job_of, stop_by
from ceyuan.office.ladder_job import DISAGREEMENTS, LADDER
from ceyuan.office.office_jobs import office_jobs
from ceyuan.office.parks import AGAIN
from ceyuan.office.parks import KIND as PARK
from ceyuan.office.permissions import where
from ceyuan.office.reform_job import KIND as SIMULATE
from ceyuan.office.run_job import COMPARE, REPLAY, RUN
from ceyuan.office.solving import KIND as SOLVE
from ceyuan.office.users import load_roles
from ceyuan.web.api.listing import Cursor, Limit, cut
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import Accepted, Counted, Name, ProblemRow, Shape, text
from ceyuan.web.asking import caller, may, office, reading, see

router = Router(tags=["jobs"])
ROOT = "/api/v1"
NEEDS: dict[str, tuple[str, str]] = {
    # what one must be allowed, of everybody's, in order to read what came of a kind
    COMPARE: ("firm", "list"),
    DISAGREEMENTS: ("disagreement", "list"),
    ENTITLE: ("entitlement", "list"),
    IMPORT: ("import", "see"),
    LADDER: ("firm", "list"),
    PREVIEW: ("import", "see"),
    REPLAY: ("run", "see"),
    RUN: ("run", "see"),
    SIMULATE: ("reform", "see"),
    SOLVE: ("reform", "see"),
    VERIFY: ("ledger", "see"),
}
PARKS = (PARK, AGAIN)


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
        description="As its kind has it; null: it is not done, or withheld."
    )
    error: Fault | None
    href: str = Field(description="Where the result is told in full; may be empty.")
    withheld: str = Field(
        description="The scope that one lacks to read the result; empty: none."
    )


class JobList(Counted):
    """Jobs, the newest first."""

    items: list[JobRow]


def accepted(request: HttpRequest, job: str, href: str = "") -> Accepted:
    """Return that a job was asked for, and where it is told."""
    with reading(request) as conn:
        found = job_of(conn, job)
    told = href or f"{ROOT}/jobs/{found.id}"
    return Accepted(job=found.id, state=found.state, href=told)


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
    kind: Annotated[str, text(40)],
    state: Literal["", "waiting", "running", "done", "failed", "stopped"] = "",
) -> JobList:
    """List the jobs that one may see."""
    declared = load_roles(office(request).region.id)
    clause, given = where(declared, caller(request), "job", "list")
    with reading(request) as conn:
        found = office_jobs(conn, list(KINDS), clause, given, kind=kind, state=state)
    some, after = cut(found, limit, cursor)
    return JobList.made(
        total=len(found),
        items=[
            {name: getattr(one, name) for name in JobRow.model_fields} for one in some
        ],
        next=after,
    )


@operation(
    router,
    "GET",
    "/jobs/{job}",
    asks=("job", "see"),
    shape=JobTold,
    besides=tuple(sorted({*NEEDS.values(), ("park_batch", "see")})),
)
def job(request: HttpRequest, job: Name) -> JobTold:
    """Tell how far a job is, and what came of it."""
    return _told(request, job_or_404(request, job))


def _told(request: HttpRequest, found: Job) -> JobTold:
    """Return a job; what came of it only to whom that is told elsewhere, too."""
    needs = _needs(request, found)
    return JobTold.made(
        **{name: getattr(found, name) for name in JobRow.model_fields},
        result=None if needs else found.result,
        error=found.error,
        href=_href(found),
        withheld=needs,
    )


def _needs(request: HttpRequest, found: Job) -> str:
    """Return the scope that who asks lacks to read what came of a job."""
    if found.kind in PARKS:
        type_, action = "park_batch", "see"
        able = may(request, type_, action, owner=found.organisation)
    else:
        type_, action = NEEDS[found.kind]
        able = may(request, type_, action, owner="")
    return "" if able else f"{type_}.{action}"


def _href(found: Job) -> str:
    """Return where it is told in full what came of a job."""
    if found.state != "done":
        return ""
    said = found.said
    match found.kind:
        case one if one == SIMULATE:
            return f"{ROOT}/reforms/{said['reform']}/results/{found.id}"
        case one if one == LADDER:
            return f"{ROOT}/ladder?year={said['year']}"
        case one if one == DISAGREEMENTS:
            return f"{ROOT}/disagreements"
        case one if one in PARKS:
            return f"{ROOT}/batches/{(found.result or {}).get('batch', '')}"
        case one if one in (RUN, REPLAY):
            return f"{ROOT}/runs/{(found.result or {}).get('run', '')}"
        case one if one == IMPORT:
            return f"{ROOT}/imports/{(found.result or {}).get('batch', '')}"
    return ""


@operation(
    router,
    "POST",
    "/jobs/{job}/stop",
    asks=("job", "stop"),
    shape=JobTold,
)
def job_stop(request: HttpRequest, job: Name) -> JobTold:
    """Ask a job to end."""
    found = job_or_404(request, job)
    see(request, "job", "stop", owner=found.actor)
    stop_by(office(request), found.id)
    return _told(request, job_or_404(request, job))
