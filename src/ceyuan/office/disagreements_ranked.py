# SPDX-License-Identifier: Apache-2.0
"""Where sources differ, those first that would turn an answer.

Of each disagreement it is told which policies would answer otherwise if the other
source were right (`disagreements_turned`), and on which it hangs at all: what the run
marked, where the policy reads the attribute. Most disagreements turn nothing, and an
officer's day is short: those that do come first. What came to be known after the run
was not decided yet, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ceyuan.language import column_name
from ceyuan.office.disagreements import disagreements
from ceyuan.office.disagreements_turned import place_of, turned
from ceyuan.office.firms import FIRM
from ceyuan.office.runs import find, frames, listed
from ceyuan.office.stating import as_plain, in_words
from ceyuan.policies.edges import facts_read

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import date

    from ceyuan.facts.store import Kind
    from ceyuan.office.disagreements import Disagreement
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run

MOST = 100_000
KEPT = 3_000
"""So many are kept for the pages, those with the greatest impact; all are counted."""
Place = tuple[str, int, str, int | None, str]
"""Source, organisation, key, year, attribute."""


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A disagreement with what it turns; None: it was not known to the run."""

    said: Disagreement
    turns: Mapping[str, int] | None
    hangs: list[str]

    def order(self) -> tuple[int, int, int, str, str, int]:
        turns = self.turns or {}
        money = sum(abs(fen) for fen in turns.values())
        said = self.said
        return (
            -len(turns),
            -money,
            -len(self.hangs),
            said.firm.name,
            said.attribute,
            -(said.year or 0),
        )


def ranked(
    memory: Memory,
    *,
    as_of: date,
    progress: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """Return where sources differ about firms, by impact, as JSON has it.

    Raises:
        Damaged: A sealed file is missing or was altered.
    """
    found = disagreements(memory, as_of=as_of, limit=MOST)
    kind = memory.kinds[FIRM]
    run = find(memory, "last") if listed(memory) else None
    hanging = {} if run is None else _hanging(memory, run)
    turns = {} if run is None else turned(memory, run, progress=progress)
    reads = {p: _read_by(memory, p) for p in hanging}
    rows: list[_Ranked] = []
    for one in found.shown:
        place = place_of(
            one.firm.org,
            column_name(one.attribute, one.year),
            one.best,
            one.best_value,
            one.other,
            one.other_value,
        )
        rows.append(
            _Ranked(
                one,
                turns.get(place),
                [
                    p
                    for p, orgs in hanging.items()
                    if one.firm.org in orgs and one.attribute in reads[p]
                ],
            )
        )
    rows.sort(key=_Ranked.order)
    kept = rows[:KEPT]
    since = _since(memory, kind, as_of, [one.said for one in kept])
    return {
        "as_of": as_of.isoformat(),
        "run": "" if run is None else run.id,
        "total": found.total,
        "subjects": found.subjects,
        "synthetic": found.synthetic,
        "counts": found.counts,
        "turning": sum(bool(one.turns) for one in rows),
        "rows": [_row(one, kind, since) for one in kept],
    }


def _hanging(memory: Memory, run: Run) -> dict[str, set[int]]:
    """Return, per policy whose answers hang on a disagreement, for which firms."""
    policies = run.policies.get(FIRM, ())
    hanging: dict[str, set[int]] = {p: set() for p in policies if run.hanging.get(p)}
    for frame in frames(memory, run, FIRM):
        marked = frame.filter(pl.col("hangs") > 0)
        masks = marked["hangs"].to_numpy()
        for bit, policy in enumerate(policies):
            if policy in hanging:
                some = marked.filter(pl.Series((masks >> np.uint64(bit) & 1) > 0))
                hanging[policy] |= set(some["org"])
    return hanging


def _read_by(memory: Memory, policy: str) -> Collection[str]:
    rule = memory.region.rules.get(policy)
    return () if rule is None else facts_read(rule)


def _since(
    memory: Memory, kind: Kind, as_of: date, some: list[Disagreement]
) -> dict[Place, date]:
    """Return from which day each source states what it does."""
    names = sorted({one.attribute for one in some})
    orgs = {one.firm.org for one in some}
    found: dict[Place, date] = {}
    if not some:
        return found
    reading = memory.reading(as_of)
    for span in reading.spans(kind.id):
        for layer in reading.layers(kind.id, names, span=span):
            frame = layer.frame.filter(pl.col("org").is_in(list(orgs)))
            for name in (n for n in names if n in frame.columns):
                yearly = kind.attributes[name].yearly
                stated = frame.filter(pl.col(name).is_not_null())
                for org, key, year, day in stated.select(
                    "org", "key", "year", "valid_from"
                ).iter_rows():
                    at = year if yearly else None
                    found[layer.source, org, key, at, name] = day
    return found


def _row(
    ranked_one: _Ranked, kind: Kind, since: Mapping[Place, date]
) -> dict[str, Any]:
    one, turns = ranked_one.said, ranked_one.turns
    said = kind.attributes[one.attribute]
    sides = {}
    for side, source, value in (
        ("best", one.best, one.best_value),
        ("other", one.other, one.other_value),
    ):
        place = (source, one.firm.org, one.key, one.year, one.attribute)
        day = since.get(place)
        sides[side] = {
            "source": source,
            "value": as_plain(value),
            "zh": in_words(value, said),
            "en": in_words(value, said, locale="en"),
            "since": None if day is None else day.isoformat(),
        }
    return {
        "org": one.firm.org,
        "code": one.firm.code,
        "name": one.firm.name,
        "key": one.key,
        "attribute": one.attribute,
        "year": one.year,
        **sides,
        "policies": sorted(turns or ()),
        "fen": sum(abs(fen) for fen in (turns or {}).values()),
        "hangs": ranked_one.hangs,
        "decided": turns is not None,
    }
