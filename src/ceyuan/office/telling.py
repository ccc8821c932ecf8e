# SPDX-License-Identifier: Apache-2.0
"""A decision in words: what it gives, what it lacks and who has it, what to do.

The page, the terminal and the workbook say the same in the same words.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.kernel import money_unit, show_money
from ceyuan.office.phrases import Words, show_apart
from ceyuan.policies import SUPPLIERS, fact_name, output_value, parameter_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ceyuan.declarations import Region
    from ceyuan.language import FactKey
    from ceyuan.policies import Decision, Shift

CONFIDENCE: dict[str, tuple[str, str]] = {
    "V": ("见于公开文本", "seen in a public text"),
    "V2": ("见于二手来源", "secondary source"),
    "K": ("未见来源", "known, not seen"),
    "U": ("未确认", "unconfirmed"),
}
"""How sure the text of a document, an article or a parameter is."""

SCALES: dict[str, tuple[str, str]] = {
    "money": ("资金", "money"),
    "people": ("人员", "people"),
    "titles": ("资质与成果", "titles"),
    "time": ("时间", "time"),
    "acts": ("事项", "acts"),
}
"""What a step costs; steps of different scales are not added up."""


def results(words: Words, decision: Decision) -> Iterator[str]:
    """Yield the further results that are exactly known: `综合评分 96 分`."""
    said = words.rule.said.outputs
    for name, result in decision.outputs.items():
        value = output_value(result)
        title = words.pick(said[name].zh, said[name].en)
        if isinstance(value, bool):
            yield f"{title} {words.yes(answer=value)}"
        elif isinstance(value, Fraction):
            node = words.rule.scope.definitions[f"output:{name}"].node
            text = words.number(value, words.rule.unit(node), said[name].unit)
            yield f"{title} {text}"


def suppliers(region: Region, keys: Iterable[FactKey]) -> dict[str, list[FactKey]]:
    """Return facts by who can supply them, in a fixed order."""
    found: dict[str, list[FactKey]] = {}
    for key in sorted(keys, key=lambda k: (k[0], k[1] or 0)):
        fact = region.facts.get(key[0])
        by = fact.supplied_by if fact is not None else "office"
        found.setdefault(by, []).append(key)
    return {by: found[by] for by in SUPPLIERS if by in found}


def asked_name(region: Region, key: FactKey, *, locale: str = "zh") -> str:
    """Return what is asked for: a fact with its year, or an office's parameter."""
    if key[0] in region.facts:
        return fact_name(region.facts, key, locale=locale)
    return parameter_name(region.rules, key[0], locale=locale)


def open_name(region: Region, key: FactKey, *, locale: str = "zh") -> str:
    """Return what is not known, so that it reads as a question and not as a charge.

    A fact may be named by what is bad (`在经营异常或严重失信名单`); beside a firm's name,
    where nobody has answered, the bare name would accuse it.
    """
    name = asked_name(region, key, locale=locale)
    fact = region.facts.get(key[0])
    if fact is None or fact.kind != "flag":
        return name
    if locale != "zh":
        return f"{name}?"
    return name if name[1:2] == "否" or name[:2] == "有无" else f"是否{name}"


_DECLARE = (("请声明：",), ("Please declare that ", "Please declare "))


def signed_words(
    region: Region, key: FactKey, *, value: bool | None, locale: str = "zh"
) -> str:
    """Return what a firm signs: a statement that favours it, never the bare name.

    The fact's own question says it where it asks for a declaration; otherwise its name
    with the answer that is needed. None: any answer but an empty one.
    """
    fact = region.facts.get(key[0])
    at = locale != "zh"
    if fact is not None and fact.question is not None:
        text = fact.question.en if at else fact.question.zh
        for start in _DECLARE[at]:
            if text.startswith(start):
                return text.removeprefix(start)
    name = asked_name(region, key, locale=locale)
    if value is None:
        return name
    if at:
        return f"{name}: {'yes' if value else 'no'}"
    return f"{name}：{'是' if value else '否'}"


def shift_words(words: Words, shift: Shift) -> str:
    """Return one change in the firm's own quantities: name, from, to."""
    fact = words.region.facts[shift.fact]
    name = words.name(shift.fact, shift.year)
    both = (shift.before, shift.after)
    is_number = all(
        isinstance(v, (int, Fraction)) and not isinstance(v, bool) for v in both
    )
    if not is_number:
        after = words.known(shift.after, fact)
        if shift.before is None:
            return f"{name} → {after}"
        return f"{name} {words.known(shift.before, fact)} → {after}"
    assert isinstance(shift.before, (int, Fraction))
    assert isinstance(shift.after, (int, Fraction))
    label = fact.unit or ""
    before, after = show_apart(shift.before, shift.after, fact.measure, words, label)
    if fact.measure.is_money and words.is_zh:
        before, after = (
            exact_money(int(v)) if Fraction(v).denominator == 1 else text
            for v, text in ((shift.before, before), (shift.after, after))
        )
    gap = Fraction(shift.after) - Fraction(shift.before)
    size = words.number(abs(gap), fact.measure, label)
    if fact.measure.is_pure and label == "%":
        size = words.pick(
            f"{size.removesuffix('%')} 个百分点",
            f"{size.removesuffix('%')} points of %",
        )
    more = words.pick("增加", "more") if gap > 0 else words.pick("减少", "less")
    change = words.pick(f"（{more} {size}）", f" ({size} {more})")
    return f"{name} {before} → {after}{change}"


def exact_money(fen: int) -> str:
    """Return an amount to the fen where two decimals of the best unit lose some."""
    scale = {"元": 1, "万元": 10**4, "亿元": 10**8}[money_unit(fen)]
    return show_money(fen) if fen % scale == 0 else show_money(fen, unit="元")
