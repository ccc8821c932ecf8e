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
from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError
from ceyuan.office.entitlements import unclaimed
from ceyuan.office.kept import Kept
from ceyuan.office.policy_life import drafts, stages
from ceyuan.office.policy_list import IN_FORCE, one_listed
from ceyuan.office.policy_news import news
from ceyuan.office.runs import find
from ceyuan.office.small_cells import Span, is_few, left_out, veiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
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
  coalesce(sum(amount) filter (where state = 'paid'), 0)
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
        by_policy = tuple(_by_policy(conn))
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
        entitled=Sum(_span(firms), None, _span(claims)),
        paid=_sum(paid),
        unclaimed=_sum(owed),
        by_policy=by_policy,
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


def _sum(said: Sequence[int]) -> Sum:
    claims, firms, amount = said
    told = None if is_few(firms) else amount
    return Sum(_span(firms), told, _span(claims))


def _span(count: int) -> Span:
    return veiled({"": count})[""]


def _by_policy(conn: Connection) -> Iterator[OfPolicy]:
    """Yield the sums by policy; those that would tell on few are left out.

    Of each commodity by itself: what is paid in money and in vouchers has no sum.
    """
    rows = conn.execute(_BY_POLICY).fetchall()
    granted = {(policy, commodity): n for policy, commodity, n, *_ in rows}
    done = {(r[0], r[1]): r[4] for r in rows}
    firms, done_firms = veiled(granted), veiled(done)
    out, done_out = _out(granted), _out(done)
    for policy, commodity, _, amount, _, paid in rows:
        key = (policy, commodity)
        yield OfPolicy(
            policy,
            commodity,
            Sum(firms[key], None if key in out else int(amount)),
            Sum(done_firms[key], None if key in done_out else int(paid)),
        )


def _out(firms: Mapping[tuple[str, str], int]) -> set[tuple[str, str]]:
    """Return the cells of a column whose sums are not told, commodity by commodity."""
    found: set[tuple[str, str]] = set()
    for commodity in {commodity for _, commodity in firms}:
        of = {key: n for key, n in firms.items() if key[1] == commodity}
        found |= left_out(of)[0]
    return found
