# SPDX-License-Identifier: Apache-2.0
"""Add a sheet at the end of a workbook: its part, its names in four places."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from lxml import etree

from ceyuan.sheets.additions import unique_name
from ceyuan.sheets.celltext import attribute, letters, row_heights
from ceyuan.sheets.markup import child, children, local, whole
from ceyuan.sheets.model import Range

if TYPE_CHECKING:
    from ceyuan.sheets.additions import NewSheet
    from ceyuan.sheets.celltext import CellWriter
    from ceyuan.sheets.edit import Edit
    from ceyuan.sheets.parts import WorkbookParts

_APP = "docProps/app.xml"
_SAFE = "%/:?#[]@!$&'()*+,;=~"
_WORKSHEETS = {"Worksheets", "工作表", "Worksheet"}


def add_sheet(
    edit: Edit, workbook: WorkbookParts, new: NewSheet, *, writer: CellWriter
) -> str:
    """Add a sheet to the package and return its final name."""
    root = edit.tree(workbook.part)
    sheets = child(root, "sheets")
    if sheets is None:
        sheets = etree.SubElement(root, f"{{{etree.QName(root).namespace}}}sheets")
    listed = list(children(sheets, "sheet"))
    name = unique_name(new.name, [item.get("name", "") for item in listed])
    folder = workbook.part.rpartition("/")[0]
    part = edit.free_part(f"{folder}/worksheets/sheet".lstrip("/"), ".xml")
    edit.declare(part, "worksheet")
    number = edit.relate(workbook.part, "worksheet", part)
    item = etree.SubElement(sheets, etree.QName(sheets, "sheet"))
    item.set("name", name)
    item.set(
        "sheetId", str(1 + max((whole(i.get("sheetId")) for i in listed), default=0))
    )
    item.set(f"{{{edit.types_base}}}id", number)
    edit.put(part, (_sheet(edit, part, new, name, writer),))
    _list_in_properties(edit, name)
    return name


def _sheet(
    edit: Edit,
    part: str,
    new: NewSheet,
    name: str,
    writer: CellWriter,
) -> bytes:
    rows = writer.rows(new.cells, sheet=name)
    last_row = max(rows, default=1)
    last_column = max((row[-1][0] for row in rows.values()), default=1)
    out = [
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
        f'<worksheet xmlns="{edit.main}" xmlns:r="{edit.types_base}">',
        '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>',
        f'<dimension ref="{Range(1, 1, last_row, last_column)}"/>',
        f'<sheetViews><sheetView workbookViewId="0">{_pane(new)}</sheetView></sheetViews>',
        '<sheetFormatPr defaultRowHeight="15"/>',
    ]
    if new.widths:
        items = (
            f'<col min="{at}" max="{at}" width="{width:.2f}" customWidth="1"/>'
            for at, width in sorted(new.widths.items())
        )
        out.append(f"<cols>{''.join(items)}</cols>")
    out.append("<sheetData>")
    heights = row_heights(new.cells, new.widths, new.merged)
    body = b"".join(
        b'<row r="%d"%b>%b</row>'
        % (
            number,
            b' ht="%g" customHeight="1"' % heights[number]
            if number in heights
            else b"",
            b"".join(xml for _, xml in cells),
        )
        for number, cells in rows.items()
    )
    after = ["</sheetData>"]
    if new.merged:
        merged = "".join(f'<mergeCell ref="{found}"/>' for found in new.merged)
        after.append(f'<mergeCells count="{len(new.merged)}">{merged}</mergeCells>')
    links = [
        link_of(edit, part, cell.link, f"{letters(cell.column)}{cell.row}")
        for cell in new.cells
        if cell.link
    ]
    if links:
        items = (
            f'<hyperlink ref="{ref}"'
            + (f' r:id="{target}"' if target else f' location="{attribute(inner)}"')
            + "/>"
            for ref, target, inner in links
        )
        after.append(f"<hyperlinks>{''.join(items)}</hyperlinks>")
    orientation = "landscape" if new.landscape else "portrait"
    after.append(
        '<pageMargins left="0.55" right="0.55" top="0.63" bottom="0.63" '
        'header="0.3" footer="0.3"/>'
        f'<pageSetup paperSize="9" orientation="{orientation}" fitToHeight="0"/>'
        "<headerFooter><oddFooter>&amp;C&amp;P / &amp;N</oddFooter></headerFooter>"
        "</worksheet>"
    )
    return "".join(out).encode() + body + "".join(after).encode()


def _pane(new: NewSheet) -> str:
    if new.freeze is None or new.freeze == (0, 0):
        return ""
    rows, columns = new.freeze
    pane = "bottomRight" if rows and columns else "bottomLeft" if rows else "topRight"
    split = (f' xSplit="{columns}"' if columns else "") + (
        f' ySplit="{rows}"' if rows else ""
    )
    corner = f"{letters(columns + 1)}{rows + 1}"
    return f'<pane{split} topLeftCell="{corner}" activePane="{pane}" state="frozen"/>'


def link_of(edit: Edit, part: str, link: str, ref: str) -> tuple[str, str, str]:
    """Return cell, relation id and inner place of a link, one of the two empty."""
    if link.startswith("#"):
        return ref, "", link[1:]
    # Chinese may stand as it is; what a URI forbids may not.
    target = quote(link, safe=_SAFE + "".join(c for c in link if not c.isascii()))
    return ref, edit.relate(part, "hyperlink", target, is_external=True), ""


def _list_in_properties(edit: Edit, name: str) -> None:
    """Add the name to the list of sheets in the document's properties.

    The list is for show only; where it does not look as expected it stays.
    """
    if _APP not in edit.package:
        return
    root = edit.tree(_APP)
    pairs, titles = child(root, "HeadingPairs"), child(root, "TitlesOfParts")
    if pairs is None or titles is None or not len(pairs) or not len(titles):
        return
    variants = [variant[0] for variant in pairs[0] if len(variant)]
    before = 0
    for label, count in zip(variants[::2], variants[1::2], strict=False):
        if not (count.text or "").isdigit():
            return
        before += whole(count.text)
        if (label.text or "") in _WORKSHEETS:
            count.text = str(whole(count.text) + 1)
            vector = titles[0]
            item = etree.Element(etree.QName(vector, "lpstr"))
            for sample in vector:
                if local(sample) == "lpstr":
                    item = etree.Element(sample.tag)
            item.text = name
            vector.insert(before, item)
            vector.set("size", str(len(vector)))
            return
