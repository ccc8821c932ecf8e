# SPDX-License-Identifier: Apache-2.0
"""Append notes to a sheet.

A note lives in two places: its text in the sheet's comments part, its yellow box in
an old drawing language (VML). Programs write VML that is not always well-formed XML,
so the boxes are appended as text and the user's own are never parsed. A cell that
already has a note of somebody else's keeps it alone: two notes on one cell are not
possible, and the user's goes first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from ceyuan.sheets.celltext import letters, printable
from ceyuan.sheets.markup import MarkupError, child, children, whole
from ceyuan.sheets.model import MAX_COLUMNS
from ceyuan.sheets.parts import relations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.sheets.additions import Note
    from ceyuan.sheets.edit import Edit
    from ceyuan.sheets.problems import ProblemLog

_SHAPE_ID = re.compile(rb"_x0000_s(\d{1,9})")
_ID_MAP = re.compile(rb"(<o:idmap\b[^<>]*?data\s*=\s*[\"'])([\d,\s]*)([\"'])")
_BLOCK = 1024  # shape ids are dealt out to drawings in blocks of this size
_SHAPE_TYPE = (
    b'<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
    b'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    b'<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_CHARACTERS_PER_LINE = 18
_HEIGHTS = (4, 12)  # rows that a box covers, at least and at most


class _Box(NamedTuple):
    row: int
    column: int
    height: int


def add_notes(
    edit: Edit, part: str, notes: Sequence[Note], *, sheet: str, log: ProblemLog
) -> str:
    """Append notes to a sheet of the package.

    Returns:
        The relation id of a new drawing, which the sheet must name, or "".
    """
    related = relations(edit.package, part)
    comments = next((r.target for r in related if r.kind == "comments"), "")
    if comments not in edit.package:
        comments = edit.free_part("xl/comments", ".xml")
        edit.relate(part, "comments", comments)
        edit.declare(comments, "comments")
    boxes = _texts(edit, comments, notes, sheet=sheet, log=log)
    # Header pictures are VML too; the sheet names them by `legacyDrawingHF`.
    wanted = _drawing_id(edit, part)
    drawing = next((r.target for r in related if r.id == wanted), "") if wanted else ""
    if drawing in edit.package:
        edit.put(drawing, (_appended(edit, edit.get(drawing), boxes),))
        return ""
    drawing = edit.free_part("xl/drawings/vmlDrawing", ".vml")
    edit.put(drawing, (_appended(edit, _EMPTY, boxes),))
    edit.declare(drawing, "vmlDrawing")
    return edit.relate(part, "vmlDrawing", drawing)


_EMPTY = (
    b'<xml xmlns:v="urn:schemas-microsoft-com:vml" '
    b'xmlns:o="urn:schemas-microsoft-com:office:office" '
    b'xmlns:x="urn:schemas-microsoft-com:office:excel">'
    b'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data=""/></o:shapelayout>'
    b"</xml>"
)


def _drawing_id(edit: Edit, part: str) -> str:
    """Return the relation id in the sheet's `legacyDrawing`."""
    last = b""
    pattern = re.compile(
        rb"<(?:[\w.-]+:)?legacyDrawing\s[^<>]*?\bid\s*=\s*[\"']([^\"']*)[\"']"
    )
    for piece in edit.package.stream(part):
        found = pattern.search(last + piece)
        if found:
            return found.group(1).decode()
        last = piece[-512:]
    return ""


def _texts(
    edit: Edit, part: str, notes: Sequence[Note], *, sheet: str, log: ProblemLog
) -> list[_Box]:
    root = edit.tree(
        part,
        default=(
            f'<comments xmlns="{edit.main}"><authors/><commentList/></comments>'
        ).encode(),
    )
    space = etree.QName(root).namespace or edit.main
    authors, items = child(root, "authors"), child(root, "commentList")
    if authors is None:
        authors = etree.Element(f"{{{space}}}authors")
        root.insert(0, authors)
    if items is None:
        items = etree.Element(f"{{{space}}}commentList")
        root.insert(1, items)
    names = [author.text or "" for author in children(authors, "author")]
    old = {item.get("ref", ""): item for item in children(items, "comment")}
    boxes: list[_Box] = []
    for note in sorted(notes, key=lambda note: (note.row, note.column)):
        ref = f"{letters(note.column)}{note.row}"
        if note.author not in names:
            names.append(note.author)
            author = etree.SubElement(authors, f"{{{space}}}author")
            author.text = note.author
        number = str(names.index(note.author))
        existing = old.get(ref)
        if existing is not None and existing.get("authorId") != number:
            log.add(
                "R141",
                "单元格已有用户的批注，未再加批注"
                f" (has a note already; not set: {note.text[:60]})",
                mend="删掉原批注后重做 (delete the old note and run again)",
                sheet=sheet,
                row=note.row,
                column=note.column,
            )
            continue
        if existing is None:
            existing = etree.SubElement(items, f"{{{space}}}comment")
            boxes.append(_Box(note.row, note.column, _height(note.text)))
        existing.clear()
        existing.set("ref", ref)
        existing.set("authorId", number)
        _write_text(existing, space, note.text)
        old[ref] = existing
    return boxes


def _write_text(comment: etree._Element, space: str, text: str) -> None:
    body = etree.SubElement(comment, f"{{{space}}}text")
    run = etree.SubElement(body, f"{{{space}}}r")
    properties = etree.SubElement(run, f"{{{space}}}rPr")
    for name, key, value in (("sz", "val", "9"), ("color", "indexed", "81")):
        etree.SubElement(properties, f"{{{space}}}{name}").set(key, value)
    etree.SubElement(properties, f"{{{space}}}rFont").set("val", "宋体")
    etree.SubElement(properties, f"{{{space}}}family").set("val", "3")
    shown = etree.SubElement(run, f"{{{space}}}t")
    shown.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    shown.text = printable(text)


def _height(text: str) -> int:
    lines = sum(
        1 + len(line) // _CHARACTERS_PER_LINE for line in (text or " ").split("\n")
    )
    return min(max(lines + 1, _HEIGHTS[0]), _HEIGHTS[1])


def _appended(edit: Edit, data: bytes, boxes: Sequence[_Box]) -> bytes:
    if not boxes:
        return data
    found = _ID_MAP.search(data)
    written = found.group(2).decode().split(",") if found else []
    own = [whole(number.strip()) for number in written if number.strip()]
    used = [int(number) for number in _SHAPE_ID.findall(data)]
    ids = _ids(len(boxes), own, used, taken=_blocks_taken(edit))
    edit.blocks_given |= {number // _BLOCK for number in ids}
    blocks = sorted({*own, *(number // _BLOCK for number in ids)})
    if found:
        listed = ",".join(map(str, blocks)).encode()
        data = data[: found.start(2)] + listed + data[found.end(2) :]
    end = data.rfind(b"</xml")
    if end < 0:
        msg = "the drawing of the notes never ends"
        raise MarkupError(msg)
    shape_type = b"" if b'id="_x0000_t202"' in data else _SHAPE_TYPE
    shapes = b"".join(
        _shape(number, box) for number, box in zip(ids, boxes, strict=True)
    )
    return data[:end] + shape_type + shapes + data[end:]


def _ids(count: int, own: list[int], used: list[int], *, taken: set[int]) -> list[int]:
    """Return free shape ids: the rest of our last block, then whole new blocks."""
    ids: list[int] = []
    if own:
        in_block = [number for number in used if number // _BLOCK == max(own)]
        start = max(in_block, default=max(own) * _BLOCK) + 1
        ids.extend(range(start, (max(own) + 1) * _BLOCK))
    block = max({*own, *taken, 0}) + 1
    while len(ids) < count:
        ids.extend(range(block * _BLOCK + 1, (block + 1) * _BLOCK))
        block += 1
    return ids[:count]


def _blocks_taken(edit: Edit) -> set[int]:
    taken: set[int] = set()
    for name in edit.package.names():
        if name.lower().endswith(".vml"):
            for found in _ID_MAP.finditer(edit.get(name)):
                taken |= {
                    whole(number.decode().strip())
                    for number in found.group(2).split(b",")
                    if number.strip()
                }
    return taken | edit.blocks_given


def _shape(number: int, box: _Box) -> bytes:
    column, row = box.column - 1, box.row - 1
    left = min(column + 1, MAX_COLUMNS - 4)
    top = max(row - 1, 0)
    anchor = f"{left}, 12, {top}, 8, {left + 3}, 24, {top + box.height}, 4"
    return (
        f'<v:shape id="_x0000_s{number}" type="#_x0000_t202" '
        'style="position:absolute;margin-left:60pt;margin-top:2pt;width:160pt;'
        'height:60pt;z-index:1;visibility:hidden" fillcolor="#ffffe1" '
        'o:insetmode="auto"><v:fill color2="#ffffe1"/>'
        '<v:shadow on="t" color="black" obscured="t"/>'
        '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">'
        '<div style="text-align:left"></div></v:textbox>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
    ).encode()
