# SPDX-License-Identifier: Apache-2.0
"""The nearest step: the smallest changes that turn an outcome.

Every step shown has been decided again on the changed subject, so it does turn
it. What remains is a Pareto set: people, money and titles are not one scale, so a
step is left out only when another asks less on some scale and more on none.
Where the applicant has a choice, each choice is a way of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.language import FactKey, Fixed, Interpreter, Known
from ceyuan.policies.decide import Decision, Outcome, decide
from ceyuan.policies.edges import facts_read
from ceyuan.policies.search import Search, clause_answers, fails_without

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from ceyuan.declarations import Fact, Rule
    from ceyuan.language import Setting
    from ceyuan.policies.line import Changes


@dataclass(frozen=True, slots=True)
class Shift:
    """One fact changed.

    Args:
        fact: The fact.
        year: Its fiscal year.
        before: Its value now, in the base of its unit; None when not known.
        after: The value that turns the outcome.
        effort: Steps of the fact's declared size times their weight.
        scale: money, people, titles, time, acts.
    """

    fact: str
    year: int | None
    before: Known | None
    after: Known
    effort: Fraction
    scale: str


@dataclass(frozen=True, slots=True)
class Move:
    """A smallest set of changes that turns one policy.

    Args:
        policy: The policy turned.
        shifts: The changes.
        outcome: The outcome after them; `unknown` when the failure is gone and
            facts are still missing.
        amount: Amount then due, in fen.
        missing: What then still has to be supplied.
        turns: Other policies that the same changes make eligible.
        variant: The applicant's choice for which the outcome is so, where the
            policy leaves a choice and none was made.
    """

    policy: str
    shifts: tuple[Shift, ...]
    outcome: Outcome
    amount: int | None = None
    missing: frozenset[FactKey] = frozenset()
    turns: tuple[str, ...] = ()
    variant: str = ""

    @property
    def effort(self) -> dict[str, Fraction]:
        """Return the effort per scale."""
        total: dict[str, Fraction] = {}
        for shift in self.shifts:
            total[shift.scale] = total.get(shift.scale, Fraction(0)) + shift.effort
        return total

    @property
    def weight(self) -> Fraction:
        """Return the sum of efforts: the order in which steps are shown."""
        return sum((s.effort for s in self.shifts), Fraction(0))


@dataclass(frozen=True, slots=True)
class OneStep:
    """The only clause between a subject and a policy.

    Args:
        clause: The clause that fails.
        variant: The applicant's choice for which it is the only one, where the
            policy leaves a choice and none was made.
    """

    clause: str
    variant: str = ""


def nearest(
    rule: Rule,
    facts: Fixed,
    dictionary: Mapping[str, Fact],
    *,
    as_of: date,
    base_year: int | None = None,
    settings: Mapping[str, Setting] | None = None,
    others: Sequence[Rule] = (),
    elsewhere: Mapping[str, Mapping[str, Setting]] | None = None,
    limit: int = 5,
) -> tuple[Move, ...]:
    """Return the smallest changes after which a policy no longer fails.

    Args:
        rule: The policy; a subject that does not fail has no step to take.
        facts: What is known of the subject.
        dictionary: Which facts can be changed, and how hard that is.
        as_of: Day of the decision.
        base_year: Fiscal year that yearly facts mean.
        settings: Parameters set by the office.
        others: Policies for which side gains are told.
        elsewhere: Parameters set by the office for those, by policy.
        limit: At most so many moves, the lightest first.
    """
    now = decide(rule, facts, as_of=as_of, base_year=base_year, settings=settings)
    if now.outcome is not Outcome.INELIGIBLE:
        return ()
    context = rule.context(as_of, base_year=base_year, settings=settings)
    ways: list[_Way] = []
    for chosen in _choices(rule, facts, now).values():
        search = Search(rule, chosen, dictionary, context)
        for changes in search.ways():
            if all(changes != way.changes for way in ways):
                ways.append(_Way(changes, search))
    lightest = sorted(
        (a for a in ways if not any(b.is_lighter(a) for b in ways)),
        key=lambda way: search.weight(way.changes),
    )
    gains = _Gains(others, rule.id, facts, (as_of, base_year), elsewhere or {})
    moves = []
    for way in lightest[:limit]:
        changed = facts.with_values(way.changes)
        after = decide(
            rule, changed, as_of=as_of, base_year=base_year, settings=settings
        )
        assert after.outcome is not None
        moves.append(
            Move(
                rule.id,
                tuple(way.shifts()),
                after.outcome,
                after.amount,
                after.missing,
                gains.of(way.changes),
                after.variant,
            )
        )
    return tuple(moves)


def _choices(rule: Rule, facts: Fixed, now: Decision) -> dict[str, Fixed]:
    """Return the subject under each choice that fails, in the policy's order."""
    if not now.variants:
        return {"": facts}
    assert rule.said.variants is not None
    key = (rule.said.variants.fact, None)
    return {
        code: facts.with_values({key: code})
        for code, one in now.variants.items()
        if one.outcome is Outcome.INELIGIBLE
    }


class _Way:
    """Changes that turn the policy, with what they ask on each scale."""

    def __init__(self, changes: Changes, search: Search) -> None:
        self.changes = changes
        self.search = search
        self.efforts = search.efforts(changes)

    def is_lighter(self, other: _Way) -> bool:
        """Return whether this asks less on some scale and more on none."""
        zero = Fraction(0)
        pairs = [
            (self.efforts.get(scale, zero), other.efforts.get(scale, zero))
            for scale in {*self.efforts, *other.efforts}
        ]
        return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)

    def shifts(self) -> list[Shift]:
        """Return the changes with their efforts."""
        found = []
        for key, after in self.changes.items():
            change = self.search.dictionary[key[0]].change
            assert change is not None
            before = self.search.now(key)
            effort = self.search.effort(key, after)
            found.append(Shift(*key, before, after, effort, change.scale))
        return found


class _Gains:
    """Which other policies some changes make eligible; each asked once before."""

    def __init__(
        self,
        others: Sequence[Rule],
        own: str,
        facts: Fixed,
        when: tuple[date, int | None],
        settings: Mapping[str, Mapping[str, Setting]],
    ) -> None:
        self.others = [other for other in others if other.id != own]
        self.facts = facts
        self.when = when
        self.settings = settings
        self.before: dict[str, Outcome | None] = {}

    def of(self, changes: Changes) -> tuple[str, ...]:
        """Return the policies gained by some changes."""
        changed = self.facts.with_values(changes)
        touched = {name for name, _ in changes}
        gained = []
        for other in self.others:
            if touched.isdisjoint(facts_read(other)):
                continue
            if other.id not in self.before:
                self.before[other.id] = self._outcome(other, self.facts)
            if self.before[other.id] is Outcome.ELIGIBLE:
                continue
            if self._outcome(other, changed) is Outcome.ELIGIBLE:
                gained.append(other.id)
        return tuple(gained)

    def _outcome(self, rule: Rule, facts: Fixed) -> Outcome | None:
        as_of, base_year = self.when
        settings = self.settings.get(rule.id)
        return decide(
            rule, facts, as_of=as_of, base_year=base_year, settings=settings
        ).outcome


def one_step(
    rule: Rule,
    facts: Fixed,
    decision: Decision,
    as_of: date,
    *,
    base_year: int | None = None,
    settings: Mapping[str, Setting] | None = None,
) -> OneStep | None:
    """Return the clause that alone makes a policy fail; None when there is none.

    One step away means exactly one failing clause: were it met, the policy would
    no longer fail. A clause that fails without mattering (a route not taken) does
    not count. Where the applicant has a choice, the first choice that is one step
    away is meant.
    """
    if decision.outcome is not Outcome.INELIGIBLE:
        return None
    context = rule.context(as_of, base_year=base_year, settings=settings)
    for variant, chosen in _choices(rule, facts, decision).items():
        asked = Interpreter(rule.scope, context, chosen)
        verdicts = clause_answers(rule, context, asked)
        turning = [
            clause
            for clause, verdict in verdicts.items()
            if verdict.value is False
            and not fails_without(rule, context, chosen, verdicts, (clause,))
        ]
        if len(turning) == 1:
            return OneStep(turning[0], variant)
    return None
