# SPDX-License-Identifier: Apache-2.0
"""Read a file of tables into facts per firm.

Each sheet that holds a table of firms is read by itself (`read_layout`): whose rows,
which columns, which units. Then the sheets of one file are put together: one with
the same firms adds facts to them, one with other firms adds rows. The one hard
idea is the order within a sheet: people first, then money that states its unit,
then money that does not, because the unit of a figure is judged by what is already
known of the same firms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ceyuan.facts.cells import Figures, read_figures, read_words, scaled
from ceyuan.facts.columns import Choice, ColumnMap, SheetMap
from ceyuan.facts.drafts import Draft, Plan, make_plan, settle_doubles
from ceyuan.facts.headings import Lexicon
from ceyuan.facts.identity import read_code, read_name
from ceyuan.facts.layout import Layout, find_table
from ceyuan.facts.lines import Lines
from ceyuan.facts.magnitudes import (
    Verdict,
    contradicted,
    judge_money,
    judge_percent,
    mixed,
    suspects,
)
from ceyuan.facts.merge import add_sheet, settle_firms
from ceyuan.facts.records import own_records
from ceyuan.facts.table import FactColumn, FactTable, Log, Row, Source
from ceyuan.facts.values import quoted, read_number
from ceyuan.kernel import InputRejected, UsageError, unit
from ceyuan.sheets.model import column_letter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from fractions import Fraction

    from ceyuan.declarations.facts import Fact
    from ceyuan.facts.table import FactKey, Value
    from ceyuan.sheets.model import Book

    Amounts = list[int | Fraction | None]

_HEADS = "employees"
_FILL_UNIT = "在 --columns MAP.yaml 里写明单位，例如 columns: {%s: {fact: %s, unit: %s}}"


def read_facts(
    book: Book,
    *,
    dictionary: Mapping[str, Fact],
    as_of: date,
    columns: ColumnMap | None = None,
    subject: str = "firm",
) -> FactTable:
    """Return the facts of a file, each with its cell.

    Args:
        book: The file's tables.
        dictionary: Facts by name.
        as_of: The day of the check.
        columns: What the user fixed about the columns.
        subject: Whose facts are read.

    Raises:
        UsageError: The column map names a sheet that is not there.
        InputRejected: No sheet holds a table of firms.
    """
    lexicon = Lexicon(dictionary, subject=subject)
    log = Log(book.path.name)
    layouts = _layouts(book, lexicon, columns, log)
    if not layouts:
        reasons = "；".join(f"{s.sheet or s.file}：{s.reason}" for s in log.skipped)
        msg = f"`{book.path.name}` 里没有找到企业表 (no table of firms): {reasons}"
        log.problem(
            "R201", msg, mend="表头里要有“企业名称”或“统一社会信用代码”；或用 --columns 写明 header_row"
        )
        raise InputRejected(
            msg,
            problems=[*book.problems, *log.finish()],
            hint="写明表头所在的行: --columns MAP.yaml, header_row: 4",
        )
    tables = [
        read_layout(
            layout,
            lexicon,
            smap=columns.of_sheet(layout.sheet.name) if columns else None,
            as_of=as_of,
            log=log,
        ).table
        for layout in layouts
    ]
    first = max(tables, key=lambda t: (bool(t.rows), len(t.rows) * len(t.columns)))
    for table in tables:
        if table is not first:
            add_sheet(first, table, log)
    settle_firms(first, dictionary, log)
    first.problems = [*book.problems, *log.finish()]
    first.questions, first.notes, first.skipped = log.questions, log.notes, log.skipped
    if columns and columns.files:
        first.columns_guessed = first.columns_guessed.model_copy(
            update={"files": columns.files}
        )
    return first


def _layouts(
    book: Book, lexicon: Lexicon, columns: ColumnMap | None, log: Log
) -> list[Layout]:
    wanted = {m.sheet for m in (columns, *columns.more) if m.sheet} if columns else set()
    unknown = wanted - {sheet.name for sheet in book.sheets}
    if unknown:
        book.sheet(sorted(unknown)[0])  # raises, with the names there are
    found = []
    for sheet in book.sheets:
        smap = columns.of_sheet(sheet.name) if columns else None
        if wanted and sheet.name not in wanted:
            log.skip("列映射没有选它", sheet=sheet.name)
            continue
        if sheet.hidden and not wanted:
            log.skip("是隐藏的工作表", sheet=sheet.name)
            continue
        row = smap.header_row if smap and (wanted or len(book.sheets) == 1) else None
        layout = find_table(sheet, lexicon, header_row=row)
        if isinstance(layout, str) and row is not None:
            msg = f"列映射的 header_row: {row}: 工作表 `{sheet.name}` {layout}"
            raise UsageError(msg, hint=f"这张表有 {len(sheet.rows)} 行")
        if isinstance(layout, str):
            log.skip(layout, sheet=sheet.name)
        else:
            found.append(layout)
    return found


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
    reader = _SheetReader(plan, lines.indexes, smap, as_of, log)
    columns = reader.read()
    if "registrar_class" in lexicon.facts:
        _registrar(columns, plan, rows, lexicon, log)
    _money_note(layout, log)
    table = FactTable(
        rows,
        columns,
        {} if is_list else own_records(plan, lines.indexes, lexicon, log),
        _guessed(plan, columns, smap),
        [],
        plan.years.year,
        plan.years.year_reason,
        file=log.file,
        headings={sheet.name: {h.letter: h.text for h in layout.heads}},
    )
    uses_year = any(k[1] is not None for k in columns)
    if uses_year and plan.years.stated is None and plan.year is None:
        log.note("R215", plan.years.year_reason, sheet=sheet.name)
    return SheetRead(table, plan, lines.indexes)


def _money_note(layout: Layout, log: Log) -> None:
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
        cleaned, fault = read_code(code)
        shown = read_name(name)
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
        rows.append(Row(sheet, at + 1, shown, cleaned, bool(cleaned) and not fault))
    return rows


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


def _guessed(
    plan: Plan, columns: dict[FactKey, FactColumn], smap: SheetMap | None
) -> ColumnMap:
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
        year=plan.years.year if plan.year is None else None,
        columns=dict(sorted(chosen.items(), key=lambda i: (len(i[0]), i[0]))),
    )


class _SheetReader:
    """Read the drafts of one sheet in the order in which they help each other."""

    def __init__(
        self,
        plan: Plan,
        indexes: list[int],
        smap: SheetMap | None,
        as_of: date,
        log: Log,
    ) -> None:
        self.plan, self.indexes, self.smap = plan, indexes, smap
        self.as_of, self.log = as_of, log
        self.sheet = plan.layout.sheet
        self.columns: dict[FactKey, FactColumn] = {}
        self.heads: dict[int | None, Amounts] = {}
        self.money: list[tuple[Draft, Amounts, str]] = []
        self.row_years = self._row_years()

    def read(self) -> dict[FactKey, FactColumn]:
        """Return every column's values."""
        figures: list[Figures] = []
        for draft in self.plan.drafts:
            if draft.fact.kind == "number":
                figures.append(read_figures(draft, self.indexes, self.sheet, self.log))
                continue
            values = read_words(
                draft, self.indexes, self.sheet, as_of=self.as_of, log=self.log
            )
            self._keep(draft, values, "", "")
        figures.sort(key=self._order)
        for one in figures:
            self._number(one)
        for draft, amounts, _ in self.money:
            self._suspect(draft, amounts)
        return self.columns

    def _order(self, one: Figures) -> tuple[bool, bool, bool]:
        draft = one.draft
        is_money = draft.fact.measure.is_money
        return (is_money, is_money and not self._stated(draft)[0], draft.name != _HEADS)

    def _stated(self, draft: Draft) -> tuple[str, str]:
        """Return the unit that is written, and where."""
        if draft.choice is not None and draft.choice.unit:
            return draft.choice.unit, f"列映射写明 {draft.choice.unit}"
        if draft.head.unit:
            return draft.head.unit, f"表头写明{draft.head.unit}"
        if draft.fact.measure.is_money:
            if self.smap is not None and self.smap.unit:
                return self.smap.unit, f"列映射写明 {self.smap.unit}"
            if self.plan.layout.money_unit:
                layout = self.plan.layout
                return layout.money_unit, f"表上注明“{layout.note.strip()}”"
        return "", ""

    def _number(self, figures: Figures) -> None:
        draft = figures.draft
        verdict = self._unit(figures)
        if not verdict.unit and verdict.reason:
            self._ask_unit(draft, verdict)
        values = scaled(
            figures, verdict.unit, rows=self.indexes, sheet=self.sheet, log=self.log
        )
        self._keep(draft, values, verdict.unit, verdict.reason)
        if draft.name == _HEADS:
            self.heads[draft.year] = values  # type: ignore[assignment]
        if draft.fact.measure.is_money:
            self.money.append((draft, values, verdict.unit))  # type: ignore[arg-type]

    def _unit(self, figures: Figures) -> Verdict:
        draft = figures.draft
        measure = draft.fact.measure
        name, reason = self._stated(draft)
        if name and not unit(name).like(measure):
            why = f"表头的单位是{name}，与“{draft.fact.zh}”（{draft.fact.unit}）不合"
            return Verdict("", why, (draft.fact.unit or "1",))
        if measure.is_money:
            return self._money_unit(figures, name, reason)
        if draft.fact.unit == "%":
            if draft.choice is not None and name:
                return Verdict(name, reason)
            return judge_percent(figures.bare, is_stated=name == "%")
        if name:
            return Verdict(name, reason)
        return Verdict(draft.fact.unit or "1", f"没有写单位，按{draft.fact.unit}理解")

    def _money_unit(self, figures: Figures, name: str, reason: str) -> Verdict:
        draft = figures.draft
        heads = self._heads_of(draft)
        bare = figures.bare
        if name:
            if draft.choice is not None and draft.choice.unit:
                return Verdict(name, reason)
            return (
                contradicted(name, bare, heads=heads)
                or mixed(name, bare, heads=heads)
                or Verdict(name, reason)
            )
        others = [
            (d.head.text, amounts) for d, amounts, known in self.money if known
        ]
        found = judge_money(bare, heads=heads, others=others)
        if found.unit and any(n is not None for n in bare):
            return mixed(found.unit, bare, heads=heads) or found
        return found

    def _heads_of(self, draft: Draft) -> Amounts | None:
        if draft.year in self.heads:
            return self.heads[draft.year]
        return next(iter(self.heads.values()), None)

    def _ask_unit(self, draft: Draft, verdict: Verdict) -> None:
        what = "是百分数还是小数" if draft.fact.unit == "%" else "的单位"
        self.log.question(
            "R221" if draft.fact.unit == "%" else "R220",
            f"{draft.head.letter} 列“{draft.head.text}”{what}？{verdict.reason}；"
            "在回答之前按未知处理",
            options=verdict.options,
            mend=_FILL_UNIT % (draft.head.letter, draft.name, f'"{verdict.options[0]}"'),
            sheet=self.sheet.name,
            column=draft.head.letter,
        )

    def _suspect(self, draft: Draft, amounts: Amounts) -> None:
        """Make amounts that are off by ten thousand unknown, and say so."""
        unit_name = next(u for d, _, u in self.money if d is draft)
        others = [
            (d.head.text, a) for d, a, u in self.money if d is not draft and u
        ]
        own = self._own_units(draft)
        for one in suspects(
            amounts, unit_name=unit_name, heads=self._heads_of(draft), others=others
        ):
            if one.index in own:
                continue
            at = self.indexes[one.index]
            cell = self.sheet.rows[at][draft.head.column]
            self.log.problem(
                "R222",
                f"“{draft.head.text}”写的是{quoted(cell)}，疑似差 1 万倍（{one.why}），"
                f"可能是按{one.likely}填的；按未知处理",
                mend=f"核对单位；确实如此就连单位一起填写，如“{cell}{unit_name}”",
                sheet=self.sheet.name,
                row=at + 1,
                column=draft.head.letter,
            )
            for column in self.columns.values():
                if column.key[0] == draft.name and column.column == draft.head.letter:
                    column.values[one.index] = None

    def _own_units(self, draft: Draft) -> set[int]:
        """Return the indexes of cells that name their own unit."""
        from ceyuan.facts.values import Number  # noqa: PLC0415

        return {
            i
            for i, at in enumerate(self.indexes)
            if isinstance(cell := self.sheet.rows[at][draft.head.column], str)
            and not cell.isdecimal()
            and isinstance(read := read_number(cell), Number)
            and read.unit
        }

    def _keep(
        self, draft: Draft, values: list[Value | None], unit_name: str, reason: str
    ) -> None:
        source = Source(
            self.log.file,
            self.sheet.name,
            draft.head.letter,
            draft.head.text,
            unit_name,
            reason,
            draft.year_reason,
        )
        if not draft.per_row:
            key = draft.key
            self.columns[key] = FactColumn(key, values, [source])
            return
        for year in sorted({y for y in self.row_years if y is not None}):
            key = (draft.name, year)
            split = [
                v if y == year else None
                for v, y in zip(values, self.row_years, strict=True)
            ]
            named = replace(source, year_reason="本行写明年度")
            self.columns[key] = FactColumn(key, split, [named])

    def _row_years(self) -> list[int | None]:
        """Return the year that each row names; faults go to the log."""
        if self.plan.year is None:
            return []
        years: list[int | None] = []
        closed = self.plan.years.last_closed
        for at in self.indexes:
            cell = self.sheet.rows[at][self.plan.year]
            digits = "".join(c for c in str(cell or "") if c.isdecimal())
            year = int(digits) if len(digits) == 4 else None  # noqa: PLR2004
            if year is not None and 1990 <= year <= closed:  # noqa: PLR2004
                years.append(year)
                continue
            years.append(None)
            if cell is not None:
                self.log.problem(
                    "R216",
                    f"年度写的是{quoted(cell)}，不是已结束的年度；本行的年度数据没有使用",
                    mend="填写四位年份，如 2025",
                    sheet=self.sheet.name,
                    row=at + 1,
                    column=column_letter(self.plan.year + 1),
                )
        return years
