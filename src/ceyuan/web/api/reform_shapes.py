# SPDX-License-Identifier: Apache-2.0
"""What a simulation looks like: the document `ceyuan.simulate/1` of the command line."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from ceyuan.web.api.shapes import Loose, Shape


class Cost(Shape):
    """What a policy costs, in fen; what data are missing makes of it, at both ends."""

    definite: int
    referred: int
    least: int
    most: int | None = Field(description="Null: no upper end is known.")
    unbounded: int
    floored: int


class Turns(Shape):
    """How many are touched, and how."""

    gain: int
    lose: int
    gained: int
    more: int
    lost: int
    less: int


class OutcomeTurn(Shape):
    """Subjects that go from one outcome to another."""

    before: str
    after: str
    subjects: int


class SideOf(Shape):
    """A policy before, or after."""

    outcomes: dict[str, int]
    cost: Cost | None


class Share(Turns):
    """One group's part."""

    value: str | int | None
    unknown: bool
    subjects: int
    before: Cost | None
    after: Cost | None


class ConditionTurned(Shape):
    """A condition before and after."""

    before: str
    after: str


class SubjectNamed(Loose):
    """Somebody who is touched."""

    id: str | int | None
    before: str
    after: str
    amount_before: int | None
    amount_after: int | None
    turned: dict[str, ConditionTurned]
    code: str = ""
    name: str = ""


class Effect(Turns):
    """What a reform does to one policy."""

    change: str
    transitions: list[OutcomeTurn]
    before: SideOf
    after: SideOf
    groups: dict[str, list[Share]]
    gainers: list[SubjectNamed] = Field(description="Empty for who may not see them.")
    losers: list[SubjectNamed] = Field(description="Empty for who may not see them.")


class Effects(Shape):
    """What a reform does to the subjects of one kind."""

    as_of: date
    base_year: int
    subject: str
    subjects: int
    elsewhere: list[str]
    checks: dict[str, dict[str, Any] | None]
    policies: dict[str, Effect]


class ReformSaid(Shape):
    """The reform that was tried."""

    id: str
    zh: str
    en: str
    digest: str


class Simulated(Loose):
    """What came of a reform."""

    document: str = Field(alias="schema")
    reform: ReformSaid
    synthetic: bool
    snapshot: str
    declarations: str
    as_of: date
    known_at: datetime
    compared_with_run: str | None
    effects: list[Effects]
    solved: dict[str, Any] | None
