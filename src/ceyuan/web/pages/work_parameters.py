# SPDX-License-Identifier: Apache-2.0
"""Parameters: what a text leaves to the office, set or not yet; one set from a day on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.urls import path, reverse

from ceyuan.kernel import UsageError, unit, unit_names
from ceyuan.office.booked import seal_book
from ceyuan.office.parameters_told import parameter_called
from ceyuan.office.phrases import english
from ceyuan.office.settings import all_settings, set_parameter, settings_in_force
from ceyuan.office.stacking import OWNER, RULES
from ceyuan.office.work_list import unset
from ceyuan.web.asking import asks, may, office, once, reading
from ceyuan.web.forms import PageForm
from ceyuan.web.pages.work_desk import (
    desk,
    found_or_404,
    given,
    policy_name,
)
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import html_word, later

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.settings import SettingSaid


class ParameterForm(PageForm):
    """A value, from when on, and who decided it."""

    name = forms.CharField(widget=forms.HiddenInput)
    value = forms.CharField(label=later("work.value"), max_length=500)
    since = forms.DateField(
        label=later("work.since"),
        help_text=later("work.since_help"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=later("work.until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(
        label=later("work.reason"),
        help_text=later("work.parameter_reason_help"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
    )


@asks("parameter", "list")
def parameters(request: HttpRequest) -> HttpResponse:
    """List what is not set, and everything that was ever set."""
    memory, day = office(request), today()
    words = given(request, "q").lower()
    with reading(request) as conn:
        lacking = unset(memory, conn, day)
        every = all_settings(conn)
        in_force = settings_in_force(conn, day)
    last = {one.name: at for at, one in enumerate(every)}
    rows = [
        _setting(
            request,
            one,
            holds=in_force.get(one.name) == one.value and last[one.name] == at,
        )
        for at, one in enumerate(every)
    ]
    groups = [
        (kind, [r for r in map(_with_owner(request), some) if _fits(r, words)])
        for kind, some in lacking.items()
    ]
    return desk(request, "work/parameters.html", {
        "groups": groups,
        "count": sum(len(some) for some in lacking.values()),
        "rows": [r for r in reversed(rows) if _fits(r, words)],
        "words": words,
        "may_set": may(request, "parameter", "set"),
    })  # fmt: skip


def _with_owner(request: HttpRequest) -> Any:
    def told(one: dict[str, str]) -> dict[str, str]:
        owner = one["name"].partition(".")[0]
        called = parameter_called(office(request), one["name"])
        of = called.owner_en if request.locale == "en" else called.owner_zh
        title = called.en if request.locale == "en" else called.zh
        one = {**one, "unit": _unit(one["unit"], request.locale)}
        return {**one, "title": title, "of": of or policy_name(request, owner)}

    return told


def _unit(label: str, locale: str) -> str:
    """Return a unit as the page's language has it: 万元 is CNY 10,000, 小时 hours."""
    if locale != "en" or label not in unit_names():
        return label
    said = english(unit(label).scale * 2, unit(label), label)
    if said.startswith("2"):
        return said.removeprefix("2").removeprefix(".00").strip()
    return english(unit(label).scale, unit(label), label).replace(".00", "")


def _fits(one: dict[str, Any], words: str) -> bool:
    return not words or words in f"{one['name']} {one['title']} {one['of']}".lower()


def _setting(request: HttpRequest, one: SettingSaid, *, holds: bool) -> dict[str, Any]:
    told = _with_owner(request)({"name": one.name, "zh": "", "en": "", "unit": ""})
    return {**told, "one": one, "holds": holds}


@asks("parameter", "set")
def parameter(request: HttpRequest) -> HttpResponse:
    """Set one parameter."""
    start = {"name": given(request, "name"), "since": today().isoformat()}
    form = ParameterForm.of(request, initial=start)
    name = str(form["name"].value() or "")
    called = found_or_404(lambda: parameter_called(office(request), name))
    if name.startswith(f"{OWNER}."):
        at = request.locale == "en"
        form.fields["value"] = forms.ChoiceField(
            label=later("work.rule"),
            choices=[(rule, words[at]) for rule, words in RULES.items()],
            widget=forms.RadioSelect,
        )
    else:
        form.fields["value"].help_text = html_word(
            f"work.value_{called.kind}", request.locale, unit=called.unit or "1"
        )
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _set(request, form))
        except UsageError as error:
            form.add_error("value", fault_html(error))
    with reading(request) as conn:
        before = [one for one in all_settings(conn) if one.name == name]
    return desk(request, "work/parameter.html", {
        "form": form,
        "name": name,
        "called": called,
        "before": list(reversed(before)),
    }, 422 if form.errors else 200)  # fmt: skip


def _set(request: HttpRequest, form: PageForm) -> str:
    said, memory = form.cleaned_data, office(request)
    name = set_parameter(
        memory,
        f"{said['name']}={said['value']}",
        since=said["since"],
        until=said["until"],
        reason=said["reason"],
    )
    seal_book(memory)
    told = html_word("work.parameter_set", request.locale, of=name)
    messages.success(request, told)
    return reverse("work_parameters")


urls = [
    path("work/parameters", parameters, name="work_parameters"),
    path("work/parameters/set", parameter, name="work_parameter"),
]
