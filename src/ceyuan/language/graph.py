# SPDX-License-Identifier: Apache-2.0
"""A graph of column operations: integers and bits, no nulls, each computed once.

The compiler writes into it; equal operations get the same number, whichever
policy asks for them. A program is the part of the graph that some results need,
in order, with every column freed after its last use. It runs over one batch
with Polars kernels; a batch that fits the cache is faster than one long plan.

Integers carry a proved bound on their magnitude, which picks the narrowest type
that cannot overflow, up to 128 bits. Beyond that there is no column: the policy
goes to the interpreter (`NotProvable`). Polars wraps silently, so this proof is
all that stands between us and a wrong answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Bit: TypeAlias = int
"""A column of true and false: its number in the graph."""

TRUE: Bit = -1
FALSE: Bit = -2

_TYPES: tuple[tuple[int, Any], ...] = (
    (2**15, pl.Int16),
    (2**31, pl.Int32),
    (2**63, pl.Int64),
    (2**127, pl.Int128),
)


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


@dataclass(frozen=True, slots=True)
class _Step:
    """One operation: a kernel over earlier columns."""

    kernel: Callable[..., pl.Series]
    reads: tuple[int, ...]
    fixed: tuple[object, ...]


Registers: TypeAlias = "list[pl.Series | None]"


class Graph:
    """Grows while policies are compiled; see the module."""

    def __init__(self) -> None:
        self._steps: list[_Step] = []
        self._inputs: dict[int, str] = {}
        self._found: dict[tuple[object, ...], int] = {}
        self._bounds: dict[int, int] = {}
        self._not: dict[int, int] = {}

    # --- leaves -----------------------------------------------------------------

    def bit(self, name: str) -> Bit:
        """Return an input column of bits."""
        return self._input(f"bit:{name}")

    def whole(self, name: str, bound: int) -> Whole:
        """Return an input column of integers whose magnitude is bounded."""
        number = self._input(f"int:{name}")
        return Whole(number, 0, bound)

    def _input(self, name: str) -> int:
        key = ("input", name)
        if key not in self._found:
            self._found[key] = self._add(_Step(_identity, (), (name,)))
            self._inputs[self._found[key]] = name
        return self._found[key]

    def inputs(self) -> dict[int, str]:
        """Return the input columns by their number."""
        return dict(self._inputs)

    # --- bits -------------------------------------------------------------------

    def not_(self, a: Bit) -> Bit:
        """Return the negation."""
        if a < 0:
            return FALSE if a == TRUE else TRUE
        if a not in self._not:
            number = self._op("not", _not, (a,))
            self._not[a], self._not[number] = number, a
        return self._not[a]

    def and_(self, *parts: Bit) -> Bit:
        """Return the conjunction."""
        return self._junction("and", _and, parts, TRUE, FALSE)

    def or_(self, *parts: Bit) -> Bit:
        """Return the disjunction."""
        return self._junction("or", _or, parts, FALSE, TRUE)

    def _junction(
        self,
        name: str,
        kernel: Callable[..., pl.Series],
        parts: Sequence[Bit],
        neutral: Bit,
        ends: Bit,
    ) -> Bit:
        left = sorted({p for p in parts if p != neutral})
        if ends in left or any(self._not.get(p) in left for p in left):
            return ends
        if not left:
            return neutral
        result = left[0]
        for part in left[1:]:
            result = self._op(name, kernel, tuple(sorted((result, part))))
        return result

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
        return self._whole("add", _add, a, b, a.bound + b.bound)

    def times(self, a: Whole, by: int) -> Whole:
        """Return a times a constant."""
        if a.id is None:
            return same(a.constant * by)
        if by == 1:
            return a
        if by == 0:
            return same(0)
        return self._whole("mul", _mul, a, same(by), a.bound * abs(by))

    def mul(self, a: Whole, b: Whole) -> Whole:
        """Return a x b."""
        if b.id is None:
            return self.times(a, b.constant)
        if a.id is None:
            return self.times(b, a.constant)
        if a.id > b.id:
            a, b = b, a
        return self._whole("mul", _mul, a, b, a.bound * b.bound)

    def floor(self, a: Whole, b: Whole) -> Whole:
        """Return a divided by b, rounded down; b must not be 0."""
        if a.id is None and b.id is None:
            return same(a.constant // b.constant)
        return self._whole("floor", _floor, a, b, a.bound + 1)

    def select(self, mask: Bit, a: Whole, b: Whole) -> Whole:
        """Return a where the mask is true, else b."""
        if mask == TRUE or a == b:
            return a
        if mask == FALSE:
            return b
        bound = max(a.bound, b.bound)
        kind = self._kind(bound)
        number = self._op(
            "select",
            _select,
            (mask, *(w.id for w in (a, b) if w.id is not None)),
            (_constant(a), _constant(b), kind),
        )
        self._bounds[number] = bound
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
        self, name: str, kernel: Callable[..., pl.Series], a: Whole, bound: int,
        *fixed: object,
    ) -> Whole:
        """Return a column that a kernel of the caller's computes from one other."""
        assert a.id is not None
        number = self._op(name, kernel, (a.id,), fixed)
        return Whole(number, 0, bound)

    def special_bit(
        self, name: str, kernel: Callable[..., pl.Series], a: Whole, *fixed: object
    ) -> Bit:
        """Return bits that a kernel of the caller's computes from one column."""
        assert a.id is not None
        return self._op(name, kernel, (a.id,), fixed)

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
        kind = self._kind(max(a.bound, b.bound))
        return self._op(
            name,
            _COMPARISONS[name],
            tuple(w.id for w in (a, b) if w.id is not None),
            (_constant(a), _constant(b), kind),
        )

    def _whole(
        self, name: str, kernel: Callable[..., pl.Series], a: Whole, b: Whole, bound: int
    ) -> Whole:
        kind = self._kind(max(bound, a.bound, b.bound))
        number = self._op(
            name,
            kernel,
            tuple(w.id for w in (a, b) if w.id is not None),
            (_constant(a), _constant(b), kind),
        )
        return Whole(number, 0, bound)

    @staticmethod
    def _kind(bound: int) -> object:
        for limit, kind in _TYPES:
            if bound < limit:
                return kind
        msg = f"a magnitude of {bound:.1e} does not fit 128 bits"
        raise NotProvable(msg)

    def _op(
        self,
        name: str,
        kernel: Callable[..., pl.Series],
        reads: tuple[int, ...],
        fixed: tuple[object, ...] = (),
    ) -> int:
        key = (name, reads, fixed)
        if key not in self._found:
            self._found[key] = self._add(_Step(kernel, reads, fixed))
        return self._found[key]

    def _add(self, step: _Step) -> int:
        self._steps.append(step)
        return len(self._steps) - 1

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
        kept = set(results)
        frees = [
            tuple(
                r
                for r in set(self._steps[number].reads)
                if last[r] == number and r not in kept
            )
            for number in order
        ]
        inputs = {n: self._inputs[n] for n in order if n in self._inputs}
        return Program(
            tuple((n, self._steps[n]) for n in order), tuple(frees), inputs
        )


@dataclass(frozen=True, slots=True)
class Program:
    """Operations in order, the columns they free, the inputs they read."""

    steps: tuple[tuple[int, _Step], ...]
    frees: tuple[tuple[int, ...], ...]
    inputs: Mapping[int, str]

    def run(self, columns: Mapping[str, pl.Series]) -> dict[int, pl.Series]:
        """Return every kept column over one batch.

        Args:
            columns: Input columns without nulls, by name.
        """
        registers: dict[int, pl.Series] = {}
        for (number, step), frees in zip(self.steps, self.frees, strict=True):
            if number in self.inputs:
                registers[number] = columns[self.inputs[number]]
                continue
            registers[number] = step.kernel(
                *[registers[r] for r in step.reads], *step.fixed
            )
            for free in frees:
                del registers[free]
        return registers


def _constant(a: Whole) -> int | None:
    return a.constant if a.id is None else None


def _identity(*_: object) -> pl.Series:  # pragma: no cover - inputs are loaded
    raise AssertionError


def _literal(value: int, kind: Any) -> pl.Series:
    return pl.Series([value], dtype=kind)


def _two(columns: tuple[pl.Series, ...], a: int | None, b: int | None, kind: Any) -> tuple[pl.Series, pl.Series]:
    """Return both operands in the type that was proved to hold the result."""
    reads = iter(columns)
    left = next(reads).cast(kind) if a is None else _literal(a, kind)
    right = next(reads).cast(kind) if b is None else _literal(b, kind)
    return left, right


def _split(values: tuple[Any, ...]) -> tuple[tuple[pl.Series, ...], int | None, int | None, Any]:
    return values[:-3], values[-3], values[-2], values[-1]


def _add(*values: Any) -> pl.Series:
    left, right = _two(*_split(values))
    return left + right


def _mul(*values: Any) -> pl.Series:
    left, right = _two(*_split(values))
    return left * right


def _floor(*values: Any) -> pl.Series:
    left, right = _two(*_split(values))
    return left // right


def _ge(*values: Any) -> pl.Series:
    left, right = _two(*_split(values))
    return left >= right


def _gt(*values: Any) -> pl.Series:
    left, right = _two(*_split(values))
    return left > right


def _eq(*values: Any) -> pl.Series:
    left, right = _two(*_split(values))
    return left == right


def _select(mask: pl.Series, *values: Any) -> pl.Series:
    left, right = _two(*_split(values))
    return left.zip_with(mask, right)


def _and(a: pl.Series, b: pl.Series) -> pl.Series:
    return a & b


def _or(a: pl.Series, b: pl.Series) -> pl.Series:
    return a | b


def _not(a: pl.Series) -> pl.Series:
    return ~a


_COMPARISONS = {"ge": _ge, "gt": _gt, "eq": _eq}
