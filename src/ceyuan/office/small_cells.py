# SPDX-License-Identifier: Apache-2.0
"""What of a count may be told to everybody: few are not told apart.

A count of one or two, and a sum over one or two, would tell the one about the other.
Such a count is told as a span (1 to 2), and the largest count beside it as a span of
the same width, or the total would give the small one away. Such a sum is not told, and
where what is left out together would still be of too few, the next smallest is left
out with it.

>>> told = veiled({"eligible": 1, "ineligible": 999})
>>> [(one.low, one.high) for one in told.values()]
[(1, 2), (998, 999)]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

LEAST = 3
"""The fewest that are told apart."""
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Span:
    """A count as it may be told: from, to; equal where it is told exactly."""

    low: int
    high: int

    @property
    def is_exact(self) -> bool:
        """Return whether it is one number."""
        return self.low == self.high


def veiled(counts: Mapping[K, int]) -> dict[K, Span]:
    """Return counts of one whole whose total is known, as they may be told."""
    few = [name for name, count in counts.items() if 0 < count < LEAST]
    spans = {name: Span(count, count) for name, count in counts.items()}
    if not few:
        return spans
    spans |= {name: Span(1, LEAST - 1) for name in few}
    rest = [name for name, count in counts.items() if count >= LEAST]
    if rest:
        largest = max(rest, key=lambda name: counts[name])
        both = counts[largest] + sum(counts[name] for name in few)
        spans[largest] = Span(both - len(few) * (LEAST - 1), both - len(few))
    return spans


def is_few(count: int) -> bool:
    """Return whether a sum over so many is not told."""
    return 0 < count < LEAST


def few_told(count: int) -> Span:
    """Return a count by itself as it may be told: exactly, or as few."""
    return Span(1, LEAST - 1) if is_few(count) else Span(count, count)


def total_told(total: int, counts: Collection[int]) -> Span:
    """Return the count of a union as it may be told beside the counts of its parts.

    Told exactly, it would give away a part of few by what is left over. So it is told
    as it could be with any few in the place of those that there are.

    >>> total_told(29, [5, 23, 1]), total_told(30, [5, 23, 2])
    (Span(low=29, high=30), Span(low=29, high=30))

    Args:
        total: How many there are; a firm in two parts counts once.
        counts: How many are in each part.
    """
    few = [count for count in counts if is_few(count)]
    if is_few(total) or not few:
        return few_told(total)
    rest = total - sum(few)
    most = max(counts)  # there are no fewer in all than in any part
    width = len(few)
    low = max(rest + width, most)
    return Span(low, max(rest + width * (LEAST - 1), low + width))


def left_out(
    firms: Mapping[K, int], also: Collection[K] = ()
) -> tuple[frozenset[K], bool]:
    """Return the sums that are not told, and whether their total is not either.

    Args:
        firms: Of how many firms each sum is.
        also: Sums that are not told for another reason: what is told beside them would
            give away one of few.
    """
    out = {name for name, count in firms.items() if is_few(count) or name in also}
    rest = sorted(
        (name for name, count in firms.items() if count >= LEAST and name not in also),
        key=lambda name: firms[name],
        reverse=True,
    )

    def gives_away() -> bool:
        return bool(out) and (len(out) < 2 or is_few(sum(firms[n] for n in out)))

    while rest and gives_away():
        out.add(rest.pop())
    return frozenset(out), gives_away()
