# SPDX-License-Identifier: Apache-2.0
"""What `doctor` finds in a workspace, sound and unsound."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ceyuan.office.database import Database
from ceyuan.office.soundness import Sound, health
from ceyuan.office.workspace import Workspace, WorkspaceSaid, init_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHA = hashlib.sha256(b"sealed").hexdigest()


def _states(lines: list[Sound]) -> dict[str, str]:
    return {line.name: line.state for line in lines}


def _register(database: Database) -> None:
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO batch (id, record_type, source, kind, rows, root, columns,"
            " complete, actor, as_stated, declarations) VALUES ('b', 'firm', 'tax',"
            " 'import', 1, '', '{}', '[]', 'a', '2026-01-01', 'd')"
        )
        connection.execute(
            "INSERT INTO batch_part (batch_id, position, name, sha256, size, rows)"
            " VALUES ('b', 0, 'n', %s, 6, 1)",
            (bytes.fromhex(SHA),),
        )


def test_health_of_no_workspace_names_init(tmp_path: Path) -> None:
    (line,) = health(Workspace(tmp_path))

    assert (line.state, "ceyuan init" in line.detail) == ("ok", True)
    assert not (tmp_path / ".ceyuan").exists()


def test_health_of_a_sound_workspace(office_folder: Path, database: Database) -> None:
    workspace = init_workspace(office_folder)
    _register(database)
    sealed = workspace.store / SHA[:2] / f"{SHA}.parquet"
    sealed.parent.mkdir()
    sealed.write_bytes(b"sealed")

    lines = health(workspace)

    assert _states(lines) == {
        "工作区": "ok",
        "数据库": "ok",
        "迁移": "ok",
        "封存文件": "ok",
        "钥匙圈": "ok",
    }
    said = {line.name: line.detail for line in lines}
    assert workspace.said().id in said["工作区"]
    assert "PostgreSQL 18." in said["数据库"]
    assert "1 个文件" in said["封存文件"]


def test_health_names_what_is_missing(office_folder: Path, database: Database) -> None:
    workspace = init_workspace(office_folder)
    _register(database)
    with database.connect() as connection:
        connection.execute("INSERT INTO person (lookup) VALUES ('\\x01')")

    lines = {line.name: line for line in health(workspace)}

    assert lines["封存文件"].state == "bad"
    assert SHA[:12] in lines["封存文件"].detail
    assert lines["钥匙圈"].state == "bad"


def test_health_of_tables_behind_or_ahead_changes_nothing(
    office_folder: Path, database: Database, fresh_database: Callable[..., str]
) -> None:
    workspace = init_workspace(office_folder)
    empty = fresh_database(made=False)
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('office', '0099_tomorrow', now())"
        )

    behind = {line.name: line for line in health(workspace, url=empty)}
    ahead = {line.name: line for line in health(workspace)}

    assert behind["迁移"].state == "warn"
    assert ahead["迁移"].state == "bad"
    assert "0099_tomorrow" in ahead["迁移"].detail
    with Database(empty).connect() as connection:
        found = connection.execute("SELECT to_regclass('batch')").fetchone()
    assert found == (None,)


def test_health_with_the_database_away_says_the_rest(office_folder: Path) -> None:
    lines = health(init_workspace(office_folder), url="postgresql:///x?host=/nowhere")

    assert _states(lines) == {"工作区": "ok", "数据库": "bad", "封存文件": "ok"}


def test_health_of_a_newer_workspace_is_one_line(office_folder: Path) -> None:
    workspace = init_workspace(office_folder)
    workspace.write(WorkspaceSaid(2, "9.1.0", workspace.said().id))

    (line,) = health(workspace)

    assert (line.state, "9.1.0" in line.detail) == ("bad", True)
