# SPDX-License-Identifier: Apache-2.0
"""Read a column cell by cell, and bring its figures to the base of their unit.

Two steps, because the unit of a column can be told only from all of its figures:
`read_cells` gives what is written, `scaled` what it amounts to. What cannot be read
is a problem with its cell; a column of which most cells cannot be read is one
problem, since then the column was misunderstood and not its cells miswritten.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.facts.values import (
    EXACT,
    Codes,
    Fault,
    Number,
    read_day,
    read_flag,
    read_number,
)
from ceyuan.kernel import unit
from ceyuan.sheets.model import CellError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ceyuan.declarations.facts import Fact
    from ceyuan.facts.drafts import Draft
    from ceyuan.facts.log import Log
    from ceyuan.facts.magnitudes import Figure
    from ceyuan.facts.table import Value
    from ceyuan.sheets.model import CellValue, Sheet

_MISREAD = frozenset(("R230", "R236", "R240", "R250", "R251"))
_ENOUGH = 4


@dataclass(slots=True)
class Figures:
    """A column of numbers as written.

    Args:
        draft: The column.
        numbers: Per row the figure; None where blank or faulty.
        units: Units that single cells name, by index.
        percent: Indexes of cells that are formatted as percentages.
    """

    draft: Draft
    numbers: list[Figure | None]
    units: dict[int, str]
    percent: set[int]

    @property
    def bare(self) -> list[Figure | None]:
        """Return the figures that have no unit of their own."""
        if not self.units and not self.percent:
            return self.numbers
        return [
            None if i in self.units or i in self.percent else n
            for i, n in enumerate(self.numbers)
        ]


def _faulty(
    draft: Draft, cell: CellValue, fault: Fault, *, sheet: Sheet, at: int, log: Log
) -> None:
    log.problem(
        fault.code,
        f"“{draft.fact.zh}”一格写的是{log.quoted(draft.name, cell)}，{fault.why}；按未知处理",
        mend=fault.mend,
        sheet=sheet.name,
        row=at + 1,
        column=draft.head.letter,
    )


def _misread(
    draft: Draft,
    faults: Sequence[tuple[int, Fault]],
    filled: int,
    sheet: Sheet,
    log: Log,
) -> bool:
    """Note a column of which most cells do not fit its fact."""
    wrong = [(at, f) for at, f in faults if f.code in _MISREAD]
    if len(wrong) < _ENOUGH or len(wrong) * 2 <= filled:
        return False
    at, fault = wrong[0]
    cell = sheet.rows[at][draft.head.column]
    log.misread.add((sheet.name, draft.head.letter, draft.name))
    log.problem(
        "R214",
        f"{draft.head.letter} 列“{draft.head.text}”按“{draft.fact.zh}”理解，但 {filled} 格中"
        f"有 {len(wrong)} 格不合，如第 {at + 1} 行{log.quoted(draft.name, cell)}"
        f"{fault.why}；整列没有使用",
        mend=f"核对这一列，或在 --columns MAP.yaml 里写 {draft.head.letter}: ignore",
        sheet=sheet.name,
        column=draft.head.letter,
    )
    return True


def within(inner: re.Pattern[str], cell: CellValue) -> CellValue:
    """Return the part of a cell that holds the value; all of it if none is found."""
    if cell is None or isinstance(cell, (date, CellError)):
        return cell
    found = inner.search(unicodedata.normalize("NFKC", str(cell)))
    return found[1] if found else cell


def _tells(telling: re.Pattern[str], cell: CellValue) -> bool:
    """Return whether a cell holds what means yes (a stock code: it is listed)."""
    if cell is None or isinstance(cell, (bool, date, CellError)):
        return False
    return bool(telling.search(unicodedata.normalize("NFKC", str(cell))))


def read_figures(
    draft: Draft, rows: Sequence[int], sheet: Sheet, log: Log, *, judged: bool = True
) -> Figures:
    """Return a column of numbers as written; faults go to the log.

    Args:
        draft: The column.
        rows: Indexes of its rows.
        sheet: The sheet.
        log: Where faults go.
        judged: The rows are the column; else they are picked from it, and say
            nothing about whether it was understood.
    """
    column = draft.head.column
    counted = not draft.fact.measure.is_money and not draft.fact.measure.is_pure
    numbers: list[Figure | None] = []
    units: dict[int, str] = {}
    faults: list[tuple[int, Fault]] = []
    words = filled = 0
    has_percent = bool(sheet.percent_runs.get(column + 1))
    percent: set[int] = set()
    inner = None if draft.fact.pattern is None else re.compile(draft.fact.pattern)
    for index, at in enumerate(rows):
        cell = sheet.rows[at][column]
        reading = read_number(cell if inner is None else within(inner, cell))
        if reading is not None:
            filled += 1
        if isinstance(reading, Number):
            if reading.unit != "无":
                units[index] = reading.unit
            elif counted:
                words += 1
            else:
                reading = None
                words += 1
            numbers.append(reading.value if reading else None)
        elif isinstance(reading, Fault):
            faults.append((at, reading))
            numbers.append(None)
        else:
            numbers.append(reading)
            if (
                has_percent
                and reading is not None
                and sheet.is_percent(at + 1, column + 1)
            ):
                percent.add(index)
    if words:
        meant = "按 0 理解" if counted else "没有当作 0，按未知处理"
        log.note(
            "R237",
            f"{draft.head.letter} 列“{draft.head.text}”有 {words} 格写“无”，{meant}",
            sheet=sheet.name,
            column=draft.head.letter,
        )
    if judged and _misread(draft, faults, filled, sheet, log):
        return Figures(draft, [None] * len(rows), {}, set())
    for at, fault in faults:
        _faulty(draft, sheet.rows[at][column], fault, sheet=sheet, at=at, log=log)
    return Figures(draft, numbers, units, percent)


def scaled(
    figures: Figures, name: str, *, rows: Sequence[int], sheet: Sheet, log: Log
) -> list[Value | None]:
    """Return the figures in the base of their unit.

    Args:
        figures: The column as written.
        name: The column's unit; "" leaves the figures without a unit unknown.
        rows: Indexes of the rows.
        sheet: The sheet.
        log: Where faults go.
    """
    fact = figures.draft.fact
    scale = unit(name).scale if name else None
    values: list[Value | None] = []
    rounded = 0
    is_money = fact.measure.is_money or fact.measure.dims == (("cent", 1),)
    for index, number in enumerate(figures.numbers):
        factor = scale
        if number is not None and (figures.units or figures.percent):
            factor = _own_scale(figures, index, scale, rows, sheet=sheet, log=log)
        if number is None or factor is None:
            values.append(None)
            continue
        value = _times(number, factor)
        if is_money and isinstance(value, Fraction):
            value = int((abs(value) * 2 + 1) // 2) * (1 if value > 0 else -1)
            rounded += 1
        values.append(value)
    if rounded:
        log.note(
            "R225",
            f"{figures.draft.head.letter} 列有 {rounded} 个金额带有不足 1 分的尾数，已四舍五入到分",
            sheet=sheet.name,
            column=figures.draft.head.letter,
        )
    _check_bounds(figures.draft, values, rows, sheet=sheet, log=log)
    return values


def _own_scale(
    figures: Figures,
    index: int,
    scale: Fraction | None,
    rows: Sequence[int],
    *,
    sheet: Sheet,
    log: Log,
) -> Fraction | None:
    """Return the scale that one cell's own unit or format gives."""
    if index in figures.percent and figures.draft.fact.measure.is_pure:
        return Fraction(1)
    name = figures.units.get(index)
    if name is None:
        return scale
    own = unit(name)
    if own.like(figures.draft.fact.measure):
        return own.scale
    at = rows[index]
    cell = sheet.rows[at][figures.draft.head.column]
    why = f"单位是{name}，不能换算成{figures.draft.fact.unit}"
    fault = Fault("R236", why, f"按{figures.draft.fact.unit}填写")
    _faulty(figures.draft, cell, fault, sheet=sheet, at=at, log=log)
    return None


def _times(number: Figure, factor: Fraction) -> int | Fraction:
    if factor.denominator == 1:
        if isinstance(number, int):
            return number * factor.numerator
        product = EXACT.multiply(number, Decimal(factor.numerator))
        whole = int(product)
        return whole if whole == product else Fraction(product)
    value = Fraction(number) * factor
    return value.numerator if value.denominator == 1 else value


def _check_bounds(
    draft: Draft,
    values: list[Value | None],
    rows: Sequence[int],
    *,
    sheet: Sheet,
    log: Log,
) -> None:
    """Make values beyond the fact's least and most unknown."""
    fact = draft.fact
    scale = fact.measure.scale
    low = None if fact.min is None else fact.min * scale
    high = None if fact.max is None else fact.max * scale
    known = [v for v in values if isinstance(v, (int, Fraction))]
    if not known or (
        (low is None or min(known) >= low) and (high is None or max(known) <= high)
    ):
        return
    for index, value in enumerate(values):
        if not isinstance(value, (int, Fraction)):
            continue
        if low is not None and value < low:
            why = f"小于最小可能值 {_plain(fact.min)} {fact.unit}"
        elif high is not None and value > high:
            why = f"大于最大可能值 {_plain(fact.max)} {fact.unit}"
        else:
            continue
        values[index] = None
        cell = sheet.rows[rows[index]][draft.head.column]
        fault = Fault("R235", why.replace(" 1", "").strip(), "核对并改正这个数")
        _faulty(draft, cell, fault, sheet=sheet, at=rows[index], log=log)


def _plain(value: Fraction | None) -> str:
    return "" if value is None else f"{value.numerator / value.denominator:,.10g}"


def read_words(
    draft: Draft,
    rows: Sequence[int],
    sheet: Sheet,
    *,
    as_of: date,
    log: Log,
    judged: bool = True,
) -> list[Value | None]:
    """Return a column of days, flags, codes or texts; `judged` as `read_figures`."""
    reader = word_reader(draft.fact, as_of)
    memo: dict[str, Value | Fault | None] = {}
    values: list[Value | None] = []
    faults: list[tuple[int, Fault]] = []
    filled = 0
    column = draft.head.column
    for at in rows:
        cell = sheet.rows[at][column]
        if isinstance(cell, str):
            if cell not in memo:
                memo[cell] = reader(cell)
            found = memo[cell]
        else:
            found = reader(cell)
        filled += found is not None
        if isinstance(found, Fault):
            faults.append((at, found))
            found = None
        values.append(found)
    if draft.beside:  # what does not fit is the other fact's, and said there
        return values
    if judged and _misread(draft, faults, filled, sheet, log):
        return [None] * len(rows)
    for at, fault in faults:
        _faulty(draft, sheet.rows[at][column], fault, sheet=sheet, at=at, log=log)
    return values


def word_reader(fact: Fact, as_of: date) -> Callable[[CellValue], Value | Fault | None]:
    """Return what reads one cell of a fact that is no number."""
    if fact.kind == "flag":
        if fact.pattern is None:
            return read_flag
        telling = re.compile(fact.pattern)
        return lambda cell: True if _tells(telling, cell) else read_flag(cell)
    if fact.kind == "code":
        codes = Codes(fact.codes, prefix=fact.match == "prefix")
        if fact.pattern is None:
            return codes.read
        inner = re.compile(fact.pattern)
        return lambda cell: codes.read(within(inner, cell))
    if fact.kind == "codes":
        return Codes(fact.codes, prefix=fact.match == "prefix").read_many
    if fact.kind == "text":
        return lambda cell: None if cell is None else (str(cell).strip() or None)

    def day(cell: CellValue) -> date | Fault | None:
        found = read_day(cell)
        if fact.past and not isinstance(found, Fault) and found and found > as_of:
            why = f"在核对日 {as_of.isoformat()} 之后"
            return Fault("R243", why, "核对并改正日期")
        return found

    return day
