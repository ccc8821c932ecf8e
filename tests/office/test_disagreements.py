# SPDX-License-Identifier: Apache-2.0
"""Where sources differ: what is listed, of whom, and how much of it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import UsageError
from ceyuan.office.disagreements import Disagreement, disagreements
from ceyuan.office.firms import Firm
from ceyuan.office.memory import Memory, open_memory
from tests.office.town_by_hand import AS_OF, WAN, add, code, name, org, services

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="经办人甲") as opened:
        services(opened)
        yield opened


def firm(number: int) -> Firm:
    return Firm(org(number), code(number), name(number))


def revenue(number: int, wan: int) -> Disagreement:
    return Disagreement(
        firm(number), "", "revenue", 2025,
        "tax", Fraction(1200 * WAN), "firm", Fraction(wan * WAN),
    )  # fmt: skip


def test_disagreements_name_both_values_and_the_better_source(memory: Memory) -> None:
    found = disagreements(memory, as_of=AS_OF)

    assert set(found.shown) == {revenue(2, 900), revenue(3, 1500)}
    assert [d.firm.org for d in found.shown] == sorted([org(2), org(3)])
    assert (found.counts, found.subjects, found.total) == ({"revenue": 2}, 2, 2)
    assert found.synthetic is True
    assert revenue(2, 900).as_json() == {
        "code": code(2),
        "name": "合成企业002",
        "key": "",
        "attribute": "revenue",
        "year": 2025,
        "best": {"source": "tax", "value": 1200 * WAN},
        "other": {"source": "firm", "value": 900 * WAN},
    }


def test_disagreements_of_one_firm_one_attribute_and_a_limit(memory: Memory) -> None:
    add(memory, "park", [{"firm": 2, "year": 2025, "assets": 9 * WAN}])

    mine = disagreements(memory, as_of=AS_OF, firm=firm(2))
    assets = disagreements(memory, as_of=AS_OF, attribute="assets")
    one = disagreements(memory, as_of=AS_OF, limit=1)
    none = disagreements(memory, as_of=AS_OF, limit=0)

    assert mine.counts == {"assets": 1, "revenue": 1}
    assert [(d.best, d.best_value, d.other_value) for d in assets.shown] == [
        ("firm", Fraction(5 * WAN), Fraction(9 * WAN))
    ]
    assert (len(one.shown), one.total, one.subjects) == (1, 3, 2)
    assert (none.shown, none.total) == ((), 3)


def test_disagreement_with_what_a_source_said_before_is_none(memory: Memory) -> None:
    """The firm first said 900, then 1200 as tax does; only the last word counts."""
    add(memory, "firm", [{"firm": 2, "year": 2025, "revenue": 1200 * WAN}])

    assert disagreements(memory, as_of=AS_OF).shown == (revenue(3, 1500),)


def test_better_source_that_said_otherwise_before_is_no_disagreement(
    memory: Memory,
) -> None:
    """Tax said 900 in another file before; what it says now agrees with the firm."""
    add(memory, "tax", [{"firm": 3, "year": 2025, "revenue": 1500 * WAN}])

    assert disagreements(memory, as_of=AS_OF).shown == (revenue(2, 900),)


def test_disagreements_as_of_and_as_known_before(memory: Memory) -> None:
    known = disagreements(memory, as_of=AS_OF)
    with memory.transaction() as conn:
        row = conn.execute("select clock_timestamp()").fetchone()
    assert row is not None
    add(memory, "tax", [{"firm": 2, "year": 2025, "revenue": 900 * WAN}])

    assert disagreements(memory, as_of=AS_OF, known_at=row[0]) == known
    assert disagreements(memory, as_of=AS_OF).shown == (revenue(3, 1500),)
    assert disagreements(memory, as_of=date(2024, 12, 31)).total == 0


def test_disagreements_of_days_flags_and_codes(memory: Memory) -> None:
    for source, day, listed, section in (
        ("registry", date(2015, 1, 1), True, "M"),
        ("park", date(2015, 1, 2), False, "I"),
    ):
        add(memory, source, [{"firm": 1, "reg_date": day, "is_listed": listed, "gb_section": section}])  # fmt: skip

    found = disagreements(memory, as_of=AS_OF, firm=firm(1))

    assert {
        (d.attribute, d.best_value, d.other_value) for d in found.shown
    } == {
        ("reg_date", date(2015, 1, 1), date(2015, 1, 2)),
        ("is_listed", True, False),
        ("gb_section", "M", "I"),
    }  # fmt: skip


def test_disagreements_of_what_does_not_exist_are_refused(memory: Memory) -> None:
    with pytest.raises(UsageError):
        disagreements(memory, as_of=AS_OF, record="firms")
    with pytest.raises(UsageError):
        disagreements(memory, as_of=AS_OF, attribute="revenues")
