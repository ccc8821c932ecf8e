# SPDX-License-Identifier: Apache-2.0
"""Cut the XML of a sheet into head, rows and tail while it streams.

`split` yields the head (through `<sheetData>`), then pieces that each hold whole
rows, then the tail (from `</sheetData>`). Joined they are the sheet again, byte for
byte, except that an empty `<sheetData/>` is opened and that a sheet which is not
plain (see `markup`) is written anew first. At no time more than a few megabytes of
a plain sheet are held.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from ceyuan.sheets.markup import (
    MarkupError,
    is_plain,
    patterns,
    plain,
    root_prefix,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.sheets.package import Package

_PIECE = 4 << 20


class Place(Enum):
    """Where in the sheet a piece lies."""

    HEAD = "head"
    ROWS = "rows"
    TAIL = "tail"


def split(package: Package, part: str) -> Iterator[tuple[Place, bytes]]:
    """Yield the sheet's head, pieces of whole rows, and its tail.

    Raises:
        MarkupError: There is no `<sheetData>`, or it never ends.
        PackageError: The part is damaged.
    """
    if part not in package.plain:
        package.plain[part] = _is_plain(package, part)
    if package.plain[part]:
        source = _blocks(package.stream(part))
    else:
        source = iter((plain(package.read(part)),))
    held = next(source, b"")
    while (start := patterns(root_prefix(held)).sheet_data.search(held)) is None:
        more = next(source, None)
        if more is None:
            msg = "no `sheetData` in the sheet"
            raise MarkupError(msg)
        held += more
    opening = start.group(0)
    close = b"</" + root_prefix(held) + b"sheetData"
    row_start = patterns(root_prefix(held)).row_start
    if start.group(2):
        opened = held[: start.start()] + opening[: opening.rindex(b"/")] + b">"
        yield Place.HEAD, opened
        yield Place.TAIL, close + b">" + held[start.end() :] + b"".join(source)
        return
    yield Place.HEAD, held[: start.end()]
    held = held[start.end() :]
    searched = 0
    while (end := held.find(close, searched)) < 0:
        # Rows that are whole can go; the last one may still be growing.
        cut = held.rfind(row_start)
        if cut > 0:
            yield Place.ROWS, held[:cut]
            held = held[cut:]
        searched = max(len(held) - len(close), 0)
        more = next(source, None)
        if more is None:
            msg = "the sheet's rows never end"
            raise MarkupError(msg)
        held += more
    if end:
        yield Place.ROWS, held[:end]
    yield Place.TAIL, held[end:] + b"".join(source)


def _is_plain(package: Package, part: str) -> bool:
    """Return whether the whole part can be cut as it is; reads it once."""
    last = b""
    for piece in package.stream(part):
        if not last and not is_plain(piece):
            return False
        if b"<!" in piece or (last == b"<" and piece.startswith(b"!")):
            return False
        last = piece[-1:] or last
    return True


def _blocks(stream: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for piece in stream:
        held.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)
