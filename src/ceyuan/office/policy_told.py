# SPDX-License-Identifier: Apache-2.0
"""One policy as its page tells it: articles, what each asks, what is due, how sure.

A policy's clauses restate articles; the page goes by article, so that our restatement,
the conditions that we made of it and the official text (where the office has loaded
it) stand side by side. Everything is as of a day, in one language.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ceyuan.office.library import case_files
from ceyuan.office.policy_conditions import cases, conditions, sentence
from ceyuan.office.policy_words import policy_words
from ceyuan.office.telling import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from ceyuan.declarations import Region, Rule
    from ceyuan.declarations.policy import Clause
    from ceyuan.language import Setting
    from ceyuan.office.policy_conditions import Case, Condition
    from ceyuan.office.policy_words import PolicyWords

SURE: Mapping[str, tuple[str, str]] = {
    "confirmed": ("条款都见于公开文本", "every article seen in a public text"),
    "secondary": ("条款见于二手来源", "articles seen in secondary sources"),
    "partly": ("条款只有部分核对过", "only some articles were checked"),
    "unseen": ("条款未见来源，待核实", "articles not seen in any source"),
}
"""How sure the text of a policy is, as a whole."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One clause, or one condition of scope, in words.

    Args:
        id: Its id in the policy's file.
        is_scope: It says to whom the policy applies.
        name: What it asks, in a few words.
        rows: What it asks, condition by condition.
        text: As the machine reads it.
        from_: First day on which it is asked.
        until: Last day.
        in_force: It is asked on the day.
    """

    id: str
    is_scope: bool
    name: str
    rows: tuple[Condition, ...]
    text: str
    from_: date | None
    until: date | None
    in_force: bool


@dataclass(frozen=True, slots=True)
class ArticleTold:
    """One article of a document.

    Args:
        id: Its id in the policy's file.
        number: Its number in the document.
        document: Id of the document.
        restated: What it says, in our own words.
        sure: How sure its text is: `V`, `V2`, `K`, `U`.
        sure_words: The same in words.
        asked: What was made of it.
    """

    id: str
    number: str
    document: str
    restated: str
    sure: str
    sure_words: str
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class DocumentTold:
    """A document that the policy restates."""

    id: str
    title: str
    number: str
    issuer: str
    date: date | None
    sure: str
    sure_words: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A computed figure: its name and its cases."""

    id: str
    name: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class PolicyTold:
    """One policy, as of a day, in one language.

    Args:
        id: Its id.
        day: The day.
        name: Its name.
        summary: What it gives to whom.
        documents: What it rests on, by id.
        articles: Its articles in their order, those without conditions last.
        together: How the clauses are judged together; empty: all must be met.
        amount: What is due: the words, and its cases; None where nothing is.
        basis: What kind of money it is: `payment`, `saving`, `limit`.
        figures: Computed figures that conditions and amount name.
        checks: What the data are tested for before anything is decided.
        uncovered: What of the text is not encoded.
        cases: How many worked cases lie beside the policy.
    """

    id: str
    day: date
    name: str
    summary: str
    documents: Mapping[str, DocumentTold]
    articles: tuple[ArticleTold, ...]
    together: tuple[Condition, ...]
    amount: Figure | None
    basis: str
    figures: tuple[Figure, ...]
    checks: tuple[tuple[str, str], ...]
    uncovered: tuple[str, ...]
    cases: int


def tell(
    region: Region,
    rule: Rule,
    *,
    day: date,
    settings: Mapping[str, Setting] | None = None,
    locale: str = "zh",
) -> PolicyTold:
    """Return a policy in words.

    Args:
        region: The fact dictionary.
        rule: The policy.
        day: As of which day.
        settings: What the office has set of it, by name.
        locale: `zh` or `en`.
    """
    words = policy_words(region, rule, day, settings=settings, locale=locale)
    said, pick = rule.said, words.pick
    return PolicyTold(
        id=rule.id,
        day=day,
        name=pick(said.zh, said.en),
        summary=pick(said.summary.zh, said.summary.en),
        documents={d.id: d for d in _documents(words)},
        articles=tuple(_articles(words, rule.day(day, day.year - 1))),
        together=() if said.decide is None else conditions(words, rule.decide),
        amount=_amount(words),
        basis="" if said.amount is None else said.amount.basis,
        figures=tuple(
            Figure(n, words.name(n), cases(words, rule.scope.definitions[n].node))
            for n in said.let
        ),
        checks=tuple(
            (pick(c.zh, c.en), pick(c.mend.zh, c.mend.en)) for c in said.checks.values()
        ),
        uncovered=tuple(pick(t.zh, t.en) for t in said.uncovered),
        cases=count_cases(rule),
    )


def sure_of(rule: Rule) -> str:
    """Return how sure the text of a policy is as a whole, a key of `SURE`.

    What we say of our own (how an amount is rounded where no text says it) is no
    text, and does not count.
    """
    said = rule.said
    tags = {
        one.confidence
        for one in said.articles.values()
        if said.documents[one.document].number or said.documents[one.document].issuer
    }
    if tags <= {"V"}:
        return "confirmed" if tags else "unseen"
    if tags <= {"V", "V2"}:
        return "secondary"
    return "partly" if tags & {"V", "V2"} else "unseen"


def shown_day(rule: Rule, day: date) -> date:
    """Return the day itself, or the nearest one on which the policy was in force."""
    span = rule.said.validity
    if span.until is not None and day > span.until:
        return span.until
    return max(day, span.from_)


def count_cases(rule: Rule) -> int:
    """Return how many worked cases lie beside a policy."""
    _, files = case_files(rule)
    return sum(_rows_of(path, path.stat().st_mtime_ns) for path in files)


@lru_cache(maxsize=512)
def _rows_of(path: Path, _changed: int) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return max(0, sum(1 for row in csv.reader(file) if row) - 1)


def _documents(words: PolicyWords) -> Iterator[DocumentTold]:
    for name, one in words.rule.said.documents.items():
        yield DocumentTold(
            name,
            words.pick(one.zh, one.en or one.zh),
            one.number,
            one.issuer,
            one.date,
            one.confidence,
            words.pick(*CONFIDENCE[one.confidence]),
        )


def _articles(words: PolicyWords, day: date) -> Iterator[ArticleTold]:
    """Yield the articles that ask something in their order, then the others."""
    said = words.rule.said
    asked: dict[str, list[Asked]] = {name: [] for name in said.articles}
    for is_scope, part in ((True, said.scope), (False, said.clauses)):
        for name, clause in part.items():
            asked[clause.article].append(
                _asked(words, name, clause, day, is_scope=is_scope)
            )
    ordered = sorted(said.articles, key=lambda name: not asked[name])
    for name in ordered:
        one = said.articles[name]
        yield ArticleTold(
            name,
            one.article,
            one.document,
            words.pick(one.zh, one.en),
            one.confidence,
            words.pick(*CONFIDENCE[one.confidence]),
            tuple(asked[name]),
        )


def _asked(
    words: PolicyWords, name: str, clause: Clause, day: date, *, is_scope: bool
) -> Asked:
    node = words.rule.scope.definitions[name].node
    return Asked(
        name,
        is_scope,
        words.pick(clause.zh, clause.en),
        conditions(words, node),
        clause.test,
        clause.from_,
        clause.until,
        (clause.from_ is None or clause.from_ <= day)
        and (clause.until is None or day <= clause.until),
    )


def _amount(words: PolicyWords) -> Figure | None:
    said = words.rule.said.amount
    if said is None:
        return None
    node = words.rule.scope.definitions["output:amount"].node
    return Figure("amount", words.pick(said.zh, said.en), cases(words, node))


def lines(words: PolicyWords, names: Sequence[str]) -> list[tuple[str, str]]:
    """Return definitions by name, each in one line."""
    return [
        (words.name(n), sentence(words, words.rule.scope.definitions[n].node))
        for n in names
    ]
