# SPDX-License-Identifier: Apache-2.0
"""Who is who: codes that changed, names that changed, mergers, and doubts of names."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.store.doubts import match_names, open_doubts, settle_doubt
from ceyuan.facts.store.handles import handle_of_code, handles
from ceyuan.facts.store.identity import Identity, IdentityEvent, read_events
from ceyuan.facts.store.identity_log import record_event, undo_event
from ceyuan.kernel import UsageError, clean_code, code_fault
from ceyuan.office.firms import FIRM, Firm, find_firm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from ceyuan.facts.store import Reading
    from ceyuan.facts.store.doubts import NameDoubt
    from ceyuan.office.memory import Memory

_FAR = date(9999, 12, 31)
_EVER = datetime(9999, 12, 31, tzinfo=UTC)
_NAMED = {"org": pl.Int64, "code": pl.String, "name": pl.String}


def told_names(memory: Memory, *, also: Sequence[pl.DataFrame] = ()) -> pl.DataFrame:
    """Return the names, present and former, of organisations known by a code.

    Args:
        memory: The office's memory.
        also: `org`, `code`, `name` of organisations that are not recorded yet.
    """
    reading = memory.reading(_FAR)
    frames = [pl.DataFrame(schema=_NAMED), *(one.select(*_NAMED) for one in also)]
    frames += [_names(reading, kind).drop_nulls() for kind in (FIRM, "org")]
    return pl.concat(frames).unique()


def list_doubts(
    conn: Connection, names: pl.DataFrame, known: pl.DataFrame, batch: str | None
) -> int:
    """List which names (`org`, `name`) may be somebody known; return how many."""
    identity = Identity.fold(read_events(conn), as_of=_FAR, known_at=_EVER)
    found = match_names(conn, names, known, identity=identity, batch_id=batch)
    return int(found.doubts["org"].n_unique())


def doubts(memory: Memory) -> tuple[NameDoubt, ...]:
    """Return the doubts that nobody has settled.

    Names that came in before whoever they may be was known are compared now.
    """
    reading = memory.reading(_FAR)
    owned = [k for k, kind in memory.kinds.items() if kind.said.organisation]
    found = pl.concat(
        [pl.DataFrame(schema=_NAMED), *(_names(reading, k) for k in owned)]
    )
    names = found.filter(pl.col("code").is_null()).select("org", "name").drop_nulls()
    names = names.unique()
    if names.height:
        # Who was matched, or had a code all along, stands under the number of a code.
        nobody = pl.repeat(None, names.height, dtype=pl.String, eager=True)
        names = names.filter(names["org"] == handles(nobody, names["name"]))
    known = told_names(memory) if names.height else None
    with memory.transaction() as conn:
        if known is not None:
            list_doubts(conn, names, known, None)
        return open_doubts(conn)


def _names(reading: Reading, record: str) -> pl.DataFrame:
    """Return how the organisations of a record type are or were called."""
    layers = reading.layers(record, (), expired=True, more=("code", "name"))
    frames = [layer.frame.select(*_NAMED).unique() for layer in layers]
    return pl.concat([pl.DataFrame(schema=_NAMED), *frames]).unique()


def settle(
    memory: Memory, number: int, firm: str, *, reason: str, as_of: date
) -> tuple[int, ...]:
    """Say who a name is; an empty `firm` says that it is none of the candidates."""
    org = None if not firm else _org(memory, firm)
    with memory.transaction() as conn:
        return settle_doubt(
            conn, number, org, actor=memory.actor, reason=reason, valid_from=as_of
        )


def merge(memory: Memory, firm: str, absorbed: str, *, since: date, reason: str) -> int:
    """Record that one organisation has become part of another; return the event."""
    event = IdentityEvent(
        kind="merge",
        org=_org(memory, firm),
        other=_org(memory, absorbed),
        valid_from=since,
        actor=memory.actor,
        reason=reason,
    )
    with memory.transaction() as conn:
        return record_event(conn, event)


def recode(memory: Memory, firm: str, code: str, *, since: date, reason: str) -> int:
    """Record that an organisation has another credit code from a day on.

    Raises:
        UsageError: The code is not sound, or belongs to another organisation.
    """
    clean = clean_code(code)
    fault = code_fault(clean)
    if fault:
        msg = f"信用代码 `{code}` {fault} (not a sound credit code)"
        raise UsageError(msg)
    event = IdentityEvent(
        kind="recode",
        org=_org(memory, firm),
        other=handle_of_code(clean),
        code=clean,
        valid_from=since,
        actor=memory.actor,
        reason=reason,
    )
    with memory.transaction() as conn:
        return record_event(conn, event)


def rename(memory: Memory, firm: str, name: str, *, since: date, reason: str) -> int:
    """Record that an organisation has another name from a day on."""
    event = IdentityEvent(
        kind="rename",
        org=_org(memory, firm),
        name=name,
        valid_from=since,
        actor=memory.actor,
        reason=reason,
    )
    with memory.transaction() as conn:
        return record_event(conn, event)


def relate(
    memory: Memory, kind: str, firm: str, other: str, *, since: date, reason: str
) -> int:
    """Record a branch, a member of a group, or a foreign parent (by its name).

    Raises:
        UsageError: There is no such relation.
    """
    if kind not in {"branch", "group", "foreign_parent"}:
        msg = f"没有 `{kind}` 这种关系 (no such relation)"
        raise UsageError(msg, hint="可以是 branch、group、foreign_parent")
    abroad = kind == "foreign_parent"
    event = IdentityEvent(
        kind=kind,
        org=_org(memory, firm),
        other=None if abroad else _org(memory, other),
        name=other if abroad else "",
        valid_from=since,
        actor=memory.actor,
        reason=reason,
    )
    with memory.transaction() as conn:
        return record_event(conn, event)


def undo(memory: Memory, number: int, *, reason: str) -> int:
    """Record that an event was wrong; it stays in the book."""
    with memory.transaction() as conn:
        return undo_event(conn, number, actor=memory.actor, reason=reason)


def events(
    memory: Memory, *, known_at: datetime | None = None
) -> Sequence[IdentityEvent]:
    """Return everything that was recorded of identities, by a moment."""
    with memory.transaction() as conn:
        return tuple(read_events(conn, known_at))


def _org(memory: Memory, said: str) -> int:
    """Return the organisation that is meant; a sound code need not be known yet."""
    code = clean_code(said)
    if not code_fault(code):
        return handle_of_code(code)
    return find_firm(memory.reading(_FAR), said).org


def firm_of(memory: Memory, said: str, *, as_of: date) -> Firm:
    """Return the firm that is meant, as it is called on a day."""
    return find_firm(memory.reading(as_of), said)
