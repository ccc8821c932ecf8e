# SPDX-License-Identifier: Apache-2.0
"""Read the XML of a workbook without trusting it.

Small parts are parsed with lxml: no document type, no entities, no network. A sheet
can be a gigabyte, and must come back as it was, so it is cut by its tags instead.
The one hard idea: that is safe, because in well-formed XML a `<` always opens a
tag, unless the text holds a comment, CDATA or a document type (all begin with
`<!`), or is not UTF-8. Such a sheet is rare; it is written anew by lxml first
(`plain`), which changes no element, and then cut like any other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

_ATTRIBUTES = rb"((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*"
_ATTRIBUTE = re.compile(rb"\s([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]{1,8})|#([0-9]{1,8})|(amp|lt|gt|quot|apos));")
_LONGEST = 10  # digits of a number that counts something
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)[\"']")
_ROOT = re.compile(rb"<(?:([\w.-]+):)?(\w+)[\s/>]")


class MarkupError(Exception):
    """A part of the workbook is not the XML that it should be."""


def parse(data: bytes) -> etree._Element:
    """Return the root of a small part.

    Raises:
        MarkupError: The part is not well-formed, or declares a document type
            (the carrier of entity bombs; no spreadsheet program writes one).
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise MarkupError(str(error)) from error
    _refuse_doctype(root)
    return root


def _refuse_doctype(root: etree._Element) -> None:
    info: Any = root.getroottree().docinfo
    if info.doctype:
        msg = "document type declared (DOCTYPE)"
        raise MarkupError(msg)


def serialise(root: etree._Element) -> bytes:
    """Return the part's bytes, as spreadsheet programs write them."""
    body = etree.tostring(root, encoding="UTF-8")
    return b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + body


def local(element: etree._Element) -> str:
    """Return the element's name without its namespace; "" for a comment."""
    tag: object = element.tag  # a function for comments
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the direct children of that local name."""
    return (child for child in element if local(child) == name)


def child(element: etree._Element, name: str) -> etree._Element | None:
    """Return the first direct child of that local name."""
    return next(children(element, name), None)


def is_plain(data: bytes) -> bool:
    """Return whether tags can be cut out of these bytes as they are."""
    declared = _DECLARATION.match(data[:200])
    encoding = declared.group(1).lower() if declared else b"utf-8"
    return (
        b"<!" not in data
        and encoding in {b"utf-8", b"utf8", b"us-ascii"}
        and not data.startswith((b"\xff\xfe", b"\xfe\xff"))
        and b"\0" not in data[:64]
    )


def plain(data: bytes) -> bytes:
    """Return the same XML without comments, CDATA or a foreign encoding."""
    if is_plain(data):
        return data
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        strip_cdata=True,
        huge_tree=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise MarkupError(str(error)) from error
    _refuse_doctype(root)
    return serialise(root)


def root_prefix(head: bytes) -> bytes:
    """Return the namespace prefix of the root, with its colon, or nothing."""
    found = _ROOT.search(head)
    return found.group(1) + b":" if found and found.group(1) else b""


class Patterns(NamedTuple):
    """The tags of a sheet, for one namespace prefix."""

    sheet_data: re.Pattern[bytes]
    row: re.Pattern[bytes]
    row_start: bytes
    row_tag: re.Pattern[bytes]
    row_end: re.Pattern[bytes]
    cell: re.Pattern[bytes]
    cells: re.Pattern[bytes]
    value: re.Pattern[bytes]
    formula: re.Pattern[bytes]
    inline: re.Pattern[bytes]
    item: re.Pattern[bytes]
    simple_item: re.Pattern[bytes]


@lru_cache(maxsize=16)
def patterns(prefix: bytes) -> Patterns:
    """Return the patterns of a sheet whose tags carry this prefix."""
    p = re.escape(prefix)

    def element(name: bytes) -> re.Pattern[bytes]:
        # The inside never runs past the next tag of the same name, and never backs
        # up, so that a hostile sheet of tags that never close is still one pass.
        tag = p + name
        inside = rb"(?:[^<]++|<(?!/?%b[\s/>]))*+" % tag
        return re.compile(
            rb"<%b%b(?:/>|>(%b)</%b\s*>)" % (tag, _ATTRIBUTES, inside, tag)
        )

    return Patterns(
        sheet_data=re.compile(rb"<%bsheetData%b(/?)>" % (p, _ATTRIBUTES)),
        row=element(b"row"),
        row_start=b"<" + prefix + b"row",
        row_tag=re.compile(rb"<%brow%b(/?)>" % (p, _ATTRIBUTES)),
        row_end=re.compile(rb"</%brow\s*>" % p),
        cell=element(b"c"),
        cells=re.compile(
            # The usual shape first: place, style, type, value in six groups;
            # then any other: its attributes and its inside.
            rb'<%bc r="([A-Z]{1,3})\d+"(?: s="(\d+)")?(?: t="(\w+)")?>'
            rb"<%bv>([^<]*)</%bv></%bc>|" % (p, p, p, p) + element(b"c").pattern
        ),
        value=element(b"v"),
        formula=element(b"f"),
        inline=element(b"is"),
        item=element(b"si"),
        simple_item=re.compile(rb"<%bt%b>([^<]*)</%bt\s*>" % (p, _ATTRIBUTES, p)),
    )


def attributes(tag: bytes) -> dict[str, str]:
    """Return the attributes written in a tag."""
    return {
        name.decode(): text((double or single).decode("utf-8", "replace"))
        for name, double, single in _ATTRIBUTE.findall(tag)
    }


def whole(written: str | None, default: int = 0) -> int:
    """Return a whole number written in an attribute; the default when it is none."""
    if written and len(written) < _LONGEST and written.isascii() and written.isdigit():
        return int(written)
    return default


def text(raw: str) -> str:
    """Return XML text with its entities resolved (the five and the numeric ones)."""
    return _ENTITY.sub(_entity, raw) if "&" in raw else raw


def _entity(found: re.Match[str]) -> str:
    hexadecimal, number, name = found.groups()
    if name:
        return _NAMED[name]
    code = int(hexadecimal, 16) if hexadecimal else int(number)
    is_character = code < 0x110000 and not 0xD800 <= code < 0xE000
    return chr(code) if is_character else "\ufffd"


def unescape(raw: str) -> str:
    """Return a cell's text with Excel's own `_x000D_` escapes resolved."""
    if "_x" not in raw:
        return raw
    units = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), raw)
    # Two escapes may make one character; half of one is none.
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def rich_text(element: etree._Element) -> str:
    """Return the text of a string item: its runs, without phonetic guides."""
    parts = []
    for item in element:
        name = local(item)
        if name == "t":
            parts.append(item.text or "")
        elif name == "r":
            parts.extend(run.text or "" for run in children(item, "t"))
    return unescape("".join(parts))
