# SPDX-License-Identifier: Apache-2.0
"""J4: the book proved: walked as a job, heads published, receipts and exports checked."""

from __future__ import annotations

import json
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import FileResponse, Http404
from django.shortcuts import render
from django.urls import path, reverse

from ceyuan.kernel import InputRejected, UsageError
from ceyuan.ledger import check_receipt
from ceyuan.office.book_checked import (
    VERIFY,
    ask_to_verify,
    checks,
    heads_since,
    verify_export,
)
from ceyuan.office.book_out import FORMATS, write_out
from ceyuan.office.book_told import book_state
from ceyuan.office.jobs import job_of, jobs_of
from ceyuan.office.money_told import is_synthetic
from ceyuan.web.asking import asks, caller, is_part, office, once, see
from ceyuan.web.forms import PageForm
from ceyuan.web.money_shown import frame_of, one_moment
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import later, locale_now, word

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.jobs import Job

SHOWN_DAYS = 31
SHOWN_JOBS = 10
MOST_BYTES = 30 * 2**20
SUFFIXES = {"book": "txt", "beancount": "beancount", "csv": "csv", "parquet": "parquet"}


class HeadForm(PageForm):
    """A head that was published."""

    head = forms.RegexField(
        r"^\s*[0-9A-Fa-f]{64}\s*$",
        label=later("money.published_head"),
        help_text=later("money.published_head_help"),
        required=False,
        error_messages={"invalid": later("money.head_wrong")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_head(self) -> str:
        """Return the head as it is written in the chain."""
        return str(self.cleaned_data.get("head", "")).strip().lower()


class ProofForm(HeadForm):
    """A receipt or an exported book, to be checked."""

    file = forms.FileField(
        label=later("money.proof_file"), help_text=later("money.proof_file_help")
    )


@asks("ledger", "list")
def verifying(request: HttpRequest) -> HttpResponse:
    """Show how the book is proved; begin a walk through it."""
    form = HeadForm.of(request)
    if request.method == "POST" and form.is_valid():
        see(request, "ledger", "verify")
        return once(request, lambda: _begin(request, form.cleaned_data["head"]))
    with one_moment(request) as conn:
        return render(request, "money/verify.html", {
            **frame_of(request, conn, "verify"),
            "form": form,
            "state": book_state(conn),
            "heads": heads_since(conn, today() - timedelta(SHOWN_DAYS)),
            "jobs": jobs_of(conn, kind=VERIFY)[:SHOWN_JOBS],
            "formats": FORMATS,
        }, status=422 if form.errors else 200)  # fmt: skip


def _begin(request: HttpRequest, head: str) -> str:
    who = caller(request)
    job = ask_to_verify(office(request), head=head, organisation=who.organisation)
    return reverse("money_verified", args=[job])


@asks("ledger", "list")
def verified(request: HttpRequest, name: str) -> HttpResponse:
    """Show how far a walk is, or what it found check by check."""
    with one_moment(request) as conn:
        job = _job(conn, name)
        said = {**frame_of(request, conn, "verify"), "job": job}
    if job.is_over and job.result is not None:
        said["checks"] = checks(job.result, head=job.said.get("head", ""))
        said["result"] = job.result
    part = is_part(request)
    return render(request, f"money/verified{'_part' if part else ''}.html", said)


def _job(conn: Any, name: str) -> Job:
    try:
        job = job_of(conn, name)
    except UsageError as error:
        raise Http404 from error
    if job.kind != VERIFY:
        raise Http404
    return job


@asks("ledger", "list")
def proving(request: HttpRequest) -> HttpResponse:
    """Check a receipt or an exported book that somebody holds."""
    form = ProofForm.of(request)
    found: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            found = _proved(form.cleaned_data["file"], form.cleaned_data["head"])
        except InputRejected as error:
            form.add_error("file", fault_html(error))
    with one_moment(request) as conn:
        said = {**frame_of(request, conn, "verify"), "form": form, **found}
    return render(request, "money/prove.html", said, status=422 if form.errors else 200)


def _proved(file: Any, head: str) -> dict[str, Any]:
    """Return what came of a file: of a receipt, or of a book.

    Raises:
        InputRejected: It is neither.
    """
    if file.size > MOST_BYTES:
        raise InputRejected(word("money.proof_large", locale_now()))
    data = file.read()
    if data.lstrip()[:1] == b"{":
        try:
            document = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise InputRejected(word("money.proof_neither", locale_now())) from error
        wrong = check_receipt(document, head=head)
        return {"receipt": document, "wrong": wrong, "head": head}
    with tempfile.NamedTemporaryFile(suffix=".txt") as place:
        place.write(data)
        place.flush()
        result = verify_export(Path(place.name), head=head)
    return {"result": result, "checks": checks(result, head=head), "name": file.name}


@asks("ledger", "export")
def export(request: HttpRequest) -> HttpResponse:
    """Give the whole book as a file."""
    form = request.GET.get("format", "book")
    if form not in FORMATS:
        raise Http404
    with one_moment(request) as conn:
        note = "synthetic data" if is_synthetic(conn) else ""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / f"book.{SUFFIXES[form]}"
        write_out(
            office(request), place, format_=form, audits=form == "book", note=note
        )
        # The name goes with the folder, the bytes stay until they are sent.
        file = place.open("rb")
    return FileResponse(file, as_attachment=True, filename=place.name)


urls = [
    path("money/verify", verifying, name="money_verify"),
    path("money/verify/file", proving, name="money_prove"),
    path("money/verify/<str:name>", verified, name="money_verified"),
    path("money/export", export, name="money_export"),
]
