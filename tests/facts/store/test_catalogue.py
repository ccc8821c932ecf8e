# SPDX-License-Identifier: Apache-2.0
"""Batches in the catalogue: whole or not at all, once, and never changed."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from ceyuan.facts.store import (
    AlreadyThere,
    File,
    batch,
    batches,
    imported,
    register,
    tick,
)
from ceyuan.facts.store.snapshots import flush
from ceyuan.kernel import UsageError
from ceyuan.office.memory import Memory, open_memory
from tests.office.town_by_hand import AS_OF, WAN, add, batch_of, frame, services, state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = File(name="园区.xlsx", sha256=b"\x01" * 32, size=9, rows=1, rejected=2)


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="经办人甲") as opened:
        yield opened


def made(memory: Memory, revenue: int):
    rows = frame([{"firm": 1, "year": 2025, "revenue": revenue}], memory.kinds["firm"])
    part = memory.shelf.seal(rows, record="firm", source="tax")
    return replace(
        batch_of([part], ["revenue"], "tax", complete=frozenset({"b", "a"})),
        files=(FILE,),
        rejected=2,
        reason="年度导入",
    )


def test_batch_reads_back_as_it_was_registered(memory: Memory) -> None:
    one = made(memory, 5)
    with memory.transaction() as conn:
        kept = register(conn, one)

    with memory.transaction() as conn:
        assert batch(conn, one.id) == kept
        assert batches(conn, record="loan") == ()
        assert imported(conn, "firm", "tax", [FILE.sha256]) == [one.id]
        assert imported(conn, "firm", "park", [FILE.sha256]) == []
    assert replace(kept, known_at=one.known_at) == one


def test_same_file_of_the_same_source_is_registered_once(memory: Memory) -> None:
    one, two = made(memory, 5), made(memory, 6)
    with memory.transaction() as conn:
        register(conn, one)

    with pytest.raises(AlreadyThere), memory.transaction() as conn:
        register(conn, two)

    with memory.transaction() as conn:
        assert [b.id for b in batches(conn)] == [one.id]


def test_batch_of_no_such_id_says_so(memory: Memory) -> None:
    with memory.transaction() as conn, pytest.raises(UsageError, match="no such batch"):
        batch(conn, "b000000000000")


@pytest.mark.parametrize("table", ["batch", "batch_part", "batch_file", "withdrawal"])
@pytest.mark.parametrize("verb", ["delete from", "truncate"])
def test_nothing_of_a_batch_is_ever_taken_out(
    memory: Memory, table: str, verb: str
) -> None:
    with memory.transaction() as conn:
        register(conn, made(memory, 5))
        conn.execute(
            "insert into withdrawal (batch_id, actor, reason, known_at)"
            " select id, 'x', '', now() from batch"
        )
    more = " cascade" if verb == "truncate" else ""

    with pytest.raises(psycopg.Error), memory.database.connect() as conn:
        conn.execute(f"{verb} {table}{more}".encode())


def test_moments_grow_in_the_order_of_the_commits(memory: Memory) -> None:
    moments = []
    for _ in range(3):
        with memory.transaction() as conn:
            moments.append(tick(conn))
    batch_ = add(memory, "tax", [{"firm": 1, "year": 2025, "revenue": WAN}])
    with memory.transaction() as conn:
        moments += [batch_.known_at, tick(conn)]

    assert moments == sorted(set(moments))


def test_reading_while_somebody_seals_never_misses_a_statement(memory: Memory) -> None:
    """Between what stands in batches and what is read apart nothing may fall."""
    services(memory)
    wanted = ["gb_section"]
    done, seen = threading.Event(), []

    def look() -> None:
        while not done.is_set():
            layers = memory.reading(AS_OF).layers("firm", wanted)
            seen.append(sum(x.frame.height for x in layers if x.source == "ruling"))

    watcher = threading.Thread(target=look)
    watcher.start()
    for _ in range(25):
        state(memory, 1, "gb_section", "I")
        with memory.transaction() as conn:
            flush(conn, memory.shelf, memory.kinds)
    done.set()
    watcher.join()

    assert seen == sorted(seen)
    assert seen[-1] > 0
    look_once = memory.reading(AS_OF).layers("firm", wanted)
    assert sum(x.frame.height for x in look_once if x.source == "ruling") == 25
