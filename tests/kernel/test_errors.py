# SPDX-License-Identifier: Apache-2.0
"""Errors carry their exit code and their mend; problems carry their place."""

from __future__ import annotations

import pytest

from ceyuan.kernel import (
    ABSENT,
    UNKNOWN,
    CeyuanError,
    InputRejected,
    NotAllowed,
    Problem,
    RuleError,
    UsageError,
)


@pytest.mark.parametrize(
    ("kind", "exit_code"),
    [
        (CeyuanError, 1),
        (RuleError, 1),
        (UsageError, 2),
        (InputRejected, 3),
        (NotAllowed, 4),
    ],
)
def test_error_of_a_kind_has_its_exit_code(kind, exit_code):
    error = kind("what", hint="mend")

    assert ("what", "mend", exit_code) == (error.message, error.hint, error.exit_code)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ({}, "[D100] wrong"),
        ({"file": "a.yaml"}, "[D100] wrong\n  at:  a.yaml"),
        ({"file": "a.yaml", "line": 7}, "[D100] wrong\n  at:  a.yaml:7"),
        (
            {"file": "a.yaml", "line": 7, "clause": "age"},
            "[D100] wrong\n  at:  a.yaml:7 (age)",
        ),
        ({"clause": "age"}, "[D100] wrong\n  at:  age"),
        ({"code": "D210"}, "[D210] wrong"),
    ],
)
def test_rule_error_says_its_place(place, text):
    assert text == str(RuleError("wrong", **place))


def test_rejected_input_keeps_the_problems_found_before():
    problem = Problem(code="R101", message="no rows")

    assert (problem,) == InputRejected("empty", problems=[problem]).problems


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ({}, ""),
        ({"file": "t.xlsx"}, "t.xlsx"),
        ({"file": "t.xlsx", "sheet": "企业"}, "t.xlsx, 企业"),
        (
            {"file": "t.xlsx", "sheet": "企业", "row": 57, "column": "B"},
            "t.xlsx, 企业!B57",
        ),
        ({"file": "t.xlsx", "sheet": "企业", "row": 57}, "t.xlsx, 企业!57"),
        ({"file": "t.xlsx", "sheet": "企业", "column": "B"}, "t.xlsx, 企业!B"),
    ],
)
def test_problem_says_its_place_in_one_line(place, text):
    assert text == Problem(code="R203", message="17 位", **place).place


def test_problem_is_told_with_place_and_mend():
    problem = Problem(code="R203", message="17 位", mend="补一位", file="t.csv", row=2)

    assert "[R203] 17 位\n  at:  t.csv, 2\n  fix: 补一位" == str(problem)
    assert "[R203] 17 位" == str(Problem(code="R203", message="17 位"))


@pytest.mark.parametrize("state", [UNKNOWN, ABSENT])
def test_state_is_neither_true_nor_false(state):
    with pytest.raises(TypeError, match="is neither true nor false; compare with `is`"):
        bool(state)


def test_state_prints_as_its_name():
    assert ("UNKNOWN", "ABSENT") == (repr(UNKNOWN), repr(ABSENT))
