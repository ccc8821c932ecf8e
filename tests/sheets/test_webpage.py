# SPDX-License-Identifier: Apache-2.0
"""A web page that some system calls `.xls` is read as the table it is."""

from __future__ import annotations

import pytest

from ceyuan.sheets import NewCell, Range, SheetAdditions, patch_workbook, read_tables

PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel">
<head><meta charset="gbk"><style>td {mso-number-format:"\\@"}</style></head><body>
<table border=1>
<tr><th colspan="3">虚构园区名单（示例）</th></tr>
<tr><td rowspan=2>名称</td><td>收入</td><td>占比&nbsp;</td></tr>
<tr><td>(万元)<td><b>研</b>发<br>占比</tr>
<tr><td>示例  甲
 公司</td><td>1,234.50</td><td>5%</td></tr>
<tr><td>示例乙 &lt;&amp;&gt;</td><td></td><td>000012</td></tr>
</table></body></html>"""
ROWS: list[list[object]] = [
    ["虚构园区名单（示例）", None, None],
    ["名称", "收入", "占比"],
    [None, "(万元)", "研发\n占比"],
    ["示例 甲 公司", "1,234.50", "5%"],
    ["示例乙 <&>", None, "000012"],
]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_read_webpage_named_xls_gives_its_table(tmp_path, encoding):
    path = tmp_path / "名单.xls"
    path.write_bytes(PAGE.encode(encoding))

    book = read_tables(path)

    assert ("html", ()) == (book.kind, book.problems)
    assert [("名单", ROWS)] == [(sheet.name, sheet.rows) for sheet in book.sheets]
    assert (Range(1, 1, 1, 3), Range(2, 1, 3, 1)) == book.sheets[0].merged


def test_read_webpage_with_two_tables_gives_two_sheets(tmp_path):
    path = tmp_path / "a.xls"
    inner = "<table><tr><td>内</td></tr></table>"
    path.write_text(
        f"<table><tr><td>外{inner}</td><td>2</td></tr></table><table></table>"
        "<script>alert(1)</script>",
        encoding="utf-8",
    )

    book = read_tables(path)

    assert [("a 1", [["外内", "2"]]), ("a 2", [["内"]])] == [
        (sheet.name, sheet.rows) for sheet in book.sheets
    ]


def test_rebuild_webpage_comes_back_as_xlsx(tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(PAGE.encode("gb18030"))

    patch_workbook(
        path,
        tmp_path / "o.xlsx",
        additions=[SheetAdditions("a", (NewCell(4, 4, "可即享"),))],
    )

    rows = read_tables(tmp_path / "o.xlsx").sheets[0].rows
    expected = [[*row, None] for row in ROWS]
    expected[3][3] = "可即享"
    assert expected == rows


@pytest.mark.parametrize("span", ["0", "-3", "9" * 30, "x", "１"])
def test_read_webpage_with_an_odd_span_does_not_run_away(tmp_path, span):
    path = tmp_path / "a.xls"
    path.write_text(
        f'<table><tr><td colspan="{span}" rowspan="{span}">甲</td></tr></table>',
        encoding="utf-8",
    )

    assert [["甲"]] == read_tables(path).sheets[0].rows
