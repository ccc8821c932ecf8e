# SPDX-License-Identifier: Apache-2.0
"""J2: one firm of a batch, its reasons and what is missing; and all of them to print."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.urls import path

from ceyuan.ledger.sealing import OFFICE_TIME
from ceyuan.office.cards_told import CardTold, card_told
from ceyuan.office.consents import consented
from ceyuan.office.groups import GROUPS, OUTSIDE, gives, group_by_outcome, grouped
from ceyuan.office.parks import result_of
from ceyuan.office.parks_checked import checked
from ceyuan.office.parks_filled import PURPOSE
from ceyuan.policies import OUTCOME_WORDS
from ceyuan.web.asking import asks, office
from ceyuan.web.opened import memory
from ceyuan.web.pages.park import alike, batch_or_404

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.declarations import Rule
    from ceyuan.office.checkup import Checkup
    from ceyuan.office.groups import Group
    from ceyuan.office.parks import ParkBatch

SHEETS_SHOWN = (20, 50)
"""So many firms on one page to print, to choose from; the first unless another is
asked for. Of more a browser takes long to lay them out."""


def _read(batch: ParkBatch) -> Checkup:
    """Return a batch's sheet, read; whose consent has ended is no longer filled in."""
    on = datetime.now(OFFICE_TIME).date()
    with memory().transaction() as conn:
        agreed = consented(conn, batch.organisation, PURPOSE, on)
    return _checkup(batch.id, agreed)


@lru_cache(maxsize=4)
def _checkup(name: str, agreed: frozenset[str]) -> Checkup:
    """Return a sheet as read with these consents; firms are decided when opened."""
    from ceyuan.office.parks import batch_of

    del agreed  # what the sheet is filled in with hangs on it
    office_ = memory()
    with office_.transaction() as conn:
        batch = batch_of(conn, name)
    return checked(office_, batch, only="\0")[0]


def cards_of(
    batch: ParkBatch, at: int, locale: str
) -> tuple[Checkup, list[tuple[Any, list[CardTold]]], list[CardTold]]:
    """Return the cards of one firm by group, and beside them those of definitions.

    Raises:
        Http404: The sheet has no such row.
    """
    from ceyuan.office.checkup import check_firm

    checkup = _read(batch)
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

    def card(rule: Rule, group: Group) -> CardTold:
        return card_told(
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

    found = [
        (group, [card(rule, group) for rule in rules])
        for group, rules in grouped(firm, filter(gives, checkup.rules)).items()
        if rules and group is not OUTSIDE
    ]
    definitions = []
    for rule in checkup.rules:
        group = group_by_outcome(firm, rule.id)
        if not gives(rule) and group is not OUTSIDE:
            # "Met" and not "entitled": it gives nothing, and there is no step to take.
            word = OUTCOME_WORDS[firm.decisions[rule.id].outcome][1 + (locale != "zh")]
            definitions.append(replace(card(rule, group), word=word, step=None))
    return checkup, found, definitions


@asks("park_batch", "list")
def firm(request: HttpRequest, name: str, at: int) -> HttpResponse:
    """Show one firm of a batch: where each policy stands, and why."""
    batch = batch_or_404(request, name)
    shown = result_of(office(request), batch)
    checkup, cards, definitions = cards_of(batch, at, request.locale)
    one = shown["firms"][at]
    outside = [
        rule.said for rule in grouped(checkup.firms[at], checkup.rules).get(OUTSIDE, [])
    ]
    return render(request, "park/firm.html", {
        "batch": batch,
        "shown": one,
        "problems": alike(
            [
                p
                for p in shown["problems"]
                if (p["sheet"], p["row"]) == (one["sheet"], one["row"])
            ],
            shown["sources"][0],
        ),
        "definitions": definitions,
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
    per = next(
        (n for n in SHEETS_SHOWN if str(n) == request.GET.get("n")), SHEETS_SHOWN[0]
    )
    firms = shown["firms"][start : start + per]
    pages = [(one, *cards_of(batch, one["at"], request.locale)[1:]) for one in firms]
    return render(request, "park/sheets.html", {
        "batch": batch,
        "pages": pages,
        "groups": GROUPS,
        "start": start,
        "end": start + len(firms),
        "whole": len(shown["firms"]),
        "next": start + per if start + per < len(shown["firms"]) else None,
        "prev": max(0, start - per) if start else None,
        "per": per,
        "sizes": SHEETS_SHOWN,
    })  # fmt: skip


urls = [
    path("park/<str:name>/firms/<int:at>", firm, name="park_firm"),
    path("park/<str:name>/sheets", sheets, name="park_sheets"),
]
