# SPDX-License-Identifier: Apache-2.0
"""Common gaps: what many firms of a batch lack, ranked by the money it unlocks.

A gap is a fact that nobody supplied, or a step that several firms can take and
are away from a policy. The money is that of policies which hang on this gap alone; where it
cannot be computed yet (the figures it is computed from are missing too) it is
unknown, not 0. Where it is unknown or 0 it ranks nothing; then that gap comes first which
holds up most decisions alone, then the one that most firms have.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ceyuan.office.groups import gives
from ceyuan.office.telling import open_name
from ceyuan.policies import Outcome

if TYPE_CHECKING:
    from ceyuan.office.checkup import Checkup


@dataclass(slots=True)
class Gap:
    """One thing that firms of the batch lack.

    Args:
        kind: A fact that is missing, or a step that is failing.
        name: The fact, or `policy.clause`.
        title: What it is, in words.
        by: Who can supply or do it.
        firms: Rows that lack it.
        decisions: Decisions that hang on it, among other things or alone.
        alone: Decisions that hang on it alone.
        unlock_fen: Money of those decisions, as far as it can be computed.
        is_known: Whether any of that money could be computed.
        policies: The policies meant, with how often.
    """

    kind: Literal["fact", "step"]
    name: str
    title: str
    by: str
    firms: set[int] = field(default_factory=set)
    decisions: int = 0
    alone: int = 0
    unlock_fen: int = 0
    is_known: bool = False
    policies: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def gaps(checkup: Checkup) -> tuple[Gap, ...]:
    """Return the gaps of a batch, the one that unlocks most first."""
    found: dict[tuple[str, str], Gap] = {}
    for index, firm in enumerate(checkup.firms):
        for rule in checkup.rules:
            if not gives(rule):  # a label; nobody is due anything
                continue
            decision = firm.decisions[rule.id]
            if decision.outcome in (Outcome.UNKNOWN, Outcome.REFER):
                names = sorted({name for name, _ in decision.missing})
                for name in names:
                    gap = _fact_gap(checkup, found, name)
                    amount = firm.potential.get(rule.id) if len(names) == 1 else None
                    _count(gap, index, rule.id, amount, alone=len(names) == 1)
            elif rule.id in firm.one_step:
                clause = firm.one_step[rule.id]
                key = ("step", f"{rule.id}.{clause}")
                said = rule.said.clauses[clause]
                title = f"{rule.said.zh}：{said.zh}"
                gap = found.setdefault(key, Gap("step", key[1], title, "firm"))
                _count(gap, index, rule.id, firm.moves[rule.id].amount, alone=True)
    return tuple(sorted(found.values(), key=_order))


_HARD = {"firm": 0, "declaration": 0, "choice": 0, "office": 1, "judge": 2}
"""Of gaps that weigh the same, what a park can get by asking comes before what others
have to judge."""


def _order(gap: Gap) -> tuple[int, int, int, int, str]:
    hard = _HARD[gap.by] if gap.kind == "fact" else 1
    return (-gap.unlock_fen, -gap.alone, -len(gap.firms), hard, gap.name)


def _fact_gap(checkup: Checkup, found: dict[tuple[str, str], Gap], name: str) -> Gap:
    key = ("fact", name)
    if key not in found:
        fact = checkup.region.facts.get(name)
        if fact is not None:
            title = open_name(checkup.region, (name, None))
            found[key] = Gap("fact", name, title, fact.supplied_by)
        else:
            policy, _, parameter = name.partition(".")
            said = checkup.region.rules[policy].said
            title = f"{said.zh}：{said.parameters[parameter].zh}（参数待设定）"
            found[key] = Gap("fact", name, title, "office")
    return found[key]


def _count(
    gap: Gap, index: int, policy: str, amount: int | None, *, alone: bool
) -> None:
    gap.firms.add(index)
    gap.decisions += 1
    gap.alone += alone
    gap.policies[policy] += 1
    if amount is not None:
        gap.unlock_fen += amount
        gap.is_known = True
