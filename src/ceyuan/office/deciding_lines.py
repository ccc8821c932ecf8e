# SPDX-License-Identifier: Apache-2.0
"""The lines of a policy that a reform moves: a quantity held against a threshold.

A line is a comparison under a condition of a policy whose one side is read of the
subject and whose other side the policy says: `revenue >= line`. The policy may say it
in several ways, by case (`line` is 1000 万元 for one industry and 2000 for another);
then each is a line of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias

from ceyuan.language import names, walk
from ceyuan.language.tree import Arith, Choose, Compare, Name, Number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.declarations import Rule
    from ceyuan.language import Context, Node

Order: TypeAlias = Literal["<", "<=", ">", ">="]
_TURNED: dict[str, Order] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_MOST_VALUES = 8


@dataclass(frozen=True, slots=True)
class DecidingLine:
    """One comparison, the subject's side on the left.

    Args:
        clause: The condition it stands under.
        quantity: What is read of the subject.
        order: How it must stand to the threshold.
        threshold: What the policy says.
        values: What the threshold can be, in the base of its unit.
    """

    clause: str
    quantity: Node
    order: Order
    threshold: Node
    values: frozenset[Fraction]


def lines_of(rule: Rule, context: Context) -> list[DecidingLine]:
    """Return the lines under a policy's conditions, in its order."""
    found: list[DecidingLine] = []
    for clause in (*rule.in_scope, *rule.clauses):
        if clause in context.waived:
            continue
        found += [
            line
            for node in reached(rule, Name(clause))
            if isinstance(node, Compare)
            and (line := _line(rule, context, clause, node)) is not None
        ]
    return found


def reached(rule: Rule, start: Node) -> Iterator[Node]:
    """Yield every node under an expression, through a policy's definitions."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for node in walk(waiting.pop(0)):
            yield node
            if isinstance(node, Name) and node.value not in seen:
                seen.add(node.value)
                if node.value in rule.scope.definitions:
                    waiting.append(rule.scope.definitions[node.value].node)


def read(rule: Rule, node: Node) -> frozenset[str]:
    """Return every name an expression hangs on, through a policy's definitions."""
    return frozenset(n.value for n in reached(rule, node) if isinstance(n, Name))


def _line(
    rule: Rule, context: Context, clause: str, node: Compare
) -> DecidingLine | None:
    order = node.order
    if order not in _TURNED or rule.unit(node.left) is None:
        return None
    sides = [_values(rule, context, side) for side in (node.left, node.right)]
    if (sides[0] is None) is (sides[1] is None):
        return None
    if sides[1] is not None:
        return DecidingLine(clause, node.left, order, node.right, sides[1])  # type: ignore[arg-type]
    assert sides[0] is not None
    return DecidingLine(clause, node.right, _TURNED[order], node.left, sides[0])


def _values(rule: Rule, context: Context, node: Node) -> frozenset[Fraction] | None:
    """Return what an expression can be where facts only choose among its cases."""
    match node:
        case Number(value):
            return frozenset({value})
        case Name(name) if name in rule.scope.parameters:
            setting = context.settings.get(name)
            is_number = isinstance(setting, Fraction) and not isinstance(setting, bool)
            return frozenset({setting}) if is_number else None  # type: ignore[arg-type]
        case Name(name) if name in rule.scope.definitions:
            return _values(rule, context, rule.scope.definitions[name].node)
        case Choose(arms, otherwise):
            parts = [_values(rule, context, arm) for _, arm in arms]
            parts.append(_values(rule, context, otherwise))
            if any(part is None for part in parts):
                return None
            whole = frozenset().union(*(part or () for part in parts))
            return whole if len(whole) <= _MOST_VALUES else None
        case Arith(sign, left, right) if not names(node) & set(rule.scope.facts):
            one, other = (_values(rule, context, side) for side in (left, right))
            if one is None or other is None or len(one) != 1 or len(other) != 1:
                return None
            return _computed(sign, *one, *other)
    return None


def _computed(sign: str, one: Fraction, other: Fraction) -> frozenset[Fraction] | None:
    match sign:
        case "+":
            return frozenset({one + other})
        case "-":
            return frozenset({one - other})
        case "*":
            return frozenset({one * other})
    return frozenset({one / other}) if other else None
