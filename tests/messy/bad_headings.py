# SPDX-License-Identifier: Apache-2.0
"""Sheets whose headings are missing, strange, doubled or merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.messy.sound import Bad, five_firms, write_sheet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.messy.body import Written


def no_name_and_no_code(folder: Path) -> Bad:
    path = write_sheet(folder / "缺主键.xlsx", [row[2:] for row in five_firms()])
    return Bad(path=path, is_rejected=True, says="找不到企业名称或统一社会信用代码列")


def no_heading_at_all(folder: Path) -> Bad:
    path = write_sheet(folder / "无表头.xlsx", five_firms()[1:])
    return Bad(path=path, is_rejected=True, says="找不到表头；可用 --columns 指明各列")


def missing_headings(folder: Path) -> Bad:
    rows = [[*row[:3], None, *row[4:]] for row in five_firms()]
    rows[1][3] = 1000
    path = write_sheet(folder / "缺栏名.xlsx", rows)
    return Bad(
        path=path,
        is_rejected=False,
        says="D列有数没有栏名，不读；缺营业收入",
        places=((1, "D"),),
        good=(2, 3, 4, 5, 6),
    )


def extra_headings(folder: Path) -> Bad:
    rows: list[list[Written]] = [
        ["园区编号", *row[:3], "备用", *row[3:], "楼宇管家"] for row in five_firms()
    ]
    for number, row in enumerate(rows[1:]):
        row[0], row[4], row[-1] = f"Y{number}", None, "样例员"
    path = write_sheet(folder / "多余栏.xlsx", rows)
    return Bad(
        path=path,
        is_rejected=False,
        says="A、E、I列不认得，不读，原样留着",
        good=(2, 3, 4, 5, 6),
    )


def doubled_headings(folder: Path) -> Bad:
    rows = [[*row, row[3]] for row in five_firms()]
    rows[3][6] = 7777
    path = write_sheet(folder / "重复栏.xlsx", rows)
    return Bad(
        path=path,
        is_rejected=False,
        says="D列和G列同名，第4行两数不一，以哪一列为准？",
        places=((1, "D"), (1, "G"), (4, "G")),
        good=(2, 3, 5, 6),
    )


def merged_headings(folder: Path) -> Bad:
    """Two header rows, groups merged across, single headings merged down."""
    top: list[Written] = ["企业名称", "统一社会信用代码", "人员"]
    top += ["2025年经营情况", None, "成立日期"]
    low: list[Written] = [None, None, "从业人数（人）"]
    low += ["营业收入（万元）", "研发费用（万元）", None]
    path = write_sheet(
        folder / "合并表头.xlsx",
        [top, low, *five_firms()[1:]],
        merges=("A1:A2", "B1:B2", "D1:E1", "F1:F2"),
    )
    return Bad(
        path=path,
        is_rejected=False,
        says="两行表头合起来读",
        good=(3, 4, 5, 6, 7),
    )


def merged_name_cells(folder: Path) -> Bad:
    """One firm over two rows, its name merged: the second row has no name."""
    rows = five_firms()
    rows.insert(3, [None, None, 99, 5, 1, None])
    path = write_sheet(folder / "合并数据行.xlsx", rows, merges=("A3:A4", "B3:B4"))
    return Bad(
        path=path,
        is_rejected=False,
        says="第4行并入第3行的企业，两行数字不同，不能相加也不能覆盖",
        places=((4, ""),),
        good=(2, 5, 6, 7),
    )
