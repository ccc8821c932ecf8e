# SPDX-License-Identifier: Apache-2.0
"""Seals: what became known is closed under one root and one chained head.

Writers never queue for a head. Each holds, until its transaction ends, a shared lock
of the tenth of a second in which its rows became known (`ledger_moment`); a tenth that
is over and that nobody holds is complete for ever. A sealer closes all complete tenths
since the last seal: one Merkle root over the transfers, one over what happened to
accounts, one over the audit trail, and a head over these and the head before. Whoever
has seen a head knows all that came before it; publish one a day.

One worked example: seal 2's head is SHA-256 of the words
`2 <head of 1> <since> <upto> <counts> <roots>`, so no row of seal 1 can change without
every later head changing.
"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Self

import psycopg
from psycopg import sql

from ceyuan.facts.store.merkle import root as merkle_root
from ceyuan.ledger import queries as q

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

GENESIS = bytes(32)
"""The head before the first seal."""
OFFICE_TIME = timezone(timedelta(hours=8))
"""A day of the book ends when the office's day ends."""
_TABLES = ("ledger_transfer", "ledger_event", "audit")


@dataclass(frozen=True, slots=True)
class Seal:
    """One closed span of time.

    Args:
        number: Its place in the chain, from 1.
        since: First moment, included.
        upto: Last moment, not included.
        transfers: How many transfers.
        events: How many openings, limits and closings of accounts.
        audits: How many rows of the audit trail.
        roots: The Merkle roots of the three, in that order.
        head: Hash over all of this and the head before.
    """

    number: int
    since: datetime
    upto: datetime
    transfers: int
    events: int
    audits: int
    roots: tuple[bytes, bytes, bytes]
    head: bytes


def micros(moment: datetime) -> int:
    """Return a moment as whole microseconds since 1970, as lines write it."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def head_of(
    before: bytes,
    number: int,
    span: tuple[int, int],
    counts: tuple[int, int, int],
    roots: tuple[bytes, bytes, bytes],
) -> bytes:
    """Return the head of a seal: SHA-256 over its words and the head before."""
    words = [number, before.hex(), *span, *counts, *(r.hex() for r in roots)]
    return hashlib.sha256(" ".join(map(str, words)).encode()).digest()


def day_of(upto: datetime) -> date:
    """Return the day whose head a seal that ends then counts under."""
    return upto.astimezone(OFFICE_TIME).date()


def day_head(day: date, heads: Sequence[bytes]) -> bytes:
    """Return what is published for a day: over the heads of all of its seals."""
    root = merkle_root(b"".join(heads))
    words = f"{day} {root.hex()} {heads[-1].hex()}"
    return hashlib.sha256(words.encode()).digest()


def seal(conn: psycopg.Connection) -> Seal | None:
    """Close what is complete; None where there is nothing, or another one seals.

    The connection must not be in a transaction: this is one of its own.
    """
    with conn.transaction():
        row = conn.execute(q.TRY_SEALING, (q.SEALING,)).fetchone()
        if row is None or not row[0]:
            return None
        now, held = conn.execute(q.OPEN_TENTHS).fetchone() or (0, None)
        complete = now if held is None else min(now, held)
        upto = datetime.fromtimestamp(0, UTC) + timedelta(
            microseconds=complete * 100_000
        )
        last = conn.execute(q.LAST_SEAL).fetchone()
        if last is None:
            first = (conn.execute(q.FIRST_MOMENT).fetchone() or (None,))[0]
            if first is None:
                return None
            number, since, before = 1, first.astimezone(UTC), GENESIS
        else:
            number, since, before = last[0] + 1, last[1].astimezone(UTC), bytes(last[2])
        if upto <= since:
            return None
        leaves = [_leaves(conn, table, since, upto) for table in _TABLES]
        if not any(leaves):
            return None
        transfers, events, audits = (len(one) // 32 for one in leaves)
        first, second, third = (merkle_root(one) for one in leaves)
        roots = (first, second, third)
        head = head_of(
            before,
            number,
            (micros(since), micros(upto)),
            (transfers, events, audits),
            roots,
        )
        conn.execute(
            q.NEW_SEAL,
            (number, since, upto, transfers, events, audits, *roots, head),
        )
        return Seal(number, since, upto, transfers, events, audits, roots, head)


def _leaves(
    conn: psycopg.Connection, table: str, since: datetime, upto: datetime
) -> bytes:
    """Return the hashes of a table's rows of a span, one after the other."""
    statement = sql.SQL(q.LEAVES).format(
        table=sql.Identifier(table),
        since=sql.Literal(since),
        upto=sql.Literal(upto),
    )
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        text = b"".join(bytes(block) for block in copy)
    return bytes.fromhex(text.replace(b"\n", b"").decode())


def seal_now(conn: psycopg.Connection, *, patience: float = 2.0) -> Seal | None:
    """Close all that was known when this was called; return the last seal made.

    Waits for the tenth of a second to end, and for writers in it, at most so long.
    """
    row = conn.execute("select clock_timestamp()").fetchone()
    assert row is not None
    conn.rollback()
    wanted, made = row[0], None
    deadline = time.monotonic() + patience
    while True:
        made = seal(conn) or made
        last = conn.execute(q.LAST_SEAL).fetchone()
        left = conn.execute(
            q.UNSEALED, {"upto": last[1] if last else datetime.min.replace(tzinfo=UTC)}
        ).fetchone()
        conn.rollback()
        done = left is not None and not any(left)
        if done or (last is not None and last[1] > wanted):
            return made
        if time.monotonic() > deadline:
            return made
        time.sleep(0.02)


def seals(conn: psycopg.Connection, *, until: datetime | None = None) -> list[Seal]:
    """Return the seals in order, or those whose span ended by a moment."""
    where = "" if until is None else "where upto <= %s"
    rows = conn.execute(
        q.SEALS.format(where=where), () if until is None else (until,)
    ).fetchall()
    return [
        Seal(
            r[0],
            r[1].astimezone(UTC),
            r[2].astimezone(UTC),
            r[3],
            r[4],
            r[5],
            (bytes(r[6]), bytes(r[7]), bytes(r[8])),
            bytes(r[9]),
        )
        for r in rows
    ]


class Sealer:
    """Seals in the background, every second or so, until it is stopped.

    Args:
        connect: Gives a connection of its own.
        every: Seconds between two seals.
    """

    def __init__(
        self, connect: Callable[[], psycopg.Connection], *, every: float = 1.0
    ) -> None:
        self._connect, self._every = connect, every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)
        self.made = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        conn: psycopg.Connection | None = None
        while not self._stop.wait(self._every):
            try:
                conn = conn or self._connect()
                self.made += seal(conn) is not None
            except psycopg.OperationalError:
                # The database is away: whoever writes says so; sealing waits.
                conn = None
        if conn is not None:
            conn.close()
