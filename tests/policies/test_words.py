# SPDX-License-Identifier: Apache-2.0
"""Quantities, outcomes and names in words: rounded for display, never more."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from ceyuan.kernel import UNKNOWN, unit
from ceyuan.language import Gone, Quotient, Range, Root
from ceyuan.policies import (
    OUTCOME_WORDS,
    Outcome,
    fact_name,
    parameter_name,
    show_known,
    show_number,
    show_value,
)
from ceyuan.policies.words import answer_word, as_range, plain
from tests.regions.cases import REGION


@pytest.mark.parametrize(
    ("value", "of", "label", "expected"),
    [
        (Fraction(1, 20), "%", "", "5.00%"),
        # One and a half, as a share; 1.5 as a multiple; 1 as a plain 1.
        (Fraction(3, 2), "%", "%", "150.00%"),
        (Fraction(3, 2), "1", "倍", "1.5 倍"),
        (Fraction(1), "%", "1", "1"),
        (Fraction(1), "%", "", "100.00%"),
        (Fraction(12), "%", "", "12"),
        (Fraction(12), "%", "%", "1,200.00%"),
        # Half a hundredth of a percent goes up; so does its negative, away from 0.
        (Fraction(5, 100_000), "%", "", "0.01%"),
        (Fraction(-5, 100_000), "%", "", "−0.01%"),
        (Fraction(-4, 100_000), "%", "", "0.00%"),
        (12_846_000_00, "元", "", "1,284.60 万元"),
        (Fraction(12), "件", "项", "12 项"),
        (Fraction(12), "件", "", "12 件"),
        (Fraction(3_000_000_00), "美元", "", "300.00 万美元"),
        (Fraction(99_99), "美元", "", "99.99 美元"),
        (Fraction(250_000_000_00), "美元", "", "2.50 亿美元"),
        (Fraction(7, 3), "人", "", "2.3333 人"),
        (Fraction(-7), "人", "", "−7 人"),
    ],
)
def test_number_is_shown_in_its_unit(value, of, label, expected):
    assert (
        show_number(value, unit(of).base if label == "" else unit(of), label=label)
        == expected
    )


def test_money_over_people_is_shown_per_head():
    per = unit("元").base / unit("人").base

    assert show_number(Fraction(1_234_500), per) == "1.23 万元/人"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(1234567), "1,234,567"),
        (Fraction(1, 3), "0.3333"),
        (Fraction(1, 2), "0.5"),
        (Fraction(-1, 2), "−0.5"),
        (Fraction(1, 100_000), "0"),
    ],
)
def test_plain_number_has_no_needless_zeros(value, expected):
    assert plain(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Range(20, 20), "20 分"),
        (Range(0, 24), "0 分 至 24 分"),
        (Range(4, None), "≥ 4 分"),
        (Range(0, None), "未知"),
        (Range(None, 24), "≤ 24 分"),
        (Range(None, None), "未知"),
        (Range(None, None, Gone.YES), "不存在"),
        (Quotient(Range(3, 3), Range(2, 2)), "1.5 分"),
        (Quotient(Range(3, 3), Range(0, 0)), "不存在"),
        (Quotient(Range(3, 3), Range(None, None)), "未知"),
    ],
)
def test_value_is_shown_as_what_is_known_of_it(value, expected):
    assert show_value(value, unit("分")) == expected


@pytest.mark.parametrize(
    ("top", "bottom", "power", "expected"),
    [
        # 1.44 is 1.2 squared; the root of 2 is 1.4142…
        (144, 100, 2, "20.00%"),
        (2, 1, 2, "41.42%"),
        (1, 2, 2, "−29.29%"),
        (0, 5, 2, "−100.00%"),
        (5, 0, 2, "不存在"),
        (-5, 4, 2, "不存在"),
    ],
)
def test_compound_growth_is_rooted_for_display_only(top, bottom, power, expected):
    root = Root(Quotient(Range(top, top), Range(bottom, bottom)), power)

    assert show_value(root, unit("%")) == expected


def test_compound_growth_of_what_is_not_known_is_unknown():
    root = Root(Quotient(Range(0, None), Range(4, 4)), 2)

    assert show_value(root, unit("%")) == "未知"
    assert as_range(root) == Range(None, None)


@pytest.mark.parametrize(
    ("value", "fact", "zh", "en"),
    [
        (True, "hnte_valid", "是", "yes"),
        (False, "hnte_valid", "否", "no"),
        (date(2025, 3, 1), "reg_date", "2025-03-01", "2025-03-01"),
        (Fraction(60_0000_00), "rd_expense", "60.00 万元", "60.00 万元"),
        (Fraction(3), "invention_patents", "3 件", "3 件"),
        ("never heard of", "tech_sme_direct", "never heard of", "never heard of"),
        (frozenset(), None, "无", "none"),
        (frozenset({"b", "a"}), None, "a、b", "a, b"),
        (Fraction(3, 2), None, "150.00%", "150.00%"),
    ],
)
def test_known_fact_is_shown_as_people_write_it(value, fact, zh, en):
    known = None if fact is None else REGION.facts[fact]

    assert show_known(value, known) == zh
    assert show_known(value, known, locale="en") == en


def test_code_is_shown_by_its_name():
    fact = REGION.facts["tech_sme_direct"]

    assert show_known("none", fact) == fact.codes["none"].zh
    assert show_known("none", fact, locale="en") == fact.codes["none"].en


def test_fact_name_carries_its_year():
    facts = REGION.facts

    assert fact_name(facts, ("rd_expense", 2024)) == "研发费用（2024年）"
    assert fact_name(facts, ("rd_expense", 2024), locale="en") == "R&D expense (2024)"
    assert fact_name(facts, ("hnte_valid", None)) == facts["hnte_valid"].zh
    assert fact_name(facts, ("nothing", 2024)) == "nothing（2024年）"


def test_parameter_name_says_that_it_is_not_set():
    said = REGION.rules["tech_sme_2017"].said.parameters["score_min"]
    name = "tech_sme_2017.score_min"

    assert parameter_name(REGION.rules, name) == f"{said.zh}（待设定）"
    assert parameter_name(REGION.rules, name, locale="en") == f"{said.en} (not set)"
    assert parameter_name(REGION.rules, "tech_sme_2017.none") == "tech_sme_2017.none"
    assert parameter_name(REGION.rules, "none.none") == "none.none"


def test_words_of_outcomes_and_answers_are_all_different():
    assert set(OUTCOME_WORDS) == {*Outcome, None}
    for column in range(3):
        assert len({words[column] for words in OUTCOME_WORDS.values()}) == 6
    answers = [answer_word(a) for a in (True, False, UNKNOWN, None)]
    assert [mark for mark, _, _ in answers] == ["✓", "✗", "?", "–"]
