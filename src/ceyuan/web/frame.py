# SPDX-License-Identifier: Apache-2.0
"""What stands around every page: menu, language, who is here, on whose behalf."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.conf import settings as django
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

import ceyuan
from ceyuan.office.organisations import called
from ceyuan.web.asking import caller, may, reading
from ceyuan.web.middleware import ENGLISH
from ceyuan.web.money_shown import tabs

if TYPE_CHECKING:
    from django.http import HttpRequest

CODE_LENGTH = 18
OWN = ("/me/account", "/me/tokens")
MENU = (
    # id of the words, name of the page, what one must be allowed; of money any part
    ("me", "me", ("firm", "own")),
    ("park", "park", ("park_batch", "list")),
    ("policies", "policies", ("policy", "list")),
    ("work", "work", ("overview", "see")),
    ("money", "money", None),
    ("lab", "lab", ("reform", "list")),
    ("admin", "admin", ("user", "list")),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame shows, worked out when it is shown."""
    locale = getattr(request, "locale", "zh")
    path = request.path_info
    query = request.META.get("QUERY_STRING", "")
    tail = f"{path}?{query}" if query and request.method == "GET" else path
    return {
        "locale": locale,
        "lang": "en" if locale == "en" else "zh-CN",
        "other_language": tail if locale == "en" else f"{ENGLISH}{tail}",
        "caller": SimpleLazyObject(lambda: caller(request)),
        "organisation_name": SimpleLazyObject(lambda: _organisation_name(request)),
        "behalf_name": SimpleLazyObject(lambda: _behalf_name(request)),
        "menu": SimpleLazyObject(lambda: _menu(request)),
        "is_large": request.COOKIES.get("large") == "1",
        "version": ceyuan.__version__,
        "demo_day": django.CEYUAN.today,
        "once_key": secrets.token_urlsafe(12),
    }


def _organisation_name(request: HttpRequest) -> str:
    """Return how the organisation of who is here is called."""
    said = caller(request).organisation
    if len(said) != CODE_LENGTH:
        return said
    with reading(request) as conn:
        return called(conn, [said]).get(said, said)


def _behalf_name(request: HttpRequest) -> str:
    """Return how the firm is called that is acted for; its code where it has no name."""
    code = caller(request).behalf
    with reading(request) as conn:
        return called(conn, [code]).get(code, code)


def _is_own(request: HttpRequest) -> bool:
    """Return whether a page is about the user himself, which no menu leads to."""
    return request.path_info.startswith(OWN)


def _menu(request: HttpRequest) -> list[dict[str, Any]]:
    found = []
    for words, page, asked in MENU:
        door = page
        if asked is None:
            # Who does not read the book may still see instruments or payments.
            door = next((name for _, name, _ in tabs(request)), "")
        elif not may(request, *asked):
            door = ""
        if door:
            is_here = request.path.startswith(reverse(page)) and not _is_own(request)
            found.append(
                {"words": f"frame.menu_{words}", "to": reverse(door), "here": is_here}
            )
    return found
