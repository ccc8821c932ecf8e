# SPDX-License-Identifier: Apache-2.0
"""An entitlement run that is killed is finished by the next one, and by that alone.

Started as `python -m tests.office.test_entitling_killed`, this file is the warm process
that forks an entitlement run for each line that it reads; it never touches polars
itself, whose threads a fork would lose. The run kills its own process with SIGKILL,
after some of its transactions or after a moment.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.office import entitling
from ceyuan.office.attempts import lost_attempts
from ceyuan.office.entitlements import listed
from ceyuan.office.entitling import entitle
from tests.office.importers import ROOT
from tests.office.money_by_hand import (
    DECIDED,
    OFFICER,
    YEAR,
    appropriate,
    decide,
    decided,
    funded,
    money,
    office,
    verified,
)
from tests.office.town_by_hand import WAN, state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ceyuan.office.memory import Memory

CHUNK = 2
_HELD = """
select (select count(*) from pg_locks where locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database()))
  + (select count(*) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle')
"""


def _at_it(asked: dict[str, Any]) -> dict[str, Any]:
    """Do one run in this process, and die on the way where that is asked."""
    from ceyuan.office.memory import open_memory

    entitling.CHUNK = asked.get("chunk", CHUNK)
    after, moment = asked.get("after"), asked.get("moment")
    count = 0

    def progress(_: int, __: int) -> None:
        nonlocal count
        count += 1
        if count == after:
            os.kill(os.getpid(), signal.SIGKILL)

    with open_memory(Path(asked["folder"]), actor=OFFICER, url=asked["url"]) as memory:
        start = time.monotonic()
        if moment is not None:
            threading.Thread(target=_die, args=(moment,), daemon=True).start()
        made = entitle(memory, year=YEAR, on=DECIDED, reason="年度", progress=progress)
    return {"firms": made.firms, "seconds": time.monotonic() - start}


def _die(moment: float) -> None:
    time.sleep(moment)
    os.kill(os.getpid(), signal.SIGKILL)


def _main() -> None:
    from ceyuan.declarations.archive import load_declared

    load_declared("shanghai")
    for line in iter(sys.stdin.readline, ""):
        pid = os.fork()
        if pid == 0:
            sys.stdout.write(json.dumps(_at_it(json.loads(line))) + "\n")
            sys.stdout.flush()
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            sys.stdout.write(json.dumps({"died": os.WTERMSIG(status)}) + "\n")
            sys.stdout.flush()


@contextmanager
def _warm() -> Iterator[Callable[..., dict[str, Any]]]:
    """Yield a way to ask for runs in processes of their own."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.office.test_entitling_killed"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        out, back = process.stdin, process.stdout

        def ask(memory: Memory, **more: Any) -> dict[str, Any]:
            said = {"folder": str(memory.workspace.root), "url": memory.database.url}
            out.write(json.dumps({**said, **more}) + "\n")
            out.flush()
            line = back.readline()
            assert line, "the warm process has died"
            told: dict[str, Any] = json.loads(line)
            return told

        yield ask
        process.stdin.close()


def until_gone(memory: Memory) -> None:
    """Wait until the database has noticed that a killed run is gone."""
    with memory.database.connect() as conn:
        conn.autocommit = True
        while conn.execute(_HELD).fetchone() != (0,):
            time.sleep(0.005)


def told(memory: Memory) -> dict[str, Any]:
    """Return all that a run leaves behind, but for its moments and its run's number."""
    with memory.transaction() as conn:
        claims = [
            (x.id, x.slot, x.revision, x.amount, x.state, x.noticed_on, x.object_until)
            for x in listed(conn)
        ]
        return {
            "entitlements": claims,
            "balances": money(memory),
            "transfers": sorted(
                conn.execute(
                    "select id, kind, amount, effective, actor from ledger_transfer"
                ).fetchall()
            ),
            "events": sorted(
                conn.execute(
                    "select entitlement_id, kind, state, day, transfer"
                    " from entitlement_event"
                ).fetchall()
            ),
            "letters": sorted(
                (item["entitlement"], item["amount"])
                for (body,) in conn.execute("select body from notice").fetchall()
                for item in body["items"]
            ),
            "audit": sorted(
                conn.execute(
                    "select verb, object, before from audit where verb like 'entitle%'"
                ).fetchall()
            ),
        }


class Offices:
    """Makes offices that are alike, each with a database of its own."""

    def __init__(self, folder: Path, fresh: Callable[..., str]) -> None:
        self.folder = folder
        self.fresh = fresh
        self.count = 0

    @contextmanager
    def one(self, ready: Callable[[Memory], object]) -> Iterator[Memory]:
        self.count += 1
        folder = self.folder / f"office{self.count}"
        folder.mkdir()
        with office(folder, self.fresh()) as memory:
            ready(memory)
            yield memory


@pytest.fixture
def offices(tmp_path: Path, fresh_database: Callable[..., str]) -> Offices:
    return Offices(tmp_path, fresh_database)


def short_of_money(memory: Memory) -> None:
    """Prepare a run whose budget is too small: firms 2 and 1 fit, 3 and 4 do not."""
    decided(memory)
    appropriate(memory, amount=45 * WAN)
    appropriate(memory, "premium_subsidy", 2 * WAN)


def corrected(memory: Memory) -> None:
    """Prepare a run that takes two back and promises one of them and one more anew."""
    funded(memory)
    entitle(memory, year=YEAR, on=DECIDED, reason="年度")
    state(memory, 2, "rd_expense", Fraction(800 * WAN), year=2025)
    state(memory, 3, "revenue", Fraction(900 * WAN), year=2025)
    state(memory, 5, "revenue", Fraction(1100 * WAN), year=2025)
    decide(memory)


def undisturbed(offices: Offices, ready: Callable[[Memory], object]) -> dict[str, Any]:
    with offices.one(ready) as memory:
        entitle(memory, year=YEAR, on=DECIDED, reason="年度")
        return told(memory)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ready", "transactions"),
    # Of 8 dues two each; two taken back, then two anew, a transaction each.
    [(funded, 4), (short_of_money, 4), (corrected, 4)],
)
def test_run_killed_after_each_of_its_transactions_is_finished_by_the_next(
    offices: Offices, ready: Callable[[Memory], object], transactions: int
) -> None:
    whole = undisturbed(offices, ready)
    chunk = 1 if ready is corrected else CHUNK
    with _warm() as ask, offices.one(ready) as memory:
        parts = []
        for _ in range(transactions - 1):
            # Each one does a transaction that the one before has not, and dies.
            assert ask(memory, after=1, chunk=chunk) == {"died": signal.SIGKILL}
            until_gone(memory)
            parts.append(len(told(memory)["transfers"]))
            (lost,) = lost_attempts(memory)
            assert (lost.kind, lost.actor) == ("entitle", OFFICER)

        last = ask(memory, chunk=chunk)

        assert "died" not in last
        assert parts == sorted(parts)
        assert told(memory) == whole
        entitle(memory, year=YEAR, on=DECIDED)
        assert told(memory) == whole


def _rounds(offices: Offices, seed: int, rounds: int) -> None:
    draw = random.Random(seed)
    whole = {r: undisturbed(offices, r) for r in (funded, corrected)}
    died = 0
    with _warm() as ask:
        with offices.one(funded) as memory:
            length = float(ask(memory, chunk=1)["seconds"])
        for number in range(rounds):
            ready = (funded, corrected)[number % 2]
            with offices.one(ready) as memory:
                moment = draw.uniform(0, length)
                first = ask(memory, moment=moment, chunk=1)
                died += first == {"died": signal.SIGKILL}
                until_gone(memory)

                entitle(memory, year=YEAR, on=DECIDED, reason="年度")

                assert told(memory) == whole[ready], moment
                assert verified(memory).ok
    assert died > 0


@pytest.mark.slow
def test_run_killed_at_eight_random_moments_is_finished_by_the_next(
    offices: Offices,
) -> None:
    _rounds(offices, 20261121, 8)


@pytest.mark.soak
def test_run_killed_at_many_random_moments_is_finished_by_the_next(
    offices: Offices,
) -> None:
    _rounds(offices, random.SystemRandom().randrange(2**32), 200)


if __name__ == "__main__":
    _main()
