# SPDX-License-Identifier: Apache-2.0
"""Old workbooks: values, and what the values mean."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ceyuan.sheets import (
    CellError,
    NewCell,
    SheetAdditions,
    patch_workbook,
    read_tables,
)
from tests.sheets import old_workbook as old

PERCENT, CHINESE_DAY, OWN_DAY = 1, 2, 3
STYLES = (0, 9, 31, 164)
FORMATS = ((164, 'yyyy"年"m"月"'),)
CELLS = (
    old.hidden_column(2)
    + old.hidden_row(3)
    + old.label(2, 1, "示例甲")
    + old.number(2, 2, 0.3, PERCENT)
    + old.packed(2, 3, 45659, CHINESE_DAY)
    + old.packed(2, 4, 150, hundredths=True)
    + old.number(3, 2, 0.25, PERCENT)
    + old.number(3, 3, 60, OWN_DAY)
    + old.packed(3, 4, -7)
    + old.packed_row(4, 1, [5, 6])
    + old.error(4, 3, 0x2A)
    + old.failed_formula(4, 4, 0x07)
)


@pytest.mark.parametrize("is_mini", [False, True])
def test_read_xls_gives_values_percentages_days_errors_and_hidden(tmp_path, is_mini):
    stream = old.workbook(CELLS, formats=FORMATS, styles=STYLES)
    path = tmp_path / "a.xls"
    path.write_bytes(old.ole(stream, is_mini=is_mini))

    book = read_tables(path)

    sheet = book.sheets[0]
    assert ("xls", "表") == (book.kind, sheet.name)
    assert [
        [None, None, None, None],
        ["示例甲", Decimal("0.3"), date(2025, 1, 2), Decimal("1.5")],
        [None, Decimal("0.25"), CellError("1900-02-29"), -7],
        [5, 6, CellError("#N/A"), CellError("#DIV/0!")],
    ] == sheet.rows
    assert {2: ((2, 3),)} == sheet.percent_runs
    assert (frozenset({3}), frozenset({2})) == (sheet.hidden_rows, sheet.hidden_columns)
    assert [("R121", 3, "C")] == [(p.code, p.row, p.column) for p in book.problems]


def test_read_xls_that_counts_from_1904_gives_its_days(tmp_path):
    path = tmp_path / "a.xls"
    mode = old.record(0x0022, b"\1\0")
    cells = old.packed(1, 1, 44197, CHINESE_DAY)
    path.write_bytes(old.ole(old.workbook(cells, styles=STYLES, globals_=mode)))

    assert [[date(2025, 1, 2)]] == read_tables(path).sheets[0].rows


def test_read_xls_whose_formats_are_unreadable_says_so_and_keeps_values(tmp_path):
    path = tmp_path / "a.xls"
    # The cell names style 9, of which there is none.
    path.write_bytes(old.ole(old.workbook(old.number(1, 1, 0.3, 9), styles=STYLES)))

    book = read_tables(path)

    assert [[Decimal("0.3")]] == book.sheets[0].rows
    assert ["R125"] == [p.code for p in book.problems]


def test_rebuild_xls_keeps_values_days_and_percentages(tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(old.ole(old.workbook(CELLS, formats=FORMATS, styles=STYLES)))

    patch_workbook(
        path,
        tmp_path / "o.xlsx",
        additions=[SheetAdditions("表", (NewCell(2, 5, "可即享"),))],
    )

    before, after = (read_tables(p).sheets[0] for p in (path, tmp_path / "o.xlsx"))
    assert ["可即享"] == [row[4] for row in after.rows if row[4] is not None]
    # An error is kept as the text that it shows.
    assert [
        [str(v) if isinstance(v, CellError) else v for v in r] for r in before.rows
    ] == [row[:4] for row in after.rows]
    assert before.percent_runs == after.percent_runs
    assert before.hidden_rows == after.hidden_rows
    assert before.hidden_columns == after.hidden_columns
