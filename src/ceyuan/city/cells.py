# SPDX-License-Identifier: Apache-2.0
"""What a firm's cell says, and the many ways in which people write it.

`fact` gives the model's value of a key; `cell` writes it in one of the usual styles and
keeps beside it what an honest reader finds there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from ceyuan.city.columns import FEN_PER, Plan

if TYPE_CHECKING:
    from ceyuan.city.draws import Draw
    from ceyuan.city.model import Firm
    from ceyuan.city.truth import Expects, Key, Value

Written = Decimal | int | str | date | None
Look = Literal["", "percent", "date", "error"]

TRUE_WORDS = ("是", "是", "是", "√", "是 ", "Y", "✓")
FALSE_WORDS = ("否", "否", "否", "×", "否", "N")
BLANK_WORDS = ("/", "—", "无数据", "暂无", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell: what is written, how it looks, what it truly says.

    `kind` is empty for an ordinary cell; else it names the oddness of `Defect`.
    """

    written: Written
    truth: Value
    look: Look = ""
    kind: str = ""
    expects: Expects = "read"
    meant: Value = None
    why: str = ""


def fact(firm: Firm, key: Key) -> Value:
    """Return what the model holds; None where the firm has no such fact."""
    name, year = key
    if name == "hnte_number":
        return firm.hnte.number if firm.hnte else None
    if name == "hnte_expires":
        return firm.hnte.expires if firm.hnte else None
    if name == "is_hnte":
        # The sheet was filled in at the end of March 2026.
        return firm.hnte is not None and firm.hnte.expires >= date(2026, 3, 31)
    if name == "equity_3y":
        return firm.equity_raised
    if year is None:
        value: Value = getattr(firm, name)
        return value
    figures = firm.in_year(year)
    if figures is None:
        return None
    if name == "rd_domestic_share":
        return Fraction(figures.rd_domestic_percent, 100)
    found: Value = getattr(figures, name)
    return found


def amount(fen: int, unit: str) -> Decimal:
    """Return fen in a unit, exactly, without idle zeros."""
    value = Decimal(fen) / FEN_PER[unit]
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


def cell(firm: Firm, plan: Plan, draw: Draw) -> Cell:
    """Return an ordinary cell of a firm."""
    if plan.key is None:
        return Cell(written=None, truth=None)
    value = fact(firm, plan.key)
    blank = plan.may_be_blank if not firm.edge else 0
    if value is None or value == "":
        dash = draw.chance(25, "dash")
        return Cell(
            written=draw.pick(("—", "/", "无"), "which") if dash else None, truth=None
        )
    if draw.chance(blank, "blank"):
        return Cell(written=None, truth=None)
    if isinstance(value, bool):
        words = TRUE_WORDS if value else FALSE_WORDS
        most = 3 if plan.key[0] == "is_listed" else len(words)
        return Cell(written=draw.pick(words[:most], "word"), truth=value)
    if isinstance(value, date):
        return _date(value, draw)
    if isinstance(value, Fraction):
        return _share(value, draw)
    if plan.kind == "money" and isinstance(value, int):
        return Cell(written=amount(value, plan.unit), truth=value)
    return Cell(written=value, truth=value)


def _date(value: date, draw: Draw) -> Cell:
    y, m, d = value.year, value.month, value.day
    style = draw.below(12, "date style")
    if style < 6:
        return Cell(written=value, truth=value, look="date")
    texts = (
        f"{y}-{m:02d}-{d:02d}",
        f"{y}/{m}/{d}",
        f"{y}年{m}月{d}日",
        f"{y}.{m:02d}.{d:02d}",
        f"{y}{m:02d}{d:02d}",
        f"{y}.{m}.{d} ",
    )
    return Cell(written=texts[style - 6], truth=value)


def _share(value: Fraction, draw: Draw) -> Cell:
    whole = int(value * 100)
    style = draw.below(5, "share style")
    if style == 0 and whole < 100:
        return Cell(written=Decimal(whole) / 100, truth=value)
    if style == 1 and whole < 100:
        return Cell(written=Decimal(whole) / 100, truth=value, look="percent")
    if style == 2:
        return Cell(written=f"{whole}%", truth=value)
    if style == 3:
        return Cell(written=f"{whole}％", truth=value)
    return Cell(written=whole, truth=value)
