# SPDX-License-Identifier: Apache-2.0
"""The start page and where its numbers come from; large text, about, and health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from ceyuan.declarations.instrument import shown as in_commodity
from ceyuan.office.overview import overview
from ceyuan.office.policy_list import SUBJECTS, Search, policies
from ceyuan.office.public_firms import directory
from ceyuan.policies import OUTCOME_WORDS, Outcome
from ceyuan.web.asking import answer_json, asks, caller, is_part, may, office
from ceyuan.web.opened import memory
from ceyuan.web.showing import money_text, today

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.overview import OfPolicy

LEFT_OUT = "＊"
YEAR = 365 * 24 * 3600
MOST_SIGNS = 100
POLICIES_SHOWN = 8
DOORS = {
    "me": ("firm", "own"),
    "park": ("park_batch", "list"),
    "policies": ("policy", "list"),
    "receipt": ("receipt", "verify"),
}
OUTCOMES: dict[str, tuple[str, str, str, str]] = {
    # kind of the badge, mark, Chinese, English
    **{
        str(outcome): (kind, *OUTCOME_WORDS[outcome])
        for outcome, kind in (
            (Outcome.ELIGIBLE, "good"),
            (Outcome.INELIGIBLE, "bad"),
            (Outcome.UNKNOWN, "lacking"),
            (Outcome.REFER, "judged"),
            (Outcome.NOT_APPLICABLE, ""),
        )
    },
    "refused": ("bad", *OUTCOME_WORDS[None]),
}


@asks("headline", "see")
@vary_on_headers("HX-Request")
def home(request: HttpRequest) -> HttpResponse:
    """Show the start page; with words, the firms and policies that they mean."""
    words = request.GET.get("q", "").strip()[:MOST_SIGNS]
    said = {"words": words, **(_found(request, words) if words else {})}
    if is_part(request):
        return render(request, "home/found.html", said)
    shown = overview(office(request), today())
    said |= {"shown": shown, "doors": _doors(request), "synthetic": shown.synthetic}
    return render(request, "home/home.html", said)


def _found(request: HttpRequest, words: str) -> dict[str, Any]:
    on = today()
    firms = directory(office(request), on).find(words)
    found = policies(office(request).region, Search(words=words), on)
    return {
        "firms": firms,
        "policies": found[:POLICIES_SHOWN],
        "policies_total": len(found),
        "more_policies": max(0, len(found) - POLICIES_SHOWN),
        "synthetic": firms.synthetic,
    }


def _doors(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the ways in: id of the words, address; to the public all of them.

    Whoever is logged in sees those that are open to him.
    """
    found = []
    for name, asked in DOORS.items():
        if caller(request).name and not may(request, *asked):
            continue
        try:
            found.append((name, reverse(name)))
        except NoReverseMatch:
            continue
    return found


@asks("headline", "see")
def numbers(request: HttpRequest) -> HttpResponse:
    """Show where the headline numbers come from, policy by policy."""
    shown = overview(office(request), today())
    region = office(request).region
    return render(request, "home/numbers.html", {
        "shown": shown,
        "rules": region.rules,
        "outcomes": OUTCOMES,
        "claims": [_claim(request, one) for one in shown.by_policy],
        "subjects": SUBJECTS,
        "decided": [
            (kind, n, [p for p in shown.run.policies.get(kind, ()) if p in region.rules])
            for kind, n in shown.subjects.items()
            if shown.run is not None
        ],
        "synthetic": shown.synthetic,
    })  # fmt: skip


def _claim(request: HttpRequest, one: OfPolicy) -> dict[str, Any]:
    """Return the claims of a policy with their amounts in words."""
    commodity = office(request).declared.instruments.commodities.get(one.commodity)

    def said(amount: int | None) -> str:
        if amount is None:
            return LEFT_OUT
        if one.commodity == "CNY" or commodity is None:
            return money_text(amount, request.locale)
        return in_commodity(amount, commodity, locale=request.locale)

    return {
        "of": one,
        "commodity": None if one.commodity == "CNY" else commodity,
        "granted": said(one.granted.amount),
        "paid": said(one.paid.amount),
    }


def about(request: HttpRequest) -> HttpResponse:
    """Show what this is, and how it is reached by other means."""
    return render(request, "home/about.html", {"region": memory().region})


def safe_next(request: HttpRequest, given: str) -> str:
    """Return an address of ours; the start page for any other."""
    ours = url_has_allowed_host_and_scheme(
        given, {request.get_host()}, require_https=request.is_secure()
    )
    return given if ours else "/"


@require_POST
def large(request: HttpRequest) -> HttpResponse:
    """Turn large text on or off, and go back."""
    is_large = request.COOKIES.get("large") == "1"
    response = redirect(safe_next(request, request.POST.get("next", "/")))
    response.set_cookie(
        "large",
        "0" if is_large else "1",
        max_age=YEAR,
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    return response


def health(request: HttpRequest) -> HttpResponse:
    """Say whether the portal and its database answer; for whoever watches."""
    with memory().transaction() as conn:
        conn.execute("select 1")
    return answer_json({"status": "ok"})


urls = [
    path("", home, name="home"),
    path("numbers", numbers, name="numbers"),
    path("about", about, name="about"),
    path("large", large, name="large"),
    path("health", health, name="health"),
]
