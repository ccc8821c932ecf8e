# SPDX-License-Identifier: Apache-2.0
"""Intervals: a dot for the value, a bar from the lowest to the highest possible.

For what is not known for sure: a simulation whose facts are partly unknown, computed
once with each gap at its worst and once at its best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.web.charts.figure import figure, nothing
from ceyuan.web.charts.lettering import text_width
from ceyuan.web.charts.measures import DASH, HOLD, Measure
from ceyuan.web.charts.points import value_label
from ceyuan.web.charts.rows import Row, Rows, caption, grid, lay_rows
from ceyuan.web.charts.scales import Scale, extent
from ceyuan.web.charts.svg import Drawing, Sheet, circle, group, line, rect, text
from ceyuan.web.charts.tables import cell, data_table, text_heading
from ceyuan.web.charts.values import About, Exact, Interval, Point, gap_words, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.office.page_parts import Html
    from ceyuan.web.charts.words import Words

_THICK = 14
_BETWEEN = 20
_MOST_ROOM = 340


def range_chart(
    intervals: Sequence[Interval],
    *,
    about: About,
    measure: Measure,
    with_zero: bool = False,
) -> Html:
    """Return one dot and interval for each label, with its three numbers.

    Args:
        intervals: One each, in this order; an end that is a gap has no stop.
        about: Title, finding and id.
        measure: Unit and digits of all values.
        with_zero: Whether the axis reaches to 0.
    """

    def draw(sheet: Sheet) -> Drawing:
        if not intervals:
            return nothing(sheet, about.words)
        return _drawing(sheet, intervals, measure, about.words, with_zero=with_zero)

    return figure(about, "ranges", draw, _table(intervals, about, measure))


def _table(intervals: Sequence[Interval], about: About, measure: Measure) -> Html:
    words = about.words
    has_notes = any(one.note for one in intervals)
    headings: list[str] = [about.over, words.low, words.best, words.high]
    rows = [
        [
            one.label,
            cell(one.low, measure, words),
            cell(one.best, measure, words, is_estimate=one.is_estimate),
            cell(one.high, measure, words),
            *([one.note] if has_notes else []),
        ]
        for one in intervals
    ]
    title = words.caption.format(title=about.title, measure=measure.heading(words))
    if has_notes:
        headings.append(text_heading(words.remark))
    return data_table(title, headings, rows)


def _drawing(
    sheet: Sheet,
    intervals: Sequence[Interval],
    measure: Measure,
    words: Words,
    *,
    with_zero: bool,
) -> Drawing:
    unit, _ = caption(sheet, measure, words)
    bests = [
        value_label(Point(one.label, one.best, one.is_estimate), measure, words)
        for one in intervals
    ]
    spans = [_span(one, measure, words) for one in intervals]
    rows = lay_rows(
        *(sheet, [one.label for one in intervals], bests),
        top=0 if sheet.is_narrow and unit is None else sheet.line + 8,
        thickness=_THICK,
        between=sheet.line if sheet.is_narrow else 0,
    )
    looks = ["ch-gap" if known(one.best) is None else "ch-value" for one in intervals]
    columns, room = _columns(rows, bests, spans, looks, words)
    low, high = extent(
        (v for one in intervals for v in _known(one)), with_zero=with_zero
    )
    scale = Scale(low, high, rows.left + 8, rows.right - 8 - room)
    lines, bottom = grid(rows, scale, measure)
    marks = [
        group(*_mark(rows, row, scale, one), hidden=True)
        for row, one in zip(rows.rows, intervals, strict=True)
    ]
    if sheet.is_narrow:
        bottom += sheet.line
        columns = [
            _below(rows, row, scale, one, span)
            for row, one, span in zip(rows.rows, intervals, spans, strict=True)
            if span and text_width(span, sheet.text) <= sheet.width
        ]
    labels = rows.labels(list(zip(bests, looks, strict=True)))
    parts = [lines, *marks, *labels, group(*columns, hidden=True)]
    return Drawing(bottom, (*([unit] if unit else []), *parts))


def _known(one: Interval) -> list[Exact]:
    """Return what is known of an interval, lowest first."""
    ends = (one.low, one.best, one.high)
    return [value for end in ends if (value := known(end)) is not None]


def _span(one: Interval, measure: Measure, words: Words) -> str:
    """Return the interval in words; nothing where nothing of it is known."""
    low, high = (
        DASH if (value := known(end)) is None else measure.short(value)
        for end in (one.low, one.high)
    )
    if low == high == DASH:
        reason = gap_words(one.low, words)
        return "" if known(one.best) is None else f"{DASH}{HOLD}{reason}"
    return words.interval.format(low=low, high=high).replace(" ", HOLD)


def _columns(
    rows: Rows,
    bests: Sequence[str],
    spans: Sequence[str],
    looks: Sequence[str],
    words: Words,
) -> tuple[list[Html], float]:
    """Return the numbers in two columns at the right of a wide sheet, and their room.

    Numbers of a size that leaves no room for the drawing stand in the table alone.
    """
    size = rows.sheet.text
    widths = [
        max(text_width(one, size) for one in (heading, *column))
        for heading, column in ((words.best, bests), (words.possible, spans))
    ]
    room = sum(widths) + 2 * _BETWEEN
    if rows.sheet.is_narrow or room > _MOST_ROOM:
        return [], 0
    ends = (rows.right - widths[1] - _BETWEEN, rows.right)
    parts = [
        text(x, size, heading, "ch-note", anchor="end")
        for x, heading in zip(ends, (words.best, words.possible), strict=True)
    ]
    for row, best, span, look in zip(rows.rows, bests, spans, looks, strict=True):
        y = rows.middle(row)
        parts.append(text(ends[0], y, best, look, anchor="end"))
        if span:
            parts.append(text(ends[1], y, span, "ch-key", anchor="end"))
    return parts, room


def _below(rows: Rows, row: Row, scale: Scale, one: Interval, span: str) -> Html:
    """Return the interval's words below its bar, on the narrow sheet."""
    sheet, found = rows.sheet, _known(one)
    half = text_width(span, sheet.text) / 2
    middle = (scale.at(found[0]) + scale.at(found[-1])) / 2
    x = min(max(middle, half), sheet.width - half)
    y = row.mark + rows.thickness + sheet.text + 3
    return text(x, y, span, "ch-key", anchor="middle")


def _mark(rows: Rows, row: Row, scale: Scale, one: Interval) -> list[Html]:
    """Return the bar between the known ends, a stop at each of them, and the dot."""
    middle, found = row.mark + rows.thickness / 2, _known(one)
    parts: list[Html] = []
    if found:
        start, end = scale.at(found[0]), scale.at(found[-1])
        parts.append(rect(start, middle - 3, end - start, 6, "ch-range"))
    for stop in (one.low, one.high):
        if (exact := known(stop)) is not None:
            x = scale.at(exact)
            parts.append(line(x, row.mark, x, row.mark + rows.thickness, "ch-stop"))
    if (best := known(one.best)) is not None:
        look = "ch-mark ch-line1" + (" ch-hollow" if one.is_estimate else "")
        parts.append(circle(scale.at(best), middle, 5.5, look))
    return parts
