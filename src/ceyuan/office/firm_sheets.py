# SPDX-License-Identifier: Apache-2.0
"""Firm sheets kept: made once by the run or when first asked for, read in a moment.

A sheet is kept under its run and firm. It says what the run said, with one thing more:
rulings on that firm since then count, for a correction that was accepted must show at
once. So it is made from *the run's snapshot, as of the run's day, with the rulings that
became known after it*: the same facts that `correcting.revise` decides on. What was
imported after the run does not come in; that is for the next run.

Of each sheet the last ruling that it counts is kept beside it. Every read compares that
number with the last ruling on the firm, in the same question; a sheet that is behind is
made anew and takes the old one's place. Two that make the same sheet at once write the
same; an older one never takes a newer one's place.

```
run ──► make_sheets (all firms, a share of each processor) ─┐
                                                            ├─► table firm_sheet
page ─► sheet_of ─── kept and not behind ──────────────────►│   (run, org): body
          └── else made for this firm, and kept ────────────┘
```
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import polars as pl

from ceyuan.facts.store import RULING
from ceyuan.kernel import UsageError, clean_code
from ceyuan.office.firm_facts import rulings_of, then
from ceyuan.office.firm_making import Maker
from ceyuan.office.firm_sheet_json import SCHEMA, decode, encode
from ceyuan.office.firms import FIRM, find_firm, labels
from ceyuan.office.running import check
from ceyuan.office.runs import find, frames
from ceyuan.office.workers import spread

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from ceyuan.declarations import Region
    from ceyuan.office.firm_sheet_model import FirmSheet
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run

CHUNK = 500
"""So many firms are read, made and kept at a time: what is held does not grow."""

_READ = """
select s.run_id, s.org, s.known_at, s.revised >= coalesce((select max(t.id) from statement t
    where t.record_type = %(record)s and t.org = s.org and t.source = %(ruling)s), 0)
from firm_sheet s
where s.run_id = case when %(run)s = 'last'
    then (select id from run order by finished_at desc, id limit 1) else %(run)s end
  and s.body ->> 'schema' = %(schema)s
"""
_BODY = "select body from firm_sheet where run_id = %s and org = %s"
DECODED = 64
"""So many sheets are held as they were decoded, in each process."""
_HELD: OrderedDict[tuple[object, ...], FirmSheet] = OrderedDict()
_LOCK = Lock()
_BY_ORG = _READ + " and s.org = %(said)s"
_BY_CODE = _READ + " and s.code = %(said)s limit 2"
_KEEP = """
insert into firm_sheet (run_id, org, code, name, body, revised)
values (%s, %s, %s, %s, %s::jsonb, %s)
on conflict (run_id, org) do update set code = excluded.code, name = excluded.name,
  body = excluded.body, revised = excluded.revised, known_at = clock_timestamp()
where firm_sheet.revised <= excluded.revised
"""
_THERE = """
select org, revised from firm_sheet where run_id = %s and body ->> 'schema' = %s
"""
_FORGET = """
delete from firm_sheet where run_id not in (
  select id from run order by finished_at desc, id limit %s)
"""


def sheet_of(memory: Memory, firm: str | int, run: str = "last") -> FirmSheet:
    """Return what a run says of a firm, with the rulings since; kept for the next time.

    A sheet that is kept is read by one question. One that is not there yet, or is
    behind a ruling, is made (about half a second) and kept.

    Args:
        memory: The office's memory.
        firm: Credit code, name, part of a name, or the number of the organisation.
        run: Id of the run, the beginning of it, or `last`.

    Raises:
        UsageError: There is no such run or firm, several are meant, or the run did not
            decide this firm.
    """
    if firm == "":
        msg = "没有写明是哪家企业 (which firm?)"
        raise UsageError(msg, hint="写统一社会信用代码、名称或名称的一部分")
    kept = _kept(memory, firm if isinstance(firm, int) else clean_code(firm), run)
    if kept is not None:
        return kept
    found = find(memory, run)
    org = firm if isinstance(firm, int) else _org(memory, found, firm)
    return _kept(memory, org, found.id) or make_sheet(memory, found, org)


def kept_sheet(memory: Memory, org: int, run: str = "last") -> FirmSheet | None:
    """Return the sheet of a firm that is kept and not behind a ruling; else None."""
    return _kept(memory, org, run)


def _kept(memory: Memory, said: str | int, run: str) -> FirmSheet | None:
    query = _BY_ORG if isinstance(said, int) else _BY_CODE
    words = {"said": said, "run": run, "schema": SCHEMA}
    with memory.transaction() as conn:
        rows = conn.execute(
            query, {**words, "record": FIRM, "ruling": RULING}
        ).fetchall()
        if len(rows) != 1 or not rows[0][3]:
            return None
        # A sheet is never changed, only made anew, and then says when.
        key = (memory.database.url, *rows[0][:3])
        with _LOCK:
            held = _HELD.get(key)
        if held is not None:
            return held
        body = conn.execute(_BODY, rows[0][:2]).fetchone()
    if body is None:
        return None
    made = decode(body[0])
    with _LOCK:
        _HELD[key] = made
        if len(_HELD) > DECODED:
            _HELD.popitem(last=False)
    return made


def _org(memory: Memory, run: Run, said: str) -> int:
    return find_firm(memory.reading(run.as_of, run.known_at), said).org


def make_sheet(memory: Memory, run: Run, org: int) -> FirmSheet:
    """Make the sheet of one firm anew and keep it.

    Raises:
        UsageError: The run did not decide this firm.
    """
    known = then(memory, run, org=org)
    maker = Maker(known, [org])
    if not maker.orgs:
        who = labels(memory.reading(run.as_of), FIRM, [org]).get(org, org)
        msg = f"判定 {run.id} 里没有 {who} (the run did not decide this firm)"
        raise UsageError(msg, hint="它可能是后来才导入的；再 `ceyuan run` 一次")
    sheet = maker.sheet(org)
    _keep(memory, [_row(sheet)])
    return sheet


@dataclass(frozen=True, slots=True)
class SheetsMade:
    """What came of making the sheets of a run.

    Args:
        run: The run.
        firms: How many firms were looked at.
        made: How many sheets were made; the others were there, and not behind.
    """

    run: str
    firms: int
    made: int


def make_sheets(
    memory: Memory,
    run: Run | str = "last",
    *,
    orgs: Collection[int] | None = None,
    anew: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> SheetsMade:
    """Make the sheets of a run that are not there or are behind, and keep them.

    The firms are taken 500 at a time; each such part is read once, spread over all
    processors and kept in one transaction. What was cut off goes on where it stopped.

    Args:
        memory: The office's memory.
        run: The run, or its id.
        orgs: Only these firms; all that the run decided by default.
        anew: Make those again that are there.
        progress: Told how many of how many firms are done.

    Raises:
        UsageError: There is no such run, or it decided nothing about firms.
        Damaged: A sealed file is missing or was altered.
    """
    found = find(memory, run) if isinstance(run, str) else run
    known = then(memory, found)
    check(memory, known.reading)
    there: dict[int, int] = {}
    if not anew:
        with memory.transaction() as conn:
            there = dict(conn.execute(_THERE, (found.id, SCHEMA)).fetchall())
    whole = found.subjects.get(FIRM, 0) if orgs is None else len(set(orgs))
    firms = made = 0
    for part in _parts(memory, found, orgs):
        wanted = [
            org
            for org in part
            if org not in there or there[org] < known.rulings.get(org, 0)
        ]
        if wanted:
            maker = Maker(known, wanted)

            def one(org: int, maker: Maker = maker) -> tuple[Any, ...]:
                return _row(maker.sheet(org))

            rows = []
            for row in spread(one, maker.orgs):
                rows.append(row)
                progress(firms + len(rows), whole)
            _keep(memory, rows)
            made += len(rows)
        firms += len(part)
        progress(firms, whole)
    return SheetsMade(found.id, firms, made)


def _parts(
    memory: Memory, run: Run, orgs: Collection[int] | None
) -> Iterator[list[int]]:
    """Yield the firms that a run decided, in parts, each in the order of numbers."""
    wanted = None if orgs is None else set(orgs)
    for frame in frames(memory, run, FIRM):
        firms = frame.filter(pl.col("org").is_not_null() & (pl.col("key") == ""))
        of_frame = firms["org"].cast(pl.Int64).sort().to_list()
        for start in range(0, len(of_frame), CHUNK):
            part = of_frame[start : start + CHUNK]
            kept = [org for org in part if wanted is None or org in wanted]
            if kept:
                yield kept


def _row(sheet: FirmSheet) -> tuple[Any, ...]:
    body = json.dumps(encode(sheet), ensure_ascii=False, separators=(",", ":"))
    return sheet.run, sheet.org, sheet.code, sheet.name, body, sheet.revised


def _keep(memory: Memory, rows: list[tuple[Any, ...]]) -> None:
    with memory.transaction() as conn, conn.cursor() as cursor:
        cursor.executemany(_KEEP, rows)


def is_behind(memory: Memory, sheet: FirmSheet) -> bool:
    """Return whether a ruling on the firm is not counted in a sheet."""
    with memory.transaction() as conn:
        return rulings_of(conn, sheet.org).get(sheet.org, 0) > sheet.revised


def forget_sheets(memory: Memory, *, keep: int = 2) -> int:
    """Delete the sheets of all but the latest runs; return how many.

    They are made again when somebody asks for them.
    """
    with memory.transaction() as conn:
        return conn.execute(_FORGET, (keep,)).rowcount


def region_of(memory: Memory, sheet: FirmSheet) -> Region:
    """Return the facts and policies that a sheet was decided by.

    Raises:
        CeyuanError: Its declarations are not kept, or were altered.
    """
    if memory.declared.digest == sheet.declarations:
        return memory.region
    return memory.declared_then(sheet.declarations, sheet.region).region
