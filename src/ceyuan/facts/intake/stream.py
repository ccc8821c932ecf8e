# SPDX-License-Identifier: Apache-2.0
"""Records of a file that is too big for memory, block by block.

A record that comes twice may stand in two blocks, and the first must not be handed
on before the second is seen. The one hard idea is to read the file twice: the first
time only whose its rows are, as one hash each, so that the second time the few that
come twice are held back and settled together, last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.intake.reading import Blocks, ask, finished, opened, read_book
from ceyuan.facts.intake.repeats import settle
from ceyuan.facts.intake.rows import RowsRead
from ceyuan.sheets import read_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from ceyuan.declarations.facts import Fact
    from ceyuan.declarations.forms import Form
    from ceyuan.declarations.record_types import RecordType
    from ceyuan.facts.columns import ColumnMap


class Batches:
    """The records of a file in frames of bounded size.

    `for frame in batches` gives them; then `batches.rest` says all else, with an
    empty frame. A small file is one frame.

    Args:
        source: The file, big or read already.
    """

    def __init__(self, source: Blocks | RowsRead) -> None:
        self._source = source
        self._rest: RowsRead | None = None

    @property
    def rest(self) -> RowsRead:
        """Return what was said while reading; only when all frames were taken."""
        if self._rest is None:
            msg = "take all frames before `rest`"
            raise ValueError(msg)
        return self._rest

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """Yield the records."""
        source = self._source
        if isinstance(source, RowsRead):
            yield source.frame
            source.frame = source.frame.clear()
            self._rest = source
            return
        twice = _twice(source)
        held: list[pl.DataFrame] = []
        asked = source.asked
        for frame in source:
            wait = _hashes(frame, dated=source.dated).is_in(twice.implode())
            if source.dated:
                wait |= frame["year"].is_null()
            held.append(frame.filter(wait))
            yield finished(frame.filter(~wait), asked)
        late = pl.concat(held, how="diagonal_relaxed")
        settled, denied = settle(late, asked, source.log)
        if settled.height:
            yield finished(settled, asked)
        self._rest = source.result(settled, denied)
        self._rest.frame = self._rest.frame.clear()


def _hashes(frame: pl.DataFrame, *, dated: bool) -> pl.Series:
    which = ["org", "key", "year"] if dated else ["org", "key"]
    some = frame.select(
        pl.col(n).cast(pl.Int16) if n == "year" else pl.col(n) for n in which
    )
    return some.hash_rows(seed=7)


def _twice(source: Blocks) -> pl.Series:
    """Return the hashes of the records that come twice."""
    hashes = pl.concat([_hashes(one, dated=source.dated) for one in source.owners()])
    return hashes.filter(hashes.is_duplicated()).unique()


def read_batches(
    path: Path,
    record: RecordType,
    *,
    facts: Mapping[str, Fact],
    as_of: date,
    columns: ColumnMap | None = None,
    form: Form | None = None,
    forms: Mapping[str, Form] | None = None,
    year: int | None = None,
    hidden: frozenset[str] | None = None,
) -> Batches:
    """Return the records of a file in frames of bounded size; else as `read_rows`."""
    asked = ask(record, facts, as_of, columns, form, year, hidden)
    big = opened(path, asked, forms or {})
    if big is not None:
        return Batches(big)
    return Batches(read_book(read_tables(path), asked, forms))
