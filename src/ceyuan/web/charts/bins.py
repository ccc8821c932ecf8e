# SPDX-License-Identifier: Apache-2.0
"""Values sorted into groups whose edges are exact.

A group includes one of its two edges, the same one in all groups; which one decides
on what side of a threshold the firm stands that meets it exactly.

>>> binned([4, 5, 5, 6], [4, 5, 6, 7]).counts
(1, 2, 1)
>>> binned([4, 5, 5, 6], [3, 4, 5, 6], includes="high").counts
(1, 2, 1)
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ceyuan.kernel import UsageError
from ceyuan.web.charts.values import Exact, Value, check_exact, known

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ceyuan.web.charts.measures import Measure
    from ceyuan.web.charts.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Bins:
    """How many values lie in each group.

    Args:
        edges: Rising; one more than the counts.
        counts: Between two edges each.
        includes: Which of its edges a group includes.
        below: How many lie before the first edge.
        above: How many lie after the last edge.
        unknown: How many have no value; they are in no group.
    """

    edges: tuple[Exact, ...]
    counts: tuple[int, ...]
    includes: Literal["low", "high"] = "low"
    below: int = 0
    above: int = 0
    unknown: int = 0

    def __post_init__(self) -> None:
        for edge in self.edges:
            check_exact("an edge", edge)
        rising = all(a < b for a, b in zip(self.edges, self.edges[1:], strict=False))
        if not rising or len(self.edges) != len(self.counts) + 1 or not self.counts:
            msg = f"edges must rise and be one more than the counts (got {self.edges})"
            raise UsageError(msg)
        if min((*self.counts, self.below, self.above, self.unknown)) < 0:
            msg = "a group must not count fewer than 0"
            raise UsageError(msg)

    def sides(self, threshold: Exact) -> tuple[int, int]:
        """Return how many lie on either side of an edge.

        Raises:
            UsageError: The threshold is inside a group; what lies on either side of
                it cannot be known from counts.
        """
        if threshold not in self.edges:
            msg = f"a threshold must be an edge of the groups (got {threshold})"
            raise UsageError(msg, hint="make the threshold one of the edges")
        at = self.edges.index(threshold)
        before = self.below + sum(self.counts[:at])
        return before, self.above + sum(self.counts[at:])

    def side_names(self, value: str, words: Words) -> tuple[str, str]:
        """Return what lies before and after an edge is called, given the edge."""
        if self.includes == "low":
            return words.below.format(value=value), words.at_least.format(value=value)
        return words.at_most.format(value=value), words.above.format(value=value)

    def groups(self, measure: Measure, words: Words) -> list[tuple[str, int]]:
        """Return name and count of each group, those outside the edges too if any."""
        told = [measure.told(edge) for edge in self.edges]
        form = words.between_low if self.includes == "low" else words.between_high
        groups = [
            (form.format(low=low, high=high), count)
            for low, high, count in zip(told[:-1], told[1:], self.counts, strict=True)
        ]
        if self.below:
            groups.insert(0, (self.side_names(told[0], words)[0], self.below))
        if self.above:
            groups.append((self.side_names(told[-1], words)[1], self.above))
        return groups


def binned(
    values: Iterable[Value],
    edges: Sequence[Exact],
    *,
    includes: Literal["low", "high"] = "low",
) -> Bins:
    """Return values sorted into groups; gaps are counted apart, never as 0."""
    find = bisect_right if includes == "low" else bisect_left
    found = [0] * (len(edges) + 1)
    unknown = 0
    for value in values:
        check_exact("a value", value)
        exact = known(value)
        if exact is None:
            unknown += 1
        else:
            found[find(edges, exact)] += 1
    return Bins(
        edges=tuple(edges),
        counts=tuple(found[1:-1]),
        includes=includes,
        below=found[0],
        above=found[-1],
        unknown=unknown,
    )
