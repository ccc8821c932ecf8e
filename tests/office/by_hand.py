# SPDX-License-Identifier: Apache-2.0
"""Four invented firms whose answers are worked by hand.

Day 2022-11-21, fiscal year 2021. Technology SME (60 points, 500 persons, sales
and assets up to 2 亿元) and the reward for service units (line 2,000 万元 in
section I; 5 % of R&D, at most 50 万元, for a first-timer with a certificate).

firm  sales       R&D        of sales  staff 13/60   IP       score           sales
0     1,284.6 万  64.23 万   5 %: 40   21.67 %: 12   I 1: 30  82              met
1     the same, declarations not supplied
2     25,000 万   1,500 万   6 %: 50   12            30       92              short 5,000 万
3     1,284.6 万  30 万      2.3 %: 10 12            0        22              met
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ceyuan.declarations import load_region
from ceyuan.facts import FactTable, Row
from ceyuan.facts.columns import ColumnMap
from ceyuan.facts.table import FactColumn, Source
from ceyuan.kernel import Problem
from ceyuan.office import Checkup, check_table

if TYPE_CHECKING:
    from ceyuan.facts.table import Value

DAY = date(2022, 11, 21)
SME = "tech_sme_2017"
SERVICE = "service_scale"
WAN = 1_000_000
MARKUP = '<script>alert("甲")</script>&测试（虚构）有限公司'
NAMES = (MARKUP, "乙测试（虚构）有限公司", "丙测试（虚构）有限公司", "")
USCC = "91319999MA0000001X"

_SAME: dict[str, Value] = {
    "employees": 60,
    "tech_staff": 13,
    "assets": 900 * WAN,
    "hnte_valid": False,
    "tech_sme_direct": "none",
    "is_cn_resident": True,
    "gb_section": "I",
    "is_legal_person": True,
}
_SALES = 1284 * WAN + 600_000
_GOOD: dict[str, Value] = {
    "prohibited_product": False,
    "violation_or_accident": False,
    "abnormal_or_dishonest": False,
}
FIRMS: tuple[dict[str, Value], ...] = (
    _SAME
    | _GOOD
    | {
        "revenue": _SALES,
        "rd_expense": 64 * WAN + 230_000,
        "cost_expense": 1200 * WAN,
        "ip_class1": 1,
        "ip_class2": 0,
    },
    _SAME
    | {
        "revenue": _SALES,
        "rd_expense": 64 * WAN + 230_000,
        "cost_expense": 1200 * WAN,
        "ip_class1": 1,
        "ip_class2": 0,
    },
    _SAME
    | _GOOD
    | {
        "hnte_valid": True,
        "registered_in_shanghai": True,
        "first_time_above_scale": True,
        "revenue": 25_000 * WAN,
        "rd_expense": 1500 * WAN,
        "cost_expense": 20_000 * WAN,
        "ip_class1": 1,
        "ip_class2": 0,
    },
    _SAME
    | _GOOD
    | {
        "revenue": _SALES,
        "rd_expense": 30 * WAN,
        "cost_expense": 1200 * WAN,
        "ip_class1": 0,
        "ip_class2": 0,
    },
)


def by_hand(policies: tuple[str, ...] = (SME, SERVICE), **changed: Value) -> Checkup:
    """Return the check-up of the four firms; facts stand in columns C, D, …

    Args:
        policies: The policies checked.
        changed: Facts that the first firm has instead.
    """
    facts = load_region().facts
    firms = (FIRMS[0] | changed, *FIRMS[1:])
    rows = [Row("企业", n + 5, name, USCC, sound=True) for n, name in enumerate(NAMES)]
    columns = {}
    names = dict.fromkeys(name for firm in firms for name in firm)
    for n, name in enumerate(names):
        key = (name, 2021 if facts[name].yearly else None)
        unit = "万元" if facts[name].unit == "元" else ""
        source = Source("园区.xlsx", "企业", chr(ord("C") + n), facts[name].zh, unit)
        columns[key] = FactColumn(key, [firm.get(name) for firm in firms], [source])
    problem = Problem(
        code="R106",
        message="`约5000万` 不是数字",
        mend="改成数字",
        file="园区.xlsx",
        sheet="企业",
        row=6,
        column="D",
    )
    table = FactTable(
        rows, columns, {}, ColumnMap(), [problem], 2021, "标题写明", file="园区.xlsx"
    )
    return check_table(table, load_region(), as_of=DAY, policies=policies)
