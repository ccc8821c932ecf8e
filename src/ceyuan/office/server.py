# SPDX-License-Identifier: Apache-2.0
"""The embedded PostgreSQL: started by the first who needs it, stopped by the last.

Every process that uses a workspace's server holds a shared lock on a file. Who
leaves tries to make it exclusive: only the last one gets that, and stops the
server; whoever comes meanwhile waits at the same lock. A process that is killed
loses its lock and leaves the server running; the next one finds it, or finds
its traces and starts it anew. Whether a server is alive is asked of the system
(does the process of `postmaster.pid` work in the data folder), not of the file
alone: numbers of processes are used again.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ceyuan.kernel import CeyuanError, UsageError
from ceyuan.office.server_place import (
    MAJOR,
    SOCKET_FILE,
    Account,
    account_for,
    give_to,
    own_folder,
    owner_of,
    programs,
    socket_folder,
)

if TYPE_CHECKING:
    from types import TracebackType

# The one role and the one database of an embedded server.
ROLE = "ceyuan"
PATIENCE = 60.0
BLINK = 0.005
LONGEST_LOG = 1 << 20
LINGERING = "shared memory block"

# Said on the command line, so that a new version's settings hold for old data.
# The log must not repeat data: no failed statements, no details of rows.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "128MB",
    "max_connections": "60",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "min_wal_size": "32MB",
    "max_wal_size": "1GB",
    "jit": "off",
    "log_checkpoints": "off",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class ServerFailed(CeyuanError):
    """The embedded server could not be started or stopped."""


@dataclass(frozen=True, slots=True)
class Running:
    """What a live server says of itself.

    Args:
        pid: Its process.
        sockets: Folder of its socket.
        state: `starting`, `ready`, `stopping`.
    """

    pid: int
    sockets: Path
    state: str


@dataclass(frozen=True, slots=True)
class Server:
    """A server's data folder and the folder of the locks that guard it.

    Args:
        data: The data folder; made when the server is first started.
        locks: Where the lock files are.
    """

    data: Path
    locks: Path

    def hold(self) -> Hold:
        """Return a hold on the running server; start it when it is not running.

        Raises:
            UsageError: It cannot run here (another's data, another version, root
                without another account).
            ServerFailed: It did not start; the message has the log's last lines.
        """
        if sys.platform == "win32":
            msg = "内嵌数据库不能在 Windows 上运行 (no embedded server on Windows)"
            raise UsageError(msg, hint="设 CEYUAN_DATABASE_URL，指向一个 PostgreSQL")
        import fcntl

        users = _lock_file(self.locks / "pg.lock")
        try:
            # Waits while the last one before us stops the server.
            fcntl.flock(users, fcntl.LOCK_SH)
            start = _lock_file(self.locks / "pg.start")
            try:
                fcntl.flock(start, fcntl.LOCK_EX)
                running = self._ensure()
            finally:
                os.close(start)
        except BaseException:
            os.close(users)
            raise
        return Hold(self, running.sockets, users)

    def running(self) -> Running | None:
        """Return what the server says of itself, or None when none is alive."""
        try:
            text = (self.data / "postmaster.pid").read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        lines = text.splitlines()
        if not lines or not lines[0].strip().isdigit():
            return None
        pid = int(lines[0])
        if not _works_in(pid, self.data):
            return None
        state = lines[7].strip() if len(lines) > 7 else "starting"
        sockets = Path(lines[4]) if len(lines) > 4 else Path()
        return Running(pid, sockets, state)

    def stop(self) -> None:
        """Stop the server, now; open transactions are undone.

        Raises:
            ServerFailed: It does not stop.
        """
        found = self.running()
        if found is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGINT)
        until = time.monotonic() + PATIENCE
        while self.running() is not None:
            if time.monotonic() > until:
                msg = f"内嵌数据库停不下来 (the server does not stop): {self.data}"
                raise ServerFailed(msg, hint=f"进程号 (process) {found.pid}")
            time.sleep(BLINK)
        # The socket is ours and is gone; an empty folder is no use to anybody.
        with contextlib.suppress(OSError):
            found.sockets.rmdir()

    def _ensure(self) -> Running:
        """Return the running server; under the start lock."""
        account = self._account()
        child: subprocess.Popen[bytes] | None = None
        until = time.monotonic() + PATIENCE
        while True:
            found = self.running()
            if found is not None and found.state == "ready":
                break
            if found is None and child is None:
                child = self._launch(account)
            elif child is not None and child.poll() is not None:
                said = self._said()
                if LINGERING in said and time.monotonic() < until:
                    # What a killed server left is about to end: try again.
                    child = None
                    time.sleep(20 * BLINK)
                    continue
                with contextlib.suppress(OSError):
                    socket_folder(self.data, account).rmdir()
                msg = f"内嵌数据库没有启动 (the server did not start): {self.data}"
                raise ServerFailed(msg, hint=said)
            if time.monotonic() > until:
                msg = f"内嵌数据库迟迟没有就绪 (the server is not ready): {self.data}"
                raise ServerFailed(msg, hint=self._said())
            time.sleep(BLINK)
        if child is not None:
            # It outlives us: not a child to be waited for.
            child.returncode = 0
        return found

    def _account(self) -> Account:
        try:
            version = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return account_for(self.data.parent)
        except PermissionError:
            version = ""
        account = owner_of(self.data)
        if os.geteuid() == 0 and account.uid == 0:
            # Root copied or unpacked a working folder, and owns the copy.
            account = account_for(self.data.parent)
            give_to(self.data, account)
        if os.geteuid() != 0 and not account.is_us:
            msg = (
                f"{self.data} 属于账号 {account.name or account.uid}，"
                "当前账号不能启动它 (owned by another account)"
            )
            raise UsageError(msg, hint="换回那个账号，或设 CEYUAN_DATABASE_URL")
        if version != MAJOR:
            msg = (
                f"{self.data} 是 PostgreSQL {version} 的数据，"
                f"本版本带的是 {MAJOR} (made by another PostgreSQL)"
            )
            raise UsageError(
                msg, hint="用当时的版本 `ceyuan backup`，再用本版本 `ceyuan restore`"
            )
        return account

    def _launch(self, account: Account) -> subprocess.Popen[bytes]:
        folder = programs(account)
        if not (self.data / "PG_VERSION").exists():
            self._make(folder, account)
        # Nobody is alive here (see `running`), whatever these files say; only
        # where the number was given to another process would the server refuse.
        with contextlib.suppress(OSError, ValueError):
            text = (self.data / "postmaster.pid").read_text(encoding="utf-8")
            if _exists(int(text.split("\n", 1)[0])):
                (self.data / "postmaster.pid").unlink()
        sockets = socket_folder(self.data, account)
        for name in (SOCKET_FILE, f"{SOCKET_FILE}.lock"):
            (sockets / name).unlink(missing_ok=True)
        settings = SETTINGS | {"unix_socket_directories": str(sockets)}
        words = [f"--{name}={value}" for name, value in settings.items()]
        log = self.data / "server.log"
        with contextlib.suppress(OSError):
            if log.stat().st_size > LONGEST_LOG:
                os.truncate(log, 0)
        command = shlex.join([str(folder / "postgres"), "-D", str(self.data), *words])
        # The shell opens the log as the account that owns it.
        return subprocess.Popen(  # noqa: S603 - our programs, our words
            ["/bin/sh", "-c", f"exec {command} >>{shlex.quote(str(log))} 2>&1"],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **_as(account),
        )

    def _make(self, folder: Path, account: Account) -> None:
        """Make the data folder: aside first, so that half of one is never used."""
        fresh = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        own_folder(fresh, account)
        made = subprocess.run(  # noqa: S603 - our programs, our words
            [
                str(folder / "initdb"),
                f"--pgdata={fresh}",
                f"--username={ROLE}",
                "--encoding=UTF8",
                "--locale=C",
                "--auth-local=trust",
                "--auth-host=reject",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **_as(account),
        )
        if made.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            msg = f"内嵌数据库没有建成 (initdb failed): {self.data}"
            raise ServerFailed(
                msg,
                hint=made.stderr.strip(),
            )
        fresh.rename(self.data)

    def _said(self) -> str:
        try:
            log = (self.data / "server.log").read_text(
                encoding="utf-8", errors="replace"
            )
        except OSError:
            return ""
        return "\n".join(log.splitlines()[-5:])


class Hold:
    """One use of a running server; the last one to let go stops it.

    Args:
        server: The server.
        sockets: Folder of its socket.
        lock: The open lock file, locked shared.
    """

    __slots__ = ("_lock", "_pid", "server", "sockets")

    def __init__(self, server: Server, sockets: Path, lock: int) -> None:
        self.server = server
        self.sockets = sockets
        self._lock = lock
        self._pid = os.getpid()
        atexit.register(self.release)

    def release(self) -> None:
        """Let go; harmless when done twice."""
        import fcntl

        lock, self._lock = self._lock, -1
        if lock < 0:
            return
        atexit.unregister(self.release)
        try:
            # A forked child has the lock of its parent: not its to end.
            if self._pid == os.getpid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.server.stop()
        except BlockingIOError:
            pass
        finally:
            os.close(lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def _lock_file(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:
        return os.open(path, os.O_RDONLY)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _works_in(pid: int, folder: Path) -> bool:
    """Return whether a process is alive and works in this folder."""
    if not _exists(pid):
        return False
    if not Path("/proc/self/cwd").exists():
        return True
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False


def _as(account: Account) -> dict[str, Any]:
    """Return how a program is run as this account, knowing nothing of ours."""
    said: dict[str, Any] = {
        "cwd": "/",
        "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        "umask": 0o077,
    }
    if not account.is_us:
        said |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return said
