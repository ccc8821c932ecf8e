# SPDX-License-Identifier: Apache-2.0
"""An invented town with a portal, for tests: made once, copied for each test.

The town is made by the same commands as the demonstration, smaller. Its database is a
template: a test gets a copy of its own, so that what one test writes no other sees.
The sealed files are shared; they are named by their hash and only ever added to.
"""

from __future__ import annotations

import contextlib
import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ceyuan.office.database import VARIABLE
from tests.database import MADE, NUMBERS, execute, folder_to_walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.web.settings import Settings

DAY = "2026-11-21"
TODAY = "2026-11-25"
"""The portal stands at this day: what was noticed can still be objected to."""
FIRMS = 150
SEED = 4
TOWN = "town"
PEOPLE = (
    # name, role, organisation
    ("管理员", "admin", "市科委"),
    ("经办人甲", "officer", "市科委"),
    ("复核人乙", "reviewer", "市科委"),
    ("财务丙", "finance", "市科委"),
    ("财务丁", "finance", "市科委"),
    ("审计员", "auditor", "市审计局"),
    ("分析员", "analyst", "市科委"),
    ("园区经理", "park", "样例园区"),
    ("另一园区", "park", "别的园区"),
)
PASSWORD = "a long sentence, for tests"  # noqa: S105 - of accounts that live for a test


@dataclass(frozen=True, slots=True)
class Town:
    """A town with a portal.

    Args:
        folder: Its working folder.
        url: Its database, a test's own.
        firm: Credit code of a firm with an entitlement that is still noticed.
        paid: Credit code of a firm that was paid.
        other: Credit code of a firm without any entitlement.
    """

    folder: Path
    url: str
    firm: str
    paid: str
    other: str


@pytest.fixture(scope="session")
def town_made(database_server: str) -> Iterator[Town]:
    """Give the town that the copies are made from; nobody writes to it."""
    execute(database_server, f"CREATE DATABASE {TOWN} TEMPLATE {MADE}")
    url = make_conninfo(database_server, dbname=TOWN)
    with folder_to_walk() as folder:
        before = os.environ.get(VARIABLE)
        os.environ[VARIABLE] = url
        try:
            with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
                firms = _make(folder)
        finally:
            if before is None:
                del os.environ[VARIABLE]
            else:
                os.environ[VARIABLE] = before
        _portal(folder, url)
        yield Town(folder, url, *firms)


def _make(folder: Path) -> tuple[str, str, str]:
    from ceyuan.cli import office_city, office_runs
    from ceyuan.cli.run import run
    from ceyuan.cli.showing_money import show_money_steps
    from ceyuan.cli.talk import Talk
    from ceyuan.office.memory import open_memory

    with open_memory(folder):
        office_city.make(
            FIRMS, SEED, None, "shanghai", files_only=False, as_json=False, quiet=True
        )
        office_runs.run(DAY, "", (), "", "shanghai", as_json=False, quiet=True)
        with contextlib.redirect_stderr(io.StringIO()):
            show_money_steps(Talk(quiet=True), DAY)
            for name, role, organisation in PEOPLE:
                said = ["user", "set", name, "--role", role, "--as", "管理员",
                        "--organisation", organisation, "--reason", "test"]  # fmt: skip
                assert run(said) == 0
    with open_memory(folder) as memory, memory.transaction() as conn:
        codes = dict(
            conn.execute(
                "select state, min(party) from entitlement group by state"
            ).fetchall()
        )
    with open_memory(folder) as memory:
        from ceyuan.office.firms import labels
        from ceyuan.office.runs import find

        last = find(memory, "last")
        every = labels(memory.reading(last.as_of), "firm")
    with open_memory(folder, actor="管理员") as memory:
        from ceyuan.office.users import set_user

        with memory.transaction() as conn:
            some = {
                row[0] for row in conn.execute("select distinct party from entitlement")
            }
        other = next(f.code for f in every.values() if f.code and f.code not in some)
        noticed = codes.get("noticed", "") or codes["paid"]
        for name, code in (
            ("企业甲", noticed),
            ("企业乙", codes["paid"]),
            ("企业丙", other),
        ):
            set_user(
                memory, name, ["firm"], display=name, organisation=code, reason="test"
            )
    return noticed, codes["paid"], other


def _portal(folder: Path, url: str) -> None:
    """Make the portal's own tables, and a login for everybody."""
    from django.contrib.auth.models import User
    from django.db import connections

    from ceyuan.web import serving

    serving.configure(portal_settings(folder, url))
    serving.make_tables()
    for name in (*(p[0] for p in PEOPLE), "企业甲", "企业乙", "企业丙"):
        User.objects.create_user(username=name, password=PASSWORD)
    connections["default"].close()


def portal_settings(folder: Path, url: str, **said: object) -> Settings:
    """Return the portal's settings for a test."""
    from ceyuan.web.settings import read_settings

    return read_settings(
        folder,
        {},
        database_url=url,
        secret_key="for tests only, " * 4,
        second_factor="offered",
        today=TODAY,
        **said,
    )


@pytest.fixture
def town(town_made: Town, database_server: str) -> Iterator[Town]:
    """Give a town of the test's own, and let the portal be its portal."""
    from django.db import connections

    from ceyuan.web import opened, serving

    name = f"town{next(NUMBERS)}"
    execute(
        database_server, f"CREATE DATABASE {name} TEMPLATE {TOWN} STRATEGY FILE_COPY"
    )
    url = make_conninfo(database_server, dbname=name)
    serving.configure(portal_settings(town_made.folder, url))
    # A thread of a test's server lives for one request, and its connection with it.
    connections.settings["default"]["CONN_MAX_AGE"] = 0
    try:
        yield Town(
            town_made.folder, url, town_made.firm, town_made.paid, town_made.other
        )
    finally:
        opened.close()
        connections["default"].close()
        execute(database_server, f"DROP DATABASE {name} WITH (FORCE)")


def one(url: str, question: str, *given: object) -> object:
    """Return the first value that a question finds."""
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode(), given).fetchone()
    return None if row is None else row[0]
