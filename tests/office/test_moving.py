# SPDX-License-Identifier: Apache-2.0
"""A move in the office: whole or not at all, on record, asked for at once by many."""

from __future__ import annotations

import json
import threading
from datetime import date
from fractions import Fraction

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from ceyuan.declarations.instruments import load_instruments
from ceyuan.kernel import UsageError
from ceyuan.ledger.look import BookLook
from ceyuan.ledger.refusals import Refused
from ceyuan.office.memory import open_memory
from ceyuan.office.moving import move, move_within
from ceyuan.office.moving_typed import typed_amount, typed_inputs, typed_pairs
from ceyuan.office.settings import set_parameter

DAY = date(2026, 1, 5)
MILLION = Fraction(100_000_000)
BUDGET = {"year": "2026", "budget": "B1"}
PROMISE = {"year": "2026", "firm": "F1", "entitlement": "E1"}
COUNT = SQL("select count(*) from {}")
TABLES = ("ledger_transfer", "ledger_account", "ledger_set", "ledger_event", "audit")


@pytest.fixture(name="office")
def _office(office_folder):
    with open_memory(office_folder, actor="甲") as memory:
        yield memory


def appropriate(office, amount=MILLION, **named):
    told = {"keys": BUDGET, "effective": DAY, "reason": "年度预算", **named}
    inputs = {"amount": amount}
    return move(office, "first_scale_reward", "appropriate", inputs=inputs, **told)


def promise(office, amount=Fraction(100), **named):
    told = {"keys": PROMISE, "effective": DAY, "reason": "试", **named}
    inputs = {"amount": amount}
    return move(office, "first_scale_reward", "promise", inputs=inputs, **told)


def counts(office):
    with office.transaction() as conn:
        return [conn.execute(COUNT.format(Identifier(t))).fetchone()[0] for t in TABLES]


def has(office, path):
    with office.transaction() as conn:
        found = BookLook(conn).balance(path)
    return None if found is None else (found.has, found.available)


def test_move_posts_and_writes_one_audit_row(office):
    made = appropriate(office, request="r1", behalf="乙")

    stem = "first_scale_reward/appropriate/2026/B1"
    assert (True, False, "r1", {stem: 100_000_000}) == (
        made.fresh,
        made.dry,
        made.request,
        made.plan.amounts,
    )
    assert (100_000_000, 100_000_000) == has(office, "first_scale/2026/pool")
    with office.transaction() as conn:
        rows = conn.execute(
            "select actor, behalf, verb, object, reason, before, after, request from audit"
        ).fetchall()
    assert [("甲", "乙", "move", stem, "年度预算", "", "r1")] == [
        (*row[:6], row[7]) for row in rows
    ]
    instrument = load_instruments().instrument("first_scale_reward")
    assert {
        "instrument": "first_scale_reward",
        "declared": instrument.digest,
        "move": "appropriate",
        "keys": {"budget": "B1", "year": "2026"},
        "inputs": {"amount": "100000000"},
        "on": "2026-01-05",
        "amounts": {stem: 100_000_000},
    } == json.loads(rows[0][6])


def test_move_sent_twice_is_answered_as_before_and_pays_once(office):
    appropriate(office)
    before = counts(office)

    again = appropriate(office)

    assert not again.fresh
    assert before == counts(office)


def test_move_of_the_same_case_with_another_amount_is_refused(office):
    appropriate(office)

    with pytest.raises(Refused) as refused:
        appropriate(office, MILLION * 2)

    assert "L102" == refused.value.code


def test_refused_move_leaves_nothing_behind(office):
    before = counts(office)

    with pytest.raises(Refused) as refused:
        promise(office)  # there is no money in the pool

    assert "L112" == refused.value.code
    assert [0] * len(TABLES) == before == counts(office)


def test_dry_run_shows_what_the_move_then_writes_and_writes_nothing(office):
    appropriate(office)
    before = counts(office)

    tried = promise(office, dry_run=True)

    assert before == counts(office)
    assert tried.dry
    assert tried.plan == promise(office, agreed=tried.plan).plan


def test_dry_run_meets_the_limits_of_the_book(office):
    appropriate(office, Fraction(99))

    with pytest.raises(Refused) as refused:
        promise(office, dry_run=True)

    assert "L112" == refused.value.code


def test_plan_other_than_the_agreed_one_is_not_written(office):
    appropriate(office)
    agreed = promise(office, dry_run=True).plan
    before = counts(office)

    with pytest.raises(UsageError, match="the plan has changed"):
        promise(office, Fraction(101), agreed=agreed)

    assert before == counts(office)


def test_move_without_a_reason_is_wrong_use(office):
    with pytest.raises(UsageError, match="a reason is asked"):
        appropriate(office, reason=" ")


def test_ceiling_follows_the_parameter_that_is_in_force(office):
    voucher = load_instruments().instrument("innovation_voucher")
    told = {
        "order_total": Fraction(10_000),
        "voucher_requested": Fraction(3_000),
        "voucher_user": "firm",
    }

    def make(conn, name, keys, inputs, cap):
        return move_within(
            conn,
            voucher,
            name,
            keys={"year": "2026", "firm": "F1", **keys},
            inputs=inputs,
            effective=DAY,
            settings={"firm_yearly_cap": Fraction(cap)},
            actor="甲",
            reason="试",
        )

    with office.transaction() as conn:
        amount = {"amount": Fraction(50_000)}
        make(conn, "appropriate", {"budget": "B"}, amount, 0)
        make(conn, "issue", {"entitlement": "E"}, amount, 0)
        make(conn, "reserve", {"order": "O1", "provider": "P"}, told, 3_000)
        for cap in (3_000, 5_999):
            with pytest.raises(Refused) as refused:
                make(conn, "reserve", {"order": "O2", "provider": "P"}, told, cap)
            assert "L114" == refused.value.code
        make(conn, "reserve", {"order": "O2", "provider": "P"}, told, 6_000)
        limits = conn.execute("select ceiling, reached from ledger_set").fetchall()

    assert [(6_000, 6_000)] == limits


def test_two_who_share_out_one_pot_at_once_share_it_once(office):
    owner = load_instruments().instrument("achievement_ownership")

    def make(conn, name, keys, inputs):
        return move_within(
            conn,
            owner,
            name,
            keys={"result": "A", **keys},
            inputs=inputs,
            effective=DAY,
            settings={},
            actor="甲",
            reason="试",
        )

    with office.transaction() as conn:
        make(conn, "register", {"unit": "U"}, {})
        third = {"share": Fraction(1, 3)}
        make(conn, "grant", {"unit": "U", "holder": "T", "deal": "D"}, third)
        income = {"net_income": Fraction(201), "agreed_share": Fraction(1, 2)}
        make(conn, "receive", {"holder": "X", "deal": "I"}, income)
    codes: list[str] = []
    ready = threading.Barrier(2)

    def share(deal):
        ready.wait()
        try:
            with office.transaction() as conn:
                make(conn, "distribute", {"deal": deal}, {})
        except Refused as refused:
            codes.append(refused.code)
        except psycopg.Error as error:  # a deadlock would end here
            codes.append(str(error))

    threads = [threading.Thread(target=share, args=(d,)) for d in ("S1", "S2")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert ["L125"] == codes
    # 201 fen: the pot has 100, the team the other 101. By 2/3 and 1/3: 67 and 33.
    assert [(67, 67), (33, 33), (101, 101), (0, 0)] == [
        has(office, path)
        for path in ("payable/U", "payable/T", "payable/X", "result/A/pot")
    ]


@pytest.mark.parametrize(
    ("typed", "smallest"),
    [
        ("90分钟", 90),
        ("1.5小时", 90),
        ("1.5", 90),
        ("1/3", 20),
        (7, 7),
        ("1,000 分钟", 1000),
    ],
)
def test_typed_amount_is_read_in_the_units_of_its_commodity(typed, smallest):
    hour = load_instruments().commodities["HOUR"]

    assert smallest == typed_amount(typed, hour, of="x")


@pytest.mark.parametrize("typed", ["50.5分钟", "三小时", "5元", ""])
def test_typed_amount_that_is_none_is_wrong_use(typed):
    hour = load_instruments().commodities["HOUR"]

    with pytest.raises(UsageError):
        typed_amount(typed, hour, of="x")


def test_typed_inputs_are_read_by_kind_and_by_their_chinese_names():
    voucher = load_instruments().instrument("innovation_voucher")

    assert {
        "order_total": Fraction(10_000_000),
        "order_verified": True,
        "voucher_user": "team",
    } == typed_inputs(
        voucher, {"订单总额": "10万元", "order_verified": "是", "voucher_user": "团队"}
    )


@pytest.mark.parametrize(
    "said", [{"order_totl": "1元"}, {"voucher_user": "猫"}, {"order_total": "很多"}]
)
def test_typed_input_that_is_none_is_wrong_use(said):
    voucher = load_instruments().instrument("innovation_voucher")

    with pytest.raises(UsageError):
        typed_inputs(voucher, said)


@pytest.mark.parametrize("said", [["year"], ["=2026"], ["a=1", "a=2"]])
def test_typed_pairs_that_are_none_are_wrong_use(said):
    with pytest.raises(UsageError):
        typed_pairs(said, hint="--key year=2026")


def test_parameter_set_by_the_office_holds_from_its_day(office):
    def reserve(day):
        return move(
            office,
            "innovation_voucher",
            "reserve",
            keys={"year": "2026", "firm": "F1", "order": "O1", "provider": "P1"},
            inputs={
                "order_total": Fraction(10_000),
                "voucher_requested": Fraction(5_000),
                "voucher_user": "firm",
            },
            effective=day,
            reason="试",
        )

    voucher = "innovation_voucher"
    amount = {"amount": MILLION}
    for name, keys in (("appropriate", BUDGET), ("issue", PROMISE)):
        move(
            office,
            voucher,
            name,
            keys=keys,
            inputs=amount,
            effective=DAY,
            reason="试",
        )
    set_parameter(
        office,
        "sh_voucher_2025.firm_yearly_cap=50元",
        since=date(2026, 2, 1),
        reason="试",
    )

    with pytest.raises(Refused) as refused:
        reserve(date(2026, 1, 31))

    assert "L120" == refused.value.code
    # Half of 100.00 is 50.00, and so is the cap.
    assert [5_000, 5_000] == list(reserve(date(2026, 2, 1)).plan.amounts.values())
