# SPDX-License-Identifier: Apache-2.0
"""Encodings and delimiters that offices produce."""

from __future__ import annotations

import pytest

from ceyuan.sheets import read_tables

TEXT = '名称,信用代码,收入\r\n示例甲,0012,"1,234.50"\r\n示例乙,,约5000万\r\n'
ROWS = [
    ["名称", "信用代码", "收入"],
    ["示例甲", "0012", "1,234.50"],
    ["示例乙", None, "约5000万"],
]


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("gb18030"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace("\r\n", "\n").encode("utf-8"),
        TEXT.replace("\r\n", "\r").encode("utf-8"),
    ],
    ids=["utf8", "bom", "gb18030", "utf16", "utf16le", "utf16be", "lf", "cr"],
)
def test_read_csv_in_usual_encodings_gives_the_same_rows(tmp_path, data):
    path = tmp_path / "名单.csv"
    path.write_bytes(data)

    book = read_tables(path)

    assert ("csv", "名单", ROWS, 3) == (
        book.kind,
        book.sheets[0].name,
        book.sheets[0].rows,
        book.sheets[0].used_columns,
    )
    assert () == book.problems


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a;b\n1,5;2\n3,5;4\n", [["a", "b"], ["1,5", "2"], ["3,5", "4"]]),
        ("a\tb\n1,000\t2\n", [["a", "b"], ["1,000", "2"]]),
        ("a|b\n1|2\n", [["a", "b"], ["1", "2"]]),
        ("sep=;\na;b,c\n", [["sep=", None], ["a", "b,c"]]),
        ("a\n1\n2\n", [["a"], ["1"], ["2"]]),
        (
            "标题\n\na,b\n1,2\n\n",
            [["标题", None], [None, None], ["a", "b"], ["1", "2"]],
        ),
        ('a,"b\nc"\n1,2\n', [["a", "b\nc"], ["1", "2"]]),
        ("a,b\n1\n1,2,3\n", [["a", "b", None], ["1", None, None], ["1", "2", "3"]]),
        ('a,"b\n1,2\n', [["a", "b\n1,2\n"]]),
    ],
)
def test_read_csv_delimiter_is_found_and_rows_keep_their_numbers(tmp_path, text, rows):
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8", newline="")

    assert rows == read_tables(path).sheets[0].rows


def test_read_utf8_with_a_bad_byte_marks_it_and_names_the_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(
        "名称,数\n示例甲,1\n".encode() + b"\xff,2\n" + "示例乙,3\n".encode()
    )

    book = read_tables(path)

    assert [["名称", "数"], ["示例甲", "1"], ["\ufffd", "2"], ["示例乙", "3"]] == (
        book.sheets[0].rows
    )
    assert [("R110", 3)] == [(p.code, p.row) for p in book.problems]


def test_read_gb18030_with_a_bad_byte_is_a_problem_not_a_crash(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("名称,数\n示例甲,1\n".encode("gb18030") + b"\xff,2\n")

    book = read_tables(path)

    assert [["名称", "数"], ["示例甲", "1"], ["\ufffd", "2"]] == book.sheets[0].rows
    assert [("R110", 3)] == [(p.code, p.row) for p in book.problems]


def test_read_csv_with_null_bytes_drops_them_and_says_so(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"name,number\nfirst,1\n" * 20 + b"sec\0ond,2\n")

    book = read_tables(path)

    assert ["second", "2"] == book.sheets[0].rows[-1]
    assert ["R111"] == [p.code for p in book.problems]


def test_read_csv_beyond_excel_rows_and_columns_is_read_and_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a\n" * 1_048_577, encoding="utf-8")
    wide = tmp_path / "b.csv"
    wide.write_text("a," * 16_384 + "b\n", encoding="utf-8")

    book = read_tables(path)

    assert 1_048_577 == len(book.sheets[0].rows)
    assert ["R124"] == [p.code for p in book.problems]
    assert ["R124"] == [p.code for p in read_tables(wide).problems]


def test_read_csv_with_a_quote_never_closed_says_so(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n" + 'x,"y\n' + "3,4\n" * 60, encoding="utf-8")

    book = read_tables(path)

    assert 3 == len(book.sheets[0].rows)
    assert [("R114", 3)] == [(p.code, p.row) for p in book.problems]
