# SPDX-License-Identifier: Apache-2.0
"""The answers for a table too big for a workbook with two dozen columns more.

A spreadsheet of a million rows and forty columns takes a spreadsheet program
minutes to open, and us to write. So the rows come back as a csv with the answers
at the right, every cell of the user's as it was; the sheets of gaps, problems,
columns and policies are a small workbook beside it.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import IO, TYPE_CHECKING, TypeAlias

from ceyuan.policies import Outcome
from ceyuan.sheets import CellError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ceyuan.declarations import Rule
    from ceyuan.office.checkup import Checkup, FirmCheck
    from ceyuan.sheets import Book, CellValue, Sheet

LARGE_ROWS = 50_000
"""Beyond so many firms the answers are a csv."""

Shown: TypeAlias = "Callable[[FirmCheck, Rule], str]"


def is_large(checkup: Checkup) -> bool:
    """Return whether a table comes back as a csv."""
    return len(checkup.firms) > LARGE_ROWS


def write_rows(
    file: IO[bytes], checkup: Checkup, book: Book, rules: Sequence[Rule], shown: Shown
) -> None:
    """Write the rows of every sheet that has firms, with the answers at the right.

    Args:
        file: Where to; UTF-8 with the mark by which Excel knows it.
        checkup: The answers.
        book: The tables that were read.
        rules: The policies that get a column.
        shown: An answer in words.
    """
    by_sheet: dict[str, dict[int, FirmCheck]] = {}
    for firm in checkup.firms:
        by_sheet.setdefault(firm.row.sheet, {})[firm.row.row] = firm
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    for sheet in book.sheets:
        if sheet.name in by_sheet:
            writer.writerows(_lines(sheet, by_sheet[sheet.name], rules, shown))
    text.flush()
    text.detach()


def _lines(
    sheet: Sheet,
    firms: dict[int, FirmCheck],
    rules: Sequence[Rule],
    shown: Shown,
) -> Iterator[list[str]]:
    head = min(firms) - 1
    width = sheet.width
    headings = [
        "可享（项）",
        "缺数据（项）",
        "可享金额（元）",
        *(r.said.zh for r in rules),
    ]
    texts: dict[int, str] = {}  # by decision: firms with one answer share it
    for number, row in enumerate(sheet.rows, start=1):
        own = [_text(cell) for cell in row] + [""] * (width - len(row))
        firm = firms.get(number)
        if firm is None:
            yield [*own, "", *headings] if number == head else own
            continue
        answers = []
        for rule in rules:
            decision = firm.decisions[rule.id]
            word = texts.get(id(decision))
            if word is None:
                word = texts[id(decision)] = shown(firm, rule)
            answers.append(word)
        yield [
            *own,
            "",
            str(firm.count(Outcome.ELIGIBLE)),
            str(firm.count(Outcome.UNKNOWN)),
            _yuan(firm.amount),
            *answers,
        ]


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _text(cell: CellValue) -> str:
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, CellError):
        return cell.text
    return format(cell, "f") if not isinstance(cell, int) else str(cell)
