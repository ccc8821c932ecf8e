# SPDX-License-Identifier: Apache-2.0
"""All policies for all subjects of a snapshot, decided and kept.

A run goes through the subjects span by span: what is held of them is put together,
decided in columns, and written. Beside the decisions it keeps what they were made
from: the snapshot, the hash of the declarations, the day, the settings, the version
of the engine. That is enough to make them again, equal, years later.

A decision *hangs on a disagreement* when sources differ about a fact and the answer
would not be the same if nobody had stated it: such places are decided twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

import ceyuan
from ceyuan.engine import open_shape, run_batches
from ceyuan.facts.store import View, make_snapshot, of_snapshot, view
from ceyuan.facts.store.columns import column_type
from ceyuan.facts.store.merkle import root as merkle_root
from ceyuan.facts.store.salts import all_salted
from ceyuan.kernel import UsageError
from ceyuan.language import Fixed, column_name
from ceyuan.policies import OUTCOMES, facts_of, plan
from ceyuan.policies.begun import absent_columns, begins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ceyuan.declarations import Rule
    from ceyuan.declarations.archive import Declared
    from ceyuan.facts.store import Kind, Reading
    from ceyuan.language import FactKey, Setting
    from ceyuan.office.memory import Memory
    from ceyuan.policies.batch import Plan

MOST_POLICIES = 64
"""Which answers hang on a disagreement is kept in 64 bits, one for each policy."""
BACK_YEARS = 6
"""How far back a policy may look."""


@dataclass(frozen=True, slots=True)
class Deciding:
    """How the subjects of one kind are decided.

    Args:
        kind: The record type of the subjects.
        plan: Their policies, compiled.
        feeds: Record types linked to them.
        wanted: The facts that the policies read.
        empty: Columns of these facts without a row, for what nobody states.
        begin: The fact that says when a subject came to be; empty where nobody
            states it. Figures of the years before are absent.
    """

    kind: Kind
    plan: Plan
    feeds: tuple[Kind, ...]
    wanted: frozenset[FactKey]
    empty: Mapping[str, Any]
    begin: str = ""

    def held(
        self, reading: Reading, span: tuple[int, int] | None, *, conflicts: bool = True
    ) -> View:
        """Return what is held of the subjects of a span, in the plan's columns."""
        found = view(
            reading,
            self.kind,
            self.wanted,
            span=span,
            conflicts=conflicts,
            feeds=self.feeds,
        )
        height = found.ids.height
        there = found.frame
        found.frame = pl.DataFrame(
            [
                there[name]
                if name in there.columns
                else pl.Series(name, [None], dtype=kind).new_from_index(0, height)
                for name, kind in self.empty.items()
            ]
            or [pl.Series("", [None]).new_from_index(0, height)]
        )
        marks = absent_columns(found.frame, self.wanted, self.begin)
        found.frame = found.frame.with_columns(marks)
        return found

    def decide(self, held: View) -> pl.DataFrame:
        """Return the decisions on what is held: ids, answers, `hangs`."""
        exact = read_exact(self, held)
        answers = self.plan.run(held.frame, held.linked, exact=exact)
        hangs = self._hanging(held, answers)
        return held.ids.hstack(answers).with_columns(hangs)

    def _hanging(self, held: View, answers: pl.DataFrame) -> pl.Series:
        """Return per subject the policies whose answer hangs on a disagreement."""
        masks = np.zeros(held.ids.height, dtype=np.uint64)
        rows = held.conflicts["row"].unique().sort()
        if rows.len():
            part = held.frame[rows.to_numpy()]
            at = {int(row): k for k, row in enumerate(rows)}
            gaps: dict[str, list[int]] = {}
            for row, column in held.conflicts.select("row", "column").iter_rows():
                gaps.setdefault(column, []).append(at[row])
            part = part.with_columns(
                _without(part[column], places)
                for column, places in gaps.items()
                if column in part.columns
            )
            linked = {n: _only(one, rows) for n, one in held.linked.items()}
            exact = {
                at[row]: {
                    key: number
                    for key, number in numbers.items()
                    if at[row] not in gaps.get(column_name(*key), ())
                }
                for row, numbers in held.exact.items()
                if row in at
            }
            there = View(held.ids[rows.to_numpy()], part, exact, linked)
            without = self.plan.run(part, linked, exact=read_exact(self, there))
            for bit, rule in enumerate(self.plan.rules):
                then = answers[rule.id].gather(rows)
                differs = (then != without[rule.id]).to_numpy()
                amount = f"{rule.id}:amount"
                if amount in answers.columns:
                    old = answers[amount].gather(rows)
                    differs |= old.ne_missing(without[amount]).to_numpy()
                masks[rows.to_numpy()[differs]] |= np.uint64(1 << bit)
        return pl.Series("hangs", masks)


def _without(column: pl.Series, places: Sequence[int]) -> pl.Series:
    """Return a column that says nothing in some places; columns of lists, too."""
    there = pl.Series(range(len(column)), dtype=pl.UInt32)
    kept = there.scatter(sorted(set(places)), None)
    return column.gather(kept)


def read_exact(ready: Deciding, held: View) -> dict[int, Fixed]:
    """Return the subjects with numbers that do not fit the columns, whole."""
    return {
        row: facts_of(held.frame, row, ready.plan.facts, held.linked).with_values(
            dict(numbers)
        )
        for row, numbers in held.exact.items()
    }


def _only(linked: Any, rows: pl.Series) -> Any:  # noqa: ANN401
    """Return the linked records of some of the subjects."""
    from ceyuan.engine import Linked

    places = pl.DataFrame({"row": rows.cast(pl.Int64)}).with_row_index("at")
    frame = linked.frame.join(places, on="row", how="inner")
    return Linked(
        frame.with_columns(pl.col("at").cast(pl.Int64).alias("row")).drop("at"),
        linked.linked.gather(rows),
        linked.complete.gather(rows),
        {code: bits.gather(rows) for code, bits in linked.covered.items()},
    )


def deciding(
    declared: Declared,
    kinds: Mapping[str, Kind],
    reading: Reading,
    subject: str,
    *,
    as_of: date,
    base_year: int,
    settings: Mapping[str, Mapping[str, Setting]],
    rules: Sequence[Rule] | None = None,
) -> Deciding | None:
    """Return how the subjects of a kind are decided; None where no record has them."""
    kind = next((k for k in kinds.values() if k.said.facts_of == subject), None)
    chosen = tuple(
        rules
        if rules is not None
        else (r for r in declared.region.rules.values() if r.said.subject == subject)
    )
    if kind is None or not chosen or not reading.has(kind.id):
        return None
    if len(chosen) > MOST_POLICIES:
        msg = (
            f"关于 {subject} 的政策有 {len(chosen)} 项，一次至多 {MOST_POLICIES} 项 "
            "(too many policies about one kind of subject)"
        )
        raise UsageError(msg, hint="`hangs` 每项一位，共 64 位")
    stated = reading.attributes(kind.id)
    begin = begins(kind.attributes, subject)
    begin = begin if begin in stated else ""
    keys: list[FactKey] = []
    for name, attribute in sorted(kind.attributes.items()):
        if attribute.yearly and (name in stated or begin):
            years = range(base_year - BACK_YEARS, base_year + 2)
            keys += [(name, year) for year in years]
        elif name in stated:
            keys.append((name, None))
    marks = [f"{column_name(*key)}!" for key in keys if begin and key[1] is not None]
    feeds = tuple(k for k in kinds.values() if k.feeds and reading.has(k.id))
    ready = plan(
        chosen,
        open_shape(
            [*(column_name(*key) for key in keys), *marks],
            frozenset(k.feeds for k in feeds),
        ),
        as_of=as_of,
        base_year=base_year,
        settings=settings,
    )
    wanted = frozenset(keys) if ready.interpreted else frozenset(ready.reads.facts)
    wanted &= frozenset(keys)
    wanted |= {(begin, None)} if begin else set()
    types: dict[str, Any] = {
        column_name(*key): column_type(kind.attributes[key[0]])
        for key in sorted(wanted, key=str)
    }
    if any(part != "year" for part in kind.said.key) and not ready.interpreted:
        # A loan or an order seldom asks for its firm's certificates: a million of
        # them are not read for a few thousand loans.
        read = {tally.records.name for tally in ready.reads.tallies.values()}
        feeds = tuple(k for k in feeds if k.feeds in read)
    return Deciding(kind, ready, feeds, wanted, types, begin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stored run.

    Args:
        id: Its id.
        region: Region.
        as_of: Day of the decisions.
        known_at: As known at; what was known later did not count.
        base_year: Fiscal year that yearly facts mean.
        settings: Parameters set by the office, as they were written.
        snapshot: What the facts were read from.
        declarations: Hash of the declarations.
        engine: Version of the engine.
        policies: Policies by subject, in the order of their columns.
        counts: Per policy how many subjects have which outcome.
        subjects: How many subjects of each kind were decided.
        amounts: Per policy the sum of amounts in fen.
        hanging: Per policy how many decisions hang on a disagreement.
        synthetic: The facts are invented.
        actor: Who ran it.
        finished_at: When it was kept.
        parts: The files of decisions, by subject.
    """

    id: str
    region: str
    as_of: date
    known_at: datetime
    base_year: int
    settings: tuple[str, ...]
    snapshot: str
    declarations: str
    engine: str
    policies: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, Mapping[str, int]]
    subjects: Mapping[str, int]
    amounts: Mapping[str, int]
    hanging: Mapping[str, int]
    synthetic: bool
    actor: str
    finished_at: datetime | None = None
    parts: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


def engine_version() -> str:
    """Return what decided: our version, and that of the columns' library."""
    return f"ceyuan {ceyuan.__version__}, polars {pl.__version__}"


@dataclass(slots=True)
class Tally:
    """What is counted while decisions go by."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    amounts: dict[str, int] = field(default_factory=dict)
    hanging: dict[str, int] = field(default_factory=dict)
    subjects: dict[str, int] = field(default_factory=dict)

    def take(self, subject: str, rules: Sequence[Rule], frame: pl.DataFrame) -> None:
        """Count one batch of decisions."""
        self.subjects[subject] = self.subjects.get(subject, 0) + frame.height
        for bit, rule in enumerate(rules):
            counted = self.counts.setdefault(rule.id, {})
            for code, number in frame[rule.id].value_counts().iter_rows():
                outcome = OUTCOMES[code]
                word = "refused" if outcome is None else str(outcome)
                counted[word] = counted.get(word, 0) + number
            amount = f"{rule.id}:amount"
            if amount in frame.columns:
                # Beyond 64 bits a sum must not wrap.
                total = int(frame[amount].cast(pl.Int128).sum())
                self.amounts[rule.id] = self.amounts.get(rule.id, 0) + total
            marked = int((frame["hangs"].to_numpy() >> np.uint64(bit) & 1).sum())
            if marked:
                self.hanging[rule.id] = self.hanging.get(rule.id, 0) + marked


def decided(
    ready: Deciding,
    reading: Reading,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[pl.DataFrame]:
    """Yield the decisions span by span, in the order of the organisations."""

    def work(span: tuple[int, int]) -> pl.DataFrame:
        return ready.decide(ready.held(reading, span))

    done = 0
    for frame in run_batches(reading.spans(ready.kind.id), work):
        done += frame.height
        progress(done)
        yield frame


def decision_hashes(frame: pl.DataFrame, secret: bytes) -> list[bytes]:
    """Return a salted hash per decided subject: its ids and all its answers.

    Each column gives one byte (1: there is a value) and eight (the value, big
    endian, two's complement), in the order of the columns' names; before them stand
    the organisation and, in UTF-8, the key.
    """
    height = frame.height
    orgs = frame["org"].fill_null(0).cast(pl.Int64).to_numpy().astype(">i8")
    names = sorted(c for c in frame.columns if c not in ("org", "key"))
    width = 8 + 9 * len(names)
    rows = np.zeros((height, width), dtype=np.uint8)
    rows[:, :8] = orgs.view(np.uint8).reshape(height, 8)
    for at, name in enumerate(names):
        column = frame[name]
        if column.dtype == pl.UInt64:
            values = column.fill_null(0).to_numpy().astype(">u8")
        else:
            values = column.fill_null(0).cast(pl.Int64).to_numpy().astype(">i8")
        first = 8 + 9 * at
        rows[:, first] = column.is_not_null().to_numpy()
        rows[:, first + 1 : first + 9] = values.view(np.uint8).reshape(height, 8)
    whole = rows.tobytes()
    starts = range(0, height * width, width)
    return all_salted(
        secret,
        (
            whole[at : at + 8] + key.encode() + whole[at + 8 : at + width]
            if key
            else whole[at : at + width]
            for at, key in zip(starts, frame["key"], strict=True)
        ),
    )


def run(
    memory: Memory,
    *,
    as_of: date,
    known_at: datetime | None = None,
    base_year: int | None = None,
    settings: Mapping[str, Mapping[str, Setting]] | None = None,
    said: tuple[str, ...] = (),
    progress: Callable[[str, int], None] = lambda _, __: None,
) -> Run:
    """Decide every policy for every subject, and keep it.

    Args:
        memory: The office's memory.
        as_of: Day of the decisions.
        known_at: As known at a moment; now by default.
        base_year: Fiscal year that yearly facts mean; the last closed one.
        settings: Parameters set by the office.
        said: The same, as they were written, for who decides it again.
        progress: Told the subject and how many are decided.

    Raises:
        UsageError: Nothing was imported yet.
        Damaged: A sealed file is missing or was altered.
    """
    from ceyuan.office.runs import keep

    year = as_of.year - 1 if base_year is None else base_year
    started = datetime.now(UTC)
    with memory.transaction() as conn:
        snapshot = make_snapshot(
            conn, memory.shelf, memory.kinds, actor=memory.actor, known_at=known_at
        )
        reading = of_snapshot(conn, memory.shelf, snapshot, as_of=as_of)
    tally, parts, policies, leaves = Tally(), {}, {}, []
    check(memory, reading)
    for subject in subjects(memory.declared):
        ready = deciding(
            memory.declared,
            memory.kinds,
            reading,
            subject,
            as_of=as_of,
            base_year=year,
            settings=settings or {},
        )
        if ready is None:
            continue
        rules = ready.plan.rules
        policies[subject] = tuple(rule.id for rule in rules)
        parts[subject], hashes = _write(memory, ready, reading, tally, progress)
        leaves.append(merkle_root(b"".join(hashes)))
    if not tally.subjects:
        msg = "还没有任何记录可以判定 (nothing was imported that could be decided)"
        raise UsageError(
            msg,
            hint="先 `ceyuan import firm 文件 --source park`，或 `ceyuan city make`",
        )
    memory.keep_declarations()
    return keep(
        memory,
        snapshot=snapshot,
        as_of=as_of,
        base_year=year,
        settings=said,
        tally=tally,
        parts=parts,
        policies=policies,
        root=merkle_root(b"".join(leaves)),
        synthetic=reading.synthetic,
        started=started,
    )


def subjects(declared: Declared) -> list[str]:
    """Return the kinds of subjects that policies are about, firms first."""
    named = {rule.said.subject for rule in declared.region.rules.values()}
    return sorted(named, key=lambda s: (s != "firm", s))


def check(memory: Memory, reading: Reading) -> None:
    """See that every sealed file that will be read is what its name says."""
    for batch in reading.batches:
        memory.shelf.check(
            batch.parts, whose=f"批次 {batch.id}（{batch.record}，{batch.source}）"
        )


def _write(
    memory: Memory,
    ready: Deciding,
    reading: Reading,
    tally: Tally,
    progress: Callable[[str, int], None],
) -> tuple[tuple[Any, ...], list[bytes]]:
    subject = ready.kind.said.facts_of
    parts, hashes = [], []
    frames = decided(ready, reading, progress=lambda done: progress(subject, done))
    for frame in frames:
        tally.take(subject, ready.plan.rules, frame)
        hashes += decision_hashes(frame, memory.secret)
        parts.append(memory.shelf.keep(frame))
    return tuple(parts), hashes
