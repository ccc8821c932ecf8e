# SPDX-License-Identifier: Apache-2.0
"""The policy library: found by words, filtered, sorted, and as a table to take away.

Words are looked for in both languages, in the id and in document numbers, whatever
brackets and widths they are typed with: `国科发火〔2016〕32号`, `国科发火[2016]32` and
`ｈｎｔｅ` find the same policy.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from ceyuan.declarations.parts import build
from ceyuan.declarations.region import RegionFile, _folders
from ceyuan.declarations.source import read_source
from ceyuan.office.policy_told import SURE, sure_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from ceyuan.declarations import Region, Rule

KINDS: Mapping[str, tuple[str, str]] = {
    "benefit": ("待遇", "benefit"),
    "status": ("资格认定", "recognition"),
    "definition": ("名单和口径", "definition"),
}
SUBJECTS: Mapping[str, tuple[str, str]] = {
    "firm": ("企业", "firm"),
    "loan": ("贷款", "loan"),
    "order": ("服务订单", "service order"),
    "contract": ("技术合同", "technology contract"),
    "project": ("项目", "project"),
    "incubator": ("孵化器", "incubator"),
    "instrument": ("科学仪器", "instrument"),
    "achievement": ("科技成果", "achievement"),
}
SORTS = ("name", "newest", "ending")
FIELDS = ("kind", "subject", "level", "sure")
IN_FORCE, ENDED, COMING = "in_force", "ended", "coming"
CSV_HEADINGS: Mapping[str, tuple[str, str]] = {
    "id": ("编号", "id"),
    "name": ("名称", "name"),
    "kind": ("种类", "kind"),
    "subject": ("对象", "subject"),
    "level": ("层级", "level"),
    "from": ("施行日", "in force from"),
    "until": ("终止日", "in force until"),
    "state": ("状态", "state"),
    "sure": ("文本核对", "text checked"),
    "coverage": ("编入程度", "coverage"),
    "documents": ("文号", "document numbers"),
    "summary": ("摘要", "summary"),
}
STATES: Mapping[str, tuple[str, str]] = {
    IN_FORCE: ("现行", "in force"),
    ENDED: ("已终止", "ended"),
    COMING: ("尚未施行", "not yet in force"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One policy as the library lists it.

    Args:
        id: Its id.
        zh: Chinese name.
        en: English name.
        summary_zh: What it gives to whom.
        summary_en: The same in English.
        kind: `status`, `benefit`, `definition`.
        subject: Whose facts are read.
        level: The region whose policy it is.
        from_: First day.
        until: Last day; None: no end known.
        state: `in_force`, `ended`, `coming` on the day asked for.
        sure: How sure its text is, a key of `SURE`.
        coverage: `full`, `partial`.
        numbers: Numbers of its documents.
    """

    id: str
    zh: str
    en: str
    summary_zh: str
    summary_en: str
    kind: str
    subject: str
    level: str
    from_: date
    until: date | None
    state: str
    sure: str
    coverage: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for; everything that is empty is not asked.

    Args:
        words: Words in either language, an id, a document number.
        kind: `status`, `benefit`, `definition`.
        subject: Kind of subject.
        level: Region.
        sure: A key of `SURE`.
        only_in_force: Only what is in force on the day.
        sort: One of `SORTS`.
    """

    words: str = ""
    kind: str = ""
    subject: str = ""
    level: str = ""
    sure: str = ""
    only_in_force: bool = False
    sort: str = "name"


def policies(region: Region, search: Search, day: date) -> list[Listed]:
    """Return the policies that are looked for, in the order that is asked.

    Args:
        region: The library.
        search: What is looked for.
        day: On which they are in force or not.
    """
    wanted = [bare(word) for word in search.words.split()]
    found = [
        _listed(rule, day)
        for rule in region.rules.values()
        if all(word in _haystack(rule) for word in wanted)
    ]
    kept = [
        one
        for one in found
        if all(
            not getattr(search, name) or getattr(one, name) == getattr(search, name)
            for name in FIELDS
        )
        and (not search.only_in_force or one.state == IN_FORCE)
    ]
    return _sorted(kept, search.sort)


def one_listed(rule: Rule, day: date) -> Listed:
    """Return a policy as the library lists it."""
    return _listed(rule, day)


def choices(region: Region) -> dict[str, list[str]]:
    """Return what can be asked for, as far as there is any: field, then values."""
    every = [_listed(rule, rule.said.validity.from_) for rule in region.rules.values()]
    order = {
        "kind": list(KINDS),
        "subject": list(SUBJECTS),
        "level": [],
        "sure": list(SURE),
    }
    found = {}
    for name in FIELDS:
        there = list(dict.fromkeys(getattr(one, name) for one in every))
        known = [value for value in order[name] if value in there]
        found[name] = [*known, *(value for value in there if value not in known)]
    return found


@cache
def levels(region: str) -> Mapping[str, tuple[str, str]]:
    """Return the names of a region and of those that it stands on, by id."""
    found = {}
    for folder in _folders(region):
        path = folder / "region.yaml"
        said = build(RegionFile, read_source(path, name=path.name))
        found[said.region] = (said.zh, said.en)
    return found


def table_rows(
    listed: Iterable[Listed], levels: Mapping[str, tuple[str, str]], locale: str
) -> tuple[list[str], list[list[Any]]]:
    """Return headings and rows of the list as a table.

    Args:
        listed: The policies.
        levels: Names of the regions.
        locale: `zh` or `en`.
    """
    at = 1 if locale == "en" else 0
    coverage = {"full": ("全部", "full"), "partial": ("部分", "partial")}
    rows: list[list[Any]] = [
        [
            one.id,
            (one.zh, one.en)[at],
            KINDS[one.kind][at],
            SUBJECTS.get(one.subject, (one.subject, one.subject))[at],
            levels.get(one.level, (one.level, one.level))[at],
            one.from_.isoformat(),
            "" if one.until is None else one.until.isoformat(),
            STATES[one.state][at],
            SURE[one.sure][at],
            coverage[one.coverage][at],
            "；".join(one.numbers) if at == 0 else "; ".join(one.numbers),
            (one.summary_zh, one.summary_en)[at],
        ]
        for one in listed
    ]
    return [names[at] for names in CSV_HEADINGS.values()], rows


def bare(text: str) -> str:
    """Return a text as words are compared: no case, no width, no brackets or spaces.

    >>> bare("国科发火〔2016〕32号") == bare("国科发火[２０１６] 32 号")
    True
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def _haystack(rule: Rule) -> str:
    if "library words" not in rule.memo:
        said = rule.said
        texts = [said.policy, said.zh, said.en, said.summary.zh, said.summary.en]
        numbers = []
        for one in said.documents.values():
            texts += [one.zh, one.en, one.number, one.issuer]
            numbers.append(bare(one.number))
        for clause in said.clauses.values():
            texts += [clause.zh, clause.en]
        # A mark that nobody can type keeps words from running into each other; a
        # number that is written with a space is also found without it.
        words = [bare(word) for text in texts for word in text.split()]
        rule.memo["library words"] = "\0".join((*words, *numbers))
    return str(rule.memo["library words"])


def _listed(rule: Rule, day: date) -> Listed:
    said = rule.said
    span = said.validity
    state = IN_FORCE
    if span.until is not None and day > span.until:
        state = ENDED
    elif day < span.from_:
        state = COMING
    return Listed(
        said.policy,
        said.zh,
        said.en,
        said.summary.zh,
        said.summary.en,
        said.kind,
        said.subject,
        said.region,
        span.from_,
        span.until,
        state,
        sure_of(rule),
        said.coverage,
        tuple(d.number for d in said.documents.values() if d.number),
    )


def _sorted(found: list[Listed], sort: str) -> list[Listed]:
    """Return policies by name as the library has them, newest, or soonest to end."""
    if sort == "newest":
        return sorted(found, key=lambda one: (one.from_, one.id), reverse=True)
    if sort == "ending":
        ends = [one for one in found if one.until is not None]
        ends.sort(key=lambda one: (one.state == ENDED, one.until, one.id))
        return [*ends, *(one for one in found if one.until is None)]
    order = {IN_FORCE: 0, COMING: 1, ENDED: 2}
    return sorted(found, key=lambda one: order[one.state])
