# SPDX-License-Identifier: Apache-2.0
"""Small invented worlds, row by row: what tests of the office's memory are made of.

A firm is a number; its code, name and handle follow from it. A row says `firm`, the
year or the day it holds from, and attributes as their columns have them: money in fen,
heads in hundredths.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from ceyuan.city.codes import credit_code
from ceyuan.facts.store import (
    Batch,
    Statement,
    batch_id,
    register,
    write_statement,
)
from ceyuan.facts.store.columns import BASE, column_type
from ceyuan.facts.store.handles import handle_of_code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ceyuan.facts.store import Kind, Part
    from ceyuan.office.memory import Memory

AS_OF = date(2026, 11, 21)
YUAN = 100
WAN = 10_000 * YUAN


def code(firm: int) -> str:
    return credit_code(firm)


def org(firm: int) -> int:
    return handle_of_code(code(firm))


def name(firm: int) -> str:
    return f"合成企业{firm:03d}"


def frame(rows: Sequence[Mapping[str, Any]], kind: Kind) -> pl.DataFrame:
    """Return rows as records; a row of a year holds from its first day."""
    made = []
    for row in rows:
        said = {k: v for k, v in row.items() if k != "firm"}
        if "firm" in row:
            firm = row["firm"]
            said |= {"org": org(firm), "code": code(firm), "name": name(firm)}
        year = said.get("year")
        said.setdefault("valid_from", date(year or 2026, 1, 1))
        made.append(said)
    named = {n: None for row in made for n in row}
    types = {n: BASE.get(n) or column_type(kind.attributes[n]) for n in named}
    return pl.DataFrame(made, schema=types)


def batch_of(
    parts: Sequence[Part],
    attributes: Sequence[str],
    source: str,
    *,
    record: str = "firm",
    complete: bool | frozenset[str] = False,
    synthetic: bool = True,
) -> Batch:
    number, root = batch_id(parts)
    return Batch(
        id=number,
        record=record,
        source=source,
        kind="import",
        rows=sum(p.rows for p in parts),
        rejected=0,
        root=root,
        attributes=tuple(sorted(attributes)),
        complete=complete,
        actor="导入员",
        reason="",
        known_at=datetime.now(UTC),
        as_stated=date(2026, 1, 1),
        declarations="",
        synthetic=synthetic,
        parts=tuple(parts),
    )


def another(memory: Memory) -> Memory:
    """Return the memory as somebody else asks it: nobody rules on his own claim."""
    return replace(memory, actor="裁定人")


def add(
    memory: Memory,
    source: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    record: str = "firm",
    complete: bool | frozenset[str] = False,
    synthetic: bool = True,
) -> Batch:
    """Seal rows and register them; return the batch."""
    made = frame(rows, memory.kinds[record])
    part = memory.shelf.seal(made, record=record, source=source)
    attributes = [n for n in made.columns if n not in BASE]
    batch = batch_of(
        [part],
        attributes,
        source,
        record=record,
        complete=complete,
        synthetic=synthetic,
    )
    with memory.transaction() as conn:
        return register(conn, batch)


def state(memory: Memory, firm: int, attribute: str, value: Any, **more: Any) -> int:
    """Write what a person states; by default a ruling from 2026 on."""
    year = more.get("year")
    said = {
        "record": "firm",
        "source": "ruling",
        "valid_from": date(year or 2026, 1, 1),
        "actor": "经办人",
        "reason": "核对原件",
        **more,
    }
    with memory.transaction() as conn:
        return write_statement(
            conn, Statement(org=org(firm), attribute=attribute, value=value, **said)
        )


def services(memory: Memory) -> dict[str, Batch]:
    """Make four service firms of section M; its line is revenue of 1000 万元.

    1: above by all sources · 2: tax says 1200 万元, the firm 900: it hangs · 3: tax
    says 1200, the firm 1500: it differs, does not hang · 4: nobody states revenue.
    """
    return {
        "registry": add(
            memory,
            "registry",
            [
                {
                    "firm": n,
                    "gb_section": "M",
                    "gb_division": 73,
                    "is_legal_person": True,
                }
                for n in (1, 2, 3, 4)
            ],
        ),
        "tax": add(
            memory,
            "tax",
            [{"firm": n, "year": 2025, "revenue": 1200 * WAN} for n in (1, 2, 3)],
        ),
        "firm": add(
            memory,
            "firm",
            [
                {"firm": 1, "year": 2025, "revenue": 1200 * WAN, "assets": 5 * WAN},
                {"firm": 2, "year": 2025, "revenue": 900 * WAN, "assets": 5 * WAN},
                {"firm": 3, "year": 2025, "revenue": 1500 * WAN, "assets": 5 * WAN},
                {"firm": 4, "year": 2025, "revenue": None, "assets": 5 * WAN},
            ],
        ),
    }
