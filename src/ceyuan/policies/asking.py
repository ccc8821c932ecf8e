# SPDX-License-Identifier: Apache-2.0
"""Questions put to many subjects at once: yes, no, or not known.

A tier of the ladder, a group of a report, a filter of a list: each is one expression
over the facts of a subject. All of them are compiled into one graph, so what two of
them read is computed once, and per question comes out one column of booleans. A null
in it is an answer of its own: it is not known, and never means no.

What cannot be proved to fit the columns, a row or a whole question, is answered by
the interpreter and put in its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.kernel import UNKNOWN
from ceyuan.language import (
    TRUE,
    Answer,
    Compiler,
    Context,
    FactSymbol,
    Fixed,
    Graph,
    Interpreter,
    Node,
    NotProvable,
    Program,
    Reads,
    Scope,
    Shape,
    parse,
)
from ceyuan.policies.rows import facts_of, program_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ceyuan.engine import Linked


@dataclass(slots=True)
class Asked:
    """Questions compiled for frames of one shape; `run` takes any number of them.

    Args:
        questions: The expressions by name.
        scope: What their names mean: the dictionary.
        context: Day and base year.
        reads: The facts that the columns read.
        graph: The operations of all questions.
        compiled: Per question its bits in the graph.
        interpreted: Questions that have no proved columns.
        absent_as: What a comparison with something absent counts as.
    """

    questions: Mapping[str, Node]
    scope: Scope
    context: Context
    reads: Reads
    graph: Graph
    compiled: Mapping[str, Answer]
    interpreted: tuple[str, ...]
    absent_as: bool | None = False
    _program: Program | None = field(default=None, repr=False)

    def run(
        self,
        frame: pl.DataFrame,
        linked: Mapping[str, Linked] | None = None,
        *,
        exact: Mapping[int, Fixed] | None = None,
    ) -> pl.DataFrame:
        """Return the answers for one batch: one boolean column per question.

        Args:
            frame: Facts, one row per subject (`engine.frames`).
            linked: Linked records by name.
            exact: Rows whose facts do not fit the frame, with their facts.
        """
        program = self._ready()
        inputs, far = program_inputs(program, self.reads, frame, linked or {})
        columns = program.run(inputs)
        answers = {
            name: _three(
                _bit(one.yes, columns, frame.height),
                _bit(one.no, columns, frame.height),
            )
            for name, one in self.compiled.items()
        }
        apart = dict(exact or {})
        rows = range(frame.height) if self.interpreted else ()
        for row in (*rows, *(far.arg_true() if far is not None else ())):
            if row not in apart:
                apart[row] = facts_of(frame, row, self.scope.facts, linked or {})
        special = sorted({*(exact or {}), *(far.arg_true() if far is not None else ())})
        return pl.DataFrame(
            [
                self._told(name, answers.get(name), apart, special, frame.height)
                for name in self.questions
            ]
        )

    def alone(self, name: str, facts: Fixed) -> bool | None:
        """Return the answer for one subject, by the interpreter."""
        asked = Interpreter(self.scope, self.context, facts)
        value = asked.ask(self.questions[name], absent_as=self.absent_as).value
        return None if value is UNKNOWN else value is True

    def _told(
        self,
        name: str,
        column: pl.Series | None,
        apart: Mapping[int, Fixed],
        special: list[int],
        height: int,
    ) -> pl.Series:
        """Return a question's column, with what was answered one by one put in."""
        if column is None:
            values = [self.alone(name, apart[row]) for row in range(height)]
            return pl.Series(name, values, dtype=pl.Boolean)
        if special:
            values = [self.alone(name, apart[row]) for row in special]
            told = pl.Series(values, dtype=pl.Boolean)
            column = column.clone().scatter(special, told)
        return column.alias(name)

    def _ready(self) -> Program:
        if self._program is None:
            wanted = [
                bit for one in self.compiled.values() for bit in (one.yes, one.no)
            ]
            self._program = self.graph.program(wanted)
        return self._program


def asked(
    expressions: Mapping[str, Node | str],
    facts: Mapping[str, FactSymbol],
    shape: Shape,
    *,
    as_of: date,
    base_year: int | None = None,
) -> Asked:
    """Return questions compiled for frames of a shape.

    What is absent (a figure of a year before the firm was founded) is no yes: a
    comparison with it counts as no.

    Args:
        expressions: Conditions over facts, by name.
        facts: The dictionary, in base units.
        shape: Which columns the frames have.
        as_of: Day of the answers.
        base_year: Fiscal year that yearly facts mean; the last closed one.
    """
    questions = {
        name: parse(one) if isinstance(one, str) else one
        for name, one in expressions.items()
    }
    context = Context(as_of, as_of.year - 1 if base_year is None else base_year)
    return asked_in(questions, Scope(facts), context, shape)


def asked_in(
    questions: Mapping[str, Node],
    scope: Scope,
    context: Context,
    shape: Shape,
    *,
    absent_as: bool | None = False,
) -> Asked:
    """Return questions over any scope, such as that of a policy.

    Args:
        questions: Conditions, by name.
        scope: What their names mean.
        context: Day, base year and parameters.
        shape: Which columns the frames have.
        absent_as: What a comparison with something absent counts as.
    """
    graph, reads = Graph(), Reads()
    compiled: dict[str, Answer] = {}
    interpreted: list[str] = []
    for name, node in questions.items():
        compiler = Compiler(graph, scope, context, shape, reads=reads)
        try:
            compiled[name] = compiler.ask(node, absent_as=absent_as)
        except NotProvable:
            interpreted.append(name)
    return Asked(
        questions, scope, context, reads, graph, compiled, tuple(interpreted), absent_as
    )


def _bit(number: int, columns: Mapping[int, pl.Series], height: int) -> pl.Series:
    if number >= 0:
        return columns[number]
    return pl.Series([number == TRUE]).new_from_index(0, height)


def _three(yes: pl.Series, no: pl.Series) -> pl.Series:
    """Return yes, no, or null where it is neither."""
    nothing = pl.Series([None], dtype=pl.Boolean)
    return yes.zip_with(yes | no, nothing)
