# SPDX-License-Identifier: Apache-2.0
"""The interface: why a policy says what it says of a firm, clause by clause."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router
from pydantic import Field

from ceyuan.kernel import UNKNOWN
from ceyuan.office.firm_sheet_values import key_text
from ceyuan.office.firm_sheets import region_of
from ceyuan.office.firm_why import why
from ceyuan.office.firm_words import questions
from ceyuan.web.api.firms import Code, firm_sheet
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import Money, Name, Question, Shape, tongue
from ceyuan.web.asking import office

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


class Why(Shape):
    """Why a policy says what it says of a firm."""

    code: str
    policy: str
    title: str
    summary: str
    run: str
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
    decision = made.decision
    return Why.made(
        code=sheet.code,
        policy=policy,
        title=made.title,
        summary=made.summary,
        run=sheet.run,
        outcome=None if decision.outcome is None else decision.outcome.value,
        amount_fen=decision.amount,
        rows=[_row(one) for one in made.rows],
        results=list(made.results),
        amount=_how(made.amount),
        articles=[
            {name: getattr(one, name) for name in ArticleCited.model_fields}
            for one in made.articles.values()
        ],
        thresholds=made.thresholds,
        coverage=made.coverage,
        uncovered=list(made.uncovered),
        valid_from=made.valid_from,
        valid_until=made.valid_until,
        version=made.version,
        missing=questions(region, decision.missing, locale),
        synthetic=sheet.synthetic,
    )


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
