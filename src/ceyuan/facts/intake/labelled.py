# SPDX-License-Identifier: Apache-2.0
"""What stands beside a label: `纳税人名称：…`, `税款所属期间 | 2025年1月1日至…`.

The one hard idea is that a value stands in the label's own cell after a colon, or in
the next cell of its row that is filled, and nowhere else; a label without one states
nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.declarations.forms import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ceyuan.declarations.forms import Labels
    from ceyuan.sheets.model import CellValue

_COLON = re.compile(r"[:：]")
_DAY = re.compile(r"(20\d\d)\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})")
_YEAR = re.compile(r"\s*(20\d\d)\s*(?:年度?)?\s*\Z")
_WHOLE = ((1, 1), (12, 31))


@dataclass(frozen=True, slots=True)
class Found:
    """A value beside a label; `at` is its row's index, `column` its column's."""

    cell: CellValue
    at: int
    column: int


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose a sheet is and of which year, as its labels say."""

    code: Found | None
    name: Found | None
    year: Found | None


def whose(rows: Sequence[Sequence[CellValue]], labels: Labels) -> Whose:
    """Return what stands beside the labels of a form."""
    return Whose(
        beside(rows, labels.code), beside(rows, labels.name), beside(rows, labels.year)
    )


def beside(rows: Sequence[Sequence[CellValue]], labels: Iterable[str]) -> Found | None:
    """Return what stands beside the first label that has something beside it."""
    words = {plain(label) for label in labels}
    known = sorted(words, key=len, reverse=True)
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if not isinstance(cell, str):
                continue
            label, colon, rest = _parted(cell)
            said = plain(label)
            if said not in words and not any(
                said.startswith(w) and _is_aside(said[len(w) :]) for w in known if w
            ):
                continue
            if colon and rest:
                return Found(rest, at, column)
            for beyond in range(column + 1, len(row)):
                value = row[beyond]
                if value is not None and value != "":
                    if isinstance(value, str) and _is_label(value):
                        break
                    return Found(value, at, beyond)
    return None


def _parted(cell: str) -> tuple[str, bool, str]:
    parts = _COLON.split(cell, maxsplit=1)
    rest = parts[1].strip() if parts[1:] else ""
    return parts[0], len(parts) > 1, rest


def _is_aside(rest: str) -> bool:
    """Return whether what follows a label is but an aside in brackets."""
    return rest.startswith("(") and rest.endswith(")")


def _is_label(cell: str) -> bool:
    return cell.strip().endswith((":", "："))


def year_of(cell: CellValue) -> int | None:
    """Return the year that a period is; None for a part of one or for none.

    >>> year_of("2025年01月01日至2025年12月31日"), year_of("2025年1月至6月")
    (2025, None)
    """
    text = str(cell)
    if found := _YEAR.match(text):
        return int(found[1])
    days = [tuple(map(int, d)) for d in _DAY.findall(text)]
    if len(days) != 2 or days[0][0] != days[1][0]:  # noqa: PLR2004 - first and last
        return None
    return days[0][0] if (days[0][1:], days[1][1:]) == _WHOLE else None
