# SPDX-License-Identifier: Apache-2.0
"""What a person types becomes an exact value, or is refused with the near miss."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from ceyuan.declarations import load_region
from ceyuan.kernel import UsageError
from ceyuan.office.parameters import typed_facts, typed_settings

WAN = 10**6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rd_expense=600万", {("rd_expense", 2025): 600 * WAN}),
        ("rd_expense=600万元", {("rd_expense", 2025): 600 * WAN}),
        ("rd_expense = 0.06 亿元", {("rd_expense", 2025): 600 * WAN}),
        ("rd_expense=６００万元", {("rd_expense", 2025): 600 * WAN}),
        ("rd_expense=6,000,000", {("rd_expense", 2025): 600 * WAN}),
        ("rd_expense@2024=12.34元", {("rd_expense", 2024): 1234}),
        ("研发费用=600万元", {("rd_expense", 2025): 600 * WAN}),
        ("tech_staff=30", {("tech_staff", 2025): 30}),
        ("hnte_valid=是", {("hnte_valid", None): True}),
        ("hnte_valid=No", {("hnte_valid", None): False}),
        ("reg_date=2021-03-15", {("reg_date", None): date(2021, 3, 15)}),
        ("transfer_right=所有权", {("transfer_right", None): "ownership"}),
        ("transfer_right=ownership", {("transfer_right", None): "ownership"}),
    ],
)
def test_typed_facts_reads_what_people_write(text, expected):
    assert typed_facts(load_region(), [text], base_year=2025) == expected


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("rd_expence=1", "没有叫 `rd_expence` 的事实", "是不是 `rd_expense`？"),
        ("zzz=1", "没有叫 `zzz` 的事实", "见 `ceyuan facts list`"),
        ("rd_expense", "不是 名称=值", "--set rd_expense=600万元"),
        ("rd_expense=许多", "写的是“许多”", "600万元"),
        ("rd_expense=600人", "`rd_expense` 以 元 计，写的是 人", ""),
        ("rd_expense=600斤", "单位“斤”不认识", "可用的单位"),
        ("tech_staff=-1", "应在 0 到", ""),
        ("hnte_valid=也许", "要“是”或“否”", ""),
        ("hnte_valid@2024=是", "没有年度", ""),
        ("reg_date=去年", "要日期", "2021-03-15"),
        ("transfer_right=赠与", "没有“赠与”这个值", "ownership（所有权）"),
    ],
)
def test_typed_facts_wrong_input_is_refused_with_its_mend(text, message, hint):
    with pytest.raises(UsageError) as caught:
        typed_facts(load_region(), [text], base_year=2025)

    assert message in caught.value.message
    assert hint in caught.value.hint


def test_typed_settings_reads_numbers_in_their_unit_and_flags():
    found = typed_settings(
        load_region(),
        [
            "sh_voucher_2025.firm_yearly_cap=30万元",
            "star_attribute_2024.rd_share_min=5%",
            "foreign_rd_center.rule_in_force=是",
        ],
    )

    assert found == {
        "sh_voucher_2025": {"firm_yearly_cap": 30 * WAN},
        "star_attribute_2024": {"rd_share_min": Fraction(1, 20)},
        "foreign_rd_center": {"rule_in_force": True},
    }


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("firm_yearly_cap=30万元", "不是 政策.参数=值", "--param"),
        ("sh_voucher_2025.firm_yearly_cap", "不是 政策.参数=值", "--param"),
        (
            "sh_voucher_2025.firm_yearly_kap=30万元",
            "没有参数 `firm_yearly_kap`",
            "是不是 `sh_voucher_2025.firm_yearly_cap`？",
        ),
        ("sh_voucher_2052.firm_yearly_cap=1", "sh_voucher_2052", "sh_voucher_2025"),
        ("sh_voucher_2025.firm_yearly_cap=30%", "写的是 %", ""),
        ("foreign_rd_center.rule_in_force=也许", "要“是”或“否”", ""),
        ("tech_sme_2017.staff_steps=1", "分档表", ""),
    ],
)
def test_typed_settings_wrong_input_is_refused_with_its_mend(text, message, hint):
    with pytest.raises(UsageError) as caught:
        typed_settings(load_region(), [text])

    assert message in caught.value.message
    assert hint in caught.value.hint
