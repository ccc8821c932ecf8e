# SPDX-License-Identifier: Apache-2.0
"""Where nodes and bands of a flow stand, in whole hundredths of a pixel.

One scale holds for the whole drawing. A band has one thickness from end to end, and
a node is exactly as high as the bands on its fuller side, since whole hundredths are
added, not rounded pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.web.charts.values import Exact, known, size_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ceyuan.web.charts.flow_parts import Flow, Link, Node

LEAST = 200
_APART = 1400


@dataclass(frozen=True, slots=True)
class Slot:
    """A node's place: its column, and where it begins and how high it is."""

    column: int
    top: int
    height: int

    @property
    def middle(self) -> int:
        """Where the node's label is centred."""
        return self.top + self.height // 2


@dataclass(frozen=True, slots=True)
class Band:
    """A link's place: where it leaves, where it arrives, how thick it is."""

    link: Link
    start: int
    end: int
    thickness: int


@dataclass(frozen=True, slots=True)
class Layout:
    """All places of one drawing; `height` is that of the fullest column."""

    slots: Mapping[str, Slot]
    bands: tuple[Band, ...]
    height: int


def lay_flow(flow: Flow, label_heights: Mapping[str, int], *, full: int) -> Layout:
    """Return where everything stands.

    Args:
        flow: Stages and links.
        label_heights: What a node's label takes; a node has at least that room.
        full: Height of the fullest stage without the space between its nodes.
    """
    thick = _thicknesses(flow, full)
    heights = {
        node.id: int(_fuller(flow, node, thick))
        for stage in flow.stages
        for node in stage.nodes
    }
    rooms = {
        node: max(height, LEAST, label_heights[node]) + _APART
        for node, height in heights.items()
    }
    columns = [[node.id for node in stage.nodes] for stage in flow.stages]
    whole = max((sum(rooms[node] for node in column) for column in columns), default=0)
    slots: dict[str, Slot] = {}
    for i, column in enumerate(columns):
        top = (whole - sum(rooms[node] for node in column)) // 2
        for node in column:
            height = max(heights[node], LEAST)
            slots[node] = Slot(i, top + (rooms[node] - height) // 2, height)
            top += rooms[node]
    return Layout(slots, tuple(_bands(flow, slots, thick)), whole)


def _fuller(flow: Flow, node: Node, sizes: Sequence[Exact]) -> Exact:
    """Return what a node's fuller side adds up to."""
    inward = sum(sizes[i] for i in flow.inward(node.id))
    return max(inward, sum(sizes[i] for i in flow.outward(node.id)))


def _thicknesses(flow: Flow, full: int) -> list[int]:
    """Return how thick each link is drawn, all on one scale."""
    sizes = [size_of(known(link.value) or 0) for link in flow.links]
    stages = [
        sum(_fuller(flow, node, sizes) for node in stage.nodes) for stage in flow.stages
    ]
    fullest = max(stages, default=0)
    if not fullest:
        return [0] * len(sizes)
    scale = Fraction(full) / fullest
    return [int(size * scale + Fraction(1, 2)) for size in sizes]


def _bands(flow: Flow, slots: Mapping[str, Slot], thick: Sequence[int]) -> list[Band]:
    """Return the bands, laid side by side at each node in the order of the others."""
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    for node, slot in slots.items():
        for side, tops in ((flow.outward(node), starts), (flow.inward(node), ends)):
            top = slot.middle - sum(thick[i] for i in side) // 2
            for i in side:
                tops[i] = top
                top += thick[i]
    return [
        Band(link, starts[i], ends[i], thick[i]) for i, link in enumerate(flow.links)
    ]
