# SPDX-License-Identifier: Apache-2.0
"""Tables of transfers: how fast, and what is left for others meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.ledger.clients import Clients
from bench.ledger.place import HISTORY, HOT, load, processor_s, table
from bench.measure import tell
from ceyuan.ledger.bulk import BATCH, _text, post_table

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from bench.ledger.place import Place

_PLAIN = """
create table if not exists bench_plain (
  ord bigint, id text, kind text, debit text, credit text, amount bigint,
  commodity text, code text, cause text, effective date, of_id text, expires date,
  link text)
"""


@dataclass(frozen=True, slots=True)
class Posted:
    """How a table was posted.

    Args:
        start: When it began, on the machine's own clock.
        stop: When it ended.
        cpu_us: Microseconds of processor that the server took for a row.
    """

    start: float
    stop: float
    cpu_us: float

    @property
    def seconds(self) -> float:
        """Return how long it took."""
        return self.stop - self.start


def posted(place: Place, rows: pa.Table) -> Posted:
    """Post a table; every row of it is new and taken."""
    with place.connect(autocommit=True) as conn:
        before, start = processor_s(conn), time.perf_counter()
        made = post_table(conn, rows, actor="bench")
        stop, after = time.perf_counter(), processor_s(conn)
    assert made.posted == rows.num_rows, made.refused[:1]
    return Posted(start, stop, (after - before) / rows.num_rows * 1e6)


def copied(place: Place, rows: pa.Table) -> float:
    """Return the seconds of COPY of the same rows into a plain table, in batches."""
    with place.connect(autocommit=True) as conn:
        conn.execute("drop table if exists bench_plain")
        conn.execute(_PLAIN)
        start = time.perf_counter()
        for at in range(0, rows.num_rows, BATCH):
            with (
                conn.transaction(),
                conn.cursor() as cursor,
                cursor.copy("copy bench_plain from stdin") as copy,
            ):
                copy.write(_text(rows.slice(at, BATCH)))
        seconds = time.perf_counter() - start
        conn.execute("drop table bench_plain")
    return seconds


def many(place: Place, folder: Path, rows: int) -> dict[str, float]:
    """Measure tables of transfers, alone and beside a client; return the rates."""
    found: dict[str, float] = {}
    plain = table(rows)
    seconds = copied(place, plain)
    found["copy"] = rows / seconds
    tell(
        "copy plain table",
        rows=rows,
        seconds=round(seconds, 2),
        rows_per_s=round(rows / seconds),
    )
    for name, hot in (("distinct", ""), ("hot", HOT)):
        alone = posted(place, table(rows, hot=hot))
        found[name] = rows / alone.seconds
        tell(f"post_table {name}", **_rates(rows, alone))
        with Clients("bare", folder, place.url, count=1) as clients:
            beside = posted(place, table(rows, hot=hot))
        said = clients.said
        found[f"{name} beside"] = rows / beside.seconds
        found[f"{name} singles"] = said.between(beside.start, beside.stop)
        tell(
            f"post_table {name}, a client beside",
            **_rates(rows, beside),
            singles_per_s=round(found[f"{name} singles"]),
            singles_p99_ms=round(said.percentile(0.99), 1),
            deadlocks=said.deadlocks,
        )
    with Clients("shared", folder, place.url, count=1) as clients:
        beside = posted(place, table(rows))
    said = clients.said
    found["shared singles"] = said.between(beside.start, beside.stop)
    tell(
        "post_table distinct, a client on the same accounts",
        **_rates(rows, beside),
        singles_per_s=round(found["shared singles"]),
        singles_p99_ms=round(said.percentile(0.99), 1),
        deadlocks=said.deadlocks,
    )
    return found


def _rates(rows: int, made: Posted) -> dict[str, object]:
    return {
        "rows": rows,
        "seconds": round(made.seconds, 2),
        "rows_per_s": round(rows / made.seconds),
        "server_cpu_us": round(made.cpu_us, 1),
        "load": load(),
    }


def history(place: Place, rows: int) -> float:
    """Put so many transfers on one account; return rows per second."""
    step, spent = 200_000, 0.0
    for at in range(0, rows, step):
        spent += posted(place, table(min(step, rows - at), hot=HISTORY)).seconds
    tell("history", rows=rows, seconds=round(spent, 1), rows_per_s=round(rows / spent))
    return rows / spent
