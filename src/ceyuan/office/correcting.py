# SPDX-License-Identifier: Apache-2.0
"""A fact is said to be wrong; an office decides; what hangs on it is decided again.

A claim and its ruling are two records, by two people as a rule, and neither is ever
changed. A claim that is accepted becomes a statement of the source `ruling`, which
outranks every other, in the same transaction. Then only the policies that read the
fact are decided again, for that firm alone, beside the run and not in its place: the
run stays what it was.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from ceyuan.facts.store import (
    RULING,
    Statement,
    find_snapshot,
    kinds,
    of_snapshot,
    tick,
    view,
    write_statement,
)
from ceyuan.facts.store.statements import as_frame, as_json, from_json, read
from ceyuan.kernel import UNKNOWN, UsageError
from ceyuan.language import column_name
from ceyuan.office.firm_letters import tell_ruling
from ceyuan.office.firms import FIRM, Firm, labels
from ceyuan.office.running import deciding
from ceyuan.office.runs import decision, find
from ceyuan.office.users import allow, apart
from ceyuan.policies import OUTCOMES
from ceyuan.policies.begun import begins
from ceyuan.policies.edges import facts_read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from psycopg import Connection

    from ceyuan.declarations import Rule
    from ceyuan.declarations.facts import Fact
    from ceyuan.facts.store import Kind, Reading
    from ceyuan.facts.store.statements import Value
    from ceyuan.kernel import Unknown
    from ceyuan.language import FactKey, Setting
    from ceyuan.office.memory import Memory
    from ceyuan.office.promising import Entitled
    from ceyuan.office.running import Run

_CLAIM = """
insert into claim (kind, record_type, org, key, year, attribute, stated, claimed,
  evidence_name, evidence_sha, actor, role, reason, opened_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp())
returning id
"""
_CLAIMS = """
select c.id, c.kind, c.record_type, c.org, c.key, c.year, c.attribute, c.stated,
  c.claimed, c.evidence_name, c.evidence_sha, c.actor, c.role, c.reason, c.opened_at,
  r.accepted, r.actor, r.reason, r.ruled_at, r.statement_id
from claim c left join ruling r on r.claim_id = c.id
{where} order by c.id
"""
_RULING = """
insert into ruling (claim_id, accepted, actor, reason, statement_id, ruled_at)
values (%s, %s, %s, %s, %s, %s)
"""
_REVISION = """
insert into revision (run_id, subject, org, key, policy, before, after, claim_id,
  actor, reason, known_at, sha)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_REVISED = """
select policy, before, after, claim_id, actor, reason, known_at from revision
where run_id = %s and org is not distinct from %s and key = %s order by id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says is wrong, and what was decided.

    Args:
        id: Its number.
        kind: `correction`, or `dispute` of a disagreement between sources.
        record: Record type.
        org: Whose.
        key: Which record.
        year: Fiscal year; None for what has none.
        attribute: Which attribute.
        stated: What was held when the claim was made.
        claimed: What is claimed.
        evidence: Name of the file that is to show it; empty for none.
        evidence_sha: Its hash; the file itself stays with whoever keeps evidence.
        actor: Who claims.
        role: `firm` or `officer`.
        reason: Why.
        opened_at: When.
        accepted: The ruling; None while there is none.
        ruled_by: Who ruled.
        ruled_why: Why so.
        ruled_at: When.
    """

    id: int
    kind: str
    record: str
    org: int
    key: str
    year: int | None
    attribute: str
    stated: Value | Unknown
    claimed: Value | Unknown
    evidence: str
    evidence_sha: bytes | None
    actor: str
    role: str
    reason: str
    opened_at: datetime
    accepted: bool | None = None
    ruled_by: str = ""
    ruled_why: str = ""
    ruled_at: datetime | None = None

    @property
    def state(self) -> str:
        """Return `open`, `accepted` or `rejected`."""
        if self.accepted is None:
            return "open"
        return "accepted" if self.accepted else "rejected"


@dataclass(frozen=True, slots=True)
class Revision:
    """A decision made again after a ruling.

    Args:
        policy: The policy.
        before: What it was: outcome, clauses, amount.
        after: What it is.
        claim: The claim that caused it.
        known_at: When.
    """

    policy: str
    before: dict[str, Any]
    after: dict[str, Any]
    claim: int | None
    known_at: datetime | None = None

    @property
    def changed(self) -> bool:
        """Return whether anything of the decision changed."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Ruled:
    """What came of a ruling.

    Args:
        claim: The claim, decided.
        run: The run whose decisions were looked at; empty where there is none.
        revisions: The decisions that the fact touches, made again.
        entitled: What became of the entitlements that rest on them.
    """

    claim: Claim
    run: str
    revisions: tuple[Revision, ...]
    entitled: tuple[Entitled, ...] = ()


def held(
    memory: Memory,
    firm: Firm,
    key: FactKey,
    *,
    as_of: date,
    known_at: datetime | None = None,
    record: str = FIRM,
    of: str = "",
) -> Value | Unknown:
    """Return what is held of one attribute of a firm, or of a record `of` its own."""
    from ceyuan.office.stating import from_cell

    kind = memory.kind(record)
    reading = memory.reading(as_of, known_at)
    found = view(reading, kind, [key], span=(firm.org, firm.org))
    keys = found.ids["key"].to_list()
    if of not in keys:
        return UNKNOWN
    row, column = keys.index(of), column_name(*key)
    if key in found.exact.get(row, {}):
        return found.exact[row][key]
    if column not in found.frame.columns:
        return UNKNOWN
    return from_cell(found.frame[column][row], kind.attributes[key[0]])


def claim(
    memory: Memory,
    firm: Firm,
    key: FactKey,
    claimed: Value | Unknown,
    *,
    reason: str,
    as_of: date,
    evidence: Path | None = None,
    role: str = "officer",
    kind: str = "correction",
    record: str = FIRM,
    of: str = "",
) -> Claim:
    """Write down that a fact is said to be wrong.

    Args:
        memory: The office's memory.
        firm: Whose fact.
        key: Attribute and year.
        claimed: What it is said to be, in base units; UNKNOWN: not to be relied on.
        reason: Why.
        as_of: From which day, for an attribute without a year.
        evidence: A file that shows it; its name and hash are kept.
        role: `firm` or `officer`: on whose behalf.
        kind: `correction`, or `dispute` of a disagreement between sources.
        record: Record type.
        of: Key of the record, where a firm has several.

    Raises:
        UsageError: There is no such attribute, the year is missing, it already is
            what is claimed, or no reason is given.
    """
    attribute = memory.records.attribute(record, key[0])
    _proper(attribute, key, reason)
    stated = held(memory, firm, key, as_of=as_of, record=record, of=of)
    if stated == claimed and stated is not UNKNOWN and kind == "correction":
        msg = "现在记录的就是这个值 (it already is what is claimed)"
        raise UsageError(msg)
    sha = None
    if evidence is not None:
        try:
            sha = hashlib.sha256(evidence.read_bytes()).digest()
        except OSError as error:
            msg = f"证据文件 `{evidence}` 读不了 (evidence cannot be read)"
            raise UsageError(msg) from error
    with memory.transaction() as conn:
        row = conn.execute(
            _CLAIM,
            (
                kind,
                record,
                firm.org,
                of,
                key[1],
                key[0],
                _json(stated),
                _json(claimed),
                evidence.name if evidence else "",
                sha,
                memory.actor,
                role,
                reason,
            ),
        ).fetchone()
        assert row is not None
        return _claims(conn, memory, "where c.id = %s", (row[0],))[0]


def _json(value: Value | Unknown) -> Jsonb:
    return Jsonb(None if value is UNKNOWN else as_json(value))


def _proper(attribute: Fact, key: FactKey, reason: str) -> None:
    if attribute.yearly and key[1] is None:
        msg = f"“{attribute.zh}”每年一个值，要写明年份 (which year?)"
        raise UsageError(msg, hint=f"写成 {key[0]}@2025=…")
    if not attribute.yearly and key[1] is not None:
        msg = f"“{attribute.zh}”不分年份 (it has no year)"
        raise UsageError(msg, hint=f"写成 {key[0]}=…")
    if not reason.strip():
        msg = "要说明理由 (a reason is asked)"
        raise UsageError(msg, hint="加上 --reason “……”")


def claims(memory: Memory, *, open_only: bool = False) -> list[Claim]:
    """Return claims in the order they were made."""
    where = "where r.id is null" if open_only else ""
    with memory.transaction() as conn:
        return _claims(conn, memory, where, ())


def _claims(
    conn: Connection, memory: Memory, where: str, given: tuple[Any, ...]
) -> list[Claim]:
    found = []
    for row in conn.execute(_CLAIMS.format(where=where), given):
        attribute = memory.kinds[row[2]].attributes[row[6]]
        found.append(
            Claim(
                id=row[0],
                kind=row[1],
                record=row[2],
                org=row[3],
                key=row[4],
                year=row[5],
                attribute=row[6],
                stated=from_json(row[7], attribute),
                claimed=from_json(row[8], attribute),
                evidence=row[9],
                evidence_sha=None if row[10] is None else bytes(row[10]),
                actor=row[11],
                role=row[12],
                reason=row[13],
                opened_at=row[14].astimezone(UTC),
                accepted=row[15],
                ruled_by=row[16] or "",
                ruled_why=row[17] or "",
                ruled_at=row[18],
            )
        )
    return found


def rule_on(
    memory: Memory,
    number: int,
    *,
    accepted: bool,
    reason: str,
    as_of: date,
    run: str = "last",
    since: date | None = None,
    under: str = "claim.rule",
) -> Ruled:
    """Decide a claim; where it is accepted, decide again what hangs on it.

    Args:
        memory: The office's memory.
        number: The claim.
        accepted: Whether the fact becomes what is claimed.
        reason: Why.
        as_of: From which day, for an attribute without a year.
        run: The run whose decisions are looked at.
        since: From which day an attribute without a year is so; by default `as_of`.
        under: The verb by whose right it is decided.

    Raises:
        NotAllowed: Who asks may not, or made the claim himself.
        UsageError: There is no such claim, it is decided already, or no reason is
            given.
    """
    if not reason.strip():
        msg = "要说明理由 (a reason is asked)"
        raise UsageError(msg, hint="加上 --reason “……”")
    with memory.transaction() as conn:
        found = _claims(conn, memory, "where c.id = %s", (number,))
        if not found:
            msg = f"没有编号为 {number} 的更正 (there is no such claim)"
            raise UsageError(msg, hint="`ceyuan claims` 列出所有更正和异议")
        one = found[0]
        allow(conn, memory, under)
        apart(memory, "claim.rule", {"claim.make": one.actor})
        firm = _called(memory, one)
        conn.execute("select pg_advisory_xact_lock(%s, %s)", (1, number))
        again = _claims(conn, memory, "where c.id = %s", (number,))[0]
        if again.state != "open":
            msg = f"更正 {number} 已由 {again.ruled_by} 裁定 (already decided)"
            raise UsageError(msg, hint="有新的证据就另提一件更正")
        statement = None
        if accepted:
            statement = write_statement(
                conn,
                Statement(
                    record=one.record,
                    source=RULING,
                    org=one.org,
                    key=one.key,
                    year=one.year,
                    attribute=one.attribute,
                    value=one.claimed,
                    valid_from=date(one.year, 1, 1) if one.year else since or as_of,
                    actor=memory.actor,
                    reason=reason,
                    code=firm.code or None,
                    name=firm.name or None,
                ),
                claim=number,
            )
        moment = tick(conn)
        conn.execute(
            _RULING, (number, accepted, memory.actor, reason, statement, moment)
        )
        one = _claims(conn, memory, "where c.id = %s", (number,))[0]
        tell_ruling(
            conn,
            memory,
            of=firm.code,
            fact=memory.kinds[one.record].attributes[one.attribute],
            key=(one.attribute, one.year),
            claimed=one.claimed,
            accepted=accepted,
            reason=reason,
        )
    if not accepted:
        return Ruled(one, "", ())
    from ceyuan.office.runs import listed

    if run == "last" and not listed(memory):
        return Ruled(one, "", ())
    told = find(memory, run)
    revisions = revise(memory, told, one, reason=reason)
    if not any(r.changed for r in revisions):
        return Ruled(one, told.id, revisions)
    from ceyuan.office.entitling import follow_up

    entitled = follow_up(memory, told, [one.org], on=as_of, reason=reason)
    return Ruled(one, told.id, revisions, tuple(entitled))


def _called(memory: Memory, one: Claim) -> Firm:
    reading = memory.reading(date.max)
    return labels(reading, one.record, [one.org]).get(one.org, Firm(one.org, "", ""))


def revise(
    memory: Memory, run: Run, one: Claim, *, reason: str
) -> tuple[Revision, ...]:
    """Decide again what a claim touches: with what a run knew, and the rulings since.

    What was imported after the run does not come in: that is for the next run.
    """
    found = decided_again(memory, run, one)
    if found is None:
        return ()
    touched, stored, row = found
    subject = touched[0].said.subject
    made = []
    with memory.transaction() as conn:
        moment = tick(conn)
        for rule in touched:
            before = latest_answer(conn, run, one, rule.id, stored)
            revision = Revision(rule.id, before, _told(row, rule.id), one.id, moment)
            made.append(revision)
            if not revision.changed:
                continue
            text = json.dumps(
                [
                    run.id,
                    subject,
                    one.org,
                    one.key,
                    rule.id,
                    revision.before,
                    revision.after,
                    one.id,
                    moment.isoformat(),
                ],
                sort_keys=True,
            )
            conn.execute(
                _REVISION,
                (
                    run.id,
                    subject,
                    one.org,
                    one.key,
                    rule.id,
                    Jsonb(revision.before),
                    Jsonb(revision.after),
                    one.id,
                    memory.actor,
                    reason,
                    moment,
                    hashlib.sha256(text.encode()).digest(),
                ),
            )
    return tuple(made)


def decided_again(
    memory: Memory, run: Run, one: Claim, *, also: Sequence[Statement] = ()
) -> tuple[list[Rule], dict[str, Any], dict[str, Any]] | None:
    """Return the policies that a claim touches, with the answers then and now.

    Args:
        memory: The office's memory.
        run: The run whose decision is made again.
        one: The claim.
        also: Rulings that are not written, and are read as if they were.
    """
    from ceyuan.office.parameters import typed_settings

    declared = memory.declared_then(run.declarations, run.region)
    types = kinds(declared.records, declared.region.facts)
    subject = types[one.record].said.facts_of
    # The day on which a firm began says which years can have figures at all.
    all_of_it = one.attribute == begins(types[one.record].attributes, subject)
    rules = [declared.region.rule(p) for p in run.policies.get(subject, ())]
    touched = [rule for rule in rules if all_of_it or one.attribute in facts_read(rule)]
    stored = decision(memory, run, subject, one.org, one.key)
    if stored is None or not touched:
        return None
    settings: dict[str, dict[str, Setting]] = {
        p: dict(s) for p, s in typed_settings(declared.region, run.settings).items()
    }
    reading = _as_ruled(memory, run, one, types, also)
    ready = deciding(
        declared,
        types,
        reading,
        subject,
        as_of=run.as_of,
        base_year=run.base_year,
        settings=settings,
        rules=touched,
    )
    assert ready is not None
    now = ready.decide(ready.held(reading, (one.org, one.org)))
    found = (r for r in now.iter_rows(named=True) if r["key"] == one.key)
    row = next(found, None)
    if row is None:  # absorbed by another since, or its records were withdrawn
        return None
    return touched, stored, row


def _as_ruled(
    memory: Memory,
    run: Run,
    one: Claim,
    types: Mapping[str, Kind],
    also: Sequence[Statement] = (),
) -> Reading:
    """Return what a run read, with what has been ruled of one organisation since."""
    attributes = {name: kind.attributes for name, kind in types.items()}
    with memory.transaction() as conn:
        snapshot = find_snapshot(conn, run.snapshot)
        reading = of_snapshot(conn, memory.shelf, snapshot, as_of=run.as_of)
        since = [
            said
            for said in read(conn, attributes)
            if said.source == RULING
            and (said.record, said.org) == (one.record, one.org)
            and said.known_at is not None
            and said.known_at > snapshot.known_at
        ]
    ruled = as_frame([*since, *also], attributes[one.record])
    return replace(reading, written={one.record: ((RULING, ruled),)})


def _latest(
    conn: Connection, run: Run, one: Claim, policy: str
) -> dict[str, Any] | None:
    """Return what a decision was revised to before; None where it was not."""
    found = None
    for row in conn.execute(_REVISED, (run.id, one.org, one.key)):
        if row[0] == policy:
            after = row[2]
            code = next(
                c
                for c, o in OUTCOMES.items()
                if str(o or "refused") == after["outcome"]
            )
            found = {
                policy: code,
                f"{policy}:met": after["met"],
                f"{policy}:open": after["open"],
                f"{policy}:amount": after["amount"],
            }
    return found


def latest_answer(
    conn: Connection | None,
    run: Run,
    one: Claim,
    policy: str,
    stored: dict[str, Any],
) -> dict[str, Any]:
    """Return an answer as it stands: outcome, masks, amount.

    Args:
        conn: Where to look for what was revised since; None: nowhere.
        run: The run.
        one: The claim whose subject is meant.
        policy: The policy.
        stored: A row of answers.
    """
    later = None if conn is None else _latest(conn, run, one, policy)
    return _told(later or stored, policy)


def _told(row: dict[str, Any], policy: str) -> dict[str, Any]:
    outcome = OUTCOMES[row[policy]]
    return {
        "outcome": str(outcome or "refused"),
        "met": row[f"{policy}:met"],
        "open": row[f"{policy}:open"],
        "amount": row.get(f"{policy}:amount"),
    }


def revisions(memory: Memory, run: Run, org: int, key: str = "") -> list[Revision]:
    """Return how decisions of a run were revised for one firm."""
    with memory.transaction() as conn:
        rows = conn.execute(_REVISED, (run.id, org, key)).fetchall()
    return [Revision(r[0], r[1], r[2], r[3], r[6]) for r in rows]
