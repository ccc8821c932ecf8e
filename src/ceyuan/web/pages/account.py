# SPDX-License-Identifier: Apache-2.0
"""The user's own page: who he is here, his factors, sessions, on whose behalf he acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings as django
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, path, reverse
from django.views.decorators.http import require_POST

from ceyuan.office.consents import consents, purposes
from ceyuan.office.delegations import begin, finish, held_by
from ceyuan.office.letters import unread
from ceyuan.office.logins import login_of, sessions
from ceyuan.office.logins_given import end_sessions, set_email
from ceyuan.office.organisations import called
from ceyuan.office.users import load_roles
from ceyuan.web.accounts import must_have_factor, standing_of, unusable
from ceyuan.web.agents import agent
from ceyuan.web.asking import BEHALF, asks, caller, may, office, reading, to_login
from ceyuan.web.forms import PageForm
from ceyuan.web.role_words import able
from ceyuan.web.showing import today
from ceyuan.web.words import later, word

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from psycopg import Connection

    from ceyuan.office.consents import Consent
    from ceyuan.office.roles import Purpose


class EmailForm(PageForm):
    """Where letters are mailed to."""

    email = forms.EmailField(
        label=later("account.email"),
        help_text=later("account.email_hint"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


@asks("user", "see")
def account(request: HttpRequest) -> HttpResponse:
    """Show who is here, and take where his letters go."""
    who = caller(request)
    with reading(request) as conn:
        login = login_of(conn, who.name)
    form = EmailForm.of(request, initial={"email": login.email})
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        set_email(office(request), who.name, email, unusable=unusable())
        messages.success(request, later("account.email_kept"))
        return redirect(f"{reverse('account')}#mail")
    said = {"form": form, "login": login, **_own(request)}
    status = 422 if form.errors else 200
    return render(request, "account/account.html", said, status=status)


def _own(request: HttpRequest) -> dict[str, Any]:
    """Return what stands on the page beside the form."""
    who, declared = caller(request), load_roles(office(request).region.id)
    standing = standing_of(who.name)
    assert standing is not None
    with reading(request) as conn:
        held = held_by(conn, who.name, today())
        codes = [one.organisation for one in held]
        said = {
            "sessions": [(one, agent(one.browser)) for one in sessions(conn, who.name)],
            "unread": unread(conn, who.name),
            "held": held,
            "consents": _consents(request, conn),
            "called": called(conn, [*codes, who.organisation, who.acts_for]),
        }
    return {
        **said,
        "roles": [
            (declared.roles[name], able(declared, name))
            for name in standing.roles
            if name in declared.roles
        ],
        "standing": standing,
        "must_have_factor": must_have_factor(standing),
        "session_key": request.session.session_key,
        "minutes": django.CEYUAN.session_minutes,
        "is_mailed": bool(django.CEYUAN.mail_url),
        "may_consent": may(request, "consent", "list", owner=who.acts_for),
        "may_delegate": may(request, "delegation", "list"),
    }


def _consents(request: HttpRequest, conn: Connection) -> list[tuple[Consent, Purpose]]:
    """Return the consents of the organisation that hold, with what they are for."""
    owner = caller(request).acts_for
    if not may(request, "consent", "list", owner=owner):
        return []
    known = purposes(office(request).region.id)
    return [
        (one, known[one.purpose])
        for one in consents(conn, code=owner)
        if one.holds(today()) and one.purpose in known
    ]


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the user's other sessions."""
    who = caller(request)
    if not who.name:
        return to_login(request)
    keep = request.session.session_key or ""
    ended = end_sessions(office(request), who.name, keep=keep)
    messages.success(request, word("account.signed_out", request.locale, n=ended))
    return redirect(f"{reverse('account')}#sessions")


@require_POST
def behalf_start(request: HttpRequest) -> HttpResponse:
    """Act on behalf of an organisation from now on."""
    who = caller(request)
    if not who.name:
        return to_login(request)
    organisation = request.POST.get("organisation", "")
    begin(office(request), organisation, on=today())
    request.session[BEHALF] = organisation
    try:
        return redirect("me")
    except NoReverseMatch:
        return redirect("home")


@require_POST
def behalf_end(request: HttpRequest) -> HttpResponse:
    """Act for oneself again."""
    organisation = request.session.pop(BEHALF, "")
    if organisation and caller(request).name:
        finish(office(request), organisation)
    return redirect("account")


urls = [
    path("me/account", account, name="account"),
    path("me/account/sessions/end", sign_out, name="sessions_end"),
    path("behalf/start", behalf_start, name="behalf_start"),
    path("behalf/end", behalf_end, name="behalf_end"),
]
