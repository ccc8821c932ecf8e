# SPDX-License-Identifier: Apache-2.0
"""Shares, holdings, layers: what comes out sums to what went in, to the fen."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.ledger.mechanisms import by_holdings, rounded, split, waterfall
from ceyuan.ledger.refusals import Refused

THIRD = Fraction(1, 3)


@pytest.mark.parametrize(
    ("value", "down", "half_up", "up"),
    [
        (Fraction(5, 2), 2, 3, 3),
        (Fraction(49, 20), 2, 2, 3),
        (Fraction(2), 2, 2, 2),
        (Fraction(-5, 2), -3, -2, -2),
    ],
)
def test_rounded_goes_down_up_or_to_the_nearest(value, down, half_up, up):
    assert (down, half_up, up) == tuple(
        rounded(value, mode) for mode in ("down", "half_up", "up")
    )


def test_split_that_does_not_divide_gives_the_fen_to_the_named_one():
    shares = {"bank": THIRD, "fund": THIRD, "city": THIRD}

    # 100 / 3 = 33.33…: three times 33, and one is left.
    assert {"bank": 33, "fund": 34, "city": 33} == split(100, shares, "fund")


def test_split_with_a_share_of_nothing_gives_nothing():
    shares = {"bank": Fraction(1), "fund": Fraction(0)}

    assert {"bank": 7, "fund": 0} == split(7, shares, "bank")


@pytest.mark.parametrize(
    "shares",
    [
        {"a": Fraction(9, 10)},
        {"a": Fraction(9, 10), "b": Fraction(2, 10)},
        {"a": Fraction(11, 10), "b": Fraction(-1, 10)},
        {"b": Fraction(1)},
        {},
    ],
)
def test_split_whose_shares_are_not_the_whole_is_refused(shares):
    with pytest.raises(Refused) as refused:
        split(100, shares, "a")

    assert "L121" == refused.value.code


def test_by_holdings_gives_the_rest_to_the_largest_remainders():
    # 100 by 1/7, 2/7, 4/7: 14.29, 28.57, 57.14; one is left, and b lost most.
    assert {"a": 14, "b": 29, "c": 57} == by_holdings(100, {"a": 1, "b": 2, "c": 4})


def test_by_holdings_among_equals_gives_the_rest_by_name():
    assert {"a": 34, "b": 34, "c": 34, "d": 33} == by_holdings(
        135, dict.fromkeys("dcba", 5)
    )


def test_by_holdings_leaves_out_who_has_nothing():
    assert {"a": 5} == by_holdings(5, {"a": 3, "b": 0})


@pytest.mark.parametrize("holdings", [{}, {"a": 0}, {"a": 3, "b": -1}])
def test_by_holdings_where_nobody_holds_is_refused(holdings):
    with pytest.raises(Refused) as refused:
        by_holdings(5, holdings)

    assert "L121" == refused.value.code


def test_waterfall_fills_each_layer_up_to_its_cap():
    layers = [("first", 100), ("second", 0), ("third", 30), ("last", None)]

    assert {"first": 100, "second": 0, "third": 30, "last": 20} == waterfall(
        150, layers
    )


def test_waterfall_exactly_to_the_caps_leaves_nothing():
    assert {"first": 100, "second": 30} == waterfall(
        130, [("first", 100), ("second", 30)]
    )


def test_waterfall_with_a_rest_is_refused_and_says_how_much():
    with pytest.raises(Refused) as refused:
        waterfall(131, [("first", 100), ("second", 30)])

    assert ("L122", {"amount": 131, "left": 1}) == (
        refused.value.code,
        refused.value.said,
    )


@given(
    st.integers(0, 10**15),
    st.dictionaries(st.text("abcde", min_size=1), st.integers(0, 10**12), min_size=1),
)
def test_whatever_is_held_the_parts_sum_to_the_amount(amount, holdings):
    total = sum(holdings.values())
    if not total:
        return
    parts = by_holdings(amount, holdings)
    shares = {name: Fraction(has, total) for name, has in holdings.items()}
    first = next(iter(shares))

    assert amount == sum(parts.values())
    assert amount == sum(split(amount, shares, first).values())
    assert all(abs(part - amount * shares[name]) < 1 for name, part in parts.items())
