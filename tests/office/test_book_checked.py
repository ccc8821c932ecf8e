# SPDX-License-Identifier: Apache-2.0
"""What a walk found, check by check; nothing is called right that nobody has seen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.ledger import seal_now
from ceyuan.ledger.receipts import day_heads, now_day
from ceyuan.office.book_checked import (
    CHECKS,
    VERIFY,
    Check,
    ask_to_verify,
    checks,
    do_verify,
    heads_since,
    told,
    verify_export,
)
from ceyuan.office.book_out import verify_now, write_out
from ceyuan.office.jobs import work_once
from tests.office.money_by_hand import appropriate, office
from tests.office.town_by_hand import WAN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        appropriate(opened)
        appropriate(opened, "premium_subsidy", 2 * WAN)
        with opened.database.connect() as conn:
            seal_now(conn)
        yield opened


def answers(codes: list[str], *, count: int | None = None, head: str = "x") -> Any:
    faults = [{"code": code, "zh": "", "en": ""} for code in codes]
    said = {"faults": faults, "count": len(faults) if count is None else count}
    return {one.name: one.answer for one in checks(said, head=head)}


def test_whole_book_is_right_in_every_check() -> None:
    assert dict.fromkeys(CHECKS, "right") == answers([])


def test_without_a_published_head_that_check_was_not_asked() -> None:
    assert {**dict.fromkeys(CHECKS, "right"), "published": "not_asked"} == answers(
        [], head=""
    )


def test_fault_makes_its_own_check_wrong_and_no_other() -> None:
    found = {**dict.fromkeys(CHECKS, "right"), "seals": "wrong", "balances": "wrong"}
    assert found == answers(["L303", "L307"])


def test_after_a_row_that_is_not_what_was_hashed_nothing_else_was_seen() -> None:
    assert {**dict.fromkeys(CHECKS, "not_seen"), "rows": "wrong"} == answers(["L301"])


def test_where_the_list_of_faults_is_full_the_others_were_not_seen() -> None:
    found = {**dict.fromkeys(CHECKS, "not_seen"), "holds": "wrong"}
    assert found == answers(["L311"] * 20, count=35)


def test_job_says_what_the_walk_of_the_command_line_says(memory: Memory) -> None:
    name = ask_to_verify(memory, head="")

    job = work_once(memory, {VERIFY: do_verify})

    assert job is not None
    assert (name, "done", told(verify_now(memory))) == (job.id, job.state, job.result)
    assert job.result is not None
    assert Check("rows", "right") == checks(job.result, head="")[0]


def test_job_finds_a_head_that_was_never_published(memory: Memory) -> None:
    ask_to_verify(memory, head="ab" * 32)

    job = work_once(memory, {VERIFY: do_verify})

    assert job is not None
    assert job.result is not None
    assert ["L305"] == [fault["code"] for fault in job.result["faults"]]


def test_export_is_walked_without_the_database(memory: Memory, tmp_path: Path) -> None:
    place = tmp_path / "book.txt"
    write_out(memory, place)
    whole = verify_export(place, head="")
    place.write_bytes(place.read_bytes().replace(b"\t500000000\t", b"\t600000000\t", 1))

    altered = verify_export(place, head="")

    assert (True, 2) == (whole["ok"], whole["transfers"])
    # The first 500 万元 of the file is what an account has: it comes out otherwise,
    # and the last line of the file does not fit either.
    assert not altered["ok"]
    assert ["L301", "L307"] == sorted({fault["code"] for fault in altered["faults"]})


def test_heads_are_those_of_the_days(memory: Memory) -> None:
    with memory.transaction() as conn:
        found = heads_since(conn, now_day() - timedelta(1))
        whole = day_heads(conn)
        none = heads_since(conn, now_day() + timedelta(1))

    assert {day: (head.hex(), count) for day, (head, count) in whole.items()} == {
        one.day: (one.head, one.transfers) for one in found
    }
    assert [] == none
