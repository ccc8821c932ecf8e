# SPDX-License-Identifier: Apache-2.0
"""Django's settings, for the migrations: in code, from one database address.

Django is imported only here and only when tables are to be made or compared; the
verbs speak plain SQL. Its one `default` connection is pointed at the database that
is meant each time, since one process may open several.
"""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict

_NAMES = {
    "dbname": "NAME",
    "user": "USER",
    "password": "PASSWORD",
    "host": "HOST",
    "port": "PORT",
}


def database_settings(url: str) -> dict[str, Any]:
    """Return one database's settings as Django wants them."""
    said = conninfo_to_dict(url)
    settings: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        **{django: str(said.pop(ours, "") or "") for ours, django in _NAMES.items()},
    }
    settings["OPTIONS"] = {name: value for name, value in said.items() if value}
    return settings


def point_django_at(url: str) -> None:
    """Set Django up and let its `default` connection be this database."""
    import django
    from django.conf import settings
    from django.db import connections

    if not settings.configured:
        settings.configure(
            DATABASES={"default": database_settings(url)},
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            INSTALLED_APPS=["ceyuan.office.apps.OfficeConfig"],
            LOGGING_CONFIG=None,
            TIME_ZONE="UTC",
            USE_I18N=False,
            USE_TZ=True,
        )
        django.setup()
    said = connections.configure_settings({"default": database_settings(url)})
    connections["default"].close()
    del connections["default"]
    connections.settings["default"] = said["default"]


def migrate(url: str, *, to: str = "") -> None:
    """Bring the tables forward: to the newest migration, or to the one named."""
    from django.core.management import call_command
    from django.db import connections

    point_django_at(url)
    try:
        # The office's own tables only: a portal's process knows more apps.
        words = (to,) if to else ()
        call_command("migrate", "office", *words, verbosity=0, interactive=False)
    finally:
        connections["default"].close()
