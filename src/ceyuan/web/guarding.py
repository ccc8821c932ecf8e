# SPDX-License-Identifier: Apache-2.0
"""What is seen to for whoever is logged in, before any page is made.

He still is a user; he was here not long ago; he has the second factor that his roles
ask for, or is led to it and to nothing else; and for whom he acts is written beside
all that he does.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from ceyuan.kernel import CeyuanError
from ceyuan.office.auditing import acting_for
from ceyuan.web.accounts import ELSEWHERE, must_have_factor, standing_of
from ceyuan.web.api.problems import answer
from ceyuan.web.asking import caller
from ceyuan.web.pages.faults import fault_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from ceyuan.office.logins import Standing

    Answer = Callable[[HttpRequest], HttpResponse]

SEEN = "seen"
MINUTE = 60
"""A session is moved on once a minute at most: each time is a write."""
OPEN = ("/account/", "/large", "/health", "/about")
NO_FACTOR = "这个角色要有第二因素 (this role needs a second factor)"


def guard(get_response: Answer) -> Answer:
    """See to whoever is logged in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return get_response(request)
        try:
            found = standing_of(request.user.get_username())
            if found is None:
                logout(request)
                return get_response(request)
            _move_on(request)
            if _lacks_factor(request, found):
                return _to_factor(request)
            behalf = caller(request).behalf
        except CeyuanError as error:
            return fault_page(request, error)
        with acting_for(behalf):
            return get_response(request)

    return middleware


def _move_on(request: HttpRequest) -> None:
    """Let the session end so many minutes after this page, not after the login."""
    now = int(time.time())
    if now - request.session.get(SEEN, 0) >= MINUTE:
        request.session[SEEN] = now


def _lacks_factor(request: HttpRequest, found: Standing) -> bool:
    if found.has_factor or not must_have_factor(found):
        return False
    if request.session.get(ELSEWHERE) == request.user.get_username():
        return False
    return not request.path_info.startswith(OPEN)


def _to_factor(request: HttpRequest) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        # A program is not led to a page.
        return answer(request, "not_allowed", NO_FACTOR)
    target = request.get_full_path() if request.method == "GET" else reverse("home")
    url = f"{reverse('mfa_activate_totp')}?{urlencode({'next': target})}"
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
