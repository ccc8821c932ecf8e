# SPDX-License-Identifier: Apache-2.0
"""A small invented policy whose steps can be worked by hand, or tried one by one.

Money here is a handful of yuan and a staff a handful of people, so that every
value that a fact can take is tried in no time.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ceyuan.declarations import (
    FactFile,
    Policy,
    build,
    compose,
    fact_symbols,
    parse_source,
)
from ceyuan.language import Fixed
from ceyuan.policies import Outcome, decide, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ceyuan.declarations import Fact, Rule
    from ceyuan.policies import Move

AS_OF = date(2026, 11, 21)
YEAR = 2025
FACTS = """\
facts:
  staff: {zh: 职工, en: staff, kind: number, unit: 人, yearly: true, min: 0, max: 60, change: {up: 1, down: 3, scale: people}}
  tech: {zh: 科技人员, en: technical staff, kind: number, unit: 人, yearly: true, min: 0, max: 60, part_of: staff, change: {up: 2, scale: people}}
  sales: {zh: 收入, en: sales, kind: number, unit: 元, yearly: true, min: 0, max: 60, change: {up: 3, step: 10, scale: money}}
  cost: {zh: 费用, en: cost, kind: number, unit: 元, yearly: true, min: 0, max: 60, change: {up: 1, down: 1, step: 10, scale: money}}
  debt: {zh: 负债, en: debt, kind: number, unit: 元, min: 0, max: 60, change: {down: 2, step: 10, scale: money}}
  loan: {zh: 借款, en: loan, kind: number, unit: 元, min: 0, max: 60, change: {up: 1, step: 1, scale: acts}}
  assets: {zh: 资产, en: assets, kind: number, unit: 元, min: 0, max: 60}
  stuck: {zh: 不可改, en: stuck, kind: number, unit: 元, min: 0, max: 60, change: {scale: money}}
  rate: {zh: 比率, en: rate, kind: number, unit: "%", min: 0, max: 100, decimals: 6, change: {up: 1, down: 1, scale: time}}
  titled: {zh: 有资质, en: titled, kind: flag, change: {up: 10, scale: titles}}
  banned: {zh: 在名单, en: banned, kind: flag, change: {down: 5, scale: acts}}
  marked: {zh: 有标记, en: marked, kind: flag}
  patents: {zh: 专利, en: patents, kind: records, fields: {type: {zh: 类型, en: type, kind: code, codes: {x: {zh: 某, en: x}}}}}
  owned: {zh: 专利数, en: patents owned, kind: number, unit: 件, min: 0, max: 60, derive: "count_where(patents, type = 'x')", change: {up: 4, scale: titles}}
  net: {zh: 净资产, en: net assets, kind: number, unit: 元, derive: "assets - debt"}
  route: {zh: 路径, en: route, kind: code, supplied_by: choice, codes: {a: {zh: 甲, en: a}, b: {zh: 乙, en: b}, c: {zh: 丙, en: c}}}
  reg_date: {zh: 成立日期, en: founded, kind: date}
"""
DICTIONARY: Mapping[str, Fact] = build(
    FactFile, parse_source(FACTS, name="facts.yaml")
).facts
YEARLY = {name for name, fact in DICTIONARY.items() if fact.yearly}

HEAD = """\
policy: {name}
kind: benefit
subject: firm
region: china
zh: 虚构的政策
en: An invented policy
summary: {{zh: 虚构, en: invented}}
validity: {{from: 2020-01-01}}
documents:
  rule: {{zh: 虚构的办法, en: An invented rule, confidence: K}}
articles:
  one: {{document: rule, article: 第一条, zh: 条件, en: conditions, confidence: K}}
absent: {absent}
parameters:
  line: {{zh: 线, en: line, unit: 元, values: [{{value: 30, article: one, confidence: K}}]}}
  share: {{zh: 占比线, en: share, unit: "%", values: [{{value: 30, article: one, confidence: K}}]}}
  people: {{zh: 人数线, en: people, unit: 人, values: [{{value: 20, article: one, confidence: K}}]}}
  pieces: {{zh: 件数线, en: pieces, unit: 件, values: [{{value: 3, article: one, confidence: K}}]}}
  points: {{zh: 分数线, en: points, unit: 分, values: [{{value: 10, article: one, confidence: K}}]}}
  rising:
    {{zh: 升, en: rising, kind: steps, unit: "%", gives: 分, values: [{{article: one, confidence: K, absent: 0,
      steps: [{{from: 40, gives: 10}}, {{above: 20, gives: 6}}, {{from: 10, gives: 4}}, {{else: true, gives: 0}}]}}]}}
  falling:
    {{zh: 降, en: falling, kind: steps, unit: "%", gives: 分, values: [{{article: one, confidence: K, absent: 0,
      steps: [{{from: 80, gives: 0}}, {{above: 50, gives: 5}}, {{else: true, gives: 10}}]}}]}}
"""


def policy(
    clauses: Mapping[str, str],
    *,
    name: str = "small",
    decide: str = "",
    absent: str = "false",
    more: str = "",
) -> Rule:
    """Return a policy of some conditions; all of them are asked by default."""
    text = HEAD.format(name=name, absent=absent) + more + "clauses:\n"
    text += "".join(
        f'  {clause}: {{article: one, zh: 条件, en: condition, test: "{test}"}}\n'
        for clause, test in clauses.items()
    )
    if decide:
        text += f'decide: "{decide}"\n'
    source = parse_source(text, name=f"{name}.yaml")
    return compose(build(Policy, source), fact_symbols(DICTIONARY), source)


def firm(**values: Any) -> Fixed:
    """Return a subject; money in yuan, shares in percent, years as `sales_2023`."""
    found: dict[Any, Any] = {}
    for said, value in values.items():
        name, _, year = said.partition("_20")
        fact = DICTIONARY[name]
        key = (name, (int(f"20{year}") if year else YEAR) if fact.yearly else None)
        number = isinstance(value, (int, Fraction)) and not isinstance(value, bool)
        found[key] = Fraction(value) * fact.measure.scale if number else value
    return Fixed(found)


def steps(rule: Rule, subject: Fixed, **options: Any) -> tuple[Move, ...]:
    """Return the nearest steps of the small world."""
    return nearest(rule, subject, DICTIONARY, as_of=AS_OF, **options)


def told(moves: tuple[Move, ...]) -> list[dict[str, Any]]:
    """Return the moves as fact and value after, in the fact's own unit."""
    return [
        {
            s.fact: s.after
            if isinstance(s.after, bool)
            else Fraction(s.after) / DICTIONARY[s.fact].measure.scale  # type: ignore[arg-type]
            for s in move.shifts
        }
        for move in moves
    ]


def fails(rule: Rule, subject: Fixed) -> bool:
    """Return whether a policy fails."""
    return decide(rule, subject, as_of=AS_OF).outcome is Outcome.INELIGIBLE


def turns(rule: Rule, subject: Fixed) -> bool:
    """Return whether a policy applies and does not fail."""
    outcome = decide(rule, subject, as_of=AS_OF).outcome
    return outcome in (Outcome.ELIGIBLE, Outcome.UNKNOWN, Outcome.REFER)


def every_change(subject: Fixed) -> Iterator[tuple[Any, Any, str, Fraction]]:
    """Yield each change of one fact there is: key, value, scale and effort."""
    for key, now in subject.values.items():
        fact = DICTIONARY[key[0]]
        change = fact.change
        if change is None:
            continue
        if fact.kind == "flag":
            for after, weight in ((True, change.up), (False, change.down)):
                if weight is not None and after is not now:
                    yield key, after, change.scale, weight
            continue
        assert isinstance(now, Fraction)
        scale = fact.measure.scale
        for count in range(61):
            after_ = count * scale
            weight = change.up if after_ > now else change.down
            if weight is None or after_ == now or not _fits(subject, key, after_):
                continue
            effort = abs(after_ - now) / (change.step * scale) * weight
            yield key, after_, change.scale, effort


def _fits(subject: Fixed, key: Any, value: Fraction) -> bool:
    """No more technical staff than staff."""
    changed = subject.with_values({key: value})
    small, large = (changed.value(n, YEAR) for n in ("tech", "staff"))
    if key[0] not in ("tech", "staff") or not isinstance(small, Fraction):
        return True
    return not isinstance(large, Fraction) or small <= large
