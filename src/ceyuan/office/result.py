# SPDX-License-Identifier: Apache-2.0
"""A check-up as one JSON document, `ceyuan.check/1`.

Money is integer fen; every fact's name is a name of the dictionary; `row` is the
sheet's own row number. The document is written row by row, because a million
rows are one document too.
"""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from ceyuan.policies import OUTCOME_WORDS, Outcome, output_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.declarations import Fact, Region, Rule, Supplier
    from ceyuan.kernel import Problem, State
    from ceyuan.language import FactKey, Known
    from ceyuan.office.checkup import Checkup, FirmCheck
    from ceyuan.policies import Decision, Move

SCHEMA = "ceyuan.check/1"
Json: TypeAlias = "dict[str, Any]"


def check_json(checkup: Checkup) -> Iterator[str]:
    """Yield the document in pieces; joined they are one line of JSON each row."""
    head: Json = {
        "schema": SCHEMA,
        "as_of": checkup.as_of.isoformat(),
        "year": checkup.year,
        "year_reason": checkup.table.year_reason,
        "region": checkup.region.id,
        "declarations": checkup.region.digest,
    }
    yield _dump(head)[:-1] + ',"rows":['
    for index, firm in enumerate(checkup.firms):
        yield ("," if index else "") + "\n" + _dump(row_json(checkup, index, firm))
    problems = [problem_json(p) for p in checkup.problems]
    yield '\n],"problems":' + _dump(problems)
    yield ',"notes":' + _dump([problem_json(p) for p in checkup.table.notes]) + "}\n"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def row_json(checkup: Checkup, index: int, firm: FirmCheck) -> Json:
    """Return one row of the document."""
    return {
        "sheet": firm.row.sheet,
        "row": firm.row.row,
        "name": firm.row.name,
        "uscc": firm.row.uscc,
        "year": firm.year,
        "facts": facts_json(checkup, index),
        "policies": {
            rule.id: policy_json(checkup.region, rule, firm) for rule in checkup.rules
        },
    }


def facts_json(checkup: Checkup, index: int) -> Json:
    """Return the facts of one row by name; earlier years beneath the latest."""
    table = checkup.table
    found: dict[str, dict[int | None, Json]] = {}
    for (name, year), value in table.known(index):
        fact = checkup.region.facts[name]
        cell = table.cell(index, (name, year))
        one: Json = {
            "value": value_json(value),
            "unit": unit_json(fact),
            "cell": f"{cell.column}{cell.row}" if cell and cell.column else "",
        }
        if cell and (cell.file, cell.sheet) != (table.file, table.rows[index].sheet):
            one["file"], one["sheet"] = cell.file, cell.sheet
        if year is not None:
            one["year"] = year
        found.setdefault(name, {})[year] = one
    return {name: _latest(years) for name, years in found.items()}


def _latest(years: dict[int | None, Json]) -> Json:
    order = sorted(years, key=lambda y: -1 if y is None else y, reverse=True)
    latest = years[order[0]]
    if len(order) > 1:
        latest["earlier"] = [years[y] for y in order[1:]]
    return latest


def unit_json(fact: Fact) -> str:
    """Return the base unit of a number; empty for what is none."""
    return fact.measure.name if fact.kind == "number" else ""


def value_json(value: Known | State | None) -> object:
    """Return a value as JSON has it; a number that is whole stays whole."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, (bool, int, str)):
        return value
    return None


def supplier(region: Region, name: str) -> Supplier:
    """Return who can supply a fact; what is no fact is a parameter of an office."""
    fact = region.facts.get(name)
    return fact.supplied_by if fact is not None else "office"


def missing_json(region: Region, key: FactKey) -> Json:
    """Return one missing fact and who can supply it."""
    name, year = key
    found: Json = {"fact": name, "by": supplier(region, name)}
    if year is not None:
        found["year"] = year
    return found


def policy_json(region: Region, rule: Rule, firm: FirmCheck) -> Json:
    """Return one policy's answer for one firm."""
    decision = firm.decisions[rule.id]
    missing = sorted(decision.missing, key=lambda k: (k[0], k[1] or 0))
    move = firm.moves.get(rule.id)
    found: Json = {
        "outcome": None if decision.outcome is None else decision.outcome.value,
        "missing": [missing_json(region, key) for key in missing],
        "amount_fen": decision.amount,
        "nearest": None if move is None else move_json(region, move),
    }
    if rule.id in firm.to_confirm:
        found["to_confirm"] = sorted({name for name, _ in firm.to_confirm[rule.id]})
    if rule.id in firm.potential:
        found["potential_fen"] = firm.potential[rule.id]
    if rule.id in firm.one_step:
        found["one_step"] = firm.one_step[rule.id]
    if decision.failing and decision.outcome is Outcome.INELIGIBLE:
        found["failing"] = list(decision.failing)
    if decision.variant:
        found["variant"] = decision.variant
    if decision.refused:
        found["refused"] = [r.removeprefix("check:") for r in decision.refused]
    outputs = outputs_json(rule, decision)
    if outputs:
        found["outputs"] = outputs
    return found


def outputs_json(rule: Rule, decision: Decision) -> Json:
    """Return the further results that are exactly known, in base units."""
    found: Json = {}
    for name in rule.said.outputs:
        if name in decision.outputs:
            value = output_value(decision.outputs[name])
            if value is not None:
                found[name] = value_json(value)
    return found


def move_json(region: Region, move: Move) -> Json:
    """Return a nearest step."""
    changes = []
    for shift in move.shifts:
        one: Json = {
            "fact": shift.fact,
            "from": value_json(shift.before),
            "to": value_json(shift.after),
            "unit": unit_json(region.facts[shift.fact]),
        }
        if shift.year is not None:
            one["year"] = shift.year
        changes.append(one)
    return {
        "changes": changes,
        "effort": {scale: float(size) for scale, size in move.effort.items()},
        "outcome": move.outcome.value,
        "amount_fen": move.amount,
        "missing": [missing_json(region, key) for key in sorted(move.missing, key=str)],
        "turns": list(move.turns),
    }


def problem_json(problem: Problem) -> Json:
    """Return one problem with its place and its mend."""
    found: Json = {
        "code": problem.code,
        "sheet": problem.sheet,
        "row": problem.row,
        "column": problem.column,
        "message": problem.message,
        "mend": problem.mend,
    }
    if problem.file:
        found["file"] = problem.file
    return found


def outcome_word(outcome: Outcome | None, *, locale: str = "zh") -> str:
    """Return an outcome in words."""
    return OUTCOME_WORDS[outcome][1 if locale == "zh" else 2]
