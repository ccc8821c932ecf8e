# SPDX-License-Identifier: Apache-2.0
"""Read a form: one firm a sheet, figures by line number.

A tax annex is no table: whose it is stands beside labels, and what a figure means is
told by its line number, which has moved from edition to edition. The one hard idea is
to trust no number alone: where the mapping says how a line is worded, the sheet must
word it so, or the figure is not used and the difference is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.declarations.forms import plain
from ceyuan.facts.cells import word_reader
from ceyuan.facts.intake.labelled import Whose, whose, year_of
from ceyuan.facts.intake.rows import Stated, Wide
from ceyuan.facts.intake.small import column_of, held
from ceyuan.facts.onesheet import read_row
from ceyuan.facts.values import Fault, Number, read_number
from ceyuan.kernel import last_closed_year, unit
from ceyuan.sheets.model import column_letter

if TYPE_CHECKING:
    from ceyuan.declarations.forms import Form, FormLine
    from ceyuan.facts.intake.asked import Asked
    from ceyuan.facts.log import Log
    from ceyuan.facts.table import Value
    from ceyuan.sheets.model import CellValue, Sheet

_TITLED = re.compile(r"(20\d\d)\s*年度")
_UNIT = re.compile(r"单位\s*[:：]\s*(?:人民币)?\s*(亿元|百万元|万元|千元|元)")
_TITLES = 12
NAMELESS = "没有企业名称和信用代码"
"""Why a sheet is left out on which nobody stands."""


@dataclass(slots=True)
class _Half:
    """Line numbers with their items and figures; a form may have two side by side."""

    line: int
    item: int | None
    amounts: dict[int, int]


@dataclass(slots=True)
class _Line:
    """A numbered line as the sheet has it."""

    item: str
    at: int
    cells: dict[int, tuple[int, CellValue]] = field(default_factory=dict)


def is_form(sheet: Sheet, form: Form, *, stem: str) -> bool:
    """Return whether a sheet is this form, by its titles and its items."""
    texts = [c for row in sheet.rows for c in row if isinstance(c, str)]
    heads = [c for row in sheet.rows[:_TITLES] for c in row if isinstance(c, str)]
    return form.recognises((stem, sheet.name, *heads), texts)


def read_form(sheet: Sheet, asked: Asked, log: Log) -> Wide | str:
    """Return what a sheet states, or in words why it is no such form.

    Args:
        sheet: The sheet.
        asked: What it is read for; its form says how.
        log: Where problems go.
    """
    form = asked.form
    assert form is not None
    halves, top = _halves(sheet, form)
    numbered = any(line.lines for line in form.lines)
    if numbered and not halves:
        return f"没有找到“{form.zh}”的行次和金额"
    reader = _FormReader(sheet, asked, form, log)
    of = whose(sheet.rows[: top + 1] if numbered else sheet.rows, form.labels)
    if of.code is None and of.name is None:
        log.problem(
            "R205",
            f"没有找到企业名称和统一社会信用代码，整张表没有收入（{form.zh}）",
            mend=f"在表头填写{'、'.join((*form.labels.code[:1], *form.labels.name[:1]))}",
            sheet=sheet.name,
        )
        return NAMELESS
    year = reader.year(of)
    if year is None:
        return "没有可用的年度"
    lines = reader.lines(halves, top)
    values = reader.figures(lines, year) | reader.items()
    return reader.wide(of, values, year)


def _halves(sheet: Sheet, form: Form) -> tuple[list[_Half], int]:
    """Return where line numbers and figures stand, and the heading's last row."""
    lines = {plain(w) for w in form.columns.line}
    items = {plain(w) for w in form.columns.item}
    amounts = {plain(w): 0 for w in form.columns.amount}
    amounts |= {plain(w): offset for w, offset in form.columns.years.items()}
    for at, row in enumerate(sheet.rows):
        texts = [plain(c) if isinstance(c, str) else "" for c in row]
        starts = [j for j, text in enumerate(texts) if text in lines]
        if not starts:
            continue
        below = sheet.rows[at + 1] if at + 1 < len(sheet.rows) else []
        under = [plain(c) if isinstance(c, str) else "" for c in below]
        halves: list[_Half] = []
        bottom = at
        for n, start in enumerate(starts):
            end = starts[n + 1] if n + 1 < len(starts) else len(row)
            first = starts[n - 1] + 1 if n else 0
            named = [j for j in range(first, end) if texts[j] in items]
            before = [j for j in named if j < start]
            found: dict[int, int] = {}
            for j in range(start + 1, end):
                if j < len(under) and under[j] in amounts:
                    found.setdefault(amounts[under[j]], j)
                    bottom = at + 1
                elif texts[j] in amounts:
                    found.setdefault(amounts[texts[j]], j)
            item = before[-1] if before else (named[0] if named else None)
            if found:
                halves.append(_Half(start, item, found))
        if halves:
            return halves, bottom
    return [], 0


class _FormReader:
    """Read one sheet of a form."""

    def __init__(self, sheet: Sheet, asked: Asked, form: Form, log: Log) -> None:
        self.sheet, self.asked, self.form, self.log = sheet, asked, form, log
        self.places: dict[tuple[str, int], tuple[int, int]] = {}
        self.letters: dict[str, str] = {}
        self.unit = form.unit or ""
        for row in sheet.rows[:_TITLES]:
            for cell in row:
                if isinstance(cell, str) and (found := _UNIT.search(cell)):
                    self.unit = found[1]

    def _problem(
        self, code: str, message: str, mend: str, at: int | None, column: int | None
    ) -> None:
        self.log.problem(
            code,
            message,
            mend=mend,
            sheet=self.sheet.name,
            row=None if at is None else at + 1,
            column="" if column is None else column_letter(column + 1),
        )

    def _titled(self) -> int | None:
        """Return the one year that the title names: `…明细表（2025年度）`."""
        texts = [self.sheet.name, *(c for r in self.sheet.rows[:_TITLES] for c in r)]
        years = {
            int(found)
            for text in texts
            if isinstance(text, str)
            for found in _TITLED.findall(text)
        }
        return years.pop() if len(years) == 1 else None

    def year(self, of: Whose) -> int | None:
        """Return the form's year; one that cannot be used goes to the log."""
        if self.asked.year is not None:
            return self.asked.year
        year = year_of(of.year.cell) if of.year else self._titled()
        closed = last_closed_year(self.asked.as_of)
        if year is not None and year <= closed:
            return year
        said = f"写的是“{of.year.cell}”" if of.year else "没有写"
        self._problem(
            "R216",
            f"所属年度{said}，不是已结束的整个年度；整张表没有收入",
            "填写整年的所属期，如 2025年01月01日至2025年12月31日；或用 --year 写明",
            of.year.at if of.year else None,
            of.year.column if of.year else None,
        )
        return None

    def lines(self, halves: list[_Half], top: int) -> dict[str, _Line]:
        """Return the numbered lines of the sheet."""
        found: dict[str, _Line] = {}
        for half in halves:
            for at in range(top + 1, len(self.sheet.rows)):
                row = self.sheet.rows[at]
                number = _number(row[half.line])
                if not number:
                    continue
                item = str(row[half.item] or "") if half.item is not None else ""
                line = _Line(item, at)
                for offset, column in half.amounts.items():
                    line.cells[offset] = (column, row[column])
                if number in found:
                    first = found[number].at
                    if found[number].item != item:
                        self._problem(
                            "R286",
                            f"行次 {number} 在第 {first + 1} 行和第 {at + 1} 行各有一次；"
                            "用前一个",
                            "核对表样",
                            at,
                            half.line,
                        )
                    continue
                found[number] = line
        return found

    def figures(
        self, lines: dict[str, _Line], year: int
    ) -> dict[tuple[str, int | None], Value]:
        """Return what the numbered lines state."""
        amounts: dict[tuple[str, int], Fraction] = {}
        for number, line in lines.items():
            for offset, (column, cell) in line.cells.items():
                reading = read_number(cell)
                if isinstance(reading, Number) and reading.unit == "无":
                    continue
                if isinstance(reading, Number):
                    reading = Fault("R236", f"带有单位“{reading.unit}”", "只填写数字")
                if isinstance(reading, Fault):
                    if self._is_used(number):
                        self._problem(
                            reading.code,
                            f"行次 {number} 写的是{self._shown(number, cell)}，"
                            f"{reading.why}；按未知处理",
                            reading.mend,
                            line.at,
                            column,
                        )
                elif reading is not None:
                    amounts[number, offset] = Fraction(reading)
        for number in self._mislabelled(lines):
            amounts = {k: v for k, v in amounts.items() if k[0] != number}
        numbers = {one.attribute: tuple(one.lines) for one in self.form.lines}
        made: dict[tuple[str, int | None], Value] = {}
        closed = last_closed_year(self.asked.as_of)
        for figure in self.form.figures(amounts):
            one = self.asked.attributes[figure.attribute]
            own = self.unit if figure.unit == self.form.unit else figure.unit
            value = figure.value * unit(own).scale
            first = lines[numbers[figure.attribute][0]]
            column = first.cells[figure.offset][0]
            if not self._in_bounds(figure.attribute, value, first.at, column):
                continue
            stated = year + figure.offset if one.yearly else None
            if stated is not None and stated > closed:
                continue
            made[figure.attribute, stated] = (
                value.numerator if value.denominator == 1 else value
            )
            self.letters[figure.attribute] = column_letter(column + 1)
            if figure.confidence != "A" and not figure.offset:
                self.log.note(
                    "R287",
                    f"“{one.zh}”按行次 {'、'.join(numbers[figure.attribute])} 理解，"
                    f"把握 {figure.confidence}",
                    sheet=self.sheet.name,
                    row=first.at + 1,
                )
        for attribute, blank in self.form.kept_back(amounts):
            self.log.note(
                "R288",
                f"“{self.asked.attributes[attribute].zh}”没有采用："
                f"要看第 {'、'.join(blank)} 行，那里没有填，或不是 0",
                sheet=self.sheet.name,
            )
        return made

    def _is_used(self, number: str) -> bool:
        return any(number in (*line.lines, *line.when_zero) for line in self.form.lines)

    def _shown(self, number: str, cell: CellValue) -> str:
        names = [f.attribute for f in self.form.lines if number in f.lines]
        hidden = next((n for n in names if n in self.asked.hidden), "")
        return self.log.quoted(hidden, cell)

    def _mislabelled(self, lines: dict[str, _Line]) -> set[str]:
        """Return the lines that are not worded as the mapping expects."""
        wrong: set[str] = set()
        for line in self.form.lines:
            numbers = list(line.lines)
            if len(numbers) != 1 or not line.item or numbers[0] not in lines:
                continue
            found = lines[numbers[0]]
            said = plain(found.item)
            if any(plain(word) in said for word in line.item):
                continue
            wrong.add(numbers[0])
            words = "”或“".join(line.item)
            self._problem(
                "R286",
                f"行次 {numbers[0]} 写的是“{found.item.strip()}”，应当是“{words}”；"
                "表样可能是别的版本，这一行没有使用",
                "核对表样的版本",
                found.at,
                None,
            )
        return wrong

    def _in_bounds(self, name: str, value: Fraction, at: int, column: int) -> bool:
        one = self.asked.attributes[name]
        scale = one.measure.scale
        low = one.min is not None and value < one.min * scale
        high = one.max is not None and value > one.max * scale
        if not low and not high:
            return True
        self._problem(
            "R235",
            f"“{one.zh}”{'小于最小' if low else '大于最大'}可能值；按未知处理",
            "核对并改正这个数",
            at,
            column,
        )
        return False

    def items(self) -> dict[tuple[str, int | None], Value]:
        """Return what lines without a number state, found by their words."""
        made: dict[tuple[str, int | None], Value] = {}
        wanted: list[FormLine] = [one for one in self.form.lines if not one.lines]
        for at, row in enumerate(self.sheet.rows if wanted else ()):
            for column, cell in enumerate(row):
                if not isinstance(cell, str):
                    continue
                line = self.form.line_of(cell.rstrip(":： "))
                if line is None or line.lines:
                    continue
                value = next(
                    (c for c in row[column + 1 :] if c not in {None, ""}), None
                )
                one = self.asked.attributes[line.attribute]
                found = word_reader(one, self.asked.as_of)(value)
                if isinstance(found, Fault):
                    self._problem(
                        found.code,
                        f"“{one.zh}”写的是{self.log.quoted(line.attribute, value)}，"
                        f"{found.why}；按未知处理",
                        found.mend,
                        at,
                        column,
                    )
                elif found is not None:
                    made.setdefault((line.attribute, None), found)
                    self.letters[line.attribute] = column_letter(column + 1)
        return made

    def wide(
        self, of: Whose, values: dict[tuple[str, int | None], Value], year: int
    ) -> Wide:
        """Return the sheet as one wide row."""
        at = of.code.at if of.code else of.name.at if of.name else 0
        row = read_row(
            of.name.cell if of.name else None,
            of.code.cell if of.code else None,
            sheet=self.sheet.name,
            at=at,
            letter=column_letter(of.code.column + 1) if of.code else "",
            log=self.log,
        )
        made = [
            pl.Series("row", [at + 1], dtype=pl.Int32),
            pl.Series("name", [row.name or None], dtype=pl.String),
            pl.Series("code", [row.uscc if row.sound else None], dtype=pl.String),
            pl.Series("year", [year], dtype=pl.Int16),
        ]
        stated: dict[str, Stated] = {}
        for (name, when), value in values.items():
            column = column_of(name, when, per_row=False)
            letter = self.letters.get(name, "")
            stated[column] = Stated(name, when, per_row=False, letter=letter)
            made += held(column, [value], self.asked, name)
        return Wide(pl.DataFrame(made), stated, self.sheet.name, year)


def _number(cell: CellValue) -> str:
    """Return a line number without its leading zeros; "" for what is none."""
    if cell is None or isinstance(cell, bool):
        return ""
    text = str(cell).strip()
    if text.isdecimal():
        return text.lstrip("0") or "0"
    return text if re.fullmatch(r"\d+(?:\.\d+)+", text) else ""
