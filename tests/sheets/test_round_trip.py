# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: DTZ001 - the times of a sheet have no zone
"""Random grids: written by one program, read back equal, patched, read again."""

from __future__ import annotations

import csv
import tempfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from ceyuan.sheets import NewCell, Note, SheetAdditions, patch_workbook, read_tables

# What XML cannot hold at all is tested apart, in test_patch.
texts = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"
    ),
    min_size=1,
    max_size=40,
).filter(str.strip)
# The writer of the fixture keeps sixteen digits.
numbers = st.one_of(
    st.integers(-(10**15), 10**15),
    st.decimals(-(10**9), 10**9, places=4, allow_nan=False).map(
        lambda d: int(d) if d == d.to_integral_value() else d.normalize()
    ),
)
days = st.dates(date(1900, 3, 1), date(9999, 12, 30))
cells = st.one_of(st.none(), texts, numbers, st.booleans(), days)
grids = st.lists(st.lists(cells, min_size=1, max_size=6), min_size=1, max_size=8)


def write(path, rows, *, corner):
    top, left = corner
    with xlsxwriter.Workbook(
        path, {"strings_to_urls": False, "strings_to_formulas": False}
    ) as book:
        day = book.add_format({"num_format": "yyyy/m/d"})
        sheet = book.add_worksheet("表")
        for row, line in enumerate(rows, start=top):
            for column, value in enumerate(line, start=left):
                if isinstance(value, date):
                    sheet.write_datetime(
                        row, column, datetime(value.year, value.month, value.day), day
                    )
                elif isinstance(value, bool):
                    sheet.write_boolean(row, column, value)
                elif isinstance(value, (int, Decimal)):
                    sheet.write_number(row, column, float(value))
                elif value is not None:
                    sheet.write_string(row, column, value)


def placed(rows, *, corner):
    """Return the grid as a sheet shows it: shifted, padded, no blank end."""
    top, left = corner
    lines = [[]] * top + [[None] * left + line for line in rows]
    while lines and all(value is None for value in lines[-1]):
        lines.pop()
    used = [
        i + 1 for line in lines for i, value in enumerate(line) if value is not None
    ]
    width = max(used, default=0)
    return [(line + [None] * width)[:width] for line in lines]


@settings(max_examples=60, deadline=None)
@given(grids, st.tuples(st.integers(0, 4), st.integers(0, 30)))
def test_grid_written_by_another_program_reads_back_equal(rows, corner):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        write(path, rows, corner=corner)

        sheet = read_tables(path).sheets[0]

    expected = placed(rows, corner=corner)
    assert expected == sheet.rows
    assert [[type(v) for v in row] for row in expected] == [
        [type(v) for v in row] for row in sheet.rows
    ]


@settings(max_examples=60, deadline=None)
@given(
    grids,
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.dictionaries(
        st.tuples(st.integers(1, 12), st.integers(20, 24)),
        st.one_of(texts, numbers, days),
        max_size=8,
    ),
    st.dictionaries(
        st.tuples(st.integers(1, 12), st.integers(1, 24)), texts, max_size=4
    ),
)
def test_grid_patched_reads_back_with_the_additions(rows, corner, added, notes):
    addition = SheetAdditions(
        "表",
        tuple(NewCell(row, column, value) for (row, column), value in added.items()),
        tuple(Note(row, column, value) for (row, column), value in notes.items()),
    )
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "a.xlsx", Path(folder) / "b.xlsx"
        write(source, rows, corner=corner)

        patch_workbook(source, target, additions=[addition])

        before, after = read_tables(source), read_tables(target)
        witness = python_calamine.load_workbook(target).get_sheet_by_name("表")
        seen = witness.to_python(skip_empty_area=False)
    expected = {
        (r, c): value
        for r, line in enumerate(before.sheets[0].rows, start=1)
        for c, value in enumerate(line, start=1)
        if value is not None
    } | added
    got = {
        (r, c): value
        for r, line in enumerate(after.sheets[0].rows, start=1)
        for c, value in enumerate(line, start=1)
        if value is not None
    }
    assert expected == got
    for (row, column), value in added.items():
        if isinstance(value, int):
            assert float(value) == seen[row - 1][column - 1]


# A text file full of control characters is taken for a binary one, rightly.
lines_of_text = st.lists(
    st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20
        ),
        min_size=3,
        max_size=3,
    ),
    max_size=8,
)


@settings(max_examples=100, deadline=None)
@given(lines_of_text, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
def test_csv_of_text_reads_back_equal(rows, encoding):
    lines = [["名称甲", "数值乙", "备注丙"], *rows]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows(lines)

        sheet = read_tables(path).sheets[0]

    expected = [[cell if cell.strip() else None for cell in line] for line in lines]
    while not any(expected[-1]):
        expected.pop()
    assert expected == sheet.rows
