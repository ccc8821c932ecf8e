# SPDX-License-Identifier: Apache-2.0
"""What is held, worked by hand: the corners that the model meets seldom."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from ceyuan.facts.store import records, view
from ceyuan.facts.store.snapshots import flush
from ceyuan.kernel import UNKNOWN
from ceyuan.office import identities
from ceyuan.office.memory import Memory, open_memory
from tests.office.town_by_hand import AS_OF, WAN, add, code, org, state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

REVENUE = ("revenue", 2025)


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="经办人甲") as opened:
        yield opened


def held(memory: Memory, firm: int, *keys: Any, as_of: date = AS_OF) -> list[Any]:
    found = view(
        memory.reading(as_of), memory.kinds["firm"], keys, span=(org(firm),) * 2
    )
    assert found.ids["org"].to_list() == [org(firm)]
    exact = found.exact.get(0, {})
    row = found.frame.row(0, named=True)
    return [
        exact.get(k, row.get(k[0] if k[1] is None else f"{k[0]}@{k[1]}")) for k in keys
    ]


def sealed(memory: Memory) -> None:
    with memory.transaction() as conn:
        flush(conn, memory.shelf, memory.kinds)


def test_later_word_of_a_person_counts_whatever_kind_of_word_it_is(
    memory: Memory,
) -> None:
    for value in (UNKNOWN, Fraction(1, 3), Fraction(5), UNKNOWN, Fraction(2, 3)):
        state(memory, 1, "revenue", value, year=2025)
        expected = None if value is UNKNOWN else value
        assert held(memory, 1, REVENUE) == [expected]
    sealed(memory)
    assert held(memory, 1, REVENUE) == [Fraction(2, 3)]


def test_file_after_a_statement_of_the_same_source_counts_sealed_or_not(
    memory: Memory,
) -> None:
    state(memory, 1, "revenue", Fraction(5), year=2025, source="firm")
    add(memory, "firm", [{"firm": 1, "year": 2025, "revenue": 7}])

    assert held(memory, 1, REVENUE) == [7]
    sealed(memory)
    assert held(memory, 1, REVENUE) == [7]


def test_statements_on_two_firms_that_became_one_count_in_their_order(
    memory: Memory,
) -> None:
    one, two = sorted((1, 2), key=org)
    state(memory, two, "gb_section", "I")
    state(memory, one, "gb_section", "K")
    identities.recode(memory, code(1), code(2), since=date(2026, 6, 1), reason="换码")

    assert held(memory, 1, ("gb_section", None)) == ["K"]
    sealed(memory)
    assert held(memory, 1, ("gb_section", None)) == ["K"]


def test_own_figures_count_before_those_of_an_absorbed_firm_whoever_states_them(
    memory: Memory,
) -> None:
    add(memory, "park", [{"firm": 1, "year": 2025, "revenue": 5}])
    add(
        memory,
        "tax",
        [
            {"firm": 2, "year": 2025, "revenue": 9},
            {"firm": 2, "year": 2024, "revenue": 8},
        ],
    )
    identities.merge(memory, code(1), code(2), since=date(2026, 6, 1), reason="合并")

    # Of 2024 only the absorbed firm's figure is known; of 2025 its own stands.
    assert held(memory, 1, REVENUE) == [5]
    assert held(memory, 1, ("revenue", 2024)) == [8]


def test_value_holds_from_its_first_day_to_its_last(memory: Memory) -> None:
    first, last = date(2026, 2, 1), date(2026, 2, 10)
    add(
        memory,
        "registry",
        [{"firm": 1, "gb_section": "M", "valid_from": date(2020, 1, 1)}],
    )
    add(
        memory,
        "registry",
        [{"firm": 1, "gb_section": "I", "valid_from": first, "valid_to": last}],
    )
    day = timedelta(days=1)

    sections = [
        held(memory, 1, ("gb_section", None), as_of=d)[0]
        for d in (first - day, first, last, last + day)
    ]

    assert sections == ["M", "I", "I", "M"]


def test_merged_firms_are_two_before_the_day_and_one_from_it_on(memory: Memory) -> None:
    day = date(2026, 6, 1)
    add(memory, "registry", [{"firm": n, "gb_section": "M"} for n in (1, 2)])
    identities.merge(memory, code(1), code(2), since=day, reason="合并")

    def orgs(as_of: date) -> list[int]:
        reading = memory.reading(as_of)
        whole = view(reading, memory.kinds["firm"], [("gb_section", None)])
        parts = [
            view(reading, memory.kinds["firm"], [("gb_section", None)], span=span)
            for span in ((-(2**63), -1), (0, org(2) - 1), (org(2), 2**63 - 1))
        ]
        assert [o for p in parts for o in p.ids["org"]] == whole.ids["org"].to_list()
        return list(whole.ids["org"])

    assert orgs(day - timedelta(days=1)) == sorted([org(1), org(2)])
    assert orgs(day) == [org(1)]


def test_conflict_with_a_number_beside_its_column_is_listed(memory: Memory) -> None:
    add(memory, "tax", [{"firm": 1, "year": 2025, "exact": '{"revenue": "1/3"}'}])
    add(memory, "firm", [{"firm": 1, "year": 2025, "revenue": 7}])
    add(memory, "park", [{"firm": 1, "year": 2025, "exact": '{"revenue": "1/3"}'}])

    found = view(memory.reading(AS_OF), memory.kinds["firm"], [REVENUE], conflicts=True)

    assert found.exact == {0: {REVENUE: Fraction(1, 3)}}
    assert found.conflicts.rows() == [(0, "revenue@2025", "tax", "firm", "1/3", "7")]


def test_ruling_that_nobody_knows_settles_a_conflict(memory: Memory) -> None:
    for source, section in (("registry", "M"), ("tax", "I"), ("park", "K")):
        add(memory, source, [{"firm": 1, "gb_section": section}])
    keys = [("gb_section", None)]
    kind = memory.kinds["firm"]
    before = view(memory.reading(AS_OF), kind, keys, conflicts=True)
    state(memory, 1, "gb_section", UNKNOWN)

    after = view(memory.reading(AS_OF), kind, keys, conflicts=True)

    assert sorted(before.conflicts.rows()) == [
        (0, "gb_section", "registry", "park", "M", "K"),
        (0, "gb_section", "registry", "tax", "M", "I"),
    ]
    assert after.conflicts.rows() == []
    assert after.frame["gb_section"].to_list() == [None]


def test_rounding_of_money_is_no_conflict_and_of_heads_is_one(memory: Memory) -> None:
    add(
        memory,
        "tax",
        [{"firm": 1, "year": 2025, "revenue": 123_456_789, "employees": 1049}],
    )
    add(
        memory,
        "firm",
        [{"firm": 1, "year": 2025, "revenue": 123 * WAN, "employees": 1000}],
    )
    keys = [REVENUE, ("employees", 2025)]

    found = view(memory.reading(AS_OF), memory.kinds["firm"], keys, conflicts=True)

    assert [r[1:] for r in found.conflicts.rows()] == [
        ("employees@2025", "tax", "firm", "1049", "1000")
    ]


def test_records_of_a_list_are_told_apart_by_key_and_source(memory: Memory) -> None:
    rows = [
        {"firm": 1, "key": "L1", "loan_amount": 5, "enterprise_classes": ["hnte"]},
        {"firm": 1, "key": "L2", "loan_amount": 6, "valid_to": date(2026, 3, 1)},
    ]
    add(memory, "finance", rows, record="loan")
    add(memory, "firm", [{"firm": 1, "key": "L1", "loan_amount": 9}], record="loan")
    kind, reading = memory.kinds["loan"], memory.reading(AS_OF)

    every = records(reading, kind, only=["loan_amount", "enterprise_classes"])
    holding = records(reading, kind, expired=False, only=["loan_amount"])

    assert every.rows() == [
        (org(1), "L1", 5, ["hnte"]),
        (org(1), "L2", 6, None),
    ]
    assert holding.rows() == [(org(1), "L1", 5)]


def test_view_of_nothing_has_no_rows(memory: Memory) -> None:
    found = view(memory.reading(AS_OF), memory.kinds["firm"], [REVENUE])

    assert (found.ids.height, found.conflicts.height, found.exact) == (0, 0, {})
