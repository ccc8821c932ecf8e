# SPDX-License-Identifier: Apache-2.0
"""Every encoded policy over many firms, Parquet to Parquet, with clause masks.

`make` writes the firms (not measured); `run` reads them, decides, and writes; it is
a process of its own, so that peak memory is the work's and not the generator's.
A policy that has no proved columns would be interpreted row by row; such policies
are left out here, counted and named.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from bench.data import AS_OF, SEED, YEAR, any_firms
from bench.measure import rate, say, tell
from ceyuan.declarations import read_region
from ceyuan.engine import open_shape, parquet_to_parquet
from ceyuan.policies import plan

if TYPE_CHECKING:
    from ceyuan.declarations import Rule
    from ceyuan.language import FactSymbol
    from ceyuan.policies import Plan

_CHUNK = 250_000
_YEARS = range(YEAR - 4, YEAR + 2)


def encoded() -> tuple[list[Rule], list[str]]:
    """Return the policies that have columns, and the ids of the others."""
    region = read_region()
    for error in region.errors:
        say(f"left out: {error}")
    rules = list(region.rules.values())
    others = compiled(rules, every_column(rules)).interpreted
    return [r for r in rules if r not in others], [r.id for r in others]


def every_column(rules: list[Rule]) -> list[str]:
    """Return a column for each fact of the dictionary and each year."""
    return [
        f"{name}@{year}" if symbol.yearly else name
        for name, symbol in rules[0].scope.facts.items()
        if symbol.kind not in ("records", "text")
        for year in (_YEARS if symbol.yearly else (0,))
    ]


def drawn(rules: list[Rule]) -> list[tuple[str, int | None, FactSymbol]]:
    """Return the facts that some policies read and that nothing else gives."""
    read = compiled(rules, every_column(rules)).reads.facts
    return [(name, year, s) for (name, year), s in read.items() if s.derive is None]


def compiled(rules: list[Rule], columns: list[str]) -> Plan:
    """Return the plan for a file with these columns, any of which may have gaps."""
    return plan(rules, open_shape(columns), as_of=AS_OF)


def make(rows: int, target: Path) -> None:
    """Write invented firms with every fact that the policies read."""
    rules, _ = encoded()
    wanted = drawn(rules)
    writer = None
    for start in range(0, rows, _CHUNK):
        height = min(_CHUNK, rows - start)
        table = any_firms(height, wanted, seed=SEED + start).to_arrow()
        if writer is None:
            writer = pq.ParquetWriter(target, table.schema, compression="lz4")
        writer.write_table(table)
    assert writer is not None
    writer.close()


def run(source: Path, target: Path, *, runs: int) -> None:
    """Decide every policy for every firm of a file, compiler included."""
    rules, others = encoded()
    columns = pq.ParquetFile(source).schema_arrow.names
    seconds, rows = float("inf"), 0
    for _ in range(runs):
        start = time.perf_counter()
        rows = parquet_to_parquet(source, target, compiled(rules, columns))
        seconds = min(seconds, time.perf_counter() - start)
    tell(
        f"all_policies_{rows}",
        **rate(rows, seconds),
        policies=len(rules),
        clauses=sum(len(rule.clauses) for rule in rules),
        facts=len(columns),
        not_in_columns=others,
        written_mb=round(target.stat().st_size / 1e6),
    )


def main() -> None:
    """Do one of the two."""
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=["make", "run"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, required=True)
    asked = parser.parse_args()
    source = asked.folder / f"firms_{asked.rows}.parquet"
    if asked.verb == "make":
        make(asked.rows, source)
    else:
        target = asked.folder / f"decisions_{asked.rows}.parquet"
        run(source, target, runs=1 if asked.rows > _CHUNK * 4 else 3)
        target.unlink()


if __name__ == "__main__":
    main()
