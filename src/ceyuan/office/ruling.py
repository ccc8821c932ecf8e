# SPDX-License-Identifier: Apache-2.0
"""Before a ruling: what it would turn; and that nobody rules on what he claimed.

The preview decides the firm again as if the claim had been accepted, with nothing
written: the same way as the ruling itself does it (`correcting.decided_again`), so
what is shown is what comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from ceyuan.facts.store import RULING, Statement
from ceyuan.kernel import UsageError
from ceyuan.office.correcting import (
    Revision,
    Ruled,
    claims,
    decided_again,
    latest_answer,
    rule_on,
)
from ceyuan.office.firms import Firm, labels
from ceyuan.office.overtaken import Overtaken
from ceyuan.office.runs import find, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

    from ceyuan.office.correcting import Claim
    from ceyuan.office.memory import Memory

_RESTING = """
select id, policy, state, amount, commodity from entitlement
where org = %s and key = %s and policy = any(%s)
  and state not in ('withdrawn', 'declined')
order by id
"""


@dataclass(frozen=True, slots=True)
class Resting:
    """An entitlement that rests on a decision which a ruling turns.

    Args:
        id: The entitlement.
        policy: Its policy.
        state: Where it stands.
        amount: What is promised, in the commodity's smallest unit.
        commodity: What is counted.
        then: What would be due; None: nothing any more.
    """

    id: str
    policy: str
    state: str
    amount: int
    commodity: str
    then: int | None

    @property
    def is_out(self) -> bool:
        """Return whether it has left the office: it is recovered, not withdrawn."""
        return self.state in ("sent", "paid", "failed")


@dataclass(frozen=True, slots=True)
class Preview:
    """What accepting a claim would change.

    Args:
        run: The run whose decisions were looked at; empty where there is none.
        answers: The policies that read the fact, with the answer then and now.
        resting: The entitlements that rest on the answers which turn.
    """

    run: str
    answers: tuple[Revision, ...]
    resting: tuple[Resting, ...]

    @property
    def turned(self) -> tuple[Revision, ...]:
        """Return the answers that change."""
        return tuple(one for one in self.answers if one.changed)


def claim_of(memory: Memory, number: int) -> Claim:
    """Return a claim.

    Raises:
        UsageError: There is none of this number.
    """
    found = next((one for one in claims(memory) if one.id == number), None)
    if found is None:
        msg = f"没有编号为 {number} 的更正 (there is no such claim)"
        raise UsageError(msg)
    return found


def whose(memory: Memory, found: Sequence[Claim], on: date) -> dict[int, Firm]:
    """Return how the organisations of some claims are called."""
    if not found:
        return {}
    reading = memory.reading(on)
    called: dict[int, Firm] = {}
    for record in {one.record for one in found}:
        orgs = [one.org for one in found if one.record == record]
        called |= labels(reading, record, orgs)
    return {one.org: called.get(one.org, Firm(one.org, "", "")) for one in found}


def preview(memory: Memory, one: Claim, *, on: date, run: str = "last") -> Preview:
    """Return what accepting a claim would change; nothing is written.

    Args:
        memory: The office's memory.
        one: The claim.
        on: From which day, for an attribute without a year.
        run: The run whose decisions are looked at.

    Raises:
        Damaged: A file of the run is missing or was altered.
    """
    if not listed(memory):
        return Preview("", (), ())
    read = find(memory, run)
    ruled = Statement(
        record=one.record,
        source=RULING,
        org=one.org,
        key=one.key,
        year=one.year,
        attribute=one.attribute,
        value=one.claimed,
        valid_from=date(one.year, 1, 1) if one.year else on,
        actor=memory.actor,
        reason="",
        known_at=datetime.now(UTC),
    )
    found = decided_again(memory, read, one, also=[ruled])
    if found is None:
        return Preview(read.id, (), ())
    touched, stored, row = found
    with memory.transaction() as conn:
        answers = tuple(
            Revision(
                rule.id,
                latest_answer(conn, read, one, rule.id, stored),
                latest_answer(None, read, one, rule.id, row),
                one.id,
            )
            for rule in touched
        )
        turned = {r.policy: r.after for r in answers if r.changed}
        resting = _resting(conn, one, turned)
    return Preview(read.id, answers, resting)


def _resting(
    conn: Connection, one: Claim, turned: Mapping[str, Mapping[str, object]]
) -> tuple[Resting, ...]:
    rows = conn.execute(_RESTING, (one.org, one.key, list(turned)))
    found = []
    for name, policy, state, amount, commodity in rows:
        after = turned[policy]
        then = after["amount"] if after["outcome"] == "eligible" else None
        assert then is None or isinstance(then, int)
        found.append(Resting(name, policy, state, amount, commodity, then))
    return tuple(found)


def rule(
    memory: Memory, number: int, *, accepted: bool, reason: str, on: date
) -> Ruled:
    """Decide a claim, knowing whether somebody else has decided it meanwhile.

    Raises:
        NotAllowed: Who asks may not, or made it himself.
        Overtaken: Somebody has decided it already.
        UsageError: There is no such claim, or no reason is given.
    """
    try:
        return rule_on(memory, number, accepted=accepted, reason=reason, as_of=on)
    except UsageError as error:
        if claim_of(memory, number).state == "open":
            raise
        raise Overtaken(error.message, hint=error.hint) from error
