# SPDX-License-Identifier: Apache-2.0
"""Give the user's own workbook back, with additions.

`patch_workbook` changes an xlsx or xlsm as little as can be: every part that gets
nothing is copied bit for bit, and in a sheet that gets cells every other byte passes
as it came. Other formats come back as a new xlsx with the same values (`rebuild`).
The source is never touched; the target appears whole or not at all.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ceyuan.kernel import UsageError
from ceyuan.sheets.additions import (
    Addition,
    NewSheet,
    Patched,
    SheetAdditions,
    check_places,
)
from ceyuan.sheets.celltext import CellWriter, letters
from ceyuan.sheets.edit import Edit
from ceyuan.sheets.markup import MarkupError
from ceyuan.sheets.model import Book
from ceyuan.sheets.newsheet import add_sheet, link_of
from ceyuan.sheets.notes import add_notes
from ceyuan.sheets.package import Package, PackageError
from ceyuan.sheets.parts import WorkbookParts, workbook_parts
from ceyuan.sheets.problems import ProblemLog
from ceyuan.sheets.read import broken_markup, broken_package, read_start, read_tables
from ceyuan.sheets.sheetpatch import patched_sheet
from ceyuan.sheets.styles import MINIMAL, StyleTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_STRICT = b"purl.oclc.org/ooxml"


def returned_suffix(kind: str) -> str:
    """Return the suffix of the file that comes back for a book of this kind."""
    return ".xlsm" if kind == "xlsm" else ".xlsx"


def patch_workbook(
    source: Path | str, target: Path | str, *, additions: Sequence[Addition]
) -> Patched:
    """Write the source's content with additions to the target.

    Args:
        source: Any file that `read_tables` reads; never changed.
        target: Where the result goes; an existing file is replaced at once and
            whole. Its suffix must be that of `returned_suffix`.
        additions: What to add; a sheet may be named once.

    Returns:
        The final names of new sheets, and what could not be added as asked.

    Raises:
        UsageError: Target and source are one file, the target cannot be written, a
            sheet does not exist, or a new cell would cover a value of the user's.
        InputRejected: The source cannot be used at all.
    """
    source, target = Path(source), Path(target)
    log = ProblemLog(source.name)
    kind = read_start(source, log)
    _check_target(source, target, suffix=returned_suffix(kind))
    check_places(additions)
    named = [item.sheet for item in additions if isinstance(item, SheetAdditions)]
    if len(set(named)) < len(named):
        msg = "同一张工作表的添加内容给了两次 (one sheet given twice)"
        raise UsageError(msg)
    if kind not in {"xlsx", "xlsm"}:
        # Imported late: needed for these formats only.
        from ceyuan.sheets.rebuild import rebuild

        book = read_tables(source)
        with replacing(target) as file:
            names = rebuild(book, file, additions, log=log)
        return Patched(names, log.result())
    try:
        with Package(source) as package:
            package.check()
            edit, names = _edited(package, additions, log)
            with replacing(target) as file:
                edit.write(file)
    except PackageError as error:
        raise broken_package(error, log) from error
    except MarkupError as error:
        raise broken_markup(error, log) from error
    return Patched(names, log.result())


def write_workbook(target: Path | str, *, sheets: Sequence[NewSheet]) -> Patched:
    """Write a workbook of new sheets only.

    Raises:
        UsageError: The target cannot be written.
    """
    # Imported late: needed for big tables only.
    from ceyuan.sheets.rebuild import rebuild

    target = Path(target)
    log = ProblemLog(target.name)
    with replacing(target) as file:
        names = rebuild(Book(target, "xlsx", ()), file, sheets, log=log)
    return Patched(names, log.result())


def _edited(
    package: Package, additions: Sequence[Addition], log: ProblemLog
) -> tuple[Edit, tuple[str, ...]]:
    workbook = workbook_parts(package)
    if any(name.startswith("_xmlsignatures/") for name in package.names()):
        log.add(
            "R142",
            "原文件有数字签名；结果改动过，签名在结果里不再有效"
            " (signed; the signature is not valid for the result)",
            mend="需要签名的，请用原文件 (use the original where a signature counts)",
        )
    edit = Edit(package, is_strict=_STRICT in package.read(workbook.part))
    styles = workbook.styles or _new_styles(edit, workbook)
    table = StyleTable(edit.tree(styles, default=MINIMAL % edit.main.encode()))
    writer = CellWriter(table, log, from_1904=workbook.from_1904)
    for addition in additions:
        if isinstance(addition, SheetAdditions):
            _add_to_sheet(edit, workbook, addition, writer=writer, log=log)
    names = tuple(
        add_sheet(edit, workbook, addition, writer=writer)
        for addition in additions
        if isinstance(addition, NewSheet)
    )
    return edit, names


def _new_styles(edit: Edit, workbook: WorkbookParts) -> str:
    part = edit.free_part("xl/styles", ".xml")
    edit.relate(workbook.part, "styles", part)
    edit.declare(part, "styles")
    return part


def _add_to_sheet(
    edit: Edit,
    workbook: WorkbookParts,
    addition: SheetAdditions,
    *,
    writer: CellWriter,
    log: ProblemLog,
) -> None:
    part = next((s.part for s in workbook.sheets if s.name == addition.sheet), "")
    if part not in edit.package:
        names = "、".join(sheet.name for sheet in workbook.sheets)
        msg = f"没有工作表 `{addition.sheet}` (no such sheet)"
        raise UsageError(msg, hint=f"现有工作表 (sheets): {names}")
    if not (addition.cells or addition.notes or addition.widths):
        return
    drawing = ""
    if addition.notes:
        drawing = add_notes(edit, part, addition.notes, sheet=addition.sheet, log=log)
    links = [
        link_of(edit, part, cell.link, f"{letters(cell.column)}{cell.row}")
        for cell in addition.cells
        if cell.link
    ]
    prefix = sheet_prefix(edit.package, part)
    rows = writer.rows(addition.cells, sheet=addition.sheet, prefix=prefix)
    if not (rows or links or drawing or addition.widths):
        return
    edit.put(
        part,
        patched_sheet(
            edit.package,
            part,
            name=addition.sheet,
            rows=rows,
            widths=addition.widths,
            links=links,
            drawing=drawing,
            relations_base=edit.types_base,
        ),
    )


def sheet_prefix(package: Package, part: str) -> str:
    """Return the namespace prefix of a sheet's tags, with its colon, or ""."""
    from ceyuan.sheets.markup import root_prefix
    from ceyuan.sheets.sheetxml import split

    _, head = next(split(package, part))
    return root_prefix(head).decode()


def _check_target(source: Path, target: Path, *, suffix: str) -> None:
    if target.resolve() == source.resolve() or (
        target.exists() and target.samefile(source)
    ):
        msg = f"结果不能写回原文件 `{source}` (target and source are one file)"
        raise UsageError(msg, hint="换一个文件名 (name another file)")
    if target.is_dir() or not target.parent.is_dir():
        msg = f"写不了 `{target}`：不是文件，或文件夹不存在 (no such folder)"
        raise UsageError(msg)
    if target.suffix.lower() != suffix:
        msg = f"结果是 `{suffix}` 文件，不能叫 `{target.name}` (wrong suffix)"
        raise UsageError(msg, hint=f"用 `{target.with_suffix(suffix).name}`")


@contextmanager
def replacing(target: Path) -> Iterator[IO[bytes]]:
    """Open a file beside the target that takes its place when all went well.

    Raises:
        UsageError: The folder or the old file does not let itself be written.
    """
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        file = beside.open("xb")
    except OSError as error:
        msg = f"写不了 `{target}`: {error.strerror} (cannot be written)"
        raise UsageError(msg) from error
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        try:
            beside.replace(target)
        except PermissionError as error:
            msg = f"写不了 `{target}`：也许正在 Excel 里打开 (open in Excel?)"
            raise UsageError(msg, hint="关掉后再试 (close it first)") from error
    finally:
        beside.unlink(missing_ok=True)
