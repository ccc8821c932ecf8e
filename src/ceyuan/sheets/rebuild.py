# SPDX-License-Identifier: Apache-2.0
"""Write a book that was no xlsx as a new xlsx, with additions.

The values, the sheets' names and their order are kept; the look of an old `.xls` is
not. A csv or a web page knows only text: a column of it becomes numbers where every number shows
exactly as it was written, so that sums work; codes such as `000001` or an 18-digit
credit code keep their column text.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from ceyuan.kernel import UsageError
from ceyuan.sheets.additions import (
    NewSheet,
    SheetAdditions,
    Style,
    fitting,
    serial_of,
    unique_name,
)
from ceyuan.sheets.celltext import printable, row_heights, width_of
from ceyuan.sheets.model import MAX_COLUMNS, MAX_ROWS, Book, CellError, Range, Sheet

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ceyuan.sheets.additions import Addition, NewCell, NewValue
    from ceyuan.sheets.model import CellValue
    from ceyuan.sheets.problems import ProblemLog

# xlsxwriter ships no types.
_Format: TypeAlias = Any
_Worksheet: TypeAlias = Any

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.(\d+))?")
_LOOKS_NUMERIC = re.compile(r"[-+]?[\d.]+")
_DIGITS = 15  # what a spreadsheet's number holds exactly
_WIDTHS = (8, 42)
_SAMPLE_ROWS = 500
_PLAIN = Style(border=False)
_PERCENT = Style(number_format="0.00%", border=False)
_FIXED_DATE = datetime(1980, 1, 1)  # noqa: DTZ001 the same input gives the same file
_LINE, _LINK = "#C9D1DC", "#0B57A4"


def rebuild(
    book: Book, file: IO[bytes], additions: Sequence[Addition], *, log: ProblemLog
) -> tuple[str, ...]:
    """Write the book with additions and return the names of the new sheets.

    Raises:
        UsageError: A sheet is named that does not exist, a new cell would cover a
            value, or a sheet has more rows or columns than Excel can hold.
    """
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    workbook = xlsxwriter.Workbook(file, options)
    workbook.set_properties({"created": _FIXED_DATE})
    try:
        by_sheet = _by_sheet(book, additions)
        writer = _Writer(workbook, log)
        taken: list[str] = []
        is_active = False
        for sheet in book.sheets:
            name = unique_name(sheet.name, taken)
            taken.append(name)
            added = by_sheet.get(sheet.name, SheetAdditions(sheet.name))
            target = workbook.add_worksheet(name)
            if not (sheet.hidden or is_active):
                target.activate()
                target.set_first_sheet()
                is_active = True
            writer.sheet(target, sheet, added, kind=book.kind)
        names = []
        for new in additions:
            if isinstance(new, NewSheet):
                name = unique_name(new.name, taken)
                taken.append(name)
                names.append(name)
                writer.new_sheet(workbook.add_worksheet(name), new, name)
    finally:
        workbook.close()
    return tuple(names)


def _by_sheet(book: Book, additions: Iterable[Addition]) -> dict[str, SheetAdditions]:
    for sheet in book.sheets:
        if len(sheet.rows) > MAX_ROWS or sheet.width > MAX_COLUMNS:
            msg = (
                f"`{sheet.name}` 有 {len(sheet.rows)} 行 {sheet.width} 列，写不进一张"
                " Excel 工作表 (more than a sheet can hold)"
            )
            raise UsageError(msg, hint="拆成几个文件，或用 --json (split it)")
    found = {item.sheet: item for item in additions if isinstance(item, SheetAdditions)}
    for name in found:
        book.sheet(name)
    return found


class _Writer:
    def __init__(self, workbook: Any, log: ProblemLog) -> None:  # noqa: ANN401
        self._workbook = workbook
        self._log = log
        self._formats: dict[tuple[Style, bool], _Format] = {}

    def sheet(
        self, target: _Worksheet, sheet: Sheet, added: SheetAdditions, *, kind: str
    ) -> None:
        numeric = _numeric_columns(sheet) if kind in {"csv", "html"} else set()
        for row, line in enumerate(sheet.rows):
            for column, value in enumerate(line):
                if value is None:
                    continue
                if column in numeric and isinstance(value, str):
                    number, style = _as_number(value)
                    self._value(target, row, column, number, sheet.name, style=style)
                    continue
                style = _PERCENT if sheet.is_percent(row + 1, column + 1) else _PLAIN
                self._value(target, row, column, value, sheet.name, style=style)
        target.set_landscape()
        target.set_paper(9)
        target.fit_to_pages(1, 0)
        for found_range in sheet.merged:
            self._merge(target, sheet, found_range)
        if sheet.hidden:
            target.hide()
        for column, width in enumerate(_fitting_widths(sheet)):
            hidden = {"hidden": column + 1 in sheet.hidden_columns}
            target.set_column(column, column, width, None, hidden)
        for row in sheet.hidden_rows:
            target.set_row(row - 1, None, None, {"hidden": True})
        _refuse_covering(sheet, added.cells)
        self._cells(target, added.cells, sheet.name)
        self._look(target, added.cells, added.widths, hidden_rows=sheet.hidden_rows)
        for note in added.notes:
            target.write_comment(
                note.row - 1,
                note.column - 1,
                printable(note.text),
                {"author": note.author, "x_scale": 1.6, "y_scale": 1.4},
            )

    def new_sheet(self, target: _Worksheet, new: NewSheet, name: str) -> None:
        """Fill a new sheet."""
        for merged in new.merged:
            target.merge_range(
                merged.first_row - 1,
                merged.first_column - 1,
                merged.last_row - 1,
                merged.last_column - 1,
                "",
            )
        self._cells(target, new.cells, name)
        self._look(target, new.cells, new.widths, merged=new.merged)
        if new.freeze:
            target.freeze_panes(*new.freeze)
        if new.landscape:
            target.set_landscape()
        target.set_paper(9)
        target.fit_to_pages(1, 0)
        target.set_footer("&C&P / &N")

    def _cells(self, target: _Worksheet, cells: Iterable[NewCell], name: str) -> None:
        for cell in cells:
            row, column = cell.row - 1, cell.column - 1
            style = cell.style or _PLAIN
            if cell.link:
                link = "internal:" + cell.link[1:] if cell.link[0] == "#" else cell.link
                if "://" not in link and not link.startswith(("internal:", "mailto:")):
                    link = "external:" + link
                target.write_url(
                    row, column, link, self._format(style, is_link=True), ""
                )
            self._value(
                target,
                row,
                column,
                cell.value,
                name,
                style=style,
                is_link=cell.link is not None,
            )

    def _value(
        self,
        target: _Worksheet,
        row: int,
        column: int,
        value: CellValue | NewValue,
        name: str,
        *,
        style: Style = _PLAIN,
        is_link: bool = False,
    ) -> None:
        if isinstance(value, date):
            if style.number_format is None:
                style = _dated(style, has_time=isinstance(value, datetime))
            serial = serial_of(value)
            value = value.isoformat() if serial is None else serial
        shown = self._format(style, is_link=is_link)
        if value is None:
            target.write_blank(row, column, None, shown)
        elif isinstance(value, bool):
            target.write_boolean(row, column, value, shown)
        elif isinstance(value, str):
            text = fitting(
                value, log=self._log, sheet=name, row=row + 1, column=column + 1
            )
            target.write_string(row, column, text, shown)
        elif isinstance(value, CellError):
            target.write_string(row, column, value.text, shown)
        elif isinstance(value, int) and abs(value) >= 10**_DIGITS:
            target.write_string(row, column, str(value), shown)
        else:
            target.write_number(row, column, float(value), shown)

    def _merge(self, target: _Worksheet, sheet: Sheet, merged: Range) -> None:
        from xlsxwriter.exceptions import OverlappingRange

        top, left = merged.first_row - 1, merged.first_column - 1
        bottom, right = merged.last_row - 1, merged.last_column - 1
        if top >= len(sheet.rows) or (top, left) == (bottom, right):
            return
        try:
            target.merge_range(top, left, bottom, right, "")
        except OverlappingRange:
            return  # a damaged old file; its values are kept all the same
        value = sheet.rows[top][left] if left < sheet.width else None
        if value is not None:
            self._value(target, top, left, value, sheet.name)

    def _look(
        self,
        target: _Worksheet,
        cells: Iterable[NewCell],
        widths: Mapping[int, float],
        *,
        hidden_rows: Collection[int] = (),
        merged: Iterable[Range] = (),
    ) -> None:
        for row, height in row_heights(cells, widths, merged).items():
            if row not in hidden_rows:
                target.set_row(row - 1, height)
        for column, width in widths.items():
            target.set_column(column - 1, column - 1, width)

    def _format(self, style: Style, *, is_link: bool = False) -> _Format:
        key = (style, is_link)
        if key not in self._formats:
            self._formats[key] = self._workbook.add_format(_properties(style, is_link))
        return self._formats[key]


def _properties(style: Style, is_link: bool) -> dict[str, object]:  # noqa: FBT001
    found: dict[str, object] = {}
    if style.bold:
        found["bold"] = True
    if style.fill:
        found["bg_color"] = "#" + style.fill.lstrip("#")
    if style.color or is_link:
        found["font_color"] = "#" + style.color.lstrip("#") if style.color else _LINK
    if is_link:
        found["underline"] = 1
    if style.wrap:
        found |= {"text_wrap": True, "valign": "top"}
    if style.number_format:
        found["num_format"] = style.number_format
    if style.border:
        found |= {"border": 1, "border_color": _LINE}
    if style.align:
        found["align"] = style.align
    return found


def _dated(style: Style, *, has_time: bool) -> Style:
    return Style(
        bold=style.bold,
        fill=style.fill,
        color=style.color,
        wrap=style.wrap,
        number_format="yyyy-mm-dd hh:mm" if has_time else "yyyy-mm-dd",
        border=style.border,
        align=style.align,
    )


def _refuse_covering(sheet: Sheet, cells: Iterable[NewCell]) -> None:
    for cell in cells:
        line = sheet.rows[cell.row - 1] if cell.row <= len(sheet.rows) else []
        if cell.column <= len(line) and line[cell.column - 1] is not None:
            msg = (
                f"`{sheet.name}` 第 {cell.row} 行第 {cell.column} 列已有用户的内容，"
                "不覆盖 (holds a value of the user's; not covered)"
            )
            raise UsageError(msg, hint="用 `first_free_column` 找空列")


def _as_number(written: str) -> tuple[Decimal | str, Style]:
    """Return a number with the format under which it shows as it was written."""
    found = _NUMBER.fullmatch(written)
    if not found:
        return written, _PLAIN
    decimals = len(found.group(1) or "")
    code = "0." + "0" * decimals if decimals else "0"
    return Decimal(written), Style(number_format=code, border=False)


def _numeric_columns(sheet: Sheet) -> set[int]:
    """Return the columns (from 0) whose numbers all show as they were written."""
    numeric: set[int] = set()
    codes: set[int] = set()
    for line in sheet.rows:
        for column, value in enumerate(line):
            if not isinstance(value, str) or column in codes:
                continue
            if not _LOOKS_NUMERIC.fullmatch(value):
                continue
            digits = sum(1 for sign in value if sign.isdigit())
            if _NUMBER.fullmatch(value) and digits <= _DIGITS:
                numeric.add(column)
            else:
                codes.add(column)
    return numeric - codes


def _fitting_widths(sheet: Sheet) -> list[float]:
    """Return a width per column that shows most values; Chinese counts double."""
    widths = [float(_WIDTHS[0])] * sheet.width
    for line in sheet.rows[:_SAMPLE_ROWS]:
        merged_title = sum(1 for value in line if value is not None) == 1
        for column, value in enumerate(line):
            if value is None or merged_title:
                continue
            text = str(value).split("\n", 1)[0]
            size = width_of(text) + 2
            widths[column] = min(max(widths[column], size), _WIDTHS[1])
    return widths
