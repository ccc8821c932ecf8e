# SPDX-License-Identifier: Apache-2.0
"""Where the catalogue's database is, and a connection to it whose tables are there.

Two kinds: a server that an address names (`CEYUAN_DATABASE_URL`), or the embedded
one of the workspace, which runs while somebody has it open. Opening compares the
names of our migrations with those that the database has had: behind, it is brought
forward; ahead, it was made by a newer version and is refused, never guessed at.
"""

from __future__ import annotations

import os
import selectors
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from ceyuan.kernel import CeyuanError, UsageError
from ceyuan.office.server import ROLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from ceyuan.office.server import Hold
    from ceyuan.office.workspace import Workspace

VARIABLE = "CEYUAN_DATABASE_URL"
# Seconds to wait for a server that does not answer.
CONNECT_TIMEOUT = 10
# One process migrates at a time: the number of the lock that says so.
MIGRATING = 0x6365_7975_616E

# Errors that mean the server, not the statement: the classes of SQLSTATE for
# connections, resources, operators and the system; None where none was said.
_SERVER_CLASSES = ("08", "53", "57", "58", "XX")
_CANCELLED = "57014"


class DatabaseAway(CeyuanError):
    """The database cannot be reached, or went away in the middle."""


class Database:
    """An open database whose tables are up to date.

    Args:
        url: Its address, for `psycopg.connect`.
        kind: `embedded` or `server`.
        hold: Keeps the embedded server running until `close`.
    """

    __slots__ = ("_hold", "_idle", "kind", "url")

    def __init__(
        self,
        url: str,
        *,
        kind: Literal["embedded", "server"] = "server",
        hold: Hold | None = None,
    ) -> None:
        self.url = url
        self.kind = kind
        self._hold = hold
        self._idle: list[psycopg.Connection[tuple[Any, ...]]] = []

    @property
    def said(self) -> str:
        """Return where it is, without a password."""
        return without_password(self.url)

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a new connection: transactions begun by hand, clock in UTC.

        Raises:
            DatabaseAway: The server cannot be reached.
        """
        with database_errors(self.said):
            return _connect(self.url)

    @contextmanager
    def kept(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """Lend a connection that is kept open: its statements stay planned.

        One thread has it at a time; what failed in any way is closed, not kept. One
        whose server has said something meanwhile (that it ends it) is not lent.
        """
        connection = None
        while self._idle and connection is None:
            connection = self._idle.pop()
            with selectors.DefaultSelector() as watched:
                watched.register(connection, selectors.EVENT_READ)
                ended = watched.select(0)
            if ended:
                connection.close()
                connection = None
        connection = connection or self.connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if connection.info.transaction_status == TransactionStatus.IDLE:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Let the embedded server stop when nobody else uses it."""
        while self._idle:
            self._idle.pop().close()
        hold, self._hold = self._hold, None
        if hold is not None:
            hold.release()

    def __repr__(self) -> str:
        return f"Database({self.said!r}, kind={self.kind!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_database(workspace: Workspace, *, url: str = "") -> Database:
    """Return a workspace's database, started and with its tables up to date.

    Args:
        workspace: The workspace.
        url: Address of a server; empty: `CEYUAN_DATABASE_URL`, and without that
            the embedded server.

    Raises:
        DatabaseAway: The server cannot be reached.
        UsageError: The address cannot be read; the database or the workspace was
            made by a newer version; the embedded server cannot run here.
    """
    database = reach_database(workspace, url=url)
    try:
        prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def reach_database(workspace: Workspace, *, url: str = "") -> Database:
    """Return a workspace's database as it is: its tables may be behind or ahead.

    Raises:
        DatabaseAway: The embedded server cannot be reached.
        UsageError: The address cannot be read; the embedded server cannot run here.
    """
    url = url or os.environ.get(VARIABLE, "").strip()
    if url:
        return Database(_checked(url))
    hold = workspace.server().hold()
    try:
        address = make_conninfo("", host=str(hold.sockets), user=ROLE, dbname=ROLE)
        _ensure_exists(address)
    except BaseException:
        hold.release()
        raise
    return Database(address, kind="embedded", hold=hold)


def prepare(database: Database) -> None:
    """Bring the tables of a database forward where they are behind.

    Raises:
        UsageError: It was made by a newer version.
    """
    with database.connect() as connection:
        if not _behind(connection, database.said):
            return
        # Others who open it now wait here, and then find nothing left to do.
        connection.execute("SELECT pg_advisory_lock(%s)", (MIGRATING,))
        connection.commit()
        if _behind(connection, database.said):
            from ceyuan.office.django_settings import migrate

            with database_errors(database.said):
                migrate(database.url)


def our_migrations() -> tuple[str, ...]:
    """Return the names of this version's migrations, oldest first."""
    folder = Path(__file__).with_name("migrations")
    return tuple(sorted(path.stem for path in folder.glob("[0-9]*.py")))


def migrations_of(
    connection: psycopg.Connection[tuple[Any, ...]],
) -> tuple[str, ...]:
    """Return the names of the migrations that a database has had."""
    with connection.transaction():
        found = connection.execute("SELECT to_regclass('django_migrations')").fetchone()
        if found is None or found[0] is None:
            return ()
        rows = connection.execute(
            "SELECT name FROM django_migrations WHERE app = 'office' ORDER BY name"
        ).fetchall()
    return tuple(name for (name,) in rows)


@contextmanager
def database_errors(place: str = "") -> Iterator[None]:
    """Turn what the driver says of a lost server into `DatabaseAway`.

    Errors of a statement (a constraint, a lock, a cancelled query) pass as they are.
    """
    try:
        yield
    except psycopg.errors.DiskFull as error:
        msg = f"数据库所在的磁盘满了 (the database's disk is full): {_first(error)}"
        raise DatabaseAway(
            msg, hint="腾出空间后重做；没有提交的内容都已撤销"
        ) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        code = error.sqlstate
        if code is not None and (
            code == _CANCELLED or not code.startswith(_SERVER_CLASSES)
        ):
            raise
        where = f" {place}" if place else ""
        msg = f"数据库{where} 连不上或中途断开 (the database is away): {_first(error)}"
        raise DatabaseAway(
            msg,
            hint=(
                f"看看服务器是否在运行、{VARIABLE} 是否写对；"
                "没有提交的内容都已撤销，可以重做"
            ),
        ) from error


def without_password(url: str) -> str:
    """Return an address that may be shown."""
    try:
        said = conninfo_to_dict(url)
    except psycopg.Error:
        return "（读不出的地址）"
    host = str(said.get("host") or "localhost")
    port = f":{said['port']}" if said.get("port") else ""
    user = f"{said['user']}@" if said.get("user") else ""
    return f"postgresql://{user}{host}{port}/{said.get('dbname') or ''}"


def _connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    words = {"connect_timeout": CONNECT_TIMEOUT, "application_name": "ceyuan"}
    said = conninfo_to_dict(url)
    missing = {name: value for name, value in words.items() if name not in said}
    connection = psycopg.connect(url, **missing)  # type: ignore[arg-type]
    try:
        if connection.info.parameter_status("TimeZone") != "UTC":
            connection.execute("SET TIME ZONE 'UTC'")
            connection.commit()
    except BaseException:
        connection.close()
        raise
    return connection


def _checked(url: str) -> str:
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        # The driver repeats the address, with its password: not shown.
        msg = f"{VARIABLE} 不是 PostgreSQL 的地址 (not an address of PostgreSQL)"
        raise UsageError(
            msg, hint="写成 postgresql://用户:密码@主机:5432/库名"
        ) from error
    return url


def _ensure_exists(address: str) -> None:
    """Make the embedded server's one database."""
    try:
        psycopg.connect(address).close()
    except psycopg.OperationalError as error:
        if f'database "{ROLE}" does not exist' not in str(error):
            msg = f"内嵌数据库连不上 (cannot connect): {_first(error)}"
            raise DatabaseAway(msg) from error
        system = make_conninfo(address, dbname="postgres")
        with psycopg.connect(system, autocommit=True) as connection:
            try:
                connection.execute(
                    sql.SQL("CREATE DATABASE {}").format(sql.Identifier(ROLE))
                )
            except (
                psycopg.errors.DuplicateDatabase,
                psycopg.errors.UniqueViolation,
            ):
                # Another process was first.
                return


def _behind(connection: psycopg.Connection[tuple[Any, ...]], place: str) -> bool:
    had, ours = migrations_of(connection), our_migrations()
    unknown = sorted(set(had) - set(ours))
    if unknown:
        from ceyuan import __version__

        msg = (
            f"数据库 {place} 由更新的版本建立，有本版本 {__version__} 不认识的迁移："
            f"{'、'.join(unknown)} (made by a newer version; unknown migrations)"
        )
        raise UsageError(
            msg, hint="升级 ceyuan（`pip install -U ceyuan`），或指向另一个数据库"
        )
    return set(had) != set(ours)


def _first(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
