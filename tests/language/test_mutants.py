# SPDX-License-Identifier: Apache-2.0
"""Each operator, done wrongly in either evaluator, breaks a worked answer.

A mutant is one operation replaced by its likeliest mistake: a bound included or
not, an end taken for the other, a scale or a sign forgotten, and for or. Each
must be told from the right one by at least one answer of `worked.py`.
"""

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
from ceyuan.language import Fixed, Gone, compile, interpret, kernels, ranges  # noqa: A004
from ceyuan.language.columns import Columns
from ceyuan.language.compile import Compiler
from ceyuan.language.graph import FALSE, TRUE, Graph, same
from ceyuan.language.interpret import Coded, Interpreter
from ceyuan.language.ranges import Quotient, Range, Root, Verdict
from ceyuan.language.tree import All, AnyOf, Not
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


def _ordered(right: str, wrong: str) -> Mutate:
    return _everywhere(
        "against_zero",
        lambda f: lambda value, order: f(value, wrong if order == right else order),
    )


def _lined(right: str, wrong: str) -> Mutate:
    return _instead(
        Columns,
        "_lines",
        lambda f: lambda self, a, order, b: f(self, a, wrong if order == right else order, b),
    )


ORDERS = [
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
        Interpreter, "_count_where", lambda _: None
    ) if False else _complete_lists(interpreter=True) if False else _instead(
        Fixed, "records", lambda f: lambda self, n: _as_complete(f(self, n))
    ),
    "any as all": _entry(
        interpret._CALLS, "has_any", lambda _: _has_all
    ),
    "dates turned": _instead(
        interpret, "years_between", lambda f: lambda a, b: f(b, a)
    ) if False else _entry(
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
    "code list turned": _instead(
        Interpreter,
        "_member",
        lambda f: lambda self, node: _turned(f(self, node)),
    ),
    "last arm taken": _instead(
        Interpreter,
        "_choose",
        lambda _: lambda self, node: self.result(node.otherwise),
    ),
    "default forgotten": _instead(
        Interpreter,
        "_fact",
        lambda f: lambda self, s, b: Coded(None) if s.default else f(self, s, b),
    ),
    "waived clause asked": _instead(
        Interpreter, "_meant", lambda _: lambda self, n: self.defined(n) if n in self._scope.definitions else self._parameter(n) if n in self._scope.parameters else self.fact(n, 0)
    ),
}  # fmt: skip
