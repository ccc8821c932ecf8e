# SPDX-License-Identifier: Apache-2.0
"""Read xlsx and xlsm sheets.

Why not the library that reads `.xls` here? It drops what this project must see:
error values, percentages, the date formats of Chinese Excel, formulas that were
never calculated; and one stray cell in XFD1048576 makes it ask for 400 GB. The
sheet is cut into rows by `sheetxml.split`, which the patching shares, so reading
and writing agree on where a cell is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ceyuan.sheets.cells import CellReader
from ceyuan.sheets.extent import columns_in_use, merged_ranges
from ceyuan.sheets.formats import Kind
from ceyuan.sheets.markup import attributes, patterns, root_prefix, whole
from ceyuan.sheets.model import MAX_ROWS, CellValue, Sheet
from ceyuan.sheets.parts import SheetPart, cell_kinds, shared_strings, workbook_parts
from ceyuan.sheets.sheetxml import Place, split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.sheets.package import Package
    from ceyuan.sheets.problems import ProblemLog

#: Cells kept per sheet, blank ones included: 0.5 GB of pointers in Python.
MAX_CELLS = 64_000_000
#: However many rows there are, this many columns are kept.
_LEAST_COLUMNS = 64

_ROW_NUMBER = re.compile(rb"(?:[^>]*\s)?r\s*=\s*[\"'](\d{1,9})[\"']")
_HIDDEN_COLUMN = re.compile(rb"<(?:[\w.-]+:)?col\s([^<>]*)/?>")


def read_xlsx(package: Package, log: ProblemLog) -> tuple[Sheet, ...]:
    """Return all sheets of the package, problems going to the log."""
    parts = workbook_parts(package)
    strings = shared_strings(package, parts.shared_strings)
    kinds = {
        str(style).encode(): kind
        for style, kind in enumerate(cell_kinds(package, parts.styles))
        if kind is not Kind.NUMBER
    }
    sheets = []
    for part in parts.sheets:
        if not part.part:
            continue  # a chart or macro sheet holds no cells
        if part.part not in package:
            log.add(
                "R108",
                f"工作表 `{part.name}` 的内容缺失 (the sheet's part is missing)",
                mend="用 Excel 打开并另存一次 (open and save it once in Excel)",
                sheet=part.name,
            )
            continue
        reader = CellReader(
            sheet=part.name,
            strings=strings,
            kind_by_style=kinds,
            from_1904=parts.from_1904,
            log=log,
        )
        sheets.append(_sheet(package, part, reader, log))
    return tuple(sheets)


def _sheet(
    package: Package,
    part: SheetPart,
    reader: CellReader,
    log: ProblemLog,
) -> Sheet:
    rows: list[list[CellValue]] = []
    hidden_rows: set[int] = set()
    head = tail = b""
    last = 0
    for place, piece in split(package, part.part):
        if place is Place.HEAD:
            head = piece
            reader.begin(head)
        elif place is Place.TAIL:
            tail = piece
        else:
            for number, is_hidden, body in _rows(piece, head, after=last):
                last = number
                if number > MAX_ROWS:
                    continue
                if is_hidden:
                    hidden_rows.add(number)
                line = reader.row(number, body) if body else []
                if not line:
                    continue
                while len(rows) < number:
                    rows.append([])
                rows[number - 1] = line
    widest = max(map(len, rows), default=0)
    width = min(widest, max(MAX_CELLS // max(len(rows), 1), _LEAST_COLUMNS))
    if width < widest:
        log.add(
            "R122",
            f"工作表有 {len(rows)} 行 {widest} 列，太大；第 {width} 列以后未读"
            f" (too large: columns right of {width} not read)",
            mend="删除表格边缘的零散内容 (delete stray cells at the edges)",
            sheet=part.name,
        )
    for line in rows:
        del line[width:]
        line.extend([None] * (width - len(line)))
    merged = merged_ranges(tail)
    return Sheet(
        name=part.name,
        rows=rows,
        hidden=part.hidden,
        merged=merged,
        hidden_rows=frozenset(row for row in hidden_rows if row <= len(rows)),
        hidden_columns=frozenset(_hidden_columns(head, width)),
        used_columns=columns_in_use(
            package, part.part, max(width, reader.reach), merged
        ),
        percent_runs={
            column: tuple((first, last) for first, last in runs)
            for column, runs in reader.percent.items()
        },
    )


def _rows(
    piece: bytes, head: bytes, *, after: int
) -> Iterator[tuple[int, bool, bytes]]:
    """Yield number, hidden or not, and inside of each row.

    A row without a number follows the one before it; `after` is the number of the
    last row of the piece before.
    """
    pattern = patterns(root_prefix(head))
    row = after
    # Cutting at the end tags is several times faster than matching whole rows.
    for chunk in pattern.row_end.split(piece):
        starts = list(pattern.row_tag.finditer(chunk))
        # One open tag per piece in a sound sheet, after rows that are empty.
        for start, end in zip(starts, _ends(starts, chunk), strict=True):
            attrs = start.group(1)
            number = _ROW_NUMBER.match(attrs)
            row = int(number.group(1)) if number else row + 1
            is_hidden = b"hidden" in attrs and (
                attributes(attrs).get("hidden") in {"1", "true"}
            )
            yield row, is_hidden, chunk[start.end() : end]


def _ends(starts: list[re.Match[bytes]], chunk: bytes) -> list[int]:
    return [start.start() for start in starts[1:]] + [len(chunk)] * bool(starts)


def _hidden_columns(head: bytes, width: int) -> list[int]:
    hidden: list[int] = []
    for found in _HIDDEN_COLUMN.finditer(head):
        attrs = attributes(b" " + found.group(1))
        if attrs.get("hidden") in {"1", "true"}:
            last = min(whole(attrs.get("max")), width)
            hidden.extend(range(whole(attrs.get("min"), 1), last + 1))
    return hidden
