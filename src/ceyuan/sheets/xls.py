# SPDX-License-Identifier: Apache-2.0
"""Read old workbooks (`.xls`) through python-calamine.

They come back as a new xlsx, so values and names are all that is needed. What the
library does not tell stays unknown: which cells show percentages, which are hidden,
error values and formulas that were never calculated (both blank).
"""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from ceyuan.sheets.model import CellError, CellValue, Range, Sheet
from ceyuan.sheets.parquet import cell_of

if TYPE_CHECKING:
    from pathlib import Path

    from python_calamine import CalamineSheet

    from ceyuan.kernel import InputRejected
    from ceyuan.sheets.problems import ProblemLog

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
                sheets.append(_sheet(sheet, hidden=hidden))
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
    return tuple(sheets)


def _damaged(error: BaseException, log: ProblemLog) -> InputRejected:
    return log.rejection(
        "R106",
        f"xls 文件损坏，读不出来 (damaged xls file): {error}",
        mend="用 Excel 或 WPS 打开并另存为 xlsx (open it and save it as xlsx)",
    )


def _sheet(sheet: CalamineSheet, *, hidden: bool) -> Sheet:
    rows = [
        [_cell(value) for value in row]
        for row in sheet.to_python(skip_empty_area=False)
    ]
    while rows and not any(value is not None for value in rows[-1]):
        rows.pop()
    merged = tuple(
        Range(top + 1, left + 1, bottom + 1, right + 1)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
    )
    width = len(rows[0]) if rows else 0
    used = max([width, *(found.last_column for found in merged)])
    return Sheet(sheet.name, rows, hidden=hidden, merged=merged, used_columns=used)


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
