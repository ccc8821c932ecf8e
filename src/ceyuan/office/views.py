# SPDX-License-Identifier: Apache-2.0
"""What is held of all records of a type on a day, as one table; kept, once made.

A view of a snapshot never changes, so it is made once and kept under the hash of all
that it depends on: the snapshot, the day, the declarations, the type. What is kept can
be deleted at any time and is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from typing import TYPE_CHECKING
from uuid import uuid4

import polars as pl

from ceyuan.engine import run_batches
from ceyuan.facts.store import (
    as_known,
    make_snapshot,
    of_snapshot,
    records,
    view,
)
from ceyuan.facts.store.columns import column_type
from ceyuan.language import column_name
from ceyuan.office.disagreements import every
from ceyuan.office.running import check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime
    from fractions import Fraction
    from pathlib import Path

    from ceyuan.facts.store import Kind, Reading
    from ceyuan.language import FactKey
    from ceyuan.office.memory import Memory


def frames(reading: Reading, kind: Kind, as_of: date) -> Iterator[pl.DataFrame]:
    """Yield what is held of the records of a type, span by span, all columns alike.

    A type with yearly attributes has one row per subject and a column per year.
    """
    if not kind.said.facts_of:
        stated = reading.attributes(kind.id)
        names = [name for name in kind.attributes if name in stated]
        for span in reading.spans(kind.id):
            table = records(reading, kind, span=span)
            yield table.with_columns(
                _nothing(kind, name, name)
                for name in names
                if name not in table.columns
            ).select("org", "key", *names)
        return
    wanted = every(reading, kind, as_of)
    columns = [pl.col("org"), pl.col("key")]

    def work(span: tuple[int, int]) -> pl.DataFrame:
        found = view(reading, kind, wanted, span=span)
        there = found.frame
        gaps = [
            _nothing(kind, name, column)
            for name, year in wanted
            if (column := column_name(name, year)) not in there.columns
        ]
        table = found.ids.hstack(there.drop("", strict=False)).with_columns(gaps)
        exact = [
            _exact(found.exact[row]) if row in found.exact else None
            for row in range(table.height)
        ]
        return table.select(
            *columns,
            *(column_name(*key) for key in wanted),
            pl.Series("exact", exact, dtype=pl.String),
        )

    yield from run_batches(reading.spans(kind.id), work)


def _nothing(kind: Kind, name: str, column: str) -> pl.Expr:
    attribute = kind.attributes[name]
    dtype = column_type(attribute, personal=name in kind.personal)
    return pl.lit(None, dtype=dtype).alias(column)


def _exact(numbers: Mapping[FactKey, Fraction]) -> str:
    """Return numbers that do not fit their columns, as JSON by column."""
    return json.dumps({column_name(*key): str(n) for key, n in numbers.items()})


def held_table(
    memory: Memory,
    record: str,
    *,
    as_of: date,
    known_at: datetime | None = None,
) -> pl.LazyFrame:
    """Return what is held of all records of a type on a day; kept for the next time.

    Args:
        memory: The office's memory.
        record: Record type.
        as_of: Day in the world.
        known_at: As known at a moment; now by default.

    Raises:
        UsageError: There is no such record type.
        Damaged: A sealed file is missing or was altered.
    """
    kind = memory.kind(record)
    with memory.transaction() as conn:
        snapshot = make_snapshot(
            conn, memory.shelf, memory.kinds, actor=memory.actor, known_at=known_at
        )
        text = f"1 {snapshot.id} {as_of} {memory.declared.digest} {record}"
        name = hashlib.sha256(text.encode()).hexdigest()
        place = memory.cache / "views" / name
        if place.is_dir():
            return _kept(place)
        reading = of_snapshot(conn, memory.shelf, snapshot, as_of=as_of)
    check(memory, reading)
    _keep(frames(reading, kind, as_of), place)
    return _kept(place)


def _kept(place: Path) -> pl.LazyFrame:
    """Return what is kept in a folder; nothing where nobody was recorded."""
    files = sorted(place.glob("*.parquet"))
    return pl.scan_parquet(files, glob=False) if files else pl.LazyFrame()


def held_now(
    memory: Memory, record: str, *, as_of: date, known_at: datetime | None = None
) -> pl.DataFrame:
    """Return the same without sealing or keeping anything."""
    kind = memory.kind(record)
    with memory.transaction() as conn:
        reading = as_known(
            conn, memory.shelf, memory.kinds, as_of=as_of, known_at=known_at
        )
    found = list(frames(reading, kind, as_of))
    return pl.concat(found, how="diagonal") if found else pl.DataFrame()


def _keep(made: Iterator[pl.DataFrame], place: Path) -> None:
    draft = place.with_name(f".{uuid4().hex}")
    draft.mkdir(parents=True)
    try:
        for number, frame in enumerate(made):
            frame.write_parquet(draft / f"{number:05d}.parquet", compression="lz4")
        with contextlib.suppress(OSError):  # another one has made it meanwhile
            os.rename(draft, place)  # noqa: PTH104 - must fail where it is there
    finally:
        shutil.rmtree(draft, ignore_errors=True)
