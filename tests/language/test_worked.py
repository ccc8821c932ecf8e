# SPDX-License-Identifier: Apache-2.0
"""Each function of the language, by answers worked by hand (`worked.py`)."""

from __future__ import annotations

import pytest

from ceyuan.language import FUNCTIONS, Checker, Fixed, NotProvable, walk
from ceyuan.language.tree import Call
from tests.language.both import compiled, interpreted
from tests.language.worked import WORKED, Worked


@pytest.mark.parametrize("one", WORKED, ids=lambda one: one.name)
def test_interpreter_gives_the_worked_answer(one: Worked):
    assert one.told == interpreted(one.scope, one.context, one.it, one.subject)


@pytest.mark.parametrize("one", WORKED, ids=lambda one: one.name)
def test_compiler_gives_the_worked_answer(one: Worked):
    # Beside a subject without facts, so that no column is whole.
    subjects = [one.subject, Fixed({})]

    assert one.told == compiled(one.scope, one.context, one.it, subjects)[0]


@pytest.mark.parametrize("one", WORKED, ids=lambda one: one.name)
def test_compiler_on_whole_columns_gives_the_worked_answer(one: Worked):
    assert [one.told] == compiled(one.scope, one.context, one.it, [one.subject])


@pytest.mark.parametrize("one", WORKED, ids=lambda one: one.name)
def test_worked_expression_passes_the_check(one: Worked):
    Checker(one.scope).check(one.it.node, absent_said=one.absent is not None)


def test_worked_answers_cover_every_function():
    used = {
        n.function for one in WORKED for n in walk(one.it.node) if isinstance(n, Call)
    }

    assert set(FUNCTIONS) == used


def test_two_code_facts_are_compared_by_the_interpreter_only():
    one = Worked("kind = way", "no", {"kind": "x", "way": "one"})

    assert one.told == interpreted(one.scope, one.context, one.it, one.subject)
    with pytest.raises(NotProvable):
        compiled(one.scope, one.context, one.it, [one.subject])


def test_magnitude_beyond_128_bits_is_left_to_the_interpreter():
    # Limits of 10^15 each: the product of three may reach 10^45, 2^127 is 1.7 x 10^38.
    one = Worked("debt * sales * cost > 0", "yes", {"debt": 1, "sales": 2, "cost": 3})

    assert one.told == interpreted(one.scope, one.context, one.it, one.subject)
    with pytest.raises(NotProvable, match="does not fit 128 bits"):
        compiled(one.scope, one.context, one.it, [one.subject])
