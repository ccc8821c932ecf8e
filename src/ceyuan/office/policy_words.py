# SPDX-License-Identifier: Apache-2.0
"""The words of a policy on a day: what a page says of it before any firm is known.

Names come from the fact dictionary and the policy's file, numbers from the parameters
in force on the day; one that nobody has set reads as `not set`, never as a number.
What is rounded is told exactly where rounding would change it: 2/3 is not 66.67 %.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.kernel import UNKNOWN
from ceyuan.kernel import unit as unit_of
from ceyuan.language import Marginal, Steps
from ceyuan.language.tree import (
    All,
    AnyOf,
    Arith,
    Call,
    Compare,
    Member,
    Name,
    walk,
)
from ceyuan.office.phrases import _UNITS_EN as UNITS_EN
from ceyuan.office.phrases import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ceyuan.declarations import Region, Rule
    from ceyuan.kernel import Unit
    from ceyuan.language import Node, Setting

_ROUND = re.compile(r"(\d)\.00(?!\d)")
_NEARLY = re.compile(r"(\.\d)0(?!\d)")
_SINGULAR = re.compile(
    r"(?<![\d.,])(1 (?:item|person|point|day|year|firm|month|hour|time|working day))s\b"
)
_YEARS = range(1900, 2101)
"""A plain number of this size in a text is a year: 2000, not 2,000."""
_SIGNS = {"+": ("＋", "+"), "-": ("－", "−"), "*": ("×", "×"), "/": ("÷", "÷")}
_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2}
_ELSE = ("其他情形", "otherwise")
_UNSET = ("待设定", "not set")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table parameter: up to or from where, and what it gives."""

    bound: str
    gives: str


@dataclass(frozen=True, slots=True)
class PolicyWords(Words):
    """The words of a policy on a day: a parameter is told with its value.

    Args:
        settings: The parameters in force on the day, by name.
    """

    settings: Mapping[str, Setting] = field(default_factory=dict)

    def name(self, name: str, year: int | None = None) -> str:
        """Return a name; a number that is a parameter with what it is."""
        # `super()` does not find its class where slots made another one of it.
        said = Words.name(self, name, year)
        if name not in self.rule.said.parameters:
            return said
        value = self.line(name)
        if not value:
            return said
        return self.pick(f"{said}（{value}）", f"{said} ({value})")

    def number(self, value: Fraction | int, unit: Unit | None, label: str = "") -> str:
        """Return a figure without needless zeros: 5%, 5,000 万元; 1 item."""
        if label == "1" and value in _YEARS:
            return str(value)
        text = neat(Words.number(self, value, unit, label))
        if not self.is_zh and "/" in text:
            figure, _, compound = text.partition(" ")
            parts = [UNITS_EN.get(one, one) for one in compound.split("/")]
            text = f"{figure} {' per '.join(parts)}".strip()
        return self._one(text)

    def phrase(self, node: Node) -> str:
        """Return an expression in words, with no more brackets than it takes."""
        match node:
            case Arith(sign, left, right):
                own = _BINDS[sign]
                mark = self.pick(_SIGNS[sign][0], _SIGNS[sign][1])
                one = self._bound(left, own)
                # a − (b − c), a ÷ (b × c); in a sum or a product the order is free.
                other = self._bound(right, own + (sign in "-/"))
                return f"{one} {mark} {other}"
            case Call("steps" | "marginal" as function, (value, Name(table))):
                # The table has no value that fits into a line: its name leads to it.
                shown, named = self._inner(value), Words.name(self, table)
                if function == "steps":
                    return self.pick(f"{shown}按“{named}”取值", f"{shown} by “{named}”")
                return self.pick(
                    f"{shown}按“{named}”分段累计",
                    f"{shown} by the brackets of “{named}”",
                )
            case Call("has_any", (value, *codes)):
                named = self.options(value, tuple(codes))
                shown = self._inner(value)
                return self.pick(
                    f"{shown}含{named}之一", f"{shown} holds one of {named}"
                )
        return self._one(Words.phrase(self, node))

    def _bound(self, node: Node, least: int) -> str:
        """Return an operand, in brackets where it binds less than what is around."""
        text = self.phrase(node)
        binds = _BINDS[node.sign] if isinstance(node, Arith) else None
        is_loose = isinstance(node, (All, AnyOf, Compare))
        if is_loose or (binds is not None and binds < least):
            return self.pick(f"（{text}）", f"({text})")
        return text

    def _one(self, text: str) -> str:
        """Return English counts of one in the singular."""
        return text if self.is_zh else _SINGULAR.sub(r"\1", text)

    def line(self, name: str) -> str:
        """Return the value of a parameter in a few words; empty for a table."""
        parameter = self.rule.said.parameters[name]
        setting = self.settings.get(name, UNKNOWN)
        if setting is UNKNOWN:
            return self.pick(*_UNSET)
        return self.setting(name, setting, parameter.unit)

    def setting(self, name: str, setting: Setting, label: str = "") -> str:
        """Return a value of a parameter in words; empty for a table."""
        match setting:
            case bool():
                return self.yes(answer=setting)
            case Fraction():
                return self.exact(setting, unit_of(label or "1"), label)
            case date():
                return setting.isoformat()
            case frozenset():
                fact = _fact_of_set(self.rule, name)
                return self.pick("、", ", ").join(
                    self.code(fact, code) for code in sorted(setting)
                )
        return ""

    def exact(self, value: Fraction, unit: Unit, label: str) -> str:
        """Return a number of a text; 2/3 is not 66.67 %."""
        is_rounded = unit.is_pure and (value * 10**4).denominator != 1
        return str(value) if is_rounded else self.number(value, unit, label)

    def table(self, name: str, setting: Setting) -> tuple[Row, ...]:
        """Return the rows of a table parameter; none for what is no table."""
        said = self.rule.said.parameters[name]
        unit, gives = unit_of(said.unit), unit_of(said.gives)
        if isinstance(setting, Steps):
            return tuple(
                Row(
                    self.pick(*_ELSE)
                    if row.bound is None
                    else f"{'≥' if row.closed else '>'} "
                    f"{self.exact(row.bound, unit, said.unit)}",
                    self._span(row.low, row.high, gives, said.gives),
                )
                for row in setting.rows
            )
        if isinstance(setting, Marginal):
            return tuple(self._brackets(setting, unit, gives, (said.unit, said.gives)))
        return ()

    def _span(self, low: Fraction, high: Fraction, unit: Unit, label: str) -> str:
        if low == high:
            return self.exact(low, unit, label)
        least = self.exact(low, unit, label)
        most = self.exact(high, unit, label)
        return self.pick(f"{least} 至 {most}", f"{least} to {most}")

    def _brackets(
        self, setting: Marginal, unit: Unit, gives: Unit, labels: tuple[str, str]
    ) -> Iterator[Row]:
        before = ""
        for bound, rate in setting.brackets:
            shown = self.exact(rate, gives, labels[1])
            if bound is None:
                above = self.pick(f"超过 {before} 的部分", f"what is above {before}")
                yield Row(above if before else self.pick("全部", "all of it"), shown)
                continue
            upto = self.exact(bound, unit, labels[0])
            part = (
                self.pick(f"{before} 至 {upto} 的部分", f"from {before} to {upto}")
                if before
                else self.pick(f"不超过 {upto} 的部分", f"up to {upto}")
            )
            yield Row(part, shown)
            before = upto


def policy_words(
    region: Region,
    rule: Rule,
    day: date,
    *,
    settings: Mapping[str, Setting] | None = None,
    locale: str = "zh",
) -> PolicyWords:
    """Return the words of a policy with the parameters in force on a day.

    Args:
        region: The fact dictionary.
        rule: The policy.
        day: The day.
        settings: What the office has set of it, by name.
        locale: `zh` or `en`.
    """
    known = rule.context(day, base_year=base_year(rule, day), settings=settings)
    return PolicyWords(region, rule, locale, known.settings)


def base_year(rule: Rule, day: date) -> int:
    """Return the fiscal year whose rules are shown for a day."""
    return day.year if rule.said.clock == "year" else day.year - 1


def neat(text: str) -> str:
    """Return figures without zeros that say nothing.

    >>> neat("≥ 5.00%，5,000.00 万元，2.50%，10.05%")
    '≥ 5%，5,000 万元，2.5%，10.05%'
    """
    return _NEARLY.sub(r"\1", _ROUND.sub(r"\1", text))


def _fact_of_set(rule: Rule, name: str) -> str:
    """Return the fact whose codes a set of codes holds."""
    for definition in rule.scope.definitions.values():
        for node in walk(definition.node):
            if (
                isinstance(node, Member)
                and node.options == (Name(name),)
                and isinstance(node.value, Name)
            ):
                return node.value.value
    return ""
