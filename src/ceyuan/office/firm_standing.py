# SPDX-License-Identifier: Apache-2.0
"""How a firm stands with every policy, as a page takes it; made by `firm_told`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ceyuan.office.entitlements import Entitlement
    from ceyuan.office.firm_groups import PortalGroup
    from ceyuan.office.firm_words import Question, StepTold, Sum
    from ceyuan.policies import Decision

ALIVE = ("noticed", "payable", "sent", "paid", "failed")
"""States of an entitlement that has arrived or is on its way."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An entitlement of the firm, in words.

    Args:
        entitlement: It as it stands.
        word: Its state in a word.
        amount: How much.
    """

    entitlement: Entitlement
    word: str
    amount: Sum

    @property
    def is_alive(self) -> bool:
        """Return whether it has arrived or is on its way."""
        return self.entitlement.state in ALIVE


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a policy does not hold now: by this such policies are put together.

    Args:
        id: `people`, `money+titles` ... what the lightest step takes; `none` where no
            step was found.
        text: The same in words.
    """

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """How the firm stands with one policy.

    Args:
        policy: The policy.
        title: Its name.
        kind: `status`, `benefit` or `definition` (a label; nobody is due anything).
        in_force: Whether it is in force on the day of the run.
        group: Where it stands.
        word: The state in a word: of an entitlement its own, else the group's.
        amount: What it is worth in its group: what was promised or is due; in
            `confirm` after the confirmation; in `step` and `not_now` after the nearest
            step. None: nothing, or not known, which is not 0.
        at_most: The most that can come of it while data are missing; None: no bound
            is known, or nothing is missing.
        decision: What was decided; None: of another subject (a loan, an order).
        claims: The firm's entitlements of this policy, the latest first.
        missing: What is still missing; where it is to be confirmed, the declarations.
        failing: In `step` the condition that alone is in the way, in `not_now` all
            that are definitely not met; in words. Which of several matter tells
            `firm_why`.
        refused: What contradicts itself in the data, each with how it is mended.
        cause: Why not now; None in every other group.
        steps: The nearest steps, lightest first.
        choice: The applicant's choice that this is the answer for; empty for none.
    """

    policy: str
    title: str
    kind: str
    in_force: bool
    group: PortalGroup
    word: str
    amount: Sum | None = None
    at_most: Sum | None = None
    decision: Decision | None = None
    claims: tuple[Claim, ...] = ()
    missing: tuple[Question, ...] = ()
    failing: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    cause: Cause | None = None
    steps: tuple[StepTold, ...] = ()
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The policies of one group.

    Args:
        group: The group.
        items: Its policies, in the order of the run.
        sums: Their money, one sum for each basis; never added together.
        causes: In `not_now`: the same policies by cause, the most frequent first.
    """

    group: PortalGroup
    items: tuple[Item, ...]
    sums: tuple[Sum, ...]
    causes: tuple[tuple[Cause, tuple[Item, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a firm stands with every policy.

    Args:
        items: One for each policy, in the order of the run; then those of other
            subjects of which the firm has an entitlement.
        sections: All groups, in the order of a page; empty ones too.
        known: How many facts have a value.
        asked: What is missing for any policy at all, each once.
        locale: The language of the words.
    """

    items: tuple[Item, ...]
    sections: tuple[Section, ...]
    known: int
    asked: tuple[Question, ...]
    locale: str

    def section(self, group: PortalGroup | str) -> Section:
        """Return the section of a group, or of its id."""
        name = group if isinstance(group, str) else group.id
        return next(one for one in self.sections if one.group.id == name)

    def item(self, policy: str) -> Item | None:
        """Return how the firm stands with a policy; None where it was not asked."""
        return next((one for one in self.items if one.policy == policy), None)
