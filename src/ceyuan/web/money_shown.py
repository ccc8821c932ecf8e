# SPDX-License-Identifier: Apache-2.0
"""What the pages about money have in common: names, amounts, days asked, one moment.

An account stands with its name and its path, an amount to the last fen. Where a table
counts nothing but money its columns say the unit and its cells do not.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.http import FileResponse
from django.urls import reverse

from ceyuan.declarations.instrument import shown
from ceyuan.kernel import Problem, show_money
from ceyuan.office.account_names import Names, parties_named
from ceyuan.office.csv_out import csv_file
from ceyuan.office.money_told import is_synthetic
from ceyuan.office.roles import load_roles
from ceyuan.office.telling import CONFIDENCE
from ceyuan.web.asking import may, office, reading
from ceyuan.web.spoken import fault_html, in_tongue
from ceyuan.web.words import catalogue, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.http import HttpRequest
    from django.utils.safestring import SafeString
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
            name = self._joined(self.pick(said.zh, said.en), name)
        return self._joined(name, one.year, *whose)

    def short(self, path: str) -> str:
        """Return an account's name without its instrument: for a drawing."""
        one = self.names.of(path)
        if one.account == "budget_account":
            return self.account(path)
        whose = [self.parties.get(party, party) for party in one.parties]
        name = self.pick(one.zh, one.en)
        return self._joined(name, one.year, *whose)

    def _joined(self, *parts: str) -> str:
        # A middle dot is as wide as a character in a Chinese font.
        return self.pick(" ", ", ").join(part for part in parts if part)

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
        return self._joined(of, self.pick(said.zh, said.en))

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

    def figure(self, exact: str, unit: str) -> str:
        """Return an exact number as people read it; money to the fen, if it is whole."""
        try:
            value = Fraction(exact)
        except ValueError:  # it cannot be known, and says why
            return exact
        if unit == "元" and (value * 100).denominator == 1:
            return self.amount(int(value * 100), MONEY)
        number = decimal_text(value)
        return number if unit in ("", "1") else f"{number}\u00a0{unit}"

    def commodity(self, commodity: str) -> str:
        """Return what a commodity is called."""
        one = self.memory.declared.instruments.commodities.get(commodity)
        return commodity if one is None else self.pick(one.zh, one.en)

    def instrument(self, name: str) -> str:
        """Return what an instrument is called; its id where there is none."""
        one = self.memory.declared.instruments.instruments.get(name)
        return name if one is None else self.pick(one.said.zh, one.said.en)

    def verb(self, verb: str) -> str:
        """Return what a verb of the audit trail is called; itself where nobody says."""
        said = load_roles(self.memory.region.id).verbs.get(verb)
        return verb if said is None else self.pick(said.zh, said.en)

    def said(self, kind: str, name: str) -> str:
        """Return words of ours by a code; the code where there are none."""
        known = f"money.{kind}_{name}"
        return word(known, self.locale) if known in catalogue() else name

    def reason(self, code: str) -> str:
        """Return why a bank did not pay."""
        return self.said("reason", code)

    def mend(self, code: str) -> str:
        """Return how a line that was not taken is mended."""
        return self.said("mend", code)

    def check(self, name: str) -> str:
        """Return what a check of the book looks at."""
        return self.said("check", name)

    def confidence(self, code: str) -> str:
        """Return how sure the text of a parameter is."""
        return self.pick(*CONFIDENCE.get(code, (code, code)))

    def role(self, name: str) -> str:
        """Return who may make a move."""
        return self.said("role", name)

    def refusal_code(self, code: str) -> str:
        """Return why the book refuses, in short."""
        return self.said("refused", code)

    def problem(self, text: str) -> str:
        """Return a message in the language of the page."""
        return in_tongue(text, self.locale)

    def refused(self, thing: CeyuanError | Problem) -> SafeString:
        """Return what was refused, and how to mend it."""
        return fault_html(thing, self.locale)

    def policy(self, name: str) -> str:
        """Return what a policy is called; its id where there is none."""
        rule = self.memory.region.rules.get(name)
        return name if rule is None else self.pick(rule.said.zh, rule.said.en)


def decimal_text(value: Fraction) -> str:
    """Return a number with as many decimals as it has; else as a fraction.

    >>> decimal_text(Fraction(7, 4)), decimal_text(Fraction(1, 3))
    ('1.75', '1/3')
    """
    for places in range(7):
        scaled = value * 10**places
        if scaled.denominator == 1:
            whole, part = divmod(abs(int(scaled)), 10**places)
            sign = "−" if value < 0 else ""
            return f"{sign}{whole:,}" + (f".{part:0{places}d}" if places else "")
    return str(value)


@contextmanager
def one_moment(request: HttpRequest) -> Iterator[Connection]:
    """Yield a connection on which every question is answered as of one moment."""
    with reading(request) as conn:
        conn.execute("set transaction isolation level repeatable read, read only")
        yield conn


def tabs(request: HttpRequest) -> list[tuple[str, str, tuple[str, str]]]:
    """Return the parts of money that who asks may see, of `TABS`.

    Those of the office: a firm's own payments are not behind a tab.
    """
    return [one for one in TABS if may(request, *one[2], owner="")]


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
            for name, page, _ in tabs(request)
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
