# SPDX-License-Identifier: Apache-2.0
"""The commands as a person starts them: cold, a process each, wall time.

`ceyuan --help`, and a messy workbook of 200 invented tenants checked and given
back: read, decided under every policy, explained, written.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.data import AS_OF
from bench.measure import say, tell
from ceyuan.city import make_tenants

_RUNS = 5
_FIRMS = 200
_COMMAND = str(Path(sys.executable).parent / "ceyuan")


def _seconds(folder: Path, *arguments: str) -> float:
    fastest = float("inf")
    for _ in range(_RUNS):
        start = time.perf_counter()
        subprocess.run(  # noqa: S603 - our own command
            [_COMMAND, *arguments], check=True, cwd=folder, stdout=subprocess.DEVNULL
        )
        fastest = min(fastest, time.perf_counter() - start)
    return round(fastest, 3)


def main() -> None:
    """Measure both."""
    with tempfile.TemporaryDirectory(prefix="ceyuan-bench-") as name:
        folder = Path(name)
        tell("command_help", seconds=_seconds(folder, "--help"))
        park = folder / "tenants.xlsx"
        make_tenants(park, firms=_FIRMS)
        say(f"ceyuan check: {_FIRMS} firms ...")
        asked = ("check", park.name, "--as-of", AS_OF.isoformat(), "--quiet")
        tell("command_check", firms=_FIRMS, seconds=_seconds(folder, *asked))


if __name__ == "__main__":
    main()
