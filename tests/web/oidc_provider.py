# SPDX-License-Identifier: Apache-2.0
"""A real OpenID Connect provider, made of django-oauth-toolkit, in its own process.

`python tests/web/oidc_provider.py FOLDER PORT CALLBACK` serves one on the loopback:
users with a login page of their own, consent, keys, discovery. A file `mode` in the
folder lets it misbehave, as a provider that was taken over would: `signature` signs by
a key that it does not publish, `nonce` answers with another nonce, `audience` for
another client, `issuer` as another provider, `expired` a token that is over, `subject`
says another one in the userinfo, `mfa` that it asked for two factors.
"""

from __future__ import annotations

import sys
from pathlib import Path

APP = "oidc_provider_app"
CLIENT, SECRET = "ceyuan", "the-secret-of-ceyuan"
PASSWORD = "at-the-provider-2026"  # noqa: S105 - of a test
PEOPLE: dict[str, dict[str, object]] = {
    # login there: the claims that it tells
    "zhang": {"preferred_username": "园区经理", "email": "zhang@example.cn"},
    "li": {"preferred_username": "园区经理"},
    "wang": {"preferred_username": "不在册的人"},
    "chen": {"preferred_username": "财务丙", "roles": ["admin"]},
    "zhao": {},
}


def key_made() -> str:
    """Return a new key to sign with."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()


def configure(folder: Path, port: int) -> None:
    """Give Django the provider's settings."""
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="the provider's own, for tests " * 2,
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=APP,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / "provider.sqlite3"),
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        # Cookies know no ports: the portal beside it has a `sessionid` too.
        SESSION_COOKIE_NAME="provider",
        CSRF_COOKIE_NAME="provider-csrf",
        LOGIN_URL="/login",
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                    ]
                },
            }
        ],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_ISS_ENDPOINT": f"http://127.0.0.1:{port}/o",
            "OIDC_RSA_PRIVATE_KEY": (folder / "key.pem").read_text("ascii"),
            "OAUTH2_VALIDATOR_CLASS": f"{APP}.Validator",
            "PKCE_REQUIRED": True,
            "SCOPES": {"openid": "who", "profile": "name", "email": "address"},
        },
        FOLDER=folder,
        LOGGING_CONFIG=None,
    )
    django.setup()


def make(callback: str) -> None:
    """Make tables, users and the one client."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from oauth2_provider.models import Application  # type: ignore[import-untyped]

    call_command("migrate", verbosity=0)
    for name in PEOPLE:
        User.objects.create_user(username=name, password=PASSWORD)
    Application.objects.create(
        name="策源门户",
        client_id=CLIENT,
        client_secret=SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=callback,
        algorithm=Application.RS256_ALGORITHM,
    )


def main(folder: Path, port: int, callback: str) -> None:
    """Serve until ended."""
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    (folder / "key.pem").write_text(key_made(), "ascii")
    configure(folder, port)
    make(callback)
    from django.core.wsgi import get_wsgi_application

    with make_server(
        "127.0.0.1", port, get_wsgi_application(), handler_class=Quiet
    ) as server:
        print("ready", flush=True)  # noqa: T201 - to the test that waits
        server.serve_forever()


if __name__ == "__main__":
    # Django finds the parts by the names of their modules, which stand beside this one.
    sys.path.insert(0, str(Path(__file__).parent))
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
