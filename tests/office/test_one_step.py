# SPDX-License-Identifier: Apache-2.0
"""One step away where the applicant has a choice: the choice within reach is shown."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from ceyuan.declarations import read_region
from ceyuan.facts import Row
from ceyuan.language import Fixed
from ceyuan.office.checkup import FirmCheck, check_firm
from ceyuan.office.groups import STEP, group_of
from ceyuan.office.result import policy_json
from ceyuan.office.told import answer_text
from ceyuan.policies import explain

REGION = read_region()
RULE = REGION.rules["foreign_rd_center"]
DAY = date(2025, 6, 1)
SETTINGS = {"rd_input_min": Fraction(200_000_000), "degree_share_min": Fraction("0.8")}
"""2,000,000 US dollars, in cents, and 80 %: set by the office in this test."""


def _checked(**changed: object) -> FirmCheck:
    values: dict[str, Any] = {
        "is_foreign_invested": True,
        "registered_in_shanghai": True,
        "foreign_rd_natural_science": True,
        "foreign_rd_global_role": False,
        "foreign_rd_open_role": True,
        "rd_input_usd": 150_000_000,
        "rd_staff_with_degree": 90,
        "rd_staff": 100,
        **changed,
    }
    facts = Fixed(
        {
            (name, 2024 if REGION.facts[name].yearly else None): value
            for name, value in values.items()
        }
    )
    firm = FirmCheck(Row("企业", 2, "澄光（虚构）", "", sound=False), facts, 2024)
    check_firm(firm, [RULE], REGION, as_of=DAY, settings={RULE.id: SETTINGS})
    return firm


def test_one_step_of_the_choice_within_reach_is_the_one_shown_everywhere():
    firm = _checked()

    # A global centre fails by its role and by its input; a plain centre, the second
    # choice, by its input alone.
    decision = firm.decisions[RULE.id]
    assert firm.one_step == {RULE.id: "enough_input"}
    assert (decision.variant, decision.failing) == ("centre", ("enough_input",))
    assert [one.failing for one in decision.variants.values()] == [
        ("kind_role", "enough_input"),
        ("enough_input",),
        ("enough_input",),
    ]
    assert group_of(firm, RULE.id) is STEP
    assert answer_text(REGION, firm, RULE) == "△ 只差一步 （外资研发中心）"
    told = policy_json(REGION, RULE, firm)
    assert (told["one_step"], told["failing"], told["variant"]) == (
        "enough_input",
        ["enough_input"],
        "centre",
    )


def test_explanation_of_a_choice_is_that_of_the_decision_shown():
    firm = _checked()

    for variant, role in (("", False), ("global", False), ("centre", True)):
        found = explain(
            RULE,
            firm.facts,
            as_of=DAY,
            base_year=2024,
            settings=SETTINGS,
            variant=variant,
        )
        assert found.decision.variant == (variant or "global")
        assert found.decision.clauses["kind_role"] is role
        assert found.tree is not None
        (branch,) = [b for b in found.tree.walk() if b.name == "kind_role"]
        assert branch.answer is role


def test_no_choice_within_one_step_shows_the_first_choice():
    firm = _checked(is_foreign_invested=False)

    assert firm.one_step == {}
    assert firm.decisions[RULE.id].variant == "global"
    assert answer_text(REGION, firm, RULE) == "✗ 不符合 （全球研发中心）"
