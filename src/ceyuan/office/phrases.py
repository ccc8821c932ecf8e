# SPDX-License-Identifier: Apache-2.0
"""Expressions and quantities as a person reads them, in Chinese or in English.

A policy's file writes `rd_expense / revenue`; a page says 研发费用 ÷ 营业收入.
Names come from the fact dictionary and the policy's file, so that the words on a
page are those over the columns of the sheet. Nothing is computed here; figures
are rounded for display, except where two that differ would read the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from ceyuan.kernel import unit as unit_of
from ceyuan.language import Gone, Range, Root, settle
from ceyuan.language.tree import (
    All,
    AnyOf,
    Arith,
    Call,
    Choose,
    Compare,
    Day,
    Member,
    Name,
    Not,
    Number,
    Truth,
    Word,
)
from ceyuan.policies import (
    fact_name,
    parameter_name,
    show_known,
    show_number,
    show_value,
)

if TYPE_CHECKING:
    from ceyuan.declarations import Fact, Region, Rule
    from ceyuan.kernel import Unit
    from ceyuan.language import Known, Node, Value

_SIGNS = {"+": "＋", "-": "－", "*": "×", "/": "÷"}
_SIGNS_EN = {"+": "+", "-": "−", "*": "×", "/": "÷"}
ORDERS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "=", "<>": "≠"}
_CALLS: dict[str, tuple[str, str]] = {
    "least": ("较小者（{all}）", "least of ({all})"),
    "greatest": ("较大者（{all}）", "greatest of ({all})"),
    "steps": ("{0}的分档", "steps of {0}"),
    "marginal": ("{0}按分段累计", "{0} by brackets"),
    "prev": ("{0}（前{1}年）", "{0} ({1} years before)"),
    "sum_years": ("{0}（{1}年合计）", "{0} (sum of {1} years)"),
    "growth": ("{0}增长率", "growth of {0}"),
    "cagr": ("{0}（{1}年复合增长率）", "{0} (compound growth over {1} years)"),
    "if_absent": ("{0}", "{0}"),
    "count_where": ("符合条件的{0}", "{0} that count"),
    "held": ("持有有效证书", "a certificate in force"),
    "has_any": ("{0}含指定类别", "{0} holds a listed code"),
    "years_between": ("{0}至{1}的整年数", "full years from {0} to {1}"),
    "days_between": ("{0}至{1}的天数", "days from {0} to {1}"),
    "add_years": ("{0}后满{1}年之日", "{1} years after {0}"),
    "year": ("{0}的年份", "year of {0}"),
}
_UNITS_EN = {
    "人": "persons",
    "件": "items",
    "项": "items",
    "个": "",
    "家": "firms",
    "次": "times",
    "名": "persons",
    "分": "points",
    "天": "days",
    "日": "days",
    "工作日": "working days",
    "年": "years",
    "月": "months",
    "平方米": "m²",
    "㎡": "m²",
    "小时": "hours",
    "倍": "times",
}
_ONE_EN = frozenset(
    ["人", "件", "项", "家", "名", "分", "天", "日", "工作日", "年", "月", "小时"]
)
"""Units whose English word loses its s at one; 1 times as much keeps it."""
_CODES_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one policy for one language.

    Args:
        region: The fact dictionary.
        rule: The policy.
        locale: `zh` or `en`.
    """

    region: Region
    rule: Rule
    locale: str = "zh"

    @property
    def is_zh(self) -> bool:
        """Return whether the words are Chinese."""
        return self.locale == "zh"

    def pick(self, zh: str, en: str) -> str:
        """Return the one of two texts that is asked for."""
        return zh if self.is_zh else en

    def yes(self, *, answer: bool) -> str:
        """Return yes or no."""
        return self.pick("是", "yes") if answer else self.pick("否", "no")

    def name(self, name: str, year: int | None = None) -> str:
        """Return a name of the policy's scope in words."""
        said = self.rule.said
        for part in (said.let, said.clauses, said.scope, said.parameters):
            if name in part:
                return self.pick(part[name].zh, part[name].en)
        bare = name.removeprefix("output:").removeprefix("check:")
        if bare == "amount" and said.amount is not None and bare != name:
            return self.pick(said.amount.zh, said.amount.en)
        if bare in said.outputs and bare != name:
            return self.pick(said.outputs[bare].zh, said.outputs[bare].en)
        if name == "as_of":
            return self.pick("核对日", "the day of the check")
        if name == "eligible":
            return self.pick("符合本政策", "eligible")
        if "." in name:
            return parameter_name(self.region.rules, name, locale=self.locale)
        return fact_name(self.region.facts, (name, year), locale=self.locale)

    def label(self, *nodes: Node) -> str:
        """Return the unit in which the first of some nodes was declared."""
        for node in nodes:
            if isinstance(node, Name):
                found = self._label(node.value)
                if found:
                    return found
        return ""

    def _label(self, name: str) -> str:
        said = self.rule.said
        if name in self.region.facts:
            return self.region.facts[name].unit or ""
        if name in said.parameters:
            return said.parameters[name].unit
        if name in said.let:
            return said.let[name].unit or ""
        return ""

    def phrase(self, node: Node) -> str:
        """Return an expression in words."""
        match node:
            case Number(value):
                return show_number(value, None, label="1")
            case Word(value):
                return f"“{value}”"
            case Truth(value):
                return self.yes(answer=value)
            case Day(value):
                return value.isoformat()
            case Name(value):
                return self.name(value)
            case Arith(sign, left, right):
                mark = (_SIGNS if self.is_zh else _SIGNS_EN)[sign]
                return f"{self._inner(left)} {mark} {self._inner(right)}"
            case Compare(order, left, right):
                shown = self.operand(left, right)
                return f"{self._inner(left)} {ORDERS[order]} {shown}"
            case Member(value, options):
                kind = self.options(value, options)
                return self.pick(
                    f"{self._inner(value)}属于{kind}", f"{self._inner(value)} in {kind}"
                )
            case Not(value):
                inner = self._inner(value)
                return self.pick(f"并非“{inner}”", f"not: {inner}")
            case All(parts):
                return self.pick("且", " and ").join(self._inner(p) for p in parts)
            case AnyOf(parts):
                return self.pick("或", " or ").join(self._inner(p) for p in parts)
            case Choose():
                return self.pick("分情形计算", "by case")
            case Call(function, arguments):
                return self._call(function, arguments)

    def _call(self, function: str, arguments: tuple[Node, ...]) -> str:
        words = [self._inner(a) for a in arguments]
        form = _CALLS[function][0 if self.is_zh else 1]
        joined = self.pick("、", ", ").join(words)
        return form.format(*words, all=joined)

    def _inner(self, node: Node) -> str:
        text = self.phrase(node)
        if isinstance(node, (Arith, All, AnyOf, Compare)):
            return self.pick(f"（{text}）", f"({text})")
        return text

    def operand(self, left: Node, right: Node) -> str:
        """Return the right side of a comparison; a code by its name."""
        if isinstance(right, Word) and isinstance(left, Name):
            return f"“{self.code(left.value, right.value)}”"
        return self._inner(right)

    def options(self, value: Node, options: tuple[Node, ...]) -> str:
        """Return the options of a membership in words."""
        if len(options) == 1 and isinstance(options[0], Name):
            return f"“{self.name(options[0].value)}”"
        fact = value.value if isinstance(value, Name) else ""
        words = [
            self.code(fact, option.value)
            if isinstance(option, Word)
            else self.phrase(option)
            for option in options
        ]
        shown = self.pick("、", ", ").join(words[:_CODES_SHOWN])
        if len(words) > _CODES_SHOWN:
            shown += self.pick(f"等 {len(words)} 类", f" and more, {len(words)} in all")
        return f"“{shown}”"

    def code(self, fact: str, code: str) -> str:
        """Return a code in words."""
        known = self.region.facts.get(fact)
        if known is None or code not in known.codes:
            return code
        return self.pick(known.codes[code].zh, known.codes[code].en)

    def number(self, value: Fraction | int, unit: Unit | None, label: str = "") -> str:
        """Return a figure with its unit."""
        if self.is_zh:
            return _chinese(value, unit, label)
        return english(value, unit, label)

    def value(self, value: Value, unit: Unit | None, label: str = "") -> str:
        """Return what is known of a number."""
        if isinstance(value, Range) and value.exact:
            assert value.low is not None
            return self.number(value.low, unit, label)
        if self.is_zh:
            return show_value(value, unit, label=label)
        if isinstance(value, Root):
            shown = show_value(value, unit)
            return {"不存在": "absent", "未知": "unknown"}.get(shown, shown)
        settled = settle(value)
        if settled.gone is Gone.YES:
            return "absent"
        low, high = settled.low, settled.high
        if low is not None and low == high:
            return english(low, unit, label)
        if high is None:
            return "unknown" if not low else f"≥ {english(low, unit, label)}"
        if low is None:
            return f"≤ {english(high, unit, label)}"
        return f"{english(low, unit, label)} to {english(high, unit, label)}"

    def known(self, value: Known, fact: Fact | None) -> str:
        """Return a known fact as a person writes it."""
        is_number = isinstance(value, (int, Fraction)) and not isinstance(value, bool)
        if is_number and not self.is_zh and fact is not None:
            assert isinstance(value, (int, Fraction))
            return english(value, fact.measure, fact.unit or "")
        if is_number and fact is not None:
            assert isinstance(value, (int, Fraction))
            return _chinese(value, fact.measure, fact.unit or "")
        return show_known(value, fact, locale=self.locale)

    def day(self, value: Value) -> str:
        """Return a date that the evaluators hold as a day number."""
        settled = settle(value) if not isinstance(value, Root) else Range(None, None)
        if settled.low is None or settled.low != settled.high:
            return self.pick("未知", "unknown")
        return date.fromordinal(int(settled.low)).isoformat()


@lru_cache(maxsize=4096)
def _chinese(value: Fraction | int, unit: Unit | None, label: str) -> str:
    """Return a figure in Chinese; a batch shows the same thresholds on each page."""
    return show_number(value, unit, label=label)


def english(value: Fraction | int, unit: Unit | None, label: str = "") -> str:
    """Return a figure with its unit, millions instead of 万.

    >>> from ceyuan.kernel import unit
    >>> english(12_846_000_00, unit("元"))
    'CNY 12.85 million'
    >>> english(478, unit("人")), english(1, unit("人"))
    ('478 persons', '1 person')
    """
    if unit is not None and len(unit.dims) == 1 and unit.dims[0] in _MONEY_EN:
        return _english_money(Fraction(value) / 100, _MONEY_EN[unit.dims[0]])
    text = show_number(value, unit, label=label)
    figure, _, shown = text.partition(" ")
    if not shown or (unit is not None and len(unit.dims) != 1 and shown != "倍"):
        return text
    name = _UNITS_EN.get(shown, shown)
    if figure in ("1", "-1") and shown in _ONE_EN:
        name = name.removesuffix("s")
    return f"{figure} {name}".strip()


_MONEY_EN = {("fen", 1): "CNY", ("cent", 1): "USD"}
_MONEY_UNITS_EN = {
    "元": "CNY",
    "万元": "10,000 CNY",
    "亿元": "100 million CNY",
    "万美元": "10,000 USD",
}


def unit_name(label: str, locale: str) -> str:
    """Return a unit by itself, as a form writes it beside a field.

    >>> unit_name("万元", "zh"), unit_name("万元", "en"), unit_name("人", "en")
    ('万元', '10,000 CNY', 'persons')
    """
    if locale == "zh":
        return label
    return _MONEY_UNITS_EN.get(label) or _UNITS_EN.get(label) or label


def _english_money(amount: Fraction, currency: str) -> str:
    for word, scale in (("billion", 10**9), ("million", 10**6)):
        if abs(amount) >= scale:
            return f"{currency} {show_figure(amount / scale)} {word}"
    return f"{currency} {show_figure(amount)}"


def show_figure(value: Fraction, places: int = 2) -> str:
    """Return a figure with some decimals, rounded half away from zero."""
    scaled = (2 * abs(value) * 10**places + 1) // 2
    whole, part = divmod(int(scaled), 10**places)
    sign = "−" if value < 0 and scaled else ""
    return f"{sign}{whole:,}.{part:0{places}d}" if places else f"{sign}{whole:,}"


def show_apart(
    one: Fraction | int,
    other: Fraction | int,
    unit: Unit | None,
    words: Words,
    label: str,
) -> tuple[str, str]:
    """Return two figures in words that read differently when they differ.

    5,000.0001 万元 against a threshold of 5,000 万元 must not read `5,000.00`
    twice; then both are given to the fen, or with as many places as it takes.
    """
    pair = words.number(one, unit, label), words.number(other, unit, label)
    if one == other or pair[0] != pair[1]:
        return pair
    fine, scale, places, sign = unit, Fraction(1), 4, ""
    if unit is not None and unit.is_money:
        scale, places, sign = Fraction(1, 100), 2, words.pick(" 元", " CNY")
    elif unit is None or unit.is_pure:
        scale, sign = Fraction(100), "%"
        if label == "1":
            scale, sign = Fraction(1), ""
    elif fine is not None:
        scale, sign = 1 / _scale(label, fine), " " + (label or fine.name)
    a, b = Fraction(one) * scale, Fraction(other) * scale
    while show_figure(a, places) == show_figure(b, places) and places < 12:
        places += 1
    return show_figure(a, places) + sign, show_figure(b, places) + sign


def _scale(label: str, unit: Unit) -> Fraction:
    if not label:
        return Fraction(1)
    named = unit_of(label)
    return named.scale if named.like(unit) else Fraction(1)
