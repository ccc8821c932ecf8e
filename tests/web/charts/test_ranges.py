# SPDX-License-Identifier: Apache-2.0
"""Intervals."""

from __future__ import annotations

import pytest

from ceyuan.kernel import UsageError
from ceyuan.web.charts import Interval, range_chart
from tests.web.charts.drawn import (
    FIRMS,
    SPREAD,
    about,
    headings,
    marks,
    narrow,
    outside,
    rows,
    said,
    wide,
)


def ranged(*intervals, **options):
    return range_chart(intervals, about=about(), measure=FIRMS, **options)


def test_dot_stands_where_its_value_is_between_the_ends():
    svg = narrow(ranged(Interval("甲", 100, 125, 200)))

    # Ends at 8 and 332: 324 pixels for 100 firms, a quarter of them is 81.
    (bar,) = marks(svg, "rect", "ch-range")
    (dot,) = marks(svg, "circle", "ch-mark")
    assert ("8", "324") == (bar.get("x"), bar.get("width"))
    assert "89" == dot.get("cx")
    assert ["8", "332"] == [one.get("x1") for one in marks(svg, "line", "ch-stop")]


def test_three_numbers_are_told():
    chart = ranged(Interval("甲", 100, 125, 200))

    for svg in (wide(chart), narrow(chart)):
        assert ["125"] == said(svg, "ch-value")
        assert ["100\xa0至\xa0200"] == said(svg, "ch-key")
    assert ["单位：家", "取值", "可能区间"] == said(wide(chart), "ch-note")
    assert ["年份", "下限", "取值", "上限"] == headings(chart)
    assert [["甲", "100", "125", "200"]] == rows(chart)


def test_end_that_is_unknown_has_no_stop():
    svg = wide(ranged(Interval("甲", 100, 125, None), Interval("乙", 90, 110, 300)))

    assert 3 == len(marks(svg, "line", "ch-stop"))
    assert ["100\xa0至\xa0—", "90\xa0至\xa0300"] == said(svg, "ch-key")


def test_value_without_known_ends_is_a_dot_alone():
    svg = wide(ranged(Interval("甲", None, 125, None)))

    assert 1 == len(marks(svg, "circle", "ch-mark"))
    assert [] == marks(svg, "line", "ch-stop")
    assert ["—\xa0无数据"] == said(svg, "ch-key")


def test_nothing_known_is_a_gap():
    chart = ranged(Interval("甲", None, None, None))

    for svg in (wide(chart), narrow(chart)):
        assert [] == marks(svg, "circle", "ch-mark")
        assert ["—\xa0无数据"] == said(svg, "ch-gap")
        assert [] == outside(svg)
    assert [["甲", "无数据 —", "无数据 —", "无数据 —"]] == rows(chart)


def test_estimate_is_a_hollow_dot_and_marked():
    chart = range_chart(SPREAD, about=about(), measure=FIRMS)

    assert 1 == len(marks(wide(chart), "circle", "ch-hollow"))
    assert "预计\xa0402,000,000" in said(wide(chart), "ch-value")


def test_remark_is_a_column_of_its_own():
    chart = ranged(Interval("甲", 1, 2, 3, note="按季"))

    assert "说明" == headings(chart)[-1]
    assert [["甲", "1", "2", "3", "按季"]] == rows(chart)


@pytest.mark.parametrize("ends", [(3, 2, 4), (1, 5, 4), (4, None, 3)])
def test_interval_that_does_not_rise_is_refused(ends):
    with pytest.raises(UsageError, match="must rise"):
        Interval("甲", *ends)


@pytest.mark.parametrize("ends", [(0, 0, 0), (5, 5, 5), (-9, -3, -1), (-5, 0, 10**15)])
def test_any_interval_is_drawn_inside(ends):
    for with_zero in (True, False):
        chart = ranged(Interval("甲", *ends), with_zero=with_zero)

        assert [] == outside(wide(chart))
        assert [] == outside(narrow(chart))
