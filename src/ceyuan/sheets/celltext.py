# SPDX-License-Identifier: Apache-2.0
"""Turn added values into the XML of cells.

Text is always written in the cell itself (`inlineStr`), never among the workbook's
shared strings, which stay as they are; and always as text, so that `=1+1` or
`@SUM` from somebody's data is never run as a formula.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING

from ceyuan.sheets.additions import Style, fitting, serial_of
from ceyuan.sheets.model import column_letter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ceyuan.sheets.additions import NewCell
    from ceyuan.sheets.model import Range
    from ceyuan.sheets.problems import ProblemLog
    from ceyuan.sheets.styles import StyleTable

_CONTROL = re.compile("[\x00-\x08\x0b-\x0d\x0e-\x1f\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_FIRST_WIDE = 0x2E7F  # East Asian signs begin here
_USUAL_WIDTH = 8.43
_LINE_HEIGHT, _MAX_HEIGHT = 15.0, 409.0  # points
_DATE_FORMAT = "yyyy-mm-dd"

letters = lru_cache(maxsize=None)(column_letter)


def printable(value: str) -> str:
    """Return text with what XML cannot hold in Excel's escapes (`_x0007_`)."""
    value = _LOOKS_ESCAPED.sub("_x005F_", value)
    value = _SURROGATE.sub("\ufffd", value)
    return _CONTROL.sub(lambda found: f"_x{ord(found.group()):04X}_", value)


def escape(value: str) -> str:
    """Return text as it may stand between tags."""
    value = printable(value)
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(value: str) -> str:
    """Return text as it may stand in a quoted attribute."""
    value = escape(value).replace('"', "&quot;")
    return value.replace("\n", "&#10;").replace("\t", "&#9;")


def width_of(value: str) -> int:
    """Return how many columns of type a text takes; a Chinese sign takes two."""
    return sum(2 if ord(sign) > _FIRST_WIDE else 1 for sign in value)


def row_heights(
    cells: Iterable[NewCell],
    widths: Mapping[int, float],
    merged: Iterable[Range] = (),
) -> dict[int, float]:
    """Return the height of each row in which wrapped text needs several lines.

    Only for rows of our own: the heights of the user's rows are the user's. A
    merged cell has the room of all the columns it lies over.
    """
    over = {(area.first_row, area.first_column): area.last_column for area in merged}
    lines: dict[int, int] = {}
    for cell in cells:
        if cell.style is None or not cell.style.wrap or not isinstance(cell.value, str):
            continue
        last = over.get((cell.row, cell.column), cell.column)
        room = sum(widths.get(at, _USUAL_WIDTH) for at in range(cell.column, last + 1))
        room = max(room - 1, 1)
        need = sum(
            max(ceil(width_of(line) / room), 1) for line in cell.value.split("\n")
        )
        lines[cell.row] = max(lines.get(cell.row, 1), need)
    return {
        row: min(need * _LINE_HEIGHT, _MAX_HEIGHT)
        for row, need in lines.items()
        if need > 1
    }


class CellWriter:
    """Write cells of one workbook, styles going to its table."""

    def __init__(self, styles: StyleTable, log: ProblemLog, *, from_1904: bool) -> None:
        self._styles = styles
        self._log = log
        self._from_1904 = from_1904

    def rows(
        self, cells: Iterable[NewCell], *, sheet: str, prefix: str = ""
    ) -> dict[int, list[tuple[int, bytes]]]:
        """Return, per row, the columns and XML of its new cells, left to right."""
        rows: dict[int, list[tuple[int, bytes]]] = {}
        for cell in cells:
            xml = self._cell(cell, sheet=sheet, p=prefix).encode()
            rows.setdefault(cell.row, []).append((cell.column, xml))
        for row in rows.values():
            row.sort(key=lambda item: item[0])
        return dict(sorted(rows.items()))

    def _cell(self, cell: NewCell, *, sheet: str, p: str) -> str:
        value, style = cell.value, cell.style
        if isinstance(value, date) and (style is None or style.number_format is None):
            style = _dated(style or Style(border=False))
        if cell.link and style is None:
            style = Style(border=False)
        start = f'<{p}c r="{letters(cell.column)}{cell.row}"'
        if style is not None:
            number = self._styles.index(style, is_link=cell.link is not None)
            start += f' s="{number}"'
        if value is None:
            return start + "/>"
        if isinstance(value, bool):
            return f'{start} t="b"><{p}v>{int(value)}</{p}v></{p}c>'
        if isinstance(value, date):
            serial = serial_of(value, from_1904=self._from_1904)
            value = value.isoformat() if serial is None else serial
        if isinstance(value, str):
            text = fitting(
                value, log=self._log, sheet=sheet, row=cell.row, column=cell.column
            )
            return (
                f'{start} t="inlineStr"><{p}is><{p}t xml:space="preserve">'
                f"{escape(text)}</{p}t></{p}is></{p}c>"
            )
        shown = format(value, "f") if isinstance(value, Decimal) else str(value)
        return f"{start}><{p}v>{shown}</{p}v></{p}c>"


@lru_cache(maxsize=64)
def _dated(style: Style) -> Style:
    return Style(
        bold=style.bold,
        fill=style.fill,
        color=style.color,
        wrap=style.wrap,
        number_format=_DATE_FORMAT,
        border=style.border,
        align=style.align,
    )
