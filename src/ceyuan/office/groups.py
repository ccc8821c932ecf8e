# SPDX-License-Identifier: Apache-2.0
"""In which group a policy stands for a firm, and what money the group means.

Unknown is never shown as "no": what hangs only on a declaration stands apart as
"to confirm", exactly one failing clause that one change mends as "one step away", and
missing data as missing data. Groups are disjoint; every policy checked stands in one.

A definition (`瞪羚口径`) gives nothing to anybody: it is answered, but it is not counted
among what a firm has or lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.policies import ONE_STEP, OUTCOME_WORDS, TO_CONFIRM, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ceyuan.declarations import Rule
    from ceyuan.office.checkup import FirmCheck


@dataclass(frozen=True, slots=True)
class Group:
    """One group of policies on a page.

    Args:
        id: Its name in addresses and styles.
        mark: A mark that reads without colour.
        zh: The state in a word; badges and tiles say it.
        en: The same in English.
        note: What it means.
    """

    id: str
    mark: str
    zh: str
    en: str
    note: str


def _outcome(id_: str, outcome: Outcome | None, note: str) -> Group:
    mark, zh, en = OUTCOME_WORDS[outcome]
    return Group(id_, mark, zh, en, note)


GRANTED = Group(
    "granted",
    OUTCOME_WORDS[Outcome.ELIGIBLE][0],
    "可享",
    "eligible",
    "全部条件已核对符合",
)
CONFIRM = Group("confirm", *TO_CONFIRM, "其余条件已满足，企业签字声明后即可享")
STEP = Group("step", *ONE_STEP, "只有一项条件不符合，改一处就达到，不再缺数据")
LACKING = _outcome("lacking", Outcome.UNKNOWN, "缺少的数据补齐后才能判断，不等于不符合")
JUDGED = _outcome("judged", Outcome.REFER, "条件须由专家或主管部门判断")
REFUSED = _outcome("refused", None, "数据相互矛盾，改正后重新核对")
FAILED = _outcome("failed", Outcome.INELIGIBLE, "有条件确定不符合")
OUTSIDE = _outcome("outside", Outcome.NOT_APPLICABLE, "不在适用范围或有效期内")

GROUPS = (GRANTED, CONFIRM, STEP, LACKING, JUDGED, REFUSED, FAILED, OUTSIDE)

_BY_OUTCOME = {
    Outcome.ELIGIBLE: GRANTED,
    Outcome.UNKNOWN: LACKING,
    Outcome.REFER: JUDGED,
    Outcome.INELIGIBLE: FAILED,
    Outcome.NOT_APPLICABLE: OUTSIDE,
    None: REFUSED,
}

BASES: dict[str, tuple[str, str]] = {
    "payment": ("待遇", "payment"),
    "saving": ("税收节省", "tax saved"),
    "limit": ("额度", "limit"),
}
"""What an amount is; amounts of different kinds are not added up."""


def group_of(firm: FirmCheck, policy: str) -> Group:
    """Return the group in which a policy stands for a firm."""
    if policy in firm.to_confirm:
        return CONFIRM
    if policy in firm.one_step:
        return STEP
    return _BY_OUTCOME[firm.decisions[policy].outcome]


def group_by_outcome(firm: FirmCheck, policy: str) -> Group:
    """Return the group of the bare outcome: nobody takes a step towards a definition."""
    return _BY_OUTCOME[firm.decisions[policy].outcome]


def amount_of(firm: FirmCheck, policy: str) -> int | None:
    """Return what a policy is worth to a firm in its group, in fen.

    Due when eligible; due once confirmed; due after the nearest step. None where
    no amount can be computed, which is not 0.
    """
    if policy in firm.to_confirm:
        return firm.potential.get(policy)
    if policy in firm.moves:
        return firm.moves[policy].amount
    return firm.decisions[policy].amount


def gives(rule: Rule) -> bool:
    """Return whether a policy gives anything: a definition only names what a firm is."""
    return rule.said.kind != "definition"


def due(firm: FirmCheck, rules: Sequence[Rule]) -> dict[str, int]:
    """Return what a firm is due by what it is, in fen; empty where nothing is."""
    return sums(firm, [rule for rule in rules if group_of(firm, rule.id) is GRANTED])


def kinds_of(money: Iterable[dict[str, int]]) -> tuple[str, ...]:
    """Return which kinds of money occur: they have a column each, never one sum."""
    found = {basis for one in money for basis in one}
    return tuple(basis for basis in BASES if basis in found) or ("payment",)


def grouped(firm: FirmCheck, rules: Iterable[Rule]) -> dict[Group, list[Rule]]:
    """Return the policies checked by group, each group in the order of the rules."""
    found: dict[Group, list[Rule]] = {group: [] for group in GROUPS}
    for rule in rules:
        found[group_of(firm, rule.id)].append(rule)
    return found


def sums(firm: FirmCheck, rules: list[Rule]) -> dict[str, int]:
    """Return the money of some policies by what it is, in fen."""
    total: dict[str, int] = {}
    for rule in rules:
        amount = amount_of(firm, rule.id)
        if amount is not None and rule.said.amount is not None:
            basis = rule.said.amount.basis
            total[basis] = total.get(basis, 0) + amount
    return total
