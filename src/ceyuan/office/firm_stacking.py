# SPDX-License-Identifier: Apache-2.0
"""Benefits that meet in a firm: which are paid and which not, with the arithmetic.

Of benefits that a text sets against each other only some are paid (就高不重复). Which
and why is asked of `stacking.resolve`, which the payment itself asks; here it is only
put into words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.office.dues import Due
from ceyuan.office.firm_standing import ALIVE
from ceyuan.office.firm_words import (
    Sum,
    picked,
    sum_in,
    sum_of,
    title_of,
    totals,
)
from ceyuan.office.stacking import OWNER, RULES, load_stacking, resolve
from ceyuan.office.telling import CONFIDENCE
from ceyuan.policies import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ceyuan.declarations import Region
    from ceyuan.office.entitlements import Entitlement
    from ceyuan.office.firm_sheet_model import FirmSheet
    from ceyuan.office.stacking import GroupSaid


@dataclass(frozen=True, slots=True)
class StackLine:
    """One policy of a group of benefits that meet.

    Args:
        policy: The policy.
        title: Its name.
        amount: What it would give; None: the firm is not due it.
        kept: Whether it is paid; None: it is not due, so nothing is decided.
    """

    policy: str
    title: str
    amount: Sum | None
    kept: bool | None


@dataclass(frozen=True, slots=True)
class StackTold:
    """Benefits that a text sets against each other, with the arithmetic.

    Args:
        group: Id of the group.
        title: Its name.
        rule: `highest_only`, `first_only`, `all`; empty: not confirmed, nothing of
            the group is promised to who is due several.
        rule_word: The same in words.
        article: Where it stands.
        confidence_word: How sure that is.
        lines: Its policies, in the order of the text.
        total: What is paid in all; None: nothing is due, or nothing is promised.
        text: All of it in one sentence.
    """

    group: str
    title: str
    rule: str
    rule_word: str
    article: str
    confidence_word: str
    lines: tuple[StackLine, ...]
    total: Sum | None
    text: str


def arithmetic(
    sheet: FirmSheet,
    region: Region,
    policy: str,
    *,
    entitlements: Sequence[Entitlement] = (),
    settings: Mapping[str, str] | None = None,
    locale: str = "zh",
) -> tuple[StackTold, ...]:
    """Return the groups of benefits in which a policy meets others.

    What the firm is due of a policy is what its sheet says; of a policy that is not
    about firms, what its entitlements of the year come to.

    Args:
        sheet: What the run says of the firm.
        region: Facts and policies.
        policy: The policy.
        entitlements: The firm's entitlements.
        settings: What the office has set (`settings.settings_in_force`), as typed:
            the rule of a group among it.
        locale: `zh` or `en`.
    """
    groups = load_stacking(region.id)
    return tuple(
        _stacked(sheet, region, name, group, entitlements, settings or {}, locale)
        for name, group in groups.items()
        if policy in group.policies
    )


def _stacked(
    sheet: FirmSheet,
    region: Region,
    name: str,
    group: GroupSaid,
    entitlements: Sequence[Entitlement],
    settings: Mapping[str, str],
    locale: str,
) -> StackTold:
    dues = [_due(sheet, p, _amount(sheet, p, entitlements)) for p in group.policies]
    due = [one for one in dues if one.amount > 0]
    paid, told = resolve(due, {name: group}, settings)
    kept = {one.policy for one in paid}
    lines = tuple(
        StackLine(
            one.policy,
            title_of(region, one.policy, locale),
            _sum(region, one, locale) if one.amount > 0 else None,
            one.policy in kept if one.amount > 0 else None,
        )
        for one in dues
    )
    rule = settings.get(f"{OWNER}.{name}") or group.rule or ""
    word = picked(locale, *RULES[rule]) if rule else picked(
        locale, "能否同时享受没有确认", "whether both can be had is not confirmed"
    )  # fmt: skip
    sums = totals((line.amount for line in lines if line.kept), locale)
    total = sums[0] if sums else None
    return StackTold(
        name,
        picked(locale, group.zh, group.en),
        rule,
        word,
        group.article,
        picked(locale, *CONFIDENCE[group.confidence]),
        lines,
        total,
        _sentence(lines, word, total, met=bool(told), locale=locale),
    )


def _amount(sheet: FirmSheet, policy: str, entitlements: Sequence[Entitlement]) -> int:
    decision = sheet.check.decisions.get(policy)
    if decision is not None:
        is_due = decision.outcome is Outcome.ELIGIBLE
        return (decision.amount or 0) if is_due else 0
    return sum(
        one.amount
        for one in entitlements
        if one.policy == policy and one.year == sheet.as_of.year and one.state in ALIVE
    )


def _due(sheet: FirmSheet, policy: str, amount: int) -> Due:
    return Due(
        slot=policy,
        policy=policy,
        instrument="",
        year=sheet.as_of.year,
        subject="firm",
        org=sheet.org,
        key="",
        party=sheet.code,
        name=sheet.name,
        commodity="CNY",
        amount=amount,
        mode="",
    )


def _sum(region: Region, due: Due, locale: str) -> Sum:
    rule = region.rules.get(due.policy)
    found = None if rule is None else sum_of(rule, due.amount, locale)
    return found or sum_in("payment", due.amount, locale)


def _sentence(
    lines: tuple[StackLine, ...],
    word: str,
    total: Sum | None,
    *,
    met: bool,
    locale: str,
) -> str:
    due = [line for line in lines if line.amount is not None]
    said = picked(locale, "，", ", ").join(
        f"{line.title} {line.amount.text}" for line in due if line.amount is not None
    )
    if not due:
        return picked(
            locale, "目前都不应享，没有重复", "none of them is due: nothing meets"
        )
    if not met:
        return picked(locale, f"只有一项应享：{said}", f"only one is due: {said}")
    if total is None:
        return picked(
            locale,
            f"{said}；{word}，未定之前都不承诺",
            f"{said}; {word}: neither is promised",
        )
    kept = picked(locale, "、", ", ").join(line.title for line in due if line.kept)
    return picked(
        locale,
        f"{said}；{word}：付 {kept}，合计 {total.text}",
        f"{said}; {word}: {kept} paid, {total.text} in all",
    )
