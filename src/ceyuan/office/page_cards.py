# SPDX-License-Identifier: Apache-2.0
"""One policy on a firm's page: a card with state, reasons, step and sources.

What matters stands first and in full: the clauses that are not met or still
open, with the value observed, what is asked, and how much is short. What is met
follows in one compact list. Alternatives to a route that was taken are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.kernel import UNKNOWN
from ceyuan.office.figures import Given, Score, places
from ceyuan.office.groups import BASES, CONFIRM, STEP, Group, amount_of
from ceyuan.office.page_parts import (
    Html,
    badge,
    element,
    join,
    money,
    table,
)
from ceyuan.office.page_sources import sources
from ceyuan.office.phrases import Words
from ceyuan.office.reasons import Reason, open_reasons, reasons
from ceyuan.office.telling import (
    SCALES,
    asked_name,
    exact_money,
    results,
    shift_words,
    suppliers,
)
from ceyuan.policies import OUTCOME_WORDS, SUPPLIERS, Outcome, explain
from ceyuan.policies.words import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ceyuan.declarations import Region, Rule
    from ceyuan.language import FactKey, Setting
    from ceyuan.office.checkup import Checkup, FirmCheck
    from ceyuan.policies import Decision, Move

_STATES: dict[object, str] = {
    True: "met",
    False: "unmet",
    UNKNOWN: "open",
    None: "idle",
}
_HEADINGS = (
    Html('<th scope="col" class="c-state">结果</th>'),
    Html('<th scope="col" class="c-text">条件与依据</th>'),
    Html('<th scope="col" class="c-seen">企业的值</th>'),
    Html('<th scope="col" class="c-asked">要求</th>'),
    Html('<th scope="col" class="c-gap">余量或差距</th>'),
    Html('<th scope="col" class="c-place">出处</th>'),
)
_MISSING_SHOWN = 12
"""An office that has set none of its parameters would fill the page."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A firm of a batch, as the cards need it.

    Args:
        checkup: The batch.
        index: The firm's row in it.
        settings: Parameters set by the office, by policy and name.
        known: Its facts in words, filled from card to card.
    """

    checkup: Checkup
    index: int
    settings: Mapping[str, Mapping[str, Setting]]
    known: dict[FactKey, Given]

    @property
    def firm(self) -> FirmCheck:
        """Return the firm."""
        return self.checkup.firms[self.index]


def card(subject: Subject, rule: Rule, group: Group) -> Html:
    """Return one policy's card."""
    checkup, firm = subject.checkup, subject.firm
    words = Words(checkup.region, rule)
    decision = firm.decisions[rule.id]
    rows = () if decision.refused else _rows(subject, rule)
    move = firm.moves.get(rule.id)
    told = list(results(words, decision))
    fails = decision.outcome is Outcome.INELIGIBLE
    return element(
        "article",
        element(
            "header",
            element("h3", rule.said.zh),
            badge(group),
            _amount(firm, rule, group),
        ),
        element("p", rule.said.en, class_="en", lang="en"),
        _variant(words, decision),
        element("p", "；".join(told), class_="metline") if told else None,
        _refused(rule, decision),
        _lacking(checkup.region, "待签字声明", firm.to_confirm.get(rule.id, ())),
        _open_rows(words, rows, is_failed=fails),
        None
        if group is CONFIRM
        else _lacking(checkup.region, "还缺", decision.missing),
        None if move is None else nearest_step(checkup.region, words, move),
        _met(words, rows),
        sources(rule, checkup.as_of, firm.year),
        class_="card",
        id=rule.id,
    )


def _rows(subject: Subject, rule: Rule) -> tuple[Reason, ...]:
    checkup, firm = subject.checkup, subject.firm
    explained = explain(
        rule,
        firm.facts,
        as_of=checkup.as_of,
        base_year=firm.year,
        settings=subject.settings.get(rule.id),
        variant=firm.decisions[rule.id].variant,
    )
    return reasons(
        explained,
        checkup.region,
        table=checkup.table,
        index=subject.index,
        known=subject.known,
    )


def _amount(firm: FirmCheck, rule: Rule, group: Group) -> Html | None:
    said = rule.said.amount
    if said is None:
        return None
    amount = amount_of(firm, rule.id)
    if amount is None:
        return element("span", f"{BASES[said.basis][0]} ", money(None), class_="amount")
    before = {CONFIRM.id: "确认后 ", STEP.id: "达到后 ", "failed": "达到后 "}
    return element(
        "span",
        before.get(group.id, ""),
        f"{BASES[said.basis][0]} ",
        money(amount),
        class_="amount",
    )


def _variant(words: Words, decision: Decision) -> Html | None:
    variants = words.rule.said.variants
    if variants is None or not decision.variant:
        return None
    name = words.name(variants.fact)
    chosen = words.code(variants.fact, decision.variant)
    others = [
        f"{words.code(variants.fact, code)} {OUTCOME_WORDS[one.outcome][1]}"
        for code, one in decision.variants.items()
        if code != decision.variant
    ]
    rest = f"；其他：{'、'.join(others)}" if others else ""
    return element("p", f"{name}：以下按“{chosen}”说明{rest}。", class_="note")


def _refused(rule: Rule, decision: Decision) -> Html | None:
    items = [
        element("li", f"{said.zh}。{said.mend.zh}")
        for said in (
            rule.said.checks[n.removeprefix("check:")] for n in decision.refused
        )
    ]
    if not items:
        return None
    return join((element("h4", "数据相互矛盾，请先改正"), element("ul", *items)))


def _lacking(region: Region, title: str, keys: Iterable[FactKey]) -> Html | None:
    """Return the facts still missing by who can supply them.

    Names only: each question is asked once for all policies, see `requests`.
    """
    by_supplier = suppliers(region, keys)
    if not by_supplier:
        return None
    parts: list[str] = []
    for by, ordered in by_supplier.items():
        names = [asked_name(region, key) for key in ordered[:_MISSING_SHOWN]]
        rest = len(ordered) - _MISSING_SHOWN
        more = f" 等 {len(ordered)} 项" if rest > 0 else ""
        sign = "；" if parts else ""
        parts += [sign, element("b", SUPPLIERS[by][0]), f"：{'、'.join(names)}{more}"]
    size = sum(len(ordered) for ordered in by_supplier.values())
    return element("p", element("b", f"{title} {size} 项　"), *parts, class_="line")


def _open_rows(
    words: Words, rows: tuple[Reason, ...], *, is_failed: bool
) -> Html | None:
    """Return the rows that are unmet or open, as a table."""
    kept = open_reasons(rows, is_failed=is_failed)
    if not kept:
        return None
    title = "不符合的条件" if is_failed else "未满足和待定的条件"
    body = element("tbody", *(_row(words.rule, row) for row in kept))
    told = [score for row in kept for score in row.scores]
    return join((table(title, _HEADINGS, body, class_="reasons"), _scores(words, told)))


def _scores(words: Words, scores: Iterable[Score]) -> Html | None:
    lines = dict.fromkeys(score.line(words) for score in scores)
    items = [element("li", line) for line in lines]
    return element("ul", *items, class_="scores") if items else None


def _row(rule: Rule, row: Reason) -> Html:
    mark, zh, _ = ANSWERS[row.answer]
    state = element(
        "span",
        element("span", mark, aria_hidden="true"),
        f" {zh}",
        class_=f"state {_STATES[row.answer]}",
    )
    article = None
    if row.article:
        article = element(
            "span", rule.said.articles[row.article].article, class_="note"
        )
    depth = f"d{min(row.depth, 3)}" if row.depth else None
    return element(
        "tr",
        element("td", state),
        element("th", row.text, " ", article, scope="row", class_=depth),
        element("td", row.observed),
        element("td", row.threshold),
        element("td", row.margin),
        element("td", element("span", "；".join(places(row.given)), class_="note")),
    )


def _met(words: Words, rows: tuple[Reason, ...]) -> Html | None:
    """Return what is met in one paragraph; the routes not taken are left out."""
    pieces: list[str] = []
    scores: list[Score] = []
    for n, row in enumerate(rows):
        if row.answer is not True or not row.matters or row.kind != "clause":
            continue
        if any(not r.matters or r.answer is not True for r in _above(rows, n)):
            continue
        told = _told(row) or _told_beneath(rows, n)
        pieces.append(f"{row.text}（{told}）" if told else row.text)
        scores += row.scores
    if not pieces:
        return None
    mark = element("span", "✓", class_="met", aria_hidden="true")
    head = element("b", mark, f" 已满足 {len(pieces)} 项　")
    told_all = element("p", head, "；".join(pieces), "。", class_="line")
    return join((told_all, _scores(words, scores)))


def _above(rows: tuple[Reason, ...], number: int) -> Iterator[Reason]:
    """Yield the rows above one, from the nearest to the outermost."""
    depth = rows[number].depth
    for row in reversed(rows[:number]):
        if row.depth < depth:
            depth = row.depth
            yield row


def _told(row: Reason) -> str:
    if not row.threshold or row.observed in ("", row.threshold):
        return ""
    parts = (row.observed, f"要求 {row.threshold}", row.margin)
    return "，".join(part for part in parts if part)


def _told_beneath(rows: tuple[Reason, ...], number: int) -> str:
    """Return the first condition that makes a clause of several parts hold."""
    for row in rows[number + 1 :]:
        if row.depth <= rows[number].depth:
            break
        if row.matters and row.answer is True and _told(row):
            return f"{row.text} {_told(row)}"
    return ""


def nearest_step(region: Region, words: Words, move: Move) -> Html:
    """Return the nearest step: the changes, what then is due, what then is lacking."""
    items = [
        element("li", shift_words(words, s), f"　投入类型：{SCALES[s.scale][0]}")
        for s in move.shifts
    ]
    then = OUTCOME_WORDS[move.outcome][1]
    if move.outcome is Outcome.UNKNOWN:
        text = f"之后不再有不符合的条件，还须补齐 {len(move.missing)} 项"
    else:
        text = f"之后：{then}"
    if move.amount is not None and words.rule.said.amount is not None:
        basis = BASES[words.rule.said.amount.basis][0]
        text += f"，{basis} {exact_money(move.amount)}"
    gains = "、".join(region.rules[p].said.zh for p in move.turns)
    return element(
        "div",
        element("h4", f"最近的一步（{len(items)} 处改变）"),
        element("ul", *items),
        element("p", f"{text}。"),
        _lacking(region, "届时还须提供", move.missing),
        element("p", f"同时可享：{gains}。") if gains else None,
        class_="nearest",
    )
