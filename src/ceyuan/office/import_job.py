# SPDX-License-Identifier: Apache-2.0
"""Imports as jobs: a preview that registers nothing, and then the import.

Both read the same uploaded files with the same words (`said`). What the preview shows
is what the import finds, unless somebody brings in the same file in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ceyuan.facts.columns import IDENTITY_WORDS, IGNORE
from ceyuan.facts.intake import read_rows
from ceyuan.facts.store import RULING, batches, imported
from ceyuan.kernel import UsageError
from ceyuan.office.auditing import audit
from ceyuan.office.clashes import without_clashes
from ceyuan.office.importing import Said, import_files, with_mark
from ceyuan.office.jobs import enqueue, job_of
from ceyuan.office.uploads import lay, upload_of
from ceyuan.sheets import column_number, read_tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from ceyuan.facts import ColumnMap
    from ceyuan.facts.columns import SheetMap
    from ceyuan.facts.intake import RowsRead
    from ceyuan.facts.store import Kind
    from ceyuan.kernel import Problem
    from ceyuan.office.jobs import Job, Progress
    from ceyuan.office.memory import Memory
    from ceyuan.office.uploads import Upload
    from ceyuan.sheets import Book

PREVIEW, IMPORT = "import_preview", "import"
SHOWN = 500
"""So many problems are kept for a page; all stand in the report of the batch."""
SMALL = 4 * 2**20
"""Of a file up to so many bytes the headings are read once more for the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is said of files that are to be imported.

    Args:
        record: Record type.
        source: Who states it.
        as_of: Day from which figures without a day of their own hold.
        year: Fiscal year of columns that name none.
        form: A declared form that the files are; empty: found by its marks.
        complete: The list is complete.
        synthetic: It is invented.
    """

    record: str
    source: str
    as_of: date
    year: int | None = None
    form: str = ""
    complete: bool = False
    synthetic: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as the words of a job."""
        return {
            "record": self.record,
            "source": self.source,
            "as_of": self.as_of.isoformat(),
            "year": self.year,
            "form": self.form,
            "complete": self.complete,
            "synthetic": self.synthetic,
        }


def ask_preview(memory: Memory, uploads: Sequence[Upload], wanted: Wanted) -> str:
    """Ask for a preview of files; return the job's id.

    Raises:
        UsageError: There is no such type, source or form, or it takes no files.
    """
    said = words_of(memory, uploads, wanted)
    with memory.transaction() as conn:
        return enqueue(conn, PREVIEW, said, actor=memory.actor)


def words_of(
    memory: Memory, uploads: Sequence[Upload], wanted: Wanted
) -> dict[str, Any]:
    """Return what a job is told of files, as far as it can be done.

    Raises:
        UsageError: There is no such type, source or form, or it takes no files.
    """
    memory.kind(wanted.record)
    memory.records.source(wanted.source)
    if wanted.source == RULING:
        msg = "裁定不能从文件导入 (a ruling is no source of files)"
        raise UsageError(msg, hint="在“更正”里提出，由另一个人裁定")
    if wanted.form and memory.records.form(wanted.form).record != wanted.record:
        msg = f"表单 `{wanted.form}` 不是这种记录的 (a form of another type)"
        raise UsageError(msg)
    return {**wanted.as_json(), "uploads": [one.id for one in uploads]}


def accept(memory: Memory, preview: str, *, reason: str) -> str:
    """Ask for the import of what a preview has shown; return the job's id.

    Raises:
        UsageError: There is no such preview, it is not done, or no reason is given.
    """
    if not reason.strip():
        msg = "要说明理由 (a reason is asked)"
        raise UsageError(msg, hint="写明数据从哪里来、为什么导入")
    with memory.transaction() as conn:
        shown = job_of(conn, preview)
        if shown.kind != PREVIEW or shown.state != "done":
            msg = "这份预览还没有做完 (the preview is not done)"
            raise UsageError(msg, hint="等它读完再导入")
        said = {**shown.said, "reason": reason.strip(), "preview": preview}
        return enqueue(conn, IMPORT, said, actor=memory.actor)


def do_preview(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
    """Read files and register nothing; the work of the kind `import_preview`."""
    kind = memory.kind(job.said["record"])
    uploads, paths = _files(memory, job, job.id)
    said = _said(memory, job, paths)
    known = _known(memory, job, uploads)
    seen: list[pl.DataFrame] = []
    problems: list[Problem] = []
    notes: list[Problem] = []
    files = []
    for at, (upload, path) in enumerate(zip(uploads, paths, strict=True)):
        progress(at, len(paths), upload.name)
        read = _read(memory, kind, path, said)
        frame, clashes = without_clashes(kind, read.frame, seen, upload.name)
        problems += [*read.problems, *clashes]
        notes += read.notes
        files.append(
            {
                "name": upload.name,
                "sha256": upload.sha256.hex(),
                "size": upload.size,
                "seen": read.seen,
                "accepted": frame.height,
                "rejected": read.rejected + len({p.row for p in clashes}),
                "known": known.get(upload.sha256, ""),
                "columns": _columns(kind, read.columns, path),
                "skipped": [
                    {"sheet": s.sheet, "row": s.row, "reason": s.reason}
                    for s in read.skipped[:SHOWN]
                ],
            }
        )
    return {
        "files": files,
        "synthetic": said.synthetic,
        "problems": [problem_json(p) for p in problems[:SHOWN]],
        "problem_count": len(problems),
        "notes": [problem_json(p) for p in notes[:SHOWN]],
    }


def do_import(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
    """Import what a preview has shown; the work of a job of the kind `import`."""
    _, paths = _files(memory, job, job.said["preview"])
    said = _said(memory, job, paths)
    progress(0, 0, "")
    made = import_files(
        memory,
        job.said["record"],
        paths,
        said,
        progress=lambda note: progress(0, 0, note),
    )
    if not made.repeated:
        with memory.transaction() as conn:
            after = {"rows": made.accepted, "rejected": made.rejected}
            audit(
                conn,
                "import.make",
                [(made.batch, None, {**after, "source": made.source})],
                actor=memory.actor,
                reason=said.reason,
            )
    return {
        "batch": made.batch,
        "accepted": made.accepted,
        "rejected": made.rejected,
        "repeated": made.repeated,
        "doubts": made.doubts,
        "problem_count": len(made.problems),
        "notes": [problem_json(p) for p in made.notes[:SHOWN]],
    }


def problem_json(one: Problem) -> dict[str, Any]:
    """Return a problem with its place and its mend."""
    return {
        "code": one.code,
        "place": one.place,
        "what": one.message,
        "mend": one.mend,
    }


def _files(memory: Memory, job: Job, name: str) -> tuple[list[Upload], list[Path]]:
    with memory.transaction() as conn:
        uploads = [upload_of(conn, one) for one in job.said["uploads"]]
    return uploads, lay(memory, uploads, memory.workspace.folder / "imports" / name)


def _said(memory: Memory, job: Job, paths: Sequence[Path]) -> Said:
    said = job.said
    return with_mark(
        Said(
            source=said["source"],
            as_of=date.fromisoformat(said["as_of"]),
            form=memory.records.form(said["form"]) if said["form"] else None,
            year=said["year"],
            complete=True if said["complete"] else None,
            reason=said.get("reason", ""),
            synthetic=said["synthetic"],
        ),
        paths,
    )


def _read(memory: Memory, kind: Kind, path: Path, said: Said) -> RowsRead:
    """Read a file as an import does."""
    return read_rows(
        path,
        kind.said,
        facts=memory.region.facts,
        as_of=said.as_of,
        form=said.form,
        forms={n: f for n, f in memory.records.forms.items() if f.record == kind.id},
        year=said.year,
        hidden=kind.hidden,
    )


def _known(memory: Memory, job: Job, uploads: Sequence[Upload]) -> dict[bytes, str]:
    """Return which of the files were imported before, and in which batch."""
    hashes = [one.sha256 for one in uploads]
    with memory.transaction() as conn:
        names = imported(conn, job.said["record"], job.said["source"], hashes)
        there = batches(conn, ids=names) if names else ()
    return {f.sha256: b.id for b in there for f in b.files}


def _columns(kind: Kind, columns: ColumnMap, path: Path) -> list[dict[str, Any]]:
    """Return what each column that is used was taken for."""
    book = read_tables(path) if path.stat().st_size <= SMALL else None
    found = []
    for sheet in (columns, *columns.more):
        for letter, choice in sheet.columns.items():
            if choice.fact == IGNORE:
                continue
            said = kind.attributes.get(choice.fact)
            found.append(
                {
                    "sheet": sheet.sheet or "",
                    "letter": letter,
                    "heading": _heading(book, sheet, letter),
                    "fact": choice.fact,
                    "identity": choice.fact in IDENTITY_WORDS,
                    "zh": choice.fact if said is None else said.zh,
                    "en": choice.fact if said is None else said.en,
                    "unit": "" if choice.unit in (None, "1") else choice.unit,
                    "year": choice.year,
                }
            )
    return found


def _heading(book: Book | None, sheet: SheetMap, letter: str) -> str:
    """Return the words over a column, where the file is small enough to look."""
    if book is None or sheet.header_row is None:
        return ""
    one = next((s for s in book.sheets if s.name == sheet.sheet), None)
    at = column_number(letter) - 1
    if one is None or sheet.header_row > len(one.rows):
        return ""
    cells = one.rows[sheet.header_row - 1]
    return str(cells[at] or "")[:60] if at < len(cells) else ""
