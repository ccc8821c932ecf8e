# SPDX-License-Identifier: Apache-2.0
"""Where two sources say the same, one of them rounded.

A return in 千元 and a ledger to the fen state one amount. How an amount is rounded
shows in its last places: up to whole 万元, no further, or 3,000 万元 would agree with
3,900 万元. Counts of people and rights are not rounded by anybody.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ceyuan.declarations.facts import Fact

MOST_ZEROS = 6
"""10^6 fen: one 万元."""


def is_money(attribute: Fact) -> bool:
    """Return whether an attribute is an amount of money."""
    return attribute.kind == "number" and attribute.measure.is_money


def rounded(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return where two amounts differ by no more than how one of them is rounded.

    Args:
        a: int64 fen, shape (n,).
        b: The other amounts, same shape.

    Returns:
        bool, shape (n,).
    """
    step = np.ones(len(a), dtype=np.int64)
    for zeros in range(2, MOST_ZEROS + 1):
        power = 10**zeros
        # 0 has all the zeros there are, and is no rounding of anything.
        step[((a % power == 0) & (a != 0)) | ((b % power == 0) & (b != 0))] = power
    close: np.ndarray = np.abs(a - b) < step
    return close


def differ(a: object, b: object, attribute: Fact) -> bool:
    """Return whether two sources differ about one value, rounding aside."""
    if is_money(attribute) and a != b:
        assert isinstance(a, (int, Fraction))
        assert isinstance(b, (int, Fraction))
        if a.denominator == b.denominator == 1:
            return not rounded(np.array([int(a)]), np.array([int(b)]))[0]
    return a != b
