# SPDX-License-Identifier: Apache-2.0
"""A walk through the book as a job beside the pages, and what it found check by check.

A check is right when the walk came to it and no fault has its code. Where the first
faults fill the list, or the walk ended early because a row was not what was hashed, a
check without a fault is not called right: nobody has seen that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Literal

from ceyuan.ledger import read_book, verify_book
from ceyuan.ledger.sealing import OFFICE_TIME, day_head, day_of
from ceyuan.office.book_out import verify_now
from ceyuan.office.jobs import enqueue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from psycopg import Connection

    from ceyuan.ledger import Verified
    from ceyuan.office.jobs import Job, Progress
    from ceyuan.office.memory import Memory

VERIFY = "ledger_verify"
CHECKS: Mapping[str, tuple[str, ...]] = {
    "rows": ("L301",),
    "seals": ("L302", "L303"),
    "chain": ("L304",),
    "published": ("L305",),
    "amounts": ("L306",),
    "balances": ("L307",),
    "accounts": ("L308",),
    "limits": ("L309",),
    "sets": ("L310",),
    "holds": ("L311",),
    "reversals": ("L312",),
}
"""What a walk checks, in its order, and the codes of the faults of each."""
_DAYS = """
select upto, transfers, head from ledger_seal
where upto >= %s order by number
"""
Answer = Literal["right", "wrong", "not_seen", "not_asked"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a walk: `right`, `wrong`, `not_seen` or `not_asked`."""

    name: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class DayHead:
    """What is published for a day: its head, and how many entries it closed."""

    day: date
    head: str
    transfers: int


def ask_to_verify(memory: Memory, *, head: str, organisation: str = "") -> str:
    """Ask for a walk through the book; return the job's id."""
    with memory.transaction() as conn:
        return enqueue(
            conn,
            VERIFY,
            {"head": head},
            actor=memory.actor,
            organisation=organisation,
        )


def do_verify(memory: Memory, job: Job, say: Progress) -> dict[str, Any]:
    """Walk the book; the work of a job."""
    say(0, 0, "walk")
    return told(verify_now(memory, head=job.said.get("head", "")))


def told(made: Verified) -> dict[str, Any]:
    """Return what a walk found, as a job keeps it."""
    return {
        "ok": made.ok,
        "transfers": made.transfers,
        "events": made.events,
        "audits": made.audits,
        "seals": made.seals,
        "unsealed": made.unsealed,
        "head": made.head,
        "faults": [{"code": f.code, "zh": f.zh, "en": f.en} for f in made.faults],
        "count": made.count,
    }


def checks(said: Mapping[str, Any], *, head: str) -> list[Check]:
    """Return what a walk found, check by check.

    Args:
        said: What `told` returned.
        head: The published head that was asked for; empty: none.
    """
    found = {fault["code"] for fault in said["faults"]}
    ended_early = "L301" in found
    is_whole = said["count"] == len(said["faults"])
    made: list[Check] = []
    for name, codes in CHECKS.items():
        answer: Answer = "right"
        if found & set(codes):
            answer = "wrong"
        elif name == "published" and not head:
            answer = "not_asked"
        elif ended_early or not is_whole:
            answer = "not_seen"
        made.append(Check(name, answer))
    return made


def heads_since(conn: Connection, day: date) -> list[DayHead]:
    """Return the head of each day since a day, the newest first."""
    since = datetime.combine(day, time(), OFFICE_TIME)
    days: dict[date, tuple[list[bytes], list[int]]] = {}
    for upto, transfers, head in conn.execute(_DAYS, (since,)):
        heads, counts = days.setdefault(day_of(upto), ([], []))
        heads.append(bytes(head))
        counts.append(transfers)
    return [
        DayHead(at, day_head(at, heads).hex(), sum(counts))
        for at, (heads, counts) in sorted(days.items(), reverse=True)
    ]


def verify_export(place: Path, *, head: str) -> dict[str, Any]:
    """Walk an exported book, without any database.

    Raises:
        InputRejected: It is no exported book.
    """
    book, fits = read_book(place)
    made = verify_book(book, head=head)
    if not fits:
        made.wrong(
            "L301",
            "末行与内容不符：导出后被改动过",
            "it is not what was exported",
        )
    return told(made)
