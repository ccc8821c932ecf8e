# SPDX-License-Identifier: Apache-2.0
"""The versions of a policy, and what two of them say differently."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import path

from ceyuan.office.policy_changes import Line, dated, redline, versions
from ceyuan.office.policy_parameters import office_values
from ceyuan.office.policy_told import shown_day
from ceyuan.office.settings import settings_in_force
from ceyuan.web.asking import asks, office, reading
from ceyuan.web.pages.policies import frame_of, rule_or_404
from ceyuan.web.showing import today

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest, HttpResponse

    from ceyuan.declarations import Rule
    from ceyuan.declarations.policy import Article

PARTS = (
    "summary", "validity", "documents", "scope", "clauses", "together", "amount",
    "figures", "parameters",
)  # fmt: skip


@asks("policy", "see")
def policy_versions(request: HttpRequest, name: str) -> HttpResponse:
    """Show the versions of a policy, and two of them set against each other."""
    region, rule = office(request).region, rule_or_404(request, name)
    every = versions(region, rule)
    one, other = _compared(request, every, rule)
    with reading(request) as conn:
        said = settings_in_force(conn, other[1])
    settings = {r.id: office_values(region, r, said) for r in every}
    lines = redline(region, one, other, settings=settings, locale=request.locale)
    days = sorted((d for r in every for d in dated(r)), key=lambda d: (d.day, d.policy))
    return render(request, "policies/versions.html", {
        **frame_of(request, rule, "versions"),
        "versions": every,
        "beside": _beside(every),
        "days": days,
        "old": one,
        "new": other,
        "parts": _by_part(lines),
        "changed": sum(line.state != "same" for line in lines),
        "same": sum(line.state == "same" for line in lines),
        "today": today(),
        "asked": "old" in request.GET or "new" in request.GET,
    })  # fmt: skip


def _beside(every: Sequence[Rule]) -> dict[str, tuple[Article, date]]:
    """Return the versions that hold for a while beside the one they replace.

    Each with the article that says so and the last day of the one before.
    """
    found = {}
    for before, after in pairwise(every):
        said, end = after.said.replaces, before.said.validity.until
        if said is not None and said.beside is not None and end is not None:
            found[after.id] = (after.said.articles[said.beside], end)
    return found


def _by_part(lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    found = [(part, [one for one in lines if one.part == part]) for part in PARTS]
    return [
        (part, some) for part, some in found if any(one.state != "same" for one in some)
    ]


def _compared(
    request: HttpRequest, every: Sequence[Rule], rule: Rule
) -> tuple[tuple[Rule, date], tuple[Rule, date]]:
    """Return what is set against what: as asked, else this version and the one before.

    A policy with one version is set against itself, before and after its last change.
    """
    at = every.index(rule)
    now = (rule, shown_day(rule, today()))
    if at > 0:
        before = every[at - 1]
        first = (before, shown_day(before, today()))
        if rule.said.validity.from_ <= today():
            first = (before, min(first[1], before.said.validity.until or first[1]))
    else:
        changes = [d.day for d in dated(rule) if d.what in ("parameter", "clause")]
        past = [d for d in changes if rule.said.validity.from_ < d <= now[1]]
        day = date.fromordinal(past[-1].toordinal() - 1) if past else now[1]
        first = (rule, day)
    known = {one.id: one for one in every}
    return _asked(request, "old", known, first), _asked(request, "new", known, now)


def _asked(
    request: HttpRequest,
    which: str,
    known: Mapping[str, Rule],
    default: tuple[Rule, date],
) -> tuple[Rule, date]:
    rule = known.get(request.GET.get(which, ""), default[0])
    try:
        day = date.fromisoformat(request.GET.get(f"{which}_on", ""))
    except ValueError:
        day = default[1] if rule is default[0] else shown_day(rule, today())
    return rule, shown_day(rule, day)


urls = [
    path("policies/<str:name>/versions", policy_versions, name="policy_versions"),
]
