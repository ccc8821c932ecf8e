# SPDX-License-Identifier: Apache-2.0
"""The book on a page: its state, one entry, accounts and statements page by page."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ceyuan.declarations.instruments import load_instruments
from ceyuan.kernel import UsageError
from ceyuan.ledger import Balance, Refused, balances, seal_now, trial_balance
from ceyuan.office.account_names import Named, Names, parties_named
from ceyuan.office.accounts_found import accounts_page, statement_page
from ceyuan.office.book_out import statement_of
from ceyuan.office.book_told import book_state, entry_told, trial_as_of
from ceyuan.office.paying import BANK
from ceyuan.office.returning import take_return
from tests.office.money_by_hand import (
    FINANCE,
    TOTAL,
    back_file,
    back_row,
    office,
    scale_id,
    sent,
    who,
)
from tests.office.town_by_hand import WAN, code, name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

POOL = "first_scale/2026/pool"


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        made = sent(opened)
        data = back_file([back_row(line) for line in made.lines])
        take_return(who(opened, FINANCE), data, name="back.csv", form="bank_csv")
        yield opened


def test_state_says_what_is_sealed_and_what_is_not(memory: Memory) -> None:
    with memory.transaction() as conn:
        before = book_state(conn)
    with memory.database.connect() as conn:
        made = seal_now(conn)
    with memory.transaction() as conn:
        after = book_state(conn)

    assert made is not None
    assert (True, None, 34) == (before.balanced, before.last, before.unsealed)
    assert after.last is not None
    assert (made.number, made.head.hex(), 0) == (
        after.last.number,
        after.last.head,
        after.unsealed,
    )


def test_trial_of_the_last_day_is_the_trial_of_now(memory: Memory) -> None:
    with memory.transaction() as conn:
        now = trial_balance(conn)
        last = trial_as_of(conn, date.max)
        first = trial_as_of(conn, date(2026, 1, 5))

    assert now == last == [*now]
    # On the day of the budgets nothing but 502 万元 had moved.
    assert {"debit": (502 * WAN, 0), "credit": (0, 502 * WAN)} == {
        one.side: (one.debits, one.credits) for one in first
    }


def test_entry_stands_with_its_accounts_before_and_after(memory: Memory) -> None:
    confirm = f"first_scale_reward/confirm/2026/{code(2)}/{scale_id(2)}"
    with memory.transaction() as conn:
        told = entry_told(conn, confirm)
        has = [b.has for b in balances(conn, POOL)]

    # Four claims leave the pool of 500 万元: 10 + 20 + 50 + 30.
    assert (-20 * WAN, 20 * WAN) == (
        told.debit.after - told.debit.before,
        told.credit.after - told.credit.before,
    )
    assert (0, 20 * WAN) == (told.credit.before, told.credit.after)
    assert [500 * WAN - 110 * WAN] == has
    assert told.moved
    assert ["entitle", "entitle.approve"] == [row["verb"] for row in told.audits]


def test_hold_moves_nothing(memory: Memory) -> None:
    with memory.transaction() as conn:
        told = entry_told(conn, f"pay/{scale_id(2)}.p1")

    assert not told.moved
    assert (20 * WAN, 20 * WAN) == (told.debit.before, told.debit.after)


def test_entry_that_is_not_there_is_told_so(memory: Memory) -> None:
    with memory.transaction() as conn, pytest.raises(UsageError) as error:
        entry_told(conn, "nothing")

    assert "账上没有 `nothing` (there is no such transfer)" == error.value.message


@pytest.mark.parametrize("path", [POOL, BANK, f"payable/{code(1)}"])
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_of_a_statement_join_to_the_whole_one(
    memory: Memory, path: str, limit: int
) -> None:
    since = date(2026, 11, 22)
    with memory.transaction() as conn:
        whole = statement_of(conn, path, since=since)
        first = page = statement_page(conn, path, since=since, limit=limit)
        lines = [*page.lines]
        while page.next is not None:
            before = page.after
            page = statement_page(conn, path, since=since, after=page.next, limit=limit)
            assert before == page.before
            lines += page.lines

    assert list(whole.lines) == lines
    assert (whole.before.has, whole.after.has) == (first.before, page.after)


def test_statement_of_no_account_is_refused(memory: Memory) -> None:
    with memory.transaction() as conn, pytest.raises(Refused) as refused:
        statement_page(conn, "nothing")

    assert "L103" == refused.value.code


def test_accounts_are_those_of_the_book_page_by_page(memory: Memory) -> None:
    with memory.transaction() as conn:
        whole = balances(conn)
        found: list[Balance] = []
        after = ""
        while True:
            page = accounts_page(conn, after=after, limit=4)
            found += page.rows
            if not (after := page.after):
                break
        named = accounts_page(conn, text=name(4))
        under = accounts_page(conn, begins=("premium", "first_scale/"))

    assert whole == found
    assert [f"payable/{code(4)}"] == [b.path for b in named.rows]
    assert [POOL, "premium/2026/pool"] == [b.path for b in under.rows]


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (POOL, Named(POOL, "资金池", "pool", "first_scale_reward", "pool", "2026")),
        (
            "payable/X1",
            Named("payable/X1", "应付", "payable", parties=("X1",)),
        ),
        (BANK, Named(BANK, "国库付出", "paid out by the treasury")),
        # A declared name wins over a key that it could fill.
        (
            "fund/F1/partner/guidance",
            Named(
                "fund/F1/partner/guidance", "引导资金认缴额", "commitment of the fund",
                "guidance_fund", "guidance", "", ("F1",),
            ),
        ),
        (
            "fund/F1/partner/P1",
            Named(
                "fund/F1/partner/P1", "出资人认缴额", "partner's commitment",
                "guidance_fund", "commitment", "", ("F1", "P1"),
            ),
        ),
        ("示例/池", Named("示例/池", "示例/池", "示例/池")),
    ],
)  # fmt: skip
def test_accounts_are_called_as_declared(path: str, named: Named) -> None:
    found = Names(load_instruments("shanghai")).of(path)

    said = load_instruments("shanghai").instruments
    if found.instrument:
        account = said[found.instrument].said.accounts[found.account]
        assert (account.zh, account.en) == (found.zh, found.en)
    assert (named.instrument, named.account, named.year, named.parties) == (
        found.instrument,
        found.account,
        found.year,
        found.parties,
    )
    assert named.zh == found.zh


def test_parties_are_called_as_payees_or_as_claimants(memory: Memory) -> None:
    with memory.transaction() as conn:
        found = parties_named(conn, [code(1), "nobody", ""])

    assert {code(1): name(1)} == found


def test_total_of_the_town_is_what_the_bank_account_has(memory: Memory) -> None:
    with memory.transaction() as conn:
        page = statement_page(conn, BANK)

    assert -TOTAL == page.after
