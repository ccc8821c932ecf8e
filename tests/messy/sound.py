# SPDX-License-Identifier: Apache-2.0
"""The sound sheet that bad ones are made from, and what is said of a bad one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import xlsxwriter

from ceyuan.city.codes import credit_code

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.messy.body import Written

HEADINGS = (
    "企业名称",
    "统一社会信用代码",
    "从业人数（人）",
    "2025年营业收入（万元）",
    "2025年研发费用（万元）",
    "成立日期",
)
NAMES = tuple(f"样例{mark}科技（虚构）有限公司" for mark in "甲乙丙丁戊")
CODES = tuple(credit_code(number) for number in range(5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A bad file.

    Args:
        is_rejected: Nothing can be read: one error, exit code 3 or 2.
        says: What a good reader says, in words.
        places: (row, column) that its problems name; a column may be empty.
        good: Rows that are fit to be used, all figures as written.
    """

    path: Path
    is_rejected: bool
    says: str
    places: tuple[tuple[int, str], ...] = ()
    good: tuple[int, ...] = ()


def firm(number: int) -> list[Written]:
    """Return a sound row: 40 + n people, 1,000 + n and 80 + n 万元."""
    return [
        NAMES[number],
        CODES[number],
        40 + number,
        1000 + number,
        80 + number,
        date(2015, 3, 1 + number),
    ]


def write_sheet(
    path: Path,
    rows: Sequence[Sequence[Written]],
    *,
    merges: Sequence[str] = (),
    is_1904: bool = False,
) -> Path:
    options = {"date_1904": is_1904, "strings_to_formulas": False}
    book = xlsxwriter.Workbook(str(path), options)
    made = datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None)
    book.set_properties({"created": made})
    sheet = book.add_worksheet("企业")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for area in merges:
        sheet.merge_range(area, "")
    for top, row in enumerate(rows):
        for left, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(top, left, value, day)
            elif isinstance(value, str):
                sheet.write_string(top, left, value)
            elif value is not None:
                sheet.write_number(top, left, float(value))
    book.close()
    return path


def five_firms(*changes: tuple[int, int, Written]) -> list[list[Written]]:
    """Return heading and five firms; a change is (sheet row, column from 0, value)."""
    rows: list[list[Written]] = [list(HEADINGS), *(firm(n) for n in range(5))]
    for row, column, value in changes:
        rows[row - 1][column] = value
    return rows
