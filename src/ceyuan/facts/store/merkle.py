# SPDX-License-Identifier: Apache-2.0
"""A tree of hashes: one root for a million records, a short proof for one of them.

Sixteen children per node: a sixteenth of the hashing of a binary tree, and a proof
of some two kilobytes for a million records. A leaf and an inner node are hashed with
different first bytes, so that neither can be passed off as the other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 16
SIZE = 32
_INNER = b"\x01"
EMPTY = hashlib.sha256(b"\x02").digest()
"""The root of no leaves."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That a leaf is under a root.

    Args:
        levels: From the leaf up: the place among its siblings, and all siblings
            (the leaf's own included) as one text of bytes.
    """

    levels: tuple[tuple[int, bytes], ...]

    def root(self, leaf: bytes) -> bytes | None:
        """Return the root that the proof leads to; None where it does not hold."""
        current = leaf
        for place, siblings in self.levels:
            if siblings[place * SIZE : (place + 1) * SIZE] != current:
                return None
            current = _node(siblings)
        return current


def _node(children: bytes) -> bytes:
    return hashlib.sha256(_INNER + children).digest()


def _up(level: bytes) -> bytes:
    step = WIDTH * SIZE
    return b"".join(_node(level[at : at + step]) for at in range(0, len(level), step))


def root(leaves: Sequence[bytes] | bytes) -> bytes:
    """Return the root over leaves of 32 bytes each, in their order."""
    level = leaves if isinstance(leaves, bytes) else b"".join(leaves)
    if not level:
        return EMPTY
    level = _up(level)
    while len(level) > SIZE:
        level = _up(level)
    return level


def proof(leaves: Sequence[bytes] | bytes, index: int) -> Proof:
    """Return the proof of one leaf."""
    return proofs(leaves, [index])[0]


def proofs(leaves: Sequence[bytes] | bytes, indexes: Sequence[int]) -> list[Proof]:
    """Return the proofs of several leaves, climbing the tree once."""
    level = leaves if isinstance(leaves, bytes) else b"".join(leaves)
    step = WIDTH * SIZE
    found: list[list[tuple[int, bytes]]] = [[] for _ in indexes]
    places = list(indexes)
    first_level = True
    while first_level or len(level) > SIZE:
        first_level = False
        for levels, at in zip(found, places, strict=True):
            first = at // WIDTH * step
            levels.append((at % WIDTH, level[first : first + step]))
        level, places = _up(level), [at // WIDTH for at in places]
    return [Proof(tuple(levels)) for levels in found]
