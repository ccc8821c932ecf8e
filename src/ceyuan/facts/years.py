# SPDX-License-Identifier: Apache-2.0
"""Which year a heading or a title means.

`take_year` cuts the year out of a text, so that the rest can be matched, and says
what kind of mark it was: a whole year, a part of one (`2026年1-9月` is no year, and
must never be taken for one), a span, or a year told relative to another (`上年`).
The one hard idea is that a relative year needs an anchor: in a sheet whose title
names a year, `上年` is the year before it; in one that names none, it is the year
before the day of the check.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MarkKind = Literal["year", "part", "span", "relative"]


@dataclass(frozen=True, slots=True)
class YearMark:
    """A year as it was written.

    Args:
        kind: What it is.
        text: The words.
        year: The year; for a span its last, for a part of a year that year (0 when
            it is not said).
        first: For a span its first year.
        offset: For a relative year: 0 this year, -1 last year; 1 stands for
            "the latest closed year" (最近一年).
    """

    kind: MarkKind
    text: str
    year: int = 0
    first: int = 0
    offset: int = 0


_Y = r"(?<!\d)(20\d\d|19\d\d)"
_TO = r"\s*[-~—–至到]+\s*"
_END = r"(?:年末|年底|年度|财年|会计年度|全年|年)?"
_DECEMBER = 12
_LAST_DAY = 31


def _date(found: re.Match[str]) -> YearMark:
    whole = (int(found[2]), int(found[3])) == (_DECEMBER, _LAST_DAY)
    return YearMark("year" if whole else "part", found[0], int(found[1]))


def _months(found: re.Match[str]) -> YearMark:
    whole = (int(found[2]), int(found[3])) == (1, _DECEMBER)
    return YearMark("year" if whole else "part", found[0], int(found[1] or 0))


def _month(found: re.Match[str]) -> YearMark:
    whole = int(found[2]) == _DECEMBER and found[3] in {"底", "末"}
    return YearMark("year" if whole else "part", found[0], int(found[1]))


def _part(found: re.Match[str]) -> YearMark:
    return YearMark("part", found[0], int(found[1] or 0))


def _span(found: re.Match[str]) -> YearMark:
    return YearMark("span", found[0], int(found[2]), first=int(found[1]))


def _year(found: re.Match[str]) -> YearMark:
    return YearMark("year", found[0], int(found[1]))


def _short(found: re.Match[str]) -> YearMark:
    return YearMark("year", found[0], 2000 + int(found[1]))


def _relative(offset: int) -> Callable[[re.Match[str]], YearMark]:
    return lambda found: YearMark("relative", found[0], offset=offset)


_PERIOD = r"(?:上半年|下半年|第?[一二三四1-4]季度|前[一二三123]个?季度|q[1-4]|h[12])"
_LAST_YEAR = (
    r"(?<!以)上一?(?:个)?(?:会计|纳税|自然)?年(?:度)?(?:末|底)?|去年(?:度|末|底)?"
    r"|(?:last|previous|prior)[\s_]+year"
)
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], YearMark]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (rf"(?:{_Y}\s*年?\s*)?(?<!\d)(\d{{1,2}})月?{_TO}(\d{{1,2}})月份?", _months),
        (
            rf"(?:截至|截止到?)?{_Y}\s*[年./-]\s*(\d{{1,2}})\s*[月./-]\s*(\d{{1,2}})日?",
            _date,
        ),
        (rf"{_Y}\s*年?\s*{_PERIOD}", _part),
        (rf"(?:截至|截止到?)?{_Y}\s*年\s*(\d{{1,2}})\s*月(底|末|份)?", _month),
        (rf"{_Y}\s*年?度?{_TO}{_Y}\s*{_END}", _span),
        (rf"(?:截至|截止到?|fy\s*)?{_Y}(?!\d)\s*{_END}", _year),
        (r"(?<!\d)((?:1[5-9]|[23]\d))年(?:度|末|底)?", _short),
        (r"\bfy\s*((?:1[5-9]|[23]\d))(?!\d)", _short),
        (rf"()(?:{_PERIOD}|本月|当月|月均|每月|本季度?)", _part),
        (
            r"最近一(?:个)?(?:会计|纳税)?年度?|近一年|最近一期|latest\s+year",
            _relative(1),
        ),
        (
            _LAST_YEAR,
            _relative(-1),
        ),
        (r"前年(?:度)?", _relative(-2)),
        (
            r"本(?:会计)?年(?:度)?(?:末|底)?|当年(?:度)?|今年|(?:this|current)[\s_]+year",
            _relative(0),
        ),
    )
)
_DOCUMENT = re.compile(r"[〔\[]20\d\d[〕\]]\s*(?:第?\s*\d+\s*号)?")
_MANY = (
    (re.compile(r"(?:最近|近|前|过去)(?:三|3)个?(?:会计)?年度?(?:内)?"), "近三年"),
    (re.compile(r"(?:最近|近|前|过去)(?:两|二|2)个?(?:会计)?年度?(?:内)?"), "近两年"),
    (re.compile(r"(?<!近)(?:三|3)年(?=累计|合计|总)"), "近三年"),
    (re.compile(r"(?:last|past|recent)[\s_]+(?:three|3)[\s_]+years"), "3 years"),
    (re.compile(r"(?:last|past|recent)[\s_]+(?:two|2)[\s_]+years"), "2 years"),
)


def take_year(text: str) -> tuple[str, tuple[YearMark, ...]]:
    """Return the text without its years, and the years.

    Args:
        text: Normalised (NFKC, lower case).

    >>> take_year("2024年营业收入")
    ('营业收入', (YearMark(kind='year', text='2024年', year=2024, first=0, offset=0),))
    """
    rest = text
    for pattern, short in _MANY:
        rest = pattern.sub(short, rest)
    marks: list[YearMark] = []
    for pattern, make in _RULES:
        found = pattern.search(rest)
        while found and found[0].strip():
            marks.append(make(found))
            rest = rest[: found.start()] + rest[found.end() :]
            found = pattern.search(rest)
    return rest, tuple(marks)


def title_year(texts: Iterable[str]) -> YearMark | None:
    """Return the year that titles and sheet names state; None if there is none.

    A day (`填报日期：2026年3月1日`) is when the sheet was made and says nothing of
    the year of its figures; the number of a document (`〔2024〕12号`) neither.
    """
    for text in texts:
        _, marks = take_year(_DOCUMENT.sub("", text))
        for mark in marks:
            is_day = mark.kind == "part" and re.search(r"月\D*\d+日?$|[./-]", mark.text)
            if mark.kind in {"year", "part"} and mark.year and not is_day:
                return mark
    return None


@dataclass(frozen=True, slots=True)
class YearChoice:
    """Which year a column is of.

    Args:
        year: The year; None when it is none that can be used.
        reason: How it was found, or why it cannot be used.
        options: For a doubt the years that are possible.
    """

    year: int | None
    reason: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class YearContext:
    """What a sheet says about years.

    Args:
        last_closed: The last year that has ended before the day of the check.
        stated: The year that the user or a title states; None if none does.
        reason: Who states it.
        is_part: The title is of a part of a year.
        both: The sheet sets `本年` beside `上年`, so that both need an anchor.
        by_user: The year is the user's own word.
    """

    last_closed: int
    stated: int | None = None
    reason: str = ""
    is_part: bool = False
    both: bool = False
    by_user: bool = False

    @property
    def year(self) -> int:
        """Return the year of the columns that name none."""
        return self.last_closed if self.stated is None else self.stated

    @property
    def year_reason(self) -> str:
        """Return how that year was found, in words."""
        if self.stated is None:
            return f"表中没有写年份，按上一个完整年度 {self.last_closed} 年理解"
        return self.reason

    def default(self) -> YearChoice:
        """Return the year of a column that names none."""
        if self.is_part:
            return YearChoice(None, f"{self.reason}，不满一个年度")
        if self.year > self.last_closed:
            reason = f"{self.reason}，但 {self.year} 年尚未结束，分不清数据是哪一年的"
            return YearChoice(None, reason, (str(self.last_closed), str(self.year)))
        return YearChoice(self.year, self.year_reason)

    def choose(self, marks: tuple[YearMark, ...]) -> YearChoice:
        """Return the year of a column whose heading bears these marks."""
        if not marks:
            return self.default()
        found = [self._one(mark) for mark in marks]
        years = {choice.year for choice in found}
        return (
            found[0]
            if len(years) == 1
            else YearChoice(
                None,
                f"表头写了几个年份：{'、'.join(m.text for m in marks)}",
                tuple(str(y) for y in sorted(y for y in years if y)),
            )
        )

    def _one(self, mark: YearMark) -> YearChoice:
        words = f"表头写明“{mark.text.strip()}”"
        if mark.kind == "part":
            return YearChoice(None, f"{words}，不满一个年度")
        if mark.kind == "span":
            return YearChoice(None, f"{words}，是几年合在一起的数")
        if mark.kind == "year":
            if mark.year > self.last_closed:
                return YearChoice(None, f"{words}，这一年尚未结束")
            return YearChoice(mark.year, words)
        if mark.offset > 0:
            return YearChoice(self.last_closed, f"{words}，即 {self.last_closed} 年")
        if self.stated is None and self.both:
            low, high = (
                self.last_closed + mark.offset,
                self.last_closed + 1 + mark.offset,
            )
            return YearChoice(
                None, f"{words}，但表中没有写“本年”是哪一年", (str(low), str(high))
            )
        anchor = self.stated
        if anchor is not None and not self.by_user and mark.offset < 0:
            # `上年` beside a title of 2025 is 2024; said this year it is 2025.
            readings = sorted(
                {anchor + mark.offset, self.last_closed + 1 + mark.offset}
            )
            if len(readings) > 1:
                why = f"{words}，是标题年份的上一年，还是今年的上一年"
                return YearChoice(None, why, tuple(map(str, readings)))
        if anchor is None:
            # `去年` on a sheet without a year is said on the day of the check;
            # `本年` alone is the year that a yearly form is filled in for.
            anchor = self.last_closed + (1 if mark.offset < 0 else 0)
        year = anchor + mark.offset
        if year > self.last_closed:
            return YearChoice(None, f"{words}，即 {year} 年，这一年尚未结束")
        return YearChoice(year, f"{words}，即 {year} 年")
