# SPDX-License-Identifier: Apache-2.0
"""Stacked bars."""

from __future__ import annotations

import pytest

from ceyuan.web.charts import stacked_chart
from tests.web.charts.drawn import (
    FIRMS,
    PAID,
    PARTS,
    about,
    headings,
    marks,
    narrow,
    outside,
    rows,
    said,
    series,
    wide,
)


def stack(*parts):
    named = [
        series(name, *values) for name, values in zip("甲乙丙丁", parts, strict=False)
    ]
    return stacked_chart(named, about=about(), measure=FIRMS)


def span(one):
    start = float(one.get("x"))
    return start, start + float(one.get("width"))


def test_parts_follow_each_other_and_are_as_long_as_their_value():
    svg = narrow(stack([25], [75]))

    # 340 pixels are 100 firms.
    (first,), (second,) = (marks(svg, "rect", f"ch-part{i}")[-1:] for i in (1, 2))
    assert (0, 85) == span(first)
    assert (85, 340) == span(second)


def test_parts_below_zero_are_stacked_to_the_left():
    svg = narrow(stack([60], [-40], [40]))

    # From −40 to 100: 340 / 140 for each firm; zero at 97.14.
    (_, one), (_, two), (_, three) = (
        marks(svg, "rect", f"ch-part{i}") for i in (1, 2, 3)
    )
    assert span(two) == pytest.approx((0, 97.14), abs=0.02)
    assert span(one) == pytest.approx((97.14, 242.86), abs=0.02)
    assert span(three) == pytest.approx((242.86, 340), abs=0.02)
    assert ["60"] == said(svg, "ch-value")[-1:]


def test_total_stands_at_the_end_and_in_the_table():
    chart = stack([25, 10], [75, 20])

    # In each bar the first part is white on blue, the second dark on its pattern.
    assert ["25", "10"] == said(wide(chart), "ch-inside")
    assert ["75", "100", "20", "30"] == said(wide(chart), "ch-value")
    assert ["年份", "甲", "乙", "合计"] == headings(chart)
    assert [["2021", "25", "75", "100"], ["2022", "10", "20", "30"]] == rows(chart)


def test_total_with_a_missing_part_is_missing_too():
    chart = stack([25], [None])

    assert [["2021", "25", "无数据 —", "无数据 —"]] == rows(chart)
    for svg in (wide(chart), narrow(chart)):
        assert 1 == len(marks(svg, "rect", "ch-empty"))
        assert "—\xa0无数据" in said(svg, "ch-gap")
        assert [] == outside(svg)


def test_estimated_part_is_dashed_and_its_total_is_an_estimate():
    chart = stacked_chart(PARTS, about=about(), measure=PAID)

    assert [
        "2024",
        "预计 2,500.00",
        "预计 1,400.00",
        "预计 500.00",
        "预计 4,400.00",
    ] == (rows(chart)[3])
    assert 3 == len(marks(wide(chart), "rect", "ch-estimate"))
    assert "预计\xa04,400.00" in said(wide(chart), "ch-value")


def test_parts_differ_by_fill_and_the_key_names_them():
    svg = wide(stacked_chart(PARTS, about=about(), measure=PAID))

    assert ["研发费用补助", "高企奖励", "贷款贴息"] == said(svg, "ch-key")
    fills = [
        {one.get("fill") for one in marks(svg, "rect", f"ch-part{i}")}
        for i in (1, 2, 3)
    ]
    assert [{None}, {"url(#c-wide-fill2)"}, {"url(#c-wide-fill3)"}] == fills


@pytest.mark.parametrize("parts", [([0], [0]), ([7],), ([None], [None])])
def test_zero_one_and_nothing_are_charts(parts):
    chart = stack(*parts)

    assert [] == outside(wide(chart))
    assert [] == outside(narrow(chart))
