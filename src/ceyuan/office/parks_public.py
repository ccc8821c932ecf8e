# SPDX-License-Identifier: Apache-2.0
"""A park's sheet, filled in with what everybody may know of its firms.

Public is what a public source states (`public: true` in `sources.yaml`: it publishes
what it states) of an attribute that is declared public (`sensitivity: public`). Both are
asked: what a firm says of its own certificates is not published, and what a register
holds of a pledge is not public. What people wrote, and what was ruled, never is; nor is
who absorbed whom, so that records stand under the code under which they were published.

Only gaps are filled, as with consent (`parks_filled`): of a kind of certificate that the
sheet itself tells of nothing is added. A list that is complete says of a firm that it
does not name that it has none; but only of firms that a public source names at all, for
of others we do not know whether they would stand in it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from ceyuan.facts.records import kind_field
from ceyuan.facts.store import standing, view
from ceyuan.facts.store.catalogue import PEOPLE
from ceyuan.facts.store.handles import handle_of_code
from ceyuan.facts.table import FactColumn, RecordColumn, Source
from ceyuan.kernel import Problem, clean_code, code_fault
from ceyuan.office.firms import FIRM
from ceyuan.office.stating import from_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

    from ceyuan.facts import FactTable
    from ceyuan.facts.store import Kind, Reading
    from ceyuan.facts.table import Record
    from ceyuan.language import FactKey
    from ceyuan.office.memory import Memory

FILE = "公开的数据"
FEW = 64
"""So many firms are asked for one by one; of more, everybody's records are read once."""
_BACK = 5
"""So many years before the table's are looked at."""


def fill_public(
    memory: Memory, table: FactTable, *, as_of: date, known_at: datetime | None = None
) -> int:
    """Fill the gaps of a sheet with public data; return how many were filled.

    Args:
        memory: The office's memory.
        table: What the sheet says; filled in place.
        as_of: Day of the decisions; public data are those that hold on it.
        known_at: Up to when they have become known; now by default.
    """
    orgs = _orgs(table)
    if not orgs:
        return 0
    known = _public(memory, memory.reading(as_of, known_at))
    named = set(_named(memory, known, set(orgs)))
    filling = _Filling(
        memory, table, known, {o: r for o, r in orgs.items() if o in named}
    )
    for kind in memory.kinds.values():
        fact = memory.region.facts.get(kind.feeds)
        if fact is not None and kind.feeds and known.has(kind.id):
            filling.lists(kind)
    filling.values(memory.kinds[FIRM])
    filling.tell()
    return sum(filling.counts.values())


def _orgs(table: FactTable) -> dict[int, list[int]]:
    """Return the rows of each firm whose code is sound, by its number."""
    found: dict[int, list[int]] = {}
    for index, row in enumerate(table.rows):
        code = clean_code(row.uscc)
        if row.sound and not code_fault(code):
            found.setdefault(handle_of_code(code), []).append(index)
    return found


def _public(memory: Memory, reading: Reading) -> Reading:
    """Return what public sources state, as they imported it, under the codes they gave."""
    sources = {name for name, one in memory.records.sources.items() if one.public}
    return replace(
        reading,
        batches=tuple(
            b for b in reading.batches if b.source in sources and b.kind != PEOPLE
        ),
        written={},
        claimed={},
        aliases=reading.aliases.clear(),
        absorbed=frozenset(),
        called={},
    )


def _public_names(kind: Kind) -> list[str]:
    return [
        name
        for name, one in kind.attributes.items()
        if one.sensitivity == "public" and name not in kind.hidden
    ]


def _spans(orgs: set[int]) -> list[tuple[int, int]]:
    few = sorted(orgs)
    return [(o, o) for o in few] if len(few) <= FEW else [(few[0], few[-1])]


def _named(memory: Memory, known: Reading, orgs: set[int]) -> Iterator[int]:
    """Yield the firms that a public source names: the registry, or a list."""
    for kind in memory.kinds.values():
        if not known.has(kind.id) or not (kind.id == FIRM or kind.feeds):
            continue
        for span in _spans(orgs):
            for layer in known.layers(kind.id, (), span=span, expired=True):
                found = layer.frame["org"].unique()
                yield from set(found.drop_nulls().to_list()) & orgs


@dataclass(slots=True)
class _Filling:
    """Fills one table in.

    Args:
        memory: The office's memory.
        table: The sheet.
        known: What is public.
        orgs: Rows of each firm that a public source names.
        counts: How much was filled in, by Chinese and English name of what.
        firms: Rows in which something was.
        said: Who published it.
    """

    memory: Memory
    table: FactTable
    known: Reading
    orgs: Mapping[int, list[int]]
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    firms: set[int] = field(default_factory=set)
    said: dict[str, str] = field(default_factory=dict)

    # --- lists ----------------------------------------------------------------------

    def lists(self, kind: Kind) -> None:
        """Add the records of a type that are public, and what its lists are whole of."""
        public = set(_public_names(kind))
        fields = [name for name in kind.fields if name in public]
        fact = self.memory.region.facts[kind.feeds]
        tells = kind_field(fact)
        if tells not in fields:
            return  # which kind a record is of would not be known
        found = self._records(kind, fields)
        place = self._place(kind)
        for org, rows in self.orgs.items():
            for index in rows:
                self._row(kind, index, found.get(org, ()), tells, place)

    def _records(self, kind: Kind, fields: list[str]) -> dict[int, tuple[Record, ...]]:
        """Return the records of each firm, without those that were withdrawn."""
        found: dict[int, list[Record]] = {}
        for span in _spans(set(self.orgs)):
            held = standing(self.known, kind, span=span, only=fields)
            held = held.filter(pl.col("org").is_in(list(self.orgs)))
            for cells in held.iter_rows(named=True):
                said: dict[str, Any] = {
                    name: from_cell(cells[name], kind.attributes[name])
                    for name in fields
                    if cells.get(name) is not None
                }
                found.setdefault(cells["org"], []).append(said)
        return {org: tuple(some) for org, some in found.items()}

    def _row(
        self,
        kind: Kind,
        index: int,
        public: tuple[Record, ...],
        tells: str,
        place: str,
    ) -> None:
        """Add to one row what its sheet does not tell of."""
        column = self.table.records.get(kind.feeds)
        mine = False if column is None else column.whole(index)
        if mine is True:
            return  # the park's own list holds every record
        own = (column.records[index] if column is not None else None) or ()
        told = {str(one[tells]) for one in own if tells in one} | (mine or frozenset())
        added = tuple(one for one in public if str(one.get(tells)) not in told)
        whole = self.known.complete(kind.id)
        if not added and not whole:
            return
        if column is None:
            column = RecordColumn(kind.feeds, [None] * len(self.table.rows))
            self.table.records[kind.feeds] = column
        column.records[index] = (*own, *added)
        column.beside[index] = (len(added), place)
        if isinstance(whole, frozenset):
            column.covered[index] = whole - told
        elif whole:
            codes = frozenset(self.memory.region.facts[kind.feeds].fields[tells].codes)
            column.covered[index] = codes - told if told else True
        if added:
            self.counts[kind.said.zh, kind.said.en] += len(added)
            self.firms.add(index)

    def _place(self, kind: Kind) -> str:
        """Return who published records of a type, as their place is told."""
        names = dict.fromkeys(b.source for b in self.known.of(kind.id))
        sources = self.memory.records.sources
        for name in names:
            self.said[sources[name].zh] = sources[name].en
        return f"{FILE} {'、'.join(sources[name].zh for name in names)}"

    # --- values ---------------------------------------------------------------------

    def values(self, kind: Kind) -> None:
        """Add the facts of a firm that are declared public."""
        facts = self.memory.region.facts
        names = [name for name in _public_names(kind) if name in facts]
        keys: list[FactKey] = []
        for name in names:
            years = range(self.table.year - _BACK, self.table.year + 2)
            yearly = kind.attributes[name].yearly
            keys += [(name, y) for y in years] if yearly else [(name, None)]
        if not keys:
            return
        place = self._place(kind)
        for span in _spans(set(self.orgs)):
            held = view(self.known, kind, keys, span=span)
            for row, (org, _) in enumerate(held.ids.iter_rows()):
                for key in keys if org in self.orgs else ():
                    name, year = key
                    column = name if year is None else f"{name}@{year}"
                    cell = (
                        held.frame[column][row]
                        if column in held.frame.columns
                        else None
                    )
                    number = held.exact.get(row, {}).get(key)
                    value = from_cell(cell, facts[name]) if number is None else number
                    if cell is not None or number is not None:
                        self._value(org, key, value, place)

    def _value(self, org: int, key: FactKey, value: Any, place: str) -> None:  # noqa: ANN401 - of six kinds
        source = Source(place, "", "")
        for index in self.orgs[org]:
            if self.table.value(index, *key) is not None:
                continue
            column = self.table.columns.get(key)
            if column is None:
                column = FactColumn(key, [None] * len(self.table.rows), [source])
                self.table.columns[key] = column
            column.detach(self.table.rows)
            column.put(index, value, source, 0)
            fact = self.memory.region.facts[key[0]]
            self.counts[fact.zh, fact.en] += 1
            self.firms.add(index)

    # --- word of it -----------------------------------------------------------------

    def tell(self) -> None:
        """Note what was filled in, for how many firms, and who published it."""
        if not self.firms:
            return
        zh = "、".join(f"{name} {n} 条" for (name, _), n in self.counts.items())
        en = ", ".join(f"{name}: {n}" for (_, name), n in self.counts.items())
        by = "、".join(self.said)
        by_en = ", ".join(self.said.values())
        self.table.notes.append(
            Problem(
                code="R293",
                message=f"{len(self.firms)} 家企业补上了公开的数据：{zh}；来源：{by} "
                f"(filled in with public data, firms: {len(self.firms)}; {en}; by {by_en})",
                mend="表里写了的没有改；公开的名单有误，请向公布的部门更正",
                file=self.table.file,
            )
        )
