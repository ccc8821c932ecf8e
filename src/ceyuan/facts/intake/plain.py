# SPDX-License-Identifier: Apache-2.0
"""Cells that can mean but one thing, read a column at a time.

A plain number is digits with at most a sign, well-placed commas and no more decimals
than its column keeps; a plain day is `2025-03-01`. Everything else is left to the
reader of single cells. The one hard idea is that figures never pass through binary
floats: text becomes a decimal and then an integer, and a float of a Parquet file
becomes the shortest text that gives it first, as the reader of single cells has it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from fractions import Fraction

    from ceyuan.declarations.facts import Fact

_DIGITS = 18  # of a 64-bit integer
_LIMIT = 2**63 - 1
_MOST_PLACES = 8
_DAY = r"^(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$"
_FIRST_DAY = date(1904, 1, 1)
"""Up to here a spreadsheet's day may be its day zero; the cell reader knows."""


def figures(cells: pl.Series, scale: Fraction) -> pl.Series:
    """Return the plain numbers of a column times a scale; null for any other cell.

    Args:
        cells: As they stand in the file.
        scale: What one is in the column that is made.
    """
    nothing = pl.Series([None], dtype=pl.Int64).new_from_index(0, len(cells))
    if scale.denominator != 1:
        return nothing
    factor = scale.numerator
    whole = max(1, _DIGITS - len(str(factor)))
    places = 0
    while places < _MOST_PLACES and factor % 10 == 0:
        factor //= 10
        places += 1
    kind = cells.dtype
    if kind == pl.String:
        return _from_text(cells, factor, places, whole)
    if kind.is_decimal():
        return _from_text(cells.cast(pl.String), factor, places, whole)
    if kind.is_integer():
        limit = 10**whole
        wide = cells.cast(pl.Int64, strict=False)
        return _kept(wide * scale.numerator, wide.is_between(-limit, limit))
    if kind.is_float():
        text = cells.cast(pl.Float64).cast(pl.String)  # the shortest that gives it
        return _from_text(text, factor, places, whole)
    return nothing


def _kept(values: pl.Series, fit: pl.Series) -> pl.Series:
    return values.to_frame("v").select(pl.when(fit).then("v")).to_series()


def _from_text(cells: pl.Series, factor: int, places: int, whole: int) -> pl.Series:
    rest = rf"(?:\.[0-9]{{1,{places}}}0*)?" if places else r"(?:\.0+)?"
    fit = cells.str.contains(rf"^-?[0-9]{{1,{whole}}}{rest}$")
    if not fit.all():
        grouped = cells.str.contains(rf"^-?[0-9]{{1,3}}(?:,[0-9]{{3}}){{1,4}}{rest}$")
        if grouped.any():
            bare = cells.str.replace_all(",", "", literal=True)
            cells = bare.zip_with(grouped.fill_null(value=False), cells)
            fit = cells.str.contains(rf"^-?[0-9]{{1,{whole}}}{rest}$")
        cells = _kept(cells, fit)
    exact = cells.cast(pl.Decimal(38, places)).to_physical().cast(pl.Int64)
    return exact * factor if factor != 1 else exact


def days(cells: pl.Series) -> pl.Series:
    """Return the plain days of a column; null for any other cell."""
    if cells.dtype == pl.String:
        shaped = cells.str.contains(_DAY)
        found = _kept(cells, shaped).str.to_date("%Y-%m-%d", strict=False)
    elif cells.dtype == pl.Date:
        found = cells
    elif isinstance(cells.dtype, pl.Datetime):
        found = cells.cast(pl.Date)
    else:
        return pl.Series([None], dtype=pl.Date).new_from_index(0, len(cells))
    return _kept(found, found > _FIRST_DAY)


def filled(cells: pl.Series) -> pl.Series:
    """Return which cells are not blank."""
    if cells.dtype == pl.String:
        # Most blanks are null; only what is not and begins with a blank is looked at.
        blank = cells.str.contains(r"^\s*$").fill_null(value=True)
        return ~blank
    return cells.is_not_null()


def within(values: pl.Series, fact: Fact, scale: Fraction) -> pl.Series:
    """Return values with those beyond the fact's least and most made null."""
    low, high = (
        None if bound is None else bound * scale for bound in (fact.min, fact.max)
    )
    if low is not None:
        least = max(-(-low.numerator // low.denominator), -_LIMIT)
        if (values < least).any():
            values = _kept(values, values >= least)
    if high is not None:
        most = min(high.numerator // high.denominator, _LIMIT)
        if (values > most).any():
            values = _kept(values, values <= most)
    return values
