# SPDX-License-Identifier: Apache-2.0
"""J4: the money at a glance: each pool, what may fall due, how the book stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from ceyuan.office.book_told import book_state, off_by, totals, trial_as_of
from ceyuan.office.entitlements import summary, unclaimed
from ceyuan.office.instrument_told import exposures
from ceyuan.office.money_sums import by_state, left_pools
from ceyuan.office.pools import pools
from ceyuan.web.asking import asks, office
from ceyuan.web.charts import (
    EN,
    ZH,
    About,
    Measure,
    Point,
    Series,
    decimals,
    money,
    stacked_chart,
)
from ceyuan.web.forms import PageForm
from ceyuan.web.money_shown import MONEY, bare, frame_of, one_moment
from ceyuan.web.showing import money_text, today
from ceyuan.web.words import later, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.pools import PoolTold
    from ceyuan.web.money_shown import Shown

PARTS = ("budget", "committed", "payable", "paid", "available")
STACKED = ("paid", "payable", "committed", "available")


class DayForm(PageForm):
    """A day as of which the book is asked."""

    as_of = forms.DateField(
        label=later("money.as_of"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )


@asks("ledger", "list")
def overview(request: HttpRequest) -> HttpResponse:
    """Show the money of each policy, what may fall due, and how the book stands."""
    with one_moment(request) as conn:
        every = pools(office(request), conn)
        years = sorted({one.year for one in every})
        year = _year(request, years)
        some = [one for one in every if year in (0, one.year)]
        frame = frame_of(request, conn, "overview")
        book = frame["book"]
        return render(request, "money/overview.html", {
            **frame,
            "pools": [(one, _claims(one)) for one in some],
            "totals": {name: sum(getattr(one, name) for one in some) for name in PARTS},
            "year": year,
            "years": years,
            "unclaimed": unclaimed(conn, year),
            "left": left_pools(some),
            "settling": by_state(conn)["payable"].others_fen,
            "states": _states(summary(conn, year)),
            "exposures": exposures(office(request), conn, today()),
            "state": book_state(conn),
            "now": timezone.now(),
            "chart": _chart(some, book) if some else "",
        })  # fmt: skip


def _claims(one: PoolTold) -> int:
    return sum(count for count, _, _ in one.states.values())


def _year(request: HttpRequest, years: Sequence[int]) -> int:
    """Return the year that is asked for: the last one by default, 0 for all."""
    said = request.GET.get("year", "")
    if said == "all":
        return 0
    if said.isascii() and said.isdigit() and int(said) in years:
        return int(said)
    return years[-1] if years else 0


def _states(rows: Sequence[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """Return how many claims stand in which state: in money, and in anything else."""
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        money, other = found.get(row["state"], (0, 0))
        is_money = row["commodity"] == MONEY
        found[row["state"]] = (
            money + row["count"] * is_money,
            other + row["count"] * (not is_money),
        )
    return found


def _chart(some: Sequence[PoolTold], book: Shown) -> str:
    locale = book.locale
    total = sum(one.budget for one in some)
    free = sum(one.available for one in some)
    labels = [
        f"{book.policy(one.policy)} {one.year}"
        if len({p.year for p in some}) > 1
        else book.policy(one.policy)
        for one in some
    ]
    series = [
        Series(
            word(f"money.{name}", locale),
            tuple(
                Point(label, getattr(one, name))
                for label, one in zip(labels, some, strict=True)
            ),
        )
        for name in STACKED
    ]
    about = About(
        id="pools",
        title=word("money.pools_title", locale),
        finding=word(
            "money.pools_finding",
            locale,
            budget=money_text(total, locale),
            available=money_text(free, locale),
        ),
        over=word("money.policy", locale),
        words=EN if locale == "en" else ZH,
    )
    return str(stacked_chart(series, about=about, measure=measure_of(locale)))


def measure_of(locale: str) -> Measure:
    """Return how charts write money."""
    name = word("money.amount", locale)
    if locale == "en":
        return decimals(name, "CNY thousand", scale=100_000, places=2)
    return money(name, "万元")


@asks("ledger", "list")
def trial(request: HttpRequest) -> HttpResponse:
    """Show the trial balance, now or as of a day."""
    form = DayForm(request.GET)
    day = form.cleaned_data.get("as_of") if form.is_valid() else None
    with one_moment(request) as conn:
        rows = trial_as_of(conn, day)
        return render(request, "money/trial.html", {
            **frame_of(request, conn, "trial"),
            "form": form,
            "groups": totals(rows),
            "off": off_by(rows),
            "day": day,
            "now": timezone.now(),
            "bare": bare(one.commodity for one in rows),
        }, status=422 if form.errors else 200)  # fmt: skip


urls = [
    path("money", overview, name="money"),
    path("money/trial", trial, name="money_trial"),
]
