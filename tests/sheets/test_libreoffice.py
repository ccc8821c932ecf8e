# SPDX-License-Identifier: Apache-2.0
"""LibreOffice, where it can be had, opens what we give back."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from ceyuan.sheets import (
    NewCell,
    NewSheet,
    Note,
    SheetAdditions,
    Style,
    patch_workbook,
    read_tables,
)
from tests.sheets.full_workbook import make_full

SOFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        SOFFICE is None, reason="soffice (libreoffice-calc) is not installed"
    ),
]


def convert(path, suffix):
    folder = path.parent / "converted"
    command = [
        str(SOFFICE),
        f"-env:UserInstallation=file://{path.parent / 'profile'}",
        "--headless",
        "--convert-to",
        suffix,
        "--outdir",
        str(folder),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)  # noqa: S603
    return folder / f"{path.stem}.{suffix}"


def test_libreoffice_opens_patched_workbook_with_all_of_it(tmp_path):
    full = make_full(tmp_path / "full.xlsx")
    style = Style(fill="e7f4ec", color="1b6e3c")
    cells = (NewCell(2, 13, "结果", style), NewCell(3, 13, "可即享"), NewCell(4, 13, 5))
    patch_workbook(
        full,
        tmp_path / "out.xlsx",
        additions=[
            SheetAdditions("企业", cells, (Note(4, 2, "单位?"),), {13: 20.0}),
            NewSheet("共性短板", (NewCell(1, 1, "短板"),)),
        ],
    )

    book = read_tables(convert(tmp_path / "out.xlsx", "xlsx"))

    assert ["企业", "专利表", "隐藏", "共性短板"] == [
        sheet.name for sheet in book.sheets if sheet.name != "图"
    ]
    assert ["结果", "可即享", 5] == [row[12] for row in book.sheets[0].rows[1:4]]
    assert "示例企业1" == book.sheets[0].rows[2][0]
    assert [["短板"]] == book.sheet("共性短板").rows


def test_libreoffice_xls_is_read_and_comes_back_as_xlsx(tmp_path):
    old = convert(make_full(tmp_path / "full.xlsx"), "xls")

    book = read_tables(old)
    patch_workbook(
        old,
        tmp_path / "out.xlsx",
        additions=[SheetAdditions("企业", (NewCell(3, 9, "可即享"),))],
    )

    original = read_tables(tmp_path / "full.xlsx").sheet("企业").rows
    again = read_tables(tmp_path / "out.xlsx").sheet("企业").rows
    assert "xls" == book.kind
    assert [row[:8] for row in original[:42]] == [row[:8] for row in again[:42]]
    assert "可即享" == again[2][8]
