# SPDX-License-Identifier: Apache-2.0
"""Every worked case of every policy, through both evaluators."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

import pytest

from ceyuan.engine import encode, shape_of
from ceyuan.policies import OUTCOMES, Decision, decide, plan
from ceyuan.policies.batch import _mask
from ceyuan.policies.cases import Case, differences
from tests.regions.cases import REGION, case_files, cases_of, mapping_of


def _ids() -> list[Any]:
    found = []
    for policy in REGION.rules:
        try:
            found += [
                pytest.param(policy, index, id=f"{policy}-{case.id}")
                for index, case in enumerate(cases_of(policy))
            ]
        except Exception as error:  # noqa: BLE001 - one bad file fails one test
            found.append(pytest.param(policy, error, id=f"{policy}-unreadable"))
    return found


def _case(policy: str, index: int | Exception) -> Case:
    if isinstance(index, Exception):
        raise index
    return cases_of(policy)[index]


def _decided(policy: str, case: Case) -> Decision:
    return decide(
        REGION.rules[policy],
        case.facts,
        as_of=case.as_of,
        base_year=case.base_year,
        settings=case.settings,
    )


@cache
def _in_columns(policy: str) -> dict[int, tuple[Any, ...]]:
    """Return outcome, masks and amount of every case, decided in batches."""
    rule = REGION.rules[policy]
    batches: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for index, case in enumerate(cases_of(policy)):
        batches[case.as_of, case.base_year, str(case.settings)].append(index)
    told: dict[int, tuple[Any, ...]] = {}
    for indexes in batches.values():
        first = cases_of(policy)[indexes[0]]
        subjects = [cases_of(policy)[i].facts for i in indexes]
        frame, linked, unfit = encode(subjects, rule.scope.facts)
        ready = plan(
            [rule],
            shape_of(frame, linked),
            as_of=first.as_of,
            base_year=first.base_year,
            settings={policy: first.settings},
        )
        got = ready.run(frame, linked, exact={i: subjects[i] for i in unfit})
        for row, index in enumerate(indexes):
            amount = f"{policy}:amount"
            told[index] = (
                OUTCOMES[got[policy][row]],
                got[f"{policy}:met"][row],
                got[f"{policy}:open"][row],
                got[amount][row] if amount in got.columns else None,
            )
    return told


def test_every_declaration_of_the_region_loads():
    assert [] == [str(error) for error in REGION.errors]


@pytest.mark.parametrize("policy", REGION.rules)
def test_every_policy_has_worked_cases(policy):
    assert case_files(REGION.rules[policy])
    assert cases_of(policy)


@pytest.mark.parametrize(("policy", "index"), _ids())
def test_case_by_the_interpreter_comes_out_as_worked(policy, index):
    case = _case(policy, index)

    decision = _decided(policy, case)

    found = differences(
        REGION.rules[policy],
        mapping_of(policy),
        case,
        decision,
        evaluator="interpreter",
    )
    assert [] == found


@pytest.mark.parametrize(("policy", "index"), _ids())
def test_case_by_the_compiler_is_decided_as_by_the_interpreter(policy, index):
    decision = _decided(policy, _case(policy, index))
    rule = REGION.rules[policy]

    expected = (
        decision.outcome,
        _mask(rule, decision, wanted=True),
        _mask(rule, decision, wanted=None),
        decision.amount,
    )
    assert expected == _in_columns(policy)[index]
