# SPDX-License-Identifier: Apache-2.0
"""From the notice to the approval: windows, objections, waivers, and who may."""

from __future__ import annotations

import threading
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import NotAllowed, UsageError
from ceyuan.office import entitlements
from ceyuan.office.entitlements import (
    approve,
    decline,
    history,
    listed,
    object_to,
    one_of,
    settle,
    summary,
    unclaimed,
)
from ceyuan.office.entitling import entitle
from ceyuan.office.moving import move
from tests.office.money_by_hand import (
    APPROVED,
    DECIDED,
    FINANCE,
    LOANS,
    OFFICER,
    PREMIUM,
    REVIEWER,
    REWARDS,
    SCALE,
    TOTAL,
    VOUCHER,
    WINDOW_ENDS,
    YEAR,
    appropriate,
    confirmed,
    money,
    office,
    one,
    premium_id,
    promised,
    scale_id,
    standing,
    tables,
    voucher_id,
    vouchers,
    who,
)
from tests.office.town_by_hand import WAN, code, org

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

EVERY = sorted([*(scale_id(n) for n in REWARDS), *(premium_id(k) for k in LOANS)])
POOL = "first_scale/2026/pool"


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        yield opened


def events(memory: Memory, name: str) -> list[tuple[str, str, str, str, str]]:
    with memory.transaction() as conn:
        return [
            (x.kind, x.state, x.actor, x.behalf, x.reason) for x in history(conn, name)
        ]


# --- approval ----------------------------------------------------------------------


def test_approve_after_the_window_makes_all_payable(memory: Memory) -> None:
    made = confirmed(memory)

    assert sorted(made.payable) == EVERY
    assert (made.arrived, made.waiting, made.problems) == ([], [], [])
    # 10 万元, 5,000.00 and 2,000.01: what firm 1 is to be paid.
    assert money(memory, f"payable/{code(1)}") == {
        f"payable/{code(1)}": (10_700_001, 10_700_001)
    }
    # 110 of 500 万元 are gone.
    assert money(memory, POOL) == {POOL: (390 * WAN, 390 * WAN)}
    found = one(memory, scale_id(1))
    assert (found.state, found.decided_by, found.approved_by) == (
        "payable", OFFICER, REVIEWER,
    )  # fmt: skip
    assert events(memory, scale_id(1)) == [
        ("notice", "noticed", OFFICER, "", "年度核定"),
        ("approve", "payable", REVIEWER, "", "公示无异议"),
    ]


@pytest.mark.parametrize("day", [DECIDED, date(2026, 11, 26), WINDOW_ENDS])
def test_approve_inside_the_window_waits(memory: Memory, day: date) -> None:
    promised(memory)
    before = tables(memory)

    made = approve(who(memory, REVIEWER), on=day)

    assert (sorted(made.waiting), made.payable) == (EVERY, [])
    assert tables(memory) == before


def test_approve_by_who_decided_is_refused(memory: Memory) -> None:
    promised(memory)
    before = tables(memory)

    with pytest.raises(NotAllowed) as caught:
        approve(memory, on=APPROVED)

    assert caught.value.message == (
        f"这件事由 `{OFFICER}` 发起应享核定，不能再由同一个人批准应享 "
        "(different people: start a run of entitlements; approve entitlements)"
    )
    assert tables(memory) == before


def test_approve_a_second_time_finds_nothing(memory: Memory) -> None:
    confirmed(memory)
    before = tables(memory)

    made = approve(who(memory, REVIEWER), on=APPROVED)

    assert (made.payable, made.waiting, made.problems) == ([], [], [])
    assert tables(memory) == before


def test_approve_of_one_policy_of_some_and_of_another_year(memory: Memory) -> None:
    promised(memory)
    reviewer = who(memory, REVIEWER)

    assert approve(reviewer, on=APPROVED, year=2027).payable == []
    named = approve(reviewer, on=APPROVED, names=[scale_id(1)])
    rest = approve(reviewer, on=APPROVED, policy=SCALE)

    assert named.payable == [scale_id(1)]
    assert sorted(rest.payable) == sorted(scale_id(n) for n in (2, 3, 4))
    assert one(memory, premium_id("L1")).state == "noticed"


def test_approve_of_what_is_not_noticed_says_what_it_is(memory: Memory) -> None:
    confirmed(memory)
    reviewer = who(memory, REVIEWER)

    with pytest.raises(UsageError) as caught:
        approve(reviewer, on=APPROVED, names=[scale_id(1)])
    assert caught.value.message == (
        f"`{scale_id(1)}` 是“待支付”，不能批准 (not noticed)"
    )
    with pytest.raises(UsageError, match="no such entitlement"):
        approve(reviewer, on=APPROVED, names=["nothing"])


def test_approve_in_several_transactions_approves_all(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entitlements, "CHUNK", 3)

    assert sorted(confirmed(memory).payable) == EVERY


def test_approve_of_what_the_book_refuses_is_told_and_the_others_go(
    memory: Memory,
) -> None:
    """Somebody has cancelled one promise in the book, beside its entitlement."""
    promised(memory)
    name = scale_id(2)
    move(
        who(memory, FINANCE),
        "first_scale_reward",
        "cancel",
        keys={"year": "2026", "firm": code(2), "entitlement": name},
        inputs={},
        effective=DECIDED,
        reason="误操作",
    )

    made = approve(who(memory, REVIEWER), on=APPROVED)

    assert [p.code for p in made.problems] == ["L109"]
    assert sorted(made.payable) == [x for x in EVERY if x != name]
    assert one(memory, name).state == "noticed"


def test_voucher_needs_no_payment_and_has_arrived_when_approved(
    memory: Memory,
) -> None:
    """Issued at the notice, 3 万元 to each of two firms of the library."""
    vouchers(memory, [1, 2], quota="3万元")
    made = entitle(memory, year=YEAR, policies=[VOUCHER], on=DECIDED)

    # A voucher is worth its fen; no days of notice are declared.
    assert (made.firms, made.total, made.problems) == (2, 6 * WAN, [])
    assert [(t.kind, t.commodity) for t in made.transfers] == 2 * [
        ("transfer", "VOUCHER")
    ]
    assert one(memory, voucher_id(1)).object_until == DECIDED
    wallets = {f"voucher/2026/firm/{code(n)}": (3 * WAN, 3 * WAN) for n in (1, 2)}
    assert money(memory, "voucher/2026/firm/") == wallets
    done = approve(who(memory, REVIEWER), on=APPROVED)
    assert (done.payable, sorted(done.arrived)) == (
        [], sorted(voucher_id(n) for n in (1, 2)),
    )  # fmt: skip
    assert set(standing(memory).values()) == {("paid", 3 * WAN)}
    assert money(memory, "voucher/2026/firm/") == wallets
    with memory.transaction() as conn:
        assert unclaimed(conn) == (0, 0, 0)


def test_voucher_that_is_declined_goes_back(memory: Memory) -> None:
    vouchers(memory, [1, 2], quota="3万元")
    entitle(memory, year=YEAR, policies=[VOUCHER], on=DECIDED)

    decline(memory, voucher_id(1), on=DECIDED, reason="来函")

    assert money(memory, "voucher/2026/") == {
        "voucher/2026/firm/" + code(1): (0, 0),
        "voucher/2026/firm/" + code(2): (3 * WAN, 3 * WAN),
        "voucher/2026/issued": (3 * WAN, 3 * WAN),
    }


def test_two_approvals_at_once_approve_each_once(memory: Memory) -> None:
    promised(memory)
    ready = threading.Barrier(2)
    made: list[str] = []
    problems: list[object] = []

    def both(actor: str) -> None:
        ready.wait()
        done = approve(who(memory, actor), on=APPROVED)
        made.extend(done.payable)
        problems.extend(done.problems)

    threads = [threading.Thread(target=both, args=(x,)) for x in (REVIEWER, "复核丁")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert (sorted(made), problems) == (EVERY, [])
    assert [len(events(memory, name)) for name in EVERY] == [2] * len(EVERY)
    assert money(memory, POOL) == {POOL: (390 * WAN, 390 * WAN)}


# --- objections --------------------------------------------------------------------


def test_objection_keeps_an_entitlement_until_it_is_ruled_on(memory: Memory) -> None:
    promised(memory)
    name = scale_id(2)
    object_to(memory, name, on=WINDOW_ENDS, reason="营业收入有误", behalf="同行甲")

    made = approve(who(memory, REVIEWER), on=APPROVED)

    assert made.waiting == [name]
    assert sorted(made.payable) == [x for x in EVERY if x != name]
    assert one(memory, name).objection
    settle(who(memory, REVIEWER), name, upheld=False, on=APPROVED, reason="查无实据")
    assert not one(memory, name).objection
    assert approve(who(memory, REVIEWER), on=APPROVED).payable == [name]
    assert events(memory, name) == [
        ("notice", "noticed", OFFICER, "", "年度核定"),
        ("object", "noticed", OFFICER, "同行甲", "营业收入有误"),
        ("dismiss", "noticed", REVIEWER, "", "查无实据"),
        ("approve", "payable", REVIEWER, "", ""),
    ]


def test_objection_that_is_upheld_frees_the_money(memory: Memory) -> None:
    promised(memory)
    name = scale_id(2)
    object_to(memory, name, on=DECIDED, reason="营业收入有误")

    settle(who(memory, REVIEWER), name, upheld=True, on=APPROVED, reason="属实")

    found = one(memory, name)
    assert (found.state, found.objection) == ("withdrawn", False)
    # 110 less 20 are held.
    assert money(memory, POOL) == {POOL: (500 * WAN, 410 * WAN)}
    assert [e[:2] for e in events(memory, name)] == [
        ("notice", "noticed"),
        ("object", "noticed"),
        ("uphold", "withdrawn"),
    ]


def test_objection_that_was_upheld_is_not_promised_again_on_the_same_facts(
    memory: Memory,
) -> None:
    """Nothing was corrected: the next run may not bring back what was ruled out."""
    promised(memory)
    object_to(memory, scale_id(2), on=DECIDED, reason="营业收入有误")
    settle(who(memory, REVIEWER), scale_id(2), upheld=True, on=APPROVED, reason="属实")

    made = entitle(memory, year=YEAR, on=APPROVED)

    assert made.fresh == []


def test_objection_after_the_window_is_refused(memory: Memory) -> None:
    promised(memory)

    with pytest.raises(UsageError) as caught:
        object_to(memory, scale_id(1), on=APPROVED, reason="晚了")

    assert caught.value.message == (
        f"`{scale_id(1)}` 的异议期到 2026-11-27 为止 (the window is over)"
    )
    assert not one(memory, scale_id(1)).objection


def test_settle_by_who_decided_or_without_an_objection_is_refused(
    memory: Memory,
) -> None:
    promised(memory)
    with pytest.raises(UsageError, match="nobody objected"):
        settle(who(memory, REVIEWER), scale_id(1), upheld=True, on=APPROVED, reason="x")
    object_to(memory, scale_id(1), on=DECIDED, reason="x")
    before = tables(memory)

    with pytest.raises(NotAllowed):
        settle(memory, scale_id(1), upheld=False, on=APPROVED, reason="x")

    assert tables(memory) == before


@pytest.mark.parametrize("reason", ["", " \n"])
def test_objection_ruling_and_waiver_ask_for_a_reason(
    memory: Memory, reason: str
) -> None:
    for verb in (
        lambda: object_to(memory, "x", on=DECIDED, reason=reason),
        lambda: settle(memory, "x", upheld=True, on=DECIDED, reason=reason),
        lambda: decline(memory, "x", on=DECIDED, reason=reason),
    ):
        with pytest.raises(UsageError, match="a reason is asked"):
            verb()


def test_objection_ruling_and_waiver_of_what_is_payable_are_refused(
    memory: Memory,
) -> None:
    confirmed(memory)
    before = tables(memory)
    name = scale_id(1)
    reviewer = who(memory, REVIEWER)

    for verb in (
        lambda: object_to(memory, name, on=DECIDED, reason="x"),
        lambda: settle(reviewer, name, upheld=True, on=DECIDED, reason="x"),
        lambda: decline(memory, name, on=DECIDED, reason="x"),
    ):
        with pytest.raises(UsageError, match="not noticed"):
            verb()

    assert tables(memory) == before


def test_decline_frees_the_money_and_is_for_good(memory: Memory) -> None:
    promised(memory)

    decline(memory, scale_id(3), on=DECIDED, reason="来函", behalf="虚构三号")

    assert standing(memory)[scale_id(3)] == ("declined", 50 * WAN)
    assert money(memory, POOL) == {POOL: (500 * WAN, 440 * WAN)}
    assert events(memory, scale_id(3))[1:] == [
        ("decline", "declined", OFFICER, "虚构三号", "来函")
    ]
    assert approve(who(memory, REVIEWER), on=APPROVED, policy=SCALE).payable == [
        x for x in EVERY if x.startswith(SCALE) and x != scale_id(3)
    ]


# --- what there is -----------------------------------------------------------------


def test_summary_and_unclaimed_are_those_worked_by_hand(memory: Memory) -> None:
    promised(memory)
    decline(memory, scale_id(3), on=DECIDED, reason="来函")

    with memory.transaction() as conn:
        told, open_ = summary(conn), unclaimed(conn)
        none = (summary(conn, 2027), unclaimed(conn, 2027))

    scale = {"policy": SCALE, "instrument": "first_scale_reward", "commodity": "CNY"}
    premium = {"policy": PREMIUM, "instrument": "premium_subsidy", "commodity": "CNY"}
    assert told == [
        {**scale, "state": "declined", "count": 1, "firms": 1, "amount": 50 * WAN},
        {**scale, "state": "noticed", "count": 3, "firms": 3, "amount": 60 * WAN},
        {**premium, "state": "noticed", "count": 4, "firms": 3, "amount": 1_400_001},
    ]
    # Firms 1, 2, 4 and 5; all but the 50 万元.
    assert open_ == (7, 4, TOTAL - 50 * WAN)
    assert none == ([], (0, 0, 0))


def test_listed_by_state_policy_party_year_and_number(memory: Memory) -> None:
    confirmed(memory)

    def found(**more: object) -> list[str]:
        with memory.transaction() as conn:
            return [x.id for x in listed(conn, **more)]  # type: ignore[arg-type]

    assert found() == EVERY
    assert found(state="noticed") == []
    assert found(policy=PREMIUM, org=org(1)) == [premium_id("L1"), premium_id("L2")]
    assert found(year=2027) == []
    assert found(limit=2) == EVERY[:2]


def test_entitlement_that_there_is_none_of_says_so(memory: Memory) -> None:
    with memory.transaction() as conn:
        with pytest.raises(UsageError, match="no such entitlement"):
            one_of(conn, "nothing")
        assert history(conn, "nothing") == []


def test_promise_made_by_hand_beside_the_run_takes_money_and_is_no_entitlement(
    memory: Memory,
) -> None:
    """Money that a move has promised is not there for the run."""
    promised(memory)
    appropriate(memory, amount=1, budget="B9")
    move(
        memory,
        "first_scale_reward",
        "promise",
        keys={"year": "2026", "firm": "F9", "entitlement": "E9"},
        inputs={"amount": Fraction(50 * WAN)},
        effective=DECIDED,
        reason="另案",
    )

    assert len(standing(memory)) == len(EVERY)
    # 500 万元 and a fen; 110 and 50 held.
    assert money(memory, POOL) == {POOL: (500 * WAN + 1, 340 * WAN + 1)}
