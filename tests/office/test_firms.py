# SPDX-License-Identifier: Apache-2.0
"""Whom is meant, what is held of them, what was decided, what is written out."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl
import pytest

from ceyuan.facts.store import Damaged
from ceyuan.kernel import UNKNOWN, UsageError
from ceyuan.office import identities
from ceyuan.office.firms import Firm, find_firm
from ceyuan.office.memory import Memory, open_memory
from tests.office.town_by_hand import AS_OF, code, name, org, services

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="经办人甲") as opened:
        services(opened)
        yield opened


def test_firm_is_found_by_code_name_and_part_of_its_name(memory: Memory) -> None:
    reading = memory.reading(AS_OF)
    two = Firm(org(2), code(2), name(2))

    for said in (code(2), code(2).lower(), name(2), "业002"):
        assert find_firm(reading, said) == two


def test_firm_that_is_none_or_several_is_refused_with_those_near(
    memory: Memory,
) -> None:
    reading = memory.reading(AS_OF)

    with pytest.raises(UsageError, match="several firms") as several:
        find_firm(reading, "合成企业")
    with pytest.raises(UsageError, match="no such firm") as none:
        find_firm(reading, "合成企亚002")
    with pytest.raises(UsageError, match="nothing is recorded"):
        find_firm(reading, code(77))
    with pytest.raises(UsageError):
        find_firm(reading, "")

    assert several.value.hint.split("；") == [
        f"{name(n)} {code(n)}" for n in (1, 2, 3, 4)
    ]
    assert name(2) in none.value.hint


def test_firm_is_found_by_the_code_it_had_and_the_one_it_has(memory: Memory) -> None:
    identities.recode(memory, code(2), code(8), since=date(2026, 1, 1), reason="换证")
    reading = memory.reading(AS_OF)

    assert find_firm(reading, code(2)).org == find_firm(reading, code(8)).org


def test_decision_with_a_damaged_file_is_not_told(memory: Memory) -> None:
    from ceyuan.office.deciding import stored
    from ceyuan.office.running import run

    made = run(memory, as_of=AS_OF)
    part = made.parts["firm"][0]
    memory.shelf.path(part).unlink()

    with pytest.raises(Damaged) as caught:
        stored(memory, code(2), made.id)

    assert part.name in caught.value.message


def test_decision_of_a_firm_that_was_not_decided_is_refused(memory: Memory) -> None:
    from ceyuan.office.deciding import stored
    from ceyuan.office.running import run
    from tests.office.town_by_hand import add

    made = run(memory, as_of=AS_OF)
    add(memory, "park", [{"firm": 6, "year": 2025, "revenue": 1}])

    with pytest.raises(UsageError):
        stored(memory, code(6), made.id)
    with pytest.raises(UsageError):
        stored(memory, code(2), made.id, policy="service_scales")


def test_decision_is_told_clause_by_clause(memory: Memory) -> None:
    from ceyuan.office.deciding import decision_json, stored
    from ceyuan.office.running import run

    made = run(memory, as_of=AS_OF)

    told = decision_json(stored(memory, code(4), made.id, policy="service_scale"))

    assert told["policies"] == [
        {
            "policy": "service_scale",
            "outcome": "unknown",
            "amount_fen": None,
            "hangs_on_disagreement": False,
            "clauses": {"legal_person": "met", "above_line": "open"},
            "revisions": [],
        }
    ]
    assert (told["code"], told["name"], told["synthetic"]) == (code(4), name(4), True)


def test_held_shows_what_each_source_states_the_best_first(memory: Memory) -> None:
    from ceyuan.office.holding import held_of
    from tests.office.town_by_hand import WAN, state

    state(memory, 2, "revenue", UNKNOWN, year=2025, source="firm")
    state(memory, 2, "assets", Fraction(1, 3), year=2025)

    facts = {f.attribute: f for f in held_of(memory, code(2), as_of=AS_OF).facts}

    revenue, assets = facts["revenue"], facts["assets"]
    assert [(s.source, s.value) for s in revenue.stated] == [
        ("tax", Fraction(1200 * WAN)), ("firm", UNKNOWN),
    ]  # fmt: skip
    assert (revenue.value, revenue.differs) == (Fraction(1200 * WAN), False)
    assert [(s.source, s.value) for s in assets.stated] == [
        ("ruling", Fraction(1, 3)), ("firm", Fraction(5 * WAN)),
    ]  # fmt: skip
    assert not assets.differs


@pytest.mark.parametrize("delta", [False, True])
def test_export_writes_what_is_held_with_the_mark_of_invention(
    memory: Memory, tmp_path: Path, delta: bool
) -> None:
    from ceyuan.office.exporting import export
    from tests.office.town_by_hand import WAN

    folder = tmp_path / "out"

    assert export(memory, "firm", folder, as_of=AS_OF, delta=delta) == 4
    files = list(folder.glob("*.parquet"))
    held = pl.concat([pl.read_parquet(f) for f in files]).sort("name")
    assert held.select("code", "revenue@2025", "gb_section", "synthetic").rows() == [
        (code(1), 1200 * WAN, "M", True),
        (code(2), 1200 * WAN, "M", True),
        (code(3), 1200 * WAN, "M", True),
        (code(4), None, "M", True),
    ]
    with pytest.raises(UsageError, match="not empty"):
        export(memory, "firm", folder, as_of=AS_OF)
