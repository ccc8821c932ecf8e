# SPDX-License-Identifier: Apache-2.0
"""A flow of money: from the budget through policies to what came of it.

Bands are as wide as what they carry, on one scale. Each node says what comes in (or
goes out, where nothing comes in), and what stays with it or is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.web.charts.figure import figure, nothing
from ceyuan.web.charts.flow_drawing import draw_flow
from ceyuan.web.charts.flow_parts import Flow, Link, Stage, rest_of
from ceyuan.web.charts.tables import cell, data_table, text_heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.office.page_parts import Html
    from ceyuan.web.charts.measures import Measure
    from ceyuan.web.charts.svg import Drawing, Sheet
    from ceyuan.web.charts.values import About


def flow_chart(
    stages: Sequence[Stage], links: Sequence[Link], *, about: About, measure: Measure
) -> Html:
    """Return stages as columns of nodes, and links as bands between them.

    Args:
        stages: Two to five, first the origin.
        links: Each from a node to one of a later stage.
        about: Title, finding and id.
        measure: Unit and digits of all links.

    Raises:
        UsageError: Stages and links do not fit together.
    """
    flow = Flow(tuple(stages), tuple(links))

    def draw(sheet: Sheet) -> Drawing:
        if not any(stage.nodes for stage in stages):
            return nothing(sheet, about.words)
        return draw_flow(sheet, flow, measure, about.words)

    tables = (_links_table(flow, about, measure), _nodes_table(flow, about, measure))
    return figure(about, "flow", draw, *tables)


def _links_table(flow: Flow, about: About, measure: Measure) -> Html:
    words = about.words
    labels = {node.id: node.label for stage in flow.stages for node in stage.nodes}
    rows = [
        [
            labels[link.source],
            labels[link.target],
            cell(link.value, measure, words, is_estimate=link.is_estimate),
        ]
        for link in flow.links
    ]
    headings = [words.source, text_heading(words.target), measure.heading(words)]
    return data_table(about.title, headings, rows)


def _nodes_table(flow: Flow, about: About, measure: Measure) -> Html:
    words = about.words
    rows = []
    for stage in flow.stages:
        for node in stage.nodes:
            inward = flow.summed(flow.inward(node.id))
            outward = flow.summed(flow.outward(node.id))
            sums = (inward, outward, rest_of(inward, outward))
            rows.append([node.label, *(cell(one, measure, words) for one in sums)])
    title = words.nodes.format(title=about.title, measure=measure.heading(words))
    return data_table(
        title, [words.node, words.inflow, words.outflow, words.rest], rows
    )
