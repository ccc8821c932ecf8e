# SPDX-License-Identifier: Apache-2.0
"""Stored runs: written, found, listed, read."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
from psycopg.types.json import Jsonb

from ceyuan.facts.store import Part, tick
from ceyuan.kernel import UsageError
from ceyuan.office.running import Run, Tally, engine_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from psycopg import Connection

    from ceyuan.facts.store import Snapshot
    from ceyuan.office.memory import Memory

_WRITE = """
insert into run (id, region, as_of, known_at, base_year, policies, settings,
  snapshot_id, declarations, engine, counts, root, synthetic, actor, started_at,
  finished_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_PART = """
insert into run_part (run_id, subject, position, name, sha256, size, rows)
values (%s, %s, %s, %s, %s, %s, %s)
"""
_READ = """
select id, region, as_of, known_at, base_year, policies, settings, snapshot_id,
  declarations, engine, counts, root, synthetic, actor, finished_at
from run {where} order by finished_at desc, id
"""
_PARTS = """
select subject, sha256, size, rows from run_part where run_id = %s
order by subject, position
"""


def keep(
    memory: Memory,
    *,
    snapshot: Snapshot,
    as_of: date,
    base_year: int,
    settings: tuple[str, ...],
    tally: Tally,
    parts: Mapping[str, tuple[Part, ...]],
    policies: Mapping[str, tuple[str, ...]],
    root: bytes,
    synthetic: bool,
    started: datetime,
) -> Run:
    """Write a run into the catalogue, in one transaction."""
    counted = {
        "outcomes": tally.counts,
        "subjects": tally.subjects,
        "amounts": tally.amounts,
        "hanging": tally.hanging,
    }
    with memory.transaction() as conn:
        finished = tick(conn)
        text = f"{snapshot.id} {as_of} {base_year} {settings} {root.hex()} {finished}"
        name = f"r{as_of:%Y%m%d}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        conn.execute(
            _WRITE,
            (
                name,
                memory.region.id,
                as_of,
                snapshot.known_at,
                base_year,
                Jsonb({s: list(p) for s, p in policies.items()}),
                Jsonb(list(settings)),
                snapshot.id,
                memory.declared.digest,
                engine_version(),
                Jsonb(counted),
                root,
                synthetic,
                memory.actor,
                started,
                finished,
            ),
        )
        with conn.cursor() as cursor:
            cursor.executemany(
                _PART,
                [
                    (name, subject, at, p.name, p.sha256, p.size, p.rows)
                    for subject, files in parts.items()
                    for at, p in enumerate(files)
                ],
            )
    return find(memory, name)


def find(memory: Memory, name: str) -> Run:
    """Return a run by its id, the beginning of it, or `last`.

    Raises:
        UsageError: There is none, or there are several.
    """
    with memory.transaction() as conn:
        if name == "last":
            found = _rows(conn, "", ())[:1]
        else:
            found = _rows(conn, "where id like %s", (f"{_escaped(name)}%",))
        exact = [r for r in found if r.id == name]
        found = exact or found
        if len(found) == 1:
            return replace(found[0], parts=_parts(conn, found[0].id))
    if not found:
        msg = f"没有判定 `{name}` (there is no such run)"
        raise UsageError(msg, hint="`ceyuan runs` 列出所有判定；`last` 指最近一次")
    msg = f"`{name}` 开头的判定不止一次 (several runs begin so)"
    raise UsageError(msg, hint="、".join(r.id for r in found[:5]))


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def listed(memory: Memory) -> list[Run]:
    """Return all runs, the latest first, without their parts."""
    with memory.transaction() as conn:
        return _rows(conn, "", ())


def _rows(conn: Connection, where: str, given: tuple[Any, ...]) -> list[Run]:
    return [_run(row) for row in conn.execute(_READ.format(where=where), given)]


def _run(row: tuple[Any, ...]) -> Run:
    counts = row[10] if isinstance(row[10], dict) else json.loads(row[10])
    return Run(
        id=row[0],
        region=row[1],
        as_of=row[2],
        known_at=row[3].astimezone(UTC),
        base_year=row[4],
        policies={s: tuple(p) for s, p in row[5].items()},
        settings=tuple(row[6]),
        snapshot=row[7],
        declarations=row[8],
        engine=row[9],
        counts=counts["outcomes"],
        subjects=counts["subjects"],
        amounts=counts["amounts"],
        hanging=counts["hanging"],
        synthetic=row[12],
        actor=row[13],
        finished_at=row[14].astimezone(UTC),
    )


def _parts(conn: Connection, name: str) -> dict[str, tuple[Part, ...]]:
    found: dict[str, list[Part]] = {}
    for subject, sha, size, rows in conn.execute(_PARTS, (name,)):
        found.setdefault(subject, []).append(Part(bytes(sha), size, rows))
    return {subject: tuple(parts) for subject, parts in found.items()}


def frames(memory: Memory, run: Run, subject: str) -> Iterator[pl.DataFrame]:
    """Yield the decisions of a run, part by part, as they were kept.

    Raises:
        Damaged: A file is missing or was altered.
    """
    parts = run.parts.get(subject, ())
    memory.shelf.check(parts, whose=f"判定 {run.id}（{subject}）")
    for part in parts:
        yield pl.read_parquet(memory.shelf.path(part))


def decision(
    memory: Memory, run: Run, subject: str, org: int | None, key: str = ""
) -> dict[str, Any] | None:
    """Return the stored answers of one subject; None where it was not decided.

    Raises:
        Damaged: A file is missing or was altered.
    """
    parts = run.parts.get(subject, ())
    memory.shelf.check(parts, whose=f"判定 {run.id}（{subject}）")
    for part in parts:
        found = (
            pl.scan_parquet(memory.shelf.path(part), glob=False)
            .filter(pl.col("org").eq_missing(org) & (pl.col("key") == key))
            .collect()
        )
        if found.height:
            return found.row(0, named=True)
    return None
