# SPDX-License-Identifier: Apache-2.0
"""Books to test with: accounts, transfers, and the ledger once more in plain Python.

`Model` is written from the rules and not from the database's function: dictionaries
and loops. It says which rules a request breaks; where it breaks one alone, the book
has to name that one.
"""

from __future__ import annotations

import copy
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pyarrow as pa
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus

from ceyuan.ledger import (
    Account,
    AccountSet,
    Balance,
    Posted,
    Refused,
    Transfer,
    Verified,
    open_accounts,
    open_sets,
    post,
    verify_book,
)
from ceyuan.ledger import queries as q
from ceyuan.ledger.bulk import SCHEMA
from ceyuan.ledger.exporting import book_in, lines
from ceyuan.ledger.model import MOST
from tests.database import MADE, NUMBERS, execute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

OPENED = date(2026, 1, 1)
DAY = date(2026, 3, 1)
ACTOR = "tester"

# --- factories -------------------------------------------------------------------


def day(number: int) -> date:
    """Return a day, counted from `DAY`."""
    return DAY + timedelta(days=number)


def account(path: str, **more: Any) -> Account:
    """Return an account: counts CNY, grows by credits, never below nothing."""
    said: dict[str, Any] = {"commodity": "CNY", "side": "credit", "opened": OPENED}
    return Account(path=path, **{**said, "floor": 0, **more})


def treasury(path: str, **more: Any) -> Account:
    """Return an account that money comes from: grows by debits, without limits."""
    return account(path, side="debit", floor=None, **more)


def move(name: str, debit: str, credit: str, amount: int, **more: Any) -> Transfer:
    """Return a transfer."""
    said: dict[str, Any] = {"commodity": "CNY", "code": "move", "cause": "case"}
    return Transfer(
        id=name,
        debit=debit,
        credit=credit,
        amount=amount,
        **{**said, "effective": DAY, **more},
    )


def hold(name: str, debit: str, credit: str, amount: int, **more: Any) -> Transfer:
    """Return a hold."""
    return move(name, debit, credit, amount, kind="hold", **more)


def naming(
    kind: Any, name: str, of: str, amount: int | None = None, **more: Any
) -> Transfer:
    """Return a transfer that names another: post, void, expire, reverse."""
    said: dict[str, Any] = {"code": kind, "cause": "case", "effective": DAY}
    return Transfer(id=name, kind=kind, of=of, amount=amount, **{**said, **more})


def opened(
    conn: psycopg.Connection,
    *accounts: Account,
    sets: Sequence[AccountSet] = (),
) -> None:
    """Open sets and accounts."""
    with conn.transaction():
        open_sets(conn, sets, actor=ACTOR)
        open_accounts(conn, accounts, actor=ACTOR)


def give(conn: psycopg.Connection, *transfers: Transfer) -> list[Posted]:
    """Post transfers in a transaction of their own."""
    with conn.transaction():
        return post(conn, transfers, actor=ACTOR)


def refusal_of(
    conn: psycopg.Connection, *transfers: Transfer
) -> tuple[str, dict[str, Any]]:
    """Return why the book refuses transfers: the code and what it is about."""
    try:
        give(conn, *transfers)
    except Refused as error:
        return error.code, error.said
    msg = "nothing was refused"
    raise AssertionError(msg)


def small(conn: psycopg.Connection, pool: int = 1_000) -> None:
    """Open a treasury, a pool that has something, two firms and a provider."""
    opened(
        conn,
        treasury("treasury"),
        account("pool"),
        account("firm/a"),
        account("firm/b"),
        account("provider"),
    )
    give(conn, move("appropriation", "treasury", "pool", pool))


def table(transfers: Iterable[Transfer], links: Sequence[str] = ()) -> pa.Table:
    """Return transfers as a table; links stand beside them, in order."""
    rows = [
        {name: getattr(one, name) for name in SCHEMA.names if name != "link"}
        for one in transfers
    ]
    for at, row in enumerate(rows):
        row["link"] = links[at] if links else ""
    return pa.Table.from_pylist(rows, schema=SCHEMA)


@contextmanager
def shared(server: str) -> Iterator[psycopg.Connection]:
    """Yield a connection to a database for many tests, each of which is undone.

    A test runs in a transaction that is taken back; what it asks for runs in
    savepoints.
    """
    name = f"shared{next(NUMBERS)}"
    execute(server, f"CREATE DATABASE {name} TEMPLATE {MADE}")
    with psycopg.connect(make_conninfo(server, dbname=name)) as conn:
        conn.execute("set time zone 'UTC'")
        conn.commit()
        yield conn
        conn.rollback()
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


# --- looking ---------------------------------------------------------------------


def verified(conn: psycopg.Connection, *, head: str = "") -> Verified:
    """Return what a walk through the whole book finds."""
    alone = conn.info.transaction_status == TransactionStatus.IDLE
    with conn.transaction():
        if alone:
            conn.execute("set transaction isolation level repeatable read")
        return verify_book(book_in(conn), head=head)


def faults(conn: psycopg.Connection, *, head: str = "") -> set[str]:
    """Return the codes of what is wrong in the book."""
    return {fault.code for fault in verified(conn, head=head).faults}


def rows_from(conn: psycopg.Connection, seq: int) -> list[bytes]:
    """Return the lines of the transfers from a place in the book on."""
    text = b"".join(
        lines(conn, q.TRANSFER_LINES.format(where=f"where seq >= {int(seq)}"))
    )
    return text.splitlines()


@contextmanager
def unguarded(conn: psycopg.Connection, name: str) -> Iterator[None]:
    """Let the superuser change what only grows: the table's triggers are off."""
    with conn.transaction():
        conn.execute(f"alter table {name} disable trigger user")
        yield
        conn.execute(f"alter table {name} enable trigger user")


# --- the model -------------------------------------------------------------------


@dataclass(slots=True)
class Kept:
    """An account of the model."""

    said: Account
    floor: int | None
    ceiling: int | None
    closed: date | None = None
    debits: int = 0
    credits: int = 0
    debits_held: int = 0
    credits_held: int = 0

    def balance(self) -> Balance:
        """Return it as the book says it."""
        return Balance(
            self.said.path, self.said.commodity, self.said.side, self.debits,
            self.credits, self.debits_held, self.credits_held, self.floor,
            self.ceiling, self.closed,
        )  # fmt: skip

    def low(self) -> int:
        """Return what counts against the floor."""
        there = self.balance()
        return there.has - there.going

    def high(self) -> int:
        """Return what counts against the ceiling."""
        there = self.balance()
        return there.has + there.coming


STOPS = {f"L{100 + n}" for n in (*range(1, 12), 15, 16)}
"""Rules that a transfer must keep before it is set against the limits."""


def moves(kind: str) -> bool:
    """Return whether a kind moves something."""
    return kind in ("transfer", "post", "reverse")


class Model:
    """The book in plain Python."""

    def __init__(self) -> None:
        self.accounts: dict[str, Kept] = {}
        self.sets: dict[str, AccountSet] = {}
        self.rows: dict[str, Transfer] = {}
        """Transfers in the order of the book, with all that `of` says filled in."""

    def open(self, one: Account) -> tuple[set[str], int]:
        """Open an account; return what is wrong, and how many are new."""
        there = self.accounts.get(one.path)
        if there is None:
            self.accounts[one.path] = Kept(one, one.floor, one.ceiling)
            return set(), 1
        same = (there.said.commodity, there.said.side) == (one.commodity, one.side)
        return (set() if same else {"L117"}), 0

    def open_set(self, one: AccountSet) -> int:
        """Open a set; return how many are new."""
        fresh = one.name not in self.sets
        self.sets.setdefault(one.name, one)
        return int(fresh)

    def limit(self, path: str, floor: int | None, ceiling: int | None) -> set[str]:
        """Give an account other limits; return what is wrong."""
        there = self.accounts.get(path)
        if there is None:
            return {"L103"}
        below = floor is not None and there.low() < floor
        above = ceiling is not None and there.high() > ceiling
        if below or above:
            return {"L119"}
        there.floor, there.ceiling = floor, ceiling
        return set()

    def limit_set(self, name: str, ceiling: int | None) -> set[str]:
        """Give a set another ceiling; return what is wrong."""
        if name not in self.sets:
            return {"L103"}
        if ceiling is not None and self.reached(name) > ceiling:
            return {"L119"}
        self.sets[name] = replace(self.sets[name], ceiling=ceiling)
        return set()

    def close(self, path: str, on: date) -> set[str]:
        """Close an account; return what is wrong."""
        there = self.accounts.get(path)
        if there is None:
            return {"L103"}
        if there.closed is not None:
            return {"L104"}
        if any((there.balance().has, there.debits_held, there.credits_held)):
            return {"L118"}
        touching = (r for r in self.rows.values() if path in (r.debit, r.credit))
        if any(row.effective > on for row in touching):
            return {"L135"}
        there.closed = on
        return set()

    def reached(self, name: str) -> int:
        """Return what the accounts of a set have together, holds counted."""
        return sum(k.high() for k in self.accounts.values() if name in k.said.sets)

    def due(self, on: date) -> list[str]:
        """Return the open holds whose last day is before a day."""
        return [
            one.id
            for one in self.rows.values()
            if one.kind == "hold"
            and one.expires is not None
            and one.expires < on
            and self.settled(one.id) is None
        ]

    def settled(self, name: str) -> Transfer | None:
        """Return what ended a hold."""
        for one in self.rows.values():
            if one.of == name and one.kind in ("post", "void", "expire"):
                return one
        return None

    def post(self, group: Sequence[Transfer]) -> tuple[set[str], list[bool]]:
        """Post a group, all or none.

        Returns:
            The rules that it breaks, and for each row whether it is new.
        """
        before = (copy.deepcopy(self.accounts), dict(self.rows))
        wrong: set[str] = set()
        fresh: list[bool] = []
        for one in group:
            whole = self._whole(one)
            there = self.rows.get(one.id)
            fresh.append(there is None)
            wrong |= self._words(one, whole)
            if there is not None:
                wrong |= set() if there == whole else {"L102"}
                continue
            wrong |= self._rules(one, whole)
            if not wrong & STOPS:
                wrong |= self._put(whole)
        if wrong:
            self.accounts, self.rows = before
        return wrong, fresh

    def _whole(self, one: Transfer) -> Transfer:
        """Return a transfer with what the one that it names says."""
        of = self.rows.get(one.of)
        if of is None:
            return one
        back = one.kind == "reverse"
        freed = one.kind in ("void", "expire")
        return replace(
            one,
            debit=of.credit if back else of.debit,
            credit=of.debit if back else of.credit,
            commodity=of.commodity,
            amount=of.amount if freed or one.amount is None else one.amount,
        )

    def _words(self, one: Transfer, whole: Transfer) -> set[str]:
        """Return what is wrong with a transfer whatever the book holds."""
        wrong: set[str] = set()
        for text in (one.id, one.code, one.cause):
            odd = any(ord(c) < 32 or c in "\x7f\\" for c in text)
            if odd or not 1 <= len(text) <= 200:
                wrong.add("L116")
        for amount in (one.amount, whole.amount):
            if amount is not None and not 0 < amount <= MOST:
                wrong.add("L101")
        return wrong

    def _rules(self, one: Transfer, whole: Transfer) -> set[str]:
        """Return the rules that a transfer breaks, limits left out."""
        wrong: set[str] = set()
        of = self.rows.get(one.of)
        if one.kind in ("post", "void", "expire") and (of is None or of.kind != "hold"):
            return wrong | {"L108"}
        if one.kind == "reverse" and (
            of is None or of.kind not in ("transfer", "post")
        ):
            return wrong | {"L115"}
        amount = whole.amount
        if amount is None:
            wrong.add("L101")
        there = [self.accounts.get(p) for p in (whole.debit, whole.credit)]
        if None in there:
            return wrong | {"L103"}
        if whole.debit == whole.credit:
            wrong.add("L106")
        for kept in there:
            assert kept is not None
            if kept.said.commodity != whole.commodity:
                wrong.add("L105")
            if whole.effective < kept.said.opened:
                wrong.add("L107")
            if kept.closed is not None:
                wrong.add("L104")
        if of is None or amount is None:
            return wrong
        assert of.amount is not None
        if one.kind in ("post", "void", "expire") and self.settled(of.id):
            wrong.add("L109")
        if one.kind == "post" and amount > of.amount:
            wrong.add("L110")
        past = of.expires is not None and one.effective > of.expires
        if one.kind == "post" and past:
            wrong.add("L111")
        if one.kind == "expire" and not past:
            wrong.add("L108")
        if one.kind == "reverse":
            taken = sum(
                r.amount or 0
                for r in self.rows.values()
                if r.kind == "reverse" and r.of == of.id
            )
            if taken + amount > of.amount:
                wrong.add("L115")
        return wrong

    def _put(self, one: Transfer) -> set[str]:
        """Write a transfer; return the limits that it breaks."""
        debit, credit = self.accounts[one.debit], self.accounts[one.credit]
        names = {*debit.said.sets, *credit.said.sets}
        before = {name: self.reached(name) for name in names}
        assert one.amount is not None
        if moves(one.kind):
            debit.debits += one.amount
            credit.credits += one.amount
        held = 0
        if one.kind == "hold":
            held = one.amount
        elif one.kind in ("post", "void", "expire"):
            held = -(self.rows[one.of].amount or 0)
        debit.debits_held += held
        credit.credits_held += held
        self.rows[one.id] = one
        wrong: set[str] = set()
        for kept in (debit, credit):
            if kept.floor is not None and kept.low() < kept.floor:
                wrong.add("L112")
            if kept.ceiling is not None and kept.high() > kept.ceiling:
                wrong.add("L113")
        for name, was in before.items():
            ceiling, now = self.sets[name].ceiling, self.reached(name)
            if ceiling is not None and now > ceiling and now > was:
                wrong.add("L114")
        return wrong

    def balances(self) -> list[Balance]:
        """Return what all accounts have, in the order of paths."""
        return [self.accounts[path].balance() for path in sorted(self.accounts)]

    def replayed(self, upto: int, as_of: date) -> list[Balance]:
        """Return what the accounts had by the first rows, on a day."""
        there = {
            path: Kept(
                kept.said,
                kept.floor,
                kept.ceiling,
                kept.closed if kept.closed and kept.closed <= as_of else None,
            )
            for path, kept in self.accounts.items()
        }
        rows = [r for r in list(self.rows.values())[:upto] if r.effective <= as_of]
        ended = {r.of for r in rows if r.kind in ("post", "void", "expire")}
        for one in rows:
            assert one.amount is not None
            if moves(one.kind):
                there[one.debit].debits += one.amount
                there[one.credit].credits += one.amount
            if one.kind == "hold" and one.id not in ended:
                there[one.debit].debits_held += one.amount
                there[one.credit].credits_held += one.amount
        return [there[path].balance() for path in sorted(there)]
