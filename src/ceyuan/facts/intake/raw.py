# SPDX-License-Identifier: Apache-2.0
"""Big files of rows, a block at a time, with the sheet's own row numbers.

A block of a text file ends where a row ends, which a line break inside quotes does
not tell. The one hard idea is that two readers of text must agree: blocks that are
written as text tables should be are parsed by columns, and any block with a quote or
a line break out of place is parsed by the reader that small files have.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.sheets.delimited import _share_of_utf8, delimiter_of
from ceyuan.sheets.model import Sheet
from ceyuan.sheets.parquet import cell_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.sheets.model import CellValue
    from ceyuan.sheets.problems import ProblemLog

_BLOCK = 24 * 2**20
_ROWS = 200_000
_SAMPLED = 3_000
_MIDDLE = 64 * 2**10
_MOSTLY = 0.5
_UNCLOSED = "补上引号，或重新导出 (close the quote, or export again)"


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a file.

    Args:
        first: Index of the first in the file; its row number less 1.
        frame: Columns `0`, `1`, …; text, or what a Parquet file holds.
    """

    first: int
    frame: pl.DataFrame


def cells_of(values: pl.Series) -> list[CellValue]:
    """Return cells as the reader of single cells takes them."""
    return [
        (v if v.strip() else None) if isinstance(v, str) else cell_of(v)
        for v in values.to_list()
    ]


class TextFile:
    """A delimited text file.

    Args:
        path: Where it is.
        log: Problems of the file.
        sampled: How many of the first rows are looked at to understand it.
        block: How many bytes are read at a time.
    """

    def __init__(
        self,
        path: Path,
        log: ProblemLog,
        *,
        sampled: int = _SAMPLED,
        block: int = _BLOCK,
    ) -> None:
        self.path, self.log = path, log
        self._size, self._sampled = block, sampled
        self._said_zeros = False
        self.encoding, self._skip = _encoding(path, log)
        with path.open("rb") as file:
            file.seek(self._skip)
            start = file.read(2**21)
        head = start.decode(self.encoding, "replace").replace("\0", "")
        first = head.split("\n", 1)[0].strip()
        named = first.startswith("sep=") and len(first) == 5  # noqa: PLR2004
        self._delimiter = first[4] if named else delimiter_of(head)
        self._head = self._first_rows()
        self.width = max((len(row) for row in self._head), default=0)

    def sample(self) -> Sheet:
        """Return the first rows and some from the middle, as a sheet."""
        rows = [list(row) for row in self._head]
        if len(rows) >= self._sampled:
            rows += self._middle_rows()
        cells: list[list[CellValue]] = []
        for row in rows:
            line: list[CellValue] = [cell if cell.strip() else None for cell in row]
            cells.append(line + [None] * (self.width - len(row)))
        return Sheet(self.path.stem, cells, used_columns=self.width)

    def blocks(self) -> Iterator[Block]:
        """Yield all rows."""
        first = 0
        for text in self._texts():
            frame = self._parsed(text)
            yield Block(first, frame)
            first += frame.height

    def _first_rows(self) -> list[list[str]]:
        rows: list[list[str]] = []
        for text in self._texts():
            for row in self._csv(text):
                rows.append(row)
                if len(rows) >= self._sampled:
                    return rows
        return rows

    def _middle_rows(self) -> list[list[str]]:
        rows: list[list[str]] = []
        size = self.path.stat().st_size
        if self.encoding.startswith("utf-16"):
            return rows
        with self.path.open("rb") as file:
            for part in (1, 2, 3):
                file.seek(size * part // 4)
                text = file.read(_MIDDLE)
                text = text[text.find(b"\n") + 1 : text.rfind(b"\n") + 1]
                found = self._csv(text.decode(self.encoding, "replace").encode())
                rows += [row for row in found if len(row) == self.width]
        return rows

    def _texts(self) -> Iterator[bytes]:
        """Yield the file as UTF-8, cut where rows end."""
        rest = b""
        has_zeros = False
        with self.path.open("rb") as file:
            file.seek(self._skip)
            is_utf8 = self.encoding == "utf-8"
            decoder = codecs.getincrementaldecoder(self.encoding)(
                "strict" if is_utf8 else "replace"
            )
            while data := file.read(self._size):
                try:
                    text = data if is_utf8 else decoder.decode(data).encode()
                except UnicodeDecodeError:  # a few bad bytes, said once
                    text = data
                rest += text
                if b"\0" in rest:
                    has_zeros = True
                    rest = rest.replace(b"\0", b"")
                cut = self._row_end(rest)
                if cut:
                    yield rest[:cut]
                    rest = rest[cut:]
        if rest:
            yield rest
        if has_zeros and not self._said_zeros:
            self._said_zeros = True
            self.log.add(
                "R111",
                "文件里有空字节，已去掉 (null bytes in the text, dropped)",
                mend="重新导出这个文件 (export the file again)",
            )

    def _row_end(self, text: bytes) -> int:
        """Return where the last whole row ends; quoted line breaks end none."""
        quotes = text.count(b'"')
        cut = text.rfind(b"\n") + 1
        quotes -= text.count(b'"', cut)
        while cut and quotes % 2:
            before = text.rfind(b"\n", 0, cut - 1) + 1
            quotes -= text.count(b'"', before, cut)
            cut = before
        if not cut and len(text) > 4 * self._size:
            raise self.log.rejection(
                "R114",
                "少了一个收尾的引号 (a closing quote is missing)",
                mend=_UNCLOSED,
            )
        return cut

    def _csv(self, text: bytes) -> Iterator[list[str]]:
        limit = csv.field_size_limit(2**31 - 1)
        try:
            written = io.StringIO(text.decode("utf-8", "replace"), newline="")
            yield from csv.reader(written, delimiter=self._delimiter)
        finally:
            csv.field_size_limit(limit)

    def _parsed(self, text: bytes) -> pl.DataFrame:
        names = [str(at) for at in range(self.width)]
        if not self._is_regular(text):
            rows = [
                [*row[: self.width], *[None] * (self.width - len(row))]
                for row in self._csv(text)
            ]
            return pl.DataFrame(
                rows, schema=dict.fromkeys(names, pl.String), orient="row"
            )
        return pl.read_csv(
            text,
            has_header=False,
            separator=self._delimiter,
            schema=dict.fromkeys(names, pl.String),
            truncate_ragged_lines=True,
            encoding="utf8-lossy",
            low_memory=True,
        )

    def _is_regular(self, text: bytes) -> bool:
        """Return whether quotes and line breaks stand only where they should."""
        if b"\r" in text and text.count(b"\r") != text.count(b"\r\n"):
            return False
        if b'"' not in text:
            return True
        single = text.replace(b'""', b"")
        cut = self._delimiter.encode()
        opened = single.count(cut + b'"') + single.count(b'\n"')
        opened += single.startswith(b'"')
        closed = single.count(b'"' + cut) + single.count(b'"\n')
        closed += single.count(b'"\r\n') + single.endswith(b'"')
        return opened == closed and opened + closed == single.count(b'"')


def _encoding(path: Path, log: ProblemLog) -> tuple[str, int]:
    """Return a file's encoding and how many bytes its mark has."""
    with path.open("rb") as file:
        sample = file.read(4096)
        for mark, encoding in (
            (codecs.BOM_UTF8, "utf-8"),
            (codecs.BOM_UTF16_LE, "utf-16-le"),
            (codecs.BOM_UTF16_BE, "utf-16-be"),
        ):
            if sample.startswith(mark):
                return encoding, len(mark)
        if sample.count(0) > len(sample) // 4:
            little = sample[1::2].count(0) >= sample[::2].count(0)
            return ("utf-16-le" if little else "utf-16-be"), 0
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        lines = 0
        while data := file.read(_BLOCK):
            try:
                decoder.decode(data)
            except UnicodeDecodeError as error:
                if _share_of_utf8(data, error) <= _MOSTLY:
                    return "gb18030", 0
                line = lines + data.count(b"\n", 0, error.start) + 1
                log.add(
                    "R110",
                    f"按 UTF-8 解码失败，坏字节从第 {line} 行开始，已以 “\ufffd” 代替"
                    f" (bytes that are not utf-8 from line {line})",
                    mend="另存为 “CSV UTF-8” (save it as CSV UTF-8)",
                    row=line,
                )
                return "utf-8", 0
            lines += data.count(b"\n")
    return "utf-8", 0


class ParquetFile:
    """A Parquet file.

    Args:
        path: Where it is.
        log: Problems of the file.
        sampled: How many of the first rows are looked at to understand it.
        block: How many rows are read at a time.
    """

    def __init__(
        self,
        path: Path,
        log: ProblemLog,
        *,
        sampled: int = _SAMPLED,
        block: int = _ROWS,
    ) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path, self.log = path, log
        self._sampled, self._rows = sampled, block
        try:
            with pq.ParquetFile(path) as file:
                self.names = list(file.schema_arrow.names)
                self.height = file.metadata.num_rows
                self.groups = file.num_row_groups
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(error) from error
        self.width = len(self.names)

    def _damaged(self, error: Exception) -> Exception:
        return self.log.rejection(
            "R106",
            f"Parquet 文件损坏，读不出来 (damaged Parquet file): {error}",
            mend="重新导出这个文件 (export the file again)",
        )

    def sample(self) -> Sheet:
        """Return the first rows and some from the middle, as a sheet."""
        import pyarrow.parquet as pq

        rows: list[list[CellValue]] = [list(self.names)]
        with pq.ParquetFile(self.path) as file:
            size = self._sampled
            for batch in file.iter_batches(batch_size=size):
                rows += _lines(pl.DataFrame(batch))
                break
            for part in {self.groups // 4, self.groups // 2, self.groups * 3 // 4} - {
                0
            }:
                groups = file.iter_batches(batch_size=500, row_groups=[part])
                rows += _lines(pl.DataFrame(next(groups)))
        return Sheet(self.path.stem, rows, used_columns=self.width)

    def blocks(self) -> Iterator[Block]:
        """Yield all rows; the names of the columns count as the first."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        first = 1
        try:
            with pq.ParquetFile(self.path) as file:
                for batch in file.iter_batches(batch_size=self._rows):
                    frame = pl.DataFrame(batch)
                    frame.columns = [str(at) for at in range(self.width)]
                    yield Block(first, frame.select(_flat(frame)))
                    first += frame.height
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from error


def _flat(frame: pl.DataFrame) -> list[pl.Series]:
    """Return columns of which every cell is one value; categories become text."""
    return [
        column.cast(pl.String)
        if isinstance(column.dtype, (pl.Categorical, pl.Enum))
        else column
        for column in frame.get_columns()
    ]


def _lines(frame: pl.DataFrame) -> list[list[CellValue]]:
    columns = [cells_of(column) for column in _flat(frame)]
    return [list(line) for line in zip(*columns, strict=True)]
