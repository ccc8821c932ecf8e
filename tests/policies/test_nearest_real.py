# SPDX-License-Identifier: Apache-2.0
"""Nearest steps of shipped policies: two worked by hand, all on random subjects."""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from ceyuan.language import Fixed
from ceyuan.policies import Outcome, decide, nearest, one_step
from tests.language.strategies import reads
from tests.regions.cases import REGION, cases_of

AS_OF = date(2026, 6, 1)
YEAR = 2025
WAN = 10**6
"""10,000 yuan, in fen."""


def _firm(values: dict[str, Any], **changed: Any) -> Fixed:
    return Fixed(
        {
            (n, YEAR if REGION.facts[n].yearly else None): v
            for n, v in {**values, **changed}.items()
        }
    )


def _moves(policy: str, subject: Fixed) -> Any:
    moves = nearest(REGION.rules[policy], subject, REGION.facts, as_of=AS_OF)
    return [({s.fact: s.after for s in move.shifts}, move.weight) for move in moves]


# --- science and technology SMEs ----------------------------------------------------

SME = {
    "is_cn_resident": True,
    "employees": 100,
    "tech_staff": 30,
    "revenue": 1000 * WAN,
    "assets": 2000 * WAN,
    "rd_expense": 30 * WAN,
    "cost_expense": 900 * WAN,
    "ip_class1": 0,
    "ip_class2": 2,
    "prohibited_product": False,
    "violation_or_accident": False,
    "abnormal_or_dishonest": False,
    "hnte_valid": False,
    "tech_sme_direct": "none",
    "reg_date": date(2018, 3, 1),
}
"""20 points for staff (30 %), 20 for R&D (3 % of sales), 12 for two of class II: 52."""


def test_tech_sme_52_points_want_40_wan_of_rd_or_a_certificate():
    # R&D of 4 % of sales gives 30: 62 points; 10 万元 is one step. That a ground of
    # its own is named (a code) is nothing to work at, so it is no step.
    assert _moves("tech_sme_2017", _firm(SME)) == [
        ({"rd_expense": 40 * WAN}, 1),
        ({"hnte_valid": True}, 30),
    ]


def test_tech_sme_parts_of_class_two_known_can_be_added_to():
    parts = {k: v for k, v in SME.items() if k not in ("ip_class1", "ip_class2")}
    counted = {
        "invention_patents": 0,
        "ip_class1_other": 0,
        "utility_models": 2,
        "design_patents": 0,
        "software_copyrights": 0,
    }

    # Three give 18, 58 points; four give 24, 64 points. Two copyrights weigh 2, two
    # designs 4, two utility models 6, a patent 10: titles all, so the first stays.
    assert _moves("tech_sme_2017", _firm({**parts, **counted})) == [
        ({"rd_expense": 40 * WAN}, 1),
        ({"software_copyrights": 2}, 2),
    ]


def test_tech_sme_one_too_many_employees_is_one_person_less():
    # 200 of 500 are 40 %; one less weighs three.
    subject = _firm(SME, employees=501, tech_staff=200, rd_expense=60 * WAN)

    assert _moves("tech_sme_2017", subject) == [({"employees": 500}, 3)]


def test_tech_sme_staff_without_points_wants_them_and_the_rest():
    # 8 of 100: no points for staff, 20 + 12 else. 10 people give 4 points, so 24 more
    # are wanted of R&D: 50 for 6 % of sales, 66 in all. Two facts are moved together
    # for one clause only where no single one turns it, so this is the one way of both.
    assert _moves("tech_sme_2017", _firm(SME, tech_staff=8)) == [
        ({"rd_expense": 60 * WAN, "tech_staff": 10}, 5),
        ({"hnte_valid": True}, 30),
    ]


def test_tech_sme_prohibited_product_and_score_take_both():
    found = _moves("tech_sme_2017", _firm(SME, prohibited_product=True))

    assert found == [
        ({"prohibited_product": False, "rd_expense": 40 * WAN}, 21),
        ({"prohibited_product": False, "hnte_valid": True}, 50),
    ]


def test_tech_sme_what_nobody_can_change_leaves_no_step():
    assert _moves("tech_sme_2017", _firm(SME, violation_or_accident=True)) == []
    assert _moves("tech_sme_2017", _firm(SME, assets=20001 * WAN)) == []
    assert _moves("tech_sme_2017", _firm(SME, revenue=20001 * WAN)) == []


# --- specialised SMEs ----------------------------------------------------------------

ZJTX = {
    "is_legal_person": True,
    "is_sme": True,
    "base_tier_valid": True,
    "niche_years": 3,
    "revenue": 1500 * WAN,
    "equity_2y": 0,
    "main_revenue": 1200 * WAN,
    "assets": 1000 * WAN,
    "liabilities": 800 * WAN,
    "rd_expense": 100 * WAN,
    "invention_patents": 1,
    "ip_class1_other": 0,
    "class1_in_use": True,
    "provincial_award_top3_3y": False,
    "provincial_rd_unit": False,
    "market_front": True,
    "gradient_score": 50,
    "gradient_score_before": 50,
    "zjtx_application": "first",
    "risk_flag": False,
    "reg_date": date(2018, 3, 1),
}
"""Every figure exactly on its line."""
BEFORE: dict[Any, Any] = {
    ("rd_expense", 2024): 100 * WAN,
    ("revenue", 2024): 1500 * WAN,
}


def _zjtx(**changed: Any) -> Fixed:
    return _firm(ZJTX, **changed).with_values(BEFORE)


def test_zjtx_every_figure_on_its_line_has_no_step():
    decision = decide(REGION.rules["zjtx_2026"], _zjtx(), as_of=AS_OF)

    assert decision.outcome is Outcome.ELIGIBLE
    assert _moves("zjtx_2026", _zjtx()) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        # 3 % of 1,500 万元 would be 45, but 100 are asked: 70 万元, seven steps.
        ({"rd_expense": 30 * WAN}, [({"rd_expense": 100 * WAN}, 7)]),
        # One yuan over 80 % of 1,000 万元.
        ({"liabilities": 800 * WAN + 100}, [({"liabilities": 800 * WAN}, Fraction(2, 10**6))]),
        ({"niche_years": 1}, [({"niche_years": 3}, 2)]),
        ({"main_revenue": 1100 * WAN}, [({"main_revenue": 1200 * WAN}, 3)]),
        # A unit weighs 4, an award 5, a patent 10: titles all.
        ({"invention_patents": 0}, [({"provincial_rd_unit": True}, 4)]),
        # Revenue up by 300 万元 (9) brings the main share below 80 % of 1,500: 12.
        # Equity of 2,000 万元 would weigh 40.
        (
            {"revenue": 1200 * WAN, "main_revenue": 1100 * WAN},
            [({"revenue": 1500 * WAN, "main_revenue": 1200 * WAN}, 12)],
        ),
        # 500 万元 more of equity weigh 10, less than those 12.
        (
            {"revenue": 1200 * WAN, "main_revenue": 1100 * WAN, "equity_2y": 1500 * WAN},
            [({"equity_2y": 2000 * WAN}, 10)],
        ),
        # The score of an office, the word of a judge, and a veto are not the firm's.
        ({"gradient_score": 49}, []),
        ({"market_front": False}, []),
        ({"risk_flag": True}, []),
        ({"is_legal_person": False}, []),
    ],
)  # fmt: skip
def test_zjtx_one_figure_off_its_line_wants_it_back(changed, expected):
    assert _moves("zjtx_2026", _zjtx(**changed)) == expected


def test_zjtx_year_before_is_past():
    subject = _zjtx().with_values({("rd_expense", 2024): 99 * WAN})

    decision = decide(REGION.rules["zjtx_2026"], subject, as_of=AS_OF)
    assert decision.failing == ("rd_before",)
    assert _moves("zjtx_2026", subject) == []
    found = one_step(REGION.rules["zjtx_2026"], subject, decision, AS_OF)
    assert found is not None
    assert (found.clause, found.variant) == ("rd_before", "")


# --- every policy: the subjects of its worked cases, with a few facts spoilt -------


def _spoilt(subject: Fixed, names: frozenset[str], chance: random.Random) -> Fixed:
    """Return a subject with one to three of its facts gone the wrong way, or far."""
    keys = sorted((k for k in subject.values if k[0] in names), key=str)
    values = dict(subject.values)
    for key in chance.sample(keys, min(len(keys), chance.randrange(1, 4))):
        now, fact = values[key], REGION.facts[key[0]]
        if isinstance(now, bool):
            values[key] = not now
        elif isinstance(now, (int, Fraction)) and fact.change is not None:
            grid = fact.measure.scale * (Fraction(1, 100) if fact.unit == "%" else 1)
            by = chance.choice(
                (Fraction(0), Fraction(1, 3), Fraction(9, 10), Fraction(2))
            )
            values[key] = round(now * by / grid) * grid + chance.choice(
                (0, grid, grid / 2)
            )
    return Fixed(values, subject.linked)


def _is_possible(subject: Fixed) -> bool:
    for (name, year), value in subject.values.items():
        whole = REGION.facts[name].part_of
        if whole is None or not isinstance(value, (int, Fraction)):
            continue
        most = subject.value(whole, year)
        if isinstance(most, (int, Fraction)) and value > most:
            return False
    return True


def _nearer(shift: Any, chance: random.Random) -> list[Fraction]:
    """Some values on the grid between before and after."""
    fact = REGION.facts[shift.fact]
    grid = fact.measure.scale * (Fraction(1, 100) if fact.unit == "%" else 1)
    sign = 1 if shift.after > shift.before else -1
    # Steps from `after` back towards `before`, `before` itself left out.
    count = abs(Fraction(shift.after) - shift.before) / grid
    most = int(count) if count != int(count) else int(count) - 1
    steps = {1, *(chance.randrange(1, most + 1) for _ in range(4))} if most > 0 else ()
    return [Fraction(shift.after) - sign * grid * k for k in steps]


def _check(subject: Fixed, move: Any, chance: random.Random, **when: Any) -> None:
    rule = REGION.rules[move.policy]
    changes = {(s.fact, s.year): s.after for s in move.shifts}
    changed = subject.with_values(changes)
    after = decide(rule, changed, **when)
    assert _is_possible(changed)
    assert (after.outcome, after.amount) == (move.outcome, move.amount)
    assert after.outcome in (Outcome.ELIGIBLE, Outcome.UNKNOWN, Outcome.REFER)
    for shift in move.shifts:
        change = REGION.facts[shift.fact].change
        assert change is not None
        rises = shift.after is True or shift.after > (shift.before or 0)
        assert (change.up if rises else change.down) is not None
        if isinstance(shift.after, bool):
            continue
        for value in _nearer(shift, chance):
            trial = subject.with_values({**changes, (shift.fact, shift.year): value})
            if _is_possible(trial):
                outcome = decide(rule, trial, **when).outcome
                assert outcome in (Outcome.INELIGIBLE, Outcome.NOT_APPLICABLE, None), (
                    shift, value, move,
                )  # fmt: skip


def _steps_of_spoilt_cases(policy: str, count: int) -> int:
    """Check the steps of spoilt subjects; return how many there were."""
    rule, chance, seen = REGION.rules[policy], random.Random(policy), 0
    names = reads(rule.scope, *(d.node for d in rule.scope.definitions.values()))
    cases = cases_of(policy)
    for _ in range(count):
        case = chance.choice(cases)
        subject = _spoilt(case.facts, names, chance)
        if not _is_possible(subject):
            continue
        when: dict[str, Any] = {
            "as_of": case.as_of,
            "base_year": case.base_year,
            "settings": case.settings,
        }
        moves = nearest(rule, subject, REGION.facts, **when)
        seen += len(moves)
        for index, move in enumerate(moves):
            _check(subject, move, chance, **when)
            for other in moves[:index] + moves[index + 1 :]:
                scales = {*move.effort, *other.effort}
                assert other.effort == move.effort or any(
                    other.effort.get(s, 0) > move.effort.get(s, 0) for s in scales
                )
    return seen


@pytest.mark.parametrize("policy", REGION.rules)
def test_nearest_of_spoilt_cases_turns_the_policy_and_nothing_nearer_does(policy):
    _steps_of_spoilt_cases(policy, 100)


@pytest.mark.parametrize(
    "policy", ["tech_sme_2017", "zjtx_2026", "hnte_2016", "sh_little_giant_2024"]
)
def test_nearest_of_spoilt_cases_is_often_there(policy):
    assert _steps_of_spoilt_cases(policy, 200) > 10
