# SPDX-License-Identifier: Apache-2.0
"""Tags that every template has: words, money, days, codes, badges; no `load` needed.

What goes onto a page is escaped by Django; what these tags return is markup of ours
around values that are escaped here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.timezone import localtime

from ceyuan.web.showing import day_text, moment_text, money_text
from ceyuan.web.spoken import meanings_html, mend_html, what_html
from ceyuan.web.words import html_word, locale_now

if TYPE_CHECKING:
    from datetime import date, datetime
    from fractions import Fraction

    from django.template import Context
    from django.utils.safestring import SafeString

register = template.Library()


def _locale(context: Context) -> str:
    """Return the language of the page; a form is drawn without the page's context."""
    return str(context.get("locale") or locale_now())


@register.simple_tag(takes_context=True)
def w(context: Context, name: str, /, **values: object) -> SafeString:
    """Return words by id: `{% w "park.rows" n=5 %}`."""
    return html_word(name, _locale(context), **values)


@register.simple_tag(takes_context=True)
def pick(context: Context, zh: object, en: object) -> object:
    """Return the one of two texts that is in the language of the page."""
    return en if _locale(context) == "en" else zh


@register.simple_tag(takes_context=True)
def said(context: Context, thing: Any) -> str:
    """Return the name of something that has one in both languages."""
    return str(thing.en if _locale(context) == "en" else thing.zh)


@register.simple_tag(takes_context=True)
def what_of(context: Context, thing: Any) -> SafeString:
    """Return what an error or a problem says is wrong."""
    return what_html(thing, _locale(context))


@register.simple_tag(takes_context=True)
def mend_of(context: Context, thing: Any) -> SafeString:
    """Return how it is mended."""
    return mend_html(thing, _locale(context))


@register.simple_tag(takes_context=True)
def meanings(context: Context, things: Any) -> SafeString:
    """Return what the codes of problems mean, where the page is in English."""
    return meanings_html(things or (), _locale(context))


@register.simple_tag(takes_context=True)
def money(context: Context, fen: int | Fraction | None) -> SafeString:
    """Return an amount that never parts from its unit; `—` where there is none."""
    text = money_text(fen, _locale(context))
    return format_html('<span class="figure">{}</span>', text)


@register.simple_tag(takes_context=True)
def day(context: Context, value: date | datetime | None) -> str:
    """Return a day as the language writes it in a table."""
    return day_text(value, _locale(context))


@register.simple_tag(takes_context=True)
def moment(context: Context, value: datetime | None) -> SafeString | str:
    """Return a moment in the office's time."""
    if value is None:
        return "—"
    here = localtime(value)
    return format_html(
        '<time datetime="{}">{}</time>',
        here.isoformat(),
        moment_text(here, _locale(context)),
    )


@register.filter
def code(text: str) -> SafeString:
    """Return a credit code, grouped by four so that it can be read out."""
    pieces = [text[i : i + 4] for i in range(0, len(text), 4)]
    inner = format_html(
        "{}" * len(pieces),
        *(format_html("<span>{}</span>", piece) for piece in pieces),
    )
    return format_html('<span class="code">{}</span>', inner) if pieces else inner


@register.simple_tag
def badge(kind: str, mark: str, text: str) -> SafeString:
    """Return a state by word, mark and colour."""
    return format_html(
        '<span class="badge {}"><span aria-hidden="true">{}</span> {}</span>',
        kind,
        mark,
        conditional_escape(text),
    )


@register.filter
def number(value: int) -> str:
    """Return a count as people read it: 1,000."""
    return f"{value:,}"


@register.filter
def item(mapping: Any, key: object) -> object:
    """Return a value by key; empty where there is none."""
    try:
        return mapping[key]
    except (KeyError, IndexError, TypeError):
        return ""
