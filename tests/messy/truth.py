# SPDX-License-Identifier: Apache-2.0
"""What a reader ought to make of a messy sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

Key = tuple[str, int | None]
UnitFrom = Literal["heading", "unit row", "note", "distribution", "nowhere", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessyColumn:
    """One column.

    Args:
        letter: The sheet's own letter.
        heading: The lowest header cell, as written.
        above: The header cells above it, as meant (a merged cell counts for all).
        key: Plain name and year; None for a column that no policy reads.
        unit: What its plain numbers are in; empty where a unit makes no sense.
        unit_from: Where that can be seen. `nowhere` means that it cannot: a reader
            has to ask, and any guess is wrong however lucky.
        year_from: Where the year can be seen: heading, above, title, relative
            (last year's, seen from `as_of`), nowhere (the last closed year), or empty.
    """

    letter: str
    heading: str
    above: tuple[str, ...]
    key: Key | None
    unit: str
    unit_from: UnitFrom
    year_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessyCell:
    """A cell that is not plain.

    Args:
        expects: `read`, `blank` or `problem`, as in `ceyuan.city.truth.Defect`.
    """

    row: int
    letter: str
    kind: str
    written: str
    expects: Literal["read", "blank", "problem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessyRow:
    """One firm's row; money in fen, None where nothing certain can be read."""

    row: int
    name: str
    uscc: str
    values: Mapping[Key, int | str | bool | date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessyTruth:
    """A sheet, as meant.

    Args:
        kind: xlsx, csv-utf-8, csv-utf-8-sig or csv-gb18030.
        sheet: Name of the sheet that holds the firms; empty for csv.
        header_rows: Rows of the header, unit and number rows not counted.
        extra_rows: Rows of units or column numbers between header and firms.
        skipped_rows: Totals, sections, empty rows and notes among or below the firms.
        questions: Letters of columns whose unit only the user knows.
        as_of: The day from which "last year" is meant.
    """

    path: Path
    seed: int
    kind: str
    sheet: str
    title_rows: tuple[int, ...]
    header_rows: tuple[int, ...]
    extra_rows: tuple[int, ...]
    skipped_rows: tuple[int, ...]
    columns: tuple[MessyColumn, ...]
    rows: tuple[MessyRow, ...]
    odd_cells: tuple[MessyCell, ...]
    questions: tuple[str, ...]
    as_of: date
