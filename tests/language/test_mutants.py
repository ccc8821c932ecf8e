# SPDX-License-Identifier: Apache-2.0
"""Each operator, done wrongly in either evaluator, breaks a worked answer.

A mutant is one operation replaced by its likeliest mistake: a bound included or
not, an end taken for the other, a scale or a sign forgotten, and for or. Each
must be told from the right one by at least one answer of `worked.py`.
"""

# ruff: noqa: ARG005 - a mutant takes what it forgets
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from ceyuan.engine import tallies
from ceyuan.kernel import UNKNOWN
from ceyuan.language import Fixed, Gone, Marginal, compile, interpret, kernels, ranges  # noqa: A004
from ceyuan.language.columns import Columns
from ceyuan.language.compile import Compiler
from ceyuan.language.graph import FALSE, TRUE, Graph, same
from ceyuan.language.interpret import Coded, Interpreter
from ceyuan.language.ranges import Quotient, Range, Root, Verdict
from ceyuan.language.tree import All, AnyOf, Choose, Member, Not, Order
from tests.language.both import compiled, interpreted
from tests.language.worked import WORKED

if TYPE_CHECKING:
    from tests.language.worked import Worked

Mutate = Callable[[pytest.MonkeyPatch], None]


def _interpreter_is_right(one: Worked) -> bool:
    return one.told == interpreted(one.scope, one.context, one.it, one.subject)


def _compiler_is_right(one: Worked) -> bool:
    told = compiled(one.scope, one.context, one.it, [one.subject, Fixed({})])
    return one.told == told[0]


def _caught(is_right: Callable[[Worked], bool]) -> bool:
    for one in WORKED:
        try:
            if not is_right(one):
                return True
        except Exception:  # noqa: BLE001 - a crash tells it as well
            return True
    return False


# --- the ways to be wrong ----------------------------------------------------------


def _instead(target: Any, name: str, make: Callable[[Any], Any]) -> Mutate:
    """Replace a function by what is made of it."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(target, name, make(getattr(target, name)))

    return mutate


def _everywhere(name: str, make: Callable[[Any], Any]) -> Mutate:
    """Replace a function of the ranges wherever the interpreter uses it."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        wrong = make(getattr(ranges, name))
        patch.setattr(ranges, name, wrong)
        if hasattr(interpret, name):
            patch.setattr(interpret, name, wrong)

    return mutate


def _entry(table: Any, key: Any, make: Callable[[Any], Any]) -> Mutate:
    """Replace one entry of a dispatch table."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        patch.setitem(table, key, make(table[key]))

    return mutate


def _ordered(right: Order, wrong: Order) -> Mutate:
    """An order taken for another, for known numbers and for ranges."""
    of_ranges = _everywhere(
        "against_zero",
        lambda f: lambda value, order: f(value, wrong if order == right else order),
    )

    def mutate(patch: pytest.MonkeyPatch) -> None:
        of_ranges(patch)
        patch.setitem(ranges._DIRECT, right, ranges._DIRECT[wrong])

    return mutate


def _lined(right: Order, wrong: Order) -> Mutate:
    return _instead(
        Columns,
        "_lines",
        lambda f: (
            lambda self, a, order, b: f(self, a, wrong if order == right else order, b)
        ),
    )


def _swapped(value: Range) -> Range:
    return replace(value, low=value.high, high=value.low)


def _straight(a: Range, b: Range, sign: int) -> Range:
    low = None if a.low is None or b.low is None else a.low + sign * b.low
    high = None if a.high is None or b.high is None else a.high + sign * b.high
    both = a.constant and b.constant
    return Range(low, high, max(a.gone, b.gone), a.missing | b.missing, both)


def _there(value: Any) -> Any:
    if isinstance(value, Range) and value.gone is Gone.MAYBE:
        return replace(value, gone=Gone.NO)
    return value


def _naive(left: Quotient, order: Any, line: Fraction) -> Any:
    product = ranges.scale(left.bottom, line)
    return ranges.against_zero(ranges.add(left.top, product, -1), order)


def _closed(table: Any, closed: bool) -> Any:
    return replace(table, rows=tuple(replace(r, closed=closed) for r in table.rows))


def _on_the_whole(value: Fraction, table: Marginal) -> Fraction:
    for upper, rate in table.brackets:
        if upper is None or value <= upper:
            return max(value, Fraction(0)) * rate
    raise AssertionError


def _as_complete(found: Any) -> Any:
    return None if found is None else (found[0], True)


def _has_all(self: Interpreter, arguments: Any) -> Verdict:
    value = self.result(arguments[0])
    assert isinstance(value, Coded)
    if value.options is None:
        return Verdict(UNKNOWN, value.missing)
    return Verdict({a.value for a in arguments[1:]} <= value.options)


def _turned(verdict: Verdict) -> Verdict:
    if verdict.value is UNKNOWN:
        return verdict
    return Verdict(not verdict.value)


ORDERS: list[tuple[Order, Order]] = [
    (">=", ">"), (">", ">="), ("<=", "<"), ("<", "<="), ("=", "<>"), ("<>", "="),
    (">=", "<="), ("<", ">"),
]  # fmt: skip

INTERPRETER: dict[str, Mutate] = {
    **{f"{a} as {b}": _ordered(a, b) for a, b in ORDERS},
    "and as or": _entry(interpret._RULES, All, lambda _: Interpreter._any),
    "or as and": _entry(interpret._RULES, AnyOf, lambda _: Interpreter._all),
    "not forgotten": _entry(
        interpret._RULES, Not, lambda _: lambda self, node: self.ask_inner(node.value)
    ),
    "unknown as no": _everywhere(
        "compare",
        lambda f: lambda *a: Verdict(False) if f(*a).value is UNKNOWN else f(*a),
    ),
    "missing forgotten": _everywhere(
        "compare", lambda f: lambda *a: Verdict(f(*a).value)
    ),
    "sum as difference": _everywhere("add", lambda f: lambda a, b, s: f(a, b, -s)),
    "ends swapped in a sum": _everywhere(
        "add", lambda f: lambda a, b, s: _swapped(f(a, b, s))
    ),
    "low less low in a difference": _everywhere("add", lambda _: _straight),
    "absence lost in a sum": _everywhere(
        "add", lambda f: lambda a, b, s: replace(f(a, b, s), gone=Gone.NO)
    ),
    "factor forgotten": _everywhere("scale", lambda _: lambda a, by: a),
    "ends kept at a negative factor": _everywhere(
        "scale", lambda f: lambda a, by: _swapped(f(a, by)) if by < 0 else f(a, by)
    ),
    "absent taken for its contrary": _everywhere(
        "compare", lambda f: lambda a, o, b, said: f(a, o, b, None if said is None else not said)
    ),
    "perhaps absent taken for there": _everywhere(
        "compare",
        lambda f: lambda a, o, b, said: f(_there(a), o, _there(b), said),
    ),
    "offset forgotten": _instead(
        interpret, "_shift", lambda _: lambda value, by, sign: value
    ),
    "offset with the other sign": _instead(
        interpret, "_shift", lambda f: lambda value, by, sign: f(value, by, -sign)
    ),
    "offset forgotten when settled": _everywhere(
        "settle",
        lambda f: lambda v: f(replace(v, offset=Fraction(0)) if isinstance(v, Quotient) else v),
    ),
    "quotient turned": _instead(interpret, "_divide", lambda f: lambda a, b: f(b, a)),
    "bottom 0 divided by": _instead(
        Quotient, "gone", lambda _: property(lambda self: Gone.NO)
    ),
    "bottom taken below 0": _instead(ranges, "_across", lambda _: _naive),
    "power forgotten": _instead(
        ranges, "_root", lambda f: lambda a, o, t: f(Root(a.quotient, 1), o, t)
    ),
    "power too great": _instead(
        ranges, "_root", lambda f: lambda a, o, t: f(Root(a.quotient, a.power + 1), o, t)
    ),
    "hull without its last": _everywhere("hull", lambda f: lambda parts, m: f(parts[:1], m)),
    "hull forgets why": _everywhere(
        "hull", lambda f: lambda parts, m: f(parts, ranges.NONE)
    ),
    "least as greatest": _entry(
        interpret._CALLS, "least", lambda _: interpret._CALLS["greatest"]
    ),
    "greatest as least": _entry(
        interpret._CALLS, "greatest", lambda _: interpret._CALLS["least"]
    ),
    "open end ignored": _instead(
        interpret, "_pick", lambda f: lambda e, p, open_wins: f(e, p, open_wins=not open_wins)
    ),
    "bound of a step included": _instead(
        Interpreter, "_rows", lambda f: lambda self, v, t: f(self, v, _closed(t, True))
    ),
    "bound of a step excluded": _instead(
        Interpreter, "_rows", lambda f: lambda self, v, t: f(self, v, _closed(t, False))
    ),
    "last row forgotten": _instead(
        Interpreter, "_rows", lambda f: lambda self, v, t: f(self, v, t)[:1]
    ),
    "band not narrowed": _instead(
        Interpreter, "_band", lambda f: lambda self, low, high, judged: f(self, low, high, "")
    ),
    "rate on the whole": _instead(
        interpret, "_brackets", lambda _: _on_the_whole
    ),
    "one year too far": _instead(
        Interpreter, "fact", lambda f: lambda self, n, back: f(self, n, back + (back > 0))
    ),
    "a year too few": _entry(
        interpret._CALLS,
        "sum_years",
        lambda f: lambda self, a: f(self, (a[0], replace(a[1], value=a[1].value - 1))),
    ),
    "founding forgotten": _instead(
        Interpreter, "_before_founding", lambda _: lambda self, s, y: Gone.NO
    ),
    "founding taken for sure": _instead(
        Interpreter,
        "_before_founding",
        lambda f: lambda self, s, y: Gone.YES if f(self, s, y) else Gone.NO,
    ),
    "growth over itself": _entry(
        interpret._CALLS, "growth", lambda _: lambda self, a: self._over_years(a[0], 0)
    ),
    "growth over years as over one": _entry(
        interpret._CALLS, "cagr", lambda _: lambda self, a: self._over_years(a[0], 1)
    ),
    "absent not replaced": _entry(
        interpret._CALLS, "if_absent", lambda _: lambda self, a: self.number(a[0])
    ),
    "always replaced": _entry(
        interpret._CALLS, "if_absent", lambda _: lambda self, a: self.number(a[1])
    ),
    "possible counted as certain": _instead(
        Interpreter, "_tally", lambda f: lambda self, *a: f(self, *a)[::-1]
    ),
    "list taken as complete": _instead(
        Fixed, "records", lambda f: lambda self, n: _as_complete(f(self, n))
    ),
    "any as all": _entry(
        interpret._CALLS, "has_any", lambda _: _has_all
    ),
    "dates turned": _entry(
        interpret._CALLS, "years_between", lambda f: lambda self, a: f(self, a[::-1])
    ),
    "days turned": _entry(
        interpret._CALLS, "days_between", lambda f: lambda self, a: f(self, a[::-1])
    ),
    "years by 365 days": _entry(
        interpret._CALLS,
        "years_between",
        lambda _: lambda self, a: self._dates(a, lambda x, y: (y - x).days // 365),
    ),
    "anniversary a day early": _instead(
        interpret, "add_years", lambda f: lambda d, n: f(d, n) - timedelta(days=1)
    ),
    "year of the next day": _entry(
        interpret._CALLS,
        "year",
        lambda _: lambda self, a: self._dates(a, lambda x: (x + timedelta(days=1)).year),
    ),
    "code list turned": _entry(
        interpret._RULES, Member, lambda f: lambda self, node: _turned(f(self, node))
    ),
    "last arm taken": _entry(
        interpret._RULES, Choose, lambda _: lambda self, node: self.result(node.otherwise)
    ),
    "default forgotten": _instead(
        Interpreter,
        "_fact",
        lambda f: lambda self, s, b: Coded(None) if s.default else f(self, s, b),
    ),
    "waived clause asked": _instead(
        Interpreter,
        "_meant",
        lambda f: lambda self, n: (
            self.defined(n) if n in self._scope.definitions else f(self, n)
        ),
    ),
}  # fmt: skip


def _graph(name: str, make: Callable[[Any], Any]) -> Mutate:
    return _instead(Graph, name, make)


def _columns(name: str, make: Callable[[Any], Any]) -> Mutate:
    return _instead(Columns, name, make)


def _compiler(name: str, make: Callable[[Any], Any]) -> Mutate:
    return _instead(Compiler, name, make)


def _call(name: str, make: Callable[[Any], Any]) -> Mutate:
    return _entry(compile._CALLS, name, make)


def _ends_swapped(line: Any) -> Any:
    return replace(
        line, low=line.high, high=line.low, low_ok=line.high_ok, high_ok=line.low_ok
    )


def _counts_turned(yes: Any, can: Any, linked: int, whole: int) -> Any:
    return can, yes, linked, whole


def _bits_turned(answer: Any) -> Any:
    return replace(answer, yes=answer.no, no=answer.yes)


def _truncated(self: Graph, a: Any, b: Any) -> Any:
    size = self.select(self.gt(same(0), a), self.times(a, -1), a)
    if b.id is None:
        b = same(abs(b.constant))
    found = self._whole("floor", _FLOOR, size, b, size.bound + 1)
    return self.select(self.gt(same(0), a), self.times(found, -1), found)


def _FLOOR(a: pl.Series, b: pl.Series) -> pl.Series:  # noqa: N802
    return a // b


COMPILER: dict[str, Mutate] = {
    **{f"{a} as {b}": _lined(a, b) for a, b in ORDERS},
    "ge as gt": _graph("ge", lambda _: lambda self, a, b: self.gt(a, b)),
    "gt as ge": _graph("gt", lambda _: lambda self, a, b: self.ge(a, b)),
    "eq as ge": _graph("eq", lambda _: lambda self, a, b: self.ge(a, b)),
    "and as or": _graph("and_", lambda _: lambda self, *a: self.or_(*a)),
    "or as and": _graph("or_", lambda _: lambda self, *a: self.and_(*a)),
    "not forgotten": _graph("not_", lambda _: lambda self, a: a),
    "sum as difference": _graph(
        "add", lambda f: lambda self, a, b: f(self, a, self.times(b, -1))
    ),
    "factor forgotten": _graph("times", lambda _: lambda self, a, by: a),
    "factor with the other sign": _graph(
        "times", lambda f: lambda self, a, by: f(self, a, -by)
    ),
    "product forgotten": _graph("mul", lambda _: lambda self, a, b: a),
    "rounded towards 0": _graph("floor", lambda _: _truncated),
    "rounded up": _graph(
        "floor", lambda f: lambda self, a, b: self.add(f(self, a, b), same(1))
    ),
    "other one selected": _graph(
        "select", lambda f: lambda self, m, a, b: f(self, m, b, a)
    ),
    "other bit picked": _graph(
        "pick_bit", lambda f: lambda self, m, a, b: f(self, m, b, a)
    ),
    "scale dropped": _columns(
        "scaled", lambda f: lambda self, a, by: replace(f(self, a, by), scale=a.scale)
    ),
    "ends kept at a negative factor": _columns(
        "scaled",
        lambda f: lambda self, a, by: (
            _ends_swapped(f(self, a, by)) if by < 0 else f(self, a, by)
        ),
    ),
    "scale dropped in a product": _columns(
        "product",
        lambda f: lambda self, a, b: replace(f(self, a, b), scale=Fraction(1)),
    ),
    "scale dropped to a common one": _columns("_over", lambda _: lambda self, a, s: replace(a, scale=s)),
    "scale dropped across": _columns(
        "_across", lambda _: lambda self, a, b: (a[0], b[0])
    ),
    "difference as sum": _columns("add", lambda f: lambda self, a, b, s: f(self, a, b, 1)),
    "ends swapped in a sum": _columns(
        "add", lambda f: lambda self, a, b, s: _ends_swapped(f(self, a, b, s))
    ),
    "absence lost in a sum": _columns(
        "add",
        lambda f: lambda self, a, b, s: replace(f(self, a, b, s), gone=FALSE, here=TRUE),
    ),
    "absent taken for its contrary": _columns(
        "compare",
        lambda f: lambda self, a, o, b, said: f(
            self, a, o, b, None if said is None else not said
        ),
    ),
    "bottom 0 divided by": _columns("here", lambda _: lambda self, v: (FALSE, TRUE)),
    "bottom taken below 0": _columns(
        "_quotient",
        lambda _: lambda self, left, order, line: self._lines(
            left.top, order, self.times(left.bottom, line)
        ),
    ),
    "offset forgotten when settled": _columns(
        "settle",
        lambda f: lambda self, v: f(
            self, replace(v, offset=Fraction(0)) if hasattr(v, "offset") else v
        ),
    ),
    "power forgotten": _columns(
        "_growth", lambda f: lambda self, a, o, t: f(self, replace(a, power=1), o, t)
    ),
    "power too great": _columns(
        "_growth",
        lambda f: lambda self, a, o, t: f(self, replace(a, power=a.power + 1), o, t),
    ),
    "least as greatest": _columns(
        "extreme", lambda f: lambda self, parts, least: f(self, parts, least=not least)
    ),
    "open end ignored": _columns(
        "_end", lambda f: lambda self, a, b, least, wins: f(self, a, b, least, not wins)
    ),
    "hull without its last": _columns(
        "hull", lambda f: lambda self, parts: f(self, parts[:1])
    ),
    "what is missing kept": _columns("narrowed", lambda _: lambda self, v: v),
    "what is missing forgotten": _columns(
        "narrowed", lambda _: lambda self, v: replace(v, data=FALSE)
    ),
    "why forgotten": _compiler("_why", lambda _: lambda self, parts: FALSE),
    "why of all": _compiler(
        "_why", lambda _: lambda self, parts: self.g.or_(*(p.data for p in parts))
    ),
    "offset with the other sign": _compiler(
        "_operate",
        lambda f: lambda self, sign, a, b: f(
            self, {"+": "-", "-": "+"}.get(sign, sign), a, b
        ),
    ),
    "quotient turned": _compiler("_divide", lambda f: lambda self, a, b: f(self, b, a)),
    "founding forgotten": _compiler(
        "_founding", lambda _: lambda self, s, y, c: (FALSE, FALSE)
    ),
    "founding a day early": _instead(
        compile, "year_end", lambda f: lambda y: f(y) - timedelta(days=1)
    ),
    "founding a day late": _instead(
        compile, "year_end", lambda f: lambda y: f(y) + timedelta(days=1)
    ),
    "one year too far": _compiler(
        "fact", lambda f: lambda self, n, back: f(self, n, back + (back > 0))
    ),
    "derived where supplied": _compiler(
        "_derived",
        lambda f: lambda self, s, b, direct, known, gone: f(self, s, b, direct, FALSE, FALSE),
    ),
    "derived bounds forgotten": _compiler("_bounded", lambda _: lambda self, s, line: line),
    "default forgotten": _compiler(
        "_defaulted",
        lambda f: lambda self, s, c, k: replace(f(self, s, c, k), known=k),
    ),
    "bound of a step included": _compiler(
        "_on_table", lambda f: lambda self, v, t, j: f(self, v, _closed(t, True), j)
    ),
    "bound of a step excluded": _compiler(
        "_on_table", lambda f: lambda self, v, t, j: f(self, v, _closed(t, False), j)
    ),
    "band not narrowed": _compiler(
        "_on_table", lambda f: lambda self, v, t, j: f(self, v, t, "")
    ),
    "band at its other end": _compiler(
        "_band", lambda f: lambda self, *a, most: f(self, *a, most=not most)
    ),
    "absent points forgotten": _compiler(
        "_or_absent", lambda _: lambda self, line, *a: line
    ),
    "steps from the bottom": _compiler(
        "_chain", lambda f: lambda self, masks, points: f(self, masks[::-1], points)
    ),
    "bracket not capped": _compiler(
        "_brackets",
        lambda f: lambda self, v, t: f(self, v, replace(t, brackets=t.brackets[-1:])),
    ),
    "year that may be absent taken whole": _compiler(
        "_or_nothing", lambda _: lambda self, part: part
    ),
    "least and greatest turned": _call("least", lambda _: compile._CALLS["greatest"]),
    "a year too few": _call(
        "sum_years",
        lambda f: lambda self, a: f(self, (a[0], replace(a[1], value=a[1].value - 1))),
    ),
    "growth over itself": _call(
        "growth", lambda _: lambda self, a: self._over_years(a[0], 0)
    ),
    "growth over years as over one": _call(
        "cagr", lambda _: lambda self, a: self._over_years(a[0], 1)
    ),
    "absent not replaced": _call("if_absent", lambda _: lambda self, a: self.number(a[0])),
    "always replaced": _call("if_absent", lambda _: lambda self, a: self.number(a[1])),
    "possible counted as certain": _compiler(
        "_tally",
        lambda f: lambda self, *a: _counts_turned(*f(self, *a)),
    ),
    "list taken as complete": _compiler(
        "_tally", lambda f: lambda self, *a: (*f(self, *a)[:3], TRUE)
    ),
    "list taken as linked": _compiler(
        "_tally",
        lambda f: lambda self, *a: (*f(self, *a)[:2], TRUE, TRUE),
    ),
    "records of all subjects together": _instead(
        tallies, "_count", lambda f: lambda t, r, h: tuple(c + c.sum() for c in f(t, r, h))
    ),
    "any of the codes as the next": _instead(
        kernels, "overlap", lambda f: lambda masks, mask: f(masks, mask << 1)
    ),
    "any as all": _instead(
        kernels,
        "overlap",
        lambda _: lambda masks, mask: (masks.cast(pl.Int64) & mask) == mask,
    ),
    "dates turned": _call("years_between", lambda f: lambda self, a: f(self, a[::-1])),
    "days turned": _call("days_between", lambda f: lambda self, a: f(self, a[::-1])),
    "anniversary a day early": _instead(
        kernels, "later_column", lambda f: lambda days, years: f(days - 1, years)
    ),
    "anniversary of a literal a day early": _instead(
        kernels, "later", lambda f: lambda day, years: f(day, years) - timedelta(days=1)
    ),
    "month forgotten": _instead(
        kernels, "calendar", lambda f: lambda days: f(days) // 10000 * 10000
    ),
    "day forgotten": _instead(
        kernels, "calendar", lambda f: lambda days: f(days) // 100 * 100
    ),
    "code list turned": _compiler(
        "_in", lambda f: lambda self, a, b: _bits_turned(f(self, a, b))
    ),
    "last arm taken": _compiler(
        "_choose", lambda _: lambda self, node: self.compiled(node.otherwise)
    ),
    "judge as data": _compiler(
        "_line", lambda f: lambda self, *a: replace(f(self, *a), data=TRUE)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", INTERPRETER)
def test_interpreter_done_wrongly_is_caught(name: str, monkeypatch: pytest.MonkeyPatch):
    INTERPRETER[name](monkeypatch)

    assert _caught(_interpreter_is_right)


@pytest.mark.parametrize("name", COMPILER)
def test_compiler_done_wrongly_is_caught(name: str, monkeypatch: pytest.MonkeyPatch):
    COMPILER[name](monkeypatch)

    assert _caught(_compiler_is_right)


def test_nothing_done_wrongly_is_not_caught():
    assert not _caught(_interpreter_is_right)
    assert not _caught(_compiler_is_right)
