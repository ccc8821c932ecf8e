# SPDX-License-Identifier: Apache-2.0
"""The small way: a sheet that is understood whole, cell by cell."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.intake.rows import EXACT, Stated, Wide
from ceyuan.facts.onesheet import read_row
from ceyuan.facts.store.columns import column_type
from ceyuan.sheets.model import column_letter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.facts.intake.asked import Asked
    from ceyuan.facts.intake.understood import Understood
    from ceyuan.facts.log import Log
    from ceyuan.facts.table import Row, Value

_LIMIT = 2**63


def read_whole(read: Understood, asked: Asked, log: Log) -> Wide:
    """Return the rows of a sheet that was understood whole."""
    plan, indexes = read.plan, read.lines.indexes
    sheet = read.layout.sheet
    made = [
        pl.Series("row", [at + 1 for at in indexes], dtype=pl.Int32),
        *_identities(read, asked, log),
        pl.Series("year", read.reader.row_years or [None] * len(indexes), pl.Int16),
    ]
    stated: dict[str, Stated] = {}
    for draft in plan.drafts:
        column = column_of(draft.name, draft.year, per_row=draft.per_row)
        parts = [
            one.values
            for (name, year), one in read.columns.items()
            if name == draft.name
            and one.column == draft.head.letter
            and (draft.per_row or year == draft.year)
        ]
        values = parts[0] if len(parts) == 1 else _joined(parts, len(indexes))
        if column in stated:
            continue
        stated[column] = Stated(
            draft.name, draft.year, draft.per_row, draft.head.letter
        )
        made += held(column, values, asked, draft.name)
    return Wide(
        pl.DataFrame(made),
        stated,
        sheet.name,
        read.year,
        has_year=plan.year is not None,
    )


def column_of(name: str, year: int | None, *, per_row: bool) -> str:
    """Return the name of a wide column."""
    if per_row:
        return f"{name}@"
    return name if year is None else f"{name}@{year}"


def _joined(parts: Sequence[Sequence[Value | None]], size: int) -> list[Value | None]:
    """Return the one column that was split by the years of its rows."""
    values: list[Value | None] = [None] * size
    for part in parts:
        for at, value in enumerate(part):
            if value is not None:
                values[at] = value
    return values


def _identities(read: Understood, asked: Asked, log: Log) -> list[pl.Series]:
    plan, lines = read.plan, read.lines
    if not asked.record.organisation:
        nobody = [None] * len(lines.indexes)
        return [pl.Series(n, nobody, dtype=pl.String) for n in ("name", "code")]
    if read.owner is not None:
        return owners(read.owner, len(lines.indexes))
    letter = "" if plan.code is None else column_letter(plan.code + 1)
    names: list[str | None] = []
    codes: list[str | None] = []
    for at in lines.indexes:
        name, code = lines.cells(at)
        row = read_row(
            name, code, sheet=lines.sheet.name, at=at, letter=letter, log=log
        )
        names.append(row.name or None)
        codes.append(row.uscc if row.sound else None)
    return [
        pl.Series("name", names, dtype=pl.String),
        pl.Series("code", codes, dtype=pl.String),
    ]


def owners(row: Row, size: int) -> list[pl.Series]:
    """Return name and code of rows that are all one organisation's."""
    code = row.uscc if row.sound else None
    return [
        pl.Series("name", [row.name or None], pl.String).new_from_index(0, size),
        pl.Series("code", [code], pl.String).new_from_index(0, size),
    ]


def held(
    column: str, values: Sequence[Value | None], asked: Asked, name: str
) -> list[pl.Series]:
    """Return values as their column holds them, and apart the numbers that do not fit."""
    one = asked.attributes[name]
    kind = column_type(one)
    if one.kind == "codes":
        sets = [sorted(v) if isinstance(v, frozenset) else None for v in values]
        return [pl.Series(column, sets, dtype=kind)]
    if one.kind != "number":
        return [pl.Series(column, values, dtype=kind)]
    fit, apart = fitted(values, one.decimals)
    made = [pl.Series(column, fit, dtype=kind)]
    if apart:
        texts = [apart.get(at) for at in range(len(fit))]
        made.append(pl.Series(column + EXACT, texts, dtype=pl.String))
    return made


def fitted(
    values: Sequence[Value | None], decimals: int
) -> tuple[list[int | None], dict[int, str]]:
    """Return numbers as 64-bit integers, and by index the text of those that are none."""
    factor = 10**decimals
    fit: list[int | None] = []
    apart: dict[int, str] = {}
    for at, value in enumerate(values):
        if not isinstance(value, (int, Fraction)):
            fit.append(None)
            continue
        scaled = value * factor
        whole = int(scaled)
        if whole == scaled and -_LIMIT <= whole < _LIMIT:
            fit.append(whole)
        else:
            fit.append(None)
            apart[at] = str(value)
    return fit, apart
