# SPDX-License-Identifier: Apache-2.0
"""How wide text is and where it may break.

The server does not know the reader's font, so widths are taken on the wide side: a
Chinese character is one em, a digit 0.6. Chinese breaks between any two characters,
save before a closing and after an opening mark; a number never leaves its unit.
"""

from __future__ import annotations

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


@lru_cache(maxsize=4096)
def _hundredths(char: str) -> int:
    if char in _WIDE or east_asian_width(char) in "WFA":
        return 100
    if category(char) in {"Mn", "Me", "Cc", "Cf"}:
        return 0
    if char in _THIN or char == HOLD:
        return 34
    return 70 if char.isupper() else 60


def text_width(text: str, size: int) -> float:
    """Return how wide a text is at most, in the unit of `size`."""
    return sum(map(_hundredths, text)) * size / 100


@dataclass(frozen=True, slots=True)
class Lines:
    """A text that was broken into lines; `full` is all of it."""

    full: str
    lines: tuple[str, ...]
    width: float

    @property
    def is_cut(self) -> bool:
        """Whether something was left out at the end."""
        return (
            bool(self.lines)
            and self.lines[-1].endswith(CUT)
            and (not self.full.endswith(CUT))
        )


def _holds(before: str, after: str) -> bool:
    """Return whether no line may begin between two characters."""
    if after in _CLOSING or before in _OPENING or category(after)[0] == "M":
        return True
    if after in _UNITS and (before.isdigit() or before in _SCALES):
        return True
    return not (before.isspace() or after.isspace()) and not (
        {east_asian_width(before), east_asian_width(after)} & {"W", "F"}
    )


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for char in text:
        if pieces and (_holds(pieces[-1][-1], char) or char == " "):
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def wrap(text: str, *, size: int, width: float, most: int) -> Lines:
    """Return a text in at most `most` lines; what is too much is cut with `…`."""
    full = " ".join(text.replace(HOLD, "\0").split()).replace("\0", HOLD)
    lines = [""]
    for piece in _pieces(full):
        if text_width((lines[-1] + piece).rstrip(" "), size) <= width:
            lines[-1] += piece
        elif lines[-1]:
            lines.append(piece)
        else:
            lines[-1] = piece
    kept = [line.strip(" ") for line in lines[:most]]
    if len(lines) > most:
        kept[-1] += CUT
    fitted = tuple(_cut(line, size, width) for line in kept)
    return Lines(full, fitted, max(text_width(line, size) for line in fitted))


def _cut(line: str, size: int, width: float) -> str:
    if text_width(line, size) <= width:
        return line
    line = line.removesuffix(CUT)
    while line and text_width(line + CUT, size) > width:
        line = line[:-1]
    return line + CUT
