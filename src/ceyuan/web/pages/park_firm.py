# SPDX-License-Identifier: Apache-2.0
"""J2: one firm of a batch, its reasons and what is missing; and all of them to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.urls import path

from ceyuan.web.asking import asks
from ceyuan.web.pages.park import batch_or_404

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@asks("park_batch", "list")
def firm(request: HttpRequest, name: str, at: int) -> HttpResponse:
    """Show one firm of a batch."""
    batch_or_404(request, name)
    raise Http404


@asks("park_batch", "list")
def sheets(request: HttpRequest, name: str) -> HttpResponse:
    """Show one page per firm, to print."""
    batch_or_404(request, name)
    return render(request, "park/sheets.html", {})


urls = [
    path("park/<str:name>/firms/<int:at>", firm, name="park_firm"),
    path("park/<str:name>/sheets", sheets, name="park_sheets"),
]
