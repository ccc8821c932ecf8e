# SPDX-License-Identifier: Apache-2.0
"""The interface: firms. How one stands with every policy, why, and what is held of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Query, Router
from pydantic import Field

from ceyuan.kernel import UsageError
from ceyuan.office.entitlements import listed
from ceyuan.office.firm_search import search_firms
from ceyuan.office.firm_sheet_model import FirmSheet
from ceyuan.office.firm_sheet_values import key_text
from ceyuan.office.firm_sheets import region_of, sheet_of
from ceyuan.office.firm_told import standing
from ceyuan.office.firm_trying import try_out
from ceyuan.office.firm_why import place
from ceyuan.office.permissions import consents
from ceyuan.office.receipts import make_receipt
from ceyuan.office.result import unit_json
from ceyuan.office.stating import as_plain
from ceyuan.office.users import load_roles
from ceyuan.policies import fact_name
from ceyuan.web.api.listing import Cursor, Limit, cut
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import (
    Counted,
    Exact,
    Money,
    ProblemRow,
    Question,
    Shape,
    text,
    tongue,
)
from ceyuan.web.asking import caller, office, reading, see
from ceyuan.web.showing import today

router = Router(tags=["firms"])
Code = Annotated[
    str,
    Field(
        min_length=1,
        max_length=40,
        pattern=r"^[^\x00/]+$",
        description="Credit code of the firm.",
    ),
]
MOST_TRIED = 20


class FirmRow(Shape):
    """A firm as a search finds it."""

    code: str
    name: str


class FirmList(Counted):
    """Firms."""

    items: list[FirmRow]


class Mend(Shape):
    """What contradicts itself in the data, and how to mend it."""

    what: str
    mend: str


class NearStep(Shape):
    """A smallest change that turns a policy, and what it turns besides."""

    text: str
    changes: list[str]
    outcome: str
    amount: Money | None
    missing: list[Question]
    gains: list[str] = Field(description="Policies that the same changes turn.")


class HeldHere(Shape):
    """An entitlement of the firm, in short."""

    id: str
    state: str
    word: str
    amount: int
    commodity: str


class StandingItem(Shape):
    """How a firm stands with one policy."""

    policy: str
    title: str
    kind: str
    in_force: bool
    group: str = Field(
        description="`arrived`, `entitled`, `confirm`, `step`, `lacking`, `judged`, "
        "`not_now`, `outside`: where it stands on the firm's page."
    )
    word: str
    outcome: str | None = Field(description="Null: it is about other subjects.")
    amount: Money | None = Field(description="Null: nothing, or not known.")
    at_most: Money | None
    entitlements: list[HeldHere]
    missing: list[Question]
    failing: list[str]
    refused: list[Mend]
    steps: list[NearStep]
    choice: str


class GroupSum(Shape):
    """A group of policies with its money, one sum for each basis."""

    id: str
    zh: str
    en: str
    count: int
    sums: list[Money]


class Standing(Shape):
    """How a firm stands with every policy, by the last run and the rulings since."""

    code: str
    name: str
    run: str
    as_of: date
    year: int = Field(description="Fiscal year that yearly facts mean.")
    synthetic: bool
    known: int = Field(description="How many facts have a value.")
    groups: list[GroupSum]
    items: list[StandingItem]
    missing: list[Question] = Field(description="What is missing for any policy.")


class OtherStated(Shape):
    """What a source states that does not count."""

    source: str
    value: Exact
    since: date


class FactHeld(Shape):
    """What is held of an attribute, who states it, and who states something else."""

    fact: str = Field(description="As it is typed: `revenue@2025`.")
    name: str
    value: Exact
    unit: str = Field(description="Base unit of a number: of money the fen.")
    source: str
    since: date
    place: str
    differs: bool
    others: list[OtherStated]


class FactList(Counted):
    """What is held of a firm."""

    code: str
    as_of: date
    items: list[FactHeld]
    missing: list[str] = Field(description="Facts whose source says: nobody knows.")


class Changed(Shape):
    """A value that is tried."""

    typed: str = Field(serialization_alias="fact")
    name: str
    before: str
    after: str


class PolicyTurned(Shape):
    """One policy before and after."""

    policy: str
    title: str
    before: str
    after: str
    amount_before: Money | None
    amount_after: Money | None
    missing: int
    turned: bool


class Tried(Shape):
    """Every policy before and after some values are changed; nothing is written."""

    code: str
    changes: list[Changed]
    problems: list[ProblemRow] = Field(description="What could not be tried.")
    policies: list[PolicyTurned]
    before: list[Money]
    after: list[Money]


def firm_sheet(request: HttpRequest, code: str, type_: str, action: str) -> FirmSheet:
    """Return what the last run says of a firm, to whom a type of its things is shown.

    Raises:
        Http404: There is none, or who asks may not know of it.
        NotAllowed: He may know of it, and may not do this.
    """
    memory, who = office(request), caller(request)
    declared = load_roles(memory.region.id)
    with reading(request) as conn:
        agreed = consents(conn, declared, who, type_, code)
    see(request, type_, action, owner=code, consented=agreed)
    try:
        sheet = sheet_of(memory, code)
    except UsageError as error:
        raise Http404 from error
    if sheet.code != code:
        raise Http404  # a part of a name is no address
    return sheet


@operation(router, "GET", "/firms", asks=("firm", "search"), shape=FirmList)
def firms(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor,
    q: Annotated[str, text(100, "Code, or words.")],
) -> FirmList:
    """Search the firms that one may know of."""
    memory = office(request)
    found = search_firms(
        memory, load_roles(memory.region.id), caller(request), q.strip(), on=today()
    )
    some, after = cut(found, limit, cursor)
    items = [{"code": one.code, "name": one.name} for one in some]
    return FirmList.made(total=len(found), items=items, next=after)


@operation(router, "GET", "/firms/{code}", asks=("firm", "see"), shape=Standing)
def firm(request: HttpRequest, code: Code) -> Standing:
    """Tell how a firm stands with every policy."""
    sheet = firm_sheet(request, code, "firm", "see")
    with reading(request) as conn:
        found = listed(conn, org=sheet.org)
    made = standing(sheet, region_of(office(request), sheet), found, tongue(request))
    return Standing.made(
        code=sheet.code,
        name=sheet.name,
        run=sheet.run,
        as_of=sheet.as_of,
        year=sheet.year,
        synthetic=sheet.synthetic,
        known=made.known,
        groups=[
            {
                "id": one.group.id,
                "zh": one.group.zh,
                "en": one.group.en,
                "count": len(one.items),
                "sums": one.sums,
            }
            for one in made.sections
        ],
        items=[_item(one) for one in made.items],
        missing=made.asked,
    )


def _item(one: Any) -> dict[str, Any]:
    outcome = None if one.decision is None else one.decision.outcome
    return {
        "policy": one.policy,
        "title": one.title,
        "kind": one.kind,
        "in_force": one.in_force,
        "group": one.group.id,
        "word": one.word,
        "outcome": None
        if one.decision is None
        else "refused"
        if outcome is None
        else outcome.value,
        "amount": one.amount,
        "at_most": one.at_most,
        "entitlements": [
            {
                "id": held.entitlement.id,
                "state": held.entitlement.state,
                "word": held.word,
                "amount": held.entitlement.amount,
                "commodity": held.entitlement.commodity,
            }
            for held in one.claims
        ],
        "missing": one.missing,
        "failing": list(one.failing),
        "refused": [{"what": what, "mend": mend} for what, mend in one.refused],
        "steps": [
            {
                "text": step.text,
                "changes": list(step.changes),
                "outcome": step.outcome,
                "amount": step.amount,
                "missing": step.missing,
                "gains": [policy for policy, _ in step.gains],
            }
            for step in one.steps
        ],
        "choice": one.choice,
    }


@operation(router, "GET", "/firms/{code}/facts", asks=("fact", "list"), shape=FactList)
def firm_facts(
    request: HttpRequest, code: Code, limit: Limit, cursor: Cursor
) -> FactList:
    """List what is held of a firm, who states it, and who states something else."""
    sheet = firm_sheet(request, code, "fact", "list")
    memory, locale = office(request), tongue(request)
    facts = region_of(memory, sheet).facts
    sources = memory.records.sources
    keys = sorted((key for key in sheet.stated if key[0] in facts), key=key_text)
    some, after = cut(keys, limit, cursor)
    items = []
    for key in some:
        said = sheet.stated[key]
        items.append(
            {
                "fact": key_text(key),
                "name": fact_name(facts, key, locale=locale),
                "value": as_plain(said.value),
                "unit": unit_json(facts[key[0]]),
                "source": said.source,
                "since": said.since,
                "place": place(sheet, key, sources, locale),
                "differs": said.differs,
                "others": [
                    {
                        "source": o.source,
                        "value": as_plain(o.value),
                        "since": o.valid_from,
                    }
                    for o in said.others
                ],
            }
        )
    lacking = [
        key_text(key) for key in keys if as_plain(sheet.stated[key].value) is None
    ]
    return FactList.made(
        code=sheet.code,
        as_of=sheet.as_of,
        total=len(keys),
        items=items,
        missing=lacking,
        next=after,
    )


@operation(router, "GET", "/firms/{code}/try", asks=("firm", "try"), shape=Tried)
def firm_try(
    request: HttpRequest,
    code: Code,
    changes: Annotated[
        list[str],
        Query(
            [],
            alias="set",
            max_length=MOST_TRIED,
            description="`NAME[@YEAR]=VALUE`, as a person types it: `rd_expense=600万元`.",
        ),
    ],
) -> Tried:
    """Change some values and tell every policy before and after."""
    sheet = firm_sheet(request, code, "firm", "try")
    region = region_of(office(request), sheet)
    typed = [one for one in changes if one.strip()]
    made = try_out(sheet, region, typed, locale=tongue(request))
    return Tried.made(
        code=sheet.code,
        changes=made.changes,
        problems=[
            {
                "code": "",
                "place": one.where or one.entry,
                "what": " ".join(filter(None, (one.what, one.why))),
                "mend": one.mend,
            }
            for one in made.wrong
        ],
        policies=[
            {
                "policy": one.policy,
                "title": one.title,
                "before": one.before.id,
                "after": one.after.id,
                "amount_before": one.amount_before,
                "amount_after": one.amount_after,
                "missing": one.missing,
                "turned": one.turned,
            }
            for one in made.policies
        ],
        before=made.before,
        after=made.after,
    )


@operation(
    router,
    "GET",
    "/firms/{code}/receipt",
    asks=("receipt", "see"),
    shape=dict[str, Any],
)
def firm_receipt(request: HttpRequest, code: Code) -> dict[str, Any]:
    """Give the receipt of what the last run decided of a firm, to be verified anywhere."""
    see(request, "receipt", "see", owner=code)
    memory = office(request)
    try:
        sheet = sheet_of(memory, code)
    except UsageError as error:
        raise Http404 from error
    if sheet.code != code:
        raise Http404
    return make_receipt(memory, sheet.run, sheet.org)
