# SPDX-License-Identifier: Apache-2.0
"""The nearest step: the smallest changes that turn an outcome.

A subject that fails does so in some clauses. For each, the facts that the
subject can change are moved to the points where the clause turns; the fixes of
the clauses are put together and the whole is decided again, so every step shown
has been verified. What remains is a Pareto set: people, money and titles are
not one scale, so a step is left out only when another asks less on every scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.kernel import UNKNOWN
from ceyuan.language import FactKey, Fixed, Interpreter, Known, Verdict
from ceyuan.policies.decide import Decision, Outcome, decide
from ceyuan.policies.edges import Edge, edges_of, gap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from ceyuan.declarations import Change, Fact, Rule
    from ceyuan.language import Context, Setting

Changes: TypeAlias = "dict[FactKey, Known]"
MOST_CLAUSES = 3
"""More failing clauses than this are no step but another firm."""
MOST_FIXES = 4
MOST_TARGETS = 16


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
    """

    policy: str
    shifts: tuple[Shift, ...]
    outcome: Outcome
    amount: int | None = None
    missing: frozenset[FactKey] = frozenset()
    turns: tuple[str, ...] = ()

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


def nearest(
    rule: Rule,
    facts: Fixed,
    dictionary: Mapping[str, Fact],
    *,
    as_of: date,
    base_year: int | None = None,
    settings: Mapping[str, Setting] | None = None,
    others: Sequence[Rule] = (),
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
        limit: At most so many moves, the lightest first.
    """
    now = decide(rule, facts, as_of=as_of, base_year=base_year, settings=settings)
    if now.outcome is not Outcome.INELIGIBLE:
        return ()
    if now.variant:
        assert rule.said.variants is not None
        return _over_variants(
            rule, facts, dictionary, (as_of, base_year), settings, others, limit
        )
    context = rule.context(as_of, base_year=base_year, settings=settings)
    search = _Search(rule, facts, dictionary, context)
    moves = []
    for changes in _lightest(search, limit):
        changed = facts.with_values(changes)
        after = decide(
            rule, changed, as_of=as_of, base_year=base_year, settings=settings
        )
        if after.outcome not in (Outcome.ELIGIBLE, Outcome.REFER, Outcome.UNKNOWN):
            continue
        moves.append(
            Move(
                rule.id,
                search.shifts(changes),
                after.outcome,
                after.amount,
                after.missing,
                _gains(others, rule, facts, changed, (as_of, base_year)),
            )
        )
    return tuple(moves)


def _over_variants(
    rule: Rule,
    facts: Fixed,
    dictionary: Mapping[str, Fact],
    when: tuple[date, int | None],
    settings: Mapping[str, Setting] | None,
    others: Sequence[Rule],
    limit: int,
) -> tuple[Move, ...]:
    assert rule.said.variants is not None
    key = (rule.said.variants.fact, None)
    moves: list[Move] = []
    for code in rule.said.variants.order:
        moves += nearest(
            rule,
            facts.with_values({key: code}),
            dictionary,
            as_of=when[0],
            base_year=when[1],
            settings=settings,
            others=others,
            limit=limit,
        )
    kept = [m for m in moves if not any(_lighter(o, m) for o in moves if o is not m)]
    return tuple(sorted(kept, key=lambda m: m.weight)[:limit])


def _lighter(a: Move, b: Move) -> bool:
    """Return whether a asks less than b on some scale and more on none."""
    left, right = a.effort, b.effort
    scales = {*left, *right}
    zero = Fraction(0)
    return all(left.get(s, zero) <= right.get(s, zero) for s in scales) and any(
        left.get(s, zero) < right.get(s, zero) for s in scales
    )


def _gains(
    others: Sequence[Rule],
    own: Rule,
    before: Fixed,
    after: Fixed,
    when: tuple[date, int | None],
) -> tuple[str, ...]:
    gains = []
    for other in others:
        if other.id == own.id:
            continue
        then = decide(other, after, as_of=when[0], base_year=when[1])
        if then.outcome is Outcome.ELIGIBLE:
            was = decide(other, before, as_of=when[0], base_year=when[1])
            if was.outcome is not Outcome.ELIGIBLE:
                gains.append(other.id)
    return tuple(gains)


class _Search:
    """Finds fixes of single clauses and puts them together."""

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

    def ask(self, changes: Changes) -> Interpreter:
        """Return the interpreter of the changed subject."""
        facts = self.facts.with_values(changes) if changes else self.facts
        return Interpreter(self.rule.scope, self.context, facts)

    def clauses(self, asked: Interpreter) -> dict[str, Verdict]:
        """Return the answers of the clauses in force."""
        found = {}
        for name in self.rule.clauses:
            if name not in self.context.waived:
                verdict = asked.defined(name)
                assert isinstance(verdict, Verdict)
                found[name] = verdict
        return found

    def fixes(self, clause: str) -> list[Changes]:
        """Return changes of one fact, or else of two, that turn a clause."""
        singles: list[Changes] = []
        partial: list[Changes] = []
        for key, change in self.levers(clause):
            for value in self.targets(clause, key, change):
                trial = {key: value}
                if self._holds(clause, trial):
                    singles.append(trial)
                    break
                partial.append(trial)
        if singles:
            return sorted(singles, key=self.weight)[:MOST_FIXES]
        return self._pairs(clause, partial)

    def _pairs(self, clause: str, partial: list[Changes]) -> list[Changes]:
        found: list[Changes] = []
        pairs = [
            {**a, **b}
            for a, b in combinations(partial, 2)
            if next(iter(a)) != next(iter(b))
        ]
        for trial in sorted(pairs, key=self.weight)[:40]:
            if self._holds(clause, trial):
                found.append(trial)
                if len(found) == MOST_FIXES:
                    break
        return found

    def _holds(self, clause: str, changes: Changes) -> bool:
        verdict = self.ask(changes).defined(clause)
        assert isinstance(verdict, Verdict)
        return verdict.value is not False

    def levers(self, clause: str) -> Iterator[tuple[FactKey, Change]]:
        """Yield the facts under a clause that are known and can be changed."""
        for name in self.edges.facts[clause]:
            fact = self.dictionary[name]
            if fact.change is None or fact.kind not in ("number", "flag"):
                continue
            key = (name, self.context.base_year if fact.yearly else None)
            if self.facts.value(*key) is UNKNOWN:
                asked = Interpreter(self.rule.scope, self.context, self.facts)
                if fact.kind != "flag" or fact.derive is None:
                    continue
                derived = asked.fact(name, 0)
                if not isinstance(derived, Verdict) or derived.value is UNKNOWN:
                    continue
            yield key, fact.change

    def targets(self, clause: str, key: FactKey, change: Change) -> Sequence[Known]:
        """Return the values at which something under the clause turns."""
        fact = self.dictionary[key[0]]
        now = self.facts.value(*key)
        if fact.kind == "flag":
            options = [(True, change.up), (False, change.down)]
            return [v for v, effort in options if effort is not None and v is not now]
        assert isinstance(now, (int, Fraction))
        grid = fact.measure.scale * (Fraction(1, 100) if fact.unit == "%" else 1)
        least = None if fact.min is None else fact.min * fact.measure.scale
        most = None if fact.max is None else fact.max * fact.measure.scale
        found: set[Fraction] = set()
        for edge, read in self.edges.by_clause[clause]:
            if key[0] in read:
                found |= self._turns(key, Fraction(now), grid, edge)
        kept = [
            v
            for v in found
            if (least is None or v >= least)
            and (most is None or v <= most)
            and v != now
            and (
                (v > now and change.up is not None)
                or (v < now and change.down is not None)
            )
        ]
        return sorted(kept, key=lambda v: abs(v - now))[:MOST_TARGETS]

    def _turns(
        self, key: FactKey, now: Fraction, grid: Fraction, edge: Edge
    ) -> set[Fraction]:
        """Return the first grid points on the far side of where an edge turns."""
        gaps = [gap(self.ask({key: now + k * grid} if k else {}), edge) for k in (0, 1)]
        if gaps[0] is None or gaps[1] is None or gaps[0] == gaps[1]:
            return set()
        root = now - gaps[0] * grid / (gaps[1] - gaps[0])
        # The grid starts at 0, so that steps read as round figures. Where the
        # line itself is not yet enough (more than, not at least), one more is.
        if root > now:
            first = -(-root // grid) * grid
            return {first, first + grid} if first == root else {first}
        first = (root // grid) * grid
        return {first, first - grid} if first == root else {first}

    def shifts(self, changes: Changes) -> tuple[Shift, ...]:
        """Return changes with their efforts."""
        return tuple(self._shift(key, value) for key, value in changes.items())

    def _shift(self, key: FactKey, after: Known) -> Shift:
        fact = self.dictionary[key[0]]
        assert fact.change is not None
        before = self.facts.value(*key)
        known = None if before is UNKNOWN else before
        steps = Fraction(1)
        if fact.kind == "number":
            assert isinstance(after, (int, Fraction))
            assert isinstance(known, (int, Fraction))
            steps = abs(Fraction(after) - known) / (
                fact.change.step * fact.measure.scale
            )
            rises = after > known
        else:
            rises = after is True
        weight = fact.change.up if rises else fact.change.down
        return Shift(
            key[0],
            key[1],
            known,  # type: ignore[arg-type]
            after,
            steps * (weight if weight is not None else Fraction(1)),
            fact.change.scale,
        )

    def weight(self, changes: Changes) -> Fraction:
        """Return the sum of efforts of some changes."""
        return sum((s.effort for s in self.shifts(changes)), Fraction(0))


def _lightest(search: _Search, limit: int) -> list[Changes]:
    """Return the Pareto set of changes that turn the whole, lightest first."""
    asked = search.ask({})
    verdicts = search.clauses(asked)
    failing = [c for c, v in verdicts.items() if v.value is False]
    found: list[Changes] = []
    fixes: dict[str, list[Changes]] = {}
    done: list[tuple[str, ...]] = []
    for size in range(1, min(MOST_CLAUSES, len(failing)) + 1):
        for chosen in combinations(failing, size):
            if any(set(smaller) <= set(chosen) for smaller in done):
                continue
            if not _would_turn(search, verdicts, chosen):
                continue
            done.append(chosen)
            for clause in chosen:
                if clause not in fixes:
                    fixes[clause] = search.fixes(clause)
            for parts in product(*(fixes[c] for c in chosen)):
                changes: Changes = {}
                for part in parts:
                    changes.update(part)
                if changes not in found and _turned(search, changes):
                    found.append(changes)
    moves = [(c, Move("", search.shifts(c), Outcome.ELIGIBLE)) for c in found]
    kept = [
        (c, m)
        for c, m in moves
        if not any(_lighter(o, m) for _, o in moves if o is not m)
    ]
    kept.sort(key=lambda pair: pair[1].weight)
    return [c for c, _ in kept[:limit]]


def _would_turn(
    search: _Search, verdicts: Mapping[str, Verdict], chosen: tuple[str, ...]
) -> bool:
    """Return whether the whole no longer fails once some clauses hold."""
    return not fails_without(search.rule, search.context, verdicts, chosen)


def _turned(search: _Search, changes: Changes) -> bool:
    return search.ask(changes).ask(search.rule.decide).value is not False


def fails_without(
    rule: Rule,
    context: Context,
    verdicts: Mapping[str, Verdict],
    turned: Sequence[str],
) -> bool:
    """Return whether a rule still fails when some clauses are taken as met."""
    assumed = {
        name: Verdict(True) if name in turned else verdict
        for name, verdict in verdicts.items()
    }
    asked = Interpreter(rule.scope, context, Fixed({}))
    asked.assume(assumed)
    return asked.ask(rule.decide).value is False


def one_step(
    rule: Rule,
    facts: Fixed,
    decision: Decision,
    as_of: date,
    *,
    base_year: int | None = None,
    settings: Mapping[str, Setting] | None = None,
) -> str:
    """Return the clause that alone makes a policy fail; empty when there is none.

    One step away means exactly one failing clause: were it met, the policy would
    no longer fail. A clause that fails without mattering (a route not taken) does
    not count.
    """
    if decision.outcome is not Outcome.INELIGIBLE:
        return ""
    if decision.variant:
        assert rule.said.variants is not None
        facts = facts.with_values({(rule.said.variants.fact, None): decision.variant})
    context = rule.context(as_of, base_year=base_year, settings=settings)
    asked = Interpreter(rule.scope, context, facts)
    verdicts: dict[str, Verdict] = {}
    for name in rule.clauses:
        if name not in context.waived:
            verdict = asked.defined(name)
            assert isinstance(verdict, Verdict)
            verdicts[name] = verdict
    turning = [
        clause
        for clause in decision.failing
        if not fails_without(rule, context, verdicts, (clause,))
    ]
    return turning[0] if len(turning) == 1 else ""
