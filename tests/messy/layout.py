# SPDX-License-Identifier: Apache-2.0
"""Columns and headings of a messy sheet, drawn from the tests' own words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tests.messy import words

if TYPE_CHECKING:
    from random import Random

    from tests.messy.truth import Key, UnitFrom

SHEET_YEAR = 2025
UnitStyle = Literal["heading", "mixed", "unit row", "note", "distribution", "nowhere"]
ZH, EN = 0, 1


@dataclass(frozen=True, slots=True)
class Choice:
    """What is decided once for a sheet.

    `unit_style`: heading, mixed (each heading its own), unit row, note, distribution
    or nowhere. `year_style`: heading, above, title, relative, nowhere.
    """

    language: str
    unit_style: UnitStyle
    unit: str
    year_style: str
    header_rows: int
    is_merged: bool
    repeats_groups: bool
    years: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """One column before it has a letter."""

    group: str
    above: tuple[str, ...]
    heading: str
    key: Key | None
    unit: str
    unit_from: UnitFrom
    year_from: str
    filler: str = ""


def choose(rng: Random) -> Choice:
    """Decide the manners of a sheet."""
    unit_style: UnitStyle = rng.choice(
        ("heading", "heading", "mixed", "unit row", "note", "distribution", "nowhere")
    )
    unit = rng.choice(("元", "千元", "万元", "万元", "万元", "亿元"))
    if unit_style in {"distribution", "nowhere"}:
        unit = rng.choice(("元", "万元"))
    header_rows = rng.choice((1, 1, 2, 2, 3))
    year_style = rng.choice(("heading", "title", "relative", "nowhere", "above"))
    if year_style == "above" and header_rows == 1:
        year_style = "heading"
    most = 3 if year_style in {"heading", "above"} and unit_style != "nowhere" else 1
    count = rng.randint(1, most)
    return Choice(
        language=rng.choice(("zh", "zh", "zh", "en", "mixed")),
        unit_style=unit_style,
        unit=unit,
        year_style=year_style,
        header_rows=header_rows,
        is_merged=rng.random() < 0.7,
        repeats_groups=rng.random() < 0.3,
        years=tuple(range(SHEET_YEAR - count + 1, SHEET_YEAR + 1)),
    )


def drafts(choice: Choice, rng: Random) -> list[Draft]:
    """Draw the columns of a sheet, in the order in which they stand."""
    blocks = [
        [_plain(name, choice, rng) for name in ("name", "uscc")],
        _money(choice, rng),
        _people(choice, rng),
        _rights(choice, rng),
        _others(choice, rng),
    ]
    for name in ("founded", "is_hnte"):
        if rng.random() < 0.6:
            blocks[0].append(_plain(name, choice, rng))
    head, tail = blocks[:1], [block for block in blocks[1:] if block]
    rng.shuffle(tail)
    if rng.random() < 0.5:
        rng.shuffle(head[0])
    for block in tail:
        if choice.header_rows == 1 or block[0].group != "money":
            rng.shuffle(block)
    columns = [draft for block in head + tail for draft in block]
    if choice.header_rows == 1 and rng.random() < 0.3:
        rng.shuffle(columns)
    return [replace(d, heading=_dress(d.heading, rng)) for d in columns]


def _word(
    table: words.Table,
    name: str,
    choice: Choice,
    rng: Random,
) -> tuple[str, int]:
    side = ZH if choice.language == "zh" else EN
    if choice.language == "mixed":
        side = rng.choice((ZH, EN))
    return rng.choice(table[name][side]), side


def _plain(name: str, choice: Choice, rng: Random) -> Draft:
    text, _ = _word(words.PLAIN, name, choice, rng)
    return Draft("name", (), text, (name, None), "", "", "")


def _money(choice: Choice, rng: Random) -> list[Draft]:
    names = ["revenue"]
    names += rng.sample(sorted(set(words.MONEY) - {"revenue"}), rng.randint(1, 4))
    found: list[Draft] = []
    for name in names:
        unit = choice.unit
        if choice.unit_style == "mixed":
            unit = rng.choice(("元", "万元", "万元", "亿元"))
        text, side = _word(words.MONEY, name, choice, rng)
        is_yearly = name in {"revenue", "rd_expense"}
        years = choice.years if is_yearly else (SHEET_YEAR,)
        relative = rng.choice(words.LAST_YEAR_WORDS)
        said = (text, side, relative)
        found += [
            _money_column(choice, rng, (name, y), unit=unit, said=said) for y in years
        ]
    return found


def _money_column(
    choice: Choice,
    rng: Random,
    key: tuple[str, int],
    *,
    unit: str,
    said: tuple[str, int, str],
) -> Draft:
    name, year = key
    text, side, relative = said
    above: tuple[str, ...] = ()
    year_from = choice.year_style
    heading = text
    if (
        choice.year_style == "above"
        and len(choice.years) > 1
        and name in {"revenue", "rd_expense"}
    ):
        # The measure stands above, its years side by side below it.
        year_from = "heading"
        if choice.unit_style in {"heading", "mixed"}:
            text += rng.choice(words.UNITS[unit][side])
        return Draft(
            f"money {name}",
            (text,),
            f"{year}年" if side == ZH else str(year),
            (name, year),
            unit,
            _unit_from(choice),
            year_from,
        )
    if choice.year_style == "above":
        above = (f"{SHEET_YEAR}年",)
    elif choice.year_style == "heading":
        styles = words.YEAR_EN if side == EN else words.YEAR_BEFORE + words.YEAR_AFTER
        heading = rng.choice(styles).format(y=year, w=text)
    elif choice.year_style == "relative":
        heading = relative.format(w=text) if side == ZH else f"{text}, last year"
    if choice.unit_style in {"heading", "mixed"}:
        heading = _with_unit(heading, rng.choice(words.UNITS[unit][side]))
    return Draft(
        "money", above, heading, (name, year), unit, _unit_from(choice), year_from
    )


def _with_unit(heading: str, unit: str) -> str:
    """Put the unit after the heading, sometimes into a bracket that is there."""
    if heading.endswith("）") and unit.startswith("（"):
        return f"{heading[:-1]}，{unit[1:]}"
    return heading + unit


def _unit_from(choice: Choice) -> UnitFrom:
    return "heading" if choice.unit_style == "mixed" else choice.unit_style


def _people(choice: Choice, rng: Random) -> list[Draft]:
    if choice.unit_style == "nowhere":
        return []  # staff would let a reader work the unit out
    names = ["employees"] if choice.unit_style == "distribution" else []
    names += [n for n in words.PEOPLE if n not in names and rng.random() < 0.7]
    # The column itself names no year; the title may.
    year_from = "title" if choice.year_style == "title" else "nowhere"
    return [
        Draft(
            "people",
            (),
            _counted(_word(words.PEOPLE, name, choice, rng), words.PEOPLE_UNITS, rng),
            (name, SHEET_YEAR),
            "人",
            "heading",
            year_from,
        )
        for name in names
    ]


def _rights(choice: Choice, rng: Random) -> list[Draft]:
    return [
        Draft(
            "rights",
            (),
            _counted(_word(words.RIGHTS, name, choice, rng), words.RIGHTS_UNITS, rng),
            (name, None),
            "件",
            "heading",
            "",
        )
        for name in words.RIGHTS
        if rng.random() < 0.5
    ]


def _counted(word: tuple[str, int], units: tuple[str, ...], rng: Random) -> str:
    text, side = word
    return text + rng.choice(units) if side == ZH and rng.random() < 0.5 else text


def _others(choice: Choice, rng: Random) -> list[Draft]:
    picked = rng.sample(words.OTHERS, rng.randint(1, 5))
    return [
        Draft("other", (), text, None, "", "", "", filler)
        for text, filler in picked
        # A stated unit elsewhere would answer the question.
        if not (choice.unit_style == "nowhere" and filler.startswith("trap_money"))
    ]


def _dress(heading: str, rng: Random) -> str:
    """Add what typists add: breaks, spaces, stars, other brackets."""
    is_zh = any("\u4e00" <= c <= "\u9fff" for c in heading)
    style = rng.random()
    if style < 0.08 and is_zh and len(heading) > 4:
        cut = heading.find("（") if "（" in heading[1:] else len(heading) // 2
        return heading[:cut] + "\n" + heading[cut:]
    if style < 0.14 and heading.isalpha() and is_zh:
        return " ".join(heading) if len(heading) <= 5 else heading
    if style < 0.20:
        return "*" + heading
    if style < 0.26:
        return f" {heading} "
    if style < 0.32:
        return heading.replace("（", "(").replace("）", ")")
    if style < 0.36 and not is_zh:
        return heading.upper()
    return heading
