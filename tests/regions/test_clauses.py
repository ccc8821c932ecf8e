# SPDX-License-Identifier: Apache-2.0
"""Each clause of each policy: met, not met, open, and not in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.language import Fixed, Interpreter, Verdict, names
from ceyuan.policies import Outcome, decide
from tests.language.strategies import reads
from tests.regions.cases import REGION, cases_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.declarations import Rule
    from ceyuan.language import FactSymbol
    from ceyuan.policies.cases import Case

CLAUSES = [(rule.id, c) for rule in REGION.rules.values() for c in rule.clauses]


def _clause(rule: Rule, case: Case, clause: str) -> Any:
    context = rule.context(case.as_of, base_year=case.base_year, settings=case.settings)
    told = Interpreter(rule.scope, context, case.facts).defined(clause)
    assert isinstance(told, Verdict)
    return told.value


def _others(symbol: FactSymbol, as_of: date) -> list[Any]:
    match symbol.kind:
        case "flag":
            return [True, False]
        case "code":
            return list(symbol.codes)
        case "codes":
            return [frozenset(), frozenset(symbol.codes)]
        case "date":
            return [as_of - timedelta(days=9999), as_of, as_of + timedelta(days=9999)]
        case "number":
            few = [symbol.low, symbol.high, -symbol.limit, symbol.limit]
            few += [Fraction(n) for n in (0, 1, 10, 1000)]
            return [
                n
                for n in few
                if n is not None
                and (symbol.low is None or n >= symbol.low)
                and (symbol.high is None or n <= symbol.high)
            ]
    return []


def _around(rule: Rule, case: Case, clause: str) -> Iterator[Case]:
    """Yield the case with one fact that the clause reads otherwise."""
    yield case
    for name in sorted(names(rule.scope.definitions[clause].node)):
        if name in rule.scope.parameters and rule.scope.parameters[name].kind == "flag":
            for flag in (True, False):
                yield replace(case, settings={**case.settings, name: flag})
    for fact in sorted(reads(rule.scope, rule.scope.definitions[clause].node)):
        symbol = rule.scope.facts[fact]
        if symbol.kind == "records":
            linked = {**case.facts.linked, fact: ((), True)}
            yield replace(case, facts=Fixed(case.facts.values, linked))
        key = (fact, case.base_year if symbol.yearly else None)
        for value in _others(symbol, case.as_of):
            yield replace(case, facts=case.facts.with_values({key: value}))


@pytest.mark.parametrize(("policy", "clause"), CLAUSES)
def test_clause_is_met_by_one_subject_and_not_by_another(policy, clause):
    rule = REGION.rules[policy]
    seen = set()
    for case in cases_of(policy):
        for near in _around(rule, case, clause):
            seen.add(_clause(rule, near, clause))
            if {True, False} <= seen:
                return
    pytest.fail(f"only {seen} was seen")


@pytest.mark.parametrize("policy", REGION.rules)
def test_nothing_known_leaves_every_clause_open(policy):
    rule = REGION.rules[policy]
    context = rule.context(cases_of(policy)[0].as_of)
    asked = Interpreter(rule.scope, context, Fixed({}))
    definite = {}
    for clause in rule.clauses:
        told = asked.defined(clause)
        assert isinstance(told, Verdict)
        read = reads(rule.scope, rule.scope.definitions[clause].node)
        unset = all(rule.scope.facts[n].default is None for n in read)
        if isinstance(told.value, bool) and read and unset:
            definite[clause] = told.value

    assert {} == definite


@pytest.mark.parametrize("policy", REGION.rules)
def test_policy_on_the_days_around_its_validity_applies_from_first_to_last(policy):
    rule = REGION.rules[policy]
    span = rule.said.validity
    days = [span.from_] + ([span.until] if span.until is not None else [])
    outside = [span.from_ - timedelta(days=1)]
    outside += [span.until + timedelta(days=1)] if span.until is not None else []

    assert all(rule.in_force(day) for day in days)
    for day in outside:
        year = day.year if rule.said.clock == "year" else day.year - 1
        if rule.said.clock == "year" and rule.in_force(date(day.year, 12, 31)):
            continue  # its years are decided on their last day
        decision = decide(rule, Fixed({}), as_of=day, base_year=year)
        assert Outcome.NOT_APPLICABLE == decision.outcome
