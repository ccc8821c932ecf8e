# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: S603 - our own program
"""An import killed at any moment has not happened, or it has happened whole."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from ceyuan.city.codes import credit_code
from ceyuan.facts.store import batches
from ceyuan.office.attempts import lost_attempts
from ceyuan.office.database import VARIABLE
from ceyuan.office.memory import open_memory
from tests.office.handed_in import write_csv
from tests.office.importers import ROOT, warm

if TYPE_CHECKING:
    from pathlib import Path

    from ceyuan.office.memory import Memory

ROWS = 600


def _file(folder: Path, number: int) -> Path:
    """Write a file of figures; no two are the same."""
    rows = [
        (f"虚构{number}之{n}有限公司", credit_code(n), 1000 + number, n)
        for n in range(ROWS)
    ]
    return write_csv(folder / f"税务{number}.csv", rows)


def _whole(memory: Memory) -> dict[str, str]:
    """Return the batches by the file they hold; each must be whole."""
    with memory.transaction() as conn:
        every = batches(conn)
    for batch in every:
        assert batch.rows == ROWS == sum(part.rows for part in batch.parts)
        assert [memory.shelf.fault(part) for part in batch.parts] == [""]
    return {batch.files[0].name: batch.id for batch in every}


def _served(memory: Memory) -> set[int]:
    """Return the server's processes that serve somebody in this database."""
    with memory.transaction() as conn:
        return {
            int(pid)
            for (pid,) in conn.execute(
                "select pid from pg_stat_activity where datname = current_database()"
                " and backend_type = 'client backend'"
            )
        }


def test_import_killed_at_a_dozen_moments_is_absent_or_whole(
    office_folder: Path, tmp_path: Path
) -> None:
    _killed(office_folder, tmp_path, 12)


@pytest.mark.soak
def test_import_killed_at_fifty_moments_is_absent_or_whole(
    office_folder: Path, tmp_path: Path
) -> None:
    _killed(office_folder, tmp_path, 50)


def _killed(office_folder: Path, tmp_path: Path, moments: int) -> None:
    draw = random.Random(20261121)
    cut, whole = 0, 0
    path = _file(tmp_path, 0)
    with (
        open_memory(office_folder, actor="tester") as memory,
        warm(office_folder) as pool,
    ):
        before: dict[str, str] = {}
        length = 0.5
        for number in range(moments):
            path = _file(tmp_path, number)
            if number % 25 == 0:  # how long does it take now, undisturbed?
                start = time.monotonic()
                pool.start([path])
                said = pool.leave()
                assert said["accepted"] == ROWS
                length = time.monotonic() - start
                before = _whole(memory)
                path = _file(tmp_path, 1000 + number)
            ours = _served(memory)
            pid = pool.start([path])
            time.sleep(draw.uniform(0, 1.05 * length))
            pool.kill(pid)
            said = pool.leave()
            # The server still ends what the dead one had asked for.
            while not _served(memory) <= ours:
                time.sleep(0.002)

            now = _whole(memory)
            told = [lost.files for lost in lost_attempts(memory)]
            if path.name in now:
                assert now == {**before, path.name: now[path.name]}
                assert told == []
                whole += 1
            else:
                assert now == before
                assert "batch" not in said
                # Before it said that it is at it there is nothing to tell.
                assert told in ([], [(path.name,)])
                cut += 1
            assert lost_attempts(memory) == []
            before = now
        # Both kinds of moment were met, however busy the machine is.
        assert cut >= moments // 10
        assert cut + whole == moments
        pool.start([path])
        again = pool.leave()
    assert again["accepted"] == ROWS


def test_killed_import_goes_in_when_it_is_done_again(
    office_folder: Path, tmp_path: Path
) -> None:
    path = _file(tmp_path, 1)
    with (
        open_memory(office_folder, actor="tester") as memory,
        warm(office_folder) as pool,
    ):
        pid = pool.start([path])
        with memory.database.connect() as conn:
            while not _is_at_it(conn):
                time.sleep(0.002)
        pool.kill(pid)
        assert pool.leave() == {"died": 9}

        assert _whole(memory) == {}
        (lost,) = lost_attempts(memory)
        assert (lost.kind, lost.files, lost.actor) == (
            "import",
            ("税务1.csv",),
            "importer",
        )

        pool.start([path])
        said = pool.leave()
        assert (said["accepted"], said["repeated"]) == (ROWS, False)
        assert _whole(memory) == {path.name: said["batch"]}
        assert lost_attempts(memory) == []


def _is_at_it(conn: object) -> bool:
    row = conn.execute("select count(*) from attempt").fetchone()  # type: ignore[attr-defined]
    conn.commit()  # type: ignore[attr-defined]
    return bool(row[0])


def test_command_killed_leaves_a_workspace_that_the_next_one_opens(
    open_folder: Path, tmp_path: Path
) -> None:
    """The whole command is killed, which started the embedded server itself."""
    draw = random.Random(7)
    folder = open_folder / "office"
    folder.mkdir()
    _, err = _command(folder, "init", "-q").communicate()
    assert err == ""
    done: set[str] = set()
    for number in range(2):
        path = _file(tmp_path, number)
        asked = ("import", "firm", str(path), "--source", "tax", "--json")
        process = _command(folder, *asked)
        time.sleep(draw.uniform(0.6, 2.4))
        process.kill()
        process.communicate()

        listed = _command(folder, "batches", "--json")
        out, err = listed.communicate()
        assert listed.returncode == 0, err
        names = {f["file"] for b in json.loads(out)["batches"] for f in b["files"]}
        assert names - {path.name} == done
        if path.name in names:
            assert "没有做完" not in err
        again = _command(folder, *asked)
        out, err = again.communicate()
        assert again.returncode == 0, err
        told = json.loads(out)
        assert (told["accepted"], told["repeated"]) == (ROWS, path.name in names)
        done.add(path.name)


def _command(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if k != VARIABLE}
    return subprocess.Popen(
        [
            sys.executable, "-c", "from ceyuan.cli import main; main()",
            "-C", str(folder), *arguments,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
