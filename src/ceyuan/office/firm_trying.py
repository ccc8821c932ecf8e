# SPDX-License-Identifier: Apache-2.0
"""Try out: some values changed, and every policy before and after.

Nothing is written and nothing is read. What was typed wrong is a value beside the
answer: the rest is tried all the same. Only decisions are made, no steps are searched,
so all policies answer in some milliseconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.kernel import ABSENT, UNKNOWN, State, UsageError
from ceyuan.office.firm_facts import gone
from ceyuan.office.firm_groups import PortalGroup, group_by_answer
from ceyuan.office.firm_making import asked_by, checked
from ceyuan.office.firm_sheet_json import key_text
from ceyuan.office.firm_words import Sum, picked, sum_of, totals
from ceyuan.office.firms import FIRM
from ceyuan.office.parameters import typed_facts
from ceyuan.office.phrases import Words
from ceyuan.office.running import BACK_YEARS
from ceyuan.policies import Outcome, fact_name
from ceyuan.policies.begun import begins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.declarations import Region, Rule
    from ceyuan.language import FactKey, Fixed, Known
    from ceyuan.office.checkup import FirmCheck
    from ceyuan.office.firm_sheet_model import FirmSheet

_NOT_KNOWN = {"?", "？", "未知", "不知道", "unknown"}
_BOTH = re.compile(r"(?s)(.*?)\s*\(([^()]*)\)\s*")


@dataclass(frozen=True, slots=True)
class WrongEntry:
    """Something typed that cannot be tried.

    Args:
        entry: What was typed; so it can be shown again where it stood.
        where: The fact that was meant, `name@year`; empty where none is.
        what: What is wrong.
        why: Why it cannot be so.
        mend: How to mend it.
    """

    entry: str
    where: str
    what: str
    why: str
    mend: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A value that is tried.

    Args:
        key: The fact and its year.
        typed: The same as text, `name@year`.
        name: Its name.
        before: Its value now, in words; empty: not known.
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
        before: Group before, by what was decided alone: money on its way plays no
            part in a try-out.
        after: Group after.
        amount_before: Amount due or to be confirmed, before.
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
        changes: What was tried, each once, the last word counting.
        wrong: What could not be tried; it is left out.
        policies: Every policy, in the order of the run.
        before: Money due before, a sum for each basis.
        after: Money due after.
        check: The answers after, for whoever wants to say more of them.
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
        changes: As typed, `NAME[@YEAR]=VALUE`, units as a person writes them:
            `rd_expense=600万元`, `employees@2025=120`, `hnte_valid=是`;
            `NAME=?` takes a value as not known.
        locale: `zh` or `en`.
    """
    typed, wrong = _typed(sheet, region, changes, locale)
    facts = changed_facts(sheet, region, {k: v for k, (v, _) in typed.items()})
    asked = asked_by(
        region,
        sheet.policies,
        as_of=sheet.as_of,
        year=sheet.year,
        settings=sheet.settings,
    )
    check, _ = checked(facts, asked, code=sheet.code, name=sheet.name, steps=False)
    policies = tuple(_turned(sheet, check, rule, locale) for rule in asked.rules)
    due = {policy for policy in sheet.policies if _is_due(sheet.check, policy)}
    then = {policy for policy in sheet.policies if _is_due(check, policy)}
    return Tried(
        tuple(_changed(sheet, region, k, v, locale) for k, (v, _) in typed.items()),
        wrong,
        policies,
        totals((one.amount_before for one in policies if one.policy in due), locale),
        totals((one.amount_after for one in policies if one.policy in then), locale),
        check,
        facts,
    )


def changed_facts(
    sheet: FirmSheet, region: Region, changes: dict[FactKey, Known | State]
) -> Fixed:
    """Return the facts with some changed.

    Another day of founding says anew which years cannot have figures.
    """
    begin = begins(region.facts, FIRM)
    if (begin, None) not in changes:
        return sheet.facts.with_values(changes)
    there = {k: v for k, v in sheet.facts.values.items() if v is not ABSENT}
    values = {k: v for k, v in {**there, **changes}.items() if v is not UNKNOWN}
    years = range(sheet.year - BACK_YEARS, sheet.year + 2)
    keys = [
        (name, year)
        for name, fact in region.facts.items()
        if fact.yearly and FIRM in fact.subject
        for year in years
    ]
    facts = sheet.facts.with_values({**changes, **gone(values, keys, begin)})
    kept = {k: v for k, v in facts.values.items() if k in values or v is not ABSENT}
    absent = gone(values, keys, begin)
    return type(facts)({**kept, **absent}, facts.linked)


def _typed(
    sheet: FirmSheet, region: Region, changes: Sequence[str], locale: str
) -> tuple[dict[FactKey, tuple[Known | State, str]], tuple[WrongEntry, ...]]:
    """Return what was typed by fact, with its words; and what is wrong."""
    found: dict[FactKey, tuple[Known | State, str]] = {}
    wrong: list[WrongEntry] = []
    for entry in changes:
        if not entry.strip():
            continue
        try:
            key, value = _one(sheet, region, entry)
        except UsageError as error:
            wrong.append(_wrong(entry, error, locale))
            continue
        found.pop(key, None)
        found[key] = value, entry
    for key in _too_large(sheet, region, {k: v for k, (v, _) in found.items()}):
        _, entry = found.pop(key)
        wrong.append(_larger(region, key, entry, locale))
    return found, tuple(wrong)


def _one(
    sheet: FirmSheet, region: Region, entry: str
) -> tuple[FactKey, Known | State]:
    name, equals, text = entry.partition("=")
    if equals and text.strip().lower() in _NOT_KNOWN:
        # Any value that fits says which fact and year are meant.
        return _meant(sheet, region, name), UNKNOWN
    ((key, value),) = typed_facts(region, [entry], base_year=sheet.year).items()
    return key, _within(sheet, region, key, value)


def _meant(sheet: FirmSheet, region: Region, name: str) -> FactKey:
    """Return the fact and the year that are named."""
    try:
        ((key, _),) = typed_facts(region, [f"{name}=?"], base_year=sheet.year).items()
    except UsageError:
        plain, _, year = name.strip().partition("@")
        fact = region.facts.get(plain)
        if fact is None or fact.kind == "records" or (year and not fact.yearly):
            raise
        if year and not year.isdigit():
            raise
        return plain, (int(year) if year else sheet.year) if fact.yearly else None
    return key


def _within(sheet: FirmSheet, region: Region, key: FactKey, value: Known) -> Known:
    """See that a value can be looked at, and can be so on the day.

    Raises:
        UsageError: The year is one that no policy looks at, or a day lies ahead.
    """
    fact = region.facts[key[0]]
    years = range(sheet.year - BACK_YEARS, sheet.year + 2)
    if key[1] is not None and key[1] not in years:
        msg = (
            f"`{key_text(key)}`：判定只看 {years[0]} 到 {years[-1]} 年 "
            "(no policy looks at that year)"
        )
        raise UsageError(msg, hint=f"写成 {key[0]}@{sheet.year}=…")
    if fact.past and value > sheet.as_of:  # type: ignore[operator]
        msg = f"`{key[0]}` 不能晚于判定日 {sheet.as_of} (it lies after the day)"
        raise UsageError(msg, hint=f"写成 {key[0]}={sheet.as_of}，或更早的一天")
    if FIRM not in fact.subject:
        msg = f"`{key[0]}` 不是企业的事实 (it is no fact of a firm)"
        raise UsageError(msg, hint="见 `ceyuan facts list`")
    return value


def _too_large(
    sheet: FirmSheet, region: Region, changes: dict[FactKey, Known | State]
) -> list[FactKey]:
    """Return the changes that make a part larger than its whole."""

    def now(key: FactKey) -> Known | State:
        return changes.get(key, sheet.facts.value(*key))

    found = []
    for name, fact in region.facts.items():
        if fact.part_of is None:
            continue
        for year in {y for n, y in changes if n in (name, fact.part_of)}:
            part, whole = now((name, year)), now((fact.part_of, year))
            if not isinstance(part, (int, Fraction)):
                continue
            if isinstance(whole, (int, Fraction)) and part > whole:
                own = (name, year) if (name, year) in changes else (fact.part_of, year)
                found.append(own)
    return list(dict.fromkeys(found))


def _wrong(entry: str, error: UsageError, locale: str) -> WrongEntry:
    name = entry.partition("=")[0].strip()
    match = _BOTH.fullmatch(error.message)
    zh, en = match.groups() if match else (error.message, error.message)
    way = picked(
        locale,
        "写成 名称=值 或 名称@年度=值，数带单位，例如 600万元、6%、120",
        "write NAME=VALUE or NAME@YEAR=VALUE, a number with its unit: 600万元, 6%, 120",
    )
    return WrongEntry(
        entry,
        name,
        picked(locale, zh, f"“{entry}”: {en}"),
        picked(locale, "这一项没有试", "this one was not tried"),
        error.hint if locale == "zh" and error.hint else way,
    )


def _larger(region: Region, key: FactKey, entry: str, locale: str) -> WrongEntry:
    fact = region.facts[key[0]]
    part = key[0] if fact.part_of is not None else _part_of(region, key[0])
    whole = region.facts[part].part_of or key[0]
    names = [fact_name(region.facts, (n, key[1]), locale=locale) for n in (part, whole)]
    return WrongEntry(
        entry,
        key_text(key),
        picked(
            locale,
            f"{names[0]} 大于 {names[1]}",
            f"{names[0]} is more than {names[1]}",
        ),
        picked(
            locale,
            "它是后者的一部分，不能更大",
            "it is a part of the other and cannot be more",
        ),
        picked(locale, "同时改两个数", "change both numbers"),
    )


def _part_of(region: Region, whole: str) -> str:
    return next(n for n, fact in region.facts.items() if fact.part_of == whole)


def _changed(
    sheet: FirmSheet, region: Region, key: FactKey, value: Known | State, locale: str
) -> Changed:
    fact = region.facts[key[0]]
    words = Words(region, next(iter(region.rules.values())), locale)

    def shown(one: Known | State) -> str:
        return "" if isinstance(one, State) else words.known(one, fact)

    name = fact_name(region.facts, key, locale=locale)
    return Changed(
        key, key_text(key), name, shown(sheet.facts.value(*key)), shown(value)
    )


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


def _is_due(check: FirmCheck, policy: str) -> bool:
    return check.decisions[policy].outcome is Outcome.ELIGIBLE
