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

from ceyuan.kernel import State, add_years, unit
from ceyuan.language import (
    Fixed,
    Interpreter,
    Marginal,
    Setting,
    Steps,
    Verdict,
    names,
)
from ceyuan.policies import Outcome, decide
from tests.language.strategies import reads
from tests.regions.cases import REGION, cases_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.declarations import Rule
    from ceyuan.declarations.policy import Setting as Said
    from ceyuan.language import FactKey
    from ceyuan.policies.cases import Case


def _least(name: str) -> Fraction:
    """Return the least by which a number of a unit is moved, in its base."""
    base = unit(name).base
    if base.is_pure or base.name == "分":
        return Fraction(1, 10**6)
    return Fraction(1)


def _moved(rule: Rule, name: str, value: Setting) -> dict[str, list[Setting]]:
    """Return each number of a parameter with the parameter moved up and down.

    A line that is included is told by the one, a line that is not by the other.
    """
    said = rule.said.parameters[name]
    found: dict[str, list[Setting]] = {}
    for sign in (1, -1):
        step, points = sign * _least(said.unit), sign * _least(said.gives)
        match value:
            case Fraction():
                found.setdefault(name, []).append(value + step)
            case Steps(rows):
                for index, row in enumerate(rows):
                    at = f"{name}[{index}]"
                    if row.bound is not None:
                        moved = replace(row, bound=row.bound + step)
                        line = found.setdefault(f"{at}.bound", [])
                        line.append(_with(value, index, moved))
                    moved = replace(row, low=row.low + points, high=row.high + points)
                    found.setdefault(f"{at}.gives", []).append(
                        _with(value, index, moved)
                    )
            case Marginal(brackets):
                for index, (upper, rate) in enumerate(brackets):
                    at = f"{name}[{index}]"
                    if upper is not None:
                        changed = _bracket(value, index, (upper + step, rate))
                        found.setdefault(f"{at}.up_to", []).append(changed)
                    changed = _bracket(value, index, (upper, rate + points))
                    found.setdefault(f"{at}.rate", []).append(changed)
    return found


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
            values = {
                _later(k, shift): _aged(v, shift) for k, v in case.facts.values.items()
            }
            linked = {
                n: (
                    tuple({f: _aged(v, shift) for f, v in r.items()} for r in records),
                    all_,
                )
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


def _detected(rule: Rule, case: Case, name: str, moved: list[Setting]) -> bool:
    plain = dict(case.settings)
    if name in plain:  # the case sets it itself
        return False
    told = _told(rule, case, plain)
    return any(told != _told(rule, case, {**plain, name: m}) for m in moved)


# --- neighbours -----------------------------------------------------------------------


MOST_LINES = 12


def _neighbours(rule: Rule, case: Case, name: str) -> Iterator[Case]:
    """Yield the case moved to both sides of every line that one fact can cross."""
    direct = [n for n, d in rule.scope.definitions.items() if name in names(d.node)]
    nodes = [rule.scope.definitions[n].node for n in direct]
    for fact in sorted(reads(rule.scope, *nodes)):
        symbol = rule.scope.facts[fact]
        if symbol.kind != "number":
            continue
        key = (fact, case.base_year if symbol.yearly else None)
        known = case.facts.values.get(key, Fraction(0))
        if isinstance(known, State):
            continue
        here = Fraction(known)  # type: ignore[arg-type]
        low = symbol.low if symbol.low is not None else -symbol.limit
        high = symbol.high if symbol.high is not None else symbol.limit
        for end in (low, high):
            yield from _turns(rule, case, key, (here, end), direct)


def _turns(
    rule: Rule,
    case: Case,
    key: FactKey,
    span: tuple[Fraction, Fraction],
    direct: list[str],
) -> Iterator[Case]:
    """Halve towards where a definition turns between the ends of a span."""
    per = 10 ** rule.scope.facts[key[0]].decimals
    for name in direct:
        here, end = (round(end * per) for end in span)
        last = _answer(rule, case, key, Fraction(end, per), name)
        for _ in range(MOST_LINES):
            before = _answer(rule, case, key, Fraction(here, per), name)
            if before == last:
                break
            x, y = here, end
            while abs(y - x) > 1:
                middle = (x + y) // 2
                if _answer(rule, case, key, Fraction(middle, per), name) == before:
                    x = middle
                else:
                    y = middle
            for side in (x, y):
                moved = case.facts.with_values({key: Fraction(side, per)})
                yield replace(case, facts=moved)
            here = y


def _answer(rule: Rule, case: Case, key: FactKey, value: Fraction, name: str) -> object:
    context = rule.context(case.as_of, base_year=case.base_year, settings=case.settings)
    facts = case.facts.with_values({key: value})
    told = Interpreter(rule.scope, context, facts).defined(name)
    return told.value if isinstance(told, Verdict) else told


def _passing(rule: Rule, cases: list[Case]) -> list[Case]:
    """Return some cases, those that pass first: in them every clause decides."""
    outcomes = [_told(rule, case, dict(case.settings))[0] for case in cases]
    order = sorted(range(len(cases)), key=lambda i: outcomes[i] is not Outcome.ELIGIBLE)
    return [cases[i] for i in order[:6]]


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
            value = rule.context(cases[0].as_of, base_year=cases[0].base_year).settings[
                name
            ]
            for what, moved in _moved(rule, name, value).items():
                if not any(_detected(rule, c, name, moved) for c in cases) and not any(
                    _detected(rule, near, name, moved)
                    for c in _passing(rule, cases)
                    for near in _neighbours(rule, c, name)
                ):
                    missed.append(f"{what}{label}")
    return missed


HIDDEN = {
    # The greatest of three tables counts: the 0 of one hides behind those of the
    # others, and no other line is so near that it would show.
    "innovative_sme_2022": [
        "class1_steps[1].gives",
        "class1_self_steps[1].gives",
        "class1_high_steps[1].gives",
    ],
}


@pytest.mark.parametrize("policy", REGION.rules)
def test_every_number_of_a_policy_moved_by_the_least_moves_an_answer(policy):
    assert HIDDEN.get(policy, []) == _undetected(policy)
