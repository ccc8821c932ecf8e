# SPDX-License-Identifier: Apache-2.0
"""Files in: checked, sealed, registered in one transaction.

A file is read and its good rows become records of a batch; what is wrong goes to a
report with its place. Until the one transaction at the end commits, nothing of it is
known, and after it everything is: an import that dies in between has not happened,
and the next command says so. The same file from the same source is taken once.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.intake import read_rows
from ceyuan.facts.store import (
    RULING,
    AlreadyThere,
    Batch,
    File,
    Part,
    batch_id,
    batches,
    imported,
    register,
)
from ceyuan.facts.store.catalogue import IMPORT
from ceyuan.facts.store.columns import attributes_of
from ceyuan.kernel import InputRejected, Problem, UsageError
from ceyuan.office.attempts import attempt, done
from ceyuan.office.clashes import without_clashes
from ceyuan.office.memory import disk_errors
from ceyuan.office.people import sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from ceyuan.declarations.forms import Form
    from ceyuan.facts import ColumnMap
    from ceyuan.facts.intake import RowsRead
    from ceyuan.facts.store import Kind
    from ceyuan.office.memory import Memory

PART_ROWS = 1_000_000
REGISTRAR = "registrar_class"


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Args:
        batch: The batch; of an earlier import where all files were known already.
        record: Record type.
        source: Who states it.
        accepted: Records that went in.
        rejected: Rows that did not.
        repeated: All files had been imported before: nothing was changed.
        files: What became of each file.
        problems: What is wrong, each with its place.
        notes: What was decided and ought to be said.
        doubts: Names that may be an organisation that is known by its code.
        report: The report of problems; None where there are none.
        known_at: When it became known.
        synthetic: It is invented.
    """

    batch: str
    record: str
    source: str
    accepted: int
    rejected: int
    repeated: bool
    files: tuple[File, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    doubts: int = 0
    report: Path | None = None
    known_at: datetime | None = None
    synthetic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of the files by who brings them in.

    Args:
        source: Who states it.
        as_of: Day from which figures without a day of their own hold.
        columns: What is fixed about the columns.
        form: A declared form that the files are; None: found by its marks.
        year: Fiscal year of columns that name none.
        complete: The list is complete; None: as its title says.
        reason: Why it is brought in.
        synthetic: It is invented.
    """

    source: str
    as_of: date
    columns: ColumnMap | None = None
    form: Form | None = None
    year: int | None = None
    complete: bool | frozenset[str] | None = None
    reason: str = ""
    synthetic: bool = False


@dataclass(slots=True)
class _Taken:
    """What was read so far."""

    parts: list[Part] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    complete: bool | frozenset[str] = False
    seen: list[pl.DataFrame] = field(default_factory=list)
    names: list[pl.DataFrame] = field(default_factory=list)
    named: list[pl.DataFrame] = field(default_factory=list)


def import_files(
    memory: Memory,
    record: str,
    paths: Sequence[Path],
    said: Said,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> Imported:
    """Take files in as one batch.

    Args:
        memory: The office's memory.
        record: Record type.
        paths: The files.
        said: What is said of them.
        progress: Told what is being done.

    Raises:
        UsageError: There is no such type or source, or a file does not exist.
        InputRejected: A file cannot be read, or nothing in it could be taken.
        DatabaseAway: The database cannot be reached; nothing was changed.
        DiskFull: There is no room; nothing was changed.
    """
    kind = memory.kind(record)
    memory.records.source(said.source)
    if said.source == RULING:
        msg = "裁定不能从文件导入 (a ruling is no source of files)"
        raise UsageError(
            msg, hint="用 `ceyuan correct` 提出，`ceyuan decide` 裁定，逐条留下理由"
        )
    if not paths:
        msg = "没有写明文件 (no file is named)"
        raise UsageError(msg)
    marks = {path: _hash(path) for path in paths}
    with disk_errors():
        made = _imported(memory, kind, marks, said, progress)
    if made is None:
        # Somebody else was faster with one of these files, which is known now.
        return import_files(memory, record, paths, said, progress=progress)
    return made


def _imported(
    memory: Memory,
    kind: Kind,
    marks: Mapping[Path, tuple[bytes, int]],
    said: Said,
    progress: Callable[[str], None],
) -> Imported | None:
    """Return what came of it; None: another importer brought one of the files."""
    # Of copies of one file, the first.
    copies = {marks[path][0]: path for path in reversed(list(marks))}
    known = _known(memory, kind, said, tuple(copies))
    new = [p for p in marks if marks[p][0] not in known and copies[marks[p][0]] == p]
    if not new:
        return _repeated(memory, known[marks[next(iter(marks))][0]])
    with attempt(memory, "import", {"files": [p.name for p in new]}) as number:
        taken = _Taken(notes=_passed_over(marks, known, copies))
        for place, path in enumerate(new):
            progress(f"读 {path.name}")
            _take(memory, kind, path, place, marks[path], said, taken)
        if not taken.parts:
            msg = "没有一行可以导入 (no row could be taken)"
            report = _report(memory, marks[new[0]][0].hex()[:12], taken.problems)
            listed = "" if report is None else f"；全部问题：{report}"
            raise InputRejected(
                msg, problems=taken.problems, hint=f"改正这些问题后重新导入{listed}"
            )
        progress("登记这一批")
        name, _ = batch_id(taken.parts)
        # Before the batch is there, so that it is never there without its report.
        report = _report(memory, name, taken.problems)
        try:
            batch, doubts = _register(memory, kind, said, taken, number)
        except AlreadyThere:
            if _known(memory, kind, said, [marks[p][0] for p in new]):
                return None
            # Other bytes, and yet the same records in the same rows.
            return _repeated(memory, _standing(memory, name))
    return replace(
        _told(batch, repeated=False),
        problems=tuple(taken.problems),
        notes=tuple(taken.notes),
        doubts=doubts,
        report=report,
    )


def _known(
    memory: Memory, kind: Kind, said: Said, hashes: Sequence[bytes]
) -> dict[bytes, str]:
    """Return which files were imported from this source, each with its batch."""
    with memory.transaction() as conn:
        found = imported(conn, kind.id, said.source, hashes)
        whole = batches(conn, ids=found) if found else ()
    return {f.sha256: b.id for b in whole for f in b.files}


def _passed_over(
    marks: Mapping[Path, tuple[bytes, int]],
    known: Mapping[bytes, str],
    copies: Mapping[bytes, Path],
) -> list[Problem]:
    """Say of each file that is not read why it is not."""
    notes = []
    for path, (sha, _) in marks.items():
        if sha in known:
            why = f"以前已经导入过（批次 {known[sha]}）"
        elif copies[sha] != path:
            why = f"与 {copies[sha].name} 逐字节相同"
        else:
            continue
        notes.append(
            Problem(
                code="R407",
                message=f"{path.name} {why}，这次没有再读",
                mend="不用处理",
                file=path.name,
            )
        )
    return notes


def _hash(path: Path) -> tuple[bytes, int]:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
        return digest, path.stat().st_size
    except IsADirectoryError as error:
        msg = f"`{path}` 是文件夹 (a folder; files are asked)"
        raise UsageError(msg, hint=f"例如 {path}/*.xlsx") from error
    except OSError as error:
        msg = f"读不了 `{path}` (cannot be read): {error.strerror}"
        raise UsageError(msg) from error


def _repeated(memory: Memory, name: str) -> Imported:
    with memory.transaction() as conn:
        (first,) = batches(conn, ids=[name])
    return _told(first, repeated=True)


def _standing(memory: Memory, name: str) -> str:
    """Return the batch of some records that is not withdrawn."""
    with memory.transaction() as conn:
        return next(
            b.id
            for b in batches(conn)
            if b.withdrawn_at is None and b.id.partition("-")[0] == name
        )


def _told(batch: Batch, *, repeated: bool) -> Imported:
    return Imported(
        batch=batch.id,
        record=batch.record,
        source=batch.source,
        accepted=batch.rows,
        rejected=batch.rejected,
        repeated=repeated,
        files=batch.files,
        known_at=batch.known_at,
        synthetic=batch.synthetic,
    )


def _take(
    memory: Memory,
    kind: Kind,
    path: Path,
    number: int,
    mark: tuple[bytes, int],
    said: Said,
    taken: _Taken,
) -> None:
    read = read_rows(
        path,
        kind.said,
        facts=memory.region.facts,
        as_of=said.as_of,
        columns=said.columns,
        form=said.form,
        forms={n: f for n, f in memory.records.forms.items() if f.record == kind.id},
        year=said.year,
        hidden=kind.hidden,
    )
    frame = read.frame.with_columns(pl.lit(number, pl.Int16).alias("file"))
    frame = _told_by_code(kind, frame)
    frame, clashes = without_clashes(kind, frame, taken.seen, path.name)
    nobody: list[Problem] = []
    if kind.hidden & set(frame.columns):
        frame, nobody = sealed(memory, kind, frame, path.name)
    taken.problems += [*read.problems, *clashes, *nobody]
    taken.notes += [*read.notes, *_not_records(read)]
    taken.attributes |= set(attributes_of(frame))
    taken.complete = _complete(taken.complete, read, said)
    if _hash(path) != mark:
        msg = f"`{path.name}` 在读的时候被改动 (changed while it was read)"
        raise UsageError(msg, hint="存好、关上这个文件后重新导入")
    for start in range(0, frame.height, PART_ROWS):
        piece = frame.slice(start, PART_ROWS)
        taken.parts.append(memory.shelf.seal(piece, record=kind.id, source=said.source))
    codeless = frame.filter(pl.col("code").is_null() & pl.col("name").is_not_null())
    if codeless.height and kind.said.organisation:
        taken.names.append(codeless.select("org", "name").unique())
        taken.named.append(frame.select("org", "code", "name").drop_nulls().unique())
    taken.files.append(
        File(
            name=path.name,
            sha256=mark[0],
            size=mark[1],
            rows=frame.height,
            rejected=read.rejected + len({p.row for p in clashes}),
        )
    )


def _told_by_code(kind: Kind, frame: pl.DataFrame) -> pl.DataFrame:
    """Add the class of registration that a credit code begins with."""
    said = kind.attributes.get(REGISTRAR)
    if said is None or REGISTRAR in frame.columns or not frame["code"].count():
        return frame
    first = pl.col("code").str.slice(0, 2)
    told = pl.when(first.is_in(list(said.codes))).then(first).otherwise(pl.lit("other"))
    said_once = pl.col("year").is_null() if frame["year"].null_count() else pl.lit(1)
    whose = pl.when(pl.col("code").is_not_null() & said_once.cast(pl.Boolean))
    return frame.with_columns(whose.then(told).alias(REGISTRAR))


def _not_records(read: RowsRead) -> list[Problem]:
    """Say of rows and sheets that were passed over why, where nothing else says it."""
    told = {(p.sheet, p.row) for p in (*read.problems, *read.notes)}
    return [
        Problem(
            code="R408",
            message=(f"第 {one.row} 行" if one.row else f"工作表“{one.sheet}”")
            + f"没有作为记录读：{one.reason}",
            mend="若是记录，补上名称或代码等身份列" if one.row else "若有记录，见原因",
            file=one.file,
            sheet=one.sheet,
            row=one.row,
        )
        for one in read.skipped
        if (one.sheet, one.row) not in told or one.row is None
    ]


def _complete(
    now: bool | frozenset[str],  # noqa: FBT001 - what a list is complete of
    read: RowsRead,
    said: Said,
) -> bool | frozenset[str]:
    if said.complete is not None:
        return said.complete
    if now is True or read.complete:
        return True
    codes = now if isinstance(now, frozenset) else frozenset()
    return codes | read.complete_codes or False


def _register(
    memory: Memory, kind: Kind, said: Said, taken: _Taken, number: int
) -> tuple[Batch, int]:
    """Make it known, in one transaction; return also how many names are in doubt."""
    from ceyuan.office.identities import list_doubts, told_names

    name, root = batch_id(taken.parts)
    batch = Batch(
        id=name,
        record=kind.id,
        source=said.source,
        kind=IMPORT,
        rows=sum(p.rows for p in taken.parts),
        rejected=sum(f.rejected for f in taken.files),
        root=root,
        attributes=tuple(sorted(taken.attributes)),
        complete=taken.complete,
        actor=memory.actor,
        reason=said.reason,
        known_at=datetime.now(UTC),
        as_stated=said.as_of,
        declarations=memory.keep_declarations(),
        synthetic=said.synthetic,
        parts=tuple(taken.parts),
        files=tuple(taken.files),
    )
    known = told_names(memory, also=taken.named) if taken.names else None
    with memory.transaction() as conn:
        doubts = 0
        if known is not None:
            doubts = list_doubts(conn, pl.concat(taken.names).unique(), known, name)
        made = register(conn, batch)
        done(conn, number)
    return made, doubts


def _report(memory: Memory, name: str, problems: Sequence[Problem]) -> Path | None:
    """Write what is wrong as a csv that a spreadsheet opens."""
    if not problems:
        return None
    path = memory.workspace.folder / "reports" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["代码", "文件", "工作表", "行", "列", "问题", "怎样改"])
    for p in problems:
        writer.writerow(
            [
                p.code,
                p.file,
                p.sheet,
                p.row or "",
                p.column,
                _plain(p.message),
                _plain(p.mend),
            ]
        )
    path.write_text(text.getvalue(), encoding="utf-8-sig")
    return path


def _plain(text: str) -> str:
    """Return a text that a spreadsheet does not run."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def is_synthetic(path: Path) -> bool:
    """Return whether a file says of itself that it is invented."""
    if path.suffix.lower() != ".parquet":
        return False
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, ValueError):
        return False
    return b"ceyuan.synthetic" in metadata


def with_mark(said: Said, paths: Sequence[Path]) -> Said:
    """Return what is said, marked as invented where a file says so."""
    if said.synthetic or not any(is_synthetic(p) for p in paths):
        return said
    return replace(said, synthetic=True)
