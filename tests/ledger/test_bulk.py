# SPDX-License-Identifier: Apache-2.0
"""A table posted in batches comes to what its rows come to one by one."""

from __future__ import annotations

import itertools
import random
from contextlib import closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ceyuan.kernel import UsageError
from ceyuan.ledger import (
    AccountSet,
    Balance,
    Loaded,
    Refused,
    Transfer,
    balances,
    post,
    post_table,
)
from ceyuan.ledger.reading import entries
from tests.ledger.book import (
    ACTOR,
    account,
    day,
    give,
    hold,
    move,
    naming,
    opened,
    small,
    table,
    treasury,
    verified,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ceyuan.office.database import Database

FAST, SOAK = 60, 3_000
NUMBERS = itertools.count(1)


@pytest.fixture
def conn(database: Database) -> Iterator[psycopg.Connection]:
    """Give a connection to a book with 1,000 in its pool."""
    with closing(database.connect()) as conn:
        small(conn)
        yield conn
        conn.rollback()
        assert verified(conn).faults == []


def load(
    conn: psycopg.Connection,
    *transfers: Transfer,
    links: tuple[str, ...] = (),
    batch: int = 5_000,
) -> tuple[int, int, list[tuple[str, str]]]:
    """Post a table; return what came of it, with the codes of the refusals."""
    rows = table(transfers, links)
    made = post_table(conn, rows, actor=ACTOR, batch=batch)
    refused = [(name, error.code) for name, error in made.refused]
    return made.posted, made.known, refused


def has(conn: psycopg.Connection) -> dict[str, int]:
    found = {b.path: b.has for b in balances(conn)}
    conn.rollback()
    return found


def test_table_posted_twice_is_posted_and_then_known(
    conn: psycopg.Connection,
) -> None:
    rows = [move(f"v{n}", "pool", "firm/a", 10) for n in range(7)]
    told: list[int] = []

    first = post_table(conn, table(rows), actor=ACTOR, batch=3, progress=told.append)
    again = load(conn, *rows, batch=2)

    assert first == Loaded(7, 0, [])
    assert told == [3, 6, 7]
    assert again == (0, 7, [])
    assert has(conn)["firm/a"] == 70


def test_table_without_rows_is_nothing(conn: psycopg.Connection) -> None:
    assert load(conn) == (0, 0, [])


def test_table_with_refused_rows_puts_them_aside_and_posts_the_rest_in_order(
    conn: psycopg.Connection,
) -> None:
    rows = [
        move("v1", "pool", "firm/a", 600),
        move("v2", "pool", "nobody", 1),
        move("v3", "pool", "firm/b", 500),
        move("v4", "pool", "firm/b", 400),
        move("v5", "pool", "pool", 1),
        move("v6", "pool", "firm/b", 1),
        move("v7", "treasury", "pool", 1),
        move("v8", "pool", "firm/b", 1),
        move("v\t9", "pool", "firm/b", 1),
    ]

    posted, known, refused = load(conn, *rows)

    # 1,000 - 600 leaves 400: 500 is too much, 400 is not; then 0 until 1 comes.
    assert (posted, known) == (4, 0)
    assert sorted(refused) == [
        ("v\t9", "L116"), ("v2", "L103"), ("v3", "L112"), ("v5", "L106"),
        ("v6", "L112"),
    ]  # fmt: skip
    assert has(conn) == {
        "firm/a": 600, "firm/b": 401, "pool": 0, "provider": 0, "treasury": 1_001,
    }  # fmt: skip


def test_table_in_which_a_pool_runs_empty_says_what_was_there(
    conn: psycopg.Connection,
) -> None:
    rows = [move(f"v{n}", "pool", "firm/a", 300) for n in range(5)]

    made = post_table(conn, table(rows), actor=ACTOR)

    # Three times 300 of 1,000 leave 100: 200 short.
    assert made.posted == 3
    assert [(name, error.said) for name, error in made.refused] == [
        (name, {"id": name, "account": "pool", "commodity": "CNY", "available": 100,
                "amount": 300, "short": 200})
        for name in ("v3", "v4")
    ]  # fmt: skip


def test_table_in_which_a_wallet_is_full_says_what_one_by_one_says(
    conn: psycopg.Connection,
) -> None:
    opened(conn, account("wallet", ceiling=100))
    rows = [move(f"v{n}", "pool", "wallet", 60) for n in range(3)]

    made = post_table(conn, table(rows), actor=ACTOR)

    # 60 are there, 60 more would be 120, 20 above 100.
    assert [(n, e.code, e.said) for n, e in made.refused] == [
        (name, "L113", {"id": name, "account": "wallet", "commodity": "CNY",
                        "limit": 100, "reached": 120, "over": 20})
        for name in ("v1", "v2")
    ]  # fmt: skip


def test_table_with_a_hold_and_its_post_in_one_batch_posts_both(
    conn: psycopg.Connection,
) -> None:
    made = load(
        conn,
        hold("h1", "pool", "firm/a", 300),
        naming("post", "p1", "h1", 200),
        naming("reverse", "r1", "p1", 50),
    )

    assert made == (3, 0, [])
    assert has(conn)["firm/a"] == 150


def test_table_with_a_repeated_id_posts_it_once(conn: psycopg.Connection) -> None:
    one = move("v1", "pool", "firm/a", 300)

    assert load(conn, one, one, one) == (1, 2, [])


def test_table_with_a_repeated_id_and_a_pool_that_runs_empty_counts_it_once(
    conn: psycopg.Connection,
) -> None:
    twice = move("v1", "pool", "firm/a", 600)
    rows = [
        twice,
        twice,
        move("v2", "pool", "firm/b", 400),
        move("v3", "pool", "firm/b", 1),
    ]

    # 600 once and 400 are all of 1,000; then 1 is too much.
    assert load(conn, *rows) == (2, 1, [("v3", "L112")])


def test_table_with_a_repeated_id_of_another_body_puts_the_second_aside(
    conn: psycopg.Connection,
) -> None:
    made = load(
        conn, move("v1", "pool", "firm/a", 300), move("v1", "pool", "firm/a", 301)
    )

    assert made == (1, 0, [("v1", "L102")])


def test_table_with_a_group_puts_it_aside_whole_and_nothing_beside_it(
    conn: psycopg.Connection,
) -> None:
    rows = [
        move("v1", "pool", "firm/a", 100),
        *(move(f"g{n}", "pool", "firm/b", 300) for n in range(4)),
    ]

    # Four times 300 are above 1,000; the first row has nothing to do with it.
    made = load(conn, *rows, links=("", "g", "g", "g", "g"))

    assert (made[0], made[1], [name for name, _ in made[2]]) == (
        1, 0, ["g0", "g1", "g2", "g3"],
    )  # fmt: skip


def test_table_with_a_bad_group_after_a_good_row_posts_the_row(
    conn: psycopg.Connection,
) -> None:
    rows = [
        move("v1", "pool", "firm/a", 100),
        move("g0", "pool", "firm/b", 1),
        move("g1", "pool", "nobody", 1),
        move("g2", "pool", "firm/b", 1),
        move("g3", "pool", "firm/b", 1),
    ]

    made = load(conn, *rows, links=("", "g", "g", "g", "g"))

    assert made == (1, 0, [(f"g{n}", "L103") for n in range(4)])


def test_table_with_groups_keeps_their_links_in_every_batch_size(
    conn: psycopg.Connection,
) -> None:
    rows = [move(f"v{n}", "pool", "firm/a", 1) for n in range(6)]
    links = ("x", "x", "x", "", "y", "y")

    assert load(conn, *rows, links=links, batch=1) == (6, 0, [])

    found = [one.link for one in entries(conn, [one.id for one in rows])]
    conn.rollback()
    assert found == list(links)


def test_table_refused_by_a_set_leaves_what_it_would_have_taken_to_the_next_row(
    conn: psycopg.Connection,
) -> None:
    cap = AccountSet(name="cap", commodity="CNY", ceiling=500)
    opened(conn, account("wallet", sets=("cap",)), sets=[cap])
    rows = [
        move("v1", "pool", "wallet", 600),
        move("v2", "pool", "firm/a", 500),
        move("v3", "pool", "firm/a", 501),
    ]

    made = load(conn, *rows)

    # 600 are above the set's 500: refused, so that 500 are there for v2.
    assert (made[0], made[1], sorted(made[2])) == (
        1, 0, [("v1", "L114"), ("v3", "L112")],
    )  # fmt: skip


@pytest.mark.parametrize(
    "odd",
    [
        {"kind": "transfer", "of": "h1", "debit": "", "credit": "", "commodity": ""},
        {"kind": "hold", "of": "h1", "debit": "", "credit": "", "commodity": ""},
        {"kind": "gift"},
        {"kind": "void", "of": "h1", "amount": 1},
        {"kind": "post", "of": "h1", "expires": day(3), "amount": 1},
        {"kind": "post", "of": "h1", "debit": "provider", "amount": 1},
    ],
)
def test_table_with_a_row_that_does_not_fit_its_kind_posts_nothing_of_it(
    conn: psycopg.Connection, odd: dict[str, object]
) -> None:
    give(conn, hold("h1", "pool", "firm/a", 10))
    good = move("good", "pool", "firm/a", 1)
    bad = replace(good, id="bad", **odd)  # type: ignore[arg-type]

    # Said before anything is posted: as good as put aside.
    with suppress(UsageError):
        load(conn, good, bad)
    conn.rollback()

    assert entries(conn, ["bad"]) == []


def test_table_with_a_zero_byte_in_an_id_is_put_aside_by_name(
    conn: psycopg.Connection,
) -> None:
    made = load(
        conn, move("v1", "pool", "firm/a", 1), move("v\x002", "pool", "firm/a", 1)
    )

    assert made == (1, 0, [("v\x002", "L116")])


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\\b", "a\\nb", "\\N", "\\.", ""])
def test_table_with_odd_text_is_put_aside_and_reads_as_it_was(
    conn: psycopg.Connection, text: str
) -> None:
    made = load(
        conn,
        move("v1", "pool", "firm/a", 1, cause=text),
        move("v2", "pool", "firm/a", 1, cause='策源 "x" \u2028 \U0001f600'),
    )

    assert made == (1, 0, [("v1", "L116")])
    assert [one.cause for one in entries(conn, ["v2"])] == [
        '策源 "x" \u2028 \U0001f600'
    ]
    conn.rollback()


@pytest.mark.parametrize("amount", [0, -1, 10**15 + 1, None])
def test_table_with_an_amount_out_of_range_puts_the_row_aside(
    conn: psycopg.Connection, amount: int | None
) -> None:
    bad = replace(move("v1", "pool", "firm/a", 1), amount=amount)

    assert load(conn, move("v2", "pool", "firm/a", 1), bad) == (
        1, 0, [("v1", "L101")],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("amount", pa.array([1.5])),
        ("amount", pa.array([1.0])),
        ("amount", pa.array([True])),
        ("amount", pa.array(["x"])),
        ("effective", pa.array(["someday"])),
        ("id", pa.array([None], pa.string())),
    ],
)
def test_table_with_a_column_of_another_type_is_not_a_table_of_transfers(
    conn: psycopg.Connection, column: str, values: pa.Array
) -> None:
    rows = table([move("v1", "pool", "firm/a", 1)])
    place = rows.schema.names.index(column)

    with pytest.raises(UsageError, match="not a table of transfers"):
        post_table(conn, rows.set_column(place, column, values), actor=ACTOR)


def test_table_without_a_column_is_not_a_table_of_transfers(
    conn: psycopg.Connection,
) -> None:
    rows = table([move("v1", "pool", "firm/a", 1)]).drop_columns(["cause"])

    with pytest.raises(UsageError, match="not a table of transfers"):
        post_table(conn, rows, actor=ACTOR)


# --- one by one, and as a table ------------------------------------------------------


def _city(conn: psycopg.Connection, p: str) -> None:
    opened(
        conn,
        treasury(f"{p}treasury"),
        account(f"{p}pool"),
        account(f"{p}a", ceiling=400, sets=(f"{p}cap",)),
        account(f"{p}b", sets=(f"{p}cap",)),
        account(f"{p}c"),
        sets=[AccountSet(name=f"{p}cap", commodity="CNY", ceiling=600)],
    )
    give(conn, move(f"{p}start", f"{p}treasury", f"{p}pool", 500))


def _drawn(p: str, draw: random.Random, count: int) -> list[list[Transfer]]:
    """Return groups of transfers, some wrong, some repeated, some above what is there."""
    paths = [f"{p}{name}" for name in ("pool", "pool", "a", "b", "c", "treasury")]
    groups: list[list[Transfer]] = []
    holds, moves = [f"{p}none"], [f"{p}start"]
    for n in range(count):
        group = []
        for part in range(draw.choice([1, 1, 1, 1, 2, 3, 5])):
            name = f"{p}{n}.{part}"
            kind = draw.choice(
                ["move"] * 6 + ["hold"] * 2 + ["post", "void", "reverse", "wrong"]
            )
            debit, credit = draw.choice(paths), draw.choice(paths[2:])
            amount = draw.choice([1, 20, 50, 90, 150])
            if kind == "move":
                group.append(move(name, debit, credit, amount))
                moves.append(name)
            elif kind == "hold":
                group.append(hold(name, debit, credit, amount, expires=day(9)))
            elif kind == "wrong":
                group.append(move(name, f"{p}nobody", credit, amount))
            elif kind == "reverse":
                of = draw.choice(moves[-9:])
                group.append(naming("reverse", name, of, draw.choice([None, 5])))
            else:
                group.append(naming(kind, name, draw.choice(holds[-3:])))
        holds += [one.id for one in group if one.kind == "hold"]
        groups.append(group)
        if draw.random() < 0.1:
            groups.append(draw.choice(groups))
        if draw.random() < 0.05:
            groups.append([replace(draw.choice(groups)[0], cause="another")])
    return groups


def _of(name: str, p: str) -> str:
    return name.removeprefix(p)


def _one_by_one(
    conn: psycopg.Connection, groups: list[list[Transfer]]
) -> tuple[int, int, list[str]]:
    posted, known, refused = 0, 0, []
    for group in groups:
        try:
            with conn.transaction():
                found = post(conn, group, actor=ACTOR)
        except Refused:
            refused += [one.id for one in group]
            continue
        posted += sum(one.fresh for one in found)
        known += sum(not one.fresh for one in found)
    return posted, known, refused


def _book(conn: psycopg.Connection, p: str) -> tuple[list[Balance], list[object]]:
    """Return balances and rows of one part of the book, without its prefix."""
    found = [replace(b, path=_of(b.path, p)) for b in balances(conn, p)]
    rows = conn.execute(
        "select id, kind, amount, of_id from ledger_transfer "
        "where starts_with(id, %s) order by seq",
        (p,),
    ).fetchall()
    conn.rollback()
    return found, [(_of(r[0], p), r[1], r[2], _of(r[3], p)) for r in rows]


def agree(url: str, count: int) -> None:
    """Post lists both ways; see that the books are the same."""
    with closing(psycopg.connect(url)) as conn:

        @settings(
            max_examples=count,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 60))
        def run(seed: int, size: int, batch: int) -> None:
            number = next(NUMBERS)
            one, two = f"one{number}/", f"two{number}/"
            for p in (one, two):
                _city(conn, p)

            posted, known, refused = _one_by_one(
                conn, _drawn(one, random.Random(seed), size)
            )
            groups = _drawn(two, random.Random(seed), size)
            links = [
                f"{two}{at}" if len(group) > 1 else ""
                for at, group in enumerate(groups)
                for _ in group
            ]
            rows = table([t for group in groups for t in group], links)
            made = post_table(conn, rows, actor=ACTOR, batch=batch)

            assert sorted(_of(n, two) for n, _ in made.refused) == sorted(
                _of(n, one) for n in refused
            )
            assert (made.posted, made.known) == (posted, known)
            assert _book(conn, two) == _book(conn, one)

        run()
        assert verified(conn).faults == []


def test_table_in_batches_of_any_size_is_the_book_of_its_rows_one_by_one(
    fresh_database: Callable[..., str],
) -> None:
    agree(fresh_database(), FAST)


@pytest.mark.soak
def test_many_tables_are_the_books_of_their_rows_one_by_one(
    fresh_database: Callable[..., str],
) -> None:
    agree(fresh_database(), SOAK)
