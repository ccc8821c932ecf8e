# SPDX-License-Identifier: Apache-2.0
"""Questions that take long: asked once, answered beside the pages, the answer kept.

A question is a kind of job and its words. Whoever asks in the same words gets the job
that is there, running or done, and no second one. What a question rests on is one of
its words (`knowledge`): with a new import, a ruling or a withdrawal it is another
question, so an old answer never stands for a new one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from ceyuan.office.jobs import enqueue, job_of
from ceyuan.office.running import engine_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection

    from ceyuan.office.jobs import Job
    from ceyuan.office.memory import Memory

_LAST = """
select id from job where kind = %s and said = %s and state <> 'stopped'
order by created_at desc limit 1
"""
_ANSWERED = """
select id from job where kind = %s and state = 'done' and said @> %s
  and right(said ->> 'known', length(%s)) = %s
order by created_at desc limit 1
"""
_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
_KNOWN = """
select greatest(
  (select max(known_at) from batch), (select max(known_at) from statement),
  (select max(known_at) from withdrawal), (select max(known_at) from identity_event))
"""


def asked(conn: Connection, kind: str, said: Mapping[str, Any], *, actor: str) -> Job:
    """Return the job that answers a question, in the caller's transaction."""
    _alone(conn, kind, said)
    found = last_asked(conn, kind, said)
    if found is not None:
        return found
    return job_of(conn, enqueue(conn, kind, said, actor=actor))


def asked_again(
    conn: Connection, kind: str, said: Mapping[str, Any], *, actor: str
) -> Job:
    """Return a new job for a question; the one that runs where one does."""
    _alone(conn, kind, said)
    found = last_asked(conn, kind, said)
    if found is not None and not found.is_over:
        return found
    return job_of(conn, enqueue(conn, kind, said, actor=actor))


def last_asked(conn: Connection, kind: str, said: Mapping[str, Any]) -> Job | None:
    """Return the last job that was asked this; None: it was never asked."""
    row = conn.execute(_LAST, (kind, Jsonb(dict(said)))).fetchone()
    return None if row is None else job_of(conn, row[0])


def last_answered(conn: Connection, kind: str, same: Mapping[str, Any]) -> Job | None:
    """Return the last answer that this program gave to a question like this one.

    It may rest on less than is known by now: whoever shows it says of when it is.

    Args:
        conn: The transaction.
        kind: The kind of question.
        same: The words that have to be the same; what it rests on may differ.
    """
    engine = engine_version()
    row = conn.execute(_ANSWERED, (kind, Jsonb(dict(same)), engine, engine)).fetchone()
    return None if row is None else job_of(conn, row[0])


def knowledge(memory: Memory, conn: Connection) -> str:
    """Return what every answer rests on: what is known, the rules, the program.

    An answer that an earlier version of the program kept may have another shape.
    """
    row = conn.execute(_KNOWN).fetchone()
    moment = "" if row is None or row[0] is None else row[0].isoformat()
    return f"{moment} {memory.declared.digest} {engine_version()}"


def _alone(conn: Connection, kind: str, said: Mapping[str, Any]) -> None:
    # Two pages that ask at once make one job: the second waits for the first.
    conn.execute(_LOCK, (f"{kind} {json.dumps(said, sort_keys=True)}",))
