# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: S105, S603, S608 - our own words and programs
"""The embedded server: one for all processes, gone with the last, back after a crash."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

import ceyuan
from ceyuan.kernel import UsageError
from ceyuan.office import server_place
from ceyuan.office.database import open_database
from ceyuan.office.server import ROLE, Server, ServerFailed
from ceyuan.office.server_place import (
    LONGEST_SOCKET,
    Account,
    account_for,
    socket_folder,
)
from ceyuan.office.workspace import Workspace, init_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(ceyuan.__file__).parents[1]
# What another Python process needs to find what this one found.
PATHS = os.pathsep.join([str(SOURCE), *filter(None, sys.path)])
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands it over")

# Holds the server, says its process, and waits to be told to end.
HOLDER = """
import sys
from pathlib import Path
from ceyuan.office.server import Server
folder = Path(sys.argv[1])
with Server(data=folder / "pg", locks=folder).hold() as hold:
    print(hold.server.running().pid, flush=True)
    sys.stdin.read()
"""


def _server(folder: Path) -> Server:
    return Server(data=folder / "pg", locks=folder)


def _pid(server: Server) -> int:
    running = server.running()
    assert running is not None
    assert running.state == "ready"
    return running.pid


def _connect(sockets: Path) -> psycopg.Connection:
    return psycopg.connect(
        host=str(sockets), user=ROLE, dbname="postgres", autocommit=True
    )


@contextmanager
def _holders(folder: Path, count: int) -> Iterator[list[subprocess.Popen[str]]]:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": PATHS},
        )
        for _ in range(count)
    ]
    try:
        yield started
    finally:
        for process in started:
            process.communicate()


def _python_for(account: Account) -> str:
    """Return a Python of our version that another user can run, with our packages."""
    needed = (SOURCE, Path(psycopg.__file__).parents[1])
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for found in (sys.executable, shutil.which(version, path="/usr/bin")):
        if found is None or not all(map(account.reaches, needed)):
            continue
        if account.reaches(Path(found).resolve().parent):
            return found
    pytest.skip("Python or the sources lie where another user cannot walk to")


def _said(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_hold_starts_the_server_and_the_last_release_stops_it(
    open_folder: Path,
) -> None:
    server = _server(open_folder)

    first = server.hold()
    second = server.hold()
    pid = _pid(server)
    first.release()
    first.release()
    assert _pid(server) == pid
    with _connect(second.sockets) as connection:
        said = {
            name: connection.execute(f"SHOW {name}").fetchone()
            for name in ("listen_addresses", "fsync", "server_encoding", "timezone")
        }
    second.release()

    assert server.running() is None
    assert said == {
        "listen_addresses": ("",),
        "fsync": ("on",),
        "server_encoding": ("UTF8",),
        "timezone": ("UTC",),
    }
    assert not second.sockets.exists()


def test_hold_of_many_processes_at_once_is_one_server(open_folder: Path) -> None:
    with _holders(open_folder, 4) as processes:
        pids = {_said(process) for process in processes}
        assert pids == {_pid(_server(open_folder))}
        for process in processes[:3]:
            process.communicate()
        assert pids == {_pid(_server(open_folder))}

    assert _server(open_folder).running() is None


def test_hold_after_a_holder_was_killed_finds_its_server(open_folder: Path) -> None:
    server = _server(open_folder)
    with _holders(open_folder, 1) as (process,):
        pid = _said(process)
        process.kill()
    assert _pid(server) == pid

    with server.hold():
        assert _pid(server) == pid

    assert server.running() is None


def test_hold_after_the_server_was_killed_has_what_was_committed(
    open_folder: Path,
) -> None:
    server = _server(open_folder)
    with server.hold() as hold:
        with _connect(hold.sockets) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        killed = _pid(server)
        os.kill(killed, signal.SIGKILL)
        while server.running() is not None:
            pass

    with server.hold() as hold, _connect(hold.sockets) as connection:
        assert _pid(server) != killed
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_hold_with_a_trace_whose_number_is_another_process_starts_anew(
    open_folder: Path,
) -> None:
    server = _server(open_folder)
    server.hold().release()
    # As left by a crash, after the number was given to a process of ours.
    trace = server.data / "postmaster.pid"
    trace.write_text(f"{os.getpid()}\n{server.data}\n1\n5432\n/tmp\n\n1 1\nready\n")
    account = server_place.owner_of(server.data)
    os.chown(trace, account.uid, account.gid)

    assert server.running() is None
    with server.hold():
        assert _pid(server) != os.getpid()


def test_hold_after_half_a_folder_was_made_makes_it_whole(open_folder: Path) -> None:
    half = open_folder / "pg.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    with _server(open_folder).hold() as hold, _connect(hold.sockets):
        assert not half.exists()


def test_hold_data_of_another_postgresql_is_refused(open_folder: Path) -> None:
    server = _server(open_folder)
    server.hold().release()
    (server.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(UsageError) as caught:
        server.hold()

    assert "PostgreSQL 17" in caught.value.message
    assert "restore" in caught.value.hint


def test_hold_data_that_cannot_start_says_what_the_log_says(open_folder: Path) -> None:
    server = _server(open_folder)
    server.hold().release()
    (server.data / "global" / "pg_control").unlink()

    with pytest.raises(ServerFailed) as caught:
        server.hold()

    assert "pg_control" in caught.value.hint


def test_log_of_a_refused_statement_has_none_of_its_values(open_folder: Path) -> None:
    server = _server(open_folder)
    secret = "91310000TESTSECRET"
    with server.hold() as hold, _connect(hold.sockets) as connection:
        connection.execute("CREATE TABLE names (name text PRIMARY KEY)")
        connection.execute("INSERT INTO names VALUES (%s)", (secret,))
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(f"INSERT INTO names VALUES ('{secret}')".encode())
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute(f"SELECT '{secret}'::int".encode())

    log = (server.data / "server.log").read_text(encoding="utf-8")
    assert "ready to accept connections" in log
    assert secret not in log


def test_socket_folder_is_short_and_nobody_elses(open_folder: Path) -> None:
    deep = open_folder / ("deep" * 40) / "pg"
    account = account_for(open_folder)

    folder = socket_folder(deep, account)
    try:
        assert socket_folder(deep, account) == folder
        assert len(os.fsencode(folder / ".s.PGSQL.5432")) < LONGEST_SOCKET
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.stat().st_uid == account.uid
        # Another sits there: open to all.
        folder.chmod(0o777)
        other = socket_folder(deep, account)
        assert other != folder
        assert other.stat().st_mode & 0o777 == 0o700
        other.rmdir()
    finally:
        folder.rmdir()


@AS_ROOT
def test_server_of_root_runs_as_another_account(open_folder: Path) -> None:
    server = _server(open_folder)
    with server.hold():
        owner = Path(f"/proc/{_pid(server)}").stat().st_uid

    assert owner == server.data.stat().st_uid
    assert owner != 0
    assert server.data.stat().st_mode & 0o777 == 0o700


@AS_ROOT
def test_folder_that_root_copied_is_given_back_to_the_other_account(
    open_folder: Path,
) -> None:
    first, second = open_folder / "first", open_folder / "second"
    first.mkdir()
    server = _server(first)
    with server.hold():
        owner = Path(f"/proc/{_pid(server)}").stat().st_uid
    shutil.copytree(first, second)
    assert 0 == (second / "pg").stat().st_uid

    copy = _server(second)
    with copy.hold():
        assert owner == Path(f"/proc/{_pid(copy)}").stat().st_uid

    owners = {path.lstat().st_uid for path in (second / "pg").rglob("*")}
    assert {owner} == owners


@AS_ROOT
def test_home_where_the_account_cannot_walk_is_the_systems(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CEYUAN_DATABASE_URL", raising=False)
    monkeypatch.setattr(server_place, "SYSTEM_HOME", open_folder / "system")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = {path: path.stat().st_mode for path in (closed, *closed.parents)}
    workspace = init_workspace(closed / "office")

    with open_database(workspace) as database, database.connect() as connection:
        connection.execute("INSERT INTO person (lookup) VALUES (%s)", (b"\x00\xff",))

    home = open_folder / "system" / workspace.said().id
    assert workspace.said().home == str(home)
    assert home.stat().st_mode & 0o777 == 0o700
    assert not (workspace.folder / "pg").exists()
    assert before == {path: path.stat().st_mode for path in before}

    shutil.copytree(workspace.root, closed / "copy")
    with pytest.raises(UsageError) as caught:
        open_database(Workspace(closed / "copy"))
    assert "副本" in caught.value.message

    workspace.root.rename(closed / "moved")
    with (
        open_database(Workspace(closed / "moved")) as database,
        database.connect() as connection,
    ):
        rows = connection.execute("SELECT lookup FROM person").fetchall()
    assert rows == [(b"\x00\xff",)]


def test_programs_that_an_account_cannot_reach_are_copied_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / server_place.PACKAGE
    (package / "pginstall18" / "bin").mkdir(parents=True)
    (package / "pginstall18" / "bin" / "postgres").write_text("server")
    (package / "__init__.py").write_text("raise RuntimeError")
    libraries = tmp_path / "site" / f"{server_place.PACKAGE}.libs"
    libraries.mkdir()
    (libraries / "libpq.so").write_text("library")
    monkeypatch.setattr(server_place, "SYSTEM_HOME", tmp_path / "system")
    monkeypatch.syspath_prepend(tmp_path / "site")
    (tmp_path / "site").chmod(0o700)
    stranger = Account("stranger", os.geteuid() + 12345, os.getegid() + 12345)

    first = server_place.programs(stranger)
    second = server_place.programs(stranger)

    assert first == second
    assert (first / "postgres").read_text() == "server"
    beside = first.parents[2] / libraries.name / "libpq.so"
    assert beside.read_text() == "library"
    assert len(list((tmp_path / "system").iterdir())) == 1


@AS_ROOT
def test_open_database_of_a_plain_user_is_the_users_own(open_folder: Path) -> None:
    import pwd

    user = pwd.getpwnam("nobody")
    account = Account(user.pw_name, user.pw_uid, user.pw_gid)
    python = _python_for(account)
    office = open_folder / "office"
    office.mkdir()
    os.chown(office, user.pw_uid, user.pw_gid)
    program = (
        "from pathlib import Path\n"
        "from ceyuan.office.workspace import init_workspace\n"
        "from ceyuan.office.database import open_database\n"
        f"workspace = init_workspace(Path({str(office)!r}))\n"
        "with open_database(workspace) as database, database.connect() as c:\n"
        "    print(database.kind, c.execute('select count(*) from run').fetchone())\n"
    )
    packages = Path(psycopg.__file__).parents[1]
    environment = {"PYTHONPATH": f"{SOURCE}:{packages}", "PATH": os.environ["PATH"]}

    done = subprocess.run(
        [python, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=environment,
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
    )

    assert (done.stdout, done.stderr, done.returncode) == ("embedded (0,)\n", "", 0)
    assert (office / ".ceyuan" / "pg").stat().st_uid == user.pw_uid
    # Root comes later and runs it as its owner.
    with (
        open_database(Workspace(office)) as database,
        database.connect() as connection,
    ):
        pid = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert pid is not None
        assert Path(f"/proc/{pid[0]}").stat().st_uid == user.pw_uid
