# SPDX-License-Identifier: Apache-2.0
"""A few organisations, with everything that was stated of them and by whom.

Looking closely at a thousand firms among a million must not read the million for
each of them. The rows that speak of the few are taken out of every file once; what
is left is a reading like any other, only small, in which each row still knows the
batch or the statement that it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.store.catalogue import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from ceyuan.facts.store import Batch, Kind, Reading


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was stated.

    Args:
        source: Who stated it.
        batch: The batch; empty for a statement that is not sealed yet.
        statement: Number of the statement that a person wrote; None for a file's row.
        file: Name of the file that was handed in, where it is known.
        row: The row of that file's sheet.
        known_at: When it became known.
        handle: The handle that it was stated of.
    """

    source: str
    batch: str
    statement: int | None
    file: str
    row: int | None
    known_at: datetime | None
    handle: int


@dataclass(frozen=True, slots=True)
class Stated:
    """Rows of one batch, or of what people wrote since the last sealing.

    Args:
        source: Who states them.
        batch: The batch; None for what is not sealed.
        frame: The rows that speak of the few.
    """

    source: str
    batch: Batch | None
    frame: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Few:
    """What is known of a few organisations.

    Args:
        reading: The same, to be read.
        whole: The reading that it was taken from.
        stated: Rows by record type, in the order in which they count.
    """

    reading: Reading
    whole: Reading
    stated: Mapping[str, tuple[Stated, ...]]

    def handles(self, org: int) -> frozenset[int]:
        """Return the handles that mean an organisation."""
        return handles(self.whole, org)

    def rows(
        self, record: str, org: int, key: str
    ) -> list[tuple[Stated, pl.DataFrame]]:
        """Return the rows that speak of one record, with where they stand."""
        of = list(self.handles(org))
        found = []
        for one in self.stated.get(record, ()):
            rows = one.frame.filter(pl.col("org").is_in(of) & (pl.col("key") == key))
            if rows.height:
                found.append((one, rows))
        return found

    def origin(
        self, kind: Kind, org: int, key: str, attribute: str, year: int | None
    ) -> Origin | None:
        """Return where the value that is held was stated; None where nobody did."""
        best: dict[tuple[bool, str], tuple[Stated, dict[str, object]]] = {}
        for one, frame in self.rows(kind.id, org, key):
            for row in frame.iter_rows(named=True):
                if not self._speaks(row, attribute, year):
                    continue
                # What is stated of an absorbed firm counts after all that is its own.
                place = row["org"] in self.whole.absorbed, one.source
                before = best.get(place)
                if before is None or before[1]["valid_from"] <= row["valid_from"]:
                    best[place] = one, row
        order = {s: at for at, s in enumerate(kind.attributes[attribute].sources)}
        for place in sorted(best, key=lambda p: (p[0], order.get(p[1], len(order)))):
            return _origin(*best[place])
        return None

    def of_record(self, kind: Kind, org: int, key: str) -> Origin | None:
        """Return where a record of a list was last stated."""
        found = self.rows(kind.id, org, key)
        if not found:
            return None
        one, frame = found[-1]
        return _origin(one, frame.row(frame.height - 1, named=True))

    def name(self, record: str, org: int) -> tuple[str, str]:
        """Return code and name of an organisation as last stated; empty for none."""
        code = name = ""
        for of in (sorted(self.handles(org) - {org}), [org]):  # its own word last
            for one in self.stated.get(record, ()):
                rows = one.frame.filter(pl.col("org").is_in(of))
                code, name = _last(rows, "code") or code, _last(rows, "name") or name
        return code, name

    def _speaks(
        self, row: Mapping[str, object], attribute: str, year: int | None
    ) -> bool:
        """Return whether a row states an attribute of a year, and holds on the day."""
        as_of = self.whole.as_of
        since, until = row["valid_from"], row.get("valid_to")
        if since is None or since > as_of:  # type: ignore[operator]
            return False
        if until is not None and until < as_of:  # type: ignore[operator]
            return False
        if year is not None and row.get("year") != year:
            return False
        if row.get(attribute) is not None:
            return True
        exact, void = row.get("exact"), row.get("void")
        return (isinstance(exact, str) and f'"{attribute}":' in exact) or (
            isinstance(void, list) and attribute in void
        )


def _last(rows: pl.DataFrame, column: str) -> str:
    said = rows[column].drop_nulls() if column in rows.columns else rows.to_series()[:0]
    return str(said[-1]) if said.len() else ""


def handles(reading: Reading, org: int) -> frozenset[int]:
    """Return the handles that mean an organisation, as a reading knows them."""
    aliases = reading.aliases
    if not aliases.height:
        return frozenset({org})
    named = frozenset(aliases.filter(pl.col("org") == org)["handle"])
    away = aliases.filter(pl.col("handle") == org).height
    return named if away else named | {org}


def few(reading: Reading, orgs: Collection[int], records: Iterable[str]) -> Few:
    """Return what a reading holds of a few organisations.

    Args:
        reading: The whole.
        orgs: The few.
        records: Record types that are wanted.
    """
    wanted = _all_handles(reading, orgs)
    stated: dict[str, tuple[Stated, ...]] = {}
    for record in dict.fromkeys(records):
        if not reading.has(record):
            continue
        found = [
            Stated(batch.source, batch, _rows(reading, batch, wanted))
            for batch in reading.of(record)
        ]
        found += [
            Stated(source, None, frame.filter(pl.col("org").is_in(wanted.implode())))
            for source, frame in reading.written.get(record, ())
        ]
        stated[record] = tuple(one for one in found if one.frame.height)
    small = replace(
        reading,
        batches=(),
        written={
            record: tuple((one.source, one.frame) for one in found)
            for record, found in stated.items()
        },
        claimed={record: reading.complete(record) for record in stated},
    )
    return Few(small, reading, stated)


def _all_handles(reading: Reading, orgs: Collection[int]) -> pl.Series:
    own = pl.Series(sorted(orgs), dtype=pl.Int64)
    if not reading.aliases.height:
        return own
    more = reading.aliases.filter(pl.col("org").is_in(own.implode()))["handle"]
    return pl.concat([own, more]).unique().sort()


def _rows(reading: Reading, batch: Batch, wanted: pl.Series) -> pl.DataFrame:
    frames = []
    for part in batch.parts:
        rows = reading.shelf.scan([part]).filter(pl.col("org").is_in(wanted.implode()))
        if batch.kind == PEOPLE:
            rows = rows.filter(pl.col("known_at") <= reading.cut)
        frames.append(rows.collect())
    return pl.concat(frames, how="diagonal") if frames else pl.DataFrame()


def _origin(one: Stated, row: Mapping[str, object]) -> Origin:
    batch, at = one.batch, row.get("row")
    by_hand = batch is None or batch.kind == PEOPLE
    file = ""
    number = row.get("file")
    if batch is not None and isinstance(number, int) and number < len(batch.files):
        file = batch.files[number].name
    known = row.get("known_at") or (None if batch is None else batch.known_at)
    handle = row["org"]
    assert isinstance(handle, int)
    return Origin(
        one.source,
        "" if batch is None else batch.id,
        at if by_hand and isinstance(at, int) else None,
        file,
        at if not by_hand and isinstance(at, int) else None,
        known,  # type: ignore[arg-type]
        handle,
    )
