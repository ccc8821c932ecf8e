# SPDX-License-Identifier: Apache-2.0
"""An entitlement run over many invented firms, while the office goes on working."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from bench.ledger.clients import Clients
from bench.ledger.place import DAY
from bench.measure import peak_mb, tell
from ceyuan.city.codes import credit_code
from ceyuan.facts.store import Batch, batch_id, register
from ceyuan.facts.store.columns import BASE, column_type
from ceyuan.facts.store.handles import handle_of_code
from ceyuan.office.entitling import entitle
from ceyuan.office.moving import move
from ceyuan.office.parameters import typed_settings
from ceyuan.office.running import run
from ceyuan.office.settings import run_settings, set_parameter

if TYPE_CHECKING:
    from pathlib import Path

    from bench.ledger.place import Place
    from ceyuan.office.memory import Memory

WAN = 1_000_000
SET = ("service_scale.reward_offered=是", "first_scale_reward.notice_days=5工作日")
PART = 65_536


def firms(memory: Memory, count: int) -> None:
    """Seal and register what the reward asks of so many firms; each is due one."""
    codes = [credit_code(n) for n in range(count)]
    who = {
        "org": [handle_of_code(c) for c in codes],
        "code": codes,
        "name": [f"合成企业{n:06d}" for n in range(count)],
    }
    since, until = date(2024, 6, 1), date(2027, 5, 31)
    _sealed(
        memory,
        "firm",
        "registry",
        {
            **who,
            "valid_from": date(2026, 1, 1),
            "gb_section": "M",
            "gb_division": 73,
            "is_legal_person": True,
            "registered_in_shanghai": True,
            "first_time_above_scale": True,
        },
        count,
    )
    _sealed(
        memory,
        "firm",
        "tax",
        {
            **who,
            "valid_from": date(2025, 1, 1),
            "year": 2025,
            "revenue": 1_200 * WAN,
            "rd_expense": [(100 + n % 900) * WAN for n in range(count)],
        },
        count,
    )
    _sealed(
        memory,
        "certificate",
        "certificates",
        {
            **who,
            "key": f"hnte\x1f{since}",
            "certificate": "hnte",
            "issued_on": since,
            "valid_until": until,
            "valid_from": since,
            "valid_to": until,
        },
        count,
        complete=True,
    )


def _sealed(
    memory: Memory,
    record: str,
    source: str,
    said: dict[str, object],
    count: int,
    *,
    complete: bool = False,
) -> None:
    kinds = memory.kinds[record].attributes
    frame = pl.DataFrame(
        [
            pl.Series(
                name,
                value if isinstance(value, list) else [value] * count,
                dtype=BASE.get(name) or column_type(kinds[name]),
            )
            for name, value in said.items()
        ]
    )
    parts = [
        memory.shelf.seal(frame[at : at + PART], record=record, source=source)
        for at in range(0, count, PART)
    ]
    name, root = batch_id(parts)
    with memory.transaction() as conn:
        register(
            conn,
            Batch(
                id=name,
                record=record,
                source=source,
                kind="import",
                rows=count,
                rejected=0,
                root=root,
                attributes=tuple(sorted(n for n in said if n not in BASE)),
                complete=complete,
                actor="bench",
                reason="",
                known_at=datetime.now(UTC),
                as_stated=date(2026, 1, 1),
                declarations="",
                synthetic=True,
                parts=tuple(parts),
            ),
        )


def entitled(place: Place, folder: Path, count: int) -> dict[str, float]:
    """Measure the run for so many firms beside a client that posts single ones."""
    memory = place.memory
    start = time.perf_counter()
    firms(memory, count)
    sealed = time.perf_counter() - start
    for one in SET:
        set_parameter(memory, one, since=date(2026, 1, 1), reason="测")
    said = run_settings(memory, DAY, ())
    start = time.perf_counter()
    made = run(
        memory, as_of=DAY, settings=typed_settings(memory.region, said), said=said
    )
    decided = time.perf_counter() - start
    move(
        memory,
        "first_scale_reward",
        "appropriate",
        keys={"year": "2026", "budget": "entitle"},
        inputs={"amount": Fraction(count * 60 * WAN)},
        effective=DAY,
        reason="年初预算",
    )
    first: list[float] = []
    with Clients("bare", folder, place.url, count=1) as clients:
        start = time.perf_counter()
        done = entitle(
            memory,
            year=2026,
            policies=("service_scale",),
            run=made.id,
            on=DAY,
            reason="年度核定",
            progress=lambda _, __: first.append(time.perf_counter()),
        )
        stop = time.perf_counter()
    assert done.firms == count, (done.firms, done.problems[:1], len(done.unfunded))
    start_again = time.perf_counter()
    again = entitle(memory, year=2026, policies=("service_scale",), run=made.id, on=DAY)
    assert not again.transfers
    said_ = clients.said
    tell(
        "entitle, a client beside",
        firms=done.firms,
        seconds=round(stop - start, 1),
        until_first_chunk_s=round(first[0] - start, 1),
        writing_s=round(stop - first[0], 1),
        chunks=len(first),
        again_s=round(time.perf_counter() - start_again, 1),
        before_it={"sealed_s": round(sealed, 1), "decided_s": round(decided, 1)},
        singles_per_s=round(said_.between(start, stop)),
        singles_p99_ms=round(said_.percentile(0.99), 1),
        deadlocks=said_.deadlocks,
        peak_mb=peak_mb(),
    )
    return {"seconds": stop - start, "singles": said_.between(start, stop)}
