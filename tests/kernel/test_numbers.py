# SPDX-License-Identifier: Apache-2.0
"""Exact numbers as people write them; nothing that costs more to read than to write."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.declarations import build, parse_source
from ceyuan.declarations.parts import Exact, Part
from ceyuan.kernel import RuleError, exact


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", Fraction(0)),
        ("-12", Fraction(-12)),
        ("+12", Fraction(12)),
        ("0.05", Fraction(1, 20)),
        (".5", Fraction(1, 2)),
        ("1.", Fraction(1)),
        ("1/3", Fraction(1, 3)),
        ("-2/6", Fraction(-1, 3)),
        ("1.5/2", Fraction(3, 4)),
        (" 7 ", Fraction(7)),
        ("9" * 60, Fraction(10**60 - 1)),
    ],
)
def test_numbers_are_read_to_their_last_digit(text: str, value: Fraction) -> None:
    assert value == exact(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1/0", "`1/0` divides by zero"),
        ("0/000", "`0/000` divides by zero"),
        ("1e999999999", "`1e999999999` is no exact number: write 0.05, 12 or 1/3"),
        ("1E-999999999", "`1E-999999999` is no exact number: write 0.05, 12 or 1/3"),
        ("9" * 61, "a number of 61 characters; at most 60"),
        ("", "`` is no exact number: write 0.05, 12 or 1/3"),
        ("nan", "`nan` is no exact number: write 0.05, 12 or 1/3"),
        ("1/2/3", "`1/2/3` is no exact number: write 0.05, 12 or 1/3"),
        ("1 000", "`1 000` is no exact number: write 0.05, 12 or 1/3"),
    ],
)
def test_what_is_no_number_is_told(text: str, why: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message follows
        exact(text)

    assert why == str(caught.value)


@given(st.fractions(max_denominator=10**9).filter(lambda f: abs(f) < 10**15))
def test_what_is_written_reads_as_itself(value: Fraction) -> None:
    assert value == exact(str(value))


class _One(Part):
    size: Exact


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1e999999999", "Value error, `1e999999999` is no exact number: write 0.05, 12 or 1/3"),
        ("1/0", "Value error, `1/0` divides by zero"),
    ],
)  # fmt: skip
def test_a_declaration_with_such_a_number_is_a_problem_with_its_place(
    text: str, why: str
) -> None:
    source = parse_source(f"# a comment\nsize: {text}\n", name="x.yaml")

    with pytest.raises(RuleError) as caught:
        build(_One, source)

    error = caught.value
    assert ("D103", "x.yaml", 2, "size", why) == (
        error.code, error.file, error.line, error.clause, error.message,
    )  # fmt: skip
