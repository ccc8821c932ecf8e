# SPDX-License-Identifier: Apache-2.0
"""What holds for any values and any words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from ceyuan.kernel import ABSENT, UNKNOWN
from ceyuan.web.charts import (
    EN,
    ZH,
    About,
    Interval,
    Point,
    Series,
    bar_chart,
    decimals,
    ladder_chart,
    line_chart,
    range_chart,
    sparkline,
    stacked_chart,
)
from tests.web.charts.drawn import SVG, narrow, outside, rows, texts, tree, wide

if TYPE_CHECKING:
    from ceyuan.office.page_parts import Html

GAPS = st.sampled_from([None, UNKNOWN, ABSENT])
EXACT = st.one_of(
    st.integers(-(10**15), 10**15),
    st.integers(-9, 9),
    st.fractions(-(10**6), 10**6, max_denominator=1000),
)
LABELS = st.one_of(
    st.text(max_size=30),
    st.text("浦东新区技术合同（）“”，。&<>\"' abcXYZ0123.", max_size=60),
)
POINTS = st.lists(
    st.builds(
        Point, LABELS, st.one_of(GAPS, EXACT), is_estimate=st.booleans(), note=LABELS
    ),
    max_size=60,
)
COUNTS = st.lists(st.one_of(GAPS, st.integers(0, 10**12)), min_size=1, max_size=8)
MEASURES = st.sampled_from(
    [
        decimals("金额", "万元", scale=10**6, places=2),
        decimals("企业", "家"),
        decimals("占比", "%", places=1),
        decimals("Amount", "CNY million", scale=10**8, places=2),
    ]
)
ABOUTS = st.builds(
    About,
    id=st.just("c"),
    title=LABELS,
    finding=LABELS,
    over=LABELS,
    words=st.sampled_from([ZH, EN]),
)


PLACES = {"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height"}


def sound(chart: Html) -> None:
    """Assert what holds for every chart."""
    for one in tree(chart).iter():
        assert "style" not in one.attrib
        for name in PLACES.intersection(one.attrib):
            # A place is digits with at most two decimals: no nan, no inf, no 1e300.
            assert re.fullmatch(r"-?[0-9]+(\.[0-9]{1,2})?", one.get(name))
        assert re.fullmatch(r"[MLHVCZ0-9. -]*", one.get("d", ""))
    for svg in (wide(chart), narrow(chart)):
        assert [] == outside(svg)
    ids = [one.get("id") for one in tree(chart).iter() if one.get("id")]
    assert len(ids) == len(set(ids))


def gaps(points: list[Point]) -> int:
    return sum(p.value in {None, UNKNOWN, ABSENT} for p in points)


def dashes(chart: Html) -> int:
    return sum("—" in row[1] for row in rows(chart))


@given(POINTS, ABOUTS, MEASURES, st.sampled_from(["up", "across"]))
def test_any_bars_are_sound_and_each_gap_is_told(points, about, measure, direction):
    chart = bar_chart(points, about=about, measure=measure, direction=direction)

    sound(chart)
    assert max(len(points), 1) == len(rows(chart))
    assert max(gaps(points), not points) == dashes(chart)
    for svg in (wide(chart), narrow(chart)):
        drawn = [
            one
            for one in svg.iter(f"{SVG}rect")
            if "ch-fill1" in one.get("class")
            and one.getparent().get("transform") is None
        ]
        assert len(points) - gaps(points) == len(drawn)


def shared(columns: list[list[Any]]) -> list[Series]:
    """Return columns of values as series over the same labels."""
    count = min(map(len, columns))
    return [
        Series(
            f"第 {i} 类",
            tuple(
                Point(str(2000 + j), value, is_estimate=value == count)
                for j, value in enumerate(column[:count])
            ),
        )
        for i, column in enumerate(columns)
    ]


COLUMNS = st.lists(
    st.lists(st.one_of(GAPS, EXACT), min_size=1, max_size=40), min_size=1, max_size=4
).map(shared)


@given(COLUMNS, ABOUTS, MEASURES, st.booleans())
def test_any_lines_are_sound_and_hold_all_points(series, about, measure, with_zero):
    chart = line_chart(series, about=about, measure=measure, with_zero=with_zero)

    sound(chart)
    assert [point.label for point in series[0].points] == [r[0] for r in rows(chart)]
    assert all(1 + len(series) == len(row) for row in rows(chart))


@given(COLUMNS, ABOUTS, MEASURES)
def test_any_stacks_are_sound_and_a_gap_leaves_no_total(series, about, measure):
    chart = stacked_chart(series, about=about, measure=measure)

    sound(chart)
    for i, row in enumerate(rows(chart)):
        has_gap = gaps([one.points[i] for one in series]) > 0
        assert has_gap == ("—" in row[-1])


def interval(label: str, ends: list[Any], known: list[bool]) -> Interval:
    """Return an interval whose ends rise and of which only some are known."""
    low, best, high = (
        value if is_known else None
        for value, is_known in zip(sorted(ends), known, strict=True)
    )
    return Interval(label, low, best, high, is_estimate=known[0])


TRIPLES = st.builds(
    interval,
    LABELS,
    st.lists(EXACT, min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
)


@given(st.lists(TRIPLES, max_size=12), ABOUTS, MEASURES, st.booleans())
def test_any_intervals_are_sound(intervals, about, measure, with_zero):
    chart = range_chart(intervals, about=about, measure=measure, with_zero=with_zero)

    sound(chart)
    assert max(len(intervals), 1) == len(rows(chart))


@given(COUNTS, COUNTS, LABELS, ABOUTS, MEASURES)
def test_any_ladder_is_sound(counts, moves, name, about, measure):
    count = min(len(counts), len(moves) + 1)
    levels = [Point(f"第 {i} 级", value) for i, value in enumerate(counts[:count])]

    chart = ladder_chart(
        levels, moves[: count - 1], about=about, measure=measure, move_name=name
    )

    sound(chart)


@given(POINTS, MEASURES)
def test_any_sparkline_is_inside_and_says_every_point(points, measure):
    chart = sparkline(points, name="s", title="t", measure=measure)

    svg = tree(chart).find(f"{SVG}svg")
    assert [] == outside(svg)
    assert [] == texts(svg)
    assert gaps(points) <= svg.findtext(f"{SVG}desc").count("—")
