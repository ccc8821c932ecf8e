# SPDX-License-Identifier: Apache-2.0
"""Stacked bars: what each whole is made of, part after part.

Parts below zero are stacked to the left. Where a part is a gap the whole is one too:
what is known is drawn, an open box says what is not, and no total is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.web.charts.figure import figure, key, nothing
from ceyuan.web.charts.lettering import text_width
from ceyuan.web.charts.measures import DASH, Measure, value_words
from ceyuan.web.charts.patterns import fill_of, fills
from ceyuan.web.charts.points import series_table, total, value_label
from ceyuan.web.charts.rows import Row, Rows, caption, grid, lay_rows
from ceyuan.web.charts.scales import Scale, extent
from ceyuan.web.charts.svg import Drawing, Sheet, group, rect, text
from ceyuan.web.charts.values import About, Exact, Point, Series, check_series, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.office.page_parts import Html
    from ceyuan.web.charts.words import Words

_THICK = 24
_OPEN = 28


def stacked_chart(series: Sequence[Series], *, about: About, measure: Measure) -> Html:
    """Return one bar for each label, made of one part of every series, and its total.

    Args:
        series: The parts, at most four, with the same labels in the same order.
        about: Title, finding and id.
        measure: Unit and digits of all parts.
    """
    labels = check_series(series)

    def draw(sheet: Sheet) -> Drawing:
        if not labels:
            return nothing(sheet, about.words)
        return _drawing(sheet, series, labels, measure, about.words)

    table = series_table(series, labels, about=about, measure=measure, with_total=True)
    return figure(about, "stacks", draw, table)


def _drawing(
    sheet: Sheet,
    series: Sequence[Series],
    labels: Sequence[str],
    measure: Measure,
    words: Words,
) -> Drawing:
    stacks = [[one.points[i] for one in series] for i in range(len(labels))]
    wholes = [_whole(label, stack) for label, stack in zip(labels, stacks, strict=True)]
    said = [value_label(whole, measure, words) for whole in wholes]
    unit, top = caption(sheet, measure, words)
    swatches = [(_swatch(sheet, i), one.name) for i, one in enumerate(series)]
    names = key(sheet, swatches, top)
    rows = lay_rows(sheet, labels, said, top=names.height + 6, thickness=_THICK)
    scale = _scale(rows, stacks, said)
    lines, bottom = grid(rows, scale, measure)
    parts: list[Html] = [fills(sheet, range(len(series))), *names.parts, lines]
    for i, row in enumerate(rows.rows):
        said_parts = _stack(rows, row, scale, stacks[i], series, measure, words)
        parts.append(group(*said_parts, _told(rows, row, scale, stacks[i], said[i])))
    looks = ["ch-gap" if known(w.value) is None else "ch-value" for w in wholes]
    parts += rows.labels(list(zip(said, looks, strict=True)))
    return Drawing(bottom, (*([unit] if unit else []), *parts))


def _whole(label: str, stack: Sequence[Point]) -> Point:
    return Point(label, total(stack), is_estimate=any(p.is_estimate for p in stack))


def _swatch(sheet: Sheet, index: int) -> Html:
    look = f"ch-fill{index + 1} ch-part{index + 1}"
    return rect(0.5, 0.5, 23, 11, look, fill=fill_of(sheet, index))


def _ends(stack: Sequence[Point]) -> tuple[Exact, Exact]:
    """Return how far a stack reaches below and above zero."""
    found = [value for point in stack if (value := known(point.value)) is not None]
    return sum(v for v in found if v < 0), sum(v for v in found if v > 0)


def _has_gap(stack: Sequence[Point]) -> bool:
    return any(known(point.value) is None for point in stack)


def _scale(rows: Rows, stacks: Sequence[Sequence[Point]], said: Sequence[str]) -> Scale:
    low, high = extent(
        (end for stack in stacks for end in _ends(stack)), with_zero=True
    )
    after: float = _OPEN if any(map(_has_gap, stacks)) else 0
    if not rows.sheet.is_narrow:
        after += max(text_width(value, rows.sheet.text) for value in said) + 8
    return Scale(low, high, rows.left, max(rows.right - after, rows.left + _OPEN))


def _stack(
    rows: Rows,
    row: Row,
    scale: Scale,
    stack: Sequence[Point],
    series: Sequence[Series],
    measure: Measure,
    words: Words,
) -> list[Html]:
    """Return the parts of one bar, each with its number where it fits."""
    below: Exact = 0
    above: Exact = 0
    parts: list[Html] = []
    for i, point in enumerate(stack):
        exact = known(point.value)
        if not exact:
            continue
        base = below if exact < 0 else above
        start, end = sorted((scale.at(base), scale.at(base + exact)))
        if exact < 0:
            below += exact
        else:
            above += exact
        look = f"ch-part ch-fill{i + 1} ch-part{i + 1}"
        look += " ch-estimate" if point.is_estimate else ""
        told = value_words(exact, measure, words, is_estimate=point.is_estimate)
        name = words.member.format(label=point.label, part=series[i].name, value=told)
        fill = fill_of(rows.sheet, i)
        parts.append(
            rect(
                *(start, row.mark, end - start, rows.thickness, look),
                fill=fill,
                title=name,
            )
        )
        number = value_label(point, measure, words)
        if text_width(number, rows.sheet.text) + 8 <= end - start:
            is_dark = i == 0 and not point.is_estimate
            inside = "ch-inside" if is_dark else "ch-value ch-over"
            x = (start + end) / 2
            parts.append(text(x, rows.middle(row), number, inside, anchor="middle"))
    return parts


def _told(
    rows: Rows, row: Row, scale: Scale, stack: Sequence[Point], said: str
) -> Html:
    """Return what stands after a stack: an open box for a gap, and the total."""
    x = scale.at(_ends(stack)[1])
    parts: list[Html] = []
    if _has_gap(stack):
        parts += [
            rect(x + 3, row.mark + 0.5, _OPEN - 5, rows.thickness - 1, "ch-empty"),
            text(x + 1 + _OPEN / 2, rows.middle(row), DASH, "ch-gap", anchor="middle"),
        ]
        x += _OPEN
    width = text_width(said, rows.sheet.text)
    if not rows.sheet.is_narrow and x + 6 + width <= rows.sheet.width:
        look = "ch-gap" if _has_gap(stack) else "ch-value"
        parts.append(text(x + 6, rows.middle(row), said, look))
    return group(*parts, hidden=True)
