# SPDX-License-Identifier: Apache-2.0
"""How a sheet of records is understood: which rows, which columns, which units.

Both ways of reading stand on this: a small file is understood whole, of a big one a
sample. The one hard idea is that what is decided here (heading, year, unit, columns
that are not what their heading says) is decided once, for the file, and what is left
to the rows needs no other row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ceyuan.declarations.facts import Fact, Field
from ceyuan.facts.columns import Choice, ColumnMap, SheetMap
from ceyuan.facts.drafts import Plan, make_plan, settle_doubles
from ceyuan.facts.intake.labelled import whose, year_of
from ceyuan.facts.layout import find_table
from ceyuan.facts.lines import Lines
from ceyuan.facts.onesheet import guessed_map, money_note, read_row
from ceyuan.facts.reading import ColumnReader
from ceyuan.facts.records import kind_in, says_complete
from ceyuan.kernel import UsageError
from ceyuan.sheets.model import column_letter

if TYPE_CHECKING:
    from ceyuan.facts.drafts import Draft
    from ceyuan.facts.intake.asked import Asked
    from ceyuan.facts.layout import Layout
    from ceyuan.facts.log import Log
    from ceyuan.facts.table import FactColumn, FactKey, Row
    from ceyuan.sheets.model import Sheet


@dataclass(slots=True)
class Understood:
    """How a sheet is understood.

    Args:
        layout: Where its table is.
        plan: Its columns.
        lines: Its rows.
        reader: What was read of them.
        columns: The values.
        guessed: The same as a column map.
        constants: Attributes that are the same for every record.
        year: Year of a row that names none; None where nothing says it.
        reason: Why the list counts as complete; "" when it does not.
        owner: Whose all rows are, where labels above the table say so.
    """

    layout: Layout
    plan: Plan
    lines: Lines
    reader: ColumnReader
    columns: dict[FactKey, FactColumn]
    guessed: ColumnMap
    constants: dict[str, str]
    year: int | None
    reason: str
    owner: Row | None = None


def understand(sheet: Sheet, asked: Asked, log: Log, *, stem: str) -> Understood | str:
    """Return how a sheet is understood, or in words why it holds no such table.

    Args:
        sheet: The sheet.
        asked: What it is read for.
        log: Where problems go.
        stem: The file's name without suffix; it may say what a list is of.
    """
    smap = asked.of_sheet(sheet.name)
    row = smap.header_row if smap else None
    layout = find_table(sheet, asked.lexicon, header_row=row)
    if isinstance(layout, str):
        if row is not None:
            msg = f"列映射的 header_row: {row}: 工作表 `{sheet.name}` {layout}"
            raise UsageError(msg, hint=f"这张表有 {len(sheet.rows)} 行")
        return layout
    plan = make_plan(layout, asked.lexicon, smap=smap, as_of=asked.as_of, log=log)
    owner, year = _owner(plan, asked, log)
    lines = Lines(
        layout,
        name=_namer(plan, asked, owner),
        code=plan.code,
        log=log,
        owner=asked.owner,
    )
    settle_doubles(plan, lines.indexes, log)
    plan.drafts = [_with_unit(draft, asked) for draft in plan.drafts]
    reader = ColumnReader(plan, lines.indexes, smap, asked.as_of, log)
    columns = reader.read()
    money_note(layout, log)
    texts = (*layout.titles, stem)
    reason = says_complete(texts)
    if smap is not None and smap.complete is not None:
        reason = "列映射写明 complete: true" if smap.complete else ""
    guessed = guessed_map(plan, columns, smap)
    _unknown_columns(layout, guessed, asked, log)
    undated = plan.years.year_reason
    if plan.years.stated is None and any(
        column.sources[0].year_reason == undated for column in columns.values()
    ):
        log.note("R215", undated, sheet=sheet.name)
    return Understood(
        layout,
        plan,
        lines,
        reader,
        columns,
        guessed,
        _constants(plan, asked, smap, texts),
        plan.years.stated if year is None else year,
        reason,
        owner,
    )


def _owner(plan: Plan, asked: Asked, log: Log) -> tuple[Row | None, int | None]:
    """Return whose a form's rows are, and of which year, if labels above say so."""
    form = asked.form
    if form is None:
        return None, None
    sheet = plan.layout.sheet
    of = whose(sheet.rows[: plan.layout.top], form.labels)
    year = year_of(of.year.cell) if of.year and plan.year is None else None
    if not asked.record.organisation or plan.name is not None or plan.code is not None:
        return None, year
    place = of.code or of.name
    if place is None:
        return None, year
    row = read_row(
        of.name.cell if of.name else None,
        of.code.cell if of.code else None,
        sheet=sheet.name,
        at=place.at,
        letter=column_letter(place.column + 1),
        log=log,
    )
    return row, year


def _namer(plan: Plan, asked: Asked, owner: Row | None) -> int | None:
    """Return the column that names a row: the firm's, else that of the key."""
    if asked.record.organisation and owner is None:
        return plan.name
    columns = {draft.name: draft.head.column for draft in plan.drafts}
    named = [columns[key] for key in asked.keys if key in columns]
    return next(iter((*named, *sorted(columns.values()))), None)


def _with_unit(draft: Draft, asked: Asked) -> Draft:
    """Give a column without a unit the one that its form says."""
    name = asked.unit_of(draft.name)
    if not name or draft.head.unit or (draft.choice and draft.choice.unit):
        return draft
    choice = draft.choice or Choice(fact=draft.name, year=draft.year)
    return replace(draft, choice=choice.model_copy(update={"unit": name}))


def _constants(
    plan: Plan, asked: Asked, smap: SheetMap | None, texts: tuple[str, ...]
) -> dict[str, str]:
    """Return what every record of the sheet has: the form's, or a list's kind."""
    made = dict(asked.form.constants) if asked.form else {}
    read = {draft.name for draft in plan.drafts}
    for name, one in asked.attributes.items():
        if one.kind != "code" or name in read or name in made:
            continue
        if name not in asked.keys:
            continue
        said = smap.kind if smap and smap.kind in one.codes else ""
        fields = {name: Field(zh=one.zh, en=one.en, kind="code", codes=one.codes)}
        lists = Fact(zh=one.zh, en=one.en, kind="records", fields=fields)
        if kind := said or kind_in(texts, lists):
            made[name] = kind
    return made


def _unknown_columns(
    layout: Layout, guessed: ColumnMap, asked: Asked, log: Log
) -> None:
    """Note the columns that mean nothing here; a near miss names what is near."""
    said = {
        p.column
        for p in (*log.problems, *log.notes)
        if p.row is None and p.sheet == layout.sheet.name
    }
    for head in layout.heads:
        if head.letter in guessed.columns or head.letter in said:
            continue
        near = asked.lexicon.near(head.text)
        hint = f"；是不是“{near}”？" if near else ""
        log.note(
            "R284",
            f"{head.letter} 列“{head.text}”不认识，没有使用{hint}",
            sheet=layout.sheet.name,
            column=head.letter,
        )
