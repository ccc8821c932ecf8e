# SPDX-License-Identifier: Apache-2.0
"""What happens around every page: its language, and what an error becomes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404
from django.urls import set_script_prefix
from django.utils import translation
from django.utils.cache import patch_vary_headers

from ceyuan.kernel import CeyuanError
from ceyuan.web.pages.faults import fault_page, not_found

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    Answer = Callable[[HttpRequest], HttpResponse]

ENGLISH = "/en"
INTERFACE = "/api/v1/"
"""Says by itself what it does not take."""
LOG = logging.getLogger("ceyuan.web")
LED_ON = (
    Http404, PermissionDenied, BadRequest, ReauthenticationRequired,
    ImmediateHttpResponse,
)  # fmt: skip
"""What is raised to be answered with a page, and is no fault."""


def locale(get_response: Answer) -> Answer:
    """Take `/en` off the address: the same page, in English.

    The prefix becomes the prefix of all links that the page makes, so that whoever
    reads English stays in English.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        is_english = path == ENGLISH or path.startswith(f"{ENGLISH}/")
        request.locale = "en" if is_english else "zh"
        if is_english:
            request.path_info = path.removeprefix(ENGLISH) or "/"
        set_script_prefix(f"{ENGLISH}/" if is_english else "/")
        with translation.override("en" if is_english else "zh-hans"):
            response = get_response(request)
        # The interface for programs may have been asked in the other language.
        language = "en" if is_english else "zh-CN"
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        if "sessionid" in request.COOKIES or response.cookies:
            # What one person saw is not kept by a proxy, nor by the "back" button.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


class faults:  # noqa: N801 - named like a function in Django's list
    """Turn wrong use into a page that says what, where, why and how to mend."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the page; nothing is called by a name with a NUL in it."""
        query = request.META.get("QUERY_STRING", "")
        has_nul = "\x00" in request.path_info or "%00" in query
        if has_nul and not request.path_info.startswith(INTERFACE):
            return not_found(request, Http404())
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        """Return a page for an error of ours; others are Django's."""
        if isinstance(error, CeyuanError):
            return fault_page(request, error)
        if not isinstance(error, LED_ON):
            LOG.error("%s %s", request.method, request.path, exc_info=error)
        return None
