# SPDX-License-Identifier: Apache-2.0
"""What a decision rests on: articles, numbers in force, how an amount came about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.kernel import State, unit
from ceyuan.language import Range
from ceyuan.office.firm_words import Sum, picked, sum_of
from ceyuan.office.telling import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ceyuan.declarations import Rule
    from ceyuan.language import FactKey
    from ceyuan.office.figures import Given
    from ceyuan.office.firm_sheet_model import DecidedOn
    from ceyuan.office.phrases import Words
    from ceyuan.policies import Branch, Explanation


@dataclass(frozen=True, slots=True)
class ArticleTold:
    """An article that a policy rests on.

    Args:
        id: Its id; rows name it (`Reason.article`).
        place: Where it stands in its document: `第九条`.
        text: What it asks, restated in our own words.
        confidence: How sure its text is: `V`, `V2`, `K`, `U`.
        confidence_word: The same in words.
        document: Name of the document.
        number: Its number; empty where it has none.
        issuer: Who issued it.
        day: Its date, as ISO text; empty where it has none.
        document_confidence: How sure the document is, in words.
    """

    id: str
    place: str
    text: str
    confidence: str
    confidence_word: str
    document: str
    number: str
    issuer: str
    day: str
    document_confidence: str


@dataclass(frozen=True, slots=True)
class ThresholdTold:
    """A number or list of a policy that was in force, or one that nobody has set.

    Args:
        name: Its name in words.
        value: Its value in words; empty where it is not set.
        since: First day, as ISO text; empty: always.
        until: Last day; empty: open.
        article: Id of its article; empty where it is not set.
        confidence_word: How sure it is, in words; of a setting of the office empty.
        by_office: It was set by the office for this run.
    """

    name: str
    value: str
    since: str
    until: str
    article: str
    confidence_word: str
    by_office: bool


@dataclass(frozen=True, slots=True)
class AmountTold:
    """How an amount came about.

    Args:
        name: What it is: the reward, the tax saved.
        formula: How it is computed, in words.
        parts: Name, value and place of what it is computed from.
        rounding: How it is rounded, once.
        article: Id of the article that says how it is rounded.
        result: The amount; None: not due, or not known.
    """

    name: str
    formula: str
    parts: tuple[tuple[str, str, str], ...]
    rounding: str
    article: str
    result: Sum | None


def articles(rule: Rule, locale: str) -> dict[str, ArticleTold]:
    """Return the articles of a policy with their documents, by id."""
    said = rule.said
    found = {}
    for name, article in said.articles.items():
        document = said.documents[article.document]
        found[name] = ArticleTold(
            name,
            article.article,
            picked(locale, article.zh, article.en),
            article.confidence,
            picked(locale, *CONFIDENCE[article.confidence]),
            document.zh if locale == "zh" else document.en or document.zh,
            document.number,
            document.issuer,
            "" if document.date is None else document.date.isoformat(),
            picked(locale, *CONFIDENCE[document.confidence]),
        )
    return found


def thresholds(
    words: Words, explained: Explanation, sheet: DecidedOn
) -> Iterator[ThresholdTold]:
    """Yield the numbers of a policy that were in force, and those that nobody set."""
    rule = words.rule
    day = rule.day(sheet.as_of, sheet.year)
    typed = {one.partition("=")[0].strip() for one in sheet.settings}
    for name, parameter in rule.said.parameters.items():
        title = words.pick(parameter.zh, parameter.en)
        setting = explained.context.settings.get(name)
        if f"{rule.id}.{name}" in typed:
            value = _setting(words, name, setting)
            yield ThresholdTold(title, value, "", "", "", "", by_office=True)
            continue
        in_force = [
            one
            for one in parameter.values
            if (one.from_ is None or one.from_ <= day)
            and (one.until is None or day <= one.until)
        ]
        if not in_force:
            yield ThresholdTold(title, "", "", "", "", "", by_office=False)
        for one in in_force:
            yield ThresholdTold(
                title,
                _setting(words, name, setting),
                "" if one.from_ is None else one.from_.isoformat(),
                "" if one.until is None else one.until.isoformat(),
                one.article,
                words.pick(*CONFIDENCE[one.confidence]),
                by_office=False,
            )


def _setting(words: Words, name: str, value: object) -> str:
    """Return a parameter's value in words; a table says only that it is one."""
    if isinstance(value, bool):
        return words.yes(answer=value)
    if isinstance(value, Fraction):
        symbol = words.rule.scope.parameters[name]
        return words.number(value, symbol.unit, words.rule.said.parameters[name].unit)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return words.pick("、", ", ").join(sorted(value))
    if value is None or isinstance(value, State):
        return ""
    return words.pick("分档表", "a table of steps")


def amount_told(
    words: Words, explained: Explanation, known: Mapping[FactKey, Given]
) -> AmountTold | None:
    """Return how an amount came about; None where a policy has none."""
    said, tree = words.rule.said.amount, explained.tree
    if said is None or tree is None:
        return None
    branch = tree.parts[-1]
    how = said.round
    mode = {
        "half_up": ("四舍五入到", "rounded half up to"),
        "down": ("舍去到", "rounded down to"),
        "up": ("进位到", "rounded up to"),
    }[how.mode]
    step = words.number(how.to * unit(how.unit).scale, unit(how.unit))
    return AmountTold(
        words.pick(said.zh, said.en),
        words.phrase(branch.node),
        tuple(_parts(words, explained, branch, known)),
        f"{words.pick(*mode)} {step}",
        how.article,
        sum_of(words.rule, explained.decision.amount, words.locale),
    )


def _parts(
    words: Words,
    explained: Explanation,
    branch: Branch,
    known: Mapping[FactKey, Given],
) -> Iterator[tuple[str, str, str]]:
    """Yield what an amount is computed from: name, value, place."""
    for part in branch.parts:
        name = words.name(part.name, part.year)
        given = known.get((part.name, part.year)) if part.kind == "fact" else None
        if given is not None:
            yield given.name, given.value, given.place
        elif part.kind == "parameter":
            setting = explained.context.settings.get(part.name)
            yield name, _setting(words, part.name, setting), ""
        elif isinstance(part.answer, bool):
            yield name, words.yes(answer=part.answer), ""
        elif part.value is not None:
            label = _label(words, part)
            yield name, words.value(part.value, part.unit, label), ""
        elif isinstance(part.answer, State):
            yield name, words.value(Range(None, None), None), ""


def _label(words: Words, part: Branch) -> str:
    let = words.rule.said.let.get(part.name)
    fact = words.region.facts.get(part.name)
    return (let.unit if let else fact.unit if fact else "") or ""
