# SPDX-License-Identifier: Apache-2.0
"""A certificate that was withdrawn counts in no decision of that day or later."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from ceyuan.facts.store import records, standing, view
from ceyuan.facts.store.columns import MARK
from ceyuan.office.memory import open_memory
from ceyuan.office.receipts import make_receipt
from ceyuan.office.runs import decision
from ceyuan.office.verifying import verify
from ceyuan.policies import OUTCOMES, Outcome
from tests.office.money_by_hand import VOUCHER, decide, firms, set_all
from tests.office.town_by_hand import AS_OF, add, org

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run

SINCE, UNTIL = date(2026, 1, 1), date(2027, 5, 31)
DAY = timedelta(1)
LISTED = pl.col("certificate") == "tech_sme"


@pytest.fixture(name="memory")
def _memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="经办人甲") as opened:
        firms(opened)
        certified(opened, {1: None, 2: AS_OF, 3: AS_OF + DAY})
        yield opened


def certified(memory: Memory, ends: dict[int, date | None]) -> None:
    """Publish a list of entries in the library, some of them withdrawn on a day."""
    rows: list[dict[str, Any]] = [
        {
            "firm": n, "key": f"tech_sme{MARK}{SINCE}", "certificate": "tech_sme",
            "issued_on": SINCE, "valid_until": UNTIL,
            "valid_from": SINCE, "valid_to": UNTIL,
            **({} if end is None else {"withdrawn_on": end}),
        }
        for n, end in ends.items()
    ]  # fmt: skip
    add(
        memory, "certificates", rows, record="certificate",
        complete=frozenset({"tech_sme"}),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "stand"),
    [(AS_OF - DAY, [1, 2, 3]), (AS_OF, [1, 3]), (AS_OF + DAY, [1])],
)
def test_it_counts_until_the_day_before(
    memory: Memory, day: date, stand: list[int]
) -> None:
    kind, reading = memory.kinds["certificate"], memory.reading(day)

    found = standing(reading, kind).filter(LISTED)
    held = view(
        reading, memory.kinds["firm"], [("is_legal_person", None)], feeds=[kind]
    )
    linked = held.linked["certificates"].frame.filter(LISTED)["row"]

    whole = sorted(org(n) for n in stand)
    assert whole == sorted(found["org"])
    assert whole == sorted(held.ids["org"][row] for row in linked)
    # What is held of it stays readable.
    assert 3 == records(reading, kind).filter(LISTED).height


def answered(memory: Memory, run: Run, firm: int) -> int:
    row = decision(memory, run, "firm", org(firm))
    assert row is not None
    return int(row[VOUCHER])


def test_decision_and_its_receipt_leave_it_out(memory: Memory) -> None:
    set_all(memory, [f"{VOUCHER}.issue_quota=100000"])
    run = decide(memory)

    outcomes = {n: OUTCOMES[answered(memory, run, n)] for n in (1, 2, 3)}
    receipt = json.loads(json.dumps(make_receipt(memory, run.id, org(2))))

    assert outcomes == {
        1: Outcome.ELIGIBLE,
        2: Outcome.INELIGIBLE,
        3: Outcome.ELIGIBLE,
    }
    assert verify(receipt).ok
