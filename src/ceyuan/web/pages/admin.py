# SPDX-License-Identifier: Apache-2.0
"""Administration: what needs looking at, roles as they are declared, settings, jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings as django
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from ceyuan.kernel import UsageError
from ceyuan.office.administered import needs
from ceyuan.office.consents import consents, purposes
from ceyuan.office.delegations import delegations
from ceyuan.office.jobs import job_of, jobs_of, stop_by
from ceyuan.office.logins import logins
from ceyuan.office.organisations import called, organisations
from ceyuan.office.permissions import where
from ceyuan.office.users import load_roles
from ceyuan.web.asking import asks, caller, may, office, reading, see
from ceyuan.web.role_words import every_role
from ceyuan.web.settings import told
from ceyuan.web.showing import today
from ceyuan.web.words import catalogue, later, word

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.office.consents import Consent
    from ceyuan.office.roles import Purpose


@asks("user", "list")
def admin(request: HttpRequest) -> HttpResponse:
    """Show what an administrator has to look at."""
    with reading(request) as conn:
        found = needs(conn)
    return render(request, "admin/admin.html", {"needs": found, "tab": "admin"})


@asks("user", "list")
def roles(request: HttpRequest) -> HttpResponse:
    """Show the one table of permissions, role by role."""
    declared = load_roles(office(request).region.id)
    said = {"roles": every_role(declared), "tab": "admin_roles"}
    return render(request, "admin/roles.html", said)


@asks("user", "list")
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show how the portal is run, and where each value came from."""
    said = {"rows": told(django.CEYUAN), "tab": "admin_settings"}
    return render(request, "admin/settings.html", said)


@asks("user", "list")
def organisations_page(request: HttpRequest) -> HttpResponse:
    """Show organisations by what hangs on them."""
    words = request.GET.get("q", "")
    with reading(request) as conn:
        found = organisations(conn, on=today(), words=words)
        names = called(conn, [one.name for one in found])
    said = {
        "rows": found,
        "called": names,
        "words": words,
        "tab": "admin_organisations",
    }
    return render(request, "admin/organisations.html", said)


@asks("user", "list")
def organisation_page(request: HttpRequest) -> HttpResponse:
    """Show one organisation: its users, consents and delegations."""
    name = request.GET.get("name", "").strip()
    if not name:
        raise Http404
    with reading(request) as conn:
        users = [one for one in logins(conn, words=name) if one.organisation == name]
        given = consents(conn, code=name, **_allowed(request, "consent"))
        received = consents(conn, party=name, **_allowed(request, "consent_received"))
        handed = delegations(conn, organisation=name)
        names = called(conn, [name])
    if not (users or given or received or handed):
        raise Http404
    return render(request, "admin/organisation.html", {
        "name": name,
        "called_name": names.get(name, ""),
        "users": users,
        "consents": [("given", _told(request, given)), ("received", _told(request, received))],
        "delegations": handed,
        "tab": "admin_organisations",
    })  # fmt: skip


def _allowed(request: HttpRequest, type_: str) -> dict[str, Any]:
    """Return which rows of a type who asks may list: a predicate and its values."""
    declared = load_roles(office(request).region.id)
    clause, given = where(declared, caller(request), type_, "list")
    return {"where": clause, "given": given}


def _told(
    request: HttpRequest, every: list[Consent]
) -> list[tuple[Consent, Purpose | None, str]]:
    """Return consents with what they are for and how they stand.

    A purpose that is no longer declared is None; the consent names it.
    """
    known = purposes(office(request).region.id)
    return [
        (
            one,
            known.get(one.purpose),
            "holds" if one.holds(today()) else "over" if one.given else "not",
        )
        for one in every
    ]


@asks("job", "list")
def jobs(request: HttpRequest) -> HttpResponse:
    """Show the work that is done beside the pages."""
    see(request, "job", "list", owner="")
    with reading(request) as conn:
        found = jobs_of(conn)
        names = called(conn, [one.organisation for one in found])
    shown = [
        (
            one,
            kind_of_job(one.kind, request.locale),
            names.get(one.organisation, one.organisation),
        )
        for one in found
    ]
    said = {"jobs": shown, "may_stop": may(request, "job", "stop", owner="")}
    return render(request, "admin/jobs.html", {**said, "tab": "admin_jobs"})


def kind_of_job(kind: str, locale: str) -> str:
    """Return what a kind of job is called; its code where there is no word."""
    known = f"admin.kind_{kind}"
    return word(known, locale) if known in catalogue() else kind


@require_POST
@asks("job", "stop")
def job_stop(request: HttpRequest, name: str) -> HttpResponse:
    """Ask a job to end."""
    with reading(request) as conn:
        try:
            job = job_of(conn, name)
        except UsageError as error:
            raise Http404 from error
    see(request, "job", "stop", owner=job.actor)
    stop_by(office(request), name)
    messages.success(request, later("admin.job_stopped"))
    return redirect("admin_jobs")


urls = [
    path("admin", admin, name="admin"),
    path("admin/roles", roles, name="admin_roles"),
    path("admin/settings", settings_page, name="admin_settings"),
    path("admin/organisations", organisations_page, name="admin_organisations"),
    path("admin/organisation", organisation_page, name="admin_organisation"),
    path("admin/jobs", jobs, name="admin_jobs"),
    path("admin/jobs/<str:name>/stop", job_stop, name="admin_job_stop"),
]
