# SPDX-License-Identifier: Apache-2.0
"""Chance for many firms at once, the same on every machine.

A draw is a counter put through a fixed mixing of 64-bit integers (splitmix64): its
counter is the firm's number, its start a hash of the seed and of *what is drawn*. So
a firm's draws depend on the seed and on its own number alone: not on how many firms
there are, not on the chunk it stands in, not on what else was drawn before.

No binary float is used on the way to a value: a shape is a table of quantiles, read
between its points in whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Bits: TypeAlias = npt.NDArray[np.bool_]
Shape: TypeAlias = tuple[tuple[int, int], ...]
"""Pairs of (share of all cases in 1/1,000,000, value), both rising."""

_STRIDE = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_HALF = np.uint64(32)
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Lots:
    """Draws for many subjects, told apart by their labels.

    Args:
        seed: Another seed, another town.
        numbers: The subjects' numbers, from 0.
        label: What the draws are about.
    """

    seed: int
    numbers: Ints
    label: str = ""

    def of(self, label: str | int) -> Lots:
        """Return the draws of a part of these subjects' affairs."""
        return Lots(self.seed, self.numbers, f"{self.label}/{label}")

    def only(self, some: Bits) -> Lots:
        """Return the same draws for some of the subjects."""
        return Lots(self.seed, self.numbers[some], self.label)

    def bits(self, label: str | int) -> npt.NDArray[np.uint64]:
        """Return 64 bits per subject."""
        name = f"{self.seed}{self.label}/{label}".encode()
        start = int.from_bytes(blake2b(name, digest_size=8).digest())
        steps = (self.numbers + 1).astype(np.uint64) * _STRIDE
        return mixed(steps + np.uint64(start))

    def below(self, bound: int | Ints, label: str | int) -> Ints:
        """Return whole numbers from 0 to `bound - 1`; a bound is below 2^31."""
        most = np.asarray(bound, dtype=np.int64).astype(np.uint64)
        high = self.bits(label) >> _HALF
        return ((high * most) >> _HALF).astype(np.int64)

    def between(self, least: int | Ints, most: int | Ints, label: str | int) -> Ints:
        """Return whole numbers from `least` to `most`, both included."""
        return least + self.below(most - least + 1, label)

    def chance(self, share: int | Ints, label: str | int) -> Bits:
        """Return True in `share` of 10,000 cases."""
        return self.below(10_000, label) < share

    def shaped(self, shape: Shape, label: str | int) -> Ints:
        """Return numbers of a shape, straight between its points."""
        return read(shape, self.below(MILLION, label))

    def weighed(self, weights: tuple[int, ...], label: str | int) -> Ints:
        """Return places in a list, each as often as its weight says."""
        ends = np.cumsum(np.asarray(weights, dtype=np.int64))
        at = self.below(int(ends[-1]), label)
        return np.asarray(np.searchsorted(ends, at, side="right"), dtype=np.int64)


def mixed(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return the output of splitmix64 for states that have been stepped."""
    z = (state ^ (state >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return z ^ (z >> np.uint64(31))


def read(shape: Shape, at: Ints) -> Ints:
    """Return the values of a shape at places in 1/1,000,000."""
    places = np.array([p for p, _ in shape], dtype=np.int64)
    values = np.array([v for _, v in shape], dtype=np.int64)
    right = np.clip(np.searchsorted(places, at, side="right"), 1, len(shape) - 1)
    low, high = values[right - 1], values[right]
    left, wide = places[right - 1], places[right] - places[right - 1]
    found: Ints = low + (high - low) * (at - left) // wide
    return found
