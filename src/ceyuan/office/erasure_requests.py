# SPDX-License-Identifier: Apache-2.0
"""Somebody asks that what is personal of a person be erased; an administrator decides.

The number that names the person is never kept: it is turned into the slot of his key
when the request is made, and a request holds nothing that outlives the erasure. Whether
there is such a person is told to who decides, not to who asks: else the form would be
a way to find out whom the office knows.

```
open ──▶ accepted ──▶ done        accepted: decided, the key is being destroyed
   └───▶ declined                 done:     what was personal cannot be read any more
```
A machine that stops between the two leaves `accepted`; deciding again finishes it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.facts.store.persons import erase, find_person
from ceyuan.kernel import UsageError
from ceyuan.office.auditing import audit
from ceyuan.office.letters import write_letter
from ceyuan.office.users import apart

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from psycopg import Connection

    from ceyuan.office.memory import Memory

_COLUMNS = """
id, record, person, reason, state, actor, known_at, decided_by, decided_why, decided_at
"""
_READ = f"select {_COLUMNS} from erasure_request where "  # noqa: S608 - our own words
_ASK = f"""
insert into erasure_request (record, person, reason, actor)
values (%s, %s, %s, %s) returning {_COLUMNS}
"""  # noqa: S608 - our own words
_DECIDE = f"""
update erasure_request set state = %s, decided_by = %s, decided_why = %s,
  decided_at = now()
where id = %s and state = any(%s) returning {_COLUMNS}
"""  # noqa: S608 - our own words
_DONE = "update erasure_request set state = 'done' where id = %s"
STATES = ("open", "accepted", "done", "declined")
OVER = frozenset({"done", "declined"})
_TOLD = {"accepted": ("已接受", "accepted"), "declined": ("已驳回", "declined")}


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """A request that what is personal of somebody be erased.

    Args:
        id: Its number.
        record: Record type whose number named the person.
        person: `p7`, the slot of the person's key; empty: nobody has this number.
        reason: Why, without a name or a number.
        state: One of `STATES`.
        actor: Who asked.
        known_at: When.
        decided_by: Who decided.
        decided_why: Why so.
        decided_at: When.
    """

    id: int
    record: str
    person: str
    reason: str
    state: str
    actor: str
    known_at: datetime
    decided_by: str
    decided_why: str
    decided_at: datetime | None

    @property
    def slot(self) -> int | None:
        """Return the slot of the person's key."""
        return int(self.person[1:]) if self.person else None


def ask(
    memory: Memory, number: str, *, reason: str, record: str = ""
) -> ErasureRequest:
    """Ask for the erasure of a person, who is named by the source's own number.

    Raises:
        UsageError: A number or a reason is missing, or the reason names the person.
    """
    kind = memory.kind(record or person_type(memory))
    plain = _folded(number)
    if not plain or not reason.strip():
        msg = "要写人员编号和事由 (a number and a reason are asked)"
        raise UsageError(msg, hint="事由写收件号，例如“本人申请，收件12号”")
    if plain in _folded(reason):
        msg = "事由里写了这个人的编号，它会永久保存 (the reason names the person)"
        raise UsageError(msg, hint="改写事由，只写收件号")
    with memory.transaction() as conn:
        slot = find_person(conn, memory.keyring(), number)
        person = "" if slot is None else f"p{slot}"
        row = conn.execute(
            _ASK, (kind.id, person, reason.strip(), memory.actor)
        ).fetchone()
        assert row is not None
        made = ErasureRequest(*row)
        audit(
            conn,
            "erasure.ask",
            [(f"erasure/{made.id}", None, {"state": made.state})],
            actor=memory.actor,
            reason=reason,
        )
    return made


def person_type(memory: Memory) -> str:
    """Return the record type that persons stand in, with a number of their own.

    Raises:
        UsageError: The region has none.
    """
    for name, kind in memory.kinds.items():
        if kind.said.person and tuple(kind.said.key) == (kind.said.person,):
            return name
    msg = "这个地区没有声明人员的记录类型 (no record type of persons is declared)"
    raise UsageError(msg)


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def decide(memory: Memory, number: int, *, accepted: bool, why: str) -> ErasureRequest:
    """Decide a request; what is accepted is erased at once, for good.

    Raises:
        NotAllowed: Who asks made the request himself.
        UsageError: There is no such request, it is over, nobody has the number, or
            no reason is given.
    """
    if not why.strip():
        msg = "要写明决定的理由 (a reason is asked)"
        raise UsageError(msg)
    with memory.transaction() as conn:
        before = request_of(conn, number, lock=True)
        apart(memory, "erasure.decide", {"erasure.ask": before.actor})
        if accepted and before.slot is None:
            msg = "没有这个编号的人，没有可删除的 (nobody has this number)"
            raise UsageError(msg, hint="驳回并请对方核对编号，再提一次")
        after = "accepted" if accepted else "declined"
        if accepted and before.state == "accepted":
            decided = before  # the machine stopped in between: only the rest is done
        else:
            decided = _decided(conn, memory, before, after, why)
    if not accepted:
        return decided
    slot = decided.slot
    assert slot is not None
    with memory.database.connect() as conn:
        erase(conn, memory.keyring(), slot, actor=memory.actor,
              reason=f"erasure/{number}：{decided.decided_why}")  # fmt: skip
    with memory.transaction() as conn:
        conn.execute(_DONE, (number,))
        audit(
            conn,
            "erasure.done",
            [(f"erasure/{number}", {"state": "accepted"}, {"state": "done"})],
            actor=memory.actor,
        )
        return request_of(conn, number)


def _decided(
    conn: Connection, memory: Memory, before: ErasureRequest, after: str, why: str
) -> ErasureRequest:
    row = conn.execute(
        _DECIDE, (after, memory.actor, why.strip(), before.id, ["open"])
    ).fetchone()
    if row is None:
        msg = "这份申请已经决定过了 (decided already)"
        raise UsageError(msg)
    audit(
        conn,
        f"erasure.{'accept' if after == 'accepted' else 'decline'}",
        [(f"erasure/{before.id}", {"state": before.state}, {"state": after})],
        actor=memory.actor,
        reason=why,
    )
    zh, en = _TOLD[after]
    write_letter(
        conn,
        before.actor,
        f"个人信息删除申请 {before.id}：{zh} (erasure request {before.id}: {en})",
        why.strip(),
        about=f"/erasures/{before.id}",
    )
    return ErasureRequest(*row)


def request_of(conn: Connection, number: int, *, lock: bool = False) -> ErasureRequest:
    """Return a request; locked: nobody else decides it in this transaction.

    Raises:
        UsageError: There is none of this number.
    """
    tail = "id = %s for update" if lock else "id = %s"
    row = conn.execute(_READ + tail, (number,)).fetchone()
    if row is None:
        msg = f"没有删除申请 {number} (there is no such request)"
        raise UsageError(msg)
    return ErasureRequest(*row)


def requests(
    conn: Connection, clause: str = "true", given: Sequence[object] = ()
) -> list[ErasureRequest]:
    """Return the requests that a clause of `permissions.where` lets through."""
    rows = conn.execute(f"{_READ} ({clause}) order by id desc limit 500", (*given,))
    return [ErasureRequest(*row) for row in rows]
