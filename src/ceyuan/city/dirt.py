# SPDX-License-Identifier: Apache-2.0
"""The deliberate defects of the sample sheet, each put into one firm's cell.

A defect that can still be read (`read`) keeps the model's value as its truth. One that
cannot (`problem`) or that only the user can decide (`question`) has the truth None and
says in `meant` what the model holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from ceyuan.city.cells import Cell, Look, Written, amount, fact
from ceyuan.city.model import LAST_YEAR, WAN, YI

if TYPE_CHECKING:
    from collections.abc import Callable

    from ceyuan.city.draws import Draw
    from ceyuan.city.model import Firm
    from ceyuan.city.truth import Expects, Key, Value

_WIDE = str.maketrans("0123456789.%", "０１２３４５６７８９．％")
_R25 = ("revenue", LAST_YEAR)
_R24 = ("revenue", 2024)
_RD = ("rd_expense", LAST_YEAR)
_STAFF = ("employees", LAST_YEAR)
_SHARE = ("rd_domestic_share", LAST_YEAR)
_USCC = ("uscc", None)
_FOUNDED = ("founded", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dirt:
    """One kind of defect: where it goes and how it is written."""

    kind: str
    key: Key
    expects: Expects
    write: Callable[[Firm], Written]
    why: str
    look: Look = ""
    fits: Callable[[Firm], bool] = lambda _: True
    times: int = 1
    truth: Callable[[Firm], Value] | None = None


def _fen(firm: Firm, key: Key) -> int:
    value = fact(firm, key)
    if not isinstance(value, int):
        msg = f"{key} of {firm.name} is no number: {value!r}"
        raise TypeError(msg)
    return value


def _sum_of(unit: str, key: Key) -> Callable[[Firm], Decimal]:
    return lambda firm: amount(_fen(firm, key), unit)


def _has(key: Key, least: int) -> Callable[[Firm], bool]:
    def fits(firm: Firm) -> bool:
        value = fact(firm, key)
        return isinstance(value, int) and value >= least

    return fits


def _serial(firm: Firm) -> int:
    return (firm.founded - date(1899, 12, 30)).days


_wan25, _wan24, _yuan_rd = (
    _sum_of("万元", _R25),
    _sum_of("万元", _R24),
    _sum_of("元", _RD),
)

DIRT: tuple[Dirt, ...] = (
    Dirt(
        kind="credit_code_check",
        key=_USCC,
        expects="problem",
        write=lambda f: f.uscc[:-1] + ("8" if f.uscc[-1] != "8" else "3"),
        why="校验码不对",
    ),
    Dirt(
        kind="credit_code_17",
        key=_USCC,
        expects="problem",
        write=lambda f: f.uscc[:-1],
        why="只有17位，漏了末位校验码",
    ),
    Dirt(
        kind="credit_code_spaced",
        key=_USCC,
        expects="read",
        write=lambda f: f"{f.uscc[:4]} {f.uscc[4:8]} {f.uscc[8:]}".lower(),
        why="小写并夹空格",
    ),
    Dirt(
        kind="credit_code_wide",
        key=_USCC,
        expects="read",
        write=lambda f: f.uscc.translate(_WIDE),
        why="全角数字",
    ),
    Dirt(
        kind="name_spaces",
        key=("name", None),
        expects="read",
        write=lambda f: f"\u3000{f.name}  ",
        why="名称前后有空格",
        times=2,
    ),
    Dirt(
        kind="about",
        key=_R25,
        expects="problem",
        write=lambda f: f"约{_fen(f, _R25) // (100 * WAN) * 100}万",
        fits=_has(_R25, 1000 * WAN),
        why="“约”数不是确数",
    ),
    Dirt(
        kind="full_width",
        key=_R25,
        expects="read",
        write=lambda f: str(_wan25(f)).translate(_WIDE),
        fits=_has(_R25, WAN),
        why="全角数字",
        times=2,
    ),
    Dirt(
        kind="thousands",
        key=_R25,
        expects="read",
        write=lambda f: f"{_wan25(f):,}",
        fits=_has(_R25, 2000 * WAN),
        why="带千分位的文本",
        times=3,
    ),
    Dirt(
        kind="unit_in_cell",
        key=_R25,
        expects="read",
        write=lambda f: f"{_wan25(f)}万元",
        fits=_has(_R25, WAN),
        why="单元格里写了单位",
        times=2,
    ),
    Dirt(
        kind="unit_in_cell",
        key=_R24,
        expects="read",
        write=lambda f: f"{amount(_fen(f, _R24), '亿元')}亿",
        fits=_has(_R24, YI),
        why="单元格里写了另一个单位（亿）",
    ),
    Dirt(
        kind="spaces",
        key=_R24,
        expects="read",
        write=lambda f: f" {_wan24(f)}\u00a0 ",
        fits=_has(_R24, WAN),
        why="文本数字前后有空格",
        times=2,
    ),
    Dirt(
        kind="off_by_10000",
        key=_R25,
        expects="problem",
        write=_sum_of("元", _R25),
        fits=_has(_R25, 800 * WAN),
        why="万元栏里填了以元计的数，大了一万倍",
    ),
    Dirt(
        kind="off_by_10000",
        key=_RD,
        expects="problem",
        write=_sum_of("万元", _RD),
        fits=_has(_RD, 200 * WAN),
        why="元栏里填了以万元计的数，小了一万倍",
    ),
    Dirt(
        kind="thousands",
        key=_RD,
        expects="read",
        write=lambda f: f"{_yuan_rd(f):,}",
        fits=_has(_RD, WAN),
        why="带千分位的文本",
    ),
    Dirt(
        kind="error_cell",
        key=_RD,
        expects="problem",
        write=lambda _: "#REF!",
        look="error",
        fits=_has(_RD, 10 * WAN),
        why="公式出错",
    ),
    Dirt(
        kind="blank_word",
        key=_RD,
        expects="blank",
        write=lambda _: "未统计",
        why="用文字表示没有数据",
    ),
    Dirt(
        kind="blank_word",
        key=("total_cost", LAST_YEAR),
        expects="blank",
        write=lambda _: "N/A",
        why="用文字表示没有数据",
    ),
    Dirt(
        kind="words",
        key=("net_profit", LAST_YEAR),
        expects="problem",
        write=lambda _: "亏损",
        why="数字栏里是文字",
    ),
    Dirt(
        kind="negative_staff",
        key=_STAFF,
        expects="problem",
        write=lambda f: -_fen(f, _STAFF),
        why="人数为负",
    ),
    Dirt(
        kind="half_person",
        key=_STAFF,
        expects="problem",
        write=lambda f: _fen(f, _STAFF) + Decimal("0.5"),
        why="人数不是整数",
    ),
    Dirt(
        kind="about",
        key=_STAFF,
        expects="problem",
        write=lambda f: f"{_fen(f, _STAFF)}人左右",
        why="约数",
    ),
    Dirt(
        kind="unit_in_cell",
        key=_STAFF,
        expects="read",
        write=lambda f: f"{_fen(f, _STAFF)}人",
        why="单元格里写了单位",
        times=2,
    ),
    Dirt(
        kind="part_above_whole",
        key=("tech_staff", LAST_YEAR),
        expects="problem",
        write=lambda f: _fen(f, _STAFF) + 4,
        truth=lambda f: _fen(f, _STAFF) + 4,
        why="科技人员多于从业人数",
        fits=_has(("tech_staff", LAST_YEAR), 3),
    ),
    Dirt(
        kind="unit_in_cell",
        key=("inventions", None),
        expects="read",
        write=lambda f: f"{f.inventions}件",
        fits=lambda f: f.inventions > 1,
        why="单元格里写了单位",
    ),
    Dirt(
        kind="month_only",
        key=_FOUNDED,
        expects="problem",
        write=lambda f: f"{f.founded.year}年{f.founded.month}月",
        why="只有年月",
    ),
    Dirt(
        kind="date_1900",
        key=_FOUNDED,
        expects="problem",
        write=lambda _: 0,
        look="date",
        why="空日期被写成 1900-01-00",
    ),
    Dirt(
        kind="date_serial",
        key=_FOUNDED,
        expects="read",
        write=_serial,
        why="日期丢了格式，成了序列数",
    ),
    Dirt(
        kind="date_future",
        key=_FOUNDED,
        expects="problem",
        write=lambda f: f.founded.replace(year=2052, day=1).isoformat(),
        why="成立日期在将来",
    ),
    Dirt(
        kind="percent_1",
        key=_SHARE,
        expects="question",
        write=lambda _: 1,
        fits=lambda f: f.last.rd_domestic_percent == 100,
        why="1 可以是 100%，也可以是 1%",
    ),
    Dirt(
        kind="percent_format",
        key=_SHARE,
        expects="read",
        write=lambda _: 1,
        look="percent",
        fits=lambda f: f.last.rd_domestic_percent == 100,
        why="百分比格式的 1，显示为 100%",
    ),
    Dirt(
        kind="percent_above",
        key=_SHARE,
        expects="problem",
        write=lambda _: "180%",
        why="占比大于100%",
    ),
    Dirt(
        kind="contradiction",
        key=("is_hnte", None),
        expects="problem",
        write=lambda _: "否",
        fits=lambda f: (
            f.hnte is not None and f.hnte.expires >= date(2026, 3, 31) + timedelta(300)
        ),
        truth=lambda _: False,
        why="写“否”，但证书编号和有效期都在",
    ),
    Dirt(
        kind="blank_word",
        key=("is_hnte", None),
        expects="blank",
        write=lambda _: "待核实",
        why="用文字表示不知道",
    ),
)


def spread(firms: tuple[Firm, ...], draw: Draw) -> dict[tuple[int, Key], Cell]:
    """Choose a firm for each defect: ordinary ones, and each firm only once."""
    free = [f for f in draw.shuffled(firms, "order") if not f.edge]
    cells: dict[tuple[int, Key], Cell] = {}
    for dirt in sorted(DIRT, key=lambda d: sum(map(d.fits, firms))):
        for _ in range(dirt.times):
            firm = next(
                f for f in free if dirt.fits(f) and fact(f, dirt.key) is not None
            )
            free.remove(firm)
            cells[firm.number, dirt.key] = _cell(dirt, firm)
    return cells


def _cell(dirt: Dirt, firm: Firm) -> Cell:
    model = fact(firm, dirt.key)
    if dirt.truth is not None:
        truth = dirt.truth(firm)
    else:
        truth = model if dirt.expects == "read" else None
    return Cell(
        written=dirt.write(firm),
        truth=truth,
        look=dirt.look,
        kind=dirt.kind,
        expects=dirt.expects,
        meant=model,
        why=dirt.why,
    )
