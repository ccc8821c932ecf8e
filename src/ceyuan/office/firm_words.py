# SPDX-License-Identifier: Apache-2.0
"""Sums, questions and steps of a firm in words, in Chinese or in English.

Names come from the dictionary and the policies, never from here; money keeps its basis
with it, so that a payment, a tax saved and a limit are not added to one sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.kernel import unit
from ceyuan.office.groups import BASES
from ceyuan.office.phrases import Words, english
from ceyuan.office.telling import SCALES, asked_name, exact_money, shift_words
from ceyuan.policies import OUTCOME_WORDS, SUPPLIERS, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ceyuan.declarations import Region, Rule
    from ceyuan.language import FactKey
    from ceyuan.policies import Move

_YUAN = unit("元")


@dataclass(frozen=True, slots=True)
class Sum:
    """Money of one kind.

    Args:
        fen: How much, in fen.
        basis: `payment`, `saving` or `limit`; sums of different bases are not added.
        word: The basis in a word.
        text: The amount in words, to the fen where it has any.
    """

    fen: int
    basis: str
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A fact that is missing, as it is asked for.

    Args:
        key: The fact and its year; of a parameter of an office `policy.name`.
        typed: How it is typed: `revenue@2025`.
        name: Its name, with the year.
        text: The question.
        kind: `number`, `flag`, `date`, `code`, `codes`, `text`, `records`; of a
            parameter `parameter`.
        unit: Unit of a number, else empty.
        options: Codes with their names, where one is chosen.
        by: Who can supply it: `firm`, `declaration`, `office`, `judge`, `choice`.
        by_word: The same in words.
    """

    key: FactKey
    typed: str
    name: str
    text: str
    kind: str
    unit: str
    options: tuple[tuple[str, str], ...]
    by: str
    by_word: str


@dataclass(frozen=True, slots=True)
class StepTold:
    """A step that turns a policy, in words.

    Args:
        changes: Each change: name, from, to.
        scales: What the changes take: money, people, titles, time, acts; in words.
        outcome: The outcome afterwards, in a word.
        amount: What is then due; None: nothing, or not known yet.
        missing: What then still has to be supplied.
        gains: Ids and names of the policies that the same changes turn.
        text: All of it in one sentence.
    """

    changes: tuple[str, ...]
    scales: tuple[str, ...]
    outcome: str
    amount: Sum | None
    missing: tuple[Question, ...]
    gains: tuple[tuple[str, str], ...]
    text: str


def picked(locale: str, zh: str, en: str) -> str:
    """Return the one of two texts that is asked for."""
    return zh if locale == "zh" else en


def title_of(region: Region, policy: str, locale: str) -> str:
    """Return a policy's name; its id where the region does not have it any more."""
    rule = region.rules.get(policy)
    return policy if rule is None else picked(locale, rule.said.zh, rule.said.en)


def money_words(fen: int, locale: str) -> str:
    """Return an amount in words; Chinese to the fen where it has any.

    >>> money_words(48_000_000, "zh"), money_words(48_000_000, "en")
    ('48.00 万元', 'CNY 480,000.00')
    """
    return exact_money(fen) if locale == "zh" else english(fen, _YUAN)


def sum_of(rule: Rule, fen: int | None, locale: str) -> Sum | None:
    """Return what a policy gives with its basis; None where there is no amount."""
    said = rule.said.amount
    return None if fen is None or said is None else sum_in(said.basis, fen, locale)


def sum_in(basis: str, fen: int, locale: str) -> Sum:
    """Return an amount with its basis in words."""
    return Sum(fen, basis, picked(locale, *BASES[basis]), money_words(fen, locale))


def totals(sums: Iterable[Sum | None], locale: str) -> tuple[Sum, ...]:
    """Return the sums of some money, one for each basis."""
    added: dict[str, int] = {}
    for one in sums:
        if one is not None:
            added[one.basis] = added.get(one.basis, 0) + one.fen
    return tuple(sum_in(b, added[b], locale) for b in BASES if b in added)


def questions(
    region: Region, keys: Iterable[FactKey], locale: str
) -> tuple[Question, ...]:
    """Return what is asked, what the firm itself can supply first."""
    order = {by: at for at, by in enumerate(SUPPLIERS)}
    made = [_question(region, key, locale) for key in keys]
    return tuple(sorted(made, key=lambda q: (order[q.by], q.key[0], q.key[1] or 0)))


def _question(region: Region, key: FactKey, locale: str) -> Question:
    fact = region.facts.get(key[0])
    name = asked_name(region, key, locale=locale)
    typed = key[0] if key[1] is None else f"{key[0]}@{key[1]}"
    by = "office" if fact is None else fact.supplied_by
    word = picked(locale, *SUPPLIERS[by])
    if fact is None:
        text = _for_the_office(region, key[0], locale)
        return Question(key, typed, name, text, "parameter", "", (), by, word)
    if fact.question is not None:
        text = picked(locale, fact.question.zh, fact.question.en)
    else:
        text = picked(locale, f"请提供：{name}", f"Please supply: {name}")
    options = tuple(
        (c, picked(locale, one.zh, one.en)) for c, one in fact.codes.items()
    )
    return Question(
        key, typed, name, text, fact.kind, fact.unit or "", options, by, word
    )


def _for_the_office(region: Region, name: str, locale: str) -> str:
    policy, _, parameter = name.partition(".")
    said = region.rules[policy].said.parameters[parameter]
    return picked(
        locale, f"由主管部门设定：{said.zh}", f"For the office to set: {said.en}"
    )


def step_told(region: Region, move: Move, locale: str) -> StepTold:
    """Return a step in words, with what it turns elsewhere."""
    rule = region.rules[move.policy]
    words = Words(region, rule, locale)
    changes = tuple(shift_words(words, shift) for shift in move.shifts)
    scales = dict.fromkeys(picked(locale, *SCALES[s.scale]) for s in move.shifts)
    outcome = OUTCOME_WORDS[move.outcome][1 if locale == "zh" else 2]
    amount = sum_of(rule, move.amount, locale)
    missing = questions(region, move.missing, locale)
    gains = tuple((p, title_of(region, p, locale)) for p in move.turns)
    parts = [picked(locale, "；", "; ").join(changes)]
    if move.outcome is Outcome.UNKNOWN:
        size = len(missing)
        parts.append(
            picked(
                locale,
                f"之后不再有不符合的条件，还须补齐 {size} 项",
                f"then nothing fails any more, {size} facts are still missing",
            )
        )
    else:
        parts.append(picked(locale, f"之后{outcome}", f"then {outcome}"))
    if amount is not None:
        parts.append(f"{amount.word} {amount.text}")
    if gains:
        named = picked(locale, "、", ", ").join(name for _, name in gains)
        parts.append(
            picked(locale, f"并使 {named} 一并可享", f"and {named} would be turned too")
        )
    text = picked(locale, "，", ", ").join(parts)
    return StepTold(changes, tuple(scales), outcome, amount, missing, gains, text)
