# SPDX-License-Identifier: Apache-2.0
"""The interface: entitlements, from the decision to the treasury, and their sums."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router
from pydantic import Field

from ceyuan.kernel import UsageError
from ceyuan.office.entitlement_lists import Wanted, look
from ceyuan.office.entitlements import one_of, unclaimed
from ceyuan.office.money_told import is_synthetic, notices, told
from ceyuan.office.permissions import consents, where
from ceyuan.office.pools import pool_json, pools
from ceyuan.office.users import load_roles
from ceyuan.web.api.firms import Code, firm_sheet
from ceyuan.web.api.listing import Cursor, Limit, cursor_of, cut, place_of, wrong_cursor
from ceyuan.web.api.money_shapes import Entry, Payment, entry_of, payment_of
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import Counted, Name, Shape, text
from ceyuan.web.asking import caller, office, reading, see
from ceyuan.web.showing import today

router = Router(tags=["entitlements"])
State = Literal[
    "", "noticed", "payable", "sent", "paid", "failed", "declined", "withdrawn"
]
Year = Annotated[int, Query(0, ge=0, le=9999, description="Budget year; 0: all.")]


class Entitlement(Shape):
    """An entitlement as it stands."""

    id: str
    slot: str
    revision: int
    policy: str
    instrument: str
    year: int
    subject: str
    key: str
    party: str = Field(description="Credit code of whom it belongs to.")
    name: str
    commodity: str
    amount: int = Field(description="In the commodity's smallest unit; CNY: fen.")
    mode: str
    run: str
    state: str
    objection: bool
    noticed_on: date
    object_until: date
    promised_on: date
    decided_by: str
    approved_by: str
    synthetic: bool


class EntitlementList(Counted):
    """Entitlements, with sums over all pages."""

    items: list[Entitlement]
    firms: int
    sums: dict[str, int] = Field(description="By commodity, in its smallest unit.")


class RestsOn(Shape):
    """The decision that an entitlement rests on."""

    outcome: str
    amount_fen: int | None
    clauses: dict[str, str]
    corrections: list[int | None]


class Happened(Shape):
    """Something that happened to an entitlement."""

    kind: str
    state: str
    day: date
    actor: str
    behalf: str
    reason: str
    transfer: str
    known_at: datetime


class PaysTo(Shape):
    """The account that is paid to, by its last figures."""

    holder: str
    bank: str
    account: str


class EntitlementTold(Entitlement):
    """An entitlement with all that belongs to it."""

    holidays_declared: bool
    pays_to: PaysTo | None = Field(description="Null: no account is registered.")
    decision: RestsOn | None
    history: list[Happened]
    transfers: list[Entry]
    payments: list[Payment]
    missing: list[str]


class StateSum(Shape):
    """Claims in one state."""

    count: int
    firms: int
    amount: int


class Pool(Shape):
    """A policy's money of a year, as the book has it."""

    policy: str
    zh: str
    en: str
    instrument: str
    year: int
    account: str
    budget_fen: int
    committed_fen: int
    payable_fen: int
    paid_fen: int
    available_fen: int
    commodity: str
    states: dict[str, StateSum]


class Unclaimed(Shape):
    """What is entitled and has not been received, in money."""

    year: int | None
    claims: int
    firms: int
    amount_fen: int
    synthetic: bool


class Summary(Shape):
    """The money of each policy, and what is entitled and not received."""

    year: int | None
    synthetic: bool
    policies: list[Pool]
    unclaimed: Unclaimed


class Notice(Shape):
    """What a firm was told."""

    id: str
    party: str
    actor: str
    at: datetime
    entitlements: list[str]


class NoticeList(Counted):
    """What a firm was told, in order."""

    items: list[Notice]


@operation(
    router,
    "GET",
    "/entitlements",
    asks=("entitlement", "list"),
    shape=EntitlementList,
)
def entitlements(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor,
    year: Year,
    q: Annotated[str, text(100, "Name, code, id.")],
    policy: Annotated[str, text(80)],
    state: State = "",
    objection: bool = False,
    window: Literal["", "today", "over", "open"] = "",
) -> EntitlementList:
    """List entitlements, filtered, with sums over all that were found."""
    memory = office(request)
    clause, given = where(
        load_roles(memory.region.id), caller(request), "entitlement", "list"
    )
    (start,) = place_of(cursor, int) or (0,)
    if start % limit:
        raise wrong_cursor()
    wanted = Wanted(
        policy=policy,
        state=state,
        year=year,
        objection=objection,
        window=window,
        words=q.strip(),
    )
    with reading(request) as conn:
        found = look(
            conn,
            wanted,
            on=today(),
            where=clause,
            given=given,
            page=start // limit + 1,
            per=limit,
        )
    end = start + limit
    return EntitlementList.made(
        items=found.some,
        total=found.count,
        firms=found.firms,
        sums=found.sums,
        next=cursor_of(end) if end < found.count else None,
    )


@operation(
    router,
    "GET",
    "/entitlements/summary",
    asks=("entitlement", "list"),
    shape=Summary,
    whole=True,
)
def entitlement_summary(request: HttpRequest, year: Year) -> Summary:
    """Tell the money of each policy, as the book has it."""
    memory = office(request)
    with reading(request) as conn:
        found = pools(memory, conn, year)
        owed = _unclaimed(conn, year)
        synthetic = is_synthetic(conn)
    return Summary.made(
        year=year or None,
        synthetic=synthetic,
        policies=[pool_json(memory, one) for one in found],
        unclaimed=owed,
    )


def _unclaimed(conn: Any, year: int) -> Unclaimed:
    claims, firms, fen = unclaimed(conn, year)
    return Unclaimed(
        year=year or None,
        claims=claims,
        firms=firms,
        amount_fen=fen,
        synthetic=is_synthetic(conn),
    )


@operation(
    router,
    "GET",
    "/entitlements/unclaimed",
    asks=("entitlement", "list"),
    shape=Unclaimed,
    whole=True,
)
def entitlement_unclaimed(request: HttpRequest, year: Year) -> Unclaimed:
    """Tell what is entitled and has not been received."""
    with reading(request) as conn:
        return _unclaimed(conn, year)


def seen(request: HttpRequest, name: str) -> Any:
    """Return an entitlement that who asks may see.

    Raises:
        Http404: There is none, or he may not know of it.
    """
    memory, who = office(request), caller(request)
    declared = load_roles(memory.region.id)
    with reading(request) as conn:
        try:
            one = one_of(conn, name)
        except UsageError as error:
            raise Http404 from error
        agreed = consents(conn, declared, who, "entitlement", one.party)
    see(
        request,
        "entitlement",
        "see",
        owner=one.party,
        state=one.state,
        consented=agreed,
    )
    return one


@operation(
    router,
    "GET",
    "/entitlements/{entitlement}",
    asks=("entitlement", "see"),
    shape=EntitlementTold,
)
def entitlement(request: HttpRequest, entitlement: Name) -> EntitlementTold:
    """Tell one entitlement from its decision to the treasury."""
    one = seen(request, entitlement)
    made = told(office(request), one.id)
    answer = made.answer
    lacking = ["pays_to"] if made.pays_to is None else []
    return EntitlementTold.made(
        **{name: getattr(one, name) for name in Entitlement.model_fields},
        holidays_declared=made.counted,
        pays_to=None
        if made.pays_to is None
        else dict(zip(PaysTo.model_fields, made.pays_to, strict=True)),
        decision=None
        if answer is None
        else {
            "outcome": answer.outcome,
            "amount_fen": answer.amount,
            "clauses": {c.id: c.state for c in answer.clauses},
            "corrections": [r.claim for r in answer.revisions],
        },
        history=made.history,
        transfers=[entry_of(one) for one in made.entries],
        payments=[payment_of(one) for one in made.payments],
        missing=lacking + ([] if made.counted else ["holidays"]),
    )


@operation(
    router,
    "GET",
    "/firms/{code}/notices",
    asks=("notice", "list"),
    shape=NoticeList,
)
def firm_notices(
    request: HttpRequest, code: Code, limit: Limit, cursor: Cursor
) -> NoticeList:
    """List what a firm was told of its entitlements."""
    sheet = firm_sheet(request, code, "notice", "list")
    with reading(request) as conn:
        found = notices(conn, sheet.org)
    some, after = cut(found, limit, cursor)
    items = [
        {
            "id": str(one["id"]),
            "party": one["party"],
            "actor": one["actor"],
            "at": one["at"],
            "entitlements": [item["entitlement"] for item in one["items"]],
        }
        for one in some
    ]
    return NoticeList.made(total=len(found), items=items, next=after)
