# SPDX-License-Identifier: Apache-2.0
"""A definite answer holds, whatever the missing facts turn out to be."""

from __future__ import annotations

from hypothesis import given, note, settings

from ceyuan.language import Fixed, Gone, Interpreter, Range, Steps, write
from tests.language.both import Ends, interpreted
from tests.language.strategies import (
    Filler,
    World,
    conditions,
    numbers,
    reads,
    seeds,
)

COMPLETIONS = 8


def _consistent(world: World, facts: Fixed) -> bool:
    """A derived fact keeps its declared bounds in every world there can be."""
    capped = Interpreter(world.scope, world.context, facts).fact("capped", 0)
    assert isinstance(capped, Range)
    return capped.gone is Gone.YES or (capped.low is not None and capped.low >= 0)


def _open_bands(world: World) -> bool:
    """A band of points in which nobody is named to choose stays open."""
    tables = [world.context.settings[n] for n in ("t_share", "t_points")]
    rows = [row for t in tables if isinstance(t, Steps) for row in t.rows]
    return any(row.low != row.high for row in rows)


@settings(max_examples=150)
@given(conditions(), seeds)
def test_definite_answer_with_facts_missing_holds_under_every_completion(drawn, seed):
    world, it = drawn
    filler = Filler(world, seed)
    names = reads(world.scope, it.node)
    known = filler.subject(names, huge=False)
    note(f"{write(it.node)} {known}")
    answer = interpreted(world.scope, world.context, it, known)

    for _ in range(COMPLETIONS):
        full = filler.completion(known, names | {"profit", "debt"})
        set_ = filler.set_all()
        if not _consistent(set_, full):
            continue
        complete = interpreted(set_.scope, set_.context, it, full)
        # With nothing missing there is nothing left to ask.
        assert complete in ("yes", "no") or _open_bands(world)
        if answer in ("yes", "no"):
            assert answer == complete


@settings(max_examples=150)
@given(numbers(), seeds)
def test_ends_with_facts_missing_hold_under_every_completion(drawn, seed):
    world, it = drawn
    filler = Filler(world, seed)
    names = reads(world.scope, it.node)
    known = filler.subject(names, huge=False)
    note(f"{write(it.node)} {known}")
    ends = interpreted(world.scope, world.context, it, known)
    assert isinstance(ends, Ends)

    for _ in range(COMPLETIONS):
        full = filler.completion(known, names | {"profit", "debt"})
        set_ = filler.set_all()
        if not _consistent(set_, full):
            continue
        complete = interpreted(set_.scope, set_.context, it, full)
        assert isinstance(complete, Ends)
        if not _open_bands(world):
            assert complete.asked == ""
        assert _within(complete, ends)


def _within(one: Ends, ends: Ends) -> bool:
    if one.gone is Gone.YES:
        return ends.gone is not Gone.NO
    if ends.gone is Gone.YES:
        return False
    low = ends.low is None or (one.low is not None and ends.low <= one.low)
    high = ends.high is None or (one.high is not None and one.high <= ends.high)
    return low and high


@settings(max_examples=150)
@given(conditions(), seeds)
def test_definite_answer_with_more_facts_stays(drawn, seed):
    world, it = drawn
    filler = Filler(world, seed)
    names = reads(world.scope, it.node)
    known = filler.subject(names, huge=False)
    note(f"{write(it.node)} {known}")
    answer = interpreted(world.scope, world.context, it, known)
    if answer not in ("yes", "no"):
        return

    for _ in range(COMPLETIONS):
        full = filler.completion(known, names | {"profit", "debt"})
        if not _consistent(filler.set_all(), full):
            continue
        more = {
            key: value
            for key, value in full.values.items()
            if key in known.values or filler.random.random() < 0.5
        }
        linked = full.linked if filler.random.random() < 0.5 else known.linked
        richer = Fixed(more, linked)
        note(f"richer {richer}")
        assert answer == interpreted(world.scope, world.context, it, richer)
