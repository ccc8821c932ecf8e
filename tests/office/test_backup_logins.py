# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: S608 - our own words
"""Logins go into a backup and come back, also where no portal has been; sessions do not."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import UsageError
from ceyuan.office.backup import back_up, restore, table_hashes
from ceyuan.office.database import Database
from ceyuan.office.login_tables import make_login_tables
from ceyuan.office.tables import LOGINS, TABLES
from ceyuan.office.workspace import init_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AWKWARD = "管理\t员\\N'\"\n"
ROWS = (
    (
        (
            "insert into auth_user (id, username, password, email, first_name,"
            " last_name, is_superuser, is_staff, is_active, date_joined)"
            " values (7, %s, 'pbkdf2_sha256$1$s$h', 'a@b.cn', '', '', false, false,"
            " true, '2026-11-21 09:00:00.123456+08')"
        ),
        (AWKWARD,),
    ),
    ("insert into auth_group (id, name) values (3, 'demo')", ()),
    ("insert into auth_user_groups (user_id, group_id) values (7, 3)", ()),
    (
        (
            "insert into mfa_authenticator (user_id, type, data, created_at)"
            " values (7, 'totp', '{\"secret\": \"sealed\"}', now())"
        ),
        (),
    ),
    (
        (
            "insert into socialaccount_socialaccount (user_id, provider, uid,"
            " last_login, date_joined, extra_data)"
            " values (7, 'oidc', 'sub-1', now(), now(), '{}')"
        ),
        (),
    ),
    (
        (
            'insert into account_emailaddress (user_id, email, verified, "primary")'
            " values (7, 'a@b.cn', true, true)"
        ),
        (),
    ),
)


def contents(database: Database) -> dict[str, str]:
    """Return a hash of the rows of each table of logins, worked apart from ours."""
    found = {}
    with database.connect() as connection:
        for table in LOGINS:
            rows = connection.execute(f"select * from {table} order by id".encode())
            text = repr([d.name for d in rows.description or ()])
            found[table] = hashlib.sha256(
                (text + repr(rows.fetchall())).encode()
            ).hexdigest()
    return found


@pytest.fixture
def filled(database: Database) -> Database:
    make_login_tables(database.url)
    with database.connect() as connection:
        # A portal has these too; they are over when a backup is restored.
        connection.execute(
            "create table django_session (session_key text primary key, data text)"
        )
        connection.execute("insert into django_session values ('k', 'a session')")
        for statement, values in ROWS:
            connection.execute(statement.encode(), values)
    return database


def test_logins_are_restored_where_no_portal_has_made_their_tables(
    filled: Database,
    office_folder: Path,
    fresh_database: Callable[..., str],
    tmp_path: Path,
) -> None:
    target = tmp_path / "office.ceyuan"
    said = back_up(init_workspace(office_folder), database=filled, target=target)
    other = Database(fresh_database(made=False))

    restored = restore(target, folder=tmp_path / "copy", url=other.url)

    assert {name: said.tables[name].rows for name in LOGINS} == dict.fromkeys(LOGINS, 1)
    assert set(said.tables) == {*TABLES, *LOGINS}
    assert contents(other) == contents(filled)
    assert table_hashes(other) == table_hashes(filled) == restored.tables
    assert b"a session" not in target.read_bytes()
    with other.connect() as connection:
        numbered = connection.execute(
            "insert into auth_user (username, password, email, first_name, last_name,"
            " is_superuser, is_staff, is_active, date_joined)"
            " values ('x', '', '', '', '', false, false, true, now()) returning id"
        ).fetchone()
        there = connection.execute("select to_regclass('django_session')").fetchone()
    # The row had number 7 by hand; the sequence had given none out.
    assert (numbered, there) == ((1,), (None,))


def test_a_portal_that_has_logins_is_not_restored_over(
    filled: Database,
    office_folder: Path,
    fresh_database: Callable[..., str],
    tmp_path: Path,
) -> None:
    target = tmp_path / "office.ceyuan"
    back_up(init_workspace(office_folder), database=filled, target=target)
    other = Database(fresh_database())
    make_login_tables(other.url)
    with other.connect() as connection:
        connection.execute("insert into auth_group (name) values ('theirs')")

    with pytest.raises(UsageError, match="auth_group"):
        restore(target, folder=tmp_path / "copy", url=other.url)

    with other.connect() as connection:
        assert connection.execute("select name from auth_group").fetchall() == [
            ("theirs",)
        ]


def test_an_office_without_a_portal_is_backed_up_without_logins(
    database: Database, office_folder: Path, tmp_path: Path
) -> None:
    said = back_up(
        init_workspace(office_folder), database=database, target=tmp_path / "b"
    )

    assert set(said.tables) == set(TABLES)


def test_making_the_tables_twice_changes_nothing(filled: Database) -> None:
    before = contents(filled)

    make_login_tables(filled.url)

    assert contents(filled) == before
