# SPDX-License-Identifier: Apache-2.0
"""The user's own workbook, back with the answers at the right.

Columns: how many policies stand in which group, what is due by what it is, then one
column per policy that applies to anybody, then what is missing, the nearest step of all
and the steps of each policy; a page says the same in the same words. Notes mark the bad
cells. Sheets follow: common gaps, problems, how the columns were read,
and the policies with what their text rests on.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ceyuan.office.bulk import is_large, write_rows
from ceyuan.office.groups import (
    BASES,
    CONFIRM,
    FAILED,
    GRANTED,
    JUDGED,
    LACKING,
    STEP,
    Group,
    due,
    gives,
    grouped,
    kinds_of,
)
from ceyuan.office.looks import ANSWER, BLANK, FILLS, HEAD, MONEY, NUMBER, TITLE
from ceyuan.office.said_sheets import said_sheets
from ceyuan.office.told import answer_text, missing_text, next_step, steps_text
from ceyuan.policies import Outcome
from ceyuan.sheets import (
    Book,
    NewCell,
    NewSheet,
    Note,
    Patched,
    SheetAdditions,
    column_number,
    first_free_column,
    patch_workbook,
    replacing,
    returned_suffix,
    write_workbook,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ceyuan.declarations import Rule
    from ceyuan.kernel import Problem
    from ceyuan.office.checkup import Checkup, FirmCheck


def returned_paths(checkup: Checkup, book: Book, folder: Path) -> tuple[Path, ...]:
    """Return where the results go: the table, and what goes beside it."""
    stem = f"{book.path.stem}.体检"
    if is_large(checkup):
        return folder / f"{stem}.csv", folder / f"{stem}汇总.xlsx"
    return (folder / f"{stem}{returned_suffix(book.kind)}",)


def write_back(checkup: Checkup, book: Book, target: Path) -> Patched:
    """Write the user's workbook with the answers added.

    The rows of a big one come back as a csv, what else there is to say in a
    workbook beside it (see `returned_paths`).

    Args:
        checkup: The answers.
        book: The tables that were read.
        target: Where the result goes.

    Returns:
        What could not be added as asked.
    """
    if is_large(checkup):
        rules = shown_rules(checkup)
        with replacing(target) as file:
            write_rows(
                file,
                checkup,
                book,
                rules,
                lambda firm, rule: answer_text(checkup.region, firm, rule),
            )
        return write_workbook(
            returned_paths(checkup, book, target.parent)[1],
            sheets=said_sheets(checkup),
        )
    sheets = {sheet.name: sheet for sheet in book.sheets}
    additions: list[SheetAdditions | NewSheet] = []
    for name, firms in _by_sheet(checkup).items():
        start = first_free_column(sheets[name])
        if start > 1:
            start += 1  # one empty column keeps the user's table a table of its own
        additions.append(_answers(checkup, name, firms, start, book))
    additions += said_sheets(checkup)
    return patch_workbook(book.path, target, additions=additions)


def _by_sheet(checkup: Checkup) -> dict[str, list[FirmCheck]]:
    found: dict[str, list[FirmCheck]] = {}
    for firm in checkup.firms:
        found.setdefault(firm.row.sheet, []).append(firm)
    return found


def shown_rules(checkup: Checkup) -> list[Rule]:
    """Return the policies that apply to anybody in the batch."""
    return [
        rule
        for rule in checkup.rules
        if any(
            f.decisions[rule.id].outcome is not Outcome.NOT_APPLICABLE
            for f in checkup.firms
        )
    ] or list(checkup.rules)


def _answers(
    checkup: Checkup, name: str, firms: Sequence[FirmCheck], start: int, book: Book
) -> SheetAdditions:
    rules = shown_rules(checkup)
    full = checkup.is_full  # else reasons and steps are asked for firm by firm
    kinds = kinds_of(due(firm, checkup.rules) for firm in checkup.firms)
    last = ("还缺什么（谁提供）", "最近的一步", "各项政策差的一步") if full else ()
    headings = [
        *(
            (f"{group.zh}（项）", 7.0 + 2 * len(group.zh))
            for group in _counted(checkup)
        ),
        *((f"可享{BASES[kind][0]}（元）", 18.0) for kind in kinds),
        *((rule.said.zh, _room(rule.said.zh)) for rule in rules),
        *((heading, 46.0) for heading in last),
    ]
    head = min(f.row.row for f in firms) - 1
    widths = {start + i: width for i, (_, width) in enumerate(headings)}
    cells: list[NewCell] = []
    if head >= 1:
        cells += [
            NewCell(head, start + i, text, HEAD) for i, (text, _) in enumerate(headings)
        ]
    if head >= 2:
        said = f"策源政策核对 · 截至 {checkup.as_of} · 数据年度 {checkup.year}"
        cells.append(NewCell(head - 1, start, said, TITLE))
    for firm in firms:
        cells += _firm_cells(checkup, firm, rules, kinds, start)
    return SheetAdditions(
        name, tuple(cells), tuple(_notes(checkup, name, book)), widths
    )


def _room(heading: str) -> float:
    """Return a width that shows a heading on one line, if it is of usual length."""
    wide = sum(2 if ord(sign) > 0x2E7F else 1 for sign in heading)
    return float(min(max(wide + 2, 14), 30))


def _counted(checkup: Checkup) -> tuple[Group, ...]:
    """Return the groups that have a column of counts.

    Of many firms nobody looked for steps, nor for what a signature would settle.
    """
    groups = (GRANTED, CONFIRM, STEP, LACKING, JUDGED, FAILED)
    return tuple(g for g in groups if checkup.is_full or g not in (CONFIRM, STEP))


def _firm_cells(
    checkup: Checkup,
    firm: FirmCheck,
    rules: Sequence[Rule],
    kinds: Sequence[str],
    start: int,
) -> Iterator[NewCell]:
    row = firm.row.row
    full = checkup.is_full
    split = grouped(firm, filter(gives, checkup.rules))
    counted = _counted(checkup)
    for offset, group in enumerate(counted):
        yield NewCell(row, start + offset, len(split[group]), NUMBER)
    money = due(firm, checkup.rules)
    at = start + len(counted)
    for offset, kind in enumerate(kinds):
        # Nothing that could be computed is not 0.
        fen = money.get(kind)
        shown = "—" if fen is None else Decimal(fen) / 100
        yield NewCell(row, at + offset, shown, MONEY)
    first = at + len(kinds) - 1
    for offset, rule in enumerate(rules, start=1):
        outcome = firm.decisions[rule.id].outcome
        text = answer_text(checkup.region, firm, rule)
        yield NewCell(row, first + offset, text, FILLS[outcome])
    if not full:
        return
    last = first + 1 + len(rules)
    yield NewCell(row, last, missing_text(checkup, firm, rules) or "—", ANSWER)
    yield NewCell(row, last + 1, next_step(checkup, firm), ANSWER)
    yield NewCell(row, last + 2, steps_text(checkup, firm, rules) or "—", ANSWER)
    # A long text runs on over empty cells; a blank beside it keeps it in its column.
    yield NewCell(row, last + 3, " ", BLANK)


def _notes(checkup: Checkup, name: str, book: Book) -> Iterator[Note]:
    """Yield a note on every bad cell of the user's sheet."""
    cells: dict[tuple[int, str], list[Problem]] = {}
    for problem in checkup.problems:
        own = problem.sheet == name and problem.file in ("", book.path.name)
        if own and problem.row is not None and problem.column:
            cells.setdefault((problem.row, problem.column), []).append(problem)
    for (row, letter), found in cells.items():
        text = "\n".join(
            f"[{p.code}] {p.message}" + (f"\n→ {p.mend}" if p.mend else "")
            for p in found
        )
        yield Note(row, column_number(letter), text)
