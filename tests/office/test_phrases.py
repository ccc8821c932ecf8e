# SPDX-License-Identifier: Apache-2.0
"""Expressions and figures in words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ceyuan.declarations import load_region
from ceyuan.kernel import unit
from ceyuan.language import parse
from ceyuan.office.phrases import Words, english, show_apart, show_figure

REGION = load_region()
DIRECT = REGION.facts["tech_sme_direct"]
ZH = Words(REGION, REGION.rules["tech_sme_2017"])
EN = Words(REGION, REGION.rules["tech_sme_2017"], "en")


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("employees", "职工总数", "Employees"),
        (
            "rd_expense / revenue",
            "研发费用 ÷ 营业收入",
            "R&D expense ÷ Operating revenue",
        ),
        (
            "greatest(rd_of_sales, rd_of_cost)",
            "较大者（研发占销售收入得分、研发占成本费用得分）",
            "greatest of (Points for R&D of sales, Points for R&D of cost)",
        ),
        (
            "tech_sme_direct <> 'none'",
            "直接确认的情形 ≠ “无”",
            f"{DIRECT.en} ≠ “{DIRECT.codes['none'].en}”",
        ),
        (
            "prev(revenue, 1) + revenue",
            "营业收入（前1年） ＋ 营业收入",
            "Operating revenue (1 years before) + Operating revenue",
        ),
    ],
)
def test_phrase_says_an_expression_in_words(text, zh, en):
    node = parse(text)

    assert (ZH.phrase(node), EN.phrase(node)) == (zh, en)


@pytest.mark.parametrize(
    ("one", "other", "name", "label", "expected"),
    [
        # 50,000,001 元 against a line of 5,000 万元 must not read 5,000.00 twice.
        (
            5_000_000_100,
            5_000_000_000,
            "元",
            "元",
            ("50,000,001.00 元", "50,000,000.00 元"),
        ),
        (2_500, 2_000, "元", "元", ("25.00 元", "20.00 元")),
        # 4.9996 % against 5 %.
        (Fraction(49996, 10**6), Fraction(5, 100), "%", "%", ("4.9996%", "5.0000%")),
        (Fraction(1, 20), Fraction(1, 20), "%", "%", ("5.00%", "5.00%")),
        # 59.99999 分 would round to 60 with four decimals.
        (Fraction(5999999, 10**5), 60, "分", "分", ("59.99999 分", "60.00000 分")),
    ],
)
def test_show_apart_figures_that_differ_read_differently(
    one, other, name, label, expected
):
    assert show_apart(one, other, unit(name).base, ZH, label) == expected


@pytest.mark.parametrize(
    ("value", "name", "label", "expected"),
    [
        (128_460_000_00, "元", "元", "CNY 128.46 million"),
        (1_234_56, "元", "元", "CNY 1,234.56"),
        (10**9 * 100, "元", "元", "CNY 1.00 billion"),
        (250_000_000, "美元", "美元", "USD 2.50 million"),
        (478, "人", "人", "478 persons"),
        (3, "件", "项", "3 items"),
        (Fraction(1, 20), "%", "%", "5.00%"),
        (1, "1", "1", "1"),
    ],
)
def test_english_converts_units_and_does_not_transliterate(
    value, name, label, expected
):
    assert english(value, unit(name).base, label) == expected


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Fraction(5, 1000), 2, "0.01"),
        (Fraction(-5, 1000), 2, "−0.01"),
        (Fraction(-4, 1000), 2, "0.00"),
        (Fraction(1234567), 0, "1,234,567"),
    ],
)
def test_show_figure_rounds_half_away_from_zero_and_never_prints_minus_zero(
    value, places, expected
):
    assert show_figure(value, places) == expected
