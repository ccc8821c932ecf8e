# SPDX-License-Identifier: Apache-2.0
"""What a file of tables holds, as it is.

A `Book` is what was read: sheets of rows of cell values. Nothing is
interpreted here: no heading is known, no unit guessed. The one hard idea is that
places stay the user's own: `sheet.rows[i][j]` is row `i + 1`, column `j` (A is 0)
of the sheet that the user sees, however many blank rows stand above the data, so
that a problem can always be pointed at.

Numbers are `int` or `Decimal`, made from the shortest decimal that stands for
the stored float (0.1 is 0.1). A cell of a text file stays text.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.kernel import Problem, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Excel's own limits (ECMA-376 part 1, §18.3.1.73 and the product's documentation).
MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
MAX_TEXT = 32_767


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell that shows an error instead of a value, e.g. `#N/A` or `NaN`."""

    text: str

    def __str__(self) -> str:
        return self.text


CellValue: TypeAlias = str | bool | int | Decimal | date | datetime | CellError | None


@dataclass(frozen=True, slots=True)
class Range:
    """A rectangle of cells, both corners included, counted from 1."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    def __str__(self) -> str:
        first = f"{column_letter(self.first_column)}{self.first_row}"
        last = f"{column_letter(self.last_column)}{self.last_row}"
        return first if first == last else f"{first}:{last}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet (or one text file) as it stands.

    Args:
        name: The sheet's name; for a text file the file's name without suffix.
        rows: Cell values; all rows are equally long.
        hidden: The sheet is hidden.
        merged: Merged ranges; only the top left cell of each holds a value.
        hidden_rows: Numbers, from 1, of the hidden rows.
        hidden_columns: Numbers, from 1, of the hidden columns within the data.
        used_columns: Number of the last column that holds anything that must
            not be covered: values, merged cells, tables, charts, pictures.
        percent_runs: Per column the rows formatted as percentages, as first and
            last row of each run; ask `is_percent`.
        first_row: Number of the row in `rows[0]`; always 1.
    """

    name: str
    rows: list[list[CellValue]]
    hidden: bool = False
    merged: tuple[Range, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    used_columns: int = 0
    percent_runs: Mapping[int, tuple[tuple[int, int], ...]] = field(
        default_factory=dict
    )
    first_row: int = 1

    @property
    def width(self) -> int:
        """Return the number of columns that were read."""
        return len(self.rows[0]) if self.rows else 0

    def is_percent(self, row: int, column: int) -> bool:
        """Return whether the cell shows its number as a percentage.

        Args:
            row: The sheet's own row, from 1.
            column: The column's number, from 1 (A is 1).
        """
        runs = self.percent_runs.get(column, ())
        at = bisect_right(runs, (row, MAX_ROWS + 1)) - 1
        return at >= 0 and runs[at][0] <= row <= runs[at][1]


@dataclass(frozen=True, slots=True)
class Book:
    """A file of tables.

    Args:
        path: Where it was read.
        kind: What it really is: `xlsx`, `xlsm`, `xls`, `csv`, `html` or
            `parquet`; `csv` stands for every delimited text.
        sheets: All sheets in the file's order, hidden ones included.
        problems: What is wrong with the file or with single cells.
    """

    path: Path
    kind: str
    sheets: tuple[Sheet, ...]
    problems: tuple[Problem, ...] = ()

    def sheet(self, name: str) -> Sheet:
        """Return the sheet of that name."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        names = "、".join(sheet.name for sheet in self.sheets)
        msg = f"`{self.path.name}` 中没有工作表 `{name}` (no such sheet)"
        raise UsageError(msg, hint=f"现有工作表 (sheets): {names}")


def column_letter(number: int) -> str:
    """Return the letters of a column counted from 1: 1 is A, 27 is AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the number, from 1, of a column's letters: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def first_free_column(sheet: Sheet) -> int:
    """Return the number of the first column right of everything in the sheet."""
    return sheet.used_columns + 1
