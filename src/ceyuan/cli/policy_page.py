# SPDX-License-Identifier: Apache-2.0
"""`ceyuan policy show`: one policy to read, clause by clause, with what it rests on."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

from ceyuan.office.telling import CONFIDENCE

if TYPE_CHECKING:
    from ceyuan.declarations import Rule
    from ceyuan.declarations.policy import Parameter, Setting


def print_policy(rule: Rule, day: date, *, locale: str) -> None:
    """Print a policy as it stands on a day."""
    said = rule.said
    out = sys.stdout.write
    name = said.zh if locale == "zh" else said.en
    summary = said.summary.zh if locale == "zh" else said.summary.en
    state = "有效" if rule.in_force(day) else "不在有效期"
    out(f"{name}  {rule.id}\n{summary}\n")
    out(f"{day} {state}；自 {said.validity.from_}")
    out(f" 至 {said.validity.until}\n" if said.validity.until else "\n")
    if said.replaces is not None:
        out(f"代替 {said.replaces.policy}\n")
    if said.coverage == "partial":
        parts = "；".join(t.zh for t in said.uncovered)
        out(f"只编码了一部分，最多答到“待人工判断”：{parts}\n")
    out("\n文件\n")
    for document in said.documents.values():
        confidence = CONFIDENCE[document.confidence][0 if locale == "zh" else 1]
        out(f"  {document.zh} {document.number}  [{confidence}]\n")
    out("\n条件\n")
    for clause_id, clause in said.clauses.items():
        article = said.articles[clause.article]
        asked = "" if rule.asked(clause_id, day) else "（此日不问）"
        text = clause.zh if locale == "zh" else clause.en
        out(f"  {clause_id}: {text}{asked}\n")
        out(f"    {clause.test}\n    {article.article} [{article.confidence}]\n")
    out(f"\n判定\n  {(said.decide or '以上条件全部满足').strip()}\n")
    out("\n参数\n")
    for parameter_id, parameter in said.parameters.items():
        out(f"  {parameter_id}: {parameter.zh} = {_value(parameter, day)}\n")


def _value(parameter: Parameter, day: date) -> str:
    for value in parameter.values:
        if (value.from_ or date.min) <= day <= (value.until or date.max):
            return f"{_shown(value, parameter)} [{value.confidence}]"
    return "未设定（由主管部门提供）"


def _shown(value: Setting, parameter: Parameter) -> str:
    if value.steps is not None:
        rows = []
        for row in value.steps:
            gives = row.gives if isinstance(row.gives, tuple) else (row.gives,)
            points = "–".join(str(g) for g in gives)
            bound = (
                f"≥{row.from_}"
                if row.from_ is not None
                else f">{row.above}"
                if row.above is not None
                else "其余"
            )
            rows.append(f"{bound}{parameter.unit if bound != '其余' else ''}: {points}")
        return "；".join(rows)
    if value.brackets is not None:
        return "；".join(
            f"至 {b.up_to if b.up_to is not None else '∞'}{parameter.unit}: {b.rate}{parameter.gives}"
            for b in value.brackets
        )
    if isinstance(value.value, tuple):
        return "、".join(value.value)
    unit = "" if parameter.unit == "1" else parameter.unit
    return f"{value.value}{unit}"
