# SPDX-License-Identifier: Apache-2.0
"""What the compiler knows of a number: the columns of its two ends.

The same things as the interpreter's ranges, in integers and bits, and written
without looking at them. An unknown column is filled with the end that is known
(0 for what cannot be negative), so that usually one column serves as both ends
and only the bits tell which end may be read; then three-valued evaluation costs
a few bit operations more than two-valued.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.language.graph import FALSE, TRUE, Bit, Graph, NotProvable, Whole, same

if TYPE_CHECKING:
    from ceyuan.language.tree import Order


ONE = same(1)


@dataclass(frozen=True, slots=True)
class Answer:
    """A three-valued answer as bits; neither bit means unknown.

    Args:
        yes: Definitely true.
        no: Definitely false.
        data: Where it is unknown: some missing fact is not a person's judgement.
    """

    yes: Bit
    no: Bit
    data: Bit = FALSE


@dataclass(frozen=True, slots=True)
class Line:
    """`end / below * scale` for both ends, with bits for what can be said.

    Args:
        low: Numerator of the least value, where `low_ok`.
        high: Numerator of the greatest value, where `high_ok`.
        low_ok: There is a lower end.
        high_ok: There is an upper end.
        scale: Constant factor, not 0.
        below: Denominator; positive wherever an end can be read.
        gone: Absent for sure.
        here: Not absent for sure.
        data: Some missing fact beneath is not a person's judgement.
        constant: Made of literals and parameters only.
    """

    low: Whole
    high: Whole
    low_ok: Bit = TRUE
    high_ok: Bit = TRUE
    scale: Fraction = Fraction(1)
    below: Whole = ONE
    gone: Bit = FALSE
    here: Bit = TRUE
    data: Bit = FALSE
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Ratio:
    """`top / bottom * scale + offset`, kept apart to be compared across."""

    top: Line
    bottom: Line
    scale: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Growth:
    """Compound growth of a ratio over a power; only compared."""

    ratio: Ratio
    power: int


@dataclass(frozen=True, slots=True)
class Either:
    """One number where the mask is true, another elsewhere."""

    mask: Bit
    yes: Amount
    no: Amount


Amount: TypeAlias = Line | Ratio | Growth | Either


def fixed(value: Fraction | int) -> Line:
    """Return a known constant."""
    exact = Fraction(value)
    if exact.denominator == 1:
        whole = same(int(exact))
        return Line(whole, whole, constant=True)
    whole = same(exact.numerator)
    return Line(whole, whole, scale=Fraction(1, exact.denominator), constant=True)


def constant_of(value: Amount) -> Fraction | None:
    """Return the value of a constant that is set; None for anything else."""
    if (
        isinstance(value, Line)
        and value.constant
        and value.low_ok == value.high_ok == TRUE
        and value.low.id is None
        and value.low == value.high
    ):
        return value.low.constant * value.scale / value.below.constant
    return None


def chosen(value: Amount) -> Amount:
    """Return what one of several became: constant is what is so for everybody."""
    match value:
        case Line(constant=True):
            return replace(value, constant=False)
        case Either(mask, yes, no):
            return Either(mask, chosen(yes), chosen(no))
    return value


class Columns:
    """Arithmetic and comparison of such numbers, written into a graph."""

    def __init__(self, graph: Graph) -> None:
        self.g = graph

    # --- states -------------------------------------------------------------------

    def here(self, value: Amount) -> tuple[Bit, Bit]:
        """Return where a number is absent for sure, and where it is not for sure."""
        g = self.g
        match value:
            case Line():
                return value.gone, value.here
            case Growth(ratio):
                return self.here(ratio)
            case Either(mask, yes, no):
                a, b = self.here(yes), self.here(no)
                return g.pick_bit(mask, a[0], b[0]), g.pick_bit(mask, a[1], b[1])
        top, bottom = value.top, value.bottom
        not_positive = g.and_(
            bottom.high_ok, g.not_(self._above(bottom.high, bottom.scale))
        )
        positive = g.and_(bottom.low_ok, self._above(bottom.low, bottom.scale))
        return (
            g.or_(top.gone, bottom.gone, not_positive),
            g.and_(top.here, bottom.here, positive),
        )

    def _above(self, end: Whole, scale: Fraction) -> Bit:
        """Return where an end, with the sign of its scale, is above 0."""
        zero = same(0)
        return self.g.gt(end, zero) if scale > 0 else self.g.gt(zero, end)

    def data(self, value: Amount) -> Bit:
        """Return where some missing fact beneath is not a person's judgement."""
        match value:
            case Line():
                return value.data
            case Ratio(top, bottom):
                return self.g.or_(top.data, bottom.data)
            case Growth(ratio):
                return self.data(ratio)
            case Either(mask, yes, no):
                return self.g.pick_bit(mask, self.data(yes), self.data(no))

    def exact(self, value: Line) -> Bit:
        """Return where one value is left, and it is not absent."""
        g = self.g
        equal = TRUE if value.low == value.high else g.eq(value.low, value.high)
        return g.and_(value.low_ok, value.high_ok, value.here, equal)

    # --- arithmetic -----------------------------------------------------------------

    def common(self, a: Line, b: Line) -> tuple[Line, Line]:
        """Return both over one denominator and one scale."""
        scale_ = Fraction(1, lcm(a.scale.denominator, b.scale.denominator))
        a, b = self._over(a, scale_), self._over(b, scale_)
        if a.below == b.below:
            return a, b
        below = self.g.mul(a.below, b.below)
        return self._widen(a, b.below, below), self._widen(b, a.below, below)

    def _over(self, a: Line, scale_: Fraction) -> Line:
        by = a.scale / scale_
        assert by.denominator == 1
        return replace(
            a,
            low=self.g.times(a.low, int(by)),
            high=self.g.times(a.high, int(by)),
            scale=scale_,
        )

    def _widen(self, a: Line, by: Whole, below: Whole) -> Line:
        return replace(
            a, low=self.g.mul(a.low, by), high=self.g.mul(a.high, by), below=below
        )

    def scaled(self, a: Line, by: Fraction) -> Line:
        """Return a number times a constant."""
        if by == 0:
            zero = same(0)
            return Line(
                zero,
                zero,
                gone=a.gone,
                here=a.here,
                data=a.data,
                constant=a.constant,
            )
        if by < 0:
            a = replace(a, low=a.high, high=a.low, low_ok=a.high_ok, high_ok=a.low_ok)
        return replace(a, scale=a.scale * by)

    def times(self, a: Line, by: Line) -> Line:
        """Return a number times another, which is read where it is exact."""
        known = constant_of(by)
        if known is not None:
            return self.scaled(a, known)
        g = self.g
        first, second = g.mul(a.low, by.low), g.mul(a.high, by.low)
        up = g.not_(self._above(by.low, -by.scale))
        nothing = g.eq(by.low, same(0))
        return replace(
            a,
            low=g.select(up, first, second),
            high=g.select(up, second, first),
            low_ok=g.or_(nothing, g.pick_bit(up, a.low_ok, a.high_ok)),
            high_ok=g.or_(nothing, g.pick_bit(up, a.high_ok, a.low_ok)),
            scale=a.scale * by.scale,
            below=g.mul(a.below, by.below),
        )

    def add(self, a: Line, b: Line, sign: int) -> Line:
        """Return a + b or a - b."""
        g = self.g
        if sign < 0:
            b = self.scaled(b, Fraction(-1))
        a, b = self.common(a, b)
        return Line(
            g.add(a.low, b.low),
            g.add(a.high, b.high),
            g.and_(a.low_ok, b.low_ok),
            g.and_(a.high_ok, b.high_ok),
            a.scale,
            a.below,
            g.or_(a.gone, b.gone),
            g.and_(a.here, b.here),
            g.or_(a.data, b.data),
            a.constant and b.constant,
        )

    def product(self, a: Line, b: Line) -> Line:
        """Return a x b, known only where both are."""
        g = self.g
        known = g.and_(self.exact(a), self.exact(b))
        both = g.mul(a.low, b.low)
        return Line(
            both,
            both,
            known,
            known,
            a.scale * b.scale,
            g.mul(a.below, b.below),
            g.or_(a.gone, b.gone),
            g.and_(a.here, b.here),
            g.or_(a.data, b.data),
            a.constant and b.constant,
        )

    def settle(self, value: Amount) -> Line | Either:
        """Return a ratio as a number that is known, or open at both ends."""
        match value:
            case Line():
                return value
            case Either(mask, yes, no):
                return self.merge(mask, self.settle(yes), self.settle(no))
            case Growth():
                msg = "compound growth is only compared"
                raise TypeError(msg)
        g = self.g
        top, bottom = value.top, value.bottom
        gone, here = self.here(value)
        known = g.and_(here, self.exact(top), self.exact(bottom))
        # Top and bottom each have a denominator of their own; across with both.
        factor = top.scale / bottom.scale * value.scale
        over = g.mul(top.low, bottom.below)
        under = g.mul(bottom.low, top.below)
        # Where it is not known, whatever is joined to it must keep its value.
        under = g.select(known, under, same(1))
        common = lcm(factor.denominator, value.offset.denominator)
        first = g.times(over, int(factor * common))
        second = g.times(under, int(value.offset * common))
        whole = g.add(first, second)
        return Line(
            whole,
            whole,
            known,
            known,
            Fraction(1, common),
            under,
            gone,
            here,
            g.or_(top.data, bottom.data),
        )

    def merge(self, mask: Bit, a: Line | Either, b: Line | Either) -> Line | Either:
        """Return one number where the mask is true, another elsewhere.

        Two numbers over one denominator become one; over two they stay apart,
        for the cross product might not fit.
        """
        if mask == TRUE:
            return a
        if mask == FALSE:
            return b
        if isinstance(a, Line) and isinstance(b, Line) and a.below == b.below:
            return self.join(mask, a, b)
        return Either(mask, a, b)

    def join(self, mask: Bit, a: Line, b: Line) -> Line:
        """Return two numbers as one, whatever their denominators."""
        g = self.g
        a, b = self.common(a, b)
        return Line(
            g.select(mask, a.low, b.low),
            g.select(mask, a.high, b.high),
            g.pick_bit(mask, a.low_ok, b.low_ok),
            g.pick_bit(mask, a.high_ok, b.high_ok),
            a.scale,
            a.below,
            g.pick_bit(mask, a.gone, b.gone),
            g.pick_bit(mask, a.here, b.here),
            g.pick_bit(mask, a.data, b.data),
        )

    def one(self, value: Amount) -> Line:
        """Return any number but growth as one line."""
        settled = self.settle(value)
        if isinstance(settled, Line):
            return settled
        assert not isinstance(settled.yes, Growth)
        return self.join(settled.mask, self.one(settled.yes), self.one(settled.no))

    def narrowed(self, value: Line) -> Line:
        """Forget what is missing where only one value is left anyway."""
        if value.data == FALSE:
            return value
        return replace(
            value, data=self.g.and_(value.data, self.g.not_(self.exact(value)))
        )

    # --- ends of several ------------------------------------------------------------

    def extreme(self, parts: list[Line], *, least: bool) -> Line:
        """Return the least (or greatest) of several numbers."""
        result = parts[0]
        for part in parts[1:]:
            result = self._extreme(result, part, least=least)
        return self.narrowed(result)

    def _extreme(self, a: Line, b: Line, *, least: bool) -> Line:
        g = self.g
        a, b = self.common(a, b)
        low, low_ok = self._end((a.low, a.low_ok), (b.low, b.low_ok), least, least)
        high, high_ok = self._end(
            (a.high, a.high_ok), (b.high, b.high_ok), least, not least
        )
        return Line(
            low,
            high,
            low_ok,
            high_ok,
            a.scale,
            a.below,
            g.or_(a.gone, b.gone),
            g.and_(a.here, b.here),
            g.or_(a.data, b.data),
            a.constant and b.constant,
        )

    def _end(
        self,
        a: tuple[Whole, Bit],
        b: tuple[Whole, Bit],
        least: bool,
        open_wins: bool,
    ) -> tuple[Whole, Bit]:
        g = self.g
        first = g.ge(b[0], a[0]) if least else g.ge(a[0], b[0])
        if open_wins:  # one open end leaves the whole open
            return g.select(first, a[0], b[0]), g.and_(a[1], b[1])
        take_a = g.and_(a[1], g.or_(first, g.not_(b[1])))
        return g.select(take_a, a[0], b[0]), g.or_(a[1], b[1])

    def hull(self, parts: list[tuple[Bit, Line]]) -> Line:
        """Return the range over all parts that can be, each with where it can."""
        g = self.g
        lines = [line for _, line in parts]
        for index in range(1, len(lines)):
            lines[0], lines[index] = self.common(lines[0], lines[index])
        lines = [self.common(lines[0], line)[1] for line in lines]
        low, high = lines[0].low, lines[0].high
        there = g.and_(parts[0][0], g.not_(lines[0].gone))
        low_ok = g.or_(g.not_(there), lines[0].low_ok)
        high_ok = g.or_(g.not_(there), lines[0].high_ok)
        here = g.or_(g.not_(parts[0][0]), lines[0].here)
        data = g.and_(parts[0][0], lines[0].data)
        for (can, _), line in zip(parts[1:], lines[1:], strict=True):
            now = g.and_(can, g.not_(line.gone))
            less = g.and_(now, g.or_(g.not_(there), g.gt(low, line.low)))
            more = g.and_(now, g.or_(g.not_(there), g.gt(line.high, high)))
            low = g.select(less, line.low, low)
            high = g.select(more, line.high, high)
            low_ok = g.and_(low_ok, g.or_(g.not_(now), line.low_ok))
            high_ok = g.and_(high_ok, g.or_(g.not_(now), line.high_ok))
            here = g.and_(here, g.or_(g.not_(can), line.here))
            data = g.or_(data, g.and_(can, line.data))
            there = g.or_(there, now)
        return Line(
            low,
            high,
            low_ok,
            high_ok,
            lines[0].scale,
            lines[0].below,
            g.not_(there),
            here,
            data,
        )

    # --- comparison -----------------------------------------------------------------

    def compare(
        self, left: Amount, order: Order, right: Amount, absent_as: bool | None
    ) -> Answer:
        """Return the answer; absent counts as the clause says."""
        g = self.g
        if isinstance(left, Either):
            return self._either(
                left.mask,
                self.compare(left.yes, order, right, absent_as),
                self.compare(left.no, order, right, absent_as),
            )
        if isinstance(right, Either):
            return self._either(
                right.mask,
                self.compare(left, order, right.yes, absent_as),
                self.compare(left, order, right.no, absent_as),
            )
        present = self.present(left, order, right)
        left_gone, left_here = self.here(left)
        right_gone, right_here = self.here(right)
        gone, here = g.or_(left_gone, right_gone), g.and_(left_here, right_here)
        data = g.or_(self.data(left), self.data(right))
        if absent_as is True:
            yes, no = g.or_(gone, present.yes), g.and_(here, present.no)
        elif absent_as is False:
            yes, no = g.and_(here, present.yes), g.or_(gone, present.no)
        else:
            yes, no = g.and_(here, present.yes), g.and_(here, present.no)
        return Answer(yes, no, data)

    def _either(self, mask: Bit, a: Answer, b: Answer) -> Answer:
        g = self.g
        return Answer(
            g.pick_bit(mask, a.yes, b.yes),
            g.pick_bit(mask, a.no, b.no),
            g.pick_bit(mask, a.data, b.data),
        )

    def present(self, left: Amount, order: Order, right: Amount) -> Answer:
        """Return the answer on the assumption that nothing is absent."""
        if isinstance(left, Either):
            return self._either(
                left.mask,
                self.present(left.yes, order, right),
                self.present(left.no, order, right),
            )
        if isinstance(left, Line) and not isinstance(right, Line):
            return self.present(right, _TURNED[order], left)
        if isinstance(left, Line):
            assert isinstance(right, Line)
            return self._lines(left, order, right)
        target = constant_of(right)
        if isinstance(left, Growth) or isinstance(right, Growth):
            if target is None or isinstance(right, Growth):
                return Answer(FALSE, FALSE)  # a parameter that is not set
            assert isinstance(left, Growth)
            return self._growth(left, order, target)
        assert isinstance(left, Ratio)
        turned = order if left.scale > 0 else _TURNED[order]
        if target is not None:
            line = (target - left.offset) / left.scale
            return self._quotient(left, turned, fixed(line))
        if isinstance(right, Line) and right.constant:  # a parameter that is not set
            return Answer(FALSE, FALSE)
        return self._against(left, turned, self.settle(right))

    def _against(self, left: Ratio, order: Order, right: Line | Either) -> Answer:
        """Compare a quotient with a number that is not the same for every row."""
        if isinstance(right, Either):
            assert not isinstance(right.yes, (Ratio, Growth))
            assert not isinstance(right.no, (Ratio, Growth))
            return self._either(
                right.mask,
                self._against(left, order, right.yes),
                self._against(left, order, right.no),
            )
        g = self.g
        line = self.scaled(self.add(right, fixed(left.offset), -1), 1 / left.scale)
        known = self.exact(replace(line, here=TRUE))
        answer = self._quotient(left, order, line)
        return Answer(g.and_(answer.yes, known), g.and_(answer.no, known))

    def _growth(self, left: Growth, order: Order, target: Fraction) -> Answer:
        line = target + 1
        if line < 0:
            return (
                Answer(TRUE, FALSE)
                if order in (">=", ">", "<>")
                else Answer(FALSE, TRUE)
            )
        return self._quotient(left.ratio, order, fixed(line**left.power))

    def _quotient(self, left: Ratio, order: Order, line: Line) -> Answer:
        """Compare top with line times bottom; the line is read where it is exact.

        A quotient that is there has a positive bottom, however little is known of
        it: a top of 0 or less lies below every positive line, and so on.
        """
        g = self.g
        top, bottom = left.top, left.bottom
        answer = self._lines(top, order, self.times(bottom, line))
        if bottom.low == bottom.high and bottom.low_ok == bottom.high_ok == TRUE:
            return answer  # a bottom that is known and not positive is absent
        open_ = g.not_(g.and_(bottom.low_ok, self._above(bottom.low, bottom.scale)))
        not_above = g.not_(self._above(top.high, top.scale))
        not_below = g.not_(self._above(top.low, -top.scale))
        sign = line.scale
        under = g.and_(open_, top.high_ok, not_above, self._above(line.low, sign))
        over = g.and_(open_, top.low_ok, not_below, self._above(line.low, -sign))
        if order in ("<", "<="):
            return Answer(g.or_(answer.yes, under), g.or_(answer.no, over))
        if order in (">", ">="):
            return Answer(g.or_(answer.yes, over), g.or_(answer.no, under))
        apart = g.or_(under, over)
        if order == "=":
            return Answer(answer.yes, g.or_(answer.no, apart))
        return Answer(g.or_(answer.yes, apart), answer.no)

    def _lines(self, a: Line, order: Order, b: Line) -> Answer:
        """Compare ends; one column for both ends makes the second one free."""
        g = self.g
        if order in ("<", "<="):
            return self._lines(b, _TURNED[order], a)
        if order == "<>":
            answer = self._lines(a, "=", b)
            return Answer(answer.no, answer.yes)
        low_a, high_b = self._across((a.low, a), (b.high, b))
        high_a, low_b = self._across((a.high, a), (b.low, b))
        low_ok = g.and_(a.low_ok, b.high_ok)
        high_ok = g.and_(a.high_ok, b.low_ok)
        if order == "=":
            yes = g.and_(low_ok, high_ok, g.ge(low_a, high_b), g.ge(low_b, high_a))
            no = g.or_(
                g.and_(low_ok, g.gt(low_a, high_b)),
                g.and_(high_ok, g.gt(low_b, high_a)),
            )
            return Answer(yes, no)
        test = g.ge if order == ">=" else g.gt
        return Answer(
            g.and_(low_ok, test(low_a, high_b)),
            g.and_(high_ok, g.not_(test(high_a, low_b))),
        )

    def _across(
        self, a: tuple[Whole, Line], b: tuple[Whole, Line]
    ) -> tuple[Whole, Whole]:
        """Return two ends multiplied across, so that no fraction is left."""
        g = self.g
        ratio = a[1].scale / b[1].scale
        by_a, by_b = abs(ratio.numerator), ratio.denominator
        if ratio == 0:  # pragma: no cover - scales are never 0
            raise NotProvable("a scale of 0")
        sign_a = 1 if a[1].scale > 0 else -1
        sign_b = 1 if b[1].scale > 0 else -1
        left = g.times(a[0], by_a * sign_a)
        right = g.times(b[0], by_b * sign_b)
        if a[1].below != b[1].below:
            left, right = g.mul(left, b[1].below), g.mul(right, a[1].below)
        return left, right


_TURNED: dict[Order, Order] = {
    ">=": "<=",
    ">": "<",
    "<=": ">=",
    "<": ">",
    "=": "=",
    "<>": "<>",
}
