# SPDX-License-Identifier: Apache-2.0
"""Who is due what: from the stored decisions of a run, with what came after.

A decision that is `eligible` and has an amount, of a policy that an instrument turns
into a claim, is a *due*. Its slot (policy, year or once for all time, subject) is what
one can have once, whoever runs it and how often. Where a correction has decided again,
the later answer counts.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from ceyuan.kernel import UsageError
from ceyuan.office.firms import FIRM, labels
from ceyuan.office.runs import frames
from ceyuan.policies import OUTCOMES, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from psycopg import Connection

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.office.firms import Firm
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run

ONCE = "once"
_ELIGIBLE = next(code for code, o in OUTCOMES.items() if o is Outcome.ELIGIBLE)
_LATEST = """
select distinct on (org, key) org, key, after from revision
where run_id = %s and subject = %s and policy = %s
order by org, key, id desc
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What somebody is due of one policy.

    Args:
        slot: What can be had once: policy, period, subject.
        policy: The policy.
        instrument: The instrument that turns it into a claim.
        year: Whose budget it is.
        subject: Kind of subject: `firm`, `loan`, `order`.
        org: Whose.
        key: Which loan or order; empty for a firm.
        party: How the party is called in the book.
        name: Its name.
        commodity: What is counted.
        amount: How much, in the smallest unit.
        mode: `threshold_grant` or `auto_grant`.
    """

    slot: str
    policy: str
    instrument: str
    year: int
    subject: str
    org: int
    key: str
    party: str
    name: str
    commodity: str
    amount: int
    mode: str

    def entitlement(self, revision: int) -> str:
        """Return the id of the entitlement that it becomes."""
        parts = [self.policy, str(self.year), self.party]
        if self.key:
            plain = re.sub(r"[^\w-]", "-", self.key)
            if plain != self.key:  # two odd keys must not become one
                digest = hashlib.sha256(self.key.encode()).hexdigest()[:6]
                plain = f"{plain}-{digest}"
            parts.append(plain)
        name = ".".join(parts)
        if len(name) > 72:
            digest = hashlib.sha256(name.encode()).hexdigest()[:12]
            name = f"{name[:59]}-{digest}"
        return f"{name}.{revision}"


def chosen(memory: Memory, policies: Collection[str]) -> list[Instrument]:
    """Return the instruments whose entitlements are asked for; all by default.

    Raises:
        UsageError: A policy is not known, or no instrument turns it into a claim.
    """
    every = memory.declared.instruments
    for policy in policies:
        memory.region.rule(policy)
        if not every.entitled_by(policy):
            able = [
                one.said.entitlement.policy
                for one in every.instruments.values()
                if one.said.entitlement is not None and one.said.entitlement.policy
            ]
            msg = f"`{policy}` 没有对应的资金工具 (no instrument pays it)"
            raise UsageError(msg, hint=f"有的：{'、'.join(sorted(able))}")
    return [
        one
        for one in every.instruments.values()
        if one.said.entitlement is not None
        and one.said.entitlement.policy
        and (not policies or one.said.entitlement.policy in policies)
    ]


def dues(
    memory: Memory,
    run: Run,
    instruments: Sequence[Instrument],
    *,
    year: int,
    only: Collection[int] | None = None,
) -> list[Due]:
    """Return who is due what by a run, in the order of policies and parties.

    Args:
        memory: The office's memory.
        run: The stored run.
        instruments: The instruments that turn its decisions into claims.
        year: Whose budget it is.
        only: Only these organisations.

    Raises:
        Damaged: A file of the run is missing or was altered.
    """
    found: list[tuple[Instrument, str, pl.DataFrame]] = []
    for one in instruments:
        assert one.said.entitlement is not None
        policy = one.said.entitlement.policy
        subject = memory.region.rule(policy).said.subject
        frame = _amounts(memory, run, subject, policy, only)
        if frame.height:
            found.append((one, subject, frame))
    if not found:
        return []
    orgs = sorted({org for _, _, frame in found for org in frame["org"]})
    called = labels(memory.reading(run.as_of, run.known_at), FIRM, orgs)
    return [
        due
        for one, subject, frame in found
        for due in _made(one, subject, frame, called, year)
    ]


def _made(
    one: Instrument,
    subject: str,
    frame: pl.DataFrame,
    called: Mapping[int, Firm],
    year: int,
) -> Iterator[Due]:
    said = one.said.entitlement
    assert said is not None
    move = one.move(said.promise)
    commodity = one.account(move.legs[0].debit).commodity
    period = ONCE if said.once else str(year)
    for org, key, amount in frame.iter_rows():
        firm = called.get(org)
        party = (firm.code if firm else "") or f"org{org}"
        yield Due(
            slot=f"{said.policy}/{period}/{org}/{key}",
            policy=said.policy,
            instrument=one.id,
            year=year,
            subject=subject,
            org=org,
            key=key,
            party=party,
            name=firm.name if firm else "",
            commodity=commodity,
            amount=amount,
            mode=said.mode,
        )


def _amounts(
    memory: Memory,
    run: Run,
    subject: str,
    policy: str,
    only: Collection[int] | None,
) -> pl.DataFrame:
    """Return `org`, `key`, `amount` of those who are eligible for more than nothing."""
    amount = f"{policy}:amount"
    parts = [
        pl.DataFrame(schema={"org": pl.Int64, "key": pl.String, "amount": pl.Int64})
    ]
    for frame in frames(memory, run, subject):
        if policy not in frame.columns or amount not in frame.columns:
            continue
        there = frame if only is None else frame.filter(pl.col("org").is_in(list(only)))
        parts.append(
            there.filter((pl.col(policy) == _ELIGIBLE) & (pl.col(amount) > 0)).select(
                pl.col("org").cast(pl.Int64),
                pl.col("key").cast(pl.String),
                pl.col(amount).cast(pl.Int64).alias("amount"),
            )
        )
    found = pl.concat(parts).filter(pl.col("org").is_not_null())
    with memory.transaction() as conn:
        later = _revised(conn, run, subject, policy)
    if later:
        kept = {(o, k): a for o, k, a in found.iter_rows()}
        for (org, key), answer in later.items():
            if only is not None and org not in only:
                continue
            kept.pop((org, key), None)
            if (
                answer["outcome"] == str(Outcome.ELIGIBLE)
                and (answer["amount"] or 0) > 0
            ):
                kept[org, key] = answer["amount"]
        found = pl.DataFrame(
            [(o, k, a) for (o, k), a in kept.items()],
            schema=found.schema,
            orient="row",
        )
    return found.sort("org", "key")


def _revised(
    conn: Connection, run: Run, subject: str, policy: str
) -> dict[tuple[int, str], dict[str, Any]]:
    rows = conn.execute(_LATEST, (run.id, subject, policy))
    return {(org, key): after for org, key, after in rows}
