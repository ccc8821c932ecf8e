# SPDX-License-Identifier: Apache-2.0
"""One amount, told by two sources, one of which rounds."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ceyuan.declarations import load_region
from ceyuan.facts.store.rounding import differ

FACTS = load_region().facts
YUAN = 100
WAN = 10_000 * YUAN


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        (1_351_234 * YUAN, 1_351_000 * YUAN, False),  # to whole 千元
        (1_351_999 * YUAN, 1_351_000 * YUAN, False),  # cut off, not rounded
        (1_352_001 * YUAN, 1_351_000 * YUAN, True),  # a 千元 more
        (135 * WAN + 9_999 * YUAN, 135 * WAN, False),  # to whole 万元
        (136 * WAN, 135 * WAN, True),
        # No further than 万元: 3,000 万元 is no rounding of 3,900 万元.
        (3_900 * WAN, 3_000 * WAN, True),
        (5, 4, True),  # a fen is a fen where neither is round
        (Fraction(1, 3), Fraction(2, 3), True),
        (9_999 * YUAN, 0, True),  # nothing is not ten thousand, rounded
        (7, 7, False),
    ],
)
def test_amounts_differ_unless_one_is_the_other_rounded(one, two, expected):
    revenue = FACTS["revenue"]

    assert differ(one, two, revenue) is expected
    assert differ(two, one, revenue) is expected


def test_counts_are_not_rounded_by_anybody():
    employees = FACTS["employees"]

    assert differ(300, 299, employees)
    assert not differ(300, 300, employees)
