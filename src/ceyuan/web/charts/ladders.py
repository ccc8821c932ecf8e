# SPDX-License-Identifier: Apache-2.0
"""A ladder: how many stand on each level, and how many moved between two.

Levels and moves are drawn on one scale, so a move that is a tenth of its level is a
tenth as wide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError
from ceyuan.web.charts.figure import figure, nothing
from ceyuan.web.charts.lettering import text_width, wrap
from ceyuan.web.charts.measures import value_words
from ceyuan.web.charts.points import (
    beside_look,
    linked,
    point_name,
    point_table,
    value_label,
)
from ceyuan.web.charts.rows import SPACE, Row, Rows, caption, lay_rows
from ceyuan.web.charts.scales import Scale, extent
from ceyuan.web.charts.svg import Drawing, Sheet, group, line, path, rect, text
from ceyuan.web.charts.tables import cell, data_table
from ceyuan.web.charts.values import About, Point, Value, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.office.page_parts import Html
    from ceyuan.web.charts.measures import Measure
    from ceyuan.web.charts.words import Words

_THICK = 26
_MOVE = 16
_ARROW = 22
_OPEN = 28


def ladder_chart(
    levels: Sequence[Point],
    moves: Sequence[Value],
    *,
    about: About,
    measure: Measure,
    move_name: str,
) -> Html:
    """Return the levels in the order given, with the moves between each two.

    Args:
        levels: How many stand on each level; 0 or more.
        moves: How many moved from a level to the next; one fewer than the levels.
        about: Title, finding and id.
        measure: Unit of levels and moves.
        move_name: What the moves are: 本年升入.

    Raises:
        UsageError: The numbers of levels and moves do not match, or one is below 0.
    """
    if len(moves) != max(len(levels) - 1, 0):
        msg = f"{len(levels)} levels need one move between each two (got {len(moves)})"
        raise UsageError(msg)
    steps = [
        Point(about.words.move.format(source=a.label, target=b.label), value)
        for a, b, value in zip(levels[:-1], levels[1:], moves, strict=True)
    ]
    for point in (*levels, *steps):
        if (known(point.value) or 0) < 0:
            msg = f"{point.label!r} counts who is there; it must not be below 0"
            raise UsageError(msg)

    def draw(sheet: Sheet) -> Drawing:
        if not levels:
            return nothing(sheet, about.words)
        return _drawing(sheet, levels, steps, measure, move_name, about.words)

    words = about.words
    rows = [[step.label, cell(step.value, measure, words)] for step in steps]
    unit = words.heading.format(name=move_name, unit=measure.unit)
    tables = [point_table(levels, about=about, measure=measure)]
    if steps:
        title = words.caption.format(title=about.title, measure=move_name)
        tables.append(data_table(title, [words.level, unit], rows))
    is_linked = any(level.href for level in levels)
    return figure(about, "ladder", draw, *tables, is_linked=is_linked)


def _drawing(
    sheet: Sheet,
    levels: Sequence[Point],
    steps: Sequence[Point],
    measure: Measure,
    move_name: str,
    words: Words,
) -> Drawing:
    unit, top = caption(sheet, measure, words)
    said = [value_label(level, measure, words) for level in levels]
    labels = [level.label for level in levels]
    rows = lay_rows(
        sheet, labels, said, top=top, thickness=_THICK, between=_between(sheet)
    )
    found = [v for p in (*levels, *steps) if (v := known(p.value)) is not None]
    _, high = extent(found, with_zero=True)
    after: float = _ARROW
    if not sheet.is_narrow:
        room = (rows.right - rows.left) / 2
        after += min(max(text_width(value, sheet.text) for value in said) + 10, room)
    scale = Scale(0, high, rows.left, rows.right - after)
    parts: list[Html] = []
    for row, level, value in zip(rows.rows, levels, said, strict=True):
        marks = _level(rows, row, scale, level, value, measure, words)
        parts.append(linked(level, measure, words, *marks))
    for row, step in zip(rows.rows[:-1], steps, strict=True):
        value = value_words(step.value, measure, words)
        told = _moved(sheet, rows, move_name, value, words)
        name = point_name(step, measure, words)
        parts.append(_step(rows, row, scale, step, told, name))
    parts += rows.labels(
        [(one, beside_look(level)) for one, level in zip(said, levels, strict=True)]
    )
    return Drawing(rows.bottom, (*([unit] if unit else []), *parts))


def _level(
    rows: Rows,
    row: Row,
    scale: Scale,
    level: Point,
    value: str,
    measure: Measure,
    words: Words,
) -> list[Html | None]:
    exact, name = known(level.value), point_name(level, measure, words)
    height = row.bottom - row.top
    hit = rect(0, row.top, rows.sheet.width, height, "ch-hit", title=name)
    end = scale.at(exact or 0)
    look = "ch-fill1 ch-estimate" if level.is_estimate else "ch-fill1"
    width = end - rows.left
    bar = rect(rows.left, row.mark, width, rows.thickness, look, title=name)
    marks: list[Html | None] = [hit if level.href else None]
    if exact is not None:
        marks.append(bar)
    elif rows.sheet.is_narrow:
        marks.append(rect(0.5, row.mark, _OPEN, rows.thickness, "ch-empty"))
    is_fitting = end + 8 + text_width(value, rows.sheet.text) <= rows.sheet.width
    if is_fitting and not rows.sheet.is_narrow:
        look = "ch-gap" if exact is None else "ch-value"
        marks.append(text(end + 8, rows.middle(row), value, look))
    return marks


def _step(
    rows: Rows, row: Row, scale: Scale, step: Point, said: str, name: str
) -> Html:
    """Return an arrow down, the move's own bar beside it, and its words."""
    sheet, exact = rows.sheet, known(step.value)
    top = row.mark + rows.thickness
    bottom = top + _gap(sheet)
    x, middle = rows.left + 8, (top + bottom) / 2
    start = rows.left + _ARROW
    end = start + scale.at(exact or 0) - rows.left
    parts = [
        line(x, top + 4, x, bottom - 5, "ch-arrow"),
        path(
            *("M", x - 4, bottom - 9, "L", x, bottom - 4, "L", x + 4, bottom - 9),
            class_="ch-arrow",
        ),
    ]
    if exact is not None:
        box = (start, middle - _MOVE / 2, end - start, _MOVE)
        parts.append(rect(*box, "ch-range", title=name))
    width = text_width(said, sheet.text)
    free = min(end + 8, sheet.width - width)
    look = "ch-gap" if exact is None else "ch-text ch-over"
    if free > x:
        parts.append(text(free, middle + sheet.text * 0.36, said, look, title=name))
    return group(*parts, hidden=True)


def _gap(sheet: Sheet) -> int:
    """Return the space between a level's bar and what comes below it."""
    return SPACE + _between(sheet)


def _between(sheet: Sheet) -> int:
    return sheet.line + 8


def _moved(sheet: Sheet, rows: Rows, name: str, value: str, words: Words) -> str:
    """Return the words of a move; a long name is cut, its number never."""
    room = sheet.width - rows.left - _ARROW - text_width(value, sheet.text) - 20
    lines = wrap(name, size=sheet.text, width=max(room, 40), most=1)
    return words.moved.format(name=lines.lines[0], value=value)
