# SPDX-License-Identifier: Apache-2.0
"""From what sources state to what is held: one value per record and attribute.

Per attribute the sources stand in an order. The view is painted: first what the
source at the end of the order states, over it the next better one, and so on; within
one source the earlier statement first. What is painted is not values but row numbers,
so that any kind of value is painted alike and every value still knows its row.

A better source hides a lower one, never silently: where both state something and it
differs, the place is listed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ceyuan.engine import Linked
from ceyuan.facts.store.columns import column_type
from ceyuan.facts.store.painting import Painter, is_keyless, place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from fractions import Fraction

    from ceyuan.facts.store.kinds import Kind
    from ceyuan.facts.store.reading import Layer, Reading
    from ceyuan.language import FactKey

_CONFLICT = {
    "row": pl.Int64,
    "column": pl.String,
    "best": pl.String,
    "other": pl.String,
    "best_value": pl.String,
    "other_value": pl.String,
}


@dataclass(slots=True)
class View:
    """What is held of the subjects of one span.

    Args:
        ids: One row per subject: `org` and `key`, sorted.
        frame: Facts, one row per subject (`engine.frames`).
        exact: Numbers that do not fit the frame, by row, name and year.
        linked: Linked records by the name of the fact that reads them.
        conflicts: Where sources differ: `row`, `column`, the `best` source and the
            `other` one, and what each states, as it stands in the column.
    """

    ids: pl.DataFrame
    frame: pl.DataFrame
    exact: dict[int, dict[FactKey, Fraction]] = field(default_factory=dict)
    linked: dict[str, Linked] = field(default_factory=dict)
    conflicts: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema=_CONFLICT)
    )


def view(
    reading: Reading,
    kind: Kind,
    wanted: Collection[FactKey],
    *,
    span: tuple[int, int] | None = None,
    conflicts: bool = False,
    feeds: Sequence[Kind] = (),
) -> View:
    """Return what is held of the subjects of a record type.

    Args:
        reading: What is read.
        kind: The record type of the subjects.
        wanted: Facts that are wanted, with their years.
        span: Organisations that are wanted; all by default.
        conflicts: Whether differences between sources are listed.
        feeds: Record types whose records are linked to the subjects.
    """
    attributes = kind.attributes
    names = {name for name, _ in wanted if name in attributes}
    layers = reading.layers(kind.id, names, span=span)
    ids = _ids(layers)
    placed = [place(layer, ids) for layer in layers]
    made = View(ids, pl.DataFrame())
    columns: list[pl.Series] = []
    found: list[pl.DataFrame] = []
    for name in sorted(names):
        attribute = attributes[name]
        painter = Painter(attribute, name, placed, ids.height, conflicts=conflicts)
        years: Iterable[int | None] = (
            sorted({y for n, y in wanted if n == name and y is not None})
            if attribute.yearly
            else (None,)
        )
        for year in years:
            series = painter.paint(year)
            if series is not None:
                columns.append(series)
            for row, number in painter.exact.items():
                made.exact.setdefault(row, {})[name, year] = number
        found += painter.conflicts
    made.frame = (
        pl.DataFrame(columns)
        if columns
        else pl.DataFrame({"": pl.Series([None] * ids.height)})
    )
    if found:
        made.conflicts = pl.concat(found)
    for one in feeds:
        linked = _linked(reading, one, ids, span)
        if linked is not None:
            made.linked[one.feeds] = linked
    return made


def _ids(layers: Sequence[Layer]) -> pl.DataFrame:
    """Return the subjects that any layer names, sorted."""
    if not layers:
        return pl.DataFrame(schema={"org": pl.Int64, "key": pl.String})
    if all(is_keyless(layer) for layer in layers):
        found = pl.concat([layer.frame["org"] for layer in layers]).unique().sort()
        return pl.DataFrame(
            [found, pl.Series("key", [""]).new_from_index(0, len(found))]
        )
    frames = [layer.frame.select("org", "key") for layer in layers]
    return pl.concat([f.unique() for f in frames]).unique().sort("org", "key")


def _linked(
    reading: Reading,
    kind: Kind,
    ids: pl.DataFrame,
    span: tuple[int, int] | None,
) -> Linked | None:
    """Return the records of a type that belong to the subjects."""
    if not reading.has(kind.id):
        return None
    held = standing(reading, kind, span=span, only=kind.fields)
    subjects = ids.select("org").with_row_index("row")
    fields = [name for name in kind.fields if name in held.columns]
    joined = held.join(subjects, on="org", how="inner").sort("row", "key")
    frame = joined.select(pl.col("row").cast(pl.Int64), *fields)
    missing = [n for n in kind.fields if n not in fields]
    if missing:
        frame = frame.with_columns(
            pl.lit(None, dtype=column_type(kind.attributes[n])).alias(n)
            for n in missing
        )
    height = ids.height
    complete = reading.complete(kind.id)
    whole = complete is True
    codes = complete if isinstance(complete, frozenset) else frozenset()
    has = np.zeros(height, dtype=bool)
    has[frame["row"].to_numpy()] = True
    yes, no = pl.Series([True]), pl.Series([False])
    return Linked(
        frame,
        yes.new_from_index(0, height) if whole or codes else pl.Series(has),
        (yes if whole else no).new_from_index(0, height),
        {code: yes.new_from_index(0, height) for code in sorted(codes)},
    )


def standing(
    reading: Reading,
    kind: Kind,
    *,
    span: tuple[int, int] | None = None,
    only: Collection[str] = (),
) -> pl.DataFrame:
    """Return the records of a list type without those that were withdrawn by then.

    Args:
        reading: What is read; what was withdrawn after its day stands.
        kind: The record type.
        span: Organisations that are wanted; all by default.
        only: Attributes that are wanted; all by default.
    """
    end = kind.said.withdrawn
    names = dict.fromkeys([*only, *([end] if only and end else [])])
    held = records(reading, kind, span=span, only=list(names))
    if end in held.columns:
        day = pl.col(end)
        held = held.filter(day.is_null() | (day > reading.as_of))
    return held


def records(
    reading: Reading,
    kind: Kind,
    *,
    span: tuple[int, int] | None = None,
    expired: bool = True,
    only: Collection[str] = (),
) -> pl.DataFrame:
    """Return the records of a list type, one row each: `org`, `key`, attributes.

    Args:
        reading: What is read.
        kind: The record type.
        span: Organisations that are wanted; all by default.
        expired: Whether records that no longer hold are wanted; who reads a
            certificate looks at its days by itself.
        only: Attributes that are wanted; all by default.
    """
    attributes = kind.attributes
    names = list(only or attributes)
    layers = reading.layers(kind.id, names, span=span, expired=expired)
    ids = _ids(layers)
    placed = [place(layer, ids) for layer in layers]
    columns = []
    for name in names:
        painter = Painter(attributes[name], name, placed, ids.height, conflicts=False)
        series = painter.paint(None)
        if series is not None:
            columns.append(series)
    return ids.with_columns(columns) if columns else ids
