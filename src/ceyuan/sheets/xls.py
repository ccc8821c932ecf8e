# SPDX-License-Identifier: Apache-2.0
"""Read old workbooks (`.xls`): values through python-calamine, the rest ourselves.

The library does not tell which cells show percentages, errors or the dates of
Chinese Excel; `biff` does. Where the two disagree about what is in the file, values
are kept and a problem says that percentages are not known.
"""

from __future__ import annotations

import math
import struct
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from ceyuan.sheets.biff import Marks, marks_of
from ceyuan.sheets.cells import day_cell
from ceyuan.sheets.model import CellError, CellValue, Range, Sheet
from ceyuan.sheets.ole import OleError, stream_of
from ceyuan.sheets.parquet import cell_of

if TYPE_CHECKING:
    from pathlib import Path

    from python_calamine import CalamineSheet

    from ceyuan.kernel import InputRejected
    from ceyuan.sheets.problems import ProblemLog

#: A sheet of the old format; what lies outside comes from a damaged file.
MAX_OLD_ROWS, MAX_OLD_COLUMNS = 65_536, 256
_DAY = Decimal(86_400)


def read_xls(path: Path, log: ProblemLog) -> tuple[Sheet, ...]:
    """Return all sheets of the file, problems going to the log."""
    import python_calamine as calamine

    try:
        with calamine.CalamineWorkbook.from_path(path) as book:
            sheets = []
            for meta in book.sheets_metadata:
                if meta.typ != calamine.SheetTypeEnum.WorkSheet:
                    continue
                sheet = book.get_sheet_by_name(meta.name)
                hidden = meta.visible != calamine.SheetVisibleEnum.Visible
                sheets.append((sheet, hidden))
            marks, from_1904 = _marks(path, len(sheets), log)
            return tuple(
                _sheet(sheet, mark, log, hidden=hidden, from_1904=from_1904)
                for (sheet, hidden), mark in zip(sheets, marks, strict=True)
            )
    except calamine.PasswordError as error:
        raise log.rejection(
            "R104",
            "文件有打开密码，读不了 (protected by a password)",
            mend="在 Excel 里去掉密码后另存 (save it without the password)",
        ) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise _damaged(error, log) from error
    except BaseException as error:
        # A panic of the library's Rust code is no `Exception` and has no name
        # that could be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(error, log) from error


def _damaged(error: BaseException, log: ProblemLog) -> InputRejected:
    return log.rejection(
        "R106",
        f"xls 文件损坏，读不出来 (damaged xls file): {error}",
        mend="用 Excel 或 WPS 打开并另存为 xlsx (open it and save it as xlsx)",
    )


def _marks(path: Path, count: int, log: ProblemLog) -> tuple[list[Marks], bool]:
    """Return the marks of each sheet; none, and a problem, where they do not fit."""
    data = path.read_bytes()
    try:
        marks, from_1904 = marks_of(stream_of(data, ("Workbook", "Book")))
    except (OleError, struct.error, IndexError):
        marks, from_1904 = [], False
    if len(marks) == count:
        return marks, from_1904
    log.add(
        "R125",
        "旧格式 xls 的单元格格式读不全：百分比按原数处理（0.3 可能是 30%）"
        " (cell formats not readable: a percentage shows as its plain number)",
        mend="用 Excel 或 WPS 另存为 xlsx (save it as xlsx)",
    )
    return [Marks() for _ in range(count)], False


def _sheet(
    sheet: CalamineSheet,
    marks: Marks,
    log: ProblemLog,
    *,
    hidden: bool,
    from_1904: bool,
) -> Sheet:
    rows = [
        [_cell(value) for value in row]
        for row in sheet.to_python(skip_empty_area=False)
    ]
    for (row, column), serial in sorted(marks.days.items()):
        day = day_cell(
            serial,
            from_1904=from_1904,
            log=log,
            sheet=sheet.name,
            row=row,
            column=column,
        )
        _put(rows, row, column, day)
    for (row, column), shown in marks.errors.items():
        _put(rows, row, column, CellError(shown))
    while rows and not any(value is not None for value in rows[-1]):
        rows.pop()
    merged = tuple(
        Range(top + 1, left + 1, bottom + 1, right + 1)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        if top <= bottom < MAX_OLD_ROWS and left <= right < MAX_OLD_COLUMNS
    )
    width = max(map(len, rows), default=0)
    for line in rows:
        line.extend([None] * (width - len(line)))
    return Sheet(
        name=sheet.name,
        rows=rows,
        hidden=hidden,
        merged=merged,
        hidden_rows=frozenset(row for row in marks.hidden_rows if row <= len(rows)),
        hidden_columns=frozenset(at for at in marks.hidden_columns if at <= width),
        used_columns=max([width, *(found.last_column for found in merged)]),
        percent_runs=_runs(marks.percents),
    )


def _put(rows: list[list[CellValue]], row: int, column: int, value: CellValue) -> None:
    while len(rows) < row:
        rows.append([])
    line = rows[row - 1]
    line.extend([None] * (column - len(line)))
    line[column - 1] = value


def _runs(places: set[tuple[int, int]]) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return cells as runs of rows per column."""
    found: dict[int, list[tuple[int, int]]] = {}
    for row, column in sorted(places):
        runs = found.setdefault(column, [])
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return {column: tuple(runs) for column, runs in found.items()}


def _cell(value: object) -> CellValue:
    if isinstance(value, datetime) and value.time() == time():
        return date(value.year, value.month, value.day)
    if isinstance(value, time):
        seconds = timedelta(
            hours=value.hour, minutes=value.minute, seconds=value.second
        )
        return _days(seconds)
    if isinstance(value, timedelta):
        return _days(value)
    if (
        isinstance(value, str)
        and value.startswith("#")
        and value.endswith(("!", "?", "A"))
    ):
        return CellError(value)
    if isinstance(value, float) and not math.isfinite(value):
        return CellError("#NUM!")
    return cell_of(value)


def _days(span: timedelta) -> int | Decimal:
    """Return a time or a duration as the fraction of a day that it is."""
    days = Decimal(span.days) + Decimal(span.seconds) / _DAY
    return int(days) if days == int(days) else days
