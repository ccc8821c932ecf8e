# SPDX-License-Identifier: Apache-2.0
"""What comes back: each line once, each wrong one told, none of them believed."""

from __future__ import annotations

import threading
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ceyuan.kernel import CeyuanError, InputRejected, NotAllowed, UsageError
from ceyuan.ledger import journal
from ceyuan.office import returning
from ceyuan.office.entitlements import history
from ceyuan.office.payees import set_payee, unchanged
from ceyuan.office.paying import BANK, make_batch
from ceyuan.office.returning import Returned, take_return
from ceyuan.office.users import set_user
from tests.office.money_by_hand import (
    BACK,
    FINANCE,
    LOANS,
    OFFICER,
    REVIEWER,
    REWARDS,
    TOTAL,
    back_file,
    back_row,
    money,
    office,
    one,
    payees,
    premium_id,
    scale_id,
    sent,
    standing,
    tables,
    who,
)
from tests.office.town_by_hand import WAN, code, name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ceyuan.office.memory import Memory
    from ceyuan.office.payment_forms import Line

EVERY = sorted([*(scale_id(n) for n in REWARDS), *(premium_id(k) for k in LOANS)])


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        yield opened


@pytest.fixture
def out(memory: Memory) -> dict[str, Line]:
    """Return what was sent, by entitlement."""
    return {line.payment[:-3]: line for line in sent(memory).lines}


def take(memory: Memory, *rows: Mapping[str, str], **more: Any) -> Returned:
    said = {"name": "回单.csv", "form": "bank_csv", **more}
    actor = said.pop("actor", FINANCE)
    return take_return(who(memory, actor), back_file(rows), **said)


def result(
    made: Returned,
) -> tuple[list[str], list[str], list[str], list[tuple[str, int | None]]]:
    problems = [(p.code, p.row) for p in made.problems]
    return made.paid, made.failed, made.known, problems


def kept(memory: Memory) -> list[tuple[Any, ...]]:
    with memory.transaction() as conn:
        return conn.execute(
            "select line, payment, amount, outcome, bank_reason, day, result, problem"
            " from payment_return order by id"
        ).fetchall()


def test_return_that_says_paid_pays(memory: Memory, out: dict[str, Line]) -> None:
    made = take(memory, *(back_row(line) for line in out.values()))

    assert result(made) == ([f"{x}.p1" for x in EVERY], [], [], [])
    assert (made.paid_total, made.failed_total, made.late) == (TOTAL, 0, [])
    assert {state for state, _ in standing(memory).values()} == {"paid"}
    assert money(memory, "payable/") == {
        f"payable/{code(n)}": (0, 0) for n in range(1, 6)
    }
    # A debit account that was credited: what the treasury is to give.
    assert money(memory, BANK) == {BANK: (-TOTAL, -TOTAL)}
    with memory.transaction() as conn:
        last = history(conn, EVERY[0])[-1]
    assert (last.kind, last.state, last.day, last.transfer) == (
        "paid", "paid", BACK, f"pay/{EVERY[0]}.p1/paid",
    )  # fmt: skip


def test_return_that_says_failed_frees_and_it_goes_again_to_another_account(
    memory: Memory, out: dict[str, Line]
) -> None:
    name_ = scale_id(2)
    made = take(memory, back_row(out[name_], outcome="失败", reason="账户已销户"))

    assert result(made) == ([], [f"{name_}.p1"], [], [])
    assert made.failed_total == 20 * WAN
    payable = f"payable/{code(2)}"
    assert money(memory, payable) == {payable: (20 * WAN, 20 * WAN)}
    assert kept(memory)[0][4:7] == ("closed_account", BACK, "failed")
    with memory.transaction() as conn:
        assert history(conn, name_)[-1].reason == "closed_account"
    finance = who(memory, FINANCE)
    set_payee(
        finance, code(2), holder=name(2), bank="新银行", account="8888", since=BACK
    )
    again = make_batch(finance, on=BACK, form="bank_csv")

    assert [(x.payment, x.account, x.amount) for x in again.lines] == [
        (f"{name_}.p2", "8888", 20 * WAN)
    ]
    assert result(take(memory, back_row(again.lines[0]))) == (
        [f"{name_}.p2"],
        [],
        [],
        [],
    )
    # The first try's line again says what is known of the first try.
    old = take(
        memory, back_row(out[name_], outcome="失败", reason="账户已销户"), name="x"
    )
    assert result(old) == ([], [], [f"{name_}.p1"], [])
    assert one(memory, name_).state == "paid"
    assert money(memory, payable) == {payable: (0, 0)}


def test_lines_that_say_something_wrong_are_told_with_their_places_and_the_rest_goes(
    memory: Memory, out: dict[str, Line]
) -> None:
    one_, two, three, four, *_ = (out[scale_id(n)] for n in (1, 2, 3, 4))
    made = take(
        memory,
        back_row(one_, payment="不是我们的"),
        back_row(one_, amount="100000.01"),
        back_row(one_, account="6222999999"),
        back_row(two, outcome="处理中"),
        back_row(two, day="昨天"),
        back_row(three, day="2026-12-01"),
        back_row(four, amount="三十万"),
        back_row(one_),
    )

    assert result(made) == (
        [one_.payment], [], [],
        [("L202", 2), ("L203", 3), ("L203", 4), ("L204", 5), ("L204", 6), ("L206", 7),
         ("L203", 8)],
    )  # fmt: skip
    assert [p.message for p in made.problems if p.code != "L203"] == [
        "支付编号“不是我们的”不是我们送出的 (unknown payment)",
        f"`{two.payment}` 的结果“处理中”或日期读不出来 (outcome or day unknown)",
        f"`{two.payment}` 的结果“成功”或日期读不出来 (outcome or day unknown)",
        (
            f"`{three.payment}` 在 2026-12-02 才送出，回单日期 2026-12-01 更早 "
            "(before it was sent)"
        ),
    ]
    altered = [p.message for p in made.problems if p.code == "L203"]
    assert "账号 …9999（送出 …0001）" in altered[1]
    assert "金额 无法读出（送出 " in altered[2]
    assert {p.file for p in made.problems} == {"回单.csv"}
    found = {name: state for name, (state, _) in standing(memory).items()}
    assert found == {x: "paid" if x == scale_id(1) else "sent" for x in EVERY}
    assert [row[0] for row in kept(memory)] == [2, 3, 4, 5, 6, 7, 8, 9]
    assert [row[6] for row in kept(memory)] == ["problem"] * 7 + ["paid"]


def test_altered_amount_is_told_so_that_the_difference_is_seen(
    memory: Memory, out: dict[str, Line]
) -> None:
    """A fen more than 10 万元: both figures of the message have to differ."""
    made = take(memory, back_row(out[scale_id(1)], amount="100000.01"))

    (problem,) = made.problems
    assert "100,000.01" in problem.message


@pytest.mark.parametrize("day", ["2026-12-02", "2026-12-31"])
def test_return_on_the_day_it_was_sent_and_later_counts(
    memory: Memory, out: dict[str, Line], day: str
) -> None:
    made = take(memory, back_row(out[scale_id(1)], day=day))

    assert result(made) == ([f"{scale_id(1)}.p1"], [], [], [])


def test_doubled_line_with_the_same_result_is_known_and_with_another_is_told(
    memory: Memory, out: dict[str, Line]
) -> None:
    good, bad = out[scale_id(1)], out[scale_id(2)]
    failed = {"outcome": "失败", "reason": "户名不符"}

    made = take(
        memory,
        back_row(good),
        back_row(good),
        back_row(good, **failed),
        back_row(bad, **failed),
        back_row(bad, **failed),
        back_row(bad),
    )

    assert result(made) == (
        [good.payment], [bad.payment], [good.payment, bad.payment],
        [("L205", 4), ("L205", 7)],
    )  # fmt: skip
    assert (made.paid_total, made.failed_total) == (10 * WAN, 20 * WAN)
    assert [p.message for p in made.problems] == [
        f"`{good.payment}` 已记为已付，这一行说失败 (another result than before)",
        f"`{bad.payment}` 已记为失败，这一行说成功 (another result than before)",
    ]
    assert standing(memory)[scale_id(1)] == ("paid", 10 * WAN)
    assert standing(memory)[scale_id(2)] == ("failed", 20 * WAN)


def test_same_file_again_changes_nothing(memory: Memory, out: dict[str, Line]) -> None:
    rows = [
        back_row(out[scale_id(1)]),
        back_row(out[scale_id(1)]),
        back_row(out[scale_id(2)], outcome="失败", reason="户名不符"),
        back_row(out[scale_id(3)], amount="1.00"),
        back_row(out[scale_id(3)], payment="别家的"),
    ]
    take(memory, *rows)
    before = tables(memory)

    again = take(memory, *rows)

    assert result(again) == (
        [], [], [f"{scale_id(1)}.p1"] * 2 + [f"{scale_id(2)}.p1"],
        [("L203", 5), ("L202", 6)],
    )  # fmt: skip
    assert (again.paid_total, again.failed_total) == (0, 0)
    assert tables(memory) == before


def test_dry_run_writes_nothing_and_tells_what_the_real_one_does(
    memory: Memory, out: dict[str, Line]
) -> None:
    rows = [back_row(line) for line in out.values()]
    before = tables(memory)

    tried = take(memory, *rows, dry_run=True)

    assert tables(memory) == before
    assert take(memory, *rows) == tried


def test_return_taken_in_by_who_decided_or_approved_is_told(
    memory: Memory, out: dict[str, Line]
) -> None:
    for actor in (OFFICER, REVIEWER):
        made = take(memory, back_row(out[scale_id(1)]), actor=actor)
        assert result(made) == ([], [], [], [("L207", 2)])

    assert standing(memory)[scale_id(1)] == ("sent", 10 * WAN)
    assert take(memory, back_row(out[scale_id(1)])).paid == [f"{scale_id(1)}.p1"]


def test_late_return_counts_in_the_year_in_which_it_came(
    memory: Memory, out: dict[str, Line]
) -> None:
    day = date(2027, 1, 4)
    made = take(
        memory,
        back_row(out[scale_id(1)], day=day.isoformat()),
        back_row(out[scale_id(2)], day="2026-12-31"),
        back_row(out[scale_id(3)], day=day.isoformat(), outcome="失败"),
    )

    assert made.late == [f"{scale_id(1)}.p1"]
    assert made.paid_total == 30 * WAN
    with memory.transaction() as conn:
        entries = {x.id: (x.kind, x.effective) for x in journal(conn, limit=3)}
    assert entries == {
        f"pay/{scale_id(1)}.p1/paid": ("post", day),
        f"pay/{scale_id(2)}.p1/paid": ("post", date(2026, 12, 31)),
        f"pay/{scale_id(3)}.p1/failed": ("void", day),
    }


def test_treasury_s_return_is_taken_in_its_own_words(memory: Memory) -> None:
    batch = sent(memory, "treasury_tsv")
    paid, failed = batch.lines[:2]
    rows = [
        back_row(paid, outcome="已支付", day="20261203"),
        back_row(failed, outcome="已退回", reason="户名账号不符"),
    ]

    made = take_return(
        who(memory, FINANCE), back_file(rows, "treasury_tsv"), name="r.txt",
        form="treasury_tsv",
    )  # fmt: skip

    assert result(made) == ([paid.payment], [failed.payment], [], [])
    assert kept(memory)[1][4] == "wrong_holder"


def test_file_that_cannot_be_read_changes_nothing(
    memory: Memory, out: dict[str, Line]
) -> None:
    before = tables(memory)
    finance = who(memory, FINANCE)
    good = back_file([back_row(out[scale_id(1)])])
    columns = good.decode("utf-8-sig").replace("金额（元）", "金额").encode()

    for data in (good.decode("utf-8-sig").encode("gb18030"), columns, b""):
        with pytest.raises(InputRejected):
            take_return(finance, data, name="r", form="bank_csv")
    with pytest.raises(UsageError, match="no such form"):
        take_return(finance, good, name="r", form="fax")

    assert tables(memory) == before
    # Without its mark it is the same.
    assert (
        take_return(finance, good[3:], name="r", form="bank_csv").paid_total == 10 * WAN
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "99999999999999999999.00"},
        {"reason": "退\x00回", "outcome": "失败"},
        {"payment": "E\x00"},
    ],
    ids=["an amount beyond all", "a null in the reason", "a null in the number"],
)
def test_line_with_what_the_database_cannot_keep_does_not_stop_the_others(
    memory: Memory, out: dict[str, Line], wrong: dict[str, str]
) -> None:
    made = take(memory, back_row(out[scale_id(1)], **wrong), back_row(out[scale_id(2)]))

    assert f"{scale_id(2)}.p1" in made.paid
    assert standing(memory)[scale_id(2)] == ("paid", 20 * WAN)


@pytest.mark.parametrize("after", [1, 4, 7])
def test_database_that_goes_away_between_lines_keeps_what_was_acknowledged(
    memory: Memory,
    out: dict[str, Line],
    monkeypatch: pytest.MonkeyPatch,
    after: int,
) -> None:
    """The server ends the connection in the middle of a line; the file is sent again."""
    rows = [back_row(line) for line in out.values()]
    real, count = returning._take, 0

    def away(conn: psycopg.Connection, *arguments: Any) -> tuple[str, str]:
        nonlocal count
        told = real(conn, *arguments)
        count += 1
        if count > after:
            with psycopg.connect(memory.database.url, autocommit=True) as other:
                other.execute(
                    "select pg_terminate_backend(%s)", (conn.info.backend_pid,)
                )
        return told

    monkeypatch.setattr(returning, "_take", away)
    with pytest.raises((CeyuanError, psycopg.OperationalError)):
        take(memory, *rows)
    monkeypatch.undo()

    found = standing(memory)
    assert {x for x, (state, _) in found.items() if state == "paid"} == set(
        EVERY[:after]
    )
    assert len(kept(memory)) == after
    rest = take(memory, *rows)
    assert result(rest) == (
        [f"{x}.p1" for x in EVERY[after:]], [], [f"{x}.p1" for x in EVERY[:after]], [],
    )  # fmt: skip
    assert {state for state, _ in standing(memory).values()} == {"paid"}
    assert len(kept(memory)) == len(EVERY)
    assert money(memory, BANK) == {BANK: (-TOTAL, -TOTAL)}


def test_database_that_goes_away_is_told_in_the_office_s_own_words(
    memory: Memory, out: dict[str, Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As everywhere else: `DatabaseAway`, with what to do, and no bare error."""
    real = returning._take

    def away(conn: psycopg.Connection, *arguments: Any) -> tuple[str, str]:
        with psycopg.connect(memory.database.url, autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s)", (conn.info.backend_pid,))
        return real(conn, *arguments)

    monkeypatch.setattr(returning, "_take", away)
    with pytest.raises(CeyuanError):
        take(memory, back_row(out[scale_id(1)]))


def test_return_needs_the_right_to_take_it_in(
    memory: Memory, out: dict[str, Line]
) -> None:
    set_user(who(memory, "管"), "管", ["admin"])
    before = tables(memory)

    with pytest.raises(NotAllowed, match="not a user"):
        take(memory, back_row(out[scale_id(1)]))

    assert tables(memory) == before
    with pytest.raises(NotAllowed):
        payees(memory)


def test_same_file_twice_at_once_pays_once(
    memory: Memory, out: dict[str, Line]
) -> None:
    rows = [back_row(line) for line in out.values()]
    ready = threading.Barrier(2)
    made: list[Returned] = []

    def both(actor: str) -> None:
        ready.wait()
        made.append(take(memory, *rows, actor=actor))

    threads = [threading.Thread(target=both, args=(x,)) for x in (FINANCE, "财务丁")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    every = [f"{x}.p1" for x in EVERY]
    assert sorted(made[0].paid + made[1].paid) == every
    assert sorted(made[0].known + made[1].known) == every
    assert (made[0].problems, made[1].problems) == ([], [])
    assert made[0].paid_total + made[1].paid_total == TOTAL
    assert len(kept(memory)) == len(every)
    assert money(memory, BANK) == {BANK: (-TOTAL, -TOTAL)}


def test_account_that_the_bank_refused_is_not_paid_to_again_unless_it_is_said(
    memory: Memory, out: dict[str, Line]
) -> None:
    name_ = scale_id(2)
    take(memory, back_row(out[name_], outcome="失败", reason="账户已销户"))
    finance = who(memory, FINANCE)
    account = out[name_].account

    blocked = make_batch(finance, on=BACK, form="bank_csv")

    assert (blocked.id, blocked.lines, blocked.again) == ("", [], [])
    assert [p.code for p in blocked.left_out] == ["L211"]
    assert f"…{account[-4:]}，银行退回：账户已销户" in blocked.left_out[0].message
    assert account not in blocked.left_out[0].message
    assert one(memory, name_).state == "failed"
    with memory.transaction() as conn:
        assert unchanged(conn, [name_]) == {name_}
    with pytest.raises(UsageError, match="a reason is asked"):
        make_batch(finance, on=BACK, form="bank_csv", again=True)

    told = make_batch(
        finance, on=BACK, form="bank_csv", again=True, reason="银行说已恢复"
    )
    assert [(x.payment, x.account) for x in told.lines] == [(f"{name_}.p2", account)]
    assert [p.code for p in told.again] == ["L211"]
    assert told.left_out == []


def test_account_that_was_changed_is_paid_to_without_a_word(
    memory: Memory, out: dict[str, Line]
) -> None:
    name_ = scale_id(2)
    take(memory, back_row(out[name_], outcome="失败", reason="账户已销户"))
    finance = who(memory, FINANCE)
    set_payee(finance, code(2), holder=name(2), bank="新", account="8", since=BACK)

    made = make_batch(finance, on=BACK, form="bank_csv")

    assert [x.account for x in made.lines] == ["8"]
    assert (made.left_out, made.again) == ([], [])
    with memory.transaction() as conn:
        assert unchanged(conn, [name_]) == set()
