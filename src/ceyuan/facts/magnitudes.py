# SPDX-License-Identifier: Apache-2.0
"""In which unit a column's figures are written, and which one figure is not.

Sheets write 元, 万元 and 亿元 without saying so; the error is always a factor of ten
thousand. The one hard idea is to exclude, not to choose: each piece of evidence
(figures per head, against another column of money, the size alone, the decimal
places) rules units out, with a reason in words. Only when exactly one is left is it
taken; otherwise it is a question, and the column stays unknown.

The bands are deliberately wide (a firm's figure per head lies between 1,000 元 and
100 million 元 a year, five decades), because being asked is cheaper than being
misread; they say what is conceivable and are no threshold of any policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.kernel import show_money, unit

if TYPE_CHECKING:
    from collections.abc import Sequence

Figure: TypeAlias = int | Decimal
Numbers: TypeAlias = "Sequence[Figure | None]"
Amounts: TypeAlias = "Sequence[int | Fraction | None]"

UNITS = ("元", "万元", "亿元")
STEP = 10**4
_SAMPLE = 2_000
_YUAN = 100
_MANY, _SOME = 20, 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """A unit with its reason; `unit` is empty when it is a question.

    Args:
        unit: The unit, or "".
        reason: How it was found, or why it cannot be told, in words.
        options: The units that remain possible.
    """

    unit: str
    reason: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suspect:
    """A figure that is off by ten thousand.

    Args:
        index: Which one.
        likely: The unit in which it was probably written.
        why: In words.
    """

    index: int
    likely: str
    why: str


def sampled(size: int) -> range:
    """Return the indexes to look at: all, or evenly spread ones of many."""
    return range(0, size, max(1, size // _SAMPLE))


def median(values: Sequence[Fraction]) -> Fraction:
    """Return the middle value (the upper one of two)."""
    return sorted(values)[len(values) // 2]


def _size(value: Figure | Fraction) -> Fraction:
    return abs(Fraction(value))


def judge_money(
    numbers: Numbers, *, heads: Amounts | None, others: Sequence[tuple[str, Amounts]]
) -> Verdict:
    """Return the unit of a column of money that states none.

    Args:
        numbers: Figures as written, one per row; None where blank or faulty.
        heads: Employees per row, if known.
        others: Names and amounts (fen) of money columns whose unit is known.
    """
    rows = [i for i in sampled(len(numbers)) if numbers[i]]
    if not rows:
        return Verdict("元", "这一列没有数字")
    against: dict[str, list[str]] = {name: [] for name in UNITS}
    _by_decimals(numbers, rows, against)
    told = _by_heads(numbers, rows, heads, against)
    told = _by_others(numbers, rows, others, against) or told
    _by_size(numbers, rows, against, is_alone=not told)
    left = tuple(name for name in UNITS if not against[name])
    middle = _shown(median([_size(numbers[i] or 0) for i in rows]))
    if len(left) == 1:
        reasons = "；".join(
            f"若是{name}，{against[name][0]}" for name in UNITS if against[name]
        )
        return Verdict(
            left[0], f"按数值分布判断为{left[0]}：中位数 {middle}；{reasons}", left
        )
    if not left:
        reasons = "；".join(f"若是{name}，{against[name][0]}" for name in UNITS)
        return Verdict("", f"按哪种单位都不合理：中位数 {middle}；{reasons}", UNITS)
    return Verdict("", f"中位数 {middle}，{'、'.join(left)} 都说得通", left)


def contradicted(
    name: str, numbers: Numbers, *, heads: Amounts | None
) -> Verdict | None:
    """Return a doubt when the figures deny the unit that is stated; else None."""
    rows = [i for i in sampled(len(numbers)) if numbers[i]]
    if name not in UNITS or len(rows) < _SOME or heads is None:
        return None
    against: dict[str, list[str]] = {u: [] for u in UNITS}
    if not _by_heads(numbers, rows, heads, against) or not against[name]:
        return None
    left = tuple(u for u in UNITS if not against[u])
    if not left:
        return None
    return Verdict("", f"写明的单位是{name}，但{against[name][0]}", (*left, name))


def mixed(name: str, numbers: Numbers, *, heads: Amounts | None) -> Verdict | None:
    """Return a doubt when a good part of the rows is written in another unit."""
    rows = [
        i
        for i in sampled(len(numbers))
        if numbers[i] and heads is not None and heads[i]
    ]
    if heads is None or name not in UNITS or len(rows) < _SOME:
        return None
    scale = unit(name).scale
    ratios = [_size(numbers[i] or 0) * scale / Fraction(heads[i] or 1) for i in rows]
    high = sum(r > 10**8 * _YUAN for r in ratios)
    low = sum(r < 100 * _YUAN for r in ratios)
    for count, words in ((high, "高于 1 亿元"), (low, "低于 100 元")):
        if count * 100 > 15 * len(rows) and count > 2:  # noqa: PLR2004
            why = f"{count} 家（共 {len(rows)} 家）按{name}算人均{words}，列中可能混用了单位"
            return Verdict("", why, UNITS)
    return None


def _by_decimals(
    numbers: Numbers, rows: list[int], against: dict[str, list[str]]
) -> None:
    """Note units in which the figures would have parts of a fen."""
    fine = sum(places(numbers[i]) > 2 for i in rows)  # noqa: PLR2004 - fen
    if fine > 1 and fine * 10 >= len(rows):
        against["元"].append(f"有 {fine} 个数的小数超过两位")


def places(value: Figure | None) -> int:
    """Return the decimal places that a figure is written with, zeros dropped."""
    if not isinstance(value, Decimal):
        return 0
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _by_heads(
    numbers: Numbers,
    rows: list[int],
    heads: Amounts | None,
    against: dict[str, list[str]],
) -> bool:
    if heads is None:
        return False
    ratios = [_size(numbers[i] or 0) / Fraction(h) for i in rows if (h := heads[i])]
    if not ratios:
        return False
    low = 1000 if len(ratios) >= _MANY else 100 if len(ratios) >= _SOME else 1
    _exclude(median(ratios), low, 10**8, "人均", against)
    return True


def _by_others(
    numbers: Numbers,
    rows: list[int],
    others: Sequence[tuple[str, Amounts]],
    against: dict[str, list[str]],
) -> bool:
    told = False
    for heading, amounts in others:
        ratios = [
            _size(numbers[i] or 0) / abs(Fraction(a)) for i in rows if (a := amounts[i])
        ]
        if len(ratios) < _SOME:
            continue
        told = True
        middle = median(ratios)
        for name in UNITS:
            share = middle * unit(name).scale
            if share < Fraction(1, 1000):
                against[name].append(f"不到“{heading}”的千分之一")
            elif share > 100:  # noqa: PLR2004 - a hundred times
                against[name].append(f"超过“{heading}”的 100 倍")
    return told


def _by_size(
    numbers: Numbers, rows: list[int], against: dict[str, list[str]], *, is_alone: bool
) -> None:
    middle = median([_size(numbers[i] or 0) for i in rows])
    few = len(rows) < _SOME
    if is_alone:
        low, high = (1000, 5 * 10**11) if few else (10_000, 5 * 10**10)
    else:
        low, high = 1, 10**12
    _exclude(middle, low, high, "中位数", against)


def _exclude(
    middle: Fraction, low: int, high: int, words: str, against: dict[str, list[str]]
) -> None:
    """Note the units in which a figure would leave its band, in 元."""
    for name in UNITS:
        fen = middle * unit(name).scale
        if not low * _YUAN <= fen <= high * _YUAN:
            against[name].append(f"{words}会是 {show_money(fen)}")


def _shown(value: Fraction) -> str:
    """Return a figure for a message, without its unit."""
    if value >= 100:  # noqa: PLR2004 - below, decimals tell something
        return f"{value.numerator // value.denominator:,}"
    return f"{Decimal(value.numerator) / Decimal(value.denominator):.4g}"


# --- one figure among many


@dataclass(frozen=True, slots=True)
class Band:
    """Where the amounts of a column lie; beyond it one may be suspected."""

    floor: int
    ceiling: int
    middle: Fraction | None


def band_of(amounts: Amounts) -> Band | None:
    """Return the band of a column; None when it holds no amounts."""
    known = [abs(Fraction(a)) for i in sampled(len(amounts)) if (a := amounts[i])]
    if not known:
        return None
    middle = median(known) if len(known) >= _SOME else None
    if middle is None:
        return Band(0, 10**8 * _YUAN, None)
    return Band(int(middle / 1000), int(middle * 1000), middle)


def suspects(
    amounts: Amounts,
    *,
    unit_name: str,
    heads: Amounts | None,
    others: Sequence[tuple[str, Amounts]],
    band: Band | None = None,
) -> list[Suspect]:
    """Return the amounts that are ten thousand times too large or too small.

    An amount is suspected only if it stands far from the column, would stand
    well in it after ten thousand were taken out, and the firm's own other
    figures (per head, against its other money) say the same.

    Args:
        amounts: The column.
        unit_name: The unit in which it is written.
        heads: Employees per row, if known.
        others: Names and amounts of the other columns of money.
        band: Where the amounts of the whole column lie, if these are but some.
    """
    band = band or band_of(amounts)
    if band is None:
        return []
    middle, floor, ceiling = band.middle, band.floor, band.ceiling
    found = []
    for i, amount in enumerate(amounts):
        if not amount:
            continue
        size = amount if amount > 0 else -amount
        if floor <= size <= ceiling:
            continue
        why = _too_far(i, Fraction(size), middle, heads, others)
        if why:
            is_large = size > ceiling
            found.append(Suspect(i, _shifted(unit_name, is_large=is_large), why))
    return found


def _shifted(name: str, *, is_large: bool) -> str:
    if name not in UNITS:
        return "别的单位"
    at = UNITS.index(name) + (-1 if is_large else 1)
    return UNITS[at] if 0 <= at < len(UNITS) else "别的单位"


def _too_far(
    index: int,
    size: Fraction,
    middle: Fraction | None,
    heads: Amounts | None,
    others: Sequence[tuple[str, Amounts]],
) -> str:
    is_large = middle is None or size > middle
    mended = size / STEP if is_large else size * STEP
    if middle is not None and not middle / 300 <= mended <= middle * 300:
        return ""
    head = heads[index] if heads is not None else None
    each = size / Fraction(head) if head else None
    if each is not None and is_large and each > 10**8 * _YUAN:
        return f"人均会是 {show_money(each)}"
    # A firm may be tiny in everything; suspect is what is tiny beside its own figures.
    beside = [
        (name, abs(Fraction(a))) for name, column in others if (a := column[index])
    ]
    apart = [
        name
        for name, other in beside
        if (size > 1000 * other if is_large else size * 1000 < other)
    ]
    if beside:
        words = "超过本企业“%s”的 1000 倍" if is_large else "不到本企业“%s”的千分之一"
        return words % apart[0] if len(apart) * 2 > len(beside) else ""
    if each is not None and not is_large and each < 100 * _YUAN:
        return f"人均只有 {show_money(each)}"
    if each is None and middle is not None:
        return f"与同列中位数 {show_money(middle)} 相差 1000 倍以上"
    return ""


# --- shares


def judge_percent(numbers: Numbers, *, is_stated: bool) -> Verdict:
    """Return whether bare figures are percents (`%`) or fractions (`1`).

    Args:
        numbers: Only the figures without a mark of their own.
        is_stated: The heading says %.
    """
    sizes = [Decimal(n).copy_abs() for n in numbers if n]
    if not sizes:
        return Verdict("%", "没有需要判断的数")
    largest = max(sizes)
    if largest > 1:
        small = sum(s <= 1 for s in sizes)
        if small * 2 > len(sizes):
            why = f"{small} 个数不大于 1，另 {len(sizes) - small} 个大于 1，写法不一"
            return Verdict("", why, ("%", "1"))
        reason = "表头写明 %" if is_stated else f"最大的数是 {largest}，只能是百分数"
        return Verdict("%", reason)
    words = "表头写了 %，但" if is_stated else ""
    why = f"{words}所有的数都不大于 1，分不清 0.3 是 30% 还是 0.3%"
    return Verdict("", why, ("%", "1"))


def is_large(numbers: Numbers) -> bool:
    """Return whether the figures of a column of percents are well above 1."""
    sizes = [Decimal(n).copy_abs() for n in numbers if n]
    return bool(sizes) and sorted(sizes)[len(sizes) // 2] >= 3  # noqa: PLR2004


def small_shares(numbers: Numbers, *, among_large: bool | None = None) -> list[int]:
    """Return the indexes of figures below 1 in a column of percents well above it.

    Args:
        numbers: The figures.
        among_large: What is known of the whole column, if these are but some.
    """
    if not (is_large(numbers) if among_large is None else among_large):
        return []
    return [i for i, n in enumerate(numbers) if n and -1 < n < 1]
