# SPDX-License-Identifier: Apache-2.0
"""The zip file that a workbook is, read with distrust and copied raw.

Nothing is ever extracted to the disk. Before any part is used, `check` weighs the
whole file: what the zip's directory declares, and, while unpacking in small pieces,
what really comes out, because a directory can lie. Parts that stay as they are
travel to the new file in their compressed form, bit for bit, by `PackageWriter`.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

#: A full sheet of 1,048,576 rows and 30 columns is about 1.3 GB of XML; a workbook
#: that claims more than this cannot be worked on in the memory of an office machine.
MAX_UNPACKED = 2 * 1024**3
#: Deflate can shrink at most 1,032 : 1. Honest sheets, even of blank styled cells,
#: were measured at 60 : 1 or less; only a bomb goes beyond this.
MAX_RATIO = 200
#: Below this size a high ratio does no harm (a blank part of spaces).
RATIO_FROM = 64 * 1024**2
#: Zip's own limit without its 64-bit extension, which `PackageWriter` does not write.
MAX_PARTS = 65_000

_PIECE = 1 << 20
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED


class PackageError(Exception):
    """The zip file cannot be used; `code` is the problem's code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Package:
    """A workbook's parts by name. Use it in a `with`."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            self._zip = zipfile.ZipFile(self._file)
        except (
            zipfile.BadZipFile,
            NotImplementedError,
            OSError,
            ValueError,
        ) as error:
            self._file.close()
            raise PackageError("R106", str(error)) from error
        self.infos = tuple(i for i in self._zip.infolist() if not i.is_dir())
        #: Parts known to be plain or not, see `sheetxml`.
        self.plain: dict[str, bool] = {}
        self._by_name = {part_name(info.filename): info for info in self.infos}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return part_name(name) in self._by_name

    def names(self) -> list[str]:
        """Return the parts' names in the file's order."""
        return list(self._by_name)

    def raw(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        """Yield a part's bytes as they are stored, still compressed."""
        self._file.seek(info.header_offset)
        header = self._file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
            raise PackageError("R106", f"no local header for `{info.filename}`")
        *_, name_size, extra_size = _LOCAL.unpack(header)
        start = info.header_offset + _LOCAL.size + name_size + extra_size
        left = info.compress_size
        while left > 0:
            self._file.seek(start + info.compress_size - left)
            piece = self._file.read(min(_PIECE, left))
            if not piece:
                raise PackageError("R106", f"`{info.filename}` is cut off")
            left -= len(piece)
            yield piece

    def stream(self, name: str) -> Iterator[bytes]:
        """Yield a part's bytes, unpacked, in pieces of at most 1 MiB.

        Raises:
            PackageError: The part is cut off, damaged, packed in an unknown way,
                encrypted, or larger than it declares.
        """
        info = self._by_name[part_name(name)]
        if info.flag_bits & 1:
            raise PackageError("R104", f"`{info.filename}` is encrypted")
        if info.compress_type == _STORED:
            pieces = self.raw(info)
        elif info.compress_type == _DEFLATED:
            pieces = _inflate(self.raw(info), info.filename)
        else:
            msg = f"`{info.filename}`: compression method {info.compress_type}"
            raise PackageError("R106", msg)
        size = crc = 0
        for piece in pieces:
            size += len(piece)
            if size > info.file_size:
                msg = f"`{info.filename}` declares {info.file_size} bytes, holds more"
                raise PackageError("R105", msg)
            crc = zlib.crc32(piece, crc)
            yield piece
        if size != info.file_size or crc != info.CRC:
            raise PackageError("R106", f"`{info.filename}` is damaged")

    def read(self, name: str) -> bytes:
        """Return a part's bytes, unpacked."""
        return b"".join(self.stream(name))

    def weigh(self) -> None:
        """Refuse a file whose directory declares too much, before unpacking.

        Raises:
            PackageError: Too many parts, two parts of one name, or sizes that no
                honest workbook has.
        """
        if len(self.infos) > MAX_PARTS:
            raise PackageError("R105", f"{len(self.infos)} parts")
        folded: set[str] = set()
        for info in self.infos:
            name = part_name(info.filename).casefold()
            if name in folded:
                raise PackageError("R107", f"`{info.filename}` occurs twice")
            folded.add(name)
            ratio = info.file_size / max(info.compress_size, 1)
            if info.file_size > RATIO_FROM and ratio > MAX_RATIO:
                msg = f"`{info.filename}` unpacks {ratio:.0f} : 1"
                raise PackageError("R105", msg)
        total = sum(info.file_size for info in self.infos)
        if total > MAX_UNPACKED:
            raise PackageError("R105", f"unpacks to {total:,} bytes")

    def check(self) -> None:
        """Weigh the file, then unpack every part once, keeping nothing.

        Raises:
            PackageError: As for `weigh` and `stream`.
        """
        self.weigh()
        for info in self.infos:
            for _ in self.stream(info.filename):
                pass

    def unsafe_names(self) -> list[str]:
        """Return names that point out of the package; they are never extracted."""
        return [
            info.filename
            for info in self.infos
            if ".." in info.filename.replace("\\", "/").split("/")
            or info.filename.startswith(("/", "\\"))
            or info.filename[1:2] == ":"
        ]


def part_name(name: str) -> str:
    """Return a part's name as used in look-ups: `/` between, none in front."""
    return name.replace("\\", "/").lstrip("/")


def _inflate(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    engine = zlib.decompressobj(-15)
    try:
        for piece in pieces:
            waiting = piece
            while waiting:
                yield engine.decompress(waiting, _PIECE)
                waiting = engine.unconsumed_tail
        while rest := engine.decompress(b"", _PIECE):
            yield rest
    except zlib.error as error:
        raise PackageError("R106", f"`{name}`: {error}") from error
    if not engine.eof:
        raise PackageError("R106", f"`{name}` is cut off")


@dataclass(slots=True)
class _Entry:
    name: bytes
    flags: int
    method: int
    time: int
    day: int
    crc: int
    packed: int
    size: int
    attributes: int
    system: int
    offset: int


class PackageWriter:
    """Write a zip file part by part; the same parts give the same bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._entries: list[_Entry] = []

    def copy(self, package: Package, info: zipfile.ZipInfo) -> None:
        """Copy a part in its compressed form, bit for bit."""
        year, month, day, hour, minute, second = info.date_time
        raw_name = info.orig_filename
        utf8 = info.flag_bits & 0x800
        entry = _Entry(
            name=raw_name.encode("utf-8" if utf8 else "cp437"),
            flags=info.flag_bits & ~0x08,
            method=info.compress_type,
            time=hour << 11 | minute << 5 | second // 2,
            day=max(year - 1980, 0) << 9 | month << 5 | day,
            crc=info.CRC,
            packed=info.compress_size,
            size=info.file_size,
            attributes=info.external_attr,
            system=info.create_system,
            offset=self._file.tell(),
        )
        self._header(entry)
        for piece in package.raw(info):
            self._file.write(piece)
        self._entries.append(entry)

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a new or changed part, deflated, dated 1980-01-01."""
        raw_name = name.encode("utf-8")
        entry = _Entry(
            name=raw_name,
            flags=0 if raw_name.isascii() else 0x800,
            method=_DEFLATED,
            time=0,
            day=1 << 5 | 1,
            crc=0,
            packed=0,
            size=0,
            attributes=0,
            system=0,
            offset=self._file.tell(),
        )
        self._header(entry)
        engine = zlib.compressobj(6, zlib.DEFLATED, -15)
        for piece in pieces:
            entry.crc = zlib.crc32(piece, entry.crc)
            entry.size += len(piece)
            entry.packed += self._file.write(engine.compress(piece))
        entry.packed += self._file.write(engine.flush())
        end = self._file.tell()
        self._file.seek(entry.offset)
        self._header(entry)
        self._file.seek(end)
        self._entries.append(entry)

    def _header(self, entry: _Entry) -> None:
        self._file.write(
            _LOCAL.pack(
                b"PK\x03\x04",
                20,
                entry.flags,
                entry.method,
                entry.time,
                entry.day,
                entry.crc,
                entry.packed,
                entry.size,
                len(entry.name),
                0,
            )
        )
        self._file.write(entry.name)

    def close(self) -> None:
        """Write the directory. Without it the file is no zip."""
        start = self._file.tell()
        for entry in self._entries:
            self._file.write(
                _CENTRAL.pack(
                    b"PK\x01\x02",
                    entry.system << 8 | 20,
                    20,
                    entry.flags,
                    entry.method,
                    entry.time,
                    entry.day,
                    entry.crc,
                    entry.packed,
                    entry.size,
                    len(entry.name),
                    0,
                    0,
                    0,
                    0,
                    entry.attributes,
                    entry.offset,
                )
            )
            self._file.write(entry.name)
        size = self._file.tell() - start
        count = len(self._entries)
        self._file.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, 0))
