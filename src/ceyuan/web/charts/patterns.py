# SPDX-License-Identifier: Apache-2.0
"""How series are told apart without colour: fills, dashes and marks.

The first fill is solid; the others are strokes on a pale ground, each in another
direction, so that they differ in greyscale and ink can be read on them. A pattern
is defined in the very drawing that uses it: one in a hidden drawing is not painted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.office.page_parts import Html, element
from ceyuan.web.charts.svg import Sheet, circle, path, rect

if TYPE_CHECKING:
    from collections.abc import Iterable

_STEP = 6


def fill_of(sheet: Sheet, series: int) -> str | None:
    """Return the fill of a series counted from 0; None where its class fills it."""
    return f"url(#{sheet.id}-fill{series + 1})" if series else None


def fills(sheet: Sheet, series: Iterable[int]) -> Html:
    """Return the patterns that the series counted from 0 are filled with."""
    drawn = (_pattern(sheet, one) for one in series if one)
    return element("defs", *drawn)


def _pattern(sheet: Sheet, series: int) -> Html:
    turn = {1: "rotate(45)", 2: None, 3: "rotate(90)"}[series]
    stroke = (
        circle(_STEP / 2, _STEP / 2, 1.25, f"ch-dot{series + 1}")
        if series == 2
        else path("M", 1.5, "0V", _STEP, class_=f"ch-hatch{series + 1}")
    )
    return element(
        "pattern",
        rect(0, 0, _STEP, _STEP, f"ch-ground{series + 1}"),
        stroke,
        id=f"{sheet.id}-fill{series + 1}",
        width=str(_STEP),
        height=str(_STEP),
        patternUnits="userSpaceOnUse",
        patternTransform=turn,
    )


def marker(series: int, x: float, y: float, *, is_hollow: bool = False) -> Html:
    """Return the mark of a series at a point: circle, square, triangle, diamond."""
    look = f"ch-mark ch-line{series + 1}" + (" ch-hollow" if is_hollow else "")
    if series == 0:
        return circle(x, y, 4, look)
    if series == 1:
        return rect(x - 3.5, y - 3.5, 7, 7, look)
    if series == 2:
        return path(
            "M", x, y - 5, "L", x + 4.5, y + 3.5, "H", x - 4.5, "Z", class_=look
        )
    return path(
        *("M", x, y - 5, "L", x + 5, y, "L", x, y + 5, "L", x - 5, y, "Z"), class_=look
    )
