# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: S608 - statements are made of constants of this module
"""Many transfers at once: an Arrow table through COPY, batch by batch.

The same function posts them, under the same rules, as if one after the other. A batch
is one transaction, so the office goes on working between two of them, and a load that
died goes on where it was: what is in the book already is answered as before.
A batch with a refused row is halved until the row stands alone; it is put aside with
its reason, and all others are posted, in their order.
Rows of one `link` are one group: posted together or put aside together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ceyuan.kernel import UsageError
from ceyuan.ledger.posting import refusals
from ceyuan.ledger.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("debit", pa.string(), nullable=False),
        pa.field("credit", pa.string(), nullable=False),
        pa.field("amount", pa.int64()),
        pa.field("commodity", pa.string(), nullable=False),
        pa.field("code", pa.string(), nullable=False),
        pa.field("cause", pa.string(), nullable=False),
        pa.field("effective", pa.date32(), nullable=False),
        pa.field("of", pa.string(), nullable=False),
        pa.field("expires", pa.date32()),
        pa.field("link", pa.string(), nullable=False),
    ]
)
"""Columns of a table of transfers, as `Transfer` names them."""
BATCH = 5_000
_STAGE = """
create temp table if not exists ledger_stage (
  ord bigint, id text, kind text, debit text, credit text, amount bigint,
  commodity text, code text, cause text, effective date, of_id text, expires date,
  link text) on commit delete rows
"""
_COPY = (
    "copy ledger_stage (ord, id, kind, debit, credit, amount, commodity, code, cause, "
    "effective, of_id, expires, link) from stdin"
)
_ARRAYS = """
select array_agg(id order by ord) a, array_agg(kind order by ord) b,
  array_agg(debit order by ord) c, array_agg(credit order by ord) d,
  array_agg(amount order by ord) e, array_agg(commodity order by ord) f,
  array_agg(code order by ord) g, array_agg(cause order by ord) h,
  array_agg(effective order by ord) i, array_agg(of_id order by ord) j,
  array_agg(expires order by ord) k, array_agg(link order by ord) l
from ledger_stage
"""
_POST = f"""
select count(*) filter (where p.fresh), count(*) from ({_ARRAYS}) s,
  lateral ledger_post(s.a, s.b, s.c, s.d, s.e, s.f, s.g, s.h, s.i, s.j, s.k, s.l,
    %s) p
"""


@dataclass(slots=True)
class Loaded:
    """What came of a table.

    Args:
        posted: Rows that are new in the book.
        known: Rows that were in it already.
        refused: Rows that were put aside: their ids and why.
    """

    posted: int = 0
    known: int = 0
    refused: list[tuple[str, Refused]] = field(default_factory=list)


def post_table(
    conn: psycopg.Connection,
    table: pa.Table,
    *,
    actor: str,
    batch: int = BATCH,
    progress: Callable[[int], None] = lambda _: None,
) -> Loaded:
    """Post a table of transfers, each batch in a transaction of its own.

    Args:
        conn: A connection that is not in a transaction.
        table: Columns of `SCHEMA`; rows of one `link` stand together.
        actor: Who asks.
        batch: Rows per transaction, about.
        progress: Told how many rows are done.

    Raises:
        UsageError: A column is missing or of another type.
    """
    try:
        if not pa.types.is_integer(table.schema.field("amount").type):
            msg = f"`amount` is {table.schema.field('amount').type}, not whole numbers"
            raise ValueError(msg)  # noqa: TRY301 - told like the others below
        rows = table.select(SCHEMA.names).cast(SCHEMA)
    except (KeyError, pa.ArrowInvalid, pa.ArrowTypeError, ValueError) as error:
        msg = f"这张表不是转账表 (not a table of transfers): {error}"
        raise UsageError(msg, hint=f"列：{'、'.join(SCHEMA.names)}") from error
    made, done = Loaded(), 0
    rows = _without_zeros(rows, made)
    for start, stop in _cuts(rows.column("link").to_pylist(), batch):
        _post(conn, rows.slice(start, stop - start), actor, made)
        done = stop
        progress(done)
    return made


def _without_zeros(rows: pa.Table, made: Loaded) -> pa.Table:
    """Put aside groups with a zero byte in a text: no database takes one in."""
    if not rows.num_rows:
        return rows
    wrong = pa.chunked_array([pa.array([False] * rows.num_rows)])
    for field_ in SCHEMA:
        if field_.type == pa.string():
            found = pc.match_substring(rows.column(field_.name), "\x00")
            wrong = pc.or_(wrong, found)
    if not pc.any(wrong).as_py():
        return rows
    links = set(pc.filter(rows.column("link"), wrong).to_pylist()) - {""}
    aside = [
        bad or link in links
        for bad, link in zip(
            wrong.to_pylist(), rows.column("link").to_pylist(), strict=True
        )
    ]
    for name, bad in zip(rows.column("id").to_pylist(), aside, strict=True):
        if bad:
            told = {"id": name.replace("\x00", "␀")[:40], "what": "文字"}
            made.refused.append((name, Refused("L116", told)))
    return rows.filter(pa.array([not bad for bad in aside]))


def _cuts(links: list[str], size: int) -> list[tuple[int, int]]:
    """Return spans of about a size that part no group."""
    spans, start = [], 0
    while start < len(links):
        stop = min(start + size, len(links))
        while stop < len(links) and links[stop] and links[stop] == links[stop - 1]:
            stop += 1
        spans.append((start, stop))
        start = stop
    return spans


def _post(conn: psycopg.Connection, rows: pa.Table, actor: str, made: Loaded) -> None:
    """Post rows; where one of them is refused, those without it."""
    try:
        with refusals(), conn.transaction(), conn.cursor() as cursor:
            cursor.execute(_STAGE)
            with cursor.copy(_COPY) as copy:
                copy.write(_text(rows))
            cursor.execute(_POST, (actor,))
            fresh, count = cursor.fetchone() or (0, 0)
    except Refused as error:
        _without(conn, rows, actor, made, error)
        return
    made.posted += fresh
    made.known += count - fresh


def _halves(links: list[str]) -> list[tuple[int, int]]:
    """Return two spans that part no group, about equal; one where there is one group."""
    borders = [
        at for at in range(1, len(links)) if not links[at] or links[at] != links[at - 1]
    ]
    if not borders:
        return [(0, len(links))]
    middle = min(borders, key=lambda at: abs(2 * at - len(links)))
    return [(0, middle), (middle, len(links))]


def _without(
    conn: psycopg.Connection, rows: pa.Table, actor: str, made: Loaded, error: Refused
) -> None:
    """Put aside what is refused, and post the rest in its order."""
    links = rows.column("link").to_pylist()
    halves = _halves(links)
    if len(halves) == 1:
        made.refused += [(name, error) for name in rows.column("id").to_pylist()]
        return
    if error.code in ("L112", "L113"):
        kept = _sift(conn, rows, links, made)
        if kept is not None:
            if kept:
                _post(conn, rows.take(kept), actor, made)
            return
    for start, stop in halves:
        _post(conn, rows.slice(start, stop - start), actor, made)


def _sift(
    conn: psycopg.Connection, rows: pa.Table, links: list[str], made: Loaded
) -> list[int] | None:
    """Put aside what an emptied (or full) account cannot take; return what is left.

    Tried here row by row on what the accounts have now, because a pool that is empty
    refuses thousands of rows and each would cost a question of its own. The database
    judges again: whoever changed an account meanwhile is not overlooked.

    Returns:
        Places that should pass; None where this cannot tell.
    """
    part = rows.to_pylist()
    if any(one["kind"] not in ("transfer", "hold") for one in part):
        return None
    wanted = {one["debit"] for one in part} | {one["credit"] for one in part}
    with conn.transaction():
        rooms = conn.execute(_ROOM, (sorted(wanted),)).fetchall()
        if any(row[6] for row in rooms):
            return None  # what a set still takes is not looked at here
        there = {row[0]: _Room(*row[:6]) for row in rooms}
        known = {row[0] for row in conn.execute(_THERE, ([one["id"] for one in part],))}
    left: list[int] = []
    put_aside: list[tuple[str, Refused]] = []
    at = 0
    while at < len(part):
        end = at + 1
        while end < len(part) and links[end] and links[end] == links[at]:
            end += 1
        group = part[at:end]
        fresh = {one["id"]: one for one in group if one["id"] not in known}
        fault = _try(list(fresh.values()), there)
        if fault is None:
            left += range(at, end)
            known |= fresh.keys()
        else:
            put_aside += [(one["id"], fault) for one in group]
        at = end
    if not put_aside:
        return None
    made.refused += put_aside
    return left


@dataclass(slots=True)
class _Room:
    """What an account can still give and take."""

    path: str
    commodity: str
    side: str
    low: int | None
    high: int | None
    ceiling: int | None


_ROOM = """
select path, commodity, side,
  case side when 'credit' then credits - debits - debits_held
    else debits - credits - credits_held end - floor,
  ceiling - case side when 'credit' then credits - debits + credits_held
    else debits - credits + debits_held end,
  ceiling, sets is not null
from ledger_account where path = any(%s)
"""
_THERE = "select id from ledger_transfer where id = any(%s)"


def _try(group: list[dict[str, Any]], there: dict[str, _Room]) -> Refused | None:
    """Take a group out of what there is room for; all of it or nothing."""
    before = {
        path: (there[path].low, there[path].high)
        for one in group
        for path in (one["debit"], one["credit"])
        if path in there
    }
    for one in group:
        for path, grows in ((one["debit"], "debit"), (one["credit"], "credit")):
            room, amount = there.get(path), one["amount"] or 0
            if room is None:
                continue  # the database says so
            gives = room.side != grows
            if gives and room.low is not None:
                room.low -= amount
            if not gives and room.high is not None:
                room.high -= amount
            if one["kind"] == "transfer" and gives and room.high is not None:
                room.high += amount
            if one["kind"] == "transfer" and not gives and room.low is not None:
                room.low += amount
            short = gives and room.low is not None and room.low < 0
            full = not gives and room.high is not None and room.high < 0
            if not (short or full):
                continue
            said = {"id": one["id"], "account": path, "commodity": room.commodity}
            low, high = room.low or 0, room.high or 0
            for name, (old_low, old_high) in before.items():
                there[name].low, there[name].high = old_low, old_high
            if short:
                more = {"available": low + amount, "amount": amount, "short": -low}
                return Refused("L112", {**said, **more})
            limit = room.ceiling or 0
            more = {"limit": limit, "reached": limit - high, "over": -high}
            return Refused("L113", {**said, **more})
    return None


def _text(rows: pa.Table) -> bytes:
    """Return rows as COPY reads them; control characters are refused later, by name."""
    import polars as pl

    frame = pl.DataFrame(pl.from_arrow(rows)).with_row_index("ord")
    words = [
        pl.col(name).str.replace_all("\\", "\\\\", literal=True)
        .str.replace_all("\t", "\\t", literal=True)
        .str.replace_all("\n", "\\n", literal=True)
        .str.replace_all("\r", "\\r", literal=True)
        for name, kind in frame.schema.items()
        if kind == pl.String
    ]  # fmt: skip
    return (
        frame.with_columns(words)
        .write_csv(
            include_header=False, separator="\t", quote_style="never", null_value="\\N"
        )
        .encode()
    )
