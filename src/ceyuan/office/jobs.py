# SPDX-License-Identifier: Apache-2.0
"""Work that takes longer than a page may: queued, done beside the pages, told.

A job is a row: what kind, with which words, for whom. Workers take the oldest that is
due (`skip locked`: each job by one worker), say how far they are, and leave a result or
a fault that tells what, where, why and how to mend. A worker that dies is noticed by
its silence, and its job is failed, not lost: whoever asked may ask again.

```
waiting ──taken──▶ running ──▶ done | failed | stopped
   ▲                             │
   └── a new row, where `every` is set ◀──┘
```
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg
from psycopg.types.json import Jsonb

from ceyuan.kernel import CeyuanError, InputRejected, UsageError
from ceyuan.office.auditing import acting_for, audit, on_behalf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from psycopg import Connection

    from ceyuan.office.memory import Memory

_COLUMNS = """
id, kind, said, state, done, whole, note, result, error, actor, organisation,
not_before, every, created_at, started_at, finished_at
"""
_NEW = """
insert into job (id, kind, said, actor, organisation, not_before, every)
values (%s, %s, %s, %s, %s, coalesce(%s, now()), %s)
"""
_READ = f"select {_COLUMNS} from job "  # noqa: S608 - our own words
_TAKE = f"""
update job set state = 'running', started_at = clock_timestamp(),
  beat_at = clock_timestamp()
where id = (
  select id from job where state = 'waiting' and not_before <= now()
    and kind = any(%s)
  order by not_before, created_at limit 1 for update skip locked)
returning {_COLUMNS}
"""  # noqa: S608 - our own words
_BEAT = """
update job set done = %s, whole = %s, note = %s, beat_at = clock_timestamp()
where id = %s returning state
"""
_END = """
update job set state = %s, result = %s, error = %s, finished_at = clock_timestamp()
where id = %s and state in ('running', 'stopping')
"""
_SILENT = """
update job set state = 'failed', finished_at = clock_timestamp(), error = %s
where state in ('running', 'stopping')
  and beat_at < clock_timestamp() - make_interval(secs => %s)
"""
_STOP = """
update job set state = case state when 'waiting' then 'stopped' else 'stopping' end,
  finished_at = case state when 'waiting' then clock_timestamp() end
where id = %s and state in ('waiting', 'running')
"""
EVERY: Mapping[str, timedelta] = {
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
}
"""How often a job can be asked to be done again."""
BEHALF = "behalf"
"""Among the words of a job: whom the asker acts for."""
BEAT = 0.3
"""Seconds between two words on how far a job is."""
SILENT = 120
"""Seconds after which a worker that says nothing counts as gone."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands.

    Args:
        id: Its id.
        kind: What is to be done.
        said: With which words.
        state: `waiting`, `running`, `stopping`, `done`, `failed`, `stopped`.
        done: How many are done.
        whole: Of how many; 0: not known.
        note: What is being done, in words.
        result: What came of it, once done.
        error: What went wrong: `what`, `hint`, `problems`.
        actor: Who asked.
        organisation: On whose behalf.
        not_before: When it is due.
        every: `daily`, `weekly` or empty.
        created_at: When it was asked.
        started_at: When a worker took it.
        finished_at: When it ended.
    """

    id: str
    kind: str
    said: dict[str, Any]
    state: str
    done: int
    whole: int
    note: str
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    actor: str
    organisation: str
    not_before: datetime
    every: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Return whether nothing more will come."""
        return self.state in ("done", "failed", "stopped")

    @property
    def percent(self) -> int:
        """Return how far it is, 0 to 100."""
        if self.state == "done":
            return 100
        return min(99, self.done * 100 // self.whole) if self.whole else 0


class Stopped(CeyuanError):
    """Whoever asked for the job wants it no longer."""


Progress: TypeAlias = "Callable[[int, int, str], None]"
Worked: TypeAlias = "Callable[[Memory, Job, Progress], dict[str, Any]]"


def enqueue(
    conn: Connection,
    kind: str,
    said: Mapping[str, Any],
    *,
    actor: str,
    organisation: str = "",
    not_before: datetime | None = None,
    every: str = "",
) -> str:
    """Ask for a job in the caller's transaction; return its id.

    Raises:
        UsageError: It cannot be repeated so.
    """
    if every and every not in EVERY:
        msg = f"`{every}` 不是重复的间隔 (not an interval)"
        raise UsageError(msg, hint=f"可用：{'、'.join(EVERY)}")
    name = f"j{secrets.token_hex(8)}"
    # Whom the asker acts for, the worker acts for: the audit trail says so.
    asked = {**said, BEHALF: on_behalf()} if on_behalf() else dict(said)
    conn.execute(
        _NEW, (name, kind, Jsonb(asked), actor, organisation, not_before, every)
    )
    conn.execute("notify job")
    return name


def job_of(conn: Connection, name: str) -> Job:
    """Return a job.

    Raises:
        UsageError: There is none of this id.
    """
    row = conn.execute(_READ + "where id = %s", (name,)).fetchone()
    if row is None:
        msg = f"没有任务 `{name}` (there is no such job)"
        raise UsageError(msg)
    return Job(*row)


def jobs_of(conn: Connection, *, kind: str = "", actor: str = "") -> list[Job]:
    """Return jobs, the newest first."""
    rows = conn.execute(
        _READ + "where (%s = '' or kind = %s) and (%s = '' or actor = %s)"
        " order by created_at desc limit 200",
        (kind, kind, actor, actor),
    )
    return [Job(*row) for row in rows]


def stop(conn: Connection, name: str) -> None:
    """Ask a job to end; a waiting one ends at once, a running one when it looks up."""
    conn.execute(_STOP, (name,))


def stop_by(memory: Memory, name: str) -> None:
    """Ask another's job to end; that somebody did is kept."""
    with memory.transaction() as conn:
        before = job_of(conn, name)
        stop(conn, name)
        after = job_of(conn, name)
        audit(
            conn,
            "job.stop",
            [(name, {"state": before.state}, {"state": after.state})],
            actor=memory.actor,
        )


def work_once(memory: Memory, kinds: Mapping[str, Worked]) -> Job | None:
    """Do the next job that is due; return it as it ended, None where none is due."""
    with memory.transaction() as conn:
        gone = {
            "what": "做到一半，执行的进程没有了消息 (the worker went silent)",
            "hint": "可以再做一次；没有做完的不算数",
            "problems": [],
        }
        conn.execute(_SILENT, (Jsonb(gone), SILENT))
        row = conn.execute(_TAKE, (list(kinds),)).fetchone()
    if row is None:
        return None
    job = Job(*row)
    state, result, error = "done", None, None
    try:
        # The work is done in the name of whoever asked, with his permissions.
        with acting_for(job.said.get(BEHALF, "")):
            result = kinds[job.kind](
                replace(memory, actor=job.actor), job, _progress(memory, job.id)
            )
    except Stopped:
        state = "stopped"
    except CeyuanError as fault:
        state, error = "failed", told(fault)
    except Exception as fault:  # noqa: BLE001 - a job must not take the worker along
        state = "failed"
        error = {
            "what": f"程序出错 (our fault): {type(fault).__name__}: {fault}",
            "hint": "请把任务编号告诉管理员",
            "problems": [],
        }
    with memory.transaction() as conn:
        conn.execute(_END, (state, _jsonb(result), _jsonb(error), job.id))
        if job.every and state != "stopped":
            enqueue(
                conn,
                job.kind,
                job.said,
                actor=job.actor,
                organisation=job.organisation,
                not_before=_next(job),
                every=job.every,
            )
        return job_of(conn, job.id)


def work(memory: Memory, kinds: Mapping[str, Worked], stop: Callable[[], bool]) -> None:
    """Do jobs as they come, until told to stop."""
    while not stop():
        if work_once(memory, kinds) is not None:
            continue
        _wait(memory)


def told(fault: CeyuanError) -> dict[str, Any]:
    """Return a fault as a page tells it."""
    problems = fault.problems if isinstance(fault, InputRejected) else ()
    return {
        "what": fault.message,
        "hint": fault.hint,
        "problems": [
            {"code": p.code, "place": p.place, "what": p.message, "mend": p.mend}
            for p in problems
        ],
    }


def _jsonb(value: dict[str, Any] | None) -> Jsonb | None:
    return None if value is None else Jsonb(value, lambda v: json.dumps(v, default=str))


def _next(job: Job) -> datetime:
    """Return the first due moment after now; missed ones are not made up for."""
    step = EVERY[job.every]
    due = job.not_before + step
    now = datetime.now(due.tzinfo)
    return due if due > now else due + step * ((now - due) // step + 1)


def _progress(memory: Memory, name: str) -> Progress:
    last = [0.0]

    def say(done: int, whole: int, note: str = "") -> None:
        if time.monotonic() - last[0] < BEAT and done < whole:
            return
        last[0] = time.monotonic()
        with memory.transaction() as conn:
            row = conn.execute(_BEAT, (done, whole, note, name)).fetchone()
        if row is not None and row[0] == "stopping":
            raise Stopped("stopped")

    return say


def _wait(memory: Memory) -> None:
    """Wait until somebody asks for a job, two seconds at most."""
    with psycopg.connect(memory.database.url, autocommit=True) as conn:
        conn.execute("listen job")
        for _ in conn.notifies(timeout=2.0, stop_after=1):
            return
