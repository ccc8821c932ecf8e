# SPDX-License-Identifier: Apache-2.0
"""Seals: each row under exactly one, heads chained, nobody waits for an open writer."""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ceyuan.facts.store.merkle import root as merkle_root
from ceyuan.kernel import LedgerError
from ceyuan.ledger import Sealer, post, seal, seal_now
from ceyuan.ledger.receipts import day_heads, now_day, published
from ceyuan.ledger.sealing import GENESIS, day_head, day_of, head_of, seals
from tests.ledger.book import ACTOR, faults, give, move, small, verified

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from ceyuan.ledger.sealing import Seal
    from ceyuan.office.database import Database


@pytest.fixture
def conn(database: Database) -> Iterator[psycopg.Connection]:
    with closing(database.connect()) as conn:
        small(conn)
        yield conn


@pytest.fixture
def other(database: Database) -> Iterator[psycopg.Connection]:
    with closing(database.connect()) as conn:
        yield conn


def chain(conn: psycopg.Connection) -> list[Seal]:
    found = seals(conn)
    conn.rollback()
    return found


def until_sealed(conn: psycopg.Connection, count: int) -> None:
    """Seal until so many transfers are under seals."""
    while sum(s.transfers for s in chain(conn)) < count:
        seal(conn)
        time.sleep(0.01)


def test_seal_of_an_empty_book_is_none(database: Database) -> None:
    with closing(database.connect()) as conn:
        assert seal(conn) is None
        assert seal_now(conn) is None
        assert chain(conn) == []


def test_seal_closes_what_was_written_once(conn: psycopg.Connection) -> None:
    made = seal_now(conn)

    # One transfer (the appropriation); five accounts were opened.
    assert made is not None
    assert (made.number, made.transfers, made.events, made.audits) == (1, 1, 5, 0)
    assert chain(conn) == [made]
    assert seal(conn) is None
    assert seal_now(conn) is None


def test_seal_is_computed_from_its_rows_and_the_head_before(
    conn: psycopg.Connection,
) -> None:
    seal_now(conn)
    for n in range(40):
        give(conn, move(f"v{n}", "pool", "firm/a", 1))
    seal_now(conn)

    before = GENESIS
    for number, one in enumerate(chain(conn), 1):
        shas = conn.execute(
            "select sha from ledger_transfer where known_at >= %s and known_at < %s "
            "order by seq",
            (one.since, one.upto),
        ).fetchall()
        conn.rollback()
        root = merkle_root([bytes(sha) for (sha,) in shas])
        assert (one.number, one.transfers, one.roots[0]) == (number, len(shas), root)
        since, upto = (
            (m - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
            for m in (one.since, one.upto)
        )
        words = (
            f"{number} {before.hex()} {since} {upto} {one.transfers} {one.events} "
            f"{one.audits} {' '.join(r.hex() for r in one.roots)}"
        )
        assert one.head == hashlib.sha256(words.encode()).digest()
        before = one.head
    assert verified(conn).ok


def test_seals_follow_on_without_a_gap_and_end_on_tenths(
    conn: psycopg.Connection,
) -> None:
    for n in range(4):
        give(conn, move(f"v{n}", "pool", "firm/a", 1))
        seal_now(conn)

    found = chain(conn)
    assert [one.since for one in found[1:]] == [one.upto for one in found[:-1]]
    assert [one.upto.microsecond % 100_000 for one in found] == [0] * len(found)
    assert sum(one.transfers for one in found) == 5


def test_seals_until_a_moment_are_those_that_ended_by_then(
    conn: psycopg.Connection,
) -> None:
    seal_now(conn)
    give(conn, move("v1", "pool", "firm/a", 1))
    seal_now(conn)
    found = chain(conn)

    assert seals(conn, until=found[0].upto) == found[:1]
    conn.rollback()


def test_open_writer_delays_its_own_tenth_and_nothing_before(
    conn: psycopg.Connection, other: psycopg.Connection
) -> None:
    # A tenth of a second later than the appropriation.
    until_sealed(conn, 1)
    give(conn, move("before", "pool", "firm/a", 1))
    time.sleep(0.11)
    with other.transaction():
        post(other, [move("slow", "pool", "firm/b", 1)], actor=ACTOR)
        row = other.execute(
            "select known_at from ledger_transfer where id = 'slow'"
        ).fetchone()
        assert row is not None
        # Another pays from other accounts while it is open.
        give(conn, move("quick", "treasury", "provider", 1))
        seal_now(conn, patience=0.3)

        # What was before it is sealed; what came later waits with it.
        assert sum(s.transfers for s in chain(conn)) == 2
        assert all(s.upto <= row[0] for s in chain(conn))

    seal_now(conn)
    assert sum(s.transfers for s in chain(conn)) == 4
    assert verified(conn).ok


def test_writer_that_gives_up_does_not_delay_for_ever(
    conn: psycopg.Connection, other: psycopg.Connection
) -> None:
    post(other, [move("slow", "pool", "firm/b", 1)], actor=ACTOR)
    give(conn, move("quick", "treasury", "provider", 1))
    other.rollback()

    seal_now(conn)

    assert sum(s.transfers for s in chain(conn)) == 2


def test_two_sealers_at_once_make_one_chain(
    conn: psycopg.Connection, database: Database
) -> None:
    with closing(database.connect()) as other, other.transaction():
        # The other one seals: this one has nothing to do meanwhile.
        other.execute("select pg_advisory_xact_lock(%s)", (0x63657973,))
        assert seal(conn) is None

    def run() -> None:
        with closing(database.connect()) as mine:
            while not done.is_set():
                seal(mine)

    done = threading.Event()
    sealers = [threading.Thread(target=run) for _ in range(2)]
    for one in sealers:
        one.start()
    for n in range(300):
        give(conn, move(f"v{n}", "pool", "firm/a", 1))
    done.set()
    for one in sealers:
        one.join()
    seal_now(conn)

    found = chain(conn)
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    assert sum(one.transfers for one in found) == 301
    assert faults(conn) == set()


def test_sealer_seals_in_the_background_while_others_write(
    conn: psycopg.Connection, database: Database
) -> None:
    with Sealer(database.connect, every=0.02) as sealer:
        for n in range(200):
            give(conn, move(f"v{n}", "pool", "firm/a", 1))
        while not chain(conn):
            pass
    seal_now(conn)

    found = chain(conn)
    assert sealer.made >= 1
    assert sum(one.transfers for one in found) == 201
    assert faults(conn) == set()


def test_sealer_that_is_stopped_before_it_began_has_made_nothing(
    database: Database,
) -> None:
    with Sealer(database.connect, every=60.0) as sealer:
        pass

    assert sealer.made == 0


def test_sealer_goes_on_when_its_connection_was_cut(
    conn: psycopg.Connection, database: Database
) -> None:
    with Sealer(database.connect, every=0.02) as sealer:
        until = len(chain(conn)) + 1
        while len(chain(conn)) < until:
            time.sleep(0.01)
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        conn.rollback()
        give(conn, move("v1", "pool", "firm/a", 1))
        while sum(s.transfers for s in chain(conn)) < 2:
            time.sleep(0.01)

    assert sealer.made >= 2
    assert faults(conn) == set()


def test_day_of_a_seal_ends_when_the_office_goes_home_in_shanghai() -> None:
    # 16:00 in London is midnight in Shanghai.
    assert day_of(datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)) == date(2026, 3, 1)
    assert day_of(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == date(2026, 3, 2)


def test_day_head_is_over_the_heads_of_all_of_its_seals() -> None:
    one, two = bytes([1]) * 32, bytes([2]) * 32
    root = hashlib.sha256(b"\x01" + one + two).hexdigest()
    words = f"2026-03-01 {root} {two.hex()}"

    assert (
        day_head(date(2026, 3, 1), [one, two])
        == hashlib.sha256(words.encode()).digest()
    )


def test_head_depends_on_each_of_its_words() -> None:
    empty = (bytes(32), bytes(32), bytes(32))
    said = [
        head_of(GENESIS, 1, (1, 2), (1, 0, 0), empty),
        head_of(bytes([1]) * 32, 1, (1, 2), (1, 0, 0), empty),
        head_of(GENESIS, 2, (1, 2), (1, 0, 0), empty),
        head_of(GENESIS, 1, (1, 3), (1, 0, 0), empty),
        head_of(GENESIS, 1, (1, 2), (0, 1, 0), empty),
        head_of(GENESIS, 1, (1, 2), (1, 0, 0), (bytes([1]) * 32, *empty[1:])),
    ]

    assert len(set(said)) == len(said)


def test_heads_of_days_are_what_is_published(conn: psycopg.Connection) -> None:
    seal_now(conn)
    give(conn, move("v1", "pool", "firm/a", 1))
    seal_now(conn)

    found = chain(conn)
    days = day_heads(conn)
    assert sum(count for _, count in days.values()) == 2
    for on, (head, _) in days.items():
        of_day = [one for one in found if day_of(one.upto) == on]
        assert published(conn, on) == (head, of_day)
        assert verified(conn, head=head.hex()).ok
    assert set(days) <= {now_day(), now_day() - timedelta(1)}
    conn.rollback()


def test_clock_set_back_behind_the_last_seal_writes_nothing(
    conn: psycopg.Connection,
) -> None:
    """A seal that ends later than now stands for a clock that was set back."""
    conn.execute(
        "insert into ledger_seal select 1, now(), now() + interval '1 hour', 0, 0, 0, "
        "'', '', '', ''"
    )
    conn.commit()

    with pytest.raises(LedgerError, match="clock set back"), conn.transaction():
        post(conn, [move("v1", "pool", "firm/a", 1)], actor=ACTOR)
