# SPDX-License-Identifier: Apache-2.0
"""The fact dictionary: every name that a policy may read or a result may show.

A fact says what it means, in which unit it is counted, under which headings
people write it, who can supply it, and whether (and how hard) a firm can change
it. Policies, spreadsheets, questions and results use these names and no others.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from pydantic import model_validator

from ceyuan.declarations.parts import Exact, Part, Text, UnitName
from ceyuan.kernel import Unit, unit

Kind = Literal["number", "flag", "date", "code", "codes", "text", "records"]
Supplier = Literal["firm", "declaration", "office", "judge", "choice"]
"""Who can supply a fact: the firm's data, the firm's signed declaration, an
office, a person who judges, or the applicant's own choice."""


class Headings(Part):
    """How people write the fact over a column, the main form first."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


class Code(Part):
    """One value of a code list, with the words that mean it in real sheets."""

    zh: str
    en: str
    synonyms: tuple[str, ...] = ()


class Change(Part):
    """How a firm can change the fact, for the nearest step.

    Args:
        up: Effort of raising it by one step; absent when it cannot be raised.
        down: Effort of lowering it by one step.
        step: What one step is, in the fact's unit; effort = steps x weight.
        scale: money, people, titles ...; changes of different scales are not
            added up but compared side by side.
    """

    up: Exact | None = None
    down: Exact | None = None
    step: Exact = Fraction(1)
    scale: Literal["money", "people", "titles", "time", "acts"] = "acts"


class Field(Part):
    """One field of a linked record (a patent, a certificate)."""

    zh: str
    en: str
    kind: Literal["number", "flag", "date", "code", "text"]
    unit: UnitName | None = None
    headings: Headings = Headings()
    codes: dict[str, Code] = {}


class Fact(Part):
    """One fact of a subject.

    Args:
        zh: Chinese name.
        en: English name.
        kind: number, flag, date, code, codes (a set of codes), text, records.
        unit: Unit in which values are given in declarations and shown; a sheet
            may use any unit of the same dimension.
        yearly: Whether there is one value per fiscal year.
        min: Least possible value, in the unit; below it the data are wrong.
        max: Greatest possible value, in the unit; beyond it the data are wrong.
        bounded: Whether `min` and `max` bound an unknown value as well (points,
            shares); without it only a `min` of 0 does.
        decimals: Decimal places kept in columns, in the base of the unit (fen,
            persons, 1); what needs more goes to the interpreter.
        meaning: What counts and what does not.
        headings: Column headings.
        supplied_by: Who can supply it.
        question: How to ask for it.
        change: How the firm can change it.
        derive: Expression that gives it where it was not supplied.
        codes: Values of a code fact.
        default: What a choice is when the applicant made none.
        pattern: Where the value stands inside a longer text: a regular expression
            whose first group is read (`I65 软件业` gives 65). Of a flag: a cell in
            which it stands means yes (a stock code: the firm is listed).
        read_with: Another fact from whose column this one is read too, when it has
            none of its own.
        lines: Headings of a further file that lists one of these per line; where
            the list is complete, its lines are counted.
        part_of: Another fact of the same unit and year that it cannot exceed.
        past: A date that cannot lie after the day of the check.
        begins: The day on which the subject came to be: its yearly figures of the
            years before do not exist, which is another thing than not being known.
        match: How a cell finds its code: the whole cell, or (an address) its
            beginning.
        fields: Fields of a record fact.
        subject: Subjects that have it.
    """

    zh: str
    en: str
    kind: Kind
    unit: UnitName | None = None
    yearly: bool = False
    min: Exact | None = None
    max: Exact | None = None
    bounded: bool = False
    decimals: int = 0
    meaning: Text | None = None
    headings: Headings = Headings()
    supplied_by: Supplier = "firm"
    question: Text | None = None
    change: Change | None = None
    derive: str | None = None
    codes: dict[str, Code] = {}
    default: str | None = None
    match: Literal["exact", "prefix"] = "exact"
    pattern: str | None = None
    read_with: str | None = None
    lines: Headings = Headings()
    part_of: str | None = None
    past: bool = False
    begins: bool = False
    fields: dict[str, Field] = {}
    subject: tuple[str, ...] = ("firm",)

    @model_validator(mode="after")
    def _complete(self) -> Fact:
        if self.kind == "number" and self.unit is None:
            msg = "a number needs a unit (`1` for a pure number)"
            raise ValueError(msg)
        if self.begins and self.kind != "date":
            msg = "only a day can be the day on which a subject came to be"
            raise ValueError(msg)
        if self.yearly and self.kind != "number":
            msg = "only a number has a value per year"
            raise ValueError(msg)
        if self.kind in ("code", "codes") and not self.codes:
            msg = "a code fact needs its list of codes"
            raise ValueError(msg)
        if self.kind == "records" and not self.fields:
            msg = "a record fact needs its fields"
            raise ValueError(msg)
        return self

    @property
    def measure(self) -> Unit:
        """Return the unit; only numbers have one."""
        return unit(self.unit or "1")


class FactFile(Part):
    """One file of the dictionary."""

    facts: dict[str, Fact]
