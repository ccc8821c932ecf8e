# SPDX-License-Identifier: Apache-2.0
"""An instrument with its names resolved: what the planning of a move reads.

The one hard idea is the *part*. A move is a fixed list of parts, each of which
becomes at most one entry (or, where an amount is split by holdings, one for each
holder); the part's number is in the entry's id. So the move that settles a hold
knows the hold's id without a search, and a part that came to nothing leaves a gap
and shifts no number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.declarations.compose import _in_force
from ceyuan.kernel import UsageError, unit
from ceyuan.language import FactSymbol, names, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from ceyuan.declarations.instrument_parts import (
        AccountSaid,
        Commodity,
        InstrumentSaid,
        Leg,
        Move,
    )
    from ceyuan.declarations.policy import Article, Document, Parameter
    from ceyuan.declarations.source import Source
    from ceyuan.language import Scope, Setting

_KEY = re.compile(r"\{(\w+)\}")
HELD = "held"
"""In a move that settles, what the hold of the part reserves."""
MOVED = "moved"
"""In a move that reverses, what the transfer of the part moved."""


def keys_in(template: str) -> tuple[str, ...]:
    """Return the keys of a path or an id, in their order.

    >>> keys_in("voucher/{year}/firm/{firm}")
    ('year', 'firm')
    """
    return tuple(dict.fromkeys(_KEY.findall(template)))


def filled(template: str, keys: Mapping[str, str]) -> str:
    """Return a path or an id with its keys put in."""
    return _KEY.sub(lambda match: keys[match[1]], template)


@dataclass(frozen=True, slots=True)
class Cited:
    """An article, and the document that it stands in."""

    document: Document
    article: Article

    @property
    def place(self) -> str:
        """Return where it stands, as people say it."""
        return f"{self.document.zh} {self.article.article}"


@dataclass(frozen=True, slots=True)
class MovePart:
    """One entry that a move can become.

    Args:
        number: Its place among the parts of its move, from 1.
        debit: Name of the debited account; of a holder's part, the one of each.
        credit: Name of the credited account.
        commodity: What is counted.
        leg: Place of its leg in the move; None where it settles, voids, reverses.
        target: The part of the other move that it settles, voids or reverses.
        holds: Whether it is a hold.
        holders: Whether there is one entry for each holder.
    """

    number: int
    debit: str
    credit: str
    commodity: str
    leg: int | None = None
    target: MovePart | None = None
    holds: bool = False
    holders: bool = False


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument ready to be moved.

    Args:
        id: Its id.
        said: What its file says.
        scope: What the names of its expressions mean.
        parameters: Its parameters, those of policies included, by its own names.
        homes: Where each parameter's value belongs: `OWNER.NAME`.
        articles: Articles by the words that cite them.
        commodities: All commodities of the region.
        file: Its file name.
        digest: SHA-256 of its text.
        source: Its file, for lines in messages.
    """

    id: str
    said: InstrumentSaid
    scope: Scope
    parameters: Mapping[str, Parameter]
    homes: Mapping[str, str]
    articles: Mapping[str, Cited]
    commodities: Mapping[str, Commodity]
    file: str
    digest: str
    source: Source = field(repr=False, compare=False)

    def move(self, name: str) -> Move:
        """Return a move.

        Raises:
            UsageError: There is no such move.
        """
        if name in self.said.moves:
            return self.said.moves[name]
        near = get_close_matches(name, self.said.moves, n=1)
        known = "、".join(self.said.moves)
        hint = (
            f"是不是 `{near[0]}`？ (did you mean it?)" if near else f"可用的：{known}"
        )
        msg = f"`{self.id}` 没有动作 `{name}` (there is no such move)"
        raise UsageError(msg, hint=hint)

    def account(self, name: str) -> AccountSaid:
        """Return an account by its name in the file."""
        return self.said.accounts[name]

    def commodity(self, account: str) -> Commodity:
        """Return what an account counts."""
        return self.commodities[self.said.accounts[account].commodity]

    def parts(self, move: str) -> tuple[MovePart, ...]:
        """Return the parts of a move, numbered from 1.

        First those that settle, void or reverse, in the order of the other move;
        then those of its own legs, in the order of the file.
        """
        return _numbered(self.said, move)

    def settings(self, day: date) -> dict[str, Setting]:
        """Return the parameters in force on a day, in base units."""
        return {n: _in_force(p, day) for n, p in self.parameters.items()}

    def read_names(self, move: str) -> frozenset[str]:
        """Return every name that planning a move can read, lets looked through."""
        return self._names(self._texts(move))

    def _names(self, texts: Iterable[str]) -> frozenset[str]:
        found: set[str] = set()
        waiting = [n for text in texts for n in names(parse(text))]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            if name in self.said.let:
                waiting += names(parse(self.said.let[name].expr))
        return frozenset(found)

    def balances_read(self, move: str) -> tuple[str, ...]:
        """Return the accounts whose balances planning a move reads."""
        return self._balances(self.read_names(move))

    def balances_in(self, text: str) -> tuple[str, ...]:
        """Return the accounts whose balances an expression reads."""
        return self._balances(self._names([text]))

    def _balances(self, read: frozenset[str]) -> tuple[str, ...]:
        return tuple(
            name
            for name in self.said.accounts
            if f"has_{name}" in read or f"available_{name}" in read
        )

    def touched(self, move: str) -> tuple[str, ...]:
        """Return the accounts that a move's own legs name."""
        found: dict[str, None] = {}
        for part in self.parts(move):
            if part.leg is not None:
                found |= dict.fromkeys((part.debit, part.credit))
        return tuple(found)

    def keys_of(self, move: str) -> tuple[str, ...]:
        """Return the keys that a move asks for."""
        said = self.said.moves[move]
        free = {leg.by_holdings.key for leg in said.legs if leg.by_holdings}
        templates = [said.id]
        if said.other:
            templates.append(self.said.moves[said.other].id)
        for name in (*self.touched(move), *self.balances_read(move)):
            account = self.said.accounts[name]
            templates += [account.path, *(self.said.sets[s].name for s in account.sets)]
        asked = dict.fromkeys(k for text in templates for k in keys_in(text))
        return tuple(k for k in asked if k not in free)

    def inputs_of(self, move: str) -> tuple[str, ...]:
        """Return the inputs that planning a move can read."""
        read = self.read_names(move)
        return tuple(name for name in self.said.inputs if name in read)

    def scope_of(self, name: str, commodity: str) -> Scope:
        """Return the scope in which an amount of a settling move stands.

        Args:
            name: `HELD` or `MOVED`.
            commodity: What the part counts.
        """
        base = unit(self.commodities[commodity].unit).base
        symbol = FactSymbol(name, "number", base)
        return replace(self.scope, facts={**self.scope.facts, name: symbol})

    def _texts(self, move: str) -> Iterator[str]:
        said = self.said.moves[move]
        yield from (r.test for r in said.requires)
        yield from (text for leg in said.legs for _, text in leg_texts(leg))
        yield from () if said.amount is None else (said.amount,)
        yield from said.amounts
        for name in self.touched(move):
            account = self.said.accounts[name]
            yield from (t for t in (account.floor, account.ceiling) if t is not None)
            yield from (self.said.sets[s].ceiling for s in account.sets)


def leg_texts(leg: Leg) -> Iterator[tuple[str, str]]:
    """Yield the expressions of a leg, each with what it gives.

    What it gives is `amount`, `share` or `date`.
    """
    if leg.amount is not None:
        yield "amount", leg.amount
    if leg.expires is not None:
        yield "date", leg.expires
    if leg.split is not None:
        yield "amount", leg.split.of
        yield from (("share", text) for text in leg.split.into.values())
    if leg.waterfall is not None:
        yield "amount", leg.waterfall.of
        for layer in leg.waterfall.layers:
            if layer.up_to is not None:
                yield "amount", layer.up_to
    if leg.by_holdings is not None:
        yield "amount", leg.by_holdings.of


def others_of(leg: Leg) -> tuple[str, ...]:
    """Return the accounts that a leg's rule names; one entry each, in that order."""
    if leg.split is not None:
        return tuple(leg.split.into)
    if leg.waterfall is not None:
        return tuple(layer.account for layer in leg.waterfall.layers)
    if leg.by_holdings is not None:
        return (leg.by_holdings.to,)
    return ()


def _numbered(said: InstrumentSaid, move: str) -> tuple[MovePart, ...]:
    one = said.moves[move]
    found: list[MovePart] = []
    if one.other:
        turned = bool(one.reverses)
        for target in _numbered(said, one.other):
            # A hold is settled or made void; what is reversed has been posted.
            if target.holds != turned:
                found.append(
                    MovePart(
                        len(found) + 1,
                        target.credit if turned else target.debit,
                        target.debit if turned else target.credit,
                        target.commodity,
                        target=target,
                    )
                )
    for place, leg in enumerate(one.legs):
        pairs = (
            [(leg.debit, leg.credit)]
            if leg.amount is not None
            else [(leg.debit or o, leg.credit or o) for o in others_of(leg)]
        )
        for debit, credit in pairs:
            found.append(
                MovePart(
                    len(found) + 1,
                    debit,
                    credit,
                    said.accounts[debit].commodity,
                    leg=place,
                    holds=leg.hold,
                    holders=leg.by_holdings is not None,
                )
            )
    return tuple(found)


def in_base(smallest: int, commodity: Commodity) -> Fraction:
    """Return a count of smallest units as expressions measure it.

    >>> from ceyuan.declarations.parts import Text
    >>> from ceyuan.declarations.instrument_parts import Commodity
    >>> word = Text(zh="小时", en="hours")
    >>> hour = Commodity(
    ...     zh="机时",
    ...     en="time",
    ...     unit="小时",
    ...     per_unit=60,
    ...     smallest=word,
    ...     decimals=2,
    ...     shown_in=word,
    ... )
    >>> in_base(90, hour)
    Fraction(3, 2)
    """
    return Fraction(smallest, commodity.per_unit) * unit(commodity.unit).scale


def in_smallest(base: Fraction, commodity: Commodity) -> Fraction:
    """Return a measure of expressions in smallest units; it need not be whole."""
    return base / unit(commodity.unit).scale * commodity.per_unit


def shown(smallest: int, commodity: Commodity, *, locale: str = "zh") -> str:
    """Return an amount as people read it, with its unit.

    What the decimals cannot say exactly is said otherwise: a part of a whole as a
    fraction, anything else in smallest units. No shown figure is another than the
    kept one.
    """
    english = locale == "en"
    word = commodity.shown_in.en if english else commodity.shown_in.zh
    sign, size = "−" if smallest < 0 else "", abs(smallest)
    scale = 10**commodity.decimals
    figure = Fraction(size * scale, commodity.per_unit)
    if figure.denominator == 1:
        whole, rest = divmod(int(figure), scale)
        text = f"{whole:,}"
        if commodity.decimals:
            text += f".{rest:0{commodity.decimals}d}"
    elif unit(commodity.unit).is_pure:
        text = str(Fraction(size, commodity.per_unit))
    else:
        text = f"{size:,}"
        word = commodity.smallest.en if english else commodity.smallest.zh
    return f"{sign}{text} {word}"
