# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: S603 - our own program
"""Writer or database killed at any moment: nothing acknowledged is lost, nothing half.

The server is one of its own, which writes through to the disk. The writer posts groups
of three, seals now and then, and notes on the disk what was acknowledged to it. The
next one goes on from there, and sends again what may have been done already.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ceyuan.ledger import balance, post, seal, seal_now
from ceyuan.office.database import Database, prepare
from ceyuan.office.server import ROLE, Server
from tests.database import execute
from tests.ledger.book import (
    ACTOR,
    account,
    give,
    hold,
    move,
    naming,
    opened,
    small,
    verified,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.ledger import Transfer
    from ceyuan.office.server import Hold

ROOT = Path(__file__).parents[2]
ROUNDS, MANY = 15, 1_000
POOL = 10**12


def group(number: int) -> list[Transfer]:
    """Return three that succeed together: paid, passed on, and a third."""
    some = [
        move(f"{number}/paid", "pool", "firm/a", 3),
        move(f"{number}/passed", "firm/a", "provider", 2),
        hold(f"{number}/held", "pool", "firm/b", 5),
    ]
    if number == 1:
        some[2] = naming("post", "1/settled", "held", 1)
    elif number > 1:
        some[2] = move(f"{number}/more", "pool", "firm/b", 1)
    return some


def write(url: str, notes: Path, number: int) -> None:
    """Post groups from a number on, for ever; note each when it is acknowledged."""
    with (
        closing(psycopg.connect(url)) as conn,
        closing(psycopg.connect(url)) as other,
        notes.open("a", encoding="ascii") as file,
    ):
        while True:
            with conn.transaction():
                post(conn, group(number), actor=ACTOR)
            file.write(f"{number}\n")
            file.flush()
            os.fsync(file.fileno())
            if number % 7 == 0:
                seal(other)
            number += 1


def noted(notes: Path) -> list[int]:
    """Return what was acknowledged; a line that was cut off counts for nothing."""
    text = notes.read_text(encoding="ascii")
    return [int(line) for line in text.splitlines(keepends=True) if line[-1] == "\n"]


def address(held: Hold) -> str:
    return make_conninfo("", host=str(held.sockets), user=ROLE, dbname="book")


@pytest.fixture
def server(open_folder: Path) -> Iterator[Server]:
    """Give a server that writes through, with a book in it."""
    server = Server(data=open_folder / "pg", locks=open_folder)
    held = server.hold()
    execute(make_conninfo(address(held), dbname="postgres"), "CREATE DATABASE book")
    prepare(Database(address(held)))
    with closing(Database(address(held)).connect()) as conn:
        assert conn.execute("show fsync").fetchone() == ("on",)
        assert conn.execute("show synchronous_commit").fetchone() == ("on",)
        conn.rollback()
        small(conn, POOL)
        opened(conn, account("other"))
        give(conn, hold("held", "pool", "firm/b", 5))
    held.release()
    yield server
    server.hold().release()
    server.stop()


def kill_database(server: Server) -> None:
    """Kill the server and all of its processes at once."""
    running = server.running()
    assert running is not None
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    pids = [running.pid, *map(int, children.read_text(encoding="ascii").split())]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while server.running() is not None:
        time.sleep(0.005)


def rows_by_group(conn: psycopg.Connection) -> dict[int, int]:
    found = conn.execute(
        "select split_part(id, '/', 1)::bigint, count(*) from ledger_transfer "
        "where id ~ '^[0-9]+/' group by 1"
    ).fetchall()
    conn.rollback()
    return dict(found)


def check(conn: psycopg.Connection, acknowledged: list[int]) -> int:
    """See that all that was acknowledged is there, whole; return the last group."""
    there = rows_by_group(conn)
    assert set(acknowledged) - set(there) == set()
    assert set(there.values()) <= {3}
    # At most the one that was under way is there without having been acknowledged.
    assert len(set(there) - set(acknowledged)) <= 1
    return max(there, default=-1)


def rounds(server: Server, notes: Path, count: int, every: int) -> None:
    """Kill so many times, the writer or the database; look at the book afterwards."""
    draw = random.Random(20261201)
    notes.touch()
    for number in range(count):
        with server.hold() as held:
            url = address(held)
            done = noted(notes)
            start = done[-1] + 1 if done else 0
            with subprocess.Popen(
                [sys.executable, "-m", "tests.ledger.test_killed", url,
                 str(notes), str(start)],
                cwd=ROOT, stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            ) as writer:  # fmt: skip
                try:
                    while len(noted(notes)) == len(done):
                        assert writer.poll() is None
                        time.sleep(0.005)
                    time.sleep(draw.uniform(0, 0.2))
                    if number % 2:
                        kill_database(server)
                finally:
                    writer.kill()
        with server.hold() as held, closing(psycopg.connect(address(held))) as conn:
            conn.execute("set time zone 'UTC'")
            conn.commit()
            last = check(conn, noted(notes))
            if number % every == 0 or number == count - 1:
                seal_now(conn)
                found = verified(conn)
                assert (found.faults, found.unsealed) == ([], 0)
                # Each group takes 4 from the pool but the first (3, 5 held) and the
                # second (3, and 1 posted of what was held before).
                there = balance(conn, "pool")
                conn.rollback()
                assert there.has == POOL - 3 - 4 * last
                assert there.going == (5 if last else 10)


@pytest.mark.slow
def test_killed_writers_and_databases_lose_nothing_and_leave_nothing_half_done(
    server: Server, tmp_path: Path
) -> None:
    rounds(server, tmp_path / "notes", ROUNDS, every=1)


@pytest.mark.soak
def test_thousand_kills_lose_nothing_and_leave_nothing_half_done(
    server: Server, tmp_path: Path
) -> None:
    rounds(server, tmp_path / "notes", MANY, every=50)


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
