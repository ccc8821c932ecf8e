# SPDX-License-Identifier: Apache-2.0
"""Values that somebody types to try them out: read one by one, what is wrong told.

Whoever types four values and misspells one wants the other three tried, and the fourth
beside its field with what is wrong. So a wrong entry is a value here, not an exception.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.kernel import UNKNOWN, State, UsageError
from ceyuan.office.firm_sheet_values import key_text
from ceyuan.office.firm_words import picked
from ceyuan.office.firms import FIRM
from ceyuan.office.parameters import _fact_name, typed_facts
from ceyuan.office.phrases import unit_name
from ceyuan.office.running import BACK_YEARS
from ceyuan.policies import fact_name
from ceyuan.policies.words import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ceyuan.declarations import Region
    from ceyuan.language import FactKey, Known
    from ceyuan.office.firm_sheet_model import FirmSheet

Entry: TypeAlias = "tuple[Known | State, str]"
"""A value, and the words it was typed in."""
_NOT_KNOWN = {"?", "？", "未知", "不知道", "unknown"}
_BOTH = re.compile(r"(?s)(.*?)\s*\(([^()]*)\)\s*")


@dataclass(frozen=True, slots=True)
class WrongEntry:
    """Something typed that cannot be tried.

    Args:
        entry: What was typed; so it can be shown again where it stood.
        where: The fact that was meant, as it was typed: `revenue@2025`.
        what: What is wrong.
        why: Why, and what came of it.
        mend: How to mend it.
    """

    entry: str
    where: str
    what: str
    why: str
    mend: str


def read_entries(
    sheet: FirmSheet, region: Region, entries: Sequence[str], locale: str
) -> tuple[dict[FactKey, Entry], tuple[WrongEntry, ...]]:
    """Return what was typed by fact, the last word counting; and what is wrong.

    Args:
        sheet: The firm, whose other values a changed one has to fit.
        region: The dictionary.
        entries: `NAME[@YEAR]=VALUE`; empty ones are passed over.
        locale: `zh` or `en`.
    """
    found: dict[FactKey, Entry] = {}
    wrong: list[WrongEntry] = []
    for entry in entries:
        if not entry.strip():
            continue
        try:
            key, value = _read(sheet, region, entry)
        except UsageError as error:
            wrong.append(told_wrong(region, entry, error, locale))
            continue
        found.pop(key, None)
        found[key] = value, entry
    for own, part, whole in list(_larger(sheet, region, found)):
        if own in found:
            _, entry = found.pop(own)
            wrong.append(_told_larger(region, entry, own, (part, whole), locale))
    return found, tuple(wrong)


def _read(
    sheet: FirmSheet, region: Region, entry: str
) -> tuple[FactKey, Known | State]:
    said, equals, text = entry.partition("=")
    value: Known | State
    if equals and text.strip().lower() in _NOT_KNOWN:
        key, value = _meant(sheet, region, said), UNKNOWN
    else:
        typed = typed_facts(region, [entry], base_year=sheet.year)
        ((key, value),) = typed.items()
    fact = region.facts[key[0]]
    years = range(sheet.year - BACK_YEARS, sheet.year + 2)
    if FIRM not in fact.subject:
        msg = f"`{key[0]}` 不是企业的事实 (it is no fact of a firm)"
        raise UsageError(msg, hint="见 `ceyuan facts list`")
    if key[1] is not None and key[1] not in years:
        msg = (
            f"`{key_text(key)}`：判定只看 {years[0]} 到 {years[-1]} 年 "
            "(no policy looks at that year)"
        )
        raise UsageError(msg, hint=f"写成 {key[0]}@{sheet.year}=…")
    if fact.past and value is not UNKNOWN and value > sheet.as_of:  # type: ignore[operator]
        msg = f"`{key[0]}` 不能晚于判定日 {sheet.as_of} (it lies after the day)"
        raise UsageError(msg, hint=f"写成 {key[0]}={sheet.as_of}，或更早的一天")
    return key, value


def _meant(sheet: FirmSheet, region: Region, said: str) -> FactKey:
    """Return the fact and the year that are named, without a value."""
    bare, _, year = said.strip().partition("@")
    name = _fact_name(region, bare)
    fact = region.facts[name]
    if fact.kind == "records" or (year and not (fact.yearly and year.isdigit())):
        msg = f"`{said.strip()}` 不能当作未知来试 (it cannot be taken as not known)"
        raise UsageError(msg)
    return name, (int(year) if year else sheet.year) if fact.yearly else None


def _larger(
    sheet: FirmSheet, region: Region, changes: Mapping[FactKey, Entry]
) -> Iterator[tuple[FactKey, FactKey, FactKey]]:
    """Yield the changes that make a part larger than its whole: own, part, whole."""

    def now(key: FactKey) -> Known | State:
        return changes[key][0] if key in changes else sheet.facts.value(*key)

    for name, fact in region.facts.items():
        if fact.part_of is None:
            continue
        for year in {y for n, y in changes if n in (name, fact.part_of)}:
            part, whole = (name, year), (fact.part_of, year)
            small, large = now(part), now(whole)
            if (
                isinstance(small, (int, Fraction))
                and isinstance(large, (int, Fraction))
                and small > large
            ):
                yield part if part in changes else whole, part, whole


def told_wrong(
    region: Region, entry: str, error: UsageError, locale: str
) -> WrongEntry:
    """Return what is wrong with an entry, the fact by its name and not by its id."""
    match = _BOTH.fullmatch(error.message)
    zh, en = match.groups() if match else (error.message, error.message)
    name, _, text = entry.partition("=")
    name = name.strip()
    hint = error.hint if locale == "zh" else ""
    bare, _, year = name.partition("@")
    shown = entry
    if bare in region.facts:
        key = (bare, int(year) if year.isdigit() else None)
        called = fact_name(region.facts, key, locale=locale)
        zh = (
            zh.replace(f"`{bare}` ", f"“{called}”")
            .replace(f"`{bare}`", f"“{called}”")
            .replace(f"`{name}`", f"“{called}”")
        )
        shown = f"{called} = {text.strip()}"
    return WrongEntry(
        entry,
        name,
        picked(locale, zh, f"“{shown}”: {en}"),
        picked(locale, "这一项没有试", "this one was not tried"),
        hint or _way(region, name, locale),
    )


def _way(region: Region, name: str, locale: str) -> str:
    """Return how a fact is typed."""
    fact = region.facts.get(name.partition("@")[0])
    if fact is None:
        return picked(
            locale,
            "写成 名称=值 或 名称@年度=值，例如 rd_expense@2025=600万元",
            "write NAME=VALUE or NAME@YEAR=VALUE, such as rd_expense@2025=600万元",
        )
    if fact.kind == "number":
        ends = [plain(end) for end in (fact.min, fact.max) if end is not None]
        span = picked(locale, " 至 ", " to ").join(ends)
        return picked(
            locale,
            f"填一个数，以 {fact.unit} 计：{span}" if span else "填一个数，可带单位",
            f"a number in {unit_name(fact.unit or '', 'en')}: {span}"
            if span
            else "a number, with its unit",
        )
    if fact.codes:
        codes = (f"{c} {picked(locale, x.zh, x.en)}" for c, x in fact.codes.items())
        return picked(locale, "可选：", "one of: ") + picked(locale, "；", "; ").join(
            codes
        )
    if fact.kind == "date":
        return picked(locale, "写成 2021-03-15", "write it as 2021-03-15")
    return picked(locale, "填“是”或“否”", "write yes or no")


def _told_larger(
    region: Region,
    entry: str,
    own: FactKey,
    pair: tuple[FactKey, FactKey],
    locale: str,
) -> WrongEntry:
    part, whole = (fact_name(region.facts, key, locale=locale) for key in pair)
    rest, other = (pair[1], whole) if own == pair[0] else (pair[0], part)
    return WrongEntry(
        entry,
        key_text(own),
        picked(locale, f"{part} 大于 {whole}", f"{part} is more than {whole}"),
        picked(
            locale,
            "前者是后者的一部分，不能更大；这一项没有试",
            "the one is a part of the other; this one was not tried",
        ),
        picked(
            locale,
            f"同时填写“{other}”（`{key_text(rest)}`）",
            f"type “{other}” (`{key_text(rest)}`) as well",
        ),
    )
