# SPDX-License-Identifier: Apache-2.0
"""Turn the XML of a row into values.

Three million cells pass through here in a large sheet, so the usual shape of a cell
(place, style, type, one value) is matched whole and converted on the spot; anything
else takes the careful way round. Both give the same values.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from ceyuan.sheets.formats import DateError, Kind, day_of
from ceyuan.sheets.markup import (
    attributes,
    patterns,
    rich_text,
    root_prefix,
    text,
    unescape,
)
from ceyuan.sheets.model import MAX_COLUMNS, CellError, CellValue, column_number
from ceyuan.sheets.parts import fragment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.sheets.problems import ProblemLog

_PLACE = re.compile(r"([A-Za-z]{1,3})(\d+)")
_USUAL = re.compile(rb'\s+r="([A-Z]{1,3})\d+"(?:\s+s="(\d+)")?(?:\s+t="(\w+)")?\s*')
#: A number of up to 15 digits written out is its own shortest decimal.
_SHORT = re.compile(rb"-?(?:0|[1-9]\d{0,7})\.\d{0,6}[1-9]")


class CellReader:
    """Read the cells of one sheet, row by row.

    Args:
        sheet: The sheet's name, for problems.
        strings: The workbook's shared strings.
        kind_by_style: How numbers of a style are meant, where not as numbers.
        from_1904: The workbook counts days from 1904.
        log: Where problems go.
    """

    def __init__(
        self,
        *,
        sheet: str,
        strings: list[str],
        kind_by_style: Mapping[bytes, Kind],
        from_1904: bool,
        log: ProblemLog,
    ) -> None:
        self._head = b""
        self._pattern = patterns(b"")
        self._sheet = sheet
        self._strings = strings
        self._kinds = kind_by_style
        self._from_1904 = from_1904
        self._log = log
        self._columns: dict[bytes, int] = {}
        self._row = 0
        #: Last column that holds a formula without a visible result.
        self.reach = 0
        #: Per column, first and last row of each run of percentages.
        self.percent: dict[int, list[list[int]]] = {}

    def begin(self, head: bytes) -> None:
        """Take note of the sheet's XML up to its rows; its root names the tags."""
        self._head = head
        self._pattern = patterns(root_prefix(head))

    def row(self, number: int, body: bytes) -> list[CellValue]:
        """Return the values of a row, as far as its last value goes.

        Args:
            number: The row's own number.
            body: The XML between its tags.
        """
        self._row = number
        line: list[CellValue] = []
        column = 0
        for letters, style, kind, raw, attrs, inside in self._pattern.cells.findall(
            body
        ):
            if letters:
                column = self._columns.get(letters) or self._column(letters)
                if kind or style in self._kinds:
                    value = self._convert(raw, style, kind or b"n", column)
                elif _SHORT.fullmatch(raw):
                    value = Decimal(raw.decode())
                else:
                    value = self._number(raw, style, column)
            else:
                column, own_style, own_kind = self._unusual(attrs, column)
                if not inside:
                    continue
                value = self._value(inside, own_style, own_kind, column)
            if value is None or column > MAX_COLUMNS:
                # A formula that shows nothing is still in its place.
                self.reach = max(self.reach, min(column, MAX_COLUMNS))
                continue
            if column > len(line):
                line.extend([None] * (column - len(line)))
            line[column - 1] = value
        return line

    def _column(self, letters: bytes) -> int:
        self._columns[letters] = column_number(letters.decode())
        return self._columns[letters]

    def _unusual(self, raw: bytes, previous: int) -> tuple[int, bytes, bytes]:
        usual = _USUAL.fullmatch(raw)
        if usual:
            letters, style, kind = usual.groups(b"")
            return self._column(letters), style, kind or b"n"
        attrs = attributes(raw)
        place = _PLACE.fullmatch(attrs.get("r", ""))
        column = column_number(place.group(1)) if place else previous + 1
        return column, attrs.get("s", "").encode(), attrs.get("t", "n").encode()

    def _value(
        self, inside: bytes, style: bytes, kind: bytes, column: int
    ) -> CellValue:
        if kind == b"inlineStr":
            return self._inline(inside)
        found = self._pattern.value.search(inside)
        raw = (found.group(2) or b"") if found else b""
        is_formula = self._pattern.formula.search(inside) is not None
        if not raw.strip() and kind != b"str" and is_formula:
            self._log.add(
                "R120",
                "公式没有结果：文件保存时未计算，按空白处理"
                " (formula without a result: never calculated; taken as blank)",
                mend="用 Excel 或 WPS 打开并保存一次 (open and save it once)",
                sheet=self._sheet,
                row=self._row,
                column=column,
            )
            return None
        return self._convert(raw, style, kind, column)

    def _inline(self, inside: bytes) -> CellValue:
        found = self._pattern.inline.search(inside)
        body = (found.group(2) if found else None) or b""
        simple = self._pattern.simple_item.fullmatch(body)
        if simple:
            raw = simple.group(2).decode("utf-8", "replace")
            return unescape(text(raw)) or None
        return rich_text(fragment(body, self._head)) or None if body else None

    def _convert(self, raw: bytes, style: bytes, kind: bytes, column: int) -> CellValue:
        if kind == b"s":
            at = int(raw) if raw.isdigit() and len(raw) < 10 else -1
            if 0 <= at < len(self._strings):
                return self._strings[at] or None
            return self._unreadable(raw, column)
        if kind == b"n":
            return self._number(raw, style, column)
        written = text(raw.decode("utf-8", "replace"))
        if kind == b"str":
            return unescape(written) or None
        if kind == b"b":
            return written.strip() in {"1", "true"}
        if kind == b"e":
            return CellError(written)
        if kind == b"d":
            return self._iso(written, column)
        return self._unreadable(raw, column)

    def _number(self, raw: bytes, style: bytes, column: int) -> CellValue:
        if not raw.strip():
            return None
        number = number_of(raw)
        if number is None:
            return self._unreadable(raw, column)
        kind = self._kinds.get(style, Kind.NUMBER)
        if kind is Kind.DATE:
            return day_cell(
                Decimal(number),
                from_1904=self._from_1904,
                log=self._log,
                sheet=self._sheet,
                row=self._row,
                column=column,
            )
        if kind is Kind.PERCENT:
            runs = self.percent.setdefault(column, [])
            if runs and runs[-1][1] == self._row - 1:
                runs[-1][1] = self._row
            else:
                runs.append([self._row, self._row])
        return number

    def _iso(self, written: str, column: int) -> CellValue:
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            return self._unreadable(written.encode(), column)
        if moment.time() == datetime.min.time():
            return date(moment.year, moment.month, moment.day)
        return moment.replace(tzinfo=None)

    def _unreadable(self, raw: bytes, column: int) -> CellValue:
        shown = raw.decode("utf-8", "replace")[:40]
        self._log.add(
            "R123",
            f"单元格内容 `{shown}` 损坏，无法识别 (damaged cell)",
            mend="重新填写这一格 (type the cell anew)",
            sheet=self._sheet,
            row=self._row,
            column=column,
        )
        return CellError(shown or "?")


def day_cell(
    serial: Decimal,
    *,
    from_1904: bool,
    log: ProblemLog,
    sheet: str,
    row: int,
    column: int,
) -> CellValue:
    """Return the day of a serial number; one that is no day is a problem."""
    try:
        return day_of(serial, from_1904=from_1904)
    except DateError as error:
        log.add(
            "R121",
            f"`{error}` 不是日期：单元格设成了日期格式，但 Excel 日历里没有这一天"
            f" (formatted as a date, but serial {serial} is no day)",
            mend="改正日期或单元格格式 (mend the date or the cell's format)",
            sheet=sheet,
            row=row,
            column=column,
        )
        # A serial of 0 is what a formula that refers to a blank cell gives.
        return CellError(str(error)) if serial else None


def number_of(raw: bytes) -> int | Decimal | None:
    """Return the exact number of a stored float, by its shortest decimal."""
    if raw.isdigit() and len(raw) < 16:
        return int(raw)
    written = raw.decode("ascii", "replace")
    if _SHORT.fullmatch(raw):
        return Decimal(written)
    try:
        stored = float(written.replace("_", "?"))
        number = Decimal(repr(stored))
    except (ValueError, InvalidOperation):
        return None
    if not number.is_finite():
        return None
    return int(number) if stored.is_integer() else number
