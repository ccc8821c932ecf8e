# SPDX-License-Identifier: Apache-2.0
"""Every number of every policy counts: moved by the least, it moves an answer.

A parameter is moved by one fen, one person, one hundredth of a point or of a per
cent. Some worked case must then come out otherwise; where none lies on the line,
a neighbour of one is sought: one fact is moved (by halving) to where the answer
turns, which is exactly at the threshold if the encoding is right. So a parameter
that nothing hangs on, or a line that is not where its parameter says, is found.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.declarations.policy import Setting as Said
from ceyuan.kernel import ABSENT, RuleError, State, add_years, unit
from ceyuan.language import Fixed, Interpreter, Marginal, Setting, Steps
from ceyuan.policies import decide
from tests.language.strategies import reads
from tests.regions.cases import REGION, cases_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.declarations import Rule
    from ceyuan.language import FactKey
    from ceyuan.policies.cases import Case


def _least(name: str) -> Fraction:
    """Return the least by which a number of a unit is moved, in its base."""
    base = unit(name).base
    if base.is_pure or base.name == "分":
        return Fraction(1, 10**6)
    return Fraction(1)


def _moved(rule: Rule, name: str, value: Setting) -> Iterator[tuple[str, Setting]]:
    """Yield the parameter with one of its numbers moved, each with its name."""
    said = rule.said.parameters[name]
    step, points = _least(said.unit), _least(said.gives)
    match value:
        case Fraction():
            yield name, value + step
        case Steps(rows):
            for index, row in enumerate(rows):
                if row.bound is not None:
                    moved = replace(row, bound=row.bound + step)
                    yield f"{name}[{index}].bound", _with(value, index, moved)
                moved = replace(row, low=row.low + points, high=row.high + points)
                yield f"{name}[{index}].gives", _with(value, index, moved)
        case Marginal(brackets):
            for index, (upper, rate) in enumerate(brackets):
                if upper is not None:
                    changed = (upper + step, rate)
                    yield f"{name}[{index}].up_to", _bracket(value, index, changed)
                changed = (upper, rate + points)
                yield f"{name}[{index}].rate", _bracket(value, index, changed)


def _with(table: Steps, index: int, row: Any) -> Steps:
    rows = list(table.rows)
    rows[index] = row
    return replace(table, rows=tuple(rows))


def _bracket(table: Marginal, index: int, bracket: Any) -> Marginal:
    brackets = list(table.brackets)
    brackets[index] = bracket
    return Marginal(tuple(brackets))


def _told(rule: Rule, case: Case, settings: dict[str, Setting]) -> Any:
    decision = decide(
        rule,
        case.facts,
        as_of=case.as_of,
        base_year=case.base_year,
        settings=settings,
    )
    one = decision
    return one.outcome, dict(one.clauses), one.amount, dict(one.outputs), one.refused


def _on(rule: Rule, said: Said, case: Case) -> Case | None:
    """Return a case on a day on which a value is in force, its years moved along."""
    start = max(said.from_ or date.min, rule.said.validity.from_)
    until = min(said.until or date.max, rule.said.validity.until or date.max)
    day = rule.day(case.as_of, case.base_year)
    if start <= day <= until:
        return case
    if until < start:
        return None
    years = (until if day > until else start).year - day.year
    for shift in (years, years + 1, years - 1):
        moved = add_years(case.as_of, shift)
        year = case.base_year + shift
        if start <= rule.day(moved, year) <= until:
            values = {_later(k, shift): _aged(v, shift) for k, v in case.facts.values.items()}
            linked = {
                n: (tuple({f: _aged(v, shift) for f, v in r.items()} for r in records), all_)
                for n, (records, all_) in case.facts.linked.items()
            }
            return replace(
                case, as_of=moved, base_year=year, facts=Fixed(values, linked)
            )
    return None


def _later(key: FactKey, years: int) -> FactKey:
    return key if key[1] is None else (key[0], key[1] + years)


def _aged(value: Any, years: int) -> Any:
    return add_years(value, years) if isinstance(value, date) else value


def _detected(rule: Rule, case: Case, name: str, value: Setting) -> bool:
    plain = dict(case.settings)
    if name in plain:  # the case sets it itself
        return False
    return _told(rule, case, plain) != _told(rule, case, {**plain, name: value})


# --- neighbours -----------------------------------------------------------------------


def _neighbours(rule: Rule, case: Case, name: str) -> Iterator[Case]:
    """Yield the case moved to both sides of every line that one fact can cross."""
    nodes = [d.node for d in rule.scope.definitions.values()]
    for fact in sorted(reads(rule.scope, *nodes)):
        symbol = rule.scope.facts[fact]
        if symbol.kind != "number":
            continue
        key = (fact, case.base_year if symbol.yearly else None)
        here = case.facts.values.get(key)
        if isinstance(here, (State, bool)) or here is ABSENT:
            continue
        here = Fraction(here) if isinstance(here, (int, Fraction)) else Fraction(0)
        per = 10**symbol.decimals
        low = symbol.low if symbol.low is not None else -symbol.limit
        high = symbol.high if symbol.high is not None else symbol.limit
        for end in (low, high):
            yield from _turns(rule, case, key, (here, Fraction(end)), per)


def _turns(
    rule: Rule, case: Case, key: FactKey, span: tuple[Fraction, Fraction], per: int
) -> Iterator[Case]:
    """Halve towards each clause that differs between the ends of a span."""
    a, b = round(span[0] * per), round(span[1] * per)
    first = _moved_case(case, key, Fraction(a, per))
    last = _moved_case(case, key, Fraction(b, per))
    before, after = _answers(rule, first), _answers(rule, last)
    for name in before:
        if before[name] == after.get(name):
            continue
        x, y = a, b
        while abs(y - x) > 1:
            middle = (x + y) // 2
            tried = _answers(rule, _moved_case(case, key, Fraction(middle, per)))
            if tried.get(name) == before[name]:
                x = middle
            else:
                y = middle
        yield _moved_case(case, key, Fraction(x, per))
        yield _moved_case(case, key, Fraction(y, per))


def _moved_case(case: Case, key: FactKey, value: Fraction) -> Case:
    return replace(case, facts=case.facts.with_values({key: value}))


def _answers(rule: Rule, case: Case) -> dict[str, Any]:
    context = rule.context(
        case.as_of, base_year=case.base_year, settings=case.settings
    )
    asked = Interpreter(rule.scope, context, case.facts)
    names = [n for n in rule.scope.definitions if n not in context.waived]
    found = {}
    for name in names:
        told = asked.defined(name)
        found[name] = getattr(told, "value", None) if not hasattr(told, "low") else (told.low, told.high)
    return found


def _undetected(policy: str) -> list[str]:
    rule = REGION.rules[policy]
    missed = []
    for name, parameter in rule.said.parameters.items():
        for number, said in enumerate(parameter.values):
            cases = [c for c in (_on(rule, said, c) for c in cases_of(policy)) if c]
            label = f"#{number + 1}" if len(parameter.values) > 1 else ""
            if not cases:
                missed.append(f"{name}{label}")
                continue
            value = rule.context(
                cases[0].as_of, base_year=cases[0].base_year
            ).settings[name]
            for what, moved in _moved(rule, name, value):
                if not any(_detected(rule, c, name, moved) for c in cases) and not any(
                    _detected(rule, near, name, moved)
                    for c in cases
                    for near in _neighbours(rule, c, name)
                ):
                    missed.append(f"{what}{label}")
    return missed


@pytest.mark.parametrize("policy", REGION.rules)
def test_every_number_of_a_policy_moved_by_the_least_moves_an_answer(policy):
    assert [] == _undetected(policy)
