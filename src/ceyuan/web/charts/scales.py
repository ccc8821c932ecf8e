# SPDX-License-Identifier: Apache-2.0
"""From values to places: scales and the round numbers on an axis.

The share of the way along an axis is an exact Fraction; only the place itself, which
is never more than a few thousand pixels from the corner, is a float. So amounts of
any size are drawn true.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ceyuan.web.charts.measures import Measure
    from ceyuan.web.charts.values import Exact


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` laid from `start` to `end`."""

    low: Exact
    high: Exact
    start: float
    end: float

    def at(self, value: Exact) -> float:
        """Return the place of a value, to a hundredth of a pixel."""
        share = Fraction(value - self.low) / Fraction(self.high - self.low)
        return round(self.start + float(share) * (self.end - self.start), 2)


@dataclass(frozen=True, slots=True)
class Axis:
    """Round numbers, and the range from the first to the last."""

    ticks: tuple[Exact, ...]
    low: Exact
    high: Exact


def extent(values: Iterable[Exact], *, with_zero: bool) -> tuple[Exact, Exact]:
    """Return lowest and highest value; a range that has no length is given one."""
    found: list[Exact] = list(values)
    if with_zero or not found:
        found.append(0)
    low, high = min(found), max(found)
    if low == high:
        return low, low + 1
    return low, high


def axis(low: Exact, high: Exact, measure: Measure, *, most: int) -> Axis:
    """Return an axis from below `low` to above `high` with at most `most` steps.

    Steps are 1, 2 or 5 times a power of ten. No two ticks read the same: where the
    unit is too coarse for the values only the first tick is left.

    >>> from ceyuan.web.charts.measures import counts
    >>> axis(0, 968, counts("企业", "家"), most=5).ticks
    (0, 200, 400, 600, 800, 1000)
    """
    step = _power(Fraction(high - low) / most)
    limit = Fraction(high - low) * 10
    factors = (2, Fraction(5, 2), 2)
    turn = 0
    while True:
        first, last = low // step, -(-high // step)
        whole = tuple(_plain(n * step) for n in range(int(first), int(last) + 1))
        is_told = len({measure.tick(tick) for tick in whole}) == len(whole)
        if last - first <= most and is_told:
            return Axis(whole, whole[0], whole[-1])
        if step > limit:
            return Axis(whole[:1], whole[0], whole[-1])
        step *= factors[turn % 3]
        turn += 1


def _power(size: Fraction) -> Fraction:
    """Return the greatest power of ten that is not greater."""
    power = Fraction(1)
    while power > size:
        power /= 10
    while power * 10 <= size:
        power *= 10
    return power


def _plain(value: Fraction) -> Exact:
    return value.numerator if value.denominator == 1 else value


def spread(
    middles: Sequence[float], sizes: Sequence[float], *, low: float, high: float
) -> list[float]:
    """Return where blocks begin that wish to be centred on `middles`.

    They do not overlap and stay between `low` and `high`, as far as there is room;
    their order is that of their middles.

    >>> spread([10, 12], [8, 8], low=0, high=40)
    [6.0, 14.0]
    """
    order = sorted(range(len(middles)), key=lambda i: middles[i])
    places = [0.0] * len(middles)
    free = low
    for i in order:
        places[i] = max(middles[i] - sizes[i] / 2, free)
        free = places[i] + sizes[i]
    limit = high
    for i in reversed(order):
        places[i] = min(places[i], limit - sizes[i])
        limit = places[i]
    return [round(place, 2) for place in places]
