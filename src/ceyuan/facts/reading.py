# SPDX-License-Identifier: Apache-2.0
"""Read the columns of one sheet in the order in which they help each other.

The one hard idea is that order: people first, then money that states its unit,
then money that does not, because the unit of a figure is judged by what is already
known of the same firms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ceyuan.facts.cells import Figures, read_figures, read_words, scaled
from ceyuan.facts.magnitudes import (
    Band,
    Verdict,
    band_of,
    contradicted,
    is_large,
    judge_money,
    judge_percent,
    mixed,
    small_shares,
    suspects,
)
from ceyuan.facts.table import FactColumn, Source
from ceyuan.facts.values import Number, quoted, read_number
from ceyuan.kernel import unit
from ceyuan.sheets.model import column_letter

if TYPE_CHECKING:
    from datetime import date
    from fractions import Fraction

    from ceyuan.facts.columns import SheetMap
    from ceyuan.facts.drafts import Draft, Plan
    from ceyuan.facts.log import Log
    from ceyuan.facts.table import FactKey, Value
    from ceyuan.sheets.model import CellValue

    Amounts = list[int | Fraction | None]

_HEADS = "employees"
_FILL_UNIT = (
    "在 --columns MAP.yaml 里写明单位，例如 columns: {%s: {fact: %s, unit: %s}}"
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was decided about a column of figures.

    Args:
        draft: The column.
        unit: Its unit; "" when it could not be told.
        among_large: It holds percents well above 1.
    """

    draft: Draft
    unit: str
    among_large: bool


def read_year(cell: CellValue, closed: int) -> int | None:
    """Return the closed year that a cell names; None for any other content."""
    digits = "".join(c for c in str(cell or "") if c.isdecimal())
    year = int(digits) if len(digits) == 4 else None  # noqa: PLR2004
    return year if year is not None and 1990 <= year <= closed else None  # noqa: PLR2004


class ColumnReader:
    """Read the drafts of one sheet.

    Args:
        plan: How its columns are understood.
        indexes: Its rows that are firms.
        smap: What the user fixed about it.
        as_of: The day of the check.
        log: Where problems go.
        rows: The rows to read from, if they are not those of the plan's sheet.
    """

    def __init__(
        self,
        plan: Plan,
        indexes: list[int],
        smap: SheetMap | None,
        as_of: date,
        log: Log,
        *,
        rows: list[list[CellValue]] | None = None,
    ) -> None:
        self.plan, self.indexes, self.smap = plan, indexes, smap
        self.as_of, self.log = as_of, log
        self.sheet = plan.layout.sheet
        if rows is not None:
            self.sheet = replace(self.sheet, rows=rows)
        self.columns: dict[FactKey, FactColumn] = {}
        self.heads: dict[int | None, Amounts] = {}
        self.money: list[tuple[Draft, Amounts, str]] = []
        self.judged: list[Judged] = []
        self.bands: dict[int, Band | None] = {}
        self.row_years = [] if rows is not None else self._row_years()

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
            self.suspect(draft, amounts)
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
        among_large = False
        if draft.fact.unit == "%" and verdict.unit == "%":
            among_large = is_large(figures.bare)
            self.small(figures, among_large=among_large)
        self.judged.append(Judged(draft, verdict.unit, among_large))
        values = scaled(
            figures, verdict.unit, rows=self.indexes, sheet=self.sheet, log=self.log
        )
        self._keep(draft, values, verdict.unit, verdict.reason)
        if draft.name == _HEADS:
            self.heads[draft.year] = values  # type: ignore[assignment]
        if draft.fact.measure.is_money:
            self.money.append((draft, values, verdict.unit))  # type: ignore[arg-type]

    def small(self, figures: Figures, *, among_large: bool) -> None:
        """Make a share below 1 among large percents unknown: 25% or 0.25%?"""
        for index in small_shares(figures.bare, among_large=among_large):
            at = self.indexes[index]
            cell = self.sheet.rows[at][figures.draft.head.column]
            self.log.problem(
                "R224",
                f"“{figures.draft.fact.zh}”写的是{self.log.quoted(figures.draft.name, cell)}，同列多是大于 1 的百分数，"
                "分不清是不是小数写法；按未知处理",
                mend="连百分号一起填写，如 25% 或 0.25%",
                sheet=self.sheet.name,
                row=at + 1,
                column=figures.draft.head.letter,
            )
            figures.numbers[index] = None

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
            found = judge_percent(figures.bare, is_stated=name == "%")
            if figures.percent and not any(figures.bare):
                return Verdict("%", "单元格是百分比格式，按显示的百分数理解")
            return found
        if name:
            return Verdict(name, reason)
        if measure.is_pure:
            return Verdict(draft.fact.unit or "1", "是没有单位的数")
        return Verdict(draft.fact.unit or "1", f"没有写单位，按{draft.fact.unit}理解")

    def _money_unit(self, figures: Figures, name: str, reason: str) -> Verdict:
        draft = figures.draft
        heads = self._heads_of(draft)
        bare = figures.bare
        if not name and figures.units and not any(n is not None for n in bare):
            first = next(iter(figures.units.values()))
            if unit(first).like(draft.fact.measure):
                return Verdict(first, "单元格里写明单位")
        if name:
            if draft.choice is not None and draft.choice.unit:
                return Verdict(name, reason)
            return (
                contradicted(name, bare, heads=heads)
                or mixed(name, bare, heads=heads)
                or Verdict(name, reason)
            )
        others = [(d.head.text, amounts) for d, amounts, known in self.money if known]
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
            mend=_FILL_UNIT
            % (draft.head.letter, draft.name, f'"{verdict.options[0]}"'),
            sheet=self.sheet.name,
            column=draft.head.letter,
        )

    def suspect(
        self, draft: Draft, amounts: Amounts, *, band: Band | None = None
    ) -> list[int]:
        """Make amounts that are off by ten thousand unknown, and say so.

        Args:
            draft: The column.
            amounts: Its amounts.
            band: Where those of the whole column lie, if these are but some.
        """
        found: list[int] = []
        band = band or band_of(amounts)
        self.bands[draft.head.column] = band
        if band is None:
            return found
        unit_name = next(u for d, _, u in self.money if d is draft)
        others = [(d.head.text, a) for d, a, u in self.money if d is not draft and u]
        for one in suspects(
            amounts,
            unit_name=unit_name,
            heads=self._heads_of(draft),
            others=others,
            band=band,
        ):
            at = self.indexes[one.index]
            cell = self.sheet.rows[at][draft.head.column]
            if self._names_unit(cell):
                continue
            self.log.problem(
                "R222",
                f"“{draft.head.text}”写的是{self.log.quoted(draft.name, cell)}，疑似差 1 万倍（{one.why}），"
                f"可能是按{one.likely}填的；按未知处理",
                mend="核对单位；确实如此就连单位一起填写"
                + ("" if draft.name in self.log.hidden else f"，如“{cell}{unit_name}”"),
                sheet=self.sheet.name,
                row=at + 1,
                column=draft.head.letter,
            )
            for column in self.columns.values():
                if column.key[0] == draft.name and column.column == draft.head.letter:
                    column.values[one.index] = None
            found.append(one.index)
        return found

    def _names_unit(self, cell: CellValue) -> bool:
        """Return whether a cell names its own unit: then it means what it says."""
        reading = read_number(cell)
        return isinstance(reading, Number) and bool(reading.unit)

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
            year = read_year(cell, closed)
            years.append(year)
            if year is None and cell is not None:
                self.bad_year(at, cell)
        return years

    def bad_year(self, at: int, cell: CellValue) -> None:
        """Note a row whose year is none that can be used."""
        assert self.plan.year is not None
        self.log.problem(
            "R216",
            f"年度写的是{quoted(cell)}，不是已结束的年度；本行的年度数据没有使用",
            mend="填写四位年份，如 2025",
            sheet=self.sheet.name,
            row=at + 1,
            column=column_letter(self.plan.year + 1),
        )
