# SPDX-License-Identifier: Apache-2.0
"""The interface: why a policy says so of a firm, and why an entitlement is due."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router
from pydantic import Field

from ceyuan.declarations import Region
from ceyuan.kernel import UNKNOWN
from ceyuan.office.firm_sheet_values import key_text
from ceyuan.office.firm_sheets import region_of, sheet_of
from ceyuan.office.firm_why import WhyTold, why
from ceyuan.office.firm_words import questions
from ceyuan.office.firms import FIRM
from ceyuan.office.money_told import decided_of
from ceyuan.office.permissions import consents
from ceyuan.office.subject_sheets import subject_why
from ceyuan.office.users import load_roles
from ceyuan.web.api.entitlements import seen
from ceyuan.web.api.firms import Code, firm_sheet
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import Money, Name, Question, Shape, tongue
from ceyuan.web.asking import caller, office, reading, see

router = Router(tags=["firms"])
STATES = {True: "met", False: "not_met", None: "waived"}


class Given(Shape):
    """A fact under a condition: its value in words, who states it and since when."""

    fact: str
    name: str
    value: str
    place: str


class Score(Shape):
    """How a number was reached."""

    whole: str
    is_sum: bool
    parts: list[str]
    lacks: list[str]


class Reason(Shape):
    """One condition; deeper ones belong to the one above."""

    depth: int
    kind: str
    clause: str
    state: str = Field(description="`met`, `not_met`, `open` or `waived`.")
    answer: bool | None = Field(description="Null: not known, or not asked.")
    matters: bool = Field(description="Whether the outcome hangs on it.")
    text: str
    observed: str
    threshold: str
    margin: str
    given: list[Given]
    scores: list[Score]
    joins: str
    article: str
    missing: list[str]


class ArticleCited(Shape):
    """An article that the policy rests on, restated."""

    id: str
    place: str
    text: str
    confidence: str
    document: str
    number: str
    issuer: str
    day: str


class Threshold(Shape):
    """A number of the policy that was in force; empty: nobody has set it."""

    name: str
    value: str
    since: str
    until: str
    article: str
    by_office: bool


class AmountPart(Shape):
    """What an amount is computed from: name, value, where from."""

    name: str
    value: str
    place: str


class AmountHow(Shape):
    """How an amount came about."""

    name: str
    formula: str
    parts: list[AmountPart]
    rounding: str
    article: str
    result: Money | None


class Reasons(Shape):
    """Why a policy says what it says: conditions, values, sources, articles."""

    policy: str
    title: str
    summary: str
    outcome: str | None = Field(description="Null: the data contradict each other.")
    amount_fen: int | None
    rows: list[Reason]
    results: list[str]
    amount: AmountHow | None
    articles: list[ArticleCited]
    thresholds: list[Threshold]
    coverage: str
    uncovered: list[str]
    valid_from: str
    valid_until: str
    version: str
    missing: list[Question]


class Why(Reasons):
    """Why a policy says what it says of a firm."""

    code: str
    run: str
    synthetic: bool


class WhyDue(Shape):
    """Why an entitlement is due, whatever its subject is."""

    entitlement: str
    party: str = Field(description="Credit code of whom it belongs to.")
    subject: str = Field(description="Kind of subject: `firm`, `loan`, `order`.")
    key: str = Field(description="Which loan or order; empty for a firm.")
    run: str
    as_of: date
    outcome: str | None = Field(description="As stored; null: nothing was kept.")
    amount_fen: int | None
    clauses: dict[str, str] = Field(
        description="Each clause of the stored decision: `met`, `not_met`, `open`."
    )
    reasons: Reasons | None = Field(
        description="Null: they cannot be told; what is stored is above."
    )
    synthetic: bool


@operation(
    router, "GET", "/firms/{code}/policies/{policy}", asks=("firm", "see"), shape=Why
)
def firm_policy(request: HttpRequest, code: Code, policy: Name) -> Why:
    """Tell why a policy says what it says of a firm: conditions, values, sources."""
    sheet = firm_sheet(request, code, "firm", "see")
    if policy not in sheet.policies:
        raise Http404
    memory, locale = office(request), tongue(request)
    region = region_of(memory, sheet)
    made = why(sheet, region, policy, sources=memory.records.sources, locale=locale)
    return Why.made(
        code=sheet.code,
        run=sheet.run,
        synthetic=sheet.synthetic,
        **_reasons(made, region, locale),
    )


@operation(
    router,
    "GET",
    "/entitlements/{entitlement}/reasons",
    asks=("entitlement", "see"),
    besides=(("firm", "see"),),
    shape=WhyDue,
)
def entitlement_reasons(request: HttpRequest, entitlement: Name) -> WhyDue:
    """Tell why an entitlement is due: of a firm, a loan, an order, a project."""
    one = seen(request, entitlement)
    memory, who, locale = office(request), caller(request), tongue(request)
    with reading(request) as conn:
        agreed = consents(conn, load_roles(memory.region.id), who, "firm", one.party)
    # Values of facts are told: who may not see the firm is not told them.
    see(request, "firm", "see", owner=one.party, consented=agreed)
    made: WhyTold | None
    if one.subject == FIRM:
        sheet = sheet_of(memory, one.org, one.run)
        region, as_of = region_of(memory, sheet), sheet.as_of
        answer = decided_of(memory, one)
        names = memory.records.sources
        made = why(sheet, region, one.policy, sources=names, locale=locale)
    else:
        told = subject_why(memory, one, locale)
        answer, made, as_of, region = told.answer, told.why, told.as_of, told.region
    now = None if answer is None else answer.now
    return WhyDue.made(
        entitlement=one.id,
        party=one.party,
        subject=one.subject,
        key=one.key,
        run=one.run,
        as_of=as_of,
        outcome=None if now is None else now.outcome,
        amount_fen=None if now is None else now.amount,
        clauses={} if now is None else {c.id: c.state for c in now.clauses},
        reasons=None if made is None else _reasons(made, region, locale),
        synthetic=one.synthetic,
    )


def _reasons(made: WhyTold, region: Region, locale: str) -> dict[str, Any]:
    decision = made.decision
    return {
        "policy": made.policy,
        "title": made.title,
        "summary": made.summary,
        "outcome": None if decision.outcome is None else decision.outcome.value,
        "amount_fen": decision.amount,
        "rows": [_row(one) for one in made.rows],
        "results": list(made.results),
        "amount": _how(made.amount),
        "articles": [
            {name: getattr(one, name) for name in ArticleCited.model_fields}
            for one in made.articles.values()
        ],
        "thresholds": made.thresholds,
        "coverage": made.coverage,
        "uncovered": list(made.uncovered),
        "valid_from": made.valid_from,
        "valid_until": made.valid_until,
        "version": made.version,
        "missing": questions(region, decision.missing, locale),
    }


def _row(one: Any) -> dict[str, Any]:
    is_open = one.answer is UNKNOWN
    return {
        "depth": one.depth,
        "kind": one.kind,
        "clause": one.clause,
        "state": "open" if is_open else STATES[one.answer],
        "answer": None if is_open else one.answer,
        "matters": one.matters,
        "text": one.text,
        "observed": one.observed,
        "threshold": one.threshold,
        "margin": one.margin,
        "given": [
            {
                "fact": key_text(given.key),
                "name": given.name,
                "value": given.value,
                "place": given.place,
            }
            for given in one.given
        ],
        "scores": one.scores,
        "joins": one.joins,
        "article": one.article,
        "missing": [key_text(key) for key in one.missing],
    }


def _how(one: Any) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "name": one.name,
        "formula": one.formula,
        "parts": [
            {"name": name, "value": value, "place": place}
            for name, value, place in one.parts
        ],
        "rounding": one.rounding,
        "article": one.article,
        "result": one.result,
    }
