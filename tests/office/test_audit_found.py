# SPDX-License-Identifier: Apache-2.0
"""The audit trail found by person, verb, object and day, with what each row changed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.ledger.receipts import now_day
from ceyuan.office.audit_found import (
    AuditAsked,
    AuditRow,
    Change,
    changes,
    every,
    find,
    shown_value,
)
from ceyuan.office.auditing import audit, trail
from ceyuan.office.memory import open_memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="甲") as opened:
        with opened.transaction() as conn:
            for n in range(1, 6):
                audit(
                    conn,
                    "pay.batch" if n % 2 else "pay.return",
                    [(f"P{n}", {"state": "payable"}, {"state": "sent"})],
                    actor="丙" if n < 4 else "丁",
                    reason=f"第{n}次",
                    request=f"r{n}",
                )
            audit(
                conn, "user.set", [("乙", None, {"roles": ["finance"]})],
                actor="管理员", behalf="某公司", request="r6",
            )  # fmt: skip
        yield opened


def about(memory: Memory, **asked: Any) -> list[str]:
    with memory.transaction() as conn:
        page = find(conn, AuditAsked(**asked), limit=100)
        whole = [said["object"] for said in every(conn, AuditAsked(**asked))]
    found = [row.about for row in page.rows]
    assert whole == found[::-1]
    return found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["乙", "P5", "P4", "P3", "P2", "P1"]),
        ({"person": "丙"}, ["P3", "P2", "P1"]),
        # On whose behalf counts as well.
        ({"person": "某公司"}, ["乙"]),
        ({"verb": "pay.return"}, ["P4", "P2"]),
        ({"verb": "pay"}, ["P5", "P4", "P3", "P2", "P1"]),
        ({"about": "p3"}, ["P3"]),
        ({"request": "r6"}, ["乙"]),
        ({"person": "丁", "verb": "pay.batch"}, ["P5"]),
        ({"about": "%"}, []),
    ],
)
def test_rows_are_found_by(
    memory: Memory, asked: dict[str, Any], found: list[str]
) -> None:
    assert found == about(memory, **asked)


def test_days_are_those_of_the_office_both_included(memory: Memory) -> None:
    today = now_day()

    assert 6 == len(about(memory, since=today, until=today))
    assert [] == about(memory, until=today - timedelta(1))
    assert [] == about(memory, since=today + timedelta(1))


def test_pages_meet_every_row_once_and_say_the_same_as_the_trail(
    memory: Memory,
) -> None:
    found: list[AuditRow] = []
    at = 0
    with memory.transaction() as conn:
        while True:
            page = find(conn, AuditAsked(), before=at, limit=4)
            found += page.rows
            if not (at := page.older):
                break
        told = trail(conn, limit=100)

    assert [said["seq"] for said in told] == [row.seq for row in found]
    assert [said["reason"] for said in told] == [row.reason for row in found]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (None, None, ()),
        ({"a": 1}, {"a": 1}, ()),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, (Change("b", "2", "3"),)),
        (None, {"a": "x"}, (Change("a", None, "x"),)),
        ({"a": "x"}, None, (Change("a", "x", None),)),
        # Nothing is nothing, however it is written; no and 0 are something.
        (None, {"a": "", "b": None, "c": []}, ()),
        (None, {"a": False, "b": 0}, (Change("a", None, "✗"), Change("b", None, "0"))),
        ({"a": True}, {"a": False}, (Change("a", "✓", "✗"),)),
        ({"a": 0}, {"a": None}, (Change("a", "0", "—"),)),
    ],
)
def test_changes_are_the_fields_that_differ(
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    found: tuple[Change, ...],
) -> None:
    assert found == changes(before, after)


def test_values_are_shown_as_people_read_them() -> None:
    assert "a 1 · b x, y" == shown_value({"a": 1, "b": ["x", "y"]})
