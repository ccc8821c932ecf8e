# SPDX-License-Identifier: Apache-2.0
"""What is known of the batches: every statement of SQL about them stands here.

A batch is registered in one transaction: until it commits, nothing refers to its
files; after it, they are part of what is known. The same file from the same source
is registered once; whoever comes second is told of the first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from ceyuan.facts.store.clock import tick
from ceyuan.facts.store.shelf import Part
from ceyuan.kernel import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from psycopg import Connection

PEOPLE = "people"
IMPORT = "import"

_BATCH = """
insert into batch (id, record_type, source, kind, rows, rejected, root, columns,
  complete, actor, reason, known_at, as_stated, declarations, synthetic, statements_to)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_PART = """
insert into batch_part (batch_id, position, name, sha256, size, rows)
values (%s, %s, %s, %s, %s, %s)
"""
_FILE = """
insert into batch_file (batch_id, record_type, source, sha256, name, size, rows,
  rejected)
values (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_BATCHES = """
select b.id, b.record_type, b.source, b.kind, b.rows, b.rejected, b.root, b.columns,
  b.complete, b.actor, b.reason, b.known_at, b.as_stated, b.declarations, b.synthetic,
  b.statements_to, w.known_at
from batch b left join withdrawal w on w.batch_id = b.id
{where}
order by b.known_at, b.id
"""
_PARTS = """
select batch_id, sha256, size, rows from batch_part
where batch_id = any(%s) order by batch_id, position
"""
_FILES = """
select batch_id, name, sha256, size, rows, rejected from batch_file
where batch_id = any(%s) order by batch_id, id
"""
_SAME = """
select batch_id from batch_file
where record_type = %s and source = %s and sha256 = any(%s)
  and not exists (select 1 from withdrawal w where w.batch_id = batch_file.batch_id)
"""
_NAMED = """
select b.id, w.batch_id is not null from batch b
left join withdrawal w on w.batch_id = b.id
where b.id = %s or b.id like %s order by b.known_at
"""
_WITHDRAW = """
insert into withdrawal (batch_id, actor, reason, known_at) values (%s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that was handed in.

    Args:
        name: Its name, without its folder.
        sha256: Hash of its bytes.
        size: Its length in bytes.
        rows: Records accepted from it.
        rejected: Rows that were not.
    """

    name: str
    sha256: bytes
    size: int
    rows: int
    rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A sealed batch, as the catalogue knows it.

    Args:
        id: Its id: `b` and the first 12 places of its root; `-2` behind it where the
            same was imported and withdrawn before.
        record: Record type.
        source: Who states it.
        kind: `import`, or `people` for what was written one by one.
        rows: Records.
        rejected: Rows that were not taken.
        root: Root over the roots of its parts.
        attributes: Attributes that it states.
        complete: What its list is complete of: `true`, or codes.
        actor: Who brought it in.
        reason: Why, in their words.
        known_at: When it became known.
        as_stated: The day that its figures without a day of their own hold from.
        declarations: Digest of the record declarations it was read under.
        synthetic: It is invented.
        parts: Its files in the store.
        files: The files that were handed in.
        statements_to: Number of the last statement that it holds.
        first_known: When the first of its records became known.
        withdrawn_at: When it was withdrawn; None: it stands.
    """

    id: str
    record: str
    source: str
    kind: str
    rows: int
    rejected: int
    root: bytes
    attributes: tuple[str, ...]
    complete: bool | frozenset[str]
    actor: str
    reason: str
    known_at: datetime
    as_stated: date
    declarations: str
    synthetic: bool
    parts: tuple[Part, ...]
    files: tuple[File, ...] = ()
    statements_to: int | None = None
    first_known: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def since(self) -> datetime:
        """Return when the first of its records became known."""
        return self.first_known or self.known_at


def register(conn: Connection, batch: Batch) -> Batch:
    """Write a batch into the catalogue; return it with the moment it became known.

    The transaction is the caller's; it should commit right after.

    Raises:
        AlreadyThere: Another importer registered one of its files, or the same
            records, first.
    """
    moment = tick(conn)
    made = replace(batch, known_at=moment, id=_free_name(conn, batch))
    columns: dict[str, Any] = {
        "attributes": list(batch.attributes),
        "roots": [p.root.hex() for p in batch.parts],
    }
    if batch.first_known is not None:
        columns["first_known"] = batch.first_known.isoformat()
    complete = (
        batch.complete if isinstance(batch.complete, bool) else sorted(batch.complete)
    )
    conn.execute(
        _BATCH,
        (
            made.id,
            made.record,
            made.source,
            made.kind,
            made.rows,
            made.rejected,
            made.root,
            Jsonb(columns),
            Jsonb(complete),
            made.actor,
            made.reason,
            made.known_at,
            made.as_stated,
            made.declarations,
            made.synthetic,
            made.statements_to,
        ),
    )
    with conn.cursor() as cursor:
        cursor.executemany(
            _PART,
            [
                (made.id, at, p.name, p.sha256, p.size, p.rows)
                for at, p in enumerate(made.parts)
            ],
        )
        cursor.executemany(
            _FILE,
            [
                (
                    made.id,
                    made.record,
                    made.source,
                    f.sha256,
                    f.name,
                    f.size,
                    f.rows,
                    f.rejected,
                )
                for f in made.files
            ],
        )
    return made


def _free_name(conn: Connection, batch: Batch) -> str:
    """Return an id for a batch: what was withdrawn keeps its own.

    Called under the lock of the clock: nobody registers in between.
    """
    hashes = [f.sha256 for f in batch.files]
    if hashes and imported(conn, batch.record, batch.source, hashes):
        raise AlreadyThere
    before = conn.execute(_NAMED, (batch.id, f"{batch.id}-%")).fetchall()
    if any(not gone for _, gone in before):
        raise AlreadyThere
    return f"{batch.id}-{len(before) + 1}" if before else batch.id


class AlreadyThere(Exception):
    """One of the files was registered by somebody else in the meantime."""


def imported(
    conn: Connection, record: str, source: str, hashes: Sequence[bytes]
) -> list[str]:
    """Return the batches that stand and hold files of these hashes, of that source."""
    rows = conn.execute(_SAME, (record, source, list(hashes))).fetchall()
    return sorted({row[0] for row in rows})


def batches(
    conn: Connection,
    *,
    ids: Sequence[str] | None = None,
    record: str = "",
) -> tuple[Batch, ...]:
    """Return batches with their parts and files, in the order they became known.

    Args:
        conn: The catalogue.
        ids: Only these.
        record: Only of this record type.
    """
    where = ""
    given: list[object] = []
    if ids is not None:
        where, given = "where b.id = any(%s)", [list(ids)]
    elif record:
        where, given = "where b.record_type = %s", [record]
    found = conn.execute(_BATCHES.format(where=where), given).fetchall()
    names = [row[0] for row in found]
    parts: dict[str, list[tuple[bytes, int, int]]] = {}
    for batch_id, sha, size, rows in conn.execute(_PARTS, (names,)):
        parts.setdefault(batch_id, []).append((bytes(sha), size, rows))
    files: dict[str, list[File]] = {}
    for batch_id, name, sha, size, rows, rejected in conn.execute(_FILES, (names,)):
        files.setdefault(batch_id, []).append(
            File(name=name, sha256=bytes(sha), size=size, rows=rows, rejected=rejected)
        )
    return tuple(
        _batch(row, parts.get(row[0], []), files.get(row[0], [])) for row in found
    )


def known_then(found: Iterable[Batch], moment: datetime | None) -> tuple[Batch, ...]:
    """Return the batches that were known at a moment, as they stood then."""
    if moment is None:
        return tuple(found)
    return tuple(
        b
        if b.withdrawn_at is None or b.withdrawn_at <= moment
        else replace(b, withdrawn_at=None)
        for b in found
        if b.since <= moment
    )


def batch(conn: Connection, batch_id: str) -> Batch:
    """Return one batch.

    Raises:
        UsageError: There is none of this id.
    """
    found = batches(conn, ids=[batch_id])
    if not found:
        msg = f"没有批次 `{batch_id}` (there is no such batch)"
        raise UsageError(msg, hint="`ceyuan batches` 列出所有批次")
    return found[0]


def _batch(
    row: tuple[Any, ...], parts: list[tuple[bytes, int, int]], files: list[File]
) -> Batch:
    from datetime import datetime

    columns: Mapping[str, Any] = (
        json.loads(row[7]) if isinstance(row[7], str) else row[7]
    )
    roots = [bytes.fromhex(text) for text in columns["roots"]]
    first = columns.get("first_known")
    complete = row[8]
    return Batch(
        id=row[0],
        record=row[1],
        source=row[2],
        kind=row[3],
        rows=row[4],
        rejected=row[5],
        root=bytes(row[6]),
        attributes=tuple(columns["attributes"]),
        complete=complete if isinstance(complete, bool) else frozenset(complete or ()),
        actor=row[9],
        reason=row[10],
        known_at=row[11],
        as_stated=row[12],
        declarations=row[13],
        synthetic=row[14],
        parts=tuple(
            Part(sha, size, rows, root)
            for (sha, size, rows), root in zip(parts, roots, strict=True)
        ),
        files=tuple(files),
        statements_to=row[15],
        first_known=datetime.fromisoformat(first) if first else None,
        withdrawn_at=row[16],
    )


def withdraw(conn: Connection, batch_id: str, *, actor: str, reason: str) -> datetime:
    """Withdraw a batch: from now on it is not read; what was known stays known.

    Raises:
        UsageError: There is no such batch, or it is withdrawn already.
    """
    found = batch(conn, batch_id)
    if found.withdrawn_at is not None:
        msg = f"批次 `{batch_id}` 已经撤回 (already withdrawn)"
        raise UsageError(msg)
    if found.kind == PEOPLE:
        msg = f"批次 `{batch_id}` 是逐条写入的记录 (written by people, one by one)"
        raise UsageError(msg, hint="用更正推翻其中的一条: `ceyuan correct`")
    moment = tick(conn)
    conn.execute(_WITHDRAW, (batch_id, actor, reason, moment))
    return moment
