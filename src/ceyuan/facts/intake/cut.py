# SPDX-License-Identifier: Apache-2.0
"""Text files that break off: half a last line, zeros where text should be.

A download or a copy that stopped leaves a table that looks whole but is not; to take
what is there would be to lose the rest without a word. The one hard idea is what is
no such thing: many programs leave out the last line break, and a lone remark under a
table has fewer cells than its rows.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from ceyuan.facts.lines import is_remark
from ceyuan.sheets.delimited import decode, delimiter_of
from ceyuan.sheets.problems import ProblemLog

if TYPE_CHECKING:
    from pathlib import Path

TEXT = frozenset((".csv", ".tsv", ".txt", ".tab", ".prn"))
_TAIL = 64 * 2**10
_ZEROS = b"\0" * 16
_FEW = 3
_SMALL_BYTES = 1_000_000
_SMALL_LINES = 20_000
_MEND = "重新导出或重新下载这个文件 (export or download it again)"


def _ends(path: Path) -> tuple[bytes, bytes, int]:
    """Return how a file starts and ends, and where its end was taken from."""
    with path.open("rb") as file:
        start = file.read(4096)
        size = file.seek(0, 2)
        at = file.seek(max(0, size - _TAIL))
        return start, file.read(), at


def _is_wide(start: bytes) -> bool:
    """Return whether a text is UTF-16, of which every other byte may be zero."""
    marked = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    return marked or start.count(0) > len(start) // 4


def check_zeros(path: Path, log: ProblemLog) -> None:
    """Look for zeros where the text of a file should be.

    Raises:
        InputRejected: There are.
    """
    start, tail, _ = _ends(path)
    if _is_wide(start) or start.startswith(b"PK"):
        return
    if tail.endswith(b"\0") or _ZEROS in tail or _ZEROS in start:
        raise log.rejection(
            "R106",
            "文件末尾是一串空字节，没有写完 (cut off: null bytes in place of text)",
            mend=_MEND,
        )


def check_whole(path: Path, log: ProblemLog) -> None:
    """Look at the last line of a text file.

    Raises:
        InputRejected: It breaks off.
    """
    start, tail, at = _ends(path)
    if _is_wide(start) or tail.endswith((b"\n", b"\r")):
        return
    last = tail[tail.rfind(b"\n") + 1 :]
    if at:
        tail = tail[tail.find(b"\n") + 1 :]
    if _breaks_off(tail, last):
        raise log.rejection(
            "R106",
            "最后一行只有半行，文件没有写完 (cut off: half a last line)",
            mend=_MEND,
        )


def _breaks_off(tail: bytes, last: bytes) -> bool:
    """Return whether the last line, which has no end, is shorter than all others."""
    try:
        last.decode("utf-8")
    except UnicodeDecodeError as error:
        whole = tail[: len(tail) - len(last) + error.start]
        if error.reason == "unexpected end of data" and _is_utf8(whole):
            return True
    text = decode(tail, ProblemLog(""))
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text)))
    widths = {len(row) for row in rows[:-1]}
    if len(rows) < _FEW or len(widths) != 1:
        return False
    filled = [cell for cell in rows[-1] if cell.strip()]
    lone = len(filled) == 1 and is_remark(filled[0])
    return len(rows[-1]) < widths.pop() and not lone


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def is_big_text(path: Path) -> bool:
    """Return whether a text file has more rows than are read cell by cell."""
    if path.stat().st_size < _SMALL_BYTES:
        return False
    lines = 0
    with path.open("rb") as file:
        while data := file.read(2**22):
            lines += data.count(b"\n")
            if lines > _SMALL_LINES:
                return True
    return False
