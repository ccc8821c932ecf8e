# SPDX-License-Identifier: Apache-2.0
"""Logins by an OpenID Connect provider: who it is comes from there, and nothing else.

The provider says who somebody is by his `sub`, which is linked to one user: by an
administrator, or at the first login by the claim that holds the user's name. From then
on another `sub` with the same name is a stranger. Roles never come out of a token.

The code flow with PKCE, state and nonce; the id token's signature, issuer, audience and
days are checked against the keys that the provider publishes, also where it came over
TLS. (OpenID Connect Core 1.0, 3.1.3.7; RFC 7636.)
"""

from __future__ import annotations

import hmac
import logging
import secrets
from typing import TYPE_CHECKING, Any

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import (
    OpenIDConnectProvider,
)
from allauth.socialaccount.providers.openid_connect.views import (
    OpenIDConnectOAuth2Adapter,
)
from django.conf import settings as django
from django.urls import reverse
from requests import RequestException

from ceyuan.kernel import UsageError
from ceyuan.office.logins import login_of
from ceyuan.office.logins_given import link_within
from ceyuan.web.accounts import standing_of, unusable
from ceyuan.web.middleware import ENGLISH
from ceyuan.web.opened import memory

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LOG = logging.getLogger("ceyuan.web")
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
              "ES256", "ES384", "ES512", "EdDSA")  # fmt: skip
"""Signatures by a key that only the provider has; never a shared one, never none."""
ASKED = ("iss", "aud", "exp", "iat", "sub")
CLOCKS = 60
"""Seconds by which two clocks may differ."""


class Checked(OpenIDConnectOAuth2Adapter):
    """The conversation with the provider; what comes back is checked."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """Return what the provider says of itself.

        Raises:
            OAuth2Error: It cannot be reached, or is another one.
        """
        try:
            said: dict[str, Any] = super().openid_config
        except (RequestException, ValueError) as error:
            msg = f"the provider is away: {error}"
            raise OAuth2Error(msg) from error
        asked = django.CEYUAN.oidc_issuer.rstrip("/")
        if str(said.get("issuer", "")).rstrip("/") != asked:
            msg = f"the provider calls itself {said.get('issuer')!r}"
            raise OAuth2Error(msg)
        return said

    def get_callback_url(self, request: HttpRequest, app: object) -> str:
        """Return the one address that the provider knows, in either language."""
        path = reverse("oidc_callback").removeprefix(ENGLISH)
        return request.build_absolute_uri(path)

    def complete_login(
        self, request: HttpRequest, app: Any, token: Any, **said: Any
    ) -> Any:
        """Return who it is, by an id token that holds and a userinfo that agrees."""
        claims = self._claims(app, said["response"].get("id_token") or "")
        try:
            info = self._fetch_user_info(token.token)
        except (RequestException, ValueError) as error:
            msg = f"no userinfo: {error}"
            raise OAuth2Error(msg) from error
        if info.get("sub") != claims["sub"]:
            msg = "the userinfo is of another one"
            raise OAuth2Error(msg)
        login = self.get_provider().sociallogin_from_response(
            request, {"id_token": claims, "userinfo": info}
        )
        login.claims = {**info, **claims}
        return login

    def _claims(self, app: Any, id_token: str) -> dict[str, Any]:
        try:
            with get_adapter().get_requests_session() as session:
                answer = session.get(self.openid_config["jwks_uri"])
                answer.raise_for_status()
            keys = jwt.PyJWKSet.from_dict(answer.json()).keys
            kid = jwt.get_unverified_header(id_token).get("kid")
            able = [key for key in keys if kid is None or key.key_id == kid]
            if len(able) != 1:
                msg = "no key, or no single one, that could have signed"
                raise OAuth2Error(msg)
            claims: dict[str, Any] = jwt.decode(
                id_token,
                able[0].key,
                algorithms=[*ALGORITHMS],
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=CLOCKS,
                options={"require": [*ASKED]},
            )
        except (jwt.PyJWTError, RequestException, KeyError, ValueError) as error:
            msg = f"the id token does not hold: {error}"
            raise OAuth2Error(msg) from error
        return claims


class Provider(OpenIDConnectProvider):
    """The one provider of this portal."""

    oauth2_adapter_class = Checked

    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: object = None,
        **said: Any,
    ) -> HttpResponse:
        """Lead to the provider, with a nonce that only this session knows."""
        nonce = secrets.token_urlsafe(24)
        params = {**self.get_auth_params(), "nonce": nonce}
        # Neither scopes nor the process are taken from the address that was called:
        # nobody links himself to a user.
        return super().redirect(
            request,
            AuthProcess.LOGIN,
            next_url,
            data,
            auth_params=params,
            scope=self.get_scope(),
            nonce=nonce,
        )

    def extract_extra_data(self, data: object) -> dict[str, Any]:
        """Keep nothing of what the provider told but who it is."""
        return {}


class Provided(DefaultSocialAccountAdapter):
    """Logins by a provider."""

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> Provider:
        """Return ours, which checks."""
        app = self.get_app(request, provider=provider, client_id=client_id)
        return Provider(request, app=app)

    def is_open_for_signup(self, request: object, sociallogin: object) -> bool:
        """Return False: users are registered, they do not sign up."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Let a user in, and nobody else."""
        from ceyuan.web.pages.logins import stranger

        claims, state = sociallogin.claims, sociallogin.state
        if not hmac.compare_digest(
            str(claims.get("nonce", "")), str(state.get("nonce") or secrets.token_hex())
        ):
            msg = "the nonce is another one"
            raise OAuth2Error(msg)
        name = _name(sociallogin, claims)
        if not sociallogin.is_existing and not _linked(name, sociallogin.account.uid):
            LOG.warning("a login by the provider is no user's: %r", name)
            raise ImmediateHttpResponse(stranger(request, name, state))
        if not sociallogin.is_existing:
            sociallogin.lookup()

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: object,
        error: object = None,
        exception: object = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Say that it was not let through, and why to the log only."""
        from ceyuan.web.pages.logins import not_provided

        LOG.warning("login by the provider: %s: %s", error, exception)
        state = (extra_context or {}).get("state") or {}
        raise ImmediateHttpResponse(not_provided(request, str(error), state))


def _name(sociallogin: Any, claims: dict[str, Any]) -> str:
    """Return the user's name: of whom it is linked to, or as the claim has it."""
    if sociallogin.is_existing:
        return str(sociallogin.user.get_username())
    said = claims.get(django.CEYUAN.oidc_claim)
    return said.strip() if isinstance(said, str) else ""


def _linked(name: str, uid: str) -> bool:
    """Link an active user who is not linked yet; False where there is none."""
    if not name or standing_of(name) is None:
        return False
    office = memory(name)
    try:
        with office.transaction() as conn:
            if login_of(conn, name).uid:
                return False  # he is another one there; an administrator may relink
            link_within(
                conn, office, name, uid, unusable=unusable(), reason="首次统一身份登录"
            )
    except UsageError:
        return False
    return True
