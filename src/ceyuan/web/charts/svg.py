# SPDX-License-Identifier: Apache-2.0
"""The strokes a drawing is made of, each an element of SVG.

Places are attributes and looks are classes (`charts.css`): a portal that forbids
inline style can show them. Text and markup stay two types (`Html`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.office.page_parts import Html, element

if TYPE_CHECKING:
    from fractions import Fraction

    from ceyuan.web.charts.lettering import Lines


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper of one drawing: its id on the page, its width, its size of text.

    The narrow sheet is for phones. Its text is 14 px on 340, so that it is still
    11 px where only 270 are left on a screen of 320.
    """

    id: str
    width: int
    text: int

    @property
    def is_narrow(self) -> bool:
        """Whether the sheet is the one for phones."""
        return self.width < WIDE_WIDTH

    @property
    def line(self) -> int:
        """Distance between two lines of text."""
        return self.text + 5


WIDE_WIDTH = 720
NARROW_WIDTH = 340


def sheets(chart: str) -> tuple[Sheet, Sheet]:
    """Return the two sheets every chart is drawn on, wide and narrow."""
    return (
        Sheet(f"{chart}-wide", WIDE_WIDTH, 13),
        Sheet(f"{chart}-narrow", NARROW_WIDTH, 14),
    )


@dataclass(frozen=True, slots=True)
class Drawing:
    """What stands on a sheet, and how high the sheet has to be."""

    height: float
    parts: tuple[Html, ...]


def num(value: float | Fraction) -> str:
    """Return a place with at most two decimals, and never -0.

    >>> num(12.5), num(-0.001), num(7.0)
    ('12.5', '0', '7')
    """
    text = f"{float(value):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def rect(
    x: float,
    y: float,
    width: float,
    height: float,
    class_: str,
    *,
    fill: str | None = None,
    title: str | None = None,
) -> Html:
    """Return a rectangle; a title is what a pointer is told."""
    return element(
        "rect",
        _title(title),
        class_=class_,
        x=num(x),
        y=num(y),
        width=num(width),
        height=num(height),
        fill=fill,
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Html:
    """Return a straight line."""
    return element(
        "line", class_=class_, x1=num(x1), y1=num(y1), x2=num(x2), y2=num(y2)
    )


def circle(x: float, y: float, radius: float, class_: str) -> Html:
    """Return a circle."""
    return element("circle", class_=class_, cx=num(x), cy=num(y), r=num(radius))


def path(
    *steps: str | float, class_: str, fill: str | None = None, title: str | None = None
) -> Html:
    """Return a path; its steps are letters and places, as in SVG."""
    d = " ".join(step if isinstance(step, str) else num(step) for step in steps)
    return element("path", _title(title), class_=class_, d=d, fill=fill)


def text(
    x: float,
    y: float,
    words: str,
    class_: str,
    *,
    anchor: str | None = None,
    title: str | None = None,
) -> Html:
    """Return one line of text; `y` is where it stands, `anchor` as in SVG."""
    return element(
        "text",
        _title(title),
        words,
        class_=class_,
        x=num(x),
        y=num(y),
        text_anchor=anchor,
    )


def text_block(
    x: float,
    y: float,
    lines: Lines,
    class_: str,
    *,
    pitch: int,
    anchor: str | None = None,
) -> Html:
    """Return lines of text, the first at `y`; a cut text carries all of it."""
    title = lines.full if lines.is_cut else None
    if len(lines.lines) == 1:
        return text(x, y, lines.lines[0], class_, anchor=anchor, title=title)
    spans = (
        element("tspan", one, x=num(x), y=num(y + i * pitch))
        for i, one in enumerate(lines.lines)
    )
    return element("text", _title(title), *spans, class_=class_, text_anchor=anchor)


def group(*parts: Html | None, class_: str | None = None, hidden: bool = False) -> Html:
    """Return parts held together; a hidden group is not read out."""
    return element("g", *parts, class_=class_, aria_hidden="true" if hidden else None)


def link(href: str, name: str, *parts: Html | None) -> Html:
    """Return a mark that leads somewhere and says so."""
    return element("a", *parts, href=href, aria_label=name, class_="ch-link")


def _title(words: str | None) -> Html | None:
    return None if words is None else element("title", words)
