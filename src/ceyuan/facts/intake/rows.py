# SPDX-License-Identifier: Apache-2.0
"""What was read from one file: records, one a row, and all that was wrong.

The one hard idea is that a sheet's row is not a record. A wide row states a firm's
turnover of three years and its district: that is four records, three of a year and
one of none, and each may be fit or unfit by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ceyuan.facts.columns import ColumnMap

if TYPE_CHECKING:
    import polars as pl

    from ceyuan.facts.table import Question, Skipped
    from ceyuan.kernel import Problem

EXACT = "!"
"""After the name of a wide column: exact text of numbers that do not fit it."""


@dataclass(slots=True)
class RowsRead:
    """The records of one file.

    Args:
        frame: One row per record: `org`, `code`, `name`, `key`, `year`,
            `valid_from`, `valid_to`, the attributes, `exact`, `file`, `row`.
            Personal attributes are plain text; nobody may write them so.
        problems: What is wrong, each with its place.
        notes: What was decided and ought to be said.
        questions: Doubts that only the user can settle; they are problems too.
        skipped: Rows and sheets that are no records, with the reason.
        seen: Rows of the sheets that hold data.
        rejected: Rows of which nothing went in, because they are wrong.
        columns: How the columns were understood.
        complete: The list says that it holds every record of its kind.
        complete_codes: Kinds of record for which it does; empty: it says of none.
        reason: Where it says so.
    """

    frame: pl.DataFrame
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    seen: int = 0
    rejected: int = 0
    columns: ColumnMap = field(default_factory=ColumnMap)
    complete: bool = False
    complete_codes: frozenset[str] = frozenset()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """One column of values before they become records.

    Args:
        attribute: The attribute.
        year: The year of all of them; None for none, or for the row's own.
        per_row: Each is of the year that its row names.
        letter: The column's letter; "" for what has none.
    """

    attribute: str
    year: int | None
    per_row: bool
    letter: str


@dataclass(slots=True)
class Wide:
    """Rows of a sheet, read, before they become records.

    Args:
        frame: `row` (the sheet's own), `name`, `code` (sound ones), `year` (what
            the row names), one column per entry of `stated`, and with `!` after
            its name the exact text of numbers that do not fit.
        stated: What the columns are.
        sheet: The sheet's name.
        year: The year of rows that name none; None where nothing says it.
        has_year: A column names the year of each row.
    """

    frame: pl.DataFrame
    stated: dict[str, Stated]
    sheet: str
    year: int | None = None
    has_year: bool = False
