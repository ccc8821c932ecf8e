# SPDX-License-Identifier: Apache-2.0
"""Bars: one length for each point, from zero, on one scale.

Each bar carries its number. Upright bars stand in rows on the narrow sheet, where
their numbers would run into each other. More than forty bars are a skyline: only the
highest, the last and the deepest below zero are numbered; the table has all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ceyuan.web.charts.columns import columns
from ceyuan.web.charts.figure import figure, nothing
from ceyuan.web.charts.lettering import text_width
from ceyuan.web.charts.points import beside_look, linked, point_table, value_label
from ceyuan.web.charts.rows import Rows, caption, grid, lay_rows
from ceyuan.web.charts.scales import Scale, extent
from ceyuan.web.charts.svg import Drawing, Sheet, rect, text
from ceyuan.web.charts.values import About, Point, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.office.page_parts import Html
    from ceyuan.web.charts.measures import Measure
    from ceyuan.web.charts.rows import Row
    from ceyuan.web.charts.words import Words

MANY = 40
_LEAST = 80


def bar_chart(
    points: Sequence[Point],
    *,
    about: About,
    measure: Measure,
    direction: Literal["up", "across"] = "up",
) -> Html:
    """Return bars; half the value is half the length, in either direction.

    Args:
        points: One bar each, in this order; a bar with `href` is a link.
        about: Title, finding and id.
        measure: Unit and digits of all bars.
        direction: `up` for time, `across` for names.
    """

    def draw(sheet: Sheet) -> Drawing:
        if not points:
            return nothing(sheet, about.words)
        is_across = sheet.is_narrow or direction == "across"
        if is_across and len(points) <= MANY:
            return _across(sheet, points, measure, about.words)
        return columns(sheet, points, measure, about.words)

    return figure(
        about,
        "bars",
        draw,
        point_table(points, about=about, measure=measure),
        is_linked=any(point.href for point in points),
    )


def _across(
    sheet: Sheet, points: Sequence[Point], measure: Measure, words: Words
) -> Drawing:
    unit, top = caption(sheet, measure, words)
    said = [value_label(point, measure, words) for point in points]
    thickness = 14 if sheet.is_narrow else 18
    labels = [point.label for point in points]
    rows = lay_rows(sheet, labels, said, top=top, thickness=thickness)
    scale = _scale(rows, points, said)
    lines, bottom = grid(rows, scale, measure)
    marks = [
        linked(point, measure, words, *_bar(rows, row, scale, point, value))
        for row, point, value in zip(rows.rows, points, said, strict=True)
    ]
    beside = [(one, beside_look(p)) for one, p in zip(said, points, strict=True)]
    parts = [lines, *marks, *rows.labels(beside)]
    return Drawing(bottom, (*([unit] if unit else []), *parts))


def _scale(rows: Rows, points: Sequence[Point], said: Sequence[str]) -> Scale:
    """Return the scale of the bars, with room for the numbers at their ends."""
    low, high = extent(
        (v for p in points if (v := known(p.value)) is not None), with_zero=True
    )
    before = after = 0.0
    if not rows.sheet.is_narrow:
        for point, value in zip(points, said, strict=True):
            width = text_width(value, rows.sheet.text) + 8
            if (known(point.value) or 0) < 0:
                before = max(before, width)
            else:
                after = max(after, width)
    if rows.right - rows.left - before - after < _LEAST:
        before = after = 0
    return Scale(low, high, rows.left + before, rows.right - after)


def _bar(
    rows: Rows, row: Row, scale: Scale, point: Point, value: str
) -> list[Html | None]:
    sheet, zero = rows.sheet, scale.at(0)
    exact = known(point.value)
    end = zero if exact is None else scale.at(exact)
    look = "ch-fill1 ch-estimate" if point.is_estimate else "ch-fill1"
    height = row.bottom - row.top
    hit = rect(0, row.top, sheet.width, height, "ch-hit") if point.href else None
    bar = (
        rect(min(zero, end), row.mark, abs(end - zero), rows.thickness, look)
        if exact is not None
        else None
    )
    if sheet.is_narrow:
        return [hit, bar]
    class_ = "ch-gap" if exact is None else "ch-value"
    is_below = exact is not None and exact < 0
    x, anchor = (end - 6, "end") if is_below else (end + 6, None)
    if not _fits(x, value, sheet, is_below=is_below):
        return [hit, bar]
    return [hit, bar, text(x, rows.middle(row), value, class_, anchor=anchor)]


def _fits(x: float, value: str, sheet: Sheet, *, is_below: bool) -> bool:
    width = text_width(value, sheet.text)
    return x >= width if is_below else x + width <= sheet.width
