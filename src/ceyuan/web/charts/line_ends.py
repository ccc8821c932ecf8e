# SPDX-License-Identifier: Apache-2.0
"""What stands at the end of a line: its name, and its last value."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from ceyuan.web.charts.lettering import Lines, text_width, wrap
from ceyuan.web.charts.measures import HOLD, Measure, value_words
from ceyuan.web.charts.scales import spread
from ceyuan.web.charts.svg import Sheet, group, line, text_block
from ceyuan.web.charts.values import Series, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.office.page_parts import Html
    from ceyuan.web.charts.plots import Plot
    from ceyuan.web.charts.words import Words

_LEADER = 16
_WIDEST = 190
_SHARE = 0.3
_AIR = 4


@dataclass(frozen=True, slots=True)
class End:
    """The words of one line: its name, then what is said of its last value."""

    name: Lines
    said: tuple[Lines, ...]
    last: int

    @property
    def lines(self) -> int:
        """How many lines of text the end takes."""
        return len(self.name.lines) + len(self.said)


@dataclass(frozen=True, slots=True)
class Ends:
    """The words at the right of a field, `width` wide and at least `height` high."""

    sheet: Sheet
    width: int
    ends: tuple[End, ...]

    @property
    def height(self) -> int:
        """How high the words are when they stand close."""
        return sum(self._high(end) for end in self.ends)

    def _high(self, end: End) -> int:
        return end.lines * self.sheet.line + _AIR

    def draw(self, plot: Plot, series: Sequence[Series]) -> Html:
        """Return the words level with the ends of their lines, moved apart if close."""
        centre = (plot.scale.start + plot.scale.end) / 2
        exact = [
            known(one.points[end.last].value)
            for end, one in zip(self.ends, series, strict=True)
        ]
        levels = [centre if v is None else plot.scale.at(v) for v in exact]
        sizes = [self._high(end) for end in self.ends]
        tops = spread(levels, sizes, low=plot.scale.end - 8, high=plot.scale.start + 8)
        parts: list[Html] = []
        for i, end in enumerate(self.ends):
            if exact[i] is not None:
                parts.append(self._leader(plot, end, tops[i], levels[i]))
            parts += self._words(plot, i, end, tops[i])
        return group(*parts)

    def _leader(self, plot: Plot, end: End, top: float, level: float) -> Html:
        """Return the thin line from a line's end to its words."""
        start, stop = plot.middle(end.last) + 6, plot.right + _LEADER - 4
        return line(start, level, stop, top + self._high(end) / 2, "ch-leader")

    def _words(self, plot: Plot, index: int, end: End, top: float) -> list[Html]:
        sheet, x = self.sheet, plot.right + _LEADER
        y, look = top + sheet.text, f"ch-value ch-name{index + 1}"
        parts = [text_block(x, y, end.name, look, pitch=sheet.line)]
        y += len(end.name.lines) * sheet.line
        for said in end.said:
            parts.append(text_block(x, y, said, "ch-text", pitch=sheet.line))
            y += sheet.line
        return parts


def lay_ends(
    sheet: Sheet, series: Sequence[Series], measure: Measure, words: Words
) -> Ends:
    """Return names and last values, broken to the room there is at the right."""
    limit = min(_WIDEST, sheet.width * _SHARE)
    lasts = [_last(one) for one in series]
    said = [
        _said(sheet, one, last, measure, words)
        for one, last in zip(series, lasts, strict=True)
    ]
    wanted = max(text_width(lines[0], sheet.text) for lines in said)
    names = max(text_width(one.name, sheet.text) for one in series)
    room = max(min(names, limit), wanted)
    room = 2 + ceil(room if room < sheet.width / 2 else limit)
    ends = []
    for one, lines, last in zip(series, said, lasts, strict=True):
        name = wrap(one.name, size=sheet.text, width=room, most=2)
        # A number is never cut: one that does not fit is left to the table.
        broken = (wrap(said, size=sheet.text, width=room, most=1) for said in lines)
        ends.append(End(name, tuple(one for one in broken if not one.is_cut), last))
    return Ends(sheet, _LEADER + room, tuple(ends))


def _last(series: Series) -> int:
    """Return the index of the last point with a value; the last of all if none."""
    found = [i for i, p in enumerate(series.points) if known(p.value) is not None]
    return found[-1] if found else len(series.points) - 1


def _said(
    sheet: Sheet, series: Series, last: int, measure: Measure, words: Words
) -> list[str]:
    """Return the last value, and of which label it is if not of the last.

    A phone has no room for the unit; it stands in the caption.
    """
    point = series.points[last]
    exact = known(point.value)
    if exact is None:
        return [value_words(point.value, measure, words)]
    number = measure.short(exact) if sheet.is_narrow else measure.told(exact)
    mark = f"{words.estimate}{HOLD}" if point.is_estimate else ""
    if last == len(series.points) - 1:
        return [mark + number]
    return [mark + number, words.until.format(label=point.label)]
