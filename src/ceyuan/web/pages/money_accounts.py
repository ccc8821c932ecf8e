# SPDX-License-Identifier: Apache-2.0
"""J4: accounts, and the statement of one with a running balance."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path

from ceyuan.ledger import Refused
from ceyuan.office.accounts_found import START, accounts_page, statement_page
from ceyuan.office.book_out import statement_of
from ceyuan.web.asking import asks, is_part, office
from ceyuan.web.forms import PageForm
from ceyuan.web.money_shown import MONEY, Shown, bare, csv_answer, frame_of, one_moment
from ceyuan.web.pages.money_book import day_input, plain, query_of
from ceyuan.web.words import later, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from ceyuan.ledger import Balance
    from ceyuan.office.accounts_found import Key

ACCOUNTS = 100
LINES = ("effective", "id", "kind", "other", "debits", "credits", "held",
         "balance")  # fmt: skip


@asks("ledger", "list")
def accounts(request: HttpRequest) -> HttpResponse:
    """Show accounts and what they have."""
    book = Shown(office(request), request.locale)
    of = request.GET.get("of", "")
    declared = book.memory.declared.instruments.instruments
    begins = book.names.begins(of) if of in declared else ()
    text = request.GET.get("q", "").strip()[:100]
    with one_moment(request) as conn:
        page = accounts_page(
            conn,
            begins=begins,
            text=text,
            after=request.GET.get("after", ""),
            limit=ACCOUNTS,
        )
        said = {
            **frame_of(request, conn, "accounts", [one.path for one in page.rows]),
            "page": page,
            "bare": bare(one.commodity for one in page.rows),
            "instruments": [(name, book.instrument(name)) for name in declared],
            "of": of,
            "text": text,
            "query": query_of(request),
        }
    part = is_part(request)
    template = "money/accounts_found.html" if part else "money/accounts.html"
    return render(request, template, said)


class SpanForm(PageForm):
    """The days of a statement."""

    since = forms.DateField(
        label=later("money.since"), required=False, widget=day_input()
    )
    until = forms.DateField(
        label=later("money.until"), required=False, widget=day_input()
    )

    @property
    def days(self) -> dict[str, Any]:
        """Return the days that are said."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


@asks("ledger", "see")
def account(request: HttpRequest, name: str) -> HttpResponse:
    """Show an account entry by entry, with what it has after each."""
    form = SpanForm(request.GET)
    with one_moment(request) as conn:
        try:
            page = statement_page(conn, name, after=_after(request), **form.days)
        except Refused as error:
            raise Http404 from error
        others = [name, *(line.other for line in page.lines)]
        return render(request, "money/account.html", {
            **frame_of(request, conn, "accounts", others),
            "account": page.account,
            "page": page,
            "form": form,
            "bare": page.account.commodity == MONEY,
            "has_limits": _has_limits(page.account),
            "is_first": _after(request) == START,
            "query": query_of(request),
        }, status=422 if form.errors else 200)  # fmt: skip


def _has_limits(one: Balance) -> bool:
    return one.floor is not None or one.ceiling is not None


def _after(request: HttpRequest) -> Key:
    """Return the day and place after which a statement goes on."""
    day, _, seq = request.GET.get("after", "").partition(".")
    try:
        return date.fromisoformat(day), int(seq)
    except ValueError:
        return START


@asks("ledger", "export")
def statement_csv(request: HttpRequest, name: str) -> HttpResponse:
    """Give an account's statement as a file."""
    form, book = SpanForm(request.GET), Shown(office(request), request.locale)
    heads = [word(f"money.csv_{one}", book.locale) for one in LINES]
    with one_moment(request) as conn:
        try:
            made = statement_of(conn, name, **form.days)
        except Refused as error:
            raise Http404 from error

    def rows() -> Iterator[list[object]]:
        for line in made.lines:
            one = line.entry
            kind = word(f"money.kind_{one.kind}", book.locale)
            amounts = (
                plain(book, smallest, one.commodity)
                for smallest in (line.debit, line.credit, line.held, line.has)
            )
            yield [one.effective, one.id, kind, line.other, *amounts]

    return csv_answer("statement.csv", heads, rows())


urls = [
    path("money/accounts", accounts, name="money_accounts"),
    path("money/accounts/<path:name>", account, name="money_account"),
    path("money/statement.csv/<path:name>", statement_csv, name="money_statement"),
]
