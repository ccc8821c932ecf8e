# SPDX-License-Identifier: Apache-2.0
"""Unknown is never said where all that can be missing would agree.

Promised where each missing fact occurs once and meets only order comparisons.
Expressions of just that kind are drawn; every missing fact is then tried at the
ends of what it can be (each part is monotone in it, so the ends decide), and the
answer must be definite exactly where all of them agree.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import given, note, settings
from hypothesis import strategies as st

from ceyuan.language import Context, Definition, Fixed, Node, Scope, write
from ceyuan.language.tree import (
    All,
    AnyOf,
    Arith,
    Call,
    Choose,
    Compare,
    Name,
    Not,
    Number,
)
from tests.language.both import compiled, interpreted
from tests.language.strategies import (
    AS_OF,
    DATES,
    ORDERS,
    PARAMETERS,
    POOL,
    SHARES,
    YEAR,
    World,
    brackets,
    facts,
    seeds,
    tables,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.language import FactKey

ONCE = ("sales", "cost", "profit", "debt", "staff", "tech")
_T = TypeVar("_T")
FLAGS = ("is_a", "is_judged")
FAR = Fraction(10**12)
NEAR = Fraction(1, 10**6)


class _Once:
    """Draws expressions that name each fact once."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.numbers = list(draw(st.permutations(ONCE)))
        self.flags = list(draw(st.permutations(FLAGS)))

    def _one(self, options: Sequence[_T]) -> _T:
        return self._draw(st.sampled_from(options))

    def number(self, depth: int) -> Node | None:
        """Return a number that is monotone in each of its facts."""
        if not self.numbers:
            return None
        ways = (
            ["leaf"]
            if depth <= 0
            else ["leaf", "sum", "times", "ends", "steps", "case", "marginal"]
        )
        way = self._one(ways)
        inner = (
            self.number(depth - 1)
            if way not in ("leaf", "sum", "ends", "case")
            else None
        )
        match way:
            case "times" if inner is not None:
                return Arith("*", Number(Fraction(self._one([2, -1, -3]))), inner)
            case "steps" if inner is not None:
                return Call("steps", (self.ratio() or inner, Name("t_points")))
            case "marginal" if inner is not None:
                return Call("marginal", (inner, Name("m_money")))
            case "sum" | "ends":
                parts = [
                    p for p in (self.number(depth - 1), self.number(depth - 1)) if p
                ]
                if len(parts) < 2:
                    return parts[0] if parts else None
                if way == "sum":
                    return Arith(self._one(["+", "-"]), parts[0], parts[1])
                return Call(self._one(["least", "greatest"]), (*parts, Name("p_money")))
            case "case" if self.flags:
                test: Node = Name(self.flags.pop())
                parts = [
                    p for p in (self.number(depth - 1), self.number(depth - 1)) if p
                ]
                if len(parts) == 2:
                    return Choose(((test, parts[0]),), parts[1])
                return parts[0] if parts else None
        return Name(self.numbers.pop()) if self.numbers else inner

    def ratio(self) -> Node | None:
        """Return a quotient, perhaps with a constant added."""
        if len(self.numbers) < 2:
            return None
        ratio = Arith("/", Name(self.numbers.pop()), Name(self.numbers.pop()))
        share = Number(self._one(SHARES))
        return self._one([ratio, Arith("-", ratio, share), Arith("-", share, ratio)])

    def truth(self, depth: int) -> Node:
        """Return a condition."""
        way = self._one(["order", "order", "ratio", "and", "or", "not", "flag", "case"])
        if depth > 0 and way in ("and", "or"):
            kind = All if way == "and" else AnyOf
            parts = tuple(self.truth(depth - 1) for _ in range(2))
            return kind(tuple(Not(p) if isinstance(p, kind) else p for p in parts))
        if depth > 0 and way == "not":
            return Not(self.truth(depth - 1))
        if way == "flag" and self.flags:
            return Name(self.flags.pop())
        if depth > 0 and way == "case" and self.flags:
            test = Name(self.flags.pop())
            return Choose(((test, self.truth(0)),), self.truth(0))
        order = self._one(ORDERS[:4])
        ratio = self.ratio() if way == "ratio" else None
        if ratio is not None:
            return Compare(order, ratio, Number(self._one(SHARES)))
        number = self.number(2)
        if number is None:
            return Compare(order, Name("p_money"), Number(Fraction(self._one([0, 5]))))
        return Compare(order, number, Number(self._one(POOL)))


@st.composite
def once(draw: st.DrawFn) -> tuple[World, Definition]:
    """A world and a condition that names each fact once."""
    plain = tables(PARAMETERS["t_money"].unit)
    settings_: dict[str, Any] = {
        "p_money": draw(st.sampled_from(POOL)),
        "t_points": draw(plain.filter(lambda t: all(r.low == r.high for r in t.rows))),
        "m_money": draw(brackets()),
    }
    node = _Once(draw).truth(2)
    scope = Scope(facts(debt_low=None), PARAMETERS)
    world = World(scope, Context(AS_OF, YEAR, settings_))
    return world, Definition(node, draw(st.booleans()))


def _ends(world: World, name: str) -> list[Any]:
    """Return what decides: a fact at the ends of what it can be."""
    symbol = world.scope.facts[name]
    if symbol.kind == "flag":
        return [True, False]
    if symbol.low is None:
        return [-FAR, Fraction(0), NEAR, FAR]
    return [symbol.low, symbol.low + NEAR, FAR]


@settings(max_examples=300)
@given(once(), seeds)
def test_answer_where_all_completions_agree_is_theirs(drawn, seed):
    world, it = drawn
    random = Random(seed)
    mentioned = [n for n in (*ONCE, *FLAGS) if n in _names(it.node)]
    missing = random.sample(mentioned, min(len(mentioned), random.randrange(1, 5)))
    values: dict[FactKey, Any] = {("reg_date", None): DATES[-1]}
    for name in mentioned:
        if name not in missing:
            flag = world.scope.facts[name].kind == "flag"
            pick = random.choice([True, False] if flag else POOL)
            values[_key(world, name)] = pick
    known = Fixed(values)
    note(f"{write(it.node)} absent {it.absent_as} {known}")

    answers = {
        interpreted(
            world.scope,
            world.context,
            it,
            known.with_values(
                {_key(world, n): v for n, v in zip(missing, tried, strict=True)}
            ),
        )
        for tried in product(*(_ends(world, n) for n in missing))
    }
    one = interpreted(world.scope, world.context, it, known)

    assert answers == ({one} if one in ("yes", "no") else {"yes", "no"})
    assert [one] == compiled(world.scope, world.context, it, [known])


def _names(node: Node) -> frozenset[str]:
    from ceyuan.language import names

    return names(node)


def _key(world: World, name: str) -> FactKey:
    return name, world.context.base_year if world.scope.facts[name].yearly else None
