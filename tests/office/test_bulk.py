# SPDX-License-Identifier: Apache-2.0
"""A big table: answers in columns, given back as a csv and a small workbook."""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING

import pytest

from ceyuan.declarations import load_region
from ceyuan.kernel import InputRejected, UsageError
from ceyuan.office import bulk, check_table, checkup
from ceyuan.office.inputs import read_input
from ceyuan.office.returned import returned_paths, write_back
from ceyuan.sheets import read_tables
from tests.park import DAY, HEADINGS, POLICIES, ROWS, write_xlsx

if TYPE_CHECKING:
    from pathlib import Path

    from ceyuan.office import Checkup
    from ceyuan.sheets import Book


@pytest.fixture(name="checked")
def _checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Checkup, Book, Path]:
    monkeypatch.setattr(checkup, "FULL_ROWS", len(ROWS) - 1)
    region, day = load_region(), date.fromisoformat(DAY)
    path = write_xlsx(tmp_path / "park.xlsx")
    book, table = read_input(path, region=region, as_of=day)
    found = check_table(table, region, as_of=day, policies=POLICIES)
    return found, book, tmp_path


def test_returned_paths_follow_the_number_of_firms(
    checked: tuple[Checkup, Book, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, book, folder = checked

    assert returned_paths(found, book, folder) == (folder / "park.体检.xlsx",)
    monkeypatch.setattr(bulk, "LARGE_ROWS", len(ROWS) - 1)
    assert returned_paths(found, book, folder) == (
        folder / "park.体检.csv",
        folder / "park.体检汇总.xlsx",
    )


def test_write_back_big_table_gives_a_csv_and_the_sheets_beside_it(
    checked: tuple[Checkup, Book, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, book, folder = checked
    monkeypatch.setattr(bulk, "LARGE_ROWS", len(ROWS) - 1)
    rows_at, sheets_at = returned_paths(found, book, folder)

    write_back(found, book, rows_at)

    with rows_at.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    wide = len(HEADINGS)
    assert [row[:wide] for row in rows] == [
        ["" if v is None else str(v) for v in row] for row in (HEADINGS, *ROWS)
    ]
    assert [row[wide:] for row in rows] == [
        [
            "",
            "可享（项）",
            "缺数据（项）",
            "待人工判断（项）",
            "不符合（项）",
            "可享税收节省（元）",
            "科技型中小企业评价",
            "技术转让所得减免企业所得税",
        ],
        ["", "2", "0", "0", "0", "1375000.00", "✓ 符合", "✓ 符合 137.50 万元"],
        ["", "0", "1", "0", "0", "—", "? 缺数据", "– 不适用"],
        ["", "0", "0", "0", "1", "—", "✗ 不符合", "– 不适用"],
        ["", "0", "0", "0", "1", "—", "✗ 不符合", "– 不适用"],
        ["", "0", "1", "0", "0", "—", "? 缺数据", "– 不适用"],
        ["", "0", "1", "0", "0", "—", "? 缺数据", "– 不适用"],
    ]
    assert [s.name for s in read_tables(sheets_at).sheets] == [
        "共性短板",
        "数据问题",
        "认列结果",
        "政策与依据",
    ]
    assert sorted(p.name for p in folder.iterdir()) == [
        "park.xlsx",
        "park.体检.csv",
        "park.体检汇总.xlsx",
    ]


def test_write_back_by_columns_says_nothing_of_what_nobody_looked_for(
    checked: tuple[Checkup, Book, Path],
) -> None:
    found, book, folder = checked

    write_back(found, book, folder / "park.体检.xlsx")

    sheets = read_tables(folder / "park.体检.xlsx").sheets
    assert sheets[0].rows[0][len(HEADINGS) + 1 :] == [
        "可享（项）",
        "缺数据（项）",
        "待人工判断（项）",
        "不符合（项）",
        "可享税收节省（元）",
        "科技型中小企业评价",
        "技术转让所得减免企业所得税",
    ]
    policies = next(s for s in sheets if s.name == "政策与依据")
    assert [row[6:8] for row in policies.rows[2:]] == [
        ["只差确认", "只差一步"],
        ["—", "—"],
        ["—", "—"],
    ]


def test_check_table_by_columns_names_the_check_that_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "projects.csv"
    path.write_text(
        "项目名称,直接费用（万元）,设备购置费（万元）\n虚构项目甲,100,130\n虚构项目乙,100,30\n",
        encoding="utf-8",
    )
    region, day = load_region(), date.fromisoformat(DAY)
    _, table = read_input(path, region=region, as_of=day, subject="project")
    one_by_one = check_table(table, region, as_of=day, subject="project")
    monkeypatch.setattr(checkup, "FULL_ROWS", 1)

    in_columns = check_table(table, region, as_of=day, subject="project")

    assert not in_columns.is_full
    assert [(p.code, p.row) for p in in_columns.problems] == [("R301", 2)]
    assert in_columns.problems == one_by_one.problems


def test_check_table_subject_without_policies_is_refused_with_those_there_are(
    checked: tuple[Checkup, Book, Path],
) -> None:
    found, _, _ = checked

    with pytest.raises(UsageError) as caught:
        check_table(found.table, found.region, as_of=found.as_of, subject="bank")

    assert "bank" in caught.value.message
    assert "firm" in caught.value.hint


def test_read_input_headings_without_firms_are_rejected(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("企业名称,营业收入（万元）\n", encoding="utf-8")

    with pytest.raises(InputRejected) as caught:
        read_input(path, region=load_region(), as_of=date.fromisoformat(DAY))

    assert "没有一家企业" in caught.value.message
    assert [p.code for p in caught.value.problems] == ["R201"]
