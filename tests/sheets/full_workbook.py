# SPDX-License-Identifier: Apache-2.0
"""Make workbooks that hold each thing a spreadsheet can hold; all names invented."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from datetime import date
from typing import TYPE_CHECKING

import xlsxwriter
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def png(size: int = 8) -> bytes:
    """Return a small blue square as a PNG file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">2I5B", size, size, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + b"\x0b\x57\xa4" * size for _ in range(size))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def make_full(path: Path) -> Path:  # noqa: PLR0915 - a list of features, in order
    """Write a workbook with every feature that the writing library has."""
    book = xlsxwriter.Workbook(path)
    book.set_properties({"title": "虚构园区", "author": "示例", "comments": "invented"})
    book.set_custom_property("批次", "b01")
    bold = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    percent = book.add_format({"num_format": "0.0%"})
    unlocked = book.add_format({"locked": False})
    title = book.add_format({"bold": True, "align": "center", "font_size": 16})
    sheet = book.add_worksheet("企业")
    sheet.merge_range("A1:H1", "虚构园区 2025 年企业名单（示例）", title)
    heads = [
        "名称",
        "营业收入(万元)",
        "研发占比",
        "成立日期",
        "合计",
        "备注",
        "趋势",
        "档",
    ]
    sheet.write_row("A2", heads, bold)
    for row in range(2, 42):
        sheet.write_string(row, 0, f"示例企业{row - 1}")
        sheet.write_number(row, 1, row * 137.25)
        sheet.write_number(row, 2, row / 1000, percent)
        sheet.write_datetime(row, 3, date(2015, 1, row % 28 + 1), day)
        sheet.write_formula(row, 4, f"=B{row + 1}*2", None, row * 274.5)
        sheet.write_number(row, 7, row % 5, unlocked)
    sheet.write_formula("E43", '=IF(B3>0,"有","无")', None, "有")
    sheet.write_formula("F43", "=1/0", None, "#DIV/0!")
    sheet.write_array_formula("B43:B43", "{=SUM(B3:B42*1)}", None, 118035)
    sheet.write_dynamic_array_formula("C43", "=UNIQUE(H3:H5)", None, 2)
    sheet.write_rich_string("F3", "重点", bold, "培育", " & <对象>")
    sheet.write_url("F4", "https://example.org/a?b=1&c=2", string="网页")
    sheet.write_url("F5", "internal:'隐藏'!A1", string="内部")
    sheet.write_comment("A3", "用户自己的批注", {"author": "园区"})
    sheet.write_comment("B9", "第二条", {"author": "园区", "visible": True})
    sheet.conditional_format("B3:B42", {"type": "data_bar", "data_bar_2010": True})
    sheet.conditional_format("H3:H42", {"type": "icon_set", "icon_style": "3_arrows"})
    sheet.conditional_format(
        "C3:C42", {"type": "cell", "criteria": ">=", "value": 0.03, "format": bold}
    )
    sheet.conditional_format("E3:E42", {"type": "3_color_scale"})
    sheet.add_sparkline("G3", {"range": "企业!B3:D3"})
    sheet.data_validation("H3:H42", {"validate": "list", "source": [0, 1, 2, 3, 4]})
    sheet.autofilter("A2:H42")
    sheet.freeze_panes(2, 1)
    sheet.set_column("A:A", 24)
    sheet.set_column("D:D", 12, day)
    sheet.set_column("G:G", None, None, {"level": 1, "hidden": True})
    sheet.set_row(9, 30, None, {"level": 1})
    sheet.set_row(10, None, None, {"level": 1, "hidden": True})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.print_area("A1:H43")
    sheet.repeat_rows(0, 1)
    (path.parent / "header.png").write_bytes(png())
    sheet.set_header("&L&G&C名单", {"image_left": str(path.parent / "header.png")})
    sheet.set_h_pagebreaks([20])
    sheet.ignore_errors({"number_stored_as_text": "A1:A9"})
    sheet.protect("", {"autofilter": True})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=企业!$B$3:$B$12", "name": "收入"})
    sheet.insert_chart("A46", chart)
    sheet.insert_image("C46", "blue.png", {"image_data": io.BytesIO(png())})
    sheet.insert_textbox("E46", "文本框：示例")
    sheet.insert_textbox("J20", "示例：浮在数据右边", {"width": 192, "height": 60})
    book.define_name("总收入", "=企业!$B$43")

    table = book.add_worksheet("专利表")
    table.add_table(
        "B2:D6",
        {
            "name": "专利",
            "columns": [{"header": "号"}, {"header": "名"}, {"header": "年"}],
            "data": [["ZL1", "甲", 2021], ["ZL2", "乙", 2022]],
        },
    )
    table.insert_button("F9", {"caption": "按钮"})
    hidden = book.add_worksheet("隐藏")
    hidden.write("A1", 1)
    hidden.hide()
    chartsheet = book.add_chartsheet("图")
    other = book.add_chart({"type": "line"})
    other.add_series({"values": "=企业!$B$3:$B$12"})
    chartsheet.set_chart(other)
    book.close()
    return path


def rewrite(
    path: Path,
    changes: Mapping[str, bytes | None],
    *,
    target: Path | None = None,
) -> Path:
    """Replace, add or (None) drop parts of a workbook; the rest stays."""
    with zipfile.ZipFile(path) as old:
        parts = {info.filename: old.read(info) for info in old.infolist()}
    for name, data in changes.items():
        if data is None:
            del parts[name]
        else:
            parts[name] = data
    target = target or path
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)
    return target


def parts_of(path: Path) -> dict[str, bytes]:
    """Return every part of a workbook; fails when the zip is damaged."""
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        names = package.namelist()
        assert len(set(names)) == len(names)
        return {name: package.read(name) for name in names}


def part_of(root: etree._Element, name: str) -> etree._Element:
    """Return the sheet's element of that name; fails when there is none."""
    found = root.find(f"{MAIN}{name}")
    assert found is not None
    return found


def cells_of(xml: bytes) -> dict[str, bytes]:
    """Return each cell's whole XML (value, formula, style) by its place."""
    root = etree.fromstring(xml)
    return {
        str(cell.get("r")): etree.tostring(cell, method="c14n")
        for cell in root.iter(f"{MAIN}c")
    }


def others_of(xml: bytes) -> list[bytes]:
    """Return every element of a sheet that is not a row, in order."""
    root = etree.fromstring(xml)
    return [
        etree.tostring(item, method="c14n")
        for item in root
        if item.tag != f"{MAIN}sheetData"
    ]


def rows_of(xml: bytes) -> dict[str, dict[str, str]]:
    """Return each row's attributes but the `spans` hint."""
    root = etree.fromstring(xml)
    return {
        str(row.get("r")): {
            str(k): str(v) for k, v in row.attrib.items() if k != "spans"
        }
        for row in root.iter(f"{MAIN}row")
    }
