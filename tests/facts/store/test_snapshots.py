# SPDX-License-Identifier: Apache-2.0
"""Snapshots: one name for one knowledge, the same rows for ever."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl
import pytest

from ceyuan.facts.store import (
    as_known,
    batches,
    find_snapshot,
    make_snapshot,
    of_snapshot,
    tick,
    view,
)
from ceyuan.facts.store.snapshots import flush, manifest_hash
from ceyuan.kernel import UsageError
from ceyuan.office import identities
from ceyuan.office.memory import Memory, open_memory
from ceyuan.office.withdrawing import withdraw
from tests.office.town_by_hand import AS_OF, WAN, add, code, org, services, state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from ceyuan.facts.store import Snapshot

KEYS = [("revenue", 2025), ("gb_section", None)]


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="经办人甲") as opened:
        yield opened


def snapshot(memory: Memory, known_at: datetime | None = None) -> Snapshot:
    with memory.transaction() as conn:
        return make_snapshot(
            conn, memory.shelf, memory.kinds, actor="x", known_at=known_at
        )


def rows(memory: Memory, name: str) -> list[tuple[object, ...]]:
    with memory.transaction() as conn:
        reading = of_snapshot(
            conn, memory.shelf, find_snapshot(conn, name), as_of=AS_OF
        )
    found = view(reading, memory.kinds["firm"], KEYS)
    return found.ids.hstack(found.frame).rows()


def moment(memory: Memory) -> datetime:
    with memory.transaction() as conn:
        return tick(conn)


def test_same_knowledge_has_the_same_snapshot_whoever_asks(memory: Memory) -> None:
    services(memory)
    state(memory, 1, "gb_section", "I")

    one, two = snapshot(memory), snapshot(memory)
    later = snapshot(memory, moment(memory))

    assert one == two == later
    assert one.id == manifest_hash(one.manifest)
    with memory.transaction() as conn:
        assert find_snapshot(conn, one.id) == one


def test_old_snapshot_gives_the_same_rows_and_hash_whatever_comes(
    memory: Memory,
) -> None:
    made = services(memory)
    state(memory, 1, "gb_section", "I")
    old = snapshot(memory)
    before = rows(memory, old.id)

    state(memory, 2, "revenue", Fraction(7), year=2025)
    add(memory, "tax", [{"firm": 1, "year": 2025, "revenue": 3}])
    withdraw(memory, made["registry"].id, reason="x")
    identities.merge(memory, code(1), code(3), since=date(2026, 1, 1), reason="x")
    new = snapshot(memory)

    assert rows(memory, old.id) == before
    assert rows(memory, new.id) != before
    assert snapshot(memory, old.known_at).id == old.id
    with memory.transaction() as conn:
        assert manifest_hash(find_snapshot(conn, old.id).manifest) == old.id


def test_moment_between_two_statements_that_were_sealed_together(
    memory: Memory,
) -> None:
    services(memory)
    state(memory, 1, "gb_section", "I")
    between = moment(memory)
    state(memory, 1, "gb_section", "K")
    with memory.transaction() as conn:
        sealed = flush(conn, memory.shelf, memory.kinds)
    assert [b.rows for b in sealed] == [2]

    def section(name: str) -> object:
        return next(r for r in rows(memory, name) if r[0] == org(1))[2]

    early, late = snapshot(memory, between), snapshot(memory)
    with memory.transaction() as conn:
        reading = as_known(
            conn, memory.shelf, memory.kinds, as_of=AS_OF, known_at=between
        )
    known = view(reading, memory.kinds["firm"], KEYS, span=(org(1), org(1)))

    assert (section(early.id), section(late.id)) == ("I", "K")
    assert known.frame["gb_section"].to_list() == ["I"]
    assert early.batches == late.batches
    assert early.id != late.id


def test_flush_seals_each_statement_once(memory: Memory) -> None:
    services(memory)
    for section in "IKM":
        state(memory, 1, "gb_section", section)
    state(memory, 2, "revenue", Fraction(1, 3), year=2025, source="firm")

    with memory.transaction() as conn:
        first = flush(conn, memory.shelf, memory.kinds)
    with memory.transaction() as conn:
        assert flush(conn, memory.shelf, memory.kinds) == []

    assert {(b.source, b.rows, b.statements_to) for b in first} == {
        ("ruling", 3, 4), ("firm", 1, 4),
    }  # fmt: skip
    with memory.transaction() as conn:
        assert [b for b in batches(conn) if b.kind == "people"] == first


def test_flush_that_is_rolled_back_loses_nothing(memory: Memory) -> None:
    services(memory)
    state(memory, 1, "gb_section", "I")

    def cut_off() -> None:
        with memory.transaction() as conn:
            assert len(flush(conn, memory.shelf, memory.kinds)) == 1
            raise InterruptedError

    with pytest.raises(InterruptedError):
        cut_off()
    with memory.transaction() as conn:
        assert [b.rows for b in flush(conn, memory.shelf, memory.kinds)] == [1]


def test_snapshot_of_nothing_is_always_the_same(memory: Memory) -> None:
    one = snapshot(memory)

    assert one.batches == ()
    assert snapshot(memory).id == one.id
    assert rows(memory, one.id) == []


def test_moments_go_on_although_the_clock_went_back(memory: Memory) -> None:
    """A row of tomorrow is what a clock leaves behind that was ahead."""
    services(memory)
    state(memory, 1, "gb_section", "I")
    with memory.transaction() as conn:
        (people,) = flush(conn, memory.shelf, memory.kinds)
        text = json.dumps({"firm": 1})
        conn.execute(
            "insert into withdrawal (batch_id, actor, reason, known_at)"
            " select id, 'x', %s, clock_timestamp() + interval '1 day' from batch"
            " where source = 'park' or id = 'none'", (text,),
        )  # fmt: skip
        conn.execute(
            "insert into identity_event (kind, org, name, valid_from, actor, sha,"
            " known_at) values ('rename', 5, 'x', '2020-01-01', 'x', '',"
            " clock_timestamp() + interval '1 day')"
        )
    assert people.rows == 1
    ahead = moment(memory)
    state(memory, 1, "gb_section", "K")
    with memory.transaction() as conn:
        flush(conn, memory.shelf, memory.kinds)

    reading = memory.reading(AS_OF)

    found = view(reading, memory.kinds["firm"], KEYS, span=(org(1), org(1)))
    assert found.frame["gb_section"].to_list() == ["K"]
    assert reading.cut > ahead
    assert moment(memory) - reading.cut < timedelta(seconds=1)


def test_find_of_no_snapshot_says_so(memory: Memory) -> None:
    with (
        memory.transaction() as conn,
        pytest.raises(UsageError, match="no such snapshot"),
    ):
        find_snapshot(conn, "00")


def test_snapshot_of_several_files_of_one_batch(memory: Memory) -> None:
    from ceyuan.facts.store import register
    from tests.office.town_by_hand import batch_of, frame

    kind = memory.kinds["firm"]
    parts = [
        memory.shelf.seal(
            frame([{"firm": n, "year": 2025, "revenue": n * WAN}], kind),
            record="firm",
            source="tax",
        )
        for n in (1, 2)
    ]
    with memory.transaction() as conn:
        register(conn, batch_of(parts, ["revenue"], "tax"))

    held = pl.DataFrame(rows(memory, snapshot(memory).id), orient="row")

    assert sorted(held["column_2"].to_list()) == [WAN, 2 * WAN]
