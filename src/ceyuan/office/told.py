# SPDX-License-Identifier: Apache-2.0
"""Answers in a cell's worth of words: an outcome, what is missing, a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.kernel import show_money
from ceyuan.policies import (
    ONE_STEP,
    OUTCOME_WORDS,
    SUPPLIERS,
    TO_CONFIRM,
    Outcome,
    fact_name,
    parameter_name,
    show_known,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.declarations import Region, Rule
    from ceyuan.language import FactKey
    from ceyuan.office.checkup import Checkup, FirmCheck
    from ceyuan.policies import Move


def answer_text(region: Region, firm: FirmCheck, rule: Rule) -> str:
    """Return an outcome by mark and word, with the amount: `✓ 符合 48.00 万元`."""
    decision = firm.decisions[rule.id]
    mark, word, _ = OUTCOME_WORDS[decision.outcome]
    if rule.id in firm.to_confirm:
        mark, word, _ = TO_CONFIRM
    elif rule.id in firm.one_step:
        mark, word, _ = ONE_STEP
    parts = [mark, word]
    if decision.amount is not None:
        parts.append(show_money(decision.amount))
    elif rule.id in firm.potential:
        parts.append(f"确认后 {show_money(firm.potential[rule.id])}")
    if decision.variant and rule.said.variants is not None:
        choice = region.facts[rule.said.variants.fact]
        parts.append(f"（{choice.codes[decision.variant].zh}）")
    return " ".join(parts)


def key_text(checkup: Checkup, key: FactKey) -> str:
    """Return a missing fact's name, or that of a parameter not set."""
    if key[0] in checkup.region.facts:
        return fact_name(checkup.region.facts, key)
    return parameter_name(checkup.region.rules, key[0])


def missing_text(checkup: Checkup, firm: FirmCheck, rules: Sequence[Rule]) -> str:
    """Return all that is missing, by who can supply it, each once."""
    wanted: dict[str, dict[str, None]] = {}
    for rule in rules:
        for key in sorted(firm.decisions[rule.id].missing, key=str):
            fact = checkup.region.facts.get(key[0])
            by = fact.supplied_by if fact is not None else "office"
            wanted.setdefault(by, {})[key_text(checkup, key)] = None
    lines = [
        f"{SUPPLIERS[by][0]}：{'、'.join(wanted[by])}"
        for by in SUPPLIERS
        if by in wanted
    ]
    return " ｜ ".join(lines)


def steps_text(checkup: Checkup, firm: FirmCheck, rules: Sequence[Rule]) -> str:
    """Return the nearest step of each policy that fails, lightest first."""
    moves = sorted((firm.moves[r.id].weight, r.id) for r in rules if r.id in firm.moves)
    names = {rule.id: rule.said.zh for rule in rules}
    return " ｜ ".join(
        f"{names[policy]}：{move_text(checkup.region, firm.moves[policy])}"
        for _, policy in moves
    )


def move_text(region: Region, move: Move) -> str:
    """Return a step in the firm's own quantities."""
    parts = []
    for shift in move.shifts:
        fact = region.facts[shift.fact]
        name = fact_name(region.facts, (shift.fact, shift.year))
        after = show_known(shift.after, fact)
        if shift.before is None or isinstance(shift.after, bool):
            parts.append(f"{name} 变为“{after}”")
        else:
            parts.append(f"{name} {show_known(shift.before, fact)} → {after}")
    text = "；".join(parts)
    if move.outcome is Outcome.UNKNOWN:
        text += "（此后还需补数据）"
    return text
