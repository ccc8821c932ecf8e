# SPDX-License-Identifier: Apache-2.0
"""Why a tried value moves nothing: it is read by no policy, or by no amount.

Who types a larger sum of R&D and sees a tax saving stand still asks whether the page is
broken. It is not: the saving is computed from other facts. They are named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.office.firm_words import picked
from ceyuan.office.parameters import typed_settings
from ceyuan.policies import Outcome, explain, fact_name
from ceyuan.policies.edges import facts_read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.declarations import Region
    from ceyuan.language import FactKey
    from ceyuan.office.firm_sheet_model import FirmSheet
    from ceyuan.office.firm_trying import Tried
    from ceyuan.policies.explain import Branch

MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Idle:
    """An amount that does not hang on what was tried.

    Args:
        policy: The policy.
        title: Its name.
        facts: Names of what its amount is computed from.
        named: The same in a line.
    """

    policy: str
    title: str
    facts: tuple[str, ...]
    named: str


@dataclass(frozen=True, slots=True)
class Unmoved:
    """What was tried and moved nothing.

    Args:
        unread: Names of the facts that no policy reads at all.
        idle: The amounts due that hang on none of the facts that were tried.
    """

    unread: tuple[str, ...]
    idle: tuple[Idle, ...]


def unmoved(
    sheet: FirmSheet,
    region: Region,
    tried: Tried,
    *,
    locale: str = "zh",
) -> Unmoved:
    """Return what of a try-out moved nothing, and what would have.

    Args:
        sheet: What the run says of the firm.
        region: Facts and policies that it was decided by.
        tried: What came of the try-out.
        locale: `zh` or `en`.
    """
    if not tried.changes:
        return Unmoved((), ())
    read = frozenset().union(*(facts_read(region.rule(p)) for p in sheet.policies))
    unread = tuple(one.name for one in tried.changes if one.key[0] not in read)
    names = {one.name for one in tried.changes}
    idle = []
    for one in tried.policies:
        decision = sheet.check.decisions[one.policy]
        is_due = decision.outcome is Outcome.ELIGIBLE and one.amount_before is not None
        if not is_due or one.turned:
            continue
        parts = _amount_facts(sheet, region, one.policy, locale)
        if parts and not names & set(parts):
            named = picked(locale, "、", ", ").join(parts[:MOST_NAMED])
            if len(parts) > MOST_NAMED:
                named += picked(
                    locale, f"等 {len(parts)} 项", f" and others ({len(parts)})"
                )
            idle.append(Idle(one.policy, one.title, parts, named))
    return Unmoved(unread, tuple(idle))


def _amount_facts(
    sheet: FirmSheet, region: Region, policy: str, locale: str
) -> tuple[str, ...]:
    """Return the names of the figures at the root of an amount, each once."""
    rule = region.rule(policy)
    explained = explain(
        rule,
        sheet.facts,
        as_of=sheet.as_of,
        base_year=sheet.year,
        settings=typed_settings(region, sheet.settings).get(policy),
        variant=sheet.check.decisions[policy].variant,
    )
    if explained.tree is None or rule.said.amount is None:
        return ()
    roots = _roots(explained.tree.parts[-1])
    keys = dict.fromkeys(k for k in roots if region.facts[k[0]].kind == "number")
    return tuple(fact_name(region.facts, key, locale=locale) for key in keys)


def _roots(branch: Branch) -> Iterator[FactKey]:
    for part in branch.parts:
        if part.parts:
            yield from _roots(part)
        elif part.kind == "fact":
            yield part.name, part.year
