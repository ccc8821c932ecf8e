# SPDX-License-Identifier: Apache-2.0
"""Values of parameters as a person reads them: numbers, tables, lists, yes and no."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.kernel import unit
from ceyuan.language import Marginal, Steps, parse, walk
from ceyuan.language.tree import Member, Name
from ceyuan.office.phrases import Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ceyuan.declarations import Region, Rule
    from ceyuan.declarations.policy import Parameter, Setting
    from ceyuan.language import Setting as Known

_NONE_ELSE = (("其余", "otherwise"), ("以上部分", "the rest"))


@dataclass(frozen=True, slots=True)
class Value:
    """A value in both languages; a table has a row for each of its lines.

    Args:
        rows: Chinese and English, line by line.
        since: First day; None: from the beginning.
        until: Last day; None: without an end.
    """

    rows: tuple[tuple[str, str], ...]
    since: date | None = None
    until: date | None = None

    @property
    def zh(self) -> str:
        """Return it in one line."""
        return "；".join(zh for zh, _ in self.rows)

    @property
    def en(self) -> str:
        """Return it in one line of English."""
        return "; ".join(en for _, en in self.rows)


def valued(region: Region, rule: Rule, name: str, said: Setting) -> Value:
    """Return a dated value of a parameter as a policy's file says it."""
    one = _Shown(region, rule, rule.said.parameters[name])
    value: object = said.value
    if said.steps is not None:
        rows = [
            (r.from_ if r.from_ is not None else r.above, r.from_ is not None, r.gives)
            for r in said.steps
        ]
        found = one.steps(
            (None if b is None else b * one.scale, closed, _ends(gives, one.gives))
            for b, closed, gives in rows
        )
    elif said.brackets is not None:
        found = one.brackets(
            (None if b.up_to is None else b.up_to * one.scale, b.rate * one.gives)
            for b in said.brackets
        )
    else:
        if isinstance(value, Fraction):
            value = value * one.scale
        elif isinstance(value, tuple):
            value = frozenset(value)
        found = one.single(name, value)
    return replace(found, since=said.from_, until=said.until)


def setting_value(
    region: Region, rule: Rule, name: str, value: Known | None
) -> Value | None:
    """Return the value that is in force; None where none is set."""
    one = _Shown(region, rule, rule.said.parameters[name])
    if isinstance(value, Steps):
        return one.steps((r.bound, r.closed, (r.low, r.high)) for r in value.rows)
    if isinstance(value, Marginal):
        return one.brackets(value.brackets)
    if isinstance(value, (Fraction, bool, date, frozenset)):
        return one.single(name, value)
    return None


def _ends(
    gives: Fraction | tuple[Fraction, Fraction], scale: Fraction
) -> tuple[Fraction, Fraction]:
    low, high = gives if isinstance(gives, tuple) else (gives, gives)
    return low * scale, high * scale


@dataclass(frozen=True, slots=True)
class _Shown:
    """How the values of one parameter are shown."""

    region: Region
    rule: Rule
    parameter: Parameter

    @property
    def scale(self) -> Fraction:
        return unit(self.parameter.unit).scale

    @property
    def gives(self) -> Fraction:
        return unit(self.parameter.gives).scale

    def _number(self, value: Fraction, label: str) -> tuple[str, str]:
        zh, en = (
            Words(self.region, self.rule, locale).number(value, unit(label), label)
            for locale in ("zh", "en")
        )
        return zh, en

    def single(self, name: str, value: object) -> Value:
        if isinstance(value, bool):
            return Value((("是", "yes") if value else ("否", "no"),))
        if isinstance(value, Fraction):
            return Value((self._number(value, self.parameter.unit),))
        if isinstance(value, frozenset):
            words = [self._code(name, str(code)) for code in sorted(value)]
            zh, en = ([w[at] for w in words] for at in (0, 1))
            return Value((("、".join(zh), ", ".join(en)),))
        text = value.isoformat() if isinstance(value, date) else str(value)
        return Value(((text, text),))

    def steps(
        self, rows: Iterable[tuple[Fraction | None, bool, tuple[Fraction, Fraction]]]
    ) -> Value:
        made = []
        for bound, closed, (low, high) in rows:
            mark = "≥" if closed else ">"
            gives = self._number(low, self.parameter.gives)
            if low != high:
                most = self._number(high, self.parameter.gives)
                gives = (f"{gives[0]} 至 {most[0]}", f"{gives[1]} to {most[1]}")
            heads = _NONE_ELSE[0]
            if bound is not None:
                zh, en = self._number(bound, self.parameter.unit)
                heads = (f"{mark} {zh}", f"{mark} {en}")
            made.append((f"{heads[0]}：{gives[0]}", f"{heads[1]}: {gives[1]}"))
        return Value(tuple(made))

    def brackets(self, rows: Iterable[tuple[Fraction | None, Fraction]]) -> Value:
        made = []
        for bound, rate in rows:
            gives = self._number(rate, self.parameter.gives)
            heads = _NONE_ELSE[1]
            if bound is not None:
                zh, en = self._number(bound, self.parameter.unit)
                heads = (f"至 {zh}", f"up to {en}")
            made.append((f"{heads[0]}：{gives[0]}", f"{heads[1]}: {gives[1]}"))
        return Value(tuple(made))

    def _code(self, name: str, code: str) -> tuple[str, str]:
        """Return a code in words, where the set is held against a fact."""
        said = self.region.facts.get(_fact_of(self.rule, name))
        known = None if said is None else said.codes.get(code)
        if known is None:
            return code, code
        return f"{code} {known.zh}", f"{code} {known.en}"


def _fact_of(rule: Rule, name: str) -> str:
    """Return the fact that is held against a set; empty where there is none."""
    key = ("held against", name)
    if key not in rule.memo:
        rule.memo[key] = next(
            (
                node.value.value
                for one in (parse(t) for t in _texts(rule))
                for node in walk(one)
                if isinstance(node, Member)
                and node.options == (Name(name),)
                and isinstance(node.value, Name)
            ),
            "",
        )
    return str(rule.memo[key])


def _texts(rule: Rule) -> list[str]:
    said = rule.said
    parts = [c.test for c in (*said.scope.values(), *said.clauses.values())]
    parts += [one.expr for one in said.let.values()]
    parts += [one.expr for one in said.outputs.values()]
    return parts + ([said.amount.expr] if said.amount else [])
