# SPDX-License-Identifier: Apache-2.0
"""What one officer does with entitlements at a desk: approve what he saw, take back.

An approval of many is asked with a digest of what was shown. Where it is otherwise by
then (another reviewer was faster, an objection came in), nothing is approved and the
page is shown anew, with who did it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError
from ceyuan.ledger import post
from ceyuan.ledger.moves import plan
from ceyuan.ledger.sealing import OFFICE_TIME
from ceyuan.office.auditing import audit
from ceyuan.office.booked import seal_book
from ceyuan.office.entitlements import STATES, approve, event, listed, one_of
from ceyuan.office.firm_letters import tell
from ceyuan.office.moving_typed import office_settings
from ceyuan.office.overtaken import Overtaken
from ceyuan.office.promising import WrittenLook, keys_of, undo_of
from ceyuan.office.users import allow, step_before

if TYPE_CHECKING:
    from datetime import date

    from psycopg import Connection

    from ceyuan.office.entitlements import Approved, Entitlement
    from ceyuan.office.memory import Memory

_LAST = """
select v.kind, v.actor, v.known_at, count(*) over (partition by v.actor, v.day, v.kind)
from entitlement_event v join entitlement e on e.id = v.entitlement_id
where v.kind in ('approve', 'object', 'object_wrong', 'object_whole', 'withdraw',
    'decline', 'uphold', 'correct')
  and (%(policy)s = '' or e.policy = %(policy)s)
  and (%(year)s = 0 or e.year = %(year)s)
order by v.id desc limit 1
"""
ACTS = {
    "notice": ("公示", "noticed"),
    "approve": ("批准", "approved"),
    "object": ("异议", "objected to"),
    "object_wrong": (
        "异议：金额或数据不对",
        "objected to: the amount or a fact is wrong",
    ),
    "object_whole": ("异议：不该给我们", "objected to: not for us"),
    "correct": ("异议成立，更正后重新核定", "objection upheld, decided again"),
    "dismiss": ("异议不成立", "objection dismissed"),
    "uphold": ("异议成立，撤回", "objection upheld, withdrawn"),
    "decline": ("放弃", "declined"),
    "withdraw": ("撤回", "withdrawn"),
    "send": ("送付", "sent"),
    "paid": ("到账", "paid"),
    "failed": ("支付失败", "payment failed"),
}
"""Chinese and English of what happens to an entitlement."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What an approval would take up, for one who asks.

    Args:
        ready: Those that would be approved.
        mine: Those whose window is over but that he decided himself.
        objected: Those that somebody objected to.
        open: Those whose window is still open.
    """

    ready: tuple[Entitlement, ...]
    mine: tuple[Entitlement, ...]
    objected: tuple[Entitlement, ...]
    open: tuple[Entitlement, ...]

    @property
    def digest(self) -> str:
        """Return a hash of what would be approved: ids and amounts."""
        text = "\n".join(f"{one.id} {one.amount}" for one in self.ready)
        return hashlib.sha256(text.encode()).hexdigest()


def approval(
    conn: Connection, memory: Memory, *, on: date, policy: str = "", year: int = 0
) -> Approval:
    """Return what an approval on a day would take up, and what waits, and why."""
    ready, mine, objected, still_open = [], [], [], []
    for one in listed(conn, state="noticed", policy=policy, year=year):
        if one.objection:
            objected.append(one)
        elif on <= one.object_until:
            still_open.append(one)
        elif step_before(memory, "entitle.approve", {"entitle.run": one.decided_by}):
            mine.append(one)
        else:
            ready.append(one)
    return Approval(tuple(ready), tuple(mine), tuple(objected), tuple(still_open))


def approve_seen(
    memory: Memory,
    *,
    on: date,
    digest: str,
    policy: str = "",
    year: int = 0,
    reason: str = "",
) -> Approved:
    """Approve what was shown; see `entitlements.approve`.

    Raises:
        NotAllowed: Who asks may not.
        Overtaken: It is otherwise by now; nothing was approved.
        UsageError: There is nothing to approve.
    """
    with memory.transaction() as conn:
        now = approval(conn, memory, on=on, policy=policy, year=year)
        if now.digest != digest:
            raise _overtaken(conn, policy, year)
    if not now.ready:
        msg = "没有可以批准的 (nothing can be approved)"
        raise UsageError(msg, hint="公示期满、没有异议、不是自己决定的才能批准")
    made = approve(memory, on=on, names=[one.id for one in now.ready], reason=reason)
    seal_book(memory)
    return made


def _overtaken(conn: Connection, policy: str, year: int) -> Overtaken:
    row = conn.execute(_LAST, {"policy": policy, "year": year}).fetchone()
    hint = "下面是现在的清单，核对后再批准"
    if row is None:
        msg = "清单在你打开以后变了，没有批准 (the list has changed meanwhile)"
        return Overtaken(msg, hint=hint)
    zh, en = ACTS[row[0]]
    at = row[2].astimezone(OFFICE_TIME)
    msg = (
        f"清单在你打开以后变了：{row[1]} 在 {at:%Y-%m-%d %H:%M} {zh}了 {row[3]} 笔；"
        f"你这次没有批准 (meanwhile {row[1]}: {row[3]} {en}; nothing was approved)"
    )
    return Overtaken(msg, hint=hint)


def withdraw_one(memory: Memory, name: str, *, on: date, reason: str) -> Entitlement:
    """Take one entitlement back: void what is held, reverse what is confirmed.

    Where its ground is still there, the next run of entitlements promises it again.

    Raises:
        NotAllowed: Who asks may not.
        UsageError: It has left the office or is over, or no reason is given.
        Refused: The book refuses.
    """
    if not reason.strip():
        msg = "要说明理由 (a reason is asked)"
        raise UsageError(msg)
    with memory.transaction() as conn:
        allow(conn, memory, "entitle.withdraw")
        one = one_of(conn, name, lock=True)
        if one.state not in ("noticed", "payable"):
            msg = f"`{name}` 是“{STATES[one.state][0]}”，撤不回 (cannot be taken back)"
            hint = "已送付或已到账的，由经办人追回；已撤回或已放弃的不用再撤"
            raise UsageError(msg, hint=hint)
        instrument = memory.declared.instruments.instrument(one.instrument)
        said = instrument.said.entitlement
        assert said is not None
        move = said.cancel if one.state == "noticed" else undo_of(instrument)
        planned = plan(
            instrument,
            move,
            keys=keys_of(one.year, one.party, one.id),
            inputs={},
            day=on,
            look=WrittenLook(conn=conn),
            settings=office_settings(conn, instrument, on),
        )
        post(conn, planned.transfers, actor=memory.actor, link="")
        conn.execute(
            "update entitlement set state = 'withdrawn' where id = %s", (name,)
        )
        done = [(one.id, planned.transfers[0].id)]
        event(conn, memory, "withdraw", "withdrawn", done, on=on, reason=reason)
        tell(conn, memory, "withdraw", [name], reason=reason)
        before = {"state": one.state, "amount": one.amount}
        audit(
            conn,
            "entitle.withdraw",
            [(one.id, before, {"state": "withdrawn"})],
            actor=memory.actor,
            reason=reason,
        )
    return one
