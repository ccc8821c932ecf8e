# SPDX-License-Identifier: Apache-2.0
"""Is the workspace in order: its database, its sealed files, its keys.

Looks and changes nothing, but that an embedded server is started to be asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ceyuan.kernel import CeyuanError
from ceyuan.office.database import (
    database_errors,
    migrations_of,
    our_migrations,
    reach_database,
)

if TYPE_CHECKING:
    from ceyuan.office.database import Database
    from ceyuan.office.workspace import Workspace

State = Literal["ok", "warn", "bad"]
FEW = 5


@dataclass(frozen=True, slots=True)
class Sound:
    """One thing that was looked at.

    Args:
        name: What.
        state: `ok`, `warn` (works, worth knowing), `bad` (must be mended).
        detail: What was found.
    """

    name: str
    state: State
    detail: str


def health(workspace: Workspace, *, url: str = "") -> list[Sound]:
    """Return what there is to say of a workspace; errors are lines too.

    Args:
        workspace: The workspace, made or not.
        url: As `open_database`.
    """
    if not workspace.paper.exists():
        return [
            Sound(
                "工作区", "ok", f"{workspace.root} 还不是工作区（`ceyuan init` 建立）"
            )
        ]
    try:
        said = workspace.said()
    except CeyuanError as error:
        return [Sound("工作区", "bad", error.message)]
    found = [
        Sound(
            "工作区",
            "ok",
            f"{workspace.folder}，格式 {said.format}，{said.made_by} 建立，{said.id}",
        )
    ]
    try:
        with (
            reach_database(workspace, url=url) as database,
            database_errors(database.said),
        ):
            found += _database(database)
            found += _contents(workspace, database)
    except CeyuanError as error:
        hint = f"；{error.hint}" if error.hint else ""
        found.append(Sound("数据库", "bad", f"{error.message}{hint}"))
        found.append(_store(workspace, set()))
    return found


def _database(database: Database) -> list[Sound]:
    with database.connect() as connection:
        version = connection.info.server_version
        had, ours = migrations_of(connection), our_migrations()
    kind = "内嵌" if database.kind == "embedded" else "服务器"
    where = f"{kind} {database.said}，PostgreSQL {version // 10000}.{version % 10000}"
    unknown = sorted(set(had) - set(ours))
    behind = sorted(set(ours) - set(had))
    if unknown:
        migrations = Sound("迁移", "bad", f"由更新的版本建立：{'、'.join(unknown)}")
    elif behind:
        migrations = Sound(
            "迁移", "warn", f"待执行 {'、'.join(behind)}（打开时自动执行）"
        )
    else:
        migrations = Sound("迁移", "ok", f"{len(had)} 个，最新 {had[-1]}")
    return [Sound("数据库", "ok", where), migrations]


def _contents(workspace: Workspace, database: Database) -> list[Sound]:
    """Return what the tables say that must be in the folder."""
    with database.connect() as connection:
        if set(our_migrations()) - set(migrations_of(connection)):
            return [_store(workspace, set()), _keys(workspace, 0)]
        rows = connection.execute(
            "SELECT sha256 FROM batch_part UNION SELECT sha256 FROM run_part"
        ).fetchall()
        people = connection.execute(
            "SELECT count(*) FROM person WHERE erased_at IS NULL"
        ).fetchone()
    wanted = {bytes(sha).hex() for (sha,) in rows}
    return [_store(workspace, wanted), _keys(workspace, people[0] if people else 0)]


def _store(workspace: Workspace, wanted: set[str]) -> Sound:
    files = [path for path in workspace.store.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    said = f"{len(files)} 个文件，{size / 1_000_000:.1f} MB"
    missing = sorted(wanted - {path.stem for path in files})
    if missing:
        names = "、".join(name[:12] for name in missing[:FEW])
        return Sound("封存文件", "bad", f"{said}；缺 {len(missing)} 个：{names}")
    return Sound("封存文件", "ok", said)


def _keys(workspace: Workspace, people: int) -> Sound:
    ring = workspace.keys / "keyring"
    if ring.exists():
        return Sound("钥匙圈", "ok", f"{ring}，{people} 人；不在备份里，另行保存")
    if people:
        return Sound(
            "钥匙圈", "bad", f"没有 {ring}，{people} 人的个人数据读不出来；放回它的副本"
        )
    return Sound("钥匙圈", "ok", "还没有（有个人数据时建立）")
