# SPDX-License-Identifier: Apache-2.0
"""Where an answer can turn: every comparison of a policy, and what moves it.

A comparison turns where its two sides meet; a table of steps turns at its
bounds. Multiplied across, the gap between the sides is a straight line in
nearly every fact, so the turning point is found exactly from two values, and a
third shows whether it was a straight line.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.language import (
    Interpreter,
    Quotient,
    Range,
    Root,
    Steps,
    Value,
    walk,
)
from ceyuan.language.tree import Call, Compare, Name, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ceyuan.declarations import Rule
    from ceyuan.language import Context

Edge: TypeAlias = "tuple[Node, Node | Fraction]"
"""A left side, and a right side or a bound of a table."""


@dataclass(frozen=True, slots=True)
class Edges:
    """The comparisons of a rule, by the clause they belong to.

    Args:
        by_clause: Per clause, its comparisons, each with the facts it reads.
        facts: Per clause, the facts that it reads.
    """

    by_clause: Mapping[str, tuple[tuple[Edge, frozenset[str]], ...]]
    facts: Mapping[str, tuple[str, ...]]


def edges_of(rule: Rule, context: Context) -> Edges:
    """Return every comparison of a rule's clauses, found once per context."""
    key = ("edges", id(context))
    known = rule.memo.get(key)
    if isinstance(known, tuple) and known[0] is context:
        found = known[1]
        assert isinstance(found, Edges)
        return found
    by_clause, facts = {}, {}
    for clause in rule.clauses:
        nodes = list(_reach(rule, Name(clause)))
        by_clause[clause] = tuple(
            (edge, reads(rule, edge[0]) | reads(rule, edge[1]))
            for node in nodes
            for edge in _edges(context, node)
        )
        read = dict.fromkeys(
            n.value
            for n in nodes
            if isinstance(n, Name) and n.value in rule.scope.facts
        )
        facts[clause] = tuple(read)
    made = Edges(by_clause, facts)
    rule.memo[key] = (context, made)  # the context is kept, so its id stays its own
    return made


def _reach(rule: Rule, start: Node) -> Iterator[Node]:
    """Yield every node under a clause, through definitions and derivations."""
    seen: set[str] = set()
    stack = [start]
    while stack:
        for node in walk(stack.pop()):
            yield node
            if not isinstance(node, Name) or node.value in seen:
                continue
            seen.add(node.value)
            if node.value in rule.scope.definitions:
                stack.append(rule.scope.definitions[node.value].node)
            elif node.value in rule.scope.facts:
                derive = rule.scope.facts[node.value].derive
                if derive is not None:
                    stack.append(derive)


def _edges(context: Context, node: Node) -> Iterator[Edge]:
    if isinstance(node, Compare):
        yield node.left, node.right
    elif isinstance(node, Call) and node.function == "steps":
        table = node.arguments[1]
        assert isinstance(table, Name)
        setting = context.settings.get(table.value)
        if isinstance(setting, Steps):
            for row in setting.rows:
                if row.bound is not None:
                    yield node.arguments[0], row.bound
    elif isinstance(node, Call) and node.function in ("least", "greatest"):
        for other in node.arguments[1:]:
            yield node.arguments[0], other


def reads(rule: Rule, node: Node | Fraction) -> frozenset[str]:
    """Return the facts under an expression, derivations included."""
    if isinstance(node, Fraction):
        return frozenset()
    found = {
        n.value
        for n in _reach(rule, node)
        if isinstance(n, Name) and n.value in rule.scope.facts
    }
    return frozenset(found)


def gap(asked: Interpreter, edge: Edge) -> Fraction | None:
    """Return left minus right, multiplied across; None when not exactly known."""
    left = _number(asked, edge[0])
    right = (
        Range(edge[1], edge[1])
        if isinstance(edge[1], Fraction)
        else _number(asked, edge[1])
    )
    if left is None or not isinstance(right, Range) or right.low != right.high:
        return None
    line = right.low
    if line is None:
        return None
    if isinstance(left, Range):
        exact = left.exact and left.low is not None
        return Fraction(left.low) - line if exact and left.low is not None else None
    quotient = left.quotient if isinstance(left, Root) else left
    top, bottom = quotient.top, quotient.bottom
    if not (top.exact and bottom.exact) or top.low is None or bottom.low is None:
        return None
    if isinstance(left, Root):
        target = (Fraction(line) + 1) ** left.power
    else:
        target = (Fraction(line) - left.offset) / left.scale
    return Fraction(top.low) - target * bottom.low


def _number(asked: Interpreter, node: Node) -> Value | None:
    found = asked.result(node)
    return found if isinstance(found, (Range, Quotient, Root)) else None
