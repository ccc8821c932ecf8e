# SPDX-License-Identifier: Apache-2.0
"""YAML read exactly: no float, no silent duplicate, a line for every part."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.declarations import parse_source, read_source
from ceyuan.kernel import RuleError
from tests.declarations.drafts import told


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("+5", 5),
        ("1_000_000", 1_000_000),
        ("0.05", Decimal("0.05")),
        ("-0.1", Decimal("-0.1")),
        ("1_0.5", Decimal("10.5")),
        (
            "0.1000000000000000000000000000001",
            Decimal("0.1000000000000000000000000000001"),
        ),
        ("1e5", "1e5"),
        (".5", ".5"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("0x1F", "0x1F"),
        ("2025-03-01", date(2025, 3, 1)),
        ("'2025-03-01'", "2025-03-01"),
        ("'5'", "5"),
        ('"0.05"', "0.05"),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("no", "no"),
        ("null", None),
        ("~", None),
        ("", None),
        ("万元", "万元"),
        ("1/3", "1/3"),
        ("[1, 2.5, a]", [1, Decimal("2.5"), "a"]),
    ],
)
def test_scalar_keeps_what_was_written(text, value):
    data = parse_source(f"key: {text}", name="x.yaml").data

    assert {"key": value} == data
    assert isinstance(data, dict)
    assert type(value) is type(data["key"])


def test_empty_document_is_nothing():
    assert parse_source("# only a comment\n", name="x.yaml").data is None


def test_every_part_knows_its_line_and_the_nearest_one_for_what_is_not_there():
    source = parse_source("a:\n  b: 1\n  c:\n    - x\n    - y: 2\n", name="x.yaml")

    paths = [
        (),
        ("a",),
        ("a", "b"),
        ("a", "c", 0),
        ("a", "c", 1, "y"),
        ("a", "zz"),
        ("q",),
    ]
    assert [1, 1, 2, 4, 5, 1, 1] == [source.line(p) for p in paths]


def test_line_of_anything_in_an_empty_document_is_the_first():
    assert 1 == parse_source("", name="x.yaml").line(("a",))


def test_block_texts_keep_their_lines_and_stay_texts():
    data = parse_source("a: |\n  1\n  2\nb: >\n  5\n", name="x.yaml").data

    assert {"a": "1\n2\n", "b": "5\n"} == data


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a: 1\nb: 2\na: 3\n",
            (
                "D102",
                "x.yaml",
                3,
                "",
                "`a` stands twice in one mapping",
                "keep one of the two, or give the other a name of its own",
            ),
        ),
        (
            "p:\n  q: {r: 1, r: 1}\n",
            (
                "D102",
                "x.yaml",
                2,
                "p.q",
                "`r` stands twice in one mapping",
                "keep one of the two, or give the other a name of its own",
            ),
        ),
        (
            "a: 1\nb: 2025-02-30\n",
            (
                "D101",
                "x.yaml",
                2,
                "b",
                "`2025-02-30` is no day of the calendar",
                "mend the date, or put it in quotes if it is a text",
            ),
        ),
    ],
)
def test_document_that_would_be_misread_is_refused(text, expected):
    with pytest.raises(RuleError) as caught:
        parse_source(text, name="x.yaml")

    assert expected == told(caught.value)


_ALIAS_HINT = "write the part out where it is meant; aliases can unfold endlessly"


@pytest.mark.parametrize(
    ("text", "line", "clause", "alias"),
    [
        ("a: &x 1\nb:\n  - 2\n  - *x\n", 4, "b.1", "x"),
        ("a: &x {p: 1}\nb:\n  <<: *x\n", 3, "b.<<", "x"),
        ("a: &x k\n*x : 2\n", 2, "", "x"),
        ("a: &x [1, *x]\n", 1, "a.1", "x"),
        (
            "a: &a [x, x]\n"
            + "".join(
                f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n"
                for a, b in pairwise("abcdefghijklmno")
            ),
            2,
            "b.0",
            "a",
        ),
    ],
    ids=["item", "merge", "key", "itself", "billion laughs"],
)
def test_alias_is_refused_on_its_line(text, line, clause, alias):
    with pytest.raises(RuleError) as caught:
        parse_source(text, name="x.yaml")

    message = f"`*{alias}` repeats another part by an alias"
    assert told(caught.value) == (
        "D104",
        "x.yaml",
        line,
        clause,
        message,
        _ALIAS_HINT,
    )


def test_anchor_that_nobody_repeats_is_no_harm():
    data = parse_source("a: &x [1]\nb: '*x'\n", name="x.yaml").data

    assert {"a": [1], "b": "*x"} == data


@pytest.mark.parametrize("levels", [51, 100_000])
def test_endless_nesting_is_refused(levels):
    with pytest.raises(RuleError) as caught:
        parse_source("[" * levels, name="x.yaml")

    error = caught.value
    assert ("D104", "x.yaml") == (error.code, error.file)
    assert "parts stand in more than 50 levels of one another" == error.message
    assert "close the brackets, or write the part on a level of its own" == error.hint


def test_nesting_up_to_the_bound_is_read():
    data = parse_source("[" * 50 + "]" * 50, name="x.yaml").data

    for _ in range(49):
        assert isinstance(data, list)
        (data,) = data
    assert [] == data


@pytest.mark.parametrize("key", ["? [a, b]\n: 1\n", "? {a: b}\n: 1\n"])
def test_key_that_is_no_word_is_refused(key):
    with pytest.raises(RuleError) as caught:
        parse_source("k: 1\n" + key, name="x.yaml")

    expected = (
        "D101",
        "x.yaml",
        2,
        "",
        "not readable as YAML: a key is a list or a mapping",
        "write one word before the colon, in quotes if it has brackets",
    )
    assert expected == told(caught.value)


def test_second_document_is_refused_on_its_line():
    with pytest.raises(RuleError) as caught:
        parse_source("a: 1\n---\nb: 2\n", name="x.yaml")

    expected = (
        "D101",
        "x.yaml",
        2,
        "",
        "not readable as YAML: a second document begins",
        "one file holds one document; take the `---` away",
    )
    assert expected == told(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1, 2\nb: 3\n", 2),
        ("a: 1\n b: 2\n", 2),
        ("a: 'x\n", 2),
        ("\tb: 1\n", 1),
    ],
)
def test_text_that_is_no_yaml_is_refused_on_its_line(text, line):
    with pytest.raises(RuleError) as caught:
        parse_source(text, name="x.yaml")

    error = caught.value
    assert ("D101", "x.yaml", line) == (error.code, error.file, error.line)
    assert error.message.startswith("not readable as YAML: ")
    assert "mend the indentation or the quotes on that line" == error.hint


def test_file_is_read_under_its_own_name_or_the_given_one(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\n", "utf-8")

    assert ("a.yaml", "b.yaml") == (
        read_source(path).name,
        read_source(path, name="b.yaml").name,
    )


@pytest.mark.parametrize(
    ("text", "line", "clause", "message"),
    [
        ("a: 1\nb: x\x07y\n", 2, "", "有看不见的字符 U+0007 (a character that nobody sees)"),
        ("a: 1\n\x00", 2, "", "有看不见的字符 U+0000 (a character that nobody sees)"),
        ("a: 'x\u202ey'\n", 1, "", "有看不见的字符 U+202E (a character that nobody sees)"),
        ("a: x\u200by\n", 1, "", "有看不见的字符 U+200B (a character that nobody sees)"),
        ("a: 1\nb: x\ud800\n", 2, "", "有看不见的字符 U+D800 (a character that nobody sees)"),
        ('a:\n  b: "x\\x1by"\n', 2, "a.b", "有看不见的字符 U+001B (a character that nobody sees)"),
        ('a: 1\n"b\\0": 2\n', 2, "", "有看不见的字符 U+0000 (a character that nobody sees)"),
        ("a: 1\nb: " + "9" * 61, 2, "b", "a number of 61 characters; at most 60"),
        ("a: [0.5, 1." + "0" * 5000 + "]", 1, "a.1", "a number of 5,002 characters; at most 60"),
        ("a: 1\nb: 2024-13-01\n", 2, "b", "`2024-13-01` is no day of the calendar"),
    ],
)  # fmt: skip
def test_what_is_unseen_or_endless_is_told_with_its_line(
    text: str, line: int, clause: str, message: str
) -> None:
    with pytest.raises(RuleError) as caught:
        parse_source(text, name="x.yaml")

    error = caught.value
    assert ("D101", "x.yaml", line, clause, message) == (
        error.code, error.file, error.line, error.clause, error.message,
    )  # fmt: skip


def test_blanks_marks_of_a_byte_order_and_long_texts_are_read() -> None:
    text = "\ufeffa: x\u00a0y\u3000z\tw\r\nb: '" + "9" * 61 + "'\n"

    assert {"a": "x\u00a0y\u3000z\tw", "b": "9" * 61} == parse_source(
        text, name="x.yaml"
    ).data


@given(
    st.text(max_size=60)
    | st.text("abc:-[]{}&*!|>'\"%#?,\\\n\t 019.\x00\u2028é", max_size=60)
)
def test_any_text_is_read_or_told_as_a_problem_with_its_place(text: str) -> None:
    wrong: RuleError | None = None
    try:
        parse_source(text, name="x.yaml")
    except RuleError as error:
        wrong = error

    if wrong is not None:
        assert wrong.code in ("D101", "D102", "D104")
        assert ("x.yaml", True) == (wrong.file, wrong.line >= 0)
