# SPDX-License-Identifier: Apache-2.0
"""A ratio that nobody knows, in an arm of CASE that is not taken, changes nothing."""

from datetime import date
from fractions import Fraction

import pytest

from ceyuan.declarations import load_region
from ceyuan.engine import encode, shape_of
from ceyuan.language import FactKey, Fixed
from ceyuan.policies import OUTCOMES, Outcome, decide, plan

_WAN = 10**6
_COSTS: dict[str, int | Fraction] = {
    "rd_cost_main": 900 * _WAN,
    "rd_cost_other": 100 * _WAN,
    "rd_outsourced_domestic": 0,
    "rd_outsourced_overseas": 0,
    "rd_special_income": 0,
    "rd_nontaxed_subsidy": 0,
    "rd_amortisation": 0,
    "cit_rate": Fraction(1, 4),
    "negative_industry_share": 0,
    "manufacturing_share": 0,
}
_FLAGS = {
    "is_cn_resident": True,
    "audited_collection": True,
    "rd_accounted": True,
    "tech_sme_in_tax_year": True,
}


@pytest.mark.parametrize("months", [{}, {"operating_months": 0}])
def test_plan_unknown_ratio_in_arm_not_taken_gives_the_amount(
    months: dict[str, int],
) -> None:
    values: dict[FactKey, Fraction | int | bool] = {
        (name, 2022): value for name, value in (_COSTS | months).items()
    }
    values |= {(name, None): value for name, value in _FLAGS.items()}
    facts = Fixed(values)
    rule = load_region().rule("rd_super_2018")
    day = date(2023, 5, 31)

    decision = decide(rule, facts, as_of=day)
    frame, linked, unfit = encode([facts], rule.scope.facts)
    columns = plan([rule], shape_of(frame, linked), as_of=day).run(frame, linked)

    # A technology SME in 2022: 100 % of 1,000, a quarter of it saved: 250 (万元).
    # The months of the last quarter belong to the other firms' arm.
    assert not unfit
    assert (decision.outcome, decision.amount) == (Outcome.ELIGIBLE, 250 * _WAN)
    assert OUTCOMES[columns["rd_super_2018"][0]] is Outcome.ELIGIBLE
    assert columns["rd_super_2018:amount"].to_list() == [250 * _WAN]
