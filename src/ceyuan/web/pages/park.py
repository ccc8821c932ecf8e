# SPDX-License-Identifier: Apache-2.0
"""J2: a manager's sheet of tenants in, the check-up out; four steps, one page each."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings as django
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from ceyuan.facts.columns import IDENTITY_WORDS, IGNORE
from ceyuan.kernel import InputRejected, UsageError, unit, unit_names
from ceyuan.office.groups import BASES, CONFIRM, FAILED, GRANTED, JUDGED, LACKING, STEP
from ceyuan.office.jobs import job_of
from ceyuan.office.parks import (
    ParkBatch,
    batch_of,
    batches,
    begin,
    result_of,
    settle,
    start,
)
from ceyuan.office.permissions import where
from ceyuan.office.uploads import take_upload
from ceyuan.office.users import load_roles
from ceyuan.policies import SUPPLIERS
from ceyuan.web.asking import asks, caller, is_part, office, once, reading, see
from ceyuan.web.forms import PageForm
from ceyuan.web.showing import today
from ceyuan.web.words import html_word, later

if TYPE_CHECKING:
    from django.http import HttpRequest

GROUPS = (GRANTED, CONFIRM, STEP, LACKING, JUDGED, FAILED)
GAPS_SHOWN = 12


class UploadForm(PageForm):
    """A sheet, and what may lie beside it."""

    file = forms.FileField(label=later("park.file"), help_text=later("park.file_help"))
    beside = forms.FileField(
        label=later("park.beside"), help_text=later("park.beside_help"), required=False
    )
    as_of = forms.DateField(
        label=later("park.as_of"),
        help_text=later("park.as_of_help"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )


@asks("park_batch", "list")
def park(request: HttpRequest) -> HttpResponse:
    """Show the batches, and take a new sheet."""
    form = UploadForm.of(request, initial={"as_of": today().isoformat()})
    if request.method == "POST" and form.is_valid():
        see(request, "park_batch", "make")
        try:
            return once(request, lambda: _begin(request, form))
        except InputRejected as error:
            form.add_error("file", f"{error.message} {error.hint}")
    declared = load_roles(office(request).region.id)
    with reading(request) as conn:
        found = batches(conn, *where(declared, caller(request), "park_batch", "list"))
    status = 422 if form.errors else 200
    return render(
        request, "park/park.html", {"form": form, "batches": found}, status=status
    )


def _begin(request: HttpRequest, form: PageForm) -> str:
    memory, who = office(request), caller(request)
    most = django.CEYUAN.upload_mb * 2**20
    files = [form.cleaned_data["file"], form.cleaned_data.get("beside")]
    kept = [
        take_upload(
            memory, one.name, one.chunks(), organisation=who.organisation, most=most
        )
        for one in files
        if one
    ]
    batch = begin(
        memory,
        kept[0],
        joined=kept[1:],
        as_of=form.cleaned_data["as_of"],
        organisation=who.organisation,
    )
    return reverse("park_columns", args=[batch.id])


def batch_or_404(request: HttpRequest, name: str, action: str = "see") -> ParkBatch:
    """Return a batch that who asks may do something with.

    Raises:
        Http404: There is none, or he may not know of it.
    """
    with reading(request) as conn:
        try:
            batch = batch_of(conn, name)
        except UsageError as error:
            raise Http404 from error
    see(request, "park_batch", action, owner=batch.organisation, state=batch.state)
    return batch


@asks("park_batch", "list")
def columns(request: HttpRequest, name: str) -> HttpResponse:
    """Show how each column was understood; take what the manager says otherwise."""
    batch = batch_or_404(request, name)
    if request.method == "POST":
        batch = settle(office(request), name, _said(request))
        if "go" in request.POST:
            start(office(request), name)
            return redirect("park_batch", name)
        return redirect(f"{reverse('park_columns', args=[name])}#columns")
    if batch.state != "columns":
        return redirect("park_batch", name)
    names = fact_names(request)
    seen = [_column(request, one, names) for one in batch.columns["seen"]]
    is_used = [bool(one["doubt"]) or one["fact"] not in ("", IGNORE) for one in seen]
    return render(request, "park/columns.html", {
        "batch": batch,
        "used": [one for one, used in zip(seen, is_used, strict=True) if used],
        "unused": [one for one, used in zip(seen, is_used, strict=True) if not used],
        "facts": sorted(names.values()),
        "step": 2,
    })  # fmt: skip


def fact_names(request: HttpRequest) -> dict[str, str]:
    """Return what a column can be taken for, by id, in the language of the page."""
    locale = request.locale
    found = {
        word: html_word(f"park.fact_{word}", locale)
        for word in (*IDENTITY_WORDS, IGNORE)
    }
    for name, fact in office(request).region.facts.items():
        if fact.kind != "records":
            found[name] = fact.en if locale == "en" else fact.zh
    return found


def _said(request: HttpRequest) -> dict[str, dict[str, str]]:
    """Return what was chosen otherwise than it was shown: place, then fact and unit."""
    found: dict[str, dict[str, str]] = {}
    for name, value in request.POST.items():
        kind, colon, place = name.partition(":")
        if colon and kind in ("fact", "unit", "year"):
            was = request.POST.get(f"was-{name}", "")
            said = found.setdefault(place, {})
            if value != was:
                said["changed"] = "1"
            said[kind] = _fact_id(request, value) if kind == "fact" else value
    return {
        place: {k: v for k, v in said.items() if k != "changed"}
        for place, said in found.items()
        if "changed" in said
    }


def _fact_id(request: HttpRequest, name: str) -> str:
    """Return the id of what was typed: a name as it is shown, in either language.

    Raises:
        UsageError: It is the name of nothing; the near miss is told.
    """
    typed = name.strip()
    names = fact_names(request)
    if not typed:
        return IGNORE
    if typed in names:
        return typed
    for fact, shown in names.items():
        if shown == typed:
            return fact
    near = get_close_matches(typed, list(names.values()), n=1)
    msg = f"没有叫“{typed}”的数据项 (no such fact)"
    raise UsageError(msg, hint=f"是不是“{near[0]}”？" if near else "从列表里选一个")


def _column(
    request: HttpRequest, one: dict[str, Any], names: dict[str, str]
) -> dict[str, Any]:
    facts = office(request).region.facts
    fact = facts.get(one["fact"])
    units: list[str] = []
    if fact is not None and fact.kind == "number" and fact.measure.name != "1":
        units = [n for n in unit_names() if unit(n).like(fact.measure)]
    shown = names.get(one["fact"] or IGNORE, one["fact"])
    if fact is not None and fact.kind == "records":
        shown = fact.en if request.locale == "en" else fact.zh
    return {
        **one,
        "place": f"{one['sheet']}!{one['letter']}",
        "name": shown,
        "units": units,
        "locked": fact is not None and fact.kind == "records",
    }


@asks("park_batch", "list")
def batch(request: HttpRequest, name: str) -> HttpResponse:
    """Show how far a batch is, or what came of it."""
    found = batch_or_404(request, name)
    if found.state == "columns":
        return redirect("park_columns", name)
    if found.state != "done":
        return _progress(request, found)
    if is_part(request) and request.htmx.target == "progress":
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    shown = result_of(office(request), found)
    wanted = request.GET.get("state", "")
    words = request.GET.get("q", "").strip()
    firms = [
        one
        for one in shown["firms"]
        if (not wanted or wanted in one["counts"])
        and (not words or words in one["name"] or words in one["uscc"])
    ]
    template = "park/firms.html" if is_part(request) else "park/batch.html"
    return render(request, template, {
        "batch": found,
        "shown": shown,
        "firms": firms,
        "wanted": wanted,
        "words": words,
        "groups": [(g, shown["groups"][g.id]) for g in GROUPS],
        "bases": BASES,
        "gaps": [_gap(request, one) for one in shown["gaps"][:GAPS_SHOWN]],
        "more_gaps": max(0, len(shown["gaps"]) - GAPS_SHOWN),
        "policies": office(request).region.rules,
        "step": 4,
    })  # fmt: skip


def _progress(request: HttpRequest, found: ParkBatch) -> HttpResponse:
    with reading(request) as conn:
        job = job_of(conn, found.job) if found.job else None
    template = "park/progress_part.html" if is_part(request) else "park/progress.html"
    return render(request, template, {"batch": found, "job": job, "step": 3})


def _gap(request: HttpRequest, gap: dict[str, Any]) -> dict[str, Any]:
    region, at = office(request).region, request.locale == "en"
    names = [region.rules[p].said for p in gap["policies"] if p in region.rules]
    if gap["kind"] == "step":
        policy, _, clause = gap["name"].partition(".")
        said = region.rules[policy].said
        title = (said.clauses[clause].zh, said.clauses[clause].en)
    elif gap["name"] in region.facts:
        title = (region.facts[gap["name"]].zh, region.facts[gap["name"]].en)
    else:
        policy, _, parameter = gap["name"].partition(".")
        one = region.rules[policy].said.parameters[parameter]
        title = (one.zh, one.en)
    return {
        **gap,
        "title": title[at],
        "by_word": SUPPLIERS[gap["by"]][at],
        "names": [one.en if at else one.zh for one in names],
    }


@asks("park_batch", "list")
def download(request: HttpRequest, name: str, file: str) -> HttpResponse:
    """Give the workbook back, or what lies beside it."""
    found = batch_or_404(request, name, "export")
    shown = result_of(office(request), found)
    if file not in shown["files"]:
        raise Http404
    place = found.folder(office(request)) / file
    return FileResponse(place.open("rb"), as_attachment=True, filename=file)


@require_POST
@asks("park_batch", "make")
def begin_check(request: HttpRequest, name: str) -> HttpResponse:
    """Ask for the check."""
    batch_or_404(request, name, "make")
    start(office(request), name)
    return redirect("park_batch", name)


urls = [
    path("park", park, name="park"),
    path("park/<str:name>", batch, name="park_batch"),
    path("park/<str:name>/columns", columns, name="park_columns"),
    path("park/<str:name>/check", begin_check, name="park_check"),
    path("park/<str:name>/files/<str:file>", download, name="park_file"),
]
