# SPDX-License-Identifier: Apache-2.0
"""Django's settings for logins: sessions, passwords, failures, factors, a provider.

Why each is as it is: docs/decisions/018-logins.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceyuan.office.logins import FAILURES, LOCKED_FOR, PROVIDER

if TYPE_CHECKING:
    from ceyuan.web.settings import Settings

LINK_HOURS = 72
"""So long a link is good that lets a user set his password."""
SHORTEST = 10
"""Characters of a password; what is common or only figures is refused beside."""


def login_values(settings: Settings) -> dict[str, Any]:
    """Return Django's settings for logins."""
    return {
        "AUTHENTICATION_BACKENDS": [
            "axes.backends.AxesStandaloneBackend",
            "ceyuan.web.accounts.Passwords",
        ],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "home",
        **_sessions(settings),
        **_passwords(),
        **_failures(settings),
        **_allauth(settings),
    }


def _sessions(settings: Settings) -> dict[str, Any]:
    return {
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # Counted from the last page: `guard` moves it on (guarding.py).
        "SESSION_COOKIE_AGE": settings.session_minutes * 60,
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "SESSION_SAVE_EVERY_REQUEST": False,
    }


def _passwords() -> dict[str, Any]:
    checks = "django.contrib.auth.password_validation"
    return {
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"{checks}.UserAttributeSimilarityValidator"},
            {
                "NAME": f"{checks}.MinimumLengthValidator",
                "OPTIONS": {"min_length": SHORTEST},
            },
            {"NAME": f"{checks}.CommonPasswordValidator"},
            {"NAME": f"{checks}.NumericPasswordValidator"},
        ],
        "PASSWORD_RESET_TIMEOUT": LINK_HOURS * 3600,
    }


def _failures(settings: Settings) -> dict[str, Any]:
    return {
        "AXES_FAILURE_LIMIT": FAILURES,
        "AXES_COOLOFF_TIME": LOCKED_FOR,
        # Neither can somebody lock a user out from elsewhere, nor try him from here.
        "AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"]],
        "AXES_LOCKOUT_CALLABLE": "ceyuan.web.pages.faults.locked",
        "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT": False,
        "AXES_RESET_ON_SUCCESS": True,
        "AXES_ENABLE_ACCESS_FAILURE_LOG": True,
        "AXES_ENABLE_ADMIN": False,
        "AXES_VERBOSE": False,
        # Neither the log nor the table of attempts holds what was typed: a password
        # is easily typed into the other field.
        "AXES_SENSITIVE_PARAMETERS": ["username", "ip_address", "password", "login"],
        "AXES_CLIENT_IP_CALLABLE": "ceyuan.web.accounts.address_of",
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1 if settings.proxy else 0,
        # Passwords are counted by axes; `login_failed` counts wrong codes.
        "ACCOUNT_RATE_LIMITS": {
            "login": "60/m/ip",
            "login_failed": f"{FAILURES}/{int(LOCKED_FOR.total_seconds())}s/key",
            "reauthenticate": "10/m/user",
            "change_password": "10/m/user",
        },
    }


def _allauth(settings: Settings) -> dict[str, Any]:
    return {
        "ACCOUNT_LOGOUT_REDIRECT_URL": "home",
        "ACCOUNT_ADAPTER": "ceyuan.web.accounts.Accounts",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*", "password2*"],
        "ACCOUNT_SIGNUP_ENABLED": False,
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_SESSION_REMEMBER": False,
        "ACCOUNT_PREVENT_ENUMERATION": True,
        "ACCOUNT_PRESERVE_USERNAME_CASING": True,
        "ACCOUNT_LOGOUT_ON_GET": False,
        "ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE": False,
        "ACCOUNT_REAUTHENTICATION_METHODS": ["password", "mfa"],
        "ACCOUNT_FORMS": {
            "login": "ceyuan.web.login_forms.Login",
            "change_password": "ceyuan.web.login_forms.ChangePassword",
            "reauthenticate": "ceyuan.web.login_forms.Reauthenticate",
        },
        "MFA_FORMS": {
            "authenticate": "ceyuan.web.login_forms.Authenticate",
            "reauthenticate": "ceyuan.web.login_forms.ReauthenticateByCode",
            "activate_totp": "ceyuan.web.login_forms.Activate",
        },
        "MFA_ADAPTER": "ceyuan.web.accounts.Factors",
        "MFA_SUPPORTED_TYPES": ["totp", "recovery_codes"],
        "MFA_TOTP_ISSUER": "策源 Ceyuan",
        "MFA_TOTP_TOLERANCE": 1,
        "SOCIALACCOUNT_ADAPTER": "ceyuan.web.provided.Provided",
        "SOCIALACCOUNT_AUTO_SIGNUP": False,
        "SOCIALACCOUNT_EMAIL_AUTHENTICATION": False,
        "SOCIALACCOUNT_LOGIN_ON_GET": False,
        "SOCIALACCOUNT_STORE_TOKENS": False,
        "SOCIALACCOUNT_PROVIDERS": _providers(settings),
    }


def _providers(settings: Settings) -> dict[str, Any]:
    if not settings.oidc_issuer:
        return {}
    app = {
        "provider_id": PROVIDER,
        "name": settings.oidc_name,
        "client_id": settings.oidc_client,
        "secret": settings.oidc_secret,
        "settings": {"server_url": settings.oidc_issuer, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app]}}
