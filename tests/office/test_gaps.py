# SPDX-License-Identifier: Apache-2.0
"""Common gaps are ranked by the money they unlock, worked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.office.gaps import gaps
from tests.park import HEADINGS, ROWS, SAVED, changed, check_park

if TYPE_CHECKING:
    from pathlib import Path


def test_gaps_park_ranks_money_then_who_can_mend_it(tmp_path: Path) -> None:
    rows = changed(2, "技术转让所得单独核算", "")

    found = gaps(check_park(tmp_path / "park.csv", rows))

    # Row 2 hangs on one declaration, worth 137.5 万元. Rows 6 and 7 hang on one figure
    # each, without money; row 3 on three declarations at once, so on none alone.
    # The step that row 5 would have to take opens one decision alone, as those figures
    # do; of equals, what can be had by asking comes first.
    assert [
        (g.kind, g.name, g.by, g.firms, g.decisions, g.alone, g.unlock_fen, g.is_known)
        for g in found
    ] == [
        (
            "fact",
            "transfer_separate_accounts",
            "declaration",
            {0},
            1,
            1,
            SAVED,
            True,
        ),
        ("fact", "rd_expense", "firm", {4}, 1, 1, 0, False),
        ("fact", "tech_staff", "firm", {5}, 1, 1, 0, False),
        ("step", "tech_sme_2017.size_staff", "firm", {3}, 1, 1, 0, False),
        ("fact", "abnormal_or_dishonest", "declaration", {1}, 1, 0, 0, False),
        ("fact", "prohibited_product", "declaration", {1}, 1, 0, 0, False),
        ("fact", "violation_or_accident", "declaration", {1}, 1, 0, 0, False),
    ]


def test_gaps_money_that_hangs_on_two_things_is_counted_for_neither(
    tmp_path: Path,
) -> None:
    rows = changed(2, "技术转让所得单独核算", "")[:1]
    place = HEADINGS.index("技术属于可减免范围")
    rows = [(*rows[0][:place], "", *rows[0][place + 1 :])]

    found = gaps(check_park(tmp_path / "park.csv", rows))

    assert [
        (g.name, g.decisions, g.alone, g.unlock_fen, g.is_known) for g in found
    ] == [
        ("transfer_object_in_scope", 1, 0, 0, False),
        ("transfer_separate_accounts", 1, 0, 0, False),
    ]


def test_gaps_same_gap_of_two_firms_is_one_row_with_both_sums(tmp_path: Path) -> None:
    one = changed(2, "技术转让所得单独核算", "")[0]

    found = gaps(check_park(tmp_path / "park.csv", [one, _second(one)]))

    first = found[0]
    assert (first.name, first.firms, first.alone, first.unlock_fen) == (
        "transfer_separate_accounts",
        {0, 1},
        2,
        2 * SAVED,
    )
    assert first.policies == {"tech_transfer_cit": 2}


def test_gaps_nothing_lacking_is_empty(tmp_path: Path) -> None:
    assert gaps(check_park(tmp_path / "park.csv", ROWS[:1])) == ()


def test_gaps_without_money_are_ranked_by_how_many_they_hold_up(
    tmp_path: Path,
) -> None:
    place = HEADINGS.index("研发费用（万元）")
    rows = [*ROWS[4:6], (*ROWS[3][:place], "待审计", *ROWS[3][place + 1 :])]
    rows[2] = (*rows[2][:2], 100, 30, *rows[2][4:])

    found = gaps(check_park(tmp_path / "park.csv", rows))

    # Two firms lack their R&D alone, one its technical staff alone; no money is known.
    assert [(g.name, len(g.firms), g.alone, g.is_known) for g in found] == [
        ("rd_expense", 2, 2, False),
        ("tech_staff", 1, 1, False),
    ]


def _second(row: tuple[object, ...]) -> tuple[object, ...]:
    """Return the same figures under the name and code of another firm."""
    return (*ROWS[1][:2], *row[2:])
