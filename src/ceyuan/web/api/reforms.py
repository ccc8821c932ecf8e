# SPDX-License-Identifier: Apache-2.0
"""The interface: reforms, tried against today's rules; what each costs and turns."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Router
from pydantic import Field

from ceyuan.kernel import UsageError
from ceyuan.office.jobs import Job, job_of
from ceyuan.office.permissions import where
from ceyuan.office.reform_job import KIND, result_of, start, tries
from ceyuan.office.reform_out import document
from ceyuan.office.reform_text import write_reform
from ceyuan.office.reforms import (
    Asking,
    SavedReform,
    reform_of,
    reforms,
    save,
    usual_asking,
    versions_of,
)
from ceyuan.office.users import load_roles
from ceyuan.web.api.jobs import accepted
from ceyuan.web.api.listing import Cursor, Limit, cut
from ceyuan.web.api.operations import operation
from ceyuan.web.api.reform_shapes import Simulated
from ceyuan.web.api.shapes import NO_NUL, Accepted, Counted, Name, Shape, text
from ceyuan.web.asking import caller, may, office, reading, see
from ceyuan.web.showing import today

router = Router(tags=["reforms"])
SHOWN = 1_000


class ReformRow(Shape):
    """A reform, the last version of its name."""

    id: str
    name: str
    zh: str
    en: str
    policies: list[str]
    as_of: date
    actor: str
    known_at: datetime
    number: int
    versions: int


class ReformList(Counted):
    """Reforms, the newest first."""

    items: list[ReformRow]


class ReformTrial(Shape):
    """A simulation that was asked for."""

    job: str
    reform: str
    state: str
    sound: bool | None = Field(description="Null: it is not done.")
    as_of: date
    created_at: datetime
    finished_at: datetime | None


class ReformTold(ReformRow):
    """A reform with its text, its versions and its simulations."""

    text: str = Field(description="As YAML.")
    params: list[str]
    by: list[str]
    version_ids: list[str]
    results: list[ReformTrial]


class ToTry(Shape):
    """On what a reform is tried; as the last run was, where nothing is said."""

    as_of: date | None = None
    by: list[str] = Field([], max_length=20)
    params: list[str] | None = Field(None, max_length=200)


class ToSave(ToTry):
    """A reform: YAML as a text, or the same as an object."""

    reform: str | dict[str, Any] = Field(description="As `docs/reform.md` has it.")
    previous: str = Field(
        "", max_length=60, pattern=NO_NUL, description="The version that was edited."
    )


def _row(one: SavedReform) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "zh": one.said["zh"],
        "en": one.said["en"],
        "policies": one.said["policies"],
        "as_of": one.as_of,
        "actor": one.actor,
        "known_at": one.known_at,
        "number": one.number,
        "versions": one.versions,
    }


def _trial(job: Job) -> dict[str, Any]:
    return {
        "job": job.id,
        "reform": job.said["reform"],
        "state": job.state,
        "sound": None if job.state != "done" else bool((job.result or {}).get("sound")),
        "as_of": job.said["as_of"],
        "created_at": job.created_at,
        "finished_at": job.finished_at,
    }


def reform_or_404(request: HttpRequest, name: str, action: str) -> SavedReform:
    """Return a reform that one may do something with."""
    with reading(request) as conn:
        try:
            found = reform_of(conn, name)
        except UsageError as error:
            raise Http404 from error
    see(request, "reform", action, owner=found.actor)
    return found


def _told(request: HttpRequest, found: SavedReform) -> ReformTold:
    with reading(request) as conn:
        versions = versions_of(conn, found.name)
        jobs = tries(conn, *(one.id for one in versions))
    return ReformTold.made(
        **_row(found),
        text=found.body,
        params=list(found.asking.params),
        by=list(found.asking.by),
        version_ids=[one.id for one in versions],
        results=[_trial(one) for one in jobs],
    )


@operation(router, "GET", "/reforms", asks=("reform", "list"), shape=ReformList)
def reform_list(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor,
    q: Annotated[str, text(100, "Words of a name or title.")],
) -> ReformList:
    """List the reforms, the last version of each."""
    declared = load_roles(office(request).region.id)
    clause, given = where(declared, caller(request), "reform", "list")
    with reading(request) as conn:
        found = reforms(conn, clause, given, words=q.strip(), limit=SHOWN)
    some, after = cut(found, limit, cursor)
    return ReformList.made(
        items=[_row(one) for one in some], total=len(found), next=after
    )


@operation(router, "GET", "/reforms/{reform}", asks=("reform", "see"), shape=ReformTold)
def reform_one(request: HttpRequest, reform: Name) -> ReformTold:
    """Tell a reform, its versions and its simulations."""
    return _told(request, reform_or_404(request, reform, "see"))


@operation(
    router,
    "GET",
    "/reforms/{reform}/results/{job}",
    asks=("reform", "export"),
    shape=Simulated,
    besides=(("reform", "see_firms"),),
)
def reform_result(request: HttpRequest, reform: Name, job: Name) -> Any:
    """Give what came of a simulation, as the command line gives it.

    Firms are named to those who may see who is touched, and to nobody else.
    """
    found = reform_or_404(request, reform, "export")
    with reading(request) as conn:
        try:
            tried = job_of(conn, job)
        except UsageError as error:
            raise Http404 from error
    if tried.kind != KIND or tried.said.get("reform") != found.id:
        raise Http404
    whole = result_of(office(request), tried)
    with_names = may(request, "reform", "see_firms", owner=found.actor)
    return document(whole, with_names=with_names)


def _asking(request: HttpRequest, said: ToTry, usual: Asking) -> Asking:
    return Asking(
        said.as_of or usual.as_of,
        tuple(said.by) or usual.by,
        usual.params if said.params is None else tuple(said.params),
    )


def _save(request: HttpRequest, said: ToSave) -> SavedReform:
    memory = office(request)
    body = said.reform if isinstance(said.reform, str) else write_reform(said.reform)
    asking = _asking(request, said, usual_asking(memory, today()))
    return save(memory, body, asking, previous=said.previous)


@operation(
    router,
    "POST",
    "/reforms",
    asks=("reform", "save"),
    shape=ReformTold,
    status=201,
    body="json",
)
def reform_save(request: HttpRequest, said: ToSave) -> ReformTold:
    """Save a reform as a version of its name."""
    return _told(request, _save(request, said))


@operation(
    router,
    "POST",
    "/reforms/{reform}/simulate",
    asks=("reform", "simulate"),
    shape=Accepted,
    status=202,
    kind="heavy",
    body="json",
)
def reform_simulate(request: HttpRequest, reform: Name, said: ToTry) -> Accepted:
    """Try a saved reform; a job tells when it is done."""
    found = reform_or_404(request, reform, "simulate")
    job = start(office(request), found, _asking(request, said, found.asking))
    return accepted(request, job.id)


@operation(
    router,
    "POST",
    "/simulate",
    asks=("reform", "simulate"),
    shape=Accepted,
    status=202,
    kind="heavy",
    body="json",
)
def simulate(request: HttpRequest, said: ToSave) -> Accepted:
    """Save a reform and try it; a job tells when it is done."""
    see(request, "reform", "save")
    found = _save(request, said)
    job = start(office(request), found, found.asking)
    return accepted(request, job.id)
