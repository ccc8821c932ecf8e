# SPDX-License-Identifier: Apache-2.0
"""What the book takes: transfers, holds and how they end, reversals, limits, groups."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.ledger import (
    AccountSet,
    Balance,
    Posted,
    Refused,
    balance,
    balances,
    close_account,
    expire_holds,
    limit_account,
    limit_set,
    locked,
    open_accounts,
    open_sets,
    post,
)
from ceyuan.ledger.reading import entries
from tests.ledger.book import (
    ACTOR,
    DAY,
    account,
    day,
    give,
    hold,
    move,
    naming,
    opened,
    refusal_of,
    shared,
    small,
    treasury,
    verified,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg


@pytest.fixture(scope="module")
def shared_book(database_server: str) -> Iterator[psycopg.Connection]:
    with shared(database_server) as conn:
        small(conn)
        yield conn


@pytest.fixture
def conn(shared_book: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """Give a connection to a book with 1,000 in its pool; what is done is undone."""
    shared_book.execute("select 1")
    yield shared_book
    assert verified(shared_book).faults == []
    shared_book.rollback()


def sums(conn: psycopg.Connection, path: str) -> tuple[int, int, int, int]:
    """Return debits, credits, and both held."""
    there = balance(conn, path)
    return there.debits, there.credits, there.debits_held, there.credits_held


def test_transfer_posted_moves_its_amount_and_stands_in_the_book_as_asked(
    conn: psycopg.Connection,
) -> None:
    asked = move("v1", "pool", "firm/a", 300, code="voucher.give", cause="case/7")

    (posted,) = give(conn, asked)

    (one,) = entries(conn, ["v1"])
    assert posted == Posted("v1", one.seq, fresh=True)
    assert (
        one.kind, one.debit, one.credit, one.amount, one.commodity, one.code,
        one.cause, one.effective, one.of, one.expires, one.link, one.actor,
    ) == (
        "transfer", "pool", "firm/a", 300, "CNY", "voucher.give",
        "case/7", DAY, "", None, "", "tester",
    )  # fmt: skip
    # The pool had 1,000 and gave 300 of it.
    assert sums(conn, "pool") == (300, 1_000, 0, 0)
    assert sums(conn, "firm/a") == (0, 300, 0, 0)


def test_no_transfers_posted_are_no_answer(conn: psycopg.Connection) -> None:
    with conn.transaction():
        assert post(conn, [], actor=ACTOR) == []


def test_same_transfer_three_times_is_in_the_book_once_with_one_answer(
    conn: psycopg.Connection,
) -> None:
    asked = move("v1", "pool", "firm/a", 300)

    answers = [give(conn, asked)[0] for _ in range(3)]

    seq = answers[0].seq
    assert answers == [Posted("v1", seq, fresh=n == 0) for n in range(3)]
    assert sums(conn, "firm/a") == (0, 300, 0, 0)


def test_same_transfer_again_when_the_pool_is_empty_is_answered_as_before(
    conn: psycopg.Connection,
) -> None:
    (first,) = give(conn, move("v1", "pool", "firm/a", 1_000))

    assert give(conn, move("v1", "pool", "firm/a", 1_000)) == [
        Posted("v1", first.seq, fresh=False)
    ]


def test_same_transfer_again_when_the_account_is_closed_is_answered_as_before(
    conn: psycopg.Connection,
) -> None:
    give(conn, move("v1", "pool", "firm/a", 10))
    give(conn, move("v2", "firm/a", "provider", 10))
    with conn.transaction():
        close_account(conn, "firm/a", DAY, actor=ACTOR)

    assert [one.fresh for one in give(conn, move("v1", "pool", "firm/a", 10))] == [
        False
    ]


def test_same_transfer_twice_in_one_group_is_fresh_once(
    conn: psycopg.Connection,
) -> None:
    asked = move("v1", "pool", "firm/a", 300)

    answers = give(conn, asked, asked)

    seq = answers[0].seq
    assert answers == [Posted("v1", seq, fresh=True), Posted("v1", seq, fresh=False)]
    assert sums(conn, "firm/a") == (0, 300, 0, 0)


def test_post_of_a_hold_again_with_and_without_its_whole_amount_is_the_same(
    conn: psycopg.Connection,
) -> None:
    give(conn, hold("h1", "pool", "firm/a", 300))
    give(conn, naming("post", "p1", "h1"))

    assert not give(conn, naming("post", "p1", "h1", 300))[0].fresh


def test_group_is_in_the_book_whole_with_its_link(conn: psycopg.Connection) -> None:
    give(
        conn,
        move("g1", "pool", "firm/a", 300),
        # Possible only after the first: the firm had nothing.
        move("g2", "firm/a", "provider", 250),
    )

    linked = [(one.id, one.link) for one in entries(conn, ["g1", "g2"])]
    assert linked == [("g1", "g1"), ("g2", "g1")]
    assert sums(conn, "firm/a") == (250, 300, 0, 0)


def test_group_with_one_refused_row_is_not_in_the_book_at_all(
    conn: psycopg.Connection,
) -> None:
    code, said = refusal_of(
        conn,
        move("g1", "pool", "firm/a", 300),
        move("g2", "firm/a", "provider", 301),
    )

    # The firm would have 300 and give 301.
    assert (code, said) == (
        "L112",
        {"id": "g2", "account": "firm/a", "available": 300, "amount": 301,
         "short": 1, "commodity": "CNY"},
    )  # fmt: skip
    assert entries(conn, ["g1", "g2"]) == []
    assert sums(conn, "firm/a") == (0, 0, 0, 0)


def test_group_that_is_short_first_and_filled_later_is_refused(
    conn: psycopg.Connection,
) -> None:
    code, _ = refusal_of(
        conn,
        move("g1", "firm/a", "provider", 100),
        move("g2", "pool", "firm/a", 100),
    )

    assert code == "L112"


def test_hold_and_its_post_in_one_group_are_refused(conn: psycopg.Connection) -> None:
    """What a row names has to be in the book before: these are two calls."""
    group = [hold("h1", "pool", "firm/a", 300), naming("post", "p1", "h1", 200)]

    assert refusal_of(conn, *group)[0] == "L108"
    assert sums(conn, "pool") == (0, 1_000, 0, 0)


def test_transfer_and_its_reversal_in_one_group_are_refused(
    conn: psycopg.Connection,
) -> None:
    group = [move("v1", "pool", "firm/a", 300), naming("reverse", "r1", "v1", 100)]

    assert refusal_of(conn, *group)[0] == "L115"
    assert sums(conn, "firm/a") == (0, 0, 0, 0)


# --- holds -------------------------------------------------------------------------


def test_hold_reserves_against_the_floor_and_moves_nothing(
    conn: psycopg.Connection,
) -> None:
    give(conn, hold("h1", "pool", "firm/a", 700))

    assert sums(conn, "pool") == (0, 1_000, 700, 0)
    assert sums(conn, "firm/a") == (0, 0, 0, 700)
    assert balance(conn, "pool").available == 300
    # 300 of 1,000 are left beside the hold: 301 are one too many.
    assert refusal_of(conn, move("v1", "pool", "firm/b", 301))[0] == "L112"
    assert give(conn, move("v1", "pool", "firm/b", 300))[0].fresh


def test_hold_does_not_let_the_receiver_spend(conn: psycopg.Connection) -> None:
    give(conn, hold("h1", "pool", "firm/a", 700))

    assert refusal_of(conn, move("v1", "firm/a", "provider", 1))[0] == "L112"


def test_hold_counts_against_the_ceiling_of_the_receiver(
    conn: psycopg.Connection,
) -> None:
    opened(conn, account("firm/c", ceiling=500))
    give(conn, hold("h1", "pool", "firm/c", 400))

    code, said = refusal_of(conn, move("v1", "pool", "firm/c", 101))

    # 400 held and 101 more are 501, one above 500.
    assert (code, said) == (
        "L113",
        {"id": "v1", "account": "firm/c", "limit": 500, "reached": 501, "over": 1,
         "commodity": "CNY"},
    )  # fmt: skip
    assert give(conn, move("v1", "pool", "firm/c", 100))[0].fresh


def test_hold_posted_in_part_frees_the_rest(conn: psycopg.Connection) -> None:
    give(conn, hold("h1", "pool", "firm/a", 700))

    give(conn, naming("post", "p1", "h1", 450))

    assert sums(conn, "pool") == (450, 1_000, 0, 0)
    assert sums(conn, "firm/a") == (0, 450, 0, 0)
    assert balance(conn, "pool").available == 550


def test_hold_posted_whole_when_the_pool_has_no_more_is_taken(
    conn: psycopg.Connection,
) -> None:
    give(conn, hold("h1", "pool", "firm/a", 700))
    give(conn, move("v1", "pool", "firm/b", 300))

    give(conn, naming("post", "p1", "h1"))

    assert sums(conn, "pool") == (1_000, 1_000, 0, 0)


def test_hold_void_frees_all_of_it(conn: psycopg.Connection) -> None:
    give(conn, hold("h1", "pool", "firm/a", 700))

    give(conn, naming("void", "x1", "h1"))

    assert sums(conn, "pool") == (0, 1_000, 0, 0)
    assert sums(conn, "firm/a") == (0, 0, 0, 0)
    assert [one.amount for one in entries(conn, ["x1"])] == [700]


def test_hold_on_accounts_of_the_debit_side_counts_the_other_way(
    conn: psycopg.Connection,
) -> None:
    opened(conn, account("outlay", side="debit", ceiling=100))
    give(conn, hold("h1", "outlay", "provider", 60))

    # It grows by debits: the hold is coming to it.
    there = balance(conn, "outlay")
    assert (there.has, there.coming, there.going) == (0, 60, 0)
    assert refusal_of(conn, move("v1", "outlay", "provider", 41))[0] == "L113"
    give(conn, move("v1", "outlay", "provider", 40))
    # 40 are there; 40 can go and no more.
    assert refusal_of(conn, move("v2", "provider", "outlay", 41))[0] == "L112"


@pytest.mark.parametrize(("on", "freed"), [(day(5), 0), (day(6), 1), (day(7), 2)])
def test_expire_holds_frees_those_whose_last_day_is_past_and_no_other(
    conn: psycopg.Connection, on: date, freed: int
) -> None:
    give(conn, hold("h5", "pool", "firm/a", 100, expires=day(5)))
    give(conn, hold("h6", "pool", "firm/a", 200, expires=day(6)))
    give(conn, hold("never", "pool", "firm/a", 400))
    give(conn, hold("posted", "pool", "firm/a", 50, expires=day(1)))
    give(conn, naming("post", "p", "posted"))

    with conn.transaction():
        first = expire_holds(conn, on, actor=ACTOR)
    with conn.transaction():
        again = expire_holds(conn, on, actor=ACTOR)

    assert (first, again) == (freed, 0)
    # 100, then 200 of 700 are freed.
    assert sums(conn, "pool") == (50, 1_000, (700, 600, 400)[freed], 0)


def test_expire_holds_takes_at_most_as_many_as_asked_the_oldest_first(
    conn: psycopg.Connection,
) -> None:
    for n in (3, 1, 2):
        give(conn, hold(f"h{n}", "pool", "firm/a", n, expires=DAY))

    with conn.transaction():
        assert expire_holds(conn, day(1), actor=ACTOR, limit=2) == 2

    # Of 6 the first two written, 3 and 1, are freed.
    assert sums(conn, "pool") == (0, 1_000, 2, 0)


def test_expire_holds_whose_ids_are_as_long_as_ids_may_be_frees_each(
    conn: psycopg.Connection,
) -> None:
    for last in "ab":
        give(conn, hold("h" * 199 + last, "pool", "firm/a", 1, expires=DAY))

    with conn.transaction():
        assert expire_holds(conn, day(1), actor=ACTOR) == 2

    assert sums(conn, "pool") == (0, 1_000, 0, 0)


# --- reversals -----------------------------------------------------------------------


def test_reversal_in_parts_takes_back_at_most_all_of_it(
    conn: psycopg.Connection,
) -> None:
    give(conn, move("v1", "pool", "firm/a", 300))

    give(conn, naming("reverse", "r1", "v1", 100))
    give(conn, naming("reverse", "r2", "v1", 200))

    assert sums(conn, "pool") == (300, 1_300, 0, 0)
    assert sums(conn, "firm/a") == (300, 300, 0, 0)
    assert refusal_of(conn, naming("reverse", "r3", "v1", 1)) == (
        "L115",
        {"id": "r3", "of": "v1", "why": "above", "left": 0},
    )


def test_reversal_without_an_amount_takes_all_back(conn: psycopg.Connection) -> None:
    give(conn, hold("h1", "pool", "firm/a", 300))
    give(conn, naming("post", "p1", "h1", 250))

    give(conn, naming("reverse", "r1", "p1"))

    assert sums(conn, "firm/a") == (250, 250, 0, 0)


def test_reversal_of_what_the_receiver_has_spent_is_refused(
    conn: psycopg.Connection,
) -> None:
    give(conn, move("v1", "pool", "firm/a", 300))
    give(conn, move("v2", "firm/a", "provider", 200))

    assert refusal_of(conn, naming("reverse", "r1", "v1")) == (
        "L112",
        {"id": "r1", "account": "firm/a", "available": 100, "amount": 300,
         "short": 200, "commodity": "CNY"},
    )  # fmt: skip


# --- sets ----------------------------------------------------------------------------


@pytest.fixture
def capped(conn: psycopg.Connection) -> psycopg.Connection:
    """Give the book with two wallets that may have 500 together."""
    cap = AccountSet(name="digital/2026/a", commodity="CNY", ceiling=500)
    opened(
        conn,
        account("wallet/1", sets=(cap.name,)),
        account("wallet/2", sets=(cap.name,)),
        sets=[cap],
    )
    return conn


def reached(conn: psycopg.Connection) -> int:
    row = conn.execute("select reached from ledger_set").fetchone()
    assert row is not None
    return int(row[0])


def test_set_counts_its_accounts_together_holds_counted(
    capped: psycopg.Connection,
) -> None:
    give(capped, move("v1", "pool", "wallet/1", 200))
    give(capped, hold("h1", "pool", "wallet/2", 250))

    assert reached(capped) == 450
    assert refusal_of(capped, move("v2", "pool", "wallet/2", 51)) == (
        "L114",
        {"id": "v2", "account": "digital/2026/a", "limit": 500, "reached": 501,
         "over": 1, "commodity": "CNY"},
    )  # fmt: skip
    assert give(capped, move("v2", "pool", "wallet/2", 50))[0].fresh


def test_set_filled_by_a_group_in_two_rows_refuses_the_second(
    capped: psycopg.Connection,
) -> None:
    code, said = refusal_of(
        capped,
        move("v1", "pool", "wallet/1", 300),
        move("v2", "pool", "wallet/2", 300),
    )

    assert (code, said["id"], said["reached"]) == ("L114", "v2", 600)
    assert reached(capped) == 0


@pytest.mark.parametrize(
    ("ended", "left"),
    [
        (naming("void", "e", "h1"), 200),
        (naming("post", "e", "h1", 100), 300),
        (naming("post", "e", "h1"), 450),
        (naming("expire", "e", "h1", effective=day(9)), 200),
        (naming("reverse", "e", "v1", 150), 300),
    ],
)
def test_set_is_freed_by_what_ends_or_takes_back(
    capped: psycopg.Connection, ended: Any, left: int
) -> None:
    give(capped, move("v1", "pool", "wallet/1", 200))
    give(capped, hold("h1", "pool", "wallet/2", 250, expires=day(8)))

    give(capped, ended)

    # 200 there and 250 held; `left` by hand for each end.
    assert reached(capped) == left


def test_set_is_not_touched_by_a_transfer_between_two_of_its_accounts(
    capped: psycopg.Connection,
) -> None:
    give(capped, move("v1", "pool", "wallet/1", 500))

    give(capped, move("v2", "wallet/1", "wallet/2", 400))

    assert reached(capped) == 500


def test_set_is_freed_by_what_its_accounts_spend(capped: psycopg.Connection) -> None:
    give(capped, move("v1", "pool", "wallet/1", 500))

    give(capped, move("v2", "wallet/1", "provider", 400))

    assert reached(capped) == 100


def test_account_in_two_sets_counts_towards_both(conn: psycopg.Connection) -> None:
    sets = [
        AccountSet(name="programme", commodity="CNY", ceiling=500),
        AccountSet(name="firm-year", commodity="CNY", ceiling=300),
    ]
    opened(conn, account("wallet/1", sets=("programme", "firm-year")), sets=sets)

    assert refusal_of(conn, move("v1", "pool", "wallet/1", 301))[1]["account"] == (
        "firm-year"
    )
    give(conn, move("v1", "pool", "wallet/1", 300))
    rows = conn.execute("select name, reached from ledger_set order by name").fetchall()
    assert rows == [("firm-year", 300), ("programme", 300)]


def test_set_given_another_ceiling_holds_the_new_one(
    capped: psycopg.Connection,
) -> None:
    give(capped, move("v1", "pool", "wallet/1", 400))

    with capped.transaction():
        limit_set(capped, "digital/2026/a", 400, actor=ACTOR)
    assert refusal_of(capped, move("v2", "pool", "wallet/2", 1))[0] == "L114"
    with capped.transaction():
        limit_set(capped, "digital/2026/a", None, actor=ACTOR)
    assert give(capped, move("v2", "pool", "wallet/2", 600))[0].fresh


def test_set_of_another_account_does_not_hinder(capped: psycopg.Connection) -> None:
    assert give(capped, move("v1", "pool", "firm/a", 900))[0].fresh


# --- accounts ------------------------------------------------------------------------


def test_accounts_opened_again_are_left_as_they_are(conn: psycopg.Connection) -> None:
    with conn.transaction():
        assert open_accounts(conn, [account("pool"), account("new")], actor=ACTOR) == 1
    with conn.transaction():
        assert open_accounts(conn, [account("new")] * 2, actor=ACTOR) == 0
        assert open_accounts(conn, [], actor=ACTOR) == 0
        assert open_sets(conn, [], actor=ACTOR) == 0


def test_account_opened_has_what_was_said_and_an_event_says_so(
    conn: psycopg.Connection,
) -> None:
    with conn.transaction():
        open_accounts(
            conn, [account("new", ceiling=5)], actor=ACTOR, reason="a\tnew\none"
        )

    said = conn.execute(
        "select kind, subject, commodity, side, floor, ceiling, day, sets, actor, "
        "reason from ledger_event order by seq desc limit 1"
    ).fetchone()
    assert balance(conn, "new") == Balance(
        "new", "CNY", "credit", 0, 0, 0, 0, floor=0, ceiling=5
    )
    assert said == (
        "open", "new", "CNY", "credit", 0, 5, date(2026, 1, 1), "", "tester",
        "a new one",
    )  # fmt: skip


def test_account_limited_holds_the_new_limits(conn: psycopg.Connection) -> None:
    with conn.transaction():
        limit_account(conn, "pool", floor=400, ceiling=1_200, actor=ACTOR)

    # 600 of 1,000 may go; 200 may come.
    assert refusal_of(conn, move("v1", "pool", "firm/a", 601))[0] == "L112"
    assert refusal_of(conn, move("v1", "treasury", "pool", 201))[0] == "L113"
    assert give(conn, move("v1", "pool", "firm/a", 600))[0].fresh
    assert balance(conn, "pool").available == 0


def test_account_with_a_floor_below_nothing_may_owe_so_much(
    conn: psycopg.Connection,
) -> None:
    opened(conn, account("credit-line", floor=-200))

    assert refusal_of(conn, move("v1", "credit-line", "firm/a", 201))[0] == "L112"
    give(conn, move("v1", "credit-line", "firm/a", 200))
    assert balance(conn, "credit-line").has == -200


def test_account_closed_keeps_its_day(conn: psycopg.Connection) -> None:
    with conn.transaction():
        close_account(conn, "firm/a", day(3), actor=ACTOR)

    assert balance(conn, "firm/a").closed == day(3)


def test_account_closed_before_its_last_transfer_counts_is_refused(
    conn: psycopg.Connection,
) -> None:
    give(conn, move("v1", "pool", "firm/a", 10, effective=day(5)))
    give(conn, move("v2", "firm/a", "provider", 10, effective=day(5)))

    # `closed` is the last day on which it took transfers: day 4 is not.
    with pytest.raises(Refused), conn.transaction():
        close_account(conn, "firm/a", day(4), actor=ACTOR)


def test_account_opened_into_a_set_that_is_not_there_is_refused(
    conn: psycopg.Connection,
) -> None:
    with pytest.raises(Refused), conn.transaction():
        open_accounts(conn, [account("wallet", sets=("no-such-set",))], actor=ACTOR)


def test_account_opened_into_a_set_of_another_commodity_is_refused(
    conn: psycopg.Connection,
) -> None:
    hours = AccountSet(name="hours", commodity="HOUR", ceiling=5)
    with conn.transaction():
        open_sets(conn, [hours], actor=ACTOR)

    with pytest.raises(Refused), conn.transaction():
        open_accounts(conn, [account("wallet", sets=("hours",))], actor=ACTOR)


def test_locked_accounts_are_those_that_are_there(conn: psycopg.Connection) -> None:
    with conn.transaction():
        found = locked(conn, ["pool", "firm/a", "pool", "nobody"])

    assert {path: one.has for path, one in found.items()} == {
        "pool": 1_000,
        "firm/a": 0,
    }


def test_transfers_of_two_commodities_in_one_group_do_not_mix(
    conn: psycopg.Connection,
) -> None:
    opened(
        conn,
        treasury("hours", commodity="HOUR"),
        account("hours/a", commodity="HOUR"),
    )

    give(
        conn,
        move("g1", "pool", "provider", 300),
        move("g2", "hours", "hours/a", 8, commodity="HOUR"),
    )

    assert [(b.path, b.commodity, b.has) for b in balances(conn, "hours")] == [
        ("hours", "HOUR", 8),
        ("hours/a", "HOUR", 8),
    ]


def test_greatest_amount_is_taken_one_above_is_not(conn: psycopg.Connection) -> None:
    opened(conn, account("bank", floor=None))

    assert give(conn, move("v1", "treasury", "bank", 10**15))[0].fresh
    assert refusal_of(conn, move("v2", "treasury", "bank", 10**15 + 1))[0] == "L101"
