# SPDX-License-Identifier: Apache-2.0
"""Firm sheets made: every policy decided, the steps of those that fail searched.

The answers are those of a check-up (`checkup.check_firm`), with one difference: each
step is told with the policies that it would turn as well, and there are up to three.
The search is what takes time (some 40 ms for a firm, 4 ms for all decisions), so a
step is searched once and `check_firm` is asked only where there is none to search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.office.checkup import FirmCheck, check_firm, is_one_step
from ceyuan.office.firm_facts import Then, facts_of_span, listed_by
from ceyuan.office.firm_sheet_json import row_of
from ceyuan.office.firm_sheet_model import FirmSheet
from ceyuan.office.firm_stated import said_of, stated_of
from ceyuan.office.firms import FIRM, Firm, labels
from ceyuan.office.parameters import typed_settings
from ceyuan.policies import Outcome, decide, nearest, one_step

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from ceyuan.declarations import Region, Rule
    from ceyuan.language import Fixed, Setting
    from ceyuan.office.firm_stated import Said
    from ceyuan.policies import Move

MOST_STEPS = 3
"""So many ways to turn a policy are told."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which policies are asked, on which day, under which parameters.

    Args:
        region: Facts and policies.
        rules: The policies that are asked.
        as_of: Day of the decisions.
        year: Fiscal year that yearly facts mean.
        settings: Parameters set by the office, by policy and name.
    """

    region: Region
    rules: Sequence[Rule]
    as_of: date
    year: int
    settings: Mapping[str, Mapping[str, Setting]]


def asked_by(
    region: Region,
    policies: Sequence[str],
    *,
    as_of: date,
    year: int,
    settings: Sequence[str],
) -> Asked:
    """Return what a run asked of firms: its policies, day and settings as typed."""
    return Asked(
        region,
        [region.rule(policy) for policy in policies],
        as_of,
        year,
        typed_settings(region, settings),
    )


def checked(
    facts: Fixed, asked: Asked, *, code: str = "", name: str = "", steps: bool = True
) -> tuple[FirmCheck, dict[str, tuple[Move, ...]]]:
    """Return every policy's answer for a firm, and its nearest steps.

    Args:
        facts: What is known of the firm.
        asked: Which policies.
        code: Its credit code.
        name: Its name.
        steps: Whether steps are searched; without them all is answered in a tenth of
            the time, and `moves` is empty.
    """
    made = FirmCheck(row_of(code, name), facts, asked.year)
    found: dict[str, tuple[Move, ...]] = {}
    for rule in asked.rules:
        given = asked.settings.get(rule.id)
        decision = decide(
            rule, facts, as_of=asked.as_of, base_year=asked.year, settings=given
        )
        if decision.outcome is Outcome.UNKNOWN:
            # What hangs on declarations alone is told apart there.
            check_firm(
                made,
                [rule],
                asked.region,
                as_of=asked.as_of,
                settings=asked.settings,
            )
            continue
        made.decisions[rule.id] = decision
        if decision.outcome is not Outcome.INELIGIBLE:
            continue
        step = one_step(
            rule, facts, decision, asked.as_of, base_year=asked.year, settings=given
        )
        moves = _moves(rule, facts, asked) if steps else ()
        near = moves or (step and _moves(rule, facts, asked, most=1)) or ()
        if step is not None and is_one_step(asked.region, step, near):
            made.one_step[rule.id] = step.clause
            # Of several choices the one within reach is shown.
            made.decisions[rule.id] = decision.chosen(step.variant)
        if moves:
            found[rule.id], made.moves[rule.id] = moves, moves[0]
    return made, found


def _moves(
    rule: Rule, facts: Fixed, asked: Asked, most: int = MOST_STEPS
) -> tuple[Move, ...]:
    return nearest(
        rule,
        facts,
        asked.region.facts,
        as_of=asked.as_of,
        base_year=asked.year,
        settings=asked.settings.get(rule.id),
        others=asked.rules if most > 1 else (),  # gains take most of the time
        elsewhere=asked.settings,
        limit=most,
    )


class Maker:
    """Makes the sheets of some firms of a span; what they share is read at once.

    Args:
        known: What the run read, with the rulings since.
        orgs: The firms.
    """

    def __init__(self, known: Then, orgs: Collection[int]) -> None:
        self.known = known
        run, reading = known.run, known.reading
        span = min(orgs), max(orgs)
        self.facts = facts_of_span(known, span, set(orgs))
        self.said: dict[int, list[Said]] = said_of(
            reading, known.kind, list(self.facts), span=span
        )
        self.called = labels(reading, FIRM, list(self.facts))
        self.asked = asked_by(
            known.region,
            run.policies[FIRM],
            as_of=run.as_of,
            year=run.base_year,
            settings=run.settings,
        )
        self.lists = listed_by(known)

    @property
    def orgs(self) -> list[int]:
        """Return the firms of which the run read anything, in order."""
        return sorted(self.facts)

    def sheet(self, org: int) -> FirmSheet:
        """Return the sheet of one firm; reads nothing more."""
        run, facts = self.known.run, self.facts[org]
        firm = self.called.get(org, Firm(org, "", ""))
        check, steps = checked(facts, self.asked, code=firm.code, name=firm.name)
        return FirmSheet(
            run=run.id,
            region=run.region,
            declarations=run.declarations,
            as_of=run.as_of,
            settings=run.settings,
            org=org,
            code=firm.code,
            name=firm.name,
            year=run.base_year,
            facts=facts,
            stated=stated_of(self.said[org], self.known.kind.attributes),
            check=check,
            steps=steps,
            lists={n: s for n, s in self.lists.items() if n in facts.linked},
            synthetic=run.synthetic,
            revised=self.known.rulings.get(org, 0),
        )
