# SPDX-License-Identifier: Apache-2.0
"""Append cell styles to a workbook's style table.

A cell names its style by position, so nothing may ever be renumbered: fonts, fills,
borders and formats are added at the end of their lists, and so is the style. The
font is the workbook's own standard font with our weight and colour, so that added
columns look as if they had always been there.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from lxml import etree

from ceyuan.sheets.markup import child, children, local, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.sheets.additions import Style

MINIMAL = (
    b'<styleSheet xmlns="%b">'
    b'<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill>'
    b'<fill><patternFill patternType="gray125"/></fill></fills>'
    b'<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border>'
    b'</borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" '
    b'borderId="0"/></cellStyleXfs><cellXfs count="1"><xf numFmtId="0" fontId="0" '
    b'fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
)
#: Order of the lists in a style sheet (ECMA-376 part 1, §18.8.39).
_ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs")
_BUILT_IN = {
    "General": 0,
    "0": 1,
    "0.00": 2,
    "#,##0": 3,
    "#,##0.00": 4,
    "0%": 9,
    "0.00%": 10,
    "@": 49,
}
_FIRST_OWN_FORMAT = 164
_LINE, _LINK = "c9d1dc", "0b57a4"


class StyleTable:
    """The style table of one workbook, growing at its end."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._space = str(etree.QName(root).namespace or "")
        self._known: dict[tuple[Style, bool], int] = {}
        self._elements: dict[tuple[str, bytes], int] = {}

    def index(self, style: Style, *, is_link: bool = False) -> int:
        """Return the number of the style, adding it when it is new."""
        key = (style, is_link)
        if key not in self._known:
            self._known[key] = self._add(style, is_link=is_link)
        return self._known[key]

    def _add(self, style: Style, *, is_link: bool) -> int:
        if is_link and style.color is None:
            style = replace(style, color=_LINK)
        number_format = self._format(style.number_format)
        font = self._font(style, is_link=is_link)
        fill = self._fill(style.fill)
        border = self._border() if style.border else 0
        xf = self._new(
            "xf",
            {
                "numFmtId": str(number_format),
                "fontId": str(font),
                "fillId": str(fill),
                "borderId": str(border),
                "xfId": "0",
            },
        )
        for name, number in (
            ("applyNumberFormat", number_format),
            ("applyFont", font),
            ("applyFill", fill),
            ("applyBorder", border),
        ):
            if number:
                xf.set(name, "1")
        if style.wrap or style.align:
            alignment = self._new("alignment", {}, parent=xf)
            if style.align:
                alignment.set("horizontal", style.align)
            if style.wrap:
                alignment.set("vertical", "top")
                alignment.set("wrapText", "1")
            xf.set("applyAlignment", "1")
        return self._append("cellXfs", xf)

    def _format(self, code: str | None) -> int:
        if code is None:
            return 0
        if code in _BUILT_IN:
            return _BUILT_IN[code]
        formats = self._list("numFmts")
        numbers = [_FIRST_OWN_FORMAT - 1]
        for item in children(formats, "numFmt"):
            number = whole(item.get("numFmtId"))
            if item.get("formatCode") == code:
                return number
            numbers.append(number)
        number = max(numbers) + 1
        item = self._new("numFmt", {"numFmtId": str(number), "formatCode": code})
        self._append("numFmts", item)
        return number

    def _font(self, style: Style, *, is_link: bool) -> int:
        if not (style.bold or style.color or is_link):
            return 0
        standard = child(self._list("fonts"), "font")
        font = self._new("font", {}) if standard is None else copy.deepcopy(standard)
        for name in ("b", "u", "color"):
            old = child(font, name)
            is_set = {"b": style.bold, "u": is_link, "color": bool(style.color)}[name]
            if old is not None and is_set:
                font.remove(old)
        # Excel wants b before u before sz before color before name.
        if is_link:
            at = sum(1 for item in font if local(item) in {"b", "i", "strike"})
            font.insert(at, self._new("u", {}))
        if style.bold:
            font.insert(0, self._new("b", {}))
        if style.color:
            first = ("b", "i", "strike", "condense", "extend", "outline", "shadow")
            before = {*first, "u", "vertAlign", "sz"}
            at = sum(1 for item in font if local(item) in before)
            font.insert(at, self._new("color", {"rgb": _argb(style.color)}))
        return self._append("fonts", font)

    def _fill(self, color: str | None) -> int:
        if color is None:
            return 0
        fill = self._new("fill", {})
        pattern = self._new("patternFill", {"patternType": "solid"}, parent=fill)
        self._new("fgColor", {"rgb": _argb(color)}, parent=pattern)
        self._new("bgColor", {"indexed": "64"}, parent=pattern)
        return self._append("fills", fill)

    def _border(self) -> int:
        border = self._new("border", {})
        for side in ("left", "right", "top", "bottom"):
            line = self._new(side, {"style": "thin"}, parent=border)
            self._new("color", {"rgb": _argb(_LINE)}, parent=line)
        self._new("diagonal", {}, parent=border)
        return self._append("borders", border)

    def _new(
        self,
        name: str,
        attributes: Mapping[str, str],
        *,
        parent: etree._Element | None = None,
    ) -> etree._Element:
        tag = f"{{{self._space}}}{name}"
        if parent is not None:
            element = etree.SubElement(parent, tag)
        else:
            element = etree.Element(tag, nsmap=None)
        for key, value in attributes.items():
            element.set(key, value)
        return element

    def _list(self, name: str) -> etree._Element:
        found = child(self._root, name)
        if found is None:
            found = self._new(name, {"count": "0"})
            earlier = set(_ORDER[: _ORDER.index(name)])
            at = sum(1 for item in self._root if local(item) in earlier)
            self._root.insert(at, found)
        return found

    def _append(self, name: str, item: etree._Element) -> int:
        """Append to a list unless we appended its equal before; return its place."""
        key = (name, etree.tostring(item))
        if key not in self._elements:
            parent = self._list(name)
            parent.append(item)
            count = sum(1 for each in parent if local(each))
            parent.set("count", str(count))
            self._elements[key] = count - 1
        return self._elements[key]


def _argb(color: str) -> str:
    return "FF" + color.lstrip("#").upper()
