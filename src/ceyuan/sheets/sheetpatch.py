# SPDX-License-Identifier: Apache-2.0
"""Put new cells into the XML of a sheet while it streams by.

Only these bytes of a sheet change: the `ref` of its dimension, `<cols>` for the new
columns, rows that get cells (their `spans` hint is dropped), `<hyperlinks>` and
`<legacyDrawing>` if needed. Every other byte passes as it came.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError
from ceyuan.sheets.celltext import attribute, letters
from ceyuan.sheets.extent import range_of
from ceyuan.sheets.markup import Patterns, attributes, patterns, root_prefix, whole
from ceyuan.sheets.model import Range, column_number
from ceyuan.sheets.sheetxml import Place, split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ceyuan.sheets.package import Package

Row = list[tuple[int, bytes]]

_USUAL_WIDTH = 10.0
_SPANS = re.compile(rb"\s+spans\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_ROW_NUMBER = re.compile(rb"(?:[^>]*\s)?r\s*=\s*[\"'](\d{1,9})[\"']")
_CELL_PLACE = re.compile(rb"\s(?:[^<>]*\s)?r\s*=\s*[\"']([A-Za-z]{1,3})\d+[\"']")
_TAG = re.compile(
    rb"<(/?)([\w:.-]+)(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*(/?)>"
)
#: What may follow the rows, in the order that Excel insists on
#: (ECMA-376 part 1, §18.3.1.99).
_ORDER = [
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
]
_RELATIONS = re.compile(
    rb"xmlns:([\w.-]+)\s*=\s*[\"']"
    rb"(http://(?:schemas\.openxmlformats\.org|purl\.oclc\.org/ooxml)"
    rb"/officeDocument/(?:2006/)?relationships)[\"']"
)


def patched_sheet(
    package: Package,
    part: str,
    *,
    name: str,
    rows: Mapping[int, Row],
    widths: Mapping[int, float],
    links: Sequence[tuple[str, str, str]],
    drawing: str,
    relations_base: str,
) -> Iterator[bytes]:
    """Yield the sheet's XML with the new cells in it.

    Args:
        package: Where the sheet lies.
        part: Its part.
        name: Its name, for messages.
        rows: New cells per row, in order (`CellWriter.rows`).
        widths: Width in characters per new column.
        links: Cell, relation id (or ""), and place in the workbook (or "").
        drawing: Relation id of the notes' drawing, "" when it has one or needs none.
        relations_base: Namespace of relation ids, if the sheet names none.

    Raises:
        UsageError: A new cell would cover a value of the user's.
    """
    waiting = sorted(rows)
    waiting.reverse()
    prefix = b""
    pattern = patterns(b"")
    head = b""
    last = 0
    for place, piece in split(package, part):
        if place is Place.HEAD:
            head = piece
            prefix = root_prefix(piece)
            pattern = patterns(prefix)
            yield _head(piece, prefix, rows=rows, widths=widths)
            continue
        if place is Place.TAIL:
            yield b"".join(_new_row(at, rows[at], prefix) for at in reversed(waiting))
            yield _tail(
                piece,
                head,
                prefix,
                links=links,
                drawing=drawing,
                relations_base=relations_base,
            )
            return
        if not waiting:
            yield piece
            continue
        out: list[bytes] = []
        done = 0
        for found in pattern.row.finditer(piece):
            number = _ROW_NUMBER.match(found.group(1))
            last = int(number.group(1)) if number else last + 1
            if not waiting or waiting[-1] > last:
                continue
            out.append(piece[done : found.start()])
            while waiting and waiting[-1] < last:
                at = waiting.pop()
                out.append(_new_row(at, rows[at], prefix))
            if waiting and waiting[-1] == last:
                waiting.pop()
                out.append(_patched_row(found, rows[last], pattern, prefix, name))
            else:
                out.append(found.group(0))
            done = found.end()
        out.append(piece[done:])
        yield b"".join(out)


def _new_row(number: int, cells: Row, prefix: bytes) -> bytes:
    inside = b"".join(xml for _, xml in cells)
    return b'<%brow r="%d">%b</%brow>' % (prefix, number, inside, prefix)


def _patched_row(
    found: re.Match[bytes], cells: Row, pattern: Patterns, prefix: bytes, name: str
) -> bytes:
    attrs = _SPANS.sub(b"", found.group(1))
    body = found.group(2) or b""
    start = b"<" + prefix + b"row" + attrs + b">"
    end = b"</" + prefix + b"row>"
    if _last_column(body, prefix) < cells[0][0]:
        return start + body + b"".join(xml for _, xml in cells) + end
    # The new cells are not all right of the old ones: sort them in one by one.
    row_number = _ROW_NUMBER.match(found.group(1))
    row = int(row_number.group(1)) if row_number else 0
    out: list[bytes] = []
    waiting = list(reversed(cells))
    done = column = 0
    for cell in pattern.cell.finditer(body):
        place = _CELL_PLACE.match(cell.group(1))
        column = column_number(place.group(1).decode()) if place else column + 1
        out.append(body[done : cell.start()])
        done = cell.end()
        while waiting and waiting[-1][0] < column:
            out.append(waiting.pop()[1])
        if not waiting or waiting[-1][0] != column:
            out.append(cell.group(0))
            continue
        inside = cell.group(2) or b""
        if (
            pattern.value.search(inside)
            or pattern.formula.search(inside)
            or (pattern.inline.search(inside))
        ):
            msg = (
                f"`{name}`!{letters(column)}{row} 已有用户的内容，不覆盖"
                " (holds a value of the user's; not covered)"
            )
            raise UsageError(msg, hint="用 `first_free_column` 找空列")
        out.append(waiting.pop()[1])
    out.append(body[done:])
    out.extend(xml for _, xml in reversed(waiting))
    return start + b"".join(out) + end


def _last_column(body: bytes, prefix: bytes) -> int:
    """Return the column of a row's last cell; a large number when unsure."""
    at = body.rfind(b"<" + prefix + b"c ")
    if at < 0:
        return 0 if not body.strip() else 1 << 30
    place = _CELL_PLACE.match(body, at + len(prefix) + 2)
    return column_number(place.group(1).decode()) if place else 1 << 30


def _head(
    head: bytes, prefix: bytes, *, rows: Mapping[int, Row], widths: Mapping[int, float]
) -> bytes:
    tag = re.compile(rb"(<%bdimension\s[^<>]*?ref\s*=\s*[\"'])([^\"']*)" % prefix)
    found = tag.search(head)
    if found and rows:
        old = range_of(found.group(2).decode("ascii", "replace"))
        first = min(row[0][0] for row in rows.values())
        last = max(row[-1][0] for row in rows.values())
        new = Range(min(rows), first, max(rows), last)
        if old is not None and str(old) != "A1":
            new = Range(
                min(old.first_row, new.first_row),
                min(old.first_column, new.first_column),
                max(old.last_row, new.last_row),
                max(old.last_column, new.last_column),
            )
        elif old is not None:
            new = Range(1, 1, new.last_row, new.last_column)
        head = head[: found.start(2)] + str(new).encode() + head[found.end(2) :]
    columns = {column for row in rows.values() for column, _ in row}
    return _with_widths(head, prefix, widths, columns)


def _with_widths(
    head: bytes, prefix: bytes, widths: Mapping[int, float], columns: set[int]
) -> bytes:
    block = re.search(
        rb"<%bcols\s*>(.*?)</%bcols\s*>" % (prefix, prefix), head, re.DOTALL
    )
    spans: list[tuple[int, int, bytes]] = []
    for found in (
        re.finditer(rb"<%bcol(\s[^<>]*?)/?>" % prefix, block.group(1))
        if (block)
        else ()
    ):
        attrs = attributes(found.group(1))
        rest = re.sub(rb"\s(?:min|max)\s*=\s*[\"'][^\"']*[\"']", b"", found.group(1))
        spans.append((whole(attrs.get("min")), whole(attrs.get("max")), rest.rstrip()))
    # Many people hide all columns right of their table; ours must be seen.
    hidden = {
        column: _USUAL_WIDTH
        for first, last, rest in spans
        if attributes(rest).get("hidden") in {"1", "true"}
        for column in columns
        if first <= column <= last
    }
    widths = {**hidden, **widths}
    if not widths:
        return head
    for column, width in sorted(widths.items()):
        spans = [part for span in spans for part in _without(span, column)]
        spans.append((column, column, b' width="%.2f" customWidth="1"' % width))
    spans.sort(key=lambda span: span[0])
    inside = b"".join(
        b'<%bcol min="%d" max="%d"%b/>' % (prefix, first, last, rest)
        for first, last, rest in spans
    )
    cols = b"<%bcols>%b</%bcols>" % (prefix, inside, prefix)
    if block:
        return head[: block.start()] + cols + head[block.end() :]
    start = patterns(prefix).sheet_data.search(head)
    at = start.start() if start else len(head)
    return head[:at] + cols + head[at:]


def _without(span: tuple[int, int, bytes], column: int) -> list[tuple[int, int, bytes]]:
    first, last, rest = span
    if not first <= column <= last:
        return [span]
    parts = [(first, column - 1, rest), (column + 1, last, rest)]
    return [part for part in parts if part[0] <= part[1]]


def _tail(
    tail: bytes,
    head: bytes,
    prefix: bytes,
    *,
    links: Sequence[tuple[str, str, str]],
    drawing: str,
    relations_base: str,
) -> bytes:
    named = _RELATIONS.search(head)
    r = named.group(1).decode() if named else "r"
    declared = "" if named else f' xmlns:r="{relations_base}"'
    p = prefix.decode()
    if links:
        items = "".join(
            f'<{p}hyperlink{declared} ref="{cell}"'
            + (f' {r}:id="{target}"' if target else f' location="{attribute(inner)}"')
            + "/>"
            for cell, target, inner in links
        ).encode()
        old = next((e for e in top_level(tail) if e[0] == "hyperlinks"), None)
        if old is None:
            block = b"<%bhyperlinks>%b</%bhyperlinks>" % (prefix, items, prefix)
            tail = _insert(tail, "hyperlinks", block)
        else:
            at = tail.rindex(b"</", old[1], old[2])
            tail = tail[:at] + items + tail[at:]
    if drawing:
        item = f'<{p}legacyDrawing{declared} {r}:id="{drawing}"/>'
        tail = _insert(tail, "legacyDrawing", item.encode())
    return tail


def top_level(tail: bytes) -> list[tuple[str, int, int]]:
    """Return name, start and end of the elements that follow the rows.

    Of a choice (`mc:AlternateContent`) the name is that of the element it offers.
    """
    found: list[tuple[str, int, int]] = []
    depth = begin = 0
    name = ""
    first_close = True
    for tag in _TAG.finditer(tail):
        closing, raw, empty = tag.groups()
        if first_close:  # `</sheetData>` itself
            first_close = False
            continue
        local = raw.decode("ascii", "replace").rpartition(":")[2]
        if closing:
            depth -= 1
            if depth < 0:
                break  # the end of the sheet
        else:
            if depth == 0:
                name, begin = local, tag.start()
            elif name == "AlternateContent" and local in _ORDER:
                name = local
            depth += not empty
        if depth == 0:
            found.append((name, begin, tag.end()))
    return found


def _insert(tail: bytes, name: str, item: bytes) -> bytes:
    later = set(_ORDER[_ORDER.index(name) + 1 :])
    for other, start, _ in top_level(tail):
        if other in later:
            return tail[:start] + item + tail[start:]
    at = tail.rindex(b"</")
    return tail[:at] + item + tail[at:]
