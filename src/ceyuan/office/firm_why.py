# SPDX-License-Identifier: Apache-2.0
"""Why a policy says so: clause by clause, with values, sources and articles.

Of a firm, from its sheet; of a loan, an order, a project, from what the run read of it
(`subject_sheets`).

The rows are those of every other face (`reasons.reasons`): the same tree, asked of the
interpreter that decides. What a sheet of cells is to a check-up, the office's sources
are here: the place of a value is who states it and since when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.kernel import State
from ceyuan.office.figures import Given
from ceyuan.office.firm_grounds import (
    AmountTold,
    ArticleTold,
    ThresholdTold,
    amount_told,
    articles,
    thresholds,
)
from ceyuan.office.firm_words import picked
from ceyuan.office.parameters import typed_settings
from ceyuan.office.phrases import Words
from ceyuan.office.reasons import Reason, reasons
from ceyuan.office.telling import results
from ceyuan.policies import Decision, explain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.declarations import Region
    from ceyuan.declarations.record_types import SourceSaid
    from ceyuan.language import FactKey
    from ceyuan.office.firm_sheet_model import DecidedOn, FirmSheet


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyTold:
    """Why a policy says what it says of a firm, or of another subject.

    Args:
        policy: The policy.
        title: Its name.
        summary: What it is about.
        decision: The decision; for another choice than the reported one, that.
        rows: The conditions: to whom it applies, then the clauses, each with what
            stands beneath it. `given[].place` is who states a value and since when.
        results: Further results that are exactly known, such as a score.
        amount: How the amount came about; None where there is none.
        articles: The articles, by id, in the order of the file.
        thresholds: Numbers in force on the day, and those not set.
        coverage: `full` or `partial`.
        uncovered: What is not encoded.
        valid_from: First day of the policy.
        valid_until: Last day; empty: open.
        version: The beginning of the hash of the policy's text.
    """

    policy: str
    title: str
    summary: str
    decision: Decision
    rows: tuple[Reason, ...]
    results: tuple[str, ...]
    amount: AmountTold | None
    articles: Mapping[str, ArticleTold]
    thresholds: tuple[ThresholdTold, ...]
    coverage: str
    uncovered: tuple[str, ...]
    valid_from: str
    valid_until: str
    version: str

    def article_of(self, row: Reason) -> ArticleTold | None:
        """Return the article that a row restates; None where it names none."""
        return self.articles.get(row.article)


def why(
    sheet: FirmSheet,
    region: Region,
    policy: str,
    *,
    sources: Mapping[str, SourceSaid],
    locale: str = "zh",
    variant: str = "",
) -> WhyTold:
    """Return why a policy says what it says of a firm.

    Args:
        sheet: What the run says of the firm.
        region: Facts and policies that it was decided by (`firm_sheets.region_of`).
        policy: One of the sheet's policies.
        sources: Names of the sources (`memory.records.sources`).
        locale: `zh` or `en`.
        variant: Another choice of the applicant than the one reported.

    Raises:
        UsageError: There is no such policy.
    """
    shown = sheet.check.decisions.get(policy)
    return why_of(
        sheet,
        region,
        policy,
        sources=sources,
        locale=locale,
        variant=variant or ("" if shown is None else shown.variant),
    )


def why_of(
    sheet: DecidedOn,
    region: Region,
    policy: str,
    *,
    sources: Mapping[str, SourceSaid],
    locale: str = "zh",
    variant: str = "",
) -> WhyTold:
    """Return why a policy says what it says of any subject; see `why`.

    Args:
        sheet: What the run read of the subject.
        region: Facts and policies that it was decided by.
        policy: The policy.
        sources: Names of the sources.
        locale: `zh` or `en`.
        variant: Choice of the applicant; empty: the best one.

    Raises:
        UsageError: There is no such policy.
    """
    rule = region.rule(policy)
    explained = explain(
        rule,
        sheet.facts,
        as_of=sheet.as_of,
        base_year=sheet.year,
        settings=typed_settings(region, sheet.settings).get(policy),
        variant=variant,
    )
    words = Words(region, rule, locale)
    known = known_words(sheet, words, sources)
    rows: tuple[Reason, ...] = ()
    if not explained.decision.refused:
        rows = reasons(explained, region, locale=locale, known=known)
    said = rule.said
    until = said.validity.until
    return WhyTold(
        policy=policy,
        title=words.pick(said.zh, said.en),
        summary=words.pick(said.summary.zh, said.summary.en),
        decision=explained.decision,
        rows=rows,
        results=tuple(results(words, explained.decision)),
        amount=amount_told(words, explained, known),
        articles=articles(rule, locale),
        thresholds=tuple(thresholds(words, explained, sheet)),
        coverage=said.coverage,
        uncovered=tuple(words.pick(text.zh, text.en) for text in said.uncovered),
        valid_from=said.validity.from_.isoformat(),
        valid_until="" if until is None else until.isoformat(),
        version=rule.digest[:12],
    )


def known_words(
    sheet: DecidedOn, words: Words, sources: Mapping[str, SourceSaid]
) -> dict[FactKey, Given]:
    """Return every known fact in words, with who states it and since when."""
    found: dict[FactKey, Given] = {}
    facts = words.region.facts
    for key, value in sheet.facts.values.items():
        if isinstance(value, State):
            continue
        name = words.name(*key)
        shown = words.known(value, facts[key[0]])
        found[key] = Given(key, name, shown, place(sheet, key, sources, words.locale))
    for fact, (records, _) in sheet.facts.linked.items():
        count = words.pick(f"{len(records)} 条", f"{len(records)} records")
        named = [_source(s, sources, words.locale) for s in sheet.lists.get(fact, ())]
        where = words.pick("、", ", ").join(named)
        found[fact, None] = Given((fact, None), words.name(fact), count, where)
    return found


def place(
    sheet: DecidedOn, key: FactKey, sources: Mapping[str, SourceSaid], locale: str
) -> str:
    """Return who states a fact and since when: `市场监管登记，2020-03-06 起`.

    A yearly figure says its year; where sources differ, that they do.
    """
    stated = sheet.stated.get(key)
    if stated is None:
        return ""
    source = _source(stated.source, sources, locale)
    if key[1] is not None:
        text = picked(locale, f"{source}，{key[1]} 年度", f"{source}, fiscal {key[1]}")
    else:
        day = stated.since.isoformat()
        text = picked(locale, f"{source}，{day} 起", f"{source}, since {day}")
    if stated.differs:
        text += picked(locale, "（来源不一致）", " (sources differ)")
    return text


def _source(name: str, sources: Mapping[str, SourceSaid], locale: str) -> str:
    said = sources.get(name)
    return name if said is None else picked(locale, said.zh, said.en)
