# SPDX-License-Identifier: Apache-2.0
"""Imports as officers look at them: what came in, what was wrong, what failed, who used it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.facts.store import batches, find_snapshot
from ceyuan.office.attempts import ATTEMPT
from ceyuan.office.runs import listed

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from psycopg import Connection

    from ceyuan.facts.store import Batch
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run

# An attempt that is not finished and whose lock is free has died (`attempts`); here it
# is only looked at: whoever is at one holds the lock in a session of his own.
_FAILED = """
select a.detail, a.actor, a.started_at, coalesce(a.outcome, 'lost')
from attempt a
where a.kind = 'import' and (a.outcome in ('failed', 'lost') or (a.finished_at is null
  and not exists (select from pg_locks l where l.locktype = 'advisory'
    and l.classid = %s and l.objid = a.id)))
order by a.started_at desc limit %s
"""

# What people wrote lies between two sealings: after the last statement of the one before.
_WRITTEN = """
select known_at, actor, reason, attribute, year, claim_id from statement
where record_type = %(record)s and source = %(source)s and id <= %(upto)s
  and id > (select coalesce(max(statements_to), 0) from batch
    where statements_to < %(upto)s)
order by id limit %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Written:
    """A statement of a batch that people wrote: when, who, why, on which claim."""

    at: datetime
    actor: str
    reason: str
    attribute: str
    year: int | None
    claim: int | None


@dataclass(frozen=True, slots=True)
class Failed:
    """An import that came to nothing.

    Args:
        files: The files.
        actor: Who tried.
        at: When.
        outcome: `failed`: nothing could be taken; `lost`: it died on the way.
    """

    files: tuple[str, ...]
    actor: str
    at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """A problem of an import, as its report has it."""

    code: str
    file: str
    sheet: str
    row: str
    column: str
    what: str
    mend: str


def failed(conn: Connection, *, limit: int = 20) -> list[Failed]:
    """Return imports that came to nothing, the latest first."""
    rows = conn.execute(_FAILED, (ATTEMPT, limit))
    return [
        Failed(tuple(detail.get("files", ())), actor, at, outcome)
        for detail, actor, at, outcome in rows
    ]


def imports(
    conn: Connection, *, record: str = "", source: str = "", words: str = ""
) -> list[Batch]:
    """Return batches, the latest first.

    Args:
        conn: The transaction.
        record: Only of this record type.
        source: Only of this source.
        words: Only with these words in the name of a file or the batch's id.
    """
    return [
        one
        for one in reversed(batches(conn, record=record))
        if (not source or one.source == source)
        and (
            not words
            or words in one.id
            or any(words in file.name for file in one.files)
        )
    ]


def report_of(memory: Memory, batch: str) -> Path | None:
    """Return the report of a batch's problems; None where there were none."""
    path = memory.workspace.folder / "reports" / f"{batch}.csv"
    return path if path.is_file() else None


def problems_of(memory: Memory, batch: str, *, limit: int = 500) -> list[Wrong]:
    """Return the problems of a batch, as its report has them."""
    path = report_of(memory, batch)
    if path is None:
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        next(rows, None)
        return [Wrong(*row) for row, _ in zip(rows, range(limit), strict=False)]


def written(conn: Connection, batch: Batch, *, limit: int = 500) -> list[Written]:
    """Return what people wrote of a batch, in order; nothing where it was imported."""
    rows = conn.execute(
        _WRITTEN,
        {
            "record": batch.record,
            "source": batch.source,
            "upto": batch.statements_to,
            "limit": limit,
        },
    )
    return [Written(*row) for row in rows]


def runs_with(memory: Memory, conn: Connection, batch: str) -> list[Run]:
    """Return the runs that read a batch, the latest first."""
    return [
        run
        for run in listed(memory)
        if batch in find_snapshot(conn, run.snapshot).batches
    ]
