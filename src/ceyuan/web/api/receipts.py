# SPDX-License-Identifier: Apache-2.0
"""The interface: receipts verified, the headline, the public directory. For everybody."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Body, Router
from pydantic import Field

from ceyuan.office.kept_receipts import kept_receipt
from ceyuan.office.overview import overview
from ceyuan.office.public_firms import directory
from ceyuan.office.receipt_told import judge
from ceyuan.web.api.operations import operation
from ceyuan.web.api.problems import Refusal
from ceyuan.web.api.shapes import Shape, text
from ceyuan.web.asking import office
from ceyuan.web.pages.receipt import _BUSY, WAIT
from ceyuan.web.showing import today

router = Router(tags=["public"])


class ReceiptCheck(Shape):
    """One step of a verification: `ok`, `failed` or `not_possible`."""

    name: str
    state: str
    zh: str
    en: str


class PolicySaid(Shape):
    """What a receipt says of one policy."""

    id: str
    zh: str
    en: str
    outcome: str
    met: int
    open_: int = Field(serialization_alias="open")
    not_met: int
    amount: int | None = Field(description="In the smallest unit; null: nothing.")


class Verified(Shape):
    """Whether a receipt is ours and whole, and what it says."""

    kind: str = Field(description="`run`, `book` or `other`.")
    verdict: str = Field(
        description="`verified`, `altered`, `unknown` (not of this office) or `partly`."
    )
    checks: list[ReceiptCheck]
    facts: dict[str, Any] = Field(description="What it says of itself.")
    policies: list[PolicySaid]
    synthetic: bool


class Span(Shape):
    """A count as it may be told: from, to; equal where it is told exactly."""

    low: int
    high: int


class HeadlineSum(Shape):
    """Claims: of how many firms, and how much; null: of so few that it is not told."""

    firms: Span
    claims: Span | None
    amount_fen: int | None


class OfPolicy(Shape):
    """What of one policy became claims, and what of it was paid."""

    policy: str
    commodity: str
    granted_firms: Span
    granted: int | None
    paid_firms: Span
    paid: int | None


class Headline(Shape):
    """What everybody may know of the office's last run and its book."""

    on: date
    run: str | None
    firms: int
    policies: int
    in_force: int
    entitled: Span
    paid: HeadlineSum
    unclaimed: HeadlineSum
    by_policy: list[OfPolicy]
    outcomes: dict[str, dict[str, Span]]
    seal: str | None = Field(description="Head of the book's last seal.")
    synthetic: bool
    missing: list[str] = Field(description="What is not told, since it is of so few.")


class Title(Shape):
    """A title that was published and holds."""

    code: str
    zh: str
    en: str
    number: str
    since: date | None
    until: date | None


class PublicFirm(Shape):
    """A firm as everybody may know it."""

    code: str
    name: str
    titles: list[Title]


class Directory(Shape):
    """The firms that a code or a part of a name means: the first, and how many."""

    total: int
    items: list[PublicFirm]
    synthetic: bool


def _verified(request: HttpRequest, document: dict[str, Any]) -> Verified:
    """Judge a receipt; only a few at a time."""
    if not _BUSY.acquire(timeout=WAIT):
        raise Refusal("busy", headers={"Retry-After": "5"})
    try:
        made = judge(office(request), document)
    finally:
        _BUSY.release()
    facts = {
        name: value.isoformat() if isinstance(value, (date, datetime)) else value
        for name, value in made.facts.items()
    }
    return Verified.made(
        kind=made.kind,
        verdict=made.verdict,
        checks=made.checks,
        facts=facts,
        policies=[
            {name: getattr(one, name) for name in PolicySaid.model_fields}
            for one in made.policies
        ],
        synthetic=made.synthetic,
    )


@operation(
    router,
    "POST",
    "/receipts/verify",
    asks=("receipt", "verify"),
    shape=Verified,
    kind="heavy",
    body="json",
)
def receipt_verify(
    request: HttpRequest, document: Annotated[dict[str, Any], Body(...)]
) -> Verified:
    """Verify a receipt: the whole document is sent."""
    return _verified(request, document)


@operation(
    router,
    "GET",
    "/receipts/{receipt}",
    asks=("receipt", "verify"),
    shape=Verified,
    kind="heavy",
)
def receipt_of(
    request: HttpRequest, receipt: Annotated[str, Field(pattern="^[0-9a-f]{6,64}$")]
) -> Verified:
    """Verify a receipt that the office keeps, by the code printed on it."""
    kept = kept_receipt(office(request), receipt)
    if kept is None:
        raise Http404
    return _verified(request, kept)


@operation(router, "GET", "/headline", asks=("headline", "see"), shape=Headline)
def headline(request: HttpRequest) -> Headline:
    """Tell the headline numbers; small cells are left out."""
    made = overview(office(request), today())
    lacking = [
        f"{n}.amount_fen"
        for n in ("paid", "unclaimed")
        if getattr(made, n).amount is None
    ]
    lacking += [
        f"by_policy.{o.policy}.granted"
        for o in made.by_policy
        if o.granted.amount is None
    ]
    lacking += [
        f"by_policy.{o.policy}.paid" for o in made.by_policy if o.paid.amount is None
    ]
    return Headline.made(
        on=made.on,
        run=None if made.run is None else made.run.id,
        firms=made.firms,
        policies=made.policies,
        in_force=made.in_force,
        entitled=made.entitled.firms,
        paid=_sum(made.paid),
        unclaimed=_sum(made.unclaimed),
        by_policy=[
            {
                "policy": one.policy,
                "commodity": one.commodity,
                "granted_firms": one.granted.firms,
                "granted": one.granted.amount,
                "paid_firms": one.paid.firms,
                "paid": one.paid.amount,
            }
            for one in made.by_policy
        ],
        outcomes=made.outcomes,
        seal=None if made.seal is None else made.seal[2],
        synthetic=made.synthetic,
        missing=lacking,
    )


def _sum(one: Any) -> dict[str, Any]:
    return {"firms": one.firms, "claims": one.claims, "amount_fen": one.amount}


@operation(router, "GET", "/directory", asks=("headline", "see"), shape=Directory)
def public_firms(
    request: HttpRequest,
    q: Annotated[str, text(100, "Credit code, or at least two signs of a name.")],
) -> Directory:
    """Look a firm up as everybody may know it: its name, its published titles."""
    found = directory(office(request), today()).find(q)
    return Directory.made(
        total=found.total, items=found.firms, synthetic=found.synthetic
    )
