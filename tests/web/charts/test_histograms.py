# SPDX-License-Identifier: Apache-2.0
"""Distributions with a threshold in them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.kernel import UNKNOWN, UsageError
from ceyuan.web.charts import Bins, Value, binned, histogram, shares
from tests.web.charts.drawn import (
    FIRMS,
    about,
    bars,
    headings,
    marks,
    narrow,
    outside,
    rows,
    said,
    tree,
    wide,
)

PERCENT = Fraction(1, 100)
EDGES = [n * PERCENT for n in (0, 2, 4, 5, 6)]


def drawn(bins, threshold=5 * PERCENT):
    return histogram(
        bins,
        threshold=threshold,
        about=about(over="占比"),
        measure=shares("研发费用占比"),
        count=FIRMS,
    )


def test_value_on_an_edge_is_in_the_group_that_includes_it():
    on_edge = [5 * PERCENT]

    assert (0, 0, 0, 1) == binned(on_edge, EDGES).counts
    assert (0, 0, 1, 0) == binned(on_edge, EDGES, includes="high").counts


def test_first_and_last_edge_belong_to_the_side_that_is_said():
    ends: list[Value] = [0, 6 * PERCENT]

    low = binned(ends, EDGES)
    high = binned(ends, EDGES, includes="high")

    assert ((1, 0, 0, 0), 0, 1) == (low.counts, low.below, low.above)
    assert ((0, 0, 0, 1), 1, 0) == (high.counts, high.below, high.above)


def test_gap_is_counted_apart_and_never_as_zero():
    bins = binned([None, UNKNOWN, 0], EDGES)

    assert (1, 0, 0, 0) == bins.counts
    assert 2 == bins.unknown


def test_sides_of_the_threshold_are_told_in_words_with_their_share():
    # Below 5%: 1% and 4.9%; not below: 5%, 5.5% and 9%.
    values = [Fraction(n, 1000) for n in (10, 49, 50, 55, 90)]

    chart = drawn(binned([*values, None], EDGES))

    for svg in (wide(chart), narrow(chart)):
        assert ["低于 5.0%：2\xa0家，占 40.0%", "5.0% 及以上：3\xa0家，占 60.0%"] == (
            said(svg, "ch-key")
        )
    assert ["每组含下限，不含上限。", "另有 1\xa0家无数据，不在图中。"] == [
        p.text for p in tree(chart).findall("p")
    ]


def test_firm_exactly_at_the_threshold_changes_sides_with_the_rule():
    values = [Fraction(n, 1000) for n in (10, 50, 55)]

    chart = drawn(binned(values, EDGES, includes="high"))

    assert ["5.0% 及以下：2\xa0家，占 66.7%", "高于 5.0%：1\xa0家，占 33.3%"] == (
        said(wide(chart), "ch-key")
    )
    assert ["每组不含下限，含上限。"] == [p.text for p in tree(chart).findall("p")]


def test_columns_are_as_high_as_their_counts_and_filled_by_side():
    chart = drawn(Bins(edges=tuple(EDGES), counts=(10, 20, 40, 5)))
    svg = wide(chart)

    # The axis goes to 40 in a field 200 high. The first of each is the key's mark.
    assert [50, 100, 200] == [height for _, height in bars(svg, "ch-fill2")[1:]]
    assert [25] == [height for _, height in bars(svg, "ch-fill1")[1:]]
    assert ["10", "20", "40", "5"] == [
        one for one in said(svg, "ch-value") if "阈" not in one
    ]


def test_line_stands_at_the_edge_and_is_labelled():
    chart = drawn(Bins(edges=tuple(EDGES), counts=(10, 20, 40, 5)))

    for svg in (wide(chart), narrow(chart)):
        (limit,) = marks(svg, "line", "ch-limit")
        last = marks(svg, "rect", "ch-fill1")[-1]
        assert abs(float(limit.get("x1")) - float(last.get("x"))) < 1
        assert limit.get("x1") == limit.get("x2")
        assert "阈值 5.0%" in said(svg, "ch-value")
        assert "5%" in said(svg, "ch-tick")


def test_table_holds_every_group_with_its_exact_edges():
    bins = Bins(edges=tuple(EDGES), counts=(1, 2, 3, 4), below=5, above=6, unknown=7)

    chart = drawn(bins)

    assert ["研发费用占比", "企业（家）"] == headings(chart)
    assert [
        ["低于 0.0%", "5"],
        ["0.0% 至不足 2.0%", "1"],
        ["2.0% 至不足 4.0%", "2"],
        ["4.0% 至不足 5.0%", "3"],
        ["5.0% 至不足 6.0%", "4"],
        ["6.0% 及以上", "6"],
        ["无数据", "7"],
    ] == rows(chart)
    assert ["低于 5.0%：11\xa0家，占 52.4%", "5.0% 及以上：10\xa0家，占 47.6%"] == (
        said(wide(chart), "ch-key")
    )


def test_nobody_is_told_without_a_share():
    chart = drawn(binned([], EDGES))

    assert ["低于 5.0%：0\xa0家", "5.0% 及以上：0\xa0家"] == said(wide(chart), "ch-key")
    assert [] == outside(wide(chart))


def test_threshold_inside_a_group_is_refused():
    with pytest.raises(UsageError, match="must be an edge"):
        drawn(binned([], EDGES), threshold=Fraction(45, 1000))


@pytest.mark.parametrize("threshold", [0, 6 * PERCENT])
def test_threshold_at_the_outermost_edge_is_drawn_inside(threshold):
    chart = drawn(binned([PERCENT], EDGES), threshold=threshold)

    assert [] == outside(wide(chart))
    assert [] == outside(narrow(chart))


@pytest.mark.parametrize(
    ("edges", "counts"), [((0, 0), (1,)), ((2, 1), (1,)), ((0, 1), (1, 2)), ((0,), ())]
)
def test_edges_that_do_not_rise_or_match_are_refused(edges, counts):
    with pytest.raises(UsageError, match="edges must rise"):
        Bins(edges=edges, counts=counts)


def test_count_below_zero_is_refused():
    with pytest.raises(UsageError, match="fewer than 0"):
        Bins(edges=(0, 1), counts=(-1,))


@given(
    st.lists(st.one_of(st.none(), st.integers(-50, 150))),
    st.lists(st.integers(0, 100), min_size=2, max_size=12, unique=True).map(sorted),
    st.sampled_from(["low", "high"]),
)
def test_every_value_is_counted_once_and_on_the_right_side(values, edges, includes):
    bins = binned(values, edges, includes=includes)

    assert len(values) == sum(bins.counts) + bins.below + bins.above + bins.unknown
    for edge in edges:
        below = sum(
            v is not None and (v < edge if includes == "low" else v <= edge)
            for v in values
        )
        assert below == bins.sides(edge)[0]
        assert len(values) - bins.unknown == sum(bins.sides(edge))


def test_many_groups_are_drawn_without_numbers_and_the_table_has_all():
    bins = Bins(edges=tuple(n * PERCENT for n in range(101)), counts=tuple(range(100)))

    chart = drawn(bins)

    assert ["阈值 5.0%"] == said(narrow(chart), "ch-value")
    assert "5%" in said(narrow(chart), "ch-tick")
    assert [str(n) for n in range(100)] == [row[1] for row in rows(chart)]
    assert [] == outside(narrow(chart))
