# SPDX-License-Identifier: Apache-2.0
"""What the graph simplifies away must not change a single bit or number."""

from __future__ import annotations

import operator
from itertools import product

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.language import FALSE, TRUE, Graph, NotProvable
from ceyuan.language.graph import same

INPUTS = 4
ROWS = list(product([False, True], repeat=INPUTS))
COLUMNS = {f"bit:x{k}": pl.Series([row[k] for row in ROWS]) for k in range(INPUTS)}

STEP = st.tuples(
    st.sampled_from(["and", "or", "not", "pick"]),
    st.lists(st.integers(0, 10**6), min_size=3, max_size=5),
)


def bits(graph: Graph, number: int, columns: dict[int, pl.Series]) -> list[bool]:
    if number in (TRUE, FALSE):
        return [number == TRUE] * len(ROWS)
    return columns[number].to_list()


@given(st.lists(STEP, min_size=1, max_size=40))
def test_bits_any_formula_equals_its_truth_table(steps: list[tuple[str, list[int]]]):
    graph = Graph()
    pool = [(graph.bit(f"x{k}"), [row[k] for row in ROWS]) for k in range(INPUTS)]
    pool += [(TRUE, [True] * len(ROWS)), (FALSE, [False] * len(ROWS))]
    for name, picks in steps:
        chosen = [pool[pick % len(pool)] for pick in picks]
        numbers, truths = zip(*chosen, strict=True)
        match name:
            case "and":
                made = graph.and_(*numbers), [all(t) for t in zip(*truths, strict=True)]
            case "or":
                made = graph.or_(*numbers), [any(t) for t in zip(*truths, strict=True)]
            case "not":
                made = graph.not_(numbers[0]), [not t for t in truths[0]]
            case _:
                mask, yes, no = truths[:3]
                made = (
                    graph.pick_bit(*numbers[:3]),
                    [y if m else n for m, y, n in zip(mask, yes, no, strict=True)],
                )
        pool.append(made)
    program = graph.program([number for number, _ in pool])
    columns = program.run({n: COLUMNS[n] for n in program.inputs.values()})
    assert [t for _, t in pool] == [bits(graph, n, columns) for n, _ in pool]


def test_bits_absorbed_and_opposite_parts_take_no_operation():
    graph = Graph()
    a, b = graph.bit("a"), graph.bit("b")
    no_a = graph.not_(a)
    assert a == graph.and_(a, graph.or_(a, b))
    assert graph.and_(a, b) == graph.and_(a, graph.or_(no_a, b))
    assert b == graph.or_(graph.and_(a, b), graph.and_(no_a, b))
    assert FALSE == graph.and_(graph.and_(a, b), no_a)
    assert graph.not_(graph.and_(a, b)) == graph.or_(no_a, graph.not_(b))


@pytest.mark.parametrize("limit", [2**14, 2**30, 2**62, 2**125])
def test_integers_at_the_bound_do_not_wrap(limit: int):
    graph = Graph()
    x = graph.whole("x", min(limit, 2**62))
    grown = graph.times(x, max(1, limit >> 62))
    total = graph.add(grown, grown)
    values = [min(limit, 2**62), -min(limit, 2**62), 0, 1]
    program = graph.program([n for n in (total.id,) if n is not None])
    column = next(iter(program.run({"int:x": pl.Series(values)}).values()), None)
    assert column is not None
    found = program.run({"int:x": pl.Series(values)})[total.id or 0].to_list()
    assert [v * max(1, limit >> 62) * 2 for v in values] == found


def test_integers_beyond_128_bits_are_not_provable():
    graph = Graph()
    x = graph.whole("x", 2**62)
    with pytest.raises(NotProvable, match="128 bits"):
        graph.mul(graph.mul(x, x), x)


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=5), st.integers())
def test_comparisons_with_any_constant_equal_those_of_python(
    values: list[int], constant: int
):
    graph = Graph()
    x, c = graph.whole("x", 2**40), same(constant)
    asked = {
        operator.ge: graph.ge(x, c),
        operator.gt: graph.gt(x, c),
        operator.le: graph.ge(c, x),
        operator.lt: graph.gt(c, x),
        operator.eq: graph.eq(x, c),
    }
    program = graph.program(list(asked.values()))
    columns = program.run({"int:x": pl.Series(values)} if program.inputs else {})
    for compare, number in asked.items():
        expected = [compare(value, constant) for value in values]
        found = (
            [number == TRUE] * len(values) if number < 0 else columns[number].to_list()
        )
        assert expected == found


@given(st.booleans(), st.integers(-99, 99), st.integers(-99, 99))
def test_select_of_a_negated_mask_picks_the_other_side(
    mask: bool, left: int, right: int
):
    graph = Graph()
    bit = graph.bit("m")
    x, y = graph.whole("x", 99), graph.whole("y", 99)
    plain, turned = graph.select(bit, x, y), graph.select(graph.not_(bit), x, y)
    program = graph.program([n.id for n in (plain, turned) if n.id is not None])
    columns = program.run(
        {
            "bit:m": pl.Series([mask]),
            "int:x": pl.Series([left]),
            "int:y": pl.Series([right]),
        }
    )
    picked = (left, right) if mask else (right, left)
    assert picked == tuple(
        columns[n.id][0] for n in (plain, turned) if n.id is not None
    )
