# SPDX-License-Identifier: Apache-2.0
"""The interpreter: one subject, exact rational arithmetic, the truth.

It walks the tree. A number is what can still be said of it (`ranges`), an
answer is true, false or unknown together with the facts that leave it open.
The compiler to columns is checked against it, never the other way round.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar, cast

from ceyuan.kernel import ABSENT, UNKNOWN, State, add_years, year_end, years_between
from ceyuan.language.ranges import (
    NO,
    NONE,
    YES,
    Gone,
    Quotient,
    Range,
    Root,
    Value,
    Verdict,
    add,
    compare,
    hull,
    point,
    scale,
    settle,
)
from ceyuan.language.scope import Context, FactKey, FactSymbol, Marginal, Scope, Steps
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
    Order,
    Truth,
    Word,
    fact_reads,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Known: TypeAlias = "Fraction | int | bool | str | date | frozenset[str]"
Record: TypeAlias = "Mapping[str, Known]"
Complete: TypeAlias = "bool | frozenset[str]"
"""Whether a list holds all records; or the codes (kinds of certificate) of which."""


class Facts(Protocol):
    """What is known of one subject."""

    def value(self, name: str, year: int | None) -> Known | State:
        """Return a fact's value in the base of its unit, UNKNOWN or ABSENT."""

    def records(self, name: str) -> tuple[tuple[Record, ...], Complete] | None:
        """Return linked records and how far they are all; None: not known."""


class Coded:
    """A code or set of codes, or its being unknown."""

    __slots__ = ("missing", "options")

    def __init__(
        self, options: frozenset[str] | None, missing: frozenset[FactKey] = NONE
    ) -> None:
        self.options = options
        self.missing = missing


Result: TypeAlias = Value | Verdict | Coded
_Any = TypeVar("_Any", bound=Result)


class Interpreter:
    """Evaluates the expressions of one scope for one subject.

    Args:
        scope: What the names mean.
        context: Day, base year and parameters.
        facts: What is known of the subject.
        remember: Keep the result of every node, for whoever then asks why.

    >>> from ceyuan.language import Fixed, FactSymbol, Scope, parse
    >>> rule = Scope({"staff": FactSymbol("staff", "number")})
    >>> today = Context(date(2026, 11, 21), 2025)
    >>> Interpreter(rule, today, Fixed({("staff", None): 3})).ask(parse("staff > 2"))
    Verdict(value=True, missing=frozenset())
    """

    def __init__(
        self,
        scope: Scope,
        context: Context,
        facts: Facts,
        *,
        remember: bool = False,
    ) -> None:
        self._remember = remember
        self._scope = scope
        self._context = context
        self._facts = facts
        self._absent_as: bool | None = None
        self._back = 0
        self._record: Record | None = None
        self._fields: Mapping[str, FactSymbol] = {}
        self._memo: dict[object, Result] = {}

    # --- the three questions one can ask --------------------------------------

    def ask(self, node: Node, *, absent_as: bool | None = None) -> Verdict:
        """Return the answer of a condition."""
        self._absent_as, before = absent_as, self._absent_as
        try:
            result = self.result(node)
        finally:
            self._absent_as = before
        assert isinstance(result, Verdict)
        return result

    def measure(self, node: Node, *, absent_as: bool | None = None) -> Value:
        """Return what is known of a number."""
        self._absent_as, before = absent_as, self._absent_as
        try:
            result = self.result(node)
        finally:
            self._absent_as = before
        assert isinstance(result, (Range, Quotient, Root))
        return result

    def adopt(self, other: Interpreter, definitions: Iterable[str]) -> None:
        """Take over what another has found of definitions that are the same here."""
        for name in definitions:
            found = other._memo.get(("definition", name))
            if found is not None:
                self._memo["definition", name] = found

    def assume(self, answers: Mapping[str, Verdict]) -> None:
        """Take the answers of some definitions as given."""
        for name, verdict in answers.items():
            self._memo["definition", name] = verdict

    def defined(self, name: str) -> Result:
        """Return the result of a definition (a `let` or a clause)."""
        key = ("definition", name)
        if key not in self._memo:
            definition = self._scope.definitions[name]
            self._absent_as, before = definition.absent_as, self._absent_as
            try:
                self._memo[key] = self.result(definition.node)
            finally:
                self._absent_as = before
        return self._memo[key]

    def result(self, node: Node) -> Result:
        """Return whatever a node evaluates to."""
        kind = type(node)
        if not self._remember or kind in _LIGHT or self._record is not None:
            return _RULES[kind](self, node)
        key = (id(node), self._absent_as, self._back)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = _RULES[kind](self, node)
        return found

    # --- leaves -----------------------------------------------------------------

    def _name(self, node: Name) -> Result:
        name = node.value
        if self._record is not None and name in self._fields:
            return self._field(name)
        key = (name, self._back)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self._meant(name)
        return found

    def _meant(self, name: str) -> Result:
        if name in self._scope.definitions:
            if name in self._context.waived:
                return YES
            return self.defined(name)
        if name in self._scope.parameters or name == "as_of":
            memo = self._context.memo
            if name not in memo:
                memo[name] = self._parameter(name)
            return cast("Result", memo[name])
        return self.fact(name, 0)

    def _parameter(self, name: str) -> Result:
        if name == "as_of":
            return point(self._context.as_of.toordinal(), constant=True)
        symbol = self._scope.parameters[name]
        setting = self._context.settings.get(name, UNKNOWN)
        missing = frozenset({(symbol.fact or name, None)})
        if symbol.kind == "flag":
            assert isinstance(setting, (bool, State))
            return Verdict(setting, missing) if setting is UNKNOWN else Verdict(setting)
        if setting is UNKNOWN:
            if symbol.kind == "set":
                return Coded(None, missing)
            return Range(None, None, missing=missing, constant=True)
        if isinstance(setting, date):
            return point(setting.toordinal(), constant=True)
        if isinstance(setting, frozenset):
            return Coded(setting)
        assert isinstance(setting, Fraction)
        return point(setting, constant=True)

    def _field(self, name: str) -> Result:
        assert self._record is not None
        symbol = self._fields[name]
        value = self._record.get(name, UNKNOWN)
        return _known(symbol, value) if value is not UNKNOWN else _open(symbol, NONE)

    def fact(self, name: str, back: int) -> Result:
        """Return a fact, as supplied, or as derived where it was not."""
        symbol = self._scope.facts[name]
        back = back + self._back if symbol.yearly else 0
        key = ("fact", name, back)
        if key not in self._memo:
            self._memo[key] = self._fact(symbol, back)
        return self._memo[key]

    def is_derived(self, name: str, back: int) -> bool:
        """Return whether a fact has to be derived, nobody having supplied it."""
        symbol = self._scope.facts[name]
        year = self._context.base_year - back if symbol.yearly else None
        return self._facts.value(name, year) is UNKNOWN

    def _fact(self, symbol: FactSymbol, back: int) -> Result:
        year = self._context.base_year - back if symbol.yearly else None
        value = self._facts.value(symbol.name, year)
        if value is ABSENT:
            return Range(None, None, Gone.YES)
        if value is not UNKNOWN:
            return _known(symbol, value)
        if symbol.default is not None:
            return Coded(frozenset({symbol.default}))
        gone = self._before_founding(year)
        if gone is Gone.YES:
            return Range(None, None, Gone.YES)
        own = frozenset({(symbol.name, year)})
        if symbol.derive is not None:
            return self._derived(symbol, back, own)
        return _open(symbol, own, gone)

    def _derived(
        self, symbol: FactSymbol, back: int, own: frozenset[FactKey]
    ) -> Result:
        assert symbol.derive is not None
        before = self._back, self._absent_as, self._record
        self._back, self._absent_as, self._record = back, False, None
        try:
            found = self.result(symbol.derive)
        finally:
            self._back, self._absent_as, self._record = before
        if not found.missing:
            return found
        # Ask for the parts when some are there, for the whole when none is.
        asked = found.missing if self._part_known(symbol.derive, back) else own
        match found:
            case Verdict(answer, _):
                return Verdict(answer, asked)
            case Range(low, high, gone, _):
                # The declared bounds hold for the derived value as well.
                return Range(
                    symbol.low if low is None else low,
                    symbol.high if high is None else high,
                    gone,
                    asked,
                )
            case Quotient(top, bottom, by, offset):
                return Quotient(
                    Range(top.low, top.high, top.gone, asked),
                    Range(bottom.low, bottom.high, bottom.gone),
                    by,
                    offset,
                )
            case Root(Quotient(top, bottom), power):
                return Root(
                    Quotient(
                        Range(top.low, top.high, top.gone, asked),
                        Range(bottom.low, bottom.high, bottom.gone),
                    ),
                    power,
                )
        return Coded(None, asked)

    def _part_known(self, node: Node, back: int) -> bool:
        """Return whether any fact of a derivation was supplied."""
        for year_back, name in fact_reads(node, back):
            symbol = self._scope.facts.get(name)
            if symbol is None:
                continue
            if symbol.kind == "records":
                if self._facts.records(name) is not None:
                    return True
                continue
            year = self._context.base_year - year_back if symbol.yearly else None
            if self._facts.value(name, year) is not UNKNOWN:
                return True
            if symbol.derive is not None and self._part_known(
                symbol.derive, year_back if symbol.yearly else 0
            ):
                return True
        return False

    def _before_founding(self, year: int | None) -> Gone:
        """Return whether a year's figure cannot exist, the firm being younger."""
        if year is None or "reg_date" not in self._scope.facts:
            return Gone.NO
        founded = self._facts.value("reg_date", None)
        if isinstance(founded, date):
            return Gone.YES if year_end(year) < founded else Gone.NO
        return Gone.MAYBE

    # --- arithmetic ---------------------------------------------------------------

    def number(self, node: Node) -> Value:
        """Return a node that the type check has shown to be a number."""
        result = self.result(node)
        assert isinstance(result, (Range, Quotient, Root))
        return result

    def _arith(self, node: Arith) -> Value:
        left, right = self.number(node.left), self.number(node.right)
        if node.sign == "/":
            return _divide(left, right)
        if node.sign == "*":
            return _multiply(left, right)
        sign = 1 if node.sign == "+" else -1
        if isinstance(left, Quotient) and _fixed(right):
            return _shift(left, settle(right), sign)
        if isinstance(right, Quotient) and _fixed(left):
            turned = Quotient(
                right.top, right.bottom, right.scale * sign, right.offset * sign
            )
            return _shift(turned, settle(left), 1)
        return add(settle(left), settle(right), sign)

    def _extreme(self, arguments: tuple[Node, ...], *, least: bool) -> Range:
        parts = [settle(self.number(a)) for a in arguments]
        missing = NONE.union(*(p.missing for p in parts))
        gone = max(p.gone for p in parts)
        lows, highs = [p.low for p in parts], [p.high for p in parts]
        pick = min if least else max
        # For the least an open lower end decides, an open upper end does not.
        low = _pick(lows, pick, open_wins=least)
        high = _pick(highs, pick, open_wins=not least)
        constant = all(p.constant for p in parts)
        if low is not None and low == high and gone is Gone.NO:
            return point(low, constant=constant)
        return Range(low, high, gone, missing, constant)

    # --- conditions ---------------------------------------------------------------

    def _compare(self, node: Compare) -> Verdict:
        left, right = self.result(node.left), self.result(node.right)
        if isinstance(left, Coded) or isinstance(right, Coded):
            assert isinstance(left, Coded)
            assert isinstance(right, Coded)
            missing = left.missing | right.missing
            if left.options is None or right.options is None:
                return Verdict(UNKNOWN, missing)
            same = left.options == right.options
            return Verdict(same if node.order == "=" else not same)
        if isinstance(left, Verdict) and isinstance(right, Verdict):
            if UNKNOWN in (left.value, right.value):
                return Verdict(UNKNOWN, left.missing | right.missing)
            return Verdict((left.value == right.value) is (node.order == "="))
        assert not isinstance(left, Verdict)
        assert not isinstance(right, Verdict)
        return compare(left, node.order, right, self._absent_as)

    def _member(self, node: Member) -> Verdict:
        value = self.result(node.value)
        if isinstance(value, Coded):
            options = [self.result(o) for o in node.options]
            pool: set[str] = set()
            for option in options:
                assert isinstance(option, Coded)
                if option.options is None:
                    return Verdict(UNKNOWN, value.missing | option.missing)
                pool |= option.options
            if value.options is None:
                return Verdict(UNKNOWN, value.missing)
            return Verdict(value.options <= pool)
        return _joined(
            (self._compare(Compare("=", node.value, o)) for o in node.options),
            ends=True,
        )

    def _not(self, node: Not) -> Verdict:
        inner = self.ask_inner(node.value)
        if inner.value is UNKNOWN:
            return inner
        return Verdict(not inner.value)

    def ask_inner(self, node: Node) -> Verdict:
        """Return a node that the type check has shown to be a condition."""
        result = self.result(node)
        assert isinstance(result, Verdict)
        return result

    def _all(self, node: All) -> Verdict:
        return self._junction(node.parts, ends=False)

    def _any(self, node: AnyOf) -> Verdict:
        return self._junction(node.parts, ends=True)

    def _junction(self, parts: tuple[Node, ...], *, ends: bool) -> Verdict:
        return _joined((self.ask_inner(part) for part in parts), ends=ends)

    def _choose(self, node: Choose) -> Result:
        results: list[Result] = []
        missing = NONE
        for test, value in node.arms:
            verdict = self.ask_inner(test)
            if verdict.value is False:
                continue
            results.append(self.result(value))
            if verdict.value is True:
                break
            missing |= verdict.missing
        else:
            results.append(self.result(node.otherwise))
        if len(results) == 1:
            return _chosen(results[0])
        if isinstance(results[0], Verdict):
            answers = [r for r in results if isinstance(r, Verdict)]
            if all(
                a.value is not UNKNOWN and a.value is answers[0].value for a in answers
            ):
                return answers[0]
            return Verdict(UNKNOWN, missing.union(*(a.missing for a in answers)))
        numbers = [settle(r) for r in results if isinstance(r, (Range, Quotient))]
        return hull(numbers, missing)

    # --- functions ------------------------------------------------------------------

    def _call(self, node: Call) -> Result:
        return _CALLS[node.function](self, node.arguments)

    def _steps(self, arguments: tuple[Node, ...]) -> Range:
        value = self.number(arguments[0])
        assert isinstance(arguments[1], Name)
        symbol = self._scope.parameters[arguments[1].value]
        table = self._context.settings.get(symbol.name, UNKNOWN)
        if not isinstance(table, Steps):
            # A table says what absent gives; one that is not set leaves it open.
            unset = frozenset({(symbol.fact or symbol.name, None)})
            return Range(None, None, missing=value.missing | unset)
        parts: list[Range] = []
        missing = value.missing
        if value.gone is not Gone.NO:
            assert table.absent is not None
            parts.append(point(table.absent))
        if value.gone is not Gone.YES:
            rows = self._rows(value, table)
            judged = symbol.judged and any(r.low != r.high for r in rows)
            for row in rows:
                part, asked = self._band(row.low, row.high, symbol.judged)
                parts.append(part)
                missing |= asked if judged else NONE
        return hull(parts, missing)

    def _rows(self, value: Value, table: Steps) -> list[_Row]:
        """Return every row of a table that the value can still fall into."""
        found: list[_Row] = []
        present = _here(value)
        for row in table.rows:
            answer: bool | State = True
            if row.bound is not None:
                order: Order = ">=" if row.closed else ">"
                bound = Range(row.bound, row.bound, Gone.NO, NONE, constant=True)
                answer = compare(present, order, bound, None).value
            if answer is not False:
                found.append(_Row(row.low, row.high))
            if answer is True:
                break
        return found

    def _band(
        self, low: Fraction, high: Fraction, judged: str
    ) -> tuple[Range, frozenset[FactKey]]:
        """Return a band of points, narrowed to what a person has judged."""
        if low == high:
            return point(low), NONE
        if not judged:
            return Range(low, high), NONE
        given = self.fact(judged, 0)
        assert isinstance(given, Range)
        if given.exact:
            assert given.low is not None
            return point(min(max(Fraction(given.low), low), high)), NONE
        return Range(low, high, missing=given.missing), given.missing

    def _marginal(self, arguments: tuple[Node, ...]) -> Range:
        value = settle(self.number(arguments[0]))
        assert isinstance(arguments[1], Name)
        symbol = self._scope.parameters[arguments[1].value]
        table = self._context.settings.get(symbol.name, UNKNOWN)
        if not isinstance(table, Marginal):
            unset = frozenset({(symbol.fact or symbol.name, None)})
            return Range(None, None, value.gone, value.missing | unset)
        low = (
            Fraction(0) if value.low is None else _brackets(Fraction(value.low), table)
        )
        high = _most(table)
        if value.high is not None:
            high = _brackets(Fraction(value.high), table)
        if low == high and value.gone is Gone.NO:
            return point(low)
        return Range(low, high, value.gone, value.missing)

    def _prev(self, arguments: tuple[Node, ...]) -> Result:
        name, years = arguments
        assert isinstance(name, Name)
        assert isinstance(years, Number)
        return self.fact(name.value, int(years.value))

    def _sum_years(self, arguments: tuple[Node, ...]) -> Range:
        name, years = arguments
        assert isinstance(name, Name)
        assert isinstance(years, Number)
        total = point(0)
        for back in range(int(years.value)):
            part = self.fact(name.value, back)
            assert isinstance(part, (Range, Quotient))
            part = settle(part)
            if part.gone is Gone.YES:
                continue
            if part.gone is Gone.MAYBE:
                low = None if part.low is None else min(part.low, 0)
                high = None if part.high is None else max(part.high, 0)
                part = Range(low, high, missing=part.missing)
            total = add(total, part, 1)
        return total

    def _growth(self, arguments: tuple[Node, ...]) -> Quotient:
        return self._over_years(arguments[0], 1)

    def _cagr(self, arguments: tuple[Node, ...]) -> Value:
        assert isinstance(arguments[1], Number)
        power = int(arguments[1].value) - 1
        quotient = self._over_years(arguments[0], power)
        return quotient if power == 1 else Root(quotient, power)

    def _over_years(self, node: Node, back: int) -> Quotient:
        assert isinstance(node, Name)
        now, then = self.fact(node.value, 0), self.fact(node.value, back)
        assert isinstance(now, (Range, Quotient))
        assert isinstance(then, (Range, Quotient))
        return Quotient(settle(now), settle(then), Fraction(1), Fraction(-1))

    def _if_absent(self, arguments: tuple[Node, ...]) -> Value:
        value = self.number(arguments[0])
        if value.gone is Gone.NO:
            return _chosen(value)
        other = settle(self.number(arguments[1]))
        if value.gone is Gone.YES:
            return _chosen(other)
        return hull([_sure(settle(value)), other], value.missing)

    def _count_where(self, arguments: tuple[Node, ...]) -> Range:
        name, test = arguments
        assert isinstance(name, Name)
        symbol = self._scope.facts[name.value]
        own = frozenset({(symbol.name, None)})
        found = self._facts.records(symbol.name)
        if found is None:
            return Range(0, None, missing=own)
        yes, maybe = self._tally(found[0], symbol, test)
        high = yes + maybe if found[1] is True else None
        if high == yes:
            return point(yes)
        return Range(yes, high, missing=own)

    def _tally(
        self, records: tuple[Record, ...], symbol: FactSymbol, test: Node
    ) -> tuple[int, int]:
        yes = maybe = 0
        before = self._record, self._fields, self._absent_as
        self._fields, self._absent_as = symbol.fields, False
        try:
            for record in records:
                self._record = record
                answer = self.ask_inner(test).value
                if answer is UNKNOWN:
                    maybe += 1
                elif answer is True:
                    yes += 1
        finally:
            self._record, self._fields, self._absent_as = before
        return yes, maybe

    def _held(self, arguments: tuple[Node, ...]) -> Verdict:
        own = frozenset({("certificates", None)})
        found = self._facts.records("certificates")
        if found is None:
            return Verdict(UNKNOWN, own)
        day = self._context.as_of
        if len(arguments) > 1:
            given = self.result(arguments[1])
            assert isinstance(given, Range)
            if given.low is None:  # a parameter that is not set
                return Verdict(UNKNOWN, own | given.missing)
            day = date.fromordinal(int(given.low))
        test = All(
            (
                Compare("=", Name("certificate"), arguments[0]),
                Compare("<=", Name("issued_on"), Day(day)),
                Compare(">=", Name("valid_until"), Day(day)),
            )
        )
        symbol = self._scope.facts["certificates"]
        yes, maybe = self._tally(found[0], symbol, test)
        if yes:
            return YES
        # A complete list of one kind says nothing of another.
        kind = arguments[0]
        assert isinstance(kind, Word)
        listed = found[1] if isinstance(found[1], bool) else kind.value in found[1]
        return NO if listed and not maybe else Verdict(UNKNOWN, own)

    def _has_any(self, arguments: tuple[Node, ...]) -> Verdict:
        value = self.result(arguments[0])
        assert isinstance(value, Coded)
        if value.options is None:
            return Verdict(UNKNOWN, value.missing)
        wanted = frozenset(a.value for a in arguments[1:] if isinstance(a, Word))
        return Verdict(bool(value.options & wanted))

    def _dates(self, arguments: tuple[Node, ...], measure: Callable[..., int]) -> Range:
        values = [settle(self.number(a)) for a in arguments]
        missing = NONE.union(*(v.missing for v in values))
        gone = max(v.gone for v in values)
        if all(v.exact for v in values):
            days = [date.fromordinal(int(v.low)) for v in values if v.low is not None]
            return Range(
                *(measure(*days),) * 2, constant=all(v.constant for v in values)
            )
        return Range(None, None, gone, missing)

    def _add_years(self, arguments: tuple[Node, ...]) -> Range:
        value = settle(self.number(arguments[0]))
        years = settle(self.number(arguments[1]))
        if value.exact and years.exact:
            assert value.low is not None
            assert years.low is not None
            later = add_years(date.fromordinal(int(value.low)), int(years.low))
            return point(later.toordinal(), constant=value.constant and years.constant)
        return Range(
            None, None, max(value.gone, years.gone), value.missing | years.missing
        )


def _joined(verdicts: Iterable[Verdict], *, ends: bool) -> Verdict:
    """AND ends at the first false, OR at the first true; else all are asked."""
    missing = NONE
    open_ = False
    for verdict in verdicts:
        if verdict.value is UNKNOWN:
            open_ = True
            missing |= verdict.missing
        elif verdict.value is ends:
            return YES if ends else NO
    if open_:
        return Verdict(UNKNOWN, missing)
    return NO if ends else YES


class _Row:
    __slots__ = ("high", "low")

    def __init__(self, low: Fraction, high: Fraction) -> None:
        self.low = low
        self.high = high


def _known(symbol: FactSymbol, value: Known | State) -> Result:
    match symbol.kind:
        case "flag":
            return YES if value is True else NO
        case "date":
            assert isinstance(value, date)
            return point(value.toordinal())
        case "number":
            assert isinstance(value, (int, Fraction))
            return point(value)
        case "codes":
            assert isinstance(value, frozenset)
            return Coded(value)
    assert isinstance(value, str)
    return Coded(frozenset({value}))


def _open(
    symbol: FactSymbol, missing: frozenset[FactKey], gone: Gone = Gone.NO
) -> Result:
    match symbol.kind:
        case "flag":
            return Verdict(UNKNOWN, missing)
        case "number":
            return Range(symbol.low, symbol.high, gone, missing)
        case "date":
            return Range(None, None, gone, missing)
    return Coded(None, missing)


def _here(value: Value) -> Value:
    """Return a value on the assumption that it is not absent."""
    if isinstance(value, Range):
        return _sure(value)
    if isinstance(value, Root):
        inner = _here(value.quotient)
        assert isinstance(inner, Quotient)
        return Root(inner, value.power)
    bottom = value.bottom
    return _There(_sure(value.top), _sure(bottom), value.scale, value.offset)


class _There(Quotient):
    """A quotient whose bottom is taken to be positive."""

    @property
    def gone(self) -> Gone:
        return Gone.NO


def _sure(value: Range) -> Range:
    return Range(value.low, value.high, Gone.NO, value.missing, value.constant)


def _chosen(result: _Any) -> _Any:
    """Return what one of several became: constant is what is so for everybody."""
    if isinstance(result, Range) and result.constant:
        free = Range(result.low, result.high, result.gone, result.missing)
        return cast("_Any", free)
    return result


def _fixed(value: Value) -> bool:
    return (
        isinstance(value, Range)
        and value.constant
        and value.low is not None
        and value.low == value.high
    )


def _shift(value: Quotient, by: Range, sign: int) -> Quotient:
    assert by.low is not None
    return Quotient(
        value.top, value.bottom, value.scale, value.offset + sign * Fraction(by.low)
    )


def _multiply(left: Value, right: Value) -> Value:
    if _fixed(right) and not _fixed(left):
        left, right = right, left
    if _fixed(left):
        assert isinstance(left, Range)
        assert left.low is not None
        by = Fraction(left.low)
        if isinstance(right, Quotient):
            if by == 0:
                return Range(0, 0, right.gone, right.missing)
            return Quotient(
                right.top, right.bottom, right.scale * by, right.offset * by
            )
        return scale(settle(right), by)
    a, b = settle(left), settle(right)
    if a.exact and b.exact:
        assert a.low is not None
        assert b.low is not None
        return point(a.low * b.low)
    constant = a.constant and b.constant
    return Range(None, None, max(a.gone, b.gone), a.missing | b.missing, constant)


def _divide(left: Value, right: Value) -> Value:
    if _fixed(right):
        assert isinstance(right, Range)
        assert right.low is not None
        if right.low > 0:
            return _multiply(left, point(1 / Fraction(right.low), constant=True))
        return Range(None, None, Gone.YES)
    return Quotient(settle(left), settle(right))


def _pick(
    ends: list[Fraction | int | None],
    pick: Callable[[list[Fraction | int]], Fraction | int],
    *,
    open_wins: bool,
) -> Fraction | int | None:
    known = [e for e in ends if e is not None]
    if not known or (open_wins and len(known) < len(ends)):
        return None
    return pick(known)


def _most(table: Marginal) -> Fraction | None:
    """Return the greatest sum there can be, where the last bracket adds nothing."""
    if table.brackets[-1][1] != 0:
        return None
    bounds = [upper for upper, _ in table.brackets if upper is not None]
    return _brackets(bounds[-1], table) if bounds else Fraction(0)


def _brackets(value: Fraction, table: Marginal) -> Fraction:
    total, lower = Fraction(0), Fraction(0)
    for upper, rate in table.brackets:
        top = value if upper is None else min(value, upper)
        if top > lower:
            total += (top - lower) * rate
        if upper is None or value <= upper:
            break
        lower = upper
    return total


_CALLS: dict[str, Callable[[Interpreter, tuple[Node, ...]], Result]] = {
    "least": lambda i, a: i._extreme(a, least=True),
    "greatest": lambda i, a: i._extreme(a, least=False),
    "steps": Interpreter._steps,
    "marginal": Interpreter._marginal,
    "prev": Interpreter._prev,
    "sum_years": Interpreter._sum_years,
    "growth": Interpreter._growth,
    "cagr": Interpreter._cagr,
    "if_absent": Interpreter._if_absent,
    "count_where": Interpreter._count_where,
    "held": Interpreter._held,
    "has_any": Interpreter._has_any,
    "years_between": lambda i, a: i._dates(a, years_between),
    "days_between": lambda i, a: i._dates(a, lambda x, y: (y - x).days),
    "add_years": Interpreter._add_years,
    "year": lambda i, a: i._dates(a, lambda x: x.year),
}

_LIGHT = frozenset({Number, Word, Truth, Day, Name})
"""Nodes that are looked up faster than remembered."""

_RULES: dict[type, Callable[..., Result]] = {
    Number: lambda _, n: point(n.value, constant=True),
    Word: lambda _, n: Coded(frozenset({n.value})),
    Truth: lambda _, n: Verdict(n.value),
    Day: lambda _, n: point(n.value.toordinal(), constant=True),
    Name: Interpreter._name,
    Arith: Interpreter._arith,
    Compare: Interpreter._compare,
    Member: Interpreter._member,
    Not: Interpreter._not,
    All: Interpreter._all,
    AnyOf: Interpreter._any,
    Choose: Interpreter._choose,
    Call: Interpreter._call,
}
