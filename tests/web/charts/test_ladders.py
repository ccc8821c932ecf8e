# SPDX-License-Identifier: Apache-2.0
"""Ladders."""

from __future__ import annotations

import pytest

from ceyuan.kernel import UsageError
from ceyuan.web.charts import Point, ladder_chart
from tests.web.charts.drawn import (
    FIRMS,
    LEVELS,
    about,
    bars,
    headings,
    marks,
    narrow,
    outside,
    rows,
    said,
    texts,
    wide,
)


def ladder(counts, moves):
    levels = [Point(f"第 {i} 级", count) for i, count in enumerate(counts, start=1)]
    return ladder_chart(
        levels, moves, about=about(), measure=FIRMS, move_name="本年升入"
    )


def test_levels_and_moves_are_on_one_scale():
    for svg in (wide(ladder([100, 50], [10])), narrow(ladder([100, 50], [10]))):
        (first, _), (second, _) = bars(svg)
        ((move, _),) = bars(svg, "ch-range")

        assert second == pytest.approx(first / 2, abs=0.02)
        assert move == pytest.approx(first / 10, abs=0.02)


def test_moves_stand_between_their_levels():
    svg = wide(ladder([100, 50, 20], [10, 5]))

    levels = [float(one.get("y")) for one in marks(svg, "rect", "ch-fill1")]
    moves = [float(one.get("y")) for one in marks(svg, "rect", "ch-range")]
    assert levels[0] < moves[0] < levels[1] < moves[1] < levels[2]
    assert ["本年升入 10\xa0家", "本年升入 5\xa0家"] == [
        one for one in said(svg, "ch-text") if one.startswith("本年")
    ]


def test_unknown_level_and_move_are_gaps():
    chart = ladder_chart(
        LEVELS, (812, 135, None), about=about(), measure=FIRMS, move_name="本年升入"
    )

    for svg in (wide(chart), narrow(chart)):
        assert 3 == len(bars(svg))
        assert 2 == len(bars(svg, "ch-range"))
        assert "本年升入 —\xa0无数据" in texts(svg)
        assert "—\xa0无数据" in texts(svg)


def test_tables_hold_levels_and_moves():
    chart = ladder_chart(
        LEVELS, (812, 135, None), about=about(), measure=FIRMS, move_name="本年升入"
    )

    assert ["9,870", "3,750", "1,210", "无数据 —"] == [row[1] for row in rows(chart)]
    assert ["层级", "本年升入（家）"] == headings(chart, 1)
    assert [
        ["从“科技型中小企业”到“高新技术企业”", "812"],
        ["从“高新技术企业”到“专精特新中小企业”", "135"],
        ["从“专精特新中小企业”到“专精特新“小巨人””", "无数据 —"],
    ] == rows(chart, 1)


@pytest.mark.parametrize(
    ("counts", "moves"),
    [([0, 0], [0]), ([7], []), ([1, 10**15], [3]), ([5, 5], [900]), ([None, 3], [1])],
)
def test_any_ladder_is_drawn_inside(counts, moves):
    chart = ladder(counts, moves)

    assert [] == outside(wide(chart))
    assert [] == outside(narrow(chart))


def test_long_name_of_the_moves_is_cut_but_their_number_is_not():
    name = (
        "本年由区级主管部门推荐并经市级评审认定后升入上一层级的企业数量（含跨区迁入）"
        * 2
    )
    levels = [Point("甲", 9), Point("乙", 3)]

    chart = ladder_chart(levels, [2], about=about(), measure=FIRMS, move_name=name)

    for svg in (wide(chart), narrow(chart)):
        assert [] == outside(svg)
        assert [one for one in texts(svg) if one.endswith("… 2\xa0家")]


def test_moves_that_do_not_match_are_refused():
    with pytest.raises(UsageError, match="one move between each two"):
        ladder([1, 2, 3], [1])


@pytest.mark.parametrize(("counts", "moves"), [([-1, 2], [0]), ([1, 2], [-3])])
def test_count_below_zero_is_refused(counts, moves):
    with pytest.raises(UsageError, match="must not be below 0"):
        ladder(counts, moves)
