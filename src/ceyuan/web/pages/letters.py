# SPDX-License-Identifier: Apache-2.0
"""A user's letters: what the office wrote to him, and what each is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from ceyuan.office.letters import letter_to, letters_to, note_all_read, note_read
from ceyuan.web.asking import asks, caller, reading
from ceyuan.web.middleware import ENGLISH
from ceyuan.web.spoken import in_tongue

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MOST = 200


@asks("letter", "list")
def letters(request: HttpRequest) -> HttpResponse:
    """Show a user's letters, the newest first."""
    with reading(request) as conn:
        found = letters_to(conn, caller(request).name, limit=MOST)
    rows = [(one, in_tongue(one.subject, request.locale)) for one in found]
    is_new = any(one.read_at is None for one in found)
    return render(request, "letters/letters.html", {"rows": rows, "is_new": is_new})


@asks("letter", "see")
def letter(request: HttpRequest, number: int) -> HttpResponse:
    """Show a letter; it has been read from now on."""
    name = caller(request).name
    with reading(request) as conn:
        found = letter_to(conn, number, name)
        if found is None:
            raise Http404
        note_read(conn, number, name)
    return render(request, "letters/letter.html", {
        "letter": found,
        "subject": in_tongue(found.subject, request.locale),
        "about": about(request, found.about),
    })  # fmt: skip


def about(request: HttpRequest, address: str) -> str:
    """Return the address that a letter leads to, in the language of the page."""
    is_ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, None)
    if not is_ours:
        return ""
    return f"{ENGLISH}{address}" if request.locale == "en" else address


@require_POST
@asks("letter", "list")
def read_all(request: HttpRequest) -> HttpResponse:
    """Note that all have been read."""
    with reading(request) as conn:
        note_all_read(conn, caller(request).name)
    return redirect("letters")


urls = [
    path("letters", letters, name="letters"),
    path("letters/read", read_all, name="letters_read"),
    path("letters/<int:number>", letter, name="letter"),
]
