# SPDX-License-Identifier: Apache-2.0
"""A reform tried on the facts there are: both sides of each policy, in one pass.

Both sides are compiled into one graph. What a reform leaves as it is has the same
operations on both sides, so it is computed once: a reform costs what it changes.
Only touched policies are evaluated; amounts and their ends only of those whom neither
side rules out, and no clauses; the few subjects that are named are decided once more, by the interpreter,
which says which clauses turned; that it finds another amount is an error.

Before anything is counted, the machinery is tried on the first subjects: the touched
policies, taken apart and put together again as a reform without changes does, must
decide every subject as before, clause by clause. If not, there is no simulation.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from ceyuan.engine import Linked, open_shape, run_batches
from ceyuan.kernel import CeyuanError, UsageError
from ceyuan.policies.batch import CODES, Plan, plan
from ceyuan.policies.decide import Decision, Outcome, decide
from ceyuan.policies.rows import facts_of, only, read_by, taken
from ceyuan.policies.selfcheck import Stored, try_empty
from ceyuan.policies.simulated import (
    Change,
    Checks,
    Cost,
    Named,
    PolicyEffect,
    Simulated,
)
from ceyuan.policies.sums import (
    Side,
    Tally,
    Turned,
    codes_of,
    concerned,
    sizes_of,
    tally,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from ceyuan.declarations import Rule
    from ceyuan.language import Fixed, Setting

    Settings: TypeAlias = Mapping[str, Mapping[str, Setting]]

Linking: TypeAlias = "Mapping[str, Linked]"
Batch: TypeAlias = (
    "tuple[pl.DataFrame, Linking] | tuple[pl.DataFrame, Linking, Mapping[int, Fixed]]"
)
"""Facts, linked records, and the facts of rows that do not fit the frame."""
Grouping: TypeAlias = "str | pl.Expr | Callable[[pl.DataFrame], pl.Series]"
"""A column of the frame, or what computes one; null: not known."""
AFTER = "after:"


@dataclass(frozen=True, slots=True)
class Job:
    """One batch with all that is needed to work on it apart from the others."""

    frame: pl.DataFrame
    linked: Linking
    exact: Mapping[int, Fixed]
    start: int
    plan: Plan
    paying: Mapping[str, Plan]


@dataclass(slots=True)
class Found:
    """What a batch gave."""

    job: Job
    before: dict[str, pl.Series]
    tallies: dict[str, Tally]
    turned: dict[str, Turned]


@dataclass(slots=True)
class _Candidate:
    """A subject that may be named: by how much it gains or loses, and where it is."""

    difference: int
    place: int
    facts: Fixed
    id: object


@dataclass(slots=True)
class _Lists:
    """Who is to be named, for one policy."""

    gain: list[_Candidate] = field(default_factory=list)
    lose: list[_Candidate] = field(default_factory=list)


def simulate(
    baseline: Mapping[str, Rule],
    reform: Mapping[str, Rule],
    frames: Iterable[Batch],
    *,
    as_of: date,
    touched: Iterable[str],
    base_year: int | None = None,
    settings: Settings | None = None,
    reform_settings: Settings | None = None,
    groups: Mapping[str, Grouping] | None = None,
    subject: str = "firm",
    id_column: str = "",
    named: int = 20,
    stored: Iterable[pl.DataFrame] | None = None,
    threads: int | None = None,
) -> Simulated:
    """Return what a reform does to the subjects of some frames.

    Args:
        baseline: The rules as they are.
        reform: The rules as they would be.
        frames: Batches of one kind of subject (`engine.frames`).
        as_of: Day of the decisions.
        touched: The policies that are evaluated.
        base_year: Fiscal year that yearly facts mean; the last closed one by
            default.
        settings: Parameters set by the office, by policy and name.
        reform_settings: The same under the reform; the same ones by default.
        groups: Groupings of the subjects: columns, or what computes them.
        subject: Whose facts the frames hold.
        id_column: Column that names a subject; without it, its row does.
        named: So many who gain, and who lose, are named for each policy.
        stored: Decisions of a stored run, rows in the order of the frames.
        threads: Batches at once; all that this process may use by default.

    Raises:
        UsageError: A grouping or id column is not there, or the stored run has
            another number of rows.
        CeyuanError: A reform without changes changed something, or the two evaluators
            differ on a subject that is named.
    """
    year = as_of.year - 1 if base_year is None else base_year
    run = _Run(
        baseline,
        reform,
        frozenset(touched),
        as_of,
        year,
        settings or {},
        settings or {} if reform_settings is None else reform_settings,
        groups or {},
        subject,
        id_column,
        named,
    )
    return run.simulated(frames, stored, threads)


@dataclass(slots=True)
class _Run:
    baseline: Mapping[str, Rule]
    reform: Mapping[str, Rule]
    touched: frozenset[str]
    as_of: date
    base_year: int
    settings: Settings
    reform_settings: Settings
    groups: Mapping[str, Grouping]
    subject: str
    id_column: str
    named: int
    sides: dict[str, tuple[Side, Side]] = field(default_factory=dict)
    totals: dict[str, Tally] = field(default_factory=dict)
    lists: dict[str, _Lists] = field(default_factory=dict)
    plans: dict[object, Plan] = field(default_factory=dict)
    checks: Checks = field(default_factory=Checks)
    rows: int = 0
    comparing: bool = False

    def simulated(
        self,
        frames: Iterable[Batch],
        stored: Iterable[pl.DataFrame] | None,
        threads: int | None,
    ) -> Simulated:
        here = [p for p in self._order() if self._subject(p) == self.subject]
        elsewhere = tuple(p for p in self._order() if p not in here)
        for policy in here:
            before, after = self.baseline.get(policy), self.reform.get(policy)
            self.sides[policy] = (_side(before, ""), _side(after, AFTER))
            self.totals[policy], self.lists[policy] = Tally(), _Lists()
        compared = None if stored is None else Stored(stored, self.id_column)
        self.comparing = compared is not None
        running: Any = run_batches
        for found in running(self._jobs(frames), self._work, threads=threads):
            self._keep(found, compared)
        if compared is not None:
            self.checks = compared.checks(self.checks, [*self.sides])
        return Simulated(
            self.as_of,
            self.base_year,
            self.subject,
            self.rows,
            {policy: self._effect(policy) for policy in here},
            elsewhere,
            self.checks,
        )

    def _order(self) -> list[str]:
        known = {**self.baseline, **self.reform}
        for policy in sorted(self.touched):
            if policy not in known:
                near = get_close_matches(policy, known, n=1)
                hint = f"did you mean `{near[0]}`?" if near else ""
                msg = f"there is no policy `{policy}`"
                raise UsageError(msg, hint=hint)
        return [policy for policy in known if policy in self.touched]

    def _subject(self, policy: str) -> str:
        rule = self.baseline.get(policy) or self.reform[policy]
        return rule.said.subject

    # --- batches --------------------------------------------------------------------

    def _jobs(self, frames: Iterable[Batch]) -> Iterator[Job]:
        start = 0
        for batch in frames:
            frame, linked = batch[0], batch[1]
            exact: Mapping[int, Fixed] = batch[2] if len(batch) > 2 else {}
            if not start:
                tried = [*self.sides] or [
                    p
                    for p, r in self.baseline.items()
                    if r.said.subject == self.subject
                ]
                self.checks = try_empty(
                    [self.baseline[p] for p in tried if p in self.baseline],
                    (frame, linked, exact),
                    as_of=self.as_of,
                    base_year=self.base_year,
                    settings=self.settings,
                )
            paying = {
                policy: self._plan(frame, linked, policy)
                for policy, sides in self.sides.items()
                if any(side.pays for side in sides)
            }
            whole = self._plan(frame, linked)
            yield Job(frame, linked, exact, start, whole, paying)
            start += frame.height

    def _plan(self, frame: pl.DataFrame, linked: Linking, paying: str = "") -> Plan:
        """Return the plan of who is ruled out, or of all that one policy gives.

        Both sides stand in one graph: what the reform leaves alone is computed once.
        """
        key = (tuple(frame.columns), frozenset(linked), paying)
        if key not in self.plans:
            policies = [paying] if paying else [*self.sides]
            rules = [self.baseline[p] for p in policies if p in self.baseline]
            rules += [_renamed(self.reform[p]) for p in policies if p in self.reform]
            ours = {AFTER + p: values for p, values in self.reform_settings.items()}
            self.plans[key] = plan(
                rules if paying else [_bare(rule) for rule in rules],
                open_shape(frame.columns, frozenset(linked)),
                as_of=self.as_of,
                base_year=self.base_year,
                settings={**self.settings, **ours},
                with_clauses=False,
                with_ends=bool(paying),
            )
        return self.plans[key]

    def _work(self, job: Job) -> Found:
        """Decide and count one batch; nothing here is shared between batches.

        Who is ruled out is so whatever the amount would be. So amounts, which cost
        most, are computed only of those who are not, on either side.
        """
        bare = pl.DataFrame()
        if job.plan.rules:
            bare = job.plan.run(job.frame, job.linked, exact=job.exact)
        groups = {name: self._group(name, job.frame) for name in self.groups}
        sizes = {name: sizes_of(values) for name, values in groups.items()}
        found = Found(job, {}, {}, {})
        for policy, sides in self.sides.items():
            codes = [codes_of(bare, side, job.frame.height) for side in sides]
            rows = concerned(codes, pays=policy in job.paying)
            paid = pl.DataFrame()
            if policy in job.paying:
                paid = self._paid(job, policy, rows)
                codes = [
                    code.clone().scatter(rows, paid[side.column])
                    if side.column
                    else code
                    for code, side in zip(codes, sides, strict=True)
                ]
            found.tallies[policy], found.turned[policy] = tally(
                codes, rows, paid, sides, groups, sizes
            )
            if self.comparing and sides[0].column:
                found.before[policy] = codes[0]
            if self.comparing and sides[0].pays:
                nothing = pl.Series([None], dtype=pl.Int64)
                whole = nothing.new_from_index(0, job.frame.height)
                column = f"{policy}:amount"
                found.before[column] = whole.scatter(rows, paid[column])
        return found

    def _paid(self, job: Job, policy: str, rows: pl.Series) -> pl.DataFrame:
        ready = job.paying[policy]
        frame = only(job.frame, read_by(ready.rules))
        some, records, exact = taken(frame, job.linked, job.exact, rows)
        return ready.run(some, records, exact=exact)

    def _group(self, name: str, frame: pl.DataFrame) -> pl.Series:
        how = self.groups[name]
        if callable(how) and not isinstance(how, pl.Expr):
            values = how(frame)
        elif isinstance(how, pl.Expr):
            values = frame.select(how).to_series()
        else:
            values = frame[_column(how, frame, self.base_year)]
        if isinstance(values.dtype, (pl.List, pl.Struct, pl.Object)):
            msg = f"`{name}` is no grouping: a subject has several of its values"
            raise UsageError(msg, hint="group by a fact that has one value")
        return values

    # --- results --------------------------------------------------------------------

    def _keep(self, found: Found, compared: Stored | None) -> None:
        self.rows += found.job.frame.height
        if compared is not None:
            compared.compare(
                found.before, found.job.frame, found.job.start, [*self.sides]
            )
        for policy, counted in found.tallies.items():
            self.totals[policy].add(counted)
            lists, turned = self.lists[policy], found.turned[policy]
            lists.gain = self._first(lists.gain, turned.gain, found.job)
            lists.lose = self._first(lists.lose, turned.lose, found.job)

    def _first(
        self, known: list[_Candidate], turned: pl.DataFrame, job: Job
    ) -> list[_Candidate]:
        """Return those to be named, with those of one batch: largest difference first.

        Facts are taken only of those that are named after this batch.
        """
        if not turned.height or not self.named:
            return known
        order = turned.sort("difference", "row", descending=[True, False])
        best = order.head(self.named)
        ranked: list[tuple[int, int, _Candidate | int]] = [
            (one.difference, one.place, one) for one in known
        ]
        ranked += [(diff, job.start + row, row) for row, diff in best.iter_rows()]
        ranked.sort(key=lambda one: (-one[0], one[1]))
        return [
            one
            if isinstance(one, _Candidate)
            else _Candidate(
                difference, place, self._facts(job, one), self._id(job, one)
            )
            for difference, place, one in ranked[: self.named]
        ]

    def _facts(self, job: Job, row: int) -> Fixed:
        if row in job.exact:
            return job.exact[row]
        return facts_of(job.frame, row, job.plan.facts, job.linked)

    def _id(self, job: Job, row: int) -> object:
        if not self.id_column:
            return job.start + row
        return job.frame[_column(self.id_column, job.frame, self.base_year)][row]

    def _effect(self, policy: str) -> PolicyEffect:
        total, lists = self.totals[policy], self.lists[policy]
        change: Change = "changed"
        if policy not in self.baseline:
            change = "added"
        elif policy not in self.reform:
            change = "repealed"
        nothing = Cost() if any(side.pays for side in self.sides[policy]) else None
        return PolicyEffect(
            policy,
            change,
            total.moves(),
            total.turns,
            total.before or nothing,
            total.after or nothing,
            {
                name: dict(sorted(shares.items(), key=_unknown_last))
                for name, shares in total.groups.items()
            },
            tuple(self._named(policy, one, 1) for one in lists.gain),
            tuple(self._named(policy, one, -1) for one in lists.lose),
        )

    def _named(self, policy: str, one: _Candidate, sign: int) -> Named:
        before = self._alone(self.baseline.get(policy), one.facts, self.settings)
        after = self._alone(self.reform.get(policy), one.facts, self.reform_settings)
        turned = {
            clause: (before.clauses.get(clause), after.clauses.get(clause))
            for clause in {**before.clauses, **after.clauses}
            if before.clauses.get(clause) is not after.clauses.get(clause)
        }
        amounts = before.amount, after.amount
        if ((after.amount or 0) - (before.amount or 0)) * sign != one.difference:
            msg = f"the two evaluators differ on `{policy}` for {one.id}"
            raise CeyuanError(msg, hint="please report it with the policy's file")
        return Named(one.id, before.outcome, after.outcome, amounts, turned)

    def _alone(self, rule: Rule | None, facts: Fixed, settings: Settings) -> Decision:
        if rule is None:
            return Decision("", Outcome.NOT_APPLICABLE)
        return decide(
            rule,
            facts,
            as_of=self.as_of,
            base_year=self.base_year,
            settings=settings.get(rule.id),
        )


def _side(rule: Rule | None, prefix: str) -> Side:
    if rule is None:
        return Side()
    full = rule.said.coverage == "full"
    best = CODES[Outcome.ELIGIBLE if full else Outcome.REFER]
    return Side(prefix + rule.id, rule.said.amount is not None, best)


def _bare(rule: Rule) -> Rule:
    """Return a policy that gives nothing, to the same subjects."""
    if rule.said.amount is None:
        return rule
    return replace(rule, said=rule.said.model_copy(update={"amount": None}))


def _renamed(rule: Rule) -> Rule:
    return replace(rule, id=AFTER + rule.id)


def _column(name: str, frame: pl.DataFrame, base_year: int) -> str:
    for column in (name, f"{name}@{base_year}"):
        if column in frame.columns:
            return column
    near = get_close_matches(name, frame.columns, n=1)
    hint = f"did you mean `{near[0]}`?" if near else "name a column of the facts"
    msg = f"there is no column `{name}`"
    raise UsageError(msg, hint=hint)


def _unknown_last(item: tuple[object, object]) -> tuple[bool, str]:
    return item[0] is None, str(item[0])
