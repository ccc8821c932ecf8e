# SPDX-License-Identifier: Apache-2.0
"""Random sequences of every command: the book and a plain model say the same.

After every command: what each account has, holds and limits included, is what the
model has (so as to pending totals and shares too); debits are credits; nothing is
beyond a limit; no row that stood there has changed.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ceyuan.ledger import (
    Account,
    AccountSet,
    Posted,
    Refused,
    Transfer,
    balances,
    close_account,
    expire_holds,
    limit_account,
    limit_set,
    open_accounts,
    open_sets,
    post,
    post_table,
    seal,
    seal_now,
)
from ceyuan.ledger.sealing import seals
from tests.ledger.book import (
    ACTOR,
    OPENED,
    Model,
    account,
    day,
    hold,
    move,
    naming,
    opened,
    rows_from,
    table,
    treasury,
    verified,
)

if TYPE_CHECKING:
    from collections.abc import Callable

FAST, SOAK = 200, 10_000
WHOLE = 1_000
"""Parts of one result; its owners have all of them together, always."""
KINDS = (
    "move", "move", "move", "move", "hold", "hold", "hold", "settle", "settle",
    "settle", "reverse", "reverse", "group", "group", "table", "again", "again",
    "other", "open", "set", "limit", "ceiling", "close", "expire", "seal",
)  # fmt: skip
COMMAND = st.tuples(
    st.sampled_from(KINDS),
    st.integers(0, 11),
    st.integers(0, 11),
    st.integers(1, 60),
    st.integers(0, 29),
    st.integers(1, 3),
)
COMMANDS = st.lists(COMMAND, min_size=10, max_size=34)
Command = tuple[str, int, int, int, int, int]
NUMBERS = itertools.count(1)


@dataclass(slots=True)
class Run:
    """One sequence: its part of the book, and the model of that part."""

    conn: psycopg.Connection
    prefix: str
    seq: int
    model: Model = field(default_factory=Model)
    asked: list[list[Transfer]] = field(default_factory=list)
    rows: list[bytes] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def name(self) -> str:
        return f"{self.prefix}t{next(self.numbers)}"

    # --- what there is to choose from

    def begin(self) -> None:
        """Open what a small city has, and issue the shares of one result."""
        p = self.prefix
        cap = AccountSet(name=f"{p}cap", commodity="CNY", ceiling=450)
        accounts = [
            treasury(f"{p}treasury"),
            account(f"{p}pool"),
            account(f"{p}firm/a", ceiling=300, sets=(cap.name,)),
            account(f"{p}firm/b", sets=(cap.name,)),
            account(f"{p}provider"),
            account(f"{p}outlay", side="debit", floor=0, ceiling=500),
            account(f"{p}hours/lab", commodity="HOUR", floor=None),
            account(f"{p}hours/firm", commodity="HOUR", ceiling=200),
            account(f"{p}register", commodity="SHARE", side="debit", ceiling=WHOLE),
            account(f"{p}owner/a", commodity="SHARE"),
            account(f"{p}owner/b", commodity="SHARE"),
        ]
        opened(self.conn, *accounts, sets=[cap])
        self.model.open_set(cap)
        for one in accounts:
            self.model.open(one)
        whole = move(
            self.name(), f"{p}register", f"{p}owner/a", WHOLE, commodity="SHARE"
        )
        self.send([whole], 1)
        self.send([replace(whole, id=self.name())], 1)
        self.limit(f"{p}register", WHOLE, WHOLE)
        self.send([move(self.name(), f"{p}treasury", f"{p}pool", 400)], 1)

    def account(self, number: int) -> Account:
        there = list(self.model.accounts.values())
        return there[number % len(there)].said

    def giver(self, number: int) -> Account:
        """Return an account that a debit does not empty below its floor."""
        there = [
            k.said
            for k in self.model.accounts.values()
            if k.closed is None
            and (k.said.side == "debit" or k.floor is None or k.low() > k.floor)
        ]
        return there[number % len(there)]

    def fellow(self, one: Account, number: int) -> Account:
        """Return an account of the same commodity."""
        there = [
            k.said
            for k in self.model.accounts.values()
            if k.said.commodity == one.commodity
        ]
        return there[number % len(there)]

    def row(self, number: int, *kinds: str) -> str:
        """Return the id of a row; the newest for 0."""
        there = [r.id for r in self.model.rows.values() if r.kind in kinds]
        return there[-1 - number % len(there)] if there else f"{self.prefix}none"

    # --- transfers, some of them wrong

    def drawn(self, kind: str, a: int, b: int, n: int, odd: int) -> Transfer:
        if kind in ("settle", "reverse"):
            return self.names(kind, a, b, n, odd)
        one = self.account(a) if odd % 3 == 0 else self.giver(a)
        two = self.account(b) if odd == 1 else self.fellow(one, a + 1 + b)
        made = (hold if kind == "hold" else move)(
            self.name(), one.path, two.path, n * 5,
            commodity=one.commodity, effective=day(n % 7),
        )  # fmt: skip
        if kind == "hold":
            made = replace(made, expires=None if odd % 2 else day(b))
        return self.spoilt(made, odd)

    def names(self, kind: str, a: int, b: int, n: int, odd: int) -> Transfer:
        """Return a transfer that ends a hold or takes one back."""
        if kind == "settle":
            said = ("post", "post", "void", "expire")[b % 4]
            of = self.row(a // 3, "transfer" if odd == 8 else "hold")
        else:
            said, of = "reverse", self.row(a // 2, "transfer", "post", "reverse")
        part = n * 4 if odd % 2 and said in ("post", "reverse") else None
        return self.spoilt(
            naming(said, self.name(), of, part, effective=day(n % 9)), odd
        )

    def spoilt(self, one: Transfer, odd: int) -> Transfer:
        match odd:
            case 2:
                return replace(one, cause="a\tb")
            case 3:
                return replace(one, effective=OPENED - timedelta(1))
            case 4:
                return replace(one, amount=0)
            case 5 if not one.of:
                return replace(one, credit=f"{self.prefix}nobody")
            case 6 if not one.of:
                return replace(one, commodity="USD")
            case 7:
                return replace(one, code="x" * 201)
            case _:
                return one

    def group(self, a: int, b: int, n: int, odd: int) -> list[Transfer]:
        """Return some that succeed together or not at all."""
        some = [
            self.drawn("move", a, b, n, 9),
            self.drawn("hold" if odd % 3 else "move", b, a, n // 2 + 1, 9),
            self.drawn("settle" if odd % 2 else "reverse", n, b, n, odd),
        ]
        return [*some, some[0]] if odd == 10 else some

    # --- commands

    def do(self, command: Command) -> None:
        kind, a, b, n, odd, times = command
        match kind:
            case "group":
                self.send(self.group(a, b, n, odd), times)
            case "table":
                self.table(a, b, n, odd)
            case "again" if self.asked:
                self.send(self.asked[-1 - (a * 12 + b) % len(self.asked)], times)
            case "other" if self.asked:
                self.other(a, b)
            case "open":
                for _ in range(times):
                    self.open(a, b, odd)
            case "set":
                self.set(b, n)
            case "limit":
                self.limit(
                    self.account(a).path,
                    (None, 0, 0, n)[b % 4],
                    (None, n * 10)[odd % 2],
                )
            case "ceiling":
                self.ceiling(f"{self.prefix}{('cap', 'set0', 'no')[b % 3]}", n * 20)
            case "close":
                self.close(self.account(a).path, day(b))
            case "expire":
                self.expire(day(b))
            case "seal":
                seal(self.conn)
            case "move" | "hold" | "settle" | "reverse":
                self.send([self.drawn(kind, a, b, n, odd)], times)

    def send(self, group: list[Transfer], times: int) -> None:
        """Post a group so many times; it comes to the same."""
        self.asked.append(group)
        for _ in range(times):
            wrong, fresh = self.model.post(group)
            said = self.refused(partial(self.post, group, fresh))
            assert said in wrong if wrong else said == "", (group, wrong, said)
            self.look()

    def post(self, group: list[Transfer], fresh: list[bool]) -> None:
        with self.conn.transaction():
            found = post(self.conn, group, actor=ACTOR)
        for one in found:
            self.answers.setdefault(one.id, one.seq)
        assert found == [
            Posted(one.id, self.answers[one.id], new)
            for one, new in zip(group, fresh, strict=True)
        ]

    def refused(self, asked: Callable[[], object]) -> str:
        """Return the code of the refusal; empty where nothing was refused."""
        try:
            asked()
        except Refused as error:
            self.seen[error.code] += 1
            return error.code
        return ""

    def other(self, a: int, b: int) -> None:
        """Send what was sent, with one field otherwise."""
        one = self.asked[-1 - a % len(self.asked)][0]
        changes: list[dict[str, object]] = [
            {"amount": (one.amount or 1) + 1},
            {"cause": "another"},
            {"code": "another"},
            {"effective": one.effective + timedelta(1)},
        ]
        if not one.of:
            changes += [
                {"credit": f"{self.prefix}provider"},
                {"debit": f"{self.prefix}pool"},
                {"commodity": "HOUR"},
            ]
        if one.kind == "hold":
            changes += [{"expires": day(30)}, {"kind": "transfer", "expires": None}]
        if one.kind in ("void", "expire"):
            changes = changes[1:]
        self.send([replace(one, **changes[b % len(changes)])], 1)  # type: ignore[arg-type]

    def table(self, a: int, b: int, n: int, odd: int) -> None:
        """Post a table: groups one after the other, the refused ones put aside."""
        groups = [
            [self.drawn("move", a, b, n, odd)],
            [self.drawn("hold", b, a, n, odd)],
            self.group(a, b, n, 9),
            [self.drawn("move", a, b + 1, 60, 9)],
            [self.drawn("move", a, b + 2, n, 9)],
            [self.drawn("settle", a, b, n, 9)],
        ]
        if odd % 4 == 0:
            groups.append(groups[0])
        random.Random(n).shuffle(groups)
        links = [f"link{at}" if len(g) > 1 else "" for at, g in enumerate(groups)
                 for _ in g]  # fmt: skip
        posted, known, refused = 0, 0, []
        for group in groups:
            wrong, fresh = self.model.post(group)
            if wrong:
                refused += [(one.id, wrong) for one in group]
            else:
                posted += sum(fresh)
                known += len(fresh) - sum(fresh)
        rows = table([one for g in groups for one in g], links)
        made = post_table(self.conn, rows, actor=ACTOR, batch=1 + odd % 8)
        assert sorted(name for name, _ in made.refused) == sorted(
            name for name, _ in refused
        )
        codes = dict(refused)
        assert [(n, e.code) for n, e in made.refused if e.code not in codes[n]] == []
        assert (made.posted, made.known) == (posted, known)
        self.look()

    def open(self, a: int, b: int, odd: int) -> None:
        commodity = "HOUR" if odd % 6 == 1 else "CNY"
        one = account(
            f"{self.prefix}new{a % 2}",
            commodity=commodity,
            side="debit" if odd % 6 == 2 else "credit",
            ceiling=(None, 100)[b % 2],
            sets=(f"{self.prefix}cap",) if b % 3 == 0 and commodity == "CNY" else (),
        )
        wrong, count = self.model.open(one)

        def ask() -> None:
            with self.conn.transaction():
                assert open_accounts(self.conn, [one], actor=ACTOR) == count

        assert self.refused(ask) == "".join(wrong)
        self.look()

    def set(self, b: int, n: int) -> None:
        one = AccountSet(
            name=f"{self.prefix}set{b % 2}", commodity="CNY", ceiling=n * 5
        )
        with self.conn.transaction():
            assert self.model.open_set(one) == open_sets(self.conn, [one], actor=ACTOR)
        self.look()

    def limit(self, path: str, floor: int | None, ceiling: int | None) -> None:
        if self.model.accounts[path].floor == WHOLE:
            return  # the register of shares stays as it is
        wrong = self.model.limit(path, floor, ceiling)

        def ask() -> None:
            with self.conn.transaction():
                limit_account(
                    self.conn, path, floor=floor, ceiling=ceiling, actor=ACTOR
                )

        assert self.refused(ask) == "".join(wrong)
        self.look()

    def ceiling(self, name: str, ceiling: int) -> None:
        wrong = self.model.limit_set(name, ceiling)

        def ask() -> None:
            with self.conn.transaction():
                limit_set(self.conn, name, ceiling, actor=ACTOR)

        assert self.refused(ask) == "".join(wrong)
        self.look()

    def close(self, path: str, on: date) -> None:
        wrong = self.model.close(path, on)

        def ask() -> None:
            with self.conn.transaction():
                close_account(self.conn, path, on, actor=ACTOR)

        assert self.refused(ask) == "".join(wrong)
        self.look()

    def expire(self, on: date) -> None:
        """Free what is due here; other sequences' holds are freed first."""
        due = self.model.due(on)
        for name in due:
            wrong, _ = self.model.post([
                naming("expire", f"expire:{name}", name, effective=on,
                       cause=f"到期 {self.model.rows[name].expires}")
            ])  # fmt: skip
            assert wrong == set()
        with self.conn.transaction():
            assert expire_holds(self.conn, on, actor=ACTOR) == len(due)
        self.look()

    # --- what must hold

    def look(self) -> None:
        """See that the book is as the model, and what was written still stands."""
        found = balances(self.conn, self.prefix)
        rows = rows_from(self.conn, self.seq)
        self.conn.rollback()
        assert found == self.model.balances()

        sums: Counter[str] = Counter()
        for one in found:
            sums[one.commodity] += one.debits - one.credits
            sums[f"{one.commodity} held"] += one.debits_held - one.credits_held
            low, high = one.has - one.going, one.has + one.coming
            assert one.floor is None or one.floor <= low
            assert one.ceiling is None or high <= one.ceiling
        assert not any(sums.values())
        for each in self.model.sets.values():
            reached = self.model.reached(each.name)
            assert each.ceiling is None or reached <= each.ceiling
        owned = sum(b.has for b in found if b.path.startswith(f"{self.prefix}owner/"))
        assert owned in {0, WHOLE}
        assert owned == WHOLE or len(rows) == 0

        assert rows[: len(self.rows)] == self.rows
        self.rows = rows
        assert [row.split(b"\t")[1].decode() for row in rows] == list(self.model.rows)

    def end(self, n: int) -> None:
        """See that the past can be seen, and that holds add up to what is pending."""
        as_of = day(n % 8)
        assert balances(self.conn, self.prefix, as_of=as_of) == self.model.replayed(
            len(self.rows), as_of
        )
        known = [int(row.split(b"\t")[14]) for row in self.rows]
        then = known[n % len(known)]
        found = balances(
            self.conn, self.prefix, as_of=date.max,
            known_at=datetime.fromtimestamp(0, UTC) + timedelta(microseconds=then),
        )  # fmt: skip
        self.conn.rollback()
        assert found == self.model.replayed(sum(k <= then for k in known), date.max)
        open_ = [
            r
            for r in self.model.rows.values()
            if r.kind == "hold" and self.model.settled(r.id) is None
        ]
        pending: Counter[str] = Counter()
        for one in open_:
            pending[one.debit] += one.amount or 0
        assert {b.path: b.debits_held for b in self.model.balances()} == {
            path: pending[path] for path in self.model.accounts
        }


def whole(conn: psycopg.Connection) -> None:
    """See that the book verifies, and that each row is under exactly one seal."""
    seal_now(conn)
    found = verified(conn)
    assert found.faults == []
    assert (found.ok, found.unsealed) == (True, 0)
    chain = seals(conn)
    counts = conn.execute(
        "select (select count(*) from ledger_transfer), "
        "(select count(*) from ledger_event)"
    ).fetchone()
    conn.rollback()
    assert counts == (sum(s.transfers for s in chain), sum(s.events for s in chain))


def sequences(url: str, count: int) -> Counter[str]:
    """Run so many sequences; return how often each refusal was met."""
    seen: Counter[str] = Counter()
    with closing(psycopg.connect(url)) as conn:
        conn.execute("set time zone 'UTC'")
        conn.commit()

        @settings(
            max_examples=count,
            database=None,
            report_multiple_bugs=False,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @given(COMMANDS)
        def run(commands: list[Command]) -> None:
            number = next(NUMBERS)
            with conn.transaction():
                # Other sequences are over: what they left open does not expire here.
                expire_holds(conn, day(1_000), actor=ACTOR)
                row = conn.execute(
                    "select coalesce(max(seq), 0) from ledger_transfer"
                ).fetchone()
            assert row is not None
            one = Run(conn, f"s{number}/", row[0] + 1)
            one.begin()
            for command in commands:
                one.do(command)
            one.end(len(commands))
            seen.update(one.seen)
            if number % 50 == 0:
                whole(conn)

        run()
        whole(conn)
    return seen


def test_book_after_any_sequence_is_as_the_model_says(
    fresh_database: Callable[..., str],
) -> None:
    seen = sequences(fresh_database(), FAST)

    # Each rule was broken, or the sequences would say nothing of it.
    assert set(seen) == {f"L{100 + n}" for n in range(1, 20)}


@pytest.mark.soak
def test_book_after_ten_thousand_sequences_is_as_the_model_says(
    fresh_database: Callable[..., str],
) -> None:
    for _ in range(20):
        sequences(fresh_database(), SOAK // 20)
