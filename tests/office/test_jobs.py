# SPDX-License-Identifier: Apache-2.0
"""Work beside the pages: done once, told, repeated, stopped, never lost."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.kernel import InputRejected, Problem, UsageError
from ceyuan.office.jobs import enqueue, job_of, jobs_of, stop, work, work_once
from ceyuan.office.memory import Memory, open_memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.jobs import Job, Progress


@pytest.fixture(name="memory")
def _memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="worker") as memory:
        yield memory


def ask(memory: Memory, kind: str, said: dict[str, Any], **more: Any) -> str:
    with memory.transaction() as conn:
        return enqueue(conn, kind, said, actor="经办人甲", **more)


def now(memory: Memory, name: str) -> Job:
    with memory.transaction() as conn:
        return job_of(conn, name)


def double(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
    progress(1, 1, "twice")
    return {"n": job.said["n"] * 2, "by": memory.actor}


def test_a_job_is_done_in_the_name_of_who_asked_and_once(memory: Memory) -> None:
    name = ask(memory, "double", {"n": 21})

    done = work_once(memory, {"double": double})
    again = work_once(memory, {"double": double})

    assert done is not None
    assert (name, "done", {"n": 42, "by": "经办人甲"}, 1, 1, "twice", None) == (
        done.id, done.state, done.result, done.done, done.whole, done.note, again,
    )  # fmt: skip


def test_the_oldest_due_job_comes_first_and_one_not_due_waits(memory: Memory) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    third = ask(memory, "double", {"n": 3}, not_before=later)
    first = ask(memory, "double", {"n": 1})
    second = ask(memory, "double", {"n": 2})
    other = ask(memory, "other", {})

    done = [work_once(memory, {"double": double}) for _ in range(3)]

    assert [first, second, None] == [None if d is None else d.id for d in done]
    assert ["waiting", "waiting"] == [now(memory, n).state for n in (third, other)]


def test_a_fault_is_told_with_place_and_mend_and_the_worker_lives_on(
    memory: Memory,
) -> None:
    def refuse(_: Memory, __: Job, ___: Progress) -> dict[str, Any]:
        problem = Problem(
            code="R203", message="17 位", mend="补末位", file="a.xlsx", row=5
        )
        msg = "表不能用"
        raise InputRejected(msg, problems=[problem], hint="改好再传")

    def break_(_: Memory, __: Job, ___: Progress) -> dict[str, Any]:
        return {"x": 1 / 0}

    ask(memory, "refuse", {})
    ask(memory, "break", {})
    kinds = {"refuse": refuse, "break": break_}
    refused, broken = work_once(memory, kinds), work_once(memory, kinds)

    assert refused is not None
    assert broken is not None
    assert ("failed", "表不能用", "改好再传", ["R203"], ["补末位"]) == (
        refused.state,
        refused.error["what"],  # type: ignore[index]
        refused.error["hint"],  # type: ignore[index]
        [p["code"] for p in refused.error["problems"]],  # type: ignore[index]
        [p["mend"] for p in refused.error["problems"]],  # type: ignore[index]
    )
    assert "failed" == broken.state
    assert "ZeroDivisionError" in broken.error["what"]  # type: ignore[index]


def test_a_repeated_job_is_asked_again_for_the_next_due_moment(memory: Memory) -> None:
    due = datetime.now(UTC) - timedelta(days=3, hours=1)
    name = ask(memory, "double", {"n": 1}, not_before=due, every="daily")

    work_once(memory, {"double": double})

    with memory.transaction() as conn:
        found = [j for j in jobs_of(conn, kind="double") if j.id != name]
    # Three days were missed; they are not made up for. The next is in 23 hours.
    assert [("waiting", due + timedelta(days=4), "daily", {"n": 1})] == [
        (j.state, j.not_before, j.every, j.said) for j in found
    ]


def test_it_cannot_be_repeated_every_full_moon(memory: Memory) -> None:
    with pytest.raises(UsageError, match="not an interval"):
        ask(memory, "double", {"n": 1}, every="full moon")


def test_a_waiting_job_stops_at_once_a_running_one_when_it_looks_up(
    memory: Memory,
) -> None:
    waiting = ask(memory, "double", {"n": 1})
    with memory.transaction() as conn:
        stop(conn, waiting)
    steps: list[int] = []

    def long(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
        for step in range(3):
            if step == 1:
                with memory.transaction() as conn:
                    stop(conn, job.id)
            progress(3, 3, "")  # the last word is always said
            steps.append(step)
        return {}

    ask(memory, "long", {}, every="daily")
    done = work_once(memory, {"double": double, "long": long})

    assert done is not None
    assert ("stopped", "stopped", [0]) == (
        now(memory, waiting).state,
        done.state,
        steps,
    )
    with memory.transaction() as conn:  # and it is not asked again
        assert 1 == len(jobs_of(conn, kind="long"))


def test_a_worker_that_went_silent_fails_its_job(memory: Memory) -> None:
    name = ask(memory, "double", {"n": 1})
    with memory.transaction() as conn:
        conn.execute(
            "update job set state = 'running', beat_at = now() - interval '10 minutes'"
        )

    found = work_once(memory, {"double": double})

    job = now(memory, name)
    assert (None, "failed") == (found, job.state)
    assert "went silent" in job.error["what"]  # type: ignore[index]


def test_two_workers_share_the_jobs_and_none_is_done_twice(memory: Memory) -> None:
    names = {ask(memory, "double", {"n": n}) for n in range(20)}
    done: list[str] = []

    def worker() -> None:
        while (job := work_once(memory, {"double": double})) is not None:
            done.append(job.id)

    threads = [threading.Thread(target=worker) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert (20, names) == (len(done), set(done))


def test_work_waits_for_jobs_and_ends_when_told(memory: Memory) -> None:
    ended = threading.Event()
    thread = threading.Thread(
        target=work, args=(memory, {"double": double}, ended.is_set)
    )
    thread.start()

    name = ask(memory, "double", {"n": 4})
    for _ in range(200):
        if now(memory, name).is_over:
            break
        threading.Event().wait(0.05)
    ended.set()
    thread.join(10)

    assert (False, {"n": 8, "by": "经办人甲"}) == (
        thread.is_alive(),
        now(memory, name).result,
    )


def test_there_is_no_such_job(memory: Memory) -> None:
    with pytest.raises(UsageError, match="no such job"), memory.transaction() as conn:
        job_of(conn, "j0")
