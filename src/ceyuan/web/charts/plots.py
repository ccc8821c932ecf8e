# SPDX-License-Identifier: Apache-2.0
"""The field of an upright chart: numbers at the left, level lines, names below."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from ceyuan.web.charts.lettering import text_width, wrap
from ceyuan.web.charts.scales import Axis, Scale
from ceyuan.web.charts.svg import Sheet, group, line, text, text_block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.office.page_parts import Html
    from ceyuan.web.charts.measures import Measure

_ROOMY = 48
_SPACE = 10


@dataclass(frozen=True, slots=True)
class Plot:
    """A field from `left` to `right`; the labels stand `slot` apart from `first` on."""

    sheet: Sheet
    left: float
    right: float
    scale: Scale
    axis: Axis
    measure: Measure
    first: float
    slot: float

    def middle(self, index: int) -> float:
        """Return where the label counted from 0 stands."""
        return round(self.first + index * self.slot, 2)

    def frame(self) -> Html:
        """Return the level lines with their numbers."""
        parts: list[Html] = []
        for tick in self.axis.ticks:
            y = self.scale.at(tick)
            look = "ch-zero" if tick == 0 else "ch-grid"
            said = self.measure.tick(tick)
            parts.append(line(self.left, y, self.right, y, look))
            if text_width(said, self.sheet.text) + 8 <= self.left:
                x = self.left - 8
                parts.append(text(x, y + 4.5, said, "ch-tick", anchor="end"))
        return group(*parts, hidden=True)

    def names(self, labels: Sequence[str], top: float) -> tuple[Html, float]:
        """Return the labels below their slots, and how far down they reach.

        Narrow slots cannot hold a label each; then every second, third … stands.
        """
        sheet = self.sheet
        if self.slot >= _ROOMY:
            width, most, every = self.slot - 8, 3, 1
        else:
            widest = max(text_width(label, sheet.text) for label in labels)
            width, most = min(widest, 2 * _ROOMY), 1
            every = ceil((width + _SPACE) / self.slot)
        parts, high = [], 1
        for i in range(0, len(labels), every):
            lines = wrap(labels[i], size=sheet.text, width=width, most=most)
            half = lines.width / 2
            x = min(max(self.middle(i), half), sheet.width - half)
            high = max(high, len(lines.lines))
            parts.append(
                text_block(
                    *(x, top + sheet.text, lines, "ch-text"),
                    pitch=sheet.line,
                    anchor="middle",
                )
            )
        return group(*parts, hidden=True), top + high * sheet.line + 4


def lay_plot(
    sheet: Sheet,
    numbers: Axis,
    measure: Measure,
    *,
    top: float,
    height: float,
    count: int,
    inset: float | None = None,
    right: float | None = None,
) -> Plot:
    """Return a field whose numbers have the room they need at the left.

    Args:
        sheet: The paper.
        numbers: The axis at the left.
        measure: Writes its numbers.
        top: Where the field begins.
        height: How high it is.
        count: How many labels there are.
        inset: Space before the first and after the last label; half a slot if None.
        right: Where the field ends; the edge of the sheet if None.
    """
    widest = max(text_width(measure.tick(t), sheet.text) for t in numbers.ticks)
    scale = Scale(numbers.low, numbers.high, top + height, top)
    left = min(widest + 8, sheet.width / 3)
    end = sheet.width if right is None else right
    if inset is None or count == 1:
        slot = (end - left) / count
        first = left + slot / 2
    else:
        slot = (end - left - 2 * inset) / (count - 1)
        first = left + inset
    return Plot(sheet, left, end, scale, numbers, measure, first, slot)
