# SPDX-License-Identifier: Apache-2.0
"""A sound draft of a policy, small and invented, from which each test spoils one part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.declarations import (
    FactFile,
    Policy,
    Rule,
    build,
    compose,
    fact_symbols,
    parse_source,
)

if TYPE_CHECKING:
    from ceyuan.kernel import RuleError

FACTS = """\
facts:
  staff: {zh: 职工, en: staff, kind: number, unit: 人, yearly: true, min: 0, max: 10000000}
  sales: {zh: 收入, en: sales, kind: number, unit: 元, yearly: true, min: 0, max: 10000000000000}
  cost: {zh: 费用, en: cost, kind: number, unit: 元, yearly: true, min: 0, max: 10000000000000}
  debt: {zh: 负债, en: debt, kind: number, unit: 元, min: 0}
  listed: {zh: 在名单, en: listed, kind: flag}
  kind_of: {zh: 类别, en: kind, kind: code, codes: {a: {zh: 甲, en: a}, b: {zh: 乙, en: b}}}
  mark: {zh: 评分, en: mark, kind: number, unit: 分, min: 0, max: 20, bounded: true, supplied_by: judge}
  reg_date: {zh: 成立日期, en: founded, kind: date}
  swing: {zh: 复合增长, en: growth, kind: number, unit: "%", derive: "cagr(sales, 3)"}
  patents: {zh: 专利, en: patents, kind: records, fields: {type: {zh: 类型, en: type, kind: code, codes: {x: {zh: 某, en: x}}}}}
"""

DRAFT = """\
policy: draft
kind: benefit
subject: firm
region: china
zh: 虚构的政策
en: An invented policy
summary: {zh: 虚构, en: invented}
validity: {from: 2020-01-01, until: 2029-12-31}
documents:
  rule: {zh: 虚构的办法, en: An invented rule, confidence: K}
articles:
  art1: {document: rule, article: 第一条, zh: 条件, en: conditions, confidence: K}
  art2: {document: rule, article: 第二条, zh: 金额, en: amount, confidence: K}
absent: false
parameters:
  sales_min: {zh: 收入下限, en: least sales, unit: 万元, values: [{value: 100, article: art1, confidence: K}]}
  share_min:
    zh: 占比下限
    en: least share
    unit: "%"
    values:
      - {value: 5, until: 2024-12-31, article: art1, confidence: K}
      - {value: 6, from: 2025-01-01, article: art1, confidence: K}
  cost_steps:
    zh: 分档
    en: steps
    kind: steps
    unit: "%"
    gives: 分
    judged: mark
    values:
      - article: art1
        confidence: K
        absent: 0
        steps:
          - {from: 10, gives: [5, 10]}
          - {above: 5, gives: 5}
          - {else: true, gives: 0}
  rates: {zh: 费率, en: rates, kind: marginal, unit: 万元, gives: "%", values: [{brackets: [{up_to: 100, rate: 10}, {rate: 5}], article: art2, confidence: K}]}
let:
  share: {zh: 占比, en: share, expr: cost / sales}
  points: {zh: 得分, en: points, unit: 分, expr: "steps(share, cost_steps)"}
clauses:
  large: {article: art1, zh: 收入够, en: enough sales, test: sales >= sales_min}
  spends: {article: art1, zh: 占比够, en: enough share, test: share >= share_min}
  clean: {article: art1, zh: 不在名单, en: not listed, test: NOT listed AND kind_of <> 'b'}
outputs:
  score: {zh: 得分, en: score, unit: 分, expr: points}
amount:
  zh: 金额
  en: amount
  expr: marginal(if_absent(cost, 0), rates)
  round: {to: 1, mode: down, article: art2}
"""


def symbols():
    """Return the facts of the draft."""
    return fact_symbols(build(FactFile, parse_source(FACTS, name="facts.yaml")).facts)


def load(text: str = DRAFT) -> Rule:
    """Return a policy's text as a rule."""
    source = parse_source(text, name="draft.yaml")
    return compose(build(Policy, source), symbols(), source)


def told(error: RuleError) -> tuple[str, str, int, str, str, str]:
    """Return all that an error says."""
    return error.code, error.file, error.line, error.clause, error.message, error.hint


def spoiled(*changes: tuple[str, str]) -> str:
    """Return the draft with some parts of its text changed; each stands once."""
    text = DRAFT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def line_of(part: str, text: str = DRAFT) -> int:
    """Return the line on which a part of a text stands."""
    (line,) = [n for n, one in enumerate(text.splitlines(), 1) if part in one]
    return line
