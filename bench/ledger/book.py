# SPDX-License-Identifier: Apache-2.0
"""Reading the book: balances at any length of history, and the walk through it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.ledger.place import DAY, HISTORY, load
from bench.measure import peak_mb, tell
from ceyuan.ledger import balance, book_in, read_book, seal_now, verify_book, write_book

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.ledger.place import Place


def _took(work: Callable[[], object], times: int) -> list[float]:
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append((time.perf_counter() - start) * 1e3)
    return sorted(took)


def balances(place: Place) -> dict[str, float]:
    """Measure what an account with a long history has, now and on a day."""
    with place.connect(autocommit=True) as conn:
        conn.execute("vacuum (analyze) ledger_transfer")
        row = conn.execute(
            "select count(*) from ledger_transfer where debit = "
            "(select id from ledger_account where path = %s)",
            (HISTORY,),
        ).fetchone()
        assert row is not None
        now = _took(lambda: balance(conn, HISTORY), 2_000)
        then = _took(lambda: balance(conn, HISTORY, as_of=DAY), 3)
        few = _took(lambda: balance(conn, "firm/7", as_of=DAY), 20)
    tell(
        "balance",
        transfers=row[0],
        p50_ms=round(now[len(now) // 2], 3),
        p99_ms=round(now[int(len(now) * 0.99)], 3),
        as_of_ms=round(then[len(then) // 2], 1),
        as_of_short_history_ms=round(few[len(few) // 2], 2),
    )
    return {"p99": now[int(len(now) * 0.99)], "as_of": then[len(then) // 2]}


def walks(place: Place, folder: Path) -> dict[str, float]:
    """Measure the walk through the book, out of the database and out of a file."""
    found: dict[str, float] = {}
    with place.connect() as conn:
        seal_now(conn)
        conn.execute("set transaction isolation level repeatable read, read only")
        start = time.perf_counter()
        made = verify_book(book_in(conn))
        seconds = time.perf_counter() - start
        conn.rollback()
        assert made.ok, made.faults
        rows = made.transfers + made.events + made.audits
        found["database"] = rows / seconds
        _told(
            "verify, database", made.transfers, made.audits, made.seals, rows, seconds
        )
        path = folder / "book.ceyuan"
        start = time.perf_counter()
        write_book(book_in(conn), path)
        wrote = time.perf_counter() - start
        conn.rollback()
    tell(
        "export",
        rows=rows,
        seconds=round(wrote, 2),
        megabytes=round(path.stat().st_size / 1e6),
        rows_per_s=round(rows / wrote),
    )
    start = time.perf_counter()
    book, fits = read_book(path)
    made = verify_book(book)
    seconds = time.perf_counter() - start
    assert fits
    assert made.ok, made.faults
    found["export"] = rows / seconds
    _told("verify, export", made.transfers, made.audits, made.seals, rows, seconds)
    return found


def _told(
    name: str, transfers: int, audits: int, seals: int, rows: int, seconds: float
) -> None:
    tell(
        name,
        transfers=transfers,
        audits=audits,
        seals=seals,
        rows=rows,
        seconds=round(seconds, 2),
        rows_per_s=round(rows / seconds),
        load=load(),
        peak_mb=peak_mb(),
    )


def hashed(rows: int) -> float:
    """Return how many lines a second one thread of this machine hashes, no more."""
    import hashlib

    line = b"x" * 300
    start = time.perf_counter()
    for _ in range(rows):
        hashlib.sha256(line).digest()
    return rows / (time.perf_counter() - start)
