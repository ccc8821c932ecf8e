# SPDX-License-Identifier: Apache-2.0
"""J2: one firm of a batch, its reasons and what is missing; and all of them to print."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.urls import path

from ceyuan.office.cards_told import CardTold, card_told
from ceyuan.office.groups import GROUPS, OUTSIDE, grouped
from ceyuan.office.parks import result_of
from ceyuan.office.parks_checked import checked
from ceyuan.web.asking import asks, office
from ceyuan.web.opened import memory
from ceyuan.web.pages.park import batch_or_404

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.checkup import Checkup
    from ceyuan.office.parks import ParkBatch

SHEETS_SHOWN = 50
"""So many firms on one page to print: a browser lays them out in seconds."""


@lru_cache(maxsize=4)
def _checkup(name: str, as_of: str) -> Checkup:
    """Return a batch's sheet, read; firms are decided when somebody opens one."""
    from ceyuan.office.parks import batch_of

    del as_of
    office_ = memory()
    with office_.transaction() as conn:
        batch = batch_of(conn, name)
    return checked(office_, batch, only="\0")[0]


def cards_of(
    batch: ParkBatch, at: int, locale: str
) -> tuple[Checkup, list[tuple[Any, list[CardTold]]]]:
    """Return the cards of one firm by group.

    Raises:
        Http404: The sheet has no such row.
    """
    from ceyuan.office.checkup import check_firm

    checkup = _checkup(batch.id, batch.as_of.isoformat())
    if not 0 <= at < len(checkup.firms):
        raise Http404
    firm = checkup.firms[at]
    if not firm.decisions:
        check_firm(
            firm,
            checkup.rules,
            checkup.region,
            as_of=checkup.as_of,
            settings=checkup.settings,
        )
    known: dict[Any, Any] = {}
    found = []
    for group, rules in grouped(firm, checkup.rules).items():
        if group is OUTSIDE or not rules:
            continue
        found.append(
            (
                group,
                [
                    card_told(
                        checkup.region,
                        rule,
                        firm,
                        group,
                        as_of=checkup.as_of,
                        locale=locale,
                        settings=checkup.settings.get(rule.id),
                        table=checkup.table,
                        index=at,
                        known=known,
                    )
                    for rule in rules
                ],
            )
        )
    return checkup, found


@asks("park_batch", "list")
def firm(request: HttpRequest, name: str, at: int) -> HttpResponse:
    """Show one firm of a batch: where each policy stands, and why."""
    batch = batch_or_404(request, name)
    shown = result_of(office(request), batch)
    checkup, cards = cards_of(batch, at, request.locale)
    outside = [
        rule.said for rule in grouped(checkup.firms[at], checkup.rules).get(OUTSIDE, [])
    ]
    return render(request, "park/firm.html", {
        "batch": batch,
        "shown": shown["firms"][at],
        "problems": [p for p in shown["problems"] if p["row"] == shown["firms"][at]["row"]],
        "firm": checkup.firms[at],
        "cards": cards,
        "outside": outside,
        "checkup": checkup,
        "before": at - 1 if at else None,
        "after": at + 1 if at + 1 < len(checkup.firms) else None,
    })  # fmt: skip


@asks("park_batch", "list")
def sheets(request: HttpRequest, name: str) -> HttpResponse:
    """Show one page per firm, to print, some at a time."""
    batch = batch_or_404(request, name, "export")
    shown = result_of(office(request), batch)
    given = request.GET.get("from", "0")
    start = int(given) if given.isdecimal() and len(given) < 8 else 0
    firms = shown["firms"][start : start + SHEETS_SHOWN]
    pages = [(one, cards_of(batch, one["at"], request.locale)[1]) for one in firms]
    return render(request, "park/sheets.html", {
        "batch": batch,
        "pages": pages,
        "groups": GROUPS,
        "start": start,
        "end": start + len(firms),
        "whole": len(shown["firms"]),
        "next": start + SHEETS_SHOWN if start + SHEETS_SHOWN < len(shown["firms"]) else None,
        "prev": max(0, start - SHEETS_SHOWN) if start else None,
    })  # fmt: skip


urls = [
    path("park/<str:name>/firms/<int:at>", firm, name="park_firm"),
    path("park/<str:name>/sheets", sheets, name="park_sheets"),
]
