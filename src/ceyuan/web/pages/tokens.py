# SPDX-License-Identifier: Apache-2.0
"""Keys to the interface for programs: made out of what one may oneself, shown once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography.fernet import InvalidToken
from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ceyuan.kernel import UsageError
from ceyuan.office.permissions import can, where
from ceyuan.office.tokens import (
    LONGEST,
    LONGEST_NAME,
    MOST,
    Token,
    make,
    revoke,
    token_of,
    tokens,
)
from ceyuan.office.users import load_roles
from ceyuan.web.accounts import _sealer
from ceyuan.web.api.operations import OPERATIONS
from ceyuan.web.asking import asks, caller, may, office, once, reading, see
from ceyuan.web.forms import PageForm
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import later, word

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SHOWN = "token-made"
"""In the session: the token that was just made, sealed, until the page shows it."""
USUAL = 90


class TokenForm(PageForm):
    """A name, for how long, and what it allows."""

    name = forms.CharField(
        label=later("tokens.name"),
        help_text=later("tokens.name_help"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    days = forms.IntegerField(
        label=later("tokens.days"),
        help_text=later("tokens.days_help"),
        min_value=1,
        max_value=LONGEST,
        initial=USUAL,
    )
    reads = forms.BooleanField(
        label=later("tokens.reads"),
        help_text=later("tokens.reads_help"),
        required=False,
    )
    scopes = forms.MultipleChoiceField(
        label=later("tokens.scopes"),
        help_text=later("tokens.scopes_help"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, offered: dict[str, Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["scopes"].choices = offered["choices"]
        self.reading = offered["reading"]

    @property
    def wanted(self) -> list[str]:
        """Return the scopes that were chosen; all of reading where that was."""
        said = self.cleaned_data
        return [*said["scopes"], *(self.reading if said["reads"] else ())]

    def clean(self) -> dict[str, Any]:
        """See that something was chosen."""
        said: dict[str, Any] = super().clean() or {}
        if not said.get("scopes") and not said.get("reads") and not self.errors:
            self.add_error("scopes", later("tokens.scopes_asked"))
        return said


def _offered(request: HttpRequest) -> dict[str, Any]:
    """Return the scopes of the interface that who asks may have, by type."""
    declared, who = load_roles(office(request).region.id), caller(request)
    at = request.locale == "en"
    groups: dict[str, dict[str, str]] = {}
    reading_: set[str] = set()
    for one in OPERATIONS.values():
        for name, act in one.asked:
            if not can(declared, who, name, act):
                continue
            action = declared.actions[act]
            groups.setdefault(name, {})[f"{name}.{act}"] = (action.zh, action.en)[at]
            if one.method == "GET":
                reading_.add(f"{name}.{act}")
    return {
        "choices": [
            ((said.zh, said.en)[at], list(groups[name].items()))
            for name, said in declared.types.items()
            if name in groups
        ],
        "reading": sorted(reading_),
    }


@asks("token", "list")
@never_cache
def tokens_page(request: HttpRequest) -> HttpResponse:
    """Show the tokens, and make one; what opens the door is shown this once."""
    form = TokenForm.of(request, offered=_offered(request))
    if request.method == "POST":
        see(request, "token", "make", owner=caller(request).name)
        if form.is_valid():
            try:
                return once(request, lambda: _make(request, form))
            except UsageError as error:
                form.add_error(None, fault_html(error))
    declared, who = load_roles(office(request).region.id), caller(request)
    with reading(request) as conn:
        found = tokens(conn, *where(declared, who, "token", "list"))
    rows = [_row(request, one) for one in found]
    said = {
        "form": form,
        "own": [row for row in rows if row["one"].actor == who.name],
        "others": [row for row in rows if row["one"].actor != who.name],
        "secret": _shown(request),
        "may_make": may(request, "token", "make", owner=who.name),
        "most": MOST,
    }
    status = 422 if form.errors else 200
    return render(request, "tokens/tokens.html", said, status=status)


def _make(request: HttpRequest, form: TokenForm) -> str:
    said = form.cleaned_data
    made = make(office(request), said["name"], form.wanted, said["days"])
    request.session[SHOWN] = _sealer().encrypt(made.secret.encode()).decode()
    return reverse("tokens")


def _shown(request: HttpRequest) -> str:
    """Return the token that was just made, once."""
    sealed = request.session.pop(SHOWN, "")
    if not sealed or request.method != "GET":
        return ""
    try:
        return str(_sealer().decrypt(sealed.encode(), ttl=600).decode())
    except InvalidToken:
        return ""


def _row(request: HttpRequest, one: Token) -> dict[str, Any]:
    state = one.state(datetime.now(UTC))
    return {
        "one": one,
        "state": state,
        "words": f"tokens.state_{state}",
        "may_revoke": state == "alive"
        and may(request, "token", "revoke", owner=one.actor),
    }


@require_POST
@asks("token", "revoke")
def token_revoke(request: HttpRequest, name: str) -> HttpResponse:
    """Let a token open nothing any more."""
    try:
        with reading(request) as conn:
            one = token_of(conn, name)
    except UsageError as error:
        raise Http404 from error
    see(request, "token", "revoke", owner=one.actor)
    revoke(office(request), name)
    messages.success(request, word("tokens.revoked", request.locale, name=one.name))
    return redirect("tokens")


urls = [
    path("me/tokens", tokens_page, name="tokens"),
    path("me/tokens/<str:name>/revoke", token_revoke, name="token_revoke"),
]
