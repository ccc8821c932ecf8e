# SPDX-License-Identifier: Apache-2.0
"""The syntax tree of an expression: few node kinds, frozen, comparable.

Both evaluators walk this tree and share nothing below it. A name is resolved
when a declaration is loaded; the tree itself only knows how it was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from fractions import Fraction

Order = Literal["<", "<=", ">", ">=", "=", "<>"]
Sign = Literal["+", "-", "*", "/"]


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number without unit; 0 compares with every unit."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Word:
    """A quoted word: a code."""

    value: str


@dataclass(frozen=True, slots=True)
class Truth:
    """TRUE or FALSE."""

    value: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A date literal."""

    value: date


@dataclass(frozen=True, slots=True)
class Name:
    """A fact, a parameter, a definition, a clause, or `as_of`."""

    value: str


@dataclass(frozen=True, slots=True)
class Arith:
    """left sign right."""

    sign: Sign
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Compare:
    """left order right."""

    order: Order
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Member:
    """value IN (options), or IN a parameter that is a set."""

    value: Node
    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """NOT value."""

    value: Node


@dataclass(frozen=True, slots=True)
class All:
    """Every part (AND)."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part (OR)."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choose:
    """CASE WHEN ... THEN ... ELSE ... END; the ELSE is required."""

    arms: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the language (`functions.FUNCTIONS`)."""

    function: str
    arguments: tuple[Node, ...]


Node: TypeAlias = (
    Number
    | Word
    | Truth
    | Day
    | Name
    | Arith
    | Compare
    | Member
    | Not
    | All
    | AnyOf
    | Choose
    | Call
)


def children(node: Node) -> tuple[Node, ...]:
    """Return the direct parts of a node, in reading order."""
    match node:
        case Arith(left=left, right=right) | Compare(left=left, right=right):
            return (left, right)
        case Member(value, options):
            return (value, *options)
        case Not(value):
            return (value,)
        case All(parts) | AnyOf(parts):
            return parts
        case Choose(arms, otherwise):
            return (*(part for arm in arms for part in arm), otherwise)
        case Call(_, arguments):
            return arguments
    return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all beneath it, outer first."""
    yield node
    for child in children(node):
        yield from walk(child)


def names(node: Node) -> frozenset[str]:
    """Return every name an expression mentions."""
    return frozenset(n.value for n in walk(node) if isinstance(n, Name))


def fact_reads(node: Node, back: int) -> list[tuple[int, str]]:
    """Return the facts a derivation reads, each with its years back."""
    match node:
        case Name(name):
            return [(back, name)]
        case Call("prev", (Name(name), Number(years))):
            return [(back + int(years), name)]
        case Call("sum_years", (Name(name), Number(years))):
            return [(back + n, name) for n in range(int(years))]
        case Call("cagr", (Name(name), Number(years))):
            return [(back, name), (back + int(years) - 1, name)]
        case Call("growth", (Name(name),)):
            return [(back, name), (back + 1, name)]
        case Call("count_where", (Name(name), _)):
            return [(0, name)]
        case Call("held", _):
            return [(0, "certificates")]
    return [read for child in children(node) for read in fact_reads(child, back)]
