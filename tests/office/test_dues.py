# SPDX-License-Identifier: Apache-2.0
"""Who is due what, from a stored run and what was decided after it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import UsageError
from ceyuan.office.correcting import claim, rule_on
from ceyuan.office.dues import Due, chosen, dues
from ceyuan.office.firms import Firm
from ceyuan.office.running import run
from tests.office.money_by_hand import (
    LOANS,
    PREMIUM,
    REWARDS,
    SCALE,
    YEAR,
    decided,
    firms,
    office,
)
from tests.office.town_by_hand import AS_OF, WAN, another, code, name, org

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        yield opened


def reward(firm: int, amount: int, year: int = YEAR) -> Due:
    return Due(
        slot=f"{SCALE}/once/{org(firm)}/",
        policy=SCALE,
        instrument="first_scale_reward",
        year=year,
        subject="firm",
        org=org(firm),
        key="",
        party=code(firm),
        name=name(firm),
        commodity="CNY",
        amount=amount,
        mode="threshold_grant",
    )


def subsidy(key: str, year: int = YEAR) -> Due:
    firm, amount = LOANS[key]
    return Due(
        slot=f"{PREMIUM}/{year}/{org(firm)}/{key}",
        policy=PREMIUM,
        instrument="premium_subsidy",
        year=year,
        subject="loan",
        org=org(firm),
        key=key,
        party=code(firm),
        name=name(firm),
        commodity="CNY",
        amount=amount,
        mode="auto_grant",
    )


def by_org(found: list[Due]) -> list[Due]:
    return sorted(found, key=lambda due: (due.org, due.key))


def of(memory: Memory, run: Run, policy: str, **more: object) -> list[Due]:
    return dues(memory, run, chosen(memory, [policy]), year=YEAR, **more)  # type: ignore[arg-type]


def test_dues_are_those_worked_by_hand_in_the_order_of_parties(memory: Memory) -> None:
    made = decided(memory)

    assert of(memory, made, SCALE) == by_org([reward(*one) for one in REWARDS.items()])
    assert of(memory, made, PREMIUM) == by_org([subsidy(key) for key in LOANS])


def test_dues_of_another_year_differ_in_the_year_and_only_yearly_ones_in_the_slot(
    memory: Memory,
) -> None:
    made = decided(memory)

    found = dues(memory, made, chosen(memory, [SCALE, PREMIUM]), year=2027)

    rewards = [reward(n, amount, 2027) for n, amount in REWARDS.items()]
    subsidies = [subsidy(key, 2027) for key in LOANS]
    assert sorted(found, key=lambda d: d.slot) == sorted(
        rewards + subsidies, key=lambda d: d.slot
    )


def test_dues_of_some_parties_are_only_theirs(memory: Memory) -> None:
    made = decided(memory)

    assert of(memory, made, SCALE, only=[org(1), org(5)]) == [reward(1, 10 * WAN)]
    assert of(memory, made, PREMIUM, only=[org(2)]) == []


def test_due_after_a_correction_is_what_was_decided_last(memory: Memory) -> None:
    made = decided(memory)
    firm = Firm(org(2), code(2), name(2))
    for rd in (700, 800):
        one = claim(
            memory, firm, ("rd_expense", 2025), Fraction(rd * WAN), reason="审计",
            as_of=AS_OF,
        )  # fmt: skip
        rule_on(another(memory), one.id, accepted=True, reason="已核对", as_of=AS_OF)

    # 5 % of 800 are 40.
    expected = {**REWARDS, 2: 40 * WAN}
    assert of(memory, made, SCALE) == by_org([reward(*x) for x in expected.items()])
    assert of(memory, made, SCALE, only=[org(2)]) == [reward(2, 40 * WAN)]
    assert of(memory, made, SCALE, only=[org(1)]) == [reward(1, 10 * WAN)]


@pytest.mark.parametrize(
    ("firm", "revenue", "expected"),
    # Firm 5 comes to the line, 5 % of 100 are 5; firm 2 is a yuan below it.
    [(5, 1000 * WAN, {**REWARDS, 5: 5 * WAN}), (2, 1000 * WAN - 100, None)],
)
def test_due_after_a_correction_comes_and_goes(
    memory: Memory, firm: int, revenue: int, expected: dict[int, int] | None
) -> None:
    made = decided(memory)
    one = claim(
        memory, Firm(org(firm), code(firm), name(firm)), ("revenue", 2025),
        Fraction(revenue), reason="审计", as_of=AS_OF,
    )  # fmt: skip
    rule_on(another(memory), one.id, accepted=True, reason="已核对", as_of=AS_OF)

    wanted = expected or {n: a for n, a in REWARDS.items() if n != firm}
    assert of(memory, made, SCALE) == by_org([reward(*x) for x in wanted.items()])


def test_dues_of_a_run_without_the_reward_are_none(memory: Memory) -> None:
    """The office has not set it: the text's 2022 package is over."""
    firms(memory)
    made = run(memory, as_of=AS_OF)

    assert made.counts[SCALE] == {"eligible": 5, "ineligible": 1}
    assert of(memory, made, SCALE) == []


def test_entitlement_id_tells_policy_year_party_key_and_revision() -> None:
    assert reward(1, 1).entitlement(1) == f"{SCALE}.2026.{code(1)}.1"
    assert subsidy("L1").entitlement(3) == f"{PREMIUM}.2026.{code(1)}.L1.3"


def test_entitlement_id_of_keys_that_differ_in_odd_letters_differs() -> None:
    """Two loans of one firm whose numbers differ in a sign only."""
    one, two = (replace(subsidy("L1"), key=key) for key in ("沪/2026 1", "沪-2026/1"))

    assert one.slot != two.slot or one.key != two.key
    assert one.entitlement(1) != two.entitlement(1)


def test_entitlement_id_that_is_too_long_is_cut_and_stays_its_own() -> None:
    ids = [replace(subsidy("L1"), key="9" * 80 + last).entitlement(1) for last in "12"]

    # 59 letters, a dash, 12 figures, a point and the revision.
    assert [len(x) for x in ids] == [74, 74]
    assert len(set(ids)) == 2
    assert {x[:59] for x in ids} == {f"{PREMIUM}.2026.{code(1)}.{'9' * 80}"[:59]}


def test_chosen_are_by_default_all_that_pay_a_policy(memory: Memory) -> None:
    assert [one.id for one in chosen(memory, [])] == [
        "first_scale_reward",
        "innovation_voucher",
        "premium_subsidy",
    ]
    assert [one.id for one in chosen(memory, [PREMIUM])] == ["premium_subsidy"]


def test_chosen_policy_that_nothing_pays_says_which_are_paid(memory: Memory) -> None:
    with pytest.raises(UsageError, match="no instrument pays it") as caught:
        chosen(memory, ["sh_gradient_reward_2022"])

    # What stands there are the policies that are paid.
    assert SCALE in caught.value.hint
    assert PREMIUM in caught.value.hint
    with pytest.raises(UsageError):
        chosen(memory, ["service_scales"])
