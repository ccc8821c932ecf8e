# SPDX-License-Identifier: Apache-2.0
"""Importers that can be killed: one warm process that forks one for each import.

Started as `python -m tests.office.importers FOLDER`; it reads one JSON line per
import, and answers with lines of JSON: `{"pid": …}` when the importer is at it, and
what came of it, or `{"died": signal}`. The warm process itself never touches polars,
whose threads a fork would lose.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Warm:
    """The warm process.

    Args:
        out: Where imports are asked for.
        back: Where it answers.
    """

    out: IO[str]
    back: IO[str]

    def start(
        self, files: Sequence[Path], *, source: str = "tax", limit: int = 0
    ) -> int:
        """Start an import; return the importer's process.

        Args:
            files: The files.
            source: Who states them.
            limit: Bytes beyond which a file cannot grow.
        """
        said = {"files": [str(f) for f in files], "source": source, "limit": limit}
        self.out.write(json.dumps(said) + "\n")
        self.out.flush()
        return int(self.answer()["pid"])

    def at_once(self, many: Sequence[Sequence[Path]]) -> list[dict[str, Any]]:
        """Return what came of many importers started together, in their order."""
        said = {"at_once": [[str(f) for f in files] for files in many]}
        self.out.write(json.dumps(said) + "\n")
        self.out.flush()
        answers = [self.answer() for _ in many]
        return sorted(answers, key=lambda one: int(one["number"]))

    def kill(self, pid: int) -> None:
        """Kill an importer; it may have ended already."""
        os.kill(pid, signal.SIGKILL)

    def answer(self) -> dict[str, Any]:
        """Return the next answer."""
        line = self.back.readline()
        assert line, "the warm process has died"
        said: dict[str, Any] = json.loads(line)
        return said

    def leave(self) -> dict[str, Any]:
        """Return what came of the importer that was started last."""
        said = self.answer()
        while "pid" in said:
            said = self.answer()
        self.out.write("\n")  # the importer may be forgotten
        self.out.flush()
        return said


@contextmanager
def warm(folder: Path) -> Iterator[Warm]:
    """Yield a warm process for a workspace."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.office.importers", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Warm(process.stdin, process.stdout)
        process.stdin.close()


def _main(folder: Path) -> None:
    from ceyuan.declarations.archive import load_declared
    from ceyuan.office import attempts, identities, importing, memory  # noqa: F401

    load_declared("shanghai")
    lines = iter(sys.stdin.readline, "")
    for line in lines:
        asked = json.loads(line)
        if "at_once" in asked:
            _at_once(folder, asked["at_once"])
            continue
        pid = os.fork()
        if pid == 0:
            _import(folder, asked)
        _say({"pid": pid})
        # Not reaped before the asker says so: until then its number is its own.
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        code = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert code is not None
        if code.si_code == os.CLD_KILLED:
            _say({"died": code.si_status})
        next(lines, "")
        os.waitpid(pid, 0)


def _at_once(folder: Path, many: list[list[str]]) -> None:
    started = []
    for number, files in enumerate(many):
        pid = os.fork()
        if pid == 0:
            _import(folder, {"files": files, "number": number})
        started.append(pid)
    for pid in started:
        os.waitpid(pid, 0)


def _import(folder: Path, asked: dict[str, Any]) -> None:
    import resource

    from ceyuan.kernel import CeyuanError
    from ceyuan.office.importing import Said
    from ceyuan.office.memory import open_memory
    from tests.office.handed_in import DAY, take

    limit = asked.get("limit")
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        with open_memory(folder, actor="importer") as memory:
            made = take(
                memory,
                *(Path(f) for f in asked["files"]),
                said=Said(source=asked.get("source", "tax"), as_of=DAY),
            )
        said: dict[str, Any] = {
            "batch": made.batch,
            "accepted": made.accepted,
            "repeated": made.repeated,
        }
    except CeyuanError as error:
        said = {"error": type(error).__name__, "code": error.exit_code}
        said["message"] = str(error)
    except BaseException as error:  # noqa: BLE001
        said = {"error": repr(error), "code": 70}
    _say({**said, "number": asked.get("number", 0)})
    os._exit(0)


def _say(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
