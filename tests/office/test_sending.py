# SPDX-License-Identifier: Apache-2.0
"""A batch is sent as it was looked at, once, by one of two; payments as they are told."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import NotAllowed, UsageError
from ceyuan.office.money_told import batches, payees, payments
from ceyuan.office.payees import set_payee
from ceyuan.office.payments_told import (
    batch_lines,
    days_with_payments,
    payee_history,
    payees_page,
    payment_seen,
    return_files,
    return_lines,
)
from ceyuan.office.returning import take_return
from ceyuan.office.sending import BatchAsked, Changed, digest_of, look, send
from tests.office.money_by_hand import (
    BACK,
    FINANCE,
    REVIEWER,
    SCALE,
    SENT,
    TOTAL,
    account_of,
    back_file,
    back_row,
    confirmed,
    office,
    premium_id,
    scale_id,
    tables,
    who,
)
from tests.office.money_by_hand import payees as register
from tests.office.town_by_hand import WAN, code, name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory
    from ceyuan.office.paying import BatchMade

ASKED = BatchAsked(on=SENT, form="bank_csv")


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        confirmed(opened)
        register(opened)
        yield who(opened, FINANCE)


def agreed(memory: Memory, asked: BatchAsked = ASKED) -> str:
    return digest_of(asked, look(memory, asked))


def test_looking_writes_nothing_and_shows_what_is_then_sent(memory: Memory) -> None:
    before = tables(memory)

    seen = look(memory, ASKED)

    assert before == tables(memory)
    made = send(memory, ASKED, agreed=digest_of(ASKED, seen))
    assert (8, TOTAL) == (len(made.lines), made.total)
    assert (seen.id, seen.lines, seen.total) == (made.id, made.lines, made.total)


def test_batch_that_has_changed_since_is_not_sent(memory: Memory) -> None:
    key = agreed(memory)
    set_payee(
        memory, code(1), holder=name(1), bank="别的银行", account="1", since=SENT,
        reason="换银行",
    )  # fmt: skip
    before = tables(memory)

    with pytest.raises(Changed) as changed:
        send(memory, ASKED, agreed=key)

    assert before == tables(memory)
    assert (
        "看过之后待支付的变了，没有送付 (the payments have changed since you looked)"
        == changed.value.message
    )


@pytest.mark.parametrize(
    "other",
    [
        BatchAsked(on=BACK, form="bank_csv"),
        BatchAsked(on=SENT, form="treasury_tsv"),
        BatchAsked(on=SENT, form="bank_csv", policy=SCALE),
    ],
)
def test_what_was_agreed_to_is_not_another_batch(
    memory: Memory, other: BatchAsked
) -> None:
    key = agreed(memory)

    with pytest.raises(Changed):
        send(memory, other, agreed=key)


def test_colleague_who_comes_second_is_told_by_whom_it_was_sent(
    memory: Memory,
) -> None:
    second = who(memory, "财务丁")
    key = agreed(second)
    made = send(memory, ASKED, agreed=agreed(memory))

    with pytest.raises(Changed) as changed:
        send(second, ASKED, agreed=key)

    assert f"`{made.id}` 由 {FINANCE} 在" in changed.value.message


def test_two_who_agree_at_once_send_once(memory: Memory) -> None:
    key = agreed(memory)
    said: list[BatchMade | Changed] = []
    start = threading.Barrier(2)

    def click(actor: str) -> None:
        start.wait()
        try:
            said.append(send(who(memory, actor), ASKED, agreed=key))
        except Changed as changed:
            said.append(changed)

    threads = [threading.Thread(target=click, args=(a,)) for a in (FINANCE, "财务丁")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert [True, False] == sorted(
        (isinstance(one, Changed) for one in said), reverse=True
    )
    with memory.transaction() as conn:
        assert [(8, TOTAL)] == [(b.payments, b.total) for b in batches(conn)]


def test_who_approved_may_not_even_look(memory: Memory) -> None:
    with pytest.raises(NotAllowed):
        look(who(memory, REVIEWER), ASKED)


# --- payments as they are told -------------------------------------------------------


@pytest.fixture
def returned(memory: Memory) -> tuple[BatchMade, bytes]:
    """Send all of it; the bank pays all but firm 2's, and alters firm 3's amount."""
    made = send(memory, ASKED, agreed=agreed(memory))
    rows = []
    for line in made.lines:
        more = {}
        if line.payment.startswith(scale_id(2)):
            more = {"outcome": "失败", "reason": "账户已销户"}
        elif line.payment.startswith(scale_id(3)):
            more = {"amount": "1.00"}
        rows.append(back_row(line, **more))
    data = back_file(rows)
    take_return(memory, data, name="back.csv", form="bank_csv")
    return made, data


def test_payment_is_told_with_what_came_back(
    memory: Memory, returned: tuple[BatchMade, bytes]
) -> None:
    with memory.transaction() as conn:
        masked = payment_seen(conn, f"{scale_id(3)}.p1")
        whole = payment_seen(conn, f"{scale_id(3)}.p1", whole=True)
        (listed,) = payments(conn, entitlement=scale_id(3))

    assert listed == masked.told
    assert ("…0003", account_of(3)) == (masked.told.account, whole.told.account)
    assert ("sent", FINANCE) == (masked.told.state, masked.actor)
    (line,) = masked.lines
    assert ("problem", "L203", 100) == (line.result, line.code, line.amount)


def test_payment_that_is_not_there_is_told_so(memory: Memory) -> None:
    with memory.transaction() as conn, pytest.raises(UsageError):
        payment_seen(conn, "nothing")


def test_batch_is_told_page_by_page(
    memory: Memory, returned: tuple[BatchMade, bytes]
) -> None:
    made, _ = returned
    with memory.transaction() as conn:
        whole = payments(conn, batch=made.id)
        first = batch_lines(conn, made.id, limit=5)
        second = batch_lines(conn, made.id, after=first.after, limit=5)
        failed = batch_lines(conn, made.id, state="failed")
        own = batch_lines(conn, made.id, '("party" = %s)', [code(4)])
        none = batch_lines(conn, made.id, "(false)")

    assert whole == [*first.rows, *second.rows]
    assert (5, 0) == (first.after, second.after)
    # 110 万元 and 14,000.01 元, of which 20 万元 failed and 50 万元 wait.
    assert {
        "paid": (6, TOTAL - 70 * WAN),
        "failed": (1, 20 * WAN),
        "sent": (1, 50 * WAN),
    } == first.counts
    assert [f"{scale_id(2)}.p1"] == [p.id for p in failed.rows]
    assert {scale_id(4), premium_id("L3")} == {p.entitlement for p in own.rows}
    assert () == none.rows


def test_return_file_is_told_line_by_line(
    memory: Memory, returned: tuple[BatchMade, bytes]
) -> None:
    _, data = returned
    sha = hashlib.sha256(data).hexdigest()
    with memory.transaction() as conn:
        (file,) = return_files(conn)
        lines = return_lines(conn, sha)
        nothing = return_files(conn, sha="00" * 32)
        days = days_with_payments(conn)

    assert (sha, "back.csv", FINANCE, 8) == (
        file.sha,
        file.name,
        file.actor,
        file.lines,
    )
    assert (6, TOTAL - 70 * WAN, 1, 20 * WAN, 0, 1) == (
        file.paid,
        file.paid_total,
        file.failed,
        file.failed_total,
        file.known,
        file.problems,
    )
    assert [*range(2, 10)] == [line.line for line in lines]
    assert [] == nothing
    assert [BACK, SENT] == days


def test_payees_are_told_by_their_last_figures_or_whole(memory: Memory) -> None:
    set_payee(
        memory, code(1), holder=name(1), bank="别的银行", account="", since=SENT,
        reason="已销户",
    )  # fmt: skip
    with memory.transaction() as conn:
        first, after = payees_page(conn, limit=3)
        second, end = payees_page(conn, after=after, limit=3)
        (found,), _ = payees_page(conn, text=name(4), whole=True)
        history = payee_history(conn, code(1))
        told = payees(conn, code(1))

    assert sorted(code(n) for n in range(1, 6)) == [p.party for p in [*first, *second]]
    assert ("", account_of(4)) == (end, found.account)
    assert all(
        p.account == ("" if p.party == code(1) else f"…{p.account[-4:]}")
        for p in [*first, *second]
    )
    assert [(p.account, p.since) for p in told] == [
        (p.account, p.since) for p in history[::-1]
    ]
