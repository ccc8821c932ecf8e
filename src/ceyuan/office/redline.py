# SPDX-License-Identifier: Apache-2.0
"""A reform held against today's rules, clause by clause, in both languages.

What is compared is not what the reform's file says but what comes of it: the policy
as it is and the policy as it would be, part by part. So a change that says what holds
already leaves no trace, and one that begins later is said to begin later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

from ceyuan.kernel import RuleError
from ceyuan.language import parse
from ceyuan.office.phrases import Words
from ceyuan.office.redline_parts import (
    Change,
    Cited,
    Kind,
    Mark,
    Part,
    PolicyRedline,
    Said,
)
from ceyuan.office.said_values import Value, setting_value, valued

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from ceyuan.declarations import Region, Rule
    from ceyuan.declarations.policy import Check, Clause, Let, Policy
    from ceyuan.declarations.reform import Reform
    from ceyuan.language import Setting

_MORE = "  ["
_TOKENS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\d+(?:\.\d+)?|<=|>=|<>|\s+|.")


def redline(
    region: Region,
    reform: Reform,
    as_of: date,
    settings: Mapping[str, Mapping[str, Setting]] | None = None,
) -> list[PolicyRedline]:
    """Return what a reform would make different, policy by policy.

    Args:
        region: The rules as they are.
        reform: The reform.
        as_of: Day on which values are in force.
        settings: Parameters set by the office.
    """
    known = settings or {}
    found = []
    for policy in (*region.rules, *sorted(reform.added)):
        if policy not in reform.touched:
            continue
        old, new = region.rules.get(policy), reform.changed.get(policy)
        said = (old or new).said  # type: ignore[union-attr]
        parts: tuple[Part, ...] = ()
        if old is not None and new is not None:
            pair = _Pair(region, old, new, as_of)
            ours = reform.settings(known).get(policy, {})
            parts = tuple(pair.parts(known.get(policy, {}), ours))
        change: Literal["changed", "added", "repealed"] = "changed"
        if old is None or new is None:
            change = "added" if old is None else "repealed"
        found.append(PolicyRedline(policy, said.zh, said.en, change, parts))
    return found


@dataclass(frozen=True, slots=True)
class _Text:
    """A named expression as a file says it."""

    zh: str
    en: str
    text: str
    article: str = ""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A policy as it is and as it would be."""

    region: Region
    old: Rule
    new: Rule
    as_of: date

    def parts(
        self, before: Mapping[str, Setting], after: Mapping[str, Setting]
    ) -> Iterator[Part]:
        old, new = self.old.said, self.new.said
        yield from self._parameters(before, after)
        yield from self._named("scope", _clauses(old.scope), _clauses(new.scope))
        yield from self._named("clause", _clauses(old.clauses), _clauses(new.clauses))
        yield from self._named("check", _checks(old.checks), _checks(new.checks))
        yield from self._named("let", _lets(old.let), _lets(new.let))
        yield from self._one("decide", _decided(old), _decided(new))
        yield from self._one("amount", _amount(old), _amount(new))
        yield from self._validity()

    def _parameters(
        self, before: Mapping[str, Setting], after: Mapping[str, Setting]
    ) -> Iterator[Part]:
        for name in {**self.old.said.parameters, **self.new.said.parameters}:
            one = self._side(self.old, name, before)
            other = self._side(self.new, name, after)
            lists = self._values(self.old, name), self._values(self.new, name)
            if one == other and lists[0] == lists[1]:
                continue
            parameters = self.old.said.parameters
            said = parameters.get(name) or self.new.said.parameters[name]
            dated = any(v.since or v.until for side in lists for v in side)
            yield Part(
                "parameter",
                _change(one, other),
                name,
                said.zh,
                said.en,
                one,
                other,
                tuple(_value_marks(*lists)) if dated else (),
                self._cited(self._article(name)),
                later=one == other,
            )

    def _side(self, rule: Rule, name: str, own: Mapping[str, Setting]) -> Said | None:
        """Return the value in force on the day; None where there is no such name."""
        if name not in rule.said.parameters:
            return None
        known = rule.context(self.as_of, settings=own).settings.get(name)
        return Said(value=setting_value(self.region, rule, name, known))

    def _values(self, rule: Rule, name: str) -> list[Value]:
        said = rule.said.parameters.get(name)
        if said is None:
            return []
        return [valued(self.region, rule, name, one) for one in said.values]

    def _article(self, name: str) -> str:
        said = self.old.said.parameters.get(name)
        if said is None or not said.values:
            return ""
        day = self.old.day(self.as_of, self.as_of.year - 1)
        in_force = [
            v
            for v in said.values
            if (v.from_ is None or v.from_ <= day)
            and (v.until is None or day <= v.until)
        ]
        return (in_force or said.values)[-1].article

    def _named(
        self, kind: Kind, old: Mapping[str, _Text], new: Mapping[str, _Text]
    ) -> Iterator[Part]:
        for name in {**old, **new}:
            one, other = old.get(name), new.get(name)
            if one == other:
                continue
            said = one or other
            assert said is not None
            # A clause that only reads otherwise has no piece that goes or comes.
            titled = one is not None and other is not None and one.text == other.text
            yield Part(
                kind,
                _change(one, other),
                name,
                said.zh,
                said.en,
                self._words(self.old, one, titled=titled),
                self._words(self.new, other, titled=titled),
                tuple(marks(one.text if one else "", other.text if other else "")),
                self._cited(said.article),
            )

    def _one(self, kind: Kind, one: str, other: str) -> Iterator[Part]:
        if one == other:
            return
        sides = [_Text("", "", text) if text else None for text in (one, other)]
        yield Part(
            kind,
            _change(*sides),
            kind,
            "",
            "",
            self._words(self.old, sides[0]),
            self._words(self.new, sides[1]),
            tuple(marks(one, other)),
        )

    def _validity(self) -> Iterator[Part]:
        one, other = (
            Said(value=Value((), v.from_, v.until))
            for v in (self.old.said.validity, self.new.said.validity)
        )
        if one != other:
            yield Part("validity", "changed", "validity", "", "", one, other)

    def _words(
        self, rule: Rule, said: _Text | None, *, titled: bool = False
    ) -> Said | None:
        """Return an expression in words; as it stands where it has none."""
        if said is None or titled:
            return None if said is None else Said(said.zh, said.en)
        try:
            node = parse(said.text.partition(_MORE)[0])
        except RuleError:
            return Said(said.text, said.text)
        zh, en = (Words(self.region, rule, at).phrase(node) for at in ("zh", "en"))
        return Said(zh, en)

    def _cited(self, article: str) -> Cited | None:
        found = self.old.said.articles.get(article)
        if found is None:
            return None
        document = self.old.said.documents[found.document]
        return Cited(found.article, document.zh, document.en)


def marks(before: str, after: str) -> Iterator[Mark]:
    """Yield what stays, goes and comes between two expressions, word by word."""
    one, other = (_TOKENS.findall(" ".join(t.split())) for t in (before, after))
    for op, a, b, c, d in SequenceMatcher(a=one, b=other, autojunk=False).get_opcodes():
        if op == "equal":
            yield Mark("same", "".join(one[a:b]))
            continue
        if a < b:
            yield Mark("out", "".join(one[a:b]))
        if c < d:
            yield Mark("in", "".join(other[c:d]))


def _value_marks(before: Sequence[Value], after: Sequence[Value]) -> Iterator[Mark]:
    kept = [value for value in before if value in after]
    yield from (Mark("same" if v in kept else "out", value=v) for v in before)
    yield from (Mark("in", value=v) for v in after if v not in kept)


def _clauses(clauses: Mapping[str, Clause]) -> dict[str, _Text]:
    return {
        name: _Text(
            one.zh,
            one.en,
            _with(one.test, absent=one.absent, from_=one.from_, until=one.until),
            one.article,
        )
        for name, one in clauses.items()
    }


def _checks(checks: Mapping[str, Check]) -> dict[str, _Text]:
    return {
        name: _Text(one.zh, one.en, _with(one.test, absent=one.absent))
        for name, one in checks.items()
    }


def _lets(lets: Mapping[str, Let]) -> dict[str, _Text]:
    return {
        name: _Text(one.zh, one.en, _with(one.expr, absent=one.absent, unit=one.unit))
        for name, one in lets.items()
    }


def _decided(policy: Policy) -> str:
    return (policy.decide or "").strip()


def _amount(policy: Policy) -> str:
    """Return how an amount is found and rounded; empty where there is none."""
    if policy.amount is None:
        return ""
    how = policy.amount.round
    rounded = f"{how.mode} {how.to} {how.unit}"
    return _with(policy.amount.expr, round=rounded, absent=policy.amount.absent)


def _with(text: str, **more: object) -> str:
    """Return an expression with what else its file says of it."""
    said = [f"{k.rstrip('_')}: {v}" for k, v in more.items() if v is not None]
    return text.strip() + (f"{_MORE}{', '.join(said)}]" if said else "")


def _change(one: object, other: object) -> Change:
    if one is None:
        return "added"
    return "removed" if other is None else "changed"
