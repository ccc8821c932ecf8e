# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: DTZ001 - the times of a sheet have no zone
"""Values, places and marks of xlsx cells."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
import xlsxwriter

from ceyuan.sheets import (
    CellError,
    Range,
    column_letter,
    column_number,
    first_free_column,
    read_tables,
)
from tests.sheets.full_workbook import make_full, parts_of, rewrite

SHEET = "xl/worksheets/sheet1.xml"


def test_read_cells_of_every_type_gives_values_at_their_places(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("甲")
        sheet.write_row("C3", ["文", 5, 0.1, True, -2.50, "  边  "])
        sheet.write_datetime("C4", date(2025, 1, 2), day)
        sheet.write_datetime("D4", datetime(2025, 1, 2, 8, 30), day)
        sheet.write_formula("E4", "=1/0", None, "#DIV/0!")
        sheet.write_formula("F4", '="甲"&"乙"', None, "甲乙")
        sheet.write_formula("G4", '=""', None, "")
        sheet.write_formula("H4", "=1=1", None, True)
        sheet.write_blank("I4", None, day)
        sheet.write_rich_string("C6", "富", day, "文", "本")
        sheet.write_string("D6", "_x000D_ 'a'")

    book = read_tables(path)

    blank = [None] * 8
    assert "xlsx" == book.kind
    assert [
        blank,
        blank,
        [None, None, "文", 5, Decimal("0.1"), True, Decimal("-2.5"), "  边  "],
        [
            None,
            None,
            date(2025, 1, 2),
            datetime(2025, 1, 2, 8, 30),
            CellError("#DIV/0!"),
            "甲乙",
            None,
            True,
        ],
        blank,
        [None, None, "富文本", "_x000D_ 'a'", None, None, None, None],
    ] == book.sheets[0].rows
    assert {int} == {type(book.sheets[0].rows[2][3])}


def test_read_formula_never_calculated_is_a_problem_and_blank(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("甲")
        sheet.write_formula("B2", "=1+1", None, "")
        sheet.write_formula("B3", "=1+1", None, 2)

    book = read_tables(path)

    assert [[None, None], [None, None], [None, 2]] == book.sheets[0].rows
    assert [("R120", "甲", 2, "B")] == [
        (p.code, p.sheet, p.row, p.column) for p in book.problems
    ]


def test_read_percent_formats_are_marked_by_cell(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        percent = book.add_format({"num_format": "0.0%"})
        sheet = book.add_worksheet()
        for row in (1, 2, 3, 5):
            sheet.write_number(row, 1, 0.3, percent)
        sheet.write_number(4, 1, 30)
        sheet.write_number(1, 2, 0.3)

    sheet = read_tables(path).sheets[0]

    marked = [
        (r, c) for r in range(1, 8) for c in range(1, 5) if sheet.is_percent(r, c)
    ]
    assert [(2, 2), (3, 2), (4, 2), (6, 2)] == marked


def test_read_date_that_is_no_day_is_a_problem_and_zero_is_blank(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet()
        for column, serial in enumerate([59, 60, 61, 0, -5]):
            sheet.write_number(0, column, serial, day)

    book = read_tables(path)

    assert [
        [
            date(1900, 2, 28),
            CellError("1900-02-29"),
            date(1900, 3, 1),
            None,
            CellError("-5"),
        ]
    ] == book.sheets[0].rows
    assert [("R121", "B"), ("R121", "D"), ("R121", "E")] == [
        (p.code, p.column) for p in book.problems
    ]


def test_read_chinese_builtin_date_format_without_code_gives_days(tmp_path):
    """Chinese Excel writes format 31 (2025年1月2日) by number only."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": 31})
        book.add_worksheet().write_number(0, 0, 45659, day)

    assert [[date(2025, 1, 2)]] == read_tables(path).sheets[0].rows


def test_read_full_workbook_tells_hidden_and_merged(tmp_path):
    book = read_tables(make_full(tmp_path / "full.xlsx"))

    sheet = book.sheet("企业")
    assert [("企业", False), ("专利表", False), ("隐藏", True)] == [
        (each.name, each.hidden) for each in book.sheets
    ]
    assert (Range(1, 1, 1, 8),) == sheet.merged
    assert "A1:H1" == str(sheet.merged[0])
    assert frozenset({11}) == sheet.hidden_rows
    assert frozenset({7}) == sheet.hidden_columns
    assert ["虚构园区 2025 年企业名单（示例）"] + [None] * 7 == sheet.rows[0]
    assert [
        "示例企业1",
        Decimal("274.5"),
        Decimal("0.002"),
        date(2015, 1, 3),
        549,
        "重点培育 & <对象>",
        None,
        2,
    ] == sheet.rows[2]
    assert sheet.is_percent(3, 3)
    assert () == book.problems


def test_read_stray_cell_in_the_far_corner_does_not_exhaust_memory(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "甲")
        sheet.write(1_048_575, 16_383, "迷路")

    book = read_tables(path)

    assert "甲" == book.sheets[0].rows[0][0]
    assert ["R122"] == [p.code for p in book.problems]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (b'<c r="A1"><v>1.1000000000000001</v></c>', Decimal("1.1")),
        (b'<c r="A1"><v>5.0E-2</v></c>', Decimal("0.05")),
        (b'<c r="A1"><v>1E+20</v></c>', 10**20),
        (b'<c r="A1"><v> 7 </v></c>', 7),
        (b'<c r="A1" t="d"><v>2025-01-02</v></c>', date(2025, 1, 2)),
        (b'<c r="A1" t="e"><v>#N/A</v></c>', CellError("#N/A")),
        (b'<c r="A1" t="str"><f>X()</f><v>a&lt;b&#x4E2D;</v></c>', "a<b中"),
        (b'<c r="A1" t="str"><v>_xD83D__xDE00__xD83D_</v></c>', "\U0001f600\ufffd"),
        (b'<c r="A1" t="str"><v>&#55357;&#x110000;</v></c>', "\ufffd\ufffd"),
        (b'<c t="b"  r = "A1" ><v>0</v></c>', False),
    ],
)
def test_read_cell_as_stored_gives_value(tmp_path, cell, value):
    path = one_cell(tmp_path, cell)

    book = read_tables(path)

    assert [[value]] == book.sheets[0].rows
    assert () == book.problems


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="A1"><v>twelve</v></c>',
        b'<c r="A1"><v>nan</v></c>',
        b'<c r="A1" t="s"><v>999</v></c>',
        b'<c r="A1" t="d"><v>yesterday</v></c>',
        b'<c r="A1" t="zzz"><v>1</v></c>',
        b'<c r="A1"><v>1_0</v></c>',
        b'<c r="A1" t="s"><v>' + b"9" * 5000 + b"</v></c>",
    ],
)
def test_read_damaged_cell_is_a_problem_and_the_rest_goes_on(tmp_path, cell):
    path = one_cell(tmp_path, cell + b'<c r="B1"><v>2</v></c>')

    book = read_tables(path)

    assert isinstance(book.sheets[0].rows[0][0], CellError)
    assert 2 == book.sheets[0].rows[0][1]
    assert [("R123", 1, "A")] == [(p.code, p.row, p.column) for p in book.problems]


def test_read_same_defect_everywhere_is_listed_a_hundred_times_then_counted(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 1, "甲")
        for row in range(150):
            sheet.write_formula(row, 0, "=1", None, "")

    problems = read_tables(path).problems

    assert 101 == len(problems)
    assert problems[-1].message.startswith("另有 50 处")


def test_read_workbook_with_backslashes_and_absolute_targets(tmp_path):
    source = one_cell(tmp_path, b'<c r="A1"><v>2</v></c>')
    parts = parts_of(source)
    rels = parts["xl/_rels/workbook.xml.rels"]
    path = rewrite(
        source,
        {
            "xl/worksheets/sheet1.xml": None,
            "xl\\worksheets\\sheet1.xml": parts[SHEET],
            "xl/_rels/workbook.xml.rels": rels.replace(
                b'"worksheets/sheet1.xml"', b'"/xl/worksheets/sheet1.xml"'
            ),
        },
        target=tmp_path / "b.xlsx",
    )

    assert [[2]] == read_tables(path).sheets[0].rows


@pytest.mark.parametrize(
    ("number", "letters"),
    [(1, "A"), (26, "Z"), (27, "AA"), (703, "AAA"), (16_384, "XFD")],
)
def test_column_letter_and_number_are_inverse(number, letters):
    assert (letters, number) == (column_letter(number), column_number(letters))


def one_cell(folder, cell):
    path = folder / "cell.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet()
    xml = parts_of(path)[SHEET]
    row = b'<sheetData><row r="1">' + cell + b"</row></sheetData>"
    return rewrite(path, {SHEET: xml.replace(b"<sheetData/>", row)})


def test_read_formula_that_shows_nothing_still_holds_its_column(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "甲")
        sheet.write_formula(0, 3, '=""', None, "")

    assert 5 == first_free_column(read_tables(path).sheets[0])


def test_read_rows_without_numbers_count_on_over_blank_ones(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet()
    xml = parts_of(path)[SHEET]
    written = b"<sheetData>%b<row/><row><c/><c><v>7</v></c></row></sheetData>"
    filled = b"<row><c><v>1</v></c></row>" + b"<row><c/></row>" * 300_000
    rewrite(path, {SHEET: xml.replace(b"<sheetData/>", written % filled)})

    rows = read_tables(path).sheets[0].rows

    # One row, 300,000 blank ones in several pieces, one blank, then the last.
    assert 300_003 == len(rows)
    assert [[1, None], [None, 7]] == [rows[0], rows[-1]]


@pytest.mark.parametrize(
    "rows",
    [
        b'<c r="A1">' * 200_000,
        b'<c r="A1"><v>' * 200_000,
        b'<c r="A1" t="inlineStr"><is>' * 200_000,
        b"<row>" * 400_000,
        b'<c r="' * 400_000,
        b"<c " + b" " * 2_000_000,
    ],
)
def test_read_tags_that_never_close_take_no_more_than_one_pass(tmp_path, rows):
    """Matching each tag against the whole rest would take hours."""
    path = one_cell(tmp_path, rows)

    read_tables(path)


def test_read_numbers_in_attributes_that_are_none_do_not_stop_the_reading(tmp_path):
    path = one_cell(tmp_path, b'<c r="A1"><v>7</v></c>')
    xml = parts_of(path)[SHEET]
    cols = b'<cols><col min="x" max="9999999999999" hidden="1"/></cols><sheetData>'
    rewrite(path, {SHEET: xml.replace(b"<sheetData>", cols)})

    assert [[7]] == read_tables(path).sheets[0].rows
