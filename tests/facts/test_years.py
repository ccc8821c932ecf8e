# SPDX-License-Identifier: Apache-2.0
"""Years in headings and titles."""

import pytest

from ceyuan.facts.years import YearContext, take_year, title_year


@pytest.mark.parametrize(
    ("text", "rest", "marks"),
    [
        ("2024年营业收入", "营业收入", [("year", 2024)]),
        ("营业收入_2024", "营业收入_", [("year", 2024)]),
        ("25年度营业收入", "营业收入", [("year", 2025)]),
        ("fy2025 revenue", "revenue", [("year", 2025)]),
        ("截至2025年12月31日资产", "资产", [("year", 2025)]),
        ("2025年末资产", "资产", [("year", 2025)]),
        ("2025年1-12月收入", "收入", [("year", 2025)]),
        ("2026年1-9月收入", "收入", [("part", 2026)]),
        ("1-9月收入", "收入", [("part", 0)]),
        ("2025年上半年收入", "收入", [("part", 2025)]),
        ("2025q3收入", "收入", [("part", 2025)]),
        ("前三季度收入", "收入", [("part", 0)]),
        ("2026年9月30日资产", "资产", [("part", 2026)]),
        ("2023-2025年研发费用", "研发费用", [("span", 2025)]),
        ("上年度收入", "收入", [("relative", 0)]),
        ("去年收入", "收入", [("relative", 0)]),
        ("近三年研发费用", "近三年研发费用", []),
        ("最近3年研发费用", "近三年研发费用", []),
        ("5年以上员工", "5年以上员工", []),
    ],
)
def test_year_is_cut_out_of_a_heading(text, rest, marks):
    got, found = take_year(text)

    assert (rest, marks) == (got, [(m.kind, m.year) for m in found])


@pytest.mark.parametrize(
    ("titles", "year"),
    [
        (["2024年度企业情况表"], 2024),
        (["园区企业一览", "2025年"], 2025),
        (["填报日期：2026年3月1日"], None),
        (["沪科〔2024〕12号附件"], None),
        (["园区企业一览"], None),
    ],
)
def test_title_states_a_year(titles, year):
    mark = title_year(titles)

    assert year == (mark.year if mark else None)


def _choose(context, text):
    choice = context.choose(take_year(text)[1])
    return choice.year, choice.options


def test_relative_year_without_a_title_is_told_from_the_day_of_the_check():
    context = YearContext(2025)

    assert (2025, ()) == _choose(context, "去年收入")
    assert (2024, ()) == _choose(context, "前年收入")
    assert (2025, ()) == _choose(context, "本年收入")
    assert (2025, ()) == _choose(context, "最近一年收入")
    assert (2025, ()) == _choose(context, "收入")


def test_last_year_beside_a_titled_year_is_a_question():
    context = YearContext(2025, 2025, "标题")

    assert (None, ("2024", "2025")) == _choose(context, "上年收入")


def test_last_year_beside_the_users_own_year_is_plain():
    context = YearContext(2025, 2025, "列映射", by_user=True)

    assert (2024, ()) == _choose(context, "上年收入")


def test_this_and_last_year_side_by_side_without_a_year_are_questions():
    context = YearContext(2025, both=True)

    assert (None, ("2024", "2025")) == _choose(context, "上年收入")
    assert (None, ("2025", "2026")) == _choose(context, "本年收入")


def test_year_that_has_not_ended_is_not_used():
    context = YearContext(2025)

    assert (None, ()) == _choose(context, "2026年收入")
    assert (None, ("2025", "2026")) == _choose(
        YearContext(2025, 2026, "标题写2026年"), "收入"
    )


def test_year_of_a_sheet_that_names_none_is_said():
    assert "2025" in YearContext(2025).year_reason
    assert "没有写年份" in YearContext(2025).year_reason
