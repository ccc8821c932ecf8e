# SPDX-License-Identifier: Apache-2.0
"""One policy for one firm, told in a language: what a page shows, as plain values.

State, money, the conditions with value, threshold, margin and place, what is missing
and who can supply it, the nearest step and what it would turn elsewhere, and what the
text rests on. A park's sheet and the office's own records give the same card; only
where a value came from is told otherwise. Nothing is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.kernel import UNKNOWN
from ceyuan.office.figures import Given, places
from ceyuan.office.groups import BASES, CONFIRM, FAILED, STEP, Group, amount_of
from ceyuan.office.phrases import Words
from ceyuan.office.reasons import Reason, open_reasons, reasons
from ceyuan.office.telling import (
    CONFIDENCE,
    SCALES,
    open_name,
    results,
    shift_words,
    signed_words,
    suppliers,
)
from ceyuan.policies import OUTCOME_WORDS, SUPPLIERS, Outcome, explain
from ceyuan.policies.words import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from ceyuan.declarations import Region, Rule
    from ceyuan.facts import FactTable
    from ceyuan.language import FactKey, Setting
    from ceyuan.office.checkup import FirmCheck
    from ceyuan.policies import Move

_STATES: dict[object, str] = {True: "met", False: "not_met", UNKNOWN: "open", None: ""}


@dataclass(frozen=True, slots=True)
class RowTold:
    """One condition.

    Args:
        depth: How deep it stands beneath its clause.
        kind: See `Reason.kind`.
        state: `met`, `not_met`, `open`; empty where it is not in force.
        mark: The state as a mark.
        word: The state in a word.
        matters: Whether the outcome hangs on it.
        text: What it asks, in words.
        observed: What is known of the firm.
        threshold: What is asked.
        margin: How much is to spare or short.
        said: Value and threshold in one phrase: `46.74 万元，要 ≥ 100.00 万元`. Side by
            side without a word between they would read as one inequality that holds.
        joins: `all` or `any` where the rows beneath make it up; then the threshold is
            words and no figure.
        places: Where the values came from.
        article: Where the text says so.
    """

    depth: int
    kind: str
    state: str
    mark: str
    word: str
    matters: bool
    text: str
    observed: str
    threshold: str
    margin: str
    said: str
    joins: str
    places: tuple[str, ...]
    article: str


@dataclass(frozen=True, slots=True)
class AskTold:
    """A fact that is missing.

    Args:
        fact: Its name in the dictionary; `POLICY.PARAMETER` for an office's.
        year: Its fiscal year.
        name: What it is called.
        question: How it is asked; empty where nothing more is said.
        by: Who can supply it, in a word.
        kind: number, flag, date, code, codes, records; `parameter`.
    """

    fact: str
    year: int | None
    name: str
    question: str
    by: str
    kind: str


@dataclass(frozen=True, slots=True)
class StepTold:
    """The nearest step.

    Args:
        changes: Each change in the firm's own quantities, with what it costs.
        outcome: What the policy would say then, in a word.
        amount: What it would be worth, in fen.
        missing: What would then still have to be supplied.
        gains: Names of other policies that it turns as well.
        past: Fiscal years of it that are over: a distance to measure, not a thing to do.
    """

    changes: tuple[tuple[str, str], ...]
    outcome: str
    amount: int | None
    missing: tuple[AskTold, ...]
    gains: tuple[str, ...]
    past: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceTold:
    """A document that a policy rests on, and how sure its text is."""

    name: str
    number: str
    issuer: str
    date: date | None
    confidence: str
    sure: str


@dataclass(frozen=True, slots=True)
class CardTold:
    """One policy for one firm.

    Args:
        policy: Its id.
        name: What it is called.
        group: Where it stands.
        word: The group in a word.
        amount: Money in its group, in fen; None: none can be computed.
        basis: What the money is, in a word; empty where the policy gives none.
        basis_id: `payment`, `saving`, `limit` or empty.
        when: `now`, `after` (once confirmed or reached).
        variant: By which choice of the applicant it is told.
        results: Further results, in words.
        refused: Contradictions in the data, each with how to mend it.
        rows: All conditions, in the order of the policy's file.
        lacking: Those of them that are not met, or open and partly known.
        missing: What has to be supplied, each once.
        confirm: What has to be declared.
        step: The nearest step; None where there is none.
        sources: What the text rests on.
        partial: What of the policy is not encoded.
    """

    policy: str
    name: str
    group: Group
    word: str
    amount: int | None
    basis: str
    basis_id: str
    when: str
    variant: str
    results: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    rows: tuple[RowTold, ...]
    lacking: tuple[RowTold, ...]
    missing: tuple[AskTold, ...]
    confirm: tuple[AskTold, ...]
    step: StepTold | None
    sources: tuple[SourceTold, ...]
    partial: tuple[str, ...]

    @property
    def met(self) -> tuple[RowTold, ...]:
        """Return the clauses that are met."""
        return tuple(
            row for row in self.rows if row.state == "met" and row.kind == "clause"
        )


def card_told(
    region: Region,
    rule: Rule,
    firm: FirmCheck,
    group: Group,
    *,
    as_of: date,
    locale: str,
    settings: Mapping[str, Setting] | None = None,
    table: FactTable | None = None,
    index: int = 0,
    known: dict[FactKey, Given] | None = None,
    move: Move | None = None,
) -> CardTold:
    """Return one policy for one firm in words.

    Args:
        region: Names of facts and policies.
        rule: The policy.
        firm: The firm, decided.
        group: Where the policy stands.
        as_of: Day of the decisions.
        locale: `zh` or `en`.
        settings: The policy's parameters set by the office.
        table: The sheet that the facts came from; None: no cells are told.
        index: The firm's row in it.
        known: The firm's facts in words with their places; filled as it goes.
        move: The nearest step with side gains; the firm's own by default.
    """
    words = Words(region, rule, locale)
    at = locale != "zh"
    decision = firm.decisions[rule.id]
    said = rule.said
    step = move if move is not None else firm.moves.get(rule.id)
    explained = explain(
        rule,
        firm.facts,
        as_of=as_of,
        base_year=firm.year,
        settings=settings,
        variant=decision.variant,
    )
    rows: tuple[Reason, ...] = ()
    if not decision.refused:
        rows = reasons(
            explained, region, table=table, index=index, locale=locale, known=known
        )
    checks = [said.checks[n.removeprefix("check:")] for n in decision.refused]
    return CardTold(
        rule.id,
        said.en if at else said.zh,
        group,
        group.en if at else group.zh,
        amount_of(firm, rule.id),
        BASES[said.amount.basis][at] if said.amount is not None else "",
        said.amount.basis if said.amount is not None else "",
        "after" if group in (CONFIRM, STEP, FAILED) else "now",
        _variant(words, decision.variant),
        tuple(results(words, decision)),
        tuple(
            (one.en if at else one.zh, one.mend.en if at else one.mend.zh)
            for one in checks
        ),
        tuple(_row(rule, row, at=at) for row in rows),
        tuple(
            _row(rule, row, at=at)
            for row in open_reasons(
                rows, is_failed=decision.outcome is Outcome.INELIGIBLE
            )
        ),
        asks(region, decision.missing, locale),
        asks(
            region,
            firm.to_confirm.get(rule.id, ()),
            locale,
            firm.signed.get(rule.id, {}),
        ),
        None if step is None else _step(region, words, step, as_of),
        tuple(_sources(rule, at=at)),
        tuple(one.en if at else one.zh for one in said.uncovered)
        if said.coverage == "partial"
        else (),
    )


def _variant(words: Words, chosen: str) -> str:
    variants = words.rule.said.variants
    if variants is None or not chosen:
        return ""
    sign = words.pick("：", ": ")
    return f"{words.name(variants.fact)}{sign}{words.code(variants.fact, chosen)}"


def _row(rule: Rule, row: Reason, *, at: bool) -> RowTold:
    mark, zh, en = ANSWERS[row.answer]
    article = ""
    if row.article:
        one = rule.said.articles[row.article]
        document = rule.said.documents[one.document]
        article = f"{document.number or document.zh} {one.article}"
    return RowTold(
        row.depth,
        row.kind,
        _STATES[row.answer],
        mark,
        en if at else zh,
        row.matters,
        row.text,
        row.observed,
        row.threshold,
        row.margin,
        _said(row, at=at),
        row.joins,
        places(row.given),
        article,
    )


def _said(row: Reason, *, at: bool) -> str:
    """Return value and threshold in one phrase; empty where neither is known."""
    if row.joins or not row.threshold:
        return "；".join(one for one in (row.observed, row.threshold) if one)
    asked = f"needs {row.threshold}" if at else f"要 {row.threshold}"
    return f"{row.observed}{'; ' if at else '，'}{asked}" if row.observed else asked


def asks(
    region: Region,
    keys: Iterable[FactKey],
    locale: str,
    signed: Mapping[FactKey, bool] | None = None,
) -> tuple[AskTold, ...]:
    """Return what has to be supplied, by who can, in a fixed order.

    Args:
        region: Names of facts.
        keys: The facts.
        locale: `zh` or `en`.
        signed: Of declarations what they have to say; None: they are only missing.
    """
    at = locale != "zh"
    found = []
    for by, ordered in suppliers(region, keys).items():
        for key in ordered:
            fact = region.facts.get(key[0])
            question = ""
            if fact is not None and fact.question is not None:
                question = fact.question.en if at else fact.question.zh
            found.append(
                AskTold(
                    key[0],
                    key[1],
                    open_name(region, key, locale=locale)
                    if signed is None
                    else signed_words(
                        region, key, value=signed.get(key), locale=locale
                    ),
                    question,
                    SUPPLIERS[by][at],
                    "parameter" if fact is None else fact.kind,
                )
            )
    return tuple(found)


def _step(region: Region, words: Words, move: Move, as_of: date) -> StepTold:
    at = not words.is_zh
    return StepTold(
        tuple((shift_words(words, s), SCALES[s.scale][at]) for s in move.shifts),
        words.pick("还须补数据", "data still missing")
        if move.outcome is Outcome.UNKNOWN
        else OUTCOME_WORDS[move.outcome][1 + at],
        move.amount,
        asks(region, move.missing, words.locale),
        tuple(
            region.rules[p].said.en if at else region.rules[p].said.zh
            for p in move.turns
        ),
        tuple(sorted({s.year for s in move.shifts if s.year and s.year < as_of.year})),
    )


def _sources(rule: Rule, *, at: bool) -> Iterable[SourceTold]:
    for one in rule.said.documents.values():
        yield SourceTold(
            one.en if at else one.zh,
            one.number,
            one.issuer,
            one.date,
            one.confidence,
            CONFIDENCE[one.confidence][at],
        )
