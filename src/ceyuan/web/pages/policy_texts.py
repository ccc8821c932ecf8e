# SPDX-License-Identifier: Apache-2.0
"""The official words of a policy: shown to everybody, loaded by officers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import render
from django.urls import path, reverse

from ceyuan.kernel import UsageError
from ceyuan.office.policy_texts import (
    MOST_SOURCE,
    MOST_TEXT,
    load_texts,
    official_texts,
    places,
    taken_apart,
)
from ceyuan.web.asking import asks, may, office, once, reading, see
from ceyuan.web.pages.policies import draft_or_404, frame_of
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse


@asks("policy_text", "see")
def policy_texts(request: HttpRequest, name: str) -> HttpResponse:
    """Show the official words of a policy; take them from an officer."""
    rule = office(request).region.rules.get(name)
    draft = None if rule is not None else draft_or_404(request, name)
    typed = dict.fromkeys(("whole", "source", "document", "number"), "")
    bodies: dict[str, str] = {}
    problem = ""
    if request.method == "POST":
        see(request, "policy_text", "load")
        typed |= {key: request.POST.get(key, "").strip() for key in typed}
        if "apart" in request.POST and rule is not None:
            bodies = taken_apart(rule, typed["document"], typed["whole"])
            problem = "" if bodies else word("policies.apart_none", request.locale)
        else:
            bodies = _bodies(request, typed["number"])
            try:
                return once(
                    request, lambda: _load(request, name, bodies, typed["source"])
                )
            except UsageError as error:
                problem = fault_html(error)
    with reading(request) as conn:
        texts = official_texts(conn, name)
    frame = frame_of(request, rule, "texts") if rule is not None else {
        "draft": draft, "tab": "texts"
    }  # fmt: skip
    return render(request, "policies/texts.html", {
        **frame,
        "name": name,
        "texts": texts,
        "places": [] if rule is None else [
            (one, rule.said.documents[one.document],
             [rule.said.articles[key] for key in one.articles])
            for one in places(rule)
        ],
        "bodies": bodies,
        "typed": typed,
        "problem": problem,
        "is_apart": "apart" in request.POST,
        "may_load": may(request, "policy_text", "load"),
        "most": MOST_TEXT,
        "most_source": MOST_SOURCE,
    }, status=422 if problem else 200)  # fmt: skip


def _bodies(request: HttpRequest, number: str) -> dict[str, str]:
    """Return the words of articles as they were typed."""
    found = {
        key.removeprefix("body:"): value
        for key, value in request.POST.items()
        if key.startswith("body:") and value.strip()
    }
    if number and request.POST.get("body", "").strip():
        found[number] = request.POST["body"]
    return found


def _load(
    request: HttpRequest, name: str, bodies: Mapping[str, str], source: str
) -> str:
    new = load_texts(office(request), name, bodies, source=source)
    told = word("policies.loaded_n", request.locale, n=len(new))
    messages.success(request, told)
    return reverse("policy_texts", args=[name])


urls = [
    path("policies/<str:name>/texts", policy_texts, name="policy_texts"),
]
