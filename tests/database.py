# SPDX-License-Identifier: Apache-2.0
"""A database for each test: one server for the whole run, a copy for each.

The server is the embedded one, in a folder of its own. The tables are made once;
a test gets a copy of that database, which is quick, and it is dropped afterwards.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ceyuan.office.database import VARIABLE, Database, prepare
from ceyuan.office.server import ROLE, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MADE = "made"
NUMBERS = itertools.count(1)


def execute(url: str, statement: str) -> None:
    """Run one statement outside of a transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


@contextmanager
def folder_to_walk() -> Iterator[Path]:
    """Give a folder that root's server, running as another account, can reach."""
    folder = Path(tempfile.mkdtemp(prefix="ceyuan-tests-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give an empty folder that every account can walk to."""
    with folder_to_walk() as folder:
        yield folder


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """Give the address of the test server's system database."""
    with (
        folder_to_walk() as folder,
        Server(data=folder / "pg", locks=folder).hold() as hold,
    ):
        url = make_conninfo("", host=str(hold.sockets), user=ROLE, dbname="postgres")
        # Nobody needs this one after a power cut; databases come and go quickly.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            execute(url, f"ALTER SYSTEM SET {setting} = off")
        execute(url, "SELECT pg_reload_conf()")
        execute(url, f"CREATE DATABASE {MADE}")
        prepare(Database(make_conninfo(url, dbname=MADE)))
        yield url


@pytest.fixture
def fresh_database(database_server: str) -> Iterator[Callable[..., str]]:
    """Give a maker of databases: their addresses; dropped after the test.

    `made=False` gives an empty one.
    """
    names: list[str] = []

    def make(*, made: bool = True) -> str:
        name = f"test{next(NUMBERS)}"
        source = MADE if made else "template1"
        execute(database_server, f"CREATE DATABASE {name} TEMPLATE {source}")
        names.append(name)
        return make_conninfo(database_server, dbname=name)

    yield make
    for name in names:
        execute(database_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(fresh_database: Callable[..., str]) -> Database:
    """Give an open database with all tables, empty."""
    return Database(fresh_database())


@pytest.fixture
def office_folder(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Give a folder for a workspace whose database is the test's own."""
    monkeypatch.setenv(VARIABLE, database.url)
    folder = tmp_path / "office"
    folder.mkdir()
    return folder
