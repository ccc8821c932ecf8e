# SPDX-License-Identifier: Apache-2.0
"""What is written is read back as the same tree."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from ceyuan.declarations import read_region
from ceyuan.language import parse, write
from tests.language.strategies import conditions, numbers

REGION = read_region()


@settings(max_examples=100)
@given(conditions())
def test_condition_written_and_parsed_is_itself(drawn):
    _, it = drawn

    assert it.node == parse(write(it.node))


@settings(max_examples=100)
@given(numbers())
def test_number_written_and_parsed_is_itself(drawn):
    _, it = drawn

    assert it.node == parse(write(it.node))


@pytest.mark.parametrize("policy", sorted(REGION.rules))
def test_expressions_of_a_policy_written_and_parsed_are_themselves(policy):
    rule = REGION.rules[policy]
    # `eligible` is put together from the clauses, nobody wrote it.
    definitions = rule.scope.definitions
    nodes = [d.node for n, d in definitions.items() if n != "eligible"]
    nodes += [rule.decide] if rule.said.decide is not None else []

    assert nodes == [parse(write(node)) for node in nodes]


def test_derivations_of_facts_written_and_parsed_are_themselves():
    nodes = [parse(f.derive) for f in REGION.facts.values() if f.derive is not None]

    assert nodes
    assert nodes == [parse(write(node)) for node in nodes]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a+b*c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a AND (b AND c)", "a AND b AND c"),
        ("(a OR b) AND c", "(a OR b) AND c"),
        ("NOT a = b", "NOT (a = b)"),
        ("a != 'it''s'", "a <> 'it''s'"),
        ("a BETWEEN 1 AND 2", "(a >= 1) AND (a <= 2)"),
        (
            "CASE k WHEN 'x' THEN 1 ELSE -2.50 END",
            "CASE WHEN k = 'x' THEN 1 ELSE -2.5 END",
        ),
        ("-a", "0 - a"),
        ("k in ('x','y')", "k IN ('x', 'y')"),
        ("k IN pool", "k IN pool"),
        ("GREATEST(a, Least(b, .5))", "greatest(a, least(b, 0.5))"),
        ("date '2024-02-29' <= d", "DATE '2024-02-29' <= d"),
        ("YEAR(d)", "year(d)"),
        ("true or FALSE", "TRUE OR FALSE"),
        ("0.125 * a", "0.125 * a"),
    ],
)
def test_text_in_any_style_is_written_in_one(text, written):
    assert written == write(parse(text))
