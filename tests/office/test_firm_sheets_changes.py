# SPDX-License-Identifier: Apache-2.0
"""What changed since somebody last looked: policies, groups, money, facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.office.correcting import claim, rule_on
from ceyuan.office.entitlements import listed
from ceyuan.office.entitling import entitle
from ceyuan.office.firm_changes import note_visit, since_last, states_of
from ceyuan.office.firm_sheets import sheet_of
from ceyuan.office.firm_told import standing
from ceyuan.office.firms import Firm
from ceyuan.office.memory import Memory, open_memory
from tests.office.money_by_hand import (
    DECIDED,
    OFFICER,
    PREMIUM,
    SCALE,
    YEAR,
    decide,
    funded,
)
from tests.office.town_by_hand import AS_OF, WAN, add, another, code, name, org

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.firm_changes import Changes
    from ceyuan.office.firm_sheet_model import FirmSheet
    from ceyuan.office.firm_standing import Standing

WHO = "企业用户"
MORNING = datetime(2026, 11, 21, 1, tzinfo=UTC)
"""Nine o'clock in Shanghai."""
TOMORROW = MORNING + timedelta(days=1)


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor=OFFICER) as opened:
        funded(opened)
        yield opened


def now(memory: Memory, firm: int = 1, locale: str = "zh") -> tuple[Any, Any]:
    """Return the sheet of a firm, and how it stands."""
    sheet = sheet_of(memory, code(firm))
    with memory.transaction() as conn:
        own = listed(conn, org=org(firm))
    return sheet, standing(sheet, memory.region, own, locale)


def look(memory: Memory, moment: datetime, firm: int = 1, who: str = WHO) -> bool:
    sheet, told = now(memory, firm)
    return note_visit(memory, who, sheet, states_of(sheet, told), now=moment)


def compared(
    memory: Memory, sheet: FirmSheet, told: Standing, moment: datetime
) -> Changes | None:
    return since_last(memory, WHO, sheet, told, states_of(sheet, told), now=moment)


def changes(
    memory: Memory, moment: datetime, firm: int = 1, locale: str = "zh"
) -> Changes:
    found = compared(memory, *now(memory, firm, locale), moment)
    assert found is not None
    return found


def correct(memory: Memory, firm: int, key: Any, value: Fraction) -> None:
    who = Firm(org(firm), code(firm), name(firm))
    made = claim(memory, who, key, value, reason="审计", as_of=AS_OF)
    rule_on(another(memory), made.id, accepted=True, reason="已核对", as_of=AS_OF)


def test_first_visit_has_nothing_to_compare_with(memory: Memory) -> None:
    assert compared(memory, *now(memory), MORNING) is None

    assert look(memory, MORNING)
    assert changes(memory, MORNING).is_empty


def test_visit_is_noted_once_for_each_state_and_day(memory: Memory) -> None:
    assert look(memory, MORNING)
    assert not look(memory, MORNING + timedelta(hours=3))
    assert look(memory, MORNING, who="别人")
    assert look(memory, MORNING, firm=2)
    # 14:59 UTC is still that day in Shanghai, 16:01 is the next.
    assert not look(memory, MORNING.replace(hour=15, minute=59))
    assert look(memory, MORNING.replace(hour=16, minute=1))

    correct(memory, 1, ("revenue", 2025), Fraction(1300 * WAN))
    assert look(memory, MORNING.replace(hour=17))
    assert not look(memory, MORNING.replace(hour=17, minute=5))
    with memory.transaction() as conn:
        assert conn.execute(
            "select count(*) from visit where actor = %s and org = %s", (WHO, org(1))
        ).fetchone() == (3,)


def test_promise_is_told_with_group_and_money(memory: Memory) -> None:
    look(memory, MORNING)
    entitle(memory, year=YEAR, on=DECIDED, reason="年度核定")

    found = changes(memory, TOMORROW)

    assert found.last == MORNING
    reward, loans = found.moved
    assert (reward.policy, reward.before and reward.before.id) == (SCALE, "entitled")
    assert reward.after is not None
    assert reward.after.id == "arrived"
    assert [s and s.fen for s in (reward.amount_before, reward.amount_after)] == [
        10 * WAN, 10 * WAN,
    ]  # fmt: skip
    # The subsidy of loans was not listed before; it has been in force all the time.
    assert (loans.policy, loans.before) == (PREMIUM, None)
    assert loans.amount_after is not None
    assert loans.amount_after.fen == 700_001
    assert (found.begun, found.ended, found.facts, found.another_run) == (
        (), (), (), False,
    )  # fmt: skip


def test_changes_stay_on_the_page_for_the_day(memory: Memory) -> None:
    look(memory, MORNING)
    correct(memory, 5, ("revenue", 2025), Fraction(1))
    correct(memory, 1, ("revenue", 2025), Fraction(900 * WAN))

    first = changes(memory, TOMORROW)
    assert look(memory, TOMORROW)
    again = changes(memory, TOMORROW + timedelta(hours=8))
    later = changes(memory, TOMORROW + timedelta(days=1))

    assert first == again
    assert (later.is_empty, later.last) == (True, TOMORROW)


def test_correction_is_told_with_the_fact_and_what_it_turns(memory: Memory) -> None:
    look(memory, MORNING)
    correct(memory, 1, ("revenue", 2025), Fraction(900 * WAN))

    found = changes(memory, MORNING + timedelta(hours=1), locale="en")

    assert [(f.typed, f.name, f.how) for f in found.facts] == [
        ("revenue@2025", "Operating revenue (2025)", "updated")
    ]
    (reward,) = [m for m in found.moved if m.policy == SCALE]
    assert [g and g.id for g in (reward.before, reward.after)] == ["entitled", "step"]
    assert [s and s.text for s in (reward.amount_before, reward.amount_after)] == [
        "CNY 100,000.00", "CNY 100,000.00",
    ]  # fmt: skip


def test_new_facts_and_another_run_are_told(memory: Memory) -> None:
    look(memory, MORNING)
    add(memory, "statistics", [{"firm": 1, "year": 2025, "employees": 12_00}])
    decide(memory)

    found = changes(memory, TOMORROW)

    assert found.another_run
    assert [(f.typed, f.how) for f in found.facts] == [("employees@2025", "new")]


def test_year_that_is_no_longer_looked_at_is_not_told(memory: Memory) -> None:
    add(memory, "tax", [{"firm": 1, "year": y, "revenue": WAN} for y in (2019, 2020)])
    decide(memory)
    look(memory, MORNING)
    sheet, told = now(memory)
    facts = {k: v for k, v in sheet.facts.values.items() if k[1] not in (2019, 2020)}
    later = replace(
        sheet, year=2026, facts=type(sheet.facts)(facts, sheet.facts.linked)
    )

    found = compared(memory, later, told, TOMORROW)

    assert found is not None
    assert [(f.typed, f.how) for f in found.facts] == [("revenue@2020", "gone")]


def test_policies_that_begin_and_end_are_told_once(memory: Memory) -> None:
    look(memory, MORNING)
    sheet, told = now(memory)
    ends, begins = "service_scale", "rd_super_2018"
    items = tuple(
        replace(item, in_force=item.policy == begins)
        if item.policy in (ends, begins)
        else item
        for item in told.items
        if item.policy != "xjr_2026"
    )

    found = compared(memory, sheet, replace(told, items=items), TOMORROW)

    assert found is not None
    assert [p for p, _ in found.begun] == [begins]
    assert {p for p, _ in found.ended} == {ends, "xjr_2026"}
    assert found.moved == ()
    assert not found.is_empty


def test_what_is_noted_holds_no_value(memory: Memory) -> None:
    """A visit keeps hashes of facts: 1200 万元 are 120000000 fen."""
    look(memory, MORNING)

    with memory.transaction() as conn:
        row = conn.execute("select states::text from visit").fetchone()
    assert row is not None
    assert "120000000" not in row[0]
    assert "revenue@2025" in row[0]
