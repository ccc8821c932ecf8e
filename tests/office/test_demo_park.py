# SPDX-License-Identifier: Apache-2.0
"""The invented park of `ceyuan demo` has money in it: due, and held up by one gap.

The amounts are worked by hand from the ledger that `make_joined` writes.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ceyuan.city import make_joined, make_tenants
from ceyuan.declarations import load_region
from ceyuan.office import check_table
from ceyuan.office.gaps import gaps
from ceyuan.office.inputs import joined_files, read_input
from ceyuan.policies import Outcome

if TYPE_CHECKING:
    from ceyuan.city import TenantTruth
    from ceyuan.office import Checkup, FirmCheck

POLICIES = ("rd_super_2023", "tech_transfer_cit")
DAY = date(2026, 11, 21)
Park = tuple["TenantTruth", "Checkup"]


@pytest.fixture(name="park", scope="module")
def _park(tmp_path_factory: pytest.TempPathFactory) -> Park:
    folder = tmp_path_factory.mktemp("park")
    truth = make_tenants(folder / "tenants.xlsx")
    make_joined(folder / "with", truth)
    region = load_region()
    _, table = read_input(
        truth.path, region=region, as_of=DAY, joined=joined_files(folder / "with")
    )
    return truth, check_table(table, region, as_of=DAY, policies=POLICIES)


def _edge(park: Park, words: str) -> FirmCheck:
    truth, checkup = park
    code = next(f.uscc for f in truth.firms if f.edge.startswith(words))
    return next(firm for firm in checkup.firms if firm.row.uscc == code)


def test_demo_park_complete_ledger_is_eligible_with_its_amount(park: Park) -> None:
    decision = _edge(park, "营业收入与资产恰为2亿元").decisions["rd_super_2023"]

    # 10,104,000 + a ninth of it (less than the other 1,248,000) − 156,000 at 25 %.
    assert (Outcome.ELIGIBLE, 276_766_667) == (decision.outcome, decision.amount)


def test_demo_park_blank_declaration_is_to_confirm_with_its_amount(park: Park) -> None:
    firm = _edge(park, "三年研发占比恰为5%且")

    # 1,750,000 + 177,500 + 80 % of 275,000 + 50,000 written off, at 25 %.
    assert firm.to_confirm["rd_super_2023"] == (("rd_accounted", None),)
    assert firm.potential["rd_super_2023"] == 54_937_500


def test_demo_park_transfers_are_a_second_kind_of_money(park: Park) -> None:
    sold = _edge(park, "上市企业").decisions["tech_transfer_cit"]
    unsigned = _edge(park, "三年研发占比恰为4%")

    # 2400 − 528 − 72 − 96 = 1704 万元; half of what is over 500 is taxed, so
    # 1102 万元 are free of 25 %. The other: 680 万元, free of it 590 万元.
    assert (Outcome.ELIGIBLE, 275_500_000) == (sold.outcome, sold.amount)
    assert unsigned.potential["tech_transfer_cit"] == 147_500_000


def test_demo_park_gaps_with_money_lead_the_ranking(park: Park) -> None:
    found = gaps(park[1])
    money = [gap for gap in found if gap.unlock_fen > 0]

    assert found[: len(money)] == tuple(money)
    assert {
        "rd_accounted",
        "audited_collection",
        "transfer_separate_accounts",
    } <= {gap.name for gap in money}
