# SPDX-License-Identifier: Apache-2.0
"""Some entitlements, written in one transaction: promised, or taken back.

A chunk writes entitlements, what happened to them, their transfers, the notices and
the audit trail together. What a pool cannot pay is left out and listed; what cannot be
taken back stays as it is, and has no successor beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from ceyuan.kernel import CeyuanError, Problem, UsageError, show_money
from ceyuan.ledger import Refused, Transfer, locked, open_accounts, open_sets, post
from ceyuan.ledger.look import FixedLook
from ceyuan.ledger.moves import Plan, plan
from ceyuan.ledger.reading import entries
from ceyuan.office.auditing import audit
from ceyuan.office.firm_letters import tell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from psycopg import Connection

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.language import Setting
    from ceyuan.office.dues import Due
    from ceyuan.office.memory import Memory
    from ceyuan.office.stacking import Stacked

_INSERT = """
insert into entitlement (id, slot, revision, policy, instrument, year, subject, org,
  key, party, name, commodity, amount, mode, run_id, state, noticed_on, object_until,
  promised_on, decided_by, synthetic, made_at)
select *, clock_timestamp() from unnest(%s::text[], %s::text[], %s::int[], %s::text[],
  %s::text[], %s::int[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[],
  %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::date[],
  %s::date[], %s::date[], %s::text[], %s::bool[])
"""
_EVENTS = """
insert into entitlement_event (entitlement_id, kind, state, day, actor, behalf, reason,
  transfer, known_at)
select e, %s, %s, %s, %s, '', %s, t, clock_timestamp()
from unnest(%s::text[], %s::text[]) as u(e, t)
"""
_NOTICES = """
insert into notice (id, org, party, body, actor, known_at)
select n, o, p, b, %s, clock_timestamp()
from unnest(%s::text[], %s::bigint[], %s::text[], %s::jsonb[]) as u(n, o, p, b)
on conflict (id) do nothing
"""
_STATE = "update entitlement set state = %s where id = any(%s)"


@dataclass(frozen=True, slots=True)
class Held:
    """An entitlement as it stands."""

    id: str
    slot: str
    revision: int
    policy: str
    instrument: str
    year: int
    org: int
    key: str
    party: str
    amount: int
    state: str
    approved_by: str
    run: str
    upheld: bool = False


@dataclass(slots=True)
class Entitled:
    """What an entitlement run did, or would do.

    Args:
        run: The run of decisions that it rests on.
        year: Whose budget.
        transfers: What was posted, as it was asked for.
        fresh: The new entitlements.
        withdrawn: The entitlements taken back.
        stacked: Where benefits met.
        problems: What could not be promised, and what has to be recovered.
        dry: Whether it was all taken back.
        synthetic: Whether the facts are invented.
        unfunded: Ids and amounts that no pool could pay.
        worth: The commodities that are counted in fen.
    """

    run: str
    year: int
    dry: bool
    synthetic: bool
    transfers: list[Transfer] = field(default_factory=list)
    fresh: list[tuple[str, Due]] = field(default_factory=list)
    withdrawn: list[Held] = field(default_factory=list)
    stacked: list[Stacked] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unfunded: dict[str, int] = field(default_factory=dict)
    worth: frozenset[str] = frozenset({"CNY"})

    @property
    def firms(self) -> int:
        """Return how many parties something is promised to."""
        return len({due.org for _, due in self.fresh})

    @property
    def total(self) -> int:
        """Return the sum of what is promised, in fen: money, and what is worth it.

        A voucher is counted in fen as money is; hours and shares are not in the sum.
        """
        return sum(d.amount for _, d in self.fresh if d.commodity in self.worth)


@dataclass(frozen=True, slots=True)
class Terms:
    """How one instrument's entitlements are noticed now."""

    instrument: Instrument
    settings: Mapping[str, Setting]
    object_until: date
    promised_on: date


@dataclass(slots=True)
class Chunk:
    """Some entitlements, written in one transaction."""

    conn: Connection
    memory: Memory
    made: Entitled
    ready: Mapping[str, Terms]
    on: date
    reason: str
    request: str
    stuck: set[str]

    def write(self, kind: str, items: Sequence[Any]) -> None:
        """Write new entitlements, or take old ones back."""
        if kind == "new":
            # What could not be taken back has no successor beside it.
            self._promise([one for one in items if one[1].slot not in self.stuck])
        else:
            self._take_back(items)

    def _promise(self, items: Sequence[tuple[str, Due]]) -> None:
        plans: dict[str, Plan] = {}
        look = FixedLook()
        for name, due in items:
            terms = self.ready[due.instrument]
            said = terms.instrument.said.entitlement
            assert said is not None
            try:
                plans[name] = plan(
                    terms.instrument,
                    said.promise,
                    keys=keys_of(due.year, due.party, name),
                    inputs={"amount": Fraction(due.amount)},
                    day=self.on,
                    look=look,
                    settings=terms.settings,
                )
            except Refused as refused:
                self._problem(name, due.amount, refused)
        kept = self._post(plans, {name: due.amount for name, due in items})
        fresh = [(name, due) for name, due in items if name in kept]
        self._insert(fresh, plans)
        self.made.fresh += fresh

    def _post(self, plans: dict[str, Plan], amounts: Mapping[str, int]) -> set[str]:
        """Post plans; those that the book refuses are listed and left out."""
        left = dict(plans)
        actor, reason = self.memory.actor, self.reason
        while left:
            transfers = [t for one in left.values() for t in one.transfers]
            try:
                with self.conn.transaction():
                    sets = {s.name: s for one in left.values() for s in one.sets}
                    accounts = {a.path: a for p in left.values() for a in p.accounts}
                    open_sets(self.conn, list(sets.values()), actor=actor)
                    open_accounts(
                        self.conn, list(accounts.values()), actor=actor, reason=reason
                    )
                    posted = post(self.conn, transfers, actor=actor, link="")
            except Refused as refused:
                self._leave_out(left, amounts, refused)
                continue
            fresh = {one.id for one in posted if one.fresh}
            self.made.transfers += [t for t in transfers if t.id in fresh]
            return set(left)
        return set()

    def _leave_out(
        self, left: dict[str, Plan], amounts: Mapping[str, int], refused: Refused
    ) -> None:
        """Take out what was refused; of an emptied pool all that it cannot pay."""
        path = str(refused.said.get("account", ""))
        if refused.code == "L112":
            there = locked(self.conn, [path]).get(path)
            room = 0 if there is None else there.available
            for name, one in list(left.items()):
                takes = sum(t.amount or 0 for t in one.transfers if t.debit == path)
                if takes > room:
                    self._problem(name, amounts[name], refused)
                    del left[name]
                else:
                    room -= takes
            return
        wrong = str(refused.said.get("id", ""))
        name = next(
            (n for n, one in left.items() if any(t.id == wrong for t in one.transfers)),
            "",
        )
        if not name:
            raise refused
        self._problem(name, amounts[name], refused)
        del left[name]

    def _problem(self, name: str, amount: int, refused: Refused) -> None:
        if refused.code == "L112":
            # Thousands wait for one appropriation: counted, and told once.
            self.made.unfunded[name] = amount
            return
        self.made.problems.append(
            Problem(code=refused.code, message=refused.message, mend=refused.hint)
        )

    def _insert(
        self, fresh: Sequence[tuple[str, Due]], plans: Mapping[str, Plan]
    ) -> None:
        if not fresh:
            return
        names = [name for name, _ in fresh]
        each = [due for _, due in fresh]
        terms = [self.ready[due.instrument] for due in each]
        count = len(fresh)
        self.conn.execute(
            _INSERT,
            (
                names,
                [d.slot for d in each],
                [int(n.rpartition(".")[2]) for n in names],
                [d.policy for d in each],
                [d.instrument for d in each],
                [d.year for d in each],
                [d.subject for d in each],
                [d.org for d in each],
                [d.key for d in each],
                [d.party for d in each],
                [d.name for d in each],
                [d.commodity for d in each],
                [d.amount for d in each],
                [d.mode for d in each],
                [self.made.run] * count,
                ["noticed"] * count,
                [self.on] * count,
                [t.object_until for t in terms],
                [t.promised_on for t in terms],
                [self.memory.actor] * count,
                [self.made.synthetic] * count,
            ),
        )
        self._events(
            "notice", "noticed", [(n, plans[n].transfers[0].id) for n in names]
        )
        self._notices(fresh)
        tell(self.conn, self.memory, "notice", names)
        audit(
            self.conn,
            "entitle",
            [
                (
                    name,
                    None,
                    {"amount": d.amount, "policy": d.policy, "run": self.made.run},
                )
                for name, d in fresh
            ],
            actor=self.memory.actor,
            reason=self.reason,
            request=self.request,
        )

    def _events(self, kind: str, state: str, items: Sequence[tuple[str, str]]) -> None:
        self.conn.execute(
            _EVENTS,
            (
                kind,
                state,
                self.on,
                self.memory.actor,
                self.reason,
                [name for name, _ in items],
                [transfer for _, transfer in items],
            ),
        )

    def _notices(self, fresh: Sequence[tuple[str, Due]]) -> None:
        """One notice per party and chunk; a party's benefits stand together."""
        by_org: dict[int, list[tuple[str, Due]]] = {}
        for name, due in fresh:
            by_org.setdefault(due.org, []).append((name, due))
        bodies = []
        for org, some in by_org.items():
            first = some[0][1]
            items = [
                {
                    "entitlement": name,
                    "policy": due.policy,
                    "key": due.key,
                    "amount": due.amount,
                    "commodity": due.commodity,
                    "object_until": self.ready[due.instrument].object_until.isoformat(),
                    "promised_on": self.ready[due.instrument].promised_on.isoformat(),
                }
                for name, due in some
            ]
            bodies.append((f"n-{some[0][0]}", org, first.party, {"items": items}))
        self.conn.execute(
            _NOTICES,
            (
                self.memory.actor,
                [b[0] for b in bodies],
                [b[1] for b in bodies],
                [b[2] for b in bodies],
                [Jsonb(b[3]) for b in bodies],
            ),
        )

    def _take_back(self, items: Sequence[Held]) -> None:
        """Take entitlements back by what their instruments declare."""
        done: list[tuple[str, str]] = []
        taken: list[Held] = []
        for held in items:
            terms = self.ready[held.instrument]
            said = terms.instrument.said.entitlement
            assert said is not None
            try:
                move = (
                    said.cancel
                    if held.state == "noticed"
                    else undo_of(terms.instrument)
                )
                planned = plan(
                    terms.instrument,
                    move,
                    keys=keys_of(held.year, held.party, held.id),
                    inputs={},
                    day=self.on,
                    look=WrittenLook(conn=self.conn),
                    settings=terms.settings,
                )
                with self.conn.transaction():
                    posted = post(
                        self.conn, planned.transfers, actor=self.memory.actor, link=""
                    )
            except (Refused, UsageError) as refused:
                self.made.problems.append(_stuck(held, refused))
                self.stuck.add(held.slot)
                continue
            fresh = {one.id for one in posted if one.fresh}
            self.made.transfers += [t for t in planned.transfers if t.id in fresh]
            done.append((held.id, planned.transfers[0].id))
            taken.append(held)
        if not taken:
            return
        self.conn.execute(_STATE, ("withdrawn", [name for name, _ in done]))
        self._events("withdraw", "withdrawn", done)
        tell(
            self.conn,
            self.memory,
            "withdraw",
            [name for name, _ in done],
            reason=self.reason,
        )
        audit(
            self.conn,
            "entitle.withdraw",
            [
                (h.id, {"state": h.state, "amount": h.amount}, {"state": "withdrawn"})
                for h in taken
            ],
            actor=self.memory.actor,
            reason=self.reason,
            request=self.request,
        )
        self.made.withdrawn += taken


def keys_of(year: int, party: str, name: str) -> dict[str, str]:
    """Return the keys of an entitlement's moves."""
    return {"year": str(year), "firm": party, "entitlement": name}


def undo_of(instrument: Instrument) -> str:
    """Return the move that reverses a confirmed promise.

    Raises:
        UsageError: The instrument declares none.
    """
    said = instrument.said.entitlement
    assert said is not None
    for name, one in instrument.said.moves.items():
        if one.reverses and one.reverses in (said.confirm, said.promise):
            return name
    msg = f"`{instrument.id}` 没有冲正 `{said.confirm}` 的动作 (nothing reverses it)"
    raise UsageError(msg, hint="在它的文件里声明一个 reverses 的动作")


@dataclass(frozen=True, slots=True)
class WrittenLook(FixedLook):
    """A look that only knows entries: what is settled or reversed."""

    conn: Any = None

    def written(self, ids: Sequence[str]) -> Mapping[str, Any]:
        """Return the entries of these ids."""
        return {one.id: one for one in entries(self.conn, ids)}


def _stuck(held: Held, refused: CeyuanError) -> Problem:
    return Problem(
        code="L133",
        message=f"`{held.id}`（{show_money(held.amount)}）的依据已变，但撤不回："
        f"{refused.message} (cannot be taken back)",
        mend="由经办人查明去向后处理；它和其余各笔都没有改动",
    )
