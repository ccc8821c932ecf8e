# SPDX-License-Identifier: Apache-2.0
"""A firm lets somebody act on its behalf until a day; given, held, ended, looked at.

Whoever acts for a firm is the firm's user as long as the delegation lasts, in his own
name: each row of the audit trail that he writes names both. The firm sees all that was
done for it. What was given is never changed, only ended; a delegate hands nothing on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from ceyuan.kernel import NotAllowed, UsageError, clean_code, code_fault
from ceyuan.office.auditing import audit, on_behalf
from ceyuan.office.letters import write_letter
from ceyuan.office.users import users

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from ceyuan.office.memory import Memory

_COLUMNS = """
id, organisation, delegate, since, until, reason, actor, known_at, ended_by, ended_at
"""
_READ = f"select {_COLUMNS} from delegation where "  # noqa: S608 - our own words
_WRITE = f"""
insert into delegation (organisation, delegate, since, until, reason, actor)
values (%s, %s, %s, %s, %s, %s) returning {_COLUMNS}
"""  # noqa: S608 - our own words
_END = f"""
update delegation set ended_by = %s, ended_at = now()
where id = %s and ended_at is null returning {_COLUMNS}
"""  # noqa: S608 - our own words
_DONE = """
select a.known_at, a.actor, a.verb, a.object, a.reason,
  coalesce(u.organisation, '') <> a.behalf
from audit a left join office_user u on u.name = a.actor
where a.behalf = %s order by a.seq desc limit %s
"""
LONGEST = timedelta(days=366)
"""A delegation ends by itself; whoever still wants it gives it again."""


@dataclass(frozen=True, slots=True)
class Delegation:
    """Somebody may act for an organisation.

    Args:
        id: Its number.
        organisation: For whom; a firm's credit code.
        delegate: Who, by the name of a user.
        since: First day.
        until: Last day.
        reason: What for.
        actor: Who gave it.
        known_at: When.
        ended_by: Who ended it before its day; empty: nobody.
        ended_at: When.
    """

    id: int
    organisation: str
    delegate: str
    since: date
    until: date | None
    reason: str
    actor: str
    known_at: datetime
    ended_by: str
    ended_at: datetime | None

    def holds(self, on: date) -> bool:
        """Return whether it holds on a day."""
        return (
            self.ended_at is None
            and self.since <= on
            and (self.until is None or on <= self.until)
        )


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done for an organisation.

    Args:
        at: When.
        actor: By whom.
        verb: What, as the audit trail names it.
        object: To what.
        reason: Why.
        by_delegate: Whether he is none of the organisation's own users.
    """

    at: datetime
    actor: str
    verb: str
    object: str
    reason: str
    by_delegate: bool


def give(
    memory: Memory,
    organisation: str,
    delegate: str,
    *,
    on: date,
    until: date,
    reason: str,
    evidence: str = "",
) -> Delegation:
    """Let a user act for a firm until a day; its users are told by letter.

    Args:
        memory: The office's memory; its actor gives it, for his firm or for another.
        organisation: For whom, a credit code.
        delegate: The user who may act.
        on: First day.
        until: Last day.
        reason: What for.
        evidence: What shows that the firm wants it; asked of who is none of its users.

    Raises:
        NotAllowed: Who asks acts for somebody himself.
        UsageError: The code, the user, the day or the reason will not do.
    """
    if on_behalf():
        msg = "代办人不能再转委托 (a delegate hands nothing on)"
        raise NotAllowed(msg, hint="先结束代办，请企业自己来委托")
    code = clean_code(organisation)
    if fault := code_fault(code):
        msg = f"`{organisation}` 不是统一社会信用代码 (not a credit code)"
        raise UsageError(msg, hint=str(fault))
    if not on <= until <= on + LONGEST:
        msg = "截止日要在今天和一年以后之间 (a last day within a year is asked)"
        raise UsageError(msg, hint=f"从 {on} 到 {on + LONGEST}")
    if not reason.strip():
        msg = "要写明委托的事由 (a reason is asked)"
        raise UsageError(msg)
    with memory.transaction() as conn:
        is_own, people = _people(conn, memory.actor, code)
        if not is_own and not evidence.strip():
            msg = "替企业登记委托，要写明依据 (evidence is asked)"
            raise UsageError(msg, hint="哪份书面委托：名称、编号、日期，存在哪里")
        why = reason.strip()
        if evidence.strip():
            why = f"{why}（依据：{evidence.strip()}）"
        name = _delegate(conn, delegate, code)
        open_ones = delegations(conn, organisation=code, delegate=name)
        if any(one.holds(on) for one in open_ones):
            msg = f"`{name}` 现在就可以代办 (holds one already)"
            raise UsageError(msg, hint="要改截止日，先结束现在的委托")
        row = conn.execute(
            _WRITE, (code, name, on, until, why, memory.actor)
        ).fetchone()
        assert row is not None
        made = Delegation(*row)
        said = {"delegate": name, "since": made.since, "until": made.until}
        audit(
            conn,
            "delegation.give",
            [(f"{code}/{made.id}", None, said)],
            actor=memory.actor,
            reason=why,
            behalf=code,
        )
        for to in people:
            write_letter(
                conn,
                to,
                f"{made.delegate} 可以代本企业办理了 ({made.delegate} may act for your firm)",
                f"{memory.actor} 登记：{made.delegate} 从 {on} 到 {until} 可以用本企业的权限办理。"
                f"事由：{why}\n不是你们的意思，现在就可以收回。\n\n"
                f"Registered by {memory.actor}: {made.delegate} may act with your firm's "
                f"permissions from {on} to {until}. Reason: {why}\n"
                "If your firm did not want this, end it now.",
                about="/delegations",
            )
    return made


def _people(conn: Connection, actor: str, code: str) -> tuple[bool, list[str]]:
    """Return whether somebody is of a firm, and its other users."""
    of_firm = [u.name for u in users(conn) if u.organisation == code and u.active]
    return actor in of_firm, [name for name in of_firm if name != actor]


def _delegate(conn: Connection, typed: str, code: str) -> str:
    """Return the name of a user who can be a delegate.

    Why somebody cannot is not told: a firm has no list of the office's users.
    """
    name = typed.strip()
    found = next((u for u in users(conn) if u.name == name), None)
    if found is None or not found.active or found.organisation == code:
        msg = f"不能委托给 `{name}` (this user cannot be a delegate)"
        raise UsageError(msg, hint="写对方在本系统的用户名；本企业的用户不用委托")
    return name


def end(memory: Memory, number: int, *, reason: str = "") -> Delegation:
    """End a delegation before its day.

    Raises:
        UsageError: There is none, or it has been ended.
    """
    with memory.transaction() as conn:
        row = conn.execute(_END, (memory.actor, number)).fetchone()
        if row is None:
            msg = "没有这份委托，或者已经结束 (no such delegation, or it is over)"
            raise UsageError(msg)
        one = Delegation(*row)
        audit(
            conn,
            "delegation.end",
            [
                (
                    f"{one.organisation}/{one.id}",
                    {"delegate": one.delegate, "until": one.until},
                    None,
                )
            ],
            actor=memory.actor,
            reason=reason,
            behalf=one.organisation,
        )
        for to in _people(conn, memory.actor, one.organisation)[1]:
            write_letter(
                conn,
                to,
                f"{one.delegate} 的委托已收回 (delegation of {one.delegate} ended)",
                f"{memory.actor} 收回了给 {one.delegate} 的委托。{reason}\n\n"
                f"{memory.actor} ended the delegation to {one.delegate}. {reason}".strip(),
                about="/delegations",
            )
    return one


def begin(memory: Memory, organisation: str, *, on: date) -> Delegation:
    """Begin to act for an organisation; it sees that somebody has begun.

    Raises:
        NotAllowed: Who asks has no delegation of it that holds.
    """
    with memory.transaction() as conn:
        held = [
            one
            for one in held_by(conn, memory.actor, on)
            if one.organisation == organisation
        ]
        if not held:
            msg = f"现在不能代办 `{organisation}` 的事 (no delegation)"
            raise NotAllowed(msg, hint="请这家企业在“委托代办”里委托")
        audit(
            conn,
            "delegation.begin",
            [(f"{organisation}/{held[0].id}", None, {"delegate": memory.actor})],
            actor=memory.actor,
            behalf=organisation,
        )
    return held[0]


def finish(memory: Memory, organisation: str) -> None:
    """Act for oneself again; the organisation sees when."""
    with memory.transaction() as conn:
        audit(
            conn,
            "delegation.finish",
            [(organisation, {"delegate": memory.actor}, None)],
            actor=memory.actor,
            behalf=organisation,
        )


def delegation_of(conn: Connection, number: int) -> Delegation:
    """Return a delegation.

    Raises:
        UsageError: There is none of this number.
    """
    row = conn.execute(_READ + "id = %s", (number,)).fetchone()
    if row is None:
        msg = f"没有委托 {number} (there is no such delegation)"
        raise UsageError(msg)
    return Delegation(*row)


def delegations(
    conn: Connection,
    *,
    organisation: str = "",
    delegate: str = "",
    clause: str = "true",
    given: Sequence[object] = (),
) -> list[Delegation]:
    """Return delegations, the newest first.

    Args:
        conn: The connection.
        organisation: Only of this one.
        delegate: Only to this one.
        clause: Which of them the caller may see, as `permissions.where` says.
        given: The values of its placeholders.
    """
    rows = conn.execute(
        f"{_READ} ({clause}) and (%s = '' or organisation = %s)"
        " and (%s = '' or delegate = %s) order by id desc limit 500",
        (*given, organisation, organisation, delegate, delegate),
    )
    return [Delegation(*row) for row in rows]


def held_by(conn: Connection, delegate: str, on: date) -> list[Delegation]:
    """Return what somebody holds on a day."""
    return [one for one in delegations(conn, delegate=delegate) if one.holds(on)]


def done_for(conn: Connection, organisation: str, *, limit: int = 100) -> list[Done]:
    """Return what was done on behalf of an organisation, the newest first."""
    return [Done(*row) for row in conn.execute(_DONE, (organisation, limit))]
