# SPDX-License-Identifier: Apache-2.0
"""A park's sheet filled in with public data: what is added, and all that is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.facts.columns import ColumnMap
from ceyuan.facts.store.columns import MARK
from ceyuan.facts.table import FactColumn, FactTable, RecordColumn, Row, Source
from ceyuan.kernel import State
from ceyuan.office.checkup import fixed_facts
from ceyuan.office.memory import open_memory
from ceyuan.office.parks_public import fill_public
from tests.office.town_by_hand import AS_OF, WAN, add, code, name, state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

SINCE, UNTIL = date(2024, 6, 1), date(2027, 5, 31)
BY = "公开的数据 发证部门公布"


@pytest.fixture(name="memory")
def _memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="park") as memory:
        yield memory


def sheet(*firms: int, sound: bool = True) -> FactTable:
    """Return a sheet that says of its firms nothing but who they are."""
    rows = [Row("企业", 2 + at, name(n), code(n), sound) for at, n in enumerate(firms)]
    return FactTable(rows, {}, {}, ColumnMap(), [], 2025, "", file="园区.xlsx")


def certificate(firm: int, kind: str = "hnte", **more: Any) -> dict[str, Any]:
    return {
        "firm": firm, "key": f"{kind}{MARK}{SINCE}", "certificate": kind,
        "issued_on": SINCE, "valid_until": UNTIL, "certificate_number": f"GR{firm}",
        "valid_from": SINCE, "valid_to": UNTIL, **more,
    }  # fmt: skip


def patent(firm: int, number: str, **more: Any) -> dict[str, Any]:
    return {
        "firm": firm, "key": number, "application_number": number,
        "patent_type": "invention", "legal_status": "valid",
        "granted_on": date(2023, 1, 1), "valid_from": date(2023, 1, 1), **more,
    }  # fmt: skip


def registered(memory: Memory, *firms: int) -> None:
    add(memory, "registry", [{"firm": n, "is_legal_person": True} for n in firms])


HNTE = {"certificate": "hnte", "issued_on": SINCE, "valid_until": UNTIL}


def test_a_published_certificate_is_added_and_says_who_published_it(
    memory: Memory,
) -> None:
    registered(memory, 1, 2)
    add(memory, "certificates", [certificate(1)], record="certificate")
    table = sheet(1, 2)

    filled = fill_public(memory, table, as_of=AS_OF)

    assert 1 == filled
    column = table.records["certificates"]
    assert [(HNTE,), None] == column.records
    assert (BY, False) == (column.place(0), column.whole(0))
    assert {} == table.columns
    (note,) = table.notes
    assert (
        "R293",
        (
            "1 家企业补上了公开的数据：资质证书 1 条；来源：发证部门公布 "
            "(filled in with public data, firms: 1; Certificate: 1; by issuing authority)"
        ),
    ) == (note.code, note.message)


def test_a_certificate_that_was_withdrawn_or_is_not_known_yet_is_not_added(
    memory: Memory,
) -> None:
    before = add(memory, "certificates", [certificate(2)], record="certificate")
    add(
        memory,
        "certificates",
        [
            certificate(1, withdrawn_on=AS_OF),
            certificate(3, withdrawn_on=date(2026, 11, 22)),
        ],
        record="certificate",
    )
    table, earlier = sheet(1, 2, 3), sheet(1, 2, 3)

    fill_public(memory, table, as_of=AS_OF)
    fill_public(memory, earlier, as_of=AS_OF, known_at=before.known_at)

    assert [None, (HNTE,), (HNTE,)] == table.records["certificates"].records
    assert [None, (HNTE,), None] == earlier.records["certificates"].records


def test_nothing_else_that_the_office_holds_comes_through(memory: Memory) -> None:
    """The office holds more of every kind of thing that is not public."""
    registered(memory, 1, 2, 3, 4)
    secret = date(2023, 3, 3)
    # What the tax office, a fund, a park and the firm itself state.
    add(
        memory,
        "tax",
        [{"firm": 1, "year": 2025, "revenue": 7777 * WAN, "rd_expense": 777 * WAN}],
    )
    add(memory, "finance", [{"firm": 1, "equity_2y": 77 * WAN}])
    add(memory, "park", [{"firm": 1, "is_legal_person": False}])
    add(memory, "firm", [{"firm": 1, "is_legal_person": False}])
    # Certificates and patents that the firm claims, or a bank says: of public
    # attributes, and published by nobody.
    own = certificate(1, "xjr", issued_on=secret, key=f"xjr{MARK}{secret}")
    add(memory, "firm", [own], record="certificate", complete=True)
    add(memory, "finance", [patent(1, "S1", granted_on=secret)], record="patent")
    # What a public source says of an attribute that is not public.
    pledged = patent(1, "P1", pledge_amount=7_777_777 * WAN)
    add(memory, "ip", [pledged], record="patent")
    # What was ruled, and what somebody wrote.
    state(memory, 1, "hnte_valid", True)
    state(memory, 1, "is_legal_person", False)
    # A firm of which nothing public is known.
    add(memory, "firm", [certificate(5)], record="certificate")
    table = sheet(1, 5)

    fill_public(memory, table, as_of=AS_OF)

    patents = ({"patent_type": "invention", "legal_status": "valid", "granted_on": date(2023, 1, 1)},)  # fmt: skip
    assert {} == table.columns
    assert ["patents"] == list(table.records)
    assert [patents, None] == table.records["patents"].records
    assert [False, False] == [table.records["patents"].whole(at) for at in (0, 1)]
    told = repr(table.records) + repr(table.notes)
    for word in ("7777", "777", "xjr", "2023, 3, 3", "P1", "S1", "pledge"):
        assert word not in told, word


def test_what_was_ruled_of_a_certificate_is_not_public(memory: Memory) -> None:
    """A ruling is no publication, though its source outranks every other."""
    registered(memory, 1)
    add(memory, "ruling", [certificate(1)], record="certificate", complete=True)
    table = sheet(1)

    assert 0 == fill_public(memory, table, as_of=AS_OF)
    assert ({}, {}, []) == (table.columns, table.records, table.notes)


def test_only_sound_codes_are_looked_up(memory: Memory) -> None:
    add(memory, "certificates", [certificate(1)], record="certificate")
    doubtful = sheet(1, sound=False)
    wrong = sheet(1)
    wrong.rows[0] = replace(wrong.rows[0], uscc=code(1)[:-1] + "?")

    assert (0, 0) == tuple(
        fill_public(memory, t, as_of=AS_OF) for t in (doubtful, wrong)
    )
    assert ({}, {}) == (doubtful.records, wrong.records)


def test_a_whole_list_says_no_of_firms_that_are_publicly_known_and_of_no_other(
    memory: Memory,
) -> None:
    registered(memory, 1, 2)
    add(memory, "firm", [{"firm": 3, "is_legal_person": True}])
    add(
        memory,
        "certificates",
        [certificate(1)],
        record="certificate",
        complete=frozenset({"hnte"}),
    )
    table = sheet(1, 2, 3, 4)

    fill_public(memory, table, as_of=AS_OF)

    column = table.records["certificates"]
    assert [(HNTE,), (), None, None] == column.records
    whole = frozenset({"hnte"})
    assert [whole, whole, False, False] == [column.whole(at) for at in range(4)]
    assert [BY, BY, "", ""] == [column.place(at) for at in range(4)]
    facts = [fixed_facts(table, at) for at in range(4)]
    assert [((HNTE,), whole), ((), whole)] == [
        f.linked["certificates"] for f in facts[:2]
    ]
    assert [{}, {}] == [f.linked for f in facts[2:]]


def test_a_list_that_the_firm_calls_whole_is_not_whole_for_a_park(
    memory: Memory,
) -> None:
    registered(memory, 1)
    add(memory, "firm", [certificate(1)], record="certificate", complete=True)
    add(memory, "certificates", [certificate(2)], record="certificate")
    table = sheet(1)

    assert 0 == fill_public(memory, table, as_of=AS_OF)
    assert {} == table.records


def test_what_the_sheet_tells_of_stays_and_other_kinds_are_added(
    memory: Memory,
) -> None:
    add(
        memory,
        "certificates",
        [certificate(1), certificate(1, "xjr", key=f"xjr{MARK}{SINCE}")],
        record="certificate",
        complete=frozenset({"hnte", "xjr"}),
    )
    table = sheet(1, 1)
    mine: dict[str, Any] = {
        "certificate": "hnte",
        "issued_on": date(2020, 1, 1),
    }
    table.records["certificates"] = RecordColumn(
        "certificates", [(mine,), ()], file="园区.xlsx", sheet="企业"
    )
    table.columns["hnte_valid", None] = FactColumn(
        ("hnte_valid", None), [False, None], [Source("园区.xlsx", "企业", "F")]
    )

    fill_public(memory, table, as_of=AS_OF)

    column = table.records["certificates"]
    assert [((mine, HNTE | {"certificate": "xjr"})), (HNTE, HNTE | {"certificate": "xjr"})] == [
        tuple(sorted(r or (), key=lambda one: str(one["certificate"]))) for r in column.records
    ]  # fmt: skip
    assert [frozenset({"xjr"}), frozenset({"hnte", "xjr"})] == [
        column.whole(at) for at in (0, 1)
    ]
    assert [f"园区.xlsx 企业；{BY}", BY] == [column.place(at) for at in (0, 1)]
    assert [False, None] == table.columns["hnte_valid", None].values


def test_a_list_of_the_park_that_is_whole_is_left_as_it_is(memory: Memory) -> None:
    add(memory, "certificates", [certificate(1)], record="certificate")
    table = sheet(1)
    table.records["certificates"] = RecordColumn(
        "certificates", [()], complete=True, file="名单.xlsx"
    )

    assert 0 == fill_public(memory, table, as_of=AS_OF)
    assert ([()], "名单.xlsx") == (
        table.records["certificates"].records,
        table.records["certificates"].place(0),
    )


def test_a_fact_of_a_firm_that_a_city_declares_public_fills_a_gap(
    memory: Memory,
) -> None:
    """None is public here; where a city says so, its public sources are read."""
    firm = memory.kinds["firm"]
    open_ = firm.attributes["is_legal_person"].model_copy(
        update={"sensitivity": "public"}
    )
    kind = replace(firm, attributes={**firm.attributes, "is_legal_person": open_})
    city = replace(memory, kinds={**memory.kinds, "firm": kind})
    registered(memory, 1, 2)
    add(memory, "firm", [{"firm": n, "is_legal_person": False} for n in (1, 2, 3)])
    table = sheet(1, 2, 3)
    table.columns["is_legal_person", None] = FactColumn(
        ("is_legal_person", None),
        [None, False, None],
        [Source("园区.xlsx", "企业", "F")],
    )

    assert 1 == fill_public(city, table, as_of=AS_OF)

    column = table.columns["is_legal_person", None]
    assert [True, False, None] == column.values
    assert ["公开的数据 市场监管登记", "园区.xlsx"] == [column.source(at).file for at in (0, 1)]  # fmt: skip
    assert not any(isinstance(value, State) for value in column.values)


def test_many_firms_are_filled_in_as_each_alone(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ceyuan.office import parks_public

    registered(memory, *range(1, 7))
    add(
        memory,
        "certificates",
        [certificate(n) for n in (1, 3, 5)],
        record="certificate",
        complete=frozenset({"hnte"}),
    )
    alone, together = sheet(*range(1, 9)), sheet(*range(1, 9))

    fill_public(memory, alone, as_of=AS_OF)
    monkeypatch.setattr(parks_public, "FEW", 1)
    fill_public(memory, together, as_of=AS_OF)

    assert 3 == sum(bool(r) for r in alone.records["certificates"].records)
    assert alone.records == together.records


def test_sources_that_are_public_are_those_whose_titles_everybody_may_look_up(
    memory: Memory,
) -> None:
    from ceyuan.office.public_firms import ISSUERS, REGISTRY

    public = {name for name, one in memory.records.sources.items() if one.public}

    assert {REGISTRY, ISSUERS, "ip"} == public
