# SPDX-License-Identifier: Apache-2.0
"""Writing down who is who: one event, one transaction, nothing ever changed.

What turned out to be wrong is not taken back; a further event says so, and both
stay: the one hard idea of the two clocks is that a decision made under the mistake
can still be replayed under it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from ceyuan.facts.store.clock import LOCK, tick
from ceyuan.facts.store.identity import IdentityEvent, event_sha
from ceyuan.facts.store.identity_checks import IdentityRefused, check, complete
from ceyuan.kernel import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import Connection

_INSERT = """
insert into identity_event (kind, org, other, code, name, valid_from, valid_to, undoes,
  actor, reason, evidence, known_at, sha)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
returning id
"""
_ONE = """
select e.kind, e.org, e.other, e.code, e.name, e.valid_from, e.valid_to,
  (select min(u.id) from identity_event u where u.undoes = e.id)
from identity_event e where e.id = %s
"""


def record_event(conn: Connection, event: IdentityEvent) -> int:
    """Write an event and return its number.

    `known_at`, `sha` and `id` are set here. A recode need not say `other`; an
    unmerge takes both sides and the day from the event that it undoes.

    Raises:
        IdentityRefused: The event is incomplete or contradicts what is recorded.
    """
    event = complete(event)
    with conn.transaction():
        # Whoever checks must be alone until the event is written.
        conn.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
        if event.kind == "unmerge":
            event = _undoing(conn, event)
        else:
            check(conn, event)
        event = replace(event, known_at=tick(conn))
        event = replace(event, sha=event_sha(event))
        row = conn.execute(
            _INSERT,
            (
                event.kind,
                event.org,
                event.other,
                event.code,
                event.name,
                event.valid_from,
                event.valid_to,
                event.undoes,
                event.actor,
                event.reason,
                event.evidence,
                event.known_at,
                event.sha,
            ),
        ).fetchone()
        assert row is not None
        number = row[0]
        assert isinstance(number, int)
        return number


def undo_event(
    conn: Connection, number: int, *, actor: str, reason: str, evidence: str = ""
) -> int:
    """Record that an event was a mistake; return the number of the new event.

    Raises:
        IdentityRefused: There is no such event, or it was undone before.
    """
    return record_event(
        conn,
        IdentityEvent(
            kind="unmerge",
            org=0,
            valid_from=date.min,
            undoes=number,
            actor=actor,
            reason=reason,
            evidence=evidence,
        ),
    )


def altered_events(events: Iterable[IdentityEvent]) -> tuple[Problem, ...]:
    """Return a problem for each event whose content is not what it was written as."""
    return tuple(
        Problem(
            code="R446",
            message=f"身份事件 {e.id} 的内容与写入时不同 (event {e.id} was altered)",
            mend="从备份恢复数据库，或者比对备份中的这一条",
        )
        for e in events
        if event_sha(e) != e.sha
    )


def _undoing(conn: Connection, event: IdentityEvent) -> IdentityEvent:
    row = conn.execute(_ONE, (event.undoes,)).fetchone()
    if row is None:
        msg = f"没有编号为 {event.undoes} 的身份事件 (no such event)"
        raise IdentityRefused("R444", msg, hint="`ceyuan identity` 列出所有事件")
    kind, org, other, code, name, first, end, undone_by = row
    if kind == "unmerge":
        msg = f"事件 {event.undoes} 本身就是撤销 (it undoes event already)"
        raise IdentityRefused("R444", msg, hint="要恢复被撤销的事件，重新记一条")
    if undone_by is not None:
        msg = f"事件 {event.undoes} 已由事件 {undone_by} 撤销 (undone before)"
        raise IdentityRefused("R444", msg, hint="不必再撤销")
    return replace(
        event, org=org, other=other, code=code or "", name=name or "",
        valid_from=first, valid_to=end,
    )  # fmt: skip
