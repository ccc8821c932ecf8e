# SPDX-License-Identifier: Apache-2.0
"""What people say of a policy in consultation, and what the office answers.

Anybody who is logged in may speak while the consultation is open; everybody may read.
A comment is plain text of limited length. It is shown under the name that its author
chose to show, or none; who wrote it stays with the office.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError
from ceyuan.office.auditing import audit
from ceyuan.office.policy_life import consultation, stages
from ceyuan.office.policy_texts import official_texts

if TYPE_CHECKING:
    from datetime import date, datetime

    from psycopg import Connection

    from ceyuan.office.memory import Memory

_READ = """
select id, article, answers_id, body, display, actor, known_at
from comment where policy = %s order by id
"""
_WRITE = """
insert into comment (policy, article, answers_id, body, display, actor)
values (%s, %s, %s, %s, %s, %s) returning id
"""
_TODAY = """
select count(*) from comment
where actor = %s and answers_id is null and known_at > now() - interval '1 day'
"""
MOST_TEXT = 2_000
MOST_A_DAY = 20
OFFICE = "office"
"""What an answer of the office shows in place of a name."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, with what was answered.

    Args:
        id: Its number.
        article: Of which article; empty: of the whole.
        body: What is said.
        display: Under which name it is shown; empty: under none.
        actor: Who wrote it; for the office alone.
        known_at: When.
        answers: What was answered, in order.
    """

    id: int
    article: str
    body: str
    display: str
    actor: str
    known_at: datetime
    answers: list[Comment] = field(default_factory=list)


def comments(conn: Connection, policy: str) -> list[Comment]:
    """Return the comments on a policy, the newest first, each with its answers."""
    found: dict[int, Comment] = {}
    for number, article, answers, *said in conn.execute(_READ, (policy,)):
        one = Comment(number, article, *said)
        if answers is None:
            found[number] = one
        elif answers in found:
            found[answers].answers.append(one)
    return sorted(found.values(), key=lambda one: one.id, reverse=True)


def comment(
    memory: Memory,
    policy: str,
    body: str,
    *,
    article: str = "",
    display: str = "",
    on: date,
) -> int:
    """Say something of a policy in consultation; return its number.

    Args:
        memory: The office's memory; its actor speaks.
        policy: The policy, or a draft.
        body: What is said.
        article: Of which article; empty: of the whole.
        display: Under which name it is shown; empty: under none.
        on: The day.

    Raises:
        UsageError: No consultation is open, there is no such article, nothing is said,
            or too much.
    """
    text = _said(body)
    with memory.transaction() as conn:
        if consultation(stages(conn, policy), on) is None:
            msg = "这项政策现在没有征求意见 (no consultation is open)"
            raise UsageError(msg, hint="看“生命周期”里的起止日期")
        if article and article not in _articles(conn, memory, policy):
            msg = f"没有条款 `{article}` (no such article)"
            raise UsageError(msg)
        conn.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))",
            (f"comment {memory.actor}",),
        )
        row = conn.execute(_TODAY, (memory.actor,)).fetchone()
        if row is not None and row[0] >= MOST_A_DAY:
            msg = f"一天至多提 {MOST_A_DAY} 条意见 (enough for a day)"
            raise UsageError(msg, hint="可以把几点写在一条里")
        return _write(conn, memory, policy, article, None, text, display)


def reply(memory: Memory, policy: str, number: int, body: str) -> int:
    """Answer a comment for the office; return the number of the answer.

    Raises:
        UsageError: There is no such comment, nothing is said, or too much.
    """
    text = _said(body)
    with memory.transaction() as conn:
        asked = next((c for c in comments(conn, policy) if c.id == number), None)
        if asked is None:
            msg = "没有这条意见 (no such comment)"
            raise UsageError(msg)
        return _write(conn, memory, policy, asked.article, number, text, OFFICE)


def _said(body: str) -> str:
    text = body.replace("\r\n", "\n").strip()
    text = "".join(c for c in text if c in "\n\u3000" or c.isprintable())
    if not text:
        msg = "还没有写意见 (nothing is said)"
        raise UsageError(msg, hint="写下意见再提交")
    if len(text) > MOST_TEXT:
        msg = f"意见至多 {MOST_TEXT:,} 字，写了 {len(text):,} 字 (too long)"
        raise UsageError(msg, hint="分成几条，或写得短一些")
    return text


def _articles(conn: Connection, memory: Memory, policy: str) -> set[str]:
    rule = memory.region.rules.get(policy)
    if rule is not None:
        return set(rule.said.articles)
    return set(official_texts(conn, policy))


def _write(
    conn: Connection,
    memory: Memory,
    policy: str,
    article: str,
    answers: int | None,
    body: str,
    display: str,
) -> int:
    row = conn.execute(
        _WRITE, (policy, article, answers, body, display.strip()[:100], memory.actor)
    ).fetchone()
    assert row is not None
    number = int(row[0])
    verb = "comment.make" if answers is None else "comment.answer"
    said = {"comment": number, "article": article, "body": body}
    audit(conn, verb, [(policy, None, said)], actor=memory.actor)
    return number
