# SPDX-License-Identifier: Apache-2.0
"""How long a town takes to make, and how much memory: one process for each size.

python -m bench.city 10000 100000 1000000
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

SIZES = ("10000", "100000", "1000000")
SEED = 20260601


def measure(firms: int) -> str:
    """Make a town in this process and return a line that says what it took."""
    from ceyuan.city import make_town

    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        town = make_town(folder, firms=firms, seed=SEED)
        took = time.perf_counter() - start
        size = sum(f.stat().st_size for f in Path(folder).iterdir())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{firms:>9,} firms  {town.rows:>11,} rows  {took:7.1f} s  "
        f"{peak:6.0f} MB memory  {size / 2**20:6.0f} MB of files"
    )


def main(sizes: list[str]) -> None:
    """Measure each size in a process of its own."""
    if sizes[:1] == ["--one"]:
        print(measure(int(sizes[1])))
        return
    for size in sizes or SIZES:
        subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "bench.city", "--one", str(int(size))], check=True
        )


if __name__ == "__main__":
    main(sys.argv[1:])
