# SPDX-License-Identifier: Apache-2.0
"""J4: what finance does: send a batch, take in what came back."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings as django
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from ceyuan.kernel import InputRejected, UsageError
from ceyuan.office.booked import seal_book
from ceyuan.office.payment_forms import load_payment_forms
from ceyuan.office.payments_told import (
    return_files,
    return_lines,
)
from ceyuan.office.returning import take_return
from ceyuan.office.sending import BatchAsked, Changed, digest_of, look, send
from ceyuan.office.uploads import safe_name
from ceyuan.web.asking import asks, office, once, see
from ceyuan.web.forms import PageForm
from ceyuan.web.money_shown import Shown, frame_of, one_moment
from ceyuan.web.pages.money_book import day_input
from ceyuan.web.pages.payments import of_office
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import later, word

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ceyuan.office.returning import Returned

PREVIEWED = 200
SHA_LENGTH = 64


class FileFormForm(PageForm):
    """The form of a payment file."""

    form = forms.ChoiceField(label=later("money.form"))

    def __init__(self, *args: Any, book: Shown, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declared = load_payment_forms(book.memory.region.id)
        self.fields["form"].choices = [
            (name, book.pick(one.zh, one.en)) for name, one in declared.items()
        ]


class SendForm(FileFormForm):
    """What is to be sent."""

    on = forms.DateField(
        label=later("money.pay_day"),
        help_text=later("money.pay_day_help"),
        widget=day_input(),
    )
    policy = forms.ChoiceField(
        label=later("money.policy"),
        help_text=later("money.pay_policy_help"),
        required=False,
    )
    reason = forms.CharField(
        label=later("money.reason"), required=False, max_length=200
    )
    again = forms.BooleanField(
        label=later("money.send_again"),
        help_text=later("money.send_again_help"),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Return what was filled in; sending again asks for a reason."""
        said = super().clean() or self.cleaned_data
        if said.get("again") and not said.get("reason"):
            text = word("money.again_reason", self.locale)
            self.add_error("reason", text)
        return dict(said)

    def __init__(self, *args: Any, book: Shown, **kwargs: Any) -> None:
        super().__init__(*args, book=book, **kwargs)
        self.locale = book.locale
        paid = {
            one.said.entitlement.policy
            for one in book.memory.declared.instruments.instruments.values()
            if one.said.entitlement and one.said.entitlement.policy
        }
        self.fields["policy"].choices = [
            ("", word("money.everything", book.locale)),
            *((name, book.policy(name)) for name in sorted(paid)),
        ]
        self.order_fields(["on", "form", "policy", "reason", "again"])


@asks("payment", "pay")
def sending(request: HttpRequest) -> HttpResponse:
    """Show a batch before it is sent; send the one that was looked at, once."""
    book = Shown(office(request), request.locale)
    initial = {"on": today().isoformat()}
    form = SendForm.of(request, book=book, initial=initial)
    said: dict[str, Any] = {"form": form}
    if request.method == "POST" and "back" not in request.POST and form.is_valid():
        see(request, "payment", "pay")
        asked = BatchAsked(**form.cleaned_data)
        try:
            if agreed := request.POST.get("agreed", ""):
                return once(request, lambda: _send(request, asked, agreed))
            made = look(office(request), asked)
            said |= {"made": made, "agreed": digest_of(asked, made), "asked": asked}
        except Changed as changed:
            said["changed"] = changed
        except UsageError as error:
            form.add_error(None, fault_html(error))
    return _sending(request, said)


def _sending(request: HttpRequest, said: dict[str, Any]) -> HttpResponse:
    made = said.get("made")
    with one_moment(request) as conn:
        said |= frame_of(request, conn, "payments")
    if made is not None:
        said["lines"] = made.lines[:PREVIEWED]
        said["form_name"] = dict(said["form"].fields["form"].choices)[
            said["asked"].form
        ]
        said["more"] = max(0, len(made.lines) - PREVIEWED)
    status = 409 if "changed" in said else 422 if said["form"].errors else 200
    return render(request, "money/send.html", said, status=status)


def _send(request: HttpRequest, asked: BatchAsked, agreed: str) -> str:
    memory = office(request)
    made = send(memory, asked, agreed=agreed)
    seal_book(memory)
    return f"{reverse('money_batch', args=[made.id])}?sent=1"


class ReturnForm(FileFormForm):
    """A file that came back."""

    file = forms.FileField(
        label=later("money.return_file"), help_text=later("money.return_file_help")
    )

    def clean_file(self) -> Any:
        """Return the file, where it is not too large."""
        file = self.cleaned_data["file"]
        if file.size > django.CEYUAN.upload_mb * 2**20:
            text = word("money.too_large", self.locale, mb=django.CEYUAN.upload_mb)
            raise forms.ValidationError(text)
        return file

    def __init__(self, *args: Any, book: Shown, **kwargs: Any) -> None:
        super().__init__(*args, book=book, **kwargs)
        self.locale = book.locale


@asks("payment", "return")
def returning(request: HttpRequest) -> HttpResponse:
    """Take in a file that came back, or only say what it would do."""
    book = Shown(office(request), request.locale)
    form = ReturnForm.of(request, book=book)
    said: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        see(request, "payment", "return")
        try:
            if "look" not in request.POST:
                return once(request, lambda: _take(request, form))
            said["made"] = _taken(request, form, dry_run=True)
        except InputRejected as error:
            form.add_error("file", fault_html(error))
    with one_moment(request) as conn:
        said |= frame_of(request, conn, "payments")
    return render(
        request, "money/return.html", said, status=422 if form.errors else 200
    )


def _taken(request: HttpRequest, form: PageForm, *, dry_run: bool) -> Returned:
    """Return what came of a file.

    Raises:
        InputRejected: It cannot be read, or no line stands in it.
    """
    file = form.cleaned_data["file"]
    file.seek(0)
    made = take_return(
        office(request),
        file.read(),
        name=safe_name(file.name),
        form=form.cleaned_data["form"],
        dry_run=dry_run,
    )
    if not (made.paid or made.failed or made.known or made.problems):
        raise InputRejected(word("money.return_empty", request.locale))
    return made


def _take(request: HttpRequest, form: PageForm) -> str:
    made = _taken(request, form, dry_run=False)
    seal_book(office(request))
    told = word(
        "money.returned_told",
        request.locale,
        paid=len(made.paid),
        failed=len(made.failed),
        known=len(made.known),
        problems=len(made.problems),
    )
    kind = messages.WARNING if made.problems else messages.SUCCESS
    messages.add_message(request, kind, told)
    file = form.cleaned_data["file"]
    file.seek(0)
    sha = hashlib.sha256(file.read()).hexdigest()
    return reverse("money_return_file", args=[sha])


@of_office("payment", "list")
def return_file(request: HttpRequest, sha: str) -> HttpResponse:
    """Show a file that came back, line by line."""
    if len(sha) != SHA_LENGTH or set(sha) - set("0123456789abcdef"):
        raise Http404
    with one_moment(request) as conn:
        found = return_files(conn, sha=sha)
        if not found:
            raise Http404
        lines = return_lines(conn, sha)
        wanted = request.GET.get("result", "")
        return render(request, "money/return_file.html", {
            **frame_of(request, conn, "payments"),
            "file": found[0],
            "lines": [one for one in lines if wanted in ("", one.result)],
            "result": wanted,
        })  # fmt: skip


urls = [
    path("money/payments/send", sending, name="money_send"),
    path("money/payments/return", returning, name="money_return"),
    path("money/payments/returns/<str:sha>", return_file, name="money_return_file"),
]
