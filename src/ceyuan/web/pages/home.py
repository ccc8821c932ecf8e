# SPDX-License-Identifier: Apache-2.0
"""The start page, the language of it, large text, about, and whether all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from ceyuan.web.asking import answer_json
from ceyuan.web.opened import memory

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

YEAR = 365 * 24 * 3600


def home(request: HttpRequest) -> HttpResponse:
    """Show the start page."""
    return render(request, "home/home.html", {})


def about(request: HttpRequest) -> HttpResponse:
    """Show what this is, and how it is reached by other means."""
    return render(request, "home/about.html", {"region": memory().region})


def safe_next(request: HttpRequest, given: str) -> str:
    """Return an address of ours; the start page for any other."""
    ours = url_has_allowed_host_and_scheme(
        given, {request.get_host()}, require_https=request.is_secure()
    )
    return given if ours else "/"


@require_POST
def large(request: HttpRequest) -> HttpResponse:
    """Turn large text on or off, and go back."""
    is_large = request.COOKIES.get("large") == "1"
    response = redirect(safe_next(request, request.POST.get("next", "/")))
    response.set_cookie(
        "large",
        "0" if is_large else "1",
        max_age=YEAR,
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    return response


def health(request: HttpRequest) -> HttpResponse:
    """Say whether the portal and its database answer; for whoever watches."""
    with memory().transaction() as conn:
        conn.execute("select 1")
    return answer_json({"status": "ok"})


urls = [
    path("", home, name="home"),
    path("about", about, name="about"),
    path("large", large, name="large"),
    path("health", health, name="health"),
]
