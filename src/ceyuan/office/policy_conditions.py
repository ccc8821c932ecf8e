# SPDX-License-Identifier: Apache-2.0
"""What a clause asks, as rows that a reader follows from the top; and computed figures.

`all of these`, `one of these`, `where …`: a row joins those beneath it, or looks at one
thing and says what is asked of it. Nothing is evaluated; the numbers are those of the
day that the words were made for (`policy_words`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.kernel import UNKNOWN
from ceyuan.language.tree import All, AnyOf, Choose, Compare, Member, Name, Not
from ceyuan.office.phrases import ORDERS, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.language import Node
    from ceyuan.office.policy_words import PolicyWords

_IN, _OUT = ("属于", "one of"), ("不属于", "none of")
_ALL = ("须同时满足", "all of these")
_ANY = ("满足其一即可", "one of these is enough")
_ELSE = ("其他情形", "otherwise")


@dataclass(frozen=True, slots=True)
class Condition:
    """One row of what a clause asks.

    Args:
        depth: How deep it stands beneath its clause.
        kind: `all`, `any` (it joins the rows beneath it), `where` (a case), `else`
            (the last case), `test`.
        text: What is looked at, or the words that join.
        asked: What is asked of it: an order and a number, yes, no, a code.
        line: Name of the parameter that the number is; empty for none.
        is_set: Whether that parameter has a value on the day.
    """

    depth: int
    kind: str
    text: str
    asked: str = ""
    line: str = ""
    is_set: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a computed figure: when it holds (empty: always), and what it is."""

    when: str
    value: str


def conditions(words: PolicyWords, node: Node) -> tuple[Condition, ...]:
    """Return what an expression asks, as rows."""
    return tuple(_rows(words, node, 0))


def cases(words: PolicyWords, node: Node) -> tuple[Case, ...]:
    """Return a figure as its cases; one where it is always computed alike."""
    return tuple(_cases(words, node, ""))


def _cases(words: PolicyWords, node: Node, when: str) -> Iterator[Case]:
    """Yield the cases of a figure; a case inside a case holds where both do."""
    if not isinstance(node, Choose):
        yield Case(when, words.phrase(node))
        return
    arms = [(words.phrase(test), value) for test, value in node.arms]
    for said, value in (*arms, (words.pick(*_ELSE), node.otherwise)):
        both = words.pick("，", ", ").join(part for part in (when, said) if part)
        yield from _cases(words, value, both)


def sentence(words: PolicyWords, node: Node) -> str:
    """Return an expression in one line, its cases one after the other."""
    told = cases(words, node)
    colon, stop = words.pick("：", ": "), words.pick("；", "; ")
    return stop.join(f"{c.when}{colon}{c.value}" if c.when else c.value for c in told)


def _rows(words: PolicyWords, node: Node, depth: int) -> Iterator[Condition]:
    match node:
        case All(parts):
            yield Condition(depth, "all", words.pick(*_ALL))
            for part in parts:
                yield from _rows(words, part, depth + 1)
        case AnyOf(parts):
            yield Condition(depth, "any", words.pick(*_ANY))
            for part in parts:
                yield from _rows(words, part, depth + 1)
        case Choose(arms, otherwise):
            for test, value in arms:
                yield Condition(depth, "where", words.phrase(test))
                yield from _rows(words, value, depth + 1)
            yield Condition(depth, "else", words.pick(*_ELSE))
            yield from _rows(words, otherwise, depth + 1)
        case Name(name) if name in words.rule.said.let:
            yield Condition(depth, "test", words.name(name), words.yes(answer=True))
            yield from _rows(words, words.rule.scope.definitions[name].node, depth + 1)
        case Name(name) if name in words.rule.said.clauses:
            yield Condition(depth, "test", words.name(name))
        case Name(name):
            said = Words.name(words, name)
            if name not in words.rule.said.parameters:
                yield Condition(depth, "test", said, words.yes(answer=True))
                return
            known = words.settings.get(name, UNKNOWN) is not UNKNOWN
            yield Condition(depth, "test", said, words.line(name), said, known)
        case Not(inner) if isinstance(inner, Name):
            yield Condition(
                depth, "test", words.name(inner.value), words.yes(answer=False)
            )
        case Not(Member(value, options)):
            yield _member(words, depth, value, options, _OUT)
        case Compare(order, left, right):
            yield _compared(words, depth, ORDERS[order], left, right)
        case Member(value, options):
            yield _member(words, depth, value, options)
        case _:
            yield Condition(depth, "test", words.phrase(node))


def _compared(
    words: PolicyWords, depth: int, order: str, left: Node, right: Node
) -> Condition:
    text = words.phrase(left)
    if isinstance(right, Name) and right.value in words.rule.said.parameters:
        known = words.settings.get(right.value, UNKNOWN) is not UNKNOWN
        line = Words.name(words, right.value)
        return Condition(
            depth, "test", text, f"{order} {words.line(right.value)}", line, known
        )
    return Condition(depth, "test", text, f"{order} {words.operand(left, right)}")


def _member(
    words: PolicyWords,
    depth: int,
    value: Node,
    options: tuple[Node, ...],
    which: tuple[str, str] = _IN,
) -> Condition:
    text = words.phrase(value)
    name = (
        options[0].value if len(options) == 1 and isinstance(options[0], Name) else ""
    )
    if name:
        known = words.settings.get(name, UNKNOWN) is not UNKNOWN
        line = Words.name(words, name)
        asked = words.line(name) or line
        return Condition(
            depth, "test", text, f"{words.pick(*which)} {asked}", line, known
        )
    return Condition(
        depth, "test", text, f"{words.pick(*which)} {words.options(value, options)}"
    )
