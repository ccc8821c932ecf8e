# SPDX-License-Identifier: Apache-2.0
"""Read a file of tables into facts per firm.

Each sheet that holds a table of firms is read by itself (`read_layout`). Then the
sheets of one file are put together: one with the same firms adds facts to them, one
with other firms adds rows. The one hard idea is that a fact has one home: two places
that disagree are never averaged or overwritten, but said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.facts.checks import check_parts, check_titles
from ceyuan.facts.headings import Lexicon
from ceyuan.facts.layout import Layout, find_table
from ceyuan.facts.log import Log
from ceyuan.facts.merge import add_sheet, settle_firms
from ceyuan.facts.onesheet import read_layout
from ceyuan.kernel import InputRejected, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ceyuan.declarations.facts import Fact
    from ceyuan.facts.columns import ColumnMap
    from ceyuan.facts.table import FactTable
    from ceyuan.sheets.model import Book


def read_facts(
    book: Book,
    *,
    dictionary: Mapping[str, Fact],
    as_of: date,
    columns: ColumnMap | None = None,
    subject: str = "firm",
) -> FactTable:
    """Return the facts of a file, each with its cell.

    Args:
        book: The file's tables.
        dictionary: Facts by name.
        as_of: The day of the check.
        columns: What the user fixed about the columns.
        subject: Whose facts are read.

    Raises:
        UsageError: The column map names a sheet that is not there.
        InputRejected: No sheet holds a table of firms.
    """
    lexicon = Lexicon(dictionary, subject=subject)
    log = Log(book.path.name)
    layouts = _layouts(book, lexicon, columns, log)
    if not layouts:
        reasons = "；".join(f"{s.sheet or s.file}：{s.reason}" for s in log.skipped)
        msg = f"`{book.path.name}` 里没有找到企业表 (no table of firms): {reasons}"
        log.problem(
            "R201",
            msg,
            mend="表头里要有“企业名称”或“统一社会信用代码”；或用 --columns 写明 header_row",
        )
        raise InputRejected(
            msg,
            problems=[*book.problems, *log.finish()],
            hint="写明表头所在的行: --columns MAP.yaml, header_row: 4",
        )
    tables = [
        read_layout(
            layout,
            lexicon,
            smap=columns.of_sheet(layout.sheet.name) if columns else None,
            as_of=as_of,
            log=log,
        ).table
        for layout in layouts
    ]
    first = max(tables, key=lambda t: (bool(t.rows), len(t.rows) * len(t.columns)))
    for table in tables:
        if table is not first:
            add_sheet(first, table, log)
    if subject == "firm":  # a loan or an order is its own row, whoever's it is
        settle_firms(first, dictionary, log)
    check_parts(first, dictionary, log)
    check_titles(first, dictionary, as_of, log)
    first.problems = [*book.problems, *log.finish()]
    first.questions, first.notes, first.skipped = log.questions, log.notes, log.skipped
    if columns and columns.files:
        first.columns_guessed = first.columns_guessed.model_copy(
            update={"files": columns.files}
        )
    return first


def _layouts(
    book: Book, lexicon: Lexicon, columns: ColumnMap | None, log: Log
) -> list[Layout]:
    wanted = (
        {m.sheet for m in (columns, *columns.more) if m.sheet} if columns else set()
    )
    unknown = wanted - {sheet.name for sheet in book.sheets}
    if unknown:
        book.sheet(min(unknown))  # raises, with the names there are
    found = []
    for sheet in book.sheets:
        smap = columns.of_sheet(sheet.name) if columns else None
        if wanted and sheet.name not in wanted:
            log.skip("列映射没有选它", sheet=sheet.name)
            continue
        if sheet.hidden and not wanted:
            log.skip("是隐藏的工作表", sheet=sheet.name)
            continue
        row = smap.header_row if smap and (wanted or len(book.sheets) == 1) else None
        layout = find_table(sheet, lexicon, header_row=row)
        if isinstance(layout, str) and row is not None:
            msg = f"列映射的 header_row: {row}: 工作表 `{sheet.name}` {layout}"
            raise UsageError(msg, hint=f"这张表有 {len(sheet.rows)} 行")
        if isinstance(layout, str):
            log.skip(layout, sheet=sheet.name)
        else:
            found.append(layout)
    return found
