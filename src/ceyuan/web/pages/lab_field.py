# SPDX-License-Identifier: Apache-2.0
"""What a field of the form for a policy is: a parameter's, or an expression's."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.declarations.patch import number
from ceyuan.kernel import exact

if TYPE_CHECKING:
    from ceyuan.declarations.policy import Parameter
    from ceyuan.office.said_values import Value


_FAR = 100
"""From so many times on a new value is asked about: it may be the wrong unit."""


def _plain(value: Fraction) -> str:
    """Return a number as one types it, with separators."""
    if value.denominator == 1:
        return f"{value.numerator:,}"
    said = number(value)
    return said if isinstance(said, str) else f"{said:,f}"


@dataclass(frozen=True, slots=True)
class ParameterField:
    """A parameter: its value today, and the value that the reform gives it.

    Args:
        id: Name of its fields.
        said: Its names and unit.
        kind: number, flag, date, set, steps or marginal.
        unit: Unit to type in; empty for a pure number.
        gives: Unit of what a table gives.
        today: The value in force; None: nobody has set one.
        office: What the office has set, which outranks the file's; empty: nothing.
        article: Where it stands.
        confidence: How sure that is.
        value: What the field holds.
        rows: What the fields of a table hold: bound, gives, kind of bound.
        since: First day.
        until: Last day.
        locked: It is changed in several places, so only in YAML.
        wrong: What is wrong, by field.
        now: The number in force, in the unit to type in; None: it is no number.
    """

    id: str
    said: Parameter
    kind: str
    unit: str
    gives: str
    today: Value | None
    office: str
    article: str
    confidence: str
    value: str = ""
    rows: tuple[tuple[str, str, str], ...] = ()
    since: str = ""
    until: str = ""
    locked: bool = False
    wrong: tuple[str, ...] = ()
    now: Fraction | None = None

    @property
    def plain(self) -> str:
        """Return the number in force as one types it; empty where it is none."""
        return "" if self.now is None else _plain(self.now)

    @property
    def times(self) -> str:
        """Return by how much a new number differs, where that is a hundred times.

        Two units of one quantity are often ten thousand apart; who types in the wrong
        one is to see it. A number with a unit of its own says what it means.
        """
        try:
            new = exact(self.value.replace(",", "").rstrip("%"))
        except ValueError:
            return ""
        if not self.now or not new or new * self.now < 0:
            return ""
        ratio = new / self.now
        if ratio >= _FAR:
            return _plain(Fraction(round(ratio)))
        return f"1/{_plain(Fraction(round(1 / ratio)))}" if 1 / ratio >= _FAR else ""

    @property
    def is_changed(self) -> bool:
        """Return whether the draft changes it."""
        return bool(self.value or self.since or self.until) or self.locked


@dataclass(frozen=True, slots=True)
class TextField:
    """An expression: as it is today, and as the reform has it.

    Args:
        id: Name of its field.
        zh: What it is called.
        en: The same in English.
        words: Today's, in the words of the page's language.
        today: Today's, as it stands in the file.
        value: What the field holds.
        article: Where it stands.
        dropped: The reform takes it away; None: it cannot be taken away.
        locked: It is changed in several places.
    """

    id: str
    zh: str
    en: str
    words: str
    today: str
    value: str
    article: str = ""
    dropped: bool | None = None
    locked: bool = False

    @property
    def lines(self) -> int:
        """Return how many lines its field has."""
        return min(12, self.value.count("\n") + 1 + len(self.value) // 90)

    @property
    def is_changed(self) -> bool:
        """Return whether the draft changes it."""
        return bool(self.dropped) or self.value.split() != self.today.split()
