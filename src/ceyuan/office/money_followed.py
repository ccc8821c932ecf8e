# SPDX-License-Identifier: Apache-2.0
"""Following money, as a route: accounts in columns, and what went from one to the next.

The steps are those of `ledger.follow`, and so are the amounts: the most that can have
gone a way. Where many went the same way the smallest share one place, and are counted;
what came back (a reversal) is a negative amount on the way that it took back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.ledger.reading import Step

MOST_COLUMNS = 5
MOST_PLACES = 8
REST = "…"
"""The place that the smallest share."""


@dataclass(frozen=True, slots=True)
class Way:
    """What went from one place to another; below 0: what came back."""

    source: str
    target: str
    most: int


@dataclass(frozen=True, slots=True)
class Route:
    """Where money went, to be drawn.

    Args:
        columns: Paths of accounts, column by column, the origin first. A place that
            begins with `…` stands for several accounts.
        ways: What went from place to place.
        shared: How many accounts each such place stands for.
        left_out: How many steps lie further away than the columns reach.
    """

    columns: tuple[tuple[str, ...], ...]
    ways: tuple[Way, ...]
    shared: dict[str, int]
    left_out: int


def route(steps: Sequence[Step], *, forward: bool) -> Route:
    """Return the route of steps, the origin of the money first.

    Args:
        steps: Steps of `ledger.follow`.
        forward: Whether they lead to where it went; else to where it came from.
    """
    edges = [_edge(step, forward=forward) for step in steps]
    back = _came_back(edges)
    depth = _depths(edges, back)
    near = {path: at for path, at in depth.items() if at < MOST_COLUMNS}
    totals: dict[str, int] = {}
    ways: dict[tuple[str, str], int] = {}
    left_out = 0
    for at, (step, (source, target)) in enumerate(zip(steps, edges, strict=True)):
        if source not in near or target not in near:
            left_out += 1
        elif at in back:
            pair = (target, source)
            ways[pair] = ways.get(pair, 0) - step.most
        else:
            pair = (source, target)
            ways[pair] = ways.get(pair, 0) + step.most
            totals[target] = totals.get(target, 0) + step.most
    columns, place, shared = _columns(near, totals)
    joined: dict[tuple[str, str], int] = {}
    for (source, target), most in ways.items():
        pair = (place[source], place[target])
        joined[pair] = joined.get(pair, 0) + most
    if forward:
        found = [Way(*pair, most) for pair, most in joined.items()]
        return Route(tuple(columns), tuple(found), shared, left_out)
    found = [Way(target, source, most) for (source, target), most in joined.items()]
    return Route(tuple(columns[::-1]), tuple(found), shared, left_out)


def _edge(step: Step, *, forward: bool) -> tuple[str, str]:
    """Return a step's accounts, the one nearer to the beginning first."""
    one = step.entry
    return (one.debit, one.credit) if forward else (one.credit, one.debit)


def _came_back(edges: Sequence[tuple[str, str]]) -> set[int]:
    """Return which edges lead back to where the money had been."""
    onward: dict[str, set[str]] = {}
    back: set[int] = set()
    for at, (source, target) in enumerate(edges):
        if _reaches(onward, target, source):
            back.add(at)
        else:
            onward.setdefault(source, set()).add(target)
    return back


def _reaches(onward: dict[str, set[str]], begin: str, end: str) -> bool:
    seen, waiting = {begin}, [begin]
    while waiting:
        at = waiting.pop()
        if at == end:
            return True
        fresh = onward.get(at, set()) - seen
        seen |= fresh
        waiting += fresh
    return False


def _depths(edges: Sequence[tuple[str, str]], back: set[int]) -> dict[str, int]:
    """Return in which column each account stands: after all that lead to it."""
    depth = {edges[0][0]: 0}
    moved = True
    while moved:
        moved = False
        for at, (source, target) in enumerate(edges):
            wanted = depth.get(source, 0) + 1
            if at not in back and depth.get(target, -1) < wanted:
                depth[target] = wanted
                moved = True
    return depth


def _columns(
    near: dict[str, int], totals: dict[str, int]
) -> tuple[list[tuple[str, ...]], dict[str, str], dict[str, int]]:
    columns: list[tuple[str, ...]] = []
    place: dict[str, str] = {}
    shared: dict[str, int] = {}
    for at in range(max(near.values()) + 1):
        paths = [path for path, column in near.items() if column == at]
        # A place of its own for those that most went to; sums tie by path.
        paths.sort(key=lambda path: (-totals.get(path, 0), path))
        kept, rest = paths, []
        if len(paths) > MOST_PLACES:
            kept, rest = paths[: MOST_PLACES - 1], paths[MOST_PLACES - 1 :]
        place |= {path: path for path in kept}
        if rest:
            name = f"{REST}{at}"
            place |= dict.fromkeys(rest, name)
            shared[name] = len(rest)
            kept = [*kept, name]
        columns.append(tuple(kept))
    return columns, place, shared
