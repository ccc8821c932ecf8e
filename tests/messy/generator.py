# SPDX-License-Identifier: Apache-2.0
"""Random park sheets, each with the truth of what it means.

`messy_workbook(path, seed)` draws a layout (titles, one to three header rows, merged or
not, units in the heading, in a row, in a note or nowhere, strange columns, totals,
sections, notes), writes it as xlsx or csv, and returns what stands where. The firms
are invented. Only numbers whose reading is certain have a value.
"""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import xlsxwriter

from tests.messy import words
from tests.messy.body import Body, Page, letters
from tests.messy.layout import SHEET_YEAR, Choice, Draft, choose, drafts
from tests.messy.truth import MessyColumn, MessyTruth

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = date(2026, 11, 21)


def messy_workbook(path: Path, seed: int) -> MessyTruth:
    """Write a random sheet; the suffix of `path` decides, or chance if it has none."""
    rng = random.Random(f"messy {seed}")
    choice = choose(rng)
    columns = drafts(choice, rng)
    kind = rng.choice(("xlsx", "xlsx", "csv-utf-8", "csv-utf-8-sig", "csv-gb18030"))
    if path.suffix == ".xlsx":
        kind = "xlsx"
    elif path.suffix == ".csv" and kind == "xlsx":
        kind = "csv-utf-8"
    path = path.with_suffix(".xlsx" if kind == "xlsx" else ".csv")
    left = 1 if kind == "xlsx" and rng.random() < 0.15 else 0
    page = Page()
    titles = _titles(page, choice, left + len(columns), rng)
    header, extra = _header(page, choice, columns, left, rng)
    body = Body(page, choice, columns, left, rng)
    body.fill()
    sheet = rng.choice(("Sheet1", "企业", "2025年台账", "入驻企业名单"))
    if kind == "xlsx":
        _write_xlsx(path, sheet, page, rng)
    else:
        _write_csv(path, page, kind.removeprefix("csv-"), len(columns))
    found = tuple(
        MessyColumn(
            letter=letters(left + place),
            heading=draft.heading,
            above=draft.above,
            key=draft.key,
            unit=draft.unit,
            unit_from=draft.unit_from,
            year_from=draft.year_from,
        )
        for place, draft in enumerate(columns)
    )
    return MessyTruth(
        path=path,
        seed=seed,
        kind=kind,
        sheet=sheet if kind == "xlsx" else "",
        title_rows=titles,
        header_rows=header,
        extra_rows=extra,
        skipped_rows=tuple(body.skipped),
        columns=found,
        rows=tuple(body.rows),
        odd_cells=tuple(body.odd),
        questions=tuple(c.letter for c in found if c.unit_from == "nowhere"),
        as_of=AS_OF,
    )


def _titles(
    page: Page, choice: Choice, width: int, rng: random.Random
) -> tuple[int, ...]:
    """Write 0 to 3 rows above the table; more where the year or unit stands there."""
    lines: list[str] = []
    year = f"{SHEET_YEAR}年" if choice.year_style == "title" else ""
    if year or rng.random() < 0.6:
        lines.append(f"样例园区{year}入驻企业情况表（虚构样例）")
    if rng.random() < 0.3:
        lines.append("填报单位：样例园区管理办公室（虚构）")
    if choice.unit_style == "note":
        note = rng.choice(
            (
                "单位：{u}",
                "金额单位：{u}",
                "（单位：{u}、人）",
                "单位:{u}",
                "计量单位：{u}",
            )
        ).format(u=choice.unit)
        lines.append(note)
    elif rng.random() < 0.2:
        lines.append("")
    for row, text in enumerate(lines):
        at = 0
        if "单位" in text and "填报" not in text and rng.random() < 0.5:
            at = width - 1  # a unit note often stands at the right
        page.put(row, at, text or None)
        if at == 0 and text and choice.is_merged and width > 1:
            page.merged.append((row, 0, row, width - 1))
        page.height = row + 1
    return tuple(range(1, len(lines) + 1))


def _header(
    page: Page, choice: Choice, columns: list[Draft], left: int, rng: random.Random
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Write the header; fill in `above` of the columns as meant."""
    top = page.height
    depth = choice.header_rows
    stacks = _stacks(choice, columns, rng)
    for level in range(depth):
        place = 0
        while place < len(columns):
            end = _span(stacks, place, level)
            page.put(top + level, left + place, stacks[place][level] or None)
            if end > place and choice.is_merged:
                area = (top + level, left + place, top + level, left + end)
                page.merged.append(area)
            elif end > place and choice.repeats_groups:
                for other in range(place + 1, end + 1):
                    page.put(top + level, left + other, stacks[place][level])
            place = end + 1
    for place, stack in enumerate(stacks):
        if depth > 1 and not stack[1] and stack[0] and choice.is_merged:
            page.merged.append((top, left + place, top + depth - 1, left + place))
    page.height = top + depth
    header = tuple(range(top + 1, top + depth + 1))
    return header, _extra(page, choice, columns, left, rng)


def _stacks(
    choice: Choice, columns: list[Draft], rng: random.Random
) -> list[list[str]]:
    """Return each column's header cells from the top, empty where nothing stands."""
    depth = choice.header_rows
    tall = {g for g in ("name", "other") if rng.random() < 0.4}
    groups = {g: rng.choice(options) for g, options in words.GROUPS.items()}
    stacks: list[list[str]] = []
    for place, draft in enumerate(columns):
        above = draft.above
        if depth > 1 and draft.group in tall:
            stacks.append([draft.heading, *[""] * (depth - 1)])
            continue
        if depth > 1 and not above:
            above = (groups[draft.group],)
        if depth > 2:
            above = (words.TOPS.get(draft.group, words.TOPS[""]), *above)
        if depth > 1:
            columns[place] = replace(draft, above=above)
        stacks.append([*above, draft.heading][-depth:])
    return stacks


def _span(stacks: list[list[str]], place: int, level: int) -> int:
    """Return the last column under the same cell of a level above the lowest."""
    here = stacks[place]
    if level == len(here) - 1 or not here[level] or not here[level + 1]:
        return place
    end = place
    while end + 1 < len(stacks) and stacks[end + 1][: level + 1] == here[: level + 1]:
        end += 1
    return end


def _extra(
    page: Page, choice: Choice, columns: list[Draft], left: int, rng: random.Random
) -> tuple[int, ...]:
    """Write a row of units, and sometimes one of column numbers."""
    rows: list[int] = []
    if choice.unit_style == "unit row":
        row = page.height
        for place, draft in enumerate(columns):
            is_left_out = draft.unit in {"人", "件"} and rng.random() < 0.3
            page.put(row, left + place, None if is_left_out else draft.unit or None)
        rows.append(row + 1)
    if rng.random() < 0.15:
        row = page.height
        for place in range(len(columns)):
            page.put(row, left + place, "甲" if place == 0 else str(place))
        rows.append(row + 1)
    return tuple(rows)


def _write_xlsx(path: Path, name: str, page: Page, rng: random.Random) -> None:
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    made = datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None)
    book.set_properties({"created": made})
    if rng.random() < 0.2:
        book.add_worksheet("填表说明").write_string(0, 0, "本簿为虚构样例，勿引用。")
    sheet = book.add_worksheet(name)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for row, left, end, right in page.merged:
        sheet.merge_range(row, left, end, right, "")
    for (row, column), value in page.cells.items():
        if isinstance(value, date):
            sheet.write_datetime(row, column, value, day)
        elif isinstance(value, str):
            sheet.write_string(row, column, value)
        elif value is not None:
            sheet.write_number(row, column, float(value))
    if rng.random() < 0.2:
        book.add_worksheet("旧表").hide()
    book.close()


def _write_csv(path: Path, page: Page, encoding: str, width: int) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        for row in range(page.height):
            cells = [page.cells.get((row, column)) for column in range(width)]
            writer.writerow(["" if cell is None else str(cell) for cell in cells])
