# SPDX-License-Identifier: Apache-2.0
"""Who states what of some firms, as it counts: read once for all of them.

The order is that of the view that is decided on (`facts.store.painting`): what is
stated of a firm itself before what was stated of one that it absorbed, then the better
source, then the later statement of the same source. So the first of a list is the value
that was decided on, and a test holds the two against each other.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from ceyuan.facts.store import RULING, differ
from ceyuan.kernel import UNKNOWN
from ceyuan.office.firm_sheet_model import Stated
from ceyuan.office.holding import StatedBy
from ceyuan.office.stating import from_cell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from ceyuan.declarations.record_types import Attribute
    from ceyuan.facts.store import Kind, Reading
    from ceyuan.facts.store.reading import Layer
    from ceyuan.language import FactKey

Said: TypeAlias = "tuple[str, bool, str, int | None, date, Any]"
"""Source, absorbed, attribute, year, day, cell; a `Fraction` or UNKNOWN is no cell."""


def shown_attributes(reading: Reading, kind: Kind) -> list[str]:
    """Return the attributes that anybody states and a page may show: none personal."""
    there = reading.attributes(kind.id) & set(kind.attributes)
    return sorted(there - kind.hidden)


def said_of(
    reading: Reading,
    kind: Kind,
    orgs: Collection[int],
    *,
    span: tuple[int, int],
    key: str = "",
) -> dict[int, list[Said]]:
    """Return what is stated of some firms, cell by cell, the later one later.

    Args:
        reading: What is read.
        kind: The record type of firms, or of what is asked for of each.
        orgs: The firms.
        span: A span of organisations that holds them.
        key: Which loan or order of each; empty for the firm itself.
    """
    names = shown_attributes(reading, kind)
    wanted = pl.Series(sorted(orgs), dtype=pl.Int64).implode()
    found: dict[int, list[Said]] = {org: [] for org in orgs}
    for layer in reading.layers(kind.id, names, span=span):
        frame = layer.frame.filter(pl.col("org").is_in(wanted))
        if key:
            frame = frame.filter(pl.col("key") == key)
        rows = list(_columns(frame, names))
        if beside := list(_beside(frame, names)):
            # A number beside its column and one in it: the later row counts.
            rows = sorted([*rows, *beside], key=lambda row: row[0])
        for _, org, year, day, name, cell in rows:
            when = year if kind.attributes[name].yearly else None
            found[org].append((layer.source, _gone(layer), name, when, day, cell))
    return found


def _gone(layer: Layer) -> bool:
    return layer.absorbed


def _columns(frame: pl.DataFrame, names: list[str]) -> Iterator[tuple[Any, ...]]:
    numbered = frame.with_row_index("at")
    for name in names:
        if name in frame.columns:
            yield from (
                numbered.select("at", "org", "year", "valid_from", name)
                .filter(pl.col(name).is_not_null())
                .select("at", "org", "year", "valid_from", pl.lit(name), name)
                .iter_rows()
            )


def _beside(frame: pl.DataFrame, names: list[str]) -> Iterator[tuple[Any, ...]]:
    """Yield exact numbers that do not fit their column, and "nobody knows"."""
    there = [n for n in ("exact", "void") if n in frame.columns]
    if not there:
        return
    some = frame.with_row_index("at").filter(
        pl.any_horizontal(pl.col(n).is_not_null() for n in there)
    )
    for row in some.iter_rows(named=True):
        head = (row["at"], row["org"], row["year"], row["valid_from"])
        exact = json.loads(row["exact"]) if row.get("exact") else {}
        yield from ((*head, n, Fraction(v)) for n, v in exact.items() if n in names)
        yield from ((*head, n, UNKNOWN) for n in row.get("void") or () if n in names)


def stated_of(
    said: list[Said], attributes: Mapping[str, Attribute]
) -> dict[FactKey, Stated]:
    """Return who states each attribute of one firm, by fact and year."""
    last: dict[FactKey, dict[tuple[bool, str], tuple[date, Any]]] = {}
    for source, gone, name, year, day, cell in said:
        last.setdefault((name, year), {})[gone, source] = day, cell
    made = {}
    for key in sorted(last, key=lambda k: (k[0], -(k[1] or 0))):
        attribute = attributes[key[0]]
        order = {source: at for at, source in enumerate(attribute.sources)}
        ranked = sorted(
            last[key].items(),
            key=lambda one: (one[0][0], order.get(one[0][1], len(order))),
        )
        by = [
            (gone, StatedBy(source, _value(cell, attribute), day))
            for (gone, source), (day, cell) in ranked
        ]
        made[key] = Stated(tuple(one for _, one in by), _differs(by, attribute))
    return made


def _value(cell: Any, attribute: Attribute) -> Any:  # noqa: ANN401 - a cell of any kind
    if cell is UNKNOWN or isinstance(cell, Fraction):
        return cell
    return from_cell(cell, attribute)


def _differs(by: list[tuple[bool, StatedBy]], attribute: Attribute) -> bool:
    """Return whether a source differs from the one that counts; as `disagreements`.

    An absorbed firm's figures are others, not other words for the same.
    """
    gone, best = by[0]
    if best.source == RULING or best.value is UNKNOWN:
        return False
    return any(
        other is gone
        and one.value is not UNKNOWN
        and differ(best.value, one.value, attribute)
        for other, one in by[1:]
    )
