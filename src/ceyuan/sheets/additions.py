# SPDX-License-Identifier: Apache-2.0
"""What is to be added to a workbook, said without any file format."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.kernel import UsageError
from ceyuan.sheets.model import MAX_COLUMNS, MAX_ROWS, MAX_TEXT, Range, column_letter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ceyuan.kernel import Problem
    from ceyuan.sheets.problems import ProblemLog

NewValue: TypeAlias = str | int | Decimal | date | None

_BAD_IN_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NAME_LENGTH = 31


@dataclass(frozen=True, slots=True)
class Style:
    """How an added cell looks; font and size are the workbook's own.

    Args:
        bold: Bold type.
        fill: Background, six hex digits (`e8f0f9`).
        color: Type colour, six hex digits.
        wrap: Break long text into lines, set at the top of the cell.
        number_format: As in Excel, e.g. `#,##0.00` or `yyyy-mm-dd`.
        border: Thin grey lines around the cell.
        align: `left`, `center` or `right`; None as the value has it.
    """

    bold: bool = False
    fill: str | None = None
    color: str | None = None
    wrap: bool = False
    number_format: str | None = None
    border: bool = True
    align: str | None = None


@dataclass(frozen=True, slots=True)
class NewCell:
    """One added cell; row and column count from 1.

    Args:
        row: The sheet's own row.
        column: The column's number (A is 1).
        value: Text, number, day, or None for a cell that only has a style.
        style: None leaves the workbook's standard look.
        link: A web address, a file beside the workbook, or `#名称!A1` inside it.
    """

    row: int
    column: int
    value: NewValue
    style: Style | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A note (comment) on a cell, which may be the user's own."""

    row: int
    column: int
    text: str
    author: str = "策源"


@dataclass(frozen=True, slots=True)
class SheetAdditions:
    """What is added to one of the user's sheets.

    Args:
        sheet: The sheet's name.
        cells: New cells; they may cover blank cells only.
        notes: New notes; a cell that has a note of the user's keeps it.
        widths: Width in characters per column number; only for new columns.
    """

    sheet: str
    cells: tuple[NewCell, ...] = ()
    notes: tuple[Note, ...] = ()
    widths: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewSheet:
    """A sheet to be added after the user's sheets.

    Args:
        name: Wished name; made valid and unique (see `Patched.sheet_names`).
        cells: Its cells.
        widths: Width in characters per column number.
        freeze: Number of rows on top and of columns at the left that stay put.
        landscape: Print across the page; always fitted to the page's width.
        merged: Ranges to merge.
    """

    name: str
    cells: tuple[NewCell, ...] = ()
    widths: Mapping[int, float] = field(default_factory=dict)
    freeze: tuple[int, int] | None = None
    landscape: bool = False
    merged: tuple[Range, ...] = ()


Addition: TypeAlias = SheetAdditions | NewSheet


@dataclass(frozen=True, slots=True)
class Patched:
    """What came of writing back.

    Args:
        sheet_names: The final names of the new sheets, in the order given.
        problems: Texts that were cut, notes that could not be set.
    """

    sheet_names: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def unique_name(wished: str, taken: Iterable[str]) -> str:
    """Return a sheet name that Excel accepts and that no other sheet has."""
    name = _BAD_IN_NAME.sub("_", wished).strip().strip("'")[:_NAME_LENGTH] or "Sheet"
    used = {other.casefold() for other in taken}
    result, number = name, 1
    while result.casefold() in used or result.casefold() == "history":
        number += 1
        tail = f" ({number})"
        result = name[: _NAME_LENGTH - len(tail)] + tail
    return result


def fitting(value: str, *, log: ProblemLog, sheet: str, row: int, column: int) -> str:
    """Return the text, cut to what a cell can hold; cutting is a problem."""
    # Excel counts UTF-16 units.
    size = len(value.encode("utf-16-le", "surrogatepass")) // 2
    if size <= MAX_TEXT:
        return value
    log.add(
        "R140",
        f"文字有 {size} 个字符，单元格最多 {MAX_TEXT} 个，已截断"
        f" (text of {size} characters cut to {MAX_TEXT})",
        mend="完整内容见单页 (the full text is on the firm's page)",
        sheet=sheet,
        row=row,
        column=column,
    )
    units = value.encode("utf-16-le", "surrogatepass")[: (MAX_TEXT - 1) * 2]
    return units.decode("utf-16-le", "ignore") + "…"


def check_places(additions: Iterable[Addition]) -> None:
    """Refuse cells outside a sheet, two cells in one place, and odd values.

    Raises:
        UsageError: As the first line says.
    """
    for addition in additions:
        name = addition.sheet if isinstance(addition, SheetAdditions) else addition.name
        seen: set[tuple[int, int]] = set()
        notes = addition.notes if isinstance(addition, SheetAdditions) else ()
        for note in notes:
            _check_place(name, note.row, note.column)
        for cell in addition.cells:
            _check_place(name, cell.row, cell.column)
            if (cell.row, cell.column) in seen:
                msg = f"`{name}`!{_place(cell.row, cell.column)} 给了两次 (given twice)"
                raise UsageError(msg)
            seen.add((cell.row, cell.column))
            if isinstance(cell.value, Decimal) and not cell.value.is_finite():
                where = _place(cell.row, cell.column)
                msg = f"`{name}`!{where}: `{cell.value}` 不是数 (not a number)"
                raise UsageError(msg)


def _check_place(sheet: str, row: int, column: int) -> None:
    if not (1 <= row <= MAX_ROWS and 1 <= column <= MAX_COLUMNS):
        msg = f"`{sheet}`!{_place(row, column)} 在工作表之外 (outside the sheet)"
        raise UsageError(msg)


def _place(row: int, column: int) -> str:
    return f"{column_letter(column)}{row}"


def serial_of(day: date, *, from_1904: bool = False) -> Decimal | None:
    """Return the serial number under which a spreadsheet stores a day.

    None for a day before the spreadsheet's calendar begins; it can only be text.
    """
    if isinstance(day, datetime):
        moment = day.replace(tzinfo=None)
    else:
        moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001 a sheet has no zone
    origin = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
    span = moment - origin
    serial = Decimal(span.days) + (
        Decimal(span.seconds * 1000 + span.microseconds // 1000) / 86_400_000
    )
    if not from_1904 and serial < 61:
        serial -= 1  # Excel's 1900 has a 29th of February
    if serial < (0 if from_1904 else 1):
        return None
    return serial
