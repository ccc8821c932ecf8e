# SPDX-License-Identifier: Apache-2.0
"""The ladder of titles by year: who stands where, who climbed, who is one step away."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.urls import path
from django.utils.safestring import SafeString, mark_safe

from ceyuan.kernel import UNKNOWN
from ceyuan.office.climbed import STATES
from ceyuan.office.kept_answers import knowledge
from ceyuan.office.ladder_job import LADDER, NAMED
from ceyuan.web.asking import asks, may, office, reading
from ceyuan.web.charts import EN, ZH, About, Point, counts, ladder_chart
from ceyuan.web.pages.work_desk import (
    answer_kept,
    cut,
    desk,
    given,
    number,
    paged,
    policy_name,
)
from ceyuan.web.showing import today
from ceyuan.web.words import word

if TYPE_CHECKING:
    from django.http import HttpRequest

YEARS = 6


@asks("ladder", "see")
def ladder(request: HttpRequest) -> HttpResponse:
    """Show the ladder at the end of a year, against the year before."""
    memory, day = office(request), today()
    year = number(given(request, "year"), day.year - 1)
    if not day.year - YEARS < year <= day.year:
        raise Http404
    with reading(request) as conn:
        said = {
            "year": year,
            # A year that is over ends on its last day, whenever one looks.
            "day": min(day, date(year, 12, 31)).isoformat(),
            "known": knowledge(memory, conn),
        }
    same = {"year": year}
    job = answer_kept(request, LADDER, said, same, title="work.job_ladder")
    if isinstance(job, HttpResponse):
        return job
    made = job.result or {}
    policy, clause = given(request, "policy"), given(request, "clause")
    near = [
        {**one, "tier": way["tier"], "policy": way["policy"]}
        for way in made["ways"]
        for one in way["one_away"]["named"]
        if (not policy or way["policy"] == policy)
        and (not clause or one["clause"] == clause)
    ]
    at = paged(request, len(near))
    return desk(request, "work/ladder.html", {
        "made": made,
        "job": job,
        "is_old": job.said != said,
        "year": year,
        "years": range(day.year, day.year - YEARS, -1),
        "chart": _chart(request, made),
        "tiers": made["tiers"],
        "states": _moves(request, made),
        "ways": [_way(request, made, one) for one in made["ways"]],
        "near": [_near(request, one) for one in cut(near, at)],
        "named": NAMED,
        "at": at,
        "policy": policy,
        "clause": clause,
        "clause_words": _clause(request, policy, clause),
        "may_name": may(request, "firm", "list", owner="-"),
        "synthetic": made["synthetic"],
    })  # fmt: skip


def _tier(request: HttpRequest, made: dict[str, Any], state: str) -> str:
    """Return a state in words, as `climbed.state_text` does."""
    is_english = request.locale == "en"
    if state in STATES:
        return STATES[state][is_english]
    name = state.removesuffix("+")
    said = next(one for one in made["tiers"] if one["tier"] == name)
    tier = said["en"] if is_english else said["zh"]
    if not state.endswith("+"):
        return str(tier)
    return word("work.at_least", request.locale, tier=tier)


def _moves(request: HttpRequest, made: dict[str, Any]) -> dict[str, Any]:
    """Return the table of transitions: heads, and rows with their counts."""
    found = {(t["from"], t["to"]): t["firms"] for t in made["transitions"]}
    order = dict.fromkeys(
        ["none", "unknown"]
        + [s for t in made["tiers"] for s in (t["tier"], f"{t['tier']}+")]
        + ["not_yet", "gone"]
    )
    froms = [s for s in order if any(a == s for a, _ in found)]
    tos = [s for s in order if any(b == s for _, b in found)]
    return {
        "heads": [_tier(request, made, s) for s in tos],
        "rows": [
            (
                _tier(request, made, a),
                [(found.get((a, b), 0), order_of(order, a, b)) for b in tos],
            )
            for a in froms
        ],
    }


def order_of(order: dict[str, None], a: str, b: str) -> str:
    """Return whether a move leads up, down, or nowhere."""
    names = [s for s in order if s not in STATES or s == "none"]
    if a == b or a not in names or b not in names:
        return "same"
    return "up" if names.index(b) > names.index(a) else "down"


def _way(
    request: HttpRequest, made: dict[str, Any], one: dict[str, Any]
) -> dict[str, Any]:
    region, is_english = office(request).region, request.locale == "en"
    facts = []
    for name, count in _most_first(one["data_missing"]["facts"]):
        said = region.facts.get(name)
        shown = name if said is None else said.en if is_english else said.zh
        facts.append((shown, count))
    return {
        **one,
        "name": policy_name(request, one["policy"]),
        # One policy may lead to two tiers, and two policies bear one name.
        "tier_name": _tier(request, made, one["tier"]),
        "clauses": [
            (clause, _clause(request, one["policy"], clause), count)
            for clause, count in _most_first(one["one_away"]["clauses"])
        ],
        "facts": facts,
    }


def _most_first(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Return counts, the greatest first: a stored document keeps no order of keys."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _clause(request: HttpRequest, policy: str, clause: str) -> str:
    rule = office(request).region.rules.get(policy)
    if rule is None or clause not in rule.said.clauses:
        return ""
    said = rule.said.clauses[clause]
    return said.en if request.locale == "en" else said.zh


def _near(request: HttpRequest, one: dict[str, Any]) -> dict[str, Any]:
    return {
        **one,
        "name_of_policy": policy_name(request, one["policy"]),
        "words": _clause(request, one["policy"], one["clause"]),
    }


def _chart(request: HttpRequest, made: dict[str, Any]) -> SafeString:
    """Return the tiers, lowest first, with who moved from each to the next."""
    locale, is_english = request.locale, request.locale == "en"
    found = {(t["from"], t["to"]): t["firms"] for t in made["transitions"]}
    tiers = made["tiers"]
    levels = [
        Point(
            one["en"] if is_english else one["zh"],
            one["yes"] if one["yes"] or one["no"] else UNKNOWN,
            note=(one["reason"] or {}).get("en" if is_english else "zh", ""),
        )
        for one in tiers
    ]
    moves = [
        sum(
            found.get((f"{a['tier']}{x}", f"{b['tier']}{y}"), 0)
            for x in ("", "+")
            for y in ("", "+")
        )
        if b["yes"] or b["no"]
        else UNKNOWN
        for a, b in pairwise(tiers)
    ]
    top = max(tiers, key=lambda t: t["yes"])
    grown = max(tiers, key=lambda t: t["yes"] - t["before"]["yes"])
    more = grown["yes"] - grown["before"]["yes"]
    finding = word(
        "work.ladder_finding" if more > 0 else "work.ladder_flat",
        locale,
        firms=f"{made['firms']:,}",
        tier=top["en"] if is_english else top["zh"],
        n=f"{top['yes']:,}",
        grown=grown["en"] if is_english else grown["zh"],
        more=f"{more:,}",
    )
    about = About(
        id="ladder",
        title=word("work.ladder_chart", locale, day=made["as_of"]),
        finding=finding,
        over=word("work.tier", locale),
        note=word("work.ladder_note", locale),
        words=EN if is_english else ZH,
    )
    measure = counts(
        word("work.ladder_measure", locale), word("work.firms_unit", locale)
    )
    move = word("work.ladder_move", locale)
    drawn = ladder_chart(levels, moves, about=about, measure=measure, move_name=move)
    return mark_safe(drawn)  # noqa: S308 - escaped by the chart


urls = [path("work/ladder", ladder, name="work_ladder")]
