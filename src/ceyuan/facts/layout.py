# SPDX-License-Identifier: Apache-2.0
"""Find the table in a sheet: where its heading is and what each column says.

Above the heading stand titles, remarks and notes of units; the heading itself has
one to three rows, with groups merged over columns, a row of units, a row of column
numbers. The one hard idea is to let the dictionary find it: the row in which most
cells are known headings is the heart of the heading; it grows upwards over groups
and downwards over rows that leave the firm's own cell blank.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ceyuan.facts.headings import (
    NO_MATCH,
    Label,
    Lexicon,
    Match,
    read_label,
)
from ceyuan.facts.unitwords import unit_words
from ceyuan.kernel import clean_code, code_fault
from ceyuan.sheets.model import column_letter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ceyuan.sheets.model import CellValue, Sheet

_SEARCHED = 60
_ROWS_OF_HEADING = 4
_LONGEST = 80
_NOTE = re.compile(
    r"^\s*[(（]?\s*(?:金额|货币|计量)?(?:单位|填报|填表|制表|编制|注|说明|备注|数据|截至|截止|日期|"
    r"打印|导出|更新|来源|联系|unit|note|source|date|prepared|as of)"
)
_UNIT_NOTE = re.compile(
    r"(?:单位|unit|金额均?(?:以|为)|以下金额|金额)\s*(?:均为|为|[:：])?\s*[:：]?\s*([^;；。)）]+)",
    re.IGNORECASE,
)
_YEAR_CELLS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class Head:
    """The heading of one column.

    Args:
        column: Its index, from 0.
        labels: Its levels, the lowest last.
        match: What it means.
    """

    column: int
    labels: tuple[Label, ...]
    match: Match

    @property
    def letter(self) -> str:
        """Return the column's letter."""
        return column_letter(self.column + 1)

    @property
    def text(self) -> str:
        """Return the heading as written, levels parted by ` / `."""
        return " / ".join(label.text for label in self.labels)

    @property
    def unit(self) -> str:
        """Return the unit stated, the lowest level first; "" for none."""
        return next((p.unit for p in reversed(self.labels) if p.unit), "")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table of a sheet is.

    Args:
        sheet: The sheet.
        top: Index of the heading's first row.
        bottom: Index of its last row.
        heads: The columns that have a heading.
        titles: Texts above the heading, and the sheet's name.
        money_unit: Unit of money that a note states; "" for none.
        note: That note.
    """

    sheet: Sheet
    top: int
    bottom: int
    heads: tuple[Head, ...]
    titles: tuple[str, ...]
    money_unit: str
    note: str

    def column_of(self, kind: str) -> int | None:
        """Return the index of the identity column (`NAME`, `CODE`, `YEAR`)."""
        order = {"exact": 0, "synonym": 1, "contained": 2}
        found = [
            (order[h.match.how], -len(h.labels[-1].core), h.column)
            for h in self.heads
            if h.match.how in order and h.match.targets[0].fact == kind
        ]
        return min(found)[2] if found else None


def find_table(
    sheet: Sheet, lexicon: Lexicon, *, header_row: int | None = None
) -> Layout | str:
    """Return where the table is, or in words why there is none.

    Args:
        sheet: The sheet.
        lexicon: The headings to look for.
        header_row: The last row of the heading, from 1, when the user says so.
    """
    if not any(any(c is not None for c in row) for row in sheet.rows[:_SEARCHED]):
        return "是空表"
    grid = _texts(sheet)
    if header_row is not None:
        if not 1 <= header_row <= len(sheet.rows):
            return f"没有第 {header_row} 行"
        heart = header_row - 1
        bottom = heart
    else:
        found = _heart(grid, lexicon)
        if found is None:
            return "没有找到企业名称或统一社会信用代码所在的表头"
        heart = found
        bottom = _grow_down(sheet, grid, heart, lexicon)
    top = _grow_up(sheet, grid, heart)
    heads = _heads(sheet, grid, top, bottom, lexicon)
    titles, unit, note = _remarks(sheet, grid, top)
    return Layout(sheet, top, bottom, heads, titles, unit, note)


def _texts(sheet: Sheet) -> list[list[str]]:
    """Return the heading texts of the first rows; "" for what is no heading."""
    return [[_text(c) for c in row] for row in sheet.rows[:_SEARCHED]]


def _text(cell: CellValue) -> str:
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, int) and not isinstance(cell, bool) and cell in _YEAR_CELLS:
        return f"{cell}年"
    return ""


def _hits(row: list[str], lexicon: Lexicon) -> tuple[int, bool]:
    """Return how many cells of a row are known headings, and if any is identity."""
    seen = set()
    for text in row:
        if text and len(text) < _LONGEST and (targets := lexicon.knows(text)):
            seen.add(targets)
    identity = any(t[0].fact in lexicon.owners for t in seen)
    return len(seen), identity


def _heart(grid: list[list[str]], lexicon: Lexicon) -> int | None:
    best: tuple[int, int] | None = None
    hits = [_hits(row, lexicon) for row in grid]
    for at, (count, _) in enumerate(hits):
        near = hits[max(0, at - 2) : at + 3]
        if count >= 2 and any(i for _, i in near) and (best is None or count > best[0]):  # noqa: PLR2004
            best = (count, at)
    if best is None:
        # A list of names or codes alone: `企业名称` over codes is a table too.
        alone = [
            at
            for at, (c, i) in enumerate(hits)
            if c == 1 and i and sum(map(bool, grid[at])) >= 1
        ]
        return alone[0] if alone else None
    return best[1]


def _grow_up(sheet: Sheet, grid: list[list[str]], heart: int) -> int:
    top = heart
    width = sum(map(bool, grid[heart]))
    while top > 0 and heart - top < _ROWS_OF_HEADING - 1:
        above, row = grid[top - 1], sheet.rows[top - 1]
        filled = [j for j, c in enumerate(row) if c is not None and c != ""]
        if not filled or any(not above[j] for j in filled):
            break
        if any(_is_note(sheet, top - 1, j, above[j]) for j in filled):
            break
        if len(filled) == 1 and not (
            _is_group(sheet, top - 1, filled[0], width)
            or (not sheet.merged and _stands_over(grid, top, filled[0]))
        ):
            break
        top -= 1
    return top


def _is_note(sheet: Sheet, row: int, column: int, text: str) -> bool:
    """Return whether a cell is a remark (`填报日期：2026年3月5日`), no heading.

    `单位基本情况`, merged over its columns, begins like a remark and is a group.
    """
    if not _NOTE.match(text):
        return False
    if re.search(r"[:：]", text):
        return True
    over = sum(cell is not None and cell != "" for cell in sheet.rows[row])
    return over < 3 and not _is_group(sheet, row, column, len(sheet.rows[row]))  # noqa: PLR2004


def _stands_over(grid: list[list[str]], row: int, column: int) -> bool:
    """Return whether a lone cell, not the first, has headings below and beside."""
    below = grid[row]
    return column > 0 and column + 1 < len(below) and bool(below[column])


def _is_group(sheet: Sheet, row: int, column: int, width: int) -> bool:
    """Return whether one merged cell spans some, but not most, of the columns."""
    for area in sheet.merged:
        if area.first_row == row + 1 and area.first_column == column + 1:
            span = area.last_column - area.first_column + 1
            return 1 < span < max(width, 3) * 0.8
    return False


def _grow_down(
    sheet: Sheet, grid: list[list[str]], heart: int, lexicon: Lexicon
) -> int:
    bottom = heart
    known = [
        j
        for j, text in enumerate(grid[heart])
        if text and _is_identity(lexicon.match((read_label(text),)), lexicon)
    ]
    while bottom + 1 < len(grid) and bottom - heart < _ROWS_OF_HEADING - 1:
        row = sheet.rows[bottom + 1]
        texts = grid[bottom + 1]
        filled = [j for j, c in enumerate(row) if c is not None and c != ""]
        if not filled:
            break
        if is_numbering([row[j] for j in filled]):
            bottom += 1
            break
        units = [j for j in filled if texts[j] and unit_words(texts[j])]
        if len(units) >= max(1, len(filled) - 2) and not _has_code(row):
            bottom += 1
            continue
        if any(row[j] not in {None, ""} for j in known):
            break
        if any(not texts[j] for j in filled) or _has_code(row):
            break
        if not any(_under_group(sheet, grid, heart, j) for j in filled):
            break
        bottom += 1
    return bottom


def _under_group(sheet: Sheet, grid: list[list[str]], heart: int, column: int) -> bool:
    """Return whether a cell below the heart is a heading: nothing above, or a group."""
    for row in range(heart, max(-1, heart - _ROWS_OF_HEADING + 1), -1):
        if column < len(grid[row]) and grid[row][column]:
            return any(
                area.first_row == row + 1
                and area.first_column == column + 1 < area.last_column
                for area in sheet.merged
            ) or (not sheet.merged and _spreads(grid[row], column))
    return True


def _spreads(row: list[str], column: int) -> bool:
    """Return whether a group is written once with a blank after it, or repeated."""
    beside = row[max(0, column - 1) : column] + row[column + 1 : column + 2]
    return row[column + 1 : column + 2] == [""] or row[column] in beside


def _is_identity(match: Match, lexicon: Lexicon) -> bool:
    return bool(match.targets) and match.targets[0].fact in lexicon.owners


def _has_code(row: list[CellValue]) -> bool:
    return any(
        isinstance(c, str) and len(c) > 15 and not code_fault(clean_code(c))  # noqa: PLR2004
        for c in row
    )


def is_numbering(cells: Iterable[CellValue]) -> bool:
    """Return whether cells count the columns: 甲 乙 1 2 3, or (1) (2) (3)."""
    numbers = []
    least = 3
    for cell in cells:
        text = str(cell).strip().strip("()（）")
        if text in {"甲", "乙", "丙", "丁", "栏次", "—", "-"}:
            least = 1
            continue
        if not text.isdecimal() or len(text) > 2:  # noqa: PLR2004
            return False
        numbers.append(int(text))
    return len(numbers) >= least and numbers == list(
        range(numbers[0], numbers[0] + len(numbers))
    )


def _heads(
    sheet: Sheet, grid: list[list[str]], top: int, bottom: int, lexicon: Lexicon
) -> tuple[Head, ...]:
    stack = [list(grid[r]) for r in range(top, bottom + 1)]
    stack = [
        row
        for at, row in enumerate(stack)
        if at == 0
        or not is_numbering([c for c in sheet.rows[top + at] if c not in {None, ""}])
    ]
    _spread(sheet, stack, top)
    heads = []
    for column in range(max(map(len, stack), default=0)):
        texts = [row[column] for row in stack if column < len(row) and row[column]]
        texts = list(dict.fromkeys(texts))
        if texts:
            labels = tuple(map(read_label, texts))
            match = lexicon.match(labels) if len(texts[-1]) < _LONGEST else NO_MATCH
            heads.append(Head(column, labels, match))
    return tuple(heads)


def _spread(sheet: Sheet, stack: list[list[str]], top: int) -> None:
    """Write a group's text over all the columns that it stands over."""
    merged = False
    for area in sheet.merged:
        at = area.first_row - 1 - top
        if 0 <= at < len(stack) and area.last_column > area.first_column:
            merged = True
            row = stack[at]
            for column in range(area.first_column, min(area.last_column, len(row))):
                row[column] = row[area.first_column - 1]
    if merged or len(stack) < 2:  # noqa: PLR2004
        return
    # A text file has no merged cells: a group is written once, with blanks after it.
    for upper, lower in pairwise(stack):
        group = ""
        for column, text in enumerate(upper):
            if text:
                group = text if column < len(lower) and lower[column] else ""
            elif group and column < len(lower) and lower[column]:
                upper[column] = group
            else:
                group = ""


def _remarks(
    sheet: Sheet, grid: list[list[str]], top: int
) -> tuple[tuple[str, ...], str, str]:
    """Return titles, and the unit of money that a note states with its words."""
    above = [text for row in grid[:top] for text in row if text]
    titles = [text for text in above if not re.match(r"\s*填[报表]|制表|编制", text)]
    for text in above:
        found = _UNIT_NOTE.search(text)
        bracket = re.search(r"[(（]([^()（）]{1,12})[)）]\s*$", text)
        for words in (found[1] if found else "", bracket[1] if bracket else ""):
            for name in unit_words(words):
                if name.endswith(("元",)):
                    return (*titles, sheet.name), name, text
    return (*titles, sheet.name), "", ""
