# SPDX-License-Identifier: Apache-2.0
"""Make a stored run again, from what it cites, and compare.

Nothing of today goes into it: the snapshot's files, the declarations as they were,
the day and the settings of the run. What comes out must be what was kept, to the
last bit of every mask; where it is not, the first places are named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from ceyuan.facts.store import find_snapshot, kinds, of_snapshot
from ceyuan.office.parameters import typed_settings
from ceyuan.office.running import check, decided, deciding, engine_version
from ceyuan.office.runs import find, frames
from ceyuan.policies import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from ceyuan.declarations import Rule
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run

MOST = 20
"""So many differences are named; all are counted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a decision made again is not what was kept.

    Args:
        subject: Kind of the subject.
        org: Its organisation.
        key: Its key.
        policy: The policy.
        clause: The first clause that differs; empty where none does.
        what: `outcome`, `clause`, `amount`, `hangs`, or `row` for a whole subject.
        stored: What was kept.
        now: What came out.
    """

    subject: str
    org: int | None
    key: str
    policy: str
    clause: str
    what: str
    stored: Any
    now: Any


@dataclass(slots=True)
class Replayed:
    """What came of it.

    Args:
        run: The run.
        differences: The first differences.
        count: How many subjects differ.
        decided: How many subjects were decided again.
        engine: The version that decided now.
    """

    run: Run
    differences: list[Difference] = field(default_factory=list)
    count: int = 0
    decided: int = 0
    engine: str = ""

    @property
    def equal(self) -> bool:
        """Return whether everything came out as it was kept."""
        return self.count == 0


def replay(
    memory: Memory,
    name: str,
    *,
    progress: Callable[[str, int], None] = lambda _, __: None,
) -> Replayed:
    """Decide a stored run again and compare.

    Raises:
        UsageError: There is no such run.
        Damaged: A sealed file is missing or was altered.
        CeyuanError: The declarations of the run are not kept any more.
    """
    run = find(memory, name)
    declared = memory.declared_then(run.declarations, run.region)
    types = kinds(declared.records, declared.region.facts)
    with memory.transaction() as conn:
        snapshot = find_snapshot(conn, run.snapshot)
        reading = of_snapshot(conn, memory.shelf, snapshot, as_of=run.as_of)
    check(memory, reading)
    made = Replayed(run, engine=engine_version())
    for subject, policies in run.policies.items():
        rules = tuple(declared.region.rule(policy) for policy in policies)
        ready = deciding(
            declared,
            types,
            reading,
            subject,
            as_of=run.as_of,
            base_year=run.base_year,
            settings=typed_settings(declared.region, run.settings),
            rules=rules,
        )
        assert ready is not None
        stored = frames(memory, run, subject)
        again = decided(ready, reading, progress=partial(progress, subject))
        for then, now in zip(stored, again, strict=True):
            made.decided += now.height
            _compare(made, subject, rules, then, now)
    return made


def _compare(
    made: Replayed,
    subject: str,
    rules: tuple[Rule, ...],
    then: pl.DataFrame,
    now: pl.DataFrame,
) -> None:
    if then.equals(now):
        return
    if not then.select("org", "key").equals(now.select("org", "key")):
        both = (
            then.select("org", "key", stored=True)
            .join(
                now.select("org", "key", now=True),
                on=("org", "key"),
                how="full",
                coalesce=True,
                nulls_equal=True,
            )
            .filter(pl.col("stored").is_null() | pl.col("now").is_null())
        )
        made.count += both.height
        for row in both.head(MOST - len(made.differences)).iter_rows(named=True):
            made.differences.append(
                Difference(
                    subject,
                    row["org"],
                    row["key"],
                    "",
                    "",
                    "row",
                    row["stored"] is not None,
                    row["now"] is not None,
                )
            )
        return
    unequal = pl.Series([False]).new_from_index(0, then.height)
    for name in then.columns:
        unequal |= then[name].ne_missing(now[name])
    rows = unequal.arg_true()
    made.count += rows.len()
    for row in rows.head(MOST - len(made.differences)):
        made.differences.append(
            _difference(
                subject, rules, then.row(row, named=True), now.row(row, named=True)
            )
        )


def _difference(
    subject: str, rules: tuple[Rule, ...], then: dict[str, Any], now: dict[str, Any]
) -> Difference:
    """Return the first place where two rows of answers differ."""
    org, key = then["org"], then["key"]
    for bit, rule in enumerate(rules):
        clause = ""
        for mask in ("met", "open"):
            turned = (then[f"{rule.id}:{mask}"] or 0) ^ (now[f"{rule.id}:{mask}"] or 0)
            if turned:
                clause = rule.clauses[(turned & -turned).bit_length() - 1]
                break
        if then[rule.id] != now[rule.id]:
            return Difference(
                subject,
                org,
                key,
                rule.id,
                clause,
                "outcome",
                str(OUTCOMES[then[rule.id]]),
                str(OUTCOMES[now[rule.id]]),
            )
        if clause:
            return Difference(
                subject,
                org,
                key,
                rule.id,
                clause,
                "clause",
                _state(rule, clause, then),
                _state(rule, clause, now),
            )
        amount = f"{rule.id}:amount"
        if then.get(amount) != now.get(amount):
            return Difference(
                subject,
                org,
                key,
                rule.id,
                "",
                "amount",
                then.get(amount),
                now.get(amount),
            )
        if (then["hangs"] ^ now["hangs"]) >> bit & 1:
            return Difference(
                subject,
                org,
                key,
                rule.id,
                "",
                "hangs",
                bool(then["hangs"] >> bit & 1),
                bool(now["hangs"] >> bit & 1),
            )
    return Difference(subject, org, key, "", "", "row", "there", "there")


def _state(rule: Rule, clause: str, answers: dict[str, Any]) -> str:
    bit = rule.clauses.index(clause)
    if answers[f"{rule.id}:met"] >> bit & 1:
        return "met"
    return "open" if answers[f"{rule.id}:open"] >> bit & 1 else "not_met"
