# SPDX-License-Identifier: Apache-2.0
"""A small book worked by hand: balances on three clocks, statements, one yuan followed.

The city appropriates 1,000 to a pool; the pool holds 600 for a firm and pays 500 of
it; the firm pays 300 to a provider; the provider cashes 200 at the bank; 50 come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import UsageError
from ceyuan.ledger import (
    Balance,
    Refused,
    balance,
    balances,
    close_account,
    follow,
    journal,
    statement,
    trace,
    trial_balance,
)
from ceyuan.ledger.reading import Trial, account_rows, all_entries, entries, settled_by
from tests.ledger.book import (
    ACTOR,
    OPENED,
    account,
    day,
    give,
    hold,
    move,
    naming,
    opened,
    shared,
    treasury,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from ceyuan.ledger.reading import Step


@pytest.fixture(scope="module")
def shared_book(database_server: str) -> Iterator[psycopg.Connection]:
    with shared(database_server) as conn:
        opened(
            conn,
            treasury("city"),
            account("pool"),
            account("firm"),
            account("provider"),
            account("bank"),
            account("empty"),
        )
        give(conn, move("v1", "city", "pool", 1_000, effective=day(0), cause="budget"))
        give(conn, hold("h1", "pool", "firm", 600, effective=day(1), expires=day(30)))
        give(conn, naming("post", "p1", "h1", 500, effective=day(3)))
        give(
            conn,
            move("v2", "firm", "provider", 300, effective=day(4), cause="case/2"),
            move("v3", "provider", "bank", 200, effective=day(5), cause="case/3"),
        )
        # Written last, but it counts from the second day on.
        give(conn, naming("reverse", "r1", "p1", 50, effective=day(2)))
        yield conn


@pytest.fixture
def conn(shared_book: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """Give the book; what is done to it is undone."""
    shared_book.execute("select 1")
    yield shared_book
    shared_book.rollback()


def four(one: Balance) -> tuple[int, int, int, int]:
    return one.debits, one.credits, one.debits_held, one.credits_held


def test_balance_now_is_all_that_was_posted(conn: psycopg.Connection) -> None:
    assert balance(conn, "pool") == Balance(
        "pool", "CNY", "credit", 500, 1_050, 0, 0, floor=0
    )
    assert {b.path: b.has for b in balances(conn)} == {
        "bank": 200, "city": 1_000, "empty": 0, "firm": 150, "pool": 550,
        "provider": 100,
    }  # fmt: skip


def test_balance_says_what_is_available_above_its_floor_beside_holds() -> None:
    credit = Balance("a", "CNY", "credit", 30, 100, 20, 5, floor=10)
    debit = Balance("a", "CNY", "debit", 100, 30, 20, 5)

    # 100 - 30 = 70; 20 held leave 50; 10 must stay.
    assert (credit.has, credit.going, credit.coming, credit.available) == (
        70,
        20,
        5,
        40,
    )
    # The other way round: its debits are what it has, held credits would take.
    assert (debit.has, debit.going, debit.coming, debit.available) == (70, 5, 20, 65)


@pytest.mark.parametrize(
    ("on", "pool", "firm"),
    [
        (-1, (0, 0, 0, 0), (0, 0, 0, 0)),
        (0, (0, 1_000, 0, 0), (0, 0, 0, 0)),
        # The hold reserves 600 until it is posted on day 3.
        (1, (0, 1_000, 600, 0), (0, 0, 0, 600)),
        # The reversal counts from day 2.
        (2, (0, 1_050, 600, 0), (50, 0, 0, 600)),
        (3, (500, 1_050, 0, 0), (50, 500, 0, 0)),
        (4, (500, 1_050, 0, 0), (350, 500, 0, 0)),
    ],
)
def test_balance_as_of_a_day_counts_what_was_effective_by_then(
    conn: psycopg.Connection,
    on: int,
    pool: tuple[int, int, int, int],
    firm: tuple[int, int, int, int],
) -> None:
    assert four(balance(conn, "pool", as_of=day(on))) == pool
    found = {b.path: four(b) for b in balances(conn, as_of=day(on))}
    assert (found["pool"], found["firm"]) == (pool, firm)


def test_balance_as_known_at_a_moment_leaves_out_what_was_written_later(
    conn: psycopg.Connection,
) -> None:
    (reversal,) = entries(conn, ["r1"])
    (group,) = entries(conn, ["v3"])

    # Before the reversal was written the pool had 500, on day 2 too the whole 1,000.
    known = group.known_at
    assert known < reversal.known_at
    assert four(balance(conn, "pool", known_at=known)) == (500, 1_000, 0, 0)
    assert four(balance(conn, "pool", as_of=day(2), known_at=known)) == (
        0, 1_000, 600, 0,
    )  # fmt: skip
    assert four(balance(conn, "pool", known_at=reversal.known_at)) == (
        500, 1_050, 0, 0,
    )  # fmt: skip


def test_balances_under_a_prefix_are_those_that_begin_so_in_order(
    conn: psycopg.Connection,
) -> None:
    assert [b.path for b in balances(conn, "p")] == ["pool", "provider"]
    assert [b.path for b in balances(conn, "p", as_of=day(0))] == ["pool", "provider"]
    assert balances(conn, "%") == []
    assert balances(conn, "_", as_of=day(0)) == []


def test_balance_of_a_closed_account_says_so_from_that_day_on(
    conn: psycopg.Connection,
) -> None:
    with conn.transaction():
        close_account(conn, "empty", day(4), actor=ACTOR)

    assert balance(conn, "empty").closed == day(4)
    assert balance(conn, "empty", as_of=day(3)).closed is None
    assert balance(conn, "empty", as_of=day(4)).closed == day(4)


@pytest.mark.parametrize("as_of", [None, day(3)])
def test_balance_of_no_account_is_refused(
    conn: psycopg.Connection, as_of: object
) -> None:
    with pytest.raises(Refused) as caught:
        balance(conn, "nobody", as_of=as_of)  # type: ignore[arg-type]

    assert (caught.value.code, caught.value.said) == (
        "L103",
        {"id": "—", "account": "nobody"},
    )
    with pytest.raises(Refused):
        statement(conn, "nobody")


def test_statement_is_in_the_order_of_the_days(conn: psycopg.Connection) -> None:
    assert [e.id for e in statement(conn, "pool")] == ["v1", "h1", "r1", "p1"]
    assert [e.id for e in statement(conn, "firm", since=day(2), until=day(3))] == [
        "r1", "p1",
    ]  # fmt: skip
    (group,) = entries(conn, ["v3"])
    assert [e.id for e in statement(conn, "pool", known_at=group.known_at)] == [
        "v1", "h1", "p1",
    ]  # fmt: skip
    assert [e.id for e in statement(conn, "pool", limit=2)] == ["v1", "h1"]


def test_journal_is_the_newest_first_between_days_and_by_cause(
    conn: psycopg.Connection,
) -> None:
    assert [e.id for e in journal(conn)] == ["r1", "v3", "v2", "p1", "h1", "v1"]
    assert [e.id for e in journal(conn, since=day(4), until=day(5))] == ["v3", "v2"]
    assert [e.id for e in journal(conn, cause="case/")] == ["v3", "v2"]
    assert [e.id for e in journal(conn, limit=1)] == ["r1"]


def test_trial_balance_has_equal_debits_and_credits(conn: psycopg.Connection) -> None:
    give(conn, hold("h2", "pool", "firm", 7))

    # Debits: 1,000 of the city; 500 and 50, 300, 200 of the others.
    assert trial_balance(conn) == [
        Trial("CNY", "credit", 5, 1_050, 2_050, 7, 7),
        Trial("CNY", "debit", 1, 1_000, 0, 0, 0),
    ]


def test_trace_shows_what_a_transfer_ended_and_what_reversed_it(
    conn: psycopg.Connection,
) -> None:
    post, held = trace(conn, "p1"), trace(conn, "h1")

    assert post.of is not None
    assert (post.of.id, [e.id for e in post.by], post.linked) == ("h1", ["r1"], ())
    assert (held.of, [e.id for e in held.by]) == (None, ["p1"])
    assert [e.id for e in trace(conn, "v2").linked] == ["v3"]
    assert [e.id for e in settled_by(conn, ["h1", "p1"])] == ["p1", "r1"]
    with pytest.raises(UsageError, match="no such transfer"):
        trace(conn, "nothing")


def ways(steps: list[Step]) -> list[tuple[int, str, int]]:
    return [(step.depth, step.entry.id, step.most) for step in steps]


def test_follow_forward_leads_from_the_appropriation_to_the_bank(
    conn: psycopg.Connection,
) -> None:
    # 1,000 go to the pool, at most 500 on to the firm; then 300 and the 50 that came
    # back; then 200.
    assert ways(follow(conn, "v1")) == [
        (0, "v1", 1_000),
        (1, "p1", 500),
        (2, "v2", 300),
        (2, "r1", 50),
        (3, "v3", 200),
    ]


def test_follow_backward_leads_from_the_bank_to_the_appropriation(
    conn: psycopg.Connection,
) -> None:
    assert ways(follow(conn, "v3", forward=False)) == [
        (0, "v3", 200),
        (1, "v2", 200),
        (2, "p1", 200),
        (3, "v1", 200),
    ]


def test_follow_stops_at_so_many_steps_and_at_an_account_that_kept_it(
    conn: psycopg.Connection,
) -> None:
    assert ways(follow(conn, "v1", limit=2)) == [(0, "v1", 1_000), (1, "p1", 500)]
    assert ways(follow(conn, "v3")) == [(0, "v3", 200)]


def test_follow_of_what_moved_nothing_is_wrong_use(conn: psycopg.Connection) -> None:
    with pytest.raises(UsageError, match="moved nothing"):
        follow(conn, "h1")


def test_all_entries_and_accounts_are_the_whole_book_in_order(
    conn: psycopg.Connection,
) -> None:
    assert [row[1] for row in all_entries(conn)] == ["v1", "h1", "p1", "v2", "v3", "r1"]
    assert account_rows(conn)[:2] == [
        ("bank", "credit", "CNY", OPENED, None),
        ("city", "debit", "CNY", OPENED, None),
    ]
