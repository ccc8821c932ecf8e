# SPDX-License-Identifier: Apache-2.0
"""From tree to text: `parse(write(tree)) == tree` for every tree that parses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.language.tree import (
    All,
    AnyOf,
    Arith,
    Call,
    Choose,
    Compare,
    Day,
    Member,
    Name,
    Node,
    Not,
    Number,
    Truth,
    Word,
)

if TYPE_CHECKING:
    from fractions import Fraction


def write(node: Node) -> str:
    """Return an expression's text, with parentheses wherever parts nest."""
    match node:
        case Number(value):
            return _number(value)
        case Word(value):
            return "'" + value.replace("'", "''") + "'"
        case Truth(value):
            return "TRUE" if value else "FALSE"
        case Day(value):
            return f"DATE '{value.isoformat()}'"
        case Name(value):
            return value
        case Arith(sign, left, right):
            return f"{_inner(left)} {sign} {_inner(right)}"
        case Compare(order, left, right):
            return f"{_inner(left)} {order} {_inner(right)}"
        case Member(value, (Name(option),)):
            return f"{_inner(value)} IN {option}"
        case Member(value, options):
            return f"{_inner(value)} IN ({', '.join(write(o) for o in options)})"
        case Not(value):
            return f"NOT {_inner(value)}"
        case All(parts):
            return " AND ".join(_inner(p) for p in parts)
        case AnyOf(parts):
            return " OR ".join(_inner(p) for p in parts)
        case Choose(arms, otherwise):
            body = " ".join(f"WHEN {write(t)} THEN {write(v)}" for t, v in arms)
            return f"CASE {body} ELSE {write(otherwise)} END"
        case Call(function, arguments):
            return f"{function}({', '.join(write(a) for a in arguments)})"


def _number(value: Fraction) -> str:
    """Return a decimal text; parsed numbers are always finite decimals."""
    if value.denominator == 1:
        return str(value.numerator)
    places = 0
    scaled = value
    while scaled.denominator != 1:
        scaled *= 10
        places += 1
    digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def _inner(node: Node) -> str:
    text = write(node)
    simple = isinstance(node, (Word, Truth, Day, Name, Choose, Call)) or (
        isinstance(node, Number) and node.value >= 0
    )
    return text if simple else f"({text})"
