# SPDX-License-Identifier: Apache-2.0
"""Lines and sparklines."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

from ceyuan.web.charts import Point, Series, counts, line_chart, shares, sparkline
from tests.web.charts.drawn import (
    FIRMS,
    KINDS,
    SVG,
    about,
    headings,
    marks,
    narrow,
    outside,
    points,
    rows,
    said,
    series,
    texts,
    tree,
    wide,
)


def line(*values, **options):
    return line_chart(
        [Series("甲", points(*values))], about=about(), measure=FIRMS, **options
    )


def pieces(svg, number=1):
    """Return the points of each piece of a line."""
    found = marks(svg, "path", f"ch-line{number}")
    drawn = [one for one in found if "ch-mark" not in one.get("class")]
    return [
        [float(step) for step in re.findall(r"[\d.]+", one.get("d"))] for one in drawn
    ]


def test_points_lie_evenly_and_as_high_as_their_value():
    # 0, 50, 100 on an axis to 100: half way up in the middle of the three.
    ((x1, y1, x2, y2, x3, y3),) = pieces(wide(line(0, 50, 100)))

    assert x2 - x1 == x3 - x2
    assert y2 == (y1 + y3) / 2
    assert 240 == y1 - y3


def test_line_breaks_at_a_gap_and_a_dash_stands_in_it():
    svg = wide(line(1, 2, None, 4, 5))

    assert [4, 4] == [len(piece) for piece in pieces(svg)]
    assert ["—", "—"] == said(svg, "ch-gap")
    assert ["无数据"] == said(svg, "ch-key")
    assert 4 == len(marks(svg, "circle", "ch-mark"))


def test_known_point_between_gaps_is_still_a_dot():
    svg = wide(line(None, 3, None))

    assert [] == pieces(svg)
    assert 1 == len(marks(svg, "circle", "ch-mark"))


def test_estimate_is_reached_by_a_dotted_line_and_its_dot_is_hollow():
    chart = line_chart([series("甲", 1, 2, 3, guessed=2)], about=about(), measure=FIRMS)
    svg = wide(chart)

    guessed = [one for one in marks(svg, "path", "ch-guess") if one.get("d")]
    own = [one for one in guessed if "ch-line1" in one.get("class")]
    assert 1 == len(own)
    assert 1 == len(marks(svg, "circle", "ch-hollow"))
    assert "预计\xa03\xa0家" in texts(svg)
    assert ["预计"] == said(svg, "ch-key")


def test_each_series_has_its_own_dash_mark_and_label():
    chart = line_chart(KINDS, about=about(), measure=counts("合同", "项"))
    svg = wide(chart)

    assert 5 == len(marks(svg, "circle", "ch-line1"))
    assert 4 == len(marks(svg, "rect", "ch-line2"))
    assert 4 == len([p for p in marks(svg, "path", "ch-line3") if "Z" in p.get("d")])
    assert ["技术开发"] == said(svg, "ch-name1")
    assert ["技术转让与许可（含专利实施许可）"] == said(svg, "ch-name2")
    # The third is not known in the last year, so its label says of which year it is.
    assert "120\xa0项" in texts(svg)
    assert "截至 2024" in texts(svg)


def test_labels_at_the_ends_do_not_overlap_when_lines_end_together():
    four = [series(name, 5, 10) for name in "甲乙丙丁"]
    chart = line_chart(four, about=about(), measure=FIRMS)

    for svg in (wide(chart), narrow(chart)):
        tops = sorted(
            float(one.get("y"))
            for i in range(1, 5)
            for one in marks(svg, "text", f"ch-name{i}")
        )
        size = int(svg.get("font-size"))
        gaps = [b - a for a, b in pairwise(tops)]
        # A name and a value each: two lines.
        assert min(gaps) >= 2 * size
        assert [] == outside(svg)


def test_phone_leaves_the_unit_to_the_caption():
    chart = line(1, 2)

    assert "2\xa0家" in texts(wide(chart))
    assert "2\xa0家" not in texts(narrow(chart))
    assert "单位：家" in texts(narrow(chart))


def test_series_without_any_value_says_so_at_its_end():
    chart = line_chart(
        [series("甲", 1, 2), series("乙", None, None)], about=about(), measure=FIRMS
    )

    assert "—\xa0无数据" in texts(wide(chart))
    assert [] == pieces(wide(chart), 2)


def test_axis_that_does_not_begin_at_zero_says_so():
    tall = Series(
        "率", (Point("2024", Fraction(91, 100)), Point("2025", Fraction(95, 100)))
    )

    chart = line_chart([tall], about=about(), measure=shares("率"), with_zero=False)

    assert ["纵轴不从 0 起"] == said(wide(chart), "ch-note")
    assert "0%" not in said(wide(chart), "ch-tick")
    assert [] == outside(wide(chart))


def test_single_series_carries_all_numbers_where_they_fit():
    few, many = line(*range(1, 7)), line(*range(1, 100))

    assert ["甲", "1", "2", "3", "4", "5"] == sorted(
        said(wide(few), "ch-value"), key=lambda one: (one != "甲", one)
    )
    assert ["甲"] == said(wide(many), "ch-value")


def test_two_hundred_points_are_one_line_without_marks_but_the_last():
    chart = line(*[i % 50 for i in range(200)])

    for svg in (wide(chart), narrow(chart)):
        assert [400] == [len(piece) for piece in pieces(svg)]
        assert 1 == len(marks(svg, "circle", "ch-mark"))
        assert [] == outside(svg)
    assert 200 == len(rows(chart))


def test_one_point_is_a_dot():
    svg = wide(line(7))

    assert 1 == len(marks(svg, "circle", "ch-mark"))
    assert [] == outside(svg)


def test_zero_only_lies_on_the_axis():
    svg = wide(line(0, 0, 0))
    ((_, y1, _, y2, _, y3),) = pieces(svg)

    (zero,) = marks(svg, "line", "ch-zero")
    assert {y1, y2, y3} == {float(zero.get("y1"))}


def test_table_has_a_row_for_each_label_and_a_column_for_each_series():
    chart = line_chart(KINDS, about=about(), measure=counts("合同", "项"))

    names = ["技术开发", "技术转让与许可（含专利实施许可）", "技术咨询"]
    assert ["年份", *names] == headings(chart)
    assert [
        ["2021", "1,200", "520", "90"],
        ["2022", "1,300", "无数据 —", "95"],
        ["2023", "1,500", "900", "100"],
        ["2024", "1,800", "1,750", "120"],
        ["2025", "预计 2,000", "预计 1,900", "无数据 —"],
    ] == rows(chart)
    assert "标题：合同（项）" == tree(chart).findtext(".//caption")


def spark(*values):
    return sparkline(points(*values), name="s", title="成交额", measure=FIRMS)


def test_sparkline_is_an_image_whose_description_says_every_point():
    svg = tree(spark(3, None, 5)).find(f"{SVG}svg")

    assert "img" == svg.get("role")
    assert "成交额" == svg.findtext(f"{SVG}title")
    assert "2020：3\xa0家；2021：—\xa0无数据；2022：5\xa0家" == svg.findtext(
        f"{SVG}desc"
    )


def test_sparkline_breaks_at_a_gap_and_marks_the_last_known_point():
    svg = tree(spark(3, 4, None, 5, None)).find(f"{SVG}svg")

    assert 1 == len(marks(svg, "path", "ch-thin"))
    # A lone point is a small dot, the last known one a large one.
    assert ["1.5", "3"] == [
        one.get("r") for one in marks(svg, "circle", "ch-spark-dot")
    ]
    assert [] == outside(svg)


def test_sparkline_of_nothing_says_so():
    assert "无数据" == tree(spark()).find(f"{SVG}svg").findtext(f"{SVG}desc")
    assert [] == marks(tree(spark(None)).find(f"{SVG}svg"), "circle", "ch-spark-dot")


def test_sparkline_that_crosses_zero_shows_where_zero_is():
    svg = tree(spark(-5, 5)).find(f"{SVG}svg")

    # Half way between the edges of a sheet 24 high.
    (zero,) = marks(svg, "line", "ch-grid")
    assert "12" == zero.get("y1")
    assert [] == marks(tree(spark(1, 5)).find(f"{SVG}svg"), "line", "ch-grid")
