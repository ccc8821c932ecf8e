# SPDX-License-Identifier: Apache-2.0
"""A reform tried on the facts of a snapshot, checked against the stored run, and told.

Both sides read the same snapshot, span by span. Before anything is believed, a reform
without changes must change nothing, and where a run of the same snapshot, day,
declarations and settings is stored, the baseline must come out equal to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from ceyuan.declarations.groupings import Grouping, load_groupings
from ceyuan.engine import Linked, open_shape
from ceyuan.facts.store import make_snapshot, of_snapshot
from ceyuan.facts.store.columns import column_type
from ceyuan.kernel import UsageError
from ceyuan.language import Fixed, column_name, names, parse
from ceyuan.office.firms import FIRM, Firm, labels
from ceyuan.office.running import check, deciding, read_exact
from ceyuan.office.runs import find, listed
from ceyuan.office.runs import frames as stored_frames
from ceyuan.policies.asking import Asked, asked
from ceyuan.policies.budget import Solved, solve, solved_json
from ceyuan.policies.reform import AFTER, simulate
from ceyuan.policies.simulated import Simulated, simulated_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from fractions import Fraction

    from ceyuan.declarations import Rule
    from ceyuan.declarations.reform import Reform
    from ceyuan.facts.store import Reading, Snapshot
    from ceyuan.language import FactKey, Setting
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Deciding, Run
    from ceyuan.policies.budget import Use

NONE = "none"
"""The group of those who hold no tier."""


@dataclass(slots=True)
class Trial:
    """The facts that a reform is tried on.

    Args:
        memory: The office's memory.
        snapshot: What the facts are read from.
        reading: The same, to be read.
        as_of: Day of the decisions.
        base_year: Fiscal year that yearly facts mean.
        settings: Parameters set by the office.
        said: The same, as they were written.
        groupings: By what effects are told.
    """

    memory: Memory
    snapshot: Snapshot
    reading: Reading
    as_of: date
    base_year: int
    settings: Mapping[str, Mapping[str, Setting]]
    said: tuple[str, ...]
    groupings: Mapping[str, Grouping] = field(default_factory=dict)

    def frames(
        self, subject: str, rules: Sequence[Rule]
    ) -> Iterator[tuple[pl.DataFrame, Mapping[str, Linked], Mapping[int, Fixed]]]:
        """Yield what some policies and the groupings read, span by span.

        A frame has `org` and one column per grouping beside the facts.
        """
        ready = self._ready(subject, rules)
        if ready is None:
            return
        groups = self._groups(ready) if subject == FIRM else None
        for span in self.reading.spans(ready.kind.id):
            held = ready.held(self.reading, span, conflicts=False)
            frame, exact = held.frame, read_exact(ready, held)
            if groups is not None:
                frame = frame.with_columns(groups.columns(frame, held.linked, exact))
            yield frame.with_columns(held.ids["org"]), held.linked, exact

    def _ready(self, subject: str, rules: Sequence[Rule]) -> Deciding | None:
        ready = deciding(
            self.memory.declared,
            self.memory.kinds,
            self.reading,
            subject,
            as_of=self.as_of,
            base_year=self.base_year,
            settings=self.settings,
            rules=rules,
        )
        if ready is None or subject != FIRM:
            return ready
        stated = self.reading.attributes(ready.kind.id)
        more: set[FactKey] = set()
        for name in self._read_by_groups() & stated & set(ready.kind.attributes):
            attribute = ready.kind.attributes[name]
            more.add((name, self.base_year if attribute.yearly else None))
        wanted = ready.wanted | more
        empty = dict(ready.empty) | {
            column_name(*key): column_type(ready.kind.attributes[key[0]])
            for key in sorted(more, key=str)
        }
        return replace(ready, wanted=wanted, empty=empty)

    def _read_by_groups(self) -> set[str]:
        facts = self.memory.region.facts
        read: set[str] = set()
        for grouping in self.groupings.values():
            if grouping.attribute:
                read.add(grouping.attribute)
            for test in self._tests(grouping).values():
                read |= set(names(parse(test)))
        while True:  # derived facts read others
            more = {
                name
                for fact in read & set(facts)
                if (derive := facts[fact].derive) is not None
                for name in names(parse(derive))
            }
            if more <= read:
                return read
            read |= more

    def _tests(self, grouping: Grouping) -> dict[str, str]:
        if grouping.ladder:
            tiers = self.memory.records.ladder
            return {
                n: t.held for n, t in reversed([*tiers.items()]) if t.held is not None
            }
        return {name: band.test for name, band in grouping.bands.items()}

    def _groups(self, ready: Deciding) -> _Groups:
        tests = {
            f"{name}:{band}": test
            for name, grouping in self.groupings.items()
            for band, test in self._tests(grouping).items()
        }
        columns = list(ready.empty)
        if ready.begin:  # the years before a firm's beginning are marked as absent
            years = [key for key in ready.wanted if key[1] is not None]
            columns += [f"{column_name(*key)}!" for key in years]
        shape = open_shape(columns, frozenset(kind.feeds for kind in ready.feeds))
        symbols = next(iter(self.memory.region.rules.values())).scope.facts
        questions = asked(
            tests, symbols, shape, as_of=self.as_of, base_year=self.base_year
        )
        columns_of = {
            name: column_name(name, self.base_year if attribute.yearly else None)
            for grouping in self.groupings.values()
            if (name := grouping.attribute)
            and (attribute := ready.kind.attributes.get(name)) is not None
        }
        return _Groups(self.groupings, questions, list(tests), columns_of)

    def stored(self) -> Run | None:
        """Return the last stored run of the same facts, day, rules and settings."""
        digest = self.memory.declared.digest
        for run in listed(self.memory):
            if (
                run.snapshot == self.snapshot.id
                and run.as_of == self.as_of
                and run.base_year == self.base_year
                and run.declarations == digest
                and run.settings == self.said
            ):
                return find(self.memory, run.id)
        return None


@dataclass(frozen=True, slots=True)
class _Groups:
    """The groupings, compiled."""

    groupings: Mapping[str, Grouping]
    questions: Asked
    tests: Sequence[str]
    columns_of: Mapping[str, str]

    def columns(
        self,
        frame: pl.DataFrame,
        linked: Mapping[str, Linked],
        exact: Mapping[int, Fixed],
    ) -> list[pl.Series]:
        """Return one column per grouping; null: not known."""
        answers = pl.DataFrame()
        if self.tests:
            answers = self.questions.run(frame, linked, exact=exact)
        nothing = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
        made = []
        for name, grouping in self.groupings.items():
            if grouping.attribute:
                said = self.columns_of.get(grouping.attribute, "")
                column = frame[said] if said in frame.columns else nothing
                made.append(column.cast(pl.String).alias(f"group:{name}"))
                continue
            bands = [t for t in self.tests if t.startswith(f"{name}:")]
            made.append(_first(answers, bands, grouping, name))
        return made


def _first(
    answers: pl.DataFrame, bands: list[str], grouping: Grouping, name: str
) -> pl.Series:
    """Return the first band that holds; null where one before it is not known."""
    last = pl.lit(NONE if grouping.ladder else None, dtype=pl.String)
    for band in reversed(bands):
        word = band.partition(":")[2]
        last = (
            pl.when(pl.col(band).is_null())
            .then(pl.lit(None, dtype=pl.String))
            .when(pl.col(band))
            .then(pl.lit(word))
            .otherwise(last)
        )
    return answers.select(last.alias(f"group:{name}")).to_series()


def trial(
    memory: Memory,
    *,
    as_of: date,
    known_at: datetime | None = None,
    settings: Mapping[str, Mapping[str, Setting]] | None = None,
    said: tuple[str, ...] = (),
    by: Sequence[str] = (),
) -> Trial:
    """Return the facts that a reform is tried on.

    Args:
        memory: The office's memory.
        as_of: Day of the decisions.
        known_at: As known at a moment; now by default.
        settings: Parameters set by the office.
        said: The same, as they were written.
        by: Groupings; all that are declared by default.

    Raises:
        UsageError: There is no such grouping.
        Damaged: A sealed file is missing or was altered.
    """
    known = load_groupings(memory.region.id, memory.declared.root)
    for name in by:
        if name not in known:
            msg = f"没有分组 `{name}` (there is no such grouping)"
            raise UsageError(msg, hint=f"可用：{'、'.join(known)}")
    with memory.transaction() as conn:
        snapshot = make_snapshot(
            conn, memory.shelf, memory.kinds, actor=memory.actor, known_at=known_at
        )
        reading = of_snapshot(conn, memory.shelf, snapshot, as_of=as_of)
    check(memory, reading)
    return Trial(
        memory,
        snapshot,
        reading,
        as_of,
        as_of.year - 1,
        settings or {},
        said,
        {n: known[n] for n in (by or known)},
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """What a reform does.

    Args:
        trial: The facts it was tried on.
        reform: The reform.
        effects: Per kind of subject, what it does.
        stored: The run that the baseline was compared with; empty: there is none.
        called: Names of those who are named.
    """

    trial: Trial
    reform: Reform
    effects: tuple[Simulated, ...]
    stored: str
    called: Mapping[int, Firm]


def try_reform(trial: Trial, reform: Reform, *, named: int = 10) -> Tried:
    """Return what a reform does to everybody whom it touches.

    Raises:
        CeyuanError: A reform without changes changed something.
        UsageError: Nothing was imported about whom it touches.
    """
    region = trial.memory.region
    before, after = region.rules, reform.rules(region)
    run = trial.stored()
    made: list[Simulated] = []
    both = {**before, **after}
    subjects = sorted(
        {both[p].said.subject for p in reform.touched} or {FIRM},
        key=lambda s: (s != FIRM, s),
    )
    for subject in subjects:
        rules = _both_sides(before, after, reform, subject)
        groups: dict[str, Any] = (
            {name: f"group:{name}" for name in trial.groupings}
            if subject == FIRM
            else {}
        )
        made.append(
            simulate(
                before,
                after,
                trial.frames(subject, rules),
                as_of=trial.as_of,
                touched=reform.touched,
                base_year=trial.base_year,
                settings=trial.settings,
                reform_settings=reform.settings(trial.settings),
                groups=groups,
                subject=subject,
                id_column="org",
                named=named,
                stored=None
                if run is None or subject not in run.parts
                else stored_frames(trial.memory, run, subject),
            )
        )
    if not any(one.subjects for one in made):
        msg = f"没有 {'、'.join(subjects)} 的记录，这项改革碰不到任何对象 (nothing is recorded)"
        raise UsageError(msg, hint="先 `ceyuan import` 导入它们，再试")
    return Tried(
        trial, reform, tuple(made), run.id if run else "", _called(trial, made)
    )


def _both_sides(
    before: Mapping[str, Rule], after: Mapping[str, Rule], reform: Reform, subject: str
) -> list[Rule]:
    """Return the touched policies of a subject, as they are and as they would be."""
    rules = [before[p] for p in sorted(reform.touched) if p in before]
    rules += [
        replace(after[p], id=AFTER + p) for p in sorted(reform.touched) if p in after
    ]
    found = [r for r in rules if r.said.subject == subject]
    if found:
        return found
    return [r for r in before.values() if r.said.subject == subject]


def _called(trial: Trial, made: Sequence[Simulated]) -> dict[int, Firm]:
    orgs = {
        one.id
        for simulated in made
        for effect in simulated.policies.values()
        for one in (*effect.gainers, *effect.losers)
        if isinstance(one.id, int)
    }
    return labels(trial.reading, FIRM, orgs)


def solve_for(
    trial: Trial,
    parameter: str,
    budget: int,
    *,
    reform: Reform | None = None,
    low: Fraction | None = None,
    high: Fraction | None = None,
    step: Fraction | None = None,
    use: Use = "definite",
    told: Callable[[int], None] | None = None,
) -> Solved:
    """Return the value of a parameter that spends a budget.

    Args:
        trial: The facts.
        parameter: `policy.parameter`.
        budget: In fen.
        reform: The rest of the reform; today's rules by default.
        low: Least value that is tried, in the parameter's unit.
        high: Greatest value.
        step: Distance of the values.
        use: Which cost the budget is for.
        told: Called after each value with how many were tried.

    Raises:
        UsageError: There is no such parameter, or it has no such values.
    """
    region = trial.memory.region
    rules = reform.rules(region) if reform else dict(region.rules)
    policy = parameter.partition(".")[0]
    rule = rules.get(policy) or region.rule(policy)
    settings = reform.settings(trial.settings) if reform else trial.settings
    return solve(
        parameter,
        budget,
        rules=rules,
        frames=lambda: trial.frames(rule.said.subject, [rule]),
        as_of=trial.as_of,
        base_year=trial.base_year,
        settings=settings,
        low=low,
        high=high,
        step=step,
        use=use,
        told=told,
    )


def tried_json(tried: Tried, solved: Solved | None = None) -> dict[str, Any]:
    """Return what a reform does, schema `ceyuan.simulate/1`."""
    trial = tried.trial
    effects: list[dict[str, Any]] = [simulated_json(one) for one in tried.effects]
    for document in effects:
        del document["schema"]  # told once, of the whole
        for effect in document["policies"].values():
            for one in (*effect.get("gainers", ()), *effect.get("losers", ())):
                firm = tried.called.get(one.get("id"))
                if firm is not None:
                    one["code"], one["name"] = firm.code, firm.name
    return {
        "schema": "ceyuan.simulate/1",
        "reform": {
            "id": tried.reform.id,
            "zh": tried.reform.zh,
            "en": tried.reform.en,
            "digest": tried.reform.digest,
        },
        "synthetic": trial.reading.synthetic,
        "snapshot": trial.snapshot.id,
        "declarations": trial.memory.declared.digest,
        "as_of": trial.as_of.isoformat(),
        "known_at": trial.snapshot.known_at.isoformat(),
        "compared_with_run": tried.stored or None,
        "effects": effects,
        "solved": None if solved is None else solved_json(solved),
    }
