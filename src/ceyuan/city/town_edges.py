# SPDX-License-Identifier: Apache-2.0
"""Firms that stand on a threshold: exactly on it, one fen or one person beside it.

Seven firms of a hundred are put on one edge each. The amounts are those at which
policies of this kind turn, as plain figures: nothing here reads a policy, so a policy
that moves its line still meets firms on both sides of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ceyuan.city.town_draws import Bits, Ints, Lots

WAN = 1_000_000
"""Fen of 万元."""
EDGES: dict[str, tuple[int, ...]] = {
    "revenue": tuple(
        n * WAN for n in (500, 1000, 2000, 3000, 5000, 10_000, 20_000, 50_000)
    ),
    "growth": (5, 10, 15, 20),
    "rd_share": (2, 3, 4, 5, 6),
    "rd_amount": tuple(n * WAN for n in (100, 600, 1000, 3000)),
    "rd_domestic": (60,),
    "staff": (10, 15, 20, 25, 30),
    "employees": (300, 500),
    "hitech": (60,),
    "main_share": (50, 70, 90),
    "debt": (55, 70, 75),
    "assets": (20_000 * WAN,),
    "equity": tuple(n * WAN for n in (500, 2000, 5000, 6000, 8000)),
    "score": (6000,),
    "niche": (20, 30),
    "inventions": (1, 2, 4, 5, 7),
}
"""Where the edges are: fen, per cent, persons, hundredths of a point, tenths of a
year, pieces."""
_SHARE = 700


@dataclass(frozen=True, slots=True)
class Edge:
    """On which edge each firm stands, if on any.

    Args:
        kind: Place in `EDGES`; -1: on none.
        target: Where that edge is.
        side: -1 just under it, 0 on it, 1 just over it.
    """

    kind: Ints
    target: Ints
    side: Ints

    def on(self, name: str) -> Bits:
        """Return which firms stand on an edge of this name."""
        return np.equal(self.kind, list(EDGES).index(name))

    @property
    def any(self) -> Bits:
        """Return which firms stand on an edge."""
        return np.greater_equal(self.kind, 0)

    def put(self, name: str, values: Ints, *, of: Ints | None = None) -> Ints:
        """Return values with those on this edge put there.

        Args:
            name: The edge.
            values: As they are.
            of: The whole, where the edge is a share of it.
        """
        line = self.target if of is None else -(-of * self.target // 100)
        there = np.maximum(line + self.side, 0)
        if of is not None:
            there = np.minimum(there, of)
        return np.where(self.on(name), there, values)


def edge_of(lots: Lots) -> Edge:
    """Return the edges of firms."""
    kind = np.where(
        lots.chance(_SHARE, "stands"), lots.below(len(EDGES), "edge"), np.int64(-1)
    )
    count = np.array([len(t) for t in EDGES.values()], dtype=np.int64)
    lines = np.zeros((len(EDGES), int(count.max())), dtype=np.int64)
    for row, targets in enumerate(EDGES.values()):
        lines[row, : len(targets)] = targets
    which = lots.below(count[kind], "line")
    return Edge(kind, lines[kind, which], lots.below(3, "side") - 1)
