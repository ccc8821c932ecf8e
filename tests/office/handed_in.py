# SPDX-License-Identifier: Apache-2.0
"""Invented files as offices hand them in, of three formats."""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import xlsxwriter

from ceyuan.city.codes import credit_code
from ceyuan.office.importing import Said, import_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ceyuan.office.importing import Imported
    from ceyuan.office.memory import Memory

DAY = date(2026, 11, 21)
CODES = [credit_code(number) for number in range(40)]
NAMES = [f"虚构第{number}号有限公司" for number in range(40)]
HEADINGS = (
    "企业名称", "统一社会信用代码", "2025年营业收入（万元）", "2025年职工总数（人）",
)  # fmt: skip
STATED = Said(source="tax", as_of=DAY)


def figures(*firms: int, plus: int = 0) -> list[tuple[object, ...]]:
    """Return a row of figures for each firm, by its number."""
    return [(NAMES[n], CODES[n], 1000 + n + plus, 10 + n) for n in firms]


def write_csv(
    path: Path,
    rows: Sequence[Sequence[object]],
    headings: Sequence[str] = HEADINGS,
    end: str = "\r\n",
) -> Path:
    """Write a csv file."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator=end).writerows([headings, *rows])
    return path


def write_xlsx(
    path: Path, rows: Sequence[Sequence[object]], headings: Sequence[str] = HEADINGS
) -> Path:
    """Write a workbook of one sheet, 企业."""
    book: Any = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("企业")
    for number, row in enumerate([headings, *rows]):
        sheet.write_row(number, 0, row)
    book.close()
    return path


def write_parquet(
    path: Path, rows: Sequence[Sequence[object]], headings: Sequence[str] = HEADINGS
) -> Path:
    """Write a Parquet file."""
    pl.DataFrame(list(rows), schema=list(headings), orient="row").write_parquet(path)
    return path


WRITERS = {"csv": write_csv, "xlsx": write_xlsx, "parquet": write_parquet}


def take(
    memory: Memory, *paths: Path, record: str = "firm", said: Said = STATED
) -> Imported:
    """Import files."""
    return import_files(memory, record, paths, said)


def revenues(memory: Memory) -> list[tuple[str, int, int]]:
    """Return source, organisation and revenue of 2025 of all that is read, in fen."""
    reading = memory.reading(DAY)
    return sorted(
        (layer.source, org, fen)
        for layer in reading.layers("firm", ("revenue",))
        for org, year, fen in layer.frame.select("org", "year", "revenue").iter_rows()
        if year == 2025 and fen is not None
    )


PEOPLE = ("人员编号", "姓名", "身份证号", "出生日期", "国籍", "手机号码", "国际人才")
POSTS = ("企业名称", "统一社会信用代码", "人员编号", "职务", "入职日期")
HIRES = ("企业名称", "统一社会信用代码", "人员编号", "引进日期")
