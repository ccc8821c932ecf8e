# SPDX-License-Identifier: Apache-2.0
"""How the portal is run: one frozen `Settings`, out of the environment and defaults.

Every variable begins with `CEYUAN_`; one that is not known stops the start and names
the near one, since a misspelt `CEYUAN_SECRET_KEY` would otherwise go unnoticed. A
production start takes nothing for granted: it wants a secret of its own, the names of
its hosts, and no account that a demonstration made.

`django_values` turns them into Django's settings. Nothing else reads the environment.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UsageError
from ceyuan.office.django_settings import database_settings
from ceyuan.office.mailing import Post
from ceyuan.web.login_settings import login_values

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "CEYUAN_"
ELSEWHERE = frozenset(
    {"CEYUAN_DATABASE_URL", "CEYUAN_NO_PROGRESS", "CEYUAN_USER", "CEYUAN_BROWSER"}
)
"""Variables that other parts read."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SECRET_LENGTH = 50
DEMO = ".ceyuan/demo-day"
"""Holds the day of a demonstration; a production start does not read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the portal is run.

    Args:
        folder: The working folder.
        region: Whose policies.
        host: Address that is listened on.
        port: Port.
        workers: Processes that answer.
        threads: Threads in each of them.
        production: It is used in earnest: nothing is taken for granted.
        secret_key: What sessions and links are signed with.
        allowed_hosts: Names under which it may be called.
        https: It stands behind HTTPS: cookies only there, and no way back to HTTP.
        proxy: A proxy before it says whether HTTPS was used.
        database_url: The database; empty: the embedded one.
        oidc_issuer: Address of an OpenID Connect provider; empty: none.
        oidc_name: What the button says.
        oidc_client: Our id with it.
        oidc_secret: Our secret with it.
        oidc_claim: Which of its claims is the name of a user.
        mail_url: `smtp://user:password@host:587`; empty: nothing is mailed.
        mail_from: Sender of mails.
        session_minutes: A session ends after so many minutes without a page.
        second_factor: Whether officers need one: `required` or `offered`.
        upload_mb: The largest file that is taken.
        log_level: `debug`, `info`, `warning`.
        api_reads: Times a minute that one may ask the interface to tell something.
        api_heavy: The same, to work something out: check, import, simulate.
        today: The day that a demonstration stands at, as ISO text; empty: the real one.
        came: Where each value came from, by name: `said` or `environment`.
    """

    folder: Path = Path()
    region: str = "shanghai"
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 8
    production: bool = False
    secret_key: str = field(default="", repr=False)
    allowed_hosts: tuple[str, ...] = ()
    https: bool = False
    proxy: bool = False
    database_url: str = field(default="", repr=False)
    oidc_issuer: str = ""
    oidc_name: str = "统一身份认证"
    oidc_client: str = ""
    oidc_secret: str = field(default="", repr=False)
    oidc_claim: str = "preferred_username"
    mail_url: str = field(default="", repr=False)
    mail_from: str = "ceyuan@localhost"
    session_minutes: int = 60
    second_factor: str = "required"
    upload_mb: int = 30
    log_level: str = "info"
    api_reads: int = 120
    api_heavy: int = 20
    today: str = ""
    came: tuple[tuple[str, str], ...] = ()


_OWN = {one.name: one for one in fields(Settings) if one.name not in ("folder", "came")}
SECRET = frozenset({"secret_key", "database_url", "oidc_secret", "mail_url"})
"""Settings that are never shown."""
_YES = {"1": True, "true": True, "yes": True, "是": True}
_NO = {"0": False, "false": False, "no": False, "否": False, "": False}


def read_settings(
    folder: Path, environ: Mapping[str, str] | None = None, **said: object
) -> Settings:
    """Return the settings: what was said, else the environment, else the default.

    Raises:
        UsageError: A variable is not known or cannot be read.
    """
    env = os.environ if environ is None else environ
    known = {f"{PREFIX}{name.upper()}": name for name in _OWN}
    given: dict[str, object] = {}
    for name, text in env.items():
        if not name.startswith(PREFIX):
            continue
        if name in known:
            given[known[name]] = _read(name, known[name], text.strip())
        elif name not in ELSEWHERE:
            near = get_close_matches(name, [*known, *ELSEWHERE], n=1)
            msg = f"不认识的环境变量 `{name}` (an unknown variable)"
            hint = f"是不是 `{near[0]}`？" if near else "见 docs/operating/variables.md"
            raise UsageError(msg, hint=hint)
    came = dict.fromkeys(given, "environment")
    kept = folder / DEMO
    if kept.is_file() and not given.get("production") and not said.get("production"):
        # What a demonstration tells is of one week; its portal stands at that week.
        given.setdefault("today", kept.read_text("ascii").strip())
        came.setdefault("today", "demo")
    given.update({k: v for k, v in said.items() if v is not None})
    came.update({k: "said" for k, v in said.items() if v is not None})
    return Settings(folder=folder, came=tuple(sorted(came.items())), **given)  # type: ignore[arg-type]


def told(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Return each setting: name, variable, value (`***` for a secret), whence."""
    came = dict(settings.came)
    found = []
    for name in _OWN:
        value = getattr(settings, name)
        whence = came.get(name, "default")
        if name in SECRET:
            # What the workspace made for itself was set by nobody.
            text = "***" if value and whence != "default" else ""
        elif isinstance(value, tuple):
            text = "、".join(value)
        else:
            text = str(int(value)) if isinstance(value, bool) else str(value)
        found.append((name, f"{PREFIX}{name.upper()}", text, whence))
    return found


def site_of(settings: Settings) -> str:
    """Return the portal's own address, for links that are read elsewhere."""
    if not settings.allowed_hosts:
        return f"http://{settings.host}:{settings.port}"
    scheme = "https" if settings.https else "http"
    return f"{scheme}://{settings.allowed_hosts[0]}"


def _read(variable: str, name: str, text: str) -> object:
    default = _OWN[name].default
    if isinstance(default, bool):
        for words, value in ((_YES, True), (_NO, False)):
            if text.lower() in words:
                return value
        msg = f"`{variable}={text}` 不是“是”或“否” (neither yes nor no)"
        raise UsageError(msg, hint=f"写成 {variable}=1 或 {variable}=0")
    if isinstance(default, int):
        if text.isdigit():
            return int(text)
        msg = f"`{variable}={text}` 不是整数 (a whole number is asked)"
        raise UsageError(msg)
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def check_settings(settings: Settings) -> None:
    """See that a start is safe.

    Raises:
        UsageError: It is not; says what is missing.
    """
    if settings.mail_url:
        Post(settings.mail_url, settings.mail_from).check()
    _check_login(settings)
    if settings.production and settings.today:
        msg = "正式启动只有真的今天 (a day of one's own is for demonstrations)"
        raise UsageError(msg, hint="去掉 CEYUAN_TODAY")
    if not settings.production:
        if settings.host not in LOOPBACK:
            msg = f"在 {settings.host} 上监听要用正式启动 (a public address)"
            raise UsageError(msg, hint="加上 --production，并设好密钥和主机名")
        return
    if len(settings.secret_key) < SECRET_LENGTH or len(set(settings.secret_key)) < 10:
        msg = (
            f"正式启动要有自己的 CEYUAN_SECRET_KEY，至少 {SECRET_LENGTH} 个字符 "
            "(a secret of one's own)"
        )
        hint = "python -c 'import secrets; print(secrets.token_urlsafe(64))'"
        raise UsageError(msg, hint=hint)
    if not settings.allowed_hosts or "*" in settings.allowed_hosts:
        msg = "正式启动要写明 CEYUAN_ALLOWED_HOSTS (names of hosts are asked)"
        raise UsageError(msg, hint="例如 CEYUAN_ALLOWED_HOSTS=portal.example.cn")
    if not settings.https:
        msg = "正式启动要在 HTTPS 之后：CEYUAN_HTTPS=1 (HTTPS is asked)"
        raise UsageError(msg, hint="见 docs/operating/install.md 的反向代理一节")


def _check_login(settings: Settings) -> None:
    """See that what a login rests on is set."""
    if settings.second_factor not in ("required", "offered"):
        msg = f"不认识 CEYUAN_SECOND_FACTOR={settings.second_factor} (not known)"
        raise UsageError(msg, hint="required：要紧的角色必须有；offered：可以有")
    if not settings.oidc_issuer:
        return
    if not settings.oidc_client:
        msg = "设了 CEYUAN_OIDC_ISSUER，还要 CEYUAN_OIDC_CLIENT (our id with it)"
        raise UsageError(msg, hint="见 docs/operating/oidc.md")
    if settings.production and not settings.oidc_issuer.startswith("https://"):
        msg = "正式启动的 CEYUAN_OIDC_ISSUER 要用 https (HTTPS is asked)"
        raise UsageError(msg, hint="见 docs/operating/oidc.md")


def local_secret(folder: Path) -> str:
    """Return the secret of a workspace, made when there is none; for this machine."""
    place = folder / ".ceyuan" / "keys" / "portal"
    if not place.is_file():
        place.parent.mkdir(parents=True, exist_ok=True)
        made = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(made, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
    return place.read_text("ascii").strip()


def django_values(settings: Settings) -> dict[str, Any]:
    """Return Django's settings."""
    here = files("ceyuan.web")
    secret = settings.secret_key or local_secret(settings.folder)
    static = settings.folder / ".ceyuan" / "cache" / "static"
    hosts = list(settings.allowed_hosts) or [*LOOPBACK, "[::1]", "testserver"]
    values: dict[str, Any] = {
        "CEYUAN": settings,
        "SECRET_KEY": secret,
        "DEBUG": False,
        "ALLOWED_HOSTS": hosts,
        "ROOT_URLCONF": "ceyuan.web.urls",
        "WSGI_APPLICATION": None,
        "DATABASES": {
            "default": {
                **database_settings(settings.database_url),
                "CONN_MAX_AGE": 600,
                "CONN_HEALTH_CHECKS": True,
            }
        },
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "INSTALLED_APPS": [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.forms",
            "whitenoise.runserver_nostatic",
            "django.contrib.staticfiles",
            "django_htmx",
            "csp",
            "axes",
            "allauth",
            "allauth.account",
            "allauth.mfa",
            "allauth.socialaccount",
            "allauth.socialaccount.providers.openid_connect",
            "allauth.usersessions",
            "ceyuan.office.apps.OfficeConfig",
            "ceyuan.web.apps.WebConfig",
        ],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "django.middleware.gzip.GZipMiddleware",
            "csp.middleware.CSPMiddleware",
            "ceyuan.web.middleware.locale",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "django_htmx.middleware.HtmxMiddleware",
            "allauth.account.middleware.AccountMiddleware",
            "ceyuan.web.guarding.guard",
            "ceyuan.web.middleware.faults",
            "axes.middleware.AxesMiddleware",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [str(here / "templates")],
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.messages.context_processors.messages",
                        "ceyuan.web.frame.frame",
                    ],
                    "builtins": ["ceyuan.web.templatetags.ceyuan"],
                },
            }
        ],
        "FORM_RENDERER": "ceyuan.web.forms.Renderer",
        "CACHES": {
            "default": {
                "BACKEND": "django.core.cache.backends.db.DatabaseCache",
                "LOCATION": "portal_cache",
                # More are thrown away at random: counts of wrong codes, of calls.
                "OPTIONS": {"MAX_ENTRIES": 100_000},
            },
            # What a page says to everybody alike, drawn once in each process; the
            # name is the one that Django's `cache` tag looks for.
            "template_fragments": {
                "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                "LOCATION": "parts",
                "OPTIONS": {"MAX_ENTRIES": 500},
            },
        },
        "LANGUAGE_CODE": "zh-hans",
        "LANGUAGES": [("zh-hans", "中文"), ("en", "English")],
        "USE_I18N": True,
        "USE_TZ": True,
        "TIME_ZONE": "Asia/Shanghai",
        "STATIC_URL": "/static/",
        "STATIC_ROOT": str(static),
        "STATICFILES_DIRS": [str(here / "static")],
        "STATICFILES_FINDERS": [
            "django.contrib.staticfiles.finders.FileSystemFinder",
            "ceyuan.web.htmx.HtmxFinder",
        ],
        "STORAGES": {
            "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
            "staticfiles": {
                "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
            },
        },
        "WHITENOISE_KEEP_ONLY_HASHED_FILES": True,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 2 * 1024 * 1024,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 2_000,
        "DATA_UPLOAD_MAX_NUMBER_FILES": 20,
        "FILE_UPLOAD_MAX_MEMORY_SIZE": 1024 * 1024,
        "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
        "LOGGING": _logging(settings),
    }
    return {
        **values,
        **_security(settings),
        **login_values(settings),
        # Letters are mailed by the office (`ceyuan.office.mailing`), never by Django.
        "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
    }


def _security(settings: Settings) -> dict[str, Any]:
    none, own = "'none'", "'self'"
    return {
        "CONTENT_SECURITY_POLICY": {
            "DIRECTIVES": {
                "default-src": [none],
                "script-src": [own],
                "style-src": [own],
                "img-src": [own, "data:"],
                "connect-src": [own],
                "form-action": _form_targets(settings),
                "frame-ancestors": [none],
                "base-uri": [none],
                "manifest-src": [own],
            }
        },
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "SECURE_HSTS_SECONDS": 31_536_000 if settings.https else 0,
        "SECURE_SSL_REDIRECT": settings.https and not settings.proxy,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")
        if settings.proxy
        else None,
        "X_FRAME_OPTIONS": "DENY",
        "CSRF_COOKIE_SECURE": settings.https,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_USE_SESSIONS": False,
        "CSRF_FAILURE_VIEW": "ceyuan.web.pages.faults.csrf",
        "CSRF_TRUSTED_ORIGINS": [f"https://{h}" for h in settings.allowed_hosts],
    }


def _form_targets(settings: Settings) -> list[str]:
    """Return where forms may lead: ours, and the provider that a login goes to."""
    from urllib.parse import urlsplit

    targets = ["'self'"]
    if settings.oidc_issuer:
        split = urlsplit(settings.oidc_issuer)
        targets.append(f"{split.scheme}://{split.netloc}")
    return targets


def _logging(settings: Settings) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "format": "{asctime} {levelname} {name} {message}",
                "style": "{",
            }
        },
        "handlers": {
            "err": {"class": "logging.StreamHandler", "formatter": "line"},
        },
        "root": {"handlers": ["err"], "level": settings.log_level.upper()},
        # Each login in four lines is too many; failures and locks are warnings.
        "loggers": {"axes": {"level": "WARNING"}},
    }


def version_of_static() -> str:
    """Return a hash of our own static files: a new one means collecting anew."""
    digest = hashlib.sha256()
    for path in sorted(Path(str(files("ceyuan.web") / "static")).rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
