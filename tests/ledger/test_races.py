# SPDX-License-Identifier: Apache-2.0
"""Eight who write at once: exactly what is there is given, and nobody deadlocks."""

from __future__ import annotations

import random
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ceyuan.ledger import (
    AccountSet,
    Refused,
    Sealer,
    Transfer,
    balance,
    balances,
    limit_account,
    open_accounts,
    seal_now,
)
from ceyuan.ledger.sealing import seals
from tests.ledger.book import (
    ACTOR,
    account,
    faults,
    give,
    hold,
    move,
    naming,
    opened,
    small,
    treasury,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from ceyuan.office.database import Database

WRITERS = 8


def at_once(
    database: Database,
    work: Callable[[psycopg.Connection, int], list[str]],
    *,
    writers: int = WRITERS,
) -> list[str]:
    """Let writers work at once on connections of their own; return what they say."""
    said: list[str] = []
    failed: list[BaseException] = []
    gate = threading.Barrier(writers)

    def run(number: int) -> None:
        try:
            with closing(database.connect()) as conn:
                gate.wait()
                said.extend(work(conn, number))
        except BaseException as error:  # noqa: BLE001 - said by the test below
            failed.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(writers)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    return said


def tried(conn: psycopg.Connection, *transfers: Transfer) -> str:
    """Post; return what came of it in a word."""
    try:
        found = give(conn, *transfers)
    except Refused as error:
        return error.code
    return "fresh" if found[0].fresh else "known"


def race(database: Database, attempts: int, affordable: int) -> None:
    """Let eight ask a pool for one each, which has less than they ask for."""
    with closing(database.connect()) as conn:
        small(conn, affordable)
        opened(conn, *(account(f"wallet/{n}") for n in range(WRITERS)))

        said = at_once(
            database,
            lambda mine, n: [
                tried(mine, move(f"{n}-{k}", "pool", f"wallet/{n}", 1))
                for k in range(attempts // WRITERS)
            ],
        )

        assert (said.count("fresh"), said.count("L112")) == (
            affordable,
            attempts - affordable,
        )
        assert balance(conn, "pool").has == 0
        assert sum(b.has for b in balances(conn, "wallet/")) == affordable
        conn.rollback()
        assert faults(conn) == set()


@pytest.mark.slow
def test_eight_writers_at_one_pool_get_exactly_what_it_has(database: Database) -> None:
    race(database, 5_000, 3_217)


@pytest.mark.soak
def test_million_attempts_at_one_pool_get_exactly_what_it_has(
    database: Database,
) -> None:
    race(database, 1_000_000, 613_577)


def test_eight_writers_with_holds_reserve_exactly_what_the_pool_has(
    database: Database,
) -> None:
    with closing(database.connect()) as conn:
        small(conn, 100)

        def work(mine: psycopg.Connection, n: int) -> list[str]:
            said = []
            for k in range(30):
                name = f"{n}-{k}"
                said.append(tried(mine, hold(name, "pool", "firm/a", 1)))
                if said[-1] == "fresh" and k % 3 == 0:
                    tried(mine, naming("void", f"void {name}", name))
                    said[-1] = "void"
            return said

        said = at_once(database, work)

        there = balance(conn, "pool")
        conn.rollback()
        assert (there.has, there.going) == (100, said.count("fresh"))
        assert there.going == 100
        assert set(said) == {"fresh", "void", "L112"}
        assert faults(conn) == set()


def test_eight_writers_at_one_set_reach_exactly_its_ceiling(
    database: Database,
) -> None:
    with closing(database.connect()) as conn:
        small(conn)
        opened(
            conn,
            *(account(f"wallet/{n}", sets=("cap",)) for n in range(WRITERS)),
            *(treasury(f"source/{n}") for n in range(WRITERS)),
            sets=[AccountSet(name="cap", commodity="CNY", ceiling=137)],
        )

        # No account of one is another's: they meet at the set alone.
        said = at_once(
            database,
            lambda mine, n: [
                tried(mine, move(f"{n}-{k}", f"source/{n}", f"wallet/{n}", 1))
                for k in range(30)
            ],
        )

        assert (said.count("fresh"), said.count("L114")) == (137, 240 - 137)
        assert sum(b.has for b in balances(conn, "wallet/")) == 137
        conn.rollback()
        assert faults(conn) == set()


def test_eight_writers_over_crossing_accounts_never_deadlock(
    database: Database,
) -> None:
    with closing(database.connect()) as conn:
        paths = [f"firm/{n}" for n in range(6)]
        opened(
            conn,
            treasury("treasury"),
            *(account(path, sets=("cap",)) for path in paths),
            sets=[AccountSet(name="cap", commodity="CNY", ceiling=700)],
        )
        give(conn, *(move(f"start/{p}", "treasury", p, 100) for p in paths))

        def work(mine: psycopg.Connection, n: int) -> list[str]:
            draw = random.Random(n)
            said = []
            for k in range(80):
                some = []
                for part in range(draw.choice([1, 2, 4])):
                    debit, credit = draw.sample(paths, 2)
                    some.append(move(f"{n}-{k}-{part}", debit, credit, 7))
                if k % 10 == 9:
                    with mine.transaction():
                        limit_account(
                            mine, draw.choice(paths), floor=0, ceiling=None, actor=ACTOR
                        )
                said.append(tried(mine, *some))
            return said

        said = at_once(database, work)

        assert set(said) <= {"fresh", "L112"}
        assert said.count("fresh") > 0
        assert sum(b.has for b in balances(conn, "firm/")) == 600
        conn.rollback()
        assert faults(conn) == set()


def test_same_transfer_from_eight_at_once_is_fresh_for_one_and_known_for_the_others(
    database: Database,
) -> None:
    with closing(database.connect()) as conn:
        small(conn)

        said = at_once(
            database,
            lambda mine, _: [
                tried(mine, move(f"v{k}", "pool", "firm/a", 1)) for k in range(25)
            ],
        )

        assert (said.count("fresh"), said.count("known")) == (25, 175)
        assert balance(conn, "firm/a").has == 25
        conn.rollback()


def test_same_id_with_eight_bodies_at_once_is_fresh_for_one_and_refused_for_others(
    database: Database,
) -> None:
    with closing(database.connect()) as conn:
        small(conn)
        opened(conn, *(account(f"wallet/{n}") for n in range(WRITERS)))

        said = at_once(
            database,
            lambda mine, n: [
                # Each to an account of its own.
                tried(mine, move(f"v{k}", "treasury", f"wallet/{n}", 1))
                for k in range(25)
            ],
        )

        assert (said.count("fresh"), said.count("L102")) == (25, 175)
        assert sum(b.has for b in balances(conn, "wallet/")) == 25
        conn.rollback()


def test_hold_settled_by_eight_at_once_is_settled_once(database: Database) -> None:
    with closing(database.connect()) as conn:
        small(conn)
        for k in range(20):
            give(conn, hold(f"h{k}", "pool", "firm/a", 10))

        said = at_once(
            database,
            lambda mine, n: [
                tried(
                    mine,
                    naming("post" if n % 2 else "void", f"{n}-{k}", f"h{k}"),
                )
                for k in range(20)
            ],
        )

        assert (said.count("fresh"), said.count("L109")) == (20, 140)
        assert balance(conn, "pool").going == 0
        conn.rollback()
        assert faults(conn) == set()


def test_transfer_reversed_by_eight_at_once_is_taken_back_once(
    database: Database,
) -> None:
    with closing(database.connect()) as conn:
        small(conn)
        give(conn, move("v1", "pool", "firm/a", 100))

        said = at_once(
            database,
            lambda mine, n: [
                tried(mine, naming("reverse", f"{n}-{k}", "v1", 7)) for k in range(5)
            ],
        )

        # Fourteen times 7 are 98; a fifteenth would be above 100.
        assert (said.count("fresh"), said.count("L115")) == (14, 26)
        conn.rollback()
        assert faults(conn) == set()


def test_account_opened_by_eight_at_once_is_opened_once(database: Database) -> None:
    def work(mine: psycopg.Connection, _: int) -> list[str]:
        made = 0
        for k in range(20):
            with mine.transaction():
                made += open_accounts(mine, [account(f"new/{k}")], actor=ACTOR)
        return [str(made)]

    said = at_once(database, work)

    assert sum(map(int, said)) == 20
    with closing(database.connect()) as conn:
        assert faults(conn) == set()


def test_account_opened_otherwise_at_the_same_time_is_refused(
    database: Database,
) -> None:
    """Who comes second waits for the first, and is told that it is another account."""
    said: list[str] = []

    def second() -> None:
        with closing(database.connect()) as mine:
            try:
                with mine.transaction():
                    open_accounts(mine, [account("new", commodity="HOUR")], actor=ACTOR)
                said.append("opened")
            except Refused as error:
                said.append(error.code)

    with closing(database.connect()) as conn, closing(database.connect()) as watch:
        with conn.transaction():
            open_accounts(conn, [account("new")], actor=ACTOR)
            thread = threading.Thread(target=second)
            thread.start()
            waiting = False
            while not waiting:
                row = watch.execute(
                    "select count(*) from pg_locks where not granted"
                ).fetchone()
                watch.rollback()
                waiting = bool(row and row[0])
        thread.join()

    assert said == ["L117"]


def test_rows_of_eight_writers_are_each_under_exactly_one_seal(
    database: Database,
) -> None:
    with closing(database.connect()) as conn:
        small(conn)
        opened(conn, *(treasury(f"source/{n}") for n in range(WRITERS)))

        with (
            Sealer(database.connect, every=0.03),
            Sealer(database.connect, every=0.02),
        ):
            said = at_once(
                database,
                lambda mine, n: [
                    tried(mine, move(f"{n}-{k}", f"source/{n}", "provider", 1))
                    for k in range(60)
                ],
            )
        seal_now(conn)

        assert said == ["fresh"] * 480
        chain = seals(conn)
        conn.rollback()
        assert sum(s.transfers for s in chain) == 481
        assert len(chain) > 1
        assert faults(conn) == set()
