# SPDX-License-Identifier: Apache-2.0
"""The look of the sample workbook: everything that must come back untouched.

Merged titles, coloured two-row header, frozen panes, filter, drop-down, hidden column,
formulas with their cached values, conditional formats, notes, sparklines; and a second
sheet with a chart, a picture and a text box. The file carries fixed dates, so the same
cells give the same bytes.
"""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

import xlsxwriter

from ceyuan.city.columns import PLANS, letter, place
from ceyuan.city.model import LAST_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from ceyuan.city.cells import Cell
    from ceyuan.city.draws import Draw
    from ceyuan.city.model import Firm
    from ceyuan.city.truth import Key

_R23, _R25 = letter(place("revenue", 2023)), letter(place("revenue", LAST_YEAR))
_RD = letter(place("rd_expense", LAST_YEAR))
_STAFF = letter(place("employees", LAST_YEAR))
_TREND = next(i for i, (_, p) in enumerate(PLANS) if p.heading == "收入走势")
_RATIO = next(i for i, (_, p) in enumerate(PLANS) if p.heading == "研发占比")
_REMARKS = {3: "二期入驻", 17: "拟申报高企", 41: "数据待补", 88: "已迁出A区"}
_COLOURS = ("DDEBF7", "E2EFDA", "FFF2CC", "FCE4D6", "EDEDED", "D9E1F2", "F2F2F2")


def paint(
    path: Path,
    *,
    lines: Sequence[tuple[int, Firm, Mapping[Key, Cell]]],
    total: int,
    words: tuple[str, str, str, str],
    draw: Draw,
) -> None:
    """Write the workbook: the sheet of firms, and the sheet that explains it."""
    name, title, remark, footer = words
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    book.set_properties(
        {
            "title": title,
            "author": "虚构样例 (synthetic sample)",
            "created": datetime(2026, 3, 31, 9, 0, tzinfo=UTC).replace(tzinfo=None),
        }
    )
    sheet = book.add_worksheet(name)
    _header(book, sheet, title, remark)
    formats = _formats(book)
    for row, firm, cells in lines:
        _firm_row(
            sheet,
            (row, firm, cells),
            formats=formats,
            draw=draw.of("paint", firm.number),
        )
    _totals(sheet, lines, total, formats)
    last = len(PLANS) - 1
    sheet.merge_range(total, 0, total, last, footer, formats["note"])
    _habits(book, sheet, lines, total)
    _explain(book, lines, remark)
    book.close()


def _formats(book: Workbook) -> dict[str, Format]:
    edge = {
        "border": 1,
        "border_color": "#BFBFBF",
        "font_name": "宋体",
        "font_size": 10,
    }
    return {
        "": book.add_format(edge),
        "date": book.add_format({**edge, "num_format": "yyyy/m/d"}),
        "percent": book.add_format({**edge, "num_format": "0%"}),
        "error": book.add_format(edge),
        "ratio": book.add_format({**edge, "num_format": "0.0%"}),
        "money": book.add_format({**edge, "num_format": "#,##0.00##"}),
        "total": book.add_format(
            {**edge, "bold": True, "num_format": "#,##0.00", "bg_color": "#F2F2F2"}
        ),
        "note": book.add_format({"font_name": "宋体", "italic": True, "font_size": 9}),
    }


def _header(book: Workbook, sheet: Worksheet, title: str, remark: str) -> None:
    last = len(PLANS) - 1
    big = book.add_format(
        {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"}
    )
    small = book.add_format({"font_size": 9, "font_color": "#7F7F7F"})
    sheet.merge_range(0, 0, 0, last, title, big)
    sheet.set_row(0, 30)
    sheet.merge_range(1, 0, 1, last, remark, small)
    start = 0
    colour = 0
    while start <= last:
        group = PLANS[start][0]
        end = start
        while group and end < last and PLANS[end + 1][0] == group:
            end += 1
        style = book.add_format(
            {
                "bold": True,
                "align": "center",
                "valign": "vcenter",
                "text_wrap": True,
                "border": 1,
                "bg_color": f"#{_COLOURS[colour % len(_COLOURS)]}",
            }
        )
        colour += 1
        if group:
            sheet.merge_range(2, start, 2, end, group, style)
            for column in range(start, end + 1):
                sheet.write_string(3, column, PLANS[column][1].heading, style)
        else:
            sheet.merge_range(2, start, 3, start, PLANS[start][1].heading, style)
        start = end + 1
    sheet.set_row(3, 32)
    for column, (_, plan) in enumerate(PLANS):
        hidden = {"hidden": True} if plan.is_hidden else {}
        sheet.set_column(column, column, plan.width, None, hidden)


def _firm_row(
    sheet: Worksheet,
    line: tuple[int, Firm, Mapping[Key, Cell]],
    *,
    formats: Mapping[str, Format],
    draw: Draw,
) -> None:
    row, firm, cells = line
    top = row - 1
    sheet.write_number(top, 0, row - 4, formats[""])
    for column, (_, plan) in enumerate(PLANS):
        if plan.key is not None:
            look = "money" if plan.kind == "money" else ""
            _write(sheet, (top, column), cells[plan.key], look=look, formats=formats)
    sheet.write_formula(
        top, _RATIO, _ratio_formula(row), formats["ratio"], _ratio(cells)
    )
    sheet.write_blank(top, _TREND, None, formats[""])
    sheet.add_sparkline(
        top, _TREND, {"range": f"{sheet.get_name()}!{_R23}{row}:{_R25}{row}"}
    )
    person = "样例" + draw.pick("甲乙丙丁戊己庚辛", "person")
    phone = f"021-0000{draw.between(0, 9999, 'phone'):04d}"
    for offset, text in ((3, person), (2, phone), (1, _REMARKS.get(firm.number, ""))):
        sheet.write(top, len(PLANS) - offset, text or None, formats[""])


def _write(
    sheet: Worksheet,
    at: tuple[int, int],
    cell: Cell,
    *,
    look: str,
    formats: Mapping[str, Format],
) -> None:
    top, column = at
    style = formats[cell.look or look]
    written = cell.written
    if written is None:
        sheet.write_blank(top, column, None, style)
    elif cell.look == "error":
        sheet.write_formula(top, column, "=#REF!", formats["error"], written)
    elif isinstance(written, date):
        sheet.write_datetime(top, column, written, style)
    elif isinstance(written, str):
        sheet.write_string(top, column, written, style)
    else:
        sheet.write_number(top, column, float(written), style)


def _ratio_formula(row: int) -> str:
    revenue, rd = f"{_R25}{row}", f"{_RD}{row}"
    return (
        f"=IF(AND(ISNUMBER({revenue}),ISNUMBER({rd})),"
        f'IF({revenue}>0,ROUND({rd}/({revenue}*10000),4),""),"")'
    )


def _ratio(cells: Mapping[Key, Cell]) -> float | str:
    """Return what a spreadsheet would keep as the formula's last result."""
    revenue = cells["revenue", LAST_YEAR].written
    rd = cells["rd_expense", LAST_YEAR].written
    if not isinstance(revenue, int | Decimal) or not isinstance(rd, int | Decimal):
        return ""
    if revenue <= 0:
        return ""
    return float(round(Decimal(rd) / (Decimal(revenue) * 10_000), 4))


def _totals(
    sheet: Worksheet,
    lines: Sequence[tuple[int, Firm, Mapping[Key, Cell]]],
    total: int,
    formats: Mapping[str, Format],
) -> None:
    sheet.merge_range(total - 1, 0, total - 1, 1, "合计", formats["total"])
    for column, (_, plan) in enumerate(PLANS):
        if plan.kind not in {"money", "count"} or plan.key is None:
            continue
        values = [cells[plan.key].written for _, _, cells in lines]
        numbers = [Decimal(v) for v in values if isinstance(v, int | Decimal)]
        at = letter(column)
        sheet.write_formula(
            total - 1,
            column,
            f"=SUM({at}{lines[0][0]}:{at}{total - 1})",
            formats["total"],
            float(sum(numbers)),
        )


def _habits(
    book: Workbook,
    sheet: Worksheet,
    lines: Sequence[tuple[int, Firm, Mapping[Key, Cell]]],
    total: int,
) -> None:
    """Add what managers add: panes, filter, drop-down, colours, notes, print set-up."""
    first, last = lines[0][0] - 1, total - 2
    sheet.freeze_panes(4, 2)
    sheet.autofilter(3, 0, last, len(PLANS) - 1)
    hnte = place("is_hnte")
    sheet.data_validation(
        first,
        hnte,
        last,
        hnte,
        {"validate": "list", "source": ["是", "否"], "error_type": "warning"},
    )
    red = book.add_format({"font_color": "#9C0006", "bg_color": "#FFC7CE"})
    staff = place("employees", LAST_YEAR)
    sheet.conditional_format(
        first,
        staff,
        last,
        staff,
        {"type": "cell", "criteria": ">", "value": 500, "format": red},
    )
    sheet.conditional_format(
        first,
        _RATIO,
        last,
        _RATIO,
        {"type": "data_bar", "bar_color": "#9BC2E6", "data_bar_2010": True},
    )
    options = {"author": "样例员", "x_scale": 1.4}
    sheet.write_comment(
        f"{letter(place('tech_staff', LAST_YEAR))}4",
        "口径：从事研发和技术管理、服务的人员，累计半年以上（样例批注）",
        options,
    )
    sheet.write_comment(f"B{lines[7][0]}", "3月电话核实过收入（样例批注）", options)
    sheet.write_comment(
        f"{_STAFF}{lines[20][0]}", "含劳务派遣？待问（样例批注）", options
    )
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2, 3)
    book.define_name("企业名录", f"={sheet.get_name()}!$B${first + 1}:$B${last + 1}")


def _explain(
    book: Workbook,
    lines: Sequence[tuple[int, Firm, Mapping[Key, Cell]]],
    remark: str,
) -> None:
    sheet = book.add_worksheet("说明")
    sheet.set_column(0, 0, 34)
    bold = book.add_format({"bold": True, "font_size": 14})
    red = book.add_format({"font_color": "#C00000", "bold": True})
    sheet.write_string(0, 0, "说明（虚构样例）", bold)
    sheet.write_rich_string(1, 0, red, "本簿全部内容为虚构样例。", remark)
    sheet.write_string(2, 0, "表中颜色：红底为500人以上；蓝条为研发占比。")
    counts: dict[str, int] = {}
    for firm in {firm.number: firm for _, firm, _ in lines}.values():
        counts[firm.industry_label] = counts.get(firm.industry_label, 0) + 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:8]
    sheet.write_row(4, 0, ["所属行业", "家数"], bold)
    for offset, (label, number) in enumerate(ranked):
        sheet.write_row(5 + offset, 0, [label, number])
    chart = book.add_chart({"type": "bar"})
    end = 4 + len(ranked)
    chart.add_series(
        {
            "name": "家数",
            "categories": ["说明", 5, 0, end, 0],
            "values": ["说明", 5, 1, end, 1],
        }
    )
    chart.set_title({"name": "入驻企业行业分布（虚构样例）"})
    chart.set_legend({"none": True})
    sheet.insert_chart("D4", chart, {"x_scale": 1.2})
    sheet.insert_image("A18", "sample.png", {"image_data": BytesIO(_stripes())})
    sheet.insert_textbox("D22", "样例园 · 虚构数据 · 请勿引用", {"width": 260})


def _stripes() -> bytes:
    """Return a small PNG of our own: blue stripes, 96 by 24."""
    row = bytes([0]) + b"".join(
        (b"\x0b\x57\xa4" if x // 8 % 2 else b"\xe8\xf0\xf9") for x in range(96)
    )
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, body in (
        (b"IHDR", struct.pack(">IIBBBBB", 96, 24, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * 24, 9)),
        (b"IEND", b""),
    ):
        parts.append(struct.pack(">I", len(body)) + kind + body)
        parts.append(struct.pack(">I", zlib.crc32(kind + body)))
    return b"".join(parts)
