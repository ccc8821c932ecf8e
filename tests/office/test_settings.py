# SPDX-License-Identifier: Apache-2.0
"""Parameters set by the office: from a day, until a day, the last one wins."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import UsageError
from ceyuan.office.auditing import trail
from ceyuan.office.parameters import typed_settings
from ceyuan.office.replaying import replay
from ceyuan.office.running import run
from ceyuan.office.settings import (
    all_settings,
    run_settings,
    set_parameter,
    settings_in_force,
)
from tests.office.money_by_hand import SCALE, decide, firms, office, who
from tests.office.town_by_hand import AS_OF, WAN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

DAYS = "first_scale_reward.notice_days"
OFFERED = f"{SCALE}.reward_offered"


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        yield opened


def put(
    memory: Memory, said: str, since: date, until: date | None = None, why: str = "会议"
) -> str:
    return set_parameter(memory, said, since=since, until=until, reason=why)


def on(memory: Memory, day: date) -> dict[str, str]:
    with memory.transaction() as conn:
        return settings_in_force(conn, day)


def test_setting_holds_from_its_first_day_to_its_last(memory: Memory) -> None:
    assert put(memory, f"{DAYS}=5工作日", date(2026, 3, 1), date(2026, 3, 31)) == DAYS

    assert [
        on(memory, date(2026, *day)) for day in ((2, 28), (3, 1), (3, 31), (4, 1))
    ] == [{}, {DAYS: "5工作日"}, {DAYS: "5工作日"}, {}]


def test_setting_that_was_made_last_wins_where_several_hold(memory: Memory) -> None:
    put(memory, f"{DAYS}=5工作日", date(2026, 1, 1))
    put(memory, f"{DAYS}=7工作日", date(2026, 6, 1))
    put(memory, f"{DAYS}=3工作日", date(2026, 3, 1), date(2026, 6, 30))

    assert [
        on(memory, date(2026, month, 15))[DAYS] for month in (1, 2, 3, 6, 7, 12)
    ] == ["5工作日", "5工作日", "3工作日", "3工作日", "7工作日", "7工作日"]


def test_everything_that_was_ever_set_is_kept_with_who_and_why(memory: Memory) -> None:
    put(memory, f"{DAYS} = 5工作日 ", date(2026, 1, 1), why=" 会议1号 ")
    put(who(memory, "乙"), f"{DAYS}=7工作日", date(2026, 6, 1), date(2026, 7, 1))

    with memory.transaction() as conn:
        told = [
            (x.name, x.value, x.valid_from, x.valid_to, x.actor, x.reason)
            for x in all_settings(conn)
        ]
        rows = [
            (x["actor"], x["object"], x["reason"], x["before"], x["after"])
            for x in trail(conn, verb="parameter.set")
        ]
    assert told == [
        (DAYS, "5工作日", date(2026, 1, 1), None, "经办甲", "会议1号"),
        (DAYS, "7工作日", date(2026, 6, 1), date(2026, 7, 1), "乙", "会议"),
    ]
    # The newest first.
    assert rows == [
        ("乙", DAYS, "会议", {"value": "5工作日"},
         {"value": "7工作日", "from": "2026-06-01", "until": "2026-07-01"}),
        ("经办甲", DAYS, "会议1号", None,
         {"value": "5工作日", "from": "2026-01-01", "until": None}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        ("first_scale_reward.notice_day=5", "no such parameter", f"是不是 `{DAYS}`？"),
        ("nothing.like.it=5", "no such parameter", "写成 政策或资金工具.参数=值"),
        (f"{SCALE}.reward_offerd=是", "", "reward_offered"),
        (f"{DAYS}=五天", "a number is asked", ""),
        (f"{DAYS}=5万元", "another kind of unit", ""),
        (f"{OFFERED}=也许", "", ""),
        (DAYS, "NAME=VALUE is asked", ""),
        (f"{DAYS}= ", "NAME=VALUE is asked", ""),
        ("", "NAME=VALUE is asked", ""),
    ],
)
def test_setting_that_makes_no_sense_is_refused_with_the_near_miss(
    memory: Memory, said: str, message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        put(memory, said, date(2026, 1, 1))

    assert message in caught.value.message
    assert hint in f"{caught.value.message} {caught.value.hint}"
    with memory.transaction() as conn:
        assert all_settings(conn) == []


def test_setting_asks_for_a_reason(memory: Memory) -> None:
    with pytest.raises(UsageError, match="a reason is asked"):
        put(memory, f"{DAYS}=5工作日", date(2026, 1, 1), why=" ")


def test_setting_that_ends_before_it_begins_is_refused(memory: Memory) -> None:
    with pytest.raises(UsageError):
        put(memory, f"{DAYS}=5工作日", date(2026, 6, 1), date(2026, 5, 31))


def test_run_is_given_what_is_in_force_for_policies_and_typed_ones_go_before(
    memory: Memory,
) -> None:
    put(memory, f"{OFFERED}=是", date(2026, 1, 1))
    put(memory, f"{SCALE}.reward_rate=10%", date(2026, 1, 1))
    put(memory, f"{DAYS}=5工作日", date(2026, 1, 1))
    put(memory, "stacking.package_2022=all", date(2026, 1, 1))

    typed = (f"{SCALE}.reward_rate = 4%", f"{SCALE}.reward_max=40万元")

    assert run_settings(memory, AS_OF, ()) == (
        f"{OFFERED}=是", f"{SCALE}.reward_rate=10%",
    )  # fmt: skip
    assert run_settings(memory, AS_OF, typed) == (f"{OFFERED}=是", *typed)
    assert run_settings(memory, date(2025, 12, 31), typed) == typed


def test_run_with_settings_is_made_again_equal_after_they_have_changed(
    memory: Memory,
) -> None:
    firms(memory)
    put(memory, f"{OFFERED}=是", date(2026, 1, 1))
    first = decide(memory)
    put(memory, f"{SCALE}.reward_rate=10%", date(2026, 1, 1))
    second = decide(memory)
    typed = run_settings(memory, AS_OF, (f"{SCALE}.reward_max=15万元",))
    third = run(
        memory, as_of=AS_OF, settings=typed_settings(memory.region, typed), said=typed
    )
    put(memory, f"{OFFERED}=否", date(2026, 1, 1))
    last = decide(memory)

    # 5 %: 10 + 20 + 50 + 30; 10 %: 20 + 40 + 50 + 50; at most 15: four times 15.
    assert [made.amounts[SCALE] for made in (first, second, third, last)] == [
        110 * WAN, 160 * WAN, 60 * WAN, 0,
    ]  # fmt: skip
    for made in (first, second, third, last):
        assert replay(memory, made.id).equal
