# SPDX-License-Identifier: Apache-2.0
"""Where an answer can turn: every line of a policy, and what moves across it.

A comparison turns where its two sides meet, a table of steps at its bounds, the
greatest of several where one overtakes another, a quotient where its bottom
reaches 0 and it is there no more. Multiplied across, the gap between the two
sides is a straight line in nearly every fact, so the turning point is found
exactly from two values; a *bent* edge is one for which this may not be so.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

from ceyuan.language import Marginal, Quotient, Range, Root, Steps, walk
from ceyuan.language.tree import Arith, Call, Choose, Compare, Name, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ceyuan.declarations import Rule
    from ceyuan.language import Context, Interpreter


@dataclass(frozen=True, slots=True)
class Edge:
    """Two sides that can meet.

    Args:
        left: One side.
        right: The other side, or a bound of a table.
        movers: The facts that move the gap between them; what only chooses a row
            of a table moves no gap, it makes it jump at that table's own edges.
        is_bent: Whether the gap may not be a straight line in some fact.
    """

    left: Node
    right: Node | Fraction
    movers: frozenset[str]
    is_bent: bool


@dataclass(frozen=True, slots=True)
class Edges:
    """The edges of a rule, by the clause they belong to.

    Args:
        by_clause: Per clause, its edges, the straight ones first.
        facts: Per clause, the facts that it reads.
    """

    by_clause: Mapping[str, tuple[Edge, ...]]
    facts: Mapping[str, tuple[str, ...]]


def edges_of(rule: Rule, context: Context) -> Edges:
    """Return every edge under a rule's clauses, found once per context."""
    found = context.memo.get(("edges",))
    if not isinstance(found, Edges):
        reached = _reached(rule)
        found = Edges(
            {
                clause: tuple(
                    sorted(
                        (e for n in nodes for e in _edges(rule, context, n)),
                        key=lambda e: e.is_bent,
                    )
                )
                for clause, nodes in reached.items()
            },
            {
                clause: tuple(
                    dict.fromkeys(
                        n.value
                        for n in nodes
                        if isinstance(n, Name) and n.value in rule.scope.facts
                    )
                )
                for clause, nodes in reached.items()
            },
        )
        context.memo["edges",] = found
    return found


def facts_read(rule: Rule) -> frozenset[str]:
    """Return every fact that any answer of a rule can hang on."""
    found = rule.memo.get("facts read")
    if not isinstance(found, frozenset):
        starts = (rule.decide, *(d.node for d in rule.scope.definitions.values()))
        found = frozenset(
            node.value
            for start in starts
            for node in _reach(rule, start)
            if isinstance(node, Name) and node.value in rule.scope.facts
        )
        rule.memo["facts read"] = found
    return found


def _reached(rule: Rule) -> dict[str, tuple[Node, ...]]:
    found = rule.memo.get("reached")
    if not isinstance(found, dict):
        found = {clause: tuple(_reach(rule, Name(clause))) for clause in rule.clauses}
        rule.memo["reached"] = found
    return found


def _reach(rule: Rule, start: Node) -> Iterator[Node]:
    """Yield every node under an expression, through definitions and derivations."""
    seen: set[str] = set()
    stack = [start]
    while stack:
        for node in walk(stack.pop()):
            yield node
            if isinstance(node, Name) and node.value not in seen:
                seen.add(node.value)
                under = _meant(rule, node)
                if under is not None:
                    stack.append(under)


def _meant(rule: Rule, name: Name) -> Node | None:
    """Return what stands behind a name: a definition, or how a fact derives."""
    if name.value in rule.scope.definitions:
        return rule.scope.definitions[name.value].node
    if name.value in rule.scope.facts:
        return rule.scope.facts[name.value].derive
    return None


def _edges(rule: Rule, context: Context, node: Node) -> Iterator[Edge]:
    for left, right in _meetings(context, node):
        key = ("gap", id(left), right if isinstance(right, Fraction) else id(right))
        told = rule.memo.get(key)  # the nodes are the rule's own: their ids stay
        if not isinstance(told, tuple):
            told = rule.memo[key] = _movers(rule, left, right)
        movers, is_bent = told
        if movers:
            yield Edge(left, right, movers, is_bent)


def _meetings(context: Context, node: Node) -> Iterator[tuple[Node, Node | Fraction]]:
    match node:
        case Compare(_, left, right):
            yield left, right
        case Arith("/", _, right):
            yield right, Fraction(0)
        case Call("least" | "greatest", arguments):
            yield from combinations(arguments, 2)
        case Call("steps" | "marginal", (value, Name(table))):
            match context.settings.get(table):
                case Steps(rows):
                    bounds = [row.bound for row in rows]
                case Marginal(brackets):
                    bounds = [Fraction(0), *(upper for upper, _ in brackets)]
                case _:
                    bounds = []
            for bound in bounds:
                if bound is not None:
                    yield value, bound


def _movers(
    rule: Rule, left: Node, right: Node | Fraction
) -> tuple[frozenset[str], bool]:
    sides = [left] if isinstance(right, Fraction) else [left, right]
    parts = [list(_by_value(rule, side)) for side in sides]
    movers = frozenset(
        node.value
        for part in parts
        for node in part
        if isinstance(node, Name) and _is_number(rule, node)
    )
    return movers, _is_bent(rule, sides, [node for part in parts for node in part])


def _is_bent(rule: Rule, sides: list[Node], nodes: list[Node]) -> bool:
    quotients = 0
    for node in nodes:
        match node:
            case Choose() | Call("least" | "greatest" | "marginal" | "if_absent"):
                return True
            case Arith("*", left, right):
                if _moves(rule, left) and _moves(rule, right):
                    return True
            case Arith("/", _, bottom):
                quotients += _moves(rule, bottom)
    if not quotients:
        return False
    # A quotient that is a side itself, against a line, is multiplied across.
    moving = [side for side in sides if _moves(rule, side)]
    return quotients > 1 or len(moving) > 1 or not _is_quotient(rule, moving[0])


def _moves(rule: Rule, node: Node) -> bool:
    return any(_is_number(rule, n) for n in _by_value(rule, node))


def _is_number(rule: Rule, node: Node) -> bool:
    if not isinstance(node, Name):
        return False
    fact = rule.scope.facts.get(node.value)
    return fact is not None and fact.kind == "number"


def _is_quotient(rule: Rule, node: Node) -> bool:
    while isinstance(node, Name):
        under = _meant(rule, node)
        if under is None:
            return False
        node = under
    return isinstance(node, Arith) and node.sign == "/"


def _by_value(rule: Rule, start: Node) -> Iterator[Node]:
    """Yield the nodes whose numbers make up the number of an expression.

    Conditions and the points of a table only jump, so they are left out.
    """
    stack = [start]
    while stack:
        node = stack.pop()
        yield node
        match node:
            case Name():
                under = _meant(rule, node)
                if under is not None:
                    stack.append(under)
            case Arith(_, left, right):
                stack += [left, right]
            case Choose(arms, otherwise):
                stack += [*(value for _, value in arms), otherwise]
            case Call("steps" | "count_where" | "held" | "has_any"):
                pass
            case Call(_, arguments):
                stack += arguments


def gap(asked: Interpreter, edge: Edge) -> Fraction | int | None:
    """Return left minus right, multiplied across; None when not exactly known."""
    left = _parts(asked, edge.left)
    right = (
        (edge.right, 1)
        if isinstance(edge.right, Fraction)
        else _parts(asked, edge.right)
    )
    if left is None or right is None or isinstance(right, Root):
        return None
    if isinstance(left, Root):
        top, bottom = left.quotient.top, left.quotient.bottom
        if not top.exact or not bottom.exact or sum(right) < 0:
            return None
        assert top.low is not None
        assert bottom.low is not None
        # (top / bottom) ^ (1 / power) - 1 against a line, by powers.
        return top.low * right[1] ** left.power - bottom.low * sum(right) ** left.power
    return left[0] * right[1] - right[0] * left[1]


def _parts(
    asked: Interpreter, node: Node
) -> tuple[Fraction | int, Fraction | int] | Root | None:
    """Return a known number as a numerator and a denominator."""
    found = asked.result(node)
    if isinstance(found, Range):
        return (found.low, 1) if found.exact and found.low is not None else None
    if isinstance(found, Root):
        return found
    if not isinstance(found, Quotient):
        return None
    top, bottom = found.top, found.bottom
    if not top.exact or not bottom.exact or top.low is None or bottom.low is None:
        return None
    return top.low * found.scale + bottom.low * found.offset, bottom.low
