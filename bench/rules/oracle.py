# SPDX-License-Identifier: Apache-2.0
"""The right answers to the tech-SME rule, in exact integers, written by hand.

It shares nothing with the engine: no declaration, no compiler. Ratios are
multiplied across in 64 bits (the greatest product here is below 2^45 fen x 100).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.data import Array, Columns

ELIGIBLE, INELIGIBLE = 0, 3
_STAFF = ((30, 20), (25, 16), (20, 12), (15, 8), (10, 4))
_SALES = ((6, 50), (5, 40), (4, 30), (3, 20), (2, 10))
_COST = ((30, 50), (25, 40), (20, 30), (15, 20), (10, 10))
_SECOND = ((4, 24), (3, 18), (2, 12), (1, 6))


def answers(c: Columns) -> tuple[Array, Array]:
    """Return outcome code and score of every firm; money in fen."""
    staff = _share(c["tech_staff"], c["employees"], _STAFF)
    sales = _share(c["rd_expense"], c["revenue"], _SALES)
    cost = _share(c["rd_expense"], c["cost_expense"], _COST)
    first = np.where(c["ip_class1"] >= 1, 30, 0)
    second = np.zeros(len(first), np.int64)
    for least, points in reversed(_SECOND):
        second[c["ip_class2"] >= least] = points
    score = staff + np.maximum(sales, cost) + np.maximum(first, second)
    sized = (
        (c["employees"] <= 500)
        & (c["revenue"] <= 20_000_000_000)
        & (c["assets"] <= 20_000_000_000)
    )
    clean = ~(
        c["prohibited_product"]
        | c["violation_or_accident"]
        | c["abnormal_or_dishonest"]
    )
    direct = c["hnte_valid"] | (c["tech_sme_direct"] != 0)
    passed = (score >= 60) & (staff > 0)
    met = c["is_cn_resident"] & sized & clean & (direct | passed)
    outcome = np.where(met, ELIGIBLE, INELIGIBLE).astype(np.uint8)
    return outcome, score.astype(np.int16)


def _share(
    part: Array,
    whole: Array,
    steps: tuple[tuple[int, int], ...],
) -> Array:
    points = np.zeros(len(part), np.int64)
    for percent, given in reversed(steps):
        points[part * 100 >= whole * percent] = given
    return points


def wrong(c: Columns, outcome: Array, score: Array) -> dict[str, object]:
    """Return how many outcomes and scores differ from the right ones."""
    right, points = answers(c)
    return {
        "wrong_outcomes": int((outcome != right).sum()),
        "wrong_scores": int((score != points).sum()),
        "on_a_threshold": int(_on_threshold(c).sum()),
    }


def _on_threshold(c: Columns) -> Array:
    found = np.zeros(len(c["revenue"]), bool)
    for part, whole, steps in (
        ("tech_staff", "employees", _STAFF),
        ("rd_expense", "revenue", _SALES),
        ("rd_expense", "cost_expense", _COST),
    ):
        for percent, _ in steps:
            found |= c[part] * 100 == c[whole] * percent
    return found
