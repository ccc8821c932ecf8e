# SPDX-License-Identifier: Apache-2.0
"""What an office's memory costs: import, view, run, replay, a simulated reform.

`python -m bench.facts [FIRMS]` makes a synthetic city of so many firms (a million by
default) in a folder of its own, and measures each step in a process of its own, so
that the peak of memory is the step's. Beside them stands what the machine can do:
the same bytes hashed, the same files read.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bench.intake import code
from bench.measure import peak_mb, say, tell

if TYPE_CHECKING:
    from ceyuan.office.memory import Memory

DAY = date(2026, 11, 21)
OPEN = ExitStack()
atexit.register(OPEN.close)
YEARS = range(2021, 2026)
STEPS = ("city", "run", "replay", "simulate")
ATTRIBUTES = (
    "revenue",
    "net_profit",
    "rd_expense",
    "assets",
    "employees",
)


def opened(folder: Path) -> Memory:
    """Return the memory of a folder, open until the process ends."""
    from ceyuan.office.memory import open_memory

    return OPEN.enter_context(open_memory(folder, actor="bench"))


def write_years(folder: Path, firms: int) -> list[Path]:
    """Write one file of firms' figures per year."""
    import polars as pl

    codes = [code(number) for number in range(firms)]
    made = []
    for year in YEARS:
        base = pl.int_range(firms, eager=True)
        size = base * 7919 % 100_003 + year
        frame = pl.DataFrame(
            {
                "统一社会信用代码": codes,
                "年度": pl.Series([year]).new_from_index(0, firms),
                "营业收入（元）": size * 1_000,
                "净利润（元）": size * 70,
                "研发费用（元）": size * 40,
                "资产总额（元）": size * 1_700,
                "职工总数（人）": size % 900 + 1,
            }
        )
        path = folder / f"合成_{year}.parquet"
        frame.write_parquet(path, row_group_size=65_536)
        made.append(path)
    return made


def imported(folder: Path, source: str, path: Path) -> None:
    """Import one file."""
    from ceyuan.office.importing import Said, import_files

    memory = opened(folder)
    start = time.perf_counter()
    made = import_files(
        memory, "firm", [path], Said(source=source, as_of=DAY, synthetic=True)
    )
    seconds = time.perf_counter() - start
    tell(
        f"import {path.suffix[1:]}",
        records=made.accepted,
        rejected=made.rejected,
        problems=len(made.problems),
        seconds=round(seconds, 2),
        rows_per_s=round(made.accepted / seconds),
        peak_mb=peak_mb(),
    )


def viewed(folder: Path) -> None:
    """Put together what is held as of a day; then read it where it is kept."""
    import polars as pl

    from ceyuan.office.views import held_now, held_table

    memory = opened(folder)
    with memory.transaction() as conn:
        from ceyuan.facts.store import batches

        rows = sum(b.rows for b in batches(conn, record="firm"))
    start = time.perf_counter()
    frame = held_now(memory, "firm", as_of=DAY)
    told = time.perf_counter() - start
    tell(
        "as-of view",
        records=rows,
        subjects=frame.height,
        columns=frame.width,
        seconds=round(told, 2),
        peak_mb=peak_mb(),
    )
    del frame
    held_table(memory, "firm", as_of=DAY).select(pl.len()).collect()
    start = time.perf_counter()
    table = held_table(memory, "firm", as_of=DAY)
    names = [f"{name}@2025" for name in ("revenue", "rd_expense", "employees")]
    found = table.select(pl.col(names).cast(pl.Int128).sum(), pl.len()).collect()
    tell(
        "from a kept view",
        records=rows,
        subjects=found["len"][0],
        columns=len(names),
        seconds=round(time.perf_counter() - start, 3),
        peak_mb=peak_mb(),
    )


def city(folder: Path, firms: int) -> None:
    """Make a city and take it in."""
    from ceyuan.office.towns import make, take_in

    start = time.perf_counter()
    said = make(folder / "files", firms=firms, seed=7)
    made = time.perf_counter() - start
    tell("city files", rows=said.rows, seconds=round(made, 1), peak_mb=peak_mb())
    memory = opened(folder)
    start = time.perf_counter()
    town = take_in(memory, said)
    seconds = time.perf_counter() - start
    tell(
        "city import",
        records=town.accepted,
        batches=len(town.imported),
        seconds=round(seconds, 1),
        rows_per_s=round(town.accepted / seconds),
        peak_mb=peak_mb(),
    )


def run(folder: Path) -> None:
    """Decide everything and keep it."""
    from ceyuan.office.running import run as decide_all

    memory = opened(folder)
    start = time.perf_counter()
    made = decide_all(memory, as_of=DAY)
    tell(
        "run",
        subjects=sum(made.subjects.values()),
        policies=len(made.counts),
        seconds=round(time.perf_counter() - start, 2),
        peak_mb=peak_mb(),
    )


def replay(folder: Path) -> None:
    """Decide it again and compare."""
    from ceyuan.office.replaying import replay as again

    memory = opened(folder)
    start = time.perf_counter()
    made = again(memory, "last")
    tell(
        "replay",
        equal=made.equal,
        subjects=made.decided,
        seconds=round(time.perf_counter() - start, 2),
        peak_mb=peak_mb(),
    )


def simulate(folder: Path) -> None:
    """Try a reform, beside the evaluation of the policies that it touches."""
    from ceyuan.declarations.reform import parse_reform
    from ceyuan.office.simulating import trial, try_reform

    memory = opened(folder)
    text = (
        "reform: bench\nzh: 试\nen: Bench\nchange:\n"
        "  - {policy: tech_sme_2017, parameter: score_min, value: 55}\n"
        "  - {policy: rd_super_2023, parameter: general_rate, value: 120}\n"
    )
    reform = parse_reform(text, memory.region)
    tested = trial(memory, as_of=DAY)
    rules = [memory.region.rules[p] for p in sorted(reform.touched)]
    start = time.perf_counter()
    decided = evaluated(memory, rules)
    alone = time.perf_counter() - start
    start = time.perf_counter()
    tried = try_reform(tested, reform)
    seconds = time.perf_counter() - start
    tell(
        "simulate",
        subjects=tried.effects[0].subjects,
        seconds=round(seconds, 2),
        evaluation=round(alone, 2),
        evaluated=decided,
        ratio=round(seconds / alone, 2),
        peak_mb=peak_mb(),
    )


def evaluated(memory: Memory, rules: list[object]) -> int:
    """Decide some policies on the stored facts, without keeping anything."""
    from ceyuan.office.running import decided, deciding
    from ceyuan.office.simulating import trial

    tested = trial(memory, as_of=DAY)
    ready = deciding(
        memory.declared,
        memory.kinds,
        tested.reading,
        "firm",
        as_of=DAY,
        base_year=DAY.year - 1,
        settings={},
        rules=rules,  # type: ignore[arg-type]
    )
    assert ready is not None
    return sum(frame.height for frame in decided(ready, tested.reading))


def limits(folder: Path) -> None:
    """Say what the machine can do with the same bytes."""
    import hashlib

    import polars as pl

    files = sorted((folder / ".ceyuan" / "store").rglob("*.parquet"))
    start, size = time.perf_counter(), 0
    for path in files:
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")
        size += path.stat().st_size
    hashed = time.perf_counter() - start
    start = time.perf_counter()
    rows = sum(pl.read_parquet(path).height for path in files)
    tell(
        "limit",
        gigabytes=round(size / 1e9, 2),
        hashed_s=round(hashed, 2),
        read_s=round(time.perf_counter() - start, 2),
        rows=rows,
    )


def step(*words: object) -> None:
    """Run one step in a process of its own."""
    say(" ".join(str(w) for w in words))
    subprocess.run(  # noqa: S603 - this file, on files of its own
        [sys.executable, "-m", "bench.facts", json.dumps([str(w) for w in words])],
        check=True,
    )


def main() -> None:
    """Measure everything, one step after the other."""
    said = sys.argv[1] if len(sys.argv) > 1 else "1000000"
    if said.startswith("["):
        name, *words = json.loads(said)
        paths = [Path(w) if "/" in w else w for w in words]
        if name == "city":
            city(Path(words[0]), int(words[1]))
        else:
            globals()[name](*paths)
        return
    firms = int(said)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name in ("years", "city", "files"):
            (folder / name).mkdir()
        files = write_years(folder / "files", firms)
        import polars as pl

        pl.read_parquet(files[-1]).write_csv(folder / "files" / "合成_2025.csv")
        step("imported", folder / "years", "firm", folder / "files" / "合成_2025.csv")
        for path in files:
            step("imported", folder / "years", "tax", path)
        step("viewed", folder / "years")
        step("city", folder / "city", firms)
        for name in STEPS[1:]:
            step(name, folder / "city")
        step("limits", folder / "city")


if __name__ == "__main__":
    main()
