# SPDX-License-Identifier: Apache-2.0
"""Firm sheets: the run's own answers, kept, made anew where a ruling came after."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.conninfo import make_conninfo

from ceyuan.facts.store import Damaged, Part, find_snapshot, of_snapshot
from ceyuan.kernel import ABSENT, UNKNOWN, State, UsageError
from ceyuan.office import identities
from ceyuan.office.checkup import FirmCheck, check_firm
from ceyuan.office.correcting import claim, revisions, rule_on
from ceyuan.office.deciding import stored
from ceyuan.office.disagreements import disagreements
from ceyuan.office.firm_finding import find_firms
from ceyuan.office.firm_making import asked_by
from ceyuan.office.firm_sheets import (
    forget_sheets,
    is_behind,
    kept_sheet,
    make_sheet,
    make_sheets,
    region_of,
    sheet_of,
)
from ceyuan.office.firms import Firm
from ceyuan.office.memory import Memory, open_memory
from ceyuan.office.parameters import typed_settings
from ceyuan.office.running import deciding, read_exact, run
from ceyuan.office.runs import find
from ceyuan.office.towns import make, take_in
from ceyuan.policies import CODES, facts_of
from tests.database import MADE, NUMBERS, execute
from tests.office.town_by_hand import (
    AS_OF,
    WAN,
    add,
    another,
    code,
    name,
    org,
    services,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.firm_sheet_model import FirmSheet
    from ceyuan.policies import Decision

REVENUE = ("revenue", 2025)
SCALE = "service_scale"
FIRMS = 25


@pytest.fixture(name="city", scope="module")
def _city(
    database_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Memory]:
    """Give an invented city of some firms, decided; nobody writes into it but sheets."""
    base = f"sheets{next(NUMBERS)}"
    execute(database_server, f"CREATE DATABASE {base} TEMPLATE {MADE}")
    folder = tmp_path_factory.mktemp("city")
    url = make_conninfo(database_server, dbname=base)
    with open_memory(folder, actor="tester", url=url) as memory:
        take_in(memory, make(folder / "城", firms=FIRMS, seed=7))
        said = ("service_scale.reward_offered=是",)
        settings = typed_settings(memory.region, said)
        run(memory, as_of=AS_OF, settings=settings, said=said)
        yield memory
    execute(database_server, f"DROP DATABASE {base} WITH (FORCE)")


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="经办人甲") as opened:
        services(opened)
        yield opened


def sheets(memory: Memory) -> dict[int, FirmSheet]:
    """Return all sheets of the last run, as they are kept."""
    with memory.transaction() as conn:
        orgs = [row[0] for row in conn.execute("select org from firm_sheet")]
    return {one: kept for one in orgs if (kept := kept_sheet(memory, one))}


def correct(memory: Memory, firm: int, value: Fraction, key: Any = REVENUE) -> Any:
    """Accept that a firm's figure is another one."""
    who = Firm(org(firm), code(firm), name(firm))
    made = claim(memory, who, key, value, reason="审计", as_of=AS_OF)
    return rule_on(
        another(memory), made.id, accepted=True, reason="已核对", as_of=AS_OF
    )


def reported(decision: Decision) -> Decision:
    """Return the answer that a run keeps: of several choices the best one."""
    if not decision.variants:
        return decision
    return min(decision.variants.values(), key=lambda one: CODES[one.outcome])


def states(decision: Decision) -> dict[str, str]:
    words = {True: "met", False: "not_met", UNKNOWN: "open"}
    return {clause: words[answer] for clause, answer in decision.clauses.items()}


# --- the same numbers ----------------------------------------------------------------


def test_sheets_of_a_city_say_what_the_run_kept(city: Memory) -> None:
    make_sheets(city)

    kept = sheets(city)

    assert len(kept) == FIRMS
    for sheet in kept.values():
        told = stored(city, sheet.code, "last")
        assert (sheet.code, sheet.name) == (told.firm.code, told.firm.name)
        assert sheet.policies == tuple(one.rule.id for one in told.answers)
        for one in told.answers:
            decision = reported(sheet.check.decisions[one.rule.id])
            assert (str(decision.outcome or "refused"), decision.amount) == (
                one.outcome,
                one.amount,
            )
            asked = {c.id: c.state for c in one.clauses if c.id in decision.clauses}
            assert asked == states(decision)


def test_sheet_has_the_facts_that_were_decided_on_and_more(city: Memory) -> None:
    told = find(city, "last")
    with city.transaction() as conn:
        snapshot = find_snapshot(conn, told.snapshot)
        reading = of_snapshot(conn, city.shelf, snapshot, as_of=told.as_of)
    ready = deciding(
        city.declared, city.kinds, reading, "firm", as_of=told.as_of,
        base_year=told.base_year, settings={},
    )  # fmt: skip
    assert ready is not None
    held = ready.held(reading, None)
    exact = read_exact(ready, held)

    absences = 0
    for row, one in enumerate(held.ids["org"]):
        sheet = sheet_of(city, one)
        read = exact.get(row) or facts_of(
            held.frame, row, ready.plan.facts, held.linked
        )
        same = {key: sheet.facts.values.get(key) for key in read.values}
        assert read.values == same
        assert read.linked == sheet.facts.linked
        absences += sum(v is ABSENT for v in same.values())
    # The city has young firms: years before they were founded are absent.
    assert absences


def test_who_states_a_fact_is_who_was_believed(city: Memory) -> None:
    for sheet in sheets(city).values():
        for key, value in sheet.facts.values.items():
            if not isinstance(value, State):
                assert sheet.stated[key].value == value
        who = Firm(sheet.org, sheet.code, sheet.name)
        known_at = find(city, "last").known_at
        listed = disagreements(city, as_of=AS_OF, known_at=known_at, firm=who)
        differ = {key for key, one in sheet.stated.items() if one.differs}
        assert {(d.attribute, d.year) for d in listed.shown} == differ


def test_check_is_that_of_a_check_up(city: Memory) -> None:
    for sheet in list(sheets(city).values())[:5]:
        region = region_of(city, sheet)
        asked = asked_by(
            region, sheet.policies, as_of=sheet.as_of, year=sheet.year,
            settings=sheet.settings,
        )  # fmt: skip
        once = FirmCheck(sheet.check.row, sheet.facts, sheet.year)
        check_firm(
            once, asked.rules, region, as_of=sheet.as_of, settings=asked.settings
        )

        for policy, move in sheet.check.moves.items():
            assert sheet.steps[policy][0] == move
            assert len(sheet.steps[policy]) <= 3
        moves = {p: replace(m, turns=()) for p, m in sheet.check.moves.items()}
        assert replace(sheet.check, moves=moves) == once


def test_sheets_made_in_bulk_are_those_made_singly(city: Memory) -> None:
    make_sheets(city, anew=True)
    bulk = sheets(city)
    told = find(city, "last")

    assert list(bulk.values())[:3] == [
        make_sheet(city, told, one) for one in list(bulk)[:3]
    ]


def test_steps_tell_what_else_they_turn(city: Memory) -> None:
    gains = [
        move.turns
        for sheet in sheets(city).values()
        for steps in sheet.steps.values()
        for move in steps
    ]

    assert any(gains)


# --- kept, and found again -----------------------------------------------------------


def test_sheets_are_made_once_and_go_on_where_they_stopped(memory: Memory) -> None:
    made = run(memory, as_of=AS_OF)
    first = make_sheets(memory, orgs=[org(2), org(3)])
    seen: list[tuple[int, int]] = []

    rest = make_sheets(memory, progress=lambda *told: seen.append(told))

    assert (first.run, first.firms, first.made) == (made.id, 2, 2)
    assert (rest.firms, rest.made) == (4, 2)
    assert seen[-1] == (4, 4)
    assert make_sheets(memory).made == 0
    assert make_sheets(memory, anew=True).made == 4


def test_firm_is_meant_by_code_name_part_or_number(memory: Memory) -> None:
    run(memory, as_of=AS_OF)
    sheet = sheet_of(memory, org(2))

    assert (sheet.code, sheet.name, sheet.year) == (code(2), name(2), 2025)
    for said in (code(2), code(2).lower(), name(2), "企业002", org(2)):
        assert sheet == sheet_of(memory, said)
    assert sheet == sheet_of(memory, code(2), sheet.run)
    assert sheet == sheet_of(memory, code(2), sheet.run[:-2])


@pytest.mark.parametrize("said", ["没有的企业", "", code(9), org(9)])
def test_firm_that_was_not_decided_has_no_sheet(memory: Memory, said: Any) -> None:
    run(memory, as_of=AS_OF)
    add(memory, "registry", [{"firm": 8, "gb_section": "M"}])

    with pytest.raises(UsageError):
        sheet_of(memory, said)
    with pytest.raises(UsageError):  # imported after the run
        sheet_of(memory, org(8))
    assert sheets(memory) == {}


def test_office_without_a_run_has_no_sheets(memory: Memory) -> None:
    with pytest.raises(UsageError):
        sheet_of(memory, code(2))
    with pytest.raises(UsageError):
        make_sheets(memory)


def test_run_about_no_firm_has_no_sheets(office_folder: Path) -> None:
    with open_memory(office_folder) as memory:
        add(
            memory, "finance", [{"firm": 1, "key": "L1", "loan_product": "lvyue"}],
            record="loan",
        )  # fmt: skip
        run(memory, as_of=AS_OF)

        with pytest.raises(UsageError, match="nothing about firms"):
            make_sheets(memory)


def test_last_run_counts_and_old_sheets_are_forgotten(memory: Memory) -> None:
    first = run(memory, as_of=AS_OF)
    make_sheets(memory)
    correct(memory, 2, Fraction(900 * WAN))
    second = run(memory, as_of=AS_OF)

    assert sheet_of(memory, code(2)).run == second.id
    assert sheet_of(memory, code(2), first.id).run == first.id
    assert forget_sheets(memory, keep=1) == 4
    assert kept_sheet(memory, org(2), first.id) is None
    assert kept_sheet(memory, org(2), second.id) is not None


def test_sheet_of_another_shape_is_made_again(memory: Memory) -> None:
    run(memory, as_of=AS_OF)
    sheet = sheet_of(memory, code(2))
    with memory.transaction() as conn:
        conn.execute("""update firm_sheet set body = '{"schema": "older"}'""")

    assert kept_sheet(memory, org(2)) is None
    assert sheet == sheet_of(memory, code(2))
    assert sheet == kept_sheet(memory, org(2))


def test_sheets_are_not_made_of_a_file_that_was_altered(memory: Memory) -> None:
    run(memory, as_of=AS_OF)
    with memory.transaction() as conn:
        row = conn.execute("select sha256, size, rows from batch_part").fetchone()
    assert row is not None
    path = memory.shelf.path(Part(bytes(row[0]), row[1], row[2]))
    path.chmod(0o644)
    path.write_bytes(b"x" * row[1])

    with pytest.raises(Damaged):
        make_sheets(memory)
    assert sheets(memory) == {}


# --- corrections ---------------------------------------------------------------------


def test_correction_turns_the_sheet_and_not_the_run(memory: Memory) -> None:
    made = run(memory, as_of=AS_OF)
    make_sheets(memory)
    before = sheet_of(memory, code(2))

    correct(memory, 2, Fraction(900 * WAN))
    assert is_behind(memory, before)
    assert kept_sheet(memory, org(2)) is None
    after = sheet_of(memory, code(2))

    assert (before.revised, before.check.decisions[SCALE].outcome) == (0, "eligible")
    assert after.revised > 0
    assert after.check.decisions[SCALE].outcome == "ineligible"
    assert after.facts.value(*REVENUE) == 900 * WAN
    stated = after.stated[REVENUE]
    assert (stated.source, stated.differs) == ("ruling", False)
    assert [one.source for one in stated.others] == ["tax", "firm"]
    # What a revision says, policy by policy, the sheet says too.
    for one in revisions(memory, made, org(2)):
        decision = reported(after.check.decisions[one.policy])
        assert (str(decision.outcome), decision.amount) == (
            one.after["outcome"],
            one.after["amount"],
        )
    assert after == kept_sheet(memory, org(2))
    assert not is_behind(memory, after)
    # Nobody else's sheet is behind.
    assert sorted(sheets(memory)) == sorted(org(n) for n in (1, 2, 3, 4))


def test_correction_that_turns_no_policy_still_shows(memory: Memory) -> None:
    made = run(memory, as_of=AS_OF)
    make_sheets(memory)

    correct(memory, 2, Fraction(1300 * WAN))

    assert revisions(memory, made, org(2)) == []
    assert sheet_of(memory, code(2)).facts.value(*REVENUE) == 1300 * WAN
    assert make_sheets(memory).made == 0


def test_bulk_makes_again_what_is_behind(memory: Memory) -> None:
    run(memory, as_of=AS_OF)
    make_sheets(memory)
    correct(memory, 2, Fraction(900 * WAN))
    correct(memory, 3, Fraction(10, 3))

    assert make_sheets(memory).made == 2
    bulk = sheets(memory)
    assert bulk[org(3)].facts.value(*REVENUE) == Fraction(10, 3)
    told = find(memory, "last")
    assert bulk == {one: make_sheet(memory, told, one) for one in bulk}


def test_ruling_that_nobody_knows_leaves_the_fact_out(memory: Memory) -> None:
    run(memory, as_of=AS_OF)
    correct(memory, 1, UNKNOWN)  # type: ignore[arg-type]

    sheet = sheet_of(memory, code(1))

    assert REVENUE not in sheet.facts.values
    assert sheet.check.decisions[SCALE].outcome == "unknown"
    assert (sheet.stated[REVENUE].value, sheet.source_of(REVENUE)) == (UNKNOWN, "")


def test_what_was_imported_after_the_run_does_not_come_in(memory: Memory) -> None:
    run(memory, as_of=AS_OF)
    add(memory, "tax", [{"firm": 2, "year": 2025, "revenue": 5 * WAN}])
    add(memory, "statistics", [{"firm": 2, "year": 2025, "employees": 40_00}])
    correct(memory, 2, Fraction(6 * WAN), ("assets", 2025))

    sheet = sheet_of(memory, code(2))

    assert sheet.facts.value(*REVENUE) == 1200 * WAN
    assert ("employees", 2025) not in sheet.facts.values
    assert sheet.facts.value("assets", 2025) == 6 * WAN


def test_absorbed_firm_s_figures_count_after_the_firm_s_own(memory: Memory) -> None:
    """Firm 4 states no revenue; firm 1, which it absorbed, says 1200 万元."""
    add(memory, "firm", [{"firm": 4, "year": 2025, "employees": 7}])
    add(memory, "statistics", [{"firm": 1, "year": 2025, "employees": 9}])
    identities.merge(memory, code(4), code(1), since=AS_OF, reason="吸收合并")
    run(memory, as_of=AS_OF)

    sheet = sheet_of(memory, code(4))

    assert sheet.facts.value(*REVENUE) == 1200 * WAN
    own = sheet.stated["employees", 2025]
    assert [one.source for one in own.by] == ["firm", "statistics"]
    assert own.value == sheet.facts.value("employees", 2025)
    assert not own.differs


def test_older_sheet_does_not_take_a_newer_one_s_place(memory: Memory) -> None:
    from ceyuan.office.firm_sheets import _keep, _row

    run(memory, as_of=AS_OF)
    old = sheet_of(memory, code(2))
    correct(memory, 2, Fraction(900 * WAN))
    new = sheet_of(memory, code(2))

    _keep(memory, [_row(old)])

    assert new == kept_sheet(memory, org(2))


def test_two_that_make_the_same_sheet_at_once_keep_one(
    memory: Memory, office_folder: Path
) -> None:
    run(memory, as_of=AS_OF)
    with (
        open_memory(office_folder) as one,
        open_memory(office_folder) as other,
        ThreadPoolExecutor(2) as pool,
    ):
        made = list(pool.map(lambda m: sheet_of(m, code(2)), [one, other]))

    assert made[0] == made[1]
    with memory.transaction() as conn:
        assert conn.execute("select count(*) from firm_sheet").fetchone() == (1,)


# --- nothing personal ----------------------------------------------------------------


def personal(memory: Memory, record: str, attribute: str) -> Memory:
    """Return the memory with an attribute declared personal."""
    kind = memory.kinds[record]
    said = kind.attributes[attribute].model_copy(update={"sensitivity": "personal"})
    changed = replace(kind, attributes={**kind.attributes, attribute: said})
    return replace(memory, kinds={**memory.kinds, record: changed})


def test_personal_attribute_is_in_no_sheet(memory: Memory) -> None:
    number, day = "13800001111", "2024-06-01"
    add(memory, "firm", [{"firm": 2, "contact_number": number}])
    add(
        memory,
        "certificates",
        [{"firm": 2, "key": "hnte", "certificate": "hnte", "issued_on": AS_OF.replace(
            year=2024, month=6, day=1)}],
        record="certificate",
    )  # fmt: skip
    told = run(memory, as_of=AS_OF)
    for single in (True, False):
        for who, leaks in (
            (memory, True),
            (
                personal(
                    personal(memory, "firm", "contact_number"),
                    "certificate",
                    "issued_on",
                ),
                False,
            ),
        ):
            if single:
                make_sheet(who, told, org(2))
            else:
                make_sheets(who, anew=True)
            with memory.transaction() as conn:
                row = conn.execute(
                    "select body from firm_sheet where org = %s", (org(2),)
                ).fetchone()
            assert row is not None
            text = json.dumps(row[0])
            # Declared otherwise, both would stand there: there is what could leak.
            assert [leaks] * 3 == [w in text for w in (number, day, "contact_number")]


# --- searched ------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [True, False])
def test_firms_are_found_by_a_part_the_nearest_first(
    memory: Memory, *, kept: bool
) -> None:
    run(memory, as_of=AS_OF)
    if kept:
        make_sheets(memory)
    every = [Firm(org(n), code(n), name(n)) for n in (1, 2, 3, 4)]

    assert find_firms(memory, "合成企业") == every
    assert find_firms(memory, "企业００３") == [every[2]]
    assert find_firms(memory, f" {code(4).lower()} ") == [every[3]]
    assert find_firms(memory, "合成", limit=2) == every[:2]
    assert {one.org for one in find_firms(memory, "91319999")} == {o.org for o in every}
    for nothing in ("", "  ", "%", "没有"):
        assert find_firms(memory, nothing) == []


def test_firms_are_found_where_only_some_sheets_are_made(memory: Memory) -> None:
    run(memory, as_of=AS_OF)
    sheet_of(memory, code(2))

    assert [one.org for one in find_firms(memory, "企业003")] == [org(3)]
    with pytest.raises(UsageError):
        find_firms(memory, "企业", run="r19990101-0")
