# SPDX-License-Identifier: Apache-2.0
"""One policy being changed: its tree, and which line of a reform each part is from.

A policy that loads has no error. So whatever is wrong after a change is the
change's fault, and is told with the line of the reform: parts that were put in
carry their own lines, and everything else that of the first change.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ceyuan.declarations.compose import Rule, compose
from ceyuan.declarations.parts import build
from ceyuan.declarations.policy import Policy
from ceyuan.declarations.source import Source, parse_source
from ceyuan.kernel import RuleError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from ceyuan.declarations.source import Data, Path_
    from ceyuan.language import FactSymbol

_DAY = timedelta(days=1)


class Patch:
    """The tree of one policy while changes are applied to it.

    Args:
        policy: The policy's id.
        tree: Its document; copied.
        reform: The reform's file.
        first: Path of the first change in the reform.
    """

    def __init__(self, policy: str, tree: Data, reform: Source, first: Path_) -> None:
        assert isinstance(tree, dict)
        self.policy = policy
        self.tree: dict[str, Any] = deepcopy(tree)
        self._reform = reform
        self._lines: dict[Path_, int] = {(): reform.line(first)}

    def section(self, name: str) -> dict[str, Any]:
        """Return a section of the policy, made when there was none."""
        if not self.tree.get(name):
            self.tree[name] = {}
        found = self.tree[name]
        assert isinstance(found, dict)
        return found

    def home(self, name: str) -> str:
        """Return the section that a clause stands in; "" when none has it."""
        for section in ("clauses", "scope"):
            if name in (self.tree.get(section) or {}):
                return section
        return ""

    def mark(self, target: Path_, origin: Path_) -> None:
        """Say which part of the reform a part of the policy is from."""
        size = len(origin)
        self._lines[target] = self._reform.line(origin)
        for path, line in self._reform.lines.items():
            if path[:size] == origin:
                self._lines[(*target, *path[size:])] = line

    def cite(self, title: Mapping[str, str]) -> str:
        """Return the article that stands for the reform; added when first asked."""
        documents, articles = self.section("documents"), self.section("articles")
        own = "reform"
        while own in documents and documents[own].get("number") != title["id"]:
            own += "_"
        if own not in documents:
            documents[own] = {
                "zh": title["zh"],
                "en": title["en"],
                "number": title["id"],
                "confidence": "U",
            }
            articles[own] = {
                "document": own,
                "article": f"改革方案 {title['id']}",
                "zh": title["zh"],
                "en": title["en"],
                "confidence": "U",
            }
        return own

    def set_value(self, parameter: str, value: dict[str, Any]) -> None:
        """Put a dated value over those that were in force on its days.

        What a value was before the first day and after the last one is kept.
        """
        one = self.tree["parameters"][parameter]
        start, end = value.get("from"), value.get("until")
        kept: list[dict[str, Any]] = []
        for old in one.get("values") or []:
            since, until = old.get("from"), old.get("until")
            if start is not None and (since is None or since < start):
                last = start - _DAY
                before = dict(old)
                before["until"] = last if until is None else min(until, last)
                kept.append(before)
            if end is not None and (until is None or until > end):
                after = dict(old)
                after["from"] = end + _DAY if since is None else max(since, end + _DAY)
                kept.append(after)
        one["values"] = [*kept, value]

    def rule(self, facts: Mapping[str, FactSymbol], original: Rule) -> Rule:
        """Return the changed policy, checked as any policy is.

        Raises:
            RuleError: Something in it is wrong; the reform's file and line are named.
        """
        text = written(self.tree)
        source = Source(self._reform.name, self.tree, self._lines, text)
        try:
            rule = compose(build(Policy, source), facts, source)
        except RuleError as error:
            if error.file == source.name:
                error.clause = f"{self.policy} {error.clause}".strip()
                error.line = error.line or source.line(())
            raise
        return replace(
            rule,
            file=original.file,
            source=parse_source(text, name=original.file),
        )


def recomposed(rule: Rule) -> Rule:
    """Return a policy as a reform makes it that changes nothing in it."""
    first: Path_ = ()
    patch = Patch(rule.id, rule.source.data, rule.source, first)
    return patch.rule(rule.scope.facts, rule)


def written(data: Data, indent: str = "") -> str:
    """Return a document as YAML that reads as the same document again."""
    if isinstance(data, dict) and data:
        return "".join(_entry(f"{_key(k)}:", v, indent) for k, v in data.items())
    if isinstance(data, list) and data:
        return "".join(_entry("-", item, indent) for item in data)
    return f"{indent}{_plain(data)}\n"


def _entry(head: str, value: Data, indent: str) -> str:
    if isinstance(value, (dict, list)) and value:
        return f"{indent}{head}\n{written(value, indent + '  ')}"
    return f"{indent}{head} {_plain(value)}\n"


def _key(key: str) -> str:
    return key if key.isidentifier() else json.dumps(key, ensure_ascii=False)


def _plain(value: Data) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case str():
            return json.dumps(value, ensure_ascii=False)
        case dict():
            return "{}"
        case list():
            return "[]"
    return str(value)


def number(value: Fraction) -> int | Decimal | str:
    """Return an exact number as a declaration writes it."""
    if value.denominator == 1:
        return int(value)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    return Decimal(int(value * 10**places)).scaleb(-places)
