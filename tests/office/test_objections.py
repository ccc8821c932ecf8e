# SPDX-License-Identifier: Apache-2.0
"""An objection that is right because a fact is wrong; and the letters a firm gets."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import UNKNOWN, NotAllowed, UsageError
from ceyuan.office.correcting import claim, claims, rule_on
from ceyuan.office.entitlement_acts import withdraw_one
from ceyuan.office.entitlements import approve, decline, history, object_to, settle
from ceyuan.office.firms import Firm
from ceyuan.office.letters import letters_to
from ceyuan.office.objections import (
    correctable,
    stated_now,
    uphold_by_correcting,
)
from ceyuan.office.paying import make_batch
from ceyuan.office.returning import take_return
from tests.office.money_by_hand import (
    DECIDED,
    FINANCE,
    OFFICER,
    REVIEWER,
    SENT,
    back_file,
    back_row,
    office,
    one,
    payees,
    premium_id,
    promised,
    scale_id,
    standing,
    tables,
    who,
)
from tests.office.town_by_hand import code, name, org

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory
    from ceyuan.office.objections import Corrected

FIRM, COLLEAGUE, OTHER = "企业一", "企业一的同事", "企业四"
PAID = ("premium_paid", None)
RIGHT = Fraction(1_200_000)
"""12,000.00 in fen: half of it are 6,000.00."""
L1 = premium_id("L1")
ZH = "上海市科技信贷保费补贴（2024–2025年度）"
EN = "Shanghai premium subsidy of technology loans (2024–25)"


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        with opened.transaction() as conn:
            for user, role, of in (
                ("管理员", "admin", ""), (OFFICER, "officer", ""),
                (REVIEWER, "reviewer", ""), (FINANCE, "finance", ""),
                (FIRM, "firm", code(1)), (COLLEAGUE, "firm", code(1)),
                (OTHER, "firm", code(4)),
            ):  # fmt: skip
                conn.execute(
                    "insert into office_user (name, display, organisation, roles,"
                    " active) values (%s, '', %s, %s, true)",
                    (user, of, [role]),
                )
        promised(opened)
        yield opened


def letters(memory: Memory, to: str) -> list[tuple[str, str, str]]:
    with memory.transaction() as conn:
        found = letters_to(conn, to)
    return [(x.subject, x.body, x.about) for x in reversed(found)]


def objected(memory: Memory, name: str = L1) -> None:
    object_to(
        who(memory, FIRM), name, on=DECIDED, reason="保费应为 12,000 元", meant="wrong"
    )


def correct(memory: Memory, by: str = REVIEWER) -> Corrected:
    return uphold_by_correcting(
        who(memory, by), L1, PAID, RIGHT, on=DECIDED, reason="保单写明 12,000 元"
    )


def test_a_notice_is_written_to_each_of_the_firms_users_in_one_letter(
    memory: Memory,
) -> None:
    subject = "3 笔待遇：应享，正在公示 (3 benefits: due to you and noticed)"

    for to in (FIRM, COLLEAGUE):
        ((said, text, about),) = letters(memory, to)
        assert (said, about) == (subject, "/me")
        assert text.count("正在公示") == 3
        assert "L1 5,000.00 元：应享，正在公示" in text
        assert (
            "公示到 2026-11-27，此前可以提出异议或放弃；承诺 2026-12-11 前付款。"
            in text
        )
        assert "Payment is promised by 2026-12-11." in text
        assert "还没有登记收款账户：请在 2026-11-27 以前" in text
    assert [] == letters(memory, OFFICER)
    assert len(letters(memory, OTHER)) == 1


def test_upheld_by_a_correction_the_firm_gets_the_right_amount_and_a_new_window(
    memory: Memory,
) -> None:
    before = standing(memory)
    objected(memory)

    made = correct(memory)

    again = premium_id("L1", 2)
    assert standing(memory) == {
        **before, L1: ("withdrawn", 500_000), again: ("noticed", 600_000),
    }  # fmt: skip
    assert made.now == one(memory, again)
    assert (one(memory, L1).objection, one(memory, again).objection) == (False, False)
    assert one(memory, again).decided_by == REVIEWER
    (said,) = claims(memory)
    assert (said.actor, said.role, said.record, said.key, said.stated, said.claimed) == (
        FIRM, "firm", "loan", "L1", Fraction(1_000_000), RIGHT,
    )  # fmt: skip
    assert (said.ruled_by, said.ruled_why, said.reason) == (
        REVIEWER,
        "异议成立，更正后重新核定：保单写明 12,000 元",
        f"对应享 {L1} 的异议：保费应为 12,000 元（数值由 {REVIEWER} 核对填写）",
    )
    with memory.transaction() as conn:
        kinds = [(x.kind, x.actor) for x in history(conn, L1)]
    assert kinds == [
        ("notice", OFFICER), ("object_wrong", FIRM), ("withdraw", REVIEWER),
        ("correct", REVIEWER),
    ]  # fmt: skip
    assert stated_now(memory, one(memory, again), PAID, DECIDED) == RIGHT


def test_upheld_by_a_correction_the_firm_is_told_of_each_step(memory: Memory) -> None:
    objected(memory)
    count = len(letters(memory, FIRM))

    correct(memory)

    told = letters(memory, FIRM)[count:]
    assert [(subject, about) for subject, _, about in told] == [
        (
            (
                "更正“实际缴纳的保费”：已更正 "
                "(Correction of “Premium actually paid”: corrected)"
            ),
            "/me/data#claims",
        ),
        (
            f"{ZH} 5,000.00 元：已撤回 ({EN} CNY 5,000.00: withdrawn)",
            "/me/sh_premium_subsidy_2025",
        ),
        (
            (
                f"{ZH} 6,000.00 元：应享，正在公示 "
                f"({EN} CNY 6,000.00: due to you and noticed)"
            ),
            "/me/sh_premium_subsidy_2025",
        ),
    ]
    assert told[0][1] == (
        "更正为 1.20 万元：已更正。\n"
        "理由：异议成立，更正后重新核定：保单写明 12,000 元\n\n"
        "It should be CNY 12,000.00: corrected.\n"
        "Reason: 异议成立，更正后重新核定：保单写明 12,000 元"
    )


def test_an_objector_may_not_be_its_judge_nor_who_decided(memory: Memory) -> None:
    objected(memory)
    before = tables(memory)

    for by in (OFFICER, FIRM):
        with pytest.raises(NotAllowed):
            correct(memory, by=by)

    assert tables(memory) == before
    assert claims(memory) == []


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (("revenue", 2025), RIGHT, "这一笔的政策不读 `revenue`"),
        (
            ("account_confirmed_workdays", None), Fraction(1),
            "这样更正以后，这一笔仍是 5,000.00 元，没有变化",
        ),
    ],
)  # fmt: skip
def test_a_correction_that_changes_nothing_is_not_written(
    memory: Memory, key: tuple[str, int | None], value: Fraction, message: str
) -> None:
    objected(memory)
    before = tables(memory)

    with pytest.raises(UsageError) as caught:
        uphold_by_correcting(
            who(memory, REVIEWER), L1, key, value, on=DECIDED, reason="核对过"
        )

    assert caught.value.message.startswith(message)
    assert (tables(memory), claims(memory)) == (before, [])


def test_without_an_objection_nothing_is_upheld(memory: Memory) -> None:
    with pytest.raises(UsageError) as caught:
        correct(memory)

    assert caught.value.message == (
        f"对 `{L1}` 没有待裁定的异议 (no objection waits for a ruling)"
    )


def test_a_fact_that_takes_the_ground_away_only_withdraws(memory: Memory) -> None:
    objected(memory)

    made = uphold_by_correcting(
        who(memory, REVIEWER), L1, ("serious_dishonesty", None), value=True,
        on=DECIDED, reason="已列入名单",
    )  # fmt: skip

    assert made.now is None
    assert standing(memory)[L1] == ("withdrawn", 500_000)


def test_what_is_correctable_is_what_the_policy_reads_of_the_subject(
    memory: Memory,
) -> None:
    loan = {key for key, _ in correctable(memory, one(memory, L1))}
    firm = correctable(memory, one(memory, scale_id(1)))

    assert {"premium_paid", "repayment_date", "serious_dishonesty"} <= loan
    assert not loan & {"revenue", "rd_expense"}
    assert {("rd_expense", 2025), ("rd_expense", 2024), ("rd_expense", 2023)} <= set(
        firm
    )


@pytest.mark.parametrize(
    ("upheld", "zh", "en"),
    [
        (True, "异议成立，已撤回", "objection upheld, withdrawn"),
        (False, "异议不成立，继续办理", "objection dismissed, it goes on"),
    ],
)
def test_a_ruling_on_an_objection_is_written_with_its_reason(
    memory: Memory, upheld: bool, zh: str, en: str
) -> None:
    objected(memory)

    settle(who(memory, REVIEWER), L1, upheld=upheld, on=DECIDED, reason="核过保单")

    subject, body, about = letters(memory, COLLEAGUE)[-1]
    assert subject == (f"{ZH} 5,000.00 元：{zh} ({EN} CNY 5,000.00: {en})")
    assert body == (
        f"{ZH} 2026 L1 5,000.00 元：{zh}\n理由：核过保单\n\n"
        f"{EN} 2026 L1 CNY 5,000.00: {en}\n"
        "Reason: 核过保单"
    )
    assert about == "/me/sh_premium_subsidy_2025"


def test_a_withdrawal_is_written_and_ones_own_waiver_to_the_colleague_only(
    memory: Memory,
) -> None:
    mine, theirs = len(letters(memory, FIRM)), len(letters(memory, COLLEAGUE))

    withdraw_one(memory, premium_id("L2"), on=DECIDED, reason="贷款登记有误")
    decline(who(memory, FIRM), L1, on=DECIDED, reason="不需要")

    assert ["已撤回"] == [
        s.partition("：")[2][:3] for s, _, _ in letters(memory, FIRM)[mine:]
    ]
    assert ["已撤回", "已登记"] == [
        s.partition("：")[2][:3] for s, _, _ in letters(memory, COLLEAGUE)[theirs:]
    ]


def test_money_that_arrived_and_money_that_came_back_are_written(
    memory: Memory,
) -> None:
    approve(who(memory, REVIEWER), on=date(2026, 11, 28), reason="公示无异议")
    payees(memory)
    made = make_batch(who(memory, FINANCE), on=SENT, form="bank_csv")
    count = len(letters(memory, FIRM))
    rows = [
        back_row(line, outcome="失败", reason="账户已销户")
        if line.payment.startswith(L1)
        else back_row(line)
        for line in made.lines
        if line.payment.startswith((L1, scale_id(1)))
    ]

    take_return(who(memory, FINANCE), back_file(rows), name="回单.csv", form="bank_csv")

    told = {subject: body for subject, body, _ in letters(memory, FIRM)[count:]}
    (paid,) = [s for s in told if "已到账" in s]
    (failed,) = [s for s in told if "支付失败" in s]
    assert len(told) == 2
    assert "10.00 万元：已到账 (" in paid
    assert "\n理由：账户已销户\n" in told[failed]
    assert "请核对收款账户" in told[failed]


def test_a_correction_refused_is_written_with_the_reason(memory: Memory) -> None:
    count = len(letters(memory, FIRM))
    firm = Firm(org(1), code(1), name(1))
    said = claim(
        who(memory, FIRM), firm, ("revenue", 2025), UNKNOWN, reason="不准", as_of=DECIDED,
        role="firm",
    )  # fmt: skip

    rule_on(
        who(memory, OFFICER),
        said.id,
        accepted=False,
        reason="与税务一致",
        as_of=DECIDED,
    )

    ((subject, body, about),) = letters(memory, FIRM)[count:]
    assert (subject, about) == (
        "更正“营业收入（2025年）”：没有采纳 (Correction of “Operating revenue 2025”: not accepted)",
        "/me/data#claims",
    )
    assert body == (
        "更正为 未知：没有采纳。\n理由：与税务一致\n\n"
        "It should be unknown: not accepted.\nReason: 与税务一致"
    )
    assert len(letters(memory, OTHER)) == 1
