# SPDX-License-Identifier: Apache-2.0
"""One side of a line, while people are counted between its edges.

Asked is `quantity < edge` for every edge. Who passes k of them stands k edges from the
top; who passes none and is not above the last one has no such quantity; whoever leaves
one of the questions open is not known.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ceyuan.language.tree import All, Compare, Name, Number, Truth

if TYPE_CHECKING:
    from fractions import Fraction

    import polars as pl

    from ceyuan.declarations import Rule
    from ceyuan.language import Context, Node
    from ceyuan.office.deciding_lines import DecidingLine

TOP, AT, HERE = "top", "at", "here"


@dataclass(frozen=True, slots=True)
class Spread:
    """How many subjects stand where, seen from one side of a reform.

    Args:
        edges: Rising, in the base of the unit; the threshold is one of them.
        counts: Between two edges each.
        below: Before the first edge.
        above: After the last one.
        unknown: Where the quantity, or whether the line applies, is not known.
        absent: Who has no such quantity.
        threshold: The threshold.
        at: How many stand exactly on it.
        met: How many stand on the side that the policy asks for.
    """

    edges: tuple[Fraction, ...]
    counts: tuple[int, ...]
    below: int
    above: int
    unknown: int
    absent: int
    threshold: Fraction
    at: int
    met: int


@dataclass(slots=True)
class Counting:
    """A line with one of its thresholds, seen from one side of a reform.

    Args:
        rule: The policy on this side.
        context: Day and parameters on this side.
        line: The line.
        threshold: The threshold.
        edges: Between which is counted; the threshold is one.
    """

    rule: Rule
    context: Context
    line: DecidingLine
    threshold: Fraction
    edges: tuple[Fraction, ...]
    _bins: Counter[int] = field(default_factory=Counter)
    _unknown: int = 0
    _absent: int = 0
    _at: int = 0

    @property
    def includes_low(self) -> bool:
        """Return whether who stands on an edge counts to the group above it."""
        return self.line.order in (">=", "<")

    @property
    def is_empty(self) -> bool:
        """Return whether nobody is known to stand anywhere."""
        return not sum(self._bins.values()) + self._absent

    def questions(self) -> dict[str, Node]:
        """Return what everybody is asked."""
        quantity = self.line.quantity
        order: Any = "<" if self.includes_low else "<="
        last: Any = ">=" if self.includes_low else ">"
        return {
            **{
                str(i): Compare(order, quantity, Number(edge))
                for i, edge in enumerate(self.edges)
            },
            TOP: Compare(last, quantity, Number(self.edges[-1])),
            AT: Compare("=", quantity, Number(self.threshold)),
            HERE: self._here(),
        }

    def _here(self) -> Node:
        """Return who is meant: those to whom the policy, and this case, applies."""
        scope = (name for name in self.rule.in_scope if name != self.line.clause)
        parts: list[Node] = [Name(name) for name in scope]
        if len(self.line.values) > 1:
            parts.append(Compare("=", self.line.threshold, Number(self.threshold)))
        return All(tuple(parts)) if parts else Truth(value=True)

    def count(self, answers: pl.DataFrame, here: pl.Series) -> None:
        """Count one batch.

        Args:
            answers: The answers to `questions`.
            here: Who is meant; null: not known.
        """
        out = (~here).fill_null(value=False).to_numpy()
        sure = here.fill_null(value=False).to_numpy()
        passed = np.zeros(len(sure), dtype=np.int64)
        open_ = answers[TOP].is_null().to_numpy()
        for i in range(len(self.edges)):
            column = answers[str(i)]
            open_ = open_ | column.is_null().to_numpy()
            passed += column.fill_null(value=False).to_numpy()
        known = sure & ~open_
        gone = known & (passed == 0) & ~answers[TOP].fill_null(value=False).to_numpy()
        self._unknown += int((~out & ~known).sum())
        self._absent += int(gone.sum())
        for value, number in Counter(passed[known & ~gone].tolist()).items():
            self._bins[len(self.edges) - value] += number
        at = answers[AT].fill_null(value=False).to_numpy()
        self._at += int((at & sure).sum())

    def between(self, low: Fraction, high: Fraction) -> int:
        """Return how many stand from one edge to another."""
        at = self.edges.index
        return sum(self._bins[i + 1] for i in range(at(low), at(high)))

    def spread(self) -> Spread:
        """Return what was counted."""
        counts = tuple(self._bins[i] for i in range(1, len(self.edges)))
        below, above = self._bins[0], self._bins[len(self.edges)]
        at = self.edges.index(self.threshold)
        wants_more = self.line.order in (">", ">=")
        met = above + sum(counts[at:]) if wants_more else below + sum(counts[:at])
        return Spread(
            self.edges,
            counts,
            below,
            above,
            self._unknown,
            self._absent,
            self.threshold,
            self._at,
            met,
        )
