# SPDX-License-Identifier: Apache-2.0
"""Worked cases: read them, decide them, tell each difference.

Expected values are worked by hand from the text; a case that differs is an
error in the encoding or in the case, never a tolerance.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.kernel import (
    ABSENT,
    InputRejected,
    Problem,
    State,
    UsageError,
    exact,
    unit,
)
from ceyuan.language import Fixed, Known, Range, Root, Setting
from ceyuan.policies.decide import Decision, Outcome, output_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ceyuan.declarations import Rule
    from ceyuan.declarations.cases import CaseMapping, Expected, Input

OUTCOMES: dict[str, Outcome | None] = {
    "pass": Outcome.ELIGIBLE,
    "fail": Outcome.INELIGIBLE,
    "needs_data": Outcome.UNKNOWN,
    "manual_review": Outcome.REFER,
    "not_applicable": Outcome.NOT_APPLICABLE,
    "data_error": None,
}
_WORDS = {outcome: word for word, outcome in OUTCOMES.items()}
NO_DATE = date(2026, 11, 21)
"""Day of cases that name none; the rules they test have no dated parameter."""

Values: TypeAlias = "dict[tuple[str, int | None], Known | State]"


@dataclass(frozen=True, slots=True)
class Case:
    """One worked case.

    Args:
        id: The case's own id.
        as_of: Day of the decision.
        base_year: Fiscal year decided on.
        facts: Facts in base units.
        settings: Parameters that the case sets.
        expected: Expected cells by heading, blanks left out.
        why: The author's reason.
    """

    id: str
    as_of: date
    base_year: int
    facts: Fixed
    settings: Mapping[str, Setting]
    expected: Mapping[str, str]
    why: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell that came out otherwise than expected."""

    policy: str
    case: str
    heading: str
    expected: str
    got: str
    why: str
    evaluator: str


@dataclass(slots=True)
class CaseReport:
    """Cases run and differences found."""

    policy: str
    cases: int = 0
    checks: int = 0
    differences: list[Difference] = field(default_factory=list)


def read_cases(rule: Rule, mapping: CaseMapping, path: Path) -> list[Case]:
    """Return the cases of a file.

    Raises:
        UsageError: The file is missing or a heading is not in the mapping.
        InputRejected: Cells cannot be read; each is a problem with its place.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        msg = f"there is no case file `{path.name}`"
        raise UsageError(msg) from error
    rows = list(csv.DictReader(io.StringIO(text)))
    headings = list(rows[0]) if rows else []
    strange = [
        h
        for h in headings
        if h not in mapping.inputs
        and h not in mapping.expected
        and h not in ("case_id", "why")
    ]
    if strange:
        msg = f"`{path.name}` has headings that its mapping does not know: "
        msg += ", ".join(strange)
        raise UsageError(msg, hint="use the headings of the mapping beside the policy")
    problems: list[Problem] = []
    cases = []
    for number, row in enumerate(rows, start=2):
        try:
            cases.append(_case(rule, mapping, row))
        except ValueError as error:
            problems.append(
                Problem(
                    code="C301",
                    message=str(error),
                    file=path.name,
                    row=number,
                    mend="mend the cell",
                )
            )
    if problems:
        msg = f"`{path.name}` has {len(problems)} rows that cannot be read"
        raise InputRejected(msg, problems=problems)
    return cases


def _case(rule: Rule, mapping: CaseMapping, row: dict[str, str]) -> Case:
    cells = {h: (c or "").strip() for h, c in row.items()}
    flat = [
        (heading, one)
        for heading, said in mapping.inputs.items()
        for one in (said if isinstance(said, list) else [said])
        if heading in cells
    ]
    as_of, base_year = NO_DATE, None
    for heading, one in flat:
        if one.as_of and cells[heading]:
            as_of = date.fromisoformat(cells[heading])
        if one.base_year and cells[heading]:
            base_year = int(cells[heading])
    if base_year is None:
        base_year = as_of.year - 1
    values: Values = {}
    settings: dict[str, Setting] = {}
    for name, literal in mapping.always.items():
        values[_key(rule, name, base_year)] = _literal(literal)
    for heading, one in flat:
        _read(rule, one, cells[heading], (as_of, base_year), values, settings)
    _absent_years(rule, flat, cells, base_year, values)
    expected = {h: cells[h] for h in mapping.expected if cells.get(h)}
    return Case(
        cells["case_id"],
        as_of,
        base_year,
        Fixed(values),
        settings,
        expected,
        cells.get("why", ""),
    )


def _key(rule: Rule, name: str, year: int) -> tuple[str, int | None]:
    return (name, year if rule.scope.facts[name].yearly else None)


def _read(
    rule: Rule,
    one: Input,
    cell: str,
    when: tuple[date, int],
    values: Values,
    settings: dict[str, Setting],
) -> None:
    if one.as_of or one.base_year or one.ignore:
        return
    as_of, base_year = when
    if one.codes or one.blank:
        chosen = one.codes.get(cell) if cell else one.blank
        if cell and chosen is None:
            msg = f"{cell!r} is none of {', '.join(one.codes)}"
            raise ValueError(msg)
        for name, literal in (chosen or {}).items():
            values[_key(rule, name, base_year)] = _literal(literal)
        return
    if not cell:
        return
    if one.parameter is not None:
        settings[one.parameter] = _number(cell, one.unit)
        return
    assert one.fact is not None
    symbol = rule.scope.facts[one.fact]
    key = _key(rule, one.fact, base_year - one.back)
    if one.days_before:
        values[key] = as_of - timedelta(days=int(cell))
    elif symbol.kind == "number":
        values[key] = _number(cell, one.unit)
    elif symbol.kind == "flag":
        values[key] = _flag(cell)
    elif symbol.kind == "date":
        values[key] = date.fromisoformat(cell)
    elif symbol.kind == "codes":
        parts = [p.strip() for p in cell.split(one.split or ";") if p.strip()]
        values[key] = frozenset(_code(rule, one, p) for p in parts)
    else:
        values[key] = _code(rule, one, cell)


def _code(rule: Rule, one: Input, word: str) -> str:
    assert one.fact is not None
    codes = rule.scope.facts[one.fact].codes
    code = one.words.get(word, word)
    if code not in codes and one.others:
        code = one.others
    if code not in codes:
        msg = f"{word!r} is no code of {one.fact}"
        raise ValueError(msg)
    return code


def _number(cell: str, unit_name: str) -> Fraction:
    try:
        return exact(cell) * unit(unit_name).scale
    except ValueError as error:
        msg = f"{cell!r} is no number"
        raise ValueError(msg) from error


def _flag(cell: str) -> bool:
    if cell.lower() not in ("true", "false"):
        msg = f"{cell!r} is neither true nor false"
        raise ValueError(msg)
    return cell.lower() == "true"


def _literal(literal: bool | Fraction | str) -> Known | State:
    """Return a value of the mapping; its numbers are in base units."""
    return ABSENT if literal == "absent" else literal


def _absent_years(
    rule: Rule,
    flat: list[tuple[str, Input]],
    cells: dict[str, str],
    base_year: int,
    values: Values,
) -> None:
    years = {one.back for _, one in flat if one.blank_year}
    for back in years:
        group = [(h, one) for h, one in flat if one.blank_year and one.back == back]
        if all(not cells[h] for h, _ in group):
            for _, one in group:
                assert one.fact is not None
                values[_key(rule, one.fact, base_year - back)] = ABSENT


def differences(
    rule: Rule, mapping: CaseMapping, case: Case, decision: Decision, *, evaluator: str
) -> list[Difference]:
    """Return every expected cell that the decision does not give."""
    found = []
    for heading, cell in case.expected.items():
        said = mapping.expected[heading]
        if said.ignore:
            continue
        got = _got(said, decision, cell)
        if not _same(got, cell):
            found.append(
                Difference(rule.id, case.id, heading, cell, got, case.why, evaluator)
            )
    return found


def _same(got: str, cell: str) -> bool:
    if got == cell:
        return True
    try:
        return exact(got) == exact(cell)
    except ValueError:
        return got.lower() == cell.lower()


def _got(said: Expected, decision: Decision, cell: str) -> str:
    scale = unit(said.unit).scale
    if said.outcome:
        return _WORDS[decision.outcome]
    if said.amount:
        if decision.amount is not None:
            return _shown(Fraction(decision.amount) / scale)
        otherwise = (
            decision.outcome is Outcome.INELIGIBLE and said.otherwise is not None
        )
        return _shown(said.otherwise or Fraction(0)) if otherwise else ""
    if said.unless and output_value(decision.outputs.get(said.unless, False)) is True:
        return said.word
    if said.parts:
        return "/".join(_exact(decision, name, said) for name in said.parts)
    name = said.output or said.low or said.high or said.span
    assert name is not None
    value = decision.outputs.get(name)
    if isinstance(value, Root):
        return _root(value, cell, scale)
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, Range):
        return ""
    if said.low or said.high:
        end = value.low if said.low else value.high
        return "" if end is None else _shown(Fraction(end) / scale)
    if said.span:
        if value.low is None or value.high is None:
            return ""
        ends = [_shown(Fraction(e) / scale) for e in (value.low, value.high)]
        return ends[0] if ends[0] == ends[1] else "-".join(ends)
    exact = _exact(decision, name, said)
    if said.rounded and exact:
        return _round_like(Fraction(exact), cell)
    return said.words.get(exact, exact)


def _exact(decision: Decision, name: str, said: Expected) -> str:
    value = output_value(decision.outputs.get(name, False))
    if not isinstance(value, Fraction):
        return ""
    return _shown(value / unit(said.unit).scale)


def _shown(value: Fraction) -> str:
    return str(value)


def _places(cell: str) -> int:
    return len(cell.partition(".")[2])


def _round_like(value: Fraction, cell: str) -> str:
    places = _places(cell)
    scaled = abs(value) * 10**places
    whole = (2 * scaled + 1) // 2
    sign = -1 if value < 0 else 1
    return str(Fraction(sign * whole, 10**places))


def _root(value: Root, cell: str, scale: Fraction) -> str:
    top, bottom = value.quotient.top, value.quotient.bottom
    if not (top.exact and bottom.exact) or not bottom.low or bottom.low <= 0:
        return ""
    assert top.low is not None
    ratio = Fraction(top.low) / Fraction(bottom.low)
    if ratio < 0:
        return ""
    with localcontext() as context:
        context.prec = 60
        base = Decimal(ratio.numerator) / Decimal(ratio.denominator)
        rate = base ** (Decimal(1) / value.power) if base else Decimal(0)
        shown = (rate - 1) * Decimal(scale.denominator) / Decimal(scale.numerator)
        exponent = Decimal(1).scaleb(-_places(cell))
        return str(shown.quantize(exponent, rounding=ROUND_HALF_UP))
