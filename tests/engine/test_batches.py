# SPDX-License-Identifier: Apache-2.0
"""Batches come back in order, bounded; files appear only when complete."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import polars as pl
import pyarrow.parquet as pq
import pytest

from ceyuan.engine import parquet_to_parquet, run_batches, slices

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Doubles:
    """A plan that doubles a column; refuses a negative number."""

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        if (frame["x"] < 0).any():
            msg = "negative"
            raise ValueError(msg)
        return pl.DataFrame({"double": frame["x"] * 2})


def test_slices_uneven_end_gives_every_row_once():
    frame = pl.DataFrame({"x": range(7)})
    assert [[0, 1, 2], [3, 4, 5], [6]] == [b["x"].to_list() for b in slices(frame, 3)]


def test_run_batches_slow_first_batch_keeps_the_order():
    def work(frame: pl.DataFrame) -> pl.DataFrame:
        if frame["x"][0] == 0:
            time.sleep(0.05)
        return frame * 10

    frames = slices(pl.DataFrame({"x": range(9)}), 2)
    found = pl.concat(run_batches(frames, work, threads=3))
    assert [x * 10 for x in range(9)] == found["x"].to_list()


def test_run_batches_taken_slowly_reads_only_a_little_ahead():
    read = 0

    def frames() -> Iterator[pl.DataFrame]:
        nonlocal read
        for number in range(50):
            read += 1
            yield pl.DataFrame({"x": [number]})

    results = run_batches(frames(), lambda frame: frame, threads=2)
    assert [0] == next(results)["x"].to_list()
    assert read == 3
    results.close()  # type: ignore[attr-defined]


def test_run_batches_two_threads_work_at_the_same_time():
    meet = threading.Barrier(2, timeout=10)

    def work(frame: pl.DataFrame) -> pl.DataFrame:
        meet.wait()  # breaks unless both threads get here
        return frame

    frames = slices(pl.DataFrame({"x": range(4)}), 1)
    assert 4 == sum(f.height for f in run_batches(frames, work, threads=2))


def test_run_batches_failing_batch_raises_its_error():
    frames = slices(pl.DataFrame({"x": [1, 2, -3, 4]}), 1)
    results = run_batches(frames, Doubles().run, threads=2)
    with pytest.raises(ValueError, match="negative"):
        list(results)


def test_parquet_to_parquet_many_batches_equals_one_run(tmp_path: Path):
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    frame = pl.DataFrame({"id": [f"f{k}" for k in range(1000)], "x": range(1000)})
    frame.write_parquet(source, row_group_size=300)
    rows = parquet_to_parquet(source, target, Doubles(), keep=["id"], batch_rows=128)
    assert rows == 1000
    expected = frame.select("id", double=pl.col("x") * 2)
    assert expected.equals(pl.read_parquet(target))
    column = pq.ParquetFile(target).metadata.row_group(0).column(1)
    assert "ZSTD" == column.compression
    assert [source, target] == sorted(tmp_path.iterdir())


def test_parquet_to_parquet_failing_batch_leaves_no_file(tmp_path: Path):
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pl.DataFrame({"x": [*range(500), -1]}).write_parquet(source)
    with pytest.raises(ValueError, match="negative"):
        parquet_to_parquet(source, target, Doubles(), batch_rows=100)
    assert [source] == list(tmp_path.iterdir())


def test_parquet_to_parquet_empty_source_writes_the_columns_of_no_row(tmp_path: Path):
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pl.DataFrame({"x": pl.Series([], dtype=pl.Int64)}).write_parquet(source)
    assert 0 == parquet_to_parquet(source, target, Doubles())
    found = pl.read_parquet(target)
    assert {"double": pl.Int64} == dict(found.schema)
    assert found.height == 0
