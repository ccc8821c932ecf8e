# SPDX-License-Identifier: Apache-2.0
"""Where the answer of a small policy turns, and on which side of it one stands."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ceyuan.language import Interpreter
from ceyuan.policies.edges import edges_of, facts_read, gap
from tests.policies.steps_world import AS_OF, firm, policy


def _edges(test: str):
    rule = policy({"it": test})
    context = rule.context(AS_OF)
    return rule, context, edges_of(rule, context).by_clause["it"]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("sales >= line", [({"sales"}, False)]),
        ("sales + cost >= line", [({"sales", "cost"}, False)]),
        # A quotient turns where it meets its line, and where its bottom is 0.
        ("tech / staff >= share", [({"staff"}, False), ({"tech", "staff"}, False)]),
        # A table has one edge per bound; that the points jump moves no gap.
        ("steps(rate, rising) >= points", [({"rate"}, False)] * 3),
        (
            "greatest(sales, cost) >= line",
            [({"sales", "cost"}, False), ({"sales", "cost"}, True)],
        ),
        ("sales * rate >= line", [({"sales", "rate"}, True)]),
        (
            "sales / cost >= debt / assets",
            [
                ({"assets"}, False),
                ({"cost"}, False),
                ({"sales", "cost", "debt", "assets"}, True),
            ],
        ),
        (
            "CASE WHEN titled THEN sales ELSE cost END >= line",
            [({"sales", "cost"}, True)],
        ),
        ("net >= line", [({"net", "assets", "debt"}, False)]),
        ("cagr(sales, 3) >= share", [({"sales"}, False)]),
        ("titled AND NOT banned", []),
        ("route = 'a'", []),
    ],
)
def test_edges_of_a_condition_are_those_that_some_number_moves(test, expected):
    _, _, edges = _edges(test)

    found = sorted((sorted(e.movers), e.is_bent) for e in edges)
    assert found == sorted((sorted(movers), bent) for movers, bent in expected)
    assert [e.is_bent for e in edges] == sorted(e.is_bent for e in edges)


def test_edges_are_found_once_per_context_and_anew_for_other_settings():
    rule = policy({"it": "steps(rate, rising) >= points"})
    plain, other = (
        rule.context(AS_OF),
        rule.context(AS_OF, settings={"line": Fraction(1)}),
    )

    assert edges_of(rule, plain) is edges_of(rule, plain)
    assert edges_of(rule, plain) is not edges_of(rule, other)
    assert edges_of(rule, plain) == edges_of(rule, other)


def test_facts_read_go_through_definitions_and_derivations():
    rule = policy({"it": "net >= line", "also": "owned >= pieces"})

    assert facts_read(rule) == {"net", "assets", "debt", "owned", "patents"}


@pytest.mark.parametrize(
    ("test", "values", "expected"),
    [
        # left less right, in fen
        ("sales >= line", {"sales": 20}, -1000),
        ("line <= sales", {"sales": 20}, 1000),
        # 3 - 0.3 x 20 people, the line on either side
        ("tech / staff >= share", {"tech": 3, "staff": 20}, -3),
        ("share <= tech / staff", {"tech": 3, "staff": 20}, 3),
        # 2 x 3 / 20 + 1 against 0.3, times the bottom
        ("2 * tech / staff + 1 >= share", {"tech": 3, "staff": 20}, 20),
        # two quotients: 10/20 against 30/40 yuan: 10 x 40 - 30 x 20, in fen squared
        (
            "sales / cost >= debt / assets",
            {"sales": 10, "cost": 20, "debt": 30, "assets": 40},
            -2_000_000,
        ),
        # 14.4 yuan against 10 x 1.3 x 1.3 = 16.9 yuan, in fen
        (
            "cagr(sales, 3) >= share",
            {"sales": Fraction("14.4"), "sales_2023": 10},
            -250,
        ),
        ("sales >= line", {}, None),
        ("tech / staff >= share", {"tech": 3}, None),
        ("cagr(sales, 3) >= share", {"sales": 10}, None),
    ],
)
def test_gap_is_multiplied_across(test, values, expected):
    rule, context, edges = _edges(test)
    asked = Interpreter(rule.scope, context, firm(**values))

    wanted = [gap(asked, e) for e in edges if not isinstance(e.right, Fraction)]
    assert wanted == [expected]
