# SPDX-License-Identifier: Apache-2.0
"""The least and greatest amounts: by columns as by the interpreter, and never passed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ceyuan.engine import encode, open_shape
from ceyuan.policies import Outcome, decide, plan
from ceyuan.policies.amounts import HIGH, LOW, amount_ends
from tests.language.strategies import Filler, World, reads
from tests.policies.steps_world import AS_OF, firm, policy
from tests.policies.test_agreement import _day, _lines, _subjects
from tests.regions.cases import REGION

if TYPE_CHECKING:
    from ceyuan.language import Fixed

PAID = [p for p, rule in REGION.rules.items() if rule.said.amount is not None]
REWARD = """\
amount:
  zh: 奖励
  en: reward
  expr: "{expr}"
  round: {{to: 1, mode: {mode}, article: one}}
"""


@pytest.mark.parametrize("policy_id", PAID)
def test_ends_of_a_batch_are_those_of_each_alone(policy_id):
    rule = REGION.rules[policy_id]
    drawn = [s for seed in (1, 2) for s in _subjects(rule, seed, filled=seed == 2)]
    subjects = [  # an amount beyond 64 bits has no column
        s for s in drawn if (decide(rule, s, as_of=_day(rule)).amount or 0) < 2**63
    ]
    frame, linked, unfit = encode(subjects, rule.scope.facts)
    shape = open_shape(frame.columns, frozenset(linked))
    ready = plan([rule], shape, as_of=_day(rule), with_ends=True)
    found = ready.run(frame, linked, exact={row: subjects[row] for row in unfit})

    context = rule.context(_day(rule))
    alone = [amount_ends(rule, subject, context) for subject in subjects]
    assert alone == found.select(f"{policy_id}:{LOW}", f"{policy_id}:{HIGH}").rows()


@pytest.mark.parametrize("policy_id", PAID)
def test_amount_of_every_completion_lies_between_its_ends(policy_id):
    rule = REGION.rules[policy_id]
    context = rule.context(_day(rule))
    filler = Filler(World(rule.scope, context), 3, _lines(context))
    names = reads(rule.scope, *(d.node for d in rule.scope.definitions.values()))
    for subject in _subjects(rule, 4, filled=False):
        low, high = amount_ends(rule, subject, context)
        for _ in range(5):
            whole = filler.completion(subject, names)
            decision = decide(rule, whole, as_of=_day(rule))
            if decision.outcome is None:  # data that contradict themselves
                continue
            amount = decision.amount or 0
            assert low is None or low <= amount
            assert high is None or amount <= high


def _ends(rule, *subjects: Fixed):
    frame, linked, unfit = encode(subjects, rule.scope.facts)
    ready = plan([rule], open_shape(frame.columns), as_of=AS_OF, with_ends=True)
    found = ready.run(frame, linked, exact={row: subjects[row] for row in unfit})
    context = rule.context(AS_OF)
    rows = found.select(rule.id, f"{rule.id}:{LOW}", f"{rule.id}:{HIGH}").rows()
    assert [amount_ends(rule, s, context) for s in subjects] == [r[1:] for r in rows]
    return rows


def test_ends_of_a_small_reward_are_those_worked_by_hand():
    # Half of the sales; who has sales of 30 yuan and at least 20 people is eligible.
    rule = policy(
        {"sells": "sales >= line", "many": "staff >= people"},
        more=REWARD.format(expr="0.5 * if_absent(sales, 0)", mode="down"),
    )
    assert [
        (0, 2000, 2000),  # eligible, 40 yuan: 20 yuan, known
        (2, 0, 2000),  # staff missing: nothing, or the 20 yuan
        (2, 0, None),  # sales missing: nothing at least, and no upper end
        (3, 0, 0),  # too few people, whatever the sales
        (3, 0, 0),  # sales of 29 yuan
    ] == _ends(
        rule,
        firm(sales=40, staff=20, reg_date=date(2020, 1, 1)),
        firm(sales=40, reg_date=date(2020, 1, 1)),
        firm(staff=20, reg_date=date(2020, 1, 1)),
        firm(staff=19, reg_date=date(2020, 1, 1)),
        firm(sales=29, staff=20, reg_date=date(2020, 1, 1)),
    )


def test_ends_of_an_amount_below_nothing_keep_the_sign():
    # Assets less debt, and nobody has to be anything but not banned.
    rule = policy(
        {"clean": "NOT banned"},
        more=REWARD.format(expr="assets - debt", mode="half_up"),
    )
    assert [
        (0, -1000, -1000),  # 10 less 20 yuan
        (2, -1000, 0),  # the same, if it is not banned
        (2, None, 1000),  # debt missing: 10 yuan at most, no lower end
        (2, -1000, None),  # assets missing: -10 yuan at least
    ] == _ends(
        rule,
        firm(banned=False, assets=10, debt=20),
        firm(assets=10, debt=20),
        firm(banned=False, assets=10),
        firm(banned=False, debt=10),
    )


def test_ends_where_the_applicant_has_not_chosen_are_those_of_the_best_variants():
    # Route a asks for a title, route b for none; a gives 30 yuan, b 15.
    rule = policy(
        {
            "fits": "CASE route WHEN 'a' THEN titled WHEN 'b' THEN marked ELSE banned END"
        },
        more=REWARD.format(
            expr="CASE route WHEN 'a' THEN line WHEN 'b' THEN 0.5 * line ELSE 0 END",
            mode="down",
        )
        + "variants: {fact: route, order: [a, b, c]}\n",
    )
    no = {"banned": False}
    assert [
        (0, 3000, 3000),  # a is met, b fails
        (0, 1500, 1500),  # b is met, a fails
        (0, 0, 3000),  # b is met, a may be: 30 yuan if so
        (2, 0, 3000),  # either may be
        (3, 0, 0),
        (0, 1500, 1500),  # b was chosen
    ] == _ends(
        rule,
        firm(titled=True, marked=False, **no),
        firm(titled=False, marked=True, **no),
        firm(marked=True, **no),
        firm(**no),
        firm(titled=False, marked=False, **no),
        firm(titled=True, marked=True, route="b", **no),
    )


def test_ends_of_a_policy_not_in_force_are_nothing():
    rule = policy(
        {"sells": "sales >= line"},
        more=REWARD.format(expr="if_absent(sales, 0)", mode="up"),
    )
    subject = firm(sales=40)
    before = date(2019, 12, 31)
    frame, linked, _ = encode([subject], rule.scope.facts)
    made = plan([rule], open_shape(frame.columns), as_of=before, with_ends=True)
    assert [(4, None, 0, 0)] == made.run(frame, linked).select(
        "small", "small:amount", f"small:{LOW}", f"small:{HIGH}"
    ).rows()
    assert amount_ends(rule, subject, rule.context(before)) == (0, 0)
    assert decide(rule, subject, as_of=before).outcome is Outcome.NOT_APPLICABLE
