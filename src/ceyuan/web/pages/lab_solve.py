# SPDX-License-Identifier: Apache-2.0
"""J6: the value that spends a budget: asked for, on its way, found, taken as a reform."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from ceyuan.kernel import CeyuanError, UsageError, unit
from ceyuan.office.groups import BASES
from ceyuan.office.jobs import job_of
from ceyuan.office.jobs import stop as stop_job
from ceyuan.office.parameters import typed_number
from ceyuan.office.reform_text import read_text
from ceyuan.office.reforms import FIRST, LAST, Asking, SavedReform, usual_asking
from ceyuan.office.solving import KIND, Solving, adopt, asked, choices, solves, start
from ceyuan.office.solving_out import command, python
from ceyuan.web.asking import (
    answer_json,
    asks,
    caller,
    is_part,
    may,
    office,
    once,
    reading,
    see,
)
from ceyuan.web.forms import PageForm
from ceyuan.web.pages.lab_charts import cost_chart, value_text
from ceyuan.web.pages.lab_shared import reform_or_404
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import later, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from ceyuan.declarations import Rule
    from ceyuan.office.jobs import Job

USES = ("definite", "most")
BESIDE = 3
"""So many tried values are told on each side of the one that was found."""


class SolveForm(PageForm):
    """What is to be found: a parameter, a budget, between which values."""

    parameter = forms.ChoiceField(
        label=later("lab.solve_parameter"), help_text=later("lab.solve_parameter_help")
    )
    budget = forms.CharField(
        label=later("lab.solve_budget"),
        help_text=later("lab.solve_budget_help"),
        max_length=40,
    )
    use = forms.ChoiceField(
        label=later("lab.solve_use"), help_text=later("lab.solve_use_help")
    )
    low = forms.CharField(
        label=later("lab.solve_low"),
        help_text=later("lab.solve_bound_help"),
        required=False,
        max_length=40,
    )
    high = forms.CharField(
        label=later("lab.solve_high"),
        help_text=later("lab.solve_high_help"),
        required=False,
        max_length=40,
    )
    step = forms.CharField(
        label=later("lab.solve_step"),
        help_text=later("lab.solve_step_help"),
        required=False,
        max_length=40,
    )
    as_of = forms.DateField(
        label=later("lab.as_of"), widget=forms.DateInput(attrs={"type": "date"})
    )
    params = forms.CharField(
        label=later("lab.params_label"),
        help_text=later("lab.params_help"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "code-text"}),
    )

    def __init__(
        self, *args: Any, rules: Mapping[str, Rule], locale: str, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.rules, self.locale = rules, locale
        at = locale == "en"
        self.fields["use"].choices = [
            (one, word(f"lab.solve_use_{one}", locale)) for one in USES
        ]
        self.fields["parameter"].choices = [
            ("", word("lab.solve_choose", locale)),
            *(
                (
                    _named(rules[policy].said, at=at),
                    [
                        (f"{policy}.{name}", _parameter(rules[policy], name, locale))
                        for name in names
                    ],
                )
                for policy, names in choices(rules).items()
            ),
        ]

    def clean(self) -> dict[str, Any]:
        """Read the budget and the bounds, each in the unit of what it is."""
        said: dict[str, Any] = super().clean() or {}
        self._read(said, "budget", "元")
        policy, _, name = said.get("parameter", "").partition(".")
        if policy:
            wanted = self.rules[policy].said.parameters[name].unit
            for end in ("low", "high", "step"):
                self._read(said, end, wanted)
        if (day := said.get("as_of")) is not None and not FIRST <= day <= LAST:
            self.add_error("as_of", word("lab.solve_day", self.locale))
        lines = said.get("params", "").splitlines()
        said["params"] = tuple(one.strip() for one in lines if one.strip())
        return said

    def _read(self, said: dict[str, Any], field: str, name: str) -> None:
        text, wanted = said.get(field), unit(name)
        if text is None:
            return
        said[field] = None
        if text:
            try:
                number = typed_number(text, wanted, of=str(self.fields[field].label))
                said[field] = number if field == "budget" else number / wanted.scale
            except UsageError as error:
                self.add_error(field, fault_html(error))
                return
        if field == "budget" and said[field] is not None:
            whole = said[field].denominator == 1 and said[field] >= 0
            if not whole or said[field] >= 2**62:
                self.add_error(field, word("lab.solve_budget_wrong", self.locale))


def _named(said: Any, *, at: bool) -> str:
    return str(said.en if at else said.zh)


def _parameter(rule: Rule, name: str, locale: str) -> str:
    """Return a parameter by its name, with what part of its policy is encoded."""
    said = rule.said.parameters[name]
    shown = _named(said, at=locale == "en")
    part = word("lab.partial", locale) if rule.said.coverage == "partial" else ""
    inside = " · ".join(filter(None, ("" if said.unit == "1" else said.unit, part)))
    return f"{shown} ({inside})" if inside else shown


@asks("reform", "simulate")
def solve(request: HttpRequest) -> HttpResponse:
    """Let somebody choose a parameter and a budget; ask for the value to be found."""
    name = request.POST.get("reform", "") or request.GET.get("reform", "")
    found = reform_or_404(request, name, "simulate") if name else None
    memory = office(request)
    rules, asking = dict(memory.region.rules), usual_asking(memory, today())
    if found is not None:
        rules = read_text(found.body, memory.region).rules(memory.region)
        asking = found.asking
    form = SolveForm.of(
        request, rules=rules, locale=request.locale, initial=_initial(request, asking)
    )
    if request.method == "POST" and form.is_valid():
        see(request, "reform", "simulate", owner=_owner(request, found))
        try:
            return once(request, lambda: _started(request, form, name))
        except CeyuanError as error:
            form.add_error(None, fault_html(error))
    with reading(request) as conn:
        before = solves(conn, name)[:10]
    return render(request, "lab/solve.html", {
        "form": form,
        "reform": found,
        "before": [_brief(one, request.locale) for one in before],
    }, status=422 if form.errors else 200)  # fmt: skip


def _owner(request: HttpRequest, found: SavedReform | None) -> str:
    return found.actor if found is not None else caller(request).name


def _initial(request: HttpRequest, asking: Asking) -> dict[str, Any]:
    return {
        "parameter": request.GET.get("parameter", ""),
        "use": "definite",
        "as_of": asking.as_of.isoformat(),
        "params": "\n".join(asking.params),
    }


def _started(request: HttpRequest, form: PageForm, reform: str) -> str:
    said = dict(form.cleaned_data)
    solving = Solving(**{**said, "budget": int(said["budget"])}, reform=reform)
    return reverse("lab_solved", args=[start(office(request), solving).id])


def _brief(job: Job, locale: str) -> dict[str, Any]:
    """Return a job in one line: what was looked for, and what was found."""
    found = job.result or {}
    value = (found.get("solved") or {}).get("value")
    return {
        "job": job,
        "asked": asked(job),
        "brief": {"sound": found.get("sound", False)},
        "name": (found.get("zh"), found.get("en")),
        "value": _value(found, value, locale),
    }


@asks("reform", "list")
def solved(request: HttpRequest, job: str) -> HttpResponse:
    """Show how far the search is, or what was found."""
    found, reform = _job_or_404(request, job)
    here = {
        "job": found,
        "reform": reform,
        "asked": asked(found),
        "here": reverse("lab_solved", args=[found.id]),
        "stop": reverse("lab_solve_stop", args=[found.id]),
        "again": _again(found),
    }
    if found.state != "done":
        here["can_stop"] = may(request, "job", "stop", owner=found.actor)
        part = is_part(request) and request.htmx.target == "progress"
        template = "lab/progress_part.html" if part else "lab/solving.html"
        return render(request, template, here)
    if is_part(request) and request.htmx.target == "progress":
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "lab/solved.html", {**here, **_told(request, found, reform)})


def _again(job: Job) -> str:
    said = asked(job)
    of = f"reform={said.reform}&" if said.reform else ""
    return f"{reverse('lab_solve')}?{of}parameter={said.parameter}"


def _job_or_404(request: HttpRequest, name: str) -> tuple[Job, SavedReform | None]:
    """Return a search that who asks may see, and the reform it was made on."""
    with reading(request) as conn:
        try:
            found = job_of(conn, name)
        except UsageError as error:
            raise Http404 from error
    if found.kind != KIND:
        raise Http404
    if found.said["reform"]:
        return found, reform_or_404(request, found.said["reform"])
    see(request, "reform", "see", owner=found.actor)
    return found, None


def _told(request: HttpRequest, job: Job, reform: SavedReform | None) -> dict[str, Any]:
    """Return what was found, in words and numbers of the page's language."""
    found, locale = job.result or {}, request.locale
    answer, region = found["solved"], office(request).region.id
    tried = [(Fraction(one["value"]), one["cost"]) for one in answer["tried"]]
    value = None if answer["value"] is None else Fraction(answer["value"])
    near = _near(tried, value)
    owner = reform.actor if reform is not None else job.actor
    return {
        "found": found,
        "answer": answer,
        "value": _value(found, answer["value"], locale),
        "now": _value(found, found["now"], locale),
        "step_text": _value(found, answer["step"], locale),
        "rows": [
            {
                "value": value_text(one, answer["unit"], locale),
                "cost": cost,
                "over": cost > answer["budget"],
                "is_it": one == value,
            }
            for one, cost in near
        ],
        "hidden": len(tried) - len(near),
        "chart": _chart(job, found, locale),
        "basis": BASES[found["basis"]],
        "can_adopt": value is not None and found["sound"] and may(request, "reform", "save"),
        "can_export": may(request, "reform", "export", owner=owner),
        "command": command(asked(job), reform, found, region=region),
        "python": python(asked(job), reform, found, region=region),
        "synthetic": found["synthetic"],
    }  # fmt: skip


def _value(found: Mapping[str, Any], value: str | None, locale: str) -> str:
    """Return a value of the parameter; empty where there is none."""
    if value is None:
        return ""
    return value_text(Fraction(value), found["solved"]["unit"], locale)


def _chart(job: Job, found: Mapping[str, Any], locale: str) -> object:
    """Return today's cost and that of the value, each as far as it is sure."""
    if found["tried"] is None:
        return None
    costs = [found["tried"][side] for side in ("before", "after")]
    if costs[0] is None:
        return None
    snapshot = found["snapshot"][:12]
    as_of = asked(job).as_of
    note = word("lab.chart_note", locale, as_of=as_of, snapshot=snapshot)
    return cost_chart(job.id, costs, note, locale)


def _near(
    tried: list[tuple[Fraction, int]], value: Fraction | None
) -> list[tuple[Fraction, int]]:
    """Return the values that were tried about the one that was found."""
    at = next((i for i, one in enumerate(tried) if one[0] == value), 0)
    return tried[max(0, at - BESIDE) : at + BESIDE + 1]


@require_POST
@asks("reform", "list")
def stop(request: HttpRequest, job: str) -> HttpResponse:
    """Ask a search to end."""
    found, _ = _job_or_404(request, job)
    see(request, "job", "stop", owner=found.actor)
    with reading(request) as conn:
        stop_job(conn, found.id)
    return redirect("lab_solved", found.id)


@require_POST
@asks("reform", "save")
def take(request: HttpRequest, job: str) -> HttpResponse:
    """Keep what was found as a reform."""
    found, reform = _job_or_404(request, job)
    owner = reform.actor if reform is not None else found.actor
    see(request, "reform", "save", owner=owner)

    def act() -> str:
        return reverse("lab_reform", args=[adopt(office(request), found).id])

    return once(request, act)


@asks("reform", "export")
def file(request: HttpRequest, job: str) -> HttpResponse:
    """Give what was found as the command line gives it."""
    found, reform = _job_or_404(request, job)
    owner = reform.actor if reform is not None else found.actor
    see(request, "reform", "export", owner=owner)
    if found.state != "done" or found.result is None:
        raise Http404
    return answer_json(found.result["solved"])


urls = [
    path("lab/solve", solve, name="lab_solve"),
    path("lab/solve/<str:job>", solved, name="lab_solved"),
    path("lab/solve/<str:job>/stop", stop, name="lab_solve_stop"),
    path("lab/solve/<str:job>/take", take, name="lab_solve_take"),
    path("lab/solve/<str:job>/solved.json", file, name="lab_solve_file"),
]
