# SPDX-License-Identifier: Apache-2.0
"""What the values of an old workbook (`.xls`) mean: percentages, days, errors.

python-calamine gives the values; this pass over the same records gives what it
leaves out, so that 0.3 shown as 30% is known to be 30% in an `.xls` as well. Only
records of numbers, formats, rows and columns are looked at; all else is skipped.

Source: [MS-XLS], section 2.4 (records by name).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from ceyuan.sheets.formats import Kind, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_EOF, _BOF, _DATEMODE, _BOUNDSHEET, _XF, _FORMAT = 10, 0x809, 0x22, 0x85, 0xE0, 0x41E
_FORMULA, _NUMBER, _RK, _MULRK, _BOOLERR = 0x06, 0x203, 0x27E, 0xBD, 0x205
_ROW, _COLINFO = 0x208, 0x7D
_BIFF8 = 0x600
_WORKSHEET = 0
_IS_ERROR = 2
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


@dataclass(slots=True)
class Marks:
    """What is known of one sheet beside its values; rows and columns from 1."""

    days: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    percents: set[tuple[int, int]] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


def marks_of(stream: bytes) -> tuple[list[Marks], bool]:
    """Return the marks of each worksheet in order, and whether days count from 1904.

    Raises:
        struct.error, IndexError: The records are damaged.
    """
    formats: dict[int, str] = {}
    styles: list[int] = []
    starts: list[int] = []
    from_1904 = False
    is_biff8 = True
    for record, body in _records(stream, 0):
        if record == _BOF:
            is_biff8 = struct.unpack_from("<H", body)[0] == _BIFF8
        elif record == _DATEMODE:
            from_1904 = body[:1] == b"\1"
        elif record == _FORMAT:
            formats[struct.unpack_from("<H", body)[0]] = _code(body, is_biff8)
        elif record == _XF:
            styles.append(struct.unpack_from("<H", body, 2)[0])
        elif record == _BOUNDSHEET and body[5] == _WORKSHEET:
            starts.append(struct.unpack_from("<L", body)[0])
    kinds = [kind_of(number, formats.get(number)) for number in styles]
    return [_sheet(stream, start, kinds) for start in starts], from_1904


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one part of the stream, without parts inside it."""
    at, depth = start, 0
    while at + 4 <= len(stream):
        record, size = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + size]
        at += 4 + size
        if record == _BOF:
            depth += 1
        if depth == 1:
            yield record, body
        if record == _EOF:
            depth -= 1
            if depth <= 0:
                return


def _code(body: bytes, is_biff8: bool) -> str:  # noqa: FBT001
    if is_biff8:
        is_wide = body[4] & 1
        return body[5:].decode("utf-16-le" if is_wide else "latin-1", "replace")
    return body[3:].decode("gb18030", "replace")


def _sheet(stream: bytes, start: int, kinds: list[Kind]) -> Marks:
    marks = Marks()
    for record, body in _records(stream, start):
        if record == _ROW:
            (row,) = struct.unpack_from("<H", body)
            if body[12] & 0x20:
                marks.hidden_rows.add(row + 1)
        elif record == _COLINFO:
            first, last = struct.unpack_from("<HH", body)
            if body[8] & 1:
                marks.hidden_columns.update(range(first + 1, min(last, 255) + 2))
        elif record == _BOOLERR and body[7]:
            row, column = struct.unpack_from("<HH", body)
            marks.errors[row + 1, column + 1] = _ERRORS.get(body[6], "#N/A")
        elif record == _MULRK:
            row, column = struct.unpack_from("<HH", body)
            for at in range(4, len(body) - 2, 6):
                style, raw = struct.unpack_from("<HL", body, at)
                _note(marks, row, column, kinds[style], _rk(raw))
                column += 1
        elif record in {_NUMBER, _RK, _FORMULA}:
            _cell(marks, record, body, kinds)
    return marks


def _cell(marks: Marks, record: int, body: bytes, kinds: list[Kind]) -> None:
    row, column, style = struct.unpack_from("<3H", body)
    if record == _FORMULA and body[12:14] == b"\xff\xff":
        if body[6] == _IS_ERROR:  # its code stands two bytes on
            marks.errors[row + 1, column + 1] = _ERRORS.get(body[8], "#N/A")
        return
    if record == _RK:
        number = _rk(struct.unpack_from("<L", body, 6)[0])
    else:
        (number,) = struct.unpack_from("<d", body, 6)
    _note(marks, row, column, kinds[style], number)


def _rk(raw: int) -> float:
    """Return a number packed into 30 bits: whole or cut float, maybe in hundredths."""
    if raw & 2:
        whole = raw >> 2
        number = float(whole - (1 << 30) if whole & (1 << 29) else whole)
    else:
        (number,) = struct.unpack("<d", struct.pack("<LL", 0, raw & 0xFFFFFFFC))
    return number / 100 if raw & 1 else number


def _note(marks: Marks, row: int, column: int, kind: Kind, number: float) -> None:
    place = (row + 1, column + 1)
    if kind is Kind.PERCENT:
        marks.percents.add(place)
    elif kind is Kind.DATE:
        serial = Decimal(repr(number))
        if serial.is_finite():
            marks.days[place] = serial
