# SPDX-License-Identifier: Apache-2.0
"""Chance that is the same everywhere.

Every draw is a hash of the seed and of *what is drawn*, so adding a fact to the
model moves no other fact, and no library's generator can change the result:

    Draw(20251121, "firm", 7).below(100, "growth")

No binary float is used: a shape is a table of quantiles, read between its points in
whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

# (share of all cases in 1/10000, value), both rising.
Quantiles = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """Draws of one subject, told apart by their labels."""

    seed: int
    subject: tuple[str | int, ...] = ()

    def of(self, *subject: str | int) -> Draw:
        """Return the draws of a part of this subject."""
        return Draw(self.seed, (*self.subject, *subject))

    def below(self, bound: int, *label: str | int) -> int:
        """Return a whole number from 0 to `bound - 1`."""
        text = repr((self.seed, self.subject, label)).encode()
        return int.from_bytes(blake2b(text, digest_size=16).digest()) % bound

    def between(self, least: int, most: int, *label: str | int) -> int:
        """Return a whole number from `least` to `most`, both included."""
        return least + self.below(most - least + 1, *label)

    def chance(self, percent: int, *label: str | int) -> bool:
        """Return True in `percent` of 100 cases."""
        return self.below(100, *label) < percent

    def pick(self, options: Sequence[T], *label: str | int) -> T:
        """Return one of the options."""
        return options[self.below(len(options), *label)]

    def shaped(self, quantiles: Quantiles, *label: str | int) -> int:
        """Return a number of the given shape, straight between the points."""
        at = self.below(10_000, *label)
        for (left, low), (right, high) in pairwise(quantiles):
            if at <= right:
                return low + (high - low) * (at - left) // (right - left)
        return quantiles[-1][1]

    def shuffled(self, options: Sequence[T], *label: str | int) -> list[T]:
        """Return the options in another order."""
        order = sorted(range(len(options)), key=lambda i: self.below(2**60, *label, i))
        return [options[i] for i in order]
