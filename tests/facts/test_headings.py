# SPDX-License-Identifier: Apache-2.0
"""Headings: what they mean, and above all what they do not mean."""

import pytest

from ceyuan.facts.headings import CODE, NAME, Lexicon, Target, read_label


@pytest.fixture(scope="module")
def lexicon(dictionary):
    return Lexicon(dictionary, subject="firm")


def _meaning(lexicon, *levels):
    match = lexicon.match(tuple(map(read_label, levels)))
    return match.how, tuple(t.fact for t in match.targets)


@pytest.mark.parametrize(
    ("heading", "fact"),
    [
        ("营业收入", "revenue"),
        ("*营业收入（万元）", "revenue"),
        ("2024年\n营业收入(元)", "revenue"),
        ("去年收入(万)", "revenue"),
        ("本企业2025年营业收入总额", "revenue"),
        ("Operating Revenue (RMB 10k)", "revenue"),
        ("revenue_yuan", "revenue"),
        ("Turnover, last year (RMB)", "revenue"),
        ("其中：研发费用\n（2024年，万元）", "rd_expense"),
        ("R&D投入（单位：万元）", "rd_expense"),
        ("r&d_expense_yuan", "rd_expense"),
        ("高新技术产品（服务）收入", "hitech_income"),
        ("2024年末从业人员", "employees"),
        ("其中：研发人员（人）", "rd_staff"),
        ("近三年研发费用总额（万元）", "rd_3y"),
        ("研发投入占比(%)", "rd_ratio"),
        ("是否高企", "hnte_valid"),
        ("HNTE (Y/N)", "hnte_valid"),
        ("一类知识产权（件）", "ip_class1"),
        ("Ⅱ 类知识产权数", "ip_class2"),
        ("企业名称（全称）", NAME),
        ("入驻企业名称", NAME),
        ("统一社会信用代码\n(18位)", CODE),
        ("USCC", CODE),
    ],
)
def test_heading_of_a_fact_is_recognised(lexicon, heading, fact):
    how, facts = _meaning(lexicon, heading)

    assert (fact,) == facts
    assert how in {"exact", "synonym", "contained"}


@pytest.mark.parametrize(
    "heading",
    [
        "营业收入增长率",
        "营业收入（同比）",
        "其他营业收入",
        "预计下一年营业收入（万元）",
        "研发人员占比",
        "研发人员工资",
        "研发费用（加计扣除口径）",
        "科技人员占职工总数比例",
        "注册资本（万元）",
        "实缴资本",
        "利润总额",
        "归母净利润",
        "营业成本",
        "发明专利申请数",
        "高企证书编号",
        "法定代表人",
        "联系人",
        "rd_staff_share_pct_stated",
        "report_date",
    ],
)
def test_heading_of_another_thing_is_left_alone(lexicon, heading):
    assert ("none", ()) == _meaning(lexicon, heading)


def test_heading_with_an_unknown_qualifier_is_a_doubt(lexicon):
    assert ("doubt", ("revenue",)) == _meaning(lexicon, "营业收入（甲类）")
    assert ("doubt", ("revenue",)) == _meaning(lexicon, "线上营业收入")


def test_heading_that_holds_two_facts_is_never_picked_silently(lexicon):
    how, facts = _meaning(lexicon, "研发人员研发费用")

    assert how in {"doubt", "none"}
    assert len(facts) != 1


def test_heading_of_kind_and_field_is_a_record(lexicon):
    match = lexicon.match((read_label("高企证书有效期至"),))

    assert (Target("certificates", "valid_until", "hnte"),) == match.targets


def test_group_completes_its_leaf(lexicon):
    assert ("exact", ("hitech_income",)) == _meaning(
        lexicon, "高新技术产品（服务）", "收入"
    )
    assert ("exact", ("rd_expense",)) == _meaning(lexicon, "研发费用", "2024年")
    assert ("synonym", ("rd_expense",)) == _meaning(lexicon, "研发费用", "合计")
    assert ("none", ()) == _meaning(lexicon, "预计2026年", "营业收入")


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("营业收入（万元）", "万元"),
        ("营业收入/万元", "万元"),
        ("营业收入 万元", "万元"),
        ("营业收入（单位：人民币亿元）", "亿元"),
        ("营业收入(万)", "万元"),
        ("Revenue (100m CNY)", "亿元"),
        ("Revenue (10,000 yuan)", "万元"),
        ("Revenue (RMB million)", "百万元"),
        ("Revenue, CNY", "元"),
        ("revenue_yuan", "元"),
        ("Funds raised (million USD)", "百万美元"),
        ("研发占比(%)", "%"),
        ("职工总数/人", "人"),
        ("人数", ""),
        ("租金（元/㎡·天）", "元/平方米·天"),
    ],
)
def test_heading_states_its_unit(heading, unit):
    assert unit == read_label(heading).unit


def test_no_form_of_a_heading_belongs_to_two_facts(lexicon):
    shared = {
        form: [target.fact for target in targets]
        for form, targets in lexicon._words.items()
        if len({t.fact for t in targets}) > 1
    }

    assert {} == shared


def test_main_facts_are_known_by_many_real_forms(dictionary):
    for name in [
        "reg_date",
        "employees",
        "tech_staff",
        "rd_staff",
        "revenue",
        "main_revenue",
        "hitech_income",
        "rd_expense",
        "cost_expense",
        "assets",
        "liabilities",
        "net_profit",
        "invention_patents",
        "utility_models",
        "software_copyrights",
        "hnte_valid",
    ]:
        headings = dictionary[name].headings
        assert len(headings.zh) >= 6, name
        assert len(headings.en) >= 3, name


def test_every_fact_has_meaning_or_derivation_and_headings(dictionary):
    bare = [
        name
        for name, fact in dictionary.items()
        if (fact.meaning is None and fact.derive is None) or not fact.headings.zh
    ]

    assert [] == bare


def test_every_fact_that_must_be_supplied_can_be_asked_for(dictionary):
    silent = [
        name
        for name, fact in dictionary.items()
        if fact.question is None
        and fact.derive is None
        and name != "registrar_class"  # told by the credit code
    ]

    assert [] == silent
