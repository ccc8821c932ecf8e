# SPDX-License-Identifier: Apache-2.0
"""Worked answers: expression, facts, what must come out, reckoned by hand.

Both evaluators are held to them, and every mutant of either must break one.
Years are written `sales@2024`; the base year is 2025, the day 2026-06-01.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import ABSENT, UNKNOWN
from ceyuan.language import (
    Context,
    Definition,
    Fixed,
    Gone,
    Marginal,
    Scope,
    Step,
    Steps,
    parse,
)
from tests.language.both import Ends
from tests.language.strategies import AS_OF, PARAMETERS, YEAR, facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.language import Setting
    from tests.language.both import Told


def _f(text: str) -> Fraction:
    return Fraction(text)


def _row(bound: str | None, low: str, high: str = "", *, closed: bool = True) -> Step:
    limit = None if bound is None else _f(bound)
    return Step(limit, closed and bound is not None, _f(low), _f(high or low))


SETTINGS: dict[str, Setting] = {
    "p_money": _f("5"),
    "p_share": _f("1/5"),
    "p_points": _f("60"),
    "p_people": _f("3"),
    "p_each": _f("10"),
    "p_pieces": _f("2"),
    "p_years": _f("7"),
    "p_flag": True,
    "p_day": date(2020, 2, 29),
    "p_set": frozenset({"x", "y"}),
    # from 50 %: 30; above 25 %: 10; else 0; absent: 4
    "t_share": Steps(
        (_row("1/2", "30"), _row("1/4", "10", closed=False), _row(None, "0")), _f("4")
    ),
    # from 100: 10 to 20, chosen by `mark`; from 10: 5; else 0
    "t_money": Steps(
        (_row("100", "10", "20"), _row("10", "5"), _row(None, "0")), _f("0")
    ),
    # more is worse: from 8 points 1/5, above 4 points 1/2, else 1
    "t_points": Steps(
        (_row("8", "1/5"), _row("4", "1/2", closed=False), _row(None, "1")), _f("0")
    ),
    # up to 100 at 10 %, up to 150 at 5 %, the rest at 2 %
    "m_money": Marginal(
        ((_f("100"), _f("0.1")), (_f("150"), _f("0.05")), (None, _f("0.02")))
    ),
}


def _key(name: str) -> tuple[str, int | None]:
    plain, _, year = name.partition("@")
    yearly = facts()[plain].yearly
    return plain, int(year) if year else YEAR if yearly else None


def _shown(value: object) -> object:
    """Return a value as it is written every time: a set has no order of its own."""
    return sorted(value) if isinstance(value, frozenset) else value


@dataclass(frozen=True, slots=True)
class Worked:
    """One worked answer.

    Args:
        text: The expression.
        told: What must come out.
        known: Facts by name; `sales@2024` is a year's.
        absent: What absent counts as.
        linked: Records, and whether they are all.
        settings: Parameters otherwise than above.
        let: Definitions by name.
        waived: Clauses that are not asked.
        judged: Whether `kind` is a person's judgement.
    """

    text: str
    told: Told
    known: Mapping[str, Any] = field(default_factory=dict)
    absent: bool | None = False
    linked: Mapping[str, tuple[tuple[Any, ...], bool | frozenset[str]]] = field(
        default_factory=dict
    )
    settings: Mapping[str, Setting] = field(default_factory=dict)
    let: Mapping[str, Definition] = field(default_factory=dict)
    waived: frozenset[str] = frozenset()
    judged: bool = False

    @property
    def name(self) -> str:
        """Return what it is called in a report."""
        said = ", ".join(f"{k}={_shown(v)}" for k, v in self.known.items())
        return f"{self.text} | {said} | {self.absent}"

    @property
    def scope(self) -> Scope:
        """Return what the names mean."""
        return Scope(facts(judged=self.judged), PARAMETERS, self.let)

    @property
    def context(self) -> Context:
        """Return the day, the year and the parameters."""
        return Context(AS_OF, YEAR, {**SETTINGS, **self.settings}, self.waived)

    @property
    def it(self) -> Definition:
        """Return the expression with what absent counts as."""
        return Definition(parse(self.text), self.absent)

    @property
    def subject(self) -> Fixed:
        """Return the facts."""
        return Fixed({_key(n): v for n, v in self.known.items()}, dict(self.linked))


def exactly(value: str | int) -> Ends:
    """Return a number that is known."""
    return Ends(Gone.NO, Fraction(value), Fraction(value), "")


def between(
    low: str | int | None,
    high: str | int | None,
    *,
    gone: Gone = Gone.NO,
    asked: str = "data",
) -> Ends:
    """Return a number of which only ends are known."""
    least = None if low is None else Fraction(low)
    most = None if high is None else Fraction(high)
    return Ends(gone, least, most, asked)


GONE = Ends(Gone.YES, None, None, "")
MAYBE = Gone.MAYBE
BORN = {"reg_date": date(2015, 1, 1)}
_TWENTY: dict[str, Setting] = {"p_points": _f("20")}


def _orders() -> list[Worked]:
    """Every order below, at and above the line of 5, and where nothing is known."""
    table = {"<": "ynn", "<=": "yyn", ">": "nny", ">=": "nyy", "=": "nyn", "<>": "yny"}
    word = {"y": "yes", "n": "no"}
    return [
        Worked(f"profit {order} p_money", word[answer], {**BORN, "profit": value})
        for order, answers in table.items()
        for value, answer in zip((4, 5, 6), answers, strict=True)
    ] + [Worked(f"profit {order} p_money", "data", BORN) for order in table]


_VALID = {"certificate": "hnte", "issued_on": date(2023, 6, 2), "valid_until": AS_OF}
_PATENTS = (
    {"type": "x", "valid": True},
    {"type": "x"},
    {"type": "y", "valid": True},
    {"type": "y", "valid": False},
)

WORKED: list[Worked] = [
    *_orders(),
    # --- arithmetic: 20 - 7, 20 + 7, -3 x 7, 20 / 4, a fifth of 20, 1/2 x 20
    Worked("sales - cost", exactly(13), {"sales": 20, "cost": 7}, None),
    Worked("sales + cost", exactly(27), {"sales": 20, "cost": 7}, None),
    Worked("-3 * cost", exactly(-21), {"cost": 7}, None),
    Worked("sales / 4", exactly(5), {"sales": 20}, None),
    Worked("p_share * sales", exactly(4), {"sales": 20}, None),
    Worked("sales * share", exactly(10), {"sales": 20, "share": _f("0.5")}, None),
    Worked("0 * sales", between(0, 0, gone=MAYBE), {}, None),
    Worked("0 * sales", exactly(0), {**BORN}, None),
    Worked("debt / (0 - p_money)", GONE, {"debt": 3}),
    # --- what is missing: at least 0, at most 20, anything
    Worked("debt", between(0, None), {}, None),
    Worked("mark", between(0, 20, asked="judge"), {}, None),
    Worked("profit", between(None, None), BORN, None),
    Worked("debt + p_money", between(5, None), {}, None),
    Worked("p_money - debt", between(None, 5), {}, None),
    Worked("2 * mark - p_points", between(-60, -20, asked="judge"), {}, None),
    Worked("-2 * mark", between(-40, 0, asked="judge"), {}, None),
    Worked("debt * share", between(None, None), {"debt": 3}, None),
    Worked("debt >= 0", "yes", {}, None),
    Worked("debt < 0", "no", {}, None),
    Worked("debt > 0", "data", {}, None),
    Worked("mark <= p_points", "yes", {}, None, settings=_TWENTY),
    Worked("mark < p_points", "judge", {}, None, settings=_TWENTY),
    Worked("mark > p_points", "no", {}, None, settings=_TWENTY),
    Worked("sales + debt >= 0", "yes", BORN),
    Worked("sales - cost >= p_money", "yes", {**BORN, "sales": 12, "cost": 7}),
    Worked("sales - cost <= p_money", "data", {**BORN, "sales": 12}),
    Worked("sales - cost <= p_money", "yes", {**BORN, "sales": 5}),
    Worked("cost + prev(sales, 1)", GONE, {"cost": 1, "sales@2024": ABSENT}),
    Worked("cost + prev(sales, 1) > 0", "yes", {"cost": 1, "sales@2024": ABSENT}, True),
    Worked("capped", between(0, None), {**BORN, "debt": 3}),
    Worked("capped >= 0", "yes", {**BORN, "debt": 3}),
    # --- magnitudes: a hundred million yuan, two percent of it
    Worked("0.02 * debt >= p_money", "yes", {"debt": 250}, None),
    Worked("0.02 * debt >= p_money", "no", {"debt": 249}, None),
    Worked("0.5 * debt = p_money", "yes", {"debt": 10}, None),
    # --- ratios: 20 of 100 is exactly a fifth
    Worked("profit / sales >= p_share", "yes", {"profit": 20, "sales": 100}),
    Worked("profit / sales >= p_share", "no", {"profit": 19, "sales": 100}),
    Worked("profit / sales >= p_share", "no", {"profit": 20, "sales": 101}),
    Worked("profit / sales > p_share", "no", {"profit": 20, "sales": 100}),
    Worked("profit / sales = p_share", "yes", {"profit": 20, "sales": 100}),
    Worked("p_share <= profit / sales", "yes", {"profit": 20, "sales": 100}),
    Worked("p_share < profit / sales", "no", {"profit": 20, "sales": 100}),
    Worked("1 - profit / sales > 0.8", "no", {"profit": 20, "sales": 100}),
    Worked("1 - profit / sales >= 0.8", "yes", {"profit": 20, "sales": 100}),
    Worked("1 - profit / sales > 0.8", "yes", {"profit": 19, "sales": 100}),
    Worked("profit / sales + 0.1 >= 0.3", "yes", {"profit": 20, "sales": 100}),
    Worked("2 * (profit / sales) < 0.4", "no", {"profit": 20, "sales": 100}),
    Worked("2 * (profit / sales) < 0.4", "yes", {"profit": 19, "sales": 100}),
    Worked("sales / staff >= p_each", "yes", {"sales": 70, "staff": 7}),
    Worked("sales / staff >= p_each", "no", {"sales": 69, "staff": 7}),
    Worked(
        "profit / sales >= share", "yes", {"profit": 1, "sales": 4, "share": _f("0.25")}
    ),
    Worked(
        "profit / sales > share", "no", {"profit": 1, "sales": 4, "share": _f("0.25")}
    ),
    Worked("profit / sales", exactly("1/3"), {"profit": 1, "sales": 3}),
    Worked("profit / sales - 1", exactly("-2/3"), {"profit": 1, "sales": 3}),
    Worked("margin >= 0.25", "yes", {"profit": 1, "sales": 4}),
    Worked("margin >= 0.25", "no", {"profit": 1, "sales": 4, "margin": _f("0.2")}),
    # --- absent: nothing to divide by
    Worked("profit / sales >= p_share", "no", {"profit": 20, "sales": 0}, False),
    Worked("profit / sales >= p_share", "yes", {"profit": 20, "sales": 0}, True),
    Worked("profit / sales < p_share", "no", {"profit": 20, "sales": 0}, False),
    Worked("profit / sales >= p_share", "no", {"sales": 0}, False),
    Worked("profit / net >= 0", "yes", {"profit": 5, "net": -1}, True),
    Worked("profit / net >= 0", "no", {"profit": -5, "net": -1}, False),
    # --- a quotient that is there has a positive bottom
    Worked("sales / cost >= p_share", "no", {**BORN, "sales": 0}, False),
    Worked("sales / cost >= p_share", "data", {**BORN, "sales": 0}, True),
    Worked("sales / cost > -0.2", "yes", {**BORN, "sales": 0}, True),
    Worked("sales / cost <= p_share", "yes", {**BORN, "sales": 0}, True),
    Worked("sales / cost = p_share", "no", {**BORN, "sales": 0}, False),
    Worked("sales / cost <> p_share", "yes", {**BORN, "sales": 0}, True),
    Worked("sales / cost >= p_share", "data", {**BORN, "sales": 1}, False),
    Worked("profit / sales < -0.2", "data", {**BORN, "profit": -1}, True),
    Worked("profit / net < p_share", "yes", {**BORN, "profit": -1}, True),
    Worked("profit / net >= -0.2", "yes", {**BORN, "profit": 0}, True),
    # --- least and greatest
    Worked("least(profit / sales - 1, 0)", exactly("-2/3"), {"profit": 1, "sales": 3}),
    Worked("least(sales, cost, p_money)", exactly(3), {"sales": 8, "cost": 3}, None),
    Worked("greatest(sales, cost, p_money)", exactly(8), {"sales": 8, "cost": 3}, None),
    Worked("least(debt, p_money)", between(0, 5), {}, None),
    Worked("greatest(debt, p_money)", between(5, None), {}, None),
    Worked("greatest(profit, p_money) >= p_money", "yes", BORN),
    Worked("least(profit, p_money) > p_money", "no", BORN),
    Worked("greatest(mark, p_points)", exactly(20), {}, None, settings=_TWENTY),
    Worked("least(mark, 0)", exactly(0), {}, None),
    # --- steps: at the bound, one below, above; closed and open; absent
    Worked("steps(profit / sales, t_share)", exactly(30), {"profit": 50, "sales": 100}),
    Worked("steps(profit / sales, t_share)", exactly(10), {"profit": 49, "sales": 100}),
    Worked("steps(profit / sales, t_share)", exactly(10), {"profit": 26, "sales": 100}),
    Worked("steps(profit / sales, t_share)", exactly(0), {"profit": 25, "sales": 100}),
    Worked("steps(profit / sales, t_share)", exactly(0), {"profit": -9, "sales": 100}),
    Worked("steps(profit / sales, t_share)", exactly(4), {"profit": 50, "sales": 0}),
    # A table that is not set says nothing, not even what absent gives.
    Worked(
        "steps(profit / sales, t_share) >= p_points",
        "data",
        {"profit": 50, "sales": 0},
        settings={"t_share": UNKNOWN},
    ),
    Worked("steps(profit / sales, t_share)", between(0, 30), {**BORN, "sales": 100}),
    Worked("steps(sales / cost, t_share)", between(0, 4), {**BORN, "sales": 0}),
    Worked("steps(sales / cost, t_share)", between(0, 30), {**BORN, "sales": 1}),
    Worked("steps(debt, t_money)", exactly(0), {"debt": 9}),
    Worked("steps(debt, t_money)", exactly(5), {"debt": 10}),
    Worked("steps(debt, t_money)", exactly(5), {"debt": 99}),
    Worked("steps(debt, t_money)", between(10, 20, asked="judge"), {"debt": 100}),
    Worked("steps(debt, t_money)", exactly(13), {"debt": 100, "mark": 13}),
    Worked("steps(debt, t_money)", exactly(10), {"debt": 100, "mark": 3}),
    Worked("steps(debt, t_money)", exactly(5), {"debt": 99, "mark": 13}),
    Worked("steps(debt, t_money)", between(0, 13), {"mark": 13}),
    Worked(
        "steps(debt, t_money) >= p_points",
        "yes",
        {"debt": 100},
        settings={"p_points": _f("10")},
    ),
    Worked(
        "steps(debt, t_money) >= p_points", "judge", {"debt": 100}, settings=_TWENTY
    ),
    Worked("steps(mark, t_points)", exactly("0.2"), {"mark": 8}),
    Worked("steps(mark, t_points)", exactly("0.5"), {"mark": 7}),
    Worked("steps(mark, t_points)", exactly("1"), {"mark": 4}),
    Worked("steps(mark, t_points)", between("0.2", 1, asked="judge"), {}),
    Worked(
        "steps(debt, t_money)",
        between(None, None),
        {"debt": 1},
        settings={"t_money": UNKNOWN},
    ),
    Worked(
        "steps(swing, t_share)", exactly(10), {**BORN, "sales@2023": 100, "sales": 169}
    ),
    Worked(
        "steps(swing, t_share)", exactly(0), {**BORN, "sales@2023": 16, "sales": 25}
    ),
    # 1.25 squared is 25/16: growth of exactly 25 % is not above 25 %
    # --- marginal: 175 is 100 at 10 %, 50 at 5 %, 25 at 2 %: 10 + 2.5 + 0.5
    Worked("marginal(debt, m_money)", exactly(13), {"debt": 175}, None),
    Worked("marginal(debt, m_money)", exactly(10), {"debt": 100}, None),
    Worked("marginal(debt, m_money)", exactly("10.05"), {"debt": 101}, None),
    Worked("marginal(debt, m_money)", exactly("12.5"), {"debt": 150}, None),
    Worked("marginal(debt, m_money)", exactly("9.9"), {"debt": 99}, None),
    Worked("marginal(profit, m_money)", exactly(0), {**BORN, "profit": -50}),
    Worked("marginal(debt, m_money)", between(0, None), {}, None),
    Worked("marginal(profit, m_money)", between(0, None), BORN),
    Worked("marginal(least(debt, p_money), m_money)", between(0, "0.5"), {}, None),
    Worked(
        "marginal(debt, m_money)",
        between(0, 10),
        {},
        None,
        settings={"m_money": Marginal(((_f("100"), _f("0.1")), (None, _f("0"))))},
    ),
    Worked(
        "marginal(debt, m_money)",
        between(None, None),
        {"debt": 5},
        settings={"m_money": UNKNOWN},
    ),
    # --- years
    Worked(
        "prev(sales, 1)", exactly(7), {"sales": 9, "sales@2024": 7, "sales@2023": 1}
    ),
    Worked(
        "prev(sales, 2)", exactly(1), {"sales": 9, "sales@2024": 7, "sales@2023": 1}
    ),
    Worked("prev(sales, 1)", GONE, {"reg_date": date(2025, 1, 1)}),
    Worked("prev(sales, 1)", between(0, None), {"reg_date": date(2024, 12, 31)}),
    Worked("prev(sales, 1)", between(0, None, gone=MAYBE), {}),
    Worked("prev(sales, 1) >= 0", "data", {}),
    Worked("prev(sales, 1) >= 0", "yes", {}, True),
    Worked("prev(sales, 1) >= 0", "no", {"reg_date": date(2025, 1, 1)}, False),
    Worked("prev(sales, 1) >= 0", "yes", {"reg_date": date(2025, 1, 1)}, True),
    Worked("prev(sales, 1) >= 0", "no", {**BORN, "sales@2024": ABSENT}),
    Worked(
        "prev(net, 1)",
        exactly(4),
        {"sales@2024": 7, "profit@2024": 3, "sales": 1, "profit": 0},
    ),
    Worked(
        "sum_years(sales, 3)",
        exactly(17),
        {"sales": 9, "sales@2024": 7, "sales@2023": 1},
    ),
    Worked(
        "sum_years(sales, 2)",
        exactly(16),
        {"sales": 9, "sales@2024": 7, "sales@2023": 1},
    ),
    Worked(
        "sum_years(sales, 3)",
        exactly(16),
        {"sales": 9, "sales@2024": 7, "reg_date": date(2024, 3, 1)},
    ),
    Worked(
        "sum_years(sales, 3)",
        exactly(9),
        {"sales": 9, "sales@2024": ABSENT, "sales@2023": ABSENT},
    ),
    Worked(
        "sum_years(sales, 3)", between(16, None), {**BORN, "sales": 9, "sales@2024": 7}
    ),
    Worked("sum_years(sales, 3) >= p_money", "yes", {"sales": 3, "sales@2024": 2}),
    Worked("sum_years(profit, 2)", between(None, None), {"profit": 9}),
    Worked("cost3 >= p_money", "yes", {"cost": 5}),
    Worked("growth(sales)", exactly("0.2"), {"sales": 120, "sales@2024": 100}),
    Worked("growth(sales) >= p_share", "yes", {"sales": 120, "sales@2024": 100}),
    Worked("growth(sales) >= p_share", "no", {"sales": 119, "sales@2024": 100}),
    Worked("growth(sales) >= p_share", "no", {"sales": 119, "sales@2024": 0}, False),
    Worked(
        "growth(sales) >= p_share",
        "yes",
        {"sales": 9, "reg_date": date(2025, 1, 1)},
        True,
    ),
    Worked("cagr(cost, 2) >= p_share", "yes", {"cost": 120, "cost@2024": 100}),
    Worked("cagr(cost, 2) >= p_share", "no", {"cost": 119, "cost@2024": 100}),
    # 1.2 squared is 1.44
    Worked("cagr(sales, 3) >= 0.2", "yes", {"sales": 144, "sales@2023": 100}),
    Worked("cagr(sales, 3) >= 0.2", "no", {"sales": 1439, "sales@2023": 1000}),
    Worked("cagr(sales, 3) > 0.2", "no", {"sales": 144, "sales@2023": 100}),
    Worked("cagr(sales, 3) > 0.2", "yes", {"sales": 1441, "sales@2023": 1000}),
    Worked("cagr(sales, 3) <= -1", "yes", {"sales": 0, "sales@2023": 1000}),
    Worked("cagr(sales, 3) > -2", "yes", {"sales": 0, "sales@2023": 1000}),
    Worked("cagr(sales, 3) <= -2", "no", {"sales": 0, "sales@2023": 1000}),
    Worked("cagr(sales, 3) > -2", "yes", {"sales": 0, "sales@2023": 0}, True),
    Worked("swing >= p_share", "yes", {"sales": 144, "sales@2023": 100}),
    Worked(
        "swing >= p_share", "no", {"sales": 144, "sales@2023": 100, "swing": _f("0.1")}
    ),
    Worked(
        "swing >= p_share",
        "data",
        {"sales": 144, "sales@2023": 100},
        settings={"p_share": UNKNOWN},
    ),
    # --- absent and instead
    Worked("if_absent(prev(sales, 1), 0)", exactly(7), {"sales@2024": 7}),
    Worked(
        "if_absent(prev(sales, 1), debt)", exactly(2), {"sales@2024": ABSENT, "debt": 2}
    ),
    Worked("if_absent(prev(profit, 1), 0)", between(None, None), {}),
    Worked("if_absent(prev(sales, 1), p_money)", between(0, None), {}),
    Worked("if_absent(profit / sales, 1)", exactly(1), {"profit": 3, "sales": 0}),
    Worked("if_absent(profit / sales, 1) >= 0.6", "yes", {"profit": 3, "sales": 5}),
    # --- one of several
    Worked(
        "CASE WHEN is_a THEN sales ELSE cost END",
        exactly(3),
        {"is_a": True, "sales": 3, "cost": 8},
    ),
    Worked(
        "CASE WHEN is_a THEN sales ELSE cost END",
        exactly(8),
        {"is_a": False, "sales": 3, "cost": 8},
    ),
    Worked(
        "CASE WHEN is_a THEN sales ELSE cost END",
        between(3, 8),
        {"sales": 3, "cost": 8},
    ),
    Worked(
        "CASE WHEN is_a THEN sales ELSE cost END", exactly(3), {"sales": 3, "cost": 3}
    ),
    Worked(
        "CASE WHEN is_a THEN sales WHEN is_x THEN cost ELSE debt END",
        between(3, 8),
        {"kind": "x", "sales": 3, "cost": 8},
    ),
    Worked(
        "CASE WHEN is_a THEN sales WHEN is_x THEN cost ELSE debt END",
        exactly(3),
        {"is_a": True, "kind": "x", "sales": 3, "cost": 8},
    ),
    Worked(
        "CASE WHEN is_judged THEN sales ELSE cost END",
        between(3, 8, asked="judge"),
        {"sales": 3, "cost": 8},
    ),
    Worked("CASE WHEN is_a THEN is_x ELSE TRUE END", "yes", {"kind": "x"}),
    Worked("CASE WHEN is_a THEN is_x ELSE TRUE END", "data", {"kind": "y"}),
    Worked("CASE WHEN is_a THEN is_x ELSE FALSE END", "no", {"kind": "y"}),
    Worked("CASE WHEN is_judged THEN is_x ELSE FALSE END", "judge", {"kind": "x"}),
    Worked(
        "profit / sales >= CASE WHEN is_a THEN 0.5 ELSE 0.2 END",
        "yes",
        {"is_a": False, "profit": 1, "sales": 5},
    ),
    Worked(
        "profit / sales >= CASE WHEN is_a THEN 0.5 ELSE 0.2 END",
        "no",
        {"is_a": True, "profit": 1, "sales": 5},
    ),
    # --- records: two of four are surely valid, one more may be
    Worked(
        "count_where(patents, valid)",
        exactly(2),
        linked={"patents": (_PATENTS[2:] + _PATENTS[:1], True)},
    ),
    Worked(
        "count_where(patents, valid)",
        between(2, 3),
        linked={"patents": (_PATENTS, True)},
    ),
    Worked(
        "count_where(patents, valid)",
        between(2, None),
        linked={"patents": (_PATENTS, False)},
    ),
    Worked("count_where(patents, valid)", between(0, None)),
    Worked(
        "count_where(patents, valid AND type = 'x')",
        between(1, 2),
        linked={"patents": (_PATENTS, True)},
    ),
    Worked(
        "count_where(patents, valid OR type = 'y')",
        between(3, 4),
        linked={"patents": (_PATENTS, True)},
    ),
    Worked(
        "count_where(patents, NOT valid)",
        between(1, 2),
        linked={"patents": (_PATENTS, True)},
    ),
    Worked(
        "count_where(patents, type <> 'x')",
        exactly(2),
        linked={"patents": (_PATENTS, True)},
    ),
    Worked("count_where(patents, TRUE)", exactly(0), linked={"patents": ((), True)}),
    Worked(
        "count_where(patents, worth > 0)",
        exactly(1),
        linked={"patents": (({"worth": 1}, {"worth": 0}), True)},
    ),
    Worked(
        "count_where(patents, granted_on >= DATE '2024-01-01')",
        exactly(1),
        linked={
            "patents": (
                ({"granted_on": date(2024, 1, 1)}, {"granted_on": date(2023, 12, 31)}),
                True,
            )
        },
    ),
    Worked("valid_patents >= p_pieces", "yes", linked={"patents": (_PATENTS, False)}),
    # --- certificates: the last day counts, and so does the first
    Worked("held('hnte')", "yes", linked={"certificates": ((_VALID,), True)}),
    Worked(
        "held('hnte')",
        "no",
        linked={
            "certificates": (({**_VALID, "valid_until": date(2026, 5, 31)},), True)
        },
    ),
    Worked(
        "held('hnte')",
        "yes",
        linked={"certificates": (({**_VALID, "issued_on": AS_OF},), True)},
    ),
    Worked(
        "held('hnte')",
        "no",
        linked={"certificates": (({**_VALID, "issued_on": date(2026, 6, 2)},), True)},
    ),
    Worked("held('zjtx')", "no", linked={"certificates": ((_VALID,), True)}),
    Worked("held('zjtx')", "data", linked={"certificates": ((_VALID,), False)}),
    Worked(
        "held('hnte')",
        "data",
        linked={"certificates": (({"certificate": "hnte", "issued_on": AS_OF},), True)},
    ),
    Worked("held('hnte')", "yes", linked={"certificates": ((_VALID,), False)}),
    Worked("held('hnte')", "data"),
    # A list that is complete for one kind of certificate says nothing of another.
    Worked("held('zjtx')", "no", linked={"certificates": ((), frozenset({"zjtx"}))}),
    Worked("held('hnte')", "data", linked={"certificates": ((), frozenset({"zjtx"}))}),
    Worked(
        "held('hnte', p_day)",
        "data",
        linked={"certificates": ((_VALID,), True)},
        settings={"p_day": UNKNOWN},
    ),
    Worked("held('hnte', p_day)", "no", linked={"certificates": ((_VALID,), True)}),
    Worked(
        "held('hnte', DATE '2023-06-02')",
        "yes",
        linked={"certificates": ((_VALID,), True)},
    ),
    Worked(
        "held('hnte', DATE '2023-06-01')",
        "no",
        linked={"certificates": ((_VALID,), True)},
    ),
    Worked(
        "held('hnte', DATE '2023-06-01') OR held('hnte')",
        "yes",
        linked={"certificates": ((_VALID,), True)},
    ),
    # --- codes and sets
    Worked("kind = 'x'", "yes", {"kind": "x"}),
    Worked("kind = 'x'", "no", {"kind": "y"}),
    Worked("kind <> 'x'", "yes", {"kind": "y"}),
    Worked("kind <> 'x'", "data"),
    Worked("'x' = kind", "yes", {"kind": "x"}),
    Worked("kind IN ('y', 'z')", "yes", {"kind": "y"}),
    Worked("kind IN ('y', 'z')", "no", {"kind": "x"}),
    Worked("kind IN p_set", "no", {"kind": "z"}),
    Worked("kind IN p_set", "data", {"kind": "z"}, settings={"p_set": UNKNOWN}),
    Worked("'x' IN p_set", "yes"),
    Worked("way = 'best'", "yes"),
    Worked("way = 'one'", "yes", {"way": "one"}),
    Worked("has_any(traits, 'a', 'c')", "yes", {"traits": frozenset("bc")}),
    Worked("has_any(traits, 'a', 'c')", "no", {"traits": frozenset("b")}),
    Worked("has_any(traits, 'a', 'c')", "data"),
    Worked("share IN (0, 0.25, 1)", "yes", {"share": _f("0.25")}),
    Worked("share IN (0, 0.25, 1)", "no", {"share": _f("0.2501")}),
    Worked(
        "(share IN (0, 1)) OR (debt IN (0, p_money))",
        "yes",
        {"share": _f("0.5"), "debt": 5},
    ),
    # --- dates: 29 February comes back on 1 March
    Worked("years_between(DATE '2020-02-29', DATE '2023-02-28')", exactly(2)),
    Worked("years_between(DATE '2020-02-29', DATE '2023-03-01')", exactly(3)),
    Worked("years_between(DATE '2020-02-29', DATE '2024-02-29')", exactly(4)),
    Worked(
        "years_between(reg_date, as_of)", exactly(6), {"reg_date": date(2019, 6, 2)}
    ),
    Worked(
        "years_between(reg_date, as_of)", exactly(7), {"reg_date": date(2019, 6, 1)}
    ),
    Worked(
        "years_between(as_of, reg_date)", exactly(-7), {"reg_date": date(2019, 6, 1)}
    ),
    Worked(
        "years_between(as_of, reg_date)", exactly(-8), {"reg_date": date(2019, 5, 31)}
    ),
    Worked("age >= p_years", "yes", {"reg_date": date(2019, 6, 1)}),
    Worked("age >= p_years", "data"),
    Worked(
        "days_between(reg_date, as_of)", exactly(366), {"reg_date": date(2025, 5, 31)}
    ),
    Worked(
        "days_between(as_of, reg_date)", exactly(-366), {"reg_date": date(2025, 5, 31)}
    ),
    Worked(
        "add_years(reg_date, 1) = DATE '2025-03-01'",
        "yes",
        {"reg_date": date(2024, 2, 29)},
    ),
    Worked(
        "add_years(reg_date, 4) = DATE '2028-02-29'",
        "yes",
        {"reg_date": date(2024, 2, 29)},
    ),
    Worked("add_years(reg_date, 3) <= as_of", "yes", {"reg_date": date(2023, 6, 1)}),
    Worked("add_years(reg_date, 3) <= as_of", "no", {"reg_date": date(2023, 6, 2)}),
    Worked("add_years(DATE '2024-02-29', 1) = DATE '2025-03-01'", "yes"),
    Worked("year(reg_date)", exactly(2024), {"reg_date": date(2024, 12, 31)}),
    Worked("year(reg_date)", between(None, None)),
    Worked(
        "reg_date < listed_on",
        "yes",
        {"reg_date": date(2020, 1, 1), "listed_on": date(2020, 1, 2)},
    ),
    Worked("reg_date >= p_day", "yes", {"reg_date": date(2020, 2, 29)}),
    # --- and, or, not
    Worked("is_a AND is_x", "yes", {"is_a": True, "kind": "x"}),
    Worked("is_a AND is_x", "no", {"is_a": True, "kind": "y"}),
    Worked("is_a AND is_x", "no", {"is_a": False}),
    Worked("is_a AND is_x", "data", {"is_a": True}),
    Worked("is_a OR is_x", "yes", {"is_a": True}),
    Worked("is_a OR is_x", "no", {"is_a": False, "kind": "y"}),
    Worked("is_a OR is_x", "data", {"is_a": False}),
    Worked("is_a OR is_x", "yes", {"is_a": False, "kind": "x"}),
    Worked("NOT is_a", "no", {"is_a": True}),
    Worked("NOT is_a", "yes", {"is_a": False}),
    Worked("NOT is_a", "data"),
    Worked("is_a = is_x", "yes", {"is_a": False, "kind": "y"}),
    Worked("is_a = is_x", "no", {"is_a": False, "kind": "x"}),
    Worked("is_a <> is_x", "yes", {"is_a": False, "kind": "x"}),
    Worked("is_a <> is_x", "data", {"is_a": False}),
    Worked("is_judged AND is_a", "judge", {"is_a": True}),
    Worked("is_judged AND is_a", "data"),
    Worked("is_judged OR is_a", "judge", {"is_a": False}),
    Worked("p_flag AND is_a", "yes", {"is_a": True}),
    Worked("p_flag AND is_a", "data", {"is_a": True}, settings={"p_flag": UNKNOWN}),
    Worked("p_flag AND is_a", "no", {"is_a": True}, settings={"p_flag": False}),
    Worked("debt >= p_money", "data", {"debt": 3}, settings={"p_money": UNKNOWN}),
    # --- a derived fact is asked for itself while none of its parts is there
    Worked("kind = 'x'", "judge", judged=True),
    Worked("is_x", "data", judged=True),
    Worked("is_x AND is_judged", "data", judged=True),
    Worked("is_x", "yes", {"kind": "x"}, judged=True),
    Worked("0 * (profit / sales)", exactly(0), {"profit": 1, "sales": 4}),
    Worked("0 * (profit / sales)", between(0, 0, gone=MAYBE), {"profit": 1}),
    # --- only what can still change the answer is asked
    Worked("(debt >= 0) AND is_judged", "judge"),
    Worked("(debt < 0) OR is_judged", "judge"),
    Worked(
        "steps(debt, t_money) + mark",
        between(5, 25, asked="judge"),
        settings={"t_money": Steps((_row("9", "5"), _row(None, "5")), _f("5"))},
    ),
    # --- what a clause says of the absent stays the clause's own
    Worked(
        "lets AND sales >= p_money",
        "yes",
        {"sales": 5, "sales@2024": ABSENT},
        False,
        let={"lets": Definition(parse("prev(sales, 1) > p_money"), True)},
    ),
    Worked(
        "lets AND sales >= p_money",
        "no",
        {"sales": 5, "sales@2024": ABSENT},
        True,
        let={"lets": Definition(parse("prev(sales, 1) > p_money"), False)},
    ),
    Worked(
        "lets AND is_a",
        "yes",
        {"is_a": True, "sales": 1},
        False,
        let={"lets": Definition(parse("sales > p_money"), False)},
        waived=frozenset({"lets"}),
    ),
]
