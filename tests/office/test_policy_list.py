# SPDX-License-Identifier: Apache-2.0
"""The library: found by words, filtered, sorted, and taken away as a table."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from ceyuan.declarations import load_region
from ceyuan.office.csv_out import csv_file
from ceyuan.office.policy_list import (
    CSV_HEADINGS,
    Search,
    bare,
    choices,
    levels,
    policies,
    table_rows,
)

REGION = load_region()
DAY = date(2026, 11, 21)


def found(day: date = DAY, **said: object) -> list[str]:
    return [one.id for one in policies(REGION, Search(**said), day)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "words",
    [
        "国科发火〔2016〕32号",
        "国科发火[2016]32号",
        "国科发火（２０１６）32 号",
        "hnte_2016",
        "ＨＮＴＥ_2016",
        "高新技术企业认定",
        "recognition of HIGH-tech",
    ],
)
def test_a_policy_is_found_by_number_id_and_words_however_they_are_typed(
    words: str,
) -> None:
    assert "hnte_2016" in found(words=words)


def test_all_words_are_asked_for() -> None:
    assert ["incubator_2018"] == found(words="孵化器 2018")


def test_words_do_not_run_into_each_other() -> None:
    # "with the" and "then" hold these signs only across a space.
    assert [] == found(words="ofhigh-techenterprises")


def test_nothing_typed_finds_everything() -> None:
    assert sorted(REGION.rules) == sorted(found())


def test_filters_are_all_asked_for() -> None:
    assert ["sh_voucher_2025"] == found(subject="order", level="shanghai")
    assert ["star_attribute_2024", "unicorn_defs"] == sorted(found(kind="definition"))


def test_in_force_is_asked_of_the_day() -> None:
    # Its last day is 2022-12-31.
    name = "sh_gradient_reward_2022"
    days = [date(2022, 9, 27), date(2022, 9, 28), date(2022, 12, 31), date(2023, 1, 1)]

    assert [False, True, True, False] == [
        name in found(day, only_in_force=True) for day in days
    ]


def test_sorted_by_their_end_those_that_end_soonest_stand_first() -> None:
    assert ["xjr_2022", "zjtx_2022"] == found(sort="ending")[:2]


def test_sorted_by_their_beginning_the_newest_stand_first() -> None:
    assert ["zjtx_2026", "xjr_2026"] == found(sort="newest")[:2]


def test_a_filter_offers_only_what_there_is() -> None:
    assert (["china", "shanghai"], ["benefit", "status", "definition"]) == (
        choices(REGION)["level"],
        choices(REGION)["kind"],
    )


def test_levels_have_the_names_of_their_regions() -> None:
    assert {
        "china": ("国家", "China (national)"),
        "shanghai": ("上海市", "Shanghai"),
    } == (levels("shanghai"))


@pytest.mark.parametrize("at", [0, 1])
def test_the_table_has_a_row_for_each_and_runs_as_no_formula(at: int) -> None:
    some = policies(REGION, Search(words="创新券"), DAY)
    headings, rows = table_rows(some, levels("shanghai"), ("zh", "en")[at])
    with csv_file(headings, rows) as file:
        text = file.read().decode("utf-8-sig")

    read = list(csv.reader(io.StringIO(text)))

    assert [names[at] for names in CSV_HEADINGS.values()] == read[0]
    assert ["sh_voucher_2025", "sh_voucher_issue_2025"] == sorted(
        r[0] for r in read[1:]
    )


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_would_run_has_an_apostrophe_before_it(cell: str) -> None:
    with csv_file(["x"], [[cell]]) as file:
        text = file.read().decode("utf-8-sig")

    assert [["x"], [f"'{cell}"]] == list(csv.reader(io.StringIO(text, newline="")))


def test_bare_words_have_no_case_width_or_brackets() -> None:
    assert "国科发火2016195号a" == bare("国科发火〔２０１６〕１９５ 号 Ａ")
