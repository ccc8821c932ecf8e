# SPDX-License-Identifier: Apache-2.0
"""What may come of a receipt: four answers, the steps that led there, what it says.

*Verified*: every step holds, and the run or the seal it cites is the one in our
catalogue. *Altered*: a step does not hold: something was changed. *Unknown*: it agrees
with itself, but this office has no such run or seal, so that it proves nothing here.
*Partly*: nothing is wrong, and something could not be looked at any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.office.verifying import Check

Verdict = Literal["verified", "altered", "unknown", "partly"]


@dataclass(frozen=True, slots=True)
class PolicyAnswer:
    """What a receipt says of one policy.

    Args:
        id: The policy.
        zh: Its name; the id where we do not know it.
        en: Its name in English.
        outcome: An outcome, or `refused`.
        met: How many of its clauses are met.
        open_: How many are open.
        not_met: How many are not met.
        amount: In the smallest unit; None: nothing.
        clauses: Each clause by its names, with its answer.
    """

    id: str
    zh: str
    en: str
    outcome: str
    met: int
    open_: int
    not_met: int
    amount: int | None
    clauses: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a receipt.

    Args:
        kind: `run` (of a decision), `book` (of a transfer), `other`.
        verdict: What it is.
        checks: Every step, in order.
        facts: What it says of itself, by name; nothing where it cannot be read.
        policies: What it says of policies.
        synthetic: It says that the data are invented.
    """

    kind: Literal["run", "book", "other"]
    verdict: Verdict
    checks: tuple[Check, ...]
    facts: Mapping[str, Any]
    policies: tuple[PolicyAnswer, ...] = ()
    synthetic: bool = False


def verdict_of(checks: tuple[Check, ...]) -> Verdict:
    """Return the answer that steps lead to."""
    states = {check.name: check.state for check in checks}
    if "failed" in states.values():
        return "altered"
    if states.get("office") != "ok":
        return "unknown"
    return "verified" if set(states.values()) == {"ok"} else "partly"
