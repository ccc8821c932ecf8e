# SPDX-License-Identifier: Apache-2.0
"""A reform against today's rules: what differs, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from ceyuan.declarations.reform import parse_reform
from ceyuan.declarations.region import load_region
from ceyuan.office.parameters import typed_settings
from ceyuan.office.redline import marks, redline
from ceyuan.office.redline_parts import Cited, Mark, Part, PolicyRedline, Said
from ceyuan.office.said_values import Value

DAY = date(2026, 11, 21)
HEAD = "reform: a\nzh: 甲\nen: A\nchange:\n"
SCALE = "规模以上服务业单位与首次升规奖励"
LINES = Cited("年营业收入标准", "规模以上服务业统计范围", "Range of the statistics of service units above scale")  # fmt: skip


@pytest.fixture(scope="module")
def region():
    return load_region("shanghai")


def _red(region, *changes, params=()):
    text = HEAD + "".join(f"  - {{{one}}}\n" for one in changes)
    settings = typed_settings(region, params)
    return redline(region, parse_reform(text, region), DAY, settings)


def _parts(region, *changes, params=()):
    (found,) = _red(region, *changes, params=params)
    return found.parts


def _said(zh, en):
    return Said(value=Value(((zh, en),)))


def test_a_value_stands_before_and_after_with_its_article(region):
    (found,) = _red(region, "policy: service_scale, parameter: middle_line, value: 800")

    assert found == PolicyRedline(
        "service_scale",
        SCALE,
        "Service units above the statistical line and the reward for reaching it",
        "changed",
        (
            Part(
                "parameter", "changed", "middle_line", "中线", "Middle line",
                _said("1,000.00 万元", "CNY 10.00 million"),
                _said("800.00 万元", "CNY 8.00 million"),
                cited=LINES,
            ),
        ),
    )  # fmt: skip


def test_a_value_that_holds_already_leaves_no_trace(region):
    (found,) = _red(
        region, "policy: service_scale, parameter: middle_line, value: 1000"
    )

    assert (found.change, found.parts) == ("changed", ())


def test_a_value_that_begins_later_is_said_to(region):
    (part,) = _parts(
        region,
        "policy: service_scale, parameter: middle_line, value: 800, from: 2027-01-01",
    )

    thousand = (("1,000.00 万元", "CNY 10.00 million"),)
    assert part.later
    assert part.before == part.after == Said(value=Value(thousand))
    assert part.marks == (
        Mark("out", value=Value(thousand)),
        Mark("in", value=Value(thousand, None, date(2026, 12, 31))),
        Mark("in", value=Value((("800.00 万元", "CNY 8.00 million"),), date(2027, 1, 1))),
    )  # fmt: skip


def test_what_the_office_has_set_is_todays_value(region):
    (part,) = _parts(
        region,
        "policy: service_scale, parameter: reward_max, value: 40",
        params=("service_scale.reward_max=60万元",),
    )

    # The reform says this parameter, so its own value counts on its side.
    assert (part.before.value.zh, part.after.value.zh) == ("60.00 万元", "40.00 万元")


def test_a_table_stands_line_by_line(region):
    (part,) = _parts(
        region,
        "policy: tech_sme_2017, parameter: class1_steps, "
        "steps: [{from: 2, gives: 30}, {else: true, gives: 5}]",
    )

    assert (part.before.value.rows, part.after.value.rows) == (
        (("≥ 1 件：30 分", "≥ 1 item: 30 points"), ("其余：0 分", "otherwise: 0 points")),
        (("≥ 2 件：30 分", "≥ 2 items: 30 points"), ("其余：5 分", "otherwise: 5 points")),
    )  # fmt: skip


def test_codes_and_flags_are_in_words(region):
    codes, flag = _parts(
        region,
        "policy: service_scale, parameter: real_estate_sections, value: [K, L]",
        "policy: service_scale, parameter: reward_offered, value: true",
    )

    assert codes.after.value.zh == "K 房地产业、L 租赁和商务服务业"
    assert (flag.before.value.zh, flag.after.value.en) == ("否", "yes")


def test_conditions_are_told_in_words_and_word_by_word(region):
    dropped, changed, added = _parts(
        region,
        "policy: service_scale, clause: above_line, test: revenue > line",
        "policy: service_scale, drop_clause: legal_person",
        "policy: service_scale, add_clause: spends, zh: 有研发, en: Has R&D, "
        "test: rd_expense > 0",
    )

    assert (changed.before.zh, changed.after.zh) == (
        "营业收入 ≥ 适用的营业收入线", "营业收入 > 适用的营业收入线",
    )  # fmt: skip
    assert changed.marks == (
        Mark("same", "revenue "), Mark("out", ">="), Mark("in", ">"), Mark("same", " line"),
    )  # fmt: skip
    assert (dropped.name, dropped.after) == ("legal_person", None)
    assert (added.name, added.zh, added.before, added.after) == (
        "spends", "有研发", None, Said("研发费用 > 0", "R&D expense > 0"),
    )  # fmt: skip


def test_amount_validity_and_repeal_are_told(region):
    amount, validity = _parts(
        region,
        "policy: service_scale, amount: reward_max",
        "policy: service_scale, validity: {until: 2030-12-31}",
    )
    (repealed,) = _red(region, "policy: rd_super_2023, repeal: true")

    assert (amount.kind, amount.after) == (
        "amount",
        Said("奖励上限", "Greatest reward"),
    )
    assert (validity.before.value, validity.after.value) == (
        Value((), date(2020, 1, 1)),
        Value((), date(2020, 1, 1), date(2030, 12, 31)),
    )
    assert (repealed.change, repealed.parts) == ("repealed", ())


def test_an_empty_reform_has_no_redline(region):
    assert redline(region, parse_reform("reform: a\nzh: b\nen: c\n", region), DAY) == []


def test_marks_are_whole_words():
    assert list(marks("a >= line_1", "a >= line_10")) == [
        Mark("same", "a >= "), Mark("out", "line_1"), Mark("in", "line_10"),
    ]  # fmt: skip
