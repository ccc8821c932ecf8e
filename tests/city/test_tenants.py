# SPDX-License-Identifier: Apache-2.0
"""The sample sheet says what its truth says, and nothing in it passes for real."""

from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook
from stdnum.cn import uscc

from ceyuan.city import make_tenants
from ceyuan.kernel import UsageError

FEN_PER = {"元": 100, "万元": 1_000_000, "亿元": 10_000_000_000}


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    return make_tenants(tmp_path_factory.mktemp("park") / "tenants.xlsx")


@pytest.fixture(scope="module")
def grid(truth):
    book = CalamineWorkbook.from_path(str(truth.path))
    return book.get_sheet_by_name("企业").to_python(skip_empty_area=False)


def _index(letters):
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _at(grid, letters, row):
    return grid[row - 1][_index(letters)]


def _edge(truth, label):
    firm = next(f for f in truth.firms if f.edge == label)
    return next(row for row in truth.rows if row.firm == firm.number)


def test_tenants_same_seed_gives_same_bytes(tmp_path, truth):
    again = make_tenants(tmp_path / "again.xlsx")

    assert truth.path.read_bytes() == again.path.read_bytes()
    assert (truth.rows, truth.defects) == (again.rows, again.defects)


def test_tenants_other_seed_gives_other_figures(tmp_path, truth):
    other = make_tenants(tmp_path / "other.xlsx", seed=7)

    assert truth.rows[0].values != other.rows[0].values


def test_tenants_layout_is_two_header_rows_an_empty_row_and_a_total(truth, grid):
    assert (1, 2) == truth.title_rows
    assert (3, 4) == truth.header_rows
    assert "临港样例园2025年入驻企业情况表（虚构样例数据）" == grid[0][0]
    assert ["基本情况", "企业名称"] == [_at(grid, "B", 3), _at(grid, "B", 4)]
    assert [125] == list(truth.empty_rows)
    assert set(grid[124]) == {""}
    # 4 rows above, 200 firms, one empty row, one firm again: the total is row 207.
    assert (207,) == truth.total_rows
    assert "合计" == grid[206][0]
    assert (208,) == truth.note_rows
    assert 208 == len(grid)
    assert [*range(5, 125), *range(126, 207)] == [row.row for row in truth.rows]


def test_tenants_first_row_worked_by_hand(truth, grid):
    # 57.09 万元; -128,729.73 元; 0.1518 亿元; 1,523,105.88 元; R&D 57,200 元.
    written = [_at(grid, c, 5) for c in ("L", "Q", "R", "S", "Y", "T", "AA", "F")]
    values = truth.row(5).values

    assert [
        57.09,
        -128729.73,
        0.1518,
        1523105.88,
        57200.0,
        8.0,
        "100％",
        date(2025, 4, 18),
    ] == written
    assert {
        ("revenue", 2025): 57_090_000,
        ("net_profit", 2025): -12_872_973,
        ("assets", 2025): 1_518_000_000,
        ("liabilities", 2025): 152_310_588,
        ("rd_expense", 2025): 5_720_000,
        ("employees", 2025): 8,
        ("rd_domestic_share", 2025): Fraction(1),
        ("founded", None): date(2025, 4, 18),
        ("revenue", 2024): None,
        ("revenue", 2023): None,
    } == {
        key: values[key]
        for key in (
            ("revenue", 2025),
            ("net_profit", 2025),
            ("assets", 2025),
            ("liabilities", 2025),
            ("rd_expense", 2025),
            ("employees", 2025),
            ("rd_domestic_share", 2025),
            ("founded", None),
            ("revenue", 2024),
            ("revenue", 2023),
        )
    }


def test_tenants_firm_on_the_staff_threshold_stands_exactly_there(truth, grid):
    row = _edge(truth, "从业人数恰为500人")

    assert 500.0 == _at(grid, "T", row.row)
    assert 500 == row.values["employees", 2025]
    # 19,000 万元 and 1.85 亿元.
    assert 19_000_000_000 == row.values["revenue", 2025]
    assert 18_500_000_000 == row.values["assets", 2025]
    assert 1.85 == _at(grid, "R", row.row)


def test_tenants_three_year_rd_stands_exactly_on_and_one_step_below_5_percent(truth):
    def three_years(label, name):
        values = _edge(truth, label).values
        return sum(values[name, year] for year in (2023, 2024, 2025))

    on, below = (
        "三年研发占比恰为5%且最近一年收入恰为5000万元",
        "三年研发占比略低于5%",
    )

    # 675 of 13,500 万元, and 674.99 of 13,500.
    assert 675_000_000 == three_years(on, "rd_expense")
    assert 13_500_000_000 == three_years(on, "revenue")
    assert 674_990_000 == three_years(below, "rd_expense")


def test_tenants_every_plain_cell_agrees_with_its_truth(truth, grid):
    odd = {(d.row, d.column) for d in truth.defects}
    compared = 0
    for row in truth.rows:
        for column in truth.columns:
            if column.key is None or (row.row, column.letter) in odd:
                continue
            cell, value = _at(grid, column.letter, row.row), row.values[column.key]
            if isinstance(cell, float) and column.unit != "份额":
                per = FEN_PER.get(column.unit, 1)
                assert Decimal(repr(cell)) * per == value, (row.row, column.letter)
                compared += 1
            elif cell in {"", "—", "/", "无"} and value != "无":
                assert value is None, (row.row, column.letter)
            elif isinstance(value, str):
                assert cell == value, (row.row, column.letter)
                compared += 1
            elif isinstance(value, bool):
                assert value == (cell.strip() in {"是", "√", "Y", "✓"})
                compared += 1
    assert compared > 5000


def test_tenants_defects_stand_in_the_cells_that_the_list_names(truth, grid):
    numbers = {
        "negative_staff",
        "half_person",
        "off_by_10000",
        "date_serial",
        "percent_1",
        "percent_format",
        "part_above_whole",
    }
    artefacts = {"date_1900": time(0, 0), "error_cell": ""}
    for defect in truth.defects:
        if not defect.column:
            continue
        cell = _at(grid, defect.column, defect.row)
        if defect.kind in artefacts:
            assert artefacts[defect.kind] == cell
        elif defect.kind in numbers:
            assert Decimal(defect.written) == Decimal(repr(cell))
        else:
            assert defect.written == cell


def test_tenants_unreadable_cells_have_no_value(truth):
    kept = {"part_above_whole", "contradiction", "rows_disagree"}
    for defect in truth.defects:
        if defect.expects == "read" or defect.kind in kept:
            continue
        key = next(c.key for c in truth.columns if c.letter == defect.column)
        assert truth.row(defect.row).values[key] is None, defect


def test_tenants_every_kind_of_dirt_of_real_sheets_is_there(truth):
    assert {
        "about",
        "blank_word",
        "contradiction",
        "credit_code_17",
        "credit_code_check",
        "credit_code_spaced",
        "credit_code_wide",
        "date_1900",
        "date_future",
        "date_serial",
        "error_cell",
        "full_width",
        "half_person",
        "month_only",
        "name_spaces",
        "negative_staff",
        "off_by_10000",
        "part_above_whole",
        "percent_1",
        "percent_above",
        "percent_format",
        "rows_disagree",
        "spaces",
        "thousands",
        "unit_in_cell",
        "words",
    } == {d.kind for d in truth.defects}


def test_tenants_off_by_10000_is_ten_thousand_times_what_is_meant(truth, grid):
    wrong = [d for d in truth.defects if d.kind == "off_by_10000"]
    revenue = next(d for d in wrong if d.column == "L")
    rd = next(d for d in wrong if d.column == "Y")

    # Written in 元 under 万元: read as fen, 10,000 times too much; and the reverse.
    assert Decimal(revenue.written) * 1_000_000 == revenue.meant * 10_000
    assert Decimal(rd.written) * 100 * 10_000 == rd.meant


def test_tenants_credit_codes_are_valid_except_the_two_listed(truth, grid):
    bad = {
        (d.row, _at(grid, d.column, d.row))
        for d in truth.defects
        if d.kind in {"credit_code_check", "credit_code_17"}
    }
    written = {(row.row, _at(grid, "C", row.row)) for row in truth.rows}
    wide = str.maketrans("０１２３４５６７８９", "0123456789")

    found = {
        (row, code)
        for row, code in written
        if not uscc.is_valid(code.replace(" ", "").upper().translate(wide))
    }

    assert bad == found
    assert 2 == len(bad)
    assert [17, 18] == sorted(len(code) for _, code in bad)


def test_tenants_credit_codes_all_carry_the_division_that_does_not_exist(truth):
    assert {"91319999MA"} == {firm.uscc[:10] for firm in truth.firms}
    assert 200 == len({firm.uscc for firm in truth.firms})
    # GB 11714 inside GB 32100, worked by hand for the first: M=22 A=10 0 0 3 F=15
    # Y=34 B=11, weights 3 7 9 10 5 8 4 2: 66+70+0+0+15+120+136+22 = 429; 429 mod 11
    # = 0, so the check is 0.
    assert "91319999MA003FYB0K" == truth.firms[0].uscc


def test_tenants_repeated_firm_disagrees_with_its_first_row(truth):
    again = next(row for row in truth.rows if row.repeats is not None)
    first = truth.row(again.repeats)
    differ = {k for k in first.values if first.values[k] != again.values[k]}

    assert again.firm == first.firm
    assert {("revenue", 2025), ("employees", 2025)} == differ
    assert 200 == len({row.firm for row in truth.rows})


def test_tenants_nothing_passes_for_real(truth, grid):
    assert all("（样例）" in f.name or "（虚构）" in f.name for f in truth.firms)
    assert "虚构" in grid[0][0]
    assert "虚构" in grid[1][0]
    assert "虚构" in grid[207][0]
    for row in truth.rows:
        assert "样例" in _at(grid, "E", row.row)
        assert _at(grid, "AL", row.row).startswith("样例")
        assert _at(grid, "AM", row.row).startswith("021-0000")


def test_tenants_workbook_holds_what_must_come_back_untouched(truth):
    with ZipFile(truth.path) as parts:
        names = set(parts.namelist())
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()

    assert {
        "xl/charts/chart1.xml",
        "xl/comments1.xml",
        "xl/drawings/drawing1.xml",
        "xl/media/image1.png",
    } <= names
    for mark in (
        "<mergeCell ",
        "<conditionalFormatting",
        "<dataValidation ",
        "<autoFilter",
        'state="frozen"',
        "sparkline",
        "<f>",
    ):
        assert mark in sheet, mark


def test_tenants_too_few_firms_is_refused(tmp_path):
    with pytest.raises(UsageError, match="100 到 400"):
        make_tenants(tmp_path / "few.xlsx", firms=20)


@pytest.mark.parametrize(("firms", "seed"), [(100, 1), (130, 2), (400, 3)])
def test_tenants_any_size_holds_all_defects(tmp_path, firms, seed):
    truth = make_tenants(tmp_path / "park.xlsx", firms=firms, seed=seed)

    assert firms == len({f.name for f in truth.firms})
    assert 41 == len(truth.defects)
