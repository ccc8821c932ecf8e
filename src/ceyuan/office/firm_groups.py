# SPDX-License-Identifier: Apache-2.0
"""In which group a policy stands on a firm's own page.

The groups of a check-up (`groups.py`) with two more: what has arrived or is on its way,
which only the office's own book knows, and what the firm is entitled to without anything
having been promised yet. Unknown stands apart and never looks like "no". Groups are
disjoint, and every policy stands in one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.policies import ONE_STEP, OUTCOME_WORDS, TO_CONFIRM, Outcome

if TYPE_CHECKING:
    from ceyuan.declarations import Rule
    from ceyuan.office.checkup import FirmCheck


@dataclass(frozen=True, slots=True)
class PortalGroup:
    """One group of policies on a firm's page.

    Args:
        id: Its name in addresses and styles.
        mark: A mark that reads without colour.
        zh: The state in a word.
        en: The same in English.
        note_zh: What it means.
        note_en: The same in English.
    """

    id: str
    mark: str
    zh: str
    en: str
    note_zh: str
    note_en: str

    def word(self, locale: str) -> str:
        """Return the state in a word."""
        return self.zh if locale == "zh" else self.en

    def note(self, locale: str) -> str:
        """Return what it means, in a sentence."""
        return self.note_zh if locale == "zh" else self.note_en


ARRIVED_OR_ON_ITS_WAY = PortalGroup(
    "arrived",
    "✓",
    "到账或在途",
    "arrived or on its way",
    "已公示、待支付、已送付或已到账，以及申报时直接享受的税收节省",
    "Noticed, payable, sent or paid; and tax saved in the firm's own return",
)
ENTITLED = PortalGroup(
    "entitled",
    OUTCOME_WORDS[Outcome.ELIGIBLE][0],
    "可享",
    "entitled",
    "全部条件已核对符合，还没有形成应付",
    "All conditions are met; nothing has been promised yet",
)
CONFIRM = PortalGroup(
    "confirm",
    *TO_CONFIRM,
    "其余条件已满足，签字声明后即可享",
    "All else is met; a signed declaration is enough",
)
STEP = PortalGroup(
    "step",
    *ONE_STEP,
    "只有一项条件不符合，改一处就达到，不再缺数据",
    "One condition is not met; one change meets it and nothing else is missing",
)
DATA_MISSING = PortalGroup(
    "missing",
    *OUTCOME_WORDS[Outcome.UNKNOWN],
    "补齐数据后才能判断，不等于不符合",
    "It can be told once the data are there; this is not a no",
)
JUDGED = PortalGroup(
    "judged",
    *OUTCOME_WORDS[Outcome.REFER],
    "条件须由专家或主管部门判断",
    "An expert or an office has to judge",
)
REFUSED = PortalGroup(
    "refused",
    *OUTCOME_WORDS[None],
    "数据相互矛盾，改正后重新核对",
    "The data contradict each other; mend them first",
)
NOT_NOW = PortalGroup(
    "not_now",
    OUTCOME_WORDS[Outcome.INELIGIBLE][0],
    "暂不符合",
    "not now",
    "有条件确定不符合",
    "Conditions are definitely not met",
)
OUTSIDE = PortalGroup(
    "outside",
    *OUTCOME_WORDS[Outcome.NOT_APPLICABLE],
    "不在适用范围或有效期内",
    "Outside its range, or not in force",
)
PORTAL_GROUPS = (
    ARRIVED_OR_ON_ITS_WAY,
    ENTITLED,
    CONFIRM,
    STEP,
    DATA_MISSING,
    JUDGED,
    REFUSED,
    NOT_NOW,
    OUTSIDE,
)
"""All groups, in the order of a page."""
GROUP_OF = {group.id: group for group in PORTAL_GROUPS}

_BY_OUTCOME = {
    Outcome.ELIGIBLE: ENTITLED,
    Outcome.UNKNOWN: DATA_MISSING,
    Outcome.REFER: JUDGED,
    Outcome.INELIGIBLE: NOT_NOW,
    Outcome.NOT_APPLICABLE: OUTSIDE,
    None: REFUSED,
}


def group_by_answer(check: FirmCheck, rule: Rule) -> PortalGroup:
    """Return the group in which a policy stands by what was decided alone."""
    if rule.id in check.to_confirm:
        return CONFIRM
    if rule.id in check.one_step:
        return STEP
    outcome = check.decisions[rule.id].outcome
    said = rule.said.amount
    if outcome is Outcome.ELIGIBLE and said is not None and said.basis == "saving":
        # Nothing has arrived where nothing is saved.
        is_none = check.decisions[rule.id].amount == 0
        return ENTITLED if is_none else ARRIVED_OR_ON_ITS_WAY
    return _BY_OUTCOME[outcome]
