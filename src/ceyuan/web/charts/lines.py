# SPDX-License-Identifier: Apache-2.0
"""Lines: one or several series over the same labels.

Each line carries its name and last value at its end, in its own dash and mark. Where
a value is missing the line breaks; it is never drawn through.
"""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from ceyuan.web.charts.figure import figure, key, nothing
from ceyuan.web.charts.lettering import text_width
from ceyuan.web.charts.line_ends import lay_ends
from ceyuan.web.charts.measures import DASH, Measure
from ceyuan.web.charts.patterns import marker
from ceyuan.web.charts.plots import Plot, lay_plot
from ceyuan.web.charts.points import gap_entries, series_table
from ceyuan.web.charts.rows import caption
from ceyuan.web.charts.scales import axis, extent
from ceyuan.web.charts.svg import Drawing, Sheet, group, path, text
from ceyuan.web.charts.values import About, Series, check_series, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.office.page_parts import Html
    from ceyuan.web.charts.words import Words

_HEIGHT = 240
_MARKED = 24


def line_chart(
    series: Sequence[Series], *, about: About, measure: Measure, with_zero: bool = True
) -> Html:
    """Return lines over shared labels, each named at its end.

    Args:
        series: At most four, with the same labels in the same order.
        about: Title, finding and id.
        measure: Unit and digits of all lines.
        with_zero: Whether the axis begins at 0; where it does not, the chart says so.
    """
    labels = check_series(series)

    def draw(sheet: Sheet) -> Drawing:
        if not labels:
            return nothing(sheet, about.words)
        return _drawing(
            sheet, series, labels, measure, about.words, with_zero=with_zero
        )

    table = series_table(series, labels, about=about, measure=measure)
    return figure(about, "lines", draw, table)


def _drawing(
    sheet: Sheet,
    series: Sequence[Series],
    labels: Sequence[str],
    measure: Measure,
    words: Words,
    *,
    with_zero: bool,
) -> Drawing:
    remark = "" if with_zero else words.not_from_zero
    unit, top = caption(sheet, measure, words, remark=remark)
    points = [point for one in series for point in one.points]
    found = [v for point in points if (v := known(point.value)) is not None]
    numbers = axis(*extent(found, with_zero=with_zero), measure, most=5)
    ends = lay_ends(sheet, series, measure, words)
    plot = lay_plot(
        *(sheet, numbers, measure),
        top=top + (24 if len(series) == 1 else 10),
        height=max(_HEIGHT, ends.height),
        count=len(labels),
        inset=12 if sheet.is_narrow else 24,
        right=sheet.width - ends.width,
    )
    drawn = [mark for i, one in enumerate(series) for mark in _line(plot, i, one)]
    said = _numbers(plot, series[0]) if len(series) == 1 else []
    names, bottom = plot.names(labels, plot.scale.start + 6)
    rest = key(sheet, gap_entries(points, words), bottom + 4)
    marks = group(*drawn, *said, ends.draw(plot, series), hidden=True)
    parts = [plot.frame(), marks, names, *rest.parts]
    return Drawing(max(bottom, rest.height), (*([unit] if unit else []), *parts))


def _line(plot: Plot, index: int, series: Series) -> list[Html]:
    """Return one line: pieces between known points, marks, a dash in each gap."""
    look = f"ch-line ch-line{index + 1}"
    places = [
        None if (v := known(p.value)) is None else (plot.middle(i), plot.scale.at(v))
        for i, p in enumerate(series.points)
    ]
    steps = [
        (i, a, b)
        for i, (a, b) in enumerate(pairwise(places))
        if a is not None and b is not None
    ]
    parts: list[Html] = []

    def is_guess(i: int) -> bool:
        return series.points[i].is_estimate or series.points[i + 1].is_estimate

    # Steps that follow each other and are drawn alike are one piece.
    for (_, guessed), piece in groupby(
        enumerate(steps), lambda one: (one[1][0] - one[0], is_guess(one[1][0]))
    ):
        run = [step for _, step in piece]
        d: list[str | float] = ["M", *run[0][1]]
        for _, _, end in run:
            d += ["L", *end]
        parts.append(path(*d, class_=look + (" ch-guess" if guessed else "")))
    last = max((i for i, place in enumerate(places) if place), default=None)
    joined = {i for step, _, _ in steps for i in (step, step + 1)}
    for i, place in enumerate(places):
        if place and (len(places) <= _MARKED or i == last or i not in joined):
            hollow = series.points[i].is_estimate
            parts.append(marker(index, *place, is_hollow=hollow))
    return parts + _gaps(plot, places)


def _gaps(plot: Plot, places: Sequence[tuple[float, float] | None]) -> list[Html]:
    """Return a dash for each run of missing values, level with its neighbours."""
    parts: list[Html] = []
    start = 0
    for missing, run in groupby(places, lambda place: place is None):
        end = start + len(list(run))
        sides = [places[i] for i in (start - 1, end) if 0 <= i < len(places)]
        levels = [side[1] for side in sides if side is not None]
        if missing and levels:
            x = (plot.middle(start) + plot.middle(end - 1)) / 2
            y = sum(levels) / len(levels) + plot.sheet.text * 0.36
            parts.append(text(x, y, DASH, "ch-gap ch-over", anchor="middle"))
        start = end
    return parts


def _numbers(plot: Plot, series: Series) -> list[Html]:
    """Return the number above each point but the last, where all of them fit."""
    size, measure = plot.sheet.text, plot.measure
    exact = [known(point.value) for point in series.points]
    told = {i: measure.short(v) for i, v in enumerate(exact) if v is not None}
    if not told or max(text_width(t, size) for t in told.values()) > plot.slot - 10:
        return []
    del told[max(told)]
    parts = []
    for i, number in told.items():
        y = plot.scale.at(exact[i] or 0) - 10
        parts.append(
            text(plot.middle(i), y, number, "ch-value ch-over", anchor="middle")
        )
    return parts
