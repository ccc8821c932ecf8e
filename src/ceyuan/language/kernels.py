# SPDX-License-Identifier: Apache-2.0
"""Column kernels for dates and sets; days are ordinals, as in `date.toordinal`."""

from __future__ import annotations

from datetime import date

import polars as pl

_EPOCH = date(1970, 1, 1).toordinal()


def _as_date(days: pl.Series) -> pl.Expr:
    return (pl.lit(days) - _EPOCH).cast(pl.Int32).cast(pl.Date)


def calendar(days: pl.Series) -> pl.Series:
    """Return ordinals as yyyymmdd."""
    day = _as_date(days)
    whole = (
        day.dt.year().cast(pl.Int32) * 10000
        + day.dt.month().cast(pl.Int32) * 100
        + day.dt.day().cast(pl.Int32)
    )
    return pl.select(whole).to_series()


def later_column(days: pl.Series, years: int) -> pl.Series:
    """Return the ordinals of the anniversaries `years` later.

    The anniversary of 29 February is 1 March in a common year; counting from
    the first of the month gives just that, and nothing has to be repaired.
    """
    day = _as_date(days)
    first = pl.date(day.dt.year().cast(pl.Int32) + years, day.dt.month(), 1)
    shifted = first.cast(pl.Int32) + day.dt.day().cast(pl.Int32) - 1 + _EPOCH
    return pl.select(shifted.cast(pl.Int64)).to_series()


def later(day: date, years: int) -> date:
    """Return the anniversary of one date; see `later_column`."""
    first = date(day.year + years, day.month, 1)
    return date.fromordinal(first.toordinal() + day.day - 1)


def overlap(masks: pl.Series, mask: int) -> pl.Series:
    """Return whether a bit mask shares a bit with another."""
    return (masks.cast(pl.Int64) & mask) != 0
