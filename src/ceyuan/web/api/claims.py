# SPDX-License-Identifier: Apache-2.0
"""The interface: facts that are said to be wrong, and the rulings on them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Router
from pydantic import Field

from ceyuan.kernel import UsageError
from ceyuan.office.claiming import typed_claim
from ceyuan.office.correcting import Claim, claims
from ceyuan.office.firms import Firm, find_firm
from ceyuan.office.ruling import claim_of, whose
from ceyuan.office.stating import as_plain
from ceyuan.web.api.firms import Code
from ceyuan.web.api.listing import Cursor, Limit, cut
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import NO_NUL, Counted, Exact, Shape, text
from ceyuan.web.asking import may, office, see
from ceyuan.web.showing import today

router = Router(tags=["claims"])


class ClaimTold(Shape):
    """What somebody says is wrong, and what was decided."""

    claim: int
    kind: str = Field(description="`correction`, or `dispute` of two sources.")
    code: str
    name: str
    record: str
    attribute: str
    year: int | None
    stated: Exact = Field(description="What was held; null: not known.")
    claimed: Exact
    evidence: str | None
    actor: str
    role: str
    reason: str
    opened_at: datetime
    state: str = Field(description="`open`, `accepted` or `rejected`.")
    ruled_by: str | None
    ruled_why: str | None
    ruled_at: datetime | None


class ClaimList(Counted):
    """Claims, those first that wait for a ruling."""

    items: list[ClaimTold]


class ToClaim(Shape):
    """A fact that is said to be wrong."""

    fact: str = Field(
        max_length=100,
        pattern=r"^[^@\x00]+(@[0-9]{4})?$",
        description="`revenue@2025`, `reg_date`.",
    )
    value: str = Field(
        max_length=200,
        pattern=NO_NUL,
        description="As a person types it, `1200万元`; `?`: not to be relied on.",
    )
    reason: str = Field(min_length=1, max_length=4000, pattern=NO_NUL)


def _told(one: Claim, firm: Firm) -> dict[str, Any]:
    return {
        "claim": one.id,
        "kind": one.kind,
        "code": firm.code,
        "name": firm.name,
        "record": one.record,
        "attribute": one.attribute,
        "year": one.year,
        "stated": as_plain(one.stated),
        "claimed": as_plain(one.claimed),
        "evidence": one.evidence or None,
        "actor": one.actor,
        "role": one.role,
        "reason": one.reason,
        "opened_at": one.opened_at,
        "state": one.state,
        "ruled_by": one.ruled_by or None,
        "ruled_why": one.ruled_why or None,
        "ruled_at": one.ruled_at,
    }


@operation(router, "GET", "/claims", asks=("claim", "list"), shape=ClaimList)
def claim_list(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor,
    code: Annotated[str, text(40, "Credit code of the firm.")],
    state: Literal["", "open", "accepted", "rejected"] = "",
) -> ClaimList:
    """List the claims that one may see."""
    memory = office(request)
    seen = [
        one
        for one in claims(memory)
        if (not state or one.state == state)
        and may(request, "claim", "list", owner=one.org)
    ]
    called = whose(memory, seen, today())
    rows = [
        _told(one, called[one.org])
        for one in sorted(seen, key=lambda c: (c.state != "open", c.id))
    ]
    rows = [row for row in rows if not code or row["code"] == code]
    some, after = cut(rows, limit, cursor)
    return ClaimList.made(items=some, total=len(rows), next=after)


@operation(router, "GET", "/claims/{int:claim}", asks=("claim", "see"), shape=ClaimTold)
def claim_one(
    request: HttpRequest, claim: Annotated[int, Field(ge=1, le=2**31)]
) -> ClaimTold:
    """Tell one claim, and what was decided."""
    memory = office(request)
    try:
        one = claim_of(memory, claim)
    except UsageError as error:
        raise Http404 from error
    see(request, "claim", "see", owner=one.org)
    return ClaimTold.made(**_told(one, whose(memory, [one], today())[one.org]))


@operation(
    router,
    "POST",
    "/firms/{code}/claims",
    asks=("fact", "claim"),
    shape=ClaimTold,
    status=201,
    body="json",
)
def firm_claim(request: HttpRequest, code: Code, said: ToClaim) -> ClaimTold:
    """Say that a fact of a firm is wrong; somebody else decides."""
    see(request, "fact", "claim", owner=code)
    memory = office(request)
    try:
        firm = find_firm(memory.reading(today()), code)
    except UsageError as error:
        raise Http404 from error
    if firm.code != code:
        raise Http404  # a part of a name is no address
    fact, _, year = said.fact.strip().partition("@")
    made = typed_claim(
        memory,
        firm=code,
        fact=fact,
        year=int(year) if year else None,
        value=said.value,
        reason=said.reason,
        on=today(),
        role="officer" if may(request, "fact", "claim", owner="") else "firm",
    )
    return ClaimTold.made(**_told(made, whose(memory, [made], today())[made.org]))
