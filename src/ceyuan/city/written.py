# SPDX-License-Identifier: Apache-2.0
"""Plain files as offices keep them: a titled sheet, a csv in the old encoding.

The same rows give the same bytes, so nothing here takes the time of day.
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Row = tuple[str | int | float | date | None, ...]


def write_xlsx(path: Path, sheet_name: str, top: list[str], rows: list[Row]) -> None:
    """Write a plain sheet: one line per title, the heading row, the rows."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    made = datetime(2026, 11, 1, 9, 0, tzinfo=UTC).replace(tzinfo=None)
    book.set_properties({"author": "虚构样例 (synthetic sample)", "created": made})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet(sheet_name)
    width = len(rows[0]) - 1
    for line, text in enumerate(top):
        sheet.merge_range(line, 0, line, width, text, bold)
    for offset, row in enumerate(rows):
        line = len(top) + offset
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(line, column, value, day)
            elif isinstance(value, str):
                sheet.write_string(line, column, value, bold if not offset else None)
            elif value is not None:
                sheet.write_number(line, column, value)
    sheet.set_column(0, width, 20)
    book.close()


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    """Write a csv as Chinese office systems export it: GB18030, CRLF."""
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(rows)
