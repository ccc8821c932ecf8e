# SPDX-License-Identifier: Apache-2.0
"""Make small `.xls` files record by record, with nobody else's writer.

One sector each for the allocation table and the directory, eight or more for the
stream, because a stream under 4,096 bytes would live in the mini stream.
"""

from __future__ import annotations

import struct

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_SECTOR = 512


def record(kind, body=b""):
    return struct.pack("<HH", kind, len(body)) + body


def begin(kind):
    return record(0x0809, struct.pack("<HHHHLL", 0x0600, kind, 0, 0, 0, 0))


def ole(stream, *, is_mini=False):
    """Wrap a stream named Workbook into an OLE file of at most 60 KB."""
    size = len(stream) if is_mini else max(len(stream), 4096)
    data = stream.ljust(-(-size // _SECTOR) * _SECTOR, b"\0")
    count = len(data) // _SECTOR
    # Sectors: 0 table, 1 directory, 2 mini table, then the data.
    chain = [_TABLE, _END, _END, *range(4, 3 + count), _END]
    mini_count = -(-size // 64)
    mini = [*range(1, mini_count), _END] if is_mini else []
    header = OLE + b"\0" * 16 + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<9L", 0, 1, 1, 0, 4096, 2 if is_mini else _END, 1, _END, 0)
    header += struct.pack("<109L", 0, *[_FREE] * 108)
    root = _entry("Root Entry", 5, 1, 3 if is_mini else _END, len(data) * is_mini)
    book = _entry("Workbook", 2, _FREE, 0 if is_mini else 3, size)
    return (
        header
        + _table(chain)
        + (root + book).ljust(_SECTOR, b"\0")
        + _table(mini)
        + data
    )


def _table(numbers):
    free = 128 - len(numbers)
    return struct.pack("<128L", *numbers, *[_FREE] * free)


def _entry(name, kind, child, start, size):
    raw = name.encode("utf-16-le")
    head = struct.pack("<HBB3L", len(raw) + 2, kind, 1, _FREE, _FREE, child)
    return raw.ljust(64, b"\0") + head + b"\0" * 36 + struct.pack("<LQ", start, size)


def workbook(cells, *, formats=(), styles=(0,), globals_=b"", name="表"):
    """Return the stream of a workbook with one sheet of these records."""
    raw = name.encode("utf-16-le")
    head = begin(5) + globals_
    for number, code in formats:
        text = struct.pack("<HHB", number, len(code), 1) + code.encode("utf-16-le")
        head += record(0x041E, text)
    for number in styles:
        head += record(0x00E0, struct.pack("<HH", 0, number) + b"\0" * 16)
    size = len(head) + 4 + 8 + len(raw) + 4
    sheet = struct.pack("<LBBBB", size, 0, 0, len(name), 1) + raw
    return (
        head + record(0x0085, sheet) + record(0x000A) + begin(16) + cells + record(0x0A)
    )


def number(row, column, value, style=0):
    return record(0x0203, struct.pack("<3Hd", row - 1, column - 1, style, value))


def packed(row, column, value, style=0, *, hundredths=False):
    raw = ((value & 0x3FFFFFFF) << 2) | 2 | hundredths
    return record(0x027E, struct.pack("<3HL", row - 1, column - 1, style, raw))


def packed_row(row, column, values, style=0):
    body = b"".join(struct.pack("<HL", style, value << 2 | 2) for value in values)
    last = column - 2 + len(values)
    head = struct.pack("<HH", row - 1, column - 1)
    return record(0x00BD, head + body + struct.pack("<H", last))


def label(row, column, text):
    head = struct.pack("<3HHB", row - 1, column - 1, 0, len(text), 1)
    return record(0x0204, head + text.encode("utf-16-le"))


def error(row, column, code):
    return record(0x0205, struct.pack("<3HBB", row - 1, column - 1, 0, code, 1))


def failed_formula(row, column, code):
    result = struct.pack("<BBBBHH", 2, 0, code, 0, 0, 0xFFFF)
    body = struct.pack("<3H", row - 1, column - 1, 0) + result
    return record(0x0006, body + b"\0" * 6 + struct.pack("<HBB", 2, 0x1C, code))


def hidden_row(row):
    return record(0x0208, struct.pack("<6HL", row - 1, 0, 9, 255, 0, 0, 0x20))


def hidden_column(column):
    body = struct.pack("<6H", column - 1, column - 1, 2340, 0, 1, 0)
    return record(0x007D, body)
