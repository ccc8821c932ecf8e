# SPDX-License-Identifier: Apache-2.0
"""One row for each label, and the axis below: bars, stacks, ranges, ladders.

On the wide sheet a label stands left of its mark. A phone has no room for that, so
there the label has a line of its own, with the value at its end, and the mark takes
the whole width below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.web.charts.lettering import Lines, text_width, wrap
from ceyuan.web.charts.scales import axis
from ceyuan.web.charts.svg import Sheet, group, line, text, text_block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.office.page_parts import Html
    from ceyuan.web.charts.measures import Measure
    from ceyuan.web.charts.scales import Scale
    from ceyuan.web.charts.words import Words

LABEL_WIDTH = 200
SPACE = 12
_LEAST_LABEL = 60


@dataclass(frozen=True, slots=True)
class Row:
    """Where one row stands: from `top` to `bottom`, its mark from `mark` down."""

    label: Lines
    top: float
    bottom: float
    mark: float


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows below each other; marks lie between `left` and `right`."""

    sheet: Sheet
    left: float
    right: float
    top: float
    bottom: float
    rows: tuple[Row, ...]
    thickness: int

    def labels(self, beside: Sequence[tuple[str, str]]) -> list[Html]:
        """Return the labels; what stands beside each, and its class, if narrow."""
        pairs = zip(self.rows, beside, strict=True)
        return [self._label(row, value, look) for row, (value, look) in pairs]

    def _label(self, row: Row, value: str, look: str) -> Html:
        sheet = self.sheet
        if sheet.is_narrow:
            y = row.top + sheet.text
            said = None
            if _fits_beside(sheet, value):
                said = text(sheet.width, y, value, look, anchor="end")
            label = text_block(0, y, row.label, "ch-text", pitch=sheet.line)
            return group(label, said, hidden=True)
        high = (len(row.label.lines) - 1) * sheet.line
        y = self.middle(row) - high / 2
        x = self.left - SPACE
        label = text_block(x, y, row.label, "ch-text", pitch=sheet.line, anchor="end")
        return group(label, hidden=True)

    def middle(self, row: Row) -> float:
        """Return the line on which text centred on the mark stands."""
        return row.mark + self.thickness / 2 + self.sheet.text * 0.36


def lay_rows(
    sheet: Sheet,
    labels: Sequence[str],
    beside: Sequence[str],
    *,
    top: float,
    thickness: int,
    between: int = 0,
) -> Rows:
    """Return where rows stand, one below the other with `between` more space."""
    if sheet.is_narrow:
        return _narrow(sheet, labels, beside, top, thickness, between)
    width = min(max(text_width(label, sheet.text) for label in labels), LABEL_WIDTH)
    names = [wrap(label, size=sheet.text, width=width, most=2) for label in labels]
    rows, y = [], top
    for lines in names:
        height = max(thickness + SPACE, len(lines.lines) * sheet.line + 6)
        rows.append(Row(lines, y, y + height, y + (height - thickness) / 2))
        y += height + between
    left = max(lines.width for lines in names) + SPACE
    return Rows(sheet, left, sheet.width, top, y - between, tuple(rows), thickness)


def _narrow(
    sheet: Sheet,
    labels: Sequence[str],
    beside: Sequence[str],
    top: float,
    thickness: int,
    between: int,
) -> Rows:
    rows, y = [], top
    for label, value in zip(labels, beside, strict=True):
        room = float(sheet.width)
        if _fits_beside(sheet, value):
            room -= text_width(value, sheet.text) + SPACE
        lines = wrap(label, size=sheet.text, width=room, most=2)
        mark = y + len(lines.lines) * sheet.line + 2
        rows.append(Row(lines, y, mark + thickness + SPACE, mark))
        y = mark + thickness + SPACE + between
    return Rows(sheet, 0, sheet.width, top, y - between, tuple(rows), thickness)


def _fits_beside(sheet: Sheet, value: str) -> bool:
    """Return whether a number leaves room for a label; else the table has it."""
    return text_width(value, sheet.text) + SPACE + _LEAST_LABEL <= sheet.width


def caption(
    sheet: Sheet, measure: Measure, words: Words, *, remark: str = ""
) -> tuple[Html | None, int]:
    """Return the line that names the unit, and how much height it takes."""
    parts = [remark] if remark else []
    if measure.unit not in {"", "%"}:
        parts.insert(0, words.unit.format(unit=measure.unit))
    if not parts:
        return None, 0
    said = words.also.join(parts)
    lines = wrap(said, size=sheet.text, width=sheet.width, most=2)
    named = text_block(0, sheet.text, lines, "ch-note", pitch=sheet.line)
    return group(named, hidden=True), len(lines.lines) * sheet.line + 6


def grid(rows: Rows, scale: Scale, measure: Measure) -> tuple[Html, float]:
    """Return upright lines at round numbers, and how far down they reach.

    On the narrow sheet they would run through the labels; there only zero is drawn,
    beside each mark. Numbers that would run into the one before are left out.
    """
    sheet = rows.sheet
    parts: list[Html] = []
    if sheet.is_narrow:
        if scale.low <= 0 <= scale.high:
            x = scale.at(0)
            for row in rows.rows:
                parts.append(
                    line(x, row.mark - 2, x, row.mark + rows.thickness + 2, "ch-zero")
                )
        return group(*parts, hidden=True), rows.bottom
    y, free = rows.bottom + sheet.text + 4, 0.0
    for tick in axis(scale.low, scale.high, measure, most=6).ticks:
        if not scale.low <= tick <= scale.high:
            continue
        x = scale.at(tick)
        look = "ch-zero" if tick == 0 else "ch-grid"
        parts.append(line(x, rows.top, x, rows.bottom, look))
        said = measure.tick(tick)
        half = text_width(said, sheet.text) / 2
        middle = min(max(x, half), sheet.width - half)
        if middle - half >= free:
            parts.append(text(middle, y, said, "ch-tick", anchor="middle"))
            free = middle + half + 8
    return group(*parts, hidden=True), rows.bottom + sheet.line + 6
