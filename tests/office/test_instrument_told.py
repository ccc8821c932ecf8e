# SPDX-License-Identifier: Apache-2.0
"""An instrument as it stands: sums of its accounts, parameters in force, what may fall due."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.office.account_names import Names
from ceyuan.office.instrument_told import (
    AccountSum,
    Exposure,
    ParameterInForce,
    account_sums,
    exposures,
    figures,
    parameters_in_force,
)
from ceyuan.office.moving import move
from ceyuan.office.settings import set_parameter
from ceyuan.office.stories_told import EntryExpected, Told, stories
from tests.office.money_by_hand import appropriate, office
from tests.office.town_by_hand import WAN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

DAY = date(2026, 2, 1)
LIMITS = (
    "risk_loan.client_max=1000万元",
    "risk_loan.pool_max=1500万元",
)


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        for one in LIMITS:
            set_parameter(opened, one, since=date(2026, 1, 1), reason="会议纪要1号")
        yield opened


def lend(memory: Memory, what: str, firm: str, loan: str, **inputs: Any) -> None:
    move(
        memory, "risk_loan", what,
        keys={"year": "2026", "firm": firm, "loan": loan}, inputs=inputs,
        effective=DAY, reason="试",
    )  # fmt: skip


def two_loans(memory: Memory) -> None:
    """Commit 600 and 300 万元, draw 500 of the first."""
    due = date(2027, 1, 31)
    lend(memory, "commit", "F1", "L1", loan_amount=Fraction(600 * WAN), due=due)
    lend(memory, "commit", "F2", "L2", loan_amount=Fraction(300 * WAN), due=due)
    lend(memory, "drawdown", "F1", "L1", loan_amount=Fraction(500 * WAN))


def test_what_may_fall_due_is_outstanding_times_the_treasurys_share(
    memory: Memory,
) -> None:
    two_loans(memory)
    with memory.transaction() as conn:
        unknown = exposures(memory, conn, DAY)
    set_parameter(
        memory, "risk_loan.government_share=25%", since=DAY, reason="会议纪要2号"
    )

    with memory.transaction() as conn:
        known = exposures(memory, conn, DAY)

    # 500 万元 are drawn, 300 万元 committed; a share that is not set is not 0.
    told = ("risk_loan", 1, 500 * WAN, 300 * WAN)
    assert [Exposure(*told, None, "government_share")] == unknown
    assert [None] == [one.due for one in unknown]
    assert [Exposure(*told, Fraction(1, 4), "government_share")] == known
    assert [(125 * WAN, "25.0%")] == [(one.due, one.percent) for one in known]


def test_sums_are_those_of_all_accounts_of_a_kind(memory: Memory) -> None:
    two_loans(memory)
    instrument = memory.declared.instruments.instrument("risk_loan")

    with memory.transaction() as conn:
        sums = {one.name: one for one in account_sums(conn, instrument)}

    assert AccountSum("client", 2, 1, 500 * WAN, 0, 300 * WAN) == sums["client"]
    # The register of loans grows on the other side.
    assert AccountSum("line", 1, 1, 500 * WAN, 0, 300 * WAN) == sums["line"]
    assert AccountSum("pool", 0, 0, 0, 0, 0) == sums["pool"]
    assert "payable" not in sums


def test_pool_of_next_year_is_not_counted_twice(memory: Memory) -> None:
    appropriate(memory)
    instrument = memory.declared.instruments.instrument("first_scale_reward")

    with memory.transaction() as conn:
        sums = {one.name: one for one in account_sums(conn, instrument)}

    assert AccountSum("pool", 1, 1, 500 * WAN, 0, 0) == sums["pool"]
    assert "next_pool" not in sums


def test_figures_are_exact_and_wait_for_their_keys(memory: Memory) -> None:
    appropriate(memory, amount=100_001)
    instrument = memory.declared.instruments.instrument("first_scale_reward")

    with memory.transaction() as conn:
        found = figures(conn, instrument, {"year": "2026"}, DAY)
        without = figures(conn, instrument, {}, DAY)

    assert {"pool_left": "100001/100"} == found
    assert {} == without


def test_parameters_are_told_as_set_as_written_or_as_not_set(memory: Memory) -> None:
    instrument = memory.declared.instruments.instrument("risk_loan")

    with memory.transaction() as conn:
        found = {p.home: p for p in parameters_in_force(conn, instrument, DAY)}

    term = "科技型中小企业贷款履约保证保险条款 贷款期限"
    assert (
        ParameterInForce(
            "risk_loan.loan_years_max", "贷款年限上限", "Greatest term", "年",
            "1\u00a0年", False, term, "V",
        )
        == found["risk_loan.loan_years_max"]
    )  # fmt: skip
    assert ("1000万元", True, "") == (
        found["risk_loan.client_max"].text,
        found["risk_loan.client_max"].by_office,
        found["risk_loan.client_max"].confidence,
    )
    assert ("", False) == (
        found["risk_loan.bank_share"].text,
        found["risk_loan.bank_share"].by_office,
    )


def test_stories_tell_each_step_with_its_entries(memory: Memory) -> None:
    instrument = memory.declared.instruments.instrument("risk_loan")

    first = stories(instrument, Names(memory.declared.instruments))[0]

    fund, _, late, commit = first.steps[:4]
    assert (
        EntryExpected(
            "transfer",
            "treasury/2026/risk_loan",
            "risk_loan/2026/pool",
            15 * WAN,
            "CNY",
        ),
    ) == fund.entries
    assert Told("金额", "amount", "15万元") in fund.said
    assert ("L123", ()) == (late.refused, late.entries)
    assert (
        EntryExpected(
            "hold",
            "risk_loan/2026/line",
            "risk_loan/2026/client/F1",
            600 * WAN,
            "EXPOSURE",
        ),
    ) == commit.entries


def test_every_instrument_tells_its_stories(memory: Memory) -> None:
    names = Names(memory.declared.instruments)
    told = {
        one.id: len(stories(one, names))
        for one in memory.declared.instruments.instruments.values()
    }

    assert all(count > 0 for count in told.values()), told
