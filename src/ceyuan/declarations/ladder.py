# SPDX-License-Identifier: Apache-2.0
"""The ladder: the titles that a firm climbs, lowest first.

A tier is held or not on a day by the firm's facts, and reached by one of its
policies. Where no fact tells whether it is held, the tier says so and why, and the
answer is unknown: a ladder that guessed would count firms that are not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import model_validator

from ceyuan.declarations.parts import Part, Text
from ceyuan.language import parse

if TYPE_CHECKING:
    from ceyuan.language import Node


class Tier(Part):
    """One tier.

    Args:
        zh: Chinese name.
        en: English name.
        held: Expression over a firm's facts that says it holds the tier on the
            day; None when no fact can tell.
        reason: Why no fact can tell.
        policies: Policies that lead to it; those in force on the day count.
    """

    zh: str
    en: str
    held: str | None = None
    reason: Text | None = None
    policies: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _told(self) -> Tier:
        if (self.held is None) == (self.reason is None):
            msg = "a tier says how it is held, or the reason why nobody can tell"
            raise ValueError(msg)
        return self

    @property
    def condition(self) -> Node | None:
        """Return the expression as a tree; None when no fact can tell."""
        return None if self.held is None else parse(self.held)


class LadderFile(Part):
    """`ladder.yaml`: the tiers in order, lowest first."""

    tiers: dict[str, Tier]
