# SPDX-License-Identifier: Apache-2.0
"""Versions of a policy, the days on which something changed, and the redline."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.declarations import load_region
from ceyuan.office.policy_changes import (
    Dated,
    Line,
    dated,
    pieces,
    redline,
    versions,
)

REGION = load_region()
TEXT = st.text("研发费用占比 5%0123.,aB≥（）", max_size=30)


def lines(
    old: str, old_day: date, new: str, new_day: date, locale: str = "zh"
) -> list[Line]:
    found = redline(
        REGION,
        (REGION.rule(old), old_day),
        (REGION.rule(new), new_day),
        locale=locale,
    )
    return [one for one in found if one.state != "same"]


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ("xjr_2026", ["xjr_2022", "xjr_2026"]),
        ("zjtx_2022", ["zjtx_2022", "zjtx_2026"]),
        ("incubator_2025", ["incubator_2018", "incubator_2025"]),
        ("rd_super_2018", ["rd_super_2018", "rd_super_2023"]),
        ("tech_contract_vat", ["tech_contract_vat", "tech_contract_vat_2026"]),
        ("hnte_2016", ["hnte_2016"]),
        ("key_xjr_2024", ["key_xjr_2024"]),
    ],
)
def test_versions_are_those_that_one_after_the_other_replace(
    policy: str, wanted: list[str]
) -> None:
    assert wanted == [one.id for one in versions(REGION, REGION.rule(policy))]


def test_days_of_change_are_first_days() -> None:
    # It ends with 2022-12-31, so that the first day without it is 2023-01-01.
    assert (
        Dated(date(2022, 9, 28), "sh_gradient_reward_2022", "begins"),
        Dated(date(2023, 1, 1), "sh_gradient_reward_2022", "ends"),
    ) == dated(REGION.rule("sh_gradient_reward_2022"))


def test_a_number_that_changed_is_told_wherever_it_is_used() -> None:
    changed = lines(
        "rd_super_2018", date(2020, 12, 31), "rd_super_2018", date(2021, 12, 31)
    )

    assert [
        ("figures", "可计入的其他相关费用"),
        ("figures", "加计扣除额"),
        ("parameters", "其他相关费用按全部项目合并限额"),
        ("parameters", "制造业企业加计比例"),
    ] == [(one.part, one.title) for one in changed]
    assert (("del", "75%"), ("ins", "100%")) == changed[-1].pieces


def test_a_clause_of_another_name_is_found_again_and_shown_word_by_word() -> None:
    changed = lines("xjr_2022", date(2026, 3, 31), "xjr_2026", date(2026, 4, 1), "en")

    [debt] = [one for one in changed if one.title == "debt ratio within its limit"]
    [growth] = [one for one in changed if one.title.startswith("enough mean growth")]
    assert (
        Line(
            "clauses",
            "debt ratio within its limit",
            "changed",
            (
                ("same", "Debt ratio ≤ Greatest debt ratio ("),
                ("del", "70%"),
                ("ins", "75%"),
                ("same", ")"),
            ),
        )
        == debt
    )
    assert (
        "enough mean growth over two years → "
        "enough growth over two years (not asked in a review)"
    ) == growth.title


def test_what_came_and_what_went_are_told_as_such() -> None:
    changed = lines("xjr_2022", date(2026, 3, 31), "xjr_2026", date(2026, 4, 1))
    states = {one.title: one.state for one in changed if one.part == "clauses"}

    assert ("added", "removed") == (
        states["上年营业收入达到下限"],
        states["拥有自主品牌"],
    )


@pytest.mark.parametrize("policy", REGION.rules)
def test_a_policy_does_not_differ_from_itself(policy: str) -> None:
    day = REGION.rule(policy).said.validity.from_

    assert [] == lines(policy, day, policy, day)


@given(TEXT, TEXT)
def test_pieces_hold_both_texts_whole(old: str, new: str) -> None:
    told = pieces(old, new)

    assert (old, new) == (
        "".join(text for op, text in told if op != "ins"),
        "".join(text for op, text in told if op != "del"),
    )


def test_a_figure_changes_as_a_whole() -> None:
    assert (
        ("same", "收入 ≥ "), ("del", "5,000 万元"), ("ins", "1.5 亿元"), ("same", "（上年）"),
    ) == pieces("收入 ≥ 5,000 万元（上年）", "收入 ≥ 1.5 亿元（上年）")  # fmt: skip
