# SPDX-License-Identifier: Apache-2.0
"""What a reader ought to find in a sample sheet.

The truth comes from the model and from the list of deliberate defects, never from
reading the file back, so it can judge a reader.

Keys are plain words with the year (None where a fact has none): `("revenue", 2025)`.
Values: money in integer fen, people and rights as int, shares as Fraction, dates, bool,
text; None where the cell is blank or no honest reader could tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ceyuan.city.model import Firm

Key = tuple[str, int | None]
Value = int | bool | str | date | Fraction | None
Expects = Literal["read", "blank", "problem", "question"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a sheet.

    Args:
        letter: The sheet's own letter.
        heading: As written in the last header row.
        group: As written in the merged header row above it; may be empty.
        key: What it holds; None when it holds nothing a policy reads.
        unit: The unit its plain numbers are in: 元, 万元, 亿元, 人, 件, 份额 or empty.
        states_unit: The heading names that unit.
        is_hidden: The manager hid the column.
    """

    letter: str
    heading: str
    group: str
    key: Key | None
    unit: str
    states_unit: bool
    is_hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """Something odd in one cell, put there on purpose.

    Args:
        kind: Plain word for it.
        row: The sheet's own row number.
        column: The sheet's own letter; empty when the whole row is meant.
        written: What stands there, as text.
        expects: `read` it as the truth says (odd, but clear); `blank`, a way of
            writing nothing; `problem`, list it with its place and go on without it;
            `question`, it can be read in two ways and only the user knows.
        meant: What the model has, when the reader cannot know.
        why: In words.
    """

    kind: str
    row: int
    column: str
    written: str
    expects: Expects
    meant: Value
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTruth:
    """One row with a firm in it.

    Args:
        row: The sheet's own row number.
        firm: The firm's number in the model.
        uscc: The code that stands there, normalised, when it is valid; else None.
        values: What the row says, per key. A firm's second row has its own values.
        repeats: Row number of the same firm's first row, or None.
    """

    row: int
    firm: int
    name: str
    uscc: str | None
    values: Mapping[Key, Value]
    repeats: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantTruth:
    """What stands in a tenant sheet.

    Args:
        path: The file.
        sheet: Name of the sheet with the firms.
        title_rows: Rows above the header.
        header_rows: Rows of the header.
        rows: Rows with a firm, in order.
        empty_rows: Rows with nothing, between firms.
        total_rows: Rows that sum the others and are no firm.
        note_rows: Rows with words below the table.
        year: The year of figures whose heading names none.
    """

    path: Path
    sheet: str
    title_rows: tuple[int, ...]
    header_rows: tuple[int, ...]
    columns: tuple[Column, ...]
    rows: tuple[RowTruth, ...]
    empty_rows: tuple[int, ...]
    total_rows: tuple[int, ...]
    note_rows: tuple[int, ...]
    year: int
    defects: tuple[Defect, ...]
    firms: tuple[Firm, ...]

    def row(self, number: int) -> RowTruth:
        """Return the truth of a sheet row."""
        return next(row for row in self.rows if row.row == number)

    def column(self, name: str, year: int | None = None) -> Column:
        """Return the column of a key."""
        return next(c for c in self.columns if c.key == (name, year))


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedTruth:
    """What stands in the further files.

    Args:
        folder: Where they are.
        certificates: Name of the file of certificates, and the numbers in it per code.
        is_complete: Whether its title says that it is the complete list.
        valid_patents: Granted and in force, per code and kind (发明专利 …).
        yearly: Money in fen and people, per code, key and year.
        copyrights: Registered software, per code.
        ledger: What the R&D tax ledger says, per code; None where a cell is blank.
        transfers: What was earned with technology transfer, per code; None where blank.
    """

    folder: Path
    files: Mapping[str, str]
    certificates: Mapping[str, tuple[str, date, date]]
    is_complete: bool
    valid_patents: Mapping[str, Mapping[str, int]]
    yearly: Mapping[str, Mapping[Key, int]]
    copyrights: Mapping[str, int]
    ledger: Mapping[str, Mapping[Key, Value]]
    transfers: Mapping[str, Mapping[Key, Value]]
