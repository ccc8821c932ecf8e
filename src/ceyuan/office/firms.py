# SPDX-License-Identifier: Apache-2.0
"""Whom is meant: a firm by its code, its name, or a part of its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.store.handles import handle_of_code
from ceyuan.kernel import UsageError, clean_code, code_fault

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ceyuan.facts.store import Reading

FIRM = "firm"
_MOST = 8


@dataclass(frozen=True, slots=True)
class Firm:
    """An organisation as it is called now.

    Args:
        org: Its number.
        code: Its credit code; empty where none is known.
        name: Its name; empty where none is known.
    """

    org: int
    code: str
    name: str

    def __str__(self) -> str:
        return f"{self.name or '（无名称）'} {self.code}".strip()


def labels(
    reading: Reading, record: str, orgs: Collection[int] | None = None
) -> dict[int, Firm]:
    """Return how organisations are called; the words that came last count.

    Args:
        reading: What is known.
        record: The record type whose names are looked at.
        orgs: Organisations that are wanted; all by default.
    """
    wanted = None if orgs is None else sorted(set(orgs))
    if wanted is not None and not wanted:
        return {}
    names = _names(reading, record, wanted)
    if names is None:
        return {}
    called = names.group_by("org").agg(
        pl.col("code").drop_nulls().last(),
        pl.col("name").drop_nulls().last(),
    )
    recorded = reading.called
    return {
        org: Firm(org, code or "", recorded.get(org, name or ""))
        for org, code, name in called.iter_rows()
    }


def _names(
    reading: Reading, record: str, wanted: Sequence[int] | None
) -> pl.DataFrame | None:
    """Return `org`, `code`, `name` of all records, those of absorbed firms first."""
    span = None if wanted is None else (wanted[0], wanted[-1])
    layers = reading.layers(record, (), span=span, more=("code", "name"))
    frames = []
    for layer in sorted(layers, key=lambda one: not one.absorbed):
        frame = layer.frame.select("org", "code", "name")
        if wanted is not None:
            frame = frame.filter(pl.col("org").is_in(wanted))
        frames.append(frame)
    return pl.concat(frames) if frames else None


def find_firm(reading: Reading, said: str, *, record: str = FIRM) -> Firm:
    """Return the organisation that a code, a name or a part of a name means.

    Raises:
        UsageError: It means none, or several; those near are named.
    """
    code = clean_code(said)
    if not code_fault(code):
        handle = handle_of_code(code)
        moved = reading.aliases.filter(pl.col("handle") == handle)["org"]
        org = moved[0] if len(moved) else handle
        found = labels(reading, record, [org])
        if org in found:
            return found[org]
        msg = f"没有 `{code}` 的记录 (nothing is recorded of this code)"
        raise UsageError(msg, hint="`ceyuan import firm 文件 --source …` 之后再问")
    every = labels(reading, record)
    same = [f for f in every.values() if f.name == said]
    found_by_part = same or [f for f in every.values() if said and said in f.name]
    if len(found_by_part) == 1:
        return found_by_part[0]
    if not found_by_part:
        # A former name, or that of a firm which another one has absorbed.
        names = _names(reading, record, None)
        if names is not None:
            orgs = names.filter(pl.col("name") == said)["org"].unique().to_list()
            if len(orgs) == 1:
                return every[orgs[0]]
        from difflib import get_close_matches

        near = get_close_matches(said, [f.name for f in every.values()][:20_000], n=3)
        msg = f"没有叫“{said}”的企业 (no such firm is recorded)"
        raise UsageError(msg, hint=f"是不是：{'、'.join(near)}" if near else "")
    shown = sorted(found_by_part, key=lambda f: f.name)[:_MOST]
    msg = f"“{said}”有 {len(found_by_part)} 家企业 (several firms)"
    raise UsageError(msg, hint="；".join(str(f) for f in shown))
