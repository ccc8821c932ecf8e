# SPDX-License-Identifier: Apache-2.0
"""What is being done, so that its death is noticed.

Whoever is at it holds an advisory lock of the database, which the database lets go
when he dies, however he dies; an attempt that is not finished and whose lock is free
is lost. It is finished in the transaction in which its work becomes known: what is
called lost has left nothing behind.
"""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.json import Jsonb

from ceyuan.office.database import database_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from psycopg import Connection

    from ceyuan.office.memory import Memory

_BEGIN = """
insert into attempt (kind, detail, actor, host, pid, started_at)
values (%s, %s, %s, %s, %s, clock_timestamp()) returning id
"""
_END = """
update attempt set finished_at = clock_timestamp(), outcome = %s
where id = %s and finished_at is null
"""
_NAMED = "select sha256 from batch_part union select sha256 from run_part"
_LOST = """
select id, kind, detail, actor, started_at from attempt
where finished_at is null and pg_try_advisory_xact_lock(%s, id::int)
order by id
"""
ATTEMPT = 0x6365
"""Whoever is at it holds the advisory lock (this, the attempt's number)."""


@contextmanager
def attempt(memory: Memory, kind: str, detail: dict[str, Any]) -> Iterator[int]:
    """Say that something is being done, by whom and with what.

    Yields:
        Its number; it is done in the transaction in which the work becomes known.
    """
    conn = memory.database.connect()
    try:
        with database_errors(memory.database.said):
            row = conn.execute(
                _BEGIN,
                (kind, Jsonb(detail), memory.actor, socket.gethostname(), os.getpid()),
            ).fetchone()
            assert row is not None
            number = int(row[0])
            conn.execute("select pg_advisory_lock(%s, %s)", (ATTEMPT, number))
            conn.commit()
        try:
            yield number
        finally:
            # A server that went away must not hide what happened before; the
            # attempt is told of as lost then.
            with suppress(psycopg.OperationalError, psycopg.InterfaceError):
                conn.execute(_END, ("failed", number))
                conn.commit()
    finally:
        conn.close()


def done(conn: Connection, number: int) -> None:
    """Say in the caller's transaction that an attempt has done its work."""
    conn.execute(_END, ("done", number))


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that was begun and never finished.

    Args:
        kind: What was being done.
        files: With which files.
        actor: By whom.
        started_at: Since when.
    """

    kind: str
    files: tuple[str, ...]
    actor: str
    started_at: datetime


def lost_attempts(memory: Memory) -> list[Lost]:
    """Return what died since the last time somebody asked; it is told once.

    Nothing of it is kept, and nothing has to be mended: what was known before is
    what is known now.
    """
    with memory.transaction() as conn:
        rows = conn.execute(_LOST, (ATTEMPT,)).fetchall()
        for row in rows:
            conn.execute(_END, ("lost", row[0]))
        named = [bytes(sha) for (sha,) in conn.execute(_NAMED)] if rows else []
    if rows:
        memory.shelf.sweep(named)
    return [
        Lost(kind, tuple(detail.get("files", ())), actor, started)
        for _, kind, detail, actor, started in rows
    ]
