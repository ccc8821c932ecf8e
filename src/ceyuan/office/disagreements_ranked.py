# SPDX-License-Identifier: Apache-2.0
"""Where sources differ, those first on which an answer hangs.

A stored run says of each firm which policies' answers would be others if a disputed
fact had not been stated. A disagreement touches those of them that read its attribute;
where two attributes of a firm are disputed, both are named. Most disagreements turn
nothing, and an officer's day is short: the ones that do come first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ceyuan.office.disagreements import disagreements
from ceyuan.office.firms import FIRM
from ceyuan.office.runs import find, frames, listed
from ceyuan.office.stating import as_plain, in_words
from ceyuan.policies import OUTCOMES, Outcome
from ceyuan.policies.edges import facts_read

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import date

    from ceyuan.facts.store import Kind
    from ceyuan.office.disagreements import Disagreement
    from ceyuan.office.memory import Memory

MOST = 100_000
KEPT = 3_000
"""So many are kept for the pages, those with the greatest impact; all are counted."""
_ELIGIBLE = next(code for code, o in OUTCOMES.items() if o is Outcome.ELIGIBLE)
Place = tuple[str, int, str, int | None, str]
"""Source, organisation, key, year, attribute."""


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
    run, hanging, money = _hanging(memory)
    reads = {p: _read_by(memory, p) for p in hanging}
    rows = []
    for one in found.shown:
        policies = [
            p
            for p, orgs in hanging.items()
            if one.firm.org in orgs and one.attribute in reads[p]
        ]
        fen = sum(money.get((p, one.firm.org), 0) for p in policies)
        rows.append((one, policies, fen))
    progress(len(rows))
    rows.sort(key=lambda r: (-len(r[1]), -r[2], r[0].firm.name, r[0].attribute))
    kept = rows[:KEPT]
    since = _since(memory, kind, as_of, [one for one, _, _ in kept])
    return {
        "as_of": as_of.isoformat(),
        "run": run,
        "total": found.total,
        "subjects": found.subjects,
        "synthetic": found.synthetic,
        "counts": found.counts,
        "turning": sum(bool(policies) for _, policies, _ in rows),
        "rows": [_row(one, policies, fen, kind, since) for one, policies, fen in kept],
    }


def _hanging(
    memory: Memory,
) -> tuple[str, dict[str, set[int]], dict[tuple[str, int], int]]:
    """Return, of the last run, per policy whose answers hang, and what is due there."""
    if not listed(memory):
        return "", {}, {}
    run = find(memory, "last")
    policies = run.policies.get(FIRM, ())
    hanging: dict[str, set[int]] = {p: set() for p in policies if run.hanging.get(p)}
    money: dict[tuple[str, int], int] = {}
    for frame in frames(memory, run, FIRM):
        marked = frame.filter(pl.col("hangs") > 0)
        masks = marked["hangs"].to_numpy()
        for bit, policy in enumerate(policies):
            if policy not in hanging:
                continue
            some = marked.filter(pl.Series((masks >> np.uint64(bit) & 1) > 0))
            hanging[policy] |= set(some["org"])
            amount = f"{policy}:amount"
            if amount in some.columns:
                due = some.filter(pl.col(policy) == _ELIGIBLE)
                pairs = due.select("org", amount).drop_nulls().iter_rows()
                money |= {(policy, org): fen for org, fen in pairs}
    return run.id, hanging, money


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
    one: Disagreement,
    policies: list[str],
    fen: int,
    kind: Kind,
    since: Mapping[Place, date],
) -> dict[str, Any]:
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
        "policies": policies,
        "fen": fen,
    }
