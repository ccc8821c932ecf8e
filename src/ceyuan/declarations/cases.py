# SPDX-License-Identifier: Apache-2.0
"""Worked cases beside a policy: a CSV of cases and a YAML that maps its headings.

The headings of a case file are its author's; the mapping says which fact, year,
parameter or expected result each one is, and in which unit it is written.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from ceyuan.declarations.parts import Exact, Part, UnitName

Literal_ = bool | Exact | str


class Input(Part):
    """What one input heading sets.

    Args:
        as_of: It is the day of the decision.
        base_year: It is the fiscal year decided on.
        fact: Fact that it sets.
        parameter: Parameter that it sets.
        unit: Unit in which the cells are written.
        back: Years before the base year, for a yearly fact.
        blank_year: A blank is an absent year when all headings of that year
            that say so are blank.
        days_before: The fact is the date so many days before the decision.
        years_before: The fact is the date so many full years before it.
        split: The cell holds several codes, parted by this.
        words: Codes by the words that stand in the cells.
        others: Code of every word that is none of these and none of the fact's.
        codes: Facts to set, by the word that stands in the cell.
        blank: Facts to set where the cell is blank.
    """

    as_of: bool = False
    base_year: bool = False
    fact: str | None = None
    parameter: str | None = None
    unit: UnitName = "1"
    back: int = 0
    blank_year: bool = False
    days_before: bool = False
    split: str = ""
    words: dict[str, str] = {}
    others: str = ""
    codes: dict[str, dict[str, Literal_]] = {}
    blank: dict[str, Literal_] = {}
    ignore: bool = False


class Expected(Part):
    """What one expected heading is compared with.

    Args:
        outcome: The outcome.
        amount: The amount due; `otherwise` when none is due.
        output: An output; its range must be one value.
        low: Least value of an output.
        high: Greatest value of an output.
        span: `least-greatest` of an output, or the one value.
        parts: Two outputs written as `a/b`.
        unless: An output (flag) that, when true, is written as `word`.
        unit: Unit in which the cells are written.
        rounded: The cell is rounded to its own number of decimals.
        words: Words by the number that they stand for.
    """

    outcome: bool = False
    amount: bool = False
    otherwise: Exact | None = None
    output: str | None = None
    low: str | None = None
    high: str | None = None
    span: str | None = None
    parts: tuple[str, str] | None = None
    unless: str | None = None
    word: str = ""
    unit: UnitName = "1"
    rounded: bool = False
    words: dict[str, str] = {}
    ignore: bool = False

    @model_validator(mode="after")
    def _one(self) -> Expected:
        given = [
            self.outcome,
            self.amount,
            self.output is not None,
            self.low is not None,
            self.high is not None,
            self.span is not None,
            self.parts is not None,
            self.ignore,
        ]
        if sum(given) != 1:
            msg = "exactly one of outcome, amount, output, low, high, span, parts"
            raise ValueError(msg)
        return self


class CaseMapping(Part):
    """How the headings of a case file are read.

    Args:
        policy: Policy id.
        inputs: Inputs by heading; a list sets several things from one cell.
        expected: Expected results by heading.
        always: Facts that hold in every case (conditions of the text without a
            heading count as met).
    """

    policy: str
    inputs: dict[str, Input | list[Input]]
    expected: dict[str, Expected]
    always: dict[str, Literal_] = Field(default_factory=dict)
