# SPDX-License-Identifier: Apache-2.0
"""The ladder of a year: in Python, as JSON, and as rows of tables.

States beside the tiers: `none` (no tier held), `unknown` (none known to be held, of
some it is not known), `hnte+` (at least `hnte`: of a higher one it is not known),
`not_yet` (founded later), `gone` (nothing is held of the firm any more).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from ceyuan.declarations import Region
    from ceyuan.declarations.ladder import Tier

SCHEMA = "ceyuan.ladder/1"
NONE, UNSURE, NOT_YET, GONE = "none", "unknown", "not_yet", "gone"
AWAY = (NOT_YET, GONE)
STATES: dict[str, tuple[str, str]] = {
    NONE: ("无层级", "no tier"),
    UNSURE: ("不知道", "not known"),
    NOT_YET: ("尚未成立", "not founded yet"),
    GONE: ("已不在", "gone"),
}
"""Chinese and English of the states that are no tier."""


@dataclass(frozen=True, slots=True)
class Held:
    """How many firms hold a tier on a day.

    Args:
        tier: The tier.
        yes: Firms that hold it.
        no: Firms that do not.
        unknown: Firms of which it is not known.
    """

    tier: str
    yes: int
    no: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Near:
    """A firm that is one clause away from a tier.

    Args:
        org: The firm.
        code: Its credit code, where it is known.
        name: Its name, where it is known.
        clause: The clause.
        variant: The choice for which it is the only one, where there is a choice.
        held: False where the firm is known not to hold the tier; None: not known.
    """

    org: int
    code: str
    name: str
    clause: str
    variant: str
    held: bool | None


@dataclass(slots=True)
class Way:
    """One policy that leads to a tier, for the firms not known to hold it.

    Args:
        tier: The tier.
        policy: The policy.
        firms: Firms not known to hold the tier.
        outcomes: How many of them have which outcome.
        failing: Per clause, firms of the failing ones that fail in it.
        one_away: Per clause, firms for whom it is the only one.
        tried: Firms tried one by one; None: known for all from their clauses.
        untried: Failing firms that were not tried.
        missing: Firms that fail in nothing and of which only data are missing.
        open: Per clause, firms of these for whom it stays open.
        facts: Per fact, firms of `asked` that lack it.
        asked: Firms of `missing` of which it was found what they lack.
        near: Some of the firms that are one clause away.
        candidates: Firms to be looked at: organisation, clause, whether held.
        lacking: Firms of `missing` to be asked what they lack.
    """

    tier: str
    policy: str
    firms: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    failing: Counter[str] = field(default_factory=Counter)
    one_away: Counter[str] = field(default_factory=Counter)
    tried: int | None = None
    untried: int = 0
    missing: int = 0
    open: Counter[str] = field(default_factory=Counter)
    facts: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    near: list[Near] = field(default_factory=list)
    candidates: list[tuple[int, str, bool | None]] = field(default_factory=list)
    lacking: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Climbed:
    """The ladder of a year.

    Args:
        year: The year.
        as_of: Its end, or today while it runs.
        as_of_before: The end of the year before.
        running: The year is not over.
        known_at: As known at.
        run: The stored run whose snapshot was read; empty for none.
        tiers: What the tiers are, lowest first.
        held: Firms per tier.
        held_before: The same a year before.
        transitions: Firms from state to state.
        ways: The policies that lead to each tier.
        dormant: Policies of each tier that are not in force on the day.
        region: Names of policies and clauses.
        synthetic: The facts are invented.
    """

    year: int
    as_of: date
    as_of_before: date
    running: bool
    known_at: datetime
    run: str
    tiers: Mapping[str, Tier]
    region: Region = field(repr=False)
    synthetic: bool
    held: list[Held] = field(default_factory=list)
    held_before: list[Held] = field(default_factory=list)
    transitions: Counter[tuple[str, str]] = field(default_factory=Counter)
    ways: list[Way] = field(default_factory=list)
    dormant: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def firms(self) -> int:
        """Return how many firms there are at the end of the year."""
        return sum(n for (_, to), n in self.transitions.items() if to not in AWAY)

    @property
    def states(self) -> list[str]:
        """Return the states that some firm has, in the order of the ladder."""
        order = [NONE, UNSURE]
        for tier in self.tiers:
            order += [tier, f"{tier}+"]
        order += [NOT_YET, GONE]
        used = {state for pair in self.transitions for state in pair}
        return [state for state in order if state in used]


def climbed_json(made: Climbed) -> dict[str, Any]:
    """Return the ladder as JSON has it."""
    before = {one.tier: one for one in made.held_before}
    return {
        "schema": SCHEMA,
        "synthetic": made.synthetic,
        "year": made.year,
        "as_of": made.as_of.isoformat(),
        "as_of_before": made.as_of_before.isoformat(),
        "running": made.running,
        "known_at": made.known_at.isoformat(),
        "run": made.run or None,
        "firms": made.firms,
        "tiers": [
            {
                "tier": one.tier,
                "zh": made.tiers[one.tier].zh,
                "en": made.tiers[one.tier].en,
                "yes": one.yes,
                "no": one.no,
                "unknown": one.unknown,
                "before": {
                    "yes": before[one.tier].yes,
                    "no": before[one.tier].no,
                    "unknown": before[one.tier].unknown,
                },
                "reason": _reason(made.tiers[one.tier]),
                "policies": [w.policy for w in made.ways if w.tier == one.tier],
                "not_in_force": list(made.dormant.get(one.tier, ())),
            }
            for one in made.held
        ],
        "transitions": [
            {"from": a, "to": b, "firms": made.transitions[a, b]}
            for a in made.states
            for b in made.states
            if made.transitions[a, b]
        ],
        "ways": [_way(made, one) for one in made.ways],
    }


def _reason(tier: Tier) -> dict[str, str] | None:
    return None if tier.reason is None else {"zh": tier.reason.zh, "en": tier.reason.en}


def _way(made: Climbed, one: Way) -> dict[str, Any]:
    return {
        "tier": one.tier,
        "policy": one.policy,
        "firms": one.firms,
        "outcomes": dict(sorted(one.outcomes.items())),
        "failing": ranked(one.failing),
        "one_away": {
            "firms": sum(one.one_away.values()),
            "clauses": ranked(one.one_away),
            "tried_one_by_one": one.tried,
            "not_tried": one.untried,
            "named": [
                {
                    "org": n.org,
                    "code": n.code,
                    "name": n.name,
                    "clause": n.clause,
                    "zh": clause_text(made, one.policy, n.clause),
                    "variant": n.variant or None,
                    "held": n.held,
                }
                for n in one.near
            ],
        },
        "data_missing": {
            "firms": one.missing,
            "open_clauses": ranked(one.open),
            "facts": ranked(one.facts),
            "facts_of": one.asked,
        },
    }


def ranked(counts: Counter[str]) -> dict[str, int]:
    """Return counts, the greatest first, equal ones by name."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def clause_text(made: Climbed, policy: str, clause: str, locale: str = "zh") -> str:
    """Return what a clause asks."""
    said = made.region.rule(policy).said.clauses[clause]
    return said.zh if locale == "zh" else said.en


def state_text(made: Climbed, state: str, locale: str = "zh") -> str:
    """Return a state in words: `至少 高新技术企业`."""
    zh = locale == "zh"
    if state in STATES:
        return STATES[state][not zh]
    said = made.tiers[state.removesuffix("+")]
    tier, least = (said.zh, "至少") if zh else (said.en, "at least")
    return f"{least} {tier}" if state.endswith("+") else tier


def tier_rows(
    made: Climbed, locale: str = "zh"
) -> list[tuple[str, int, int, int, int]]:
    """Return per tier: name, firms that hold it, a year before, no, not known."""
    before = {one.tier: one.yes for one in made.held_before}
    return [
        (
            state_text(made, one.tier, locale),
            one.yes,
            before[one.tier],
            one.no,
            one.unknown,
        )
        for one in made.held
    ]


def transition_rows(
    made: Climbed, locale: str = "zh"
) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """Return the heads of the columns (to), and per row (from) its name and counts."""
    froms = [s for s in made.states if any(a == s for a, _ in made.transitions)]
    tos = [s for s in made.states if any(b == s for _, b in made.transitions)]
    return [state_text(made, s, locale) for s in tos], [
        (state_text(made, a, locale), [made.transitions[a, b] for b in tos])
        for a in froms
    ]


def way_rows(
    made: Climbed, locale: str = "zh"
) -> list[tuple[str, str, int, str, int, str]]:
    """Return per way: tier, policy, one clause away, which, data missing, which fact.

    The clause and the fact are those of the most firms; empty where there is none.
    """
    zh = locale == "zh"
    rows = []
    for one in made.ways:
        clause = next(iter(ranked(one.one_away)), "")
        fact = next(iter(ranked(one.facts)), "")
        known = made.region.facts.get(fact)
        policy = made.region.rule(one.policy).said
        rows.append(
            (
                state_text(made, one.tier, locale),
                policy.zh if zh else policy.en,
                sum(one.one_away.values()),
                clause and clause_text(made, one.policy, clause, locale),
                one.missing,
                fact if known is None else known.zh if zh else known.en,
            )
        )
    return rows
