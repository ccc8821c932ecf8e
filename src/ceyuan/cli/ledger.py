# SPDX-License-Identifier: Apache-2.0
"""`ceyuan ledger accounts|balance|statement|journal|trial`: the book, read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import typer

from ceyuan.cli.entitlement_told import entry_json
from ceyuan.cli.money import KINDS, Amounts, day_said
from ceyuan.cli.opened import mark, opened, print_json, say
from ceyuan.cli.tables import Column, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.ledger import Balance, Entry
    from ceyuan.ledger.reading import Trial
    from ceyuan.office.memory import Memory

SIDES = {"debit": "借", "credit": "贷"}


def accounts(
    prefix: str, as_of: str, known_at: str, region: str, *, as_json: bool
) -> None:
    """List accounts and what they have."""
    from ceyuan.ledger import balances
    from ceyuan.office.book_out import one_moment
    from ceyuan.office.memory import read_moment
    from ceyuan.office.money_told import is_synthetic

    with opened(region, quiet=as_json) as memory:
        with one_moment(memory) as conn:
            found = balances(
                conn,
                prefix,
                as_of=day_said(as_of, "--as-of") if as_of else None,
                known_at=read_moment(known_at),
            )
            synthetic = is_synthetic(conn)
        if as_json:
            print_json(
                {
                    "schema": "ceyuan.ledger-accounts/1",
                    "as_of": as_of or None,
                    "known_at": known_at or None,
                    "synthetic": synthetic,
                    "accounts": [balance_json(one) for one in found],
                }
            )
            return
        print_balances(memory, found)
    mark(synthetic=synthetic)


def print_balances(memory: Memory, found: Sequence[Balance]) -> None:
    """Print accounts as a table."""
    amounts = Amounts.of(memory, {one.commodity for one in found})
    print_table(
        [
            Column("账户"),
            Column("记什么"),
            Column("方向"),
            Column(amounts.head("借方"), number=True),
            Column(amounts.head("贷方"), number=True),
            Column(amounts.head("余额"), number=True),
            Column(amounts.head("冻结待出"), number=True),
            Column(amounts.head("冻结待入"), number=True),
            Column("关户"),
        ],
        [
            (
                one.path,
                commodity_word(memory, one.commodity),
                SIDES[one.side],
                *(
                    amounts.cell(n, one.commodity)
                    for n in (one.debits, one.credits, one.has, one.going, one.coming)
                ),
                one.closed,
            )
            for one in found
        ],
    )


def commodity_word(memory: Memory, commodity: str) -> str:
    """Return what a commodity is called."""
    found = memory.declared.instruments.commodities.get(commodity)
    return found.zh if found else commodity


def balance_json(one: Balance) -> dict[str, Any]:
    """Return an account as JSON; amounts in the commodity's smallest unit."""
    return {
        "path": one.path,
        "commodity": one.commodity,
        "side": one.side,
        "debits": one.debits,
        "credits": one.credits,
        "debits_held": one.debits_held,
        "credits_held": one.credits_held,
        "has": one.has,
        "going": one.going,
        "coming": one.coming,
        "available": one.available,
        "floor": one.floor,
        "ceiling": one.ceiling,
        "closed": None if one.closed is None else one.closed.isoformat(),
    }


def balance(
    path: str, as_of: str, known_at: str, region: str, *, as_json: bool
) -> None:
    """Show what one account has."""
    from ceyuan.ledger import balance as of
    from ceyuan.office.book_out import one_moment
    from ceyuan.office.limiting import account_path
    from ceyuan.office.memory import read_moment
    from ceyuan.office.money_told import is_synthetic

    with opened(region, quiet=as_json) as memory:
        with one_moment(memory) as conn:
            one = of(
                conn,
                account_path(conn, path),
                as_of=day_said(as_of, "--as-of") if as_of else None,
                known_at=read_moment(known_at),
            )
            synthetic = is_synthetic(conn)
        if as_json:
            document = {"as_of": as_of or None, "known_at": known_at or None}
            print_json(
                {
                    "schema": "ceyuan.ledger-balance/1",
                    **document,
                    "synthetic": synthetic,
                    **balance_json(one),
                }
            )
            return
        amounts = Amounts.of(memory, {one.commodity})
        print_table(
            [Column(one.path), Column(amounts.head("金额"), number=True)],
            [
                (word, amounts.cell(n, one.commodity))
                for word, n in (
                    ("借方发生", one.debits),
                    ("贷方发生", one.credits),
                    (f"{SIDES[one.side]}方余额", one.has),
                    ("冻结待出", one.going),
                    ("冻结待入", one.coming),
                    ("可用", one.available),
                    ("下限", one.floor),
                    ("上限", one.ceiling),
                )
                if n is not None
            ],
        )
        if one.closed is not None:
            say(f"{one.closed} 已关户 (closed)")
    mark(synthetic=synthetic)


def statement(
    path: str, since: str, until: str, known_at: str, region: str, *, as_json: bool
) -> None:
    """Show an account entry by entry, with what it has after each."""
    from ceyuan.office.book_out import one_moment, statement_of
    from ceyuan.office.limiting import account_path
    from ceyuan.office.memory import read_moment
    from ceyuan.office.money_told import is_synthetic

    first = day_said(since, "--since") if since else date.min
    last = day_said(until, "--until") if until else date.max
    with opened(region, quiet=as_json) as memory:
        with one_moment(memory) as conn:
            made = statement_of(
                conn,
                account_path(conn, path),
                since=first,
                until=last,
                known_at=read_moment(known_at),
            )
            synthetic = is_synthetic(conn)
        if as_json:
            print_json(
                {
                    "schema": "ceyuan.ledger-statement/1",
                    "path": path,
                    "since": since or None,
                    "until": until or None,
                    "synthetic": synthetic,
                    "before": made.before.has,
                    "after": made.after.has,
                    "lines": [
                        {
                            **entry_json(line.entry),
                            "debited": line.debit,
                            "credited": line.credit,
                            "held": line.held,
                            "has": line.has,
                            "other": line.other,
                        }
                        for line in made.lines
                    ],
                }
            )
            return
        money = made.before.commodity
        amounts = Amounts.of(memory, {money})
        side = SIDES[made.before.side]
        rows = [("", "", "期初", "", "", "", "", amounts.cell(made.before.has, money))]
        rows += [
            (
                str(line.entry.effective),
                line.entry.id,
                KINDS[line.entry.kind],
                line.other,
                amounts.cell(line.debit or None, money),
                amounts.cell(line.credit or None, money),
                amounts.cell(line.held or None, money),
                amounts.cell(line.has, money),
            )
            for line in made.lines
        ]
        print_table(
            [
                Column("日期"),
                Column("分录"),
                Column("种类"),
                Column("对方账户"),
                Column(amounts.head("借"), number=True),
                Column(amounts.head("贷"), number=True),
                Column(amounts.head("冻结"), number=True),
                Column(amounts.head(f"{side}方余额"), number=True),
            ],
            rows,
        )
    mark(synthetic=synthetic)


def journal(
    since: str, until: str, cause: str, limit: int, region: str, *, as_json: bool
) -> None:
    """Show the last entries."""
    from ceyuan.ledger import journal as last
    from ceyuan.office.book_out import one_moment
    from ceyuan.office.money_told import is_synthetic

    first = day_said(since, "--since") if since else date.min
    end = day_said(until, "--until") if until else date.max
    with opened(region, quiet=as_json) as memory:
        with one_moment(memory) as conn:
            found = last(conn, since=first, until=end, cause=cause, limit=limit)
            synthetic = is_synthetic(conn)
        if as_json:
            print_json(
                {
                    "schema": "ceyuan.ledger-journal/1",
                    "synthetic": synthetic,
                    "entries": [entry_json(one) for one in found],
                }
            )
            return
        print_entries(memory, found)
    mark(synthetic=synthetic)


def print_entries(memory: Memory, found: Sequence[Entry]) -> None:
    """Print entries as a table."""
    amounts = Amounts.of(memory, {one.commodity for one in found})
    print_table(
        [
            Column("生效"),
            Column("分录"),
            Column("种类"),
            Column("借"),
            Column("贷"),
            Column(amounts.head("金额"), number=True),
            Column("事由"),
            Column("关于"),
            Column("经手"),
        ],
        [
            (
                one.effective,
                one.id,
                KINDS[one.kind],
                one.debit,
                one.credit,
                amounts.cell(one.amount, one.commodity),
                one.cause,
                one.of,
                one.actor,
            )
            for one in found
        ],
    )


def trial(region: str, *, as_json: bool) -> None:
    """Show the trial balance; exit 1 where debits and credits differ."""
    from ceyuan.ledger import trial_balance
    from ceyuan.office.book_out import one_moment
    from ceyuan.office.money_told import is_synthetic

    with opened(region, quiet=as_json) as memory:
        with one_moment(memory) as conn:
            found = trial_balance(conn)
            synthetic = is_synthetic(conn)
        off = _off(found)
        if as_json:
            print_json(
                {
                    "schema": "ceyuan.ledger-trial/1",
                    "balanced": not off,
                    "synthetic": synthetic,
                    "off": off,
                    "rows": [
                        {
                            "commodity": one.commodity,
                            "side": one.side,
                            "accounts": one.accounts,
                            "debits": one.debits,
                            "credits": one.credits,
                            "debits_held": one.debits_held,
                            "credits_held": one.credits_held,
                        }
                        for one in found
                    ],
                }
            )
        else:
            _print_trial(memory, found, off)
            mark(synthetic=synthetic)
    if off:
        raise typer.Exit(1)


def _off(found: Sequence[Trial]) -> dict[str, int]:
    """Return by how much debits are above credits, where they differ."""
    sums: dict[str, int] = {}
    for one in found:
        sums[one.commodity] = sums.get(one.commodity, 0) + one.debits - one.credits
    return {commodity: off for commodity, off in sums.items() if off}


def _print_trial(memory: Memory, found: Sequence[Trial], off: dict[str, int]) -> None:
    amounts = Amounts.of(memory, {one.commodity for one in found})
    print_table(
        [
            Column("记什么"),
            Column("方向"),
            Column("账户", number=True),
            Column(amounts.head("借方"), number=True),
            Column(amounts.head("贷方"), number=True),
            Column(amounts.head("冻结借方"), number=True),
            Column(amounts.head("冻结贷方"), number=True),
        ],
        [
            (
                commodity_word(memory, one.commodity),
                SIDES[one.side],
                f"{one.accounts:,}",
                *(
                    amounts.cell(n, one.commodity)
                    for n in (
                        one.debits,
                        one.credits,
                        one.debits_held,
                        one.credits_held,
                    )
                ),
            )
            for one in found
        ],
    )
    for commodity, by in off.items():
        say(f"✗ {commodity_word(memory, commodity)} 借贷不平，差 {by:,}")
    if not off:
        say("✓ 借 = 贷 (debits equal credits)")
