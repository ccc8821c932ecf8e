# SPDX-License-Identifier: Apache-2.0
"""A graph of column operations: integers and bits, no nulls, each computed once.

The compiler writes into it; equal operations get the same number, whichever
policy asks for them. A program is the part of the graph that some results need,
in order, with every column freed after its last use (`language/program.py`).

Integers carry a proved bound on their magnitude, which picks a type that cannot
overflow, up to 128 bits. Beyond that there is no column: the policy goes to the
interpreter (`NotProvable`). Polars wraps silently, so this proof is all that
stands between us and a wrong answer. Widening costs as much as an operation, so a
column is widened once, as a step of its own that others find, and never narrowed.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from ceyuan.language.program import Program, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Bit: TypeAlias = int
"""A column of true and false: its number in the graph."""

TRUE: Bit = -1
FALSE: Bit = -2

_TYPES: dict[int, type[pl.DataType]] = {
    16: pl.Int16,
    32: pl.Int32,
    64: pl.Int64,
    128: pl.Int128,
}
"""Types of integer columns by their width in bits."""


class NotProvable(Exception):
    """A column could leave 128 bits, or has no form as columns at all."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A column of integers, or one integer for every row.

    Args:
        id: Its number in the graph; None for a constant.
        constant: Its value when it is the same for every row.
        bound: No row's magnitude exceeds it.
    """

    id: int | None
    constant: int
    bound: int


def same(value: int) -> Whole:
    """Return one integer for every row."""
    return Whole(None, value, abs(value))


class Graph:
    """Grows while policies are compiled; see the module."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._inputs: dict[int, str] = {}
        self._found: dict[tuple[object, ...], int] = {}
        self._not: dict[int, int] = {}
        self._within: dict[int, tuple[str, frozenset[int]]] = {}
        self._composed: set[int] = set()
        self._junctions: dict[tuple[str, frozenset[int]], int] = {}
        self._literals: dict[int, pl.Series] = {}
        self._widths: dict[int, int] = {}

    # --- leaves -----------------------------------------------------------------

    def bit(self, name: str) -> Bit:
        """Return an input column of bits."""
        return self._input(f"bit:{name}")

    def whole(self, name: str, bound: int) -> Whole:
        """Return an input column of integers whose magnitude is bounded."""
        number = self._input(f"int:{name}")
        self._widths[number] = 64
        return Whole(number, 0, bound)

    def _input(self, name: str) -> int:
        number = self._op(("input", name), _given, ())
        self._inputs[number] = name
        return number

    def inputs(self) -> dict[int, str]:
        """Return the input columns by their number."""
        return dict(self._inputs)

    # --- bits -------------------------------------------------------------------

    def not_(self, a: Bit) -> Bit:
        """Return the negation."""
        if a < 0:
            return FALSE if a == TRUE else TRUE
        if a not in self._not:
            number = self._op(("not",), operator.invert, (a,))
            self._not[a], self._not[number] = number, a
        return self._not[a]

    def and_(self, *parts: Bit) -> Bit:
        """Return the conjunction."""
        return self._junction("and", set(parts))

    def or_(self, *parts: Bit) -> Bit:
        """Return the disjunction."""
        return self._junction("or", set(parts))

    def _junction(self, name: str, parts: set[Bit]) -> Bit:
        key = (name, frozenset(parts))
        if key not in self._junctions:
            self._junctions[key] = self._simplest(name, parts)
        return self._junctions[key]

    def _simplest(self, name: str, parts: set[Bit]) -> Bit:
        """Return a conjunction or disjunction, and as little of it as will do."""
        neutral, ends = (TRUE, FALSE) if name == "and" else (FALSE, TRUE)
        other = _DUAL[name]
        if ends in parts:
            return ends
        parts = parts - {neutral}
        if len(parts) <= 1:
            return min(parts, default=neutral)
        own = {part: self._leaves(name, part) for part in sorted(parts)}
        leaves = set().union(*own.values())
        negated = {self._not[p] for p in leaves if p in self._not}
        if negated & leaves:
            return ends
        for part, its in own.items():
            if len(its) > 1 or part not in self._composed:
                if all(any(p in own[o] for o in own if o != part) for p in its):
                    return self._junction(name, parts - {part})
                continue
            within = self._leaves(other, part)
            if within & leaves:  # a and (a or b) is a
                return self._junction(name, parts - {part})
            if within & negated:  # a and (not a or b) is a and b
                less = self._junction(other, set(within - negated))
                return self._junction(name, parts - {part} | {less})
            for twin in parts & self._composed:  # (a or b) and (not a or b) is b
                apart = within ^ self._leaves(other, twin)
                first = min(apart, default=FALSE)
                if apart == {first, self._not.get(first)}:
                    less = self._junction(other, set(within - apart))
                    return self._junction(name, parts - {part, twin} | {less})
        return self._joined(name, parts, neutral)

    def _joined(self, name: str, parts: set[Bit], neutral: Bit) -> Bit:
        """Write the operations, in a form that a negation shares with its opposite."""
        negative = {p for p in parts if self._not.get(p, p) < p}
        if len(parts) > 1 and negative and (name == "or" or len(negative) > 1):
            if name == "or":
                return self.not_(self.and_(*(self.not_(p) for p in parts)))
            merged = self.not_(self.or_(*(self.not_(p) for p in negative)))
            return self.and_(merged, *(parts - negative))
        result = neutral
        for part in sorted(parts):
            if result == neutral:
                result = part
                continue
            both = self._leaves(name, result) | self._leaves(name, part)
            reads = (min(result, part), max(result, part))
            result = self._op((name,), _JUNCTIONS[name], reads)
            self._within[result] = (name, both)
            self._composed |= {result, self.not_(result)}
        return result

    def _leaves(self, name: str, part: Bit) -> frozenset[Bit]:
        """Return what a bit is the conjunction (or disjunction) of, itself at least."""
        kind, within = self._within.get(part, ("", frozenset()))
        if kind == name:
            return within
        opposite = self._not.get(part, FALSE)
        kind, within = self._within.get(opposite, ("", frozenset()))
        if kind == _DUAL[name]:
            return frozenset(self.not_(p) for p in within)
        return frozenset({part})

    def pick_bit(self, mask: Bit, a: Bit, b: Bit) -> Bit:
        """Return a where the mask is true, else b."""
        return self.or_(self.and_(mask, a), self.and_(self.not_(mask), b))

    # --- integers ---------------------------------------------------------------

    def add(self, a: Whole, b: Whole) -> Whole:
        """Return a + b."""
        if a.id is None and b.id is None:
            return same(a.constant + b.constant)
        if a.id is None:
            a, b = b, a
        if b.id is None and b.constant == 0:
            return a
        return self._whole("add", operator.add, a, b, a.bound + b.bound)

    def times(self, a: Whole, by: int) -> Whole:
        """Return a times a constant."""
        if a.id is None:
            return same(a.constant * by)
        if by == 1:
            return a
        if by == 0:
            return same(0)
        return self._whole("mul", operator.mul, a, same(by), a.bound * abs(by))

    def mul(self, a: Whole, b: Whole) -> Whole:
        """Return a x b."""
        if b.id is None:
            return self.times(a, b.constant)
        if a.id is None:
            return self.times(b, a.constant)
        if a.id > b.id:
            a, b = b, a
        return self._whole("mul", operator.mul, a, b, a.bound * b.bound)

    def floor(self, a: Whole, b: Whole) -> Whole:
        """Return a divided by b, rounded down; b must not be 0."""
        if a.id is None and b.id is None:
            return same(a.constant // b.constant)
        return self._whole("floor", operator.floordiv, a, b, a.bound + 1)

    def select(self, mask: Bit, a: Whole, b: Whole) -> Whole:
        """Return a where the mask is true, else b."""
        if mask == TRUE or a == b:
            return a
        if mask == FALSE:
            return b
        if self._not.get(mask, mask) < mask:
            mask, a, b = self._not[mask], b, a
        bound = max(a.bound, b.bound)
        left, right = self._widened(a, b, bound)
        number = self._op(("select",), _select, (mask, left, right))
        self._widths[number] = self._widths[left]
        return Whole(number, 0, bound)

    def ge(self, a: Whole, b: Whole) -> Bit:
        """Return a >= b."""
        return self._compare("ge", a, b)

    def gt(self, a: Whole, b: Whole) -> Bit:
        """Return a > b."""
        return self._compare("gt", a, b)

    def eq(self, a: Whole, b: Whole) -> Bit:
        """Return a = b."""
        if a == b:
            return TRUE
        if a.id is not None and b.id is not None and a.id > b.id:
            a, b = b, a
        return self._compare("eq", a, b)

    def special(
        self,
        name: str,
        kernel: Callable[..., pl.Series],
        a: Whole,
        bound: int,
        *fixed: object,
    ) -> Whole:
        """Return a column that a kernel of the caller's computes from one other."""
        assert a.id is not None
        made = self._op((name, *fixed), kernel, (a.id,), fixed)
        number = self._op(("wide", 64), _wide, (made,), (pl.Int64,))
        self._widths[number] = 64
        return Whole(number, 0, bound)

    def special_bit(
        self, name: str, kernel: Callable[..., pl.Series], a: Whole, *fixed: object
    ) -> Bit:
        """Return bits that a kernel of the caller's computes from one column."""
        assert a.id is not None
        return self._op((name, *fixed), kernel, (a.id,), fixed)

    def _compare(self, name: str, a: Whole, b: Whole) -> Bit:
        if a.id is None and b.id is None:
            x, y = a.constant, b.constant
            true = {"ge": x >= y, "gt": x > y, "eq": x == y}[name]
            return TRUE if true else FALSE
        if name != "eq":
            # One comparison serves its opposite: a < b is not (a >= b).
            if a.id is None or (b.id is not None and b.id < a.id):
                turned = self._raw("gt" if name == "ge" else "ge", b, a)
                return self.not_(turned)
            if a.id == b.id:
                return TRUE if name == "ge" else FALSE
        elif a.id is None:
            a, b = b, a
        return self._raw(name, a, b)

    def _raw(self, name: str, a: Whole, b: Whole) -> Bit:
        if b.id is None and abs(b.constant) > a.bound:
            # Nothing in the column reaches that far.
            above = b.constant < 0
            return TRUE if above and name != "eq" else FALSE
        reads = self._widened(a, b, max(a.bound, b.bound))
        return self._op((name,), _COMPARISONS[name], reads)

    def _whole(
        self,
        name: str,
        kernel: Callable[..., pl.Series],
        a: Whole,
        b: Whole,
        bound: int,
    ) -> Whole:
        reads = self._widened(a, b, max(bound, a.bound, b.bound))
        number = self._op((name,), kernel, reads)
        self._widths[number] = self._widths[reads[0]]
        return Whole(number, 0, bound)

    def _widened(self, a: Whole, b: Whole, bound: int) -> tuple[int, int]:
        """Return both as columns of one type that holds the bound."""
        width = self._width(bound)
        for one in (a, b):
            if one.id is not None:
                width = max(width, self._widths[one.id])
        return self._as(a, width), self._as(b, width)

    def _as(self, a: Whole, width: int) -> int:
        if a.id is None:
            number = self._op(("literal", a.constant, width), _given, ())
            if number not in self._literals:
                self._literals[number] = pl.Series([a.constant], dtype=_TYPES[width])
        elif self._widths[a.id] == width:
            return a.id
        else:
            number = self._op(("wide", width), _wide, (a.id,), (_TYPES[width],))
        self._widths[number] = width
        return number

    @staticmethod
    def _width(bound: int) -> int:
        for width in _TYPES:
            if bound < 2 ** (width - 1):
                return width
        msg = f"a magnitude of {bound:.1e} does not fit 128 bits"
        raise NotProvable(msg)

    def _op(
        self,
        name: tuple[object, ...],
        kernel: Callable[..., pl.Series],
        reads: tuple[int, ...],
        fixed: tuple[object, ...] = (),
    ) -> int:
        key = (name, reads)
        if key not in self._found:
            self._found[key] = len(self._steps)
            self._steps.append(Step(len(self._steps), kernel, reads, fixed))
        return self._found[key]

    # --- programs ---------------------------------------------------------------

    def program(self, results: Sequence[int]) -> Program:
        """Return what computes the given columns, and nothing else."""
        needed: set[int] = set()
        stack = [r for r in results if r >= 0]
        while stack:
            number = stack.pop()
            if number not in needed:
                needed.add(number)
                stack.extend(self._steps[number].reads)
        order = sorted(needed)
        last: dict[int, int] = {}
        for number in order:
            for read in self._steps[number].reads:
                last[read] = number
        kept = {*results, *self._literals}
        steps = []
        for number in order:
            if number in self._inputs or number in self._literals:
                continue
            step = self._steps[number]
            frees = {r for r in step.reads if last[r] == number and r not in kept}
            steps.append(replace(step, frees=tuple(frees)))
        inputs = {n: self._inputs[n] for n in order if n in self._inputs}
        literals = {n: self._literals[n] for n in order if n in self._literals}
        return Program(tuple(steps), inputs, literals)


def _given(*_: object) -> pl.Series:  # pragma: no cover - brought, not computed
    raise AssertionError


def _wide(column: pl.Series, kind: type[pl.DataType]) -> pl.Series:
    return column.cast(kind)


def _select(mask: pl.Series, left: pl.Series, right: pl.Series) -> pl.Series:
    return left.zip_with(mask, right)


_DUAL = {"and": "or", "or": "and"}
_JUNCTIONS: dict[str, Callable[..., pl.Series]] = {
    "and": operator.and_,
    "or": operator.or_,
}
_COMPARISONS: dict[str, Callable[..., pl.Series]] = {
    "ge": operator.ge,
    "gt": operator.gt,
    "eq": operator.eq,
}
