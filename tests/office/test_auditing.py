# SPDX-License-Identifier: Apache-2.0
"""Every verb leaves its row: who, why, what it was before, what it is after."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ceyuan.office.auditing import audit, new_request, trail
from ceyuan.office.entitlements import approve, decline, object_to, settle
from ceyuan.office.entitling import entitle
from ceyuan.office.payees import set_payee
from ceyuan.office.paying import make_batch
from ceyuan.office.returning import take_return
from ceyuan.office.users import set_user
from tests.office.money_by_hand import (
    APPROVED,
    BACK,
    DECIDED,
    FINANCE,
    OFFICER,
    REVIEWER,
    SCALE,
    SENT,
    SETTINGS,
    YEAR,
    back_file,
    back_row,
    decide,
    funded,
    office,
    payees,
    scale_id,
    verified,
    who,
)
from tests.office.town_by_hand import WAN, code, name, state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        yield opened


def rows(memory: Memory, **more: Any) -> list[dict[str, Any]]:
    """Return rows of the trail, the oldest first."""
    with memory.transaction() as conn:
        return list(reversed(trail(conn, limit=1000, **more)))


def told(row: dict[str, Any]) -> tuple[Any, ...]:
    names = ("actor", "behalf", "object", "reason", "before", "after")
    return tuple(row[n] for n in names)


class Since:
    """Gives what was written since it was asked last."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.seen = len(rows(memory))

    def __call__(self) -> tuple[str, list[tuple[Any, ...]]]:
        """Return the verb and the rows; all of one verb and one request."""
        new = rows(self.memory)[self.seen :]
        self.seen += len(new)
        assert len({row["request"] for row in new}) == 1
        (verb,) = {row["verb"] for row in new}
        return verb, sorted(map(told, new), key=lambda row: str(row[2]))


def test_each_verb_from_the_notice_to_the_bank_leaves_its_rows(memory: Memory) -> None:
    run = funded(memory)
    since = Since(memory)
    a, b = sorted((scale_id(1), scale_id(2)))
    amounts = {scale_id(n): w * WAN for n, w in ((1, 10), (2, 20), (3, 50), (4, 30))}
    c, d = scale_id(3), scale_id(4)
    reviewer, finance = who(memory, REVIEWER), who(memory, FINANCE)

    entitle(memory, year=YEAR, policies=[SCALE], on=DECIDED, reason="年度核定")
    assert since() == (
        "entitle",
        [
            (OFFICER, "", x, "年度核定", None,
             {"amount": amounts[x], "policy": SCALE, "run": run.id})
            for x in sorted(amounts)
        ],
    )  # fmt: skip

    object_to(memory, c, on=DECIDED, reason="有误", behalf="同行")
    before = {"state": "noticed", "amount": 50 * WAN}
    noticed = {"state": "noticed"}
    assert since() == (
        "entitle.object", [(OFFICER, "同行", c, "有误", before, noticed)]
    )  # fmt: skip
    settle(reviewer, c, upheld=False, on=DECIDED, reason="不实")
    assert since() == (
        "entitle.dismiss", [(REVIEWER, "", c, "不实", before, noticed)]
    )  # fmt: skip
    object_to(memory, c, on=DECIDED, reason="再提")
    since()
    settle(reviewer, c, upheld=True, on=DECIDED, reason="属实")
    withdrawn = {"state": "withdrawn"}
    assert since() == (
        "entitle.uphold", [(REVIEWER, "", c, "属实", before, withdrawn)]
    )  # fmt: skip
    decline(memory, d, on=DECIDED, reason="来函", behalf="虚构四号")
    assert since() == (
        "entitle.decline",
        [(OFFICER, "虚构四号", d, "来函", {"state": "noticed", "amount": 30 * WAN},
          {"state": "declined"})],
    )  # fmt: skip
    approve(reviewer, on=APPROVED, reason="无异议")
    assert since() == (
        "entitle.approve",
        [(REVIEWER, "", x, "无异议", noticed, {"state": "payable"}) for x in (a, b)],
    )

    set_payee(finance, code(1), holder="户名", bank="银行", account="62220001",
              since=SENT, reason="来函")  # fmt: skip
    # Of the account the trail keeps the last four figures.
    assert since() == (
        "pay.payee",
        [(FINANCE, "", code(1), "来函", None,
          {"holder": "户名", "bank": "银行", "account": "…0001"})],
    )  # fmt: skip
    payees(memory, [1, 2])
    assert since() == (
        "pay.payee",
        sorted(
            (FINANCE, "", code(n), "", None,
             {"holder": name(n), "bank": "虚构银行", "account": f"…000{n}"})
            for n in (1, 2)
        ),
    )  # fmt: skip
    batch = make_batch(finance, on=SENT, form="bank_csv", reason="第一批")
    sent = {"state": "sent", "batch": batch.id}
    assert since() == (
        "pay.batch",
        [
            (FINANCE, "", f"{x}.p1", "第一批", {"state": "payable"}, sent)
            for x in (a, b)
        ],
    )
    paid, failed = batch.lines
    take_return(
        finance,
        back_file(
            [back_row(paid), back_row(failed, outcome="失败", reason="户名不符")]
        ),
        name="回单.csv",
        form="bank_csv",
    )
    assert since() == (
        "pay.return",
        [
            (FINANCE, "", f"{a}.p1", "回单.csv 第 2 行", {"state": "sent"},
             {"state": "paid", "reason": ""}),
            (FINANCE, "", f"{b}.p1", "回单.csv 第 3 行", {"state": "sent"},
             {"state": "failed", "reason": "wrong_holder"}),
        ],
    )  # fmt: skip
    make_batch(finance, on=BACK, form="bank_csv", again=True, reason="已核对")
    assert since()[1][0][2:5] == (f"{b}.p2", "已核对", {"state": "failed"})


def test_withdrawal_and_new_promise_of_one_run_stand_under_one_request(
    memory: Memory,
) -> None:
    funded(memory)
    entitle(memory, year=YEAR, policies=[SCALE], on=DECIDED)
    state(memory, 2, "rd_expense", Fraction(800 * WAN), year=2025)
    run = decide(memory)
    before = len(rows(memory))

    entitle(memory, year=YEAR, policies=[SCALE], on=DECIDED, reason="更正")

    gone, new = rows(memory)[before:]
    assert (gone["verb"], *told(gone)) == (
        "entitle.withdraw", OFFICER, "", scale_id(2), "更正",
        {"state": "noticed", "amount": 20 * WAN}, {"state": "withdrawn"},
    )  # fmt: skip
    assert (new["verb"], *told(new)) == (
        "entitle", OFFICER, "", scale_id(2, 2), "更正", None,
        {"amount": 40 * WAN, "policy": SCALE, "run": run.id},
    )  # fmt: skip
    assert gone["request"] == new["request"]


def test_setting_parameters_appropriating_and_users_leave_rows(memory: Memory) -> None:
    funded(memory)
    set_user(memory, "甲", ["admin"], display="王", organisation="科委", reason="到任")
    set_user(who(memory, "甲"), "甲", ["admin", "auditor"])

    found = [(row["verb"], row["object"], row["actor"]) for row in rows(memory)]
    assert found == [
        *(("parameter.set", one.partition("=")[0], OFFICER) for one in SETTINGS),
        ("move", "first_scale_reward/appropriate/2026/B1", FINANCE),
        ("move", "premium_subsidy/appropriate/2026/B1", FINANCE),
        ("user.set", "甲", OFFICER),
        ("user.set", "甲", "甲"),
    ]
    first, second = rows(memory, verb="user.set")
    said = {"display": "王", "organisation": "科委", "roles": ["admin"], "active": True}
    assert told(first) == (OFFICER, "", "甲", "到任", None, said)
    assert told(second)[4:] == (
        said,
        {"display": "", "organisation": "", "roles": ["admin", "auditor"],
         "active": True},
    )  # fmt: skip
    assert len({row["request"] for row in rows(memory)}) == len(found)


def test_trail_is_found_by_object_actor_and_verb_newest_first(memory: Memory) -> None:
    with memory.transaction() as conn:
        for actor, verb, obj in (("甲", "a", "x"), ("乙", "a", "y"), ("甲", "b", "x")):
            audit(conn, verb, [(obj, None, {"n": 1})], actor=actor)

    def found(**more: Any) -> list[tuple[str, str, str]]:
        with memory.transaction() as conn:
            return [(r["actor"], r["verb"], r["object"]) for r in trail(conn, **more)]

    assert found() == [("甲", "b", "x"), ("乙", "a", "y"), ("甲", "a", "x")]
    assert found(obj="x") == [("甲", "b", "x"), ("甲", "a", "x")]
    assert found(actor="乙") == [("乙", "a", "y")]
    assert found(verb="b", actor="甲") == [("甲", "b", "x")]
    assert found(limit=1) == [("甲", "b", "x")]
    assert found(obj="z") == []


def test_audit_keeps_a_text_on_one_line_and_a_day_as_such(memory: Memory) -> None:
    with memory.transaction() as conn:
        audit(
            conn, "a", [("x", {"日": date(2026, 1, 2)}, None)], actor="甲",
            reason="一\n二\t三", behalf="乙\r\n丙", request="r",
        )  # fmt: skip
        audit(conn, "a", [], actor="甲")

    ((actor, behalf, obj, reason, before, after),) = map(told, rows(memory))
    assert (actor, behalf, obj, reason) == ("甲", "乙 丙", "x", "一 二 三")
    assert (before, after) == ({"日": "2026-01-02"}, None)


def test_audit_of_what_was_taken_back_is_not_there(memory: Memory) -> None:
    with memory.transaction() as conn, conn.transaction(force_rollback=True):
        audit(conn, "a", [("x", None, None)], actor="甲")

    assert rows(memory) == []


@pytest.mark.parametrize(
    "statement",
    [
        b"update audit set actor = 'x'",
        b"delete from audit",
        b"truncate audit",
        b"update entitlement_event set reason = 'x'",
        b"delete from notice",
        b"delete from payee",
        b"update payment_return set result = 'paid'",
        b"delete from office_setting",
        b"truncate payment_return",
    ],
)
def test_what_was_written_cannot_be_altered(memory: Memory, statement: bytes) -> None:
    with memory.transaction() as conn:
        audit(conn, "a", [("x", None, None)], actor="甲")
    before = rows(memory)

    with pytest.raises(psycopg.Error), memory.transaction() as conn:
        conn.execute(statement)

    assert rows(memory) == before


def test_trail_that_was_altered_all_the_same_is_found_by_the_book(
    memory: Memory,
) -> None:
    with memory.transaction() as conn:
        audit(conn, "a", [("x", None, {"amount": 1})], actor="甲")
    assert verified(memory).ok
    alter = b"update audit set after = replace(after, '1', '2')"
    mend = b"update audit set after = replace(after, '2', '1')"
    for statement, whole in ((alter, False), (mend, True)):
        with memory.transaction() as conn:
            conn.execute("set local session_replication_role = replica")
            conn.execute(statement)

        assert verified(memory).ok is whole


def test_request_ids_are_their_own() -> None:
    assert len({new_request() for _ in range(100)}) == 100
