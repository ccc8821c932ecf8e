# SPDX-License-Identifier: Apache-2.0
"""The compiler: the same trees, for millions of subjects at once.

It walks the tree once and writes column operations; no Python runs per row. It
shares the tree with the interpreter and nothing else, and must agree with it on
every input; `tests/language/test_agreement.py` tries to show that it does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.kernel import UNKNOWN, year_end
from ceyuan.language import kernels
from ceyuan.language.columns import (
    Amount,
    Answer,
    Columns,
    Either,
    Growth,
    Line,
    Ratio,
    chosen,
    constant_of,
    fixed,
)
from ceyuan.language.graph import FALSE, TRUE, Bit, Graph, NotProvable, Whole, same
from ceyuan.language.scope import Context, FactSymbol, Marginal, Scope, Steps
from ceyuan.language.tree import (
    All,
    AnyOf,
    Arith,
    Call,
    Choose,
    Compare,
    Day,
    Member,
    Name,
    Node,
    Not,
    Number,
    Truth,
    Word,
    fact_reads,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DAY_LIMIT = 5_000_000
"""Ordinals of dates stay below this (year 13,689)."""


@dataclass(frozen=True, slots=True)
class Codes:
    """A code as its index in the fact's list, or a set as a bit mask.

    Args:
        symbol: The fact; None for quoted words and parameters.
        value: Index or mask, where known.
        known: Where it is known.
        words: The words of a constant; None: an unset parameter.
        data: Some missing fact is not a person's judgement.
    """

    symbol: FactSymbol | None
    value: Whole
    known: Bit
    words: frozenset[str] | None = None
    data: Bit = FALSE


Compiled: TypeAlias = Amount | Answer | Codes


@dataclass(frozen=True, slots=True)
class Tally:
    """A count over linked records that must be prepared for each batch.

    Args:
        name: Name of its columns.
        records: The record fact.
        test: Condition on one record.
        as_of: Day that a certificate must be in force on.
    """

    name: str
    records: FactSymbol
    test: Node
    as_of: date


@dataclass(slots=True)
class Reads:
    """What a program reads: fact columns and prepared counts.

    Args:
        facts: Column name by fact and year.
        tallies: Counts over linked records.
    """

    facts: dict[tuple[str, int | None], FactSymbol] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)


def column_name(name: str, year: int | None) -> str:
    """Return the name of a fact's column: `revenue@2025`, `reg_date`."""
    return name if year is None else f"{name}@{year}"


@dataclass(frozen=True, slots=True)
class Shape:
    """Which columns a batch has, and which of them have no gap.

    Args:
        present: Names of fact columns that exist.
        whole: Names of those without a null.
        absent: Names of those that mark absent values in a column of their own.
        counted: Record facts that are linked.
    """

    present: frozenset[str]
    whole: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()


class Compiler:
    """Compiles the expressions of one scope into a graph.

    Args:
        graph: Where operations are written; shared by all policies of a run.
        scope: What the names mean.
        context: Day, base year and parameters.
        shape: Which columns there are.
        reads: Collects what is read.
        chosen: Facts with one value for every row (a variant).
    """

    def __init__(
        self,
        graph: Graph,
        scope: Scope,
        context: Context,
        shape: Shape,
        *,
        reads: Reads,
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        self.g = graph
        self.c = Columns(graph)
        self._scope = scope
        self.context = context
        self._shape = shape
        self._reads = reads
        self._chosen = dict(chosen or {})
        self._absent_as: bool | None = None
        self._back = 0
        self._memo: dict[object, Compiled] = {}

    def ask(self, node: Node, *, absent_as: bool | None = None) -> Answer:
        """Return the bits of a condition."""
        before, self._absent_as = self._absent_as, absent_as
        try:
            return self.answer(node)
        finally:
            self._absent_as = before

    def defined(self, name: str) -> Compiled:
        """Return a definition (a `let`, a clause, an output)."""
        key = ("definition", name)
        if key not in self._memo:
            definition = self._scope.definitions[name]
            before, self._absent_as = self._absent_as, definition.absent_as
            try:
                self._memo[key] = self.compiled(definition.node)
            finally:
                self._absent_as = before
        return self._memo[key]

    def compiled(self, node: Node) -> Compiled:
        """Return whatever a node compiles to."""
        match node:
            case Number(value):
                return fixed(value)
            case Word(value):
                return Codes(None, same(0), TRUE, frozenset({value}))
            case Truth(value):
                return Answer(TRUE, FALSE) if value else Answer(FALSE, TRUE)
            case Day(value):
                return fixed(value.toordinal())
            case Name(value):
                return self._name(value)
            case Arith():
                return self._arith(node)
            case Compare():
                return self._compare(node)
            case Member():
                return self._member(node)
            case Not(value):
                inner = self.answer(value)
                return Answer(inner.no, inner.yes, inner.data)
            case All(parts):
                return self._all([self.answer(p) for p in parts])
            case AnyOf(parts):
                return self._any([self.answer(p) for p in parts])
            case Choose():
                return self._choose(node)
            case Call(function, arguments):
                return _CALLS[function](self, arguments)

    def answer(self, node: Node) -> Answer:
        """Return a condition's bits."""
        found = self.compiled(node)
        assert isinstance(found, Answer)
        return found

    def number(self, node: Node) -> Amount:
        """Return a number's columns."""
        found = self.compiled(node)
        assert not isinstance(found, (Answer, Codes))
        return found

    def open(self, answer: Answer) -> Bit:
        """Return where an answer is unknown."""
        return self.g.not_(self.g.or_(answer.yes, answer.no))

    # --- names ----------------------------------------------------------------------

    def _name(self, name: str) -> Compiled:
        if name in self._scope.definitions:
            if name in self.context.waived:
                return Answer(TRUE, FALSE)
            return self.defined(name)
        if name in self._scope.parameters:
            return self._parameter(name)
        if name == "as_of":
            return fixed(self.context.as_of.toordinal())
        return self.fact(name, 0)

    def _parameter(self, name: str) -> Compiled:
        symbol = self._scope.parameters[name]
        setting = self.context.settings.get(name, UNKNOWN)
        if symbol.kind == "flag":
            if setting is UNKNOWN:
                return Answer(FALSE, FALSE, TRUE)
            return Answer(TRUE, FALSE) if setting is True else Answer(FALSE, TRUE)
        if setting is UNKNOWN:
            if symbol.kind == "set":
                return Codes(None, same(0), FALSE, None, TRUE)
            return replace(fixed(0), low_ok=FALSE, high_ok=FALSE, data=TRUE)
        if isinstance(setting, date):
            return fixed(setting.toordinal())
        if isinstance(setting, frozenset):
            return Codes(None, same(0), TRUE, setting)
        assert isinstance(setting, Fraction)
        return fixed(setting)

    def fact(self, name: str, back: int) -> Compiled:
        """Return a fact's columns, derived where it was not supplied."""
        symbol = self._scope.facts[name]
        back = back + self._back if symbol.yearly else 0
        key = ("fact", name, back)
        if key not in self._memo:
            self._memo[key] = self._fact(symbol, back)
        return self._memo[key]

    def _fact(self, symbol: FactSymbol, back: int) -> Compiled:
        if symbol.name in self._chosen:
            code = self._chosen[symbol.name]
            return Codes(symbol, same(symbol.codes.index(code)), TRUE)
        year = self.context.base_year - back if symbol.yearly else None
        column = column_name(symbol.name, year)
        here = column in self._shape.present
        known = self._known(column) if here else FALSE
        if here:
            self._reads.facts[symbol.name, year] = symbol
        if symbol.default is not None:
            return self._defaulted(symbol, column, known)
        gone, may_be = self._founding(symbol, year, column)
        data = FALSE if symbol.judged else self.g.not_(known)
        if symbol.kind == "flag":
            value = self.g.bit(f"{column}=") if here else FALSE
            direct: Compiled = Answer(
                self.g.and_(known, value), self.g.and_(known, self.g.not_(value)), data
            )
        elif symbol.kind in ("number", "date"):
            direct = self._line(symbol, column, known, (gone, may_be), data)
        else:
            bound = 2**62 if symbol.kind == "codes" else max(1, len(symbol.codes))
            whole = self.g.whole(column, bound) if here else same(0)
            direct = Codes(symbol, whole, known, None, data)
        if symbol.derive is None or known == TRUE:
            return direct
        return self._derived(symbol, back, direct, known, gone)

    def _known(self, column: str) -> Bit:
        return TRUE if column in self._shape.whole else self.g.bit(f"{column}?")

    def _defaulted(self, symbol: FactSymbol, column: str, known: Bit) -> Codes:
        assert symbol.default is not None
        index = same(symbol.codes.index(symbol.default))
        if known == FALSE:
            return Codes(symbol, index, TRUE)
        whole = self.g.whole(column, max(1, len(symbol.codes)))
        return Codes(symbol, self.g.select(known, whole, index), TRUE)

    def _founding(
        self, symbol: FactSymbol, year: int | None, column: str
    ) -> tuple[Bit, Bit]:
        """Return where an unsupplied figure cannot exist, and where it may not."""
        if symbol.kind not in ("number", "date"):
            return FALSE, FALSE
        said = self.g.bit(f"{column}!") if column in self._shape.absent else FALSE
        if year is None or "reg_date" not in self._scope.facts:
            return said, FALSE
        if "reg_date" not in self._shape.present:
            return said, self.g.not_(said)
        founded = self._known("reg_date")
        self._reads.facts["reg_date", None] = self._scope.facts["reg_date"]
        day = self.g.whole("reg_date", DAY_LIMIT)
        later = self.g.gt(day, same(year_end(year).toordinal()))
        gone = self.g.or_(said, self.g.and_(founded, later))
        return gone, self.g.and_(self.g.not_(founded), self.g.not_(said))

    def _line(
        self,
        symbol: FactSymbol,
        column: str,
        known: Bit,
        founding: tuple[Bit, Bit],
        data: Bit,
    ) -> Line:
        """Return a fact's ends; gaps are filled with the end that is known."""
        g = self.g
        gone = g.and_(g.not_(known), founding[0])
        here = g.or_(known, g.not_(g.or_(*founding)))
        per = 10**symbol.decimals if symbol.kind == "number" else 1
        scale = Fraction(1, per)
        limit = DAY_LIMIT if symbol.kind == "date" else int(symbol.limit * per)
        data = g.and_(data, g.not_(gone))
        if column not in self._shape.present:
            low = same(int((symbol.low or 0) * per))
            high = same(int((symbol.high or 0) * per))
            low_ok = TRUE if symbol.low is not None else FALSE
            high_ok = TRUE if symbol.high is not None else FALSE
            return Line(low, high, low_ok, high_ok, scale, same(1), gone, here, data)
        low = high = g.whole(column, limit)
        low_ok = high_ok = known
        if known != TRUE and symbol.low is not None:
            low_ok = TRUE
            if symbol.low != 0:
                low = g.select(known, low, same(int(symbol.low * per)))
        if known != TRUE and symbol.high is not None:
            high_ok = TRUE
            high = g.select(known, high, same(int(symbol.high * per)))
        return Line(low, high, low_ok, high_ok, scale, same(1), gone, here, data)

    def _derived(
        self, symbol: FactSymbol, back: int, direct: Compiled, known: Bit, gone: Bit
    ) -> Compiled:
        assert symbol.derive is not None
        before = self._back, self._absent_as
        self._back, self._absent_as = back, False
        try:
            found = self.compiled(symbol.derive)
        finally:
            self._back, self._absent_as = before
        g = self.g
        if isinstance(found, Answer):
            assert isinstance(direct, Answer)
            found = replace(found, data=self._asked(symbol, back, found.data))
            return Answer(
                g.or_(direct.yes, g.and_(g.not_(known), found.yes)),
                g.or_(direct.no, g.and_(g.not_(known), found.no)),
                found.data,
            )
        assert not isinstance(found, Codes)
        if isinstance(found, Line):
            found = self._bounded(symbol, found)
        found = self._asking(symbol, back, found)
        assert isinstance(direct, Line)
        use_direct = g.or_(known, gone)
        if isinstance(found, Line):
            return self.c.merge(use_direct, direct, found)
        return found if use_direct == FALSE else Either(use_direct, direct, found)

    def _asked(self, symbol: FactSymbol, back: int, parts: Bit) -> Bit:
        """Ask for the parts where some are there, for the whole where none is."""
        assert symbol.derive is not None
        if all(s.judged is symbol.judged for _, s in self._parts(symbol.derive, back)):
            return parts
        some = self.g.or_(
            *(self._told(one, year) for year, one in self._parts(symbol.derive, back))
        )
        return self.g.pick_bit(some, parts, FALSE if symbol.judged else TRUE)

    def _asking(self, symbol: FactSymbol, back: int, found: Amount) -> Amount:
        match found:
            case Line():
                return replace(found, data=self._asked(symbol, back, found.data))
            case Ratio(top, bottom):
                data = self._asked(symbol, back, self.c.data(found))
                return replace(
                    found,
                    top=replace(top, data=data),
                    bottom=replace(bottom, data=data),
                )
            case Growth(ratio):
                asking = self._asking(symbol, back, ratio)
                assert isinstance(asking, Ratio)
                return replace(found, ratio=asking)
            case Either(mask, yes, no):
                return Either(
                    mask,
                    self._asking(symbol, back, yes),
                    self._asking(symbol, back, no),
                )

    def _parts(self, node: Node, back: int) -> list[tuple[int, FactSymbol]]:
        """Return all that a derivation stands on, each with its years back."""
        found: list[tuple[int, FactSymbol]] = []
        for year, name in fact_reads(node, back):
            symbol = self._scope.facts.get(name)
            if symbol is not None:
                found.append((year, symbol))
                if symbol.derive is not None:
                    inner = year if symbol.yearly else 0
                    found += self._parts(symbol.derive, inner)
        return found

    def _told(self, symbol: FactSymbol, back: int) -> Bit:
        """Return where a fact was supplied, be it as absent."""
        if symbol.kind == "records":
            linked = symbol.name in self._shape.counted
            return self.g.bit(f"{symbol.name}#linked") if linked else FALSE
        year = self.context.base_year - back if symbol.yearly else None
        column = column_name(symbol.name, year)
        if column not in self._shape.present:
            return FALSE
        self._reads.facts[symbol.name, year] = symbol
        known = self._known(column)
        gone = column in self._shape.absent
        return self.g.or_(known, self.g.bit(f"{column}!")) if gone else known

    def _bounded(self, symbol: FactSymbol, line: Line) -> Line:
        """The declared bounds hold for a derived value that is not known."""
        g = self.g
        if symbol.low is not None and line.low_ok != TRUE:
            bound = fixed(symbol.low)
            line, bound = self.c.common(line, bound)
            low = g.select(line.low_ok, line.low, bound.low)
            line = replace(line, low=low, low_ok=TRUE)
        if symbol.high is not None and line.high_ok != TRUE:
            bound = fixed(symbol.high)
            line, bound = self.c.common(line, bound)
            high = g.select(line.high_ok, line.high, bound.high)
            line = replace(line, high=high, high_ok=TRUE)
        return line

    # --- arithmetic -------------------------------------------------------------------

    def _arith(self, node: Arith) -> Amount:
        left, right = self.number(node.left), self.number(node.right)
        return self._operate(node.sign, left, right)

    def _operate(self, sign: str, left: Amount, right: Amount) -> Amount:
        if isinstance(left, Either):
            return self._split(
                left.mask,
                self._operate(sign, left.yes, right),
                self._operate(sign, left.no, right),
            )
        if isinstance(right, Either):
            return self._split(
                right.mask,
                self._operate(sign, left, right.yes),
                self._operate(sign, left, right.no),
            )
        if sign == "/":
            return self._divide(left, right)
        if sign == "*":
            return self._multiply(left, right)
        by = 1 if sign == "+" else -1
        known = constant_of(right)
        if isinstance(left, Ratio) and known is not None:
            return replace(left, offset=left.offset + by * known)
        known = constant_of(left)
        if isinstance(right, Ratio) and known is not None:
            return replace(
                right, scale=right.scale * by, offset=right.offset * by + known
            )
        return self.c.add(self._line_of(left), self._line_of(right), by)

    def _split(self, mask: Bit, a: Amount, b: Amount) -> Amount:
        if isinstance(a, Line) and isinstance(b, Line):
            return self.c.merge(mask, a, b)
        return Either(mask, a, b)

    def _line_of(self, value: Amount) -> Line:
        return self.c.one(value)

    def _multiply(self, left: Amount, right: Amount) -> Amount:
        if constant_of(right) is not None and constant_of(left) is None:
            left, right = right, left
        by = constant_of(left)
        if by is None:
            return self.c.product(self._line_of(left), self._line_of(right))
        if isinstance(right, Ratio):
            if by == 0:
                gone, here = self.c.here(right)
                zero = self.c.scaled(fixed(1), Fraction(0))
                return replace(
                    zero, gone=gone, here=here, data=self.c.data(right), constant=False
                )
            return replace(right, scale=right.scale * by, offset=right.offset * by)
        return self.c.scaled(self._line_of(right), by)

    def _divide(self, left: Amount, right: Amount) -> Amount:
        by = constant_of(right)
        if by is not None:
            if by > 0:
                return self._multiply(left, fixed(1 / by))
            return Line(same(0), same(0), FALSE, FALSE, gone=TRUE, here=FALSE)
        return Ratio(self._line_of(left), self._line_of(right))

    # --- conditions -------------------------------------------------------------------

    def _all(self, parts: list[Answer]) -> Answer:
        g = self.g
        yes = g.and_(*(p.yes for p in parts))
        no = g.or_(*(p.no for p in parts))
        return Answer(yes, no, self._why(parts))

    def _any(self, parts: list[Answer]) -> Answer:
        g = self.g
        yes = g.or_(*(p.yes for p in parts))
        no = g.and_(*(p.no for p in parts))
        return Answer(yes, no, self._why(parts))

    def _why(self, parts: list[Answer]) -> Bit:
        """Only what is itself unknown can be why the whole is."""
        return self.g.or_(
            *(self.g.and_(p.data, self.open(p)) for p in parts if p.data != FALSE)
        )

    def _compare(self, node: Compare) -> Answer:
        left, right = self.compiled(node.left), self.compiled(node.right)
        g = self.g
        if isinstance(left, Codes) and isinstance(right, Codes):
            equal = self._equal(left, right)
        elif isinstance(left, Answer) and isinstance(right, Answer):
            yes = g.or_(g.and_(left.yes, right.yes), g.and_(left.no, right.no))
            no = g.or_(g.and_(left.yes, right.no), g.and_(left.no, right.yes))
            equal = Answer(yes, no, self._why([left, right]))
        else:
            assert not isinstance(left, (Codes, Answer))
            assert not isinstance(right, (Codes, Answer))
            return self.c.compare(left, node.order, right, self._absent_as)
        if node.order == "=":
            return equal
        return Answer(equal.no, equal.yes, equal.data)

    def _equal(self, left: Codes, right: Codes) -> Answer:
        if left.symbol is None and right.symbol is not None:
            left, right = right, left
        if left.symbol is None or right.symbol is not None:
            msg = "two code facts are compared by the interpreter only"
            raise NotProvable(msg)
        return self._in(left, right)

    def _in(self, value: Codes, options: Codes) -> Answer:
        """Return whether a code is one of some words."""
        g = self.g
        assert value.symbol is not None
        known = g.and_(value.known, options.known)
        data = g.or_(value.data, options.data)
        if options.words is None:
            return Answer(FALSE, FALSE, data)
        indexes = [
            i for i, code in enumerate(value.symbol.codes) if code in options.words
        ]
        hit = g.or_(*(g.eq(value.value, same(i)) for i in indexes))
        return Answer(g.and_(known, hit), g.and_(known, g.not_(hit)), data)

    def _member(self, node: Member) -> Answer:
        value = self.compiled(node.value)
        if not isinstance(value, Codes):
            parts = tuple(Compare("=", node.value, option) for option in node.options)
            return self._any([self.answer(p) for p in parts])
        words: set[str] = set()
        for option in node.options:
            found = self.compiled(option)
            assert isinstance(found, Codes)
            if found.words is None:
                return Answer(FALSE, FALSE, self.g.or_(value.data, found.data))
            words |= found.words
        if value.symbol is None:
            assert value.words is not None
            within = value.words <= words
            return Answer(TRUE, FALSE) if within else Answer(FALSE, TRUE)
        return self._in(value, Codes(None, same(0), TRUE, frozenset(words)))

    def _choose(self, node: Choose) -> Compiled:
        g = self.g
        tests = [self.answer(test) for test, _ in node.arms]
        values = [self.compiled(v) for _, v in node.arms]
        values.append(self.compiled(node.otherwise))
        # Where an arm can be reached, where it is reached for sure.
        can: list[Bit] = []
        only: list[Bit] = []
        before, untouched = TRUE, TRUE
        for test in tests:
            can.append(g.and_(before, g.not_(test.no)))
            only.append(g.and_(untouched, test.yes))
            before = g.and_(before, g.not_(test.yes))
            untouched = g.and_(untouched, test.no)
        can.append(before)
        only.append(untouched)
        why = g.or_(
            *(
                g.and_(reach, test.data, self.open(test))
                for reach, test in zip(can, tests, strict=False)
            )
        )
        if isinstance(values[0], Answer):
            answers = [v for v in values if isinstance(v, Answer)]
            return self._choose_answer(can, answers, why)
        numbers = [chosen(v) for v in values if not isinstance(v, (Answer, Codes))]
        sure = g.or_(*only)
        result: Amount = numbers[-1]
        for mask, value in zip(
            reversed(only[:-1]), reversed(numbers[:-1]), strict=True
        ):
            result = self._pick(mask, value, result)
        if sure == TRUE:
            return result
        hull = self.c.hull(
            [(mask, self._line_of(v)) for mask, v in zip(can, numbers, strict=True)]
        )
        hull = self.c.narrowed(replace(hull, data=g.or_(hull.data, why)))
        return self._pick(sure, result, hull)

    def _pick(self, mask: Bit, a: Amount, b: Amount) -> Amount:
        if mask == TRUE:
            return a
        if mask == FALSE:
            return b
        return self._split(mask, a, b)

    def _choose_answer(self, can: list[Bit], values: list[Answer], why: Bit) -> Answer:
        g = self.g
        yes = g.and_(
            *(g.or_(g.not_(m), v.yes) for m, v in zip(can, values, strict=True))
        )
        no = g.and_(*(g.or_(g.not_(m), v.no) for m, v in zip(can, values, strict=True)))
        beneath = g.or_(
            *(
                g.and_(m, v.data, self.open(v))
                for m, v in zip(can, values, strict=True)
                if v.data != FALSE
            )
        )
        return Answer(yes, no, g.or_(why, beneath))

    # --- functions --------------------------------------------------------------------

    def _extreme(self, arguments: tuple[Node, ...], *, least: bool) -> Line:
        return self.c.extreme(
            [self._line_of(self.number(a)) for a in arguments], least=least
        )

    def _steps(self, arguments: tuple[Node, ...]) -> Amount:
        value = self.number(arguments[0])
        assert isinstance(arguments[1], Name)
        symbol = self._scope.parameters[arguments[1].value]
        table = self.context.settings.get(symbol.name, UNKNOWN)
        if not isinstance(table, Steps):
            # A table says what absent gives; one that is not set leaves it open.
            return Line(same(0), same(0), FALSE, FALSE, data=TRUE)
        return self._on_table(value, table, symbol.judged)

    def _on_table(self, value: Amount, table: Steps, judged: str) -> Line:
        if isinstance(value, Either):
            yes = self._on_table(value.yes, table, judged)
            no = self._on_table(value.no, table, judged)
            return self.c.join(value.mask, yes, no)
        g = self.g
        per = lcm(*(p.denominator for row in table.rows for p in (row.low, row.high)))
        if judged:  # whose points may be finer
            per = lcm(per, 10 ** self._scope.facts[judged].decimals)
        scale = Fraction(1, per)
        answers = [
            self.c.present(value, ">=" if row.closed else ">", fixed(row.bound))
            for row in table.rows
            if row.bound is not None
        ]
        # The first row that is not excluded, and the first that is certain.
        first = [g.not_(a.no) for a in answers]
        surely = [a.yes for a in answers]
        top, rest = table.rows[0], table.rows[-1]
        rising = top.low + top.high >= rest.low + rest.high
        upper, lower = (first, surely) if rising else (surely, first)
        low = self._band(lower, table, judged, per, most=False)
        high = self._band(upper, table, judged, per, most=True)
        data = self.c.data(value)
        line = Line(low, high, scale=scale, data=data)
        gone, here = self.c.here(value)
        if here != TRUE and table.absent is not None:
            line = self._or_absent(line, table.absent, gone, here)
        return self.c.narrowed(line)

    def _band(
        self, masks: list[Bit], table: Steps, judged: str, per: int, *, most: bool
    ) -> Whole:
        """Return the points of the row that the masks choose, from the top."""
        lows = self._chain(masks, [int(r.low * per) for r in table.rows])
        if all(r.low == r.high for r in table.rows):
            return lows
        highs = self._chain(masks, [int(r.high * per) for r in table.rows])
        own = highs if most else lows
        if not judged:
            return own
        given = self.fact(judged, 0)
        assert isinstance(given, Line)
        known = self.c.exact(given)
        if known == FALSE:
            return own
        g = self.g
        said = g.times(given.low, int(given.scale * per))
        said = g.select(g.gt(lows, said), lows, said)
        said = g.select(g.gt(said, highs), highs, said)
        return g.select(known, said, own)

    def _chain(self, masks: list[Bit], points: list[int]) -> Whole:
        result = same(points[-1])
        for mask, one in zip(reversed(masks), reversed(points[:-1]), strict=True):
            result = self.g.select(mask, same(one), result)
        return result

    def _or_absent(self, line: Line, points: Fraction, gone: Bit, here: Bit) -> Line:
        g = self.g
        other, line = self.c.common(fixed(points), line)
        maybe = g.not_(here)
        less = g.and_(maybe, g.or_(gone, g.gt(line.low, other.low)))
        more = g.and_(maybe, g.or_(gone, g.gt(other.low, line.high)))
        return replace(
            line,
            low=g.select(less, other.low, line.low),
            high=g.select(more, other.low, line.high),
        )

    def _marginal(self, arguments: tuple[Node, ...]) -> Line:
        value = self._line_of(self.number(arguments[0]))
        assert isinstance(arguments[1], Name)
        symbol = self._scope.parameters[arguments[1].value]
        table = self.context.settings.get(symbol.name, UNKNOWN)
        if not isinstance(table, Marginal):
            return replace(
                value,
                low=same(0),
                high=same(0),
                low_ok=FALSE,
                high_ok=FALSE,
                data=TRUE,
                constant=False,
            )
        low = self._brackets(
            replace(value, high=value.low, high_ok=value.low_ok), table
        )
        high = self._brackets(
            replace(value, low=value.high, low_ok=value.high_ok), table
        )
        low, high = self.c.common(low, high)
        g = self.g
        line = replace(  # less than 0 gives nothing, whatever it is
            low,
            low=g.select(value.low_ok, low.low, same(0)),
            low_ok=TRUE,
            high=high.low,
            high_ok=value.high_ok,
            constant=False,
        )
        if table.brackets[-1][1] == 0:  # there is a most that it can give
            line, most = self.c.common(line, fixed(self._most(table)))
            capped = g.select(value.high_ok, line.high, most.high)
            line = replace(line, high=capped, high_ok=TRUE)
        return self.c.narrowed(line)

    @staticmethod
    def _most(table: Marginal) -> Fraction:
        total = lower = Fraction(0)
        for upper, rate in table.brackets:
            if upper is not None:
                total += (upper - lower) * rate
                lower = upper
        return total

    def _brackets(self, value: Line, table: Marginal) -> Line:
        total = self.c.scaled(value, Fraction(0))
        lower = Fraction(0)
        for upper, rate in table.brackets:
            part = self.c.add(value, fixed(lower), -1)
            ends = [part, fixed(0)]
            part = self.c.extreme(ends, least=False)
            if upper is not None:
                part = self.c.extreme([part, fixed(upper - lower)], least=True)
                lower = upper
            total = self.c.add(total, self.c.scaled(part, rate), 1)
        return replace(
            total,
            low_ok=value.low_ok,
            high_ok=value.low_ok,
            gone=value.gone,
            here=value.here,
            data=value.data,
        )

    def _prev(self, arguments: tuple[Node, ...]) -> Compiled:
        name, years = arguments
        assert isinstance(name, Name)
        assert isinstance(years, Number)
        return self.fact(name.value, int(years.value))

    def _sum_years(self, arguments: tuple[Node, ...]) -> Line:
        name, years = arguments
        assert isinstance(name, Name)
        assert isinstance(years, Number)
        total = fixed(0)
        for back in range(int(years.value)):
            found = self.fact(name.value, back)
            assert not isinstance(found, (Answer, Codes))
            total = self.c.add(total, self._or_nothing(self._line_of(found)), 1)
        return replace(total, constant=False)

    def _or_nothing(self, part: Line) -> Line:
        """An absent year counts as 0, one that may be absent as 0 or more."""
        if part.here == TRUE:
            return part
        g = self.g
        zero = same(0)
        positive = part.scale > 0
        below = g.gt(zero, part.low) if positive else g.gt(part.low, zero)
        above = g.gt(part.high, zero) if positive else g.gt(zero, part.high)
        keep_low = g.or_(part.here, g.and_(g.not_(part.gone), below))
        keep_high = g.or_(part.here, g.and_(g.not_(part.gone), above))
        return replace(
            part,
            low=g.select(keep_low, part.low, zero),
            high=g.select(keep_high, part.high, zero),
            low_ok=g.or_(part.gone, part.low_ok),
            high_ok=g.or_(part.gone, part.high_ok),
            gone=FALSE,
            here=TRUE,
            data=g.and_(part.data, g.not_(part.gone)),
        )

    def _growth(self, arguments: tuple[Node, ...]) -> Ratio:
        return self._over_years(arguments[0], 1)

    def _cagr(self, arguments: tuple[Node, ...]) -> Amount:
        assert isinstance(arguments[1], Number)
        power = int(arguments[1].value) - 1
        ratio = self._over_years(arguments[0], power)
        return ratio if power == 1 else Growth(ratio, power)

    def _over_years(self, node: Node, back: int) -> Ratio:
        assert isinstance(node, Name)
        now, then = self.fact(node.value, 0), self.fact(node.value, back)
        assert not isinstance(now, (Answer, Codes))
        assert not isinstance(then, (Answer, Codes))
        return Ratio(self._line_of(now), self._line_of(then), Fraction(1), Fraction(-1))

    def _if_absent(self, arguments: tuple[Node, ...]) -> Amount:
        value = self.number(arguments[0])
        gone, here = self.c.here(value)
        if here == TRUE:
            return chosen(value)
        other = replace(self._line_of(self.number(arguments[1])), constant=False)
        maybe = self.g.not_(self.g.or_(gone, here))
        result = self._pick(here, value, other)
        if maybe == FALSE:
            return result
        sure = replace(self._line_of(value), gone=FALSE, here=TRUE)
        hull = self.c.hull([(TRUE, sure), (TRUE, other)])
        data = self.g.or_(hull.data, self.c.data(value))
        return self._pick(maybe, self.c.narrowed(replace(hull, data=data)), result)

    def _tally(self, records: FactSymbol, test: Node) -> tuple[Whole, Whole, Bit, Bit]:
        """Return the certain and the possible count, where linked, where complete."""
        if records.name not in self._shape.counted:
            return same(0), same(0), FALSE, FALSE
        name = f"{records.name}:{len(self._reads.tallies)}"
        for other in self._reads.tallies.values():
            same_test = other.records.name == records.name and other.test == test
            if same_test and other.as_of == self.context.as_of:
                name = other.name
        tally = Tally(name, records, test, self.context.as_of)
        self._reads.tallies.setdefault(name, tally)
        return (
            self.g.whole(f"{name}#yes", 10**9),
            self.g.whole(f"{name}#can", 10**9),
            self.g.bit(f"{records.name}#linked"),
            self.g.bit(f"{records.name}#complete"),
        )

    def _count_where(self, arguments: tuple[Node, ...]) -> Line:
        name, test = arguments
        assert isinstance(name, Name)
        symbol = self._scope.facts[name.value]
        yes, can, linked, complete = self._tally(symbol, test)
        known = self.g.and_(linked, complete)
        data = FALSE if symbol.judged else TRUE
        return self.c.narrowed(Line(yes, can, TRUE, known, data=data))

    def _held(self, arguments: tuple[Node, ...]) -> Answer:
        assert isinstance(arguments[0], Word)
        day = fixed(self.context.as_of.toordinal())
        if len(arguments) > 1:
            given = self.number(arguments[1])
            assert isinstance(given, Line)
            day = given
        known = constant_of(day)
        if known is None:  # a parameter that is not set
            return Answer(FALSE, FALSE, TRUE)
        on = Day(date.fromordinal(int(known)))
        test = All(
            (
                Compare("=", Name("certificate"), arguments[0]),
                Compare("<=", Name("issued_on"), on),
                Compare(">=", Name("valid_until"), on),
            )
        )
        yes, can, linked, complete = self._tally(
            self._scope.facts["certificates"], test
        )
        g = self.g
        if linked != FALSE:
            of_kind = g.bit(f"certificates#complete:{arguments[0].value}")
            complete = g.or_(complete, of_kind)
        has = g.and_(linked, g.gt(yes, same(0)))
        none = g.and_(linked, complete, g.not_(g.gt(can, same(0))))
        return Answer(has, none, TRUE)

    def _has_any(self, arguments: tuple[Node, ...]) -> Answer:
        value = self.compiled(arguments[0])
        assert isinstance(value, Codes)
        assert value.symbol is not None
        wanted = [a.value for a in arguments[1:] if isinstance(a, Word)]
        mask = sum(1 << value.symbol.codes.index(w) for w in wanted)
        if value.value.id is None:
            return Answer(FALSE, FALSE, value.data)
        hit = self.g.special_bit("overlap", kernels.overlap, value.value, mask)
        g = self.g
        return Answer(
            g.and_(value.known, hit), g.and_(value.known, g.not_(hit)), value.data
        )

    def _dated(self, node: Node) -> tuple[Line, Whole]:
        """Return a date and its form yyyymmdd."""
        line = self._line_of(self.number(node))
        if line.low.id is None:
            day = date.fromordinal(max(1, line.low.constant))
            return line, same(day.year * 10000 + day.month * 100 + day.day)
        return line, self.g.special("ymd", kernels.calendar, line.low, 10**8)

    def _known_dates(self, lines: list[Line], result: Whole) -> Line:
        g = self.g
        known = g.and_(*(self.c.exact(line) for line in lines))
        return Line(
            result,
            result,
            known,
            known,
            gone=g.or_(*(line.gone for line in lines)),
            here=g.and_(*(line.here for line in lines)),
            data=g.or_(*(line.data for line in lines)),
            constant=all(line.constant for line in lines),
        )

    def _years_between(self, arguments: tuple[Node, ...]) -> Line:
        (a, start), (b, end) = (self._dated(x) for x in arguments)
        gap = self.g.add(end, self.g.times(start, -1))
        return self._known_dates([a, b], self.g.floor(gap, same(10000)))

    def _days_between(self, arguments: tuple[Node, ...]) -> Line:
        a, b = (self._line_of(self.number(x)) for x in arguments)
        gap = self.g.add(b.low, self.g.times(a.low, -1))
        return self._known_dates([a, b], gap)

    def _year(self, arguments: tuple[Node, ...]) -> Line:
        line, day = self._dated(arguments[0])
        return self._known_dates([line], self.g.floor(day, same(10000)))

    def _add_years(self, arguments: tuple[Node, ...]) -> Line:
        line = self._line_of(self.number(arguments[0]))
        years = self._line_of(self.number(arguments[1]))
        count = constant_of(years)
        if count is None:
            return self._known_dates([line, years], same(0))
        if line.low.id is None:
            if line.low_ok != TRUE or line.low.constant < 1:
                return self._known_dates([line], same(0))
            day = kernels.later(date.fromordinal(line.low.constant), int(count))
            return self._known_dates([line], same(day.toordinal()))
        later = self.g.special(
            "later", kernels.later_column, line.low, DAY_LIMIT, int(count)
        )
        return self._known_dates([line], later)


_CALLS: dict[str, Callable[[Compiler, tuple[Node, ...]], Compiled]] = {
    "least": lambda c, a: c._extreme(a, least=True),
    "greatest": lambda c, a: c._extreme(a, least=False),
    "steps": Compiler._steps,
    "marginal": Compiler._marginal,
    "prev": Compiler._prev,
    "sum_years": Compiler._sum_years,
    "growth": Compiler._growth,
    "cagr": Compiler._cagr,
    "if_absent": Compiler._if_absent,
    "count_where": Compiler._count_where,
    "held": Compiler._held,
    "has_any": Compiler._has_any,
    "years_between": Compiler._years_between,
    "days_between": Compiler._days_between,
    "add_years": Compiler._add_years,
    "year": Compiler._year,
}
