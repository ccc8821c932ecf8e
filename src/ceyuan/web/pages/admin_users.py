# SPDX-License-Identifier: Apache-2.0
"""Users: found, registered, changed, put out of use; and their ways in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.core.validators import RegexValidator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from ceyuan.kernel import UsageError
from ceyuan.office.auditing import trail
from ceyuan.office.logins import Login, login_of, logins, sessions
from ceyuan.office.logins_given import (
    end_sessions,
    give_way_in,
    link,
    reset_factor,
    set_email,
    unlink,
)
from ceyuan.office.organisations import called
from ceyuan.office.users import load_roles, set_user
from ceyuan.web.accounts import link_to_set_password, unusable
from ceyuan.web.agents import agent
from ceyuan.web.asking import asks, is_part, may, office, once, reading
from ceyuan.web.forms import PageForm
from ceyuan.web.login_settings import LINK_HOURS
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import catalogue, later, locale_now, word

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

A_PAGE = 50
LINK = "first-link"
"""In the administrator's session: the link that he has just made, shown once."""


def _role_choices() -> list[tuple[str, str]]:
    from ceyuan.office.roles import PUBLIC_ROLE
    from ceyuan.web.opened import memory

    roles = load_roles(memory().region.id).roles
    at = locale_now() == "en"
    return [
        (name, said.en if at else said.zh)
        for name, said in roles.items()
        if name != PUBLIC_ROLE
    ]


class UserForm(PageForm):
    """A user, as he is registered or changed."""

    name = forms.CharField(
        label=later("account.name"),
        help_text=later("admin.name_hint"),
        max_length=150,
        validators=[
            RegexValidator(r"\A[\w.@+ -]*\w[\w.@+ -]*\Z", later("admin.name_hint"))
        ],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    display = forms.CharField(
        label=later("account.display"), max_length=100, required=False
    )
    organisation = forms.CharField(
        label=later("account.organisation"),
        help_text=later("admin.organisation_hint"),
        max_length=200,
        required=False,
    )
    roles = forms.MultipleChoiceField(
        label=later("account.roles"),
        choices=_role_choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    email = forms.EmailField(label=later("account.email"), required=False)
    reason = forms.CharField(
        label=later("account.reason"), help_text=later("admin.reason_hint")
    )


@asks("user", "list")
def users_page(request: HttpRequest) -> HttpResponse:
    """Show users: found by words and role, fifty a page."""
    words, role = request.GET.get("q", "").strip(), request.GET.get("role", "")
    with reading(request) as conn:
        found = logins(conn, words=words, role=role)
        page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
        names = called(conn, [one.organisation for one in page])
    template = "admin/users_part.html" if is_part(request) else "admin/users.html"
    declared = load_roles(office(request).region.id)
    return render(request, template, {
        "page": page,
        "called": names,
        "whole": len(found),
        "words": words,
        "role": role,
        "roles": declared.roles,
        "choices": _role_choices(),
        "may_set": may(request, "user", "set"),
        "tab": "admin_users",
    })  # fmt: skip


@asks("user", "set")
def user_new(request: HttpRequest) -> HttpResponse:
    """Register a user."""
    form = UserForm.of(request)
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _register(request, form))
        except UsageError as error:
            form.add_error("name", fault_html(error))
    said = {"form": form, "tab": "admin_users"}
    status = 422 if form.errors else 200
    return render(request, "admin/user_new.html", said, status=status)


def _register(request: HttpRequest, form: PageForm) -> str:
    said, memory = form.cleaned_data, office(request)
    with reading(request) as conn:
        there = {one.name for one in logins(conn)}
    if said["name"] in there:
        msg = f"`{said['name']}` 已经登记过了 (registered already)"
        raise UsageError(msg)
    _set(request, said["name"], said)
    give_way_in(memory, said["name"], unusable(), reason=said["reason"])
    request.session[LINK] = [said["name"], link_to_set_password(said["name"])]
    return reverse("admin_user", args=[said["name"]])


def _set(request: HttpRequest, name: str, said: dict[str, Any]) -> None:
    memory = office(request)
    set_user(
        memory,
        name,
        said["roles"],
        display=said["display"],
        organisation=said["organisation"],
        active=said.get("active", True),
        reason=said["reason"],
    )
    set_email(memory, name, said["email"], unusable=unusable())


@asks("user", "list")
def user_page(request: HttpRequest, name: str) -> HttpResponse:
    """Show a user with his ways in, and take what is changed."""
    login = _login_or_404(request, name)
    form = UserForm.of(request, initial=_initial(login))
    del form.fields["name"]
    if request.method == "POST" and may(request, "user", "set") and form.is_valid():
        try:
            _set(request, name, {**form.cleaned_data, "active": login.active})
        except UsageError as error:
            form.add_error("roles", fault_html(error))
        else:
            messages.success(request, later("admin.saved"))
            return redirect("admin_user", name)
    said = {"form": form, "login": login, **_around(request, login)}
    status = 422 if form.errors else 200
    return render(request, "admin/user.html", said, status=status)


def _login_or_404(request: HttpRequest, name: str) -> Login:
    with reading(request) as conn:
        try:
            return login_of(conn, name)
        except UsageError as error:
            raise Http404 from error


def _initial(login: Login) -> dict[str, Any]:
    return {
        "display": login.display,
        "organisation": login.organisation,
        "roles": list(login.roles),
        "email": login.email,
    }


def _around(request: HttpRequest, login: Login) -> dict[str, Any]:
    declared = load_roles(office(request).region.id)
    shown = request.session.pop(LINK, None)
    is_his = shown is not None and shown[0] == login.name
    with reading(request) as conn:
        said = {
            "trail": [
                _row(one, request) for one in trail(conn, obj=login.name, limit=30)
            ],
            "sessions": [(s, agent(s.browser)) for s in sessions(conn, login.name)],
        }
    return {
        **said,
        "link": request.build_absolute_uri(shown[1]) if is_his else "",
        "hours": LINK_HOURS,
        "roles": [declared.roles[r] for r in login.roles if r in declared.roles],
        "may_set": may(request, "user", "set"),
        "tab": "admin_users",
    }


def _row(row: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    """Return a row of the trail as it is read: words for the verb, no braces."""
    name = f"admin.did_{row['verb'].replace('.', '_')}"
    known = name in catalogue()
    return {
        **row,
        "at": datetime.fromisoformat(row["known_at"]),
        "said": word(name, request.locale) if known else row["verb"],
        "before": _brief(row["before"], request.locale),
        "after": _brief(row["after"], request.locale),
    }


def _brief(said: dict[str, Any] | None, locale: str) -> str:
    colon, found = word("frame.colon", locale), []
    roles = dict(_role_choices())
    for name, value in (said or {}).items():
        if value in ("", [], None):
            continue
        called = f"account.{name}" if name != "active" else "admin.state"
        text = str(value)
        if name == "roles":
            text = word("account.comma", locale).join(roles.get(r, r) for r in value)
        elif name == "active":
            text = word("admin.active" if value else "admin.inactive", locale)
        label = word(called, locale) if called in catalogue() else name
        found.append(f"{label}{colon}{text}")
    return " · ".join(found)


@require_POST
@asks("user", "set")
def user_act(request: HttpRequest, name: str, act: str) -> HttpResponse:
    """Do one thing with a user's ways in, for a reason."""
    login = _login_or_404(request, name)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        messages.error(request, later("admin.reason_asked"))
        return redirect(f"{reverse('admin_user', args=[name])}#{act}")
    ACTS[act](request, login, reason)
    messages.success(request, later(f"admin.did_{act}"))
    return redirect("admin_user", name)


def _link(request: HttpRequest, login: Login, reason: str) -> None:
    give_way_in(office(request), login.name, unusable(), reason=reason)
    request.session[LINK] = [login.name, link_to_set_password(login.name)]


def _active(request: HttpRequest, login: Login, reason: str) -> None:
    said = {**_initial(login), "active": not login.active, "reason": reason}
    _set(request, login.name, said)
    if login.active:
        end_sessions(office(request), login.name, reason=reason)


def _factor(request: HttpRequest, login: Login, reason: str) -> None:
    reset_factor(office(request), login.name, reason=reason)


def _provider(request: HttpRequest, login: Login, reason: str) -> None:
    uid, memory = request.POST.get("uid", "").strip(), office(request)
    if uid:
        link(memory, login.name, uid, unusable=unusable(), reason=reason)
    else:
        unlink(memory, login.name, reason=reason)


def _sessions(request: HttpRequest, login: Login, reason: str) -> None:
    end_sessions(office(request), login.name, reason=reason)


ACTS = {
    "link": _link,
    "active": _active,
    "factor": _factor,
    "provider": _provider,
    "sessions": _sessions,
}

urls = [
    path("admin/users", users_page, name="admin_users"),
    path("admin/users/new", user_new, name="admin_user_new"),
    # A name given at the command line may hold a stroke: `path`, not `str`.
    *(
        path(
            f"admin/users/of/<path:name>/{act}",
            user_act,
            {"act": act},
            name=f"admin_user_{act}",
        )
        for act in ACTS
    ),
    path("admin/users/of/<path:name>", user_page, name="admin_user"),
]
