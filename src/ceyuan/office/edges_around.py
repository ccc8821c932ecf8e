# SPDX-License-Identifier: Apache-2.0
"""Edges between which people are counted: round steps, thresholds among them.

>>> [int(e) for e in edges_around([Fraction(60), Fraction(55)])][:4]
[-5, 0, 5, 10]
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.office.spread_counted import Spread

_ROUND = (1, 2, 5)
_BESIDE = 12
"""So many steps are looked at on either side of the thresholds."""
MOST = 24
"""So many groups can be told apart on a narrow screen."""
_NEAR = 3


def edges_around(thresholds: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Return rising edges around one or two thresholds, which are among them."""
    low, high = min(thresholds), max(thresholds)
    wanted = max(abs(low), abs(high)) / 10 or Fraction(1)
    step = _step(wanted, high - low, high)
    # Thresholds far closer than a step stand beside each other, in even steps around.
    reach = int((high - low) / step) + 1
    edges = {low + k * step for k in range(-_BESIDE, reach + _BESIDE)}
    return tuple(sorted(edges | {low, high}))


def _step(wanted: Fraction, apart: Fraction, high: Fraction) -> Fraction:
    """Return a round step near the wanted one that leads from one to the other."""
    if not apart or apart * _NEAR < wanted:
        fitting = [
            s for s in _rounds(wanted) if not high or (high / s).denominator == 1
        ]
        return min(fitting, key=lambda s: abs(s - wanted), default=wanted)
    parts = [apart / n for n in range(1, 41)]
    fitting = [s for s in parts if wanted / _NEAR <= s <= wanted * _NEAR]
    is_round = [s for s in fitting if s in _rounds(s)]
    best = is_round or fitting or [wanted]
    return min(best, key=lambda s: abs(s - wanted))


def _rounds(near: Fraction) -> list[Fraction]:
    """Return 1, 2 and 5 times the powers of ten around a number."""
    power = Fraction(1)
    while power > near:
        power /= 10
    while power * 10 <= near:
        power *= 10
    return [power * scale * n for scale in (Fraction(1, 10), 1, 10) for n in _ROUND]


def shortened(spreads: Sequence[Spread | None]) -> list[Spread | None]:
    """Return spreads without the groups far from the thresholds that hold few.

    All keep the same edges, so that they can be held against each other.
    """
    there = [one for one in spreads if one is not None]
    edges = list(there[0].edges)
    kept = {one.threshold for one in there}
    counts = [sum(c) for c in zip(*(one.counts for one in there), strict=True)]
    first, last = 0, len(counts)
    while last - first > 1:
        can_first = edges[first] not in kept and edges[first + 1] not in kept
        can_last = edges[last] not in kept and edges[last - 1] not in kept
        ends = [
            (counts[at], is_last)
            for at, can, is_last in ((first, can_first, 0), (last - 1, can_last, 1))
            if can
        ]
        if not ends:
            break
        least, is_last = min(ends)
        if least and last - first <= MOST:
            break
        first, last = (first, last - 1) if is_last else (first + 1, last)
    return [None if one is None else _cut(one, first, last) for one in spreads]


def _cut(one: Spread, first: int, last: int) -> Spread:
    return replace(
        one,
        edges=one.edges[first : last + 1],
        counts=one.counts[first:last],
        below=one.below + sum(one.counts[:first]),
        above=one.above + sum(one.counts[last:]),
    )
