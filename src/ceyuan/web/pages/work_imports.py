# SPDX-License-Identifier: Apache-2.0
"""Imports: what came in, with its problems; a new file read first, and then taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings as django
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.urls import path, reverse

from ceyuan.facts.store import RULING
from ceyuan.facts.store import batch as find_batch
from ceyuan.kernel import InputRejected
from ceyuan.office.import_job import PREVIEW, Wanted, accept, ask_preview
from ceyuan.office.imports_told import (
    failed,
    imports,
    problems_of,
    report_of,
    runs_with,
    written,
)
from ceyuan.office.uploads import take_upload
from ceyuan.office.withdrawing import withdraw
from ceyuan.web.asking import asks, caller, may, office, once, reading, see
from ceyuan.web.forms import PageForm
from ceyuan.web.pages.work_desk import (
    cut,
    desk,
    found_or_404,
    given,
    job_or_404,
    named,
    paged,
    waiting,
)
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import html_word, later

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ceyuan.facts.store import Batch

FIRST = "firm"
SHOWN = 200


class SeveralFiles(forms.ClearableFileInput):
    """A field that takes several files."""

    allow_multiple_selected = True


class Files(forms.FileField):
    """Several files; each has to be one."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files."""
        some = data if isinstance(data, list | tuple) else [data]
        return [super(Files, self).clean(one, initial) for one in some]


class ImportForm(PageForm):
    """Files, and what is said of them."""

    files = Files(label=later("work.files"), help_text=later("work.files_help"))
    record = forms.ChoiceField(label=later("work.record"))
    source = forms.ChoiceField(
        label=later("work.source"), help_text=later("work.source_help")
    )
    as_of = forms.DateField(
        label=later("work.holds_from"),
        help_text=later("work.holds_from_help"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    year = forms.IntegerField(
        label=later("work.year_of"),
        help_text=later("work.year_of_help"),
        required=False,
        min_value=1990,
        max_value=2100,
    )
    form = forms.ChoiceField(
        label=later("work.form"), help_text=later("work.form_help"), required=False
    )
    complete = forms.BooleanField(
        label=later("work.complete"),
        help_text=later("work.complete_help"),
        required=False,
    )
    synthetic = forms.BooleanField(label=later("work.invented"), required=False)

    def __init__(self, *args: Any, names: dict[str, Any], **options: Any) -> None:
        super().__init__(*args, **options)
        for field, choices in names.items():
            self.fields[field].choices = choices


class ReasonForm(PageForm):
    """A reason, which is asked."""

    reason = forms.CharField(
        label=later("work.reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
    )


@asks("import", "list")
def imports_page(request: HttpRequest) -> HttpResponse:
    """List the batches, the imports that failed, and what can be brought in."""
    record, source = given(request, "record"), given(request, "source")
    words = given(request, "q")
    with reading(request) as conn:
        every = imports(conn, record=record, source=source, words=words)
        lost = failed(conn)
    at = paged(request, len(every))
    names = _names(request)
    return desk(request, "work/imports.html", {
        "batches": [_row(request, one) for one in cut(every, at)],
        "at": at,
        "failed": lost,
        "names": names,
        "record": record,
        "source": source,
        "words": words,
        "may_make": may(request, "import", "make"),
        "synthetic": any(one.synthetic for one in every),
    })  # fmt: skip


def _names(request: HttpRequest) -> dict[str, list[tuple[str, str]]]:
    """Return types, sources and forms, each with its name."""
    records = office(request).records
    return {
        "record": sorted(
            ((n, named(request, t, n)) for n, t in records.types.items()),
            key=lambda one: (one[0] != FIRST, one[0]),
        ),
        "source": [
            (n, named(request, s, n)) for n, s in records.sources.items() if n != RULING
        ],
        "form": [("", html_word("work.form_by_marks", request.locale))]
        + [(n, named(request, f, n)) for n, f in records.forms.items()],
    }


def _row(request: HttpRequest, one: Batch) -> dict[str, Any]:
    records = office(request).records
    return {
        "batch": one,
        "record": named(request, records.types.get(one.record), one.record),
        "source": named(request, records.sources.get(one.source), one.source),
    }


@asks("import", "make")
def new(request: HttpRequest) -> HttpResponse:
    """Take files and ask for a preview of them."""
    initial = {"as_of": today().isoformat(), "record": FIRST}
    form = ImportForm.of(request, initial=initial, names=_names(request))
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _preview(request, form))
        except InputRejected as error:
            form.add_error("files", fault_html(error))
    status = 422 if form.errors else 200
    return desk(request, "work/import_new.html", {"form": form}, status)


def _preview(request: HttpRequest, form: PageForm) -> str:
    memory, said = office(request), form.cleaned_data
    most = django.CEYUAN.upload_mb * 2**20
    uploads = [
        take_upload(
            memory,
            one.name,
            one.chunks(),
            organisation=caller(request).organisation,
            most=most,
        )
        for one in said["files"]
    ]
    wanted = Wanted(
        record=said["record"],
        source=said["source"],
        as_of=said["as_of"],
        year=said["year"],
        form=said["form"],
        complete=said["complete"],
        synthetic=said["synthetic"],
    )
    return reverse("work_preview", args=[ask_preview(memory, uploads, wanted)])


@asks("import", "make")
def preview(request: HttpRequest, name: str) -> HttpResponse:
    """Show what files hold, before anything of it is known; take it, or leave it."""
    job = job_or_404(request, name, PREVIEW)
    back = reverse("work_imports")
    shown = waiting(request, job, title="work.job_import_preview", back=back)
    if shown is not None:
        return shown
    form = ReasonForm.of(request)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        return once(
            request,
            lambda: reverse(
                "work_job", args=[accept(office(request), name, reason=reason)]
            ),
        )
    assert job.result is not None
    records = office(request).records
    return desk(request, "work/import_preview.html", {
        "job": job,
        "shown": job.result,
        "accepted": sum(one["accepted"] for one in job.result["files"]),
        "rejected": sum(one["rejected"] for one in job.result["files"]),
        "all_known": all(one["known"] for one in job.result["files"]),
        "record": named(request, records.types.get(job.said["record"]), ""),
        "source": named(request, records.sources.get(job.said["source"]), ""),
        "form": form,
        "synthetic": job.result["synthetic"],
    }, 422 if form.errors else 200)  # fmt: skip


def batch_or_404(request: HttpRequest, name: str) -> Batch:
    """Return a batch that one may see."""
    with reading(request) as conn:
        found = found_or_404(lambda: find_batch(conn, name))
    see(request, "batch", "see")
    return found


@asks("batch", "see")
def batch(request: HttpRequest, name: str) -> HttpResponse:
    """Show one import: its files, its problems, the runs that read it."""
    found, memory = batch_or_404(request, name), office(request)
    with reading(request) as conn:
        runs = runs_with(memory, conn, name)
        said = written(conn, found)
    problems = problems_of(memory, name)
    facts = memory.kinds[found.record].attributes
    return desk(request, "work/import.html", {
        **_row(request, found),
        "written": [
            (one, named(request, facts.get(one.attribute), one.attribute))
            for one in said
        ],
        "writers": list(dict.fromkeys(one.actor for one in said)),
        "may_claims": may(request, "claim", "list"),
        "problems": problems[:SHOWN],
        "count": len(problems),
        "has_report": report_of(memory, name) is not None,
        "runs": runs,
        "may_withdraw": may(request, "batch", "withdraw")
        and found.withdrawn_at is None
        and found.kind == "import",
        "repeated": "repeated" in request.GET,
        "synthetic": found.synthetic,
    })  # fmt: skip


@asks("batch", "see")
def report(request: HttpRequest, name: str) -> HttpResponse:
    """Give the report of an import's problems; no cell of it runs."""
    batch_or_404(request, name)
    place = report_of(office(request), name)
    if place is None:
        raise Http404
    return FileResponse(place.open("rb"), as_attachment=True, filename=f"{name}.csv")


@asks("batch", "withdraw")
def withdraw_page(request: HttpRequest, name: str) -> HttpResponse:
    """Take an import back, with a reason; what was decided on it stays."""
    found, memory = batch_or_404(request, name), office(request)
    form = ReasonForm.of(request)
    if request.method == "POST" and form.is_valid():

        def act() -> str:
            made = withdraw(memory, name, reason=form.cleaned_data["reason"])
            told = html_word("work.withdrawn_now", request.locale, n=len(made.runs))
            messages.success(request, told)
            return reverse("work_import", args=[name])

        return once(request, act)
    with reading(request) as conn:
        runs = runs_with(memory, conn, name)
    return desk(request, "work/import_withdraw.html", {
        **_row(request, found),
        "runs": runs,
        "form": form,
        "synthetic": found.synthetic,
    }, 422 if form.errors else 200)  # fmt: skip


urls = [
    path("work/imports", imports_page, name="work_imports"),
    path("work/imports/new", new, name="work_import_new"),
    path("work/imports/new/<str:name>", preview, name="work_preview"),
    path("work/imports/<str:name>", batch, name="work_import"),
    path("work/imports/<str:name>/problems.csv", report, name="work_import_report"),
    path("work/imports/<str:name>/withdraw", withdraw_page, name="work_withdraw"),
]
