# SPDX-License-Identifier: Apache-2.0
"""What a simulated reform answers: who gains, who loses, what it costs, how surely.

Every figure is exact: counts, and whole fen. What is not known is not guessed; it
widens the interval of the cost, and where nothing bounds an amount from above the
interval has no upper end, and the number of subjects to whom that is due is said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ceyuan.kernel import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ceyuan.language.ranges import Truth3
    from ceyuan.policies.decide import Outcome

Change = Literal["changed", "added", "repealed"]
SCHEMA = "ceyuan.simulate/1"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a policy gives to some subjects, in fen.

    Args:
        definite: Sum of the amounts of those who are eligible.
        referred: Sum of the amounts found for those whose outcome is `refer`,
            because only a part of the policy is encoded.
        least: The sum is at least this, whatever the missing facts are.
        most: It is at most this; None: nothing bounds it.
        unbounded: Subjects whose amount nothing bounds from above.
        floored: Subjects whose amount nothing bounds from below; 0 is taken.
    """

    definite: int = 0
    referred: int = 0
    least: int = 0
    most: int | None = 0
    unbounded: int = 0
    floored: int = 0

    def __add__(self, other: Cost) -> Cost:
        open_ = self.most is None or other.most is None
        return Cost(
            self.definite + other.definite,
            self.referred + other.referred,
            self.least + other.least,
            None if open_ else (self.most or 0) + (other.most or 0),
            self.unbounded + other.unbounded,
            self.floored + other.floored,
        )


@dataclass(frozen=True, slots=True)
class Turns:
    """How many subjects are better or worse off.

    Args:
        gained: Eligible under the reform, not before.
        more: Eligible both times, with a larger amount.
        lost: Eligible before, not under the reform.
        less: Eligible both times, with a smaller amount.
    """

    gained: int = 0
    more: int = 0
    lost: int = 0
    less: int = 0

    @property
    def gain(self) -> int:
        """Return how many are better off."""
        return self.gained + self.more

    @property
    def lose(self) -> int:
        """Return how many are worse off."""
        return self.lost + self.less

    def __add__(self, other: Turns) -> Turns:
        return Turns(
            self.gained + other.gained,
            self.more + other.more,
            self.lost + other.lost,
            self.less + other.less,
        )


@dataclass(frozen=True, slots=True)
class Share:
    """What falls to one group.

    Args:
        subjects: Who belongs to it.
        turns: Who of them gains and loses.
        before: Cost as it is; None: the policy gives no amount, before or after.
        after: Cost under the reform.
    """

    subjects: int
    turns: Turns
    before: Cost | None
    after: Cost | None


@dataclass(frozen=True, slots=True)
class Named:
    """One subject that gains or loses.

    Args:
        id: What it is called by: the caller's id, or the number of its row.
        before: Its outcome as it is; None: refused by a check.
        after: Its outcome under the reform.
        amounts: Its amounts before and after, in fen; None: none due.
        turned: Clauses whose answer is another, with the answers before and after;
            None: the clause is not asked.
    """

    id: object
    before: Outcome | None
    after: Outcome | None
    amounts: tuple[int | None, int | None]
    turned: Mapping[str, tuple[Truth3 | None, Truth3 | None]]


@dataclass(frozen=True, slots=True)
class PolicyEffect:
    """What a reform does to one policy.

    Args:
        policy: Its id.
        change: Whether it is changed, added or repealed.
        transitions: Subjects by outcome before and after (None: refused by a check).
        turns: Who gains and loses.
        before: Cost as it is; None: the policy gives no amount, before or after.
        after: Cost under the reform.
        groups: By grouping, the share of each group; the key None: not known.
        gainers: Some who gain, those with the largest difference first.
        losers: Some who lose, likewise.
    """

    policy: str
    change: Change
    transitions: Mapping[tuple[Outcome | None, Outcome | None], int]
    turns: Turns
    before: Cost | None
    after: Cost | None
    groups: Mapping[str, Mapping[object, Share]] = field(default_factory=dict)
    gainers: tuple[Named, ...] = ()
    losers: tuple[Named, ...] = ()

    def outcomes(self, *, after: bool) -> dict[Outcome | None, int]:
        """Return how many subjects have each outcome, before or after."""
        found: dict[Outcome | None, int] = {}
        for pair, count in self.transitions.items():
            found[pair[after]] = found.get(pair[after], 0) + count
        return found


@dataclass(frozen=True, slots=True)
class Difference:
    """One column of one subject that is not as it should be."""

    id: object
    column: str
    expected: object
    found: object


@dataclass(frozen=True, slots=True)
class Checks:
    """What was checked before and while it was simulated.

    Args:
        rows: Subjects on whom a reform without changes changed nothing.
        policies: Policies of which that was so.
        stored_rows: Subjects compared with a stored run; None: there was none.
        differing: Subjects and policies on which the stored run says otherwise.
        differences: The first of these.
        not_stored: Policies that the stored run does not have.
    """

    rows: int = 0
    policies: int = 0
    stored_rows: int | None = None
    differing: int = 0
    differences: tuple[Difference, ...] = ()
    not_stored: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Return whether nothing differs from the stored run."""
        return not self.differing


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a reform does, over all subjects of a kind.

    Args:
        as_of: Day of the decisions.
        base_year: Fiscal year that yearly facts mean.
        subject: Whose facts were read.
        subjects: How many there are.
        policies: The effects, by policy.
        elsewhere: Touched policies that decide on subjects of another kind.
        checks: What was checked.
    """

    as_of: date
    base_year: int
    subject: str
    subjects: int
    policies: Mapping[str, PolicyEffect]
    elsewhere: tuple[str, ...] = ()
    checks: Checks = field(default_factory=Checks)


def simulated_json(simulated: Simulated) -> dict[str, object]:
    """Return a simulation as plain data; amounts are whole fen, texts are codes."""
    checks = simulated.checks
    return {
        "schema": SCHEMA,
        "as_of": simulated.as_of.isoformat(),
        "base_year": simulated.base_year,
        "subject": simulated.subject,
        "subjects": simulated.subjects,
        "elsewhere": list(simulated.elsewhere),
        "checks": {
            "empty_reform": {
                "equal": True,  # otherwise there is no simulation
                "rows": checks.rows,
                "policies": checks.policies,
            },
            "stored_run": None
            if checks.stored_rows is None
            else {
                "equal": checks.sound,
                "rows": checks.stored_rows,
                "differing": checks.differing,
                "differences": [
                    {
                        "id": _plain(one.id),
                        "column": one.column,
                        "stored": _plain(one.expected),
                        "computed": _plain(one.found),
                    }
                    for one in checks.differences
                ],
                "not_stored": list(checks.not_stored),
            },
        },
        "policies": {name: _effect(one) for name, one in simulated.policies.items()},
    }


def _effect(one: PolicyEffect) -> dict[str, object]:
    return {
        "change": one.change,
        "transitions": [
            {"before": _outcome(before), "after": _outcome(after), "subjects": count}
            for (before, after), count in one.transitions.items()
        ],
        "before": _side(one, after=False),
        "after": _side(one, after=True),
        **_turns(one.turns),
        "groups": {
            name: [
                {
                    "value": _plain(value),
                    "unknown": value is None,
                    "subjects": share.subjects,
                    **_turns(share.turns),
                    "before": _cost(share.before),
                    "after": _cost(share.after),
                }
                for value, share in shares.items()
            ]
            for name, shares in one.groups.items()
        },
        "gainers": [_named(firm) for firm in one.gainers],
        "losers": [_named(firm) for firm in one.losers],
    }


def _side(one: PolicyEffect, *, after: bool) -> dict[str, object]:
    counts = one.outcomes(after=after)
    return {
        "outcomes": {_outcome(o): n for o, n in counts.items()},
        "cost": _cost(one.after if after else one.before),
    }


def _turns(turns: Turns) -> dict[str, object]:
    return {
        "gain": turns.gain,
        "lose": turns.lose,
        "gained": turns.gained,
        "more": turns.more,
        "lost": turns.lost,
        "less": turns.less,
    }


def _cost(cost: Cost | None) -> dict[str, object] | None:
    if cost is None:
        return None
    return {
        "definite": cost.definite,
        "referred": cost.referred,
        "least": cost.least,
        "most": cost.most,
        "unbounded": cost.unbounded,
        "floored": cost.floored,
    }


def _named(one: Named) -> dict[str, object]:
    return {
        "id": _plain(one.id),
        "before": _outcome(one.before),
        "after": _outcome(one.after),
        "amount_before": one.amounts[0],
        "amount_after": one.amounts[1],
        "turned": {
            clause: {"before": _answer(before), "after": _answer(after)}
            for clause, (before, after) in one.turned.items()
        },
    }


def _outcome(outcome: Outcome | None) -> str:
    return "refused" if outcome is None else outcome.value


def _answer(answer: Truth3 | None) -> str:
    if answer is None:
        return "not_asked"
    if answer is UNKNOWN:
        return "unknown"
    return "met" if answer else "not_met"


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, (int, str)) else str(value)
