# SPDX-License-Identifier: Apache-2.0
"""Quantities, outcomes and names in words, the same on every face.

Numbers come in the base of their unit and are rounded here, for display only.
An unknown number is shown as the range it can be, never as a figure.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from ceyuan.kernel import MONEY, UNKNOWN, Unit, show_money
from ceyuan.kernel import unit as unit_of
from ceyuan.language import Gone, Range, Root, Value, settle
from ceyuan.policies.decide import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.declarations import Fact, Rule
    from ceyuan.language import FactKey, Known
    from ceyuan.language.ranges import Truth3

OUTCOME_WORDS: dict[Outcome | None, tuple[str, str, str]] = {
    Outcome.ELIGIBLE: ("✓", "符合", "eligible"),
    Outcome.INELIGIBLE: ("✗", "不符合", "not eligible"),
    Outcome.UNKNOWN: ("?", "缺数据", "data missing"),
    Outcome.REFER: ("◇", "待人工判断", "a person decides"),
    Outcome.NOT_APPLICABLE: ("–", "不适用", "not applicable"),
    None: ("!", "数据矛盾", "data refused"),
}
"""Mark, Chinese and English of each outcome; None: refused by a check."""

TO_CONFIRM = ("○", "只差确认", "to confirm")
ONE_STEP = ("△", "只差一步", "one step away")

SUPPLIERS: dict[str, tuple[str, str]] = {
    "firm": ("企业数据", "the firm's data"),
    "declaration": ("企业声明", "the firm's declaration"),
    "office": ("主管部门", "an office"),
    "judge": ("专家或人工判断", "a person's judgement"),
    "choice": ("申请人选择", "the applicant's choice"),
}

ANSWERS: dict[object, tuple[str, str, str]] = {
    True: ("✓", "符合", "met"),
    False: ("✗", "不符合", "not met"),
    UNKNOWN: ("?", "未知", "unknown"),
    None: ("–", "未启用", "not in force"),
}


def fact_name(facts: Mapping[str, Fact], key: FactKey, *, locale: str = "zh") -> str:
    """Return a fact's name with its year: `研发费用（2024年）`."""
    name, year = key
    fact = facts.get(name)
    shown = name if fact is None else (fact.zh if locale == "zh" else fact.en)
    if year is None:
        return shown
    return f"{shown}（{year}年）" if locale == "zh" else f"{shown} ({year})"


def parameter_name(rules: Mapping[str, Rule], name: str, *, locale: str = "zh") -> str:
    """Return the name of a parameter that the office has to set."""
    policy, _, parameter = name.partition(".")
    rule = rules.get(policy)
    if rule is None or parameter not in rule.said.parameters:
        return name
    said = rule.said.parameters[parameter]
    return f"{said.zh}（待设定）" if locale == "zh" else f"{said.en} (not set)"


def show_number(
    value: Fraction | int, unit: Unit | None, *, money: str = "auto", label: str = ""
) -> str:
    """Return an exact number with its unit, rounded for display.

    Args:
        value: The number in the base of its unit.
        unit: Its unit.
        money: Unit in which money is shown; by default the one that reads best.
        label: Unit in which it was declared (`项`, `倍`, `1`): the base of a unit
            does not tell that 12 is meant as 12 项, or 1 as 1 and not as 100%.

    >>> from ceyuan.kernel import unit
    >>> show_number(Fraction(1, 20), unit("%"))
    '5.00%'
    >>> show_number(12_846_000_00, unit("元"))
    '1,284.60 万元'
    >>> show_number(12, unit("件"), label="项")
    '12 项'
    """
    if unit is not None and unit.dims == MONEY.dims:
        return show_money(value, unit=money)
    if unit is not None and unit.dims == (("cent", 1),):
        return _dollars(Fraction(value))
    if unit is None or unit.is_pure:
        return _pure(Fraction(value), label)
    if ("fen", 1) in unit.dims:
        per = unit.name.partition("/")[2]
        return f"{show_money(value)}/{per}"
    named = _labelled(label)
    if named is not None and named.like(unit):
        return f"{plain(Fraction(value) / named.scale)} {label}"
    return f"{plain(Fraction(value))} {unit.name}"


@cache
def _labelled(label: str) -> Unit | None:
    return unit_of(label) if label else None


def _pure(value: Fraction, label: str = "") -> str:
    """A pure number reads as a percentage unless it is a whole one above 1."""
    if label == "1":
        return plain(value)
    if label == "倍":
        return f"{plain(value)} 倍"
    if label != "%" and value.denominator == 1 and abs(value) > 1:
        return plain(value)
    return f"{_rounded(value * 100, 2)}%"


def _dollars(cents: Fraction) -> str:
    for name, scale in (("亿美元", 10**10), ("万美元", 10**6)):
        if abs(cents) >= scale:
            return f"{_rounded(cents / scale, 2)} {name}"
    return f"{_rounded(cents / 100, 2)} 美元"


def plain(value: Fraction) -> str:
    """Return a number without needless zeros, at most four decimals."""
    if value.denominator == 1:
        return f"{value.numerator:,}".replace("-", "−")
    text = _rounded(value, 4)
    return text.rstrip("0").rstrip(".")


def _rounded(value: Fraction, places: int) -> str:
    scaled = abs(value) * 10**places
    whole = (2 * scaled + 1) // 2
    text = f"{Decimal(int(whole)).scaleb(-places):,.{places}f}"
    return f"−{text}" if value < 0 and whole else text


def show_value(
    value: Value, unit: Unit | None, *, money: str = "auto", label: str = ""
) -> str:
    """Return what is known of a number: one figure, a range, or that it is absent."""
    if isinstance(value, Root):
        return _root(value)
    settled = settle(value)
    if settled.gone is Gone.YES:
        return "不存在"
    low, high = settled.low, settled.high
    if low is None and high is None:
        return "未知"
    if low is not None and low == high:
        return show_number(low, unit, money=money, label=label)
    if low is None:
        assert high is not None
        return f"≤ {show_number(high, unit, money=money, label=label)}"
    if high is None:
        shown = show_number(low, unit, money=money, label=label)
        return "未知" if low == 0 else f"≥ {shown}"
    least = show_number(low, unit, label=label)
    return f"{least} 至 {show_number(high, unit, label=label)}"


def _root(value: Root) -> str:
    quotient = value.quotient
    top, bottom = quotient.top, quotient.bottom
    if value.gone is Gone.YES:
        return "不存在"
    if not (top.exact and bottom.exact) or not bottom.low or top.low is None:
        return "未知"
    ratio = Fraction(top.low) / Fraction(bottom.low)
    if ratio < 0:
        return "不存在"
    with localcontext() as context:
        context.prec = 40
        base = Decimal(ratio.numerator) / Decimal(ratio.denominator)
        rate = base ** (Decimal(1) / value.power) - 1
        return f"{_rounded(Fraction(rate) * 100, 2)}%"


def show_known(value: Known, fact: Fact | None, *, locale: str = "zh") -> str:
    """Return a known fact as a person writes it."""
    if isinstance(value, bool):
        words = ("是", "否") if locale == "zh" else ("yes", "no")
        return words[0] if value else words[1]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        comma, none = ("、", "无") if locale == "zh" else (", ", "none")
        return comma.join(_code(v, fact, locale) for v in sorted(value)) or none
    if isinstance(value, str):
        return _code(value, fact, locale)
    if fact is None:
        return show_number(value, None)
    return show_number(value, fact.measure, label=fact.unit or "")


def _code(value: str, fact: Fact | None, locale: str) -> str:
    if fact is None or value not in fact.codes:
        return value
    code = fact.codes[value]
    return code.zh if locale == "zh" else code.en


def answer_word(answer: Truth3 | None) -> tuple[str, str, str]:
    """Return mark, Chinese and English of a clause's answer."""
    return ANSWERS[answer]


def as_range(value: Value) -> Range:
    """Return a value as a range, roots included as open."""
    return Range(None, None) if isinstance(value, Root) else settle(value)
