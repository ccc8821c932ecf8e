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
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from ceyuan.kernel import UsageError
from ceyuan.ledger.sealing import OFFICE_TIME
from ceyuan.office.entitlements import unclaimed
from ceyuan.office.kept import Kept
from ceyuan.office.policy_changes import dated
from ceyuan.office.policy_life import PUBLIC, Stage, consultation, drafts, stages
from ceyuan.office.policy_list import IN_FORCE, one_listed
from ceyuan.office.policy_words import policy_words
from ceyuan.office.runs import find
from ceyuan.office.small_cells import Span, is_few, left_out, veiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from psycopg import Connection

    from ceyuan.declarations import Region
    from ceyuan.office.memory import Memory
    from ceyuan.office.policy_life import Draft
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
select policy, commodity, count(*), count(distinct org), sum(amount),
  count(*) filter (where state = 'paid'),
  count(distinct org) filter (where state = 'paid'),
  coalesce(sum(amount) filter (where state = 'paid'), 0)
from entitlement where state not in ('declined', 'withdrawn')
group by policy, commodity order by policy, commodity
"""
_SEAL = "select number, upto, head from ledger_seal order by number desc limit 1"
LATELY = timedelta(days=120)
SOON = timedelta(days=180)
FEW_NEWS = 8

What = Literal[
    "in_force", "ends", "parameter", "clause", "consultation", "draft", "run"
]


@dataclass(frozen=True, slots=True)
class Sum:
    """Claims: how many, of how many firms, and how much, in the smallest unit.

    Args:
        claims: How many.
        firms: Of how many firms.
        amount: How much; None: of so few that it is not told.
    """

    claims: int
    firms: int
    amount: int | None

    @property
    def is_few(self) -> bool:
        """Return whether the firms are so few that even their number is a span."""
        return is_few(self.firms)


@dataclass(frozen=True, slots=True)
class OfPolicy:
    """What of one policy became claims: all of them, and those that were paid."""

    policy: str
    commodity: str
    granted: Sum
    paid: Sum


@dataclass(frozen=True, slots=True)
class News:
    """Something new: on which day, what, of which policy.

    Args:
        day: The day.
        what: `in_force`, `ends`, `parameter`, `clause`, `consultation`, `draft`, `run`.
        policy: The policy or draft; empty for a run.
        zh: Its name.
        en: Its name in English.
        until: Last day of a consultation.
        detail: Names of the parameters or clauses, per language.
    """

    day: date
    what: What
    policy: str
    zh: str
    en: str
    until: date | None = None
    detail: tuple[str, str] = ("", "")


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
    news = sorted(_news(region, on, by_life, begun, run), key=_nearness(on))
    return Overview(
        on=on,
        run=run,
        firms=0 if run is None else run.subjects.get("firm", 0),
        in_force=sum(one.state == IN_FORCE for one in listed),
        policies=len(listed),
        entitled=Sum(claims, firms, None),
        paid=_sum(paid),
        unclaimed=_sum(owed),
        by_policy=by_policy,
        outcomes={} if run is None else {p: veiled(c) for p, c in run.counts.items()},
        subjects={} if run is None else dict(run.subjects),
        seal=None if sealed is None else (sealed[0], sealed[1], bytes(sealed[2]).hex()),
        news=tuple(news[:FEW_NEWS]),
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
    return Sum(claims, firms, None if is_few(firms) else amount)


def _by_policy(conn: Connection) -> Iterator[OfPolicy]:
    """Yield the sums by policy; those that would tell on few are left out.

    Of each commodity by itself: what is paid in money and in vouchers has no sum.
    """
    rows = conn.execute(_BY_POLICY).fetchall()
    hidden = [(_out(rows, 3), _out(rows, 6))]
    for policy, commodity, claims, firms, amount, done, done_firms, done_amount in rows:
        key = (policy, commodity)
        granted_out, paid_out = hidden[0]
        yield OfPolicy(
            policy,
            commodity,
            Sum(claims, firms, None if key in granted_out else int(amount)),
            Sum(done, done_firms, None if key in paid_out else int(done_amount)),
        )


def _out(rows: Sequence[tuple[str, ...]], at: int) -> set[tuple[str, str]]:
    """Return the cells of a column whose sums are not told, commodity by commodity."""
    found: set[tuple[str, str]] = set()
    for commodity in {row[1] for row in rows}:
        firms = {(r[0], r[1]): int(r[at]) for r in rows if r[1] == commodity}
        found |= left_out(firms)[0]
    return found


def _news(
    region: Region,
    on: date,
    found: Mapping[str, Sequence[Stage]],
    begun: Mapping[str, Draft],
    run: Run | None,
) -> Iterator[News]:
    if run is not None and run.finished_at is not None:
        day = run.finished_at.astimezone(OFFICE_TIME).date()
        yield News(day, "run", "", run.id, run.id)
    for policy, several in found.items():
        speaking = consultation(several, on)
        if speaking is None:
            continue
        rule, draft = region.rules.get(policy), begun.get(policy)
        if rule is not None:
            zh, en = rule.said.zh, rule.said.en
        elif draft is not None:
            zh = en = draft.name
        else:
            continue
        yield News(speaking.since, "consultation", policy, zh, en, speaking.until)
    for draft in begun.values():
        last = next((s for s in reversed(draft.stages) if s.stage in PUBLIC[1:]), None)
        if last is not None and last.since >= on - LATELY:
            yield News(last.since, "draft", draft.id, draft.name, draft.name)
    for rule in region.rules.values():
        zh = {(d.day, d.what): [] for d in dated(policy_words(region, rule, on))}  # type: ignore[var-annotated]
        en = {key: [] for key in zh}  # type: ignore[var-annotated]
        for names, locale in ((zh, "zh"), (en, "en")):
            for one in dated(policy_words(region, rule, on, locale=locale)):
                names[one.day, one.what].append(one.name)
        begins = rule.said.validity.from_
        for (day, what), names_zh in zh.items():
            shown = day - timedelta(days=1) if what == "ends" else day
            if not on - LATELY <= shown <= on + SOON:
                continue
            if what in ("parameter", "clause") and day == begins:
                continue  # they begin with their policy
            kind: What = {"begins": "in_force", "ends": "ends"}.get(what, what)  # type: ignore[assignment]
            yield News(
                shown,
                kind,
                rule.id,
                rule.said.zh,
                rule.said.en,
                detail=("、".join(names_zh), ", ".join(en[day, what])),
            )


def _nearness(on: date):  # type: ignore[no-untyped-def]
    """Return an order: consultations first, then the nearest days, ahead before past."""

    def order(one: News) -> tuple[bool, int, bool, str]:
        days = (one.day - on).days
        return (one.what != "consultation", abs(days), days < 0, one.policy)

    return order
