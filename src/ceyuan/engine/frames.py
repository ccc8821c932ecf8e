# SPDX-License-Identifier: Apache-2.0
"""From a frame of facts to the gapless columns that a program reads.

A frame has one row per subject and one column per fact and year, named
`revenue@2025` or `reg_date`: integers in the base of the unit times
10^decimals, booleans, dates, words, lists of words. `revenue@2025!` marks
values that are absent. Gaps become bits, and what is filled in is never read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.language import FactSymbol, Reads, Shape, column_name

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY_ZERO = pl.Series([date(1970, 1, 1).toordinal()], dtype=pl.Int64)
"""Polars counts days from 1970, we from year 1."""
_ZERO = pl.Series([0], dtype=pl.Int64)
_NOTHING = pl.Series([None], dtype=pl.Int64)
_NO = pl.Series([False])


@dataclass(frozen=True, slots=True)
class Linked:
    """Linked records of the subjects of a frame.

    Args:
        frame: One row per record: `row` (index of its subject) and its fields.
        linked: Per subject, whether its records are known at all.
        complete: Per subject, whether they are all.
        covered: Per subject, the same for single codes (kinds of certificate).
    """

    frame: pl.DataFrame
    linked: pl.Series
    complete: pl.Series
    covered: Mapping[str, pl.Series] = field(default_factory=dict)


def shape_of(frame: pl.DataFrame, linked: Mapping[str, Linked] | None = None) -> Shape:
    """Return which columns a frame has and which of them have no gap."""
    names = [n for n in frame.columns if not n.endswith("!")]
    return Shape(
        frozenset(names),
        frozenset(n for n in names if frame[n].null_count() == 0),
        frozenset(n[:-1] for n in frame.columns if n.endswith("!")),
        frozenset(linked or ()),
    )


def open_shape(columns: list[str], linked: frozenset[str] = frozenset()) -> Shape:
    """Return the shape of frames of which any column may have gaps."""
    names = frozenset(n for n in columns if not n.endswith("!"))
    absent = frozenset(n[:-1] for n in columns if n.endswith("!"))
    return Shape(names, frozenset(), absent, linked)


def prepare(
    frame: pl.DataFrame, reads: Reads, wanted: set[str]
) -> dict[str, pl.Series]:
    """Return the gapless input columns: what is wanted, and what comes with it.

    Args:
        frame: One batch.
        reads: The facts that the program reads.
        wanted: Names of the program's inputs.
    """
    made: dict[str, pl.Series] = {}
    gaps: dict[str, pl.Series] = {}
    for (name, year), symbol in reads.facts.items():
        column = column_name(name, year)
        known, marked = f"bit:{column}?", f"bit:{column}!"
        value = f"bit:{column}=" if symbol.kind == "flag" else f"int:{column}"
        if value in wanted or known in wanted:
            values = made[value] = _plain(frame[column], symbol)
            if known in wanted or values.null_count():
                gaps[known] = values
        if marked in wanted:
            made[marked] = frame[f"{column}!"].fill_null(value=False)
    if gaps:  # one call for all of them: a call costs more than the answer
        renamed = pl.DataFrame([values.alias(name) for name, values in gaps.items()])
        made |= renamed.select(pl.all().is_not_null()).to_dict()
    for known, values in gaps.items():
        if values.null_count():
            flag = values.dtype == pl.Boolean
            name = known[4:-1]
            value = f"bit:{name}=" if flag else f"int:{name}"
            made[value] = values.zip_with(made[known], _NO if flag else _ZERO)
    return made


def _plain(values: pl.Series, symbol: FactSymbol) -> pl.Series:
    """Return a fact's column as bits or 64-bit integers, gaps kept."""
    match symbol.kind:
        case "flag":
            return values.rechunk()
        case "number":
            return values.cast(pl.Int64).rechunk()
        case "date":
            days = values.cast(pl.Date).to_physical().cast(pl.Int64)
            return days.rechunk() + _DAY_ZERO
        case "codes":
            masks = [
                pl.col("").list.contains(code).cast(pl.Int64) * (1 << index)
                for index, code in enumerate(symbol.codes)
            ]
            gathered = values.alias("").to_frame().select(pl.sum_horizontal(masks))
            return gathered.to_series().zip_with(values.is_not_null(), _NOTHING)
        case _:
            words = pl.Enum(symbol.codes)
            if values.dtype != words:
                values = values.cast(pl.String).cast(words, strict=False)
            return values.to_physical().cast(pl.Int64).rechunk()


def within(inputs: Mapping[str, pl.Series], reads: Reads) -> bool:
    """Return whether the prepared numbers clearly keep to what was proved.

    All values together have no bit beyond the limit's: one pass, no comparison.
    `False` says nothing; `beyond` looks closely.
    """
    for column, limit in _limits(reads).items():
        values = inputs.get(f"int:{column}")
        if values is not None and len(values):
            bits = values.bitwise_or()
            assert isinstance(bits, int)
            if bits < 0 or bits.bit_length() >= limit.bit_length():
                return False
    return True


def _limits(reads: Reads) -> dict[str, int]:
    return {
        column_name(name, year): int(symbol.limit * 10**symbol.decimals)
        for (name, year), symbol in reads.facts.items()
        if symbol.kind == "number"
    }


def beyond(frame: pl.DataFrame, reads: Reads) -> pl.Series | None:
    """Return the rows with a number beyond what was proved; None when there is none.

    Such rows go to the interpreter, which has no limit.
    """
    far = []
    for column, limit in _limits(reads).items():
        least, most = frame[column].min(), frame[column].max()
        if least is None or most is None:
            continue
        assert isinstance(least, int)
        assert isinstance(most, int)
        if least < -limit or most > limit:
            far.append(~pl.col(column).is_between(-limit, limit))
    if not far:
        return None
    return frame.select(pl.any_horizontal(far).fill_null(value=False)).to_series()
