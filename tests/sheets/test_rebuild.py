# SPDX-License-Identifier: Apache-2.0
"""Text, Parquet and old workbooks come back as a new xlsx with the same values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lxml import etree

from ceyuan.kernel import UsageError
from ceyuan.sheets import (
    NewCell,
    NewSheet,
    Note,
    Range,
    SheetAdditions,
    Style,
    patch_workbook,
    read_tables,
)
from tests.sheets.full_workbook import parts_of

GREEN = Style(bold=True, fill="e7f4ec", color="1b6e3c", wrap=True, align="left")
CSV = (
    "名称,信用代码,股票,收入,占比,备注\n"
    "示例甲,91310000MA00000001,000001,1234.50,5%,=1+1\n"
    "示例乙,123456789012345678,600000,7.00,,https://a.b/\n"
)


def test_rebuild_csv_gives_values_additions_and_a_new_sheet(tmp_path):
    source = tmp_path / "名单.csv"
    source.write_bytes(CSV.encode("gb18030"))
    added = SheetAdditions(
        "名单",
        (
            NewCell(1, 7, "结果", GREEN),
            NewCell(2, 7, "可即享", link="pages/甲.html"),
            NewCell(3, 7, Decimal("12.5"), Style(number_format="0.00")),
            NewCell(4, 7, date(2025, 11, 21)),
        ),
        (Note(2, 4, "单位?"),),
        {7: 20.0},
    )

    done = patch_workbook(
        source,
        tmp_path / "o.xlsx",
        additions=[
            added,
            NewSheet("名单", (NewCell(1, 1, "短板", GREEN),), freeze=(1, 0)),
        ],
    )

    book = read_tables(tmp_path / "o.xlsx")
    assert ("名单 (2)",) == done.sheet_names
    assert ["名单", "名单 (2)"] == [sheet.name for sheet in book.sheets]
    # 收入 becomes numbers that show as written; codes stay text.
    assert [
        ["名称", "信用代码", "股票", "收入", "占比", "备注", "结果"],
        [
            "示例甲",
            "91310000MA00000001",
            "000001",
            Decimal("1234.5"),
            "5%",
            "=1+1",
            "可即享",
        ],
        [
            "示例乙",
            "123456789012345678",
            "600000",
            7,
            None,
            "https://a.b/",
            Decimal("12.5"),
        ],
        [None, None, None, None, None, None, date(2025, 11, 21)],
    ] == book.sheets[0].rows
    assert [["短板"]] == book.sheets[1].rows
    parts = parts_of(tmp_path / "o.xlsx")
    assert b"<f" not in parts["xl/worksheets/sheet1.xml"]
    assert "单位?" in parts["xl/comments1.xml"].decode()
    assert "策源" in parts["xl/comments1.xml"].decode()


def test_rebuild_parquet_keeps_types(tmp_path):
    source = tmp_path / "a.parquet"
    pq.write_table(
        pa.table(
            {
                "数": [0.1, float("nan")],
                "日": [date(2025, 1, 2), date(1850, 1, 2)],
                "大": [10**17, 5],
                "是": [True, None],
            }
        ),
        source,
    )

    patch_workbook(
        source,
        tmp_path / "o.xlsx",
        additions=[SheetAdditions("a", (NewCell(2, 5, "x"),))],
    )

    assert [
        ["数", "日", "大", "是", None],
        [Decimal("0.1"), date(2025, 1, 2), "100000000000000000", True, "x"],
        ["NaN", "1850-01-02", 5, None, None],
    ] == read_tables(tmp_path / "o.xlsx").sheets[0].rows


def test_rebuild_same_input_gives_same_bytes(tmp_path):
    source = tmp_path / "a.csv"
    source.write_text(CSV, encoding="utf-8")

    for name in ("1.xlsx", "2.xlsx"):
        patch_workbook(source, tmp_path / name, additions=[NewSheet("新")])

    assert (tmp_path / "1.xlsx").read_bytes() == (tmp_path / "2.xlsx").read_bytes()


@pytest.mark.parametrize(
    "addition",
    [
        SheetAdditions("a", (NewCell(1, 1, "x"),)),
        SheetAdditions("无", (NewCell(1, 9, "x"),)),
    ],
)
def test_rebuild_covering_a_value_or_unknown_sheet_is_refused(tmp_path, addition):
    source = tmp_path / "a.csv"
    source.write_text(CSV, encoding="utf-8")

    with pytest.raises(UsageError):
        patch_workbook(source, tmp_path / "o.xlsx", additions=[addition])

    assert ["a.csv"] == [path.name for path in tmp_path.iterdir()]


def test_rebuild_more_rows_than_excel_holds_is_refused(tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("a\n" * 1_048_577, encoding="utf-8")

    with pytest.raises(UsageError, match="more than a sheet"):
        patch_workbook(source, tmp_path / "o.xlsx", additions=[])

    assert ["a.csv"] == [path.name for path in tmp_path.iterdir()]


def test_new_sheet_remark_merged_over_columns_keeps_to_one_line(tmp_path):
    source = tmp_path / "名单.csv"
    source.write_text("名称\n示例甲\n", encoding="utf-8")
    remark = "有问题的格按“未知”处理，不当作 0"  # 32 wide: five lines in a column of 8
    cells = (NewCell(1, 1, remark, Style(wrap=True)), NewCell(2, 1, remark, GREEN))
    merged = (Range(1, 1, 1, 2),)
    sheet = NewSheet("说明", cells, {1: 8.0, 2: 40.0}, merged=merged)

    patch_workbook(source, tmp_path / "结果.xlsx", additions=[sheet])

    rows = etree.fromstring(
        parts_of(tmp_path / "结果.xlsx")["xl/worksheets/sheet2.xml"]
    )
    assert [(row.get("r"), row.get("ht")) for row in rows.iter("{*}row")] == [
        ("1", None),
        ("2", "75"),
    ]
