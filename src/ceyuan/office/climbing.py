# SPDX-License-Identifier: Apache-2.0
"""The ladder at the end of a year: who stands where, who climbed, who is close.

Of each tier a firm answers yes, no, or not known, and not known stays what it is: a
firm of which a higher tier is not known stands *at least* on its highest known one.
All firms go by span by span; kept are counts, and a few firms to be looked at.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.engine import open_shape, run_batches
from ceyuan.facts.store import find_snapshot, kinds, of_snapshot
from ceyuan.facts.store.columns import column_type
from ceyuan.kernel import UsageError
from ceyuan.language import Fixed, column_name
from ceyuan.office.climbed import AWAY, GONE, NONE, NOT_YET, UNSURE, Climbed, Held, Way
from ceyuan.office.closeness import Bits, columns_of, look, walk
from ceyuan.office.parameters import typed_settings
from ceyuan.office.running import BACK_YEARS, Deciding, check, deciding
from ceyuan.office.runs import find
from ceyuan.policies import Plan, facts_of, plan
from ceyuan.policies.asking import Asked, asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from ceyuan.declarations import Region, Rule
    from ceyuan.declarations.archive import Declared
    from ceyuan.facts.store import Kind, Reading, View
    from ceyuan.language import FactKey, Setting, Shape
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run


@dataclass(frozen=True, slots=True)
class _Rung:
    """What is asked of the firms of one day."""

    ready: Deciding
    questions: Asked
    reading: Reading
    choices: tuple[tuple[Rule, str, Plan], ...] = ()


def climb(
    memory: Memory,
    year: int,
    *,
    known_at: datetime | None = None,
    run: str | None = None,
    today: date | None = None,
    limit: int = 200,
    progress: Callable[[str, int], None] = lambda _, __: None,
) -> Climbed:
    """Return the ladder at the end of a year, against the year before.

    Args:
        memory: The office's memory.
        year: The year; the one that runs is seen as of today.
        known_at: As known at a moment; now by default.
        run: A stored run: its snapshot, declarations and settings are taken.
        today: The day; the machine's by default.
        limit: So many firms that are close are named, per policy.
        progress: Called with how many firms are done.

    Raises:
        UsageError: The year lies ahead, there is no ladder, or no firm.
        Damaged: A sealed file is missing or was altered.
    """
    day = today or date.today()  # noqa: DTZ011 - the office's own day
    if year > day.year:
        msg = f"{year} 年还没有到 (the year lies ahead)"
        raise UsageError(msg, hint=f"今天是 {day}；最近可看 {day.year} 年")
    if run is not None and known_at is not None:
        msg = "判定已经定了所知的时刻 (a run fixes what is known)"
        raise UsageError(msg, hint="`--run` 与 `--known-at` 只用一个")
    as_of, before = min(date(year, 12, 31), day), date(year - 1, 12, 31)
    stored = None if run is None else find(memory, run)
    declared, types, now, then = _readings(memory, stored, as_of, before, known_at)
    ladder = declared.records.ladder
    if not ladder:
        msg = "这个地区没有声明梯度 (the region declares no ladder)"
        raise UsageError(msg, hint="在 regions/<地区>/ladder.yaml 里声明")
    check(memory, now)
    settings = (
        {} if stored is None else typed_settings(declared.region, stored.settings)
    )
    made = Climbed(
        year,
        as_of,
        before,
        as_of < date(year, 12, 31),
        now.cut,
        "" if stored is None else stored.id,
        ladder,
        declared.region,
        now.synthetic,
    )
    rules = _ways(made, declared.region)
    rungs = [
        _rung(declared, types, reading, chosen, settings)
        for reading, chosen in ((now, rules), (then, rules[:1]))
    ]
    _pass(made, rungs, rules, settings, progress)
    look(made, now, rungs[0].ready, settings, limit)
    return made


def _readings(
    memory: Memory,
    stored: Run | None,
    as_of: date,
    before: date,
    known_at: datetime | None,
) -> tuple[Declared, Mapping[str, Kind], Reading, Reading]:
    """Return declarations, record types, and the same knowledge as of two days."""
    if stored is None:
        now = memory.reading(as_of, known_at)
        then = memory.reading(before, now.cut)
        return memory.declared, memory.kinds, now, then
    declared = memory.declared_then(stored.declarations, stored.region)
    types = kinds(declared.records, declared.region.facts)
    with memory.transaction() as conn:
        snapshot = find_snapshot(conn, stored.snapshot)
        now, then = (
            of_snapshot(conn, memory.shelf, snapshot, as_of=day)
            for day in (as_of, before)
        )
    return declared, types, now, then


def _ways(made: Climbed, region: Region) -> tuple[Rule, ...]:
    """Set the policies that lead to each tier; return them, each once."""
    chosen: dict[str, Rule] = {}
    for name, tier in made.tiers.items():
        dormant = []
        for policy in tier.policies:
            rule = region.rule(policy)
            if not rule.in_force(rule.day(made.as_of, made.as_of.year - 1)):
                dormant.append(policy)
                continue
            chosen[policy] = rule
            made.ways.append(Way(name, policy))
        made.dormant[name] = tuple(dormant)
    # Some policy is needed to know what is there; it costs nothing.
    return (
        tuple(chosen.values())
        or tuple(r for r in region.rules.values() if r.said.subject == "firm")[:1]
    )


def _rung(
    declared: Declared,
    types: Mapping[str, Kind],
    reading: Reading,
    rules: Sequence[Rule],
    settings: Mapping[str, Mapping[str, Setting]],
) -> _Rung:
    """Return what is asked of the firms of a day, with the facts that it takes."""
    base_year = reading.as_of.year - 1
    ready = deciding(
        declared,
        types,
        reading,
        "firm",
        as_of=reading.as_of,
        base_year=base_year,
        settings=settings,
        rules=rules,
    )
    if ready is None:
        msg = "还没有企业记录 (no firm is recorded)"
        raise UsageError(msg, hint="先 `ceyuan import firm 文件 --source registry`")
    stated = reading.attributes(ready.kind.id) & set(ready.kind.attributes)
    keys: list[FactKey] = []
    for name, attribute in sorted(ready.kind.attributes.items()):
        if attribute.yearly and (name in stated or ready.begin):
            years = range(base_year - BACK_YEARS, base_year + 2)
            keys += [(name, y) for y in years]
        elif name in stated:
            keys.append((name, None))
    columns = [column_name(*key) for key in keys]
    if ready.begin:  # the years before a firm's beginning are marked as absent
        columns += [f"{column_name(*key)}!" for key in keys if key[1] is not None]
    shape = open_shape(columns, frozenset(k.feeds for k in ready.feeds))
    questions = asked(
        {n: t.held for n, t in declared.records.ladder.items() if t.held is not None},
        rules[0].scope.facts,
        shape,
        as_of=reading.as_of,
        base_year=base_year,
    )
    choices = tuple(_choices(rules, shape, reading.as_of, base_year, settings))
    read = {*ready.plan.reads.facts, *questions.reads.facts, ("reg_date", None)}
    for rule, _, one in choices:
        read |= {*one.reads.facts, (_choice(rule), None)}
    wanted = set(keys) if ready.plan.interpreted or questions.interpreted else read
    wanted &= set(keys)
    empty = {
        column_name(*key): column_type(ready.kind.attributes[key[0]])
        for key in sorted(wanted, key=str)
    }
    whole = replace(ready, wanted=frozenset(wanted), empty=empty)
    return _Rung(whole, questions, reading, choices)


def _choice(rule: Rule) -> str:
    assert rule.said.variants is not None
    return rule.said.variants.fact


def _choices(
    rules: Sequence[Rule],
    shape: Shape,
    as_of: date,
    base_year: int,
    settings: Mapping[str, Mapping[str, Setting]],
) -> Iterator[tuple[Rule, str, Plan]]:
    """Yield policies that leave a choice, once for each choice, with its columns."""
    for rule in rules:
        variants = rule.said.variants
        if variants is None:
            continue
        fact = frozenset({variants.fact})
        made = plan(
            [rule],
            replace(shape, present=shape.present | fact, whole=shape.whole | fact),
            as_of=as_of,
            base_year=base_year,
            settings=settings,
        )
        if not made.interpreted:  # the choice is a column: one plan is all of them
            yield from ((rule, code, made) for code in variants.order)


def _chosen(rung: _Rung, held: View) -> list[pl.Series]:
    """Return the answers under each choice that a firm made or can make."""
    found: list[pl.Series] = []
    for rule, code, one in rung.choices:
        fact = _choice(rule)
        given = (
            pl.col(fact).fill_null(code)
            if fact in held.frame.columns
            else pl.lit(code).alias(fact)
        )
        exact = {
            row: facts.with_values({(fact, None): facts.values.get((fact, None), code)})
            for row, facts in _exact(held, rung.questions).items()
        }
        answers = one.run(held.frame.with_columns(given), held.linked, exact=exact)
        names = zip(columns_of(rule.id, ""), columns_of(rule.id, code), strict=True)
        own = [answers[old].alias(new) for old, new in names]
        if fact in held.frame.columns:  # who chose otherwise has no answer here
            meant = (held.frame[fact] == code).fill_null(value=True)
            nothing = pl.Series([None], dtype=own[0].dtype)
            own[0] = own[0].zip_with(meant, nothing)
        found += own
    return found


# --- all firms ----------------------------------------------------------------------


def _pass(
    made: Climbed,
    rungs: Sequence[_Rung],
    rules: Sequence[Rule],
    settings: Mapping[str, Mapping[str, Setting]],
    progress: Callable[[str, int], None],
) -> None:
    now, then = rungs
    told = tuple(now.questions.questions)
    chosen = {rule.id for rule, _, _ in now.choices}
    tested = {
        r.id: Bits.of(
            r,
            made,
            settings.get(r.id),
            in_columns=r.said.variants is None or r.id in chosen,
        )
        for r in rules
    }
    totals = {side: {t: Counter[bool | None]() for t in made.tiers} for side in "ab"}

    def work(span: tuple[int, int]) -> pl.DataFrame:
        held = now.ready.held(now.reading, span, conflicts=False)
        here = (
            _tiers(now, held, "b:")
            .hstack(now.ready.decide(held).drop("org", "key", "hangs"))
            .hstack(_chosen(now, held))
        )
        held = then.ready.held(then.reading, span, conflicts=False)
        return _states(made, told, _tiers(then, held, "a:"), here)

    done = 0
    for frame in run_batches(now.reading.spans(now.ready.kind.id), work):
        for a, b, number in frame.group_by("from", "to").len().iter_rows():
            made.transitions[a, b] += number
        for side, state in (("a", "from"), ("b", "to")):
            there = frame.filter(~pl.col(state).is_in(AWAY) & pl.col(f"{side}:here"))
            for tier in made.tiers:
                if tier not in told:
                    totals[side][tier][None] += there.height
                    continue
                for answer, number in (
                    there[f"{side}:{tier}"].value_counts().iter_rows()
                ):
                    totals[side][tier][answer] += number
        present = frame.filter(~pl.col("to").is_in(AWAY))
        for way in made.ways:
            walk(way, tested[way.policy], present, told)
        done += present.height
        progress("firm", done)
    made.held_before, made.held = (
        [Held(t, n[True], n[False], n[None]) for t, n in totals[side].items()]
        for side in "ab"
    )


def _tiers(rung: _Rung, held: View, mark: str) -> pl.DataFrame:
    """Return organisation, founding day and the answers about each tier."""
    exact = _exact(held, rung.questions)
    answers = rung.questions.run(held.frame, held.linked, exact=exact)
    founded = (
        held.frame["reg_date"]
        if "reg_date" in held.frame.columns
        else pl.Series([None], dtype=pl.Date).new_from_index(0, held.ids.height)
    )
    return held.ids.select("org").hstack(
        [
            founded.alias(f"{mark}founded"),
            pl.Series([True]).new_from_index(0, held.ids.height).alias(f"{mark}here"),
            *(answers[n].alias(f"{mark}{n}") for n in answers.columns),
        ]
    )


def _exact(held: View, questions: Asked) -> dict[int, Fixed]:
    facts = questions.scope.facts
    return {
        row: facts_of(held.frame, row, facts, held.linked).with_values(dict(numbers))
        for row, numbers in held.exact.items()
    }


def _states(
    made: Climbed, told: Sequence[str], then: pl.DataFrame, now: pl.DataFrame
) -> pl.DataFrame:
    """Return the firms of both days with the state of each: `from`, `to`."""
    both = then.join(now, on="org", how="full", coalesce=True).sort("org")
    here_a, here_b = (pl.col(f"{s}:here").fill_null(value=False) for s in "ab")
    founded = pl.coalesce("b:founded", "a:founded")
    return (
        both.with_columns(here_a.alias("a:here"), here_b.alias("b:here"))
        .with_columns(
            pl.when(founded > made.as_of_before)
            .then(pl.lit(NOT_YET))
            .when(here_a)
            .then(_state("a:", told))
            .otherwise(pl.lit(UNSURE))
            .alias("from"),
            pl.when(founded > made.as_of)
            .then(pl.lit(NOT_YET))
            .when(here_b)
            .then(_state("b:", told))
            .otherwise(pl.lit(GONE))
            .alias("to"),
        )
        .filter(~((pl.col("from") == NOT_YET) & pl.col("to").is_in(AWAY)))
    )


def _state(mark: str, told: Sequence[str]) -> pl.Expr:
    """Return the highest tier held; with `+` where a higher one is not known."""
    state = pl.when(pl.any_horizontal(pl.col(f"{mark}{t}").is_null() for t in told))
    found = state.then(pl.lit(UNSURE)).otherwise(pl.lit(NONE))
    for at, tier in enumerate(told):  # the highest is asked last and wins
        higher = [pl.col(f"{mark}{t}").is_null() for t in told[at + 1 :]]
        unsure = pl.any_horizontal(higher) if higher else pl.lit(value=False)
        name = pl.when(unsure).then(pl.lit(f"{tier}+")).otherwise(pl.lit(tier))
        found = (
            pl.when(pl.col(f"{mark}{tier}").fill_null(value=False))
            .then(name)
            .otherwise(found)
        )
    return found
