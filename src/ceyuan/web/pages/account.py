# SPDX-License-Identifier: Apache-2.0
"""The user's own page: who he is here, his factors, tokens, on whose behalf he acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from ceyuan.web.asking import BEHALF, caller, to_login

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def account(request: HttpRequest) -> HttpResponse:
    """Show who is here."""
    if not caller(request).name:
        return to_login(request)
    return render(request, "account/account.html", {})


@require_POST
def behalf_end(request: HttpRequest) -> HttpResponse:
    """Act for oneself again."""
    request.session.pop(BEHALF, None)
    return redirect("home")


urls = [
    path("me/account", account, name="account"),
    path("behalf/end", behalf_end, name="behalf_end"),
]
