# SPDX-License-Identifier: Apache-2.0
"""Try out: some values changed, and every policy before and after.

Nothing is written and nothing is read. Only decisions are made, no steps are searched,
so all policies answer in some milliseconds. Money on its way plays no part: what is
compared is what is decided on these facts and on those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.kernel import State
from ceyuan.language import Fixed
from ceyuan.office.firm_facts import gone
from ceyuan.office.firm_groups import PortalGroup, group_by_answer
from ceyuan.office.firm_making import asked_by, checked
from ceyuan.office.firm_sheet_values import key_text
from ceyuan.office.firm_typed import WrongEntry, read_entries
from ceyuan.office.firm_words import Sum, picked, sum_of, totals
from ceyuan.office.firms import FIRM
from ceyuan.office.running import BACK_YEARS
from ceyuan.office.stating import in_words
from ceyuan.policies import Outcome, fact_name
from ceyuan.policies.begun import begins

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ceyuan.declarations import Region, Rule
    from ceyuan.language import FactKey, Known
    from ceyuan.office.checkup import FirmCheck
    from ceyuan.office.firm_sheet_model import FirmSheet


@dataclass(frozen=True, slots=True)
class Changed:
    """A value that is tried.

    Args:
        key: The fact and its year.
        typed: The same as text, `name@year`.
        name: Its name.
        before: Its value now, in words; empty: not known, or it does not exist.
        after: The value tried, in words; empty: taken as not known.
    """

    key: FactKey
    typed: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Turned:
    """One policy before and after.

    Args:
        policy: The policy.
        title: Its name.
        before: Group before.
        after: Group after.
        amount_before: Amount due before; in `confirm` once confirmed.
        amount_after: The same after.
        missing: How many facts are missing after.
        turned: Whether group or amount differ.
    """

    policy: str
    title: str
    before: PortalGroup
    after: PortalGroup
    amount_before: Sum | None
    amount_after: Sum | None
    missing: int
    turned: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try-out.

    Args:
        changes: What was tried.
        wrong: What could not be tried, and is left out.
        policies: Every policy, in the order of the run.
        before: Money due before, a sum for each basis.
        after: Money due after.
        check: The answers after, without steps.
        facts: The facts after.
    """

    changes: tuple[Changed, ...]
    wrong: tuple[WrongEntry, ...]
    policies: tuple[Turned, ...]
    before: tuple[Sum, ...]
    after: tuple[Sum, ...]
    check: FirmCheck
    facts: Fixed

    @property
    def turned(self) -> tuple[Turned, ...]:
        """Return the policies that turned."""
        return tuple(one for one in self.policies if one.turned)


def try_out(
    sheet: FirmSheet, region: Region, changes: Sequence[str], *, locale: str = "zh"
) -> Tried:
    """Return every policy before and after some values are changed.

    Args:
        sheet: What the run says of the firm.
        region: Facts and policies that it was decided by (`firm_sheets.region_of`).
        changes: As typed, `NAME[@YEAR]=VALUE`, the unit as a person writes it:
            `rd_expense=600万元`, `employees@2025=120`, `hnte_valid=是`; a name may be
            the Chinese one. `NAME=?` takes a value as not known.
        locale: `zh` or `en`.
    """
    entries, wrong = read_entries(sheet, region, changes, locale)
    tried = {key: value for key, (value, _) in entries.items()}
    facts = changed_facts(sheet, region, tried)
    asked = asked_by(
        region,
        sheet.policies,
        as_of=sheet.as_of,
        year=sheet.year,
        settings=sheet.settings,
    )
    check, _ = checked(facts, asked, code=sheet.code, name=sheet.name, steps=False)
    return Tried(
        tuple(_changed(sheet, region, k, v, locale) for k, v in tried.items()),
        wrong,
        tuple(_turned(sheet, check, rule, locale) for rule in asked.rules),
        _sums(sheet.check, asked.rules, locale),
        _sums(check, asked.rules, locale),
        check,
        facts,
    )


def changed_facts(
    sheet: FirmSheet, region: Region, changes: Mapping[FactKey, Known | State]
) -> Fixed:
    """Return the facts with some changed.

    Which years cannot have figures is said anew: the day of founding may be changed.
    """
    changed = {**sheet.facts.values, **changes}
    values = {k: v for k, v in changed.items() if not isinstance(v, State)}
    years = range(sheet.year - BACK_YEARS, sheet.year + 2)
    keys = [
        (name, year)
        for name, fact in region.facts.items()
        if fact.yearly and FIRM in fact.subject
        for year in years
    ]
    absent = gone(values, keys, begins(region.facts, FIRM))
    return Fixed({**values, **absent}, sheet.facts.linked)


def _changed(
    sheet: FirmSheet, region: Region, key: FactKey, value: Known | State, locale: str
) -> Changed:
    def shown(one: Known | State) -> str:
        fact = region.facts[key[0]]
        return "" if isinstance(one, State) else in_words(one, fact, locale=locale)

    name = fact_name(region.facts, key, locale=locale)
    before = shown(sheet.facts.value(*key))
    return Changed(key, key_text(key), name, before, shown(value))


def _turned(sheet: FirmSheet, check: FirmCheck, rule: Rule, locale: str) -> Turned:
    before, after = group_by_answer(sheet.check, rule), group_by_answer(check, rule)
    sums = [_due(one, rule, locale) for one in (sheet.check, check)]
    return Turned(
        rule.id,
        picked(locale, rule.said.zh, rule.said.en),
        before,
        after,
        sums[0],
        sums[1],
        len(check.decisions[rule.id].missing),
        before != after or sums[0] != sums[1],
    )


def _due(check: FirmCheck, rule: Rule, locale: str) -> Sum | None:
    fen = check.potential.get(rule.id, check.decisions[rule.id].amount)
    return sum_of(rule, fen, locale)


def _sums(check: FirmCheck, rules: Sequence[Rule], locale: str) -> tuple[Sum, ...]:
    due = (
        sum_of(rule, check.decisions[rule.id].amount, locale)
        for rule in rules
        if check.decisions[rule.id].outcome is Outcome.ELIGIBLE
    )
    return totals(due, locale)
