# SPDX-License-Identifier: Apache-2.0
"""The columns of the sample tenant sheet, as a park manager grew them.

Units differ from column to column because each came from another return: most money
in 万元, two columns in 元 (one of which does not say so), one in 亿元.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ceyuan.city.model import LAST_YEAR, WAN, YI, YUAN

if TYPE_CHECKING:
    from ceyuan.city.truth import Key

Kind = Literal[
    "number", "text", "code", "date", "bool", "money", "count", "share", "formula"
]
FEN_PER = {"元": YUAN, "万元": WAN, "亿元": YI}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one column is written."""

    heading: str
    kind: Kind
    key: Key | None = None
    unit: str = ""
    states_unit: bool = False
    width: int = 12
    is_hidden: bool = False
    may_be_blank: int = 0
    """Per cent of cells that the firm left empty."""


def _money(
    heading: str,
    name: str,
    year: int | None,
    unit: str,
    *,
    blank: int = 0,
    says: bool = True,
) -> Plan:
    return Plan(
        heading=heading,
        kind="money",
        key=(name, year),
        unit=unit,
        states_unit=says,
        width=15,
        may_be_blank=blank,
    )


def _count(
    heading: str, name: str, year: int | None, unit: str, *, blank: int = 0
) -> Plan:
    return Plan(
        heading=heading,
        kind="count",
        key=(name, year),
        unit=unit,
        states_unit=unit in heading,
        may_be_blank=blank,
    )


GROUPS: tuple[tuple[str, tuple[Plan, ...]], ...] = (
    ("", (Plan(heading="序号", kind="number", width=6),)),
    (
        "基本情况",
        (
            Plan(heading="企业名称", kind="text", key=("name", None), width=34),
            Plan(heading="统一社会信用代码", kind="code", key=("uscc", None), width=23),
            Plan(
                heading="所在区",
                kind="text",
                key=("district", None),
                may_be_blank=3,
            ),
            Plan(heading="注册地址", kind="text", key=("address", None), width=30),
            Plan(
                heading="成立日期",
                kind="date",
                key=("founded", None),
                width=14,
                may_be_blank=3,
            ),
            Plan(
                heading="所属行业", kind="text", key=("industry_label", None), width=24
            ),
            Plan(
                heading="行业代码",
                kind="text",
                key=("industry", None),
                is_hidden=True,
            ),
            Plan(
                heading="是否上市",
                kind="bool",
                key=("is_listed", None),
                may_be_blank=8,
            ),
        ),
    ),
    (
        f"经营情况（{LAST_YEAR}年）",
        (
            _money("2023年营业收入（万元）", "revenue", 2023, "万元", blank=14),
            _money("2024年营业收入\n（万元）", "revenue", 2024, "万元", blank=5),
            _money("营业收入（万元）", "revenue", LAST_YEAR, "万元", blank=2),
            Plan(heading="收入走势", kind="formula"),
            _money("其中：主营业务收入(万元)", "main_revenue", LAST_YEAR, "万元"),
            _money(
                "高新技术产品（服务）收入（万元）",
                "hitech_revenue",
                LAST_YEAR,
                "万元",
                blank=18,
            ),
            _money("成本费用总额（万元）", "total_cost", LAST_YEAR, "万元", blank=6),
            _money("净利润（元）", "net_profit", LAST_YEAR, "元", blank=4),
            _money("资产总额（亿元）", "assets", LAST_YEAR, "亿元", blank=3),
            _money("负债总额", "liabilities", LAST_YEAR, "元", blank=5, says=False),
        ),
    ),
    (
        "研发与人员",
        (
            _count("从业人数（人）", "employees", LAST_YEAR, "人", blank=2),
            _count("科技人员数", "tech_staff", LAST_YEAR, "人", blank=6),
            _count("其中：研发人员", "rd_staff", LAST_YEAR, "人", blank=9),
            _money("2023年研发费用（万元）", "rd_expense", 2023, "万元", blank=20),
            _money("2024年研发费用（万元）", "rd_expense", 2024, "万元", blank=8),
            _money("研发费用（元）", "rd_expense", LAST_YEAR, "元", blank=3),
            Plan(heading="研发占比", kind="formula"),
            Plan(
                heading="境内研发费用占比",
                kind="share",
                key=("rd_domestic_share", LAST_YEAR),
                unit="份额",
                may_be_blank=12,
            ),
        ),
    ),
    (
        f"知识产权（截至{LAST_YEAR}年底，件）",
        (
            _count("发明专利", "inventions", None, "件"),
            _count("实用新型", "utility_models", None, "件"),
            _count("外观设计", "designs", None, "件", blank=30),
            _count("软著", "copyrights", None, "件", blank=6),
        ),
    ),
    (
        "资质",
        (
            Plan(
                heading="是否高企", kind="bool", key=("is_hnte", None), may_be_blank=10
            ),
            Plan(
                heading="高企证书编号", kind="text", key=("hnte_number", None), width=18
            ),
            Plan(
                heading="高企有效期至",
                kind="date",
                key=("hnte_expires", None),
                width=14,
            ),
            Plan(
                heading="科技型中小企业入库登记编号",
                kind="text",
                key=("tech_sme_number", None),
                width=22,
            ),
            Plan(
                heading="专精特新称号",
                kind="text",
                key=("title", None),
                width=18,
                may_be_blank=10,
            ),
            _money("近三年股权融资（万元）", "equity_3y", None, "万元", blank=35),
        ),
    ),
    (
        "联系方式",
        (
            Plan(heading="联系人", kind="text"),
            Plan(heading="联系电话", kind="text", width=15),
        ),
    ),
    ("", (Plan(heading="备注", kind="text", width=22),)),
)

PLANS: tuple[tuple[str, Plan], ...] = tuple(
    (group, plan) for group, plans in GROUPS for plan in plans
)


def letter(index: int) -> str:
    """Return the letter of a column, from 0: `A`, …, `Z`, `AA`."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def place(name: str, year: int | None = None) -> int:
    """Return the index of a key's column, from 0."""
    return next(i for i, (_, p) in enumerate(PLANS) if p.key == (name, year))
