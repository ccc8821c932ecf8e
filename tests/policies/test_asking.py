# SPDX-License-Identifier: Apache-2.0
"""Questions over many subjects: yes, no, not known, as each alone is answered."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import polars as pl
from hypothesis import given, note, settings

from ceyuan.engine import Linked, encode, open_shape, shape_of
from ceyuan.kernel import UNKNOWN
from ceyuan.language import Interpreter, write
from ceyuan.policies.asking import asked, asked_in
from tests.language.strategies import Filler, conditions, facts, reads, seeds

SUBJECTS = 12
DAY = date(2026, 6, 1)


@settings(max_examples=200)
@given(conditions(), seeds)
def test_question_of_any_form_is_answered_for_many_as_for_one(drawn, seed):
    world, it = drawn
    names = reads(world.scope, it.node)
    filler = Filler(world, seed)
    subjects = [filler.subject(names) for _ in range(SUBJECTS)]
    note(f"{write(it.node)}  (absent: {it.absent_as})")
    frame, linked, unfit = encode(subjects, world.scope.facts)

    ready = asked_in(
        {"it": it.node}, world.scope, world.context, shape_of(frame, linked),
        absent_as=it.absent_as,
    )  # fmt: skip
    found = ready.run(frame, linked, exact={row: subjects[row] for row in unfit})

    alone = []
    for subject in subjects:
        interpreter = Interpreter(world.scope, world.context, subject)
        value = interpreter.ask(it.node, absent_as=it.absent_as).value
        alone.append(None if value is UNKNOWN else value)
    assert found["it"].to_list() == alone


def _day(text: str) -> date:
    return date.fromisoformat(text)


def test_unknown_is_null_and_never_no():
    frame = pl.DataFrame(
        {
            "sales@2025": [500, 100, None, None],
            "is_a": [True, None, False, None],
        },
        schema={"sales@2025": pl.Int64, "is_a": pl.Boolean},
    )

    ready = asked(
        {
            "large": "sales >= 300",
            "both": "is_a AND sales >= 300",
            "either": "is_a OR sales >= 300",
        },
        facts(), open_shape(frame.columns), as_of=DAY,
    )  # fmt: skip

    assert ready.run(frame).to_dict(as_series=False) == {
        "large": [True, False, None, None],
        "both": [True, False, False, None],
        "either": [True, None, None, None],
    }


def test_certificate_held_follows_how_far_the_list_is_complete():
    frame = pl.DataFrame(
        {"is_a": [None, None, None, None]}, schema={"is_a": pl.Boolean}
    )
    certificates = Linked(
        pl.DataFrame(
            {
                "row": [0, 1],
                "certificate": ["hnte", "hnte"],
                "issued_on": [_day("2025-01-01"), _day("2020-01-01")],
                "valid_until": [_day("2027-12-31"), _day("2022-12-31")],
            }
        ),
        linked=pl.Series([True, True, True, True]),
        complete=pl.Series([False, True, True, False]),
        covered={"hnte": pl.Series([False, False, False, True])},
    )
    names = frozenset({"certificates"})

    ready = asked(
        {"hnte": "held('hnte')", "zjtx": "held('zjtx')"}, facts(),
        open_shape(frame.columns, names), as_of=DAY,
    )  # fmt: skip

    assert ready.run(frame, {"certificates": certificates}).to_dict(
        as_series=False
    ) == {
        "hnte": [
            True,
            False,
            False,
            False,
        ],  # valid, lapsed, none of all, none of these
        "zjtx": [None, False, False, None],
    }


def test_number_beyond_what_was_proved_is_answered_one_by_one():
    far = 2**60
    frame = pl.DataFrame({"sales@2025": [1, far, None], "cost@2025": [2, far - 1, 5]})

    ready = asked(
        {"gain": "sales > cost", "twice": "sales * 2 > cost * 3"}, facts(),
        open_shape(frame.columns), as_of=DAY,
    )  # fmt: skip
    subjects = {2: ready_facts(frame)}

    assert ready.run(frame, exact=subjects).to_dict(as_series=False) == {
        "gain": [False, True, True],
        "twice": [False, False, False],
    }


def ready_facts(frame):
    """Facts of the third row, whose sales do not fit a column: 16/3."""
    from ceyuan.policies import facts_of

    held = facts_of(frame, 2, facts(), {})
    return held.with_values({("sales", 2025): Fraction(16, 3)})
