# SPDX-License-Identifier: Apache-2.0
"""The makers of messy and bad sheets say the truth about what they make."""

import csv
import zipfile
import zlib
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook, PasswordError
from stdnum.cn import uscc

from tests.messy.bad import BUILDERS
from tests.messy.bad_streams import million_rows
from tests.messy.containers import bomb
from tests.messy.generator import messy_workbook
from tests.messy.sound import CODES, HEADINGS

FEN_PER = {"元": 100, "千元": 100_000, "万元": 1_000_000, "亿元": 10_000_000_000}
SEEDS = range(120)


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("messy")
    return [messy_workbook(folder / f"sheet{seed}", seed) for seed in SEEDS]


def _grid(truth):
    if truth.kind == "xlsx":
        book = CalamineWorkbook.from_path(str(truth.path))
        sheet = book.get_sheet_by_name(truth.sheet)
        return sheet.to_python(skip_empty_area=False)
    text = truth.path.read_bytes().decode(truth.kind.removeprefix("csv-"))
    return list(csv.reader(text.splitlines(keepends=True)))


def _index(letters):
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def test_messy_same_seed_gives_same_bytes_and_truth(tmp_path, sheets):
    for truth in sheets[:20]:
        again = messy_workbook(tmp_path / truth.path.stem, truth.seed)
        assert again.path.read_bytes() == truth.path.read_bytes()
        assert again.rows == truth.rows


def test_messy_headings_stand_where_the_truth_says(sheets):
    for truth in sheets:
        grid = _grid(truth)
        header = [grid[row - 1] for row in truth.header_rows]
        for column in truth.columns:
            cells = [row[_index(column.letter)] for row in header]
            assert column.heading in cells, (truth.seed, column)


def test_messy_plain_cells_agree_with_their_truth(sheets):
    compared = 0
    for truth in sheets:
        grid = _grid(truth)
        odd = {(cell.row, cell.letter) for cell in truth.odd_cells}
        for row in truth.rows:
            for column in truth.columns:
                per = FEN_PER.get(column.unit, 1)
                if column.unit == "" or (row.row, column.letter) in odd:
                    continue
                cell = grid[row.row - 1][_index(column.letter)]
                value = row.values[column.key]
                if cell == "" or column.unit_from == "nowhere":
                    assert value is None
                else:
                    number = Decimal(cell if isinstance(cell, str) else repr(cell))
                    assert number * per == value, (truth.seed, row.row, column)
                    compared += 1
    assert compared > 10_000


def test_messy_odd_cells_hold_what_the_truth_quotes(sheets):
    for truth in sheets:
        grid = _grid(truth)
        for cell in truth.odd_cells:
            found = grid[cell.row - 1][_index(cell.letter)]
            assert cell.written == found, (truth.seed, cell)


def test_messy_unit_that_is_nowhere_is_a_question_without_values(sheets):
    asked = [truth for truth in sheets if truth.questions]

    assert len(asked) > 5
    for truth in asked:
        unknown = {c.key for c in truth.columns if c.letter in truth.questions}
        # Nothing else in the sheet gives the unit away.
        assert not any(c.unit == "人" for c in truth.columns)
        assert not any("万" in c.heading for c in truth.columns)
        for row in truth.rows:
            assert {None} == {row.values[key] for key in unknown}


def test_messy_rows_and_skipped_rows_do_not_overlap_and_fill_the_sheet(sheets):
    for truth in sheets:
        firms = {row.row for row in truth.rows}
        rest = {
            *truth.title_rows,
            *truth.header_rows,
            *truth.extra_rows,
            *truth.skipped_rows,
        }
        assert not firms & rest
        assert firms | rest == set(range(1, max(firms | rest) + 1))


def test_messy_every_manner_occurs(sheets):
    assert {"xlsx", "csv-utf-8", "csv-utf-8-sig", "csv-gb18030"} == {
        t.kind for t in sheets
    }
    assert {1, 2, 3} == {len(t.header_rows) for t in sheets}
    assert {0, 1, 2, 3} == {len(t.title_rows) for t in sheets}
    assert {"heading", "unit row", "note", "distribution", "nowhere", ""} == {
        c.unit_from for t in sheets for c in t.columns
    }
    assert {"heading", "above", "title", "relative", "nowhere", ""} == {
        c.year_from for t in sheets for c in t.columns
    }
    assert {"元", "千元", "万元", "亿元", "人", "件", ""} == {
        c.unit for t in sheets for c in t.columns
    }
    kinds = Counter(cell.kind for t in sheets for cell in t.odd_cells)
    assert {
        "about",
        "blank",
        "full_width",
        "spaces",
        "text",
        "thousands",
        "unit_in_cell",
        "words",
    } == set(kinds)


def test_messy_firms_are_invented(sheets):
    for truth in sheets:
        assert all("（虚构）" in row.name for row in truth.rows)
        assert all(row.uscc.startswith("91319999MA") for row in truth.rows)
        assert all(uscc.is_valid(row.uscc) for row in truth.rows)


def test_bomb_checksum_is_that_of_its_content():
    packed, check, size = bomb(3)
    text = zlib.decompress(packed, -15)

    assert (size, check) == (len(text), zlib.crc32(text))
    assert 3 * 2**20 == size


def test_zip_bomb_is_small_on_disk_and_declares_gigabytes(tmp_path):
    bad = BUILDERS["zip_bomb"](tmp_path)

    assert bad.path.stat().st_size < 4_000_000
    with zipfile.ZipFile(bad.path) as parts:
        sizes = {part.filename: part.file_size for part in parts.infolist()}
    assert 3000 * 2**20 == sizes["xl/worksheets/sheet1.xml"]


def test_zip_bomb_that_lies_unpacks_to_more_than_it_declares(tmp_path):
    bad = BUILDERS["zip_bomb_that_lies"](tmp_path)

    with zipfile.ZipFile(bad.path) as parts:
        part = parts.getinfo("xl/worksheets/sheet1.xml")
        assert 4096 == part.file_size
        assert part.compress_size > 1_000_000


def test_password_protected_is_what_a_reader_takes_for_encrypted(tmp_path):
    bad = BUILDERS["password_protected"](tmp_path)

    with pytest.raises(PasswordError):
        CalamineWorkbook.from_path(str(bad.path))


def test_parts_by_hand_make_a_workbook_that_opens(tmp_path):
    from tests.messy.containers import sheet_xml, workbook_parts, zip_of

    path = tmp_path / "plain.xlsx"
    sheet = sheet_xml([["企业名称"], ["样例（虚构）"]])
    parts = {**workbook_parts(), "xl/worksheets/sheet1.xml": sheet}
    path.write_bytes(zip_of(parts, {}))

    book = CalamineWorkbook.from_path(str(path))

    assert [["企业名称"], ["样例（虚构）"]] == book.get_sheet_by_index(0).to_python()


def _cells(path):
    if path.suffix == ".xlsx":
        book = CalamineWorkbook.from_path(str(path))
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    return list(csv.reader(path.read_text("utf-8").splitlines()))


@pytest.mark.parametrize(
    "name",
    [
        "missing_headings",
        "doubled_headings",
        "text_in_numbers",
        "odd_but_clear_numbers",
        "percents",
        "negative_staff",
        "off_by_10000",
        "wrong_codes",
        "rows_that_disagree",
        "dates_of_1900",
        "dates_from_1904",
        "formula_text",
    ],
)
def test_bad_sheet_good_rows_hold_a_sound_firm(tmp_path, name):
    bad = BUILDERS[name](tmp_path)
    grid = _cells(bad.path)

    assert not bad.is_rejected
    for row in bad.good:
        number = CODES.index(grid[row - 1][1])
        assert number == row - 2
        day = grid[row - 1][5]
        if isinstance(day, str):
            day = date.fromisoformat(day)
        assert date(2015, 3, 1) + timedelta(number) == day
    assert not {row for row, column in bad.places if column} & set(bad.good) - {1}


@pytest.mark.parametrize("name", [n for n in BUILDERS if n != "million_rows"])
def test_bad_file_is_written_and_says_something(tmp_path, name):
    bad = BUILDERS[name](tmp_path)

    assert bad.path.exists()
    assert bad.says
    assert not (bad.is_rejected and (bad.places or bad.good))
    assert bad.is_rejected or bad.good


def test_million_rows_is_as_long_as_asked(tmp_path):
    bad = million_rows(tmp_path, 2000)
    head, *rows = csv.reader(bad.path.read_text("utf-8").splitlines())

    assert list(HEADINGS) == head
    assert 2000 == len({row[1] for row in rows})
    assert all(uscc.is_valid(row[1]) for row in rows)
    assert (2, 2001) == bad.good
