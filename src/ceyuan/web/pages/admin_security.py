# SPDX-License-Identifier: Apache-2.0
"""Security at a glance: who lacks a factor, who is locked, what was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings as django
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from ceyuan.office.logins import FAILURES, LOCKED_FOR, failed, locked, logins
from ceyuan.office.logins_given import unlock as unlock_verb
from ceyuan.office.users import load_roles
from ceyuan.web.accounts import must_have_factor, standing_of
from ceyuan.web.agents import agent
from ceyuan.web.asking import asks, may, office, reading
from ceyuan.web.words import later

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@asks("user", "list")
def security(request: HttpRequest) -> HttpResponse:
    """Show who lacks a second factor, who is locked, and the last wrong passwords."""
    declared = load_roles(office(request).region.id)
    with reading(request) as conn:
        lacking = [one for one in logins(conn) if one.lacks_factor]
        shut, wrong = locked(conn), failed(conn)
    led = {one.name for one in lacking if _is_led(one.name)}
    return render(request, "admin/security.html", {
        "lacking": [(u, [declared.roles[r] for r in u.roles if r in declared.roles],
                     u.name in led)
                    for u in lacking],
        "led": len(led),
        "free": len(lacking) - len(led),
        "locked": shut,
        "failed": [(one, agent(one.browser)) for one in wrong],
        "is_required": django.CEYUAN.second_factor == "required",
        "failures": FAILURES,
        "minutes": int(LOCKED_FOR.total_seconds() // 60),
        "may_set": may(request, "user", "set"),
        "tab": "admin_security",
    })  # fmt: skip


def _is_led(name: str) -> bool:
    """Return whether somebody is led to set up a factor before he sees anything."""
    found = standing_of(name)
    return found is not None and must_have_factor(found)


@require_POST
@asks("user", "set")
def unlock(request: HttpRequest) -> HttpResponse:
    """Let somebody try again."""
    name, address = request.POST.get("name", ""), request.POST.get("address", "")
    reason = request.POST.get("reason", "").strip()
    if reason:
        unlock_verb(office(request), name, address, reason=reason)
        messages.success(request, later("admin.unlocked"))
    else:
        messages.error(request, later("admin.reason_asked"))
    return redirect("admin_security")


urls = [
    path("admin/security", security, name="admin_security"),
    path("admin/security/unlock", unlock, name="admin_unlock"),
]
