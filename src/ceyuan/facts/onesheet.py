# SPDX-License-Identifier: Apache-2.0
"""Read one sheet by itself: its rows, its columns, how they were understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.facts.columns import Choice, ColumnMap, SheetMap
from ceyuan.facts.drafts import Plan, make_plan, settle_doubles
from ceyuan.facts.identity import read_code, read_name
from ceyuan.facts.lines import Lines
from ceyuan.facts.reading import ColumnReader
from ceyuan.facts.records import own_records
from ceyuan.facts.table import FactColumn, FactTable, Row, Source
from ceyuan.facts.values import quoted
from ceyuan.sheets.model import column_letter

if TYPE_CHECKING:
    from datetime import date

    from ceyuan.facts.headings import Lexicon
    from ceyuan.facts.layout import Layout
    from ceyuan.facts.log import Log
    from ceyuan.facts.table import FactKey, Value
    from ceyuan.sheets.model import CellValue


@dataclass(slots=True)
class SheetRead:
    """One sheet, read by itself.

    Args:
        table: Its facts, before its rows are compared.
        plan: How its columns were understood.
        rows: Index in the sheet of each row of the table.
    """

    table: FactTable
    plan: Plan
    rows: list[int]


def read_layout(
    layout: Layout,
    lexicon: Lexicon,
    *,
    smap: SheetMap | None,
    as_of: date,
    log: Log,
    is_list: bool = False,
) -> SheetRead:
    """Return the facts of one sheet, before its rows are compared.

    Args:
        layout: Where its table is.
        lexicon: The headings to look for.
        smap: What the user fixed about it.
        as_of: The day of the check.
        log: Where problems go.
        is_list: A further file, whose linked records are read apart.
    """
    plan = make_plan(layout, lexicon, smap=smap, as_of=as_of, log=log)
    lines = Lines(layout, name=plan.name, code=plan.code, log=log)
    settle_doubles(plan, lines.indexes, log)
    sheet = layout.sheet
    rows = _rows(plan, lines, log)
    reader = ColumnReader(plan, lines.indexes, smap, as_of, log)
    columns = reader.read()
    if "registrar_class" in lexicon.facts:
        _registrar(columns, plan, rows, lexicon, log)
    money_note(layout, log)
    table = FactTable(
        rows,
        columns,
        {} if is_list else own_records(plan, lines.indexes, lexicon, log),
        guessed_map(plan, columns, smap),
        [],
        plan.years.year,
        plan.years.year_reason,
        file=log.file,
        headings={sheet.name: {h.letter: h.text for h in layout.heads}},
    )
    undated = plan.years.year_reason
    if plan.years.stated is None and any(
        column.sources[0].year_reason == undated for column in columns.values()
    ):
        log.note("R215", plan.years.year_reason, sheet=sheet.name)
    return SheetRead(table, plan, lines.indexes)


def money_note(layout: Layout, log: Log) -> None:
    """Say that a remark gives the unit of the columns that name none."""
    if layout.money_unit:
        log.note(
            "R226",
            f"没有写单位的金额列按表上注明的{layout.money_unit}理解（“{layout.note}”）",
            sheet=layout.sheet.name,
        )


def _rows(plan: Plan, lines: Lines, log: Log) -> list[Row]:
    rows = []
    sheet = plan.layout.sheet.name
    letter = "" if plan.code is None else column_letter(plan.code + 1)
    for at in lines.indexes:
        name, code = lines.cells(at)
        rows.append(read_row(name, code, sheet=sheet, at=at, letter=letter, log=log))
    return rows


def read_row(
    name: CellValue, code: CellValue, *, sheet: str, at: int, letter: str, log: Log
) -> Row:
    """Return whose row it is; a code that is not sound goes to the log."""
    cleaned, fault = read_code(code)
    if fault:
        log.problem(
            fault.code,
            f"统一社会信用代码{quoted(code)}：{fault.why}；"
            "按企业名称计算，不与其他文件按代码对接",
            mend=fault.mend,
            sheet=sheet,
            row=at + 1,
            column=letter,
        )
    return Row(sheet, at + 1, read_name(name), cleaned, bool(cleaned) and not fault)


def _registrar(
    columns: dict[FactKey, FactColumn],
    plan: Plan,
    rows: list[Row],
    lexicon: Lexicon,
    log: Log,
) -> None:
    """Fill the class of registration from the first two places of sound codes."""
    key = ("registrar_class", None)
    if key in columns or plan.code is None or not any(r.sound for r in rows):
        return
    known = lexicon.facts["registrar_class"].codes
    values: list[Value | None] = [
        (r.uscc[:2] if r.uscc[:2] in known else "other") if r.sound else None
        for r in rows
    ]
    source = Source(
        log.file,
        plan.layout.sheet.name,
        column_letter(plan.code + 1),
        "统一社会信用代码",
        "",
        "由信用代码前两位得出",
    )
    columns[key] = FactColumn(key, values, [source])


def guessed_map(
    plan: Plan, columns: dict[FactKey, FactColumn], smap: SheetMap | None
) -> ColumnMap:
    """Return how the columns of a sheet were understood."""
    chosen: dict[str, Choice] = {}
    for word, column in (("name", plan.name), ("uscc", plan.code), ("year", plan.year)):
        if column is not None:
            chosen[column_letter(column + 1)] = Choice(fact=word)
    for draft in plan.drafts:
        if draft.beside:
            continue
        units = {
            c.unit
            for c in columns.values()
            if c.column == draft.head.letter and c.key[0] == draft.name
        }
        chosen[draft.head.letter] = Choice(
            fact=draft.name, unit=next(iter(units), "") or None, year=draft.year
        )
    for item in plan.fields:
        target = item.target
        chosen[item.head.letter] = Choice(
            fact=target.fact, field=target.field, kind=target.code
        )
    for letter, choice in (smap.columns if smap else {}).items():
        chosen.setdefault(letter, choice)
    return ColumnMap(
        sheet=plan.layout.sheet.name,
        header_row=plan.layout.bottom + 1,
        # A year written here would answer the questions that are still open.
        year=None
        if plan.asks_year or plan.year is not None
        else plan.years.default().year,
        columns=dict(sorted(chosen.items(), key=lambda i: (len(i[0]), i[0]))),
    )
