# SPDX-License-Identifier: Apache-2.0
"""What is checked of an instrument when it is read, and what it becomes.

Names, articles, parameters, templates and expressions are checked here, with file
and line, so that a move that passes can only be refused by the book or by what it is
told. All faults of a file are collected: one run shows all that has to be mended.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from ceyuan.declarations.compose import _check_dates, _setting
from ceyuan.declarations.instrument import (
    HELD,
    MOVED,
    Cited,
    Instrument,
    keys_in,
    others_of,
)
from ceyuan.declarations.instrument_desk import Desk
from ceyuan.declarations.instrument_expressions import check_expressions, scope_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.declarations.compose import Rule
    from ceyuan.declarations.instrument_parts import Commodity, InstrumentSaid, Move
    from ceyuan.declarations.policy import Parameter
    from ceyuan.declarations.source import Path_, Source
    from ceyuan.kernel import RuleError

_PATH = re.compile(r"[^/\s{}\\]+(/[^/\s{}\\]+)*\Z")
BUILT_IN = ("as_of", "year_end", HELD, MOVED)
"""Names that every instrument has: the day, the end of its year, and the two."""


def compose_instrument(
    said: InstrumentSaid,
    source: Source,
    rules: Mapping[str, Rule],
    commodities: Mapping[str, Commodity],
) -> tuple[Instrument | None, list[RuleError]]:
    """Return an instrument ready to be moved, and what is wrong with its file.

    The instrument is None where something is wrong.
    """
    desk = Desk(said, source, rules, commodities)
    parameters = _parameters(desk)
    _check_names(desk)
    _check_accounts(desk)
    _check_moves(desk)
    if desk.errors:
        return None, desk.errors
    homes = {
        name: f"{one.from_policy or said.instrument}.{one.name or name}"
        for name, one in said.parameters.items()
    }
    scope = scope_of(desk, parameters, homes)
    if desk.errors:
        return None, desk.errors
    found = Instrument(
        said.instrument,
        said,
        scope,
        parameters,
        homes,
        {ref: _cited(desk, ref) for ref in _refs(said)},
        commodities,
        source.name,
        hashlib.sha256(source.text.encode()).hexdigest(),
        source,
    )
    check_expressions(desk, found)
    _check_entitlement(desk)
    return (None if desk.errors else found), desk.errors


# --- names ---------------------------------------------------------------------


def _parameters(desk: Desk) -> dict[str, Parameter]:
    """Return the parameters, with those of policies taken from where they stand."""
    found: dict[str, Parameter] = {}
    for policy in desk.said.policies:
        desk.known("D401", ("policies",), "policy", policy, desk.rules)
    for name, one in desk.said.parameters.items():
        path = ("parameters", name)
        if not one.from_policy:
            found[name] = one.own()
            with desk.at(*path):
                _check_dates(found[name])
                for value in one.values:
                    _setting(found[name], value)
            for place, value in enumerate(one.values):
                _article(desk, (*path, "values", place), value.article)
            continue
        if not desk.known("D401", path, "policy", one.from_policy, desk.rules):
            continue
        there = desk.rules[one.from_policy].said.parameters
        wanted = one.name or name
        what = f"parameter of `{one.from_policy}`"
        if desk.known("D402", path, what, wanted, there):
            found[name] = there[wanted]
    return found


def _refs(said: InstrumentSaid) -> list[str]:
    """Return every citation of a file, once."""
    found: dict[str, None] = dict.fromkeys(said.articles)
    for move in said.moves.values():
        found[move.article] = None
        found |= dict.fromkeys(r.article for r in move.requires)
    if said.entitlement is not None:
        days = (said.entitlement.objection_days, said.entitlement.confirm_days)
        found |= dict.fromkeys(d.article for d in days if d is not None and d.article)
    for one in said.parameters.values():
        found |= dict.fromkeys(v.article for v in one.values)
    return list(found)


def _article(desk: Desk, path: Path_, ref: str) -> None:
    policy, dot, article = ref.partition(".")
    if not dot:
        desk.known("D403", path, "article in this file", ref, desk.said.articles)
    elif desk.known("D401", path, "policy", policy, desk.rules):
        there = desk.rules[policy].said.articles
        desk.known("D403", path, f"article of `{policy}`", article, there)


def _cited(desk: Desk, ref: str) -> Cited:
    policy, dot, name = ref.partition(".")
    said = desk.rules[policy].said if dot else desk.said
    article = said.articles[name if dot else ref]
    return Cited(said.documents[article.document], article)


def _check_names(desk: Desk) -> None:
    """One name means one thing; every article is there."""
    seen = dict.fromkeys(BUILT_IN, "the language")
    said = desk.said
    for account in said.accounts:
        seen[f"has_{account}"] = seen[f"available_{account}"] = "the balances"
    for section in ("parameters", "inputs", "let"):
        for name in getattr(said, section):
            if name in seen:
                msg = f"`{name}` is already a name in {seen[name]}"
                hint = "give it a name of its own"
                desk.wrong("D220", (section, name), msg, hint)
            seen[name] = section
    for name, article in said.articles.items():
        path = ("articles", name)
        desk.known("D403", path, "document", article.document, said.documents)
    for name, one in said.inputs.items():
        if one.commodity:
            path = ("inputs", name)
            desk.known("D404", path, "commodity", one.commodity, desk.commodities)


def _template(desk: Desk, path: Path_, template: str, *, is_path: bool) -> None:
    """Check that a path or an id is sound and names only keys."""
    for key in keys_in(template):
        desk.known("D405", path, "key", key, desk.said.keys)
    plain = re.sub(r"\{\w+\}", "x", template)
    if not (_PATH if is_path else re.compile(r"[^\s{}\\]+\Z")).match(plain):
        msg = f"`{template}` is no {'path' if is_path else 'id'}"
        hint = "plain words parted by `/`, keys in braces, no space"
        desk.wrong("D405", path, msg, hint)


def _check_accounts(desk: Desk) -> None:
    for name, one in desk.said.accounts.items():
        path = ("accounts", name)
        _template(desk, (*path, "path"), one.path, is_path=True)
        desk.known("D404", path, "commodity", one.commodity, desk.commodities)
        for member in one.sets:
            if not desk.known("D404", path, "account set", member, desk.said.sets):
                continue
            wanted = desk.said.sets[member]
            if wanted.commodity != one.commodity:
                msg = f"set `{member}` counts {wanted.commodity}, not {one.commodity}"
                desk.wrong("D404", path, msg, "a set counts one commodity")
            elif not set(keys_in(wanted.name)) <= set(keys_in(one.path)):
                msg = f"the name of set `{member}` has a key that the path has not"
                desk.wrong("D405", path, msg, "an account belongs to one set for ever")
    for name, limit in desk.said.sets.items():
        path = ("sets", name)
        _template(desk, (*path, "name"), limit.name, is_path=True)
        desk.known("D404", path, "commodity", limit.commodity, desk.commodities)


# --- moves ---------------------------------------------------------------------


def _check_moves(desk: Desk) -> None:
    for name, move in desk.said.moves.items():
        path = ("moves", name)
        _template(desk, (*path, "id"), move.id, is_path=False)
        _article(desk, path, move.article)
        for place, one in enumerate(move.requires):
            _article(desk, (*path, "requires", place), one.article)
        _check_legs(desk, name, move)
        _check_other(desk, name, move)


def _check_legs(desk: Desk, name: str, move: Move) -> None:
    accounts = desk.said.accounts
    for place, leg in enumerate(move.legs):
        path = ("moves", name, "legs", place)
        named = [a for a in (leg.debit, leg.credit) if a] + list(others_of(leg))
        rule = leg.by_holdings
        if rule is not None:
            named.append(rule.holdings)
        there = [desk.known("D404", path, "account", a, accounts) for a in named]
        if not all(there):
            continue
        moved = [a for a in named if rule is None or a != rule.holdings]
        if len({accounts[a].commodity for a in moved}) > 1:
            told = ", ".join(f"{a}: {accounts[a].commodity}" for a in moved)
            msg = f"a transfer moves one commodity; {told}"
            desk.wrong("D404", path, msg, "write one leg for each commodity")
        split = leg.split
        if split is not None and split.remainder not in split.into:
            msg = f"`{split.remainder}` takes the remainder and has no share"
            hint = "give it a share; 0 is one"
            desk.wrong("D408", path, msg, hint)
        if rule is None:
            continue
        if not accounts[rule.holdings].path.endswith(f"/{{{rule.key}}}"):
            msg = f"the path of `{rule.holdings}` does not end with `{{{rule.key}}}`"
            desk.wrong("D408", path, msg, "the holder is the last part of the path")
        if rule.key not in keys_in(accounts[rule.to].path):
            msg = f"the path of `{rule.to}` has no `{{{rule.key}}}`"
            desk.wrong(
                "D408", path, msg, "each holder takes in an account of their own"
            )


def _check_other(desk: Desk, name: str, move: Move) -> None:
    """A move that settles, voids or reverses names one that can be."""
    if not move.other:
        return
    path, moves = ("moves", name), desk.said.moves
    if not desk.known("D404", path, "move", move.other, moves):
        return
    other = moves[move.other]
    chain, following = [name], move.other
    while following:
        if following in chain:
            msg = f"moves take back each other: {' → '.join([*chain, following])}"
            desk.wrong("D407", path, msg, "name the move that was first")
            return
        chain.append(following)
        following = moves[following].other if following in moves else ""
    holds = [leg for leg in other.legs if leg.hold]
    if (move.settles or move.voids) and not holds:
        msg = f"`{move.other}` holds nothing that could be settled"
        desk.wrong("D407", path, msg, "say `hold: true` on its legs")
    posted = other.settles or any(not leg.hold for leg in other.legs)
    if move.reverses and not posted:
        msg = f"`{move.other}` posts nothing that could be reversed"
        desk.wrong("D407", path, msg, "a hold is made void, not reversed")
    if any(leg.by_holdings for leg in other.legs):
        msg = f"`{move.other}` splits by holdings; its parts cannot be named again"
        desk.wrong("D407", path, msg, "reverse them one by one in the ledger")
    if not set(keys_in(other.id)) <= set(keys_in(move.id)):
        msg = f"the id of `{name}` lacks keys that tell the `{move.other}` it means"
        desk.wrong("D407", path, msg, f"it has to hold all keys of `{other.id}`")


def _check_entitlement(desk: Desk) -> None:
    """What makes a claim of a grant names moves that promise, confirm and cancel."""
    one = desk.said.entitlement
    if one is None:
        return
    path: Path_ = ("entitlement",)
    if one.policy:
        desk.known("D401", path, "policy", one.policy, desk.rules)
    desk.known("D404", (*path, "pool"), "account", one.pool, desk.said.accounts)
    for word in ("promise", "confirm", "cancel"):
        name = getattr(one, word)
        if name:
            desk.known("D404", (*path, word), "move", name, desk.said.moves)
    if desk.errors:
        return
    moves = desk.said.moves
    wrong = (one.confirm and moves[one.confirm].settles != one.promise) or (
        one.promise not in (moves[one.cancel].voids, moves[one.cancel].reverses)
    )
    if wrong:
        msg = f"`confirm` has to settle, `cancel` to take back `{one.promise}`"
        desk.wrong("D409", path, msg, "say `settles`, `voids` or `reverses` there")
    for word in ("objection_days", "confirm_days"):
        days = getattr(one, word)
        if days is None:
            continue
        if days.article:
            _article(desk, (*path, word), days.article)
        else:
            where = (*path, word)
            desk.known("D404", where, "parameter", days.parameter, desk.said.parameters)
