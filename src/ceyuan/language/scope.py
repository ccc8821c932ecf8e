# SPDX-License-Identifier: Apache-2.0
"""What the names of an expression stand for.

A *scope* is fixed when a policy is loaded: facts with their units and bounds,
parameters with their units, definitions with their trees. A *context* is fixed
when it is evaluated: the day, the base year, the parameters in force.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias

from ceyuan.kernel import PURE, Unit, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ceyuan.language.tree import Node

FactKind = Literal["number", "flag", "date", "code", "codes", "text", "records"]
FactKey: TypeAlias = tuple[str, int | None]
"""A fact's name and, for a yearly fact, its fiscal year."""


@dataclass(frozen=True, slots=True)
class FactSymbol:
    """A fact as the evaluators see it.

    Args:
        name: Its name in the dictionary.
        kind: number, flag, date, code, codes, text or records.
        unit: Unit of a number; values are kept in its base.
        yearly: One value per fiscal year.
        low: Least value that an unknown one can have, in the base; None: none.
        high: Greatest value that an unknown one can have; None: none.
        limit: Greatest magnitude a column may hold, in the base.
        decimals: Decimal places of the base kept in columns.
        judged: Supplied by a person's judgement.
        derive: Tree that gives it where it was not supplied.
        codes: Allowed codes, in declared order.
        default: What an applicant's choice is when none was made.
        fields: Fields of a record.
    """

    name: str
    kind: FactKind
    unit: Unit = PURE
    yearly: bool = False
    low: Fraction | None = None
    high: Fraction | None = None
    limit: Fraction = Fraction(10**15)
    decimals: int = 0
    judged: bool = False
    derive: Node | None = None
    codes: tuple[str, ...] = ()
    default: str | None = None
    fields: Mapping[str, FactSymbol] = field(default_factory=dict)


ParameterKind = Literal["number", "set", "steps", "marginal", "flag", "date"]


@dataclass(frozen=True, slots=True)
class ParameterSymbol:
    """A parameter: its kind and units; the value comes with the context.

    Args:
        name: Its name inside the policy.
        kind: number, set of codes, table of steps, marginal brackets, flag, date.
        unit: Unit of a number, or of what a table is entered with.
        gives: Unit of what a table gives.
        fact: Name under which an unset one is asked for.
        judged: Fact that chooses within a band of points; "" when none does.
    """

    name: str
    kind: ParameterKind
    unit: Unit = PURE
    gives: Unit = PURE
    fact: str = ""
    judged: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """A named expression: a `let` or a clause.

    Args:
        node: Its tree.
        absent_as: What a comparison with something absent counts as; None when
            nothing in it can be absent.
    """

    node: Node
    absent_as: bool | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything that an expression of one policy may name."""

    facts: Mapping[str, FactSymbol]
    parameters: Mapping[str, ParameterSymbol] = field(default_factory=dict)
    definitions: Mapping[str, Definition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a table of steps: from a bound on, so many points.

    Args:
        bound: Lower bound in the base unit; None for the last row (else).
        closed: Whether the bound itself belongs to the row.
        low: Least points of the row.
        high: Most points of the row; differs from `low` where a person chooses.
    """

    bound: Fraction | None
    closed: bool
    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class Steps:
    """A table of steps, highest bound first, and what an absent value gives."""

    rows: tuple[Step, ...]
    absent: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Marginal:
    """Brackets: the rate of each applies to the part of the value inside it.

    Args:
        brackets: Pairs of upper bound (None: no end) and rate, rising.
    """

    brackets: tuple[tuple[Fraction | None, Fraction], ...]


Setting: TypeAlias = (
    "Fraction | bool | date | frozenset[str] | Steps | Marginal | Unknown"
)


@dataclass(frozen=True, slots=True)
class Context:
    """The day on which, and the parameters with which, one evaluates.

    Args:
        as_of: Day of the decision.
        base_year: Fiscal year that a yearly fact without `prev` means.
        settings: Parameters in force on that day.
        waived: Clauses that are not asked on that day; they count as met.
        memo: What follows from the context alone, found once for all subjects.
    """

    as_of: date
    base_year: int
    settings: Mapping[str, Setting] = field(default_factory=dict)
    waived: frozenset[str] = frozenset()
    memo: dict[object, object] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
