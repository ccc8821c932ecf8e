# SPDX-License-Identifier: Apache-2.0
"""J2: a manager's sheet of tenants in, the check-up out; four steps, one page each."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings as django
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from ceyuan.facts.columns import IDENTITY_WORDS, IGNORE
from ceyuan.kernel import InputRejected, UsageError, unit, unit_names
from ceyuan.office.groups import (
    BASES,
    CONFIRM,
    FAILED,
    GRANTED,
    JUDGED,
    LACKING,
    STEP,
    kinds_of,
)
from ceyuan.office.jobs import job_of
from ceyuan.office.parks import (
    ParkBatch,
    batch_of,
    batches,
    begin,
    begin_again,
    result_of,
    settle,
    start,
)
from ceyuan.office.permissions import where
from ceyuan.office.telling import open_name
from ceyuan.office.uploads import take_upload
from ceyuan.office.users import load_roles
from ceyuan.policies import SUPPLIERS
from ceyuan.web.asking import asks, caller, is_part, office, once, reading, see
from ceyuan.web.forms import PageForm
from ceyuan.web.pages.work_desk import cut, given, paged
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import html_word, later

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

GROUPS = (GRANTED, CONFIRM, STEP, LACKING, JUDGED, FAILED)
GAPS_SHOWN = 12
FIRMS_SHOWN = 30
"""So many firms on a page; a phone shows a firm in a dozen lines."""
BASES_OF_MONEY = ("fen", "cent")
"""Units that we count in and no sheet is written in."""
_YEAR = re.compile(r"(19|20)[0-9]{2}")


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
            form.add_error("file", fault_html(error))
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
    wrong: dict[str, str] = {}
    if request.method == "POST":
        said, wrong = _said(request)
        if not wrong:
            # What nobody changed stays as it was understood, with its reasons.
            batch = settle(office(request), name, said) if said else batch
            if "go" in request.POST:
                start(office(request), name)
                return redirect("park_batch", name)
            messages.success(request, _word(request, "reread_done", n=len(said)))
            return redirect("park_columns", name)
    if batch.state != "columns":
        return redirect("park_batch", name)
    names = fact_names(request)
    seen = [
        {**_column(request, one, names, wrong), "id": f"c{n}"}
        for n, one in enumerate(batch.columns["seen"])
    ]
    is_used = [
        bool(one["doubt"] or one["error"]) or one["fact"] not in ("", IGNORE)
        for one in seen
    ]
    return render(request, "park/columns.html", {
        "batch": batch,
        "wrong": [one for one in seen if one["error"]],
        "questions": batch.columns["questions"],
        "used": [one for one, used in zip(seen, is_used, strict=True) if used],
        "unused": [one for one, used in zip(seen, is_used, strict=True) if not used],
        "facts": sorted(names.values()),
        "step": 2,
    }, status=422 if wrong else 200)  # fmt: skip


def _word(request: HttpRequest, name: str, **values: object) -> str:
    return html_word(f"park.{name}", request.locale, **values)


@require_POST
@asks("park_batch", "make")
def recolumn(request: HttpRequest, name: str) -> HttpResponse:
    """Take the sheet of a checked batch once more, to correct its columns."""
    batch_or_404(request, name, "make")

    def act() -> str:
        new = begin_again(office(request), name)
        messages.success(request, _word(request, "recolumn_done"))
        return reverse("park_columns", args=[new.id])

    return once(request, act)


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


def _said(
    request: HttpRequest,
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Return what was chosen otherwise than it was shown, and what is wrong with it.

    Both by the column's place; the first with `fact`, `unit` and `year`, the second
    with what is said beside the field.
    """
    found: dict[str, dict[str, str]] = {}
    wrong: dict[str, str] = {}
    names = fact_names(request)
    for name, value in request.POST.items():
        kind, colon, place = name.partition(":")
        if colon and kind in ("fact", "unit", "year"):
            was = request.POST.get(f"was-{name}", "")
            said = found.setdefault(place, {})
            if value != was:
                said["changed"] = "1"
            typed = value.strip()
            if kind == "fact":
                known = _fact_id(typed, names)
                if known is None:
                    wrong[place] = _no_fact(request, typed, names)
                said[kind] = known or ""
            elif kind == "year" and typed and not _YEAR.fullmatch(typed):
                wrong.setdefault(place, _word(request, "wrong_year", typed=typed))
            else:
                said[kind] = typed
    return {
        place: {k: v for k, v in said.items() if k != "changed"}
        for place, said in found.items()
        if "changed" in said
    }, wrong


def _fact_id(typed: str, names: Mapping[str, str]) -> str | None:
    """Return the id of what was typed: an id, or a name as shown; None: of nothing."""
    if not typed:
        return IGNORE
    if typed in names:
        return typed
    return next((fact for fact, shown in names.items() if shown == typed), None)


def _no_fact(request: HttpRequest, typed: str, names: Mapping[str, str]) -> str:
    """Return what is said of a name of nothing, with the near miss."""
    near = get_close_matches(typed, list(names.values()), n=1)
    said = _word(request, "wrong_fact", typed=typed)
    if near:
        return f"{said} {_word(request, 'wrong_near', near=near[0])}"
    return f"{said} {_word(request, 'wrong_pick')}"


def _column(
    request: HttpRequest,
    one: dict[str, Any],
    names: dict[str, str],
    wrong: Mapping[str, str],
) -> dict[str, Any]:
    facts = office(request).region.facts
    fact = facts.get(one["fact"])
    units: list[str] = []
    if fact is not None and fact.kind == "number" and fact.measure.name != "1":
        units = [n for n in unit_names() if n not in BASES_OF_MONEY
                 and unit(n).like(fact.measure)]  # fmt: skip
    shown = names.get(one["fact"] or IGNORE, one["fact"])
    if fact is not None and fact.kind == "records":
        shown = fact.en if request.locale == "en" else fact.zh
    place = f"{one['sheet']}!{one['letter']}"
    was = {"name": shown, "unit": one["unit"], "year": str(one["year"] or "")}
    # Of a form that comes back each field holds what was typed into it.
    typed = {
        name: request.POST.get(f"{kind}:{place}", was[name])
        for name, kind in (("name", "fact"), ("unit", "unit"), ("year", "year"))
    }
    return {
        **one,
        **typed,
        "was": was,
        "place": place,
        "error": wrong.get(place, ""),
        "size": min(44, max(12, 2 * len(typed["name"]))),
        "units": units,
        "yearly": fact is not None and fact.yearly and fact.kind != "records",
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
    wanted, words = given(request, "state"), given(request, "q")
    lacks = _lacked(shown, given(request, "lacks"))
    bad = {(one["sheet"], one["row"]) for one in shown["problems"]}
    firms = [
        one
        for one in shown["firms"]
        if (not wanted or wanted in one["counts"]
            or (wanted == "problems" and (one["sheet"], one["row"]) in bad))
        and (not words or words in one["name"] or words in one["uscc"])
        and (lacks is None or one["at"] in lacks["firms"])
    ]  # fmt: skip
    whole = given(request, "page") == "all"
    at = paged(request, len(firms), max(1, len(firms)) if whole else FIRMS_SHOWN)
    template = "park/firms.html" if is_part(request) else "park/batch.html"
    counts = shown["counts"]
    kinds = kinds_of(one["sums"].get(GRANTED.id, {}) for one in shown["firms"])
    return render(request, template, {
        "batch": found,
        "shown": shown,
        "found": len(firms),
        "firms": [
            {**one, "due": [(k, one["sums"].get(GRANTED.id, {}).get(k)) for k in kinds]}
            for one in cut(firms, at)
        ],
        "at": at,
        "is_whole": whole,
        "wanted": wanted,
        "words": words,
        "lacks": lacks and _gap(request, lacks),
        "lacks_word": given(request, "lacks"),
        "distinct": counts.get("distinct", counts["firms"]),
        "repeated": counts["firms"] - counts.get("distinct", counts["firms"]),
        "kinds": kinds,
        "groups": [(g, shown["groups"][g.id]) for g in GROUPS],
        "bases": BASES,
        "gaps": [_gap(request, one) for one in shown["gaps"][:GAPS_SHOWN]],
        "more_gaps": max(0, len(shown["gaps"]) - GAPS_SHOWN),
        "problems": alike(shown["problems"], shown["sources"][0]),
        "step": 4,
    })  # fmt: skip


def _lacked(shown: dict[str, Any], said: str) -> dict[str, Any] | None:
    """Return the gap that an address names, `kind:name`; None where it names none."""
    kind, _, name = said.partition(":")
    return next(
        (gap for gap in shown["gaps"] if (gap["kind"], gap["name"]) == (kind, name)),
        None,
    )


def alike(problems: list[dict[str, Any]], file: str) -> list[dict[str, Any]]:
    """Return problems that say the same as one, with all their places.

    Args:
        problems: What a batch keeps of them.
        file: The sheet's own file; it is not named at each place.
    """
    found: dict[tuple[str, str, str], list[str]] = {}
    for one in problems:
        key = (one["code"], one["what"], one["mend"])
        found.setdefault(key, []).append(one["place"].removeprefix(f"{file}, "))
    return [
        {"code": code, "what": what, "mend": mend, "places": places}
        for (code, what, mend), places in found.items()
    ]


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
        one = said.clauses[clause]
        title = (f"{said.zh}：{one.zh}", f"{said.en}: {one.en}")
    elif gap["name"] in region.facts:
        key = (gap["name"], None)
        title = (open_name(region, key), open_name(region, key, locale="en"))
    else:
        policy, _, parameter = gap["name"].partition(".")
        line = region.rules[policy].said.parameters[parameter]
        title = (f"{line.zh}（待设定）", f"{line.en} (not set)")
    return {
        **gap,
        "word": f"{gap['kind']}:{gap['name']}",
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
    path("park/<str:name>/again", recolumn, name="park_again"),
    path("park/<str:name>/check", begin_check, name="park_check"),
    path("park/<str:name>/files/<str:file>", download, name="park_file"),
]
