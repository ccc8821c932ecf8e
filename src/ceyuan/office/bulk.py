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

from ceyuan.office.groups import (
    BASES,
    FAILED,
    GRANTED,
    JUDGED,
    LACKING,
    due,
    gives,
    kinds_of,
)
from ceyuan.policies import Outcome
from ceyuan.sheets import CellError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ceyuan.declarations import Rule
    from ceyuan.office.checkup import Checkup, FirmCheck
    from ceyuan.sheets import Book, CellValue, Sheet

LARGE_ROWS = 50_000
"""Beyond so many firms the answers are a csv."""

COUNTED = {
    GRANTED: Outcome.ELIGIBLE,
    LACKING: Outcome.UNKNOWN,
    JUDGED: Outcome.REFER,
    FAILED: Outcome.INELIGIBLE,
}
"""Groups that have a column of counts. Steps, and what a signature would settle, are
not looked for in a big table."""

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
    # What may be due is told by the rules: the firms are looked at once, as they go out.
    kinds = kinds_of(
        {rule.said.amount.basis: 0} for rule in rules if rule.said.amount is not None
    )
    counted = [rule for rule in rules if gives(rule)]
    headings = [
        *(f"{group.zh}（项）" for group in COUNTED),
        *(f"可享{BASES[kind][0]}（元）" for kind in kinds),
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
        money = due(firm, rules)
        for rule in rules:
            decision = firm.decisions[rule.id]
            word = texts.get(id(decision))
            if word is None:
                word = texts[id(decision)] = shown(firm, rule)
            answers.append(word)
        yield [
            *own,
            "",
            *(_count(firm, counted, outcome) for outcome in COUNTED.values()),
            *(_yuan(money.get(kind)) for kind in kinds),
            *answers,
        ]


def _count(firm: FirmCheck, rules: Sequence[Rule], outcome: Outcome) -> str:
    return str(sum(firm.decisions[rule.id].outcome is outcome for rule in rules))


def _yuan(fen: int | None) -> str:
    return "—" if fen is None else f"{fen // 100}.{fen % 100:02d}"


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
