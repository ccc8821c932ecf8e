# SPDX-License-Identifier: Apache-2.0
"""The officer's desk: what waits for me, and how the year stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, path, reverse
from django.utils.safestring import SafeString, mark_safe

from ceyuan.office.entitlement_lists import years
from ceyuan.office.entitlements import STATES, unclaimed
from ceyuan.office.money_told import is_synthetic
from ceyuan.office.pools import pools
from ceyuan.office.runs import listed
from ceyuan.office.work_list import todo
from ceyuan.web.asking import asks, may, office, reading
from ceyuan.web.charts import (
    EN,
    ZH,
    About,
    Point,
    Series,
    decimals,
    money,
    stacked_chart,
)
from ceyuan.web.pages.work_desk import (
    allowed,
    amount,
    column_money,
    days_since,
    desk,
    given,
    number,
    policy_name,
)
from ceyuan.web.showing import money_text, today
from ceyuan.web.words import word

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.pools import PoolTold
    from ceyuan.office.work_list import Todo

RUNS = 5
PLACES = {
    # where each kind of work is done: a page, and what its list is asked
    "objections": ("work_entitlements", "state=noticed&objection=1"),
    "approvals": ("work_approve", ""),
    "claims": ("work_claims", "state=open"),
    "requests": ("work_requests", "state=open"),
    "payments": ("work_entitlements", "state=payable"),
    "failed_payments": ("work_entitlements", "state=failed"),
    "windows": ("work_entitlements", "window=today"),
    "failed_jobs": ("work_jobs", "state=failed"),
    "disagreements": ("work_disagreements", ""),
    "parameters": ("work_parameters", ""),
}
PARTS = (
    # what stands together in the chart: id of the words, states
    ("part_paid", ("paid",)),
    ("part_way", ("payable", "sent", "failed")),
    ("part_noticed", ("noticed",)),
)


@asks("overview", "see")
def work(request: HttpRequest) -> HttpResponse:
    """Show what waits, then the year."""
    memory, day = office(request), today()
    with reading(request) as conn:
        waits = todo(
            memory,
            conn,
            day,
            lambda kind, act: may(request, kind, act),
            jobs=allowed(request, "job", "list"),
        )
        known = years(conn)
        year = number(given(request, "year"), known[0] if known else day.year)
        money_of = pools(memory, conn, year)
        left = unclaimed(conn, year)
        synthetic = is_synthetic(conn)
    return desk(request, "work/work.html", {
        "waits": [_todo(one) for one in waits if one.count],
        "quiet": [one for one in waits if not one.count],
        "year": year,
        "years": known,
        "pools": [_pool(request, one) for one in money_of],
        "states": STATES,
        "left": left,
        "chart": _chart(request, money_of, year),
        "runs": listed(memory)[:RUNS],
        "may_list": may(request, "entitlement", "list"),
        "may_see_run": may(request, "run", "see"),
        "synthetic": synthetic,
    })  # fmt: skip


def _todo(one: Todo) -> dict[str, Any]:
    page, query = PLACES[one.id]
    to = reverse(page)
    days = days_since(one.oldest)
    return {
        "id": one.id,
        "words": f"work.todo_{one.id}",
        "help": f"work.todo_{one.id}_help",
        "count": one.count,
        "days": days,
        "since": one.oldest,
        "fen": one.fen,
        "to": f"{to}?{query}" if query else to,
        "elsewhere": _elsewhere(one.id),
    }


def _elsewhere(name: str) -> str:
    """Return the page of the treasury where payments are made; empty: there is none."""
    if name not in ("payments", "failed_payments"):
        return ""
    try:
        return reverse("money_payments")
    except NoReverseMatch:
        return ""


def _pool(request: HttpRequest, one: PoolTold) -> dict[str, Any]:
    total = sum(part[2] for part in one.states.values())
    return {
        "told": one,
        "name": policy_name(request, one.policy),
        "counts": [(state, one.states.get(state, (0, 0, 0))[0]) for state in STATES],
        "due": amount(request, total, one.commodity),
        "has_pool": bool(one.account),
        **{
            name: column_money(request, getattr(one, name))
            for name in ("budget", "committed", "payable", "paid", "available")
        },
    }


def _chart(request: HttpRequest, found: list[PoolTold], year: int) -> SafeString | None:
    """Return the year's entitlements in money, by policy and how far they are."""
    some = [one for one in found if one.commodity == "CNY" and one.states]
    if not some:
        return None
    locale, is_english = request.locale, request.locale == "en"

    def fen(one: PoolTold, states: tuple[str, ...]) -> int:
        return sum(one.states[s][2] for s in states if s in one.states)

    series = [
        Series(
            word(f"work.{words}", locale),
            tuple(
                Point(policy_name(request, one.policy), fen(one, states))
                for one in some
            ),
        )
        for words, states in PARTS
    ]
    whole = {one.policy: sum(fen(one, states) for _, states in PARTS) for one in some}
    most = max(whole, key=lambda policy: whole[policy])
    finding = word(
        "work.chart_finding",
        locale,
        total=money_text(sum(whole.values()), locale),
        paid=money_text(sum(fen(one, ("paid",)) for one in some), locale),
        most=policy_name(request, most),
        most_amount=money_text(whole[most], locale),
    )
    name = word("work.chart_measure", locale)
    measure = (
        decimals(name, "CNY million", scale=10**8, places=2)
        if is_english
        else money(name, "万元")
    )
    about = About(
        id="year",
        title=word("work.chart_title", locale, year=year),
        finding=finding,
        over=word("work.policy", locale),
        words=EN if is_english else ZH,
    )
    return mark_safe(stacked_chart(series, about=about, measure=measure))  # noqa: S308 - escaped by the chart


urls = [path("work", work, name="work")]
