# SPDX-License-Identifier: Apache-2.0
"""Tables on stdout: aligned for a terminal, tab-separated for a pipe."""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and whether it holds numbers."""

    heading: str
    number: bool = False


def width(text: str) -> int:
    """Return how many terminal cells a text takes; a Chinese character takes two."""
    return sum(
        2
        if unicodedata.east_asian_width(c) in "WF"
        else 0
        if unicodedata.combining(c)
        else 1
        for c in text
    )


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> None:
    """Print rows; nothing is cut, because a cut number is a wrong number."""
    cells = [["" if v is None else str(v) for v in row] for row in rows]
    heads = [c.heading for c in columns]
    if not sys.stdout.isatty():
        for line in (heads, *cells):
            sys.stdout.write("\t".join(_flat(cell) for cell in line) + "\n")
        sys.stdout.flush()  # what is said on stderr next comes next
        return
    widths = [
        max(width(line[i]) for line in (heads, *cells)) for i in range(len(columns))
    ]
    for line in (heads, *cells):
        parts = []
        for i, cell in enumerate(line):
            gap = " " * (widths[i] - width(cell))
            parts.append(gap + cell if columns[i].number else cell + gap)
        sys.stdout.write("  ".join(parts).rstrip() + "\n")


def _flat(cell: str) -> str:
    return cell.replace("\t", " ").replace("\n", " ")
