# SPDX-License-Identifier: Apache-2.0
"""A policy as it stands in its file: documents, articles, parameters, clauses.

The model holds what the file says, checked for shape; `compose` turns it into a
scope that the evaluators understand. The format is told in
`docs/policy-format.md`.
"""

from __future__ import annotations

from datetime import date as Day  # noqa: N812 - `date` is a field
from typing import Literal

from pydantic import Field, model_validator

from ceyuan.declarations.parts import Confidence, Exact, Part, Text, UnitName

ParameterKind = Literal["number", "set", "steps", "marginal", "flag", "date"]
Rounding = Literal["half_up", "down", "up"]


class Document(Part):
    """A document that the policy restates."""

    zh: str
    en: str = ""
    number: str = ""
    issuer: str = ""
    date: Day | None = None
    confidence: Confidence
    sources: tuple[str, ...] = ()


class Article(Part):
    """A place in a document, and our own restatement of what it asks."""

    document: str
    article: str
    zh: str
    en: str
    confidence: Confidence
    sources: tuple[str, ...] = ()


class StepRow(Part):
    """One row of a table of steps.

    Args:
        from_: Lower bound, included.
        above: Lower bound, not included.
        otherwise: True for the last row, which takes the rest.
        gives: Points, or [least, most] where a person chooses.
    """

    from_: Exact | None = Field(default=None, alias="from")
    above: Exact | None = None
    otherwise: bool = Field(default=False, alias="else")
    gives: Exact | tuple[Exact, Exact]

    @model_validator(mode="after")
    def _one_bound(self) -> StepRow:
        given = [self.from_ is not None, self.above is not None, self.otherwise]
        if sum(given) != 1:
            msg = "a row has exactly one of `from`, `above`, `else: true`"
            raise ValueError(msg)
        return self


class Bracket(Part):
    """One bracket of a marginal table: up to a bound, at a rate."""

    up_to: Exact | None = None
    rate: Exact


class Setting(Part):
    """A value of a parameter, from a day until a day (both included)."""

    value: Exact | bool | Day | tuple[str, ...] | None = None
    steps: tuple[StepRow, ...] | None = None
    absent: Exact | None = None
    brackets: tuple[Bracket, ...] | None = None
    from_: Day | None = Field(default=None, alias="from")
    until: Day | None = None
    article: str
    confidence: Confidence
    sources: tuple[str, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _one_value(self) -> Setting:
        given = [
            self.value is not None,
            self.steps is not None,
            self.brackets is not None,
        ]
        if sum(given) != 1:
            msg = "exactly one of `value`, `steps`, `brackets` is asked"
            raise ValueError(msg)
        if self.from_ and self.until and self.until < self.from_:
            msg = f"ends ({self.until}) before it begins ({self.from_})"
            raise ValueError(msg)
        return self


class Parameter(Part):
    """A dated, cited number (or set, or table). No value: to be set by an office."""

    zh: str
    en: str
    kind: ParameterKind = "number"
    unit: UnitName = "1"
    gives: UnitName = "1"
    judged: str = ""
    values: tuple[Setting, ...] = ()


class Let(Part):
    """A named intermediate result."""

    zh: str
    en: str
    expr: str
    unit: UnitName | None = None
    absent: bool | None = None


class Clause(Part):
    """One condition, with its article.

    Args:
        article: The article it restates.
        zh: What it asks, in our words.
        en: The same in English.
        test: Condition; true means met.
        absent: What a comparison with something absent counts as.
        from_: First day on which it is asked.
        until: Last day on which it is asked.
    """

    article: str
    zh: str
    en: str
    test: str
    absent: bool | None = None
    from_: Day | None = Field(default=None, alias="from")
    until: Day | None = None


class Check(Part):
    """A condition on the data themselves; false refuses them as a problem."""

    zh: str
    en: str
    test: str
    mend: Text
    absent: bool | None = None


class Output(Part):
    """A result besides the outcome."""

    zh: str
    en: str
    expr: str
    unit: UnitName = "1"
    absent: bool | None = None


class Round(Part):
    """How an amount is rounded, once, and by which rule."""

    to: Exact
    unit: UnitName = "元"
    mode: Rounding
    article: str


class Amount(Part):
    """What an eligible subject is due."""

    zh: str
    en: str
    expr: str
    round: Round
    absent: bool | None = None
    basis: Literal["payment", "saving", "limit"] = "payment"


class Validity(Part):
    """First and last day on which the policy can be decided."""

    from_: Day = Field(alias="from")
    until: Day | None = None
    note: str = ""


class Replaces(Part):
    """The earlier version whose place a policy takes.

    Args:
        policy: Its id.
        beside: The article, of this file, by which the earlier one goes on for a while
            beside this one; None: it has ended before this one begins.
    """

    policy: str
    beside: str | None = None


class Variants(Part):
    """A choice of the applicant that asks different conditions.

    Args:
        fact: The choice fact.
        order: Its codes, the one that is reported first among equals first.
    """

    fact: str
    order: tuple[str, ...]


class Policy(Part):
    """One policy, one file."""

    policy: str
    kind: Literal["status", "benefit", "definition"]
    subject: str
    region: str
    zh: str
    en: str
    summary: Text
    coverage: Literal["full", "partial"] = "full"
    uncovered: tuple[Text, ...] = ()
    clock: Literal["as_of", "year"] = "as_of"
    validity: Validity
    replaces: Replaces | None = None
    documents: dict[str, Document]
    articles: dict[str, Article]
    absent: bool | None = None
    parameters: dict[str, Parameter] = {}
    let: dict[str, Let] = {}
    scope: dict[str, Clause] = {}
    checks: dict[str, Check] = {}
    clauses: dict[str, Clause]
    decide: str | None = None
    outputs: dict[str, Output] = {}
    amount: Amount | None = None
    variants: Variants | None = None
    sources: dict[str, str] = {}
