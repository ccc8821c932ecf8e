# SPDX-License-Identifier: Apache-2.0
"""What is held of one firm: every attribute, what each source states, and which counts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ceyuan.facts.store import differ
from ceyuan.facts.store import records as list_records
from ceyuan.kernel import UNKNOWN
from ceyuan.office.disagreements import every
from ceyuan.office.firms import FIRM, Firm, find_firm
from ceyuan.office.stating import as_plain, from_cell, in_words

if TYPE_CHECKING:
    from datetime import date, datetime

    from ceyuan.declarations.record_types import Attribute
    from ceyuan.facts.store import Kind, Reading
    from ceyuan.facts.store.statements import Value
    from ceyuan.kernel import Unknown
    from ceyuan.office.memory import Memory


@dataclass(frozen=True, slots=True)
class StatedBy:
    """What one source states last of an attribute."""

    source: str
    value: Value | Unknown
    valid_from: date


@dataclass(frozen=True, slots=True)
class Held:
    """One attribute of a firm.

    Args:
        attribute: Its name.
        said: Its declaration.
        year: Its year; None for none.
        stated: What each source states, the one that counts first.
    """

    attribute: str
    said: Attribute
    year: int | None
    stated: tuple[StatedBy, ...]

    @property
    def value(self) -> Value | Unknown:
        """Return what counts."""
        return self.stated[0].value

    @property
    def differs(self) -> bool:
        """Return whether sources differ, unless a ruling settled it."""
        if self.stated[0].source == "ruling":
            return False
        values = [s.value for s in self.stated if s.value is not UNKNOWN]
        return any(differ(values[0], v, self.said) for v in values[1:])


@dataclass(frozen=True, slots=True)
class FirmHeld:
    """Everything held of a firm.

    Args:
        firm: The firm.
        facts: Its attributes.
        lists: Its linked records, by record type.
        synthetic: They are invented.
    """

    firm: Firm
    facts: tuple[Held, ...]
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    synthetic: bool = False


def held_of(
    memory: Memory,
    firm: str,
    *,
    as_of: date,
    known_at: datetime | None = None,
    attribute: str = "",
) -> FirmHeld:
    """Return what is held of a firm.

    Raises:
        UsageError: There is no such firm or attribute.
    """
    kind = memory.kinds[FIRM]
    if attribute:
        memory.records.attribute(FIRM, attribute)
    reading = memory.reading(as_of, known_at)
    who = find_firm(reading, firm)
    facts = _facts(reading, kind, who, as_of, attribute)
    lists: dict[str, list[dict[str, Any]]] = {}
    for one in memory.kinds.values():
        if one.feeds and not attribute and reading.has(one.id):
            shown = [n for n in one.attributes if n not in one.personal]
            rows = list_records(
                reading, one, span=(who.org, who.org), only=shown, expired=True
            )
            lists[one.id] = [
                {k: v for k, v in row.items() if k != "org" and v is not None}
                for row in rows.iter_rows(named=True)
            ]
    return FirmHeld(who, facts, lists, reading.synthetic)


def _facts(
    reading: Reading, kind: Kind, who: Firm, as_of: date, attribute: str
) -> tuple[Held, ...]:
    keys = every(reading, kind, as_of, only=attribute)
    names = {n for n, _ in keys} - kind.personal
    layers = reading.layers(kind.id, names, span=(who.org, who.org))
    found: dict[tuple[str, int | None], dict[str, StatedBy]] = {}
    for layer in layers:
        for row in layer.frame.iter_rows(named=True):
            exact = json.loads(row["exact"]) if row.get("exact") else {}
            for name in names:
                value: Value | Unknown
                if name in exact:
                    value = Fraction(exact[name])
                elif row.get(name) is not None:
                    value = from_cell(row[name], kind.attributes[name])
                elif name in (row.get("void") or ()):
                    value = UNKNOWN
                else:
                    continue
                year = row["year"] if kind.attributes[name].yearly else None
                found.setdefault((name, year), {})[layer.source] = StatedBy(
                    layer.source, value, row["valid_from"]
                )
    made = []
    for name, year in sorted(found, key=lambda k: (k[0], -(k[1] or 0))):
        said = kind.attributes[name]
        order = {source: at for at, source in enumerate(said.sources)}
        stated = sorted(
            found[name, year].values(), key=lambda s: order.get(s.source, len(order))
        )
        made.append(Held(name, said, year, tuple(stated)))
    return tuple(made)


def held_json(held: FirmHeld) -> dict[str, Any]:
    """Return what is held of a firm, schema `ceyuan.held/1`."""
    return {
        "schema": "ceyuan.held/1",
        "code": held.firm.code,
        "name": held.firm.name,
        "synthetic": held.synthetic,
        "facts": [
            {
                "attribute": one.attribute,
                "year": one.year,
                "value": as_plain(one.value),
                "differs": one.differs,
                "stated": [
                    {
                        "source": s.source,
                        "value": as_plain(s.value),
                        "valid_from": s.valid_from.isoformat(),
                    }
                    for s in one.stated
                ],
            }
            for one in held.facts
        ],
        "lists": {
            name: [{k: _plain(v) for k, v in row.items()} for row in rows]
            for name, rows in held.lists.items()
        },
    }


def _plain(value: object) -> object:
    day = getattr(value, "isoformat", None)
    return day() if callable(day) else value


def shown(one: Held, locale: str) -> str:
    """Return the value that counts, in words."""
    return in_words(one.value, one.said, locale=locale)
