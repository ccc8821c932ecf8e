# SPDX-License-Identifier: Apache-2.0
"""What everybody may know of a firm: name, code, published titles; and nothing else."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ceyuan.facts.store.columns import MARK
from ceyuan.office.memory import open_memory
from ceyuan.office.public_firms import MOST, PublicFirm, Title, directory, forget
from tests.office.town_by_hand import AS_OF, WAN, add, code, name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

SINCE, UNTIL = date(2024, 6, 1), date(2027, 5, 31)


@pytest.fixture(name="memory")
def _memory(office_folder: Path) -> Iterator[Memory]:
    forget()
    with open_memory(office_folder, actor="public") as memory:
        yield memory
    forget()


def certificate(
    firm: int, since: date, until: date | None, **more: object
) -> dict[str, object]:
    return {
        "firm": firm, "key": f"hnte{MARK}{since}", "certificate": "hnte",
        "issued_on": since, "valid_until": until, "certificate_number": f"GR{firm}",
        "valid_from": since, "valid_to": until, **more,
    }  # fmt: skip


def registered(memory: Memory, *firms: int) -> None:
    add(memory, "registry", [{"firm": n, "is_legal_person": True} for n in firms])


def found(memory: Memory, said: str) -> tuple[PublicFirm, ...]:
    return directory(memory, AS_OF).find(said).firms


TITLE = Title("hnte", "高新技术企业", "high-tech enterprise", "GR1", SINCE, UNTIL)


def test_a_firm_is_found_by_code_and_by_name_with_its_published_titles(
    memory: Memory,
) -> None:
    registered(memory, 1, 2)
    add(memory, "certificates", [certificate(1, SINCE, UNTIL)], record="certificate")
    one = PublicFirm(code(1), name(1), (TITLE,))

    wide = code(1).lower().translate({n: n + 0xFEE0 for n in range(48, 58)})

    assert [(one,)] * 4 == [
        found(memory, said) for said in (code(1), wide, name(1), "企业001")
    ]


def test_who_is_in_no_public_source_is_not_found(memory: Memory) -> None:
    add(memory, "park", [{"firm": 3, "employees": 1200}])
    add(memory, "firm", [{"firm": 4, "employees": 1200}])
    registered(memory, 1)

    assert [()] * 4 == [
        found(memory, said) for said in (code(3), name(3), code(4), name(4))
    ]


def test_a_title_that_the_firm_claims_itself_is_not_told(memory: Memory) -> None:
    registered(memory, 1)
    add(memory, "firm", [certificate(1, SINCE, UNTIL)], record="certificate")

    assert (PublicFirm(code(1), name(1), ()),) == found(memory, code(1))


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [
        (date(2024, 1, 1), AS_OF, True),
        (date(2024, 1, 1), date(2026, 11, 20), False),
        (AS_OF, None, True),
        (date(2026, 11, 22), None, False),
    ],
)
def test_a_title_is_told_from_its_first_day_to_its_last(
    memory: Memory, since: date, until: date | None, holds: bool
) -> None:
    registered(memory, 1)
    add(memory, "certificates", [certificate(1, since, until)], record="certificate")

    assert holds == bool(found(memory, code(1))[0].titles)


def test_a_title_that_was_withdrawn_is_not_told(memory: Memory) -> None:
    registered(memory, 1)
    add(
        memory,
        "certificates",
        [certificate(1, SINCE, UNTIL, withdrawn_on=date(2026, 5, 1))],
        record="certificate",
    )

    assert () == found(memory, code(1))[0].titles


def test_nothing_that_is_private_is_in_what_was_found(memory: Memory) -> None:
    registered(memory, 1)
    add(memory, "tax", [{"firm": 1, "year": 2025, "revenue": 1234 * WAN}])
    add(memory, "certificates", [certificate(1, SINCE, UNTIL)], record="certificate")

    told = repr(directory(memory, AS_OF).find(code(1)))
    kept = directory(memory, AS_OF)

    assert "1234" not in told
    assert ["org", "code", "name", "plain"] == kept.firms.columns
    assert 1 == kept.titles.height


@pytest.mark.parametrize("said", ["", "合", " ", "%", "91", "没有这家"])
def test_nobody_is_found_by_almost_nothing(memory: Memory, said: str) -> None:
    registered(memory, 1)

    # "91" is two signs, and in no name.
    assert () == found(memory, said)


def test_a_search_is_no_list(memory: Memory) -> None:
    registered(memory, *range(1, MOST + 4))

    told = directory(memory, AS_OF).find("合成")

    assert (MOST, 3, MOST + 3) == (len(told.firms), told.more, told.total)


def test_the_directory_is_made_anew_when_records_come(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ceyuan.office import public_firms

    monkeypatch.setattr(public_firms._KEPT, "_seconds", 0)
    registered(memory, 1)
    before = found(memory, name(2))
    registered(memory, 2)

    assert ((), 1) == (before, len(found(memory, name(2))))
