# SPDX-License-Identifier: Apache-2.0
"""Random scopes, expressions over them, and facts: what both evaluators are fed.

An expression is drawn node by node, so that a failure shrinks to the operator
that causes it; it is well typed by construction, unit for unit. Figures come
from a small pool that parameters, literals and facts share, so that a draw lies
*on* a threshold as often as not. The facts of the subjects come from one drawn
seed: they need no shrinking, only variety.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st

from ceyuan.kernel import ABSENT, PURE, UNKNOWN, RuleError, unit
from ceyuan.language import (
    Checker,
    Context,
    Definition,
    FactSymbol,
    Fixed,
    Marginal,
    ParameterSymbol,
    Scope,
    Setting,
    Step,
    Steps,
    parse,
    walk,
    write,
)
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
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ceyuan.kernel import Unit
    from ceyuan.language import FactKey

AS_OF = date(2026, 6, 1)
YEAR = 2025
MONEY, PEOPLE = unit("元").base, unit("人")
PIECES, POINTS = unit("件"), unit("分")
YEARS, DAYS = unit("年"), unit("天")
ORDERS: tuple[Order, ...] = ("<", "<=", ">", ">=", "=", "<>")
POOL = [Fraction(n) for n in (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 100)]
SHARES = [
    Fraction(*n) for n in ((0, 1), (1, 5), (1, 4), (1, 2), (1, 1), (-1, 5), (3, 2))
]
DATES = [
    AS_OF,
    AS_OF - timedelta(days=1),
    AS_OF + timedelta(days=1),
    date(2023, 6, 1),
    date(2023, 5, 31),
    date(2024, 2, 29),
    date(2020, 2, 29),
    date(2021, 3, 1),
    date(2025, 1, 1),
    date(2024, 12, 31),
    date(2022, 1, 1),
    date(2019, 6, 1),
]


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class World:
    """What an example is evaluated in.

    Args:
        scope: What the names mean.
        context: Day, base year, parameters; `waived` may name a clause.
    """

    scope: Scope
    context: Context

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        printer.text(repr(self))

    def __repr__(self) -> str:
        let = {
            n: (write(d.node), d.absent_as) for n, d in self.scope.definitions.items()
        }
        mark = self.scope.facts["mark"]
        return f"World({let}, {self.context.settings}, {mark}, {self.context.waived})"


# --- facts -----------------------------------------------------------------------


def _number(name: str, of: Unit, **more: Any) -> FactSymbol:
    return FactSymbol(name, "number", of, **more)


def _derived(name: str, of: Unit, text: str, **more: Any) -> FactSymbol:
    return FactSymbol(name, "number", of, derive=parse(text), **more)


def facts(
    *,
    fine: int = 0,
    judged: bool = False,
    debt_low: Fraction | None = Fraction(0),
    mark_decimals: int = 0,
) -> dict[str, FactSymbol]:
    """Return facts of every kind.

    Args:
        fine: Decimals of some numbers.
        judged: Whether `kind` is a person's judgement.
        debt_low: Least value of `debt`.
        mark_decimals: Decimals of `mark`, the points that a person chooses.
    """
    zero = Fraction(0)
    found = [
        _number("sales", MONEY, yearly=True, low=zero),
        _number("cost", MONEY, yearly=True, low=zero, decimals=fine),
        _number("profit", MONEY, yearly=True),
        _number("debt", MONEY, low=debt_low),
        _number("staff", PEOPLE, yearly=True, low=zero, limit=Fraction(10**7)),
        _number("tech", PEOPLE, low=zero, decimals=fine, limit=Fraction(10**7)),
        _number(
            "mark",
            POINTS,
            low=zero,
            high=Fraction(20),
            limit=Fraction(20),
            judged=True,
            decimals=mark_decimals,
        ),
        _number(
            "share", PURE, low=zero, high=Fraction(1), limit=Fraction(1), decimals=4
        ),
        _number("pieces", PIECES, low=zero, limit=Fraction(10**6)),
        _derived("net", MONEY, "sales - profit", yearly=True),
        _derived("capped", MONEY, "profit + debt", low=zero),
        _derived("margin", PURE, "profit / sales", decimals=4),
        _derived("swing", PURE, "cagr(sales, 3)", decimals=4),
        _derived("pace", PURE, "growth(cost)", decimals=4),
        _derived("cost3", MONEY, "sum_years(cost, 3)", low=zero),
        _derived("age", YEARS, "years_between(reg_date, as_of)"),
        _derived("valid_patents", PIECES, "count_where(patents, valid)", low=zero),
        FactSymbol("reg_date", "date"),
        FactSymbol("listed_on", "date"),
        FactSymbol("is_a", "flag"),
        FactSymbol("is_judged", "flag", judged=True),
        FactSymbol("is_x", "flag", derive=parse("kind = 'x'")),
        FactSymbol("is_hnte", "flag", derive=parse("held('hnte')")),
        FactSymbol("kind", "code", codes=("x", "y", "z"), judged=judged),
        FactSymbol("way", "code", codes=("best", "one", "two"), default="best"),
        FactSymbol("traits", "codes", codes=("a", "b", "c")),
        FactSymbol("patents", "records", fields=_PATENT),
        FactSymbol("certificates", "records", fields=_CERTIFICATE),
    ]
    return {symbol.name: symbol for symbol in found}


_PATENT = {
    "type": FactSymbol("type", "code", codes=("x", "y")),
    "valid": FactSymbol("valid", "flag"),
    "granted_on": FactSymbol("granted_on", "date"),
    "worth": _number("worth", MONEY),
}
_CERTIFICATE = {
    "certificate": FactSymbol("certificate", "code", codes=("hnte", "zjtx")),
    "issued_on": FactSymbol("issued_on", "date"),
    "valid_until": FactSymbol("valid_until", "date"),
}
_PLAIN = {
    MONEY: ("sales", "cost", "profit", "debt", "net", "capped", "cost3"),
    PEOPLE: ("staff", "tech"),
    POINTS: ("mark",),
    PURE: ("share", "margin", "pace"),
    PIECES: ("pieces", "valid_patents"),
    YEARS: ("age",),
}
_YEARLY = {MONEY: ("sales", "cost", "profit", "net"), PEOPLE: ("staff",)}

# --- parameters --------------------------------------------------------------------

PARAMETERS = {
    p.name: p
    for p in (
        ParameterSymbol("p_money", "number", MONEY, fact="t.p_money"),
        ParameterSymbol("p_people", "number", PEOPLE, fact="t.p_people"),
        ParameterSymbol("p_points", "number", POINTS, fact="t.p_points"),
        ParameterSymbol("p_pieces", "number", PIECES, fact="t.p_pieces"),
        ParameterSymbol("p_share", "number", PURE, fact="t.p_share"),
        ParameterSymbol("p_years", "number", YEARS, fact="t.p_years"),
        ParameterSymbol("p_each", "number", (MONEY / PEOPLE).base, fact="t.p_each"),
        ParameterSymbol("p_flag", "flag", fact="t.p_flag"),
        ParameterSymbol("p_day", "date", fact="t.p_day"),
        ParameterSymbol("p_set", "set", fact="t.p_set"),
        ParameterSymbol("t_share", "steps", PURE, POINTS, "t.t_share"),
        ParameterSymbol("t_money", "steps", MONEY, POINTS, "t.t_money", "mark"),
        ParameterSymbol("t_points", "steps", POINTS, PURE, "t.t_points"),
        ParameterSymbol("m_money", "marginal", MONEY, PURE, "t.m_money"),
    )
}
_CONSTANT = {
    MONEY: "p_money",
    PEOPLE: "p_people",
    POINTS: "p_points",
    PIECES: "p_pieces",
    PURE: "p_share",
    YEARS: "p_years",
    (MONEY / PEOPLE).base: "p_each",
}


@st.composite
def tables(draw: st.DrawFn, of: Unit) -> Steps:
    """A table of steps: rising or falling, bounds closed or not, bands."""
    pool = SHARES if of == PURE else POOL
    bounds = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique=True))
    bounds.sort(reverse=True)
    points = [Fraction(*p) for p in ((0, 1), (1, 5), (1, 2), (4, 1), (10, 1), (30, 1))]
    size = len(bounds) + 1
    lows = sorted(draw(st.lists(st.sampled_from(points), min_size=size, max_size=size)))
    highs = sorted(
        draw(st.lists(st.sampled_from(points), min_size=size, max_size=size))
    )
    highs = [max(a, b) for a, b in zip(lows, highs, strict=True)]
    if draw(st.booleans()):
        highs = lows
    if draw(st.booleans()):
        lows, highs = lows[::-1], highs[::-1]
    rows = [
        Step(bound, draw(st.booleans()), low, high)
        for bound, low, high in zip(bounds, lows, highs, strict=False)
    ]
    rows.append(Step(None, closed=False, low=lows[-1], high=highs[-1]))
    return Steps(tuple(rows), draw(st.sampled_from(points)))


@st.composite
def brackets(draw: st.DrawFn) -> Marginal:
    """A marginal table."""
    bounds = draw(st.lists(st.sampled_from(POOL[1:]), max_size=2, unique=True))
    rate = st.sampled_from([r for r in SHARES if r >= 0])
    rows = [(bound, draw(rate)) for bound in sorted(bounds)]
    return Marginal((*rows, (None, draw(rate))))


@st.composite
def settings_(draw: st.DrawFn) -> dict[str, Setting]:
    """Parameters in force, some of them not set."""
    made: dict[str, Setting] = {}
    for name, symbol in PARAMETERS.items():
        if draw(st.integers(0, 9)) == 0:
            made[name] = UNKNOWN
            continue
        of: dict[str, st.SearchStrategy[Any]] = {
            "number": st.sampled_from(SHARES if symbol.unit == PURE else POOL),
            "flag": st.booleans(),
            "date": st.sampled_from(DATES),
            "set": st.frozensets(st.sampled_from(("x", "y", "z"))),
            "steps": tables(symbol.unit),
            "marginal": brackets(),
        }
        made[name] = draw(of[symbol.kind])
    return made


# --- expressions -------------------------------------------------------------------


class Writer:
    """Draws well-typed expressions over a scope."""

    def __init__(self, draw: st.DrawFn, defined: dict[str, Unit | None]) -> None:
        self._draw = draw
        self._defined = defined

    def _one(self, options: Sequence[_T]) -> _T:
        return self._draw(st.sampled_from(options))

    def _node(self, options: list[Node]) -> Node:
        return self._one(options)

    # numbers

    def number(self, of: Unit, depth: int) -> Node:
        """Return an expression that is a number of a unit."""
        if depth <= 0:
            return self._leaf(of)
        ways: list[Callable[[], Node]] = [
            lambda: self._leaf(of),
            lambda: Arith(
                self._one(["+", "-"]),
                self.number(of, depth - 1),
                self.number(of, depth - 1),
            ),
            lambda: Arith("*", self._factor(), self.solid(of, depth - 1)),
            lambda: Arith("*", self.solid(of, depth - 1), self.number(PURE, depth - 1)),
            lambda: Arith("/", self.solid(of, depth - 1), Number(self._one(_BY))),
            lambda: Call(
                self._one(["least", "greatest"]),
                tuple(self.number(of, depth - 1) for _ in range(self._one([1, 2, 3]))),
            ),
            lambda: Choose(
                tuple(
                    (self.truth(depth - 1), self.number(of, depth - 1))
                    for _ in range(self._one([1, 2]))
                ),
                self.number(of, depth - 1),
            ),
            lambda: Call(
                "if_absent", (self.number(of, depth - 1), self.number(of, depth - 1))
            ),
        ]
        return self._one(ways + self._special(of, depth))()

    def _factor(self) -> Node:
        numbers = (Number(Fraction(n, 2)) for n in (0, 4, -2, 1))
        return self._node([*numbers, Name("p_share")])

    def _special(self, of: Unit, depth: int) -> list[Callable[[], Node]]:
        if of == PURE:
            return [
                lambda: self.ratio(depth),
                lambda: Arith(
                    self._one(["+", "-"]), self.ratio(depth), self._leaf_constant(PURE)
                ),
                lambda: Arith("-", self._leaf_constant(PURE), self.ratio(depth)),
                lambda: Call("growth", (Name(self._one(["sales", "profit", "net"])),)),
                lambda: Call("cagr", (Name("cost"), Number(Fraction(2)))),
                lambda: Call(
                    "steps", (self.number(POINTS, depth - 1), Name("t_points"))
                ),
                lambda: Call("year", (self.day(),)),
            ]
        if of == POINTS:
            return [
                lambda: Call("steps", (self.ratio(depth), Name("t_share"))),
                lambda: Call("steps", (self.number(MONEY, depth - 1), Name("t_money"))),
                lambda: Call("steps", (Name("swing"), Name("t_share"))),
            ]
        if of in (MONEY, PEOPLE):
            special: list[Callable[[], Node]] = [
                lambda: Call(
                    "sum_years",
                    (
                        Name(self._one(list(_YEARLY[of]))),
                        Number(Fraction(self._one([1, 2, 3]))),
                    ),
                )
            ]
            if of == MONEY:
                special.append(
                    lambda: Call(
                        "marginal", (self.number(MONEY, depth - 1), Name("m_money"))
                    )
                )
            return special
        if of == PIECES:
            return [lambda: Call("count_where", (Name("patents"), self.of_record()))]
        if of == YEARS:
            return [lambda: Call("years_between", (self.day(), self.day()))]
        if of == DAYS:
            return [lambda: Call("days_between", (self.day(), self.day()))]
        return []

    def ratio(self, depth: int) -> Node:
        """Return a quotient without unit."""
        of = self._one([MONEY, MONEY, PEOPLE])
        return Arith("/", self.solid(of, depth - 2), self.solid(of, depth - 2))

    def solid(self, of: Unit, depth: int) -> Node:
        """Return a number that has its unit: a bare 0 has none to multiply."""
        node = self.number(of, depth)
        if not _free(node) or of == PURE:
            return node
        day = Call("days_between", (Name("reg_date"), Name("listed_on")))
        return day if of == DAYS else Name(self._one(list(_PLAIN[of])))

    def _leaf(self, of: Unit) -> Node:
        ways: list[Callable[[], Node]] = [lambda: self._leaf_constant(of)]
        plain = list(_PLAIN.get(of, ()))
        if plain:
            ways += [lambda: Name(self._one(plain))] * 4
        yearly = list(_YEARLY.get(of, ()))
        if yearly:
            ways.append(
                lambda: Call(
                    "prev",
                    (Name(self._one(yearly)), Number(Fraction(self._one([1, 2])))),
                )
            )
        named = [n for n, u in self._defined.items() if u == of]
        if named:
            ways += [lambda: Name(self._one(named))] * 2
        if of == DAYS:
            ways.append(lambda: Call("days_between", (self.day(), self.day())))
        return self._one(ways)()

    def _leaf_constant(self, of: Unit) -> Node:
        options: list[Node] = [Number(Fraction(0))]
        if of in _CONSTANT:
            options += [Name(_CONSTANT[of])] * 3
        if of == PURE:
            options += [Number(n) for n in SHARES]
        return self._one(options)

    def day(self) -> Node:
        """Return a date."""
        name = self._one(["reg_date", "listed_on"])
        return self._node(
            [
                Name(name),
                Name(name),
                Name("as_of"),
                Name("p_day"),
                Day(self._one(DATES)),
                Call("add_years", (Name(name), Number(Fraction(self._one([1, 3]))))),
                Call("add_years", (Day(date(2024, 2, 29)), Number(Fraction(1)))),
            ]
        )

    # conditions

    def truth(self, depth: int) -> Node:
        """Return a condition."""
        if depth <= 0:
            return self._one(
                _SIMPLE + [Name(n) for n, u in self._defined.items() if u is None]
            )
        inner = depth - 1
        ways: list[Callable[[], Node]] = [
            lambda: self._comparison(depth),
            lambda: self._comparison(depth),
            lambda: self._comparison(depth),
            lambda: Not(self.truth(inner)),
            lambda: All(
                tuple(self._part(All, inner) for _ in range(self._one([2, 3])))
            ),
            lambda: AnyOf(
                tuple(self._part(AnyOf, inner) for _ in range(self._one([2, 3])))
            ),
            lambda: Choose(
                ((self.truth(inner), self.truth(inner)),), self.truth(inner)
            ),
            lambda: Compare(
                self._one(["=", "<>"]), self.truth(inner), self.truth(inner)
            ),
            lambda: Compare(self._one(list(ORDERS)), self.day(), self.day()),
            lambda: Compare(
                self._one(list(ORDERS)),
                self._node(
                    [Name("swing"), Call("cagr", (Name("sales"), Number(Fraction(3))))]
                ),
                self._node(
                    [
                        Name("p_share"),
                        *(Number(n) for n in SHARES),
                        Number(Fraction(-2)),
                    ]
                ),
            ),
            lambda: Compare(
                self._one(list(ORDERS)),
                Arith("/", self.solid(MONEY, depth - 2), self.solid(PEOPLE, depth - 2)),
                Name("p_each"),
            ),
            lambda: Member(
                self._leaf(PURE), tuple(Number(n) for n in SHARES[: self._one([1, 3])])
            ),
            lambda: self.truth(0),
        ]
        return self._one(ways)()

    def _part(self, kind: type, depth: int) -> Node:
        """Parts of a junction that are junctions of its kind would be one with it."""
        part = self.truth(depth)
        return Not(part) if isinstance(part, kind) else part

    def _comparison(self, depth: int) -> Node:
        of = self._one([MONEY, MONEY, PEOPLE, POINTS, PURE, PURE, PIECES, YEARS, DAYS])
        return Compare(
            self._one(list(ORDERS)),
            self.number(of, depth - 1),
            self._one([self._leaf_constant, self._leaf])(of),
        )

    def of_record(self) -> Node:
        """Return a condition on a record."""
        one: list[Node] = [
            Name("valid"),
            Compare("=", Name("type"), Word("x")),
            Compare("<>", Name("type"), Word("x")),
            Compare(">=", Name("granted_on"), Day(self._one(DATES))),
            Compare("<", Name("granted_on"), Day(self._one(DATES))),
            Compare(">", Name("worth"), Number(Fraction(0))),
            Member(Name("type"), (Word("x"), Word("y"))),
        ]
        two = All((self._one(one), self._one(one)))
        return self._one([*one, two, AnyOf((one[0], one[1])), Not(self._one(one))])


def _free(node: Node) -> bool:
    """Return whether a number fits every unit, being made of zeros."""
    match node:
        case Number(value):
            return value == 0
        case Arith("+" | "-", left, right):
            return _free(left) and _free(right)
        case Choose(arms, otherwise):
            return _free(otherwise) and all(_free(value) for _, value in arms)
        case Call("least" | "greatest" | "if_absent", arguments):
            return all(_free(a) for a in arguments)
    return False


_BY = [Fraction(2), Fraction(-1), Fraction(5)]
_SIMPLE: list[Node] = [
    Truth(value=True),
    Truth(value=False),
    Name("is_a"),
    Name("is_a"),
    Name("is_judged"),
    Name("is_x"),
    Name("is_hnte"),
    Name("p_flag"),
    Compare("=", Name("kind"), Word("x")),
    Compare("<>", Name("kind"), Word("z")),
    Compare("=", Name("way"), Word("best")),
    Compare("=", Word("one"), Name("way")),
    Member(Name("kind"), (Word("x"), Word("y"))),
    Member(Name("kind"), (Name("p_set"),)),
    Member(Word("x"), (Name("p_set"),)),
    Call("has_any", (Name("traits"), Word("a"), Word("c"))),
    Call("held", (Word("hnte"),)),
    Call("held", (Word("zjtx"), Day(date(2025, 12, 31)))),
]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A scope with definitions, and a context."""
    known = facts(
        fine=draw(st.sampled_from((0, 2))),
        judged=draw(st.booleans()),
        debt_low=draw(st.sampled_from((Fraction(0), None))),
        mark_decimals=draw(st.sampled_from((0, 1))),
    )
    definitions: dict[str, Definition] = {}
    units: dict[str, Unit | None] = {}
    wanted: list[tuple[str, Unit | None]] = [
        ("d_money", MONEY),
        ("d_share", PURE),
        ("d_points", POINTS),
        ("d_truth", None),
    ]
    for name, of in wanted[: draw(st.integers(0, 4))]:
        writer = Writer(draw, dict(units))
        node = writer.truth(2) if of is None else writer.solid(of, 2)
        scope = Scope(known, PARAMETERS, dict(definitions))
        definitions[name] = Definition(node, draw(absent_said(scope, node)))
        units[name] = of
    waived = (
        frozenset({"d_truth"} & set(definitions))
        if draw(st.integers(0, 5)) == 0
        else frozenset()
    )
    context = Context(AS_OF, YEAR, draw(settings_()), waived)
    return World(Scope(known, PARAMETERS, definitions), context)


def defined(world: World) -> dict[str, Unit | None]:
    """Return the unit of each definition; None for a condition."""
    units = {"d_money": MONEY, "d_share": PURE, "d_points": POINTS, "d_truth": None}
    return {n: units[n] for n in world.scope.definitions}


@st.composite
def absent_said(draw: st.DrawFn, scope: Scope, node: Node) -> bool | None:
    """What absent counts as; nothing only where nothing can be absent."""
    said = draw(st.sampled_from((None, True, False)))
    if said is None:
        try:
            Checker(scope).check(node, absent_said=False)
        except RuleError:
            return False
    else:
        Checker(scope).check(node, absent_said=True)
    return said


@st.composite
def conditions(draw: st.DrawFn, depth: int = 3) -> tuple[World, Definition]:
    """A world and a condition in it."""
    world = draw(worlds())
    node = Writer(draw, defined(world)).truth(depth)
    return world, Definition(node, draw(absent_said(world.scope, node)))


@st.composite
def numbers(draw: st.DrawFn, depth: int = 3) -> tuple[World, Definition]:
    """A world and a number in it."""
    world = draw(worlds())
    of = draw(st.sampled_from((MONEY, PEOPLE, POINTS, PURE, PIECES, YEARS, DAYS)))
    node = Writer(draw, defined(world)).number(of, depth)
    return world, Definition(node, draw(absent_said(world.scope, node)))


# --- facts of subjects -----------------------------------------------------------------


def reads(scope: Scope, *nodes: Node) -> frozenset[str]:
    """Return the facts that expressions read, through definitions and derivations."""
    found: set[str] = set()
    todo = [n for node in nodes for n in walk(node)]
    while todo:
        node = todo.pop()
        names = [node.value] if isinstance(node, Name) else []
        if isinstance(node, Call) and node.function == "held":
            names = ["certificates"]
        for name in names:
            if name in scope.definitions:
                todo.extend(walk(scope.definitions[name].node))
            elif name in scope.parameters and scope.parameters[name].judged:
                found.add(scope.parameters[name].judged)
            elif name in scope.facts and name not in found:
                found.add(name)
                derive = scope.facts[name].derive
                todo.extend(walk(derive) if derive is not None else ())
        if isinstance(node, Call) and node.function == "steps":
            assert isinstance(node.arguments[1], Name)
            judged = scope.parameters[node.arguments[1].value].judged
            found |= {judged} if judged else set()
    if any(scope.facts[n].yearly for n in found):
        found.add("reg_date")
    return frozenset(found)


class Filler:
    """Makes facts of subjects, or completes what is missing, from a seed."""

    def __init__(
        self, world: World, seed: int, lines: tuple[Fraction, ...] = ()
    ) -> None:
        self.world = world
        self.random = Random(seed)
        self.lines = lines

    def subject(self, names: frozenset[str], *, huge: bool = True) -> Fixed:
        """Return facts of one subject, with gaps."""
        rate = self.random.choice((0.0, 0.1, 0.3, 0.6, 1.0))
        values: dict[FactKey, Any] = {}
        linked: dict[str, Any] = {}
        for name in sorted(names):
            symbol = self.world.scope.facts[name]
            if symbol.kind == "records":
                if self.random.random() >= rate:
                    linked[name] = (self._records(symbol), self.random.random() < 0.6)
                continue
            if symbol.derive is not None and self.random.random() < 0.7:
                continue
            for key in self.keys(symbol):
                if self.random.random() < rate:
                    continue
                value = self.value(symbol, huge=huge)
                if symbol.yearly and self.random.random() < 0.06:
                    value = ABSENT
                values[key] = value
        return Fixed(values, linked)

    def keys(self, symbol: FactSymbol) -> list[FactKey]:
        """Return the keys of a fact: its years, or one."""
        if not symbol.yearly:
            return [(symbol.name, None)]
        return [(symbol.name, self.world.context.base_year - n) for n in range(4)]

    def value(self, symbol: FactSymbol, *, huge: bool = False) -> Any:
        """Return a value that the fact can have."""
        pick = self.random.choice
        match symbol.kind:
            case "flag":
                return pick((True, False))
            case "date":
                return pick(DATES)
            case "code":
                return pick(symbol.codes)
            case "codes":
                return frozenset(c for c in symbol.codes if self.random.random() < 0.4)
        step = Fraction(1, 10**symbol.decimals)
        pool = SHARES if symbol.unit == PURE else POOL
        value = pick(pool) + pick((0, 0, 0, step, -step))
        if self.lines and self.random.random() < 0.7:  # on a line, or one off it
            line = pick(self.lines) * pick((1, 1, 1, 2, 10))
            value = round(line / step) * step + pick((0, 0, step, -step))
        if symbol.low is None and self.random.random() < 0.3:
            value = -value
        if huge and self.random.random() < 0.08:
            limit = symbol.limit
            value = pick(
                (limit, limit - step, limit + step, Fraction(10**30), value + step / 3)
            )
        if symbol.low is not None:
            value = max(value, symbol.low)
        if symbol.high is not None:
            value = min(value, symbol.high)
        return value

    def _record(self, symbol: FactSymbol) -> dict[str, Any]:
        return {
            name: self.value(field)
            for name, field in symbol.fields.items()
            if self.random.random() < 0.85
        }

    def _records(self, symbol: FactSymbol) -> tuple[dict[str, Any], ...]:
        return tuple(self._record(symbol) for _ in range(self.random.randrange(4)))

    # --- completions

    def completion(self, known: Fixed, names: frozenset[str]) -> Fixed:
        """Return the same subject with nothing missing, as the world could be.

        A figure of a year before the foundation stays away; a derived fact is
        left to its parts.
        """
        values: dict[FactKey, Any] = dict(known.values)
        # Whose figures of a year are known was there in that year.
        years = [
            k[1] for k, v in values.items() if k[1] is not None and v is not ABSENT
        ]
        dates = [d for d in DATES if not years or d <= date(min(years), 12, 31)]
        dates = dates or [date(2000, 1, 1)]
        founded = values.setdefault(("reg_date", None), self.random.choice(dates))
        linked = dict(known.linked)
        for name in sorted(names):
            symbol = self.world.scope.facts[name]
            if symbol.kind == "records":
                linked[name] = (self._completed(symbol, known.linked.get(name)), True)
            elif symbol.derive is None and symbol.default is None:
                for key in self.keys(symbol):
                    if key in values:
                        continue
                    if key[1] is not None and date(key[1], 12, 31) < founded:
                        values[key] = ABSENT
                    else:
                        values[key] = self._extreme_or_any(symbol)
        return Fixed(values, linked)

    def set_all(self) -> World:
        """Return the same world with every parameter set."""
        context = self.world.context
        settings = {
            n: self._setting(PARAMETERS[n]) if v is UNKNOWN else v
            for n, v in context.settings.items()
        }
        return World(self.world.scope, replace(context, settings=settings))

    def _setting(self, symbol: ParameterSymbol) -> Setting:
        pick = self.random.choice
        match symbol.kind:
            case "flag":
                return pick((True, False))
            case "date":
                return pick(DATES)
            case "set":
                return frozenset(c for c in "xyz" if self.random.random() < 0.5)
            case "steps":
                low, high = sorted((pick(POOL), pick(POOL)))
                rows = (Step(pick(POOL), True, high, high), Step(None, False, low, low))
                return Steps(rows, pick(POOL))
            case "marginal":
                return Marginal(((None, pick(POOL)),))
        return pick(SHARES if symbol.unit == PURE else POOL)

    def _extreme_or_any(self, symbol: FactSymbol) -> Any:
        if symbol.kind == "number" and self.random.random() < 0.4:
            ends = [symbol.low, symbol.high, Fraction(10**9), Fraction(-(10**9))]
            fit = [
                e
                for e in ends
                if e is not None
                and (symbol.low is None or e >= symbol.low)
                and (symbol.high is None or e <= symbol.high)
            ]
            return self.random.choice(fit)
        return self.value(symbol)

    def _completed(self, symbol: FactSymbol, known: Any) -> tuple[dict[str, Any], ...]:
        records, whole = known if known is not None else ((), False)
        full = [{**self._all(symbol), **record} for record in records]
        if not whole:
            full += [self._all(symbol) for _ in range(self.random.randrange(3))]
        return tuple(full)

    def _all(self, symbol: FactSymbol) -> dict[str, Any]:
        return {name: self.value(field) for name, field in symbol.fields.items()}


seeds = st.integers(0, 2**32 - 1)
