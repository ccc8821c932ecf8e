# SPDX-License-Identifier: Apache-2.0
"""The expressions of a move, evaluated: exact amounts, conditions, days.

What is unknown is never a number. A result that hangs on a parameter nobody has set
is refused with the parameter's name (L120), one that hangs on an input with the
input's (L124); a condition that fails is refused with its words and article (L123).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.declarations.instrument import filled, in_base, in_smallest, keys_in
from ceyuan.kernel import UNKNOWN
from ceyuan.language import Context, Fixed, Interpreter, parse, settle
from ceyuan.ledger.mechanisms import rounded
from ceyuan.ledger.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.declarations.instrument_parts import Requirement
    from ceyuan.language import FactKey, Known, Scope, Setting
    from ceyuan.ledger.look import Look


@dataclass(frozen=True, slots=True)
class Told:
    """What a move is told.

    Args:
        instrument: The instrument.
        keys: The case.
        inputs: Inputs, numbers in the base of their unit.
        day: The day on which it counts.
        settings: Parameters set by the office, by the instrument's names.
    """

    instrument: Instrument
    keys: Mapping[str, str]
    inputs: Mapping[str, Known]
    day: date
    settings: Mapping[str, Setting]


class Evaluated:
    """The expressions of one move on one day.

    Args:
        told: What the move is told.
        look: A look at the book, for the balances that are read.
        stem: Id of the move, for refusals.
        read: Names of the accounts whose balances are read.
    """

    def __init__(self, told: Told, look: Look, stem: str, read: Iterable[str]) -> None:
        self._told = told
        self._stem = stem
        year = _case_year(told)
        values: dict[FactKey, Known] = {
            (name, None): value for name, value in told.inputs.items()
        }
        values["year_end", None] = date(year, 12, 31)
        for name in read:
            account = told.instrument.account(name)
            found = look.balance(filled(account.path, told.keys))
            counted = told.instrument.commodity(name)
            has, free = (0, 0) if found is None else (found.has, found.available)
            values[f"has_{name}", None] = in_base(has, counted)
            values[f"available_{name}", None] = in_base(free, counted)
        in_force = told.instrument.settings(told.day)
        self._context = Context(
            told.day, told.day.year - 1, {**in_force, **told.settings}
        )
        self._fixed = Fixed(values)
        self._within = self._interpreter(told.instrument.scope)

    def _interpreter(
        self, scope: Scope, more: Mapping[FactKey, Known] | None = None
    ) -> Interpreter:
        return Interpreter(scope, self._context, self._fixed.with_values(more or {}))

    def opening(self, path: str) -> date:
        """Return the first day of an account: of its year, or of the move's.

        An account of a year opens with the year, so that what counts earlier in it
        can still be told later.
        """
        keys = self._told.instrument.said.keys
        years = [self._told.day.year]
        for key in keys_in(path):
            if key in keys and keys[key].kind == "year":
                years.append(int(self._told.keys[key]))
        return date(min(years), 1, 1)

    def require(self, one: Requirement) -> None:
        """See that a condition is met.

        Raises:
            Refused: It is not (L123), or not known (L120, L124).
        """
        verdict = self._within.ask(parse(one.test), absent_as=one.absent)
        if verdict.value is UNKNOWN:
            raise self._unknown(verdict.missing, one.test)
        if verdict.value is not True:
            cited = self._told.instrument.articles[one.article]
            raise Refused(
                "L123",
                {"id": self._stem, "zh": one.zh, "en": one.en, "article": cited.place},
            )

    def number(self, text: str) -> Fraction:
        """Return the number of an expression, in base units.

        Raises:
            Refused: It is not known.
        """
        return self._number(self._within, text)

    def exact(self, text: str, commodity: str, word: str = "", of: int = 0) -> Fraction:
        """Return an amount in smallest units; it need not be whole.

        Args:
            text: The expression.
            commodity: What is counted.
            word: `held` or `moved` where the amount may name it.
            of: What that is, in smallest units.

        Raises:
            Refused: It is not known.
        """
        counted = self._told.instrument.commodities[commodity]
        within = self._within
        if word:
            scope = self._told.instrument.scope_of(word, commodity)
            within = self._interpreter(scope, {(word, None): in_base(of, counted)})
        return in_smallest(self._number(within, text), counted)

    def limit(self, text: str | None, commodity: str) -> int | None:
        """Return a floor or a ceiling in smallest units, rounded down; None: none.

        Raises:
            Refused: It is not known.
        """
        return None if text is None else rounded(self.exact(text, commodity), "down")

    def day(self, text: str) -> date:
        """Return the day of an expression.

        Raises:
            Refused: It is not known.
        """
        return date.fromordinal(int(self.number(text)))

    def _number(self, within: Interpreter, text: str) -> Fraction:
        found = settle(within.measure(parse(text), absent_as=False))
        if not found.exact:
            raise self._unknown(found.missing, text)
        assert found.low is not None
        return Fraction(found.low)

    def _unknown(self, missing: Iterable[FactKey], text: str) -> Refused:
        instrument = self._told.instrument
        names = sorted({name for name, _ in missing})
        by_home = {home: name for name, home in instrument.homes.items()}
        for name in names:
            if name in by_home:
                zh = instrument.parameters[by_home[name]].zh
                return Refused("L120", {"id": self._stem, "name": name, "zh": zh})
        inputs = instrument.said.inputs
        told = "、".join(
            f"`{n}`（{inputs[n].zh}）" if n in inputs else f"`{n}`" for n in names
        )
        return Refused("L124", {"id": self._stem, "names": told or f"`{text}` 的值"})


def _case_year(told: Told) -> int:
    """Return the year of the case, or of the day where the case has none."""
    for name, key in told.instrument.said.keys.items():
        if key.kind == "year" and name in told.keys:
            return int(told.keys[name])
    return told.day.year
