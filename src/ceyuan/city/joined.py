# SPDX-License-Identifier: Apache-2.0
"""The further files that a park can lay beside its tenant sheet.

A tenant sheet alone answers little. These carry what offices publish, export or collect:
certificates, patents, earlier years, software, and what the tax policies are counted
from (`ledgers`). They come from the same model as the sheet, so they agree with it,
except where time has passed: a patent applied for but not granted, one whose fee was
not paid, a certificate that has run out.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ceyuan.city.cells import amount
from ceyuan.city.codes import patent_number
from ceyuan.city.draws import Draw
from ceyuan.city.ledgers import make_ledger, make_transfers
from ceyuan.city.model import YEARS
from ceyuan.city.truth import JoinedTruth, Key
from ceyuan.city.written import Row, write_csv, write_xlsx

if TYPE_CHECKING:
    from os import PathLike

    from ceyuan.city.model import Firm
    from ceyuan.city.truth import TenantTruth

FILES = {
    "certificates": "高新技术企业证书名单（虚构样例）.xlsx",
    "patents": "专利导出（虚构样例）.csv",
    "yearly": "历年经营数据（虚构样例）.xlsx",
    "copyrights": "软件著作权登记（虚构样例）.csv",
    "ledger": "加计扣除辅助账汇总（虚构样例）.xlsx",
    "transfers": "技术转让年度汇总（虚构样例）.xlsx",
}
_KINDS = (
    ("发明专利", "inventions", 1),
    ("实用新型", "utility_models", 2),
    ("外观设计", "designs", 3),
)
_YEARLY = (
    ("营业收入", "revenue"),
    ("主营业务收入", "main_revenue"),
    ("高新技术产品（服务）收入", "hitech_revenue"),
    ("成本费用总额", "total_cost"),
    ("净利润", "net_profit"),
    ("资产总额", "assets"),
    ("负债总额", "liabilities"),
    ("研发费用", "rd_expense"),
)
_CUT_OFF = date(2026, 10, 31)


def make_joined(
    folder: str | PathLike[str],
    truth: TenantTruth,
    *,
    is_complete: bool = True,
    seed: int = 20251121,
) -> JoinedTruth:
    """Write the further files for the firms of a tenant sheet.

    Args:
        folder: Where to write; made when it is not there.
        truth: The sheet, whose firms these files are about.
        is_complete: Let the list of certificates say that it is the complete list,
            so that a firm that is not in it has none.
        seed: Another seed, other serial numbers and dates.
    """
    where = Path(folder)
    where.mkdir(parents=True, exist_ok=True)
    draw = Draw(seed, ("joined",))
    firms = truth.firms
    certificates = _certificates(
        where / FILES["certificates"], firms, is_complete=is_complete
    )
    patents = _patents(where / FILES["patents"], firms, draw)
    yearly = _yearly(where / FILES["yearly"], firms, draw)
    copyrights = _copyrights(where / FILES["copyrights"], firms, draw)
    ledger = make_ledger(where / FILES["ledger"], firms, draw.of("ledger"))
    transfers = make_transfers(where / FILES["transfers"], firms, draw.of("transfers"))
    return JoinedTruth(
        folder=where,
        files=FILES,
        certificates=certificates,
        is_complete=is_complete,
        valid_patents=patents,
        yearly=yearly,
        copyrights=copyrights,
        ledger=ledger,
        transfers=transfers,
    )


def _certificates(
    path: Path, firms: tuple[Firm, ...], *, is_complete: bool
) -> dict[str, tuple[str, date, date]]:
    held = [(f, f.hnte) for f in firms if f.hnte is not None]
    if not is_complete:
        held = held[::2]
    heading: Row = (
        "序号",
        "企业名称",
        "统一社会信用代码",
        "证书编号",
        "发证日期",
        "有效期",
    )
    rows: list[Row] = [
        (number, firm.name, firm.uscc, hnte.number, hnte.issued, "三年")
        for number, (firm, hnte) in enumerate(held, 1)
    ]
    extent = "完整名单" if is_complete else "部分企业，非完整名单"
    title = f"样例园高新技术企业证书名单（{extent}，虚构样例数据）"
    note = f"数据截至{_CUT_OFF.isoformat()}；全部企业与证书编号均为虚构"
    write_xlsx(path, "名单", [title, note], [heading, *rows])
    return {f.uscc: (h.number, h.issued, h.expires) for f, h in held}


def _patents(
    path: Path, firms: tuple[Firm, ...], draw: Draw
) -> dict[str, dict[str, int]]:
    rows: list[Row] = [
        (
            "专利号",
            "名称",
            "类型",
            "申请日",
            "授权公告日",
            "法律状态",
            "申请（专利权）人",
            "统一社会信用代码",
        )
    ]
    valid: dict[str, dict[str, int]] = {}
    serial = 0
    for firm in firms:
        own = draw.of("patents", firm.number)
        valid[firm.uscc] = {}
        for kind, name, digit in _KINDS:
            held = int(getattr(firm, name))
            idle = own.below(3, kind) if held else 0
            if held:
                valid[firm.uscc][kind] = held
            for place in range(held + idle):
                serial += 1
                state = "有效" if place < held else ("审中", "失效")[place % 2]
                rows.append(
                    _patent(
                        firm,
                        own.of(serial),
                        kind=kind,
                        digit=digit,
                        serial=serial,
                        state=state,
                    )
                )
    write_csv(path, rows)
    return valid


def _patent(
    firm: Firm, draw: Draw, *, kind: str, digit: int, serial: int, state: str
) -> Row:
    latest = date(2025, 3, 31) if digit == 1 else date(2025, 6, 30)
    # A right in force is younger than its term: 20 years, or 10 for the small ones.
    oldest = latest - timedelta(365 * (18 if digit == 1 else 8))
    first = max(oldest, min(firm.founded, latest - timedelta(60)))
    filed = first + timedelta(draw.below((latest - first).days, "filed"))
    granted = min(
        filed + timedelta(draw.between(150, 1000 if digit == 1 else 300, "wait")),
        date(2025, 12, 30),
    )
    return (
        patent_number(digit, filed, serial),
        f"一种样例装置及方法之{serial}（虚构）",
        kind,
        filed.isoformat(),
        "" if state == "审中" else granted.isoformat(),
        state,
        firm.name,
        firm.uscc,
    )


def _yearly(
    path: Path, firms: tuple[Firm, ...], draw: Draw
) -> dict[str, dict[Key, int]]:
    """Write the years of most firms, in 元 as the note at the top says."""
    heading: Row = (
        "企业名称",
        "统一社会信用代码",
        "年度",
        *(words for words, _ in _YEARLY),
        "年末从业人数",
    )
    rows: list[Row] = []
    known: dict[str, dict[Key, int]] = {}
    for firm in firms:
        if not firm.edge and draw.chance(15, "silent", firm.number):
            continue
        facts: dict[Key, int] = {}
        for year in YEARS:
            figures = firm.in_year(year)
            if figures is None:
                continue
            money = [int(getattr(figures, name)) for _, name in _YEARLY]
            facts.update(
                {
                    (name, year): fen
                    for (_, name), fen in zip(_YEARLY, money, strict=True)
                }
            )
            facts["employees", year] = figures.employees
            rows.append(
                (
                    firm.name,
                    firm.uscc,
                    year,
                    *(float(amount(fen, "元")) for fen in money),
                    figures.employees,
                )
            )
        known[firm.uscc] = facts
    top = ["样例园企业历年经营数据（虚构样例数据）", "单位：元、人"]
    write_xlsx(path, "历年", top, [heading, *rows])
    return known


def _copyrights(path: Path, firms: tuple[Firm, ...], draw: Draw) -> dict[str, int]:
    rows: list[Row] = [
        ("登记号", "软件名称", "著作权人", "统一社会信用代码", "登记日期")
    ]
    serial = 0
    for firm in firms:
        for place in range(firm.copyrights):
            serial += 1
            start = min(firm.founded, date(2025, 11, 1))
            span = (date(2025, 12, 30) - start).days
            day = start + timedelta(draw.below(span, "day", firm.number, place))
            rows.append(
                (
                    f"{day.year}SR99{serial:05d}",
                    f"样例管理软件V{place + 1}.0（虚构）",
                    firm.name,
                    firm.uscc,
                    day.isoformat(),
                )
            )
    write_csv(path, rows)
    return {f.uscc: f.copyrights for f in firms if f.copyrights}
