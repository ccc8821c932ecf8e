# SPDX-License-Identifier: Apache-2.0
"""What is checked of an instrument's expressions: names, types, units.

A leg that moves hours by an amount of money does not load, and neither does a
condition that is a number or an expiry that is no day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.declarations.compose import _parameter
from ceyuan.declarations.instrument import HELD, MOVED, leg_texts
from ceyuan.kernel import RuleError, unit
from ceyuan.language import Checker, Definition, FactSymbol, Scope, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.declarations.instrument_desk import Desk
    from ceyuan.declarations.instrument_parts import Commodity, Move
    from ceyuan.declarations.policy import Parameter
    from ceyuan.declarations.source import Path_
    from ceyuan.language import ParameterSymbol


def scope_of(
    desk: Desk, parameters: Mapping[str, Parameter], homes: Mapping[str, str]
) -> Scope:
    """Return what the names of an instrument's expressions mean."""
    facts = {"year_end": FactSymbol("year_end", "date")}
    for name, one in desk.said.inputs.items():
        measure = unit(
            desk.commodities[one.commodity].unit if one.commodity else one.unit
        )
        facts[name] = FactSymbol(name, one.kind, measure.base, codes=tuple(one.codes))
    for name, account in desk.said.accounts.items():
        base = unit(desk.commodities[account.commodity].unit).base
        for word in (f"has_{name}", f"available_{name}"):
            facts[word] = FactSymbol(word, "number", base)
    symbols: dict[str, ParameterSymbol] = {}
    for name, parameter in parameters.items():
        owner, _, inside = homes[name].partition(".")
        symbols[name] = _parameter(owner, inside, parameter)
    definitions: dict[str, Definition] = {}
    for name, let in desk.said.let.items():
        with desk.at("let", name):
            definitions[name] = Definition(parse(let.expr), let.absent)
    return Scope(facts, symbols, definitions)


def check_expressions(desk: Desk, found: Instrument) -> None:
    """Note every expression that gives something else than its place asks."""
    checker, said = Checker(found.scope), desk.said
    for name, let in said.let.items():
        with desk.at("let", name):
            kind = checker.definition(name)
            if let.unit is not None and kind.unit is not None:
                _want_unit(
                    name, let.unit, kind.unit.name, like=unit(let.unit).like(kind.unit)
                )
    for name, output in said.outputs.items():
        with desk.at("outputs", name):
            kind = checker.check(
                parse(output.expr), absent_said=output.absent is not None
            )
            if kind.unit is not None:
                _want_unit(
                    name,
                    output.unit,
                    kind.unit.name,
                    like=unit(output.unit).like(kind.unit),
                )
    for name, account in said.accounts.items():
        for limit in ("floor", "ceiling"):
            text = getattr(account, limit)
            if text is not None:
                with desk.at("accounts", name, limit):
                    _amount(checker, text, desk.commodities[account.commodity])
    for name, one in said.sets.items():
        with desk.at("sets", name, "ceiling"):
            _amount(checker, one.ceiling, desk.commodities[one.commodity])
    for name, move in said.moves.items():
        _check_move(desk, found, checker, name, move)


def _check_move(
    desk: Desk, found: Instrument, checker: Checker, name: str, move: Move
) -> None:
    path: Path_ = ("moves", name)
    for place, one in enumerate(move.requires):
        with desk.at(*path, "requires", place):
            kind = checker.check(parse(one.test), absent_said=one.absent is not None)
            if kind.name != "truth":
                raise _not("a condition", one.test, kind.name)
    for place, leg in enumerate(move.legs):
        counted = desk.commodities[
            desk.said.accounts[leg.debit or leg.credit].commodity
        ]
        for what, text in leg_texts(leg):
            with desk.at(*path, "legs", place):
                _piece(checker, what, text, counted)
    targets = [p for p in found.parts(name) if p.target is not None]
    if move.amounts and len(move.amounts) != len(targets):
        msg = f"{len(move.amounts)} amounts for {len(targets)} parts of `{move.other}`"
        desk.wrong("D407", (*path, "amounts"), msg, "write one for each, in order")
        return
    texts = move.amounts or (
        () if move.amount is None else (move.amount,) * len(targets)
    )
    word = MOVED if move.reverses else HELD
    for part, text in zip(targets, texts, strict=bool(texts)):
        within = Checker(found.scope_of(word, part.commodity))
        with desk.at(*path, "amounts" if move.amounts else "amount"):
            _amount(within, text, desk.commodities[part.commodity])


def _piece(checker: Checker, what: str, text: str, counted: Commodity) -> None:
    if what == "amount":
        _amount(checker, text, counted)
        return
    kind = checker.check(parse(text), absent_said=True)
    if what == "date" and kind.name != "date":
        raise _not("a day", text, kind.name)
    if what == "share":
        if kind.name != "number":
            raise _not("a share", text, kind.name)
        if kind.unit is not None and not kind.unit.is_pure:
            msg = f"a share has no unit, `{text}` gives {kind.unit.name}"
            raise RuleError(msg, code="D213", hint="divide by what it is a share of")


def _not(what: str, text: str, found: str) -> RuleError:
    msg = f"{what} is asked, `{text}` is a {found}"
    return RuleError(msg, code="D212")


def _amount(checker: Checker, text: str, counted: Commodity) -> None:
    """Raise when an expression gives no amount of a commodity."""
    kind = checker.check(parse(text), absent_said=True)
    if kind.name != "number":
        raise _not("an amount", text, kind.name)
    if kind.unit is not None:
        wanted = unit(counted.unit)
        _want_unit(text, counted.unit, kind.unit.name, like=wanted.like(kind.unit))


def _want_unit(name: str, wanted: str, found: str, *, like: bool) -> None:
    if not like:
        msg = f"`{name}` has to be in {wanted}, its expression gives {found}"
        raise RuleError(msg, code="D213", hint="mend the unit or the expression")
