# SPDX-License-Identifier: Apache-2.0
"""An objection that is right because a fact is wrong: the fact becomes what it is.

Who objects to an amount does not want to lose it. So a reviewer can uphold an objection
by correcting the fact that is wrong: it is ruled on as any other correction, in the
name of who objected, and the one firm is decided again. The entitlement is taken back
and what is due now is noticed in its place, with a window of its own; where nothing
would change, nothing is written and the reviewer is told.

Who rules has decided the new one, so that somebody else approves it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError, show_money
from ceyuan.office.auditing import audit
from ceyuan.office.correcting import Claim, claim, held, rule_on
from ceyuan.office.entitlements import Happened, event, history, listed, one_of
from ceyuan.office.firms import Firm
from ceyuan.office.ruling import preview
from ceyuan.office.runs import find
from ceyuan.office.users import allow, apart
from ceyuan.policies.edges import facts_read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from psycopg import Connection

    from ceyuan.declarations.facts import Fact
    from ceyuan.facts.store.statements import Value
    from ceyuan.kernel import Problem, Unknown
    from ceyuan.language import FactKey
    from ceyuan.office.correcting import Ruled
    from ceyuan.office.entitlements import Entitlement
    from ceyuan.office.memory import Memory

_TOLD = """
select entitlement_id, kind, state, day, actor, behalf, reason, transfer, known_at
from entitlement_event where entitlement_id = any(%s) and kind = any(%s) order by id
"""
OBJECTIONS = ("object", "object_wrong", "object_whole")
RULINGS = ("dismiss", "uphold", "correct")


@dataclass(frozen=True, slots=True)
class Corrected:
    """What came of an objection that was upheld by a correction.

    Args:
        ruled: The correction and what it turned.
        now: What is noticed in the place of the entitlement; None: nothing.
        problems: What could not be followed up.
    """

    ruled: Ruled
    now: Entitlement | None
    problems: tuple[Problem, ...]


def objection_of(happened: Sequence[Happened]) -> Happened | None:
    """Return the last objection to an entitlement; None where there is none."""
    return next((one for one in reversed(happened) if one.kind in OBJECTIONS), None)


def told_to_firm(conn: Connection, names: Sequence[str]) -> dict[str, list[Happened]]:
    """Return what was objected to entitlements and what became of it, in order."""
    kinds = [*OBJECTIONS, *RULINGS, "decline", "withdraw"]
    found: dict[str, list[Happened]] = {}
    for name, *rest in conn.execute(_TOLD, (list(names), kinds)):
        found.setdefault(name, []).append(Happened(*rest))
    return found


def correctable(memory: Memory, one: Entitlement) -> dict[FactKey, Fact]:
    """Return the facts of an entitlement's subject that its policy reads, by name.

    A fact that has a value each year is there for the year of the claim's run and the
    two before.
    """
    kind = next(k for k in memory.kinds.values() if k.said.facts_of == one.subject)
    base = find(memory, one.run).base_year
    found: dict[FactKey, Fact] = {}
    for name in sorted(facts_read(memory.region.rule(one.policy))):
        fact = kind.attributes.get(name)
        if fact is None:
            continue
        years = range(base, base - 3, -1) if fact.yearly else (None,)
        found |= {(name, year): fact for year in years}
    return found


def stated_now(
    memory: Memory, one: Entitlement, key: FactKey, on: date
) -> Value | Unknown:
    """Return what is held of a fact of an entitlement's subject."""
    firm = Firm(one.org, one.party, one.name)
    return held(memory, firm, key, as_of=on, record=_record(memory, one), of=one.key)


def uphold_by_correcting(
    memory: Memory,
    name: str,
    key: FactKey,
    value: Value | Unknown,
    *,
    on: date,
    reason: str,
) -> Corrected:
    """Uphold an objection: correct a fact, and decide this firm again.

    Args:
        memory: The office's memory; its actor rules.
        name: The entitlement.
        key: The fact that is wrong, and its year.
        value: What it is, in base units; UNKNOWN: not to be relied on.
        on: The day.
        reason: Why.

    Raises:
        NotAllowed: Who asks may not, decided it himself, or objected himself.
        UsageError: There is no objection to it, the fact is none of its policy, it
            already is so, no reason is given, or the entitlement would stay as it is.
    """
    if not reason.strip():
        msg = "要说明理由 (a reason is asked)"
        raise UsageError(msg)
    with memory.transaction() as conn:
        allow(conn, memory, "entitle.settle")
        one = one_of(conn, name, lock=True)
        said = objection_of(history(conn, name))
    if one.state != "noticed" or not one.objection or said is None:
        msg = f"对 `{name}` 没有待裁定的异议 (no objection waits for a ruling)"
        raise UsageError(msg)
    done = {"entitle.run": one.decided_by, "entitle.object": said.actor}
    apart(memory, "entitle.settle", done)
    if key not in correctable(memory, one):
        msg = f"这一笔的政策不读 `{key[0]}` (its policy does not read it)"
        raise UsageError(msg, hint="从列表里选一项")
    # It was wrong when it was decided: a value of today would not be read by that run.
    since = find(memory, one.run).as_of
    _changes_it(memory, one, key, value, since)
    why = f"异议成立，更正后重新核定：{reason}"
    # What a firm objects to is its claim; who put it into a figure stands beside it.
    made = claim(
        replace(memory, actor=said.actor),
        Firm(one.org, one.party, one.name),
        key,
        value,
        reason=f"对应享 {name} 的异议：{said.reason}（数值由 {memory.actor} 核对填写）",
        as_of=on,
        role="firm",
        record=_record(memory, one),
        of=one.key,
    )
    ruled = rule_on(
        memory,
        made.id,
        accepted=True,
        reason=why,
        as_of=on,
        run=one.run,
        since=since,
        under="entitle.settle",
    )
    with memory.transaction() as conn:
        now = _noted(conn, memory, one, on, reason)
    problems = tuple(p for e in ruled.entitled for p in e.problems)
    return Corrected(ruled, now, problems)


def _record(memory: Memory, one: Entitlement) -> str:
    """Return the record type of an entitlement's subject."""
    return next(k.id for k in memory.kinds.values() if k.said.facts_of == one.subject)


def _changes_it(
    memory: Memory, one: Entitlement, key: FactKey, value: Value | Unknown, on: date
) -> None:
    """See that a correction changes the entitlement; nothing is written."""
    asked = Claim(
        id=0,
        kind="correction",
        record=_record(memory, one),
        org=one.org,
        key=one.key,
        year=key[1],
        attribute=key[0],
        stated=stated_now(memory, one, key, on),
        claimed=value,
        evidence="",
        evidence_sha=None,
        actor=memory.actor,
        role="firm",
        reason="",
        opened_at=datetime.now(UTC),
    )
    resting = preview(memory, asked, on=on, run=one.run).resting
    if any(r.id == one.id and r.then != r.amount for r in resting):
        return
    msg = (
        f"这样更正以后，这一笔仍是 {show_money(one.amount)}，没有变化 "
        "(the entitlement would stay as it is)"
    )
    raise UsageError(
        msg, hint="核对是哪一项数据、应当是多少；确实不变的，裁定为异议不成立"
    )


def _noted(
    conn: Connection, memory: Memory, one: Entitlement, on: date, reason: str
) -> Entitlement | None:
    """Note the ruling on what was taken back; return what is noticed in its place."""
    there = one_of(conn, one.id, lock=True)
    if there.state != "withdrawn":  # another run is going on; the next one follows
        return None
    conn.execute("update entitlement set objection = false where id = %s", (one.id,))
    event(conn, memory, "correct", "withdrawn", [(one.id, "")], on=on, reason=reason)
    audit(
        conn,
        "entitle.correct",
        [(one.id, {"state": "noticed", "amount": one.amount}, {"state": "withdrawn"})],
        actor=memory.actor,
        reason=reason,
    )
    after = [
        found
        for found in listed(conn, policy=one.policy, org=one.org)
        if found.slot == one.slot and found.revision > one.revision
    ]
    return after[-1] if after else None
