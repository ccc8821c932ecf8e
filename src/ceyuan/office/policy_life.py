# SPDX-License-Identifier: Apache-2.0
"""The life of a policy: need, draft, consultation, issue, interpretation, repeal.

Officers write the stages, each with its day and its document; nothing is changed, a
stage that was written by mistake is struck by another row. What a policy's own file
says (the days of its documents, from when and until when it holds) is told beside them.

A policy that nobody has encoded yet has a life, too: a *draft* has an id and a name of
its own, and is public from its consultation on. While a consultation is open, anybody
who is logged in may comment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ceyuan.kernel import UsageError
from ceyuan.office.auditing import audit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from psycopg import Connection

    from ceyuan.declarations import Region, Rule
    from ceyuan.office.memory import Memory

_READ = """
select id, policy, stage, since, until, document, note, actor, known_at
from policy_stage where (%(policy)s = '' or policy = %(policy)s) order by id
"""
_WRITE = """
insert into policy_stage (policy, stage, since, until, document, note, actor)
values (%s, %s, %s, %s, %s, %s, %s) returning id
"""
STAGES: Mapping[str, tuple[str, str]] = {
    "need": ("需求", "need"),
    "draft": ("起草", "draft"),
    "consultation": ("征求意见", "consultation"),
    "issued": ("印发", "issued"),
    "interpretation": ("解读", "interpretation"),
    "repealed": ("废止", "repealed"),
}
STRUCK = "struck"
NAMED = "named"
PUBLIC = ("consultation", "issued", "interpretation", "repealed")
MOST_TEXT = 500
_DRAFT = re.compile(r"draft-\d{8}-\d+\Z")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage as an officer wrote it.

    Args:
        id: Its number.
        policy: The policy.
        stage: A key of `STAGES`.
        since: Its day, or its first.
        until: Its last day; None: open, or a single day.
        document: Title or number of what stands for it.
        note: What was noted.
        actor: Who wrote it.
        known_at: When.
    """

    id: int
    policy: str
    stage: str
    since: date
    until: date | None
    document: str
    note: str
    actor: str
    known_at: datetime

    def is_open(self, on: date) -> bool:
        """Return whether it is a consultation in which one may still speak."""
        return (
            self.stage == "consultation"
            and self.since <= on
            and (self.until is None or on <= self.until)
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy that nobody has encoded: its id, its name, and how far it has come."""

    id: str
    name: str
    stages: tuple[Stage, ...]

    @property
    def stage(self) -> str:
        """Return how far it has come; empty at the very beginning."""
        return self.stages[-1].stage if self.stages else ""

    @property
    def is_public(self) -> bool:
        """Return whether anybody may see it: it has come to its consultation."""
        return any(one.stage in PUBLIC for one in self.stages)


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment in a life: a stage, or what the policy's own file says.

    Args:
        day: When.
        until: Last day; None: a single day, or no end known.
        kind: A key of `STAGES`, or `document`, `in_force`, `ends`.
        document: What stands for it.
        note: What was noted.
        stage: Number of the stage; None for what the file says.
    """

    day: date
    until: date | None
    kind: Literal[
        "need", "draft", "consultation", "issued", "interpretation", "repealed",
        "document", "in_force", "ends",
    ]  # fmt: skip
    document: str = ""
    note: str = ""
    stage: int | None = None


def stages(conn: Connection, policy: str = "") -> list[Stage]:
    """Return the stages that stand, of one policy or of all, by their days."""
    kept = [one for one in _standing(conn, policy) if one.stage in STAGES]
    order = list(STAGES)
    return sorted(kept, key=lambda one: (one.since, order.index(one.stage), one.id))


def consultation(found: Sequence[Stage], on: date) -> Stage | None:
    """Return the consultation that is open on a day, the one that ends last."""
    open_ = [one for one in found if one.is_open(on)]
    return max(
        open_, key=lambda one: (one.until is None, one.until or on), default=None
    )


def drafts(conn: Connection, region: Region) -> dict[str, Draft]:
    """Return the policies that have a life and are not encoded, by id."""
    rows = _standing(conn, "")
    names = {one.policy: one.document for one in rows if one.stage == NAMED}
    every = stages(conn)
    return {
        policy: Draft(policy, name, tuple(s for s in every if s.policy == policy))
        for policy, name in names.items()
        if policy not in region.rules
    }


def life(rule: Rule | None, found: Sequence[Stage], locale: str = "zh") -> list[Moment]:
    """Return a life in its order: what officers wrote, and what the file says."""
    moments = [
        Moment(s.since, s.until, s.stage, s.document, s.note, s.id)  # type: ignore[arg-type]
        for s in found
    ]
    if rule is not None:
        at = locale == "en"
        said = rule.said
        moments += [
            Moment(
                d.date, None, "document", f"{(d.en or d.zh) if at else d.zh} {d.number}"
            )
            for d in said.documents.values()
            if d.date is not None
        ]
        note = said.validity.note
        moments.append(Moment(said.validity.from_, None, "in_force", note=note))
        if said.validity.until is not None:
            moments.append(Moment(said.validity.until, None, "ends"))
    return sorted(moments, key=lambda one: one.day)


def begin_draft(memory: Memory, name: str, *, on: date) -> str:
    """Begin the life of a policy that is not encoded; return its id.

    Raises:
        UsageError: It has no name, or too long a one.
    """
    title = name.strip()
    if not title or len(title) > MOST_TEXT:
        msg = f"要一个名称，至多 {MOST_TEXT} 字 (a name is asked)"
        raise UsageError(msg)
    with memory.transaction() as conn:
        conn.execute("select pg_advisory_xact_lock(hashtextextended('draft', 0))")
        begun = sum(
            one.stage == NAMED and one.policy.startswith(f"draft-{on:%Y%m%d}-")
            for one in _standing(conn, "")
        )
        policy = f"draft-{on:%Y%m%d}-{begun + 1}"
        conn.execute(_WRITE, (policy, NAMED, on, None, title, "", memory.actor))
        audit(
            conn, "policy.draft", [(policy, None, {"name": title})], actor=memory.actor
        )
    return policy


def add_stage(
    memory: Memory,
    policy: str,
    stage: str,
    *,
    since: date,
    until: date | None = None,
    document: str = "",
    note: str = "",
) -> int:
    """Write a stage; return its number.

    Raises:
        UsageError: There is no such stage or policy, its days do not fit, or the same
            was written before.
    """
    if stage not in STAGES:
        msg = f"没有阶段“{stage}” (no such stage)"
        raise UsageError(msg, hint="、".join(zh for zh, _ in STAGES.values()))
    if until is not None and until < since:
        msg = f"到 {until} 为止，却从 {since} 起 (ends before it begins)"
        raise UsageError(msg, hint="改截止日")
    if stage == "consultation" and until is None:
        msg = "征求意见要写明截止日 (a consultation has a last day)"
        raise UsageError(msg, hint="填截止日")
    if len(document) > MOST_TEXT or len(note) > MOST_TEXT:
        msg = f"文件和说明各至多 {MOST_TEXT} 字 (too long)"
        raise UsageError(msg)
    with memory.transaction() as conn:
        conn.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"life {policy}",)
        )
        found = stages(conn, policy)
        if policy not in memory.region.rules and policy not in drafts(
            conn, memory.region
        ):
            msg = f"没有政策 `{policy}` (no such policy)"
            raise UsageError(msg)
        if any((one.stage, one.since) == (stage, since) for one in found):
            msg = f"{since} 的“{STAGES[stage][0]}”已经写过 (written before)"
            raise UsageError(msg, hint="写错的先撤下，再写一次")
        row = conn.execute(
            _WRITE,
            (policy, stage, since, until, document.strip(), note.strip(), memory.actor),
        ).fetchone()
        assert row is not None
        said = {"stage": stage, "since": since, "until": until, "document": document}
        audit(conn, "policy.stage", [(policy, None, said)], actor=memory.actor)
    return int(row[0])


def strike(memory: Memory, policy: str, number: int, *, reason: str, on: date) -> None:
    """Strike a stage that was written by mistake.

    Raises:
        UsageError: There is no such stage, or no reason is given.
    """
    if not reason.strip():
        msg = "要说明理由 (a reason is asked)"
        raise UsageError(msg, hint="写明哪里写错了")
    with memory.transaction() as conn:
        one = next((s for s in stages(conn, policy) if s.id == number), None)
        if one is None:
            msg = "没有这个阶段，或已经撤下 (no such stage)"
            raise UsageError(msg)
        conn.execute(
            _WRITE, (policy, STRUCK, on, None, str(number), reason, memory.actor)
        )
        before = {"stage": one.stage, "since": one.since}
        audit(
            conn,
            "policy.strike",
            [(policy, before, None)],
            actor=memory.actor,
            reason=reason,
        )


def is_draft(policy: str) -> bool:
    """Return whether an id is one of a draft."""
    return _DRAFT.match(policy) is not None


def _standing(conn: Connection, policy: str) -> list[Stage]:
    rows = [Stage(*row) for row in conn.execute(_READ, {"policy": policy})]
    struck = {one.document for one in rows if one.stage == STRUCK}
    return [one for one in rows if one.stage != STRUCK and str(one.id) not in struck]
