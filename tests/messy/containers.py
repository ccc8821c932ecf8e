# SPDX-License-Identifier: Apache-2.0
"""Files that are wrong before a single cell is read, built by hand.

Nothing here needs a password tool or gigabytes of memory: an encrypted workbook is an
OLE container with two streams, and a bomb is one deflate block repeated.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_NOBODY = 0xFFFFFFFF


def write_encrypted(path: Path) -> None:
    """Write what Excel writes for a workbook with a password to open it."""
    descriptor = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption">'
        '<keyData saltSize="16" blockSize="16" keyBits="256" hashSize="64" '
        'cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" '
        'hashAlgorithm="SHA512" saltValue="AAAAAAAAAAAAAAAAAAAAAA=="/></encryption>'
    )
    info = struct.pack("<HHI", 4, 4, 0x40) + descriptor.encode()
    package = struct.pack("<Q", 8000) + bytes(i * 167 % 251 for i in range(8000))
    streams = (
        ("EncryptionInfo", info.ljust(4096, b"\0")),
        ("EncryptedPackage", package.ljust(16 * _SECTOR, b"\0")),
    )
    path.write_bytes(_ole(streams))


def _ole(streams: tuple[tuple[str, bytes], ...]) -> bytes:
    """Return a compound file; every stream is a whole number of sectors."""
    chain = [_FAT, _END]  # sector 0 holds the table, sector 1 the directory
    entries = [_entry("Root Entry", 5, child=1, start=_END, size=0)]
    body = b""
    for place, (name, data) in enumerate(streams, 1):
        start = len(chain)
        count = len(data) // _SECTOR
        chain += [*range(start + 1, start + count), _END]
        right = place + 1 if place < len(streams) else _NOBODY
        entries.append(_entry(name, 2, right=right, start=start, size=len(data)))
        body += data
    entries.append(bytes(128))
    table = chain + [_FREE] * (_SECTOR // 4 - len(chain))
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        bytes.fromhex("D0CF11E0A1B11AE1"),
        bytes(16),
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        1,
        1,
        0,
        4096,
        _END,
        0,
        _END,
        0,
    )
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    return header + struct.pack("<128I", *table) + b"".join(entries) + body


def _entry(
    name: str,
    kind: int,
    *,
    right: int = _NOBODY,
    child: int = _NOBODY,
    start: int,
    size: int,
) -> bytes:
    text = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        text,
        len(text) + 2,
        kind,
        1,
        _NOBODY,
        right,
        child,
        bytes(16),
        0,
        0,
        0,
        start,
        size,
    )


def bomb(megabytes: int) -> tuple[bytes, int, int]:
    """Return a deflate stream of that many megabytes of spaces, its CRC and size."""
    block = b" " * 2**20
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    once = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    check = zlib.crc32(block)
    # Appending is linear in the CRC, so the sum needs no gigabytes.
    table = _shift_table()
    whole = 0
    for _ in range(megabytes):
        moved = 0
        for bit in range(32):
            if whole >> bit & 1:
                moved ^= table[bit]
        whole = moved ^ check
    return once * megabytes + b"\x03\x00", whole, megabytes * 2**20


def _shift_table() -> list[int]:
    """Return what each bit of a CRC becomes after one more megabyte of zeros."""
    zeros = bytes(2**20)
    plain = zlib.crc32(zeros)
    return [zlib.crc32(zeros, 1 << bit) ^ plain for bit in range(32)]


def zip_of(parts: dict[str, bytes], bombs: dict[str, tuple[bytes, int, int]]) -> bytes:
    """Return a zip of plain parts, and of ready deflate streams with CRC and size."""
    body, listing = b"", b""
    ready = {name: _deflated(data) for name, data in parts.items()} | bombs
    for name, (packed, check, size) in ready.items():
        text = name.encode()
        common = struct.pack(
            "<HHHHHIIIHH", 20, 0, 8, 0, 33, check, len(packed), size, len(text), 0
        )
        listing += (
            b"PK\x01\x02\x14\x00"
            + common
            + struct.pack("<HHHII", 0, 0, 0, 0, len(body))
            + text
        )
        body += b"PK\x03\x04" + common + text + packed
    count = len(ready)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(listing), len(body), 0)
    return body + listing + b"PK\x05\x06" + end


def _deflated(data: bytes) -> tuple[bytes, int, int]:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush(), zlib.crc32(data), len(data)


TYPES = (
    b'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats'
    b'.org/package/2006/content-types"><Default Extension="rels" ContentType="applicati'
    b'on/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" Conten'
    b'tType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="appli'
    b'cation/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override'
    b' PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats'
    b'-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook_parts() -> dict[str, bytes]:
    """Return the parts of a workbook of one sheet, without the sheet itself."""
    return {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": (
            f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
            f'Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ).encode(),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>'
            '<sheet name="企业" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
            f'Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
        ).encode(),
    }


def sheet_xml(rows: list[list[str]], *, before: str = "") -> bytes:
    """Return a worksheet part with inline strings."""
    lines = "".join(
        f'<row r="{number}">'
        + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in row)
        + "</row>"
        for number, row in enumerate(rows, 1)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet xmlns="{_MAIN}">'
        f"<sheetData>{lines}</sheetData></worksheet>"
    ).encode()
