# SPDX-License-Identifier: Apache-2.0
"""Money as it is shown: the unit from the rounded figure, never −0.00."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.kernel import money_unit, show_money

WAN, YI = 10**6, 10**10


@pytest.mark.parametrize(
    ("fen", "shown"),
    [
        (0, "0.00 元"),
        (1, "0.01 元"),
        (-1, "−0.01 元"),
        (99, "0.99 元"),
        (12_345, "123.45 元"),
        (999_999, "9,999.99 元"),
        (WAN, "1.00 万元"),
        (1_234_567, "1.23 万元"),
        (-1_234_567, "−1.23 万元"),
        (1_235_000, "1.24 万元"),  # half up
        (-1_235_000, "−1.24 万元"),  # away from zero
        (999_999 * WAN // 100, "9,999.99 万元"),
        (9_999_994_999, "9,999.99 万元"),
        (9_999_995_000, "1.00 亿元"),  # rounds to 10,000.00 万元
        (9_999_999_999, "1.00 亿元"),  # 99,999,999.99 元
        (YI, "1.00 亿元"),
        (-YI, "−1.00 亿元"),
        (123_456 * YI // 100, "1,234.56 亿元"),
        (10**15, "100,000.00 亿元"),
        (Fraction(1, 3), "0.00 元"),
        (Fraction(-1, 3), "0.00 元"),  # never −0.00
        (Fraction(-1, 2), "−0.01 元"),
        (Fraction(1, 2), "0.01 元"),
    ],
)
def test_amount_is_shown_in_the_unit_of_its_rounded_figure(fen, shown):
    assert shown == show_money(fen)


@pytest.mark.parametrize(
    ("fen", "unit", "shown"),
    [
        (WAN, "元", "10,000.00"),
        (4_999, "万元", "0.00"),
        (-4_999, "万元", "0.00"),
        (5_000, "万元", "0.01"),
        (-5_000, "万元", "−0.01"),
        (YI, "万元", "10,000.00"),
    ],
)
def test_amount_in_a_column_keeps_the_column_s_unit(fen, unit, shown):
    assert shown == show_money(fen, unit=unit, with_unit=False)


@given(st.integers(-(10**15), 10**15))
def test_amount_of_any_size_is_shown_within_its_unit(fen):
    text = show_money(fen)
    figure, unit = text.split()
    hundredths = int(figure.replace(",", "").replace(".", "").replace("−", "-"))
    scale = {"元": 100, "万元": WAN, "亿元": YI}[unit]

    assert unit == money_unit(fen)
    assert unit == "亿元" or abs(hundredths) < 10**6
    assert abs(Fraction(hundredths, 100) - Fraction(fen, scale)) <= Fraction(1, 200)
    assert not (figure.startswith("−") and hundredths == 0)
