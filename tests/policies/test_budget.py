# SPDX-License-Identifier: Apache-2.0
"""The value that spends a budget: by hand, against every value, and refused."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.engine import encode, open_shape
from ceyuan.kernel import UsageError
from ceyuan.policies import Outcome, decide, plan
from ceyuan.policies.budget import Tried, solve, solved_json
from ceyuan.policies.rows import read_by
from tests.policies.steps_world import AS_OF, firm, policy
from tests.regions.cases import REGION

if TYPE_CHECKING:
    from ceyuan.declarations import Rule
    from ceyuan.policies.budget import Solved

REWARD = """\
amount:
  zh: 奖励
  en: reward
  expr: "{expr}"
  round: {{to: 1, mode: down, article: one}}
"""
SALES = [10, 20, 30, 40, 50]


def grant(test: str = "sales >= line", expr: str = "if_absent(sales, 0)") -> Rule:
    return policy({"sells": test}, name="grant", more=REWARD.format(expr=expr))


def asked(rule: Rule, parameter: str, yuan: int, **options: Any) -> Solved:
    subjects = [firm(sales=sales, staff=sales) for sales in SALES]
    calls = []

    def frames():
        calls.append(1)
        frame, linked, _ = encode(subjects, rule.scope.facts)
        return [(frame[:2], linked), (frame[2:], linked)]

    found = solve(
        parameter,
        yuan * 100,
        rules={rule.id: rule},
        frames=frames,
        as_of=AS_OF,
        **options,
    )
    assert [1] == calls  # read once, whatever is tried
    return found


def test_line_that_spends_a_budget_is_found_to_the_fen():
    # A line just above 30 yuan leaves 40 + 50; at 30 it costs 120 yuan.
    found = asked(grant(), "grant.line", 100)
    assert (Fraction("30.01"), 9000) == (found.value, found.cost)
    assert (True, "falling", "元", Fraction(1, 100)) == (
        found.exact,
        found.course,
        found.unit,
        found.step,
    )
    # its neighbour was tried, and is beyond the budget
    assert Tried(Fraction(30), 12000) in found.tried


def test_line_on_a_step_of_whole_yuan_is_the_next_one():
    found = asked(grant(), "grant.line", 100, step=Fraction(1))
    assert (Fraction(31), 9000) == (found.value, found.cost)


def test_line_in_persons_moves_by_one_person():
    found = asked(grant("staff >= people"), "grant.people", 100)
    assert (Fraction(31), 9000, Fraction(1)) == (found.value, found.cost, found.step)


def test_rate_that_spends_a_budget_rises_by_hundredths_of_a_percent():
    # Sales of 150 yuan in all; a share of s % of each, cut to the yuan. At 60 %:
    # 6 + 12 + 18 + 24 + 30 = 90; beyond it 90 is kept until one of them reaches the
    # next yuan: 31 yuan of 50 at 62 %.
    found = asked(
        grant("sales >= 0 * line", "share * if_absent(sales, 0)"), "grant.share", 90
    )
    assert (9000, Fraction(1, 100), "rising") == (found.cost, found.step, found.course)
    assert Fraction("61.99") == found.value
    assert Tried(Fraction(62), 9100) in found.tried


@pytest.mark.parametrize("seed", range(6))
def test_found_value_is_the_best_of_all_values(seed):
    draw = Random(seed)
    subjects = [firm(sales=draw.randrange(60)) for _ in range(12)]
    rule = grant()
    frame, linked, _ = encode(subjects, rule.scope.facts)
    budget = draw.randrange(0, 400) * 100
    found = solve(
        "grant.line",
        budget,
        rules={"grant": rule},
        frames=lambda: [(frame, linked)],
        as_of=AS_OF,
        high=Fraction(60),
        step=Fraction(1),
    )
    costs = {}
    for line in range(61):
        settings = {"line": Fraction(line * 100)}
        decided = [decide(rule, s, as_of=AS_OF, settings=settings) for s in subjects]
        costs[line] = sum(
            d.amount or 0 for d in decided if d.outcome is Outcome.ELIGIBLE
        )
    fitting = {line: cost for line, cost in costs.items() if cost <= budget}
    assert found.exact
    assert max(fitting.values()) == found.cost == costs[int(found.value or 0)]
    assert all(costs[int(t.value)] == t.cost for t in found.tried)


def test_cost_that_rises_and_falls_is_searched_and_said_to_be():
    # A reward of the line itself for whoever reaches it: 5 x 10, 4 x 20, 3 x 30, …
    rule = grant("sales >= line", "line")
    found = asked(
        rule, "grant.line", 85, low=Fraction(0), high=Fraction(60), step=Fraction(1)
    )
    assert (False, "neither") == (found.exact, found.course)
    # All 61 values were tried. 85 cannot be had (17 x 5, but 17 is reached by four
    # only); 28 x 3 = 84 can, and of equals the lower line is taken (42 x 2).
    assert (Fraction(28), 8400) == (found.value, found.cost)


def test_budget_that_nothing_exceeds_gives_the_dearest_value():
    found = asked(grant(), "grant.line", 1000)
    assert (Fraction(0), 15000, True) == (found.value, found.cost, found.exact)


def test_budget_that_nothing_stays_within_gives_no_value():
    found = asked(grant("sales >= 0 * line"), "grant.line", 100)
    assert (None, None, "level") == (found.value, found.cost, found.course)
    assert {15000} == {tried.cost for tried in found.tried}


def test_greatest_possible_cost_counts_those_who_may_be_eligible():
    # Of 30 yuan each: two sure, and one of whom the sales are not known.
    rule = policy(
        {"sells": "sales >= line"},
        name="grant",
        more=REWARD.format(expr="30 * share * assets"),
    )
    subjects = [firm(sales=40, assets=10), firm(sales=50, assets=10), firm(assets=10)]
    frame, linked, _ = encode(subjects, rule.scope.facts)

    def best(use):
        return solve(
            "grant.line",
            20000,
            rules={"grant": rule},
            frames=lambda: [(frame, linked)],
            as_of=AS_OF,
            use=use,
            step=Fraction(1),
            high=Fraction(60),
        )

    # 30 x 30 % x 10 = 90 yuan each: two are 180 within 200, three are 270.
    assert (Fraction(0), 18000) == (best("definite").value, best("definite").cost)
    assert (Fraction(41), 18000) == (best("most").value, best("most").cost)


def test_greatest_cost_without_an_end_is_refused_with_how_many():
    rule = grant()
    frame, linked, _ = encode([firm(staff=3), firm(sales=40)], rule.scope.facts)
    with pytest.raises(UsageError, match="有 1 个对象的金额没有上限"):
        solve(
            "grant.line",
            100,
            rules={"grant": rule},
            frames=lambda: [(frame, linked)],
            as_of=AS_OF,
            use="most",
        )


@pytest.mark.parametrize(
    ("parameter", "options", "message", "hint"),
    [
        ("grnt.line", {}, "没有政策 `grnt`", "did you mean `grant`?"),
        ("grant.lines", {}, "没有参数 `lines`", "did you mean `line`?"),
        (
            "grant.rising",
            {},
            "`rising` 是 steps",
            "`grant` 的数 (its numbers)：line、share、people、pieces、points",
        ),
        (
            "grant.line",
            {"step": Fraction(0)},
            "leads nowhere",
            "步长写大于零的数 (a step above 0)",
        ),
        (
            "grant.line",
            {"low": Fraction(3), "high": Fraction(3)},
            "leave nothing between",
            "最小的写得比最大的小 (the least below the greatest)",
        ),
    ],
)
def test_what_cannot_be_solved_is_refused(parameter, options, message, hint):
    with pytest.raises(UsageError, match=message) as caught:
        solve(
            parameter, 1, rules={"grant": grant()}, frames=list, as_of=AS_OF, **options
        )
    assert hint == caught.value.hint


def test_policy_without_an_amount_or_in_part_is_refused():
    bare = policy({"sells": "sales >= line"}, name="bare")
    with pytest.raises(UsageError, match="gives no amount"):
        solve("bare.line", 1, rules={"bare": bare}, frames=list, as_of=AS_OF)
    part = policy(
        {"sells": "sales >= line"},
        name="part",
        more=(
            "coverage: partial\nuncovered: [{zh: 其他, en: the rest}]\n"
            + REWARD.format(expr="line")
        ),
    )
    with pytest.raises(UsageError, match="no cost of it is definite"):
        solve("part.line", 1, rules={"part": part}, frames=list, as_of=AS_OF)


def test_answer_as_plain_data_is_exact():
    told = json.loads(json.dumps(solved_json(asked(grant(), "grant.line", 100))))
    assert ("ceyuan.solve/1", "3001/100", 9000, 1000, True) == (
        told["schema"],
        told["value"],
        told["cost"],
        told["unspent"],
        told["exact"],
    )
    assert {"value": "30", "cost": 12000} in told["tried"]


def test_facts_that_are_kept_are_those_that_are_read():
    rule = grant("net >= line")  # derived from assets and debt
    assert {"net", "assets", "debt", "sales", "reg_date"} == read_by([rule])


@pytest.mark.parametrize("name", REGION.rules)
def test_columns_that_are_kept_are_all_that_a_plan_reads(name):
    rule = REGION.rules[name]
    every = [
        f"{fact}@{year}" if symbol.yearly else fact
        for fact, symbol in rule.scope.facts.items()
        for year in (range(2019, 2027) if symbol.yearly else (0,))
        if symbol.kind != "records"
    ]
    day = rule.said.validity.until or date(2026, 6, 1)
    ready = plan([rule], open_shape(every), as_of=day, with_ends=True)
    assert {fact for fact, _ in ready.reads.facts} <= read_by([rule])
