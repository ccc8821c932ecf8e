# SPDX-License-Identifier: Apache-2.0
"""Forms that firms have: whose they are, which year, which figure is which."""

from datetime import date

import pytest
import xlsxwriter

from ceyuan.facts.intake.labelled import beside, year_of
from ceyuan.facts.store.handles import handle_of_code
from ceyuan.kernel import InputRejected

CODE = "91310000MA1FL1234Q"
HEAD = (
    ("A107041", "高新技术企业优惠情况及明细表（虚构）"),
    (f"纳税人识别号（统一社会信用代码）：{CODE}",),
    ("纳税人名称：", "上海虚构甲科技有限公司"),
    ("税款所属期间：2025年01月01日 至 2025年12月31日",),
    (
        "高新技术企业证书编号",
        "GR202531000001",
        "高新技术企业证书取得时间",
        "2025-11-01",
    ),
    ("行次", "项目", "金额（数量）"),
    (None, None, "本年度", "前一年度", "前二年度"),
)
LINES = (
    (4, "一、本年高新技术产品（服务）收入（5+6）", 1000000.5),
    (7, "三、本年企业总收入（8-9）", 2000000),
    (11, "六、本年科技人员数", 12),
    (12, "七、本年职工总数", 30),
    (15, "归集的高新研发费用金额（16+25）", 300000, 200000, 100000.25),
    (28, "可计入研发费用的境外研发费用", 0, 0, 0),
    (29, "销售（营业）收入", 2100000, 1900000, None),
)


@pytest.fixture
def annex(tmp_path):
    def write(*rows, name="年度申报.xlsx"):
        path = tmp_path / name
        with xlsxwriter.Workbook(path) as book:
            page = book.add_worksheet("A107041")
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if cell is not None:
                        page.write(at, column, cell)
        return path

    return write


@pytest.fixture
def forms(records):
    def of(type_):
        return {n: f for n, f in records.forms.items() if f.record == type_}

    return of


def test_annex_states_three_years_of_one_firm(annex, read, forms):
    found = read(annex(*HEAD, *LINES), forms=forms("firm"))
    assert [] == found.problems
    assert {handle_of_code(CODE)} == set(found.frame["org"])
    columns = ("year", "hitech_income", "rd_expense", "revenue", "employees", "row")
    assert [
        (2025, 100_000_050, 30_000_000, 210_000_000, 3_000, 2),
        (2024, None, 20_000_000, 190_000_000, None, 2),
        (2023, None, 10_000_025, None, None, 2),
    ] == found.frame.select(columns).rows()
    assert (1, 0) == (found.seen, found.rejected)


def test_line_that_is_worded_otherwise_is_a_problem_and_not_used(annex, read, forms):
    lines = (*LINES[:-1], (29, "利润总额", 5, 6, 7))
    found = read(annex(*HEAD, *lines), forms=forms("firm"))
    assert [("R286", 14)] == [(p.code, p.row) for p in found.problems]
    assert "revenue" not in found.frame.columns


def test_figure_that_hangs_on_a_blank_line_is_kept_back_and_said(annex, read, forms):
    head = (
        ("A107012 研发费用加计扣除优惠明细表（2025年度）",),
        (f"纳税人识别号（统一社会信用代码）：{CODE}",),
        ("行次", "项目", "金额（数量）"),
    )
    rows = (
        (28, "（六）其他相关费用", 5),
        (40, "三、年度研发费用小计（2+36×80%+38）", 900),
    )

    found = read(annex(*head, *rows), forms=forms("firm"))
    whole = read(
        annex(*head, *rows, (42, "（二）本年资本化金额", 0), name="二.xlsx"),
        forms=forms("firm"),
    )

    assert "rd_cost_other" not in found.frame.columns
    (note,) = (n for n in found.notes if n.code == "R288")
    assert "42" in note.message
    assert [500] == whole.frame["rd_cost_other"].to_list()
    assert [] == [n for n in whole.notes if n.code == "R288"]


def test_figure_that_is_not_exact_is_left_out(annex, read, forms):
    lines = (*LINES[:-1], (29, "销售（营业）收入", "约200万", 19, 17))
    found = read(annex(*HEAD, *lines), forms=forms("firm"))
    assert [("R231", 14, "C")] == [(p.code, p.row, p.column) for p in found.problems]
    assert [None, 1_900, 1_700] == found.frame["revenue"].to_list()


def test_unit_on_the_sheet_is_that_of_its_money_only(annex, read, forms):
    head = (*HEAD[:3], ("金额单位：万元",), *HEAD[3:])
    found = read(annex(*head, *LINES), forms=forms("firm"))
    assert (2_100_000 * 10**6, 3_000) == found.frame.select("revenue", "employees").row(
        0
    )


@pytest.mark.parametrize(
    "period", ["2025年01月01日 至 2025年06月30日", "2026年1月1日至2026年12月31日", ""]
)
def test_annex_of_no_closed_year_is_refused(annex, read, forms, period):
    head = (*HEAD[:3], (f"税款所属期间：{period}",), *HEAD[4:])
    with pytest.raises(InputRejected) as caught:
        read(annex(*head, *LINES), forms=forms("firm"))
    assert "R216" in [p.code for p in caught.value.problems]


def test_certificate_at_the_head_of_the_annex_is_a_record(annex, read, forms):
    found = read(annex(*HEAD, *LINES), "certificate", forms=forms("certificate"))
    columns = ("key", "certificate", "certificate_number", "valid_from")
    assert [
        ("hnte\x1f2025-11-01", "hnte", "GR202531000001", date(2025, 11, 1))
    ] == found.frame.select(columns).rows()


def test_projects_of_a_statistical_form_are_its_firms(csv_file, read, forms):
    found = read(
        csv_file(
            "107-1 企业研究开发项目情况（虚构）,,,",
            f"统一社会信用代码：{CODE},,单位详细名称：上海虚构甲公司,",
            "年份：2024,,,",
            "项目名称,项目来源,项目经费支出,项目研究开发人员",
            "虚构项目一,本企业自选,1200,5",
            "虚构项目二,本企业自选,80.5,3",
            name="107-1.csv",
        ),
        "rd_project",
        forms=forms("rd_project"),
    )
    assert [
        (handle_of_code(CODE), "上海虚构甲公司", "虚构项目一", 2024, 120_000_000),
        (handle_of_code(CODE), "上海虚构甲公司", "虚构项目二", 2024, 8_050_000),
    ] == found.frame.select("org", "name", "key", "year", "project_expense").rows()


@pytest.mark.parametrize(
    ("row", "value"),
    [
        (["企业名称：甲"], "甲"),
        (["企业名称:", None, "甲"], "甲"),
        (["企业名称（盖章）", "甲"], "甲"),
        (["企业名称：", "代码：", "乙"], None),
        (["企业名称变更情况", "甲"], None),
    ],
)
def test_value_stands_in_the_labels_cell_or_the_next(row, value):
    found = beside([row], ["企业名称"])
    assert value == (found.cell if found else None)


def test_only_a_whole_year_is_a_year():
    assert [2025, 2025, None, None] == [
        year_of(text)
        for text in ("2025年度", "2025-01-01至2025-12-31", "2025年1月至6月", "二〇二五")
    ]
