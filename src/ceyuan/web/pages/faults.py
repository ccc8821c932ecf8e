# SPDX-License-Identifier: Apache-2.0
"""Pages for what went wrong: what, where, why, how to mend; never a bare number."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from django.shortcuts import render

from ceyuan.kernel import CeyuanError, InputRejected, NotAllowed, UsageError
from ceyuan.office.database import DatabaseAway
from ceyuan.web.asking import BrokenOff

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LOG = logging.getLogger("ceyuan.web")


def fault_page(request: HttpRequest, error: CeyuanError) -> HttpResponse:
    """Return the page of an error of ours."""
    status, kind = 500, "ours"
    if isinstance(error, NotAllowed):
        status, kind = 403, "not_allowed"
    elif isinstance(error, InputRejected):
        status, kind = 422, "rejected"
    elif isinstance(error, UsageError):
        status, kind = 400, "usage"
    elif isinstance(error, BrokenOff):
        status, kind = 409, "broken_off"
    elif isinstance(error, DatabaseAway):
        LOG.error("%s", error.message)  # where it stands is nobody's to know
        return _page(request, 503, "away")
    elif isinstance(error, CeyuanError):
        status, kind = 409, "refused"
    problems = error.problems if isinstance(error, InputRejected) else ()
    return _page(request, status, kind, error=error, problems=problems)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the page for a form that did not come from ours, or too late."""
    LOG.warning("csrf: %s", reason)
    return _page(request, 403, "csrf")


def locked(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """Return the page for too many wrong passwords."""
    return _page(request, 429, "locked")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for what is not there, or not for who asks."""
    return _page(request, 404, "not_found")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for a request that cannot be read."""
    return _page(request, 400, "bad_request")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for what one may not."""
    return _page(request, 403, "not_allowed")


def broken(request: HttpRequest) -> HttpResponse:
    """Return the page for a fault of ours, with a number that the log has too."""
    number = secrets.token_hex(4)
    LOG.error("report %s for %s", number, request.path)
    return _page(request, 500, "ours", report=number)


def _page(
    request: HttpRequest,
    status: int,
    kind: str,
    *,
    error: CeyuanError | None = None,
    report: str = "",
    problems: object = (),
) -> HttpResponse:
    if not hasattr(request, "locale"):
        request.locale = "zh"
    said = {
        "kind": kind,
        "title": f"faults.{kind}",
        "help": f"faults.{kind}_help",
        "error": error,
        "coded": [error] if error is not None and not problems else [],
        "report": report,
        "problems": problems,
        "status": status,
    }
    return render(request, "fault.html", said, status=status)
