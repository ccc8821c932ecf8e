# SPDX-License-Identifier: Apache-2.0
"""The nearest step: it turns the outcome, and nothing lighter does."""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from ceyuan.kernel import ABSENT
from ceyuan.language import Fixed
from ceyuan.policies import Move, OneStep, Outcome, Shift, decide, nearest, one_step
from tests.policies.steps_world import (
    AS_OF,
    DICTIONARY,
    YEAR,
    YEARLY,
    every_change,
    fails,
    firm,
    policy,
    steps,
    told,
    turns,
)

WAN = 10**6


# --- one clause: the first value on the grid that turns it, at >= and at > --------


@pytest.mark.parametrize(
    ("test", "values", "expected"),
    [
        ("sales >= line", {"sales": 20}, [{"sales": 30}]),
        ("sales > line", {"sales": 20}, [{"sales": 31}]),
        ("sales > line", {"sales": 30}, [{"sales": 31}]),
        ("sales > line", {"sales": Fraction("30.5")}, []),  # it does not fail
        ("sales >= line", {"sales": Fraction("29.99")}, [{"sales": 30}]),
        ("cost <= line", {"cost": 44}, [{"cost": 30}]),
        ("cost < line", {"cost": 44}, [{"cost": 29}]),
        ("cost < line", {"cost": 30}, [{"cost": 29}]),
        # Off by one on either side weighs the same; one of them is shown.
        ("cost <> line", {"cost": 30}, [{"cost": 29}]),
        ("cost = line", {"cost": 44}, [{"cost": 30}]),
        ("cost BETWEEN line AND 2 * line", {"cost": 10}, [{"cost": 30}]),
        ("NOT cost BETWEEN 0 AND line", {"cost": 10}, [{"cost": 31}]),
        # 11.1 of 37 is no whole person; 12 is.
        ("tech / staff >= share", {"tech": 5, "staff": 37}, [{"tech": 12}]),
        ("tech / staff >= share", {"tech": 5, "staff": 40}, [{"tech": 12}]),
        ("tech / staff > share", {"tech": 12, "staff": 40}, [{"tech": 13}]),
        # Only the bottom can move: 9 / 30 is 30 %, 9 / 31 is not.
        ("assets / debt >= share", {"assets": 9, "debt": 44}, [{"debt": 30}]),
        ("assets / debt > share", {"assets": 9, "debt": 30}, [{"debt": 29}]),
        # More at the bottom lowers a share: 15 / 50 is 30 %.
        ("assets / sales <= share", {"assets": 15, "sales": 40}, [{"sales": 50}]),
        ("assets / sales < share", {"assets": 15, "sales": 40}, [{"sales": 51}]),
        # The same fact above and below: 18 of 18 + 42 is 30 %.
        ("sales / (sales + assets) >= share", {"sales": 5, "assets": 42}, [{"sales": 18}]),
        # A share on its own is moved by hundredths of a percent.
        ("rate > share", {"rate": 20}, [{"rate": Fraction("30.01")}]),
        # A rising table: from 40 % on 10 points.
        ("steps(rate, rising) >= points", {"rate": 15}, [{"rate": 40}]),
        # A falling table: above 50 % 5 points, so 50 % itself gives 10.
        ("steps(debt / assets, falling) >= points", {"debt": 45, "assets": 50}, [{"debt": 25}]),
        # From 80 % on it gives nothing: one yuan less than 40 of 50.
        ("steps(debt / assets, falling) > 0 * points", {"debt": 45, "assets": 50}, [{"debt": 39}]),
        # Compound growth of 30 % in each of two years: 10, 13, 16.9.
        ("cagr(sales, 3) >= share", {"sales": 12, "sales_2023": 10}, [{"sales": 17}]),
        ("cagr(sales, 2) >= share", {"sales": 12, "sales_2024": 10}, [{"sales": 13}]),
        ("cagr(sales, 2) > share", {"sales": 12, "sales_2024": 10}, [{"sales": 14}]),
        ("growth(sales) > share", {"sales": 13, "sales_2024": 10}, [{"sales": 14}]),
        ("growth(cost) <= share", {"cost": 17, "cost_2024": 10}, [{"cost": 13}]),
        ("sum_years(sales, 3) >= line", {"sales": 5, "sales_2024": 7, "sales_2023": 8}, [{"sales": 15}]),
        # Past years are past.
        ("prev(sales, 1) >= line", {"sales": 5, "sales_2024": 7}, []),
        # Net assets of 20 - 50 are negative, so debt to net assets is absent, which
        # counts as not met; 0.3 of net assets is reached at debt 4 (4 / 16 = 25 %).
        ("debt / net <= share", {"assets": 20, "debt": 50}, [{"debt": 4}]),
        ("net >= 0 * line", {"assets": 20, "debt": 50}, [{"debt": 20}]),
        ("net > 0 * line", {"assets": 20, "debt": 50}, [{"debt": 19}]),
        # Bends: flat until 30, rising by one from there.
        ("greatest(sales - line, 0) >= people * line / people", {"sales": 5}, [{"sales": 60}]),
        ("greatest(sales, assets) >= line", {"sales": 5, "assets": 20}, [{"sales": 30}]),
        ("least(sales, 2 * cost) >= line", {"sales": 30, "cost": 2}, [{"cost": 15}]),
        ("CASE WHEN cost > line THEN 2 * sales ELSE sales END >= line", {"cost": 40, "sales": 4}, [{"sales": 15}]),
        ("sales * rate >= line * share", {"sales": 20, "rate": 30}, [{"sales": 30}, {"rate": 45}]),
        ("cost / line + line / cost <= 3", {"cost": 2}, [{"cost": 12}]),
        # A flag, in the direction in which it can go.
        ("titled", {"titled": False}, [{"titled": True}]),
        ("NOT banned", {"banned": True}, [{"banned": False}]),
        ("banned", {"banned": False}, []),
        ("NOT titled", {"titled": True}, []),
        ("marked", {"marked": False}, []),
        # Neither what nobody can change, nor what has no direction that helps.
        ("assets >= line", {"assets": 20}, []),
        ("stuck >= line", {"stuck": 20}, []),
        ("sales <= line", {"sales": 40}, []),
        ("debt >= line", {"debt": 20}, []),
        # No more technical staff than staff: 10 people cannot have 20 of them.
        ("tech >= people", {"tech": 5, "staff": 10}, []),
        ("tech >= people", {"tech": 5, "staff": 20}, [{"tech": 20}]),
        ("staff <= people", {"tech": 25, "staff": 40}, []),
        ("staff <= people", {"tech": 20, "staff": 40}, [{"staff": 20}]),
        # Nor beyond what a fact can be: 60 yuan.
        ("sales > 2 * line", {"sales": 40}, []),
    ],
)  # fmt: skip
def test_nearest_of_one_clause_is_the_first_value_that_turns_it(test, values, expected):
    rule = policy({"it": test})

    moves = steps(rule, firm(**values))

    key = str
    assert sorted(told(moves), key=key) == sorted(expected, key=key)
    for move in moves:
        changes = {(s.fact, s.year): s.after for s in move.shifts}
        assert turns(rule, firm(**values).with_values(changes))


def test_nearest_absent_that_counts_as_met_is_reached_at_a_bottom_of_zero():
    rule = policy({"it": "cost / (assets - loan) <= share"}, absent="true")

    # 40 / (50 - loan) grows with the loan; at 50 nothing is left to divide by.
    moves = steps(rule, firm(cost=40, assets=50, loan=10))

    assert told(moves) == [{"cost": 12}, {"loan": 50}]  # 28 yuan less: 2.8 steps


def test_nearest_fact_that_is_absent_is_never_moved():
    rule = policy({"it": "sales >= line AND titled"})
    subject = firm(titled=False).with_values({("sales", YEAR): ABSENT})

    assert steps(rule, subject) == ()


def test_nearest_number_that_derives_from_a_list_is_moved_from_there():
    rule = policy({"it": "owned >= pieces"})
    subject = Fixed({}, {"patents": (({"type": "x"},), True)})

    (move,) = steps(rule, subject)

    shift = Shift("owned", None, 1, Fraction(3), Fraction(8), "titles")
    assert move == Move("small", (shift,), Outcome.ELIGIBLE)


def test_nearest_unknown_number_is_never_moved():
    rule = policy({"it": "sales >= line", "also": "cost >= line"})

    (move,) = steps(rule, firm(sales=20))

    # What is missing stays missing, and the outcome says so.
    shift = Shift("sales", YEAR, Fraction(2000), Fraction(3000), Fraction(3), "money")
    missing = frozenset({("cost", YEAR), ("reg_date", None)}) & move.missing
    assert move == Move("small", (shift,), Outcome.UNKNOWN, None, move.missing)
    assert ("cost", YEAR) in missing


# --- several clauses --------------------------------------------------------------


def test_nearest_of_two_clauses_on_one_fact_asks_for_the_greater():
    for tests in (("sales >= line", "sales > line"), ("sales > line", "sales >= line")):
        rule = policy(dict(zip("ab", tests, strict=True)))

        assert told(steps(rule, firm(sales=10))) == [{"sales": 31}]


def test_nearest_of_two_clauses_on_two_facts_asks_for_both():
    rule = policy({"a": "sales >= line", "b": "titled"})

    (move,) = steps(rule, firm(sales=10, titled=False))

    assert told((move,)) == [{"sales": 30, "titled": True}]
    # 20 yuan are two steps of 10, three each; a title is ten.
    assert move.effort == {"money": Fraction(6), "titles": Fraction(10)}
    assert move.weight == Fraction(16)


def test_nearest_of_a_choice_of_clauses_keeps_what_no_other_beats_on_every_scale():
    rule = policy(
        {
            "a": "sales >= line",
            "b": "cost >= line",
            "c": "titled",
            "d": "tech >= people",
        },
        decide="a OR b OR c OR d",
    )

    # Sales ask three times as much money as cost: beaten. People and titles are
    # scales of their own, so they stay, the lightest sum first.
    moves = steps(rule, firm(sales=10, cost=10, titled=False, tech=11, staff=30))

    assert told(moves) == [{"cost": 30}, {"titled": True}, {"tech": 20}]
    assert [m.weight for m in moves] == [2, 10, 18]
    subject = firm(sales=10, cost=10, titled=False, tech=11, staff=30)
    assert told(steps(rule, subject, limit=1)) == [{"cost": 30}]


def test_nearest_one_clause_that_two_facts_turn_together():
    rule = policy({"it": "sales >= line AND (titled OR cost > line)"})

    # Neither alone; and with the sales, 21 yuan of cost or a title.
    moves = steps(rule, firm(sales=20, cost=10, titled=False))

    assert told(moves) == [{"sales": 30, "cost": 31}, {"sales": 30, "titled": True}]


def test_nearest_points_of_two_tables_are_gathered_from_both():
    rule = policy(
        {"it": "steps(rate, rising) + steps(tech / staff, rising) >= points * 1.6"}
    )

    # 16 points: 10 and 6. From 1 % and 1 of 20: 40 % and more than 4 people, or
    # more than 20 % and 8 people.
    moves = steps(rule, firm(rate=1, tech=1, staff=20))

    assert {"rate": Fraction("20.01"), "tech": 8} in told(moves)
    assert {"rate": 40, "tech": 5} in told(moves)


def test_nearest_leaves_out_what_would_break_a_check_or_leave_the_scope():
    more = (
        "scope:\n  fits: {article: one, zh: 适用, en: fits, test: sales <= 2 * line}\n"
    )
    more += (
        "checks:\n  sound: {zh: 一致, en: sound,"
        " test: cost <= line, mend: {zh: 核对, en: check}}\n"
    )
    rule = policy({"a": "sales + 10 * cost >= 4 * line"}, more=more)

    # cost 12 would do by itself; 31 would break the check.
    assert told(steps(rule, firm(sales=0, cost=0))) == [{"cost": 12}]
    rule = policy({"a": "cost > line OR titled"}, more=more)
    assert told(steps(rule, firm(sales=0, cost=0, titled=False))) == [{"titled": True}]


def test_nearest_of_a_policy_that_does_not_fail_is_nothing():
    rule = policy({"it": "sales >= line"})

    assert steps(rule, firm(sales=30)) == ()
    assert steps(rule, firm()) == ()
    assert nearest(rule, firm(sales=1), DICTIONARY, as_of=date(2019, 12, 31)) == ()


def test_nearest_tells_which_other_policies_the_step_turns():
    own = policy({"it": "sales >= line"})
    same = policy({"it": "sales > line * 0.9"}, name="same")
    other = policy({"it": "cost >= line"}, name="other")
    open_ = policy({"it": "sales >= line AND marked"}, name="open")
    held = policy({"it": "sales >= 0 * line"}, name="held")

    (move,) = steps(
        own, firm(sales=10, cost=40), others=[own, same, other, open_, held]
    )

    assert move.turns == ("same",)


def test_nearest_side_gains_are_told_with_the_parameters_of_the_office():
    own, other = (
        policy({"it": "sales >= line"}),
        policy({"it": "sales >= line"}, name="b"),
    )
    settings = {"b": {"line": Fraction(3001)}}

    (plain,) = steps(own, firm(sales=10), others=[other])
    (set_,) = steps(own, firm(sales=10), others=[other], elsewhere=settings)

    assert (plain.turns, set_.turns) == (("b",), ())


def test_nearest_under_settings_of_the_office_moves_to_their_lines():
    rule = policy({"it": "sales >= line"})

    moves = steps(rule, firm(sales=10), settings={"line": Fraction(4500)})

    assert told(moves) == [{"sales": 45}]


# --- variants and the single step -------------------------------------------------

VARIANTS = "variants: {fact: route, order: [a, b, c]}\n"
ROUTES = {
    "sales_fit": "CASE route WHEN 'a' THEN sales >= line WHEN 'b' THEN sales >= line * 0.5 ELSE TRUE END",
    "cost_fits": "CASE route WHEN 'a' THEN cost >= line WHEN 'b' THEN cost >= 0 * line ELSE TRUE END",
    "title": "CASE route WHEN 'c' THEN titled ELSE TRUE END",
}


def test_nearest_looks_at_each_choice_and_tells_for_which_it_is():
    rule = policy(ROUTES, more=VARIANTS)
    subject = firm(sales=5, cost=5, titled=False)

    moves = steps(rule, subject)

    # a: sales 30 and cost 30; b: sales 15; c: a title.
    assert told(moves) == [{"sales": 15}, {"titled": True}]
    assert [m.variant for m in moves] == ["b", "c"]
    chosen = subject.with_values({("route", None): "a"})
    assert told(steps(rule, chosen)) == [{"sales": 30, "cost": 30}]


def test_nearest_step_common_to_all_choices_is_shown_once():
    rule = policy(
        {"it": "sales >= line", "other": "route = 'a' OR TRUE"}, more=VARIANTS
    )

    assert told(steps(rule, firm(sales=5))) == [{"sales": 30}]


def _one_step(rule, subject):
    decision = decide(rule, subject, as_of=AS_OF)
    return one_step(rule, subject, decision, AS_OF)


def test_one_step_of_choices_that_all_fail_is_the_first_within_reach():
    rule = policy(ROUTES, more=VARIANTS)
    subject = firm(sales=5, cost=5, titled=False)

    decision = decide(rule, subject, as_of=AS_OF)

    # The decision reports the first choice, which fails twice.
    assert (decision.variant, decision.failing) == ("a", ("sales_fit", "cost_fits"))
    assert _one_step(rule, subject) == OneStep("sales_fit", "b")
    assert decision.chosen("b").failing == ("sales_fit",)
    assert decision.chosen("b").variants == decision.variants
    assert decision.chosen("a") is decision


def test_one_step_of_a_choice_made_is_told_without_naming_it():
    rule = policy(ROUTES, more=VARIANTS)

    for route, expected in (
        ("a", None),
        ("b", OneStep("sales_fit")),
        ("c", OneStep("title")),
    ):
        subject = firm(sales=5, cost=5, titled=False, route=route)
        assert _one_step(rule, subject) == expected


@pytest.mark.parametrize(
    ("decide_", "values", "expected"),
    [
        ("a AND b", {"sales": 10, "titled": True}, OneStep("a")),
        ("a AND b", {"sales": 10, "titled": False}, None),
        ("a AND b", {"sales": 30, "titled": True}, None),
        # Either of two would do: that is a choice, not a single clause.
        ("a OR b", {"sales": 10, "titled": False}, None),
        ("a AND (b OR a)", {"sales": 10, "titled": False}, OneStep("a")),
        # What is unknown may still be missing afterwards.
        ("a AND b", {"sales": 10}, OneStep("a")),
        ("NOT a AND b", {"sales": 30, "titled": True}, None),
    ],
)
def test_one_step_is_exactly_one_clause(decide_, values, expected):
    rule = policy({"a": "sales >= line", "b": "titled"}, decide=decide_)

    assert _one_step(rule, firm(**values)) == expected


def test_one_step_where_decide_asks_for_more_than_clauses_knows_the_subject():
    more = "let:\n  rich: {zh: 富, en: rich, expr: cost >= line}\n"
    rule = policy({"a": "sales >= line"}, decide="a AND rich", more=more)

    assert _one_step(rule, firm(sales=10, cost=10)) is None
    assert _one_step(rule, firm(sales=10, cost=30)) == OneStep("a")


# --- tried one by one -------------------------------------------------------------

FORMS = (
    "sales {o} line",
    "cost {u} line",
    "staff {u} people",
    "tech / staff {o} share",
    "cost / sales {u} share",
    "debt / assets {u} share",
    "debt / net {u} share",
    "cost / (assets - loan) {o} share",
    "sales / (sales + cost) {o} share",
    "cagr(sales, 3) {o} share",
    "growth(cost) {u} share",
    "sum_years(sales, 2) + loan {o} 2 * line",
    "steps(tech / staff, rising) {o} points * 0.6",
    "steps(debt / assets, falling) {o} points * 0.5",
    "steps(tech / staff, rising) + steps(debt / assets, falling) {o} points * 1.2",
    "greatest(sales - line, 0) {o} line * 0.5",
    "least(sales, cost) {o} line",
    "CASE WHEN titled THEN sales ELSE cost END {o} line",
    "sales {o} line OR titled",
    "NOT banned AND cost {o} line",
    "cost + loan BETWEEN line AND line * 1.2",
    "sales / cost {o} debt / assets",
    "loan * sales {o} line * line",
    "net {o} line * 0.5",
)  # fmt: skip


def _subject(chance: random.Random) -> Fixed:
    staff = chance.randrange(61)
    values: dict[str, Any] = {
        "staff": staff,
        "tech": chance.randrange(staff + 1),
        **{
            f"{n}{year}": chance.randrange(61)
            for n in ("sales", "cost")
            for year in ("", "_2024", "_2023")
        },
        **{n: chance.randrange(61) for n in ("debt", "loan", "assets")},
        "titled": chance.random() < 0.4,
        "banned": chance.random() < 0.4,
    }
    return firm(**values)


def _as_efforts(moves):
    return [move.effort for move in moves]


def _is_within(efforts, scale, effort):
    """Whether a step asks no more than so much on one scale."""
    return all(e <= (effort if s == scale else 0) for s, e in efforts.items())


@pytest.mark.parametrize("absent", ["false", "true"])
@pytest.mark.parametrize("form", FORMS)
def test_nearest_of_random_subjects_misses_no_lighter_change_of_one_fact(form, absent):
    chance = random.Random(f"{form} {absent}")
    tried = 0
    for orders in ((">=", "<="), (">", "<")):
        test = form.format(o=orders[0], u=orders[1])
        rule = policy({"it": test}, absent=absent)
        for _ in range(8):
            subject = _subject(chance)
            if not fails(rule, subject):
                assert steps(rule, subject) == ()
                continue
            tried += 1
            moves = steps(rule, subject, limit=99)
            _sound(rule, subject, moves)
            for key, after, scale, effort in every_change(subject):
                if key[1] not in (None, YEAR):
                    continue
                if turns(rule, subject.with_values({key: after})):
                    assert any(_is_within(e, scale, effort) for e in _as_efforts(moves)), (
                        test, subject, key, after, moves,
                    )  # fmt: skip
    assert tried > 0


@pytest.mark.parametrize("seed", range(40))
def test_nearest_of_random_policies_turns_and_cannot_be_lightened(seed):
    chance = random.Random(seed)
    tests = [
        form.format(o=chance.choice((">=", ">")), u=chance.choice(("<=", "<")))
        for form in chance.sample(FORMS, 4)
    ]
    decide_ = chance.choice(
        ["a AND b", "a AND b AND c", "(a OR b) AND (c OR d)", "a AND (b OR c AND d)"]
    )
    clauses = {k: v for k, v in zip("abcd", tests, strict=True) if k in decide_}
    rule = policy(clauses, decide=decide_)
    for _ in range(6):
        subject = _subject(chance)
        if fails(rule, subject):
            _sound(rule, subject, steps(rule, subject, limit=99))


def _sound(rule, subject, moves):
    """Each step turns it, moves what can be moved, and has no idle part."""
    efforts = _as_efforts(moves)
    for index, move in enumerate(moves):
        changes = {(s.fact, s.year): s.after for s in move.shifts}
        assert turns(rule, subject.with_values(changes))
        for shift in move.shifts:
            change: Any = DICTIONARY[shift.fact].change
            assert shift.year == (YEAR if shift.fact in YEARLY else None)
            assert shift.before == subject.value(shift.fact, shift.year)
            assert (
                change.up if shift.after > shift.before else change.down
            ) is not None
            key = (shift.fact, shift.year)
            rest = {k: v for k, v in changes.items() if k != key}
            for other, after, _, effort in every_change(subject.with_values(rest)):
                if other == key and effort < shift.effort:
                    assert not turns(rule, subject.with_values({**rest, key: after})), (
                        subject,
                        move,
                        after,
                    )
        for other in efforts[:index] + efforts[index + 1 :]:
            assert not (
                all(
                    other.get(s, 0) <= move.effort.get(s, 0)
                    for s in {*other, *move.effort}
                )
                and other != move.effort
            )
    assert [m.weight for m in moves] == sorted(m.weight for m in moves)
