# SPDX-License-Identifier: Apache-2.0
"""A batch taken back: what is read from now on changes, what was decided does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.store import batch as find_batch
from ceyuan.facts.store import find_snapshot, of_snapshot
from ceyuan.facts.store import withdraw as take_back
from ceyuan.kernel import UsageError
from ceyuan.office.runs import find, listed

if TYPE_CHECKING:
    from datetime import datetime

    from ceyuan.facts.store import Batch
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a withdrawal touches.

    Args:
        batch: The batch.
        at: When it was withdrawn.
        runs: The runs that read it, with how many of its organisations they decided;
            of a complete list, all that they decided; where a file is damaged, its
            records are counted in their place.
    """

    batch: Batch
    at: datetime
    runs: tuple[tuple[Run, int], ...]


def withdraw(memory: Memory, name: str, *, reason: str) -> Withdrawn:
    """Withdraw a batch and list the runs whose decisions were made on it.

    Raises:
        UsageError: There is no such batch, it is withdrawn already, or no reason is
            given.
    """
    if not reason.strip():
        msg = "要说明理由 (a reason is asked)"
        raise UsageError(msg, hint="加上 --reason “……”")
    with memory.transaction() as conn:
        at = take_back(conn, name, actor=memory.actor, reason=reason)
        found = find_batch(conn, name)
        used = [
            run
            for run in listed(memory)
            if name in find_snapshot(conn, run.snapshot).batches
        ]
    return Withdrawn(
        found, at, tuple((run, _decided(memory, found, run)) for run in used)
    )


def _decided(memory: Memory, found: Batch, run: Run) -> int:
    """Return how many organisations of a batch a run decided, whatever about them."""
    told = find(memory, run.id)
    if found.complete:  # who was not on the list was decided on it as well
        return sum(told.subjects.values())
    decisions = [part for parts in told.parts.values() for part in parts]
    if any(memory.shelf.fault(part) for part in (*found.parts, *decisions)):
        return found.rows  # it is withdrawn all the same: that is the remedy
    with memory.transaction() as conn:
        snapshot = find_snapshot(conn, run.snapshot)
        moved = of_snapshot(conn, memory.shelf, snapshot, as_of=run.as_of).aliases
    stated = memory.shelf.scan(found.parts).select(
        pl.col("org").replace(moved["handle"], moved["org"])
    )
    answered = pl.concat(
        [memory.shelf.scan(parts).select("org") for parts in told.parts.values()]
    )
    both = stated.drop_nulls().unique().join(answered.unique(), on="org", how="semi")
    return both.collect().height
