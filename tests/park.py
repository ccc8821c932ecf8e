# SPDX-License-Identifier: Apache-2.0
"""A park of six invented firms, small enough to work every answer by hand.

Two policies are asked of it on 2026-11-21, so the figures are those of 2025:

- `tech_sme_2017`: at most 500 staff, 20,000 万元 of sales and of assets; 60 points
  out of staff (30 % of them technical: 20), R&D (6 % of sales: 50, 3 %: 20; of
  cost 10 %: 10) and IP (one of class I: 30, two of class II: 12).
- `tech_transfer_cit`: income from transfer is exempt up to 500 万元 and half taxed
  above, at 25 %.

| row | firm | technology SME | transfer |
|---|---|---|---|
| 2 | 澄光 | eligible: 20 + 50 + 30 = 100 | 600 万元: saves 25 % of 550 |
| 3 | 砺芃 | only declarations are missing | not asked: no transfer |
| 4 | 昉栩 | ineligible: 20 + 20 + 12 = 52, and no ground of its own | no transfer |
| 5 | 岫弦 | one step: 501 staff, one too many | no transfer |
| 6 | 湫洄 | R&D is a word (R230), so it is missing | no transfer |
| 7 | 苓屿 | 130 technical of 100 staff (R238), so they are missing | no transfer |
"""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING, Any

import xlsxwriter

from ceyuan.city.codes import credit_code
from ceyuan.declarations import load_region
from ceyuan.office import Checkup, check_table
from ceyuan.office.inputs import read_input

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DAY = "2026-11-21"
POLICIES = ("tech_sme_2017", "tech_transfer_cit")
NAMES = tuple(
    f"{name}（虚构）有限公司"
    for name in ("澄光仪器", "砺芃软件", "昉栩材料", "岫弦装备", "湫洄光电", "苓屿数据")
)
USCCS = tuple(credit_code(n) for n in range(len(NAMES)))
HEADINGS = (
    "企业名称",
    "统一社会信用代码",
    "职工总数（人）",
    "科技人员数（人）",
    "营业收入（万元）",
    "资产总额（万元）",
    "研发费用（万元）",
    "成本费用总额（万元）",
    "Ⅰ类知识产权",
    "Ⅱ类知识产权",
    "是否居民企业",
    "产品是否属于禁止限制淘汰类",
    "有无重大安全质量事故",
    "是否经营异常",
    "是否高企",
    "直接确认的情形",
    "是否有技术转让",
    "技术属于可减免范围",
    "转让的权利",
    "转让合同已登记",
    "受让方为百分之百关联方",
    "技术转让所得单独核算",
    "技术转让收入（万元）",
    "技术转让成本（万元）",
    "技术转让相关税费（万元）",
    "分摊的期间费用（万元）",
)
_GOOD = ("是", "否", "无", "否", "否", "无")
_OPEN = ("", "", "", "", "否", "无")
_SOLD = ("是", "是", "所有权", "是", "否", "是", 800, 150, 20, 30)
_NOTHING = ("否",)
_FIGURES: tuple[tuple[object, ...], ...] = (
    (100, 30, 1000, 2000, 60, 900, 1, 0, *_GOOD, *_SOLD),
    (100, 30, 1000, 2000, 60, 900, 1, 0, *_OPEN, *_NOTHING),
    (100, 30, 1000, 2000, 30, 900, 0, 2, *_GOOD, *_NOTHING),
    (501, 200, 1000, 2000, 60, 900, 1, 0, *_GOOD, *_NOTHING),
    (100, 30, 1000, 2000, "待审计", 900, 0, 0, *_GOOD, *_NOTHING),
    (100, 130, 1000, 2000, 60, 900, 1, 0, *_GOOD, *_NOTHING),
)
ROWS: tuple[tuple[object, ...], ...] = tuple(
    (name, code, *figures, *("",) * (len(HEADINGS) - 2 - len(figures)))
    for name, code, figures in zip(NAMES, USCCS, _FIGURES, strict=True)
)
SAVED = 137_500_000
"""25 % of (600 − half of 100) 万元 = 137.5 万元, in fen."""


def write_csv(path: Path, rows: Sequence[Sequence[object]] = ROWS) -> Path:
    """Write the park as a csv file."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([HEADINGS, *rows])
    return path


def write_xlsx(path: Path, rows: Sequence[Sequence[object]] = ROWS) -> Path:
    """Write the park as a workbook with one sheet, 企业."""
    book: Any = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("企业")
    for number, row in enumerate([HEADINGS, *rows]):
        for column, value in enumerate(row):
            if value != "":
                sheet.write(number, column, value)
    book.close()
    return path


def changed(row: int, heading: str, value: object) -> list[tuple[object, ...]]:
    """Return the park's rows with one cell changed; rows as the sheet counts them."""
    place = HEADINGS.index(heading)
    rows = list(ROWS)
    cells = list(rows[row - 2])
    cells[place] = value
    rows[row - 2] = tuple(cells)
    return rows


def check_park(
    path: Path,
    rows: Sequence[Sequence[object]] = ROWS,
    policies: Sequence[str] = POLICIES,
) -> Checkup:
    """Write the park to a csv file and check it."""
    region, day = load_region(), date.fromisoformat(DAY)
    _, table = read_input(write_csv(path, rows), region=region, as_of=day)
    return check_table(table, region, as_of=day, policies=policies)
