# SPDX-License-Identifier: Apache-2.0
"""One fact on its way: the values at which it meets the edges of a policy.

Two values give a straight line, and the line gives the meeting. A bent edge is
drawn on from each point where it may bend, and halved where it was overshot.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.policies.edges import Edge, gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from ceyuan.declarations import Fact
    from ceyuan.language import FactKey, Interpreter, Known

Changes: TypeAlias = "dict[FactKey, Known]"

MOST_ROUNDS = 8
"""So many times a bent line is drawn on before it is taken not to meet."""


class Line:
    """One fact on its way: where it meets an edge, on the grid of its unit.

    The grid starts at 0, so that steps read as round figures: whole people, whole
    yuan, hundredths of a percent.

    Args:
        fact: What the dictionary says of it.
        key: Its name and year.
        now: Its value.
        world: Other changes that are made already.
        ask: Returns the interpreter of a changed subject.
    """

    def __init__(
        self,
        fact: Fact,
        key: FactKey,
        now: Fraction,
        world: Changes,
        ask: Callable[[Changes], Interpreter],
    ) -> None:
        scale = fact.measure.scale
        self.ask = ask
        self.key = key
        self.now = now
        self.world = world
        self.grid = scale * (Fraction(1, 100) if fact.unit == "%" else 1)
        self.least = None if fact.min is None else fact.min * scale
        self.most = None if fact.max is None else fact.max * scale

    def holds(self, value: Fraction) -> bool:
        """Return whether the fact can have a value, and does not have it now."""
        return value == self._within(value) and value != self.now

    def meetings(self, edges: list[Edge]) -> set[Fraction]:
        """Return the grid points on and behind each meeting."""
        mine = [e for e in edges if self.key[0] in e.movers]
        found: set[Fraction] = set()
        for edge in mine:
            if not edge.is_bent:
                found |= self._behind(self._meeting(edge, self.now, self.grid))
        bent = [e for e in mine if e.is_bent]
        # A bent line may begin anew where another edge is; two rounds reach what
        # is bent at a bend.
        for _ in range(2 if bent else 0):
            for start in sorted({self.now, *found}):
                for edge in bent:
                    for step in (self.grid, -self.grid):
                        found |= self._behind(self._meeting(edge, start, step))
        return found

    def _behind(self, root: Fraction | None) -> set[Fraction]:
        """Return the first grid points on the far side of where an edge turns.

        Where the line itself is not yet enough (more than, not at least), one
        more is.
        """
        if root is None:
            return set()
        below, above = root // self.grid * self.grid, -(-root // self.grid) * self.grid
        if root > self.now:
            return {above, above + self.grid} if above == root else {above}
        if root < self.now:
            return {below, below - self.grid} if below == root else {below}
        return {below + self.grid, above - self.grid}

    def _meeting(self, edge: Edge, start: Fraction, step: Fraction) -> Fraction | None:
        """Return where the gap of an edge is 0, drawn on from a start."""
        here = self._gap(edge, start)
        for _ in range(MOST_ROUNDS):
            beside = self._gap(edge, start + step)
            if here is None or beside is None or here == beside:
                return None
            root = start - here * step / (beside - here)
            if not edge.is_bent:
                return root
            root = self._within(root)
            there = self._gap(edge, root)
            if there is None or there == 0:
                return None if there is None else root
            if (there > 0) is not (here > 0):
                return self._between(edge, start, root, above=here > 0)
            start, here = root, there
        return None

    def _between(
        self, edge: Edge, near: Fraction, far: Fraction, *, above: bool
    ) -> Fraction:
        """Return the first grid point behind a meeting between two points."""
        while abs(far - near) > self.grid:
            middle = (near + far) / 2 // self.grid * self.grid
            there = self._gap(edge, middle)
            if middle == near or there is None:
                break
            if there and (there > 0) is above:
                near = middle
            else:
                far = middle
        return far

    def _within(self, value: Fraction) -> Fraction:
        if self.least is not None and value < self.least:
            return self.least
        if self.most is not None and value > self.most:
            return self.most
        return value

    def _gap(self, edge: Edge, value: Fraction) -> Fraction | int | None:
        changes = {**self.world, self.key: value} if value != self.now else self.world
        return gap(self.ask(changes), edge)
