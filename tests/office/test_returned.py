# SPDX-License-Identifier: Apache-2.0
"""The returned workbook, read back: the user's part as it was, ours at the right."""

from __future__ import annotations

from datetime import date
from zipfile import ZipFile

import pytest

from ceyuan.declarations import load_region
from ceyuan.office import check_table
from ceyuan.office.inputs import read_input
from ceyuan.office.returned import write_back
from ceyuan.sheets import Book, Sheet, read_tables
from tests.park import DAY, HEADINGS, POLICIES, ROWS, write_xlsx

FIRST = len(HEADINGS) + 1
"""Index of our first column: one empty column stays between."""


@pytest.fixture(name="returned", scope="module")
def _returned(tmp_path_factory: pytest.TempPathFactory) -> Book:
    folder = tmp_path_factory.mktemp("returned")
    region, day = load_region(), date.fromisoformat(DAY)
    book, table = read_input(write_xlsx(folder / "park.xlsx"), region=region, as_of=day)
    checkup = check_table(table, region, as_of=day, policies=POLICIES)
    write_back(checkup, book, folder / "park.体检.xlsx")
    return read_tables(folder / "park.体检.xlsx")


def _table(sheet: Sheet) -> list[list[object]]:
    """Return a sheet of ours from its headings on."""
    return [["" if v is None else v for v in row] for row in sheet.rows[2:]]


def test_write_back_users_cells_are_what_they_were(returned: Book) -> None:
    own = [row[: len(HEADINGS)] for row in returned.sheets[0].rows]

    wanted = [[None if v == "" else v for v in row] for row in (HEADINGS, *ROWS)]
    assert own == wanted
    assert [row[len(HEADINGS)] for row in returned.sheets[0].rows] == [None] * 7


def test_write_back_adds_columns_of_answers_at_the_right(returned: Book) -> None:
    ours = [row[FIRST : FIRST + 12] for row in returned.sheets[0].rows]

    assert ours == [
        [
            "可享（项）",
            "只差确认（项）",
            "只差一步（项）",
            "缺数据（项）",
            "待人工判断（项）",
            "不符合（项）",
            "可享税收节省（元）",
            "科技型中小企业评价",
            "技术转让所得减免企业所得税",
            "还缺什么（谁提供）",
            "最近的一步",
            "各项政策差的一步",
        ],
        [2, 0, 0, 0, 0, 0, 1_375_000, "✓ 符合", "✓ 符合 137.50 万元", "—", "—", "—"],
        [
            *(0, 1, 0, 0, 0, 0),
            "—",
            "○ 只差确认",
            "– 不适用",
            (
                "企业声明：是否在经营异常或严重失信名单、是否产品属禁止、限制或淘汰类、"
                "是否有重大安全质量事故、严重环境违法或科研失信"
            ),
            "确认 3 项声明 → 科技型中小企业评价",
            "—",
        ],
        [
            *(0, 0, 0, 0, 0, 1),
            "—",
            "✗ 不符合",
            "– 不适用",
            "—",
            (
                "研发费用（2025年） 30.00 万元 → 40.00 万元（增加 10.00 万元）"
                " ⇒ 科技型中小企业评价"
            ),
            "科技型中小企业评价：研发费用（2025年） 30.00 万元 → 40.00 万元",
        ],
        [
            *(0, 0, 1, 0, 0, 0),
            "—",
            "△ 只差一步",
            "– 不适用",
            "—",
            "职工总数（2025年） 501 人 → 500 人（减少 1 人） ⇒ 科技型中小企业评价",
            "科技型中小企业评价：职工总数（2025年） 501 人 → 500 人",
        ],
        [
            *(0, 0, 0, 1, 0, 0),
            "—",
            "? 缺数据",
            "– 不适用",
            "企业数据：研发费用（2025年）",
            "—",
            "—",
        ],
        [
            *(0, 0, 0, 1, 0, 0),
            "—",
            "? 缺数据",
            "– 不适用",
            "企业数据：科技人员数（2025年）",
            "—",
            "—",
        ],
    ]


def test_write_back_adds_four_sheets(returned: Book) -> None:
    assert [s.name for s in returned.sheets] == [
        "企业",
        "共性短板",
        "数据问题",
        "认列结果",
        "政策与依据",
    ]


def test_write_back_gap_sheet_lists_gaps_and_no_money_is_a_dash(returned: Book) -> None:
    gaps = _table(returned.sheets[1])

    assert [row[:6] for row in gaps[1:4]] == [
        ["研发费用", "缺的数据", "企业数据", 1, 1, "—"],
        ["科技人员数", "缺的数据", "企业数据", 1, 1, "—"],
        ["科技型中小企业评价：职工总数不超限", "差的一步", "企业数据", 1, 1, "—"],
    ]
    name = "是否在经营异常或严重失信名单"
    assert gaps[4][:6] == [name, "缺的数据", "企业声明", 1, 0, "—"]


def test_write_back_problem_sheet_names_each_place(returned: Book) -> None:
    problems = _table(returned.sheets[2])

    assert [row[:4] for row in problems] == [
        ["代码", "文件", "工作表", "位置"],
        ["R230", "park.xlsx", "企业", "G6"],
        ["R238", "park.xlsx", "企业", "D7"],
        ["R215", "park.xlsx", "企业", ""],
    ]


def test_write_back_column_sheet_says_what_each_column_was_taken_for(
    returned: Book,
) -> None:
    columns = {row[2]: (row[3], row[4], row[6]) for row in _table(returned.sheets[3])}

    assert columns["G"] == ("研发费用（万元）", "研发费用", "万元")
    assert columns["I"] == ("Ⅰ类知识产权", "Ⅰ类知识产权数", "件")


def test_write_back_policy_sheet_counts_outcomes_and_names_the_text(
    returned: Book,
) -> None:
    rows = {row[-1]: row for row in _table(returned.sheets[4])}

    # eligible, to confirm, one step, unknown (those to confirm among them), refer,
    # ineligible (those one step away among them), not applicable
    assert rows["tech_sme_2017"][5:12] == [1, 1, 1, 3, 0, 2, 0]
    assert rows["tech_transfer_cit"][5:12] == [1, 0, 0, 0, 0, 0, 5]
    assert rows["tech_sme_2017"][1] == "科技型中小企业评价办法 国科发政〔2017〕115号"


def test_write_back_marks_bad_cells_with_notes(returned: Book) -> None:
    with ZipFile(returned.path) as parts:
        name = next(n for n in parts.namelist() if "comments" in n)
        text = parts.read(name).decode()

    assert 'ref="G6"' in text
    assert 'ref="D7"' in text
    assert "[R230]" in text
    assert text.count("<comment ") == 2
