# SPDX-License-Identifier: Apache-2.0
"""Places and round numbers."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.web.charts import counts, decimals, money, shares
from ceyuan.web.charts.scales import Scale, axis, extent, spread
from ceyuan.web.charts.svg import num

EXACT = st.one_of(
    st.integers(-(10**18), 10**18),
    st.fractions(-(10**6), 10**6, max_denominator=10**6),
)
FIRMS = counts("企业", "家")


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 968, 5, (0, 200, 400, 600, 800, 1000)),
        (0, 1000, 5, (0, 200, 400, 600, 800, 1000)),
        (0, 1001, 5, (0, 500, 1000, 1500)),
        (0, 3, 5, (0, 1, 2, 3)),
        (-7, 8, 4, (-10, -5, 0, 5, 10)),
        (-3, 0, 4, (-3, -2, -1, 0)),
        (911, 952, 5, (910, 920, 930, 940, 950, 960)),
        (0, 10**15, 4, (0, 5 * 10**14, 10**15)),
    ],
)
def test_axis_counts_in_ones_twos_and_fives(low, high, most, expected):
    assert expected == axis(low, high, FIRMS, most=most).ticks


def test_axis_of_shares_counts_in_whole_percent():
    found = axis(0, Fraction(12, 100), shares("占比"), most=6).ticks

    assert [Fraction(n, 50) for n in range(7)] == list(found)


def test_ticks_that_would_read_the_same_are_put_further_apart():
    # Steps of 20 firms would read 0.0, 0.0, 0.0, 0.1 in thousands; 100 is the first
    # step whose numbers all differ.
    thousands = decimals("企业", "千家", scale=1000, places=1)

    assert (0, 100) == axis(0, 90, thousands, most=5).ticks


def test_axis_too_fine_for_its_unit_keeps_one_tick():
    # 3 fen in 亿元 are 0.00, whatever the step.
    found = axis(0, 3, money("额", "亿元"), most=5)

    assert (0,) == found.ticks
    assert 3 <= found.high


@given(EXACT, EXACT, st.integers(2, 8))
def test_axis_holds_all_values_and_its_numbers_differ(one, other, most):
    low, high = extent([one, other], with_zero=True)

    found = axis(low, high, FIRMS, most=most)

    assert found.low <= low < high <= found.high
    told = [FIRMS.tick(tick) for tick in found.ticks]
    assert len(told) == len(set(told))
    assert len(found.ticks) <= most + 1
    assert all(a < b for a, b in pairwise(found.ticks))


@pytest.mark.parametrize(
    ("values", "with_zero", "expected"),
    [
        ([3, 7], True, (0, 7)),
        ([3, 7], False, (3, 7)),
        ([-3, 7], True, (-3, 7)),
        ([-3], True, (-3, 0)),
        ([0, 0], True, (0, 1)),
        ([5], False, (5, 6)),
        ([], False, (0, 1)),
    ],
)
def test_extent_is_never_empty(values, with_zero, expected):
    assert expected == extent(values, with_zero=with_zero)


def test_scale_is_exact_for_amounts_no_float_can_hold():
    # 10**17 + 1 fen are a hundredth of a pixel from nothing else; the middle is 360.
    scale = Scale(0, 2 * (10**17 + 1), 0, 720)

    assert 360 == scale.at(10**17 + 1)
    assert 720 == scale.at(2 * (10**17 + 1))


@given(EXACT, EXACT, st.fractions(0, 1))
def test_scale_stays_between_its_ends(one, other, share):
    low, high = extent([one, other], with_zero=False)

    place = Scale(low, high, 300, 20).at(low + (high - low) * share)

    assert 20 <= place <= 300


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (-0.0, "0"),
        (-0.004, "0"),
        (12.5, "12.5"),
        (1 / 3, "0.33"),
        (720, "720"),
    ],
)
def test_place_is_written_with_two_decimals_at_most(value, expected):
    assert expected == num(value)


@given(
    st.lists(st.tuples(st.floats(0, 240), st.integers(10, 60)), min_size=1, max_size=4)
)
def test_spread_blocks_do_not_overlap_and_stay_inside(blocks):
    middles = [middle for middle, _ in blocks]
    sizes = [size for _, size in blocks]

    tops = spread(middles, sizes, low=0, high=240)

    order = sorted(range(len(blocks)), key=lambda i: tops[i])
    for a, b in pairwise(order):
        assert tops[a] + sizes[a] <= tops[b] + 0.02
    assert min(tops) >= -0.01
    assert all(top + size <= 240.01 for top, size in zip(tops, sizes, strict=True))


def test_spread_leaves_blocks_alone_that_do_not_touch():
    assert [5, 95] == spread([10, 100], [10, 10], low=0, high=240)
