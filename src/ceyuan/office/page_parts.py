# SPDX-License-Identifier: Apache-2.0
"""What pages are built of: elements whose text is always escaped.

A firm's name comes out of a stranger's spreadsheet and may hold markup. So text
and markup are two types: `element` escapes every `str` and lets only `Html`
through, and there is no other way to make `Html` from data.
"""

from __future__ import annotations

from functools import cache, lru_cache
from html import escape
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import TYPE_CHECKING

from ceyuan.kernel import show_money

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from ceyuan.office.groups import Group

_EMPTY = frozenset({"meta", "br", "hr", "col"})
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Content security policy of every page: nothing is loaded, nothing runs."""


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def element(tag: str, *parts: str | None, **attributes: str | None) -> Html:
    """Return an element; parts that are not `Html` are escaped, None is left out.

    An underscore at the end of an attribute's name is dropped (`class_`), one
    inside it becomes a hyphen (`aria_label`).
    """
    head = tag + _attributes(tuple(attributes.items())) if attributes else tag
    if tag in _EMPTY:
        return Html(f"<{head}>")
    return Html(f"<{head}>{join(parts)}</{tag}>")


@lru_cache(maxsize=4096)
def _attributes(items: tuple[tuple[str, str | None], ...]) -> str:
    return "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in items
        if value is not None
    )


def join(parts: Iterable[str | None]) -> Html:
    """Return parts one after the other, escaped unless they are `Html`."""
    whole = ""
    for part in parts:
        if part.__class__ is Html:
            whole += part
        elif part is not None:
            whole += escape(part, quote=False)
    return Html(whole)


def document(title: str, day: date, *body: str | None, is_wide: bool = False) -> str:
    """Return a whole page that stands on its own: no script, no other host.

    The day stands on each printed sheet, in the margin beside the page's number;
    a wide page is printed across the sheet.
    """
    margin = f'@page {{ @bottom-left {{ content: "核对日 {day.isoformat()}"; '
    margin += "font-size: 9pt; color: #4a5566; } }"
    if is_wide:
        margin += " @page { size: A4 landscape; }"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", style(), Html(margin)),
    )
    whole = element("html", head, "\n", element("body", *body), lang="zh-CN")
    return f"<!DOCTYPE html>\n{whole}\n"


@cache
def style() -> Html:
    """Return the style sheet."""
    text = files("ceyuan.office").joinpath("page.css").read_text(encoding="utf-8")
    return Html(text)


@cache
def engine_version() -> str:
    """Return the version of the engine; `源码` where it runs uninstalled."""
    try:
        return version("ceyuan")
    except PackageNotFoundError:
        return "源码"


def table(
    caption: str,
    headings: Iterable[str | Html],
    *bodies: Html | None,
    class_: str = "",
    foot: Html | None = None,
) -> Html:
    """Return a table with caption and column headings, in its own scroll region."""
    heads = [
        h
        if isinstance(h, Html) and h.startswith("<th")
        else element("th", h, scope="col")
        for h in headings
    ]
    inner = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads)),
        *bodies,
        foot,
        class_=class_ or None,
    )
    return element(
        "div", inner, class_="scroll", role="region", aria_label=caption, tabindex="0"
    )


def badge(group: Group) -> Html:
    """Return a state by word, mark and colour."""
    mark = element("span", group.mark, aria_hidden="true")
    return element("span", mark, f" {group.zh}", class_=f"badge {group.id}")


def code(text: str) -> Html:
    """Return a credit code, grouped by four so that it can be read out."""
    pieces = [text[i : i + 4] for i in range(0, len(text), 4)]
    return element("span", " ".join(pieces), class_="code")


def money(fen: int | None) -> Html:
    """Return an amount that never parts from its unit; `—` where there is none."""
    return element("span", "—" if fen is None else show_money(fen), class_="figure")


def wan(fen: int | None) -> str:
    """Return an amount in 万元 without its unit, for a column that names it."""
    return "—" if fen is None else show_money(fen, unit="万元", with_unit=False)
