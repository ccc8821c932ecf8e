# SPDX-License-Identifier: Apache-2.0
"""Read one file of records, whatever its size.

A small file, or any workbook, is read cell by cell; big text and Parquet files are
read by columns. The one hard idea is that nobody may notice which: both ways share
what they decide (`understood`), what a cell means (`facts.cells`) and what becomes of
a row (`making`, `repeats`); only plain cells, which can mean but one thing, are read
many at a time.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.columns import ColumnMap
from ceyuan.facts.intake.asked import Asked
from ceyuan.facts.intake.big import BlockReader
from ceyuan.facts.intake.cut import TEXT, check_whole, check_zeros, is_big_text
from ceyuan.facts.intake.form import NAMELESS, is_form, read_form
from ceyuan.facts.intake.making import make_records, who
from ceyuan.facts.intake.raw import ParquetFile, TextFile
from ceyuan.facts.intake.repeats import settle
from ceyuan.facts.intake.rows import RowsRead
from ceyuan.facts.intake.small import read_whole
from ceyuan.facts.intake.understood import Understood, understand
from ceyuan.facts.log import Log
from ceyuan.facts.store.columns import column_type
from ceyuan.kernel import InputRejected
from ceyuan.sheets import read_tables
from ceyuan.sheets.problems import ProblemLog
from ceyuan.sheets.read import read_start

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from ceyuan.declarations.facts import Fact
    from ceyuan.declarations.forms import Form
    from ceyuan.declarations.record_types import RecordType
    from ceyuan.kernel import Problem
    from ceyuan.sheets.model import Book, Sheet

SMALL = 20_000
"""Rows up to which a file is read cell by cell."""
_COUNTED = frozenset(("R225", "R237"))
_COUNT = re.compile(r"有 (\d+) ")
_FIRST = ("org", "code", "name", "key", "year", "valid_from", "valid_to")
_LAST = ("exact", "file", "row")


def read_rows(
    path: Path,
    record: RecordType,
    *,
    facts: Mapping[str, Fact],
    as_of: date,
    columns: ColumnMap | None = None,
    form: Form | None = None,
    forms: Mapping[str, Form] | None = None,
    year: int | None = None,
    hidden: frozenset[str] | None = None,
) -> RowsRead:
    """Return the records of a file, checked, with all that is wrong in it.

    Args:
        path: An xlsx, xls, csv, txt, HTML or Parquet file.
        record: What its rows are.
        facts: The dictionary.
        as_of: The day of the statement: later days and open years are refused.
        columns: What the user fixed about the columns.
        form: The form that the file is, if it is said.
        forms: The forms of this record type; one that the file is recognised as is
            used, where `form` says nothing.
        year: Year of the columns that name none.
        hidden: Attributes whose values no message quotes; the personal ones if
            not given.

    Raises:
        UsageError: There is no such file, or the column map does not fit it.
        InputRejected: The file cannot be used at all, or is cut off.
    """
    asked = ask(record, facts, as_of, columns, form, year, hidden)
    big = opened(path, asked, forms or {})
    return read_book(read_tables(path), asked, forms) if big is None else whole(big)


def ask(
    record: RecordType,
    facts: Mapping[str, Fact],
    as_of: date,
    columns: ColumnMap | None,
    form: Form | None,
    year: int | None,
    hidden: frozenset[str] | None,
) -> Asked:
    """Return what a file is read for; see `read_rows`."""
    asked = Asked(record, facts, as_of, columns, form, year)
    if hidden is None:
        hidden = frozenset(
            n for n, a in asked.attributes.items() if a.sensitivity == "personal"
        )
    return replace(asked, hidden=hidden)


def opened(path: Path, asked: Asked, forms: Mapping[str, Form]) -> Blocks | None:
    """Return a big file, ready to be read; None for one that is read cell by cell.

    Raises:
        InputRejected: It cannot be used at all, or is cut off.
    """
    files = ProblemLog(path.name)
    if path.suffix.lower() in TEXT and path.is_file():
        check_zeros(path, files)
    kind = read_start(path, files)
    if kind == "csv":
        check_whole(path, files)
        if is_big_text(path):
            file = TextFile(path, files)
            form = recognised(file.sample(), asked, forms, path.stem)
            return Blocks(file, form)
    if kind == "parquet":
        table = ParquetFile(path, files)
        if table.height > SMALL:
            return Blocks(table, asked)
    return None


def recognised(
    sheet: Sheet, asked: Asked, forms: Mapping[str, Form], stem: str
) -> Asked:
    """Return what a sheet is read for when it is one of the forms."""
    if asked.form is None:
        for form in forms.values():
            if is_form(sheet, form, stem=stem):
                return replace(asked, form=form)
    return asked


def whole(stream: Blocks) -> RowsRead:
    """Return the records of a big file that is read by columns."""
    frame, denied = settle(
        pl.concat(list(stream), how="diagonal_relaxed"), stream.asked, stream.log
    )
    return stream.result(frame, denied)


class Blocks:
    """The records of a big file, block by block; repeats are not yet looked for.

    Args:
        file: The file.
        asked: What it is read for.
    """

    def __init__(self, file: TextFile | ParquetFile, asked: Asked) -> None:
        self.file, self.asked = file, asked
        self.log = Log(file.path.name, hidden=asked.hidden)
        self._seen = Log(file.path.name, hidden=asked.hidden)
        self._sheet = file.sample()
        one = understand(self._sheet, asked, self._seen, stem=file.path.stem)
        if isinstance(one, str):
            self.log.skip(one, sheet=self._sheet.name)
            raise no_table(file.path.name, self.log, file.log.result())
        self.read = one
        self._reader = BlockReader(one, asked, self.log, seen=self._seen)
        self._unfit: list[pl.DataFrame] = []
        self._rows = 0
        self.dated = False

    def owners(self) -> Iterator[pl.DataFrame]:
        """Yield `org`, `key` and `year` of each row; nothing is noted.

        Afterwards `dated` says whether the records of a row are of its year.
        """
        plan, names = self.read.plan, self.asked.keys
        rest = [draft for draft in plan.drafts if draft.name not in names]
        self.dated = plan.year is not None and (
            self.asked.by_year or all(draft.per_row for draft in rest)
        )
        few = replace(plan, drafts=[d for d in plan.drafts if d.name in names])
        quiet = Log("", hidden=self.asked.hidden)
        reader = BlockReader(
            replace(self.read, plan=few), self.asked, quiet, seen=self._seen
        )
        for block in self.file.blocks():
            wide = reader.wide(block)
            yield who(wide, self.asked, self.read.constants, quiet)
        self._reader = BlockReader(self.read, self.asked, self.log, seen=self._seen)

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """Yield the records of each block, with `sheet` and `row`."""
        constants, name = self.read.constants, self._sheet.name
        for block in self.file.blocks():
            wide = self._reader.wide(block)
            self._rows += wide.frame.height
            made = make_records(wide, self.asked, constants, self.log)
            self._unfit.append(pl.DataFrame({"row": made.unfit}).pipe(_placed, name))
            yield _placed(made.frame, name)

    def result(self, frame: pl.DataFrame, denied: pl.DataFrame) -> RowsRead:
        """Return all that was read.

        Args:
            frame: The records, repeats settled.
            denied: Rows of which a record contradicts an earlier one.
        """
        refused = self.read.lines.refused
        result = RowsRead(finished(frame, self.asked), columns=self.read.guessed)
        result.seen = self._rows + refused
        result.rejected = _rejected(frame, [*self._unfit, denied]) + refused
        _of_columns(self._seen, self.log)
        _say(result, self.log, self.file.log.result())
        _completeness(result, [self.read], self.asked)
        return result


def _of_columns(seen: Log, log: Log) -> None:
    """Take over what the sample said of whole columns, and add up single notes."""
    log.problems[:0] = [p for p in seen.problems if p.row is None]
    log.questions = seen.questions
    said = [n for n in seen.notes if n.row is None and n.code not in _COUNTED]
    log.notes = [*said, *added_up(log.notes)]


def added_up(notes: list[Problem]) -> list[Problem]:
    """Return notes with those of several blocks on one column made one."""
    counts: dict[tuple[str, str, str], int] = {}
    first: dict[tuple[str, str, str], Problem] = {}
    rest: list[Problem] = []
    for note in notes:
        found = _COUNT.search(note.message)
        if note.code not in _COUNTED or not found:
            rest.append(note)
            continue
        place = (note.code, note.sheet, note.column)
        counts[place] = counts.get(place, 0) + int(found[1])
        first.setdefault(place, note)
    made = [
        replace(note, message=_COUNT.sub(f"有 {counts[place]} ", note.message, count=1))
        for place, note in first.items()
    ]
    return [*made, *rest]


def read_book(
    book: Book, asked: Asked, forms: Mapping[str, Form] | None = None
) -> RowsRead:
    """Return the records of a file that is read cell by cell."""
    log = Log(book.path.name, hidden=asked.hidden)
    parts: list[pl.DataFrame] = []
    read: list[Understood] = []
    unfit: list[pl.DataFrame] = []
    formed = refused = 0
    for sheet in book.sheets:
        if (reason := _left_out(book, sheet.name, asked)) is not None:
            log.skip(reason, sheet=sheet.name)
            continue
        mine = recognised(sheet, asked, forms or {}, book.path.stem)
        if mine.form is not None and mine.form.layout == "form":
            wide = read_form(sheet, mine, log)
            if isinstance(wide, str):
                log.skip(wide, sheet=sheet.name)
                refused += wide == NAMELESS
                continue
            constants = dict(mine.form.constants)
            formed += 1
        else:
            one = understand(sheet, mine, log, stem=book.path.stem)
            if isinstance(one, str):
                log.skip(one, sheet=sheet.name)
                continue
            wide, constants = read_whole(one, mine, log), one.constants
            read.append(one)
        made = make_records(wide, mine, constants, log)
        parts.append(_placed(made.frame, sheet.name))
        unfit.append(pl.DataFrame({"row": made.unfit}).pipe(_placed, sheet.name))
    if not parts:
        raise no_table(book.path.name, log, book.problems)
    frame, denied = settle(pl.concat(parts, how="diagonal_relaxed"), asked, log)
    refused += sum(one.lines.refused for one in read)
    result = RowsRead(finished(frame, asked), columns=_guessed(read))
    result.seen = sum(len(one.lines.indexes) for one in read) + refused + formed
    result.rejected = _rejected(frame, [*unfit, denied]) + refused
    _say(result, log, book.problems)
    _completeness(result, read, asked)
    return result


def no_table(file: str, log: Log, problems: tuple[object, ...] = ()) -> InputRejected:
    """Return the rejection of a file in which no such table is found."""
    reasons = "；".join(f"{s.sheet or s.file}：{s.reason}" for s in log.skipped)
    msg = f"`{file}` 里没有找到可以读的表 (no such table): {reasons}"
    log.problem("R201", msg, mend="核对记录类型和表头；或用 --columns 写明 header_row")
    return InputRejected(
        msg,
        problems=[*problems, *log.finish()],  # type: ignore[list-item]
        hint="写明表头所在的行: --columns MAP.yaml, header_row: 4",
    )


def _left_out(book: Book, sheet: str, asked: Asked) -> str | None:
    fixed = asked.columns
    wanted = {m.sheet for m in (fixed, *fixed.more) if m.sheet} if fixed else set()
    for name in sorted(wanted - {s.name for s in book.sheets}):
        book.sheet(name)  # raises, with the names there are
    if wanted:
        return None if sheet in wanted else "列映射没有选它"
    return "是隐藏的工作表" if book.sheet(sheet).hidden else None


def _placed(frame: pl.DataFrame, sheet: str) -> pl.DataFrame:
    return frame.with_columns(sheet=pl.lit(sheet))


def _rejected(frame: pl.DataFrame, unfit: list[pl.DataFrame]) -> int:
    """Return how many rows have nothing in the frame because they are wrong."""
    refused = pl.concat([one.select("sheet", "row") for one in unfit]).unique()
    return refused.join(
        frame.select("sheet", "row"), on=["sheet", "row"], how="anti"
    ).height


def _guessed(read: list[Understood]) -> ColumnMap:
    if not read:
        return ColumnMap()
    first, *more = (one.guessed for one in read)
    return first.model_copy(update={"more": tuple(more)})


def _say(result: RowsRead, log: Log, problems: tuple[object, ...]) -> None:
    result.problems = [*problems, *log.finish()]  # type: ignore[list-item]
    result.notes, result.questions = log.notes, log.questions
    result.skipped = log.skipped


def _completeness(result: RowsRead, read: list[Understood], asked: Asked) -> None:
    """Say of which kinds the file holds every record."""
    said = [one for one in read if one.reason]
    if not said:
        return
    kinds = {
        value
        for one in said
        for name, value in one.constants.items()
        if asked.attributes[name].kind == "code" and name in asked.keys
    }
    result.reason = said[0].reason
    result.complete_codes = frozenset(kinds)
    result.complete = not kinds and len(said) == len(read)


def finished(frame: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """Return records with the world's clock, in the order of a batch's columns."""
    record = asked.record
    first_day = pl.date(pl.col("year").cast(pl.Int32), 1, 1)
    since: pl.Expr = pl.lit(asked.as_of)
    until: pl.Expr = pl.lit(None, dtype=pl.Date)
    if record.valid_from in frame.columns:
        since = pl.col(record.valid_from).fill_null(asked.as_of)
    if record.valid_to in frame.columns:
        until = pl.col(record.valid_to)
    dated = pl.col("year").is_not_null()
    stated = sorted(set(frame.columns) & set(asked.attributes))
    return frame.with_columns(
        pl.when(dated).then(first_day).otherwise(since).alias("valid_from"),
        pl.when(dated).then(None).otherwise(until).alias("valid_to"),
        pl.lit(0, dtype=pl.Int16).alias("file"),
    ).select(
        *_FIRST,
        *(pl.col(n).cast(column_type(asked.attributes[n])) for n in stated),
        *_LAST,
    )
