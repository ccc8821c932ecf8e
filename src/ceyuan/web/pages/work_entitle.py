# SPDX-License-Identifier: Apache-2.0
"""Entitlements at the desk: looked for, approved together, brought about for a year.

Who decided does not approve, and neither of the two pays: a page says so before
anybody tries, and the verbs see to it whatever a page says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.urls import path, reverse

from ceyuan.kernel import NotAllowed
from ceyuan.office.entitle_job import ENTITLE
from ceyuan.office.entitlement_acts import approval, approve_seen
from ceyuan.office.entitlement_lists import WINDOWS, Wanted, look, policies, years
from ceyuan.office.entitlements import STATES
from ceyuan.office.jobs import enqueue
from ceyuan.office.overtaken import Overtaken
from ceyuan.office.runs import listed
from ceyuan.web.asking import asks, caller, may, office, once, reading, see
from ceyuan.web.forms import PageForm
from ceyuan.web.pages.work_desk import (
    PER,
    allowed,
    amount,
    amounts,
    desk,
    job_or_404,
    number,
    page_number,
    paged,
    policy_name,
    waiting,
)
from ceyuan.web.showing import today
from ceyuan.web.words import html_word, later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.entitlements import Entitlement
    from ceyuan.office.jobs import Job

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


class EntitleForm(PageForm):
    """Which year is brought about, of which policies, on which run."""

    year = forms.IntegerField(
        label=later("work.budget_year"),
        help_text=later("work.budget_year_help"),
        min_value=2000,
        max_value=2100,
    )
    run = forms.ChoiceField(
        label=later("work.on_run"), help_text=later("work.on_run_help")
    )
    policies = forms.MultipleChoiceField(
        label=later("work.which_policies"),
        help_text=later("work.which_policies_help"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    on = forms.DateField(
        label=later("work.noticed_on"),
        help_text=later("work.noticed_on_help"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(
        label=later("work.reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2_000,
    )

    def __init__(self, *args: Any, names: dict[str, Any], **options: Any) -> None:
        super().__init__(*args, **options)
        for field, choices in names.items():
            self.fields[field].choices = choices


@asks("entitlement", "list")
def entitlements(request: HttpRequest) -> HttpResponse:
    """List entitlements, filtered; the filter stands in the address."""
    given = request.GET
    window, state = given.get("window", ""), given.get("state", "")
    wanted = Wanted(
        policy=given.get("policy", ""),
        state=state if state in STATES else "",
        year=number(given.get("year", "")),
        objection=given.get("objection", "") == "1",
        window=window if window in WINDOWS else "",
        words=given.get("q", "").strip(),
    )
    where, values = allowed(request, "entitlement", "list")
    day = today()
    with reading(request) as conn:
        found = look(
            conn, wanted, on=day, where=where, given=values, page=page_number(request)
        )
        known, named_here = years(conn), policies(conn)
    return desk(request, "work/entitlements.html", {
        "rows": rows_of(request, found.some),
        "found": found,
        "sums": [amount(request, n, c) for c, n in found.sums.items()],
        "at": paged(request, found.count, PER),
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
    policy = request.GET.get("policy", "") or (form["policy"].value() or "")
    year = number(str(request.GET.get("year", "") or form["year"].value() or ""))
    with reading(request) as conn:
        now = approval(conn, caller(request).name, on=today(), policy=policy, year=year)
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
        messages.warning(request, f"{problem.message} {problem.mend}")
    return reverse("work_approve")


@asks("entitlement", "run")
def entitle_page(request: HttpRequest) -> HttpResponse:
    """Ask for a year's entitlements: first what would be written."""
    day = today()
    form = EntitleForm.of(
        request,
        initial={"year": day.year, "on": day.isoformat(), "run": "last"},
        names=_names(request),
    )
    if request.method == "POST" and form.is_valid():
        return once(request, lambda: _dry(request, form))
    return desk(
        request, "work/entitle.html", {"form": form}, 422 if form.errors else 200
    )


def _names(request: HttpRequest) -> dict[str, list[tuple[str, str]]]:
    every = office(request).declared.instruments.instruments.values()
    able = sorted(e.policy for one in every if (e := one.said.entitlement) and e.policy)
    locale = request.locale
    return {
        "run": [
            (
                one.id,
                html_word(
                    "work.run_of",
                    locale,
                    id=one.id,
                    day=one.as_of.isoformat(),
                    n=f"{sum(one.subjects.values()):,}",
                ),
            )
            for one in listed(office(request))
        ],
        "policies": [(p, policy_name(request, p)) for p in able],
    }


def _dry(request: HttpRequest, form: PageForm) -> str:
    said = form.cleaned_data
    asked = {
        "year": said["year"],
        "run": said["run"],
        "policies": said["policies"],
        "on": said["on"].isoformat(),
        "reason": said["reason"],
        "dry": True,
    }
    with reading(request) as conn:
        job = enqueue(conn, ENTITLE, asked, actor=caller(request).name)
    return reverse("work_entitling", args=[job])


@asks("entitlement", "run")
def entitling(request: HttpRequest, name: str) -> HttpResponse:
    """Show what would be written and take the confirmation; then what was."""
    job = job_or_404(request, name, ENTITLE)
    shown = waiting(
        request, job, title="work.job_entitle", back=reverse("work_entitle")
    )
    if shown is not None:
        return shown
    assert job.result is not None
    if request.method == "POST" and job.said["dry"]:
        return once(request, lambda: _confirm(request, job))
    told = job.result
    return desk(request, "work/entitling.html", {
        "job": job,
        "told": told,
        "changes": bool(told["count"] or told["withdrawn_count"]),
        "policies": [
            {
                **one,
                "name": policy_name(request, one["policy"]),
                "shown": amount(request, one["amount"], one["commodity"]),
            }
            for one in told["policies"]
        ],
        "fresh": [
            {
                **one,
                "policy_name": policy_name(request, one["policy"]),
                "shown": amount(request, one["amount"], one["commodity"]),
            }
            for one in told["fresh"]
        ],
        "withdrawn": [
            {**one, "policy_name": policy_name(request, one["policy"])}
            for one in told["withdrawn"]
        ],
        "synthetic": told["synthetic"],
    })  # fmt: skip


def _confirm(request: HttpRequest, job: Job) -> str:
    if job.actor != caller(request).name:
        msg = "试算的人自己确认 (whoever tried it confirms it)"
        raise NotAllowed(msg, hint="自己试算一次，再确认")
    assert job.result is not None
    see(request, "entitlement", "run")
    asked = {**job.said, "dry": False, "digest": job.result["digest"]}
    with reading(request) as conn:
        real = enqueue(conn, ENTITLE, asked, actor=caller(request).name)
    return reverse("work_entitling", args=[real])


urls = [
    path("work/entitlements", entitlements, name="work_entitlements"),
    path("work/entitlements/approve", approve_page, name="work_approve"),
    path("work/entitlements/entitle", entitle_page, name="work_entitle"),
    path("work/entitlements/entitle/<str:name>", entitling, name="work_entitling"),
]
