# SPDX-License-Identifier: Apache-2.0
"""One point: its words beside the mark, its link, its row in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.office.page_parts import Html, element
from ceyuan.web.charts.measures import DASH, HOLD, Measure, value_words
from ceyuan.web.charts.svg import circle, group, line, link, rect, text
from ceyuan.web.charts.tables import cell, data_table, text_heading
from ceyuan.web.charts.values import About, Exact, Point, Series, gap_words, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.web.charts.words import Words


def value_label(point: Point, measure: Measure, words: Words) -> str:
    """Return what stands beside a mark: the number, 预计 before it, or 无数据."""
    exact = known(point.value)
    if exact is None:
        return f"{DASH}{HOLD}{gap_words(point.value, words)}"
    mark = f"{words.estimate}{HOLD}" if point.is_estimate else ""
    return f"{mark}{measure.short(exact)}"


def beside_look(point: Point) -> str:
    """Return the class of what stands beside a label; a link's value shows it is one."""
    if known(point.value) is None:
        return "ch-gap"
    return "ch-value ch-trace" if point.href else "ch-value"


def point_name(point: Point, measure: Measure, words: Words) -> str:
    """Return the point as a sentence says it: label and value with unit."""
    told = value_words(point.value, measure, words, is_estimate=point.is_estimate)
    return words.point.format(label=point.label, value=told)


def linked(point: Point, measure: Measure, words: Words, *marks: Html | None) -> Html:
    """Return the marks of a point, as a link where the point leads somewhere."""
    if point.href is None:
        return group(*marks, hidden=True)
    return link(point.href, point_name(point, measure, words), *marks)


def point_table(points: Sequence[Point], *, about: About, measure: Measure) -> Html:
    """Return the table of points, with a column of remarks where there are any."""
    words = about.words
    has_notes = any(point.note for point in points)
    headings: list[str] = [about.over, measure.heading(words)]
    if has_notes:
        headings.append(text_heading(words.remark))
    rows = []
    for point in points:
        name = element("a", point.label, href=point.href) if point.href else point.label
        value = cell(point.value, measure, words, is_estimate=point.is_estimate)
        rows.append([name, value, *([point.note] if has_notes else [])])
    return data_table(about.title, headings, rows)


def series_table(
    series: Sequence[Series],
    labels: Sequence[str],
    *,
    about: About,
    measure: Measure,
    with_total: bool = False,
) -> Html:
    """Return the table of all points: a row for each label, a column for each series.

    A total stands in the last column if asked; where one part of it is a gap, so is
    the total.
    """
    words = about.words
    headings = [about.over, *(one.name for one in series)]
    if with_total:
        headings.append(words.total)
    rows = []
    for i, label in enumerate(labels):
        points = [one.points[i] for one in series]
        cells = [
            cell(p.value, measure, words, is_estimate=p.is_estimate) for p in points
        ]
        if with_total:
            is_estimate = any(point.is_estimate for point in points)
            cells.append(cell(total(points), measure, words, is_estimate=is_estimate))
        rows.append([label, *cells])
    unit = measure.heading(words)
    caption = words.caption.format(title=about.title, measure=unit)
    return data_table(caption, headings, rows)


def total(points: Sequence[Point]) -> Exact | None:
    """Return the sum of points; None where one of them is a gap."""
    found = [value for p in points if (value := known(p.value)) is not None]
    return sum(found) if len(found) == len(points) else None


def gap_entries(points: Sequence[Point], words: Words) -> list[tuple[Html, str]]:
    """Return the key of a chart of lines: how 预计 and gaps are drawn."""
    entries: list[tuple[Html, str]] = []
    if any(point.is_estimate for point in points):
        mark = group(line(0, 6, 24, 6, "ch-line ch-guess"), circle(12, 6, 4, "ch-ring"))
        entries.append((mark, words.estimate))
    return entries + _dash_entries(points, words)


def key_entries(points: Sequence[Point], words: Words) -> list[tuple[Html, str]]:
    """Return the key of a chart of bars whose words do not fit beside them."""
    entries: list[tuple[Html, str]] = []
    if any(point.is_estimate for point in points):
        mark = rect(0.75, 0.75, 22.5, 10.5, "ch-fill1 ch-estimate")
        entries.append((mark, words.estimate))
    return entries + _dash_entries(points, words)


def _dash_entries(points: Sequence[Point], words: Words) -> list[tuple[Html, str]]:
    gaps = {gap_words(p.value, words) for p in points if known(p.value) is None}
    dash = text(12, 11, DASH, "ch-gap", anchor="middle")
    return [(dash, gap) for gap in sorted(gaps)]
