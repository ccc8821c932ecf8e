# SPDX-License-Identifier: Apache-2.0
"""Values that a person types: `--set rd_expense=600万`, `--param policy.cap=30万元`."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.kernel import UNKNOWN, Unit, UsageError, unit, unit_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ceyuan.declarations import Region
    from ceyuan.language import FactKey, Known, Setting

_NUMBER = re.compile(r"([-+−]?[\d,]*\.?\d+)\s*(.*)\Z")
_SHORT = {"万": "万元", "亿": "亿元", "千": "千元", "百万": "百万元"}
_YES = {"是", "有", "true", "yes", "y", "1", "√", "✓"}
_NO = {"否", "无", "false", "no", "n", "0", "×", "✗"}


def typed_number(text: str, wanted: Unit, *, of: str) -> Fraction:
    """Return a typed number in the base of its unit; 600万, 6%, 120人, 1,200 元.

    Raises:
        UsageError: It is no number, or of another kind of unit.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    match = _NUMBER.match(plain)
    if match is None:
        msg = f"`{of}` 要一个数，写的是“{text}” (a number is asked)"
        raise UsageError(msg, hint="例如 600万元、6%、120")
    number = Fraction(match[1].replace(",", "").replace("−", "-"))
    name = match[2].strip()
    if not name:
        return number * wanted.scale
    name = _SHORT.get(name, name) if wanted.is_money else name
    if name not in unit_names():
        msg = f"`{of}` 的单位“{name}”不认识 (unknown unit)"
        raise UsageError(msg, hint=f"可用的单位：{'、'.join(unit_names())}")
    given = unit(name)
    if not given.like(wanted):
        base = "元" if wanted.is_money else wanted.name
        msg = f"`{of}` 以 {base} 计，写的是 {name} (another kind of unit)"
        raise UsageError(msg)
    return number * given.scale


def typed_facts(
    region: Region, said: Sequence[str], *, base_year: int
) -> dict[FactKey, Known]:
    """Return facts from `NAME=VALUE` or `NAME@YEAR=VALUE`.

    Raises:
        UsageError: A name or a value is wrong; the near miss is suggested.
    """
    found: dict[FactKey, Known] = {}
    for one in said:
        name, equals, text = one.partition("=")
        name, _, year = name.strip().partition("@")
        if not equals:
            msg = f"`{one}` 不是 名称=值 (NAME=VALUE is asked)"
            raise UsageError(msg, hint="例如 --set rd_expense=600万元")
        name = _fact_name(region, name)
        fact = region.facts[name]
        if year and (not fact.yearly or not year.isdigit()):
            msg = f"`{one}`: `{name}` 没有年度，或年度不是数字 (no such year)"
            raise UsageError(msg)
        key = (name, (int(year) if year else base_year) if fact.yearly else None)
        found[key] = _value(region, name, text.strip())
    return found


def _fact_name(region: Region, name: str) -> str:
    if name in region.facts:
        return name
    by_words = [n for n, f in region.facts.items() if name in (f.zh, *f.headings.zh)]
    if len(by_words) == 1:
        return by_words[0]
    near = get_close_matches(name, [*region.facts, *by_words], n=1)
    hint = f"是不是 `{near[0]}`？" if near else "见 `ceyuan facts list`"
    msg = f"没有叫 `{name}` 的事实 (no such fact)"
    raise UsageError(msg, hint=hint)


def _value(region: Region, name: str, text: str) -> Known:
    fact = region.facts[name]
    if fact.kind == "number":
        value = typed_number(text, fact.measure, of=name)
        scaled = value / fact.measure.scale
        low = fact.min is not None and scaled < fact.min
        if low or (fact.max is not None and scaled > fact.max):
            msg = f"`{name}` 应在 {fact.min} 到 {fact.max} {fact.unit} 之间 (out of range)"
            raise UsageError(msg)
        return value
    if fact.kind == "flag":
        return _flag(name, text)
    if fact.kind == "date":
        return _date(name, text)
    if fact.kind in ("code", "codes"):
        codes = [_code(region, name, part.strip()) for part in text.split(";")]
        return frozenset(codes) if fact.kind == "codes" else codes[0]
    msg = f"`{name}` 是清单，不能这样设定 (a list cannot be set so)"
    raise UsageError(msg, hint="把清单放进 --with 的文件夹")


def _flag(name: str, text: str) -> bool:
    word = text.lower()
    if word not in _YES | _NO:
        msg = f"`{name}` 要“是”或“否”，写的是“{text}” (yes or no is asked)"
        raise UsageError(msg)
    return word in _YES


def _date(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        msg = f"`{name}` 要日期，写的是“{text}” (a date is asked)"
        raise UsageError(msg, hint="例如 2021-03-15") from error


def _code(region: Region, name: str, word: str) -> str:
    fact = region.facts[name]
    for code, said in fact.codes.items():
        if word in (code, said.zh, said.en, *said.synonyms):
            return code
    options = "、".join(f"{c}（{said.zh}）" for c, said in fact.codes.items())
    msg = f"`{name}` 没有“{word}”这个值 (no such code)"
    raise UsageError(msg, hint=f"可选：{options}")


def typed_settings(
    region: Region, said: Sequence[str]
) -> Mapping[str, Mapping[str, Setting]]:
    """Return parameters from `POLICY.NAME=VALUE`.

    Raises:
        UsageError: There is no such parameter, or it cannot take the value.
    """
    found: dict[str, dict[str, Setting]] = {}
    for one in said:
        name, equals, text = one.partition("=")
        policy, dot, parameter = name.strip().partition(".")
        if not (equals and dot):
            msg = f"`{one}` 不是 政策.参数=值 (POLICY.NAME=VALUE is asked)"
            raise UsageError(
                msg, hint="例如 --param sh_voucher_2025.firm_yearly_cap=30万元"
            )
        rule = region.rule(policy)
        if parameter not in rule.said.parameters:
            near = get_close_matches(parameter, rule.said.parameters, n=1)
            hint = f"是不是 `{policy}.{near[0]}`？" if near else ""
            msg = f"`{policy}` 没有参数 `{parameter}` (no such parameter)"
            raise UsageError(msg, hint=hint)
        kind = rule.said.parameters[parameter].kind
        value: Setting = UNKNOWN
        if kind == "number":
            wanted = unit(rule.said.parameters[parameter].unit)
            value = typed_number(text, wanted, of=name)
        elif kind == "flag":
            value = _flag(name, text.strip())
        elif kind == "set":
            value = frozenset(part.strip() for part in text.split(";"))
        elif kind == "date":
            value = _date(name, text.strip())
        else:
            msg = f"`{name}` 是分档表，只能写在政策文件里 (a table cannot be typed)"
            raise UsageError(msg)
        found.setdefault(policy, {})[parameter] = value
    return found
