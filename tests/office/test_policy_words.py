# SPDX-License-Identifier: Apache-2.0
"""A policy in words before any firm is known: conditions, figures, parameters."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from ceyuan.declarations import load_region
from ceyuan.office.parameters import typed_settings
from ceyuan.office.policy_conditions import Case, Condition, cases, conditions
from ceyuan.office.policy_parameters import (
    ParameterTold,
    ValueTold,
    office_values,
    parameters,
)
from ceyuan.office.policy_told import count_cases, shown_day, sure_of, tell
from ceyuan.office.policy_words import Row, neat, policy_words
from ceyuan.office.settings import SettingSaid

REGION = load_region()
DAY = date(2026, 11, 21)


def rows(policy: str, clause: str, locale: str = "zh") -> tuple[Condition, ...]:
    rule = REGION.rule(policy)
    words = policy_words(REGION, rule, DAY, locale=locale)
    return conditions(words, rule.scope.definitions[clause].node)


def test_a_condition_says_what_is_looked_at_and_what_is_asked() -> None:
    # The tier of small firms: not above 5,000 万元, or 5 % of sales go to R&D.
    assert (
        Condition(0, "any", "满足其一即可"),
        Condition(1, "test", "营业收入", "> 5,000 万元", "小规模档销售收入上限"),
        Condition(
            1, "test", "近三年研发费用占销售收入", "≥ 5%", "小规模档研发占比下限"
        ),
    ) == rows("hnte_2016", "rd_small")


def test_a_condition_in_english_counts_by_millions() -> None:
    assert (
        Condition(0, "any", "one of these is enough"),
        Condition(
            1, "test", "Operating revenue", "> CNY 50 million",
            "Greatest sales of the small tier",
        ),
        Condition(
            1, "test", "R&D to sales over three years", "≥ 5%",
            "Least R&D share of the small tier",
        ),
    ) == rows("hnte_2016", "rd_small", "en")  # fmt: skip


def test_one_of_something_is_told_in_the_singular() -> None:
    assert (
        Condition(
            0, "test", "Class I IP + Class II IP", "≥ 1 item", "Fewest pieces of IP"
        ),
    ) == rows("hnte_2016", "owns_ip", "en")


def test_a_flag_that_must_not_be_is_asked_to_be_no() -> None:
    assert (
        Condition(0, "test", "申请前一年内有重大安全、质量事故或严重环境违法", "否"),
    ) == rows("hnte_2016", "clean_year")


def test_a_year_is_no_thousand() -> None:
    assert (Condition(0, "test", "成立年份", "> 2000", "成立年份晚于"),) == rows(
        "unicorn_defs", "founded_recently"
    )


def test_a_code_that_must_not_be_is_told_so() -> None:
    assert Condition(
        2, "test", "国标行业门类", "不属于 房地产业", "房地产业门类"
    ) in rows("service_scale", "service_unit")


def test_a_case_inside_a_case_holds_where_both_do() -> None:
    rule = REGION.rule("service_scale")
    [name] = [n for n, one in rule.said.let.items() if one.zh == "适用的营业收入线"]
    told = cases(policy_words(REGION, rule, DAY), rule.scope.definitions[name].node)

    assert not [one for one in told if "分情形计算" in one.value]
    assert ["高线（2,000 万元）", "中线（1,000 万元）"] == [
        one.value for one in told[:2]
    ]
    assert Case("其他情形", "低线（500 万元）") == told[-1]


def test_a_line_that_nobody_set_is_told_as_not_set() -> None:
    rule = REGION.rule("sh_voucher_2025")
    words = policy_words(REGION, rule, DAY)

    told = cases(words, rule.scope.definitions["cap_left"].node)

    assert (
        Case(
            "创新券用户类型 = “创新创业团队”",
            "团队年度用券上限（待设定） － 本年度已用券额",
        ),
        Case("其他情形", "企业年度用券上限（待设定） － 本年度已用券额"),
    ) == told


def test_what_the_office_set_stands_in_its_place() -> None:
    rule = REGION.rule("sh_voucher_2025")
    said = typed_settings(REGION, ["sh_voucher_2025.firm_yearly_cap=30万元"])
    words = policy_words(REGION, rule, DAY, settings=said["sh_voucher_2025"])

    assert "30 万元" == words.line("firm_yearly_cap")


def test_a_ratio_that_no_percentage_says_is_told_as_it_is() -> None:
    rule = REGION.rule("rd_super_2018")
    words = policy_words(REGION, rule, date(2022, 12, 31))

    assert "2/3" == words.line("overseas_cap")


def test_brackets_are_told_part_by_part() -> None:
    rule = REGION.rule("indirect_cost_2021")
    words = policy_words(REGION, rule, DAY)

    assert (
        Row("不超过 500 万元 的部分", "30%"),
        Row("500 万元 至 1,000 万元 的部分", "25%"),
        Row("超过 1,000 万元 的部分", "20%"),
    ) == words.table("ordinary_rates", words.settings["ordinary_rates"])


def test_no_more_brackets_than_a_formula_takes() -> None:
    rule = REGION.rule("hnte_2016")
    words = policy_words(REGION, rule, DAY)
    node = rule.scope.definitions["net_assets_growth_3y"].node

    assert (
        "（净资产（前1年） ÷ 净资产（前2年） ＋ 净资产 ÷ 净资产（前1年）） ÷ 2 － 1"
        == words.phrase(node)
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("5.00%", "5%"),
        ("2.50%", "2.5%"),
        ("10.05%", "10.05%"),
        ("5,000.00 万元", "5,000 万元"),
    ],
)
def test_zeros_that_say_nothing_are_left_out(text: str, wanted: str) -> None:
    assert wanted == neat(text)


@pytest.mark.parametrize("policy", REGION.rules)
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_policy_is_told_whole_and_in_its_language(
    policy: str, locale: str
) -> None:
    rule = REGION.rule(policy)

    told = tell(REGION, rule, day=shown_day(rule, DAY), locale=locale)

    asked = [one for article in told.articles for one in article.asked]
    assert {*rule.said.scope, *rule.said.clauses} == {one.id for one in asked}
    assert set(rule.said.articles) == {article.id for article in told.articles}
    assert all(one.rows for one in asked)
    if locale == "en":
        words = [row.text + row.asked for one in asked for row in one.rows]
        words += [case.when + case.value for f in told.figures for case in f.cases]
        assert [] == [text for text in words if re.search("[一-鿿]", text)]


def test_clauses_of_one_route_are_judged_together_as_the_file_says() -> None:
    told = tell(REGION, REGION.rule("tech_sme_2017"), day=DAY)

    # resident … lists, and: direct, or the score with staff that scores.
    assert [
        (0, "须同时满足"), (1, "境内注册的居民企业"), (1, "职工总数不超限"),
        (1, "年销售收入不超限"), (1, "资产总额不超限"),
        (1, "产品不属禁止、限制、淘汰类"), (1, "无重大事故、环境违法和科研失信"),
        (1, "不在经营异常或严重失信名单"), (1, "满足其一即可"),
        (2, "符合直接确认情形之一"), (2, "须同时满足"), (3, "综合评分达到分数线"),
        (3, "科技人员得分不为零"),
    ] == [(row.depth, row.text) for row in told.together]  # fmt: skip


def test_worked_cases_are_counted_without_their_headings() -> None:
    from ceyuan.office.library import run_cases

    [report] = run_cases(REGION, ["tech_sme_2017"])

    assert report.cases == count_cases(REGION.rule("tech_sme_2017")) > 0


def test_how_sure_a_text_is_leaves_out_what_is_our_own() -> None:
    # Its only unseen article says how we round, and stands in a document of ours.
    assert "confirmed" == sure_of(REGION.rule("sh_gradient_reward_2022"))
    assert ["partly", "secondary", "unseen"] == [
        sure_of(REGION.rule(one))
        for one in ("hnte_2016", "incubator_2025", "indirect_cost_2021")
    ]


# --- parameters --------------------------------------------------------------------


def told(policy: str, day: date, *office: SettingSaid) -> dict[str, ParameterTold]:
    words = policy_words(REGION, REGION.rule(policy), day)
    return {one.id: one for one in parameters(words, day, office)}


def said(value: str, since: date, until: date | None = None) -> SettingSaid:
    return SettingSaid(
        "sh_voucher_2025.firm_yearly_cap", value, since, until, "经办人甲", "会议",
        datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def test_a_parameter_of_a_text_has_its_days_article_and_confidence() -> None:
    one = told("rd_super_2018", date(2021, 6, 30))["manufacturing_rate"]

    # A tax policy goes by the end of the year: on 2021-06-30 by 2020-12-31.
    assert [
        ("75%", None, date(2020, 12, 31), True, "一", "V2"),
        ("100%", date(2021, 1, 1), None, False, "一", "V2"),
    ] == [(v.text, v.from_, v.until, v.in_force, v.article, v.sure) for v in one.values]


def test_a_parameter_without_a_value_is_not_set() -> None:
    one = told("sh_voucher_2025", DAY)["firm_yearly_cap"]

    assert ((), False) == (one.values, one.is_set)


def test_what_the_office_set_later_ends_what_it_set_before() -> None:
    one = told(
        "sh_voucher_2025",
        DAY,
        said("20万元", date(2026, 1, 1)),
        said("30万元", date(2026, 7, 1)),
    )["firm_yearly_cap"]

    assert (
        ValueTold(
            "20 万元", (), date(2026, 1, 1), date(2026, 6, 30), False, by_office=True
        ),
        ValueTold("30 万元", (), date(2026, 7, 1), None, True, by_office=True),
    ) == one.values


def test_what_never_held_is_not_told() -> None:
    one = told(
        "sh_voucher_2025",
        DAY,
        said("20万元", date(2026, 7, 1)),
        said("30万元", date(2026, 1, 1)),
    )["firm_yearly_cap"]

    assert ["30 万元"] == [value.text for value in one.values]


def test_settings_of_other_policies_and_of_old_files_are_left_out() -> None:
    rule = REGION.rule("sh_voucher_2025")

    found = office_values(
        REGION,
        rule,
        {
            "sh_voucher_2025.firm_yearly_cap": "30万元",
            "sh_voucher_2025.gone_since": "1",
            "service_scale.reward_offered": "是",
        },
    )

    # 30 万元 in fen.
    assert {"firm_yearly_cap": Fraction(30_000_000)} == found
