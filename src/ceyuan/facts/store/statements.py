# SPDX-License-Identifier: Apache-2.0
"""What people write, one statement at a time, and how it is sealed.

A statement says one attribute of one record, or that it is not known (`UNKNOWN`). It
stands in the database from the moment its transaction commits, and is read from there
until the next sealing writes it into a batch like any other. Its value is kept as
exact text in the attribute's base unit.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl
from psycopg.types.json import Jsonb

from ceyuan.facts.store.clock import tick
from ceyuan.facts.store.columns import BASE, column_type
from ceyuan.kernel import UNKNOWN, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from psycopg import Connection

    from ceyuan.declarations.facts import Fact
    from ceyuan.kernel import Unknown

_WRITE = """
insert into statement (record_type, source, org, code, name, key, year, attribute,
  value, valid_from, valid_to, known_at, actor, reason, claim_id, sha)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
returning id
"""
_READ = """
select id, record_type, source, org, code, name, key, year, attribute, value,
  valid_from, valid_to, known_at, actor, reason
from statement
where id > %s and (%s::timestamptz is null or known_at <= %s)
order by id
"""
_SEALED = "select coalesce(max(statements_to), 0) from batch"

Value = bool | int | Fraction | str | date | frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One attribute of one record, stated by a person.

    Args:
        record: Record type.
        source: On whose authority, e.g. `ruling`.
        org: Handle of the organisation; None where the type has none.
        key: Key of the record; empty where the type has none.
        year: Fiscal year of a yearly attribute.
        attribute: What is stated.
        value: In base units; UNKNOWN: it is stated that nobody knows.
        valid_from: From which day it holds in the world.
        valid_to: To which day; None: until something else is stated.
        actor: Who wrote it.
        reason: Why.
        code: Credit code of the organisation.
        name: Its name.
        known_at: When it became known; None until it is written.
        id: Its number; 0 until it is written.
    """

    record: str
    source: str
    org: int | None
    attribute: str
    value: Value | Unknown
    valid_from: date
    actor: str
    reason: str
    key: str = ""
    year: int | None = None
    valid_to: date | None = None
    code: str | None = None
    name: str | None = None
    known_at: datetime | None = None
    id: int = 0


def write(conn: Connection, said: Statement, *, claim: int | None = None) -> int:
    """Write a statement in the caller's transaction; return its number."""
    moment = tick(conn)
    value = None if said.value is UNKNOWN else as_json(said.value)
    text = repr(
        (
            said.record,
            said.source,
            said.org,
            said.key,
            said.year,
            said.attribute,
            value,
            said.valid_from.isoformat(),
            str(said.valid_to),
            moment.isoformat(),
            said.actor,
            said.reason,
        )
    )
    row = conn.execute(
        _WRITE,
        (
            said.record,
            said.source,
            said.org,
            said.code,
            said.name,
            said.key,
            said.year,
            said.attribute,
            Jsonb(value),
            said.valid_from,
            said.valid_to,
            moment,
            said.actor,
            said.reason,
            claim,
            hashlib.sha256(text.encode()).digest(),
        ),
    ).fetchone()
    assert row is not None
    return int(row[0])


def as_json(value: Value) -> object:
    """Return a value as exact JSON: numbers and days as text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def from_json(value: object, attribute: Fact) -> Value | Unknown:
    """Return a value from its JSON."""
    match attribute.kind:
        case _ if value is None:
            return UNKNOWN
        case "flag":
            return bool(value)
        case "number":
            return Fraction(str(value))
        case "date":
            return date.fromisoformat(str(value))
        case "codes":
            assert isinstance(value, list)
            return frozenset(str(v) for v in value)
        case _:
            return str(value)


def sealed_to(conn: Connection) -> int:
    """Return the number of the last statement that stands in a batch."""
    row = conn.execute(_SEALED).fetchone()
    assert row is not None
    return int(row[0])


def read(
    conn: Connection,
    attributes: Mapping[str, Mapping[str, Fact]],
    *,
    after: int = 0,
    known_at: datetime | None = None,
) -> list[Statement]:
    """Return statements in the order they were written.

    Args:
        conn: The catalogue.
        attributes: Attributes by record type.
        after: Only those with a greater number.
        known_at: Only those known by then.
    """
    found = []
    for row in conn.execute(_READ, (after, known_at, known_at)):
        attribute = attributes.get(row[1], {}).get(row[8])
        if attribute is None:
            msg = (
                f"记录类型 `{row[1]}` 没有属性 `{row[8]}` (a stated attribute is gone)"
            )
            raise UsageError(msg, hint="旧的声明里有它：把它加回 regions/…/records")
        found.append(
            Statement(
                record=row[1],
                source=row[2],
                org=row[3],
                code=row[4],
                name=row[5],
                key=row[6],
                year=row[7],
                attribute=row[8],
                value=from_json(row[9], attribute),
                valid_from=row[10],
                valid_to=row[11],
                known_at=row[12].astimezone(UTC),
                actor=row[13],
                reason=row[14],
                id=row[0],
            )
        )
    return found


def as_frame(
    statements: Iterable[Statement], attributes: Mapping[str, Fact]
) -> pl.DataFrame:
    """Return statements of one record type as records, in their order."""
    rows: list[dict[str, Any]] = []
    named: dict[str, Fact] = {}
    for one in statements:
        row: dict[str, Any] = {
            "org": one.org,
            "code": one.code,
            "name": one.name,
            "key": one.key,
            "year": one.year,
            "valid_from": one.valid_from,
            "valid_to": one.valid_to,
            "known_at": one.known_at,
            "row": one.id,
        }
        attribute = attributes[one.attribute]
        named[one.attribute] = attribute
        held, exact = held_value(attribute, one.value)
        if one.value is UNKNOWN:
            row["void"] = [one.attribute]
        elif exact:
            row["exact"] = f'{{"{one.attribute}": "{exact}"}}'
        else:
            row[one.attribute] = held
        rows.append(row)
    kinds = {n: t for n, t in BASE.items() if n not in {"sha", "file"}}
    kinds |= {n: column_type(f) for n, f in named.items()}
    return pl.DataFrame(rows, schema=kinds)


def held_value(attribute: Fact, value: Value | Unknown) -> tuple[object, str]:
    """Return a value as its column holds it, or as exact text where it does not fit."""
    if attribute.kind == "number" and isinstance(value, (int, Fraction)):
        scaled = Fraction(value) * 10**attribute.decimals
        if scaled.denominator != 1 or abs(scaled) >= 2**63:
            return None, str(Fraction(value))
        return int(scaled), ""
    if isinstance(value, frozenset):
        return sorted(value), ""
    return value, ""
