# SPDX-License-Identifier: Apache-2.0
"""Many subjects, all policies: the compiler's side of `decide`.

All policies of a run are compiled into one graph, so what two policies read is
computed once. Per policy come out: the outcome, two bit masks over the clauses
(met, open), the amount. What cannot be proved to fit the columns, a row or a
whole policy, is decided by the interpreter and put in its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.kernel import UsageError
from ceyuan.kernel.kept import KeptFew
from ceyuan.language import (
    FALSE,
    TRUE,
    Answer,
    Compiler,
    FactSymbol,
    Fixed,
    Graph,
    NotProvable,
    Program,
    Reads,
    Shape,
    Whole,
)
from ceyuan.language.compile import Codes
from ceyuan.language.graph import Bit, same
from ceyuan.policies.amounts import (
    HIGH,
    LOW,
    amount_ends,
    better_ends,
    end_columns,
    no_ends,
    rounded_columns,
)
from ceyuan.policies.decide import Decision, Outcome, decide, output_value
from ceyuan.policies.rows import facts_of, program_inputs

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from datetime import date

    from ceyuan.declarations import Rule
    from ceyuan.engine import Linked
    from ceyuan.language import Context, Setting
    from ceyuan.policies.amounts import Ends

CODES: dict[Outcome | None, int] = {
    Outcome.ELIGIBLE: 0,
    Outcome.REFER: 1,
    Outcome.UNKNOWN: 2,
    Outcome.INELIGIBLE: 3,
    Outcome.NOT_APPLICABLE: 4,
    None: 5,
}
"""Outcome codes in columns; 5: refused by a check. In order of preference."""
OUTCOMES = {code: outcome for outcome, code in CODES.items()}


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The columns of one policy: numbers in the graph."""

    outcome: Whole
    met: tuple[int, ...]
    open: tuple[int, ...]
    amount: Whole | None
    due: int
    outputs: Mapping[str, tuple[Whole, int]] = field(default_factory=dict)
    ends: Ends = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """Policies compiled for frames of one shape; `run` takes any number of them.

    Args:
        rules: The policies.
        as_of: Day of the decisions.
        base_year: Fiscal year that yearly facts mean.
        settings: Parameters set by the office, by policy and name.
        reads: The facts that the columns read.
        graph: The operations of all policies.
        compiled: Per policy its columns in the graph.
        interpreted: Policies that have no proved columns.
        facts: The dictionary.
        with_clauses: Whether the clause masks are computed.
        outputs: Names of outputs that are computed for policies that have them.
        with_ends: Whether the least and greatest amounts are computed.
    """

    rules: Sequence[Rule]
    as_of: date
    base_year: int
    settings: Mapping[str, Mapping[str, Setting]]
    reads: Reads
    graph: Graph
    compiled: dict[str, _Compiled]
    interpreted: list[Rule]
    facts: Mapping[str, FactSymbol]
    with_clauses: bool = True
    outputs: Sequence[str] = ()
    with_ends: bool = False
    _program: Program | None = field(default=None, repr=False)

    def run(
        self,
        frame: pl.DataFrame,
        linked: Mapping[str, Linked] | None = None,
        *,
        exact: Mapping[int, Fixed] | None = None,
    ) -> pl.DataFrame:
        """Return the decisions on one batch, in the order of its rows.

        Args:
            frame: Facts, one row per subject (`engine.frames`).
            linked: Linked records by name.
            exact: Rows whose facts do not fit the frame, with their facts.

        Columns per policy: `<id>` (code of the outcome, `OUTCOMES`), `<id>:met`
        and `<id>:open` (bit k: clause k), `<id>:amount` (fen; null: none due),
        `<id>:<output>` for each output asked for (null: not exactly known), and
        `<id>:amount_low`, `<id>:amount_high` with the ends (null: not bounded).
        """
        program = self._ready()
        inputs, far = program_inputs(program, self.reads, frame, linked or {})
        columns = program.run(inputs)
        made: dict[str, pl.Series] = {}
        for policy, one in self.compiled.items():
            made |= self._columns(policy, one, columns, frame.height)
        result = pl.DataFrame(made)
        special = {*(exact or {}), *(far.arg_true() if far is not None else ())}
        subjects = dict(exact or {})
        for row in range(frame.height) if self.interpreted else special:
            if row not in subjects:
                subjects[row] = facts_of(frame, row, self.facts, linked or {})
        return self._interpret(result, subjects, sorted(special), frame.height)

    def _ready(self) -> Program:
        if self._program is None:
            wanted: list[int] = []
            for one in self.compiled.values():
                wanted += [
                    w.id for w in (one.outcome, one.amount) if w and w.id is not None
                ]
                wanted.append(one.due)
                for value, known in (*one.outputs.values(), *one.ends.values()):
                    wanted += [known] if value.id is None else [value.id, known]
                if self.with_clauses:
                    wanted += [*one.met, *one.open]
            self._program = self.graph.program(wanted)
        return self._program

    def _columns(
        self, policy: str, one: _Compiled, columns: dict[int, pl.Series], height: int
    ) -> dict[str, pl.Series]:
        made = {policy: _whole(one.outcome, columns, height).cast(pl.UInt8)}
        if self.with_clauses:
            made[f"{policy}:met"] = _packed(one.met, columns, height)
            made[f"{policy}:open"] = _packed(one.open, columns, height)
        if one.amount is not None:
            due = _bit(one.due, columns, height)
            made[f"{policy}:amount"] = _where_known(one.amount, due, columns, height)
        for name, (value, sure) in (*one.outputs.items(), *one.ends.items()):
            known = _bit(sure, columns, height)
            made[f"{policy}:{name}"] = _where_known(value, known, columns, height)
        return made

    def _interpret(
        self,
        result: pl.DataFrame,
        subjects: Mapping[int, Fixed],
        special: Sequence[int],
        height: int,
    ) -> pl.DataFrame:
        """Decide by the interpreter what has no proved columns."""
        made: dict[str, pl.Series] = {}
        for rule in self.rules:
            whole = rule in self.interpreted
            rows = range(height) if whole else special
            found = {
                row: decide(
                    rule,
                    subjects[row],
                    as_of=self.as_of,
                    base_year=self.base_year,
                    settings=self.settings.get(rule.id),
                )
                for row in rows
            }
            told_all = self._told(rule, found)
            if self.with_ends and rule.said.amount is not None:
                told_all |= self._told_ends(rule, [subjects[row] for row in rows])
            for name, values in told_all.items():
                kind = _type_of(rule, name)
                told = pl.Series(name, values, dtype=kind)
                if whole:
                    made[name] = told
                elif len(rows):
                    made[name] = result[name].clone().scatter(list(rows), told)
        if not made:
            return result
        return result.with_columns(**made) if result.width else pl.DataFrame(made)

    def _told(
        self, rule: Rule, found: dict[int, Decision]
    ) -> dict[str, list[int | None]]:
        told: dict[str, list[int | None]] = {
            rule.id: [CODES[d.outcome] for d in found.values()]
        }
        if self.with_clauses:
            told[f"{rule.id}:met"] = [_mask(rule, d, True) for d in found.values()]
            told[f"{rule.id}:open"] = [_mask(rule, d, None) for d in found.values()]
        if rule.said.amount is not None:
            told[f"{rule.id}:amount"] = [d.amount for d in found.values()]
        for name in _outputs(rule, self.outputs):
            told[f"{rule.id}:{name}"] = [_told_output(name, d) for d in found.values()]
        return told

    def _told_ends(
        self, rule: Rule, subjects: Sequence[Fixed]
    ) -> dict[str, list[int | None]]:
        context = rule.context(
            self.as_of,
            base_year=self.base_year,
            settings=self.settings.get(rule.id),
        )
        found = [amount_ends(rule, subject, context) for subject in subjects]
        return {
            f"{rule.id}:{LOW}": [low for low, _ in found],
            f"{rule.id}:{HIGH}": [high for _, high in found],
        }


def _type_of(rule: Rule, column: str) -> pl.DataType:
    match column.removeprefix(rule.id):
        case "":
            return pl.UInt8()
        case ":met" | ":open":
            return mask_type(len(rule.clauses))
        case _:
            return pl.Int64()


def _outputs(rule: Rule, asked: Sequence[str]) -> list[str]:
    return [name for name in asked if name in rule.said.outputs]


def _told_output(name: str, decision: Decision) -> int | None:
    value = decision.outputs.get(name)
    exact = None if value is None else output_value(value)
    return None if exact is None else int(exact)


def _mask(rule: Rule, decision: Decision, wanted: bool | None) -> int:
    mask = 0
    for index, clause in enumerate(rule.clauses):
        if clause not in decision.clauses:
            continue
        answer = decision.clauses[clause]
        state = answer if isinstance(answer, bool) else None
        mask |= (state is wanted) << index
    return mask


def plan(
    rules: Sequence[Rule],
    shape: Shape,
    *,
    as_of: date,
    base_year: int | None = None,
    settings: Mapping[str, Mapping[str, Setting]] | None = None,
    with_clauses: bool = True,
    outputs: Sequence[str] = (),
    with_ends: bool = False,
) -> Plan:
    """Return policies compiled for frames of a shape.

    Compiling takes longer than deciding a few subjects: the same question asked again
    (a ruling, a sheet, a claim) gets the plan of before, which nothing changes.

    Args:
        rules: The policies; at most 64 clauses each.
        shape: Which columns the frames have.
        as_of: Day of the decisions.
        base_year: Fiscal year that yearly facts mean; the last closed one by
            default.
        settings: Parameters set by the office, by policy and name.
        with_clauses: Whether the clause masks are computed.
        outputs: Names of outputs to compute, for the policies that have them: whole
            numbers of their base (points, persons, fen).
        with_ends: Whether the least and greatest amounts are computed.

    Raises:
        UsageError: An output that is asked for is no whole number.
    """
    year = as_of.year - 1 if base_year is None else base_year
    # What the caller does with his own list later is not the plan's business.
    asked, wanted = tuple(rules), tuple(outputs)
    said = {policy: dict(every) for policy, every in (settings or {}).items()}

    def make() -> Plan:
        return _planned(
            asked,
            shape,
            as_of=as_of,
            year=year,
            settings=said,
            with_clauses=with_clauses,
            outputs=wanted,
            with_ends=with_ends,
        )

    key = (shape, as_of, year, _said(said), with_clauses, wanted, with_ends)
    return _KEPT.get(asked, key, make)


_KEPT: KeptFew[Plan] = KeptFew(16)


def _said(settings: Mapping[str, Mapping[str, Setting]]) -> Hashable:
    """Return settings as a key; 1 and "yes" are equal to Python, and not to us."""
    return tuple(
        (policy, name, type(value), value)
        for policy, every in sorted(settings.items())
        for name, value in sorted(every.items())
    )


def _planned(
    rules: Sequence[Rule],
    shape: Shape,
    *,
    as_of: date,
    year: int,
    settings: Mapping[str, Mapping[str, Setting]],
    with_clauses: bool,
    outputs: Sequence[str],
    with_ends: bool,
) -> Plan:
    graph, reads = Graph(), Reads()
    compiled: dict[str, _Compiled] = {}
    interpreted: list[Rule] = []
    for rule in rules:
        context = rule.context(as_of, base_year=year, settings=settings.get(rule.id))
        try:
            compiled[rule.id] = _compile(
                rule, context, graph, shape, reads, outputs, with_ends
            )
        except NotProvable:
            interpreted.append(rule)
    return Plan(
        rules,
        as_of,
        year,
        settings,
        reads,
        graph,
        compiled,
        interpreted,
        rules[0].scope.facts if rules else {},
        with_clauses,
        outputs,
        with_ends,
    )


def _compile(
    rule: Rule,
    context: Context,
    graph: Graph,
    shape: Shape,
    reads: Reads,
    outputs: Sequence[str],
    with_ends: bool,
) -> _Compiled:
    if not rule.in_force(rule.day(context.as_of, context.base_year)):
        nowhere = same(CODES[Outcome.NOT_APPLICABLE])
        nothing = {name: (same(0), FALSE) for name in _outputs(rule, outputs)}
        amount = None if rule.said.amount is None else same(0)
        ends = {} if amount is None or not with_ends else no_ends()
        return _Compiled(nowhere, (), (), amount, FALSE, nothing, ends)
    variants = rule.said.variants
    given = None
    if variants is None or variants.fact in shape.present:
        compiler = Compiler(graph, rule.scope, context, shape, reads=reads)
        given = _one(rule, compiler, outputs, with_ends)
    if variants is None or variants.fact in shape.whole:
        assert given is not None
        return given
    best: _Compiled | None = None
    for code in variants.order:
        chosen = {variants.fact: code}
        compiler = Compiler(
            graph, rule.scope, context, shape, reads=reads, chosen=chosen
        )
        one = _one(rule, compiler, outputs, with_ends)
        best = one if best is None else _better(graph, best, one)
    assert best is not None
    if given is None:
        return best
    return _where(graph, graph.bit(f"{variants.fact}?"), given, best)


def _better(graph: Graph, a: _Compiled, b: _Compiled) -> _Compiled:
    """Return the better of two variants, the earlier one among equals."""
    found = _where(graph, graph.gt(a.outcome, b.outcome), b, a)
    codes = a.outcome, b.outcome
    return replace(found, ends=better_ends(graph, codes, a.ends, b.ends))


def _where(graph: Graph, mask: int, a: _Compiled, b: _Compiled) -> _Compiled:
    amount = a.amount
    if a.amount is not None and b.amount is not None:
        amount = graph.select(mask, a.amount, b.amount)
    return _Compiled(
        graph.select(mask, a.outcome, b.outcome),
        tuple(graph.pick_bit(mask, x, y) for x, y in zip(a.met, b.met, strict=True)),
        tuple(graph.pick_bit(mask, x, y) for x, y in zip(a.open, b.open, strict=True)),
        amount,
        graph.pick_bit(mask, a.due, b.due),
        {
            name: (
                graph.select(mask, value, b.outputs[name][0]),
                graph.pick_bit(mask, known, b.outputs[name][1]),
            )
            for name, (value, known) in a.outputs.items()
        },
        {
            name: (
                graph.select(mask, value, b.ends[name][0]),
                graph.pick_bit(mask, known, b.ends[name][1]),
            )
            for name, (value, known) in a.ends.items()
        },
    )


def _one(
    rule: Rule,
    compiler: Compiler,
    outputs: Sequence[str],
    with_ends: bool,
) -> _Compiled:
    g = compiler.g
    scope = [_truth(compiler, name) for name in rule.in_scope]
    outside = g.or_(*(s.no for s in scope))
    inside = g.and_(*(s.yes for s in scope))
    refused = g.or_(*(_truth(compiler, name).no for name in rule.checks))
    clauses = [
        _truth(compiler, name)
        if name not in compiler.context.waived
        else Answer(FALSE, TRUE)
        for name in rule.clauses
    ]
    core = compiler.ask(rule.decide)
    met = g.and_(inside, core.yes)
    failed = g.and_(inside, core.no)
    data = g.or_(
        g.and_(core.data, compiler.open(core)),
        *(g.and_(s.data, compiler.open(s)) for s in scope),
    )
    shown = g.and_(g.not_(outside), g.not_(refused))
    amount, due = None, FALSE
    ends: Ends = {}
    if rule.said.amount is not None:
        value = compiler.defined("output:amount")
        assert not isinstance(value, Answer)
        line = compiler.c.one(value)  # type: ignore[arg-type]
        known = compiler.c.exact(line)
        how = rule.said.amount.round
        amount = rounded_columns(how, g, line.low, line)
        if with_ends:
            full = rule.said.coverage == "full"
            sure = g.and_(shown, met) if full else FALSE
            may = g.and_(shown, g.not_(failed))
            ends = end_columns(how, compiler, line, sure=sure, may=may)
        due = g.and_(met, known)
        data = g.or_(data, g.and_(line.data, g.not_(known)))
        met = due
    code = same(CODES[Outcome.REFER])
    code = g.select(data, same(CODES[Outcome.UNKNOWN]), code)
    code = g.select(failed, same(CODES[Outcome.INELIGIBLE]), code)
    best = Outcome.ELIGIBLE if rule.said.coverage == "full" else Outcome.REFER
    code = g.select(met, same(CODES[best]), code)
    code = g.select(refused, same(CODES[None]), code)
    code = g.select(outside, same(CODES[Outcome.NOT_APPLICABLE]), code)
    return _Compiled(
        code,
        tuple(g.and_(shown, c.yes) for c in clauses),
        tuple(
            FALSE
            if name in compiler.context.waived
            else g.and_(shown, compiler.open(c))
            for name, c in zip(rule.clauses, clauses, strict=True)
        ),
        amount,
        g.and_(shown, due),
        {
            name: _output(rule, compiler, name, g.or_(outside, g.not_(refused)))
            for name in _outputs(rule, outputs)
        },
        ends,
    )


def _output(rule: Rule, compiler: Compiler, name: str, told: Bit) -> tuple[Whole, Bit]:
    """Return an output as whole numbers, and where it is exactly known and told."""
    value = compiler.defined(f"output:{name}")
    line = None if isinstance(value, (Answer, Codes)) else compiler.c.one(value)
    if line is None or line.below != same(1) or line.scale.denominator != 1:
        msg = f"the output `{name}` of `{rule.id}` is no whole number"
        raise UsageError(msg, hint="ask the interpreter, one subject at a time")
    whole = compiler.g.times(line.low, int(line.scale))
    return whole, compiler.g.and_(told, compiler.c.exact(line))


def _truth(compiler: Compiler, name: str) -> Answer:
    found = compiler.defined(name)
    assert isinstance(found, Answer)
    return found


def _bit(number: int, columns: dict[int, pl.Series], height: int) -> pl.Series:
    return columns[number] if number >= 0 else _filled(number == TRUE, height)


def _where_known(
    one: Whole, known: pl.Series, columns: dict[int, pl.Series], height: int
) -> pl.Series:
    values = _whole(one, columns, height)
    nothing = pl.Series([None], dtype=values.dtype)
    return values.zip_with(known, nothing).cast(pl.Int64)


def _whole(one: Whole, columns: dict[int, pl.Series], height: int) -> pl.Series:
    return _filled(one.constant, height) if one.id is None else columns[one.id]


def _packed(
    bits: tuple[int, ...], columns: dict[int, pl.Series], height: int
) -> pl.Series:
    """Return bits as one mask per row, in the narrowest type that holds them all."""
    kind = mask_type(len(bits))
    always = sum(1 << k for k, b in enumerate(bits) if b == TRUE)
    total = pl.Series([always], dtype=kind)
    nothing = pl.Series([0], dtype=kind)
    for index, bit in enumerate(bits):
        if bit >= 0:
            one = pl.Series([1 << index], dtype=kind)
            column = one.zip_with(columns[bit], nothing)
            total = total | column if always or len(total) == height else column
    return total if len(total) == height else total.new_from_index(0, height)


def _filled(value: int | bool, height: int) -> pl.Series:
    return pl.Series([value]).new_from_index(0, height)


def mask_type(clauses: int) -> pl.DataType:
    """Return the type of a mask over so many clauses."""
    for width, kind in ((8, pl.UInt8()), (16, pl.UInt16()), (32, pl.UInt32())):
        if clauses <= width:
            return kind
    return pl.UInt64()
