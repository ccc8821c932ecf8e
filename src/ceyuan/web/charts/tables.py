# SPDX-License-Identifier: Apache-2.0
"""The table of all points that stands below every chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.office.page_parts import Html, element, join, table
from ceyuan.web.charts.measures import DASH, HOLD
from ceyuan.web.charts.values import gap_words, known

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ceyuan.web.charts.measures import Measure
    from ceyuan.web.charts.values import Value
    from ceyuan.web.charts.words import Words


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
    is text. Where there are no rows one of dashes stands.
    """
    first, *others = headings
    rows = list(rows) or [[DASH] * (1 + len(others))]
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
