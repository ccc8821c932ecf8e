# SPDX-License-Identifier: Apache-2.0
"""How far to the right a sheet is in use.

Columns that are added must cover nothing of the user's and must not be covered: they
start right of the values, the merged titles, the tables and the charts and pictures
that float above the cells.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ceyuan.sheets.markup import MarkupError, attributes, child, local, parse, whole
from ceyuan.sheets.model import MAX_COLUMNS, MAX_ROWS, Range, column_number
from ceyuan.sheets.parts import relations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml import etree

    from ceyuan.sheets.package import Package

_MERGE = re.compile(rb"<(?:[\w.-]+:)?mergeCell(\s[^<>]*?)/?>")
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
#: Width of a column of the usual 8.43 characters, in English Metric Units.
_COLUMN_EMU = 609_600


def range_of(ref: str) -> Range | None:
    """Return the range written as `A1` or `A1:C5`; None when it is neither."""
    found = _RANGE.fullmatch(ref)
    if not found:
        return None
    left, top, right, bottom = found.groups()
    columns = sorted((column_number(left), column_number(right or left)))
    rows = sorted((int(top), int(bottom or top)))
    if not 1 <= rows[0] <= rows[1] <= MAX_ROWS or columns[1] > MAX_COLUMNS:
        return None
    return Range(rows[0], columns[0], rows[1], columns[1])


def merged_ranges(tail: bytes) -> tuple[Range, ...]:
    """Return the merged ranges listed after the rows of a sheet."""
    refs = (
        attributes(found.group(1)).get("ref", "") for found in _MERGE.finditer(tail)
    )
    return tuple(found for ref in refs if (found := range_of(ref)) is not None)


def columns_in_use(
    package: Package, part: str, width: int, merged: Sequence[Range]
) -> int:
    """Return the last column that values, merges, tables or drawings reach.

    A part that cannot be read is taken as reaching nowhere: it is the user's, and
    is copied as it is.
    """
    last = [width, *(found.last_column for found in merged)]
    for relation in relations(package, part):
        if relation.kind not in {"table", "drawing"} or relation.target not in package:
            continue
        try:
            root = parse(package.read(relation.target))
        except MarkupError:
            continue
        if relation.kind == "table":
            found = range_of(root.get("ref", ""))
            last.append(found.last_column if found else 0)
        else:
            last.extend(_reach(anchor) for anchor in root)
    # A whole row that is merged, or a chart far off, must not push us off the sheet.
    return max((column for column in last if column < MAX_COLUMNS), default=0)


def _reach(anchor: etree._Element) -> int:
    corner = child(anchor, "to")
    if corner is not None:
        return _number(corner, "col") + (_number(corner, "colOff") > 0)
    start, size = child(anchor, "from"), child(anchor, "ext")
    if local(anchor) == "oneCellAnchor" and start is not None and size is not None:
        return _number(start, "col") + 1 + whole(size.get("cx")) // _COLUMN_EMU
    return 0


def _number(corner: etree._Element, name: str) -> int:
    found = child(corner, name)
    return whole((found.text or "").strip()) if found is not None else 0
