# SPDX-License-Identifier: Apache-2.0
"""The interpreter and the compiler give the same answer on whatever is drawn."""

from __future__ import annotations

import pytest
from hypothesis import given, note, settings

from ceyuan.language import Definition, NotProvable, write
from tests.language.both import compiled, interpreted
from tests.language.strategies import (
    Filler,
    World,
    conditions,
    numbers,
    reads,
    seeds,
)

SUBJECTS = 12


def _agree(drawn: tuple[World, Definition], seed: int) -> None:
    world, it = drawn
    names = reads(world.scope, it.node)
    filler = Filler(world, seed)
    subjects = [filler.subject(names) for _ in range(SUBJECTS)]
    note(f"{write(it.node)}  (absent: {it.absent_as})")
    try:
        columns = compiled(world.scope, world.context, it, subjects)
    except NotProvable as error:
        if "does not fit 128 bits" not in str(error):
            raise
        return
    for subject, told in zip(subjects, columns, strict=True):
        if told is not None:
            note(str(subject))
            assert interpreted(world.scope, world.context, it, subject) == told


@settings(max_examples=200)
@given(conditions(), seeds)
def test_condition_of_any_form_has_one_answer(drawn, seed):
    _agree(drawn, seed)


@settings(max_examples=200)
@given(numbers(), seeds)
def test_number_of_any_form_has_the_same_ends(drawn, seed):
    _agree(drawn, seed)


@pytest.mark.soak
@settings(max_examples=5_000)
@given(conditions(depth=4), seeds)
def test_condition_of_any_form_has_one_answer_at_length(drawn, seed):
    _agree(drawn, seed)


@pytest.mark.soak
@settings(max_examples=5_000)
@given(numbers(depth=4), seeds)
def test_number_of_any_form_has_the_same_ends_at_length(drawn, seed):
    _agree(drawn, seed)
