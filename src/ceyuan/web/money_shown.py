# SPDX-License-Identifier: Apache-2.0
"""What the pages about money have in common: names, amounts, days asked, one moment.

An account stands with its name and its path, an amount to the last fen. Where a table
counts nothing but money its columns say the unit and its cells do not.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.http import FileResponse
from django.urls import reverse

from ceyuan.declarations.instrument import shown
from ceyuan.kernel import show_money
from ceyuan.office.account_names import Names, parties_named
from ceyuan.office.csv_out import csv_file
from ceyuan.office.money_told import is_synthetic
from ceyuan.web.asking import may, office, reading
from ceyuan.web.words import catalogue, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.http import HttpRequest
    from psycopg import Connection

    from ceyuan.kernel import CeyuanError
    from ceyuan.office.account_names import Named
    from ceyuan.office.memory import Memory

MONEY = "CNY"
NONE = "—"
TABS = (
    # words, page, what one must be allowed
    ("overview", "money", ("ledger", "list")),
    ("journal", "money_journal", ("ledger", "list")),
    ("accounts", "money_accounts", ("ledger", "list")),
    ("trial", "money_trial", ("ledger", "list")),
    ("instruments", "money_instruments", ("instrument", "list")),
    ("payments", "money_payments", ("payment", "list")),
    ("reconcile", "money_reconcile", ("payment", "list")),
    ("verify", "money_verify", ("ledger", "list")),
    ("audit", "money_audit", ("audit", "list")),
)
_NAMES: dict[str, Names] = {}


@dataclass(slots=True)
class Shown:
    """Names and amounts in the language of a page.

    Args:
        memory: The office's memory.
        locale: `zh` or `en`.
        parties: How parties are called, by their codes.
    """

    memory: Memory
    locale: str
    parties: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> Names:
        """Return the names of all accounts."""
        digest = self.memory.declared.digest
        if digest not in _NAMES:
            _NAMES.clear()
            _NAMES[digest] = Names(self.memory.declared.instruments)
        return _NAMES[digest]

    def know(self, conn: Connection, paths: Iterable[str]) -> None:
        """Learn how those are called whom paths of accounts name."""
        wanted = {p for path in paths for p in self.names.of(path).parties}
        self.parties |= parties_named(conn, wanted - self.parties.keys())

    def pick(self, zh: str, en: str) -> str:
        """Return the one of two texts that is in the language of the page."""
        return en if self.locale == "en" else zh

    def named(self, path: str) -> Named:
        """Return an account by its path."""
        return self.names.of(path)

    def account(self, path: str) -> str:
        """Return what an account is called, and whose it is."""
        one = self.names.of(path)
        whose = [self.parties.get(party, party) for party in one.parties]
        name = self.pick(one.zh, one.en)
        if one.instrument:
            said = self.memory.declared.instruments.instruments[one.instrument].said
            name = f"{self.pick(said.zh, said.en)} · {name}"
        return " · ".join(part for part in (name, one.year, *whose) if part)

    def short(self, path: str) -> str:
        """Return an account's name without its instrument: for a drawing."""
        one = self.names.of(path)
        if one.account == "budget_account":
            return self.account(path)
        whose = [self.parties.get(party, party) for party in one.parties]
        name = self.pick(one.zh, one.en)
        return " · ".join(part for part in (name, one.year, *whose) if part)

    def code(self, code: str) -> str:
        """Return what a kind of movement is called."""
        known = f"money.code_{code.replace('.', '_')}"
        if known in catalogue():
            return word(known, self.locale)
        instrument, _, move = code.partition(".")
        one = self.memory.declared.instruments.instruments.get(instrument)
        if one is None or move not in one.said.moves:
            return code
        said = one.said.moves[move]
        of = self.pick(one.said.zh, one.said.en)
        return f"{of} · {self.pick(said.zh, said.en)}"

    def amount(
        self, smallest: int | None, commodity: str, *, bare: bool = False
    ) -> str:
        """Return an amount to the last fen; without its unit where a heading has it."""
        if smallest is None:
            return NONE
        if commodity == MONEY:
            number = show_money(smallest, unit="元", with_unit=False)
            if bare:
                return number
            return self.pick(f"{number} 元", f"CNY {number}").replace(" ", "\u00a0")
        commodities = self.memory.declared.instruments.commodities
        if commodity not in commodities:
            return f"{smallest:,} {commodity}"
        told = shown(smallest, commodities[commodity], locale=self.locale)
        return told.replace(" ", "\u00a0")

    def commodity(self, commodity: str) -> str:
        """Return what a commodity is called."""
        one = self.memory.declared.instruments.commodities.get(commodity)
        return commodity if one is None else self.pick(one.zh, one.en)

    def instrument(self, name: str) -> str:
        """Return what an instrument is called; its id where there is none."""
        one = self.memory.declared.instruments.instruments.get(name)
        return name if one is None else self.pick(one.said.zh, one.said.en)

    def policy(self, name: str) -> str:
        """Return what a policy is called; its id where there is none."""
        rule = self.memory.region.rules.get(name)
        return name if rule is None else self.pick(rule.said.zh, rule.said.en)


@contextmanager
def one_moment(request: HttpRequest) -> Iterator[Connection]:
    """Yield a connection on which every question is answered as of one moment."""
    with reading(request) as conn:
        conn.execute("set transaction isolation level repeatable read, read only")
        yield conn


def frame_of(
    request: HttpRequest, conn: Connection, here: str, paths: Iterable[str] = ()
) -> dict[str, Any]:
    """Return what every page about money shows.

    Args:
        request: Who asks.
        conn: The transaction.
        here: The tab that the page stands under.
        paths: Accounts whose parties are to be called by their names.
    """
    book = Shown(office(request), request.locale)
    book.know(conn, paths)
    return {
        "book": book,
        "synthetic": is_synthetic(conn),
        "tabs": [
            {"words": f"money.tab_{name}", "to": reverse(page), "here": name == here}
            for name, page, asked in TABS
            # Those of the office: a firm's own payments are not behind a tab.
            if may(request, *asked, owner="")
        ],
    }


def bare(commodities: Iterable[str]) -> bool:
    """Return whether a table counts nothing but money."""
    return set(commodities) <= {MONEY}


def csv_answer(
    name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]
) -> FileResponse:
    """Return a table as a file to keep."""
    return FileResponse(
        csv_file(headings, rows),
        as_attachment=True,
        filename=name,
        content_type="text/csv; charset=utf-8",
    )


def refusal(error: CeyuanError, locale: str) -> str:
    """Return what was refused and how to mend it, in the language of the page.

    Messages hold both languages (`中文 (English)`); hints are Chinese.
    """
    zh, bracket, en = error.message.rpartition(" (")
    if not bracket or not en.endswith(")"):
        return error.message if locale == "en" else f"{error.message} {error.hint}"
    return f"{en[:1].upper()}{en[1:-1]}." if locale == "en" else f"{zh}。{error.hint}"
