# SPDX-License-Identifier: Apache-2.0
"""Which facts a policy reads, through its definitions and through derived facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.language import names

if TYPE_CHECKING:
    from ceyuan.declarations import Rule


def facts_read(rule: Rule) -> frozenset[str]:
    """Return the names of all facts that can matter to a policy."""
    known = rule.memo.get("facts read")
    if isinstance(known, frozenset):
        return known
    definitions, facts = rule.scope.definitions, rule.scope.facts
    seen: set[str] = set()
    open_ = {name for one in definitions.values() for name in names(one.node)}
    open_ |= names(rule.decide)
    if rule.said.variants is not None:
        open_.add(rule.said.variants.fact)
    while open_:
        name = open_.pop()
        if name in seen or name not in facts:
            continue
        seen.add(name)
        derive = facts[name].derive
        if derive is not None:
            open_ |= names(derive)
    rule.memo["facts read"] = frozenset(seen)
    return frozenset(seen)
