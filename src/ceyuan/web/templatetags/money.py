# SPDX-License-Identifier: Apache-2.0
"""Tags of the pages about money: exact amounts, accounts with their paths.

They ask the page's `book` (`web.money_shown.Shown`) what things are called.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from ceyuan.office.payees import masked
from ceyuan.web.words import html_word

if TYPE_CHECKING:
    from django.template import Context
    from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def amount(
    context: Context, smallest: int | None, commodity: str = "CNY", bare: bool = False
) -> SafeString:
    """Return an amount to the last fen."""
    text = context["book"].amount(smallest, commodity, bare=bare)
    return format_html('<span class="figure">{}</span>', text)


@register.simple_tag(takes_context=True)
def col(context: Context, name: str, bare: bool = True) -> SafeString:
    """Return a heading, with the unit where every cell counts money."""
    locale = context.get("locale", "zh")
    said = html_word(name, locale)
    return html_word("money.in_yuan", locale, what=said) if bare else said


@register.simple_tag(takes_context=True)
def account(context: Context, path: str) -> SafeString:
    """Return an account as a link: its name, and its path below."""
    return format_html(
        '<a href="{}">{}</a> <span class="path">{}</span>',
        reverse("money_account", args=[path]),
        context["book"].account(path),
        broken(path),
    )


@register.simple_tag(takes_context=True)
def movement(context: Context, code: str) -> str:
    """Return what a kind of movement is called."""
    return str(context["book"].code(code))


@register.simple_tag(takes_context=True)
def named(context: Context, what: str, name: str) -> str:
    """Return what an instrument, a policy, a commodity, an account is called."""
    return str(getattr(context["book"], what)(name))


@register.simple_tag(takes_context=True)
def party(context: Context, code: str) -> str:
    """Return how a party is called; its code where that is not known."""
    return str(context["book"].parties.get(code, code))


@register.filter
def broken(path: str) -> SafeString:
    """Return a path or an id that may be broken after its slashes and points."""
    pieces = re.split(r"(?<=[/.])", path)
    return format_html_join("", "{}<wbr>", ((piece,) for piece in pieces))


@register.filter
def last_figures(account: str) -> str:
    """Return an account number by its last four figures."""
    return masked(account)


@register.filter
def grouped(number: int | None) -> str:
    """Return a whole number with separators."""
    return "—" if number is None else f"{number:,}"
