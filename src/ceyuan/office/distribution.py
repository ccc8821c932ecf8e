# SPDX-License-Identifier: Apache-2.0
"""How a quantity that decides is spread, with the thresholds in it.

For every line that a reform moves (`deciding_lines`), the subjects are counted between
edges of which both thresholds are two. What is counted is not a figure read out of a
column but the answer to questions of the language, `quantity < edge`, put to everybody
at once: exact, on the threshold and beside it, and "not known" stays an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ceyuan.engine import open_shape
from ceyuan.office.deciding_lines import DecidingLine, lines_of, read
from ceyuan.office.edges_around import edges_around, shortened
from ceyuan.office.spread_counted import HERE, Counting, Spread
from ceyuan.policies.asking import Asked, asked_in
from ceyuan.policies.reform import AFTER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from fractions import Fraction

    import polars as pl

    from ceyuan.declarations import Rule
    from ceyuan.declarations.reform import Reform
    from ceyuan.engine import Linked
    from ceyuan.language import Context, Fixed
    from ceyuan.office.simulating import Trial

MOST_LINES = 12
"""More lines than this are not counted; those of the first policies are."""


@dataclass(frozen=True, slots=True)
class LineSpread:
    """One line that a reform moves, and how its quantity is spread.

    Args:
        policy: The policy.
        clause: The condition.
        rule: The side whose words name it.
        line: The line, of that side.
        before: As it is; None: there is no such line.
        after: Under the reform.
        between: How many stand between the thresholds, where only these differ.
    """

    policy: str
    clause: str
    rule: Rule = field(repr=False)
    line: DecidingLine = field(repr=False)
    before: Spread | None
    after: Spread | None
    between: int | None = None


def spreads(trial: Trial, reform: Reform) -> list[LineSpread]:
    """Return how the quantities are spread whose lines a reform moves."""
    region = trial.memory.region
    found: list[LineSpread] = []
    for policy, old in region.rules.items():
        if policy not in reform.changed:
            continue
        pair = _Pair(trial, reform, old, reform.changed[policy])
        moved = [*pair.moved()][: MOST_LINES - len(found)]
        if moved:
            pair.count(moved)
        found += [one.told() for one in moved if not one.is_empty]
    return found


@dataclass(slots=True)
class _Moved:
    """A line with its two sides."""

    policy: str
    before: Counting | None
    after: Counting | None
    is_alike: bool

    @property
    def sides(self) -> list[Counting]:
        return [side for side in (self.before, self.after) if side is not None]

    @property
    def is_empty(self) -> bool:
        return all(side.is_empty for side in self.sides)

    def told(self) -> LineSpread:
        before, after = shortened(
            [None if s is None else s.spread() for s in (self.before, self.after)]
        )
        between = None
        if self.is_alike and self.before and self.after:
            low, high = sorted(side.threshold for side in self.sides)
            between = self.before.between(low, high)
        first = self.sides[-1]
        clause = first.line.clause
        return LineSpread(
            self.policy, clause, first.rule, first.line, before, after, between
        )


@dataclass(slots=True)
class _Pair:
    """A policy as it is and as it would be."""

    trial: Trial
    reform: Reform
    old: Rule
    new: Rule
    asked: dict[object, Asked] = field(default_factory=dict)

    def moved(self) -> Iterator[_Moved]:
        """Yield the lines that stand otherwise, or of something else."""
        ours = self.reform.settings(self.trial.settings)
        before = self._context(self.old, self.trial.settings.get(self.old.id))
        after = self._context(self.new, ours.get(self.old.id))
        changed = self._changed(before, after)
        for one, other in _paired(
            lines_of(self.old, before), lines_of(self.new, after)
        ):
            same = one is not None and other is not None
            same = same and not read(self.new, other.quantity) & changed  # type: ignore[union-attr]
            alike = same and one.order == other.order  # type: ignore[union-attr]
            for low, high in _thresholds(one, other, alike=alike):
                there = [value for value in (low, high) if value is not None]
                edges = edges_around(there)
                yield _Moved(
                    self.old.id,
                    _counting(self.old, before, one, low, edges),
                    _counting(self.new, after, other, high, edges),
                    alike,
                )

    def _context(self, rule: Rule, settings: Mapping[str, object] | None) -> Context:
        trial = self.trial
        return rule.context(
            trial.as_of,
            base_year=trial.base_year,
            settings=settings,  # type: ignore[arg-type]
        )

    def _changed(self, before: Context, after: Context) -> set[str]:
        """Return the names that mean something else under the reform."""
        old, new = self.old.scope.definitions, self.new.scope.definitions
        found = {name for name in {**old, **new} if old.get(name) != new.get(name)}
        return found | {
            name
            for name in {**before.settings, **after.settings}
            if before.settings.get(name) != after.settings.get(name)
        }

    def count(self, moved: Sequence[_Moved]) -> None:
        """Count everybody, batch by batch."""
        rules = [self.old, replace(self.new, id=AFTER + self.new.id)]
        for frame, linked, exact in self.trial.frames(self.old.said.subject, rules):
            for one in moved:
                told = [self._answers(s, frame, linked, exact) for s in one.sides]
                here = [answers[HERE] for answers in told]
                # Of a line by case those are meant to whom it applies on both sides.
                both = here[0] if len(here) == 1 else here[0] & here[1]
                for side, answers in zip(one.sides, told, strict=True):
                    side.count(answers, both)

    def _answers(
        self,
        side: Counting,
        frame: pl.DataFrame,
        linked: Mapping[str, Linked],
        exact: Mapping[int, Fixed],
    ) -> pl.DataFrame:
        key = id(side), tuple(frame.columns), frozenset(linked)
        if key not in self.asked:
            shape = open_shape(list(frame.columns), frozenset(linked))
            self.asked[key] = asked_in(
                side.questions(), side.rule.scope, side.context, shape
            )
        return self.asked[key].run(frame, linked, exact=exact)


def _counting(
    rule: Rule,
    context: Context,
    line: DecidingLine | None,
    threshold: Fraction | None,
    edges: tuple[Fraction, ...],
) -> Counting | None:
    if line is None or threshold is None:
        return None
    return Counting(rule, context, line, threshold, edges)


def _paired(
    before: Sequence[DecidingLine], after: Sequence[DecidingLine]
) -> Iterator[tuple[DecidingLine | None, DecidingLine | None]]:
    """Yield lines with their partners: of one condition and one quantity, in order."""
    rest = list(after)
    for one in before:
        other = next(
            (o for o in rest if (o.clause, o.quantity) == (one.clause, one.quantity)),
            None,
        )
        if other is not None:
            rest.remove(other)
        yield one, other
    yield from ((None, other) for other in rest)


def _thresholds(
    one: DecidingLine | None, other: DecidingLine | None, *, alike: bool
) -> list[tuple[Fraction | None, Fraction | None]]:
    """Return the thresholds before and after, of every case that may be otherwise."""
    if one is None:
        return [(None, value) for value in sorted(other.values)] if other else []
    if other is None:
        return [(value, None) for value in sorted(one.values)]
    return [
        (a, b)
        for a in sorted(one.values)
        for b in sorted(other.values)
        if a != b or not alike
    ]
