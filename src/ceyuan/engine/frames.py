# SPDX-License-Identifier: Apache-2.0
"""From a frame of facts to the gapless columns that a program reads.

A frame has one row per subject and one column per fact and year, named
`revenue@2025` or `reg_date`: integers in the base of the unit times
10^decimals, booleans, dates, words, lists of words. `revenue@2025!` marks
values that are absent. Gaps become bits, and what is filled in is never read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.language import FactSymbol, Reads, Shape, column_name

if TYPE_CHECKING:
    from collections.abc import Mapping

_ORDINAL = 719_163
"""`date(1970, 1, 1).toordinal()`: Polars counts from 1970, we from year 1."""


@dataclass(frozen=True, slots=True)
class Linked:
    """Linked records of the subjects of a frame.

    Args:
        frame: One row per record: `row` (index of its subject) and its fields.
        linked: Per subject, whether its records are known at all.
        complete: Per subject, whether they are all.
    """

    frame: pl.DataFrame
    linked: pl.Series
    complete: pl.Series


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


def prepare(frame: pl.DataFrame, reads: Reads, wanted: set[str]) -> dict[str, pl.Series]:
    """Return the gapless input columns, those that are wanted.

    Args:
        frame: One batch.
        reads: The facts that the program reads.
        wanted: Names of the program's inputs.
    """
    made: list[pl.Expr] = []
    for (name, year), symbol in reads.facts.items():
        column = column_name(name, year)
        made += [e for e in _inputs(column, symbol) if e.meta.output_name() in wanted]
    for column in (n for n in frame.columns if n.endswith("!")):
        if f"bit:{column}" in wanted:
            made.append(pl.col(column).fill_null(False).alias(f"bit:{column}"))  # noqa: FBT003
    ready = frame.select(made)
    return {name: ready[name].rechunk() for name in ready.columns}


def _inputs(column: str, symbol: FactSymbol) -> list[pl.Expr]:
    value = pl.col(column)
    known = value.is_not_null().alias(f"bit:{column}?")
    match symbol.kind:
        case "flag":
            filled = value.fill_null(False).alias(f"bit:{column}=")  # noqa: FBT003
            return [known, filled]
        case "number":
            whole = value.cast(pl.Int64)
        case "date":
            whole = value.cast(pl.Int32).cast(pl.Int64) + _ORDINAL
        case "codes":
            masks = [
                value.list.contains(code).cast(pl.Int64) * (1 << index)
                for index, code in enumerate(symbol.codes)
            ]
            whole = pl.sum_horizontal(masks)
        case _:
            coded = value.cast(pl.Enum(symbol.codes), strict=False)
            known = coded.is_not_null().alias(f"bit:{column}?")
            whole = coded.to_physical().cast(pl.Int64)
    return [known, whole.fill_null(0).alias(f"int:{column}")]


def beyond(frame: pl.DataFrame, reads: Reads) -> pl.Series | None:
    """Return the rows with a number beyond what was proved; None when there is none.

    Such rows go to the interpreter, which has no limit.
    """
    checks = []
    for (name, year), symbol in reads.facts.items():
        if symbol.kind != "number":
            continue
        limit = int(symbol.limit * 10**symbol.decimals)
        value = pl.col(column_name(name, year))
        checks.append(((value > limit) | (value < -limit)).fill_null(False))  # noqa: FBT003
    if not checks:
        return None
    if not any(frame.select(c.any().alias(str(i)) for i, c in enumerate(checks)).row(0)):
        return None
    return frame.select(pl.any_horizontal(checks)).to_series()
