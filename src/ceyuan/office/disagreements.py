# SPDX-License-Identifier: Apache-2.0
"""Where sources differ: both values, whose they are, and which one counts.

The better source counts until somebody disputes it with evidence and an office
decides. A disagreement that a ruling has settled is none any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.store import view
from ceyuan.office.firms import FIRM, Firm, labels
from ceyuan.office.stating import as_plain, from_cell

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from ceyuan.facts.store import Kind, Reading
    from ceyuan.facts.store.statements import Value
    from ceyuan.kernel import Unknown
    from ceyuan.language import FactKey
    from ceyuan.office.memory import Memory


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two sources that differ about one attribute.

    Args:
        firm: Whose attribute.
        key: Key of the record; empty where the type has none.
        attribute: The attribute.
        year: Its year; None for an attribute without one.
        best: The source that counts.
        best_value: What it states.
        other: The source that does not.
        other_value: What that one states.
    """

    firm: Firm
    key: str
    attribute: str
    year: int | None
    best: str
    best_value: Value | Unknown
    other: str
    other_value: Value | Unknown

    def as_json(self) -> dict[str, object]:
        """Return it ready for `json.dumps`."""
        return {
            "code": self.firm.code,
            "name": self.firm.name,
            "key": self.key,
            "attribute": self.attribute,
            "year": self.year,
            "best": {"source": self.best, "value": as_plain(self.best_value)},
            "other": {"source": self.other, "value": as_plain(self.other_value)},
        }


@dataclass(frozen=True, slots=True)
class Disagreements:
    """What was found.

    Args:
        shown: The disagreements, firm by firm; at most as many as asked for.
        counts: How many there are per attribute.
        subjects: How many subjects have one.
        synthetic: The facts are invented.
    """

    shown: tuple[Disagreement, ...]
    counts: dict[str, int]
    subjects: int
    synthetic: bool

    @property
    def total(self) -> int:
        """Return how many there are."""
        return sum(self.counts.values())


def disagreements(
    memory: Memory,
    *,
    as_of: date,
    known_at: datetime | None = None,
    record: str = FIRM,
    firm: Firm | None = None,
    attribute: str = "",
    limit: int = 50,
) -> Disagreements:
    """Return where sources differ.

    Args:
        memory: The office's memory.
        as_of: Day in the world.
        known_at: As known at a moment; now by default.
        record: Record type.
        firm: Only of this firm.
        attribute: Only of this attribute.
        limit: So many are named; all are counted.

    Raises:
        UsageError: There is no such record type or attribute.
    """
    kind = memory.kind(record)
    if attribute:
        memory.records.attribute(record, attribute)
    reading = memory.reading(as_of, known_at)
    spans: Iterable[tuple[int, int]] = (
        [(firm.org, firm.org)] if firm else reading.spans(record)
    )
    wanted = every(reading, kind, as_of, only=attribute)
    counts: dict[str, int] = {}
    kept: list[pl.DataFrame] = []
    subjects = room = 0
    for span in spans:
        held = view(reading, kind, wanted, span=span, conflicts=True)
        if not held.conflicts.height:
            continue
        subjects += held.conflicts["row"].n_unique()
        found = held.conflicts.with_columns(
            pl.col("column").str.split("@").list.first().alias("attribute")
        )
        for name, number in found["attribute"].value_counts().iter_rows():
            counts[name] = counts.get(name, 0) + number
        if room < limit:
            ids = held.ids.with_row_index("row").cast({"row": pl.Int64})
            part = found.join(ids, on="row").sort("org", "key", "column")
            kept.append(part.head(limit - room))
            room += kept[-1].height
    rows = pl.concat(kept) if kept else pl.DataFrame()
    called = labels(reading, record, rows["org"].to_list() if rows.height else [])
    return Disagreements(
        tuple(_one(row, kind, called) for row in rows.iter_rows(named=True)),
        dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        subjects,
        reading.synthetic,
    )


def every(
    reading: Reading, kind: Kind, as_of: date, *, only: str = ""
) -> list[FactKey]:
    """Return every attribute that anybody states, with the years there can be."""
    keys: list[FactKey] = []
    for name in sorted(reading.attributes(kind.id) & set(kind.attributes)):
        if only and name != only:
            continue
        years = range(as_of.year - 10, as_of.year + 1)
        yearly = kind.attributes[name].yearly
        keys += [(name, y) for y in years] if yearly else [(name, None)]
    return keys


def _one(row: dict[str, object], kind: Kind, called: dict[int, Firm]) -> Disagreement:
    name, _, year = str(row["column"]).partition("@")
    attribute = kind.attributes[name]
    org = row["org"]
    assert isinstance(org, int)
    return Disagreement(
        called.get(org, Firm(org, "", "")),
        str(row["key"]),
        name,
        int(year) if year else None,
        str(row["best"]),
        from_cell(row["best_value"], attribute),
        str(row["other"]),
        from_cell(row["other_value"], attribute),
    )
