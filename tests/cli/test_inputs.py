# SPDX-License-Identifier: Apache-2.0
"""Whatever the file's form, and however many rows: the same answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from ceyuan.office import checkup
from ceyuan.sheets import read_tables
from tests.park import DAY, HEADINGS, POLICIES, ROWS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ceyuan

ASKED = (
    "--as-of",
    DAY,
    *(part for policy in POLICIES for part in ("--policy", policy)),
)


def _gb18030(path: Path) -> Path:
    text = (path / "park.csv").read_text(encoding="utf-8")
    (path / "gb.csv").write_bytes(text.encode("gb18030"))
    return path / "gb.csv"


def _parquet(path: Path) -> Path:
    columns = {
        heading: [None if row[n] == "" else str(row[n]) for row in ROWS]
        for n, heading in enumerate(HEADINGS)
    }
    pl.DataFrame(columns).write_parquet(path / "park.parquet")
    return path / "park.parquet"


def _renamed(path: Path) -> Path:
    return (path / "park.xlsx").rename(path / "exported.xls")


def _answers(document: dict[str, Any]) -> list[object]:
    return [
        (row["name"], policy, told["outcome"], told["amount_fen"], told["missing"])
        for row in document["rows"]
        for policy, told in row["policies"].items()
    ]


@pytest.mark.parametrize("made", [_gb18030, _parquet, _renamed])
def test_check_each_form_of_the_same_park_gives_the_same_answers(
    desk: Path, ceyuan: Ceyuan, made: Any
) -> None:
    expected = _answers(ceyuan("check", "park.csv", *ASKED, "--json").json)

    said = ceyuan("check", made(desk).name, *ASKED, "--json")

    assert said.code == 0
    assert _answers(said.json) == expected


def test_check_many_rows_gives_all_answers_and_says_where_reasons_are(
    desk: Path, ceyuan: Ceyuan, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = ceyuan("check", "park.xlsx", *ASKED)
    monkeypatch.setattr(checkup, "FULL_ROWS", len(ROWS) - 1)

    many = ceyuan("check", "park.xlsx", *ASKED, "--out", "many")

    assert many.code == 0
    assert "ceyuan explain" in many.err
    # Eligible and not applicable are told by the columns; the views that need
    # reasons (to confirm, one step) are not, and count as what they are made of.
    assert [(row[0], row[1], row[7], row[8]) for row in many.table] == [
        (row[0], row[1], row[7], row[8]) for row in few.table
    ]
    rows = read_tables(desk / "many/park.体检.xlsx").sheets[0].rows
    assert "✓ 符合 137.50 万元" in rows[1]
    assert ceyuan("explain", "岫弦", "tech_sme_2017").code == 0


def test_check_a_sheet_of_another_year_says_which_year_it_takes(
    desk: Path, ceyuan: Ceyuan
) -> None:
    text = (desk / "park.csv").read_text(encoding="utf-8")
    (desk / "old.csv").write_text(
        text.replace("研发费用（万元）", "2024年研发费用（万元）").replace(
            "营业收入（万元）", "2024年营业收入（万元）"
        ),
        encoding="utf-8",
    )

    document = ceyuan("check", "old.csv", *ASKED, "--json").json

    fact = document["rows"][0]["facts"]["rd_expense"]
    assert (fact["value"], fact["year"]) == (60_000_000, 2024)
