# SPDX-License-Identifier: Apache-2.0
"""The charts of a reform: how far the cost is sure, who pays for it, where lines lie."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString, mark_safe

from ceyuan.declarations.patch import number
from ceyuan.kernel import money_unit, unit
from ceyuan.office.phrases import english
from ceyuan.policies import show_number
from ceyuan.web.charts import (
    EN,
    ZH,
    About,
    Bins,
    Interval,
    Measure,
    Point,
    bar_chart,
    counts,
    decimals,
    histogram,
    money,
    range_chart,
)
from ceyuan.web.charts.values import size_of
from ceyuan.web.words import word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ceyuan.web.charts.values import Exact

_ENGLISH_MONEY = (("CNY", 10**2), ("CNY million", 10**8), ("CNY billion", 10**11))
_MOST_PLACES = 4


def cost_chart(
    id_: str, costs: Sequence[Mapping[str, Any]], note: str, locale: str
) -> SafeString | None:
    """Return both costs as far as they are sure: known facts only, and both extremes."""
    intervals = []
    for name, cost in zip(("today", "reform"), costs, strict=True):
        best = cost["definite"] + cost["referred"]
        least, most = cost["least"], cost["most"]
        is_between = least <= best and (most is None or best <= most)
        intervals.append(
            Interval(
                word(f"lab.{name}", locale),
                least,
                best if is_between else None,
                most,
                note=""
                if most is not None
                else word("lab.no_upper_end", locale, n=cost["unbounded"]),
            )
        )
    endless = [cost["unbounded"] for cost in costs if cost["most"] is None]
    ends = [c[k] for c in costs for k in ("definite", "least", "most") if c[k]]
    measure = money_measure(word("lab.cost", locale), ends, locale)
    about = _about(
        f"cost-{id_}",
        locale,
        "lab.cost_chart",
        word("lab.cost_chart_open", locale, n=f"{max(endless):,}")
        if endless
        else word("lab.cost_chart_finding", locale),
        word("lab.side", locale),
        note,
    )
    return _safe(range_chart(intervals, about=about, measure=measure))


def group_chart(
    id_: str,
    rows: Sequence[tuple[str, int]],
    *,
    grouping: str,
    is_money: bool,
    unit: str,
    locale: str,
) -> SafeString:
    """Return the difference of every group as a bar."""
    if is_money:
        name = word("lab.difference", locale)
        measure = money_measure(name, [value for _, value in rows], locale)
    else:
        measure = counts(word("lab.net", locale), unit)
    points = [Point(label, value) for label, value in rows]
    largest = max(rows, key=lambda row: abs(row[1]), default=("", 0))
    finding = word("lab.nobody_moves", locale)
    if largest[1]:
        finding = word(
            "lab.group_finding",
            locale,
            group=largest[0],
            value=measure.told(largest[1]),
        )
    about = _about(
        f"group-{id_}", locale, "lab.group_chart", finding, grouping, of=grouping
    )
    return _safe(bar_chart(points, about=about, measure=measure, direction="across"))


def spread_charts(
    spread: Mapping[str, Any], id_: str, counted: str, locale: str
) -> list[SafeString]:
    """Return how a quantity is spread, once with today's threshold, once with the other."""
    at = locale == "en"
    found = []
    for side, name in (("before", "today"), ("after", "reform")):
        one = spread[side]
        if one is None:
            continue
        edges = [Fraction(edge) for edge in one["edges"]]
        threshold = Fraction(one["threshold"])
        measure = quantity_measure(spread, edges, locale)
        bins = Bins(
            edges=tuple(edges),
            counts=tuple(one["counts"]),
            includes="low" if spread["order"] in (">=", "<") else "high",
            below=one["below"],
            above=one["above"],
            unknown=one["unknown"] + one["absent"],
        )
        finding = word(
            "lab.spread_finding",
            locale,
            met=f"{one['met']:,}",
            at=f"{one['at']:,}",
            threshold=quantity_text(spread, threshold, locale),
            unit=counted,
        )
        about = _about(
            f"spread-{id_}-{side}",
            locale,
            f"lab.spread_{name}",
            finding,
            spread["quantity"][at],
            of=spread["quantity"][at],
        )
        count = counts(word("lab.subjects", locale), counted)
        found.append(
            _safe(
                histogram(
                    bins,
                    threshold=threshold,
                    about=about,
                    measure=measure,
                    count=count,
                )
            )
        )
    return found


def quantity_text(spread: Mapping[str, Any], value: Fraction, locale: str) -> str:
    """Return a threshold with its unit."""
    label = spread["unit"] or "1"
    if locale == "en":
        return english(value, unit(label), label)
    return show_number(value, unit(label), label=label)


def value_text(value: Fraction, label: str, locale: str) -> str:
    """Return a parameter's value to its last digit; on an English page money in CNY.

    Args:
        value: In the unit.
        label: The unit.
        locale: `zh` or `en`.
    """
    measure = unit(label)
    if locale == "en" and measure.is_money:
        return f"CNY {_exact(value * measure.scale / 100)}"
    shown = "" if label == "1" else label
    if locale == "en" and shown not in ("", "%"):
        shown = english(measure.scale, measure, label).partition(" ")[2]
    return f"{_exact(value)}{'' if shown == '%' else ' '}{shown}".strip()


def _exact(value: Fraction) -> str:
    """Return a number with as many decimals as it has; else as a quotient."""
    said = number(value)
    return said if isinstance(said, str) else f"{said:,}"


def quantity_measure(
    spread: Mapping[str, Any], edges: Iterable[Fraction], locale: str
) -> Measure:
    """Return how a quantity's edges are written: its own unit, exact digits."""
    name, label = spread["quantity"][locale == "en"], spread["unit"] or "1"
    values = list(edges)
    if spread["money"]:
        return money_measure(name, values, locale)
    scale = unit(label).scale
    places = next(
        (
            n
            for n in range(_MOST_PLACES)
            if all((edge / scale * 10**n).denominator == 1 for edge in values)
        ),
        _MOST_PLACES,
    )
    shown = "" if label == "1" else label
    if locale == "en":
        shown = english(Fraction(2), unit(label), label).partition(" ")[2]
        shown = "%" if label == "%" else shown
    return decimals(name, shown, scale=scale, places=places)


def money_measure(name: str, values: Iterable[Exact], locale: str) -> Measure:
    """Return how amounts of one chart or table are written: one unit for all."""
    largest: Exact = max((size_of(value) for value in values), default=0)
    if locale != "en":
        return money(name, money_unit(largest))
    shown, scale = next(
        (
            (n, s)
            for n, s in reversed(_ENGLISH_MONEY)
            if largest >= s or s == _ENGLISH_MONEY[0][1]
        )
    )
    return decimals(name, shown, scale=scale, places=2)


def _about(
    id_: str,
    locale: str,
    title: str,
    finding: str,
    over: str,
    note: str = "",
    **values: object,
) -> About:
    return About(
        id=id_,
        title=word(title, locale, **values),
        finding=finding,
        over=over,
        note=note,
        words=EN if locale == "en" else ZH,
    )


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308 - our own markup, every text in it escaped
