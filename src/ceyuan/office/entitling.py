# SPDX-License-Identifier: Apache-2.0
"""The entitlement run: stored decisions become claims, without an application.

What should be (`dues`, after stacking) is compared with what is; only the difference is
written, and every id is made from what it stands for. So a run that is repeated has
nothing left to do, a run that was killed is finished by the next one, and two that run
at once would write the same rows; the second waits for nobody and is told who is at it.

Each chunk is one transaction: entitlements, what happened to them, the transfers, the
notices, the audit trail. What a pool cannot pay is not promised: it is listed, and the
next run after an appropriation takes it up.

A claim whose ground has changed is taken back by the move that its instrument declares
(a hold is void, a confirmed promise reversed) and made anew; what was sent or paid is
never touched: it is listed for recovery.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from ceyuan.kernel import UNKNOWN, CeyuanError, Problem, UsageError, show_money, unit
from ceyuan.ledger import Refused, Transfer, locked, open_accounts, open_sets, post
from ceyuan.ledger.look import FixedLook
from ceyuan.ledger.moves import Plan, plan
from ceyuan.ledger.reading import entries
from ceyuan.office.attempts import attempt, done
from ceyuan.office.auditing import audit, new_request
from ceyuan.office.database import database_errors
from ceyuan.office.dues import Due, chosen, dues
from ceyuan.office.moving_typed import settings_from
from ceyuan.office.runs import find
from ceyuan.office.settings import settings_in_force
from ceyuan.office.stacking import Stacked, load_stacking, resolve
from ceyuan.office.users import allow
from ceyuan.office.workdays import after_workdays

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date

    from psycopg import Connection

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.language import Setting
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run

ENTITLING = 0x6365_656E
"""The number of the lock that says: an entitlement run is going on."""
CHUNK = 1_000
PAY_WORKDAYS = 10
"""Our own promise of payment after the notice, where an instrument says none."""
ALIVE = ("noticed", "payable", "sent", "failed", "paid")
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
_THERE = """
select id, slot, revision, policy, instrument, year, org, key, party, amount, state,
  approved_by, run_id, exists (select from entitlement_event v
    where v.entitlement_id = entitlement.id and v.kind = 'uphold')
from entitlement where policy = any(%s) and (%s::bigint[] is null or org = any(%s))
order by slot, revision
"""
_STATE = "update entitlement set state = %s where id = any(%s)"
_WHO = """
select actor, started_at from attempt
where kind = 'entitle' and finished_at is null order by id desc limit 1
"""


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


def entitle(
    memory: Memory,
    *,
    year: int,
    policies: Collection[str] = (),
    run: str = "last",
    on: date,
    reason: str = "",
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> Entitled:
    """Turn the decisions of a run into entitlements; only what is not there yet.

    Args:
        memory: The office's memory; its actor decides.
        year: Whose budget it is.
        policies: Only these; all that an instrument pays by default.
        run: The stored run of decisions.
        on: The day of the notice.
        reason: Why, for the audit trail.
        dry_run: Do everything and take it back.
        progress: Told how many of how many are done.

    Raises:
        NotAllowed: Who asks may not.
        UsageError: There is no such run or policy, or another one is at it.
        RuleError: A declaration is wrong.
    """
    found = find(memory, run)
    instruments = chosen(memory, policies)
    made = Entitled(found.id, year, dry_run, found.synthetic)
    with _alone(memory, dry=dry_run):
        if not dry_run:
            with memory.transaction() as conn:
                allow(conn, memory, "entitle.run")
        _bring_about(
            memory, found, instruments, made, on=on, reason=reason, progress=progress
        )
    return made


def follow_up(
    memory: Memory, run: Run, orgs: Collection[int], *, on: date, reason: str
) -> list[Entitled]:
    """Bring the entitlements of some parties in line with what was decided again.

    Called when a correction was accepted: only what it touched is looked at, and only
    the years that have entitlements from that run.
    """
    with memory.transaction() as conn:
        rows = conn.execute(
            "select distinct year from entitlement where run_id = %s and org = any(%s)",
            (run.id, list(orgs)),
        ).fetchall()
        policies = [
            p
            for (p,) in conn.execute(
                "select distinct policy from entitlement where run_id = %s", (run.id,)
            )
        ]
        if not rows:
            rows = conn.execute(
                "select distinct year from entitlement where run_id = %s", (run.id,)
            ).fetchall()
    done = []
    for (year,) in rows:
        made = Entitled(run.id, year, dry=False, synthetic=run.synthetic)
        try:
            with _alone(memory, dry=False):
                _bring_about(
                    memory,
                    run,
                    chosen(memory, policies),
                    made,
                    on=on,
                    reason=reason,
                    only=orgs,
                )
        except UsageError as busy:
            # The ruling stands; what follows from it waits for the next run.
            made.problems.append(
                Problem(
                    code="L134",
                    message=f"应享还没有跟上这次更正：{busy.message} (not followed yet)",
                    mend=f"稍后 `ceyuan entitle --year {year}`，会补上",
                )
            )
        done.append(made)
    return done


@contextmanager
def _alone(memory: Memory, *, dry: bool) -> Iterator[None]:
    """Run with nobody else at it; say who is where somebody is.

    Raises:
        UsageError: Another run is going on.
    """
    if dry:
        # It is all taken back; what it locks keeps a real one waiting, not wrong.
        yield
        return
    with memory.database.connect() as conn:
        conn.autocommit = True
        row = conn.execute("select pg_try_advisory_lock(%s)", (ENTITLING,)).fetchone()
        if row is None or not row[0]:
            who = conn.execute(_WHO).fetchone()
            said = (
                f"`{who[0]}` 自 {who[1].astimezone():%H:%M:%S}" if who else "另一个人"
            )
            msg = f"正在进行另一次应享核定：{said} 起 (another run is going on)"
            raise UsageError(msg, hint="等它做完再试；重复运行不会重复发放")
        with attempt(memory, "entitle", {}) as number:
            yield
            with memory.transaction() as other:
                done(other, number)


def _bring_about(
    memory: Memory,
    run: Run,
    instruments: Sequence[Instrument],
    made: Entitled,
    *,
    on: date,
    reason: str,
    only: Collection[int] | None = None,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> None:
    commodities = memory.declared.instruments.commodities
    made.worth = frozenset(n for n, c in commodities.items() if unit(c.unit).is_money)
    with memory.transaction() as conn:
        said = settings_in_force(conn, on)
    ready = {}
    for one in instruments:
        terms = _terms(memory, one, said, on)
        if isinstance(terms, Problem):
            made.problems.append(terms)
        else:
            ready[one.id] = terms
    able = [one for one in instruments if one.id in ready]
    # Benefits meet whether or not both are asked for now, or can be promised yet.
    every = dues(memory, run, chosen(memory, ()), year=made.year, only=only)
    wanted, made.stacked = resolve(every, load_stacking(memory.region.id), said)
    wanted = [due for due in wanted if due.instrument in ready]
    made.problems += [_unset(s) for s in made.stacked if not s.rule]
    policies = [e.policy for one in able if (e := one.said.entitlement) is not None]
    with memory.transaction() as conn:
        orgs = None if only is None else list(only)
        there = [Held(*row) for row in conn.execute(_THERE, (policies, orgs, orgs))]
    fresh, gone = _compare(wanted, there, made)
    chunks: list[tuple[str, Sequence[Any]]] = [
        *(("gone", gone[i : i + CHUNK]) for i in range(0, len(gone), CHUNK)),
        *(("new", part) for part in _parties(fresh)),
    ]
    whole, count = len(fresh) + len(gone), 0
    stuck: set[str] = set()
    request = new_request()
    try:
        with (
            database_errors(memory.database.said),
            memory.database.connect() as conn,
        ):
            conn.autocommit = True
            # A dry run is one transaction that is taken back; a real one has many.
            dry = conn.transaction(force_rollback=True) if made.dry else nullcontext()
            with dry:
                for kind, items in chunks:
                    with conn.transaction():
                        chunk = Chunk(
                            conn, memory, made, ready, on, reason, request, stuck
                        )
                        chunk.write(kind, items)
                    count += len(items)
                    progress(count, whole)
    except UniqueViolation as error:
        msg = "另一次应享核定写了同样的应享，这一次停在这里 (another run was at it)"
        raise UsageError(
            msg, hint="再运行一次：已写入的不会重复，没有写的会补上"
        ) from error


def _terms(
    memory: Memory, one: Instrument, said: Mapping[str, str], on: date
) -> Terms | Problem:
    """Return an instrument's terms; the problem where a parameter is not set."""
    entitlement = one.said.entitlement
    assert entitlement is not None
    settings = settings_from(one, said)
    days = entitlement.objection_days
    count = 0
    if days is not None and days.days is not None:
        count = days.days
    elif days is not None:
        value = {**one.settings(on), **settings}.get(days.parameter, UNKNOWN)
        if not isinstance(value, Fraction):
            home = one.homes.get(days.parameter, f"{one.id}.{days.parameter}")
            return Problem(
                code="L130",
                message=f"参数 `{home}`（公示天数）没有设定，`{entitlement.policy}` "
                "暂不承诺 (parameter not set)",
                mend=f"`ceyuan parameter set {home}=5工作日 --reason “……”`",
            )
        count = int(value)
    until = after_workdays(memory.region.id, on, count)
    promised = after_workdays(memory.region.id, until, PAY_WORKDAYS)
    return Terms(one, settings, until, promised)


@dataclass(frozen=True, slots=True)
class Terms:
    """How one instrument's entitlements are noticed now."""

    instrument: Instrument
    settings: Mapping[str, Setting]
    object_until: date
    promised_on: date


def _unset(one: Stacked) -> Problem:
    return Problem(
        code="L131",
        message=f"叠加组 `{one.group}` 的规则没有确认：{one.zh} (stacking not set)",
        mend=f"`ceyuan parameter set stacking.{one.group}=highest_only --reason “……”`",
    )


def _parties(fresh: list[tuple[str, Due]]) -> Iterator[list[tuple[str, Due]]]:
    """Yield chunks that part no party: what one is due stands in one notice."""
    ordered = sorted(fresh, key=lambda one: (one[1].party, one[0]))
    start = 0
    while start < len(ordered):
        stop = min(start + CHUNK, len(ordered))
        last = ordered[stop - 1][1].party
        while stop < len(ordered) and ordered[stop][1].party == last:
            stop += 1
        yield ordered[start:stop]
        start = stop


def _compare(
    wanted: Sequence[Due], there: Sequence[Held], made: Entitled
) -> tuple[list[tuple[str, Due]], list[Held]]:
    """Return what is new, with its id, and what has to be taken back."""
    latest: dict[str, Held] = {}
    for held in there:
        latest[held.slot] = held
    should = {due.slot: due for due in wanted}
    fresh: list[tuple[str, Due]] = []
    gone: list[Held] = []
    for slot, due in should.items():
        if slot not in latest:
            fresh.append((due.entitlement(1), due))
            continue
        held = latest[slot]
        again = (due.entitlement(held.revision + 1), due)
        if held.state == "withdrawn":
            if not (held.upheld and held.amount == due.amount):
                fresh.append(again)
            # Somebody objected and was right: the same facts do not bring it back.
        elif held.year != due.year:
            continue  # once for all time, and it was another year's
        elif held.state == "declined" or held.amount == due.amount:
            continue
        elif held.state in ("noticed", "payable"):
            gone.append(held)
            fresh.append(again)
        else:
            made.problems.append(_recover(held, due.amount))
    for slot, held in latest.items():
        if slot in should or held.state in ("withdrawn", "declined"):
            continue
        if held.year != made.year:
            continue  # another year's: what this year is due says nothing of it
        if held.state in ("noticed", "payable"):
            gone.append(held)
        else:
            made.problems.append(_recover(held, 0))
    return fresh, gone


def _recover(held: Held, now: int) -> Problem:
    return Problem(
        code="L132",
        message=f"`{held.id}` 已{_STATE_WORDS.get(held.state, held.state)} "
        f"{show_money(held.amount)}，现在应为 {show_money(now)} "
        "(sent or paid, and no longer due so)",
        mend="追回或补付由经办人处理：已付的不自动冲正",
    )


def _stuck(held: Held, refused: CeyuanError) -> Problem:
    return Problem(
        code="L133",
        message=f"`{held.id}`（{show_money(held.amount)}）的依据已变，但撤不回："
        f"{refused.message} (cannot be taken back)",
        mend="由经办人查明去向后处理；它和其余各笔都没有改动",
    )


_STATE_WORDS = {"sent": "送付", "paid": "支付", "failed": "送付（失败）"}


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
                    said.cancel if held.state == "noticed" else _undo(terms.instrument)
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


def _undo(instrument: Instrument) -> str:
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
