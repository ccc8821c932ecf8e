# SPDX-License-Identifier: Apache-2.0
"""The machine's limit: the rule as one fused loop in machine code, two threads.

No engine can do less work per firm: each fact is read once, each answer written
once, nothing between is stored. Beside it, how fast the machine copies memory.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numba
import numpy as np

from bench.data import tech_firms
from bench.measure import best, rate, rows_asked, tell
from bench.rules.oracle import wrong

if TYPE_CHECKING:
    from bench.data import Array

THREADS = 2
_COPIED = 2**28


@numba.njit(inline="always")
def _share(part: int, whole: int, first: int, step: int, gain: int) -> int:
    """Return `gain` points for each step that the ratio reaches, five at most."""
    points = 0
    for k in range(5):
        points += gain * (part * 100 >= whole * (first + k * step))
    return points


@numba.njit(parallel=True)
def _fused(  # noqa: PLR0917 - one array per fact
    employees: Array,
    tech_staff: Array,
    revenue: Array,
    assets: Array,
    rd_expense: Array,
    cost_expense: Array,
    ip_class1: Array,
    ip_class2: Array,
    is_cn_resident: Array,
    prohibited_product: Array,
    violation_or_accident: Array,
    abnormal_or_dishonest: Array,
    hnte_valid: Array,
    tech_sme_direct: Array,
    outcome: Array,
    score: Array,
) -> None:
    for i in numba.prange(len(revenue)):
        staff = _share(tech_staff[i], employees[i], 10, 5, 4)
        sales = _share(rd_expense[i], revenue[i], 2, 1, 10)
        cost = _share(rd_expense[i], cost_expense[i], 10, 5, 10)
        results = max(30 * (ip_class1[i] >= 1), 6 * min(ip_class2[i], 4))
        total = staff + max(sales, cost) + results
        may = (
            is_cn_resident[i]
            & (employees[i] <= 500)
            & (revenue[i] <= 20_000_000_000)
            & (assets[i] <= 20_000_000_000)
            & (not prohibited_product[i])
            & (not violation_or_accident[i])
            & (not abnormal_or_dishonest[i])
        )
        direct = hnte_valid[i] | (tech_sme_direct[i] != 0)
        outcome[i] = 0 if may & (direct | ((total >= 60) & (staff > 0))) else 3
        score[i] = total


def _copy(target: Array, source: Array) -> None:
    parts = np.array_split(target, THREADS), np.array_split(source, THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(np.copyto, *parts))


def _copied_per_second() -> float:
    source = np.ones(_COPIED // 8)
    target = np.empty_like(source)
    seconds, _ = best(lambda: _copy(target, source))
    return _COPIED / seconds


def main() -> None:
    """Measure the loop and the copy."""
    rows = rows_asked()
    tell("memory_copy", gb_per_s=round(_copied_per_second() / 1e9, 1))
    numba.set_num_threads(THREADS)
    columns = tech_firms(rows)
    outcome, score = np.empty(rows, np.uint8), np.empty(rows, np.int16)
    seconds, _ = best(lambda: _fused(*columns.values(), outcome, score))
    tell("native_loop", **rate(rows, seconds), **wrong(columns, outcome, score))


if __name__ == "__main__":
    main()
