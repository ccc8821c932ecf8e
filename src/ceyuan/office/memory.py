# SPDX-License-Identifier: Apache-2.0
"""An office's memory, open: the database, the sealed files, the declarations.

Every verb that remembers takes one. It is opened for as long as a command lasts and
then closed; what holds it together is only where things are.
"""

from __future__ import annotations

import errno
import getpass
import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from ceyuan.declarations.archive import Declared, keep, load_declared, unpack
from ceyuan.facts.store import Keyring, Kind, Shelf, kinds
from ceyuan.facts.store import as_known as _as_known
from ceyuan.kernel import CeyuanError, UsageError
from ceyuan.office.database import database_errors, open_database
from ceyuan.office.workspace import Workspace, init_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from psycopg import Connection

    from ceyuan.declarations import Region
    from ceyuan.declarations.records import Records
    from ceyuan.facts.store import Reading
    from ceyuan.office.database import Database


_SALT = "select value from secret where name = 'salt'"
_NEW_SALT = """
insert into secret (name, value) values ('salt', %s) on conflict (name) do nothing
"""


@dataclass(frozen=True, slots=True)
class Memory:
    """What an office remembers, and who is asking.

    Args:
        workspace: Its folder.
        database: Its catalogue.
        declared: The declarations in force.
        kinds: The record types, complete.
        actor: Who is asking; written beside everything that is written.
        secret: What hashes are salted with; it never leaves the catalogue.
    """

    workspace: Workspace
    database: Database
    declared: Declared
    kinds: Mapping[str, Kind]
    actor: str
    secret: bytes = field(repr=False)

    @property
    def region(self) -> Region:
        """Return facts and policies."""
        return self.declared.region

    @property
    def records(self) -> Records:
        """Return record types, sources, forms, ladder."""
        return self.declared.records

    @property
    def shelf(self) -> Shelf:
        """Return where sealed files stand."""
        return Shelf(self.workspace.folder / "store", self.secret)

    @property
    def cache(self) -> Path:
        """Return where things stand that can be made again."""
        return self.workspace.folder / "cache"

    def keyring(self) -> Keyring:
        """Return the keys of persons."""
        return Keyring.open(self.workspace.folder / "keys" / "keyring", create=True)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection; what is done on it is done whole or not at all.

        Raises:
            DatabaseAway: The database cannot be reached, or went away.
        """
        with (
            database_errors(self.database.said),
            self.database.kept() as conn,
            conn.transaction(),
        ):
            yield conn

    def kind(self, record: str) -> Kind:
        """Return a record type.

        Raises:
            UsageError: There is no such type.
        """
        self.records.type(record)
        return self.kinds[record]

    def reading(self, as_of: date, known_at: datetime | None = None) -> Reading:
        """Return what is known, or was known at a moment."""
        with self.transaction() as conn:
            # Several questions, one answer: nobody seals between two of them.
            conn.execute("set transaction isolation level repeatable read, read only")
            return _as_known(
                conn, self.shelf, self.kinds, as_of=as_of, known_at=known_at
            )

    def keep_declarations(self) -> str:
        """Keep the declarations in force; return their hash."""
        keep(self.declared, self.workspace.folder / "declarations")
        return self.declared.digest

    def declared_then(self, digest: str, region: str) -> Declared:
        """Return declarations as they were kept under a hash."""
        folder = self.workspace.folder / "declarations"
        return unpack(digest, region, folder, self.cache)


@contextmanager
def open_memory(
    folder: Path, *, region: str = "shanghai", actor: str = "", url: str = ""
) -> Iterator[Memory]:
    """Yield the memory of a working folder; it is made where there is none.

    Raises:
        DatabaseAway: The database cannot be reached.
        UsageError: The workspace or the database was made by a newer version.
    """
    declared = load_declared(region)
    workspace = init_workspace(folder)
    database = open_database(workspace, url=url)
    try:
        yield Memory(
            workspace,
            database,
            declared,
            kinds(declared.records, declared.region.facts),
            actor or whoami(),
            _secret(database),
        )
    finally:
        database.close()


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class DiskFull(CeyuanError):
    """There is no room on the disk; nothing was changed."""


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what the system says of a full disk into `DiskFull`."""
    try:
        yield
    except Exception as error:
        # polars hands on the number of the system's error in its words only.
        code = error.errno if isinstance(error, OSError) else None
        said = str(error)
        if code not in _FULL and not any(f"os error {n}" in said for n in _FULL):
            raise
        msg = f"磁盘满了，写不下去 (no room on the disk): {said.splitlines()[0]}"
        raise DiskFull(
            msg, hint="腾出空间后重做；没有做完的内容不算数，以前的记录没有改动"
        ) from error


def _secret(database: Database) -> bytes:
    """Return what hashes are salted with; made when the catalogue is new."""
    with database_errors(database.said), database.connect() as conn:
        found = conn.execute(_SALT).fetchone()
        if found is None:
            conn.execute(_NEW_SALT, (secrets.token_bytes(32),))
            found = conn.execute(_SALT).fetchone()
    assert found is not None
    return bytes(found[0])


def whoami() -> str:
    """Return who is asking, as far as the machine knows."""
    said = os.environ.get("CEYUAN_USER", "").strip()
    if said:
        return said
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        return f"uid {os.getuid()}"


def read_moment(text: str) -> datetime | None:
    """Return the moment that a `--known-at` means; None for an empty one.

    A day means its end, so that what was learned on the day counts. A moment
    without a zone is one in the office's own time.

    Raises:
        UsageError: It is neither a day nor a moment.
    """
    if not text:
        return None
    try:
        if len(text) == len("2026-01-01"):
            day = date.fromisoformat(text)
            end = datetime.combine(day + timedelta(1), time()).astimezone()
            return (end - timedelta(microseconds=1)).astimezone(UTC)
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        msg = f"`{text}` 不是日期或时刻 (neither a day nor a moment)"
        raise UsageError(
            msg, hint="写成 2026-11-21 或 2026-11-21T09:30:00+08:00"
        ) from error
