# SPDX-License-Identifier: Apache-2.0
"""Files that are no table: empty, broken, locked, or larger than they look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.messy import containers
from tests.messy.sound import HEADINGS, Bad, five_firms, write_sheet

if TYPE_CHECKING:
    from pathlib import Path


def empty_xlsx(folder: Path) -> Bad:
    path = folder / "空.xlsx"
    path.write_bytes(b"")
    return Bad(path=path, is_rejected=True, says="文件是空的（0字节）")


def empty_csv(folder: Path) -> Bad:
    path = folder / "空.csv"
    path.write_bytes(b"")
    return Bad(path=path, is_rejected=True, says="文件是空的（0字节）")


def empty_sheet(folder: Path) -> Bad:
    path = write_sheet(folder / "空表.xlsx", [])
    return Bad(path=path, is_rejected=True, says="工作表里没有内容")


def only_headings(folder: Path) -> Bad:
    path = write_sheet(folder / "只有表头.xlsx", [HEADINGS])
    return Bad(path=path, is_rejected=True, says="有表头，没有企业")


def not_a_workbook(folder: Path) -> Bad:
    path = folder / "网页另存.xlsx"
    path.write_text("<html><table><tr><td>企业名称</td></tr></table></html>", "utf-8")
    return Bad(path=path, is_rejected=True, says="扩展名是xlsx，内容是网页")


def truncated(folder: Path) -> Bad:
    whole = write_sheet(folder / "whole.xlsx", five_firms()).read_bytes()
    path = folder / "没下载完.xlsx"
    path.write_bytes(whole[: len(whole) // 2])
    return Bad(path=path, is_rejected=True, says="文件不完整，请重新下载或另存")


def password_protected(folder: Path) -> Bad:
    path = folder / "加密.xlsx"
    containers.write_encrypted(path)
    return Bad(path=path, is_rejected=True, says="有打开密码，请去掉密码后另存")


def zip_bomb(folder: Path) -> Bad:
    """3 MB on disk, 3 GB of spaces in the sheet part, declared as such."""
    path = folder / "炸弹.xlsx"
    parts = containers.workbook_parts()
    sheet = {"xl/worksheets/sheet1.xml": containers.bomb(3000)}
    path.write_bytes(containers.zip_of(parts, sheet))
    return Bad(path=path, is_rejected=True, says="解压后有数GB，超过上限，不予打开")


def zip_bomb_that_lies(folder: Path) -> Bad:
    """As `zip_bomb` with 1 GB, but the directory declares 4,096 bytes."""
    path = folder / "瞒报炸弹.xlsx"
    packed, check, _ = containers.bomb(1000)
    sheet = {"xl/worksheets/sheet1.xml": (packed, check, 4096)}
    path.write_bytes(containers.zip_of(containers.workbook_parts(), sheet))
    return Bad(path=path, is_rejected=True, says="声明的大小与实际不符，不予打开")


def entity_bomb(folder: Path) -> Bad:
    """A document type with entities that multiply; no spreadsheet has one."""
    path = folder / "实体炸弹.xlsx"
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    kind = f'<!DOCTYPE worksheet [<!ENTITY e0 "样例">{levels}]>'
    sheet = containers.sheet_xml([["企业名称"], ["&e9;"]], before=kind)
    parts = {**containers.workbook_parts(), "xl/worksheets/sheet1.xml": sheet}
    path.write_bytes(containers.zip_of(parts, {}))
    return Bad(path=path, is_rejected=True, says="含有文档类型声明，不是正常的表格")


def unknown_suffix(folder: Path) -> Bad:
    path = folder / "企业.docx"
    path.write_bytes(b"PK\x03\x04")
    return Bad(path=path, is_rejected=True, says="不认得的文件类型；可用xlsx、xls、csv")
