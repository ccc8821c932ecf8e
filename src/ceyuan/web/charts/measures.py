# SPDX-License-Identifier: Apache-2.0
r"""How a value is written: its name, its unit and its digits.

A chart keeps one unit from end to end, so the unit stands in the heading and the
numbers without it. Where both stand together a no-break space holds them.

>>> decimals("成交额", "CNY million", scale=10**8, places=1).told(64_967_900_000_000)
'649,679.0\xa0CNY\xa0million'
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.kernel import show_money
from ceyuan.web.charts.values import Exact, Value, gap_words, known

if TYPE_CHECKING:
    from collections.abc import Callable

    from ceyuan.web.charts.words import Words

HOLD = "\N{NO-BREAK SPACE}"
DASH = "—"


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured and how it is written.

    Args:
        name: What the values are: 成交额.
        unit: Unit of every number in the chart: 亿元; empty for none.
        show: Writes the number without its unit.
    """

    name: str
    unit: str
    show: Callable[[Exact], str]

    def told(self, value: Exact) -> str:
        """Return the number with its unit, never to be parted."""
        return self.with_unit(self.show(value))

    def with_unit(self, number: str) -> str:
        """Return a number that is written already with its unit."""
        hold = "" if self.unit in {"", "%"} else HOLD
        return f"{number}{hold}{self.unit}".replace(" ", HOLD)

    def short(self, value: Exact) -> str:
        """Return the number as it stands beside a mark: percent keep their sign."""
        return self.told(value) if self.unit == "%" else self.show(value)

    def tick(self, value: Exact) -> str:
        """Return the number as it stands on an axis, without empty decimals."""
        number = self.show(value)
        if "." in number:
            number = number.rstrip("0").rstrip(".")
        return self.with_unit(number) if self.unit == "%" else number

    def heading(self, words: Words) -> str:
        """Return name and unit as a column's heading."""
        if not self.unit:
            return self.name
        unit = self.unit.replace(" ", HOLD)
        return words.heading.format(name=self.name, unit=unit)


def value_words(
    value: Value, measure: Measure, words: Words, *, is_estimate: bool = False
) -> str:
    """Return a value as a sentence says it: with unit, 预计 or 无数据."""
    exact = known(value)
    if exact is None:
        return f"{DASH}{HOLD}{gap_words(value, words)}"
    told = measure.told(exact)
    return words.estimated.format(value=told) if is_estimate else told


def decimals(name: str, unit: str, *, scale: Exact = 1, places: int = 0) -> Measure:
    """Return a measure that divides by `scale` and rounds half up to `places`."""

    def show(value: Exact) -> str:
        size = abs(Fraction(value)) * 10**places / scale
        digits = int((size * 2 + 1) // 2)
        whole, part = divmod(digits, 10**places)
        sign = "−" if value < 0 and digits else ""
        return f"{sign}{whole:,}" + (f".{part:0{places}d}" if places else "")

    return Measure(name, unit, show)


def counts(name: str, unit: str) -> Measure:
    """Return a measure of whole things: 家, 项, 人."""
    return decimals(name, unit)


def shares(name: str) -> Measure:
    """Return a measure of shares: Fraction(1, 20) is written 5.0%."""
    return decimals(name, "%", scale=Fraction(1, 100), places=1)


def money(name: str, unit: str) -> Measure:
    """Return a measure of fen, written in 元, 万元 or 亿元 as everywhere else."""
    return Measure(name, unit, lambda fen: show_money(fen, unit=unit, with_unit=False))
