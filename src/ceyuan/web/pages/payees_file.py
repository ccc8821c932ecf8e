# SPDX-License-Identifier: Apache-2.0
"""J4: where many parties are paid, out of one table: looked at first, then taken.

Between the two steps the table is nowhere on the server: it waits, sealed, in the form
of the page that shows what it would do, for one hour and for who handed it in. When it
is taken it is looked at once more; does it do something else by then, nothing is done.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from cryptography.fernet import InvalidToken
from django import forms
from django.contrib import messages
from django.shortcuts import render
from django.urls import path, reverse

from ceyuan.kernel import InputRejected, UsageError
from ceyuan.office.booked import seal_book
from ceyuan.office.payees_read import (
    HEADINGS,
    MOST_BYTES,
    MOST_ROWS,
    look_at_payees,
    register_payees,
)
from ceyuan.office.uploads import safe_name
from ceyuan.web.accounts import _sealer
from ceyuan.web.asking import asks, caller, office, once, see
from ceyuan.web.forms import PageForm
from ceyuan.web.money_shown import frame_of, one_moment
from ceyuan.web.pages.money_book import day_input
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import later, word

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.payees_read import PayeesLooked

PREVIEWED = 200
WAITS = 3600


class PayeesForm(PageForm):
    """A table of payees, and from when they count."""

    file = forms.FileField(
        label=later("money.payees_file"), help_text=later("money.payees_file_help")
    )
    since = forms.DateField(label=later("money.since"), widget=day_input())
    reason = forms.CharField(label=later("money.reason"), max_length=200)

    def clean_file(self) -> Any:
        """Return the file, where it is not too large."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(later("money.payees_too_large"))
        return file


@dataclass(frozen=True, slots=True)
class Waiting:
    """A table between the two steps: sealed in the page, for who handed it in.

    Args:
        who: Who handed it in.
        name: What the file is called.
        since: From when the accounts count.
        reason: Why they are registered.
        data: The file.
        digest: Of what was looked at; empty before that.
    """

    who: str
    name: str
    since: date
    reason: str
    data: bytes
    digest: str = ""

    def sealed(self, digest: str) -> str:
        """Return it as it may stand in a page, with what was looked at."""
        said = [
            self.who, self.name, self.since.isoformat(), self.reason,
            b64encode(self.data).decode(), digest,
        ]  # fmt: skip
        packed = zlib.compress(json.dumps(said).encode())
        return str(_sealer().encrypt(packed).decode())

    @classmethod
    def opened(cls, text: str) -> Waiting | None:
        """Return what was sealed; None where it is another's work, or too old."""
        try:
            packed = _sealer().decrypt(text.encode(), ttl=WAITS)
            who, name, since, reason, data, digest = json.loads(zlib.decompress(packed))
            return cls(
                who, name, date.fromisoformat(since), reason, b64decode(data), digest
            )
        except (InvalidToken, ValueError, zlib.error):
            return None


class Changed(UsageError):
    """The table would do something else by now; nothing was done."""


@asks("payee", "set")
def payees_file(request: HttpRequest) -> HttpResponse:
    """Show what a table of payees would do; take the one that was looked at, once."""
    form = PayeesForm.of(request, initial={"since": today().isoformat()})
    said: dict[str, Any] = {"form": form}
    if request.method == "POST":
        see(request, "payee", "set")
    if held := request.POST.get("held", ""):
        return _agreed(request, held)
    if request.method == "POST" and form.is_valid():
        said["waiting"] = _handed_in(request, form)
        try:
            said["looked"] = _look(request, said["waiting"])
        except InputRejected as error:
            form.add_error("file", fault_html(error))
    return _shown(request, said, status=422 if form.errors else 200)


def _agreed(request: HttpRequest, held: str) -> HttpResponse:
    """Take the table that was looked at; where it is not that any more, show it."""
    said: dict[str, Any] = {"form": PayeesForm(initial={"since": today().isoformat()})}
    waiting = Waiting.opened(held)
    if waiting is None or waiting.who != caller(request).name:
        return _shown(request, said | {"gone": True}, status=422)
    try:
        return once(request, lambda: _take(request, waiting))
    except Changed:
        said |= {"changed": True, "waiting": waiting, "looked": _look(request, waiting)}
    return _shown(request, said, status=409)


def _handed_in(request: HttpRequest, form: PageForm) -> Waiting:
    file = form.cleaned_data["file"]
    return Waiting(
        caller(request).name,
        safe_name(file.name),
        form.cleaned_data["since"],
        form.cleaned_data["reason"].strip(),
        file.read(),
    )


def _look(request: HttpRequest, waiting: Waiting) -> PayeesLooked:
    return look_at_payees(
        office(request), waiting.data, name=waiting.name, since=waiting.since
    )


def _shown(request: HttpRequest, said: dict[str, Any], *, status: int) -> HttpResponse:
    """Draw the page: the form, or what the table would do."""
    with one_moment(request) as conn:
        said |= frame_of(request, conn, "payments")
    said |= {"headings": ",".join(HEADINGS), "most_rows": MOST_ROWS}
    if (looked := said.get("looked")) is not None:
        said |= {
            "held": said["waiting"].sealed(looked.digest) if looked.taken else "",
            "rows": looked.taken[:PREVIEWED],
            "more": max(0, len(looked.taken) - PREVIEWED),
        }
    return render(request, "money/payees_file.html", said, status=status)


def _take(request: HttpRequest, waiting: Waiting) -> str:
    looked = _look(request, waiting)
    if looked.digest != waiting.digest:
        raise Changed(word("money.payees_changed", request.locale))
    memory = office(request)
    count = register_payees(memory, looked, since=waiting.since, reason=waiting.reason)
    seal_book(memory)
    messages.success(request, word("money.payees_told", request.locale, n=count))
    return reverse("money_payees")


urls = [path("money/payments/payees/file", payees_file, name="money_payees_file")]
