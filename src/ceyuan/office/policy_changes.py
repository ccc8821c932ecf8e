# SPDX-License-Identifier: Apache-2.0
"""How a policy changed: its versions, the days on which something changed, a redline.

A policy's file says which earlier one it replaces: these are the versions, the earliest
first. Inside a version numbers and clauses have days of their own.

A redline sets two of them against each other in words: each clause and number as it
read on one day and as it reads on the other, word by word. A clause that was given
another id is found again by its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

from ceyuan.declarations import line_of
from ceyuan.kernel import UNKNOWN
from ceyuan.office.policy_conditions import sentence
from ceyuan.office.policy_words import policy_words
from ceyuan.office.telling import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ceyuan.declarations import Region, Rule
    from ceyuan.language import Setting
    from ceyuan.office.policy_words import PolicyWords

_TOKEN = re.compile(
    r"\d{4}-\d\d-\d\d|\d[\d,.]*(?: ?[%万亿元人件项分天年月个家名倍]+)?|[A-Za-z]+|\s+|.",
    re.DOTALL,
)
_ALIKE = 0.6
_ONE_DAY = timedelta(days=1)

Op = Literal["same", "del", "ins"]
What = Literal["begins", "ends", "parameter", "clause"]


@dataclass(frozen=True, slots=True)
class Dated:
    """A day on which something of a policy begins or ends to hold.

    Args:
        day: The first day on which it is so.
        policy: The policy.
        what: `begins`, `ends` (the day after its last), `parameter`, `clause`.
        zh: Name of the parameter or the clause.
        en: The same in English.
    """

    day: date
    policy: str
    what: What
    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said on one day and on the other.

    Args:
        part: `summary`, `validity`, `documents`, `scope`, `clauses`, `together`,
            `amount`, `figures`, `parameters`.
        title: What it is.
        state: `same`, `changed`, `added`, `removed`.
        pieces: The words of both: what is the same, what went, what came.
    """

    part: str
    title: str
    state: Literal["same", "changed", "added", "removed"]
    pieces: tuple[tuple[Op, str], ...]


def versions(region: Region, rule: Rule) -> tuple[Rule, ...]:
    """Return the versions of a policy, itself among them, the earliest first."""
    return line_of(region.rules, rule.id)


def dated(rule: Rule) -> tuple[Dated, ...]:
    """Return the days on which something of a policy changes, in their order."""
    said = rule.said
    found = {Dated(said.validity.from_, rule.id, "begins")}
    if said.validity.until is not None:
        found.add(Dated(said.validity.until + _ONE_DAY, rule.id, "ends"))
    spans: list[tuple[What, str, str, date | None, date | None]] = [
        ("parameter", p.zh, p.en, v.from_, v.until)
        for p in said.parameters.values()
        for v in p.values
    ]
    spans += [("clause", c.zh, c.en, c.from_, c.until) for c in said.clauses.values()]
    for what, zh, en, begins, ends in spans:
        after = None if ends is None else ends + _ONE_DAY
        found |= {Dated(d, rule.id, what, zh, en) for d in (begins, after) if d}
    return tuple(sorted(found, key=lambda one: (one.day, one.what, one.zh)))


def redline(
    region: Region,
    old: tuple[Rule, date],
    new: tuple[Rule, date],
    *,
    settings: Mapping[str, Mapping[str, Setting]] | None = None,
    locale: str = "zh",
) -> tuple[Line, ...]:
    """Return what two policies, or one on two days, say differently.

    Args:
        region: The fact dictionary.
        old: The earlier policy and its day.
        new: The later policy and its day.
        settings: What the office has set, by policy and parameter; for both alike.
        locale: `zh` or `en`.
    """
    given = settings or {}
    before, after = (
        policy_words(region, rule, day, settings=given.get(rule.id), locale=locale)
        for rule, day in (old, new)
    )
    lines: list[Line] = []
    for part in _PARTS:
        was = {k: (t, s) for k, t, s in _said(part, before, old[1])}
        now = {k: (t, s) for k, t, s in _said(part, after, new[1])}
        lines += _lines(part, was, now)
    return tuple(lines)


_PARTS = (
    "summary", "validity", "documents", "scope", "clauses", "together", "amount",
    "figures", "parameters",
)  # fmt: skip


def _said(part: str, words: PolicyWords, day: date) -> Iterator[tuple[str, str, str]]:
    """Yield what a part of a policy says on a day: id, title, words."""
    rule, said, pick = words.rule, words.rule.said, words.pick
    on = rule.day(day, day.year - 1)

    def told(name: str) -> str:
        return sentence(words, rule.scope.definitions[name].node)

    if part == "summary":
        yield "summary", "", pick(said.summary.zh, said.summary.en)
    elif part == "validity":
        end = said.validity.until
        yield "validity", "", f"{said.validity.from_} – {end or '…'}"
    elif part == "documents":
        for name, one in said.documents.items():
            title = pick(one.zh, one.en or one.zh)
            sure = pick(*CONFIDENCE[one.confidence])
            yield name, title, pick("，", ", ").join(filter(None, (one.number, sure)))
    elif part == "scope":
        for name, clause in said.scope.items():
            yield name, pick(clause.zh, clause.en), told(name)
    elif part == "clauses":
        for name, clause in said.clauses.items():
            if rule.asked(name, on):
                yield name, pick(clause.zh, clause.en), told(name)
    elif part == "together":
        whole = pick("须同时满足全部条件", "all of the conditions")
        if said.decide is not None:
            whole = sentence(words, rule.decide)
        yield "together", "", whole
    elif part == "amount":
        if said.amount is not None:
            yield "amount", pick(said.amount.zh, said.amount.en), told("output:amount")
    elif part == "figures":
        for name in said.let:
            yield name, words.name(name), told(name)
    else:
        yield from _parameters(words)


def _parameters(words: PolicyWords) -> Iterator[tuple[str, str, str]]:
    for name, one in words.rule.said.parameters.items():
        setting = words.settings.get(name, UNKNOWN)
        rows = words.table(name, setting)
        text = words.pick("；", "; ").join(f"{r.bound} → {r.gives}" for r in rows)
        yield name, words.pick(one.zh, one.en), text or words.line(name)


def _lines(
    part: str, was: Mapping[str, tuple[str, str]], now: Mapping[str, tuple[str, str]]
) -> Iterator[Line]:
    """Yield the lines of a part: in the new order, what went where it stood."""
    partner = _partners(was, now)
    new_of = {old: new for new, old in partner.items()}
    waiting = [old for old in was if old not in new_of]
    places = {old: at for at, old in enumerate(was)}
    for name, (title, text) in now.items():
        old = partner.get(name)
        if old is None:
            yield Line(part, title, "added", (("ins", text),))
            continue
        while waiting and places[waiting[0]] < places[old]:
            yield _gone(part, was[waiting.pop(0)])
        title_was, text_was = was[old]
        shown = title if title == title_was else f"{title_was} → {title}"
        if text == text_was:
            state: Literal["same", "changed"] = "same" if shown == title else "changed"
            yield Line(part, shown, state, (("same", text),))
        else:
            yield Line(part, shown, "changed", pieces(text_was, text))
    for old in waiting:
        yield _gone(part, was[old])


def _gone(part: str, said: tuple[str, str]) -> Line:
    return Line(part, said[0], "removed", (("del", said[1]),))


def _partners(
    was: Mapping[str, tuple[str, str]], now: Mapping[str, tuple[str, str]]
) -> dict[str, str]:
    """Return, of what is said now, what it was before: same id, or much the same name."""
    found = {name: name for name in now if name in was}
    free = [name for name in was if name not in found]
    for name, (title, text) in now.items():
        if name in found or not free:
            continue
        near = max(free, key=lambda old: _near(was[old], (title, text)))
        if _near(was[near], (title, text)) >= _ALIKE:
            found[name] = near
            free.remove(near)
    return found


def _near(one: tuple[str, str], other: tuple[str, str]) -> float:
    """Return how alike two are: by their names, where they have any."""
    at = 0 if one[0] and other[0] else 1
    return SequenceMatcher(None, one[at], other[at], autojunk=False).ratio()


def pieces(old: str, new: str) -> tuple[tuple[Op, str], ...]:
    """Return two texts as one: what is the same, what went, what came.

    A figure is one word: 5% and 6% differ as a whole, not by a digit.
    """
    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if matcher.ratio() < _ALIKE / 2:
        return (("del", old), ("ins", new))
    found: list[tuple[Op, str]] = []
    for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        if tag == "equal":
            found.append(("same", "".join(a[a_from:a_to])))
            continue
        for op, text in (("del", a[a_from:a_to]), ("ins", b[b_from:b_to])):
            if text:
                found.append((op, "".join(text)))  # type: ignore[arg-type]
    return tuple(found)
