# SPDX-License-Identifier: Apache-2.0
"""A year's entitlements: tried first, then written as they were shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.urls import path, reverse

from ceyuan.kernel import NotAllowed
from ceyuan.office.entitle_job import ENTITLE
from ceyuan.office.jobs import enqueue
from ceyuan.office.runs import listed
from ceyuan.web.asking import asks, caller, office, once, reading, see
from ceyuan.web.forms import PageForm
from ceyuan.web.pages.work_desk import amount, desk, job_or_404, policy_name, waiting
from ceyuan.web.showing import today
from ceyuan.web.words import html_word, later

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.jobs import Job


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
    path("work/entitlements/entitle", entitle_page, name="work_entitle"),
    path("work/entitlements/entitle/<str:name>", entitling, name="work_entitling"),
]
