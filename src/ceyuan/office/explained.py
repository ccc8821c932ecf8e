# SPDX-License-Identifier: Apache-2.0
"""A condition tree as JSON: outcome, value, threshold, margin, source, article."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UNKNOWN
from ceyuan.language import Gone, Range, Root, Value, settle
from ceyuan.office.result import missing_json, value_json
from ceyuan.policies import show_value

if TYPE_CHECKING:
    from ceyuan.declarations import Rule
    from ceyuan.language.ranges import Truth3
    from ceyuan.office.checkup import Checkup
    from ceyuan.policies import Branch


def branch_json(
    checkup: Checkup, index: int, rule: Rule, branch: Branch
) -> dict[str, Any]:
    """Return a branch and all beneath it."""
    found: dict[str, Any] = {"kind": branch.kind, "name": branch.name}
    if branch.kind not in ("fact", "parameter"):
        found["text"] = branch.text
    if branch.answer is not None:
        found["answer"] = answer_json(branch.answer)
    unit = branch.unit
    if branch.value is not None:
        found["value"] = number_json(branch.value)
        found["shown"] = show_value(branch.value, unit)
    if branch.codes is not None:
        found["codes"] = sorted(branch.codes)
    if unit is not None:
        found["unit"] = unit.name
    if branch.threshold is not None:
        found["order"] = branch.order
        found["threshold"] = number_json(branch.threshold)
        found["threshold_shown"] = show_value(branch.threshold, unit)
    if branch.margin is not None:
        found["margin"] = value_json(branch.margin)
    if branch.year is not None:
        found["year"] = branch.year
    if branch.kind == "fact":
        cell = checkup.table.cell(index, (branch.name, branch.year))
        if cell is not None:
            found["source"] = f"{cell.file} {cell}"
    clause = rule.said.clauses.get(branch.name) or rule.said.scope.get(branch.name)
    if branch.kind == "clause" and clause is not None:
        article = rule.said.articles[clause.article]
        document = rule.said.documents[article.document]
        found["zh"], found["en"] = clause.zh, clause.en
        found["article"] = f"{document.number or document.zh} {article.article}"
        found["confidence"] = article.confidence
    if branch.missing:
        keys = sorted(branch.missing, key=str)
        found["missing"] = [missing_json(checkup.region, key) for key in keys]
    if branch.parts:
        found["parts"] = [
            branch_json(checkup, index, rule, part) for part in branch.parts
        ]
    return found


def answer_json(answer: Truth3) -> bool | None:
    """Return an answer; unknown is null."""
    return None if answer is UNKNOWN else bool(answer)


def number_json(value: Value) -> object:
    """Return a number: exact, or the ends of what it can be (null: open)."""
    if isinstance(value, Root):
        return None
    whole: Range = settle(value)
    if whole.gone is Gone.YES:
        return "absent"
    if whole.exact and whole.low is not None:
        return value_json(Fraction(whole.low))
    ends = [
        None if e is None else value_json(Fraction(e)) for e in (whole.low, whole.high)
    ]
    return None if ends == [None, None] else ends
