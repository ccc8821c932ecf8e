# SPDX-License-Identifier: Apache-2.0
"""Entries found and paged, with who decided, approved and paid beside them.

The town is that of `money_by_hand`, sent and returned: rewards of 110 万元 to four firms
and subsidies of 14,000.01 元 for four loans. Each of the eight claims has a promise
(hold), a confirmation (post), a payment (hold) and its end (post; one failed: void).
Two appropriations come before: 2 + 8 * 4 = 34 entries.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ceyuan.ledger import journal
from ceyuan.office.hands import Hands, hands_of
from ceyuan.office.journal_found import JournalAsked, Sum, every, find
from ceyuan.office.returning import take_return
from tests.office.money_by_hand import (
    FINANCE,
    OFFICER,
    REVIEWER,
    TOTAL,
    appropriate,
    back_file,
    back_row,
    office,
    premium_id,
    scale_id,
    sent,
    who,
)
from tests.office.town_by_hand import WAN, code, name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

FAILED = scale_id(2)
"""20 万元 that the bank could not pay."""


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        made = sent(opened)
        rows = [
            back_row(line, outcome="失败", reason="账户已销户")
            if line.payment.startswith(FAILED)
            else back_row(line)
            for line in made.lines
        ]
        take_return(
            who(opened, FINANCE), back_file(rows), name="back.csv", form="bank_csv"
        )
        yield opened


def seqs(memory: Memory, limit: int, **asked: int) -> list[int]:
    with memory.transaction() as conn:
        page = find(conn, JournalAsked(), limit=limit, **asked)
    return [row.entry.seq for row in page.rows]


def test_page_holds_the_entries_of_the_journal_in_its_order(memory: Memory) -> None:
    with memory.transaction() as conn:
        page = find(conn, JournalAsked(), limit=10)
        last = journal(conn, limit=10)

    assert last == [row.entry for row in page.rows]
    assert (34, 0) == (page.count, page.newer)
    assert page.older == page.rows[-1].entry.seq


def test_pages_forward_and_back_meet_every_entry_once(memory: Memory) -> None:
    every_seq = seqs(memory, 100)
    forward, at = [], 0
    while True:
        with memory.transaction() as conn:
            page = find(conn, JournalAsked(), before=at, limit=7)
        forward += [row.entry.seq for row in page.rows]
        if not (at := page.older):
            break

    assert every_seq == forward
    assert 34 == len(forward)
    # Back from the third page stands the second one, as it was.
    assert every_seq[7:14] == seqs(memory, 7, after=every_seq[14])


def test_page_stays_what_it_was_while_others_write(memory: Memory) -> None:
    before = seqs(memory, 7)

    appropriate(memory, amount=WAN, budget="B2")

    assert before == seqs(memory, 7, before=before[0] + 1)


def test_sums_are_those_of_all_entries_that_match(memory: Memory) -> None:
    with memory.transaction() as conn:
        page = find(conn, JournalAsked(), limit=3)

    # Moved: 502 万元 appropriated, all confirmed, all but 20 万元 paid. Held: promised
    # and sent. Freed: what failed.
    moved = 502 * WAN + TOTAL + (TOTAL - 20 * WAN)
    assert (Sum("CNY", moved, 0, 2 * TOTAL, 20 * WAN),) == page.sums


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"instrument": "first_scale_reward"}, 1 + 2 * 4),
        ({"instrument": "pay"}, 2 * 8),
        ({"account": "first_scale/2026/pool"}, 1 + 2 * 4),
        ({"account": "first_scale"}, 1 + 2 * 4),
        ({"account": "first_scale/2026/poo"}, 0),
        ({"kind": "void"}, 1),
        ({"person": FINANCE}, 2 + 2 * 8),
        ({"person": REVIEWER}, 8),
        ({"since": date(2026, 12, 3)}, 8),
        ({"since": date(2026, 1, 6), "until": date(2026, 11, 27)}, 8),
        ({"text": FAILED}, 4),
        ({"text": code(4)}, 4 * 2),
        # A firm by its name: its account is found by who is paid there.
        ({"text": name(4)}, 4 * 2),
        ({"text": "nobody"}, 0),
        ({"text": FAILED, "kind": "hold"}, 2),
        # Neither a wildcard nor a quote means anything but itself.
        ({"text": "%"}, 0),
        ({"text": "' or true --"}, 0),
    ],
)
def test_entries_are_found_by(
    memory: Memory, asked: dict[str, object], count: int
) -> None:
    with memory.transaction() as conn:
        page = find(conn, JournalAsked(**asked), limit=100)  # type: ignore[arg-type]
        whole = list(every(conn, JournalAsked(**asked)))  # type: ignore[arg-type]

    assert (count, count) == (page.count, len(page.rows))
    assert [r.entry for r in whole] == [r.entry for r in page.rows][::-1]


def test_what_ended_a_hold_stands_beside_it(memory: Memory) -> None:
    with memory.transaction() as conn:
        rows = {
            r.entry.id: r
            for r in every(conn, JournalAsked(text=FAILED, instrument="pay"))
        }

    sent_, failed = f"pay/{FAILED}.p1", f"pay/{FAILED}.p1/failed"
    assert [failed] == [one.id for one in rows[sent_].by]
    found = rows[failed].of
    assert found is not None
    assert sent_ == found.id


def test_each_entry_knows_who_decided_approved_and_paid(memory: Memory) -> None:
    claim, other = scale_id(1), premium_id("L4")
    names = [
        f"first_scale_reward/promise/2026/{code(1)}/{claim}",
        f"pay/{claim}.p1",
        f"pay/{claim}.p1/paid",
        f"premium_subsidy/confirm/2026/{code(5)}/{other}#1",
        "first_scale_reward/appropriate/2026/B1",
    ]
    with memory.transaction() as conn:
        found = hands_of(conn, names)

    hands = (OFFICER, REVIEWER, FINANCE)
    assert {
        names[0]: Hands(claim, "", code(1), *hands),
        names[1]: Hands(claim, f"{claim}.p1", code(1), *hands),
        names[2]: Hands(claim, f"{claim}.p1", code(1), *hands),
        names[3]: Hands(other, "", code(5), *hands),
    } == found
    assert found[names[0]].apart
