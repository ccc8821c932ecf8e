# SPDX-License-Identifier: Apache-2.0
"""The interface: runs, what one kept of a firm, the ladder, where sources differ."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from ceyuan.kernel import UsageError
from ceyuan.office.deciding import decision_json, stored
from ceyuan.office.kept_answers import asked, knowledge
from ceyuan.office.ladder_job import DISAGREEMENTS, LADDER
from ceyuan.office.running import Run
from ceyuan.office.runs import find
from ceyuan.office.runs import listed as every_run
from ceyuan.web.api.firms import Code
from ceyuan.web.api.jobs import accepted
from ceyuan.web.api.listing import Cursor, Limit, cut
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import (
    Accepted,
    Counted,
    Exact,
    Loose,
    Name,
    Shape,
    Words,
    text,
)
from ceyuan.web.asking import caller, may, office, reading, see
from ceyuan.web.showing import today

router = Router(tags=["runs"])
YEARS = 6


class RunTold(Shape):
    """A run: every policy decided for everybody it is about."""

    run: str
    region: str
    as_of: date
    known_at: datetime
    base_year: int
    snapshot: str
    declarations: str
    engine: str
    settings: list[str]
    actor: str
    finished_at: datetime | None
    subjects: dict[str, int]
    policies: dict[str, list[str]]
    counts: dict[str, dict[str, int]] = Field(
        description="By policy: how many have which outcome."
    )
    amounts_fen: dict[str, int]
    hanging: dict[str, int] = Field(
        description="By policy: how many hang on a disagreement of sources."
    )
    synthetic: bool


class RunList(Counted):
    """Runs, the latest first."""

    items: list[RunTold]


class Revision(Shape):
    """What was decided after a correction."""

    claim: int | None
    before: dict[str, Any]
    after: dict[str, Any]


class RunAnswer(Shape):
    """What a run kept of one policy for one firm."""

    policy: str
    outcome: str
    amount_fen: int | None
    hangs_on_disagreement: bool
    clauses: dict[str, str] = Field(description="`met`, `not_met` or `open`.")
    revisions: list[Revision]


class RunDecision(Loose):
    """What a run kept of one firm: the document `ceyuan.decision/1`."""

    document: str = Field(alias="schema")
    run: str
    as_of: date
    known_at: datetime
    synthetic: bool
    code: str
    name: str
    policies: list[RunAnswer]


class TierHeld(Shape):
    """How many firms hold a tier; of `unknown` nobody knows."""

    yes: int
    no: int
    unknown: int


class Tier(TierHeld):
    """A tier of the ladder at the end of a year."""

    tier: str
    zh: str
    en: str
    before: TierHeld
    reason: Words | None
    policies: list[str]
    not_in_force: list[str]


class TierTransition(Shape):
    """Firms that moved from one state to another within the year."""

    from_: str = Field(alias="from")
    to: str
    firms: int


class Near(Shape):
    """A firm that is one clause away."""

    org: int
    code: str
    name: str
    clause: str
    zh: str
    variant: str | None
    held: bool | None = Field(description="Whether it holds the tier; null: not known.")


class OneAway(Shape):
    """Firms that are one clause away from a tier."""

    firms: int
    clauses: dict[str, int]
    tried_one_by_one: int | None = Field(
        description="Null: known for all from their clauses."
    )
    not_tried: int
    named: list[Near]


class DataMissing(Shape):
    """Firms of which data are missing."""

    firms: int
    open_clauses: dict[str, int]
    facts: dict[str, int]
    facts_of: int


class Way(Shape):
    """A policy that leads to a tier."""

    tier: str
    policy: str
    firms: int
    outcomes: dict[str, int]
    failing: dict[str, int]
    one_away: OneAway
    data_missing: DataMissing


class Ladder(Loose):
    """The ladder of a year: the document `ceyuan.ladder/1`."""

    document: str = Field(alias="schema")
    synthetic: bool
    year: int
    as_of: date
    as_of_before: date
    running: bool
    known_at: datetime
    run: str | None
    firms: int
    tiers: list[Tier]
    transitions: list[TierTransition]
    ways: list[Way]


class Stated(Shape):
    """What a source states."""

    source: str
    value: Exact
    zh: str
    en: str
    since: date | None


class Disagreement(Shape):
    """Two sources that differ about a fact of a firm."""

    code: str
    name: str
    attribute: str
    year: int | None
    best: Stated = Field(description="The one that counts.")
    other: Stated
    policies: list[str] = Field(description="Whose answers would turn.")
    fen: int = Field(serialization_alias="turns_fen")
    decided: bool = Field(description="False: what would turn is not known.")


class DisagreementList(Counted):
    """Where sources differ, those first that turn most."""

    as_of: date
    run: str
    subjects: int
    counts: dict[str, int] = Field(description="By attribute, of all of them.")
    synthetic: bool
    items: list[Disagreement]


def run_of(one: Run) -> dict[str, Any]:
    """Return a run as it is told."""
    return {
        "run": one.id,
        "region": one.region,
        "as_of": one.as_of,
        "known_at": one.known_at,
        "base_year": one.base_year,
        "snapshot": one.snapshot,
        "declarations": one.declarations,
        "engine": one.engine,
        "settings": list(one.settings),
        "actor": one.actor,
        "finished_at": one.finished_at,
        "subjects": dict(one.subjects),
        "policies": {kind: list(some) for kind, some in one.policies.items()},
        "counts": {policy: dict(found) for policy, found in one.counts.items()},
        "amounts_fen": dict(one.amounts),
        "hanging": dict(one.hanging),
        "synthetic": one.synthetic,
    }


def run_or_404(request: HttpRequest, name: str) -> Run:
    """Return a run of this very id, or the last one."""
    try:
        found = find(office(request), name)
    except UsageError as error:
        raise Http404 from error
    if name not in (found.id, "last"):
        raise Http404
    return found


@operation(router, "GET", "/runs", asks=("run", "list"), shape=RunList)
def runs(request: HttpRequest, limit: Limit, cursor: Cursor) -> RunList:
    """List the runs."""
    found = every_run(office(request))
    some, after = cut(found, limit, cursor)
    return RunList.made(
        items=[run_of(one) for one in some], total=len(found), next=after
    )


@operation(router, "GET", "/runs/{run}", asks=("run", "see"), shape=RunTold)
def run(request: HttpRequest, run: Name) -> RunTold:
    """Tell a run; `last` is the latest one."""
    return RunTold.made(**run_of(run_or_404(request, run)))


@operation(
    router, "GET", "/runs/{run}/firms/{code}", asks=("firm", "see"), shape=RunDecision
)
def run_firm(request: HttpRequest, run: Name, code: Code) -> Any:
    """Tell what a run kept of one firm, clause by clause."""
    see(request, "firm", "see", owner=code)
    found = run_or_404(request, run)
    try:
        told = stored(office(request), code, found.id)
    except UsageError as error:
        raise Http404 from error
    if told.firm.code != code:
        raise Http404
    return decision_json(told)


@operation(
    router,
    "GET",
    "/ladder",
    asks=("ladder", "see"),
    shape=Ladder,
    also={202: Accepted},
    besides=(("firm", "list"),),
)
def ladder(
    request: HttpRequest,
    year: Annotated[
        int | None, Query(None, ge=1990, le=2200, description="Last year by default.")
    ],
) -> Any:
    """Tell the ladder of titles at the end of a year; a job first, where it is new."""
    memory, day = office(request), today()
    at = day.year - 1 if year is None else year
    if not day.year - YEARS < at <= day.year:
        raise Http404
    with reading(request) as conn:
        said = {
            "year": at,
            # A year that is over ends on its last day, whenever one looks.
            "day": min(day, date(at, 12, 31)).isoformat(),
            "known": knowledge(memory, conn),
        }
        job = asked(conn, LADDER, said, actor=caller(request).name)
    if job.state != "done" or job.result is None:
        return Status(202, accepted(request, job.id, request.get_full_path()))
    if may(request, "firm", "list", owner=""):
        return job.result
    return _unnamed(job.result)


def _unnamed(made: dict[str, Any]) -> dict[str, Any]:
    """Return a ladder without the firms by name."""
    ways = [
        {**way, "one_away": {**way["one_away"], "named": []}} for way in made["ways"]
    ]
    return {**made, "ways": ways}


@operation(
    router,
    "GET",
    "/disagreements",
    asks=("disagreement", "list"),
    shape=DisagreementList,
    also={202: Accepted},
)
def disagreements(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor,
    attribute: Annotated[str, text(80)],
    policy: Annotated[str, text(80)],
    q: Annotated[str, text(100, "Credit code, or words of the name.")],
) -> Any:
    """List where sources differ, by what would turn; a job first, where it is new."""
    memory = office(request)
    known = every_run(memory)
    with reading(request) as conn:
        said = {
            "as_of": today().isoformat(),
            "run": known[0].id if known else "",
            "known": knowledge(memory, conn),
        }
        job = asked(conn, DISAGREEMENTS, said, actor=caller(request).name)
    found = job.result
    if job.state != "done" or found is None:
        return Status(202, accepted(request, job.id, request.get_full_path()))
    words = q.strip()
    rows = [
        one
        for one in found["rows"]
        if (not attribute or one["attribute"] == attribute)
        and (not policy or policy in one["policies"])
        and (not words or words in one["name"] or words == one["code"])
    ]
    some, after = cut(rows, limit, cursor)
    names = Disagreement.model_fields
    return DisagreementList.made(
        as_of=found["as_of"],
        run=found["run"],
        subjects=found["subjects"],
        counts=found["counts"],
        synthetic=found["synthetic"],
        total=len(rows),
        items=[{name: one[name] for name in names} for one in some],
        next=after,
    )
