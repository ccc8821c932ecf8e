# SPDX-License-Identifier: Apache-2.0
"""Measure the book: one JSON line per step, and a table at the end.

    python -m bench.ledger [--quick] [--only STEP ...]

A workspace of its own in a temporary folder, with the embedded server as an office
starts it. Ratios are of this one run, for the machine is never quite the same twice.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from bench.ledger import book, many, peers
from bench.ledger.clients import APART, YEAR, measured
from bench.ledger.entitled import entitled
from bench.ledger.place import DAY, Place, fill
from bench.measure import say, tell
from ceyuan.ledger import Sealer
from ceyuan.office.memory import open_memory
from ceyuan.office.moving import move

STEPS = ("single", "many", "read", "entitle", "peers")
SETTINGS = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "shared_buffers",
    "wal_level",
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything: `--quick` takes a twentieth."""

    seconds: float = 8.0
    rows: int = 200_000
    history: int = 1_000_000
    firms: int = 100_000
    peer_rows: int = 20_000


QUICK = Size(2.0, 20_000, 50_000, 5_000, 3_000)


@dataclass(slots=True)
class Told:
    """The lines of the table: what, measured, target, the machine's limit beside it."""

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, what: str, measured: str, target: str = "", limit: str = "") -> None:
        """Add a line."""
        self.rows.append((what, measured, target, limit))

    def show(self) -> None:
        """Print the table to the terminal."""
        head = ("what", "measured", "target", "machine or peer, same run")
        lines = [head, ("---",) * 4, *self.rows]
        for line in lines:
            say("| " + " | ".join(line) + " |")


def flush_limit(folder: Path) -> float:
    """Return how many appends of 4 KiB a second the disk flushes, one by one."""
    import os
    import time

    path = folder / "flushed"
    with path.open("wb", buffering=0) as file:
        begin, count = time.perf_counter(), 0
        while time.perf_counter() - begin < 1:
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            count += 1
    path.unlink()
    return count


def single(place: Place, folder: Path, size: Size, told: Told) -> dict[str, float]:
    """Measure single transfers, each way, with one client and with eight."""
    for year in (YEAR, *(str(APART + n) for n in range(8))):
        move(
            place.memory,
            "first_scale_reward",
            "appropriate",
            keys={"year": year, "budget": "single"},
            inputs={"amount": Fraction(10**13)},
            effective=DAY,
            reason="年初预算",
        )
    flushed = flush_limit(folder)
    tell("append and fdatasync", per_s=round(flushed))
    found: dict[str, float] = {}
    for way, title in (
        ("bare", "post + audit"),
        ("apart", "move, a pool for each client, connection kept"),
        ("kept", "move, one pool, connection kept"),
        ("verb", "move, one pool, as a command"),
    ):
        for count in (1, 8):
            each = [
                measured(
                    way,  # type: ignore[arg-type]
                    folder,
                    place.url,
                    count=count,
                    seconds=size.seconds,
                    threads=threads,
                )
                for threads in ((False,) if count == 1 else (False, True))
            ]
            for one in each:
                tell(title, **one)
            best = max(each, key=lambda one: float(str(one["per_s"])))
            found[f"{way}{count}"] = float(str(best["per_s"]))
            found[f"deadlocks {way}{count}"] = sum(
                int(str(o["deadlocks"])) for o in each
            )
            goal = "≥ 1,000/s, p99 ≤ 10 ms" if count == 8 else ""
            told.add(
                f"{title}, {count} client{'s' if count > 1 else ''}",
                f"{best['per_s']:,}/s, p50 {best['p50_ms']}, p99 {best['p99_ms']} ms, "
                f"{best['deadlocks']} deadlocks ({best['as']})",
                goal,
                f"fdatasync {flushed:,.0f}/s" if count == 1 else "",
            )
    return found


def bulk(place: Place, folder: Path, size: Size, told: Told) -> dict[str, float]:
    """Measure tables of transfers."""
    found = many.many(place, folder, size.rows)
    for name in ("distinct", "hot"):
        told.add(
            f"post_table, {name}, alone",
            f"{found[name]:,.0f}/s",
            "≥ 20,000/s",
            f"COPY to a plain table {found['copy']:,.0f}/s "
            f"({found[name] / found['copy']:.2f} of it)",
        )
        told.add(
            f"post_table, {name}, a client beside",
            f"{found[f'{name} beside']:,.0f}/s, {found[f'{name} singles']:,.0f} singles/s",
            "≥ 20,000/s, ≥ 200/s",
        )
    told.add(
        "single transfers on the accounts of a table meanwhile",
        f"{found['shared singles']:,.0f} singles/s (each waits for a batch)",
    )
    return found


def read(place: Place, folder: Path, size: Size, told: Told) -> None:
    """Measure balances and the walk."""
    many.history(place, size.history)
    found = book.balances(place)
    told.add(
        f"balance, {size.history:,} transfers on the account",
        f"p99 {found['p99']:.2f} ms, as of a day {found['as_of']:,.0f} ms",
        "≤ 1 ms",
    )
    limit = book.hashed(200_000)
    walked = book.walks(place, folder)
    for name, rate in walked.items():
        told.add(
            f"verify, from {name}",
            f"{rate:,.0f} rows/s",
            "≥ 300,000/s",
            f"SHA-256 of such lines alone {limit:,.0f}/s",
        )


def main() -> None:
    """Measure everything, one step after the other."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="*", choices=STEPS, default=STEPS)
    said = parser.parse_args()
    size = QUICK if said.quick else Size()
    told = Told()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with open_memory(folder, actor="bench") as memory:
            place = Place(memory)
            tell("server", **{s: place.said(s) for s in SETTINGS})
            fill(place)
            with Sealer(memory.database.connect):
                _measure(place, folder, size, told, said.only)
    told.show()
    print(json.dumps({"table": told.rows}, ensure_ascii=False), flush=True)


def _measure(
    place: Place, folder: Path, size: Size, told: Told, only: tuple[str, ...]
) -> None:
    ours: dict[str, float] = {}
    tables: dict[str, float] = {}
    if "single" in only:
        say("single transfers")
        ours = single(place, folder, size, told)
    if "peers" in only:
        say("peers")
        peer = peers.pgbench(place, size.seconds)
        for count, rate in peer.items():
            mine = ours.get(f"bare{count}")
            ratio = f"post + audit is {mine / rate:.2f} of it" if mine else ""
            told.add(f"pgbench -N, {count} clients", f"{rate:,.0f}/s", "", ratio)
        if not peer:
            told.add("pgbench -N", "not measured")
    if "many" in only:
        say("tables of transfers")
        tables = bulk(place, folder, size, told)
    if "peers" in only:
        other = peers.hordak(place, seconds=size.seconds, rows=size.peer_rows)
        if other:
            _against(other, ours, tables, told)
        else:
            told.add("django-hordak", "not measured")
        peers.dropped(place)
    if "entitle" in only:
        say("an entitlement run")
        made = entitled(place, folder, size.firms)
        told.add(
            f"entitle, {size.firms:,} firms, a client beside",
            f"{made['seconds']:.1f} s, {made['singles']:,.0f} singles/s",
            "≤ 60 s, ≥ 200/s",
        )
    if "read" in only:
        say("reading")
        read(place, folder, size, told)


def _against(
    other: dict[str, float],
    ours: dict[str, float],
    tables: dict[str, float],
    told: Told,
) -> None:
    one, all_ = other["transfer_to_per_s"], other["bulk_create_per_s"]
    mine, many_ = ours.get("bare1"), tables.get("distinct")
    told.add(
        "django-hordak transfer_to, 1 client",
        f"{one:,}/s",
        "",
        f"post + audit is {mine / one:.1f} ×" if mine else "",
    )
    told.add(
        "django-hordak bulk_create",
        f"{all_:,}/s",
        "",
        f"post_table is {many_ / all_:.1f} ×" if many_ else "",
    )


if __name__ == "__main__":
    main()
