# SPDX-License-Identifier: Apache-2.0
"""One move of an instrument, whole: planned under locks, posted, put on record.

Everything happens in one transaction: the parameters in force are read, what the move
reads of the book is locked, the plan is made and posted, and the audit row written.
So a refused move leaves nothing behind, not even an account; and a dry run does all of
it and takes it back, so that it shows exactly what would be committed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError
from ceyuan.ledger.look import BookLook
from ceyuan.ledger.moves import Plan, execute, lock, plan
from ceyuan.office.moving_typed import office_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import psycopg

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.language import Known, Setting
    from ceyuan.ledger.model import Posted
    from ceyuan.office.memory import Memory

AUDIT = "select audit_write(%s, %s, %s, %s, %s, %s, %s, %s)"
VERB = "move"


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was made, or would be.

    Args:
        plan: What it wrote.
        posted: The book's answers, one for each transfer.
        request: What its audit row belongs to.
        dry: Whether it was taken back.
    """

    plan: Plan
    posted: tuple[Posted, ...]
    request: str
    dry: bool

    @property
    def fresh(self) -> bool:
        """Return whether any of it was not in the book before."""
        return any(one.fresh for one in self.posted)


def move(
    memory: Memory,
    instrument: str,
    name: str,
    *,
    keys: Mapping[str, str],
    inputs: Mapping[str, Known],
    effective: date,
    reason: str,
    request: str = "",
    behalf: str = "",
    dry_run: bool = False,
    agreed: Plan | None = None,
) -> Moved:
    """Make a move of an instrument.

    Args:
        memory: The office's memory; its actor is who asks.
        instrument: The instrument's id.
        name: The move's name.
        keys: The case, by key.
        inputs: What is told: numbers in the base of their unit.
        effective: The day on which it counts.
        reason: Why; it is kept.
        request: What the audit row belongs to; one is made where it is empty.
        behalf: On whose behalf.
        dry_run: Take all of it back, and say what it would have been.
        agreed: The plan that somebody has seen and agreed to; another one is not
            written.

    Raises:
        Refused: The book, a condition or a parameter stands against it; nothing was
            written.
        UsageError: Something in it does not exist, the reason is empty, or the plan
            is not the one agreed to.
    """
    found = memory.declared.instruments.instrument(instrument)
    if not reason.strip():
        msg = "要写明理由 (a reason is asked)"
        raise UsageError(msg, hint="加上 --reason；它留在审计记录里")
    with memory.transaction() as conn, conn.transaction(force_rollback=dry_run):
        made = move_within(
            conn,
            found,
            name,
            keys=keys,
            inputs=inputs,
            effective=effective,
            settings=office_settings(conn, found, effective),
            actor=memory.actor,
            reason=reason,
            request=request,
            behalf=behalf,
            dry=dry_run,
        )
        if agreed is not None and agreed.lines != made.plan.lines:
            msg = "账上的情况刚才变了，分录和看过的不同 (the plan has changed)"
            raise UsageError(msg, hint="重新办一次，看过新的分录再定")
        return made


def move_within(
    conn: psycopg.Connection,
    instrument: Instrument,
    name: str,
    *,
    keys: Mapping[str, str],
    inputs: Mapping[str, Known],
    effective: date,
    settings: Mapping[str, Setting],
    actor: str,
    reason: str,
    request: str = "",
    behalf: str = "",
    dry: bool = False,
) -> Moved:
    """Make a move in the caller's transaction; see `move`.

    A move that is refused leaves nothing in the transaction, which can go on.

    Args:
        conn: A connection in a transaction of the caller's.
        instrument: The instrument.
        name: The move's name.
        keys: The case, by key.
        inputs: What is told: numbers in the base of their unit.
        effective: The day on which it counts.
        settings: Parameters set by the office, by the instrument's names.
        actor: Who asks.
        reason: Why.
        request: What the audit row belongs to; one is made where it is empty.
        behalf: On whose behalf.
        dry: Whether the caller takes it back; only said.

    Raises:
        Refused: The book, a condition or a parameter stands against it.
        UsageError: Something in it does not exist.
    """
    request = request or token_hex(8)
    with conn.transaction():
        lock(conn, instrument, name, keys)
        planned = plan(
            instrument,
            name,
            keys=keys,
            inputs=inputs,
            day=effective,
            look=BookLook(conn),
            settings=settings,
        )
        posted = execute(conn, planned, actor=actor, reason=reason)
        if any(one.fresh for one in posted):
            told = _told(instrument, planned, keys, inputs)
            conn.execute(
                AUDIT,
                (actor, behalf, VERB, [planned.id], reason, [""], [told], request),
            )
    return Moved(planned, tuple(posted), request, dry)


def _told(
    instrument: Instrument,
    planned: Plan,
    keys: Mapping[str, str],
    inputs: Mapping[str, Known],
) -> str:
    """Return what the audit keeps of a move, as JSON."""
    return json.dumps(
        {
            "instrument": instrument.id,
            "declared": instrument.digest,
            "move": planned.move,
            "keys": dict(sorted(keys.items())),
            "inputs": {name: _plain(value) for name, value in sorted(inputs.items())},
            "on": planned.day.isoformat(),
            "amounts": planned.amounts,
        },
        ensure_ascii=False,
    )


def _plain(value: Known) -> str | bool | list[str]:
    if isinstance(value, bool):
        return value
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value)
