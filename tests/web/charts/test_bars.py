# SPDX-License-Identifier: Apache-2.0
"""Bars, across and up."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ceyuan.kernel import ABSENT, UNKNOWN
from ceyuan.web.charts import EN, About, Point, bar_chart, counts, money, shares
from tests.web.charts.drawn import (
    AMOUNT,
    DISTRICTS,
    FIRMS,
    YEARS,
    YI,
    about,
    bars,
    box,
    headings,
    marks,
    narrow,
    outside,
    points,
    rows,
    said,
    texts,
    wide,
)


def across(*values, measure=FIRMS):
    return bar_chart(
        points(*values), about=about(), measure=measure, direction="across"
    )


def up(*values, measure=FIRMS):
    return bar_chart(points(*values), about=about(), measure=measure)


def test_bar_of_half_the_value_is_half_as_long():
    for svg in (wide(across(50, 100)), narrow(across(50, 100))):
        (half, _), (whole, _) = bars(svg)

        assert half == pytest.approx(whole / 2, abs=0.01)


def test_narrow_bar_of_the_greatest_value_takes_the_whole_width():
    # No label stands beside it there: 0 and 340 are the ends of the scale.
    assert [(85, 14), (340, 14)] == bars(narrow(across(25, 100)))


def test_upright_bar_of_half_the_value_is_half_as_high():
    # The axis goes to 100 in a field 220 high.
    assert [110, 220] == [height for _, height in bars(wide(up(50, 100)))]


def test_negative_bar_hangs_from_zero():
    # From −50 to 100 in steps of 50: 220 / 3 for each 50.
    svg = wide(up(-50, 100))
    below, above = marks(svg, "rect", "ch-fill1")

    assert float(below.get("height")) == pytest.approx(220 / 3, abs=0.02)
    assert float(above.get("height")) == pytest.approx(2 * 220 / 3, abs=0.02)
    zero = float(below.get("y"))
    assert zero == pytest.approx(float(above.get("y")) + float(above.get("height")))
    assert ["−50", "100"] == said(svg, "ch-value")


def test_negative_bar_across_lies_left_of_zero():
    for svg in (wide(across(-50, 100)), narrow(across(-50, 100))):
        below, above = marks(svg, "rect", "ch-fill1")

        end = float(below.get("x")) + float(below.get("width"))
        assert end == pytest.approx(float(above.get("x")), abs=0.02)
        assert float(below.get("width")) * 2 == pytest.approx(
            float(above.get("width")), abs=0.02
        )


def test_every_bar_carries_its_number_and_the_unit_stands_once():
    chart = up(181_545_000_000_000, 276_116_000_000_000, measure=AMOUNT)

    for svg in (wide(chart), narrow(chart)):
        assert ["18,154.50", "27,611.60"] == said(svg, "ch-value")
        assert ["单位：亿元"] == said(svg, "ch-note")


def test_gap_is_a_dash_and_a_word_and_no_bar():
    svg = wide(up(3, None, 0))

    # The axis goes to 3. Zero is a bar without height; the gap is none.
    assert [220, 0] == [height for _, height in bars(svg)]
    assert ["—", "无数据"] == said(svg, "ch-gap")
    assert ["3", "0"] == said(svg, "ch-value")


def test_gap_across_is_a_dash_and_a_word_in_one_text():
    for svg in (wide(across(3, UNKNOWN)), narrow(across(3, UNKNOWN))):
        assert 1 == len(bars(svg))
        assert ["—\xa0无数据"] == said(svg, "ch-gap")


def test_what_does_not_exist_is_not_applicable():
    chart = across(3, ABSENT)

    assert ["—\xa0不适用"] == said(wide(chart), "ch-gap")
    assert [["2020", "3"], ["2021", "不适用 —"]] == rows(chart)


def test_gaps_only_are_told_and_nothing_is_drawn():
    for chart in (up(None, None), across(None, None)):
        for svg in (wide(chart), narrow(chart)):
            assert [] == bars(svg)
            assert "无数据" in "".join(texts(svg))


def test_estimate_is_hollow_and_marked_beside_its_number():
    chart = bar_chart(YEARS, about=about(), measure=AMOUNT)

    for svg in (wide(chart), narrow(chart)):
        assert 1 == len(marks(svg, "rect", "ch-estimate"))
        assert 5 == len(bars(svg))
    assert ["单位：亿元", "预计"] == said(wide(chart), "ch-note")
    assert "预计\xa07,100.00" in said(narrow(chart), "ch-value")


def test_zero_only_is_a_flat_chart_of_zeros():
    for svg in (wide(up(0, 0)), narrow(up(0, 0)), wide(across(0, 0))):
        assert [0, 0] == [min(size) for size in bars(svg)]
        assert ["0", "0"] == said(svg, "ch-value")
    assert box(wide(up(0, 0)))[1] < 150


def test_one_point_is_a_chart():
    for chart in (up(7), across(7)):
        assert 1 == len(bars(wide(chart)))
        assert [] == outside(wide(chart))


def test_table_holds_all_points_with_remarks_and_links():
    chart = bar_chart(YEARS, about=about(), measure=money("成交额", "亿元"))

    assert ["年份", "成交额（亿元）", "说明"] == headings(chart)
    assert [
        ["2021", "2,761.16", ""],
        ["2022", "4,003.51", ""],
        ["2023", "无数据 —", "口径调整"],
        ["2024", "5,201.93", ""],
        ["2025", "6,496.79", ""],
        ["2026", "预计 7,100.00", ""],
    ] == rows(chart)
    assert '<th scope="row"><a href="/figures/t01/2021">2021</a></th>' in chart


@pytest.mark.parametrize("direction", ["up", "across"])
def test_two_hundred_points_are_a_skyline_with_the_notable_numbers(direction):
    values: list[int | None] = [(i * 37) % 101 for i in range(200)]
    values[60] = None
    values[150] = 999
    chart = bar_chart(
        [Point(f"第 {i} 日", value) for i, value in enumerate(values)],
        about=about(),
        measure=counts("受理", "件"),
        direction=direction,
    )

    # 199 × 37 = 7363 = 72 × 101 + 91: the last one.
    for svg in (wide(chart), narrow(chart)):
        assert 199 == len(bars(svg))
        assert ["999", "91"] == sorted(said(svg, "ch-value"), reverse=True)
        assert ["—", "—"] == said(svg, "ch-gap")
        assert ["无数据"] == said(svg, "ch-key")
        assert [] == outside(svg)
    assert 200 == len(rows(chart))
    assert ["第 60 日", "无数据 —"] == rows(chart)[60]


def test_forty_bars_are_still_rows_with_all_numbers():
    chart = across(*range(1, 41))

    assert [str(n) for n in range(1, 41)] == said(wide(chart), "ch-value")


def test_huge_amounts_are_drawn_true_and_inside():
    # 10**15 fen are 1,000 亿元; twice as much is twice as long.
    chart = across(10**15, 2 * 10**15, measure=AMOUNT)

    (one, _), (two, _) = bars(wide(chart))
    assert two == pytest.approx(2 * one, abs=0.01)
    assert ["100,000.00", "200,000.00"] == said(wide(chart), "ch-value")
    for unit in ("元", "亿元"):
        far = across(10**18, -(10**18), measure=money("额", unit))
        assert [] == outside(wide(far))
        assert [] == outside(narrow(far))


def test_long_label_is_broken_and_cut_with_all_of_it_beside():
    name = "中国（上海）自由贸易试验区临港新片区管理委员会下设技术合同认定登记处窗口"
    chart = bar_chart(
        [Point(name, 3), Point("浦东", 2)],
        about=about(),
        measure=FIRMS,
        direction="across",
    )

    for svg in (wide(chart), narrow(chart)):
        assert [] == outside(svg)
    titles = [t.text for t in wide(chart).iter() if str(t.tag).endswith("title")]
    assert name in titles
    assert name == rows(chart)[0][0]


def test_english_chart_says_its_fixed_words_in_english():
    told = About(id="c", title="Firms", finding="Two.", over="Year", words=EN)

    chart = bar_chart(
        [Point("2024", None), Point("2025", 2, is_estimate=True)],
        about=told,
        measure=counts("Firms", "firms"),
        direction="across",
    )

    assert "无数据" not in chart
    assert ["Unit: firms"] == said(wide(chart), "ch-note")
    assert [["2024", "no data —"], ["2025", "estimate 2"]] == rows(chart)
    assert ' lang="en"' in chart


def test_ticks_are_round_and_begin_at_zero():
    chart = bar_chart(DISTRICTS, about=about(), measure=AMOUNT, direction="across")

    assert ["0", "500", "1,000", "1,500", "2,000"] == said(wide(chart), "ch-tick")
    # Steps of 5 would be seven, more than four; steps of 10 are four.
    assert ["0", "10", "20", "30", "40"] == said(wide(up(31, 22)), "ch-tick")


def test_percent_carry_their_sign_and_need_no_unit_line():
    chart = across(Fraction(1, 20), Fraction(1, 8), measure=shares("占比"))

    assert ["5.0%", "12.5%"] == said(wide(chart), "ch-value")
    assert [] == said(wide(chart), "ch-note")


def test_number_of_a_bar_is_never_cut():
    chart = across(123_456_789 * YI, measure=AMOUNT)

    assert ["123,456,789.00"] == said(wide(chart), "ch-value")
    assert ["123,456,789.00"] == said(narrow(chart), "ch-value")


def test_number_too_long_for_the_sheet_is_left_to_the_table():
    chart = across(10**90, -(10**90))

    assert [] == said(wide(chart), "ch-value")
    assert 2 == len(bars(wide(chart)))
    assert f"{10**90:,}" == rows(chart)[0][1]


def test_skyline_of_gaps_is_told_by_one_dash():
    svg = wide(up(*[None] * 60))

    assert [] == bars(svg)
    assert ["—", "—"] == said(svg, "ch-gap")


def test_estimates_of_a_skyline_are_told_in_the_key():
    guessed = [Point(str(i), i, is_estimate=i > 50) for i in range(60)]
    svg = wide(bar_chart(guessed, about=about(), measure=FIRMS))

    assert ["预计"] == said(svg, "ch-key")
    # Nine bars, 51 to 59, and the mark in the key.
    assert 10 == len(marks(svg, "rect", "ch-estimate"))


def test_value_that_leads_somewhere_is_marked_on_the_phone_too():
    chart = bar_chart(YEARS, about=about(), measure=AMOUNT)

    assert ["2,761.16", "4,003.51", "5,201.93", "6,496.79"] == (
        said(narrow(chart), "ch-trace")
    )
