# SPDX-License-Identifier: Apache-2.0
"""How values are written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.kernel import ABSENT, UNKNOWN, show_money
from ceyuan.web.charts import EN, ZH, counts, decimals, money, shares
from ceyuan.web.charts.measures import value_words

NUMBERS = st.integers(-(10**17), 10**17)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (649_679_000_000_000, "64,967.90"),
        (10_000_000_000, "1.00"),
        # 0.005 of a unit is rounded up, 0.004999… down; never −0.00.
        (50_000_000, "0.01"),
        (49_999_999, "0.00"),
        (-49_999_999, "0.00"),
        (-50_000_000, "−0.01"),
    ],
)
def test_money_is_written_in_one_unit_with_two_decimals(value, expected):
    assert expected == money("额", "亿元").show(value)


@given(NUMBERS, st.sampled_from(["元", "万元", "亿元"]))
def test_money_is_written_as_everywhere_else(fen, unit):
    assert show_money(fen, unit=unit, with_unit=False) == money("额", unit).show(fen)


@given(NUMBERS)
def test_decimals_round_as_money_does(fen):
    assert money("额", "万元").show(fen) == decimals(
        "额", "万元", scale=10**6, places=2
    ).show(fen)


def test_chinese_money_is_converted_to_english_not_transliterated():
    # 6,496.79 亿元 is CNY 649.68 billion.
    billions = decimals("Value", "CNY billion", scale=10**11, places=2)

    assert "649.68\xa0CNY\xa0billion" == billions.told(6496_79 * 10**8)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(1, 20), "5.0%"),
        (Fraction(-1, 3), "−33.3%"),
        (1, "100.0%"),
        (0, "0.0%"),
    ],
)
def test_share_is_written_in_percent_that_stay_with_their_number(value, expected):
    assert expected == shares("占比").told(value)
    assert expected == shares("占比").short(value)


def test_count_keeps_its_unit_by_a_space_that_does_not_break():
    assert "1,234\xa0家" == counts("企业", "家").told(1234)
    assert "1,234" == counts("企业", "家").short(1234)


@pytest.mark.parametrize(
    ("measure", "value", "expected"),
    [
        (money("额", "亿元"), 2000 * 10**10, "2,000"),
        (money("额", "亿元"), 15 * 10**9, "1.5"),
        (shares("占比"), Fraction(1, 20), "5%"),
        (shares("占比"), Fraction(1, 8), "12.5%"),
        (counts("企业", "家"), 100, "100"),
    ],
)
def test_tick_has_no_empty_decimals(measure, value, expected):
    assert expected == measure.tick(value)


@pytest.mark.parametrize(
    ("words", "value", "expected"),
    [
        (ZH, None, "—\xa0无数据"),
        (ZH, UNKNOWN, "—\xa0无数据"),
        (ZH, ABSENT, "—\xa0不适用"),
        (EN, None, "—\xa0no data"),
        (EN, ABSENT, "—\xa0not applicable"),
        (ZH, 0, "0\xa0家"),
    ],
)
def test_gap_is_a_dash_with_a_word_and_zero_is_zero(words, value, expected):
    assert expected == value_words(value, counts("企业", "家"), words)


def test_heading_names_value_and_unit():
    assert "企业（家）" == counts("企业", "家").heading(ZH)
    assert "Firms (firms)" == counts("Firms", "firms").heading(EN)
    assert "指数" == counts("指数", "").heading(ZH)
