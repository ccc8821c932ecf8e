# SPDX-License-Identifier: Apache-2.0
"""Payments, lines that came back, the book: where they differ, and where they agree.

What differs is made with the database's own hands, as no verb of the office can.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ceyuan.office.paying import BANK, make_batch
from ceyuan.office.reconciling import BatchSaid, Reconciled, reconcile
from ceyuan.office.returning import take_return
from tests.office.money_by_hand import (
    BACK,
    FINANCE,
    LOANS,
    REWARDS,
    SCALE,
    SENT,
    TOTAL,
    back_file,
    back_row,
    confirmed,
    money,
    office,
    payees,
    premium_id,
    promised,
    scale_id,
    sent,
    who,
)
from tests.office.town_by_hand import WAN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ceyuan.office.memory import Memory
    from ceyuan.office.payment_forms import Line

EVERY = sorted([*(scale_id(n) for n in REWARDS), *(premium_id(k) for k in LOANS)])
FIRST = f"{scale_id(1)}.p1"
LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        yield opened


@pytest.fixture
def out(memory: Memory) -> dict[str, Line]:
    """Return what was sent, by entitlement."""
    return {line.payment[:-3]: line for line in sent(memory).lines}


def on(memory: Memory, day: date) -> Reconciled:
    with memory.transaction() as conn:
        return reconcile(conn, day)


def take(memory: Memory, *rows: Mapping[str, str]) -> None:
    take_return(who(memory, FINANCE), back_file(rows), name="回单.csv", form="bank_csv")


def by_force(memory: Memory, statement: bytes, *values: object) -> None:
    with memory.transaction() as conn:
        # What no statement may do: only who owns the server can switch triggers off.
        conn.execute("set local session_replication_role = replica")
        conn.execute(statement, values)


def batch(memory: Memory, **more: int) -> BatchSaid:
    with memory.transaction() as conn:
        row = conn.execute("select id from payment_batch").fetchone()
    assert row is not None
    said = {"paid": 0, "paid_total": 0, "failed": 0, "failed_total": 0, **more}
    said = {"out": 0, "out_total": 0, **said}
    return BatchSaid(
        id=row[0], form="bank_csv", day=SENT, actor=FINANCE, payments=8, total=TOTAL,
        synthetic=True, **said,
    )  # fmt: skip


def test_day_before_anything_was_sent_agrees(memory: Memory) -> None:
    promised(memory)

    told = on(memory, SENT)

    assert told == Reconciled(SENT, (), (), (), (0, 0), (0, 0))
    assert told.agrees


def test_day_on_which_a_batch_went_out_agrees(
    memory: Memory, out: dict[str, Line]
) -> None:
    told = on(memory, SENT)

    assert told == Reconciled(
        SENT,
        (batch(memory, out=8, out_total=TOTAL),),
        (),
        (),
        (TOTAL, TOTAL),
        (0, 0),
    )
    assert told.agrees
    assert len(out) == 8


def test_day_on_which_all_came_back_agrees(
    memory: Memory, out: dict[str, Line]
) -> None:
    take(
        memory,
        *(back_row(x) for name, x in out.items() if name != scale_id(2)),
        back_row(out[scale_id(2)], outcome="失败"),
    )

    told = on(memory, BACK)

    paid = TOTAL - 20 * WAN
    assert told == Reconciled(
        BACK,
        (batch(memory, paid=7, paid_total=paid, failed=1, failed_total=20 * WAN),),
        (),
        (),
        (0, 0),
        (paid, paid),
    )
    assert told.agrees
    # A day on which nothing happened and nothing was out.
    assert on(memory, date(2026, 12, 30)).batches == ()


def test_batch_that_came_back_on_two_days_is_told_whole_on_each(
    memory: Memory, out: dict[str, Line]
) -> None:
    """1 is paid on the third, 2 fails on the fourth, 3 and the rest are out."""
    take(memory, back_row(out[scale_id(1)]))
    take(memory, back_row(out[scale_id(2)], outcome="失败", day="2026-12-04"))

    told = on(memory, date(2026, 12, 4))

    assert told.batches == (
        batch(
            memory, paid=1, paid_total=10 * WAN, failed=1, failed_total=20 * WAN,
            out=6, out_total=TOTAL - 30 * WAN,
        ),
    )  # fmt: skip
    assert told.agrees


def test_batches_of_two_days_are_told_while_they_are_out(memory: Memory) -> None:
    confirmed(memory)
    payees(memory)
    finance = who(memory, FINANCE)
    make_batch(finance, on=SENT, form="bank_csv", policy=SCALE)
    make_batch(finance, on=BACK, form="treasury_tsv")

    assert [(b.form, b.day, b.out) for b in on(memory, SENT).batches] == [
        ("bank_csv", SENT, 4)
    ]
    assert [(b.form, b.day, b.out) for b in on(memory, BACK).batches] == [
        ("bank_csv", SENT, 4),
        ("treasury_tsv", BACK, 4),
    ]


def test_lines_that_do_not_fit_are_listed_on_their_day(
    memory: Memory, out: dict[str, Line]
) -> None:
    take(
        memory,
        back_row(out[scale_id(1)], payment="别家的"),
        back_row(out[scale_id(1)], amount="1.00", outcome="失败", reason="户名不符"),
        back_row(out[scale_id(1)]),
    )

    told = on(memory, BACK)

    assert [
        (x.file, x.line, x.payment, x.amount, x.outcome, x.bank_reason, x.day, x.actor)
        for x in told.lines
    ] == [
        ("回单.csv", 2, "别家的", 10 * WAN, "paid", "", BACK, FINANCE),
        ("回单.csv", 3, FIRST, 100, "failed", "wrong_holder", BACK, FINANCE),
    ]
    assert [x.problem[:6] for x in told.lines] == ["[L202]", "[L203]"]
    assert (told.differences, told.agrees) == ((), False)
    assert on(memory, LONG_AGO).agrees


def test_line_without_a_day_is_not_listed_on_every_day_for_ever(
    memory: Memory, out: dict[str, Line]
) -> None:
    """It belongs to the day on which it was taken in."""
    take(memory, back_row(out[scale_id(1)], day="昨天"))

    assert on(memory, LONG_AGO).lines == ()


def test_payment_whose_amount_was_changed_is_listed(
    memory: Memory, out: dict[str, Line]
) -> None:
    assert FIRST in {x.payment for x in out.values()}
    by_force(memory, b"update payment set amount = amount + 7 where id = %s", FIRST)

    assert on(memory, SENT).differences == (
        f"支付 `{FIRST}`：送出 10000007，账上冻结 10000000 (sent and held differ)",
        f"在途合计：支付 {TOTAL + 7}，账上 {TOTAL} (out: sums differ)",
    )


def test_payment_that_the_book_does_not_know_is_listed(
    memory: Memory, out: dict[str, Line]
) -> None:
    assert out
    by_force(
        memory,
        b"insert into payment (id, batch_id, line, party, holder, bank, account, amount,"
        b" state) select 'X.p1', batch_id, 99, 'X', 'X', '', '1', 5, 'sent'"
        b" from payment limit 1",
    )

    assert on(memory, SENT).differences == (
        "支付 `X.p1`：送出 5，账上冻结 没有 (sent and held differ)",
        f"在途合计：支付 {TOTAL + 5}，账上 {TOTAL} (out: sums differ)",
    )


def test_hold_that_no_payment_stands_behind_is_listed(
    memory: Memory, out: dict[str, Line]
) -> None:
    assert out
    by_force(memory, b"delete from payment where id = %s", FIRST)

    assert on(memory, SENT).differences == (
        f"在途合计：支付 {TOTAL - 10 * WAN}，账上 {TOTAL} (out: sums differ)",
    )


def test_payment_said_to_be_paid_beside_the_book_is_listed(
    memory: Memory, out: dict[str, Line]
) -> None:
    assert out
    by_force(memory, b"update payment set state = 'paid' where id = %s", FIRST)

    told = on(memory, SENT)

    assert told.differences == (
        f"支付 `{FIRST}`：记为 paid，账上是 未了结 (state and book differ)",
        f"在途合计：支付 {TOTAL - 10 * WAN}，账上 {TOTAL} (out: sums differ)",
        f"已付合计：支付 {10 * WAN}，账上 0 (paid: sums differ)",
    )
    assert (told.out, told.paid) == ((TOTAL - 10 * WAN, TOTAL), (10 * WAN, 0))


@pytest.mark.parametrize(
    ("outcome", "state", "kind"),
    [("成功", "failed", "post"), ("失败", "paid", "void"), ("成功", "sent", "post")],
)
def test_payment_that_the_book_has_ended_otherwise_is_listed(
    memory: Memory, out: dict[str, Line], outcome: str, state: str, kind: str
) -> None:
    take(memory, back_row(out[scale_id(1)], outcome=outcome))
    by_force(memory, b"update payment set state = %s where id = %s", state, FIRST)

    told = on(memory, BACK)

    assert told.differences[0] == (
        f"支付 `{FIRST}`：记为 {state}，账上是 {kind} (state and book differ)"
    )
    assert not told.agrees


def test_sums_of_the_book_are_those_of_the_bank_s_account(
    memory: Memory, out: dict[str, Line]
) -> None:
    take(memory, *(back_row(out[x]) for x in EVERY[:2]))

    told = on(memory, BACK)

    # 10 and 20 万元, or two subsidies: whatever the first two are worth.
    worth = sum(out[x].amount for x in EVERY[:2])
    assert (told.out, told.paid) == ((TOTAL - worth,) * 2, (worth,) * 2)
    assert money(memory, BANK) == {BANK: (-worth, -TOTAL)}
