# SPDX-License-Identifier: Apache-2.0
"""The headline of an office: what everybody may know of its last run and its book.

How many firms were decided, how many policies hold, how many are entitled, what was
paid, what is still owed (应享未享); by policy where that tells on nobody; and what is
new. The numbers are those of the verbs that officers ask (`ceyuan run show`, `ceyuan
entitlement summary`), with small cells left out. Worked out once for each state of the
office, not for each page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UsageError
from ceyuan.office.entitlements import unclaimed
from ceyuan.office.kept import Kept
from ceyuan.office.policy_life import drafts, stages
from ceyuan.office.policy_list import IN_FORCE, one_listed
from ceyuan.office.policy_news import news
from ceyuan.office.runs import find
from ceyuan.office.small_cells import (
    LEAST,
    Span,
    few_told,
    is_few,
    left_out,
    total_told,
    veiled,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime

    from psycopg import Connection

    from ceyuan.office.memory import Memory
    from ceyuan.office.policy_life import Draft, Stage
    from ceyuan.office.policy_news import News
    from ceyuan.office.running import Run

_STATE = """
select (select max(finished_at) from run), (select count(*) from run),
  (select max(id) from entitlement_event), (select max(id) from policy_stage),
  (select max(number) from ledger_seal)
"""
_ENTITLED = """
select count(*), count(distinct org), coalesce(bool_or(synthetic), false)
from entitlement where state not in ('declined', 'withdrawn')
"""
_PAID = """
select count(*), count(distinct org), coalesce(sum(amount), 0) from entitlement
where state = 'paid' and commodity = 'CNY'
"""
_BY_POLICY = """
select policy, commodity, count(distinct org), sum(amount),
  count(distinct org) filter (where state = 'paid'),
  coalesce(sum(amount) filter (where state = 'paid'), 0),
  count(distinct org) filter (where state <> 'paid')
from entitlement where state not in ('declined', 'withdrawn')
group by policy, commodity order by policy, commodity
"""
_SEAL = "select number, upto, head from ledger_seal order by number desc limit 1"


@dataclass(frozen=True, slots=True)
class Sum:
    """Claims: of how many firms, and how much, in the smallest unit.

    Args:
        firms: Of how many firms.
        amount: How much; None: of so few that it is not told.
        claims: How many; None where they are not told by themselves.
    """

    firms: Span
    amount: int | None
    claims: Span | None = None


@dataclass(frozen=True, slots=True)
class OfPolicy:
    """What of one policy became claims: all of them, and those that were paid."""

    policy: str
    commodity: str
    granted: Sum
    paid: Sum


@dataclass(frozen=True, slots=True)
class Overview:
    """The headline.

    Args:
        on: Of which day.
        run: The last run; None: there is none yet.
        firms: How many firms it decided.
        in_force: How many policies hold on the day.
        policies: How many there are.
        entitled: What became claims.
        paid: What of it was paid, in money.
        unclaimed: What is owed and not paid, in money.
        by_policy: The same by policy.
        outcomes: Per policy how many of the last run have which outcome.
        subjects: How many of each kind the run decided.
        seal: Number, moment and head of the book's last seal.
        news: What is new, the next days first, then the latest.
        synthetic: Any of it is invented.
    """

    on: date
    run: Run | None
    firms: int
    in_force: int
    policies: int
    entitled: Sum
    paid: Sum
    unclaimed: Sum
    by_policy: tuple[OfPolicy, ...]
    outcomes: Mapping[str, Mapping[str, Span]]
    subjects: Mapping[str, int]
    seal: tuple[int, datetime, str] | None
    news: tuple[News, ...]
    synthetic: bool
    stages: Mapping[str, tuple[Stage, ...]] = field(default_factory=dict)
    drafts: Mapping[str, Draft] = field(default_factory=dict)


_KEPT: Kept[Overview] = Kept(seconds=2)


def overview(memory: Memory, on: date) -> Overview:
    """Return the headline of a day; the same one until the office's state changes."""

    def state() -> object:
        with memory.transaction() as conn:
            return conn.execute(_STATE).fetchone()

    return _KEPT.get((memory.database.url, on), state, lambda: made(memory, on))


def forget() -> None:
    """Forget what is kept; for tests that write and look at once."""
    _KEPT.clear()


def made(memory: Memory, on: date) -> Overview:
    """Work the headline out."""
    region = memory.region
    try:
        run = find(memory, "last")
    except UsageError:
        run = None
    with memory.transaction() as conn:
        claims, firms, invented = _row(conn, _ENTITLED)
        paid = _row(conn, _PAID)
        owed = unclaimed(conn)
        rows = [_Row(*row) for row in conn.execute(_BY_POLICY)]
        sealed = conn.execute(_SEAL).fetchone()
        found = stages(conn)
        begun = drafts(conn, region)
    listed = [one_listed(rule, on) for rule in region.rules.values()]
    by_life = {
        policy: tuple(s for s in found if s.policy == policy)
        for policy in {s.policy for s in found}
    }
    return Overview(
        on=on,
        run=run,
        firms=0 if run is None else run.subjects.get("firm", 0),
        in_force=sum(one.state == IN_FORCE for one in listed),
        policies=len(listed),
        **_claims(rows, (claims, firms), paid, owed),
        outcomes={} if run is None else {p: veiled(c) for p, c in run.counts.items()},
        subjects={} if run is None else dict(run.subjects),
        seal=None if sealed is None else (sealed[0], sealed[1], bytes(sealed[2]).hex()),
        news=news(region, on, by_life, begun, run),
        synthetic=bool(invented) or (run is not None and run.synthetic),
        stages=by_life,
        drafts=begun,
    )


def _row(conn: Connection, question: str) -> tuple[int, int, int]:
    row = conn.execute(question.encode()).fetchone()
    assert row is not None
    return row[0], row[1], int(row[2])


@dataclass(frozen=True, slots=True)
class _Row:
    """The claims of a policy in a commodity, as they are."""

    policy: str
    commodity: str
    firms: int
    amount: int
    paid_firms: int
    paid: int
    open_firms: int

    @property
    def key(self) -> tuple[str, str]:
        return self.policy, self.commodity

    @property
    def is_money(self) -> bool:
        """Whether it is counted in money."""
        return self.commodity == "CNY"

    @property
    def paid_told(self) -> Span:
        """How many firms were paid: never so that it tells on the few who were not."""
        if is_few(self.open_firms) and not is_few(self.paid_firms) and self.paid_firms:
            return Span(self.firms - (LEAST - 1), self.firms)
        return few_told(self.paid_firms)

    @property
    def parts_few(self) -> bool:
        """Whether what is paid of it, or what is not, is of few."""
        return is_few(self.paid_firms) or is_few(self.open_firms)


def _claims(
    rows: Sequence[_Row],
    entitled: tuple[int, int],
    paid: Sequence[int],
    owed: Sequence[int],
) -> dict[str, Any]:
    """Return the sums in all and by policy, without those that would tell on few.

    What is granted is paid or still owed, and the sum of all policies is the total. So
    a sum of few is not told, nor what would give it by subtraction: beside it in its
    row, in its column, or in the totals.
    """
    granted = {row.key: row.firms for row in rows}
    done = {row.key: row.paid_firms for row in rows}
    split = {row.key for row in rows if row.parts_few and row.paid_firms}
    out, _ = _out(granted, ())
    done_out, is_total_out = _out(done, split)
    paid_out, owed_out = is_few(paid[1]) or is_total_out, is_few(owed[1])
    if not any(commodity == "CNY" for _, commodity in out):
        # All that was granted in money can be added up: one would give the other.
        paid_out = owed_out = paid_out or owed_out
    claims, firms = entitled
    has_few = any(is_few(n) for n in granted.values())
    return {
        "entitled": Sum(
            total_told(firms, granted.values()),
            None,
            None if has_few else few_told(claims),
        ),
        "paid": _sum(paid, [r.paid_firms for r in rows if r.is_money], paid_out),
        "unclaimed": _sum(owed, [r.open_firms for r in rows if r.is_money], owed_out),
        "by_policy": tuple(
            OfPolicy(
                row.policy,
                row.commodity,
                Sum(few_told(row.firms), None if row.key in out else int(row.amount)),
                Sum(
                    row.paid_told,
                    None if row.key in done_out else int(row.paid),
                ),
            )
            for row in rows
        ),
    }


def _sum(said: Sequence[int], firms: Collection[int], is_out: bool) -> Sum:  # noqa: FBT001 - a column
    claims, of, amount = said
    told = None if is_out and amount else amount
    hidden = any(is_few(n) for n in firms)
    return Sum(total_told(of, firms), told, None if hidden else few_told(claims))


def _out(
    firms: Mapping[tuple[str, str], int], also: Collection[tuple[str, str]]
) -> tuple[set[tuple[str, str]], bool]:
    """Return the cells of a column whose sums are not told, commodity by commodity.

    And whether the total in money is not told either: of each commodity by itself, as
    what is paid in money and in vouchers has no sum.
    """
    found: set[tuple[str, str]] = set()
    is_total_out = False
    for commodity in {commodity for _, commodity in firms}:
        of = {key: n for key, n in firms.items() if key[1] == commodity}
        out, gives = left_out(of, also)
        found |= out
        is_total_out |= gives and commodity == "CNY"
    return found, is_total_out
