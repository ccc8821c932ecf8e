# SPDX-License-Identifier: Apache-2.0
"""The check-up: what each firm of the invented park is told, and why."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ceyuan.declarations import load_region
from ceyuan.kernel import Problem, UsageError
from ceyuan.office import check_table, checkup
from ceyuan.office.inputs import read_input
from ceyuan.policies import Outcome
from tests.park import DAY, NAMES, ROWS, SAVED, USCCS, changed, check_park

if TYPE_CHECKING:
    from pathlib import Path

SME = "tech_sme_2017"
TRANSFER = "tech_transfer_cit"


def test_check_table_park_gives_each_firm_its_answer(tmp_path: Path) -> None:
    found = check_park(tmp_path / "park.csv")

    assert [
        (f.row.row, f.row.name, f.row.uscc, f.decisions[SME].outcome, f.amount)
        for f in found.firms
    ] == [
        (2, NAMES[0], USCCS[0], Outcome.ELIGIBLE, SAVED),
        (3, NAMES[1], USCCS[1], Outcome.UNKNOWN, 0),
        (4, NAMES[2], USCCS[2], Outcome.INELIGIBLE, 0),
        (5, NAMES[3], USCCS[3], Outcome.INELIGIBLE, 0),
        (6, NAMES[4], USCCS[4], Outcome.UNKNOWN, 0),
        (7, NAMES[5], USCCS[5], Outcome.UNKNOWN, 0),
    ]
    assert [f.decisions[TRANSFER].outcome for f in found.firms] == [
        Outcome.ELIGIBLE,
        *[Outcome.NOT_APPLICABLE] * 5,
    ]
    assert found.year == 2025
    assert found.is_full


def test_check_table_only_declarations_missing_stands_apart_to_confirm(
    tmp_path: Path,
) -> None:
    found = check_park(tmp_path / "park.csv")

    # The residence follows from the credit code (91: registered at home).
    declared = ("abnormal_or_dishonest", "prohibited_product", "violation_or_accident")
    assert [f.to_confirm for f in found.firms] == [
        {},
        {SME: tuple((name, None) for name in declared)},
        *[{}] * 4,
    ]


def test_check_table_declaration_and_figure_missing_is_not_to_confirm(
    tmp_path: Path,
) -> None:
    found = check_park(tmp_path / "park.csv", changed(3, "职工总数（人）", ""))

    firm = found.firms[1]
    assert firm.decisions[SME].outcome is Outcome.UNKNOWN
    assert firm.to_confirm == {}


def test_check_table_what_an_office_has_to_say_is_not_to_confirm(
    tmp_path: Path,
) -> None:
    found = check_park(tmp_path / "park.csv", changed(4, "是否高企", ""))

    # 52 points; a certificate would confirm directly, but no signature makes one.
    firm = found.firms[2]
    assert firm.decisions[SME].outcome is Outcome.UNKNOWN
    assert firm.decisions[SME].missing == {("hnte_valid", None)}
    assert firm.to_confirm == {}


def test_check_table_declaration_that_opens_an_amount_tells_it(tmp_path: Path) -> None:
    found = check_park(tmp_path / "park.csv", changed(2, "技术转让所得单独核算", ""))

    firm = found.firms[0]
    assert firm.decisions[TRANSFER].amount is None
    assert firm.to_confirm == {TRANSFER: (("transfer_separate_accounts", None),)}
    assert firm.potential == {TRANSFER: SAVED}


def test_check_table_one_failing_clause_is_one_step(tmp_path: Path) -> None:
    found = check_park(tmp_path / "park.csv")

    # 501 staff fails one clause. 52 points could be cured by two clauses, the score
    # or a ground of its own, so that is no single step.
    assert [f.one_step for f in found.firms] == [
        {},
        {},
        {},
        {SME: "size_staff"},
        {},
        {},
    ]


def test_check_table_two_failing_clauses_are_not_one_step(tmp_path: Path) -> None:
    found = check_park(tmp_path / "park.csv", changed(5, "是否经营异常", "是"))

    firm = found.firms[3]
    assert firm.decisions[SME].failing == ("size_staff", "lists", "direct")
    assert firm.one_step == {}


def test_check_table_failing_firm_gets_the_lightest_verified_move(
    tmp_path: Path,
) -> None:
    found = check_park(tmp_path / "park.csv")

    # 52 points: R&D of 4 % of sales, 40 万元, gives 30 instead of 20: 62 points.
    moves = {f.row.row: f.moves[SME] for f in found.firms if SME in f.moves}
    assert {
        row: [(s.fact, s.year, s.before, s.after) for s in move.shifts]
        for row, move in moves.items()
    } == {
        4: [("rd_expense", 2025, 30_000_000, 40_000_000)],
        5: [("employees", 2025, 501, 500)],
    }
    assert {m.outcome for m in moves.values()} == {Outcome.ELIGIBLE}


def test_check_table_data_that_contradict_are_refused_with_their_row(
    tmp_path: Path,
) -> None:
    path = tmp_path / "projects.csv"
    path.write_text(
        "项目名称,直接费用（万元）,设备购置费（万元）\n虚构项目甲,100,130\n虚构项目乙,100,30\n",
        encoding="utf-8",
    )
    region, day = load_region(), date.fromisoformat(DAY)
    _, table = read_input(path, region=region, as_of=day, subject="project")

    found = check_table(table, region, as_of=day, subject="project")

    assert [f.decisions["indirect_cost_2021"].outcome is None for f in found.firms] == [
        True,
        False,
    ]
    rule = region.rule("indirect_cost_2021").said
    assert found.problems == [
        Problem(
            code="R301",
            message=f"{rule.zh}：{rule.checks['equipment_within'].zh}",
            mend=rule.checks["equipment_within"].mend.zh,
            file="projects.csv",
            sheet="projects",
            row=2,
        )
    ]


def test_check_table_unknown_policy_is_refused_with_the_near_miss(
    tmp_path: Path,
) -> None:
    with pytest.raises(UsageError) as caught:
        check_park(tmp_path / "park.csv", policies=["tech_sme_2071"])

    assert "tech_sme_2071" in caught.value.message
    assert "tech_sme_2017" in caught.value.hint


def test_check_table_many_rows_by_columns_gives_the_interpreters_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_by_one = check_park(tmp_path / "park.csv", policies=())
    monkeypatch.setattr(checkup, "FULL_ROWS", len(ROWS) - 1)

    in_columns = check_park(tmp_path / "park.csv", policies=())

    assert (one_by_one.is_full, in_columns.is_full) == (True, False)
    for left, right in zip(one_by_one.firms, in_columns.firms, strict=True):
        told = {
            policy: (d.outcome, d.amount, d.clauses)
            for policy, d in left.decisions.items()
        }
        assert told == {
            policy: (d.outcome, d.amount, d.clauses)
            for policy, d in right.decisions.items()
        }


def test_firm_is_found_by_code_name_row_or_part_of_a_name(tmp_path: Path) -> None:
    found = check_park(tmp_path / "park.csv")

    assert [f.row.row for f in found.firm(USCCS[2])] == [4]
    assert [f.row.row for f in found.firm(NAMES[2])] == [4]
    assert [f.row.row for f in found.firm("昉栩")] == [4]
    assert [f.row.row for f in found.firm("4")] == [4]
    assert [f.row.row for f in found.firm("（虚构）")] == [2, 3, 4, 5, 6, 7]
    assert found.firm("没有这家") == []
    assert found.firm("") == []
