# SPDX-License-Identifier: Apache-2.0
"""How deciding quantities are spread: counted by hand in the world of `rewards`.

Firms of section M have the line of 1000 万元, firm 5 (section I) that of 2000; under
the reform the line of M is 800. Revenue: 1200, 900, 1500, 1100, (2100), not known.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from ceyuan.office.deciding_lines import lines_of
from ceyuan.office.distribution import spreads
from ceyuan.office.edges_around import MOST, edges_around, shortened
from ceyuan.office.memory import open_memory
from ceyuan.office.simulating import trial
from ceyuan.office.spread_counted import Spread
from tests.office.rewards import REWARD, SAID, reform, settings, six
from tests.office.town_by_hand import AS_OF, WAN, add, state

F = Fraction


@pytest.fixture
def memory(office_folder):
    with open_memory(office_folder, actor="tester") as opened:
        yield opened


def _spreads(memory, *changes):
    tested = trial(
        memory, as_of=AS_OF, settings=settings(memory), said=SAID, by=("size",)
    )
    lines = "".join(f"  - {{{one}}}\n" for one in changes)
    text = f"reform: a\nzh: 甲\nen: A\nchange:\n{lines}"
    return spreads(tested, reform(memory, text) if changes else reform(memory))


def _told(one):
    """Groups that hold somebody, in 万元, and the rest."""
    edges = [edge / WAN for edge in one.edges]
    counted = {
        (low, high): count
        for low, high, count in zip(edges[:-1], edges[1:], one.counts, strict=True)
        if count
    }
    return counted, one.below, one.above, one.unknown, one.absent


LINE = f"policy: {REWARD}, parameter: middle_line, value: 800"


def test_both_thresholds_cut_the_same_groups(memory):
    six(memory)

    (found,) = _spreads(memory, LINE)

    assert (found.policy, found.clause, found.line.order) == (
        REWARD,
        "above_line",
        ">=",
    )
    groups = {(900, 1000): 1, (1100, 1200): 1, (1200, 1300): 1, (1500, 1600): 1}
    assert _told(found.before) == _told(found.after) == (groups, 0, 0, 1, 0)
    assert (found.before.threshold, found.before.met, found.before.at) == (
        1000 * WAN,
        3,
        0,
    )
    assert (found.after.threshold, found.after.met, found.after.at) == (800 * WAN, 4, 0)
    assert found.between == 1


@pytest.mark.parametrize(
    ("fen", "met", "at", "between"),
    [
        (800 * WAN, 4, 1, 1),  # on the new threshold: it is included
        (800 * WAN - 1, 3, 0, 0),  # one fen below
        (1000 * WAN, 4, 0, 0),  # on today's: met before as well
    ],
)
def test_who_stands_exactly_on_the_threshold_meets_it(memory, fen, met, at, between):
    six(memory)
    state(memory, 2, "revenue", F(fen), year=2025)

    (found,) = _spreads(memory, LINE)

    assert (found.after.met, found.after.at, found.between) == (met, at, between)
    assert found.before.at == (fen == 1000 * WAN)


def test_an_upper_limit_includes_who_stands_on_it(memory):
    six(memory)
    state(memory, 3, "employees", F(300), year=2025)

    (found,) = _spreads(
        memory, "policy: tech_sme_2017, parameter: employees_max, value: 300"
    )

    # 10, 50, 300, 400 and 10 persons; of firm 4 nobody knows.
    assert (found.line.order, found.clause) == ("<=", "size_staff")
    assert (found.before.met, found.after.met, found.after.at) == (5, 4, 1)
    assert (found.after.unknown, found.between) == (1, 1)


def test_what_does_not_exist_is_neither_known_nor_unknown(memory):
    six(memory)
    state(memory, 1, "revenue", F(0), year=2025)

    (found,) = _spreads(
        memory,
        f"policy: {REWARD}, add_clause: spends, zh: 投入, en: Spends, absent: false, "
        "test: rd_expense / revenue >= reward_rate",
    )

    # A new line: 5 % of revenue. Firm 1 has no such share; firms 4 and 6 are not known.
    # 100/900 = 11.1 %, 2000/1500 = 133 %, 300/2100 = 14.3 %.
    assert (found.before, found.between) == (None, None)
    after = found.after
    assert (after.threshold, after.met, after.absent, after.unknown) == (
        F(1, 20),
        3,
        1,
        2,
    )


def test_a_dropped_condition_shows_its_line_as_it_was(memory):
    six(memory)

    found = _spreads(memory, f"policy: {REWARD}, drop_clause: above_line")

    # One line for each case that somebody is in: M, and firm 5 of section I.
    assert [
        (one.after, one.before.threshold / WAN, one.before.met) for one in found
    ] == [(None, 1000, 3), (None, 2000, 1)]


def test_a_quantity_that_is_found_otherwise_is_counted_twice(memory):
    six(memory)

    found = _spreads(
        memory,
        f"policy: {REWARD}, clause: above_line, test: revenue + rd_expense >= line",
    )

    old, new = [one for one in found if 1000 * WAN in
                {s.threshold for s in (one.before, one.after) if s}]  # fmt: skip
    assert (old.after, old.before.met, new.before) == (None, 3, None)
    # 1200+200, 900+100, 1500+2000; firm 4 and 6 have a part that is not known: firm 4
    # is above 1000 whatever it is, but where it stands is not known.
    assert (new.after.met, new.after.at, new.after.unknown) == (3, 1, 2)


def test_rates_and_caps_are_no_lines(memory):
    six(memory)

    assert (
        _spreads(memory, f"policy: {REWARD}, parameter: reward_rate, value: 10") == []
    )


def test_a_policy_of_other_subjects_is_counted_on_them(memory):
    six(memory)
    add(
        memory,
        "park",
        [{"firm": 1, "key": k, "order_number": k, "voucher_user": "team",
          "team_members": n} for k, n in (("A", 2), ("B", 3), ("C", 7))],
        record="order",
    )  # fmt: skip

    (found,) = _spreads(
        memory, "policy: sh_voucher_2025, parameter: team_members_min, value: 5"
    )

    assert found.policy == "sh_voucher_2025"
    assert (found.before.met, found.after.met) == (
        sum(n >= found.before.threshold for n in (2, 3, 7)), 1,
    )  # fmt: skip


def test_lines_of_a_policy_are_those_that_it_holds_a_subject_against(memory):
    rule = memory.region.rule("tech_sme_2017")

    found = [
        (line.clause, line.order, {float(v) for v in line.values})
        for line in lines_of(rule, rule.context(AS_OF))
    ]

    assert found == [
        ("size_staff", "<=", {500}),
        ("size_sales", "<=", {20_000 * WAN}),
        ("size_assets", "<=", {20_000 * WAN}),
        ("score", ">=", {60}),
        ("staff_scores", ">", {0}),
    ]


@pytest.mark.parametrize(
    ("thresholds", "step"),
    [
        ((60,), 5), ((55, 60), 5), ((1000, 800), 100), ((500, 300), 50), ((0,), 1),
        ((F(1, 20),), F(1, 200)), ((F(1, 20), F(1, 25)), F(1, 200)), ((-40,), 5),
    ],
)  # fmt: skip
def test_edges_are_round_and_hold_the_thresholds(thresholds, step):
    edges = edges_around([F(t) for t in thresholds])

    assert {F(t) for t in thresholds} <= set(edges)
    assert {b - a for a, b in pairwise(edges)} == {step}


def test_thresholds_beside_each_other_stand_among_even_steps():
    edges = edges_around([F(1000), F(999)])

    assert {F(999), F(1000)} <= set(edges)
    assert len(edges) < 30


def _shortened(one: Spread) -> Spread:
    (kept,) = shortened([one])
    assert kept is not None
    return kept


def test_groups_that_nobody_is_in_are_left_out_at_both_ends():
    edges = tuple(F(n) for n in range(41))
    counts = [0] * 40
    counts[18], counts[22] = 3, 4

    kept = _shortened(Spread(edges, tuple(counts), 0, 0, 2, 1, F(20), 0, 4))

    assert (kept.edges[0], kept.edges[-1], sum(kept.counts)) == (F(18), F(23), 7)
    assert (kept.below, kept.above, kept.unknown, kept.absent) == (0, 0, 2, 1)


def test_too_many_groups_are_joined_to_the_ends():
    edges = tuple(F(n) for n in range(61))

    kept = _shortened(Spread(edges, (1,) * 60, 5, 5, 0, 0, F(30), 1, 35))

    assert len(kept.counts) == MOST
    assert kept.below + sum(kept.counts) + kept.above == 70
    assert F(30) in kept.edges
