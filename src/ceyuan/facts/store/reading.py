# SPDX-License-Identifier: Apache-2.0
"""What is read, before it is put together: which batches, as known when, as of when.

A reading is fixed when it is made. It names the batches that were known and not
withdrawn, the statements not sealed yet, and which handles were one organisation;
whatever becomes known later does not change it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.store.catalogue import PEOPLE
from ceyuan.facts.store.columns import BASE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime

    from ceyuan.facts.store.catalogue import Batch
    from ceyuan.facts.store.shelf import Shelf

LEAST, MOST = -(2**63), 2**63 - 1
SPAN_ROWS = 100_000
"""About so many organisations are read at a time: what is painted fits the cache."""

_GONE = "\x00absorbed"
_ALWAYS = ("org", "key", "year", "valid_from", "valid_to", "exact", "void")


@dataclass(frozen=True, slots=True)
class Layer:
    """Records of one source, the one that counts less first.

    Args:
        source: Who states them.
        frame: Records: organisation, key, year, attributes; later rows count more.
        absorbed: They are of organisations that others have absorbed: what is stated
            of the absorbing one itself counts more, whoever states it.
    """

    source: str
    frame: pl.DataFrame
    absorbed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What can be read.

    Args:
        shelf: Where sealed files stand.
        batches: The batches that are read, in the order they became known.
        as_of: Day in the world.
        cut: What people wrote after this moment is not read.
        aliases: Handles that are another organisation than themselves: `handle`,
            `org`.
        absorbed: Those of them that were organisations of their own.
        called: Names that were recorded of organisations, those of the day.
        written: Statements not sealed yet, by record type and source.
        claimed: Of what a list is complete, where it does not come from batches.
    """

    shelf: Shelf
    batches: tuple[Batch, ...]
    as_of: date
    cut: datetime
    aliases: pl.DataFrame
    written: Mapping[str, tuple[tuple[str, pl.DataFrame], ...]] = field(
        default_factory=dict
    )
    claimed: Mapping[str, bool | frozenset[str]] = field(default_factory=dict)
    absorbed: frozenset[int] = frozenset()
    called: Mapping[int, str] = field(default_factory=dict)

    @property
    def synthetic(self) -> bool:
        """Return whether anything that is read is invented."""
        return any(b.synthetic for b in self.batches)

    def of(self, record: str) -> tuple[Batch, ...]:
        """Return the batches of a record type."""
        return tuple(b for b in self.batches if b.record == record)

    def has(self, record: str) -> bool:
        """Return whether anybody states records of a type."""
        return bool(self.of(record)) or record in self.written

    def complete(self, record: str) -> bool | frozenset[str]:
        """Return of what the records of a type are complete: all, or some codes."""
        said = [b.complete for b in self.of(record)]
        said += [self.claimed[record]] if record in self.claimed else []
        if any(one is True for one in said):
            return True
        codes = [one for one in said if isinstance(one, frozenset)]
        return frozenset().union(*codes) or False

    def attributes(self, record: str) -> frozenset[str]:
        """Return the attributes of a record type that anybody states."""
        named = {a for b in self.of(record) for a in b.attributes}
        for _, frame in self.written.get(record, ()):
            named |= set(frame.columns) - set(BASE)
        return frozenset(named)

    def spans(self, record: str) -> list[tuple[int, int]]:
        """Return spans of organisations of about equal size that cover all."""
        rows = max((b.rows for b in self.of(record)), default=0)
        count = max(1, -(-rows // SPAN_ROWS))
        width = 2**64 // count
        edges = [LEAST + width * k for k in range(count)]
        return [
            (low, MOST if k == count - 1 else edges[k + 1] - 1)
            for k, low in enumerate(edges)
        ]

    def layers(
        self,
        record: str,
        attributes: Collection[str],
        *,
        span: tuple[int, int] | None = None,
        expired: bool = False,
        more: Collection[str] = (),
    ) -> tuple[Layer, ...]:
        """Return the records of a type by source, as of the day.

        Args:
            record: Record type.
            attributes: Attributes that are wanted.
            span: Organisations that are wanted, both ends included; all by default.
            expired: Records that no longer hold are wanted too.
            more: Further columns, such as `name`.
        """
        by_source: dict[str, list[pl.DataFrame]] = {}
        people = self._by_people(record)
        timed = (*more, "known_at")
        for batch in self.of(record):
            by_people = batch.source in people
            frame = self._batch(batch, attributes, span, timed if by_people else more)
            if not frame.height:
                continue
            if by_people and batch.kind != PEOPLE:
                frame = frame.with_columns(
                    pl.lit(batch.known_at, dtype=BASE["known_at"]).alias("known_at")
                )
            by_source.setdefault(batch.source, []).append(frame)
        for source, frame in self.written.get(record, ()):
            kept = self._mapped(frame.lazy(), span).collect()
            names = self._columns(kept.columns, attributes, timed)
            by_source.setdefault(source, []).append(kept.select(names))
        made = []
        for source, frames in by_source.items():
            joined = _joined(frames)
            if source in people and "known_at" in joined.columns:
                joined = joined.sort("known_at", maintain_order=True)
            rows = self._holding(joined, expired=expired)
            made += self._parted(source, rows)
        return tuple(made)

    def _parted(self, source: str, rows: pl.DataFrame) -> list[Layer]:
        """Return the layers of one source: its own firms', and absorbed ones'."""
        if not self.absorbed or _GONE not in rows.columns:
            return [Layer(source, rows)] if rows.height else []
        parts = rows.partition_by(_GONE, as_dict=True, include_key=False)
        return [Layer(source, part, bool(gone)) for (gone,), part in parts.items()]

    def _by_people(self, record: str) -> frozenset[str]:
        """Return the sources that state through people, too.

        What people wrote becomes known row by row and is sealed later, by
        organisation: neither the order of batches nor that of rows is the order in
        which such a source said things.
        """
        sealed = {b.source for b in self.of(record) if b.kind == PEOPLE}
        written = {source for source, _ in self.written.get(record, ())}
        return frozenset(sealed | written)

    def _batch(
        self,
        batch: Batch,
        attributes: Collection[str],
        span: tuple[int, int] | None,
        more: Collection[str],
    ) -> pl.DataFrame:
        frames = []
        for part in batch.parts:
            rows = self._mapped(self.shelf.scan([part]), span)
            if batch.kind == PEOPLE:
                rows = rows.filter(pl.col("known_at") <= self.cut)
            names = self._columns(rows.collect_schema().names(), attributes, more)
            frames.append(rows.select(names))
        return pl.concat(frames, how="diagonal").collect() if frames else pl.DataFrame()

    @staticmethod
    def _columns(
        there: Collection[str], attributes: Collection[str], more: Collection[str]
    ) -> list[str]:
        wanted = {*_ALWAYS, *attributes, *more, _GONE}
        return [name for name in there if name in wanted]

    def _mapped(self, rows: pl.LazyFrame, span: tuple[int, int] | None) -> pl.LazyFrame:
        """Put organisations for handles, and keep those of the span."""
        low, high = span or (LEAST, MOST)
        inside = pl.col("org").is_between(low, high)
        if low == LEAST:  # records of nobody stand before everybody's
            inside |= pl.col("org").is_null()
        if not self.aliases.height:
            return rows if span is None else rows.filter(inside)
        away = self.aliases["handle"]
        here = self.aliases.filter(inside)["handle"]
        if self.absorbed:
            gone = pl.Series(sorted(self.absorbed)).implode()
            rows = rows.with_columns(pl.col("org").is_in(gone).alias(_GONE))
        if span is not None:
            rows = rows.filter(
                (inside & ~pl.col("org").is_in(away.implode()))
                | pl.col("org").is_in(here.implode())
            )
        return rows.with_columns(
            pl.col("org").replace(away, self.aliases["org"]).alias("org")
        )

    def _holding(self, rows: pl.DataFrame, *, expired: bool) -> pl.DataFrame:
        """Keep what holds on the day, the earlier statement first."""
        since = pl.col("valid_from") <= self.as_of
        until = pl.col("valid_to").is_null() | (pl.col("valid_to") >= self.as_of)
        if rows["valid_from"].max() == rows["valid_from"].min():
            day = rows["valid_from"].max()
            if day is None or day > self.as_of:  # type: ignore[operator]
                return rows.clear()
            if expired or rows["valid_to"].null_count() == rows.height:
                return rows
            return rows.filter(until)
        kept = rows.filter(since if expired else since & until)
        if kept["valid_from"].is_sorted():
            return kept
        return kept.sort("valid_from", maintain_order=True)


def _joined(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal")
