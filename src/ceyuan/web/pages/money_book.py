# SPDX-License-Identifier: Apache-2.0
"""J4: the journal, and one entry with all that belongs to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse

from ceyuan.kernel import UsageError
from ceyuan.ledger import make_receipt, trace
from ceyuan.ledger.model import KINDS
from ceyuan.office import journal_found as journal
from ceyuan.office.audit_found import as_row
from ceyuan.office.book_told import entry_told
from ceyuan.web.asking import asks, is_part, may, office
from ceyuan.web.audit_words import told as rows_told
from ceyuan.web.forms import PageForm
from ceyuan.web.money_shown import MONEY, Shown, bare, csv_answer, frame_of, one_moment
from ceyuan.web.words import later, word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest


PAGE = 50
HEADS = ("seq", "effective", "kind", "id", "movement", "debit", "credit", "amount",
         "commodity", "smallest", "cause", "of", "person", "decided", "approved",
         "paid_by", "known_at", "sha")  # fmt: skip


def day_input() -> forms.DateInput:
    """Return the widget of a day."""
    return forms.DateInput(attrs={"type": "date"})


class FindForm(PageForm):
    """What is looked for: what is asked most stands first, the rest behind a fold."""

    first: tuple[str, ...] = ()

    @property
    def first_fields(self) -> list[Any]:
        """Return the fields that are always there."""
        return [self[name] for name in self.first]

    @property
    def other_fields(self) -> list[Any]:
        """Return the fields behind the fold."""
        return [f for f in self.visible_fields() if f.name not in self.first]

    @property
    def is_narrowed(self) -> bool:
        """Return whether something is said behind the fold."""
        return any(field.value() or field.errors for field in self.other_fields)


class JournalForm(FindForm):
    """Which entries are looked for."""

    first = ("text", "since", "until")

    text = forms.CharField(
        label=later("money.text"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )  # fmt: skip
    instrument = forms.ChoiceField(label=later("money.instrument"), required=False)
    account = forms.CharField(
        label=later("money.account"), required=False, max_length=200
    )
    kind = forms.ChoiceField(label=later("money.kind"), required=False)
    person = forms.CharField(
        label=later("money.person"), required=False, max_length=100
    )
    since = forms.DateField(
        label=later("money.since"), required=False, widget=day_input()
    )
    until = forms.DateField(
        label=later("money.until"), required=False, widget=day_input()
    )

    def __init__(self, *args: Any, book: Shown, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = ("", word("money.any", book.locale))
        names = book.memory.declared.instruments.instruments
        self.fields["instrument"].choices = [
            every,
            *((name, book.instrument(name)) for name in names),
            ("pay", word("money.payments", book.locale)),
        ]
        self.fields["kind"].choices = [
            every,
            *((kind, word(f"money.kind_{kind}", book.locale)) for kind in KINDS),
        ]

    @property
    def asked(self) -> journal.JournalAsked:
        """Return what is asked for, as far as it can be read."""
        self.is_valid()
        said = {name: value for name, value in self.cleaned_data.items() if value}
        return journal.JournalAsked(**said)


def place_of(request: HttpRequest, name: str) -> int:
    """Return a place in the book as the address says it; 0 where it says none."""
    said = request.GET.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0


def _paths(rows: Iterable[journal.Found]) -> set[str]:
    return {p for row in rows for p in (row.entry.debit, row.entry.credit)}


@asks("ledger", "list")
def entries(request: HttpRequest) -> HttpResponse:
    """Show entries, the newest first, as far as they are asked for."""
    book = Shown(office(request), request.locale)
    form = JournalForm(request.GET, book=book)
    with one_moment(request) as conn:
        page = journal.find(
            conn,
            form.asked,
            before=place_of(request, "before"),
            after=place_of(request, "after"),
            limit=PAGE,
        )
        said = {
            **frame_of(request, conn, "journal", _paths(page.rows)),
            "form": form,
            "page": page,
            "bare": bare(row.entry.commodity for row in page.rows),
            "query": query_of(request),
            "is_filtered": bool(form.asked.asked),
        }
    template = "money/journal_found.html" if is_part(request) else "money/journal.html"
    return render(request, template, said, status=422 if form.errors else 200)


def query_of(request: HttpRequest, *without: str) -> str:
    """Return the address's question without its place, to go on from."""
    left = request.GET.copy()
    for name in ("before", "after", *without):
        left.pop(name, None)
    return str(left.urlencode())


@asks("ledger", "export")
def journal_csv(request: HttpRequest) -> HttpResponse:
    """Give all entries that are asked for as a file."""
    book = Shown(office(request), request.locale)
    form = JournalForm(request.GET, book=book)
    heads = [word(f"money.csv_{name}", request.locale) for name in HEADS]
    with one_moment(request) as conn:
        rows = (_row(one, book) for one in journal.every(conn, form.asked))
        return csv_answer("journal.csv", heads, rows)


def _row(one: journal.Found, book: Shown) -> list[object]:
    entry, hands = one.entry, one.hands
    return [
        entry.seq,
        entry.effective,
        word(f"money.kind_{entry.kind}", book.locale),
        entry.id,
        book.code(entry.code),
        entry.debit,
        entry.credit,
        plain(book, entry.amount, entry.commodity),
        entry.commodity,
        entry.amount,
        entry.cause,
        entry.of,
        entry.actor,
        hands.decided if hands else "",
        hands.approved if hands else "",
        hands.paid if hands else "",
        entry.known_at.isoformat(),
        entry.sha.hex(),
    ]


def plain(book: Shown, smallest: int, commodity: str) -> str:
    """Return an amount as a spreadsheet reads it: no separators, no unit for money."""
    if commodity == MONEY:
        sign = "-" if smallest < 0 else ""
        return f"{sign}{abs(smallest) // 100}.{abs(smallest) % 100:02d}"
    return book.amount(smallest, commodity).replace("\u00a0", " ")


@asks("ledger", "see")
def entry(request: HttpRequest, name: str) -> HttpResponse:
    """Show one entry with all that belongs to it."""
    with one_moment(request) as conn:
        try:
            told = entry_told(conn, name)
        except UsageError as error:
            raise Http404 from error
        found = told.found
        some = [told.entry, *told.linked, *found.by, *([found.of] if found.of else [])]
        paths = {p for one in some for p in (one.debit, one.credit)}
        return render(request, "money/entry.html", {
            **frame_of(request, conn, "journal", paths),
            "told": told,
            "entry": told.entry,
            "audits": rows_told(
                Shown(office(request), request.locale),
                conn,
                [as_row(row) for row in reversed(told.audits)],
            ),
            "may_audit": may(request, "audit", "list"),
            "entitlement": claim_link(found.hands.entitlement if found.hands else ""),
        })  # fmt: skip


def claim_link(name: str) -> str:
    """Return where an entitlement is told; empty where no page tells it."""
    if not name:
        return ""
    try:
        return reverse("work_entitlement", args=[name])
    except NoReverseMatch:
        return ""


@asks("ledger", "see")
def receipt(request: HttpRequest, name: str) -> HttpResponse:
    """Give the receipt of an entry, to be verified without us."""
    with one_moment(request) as conn:
        try:
            trace(conn, name)
        except UsageError as error:
            raise Http404 from error
        document = make_receipt(conn, name)
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="receipt.json"'
    return answer


urls = [
    path("money/journal", entries, name="money_journal"),
    path("money/journal.csv", journal_csv, name="money_journal_csv"),
    path("money/entry/<path:name>", entry, name="money_entry"),
    path("money/receipt/<path:name>", receipt, name="money_receipt"),
]
