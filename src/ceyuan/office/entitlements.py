# SPDX-License-Identifier: Apache-2.0
"""An entitlement from its notice to the treasury: who may move it on, and how.

```
noticed ──window over, approved──▶ payable ──▶ sent ──▶ paid
   │  └─ objection: waits for a ruling            └──▶ failed ──▶ sent again
   ├──▶ declined   (the party does not want it)
   └──▶ withdrawn  (its ground is gone; from payable by reversal)
```

What needs no payment (a voucher, issued at the notice) has arrived when it is
approved. Whoever decided does not approve, and neither of the two pays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import Problem, UsageError
from ceyuan.ledger import Refused, Transfer, post
from ceyuan.ledger.moves import plan
from ceyuan.office.auditing import audit, new_request
from ceyuan.office.entitling import CHUNK
from ceyuan.office.firm_letters import tell
from ceyuan.office.moving_typed import office_settings
from ceyuan.office.promising import WrittenLook, keys_of
from ceyuan.office.users import allow, apart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from psycopg import Connection

    from ceyuan.office.memory import Memory

_COLUMNS = """
id, slot, revision, policy, instrument, year, subject, org, key, party, name,
commodity, amount, mode, run_id, state, noticed_on, object_until, promised_on,
decided_by, approved_by, objection, synthetic
"""
_READ = "select" + _COLUMNS + "from entitlement "
_EVENT = """
insert into entitlement_event (entitlement_id, kind, state, day, actor, behalf, reason,
  transfer, known_at)
select u.e, %s, %s, %s, %s, %s, %s, u.t, clock_timestamp()
from unnest(%s::text[], %s::text[]) as u(e, t)
"""
_HISTORY = """
select kind, state, day, actor, behalf, reason, transfer, known_at
from entitlement_event where entitlement_id = %s order by id
"""
_WHOSE = "select party, state from entitlement where id = %s"
_APPROVED = """
update entitlement set state = %s, approved_by = %s where id = any(%s)
"""
_UNCLAIMED = """
select count(*), count(distinct org), coalesce(sum(amount), 0) from entitlement
where state in ('noticed', 'payable', 'sent', 'failed') and commodity = 'CNY'
  and (%(year)s = 0 or year = %(year)s)
"""
_SUMMARY = """
select policy, instrument, commodity, state, count(*), count(distinct org), sum(amount)
from entitlement where (%(year)s = 0 or year = %(year)s)
group by policy, instrument, commodity, state order by policy, state
"""
STATES: Mapping[str, tuple[str, str]] = {
    "noticed": ("公示中", "noticed"),
    "payable": ("待支付", "payable"),
    "sent": ("已送付", "sent"),
    "paid": ("已到账", "paid"),
    "failed": ("支付失败", "failed"),
    "declined": ("已放弃", "declined"),
    "withdrawn": ("已撤回", "withdrawn"),
}
MEANT: Mapping[str, tuple[str, str]] = {
    "wrong": ("金额或数据不对", "the amount or a fact is wrong"),
    "whole": ("不该给我们", "this is not for us"),
}
"""What an objection may mean: Chinese and English."""


@dataclass(frozen=True, slots=True)
class Entitlement:
    """An entitlement as it stands; amounts in the commodity's smallest unit."""

    id: str
    slot: str
    revision: int
    policy: str
    instrument: str
    year: int
    subject: str
    org: int
    key: str
    party: str
    name: str
    commodity: str
    amount: int
    mode: str
    run: str
    state: str
    noticed_on: date
    object_until: date
    promised_on: date
    decided_by: str
    approved_by: str
    objection: bool
    synthetic: bool

    @property
    def key_words(self) -> str:
        """Return its key as it is read: the parts with dots between them."""
        return " · ".join(self.key.split("\x1f"))


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to an entitlement."""

    kind: str
    state: str
    day: date
    actor: str
    behalf: str
    reason: str
    transfer: str
    known_at: datetime


def listed(
    conn: Connection,
    *,
    state: str = "",
    policy: str = "",
    org: int | None = None,
    year: int = 0,
    limit: int = 1_000_000,
) -> list[Entitlement]:
    """Return entitlements, by policy and id."""
    rows = conn.execute(
        _READ + "where (%(state)s = '' or state = %(state)s)"
        " and (%(policy)s = '' or policy = %(policy)s)"
        " and (%(org)s::bigint is null or org = %(org)s)"
        " and (%(year)s = 0 or year = %(year)s)"
        " order by policy, id limit %(limit)s",
        {"state": state, "policy": policy, "org": org, "year": year, "limit": limit},
    )
    return [Entitlement(*row) for row in rows]


def one_of(conn: Connection, name: str, *, lock: bool = False) -> Entitlement:
    """Return an entitlement.

    Raises:
        UsageError: There is none of this id.
    """
    tail = " for no key update" if lock else ""
    row = conn.execute(_READ + "where id = %s" + tail, (name,)).fetchone()
    if row is None:
        msg = f"没有应享 `{name}` (there is no such entitlement)"
        raise UsageError(msg, hint="`ceyuan entitlement list` 列出所有应享")
    return Entitlement(*row)


def history(conn: Connection, name: str) -> list[Happened]:
    """Return what happened to an entitlement, in order."""
    return [Happened(*row) for row in conn.execute(_HISTORY, (name,))]


def summary(conn: Connection, year: int = 0) -> list[dict[str, Any]]:
    """Return, per policy and state, how many entitlements, firms and how much."""
    names = ("policy", "instrument", "commodity", "state", "count", "firms", "amount")
    rows = conn.execute(_SUMMARY, {"year": year})
    return [dict(zip(names, (*row[:6], int(row[6])), strict=True)) for row in rows]


def unclaimed(conn: Connection, year: int = 0) -> tuple[int, int, int]:
    """Return how many are entitled and have not received: claims, firms, fen."""
    row = conn.execute(_UNCLAIMED, {"year": year}).fetchone()
    assert row is not None
    return row[0], row[1], int(row[2])


@dataclass(slots=True)
class Approved:
    """What came of an approval.

    Args:
        payable: Those that are now to be paid.
        arrived: Those that needed no payment.
        waiting: Those whose window is still open, or that are objected to.
        problems: Those that the book refused.
    """

    payable: list[str]
    arrived: list[str]
    waiting: list[str]
    problems: list[Problem]


def approve(
    memory: Memory,
    *,
    on: date,
    policy: str = "",
    names: Sequence[str] = (),
    year: int = 0,
    reason: str = "",
) -> Approved:
    """Approve what was noticed, once its window is over.

    Args:
        memory: The office's memory; its actor approves.
        on: The day of the approval.
        policy: Only of this policy.
        names: Only these entitlements.
        year: Only of this year.
        reason: Why, for the audit trail.

    Raises:
        NotAllowed: Who asks may not, or decided them himself.
    """
    made = Approved([], [], [], [])
    wanted = set(names)
    with memory.transaction() as conn:
        allow(conn, memory, "entitle.approve")
        found = [
            one
            for one in listed(conn, state="noticed", policy=policy, year=year)
            if not names or one.id in wanted
        ]
    there_now = {one.id for one in found}
    for name in names:
        if name not in there_now:
            with memory.transaction() as conn:
                there = one_of(conn, name)
            msg = f"`{name}` 是“{STATES[there.state][0]}”，不能批准 (not noticed)"
            raise UsageError(msg)
    ready = []
    for one in found:
        apart(memory, "entitle.approve", {"entitle.run": one.decided_by})
        if one.objection or on <= one.object_until:
            made.waiting.append(one.id)
        else:
            ready.append(one)
    request = new_request()
    for start in range(0, len(ready), CHUNK):
        with memory.transaction() as conn:
            _approve(
                conn, memory, ready[start : start + CHUNK], made, on, reason, request
            )
    return made


def _approve(
    conn: Connection,
    memory: Memory,
    some: Sequence[Entitlement],
    made: Approved,
    on: date,
    reason: str,
    request: str,
) -> None:
    held = conn.execute(
        "select id from entitlement where id = any(%s) and state = 'noticed' "
        "and not objection order by id for no key update",
        ([one.id for one in some],),
    ).fetchall()
    still = {name for (name,) in held}
    transfers: list[Transfer] = []
    pay: list[tuple[str, str]] = []
    got: list[tuple[str, str]] = []
    terms: dict[str, Any] = {}
    for one in some:
        if one.id not in still:
            continue
        instrument = memory.declared.instruments.instrument(one.instrument)
        said = instrument.said.entitlement
        assert said is not None
        if not said.confirm:
            got.append((one.id, ""))
            continue
        if one.instrument not in terms:
            terms[one.instrument] = office_settings(conn, instrument, on)
        planned = plan(
            instrument,
            said.confirm,
            keys=keys_of(one.year, one.party, one.id),
            inputs={},
            day=on,
            look=WrittenLook(conn=conn),
            settings=terms[one.instrument],
        )
        transfers += planned.transfers
        pay.append((one.id, planned.transfers[0].id))
    try:
        with conn.transaction():
            post(conn, transfers, actor=memory.actor, link="")
    except Refused as refused:
        if len(some) > 1:
            for one in some:
                _approve(conn, memory, [one], made, on, reason, request)
            return
        made.problems.append(
            Problem(code=refused.code, message=refused.message, mend=refused.hint)
        )
        return
    for state, items, into in (
        ("payable", pay, made.payable),
        ("paid", got, made.arrived),
    ):
        if not items:
            continue
        ids = [name for name, _ in items]
        conn.execute(_APPROVED, (state, memory.actor, ids))
        event(conn, memory, "approve", state, items, on=on, reason=reason)
        audit(
            conn,
            "entitle.approve",
            [(name, {"state": "noticed"}, {"state": state}) for name in ids],
            actor=memory.actor,
            reason=reason,
            request=request,
        )
        if state == "paid":
            tell(conn, memory, "paid", ids)
        into.extend(ids)


def event(
    conn: Connection,
    memory: Memory,
    kind: str,
    state: str,
    items: Sequence[tuple[str, str]],
    *,
    on: date,
    reason: str = "",
    behalf: str = "",
) -> None:
    """Write what happened to some entitlements: their ids, and a transfer each."""
    conn.execute(
        _EVENT,
        (
            kind,
            state,
            on,
            memory.actor,
            behalf,
            reason,
            [name for name, _ in items],
            [transfer for _, transfer in items],
        ),
    )


def object_to(
    memory: Memory,
    name: str,
    *,
    on: date,
    reason: str,
    behalf: str = "",
    meant: str = "",
) -> Entitlement:
    """Note an objection inside the window; the entitlement then waits for a ruling.

    Args:
        memory: The office's memory; its actor objects.
        name: The entitlement.
        on: The day.
        reason: Why.
        behalf: On whose behalf.
        meant: One of `MEANT`: what is wrong; empty where it is not said.

    Raises:
        NotAllowed: Who asks may not.
        UsageError: It is not noticed, its window is over, or no reason is given.
    """
    _reason(reason)
    kind = f"object_{meant}" if meant in MEANT else "object"
    with memory.transaction() as conn:
        _allow_object(conn, memory, name)
        one = _noticed(conn, name)
        if on > one.object_until:
            msg = f"`{name}` 的异议期到 {one.object_until} 为止 (the window is over)"
            raise UsageError(msg, hint="过期的问题按更正提出：`ceyuan correct`")
        conn.execute("update entitlement set objection = true where id = %s", (name,))
        event(conn, memory, kind, "noticed", [(name, "")], on=on, reason=reason,
              behalf=behalf)  # fmt: skip
        _audit(conn, memory, "entitle.object", one, "noticed", reason, behalf)
    return one


def settle(
    memory: Memory, name: str, *, upheld: bool, on: date, reason: str
) -> Entitlement:
    """Rule on an objection: upheld, it is withdrawn; dismissed, it goes on.

    Raises:
        NotAllowed: Who asks may not, or decided it himself.
        UsageError: There is no objection to it, or no reason is given.
    """
    _reason(reason)
    with memory.transaction() as conn:
        allow(conn, memory, "entitle.settle")
        one = _noticed(conn, name)
        if not one.objection:
            msg = f"对 `{name}` 没有异议 (nobody objected)"
            raise UsageError(msg)
        objected = [h for h in history(conn, name) if h.kind.startswith("object")]
        done = {"entitle.run": one.decided_by, "entitle.object": objected[-1].actor}
        apart(memory, "entitle.settle", done)
        conn.execute("update entitlement set objection = false where id = %s", (name,))
        if upheld:
            _cancel(conn, memory, one, "withdrawn", kind="uphold", on=on, reason=reason)
        else:
            event(conn, memory, "dismiss", "noticed", [(name, "")], on=on,
                  reason=reason)  # fmt: skip
            _audit(conn, memory, "entitle.dismiss", one, "noticed", reason, "")
        tell(conn, memory, "uphold" if upheld else "dismiss", [name], reason=reason)
    return one


def decline(
    memory: Memory, name: str, *, on: date, reason: str, behalf: str = ""
) -> Entitlement:
    """Note that a party does not want what it is due; it is not promised again.

    Raises:
        NotAllowed: Who asks may not.
        UsageError: It is not noticed, or no reason is given.
    """
    _reason(reason)
    with memory.transaction() as conn:
        _allow_object(conn, memory, name)
        one = _noticed(conn, name)
        _cancel(
            conn,
            memory,
            one,
            "declined",
            kind="decline",
            on=on,
            reason=reason,
            behalf=behalf,
        )
        tell(conn, memory, "decline", [name], reason=reason)
    return one


def _allow_object(conn: Connection, memory: Memory, name: str) -> None:
    """See that who asks may object to it: a firm may to what is its own and noticed."""
    row = conn.execute(_WHOSE, (name,)).fetchone()
    owner, state = row or ("", "")
    allow(conn, memory, "entitle.object", owner=owner, state=state)


def _noticed(conn: Connection, name: str) -> Entitlement:
    one = one_of(conn, name, lock=True)
    if one.state != "noticed":
        msg = f"`{name}` 是“{STATES[one.state][0]}”，不在公示中 (not noticed)"
        raise UsageError(msg)
    return one


def _cancel(
    conn: Connection,
    memory: Memory,
    one: Entitlement,
    state: str,
    *,
    kind: str,
    on: date,
    reason: str,
    behalf: str = "",
) -> None:
    instrument = memory.declared.instruments.instrument(one.instrument)
    said = instrument.said.entitlement
    assert said is not None
    planned = plan(
        instrument,
        said.cancel,
        keys=keys_of(one.year, one.party, one.id),
        inputs={},
        day=on,
        look=WrittenLook(conn=conn),
        settings=office_settings(conn, instrument, on),
    )
    post(conn, planned.transfers, actor=memory.actor, link="")
    conn.execute("update entitlement set state = %s where id = %s", (state, one.id))
    event(conn, memory, kind, state, [(one.id, planned.transfers[0].id)], on=on,
          reason=reason, behalf=behalf)  # fmt: skip
    _audit(conn, memory, f"entitle.{kind}", one, state, reason, behalf)


def _audit(
    conn: Connection,
    memory: Memory,
    verb: str,
    one: Entitlement,
    state: str,
    reason: str,
    behalf: str,
) -> None:
    before = {"state": one.state, "amount": one.amount}
    audit(
        conn,
        verb,
        [(one.id, before, {"state": state})],
        actor=memory.actor,
        reason=reason,
        behalf=behalf,
    )


def _reason(reason: str) -> None:
    if not reason.strip():
        msg = "要说明理由 (a reason is asked)"
        raise UsageError(msg, hint="加上 --reason “……”")
