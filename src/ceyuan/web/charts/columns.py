# SPDX-License-Identifier: Apache-2.0
"""Upright bars, with names below and numbers at their ends."""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

from ceyuan.web.charts.figure import key
from ceyuan.web.charts.lettering import text_width
from ceyuan.web.charts.measures import DASH, Measure
from ceyuan.web.charts.plots import Plot, lay_plot
from ceyuan.web.charts.points import key_entries, linked, point_name
from ceyuan.web.charts.rows import caption
from ceyuan.web.charts.scales import Axis, axis, extent
from ceyuan.web.charts.svg import Drawing, Sheet, group, rect, text
from ceyuan.web.charts.values import Exact, Point, gap_words, known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ceyuan.office.page_parts import Html
    from ceyuan.web.charts.words import Words

_BAR = 60
_SHARE = 0.66
_HEIGHT = 220
_FLAT = 48
_SPACE = 4


def columns(
    sheet: Sheet, points: Sequence[Point], measure: Measure, words: Words
) -> Drawing:
    """Return upright bars; where not all words fit, only the notable ones stand."""
    unit, begin = caption(sheet, measure, words)
    found = _known(points)
    numbers = axis(*extent(found.values(), with_zero=True), measure, most=4)
    height = _HEIGHT if any(found.values()) else _FLAT
    above, below = _outside(sheet, points, numbers, height)
    top = begin + above
    plot = lay_plot(sheet, numbers, measure, top=top, height=height, count=len(points))
    is_roomy = _is_roomy(plot, points, words)
    told = frozenset(range(len(points))) if is_roomy else _notable(plot, found)
    marks = []
    for i, point in enumerate(points):
        drawn = _column(plot, i, point, words, is_told=i in told, is_roomy=is_roomy)
        marks.append(linked(point, measure, words, *drawn))
    bottom = top + height + below
    dashes = [] if is_roomy else _dashes(plot, points, bottom)
    bottom += 12 if dashes else 0
    names, bottom = plot.names([point.label for point in points], bottom + _SPACE)
    entries = [] if is_roomy else key_entries(points, words)
    rest = key(sheet, entries, bottom + _SPACE)
    parts = [plot.frame(), *marks, *dashes, names, *rest.parts]
    return Drawing(max(bottom, rest.height), (*([unit] if unit else []), *parts))


def _known(points: Sequence[Point]) -> dict[int, Exact]:
    """Return the values there are, by the place of their point."""
    found = ((i, known(point.value)) for i, point in enumerate(points))
    return {i: value for i, value in found if value is not None}


def _is_roomy(plot: Plot, points: Sequence[Point], words: Words) -> bool:
    """Return whether every number, 预计 and 无数据 fits into its slot."""
    said = [words.estimate] if any(point.is_estimate for point in points) else []
    for point in points:
        exact = known(point.value)
        gap = gap_words(point.value, words)
        said.append(gap if exact is None else plot.measure.short(exact))
    widest = max(text_width(one, plot.sheet.text) for one in said)
    return widest <= plot.slot - _SPACE


def _notable(plot: Plot, found: Mapping[int, Exact]) -> frozenset[int]:
    """Return the highest, the last and the deepest below zero, if they keep apart."""
    if not found:
        return frozenset()
    lowest = min(found, key=lambda i: found[i])
    wanted = [max(found, key=lambda i: found[i]), max(found)]
    wanted += [lowest] if found[lowest] < 0 else []
    half = {
        i: text_width(plot.measure.short(found[i]), plot.sheet.text) / 2 + 3
        for i in wanted
    }
    kept: list[int] = []
    for i in wanted:
        apart = [abs(plot.middle(i) - plot.middle(j)) - half[i] - half[j] for j in kept]
        if min(apart, default=1) > 0 and 2 * half[i] < plot.sheet.width:
            kept.append(i)
    return frozenset(kept)


def _outside(
    sheet: Sheet, points: Sequence[Point], numbers: Axis, height: int
) -> tuple[float, float]:
    """Return how far the words at the bars' ends reach above and below the field."""
    # The number at the highest line reaches above it by half.
    above, below = sheet.text * 0.7, 0.0
    pixel = height / Fraction(numbers.high - numbers.low)
    for point in points:
        exact = known(point.value)
        lines = 2 if point.is_estimate or exact is None else 1
        need = sheet.line * lines + _SPACE
        if exact is not None and exact < 0:
            below = max(below, need - float((exact - numbers.low) * pixel))
        else:
            above = max(above, need - float((numbers.high - (exact or 0)) * pixel))
    return above, below


def _column(
    plot: Plot, index: int, point: Point, words: Words, *, is_told: bool, is_roomy: bool
) -> list[Html | None]:
    """Return one bar with its words, and where to point at if it is a link."""
    middle, zero, exact = plot.middle(index), plot.scale.at(0), known(point.value)
    name = point_name(point, plot.measure, words)
    left, top = middle - plot.slot / 2, plot.scale.end
    hit = rect(left, top, plot.slot, plot.scale.start - top, "ch-hit", title=name)
    marks: list[Html | None] = [hit if point.href else None]
    if exact is None:
        y = zero - 7
        word = gap_words(point.value, words)
        if is_told:
            dash = text(middle, y - plot.sheet.line, DASH, "ch-gap", anchor="middle")
            marks += [dash, text(middle, y, word, "ch-gap", anchor="middle")]
        return marks
    end, width = plot.scale.at(exact), min(_BAR, plot.slot * _SHARE)
    look = "ch-fill1 ch-estimate" if point.is_estimate else "ch-fill1"
    box = (middle - width / 2, min(zero, end), width, abs(end - zero))
    marks.append(rect(*box, look, title=name))
    if not is_told:
        return marks
    size, line = plot.sheet.text, plot.sheet.line
    number = plot.measure.short(exact)
    half = text_width(number, size) / 2
    x = min(max(middle, half), plot.sheet.width - half)
    y = end + size + 3 if exact < 0 else end - 6
    over = "ch-value" if is_roomy else "ch-value ch-over"
    marks.append(text(x, y, number, over, anchor="middle"))
    if is_roomy and point.is_estimate:
        y += line if exact < 0 else 1 - line
        marks.append(text(x, y, words.estimate, "ch-note", anchor="middle"))
    return marks


def _dashes(plot: Plot, points: Sequence[Point], top: float) -> list[Html]:
    """Return a dash below the field for each run of gaps."""
    parts: list[Html] = []
    start = 0
    for is_gap, run in groupby(points, lambda point: known(point.value) is None):
        end = start + len(list(run)) - 1
        if is_gap:
            x = (plot.middle(start) + plot.middle(end)) / 2
            y = top + plot.sheet.text
            parts.append(text(x, y, DASH, "ch-gap", anchor="middle"))
        start = end + 1
    return [group(*parts, hidden=True)] if parts else []
