# SPDX-License-Identifier: Apache-2.0
"""What would be decided otherwise if the other source were right.

A run says which answers hang on a disputed fact at all: they would be others if nobody
had stated it. Whoever has to find out which of two sources is right wants to know
more: what turns with the other value. So the firms with a disagreement are decided
once more for each disputed fact, in columns, with what the run knew and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from ceyuan.facts.store import View, find_snapshot, kinds, of_snapshot
from ceyuan.facts.store.statements import held_value
from ceyuan.kernel import UNKNOWN
from ceyuan.language import column_name
from ceyuan.office.firms import FIRM
from ceyuan.office.parameters import typed_settings
from ceyuan.office.running import _only, deciding, read_exact
from ceyuan.office.stating import as_plain, from_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ceyuan.facts.store.statements import Value
    from ceyuan.kernel import Unknown
    from ceyuan.language import FactKey
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Deciding, Run

Place: TypeAlias = tuple[int, str, str, str, str, str]
"""Organisation, column (attribute and year), both sources with what each states."""
Turned: TypeAlias = "Mapping[Place, Mapping[str, int]]"
"""Per place the policies that turn, each with the change of its amount in fen."""


def turned(
    memory: Memory, run: Run, *, progress: Callable[[int], None] = lambda _: None
) -> Turned:
    """Return what each disagreement that a run knew would turn.

    A place without an answer that turns is there, and empty.

    Raises:
        Damaged: A file of the snapshot is missing or was altered.
    """
    declared = memory.declared_then(run.declarations, run.region)
    types = kinds(declared.records, declared.region.facts)
    with memory.transaction() as conn:
        snapshot = find_snapshot(conn, run.snapshot)
        reading = of_snapshot(conn, memory.shelf, snapshot, as_of=run.as_of)
    ready = deciding(
        declared,
        types,
        reading,
        FIRM,
        as_of=run.as_of,
        base_year=run.base_year,
        settings=typed_settings(declared.region, run.settings),
        rules=tuple(declared.region.rule(p) for p in run.policies.get(FIRM, ())),
    )
    found: dict[Place, Mapping[str, int]] = {}
    if ready is None:
        return found
    done = 0
    for span in reading.spans(ready.kind.id):
        held = ready.held(reading, span)
        found |= _of_span(ready, held)
        done += held.ids.height
        progress(done)
    return found


def _of_span(ready: Deciding, held: View) -> dict[Place, Mapping[str, int]]:
    there = held.conflicts.filter(pl.col("column").is_in(held.frame.columns))
    found: dict[Place, Mapping[str, int]] = {}
    for (column, other), group in there.sort("row").group_by(
        ["column", "other"], maintain_order=True
    ):
        rows = group["row"]
        key = next(k for k in ready.wanted if column_name(*k) == column)
        attribute = ready.kind.attributes[key[0]]
        values = [from_cell(text, attribute) for text in group["other_value"]]
        now, then = (
            _decided(ready, held, rows, key, given) for given in (None, values)
        )
        orgs = held.ids["org"][rows.to_numpy()]
        sides = group.select("best", "best_value", "other_value").iter_rows()
        for at, (org, (best, stated, said)) in enumerate(zip(orgs, sides, strict=True)):
            place = place_of(
                org,
                str(column),
                best,
                from_cell(stated, attribute),
                str(other),
                from_cell(said, attribute),
            )
            found[place] = _turns(ready, now, then, at)
    return found


def place_of(
    org: int,
    column: str,
    best: str,
    stated: Value | Unknown,
    other: str,
    said: Value | Unknown,
) -> Place:
    """Return how a disagreement is found again: by both sources and their words."""
    return org, column, best, str(as_plain(stated)), other, str(as_plain(said))


def _decided(
    ready: Deciding,
    held: View,
    rows: pl.Series,
    key: FactKey,
    values: Sequence[Value | Unknown] | None,
) -> pl.DataFrame:
    """Return the answers of some subjects, with other values of one fact if given."""
    at = rows.to_numpy()
    part, column = held.frame[at], column_name(*key)
    if values is not None:
        attribute = ready.kind.attributes[key[0]]
        cells = [
            None if value is UNKNOWN else held_value(attribute, value)[0]
            for value in values
        ]
        part = part.with_columns(pl.Series(column, cells, dtype=part[column].dtype))
    exact = {
        place: {
            k: number
            for k, number in held.exact[row].items()
            if values is None or k != key
        }
        for place, row in enumerate(rows)
        if row in held.exact
    }
    linked = {name: _only(one, rows) for name, one in held.linked.items()}
    there = View(held.ids[at], part, exact, linked)
    return ready.plan.run(part, linked, exact=read_exact(ready, there))


def _turns(
    ready: Deciding, now: pl.DataFrame, then: pl.DataFrame, at: int
) -> dict[str, int]:
    found = {}
    for rule in ready.plan.rules:
        amount = f"{rule.id}:amount"
        before = after = None
        if amount in now.columns:
            before, after = now[amount][at], then[amount][at]
        if now[rule.id][at] != then[rule.id][at] or before != after:
            found[rule.id] = (after or 0) - (before or 0)
    return found
