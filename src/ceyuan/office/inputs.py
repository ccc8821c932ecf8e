# SPDX-License-Identifier: Apache-2.0
"""From paths to a table of facts: the file, the files joined to it, the column map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.facts import FactTable, join_facts, read_columns, read_facts
from ceyuan.kernel import InputRejected, Problem, UsageError
from ceyuan.sheets import Book, read_tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from ceyuan.declarations import Region
    from ceyuan.facts import ColumnMap
    from ceyuan.office.workspace import Workspace

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".csv", ".tsv", ".txt", ".parquet")


def joined_files(folder: Path | None) -> list[Path]:
    """Return the tables in a folder, in the order of their names.

    Raises:
        UsageError: It is no folder.
    """
    if folder is None:
        return []
    if not folder.is_dir():
        msg = f"`{folder.name}` 不是文件夹 (--with takes a folder)"
        raise UsageError(msg, hint="把要合并的文件放在一个文件夹里，给出它的路径")
    return sorted(
        p
        for p in folder.iterdir()
        if p.is_file()
        and p.suffix.lower() in SUFFIXES
        and not p.name.startswith(("~$", "."))
    )


def read_input(
    file: Path,
    *,
    region: Region,
    as_of: date,
    joined: Sequence[Path] = (),
    columns: Path | None = None,
    subject: str = "firm",
    workspace: Workspace | None = None,
) -> tuple[Book, FactTable]:
    """Return a file's tables and the facts of its rows.

    Args:
        file: The table handed in.
        region: The fact dictionary.
        as_of: Day of the check.
        joined: Further files, joined by credit code.
        columns: A column map of the user's.
        subject: What the rows are.
        workspace: Where column maps are remembered.

    Raises:
        UsageError: A file does not exist, or the column map is wrong.
        InputRejected: The file cannot be read, or holds no table.
    """
    said = (
        read_columns(columns, dictionary=region.facts) if columns is not None else None
    )
    return read_book(
        file,
        region=region,
        as_of=as_of,
        joined=joined,
        said=said,
        subject=subject,
        workspace=workspace,
    )


def read_book(
    file: Path,
    *,
    region: Region,
    as_of: date,
    joined: Sequence[Path] = (),
    said: ColumnMap | None = None,
    subject: str = "firm",
    workspace: Workspace | None = None,
) -> tuple[Book, FactTable]:
    """Return the same, with a column map that is at hand; see `read_input`.

    Raises:
        InputRejected: The file cannot be read, or holds no table.
    """
    book = read_tables(file)
    table = _facts(book, region, as_of, said, subject)
    if not table.rows:
        raise _no_firms(book, table)
    if workspace is not None:
        table = _remembered(book, table, region, as_of, said, subject, workspace)
    books: list[Book] = []
    problems: list[Problem] = []
    for path in joined:
        try:
            books.append(read_tables(path))
        except InputRejected as error:
            problems += error.problems or [
                Problem(code="R100", message=error.message, file=path.name)
            ]
    join_facts(
        table,
        books,
        dictionary=region.facts,
        as_of=as_of,
        columns=said,
        subject=subject,
    )
    table.problems.extend(problems)
    return book, table


def _no_firms(book: Book, table: FactTable) -> InputRejected:
    """Return the refusal of a table that has headings and nothing under them."""
    msg = f"`{book.path.name}` 有表头，但下面没有一家企业 (headings without firms)"
    mend = "检查是否传错了文件，或筛选、删除后忘了恢复"
    problem = Problem(code="R201", message=msg, mend=mend, file=book.path.name)
    return InputRejected(msg, problems=[problem, *table.problems], hint=mend)


def _facts(
    book: Book, region: Region, as_of: date, columns: ColumnMap | None, subject: str
) -> FactTable:
    return read_facts(
        book, dictionary=region.facts, as_of=as_of, columns=columns, subject=subject
    )


def _remembered(
    book: Book,
    table: FactTable,
    region: Region,
    as_of: date,
    said: ColumnMap | None,
    subject: str,
    workspace: Workspace,
) -> FactTable:
    """Use, or keep, the column map of a sheet with the same headings."""
    headings = [
        f"{sheet}:{letter}:{text}"
        for sheet, letters in table.headings.items()
        for letter, text in letters.items()
    ]
    if said is not None:
        workspace.keep_columns(headings, said.dump())
        return table
    path = workspace.columns_for(headings)
    if not path.is_file():
        return table
    known = _facts(
        book, region, as_of, read_columns(path, dictionary=region.facts), subject
    )
    known.notes.append(
        Problem(
            code="R290",
            message="表头与以前核对过的表相同，沿用当时用 --columns 定下的列 "
            "(columns as fixed for a sheet of the same headings)",
            mend=f"不想沿用就删去 {path.parent.name}/{path.name}",
            file=book.path.name,
        )
    )
    return known
