# SPDX-License-Identifier: Apache-2.0
"""Which part of an xlsx package is what.

Parts are found by their relations, never by their usual names: a workbook may call
its first sheet `xl/worksheets/sheet7.xml`. Names are compared without namespaces,
so that strict and transitional files are read alike.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.sheets.formats import Kind, kind_of
from ceyuan.sheets.markup import (
    MarkupError,
    attributes,
    child,
    children,
    local,
    parse,
    patterns,
    plain,
    rich_text,
    root_prefix,
    text,
    unescape,
    whole,
)
from ceyuan.sheets.package import part_name

if TYPE_CHECKING:
    from lxml import etree

    from ceyuan.sheets.package import Package

#: Content types of workbooks that hold macros; their suffix must be `.xlsm`.
MACRO = "macroEnabled"


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation of a part: its id, kind (last word of its type) and target."""

    id: str
    kind: str
    target: str
    external: bool


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet's name, part and state; `part` is "" for a chart or macro sheet."""

    name: str
    part: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class WorkbookParts:
    """The parts that matter for reading and patching."""

    part: str
    sheets: tuple[SheetPart, ...]
    shared_strings: str
    styles: str
    from_1904: bool
    has_macros: bool


def relations_part(part: str) -> str:
    """Return the name of the part that holds another part's relations."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def relations(package: Package, part: str) -> tuple[Relation, ...]:
    """Return the relations of a part ("" is the package itself)."""
    name = relations_part(part)
    if name not in package:
        return ()
    found = []
    folder = posixpath.dirname(part)
    for item in parse(package.read(name)):
        if local(item) != "Relationship":
            continue
        target = item.get("Target", "")
        external = item.get("TargetMode") == "External"
        if not external:
            path = posixpath.join(folder, target.replace("\\", "/"))
            target = part_name(
                target if target.startswith("/") else posixpath.normpath(path)
            )
        kind = item.get("Type", "").rpartition("/")[2]
        found.append(Relation(item.get("Id", ""), kind, target, external))
    return tuple(found)


def _true(value: str | None) -> bool:
    return value in {"1", "true", "on"}


def workbook_parts(package: Package) -> WorkbookParts:
    """Find the workbook's sheets, styles and strings.

    Raises:
        MarkupError: The package holds no workbook.
    """
    main = next(
        (r.target for r in relations(package, "") if r.kind == "officeDocument"), ""
    )
    if main not in package:
        msg = "no workbook in the package"
        raise MarkupError(msg)
    root = parse(package.read(main))
    if local(root) != "workbook":
        msg = f"the main part is a `{local(root)}`, not a workbook"
        raise MarkupError(msg)
    by_id = {r.id: r for r in relations(package, main)}
    by_kind = {r.kind: r.target for r in by_id.values()}
    properties = child(root, "workbookPr")
    listed = child(root, "sheets")
    sheets = []
    for item in children(listed, "sheet") if listed is not None else ():
        relation = by_id.get(_relation_id(item))
        is_sheet = relation is not None and relation.kind == "worksheet"
        sheets.append(
            SheetPart(
                name=item.get("name", ""),
                part=relation.target if relation is not None and is_sheet else "",
                hidden=item.get("state", "visible") != "visible",
            )
        )
    styles = by_kind.get("styles", "")
    strings = by_kind.get("sharedStrings", "")
    return WorkbookParts(
        part=main,
        sheets=tuple(sheets),
        shared_strings=strings if strings in package else "",
        styles=styles if styles in package else "",
        from_1904=properties is not None and _true(properties.get("date1904")),
        has_macros=MACRO.encode() in package.read("[Content_Types].xml"),
    )


def _relation_id(item: etree._Element) -> str:
    for name, value in item.attrib.items():
        if str(name).endswith("}id"):
            return str(value)
    return ""


def cell_kinds(package: Package, styles: str) -> list[Kind]:
    """Return, per style number of a cell, how its numbers are meant."""
    if not styles:
        return []
    root = parse(package.read(styles))
    codes: dict[int, str] = {}
    formats = child(root, "numFmts")
    for item in formats if formats is not None else ():
        if local(item) == "numFmt":
            codes[whole(item.get("numFmtId"))] = item.get("formatCode", "")
    xfs = child(root, "cellXfs")
    kinds = []
    for item in children(xfs, "xf") if xfs is not None else ():
        number = whole(item.get("numFmtId"))
        kinds.append(kind_of(number, codes.get(number)))
    return kinds


def shared_strings(package: Package, part: str) -> list[str]:
    """Return the texts that cells refer to by number."""
    if not part:
        return []
    data = plain(package.read(part))
    prefix = root_prefix(data)
    item = patterns(prefix).item
    simple = patterns(prefix).simple_item
    found = []
    for match in item.finditer(data):
        body = match.group(2) or b""
        plain_text = simple.fullmatch(body)
        if plain_text:
            raw = plain_text.group(2).decode("utf-8", "replace")
            found.append(unescape(text(raw)))
        else:
            found.append(rich_text(fragment(body, data)) if body else "")
    return found


def fragment(body: bytes, head: bytes) -> etree._Element:
    """Parse the inside of an element, with the names declared at the root."""
    start = head.index(b"<", head.find(b"?>") + 1)
    tag = head[start : head.index(b">", start)]
    names = {name: value for name, value in attributes(tag).items() if "xmlns" in name}
    declared = " ".join(f'{name}="{value}"' for name, value in names.items())
    return parse(b"<x " + declared.encode() + b">" + body + b"</x>")
