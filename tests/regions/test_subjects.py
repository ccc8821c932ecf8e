# SPDX-License-Identifier: Apache-2.0
"""What a policy asks can be read from a table of its subject."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ceyuan.declarations import load_region

if TYPE_CHECKING:
    from ceyuan.declarations.policy import Policy

_NAME = re.compile(r"[a-z_][a-z0-9_]*")


def _expressions(said: Policy) -> list[str]:
    found = [
        clause.test
        for group in (said.clauses, said.scope, said.checks)
        for clause in group.values()
    ]
    found += [part.expr for part in said.let.values()]
    found += [part.expr for part in said.outputs.values()]
    return found + ([said.amount.expr] if said.amount is not None else [])


def test_each_fact_that_a_policy_asks_has_the_policys_subject() -> None:
    region = load_region()

    unread = {
        (rule.id, name)
        for rule in region.rules.values()
        for text in _expressions(rule.said)
        for name in _NAME.findall(text)
        if name in region.facts and rule.said.subject not in region.facts[name].subject
    }

    assert unread == set()
