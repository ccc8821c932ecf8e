# SPDX-License-Identifier: Apache-2.0
"""The policy library: searched and filtered, taken away as a table; one policy told."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import FileResponse, Http404
from django.shortcuts import render
from django.urls import path
from django.views.decorators.vary import vary_on_headers

from ceyuan.office.csv_out import csv_file
from ceyuan.office.groups import BASES
from ceyuan.office.overview import overview
from ceyuan.office.policy_life import STAGES, consultation, drafts, is_draft
from ceyuan.office.policy_list import (
    KINDS,
    SORTS,
    SUBJECTS,
    Search,
    choices,
    levels,
    one_listed,
    policies,
    table_rows,
)
from ceyuan.office.policy_parameters import office_values, parameters
from ceyuan.office.policy_texts import official_texts, places
from ceyuan.office.policy_told import SURE, shown_day, tell
from ceyuan.office.policy_words import policy_words
from ceyuan.office.settings import all_settings, settings_in_force
from ceyuan.office.stacking import OWNER, RULES, load_stacking
from ceyuan.web.asking import asks, is_part, may, office, reading
from ceyuan.web.pages.home import MOST_SIGNS, OUTCOMES
from ceyuan.web.showing import today

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.declarations import Rule
    from ceyuan.office.policy_life import Draft

GRANTS = {
    "threshold_grant": ("达标即享", "granted on reaching the line"),
    "auto_grant": ("免申即享", "granted without application"),
}


def asked_day(request: HttpRequest, name: str = "on") -> date:
    """Return the day that was asked for; today for what is no day."""
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return today()


def _search(request: HttpRequest) -> Search:
    said = {
        name: request.GET.get(name, "") for name in ("kind", "subject", "level", "sure")
    }
    sort = request.GET.get("sort", "")
    return Search(
        words=request.GET.get("q", "").strip()[:MOST_SIGNS],
        only_in_force=request.GET.get("in_force") == "1",
        sort=sort if sort in SORTS else SORTS[0],
        **said,
    )


@asks("policy", "list")
@vary_on_headers("HX-Request")
def library(request: HttpRequest) -> HttpResponse:
    """Show the policies that are looked for."""
    search, on = _search(request), asked_day(request)
    region = office(request).region
    found = policies(region, search, on)
    query = urlencode({k: v for k, v in request.GET.items() if v})
    shown = overview(office(request), today())
    speaking = _speaking(shown.stages, today())
    said = {
        "search": search,
        "on": on,
        "found": found,
        "whole": len(region.rules),
        "query": query,
        "levels": levels(region.id),
        "kinds": KINDS,
        "subjects": SUBJECTS,
        "sures": SURE,
        "speaking": speaking,
        "part": part(request, search, on, query, sorted(speaking)),
    }
    if is_part(request):
        return render(request, "policies/list.html", said)
    seen = [d for d in shown.drafts.values() if may_see(request, d)]
    return render(request, "policies/library.html", {
        **said,
        "choices": choices(region),
        "sorts": SORTS,
        "drafts": seen,
        "stages": STAGES,
        "may_begin": may(request, "policy_stage", "set"),
    })  # fmt: skip


def part(request: HttpRequest, *of: object) -> str:
    """Return the name under which a part of a page is kept: all that it hangs on.

    Such a part says the same to everybody; what somebody alone may see is not in it.
    """
    digest = office(request).declared.digest
    said = repr((request.locale, today(), digest, *of))
    return hashlib.sha256(said.encode()).hexdigest()


def _speaking(every: Any, on: date) -> set[str]:
    """Return the policies of which a consultation is open."""
    return {p for p, some in every.items() if consultation(some, on) is not None}


def may_see(request: HttpRequest, draft: Draft) -> bool:
    """Return whether who asks may know of a draft: all may, from its consultation on."""
    return draft.is_public or may(request, "policy_stage", "set")


@asks("policy", "export")
def export(request: HttpRequest) -> FileResponse:
    """Give the policies that are looked for as a table."""
    region, on = office(request).region, asked_day(request)
    found = policies(region, _search(request), on)
    headings, rows = table_rows(found, levels(region.id), request.locale)
    name = f"policies-{on.isoformat()}.csv"
    return FileResponse(
        csv_file(headings, rows),
        as_attachment=True,
        filename=name,
        content_type="text/csv; charset=utf-8",
    )


def rule_or_404(request: HttpRequest, name: str) -> Rule:
    """Return an encoded policy."""
    found = office(request).region.rules.get(name)
    if found is None:
        raise Http404
    return found


def draft_or_404(request: HttpRequest, name: str) -> Draft:
    """Return a draft, for whom it is there."""
    if not is_draft(name):
        raise Http404
    with reading(request) as conn:
        found = drafts(conn, office(request).region).get(name)
    if found is None or not may_see(request, found):
        raise Http404
    return found


def frame_of(request: HttpRequest, rule: Rule, tab: str) -> dict[str, Any]:
    """Return what stands on every page of a policy."""
    on = today()
    shown = overview(office(request), on)
    some = shown.stages.get(rule.id, ())
    return {
        "rule": rule,
        "one": one_listed(rule, on),
        "tab": tab,
        "levels": levels(office(request).region.id),
        "kinds": KINDS,
        "subjects": SUBJECTS,
        "sures": SURE,
        "consultation": consultation(some, on),
        "is_repealed": any(s.stage == "repealed" and s.since <= on for s in some),
    }


@asks("policy", "see")
def policy(request: HttpRequest, name: str) -> HttpResponse:
    """Show one policy: who qualifies, article by article, and what is due."""
    if name not in office(request).region.rules:
        from ceyuan.web.pages.policy_life import draft_page

        return draft_page(request, draft_or_404(request, name))
    memory, rule = office(request), rule_or_404(request, name)
    day = shown_day(rule, asked_day(request))
    with reading(request) as conn:
        in_force = settings_in_force(conn, day)
        texts = official_texts(conn, name)
    told = tell(
        memory.region,
        rule,
        day=day,
        settings=office_values(memory.region, rule, in_force),
        locale=request.locale,
    )
    shown = overview(memory, today())
    run = shown.run
    counted = None if run is None else (run.id, shown.outcomes.get(name))
    return render(request, "policies/policy.html", {
        "part": part(request, name, day, sorted(in_force.items()), texts, counted),
        **frame_of(request, rule, "conditions"),
        "told": told,
        "day": day,
        "texts": texts,
        "places": (spots := places(rule)),
        "loaded": sum(one.id in texts for one in spots),
        "basis": BASES.get(told.basis),
        "grants": [
            (one.said, GRANTS[one.said.entitlement.mode])
            for one in memory.declared.instruments.entitled_by(name)
            if one.said.entitlement is not None
        ],
        "stacking": [
            (group, RULES.get(in_force.get(f"{OWNER}.{key}") or group.rule or ""),
             [memory.region.rules[p] for p in group.policies if p != name])
            for key, group in load_stacking(memory.region.id).items()
            if name in group.policies
        ],
        "run": run if run is not None and name in run.counts else None,
        "counted": 0 if run is None else run.subjects.get(rule.said.subject, 0),
        "outcomes": [
            (look, shown.outcomes[name][outcome])
            for outcome, look in OUTCOMES.items()
            if outcome in shown.outcomes.get(name, {})
        ],
        "synthetic": shown.synthetic and run is not None and name in run.counts,
    })  # fmt: skip


@asks("policy", "see")
def policy_parameters(request: HttpRequest, name: str) -> HttpResponse:
    """Show the parameters of a policy with their days, and what is not set."""
    memory, rule = office(request), rule_or_404(request, name)
    day = shown_day(rule, asked_day(request))
    with reading(request) as conn:
        every = all_settings(conn)
    words = policy_words(memory.region, rule, day, locale=request.locale)
    told = parameters(words, day, every)
    return render(request, "policies/parameters.html", {
        **frame_of(request, rule, "parameters"),
        "parameters": told,
        "unset": [one for one in told if not one.is_set],
        "day": day,
        "may_set": may(request, "parameter", "set"),
    })  # fmt: skip


urls = [
    path("policies", library, name="policies"),
    path("policies.csv", export, name="policies_export"),
    path("policies/<str:name>", policy, name="policy"),
    path("policies/<str:name>/parameters", policy_parameters, name="policy_parameters"),
]
