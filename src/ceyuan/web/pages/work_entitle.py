# SPDX-License-Identifier: Apache-2.0
"""Entitlements at the desk: looked for, and approved together.

Who decided does not approve, and neither of the two pays: a page says so before
anybody tries, and the verbs see to it whatever a page says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.urls import path, reverse

from ceyuan.office.entitlement_acts import approval, approve_seen
from ceyuan.office.entitlement_lists import WINDOWS, Wanted, look, policies, years
from ceyuan.office.entitlements import STATES
from ceyuan.office.overtaken import Overtaken
from ceyuan.web.asking import asks, may, office, once, reading
from ceyuan.web.forms import PageForm
from ceyuan.web.pages.work_desk import (
    PER,
    allowed,
    amount,
    amounts,
    desk,
    given,
    number,
    paged,
    policy_name,
)
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import html_word, later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.entitlements import Entitlement

SHOWN = 200


class ApproveForm(PageForm):
    """What was shown, and a remark."""

    digest = forms.CharField(widget=forms.HiddenInput)
    policy = forms.CharField(widget=forms.HiddenInput, required=False)
    year = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label=later("work.reason"),
        help_text=later("work.approve_reason_help"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2_000,
    )


@asks("entitlement", "list")
def entitlements(request: HttpRequest) -> HttpResponse:
    """List entitlements, filtered; the filter stands in the address."""
    window, state = given(request, "window"), given(request, "state")
    wanted = Wanted(
        policy=given(request, "policy"),
        state=state if state in STATES else "",
        year=number(given(request, "year")),
        objection=given(request, "objection") == "1",
        window=window if window in WINDOWS else "",
        words=given(request, "q"),
    )
    where, values = allowed(request, "entitlement", "list")
    day = today()
    with reading(request) as conn:
        count = look(conn, wanted, on=day, where=where, given=values, per=0).count
        at = paged(request, count, PER)
        found = look(
            conn, wanted, on=day, where=where, given=values, page=at.page, per=at.per
        )
        known, named_here = years(conn), policies(conn)
    return desk(request, "work/entitlements.html", {
        "rows": rows_of(request, found.some),
        "found": found,
        "sums": [amount(request, n, c) for c, n in found.sums.items()],
        "at": at,
        "wanted": wanted,
        "states": STATES,
        "windows": WINDOWS,
        "years": known,
        "policies": [(p, policy_name(request, p)) for p in named_here],
        "today": day,
        "may_run": may(request, "entitlement", "run"),
        "may_approve": may(request, "entitlement", "approve"),
        "synthetic": any(one.synthetic for one in found.some),
    })  # fmt: skip


def rows_of(request: HttpRequest, some: Sequence[Entitlement]) -> list[dict[str, Any]]:
    """Return entitlements ready for a table; of money the unit is in the heading."""
    said = amounts(request, (one.commodity for one in some))
    return [
        {
            **row(request, one),
            "head": said.head,
            "amount": said.cell(one.amount, one.commodity),
        }
        for one in some
    ]


def row(request: HttpRequest, one: Entitlement) -> dict[str, Any]:
    """Return an entitlement with all that it is called."""
    return {
        "one": one,
        "policy": policy_name(request, one.policy),
        "amount": amount(request, one.amount, one.commodity),
        "state": STATES[one.state][request.locale == "en"],
    }


@asks("entitlement", "approve")
def approve_page(request: HttpRequest) -> HttpResponse:
    """Show what would be approved, what waits and why; approve what was shown."""
    form, told, status = ApproveForm.of(request), None, 200
    if request.method == "POST":
        if form.is_valid():
            try:
                return once(request, lambda: _approve(request, form))
            except Overtaken as error:
                told, status = error, 409
        else:
            status = 422
    policy = given(request, "policy") or (form["policy"].value() or "")
    year = number(str(given(request, "year") or form["year"].value() or ""))
    with reading(request) as conn:
        now = approval(conn, office(request), on=today(), policy=policy, year=year)
        known, named_here = years(conn), policies(conn)
    return desk(request, "work/approve.html", {
        "form": form,
        "told": told,
        "digest": now.digest,
        "now": now,
        "sums": _sums(request, now.ready),
        "ready": rows_of(request, now.ready[:SHOWN]),
        "waits": [
            ("open", rows_of(request, now.open[:SHOWN]), len(now.open)),
            (
                "objected",
                rows_of(request, now.objected[:SHOWN]),
                len(now.objected),
            ),
            ("mine", rows_of(request, now.mine[:SHOWN]), len(now.mine)),
        ],
        "more": max(0, len(now.ready) - SHOWN),
        "policy": policy,
        "year": year,
        "policies": [(p, policy_name(request, p)) for p in named_here],
        "years": known,
        "synthetic": any(
            one.synthetic
            for some in (now.ready, now.open, now.objected, now.mine)
            for one in some
        ),
    }, status)  # fmt: skip


def _sums(request: HttpRequest, some: tuple[Entitlement, ...]) -> list[dict[str, Any]]:
    """Return, per policy, how many and how much."""
    found: dict[tuple[str, str], list[int]] = {}
    for one in some:
        count = found.setdefault((one.policy, one.commodity), [0, 0])
        count[0] += 1
        count[1] += one.amount
    return [
        {
            "name": policy_name(request, policy),
            "count": count,
            "amount": amount(request, total, commodity),
        }
        for (policy, commodity), (count, total) in found.items()
    ]


def _approve(request: HttpRequest, form: PageForm) -> str:
    said = form.cleaned_data
    made = approve_seen(
        office(request),
        on=today(),
        digest=said["digest"],
        policy=said["policy"],
        year=said["year"] or 0,
        reason=said["reason"],
    )
    told = html_word(
        "work.approved_now",
        request.locale,
        payable=len(made.payable),
        arrived=len(made.arrived),
    )
    messages.success(request, told)
    for problem in made.problems:
        messages.warning(request, fault_html(problem))
    return reverse("work_approve")


urls = [
    path("work/entitlements", entitlements, name="work_entitlements"),
    path("work/entitlements/approve", approve_page, name="work_approve"),
]
