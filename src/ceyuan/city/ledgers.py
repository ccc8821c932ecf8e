# SPDX-License-Identifier: Apache-2.0
"""What a park collects for the tax policies: R&D ledgers and technology transfers.

Only these give a policy an amount. They come as such collections come in: of the
ledgers a third is complete, a third lacks one declaration, a third lacks one figure.
The costs of a ledger are parts of the R&D expense of the firm's books, in whole
thousandths, so they never exceed it; the books also hold what tax rules do not count.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.city.cells import amount
from ceyuan.city.model import LAST_YEAR, WAN
from ceyuan.city.written import Row, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ceyuan.city.draws import Draw
    from ceyuan.city.model import Firm
    from ceyuan.city.truth import Key, Value

Facts = dict["Key", "Value"]
Heading = tuple[str, "Key"]

_YEAR_END = date(LAST_YEAR, 12, 31)
_SHARE = 35  # of a hundred firms, those whose ledger was collected
_TRANSFERS = 3  # of a hundred firms, those that sold technology
_UNLISTED = ("F", "H", "K", "L")  # sections on the negative list
_LEDGER: tuple[Heading, ...] = (
    ("是否查账征收", ("audited_collection", None)),
    ("能否准确归集研发费用", ("rd_accounted", None)),
    ("是否列入集成电路或工业母机企业清单", ("on_ic_machine_list", None)),
    ("负面清单行业收入占比（%）", ("negative_industry_share", LAST_YEAR)),
    ("前五项研发费用小计", ("rd_cost_main", LAST_YEAR)),
    ("其他相关费用合计", ("rd_cost_other", LAST_YEAR)),
    ("委托境内研发费用", ("rd_outsourced_domestic", LAST_YEAR)),
    ("委托境外机构研发费用", ("rd_outsourced_overseas", LAST_YEAR)),
    ("特殊收入", ("rd_special_income", LAST_YEAR)),
    ("不征税财政资金用于研发的支出", ("rd_nontaxed_subsidy", LAST_YEAR)),
    ("自研无形资产本年摊销额", ("rd_amortisation", LAST_YEAR)),
    ("适用所得税税率（%）", ("cit_rate", LAST_YEAR)),
)
_SIGNED: tuple[Key, ...] = (("rd_accounted", None), ("audited_collection", None))
_FIGURES: tuple[Key, ...] = (
    ("cit_rate", LAST_YEAR),
    ("rd_cost_other", LAST_YEAR),
    ("rd_outsourced_overseas", LAST_YEAR),
)
_TRANSFER: tuple[Heading, ...] = (
    ("是否有技术转让", ("transfers_technology", None)),
    ("技术转让方式", ("transfer_right", None)),
    ("技术是否属于优惠范围", ("transfer_object_in_scope", None)),
    ("转让合同是否登记", ("transfer_contract_registered", None)),
    ("受让方是否全资关联方", ("transfer_related_100pct", None)),
    ("技术转让是否单独核算", ("transfer_separate_accounts", None)),
    ("技术转让收入", ("transfer_revenue", LAST_YEAR)),
    ("技术转让成本", ("transfer_cost", LAST_YEAR)),
    ("技术转让相关税费", ("transfer_taxes", LAST_YEAR)),
    ("应分摊期间费用", ("transfer_period_cost", LAST_YEAR)),
)


def make_ledger(
    path: Path, firms: tuple[Firm, ...], draw: Draw
) -> dict[str, Mapping[Key, Value]]:
    """Write the R&D ledgers of about a third of the firms; return what they say."""
    spending = [f for f in firms if f.last.rd_expense > 0]
    chosen = draw.shuffled(spending, "firms")[: len(firms) * _SHARE // 100]
    told: dict[str, Mapping[Key, Value]] = {}
    for place, firm in enumerate(chosen):
        facts = _costs(firm, draw.of(firm.number))
        turn = place // 3
        if place % 3 == 1:
            facts[_SIGNED[turn % len(_SIGNED)]] = None
        elif place % 3 == 2:
            facts[_FIGURES[turn % len(_FIGURES)]] = None
        told[firm.uscc] = facts
    title = f"样例园企业{LAST_YEAR}年度研发费用加计扣除辅助账汇总（虚构样例数据）"
    _write(path, "辅助账汇总", title, _LEDGER, firms, told)
    return told


def make_transfers(
    path: Path, firms: tuple[Firm, ...], draw: Draw
) -> dict[str, Mapping[Key, Value]]:
    """Write what a few firms with inventions earned by selling technology."""
    able = [f for f in firms if f.inventions > 1 and f.last.revenue >= 1500 * WAN]
    chosen = draw.shuffled(able, "firms")[: max(3, len(firms) * _TRANSFERS // 100)]
    told: dict[str, Mapping[Key, Value]] = {}
    for place, firm in enumerate(chosen):
        facts = _transfer(firm, draw.of(firm.number))
        if place % 3 == 2:
            facts["transfer_separate_accounts", None] = None
        told[firm.uscc] = facts
    title = f"样例园企业{LAST_YEAR}年度技术转让汇总（虚构样例数据）"
    _write(path, "技术转让", title, _TRANSFER, firms, told)
    return told


def _costs(firm: Firm, draw: Draw) -> Facts:
    """Split the R&D expense of the books as the tax rules group it."""
    books = firm.last.rd_expense
    uncounted = draw.between(40, 120, "uncounted")
    other = draw.between(40, 130, "other")
    home = draw.between(30, 150, "home") if draw.chance(40, "has home") else 0
    abroad = (100 - firm.last.rd_domestic_percent) * 10
    scrap = draw.between(2, 15, "scrap") if firm.industry.startswith("C") else 0
    subsidy = draw.between(20, 90, "subsidy") if draw.chance(20, "has subsidy") else 0
    made = draw.between(10, 80, "made") if draw.chance(25, "has made") else 0
    rest = 1000 - uncounted - other - home - abroad
    parts = {
        "rd_cost_main": rest,
        "rd_cost_other": other,
        "rd_outsourced_domestic": home,
        "rd_outsourced_overseas": abroad,
        "rd_special_income": scrap,
        "rd_nontaxed_subsidy": subsidy,
        "rd_amortisation": made,
    }
    listed = firm.industry.startswith(_UNLISTED)
    share = draw.between(70, 100, "listed") if listed else 0
    facts: Facts = {
        (name, LAST_YEAR): books * part // 1000 for name, part in parts.items()
    }
    facts["audited_collection", None] = True
    facts["rd_accounted", None] = True
    facts["on_ic_machine_list", None] = False
    facts["negative_industry_share", LAST_YEAR] = Fraction(share, 100)
    facts["cit_rate", LAST_YEAR] = Fraction(_tax_percent(firm), 100)
    return facts


def _tax_percent(firm: Firm) -> int:
    """Return 15 % for a high-tech firm, 5 % for a small one of low profit, or 25 %."""
    held = firm.hnte
    if held is not None and held.issued <= _YEAR_END <= held.expires:
        return 15
    last = firm.last
    small = last.employees <= 300 and last.assets <= 5000 * WAN
    return 5 if small and last.net_profit <= 300 * WAN else 25


def _transfer(firm: Firm, draw: Draw) -> Facts:
    """Let a firm have sold technology for a part of its revenue."""
    revenue = firm.last.revenue * draw.between(4, 15, "revenue") // 100
    revenue = min(revenue, 2400 * WAN) // WAN * WAN
    return {
        ("transfers_technology", None): True,
        ("transfer_right", None): "所有权",
        ("transfer_object_in_scope", None): True,
        ("transfer_contract_registered", None): True,
        ("transfer_related_100pct", None): False,
        ("transfer_separate_accounts", None): True,
        ("transfer_revenue", LAST_YEAR): revenue,
        ("transfer_cost", LAST_YEAR): revenue * draw.between(8, 25, "cost") // 100,
        ("transfer_taxes", LAST_YEAR): revenue * draw.between(1, 3, "taxes") // 100,
        ("transfer_period_cost", LAST_YEAR): revenue
        * draw.between(3, 9, "idle")
        // 100,
    }


def _write(
    path: Path,
    sheet: str,
    title: str,
    headings: tuple[Heading, ...],
    firms: tuple[Firm, ...],
    told: Mapping[str, Mapping[Key, Value]],
) -> None:
    """Write the told firms in the order of the park, money in 元."""
    rows: list[Row] = [
        ("序号", "企业名称", "统一社会信用代码", *(words for words, _ in headings))
    ]
    for firm in firms:
        if firm.uscc in told:
            facts = told[firm.uscc]
            cells = (_cell(facts[key]) for _, key in headings)
            rows.append((len(rows), firm.name, firm.uscc, *cells))
    write_xlsx(path, sheet, [title, "单位：元"], rows)


def _cell(value: Value) -> str | int | float | None:
    """Return how an accountant writes a value: 是, 元, or a percentage."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Fraction):
        return int(value * 100)
    if isinstance(value, int):
        return float(amount(value, "元"))
    return None if value is None else str(value)
