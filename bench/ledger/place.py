# SPDX-License-Identifier: Apache-2.0
"""A workspace of its own for the bench: its server, its accounts, its transfers.

The server is the embedded one, started as an office starts it: fsync on, the
settings of `office.server`. Everything in it is invented.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psycopg
import pyarrow as pa

from ceyuan.ledger import Account, Transfer, open_accounts, post
from ceyuan.ledger.bulk import SCHEMA

if TYPE_CHECKING:
    from ceyuan.office.memory import Memory

DAY = date(2026, 11, 21)
POOLS, FIRMS = 1_000, 20_000
DEEP = 10**14
"""What every pool is given, in fen: no bench empties one."""
HOT = "hot/pool"
HISTORY = "history/pool"
DESK = "desk/"
"""What single transfers move between begins so: tables do not touch it."""
SEED = 20261121


@dataclass(frozen=True, slots=True)
class Place:
    """Where the bench works: an open memory and the address of its server."""

    memory: Memory

    @property
    def url(self) -> str:
        """Return the address of the database."""
        return self.memory.database.url

    def connect(self, *, autocommit: bool = False) -> psycopg.Connection:
        """Return a connection of the driver's, as the office opens them."""
        return psycopg.connect(self.url, autocommit=autocommit)

    def said(self, name: str) -> str:
        """Return a setting of the server."""
        with self.connect() as conn:
            row = conn.execute(f"show {name}").fetchone()  # type: ignore[arg-type]
        assert row is not None
        return str(row[0])


def fill(place_: Place) -> None:
    """Open the accounts of the bench and give every pool its money."""
    pools = [f"{place}pool/{n}" for place in ("", DESK) for n in range(POOLS)]
    pools += [HOT, HISTORY]
    firms = [f"{place}firm/{n}" for place in ("", DESK) for n in range(FIRMS)]
    with place_.connect() as conn:
        open_accounts(
            conn,
            [
                Account(path="treasury", commodity="CNY", side="debit", opened=DAY),
                *(
                    Account(
                        path=path, commodity="CNY", side="credit", opened=DAY, floor=0
                    )
                    for path in (*pools, *firms)
                ),
            ],
            actor="bench",
        )
        post(
            conn,
            [one(f"seed/{path}", "treasury", path, amount=DEEP) for path in pools],
            actor="bench",
        )


def one(name: str, debit: str, credit: str, *, amount: int = 100) -> Transfer:
    """Return a transfer whose words are as long as an instrument's."""
    return Transfer(
        id=f"first_scale_reward/promise/2026/{name}",
        debit=debit,
        credit=credit,
        amount=amount,
        commodity="CNY",
        code="first_scale_reward.promise",
        cause=f"first_scale_reward/2026/{name}",
        effective=DAY,
    )


def table(rows: int, *, hot: str = "") -> pa.Table:
    """Return transfers from pools to firms; `hot`: all from one account."""
    draw = np.random.default_rng(SEED)
    run = uuid.uuid4().hex[:8]
    names = [f"{run}-{n}" for n in range(rows)]
    if hot:
        debit = [hot] * rows
    else:
        debit = [f"pool/{n}" for n in draw.integers(0, POOLS, rows)]
    columns = {
        "id": [f"first_scale_reward/promise/2026/{n}" for n in names],
        "kind": ["transfer"] * rows,
        "debit": debit,
        "credit": [f"firm/{n}" for n in draw.integers(0, FIRMS, rows)],
        "amount": [100] * rows,
        "commodity": ["CNY"] * rows,
        "code": ["first_scale_reward.promise"] * rows,
        "cause": [f"first_scale_reward/2026/{n}" for n in names],
        "effective": [DAY] * rows,
        "of": [""] * rows,
        "expires": [None] * rows,
        "link": [""] * rows,
    }
    return pa.table(columns, schema=SCHEMA)


def load() -> float:
    """Return how many processes of the whole machine wanted to run, of late."""
    return round(os.getloadavg()[0], 1)


def processor_s(conn: psycopg.Connection) -> float:
    """Return the seconds of processor that a connection's server process has had.

    What others do on the machine does not change it much, unlike seconds of the clock.
    """
    said = Path(f"/proc/{conn.info.backend_pid}/schedstat")
    try:
        return int(said.read_text(encoding="ascii").split()[0]) / 1e9
    except OSError:
        return float("nan")
