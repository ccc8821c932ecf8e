# SPDX-License-Identifier: Apache-2.0
"""What is payable goes out once, in a file, and holds its amount until it is back."""

from __future__ import annotations

import hashlib
import threading
from datetime import date
from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import CeyuanError, NotAllowed, UsageError
from ceyuan.ledger import Account, Refused, Transfer, open_accounts, post
from ceyuan.office.entitlements import history
from ceyuan.office.moving import move
from ceyuan.office.payees import masked, set_payee
from ceyuan.office.paying import BANK, make_batch
from ceyuan.office.payment_files import file_again
from ceyuan.office.payment_forms import Line
from ceyuan.office.returning import take_return
from tests.office.money_by_hand import (
    APPROVED,
    BACK,
    FINANCE,
    LOANS,
    OFFICER,
    PREMIUM,
    REVIEWER,
    REWARDS,
    SCALE,
    SENT,
    TOTAL,
    account_of,
    back_file,
    back_row,
    confirmed,
    money,
    office,
    one,
    payees,
    premium_id,
    promised,
    scale_id,
    sent,
    standing,
    tables,
    who,
)
from tests.office.town_by_hand import WAN, code, name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory
    from ceyuan.office.paying import BatchMade

EVERY = sorted([*(scale_id(n) for n in REWARDS), *(premium_id(k) for k in LOANS)])
OWED = {
    **{scale_id(n): (n, amount, SCALE) for n, amount in REWARDS.items()},
    **{premium_id(k): (n, amount, PREMIUM) for k, (n, amount) in LOANS.items()},
}
CALLED = {
    SCALE: "规模以上服务业单位与首次升规奖励",
    PREMIUM: "上海市科技信贷保费补贴（2024–2025年度）",
}
"""Policies by their names, as they stand on a firm's own statement."""


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        yield opened


def lines(*names: str) -> list[Line]:
    return [
        Line(
            at, f"{x}.p1", name(OWED[x][0]), "虚构银行", account_of(OWED[x][0]),
            OWED[x][1], f"{CALLED[OWED[x][2]]} 2026",
        )
        for at, x in enumerate(names, 1)
    ]  # fmt: skip


def owe(memory: Memory, party: str, amount: int, actor: str = OFFICER) -> None:
    """Post something payable that no entitlement stands behind."""
    day = date(2026, 11, 1)
    with memory.transaction() as conn:
        open_accounts(
            conn,
            [
                Account(path="treasury/2026/other", commodity="CNY", side="debit",
                        opened=date(2026, 1, 1)),
                Account(path=f"payable/{party}", commodity="CNY", side="credit",
                        opened=date(2026, 1, 1), floor=0),
            ],
            actor=actor,
        )  # fmt: skip
        post(
            conn,
            [
                Transfer(id=f"other/{party}/{amount}", debit="treasury/2026/other",
                         credit=f"payable/{party}", amount=amount, commodity="CNY",
                         code="other", cause="结算", effective=day)
            ],
            actor=actor,
        )  # fmt: skip


def test_batch_sends_all_that_is_payable_and_holds_it(memory: Memory) -> None:
    made = sent(memory)

    assert made.lines == lines(*EVERY)
    assert (made.total, made.left_out, made.dry) == (TOTAL, [], False)
    assert {state for state, _ in standing(memory).values()} == {"sent"}
    # Firm 1 has 10 万元 and 7,000.01, all of it on its way.
    payable = f"payable/{code(1)}"
    assert money(memory, payable) == {payable: (10_700_001, 0)}
    # Nothing has left yet; what will has no floor.
    assert money(memory, BANK) == {BANK: (0, -TOTAL)}
    with memory.transaction() as conn:
        batch = conn.execute(
            "select id, form, day, payments, total, file_sha, actor, synthetic"
            " from payment_batch"
        ).fetchall()
        rows = conn.execute(
            "select id, line, entitlement_id, party, holder, account, amount, state,"
            " cause from payment where batch_id = %s order by line",
            (made.id,),
        ).fetchall()
        last = history(conn, EVERY[0])[-1]
    sha = hashlib.sha256(made.data).digest()
    assert batch == [(made.id, "bank_csv", SENT, 8, TOTAL, sha, FINANCE, True)]
    assert rows == [
        (f"{x}.p1", at, x, code(OWED[x][0]), name(OWED[x][0]), account_of(OWED[x][0]),
         OWED[x][1], "sent", x)
        for at, x in enumerate(EVERY, 1)
    ]  # fmt: skip
    assert (last.kind, last.state, last.actor, last.transfer) == (
        "send", "sent", FINANCE, f"pay/{EVERY[0]}.p1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("form", "encoding", "delimiter"),
    [("bank_csv", "utf-8-sig", ","), ("treasury_tsv", "gb18030", "\t")],
)
def test_batch_gives_the_file_of_its_form(
    memory: Memory, form: str, encoding: str, delimiter: str
) -> None:
    made = sent(memory, form)

    rows = [row.split(delimiter) for row in made.data.decode(encoding).split("\r\n")]
    assert len(rows) == 1 + 8 + 1 + 1
    # 1,100,000.00 and 14,000.01.
    assert "1114000.01" in rows[-2]
    assert rows[-1] == [""]
    first = lines(EVERY[0])[0]
    expected = {
        "bank_csv": ["1", first.payment, first.holder, "虚构银行", first.account,
                     "100000.00", "规模以上服务业单位与首次升规奖励 2026"],
        "treasury_tsv": [first.payment, first.holder, first.account, "虚构银行",
                         "100000.00", "规模以上服务业单位与首次升规奖励 2026"],
    }  # fmt: skip
    assert rows[1] == expected[form]


def test_batch_by_who_decided_or_approved_is_refused(memory: Memory) -> None:
    confirmed(memory)
    payees(memory)
    before = tables(memory)

    for actor, what in ((OFFICER, "发起应享核定"), (REVIEWER, "批准应享")):
        with pytest.raises(NotAllowed, match=f"`{actor}` {what}"):
            make_batch(who(memory, actor), on=SENT, form="bank_csv")

    assert tables(memory) == before


def test_batch_before_the_approval_has_nothing(memory: Memory) -> None:
    promised(memory)

    with pytest.raises(UsageError, match="nothing is payable"):
        make_batch(who(memory, FINANCE), on=SENT, form="bank_csv")


def test_second_batch_has_nothing(memory: Memory) -> None:
    sent(memory)
    before = tables(memory)

    with pytest.raises(UsageError, match="nothing is payable"):
        make_batch(who(memory, FINANCE), on=SENT, form="bank_csv")

    assert tables(memory) == before


def test_dry_run_writes_nothing_and_shows_the_file_that_then_goes_out(
    memory: Memory,
) -> None:
    confirmed(memory)
    payees(memory)
    before = tables(memory)
    finance = who(memory, FINANCE)

    tried = make_batch(finance, on=SENT, form="bank_csv", dry_run=True)

    assert tables(memory) == before
    made = make_batch(finance, on=SENT, form="bank_csv")
    assert (tried.id, tried.data, tried.lines, tried.total) == (
        made.id, made.data, made.lines, made.total,
    )  # fmt: skip
    assert (tried.dry, made.dry) == (True, False)


def test_payee_that_is_missing_or_closed_is_left_out_and_the_others_go(
    memory: Memory,
) -> None:
    confirmed(memory)
    payees(memory, [1, 3, 4, 5])
    finance = who(memory, FINANCE)
    set_payee(
        finance, code(3), holder=name(3), bank="虚构银行", account="", since=SENT,
        reason="销户",
    )  # fmt: skip

    made = make_batch(finance, on=SENT, form="bank_csv")

    assert [(p.code, p.message) for p in made.left_out] == [
        ("L201", (f"`{scale_id(2)}` 的收款账户没有登记（{name(2)} {code(2)}），没有送付 "
                 "(no account to pay to)")),
        ("L201", (f"`{scale_id(3)}` 的收款账户已销户（{name(3)} {code(3)}），没有送付 "
                 "(no account to pay to)")),
    ]  # fmt: skip
    assert made.lines == lines(
        *(x for x in EVERY if x not in {scale_id(2), scale_id(3)})
    )
    # All but 20 and 50 万元.
    assert made.total == TOTAL - 70 * WAN
    assert standing(memory)[scale_id(2)] == ("payable", 20 * WAN)
    payees(memory, [2, 3])
    rest = make_batch(finance, on=SENT, form="bank_csv")
    assert [x.payment for x in rest.lines] == [f"{scale_id(n)}.p1" for n in (2, 3)]


def test_batch_to_nobody_who_has_an_account_writes_nothing(memory: Memory) -> None:
    confirmed(memory)
    before = tables(memory)

    made = make_batch(who(memory, FINANCE), on=SENT, form="bank_csv")

    assert (made.id, made.data, made.lines) == ("", b"", [])
    assert [p.code for p in made.left_out] == ["L201"] * 8
    assert tables(memory) == before


def test_account_counts_from_its_day_and_the_last_one_said(memory: Memory) -> None:
    confirmed(memory)
    payees(memory)
    finance = who(memory, FINANCE)
    for account, since in (("新1", SENT), ("新2", SENT), ("新3", BACK)):
        set_payee(
            finance,
            code(2),
            holder="新户名",
            bank="新银行",
            account=account,
            since=since,
        )

    made = make_batch(finance, on=SENT, form="bank_csv", policy=SCALE)

    (line,) = [x for x in made.lines if x.payment == f"{scale_id(2)}.p1"]
    assert (line.holder, line.bank, line.account) == ("新户名", "新银行", "新2")


def test_batch_of_one_policy_one_year_and_at_most_so_many(memory: Memory) -> None:
    confirmed(memory)
    payees(memory)
    finance = who(memory, FINANCE)

    with pytest.raises(UsageError, match="nothing is payable"):
        make_batch(finance, on=SENT, form="bank_csv", year=2027)
    some = make_batch(finance, on=SENT, form="bank_csv", policy=PREMIUM, limit=3)
    rest = make_batch(finance, on=SENT, form="bank_csv", policy=PREMIUM)
    scale = make_batch(finance, on=SENT, form="bank_csv")

    wanted = [x for x in EVERY if x.startswith(PREMIUM)]
    assert some.lines == lines(*wanted[:3])
    assert rest.lines == lines(*wanted[3:])
    assert [x.payment for x in scale.lines] == [
        f"{x}.p1" for x in EVERY if x.startswith(SCALE)
    ]
    assert len({some.id, rest.id, scale.id}) == 3


def test_holder_that_is_a_formula_goes_out_as_a_text(memory: Memory) -> None:
    confirmed(memory)
    finance = who(memory, FINANCE)
    set_payee(
        finance, code(2), holder='=HYPERLINK("x")', bank="@b", account="-6222",
        since=SENT,
    )  # fmt: skip

    made = make_batch(finance, on=SENT, form="bank_csv")

    row = made.data.decode("utf-8-sig").splitlines()[1]
    assert row == (
        f'1,{scale_id(2)}.p1,"\'=HYPERLINK(""x"")",\'@b,\'-6222,200000.00,'
        "规模以上服务业单位与首次升规奖励 2026"
    )


def test_provider_s_payable_goes_out_without_an_entitlement(memory: Memory) -> None:
    confirmed(memory)
    payees(memory)
    owe(memory, "P1", 12_345)
    finance = who(memory, FINANCE)
    set_payee(finance, "P1", holder="服务机构", bank="b", account="P-1", since=SENT)

    made = make_batch(finance, on=SENT, form="bank_csv")

    assert made.lines == [
        *lines(*EVERY),
        Line(9, "payable.P1.p1", "服务机构", "b", "P-1", 12_345, "结算"),
    ]
    told = take_return(
        finance, back_file([back_row(made.lines[-1])]), name="r", form="bank_csv"
    )
    assert (told.paid, told.paid_total) == (["payable.P1.p1"], 12_345)
    assert money(memory, "payable/P1") == {"payable/P1": (0, 0)}
    owe(memory, "P1", 700)
    again = make_batch(finance, on=SENT, form="bank_csv")
    assert again.lines == [
        Line(1, "payable.P1.p2", "服务机构", "b", "P-1", 700, "结算")
    ]


def test_firm_that_is_a_provider_too_is_paid_both_and_no_fen_more(
    memory: Memory,
) -> None:
    confirmed(memory)
    payees(memory)
    owe(memory, code(2), 999)

    made = make_batch(who(memory, FINANCE), on=SENT, form="bank_csv")

    paid = {x.payment: x.amount for x in made.lines if code(2) in x.payment}
    assert paid == {f"{scale_id(2)}.p1": 20 * WAN, f"payable.{code(2)}.p1": 999}
    assert money(memory, f"payable/{code(2)}") == {
        f"payable/{code(2)}": (20 * WAN + 999, 0)
    }


def test_provider_s_payable_is_not_sent_by_who_put_it_there(memory: Memory) -> None:
    owe(memory, "P1", 5, actor=FINANCE)
    set_payee(who(memory, FINANCE), "P1", holder="x", bank="b", account="1", since=SENT)

    with pytest.raises(NotAllowed, match="记账"):
        make_batch(who(memory, FINANCE), on=SENT, form="bank_csv")

    assert make_batch(who(memory, "财务丁"), on=SENT, form="bank_csv").total == 5


def test_payment_after_the_approval_was_taken_back_sends_nothing(
    memory: Memory,
) -> None:
    """Reversed in the book by hand: the hold finds nothing and no file goes out."""
    confirmed(memory)
    payees(memory)
    move(
        memory, "first_scale_reward", "take_back",
        keys={"year": "2026", "firm": code(2), "entitlement": scale_id(2)},
        inputs={}, effective=APPROVED, reason="误批",
    )  # fmt: skip
    before = tables(memory)

    with pytest.raises(Refused) as caught:
        make_batch(who(memory, FINANCE), on=SENT, form="bank_csv")

    assert caught.value.code == "L112"
    assert tables(memory) == before
    assert one(memory, scale_id(2)).state == "payable"


def test_form_that_is_none_is_wrong_use(memory: Memory) -> None:
    with pytest.raises(UsageError, match="no such form"):
        make_batch(memory, on=SENT, form="fax")


@pytest.mark.parametrize(("party", "holder"), [("", "x"), ("x", " ")])
def test_payee_without_party_or_holder_is_wrong_use(
    memory: Memory, party: str, holder: str
) -> None:
    with pytest.raises(UsageError, match="party and holder"):
        set_payee(memory, party, holder=holder, bank="b", account="1", since=SENT)


def test_account_is_shown_by_its_last_four_figures() -> None:
    assert [masked(x) for x in ("6222000001", "12", "")] == ["…0001", "…12", ""]


def test_two_batches_at_once_send_each_payment_once(memory: Memory) -> None:
    confirmed(memory)
    payees(memory)
    ready = threading.Barrier(2)
    made: list[BatchMade] = []
    refused: list[CeyuanError] = []

    def send(actor: str) -> None:
        ready.wait()
        try:
            made.append(make_batch(who(memory, actor), on=SENT, form="bank_csv"))
        except CeyuanError as error:
            refused.append(error)

    threads = [threading.Thread(target=send, args=(x,)) for x in (FINANCE, "财务丁")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert [x.lines for x in made] == [lines(*EVERY)]
    assert len(refused) == 1
    assert money(memory, BANK) == {BANK: (0, -TOTAL)}
    with memory.transaction() as conn:
        assert conn.execute("select count(*) from payment").fetchone() == (8,)


def test_file_of_a_batch_is_made_again_also_of_one_that_said_ids(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches of before said a policy by its id; the hash tells which went out."""
    confirmed(memory)
    payees(memory)
    finance = who(memory, FINANCE)
    with monkeypatch.context() as before:
        before.setattr("ceyuan.office.paying.purpose_of", lambda _, policy: policy)
        old = make_batch(finance, on=SENT, form="bank_csv", policy=SCALE)
    new = make_batch(finance, on=SENT, form="bank_csv")

    assert f"{SCALE} 2026" in old.data.decode("utf-8-sig")
    assert f"{CALLED[PREMIUM]} 2026" in new.data.decode("utf-8-sig")
    assert file_again(finance, old.id) == old.data
    assert file_again(finance, new.id) == new.data
