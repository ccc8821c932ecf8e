# SPDX-License-Identifier: Apache-2.0
"""J1: a list that decisions read, record by record, and what is wrong with it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import render
from django.urls import reverse

from ceyuan.kernel import State, unit
from ceyuan.office.phrases import english
from ceyuan.office.requests import tell
from ceyuan.policies import fact_name
from ceyuan.policies.words import show_known, show_number
from ceyuan.web.asking import caller, office, once
from ceyuan.web.forms import PageForm
from ceyuan.web.words import later, word

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.declarations.facts import Field
    from ceyuan.web.pages.firm import Asked


def source_name(sources: Any, name: str, locale: str) -> str:
    """Return how a source is called."""
    said = sources.get(name)
    return name if said is None else (said.en if locale == "en" else said.zh)


class ListForm(PageForm):
    """Which record of a list is wrong, and what is."""

    record = forms.ChoiceField(
        label=later("facts.which"), help_text=later("facts.which_help")
    )
    reason = forms.CharField(
        label=later("facts.what_is_wrong"),
        help_text=later("facts.what_is_wrong_help"),
        widget=forms.Textarea,
        max_length=4000,
    )


def list_wrong(request: HttpRequest, asked: Asked, name: str) -> HttpResponse:
    """Show the records of a list, and take that one is wrong or missing.

    A list comes whole from whoever publishes it: it is not corrected line by line here.
    So what is said of it is a request, that an officer takes to the source.
    """
    fact, memory, locale = asked.region.facts[name], office(request), request.locale
    called = fact_name(asked.region.facts, (name, None), locale=locale)
    records, complete = asked.sheet.facts.linked.get(name, ((), False))
    rows = [
        [_cell(record.get(one), said, locale) for one, said in fact.fields.items()]
        for record in records
    ]
    form = ListForm.of(request)
    labels = [" · ".join(cell for cell in row if cell != "—") for row in rows]
    form.fields["record"].choices = [
        *((str(at), label) for at, label in enumerate(labels)),
        ("lacking", word("facts.lacking", locale)),
    ]
    if request.method == "POST" and form.is_valid():
        at = form.cleaned_data["record"]
        which = word("facts.lacking", locale) if at == "lacking" else labels[int(at)]

        def act() -> str:
            made = tell(
                memory,
                "question",
                word("facts.request_title", locale, name=called),
                f"{which}\n\n{form.cleaned_data['reason']}",
                organisation=asked.code,
                behalf=caller(request).behalf,
            )
            messages.success(request, word("facts.list_taken", locale))
            return reverse("request", args=[made.id])

        return once(request, act)
    sources = memory.records.sources
    return render(request, "firm/list.html", {
        "asked": asked,
        "name": called,
        "meaning": fact.meaning,
        "heads": [f.en if locale == "en" else f.zh for f in fact.fields.values()],
        "rows": rows,
        "complete": complete is True,
        "sources": [source_name(sources, s, locale) for s in asked.sheet.lists.get(name, ())],
        "form": form,
        "synthetic": asked.sheet.synthetic,
    }, status=422 if form.errors else 200)  # fmt: skip


def _cell(value: Any, said: Field, locale: str) -> str:
    """Return a field of a record as a person reads it."""
    if value is None or isinstance(value, State):
        return "—"
    if isinstance(value, str) and value in said.codes:
        return said.codes[value].en if locale == "en" else said.codes[value].zh
    if isinstance(value, (bool, str, date)):
        return show_known(value, None, locale=locale)
    measure = unit(said.unit or "1")
    if locale == "en":
        return english(value, measure, said.unit or "")
    return show_number(value, measure, label=said.unit or "")
