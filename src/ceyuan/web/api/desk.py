# SPDX-License-Identifier: Apache-2.0
"""The interface: parameters of the office, the audit trail, what firms tell the office."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router
from pydantic import Field

from ceyuan.kernel import UsageError
from ceyuan.office import audit_found as trail
from ceyuan.office.parameters_told import lacking, stacking_said
from ceyuan.office.permissions import where
from ceyuan.office.requests import (
    LONGEST_BODY,
    LONGEST_TITLE,
    Request,
    events,
    request_of,
    requests,
    tell,
)
from ceyuan.office.requests_told import names_of
from ceyuan.office.settings import all_settings, settings_in_force
from ceyuan.office.users import load_roles
from ceyuan.web.api.listing import Cursor, Limit, cursor_of, cut, place_of
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import NO_NUL, Counted, Page, Shape, text
from ceyuan.web.asking import caller, office, reading, see
from ceyuan.web.showing import today

router = Router(tags=["office"])
MOST = 2_000


class Setting(Shape):
    """What the office has set, from a day on."""

    name: str
    value: str
    from_: date = Field(alias="from")
    until: date | None
    in_force: bool
    actor: str
    reason: str
    known_at: datetime


class Unset(Shape):
    """A parameter that nobody has set: what needs it stops there."""

    name: str
    zh: str
    en: str
    unit: str
    instrument: str


class OfficeSettings(Shape):
    """What was ever set, and what is not set."""

    on: date
    items: list[Setting]
    missing: list[Unset]
    missing_stacking: dict[str, str] = Field(
        description="Groups of benefits whose rule nobody has set, by id."
    )


class FieldChange(Shape):
    """One field that a row of the trail changed; null: it was not there."""

    name: str
    before: str | None
    after: str | None


class AuditRow(Shape):
    """Who did what, on whose behalf, why, and what it changed."""

    seq: int
    known_at: datetime
    actor: str
    behalf: str
    verb: str
    about: str = Field(serialization_alias="object")
    reason: str
    request: str
    changes: list[FieldChange]


class AuditList(Page):
    """Rows of the trail, the newest first."""

    items: list[AuditRow]


class RequestRow(Shape):
    """What a firm told the office."""

    id: int
    kind: str = Field(description="`obstacle`, `need` or `question`.")
    organisation: str
    name: str
    policy: str
    title: str
    body: str
    actor: str
    known_at: datetime
    state: str = Field(description="`open`, `answered` or `closed`.")
    moved_at: datetime


class RequestSaid(Shape):
    """Something said about a request."""

    kind: str
    body: str
    actor: str
    known_at: datetime


class RequestTold(RequestRow):
    """A request with all that was said about it."""

    events: list[RequestSaid]


class RequestList(Counted):
    """Requests, those first that wait longest."""

    items: list[RequestRow]


class ToTell(Shape):
    """A need, an obstacle or a question."""

    kind: Literal["obstacle", "need", "question"]
    title: str = Field(min_length=1, max_length=LONGEST_TITLE, pattern=NO_NUL)
    body: str = Field(min_length=1, max_length=LONGEST_BODY, pattern=NO_NUL)
    policy: str = Field("", max_length=80, pattern=NO_NUL)


@operation(
    router, "GET", "/parameters", asks=("parameter", "list"), shape=OfficeSettings
)
def parameter_list(
    request: HttpRequest,
    on: Annotated[date | None, Query(None, description="In force on this day.")],
) -> OfficeSettings:
    """List what the office has set, and what it has not."""
    memory, day = office(request), on or today()
    with reading(request) as conn:
        every = all_settings(conn)
        in_force = settings_in_force(conn, day)
    last = {one.name: at for at, one in enumerate(every)}
    groups = stacking_said(memory, in_force)
    return OfficeSettings.made(
        on=day,
        items=[
            {
                "name": one.name,
                "value": one.value,
                "from": one.valid_from,
                "until": one.valid_to,
                "in_force": in_force.get(one.name) == one.value
                and last[one.name] == at,
                "actor": one.actor,
                "reason": one.reason,
                "known_at": one.known_at,
            }
            for at, one in enumerate(every)
        ],
        missing=lacking(memory, in_force, day),
        missing_stacking={
            name: said[0] for name, said in groups.items() if not said[1]
        },
    )


@operation(router, "GET", "/audit", asks=("audit", "list"), shape=AuditList)
def audit(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor,
    person: Annotated[str, text(150)],
    verb: Annotated[str, text(80, "A verb, or what verbs begin with.")],
    about: Annotated[str, text(200, "A part of the object's name.")],
    since: Annotated[date | None, Query(None)],
    until: Annotated[date | None, Query(None)],
) -> AuditList:
    """List who did what, on whose behalf, why, and what it changed."""
    wanted = trail.AuditAsked(
        person=person, verb=verb, about=about, since=since, until=until
    )
    (before,) = place_of(cursor, int) or (0,)
    with reading(request) as conn:
        page = trail.find(conn, wanted, before=before, limit=limit)
    return AuditList.made(
        items=page.rows, next=cursor_of(page.older) if page.older else None
    )


@operation(router, "GET", "/requests", asks=("request", "list"), shape=RequestList)
def request_list(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor,
    policy: Annotated[str, text(80)],
    q: Annotated[str, text(100)],
    state: Literal["", "open", "answered", "closed"] = "",
    kind: Literal["", "obstacle", "need", "question"] = "",
) -> RequestList:
    """List the requests that one may see."""
    declared = load_roles(office(request).region.id)
    clause, given = where(declared, caller(request), "request", "list")
    with reading(request) as conn:
        found = requests(
            conn,
            clause,
            given,
            state=state,
            kind=kind,
            policy=policy,
            words=q.strip(),
            limit=MOST,
        )
    some, after = cut(found, limit, cursor)
    return RequestList.made(items=_rows(request, some), total=len(found), next=after)


def _rows(request: HttpRequest, some: list[Request]) -> list[dict[str, Any]]:
    codes = [one.organisation for one in some]
    names = names_of(office(request), codes, today())
    parts = [name for name in RequestRow.model_fields if name != "name"]
    return [
        {
            **{part: getattr(one, part) for part in parts},
            "name": names.get(one.organisation, ""),
        }
        for one in some
    ]


@operation(
    router,
    "GET",
    "/requests/{int:number}",
    asks=("request", "see"),
    shape=RequestTold,
)
def request_one(
    request: HttpRequest, number: Annotated[int, Field(ge=1, le=2**62)]
) -> RequestTold:
    """Tell a request with all that was said about it."""
    with reading(request) as conn:
        try:
            one = request_of(conn, number)
        except UsageError as error:
            raise Http404 from error
        said = events(conn, number)
    see(request, "request", "see", owner=one.organisation)
    return RequestTold.made(**_rows(request, [one])[0], events=said)


@operation(
    router,
    "POST",
    "/requests",
    asks=("request", "make"),
    shape=RequestTold,
    status=201,
    body="json",
)
def request_make(request: HttpRequest, said: ToTell) -> RequestTold:
    """Tell the office a need, an obstacle or a question."""
    who = caller(request)
    see(request, "request", "make", owner=who.acts_for)
    made = tell(
        office(request),
        said.kind,
        said.title,
        said.body,
        organisation=who.acts_for,
        policy=said.policy,
        behalf=who.behalf,
    )
    return RequestTold.made(**_rows(request, [made])[0], events=[])
