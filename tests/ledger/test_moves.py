# SPDX-License-Identifier: Apache-2.0
"""Moves planned from what is handed in: no database, the whole plan compared."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from ceyuan.declarations.instruments import load_instruments
from ceyuan.kernel import UsageError
from ceyuan.ledger.legs import Line
from ceyuan.ledger.look import FixedLook
from ceyuan.ledger.model import Account, AccountSet, Balance, Entry, Transfer
from ceyuan.ledger.moves import outputs, plan
from ceyuan.ledger.refusals import Refused

LOADED = load_instruments()
DAY = date(2026, 3, 1)
ORDER = {"year": "2026", "firm": "F1", "order": "O1", "provider": "P1"}
TOLD = {
    "order_total": Fraction(10_000_001),  # 100,000.01 yuan, in fen
    "voucher_requested": Fraction(6_000_000),
    "voucher_user": "firm",
}
CAP = {"firm_yearly_cap": Fraction(30_000_000)}


def planned(instrument, move, look=None, *, day=DAY, settings=None, keys, **inputs):
    return plan(
        LOADED.instrument(instrument),
        move,
        keys=keys,
        inputs=inputs,
        day=day,
        look=look or FixedLook(),
        settings=settings,
    )


def reserve(**changed):
    told = {**TOLD, **changed}
    return planned("innovation_voucher", "reserve", keys=ORDER, settings=CAP, **told)


def refused_code(*arguments, **named):
    with pytest.raises(Refused) as refused:
        planned(*arguments, **named)
    return refused.value.code


def held(name, debit, credit, amount, commodity):
    return Entry(
        seq=1,
        id=name,
        kind="hold",
        debit=debit,
        credit=credit,
        amount=amount,
        commodity=commodity,
        code="x",
        cause="y",
        effective=DAY,
        of="",
        expires=None,
        link="",
        actor="a",
        known_at=datetime(2026, 3, 1, tzinfo=UTC),
        sha=b"",
    )


def test_reserve_plans_two_holds_with_their_accounts_and_the_cap():
    found = reserve()

    first = date(2026, 1, 1)
    stem = "innovation_voucher/reserve/2026/F1/O1"
    # Half of 10,000,001 fen is 5,000,000.5: rounded down, as the leg says.
    common: dict[str, Any] = {
        "kind": "hold",
        "amount": 5_000_000,
        "code": "innovation_voucher.reserve",
        "cause": "innovation_voucher/2026/F1/O1",
        "effective": DAY,
        "expires": date(2026, 12, 31),
    }
    assert (
        Transfer(
            id=f"{stem}#1",
            debit="voucher/2026/firm/F1",
            credit="voucher/2026/used/F1",
            commodity="VOUCHER",
            **common,
        ),
        Transfer(
            id=f"{stem}#2",
            debit="voucher/2026/pool",
            credit="voucher/2026/claim/P1",
            commodity="CNY",
            **common,
        ),
    ) == found.transfers
    voucher: dict[str, Any] = {
        "commodity": "VOUCHER",
        "side": "credit",
        "opened": first,
        "floor": 0,
    }
    money = {**voucher, "commodity": "CNY"}
    assert (
        Account(path="voucher/2026/firm/F1", **voucher),
        Account(path="voucher/2026/used/F1", **voucher, sets=("voucher/2026/cap/F1",)),
        Account(path="voucher/2026/pool", **money),
        Account(path="voucher/2026/claim/P1", **money),
    ) == found.accounts
    assert (
        AccountSet(name="voucher/2026/cap/F1", commodity="VOUCHER", ceiling=30_000_000),
    ) == found.sets
    assert {f"{stem}#1": 5_000_000, f"{stem}#2": 5_000_000} == found.amounts
    assert () == found.said


def test_redeem_posts_both_holds_at_what_was_verified():
    stem = "innovation_voucher/reserve/2026/F1/O1"
    look = FixedLook(
        entries={
            f"{stem}#1": held(f"{stem}#1", "w", "u", 5_000_000, "VOUCHER"),
            f"{stem}#2": held(f"{stem}#2", "p", "c", 5_000_000, "CNY"),
        }
    )

    found = planned(
        "innovation_voucher",
        "redeem",
        look,
        keys={"year": "2026", "firm": "F1", "order": "O1"},
        order_total=Fraction(8_000_000),
        order_verified=True,
    )

    mine = "innovation_voucher/redeem/2026/F1/O1"
    assert (
        Line(id=f"{mine}#1", kind="post", debit="w", credit="u", amount=4_000_000,
             commodity="VOUCHER", of=f"{stem}#1"),
        Line(id=f"{mine}#2", kind="post", debit="p", credit="c", amount=4_000_000,
             commodity="CNY", of=f"{stem}#2"),
    ) == found.lines  # fmt: skip
    assert () == found.accounts


def test_split_takes_the_fen_left_over_to_the_named_account():
    found = planned(
        "programme_grant",
        "recover",
        settings={"district_share": Fraction(1, 3)},
        keys={"programme": "K", "year": "2026", "district": "D", "project": "J",
              "unit": "U"},
        amount=Fraction(100),
    )  # fmt: skip

    stem = "programme_grant/recover/K/2026/J/U"
    # Two thirds of 100 are 66, one third 33; the one left over is the city's.
    assert {f"{stem}#1": 67, f"{stem}#2": 33} == found.amounts


def test_part_of_nothing_is_left_out_said_and_keeps_its_number():
    found = planned(
        "programme_grant",
        "recover",
        settings={"district_share": Fraction(1)},
        keys={"programme": "K", "year": "2026", "district": "D", "project": "J",
              "unit": "U"},
        amount=Fraction(100),
    )  # fmt: skip

    assert {"programme_grant/recover/K/2026/J/U#2": 100} == found.amounts
    assert ("第1笔为 0，略去 (part 1 is 0, left out)",) == found.said


def test_fraction_without_a_declared_rounding_is_cut_off_and_said():
    found = planned(
        "facility_hours",
        "open",
        keys={"facility": "X", "year": "2026", "plan": "P"},
        hours=Fraction(151, 100),
    )

    # 1.51 hours are 90.6 minutes.
    assert {"facility_hours/open/X/2026/P": 90} == found.amounts
    assert (
        "第1笔算得 453/5 分钟，不足一分钟的舍去 (part 1: less than a minute is cut off)",
    ) == found.said


def test_by_holdings_reads_the_holders_under_the_prefix_only():
    def stake(path, has):
        return path, Balance(path, "SHARE", "credit", 0, has, 0, 0)

    look = FixedLook(
        dict(
            [
                stake("result/A/share/U", 1),
                stake("result/A/share/T", 2),
                stake("result/A/share/gone", 0),
                stake("result/AB/share/X", 9),
                (
                    "result/A/pot",
                    Balance("result/A/pot", "CNY", "credit", 0, 100, 0, 0),
                ),
            ]
        )
    )

    found = planned(
        "achievement_ownership", "distribute", look, keys={"result": "A", "deal": "I"}
    )

    stem = "achievement_ownership/distribute/A/I"
    # 100 by 2/3 and 1/3: 66.67 and 33.33; T lost more.
    assert {f"{stem}#1.T": 67, f"{stem}#1.U": 33} == found.amounts
    assert ["payable/T", "payable/U"] == [line.credit for line in found.lines]


def test_parameter_that_is_not_set_is_refused_by_its_name():
    with pytest.raises(Refused, match="firm_yearly_cap") as refused:
        planned("innovation_voucher", "reserve", keys=ORDER, **TOLD)

    assert "L120" == refused.value.code


def test_input_that_is_missing_is_refused_by_its_name():
    told = {n: v for n, v in TOLD.items() if n != "order_total"}

    with pytest.raises(Refused, match="order_total") as refused:
        planned("innovation_voucher", "reserve", keys=ORDER, settings=CAP, **told)

    assert "L124" == refused.value.code


def test_condition_that_fails_is_refused_with_words_and_article():
    keys = {"year": "2026", "firm": "F1"}

    with pytest.raises(
        Refused, match="年度已结束（本系统的记账安排 年末失效）"
    ) as refused:
        planned("innovation_voucher", "lapse", keys=keys)

    assert "L123" == refused.value.code


def test_nothing_to_move_is_refused():
    assert "L125" == refused_code(
        "innovation_voucher",
        "lapse",
        day=date(2027, 1, 1),
        keys={"year": "2026", "firm": "F1"},
    )
    with pytest.raises(Refused) as refused:
        reserve(order_total=Fraction(0))
    assert "L125" == refused.value.code


def test_amount_below_nothing_is_refused():
    look = FixedLook(
        {
            "voucher/2026/firm/F1": Balance(
                "voucher/2026/firm/F1", "VOUCHER", "credit", 5, 0, 0, 0
            )
        }
    )

    assert "L101" == refused_code(
        "innovation_voucher",
        "lapse",
        look,
        day=date(2027, 1, 1),
        keys={"year": "2026", "firm": "F1"},
    )


@pytest.mark.parametrize(
    ("keys", "inputs", "said"),
    [
        ({"year": "2026"}, {}, "firm"),
        ({**ORDER, "year": "26"}, {}, "year"),
        ({**ORDER, "firm": "a/b"}, {}, "firm"),
        ({**ORDER, "firm": "{year}"}, {}, "firm"),
        ({**ORDER, "form": "x"}, {}, "form"),
        (ORDER, {"order_totals": Fraction(1)}, "order_totals"),
        (ORDER, {"order_total": True}, "order_total"),
        (ORDER, {"order_total": Fraction(-1)}, "order_total"),
        (ORDER, {"order_verified": "yes"}, "order_verified"),
        (ORDER, {"voucher_user": "cat"}, "voucher_user"),
    ],
)
def test_key_or_input_of_another_form_is_wrong_use(keys, inputs, said):
    with pytest.raises(UsageError, match=said):
        planned(
            "innovation_voucher",
            "reserve",
            keys=keys,
            settings=CAP,
            **{**TOLD, **inputs},
        )


def test_outputs_are_exact_and_ask_for_their_keys():
    def commitment(path, side, has):
        debit = has if side == "debit" else 0
        return path, Balance(path, "COMMITMENT", side, debit, has - debit, 0, 0)

    look = FixedLook(
        dict(
            [
                commitment("fund/G/committed", "debit", 700),
                commitment("fund/G/partner/guidance", "credit", 300),
            ]
        )
    )
    fund = LOADED.instrument("guidance_fund")

    assert {} == outputs(fund, keys={}, day=DAY, look=look)
    assert {"leverage": "7/3", "to_invest": "0"} == outputs(
        fund, keys={"fund": "G"}, day=DAY, look=look
    )
    assert (
        "—（L124）" == outputs(fund, keys={"fund": "H"}, day=DAY, look=look)["leverage"]
    )
