# SPDX-License-Identifier: Apache-2.0
"""A distribution, and where a threshold cuts it.

What lies on either side is said in words with its count and share. The two sides
differ by fill as well as by the line between them.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from ceyuan.web.charts.figure import figure, key
from ceyuan.web.charts.lettering import CUT, text_width
from ceyuan.web.charts.measures import Measure, shares
from ceyuan.web.charts.patterns import fill_of, fills
from ceyuan.web.charts.plots import Plot, lay_plot
from ceyuan.web.charts.rows import caption
from ceyuan.web.charts.scales import axis, extent
from ceyuan.web.charts.svg import Drawing, Sheet, group, line, rect, text
from ceyuan.web.charts.tables import cell, data_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.office.page_parts import Html
    from ceyuan.web.charts.bins import Bins
    from ceyuan.web.charts.values import About, Exact
    from ceyuan.web.charts.words import Words

_HEIGHT = 200
_FLAT = 48
_SHARE = shares("")


def histogram(
    bins: Bins, *, threshold: Exact, about: About, measure: Measure, count: Measure
) -> Html:
    """Return the groups as columns, with a line where the threshold is.

    Args:
        bins: Values sorted into groups by `binned`.
        threshold: One of the edges.
        about: Title, finding and id.
        measure: Unit and digits of the values: of the edges.
        count: What is counted in each group: 企业, 家.

    Raises:
        UsageError: The threshold is not an edge.
    """
    words = about.words
    groups = bins.groups(measure, words)
    said = _said(bins, threshold, measure, count, words)

    def draw(sheet: Sheet) -> Drawing:
        return _drawing(sheet, bins, threshold, said, measure, count, words)

    rows = [[name, cell(size, count, words)] for name, size in groups]
    if bins.unknown:
        rows.append([words.no_data, cell(bins.unknown, count, words)])
    remarks = [words.includes_low if bins.includes == "low" else words.includes_high]
    if bins.unknown:
        remarks.append(words.unknown_count.format(count=count.told(bins.unknown)))
    table = data_table(about.title, [measure.name, count.heading(words)], rows)
    return figure(about, "histogram", draw, table, remarks=remarks)


def _said(
    bins: Bins, threshold: Exact, measure: Measure, count: Measure, words: Words
) -> list[str]:
    """Return either side of the threshold in words, with its share of all."""
    sides = bins.sides(threshold)
    names = bins.side_names(measure.told(threshold), words)
    said = []
    for name, size in zip(names, sides, strict=True):
        told = count.told(size)
        if sum(sides):
            share = _SHARE.told(Fraction(size, sum(sides)))
            said.append(words.side_share.format(side=name, count=told, share=share))
        else:
            said.append(words.side.format(side=name, count=told))
    return said


def _drawing(
    sheet: Sheet,
    bins: Bins,
    threshold: Exact,
    said: Sequence[str],
    measure: Measure,
    count: Measure,
    words: Words,
) -> Drawing:
    unit, top = caption(sheet, count, words)
    groups = bins.groups(measure, words)
    marks = [
        rect(0.5, 0.5, 23, 11, "ch-fill2 ch-part2", fill=fill_of(sheet, 1)),
        rect(0.5, 0.5, 23, 11, "ch-fill1"),
    ]
    sides = key(sheet, list(zip(marks, said, strict=True)), top)
    sizes = [size for _, size in groups]
    numbers = axis(*extent(sizes, with_zero=True), count, most=4)
    plot = lay_plot(
        *(sheet, numbers, count),
        top=sides.height + 2 * sheet.line + 4,
        height=_HEIGHT if any(sizes) else _FLAT,
        count=len(groups),
    )
    at = bins.edges.index(threshold) + bool(bins.below)
    columns = [
        part
        for i, (name, size) in enumerate(groups)
        for part in _column(plot, i, name, size, words, is_before=i < at)
    ]
    told = [measure.tick(edge) for edge in bins.edges]
    edges = [CUT] * bool(bins.below) + told + [CUT] * bool(bins.above)
    limit = _limit(plot, at, words.threshold.format(value=measure.told(threshold)))
    drawn = group(*columns, *_edges(plot, edges, at), limit, hidden=True)
    parts = [fills(sheet, [1]), *sides.parts, plot.frame(), drawn]
    bottom = plot.scale.start + sheet.line + 8
    return Drawing(bottom, (*([unit] if unit else []), *parts))


def _column(
    plot: Plot, index: int, name: str, size: int, words: Words, *, is_before: bool
) -> list[Html]:
    """Return the column of one group, with its count where all counts fit."""
    y, zero = plot.scale.at(size), plot.scale.at(0)
    x = plot.middle(index) - plot.slot / 2
    edge = min(0.75, plot.slot / 8)
    look = "ch-fill2 ch-part2" if is_before else "ch-fill1"
    told = words.point.format(label=name, value=plot.measure.told(size))
    column = rect(
        *(x + edge, y, plot.slot - 2 * edge, zero - y, look),
        fill=fill_of(plot.sheet, 1) if is_before else None,
        title=told,
    )
    number = plot.measure.short(size)
    widest = plot.measure.short(plot.axis.high)
    if text_width(widest, plot.sheet.text) > plot.slot - 2:
        return [column]
    over = "ch-value ch-over"
    return [column, text(plot.middle(index), y - 6, number, over, anchor="middle")]


def _edges(plot: Plot, told: Sequence[str], at: int) -> list[Html]:
    """Return the edges below the lines between columns; the threshold's is kept."""
    sheet = plot.sheet
    widest = max(text_width(one, sheet.text) for one in told)
    every = ceil((widest + 10) / plot.slot)
    y = plot.scale.start + sheet.text + 6
    parts = []
    for i in range(at % every, len(told), every):
        half = text_width(told[i], sheet.text) / 2
        x = min(max(plot.left + i * plot.slot, half), sheet.width - half)
        parts.append(text(x, y, told[i], "ch-tick", anchor="middle"))
    return parts


def _limit(plot: Plot, at: int, said: str) -> Html:
    """Return the line of the threshold, with its words at the top."""
    sheet, x = plot.sheet, plot.left + at * plot.slot
    top = plot.scale.end - 2 * sheet.line
    width = text_width(said, sheet.text)
    is_left = x + 6 + width > sheet.width
    start = max(x - 6 - width, 0) if is_left else x + 6
    words = text(start, top + sheet.text, said, "ch-value ch-over")
    return group(line(x, top, x, plot.scale.start + 4, "ch-limit"), words)
