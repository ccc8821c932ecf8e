# SPDX-License-Identifier: Apache-2.0
"""Read the tables of a web page, because many systems export one as `.xls`.

Excel opens such a file after a warning, so people hand it in as a workbook. Each
table with rows becomes a sheet; every value is text, as in a csv. A cell that spans
several rows or columns is a merged range.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from ceyuan.sheets.delimited import decode
from ceyuan.sheets.markup import children, local
from ceyuan.sheets.model import MAX_COLUMNS, CellValue, Range, Sheet

if TYPE_CHECKING:
    from pathlib import Path

    from ceyuan.sheets.problems import ProblemLog

_SHEET_NAME = re.compile(r"<x:Name>([^<]{1,31})</x:Name>", re.IGNORECASE)
#: Cells that may be covered by spans in one table; a page with more is not honest.
_MAX_SPANNED = 1_000_000
_SPACE = re.compile(r"[ \t\r\n\f]+")


def read_webpage(path: Path, log: ProblemLog) -> tuple[Sheet, ...]:
    """Return each table of the page as a sheet; none when there is no table."""
    written = decode(path.read_bytes(), log)
    parser = etree.HTMLParser(no_network=True, encoding="utf-8")
    root = etree.fromstring(written.encode("utf-8", "replace"), parser)
    if root is None:
        return ()
    names = _SHEET_NAME.findall(written)
    tables = [table for table in root.iter("table") if _own_rows(table)]
    sheets = []
    for at, table in enumerate(tables):
        usual = path.stem if len(tables) == 1 else f"{path.stem} {at + 1}"
        sheets.append(_sheet(names[at] if at < len(names) else usual, table))
    return tuple(sheets)


def _own_rows(table: etree._Element) -> list[etree._Element]:
    """Return the rows of a table, without those of tables inside it."""
    rows: list[etree._Element] = []
    for item in table:
        if local(item) == "tr":
            rows.append(item)
        elif local(item) in {"thead", "tbody", "tfoot"}:
            rows.extend(children(item, "tr"))
    return rows


def _sheet(name: str, table: etree._Element) -> Sheet:
    cells: dict[tuple[int, int], CellValue] = {}
    taken: set[tuple[int, int]] = set()
    merged: list[Range] = []
    lines = _own_rows(table)
    for row, line in enumerate(lines, start=1):
        column = 1
        for cell in line:
            if local(cell) not in {"td", "th"}:
                continue
            while (row, column) in taken:
                column += 1
            down = min(_span(cell, "rowspan"), len(lines) - row + 1)
            right = min(_span(cell, "colspan"), MAX_COLUMNS - column + 1)
            if down * right + len(taken) > _MAX_SPANNED:
                down = right = 1
            cells[row, column] = _text(cell)
            if down > 1 or right > 1:
                merged.append(Range(row, column, row + down - 1, column + right - 1))
                taken.update(
                    (row + i, column + j) for i in range(down) for j in range(right)
                )
            column += right
    filled = {place for place, value in cells.items() if value is not None}
    height = max((row for row, _ in filled), default=0)
    width = max((column for _, column in filled), default=0)
    rows = [
        [cells.get((row, column)) for column in range(1, width + 1)]
        for row in range(1, height + 1)
    ]
    used = max([width, *(found.last_column for found in merged)])
    return Sheet(name, rows, merged=tuple(merged), used_columns=used)


def _span(cell: etree._Element, name: str) -> int:
    written = cell.get(name, "1").strip()
    # A browser stops at a thousand too; no table of people is wider.
    return min(max(int(written), 1), 1000) if written.isdecimal() else 1


def _text(cell: etree._Element) -> str | None:
    parts: list[str] = []
    for item in cell.iter():
        name = local(item)
        if name == "br":
            parts.append("\0")
        if name not in {"", "script", "style"}:
            parts.append(item.text or "")
        if item is not cell:
            parts.append(item.tail or "")
    # White space is one blank in a page; only a break is a new line.
    text = _SPACE.sub(" ", "".join(parts)).replace("\u00a0", " ")
    lines = [line.strip() for line in text.split("\0")]
    return "\n".join(lines).strip() or None
