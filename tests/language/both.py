# SPDX-License-Identifier: Apache-2.0
"""One expression, many subjects, both evaluators, answers that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.engine import beyond, count, encode, prepare, shape_of
from ceyuan.kernel import UNKNOWN
from ceyuan.language import (
    TRUE,
    Answer,
    Compiler,
    Fixed,
    Gone,
    Graph,
    Interpreter,
    Reads,
    Scope,
    Verdict,
    Whole,
    settle,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from ceyuan.language import Context, Definition, FactKey

IT = "it"


@dataclass(frozen=True, slots=True)
class Ends:
    """What can be said of a number: its state and, unless absent, its ends.

    Args:
        gone: NO, MAYBE or YES.
        low: Least value; None: open.
        high: Greatest value; None: open.
        asked: `data` or `judge` where it is not exactly known, else empty.
    """

    gone: Gone
    low: Fraction | None
    high: Fraction | None
    asked: str


Told: TypeAlias = "str | Ends"
"""`yes`, `no`, `data` (a fact is missing), `judge` (only a person's judgement is),
or the ends of a number."""


def _with_it(scope: Scope, it: Definition) -> Scope:
    return Scope(scope.facts, scope.parameters, {**scope.definitions, IT: it})


def _asked(scope: Scope, missing: frozenset[FactKey]) -> str:
    judged = all(n in scope.facts and scope.facts[n].judged for n, _ in missing)
    return "judge" if judged else "data"


def interpreted(scope: Scope, context: Context, it: Definition, facts: Fixed) -> Told:
    """Return the interpreter's answer for one subject."""
    found = Interpreter(_with_it(scope, it), context, facts).defined(IT)
    if isinstance(found, Verdict):
        if found.value is UNKNOWN:
            return _asked(scope, found.missing)
        return "yes" if found.value else "no"
    range_ = settle(found)  # type: ignore[arg-type]
    if range_.gone is Gone.YES:
        return Ends(Gone.YES, None, None, "")
    return Ends(
        range_.gone,
        None if range_.low is None else Fraction(range_.low),
        None if range_.high is None else Fraction(range_.high),
        "" if range_.exact else _asked(scope, range_.missing),
    )


def compiled(
    scope: Scope, context: Context, it: Definition, subjects: Sequence[Fixed]
) -> list[Told | None]:
    """Return the compiler's answers; None for a row that does not fit columns."""
    frame, linked, unfit = encode(subjects, scope.facts)
    graph, reads = Graph(), Reads()
    shape = shape_of(frame, linked)
    compiler = Compiler(graph, _with_it(scope, it), context, shape, reads=reads)
    found = compiler.defined(IT)
    line = None
    if isinstance(found, Answer):
        wanted = [found.yes, found.no, found.data]
    else:
        line = compiler.c.one(found)  # type: ignore[arg-type]
        wanted = [line.low_ok, line.high_ok, line.gone, line.here, line.data]
        ends = (line.low, line.high, line.below)
        wanted += [w.id for w in ends if w.id is not None]
    program = graph.program(wanted)
    far = beyond(frame, reads)
    if far is not None:
        unfit |= set(far.arg_true())
    inputs = prepare(frame, reads, set(program.inputs.values()))
    inputs |= count(reads.tallies.values(), linked, len(subjects))
    columns = program.run(inputs)
    told: list[Told | None] = []
    for row in range(len(subjects)):
        if row in unfit:
            told.append(None)
        elif line is None:
            assert isinstance(found, Answer)
            yes, no, data = (
                _bit(b, columns, row) for b in (found.yes, found.no, found.data)
            )
            assert not (yes and no), "an answer is both yes and no"
            told.append("yes" if yes else "no" if no else "data" if data else "judge")
        else:
            told.append(_ends(line, columns, row))
    return told


def _bit(bit: int, columns: dict[int, pl.Series], row: int) -> bool:
    return bit == TRUE if bit < 0 else bool(columns[bit][row])


def _whole(whole: Whole, columns: dict[int, pl.Series], row: int) -> int:
    if whole.id is None:
        return whole.constant
    column = columns[whole.id]
    return int(column[row if len(column) > 1 else 0])


def _ends(line: object, columns: dict[int, pl.Series], row: int) -> Ends:
    from ceyuan.language import Line

    assert isinstance(line, Line)
    if _bit(line.gone, columns, row):
        return Ends(Gone.YES, None, None, "")
    gone = Gone.NO if _bit(line.here, columns, row) else Gone.MAYBE
    below = _whole(line.below, columns, row)
    low = high = None
    if _bit(line.low_ok, columns, row):
        low = _whole(line.low, columns, row) * line.scale / below
    if _bit(line.high_ok, columns, row):
        high = _whole(line.high, columns, row) * line.scale / below
    exact = low is not None and low == high and gone is Gone.NO
    asked = "" if exact else "data" if _bit(line.data, columns, row) else "judge"
    return Ends(gone, low, high, asked)
