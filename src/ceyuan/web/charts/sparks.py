# SPDX-License-Identifier: Apache-2.0
"""A sparkline: the course of a figure, as small as a word, inside a line or a cell.

It has no axis and no table; its description says every point.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from ceyuan.office.page_parts import Html, element
from ceyuan.web.charts.figure import image, legal
from ceyuan.web.charts.points import point_name
from ceyuan.web.charts.scales import Scale, extent
from ceyuan.web.charts.svg import Drawing, Sheet, circle, line, path
from ceyuan.web.charts.values import Point, check_id, known
from ceyuan.web.charts.words import ZH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.web.charts.measures import Measure
    from ceyuan.web.charts.words import Words

_WIDTH, _HEIGHT, _EDGE = 96, 24, 4


def sparkline(
    points: Sequence[Point],
    *,
    name: str,
    title: str,
    measure: Measure,
    words: Words = ZH,
) -> Html:
    """Return a small line as a `span`; gaps break it, the last point is marked.

    Args:
        points: The course, in order of time.
        name: Its id, unique on the page.
        title: What the figure is; its description says every point.
        measure: Unit and digits of the points that are said.
        words: Language of the fixed words.
    """
    check_id(name)
    told = words.also.join(point_name(point, measure, words) for point in points)
    sheet = Sheet(name, _WIDTH, 13)
    desc = told or words.no_data
    drawing = Drawing(_HEIGHT, tuple(_strokes(points)))
    svg = image(sheet, drawing, title, desc, class_="ch-tiny", role="img")
    return legal(element("span", svg, class_="ch-spark", lang=words.lang))


def _strokes(points: Sequence[Point]) -> list[Html]:
    values = [known(point.value) for point in points]
    found = [value for value in values if value is not None]
    low, high = extent(found, with_zero=False)
    level = Scale(low, high, _HEIGHT - _EDGE, _EDGE)
    step = (_WIDTH - 2 * _EDGE) / max(len(points) - 1, 1)
    parts: list[Html] = []
    if low < 0 < high:
        parts.append(line(0, level.at(0), _WIDTH, level.at(0), "ch-grid"))
    last: tuple[float, float, bool] | None = None
    start = 0
    for missing, run in groupby(values, lambda value: value is None):
        piece = list(run)
        places = [
            (_EDGE + (start + i) * step, level.at(value))
            for i, value in enumerate(piece)
            if value is not None
        ]
        if len(places) == 1:
            parts.append(circle(*places[0], 1.5, "ch-spark-dot"))
        elif not missing:
            d = [one for x, y in places for one in ("L", x, y)]
            parts.append(path("M", *d[1:], class_="ch-line ch-line1 ch-thin"))
        start += len(piece)
        if places:
            last = (*places[-1], points[start - 1].is_estimate)
    if last is not None:
        look = "ch-spark-dot" + (" ch-hollow" if last[2] else "")
        parts.append(circle(last[0], last[1], 3, look))
    return parts
