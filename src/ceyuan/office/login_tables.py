# SPDX-License-Identifier: Apache-2.0
"""The tables of logins, where no portal has made them: for a backup that has logins.

They belong to Django and django-allauth, whose migrations make them. Django takes its
settings once for a process, and this one's know the office's tables only; so a process
of its own makes them. A portal that starts later finds them and adds what it lacks.
"""

from __future__ import annotations

import os
import subprocess
import sys

from ceyuan.kernel import CeyuanError

VARIABLE = "CEYUAN_DATABASE_URL"
APPS = (
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
)


def make_login_tables(url: str) -> None:
    """Make the tables of logins in a database; those that are there stay as they are.

    Raises:
        CeyuanError: They could not be made.
    """
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", __name__],
        env={**os.environ, VARIABLE: url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        msg = f"登录的表没有建成 (the tables of logins were not made): {last}"
        raise CeyuanError(msg)


def main() -> None:
    """Make them in the database that the environment names."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    from ceyuan.office.django_settings import database_settings

    settings.configure(
        DATABASES={"default": database_settings(os.environ[VARIABLE])},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=APPS,
        MIDDLEWARE=["allauth.account.middleware.AccountMiddleware"],
        LOGGING_CONFIG=None,
        TIME_ZONE="UTC",
        USE_TZ=True,
    )
    django.setup()
    for app in ("contenttypes", "auth", "account", "mfa", "socialaccount"):
        call_command("migrate", app, verbosity=0, interactive=False)


if __name__ == "__main__":
    main()
