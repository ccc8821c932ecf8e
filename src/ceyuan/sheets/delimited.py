# SPDX-License-Identifier: Apache-2.0
"""Read delimited text: csv, tsv, txt in the encodings that offices produce.

Excel in China saves csv as GB18030 (GBK), most other programs as UTF-8. The hard
idea: UTF-8 is so regular that a file which decodes as UTF-8 is UTF-8; what fails is
tried as GB18030, and what fails that too is still read, with a mark in place of each
bad byte and a problem that says where. A text cell stays text: `00012` is a code.
"""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING

from ceyuan.sheets.model import MAX_COLUMNS, MAX_ROWS, CellValue, Sheet

if TYPE_CHECKING:
    from pathlib import Path

    from ceyuan.sheets.problems import ProblemLog

_DELIMITERS = ",\t;|"
_SAMPLE_LINES = 50
_LINES_IN_A_CELL = 50
#: Chinese in GB18030, read as UTF-8, yields hardly a proper character.
_MOSTLY = 0.5


def read_delimited(path: Path, log: ProblemLog) -> tuple[Sheet, ...]:
    """Return the file as one sheet."""
    written = decode(path.read_bytes(), log)
    rows = _rows(written, log)
    while rows and not any(cell is not None for cell in rows[-1]):
        rows.pop()
    if len(rows) > MAX_ROWS:
        log.add(
            "R124",
            f"共 {len(rows)} 行，超过 Excel 的 {MAX_ROWS} 行：能核对，"
            "但结果写不进一张工作表 (more rows than a sheet can hold)",
            mend="拆成几个文件 (split the file)",
        )
    width = max((len(row) for row in rows), default=0)
    if width > MAX_COLUMNS:
        log.add(
            "R124",
            f"共 {width} 列，超过 Excel 的 {MAX_COLUMNS} 列"
            " (more columns than a sheet can hold)",
            mend="检查分隔符 (check the delimiter)",
        )
    for row in rows:
        row.extend([None] * (width - len(row)))
    return (Sheet(path.stem, rows, used_columns=width),)


def decode(data: bytes, log: ProblemLog) -> str:
    """Return the text of a file, whatever of the usual encodings it is in."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return _decode(data[len(mark) :], encoding, log)
    sample = data[:4096]
    if sample.count(0) > len(sample) // 4:
        # Text without a mark, every other byte zero: UTF-16. Which half is zero
        # tells the order of bytes.
        little = sample[1::2].count(0) >= sample[::2].count(0)
        return _decode(data, "utf-16-le" if little else "utf-16-be", log)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A UTF-8 file with a few bad bytes would turn to nonsense as GB18030.
        is_utf8 = _share_of_utf8(data, error) > _MOSTLY
    return _decode(data, "utf-8" if is_utf8 else "gb18030", log)


def _share_of_utf8(data: bytes, error: UnicodeDecodeError) -> float:
    """Return which share of the non-ASCII characters are proper UTF-8."""
    around = data[max(error.start - 50_000, 0) : error.start + 50_000]
    shown = around.decode("utf-8", "replace")
    bad = shown.count("\ufffd")
    good = sum(1 for sign in shown if ord(sign) > 127) - bad
    return good / (good + bad) if good + bad else 0.0


def _decode(data: bytes, encoding: str, log: ProblemLog) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        log.add(
            "R110",
            f"按 {encoding.upper()} 解码失败，坏字节从第 {line} 行开始，已以 “\ufffd” 代替"
            f" (bytes that are not {encoding} from line {line})",
            mend="另存为 “CSV UTF-8” (save it as CSV UTF-8)",
            row=line,
        )
        return data.decode(encoding, "replace")


def delimiter_of(written: str) -> str:
    """Return the delimiter that cuts the first lines most evenly."""
    lines = [line for line in written[:200_000].splitlines() if line.strip()]
    sample = "\n".join(lines[:_SAMPLE_LINES])
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths = [
            len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter)
        ]
        usual = max(set(widths), key=widths.count, default=1)
        if usual > 1:
            score = (widths.count(usual) / len(widths), usual)
            if score > best_score:
                best, best_score = delimiter, score
    if best_score == (0.0, 0):
        # No line has it twice alike; take the sign seen most often.
        return max(_DELIMITERS, key=sample.count) if sample else ","
    return best


def _rows(written: str, log: ProblemLog) -> list[list[CellValue]]:
    if written.startswith("sep=") and len(written.split("\n", 1)[0].strip()) == 5:
        # Excel's own way to name the delimiter; the line counts as a row.
        delimiter = written[4]
    else:
        delimiter = delimiter_of(written)
    if "\0" in written:
        log.add(
            "R111",
            "文件里有空字节，已去掉 (null bytes in the text, dropped)",
            mend="重新导出这个文件 (export the file again)",
        )
        written = written.replace("\0", "")
    limit = csv.field_size_limit(2**31 - 1)
    try:
        reader = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter)
        rows: list[list[CellValue]] = []
        for row in reader:
            if any(cell.count("\n") > _LINES_IN_A_CELL for cell in row):
                log.add(
                    "R114",
                    "一格里有很多行，可能少了一个收尾的引号，后面的行都被并进来了"
                    " (a cell of many lines: a closing quote may be missing)",
                    mend="补上引号，或重新导出 (close the quote, or export again)",
                    row=len(rows) + 1,
                )
            rows.append([cell if cell.strip() else None for cell in row])
    finally:
        csv.field_size_limit(limit)
    return rows
