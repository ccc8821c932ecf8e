# SPDX-License-Identifier: Apache-2.0
"""Backup to one file and restore from it, with the same hashes.

The tables are copied as text, ordered by their keys, in one transaction that sees
one moment; restored, they are copied out again and must have the hash that they had
before, or nothing is kept. Keys are in no backup: whoever destroys a person's key
makes that person's data unreadable in every backup too. The key ring is kept apart.

Where a portal has logins they are backed up with the rest; restored, their tables are
made first where no portal has been yet. Its sessions and its failed attempts are not.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from psycopg import sql

from ceyuan.kernel import CeyuanError, InputRejected, UsageError
from ceyuan.office.archive import (
    BLOCK,
    FORMAT,
    ArchiveReader,
    ArchiveWriter,
    Manifest,
    Table,
)
from ceyuan.office.database import (
    database_errors,
    migrations_of,
    open_database,
    our_migrations,
    prepare,
)
from ceyuan.office.login_tables import make_login_tables
from ceyuan.office.tables import LOGINS, TABLES
from ceyuan.office.workspace import init_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import psycopg

    from ceyuan.office.database import Database
    from ceyuan.office.workspace import Workspace

    Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

# How values are written must not hang on the server's settings.
WRITTEN = (
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL extra_float_digits = 1",
)
FOLDERS = ("store/", "declarations/", "uploads/", "batches/", "reforms/", "receipts/")
"""What the tables name and do not hold: sealed files, and what the portal keeps."""
LAID = "in"
"""Files of a batch laid under their own names: laid again out of the uploads."""
KEYS_APART = (
    "备份里没有 keys/（钥匙圈），请另行保存；少了它，个人数据读不出来 "
    "(keys are not in the backup: keep the key ring apart)"
)


@dataclass(frozen=True, slots=True)
class BackupSaid:
    """What was backed up.

    Args:
        archive: The file.
        size: Its bytes.
        tables: Rows and hashes, by table.
        files: Number of files in it: sealed ones, declarations, those of the portal.
        missing: Names of registered files that were not in the store.
        altered: Names of registered files whose content is not what was sealed.
        note: What the user must know of keys.
    """

    archive: Path
    size: int
    tables: Mapping[str, Table]
    files: int
    missing: tuple[str, ...]
    altered: tuple[str, ...]
    note: str = KEYS_APART


@dataclass(frozen=True, slots=True)
class RestoreSaid:
    """What was restored.

    Args:
        workspace: The workspace, with an id of its own.
        made_at: When the backup was made.
        made_by: Version that made it.
        tables: Rows and hashes, by table; equal to those of the source.
        files: Number of files.
        note: What the user must know of keys.
    """

    workspace: Workspace
    made_at: str
    made_by: str
    tables: Mapping[str, Table]
    files: int
    note: str = KEYS_APART


def back_up(workspace: Workspace, *, database: Database, target: Path) -> BackupSaid:
    """Write the records of a workspace, but not its keys, to one file.

    Args:
        workspace: The workspace.
        database: Its database.
        target: The file to be made; it must not be there.

    Raises:
        UsageError: The file is there already.
        DatabaseAway: The database went away; nothing is left behind.
        CeyuanError: The file cannot be written.
    """
    if target.exists():
        msg = f"文件已经在了 (the file is there already): {target}"
        raise UsageError(msg, hint="换一个文件名")
    fresh = target.with_name(f"{target.name}.part")
    try:
        with database_errors(database.said):
            said = _write(workspace, database, fresh, target)
        fresh.replace(target)
    except OSError as error:
        msg = f"备份写不成 (cannot write the backup): {error}"
        raise CeyuanError(msg, hint="看看磁盘空间和文件夹权限") from error
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
    return said


def restore(archive: Path, *, folder: Path, url: str = "") -> RestoreSaid:
    """Make a workspace in a folder from a backup.

    Args:
        archive: The backup.
        folder: Where the workspace is to be; one without records may be there.
        url: Address of a database without records; empty: as `open_database`.

    Raises:
        InputRejected: The backup is damaged; nothing was written.
        UsageError: There are records already, or the backup is newer.
        DatabaseAway: The database went away; its tables are as they were.
    """
    reader = ArchiveReader(archive)
    try:
        manifest = reader.manifest
        unknown = sorted(set(manifest.migrations) - set(our_migrations()))
        if unknown:
            msg = (
                f"备份 {archive.name} 由较新的版本 {manifest.made_by} 做成，"
                f"有不认识的迁移：{'、'.join(unknown)} (made by a newer version)"
            )
            raise UsageError(msg, hint="升级：`pip install -U ceyuan`")
        workspace = init_workspace(folder)
        with (
            open_database(workspace, url=url) as database,
            database_errors(database.said),
        ):
            _refuse_records(database)
            if set(LOGINS) & set(manifest.tables):
                make_login_tables(database.url)
            files = [n for n in manifest.members if n.startswith(FOLDERS)]
            try:
                for name in files:
                    reader.write(name, workspace.folder / name)
            except OSError as error:
                msg = f"恢复写不成 (cannot write): {error}"
                raise CeyuanError(msg, hint="看看磁盘空间和文件夹权限") from error
            _fill(reader, database)
    finally:
        reader.close()
    return RestoreSaid(
        workspace, manifest.made_at, manifest.made_by, manifest.tables, len(files)
    )


def table_hashes(database: Database) -> dict[str, Table]:
    """Return rows and hash of every table, as of one moment."""
    with database_errors(database.said), database.connect() as connection:
        _one_moment(connection)
        return {name: _copied(connection, name, None) for name in _there(connection)}


def _there(connection: Connection) -> list[str]:
    """Return our tables that a database has; an older one has fewer."""
    rows = connection.execute(
        "SELECT name FROM unnest(%s::text[]) name WHERE to_regclass(name) IS NOT NULL",
        ([*TABLES, *LOGINS],),
    ).fetchall()
    found = {name for (name,) in rows}
    return [name for name in (*TABLES, *LOGINS) if name in found]


def _write(
    workspace: Workspace, database: Database, fresh: Path, target: Path
) -> BackupSaid:
    from ceyuan import __version__

    said = workspace.said()
    tables: dict[str, Table] = {}
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file, database.connect() as connection:
        writer = ArchiveWriter(file)
        with workspace.paper.open("rb") as paper:
            writer.add("workspace.json", paper)
        _one_moment(connection)
        had = migrations_of(connection)
        for name in _there(connection):
            with tempfile.TemporaryFile(dir=fresh.parent) as rows:
                tables[name] = _copied(connection, name, rows)
                writer.add(f"tables/{name}", rows)
        registered = _registered(connection)
        connection.rollback()
        # Whatever those rows name was sealed before they were written.
        files = 0
        sealed: dict[str, str] = {}
        for path, name in _files(workspace):
            with path.open("rb") as source:
                sha = writer.add(name, source)
                if name.startswith(FOLDERS[0]):
                    sealed[path.stem] = sha
            files += 1
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        writer.finish(
            Manifest(FORMAT, __version__, made_at, said.id, had, tables, writer.members)
        )
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    return BackupSaid(
        archive=target,
        size=size,
        tables=tables,
        files=files,
        missing=tuple(sorted(registered - set(sealed))),
        altered=tuple(n for n in sorted(registered) if sealed.get(n, n) != n),
    )


def _files(workspace: Workspace) -> Iterator[tuple[Path, str]]:
    """Yield the files that the tables name, folder by folder, in order of name."""
    for folder in FOLDERS:
        for path in sorted((workspace.folder / folder).rglob("*")):
            name = path.relative_to(workspace.folder).as_posix()
            half = path.name.startswith(".") or path.suffix in {".part", ".tmp"}
            laid = folder == "batches/" and path.parent.name == LAID
            if path.is_file() and not half and not laid:
                yield path, name


def _registered(connection: Connection) -> set[str]:
    """Return the SHA-256 of every sealed file that the catalogue names."""
    rows = connection.execute(
        "SELECT sha256 FROM batch_part UNION SELECT sha256 FROM run_part"
    )
    return {bytes(sha).hex() for (sha,) in rows}


def _one_moment(connection: Connection) -> None:
    """Begin a transaction that sees one moment and writes values one way."""
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    _written(connection)


def _written(connection: Connection) -> None:
    for statement in WRITTEN:
        connection.execute(statement.encode())


def _copied(
    connection: Connection,
    name: str,
    file: IO[bytes] | None,
    columns: tuple[str, ...] = (),
) -> Table:
    """Return a table's rows and hash, copying the rows to a file when one is given."""
    key, is_text = _key(connection, name)
    columns = columns or _columns(connection, name)
    order = sql.SQL('{} COLLATE "C"' if is_text else "{}").format(sql.Identifier(key))
    statement = sql.SQL(
        "COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT (FORMAT text, ENCODING 'UTF8')"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(name), order
    )
    whole = hashlib.sha256()
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block in copy:
                whole.update(block)
                if file is not None:
                    file.write(block)
        rows = cursor.rowcount
    return Table(columns, rows, whole.hexdigest(), *_sequence(connection, name, key))


def _key(connection: Connection, name: str) -> tuple[str, bool]:
    rows = connection.execute(
        "SELECT a.attname, a.atttypid = 'text'::regtype FROM pg_index i "
        "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] "
        "WHERE i.indisprimary AND i.indrelid = to_regclass(%s)",
        (name,),
    ).fetchall()
    ((key, is_text),) = rows
    return key, is_text


def _columns(connection: Connection, name: str) -> tuple[str, ...]:
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) "
        "AND attnum > 0 AND NOT attisdropped ORDER BY attname",
        (name,),
    )
    return tuple(column for (column,) in rows)


def _sequence(connection: Connection, name: str, key: str) -> tuple[str, int]:
    """Return the numbering column and the last number given, or nothing."""
    found = connection.execute(
        "SELECT pg_get_serial_sequence(%s, %s)", (name, key)
    ).fetchone()
    if found is None or found[0] is None:
        return "", 0
    last = connection.execute(
        "SELECT coalesce(pg_sequence_last_value(%s::regclass), 0)", (found[0],)
    ).fetchone()
    assert last is not None
    return key, int(last[0])


def _refuse_records(database: Database) -> None:
    with database.connect() as connection:
        for name in _there(connection):
            found = connection.execute(
                sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(name))
            ).fetchone()
            if found is not None and found[0]:
                msg = (
                    f"这里已经有记录了（{database.said}，表 {name}），不会覆盖 "
                    "(there are records here already; they are not overwritten)"
                )
                raise UsageError(
                    msg,
                    hint="恢复到一个新文件夹；设了 CEYUAN_DATABASE_URL 时换一个空库",
                )


def _fill(reader: ArchiveReader, database: Database) -> None:
    """Copy the tables in, in one transaction, and compare them with the source."""
    had = reader.manifest.migrations
    behind = set(had) != set(our_migrations())
    if behind:
        from ceyuan.office.django_settings import migrate

        # The tables as they were when the backup was made; there are no rows yet.
        migrate(database.url, to=had[-1])
    try:
        with database.connect() as connection:
            _written(connection)
            for name, table in reader.manifest.tables.items():
                _fill_table(connection, reader, name, table)
    finally:
        if behind:
            prepare(database)


def _fill_table(
    connection: Connection, reader: ArchiveReader, name: str, table: Table
) -> None:
    statement = sql.SQL(
        "COPY {} ({}) FROM STDIN (FORMAT text, ENCODING 'UTF8')"
    ).format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    with (
        reader.open(f"tables/{name}") as rows,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        while block := rows.read(BLOCK):
            copy.write(block)
    if table.sequence:
        connection.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s)::regclass, %s, %s)",
            (name, table.sequence, max(1, table.last), table.last > 0),
        )
    found = _copied(connection, name, None, table.columns)
    if found != table:
        msg = (
            f"恢复后的表 {name} 与备份不同 (not the same after restoring)："
            f"{found.rows} / {table.rows} 行"
        )
        raise InputRejected(
            msg,
            hint="没有写入任何行；请连同两边的数据库版本报告这个问题",
        )
