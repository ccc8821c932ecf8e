# SPDX-License-Identifier: Apache-2.0
"""What a chart is made of: exact values, or a gap that says it is one.

A value is an int (fen, firms) or a Fraction (a share). What is not known is
`UNKNOWN` or None and what does not exist is `ABSENT`; a chart shows both as a gap
with `—` and never as 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from ceyuan.kernel import ABSENT, State, UsageError
from ceyuan.web.charts.words import ZH, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

Exact: TypeAlias = int | Fraction
Value: TypeAlias = int | Fraction | State | None
T = TypeVar("T")

MOST_SERIES = 4
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
# A path, a query or a fragment of this site. Browsers read `/\host`, and `//host`
# with a tab in it, as another host.
_HREF = re.compile(r"(?:/(?!/)|\?|#)[^\\\s\x00-\x1f\x7f]*")


def known(value: Value) -> Exact | None:
    """Return the value where there is one."""
    return value if isinstance(value, (int, Fraction)) else None


def size_of(value: Exact) -> Exact:
    """Return how large a value is, whatever its sign."""
    return -value if value < 0 else value


def gap_words(value: Value, words: Words) -> str:
    """Return why there is no value: 无数据, or 不适用 for what does not exist."""
    return words.not_applicable if value is ABSENT else words.no_data


@dataclass(frozen=True, slots=True)
class Point:
    """One labelled value.

    Args:
        label: What the value is of: a year, a district, a policy.
        value: Exact value, or a gap.
        is_estimate: Drawn hollow and marked 预计.
        href: Where the mark leads; a path on this site.
        note: A remark for the table, such as why there is no value.
    """

    label: str
    value: Value
    is_estimate: bool = False
    href: str | None = None
    note: str = ""

    def __post_init__(self) -> None:
        check_exact(self.label, self.value)
        check_href(self.href)


@dataclass(frozen=True, slots=True)
class Interval:
    """A value that lies between two ends; each of the three may be a gap.

    Args:
        label: What the value is of.
        low: Lowest value that is possible.
        best: The value the dot marks.
        high: Highest value that is possible.
        is_estimate: The dot is drawn hollow and marked 预计.
        note: A remark for the table.
    """

    label: str
    low: Value
    best: Value
    high: Value
    is_estimate: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        for value in (self.low, self.best, self.high):
            check_exact(self.label, value)
        ends = [
            v for v in map(known, (self.low, self.best, self.high)) if v is not None
        ]
        if ends != sorted(ends):
            msg = f"interval {self.label!r} must rise from low to best to high (got {ends})"
            raise UsageError(msg)


@dataclass(frozen=True, slots=True)
class Series:
    """Points that belong together: one line, or one part of every stack."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is said about a chart.

    Args:
        id: Unique on the page; ids inside the chart begin with it.
        title: What is shown, for which time and place.
        finding: What one sees, in one sentence; it is also the description that a
            screen reader speaks.
        over: What the points are, as the heading of their column: 年份, 区.
        note: Source and day, below the drawing.
        words: Language of the fixed words.
    """

    id: str
    title: str
    finding: str
    over: str
    note: str = ""
    words: Words = ZH

    def __post_init__(self) -> None:
        check_id(self.id)


def check_id(name: str) -> None:
    """Refuse an id that could not stand in a reference."""
    if not _ID.fullmatch(name):
        msg = f"a chart's id must be letters, digits, - and _ (got {name!r})"
        raise UsageError(msg)


def check_exact(label: str, value: object) -> None:
    """Refuse what is not exact: a float is nobody's amount."""
    if isinstance(value, bool) or not (
        value is None or isinstance(value, (int, Fraction, State))
    ):
        msg = f"{label!r} must be an int, a Fraction or a gap (got {value!r})"
        raise UsageError(msg)


def check_href(href: str | None) -> None:
    """Refuse a link that leads to another host or runs something."""
    if href is not None and not _HREF.fullmatch(href):
        msg = f"a chart links only to paths of this site (got {href!r})"
        raise UsageError(msg)


def check_series(series: Sequence[Series]) -> tuple[str, ...]:
    """Return the labels that all series share.

    Raises:
        UsageError: There are more series than can be told apart in greyscale, two
            have the same name, or their labels differ.
    """
    if len(series) > MOST_SERIES:
        msg = f"a chart tells at most {MOST_SERIES} series apart (got {len(series)})"
        raise UsageError(msg, hint="join the smallest into one series")
    names = [one.name for one in series]
    if len(set(names)) < len(names):
        msg = f"series must have different names (got {names})"
        raise UsageError(msg)
    labels = {tuple(point.label for point in one.points) for one in series}
    if len(labels) > 1:
        msg = "series must have the same labels in the same order"
        raise UsageError(msg)
    return labels.pop() if labels else ()
