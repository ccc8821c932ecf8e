# SPDX-License-Identifier: Apache-2.0
"""Work over batches: several at once, handed back in order, never all in memory.

A batch should fit the cache, a table need not fit the memory. Polars releases the
interpreter while it computes, so plain threads do, as long as a batch is large
enough that one operation outlasts the hand-over between threads. What is in flight
is bounded: one batch per thread, and one more that waits.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING, Protocol, TypeVar

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from pyarrow.parquet import ParquetFile

BATCH_ROWS = 131_072
_T = TypeVar("_T")


class Runs(Protocol):
    """Whatever turns a batch of facts into a batch of results: a plan."""

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the results on one batch, in the order of its rows."""


def slices(frame: pl.DataFrame, rows: int = BATCH_ROWS) -> Iterator[pl.DataFrame]:
    """Return a frame in batches; nothing is copied."""
    for start in range(0, frame.height, rows):
        yield frame.slice(start, rows)


def run_batches(
    frames: Iterable[_T],
    work: Callable[[_T], pl.DataFrame],
    *,
    threads: int | None = None,
) -> Iterator[pl.DataFrame]:
    """Return the result of each batch, in order.

    Args:
        frames: The batches, or what they are made from; read only a little ahead
            of what is handed back.
        work: What is done with each.
        threads: How many at once; all that this process may use by default.
    """
    count = threads or _available()
    waiting: deque[Future[pl.DataFrame]] = deque()
    with ThreadPoolExecutor(count) as pool:
        try:
            for frame in frames:
                waiting.append(pool.submit(work, frame))
                if len(waiting) > count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def parquet_to_parquet(
    source: Path,
    target: Path,
    plan: Runs,
    *,
    keep: Sequence[str] = (),
    batch_rows: int = BATCH_ROWS,
    threads: int | None = None,
) -> int:
    """Run a plan over a Parquet file into another one; return the rows written.

    Rows keep their order. The target appears when it is complete.

    Args:
        source: One row per subject, columns of facts.
        target: One row per subject, columns of results, compressed with zstd.
        plan: What is run on each batch.
        keep: Columns of the source that go in front of the results.
        batch_rows: Rows of a batch.
        threads: Batches at once; all that this process may use by default.
    """
    import pyarrow.parquet as pq

    def work(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(keep).hstack(plan.run(frame)) if keep else plan.run(frame)

    with pq.ParquetFile(source, pre_buffer=False) as table:
        frames = _frames(table, batch_rows)
        return _write(run_batches(frames, work, threads=threads), target)


def _frames(table: ParquetFile, rows: int) -> Iterator[pl.DataFrame]:
    """Return a file in batches; one row group is open at a time."""
    if not table.metadata.num_rows:  # no batch, yet the columns of the results
        yield pl.DataFrame(pl.from_arrow(table.schema_arrow.empty_table()))
    for group in range(table.num_row_groups):
        for batch in table.iter_batches(batch_size=rows, row_groups=[group]):
            yield pl.DataFrame(pl.from_arrow(batch))


def _write(frames: Iterator[pl.DataFrame], target: Path) -> int:
    import pyarrow.parquet as pq

    part = target.with_name(f".{target.name}.part")
    rows = 0
    try:
        first = next(frames).to_arrow()
        with pq.ParquetWriter(part, first.schema, compression="zstd") as writer:
            for table in chain([first], (frame.to_arrow() for frame in frames)):
                writer.write_table(table)
                rows += table.num_rows
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return rows


def _available() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
