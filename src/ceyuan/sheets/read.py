# SPDX-License-Identifier: Apache-2.0
"""Read any file of tables, by what it is and not by what it is called.

`read_tables` looks at the first bytes, so that an xlsx that somebody renamed to
`.xls` is read all the same, and said. A file that cannot be used at all is one
`InputRejected`; everything smaller is a problem in the book.
"""

from __future__ import annotations

import re
from pathlib import Path

from ceyuan.kernel import InputRejected, UsageError
from ceyuan.sheets.delimited import read_delimited
from ceyuan.sheets.markup import MarkupError
from ceyuan.sheets.model import Book, Sheet
from ceyuan.sheets.package import Package, PackageError
from ceyuan.sheets.parquet import read_parquet
from ceyuan.sheets.parts import workbook_parts
from ceyuan.sheets.problems import ProblemLog
from ceyuan.sheets.webpage import read_webpage
from ceyuan.sheets.xls import read_xls
from ceyuan.sheets.xlsx import read_xlsx

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_XLS_STREAMS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))
_TEXT_SUFFIXES = {".csv", ".tsv", ".txt", ".tab", ".prn"}
_SUFFIXES = {
    "csv": _TEXT_SUFFIXES,
    "html": {".html", ".htm", ".xls"},
    "parquet": {".parquet", ".pq"},
    # WPS writes .et in the format of .xls.
    "xls": {".xls", ".et", ".xlt"},
    "xlsm": {".xlsm", ".xltm"},
    "xlsx": {".xlsx", ".xltx"},
}
_HTML = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|table|meta)",
    re.IGNORECASE | re.DOTALL,
)
_PDF, _IMAGES = b"%PDF", (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_SAVE = "用 Excel 或 WPS 打开并另存为 xlsx (open it and save it as xlsx)"

_PACKAGE_MESSAGES = {
    "R104": (
        "文件已加密，读不了 (encrypted)",
        "去掉密码后另存 (save it without the password)",
    ),
    "R105": (
        "文件解压后大得不正常，为安全起见不读 (unpacks to far too much)",
        "删掉空白的格式行后另存，或拆成几个文件 (clear blank formatted rows, or split)",
    ),
    "R106": (
        "文件不完整或已损坏 (cut off or damaged)",
        "重新下载或导出；或" + _SAVE,
    ),
    "R107": (
        "文件里有重名的部件，不知该用哪个 (two parts of one name)",
        _SAVE,
    ),
}


def read_tables(path: Path | str) -> Book:
    """Return every sheet of a file as it stands.

    Args:
        path: An xlsx, xlsm, xls, csv, tsv, txt, Parquet or HTML file.

    Raises:
        UsageError: There is no such file, or it is a folder.
        InputRejected: The file cannot be used at all; it carries the problems.
    """
    path = Path(path)
    log = ProblemLog(path.name)
    kind = read_start(path, log)
    sheets = _read(path, kind, log)
    if not sheets:
        raise log.rejection(
            "R103", "文件里没有工作表 (no sheet in the file)", mend=_SAVE
        )
    if not any(sheet.rows for sheet in sheets):
        log.add("R102", "所有工作表都是空的 (all sheets are blank)")
    _suffix_problem(path, kind, log)
    return Book(path, kind, sheets, log.result())


def read_start(path: Path, log: ProblemLog) -> str:
    """Return what a file really is, having looked at its first bytes.

    Raises:
        UsageError: There is no such file, or it is a folder.
        InputRejected: It is empty, or no table at all.
    """
    if path.is_dir():
        msg = f"`{path}` 是文件夹，不是文件 (a folder, not a file)"
        raise UsageError(msg, hint="给出其中一个文件 (name one file in it)")
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except FileNotFoundError as error:
        msg = f"找不到文件 `{path}` (no such file)"
        raise UsageError(msg, hint=_near(path)) from error
    except OSError as error:
        msg = f"打不开文件 `{path}`: {error.strerror} (cannot be opened)"
        raise UsageError(msg) from error
    if not start.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise log.rejection(
            "R101", "文件是空的 (the file is empty)", mend="检查是否传错了文件"
        )
    return kind_of_file(path, start, log)


def kind_of_file(path: Path, start: bytes, log: ProblemLog) -> str:
    """Return what a file really is, judged by its first bytes.

    Raises:
        InputRejected: It is no table at all.
    """
    if start.startswith(b"PK"):
        return _kind_of_zip(path, log)
    if start.startswith(_OLE):
        return _kind_of_ole(path, log)
    if start.startswith(b"PAR1"):
        return "parquet"
    if _HTML.match(start) and b"\0" not in start:
        return "html"
    if start.lstrip()[:5] == b"<?xml":
        raise log.rejection(
            "R109",
            "内容是 XML，不是表格文件 (XML, not a spreadsheet)",
            mend=_SAVE,
        )
    is_binary = start.startswith((_PDF, *_IMAGES)) or (
        path.suffix.lower() not in _TEXT_SUFFIXES and _looks_binary(start)
    )
    if is_binary or _looks_binary(start):
        raise log.rejection(
            "R109",
            f"`{path.name}` 不是表格文件 (not a spreadsheet)",
            mend="请交 xlsx、xls、csv 或 parquet 文件 (hand in one of these)",
        )
    return "csv"


def _looks_binary(start: bytes) -> bool:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    # UTF-16 without a mark has its zero bytes at every other place.
    zeros = start.count(0)
    if zeros > len(start) // 4:
        return not (start[1::2].count(0) == 0 or start[::2].count(0) == 0)
    controls = sum(1 for sign in start if sign < 32 and sign not in b"\t\n\r\f\x1b")
    return controls > max(len(start) // 100, 4)


def _kind_of_zip(path: Path, log: ProblemLog) -> str:
    try:
        with Package(path) as package:
            names = set(package.names())
            if "mimetype" in names:
                package.weigh()
                if b"opendocument.spreadsheet" in package.read("mimetype"):
                    raise _unsupported("ods", log)
            if "[Content_Types].xml" in names:
                if any(name.endswith("workbook.bin") for name in names):
                    raise _unsupported("xlsb", log)
                package.weigh()
                if workbook_parts(package).has_macros:
                    return "xlsm"
                return "xlsx"
    except PackageError as error:
        raise broken_package(error, log) from error
    except MarkupError as error:
        raise broken_markup(error, log) from error
    raise log.rejection(
        "R109",
        f"`{path.name}` 是压缩包，不是表格文件 (a zip archive, not a spreadsheet)",
        mend="解压后交里面的表格 (unpack it and hand in the table)",
    )


def _unsupported(kind: str, log: ProblemLog) -> InputRejected:
    return log.rejection(
        "R109", f"暂不支持 {kind} 格式 ({kind} is not supported)", mend=_SAVE
    )


def _kind_of_ole(path: Path, log: ProblemLog) -> str:
    data = path.read_bytes()
    if _ENCRYPTED in data:
        raise log.rejection(
            "R104",
            "文件有打开密码，读不了 (protected by a password)",
            mend="在 Excel 里去掉密码后另存 (save it without the password)",
        )
    if any(name in data for name in _XLS_STREAMS):
        return "xls"
    raise log.rejection(
        "R109",
        f"`{path.name}` 是旧版 Office 文件，但不是表格（也许是 Word 文档）"
        " (an old Office file, but no spreadsheet)",
        mend=_SAVE,
    )


def _read(path: Path, kind: str, log: ProblemLog) -> tuple[Sheet, ...]:
    if kind == "csv":
        return read_delimited(path, log)
    if kind == "parquet":
        return read_parquet(path, log)
    if kind == "html":
        sheets = read_webpage(path, log)
        if not any(sheet.rows for sheet in sheets):
            raise log.rejection(
                "R109",
                "内容是网页，里面没有表格 (a web page without a table)",
                mend=_SAVE,
            )
        return sheets
    if kind == "xls":
        return read_xls(path, log)
    try:
        with Package(path) as package:
            package.check()
            for name in package.unsafe_names():
                log.add(
                    "R112",
                    f"部件名 `{name}` 指向文件之外；从不解压到磁盘，已略过"
                    " (a part's name points outside; nothing is ever extracted)",
                    mend="弄清文件的来历 (find out where the file comes from)",
                )
            return read_xlsx(package, log)
    except PackageError as error:
        raise broken_package(error, log) from error
    except MarkupError as error:
        raise broken_markup(error, log) from error


def broken_package(error: PackageError, log: ProblemLog) -> InputRejected:
    """Return the rejection of a zip file that cannot be used."""
    message, mend = _PACKAGE_MESSAGES[error.code]
    return log.rejection(error.code, f"{message}: {error}", mend=mend)


def broken_markup(error: MarkupError, log: ProblemLog) -> InputRejected:
    """Return the rejection of a workbook whose XML is broken."""
    return log.rejection(
        "R108", f"工作簿内部的 XML 有误 (broken XML inside): {error}", mend=_SAVE
    )


def _suffix_problem(path: Path, kind: str, log: ProblemLog) -> None:
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES[kind]:
        log.add(
            "R113",
            f"后缀是 `{suffix}`，内容其实是 {kind}；已按 {kind} 读取"
            f" (named `{suffix}`, really {kind}; read as such)",
            mend=f"改名为 `.{kind}` (rename it)",
        )


def _near(path: Path) -> str:
    import difflib

    folder = path.parent
    names = [item.name for item in folder.iterdir()] if folder.is_dir() else []
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"是不是 `{near[0]}`？(did you mean this?)" if near else ""
