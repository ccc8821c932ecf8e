# SPDX-License-Identifier: Apache-2.0
"""From facts of subjects, one by one, to a frame; the exact ones stay apart.

A number with more decimals than its column keeps, or beyond 64 bits, cannot be
put into the frame without changing it. Its row is named, so that the caller
hands that subject to the interpreter.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from ceyuan.engine.frames import Linked
from ceyuan.kernel import ABSENT
from ceyuan.language import FactKey, FactSymbol, Fixed, column_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KINDS: dict[str, Any] = {
    "flag": pl.Boolean,
    "number": pl.Int64,
    "date": pl.Date,
    "code": pl.String,
    "text": pl.String,
    "codes": pl.List(pl.String),
}


def encode(
    subjects: Sequence[Fixed], facts: Mapping[str, FactSymbol]
) -> tuple[pl.DataFrame, dict[str, Linked], set[int]]:
    """Return subjects as a frame, their linked records, and the rows that do not fit.

    Args:
        subjects: Facts of each subject, in base units.
        facts: The dictionary.
    """
    columns: dict[FactKey, list[object]] = {}
    absent: dict[FactKey, list[bool]] = {}
    unfit: set[int] = set()
    size = len(subjects)
    for row, subject in enumerate(subjects):
        for key, value in subject.values.items():
            cells = columns.get(key)
            if cells is None:
                cells = columns[key] = [None] * size
            if value is ABSENT:
                if key not in absent:
                    absent[key] = [False] * size
                absent[key][row] = True
                continue
            held = _held(facts[key[0]], value)
            if held is None:
                unfit.add(row)
            cells[row] = held
    series = [
        pl.Series(column_name(*key), cells, dtype=_KINDS[facts[key[0]].kind])
        for key, cells in columns.items()
    ]
    series += [
        pl.Series(f"{column_name(*key)}!", marks, dtype=pl.Boolean)
        for key, marks in absent.items()
    ]
    frame = (
        pl.DataFrame(series) if series else pl.DataFrame({"": [None] * len(subjects)})
    )
    return frame, _linked(subjects, facts, unfit), unfit


def _held(symbol: FactSymbol, value: object) -> object:
    if symbol.kind == "number":
        assert isinstance(value, (int, Fraction))
        if isinstance(value, int):  # the common case, and ten times as quick
            whole = value * 10**symbol.decimals
            return whole if abs(whole) < 2**63 else None
        scaled = Fraction(value) * 10**symbol.decimals
        fits = scaled.denominator == 1 and abs(scaled) < 2**63
        return int(scaled) if fits else None
    if symbol.kind == "codes":
        assert isinstance(value, frozenset)
        return sorted(value)
    return value


def _field(symbol: FactSymbol, value: object) -> object:
    """Return a record's cell; nothing later looks for numbers beyond their limit."""
    if value is None or symbol.kind != "number":
        return value
    assert isinstance(value, (int, Fraction))
    return _held(symbol, value) if abs(Fraction(value)) <= symbol.limit else None


def _linked(
    subjects: Sequence[Fixed], facts: Mapping[str, FactSymbol], unfit: set[int]
) -> dict[str, Linked]:
    """Return linked records; rows with a number that does not fit join `unfit`."""
    names = {name for subject in subjects for name in subject.linked}
    made = {}
    for name in sorted(names):
        fields = facts[name].fields
        rows: list[int] = []
        cells: dict[str, list[object]] = {field: [] for field in fields}
        for row, subject in enumerate(subjects):
            records, _ = subject.linked.get(name, ((), False))
            for record in records:
                rows.append(row)
                for field, symbol in fields.items():
                    held = _field(symbol, record.get(field))
                    if held is None and field in record:
                        unfit.add(row)
                    cells[field].append(held)
        frame = pl.DataFrame(
            [
                pl.Series("row", rows, dtype=pl.Int64),
                *(
                    pl.Series(field, cells[field], dtype=_KINDS[symbol.kind])
                    for field, symbol in fields.items()
                ),
            ]
        )
        found = [subject.linked.get(name) for subject in subjects]
        said = [False if f is None else f[1] for f in found]
        codes = sorted(frozenset().union(*(c for c in said if not isinstance(c, bool))))
        made[name] = Linked(
            frame,
            pl.Series([f is not None for f in found], dtype=pl.Boolean),
            pl.Series([c is True for c in said], dtype=pl.Boolean),
            {
                code: pl.Series(
                    [not isinstance(c, bool) and code in c for c in said],
                    dtype=pl.Boolean,
                )
                for code in codes
            },
        )
    return made
