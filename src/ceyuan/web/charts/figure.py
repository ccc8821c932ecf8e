# SPDX-License-Identifier: Apache-2.0
"""The frame every chart stands in: heading, finding, two drawings, the table.

Both drawings are served; the style sheet shows one and removes the other, from the
screen reader too. A drawing is one image to a screen reader, named by title and
finding. Where its marks are links it is a group instead, since nothing inside an
image can be reached; what is not a link is then passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.office.page_parts import Html, element
from ceyuan.web.charts.lettering import held, wrap
from ceyuan.web.charts.measures import DASH, HOLD
from ceyuan.web.charts.svg import (
    Drawing,
    Sheet,
    group,
    num,
    rect,
    sheets,
    text,
    text_block,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ceyuan.web.charts.values import About
    from ceyuan.web.charts.words import Words

# No document may hold these, and a firm's name may.
_ILLEGAL = dict.fromkeys(
    (
        c
        for c in (*range(0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
        if not (0x20 <= c < 0x7F or chr(c) in "\t\n\r")
    ),
    "\N{REPLACEMENT CHARACTER}",
)
_XMLNS = "http://www.w3.org/2000/svg"


def figure(
    about: About,
    kind: str,
    draw: Callable[[Sheet], Drawing],
    *tables: Html,
    is_linked: bool = False,
    remarks: Iterable[str] = (),
) -> Html:
    """Return a chart: two drawings of `draw` and the tables of all its points."""
    words = about.words
    head = element(
        "figcaption",
        element("span", held(about.title), class_="ch-title"),
        element("span", held(about.finding), class_="ch-finding"),
    )
    drawings = [
        _svg(about, sheet, draw(sheet), is_linked) for sheet in sheets(about.id)
    ]
    notes = [
        element("p", held(note), class_="ch-note")
        for note in (*remarks, about.note)
        if note
    ]
    data = element(
        "details", element("summary", words.table), *tables, class_="ch-data"
    )
    return legal(
        element(
            "figure",
            head,
            *drawings,
            *notes,
            data,
            id=about.id,
            class_=f"chart ch-{kind}",
            lang=words.lang,
        )
    )


def legal(markup: Html) -> Html:
    """Return markup without characters that no document may hold."""
    return Html(markup.translate(_ILLEGAL))


def image(
    chart: Sheet, drawing: Drawing, title: str, desc: str, *, class_: str, role: str
) -> Html:
    """Return the `svg` of a drawing, named by a title and what one sees."""
    width, height = num(chart.width), num(drawing.height)
    return element(
        "svg",
        element("title", title, id=f"{chart.id}-title"),
        element("desc", desc, id=f"{chart.id}-desc"),
        *drawing.parts,
        xmlns=_XMLNS,
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        font_size=str(chart.text),
        class_=class_,
        role=role,
        aria_labelledby=f"{chart.id}-title {chart.id}-desc",
    )


def _svg(about: About, sheet: Sheet, drawing: Drawing, is_linked: bool) -> Html:
    side = "ch-narrow" if sheet.is_narrow else "ch-wide"
    role = "group" if is_linked else "img"
    return image(sheet, drawing, about.title, about.finding, class_=side, role=role)


def nothing(sheet: Sheet, words: Words) -> Drawing:
    """Return the drawing of no points at all: it says so."""
    height = 96
    middle = sheet.width / 2
    said = f"{DASH}{HOLD}{words.no_data}"
    return Drawing(
        height,
        (
            rect(0.5, 0.5, sheet.width - 1, height - 1, "ch-empty"),
            text(middle, height / 2 + 5, said, "ch-gap", anchor="middle"),
        ),
    )


def key(sheet: Sheet, entries: Sequence[tuple[Html, str]], y: float) -> Drawing:
    """Return a row of marks with their meaning, broken into lines where it must.

    Each mark is drawn in a box of 24 by 12 and is moved to its place. The height
    is what the key takes, nothing when there are no entries.
    """
    parts: list[Html] = []
    x, bottom = 0.0, y
    y += 2
    for mark, meaning in entries:
        lines = wrap(meaning, size=sheet.text, width=sheet.width - 32, most=2)
        width = 32 + lines.width
        if x and x + width > sheet.width:
            x, y = 0, bottom + 2
        moved = element("g", mark, transform=f"translate({num(x)} {num(y)})")
        said = text_block(x + 30, y + 11, lines, "ch-key", pitch=sheet.line)
        parts.append(group(moved, said, hidden=True))
        x += width + 16
        bottom = max(bottom, y + len(lines.lines) * sheet.line + 2)
    return Drawing(bottom, tuple(parts))
