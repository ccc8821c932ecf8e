# SPDX-License-Identifier: Apache-2.0
"""Measure the rules engine against its peers: one JSON line per engine.

    python -m bench.rules [--rows N] [--quick]

Each engine runs in a process of its own, one after the other. Ratios are taken
within this run, for the machine is never quite the same twice.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.measure import say

PEERS = ("polars_by_hand", "openfisca_core", "native_loop")
ENGINES = ("native", "by_hand", "fisca", "ours")
LARGE = 10_000_000


def main() -> None:
    """Run every engine, print what each says and how it compares."""
    parser = argparse.ArgumentParser(prog="python -m bench.rules", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="firms per engine")
    parser.add_argument("--quick", action="store_true", help="100,000 firms, no 10 M")
    asked = parser.parse_args()
    rows = 100_000 if asked.quick else asked.rows
    seconds: dict[str, float] = {}
    for engine in ENGINES:
        say(f"{engine}: {rows:,} firms ...")
        for line in _run(engine, "--rows", str(rows)):
            _show(line, seconds)
    for many in (rows,) if asked.quick else (rows, LARGE):
        with tempfile.TemporaryDirectory(prefix="ceyuan-bench-") as folder:
            place = ("--folder", folder, "--rows", str(many))
            say(f"all policies: making {many:,} firms (not measured) ...")
            _run("everything", "make", *place)
            size = sum(p.stat().st_size for p in Path(folder).iterdir())
            say(f"all policies: {size / 1e9:.1f} GB of Parquet in, deciding ...")
            for line in _run("everything", "run", *place):
                _show(line, seconds)
    for engine in ("one_firm", "command_line"):
        for line in _run(engine):
            _show(line, seconds)


def _run(engine: str, *arguments: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", f"bench.rules.{engine}", *arguments]
    told = subprocess.run(  # noqa: S603 - our own modules
        command, check=True, stdout=subprocess.PIPE, text=True
    )
    return [json.loads(line) for line in told.stdout.splitlines()]


def _show(line: dict[str, Any], seconds: dict[str, float]) -> None:
    engine = line["engine"]
    if "seconds" in line:
        seconds[engine] = line["seconds"]
    if engine.startswith("ceyuan"):
        for peer in PEERS:
            line[f"times_{peer}"] = round(seconds[engine] / seconds[peer], 3)
    print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
