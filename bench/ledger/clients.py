# SPDX-License-Identifier: Apache-2.0
"""Clients that post one transfer after the other, and say how long each took.

Three ways to post one: `verb` is `office.moving.move` as a command calls it, with a
connection of its own each time; `kept` is the same move on a connection that stays
open; `bare` is `ledger.post` and `office.auditing.audit` in one transaction. All
promises of a move are out of one pool, whose row they queue for; `apart` is `kept` with
a pool for each client, and `shared` is `bare` on the accounts that the tables use.
Clients are threads of one process, or processes; all begin at once.
"""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import psycopg

from bench.ledger.place import DAY, DESK, FIRMS, POOLS, load, one, processor_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

Way = Literal["verb", "kept", "apart", "bare", "shared"]
INSTRUMENT, MOVE = "first_scale_reward", "promise"
YEAR, APART = "2026", 2100
REASON = "年度核定"
_WARM = 30


@dataclass(slots=True)
class Said:
    """What clients measured.

    Args:
        ends: When each transfer was answered, on the machine's own clock.
        took: Seconds of each.
        deadlocks: How often the database gave up two that waited for each other.
        errors: What else went wrong, in words.
        cpu_s: Seconds of processor of the clients' server processes; 0: not known.
        own_s: Seconds of processor of the clients themselves.
    """

    ends: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    deadlocks: int = 0
    errors: list[str] = field(default_factory=list)
    cpu_s: float = 0.0
    own_s: float = 0.0

    def add(self, other: Said) -> None:
        """Take up what another client measured."""
        self.ends += other.ends
        self.took += other.took
        self.deadlocks += other.deadlocks
        self.errors += other.errors
        self.cpu_s += other.cpu_s
        self.own_s += other.own_s

    def between(self, start: float, stop: float) -> float:
        """Return transfers per second of a span of time."""
        return sum(start <= end < stop for end in self.ends) / (stop - start)

    def percentile(self, share: float) -> float:
        """Return the milliseconds that so many of the transfers did not exceed."""
        ordered = sorted(self.took)
        if not ordered:
            return float("nan")
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1e3


def maker(
    way: Way, folder: str, url: str, seed: str
) -> Iterator[tuple[Callable[[], None], Callable[[], float]]]:
    """Yield what posts the next transfer, and what the server has spent on them.

    Connections close when it is done.
    """
    draw, count = random.Random(seed), 0
    if way in ("bare", "shared"):
        desk = DESK if way == "bare" else ""
        from ceyuan.ledger import post
        from ceyuan.office.auditing import audit

        with psycopg.connect(url) as conn:

            def bare() -> None:
                nonlocal count
                count += 1
                name = f"{seed}-{count}"
                pool, firm = draw.randrange(POOLS), draw.randrange(FIRMS)
                asked = one(name, f"{desk}pool/{pool}", f"{desk}firm/{firm}")
                with conn.transaction():
                    post(conn, [asked], actor="bench")
                    audit(
                        conn,
                        "move",
                        [(asked.id, None, {"amount": asked.amount})],
                        actor="bench",
                        reason=REASON,
                    )

            yield bare, lambda: processor_s(conn)
        return
    from ceyuan.office.memory import open_memory
    from ceyuan.office.moving import move, move_within
    from ceyuan.office.moving_typed import office_settings

    year = YEAR if way != "apart" else str(APART + int(seed.rpartition("-")[2]))
    with open_memory(Path(folder), actor="bench") as memory:
        instrument = memory.declared.instruments.instrument(INSTRUMENT)
        with memory.database.connect() as conn:

            def asked() -> dict[str, str]:
                nonlocal count
                count += 1
                case = f"{seed}-{count}"
                return {"year": year, "firm": case, "entitlement": case}

            def verb() -> None:
                move(
                    memory,
                    INSTRUMENT,
                    MOVE,
                    keys=asked(),
                    inputs={"amount": Fraction(100)},
                    effective=DAY,
                    reason=REASON,
                )

            def kept() -> None:
                with conn.transaction():
                    move_within(
                        conn,
                        instrument,
                        MOVE,
                        keys=asked(),
                        inputs={"amount": Fraction(100)},
                        effective=DAY,
                        settings=office_settings(conn, instrument, DAY),
                        actor="bench",
                        reason=REASON,
                    )

            if way == "verb":
                yield verb, lambda: 0.0
            else:
                yield kept, lambda: processor_s(conn)


def _client(
    way: Way,
    folder: str,
    url: str,
    seed: str,
    ready: Callable[[], object],
    over: Callable[[], bool],
) -> Said:
    """Post until it is over; the first few do not count."""
    said = Said()
    for work, spent in maker(way, folder, url, seed):
        for _ in range(_WARM):
            work()
        ready()
        before, own = spent(), time.thread_time()
        while not over():
            start = time.perf_counter()
            try:
                work()
            except psycopg.errors.DeadlockDetected:
                said.deadlocks += 1
            except psycopg.Error as error:
                said.errors.append(str(error))
            stop = time.perf_counter()
            said.took.append(stop - start)
            said.ends.append(stop)
        said.cpu_s, said.own_s = spent() - before, time.thread_time() - own
    return said


def _process(
    way: Way, folder: str, url: str, seed: str, ready: object, over: object, out: object
) -> None:
    """Be a client in a process of its own."""
    try:
        said = _client(way, folder, url, seed, ready.wait, over.is_set)  # type: ignore[attr-defined]
    except Exception as error:  # noqa: BLE001 - told to the parent, which says so
        ready.abort()  # type: ignore[attr-defined]
        said = Said(errors=[repr(error)])
    out.put(said)  # type: ignore[attr-defined]


class Clients:
    """Clients at work until this is left; what they measured is in `said`.

    Args:
        way: How they post.
        folder: The working folder.
        url: The address of its database.
        count: How many.
        threads: In this process instead of processes of their own.
    """

    def __init__(
        self, way: Way, folder: Path, url: str, *, count: int, threads: bool = False
    ) -> None:
        self.said = Said()
        self._threads = threads
        spawn = multiprocessing.get_context("spawn")
        self._out = spawn.Queue()
        stamp = f"{time.time_ns():x}"
        if threads:
            self._ready, self._over = threading.Barrier(count + 1), threading.Event()
        else:
            self._ready, self._over = spawn.Barrier(count + 1), spawn.Event()  # type: ignore[assignment]
        make = threading.Thread if threads else spawn.Process
        self._all = [
            make(
                target=_process,
                args=(
                    way,
                    str(folder),
                    url,
                    f"{way}{stamp}-{number}",
                    self._ready,
                    self._over,
                    self._out,
                ),
            )
            for number in range(count)
        ]

    def __enter__(self) -> Self:
        for one_ in self._all:
            one_.start()
        try:
            self._ready.wait(120)
        except threading.BrokenBarrierError:
            self._over.set()
            self._gather()
            msg = f"a client did not start: {self.said.errors[:1]}"
            raise RuntimeError(msg) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._gather()

    def _gather(self) -> None:
        for _ in self._all:
            self.said.add(self._out.get(timeout=120))
        for one_ in self._all:
            one_.join()


def measured(
    way: Way, folder: Path, url: str, *, count: int, seconds: float, threads: bool
) -> dict[str, object]:
    """Return what so many clients do in so many seconds."""
    with Clients(way, folder, url, count=count, threads=threads) as clients:
        start = time.perf_counter()
        time.sleep(seconds)
        stop = time.perf_counter()
    said = clients.said
    return {
        "clients": count,
        "as": "threads" if threads else "processes",
        "per_s": round(said.between(start, stop)),
        "p50_ms": round(said.percentile(0.50), 2),
        "p99_ms": round(said.percentile(0.99), 2),
        "server_cpu_us": round(said.cpu_s / max(1, len(said.took)) * 1e6),
        "client_cpu_us": round(said.own_s / max(1, len(said.took)) * 1e6),
        "deadlocks": said.deadlocks,
        "errors": len(said.errors),
        "load": load(),
    }
