# SPDX-License-Identifier: Apache-2.0
"""What was read: facts per firm, each with the cell it came from.

A table is kept by columns, because a million firms are a dozen lists and not a
million dictionaries. The one hard idea: a value may come from another place than
its row (a joined file, a second row of the same firm), so a column names its
`sources` and, only where it must, which source and which row each value has.

Numbers stand in the base of their unit: money is integer fen, a percentage is a
fraction of 1. `None` is "not supplied"; it is never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.facts.columns import ColumnMap
    from ceyuan.kernel import Problem

FactKey: TypeAlias = tuple[str, int | None]
"""A fact's name and its fiscal year; None for a fact that has no year."""

Value: TypeAlias = bool | int | Fraction | str | date | frozenset[str]

Record: TypeAlias = Mapping[str, Value]
"""One linked record (a certificate, a patent); a field not given is unknown."""

NO_RECORDS: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One firm's row in the sheet that was handed in.

    Args:
        sheet: The sheet.
        row: The sheet's own row number, from 1.
        name: The firm's name as written, trimmed; may be empty.
        uscc: The cleaned credit code, sound or not; empty when there is none.
        sound: The code is sound, so that the row may be joined by it.
    """

    sheet: str
    row: int
    name: str
    uscc: str
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """The column of a sheet that values were read from.

    Args:
        file: File name without its folder.
        sheet: The sheet.
        column: The column's letter; empty when the value has no cell.
        heading: The heading as it stands there, levels parted by ` / `.
        unit: Unit of the figures as written; empty for what has none.
        unit_reason: How the unit was found, in words for the user.
        year_reason: How the year was found; empty for what has none.
    """

    file: str
    sheet: str
    column: str
    heading: str = ""
    unit: str = ""
    unit_reason: str = ""
    year_reason: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A place: which cell of which sheet a value was read from."""

    file: str
    sheet: str
    row: int
    column: str

    def __str__(self) -> str:
        if not self.column:  # a value without a cell: whose it is, is all there is
            return self.sheet
        place = f"{self.column}{self.row}"
        return f"{self.sheet}!{place}" if self.sheet else place


@dataclass(slots=True)
class FactColumn:
    """One fact of every row.

    Args:
        key: Fact and year.
        values: One per row of the table.
        sources: Where they came from; the first is the main one.
        rows: Row number of each value in its own sheet; None while all values
            stand in the table's own rows.
        origin: Index in `sources` of each value; None while all come from the
            first.
    """

    key: FactKey
    values: list[Value | None]
    sources: list[Source]
    rows: list[int] | None = None
    origin: list[int] | None = None

    @property
    def file(self) -> str:
        """Return the main source's file."""
        return self.sources[0].file

    @property
    def sheet(self) -> str:
        """Return the main source's sheet."""
        return self.sources[0].sheet

    @property
    def column(self) -> str:
        """Return the main source's column letter."""
        return self.sources[0].column

    @property
    def heading(self) -> str:
        """Return the main source's heading."""
        return self.sources[0].heading

    @property
    def unit(self) -> str:
        """Return the unit in which the main source writes the figures."""
        return self.sources[0].unit

    @property
    def unit_reason(self) -> str:
        """Return how that unit was found."""
        return self.sources[0].unit_reason

    def source(self, index: int) -> Source:
        """Return the source of one value."""
        return self.sources[self.origin[index] if self.origin else 0]

    def put(self, index: int, value: Value | None, source: Source, row: int) -> None:
        """Set one value that comes from elsewhere."""
        if self.rows is None or self.origin is None:
            msg = "`detach` the column first"
            raise ValueError(msg)
        if source not in self.sources:
            self.sources.append(source)
        self.values[index] = value
        self.rows[index] = row
        self.origin[index] = self.sources.index(source)

    def detach(self, rows: list[Row]) -> None:
        """Give each value a place of its own."""
        if self.rows is None:
            self.rows = [row.row for row in rows]
        if self.origin is None:
            self.origin = [0] * len(rows)


@dataclass(slots=True)
class RecordColumn:
    """Linked records of every row.

    Args:
        name: The records fact.
        records: Per row: the records found; `()` means that none was found, which
            is "there is none" only where the list is complete; None that nothing
            can be said of this row (it could not be joined).
        complete: The list holds every record of every firm.
        complete_codes: Values of the fact's code field (kinds of certificate) for
            which it does; a complete list of one kind says nothing of another.
        own_kinds: Values of that field that the firms' own sheet tells of.
        file: Where the records came from.
        sheet: The sheet.
        reason: Why the list counts as complete, or that it does not say so.
        beside: Per row, how many of its records, the last ones, came from elsewhere,
            and from where.
        covered: Per row, of what that other place holds every record: of all, or of
            some kinds.
    """

    name: str
    records: list[tuple[Record, ...] | None]
    complete: bool = False
    complete_codes: frozenset[str] = frozenset()
    own_kinds: frozenset[str] = frozenset()
    file: str = ""
    sheet: str = ""
    reason: str = ""
    beside: dict[int, tuple[int, str]] = field(default_factory=dict)
    covered: dict[int, bool | frozenset[str]] = field(default_factory=dict)

    def whole(self, index: int) -> bool | frozenset[str]:
        """Return of what the records of a row are all there are: all, or some kinds."""
        more = self.covered.get(index, False)
        if self.complete or more is True:
            return True
        kinds = self.complete_codes | (more or frozenset())
        return kinds or False

    def place(self, index: int) -> str:
        """Return where the records of a row were read, or the list that names none."""
        count, elsewhere = self.beside.get(index, (0, ""))
        here = " ".join(part for part in (self.file, self.sheet) if part)
        if elsewhere and len(self.records[index] or ()) <= count:
            return elsewhere
        return "；".join(part for part in (here, elsewhere if count else "") if part)


@dataclass(frozen=True, slots=True)
class Question:
    """A doubt that only the user can settle; until then the column is unknown.

    Args:
        problem: The doubt, with its place and its mend.
        options: The answers that are possible, the likeliest first.
    """

    problem: Problem
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row (or, when `row` is None, a sheet or file) left out, and why."""

    file: str
    sheet: str
    row: int | None
    reason: str


@dataclass(slots=True)
class FactTable:
    """Everything read from one file, and later from the files joined to it.

    Args:
        rows: The firms' rows, in the file's order.
        columns: Facts by key.
        records: Linked records by fact.
        columns_guessed: How every column was understood; dump it, correct it, and
            hand it in again.
        problems: What is wrong, questions included.
        questions: The problems that are doubts, with the possible answers.
        notes: What was decided and ought to be said, but is not wrong.
        skipped: Rows, sheets and files left out, with the reason.
        headings: Per sheet the heading of each column letter.
        year: Year of the columns that name none.
        year_reason: How it was found.
        file: Name of the main file.
    """

    rows: list[Row]
    columns: dict[FactKey, FactColumn]
    records: dict[str, RecordColumn]
    columns_guessed: ColumnMap
    problems: list[Problem]
    year: int
    year_reason: str
    file: str = ""
    questions: list[Question] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    headings: dict[str, dict[str, str]] = field(default_factory=dict)

    def value(self, index: int, name: str, year: int | None = None) -> Value | None:
        """Return one value of one row; None when it was not supplied."""
        column = self.columns.get((name, year))
        return None if column is None else column.values[index]

    def cell(self, index: int, key: FactKey) -> Cell | None:
        """Return the cell of one value; None when it was not supplied."""
        column = self.columns.get(key)
        if column is None or column.values[index] is None:
            return None
        source = column.source(index)
        row = column.rows[index] if column.rows else self.rows[index].row
        return Cell(source.file, source.sheet, row, source.column)

    def unread(self) -> Iterator[Source]:
        """Yield the columns of the file that mean no fact and raise no question."""
        maps = [self.columns_guessed, *self.columns_guessed.more]
        said = {
            (p.sheet, p.column)
            for p in (*self.problems, *self.notes)
            if p.row is None and p.file in ("", self.file)
        }
        for sheet, letters in self.headings.items():
            used = {c for one in maps if one.sheet == sheet for c in one.columns}
            for letter, heading in letters.items():
                if letter not in used and (sheet, letter) not in said:
                    yield Source(self.file, sheet, letter, heading)

    def known(self, index: int) -> Iterator[tuple[FactKey, Value]]:
        """Yield the facts of one row that were supplied."""
        for key, column in self.columns.items():
            value = column.values[index]
            if value is not None:
                yield key, value
