# SPDX-License-Identifier: Apache-2.0
"""The search for changes that turn one policy for one subject.

A subject that fails does so in some clauses. For each, the facts that the
subject can change are moved to the points where something under the clause
turns, nearest first; the fixes of the clauses are put together, and the whole is
asked again. What is found is then made as light as it can be, one fact at a time
with the others fixed, for two clauses may ask more of a fact together than each.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.kernel import UNKNOWN, State
from ceyuan.language import (
    FactKey,
    Fixed,
    Interpreter,
    Known,
    Quotient,
    Range,
    Result,
    Verdict,
    settle,
)
from ceyuan.policies.edges import edges_of
from ceyuan.policies.line import Changes, Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ceyuan.declarations import Change, Fact, Rule
    from ceyuan.language import Context

Effort: TypeAlias = "dict[str, Fraction]"
"""Effort per scale."""

MOST_CLAUSES = 3
"""More failing clauses than this are no step but another firm."""
MOST_FIXES = 6


class Search:
    """Finds the changes after which a policy no longer fails.

    Args:
        rule: The policy.
        facts: What is known of the subject.
        dictionary: Which facts can be changed, and how hard that is.
        context: Day, base year and parameters.
    """

    def __init__(
        self,
        rule: Rule,
        facts: Fixed,
        dictionary: Mapping[str, Fact],
        context: Context,
    ) -> None:
        self.rule = rule
        self.facts = facts
        self.dictionary = dictionary
        self.context = context
        self.edges = edges_of(rule, context)
        self.parts: dict[str, list[str]] = {}
        for name, fact in dictionary.items():
            if fact.part_of is not None:
                self.parts.setdefault(fact.part_of, []).append(name)
        self._now: dict[FactKey, Known | None] = {}
        self._asked: dict[tuple[tuple[FactKey, Known], ...], Interpreter] = {}

    def ways(self) -> list[Changes]:
        """Return changes that turn the policy, none of them needlessly heavy."""
        verdicts = clause_answers(self.rule, self.context, self.ask({}))
        failing = [c for c, v in verdicts.items() if v.value is False]
        found: list[Changes] = []
        fixes: dict[str, list[Changes]] = {}
        done: list[tuple[str, ...]] = []
        for size in range(1, min(MOST_CLAUSES, len(failing)) + 1):
            for chosen in combinations(failing, size):
                if any(set(smaller) <= set(chosen) for smaller in done):
                    continue
                if fails_without(self.rule, self.context, self.facts, verdicts, chosen):
                    continue
                done.append(chosen)
                for clause in chosen:
                    if clause not in fixes:
                        fixes[clause] = self.fixes(clause)
                for changes in _together([fixes[c] for c in chosen]):
                    light = self._light(changes, failing)
                    if light and light not in found:
                        found.append(light)
        return found

    def _light(self, changes: Changes, failing: list[str]) -> Changes:
        """Return changes that turn the whole, made light; none when they do not."""
        if self.turns(changes):
            return self._lightened(changes, failing)
        # What mends one clause can break another: revenue up, a share of it down.
        answers = clause_answers(self.rule, self.context, self.ask(changes))
        broken = [
            c for c, v in answers.items() if v.value is False and c not in failing
        ]
        whole = changes
        for clause in broken[:MOST_CLAUSES]:
            whole = self._mended(clause, whole)
        if len(whole) == len(changes) or not self.turns(whole):
            return {}
        return self._lightened(whole, [*failing, *broken])

    def _mended(self, clause: str, world: Changes) -> Changes:
        """Return changes with the lightest further one that mends a clause."""
        mends: list[Changes] = []
        for key, change in self.levers(clause):
            if key in world:
                continue
            for value in self.targets((clause,), key, change, world):
                if self.meets(clause, {**world, key: value}):
                    mends.append({**world, key: value})
                    break
        return min(mends, key=self.weight, default=world)

    # --- asking ---------------------------------------------------------------

    def ask(self, changes: Changes) -> Interpreter:
        """Return the interpreter of the changed subject."""
        key = tuple(changes.items())
        asked = self._asked.get(key)
        if asked is None:
            facts = self.facts.with_values(changes) if changes else self.facts
            asked = self._asked[key] = Interpreter(self.rule.scope, self.context, facts)
        return asked

    def turns(self, changes: Changes) -> bool:
        """Return whether the policy, changed so, still applies and fails no more."""
        if not self.is_possible(changes):
            return False
        asked = self.ask(changes)
        if any(_verdict(asked, name).value is False for name in self.rule.in_scope):
            return False
        if any(_verdict(asked, name).value is False for name in self.rule.checks):
            return False
        return asked.ask(self.rule.decide).value is not False

    def meets(self, clause: str, changes: Changes) -> bool:
        """Return whether a clause, changed so, no longer fails."""
        if not self.is_possible(changes):
            return False
        return _verdict(self.ask(changes), clause).value is not False

    def is_possible(self, changes: Changes) -> bool:
        """Return whether no part is made larger than its whole."""
        for name, year in changes:
            whole = self.dictionary[name].part_of
            pairs = [] if whole is None else [(name, whole)]
            pairs += [(part, name) for part in self.parts.get(name, ())]
            if any(self._exceeds((a, year), (b, year), changes) for a, b in pairs):
                return False
        return True

    def _exceeds(self, part: FactKey, whole: FactKey, changes: Changes) -> bool:
        small, large = (changes.get(k, self.facts.value(*k)) for k in (part, whole))
        if not isinstance(small, (int, Fraction)):
            return False
        return isinstance(large, (int, Fraction)) and small > large

    # --- one clause -----------------------------------------------------------

    def fixes(self, clause: str) -> list[Changes]:
        """Return changes of one fact, or else of two, that turn a clause."""
        singles: list[Changes] = []
        ladders: list[list[Changes]] = []
        for key, change in self.levers(clause):
            rungs: dict[bool, list[Changes]] = {True: [], False: []}
            for value in self.targets((clause,), key, change):
                trial = {key: value}
                if self.meets(clause, trial):
                    singles.append(trial)
                    break
                if self.is_possible(trial):
                    rungs[self._rises(key, value)].append(trial)
            ladders += [rung for rung in rungs.values() if rung]
        if not singles:
            singles = [
                pair
                for a, b in combinations(ladders, 2)
                if a[0].keys() != b[0].keys()
                for pair in self._pairs(clause, a, b)
            ]
        return sorted(singles, key=self.weight)[:MOST_FIXES]

    def _pairs(
        self, clause: str, first: list[Changes], second: list[Changes]
    ) -> Iterator[Changes]:
        """Yield the lightest pairs: the more of the one, the less of the other."""
        other = len(second) - 1
        for one in first:
            enough: Changes | None = None
            while other >= 0:
                trial = {**one, **second[other]}
                if self.meets(clause, trial):
                    enough = trial
                elif self.is_possible(trial):
                    break
                other -= 1
            if enough is not None:
                yield enough

    def levers(self, clause: str) -> Iterator[tuple[FactKey, Change]]:
        """Yield the facts under a clause that are known and can be changed."""
        for name in self.edges.facts[clause]:
            fact = self.dictionary[name]
            if fact.change is None:
                continue
            key = (name, self.context.base_year if fact.yearly else None)
            if fact.kind in ("number", "flag") and self.now(key) is not None:
                yield key, fact.change

    def now(self, key: FactKey) -> Known | None:
        """Return a fact as supplied or derived; None when it is not known."""
        if key not in self._now:
            found: Known | State = self.facts.value(*key)
            if found is UNKNOWN:
                found = _settled(self.ask({}).fact(key[0], 0))
            self._now[key] = None if isinstance(found, State) else found
        return self._now[key]

    # --- one fact -------------------------------------------------------------

    def targets(
        self,
        clauses: Sequence[str],
        key: FactKey,
        change: Change,
        world: Changes | None = None,
    ) -> list[Known]:
        """Return the values at which something turns, the lightest first.

        Args:
            clauses: Under which clauses.
            key: The fact moved.
            change: In which directions it can be moved.
            world: Other changes that are made already.
        """
        fact = self.dictionary[key[0]]
        now = self.now(key)
        if fact.kind == "flag":
            flags = ((True, change.up), (False, change.down))
            return [v for v, effort in flags if effort is not None and v is not now]
        assert isinstance(now, (int, Fraction))
        line = Line(fact, key, Fraction(now), world or {}, self.ask)
        found = line.meetings([e for c in clauses for e in self.edges.by_clause[c]])
        kept = [
            v
            for v in found
            if line.holds(v)
            and (
                (v > now and change.up is not None)
                or (v < now and change.down is not None)
            )
        ]
        return sorted(kept, key=lambda v: (self.effort(key, v), v))

    def effort(self, key: FactKey, after: Known) -> Fraction:
        """Return how hard it is to bring a fact to a value."""
        fact = self.dictionary[key[0]]
        assert fact.change is not None
        steps = Fraction(1)
        if fact.kind == "number":
            now = self.now(key)
            assert isinstance(now, (int, Fraction))
            assert isinstance(after, (int, Fraction))
            steps = abs(Fraction(after) - now) / (fact.change.step * fact.measure.scale)
        weight = fact.change.up if self._rises(key, after) else fact.change.down
        assert weight is not None
        return steps * weight

    def _rises(self, key: FactKey, after: Known) -> bool:
        if self.dictionary[key[0]].kind == "flag":
            return after is True
        now = self.now(key)
        assert isinstance(now, (int, Fraction))
        assert isinstance(after, (int, Fraction))
        return after > now

    def efforts(self, changes: Changes) -> Effort:
        """Return the effort of some changes, scale by scale."""
        total: Effort = {}
        for key, value in changes.items():
            change = self.dictionary[key[0]].change
            assert change is not None
            spent = total.get(change.scale, Fraction(0))
            total[change.scale] = spent + self.effort(key, value)
        return total

    def weight(self, changes: Changes) -> Fraction:
        """Return the sum of all efforts: an order, no measure."""
        return sum((self.effort(*one) for one in changes.items()), Fraction(0))

    def _lightened(self, changes: Changes, clauses: list[str]) -> Changes:
        """Return changes without what is not needed, each as small as it can be.

        With the others made, a fact may turn another clause than it was moved for.
        """
        if len(changes) == 1:
            return changes
        light = changes
        for key in changes:
            rest = {k: v for k, v in light.items() if k != key}
            if rest and self.turns(rest):
                light = rest
                continue
            change = self.dictionary[key[0]].change
            assert change is not None
            for value in self.targets(clauses, key, change, rest):
                if self.effort(key, value) >= self.effort(key, light[key]):
                    break
                if self.turns({**rest, key: value}):
                    light = {**rest, key: value}
                    break
        return light


def _together(fixes: list[list[Changes]]) -> Iterator[Changes]:
    """Yield one fix of each clause, put together in every way they can be."""
    for parts in product(*fixes):
        options: dict[FactKey, dict[Known, None]] = {}
        for part in parts:
            for key, value in part.items():
                options.setdefault(key, {})[value] = None
        for values in product(*options.values()):
            yield dict(zip(options, values, strict=True))


def _verdict(asked: Interpreter, name: str) -> Verdict:
    found = asked.defined(name)
    assert isinstance(found, Verdict)
    return found


def _settled(found: Result) -> Known | State:
    """Return a derived number or flag that is exactly known."""
    if isinstance(found, Verdict):
        return found.value
    if isinstance(found, (Range, Quotient)):
        number = settle(found)
        if number.exact and number.low is not None:
            return number.low
    return UNKNOWN


def clause_answers(
    rule: Rule, context: Context, asked: Interpreter
) -> dict[str, Verdict]:
    """Return the answers of the clauses in force."""
    return {c: _verdict(asked, c) for c in rule.clauses if c not in context.waived}


def fails_without(
    rule: Rule,
    context: Context,
    facts: Fixed,
    verdicts: Mapping[str, Verdict],
    turned: Sequence[str],
) -> bool:
    """Return whether a rule still fails when some clauses are taken as met."""
    asked = Interpreter(rule.scope, context, facts)
    asked.assume(verdicts)
    asked.assume(dict.fromkeys(turned, Verdict(True)))
    return asked.ask(rule.decide).value is False
