# SPDX-License-Identifier: Apache-2.0
"""Take one stream out of an OLE file, the container of old Office documents.

The file is a small file system: sectors, a table that chains them, a directory, and
a second, finer grid for streams under 4,096 bytes. Every chain is bounded by the
number of sectors, so a file that runs in circles ends.

Source: [MS-CFB], sections 2.2 (header), 2.3 (table), 2.6 (directory).
"""

from __future__ import annotations

import struct

_SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
_LAST = 0xFFFFFFFA  # sector numbers from here on are marks, not sectors
_ENTRY = 128
_ROOT, _STREAM = 5, 2
_MINI_SHIFT = 6


class OleError(Exception):
    """The container is damaged, or holds no such stream."""


def stream_of(data: bytes, names: tuple[str, ...]) -> bytes:
    """Return the first stream of one of these names.

    Raises:
        OleError: As the class says.
    """
    if not data.startswith(_SIGNATURE):
        msg = "not an OLE file"
        raise OleError(msg)
    try:
        return _Container(data).stream(names)
    except (struct.error, IndexError) as error:
        raise OleError(str(error)) from error


class _Container:
    def __init__(self, data: bytes) -> None:
        self._data = data
        (shift,) = struct.unpack_from("<H", data, 30)
        if shift not in {9, 12}:
            msg = f"sectors of 2^{shift} bytes"
            raise OleError(msg)
        self._size = 1 << shift
        first_directory, self._cutoff = struct.unpack_from("<L4xL", data, 48)
        first_mini, _, next_list, _ = struct.unpack_from("<4L", data, 60)
        tables = list(struct.unpack_from("<109L", data, 76))
        per_sector = self._size // 4
        seen = 0
        while next_list < _LAST and seen * self._size < len(data):
            numbers = struct.unpack(f"<{per_sector}L", self._sector(next_list))
            tables.extend(numbers[:-1])
            next_list = numbers[-1]
            seen += 1
        table = b"".join(self._sector(at) for at in tables if at < _LAST)
        self._table = struct.unpack(f"<{len(table) // 4}L", table)
        mini = self._chain(first_mini)
        self._mini_table = struct.unpack(f"<{len(mini) // 4}L", mini)
        self._directory = self._chain(first_directory)

    def stream(self, names: tuple[str, ...]) -> bytes:
        """Return the first stream of one of these names."""
        root = 0
        found: dict[str, tuple[int, int]] = {}
        for at in range(0, len(self._directory) - _ENTRY + 1, _ENTRY):
            entry = self._directory[at : at + _ENTRY]
            size, kind = struct.unpack_from("<HB", entry, 64)
            start, length = struct.unpack_from("<LL", entry, 116)
            if kind == _ROOT:
                root = start
            elif kind == _STREAM:
                name = entry[: max(size - 2, 0)].decode("utf-16-le", "replace")
                found[name] = (start, length)
        for name in names:
            if name in found:
                start, length = found[name]
                if length >= self._cutoff:
                    return self._chain(start)[:length]
                return self._mini(start, self._chain(root))[:length]
        msg = f"no stream {names[0]}"
        raise OleError(msg)

    def _sector(self, at: int) -> bytes:
        start = (at + 1) * self._size
        return self._data[start : start + self._size].ljust(self._size, b"\0")

    def _chain(self, at: int) -> bytes:
        parts: list[bytes] = []
        while at < _LAST and len(parts) <= len(self._table):
            parts.append(self._sector(at))
            at = self._table[at]
        return b"".join(parts)

    def _mini(self, at: int, store: bytes) -> bytes:
        parts: list[bytes] = []
        while at < _LAST and len(parts) <= len(self._mini_table):
            parts.append(store[at << _MINI_SHIFT : (at + 1) << _MINI_SHIFT])
            at = self._mini_table[at]
        return b"".join(parts)
