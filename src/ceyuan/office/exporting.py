# SPDX-License-Identifier: Apache-2.0
"""What is held, written out for others: one table per record type, as known then.

A table format's own log would be a second truth beside the catalogue's; so a Delta
table is something that is exported, never something that is lived in. What is personal
leaves as the sealed bytes that it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.store.sealing import open_values
from ceyuan.kernel import UsageError
from ceyuan.office.attempts import attempt, done
from ceyuan.office.firms import Firm, labels
from ceyuan.office.views import frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from pathlib import Path

    from ceyuan.facts.store import Kind, Reading
    from ceyuan.office.memory import Memory


def export(
    memory: Memory,
    record: str,
    folder: Path,
    *,
    as_of: date,
    known_at: datetime | None = None,
    delta: bool = False,
    purpose: str = "",
) -> int:
    """Write the records of a type into a folder; return how many.

    Args:
        memory: The office's memory.
        record: Record type.
        folder: Where to; new or empty.
        as_of: Day in the world.
        known_at: As known at a moment; now by default.
        delta: As a Delta table.
        purpose: A declared purpose; what is personal and may be used for it is
            opened, and that it was is kept. Without it, it stays sealed.

    Raises:
        UsageError: There is no such type or purpose, the folder is not empty, or the
            Delta library is not installed.
    """
    kind = memory.kind(record)
    if purpose and purpose not in memory.records.purposes:
        msg = f"没有声明用途 `{purpose}` (no such purpose)"
        raise UsageError(msg, hint=f"声明过的：{'、'.join(memory.records.purposes)}")
    reading = memory.reading(as_of, known_at)
    if folder.exists() and any(folder.iterdir()):
        msg = f"`{folder}` 不是空的 (the folder is not empty)"
        raise UsageError(msg, hint="给一个新的文件夹")
    made = _named(reading, kind, frames(reading, kind, as_of))
    if not purpose:
        return _delta(made, folder) if delta else _parquet(made, folder)
    with attempt(memory, "open", {"record": record, "purpose": purpose}) as number:
        clear = (_opened(memory, kind, frame, purpose) for frame in made)
        count = _delta(clear, folder) if delta else _parquet(clear, folder)
        with memory.transaction() as conn:
            done(conn, number)
    return count


def _named(
    reading: Reading, kind: Kind, made: Iterator[pl.DataFrame]
) -> Iterator[pl.DataFrame]:
    """Add codes and names, and the mark of what is invented."""
    called = labels(reading, kind.id) if kind.said.organisation else {}
    nobody = Firm(0, "", "")
    for table in made:
        firms = [called.get(org, nobody) for org in table["org"].to_list()]
        yield table.with_columns(
            pl.Series("code", [firm.code for firm in firms], dtype=pl.String),
            pl.Series("name", [firm.name for firm in firms], dtype=pl.String),
            pl.lit(value=reading.synthetic).alias("synthetic"),
        )


def _opened(
    memory: Memory, kind: Kind, frame: pl.DataFrame, purpose: str
) -> pl.DataFrame:
    """Open what is personal and may be used for a purpose; erased reads as erased."""
    clear = []
    for name in sorted(kind.personal & set(frame.columns)):
        if purpose not in kind.attributes[name].purpose:
            continue
        opened = open_values(
            memory.keyring(), frame[name].to_list(), record_type=kind.id, attribute=name
        )
        texts = [None if value is None else str(value) for value in opened.values]
        clear.append(pl.Series(name, texts, dtype=pl.String))
    return frame.with_columns(clear)


def _parquet(frames: Iterator[pl.DataFrame], folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for number, frame in enumerate(frames):
        frame.write_parquet(folder / f"part-{number:05d}.parquet", compression="zstd")
        count += frame.height
    return count


def _delta(frames: Iterator[pl.DataFrame], folder: Path) -> int:
    try:
        from deltalake import write_deltalake
    except ModuleNotFoundError as error:
        msg = "没有安装 Delta 的库 (the Delta library is not installed)"
        raise UsageError(msg, hint="pip install 'ceyuan[delta]'") from error
    count = 0
    for frame in frames:
        write_deltalake(
            str(folder), frame.to_arrow(), mode="append", schema_mode="merge"
        )
        count += frame.height
    return count
