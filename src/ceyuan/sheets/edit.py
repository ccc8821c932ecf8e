# SPDX-License-Identifier: Apache-2.0
"""A package with changes: small parts edited, new parts added, the rest copied.

Parts that nobody asks for here are never unpacked; `write` copies them bit for bit,
in their order, and appends the new ones.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from lxml import etree

from ceyuan.sheets.markup import local, parse, serialise
from ceyuan.sheets.package import PackageWriter, part_name
from ceyuan.sheets.parts import relations_part

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO

    from ceyuan.sheets.package import Package

RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml."
CONTENT_TYPES = {
    "worksheet": _SPREADSHEET + "worksheet+xml",
    "styles": _SPREADSHEET + "styles+xml",
    "comments": _SPREADSHEET + "comments+xml",
    "vmlDrawing": "application/vnd.openxmlformats-officedocument.vmlDrawing",
}
_TYPES_PART = "[Content_Types].xml"


class Edit:
    """Changes to a package, gathered before anything is written."""

    def __init__(self, package: Package, *, is_strict: bool = False) -> None:
        self.package = package
        #: Namespace of relations' types and ids, and that of the sheets.
        self.types_base = STRICT if is_strict else TRANSITIONAL
        self.main = STRICT_MAIN if is_strict else MAIN
        self._trees: dict[str, etree._Element] = {}
        self._bytes: dict[str, Iterable[bytes]] = {}
        #: Blocks of shape ids dealt out to drawings in this edit (`notes`).
        self.blocks_given: set[int] = set()

    def tree(self, part: str, *, default: bytes = b"") -> etree._Element:
        """Return the root of a part, to be changed in place."""
        if part not in self._trees:
            data = self.package.read(part) if part in self.package else default
            self._trees[part] = parse(data)
        return self._trees[part]

    def put(self, part: str, pieces: Iterable[bytes]) -> None:
        """Set a part's bytes; they may be produced while writing."""
        self._bytes[part] = pieces

    def get(self, part: str) -> bytes:
        """Return a part's bytes as they stand in the package."""
        return self.package.read(part)

    def relate(
        self, part: str, kind: str, target: str, *, is_external: bool = False
    ) -> str:
        """Add a relation from a part to a target and return its id."""
        root = self.tree(
            relations_part(part),
            default=f'<Relationships xmlns="{RELATIONS}"/>'.encode(),
        )
        taken = {item.get("Id", "").casefold() for item in root}
        number = len(root) + 1
        while f"rid{number}" in taken:
            number += 1
        item = etree.SubElement(root, f"{{{RELATIONS}}}Relationship")
        item.set("Id", f"rId{number}")
        item.set("Type", f"{self.types_base}/{kind}")
        if is_external:
            item.set("Target", target)
            item.set("TargetMode", "External")
        else:
            item.set(
                "Target", posixpath.relpath(target, posixpath.dirname(part) or ".")
            )
        return f"rId{number}"

    def declare(self, part: str, kind: str) -> None:
        """Tell the package the content type of a new part."""
        root = self.tree(_TYPES_PART)
        content_type = CONTENT_TYPES[kind]
        suffix = posixpath.splitext(part)[1][1:].lower()
        for item in root:
            same = item.get("Extension", "").lower() == suffix
            if local(item) == "Default" and same:
                if item.get("ContentType") == content_type:
                    return
                break
        item = etree.SubElement(root, f"{{{TYPES}}}Override")
        item.set("PartName", f"/{part}")
        item.set("ContentType", content_type)

    def free_part(self, stem: str, suffix: str) -> str:
        """Return the first name `stem<number>suffix` that no part has."""
        taken = {name.casefold() for name in self.package.names()}
        taken |= {name.casefold() for name in (*self._trees, *self._bytes)}
        number = 1
        while f"{stem}{number}{suffix}".casefold() in taken:
            number += 1
        return f"{stem}{number}{suffix}"

    def write(self, file: IO[bytes]) -> None:
        """Write the whole package, changed and unchanged."""
        changed = dict(self._bytes)
        for part, root in self._trees.items():
            changed[part] = (serialise(root),)
        writer = PackageWriter(file)
        for info in self.package.infos:
            name = part_name(info.filename)
            if name in changed:
                writer.write(info.filename, changed.pop(name))
            else:
                writer.copy(self.package, info)
        for name, pieces in changed.items():
            writer.write(name, pieces)
        writer.close()
