# SPDX-License-Identifier: Apache-2.0
"""What waits for somebody in the office: counted from what is open, never kept apart.

Each kind of work has a count, the moment since which the oldest waits, and what one
must be allowed to do for it to be one's own. A list of things to do that was kept by
itself would sooner or later tell of what is done already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ceyuan.office.parameters_told import lacking, stacking_said
from ceyuan.office.run_job import unset_in_policies
from ceyuan.office.runs import listed
from ceyuan.office.settings import settings_in_force

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from psycopg import Connection

    from ceyuan.office.memory import Memory

DAYS = 14
"""A job that failed longer ago is nobody's work any more."""
_OBJECTIONS = """
select count(*), min((select max(v.known_at) from entitlement_event v
  where v.entitlement_id = e.id and v.kind = 'object')), null
from entitlement e where e.state = 'noticed' and e.objection
"""
_OVER = """
select count(*), min(object_until + 1)::timestamptz,
  sum(amount) filter (where commodity = 'CNY')
from entitlement where state = 'noticed' and not objection and object_until < %(on)s
"""
_TODAY = """
select count(*), null, sum(amount) filter (where commodity = 'CNY')
from entitlement where state = 'noticed' and object_until = %(on)s
"""
_CLAIMS = """
select count(*), min(c.opened_at), null
from claim c left join ruling r on r.claim_id = c.id where r.id is null
"""
_PAYABLE = """
select count(*), min((select max(v.known_at) from entitlement_event v
  where v.entitlement_id = e.id and v.kind = 'approve')),
  sum(amount) filter (where commodity = 'CNY')
from entitlement e where state = 'payable'
"""
_FAILED_PAYMENTS = """
select count(*), min((select max(v.known_at) from entitlement_event v
  where v.entitlement_id = e.id and v.kind = 'failed')),
  sum(amount) filter (where commodity = 'CNY')
from entitlement e where state = 'failed'
"""
_FAILED_JOBS = """
select count(*), min(finished_at), null from (select * from job where {where}) j
where state = 'failed' and finished_at > now() - make_interval(days => %s)
  and not exists (select from job later where later.kind = j.kind
    and later.said = j.said and later.created_at > j.created_at)
"""
_REQUESTS = """
select count(*), min(moved_at), null from (
  select coalesce(e.kind, 'open') as kind, coalesce(e.known_at, r.known_at) as moved_at
  from request r left join lateral (select kind, known_at from request_event
    where request_id = r.id order by id desc limit 1) e on true) told
where kind not in ('answer', 'close')
"""


@dataclass(frozen=True, slots=True)
class Todo:
    """One kind of work that waits.

    Args:
        id: Its kind.
        needs: Type and action of the permission that makes it one's own.
        count: How many wait.
        oldest: Since when the oldest waits; None where that says nothing.
        fen: How much money it is about; None: none.
    """

    id: str
    needs: tuple[str, str]
    count: int
    oldest: datetime | None = None
    fen: int | None = None


_COUNTED = (
    ("objections", ("entitlement", "settle"), _OBJECTIONS),
    ("approvals", ("entitlement", "approve"), _OVER),
    ("claims", ("claim", "rule"), _CLAIMS),
    ("requests", ("request", "answer"), _REQUESTS),
    ("payments", ("payment", "pay"), _PAYABLE),
    ("failed_payments", ("payment", "pay"), _FAILED_PAYMENTS),
    ("windows", ("entitlement", "list"), _TODAY),
)


def todo(
    memory: Memory,
    conn: Connection,
    on: date,
    may: Callable[[str, str], bool],
    *,
    jobs: tuple[str, Sequence[Any]] = ("true", ()),
) -> list[Todo]:
    """Return what waits for one who may do some things, the kinds in order of haste.

    Args:
        memory: The office's memory.
        conn: The transaction.
        on: The day.
        may: Whether he may do something, by type and action.
        jobs: Whose failed jobs are his work: a predicate of `permissions.where`.
    """
    found = []
    for name, needs, question in _COUNTED:
        if may(*needs):
            row = conn.execute(question, {"on": on}).fetchone()
            assert row is not None
            fen = None if row[2] is None else int(row[2])
            found.append(Todo(name, needs, row[0], row[1], fen))
    if may("job", "list"):
        where, given = jobs
        question = _FAILED_JOBS.format(where=where)
        row = conn.execute(question, [*given, DAYS]).fetchone()
        assert row is not None
        found.append(Todo("failed_jobs", ("job", "list"), row[0], row[1]))
    # What one may only look at is no work of his.
    if may("disagreement", "list") and may("fact", "claim"):
        found.append(_disagreements(memory))
    if may("parameter", "set"):
        count = sum(len(some) for some in unset(memory, conn, on).values())
        found.append(Todo("parameters", ("parameter", "set"), count))
    return found


def _disagreements(memory: Memory) -> Todo:
    """Return how many stored answers hang on a disagreement of sources."""
    needs = ("disagreement", "list")
    runs = listed(memory)
    if not runs:
        return Todo("disagreements", needs, 0)
    last = runs[0]
    return Todo("disagreements", needs, sum(last.hanging.values()), last.finished_at)


def unset(
    memory: Memory, conn: Connection, on: date
) -> dict[str, list[dict[str, str]]]:
    """Return what the office has not set: of policies, instruments, stacking groups."""
    in_force = settings_in_force(conn, on)
    groups = stacking_said(memory, in_force)
    instruments = lacking(memory, in_force, on)
    asked_by_money = {one["name"] for one in instruments}
    return {
        "policies": [
            one
            for one in unset_in_policies(memory, on)
            if one["name"] not in asked_by_money
        ],
        "instruments": instruments,
        "stacking": [
            {"name": f"stacking.{name}", "zh": zh, "en": name, "unit": ""}
            for name, (zh, rule) in groups.items()
            if not rule
        ],
    }
