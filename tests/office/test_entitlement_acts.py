# SPDX-License-Identifier: Apache-2.0
"""What a reviewer approves is what he saw; one claim taken back, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.kernel import NotAllowed, UsageError
from ceyuan.office.entitlement_acts import approval, approve_seen, withdraw_one
from ceyuan.office.entitlement_lists import Wanted, look
from ceyuan.office.entitlements import approve, history, listed, object_to
from ceyuan.office.entitling import entitle
from ceyuan.office.overtaken import Overtaken
from ceyuan.office.users import set_user
from tests.office.money_by_hand import (
    APPROVED,
    DECIDED,
    OFFICER,
    PREMIUM,
    REVIEWER,
    SCALE,
    WINDOW_ENDS,
    YEAR,
    confirmed,
    money,
    office,
    premium_id,
    promised,
    scale_id,
    standing,
    who,
)
from tests.office.town_by_hand import WAN, code, name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.entitlement_acts import Approval
    from ceyuan.office.memory import Memory


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        yield opened


def seen(memory: Memory, actor: str = REVIEWER, **more: Any) -> Approval:
    on = more.pop("on", APPROVED)
    with memory.transaction() as conn:
        return approval(conn, who(memory, actor), on=on, **more)


def test_approval_says_what_is_ready_and_what_waits_and_why(memory: Memory) -> None:
    promised(memory)
    object_to(memory, scale_id(1), on=DECIDED, reason="有误")

    theirs, mine, early = (
        seen(memory),
        seen(memory, OFFICER),
        seen(memory, on=WINDOW_ENDS),
    )

    ready = [
        premium_id("L1"), premium_id("L2"), premium_id("L3"), premium_id("L4"),
        scale_id(2), scale_id(3), scale_id(4),
    ]  # fmt: skip
    assert sorted(o.id for o in theirs.ready) == sorted(ready)
    assert [o.id for o in theirs.objected] == [scale_id(1)]
    assert (theirs.mine, theirs.open) == ((), ())
    assert (mine.ready, sorted(o.id for o in mine.mine)) == ((), sorted(ready))
    # The last day of the window is still a day of the window.
    assert (early.ready, len(early.open)) == ((), 7)


def test_what_was_shown_is_approved_and_nothing_else(memory: Memory) -> None:
    promised(memory)
    shown = seen(memory, policy=SCALE)

    made = approve_seen(
        who(memory, REVIEWER), on=APPROVED, digest=shown.digest, policy=SCALE,
        reason="公示无异议",
    )  # fmt: skip

    assert sorted(made.payable) == [scale_id(n) for n in (1, 2, 3, 4)]
    now = {name: state for name, (state, _) in standing(memory).items()}
    assert {n for n, s in now.items() if s == "noticed"} == {
        premium_id(loan) for loan in ("L1", "L2", "L3", "L4")
    }


def test_second_reviewer_is_told_who_was_faster_and_approves_nothing(
    memory: Memory,
) -> None:
    promised(memory)
    shown = seen(memory)
    approve(who(memory, "复核己"), on=APPROVED, policy=SCALE, reason="先到")

    with pytest.raises(Overtaken, match=r"复核己 在 .* 批准了 4 笔；你这次没有批准"):
        approve_seen(who(memory, REVIEWER), on=APPROVED, digest=shown.digest)

    with memory.transaction() as conn:
        left = listed(conn, state="noticed")
    assert [o.policy for o in left] == [PREMIUM] * 4


def test_objection_that_came_in_meanwhile_stops_the_approval(memory: Memory) -> None:
    promised(memory)
    shown = seen(memory)
    object_to(memory, scale_id(1), on=WINDOW_ENDS, reason="有误")

    with pytest.raises(Overtaken, match="异议了 1 笔"):
        approve_seen(who(memory, REVIEWER), on=APPROVED, digest=shown.digest)


def test_nothing_ready_is_said_and_who_may_not_is_refused(memory: Memory) -> None:
    confirmed(memory)
    with pytest.raises(UsageError, match="没有可以批准的"):
        approve_seen(who(memory, REVIEWER), on=APPROVED, digest=seen(memory).digest)
    set_user(memory, "管理员", ["admin"])
    set_user(who(memory, "管理员"), OFFICER, ["officer"])

    with pytest.raises(NotAllowed, match="没有登记"):
        withdraw_one(who(memory, "路人"), scale_id(1), on=APPROVED, reason="撤")


def test_claim_that_is_taken_back_frees_the_pool_and_comes_again(
    memory: Memory,
) -> None:
    promised(memory)
    before = money(memory)

    withdraw_one(memory, scale_id(1), on=DECIDED, reason="企业要求核对")

    # 10 万元 of holds are free again.
    freed = {
        path: free - before[path][1]
        for path, (_, free) in money(memory).items()
        if free != before[path][1]
    }
    assert list(freed.values()) == [10 * WAN]
    assert standing(memory)[scale_id(1)] == ("withdrawn", 10 * WAN)
    with memory.transaction() as conn:
        last = history(conn, scale_id(1))[-1]
    assert (last.kind, last.actor, last.reason) == ("withdraw", OFFICER, "企业要求核对")
    again = entitle(memory, year=YEAR, on=DECIDED, reason="再核定")
    assert [n for n, _ in again.fresh] == [scale_id(1, 2)]


def test_confirmed_claim_is_reversed_and_one_that_left_is_not(memory: Memory) -> None:
    confirmed(memory)
    withdraw_one(memory, scale_id(1), on=APPROVED, reason="批错了")

    assert standing(memory)[scale_id(1)] == ("withdrawn", 10 * WAN)
    with pytest.raises(UsageError, match="是“已撤回”，撤不回"):
        withdraw_one(memory, scale_id(1), on=APPROVED, reason="再撤")
    with pytest.raises(UsageError, match="要说明理由"):
        withdraw_one(memory, scale_id(2), on=APPROVED, reason="")


def test_list_filters_pages_and_sums(memory: Memory) -> None:
    promised(memory)
    object_to(memory, scale_id(1), on=DECIDED, reason="有误")

    def found(page: int = 1, per: int = 50, **said: Any) -> tuple[list[str], int]:
        with memory.transaction() as conn:
            made = look(
                conn,
                Wanted(**said),
                on=APPROVED,
                page=page,
                per=per,
            )
        return [o.id for o in made.some], made.count

    rewards = [scale_id(n) for n in (1, 2, 3, 4)]
    assert found(policy=SCALE) == (rewards, 4)
    assert found(policy=SCALE, page=2, per=3) == ([scale_id(4)], 4)
    assert found(objection=True) == ([scale_id(1)], 1)
    assert found(window="over", policy=SCALE) == (rewards[1:], 3)
    assert found(window="today") == ([], 0)
    assert found(words=name(3)) == ([scale_id(3)], 1)
    assert found(words=code(3)) == ([scale_id(3)], 1)
    assert found(state="paid") == ([], 0)
    assert found(year=YEAR - 1) == ([], 0)


def test_list_keeps_to_the_rows_of_the_predicate(memory: Memory) -> None:
    promised(memory)

    with memory.transaction() as conn:
        made = look(
            conn, Wanted(words="合成"), on=APPROVED,
            where='("party" = %s)', given=[code(1)],
        )  # fmt: skip

    assert sorted(o.id for o in made.some) == sorted(
        [scale_id(1), premium_id("L1"), premium_id("L2")]
    )
    # 10 万元, and half of 10,000.00 and of 4,000.01.
    assert made.sums == {"CNY": 10 * WAN + 500_000 + 200_001}
    assert made.firms == 1
