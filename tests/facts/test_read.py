# SPDX-License-Identifier: Apache-2.0
"""Whole sheets in, facts out: figures in fen, each with its cell."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.declarations.facts import Code, Fact
from ceyuan.facts import Cell, Choice, ColumnMap, SheetMap, read_facts
from ceyuan.facts.values import Codes, Fault
from ceyuan.kernel import InputRejected, UsageError
from ceyuan.sheets import Book, CellError, Range, Sheet

A, B, C = "91319999MA00000X2E", "91319999MA00000Y3J", "91319999MA0000123B"
HEAD = ["企业名称", "统一社会信用代码"]


def _values(table, name, year=None):
    return table.columns[name, year].values


def test_sheet_with_title_groups_and_total_is_read_whole(read, codes):
    table = read(
        ["2025年度企业情况表"],
        ["企业名称", "统一社会信用代码", "经营情况（2024年，万元）", None, "职工总数"],
        [None, None, "营业收入", "其中：研发费用", None],
        ["甲公司", A, Decimal("1234.5"), 60, 100],
        ["乙公司", B, "700", "35.25", "20"],
        [None, None, None, None, None],
        ["合计", None, Decimal("1934.5"), Decimal("95.25"), 120],
        ["注：数据由企业填报"],
        merged=[Range(1, 1, 1, 5), Range(2, 3, 2, 4), Range(2, 1, 3, 1)],
    )

    assert [("企业", 4, "甲公司", A), ("企业", 5, "乙公司", B)] == [
        (r.sheet, r.row, r.name, r.uscc) for r in table.rows
    ]
    assert {
        ("revenue", 2024): [1_234_500_000, 700_000_000],
        ("rd_expense", 2024): [60_000_000, 35_250_000],
        ("employees", 2025): [100, 20],
        ("registrar_class", None): ["91", "91"],
    } == {key: column.values for key, column in table.columns.items()}
    assert Cell("tenants.xlsx", "企业", 5, "D") == table.cell(1, ("rd_expense", 2024))
    assert [] == codes(table)
    assert [(7, "合计行"), (8, "备注或分段标题")] == [
        (s.row, s.reason) for s in table.skipped
    ]
    assert (2025, "标题或表名写明“2025年度”") == (table.year, table.year_reason)


def test_year_that_is_named_nowhere_is_the_last_closed_one_and_said(read):
    table = read([*HEAD, "营业收入（元）"], ["甲公司", A, 5_000_000])

    assert [500_000_000] == _values(table, "revenue", 2025)
    assert "没有写年份" in table.year_reason
    assert ["R215"] == [note.code for note in table.notes]


def test_part_of_a_year_is_no_year_and_said(read):
    table = read([*HEAD, "2026年1-9月营业收入（元）"], ["甲公司", A, 5_000_000])

    assert [("registrar_class", None)] == list(table.columns)
    assert ["R213"] == [note.code for note in table.notes]


def test_unit_of_a_note_holds_for_money_that_states_none(read):
    table = read(
        ["企业情况表", None, None, "单位：万元"],
        [*HEAD, "营业收入", "资产总额（元）"],
        ["甲公司", A, 500, 7_000_000],
    )

    assert [500_000_000] == _values(table, "revenue", 2025)
    assert [700_000_000] == _values(table, "assets", 2025)
    assert "单位：万元" in table.columns["revenue", 2025].unit_reason


def test_row_of_units_and_row_of_numbers_belong_to_the_heading(read):
    table = read(
        [*HEAD, "营业收入", "职工总数"],
        [None, None, "万元", "人"],
        ["甲", "乙", 1, 2],
        ["甲公司", A, 500, 30],
    )

    assert [4] == [row.row for row in table.rows]
    assert [500_000_000] == _values(table, "revenue", 2025)


def test_unit_that_nobody_can_tell_is_a_question_and_unknown(read, codes):
    rows = [[f"企业{n}", None, 35_000 + n] for n in range(30)]

    table = read([*HEAD, "营业收入"], *rows)

    assert [None] * 30 == _values(table, "revenue", 2025)
    assert ["R220"] == codes(table)
    assert ("C", ("元", "万元")) == (
        table.questions[0].problem.column,
        table.questions[0].options,
    )


def test_unit_question_is_settled_by_the_map(read, codes):
    rows = [[f"企业{n}", None, 35_000] for n in range(30)]
    fixed = ColumnMap(columns={"C": Choice(fact="revenue", unit="万元")})

    table = read([*HEAD, "营业收入"], *rows, columns=fixed)

    assert [35_000_000_000] * 30 == _values(table, "revenue", 2025)
    assert [] == codes(table)


def test_unit_in_a_cell_holds_for_that_cell_even_in_a_question(read):
    rows = [[f"企业{n}", None, 35_000] for n in range(30)]
    rows[3][2] = "1.2亿"

    values = _values(read([*HEAD, "营业收入"], *rows), "revenue", 2025)

    assert [1_200_000_0000] == [v for v in values if v is not None]


def test_heading_that_states_a_unit_of_another_kind_is_a_question(read, codes):
    table = read([*HEAD, "研发人员（%）"], ["甲公司", A, 30])

    assert ["R220"] == codes(table)
    assert [None] == _values(table, "rd_staff", 2025)


def test_one_firm_off_by_ten_thousand_is_a_suspect(read, codes):
    rows = [[f"企业{n}", None, 20 + n, 600 + n] for n in range(20)]
    rows[7][3] = 6_070_000

    table = read([*HEAD, "职工总数", "营业收入（万元）"], *rows)

    assert ["R222"] == codes(table)
    assert (9, "D") == (table.problems[0].row, table.problems[0].column)
    assert "“6070000”" in table.problems[0].message
    assert "按元填" in table.problems[0].message
    assert table.value(7, "revenue", 2025) is None
    assert 606_000_000 == table.value(6, "revenue", 2025)


@pytest.mark.parametrize(
    ("heading", "cells", "values", "found"),
    [
        ("研发占比(%)", [30, 12, 4], ["3/10", "3/25", "1/25"], []),
        ("研发占比", ["30%", "12％", "4%"], ["3/10", "3/25", "1/25"], []),
        ("研发占比", [30, 12, 4], ["3/10", "3/25", "1/25"], []),
        ("研发占比", [30, "0.25", 4], ["3/10", None, "1/25"], ["R224"]),
        ("研发占比", ["0.3", "0.12", "0.04"], [None, None, None], ["R221"]),
        ("研发占比(%)", ["0.3", "0.12", "0.04"], [None, None, None], ["R221"]),
        ("研发占比", ["30%", "0.12", "0.04"], ["3/10", None, None], ["R221"]),
    ],
)
def test_percent_is_decided_per_column(read, codes, *, heading, cells, values, found):
    rows = [[f"企业{n}", None, cell] for n, cell in enumerate(cells)]

    table = read([*HEAD, heading], *rows)

    assert [v and Fraction(v) for v in values] == _values(table, "rd_ratio", 2025)
    assert found == codes(table)


def test_percent_format_of_a_cell_decides_that_cell(read, codes):
    table = read(
        [*HEAD, "研发占比(%)"],
        ["甲公司", A, Decimal("0.3")],
        percent={3: ((2, 2),)},
    )

    assert [Fraction(3, 10)] == _values(table, "rd_ratio", 2025)
    assert [] == codes(table)


def test_wrong_cells_are_problems_with_their_place_and_the_rest_goes_on(read):
    table = read(
        [
            *HEAD,
            "成立日期",
            "职工总数（人）",
            "营业收入（万元）",
            "是否高企",
            "发明专利",
        ],
        ["甲公司", A, "2019", -5, "约5000", "不清楚", "无"],
        ["乙公司", B, "2030-01-01", 10, CellError("#REF!"), "是", "/"],
        ["丙公司", C, "2019.3.5", "1e999", "500-600", "否", 3],
    )

    assert [
        ("R241", 2, "C", "2019"),
        ("R235", 2, "D", "-5"),
        ("R231", 2, "E", "约5000"),
        ("R250", 2, "F", "不清楚"),
        ("R243", 3, "C", "2030-01-01"),
        ("R234", 3, "E", "#REF!"),
        ("R233", 4, "D", "1e999"),
        ("R232", 4, "E", "500-600"),
    ] == [
        (p.code, p.row, p.column, p.message.split("“")[2].split("”")[0])
        for p in table.problems
    ]
    assert all(p.mend and p.sheet == "企业" for p in table.problems)
    assert [None, None, date(2019, 3, 5)] == _values(table, "reg_date")
    assert [None, 10, None] == _values(table, "employees", 2025)
    assert [None, True, False] == _values(table, "hnte_valid")
    assert [0, None, 3] == _values(table, "invention_patents")


def test_word_nothing_is_zero_of_what_is_counted_and_unknown_of_money(read):
    table = read(
        [*HEAD, "研发人员（人）", "研发费用（万元）"], ["甲公司", A, "无", "无"]
    )

    assert [0] == _values(table, "rd_staff", 2025)
    assert [None] == _values(table, "rd_expense", 2025)
    assert ["R237", "R237", "R215"] == [note.code for note in table.notes]


def test_part_of_a_fen_is_rounded_and_said(read):
    table = read([*HEAD, "营业收入（万元）"], ["甲公司", A, "12.3456785"])

    # 12.3456785 万元 = 12,345,678.5 fen
    assert [12_345_679] == _values(table, "revenue", 2025)
    assert "R225" in [note.code for note in table.notes]


def test_column_that_holds_something_else_is_one_problem(read, codes):
    rows = [[f"企业{n}", None, f"GR20233100{n:04}"] for n in range(8)]

    table = read([*HEAD, "高新技术企业"], *rows)

    assert ["R214"] == codes(table)
    assert [None] * 8 == _values(table, "hnte_valid")


def test_doubled_heading_with_equal_values_uses_the_first(read, codes):
    table = read(
        [*HEAD, "营业收入（万元）", "销售收入（万元）"], ["甲公司", A, 500, 500]
    )

    assert ["R211"] == codes(table)
    assert "C、D" in table.problems[0].message
    assert "C" == table.columns["revenue", 2025].column


def test_doubled_heading_with_other_values_uses_neither(read, codes):
    table = read(
        [*HEAD, "营业收入（万元）", "销售收入（万元）"], ["甲公司", A, 500, 501]
    )

    assert ["R211"] == codes(table)
    assert ("revenue", 2025) not in table.columns


def test_doubled_names_that_differ_are_said(read, codes):
    table = read(
        ["企业名称", "公司名称", "职工总数"],
        ["甲公司", "甲公司", 3],
        ["乙公司", "丁公司", 4],
    )

    assert ["R211"] == codes(table)
    assert "A、B 列" in table.problems[0].message
    assert ["甲公司", "乙公司"] == [row.name for row in table.rows]


def test_two_rows_of_one_firm_that_agree_are_merged_and_keep_their_rows(read, codes):
    table = read(
        [*HEAD, "营业收入（万元）", "职工总数"],
        ["甲公司", A, 500, None],
        ["乙公司", B, 90, 9],
        ["甲公司", A, 500, 30],
    )

    assert [2, 3, 4] == [row.row for row in table.rows]
    assert [30, 9, 30] == _values(table, "employees", 2025)
    assert "企业!D4" == str(table.cell(0, ("employees", 2025)))
    assert "企业!D3" == str(table.cell(1, ("employees", 2025)))
    assert [] == codes(table)
    assert "R207" in [note.code for note in table.notes]


def test_two_rows_of_one_firm_that_disagree_are_unknown_in_both(read, codes):
    table = read(
        [*HEAD, "营业收入（万元）", "职工总数"],
        ["甲公司", A, 500, 30],
        ["甲公司", A, 501, 30],
    )

    assert [None, None] == _values(table, "revenue", 2025)
    assert [30, 30] == _values(table, "employees", 2025)
    assert ["R206", "R206"] == codes(table)
    assert [(2, "C"), (3, "C")] == [(p.row, p.column) for p in table.problems]
    message = table.problems[0].message
    assert "第 2 行 500.00 万元" in message
    assert "第 3 行 501.00 万元" in message


def test_one_code_under_two_names_is_said(read, codes):
    table = read([*HEAD, "职工总数"], ["甲公司", A, 3], ["乙公司", A, 3])

    assert ["R208"] == codes(table)


def test_row_with_a_wrong_code_is_kept_by_its_name(read, codes):
    table = read([*HEAD, "职工总数"], ["甲公司", A[:-1] + "8", 3])

    assert ["R203"] == codes(table)
    assert [("甲公司", A[:-1] + "8", False)] == [
        (r.name, r.uscc, r.sound) for r in table.rows
    ]
    assert [3] == _values(table, "employees", 2025)


def test_row_without_name_and_code_is_a_total_if_it_sums_up(read, codes):
    table = read(
        [*HEAD, "职工总数"], ["甲公司", A, 3], ["乙公司", B, 4], [None, None, 7]
    )

    assert [2, 3] == [row.row for row in table.rows]
    assert [] == codes(table)


def test_row_without_name_and_code_is_a_problem_if_it_does_not(read, codes):
    table = read(
        [*HEAD, "职工总数"], ["甲公司", A, 3], ["乙公司", B, 4], [None, None, 8]
    )

    assert ["R205"] == codes(table)


def test_row_that_says_how_to_fill_in_is_skipped(read, codes):
    table = read(
        [*HEAD, "营业收入（万元）"],
        ["必填", "18位", "保留两位小数"],
        ["甲公司", A, 500],
    )

    assert [3] == [row.row for row in table.rows]
    assert [] == codes(table)


def test_line_of_names_and_phones_below_the_table_is_skipped(read, codes):
    table = read(
        [*HEAD, "职工总数"], ["甲公司", A, 3], ["填表人：张三", "联系电话：123"]
    )

    assert [2] == [row.row for row in table.rows]
    assert [] == codes(table)


def test_repeated_heading_and_section_titles_are_skipped(read):
    table = read(
        [*HEAD, "职工总数"],
        ["一、孵化企业"],
        ["甲公司", A, 3],
        [*HEAD, "职工总数"],
        ["乙公司", B, 4],
    )

    assert [3, 5] == [row.row for row in table.rows]


def test_certificate_columns_of_the_own_sheet_are_records(read):
    table = read(
        [*HEAD, "高企发证日期", "高企有效期至"],
        ["甲公司", A, "2024-11-08", "2027-11-08"],
        ["乙公司", B, None, None],
    )

    records = table.records["certificates"]
    assert [
        (
            {
                "certificate": "hnte",
                "issued_on": date(2024, 11, 8),
                "valid_until": date(2027, 11, 8),
            },
        ),
        (),
    ] == records.records
    assert not records.complete


def test_flag_that_its_own_certificate_denies_is_unknown(read, codes):
    table = read(
        [*HEAD, "是否高企", "高企有效期至"],
        ["甲公司", A, "否", "2027-11-08"],
        ["乙公司", B, "是", "2026-11-20"],
        ["丙公司", C, "是", "2026-11-21"],
    )

    # The day of the check is 2026-11-21; a certificate holds on its last day.
    assert [None, None, True] == _values(table, "hnte_valid")
    assert ["R274", "R274"] == codes(table)


def test_part_larger_than_its_whole_is_unknown(read, codes):
    table = read([*HEAD, "职工总数", "研发人员"], ["甲公司", A, 6, 10])

    assert ["R238"] == codes(table)
    assert [None] == _values(table, "rd_staff", 2025)


def test_rows_of_several_years_give_each_row_all_years(read):
    table = read(
        [*HEAD, "年度", "营业收入（万元）"],
        ["甲公司", A, 2024, 400],
        ["甲公司", A, "2025年", 500],
    )

    assert [400_000_000] * 2 == _values(table, "revenue", 2024)
    assert [500_000_000] * 2 == _values(table, "revenue", 2025)
    assert "企业!D2" == str(table.cell(1, ("revenue", 2024)))


def test_second_sheet_of_the_same_firms_adds_facts(dictionary):
    book = Book(
        Path("two.xlsx"),
        "xlsx",
        (
            Sheet(
                "基本情况", [[*HEAD, "职工总数"], ["甲公司", A, 3], ["乙公司", B, 4]]
            ),
            Sheet(
                "财务",
                [[*HEAD, "营业收入（元）"], ["乙公司", B, 900], ["甲公司", A, 800]],
            ),
            Sheet("说明", [["填表说明"]]),
        ),
    )

    table = read_facts(book, dictionary=dictionary, as_of=date(2026, 11, 21))

    assert [("基本情况", 2), ("基本情况", 3)] == [(r.sheet, r.row) for r in table.rows]
    assert [80_000, 90_000] == _values(table, "revenue", 2025)
    assert "财务!C3" == str(table.cell(0, ("revenue", 2025)))
    assert ["说明"] == [s.sheet for s in table.skipped]


def test_second_sheet_of_other_firms_adds_rows(dictionary):
    book = Book(
        Path("two.xlsx"),
        "xlsx",
        (
            Sheet("孵化", [[*HEAD, "职工总数"], ["甲公司", A, 3], ["乙公司", B, 4]]),
            Sheet("加速", [[*HEAD, "员工人数", "总资产（元）"], ["丙公司", C, 5, 700]]),
        ),
    )

    table = read_facts(book, dictionary=dictionary, as_of=date(2026, 11, 21))

    assert [("孵化", 2), ("孵化", 3), ("加速", 2)] == [
        (r.sheet, r.row) for r in table.rows
    ]
    assert [3, 4, 5] == _values(table, "employees", 2025)
    assert [None, None, 70_000] == _values(table, "assets", 2025)
    assert "加速!C2" == str(table.cell(2, ("employees", 2025)))
    assert "加速!D2" == str(table.cell(2, ("assets", 2025)))


def test_map_chooses_sheet_heading_and_year(read):
    fixed = ColumnMap(
        sheet="企业",
        header_row=2,
        year=2023,
        columns={
            "A": Choice(fact="name"),
            "B": Choice(fact="uscc"),
            "C": Choice(fact="revenue", unit="元"),
            "D": Choice(fact="ignore"),
        },
    )

    table = read(
        ["随便什么"], ["甲列", "乙列", "丙列", "职工总数"], ["甲公司", A, 5, 6],
        columns=fixed,
    )  # fmt: skip

    assert [500] == _values(table, "revenue", 2023)
    assert ("employees", 2023) not in table.columns
    assert [("甲公司", A)] == [(r.name, r.uscc) for r in table.rows]


def test_map_for_a_sheet_that_is_not_there_is_wrong_use(read):
    with pytest.raises(UsageError):
        read([*HEAD], ["甲公司", A], columns=ColumnMap(sheet="别的"))


def test_map_for_a_column_that_is_not_there_is_a_problem(read, codes):
    fixed = ColumnMap(columns={"Z": Choice(fact="revenue", unit="元")})

    assert "R280" in codes(read([*HEAD], ["甲公司", A], columns=fixed))


def test_book_without_a_table_of_firms_is_rejected_with_reasons(read):
    with pytest.raises(InputRejected) as raised:
        read(["日期", "天气"], ["1日", "晴"])

    assert "企业：没有找到" in raised.value.message
    assert ["R201"] == [p.code for p in raised.value.problems]


def test_industry_code_gives_division_and_section(read):
    table = read(
        [*HEAD, "行业代码"],
        ["甲公司", A, "I65 软件和信息技术服务业"],
        ["乙公司", B, "C3921"],
        ["丙公司", C, "6510"],
    )

    assert [65, 39, 65] == _values(table, "gb_division")
    assert ["I", "C", None] == _values(table, "gb_section")


def test_files_of_a_map_are_kept_for_the_join(read):
    fixed = ColumnMap(files={"名单.xlsx": SheetMap(complete=True)})

    table = read([*HEAD, "职工总数"], ["甲公司", A, 3], columns=fixed)

    assert {"名单.xlsx": SheetMap(complete=True)} == table.columns_guessed.files


def test_loans_of_one_firm_stay_apart():
    amount = Fact(
        zh="贷款金额", en="Loan amount", kind="number", unit="元", subject=("loan",)
    )
    rows = [
        ["贷款编号", "统一社会信用代码", "贷款金额（万元）", "营业收入（万元）"],
        ["L1", A, 300, 7],
        ["L2", A, 500, 8],
    ]
    book = Book(Path("loans.xlsx"), "xlsx", (Sheet("贷款", rows),))  # type: ignore[arg-type]

    table = read_facts(
        book,
        dictionary={"loan_amount": amount},
        as_of=date(2026, 11, 21),
        subject="loan",
    )

    assert ["L1", "L2"] == [row.name for row in table.rows]
    assert {("loan_amount", None): [300_000_000, 500_000_000]} == {
        key: column.values for key, column in table.columns.items()
    }
    assert [] == table.problems


CELLS = st.one_of(
    st.none(),
    st.integers(-(10**20), 10**20),
    st.decimals(allow_nan=True, allow_infinity=True).filter(lambda d: not d.is_snan()),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.text(max_size=12),
    st.sampled_from(
        ["约5000", "1.2亿", "2019.3", "是", "无", "合计", "30%", "甲公司", A]
    ),
    st.just(CellError("#N/A")),
)
HEADINGS = st.sampled_from(
    [
        "企业名称", "统一社会信用代码", "营业收入", "2024年营业收入（万元）", "去年营业收入",
        "研发占比", "职工总数", "成立日期", "是否高企", "高企有效期至", "注册地址", "行业代码",
        "年度", "备注", "合计", "单位：万元", "(1)", "", "2024", "研发费用/万元",
    ]
)  # fmt: skip


@given(
    st.lists(HEADINGS, min_size=6, max_size=6),
    st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=12),
)
def test_no_sheet_breaks_the_reader(dictionary, heading, rows):
    sheet = Sheet("企业", [list[object](heading), *rows])  # type: ignore[list-item]
    book = Book(Path("any.xlsx"), "xlsx", (sheet,))

    try:
        table = read_facts(book, dictionary=dictionary, as_of=date(2026, 11, 21))
    except InputRejected:
        return

    for column in table.columns.values():
        assert len(table.rows) == len(column.values)
        fact = dictionary[column.key[0]]
        for value in column.values:
            assert value is None or isinstance(value, KINDS[fact.kind])


KINDS: dict[str, type | tuple[type, ...]] = {
    "number": (int, Fraction),
    "flag": bool,
    "date": date,
    "code": str,
    "text": str,
}


def test_line_of_remarks_above_the_heading_is_no_heading(read, codes):
    table = read(
        ["2025年度科技企业情况表", None, None, None, None],
        ["填报单位：街道办", None, "填报日期：2026年3月5日", None, "单位：万元、人"],
        [*HEAD, "从业人员", "营业收入", "研发费用"],
        ["甲公司", A, 85, Decimal("5230.5"), 630],
    )

    assert [85] == _values(table, "employees", 2025)
    assert [5_230_500_000] == _values(table, "revenue", 2025)
    assert [630_000_000] == _values(table, "rd_expense", 2025)
    assert "表上注明“单位：万元、人”" == table.columns["revenue", 2025].unit_reason
    assert [] == codes(table)


def test_group_that_begins_like_a_remark_is_a_group(read):
    table = read(
        ["单位基本情况", None, None, "2024年数据（万元）", None],
        [*HEAD, "职工总数", "营业收入", "研发费用"],
        ["甲公司", A, 85, 500, 60],
        merged=[Range(1, 1, 1, 3), Range(1, 4, 1, 5)],
    )

    assert [500_000_000] == _values(table, "revenue", 2024)
    assert [60_000_000] == _values(table, "rd_expense", 2024)


def test_stock_code_of_an_exchange_means_listed_and_others_tell_nothing(read, codes):
    shares = [688001, "000001", "sz300750", "920001.BJ", "830799", "未披露", None]
    rows = [[f"试验{n}公司", None, share] for n, share in enumerate(shares)]

    table = read([*HEAD, "股票代码"], *rows)

    assert [True, True, True, True, None, None, None] == _values(
        table, "is_listed", None
    )
    assert [] == codes(table)


def test_stock_code_gives_way_to_a_column_that_says_it(read):
    table = read(
        [*HEAD, "股票代码", "是否上市"], ["甲公司", A, "688001", "否"]
    )  # delisted since

    assert [False] == _values(table, "is_listed", None)


def test_columns_that_mean_nothing_are_named(read):
    table = read(
        ["楼栋", *HEAD, "营业收入（万元）", "2026年1-9月营业收入（万元）", "联系人"],
        ["A座", "甲公司", A, 500, 300, "某某"],
    )

    assert [("A", "楼栋"), ("F", "联系人")] == [
        (source.column, source.heading) for source in table.unread()
    ]


def test_word_outside_a_code_list_is_answered_with_the_list_in_chinese():
    codes = {"firm": Code(zh="企业", en="firm"), "team": Code(zh="团队", en="team")}

    fault = Codes(codes, prefix=False).read("个人")

    assert Fault("R251", "不在可选的内容里", "填写：企业、团队") == fault
