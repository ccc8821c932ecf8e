# SPDX-License-Identifier: Apache-2.0
"""J4: the audit trail: who did what, on whose behalf, why, and what it changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django import forms
from django.shortcuts import render
from django.urls import path

from ceyuan.office import audit_found as trail
from ceyuan.office.users import load_roles
from ceyuan.web.asking import asks, is_part, office
from ceyuan.web.audit_words import told
from ceyuan.web.money_shown import Shown, csv_answer, frame_of, one_moment
from ceyuan.web.pages.money_book import FindForm, day_input, place_of, query_of
from ceyuan.web.words import later, word

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGE = 50
HEADS = ("seq", "known_at", "person", "behalf", "verb", "object", "reason", "before",
         "after", "request")  # fmt: skip


class AuditForm(FindForm):
    """Which rows are looked for."""

    first = ("person", "verb", "about", "since", "until")

    person = forms.CharField(
        label=later("money.person"), required=False, max_length=100
    )
    verb = forms.CharField(
        label=later("money.verb"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"list": "verbs"}),
    )
    about = forms.CharField(label=later("money.object"), required=False, max_length=200)
    since = forms.DateField(
        label=later("money.since"), required=False, widget=day_input()
    )
    until = forms.DateField(
        label=later("money.until"), required=False, widget=day_input()
    )
    request = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput())

    @property
    def asked(self) -> trail.AuditAsked:
        """Return what is asked for, as far as it can be read."""
        self.is_valid()
        said = {name: value for name, value in self.cleaned_data.items() if value}
        return trail.AuditAsked(**said)


@asks("audit", "list")
def audit(request: HttpRequest) -> HttpResponse:
    """Show the trail, the newest first, as far as it is asked for."""
    form = AuditForm(request.GET)
    with one_moment(request) as conn:
        page = trail.find(
            conn,
            form.asked,
            before=place_of(request, "before"),
            after=place_of(request, "after"),
            limit=PAGE,
        )
        said = {
            **frame_of(request, conn, "audit"),
            "form": form,
            "page": page,
            "rows": told(Shown(office(request), request.locale), conn, page.rows),
            "verbs": load_roles(office(request).region.id).verbs,
            "query": query_of(request),
            "asked": form.asked,
            "may_audit": True,
        }
    part = is_part(request)
    template = "money/audit_found.html" if part else "money/audit.html"
    return render(request, template, said, status=422 if form.errors else 200)


@asks("audit", "export")
def audit_csv(request: HttpRequest) -> HttpResponse:
    """Give all rows that are asked for as a file."""
    heads = [word(f"money.csv_{name}", request.locale) for name in HEADS]
    with one_moment(request) as conn:
        rows = (
            [
                said["seq"], said["known_at"], said["actor"], said["behalf"],
                said["verb"], said["object"], said["reason"],
                _json(said["before"]), _json(said["after"]), said["request"],
            ]
            for said in trail.every(conn, AuditForm(request.GET).asked)
        )  # fmt: skip
        return csv_answer("audit.csv", heads, rows)


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


urls = [
    path("money/audit", audit, name="money_audit"),
    path("money/audit.csv", audit_csv, name="money_audit_csv"),
]
