# SPDX-License-Identifier: Apache-2.0
"""What a form states of its figures, and how a sheet is recognised as one."""

from __future__ import annotations

from fractions import Fraction

import pytest
from pydantic import ValidationError

from ceyuan.declarations import Figure, Form, load_records

HEAD = {"zh": "表", "en": "form", "record": "firm", "source": "tax"}


def _form(*lines: dict[str, object], **more: object) -> Form:
    said = {"layout": "form", "unit": "千元", "title": ["附表一"], "lines": list(lines)}
    return Form.model_validate({**HEAD, **said, **more})


def _line(attribute: str, lines: object, **more: object) -> dict[str, object]:
    return {"attribute": attribute, "lines": lines, "confidence": "A", **more}


def test_line_states_its_figure_in_the_forms_unit():
    form = _form(_line("cost", ["4"]))

    assert [Figure("cost", 0, Fraction(7), "千元", "A")] == form.figures(
        {("4", 0): Fraction(7), ("5", 0): Fraction(9)}
    )


def test_lines_are_added_and_taken_away_by_their_weights():
    form = _form(_line("cost", {"1": 1, "2": -1, "3": "4/5"}))
    amounts = {("1", 0): Fraction(10), ("2", 0): Fraction(3), ("3", 0): Fraction(5)}

    assert [Figure("cost", 0, Fraction(11), "千元", "A")] == form.figures(amounts)


def test_sum_with_a_blank_line_states_nothing():
    form = _form(_line("cost", ["1", "2"]))

    assert [] == form.figures({("1", 0): Fraction(10)})


@pytest.mark.parametrize(
    ("guard", "count"), [(Fraction(0), 1), (Fraction(1), 0), (None, 0)]
)
def test_line_under_a_condition_is_stated_only_at_zero(guard, count):
    form = _form(_line("cost", ["1"], when_zero=["9"]))
    amounts = {("1", 0): Fraction(10)}
    if guard is not None:
        amounts["9", 0] = guard

    assert count == len(form.figures(amounts))


def test_line_by_year_states_the_years_before_too():
    columns = {"years": {"前一年度": -1, "前二年度": -2}}
    form = _form(
        _line("cost", ["1"], by_year=True),
        _line("staff", ["2"], unit="人"),
        columns=columns,
    )
    amounts = {(n, y): Fraction(10 * int(n) - y) for n in "12" for y in (0, -1, -2)}

    assert [
        Figure("cost", 0, Fraction(10), "千元", "A"),
        Figure("cost", -1, Fraction(11), "千元", "A"),
        Figure("cost", -2, Fraction(12), "千元", "A"),
        Figure("staff", 0, Fraction(20), "人", "A"),
    ] == form.figures(amounts)


def test_year_that_is_blank_is_left_out_and_the_others_stay():
    form = _form(
        _line("cost", ["1"], by_year=True), columns={"years": {"前一年度": -1}}
    )

    assert [Figure("cost", -1, Fraction(5), "千元", "A")] == form.figures(
        {("1", -1): Fraction(5)}
    )


@pytest.mark.parametrize(
    ("titles", "words", "yes"),
    [
        (["附表一 明细"], ["合计"], True),
        (["《附 表 一》"], ["三、合计（1+2）"], True),
        (["附表二"], ["合计"], False),
        (["附表一"], ["小计"], False),
        ([], ["合计"], False),
    ],
)
def test_form_is_recognised_by_title_and_items(titles, words, yes):
    form = _form(_line("cost", ["1"]), items=["合计"])

    assert yes == form.recognises(titles, words)


def test_item_without_number_is_found_by_its_words():
    form = _form(_line("cost", [], item=["销售（营业）收入"]), _line("staff", ["2"]))

    found = form.line_of(" 销售(营业)收入 ")

    assert "cost" == (found.attribute if found else None)
    assert form.line_of("收入") is None


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"layout": "form"}, "a form has `lines` and no `table`"),
        (
            {"layout": "table", "lines": [_line("cost", ["1"])]},
            "a table has `table` and no `lines`",
        ),
        (
            {"layout": "form", "lines": [_line("cost", [])]},
            "a line of a form needs its number",
        ),
    ],
)
def test_form_of_no_layout_is_refused(said, message):
    with pytest.raises(ValidationError, match=message):
        Form.model_validate({**HEAD, "title": ["表"], **said})


def test_tax_annex_of_a_year_without_capitalised_costs_states_its_groups():
    # worked by hand: 3+7+16+19+23 = 100+40+30+20+10 = 200; 43+44 = 5+6 = 11
    amounts = {
        (n, 0): Fraction(v)
        for n, v in {
            "3": 100, "7": 40, "16": 30, "19": 20, "23": 10, "28": 25, "36": 50,
            "37": 8, "42": 0, "43": 5, "44": 6, "46": 1,
        }.items()
    }  # fmt: skip
    annex = load_records().form("a107012")

    assert {
        "rd_cost_main": 200,
        "rd_cost_other": 25,
        "rd_outsourced_domestic": 50,
        "rd_outsourced_overseas": 8,
        "rd_amortisation": 11,
        "rd_special_income": 1,
    } == {f.attribute: f.value for f in annex.figures(amounts)}
    amounts["42", 0] = Fraction(1)
    assert ["rd_amortisation", "rd_special_income"] == [
        f.attribute for f in annex.figures(amounts)
    ]


def test_high_tech_annex_states_three_years_of_costs_and_sales():
    amounts = {
        ("15", 0): Fraction(900), ("15", -1): Fraction(800), ("15", -2): Fraction(700),
        ("28", 0): Fraction(100), ("29", 0): Fraction(9000), ("29", -1): Fraction(0),
        ("11", 0): Fraction(12), ("12", 0): Fraction(60),
    }  # fmt: skip
    annex = load_records().form("a107041")

    expected: list[tuple[str, int, Fraction | int, str]] = [
        ("tech_staff", 0, 12, "人"),
        ("employees", 0, 60, "人"),
        ("rd_expense", 0, 900, "元"),
        ("rd_expense", -1, 800, "元"),
        ("rd_expense", -2, 700, "元"),
        ("rd_domestic", 0, 820, "元"),
        ("revenue", 0, 9000, "元"),
        ("revenue", -1, 0, "元"),
    ]
    assert expected == [
        (f.attribute, f.offset, f.value, f.unit) for f in annex.figures(amounts)
    ]


def test_statistical_form_takes_managers_off_the_staff():
    amounts = {("1", 0): Fraction(30), ("2", 0): Fraction(4)}
    form = load_records().form("s107_2")

    expected: list[tuple[str, Fraction | int, str]] = [
        ("tech_staff", 30, "人"),
        ("rd_staff", 26, "人"),
    ]
    assert expected == [(f.attribute, f.value, f.unit) for f in form.figures(amounts)]


@pytest.mark.parametrize(
    ("form", "title", "words"),
    [
        (
            "a107012",
            "A107012 研发费用加计扣除优惠明细表",
            [
                "三、年度研发费用小计(2+36×80%+38)",
                "六、允许扣除的研发费用合计（41+43+44）",
            ],
        ),
        (
            "a107041",
            "高新技术企业优惠情况及明细表",
            ["四、本年科技人员数", "七、归集的高新研发费用金额（16+25）"],
        ),
        ("s107_1", "企业研究开发项目情况", ["项目名称", "项目来源"]),
        ("s107_2", "107-2表", [" 研究开发人员合计", "研究开发费用合计"]),
        ("list_hnte", "上海市2025年第一批高新技术企业认定名单", []),
        ("list_tech_sme", "2025年第3批入库科技型中小企业名单", []),
        ("list_innovative_sme", "创新型中小企业名单", []),
        ("list_zjtx", "2025年专精特新中小企业名单（第一批）", []),
        ("list_xjr", "专精特新“小巨人”企业名单", []),
        ("patent_export", "专利导出.xlsx", ["申请号"]),
        ("tech_contract_export", "技术合同登记导出", ["合同登记编号"]),
    ],
)
def test_shipped_form_recognises_its_own_sheet_and_no_other(form, title, words):
    forms = load_records().forms

    assert [form] == [n for n, f in forms.items() if f.recognises([title], words)]
