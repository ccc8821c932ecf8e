# SPDX-License-Identifier: Apache-2.0
"""Real policies, random subjects on and beside every line: one answer, explained."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.engine import encode, shape_of
from ceyuan.kernel import UNKNOWN
from ceyuan.language import Fixed, Marginal, Steps
from ceyuan.policies import OUTCOMES, Outcome, decide, explain, plan
from ceyuan.policies.batch import _mask
from tests.language.strategies import Filler, World, reads
from tests.regions.cases import REGION

if TYPE_CHECKING:
    from ceyuan.declarations import Rule
    from ceyuan.language import Context
    from ceyuan.policies import Branch

SUBJECTS = 40


def _day(rule: Rule) -> date:
    last = rule.said.validity.until or date(2026, 6, 1)
    return max(rule.said.validity.from_, min(last, date(2026, 6, 1)))


def _lines(context: Context) -> tuple[Fraction, ...]:
    found = [Fraction(0), Fraction(1)]
    for value in context.settings.values():
        match value:
            case Steps(rows):
                found += [r.bound for r in rows if r.bound is not None]
            case Marginal(brackets):
                found += [upper for upper, _ in brackets if upper is not None]
            case bool():
                pass
            case Fraction():
                found.append(value)
    return tuple(found)


def _subjects(rule: Rule, seed: int, *, filled: bool) -> list[Fixed]:
    context = rule.context(_day(rule))
    filler = Filler(World(rule.scope, context), seed, _lines(context))
    names = reads(rule.scope, *(d.node for d in rule.scope.definitions.values()))
    subjects = [filler.subject(names) for _ in range(SUBJECTS)]
    if filled:
        subjects = [filler.completion(s, names) for s in subjects]
    variants = rule.said.variants
    if variants is None:
        return subjects
    return [
        Fixed({k: v for k, v in s.values.items() if k[0] != variants.fact}, s.linked)
        if row % 3
        else s
        for row, s in enumerate(subjects)
    ]


@pytest.mark.parametrize("filled", [False, True], ids=["gaps", "whole"])
@pytest.mark.parametrize("policy", REGION.rules)
def test_batch_of_random_subjects_is_decided_as_each_alone(policy, filled):
    rule = REGION.rules[policy]
    subjects = _subjects(rule, 1, filled=filled)
    frame, linked, unfit = encode(subjects, rule.scope.facts)
    ready = plan([rule], shape_of(frame, linked), as_of=_day(rule))
    found = ready.run(frame, linked, exact={row: subjects[row] for row in unfit})

    amount = f"{policy}:amount"
    for row, subject in enumerate(subjects):
        decision = decide(rule, subject, as_of=_day(rule))
        expected = (
            decision.outcome,
            _mask(rule, decision, wanted=True),
            _mask(rule, decision, wanted=None),
            decision.amount,
        )
        got = (
            OUTCOMES[found[policy][row]],
            found[f"{policy}:met"][row],
            found[f"{policy}:open"][row],
            found[amount][row] if amount in found.columns else None,
        )
        assert expected == got, subject


@pytest.mark.parametrize("policy", REGION.rules)
def test_explanation_of_a_random_subject_is_that_of_its_decision(policy):
    rule = REGION.rules[policy]
    for subject in _subjects(rule, 2, filled=False):
        decision = decide(rule, subject, as_of=_day(rule))
        found = explain(rule, subject, as_of=_day(rule))

        assert decision == found.decision
        assert found.tree is not None
        _check_whole(decision.outcome, decision.amount, found.tree.answer)
        for branch in found.tree.walk():
            _check_branch(branch)
        told = {b.name: b.answer for b in found.tree.walk() if b.kind == "clause"}
        for clause, answer in decision.clauses.items():
            if clause in told:
                assert told[clause] is answer


def _check_whole(outcome: Outcome | None, amount: Any, answer: Any) -> None:
    match outcome:
        case Outcome.ELIGIBLE:
            assert answer is True
        case Outcome.INELIGIBLE:
            assert answer is False
            assert amount is None
        case Outcome.UNKNOWN:
            assert answer is not False or amount is None


def _check_branch(branch: Branch) -> None:
    """A junction's answer is that of its parts; what is definite misses nothing."""
    if isinstance(branch.answer, bool):
        assert frozenset() == branch.missing
    answers = [p.answer for p in branch.parts if p.answer is not None]
    match branch.kind:
        case "any":
            assert branch.answer is _or(answers)
        case "not":
            assert [_not(branch.answer)] == answers
        case "all" if len(answers) == len(branch.parts):
            assert branch.answer is _not(_or([_not(a) for a in answers]))


def _or(answers: list[Any]) -> Any:
    if any(a is True for a in answers):
        return True
    return UNKNOWN if any(a is UNKNOWN for a in answers) else False


def _not(answer: Any) -> Any:
    return answer if answer is UNKNOWN else not answer


@pytest.mark.parametrize("policy", REGION.rules)
def test_policy_the_day_before_it_begins_does_not_apply_to_anybody(policy):
    rule = REGION.rules[policy]
    before = rule.said.validity.from_ - timedelta(days=366)
    subjects = _subjects(rule, 3, filled=False)[:3]
    frame, linked, unfit = encode(subjects, rule.scope.facts)
    ready = plan([rule], shape_of(frame, linked), as_of=before)
    found = ready.run(frame, linked, exact={row: subjects[row] for row in unfit})

    outcomes = {decide(rule, s, as_of=before).outcome for s in subjects}
    assert {Outcome.NOT_APPLICABLE} == outcomes
    assert outcomes == {OUTCOMES[code] for code in found[policy]}
