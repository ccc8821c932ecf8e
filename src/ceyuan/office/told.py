# SPDX-License-Identifier: Apache-2.0
"""Answers in a cell's worth of words: an outcome, what is missing, a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.kernel import show_money
from ceyuan.office.groups import gives
from ceyuan.office.phrases import Words
from ceyuan.office.telling import open_name, shift_words
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


MISSING_SHOWN = 12
"""So many names of one supplier fit a cell; a firm's own page has them all."""


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
            wanted.setdefault(by, {})[open_name(checkup.region, key)] = None
    lines = [
        f"{SUPPLIERS[by][0]}：{_some(list(wanted[by]))}"
        for by in SUPPLIERS
        if by in wanted
    ]
    return " ｜ ".join(lines)


def _some(names: list[str]) -> str:
    """Return names in a row; of very many the first, and how many they are."""
    text = "、".join(names[:MISSING_SHOWN])
    return text if len(names) <= MISSING_SHOWN else f"{text} 等 {len(names)} 项"


def next_step(checkup: Checkup, firm: FirmCheck, locale: str = "zh") -> str:
    """Return the nearest step of a firm over all policies, in one line; "—" for none.

    Signing declarations needs no change at all and comes first; then a step after which
    nothing is missing; then the one that changes least. What only names a firm is no aim.
    """
    rules = {rule.id: rule for rule in checkup.rules if gives(rule)}
    confirm = [policy for policy in firm.to_confirm if policy in rules]
    at = locale != "zh"
    if confirm:
        policy = min(
            confirm,
            key=lambda p: (-firm.potential.get(p, 0), len(firm.to_confirm[p])),
        )
        said, count = rules[policy].said, len(firm.to_confirm[policy])
        if at:
            word = "declaration" if count == 1 else "declarations"
            return f"sign {count} {word} → {said.en}"
        return f"确认 {count} 项声明 → {said.zh}"
    moves = [move for policy, move in firm.moves.items() if policy in rules]
    if not moves:
        return "—"
    move = min(
        moves,
        key=lambda m: (
            m.outcome is Outcome.UNKNOWN,
            len(m.shifts),
            m.weight,
            m.policy,
        ),
    )
    rule = rules[move.policy]
    words = Words(checkup.region, rule, locale)
    changes = words.pick("；", "; ").join(shift_words(words, s) for s in move.shifts)
    more = ""
    if move.outcome is Outcome.UNKNOWN:
        n = len(move.missing)
        more = words.pick(f"（此后还缺 {n} 项数据）", f" ({n} facts missing then)")
    return f"{changes} ⇒ {words.pick(rule.said.zh, rule.said.en)}{more}"


def steps_text(checkup: Checkup, firm: FirmCheck, rules: Sequence[Rule]) -> str:
    """Return the nearest step of each policy that fails, lightest first."""
    moves = sorted(
        (firm.moves[r.id].weight, r.id)
        for r in rules
        if r.id in firm.moves and gives(r)
    )
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
