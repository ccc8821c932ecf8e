# SPDX-License-Identifier: Apache-2.0
"""The money of each policy, pool by pool and year by year, as the book has it.

`budget = committed + payable + paid + available` holds to the fen, because each of
them but `payable` is read from the pool's account, and `paid` is what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ceyuan.declarations.instrument import filled
from ceyuan.ledger import Refused, balance
from ceyuan.office.entitlements import summary

if TYPE_CHECKING:
    from psycopg import Connection

    from ceyuan.office.memory import Memory

# What came into a pool from outside, less what of that was taken back.
_BUDGET = """
select coalesce(sum(t.amount) filter (where t.credit = a.id and t.kind = 'transfer'), 0)
  - coalesce(sum(t.amount) filter (where t.debit = a.id and t.kind = 'reverse'), 0)
from ledger_account a join ledger_transfer t on a.id in (t.debit, t.credit)
where a.path = %s
"""
_POOLS = """
select path from ledger_account where starts_with(path, %s)
  and right(path, length(%s)) = %s
"""


@dataclass(frozen=True, slots=True)
class PoolTold:
    """A policy's money of a year, as the book has it; in fen.

    Args:
        policy: The policy.
        instrument: The instrument that pays it.
        year: Whose budget.
        account: The pool's account; empty where the instrument declares none.
        budget: What was appropriated, less what was taken back.
        committed: What holds reserve.
        payable: What is confirmed and not with the party yet.
        paid: What has left the pool: what arrived, and what was settled.
        available: What nothing has reserved.
        states: Claims, firms and amount by state; vouchers in their own units.
        commodity: What the claims count.
    """

    policy: str
    instrument: str
    year: int
    account: str
    budget: int
    committed: int
    payable: int
    paid: int
    available: int
    states: dict[str, tuple[int, int, int]]
    commodity: str

    @property
    def granted(self) -> int:
        """Return what of the money paid has arrived with who is entitled."""
        return self.states.get("paid", (0, 0, 0))[2] if self.commodity == "CNY" else 0

    @property
    def settled(self) -> int:
        """Return what else left the pool: settlements with providers and others."""
        return self.paid - self.granted


def pools(memory: Memory, conn: Connection, year: int = 0) -> list[PoolTold]:
    """Return the money of each policy that an instrument pays, year by year."""
    found = []
    for at in [year] if year else _years(memory, conn):
        by_policy: dict[str, dict[str, tuple[int, int, int]]] = {}
        counted: dict[str, str] = {}
        for row in summary(conn, at):
            states = by_policy.setdefault(row["policy"], {})
            states[row["state"]] = (row["count"], row["firms"], row["amount"])
            counted[row["policy"]] = row["commodity"]
        for one in memory.declared.instruments.instruments.values():
            said = one.said.entitlement
            if said is None or not said.policy:
                continue
            path = ""
            if said.pool:
                path = filled(one.account(said.pool).path, {"year": str(at)})
            states = by_policy.get(said.policy, {})
            money = counted.get(said.policy, "CNY") == "CNY"
            pool = _pool(conn, path)
            if not (states or any(pool)):
                continue
            budget, committed, spent, available = pool
            waiting = ("payable", "sent", "failed") if money else ()
            payable = sum(states[s][2] for s in waiting if s in states)
            found.append(
                PoolTold(
                    said.policy,
                    one.id,
                    at,
                    path,
                    budget,
                    committed,
                    payable,
                    spent - payable,
                    available,
                    states,
                    counted.get(said.policy, "CNY"),
                )
            )
    return found


def _pool(conn: Connection, path: str) -> tuple[int, int, int, int]:
    """Return what came in, is held, went out, and is free."""
    try:
        there = balance(conn, path)
    except Refused:  # no appropriation has opened it yet
        return 0, 0, 0, 0
    row = conn.execute(_BUDGET, (path,)).fetchone()
    budget = int(row[0]) if row else 0
    return budget, there.going, budget - there.has, there.has - there.going


def _years(memory: Memory, conn: Connection) -> list[int]:
    """Return the years that have an entitlement or a pool."""
    rows = conn.execute("select distinct year from entitlement")
    years = {int(year) for (year,) in rows}
    for one in memory.declared.instruments.instruments.values():
        said = one.said.entitlement
        if said is None or not said.policy or not said.pool:
            continue
        before, _, after = one.account(said.pool).path.partition("{year}")
        for (path,) in conn.execute(_POOLS, (before, after, after)):
            between = path[len(before) : len(path) - len(after)]
            if between.isdigit():
                years.add(int(between))
    return sorted(years)


def pool_json(memory: Memory, one: PoolTold) -> dict[str, Any]:
    """Return a policy's money as every face tells it."""
    rule = memory.region.rules.get(one.policy)
    return {
        "policy": one.policy,
        "zh": rule.said.zh if rule else "",
        "en": rule.said.en if rule else "",
        "instrument": one.instrument,
        "year": one.year,
        "account": one.account,
        "budget_fen": one.budget,
        "committed_fen": one.committed,
        "payable_fen": one.payable,
        "paid_fen": one.paid,
        "available_fen": one.available,
        "commodity": one.commodity,
        "states": {
            state: {"count": count, "firms": firms, "amount": amount}
            for state, (count, firms, amount) in one.states.items()
        },
    }
