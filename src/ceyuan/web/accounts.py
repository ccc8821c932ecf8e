# SPDX-License-Identifier: Apache-2.0
"""How logins and office users belong together: one name, roles from the office alone.

Nobody signs up by himself: an administrator registers a user, gives him a link that
lets him set a password, and takes it away again. A login counts for as long as its
name is an active user's; who is not is told what everybody is told who mistypes.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings as django
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from ceyuan.office.logins import Standing, standing
from ceyuan.web.opened import memory
from ceyuan.web.words import later

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

JUST_NOW = 300
"""Seconds after which whoever changes a way in shows once more who he is."""
ELSEWHERE = "factor-elsewhere"
"""In a session: of whom the provider has asked a second factor itself."""
MULTIPLE = "mfa"
"""In the claim `amr`: more than one factor was asked for (RFC 8176)."""
_MESSAGES = {
    "account/messages/password_changed.txt": "account.password_changed",
    "mfa/messages/totp_activated.txt": "account.factor_on",
    "mfa/messages/totp_deactivated.txt": "account.factor_off",
    "mfa/messages/recovery_codes_generated.txt": "account.codes_made",
}


def standing_of(name: str) -> Standing | None:
    """Return how a user stands; None: he is none, or none any more."""
    with memory().transaction() as conn:
        found = standing(conn, name)
    return found if found is not None and found.active else None


def address_of(request: HttpRequest) -> str:
    """Return the address that a request came from, as the proxy tells it."""
    return str(get_adapter().get_client_ip(request))


def unusable() -> str:
    """Return what stands in place of a password where there is none; each is new."""
    user = User()
    user.set_unusable_password()
    return str(user.password)


def link_to_set_password(name: str) -> str:
    """Return the address under which a user sets his password, once and for a time."""
    user = User.objects.get(username=name)
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return reverse("account_first", args=[uid, token])


def user_of_link(uid: str, token: str) -> User | None:
    """Return whose link it is; None where it is over, used or nobody's."""
    try:
        user = User.objects.get(pk=urlsafe_base64_decode(uid).decode())
    except (ValueError, OverflowError, User.DoesNotExist):
        return None
    is_good = default_token_generator.check_token(user, token)
    return user if is_good and standing_of(user.get_username()) else None


class Passwords(AuthenticationBackend):
    """Passwords of active users; a name is taken as it is written."""

    def _authenticate_by_username(self, username: str, password: str) -> Any:
        return self._check_password(
            User.objects.filter(username=username).first(), password
        )

    def _check_password(self, user: Any, password: str) -> Any:
        if not user:
            return None
        self._did_check_password = True
        is_right = user.check_password(password)
        return user if is_right and self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: Any) -> bool:
        """Return whether a login's name is an active user's."""
        return super().user_can_authenticate(user) and bool(
            standing_of(user.get_username())
        )

    def get_user(self, user_id: Any) -> Any:
        """Return whose session it is; whether he still is a user, `guard` asks."""
        return User.objects.filter(pk=user_id, is_active=True).first()


class Accounts(DefaultAccountAdapter):
    """Local logins."""

    error_messages = {  # noqa: RUF012 - as it is where it comes from
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": later("account.mismatch"),
        "incorrect_password": later("account.wrong_password"),
        "enter_current_password": later("account.wrong_password"),
        "incorrect_code": later("account.wrong_code"),
        "too_many_login_attempts": later("account.too_many_codes"),
        "rate_limited": later("account.too_many_codes"),
    }

    def is_open_for_signup(self, request: object) -> bool:
        """Return False: users are registered, they do not sign up."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count nothing here: wrong passwords are counted by axes."""

    def pre_login(
        self, request: HttpRequest, user: Any, **said: Any
    ) -> HttpResponse | None:
        """Let nobody in whose name is no active user's, whichever way he came."""
        if standing_of(user.get_username()) is None:
            from ceyuan.web.pages.logins import stranger

            return stranger(request, user.get_username())
        return super().pre_login(request, user, **said)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Say whom to ask."""
        from ceyuan.web.pages.logins import stranger

        return stranger(request, user.get_username())

    def post_login(self, request: HttpRequest, user: Any, **said: Any) -> HttpResponse:
        """Keep of whom the provider has asked a second factor itself."""
        given = (said["signal_kwargs"] or {}).get("sociallogin")
        amr = getattr(given, "claims", {}).get("amr")
        if isinstance(amr, list) and MULTIPLE in amr:
            request.session[ELSEWHERE] = user.get_username()
        return super().post_login(request, user, **said)

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Return whether to ask again who it is; not right after he has shown it."""
        request = self.request
        assert request is not None
        records = get_authentication_records(request, request.user)
        if records and time.time() - records[-1]["at"] < JUST_NOW:
            return False
        return bool(super().is_reauthentication_required(app=app))

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return how one can show again who he is; a provider's user logs in anew."""
        found: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if found or not user.is_authenticated:
            return found
        again = {"id": "login_again", "description": "", "url": reverse("login_again")}
        return [again]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return to the user's own page."""
        return reverse("account")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **said: Any,
    ) -> None:
        """Say in our own words what is worth saying."""
        if message_template in _MESSAGES:
            messages.success(request, later(_MESSAGES[message_template]))


class Factors(DefaultMFAAdapter):
    """Second factors: their secrets are sealed with the portal's own secret."""

    error_messages = {  # noqa: RUF012 - as it is where it comes from
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": later("account.wrong_code"),
        "cannot_delete_authenticator": later("account.factor_needed"),
    }

    def encrypt(self, text: str) -> str:
        """Return a secret as it may lie in a table and in a backup."""
        return _sealer().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret; where it cannot be read, one that nobody has."""
        from cryptography.fernet import InvalidToken

        try:
            return _sealer().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:  # of a portal with another secret
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Return whether a factor may be taken off: not where a role asks for one."""
        found = standing_of(authenticator.user.get_username())
        return found is not None and not must_have_factor(found)


def must_have_factor(found: Standing) -> bool:
    """Return whether somebody must have a second factor here."""
    said = django.CEYUAN
    if said.second_factor != "required" or not found.needs_factor:
        return False
    return said.production or not found.is_demo


def _sealer() -> Any:
    from cryptography.fernet import Fernet

    key = hashlib.sha256(b"ceyuan second factor\0" + django.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(key.digest()))
