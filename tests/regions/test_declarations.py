# SPDX-License-Identifier: Apache-2.0
"""What the declarations of the regions cite, say and leave open."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from ceyuan.language import names, walk
from ceyuan.language.tree import Call, Node, Number
from tests.regions.cases import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

CHINESE = re.compile(r"[\u4e00-\u9fff]")
POLICIES = sorted(REGION.rules)


def _texts(policy: str) -> Iterator[tuple[str, str, str]]:
    """Yield each place with its Chinese and its English text."""
    said = REGION.rules[policy].said
    yield "title", said.zh, said.en
    yield "summary", said.summary.zh, said.summary.en
    for text in said.uncovered:
        yield "uncovered", text.zh, text.en
    parts = ("articles", "parameters", "let", "scope", "checks", "clauses", "outputs")
    for part in parts:
        for name, one in getattr(said, part).items():
            yield f"{part}.{name}", one.zh, one.en
    for name, document in said.documents.items():
        yield f"documents.{name}", document.zh, document.en
    for name, check in said.checks.items():
        yield f"checks.{name}.mend", check.mend.zh, check.mend.en
    if said.amount is not None:
        yield "amount", said.amount.zh, said.amount.en


@pytest.mark.parametrize("policy", POLICIES)
def test_every_text_stands_in_both_languages(policy):
    wrong = [
        place
        for place, zh, en in _texts(policy)
        if not CHINESE.search(zh) or not en.strip() or CHINESE.search(en)
    ]

    assert [] == wrong


@pytest.mark.parametrize("policy", POLICIES)
def test_every_source_that_is_cited_is_told(policy):
    said = REGION.rules[policy].said
    cited = {s for d in said.documents.values() for s in d.sources}
    cited |= {s for a in said.articles.values() for s in a.sources}
    cited |= {s for p in said.parameters.values() for v in p.values for s in v.sources}

    assert set() == cited - set(said.sources)


CLOSED = {
    # The end of the reward was not seen; outside the year that is confirmed no
    # reward is offered until an office says so.
    "service_scale": ["reward_offered"],
}


@pytest.mark.parametrize("policy", POLICIES)
def test_no_value_is_given_for_what_is_uncertain(policy):
    said = REGION.rules[policy].said
    uncertain = [
        name
        for name, parameter in said.parameters.items()
        for value in parameter.values
        if value.confidence == "U"
    ]

    assert CLOSED.get(policy, []) == uncertain


@pytest.mark.parametrize("policy", POLICIES)
def test_every_article_and_parameter_is_used(policy):
    rule = REGION.rules[policy]
    said = rule.said
    used = {n for d in rule.scope.definitions.values() for n in names(d.node)}
    cited = {c.article for c in said.clauses.values()}
    cited |= {c.article for c in said.scope.values()}
    cited |= {v.article for p in said.parameters.values() for v in p.values}
    cited |= {said.amount.round.article} if said.amount else set()

    assert [] == [n for n in said.parameters if n not in used]
    assert [] == [n for n in said.let if n not in used]
    assert set(said.articles) >= cited


PLAIN = frozenset(Fraction(n) for n in (0, 1, 2, 3, 4, 5, 10, 12, 100))
"""Numbers that count years, parts or months; every line of a text is a parameter."""
COUNTED = frozenset({"prev", "sum_years", "cagr", "add_years"})


def _literals(node: Node) -> set[Fraction]:
    counted = {
        id(part)
        for call in walk(node)
        if isinstance(call, Call) and call.function in COUNTED
        for part in call.arguments
    }
    return {
        part.value
        for part in walk(node)
        if isinstance(part, Number) and id(part) not in counted
    }


@pytest.mark.parametrize("policy", POLICIES)
def test_no_threshold_stands_in_an_expression(policy):
    rule = REGION.rules[policy]
    found = {
        name: sorted(_literals(definition.node) - PLAIN)
        for name, definition in rule.scope.definitions.items()
        if _literals(definition.node) - PLAIN
    }

    assert {} == found


@pytest.mark.parametrize("policy", POLICIES)
def test_every_name_of_a_policy_is_declared(policy):
    rule = REGION.rules[policy]
    scope = rule.scope
    known = {*scope.facts, *scope.parameters, *scope.definitions, "as_of"}
    fields = {f for s in scope.facts.values() for f in s.fields}
    used = {n for d in scope.definitions.values() for n in names(d.node)}

    assert set() == used - known - fields
    assert {n for n in used if n in scope.facts} <= set(REGION.facts)


@pytest.mark.parametrize("name", sorted(REGION.facts))
def test_every_fact_is_named_in_both_languages(name):
    fact = REGION.facts[name]

    assert CHINESE.search(fact.zh)
    assert fact.en
    assert not CHINESE.search(fact.en)
