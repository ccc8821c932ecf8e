# SPDX-License-Identifier: Apache-2.0
"""What is no expression of the language is refused by name, whatever it would do."""

from __future__ import annotations

import pytest

from ceyuan.kernel import RuleError
from ceyuan.language import parse

HINT = "see docs/language.md for what can be written"


def _refused(text: str) -> tuple[str, str, str]:
    with pytest.raises(RuleError) as caught:
        parse(text)
    error = caught.value
    return error.code, error.message, error.hint


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (
            "__import__('os')",
            "D202",
            (
                "`__import__` is no function of the language (add_years, cagr, count_where,"
                " days_between, greatest, growth, has_any, held, if_absent, least, marginal,"
                " prev, steps, sum_years, year, years_between): `__IMPORT__('os')`"
            ),
        ),
        (
            "a >= (SELECT 1)",
            "D202",
            "subquery is not part of the language: `(SELECT 1)`",
        ),
        (
            "a IN (SELECT b FROM c)",
            "D202",
            "IN asks for a list of codes: `a IN (SELECT b FROM c)`",
        ),
        (
            "SELECT * FROM firms",
            "D202",
            "select is not part of the language: `SELECT * FROM firms`",
        ),
        ("a; b", "D201", "one expression is asked, 2 found in `a; b`"),
        ("", "D201", "one expression is asked, 1 found in ``"),
        (
            "DROP TABLE firms",
            "D202",
            "drop is not part of the language: `DROP TABLE firms`",
        ),
        ("1e400 < a", "D202", "not an exact number: `1e400`"),
        ("a < 1e5", "D202", "not an exact number: `1e5`"),
        (
            "CASE WHEN a THEN 1 END",
            "D202",
            (
                "CASE needs its ELSE: what is left out would be a NULL:"
                " `CASE WHEN a THEN 1 END`"
            ),
        ),
        ("a IS NULL", "D202", "is is not part of the language: `a IS NULL`"),
        ("NULL", "D202", "null is not part of the language: `NULL`"),
        (
            "coalesce(a, 0)",
            "D202",
            "coalesce is not part of the language: `COALESCE(a, 0)`",
        ),
        (
            "CAST(a AS INT)",
            "D202",
            "a cast is not part of the language; write DATE '…': `CAST(a AS INT)`",
        ),
        ("DATE '2025-02-30'", "D202", "not a date: `CAST('2025-02-30' AS DATE)`"),
        ("a.b", "D202", "a name is one plain word: `a.b`"),
        ('"a b" > 1', "D202", 'a name is one plain word: `"a b"`'),
        ("a || b", "D202", "dpipe is not part of the language: `a || b`"),
        ("prev(a)", "D202", "`prev` takes 2 to 2 arguments: `PREV(a)`"),
        ("a % 2", "D202", "mod is not part of the language: `a % 2`"),
        ("x -> x", "D202", "jsonextract is not part of the language: `x -> x`"),
        ("count(*)", "D202", "count is not part of the language: `COUNT(*)`"),
        ("a LIKE 'x%'", "D202", "like is not part of the language: `a LIKE 'x%'`"),
        (
            "sum(a) OVER ()",
            "D202",
            "window is not part of the language: `SUM(a) OVER ()`",
        ),
    ],
)
def test_text_outside_the_language_is_refused_by_name(text, code, message):
    assert (code, message, HINT) == _refused(text)


def test_text_that_is_no_sql_is_refused_with_the_place():
    code, message, hint = _refused("a >= ")

    assert ("D201", HINT) == (code, hint)
    assert message.startswith("not an expression: ")
    assert message.endswith("; text `a >=`")


def test_text_beyond_the_length_is_refused_before_it_is_parsed():
    expected = (
        "D201",
        "an expression of 4001 characters; at most 4000",
        "split it with `let`",
    )

    assert expected == _refused("a" * 4001)


@pytest.mark.parametrize("opening", ["(", "NOT ", "-", "a AND (", "CASE WHEN "])
def test_text_nested_without_end_is_refused_not_crashed(opening):
    text = (opening * 4000)[:3990] + " a"

    assert "D20" in _refused(text)[0]


def test_number_of_any_length_stays_exact():
    from fractions import Fraction

    from ceyuan.language.tree import Number

    digits = "123456789012345678901234567890.000000000000000000000000000001"

    assert Number(Fraction(digits)) == parse(digits)
