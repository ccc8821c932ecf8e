# SPDX-License-Identifier: Apache-2.0
"""Exports open in a spreadsheet as UTF-8 and no cell of them runs."""

from __future__ import annotations

import csv
import io

import pytest

from ceyuan.office.csv_out import csv_file, harmless


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+86", "'+86"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        # A number below zero is a number.
        ("-646050.00", "-646050.00"),
        ("-5", "-5"),
        (-5, "-5"),
        ("安徽 = 皖", "安徽 = 皖"),
        (None, ""),
        ("", ""),
    ],
)
def test_no_cell_runs(cell: object, written: str) -> None:
    assert written == harmless(cell)


def test_file_reads_back_as_it_was_written() -> None:
    rows: list[list[object]] = [["甲,乙", '引"号'], ["两\n行", "=x"], *([["a", 1]] * 3)]

    with csv_file(["一", "二"], rows) as file:
        data = file.read()

    assert data.startswith(b"\xef\xbb\xbf")
    back = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [
        ["一", "二"],
        ["甲,乙", '引"号'],
        ["两\n行", "'=x"],
        *([["a", "1"]] * 3),
    ] == back
