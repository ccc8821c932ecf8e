# SPDX-License-Identifier: Apache-2.0
"""Synthetic firms for the benches: seeded, invented, in the base units of the facts.

Nothing here describes a real firm. Of the firms for the tech-SME rule 12 % are
put exactly on the threshold of a ratio, where a binary fraction goes wrong and a
law does not; the rest are spread so that every step of every table is met.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ceyuan.language import FactSymbol

Array: TypeAlias = "np.ndarray[Any, Any]"
Columns: TypeAlias = "dict[str, Array]"

AS_OF = date(2026, 6, 1)
YEAR = 2025
SEED = 20260601
EDGE = 0.12
"""Share of firms that stand exactly on a threshold."""
MISSING = 0.05
_STAFF = np.array([10, 15, 20, 25, 30])
_SALES = np.array([2, 3, 4, 5, 6])
_COST = np.array([10, 15, 20, 25, 30])


def tech_firms(rows: int, seed: int = SEED) -> Columns:
    """Return the facts of the tech-SME rule, complete: money in fen, staff in persons.

    One in three edge firms stands on a threshold of staff, one on a threshold of
    R&D to sales, one on a threshold of R&D to cost.
    """
    draw = np.random.default_rng(seed)
    employees = draw.integers(1, 560, rows)
    revenue = (draw.lognormal(22.2, 1.1, rows)).astype(np.int64) + 1
    cost = (revenue * draw.uniform(0.2, 1.1, rows)).astype(np.int64) + 1
    spent = (revenue * draw.uniform(0.0, 0.09, rows)).astype(np.int64)
    staff = (employees * draw.uniform(0.0, 0.4, rows)).astype(np.int64)
    edge = draw.random(rows) < EDGE
    which = draw.integers(0, 3, rows)
    step = draw.integers(0, 5, rows)
    on = edge & (which == 0)
    employees[on] = 20 * draw.integers(1, 26, int(on.sum()))
    staff[on] = employees[on] * _STAFF[step[on]] // 100
    on = edge & (which == 1)
    revenue[on] = revenue[on] // 100 * 100 + 100
    spent[on] = revenue[on] // 100 * _SALES[step[on]]
    on = edge & (which == 2)
    cost[on] = cost[on] // 100 * 100 + 100
    spent[on] = cost[on] // 100 * _COST[step[on]]
    return {
        "employees": employees,
        "tech_staff": staff,
        "revenue": revenue,
        "assets": (revenue * draw.uniform(0.3, 2.0, rows)).astype(np.int64),
        "rd_expense": spent,
        "cost_expense": cost,
        "ip_class1": (draw.random(rows) < 0.3).astype(np.int64)
        * draw.integers(1, 9, rows),
        "ip_class2": draw.integers(0, 7, rows),
        "is_cn_resident": draw.random(rows) < 0.99,
        "prohibited_product": draw.random(rows) < 0.02,
        "violation_or_accident": draw.random(rows) < 0.02,
        "abnormal_or_dishonest": draw.random(rows) < 0.03,
        "hnte_valid": draw.random(rows) < 0.1,
        "tech_sme_direct": (draw.random(rows) < 0.05) * draw.integers(1, 5, rows),
    }


def tech_frame(
    columns: Columns, facts: Mapping[str, FactSymbol], *, missing: float = 0.0
) -> pl.DataFrame:
    """Return those facts as the engine takes them, with gaps if asked for."""
    draw = np.random.default_rng(SEED + 1)
    made = []
    for name, values in columns.items():
        symbol = facts[name]
        column = f"{name}@{YEAR}" if symbol.yearly else name
        if symbol.kind == "code":
            series = _coded(symbol.codes, values)
        elif symbol.kind == "number":
            series = pl.Series(values * 10**symbol.decimals)
        else:
            series = pl.Series(values)
        made.append(_with_gaps(series.alias(column), missing, draw))
    return pl.DataFrame(made)


def _with_gaps(series: pl.Series, share: float, draw: np.random.Generator) -> pl.Series:
    if not share:
        return series
    gap = pl.Series(draw.random(len(series)) < share)
    nothing = pl.Series([None], dtype=series.dtype)
    return nothing.zip_with(gap, series).alias(series.name)


def any_firms(
    rows: int,
    reads: Iterable[tuple[str, int | None, FactSymbol]],
    *,
    missing: float = MISSING,
    seed: int = SEED,
) -> pl.DataFrame:
    """Return whatever facts some policies read, 5 % of each missing.

    Every column is drawn by its kind: numbers spread over several powers of ten
    inside their bounds, dates over the last 25 years.
    """
    draw = np.random.default_rng(seed)
    made = []
    for name, year, symbol in reads:
        column = name if year is None else f"{name}@{year}"
        series = _drawn(symbol, rows, draw).alias(column)
        made.append(_with_gaps(series, missing, draw))
    return pl.DataFrame(made)


def _drawn(symbol: FactSymbol, rows: int, draw: np.random.Generator) -> pl.Series:
    match symbol.kind:
        case "flag":
            return pl.Series(draw.random(rows) < 0.5)
        case "number":
            return pl.Series(_numbers(symbol, rows, draw))
        case "date":
            last = AS_OF.toordinal() - date(1970, 1, 1).toordinal()
            days = draw.integers(last - 25 * 365, last, rows)
            return pl.Series(days, dtype=pl.Int32).cast(pl.Date)
        case "code":
            return _coded(symbol.codes, draw.integers(0, len(symbol.codes), rows))
        case _:
            words = pl.Series(list(symbol.codes), dtype=pl.String)
            first = draw.integers(0, len(symbol.codes), rows)
            return words.gather(first).reshape((rows, 1)).arr.to_list()


def _coded(codes: tuple[str, ...], picks: Array) -> pl.Series:
    words = pl.Series(list(codes), dtype=pl.Enum(list(codes)))
    return words.gather(pl.Series(picks.astype(np.uint32)))


def _numbers(symbol: FactSymbol, rows: int, draw: np.random.Generator) -> Array:
    per = 10**symbol.decimals
    middle = 22.0 if dict(symbol.unit.dims).get("fen") else 3.0
    values = (draw.lognormal(middle, 1.5, rows) * per).astype(np.int64)
    low = 0 if symbol.low is None else int(symbol.low * per)
    high = int(symbol.limit * per)
    if symbol.high is not None:
        high = min(high, int(symbol.high * per))
        return draw.integers(low, high + 1, rows)
    return np.clip(values, low, high)
