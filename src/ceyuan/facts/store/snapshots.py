# SPDX-License-Identifier: Apache-2.0
"""Snapshots: what was known at a moment, under a name that is its hash.

A snapshot lists the batches that were known, those withdrawn, what was known of
identities, and a cut for what people wrote. Its id is the hash of that list, so two
people who knew the same have the same snapshot, and an old one can be read for ever
from files that no one may change.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from ceyuan.facts.store import merkle, statements
from ceyuan.facts.store.catalogue import PEOPLE, Batch, batches, register
from ceyuan.facts.store.clock import latest, tick
from ceyuan.facts.store.identity import Identity, read_events
from ceyuan.facts.store.reading import Reading
from ceyuan.kernel import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import polars as pl
    from psycopg import Connection

    from ceyuan.facts.store.kinds import Kind
    from ceyuan.facts.store.shelf import Part, Shelf

_KEEP = """
insert into snapshot (id, manifest, known_at, made_at, actor)
values (%s, %s, %s, clock_timestamp(), %s) on conflict (id) do nothing
"""
_FIND = "select manifest, known_at from snapshot where id = %s"
_LAST_STATEMENT = """
select max(known_at) from statement
where (%s::timestamptz is null or known_at <= %s)
"""
_NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was known at a moment.

    Args:
        id: The hash of the manifest.
        known_at: The moment at which the last of it became known.
        batches: Ids of the batches in it.
        manifest: What the id is the hash of.
    """

    id: str
    known_at: datetime
    batches: tuple[str, ...]
    manifest: Mapping[str, Any]


def batch_id(parts: Iterable[Part]) -> tuple[str, bytes]:
    """Return the id of a batch and the root over its parts."""
    root = merkle.root(b"".join(p.root for p in parts))
    return f"b{root.hex()[:12]}", root


def flush(conn: Connection, shelf: Shelf, kinds: Mapping[str, Kind]) -> list[Batch]:
    """Seal what people wrote since the last sealing; the transaction is the caller's.

    A batch names who wrote what is in it, and why: whoever happens to need a snapshot
    next has sealed it and said none of it; he stands beside the snapshot.
    """
    tick(conn)  # nobody else seals, nobody writes, until this is committed
    after = statements.sealed_to(conn)
    attributes = {name: kind.attributes for name, kind in kinds.items()}
    written = statements.read(conn, attributes, after=after)
    groups: dict[tuple[str, str], list[statements.Statement]] = {}
    for one in written:
        groups.setdefault((one.record, one.source), []).append(one)
    made = []
    for (record, source), said in groups.items():
        frame = statements.as_frame(said, kinds[record].attributes)
        part = shelf.seal(frame, record=record, source=source)
        name, root = batch_id([part])
        first = said[0].known_at
        assert first is not None
        made.append(
            register(
                conn,
                Batch(
                    id=name,
                    record=record,
                    source=source,
                    kind=PEOPLE,
                    rows=frame.height,
                    rejected=0,
                    root=root,
                    attributes=tuple(sorted({s.attribute for s in said})),
                    complete=False,
                    actor="、".join(dict.fromkeys(s.actor for s in said)),
                    reason="；".join(dict.fromkeys(s.reason for s in said if s.reason)),
                    known_at=first,
                    as_stated=first.date(),
                    declarations="",
                    synthetic=False,
                    parts=(part,),
                    statements_to=written[-1].id,
                    first_known=first,
                ),
            )
        )
    return made


def make(
    conn: Connection,
    shelf: Shelf,
    kinds: Mapping[str, Kind],
    *,
    actor: str,
    known_at: datetime | None = None,
) -> Snapshot:
    """Return the snapshot of what is known, or was known at a moment; it is kept.

    What people wrote is sealed first. The transaction is the caller's.
    """
    flush(conn, shelf, kinds)
    every = batches(conn)
    known = [b for b in every if known_at is None or b.since <= known_at]
    gone = {
        b.id: moment
        for b in known
        if (moment := b.withdrawn_at) and (known_at is None or moment <= known_at)
    }
    events = read_events(conn, known_at)
    moments = [b.known_at for b in known if b.kind != PEOPLE]
    moments += [*gone.values(), *(e.known_at for e in events)]
    row = conn.execute(_LAST_STATEMENT, (known_at, known_at)).fetchone()
    if row is not None and row[0] is not None:
        moments.append(row[0])
    latest = max(moments, default=_NOTHING_YET).astimezone(UTC)
    identity = merkle.root([event.sha for event in events])
    manifest = {
        "format": 1,
        "batches": [
            {
                "id": b.id,
                "record": b.record,
                "source": b.source,
                "root": b.root.hex(),
                "complete": b.complete
                if isinstance(b.complete, bool)
                else sorted(b.complete),
            }
            for b in sorted(known, key=lambda b: (b.known_at, b.id))
            if b.id not in gone
        ],
        "withdrawn": sorted(gone),
        "identity": identity.hex() if events else "",
        "known_at": latest.isoformat(),
    }
    snapshot = _named(manifest)
    conn.execute(_KEEP, (snapshot.id, Jsonb(manifest), latest, actor))
    return snapshot


def manifest_hash(manifest: Mapping[str, Any]) -> str:
    """Return the id of the snapshot that a manifest describes."""
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _named(manifest: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        manifest_hash(manifest),
        datetime.fromisoformat(manifest["known_at"]),
        tuple(b["id"] for b in manifest["batches"]),
        manifest,
    )


def find(conn: Connection, snapshot: str) -> Snapshot:
    """Return a kept snapshot, by its whole id.

    Raises:
        UsageError: There is none.
    """
    row = conn.execute(_FIND, (snapshot,)).fetchone()
    if row is None:
        msg = f"没有快照 `{snapshot[:16]}` (there is no such snapshot)"
        raise UsageError(msg, hint="`ceyuan runs` 列出每次判定所用的快照")
    return _named(row[0])


def of_snapshot(
    conn: Connection, shelf: Shelf, snapshot: Snapshot, *, as_of: date
) -> Reading:
    """Return what a snapshot holds, to be read as of a day."""
    found = {b.id: b for b in batches(conn, ids=snapshot.batches)}
    events = read_events(conn, snapshot.known_at)
    identity = Identity.fold(events, as_of=as_of, known_at=snapshot.known_at)
    return Reading(
        shelf=shelf,
        batches=tuple(found[b] for b in snapshot.batches),
        as_of=as_of,
        cut=snapshot.known_at,
        aliases=identity.mapping(),
        absorbed=identity.absorbed(),
        called=identity.called(),
    )


def as_known(
    conn: Connection,
    shelf: Shelf,
    kinds: Mapping[str, Kind],
    *,
    as_of: date,
    known_at: datetime | None = None,
) -> Reading:
    """Return what is known now, or was known at a moment, without sealing anything."""
    cut = known_at
    if cut is None:
        cut = latest(conn)  # all that is written counts, even if the clock went back
    known = tuple(
        b
        for b in batches(conn)
        if (known_at is None or b.since <= known_at)
        and (
            b.withdrawn_at is None
            or (known_at is not None and b.withdrawn_at > known_at)
        )
    )
    attributes = {name: kind.attributes for name, kind in kinds.items()}
    after = statements.sealed_to(conn)
    groups: dict[str, dict[str, list[statements.Statement]]] = {}
    for one in statements.read(conn, attributes, after=after, known_at=known_at):
        groups.setdefault(one.record, {}).setdefault(one.source, []).append(one)
    written: dict[str, tuple[tuple[str, pl.DataFrame], ...]] = {
        record: tuple(
            (source, statements.as_frame(said, kinds[record].attributes))
            for source, said in by_source.items()
        )
        for record, by_source in groups.items()
    }
    events = read_events(conn, known_at)
    identity = Identity.fold(events, as_of=as_of, known_at=cut)
    return Reading(
        shelf=shelf,
        batches=known,
        as_of=as_of,
        cut=cut,
        aliases=identity.mapping(),
        absorbed=identity.absorbed(),
        called=identity.called(),
        written=written,
    )


def verified(batch: Batch, shelf: Shelf) -> Batch:
    """Return a batch whose files are what their names say.

    Raises:
        Damaged: One is missing or was altered.
    """
    shelf.check(batch.parts, whose=f"批次 {batch.id}（{batch.record}，{batch.source}）")
    return replace(batch)
