# SPDX-License-Identifier: Apache-2.0
"""The frame every chart stands in: heading, finding, two drawings, the table.

Both drawings are served; the style sheet shows one and removes the other, from the
screen reader too. A drawing is one image to a screen reader, named by title and
finding. Where its marks are links it is a group instead, since nothing inside an
image can be reached; what is not a link is then passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.office.page_parts import Html, element, join, table
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
from ceyuan.web.charts.values import gap_words, known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ceyuan.web.charts.measures import Measure
    from ceyuan.web.charts.values import About, Value
    from ceyuan.web.charts.words import Words

# No document may hold these, and a firm's name may.
_ILLEGAL = dict.fromkeys(
    [*(c for c in range(0x20) if chr(c) not in "\t\n\r"), *range(0x7F, 0xA0)]
    + [*range(0xD800, 0xE000), 0xFFFE, 0xFFFF],
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
        element("span", about.title, class_="ch-title"),
        element("span", about.finding, class_="ch-finding"),
    )
    drawings = [
        _svg(about, sheet, draw(sheet), is_linked) for sheet in sheets(about.id)
    ]
    notes = [
        element("p", note, class_="ch-note") for note in (*remarks, about.note) if note
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
    from ceyuan.web.charts.lettering import wrap

    parts: list[Html] = []
    x, step = 0.0, sheet.line + 3
    bottom = y
    for mark, meaning in entries:
        lines = wrap(meaning, size=sheet.text, width=sheet.width - 32, most=2)
        width = 32 + lines.width
        if x and x + width > sheet.width:
            x, y = 0, bottom
        moved = element("g", mark, transform=f"translate({num(x)} {num(y)})")
        said = text_block(x + 30, y + 11, lines, "ch-key", pitch=sheet.line)
        parts.append(group(moved, said, hidden=True))
        x += width + 16
        bottom = max(bottom, y + len(lines.lines) * sheet.line + 3)
    return Drawing(bottom, tuple(parts))


def cell(
    value: Value, measure: Measure, words: Words, *, is_estimate: bool = False
) -> Html:
    """Return a value's cell; 预计 and 无数据 stand before the number, in its line."""
    exact = known(value)
    if exact is None:
        said = f"{gap_words(value, words)}{HOLD}{DASH}"
        return element("td", said, class_="number ch-gap")
    number = measure.show(exact)
    mark = f"{words.estimate}{HOLD}" if is_estimate else ""
    return element("td", f"{mark}{number}", class_="number")


def text_heading(words: str) -> Html:
    """Return the heading of a column of text, for `data_table`."""
    return element("th", words, scope="col")


def data_table(
    caption: str, headings: Iterable[str], rows: Iterable[Sequence[str]]
) -> Html:
    """Return a table whose first column names the row and whose others are numbers.

    A heading made by `text_heading` stands over text. A cell that is not `Html` yet
    is text.
    """
    first, *others = headings
    heads = [
        text_heading(first),
        *(
            one
            if isinstance(one, Html)
            else element("th", one, scope="col", class_="number")
            for one in others
        ),
    ]
    lines = (
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(c if isinstance(c, Html) else element("td", c) for c in row[1:]),
        )
        for row in rows
    )
    return table(caption, heads, element("tbody", join(lines)), class_="ch-table")
