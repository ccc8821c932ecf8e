# SPDX-License-Identifier: Apache-2.0
"""A reform tried beside the pages: asked for once, with word of how far it is, kept.

What comes of it stands in a file of the workspace, `reforms/<reform>/<job>.json`: it
names firms, so it is read by who may see them. The job itself keeps the sums only.
A check that fails is no fault of the job: it is its result, and then the only one.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from ceyuan.kernel import CeyuanError, UsageError
from ceyuan.office.auditing import audit
from ceyuan.office.distribution import spreads
from ceyuan.office.jobs import BEHALF, enqueue, job_of, jobs_of
from ceyuan.office.parameters import typed_settings
from ceyuan.office.reform_checks import failed_check
from ceyuan.office.reform_text import read_text
from ceyuan.office.reform_told import summary, told
from ceyuan.office.reforms import Asking, SavedReform, check_day, reform_of
from ceyuan.office.simulating import Trial, trial, try_reform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from psycopg import Connection

    from ceyuan.declarations import Rule
    from ceyuan.office.jobs import Job, Progress
    from ceyuan.office.memory import Memory

KIND = "simulate"
NAMED = 100
"""So many who gain, and who lose, are named for each policy."""


def start(memory: Memory, reform: SavedReform, asking: Asking) -> Job:
    """Ask for a reform to be tried; asked twice while it lasts, it is done once.

    Raises:
        UsageError: There is no such grouping, or a parameter cannot be set so.
    """
    from ceyuan.declarations.groupings import load_groupings

    check_day(asking.as_of)
    typed_settings(memory.region, asking.params)
    known = load_groupings(memory.region.id, memory.declared.root)
    for name in asking.by:
        if name not in known:
            msg = f"没有分组 `{name}` (there is no such grouping)"
            raise UsageError(msg, hint=f"可用：{'、'.join(known)}")
    said = {
        "reform": reform.id,
        "as_of": asking.as_of.isoformat(),
        "by": list(asking.by),
        "params": list(asking.params),
    }
    with memory.transaction() as conn:
        conn.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 2))", (reform.id,)
        )
        for job in jobs_of(conn, kind=KIND):
            same = {k: v for k, v in job.said.items() if k != BEHALF} == said
            if same and not job.is_over:
                return job
        name = enqueue(conn, KIND, said, actor=memory.actor)
        audit(
            conn,
            "reform.simulate",
            [(reform.id, None, {"job": name, **said})],
            actor=memory.actor,
        )
        return job_of(conn, name)


def asked(job: Job) -> Asking:
    """Return on what a job tries its reform."""
    said = job.said
    day = date.fromisoformat(said["as_of"])
    return Asking(day, tuple(said["by"]), tuple(said["params"]))


def simulate_job(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
    """Try a reform; return its sums.

    Raises:
        UsageError: Nothing was imported about whom it touches.
        Damaged: A sealed file is missing or was altered.
    """
    progress(0, 0, "read")
    with memory.transaction() as conn:
        saved = reform_of(conn, job.said["reform"])
    asking = asked(job)
    reform = read_text(saved.body, memory.region, name=saved.file)
    tested = watched(
        trial(
            memory,
            as_of=asking.as_of,
            settings=typed_settings(memory.region, asking.params),
            said=asking.params,
            by=asking.by,
        ),
        progress,
    )
    progress(0, 0, "simulate")
    try:
        tried = try_reform(tested, reform, named=NAMED)
    except CeyuanError as error:
        if type(error) is not CeyuanError:  # one of its kinds: not a check
            raise
        name = "empty" if "without changes" in error.message else "twice"
        return {"sound": False, "checks": [failed_check(name, error.message)]}
    except pl.exceptions.InvalidOperationError as error:
        msg = "这个方案使金额大得数不清 (an amount beyond 64 bits of fen)"
        raise UsageError(msg, hint="把方案里的数改小") from error
    progress(0, 0, "spread")
    found = told(tried, spreads(tested, reform))
    progress(0, 0, "write")
    _keep(_place(memory, saved.id, job.id), found)
    short = summary(found)
    return short if short["sound"] else {**short, "checks": found["checks"]}


class _Watched(Trial):
    """A trial that tells how far it is, and ends when it is stopped."""

    __slots__ = ("progress",)
    progress: Progress

    def frames(self, subject: str, rules: Sequence[Rule]) -> Iterator[Any]:
        """Yield what policies and groupings read, with word of it."""
        kinds = self.memory.kinds.values()
        kind = next((k.id for k in kinds if k.said.facts_of == subject), "")
        whole = len(self.reading.spans(kind))
        for number, batch in enumerate(Trial.frames(self, subject, rules)):
            self.progress(number, whole, "simulate")
            yield batch


def watched(made: Trial, progress: Progress) -> Trial:
    """Return a trial that tells its progress."""
    told_ = _Watched(**{name: getattr(made, name) for name in Trial.__slots__})
    told_.progress = progress
    return told_


def _place(memory: Memory, reform: str, job: str) -> Path:
    return memory.workspace.folder / "reforms" / reform / f"{job}.json"


def _keep(place: Path, found: Mapping[str, Any]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(".part")
    draft.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    draft.replace(place)


def result_of(memory: Memory, job: Job) -> dict[str, Any]:
    """Return all that came of a job.

    Raises:
        UsageError: It is not done, no check let it through, or its file is gone.
    """
    place = _place(memory, job.said["reform"], job.id)
    if job.state != "done" or not (job.result or {}).get("sound"):
        msg = "这次模拟没有可用的结果 (no result of this simulation)"
        raise UsageError(msg, hint="再运行一次")
    if not place.is_file():
        msg = "这次模拟的结果文件不在了 (the file of this result is gone)"
        raise UsageError(msg, hint="再运行一次；数字会相同")
    found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found


def tries(conn: Connection, *reforms: str) -> list[Job]:
    """Return the jobs that tried some reforms, the newest first; of all if none."""
    every = jobs_of(conn, kind=KIND)
    return [job for job in every if not reforms or job.said["reform"] in reforms]
