# SPDX-License-Identifier: Apache-2.0
"""A firm, or an officer for it, has a receipt made: a page to print and a file to send."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from ceyuan.kernel import UsageError, clean_code
from ceyuan.office.firms import find_firm
from ceyuan.office.kept_receipts import issue_receipt, kept_receipt
from ceyuan.office.runs import find
from ceyuan.web.asking import asks, caller, may, office, once, see
from ceyuan.web.forms import PageForm
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import later

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ceyuan.office.running import Run


class MakeForm(PageForm):
    """Whose decisions, and of which policies."""

    firm = forms.CharField(
        label=later("receipt.firm"), help_text=later("receipt.firm_help"), max_length=40
    )
    policies = forms.MultipleChoiceField(
        label=later("receipt.which"),
        help_text=later("receipt.which_help"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


@asks("receipt", "make")
def receipt_make(request: HttpRequest) -> HttpResponse:
    """Have a receipt made of the last run; lead to the page that is printed."""
    own = "" if may(request, "receipt", "make", owner="") else caller(request).acts_for
    run = _last(request)
    form = MakeForm.of(request, initial={"firm": request.GET.get("firm", own)})
    if own:
        form.fields["firm"].disabled = True
        form.initial["firm"] = own
    if run is not None:
        form.fields["policies"].choices = _choices(request, run)
    if request.method == "POST" and run is not None and form.is_valid():
        said = form.cleaned_data
        try:
            return once(request, lambda: _issue(request, run, said))
        except UsageError as error:
            form.add_error("firm", fault_html(error))
    status = 422 if form.errors else 200
    said = {"form": form, "run": run, "synthetic": run is not None and run.synthetic}
    return render(request, "receipt/make.html", said, status=status)


def _last(request: HttpRequest) -> Run | None:
    try:
        return find(office(request), "last")
    except UsageError:
        return None


def _choices(request: HttpRequest, run: Run) -> list[tuple[str, str]]:
    rules = office(request).region.rules
    at_english = request.locale == "en"
    return [
        (name, rules[name].said.en if at_english else rules[name].said.zh)
        for name in run.policies.get("firm", ())
        if name in rules
    ]


def _issue(request: HttpRequest, run: Run, said: dict[str, Any]) -> str:
    code = clean_code(said["firm"])
    see(request, "receipt", "make", owner=code)
    memory = office(request)
    firm = find_firm(memory.reading(run.as_of, run.known_at), code)
    number = issue_receipt(memory, run.id, firm.org, policies=said["policies"])
    return reverse("receipt_of", args=[number])


@asks("receipt", "see")
def receipt_file(request: HttpRequest, code: str) -> HttpResponse:
    """Give the file of a receipt to whose it is: all that it takes to check it."""
    kept = kept_receipt(office(request), code)
    if kept is None:
        raise Http404
    see(request, "receipt", "see", owner=kept.get("subject", {}).get("code", ""))
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="receipt.json"'
    return answer


urls = [
    path("receipts/new", receipt_make, name="receipt_make"),
    path("receipts/<str:code>/file", receipt_file, name="receipt_file"),
]
