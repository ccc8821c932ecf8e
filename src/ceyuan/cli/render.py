# SPDX-License-Identifier: Apache-2.0
"""An explanation, the nearest steps and a what-if, on a terminal.

Lines, not wide tables: Chinese takes two columns a character, and eighty columns
hold a condition only when its value, threshold and margin stand beneath it. A
line breaks between such pieces, never inside a figure. Marks and words carry the
state; colour only repeats it. Nothing is decided here.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from ceyuan.kernel import UNKNOWN, show_money
from ceyuan.office.figures import places
from ceyuan.office.groups import BASES, CONFIRM, STEP, Group, group_of
from ceyuan.office.phrases import Words, english
from ceyuan.office.reasons import Reason, reasons
from ceyuan.office.telling import (
    CONFIDENCE,
    SCALES,
    asked_name,
    exact_money,
    results,
    shift_words,
    suppliers,
)
from ceyuan.policies import OUTCOME_WORDS, SUPPLIERS, Outcome
from ceyuan.policies.words import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rich.console import Console

    from ceyuan.declarations import Region
    from ceyuan.language import FactKey
    from ceyuan.office import Checkup
    from ceyuan.policies import Decision, Explanation, Move

_OUTCOME_STYLES: dict[Outcome | None, str] = {
    Outcome.ELIGIBLE: "bold green",
    Outcome.INELIGIBLE: "bold red",
    Outcome.UNKNOWN: "bold yellow",
    Outcome.REFER: "bold yellow",
    Outcome.NOT_APPLICABLE: "dim",
    None: "bold red",
}
_ANSWER_STYLES: dict[object, str] = {
    True: "green",
    False: "red",
    UNKNOWN: "yellow",
    None: "dim",
}
_STEP = "  "
_GAP = "   "


def render_explanation(
    console: Console,
    checkup: Checkup,
    index: int,
    explanation: Explanation,
    *,
    locale: str = "zh",
) -> None:
    """Print a decision and why it is so, clause by clause.

    Args:
        console: Where to.
        checkup: Names of facts and policies, and where the facts came from.
        index: The firm's row in the check-up's table.
        explanation: The decision and its tree.
        locale: `zh` or `en`.
    """
    decision, region = explanation.decision, checkup.region
    words = Words(region, region.rule(decision.policy), locale)
    firm = checkup.firms[index]
    known = decision.policy in firm.decisions
    group = group_of(firm, decision.policy) if known else None
    _head(console, words, explanation, group)
    rows = reasons(explanation, region, table=checkup.table, index=index, locale=locale)
    for row in rows:
        _reason(console, words, row)
    _refused(console, words, decision)
    _missing(console, words, decision.missing)
    _documents(console, words)


def render_moves(
    console: Console, region: Region, moves: Sequence[Move], *, locale: str = "zh"
) -> None:
    """Print nearest steps, the lightest first: changes, what is due, what is lacking."""
    for number, move in enumerate(moves, start=1):
        words = Words(region, region.rule(move.policy), locale)
        said = words.rule.said
        console.print(
            Text.assemble((f"{number}. {words.pick(said.zh, said.en)}", "bold"))
        )
        for shift in move.shifts:
            scale = words.pick(*SCALES[shift.scale])
            text = shift_words(words, shift)
            _pieces(console, (f"· {text}", words.pick(f"［{scale}］", f"[{scale}]")), 1)
        _pieces(console, tuple(_afterwards(words, move)), 1)
        _missing(console, words, move.missing, depth=1)
    if not moves:
        pick = Words(region, next(iter(region.rules.values())), locale).pick
        console.print(pick("没有找到可行的一步。", "No step was found."))


def render_whatif(
    console: Console,
    region: Region,
    before: Mapping[str, Decision],
    after: Mapping[str, Decision],
    *,
    locale: str = "zh",
) -> None:
    """Print which policies change, from what to what, and their amounts."""
    changed = 0
    for policy, then in after.items():
        was = before[policy]
        if (was.outcome, was.amount) == (then.outcome, then.amount):
            continue
        changed += 1
        words = Words(region, region.rule(policy), locale)
        said = words.rule.said
        console.print(Text(words.pick(said.zh, said.en), "bold"))
        line = Text(_STEP)
        line.append_text(_outcome(was.outcome, locale))
        line.append(" → ")
        line.append_text(_outcome(then.outcome, locale))
        if was.amount is not None or then.amount is not None:
            line.append(f"{_GAP}{_amount(words, was)} → {_amount(words, then)}")
        console.print(line)
    is_zh = locale == "zh"
    same = len(after) - changed
    console.print(
        f"{changed} 项改变，{same} 项不变。"
        if is_zh
        else f"{changed} changed, {same} not."
    )


def _head(
    console: Console, words: Words, explanation: Explanation, group: Group | None
) -> None:
    decision, said = explanation.decision, words.rule.said
    outcome = _outcome(decision.outcome, words.locale).plain
    if group in (CONFIRM, STEP):  # what a firm can do outranks the bare outcome
        assert group is not None
        outcome = f"{group.mark} {words.pick(group.zh, group.en)}"
    head = [words.pick(said.zh, said.en), outcome]
    if decision.amount is not None and said.amount is not None:
        head.append(_amount(words, decision))
    _pieces(console, head, 0, first="bold", style=_OUTCOME_STYLES[decision.outcome])
    context = explanation.context
    year = context.base_year
    day = context.as_of.isoformat()
    pieces = [
        said.policy,
        words.pick(f"核对日 {day}", f"as of {day}"),
        words.pick(f"财务年度 {year} 年", f"fiscal year {year}"),
    ]
    if decision.variant and said.variants is not None:
        pieces.append(words.code(said.variants.fact, decision.variant))
    _pieces(console, pieces, 0, style="dim")
    _pieces(console, tuple(results(words, decision)), 0)
    if explanation.tree is None:
        span = said.validity
        until = span.until.isoformat() if span.until is not None else "…"
        text = f"{span.from_.isoformat()} – {until}"
        console.print(
            words.pick(
                f"不在有效期内（{text}）。", f"Not in force on the day ({text})."
            )
        )


def _outcome(outcome: Outcome | None, locale: str) -> Text:
    mark, zh, en = OUTCOME_WORDS[outcome]
    return Text(f"{mark} {zh if locale == 'zh' else en}", _OUTCOME_STYLES[outcome])


def _amount(words: Words, decision: Decision) -> str:
    said = words.rule.said.amount
    if decision.amount is None or said is None:
        return "—"
    basis = words.pick(*BASES[said.basis])
    return f"{basis} {_money(words, decision.amount)}"


def _money(words: Words, fen: int) -> str:
    if words.is_zh:
        return show_money(fen)
    from ceyuan.kernel import MONEY

    return english(fen, MONEY)


def _reason(console: Console, words: Words, row: Reason) -> None:
    mark, zh, en = ANSWERS[row.answer]
    style = _ANSWER_STYLES[row.answer] if row.matters else "dim"
    head = [f"{mark} {words.pick(zh, en)}", row.text]
    if row.article:
        head.append(words.rule.said.articles[row.article].article)
    if not row.matters and row.answer is not None:
        head.append(words.pick("（不影响结果）", "(does not matter)"))
    _pieces(console, head, row.depth, first=style, style="" if row.matters else "dim")
    style = "" if row.matters else "dim"
    asked = row.threshold
    if row.observed and asked and not row.joins:
        asked = words.pick(f"要求 {asked}", f"asked {asked}")
    told = (row.observed, asked, row.margin, *places(row.given))
    _pieces(console, [t for t in told if t], row.depth + 2, style=style)
    for score in row.scores:
        sign = " = " if score.is_sum else words.pick("：", ": ")
        lacks = [words.pick(f"缺 {name}", f"lacks {name}") for name in score.lacks]
        first, *rest = (*score.parts, *lacks)
        pieces = (f"{score.whole}{sign}{first}", *rest)
        between = " " if score.is_sum else _GAP
        _pieces(console, pieces, row.depth + 2, style="dim", sign=between)


def _pieces(
    console: Console,
    pieces: Iterable[str],
    depth: int,
    *,
    first: str = "",
    style: str = "",
    sign: str = _GAP,
) -> None:
    """Print pieces side by side, breaking lines only between them."""
    indent = _STEP * depth
    line = Text(indent)
    is_fresh = True
    for number, piece in enumerate(pieces):
        own = first if number == 0 and first else style
        room = console.width - cell_len(indent + _STEP)
        for part, shown in enumerate(_broken(piece, room)):
            gap = "" if is_fresh else sign
            is_full = cell_len(line.plain + gap + shown) > console.width
            if (part or is_full) and not is_fresh:
                console.print(line, highlight=False, soft_wrap=True)
                line, gap = Text(indent + _STEP), ""
            line.append(gap + shown, own)
            is_fresh = False
    if not is_fresh:
        console.print(line, highlight=False, soft_wrap=True)


_FIGURE = re.compile(r"(?<=[\d%]) (?=[^\s\d])|(?<=CNY) |(?<=USD) |(?<=[≥≤<>=≠]) ")
_BREAK = re.compile(r"(?<=[，；、。：）]) ?| ")


def _broken(piece: str, room: int) -> list[str]:
    """Break a piece that is longer than a line, never inside a figure.

    A break falls on a space or after Chinese punctuation; the space between a
    figure and its unit is none. What has neither is broken where the line ends.
    """
    if cell_len(piece) <= room:
        return [piece]
    held = _FIGURE.sub("\u00a0", piece)
    cuts = [0, *(m.end() for m in _BREAK.finditer(held)), len(held)]
    lines = [""]
    for start, end in pairwise(cuts):
        word = held[start:end]
        if lines[-1] and cell_len(lines[-1] + word.rstrip()) > room:
            lines.append("")
        while cell_len(word.rstrip()) > room:
            cut = next(n for n in range(len(word)) if cell_len(word[: n + 1]) > room)
            lines[-1:] = [word[:cut], ""]
            word = word[cut:]
        lines[-1] += word
    return [line.rstrip().replace("\u00a0", " ") for line in lines if line.strip()]


def _refused(console: Console, words: Words, decision: Decision) -> None:
    for name in decision.refused:
        check = words.rule.said.checks[name.removeprefix("check:")]
        console.print(Text(f"! {words.pick(check.zh, check.en)}", "bold red"))
        _pieces(console, (words.pick(check.mend.zh, check.mend.en),), 1)


def _missing(
    console: Console, words: Words, keys: Iterable[FactKey], *, depth: int = 0
) -> None:
    """Print what is missing by who can supply it, with its question."""
    grouped = suppliers(words.region, keys)
    if not grouped:
        return
    size = sum(len(names) for names in grouped.values())
    title = words.pick(f"还缺 {size} 项：", f"Still missing, {size}:")
    _pieces(console, (title,), depth, style="bold")
    for by, ordered in grouped.items():
        _pieces(console, (words.pick(*SUPPLIERS[by]),), depth + 1, style="bold")
        for key in ordered:
            name = asked_name(words.region, key, locale=words.locale)
            fact = words.region.facts.get(key[0])
            pieces = [f"· {name}"]
            if fact is not None and fact.question is not None:
                pieces.append(words.pick(fact.question.zh, fact.question.en))
            _pieces(console, pieces, depth + 2)


def _afterwards(words: Words, move: Move) -> Iterator[str]:
    zh, en = OUTCOME_WORDS[move.outcome][1:]
    if move.outcome is Outcome.UNKNOWN:
        yield words.pick(
            "→ 之后不再有不符合的条件", "→ then no condition fails any more"
        )
    else:
        yield words.pick(f"→ 之后：{zh}", f"→ then: {en}")
    said = words.rule.said.amount
    if move.amount is not None and said is not None:
        shown = exact_money(move.amount) if words.is_zh else _money(words, move.amount)
        yield f"{words.pick(*BASES[said.basis])} {shown}"
    if move.turns:
        sign = words.pick("、", ", ")
        also = [words.region.rules[p].said for p in move.turns]
        names = sign.join(words.pick(one.zh, one.en) for one in also)
        yield words.pick(f"同时可享：{names}", f"also: {names}")


def _documents(console: Console, words: Words) -> None:
    """Print what the policy rests on and how sure its text is."""
    for document in words.rule.said.documents.values():
        sure = words.pick(*CONFIDENCE[document.confidence])
        name = words.pick(document.zh, document.en or document.zh)
        pieces = [name, document.number, words.pick(f"（{sure}）", f"({sure})")]
        _pieces(console, [p for p in pieces if p], 0, style="dim")
