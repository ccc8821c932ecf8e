# SPDX-License-Identifier: Apache-2.0
"""Records put into a real memory by hand, a batch at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from ceyuan.city.codes import credit_code
from ceyuan.facts.store import Batch, batch_id, register
from ceyuan.facts.store.columns import BASE, column_type
from ceyuan.facts.store.handles import handle_of_code

if TYPE_CHECKING:
    from ceyuan.office.memory import Memory

CODES = [credit_code(number) for number in range(12)]
ORGS = [handle_of_code(code) for code in CODES]
NAMES = [f"虚构{number}号有限公司" for number in range(12)]
YI = 10**10
"""One 亿元 in fen."""


def add(
    memory: Memory,
    rows: list[dict[str, Any]],
    *,
    source: str,
    record: str = "firm",
    complete: bool | frozenset[str] = False,
) -> Batch:
    """Seal and register rows; `firm` is the number of an invented firm."""
    said = [
        {
            "org": ORGS[row["firm"]], "code": CODES[row["firm"]],
            "name": NAMES[row["firm"]], "key": "",
            **{name: value for name, value in row.items() if name != "firm"},
        }
        for row in rows
    ]  # fmt: skip
    columns = sorted({name for row in said for name in row})
    table = {name: [row.get(name) for row in said] for name in columns}
    return seal(memory, table, source=source, record=record, complete=complete)


def seal(
    memory: Memory,
    table: dict[str, list[Any]],
    *,
    source: str,
    record: str = "firm",
    complete: bool | frozenset[str] = False,
) -> Batch:
    """Seal and register a table of columns as they stand in a batch."""
    kinds = {n: BASE[n] for n in table if n in BASE}
    attributes = memory.kinds[record].attributes
    kinds |= {n: column_type(attributes[n]) for n in table if n not in BASE}
    frame = pl.DataFrame(table, schema_overrides=kinds)
    part = memory.shelf.seal(frame, record=record, source=source)
    name, root = batch_id([part])
    with memory.transaction() as conn:
        return register(
            conn,
            Batch(
                id=name, record=record, source=source, kind="import", rows=part.rows,
                rejected=0, root=root, attributes=tuple(n for n in table if n not in BASE),
                complete=complete, actor="tester", reason="",
                known_at=datetime.now(UTC), as_stated=date(2026, 1, 1), declarations="",
                synthetic=True, parts=(part,),
            ),
        )  # fmt: skip


def figures(firm: int, year: int, **said: Any) -> dict[str, Any]:
    """Return a row of figures of a year."""
    return {"firm": firm, "year": year, "valid_from": date(year, 1, 1), **said}


def registered(firm: int, day: date, **said: Any) -> dict[str, Any]:
    """Return a row of the registry."""
    return {"firm": firm, "valid_from": day, "reg_date": day, **said}


def certificate(firm: int, kind: str, since: date, until: date) -> dict[str, Any]:
    """Return a row of a certificate list."""
    return {
        "firm": firm, "key": f"{kind}\x1f{since}", "valid_from": since,
        "valid_to": until, "certificate": kind, "issued_on": since,
        "valid_until": until,
    }  # fmt: skip
