# SPDX-License-Identifier: Apache-2.0
"""How wide text is and where it may break.

The server does not know the reader's font, so widths are taken on the wide side: a
Chinese character is one em, a digit 0.6. Chinese breaks between any two characters,
save before a closing and after an opening mark; a number never leaves its unit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import category, east_asian_width

from ceyuan.web.charts.measures import HOLD

_CLOSING = frozenset("，。；：、！？）》〉」』】”’％%‰℃…·,.;:!?)]}" + HOLD)
_OPENING = frozenset("（《〈「『【“‘([{¥$" + HOLD)
_UNITS = frozenset("元万亿千百家项个人名件次年月日天")
_SCALES = frozenset("万亿千百")
_THIN = frozenset(" .,:;'|!iljItfr()[]")
_WIDE = frozenset("mwMW@%&—…")
CUT = "…"
_LOOSE = re.compile(rf"(?<=\d) (?=[{''.join(sorted(_UNITS))}])")


@lru_cache(maxsize=4096)
def _hundredths(char: str) -> int:
    kind = category(char)
    if kind in {"Mn", "Me", "Cf"}:
        return 0
    # What may not stand in a document is shown as a sign of its own (`legal`).
    if char in _WIDE or east_asian_width(char) in "WFA" or kind in {"Cc", "Cs", "Cn"}:
        return 100
    if char in _THIN or char == HOLD:
        return 34
    return 70 if char.isupper() else 60


def text_width(text: str, size: int) -> float:
    """Return how wide a text is at most, in the unit of `size`."""
    return sum(map(_hundredths, text)) * size / 100


@dataclass(frozen=True, slots=True)
class Lines:
    """A text broken into lines, the widest `width` wide; `full` is all of it."""

    full: str
    lines: tuple[str, ...]
    width: float
    is_cut: bool


def _holds(before: str, after: str) -> bool:
    """Return whether no line may begin between two characters."""
    if after in _CLOSING or before in _OPENING or category(after)[0] == "M":
        return True
    return not (before.isspace() or after.isspace()) and not (
        {east_asian_width(before), east_asian_width(after)} & {"W", "F"}
    )


def _pieces(text: str) -> list[str]:
    """Return what may not be broken, each with the space after it."""
    pieces: list[str] = []
    for char in text:
        before = pieces[-1].rstrip(" ")[-1:] if pieces else ""
        is_unit = char in _UNITS and (before.isdigit() or before in _SCALES)
        if before and (is_unit or char == " " or _holds(pieces[-1][-1], char)):
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def held(text: str) -> str:
    """Return a sentence whose numbers hold on to the units after them.

    >>> held("成交 6,496.79 亿元") == f"成交 6,496.79{HOLD}亿元"
    True
    """
    return _LOOSE.sub(HOLD, text)


def wrap(text: str, *, size: int, width: float, most: int) -> Lines:
    """Return a text in at most `most` lines; what is too much is cut with `…`.

    Lines are made about as wide as each other, so that no character stands alone.
    """
    full = " ".join(text.replace(HOLD, "\0").split()).replace("\0", HOLD)
    pieces = _pieces(full)
    lines = _laid(pieces, size, width)
    if 1 < len(lines) <= most:
        lines = _balanced(pieces, lines, size, width)
    kept = lines[:most]
    if len(lines) > most:
        kept[-1] += CUT
    fitted = tuple(_cut(line, size, width) for line in kept)
    widest = max(text_width(line, size) for line in fitted)
    return Lines(full, fitted, widest, len(lines) > most or list(fitted) != kept)


def _laid(pieces: list[str], size: int, width: float) -> list[str]:
    """Return pieces in lines, each as full as it can be."""
    lines = [""]
    for piece in pieces:
        if text_width((lines[-1] + piece).rstrip(" "), size) <= width:
            lines[-1] += piece
        elif lines[-1]:
            lines.append(piece)
        else:
            lines[-1] = piece
    return [line.strip(" ") for line in lines]


def _balanced(
    pieces: list[str], lines: list[str], size: int, width: float
) -> list[str]:
    """Return as many lines, in the narrowest column that holds them."""
    while True:
        width -= size / 2
        tried = _laid(pieces, size, width)
        widest = max(text_width(line, size) for line in tried)
        if len(tried) > len(lines) or widest > width:
            return lines
        lines = tried


def _cut(line: str, size: int, width: float) -> str:
    if text_width(line, size) <= width:
        return line
    line = line.removesuffix(CUT)
    while line and text_width(line + CUT, size) > width:
        line = line[:-1]
    return line + CUT
