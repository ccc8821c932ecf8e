# SPDX-License-Identifier: Apache-2.0
"""A batch taken back after decisions were made on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ceyuan.facts.store import Damaged, batches
from ceyuan.facts.store.snapshots import flush
from ceyuan.kernel import UsageError
from ceyuan.office.memory import Memory, open_memory
from ceyuan.office.running import run
from ceyuan.office.withdrawing import withdraw
from tests.office.town_by_hand import AS_OF, WAN, add, services, state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="经办人甲") as opened:
        yield opened


def test_withdraw_lists_the_runs_that_read_the_batch(memory: Memory) -> None:
    made = services(memory)
    first = run(memory, as_of=AS_OF)
    late = add(memory, "park", [{"firm": 9, "year": 2025, "revenue": WAN}])
    second = run(memory, as_of=AS_OF)

    told = withdraw(memory, made["tax"].id, reason="名单有误")
    of_late = withdraw(memory, late.id, reason="名单有误")

    assert {(r.id, n) for r, n in told.runs} == {(first.id, 3), (second.id, 3)}
    assert [(r.id, n) for r, n in of_late.runs] == [(second.id, 1)]
    assert told.batch.withdrawn_at == told.at
    # Without tax 2 falls to 900, below the line; 3 stays at its own 1500.
    after = run(memory, as_of=AS_OF)
    assert after.counts["service_scale"] == {
        "eligible": 2,
        "ineligible": 1,
        "unknown": 1,
    }
    assert after.hanging == {}


def test_withdraw_of_a_batch_of_lists_counts_firms_that_were_decided(
    memory: Memory,
) -> None:
    services(memory)
    patents = add(
        memory,
        "ip",
        [{"firm": n, "key": f"合成{n}"} for n in (1, 1, 50)],
        record="patent",
    )
    made = run(memory, as_of=AS_OF)

    told = withdraw(memory, patents.id, reason="导错")

    assert [(r.id, n) for r, n in told.runs] == [(made.id, 1)]


def test_withdraw_of_a_batch_whose_file_is_lost_lets_runs_go_on(memory: Memory) -> None:
    tax = services(memory)["tax"]
    first = run(memory, as_of=AS_OF)
    memory.shelf.path(tax.parts[0]).unlink()
    with pytest.raises(Damaged):
        run(memory, as_of=AS_OF)

    told = withdraw(memory, tax.id, reason="文件丢失")

    assert [r.id for r, _ in told.runs] == [first.id]
    assert run(memory, as_of=AS_OF).subjects == {"firm": 4}


def test_withdraw_that_cannot_be_is_refused(memory: Memory) -> None:
    tax = services(memory)["tax"]
    state(memory, 1, "gb_section", "I")
    with memory.transaction() as conn:
        (people,) = flush(conn, memory.shelf, memory.kinds)
    withdraw(memory, tax.id, reason="导错")

    for name, reason, message in (
        (tax.id, "x", "already withdrawn"),
        ("b0", "x", "no such batch"),
        (people.id, "x", "written by people"),
        (tax.id, "  ", "a reason"),
    ):
        with pytest.raises(UsageError, match=message):
            withdraw(memory, name, reason=reason)
    with memory.transaction() as conn:
        gone = [b.id for b in batches(conn) if b.withdrawn_at is not None]
    assert gone == [tax.id]
