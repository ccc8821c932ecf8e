# SPDX-License-Identifier: Apache-2.0
"""One move of an instrument, whole: planned under locks, posted, put on record.

Everything happens in one transaction: the parameters in force are read, what the move
reads of the book is locked, the plan is made and posted, and the audit row written.
So a refused move leaves nothing behind, not even an account; and a dry run does all of
it and takes it back, so that it shows exactly what would be committed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UsageError
from ceyuan.ledger.legs import Line
from ceyuan.ledger.look import BookLook
from ceyuan.ledger.model import Posted
from ceyuan.ledger.moves import Plan, check_keys, execute, lock, plan, stem_of
from ceyuan.ledger.reading import entries
from ceyuan.ledger.refusals import Refused
from ceyuan.office.auditing import on_behalf
from ceyuan.office.moving_typed import office_settings
from ceyuan.office.users import allow

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.language import Known, Setting
    from ceyuan.office.memory import Memory

AUDIT = "select audit_write(%s, %s, %s, %s, %s, %s, %s, %s)"
VERB = "move"
_BEFORE = "select after from audit where object = %s and verb = %s order by seq limit 1"


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
        NotAllowed: Who asks has no role that may make this move.
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
        if not dry_run:
            allow(conn, memory, f"move.{found.move(name).role}")
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
        check_keys(instrument, name, keys)
        lock(conn, instrument, name, keys)
        told = _asked(instrument, name, keys, inputs, effective)
        before = _answered(conn, instrument, name, keys, told)
        if before is not None:
            return replace(before, request=request, dry=dry)
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
            kept = json.dumps(
                {**told, "declared": instrument.digest, "amounts": planned.amounts},
                ensure_ascii=False,
            )
            conn.execute(
                AUDIT,
                (
                    actor,
                    behalf or on_behalf(),
                    VERB,
                    [planned.id],
                    reason,
                    [""],
                    [kept],
                    request,
                ),
            )
    return Moved(planned, tuple(posted), request, dry)


def _asked(
    instrument: Instrument,
    name: str,
    keys: Mapping[str, str],
    inputs: Mapping[str, Known],
    effective: date,
) -> dict[str, Any]:
    """Return what was asked, as the audit keeps it: the body of a move."""
    return {
        "instrument": instrument.id,
        "move": name,
        "keys": dict(sorted(keys.items())),
        "inputs": {key: _plain(value) for key, value in sorted(inputs.items())},
        "on": effective.isoformat(),
    }


def _answered(
    conn: psycopg.Connection,
    instrument: Instrument,
    name: str,
    keys: Mapping[str, str],
    told: Mapping[str, Any],
) -> Moved | None:
    """Return the answer that a move was given before; None where it was not made.

    A move whose amounts hang on balances would be planned otherwise once it is made:
    so what was asked is compared, not what would come of it now.

    Raises:
        Refused: It was made with other inputs, or for another day.
    """
    stem = stem_of(instrument, name, keys)
    row = conn.execute(_BEFORE, (stem, VERB)).fetchone()
    if row is None:
        return None
    kept = json.loads(row[0])
    if {key: kept.get(key) for key in told} != told:
        raise Refused("L102", {"id": stem})
    made = entries(conn, list(kept["amounts"]))
    lines = tuple(
        Line(
            id=e.id,
            kind=e.kind,
            debit=e.debit,
            credit=e.credit,
            amount=e.amount,
            commodity=e.commodity,
            of=e.of,
            expires=e.expires,
        )
        for e in made
    )
    day = date.fromisoformat(kept["on"])
    planned = Plan(instrument.id, name, stem, day, (), (), (), lines)
    posted = tuple(Posted(e.id, e.seq, fresh=False) for e in made)
    return Moved(planned, posted, "", dry=False)


def _plain(value: Known) -> str | bool | list[str]:
    if isinstance(value, bool):
        return value
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value)
