# SPDX-License-Identifier: Apache-2.0
"""A firm sheet as JSON and back: `decode(encode(sheet)) == sheet`, exactly.

The database keeps it as `jsonb`, which forgets the order of names; so whatever has an
order is a list. A whole number stands as a number, a fraction as text (`7/3`), a day
as its ISO text, and what is no number says so by its name, so that unknown, absent,
text, day and set are never taken for each other. There is no float in it.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from ceyuan.facts import Row
from ceyuan.kernel import UNKNOWN
from ceyuan.language import Fixed, Gone, Quotient, Range, Root
from ceyuan.office.checkup import FirmCheck
from ceyuan.office.firm_sheet_model import FirmSheet, Stated
from ceyuan.office.firm_sheet_values import (
    decode_known,
    encode_known,
    key_text,
    number,
    read_key,
    read_number,
)
from ceyuan.office.holding import StatedBy
from ceyuan.policies import Decision, Move, Outcome, Shift

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ceyuan.language import FactKey, Record, Value
    from ceyuan.language.interpret import Complete
    from ceyuan.language.ranges import Truth3

SCHEMA = "ceyuan.firm_sheet/1"
"""Another shape is another number; what is kept under an older one is made again."""
Json: TypeAlias = "dict[str, Any]"
Linked: TypeAlias = "tuple[tuple[Record, ...], Complete]"


def encode(sheet: FirmSheet) -> Json:
    """Return a sheet as a JSON object, schema `ceyuan.firm_sheet/1`."""
    check = sheet.check
    return {
        "schema": SCHEMA,
        "run": sheet.run,
        "region": sheet.region,
        "declarations": sheet.declarations,
        "as_of": sheet.as_of.isoformat(),
        "settings": list(sheet.settings),
        "org": sheet.org,
        "code": sheet.code,
        "name": sheet.name,
        "year": sheet.year,
        "synthetic": sheet.synthetic,
        "revised": sheet.revised,
        "facts": {key_text(k): encode_known(v) for k, v in sheet.facts.values.items()},
        "linked": {n: _linked(one) for n, one in sheet.facts.linked.items()},
        "lists": {name: list(sources) for name, sources in sheet.lists.items()},
        "stated": {key_text(k): _stated(one) for k, one in sheet.stated.items()},
        "decisions": [[p, encode_decision(d)] for p, d in check.decisions.items()],
        "moves": [[p, encode_move(m)] for p, m in check.moves.items()],
        "one_step": list(check.one_step.items()),
        "to_confirm": [[p, _keys(k)] for p, k in check.to_confirm.items()],
        "potential": list(check.potential.items()),
        "steps": [[p, [encode_move(m) for m in s]] for p, s in sheet.steps.items()],
    }


def decode(body: Mapping[str, Any]) -> FirmSheet:
    """Return the sheet that a JSON object holds.

    Raises:
        ValueError: It is of another schema.
    """
    if body.get("schema") != SCHEMA:
        msg = f"a sheet of schema {body.get('schema')}, not {SCHEMA}"
        raise ValueError(msg)
    facts = Fixed(
        {read_key(k): decode_known(v) for k, v in body["facts"].items()},
        {n: _read_linked(one) for n, one in body["linked"].items()},
    )
    check = FirmCheck(
        row_of(body["code"], body["name"]),
        facts,
        body["year"],
        decisions={p: decode_decision(p, d) for p, d in body["decisions"]},
        moves={p: decode_move(p, m) for p, m in body["moves"]},
        one_step=dict(body["one_step"]),
        to_confirm={p: tuple(map(read_key, k)) for p, k in body["to_confirm"]},
        potential=dict(body["potential"]),
    )
    return FirmSheet(
        run=body["run"],
        region=body["region"],
        declarations=body["declarations"],
        as_of=date.fromisoformat(body["as_of"]),
        settings=tuple(body["settings"]),
        org=body["org"],
        code=body["code"],
        name=body["name"],
        year=body["year"],
        facts=facts,
        stated={read_key(k): _read_stated(one) for k, one in body["stated"].items()},
        check=check,
        steps={p: tuple(decode_move(p, m) for m in s) for p, s in body["steps"]},
        lists={name: tuple(sources) for name, sources in body["lists"].items()},
        synthetic=body["synthetic"],
        revised=body["revised"],
    )


def row_of(code: str, name: str) -> Row:
    """Return the row that a firm has in no sheet."""
    return Row("", 0, name, code, sound=bool(code))


def _keys(keys: Iterable[FactKey]) -> list[str]:
    return [key_text(key) for key in keys]


def _key_set(keys: Iterable[FactKey]) -> list[str]:
    return sorted(_keys(keys))


def _linked(linked: Linked) -> list[object]:
    records, complete = linked
    held = [{n: encode_known(v) for n, v in one.items()} for one in records]
    return [held, sorted(complete) if isinstance(complete, frozenset) else complete]


def _read_linked(found: list[Any]) -> Linked:
    records = tuple(
        {name: decode_known(value) for name, value in one.items()} for one in found[0]
    )
    complete = found[1]
    return records, complete if isinstance(complete, bool) else frozenset(complete)


def _stated(one: Stated) -> list[object]:
    said = [
        [by.source, encode_known(by.value), by.valid_from.isoformat()] for by in one.by
    ]
    return [one.differs, *said]


def _read_stated(found: list[Any]) -> Stated:
    said = tuple(
        StatedBy(source, decode_known(value), date.fromisoformat(since))
        for source, value, since in found[1:]
    )
    return Stated(said, found[0])


# --- answers -------------------------------------------------------------------------


def encode_decision(one: Decision) -> Json:
    """Return a decision; what it does not have is left out."""
    found: Json = {"outcome": None if one.outcome is None else one.outcome.value}
    if one.clauses:
        found["clauses"] = [[name, _truth(a)] for name, a in one.clauses.items()]
    if one.missing:
        found["missing"] = _key_set(one.missing)
    if one.refused:
        found["refused"] = list(one.refused)
    if one.amount is not None:
        found["amount"] = one.amount
    if one.outputs:
        found["outputs"] = [[name, _output(v)] for name, v in one.outputs.items()]
    if one.variant:
        found["variant"] = one.variant
    if one.variants:
        found["variants"] = [[c, encode_decision(d)] for c, d in one.variants.items()]
    return found


def decode_decision(policy: str, found: Mapping[str, Any]) -> Decision:
    """Return the decision that `encode_decision` wrote."""
    outcome = found["outcome"]
    return Decision(
        policy,
        None if outcome is None else Outcome(outcome),
        {name: _read_truth(a) for name, a in found.get("clauses", ())},
        frozenset(map(read_key, found.get("missing", ()))),
        tuple(found.get("refused", ())),
        found.get("amount"),
        {name: _read_output(v) for name, v in found.get("outputs", ())},
        found.get("variant", ""),
        {c: decode_decision(policy, d) for c, d in found.get("variants", ())},
    )


def encode_move(one: Move) -> Json:
    """Return a step; what it does not have is left out."""
    shifts = [
        [
            key_text((s.fact, s.year)),
            encode_known(s.before),
            encode_known(s.after),
            number(s.effort),
            s.scale,
        ]
        for s in one.shifts
    ]
    found: Json = {"shifts": shifts, "outcome": one.outcome.value}
    if one.amount is not None:
        found["amount"] = one.amount
    if one.missing:
        found["missing"] = _key_set(one.missing)
    if one.turns:
        found["turns"] = list(one.turns)
    if one.variant:
        found["variant"] = one.variant
    return found


def decode_move(policy: str, found: Mapping[str, Any]) -> Move:
    """Return the step that `encode_move` wrote."""
    shifts = tuple(
        Shift(
            *read_key(key),
            decode_known(before),
            decode_known(after),
            Fraction(effort),
            scale,
        )
        for key, before, after, effort, scale in found["shifts"]
    )
    return Move(
        policy,
        shifts,
        Outcome(found["outcome"]),
        found.get("amount"),
        frozenset(map(read_key, found.get("missing", ()))),
        tuple(found.get("turns", ())),
        found.get("variant", ""),
    )


def _truth(answer: Truth3) -> bool | None:
    return None if answer is UNKNOWN else answer


def _read_truth(found: bool | None) -> Truth3:  # noqa: FBT001 - an answer, no switch
    return UNKNOWN if found is None else found


def _output(value: Value | Truth3 | str) -> object:
    match value:
        case Range():
            return {"range": _range(value)}
        case Quotient():
            return {"quotient": _quotient(value)}
        case Root():
            return {"root": [_quotient(value.quotient), value.power]}
        case str():
            return value
        case _:
            return _truth(value)


def _read_output(found: Any) -> Value | Truth3 | str:  # noqa: ANN401 - JSON
    if not isinstance(found, dict):
        return found if isinstance(found, str) else _read_truth(found)
    ((kind, held),) = found.items()
    match kind:
        case "range":
            return _read_range(held)
        case "quotient":
            return _read_quotient(held)
        case _:
            return Root(_read_quotient(held[0]), held[1])


def _range(one: Range) -> list[object]:
    ends = [None if end is None else number(end) for end in (one.low, one.high)]
    return [*ends, int(one.gone), _key_set(one.missing), one.constant]


def _read_range(found: list[Any]) -> Range:
    low, high = (None if end is None else read_number(end) for end in found[:2])
    missing = frozenset(map(read_key, found[3]))
    return Range(low, high, Gone(found[2]), missing, found[4])


def _quotient(one: Quotient) -> list[object]:
    rest = (number(one.scale), number(one.offset))
    return [_range(one.top), _range(one.bottom), *rest]


def _read_quotient(found: list[Any]) -> Quotient:
    top, bottom = map(_read_range, found[:2])
    return Quotient(top, bottom, Fraction(found[2]), Fraction(found[3]))
