# SPDX-License-Identifier: Apache-2.0
"""The provider's own parts: its login, what it tells of its users, how it misbehaves."""

from __future__ import annotations

import json
import time
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth import login as enter
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import include, path
from django.utils.html import format_html
from jwcrypto import jwk, jwt  # type: ignore[import-untyped]
from oauth2_provider.oauth2_validators import (  # type: ignore[import-untyped]
    OAuth2Validator,
)
from oidc_provider import PEOPLE, key_made  # type: ignore[import-not-found]

LOGIN = """<!DOCTYPE html><title>provider</title><form method="post">
<input type="hidden" name="csrfmiddlewaretoken" value="{token}">
<input name="username" id="username"><input name="password" type="password" id="password">
<input type="hidden" name="next" value="{next}"><button>in</button></form>"""
FORGED = ("signature", "nonce", "audience", "issuer", "expired")


def mode() -> str:
    """Return how the provider misbehaves now; empty: it does not."""
    place = settings.FOLDER / "mode"
    return place.read_text("ascii") if place.is_file() else ""


def login(request: HttpRequest) -> HttpResponse:
    """Let a user of the provider in."""
    to = request.POST.get("next") or request.GET.get("next", "/")
    if request.method == "POST":
        said = request.POST
        user = authenticate(
            request, username=said["username"], password=said["password"]
        )
        if user is not None:
            enter(request, user)
            return HttpResponseRedirect(to)
    return HttpResponse(format_html(LOGIN, token=get_token(request), next=to))


class Validator(OAuth2Validator):  # type: ignore[misc]
    """What the provider says of its users, and how it can go wrong."""

    oidc_claim_scope = None

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        """Return what is told of a user beside who he is."""
        return {**PEOPLE[request.user.get_username()]}

    def get_userinfo_claims(self, request: Any) -> dict[str, Any]:
        """Return the userinfo."""
        claims: dict[str, Any] = super().get_userinfo_claims(request)
        return {**claims, "sub": "another"} if mode() == "subject" else claims

    def finalize_id_token(
        self, id_token: Any, token: Any, handler: Any, request: Any
    ) -> Any:
        """Return the token as it is signed: rightly, or as the mode says."""
        how = mode()
        if how == "mfa":
            id_token["amr"] = ["pwd", "mfa"]
        if how not in FORGED:
            return super().finalize_id_token(id_token, token, handler, request)
        right = super().finalize_id_token(dict(id_token), token, handler, request)
        head = jwt.JWT(jwt=right).token.jose_header
        said = json.loads(jwt.JWT(jwt=right).token.objects["payload"])
        said |= {
            "nonce": {"nonce": "of another session"},
            "audience": {"aud": "another client"},
            "issuer": {"iss": "http://127.0.0.1:1/o"},
            "expired": {
                "exp": int(time.time()) - 3600,
                "iat": int(time.time()) - 7200,
            },
        }.get(how, {})
        key = jwk.JWK.from_pem(
            key_made().encode()
            if how == "signature"
            else settings.OAUTH2_PROVIDER["OIDC_RSA_PRIVATE_KEY"].encode()
        )
        made = jwt.JWT(header=head, claims=said)
        made.make_signed_token(key)
        return made.serialize()


urlpatterns = [
    path("login", login),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]
