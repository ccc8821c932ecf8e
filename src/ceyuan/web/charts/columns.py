# SPDX-License-Identifier: Apache-2.0
"""Upright bars, with names below and numbers above them."""

from __future__ import annotations

from fractions import Fraction
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
    from collections.abc import Sequence

    from ceyuan.office.page_parts import Html
    from ceyuan.web.charts.words import Words

_BAR = 60
_HEIGHT = 220
_FLAT = 48
_SHARE = 0.66


def columns(
    sheet: Sheet, points: Sequence[Point], measure: Measure, words: Words
) -> Drawing:
    """Return upright bars; where numbers do not fit only the notable ones stand."""
    unit, top = caption(sheet, measure, words)
    values = [known(point.value) for point in points]
    found = [value for value in values if value is not None]
    numbers = axis(*extent(found, with_zero=True), measure, most=4)
    height = _HEIGHT if any(found) else _FLAT
    above, below = _outside(sheet, points, numbers, height)
    top += above
    plot = lay_plot(sheet, numbers, measure, top=top, height=height, count=len(points))
    told = _told(plot, points, words)
    marks = [
        linked(point, measure, words, *_column(plot, i, point, told, words))
        for i, point in enumerate(points)
    ]
    is_tight = len(told) < len(points)
    bottom = top + height + below
    dashes = _dashes(plot, values, bottom) if is_tight else []
    bottom += 12 if dashes else 0
    names, bottom = plot.names([point.label for point in points], bottom + 4)
    entries = key_entries(points, words) if is_tight else []
    rest = key(sheet, entries, bottom + 4)
    parts = [plot.frame(), *marks, *dashes, names, *rest.parts]
    return Drawing(max(bottom, rest.height), (*([unit] if unit else []), *parts))


def _told(plot: Plot, points: Sequence[Point], words: Words) -> frozenset[int]:
    """Return which points carry their words: all, or where that is too tight few."""
    size, measure = plot.sheet.text, plot.measure
    said = {
        i: measure.short(exact)
        for i, point in enumerate(points)
        if (exact := known(point.value)) is not None
    }
    widths = {i: text_width(number, size) for i, number in said.items()}
    gaps = [i for i in range(len(points)) if i not in said]
    wordy = [text_width(gap_words(points[i].value, words), size) for i in gaps]
    if max([*widths.values(), *wordy], default=0) <= plot.slot - 4:
        return frozenset(range(len(points)))
    exact = {i: known(points[i].value) or 0 for i in said}
    notable = [max(exact, key=lambda i: exact[i], default=None)]
    notable.append(max(exact, default=None))
    lowest = min(exact, key=lambda i: exact[i], default=None)
    if lowest is not None and exact[lowest] < 0:
        notable.append(lowest)
    kept: list[int] = []
    for i in notable:
        if i is not None and all(
            abs(plot.middle(i) - plot.middle(j)) > (widths[i] + widths[j]) / 2 + 6
            for j in kept
        ):
            kept.append(i)
    return frozenset(kept)


def _outside(
    sheet: Sheet, points: Sequence[Point], numbers: Axis, height: int
) -> tuple[float, float]:
    """Return how far the words at the bars' ends reach above and below the field."""
    above = below = 0.0
    unit = height / Fraction(numbers.high - numbers.low)
    for point in points:
        exact = known(point.value)
        need = sheet.line * (2 if point.is_estimate or exact is None else 1) + 4
        if (exact or 0) < 0:
            below = max(below, need - float(((exact or 0) - numbers.low) * unit))
        else:
            above = max(above, need - float((numbers.high - (exact or 0)) * unit))
    return above, below


def _column(
    plot: Plot, index: int, point: Point, told: frozenset[int], words: Words
) -> list[Html | None]:
    middle, zero, exact = plot.middle(index), plot.scale.at(0), known(point.value)
    width = min(_BAR, plot.slot * _SHARE)
    name = point_name(point, plot.measure, words)
    high = plot.scale.start - plot.scale.end
    left = middle - plot.slot / 2
    hit = (
        rect(left, plot.scale.end, plot.slot, high, "ch-hit", title=name)
        if point.href
        else None
    )
    if exact is None:
        return [hit, *_gap(plot, index, point, told, words)]
    end = plot.scale.at(exact)
    look = "ch-fill1 ch-estimate" if point.is_estimate else "ch-fill1"
    bar = rect(
        *(middle - width / 2, min(zero, end), width, abs(end - zero)), look, title=name
    )
    if index not in told:
        return [hit, bar]
    number = plot.measure.short(exact)
    half = text_width(number, plot.sheet.text) / 2
    x = min(max(middle, half), plot.sheet.width - half)
    y = end + plot.sheet.text + 3 if exact < 0 else end - 6
    look = "ch-value" if is_all else "ch-value ch-over"
    said = text(x, y, number, look, anchor="middle")
    if not point.is_estimate or not is_all:
        return [hit, bar, said]
    above = y + plot.sheet.line if exact < 0 else y - plot.sheet.line + 1
    mark = text(x, above, words.estimate, "ch-note", anchor="middle")
    return [hit, bar, said, mark]


def _gap(
    plot: Plot, index: int, point: Point, told: frozenset[int], words: Words
) -> list[Html]:
    if index not in told:
        return []
    x, y = plot.middle(index), plot.scale.at(0) - 7
    word = gap_words(point.value, words)
    return [
        text(x, y - plot.sheet.line, DASH, "ch-gap", anchor="middle"),
        text(x, y, word, "ch-gap", anchor="middle"),
    ]


def _dashes(plot: Plot, values: Sequence[Exact | None], top: float) -> list[Html]:
    """Return a dash below the field for each run of gaps, where words do not fit."""
    runs: list[list[int]] = []
    for i, value in enumerate(values):
        if value is not None:
            continue
        if runs and runs[-1][-1] == i - 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    y = top + plot.sheet.text
    middles = [(plot.middle(run[0]) + plot.middle(run[-1])) / 2 for run in runs]
    dashes = [text(x, y, DASH, "ch-gap", anchor="middle") for x in middles]
    return [group(*dashes, hidden=True)] if dashes else []
