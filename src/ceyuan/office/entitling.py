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

from contextlib import contextmanager, nullcontext, suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from psycopg import InterfaceError, OperationalError
from psycopg.errors import UniqueViolation

from ceyuan.kernel import UNKNOWN, Problem, UsageError, show_money, unit
from ceyuan.office.attempts import attempt, done
from ceyuan.office.auditing import new_request
from ceyuan.office.database import database_errors
from ceyuan.office.dues import Due, chosen, dues
from ceyuan.office.moving_typed import settings_from
from ceyuan.office.promising import Chunk, Entitled, Held, Terms
from ceyuan.office.runs import find
from ceyuan.office.settings import settings_in_force
from ceyuan.office.stacking import Stacked, load_stacking, resolve
from ceyuan.office.users import allow
from ceyuan.office.workdays import after_workdays, promised_on

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run

ENTITLING = 0x6365_656E
"""The number of the lock that says: an entitlement run is going on."""
CHUNK = 1_000
_THERE = """
select id, slot, revision, policy, instrument, year, org, key, party, amount, state,
  approved_by, run_id, exists (select from entitlement_event v
    where v.entitlement_id = entitlement.id and v.kind = 'uphold')
from entitlement where policy = any(%s) and (%s::bigint[] is null or org = any(%s))
order by slot, revision
"""
_WHO = """
select actor, started_at from attempt
where kind = 'entitle' and finished_at is null order by id desc limit 1
"""


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
    if not dry_run:
        with memory.transaction() as conn:
            allow(conn, memory, "entitle.run")
    with _alone(memory, dry=dry_run):
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
        try:
            with attempt(memory, "entitle", {}) as number:
                yield
                with memory.transaction() as other:
                    done(other, number)
        finally:
            # The server notices a little later that a connection was closed: a run
            # that follows at once would be told that this one is still going on.
            with suppress(OperationalError, InterfaceError):
                conn.execute("select pg_advisory_unlock(%s)", (ENTITLING,))


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
        terms = noticed_terms(memory, one, said, on)
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


def noticed_terms(
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
    promised = promised_on(memory.region.id, until)
    return Terms(one, settings, until, promised)


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


_STATE_WORDS = {"sent": "送付", "paid": "支付", "failed": "送付（失败）"}
