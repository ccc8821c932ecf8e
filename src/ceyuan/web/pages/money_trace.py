# SPDX-License-Identifier: Apache-2.0
"""J4: one yuan, followed to where it went or back to where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.urls import path, reverse

from ceyuan.kernel import UsageError
from ceyuan.ledger import follow, trace
from ceyuan.office.hands import hands_of
from ceyuan.office.money_followed import REST, route
from ceyuan.web.asking import asks
from ceyuan.web.charts import EN, ZH, About, Link, Node, Stage, flow_chart
from ceyuan.web.money_shown import MONEY, bare, frame_of, one_moment
from ceyuan.web.pages.money import measure_of
from ceyuan.web.pages.money_book import claim_link
from ceyuan.web.words import word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest, HttpResponse

    from ceyuan.ledger.reading import Step
    from ceyuan.office.hands import Hands
    from ceyuan.office.money_followed import Route
    from ceyuan.web.money_shown import Shown

LIMIT = 200
"""As many steps as `ceyuan ledger follow` tells."""


@asks("ledger", "follow")
def following(request: HttpRequest, name: str) -> HttpResponse:
    """Show where the money of an entry went, or where it came from."""
    is_back = request.GET.get("back") == "1"
    with one_moment(request) as conn:
        try:
            entry = trace(conn, name).entry
        except UsageError as error:
            raise Http404 from error
        steps = follow(conn, name, forward=not is_back, limit=LIMIT)
        frame = frame_of(request, conn, "journal", _paths(steps))
        hands = hands_of(conn, [step.entry.id for step in steps])
        return render(request, "money/follow.html", {
            **frame,
            "entry": entry,
            "back": is_back,
            "steps": _steps(steps, hands),
            "claims": _claims(hands, frame["book"]),
            "chart": _chart(route(steps, forward=not is_back), steps, frame["book"]),
            "bare": bare(step.entry.commodity for step in steps),
            "is_cut": len(steps) >= LIMIT,
        })  # fmt: skip


def _paths(steps: Sequence[Step]) -> set[str]:
    every = [one for step in steps for one in (step.entry, *step.beside)]
    return {path for one in every for path in (one.debit, one.credit)}


def _steps(steps: Sequence[Step], hands: Mapping[str, Hands]) -> list[dict[str, Any]]:
    return [
        {
            "step": step,
            "hands": hands.get(step.entry.id),
            "to": reverse("money_entry", args=[step.entry.id]),
        }
        for step in steps
    ]


def _claims(hands: Mapping[str, Hands], book: Shown) -> list[dict[str, str]]:
    """Return the entitlements that the money ends in, each once."""
    found: dict[str, dict[str, str]] = {}
    for one in hands.values():
        if one.entitlement:
            found[one.entitlement] = {
                "id": one.entitlement,
                "party": book.parties.get(one.party, one.party),
                "to": claim_link(one.entitlement),
                "decided": one.decided,
                "approved": one.approved,
                "paid": one.paid,
            }
    return list(found.values())


def _chart(found: Route, steps: Sequence[Step], book: Shown) -> str:
    """Return the route as a drawing; nothing where it counts no money."""
    if steps[0].entry.commodity != MONEY:
        return ""
    locale = book.locale
    at = {p: f"n{n}" for n, p in enumerate(p for c in found.columns for p in c)}

    def label(place: str) -> str:
        if place.startswith(REST):
            return word("money.others", locale, n=found.shared[place])
        return book.short(place)

    stages = [
        Stage(
            word("money.column", locale, n=number),
            tuple(Node(at[place], label(place)) for place in column),
        )
        for number, column in enumerate(found.columns, start=1)
    ]
    links = [Link(at[way.source], at[way.target], way.most) for way in found.ways]
    first = steps[0].entry
    about = About(
        id="route",
        title=word("money.route_title", locale),
        finding=word(
            "money.route_finding",
            locale,
            amount=book.amount(first.amount, first.commodity),
            n=len(steps),
        ),
        over=word("money.account", locale),
        note=word("money.route_left", locale, n=found.left_out)
        if found.left_out
        else "",
        words=EN if locale == "en" else ZH,
    )
    return str(flow_chart(stages, links, about=about, measure=measure_of(locale)))


urls = [path("money/follow/<path:name>", following, name="money_follow")]
