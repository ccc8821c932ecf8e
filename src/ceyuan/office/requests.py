# SPDX-License-Identifier: Apache-2.0
"""What firms tell the office: a need, an obstacle (卡点堵点), a question; and the answer.

```
open ──answered──▶ answered ──closed──▶ closed
  ▲                   │                    │
  └── the firm says more, or the office opens it again
```

Nothing that was said is ever changed: a request is a row, and each thing said about
it another. Its state is what the last of them says. Whoever told it gets a letter
when it is answered or closed. Two officers at once: the second is told who was faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UsageError
from ceyuan.ledger.sealing import OFFICE_TIME
from ceyuan.office.auditing import audit
from ceyuan.office.letters import write_letter
from ceyuan.office.overtaken import Overtaken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from psycopg import Connection

    from ceyuan.office.memory import Memory

KINDS: Mapping[str, tuple[str, str]] = {
    "obstacle": ("卡点堵点", "obstacle"),
    "need": ("需求", "need"),
    "question": ("问题", "question"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "open": ("待答复", "waiting for an answer"),
    "answered": ("已答复", "answered"),
    "closed": ("已办结", "closed"),
}
MOVES: Mapping[str, tuple[str, str]] = {
    "answer": ("答复", "answer"),
    "close": ("办结", "closed"),
    "reopen": ("重新打开", "opened again"),
    "more": ("补充", "more from the firm"),
}
_NOT_WHEN = {"open": ("reopen",), "answered": (), "closed": ("answer", "close")}
LONGEST_TITLE = 120
LONGEST_BODY = 5_000

# Named as the table is, so that a predicate of `permissions.where` fits both.
_TOLD = """
(select r.id, r.kind, r.organisation, r.policy, r.title, r.body, r.actor, r.known_at,
  case e.kind when 'answer' then 'answered' when 'close' then 'closed' else 'open' end
    as state,
  coalesce(e.known_at, r.known_at) as moved_at, coalesce(e.said, 0) as said
from request r left join lateral (
  select kind, known_at, (count(*) over ())::int as said from request_event
  where request_id = r.id order by id desc limit 1) e on true) request
"""
_READ = f"""
select id, kind, organisation, policy, title, body, actor, known_at, state, moved_at,
  said from {_TOLD}
"""  # noqa: S608 - our own words
_COUNT = f"select state, count(*) from {_TOLD}"  # noqa: S608 - our own words
_NEW = """
insert into request (kind, organisation, policy, title, body, actor)
values (%s, %s, %s, %s, %s, %s) returning id
"""
_MOVE = """
insert into request_event (request_id, kind, body, actor) values (%s, %s, %s, %s)
"""
_EVENTS = """
select kind, body, actor, known_at from request_event where request_id = %s order by id
"""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it stands.

    Args:
        id: Its number.
        kind: One of `KINDS`.
        organisation: Credit code of the firm.
        policy: The policy that it is about; empty for none.
        title: In a line.
        body: In full.
        actor: Who told it.
        known_at: When.
        state: One of `STATES`.
        moved_at: When something was said about it last.
        said: How many things were said about it.
    """

    id: int
    kind: str
    organisation: str
    policy: str
    title: str
    body: str
    actor: str
    known_at: datetime
    state: str
    moved_at: datetime
    said: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Something said about a request: one of `MOVES`."""

    kind: str
    body: str
    actor: str
    known_at: datetime


def tell(
    memory: Memory,
    kind: str,
    title: str,
    body: str,
    *,
    organisation: str,
    policy: str = "",
    behalf: str = "",
) -> Request:
    """Write down what a firm tells the office.

    Args:
        memory: The office's memory; its actor tells.
        kind: One of `KINDS`.
        title: In a line.
        body: In full.
        organisation: Credit code of the firm.
        policy: The policy that it is about; empty for none.
        behalf: On whose behalf the actor tells it; empty: his own firm's.

    Raises:
        UsageError: There is no such kind or policy, or something is missing or too
            long.
    """
    if kind not in KINDS:
        msg = f"没有这种诉求 `{kind}` (no such kind)"
        raise UsageError(msg, hint=f"可用：{'、'.join(KINDS)}")
    if policy:
        memory.region.rule(policy)
    short = " ".join(_text(title, LONGEST_TITLE, "标题").split())
    full = _text(body, LONGEST_BODY, "内容")
    if not organisation:
        msg = "不知道是哪家企业的诉求 (whose request?)"
        raise UsageError(msg, hint="用企业的账户，或受它委托")
    with memory.transaction() as conn:
        row = conn.execute(
            _NEW, (kind, organisation, policy, short, full, memory.actor)
        ).fetchone()
        assert row is not None
        made = request_of(conn, row[0])
        audit(
            conn,
            "request.make",
            [(str(made.id), None, {"kind": kind, "title": short, "of": organisation})],
            actor=memory.actor,
            behalf=behalf,
        )
    return made


def move(
    memory: Memory, number: int, kind: str, body: str, *, seen: int, behalf: str = ""
) -> Request:
    """Say something about a request.

    Args:
        memory: The office's memory; its actor says it.
        number: The request.
        kind: One of `MOVES`.
        body: The answer, or the reason.
        seen: How many things were said when the actor looked.
        behalf: On whose behalf.

    Raises:
        UsageError: There is no such request, it is closed (or not), or nothing is
            said.
        Overtaken: Somebody else has said something since.
    """
    said = _text(body, LONGEST_BODY, "答复" if kind == "answer" else "说明")
    with memory.transaction() as conn:
        one = request_of(conn, number, lock=True)
        _in_time(conn, one, seen)
        if kind not in moves_of(one.state):
            msg = f"这件诉求是“{STATES[one.state][0]}” (it is {STATES[one.state][1]})"
            raise UsageError(msg, hint="刷新这一页，看它现在到了哪一步")
        conn.execute(_MOVE, (number, kind, said, memory.actor))
        made = request_of(conn, number)
        audit(
            conn,
            f"request.{kind}",
            [(str(number), {"state": one.state}, {"state": made.state})],
            actor=memory.actor,
            reason=said,
            behalf=behalf,
        )
        if kind != "more":
            _write_letter(conn, made, kind, said)
    return made


def moves_of(state: str) -> tuple[str, ...]:
    """Return what can be said of a request in a state."""
    return tuple(kind for kind in MOVES if kind not in _NOT_WHEN[state])


def _in_time(conn: Connection, one: Request, seen: int) -> None:
    if one.said == seen:
        return
    last = events(conn, one.id)[-1]
    zh, en = MOVES[last.kind]
    at = last.known_at.astimezone(OFFICE_TIME)
    msg = (
        f"{last.actor} 已在 {at:%Y-%m-%d %H:%M} {zh}了这件诉求 "
        f"({last.actor} was faster: {en})"
    )
    raise Overtaken(msg, hint="先看对方写了什么；你写的还在下面，需要时改一改再提交")


def _write_letter(conn: Connection, one: Request, kind: str, said: str) -> None:
    zh, en = MOVES[kind]
    write_letter(
        conn,
        one.actor,
        f"诉求{zh}：{one.title} (your request: {en})",
        said,
        about=f"/requests/{one.id}",
    )


def _text(said: str, most: int, what: str) -> str:
    text = said.strip()
    if not text:
        msg = f"{what}没有写 (nothing is said)"
        raise UsageError(msg)
    if len(text) > most:
        msg = f"{what}有 {len(text)} 字，至多 {most} 字 (too long)"
        raise UsageError(msg)
    return text


def request_of(conn: Connection, number: int, *, lock: bool = False) -> Request:
    """Return a request.

    Raises:
        UsageError: There is none of this number.
    """
    if lock:
        conn.execute(
            "select id from request where id = %s for no key update", (number,)
        )
    row = conn.execute(f"{_READ} where id = %s", (number,)).fetchone()
    if row is None:
        msg = f"没有诉求 {number} (there is no such request)"
        raise UsageError(msg)
    return Request(*row)


def events(conn: Connection, number: int) -> list[Moved]:
    """Return what was said about a request, in order."""
    return [Moved(*row) for row in conn.execute(_EVENTS, (number,))]


def requests(
    conn: Connection,
    where: str = "true",
    given: Sequence[Any] = (),
    *,
    state: str = "",
    kind: str = "",
    policy: str = "",
    words: str = "",
    limit: int = 200,
) -> list[Request]:
    """Return requests: those that wait first, the longest wait before the others.

    Args:
        conn: The transaction.
        where: A predicate of `permissions.where`.
        given: Its parameters.
        state: Only those in this state.
        kind: Only of this kind.
        policy: Only about this policy.
        words: Only with these words in the title or the text, or of this firm.
        limit: At most so many.
    """
    rows = conn.execute(
        f"{_READ} where ({where}) and (%s = '' or state = %s)"
        " and (%s = '' or kind = %s) and (%s = '' or policy = %s)"
        " and (%s = '' or position(%s in title || ' ' || body) > 0"
        "   or organisation = %s)"
        " order by state <> 'open', case when state = 'open' then moved_at end,"
        "   moved_at desc, id limit %s",
        [*given, state, state, kind, kind, policy, policy, words, words, words, limit],
    )
    return [Request(*row) for row in rows]


def request_counts(
    conn: Connection, where: str = "true", given: Sequence[Any] = ()
) -> dict[str, int]:
    """Return how many requests are in which state."""
    rows = conn.execute(f"{_COUNT} where ({where}) group by state", [*given])
    found: dict[str, int] = dict(rows.fetchall())
    return {state: found.get(state, 0) for state in STATES}
