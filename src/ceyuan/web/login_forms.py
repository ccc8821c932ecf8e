# SPDX-License-Identifier: Apache-2.0
"""Forms of logins: django-allauth's, with our words; what they check stays theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from ceyuan.web.forms import PageForm
from ceyuan.web.words import later

if TYPE_CHECKING:
    from collections.abc import Mapping

LABELS: Mapping[str, str] = {
    "login": "account.name",
    "password": "account.password",
    "oldpassword": "account.old_password",
    "password1": "account.new_password",
    "password2": "account.new_again",
    "code": "account.code",
}


class Worded:
    """A form of django-allauth's whose fields are called as ours are."""

    use_required_attribute = False
    hints: Mapping[str, str] = {}
    fields: dict[str, Any]

    def __init__(self, *args: Any, **said: Any) -> None:
        super().__init__(*args, **said)
        for name, field in self.fields.items():
            field.label = later(LABELS[name])
            field.help_text = later(self.hints[name]) if name in self.hints else ""
            field.widget.attrs.pop("placeholder", None)
            if name == "code":
                field.widget.attrs.update(
                    {"inputmode": "numeric", "autocapitalize": "none"}
                )


class Login(Worded, LoginForm):
    """Name and password."""


class ChangePassword(Worded, ChangePasswordForm):
    """The password that is, and the one that is to be."""

    hints = {"password1": "account.password_hint"}  # noqa: RUF012


class Reauthenticate(Worded, ReauthenticateForm):
    """The password, once more."""


class Authenticate(Worded, AuthenticateForm):
    """A code at the login."""

    hints = {"code": "account.code_or_recovery"}  # noqa: RUF012


class ReauthenticateByCode(Worded, ReauthenticateByCodeForm):
    """A code, once more."""

    hints = {"code": "account.code_or_recovery"}  # noqa: RUF012


class Activate(Worded, ActivateTOTPForm):
    """A code that shows that the other device has the secret."""

    hints = {"code": "account.code_hint"}  # noqa: RUF012


class FirstPassword(PageForm):
    """The password that a user sets by a link."""

    password1 = forms.CharField(
        label=later("account.new_password"),
        help_text=later("account.password_hint"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=later("account.new_again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: Any, **said: Any) -> None:
        super().__init__(*args, **said)
        self.user = user

    def clean(self) -> dict[str, Any]:
        """See that it is good enough, and typed twice the same."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        first, again = said.get("password1"), said.get("password2")
        if first:
            try:
                validate_password(first, self.user)
            except ValidationError as error:
                self.add_error("password1", error)
        if first and again and first != again:
            self.add_error("password2", str(later("account.not_same")))
        return said
