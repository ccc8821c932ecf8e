# SPDX-License-Identifier: Apache-2.0
"""What flows: stages of nodes, and links from one stage to a later one.

What flows into a node and out of it are sums of exact values. They need not agree:
what stays is told as kept, what is missing as short. A link that is a gap makes the
sums it belongs to gaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.kernel import ABSENT, UsageError
from ceyuan.web.charts.values import Value, check_exact, known

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_STAGES = 5


@dataclass(frozen=True, slots=True)
class Node:
    """A place the flow comes through; `id` is what links name it by."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One column of nodes: 预算, 政策, 企业, 成果."""

    name: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """What flows from a node to one of a later stage.

    A negative value is what came back, such as a reversal: it is drawn as wide as it
    is large, and hollow.
    """

    source: str
    target: str
    value: Value
    is_estimate: bool = False

    def __post_init__(self) -> None:
        check_exact(f"{self.source} → {self.target}", self.value)


@dataclass(frozen=True, slots=True)
class Flow:
    """Stages and links that fit together.

    Raises:
        UsageError: There are too many stages, two nodes share an id, or a link names
            no node or does not lead to a later stage.
    """

    stages: tuple[Stage, ...]
    links: tuple[Link, ...]

    def __post_init__(self) -> None:
        if len(self.stages) > MOST_STAGES:
            msg = f"a flow has at most {MOST_STAGES} stages (got {len(self.stages)})"
            raise UsageError(msg, hint="join two stages, or draw two flows")
        order = self.order()
        if len(order) < sum(len(stage.nodes) for stage in self.stages):
            msg = "nodes of a flow must have different ids"
            raise UsageError(msg)
        for link in self.links:
            for end in (link.source, link.target):
                if end not in order:
                    msg = f"a link names {end!r}, which is no node"
                    raise UsageError(msg)
            if order[link.source][0] >= order[link.target][0]:
                msg = f"{link.source!r} must stand in a stage before {link.target!r}"
                raise UsageError(msg)

    def order(self) -> dict[str, tuple[int, int]]:
        """Return stage and place in it, both from 0, of each node."""
        return {
            node.id: (column, place)
            for column, stage in enumerate(self.stages)
            for place, node in enumerate(stage.nodes)
        }

    def inward(self, node: str) -> list[int]:
        """Return which links lead into a node, in the order of their sources."""
        order = self.order()
        found = [i for i, link in enumerate(self.links) if link.target == node]
        return sorted(found, key=lambda i: order[self.links[i].source])

    def outward(self, node: str) -> list[int]:
        """Return which links lead out of a node, in the order of their targets."""
        order = self.order()
        found = [i for i, link in enumerate(self.links) if link.source == node]
        return sorted(found, key=lambda i: order[self.links[i].target])

    def summed(self, which: Sequence[int]) -> Value:
        """Return what links carry together; a gap if one of them is a gap.

        Where there are no links there is no sum either: `ABSENT`.
        """
        if not which:
            return ABSENT
        found = [known(self.links[i].value) for i in which]
        sizes = [size for size in found if size is not None]
        return sum(sizes) if len(sizes) == len(found) else None


def rest_of(inward: Value, outward: Value) -> Value:
    """Return what comes in less what goes out; ABSENT where one side has no links."""
    if ABSENT in {inward, outward}:
        return ABSENT
    came, went = known(inward), known(outward)
    return None if came is None or went is None else came - went
