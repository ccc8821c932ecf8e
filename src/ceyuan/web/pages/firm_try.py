# SPDX-License-Identifier: Apache-2.0
"""J1: values tried out, every policy before and after; nothing is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import path

from ceyuan.office.firm_groups import ARRIVED_OR_ON_ITS_WAY
from ceyuan.office.firm_sheet_values import key_text
from ceyuan.office.firm_trying import try_out
from ceyuan.office.firm_unmoved import unmoved
from ceyuan.office.firm_words import totals
from ceyuan.policies import fact_name
from ceyuan.web.asking import caller, is_part, to_login
from ceyuan.web.pages.firm import Asked, firm_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.firm_standing import Item
    from ceyuan.office.firm_words import Sum


def trying(request: HttpRequest, code: str = "") -> HttpResponse:
    """Change values and see every policy turn; the values stand in the address."""
    if not caller(request).name:
        return to_login(request)
    asked = firm_of(request, code, "try")
    sets = [one.strip() for one in request.GET.getlist("set") if one.strip()]
    fact, value = (
        request.GET.get("fact", "").strip(),
        request.GET.get("value", "").strip(),
    )
    if fact and value:
        kept = [one for one in sets if one.partition("=")[0] != fact]
        query = urlencode([("set", one) for one in [*kept, f"{fact}={value}"]])
        return redirect(f"{request.path}?{query}")
    tried = try_out(asked.sheet, asked.region, sets[:20], locale=request.locale)
    template = "firm/tried.html" if is_part(request) else "firm/try.html"
    beside = _beside(asked, request.locale)
    return render(request, template, {
        "asked": asked,
        "beside": beside,
        "beside_names": ", ".join(item.title for item in beside)
        if request.locale == "en"
        else "、".join(item.title for item in beside),
        "before": with_beside(tried.before, beside, request.locale),
        "after": with_beside(tried.after, beside, request.locale),
        "unmoved": unmoved(
            asked.sheet, asked.region, tried, locale=request.locale
        ),
        "sheet": asked.sheet,
        "tried": tried,
        "sets": sets[:20],
        "without": [(one, urlencode([("set", s) for s in sets if s != one])) for one in sets],
        "facts": _changeable(request, asked),
        "fact": fact,
        "synthetic": asked.sheet.synthetic,
    })  # fmt: skip


def _beside(asked: Asked, locale: str) -> list[Item]:
    """Return what the firm has that hangs on a loan or an order and not on itself."""
    told = asked.standing(locale)
    return [
        item
        for item in told.items
        if item.policy not in asked.sheet.policies
        and item.amount is not None
        and item.group == ARRIVED_OR_ON_ITS_WAY
    ]


def with_beside(
    sums: Sequence[Sum], beside: Sequence[Item], locale: str
) -> tuple[Sum, ...]:
    """Return sums with what no value of the firm changes, as the front page adds them."""
    added = totals([*sums, *(item.amount for item in beside)], locale)
    return tuple(one for one in added if one.fen)


def _changeable(request: HttpRequest, asked: Asked) -> list[tuple[str, str]]:
    """Return what can be tried: fact and year as they are typed, and their names."""
    facts = asked.region.facts
    keys = {key for key in asked.sheet.facts.values if key[0] in facts}
    keys |= {key for key in asked.sheet.missing if key[0] in facts}
    keys = {k for k in keys if k[1] is None or k[1] >= asked.sheet.year - 1}
    found = [
        (key_text(key), fact_name(facts, key, locale=request.locale))
        for key in keys
        if facts[key[0]].kind in ("number", "flag", "date", "code", "codes")
    ]
    return sorted(found, key=lambda pair: pair[1])


urls = [
    path("me/try", trying, name="me_try"),
    path("firms/<str:code>/try", trying, name="firm_try"),
]
