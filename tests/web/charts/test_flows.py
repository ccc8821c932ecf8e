# SPDX-License-Identifier: Apache-2.0
"""Flows of money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.kernel import UsageError
from ceyuan.web.charts import Link, Node, Stage, flow_chart
from ceyuan.web.charts.flow_layout import lay_flow
from ceyuan.web.charts.flow_parts import Flow
from tests.web.charts.drawn import (
    FIRMS,
    LINKS,
    PAID,
    STAGES,
    WAN,
    about,
    headings,
    marks,
    narrow,
    outside,
    rows,
    said,
    texts,
    wide,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

FULL = 24_000


def stages(*names: str) -> tuple[Stage, ...]:
    """Return a stage for each word, with a node for each of its letters."""
    return tuple(
        Stage(name, tuple(Node(one, f"节点 {one}") for one in name)) for name in names
    )


def laid(names: tuple[str, ...], *links: Link):
    flow = Flow(stages(*names), links)
    no_words: Mapping[str, int] = dict.fromkeys("".join(names), 0)
    return lay_flow(flow, no_words, full=FULL)


def drawn(names: tuple[str, ...], *links: Link, measure=FIRMS):
    return flow_chart(stages(*names), links, about=about(), measure=measure)


def test_band_is_as_thick_as_what_it_carries():
    # 240 pixels are 100 firms.
    layout = laid(("a", "bc"), Link("a", "b", 75), Link("a", "c", 25))

    assert [18_000, 6_000] == [band.thickness for band in layout.bands]
    assert 24_000 == layout.slots["a"].height
    assert 18_000 == layout.slots["b"].height


def test_bands_lie_side_by_side_without_gap_or_overlap():
    layout = laid(("a", "bc"), Link("a", "c", 1), Link("a", "b", 2))
    to_c, to_b = layout.bands

    # The order is that of the targets, whatever that of the links.
    assert to_b.start == layout.slots["a"].top
    assert to_c.start == to_b.start + to_b.thickness
    assert to_c.start + to_c.thickness == layout.slots["a"].top + 24_000


def test_fullest_stage_gives_the_scale():
    # 60 go in, 40 come out: the stage of b is 60 high, c only 40.
    layout = laid(("a", "b", "c"), Link("a", "b", 60), Link("b", "c", 40))

    assert [24_000, 24_000, 16_000] == [layout.slots[n].height for n in "abc"]


def test_what_stays_with_a_node_is_told():
    chart = drawn(("a", "b", "c"), Link("a", "b", 60), Link("b", "c", 40))

    assert ["60", "60", "40"] == said(wide(chart), "ch-value")
    assert "结余 20" in texts(wide(chart))
    assert ["节点 b", "60", "40", "20"] == rows(chart, 1)[1]


def test_what_is_missing_at_a_node_is_told():
    chart = drawn(("a", "b", "c"), Link("a", "b", 40), Link("b", "c", 60))

    assert "缺口 20" in texts(wide(chart))
    assert ["节点 b", "40", "60", "−20"] == rows(chart, 1)[1]


def test_negative_link_is_hollow_as_wide_as_it_is_large_and_counts_against():
    chart = drawn(("a", "bc"), Link("a", "b", 90), Link("a", "c", -10))
    layout = laid(("a", "bc"), Link("a", "b", 90), Link("a", "c", -10))

    assert [21_600, 2_400] == [band.thickness for band in layout.bands]
    assert ["80", "90", "−10"] == said(wide(chart), "ch-value")
    # One is the band, one its mark in the key.
    assert 1 == len(marks(wide(chart), "path", "ch-band-back"))
    assert ["负数，反向"] == said(wide(chart), "ch-key")[2:]


def test_unknown_link_is_a_dotted_line_and_makes_its_sums_unknown():
    chart = drawn(("a", "bc"), Link("a", "b", 90), Link("a", "c", None))
    svg = wide(chart)

    assert 1 == len(marks(svg, "path", "ch-band"))
    assert 2 == len(marks(svg, "path", "ch-band-open"))
    assert ["90"] == said(svg, "ch-value")
    assert 3 == len([t for t in said(svg, "ch-gap") if t.startswith("—")])
    assert [["节点 a", "节点 b", "90"], ["节点 a", "节点 c", "无数据 —"]] == rows(chart)
    assert ["节点 a", "不适用 —", "无数据 —", "不适用 —"] == rows(chart, 1)[0]


def test_zero_link_is_no_band_but_stands_in_the_table():
    chart = drawn(("a", "bc"), Link("a", "b", 90), Link("a", "c", 0))

    assert 1 == len(marks(wide(chart), "path", "ch-band"))
    assert ["节点 a", "节点 c", "0"] == rows(chart)[1]
    assert ["90", "90", "0"] == said(wide(chart), "ch-value")


def test_zero_only_and_no_links_are_charts():
    for links in ((Link("a", "b", 0),), ()):
        chart = drawn(("a", "b"), *links)

        assert [] == marks(wide(chart), "path", "ch-band")
        assert ["0", "0"] == said(wide(chart), "ch-value")
        assert [] == outside(wide(chart))


def test_estimated_link_is_hollow_and_marks_the_sum_it_belongs_to():
    chart = drawn(("a", "b"), Link("a", "b", 5, is_estimate=True))

    assert 1 == len(marks(wide(chart), "path", "ch-guessed"))
    assert ["预计 5", "预计 5"] == said(wide(chart), "ch-value")
    assert [["节点 a", "节点 b", "预计 5"]] == rows(chart)


def test_tables_hold_all_links_and_all_nodes():
    chart = flow_chart(STAGES, LINKS, about=about(), measure=PAID)

    assert ["来源", "去向", "兑付额（万元）"] == headings(chart)
    assert 8 == len(rows(chart))
    assert ["高新技术企业奖励", "规上企业", "−60.00"] == rows(chart)[6]
    assert ["环节", "流入", "流出", "流入减流出"] == headings(chart, 1)
    # 2,310 and 120 in; 1,500 and 800 out.
    assert ["研发费用补助", "2,430.00", "2,300.00", "130.00"] == rows(chart, 1)[2]


def test_amount_that_does_not_fit_is_listed_below_and_not_cut():
    five = ("a", "b", "c", "d", "e")
    chain = [Link(x, y, 12_345 * WAN) for x, y in zip("abcd", "bcde", strict=True)]
    chart = drawn(five, *chain, measure=PAID)

    assert ["12,345.00"] * 5 == said(wide(chart), "ch-value")
    phone = said(narrow(chart), "ch-value")
    assert ["1", "2", "3", "4", "5"] == phone[:5]
    assert ["1", "12,345.00", "2", "12,345.00"] == phone[5:9]
    assert [] == outside(narrow(chart))


def test_band_says_what_it_is_to_a_pointer():
    svg = wide(drawn(("a", "b"), Link("a", "b", 5)))

    (band,) = marks(svg, "path", "ch-band")

    assert "节点 a → 节点 b：5\xa0家" == band[0].text


@pytest.mark.parametrize(
    ("names", "links", "why"),
    [
        (("a", "b"), [Link("a", "x", 1)], "'x', which is no node"),
        (("a", "b"), [Link("b", "a", 1)], "before"),
        (("ab", "c"), [Link("a", "b", 1)], "before"),
        (("a", "a"), [], "different ids"),
        (("a", "b", "c", "d", "e", "f"), [], "at most 5 stages"),
    ],
)
def test_flow_that_does_not_fit_together_is_refused(names, links, why):
    with pytest.raises(UsageError, match=why):
        drawn(names, *links)


NODES = "abcdefgh"
SIZES = st.one_of(st.none(), st.integers(-(10**15), 10**15), st.integers(0, 20))
PAIRS = st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda p: p[0] < p[1])


@given(st.lists(st.tuples(PAIRS, SIZES), max_size=14))
def test_what_flows_is_conserved_in_the_drawing(found):
    # Eight nodes in four stages, two each; a link leads to a later stage.
    names = ("ab", "cd", "ef", "gh")
    links = [
        Link(NODES[a], NODES[b], size) for (a, b), size in found if a // 2 < b // 2
    ]
    layout = laid(names, *links)
    flow = Flow(stages(*names), tuple(links))

    for node, slot in layout.slots.items():
        sides = []
        for side, start in ((flow.outward(node), "start"), (flow.inward(node), "end")):
            bands = [layout.bands[i] for i in side]
            sides.append(sum(band.thickness for band in bands))
            places = [getattr(band, start) for band in bands]
            for band, place, after in zip(bands, places, places[1:], strict=False):
                assert place + band.thickness == after
            if bands:
                assert slot.top <= places[0]
                assert places[-1] + bands[-1].thickness <= slot.top + slot.height
        # A node is as high as its fuller side, and never too thin to be seen.
        assert max(*sides, 200) == slot.height


@given(st.lists(st.tuples(PAIRS, SIZES), max_size=14))
def test_any_flow_is_drawn_inside_with_finite_places(found):
    names = ("ab", "cd", "ef", "gh")
    links = [
        Link(NODES[a], NODES[b], size) for (a, b), size in found if a // 2 < b // 2
    ]
    chart = drawn(names, *links)

    assert [] == outside(wide(chart))
    assert [] == outside(narrow(chart))
    assert max(len(links), 1) == len(rows(chart))
