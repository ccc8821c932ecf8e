# SPDX-License-Identifier: Apache-2.0
"""A park's sheet of tenants: handed in, understood, checked, given back.

Four steps, each a state of the batch, so that a page can be left and found again:

```
columns ──settled──▶ waiting ──a worker──▶ done | failed
   │ every column with what it is taken for, its unit and why; the doubts
   └── changed by the manager as often as he likes
```

The sheet is read again at each step, and the one way to understand it is `facts`: what
was guessed here is a column map, shown, corrected, handed in again. Results stand in
the batch's own folder: the same workbook with columns added, the JSON of the command
line, and what a page shows of each firm.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from ceyuan.facts import ColumnMap
from ceyuan.facts.columns import IDENTITY_WORDS, IGNORE, parse_columns
from ceyuan.kernel import UsageError
from ceyuan.office.auditing import audit
from ceyuan.office.inputs import read_book
from ceyuan.office.jobs import EVERY, enqueue, jobs_of, stop
from ceyuan.office.uploads import Upload, lay, upload_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from psycopg import Connection

    from ceyuan.facts import FactTable
    from ceyuan.office.memory import Memory
    from ceyuan.sheets import Book

_COLUMNS = """
id, upload_id, joined, organisation, actor, as_of, columns, state, counts, changes,
job_id, previous_id, every, created_at, finished_at
"""
_READ = f"select {_COLUMNS} from park_batch "  # noqa: S608 - our own words
_CHAIN = f"""
with recursive chain(id) as (
  select %s::text union all
  select b.id from park_batch b join chain c on b.previous_id = c.id)
select {_COLUMNS} from park_batch where id in (select id from chain) and state = 'done'
order by created_at desc limit 1
"""  # noqa: S608 - our own words
_NEW = """
insert into park_batch (id, upload_id, joined, organisation, actor, as_of, columns,
  previous_id, every)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
SAMPLES = 3
KIND = "park_check"
AGAIN = "park_again"


@dataclass(frozen=True, slots=True)
class ParkBatch:
    """A sheet of tenants and how far it is.

    Args:
        id: Its id, hard to guess.
        upload: The sheet.
        joined: Further files laid beside it.
        organisation: Whose tenants.
        actor: Who handed it in.
        as_of: Day of the decisions.
        columns: How it is understood: `map` (YAML), `seen`, `questions`, `rows`.
        state: `columns`, `waiting`, `done`, `failed`.
        counts: Sums of the result.
        changes: What is otherwise than in the batch before.
        job: The job that checks it.
        previous: The batch before, of a repeated one.
        every: How often it is done again.
        created_at: When it was handed in.
        finished_at: When it was checked.
    """

    id: str
    upload: str
    joined: list[str]
    organisation: str
    actor: str
    as_of: date
    columns: dict[str, Any]
    state: str
    counts: dict[str, Any] | None
    changes: dict[str, Any] | None
    job: str | None
    previous: str | None
    every: str
    created_at: datetime
    finished_at: datetime | None

    def folder(self, memory: Memory) -> Path:
        """Return where its results stand."""
        return memory.workspace.folder / "batches" / self.id


@dataclass(frozen=True, slots=True)
class Seen:
    """One column of a sheet, and what it is taken for.

    Args:
        file: The file; empty for the main one.
        sheet: The sheet.
        letter: The column.
        heading: Its heading as it stands there.
        samples: The first few cells that hold something.
        fact: The fact it is taken for; `name`, `uscc`, `year`, `ignore`, or empty.
        year: Fiscal year of its figures.
        unit: Unit of its figures.
        why: How the unit was found.
        doubt: What only the user can say; empty for none.
        options: The possible answers, the likeliest first.
    """

    file: str
    sheet: str
    letter: str
    heading: str
    samples: tuple[str, ...]
    fact: str = ""
    year: int | None = None
    unit: str = ""
    why: str = ""
    doubt: str = ""
    options: tuple[str, ...] = ()


def begin(
    memory: Memory,
    upload: Upload,
    *,
    joined: Sequence[Upload] = (),
    as_of: date,
    organisation: str,
    previous: str | None = None,
    every: str = "",
) -> ParkBatch:
    """Read a sheet for the first time and keep how it is understood.

    Raises:
        InputRejected: The sheet cannot be read, or holds no firm.
    """
    name = f"b{secrets.token_hex(8)}"
    draft = ParkBatch(
        name, upload.id, [one.id for one in joined], organisation, memory.actor,
        as_of, {"map": ""}, "columns", None, None, None, previous, every,
        datetime.now().astimezone(), None,
    )  # fmt: skip
    columns = _understood(memory, draft, [upload, *joined])
    with memory.transaction() as conn:
        conn.execute(
            _NEW,
            (name, upload.id, Jsonb(draft.joined), organisation, memory.actor, as_of,
             Jsonb(columns), previous, every),
        )  # fmt: skip
        return batch_of(conn, name)


def settle(
    memory: Memory, name: str, said: Mapping[str, Mapping[str, str]]
) -> ParkBatch:
    """Take what the manager says of columns, and read the sheet again so.

    Args:
        memory: The office's memory.
        name: The batch.
        said: By `SHEET!LETTER` the `fact`, and its `unit` and `year` where it has them.

    Raises:
        UsageError: The batch is being checked already; a fact or unit is not known.
    """
    with memory.transaction() as conn:
        batch = batch_of(conn, name)
        uploads = _uploads(conn, batch)
    if batch.state != "columns":
        msg = "这张表已经开始核对，不能再改列 (being checked already)"
        raise UsageError(msg, hint="重新上传一次，再改")
    known = parse_columns(
        batch.columns["map"], name="columns", dictionary=memory.region.facts
    )
    sheets = {one.sheet or "": one for one in (known, *known.more)}
    changed: dict[str, Any] = {}
    for sheet, one in sheets.items():
        columns: dict[str, Any] = {
            letter: choice.model_dump(exclude_defaults=True)
            for letter, choice in one.columns.items()
        }
        for place, choice in said.items():
            where, _, letter = place.rpartition("!")
            if where == sheet:
                columns[letter] = _choice(memory, choice)
        changed[sheet] = one.model_copy(update={}).model_dump(
            exclude={"columns", "more", "files"}, exclude_defaults=True
        ) | {"columns": columns}
    first, *more = changed.values()
    files = known.model_dump(include={"files"}, exclude_defaults=True)
    new = ColumnMap.model_validate({**first, "more": more, **files})
    columns = _understood(memory, batch, uploads, new)
    _keep_reasons(columns["seen"], batch.columns["seen"], said)
    with memory.transaction() as conn:
        conn.execute(
            "update park_batch set columns = %s where id = %s and state = 'columns'",
            (Jsonb(columns), name),
        )
        return batch_of(conn, name)


def _keep_reasons(
    now: list[dict[str, Any]],
    before: list[dict[str, Any]],
    said: Mapping[str, Mapping[str, str]],
) -> None:
    """Say of each column why it has its unit: who changed one did not change the rest."""
    known = {(one["sheet"], one["letter"]): one for one in before}
    for one in now:
        was = known.get((one["sheet"], one["letter"]), {})
        if f"{one['sheet']}!{one['letter']}" in said:
            one["why"] = "按你写的"
        elif all(was.get(k) == one[k] for k in ("fact", "unit", "year")):
            one["why"] = was["why"]


def begin_again(memory: Memory, name: str) -> ParkBatch:
    """Take the sheet of a batch once more, its columns as they were, to be corrected.

    The batch and its result stay as they are: what was checked was checked so.

    Raises:
        UsageError: There is no such batch.
        InputRejected: The sheet cannot be read any more.
    """
    with memory.transaction() as conn:
        old = batch_of(conn, name)
        uploads = _uploads(conn, old)
    new = begin(
        memory,
        uploads[0],
        joined=uploads[1:],
        as_of=old.as_of,
        organisation=old.organisation,
    )
    with memory.transaction() as conn:
        conn.execute(
            "update park_batch set columns = %s where id = %s",
            (Jsonb(old.columns), new.id),
        )
        return batch_of(conn, new.id)


def _choice(memory: Memory, said: Mapping[str, str]) -> dict[str, Any]:
    fact = said.get("fact", "") or IGNORE
    if fact not in (IGNORE, *IDENTITY_WORDS) and fact not in memory.region.facts:
        msg = f"没有叫 `{fact}` 的事实 (no such fact)"
        raise UsageError(msg)
    made: dict[str, Any] = {"fact": fact}
    if said.get("unit"):
        made["unit"] = said["unit"]
    if said.get("year"):
        made["year"] = int(said["year"])
    return made


def start(memory: Memory, name: str) -> ParkBatch:
    """Ask for the batch to be checked; asked twice, it is checked once."""
    with memory.transaction() as conn:
        batch = batch_of(conn, name, lock=True)
        if batch.state != "columns":
            return batch
        job = enqueue(
            conn,
            KIND,
            {"batch": name},
            actor=memory.actor,
            organisation=batch.organisation,
        )
        conn.execute(
            "update park_batch set state = 'waiting', job_id = %s where id = %s",
            (job, name),
        )
        audit(
            conn,
            "park_batch.check",
            [(name, None, {"rows": batch.columns["rows"]})],
            actor=memory.actor,
        )
        return batch_of(conn, name)


def batch_of(conn: Connection, name: str, *, lock: bool = False) -> ParkBatch:
    """Return a batch.

    Raises:
        UsageError: There is none of this id.
    """
    tail = " for no key update" if lock else ""
    row = conn.execute(_READ + "where id = %s" + tail, (name,)).fetchone()
    if row is None:
        msg = f"没有批次 `{name}` (there is no such batch)"
        raise UsageError(msg)
    return ParkBatch(*row)


def last_of(conn: Connection, name: str) -> ParkBatch:
    """Return the newest checked batch of a chain that begins with one."""
    row = conn.execute(_CHAIN, (name,)).fetchone()
    return batch_of(conn, name) if row is None else ParkBatch(*row)


def batches(
    conn: Connection,
    where: str = "true",
    given: Sequence[Any] = (),
    *,
    limit: int = 100,
) -> list[ParkBatch]:
    """Return batches, the newest first.

    Args:
        conn: The transaction.
        where: A predicate of `permissions.where`.
        given: Its parameters.
        limit: At most so many.
    """
    rows = conn.execute(
        f"{_READ} where {where} order by created_at desc limit %s",
        [*given, limit],
    )
    return [ParkBatch(*row) for row in rows]


def read_batch(
    memory: Memory,
    batch: ParkBatch,
    uploads: Sequence[Upload],
    said: ColumnMap | None = None,
) -> tuple[Book, FactTable]:
    """Return a batch's sheet and the facts of its rows, as they are understood."""
    paths = lay(memory, uploads, batch.folder(memory) / "in")
    return read_book(
        paths[0],
        region=memory.region,
        as_of=batch.as_of,
        joined=paths[1:],
        said=said if said is not None else _map(memory, batch),
    )


def _uploads(conn: Connection, batch: ParkBatch) -> list[Upload]:
    return [upload_of(conn, one) for one in (batch.upload, *batch.joined)]


def uploads_of(conn: Connection, batch: ParkBatch) -> list[Upload]:
    """Return the files of a batch, the main one first."""
    return _uploads(conn, batch)


def _map(memory: Memory, batch: ParkBatch) -> ColumnMap | None:
    text = batch.columns["map"]
    if not batch.columns.get("said"):
        return None  # as it was guessed; guessing again gives the reasons again
    return parse_columns(text, name="columns", dictionary=memory.region.facts)


def _understood(
    memory: Memory,
    batch: ParkBatch,
    uploads: Sequence[Upload],
    said: ColumnMap | None = None,
) -> dict[str, Any]:
    """Return how a sheet is understood, as the batch keeps it."""
    book, table = read_batch(memory, batch, uploads, said)
    kept = table.columns_guessed if said is None else said
    found = [_plain(one) for one in seen(book, table)]
    return {
        "map": kept.dump(),
        "said": said is not None,
        "rows": len(table.rows),
        "year": table.year,
        "year_reason": table.year_reason,
        # Rows that state their year each mean their own.
        "by_row": next((one for one in found if one["fact"] == "year"), None),
        "seen": found,
        "skipped": [
            {"sheet": s.sheet, "row": s.row, "reason": s.reason} for s in table.skipped
        ],
        "questions": [
            {
                "place": q.problem.place,
                "what": q.problem.message,
                "mend": q.problem.mend,
                "options": list(q.options),
            }
            for q in table.questions
        ],
        "problems": len(table.problems),
    }


def _plain(one: Seen) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Seen.__slots__}


def seen(book: Book, table: FactTable) -> list[Seen]:
    """Return every column of the main file with what it is taken for."""
    doubts = {
        (q.problem.sheet, q.problem.column): q
        for q in table.questions
        if q.problem.file in ("", table.file)
    }
    taken: dict[tuple[str, str], tuple[str, int | None, str, str]] = {}
    maps = (table.columns_guessed, *table.columns_guessed.more)
    for one in maps:
        for letter, choice in one.columns.items():
            taken[one.sheet or "", letter] = (
                choice.fact,
                choice.year,
                choice.unit or "",
                "",
            )
    for (fact, year), column in table.columns.items():
        for source in column.sources:
            place = (source.sheet, source.column)
            if source.file != table.file or not source.column:
                continue
            # A code also tells where a firm is registered; it is still the code.
            if taken.get(place, (fact,))[0] == fact:
                unit = source.unit if source.unit != "1" else ""
                taken[place] = (fact, year, unit, source.unit_reason)
    sheets = {sheet.name: sheet for sheet in book.sheets}
    found = []
    for name, letters in table.headings.items():
        for letter, heading in letters.items():
            fact, year, unit, why = taken.get((name, letter), ("", None, "", ""))
            doubt = doubts.get((name, letter))
            found.append(
                Seen(
                    "",
                    name,
                    letter,
                    heading,
                    _samples(sheets[name], letter, table, name),
                    fact,
                    year,
                    unit,
                    why,
                    "" if doubt is None else doubt.problem.message,
                    () if doubt is None else doubt.options,
                )
            )
    return found


def _samples(sheet: Any, letter: str, table: FactTable, name: str) -> tuple[str, ...]:  # noqa: ANN401 - a sheet
    from ceyuan.sheets import column_number

    at = column_number(letter) - 1
    found: list[str] = []
    for row in table.rows:
        if row.sheet != name or len(found) == SAMPLES:
            continue
        cells = sheet.rows[row.row - 1]
        value = cells[at] if at < len(cells) else None
        if value not in (None, ""):
            found.append(str(value)[:40])
    return tuple(found)


def result_of(memory: Memory, batch: ParkBatch) -> dict[str, Any]:
    """Return what a page shows of a batch that was checked.

    Raises:
        UsageError: It was not checked yet.
    """
    place = batch.folder(memory) / "shown.json"
    if batch.state != "done" or not place.is_file():
        msg = "这张表还没有核对完 (not checked yet)"
        raise UsageError(msg)
    found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found


def repeat(memory: Memory, name: str, every: str) -> ParkBatch:
    """Ask for a batch to be done again every day or week; an empty word ends it.

    Raises:
        UsageError: It cannot be repeated so.
    """
    if every and every not in EVERY:
        msg = f"`{every}` 不是重复的间隔 (not an interval)"
        raise UsageError(msg, hint=f"可用：{'、'.join(EVERY)}")
    with memory.transaction() as conn:
        batch = batch_of(conn, name, lock=True)
        for job in jobs_of(conn, kind=AGAIN, actor=batch.actor):
            if job.said["batch"] == name and not job.is_over:
                stop(conn, job.id)
        if every:
            enqueue(
                conn,
                AGAIN,
                {"batch": name},
                actor=batch.actor,
                organisation=batch.organisation,
                not_before=datetime.now().astimezone() + EVERY[every],
                every=every,
            )
        conn.execute("update park_batch set every = %s where id = %s", (every, name))
        audit(
            conn,
            "park_batch.repeat",
            [(name, {"every": batch.every}, {"every": every})],
            actor=memory.actor,
        )
        return batch_of(conn, name)
