# SPDX-License-Identifier: Apache-2.0
"""What the interpreter knows of a number: a range, a quotient, or a root.

An unknown number is the range of all it can be; a score with a missing item is
[least, most]. A quotient keeps numerator and denominator apart, so that it is
compared by multiplying across and never divided; compound growth keeps its
power, so that it is compared by powers and never rooted. All in `Fraction`.

A number may be *gone* (absent): yes, no, or maybe, while what decides it is
itself unknown.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.kernel import UNKNOWN, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from ceyuan.language.scope import FactKey
    from ceyuan.language.tree import Order

Truth3: TypeAlias = "bool | Unknown"
NONE: frozenset[FactKey] = frozenset()


class Gone(IntEnum):
    """Whether a number is absent."""

    NO = 0
    MAYBE = 1
    YES = 2


@dataclass(slots=True)
class Verdict:
    """A three-valued answer and the unknown facts that leave it open."""

    value: Truth3
    missing: frozenset[FactKey] = NONE


@dataclass(slots=True)
class Range:
    """All that a number can be, both ends included.

    Args:
        low: Least possible value; None: no lower end.
        high: Greatest possible value; None: no upper end.
        gone: Whether it is absent.
        missing: Unknown facts that leave it open.
        constant: Made of literals and parameters only.
    """

    low: Fraction | int | None
    high: Fraction | int | None
    gone: Gone = Gone.NO
    missing: frozenset[FactKey] = NONE
    constant: bool = False

    @property
    def exact(self) -> bool:
        """Return whether one value is left, and it is not absent."""
        return self.low is not None and self.low == self.high and not self.gone


@dataclass(frozen=True, slots=True)
class Quotient:
    """`top / bottom * scale + offset`; absent where the bottom is 0 or less."""

    top: Range
    bottom: Range
    scale: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)

    @property
    def gone(self) -> Gone:
        """Return whether it is absent."""
        own = Gone.MAYBE
        if self.bottom.high is not None and self.bottom.high <= 0:
            own = Gone.YES
        elif self.bottom.low is not None and self.bottom.low > 0:
            own = Gone.NO
        return max(own, self.top.gone, self.bottom.gone)

    @property
    def missing(self) -> frozenset[FactKey]:
        """Return the unknown facts that leave it open."""
        return self.top.missing | self.bottom.missing

    @property
    def plain(self) -> bool:
        """Return whether it is a known number over a known positive one."""
        bottom = self.bottom
        return (
            self.top.exact
            and bottom.exact
            and bottom.low is not None
            and bottom.low > 0
            and self.scale == 1
            and not self.offset
        )


@dataclass(frozen=True, slots=True)
class Root:
    """`(top / bottom) ** (1 / power) - 1`: compound growth; only compared."""

    quotient: Quotient
    power: int

    @property
    def gone(self) -> Gone:
        """Return whether it is absent."""
        return self.quotient.gone

    @property
    def missing(self) -> frozenset[FactKey]:
        """Return the unknown facts that leave it open."""
        return self.quotient.missing


Value: TypeAlias = Range | Quotient | Root


def point(value: Fraction | int, *, constant: bool = False) -> Range:
    """Return a known number; a whole one as an int, which is much the faster."""
    if value.denominator == 1:
        value = int(value)
    return Range(value, value, Gone.NO, NONE, constant)


def settle(value: Value) -> Range:
    """Return a value as a range: itself where it is exact, else open.

    A quotient that is not exactly known could be anything once it is part of
    further arithmetic; see `docs/language.md`, what is carried through.
    """
    if isinstance(value, Range):
        return value
    if isinstance(value, Quotient):
        top, bottom = value.top, value.bottom
        if value.gone is Gone.NO and top.exact and bottom.exact:
            assert top.low is not None
            assert bottom.low is not None
            return point(Fraction(top.low) / bottom.low * value.scale + value.offset)
        return Range(None, None, value.gone, value.missing)
    msg = "compound growth is only compared"
    raise TypeError(msg)


def add(a: Range, b: Range, sign: int) -> Range:
    """Return a + b (sign 1) or a - b (sign -1), range by range."""
    b_low, b_high = (b.low, b.high) if sign > 0 else (b.high, b.low)
    low = None if a.low is None or b_low is None else a.low + sign * b_low
    high = None if a.high is None or b_high is None else a.high + sign * b_high
    return Range(
        low,
        high,
        max(a.gone, b.gone),
        a.missing | b.missing,
        a.constant and b.constant,
    )


def scale(a: Range, by: Fraction | int) -> Range:
    """Return a range times a constant."""
    if by == 0:
        return Range(0, 0, a.gone, a.missing, a.constant)
    low = None if a.low is None else a.low * by
    high = None if a.high is None else a.high * by
    if by < 0:
        low, high = high, low
    return Range(low, high, a.gone, a.missing, a.constant)


def hull(parts: list[Range], missing: frozenset[FactKey]) -> Range:
    """Return the range of all that one of the parts can be.

    Parts that are absent for sure give no number, only the chance to be absent.
    """
    there = [p for p in parts if p.gone is not Gone.YES]
    if not there:
        return Range(None, None, Gone.YES, missing.union(*(p.missing for p in parts)))
    lows = [p.low for p in there]
    highs = [p.high for p in there]
    gone = Gone.NO if all(p.gone is Gone.NO for p in parts) else Gone.MAYBE
    low = (
        None if any(x is None for x in lows) else min(x for x in lows if x is not None)
    )
    high = (
        None
        if any(x is None for x in highs)
        else max(x for x in highs if x is not None)
    )
    if low is not None and low == high and gone is Gone.NO:
        return point(low)
    return Range(low, high, gone, missing.union(*(p.missing for p in parts)))


def against_zero(difference: Range, order: Order) -> Truth3:
    """Return whether every (or no) value of a range stands so to zero."""
    low, high = difference.low, difference.high
    above = low is not None and low > 0
    below = high is not None and high < 0
    not_below = low is not None and low >= 0
    not_above = high is not None and high <= 0
    yes, no = {
        ">=": (not_below, below),
        ">": (above, not_above),
        "<=": (not_above, above),
        "<": (below, not_below),
        "=": (not_below and not_above, above or below),
        "<>": (above or below, not_below and not_above),
    }[order]
    return True if yes else False if no else UNKNOWN


_TURNED: dict[Order, Order] = {
    ">=": "<=",
    ">": "<",
    "<=": ">=",
    "<": ">",
    "=": "=",
    "<>": "<>",
}


YES, NO = Verdict(True), Verdict(False)
"""The two definite answers; shared, for they are never changed."""

_DIRECT: dict[Order, Callable[[Fraction | int, Fraction | int], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "=": operator.eq,
    "<>": operator.ne,
}


def compare(left: Value, order: Order, right: Value, absent_as: bool | None) -> Verdict:
    """Return the answer of a comparison; absent counts as the clause says."""
    if isinstance(right, Range) and right.exact:
        # Nearly every comparison is one of these two; the rest is for the unknown.
        assert right.low is not None
        if isinstance(left, Range):
            if left.exact:
                assert left.low is not None
                return YES if _DIRECT[order](left.low, right.low) else NO
        elif isinstance(left, Quotient) and right.constant and left.plain:
            assert left.top.low is not None
            assert left.bottom.low is not None
            top = left.top.low * right.low.denominator
            line = left.bottom.low * right.low.numerator
            return YES if _DIRECT[order](top, line) else NO
    gone = max(left.gone, right.gone)
    missing = left.missing | right.missing
    present = UNKNOWN if gone is Gone.YES else _present(left, order, right)
    if gone is Gone.NO:
        answer = present
    elif gone is Gone.YES:
        assert absent_as is not None
        answer = absent_as
    else:
        answer = present if present is absent_as else UNKNOWN
    return Verdict(answer, missing if answer is UNKNOWN else NONE)


def _present(left: Value, order: Order, right: Value) -> Truth3:
    if isinstance(left, Range) and not isinstance(right, Range):
        return _present(right, _TURNED[order], left)
    if isinstance(left, Range):
        assert isinstance(right, Range)
        return against_zero(add(left, right, -1), order)
    target = settle(right) if not isinstance(right, Root) else None
    if target is None or target.low is None or target.low != target.high:
        return UNKNOWN
    if isinstance(left, Root):
        return _root(left, order, Fraction(target.low))
    turned = order if left.scale > 0 else _TURNED[order]
    plain = left.scale == 1 and not left.offset
    line = target.low if plain else (target.low - left.offset) / left.scale
    return _across(left, turned, line)


def _root(left: Root, order: Order, target: Fraction) -> Truth3:
    line = target + 1
    if line < 0:  # growth below -100 % does not exist: every growth lies above
        return order in (">=", ">", "<>")
    return _across(left.quotient, order, line**left.power)


def _across(left: Quotient, order: Order, line: Fraction | int) -> Truth3:
    """Compare top with line times bottom, multiplied out to whole numbers.

    A quotient that is there has a positive bottom, however little is known of it;
    so a top of 0 or less lies below every positive line, and the other way round.
    """
    top, bottom = left.top, left.bottom
    product = scale(bottom, line.numerator)
    answer = against_zero(add(scale(top, line.denominator), product, -1), order)
    if answer is UNKNOWN and (bottom.low is None or bottom.low <= 0):
        if line > 0 and top.high is not None and top.high <= 0:
            return order in ("<", "<=", "<>")
        if line < 0 and top.low is not None and top.low >= 0:
            return order in (">", ">=", "<>")
    return answer
