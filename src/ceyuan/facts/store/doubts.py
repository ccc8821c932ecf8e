# SPDX-License-Identifier: Apache-2.0
"""Names that may be somebody's: listed for people to decide, never joined by us.

A record without a code whose name is the present or a former name of a known
organisation is probably that organisation's. Probably: names are freed and taken
again, and two districts have firms of one name. So it is a *doubt*, as is, weaker, a
name that only comes near (`ceyuan.facts.store.near_names`). The one hard idea is
that a doubt changes nothing: until somebody says `match` or `reject_match`, the name
stands for an organisation of its own, and every figure says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from psycopg.types.json import Jsonb

from ceyuan.facts.store.clock import LOCK, tick
from ceyuan.facts.store.identity import Identity, IdentityEvent
from ceyuan.facts.store.identity_log import record_event
from ceyuan.facts.store.near_names import near_names
from ceyuan.kernel import UsageError

if TYPE_CHECKING:
    from datetime import date, datetime

    from psycopg import Connection

_STANDING = """
not exists (select 1 from identity_event u where u.undoes = e.id)
"""
_OPEN = f"""
select d.id, d.org, d.name, d.candidates, d.batch_id, d.known_at
from name_doubt d
where not exists (
    select 1 from identity_event e
    where e.other = d.org and e.kind = 'match' and {_STANDING})
  and exists (
    select 1 from jsonb_array_elements(d.candidates) c
    where not exists (
      select 1 from identity_event e
      where e.other = d.org and e.kind = 'reject_match'
        and e.org = (c ->> 'org')::bigint and {_STANDING}))
  and (%(id)s::bigint is null or d.id = %(id)s)
order by d.id
"""  # noqa: S608  only our own text is put in
_LISTED = """
select d.org, (c ->> 'org')::bigint
from name_doubt d cross join lateral jsonb_array_elements(d.candidates) c
where d.org = any(%s)
"""
_REJECTED = f"""
select e.org from identity_event e
where e.other = %s and e.kind = 'reject_match' and {_STANDING}
"""  # noqa: S608
_ADD = """
insert into name_doubt (org, name, candidates, batch_id, known_at)
select org, name, candidates, %s, %s
from unnest(%s::bigint[], %s::text[], %s::jsonb[]) with ordinality
  as made (org, name, candidates, place)
order by place
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An organisation that a name may be.

    Args:
        org: The organisation.
        code: Its code; "" when it is known by name only.
        name: Its name that comes near.
        likeness: How near: one of `LIKENESS`.
    """

    org: int
    code: str
    name: str
    likeness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NameDoubt:
    """A name without a code, and who it may be.

    Args:
        id: Its number.
        org: Handle of the name.
        name: The name as it was written.
        candidates: Who it may be, nearest first.
        batch_id: The batch that brought it; "" when none did.
        known_at: When it was listed.
    """

    id: int
    org: int
    name: str
    candidates: tuple[Candidate, ...]
    batch_id: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class DoubtsListed:
    """What `match_names` found.

    Args:
        doubts: `org`, `name`, `candidate`, `code`, `known_name`, `likeness`, one row
            for each pair that was listed now, nearest first within a name.
        crowded: How many names come within one character of more than `MOST` firms;
            those neighbours are not listed.
    """

    doubts: pl.DataFrame
    crowded: int


def match_names(
    conn: Connection,
    names: pl.DataFrame,
    known: pl.DataFrame,
    *,
    identity: Identity,
    batch_id: str | None = None,
) -> DoubtsListed:
    """List, for names without a code, which known organisations they may be.

    A name that is matched already, a pair that was rejected and a pair that was
    listed before are left out. A name with an equal is not compared further.

    Args:
        conn: The catalogue; one transaction, or part of the caller's.
        names: `org` (handle of the name), `name`.
        known: `org`, `code` (null: known by name only), `name`: present and former
            names. Names that events state are added here.
        identity: Who is who now.
        batch_id: The batch that brought the names.
    """
    asked, told = _asked(names, identity), _told(known, identity)
    pairs, crowded = near_names(asked, told)
    # Who was rejected is rejected, also as a part of whoever absorbed him.
    gone = {(name, identity.organisation(org)) for name, org in identity.rejected}
    pairs = _without(pairs, sorted(gone | identity.rejected))
    with conn.transaction():
        orgs = pairs["org"].unique().sort().to_list()
        if orgs:
            conn.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
            pairs = _without(pairs, conn.execute(_LISTED, (orgs,)).fetchall())
        if pairs.height:
            _list(conn, pairs, batch_id)
    return DoubtsListed(pairs, crowded)


def open_doubts(conn: Connection) -> tuple[NameDoubt, ...]:
    """Return the doubts that nobody has settled, in the order of listing."""
    return _open(conn, None)


def settle_doubt(
    conn: Connection,
    doubt_id: int,
    org: int | None,
    *,
    actor: str,
    reason: str,
    valid_from: date | None = None,
    evidence: str = "",
) -> tuple[int, ...]:
    """Say who a name is, or that it is none of the candidates.

    Args:
        conn: The catalogue.
        doubt_id: The doubt.
        org: The organisation that it is; None: none of those listed.
        actor: Who says so.
        reason: Why.
        valid_from: From which day it was called so, for people to read; None: the
            day on which the doubt was listed.
        evidence: What it rests on.

    Returns:
        Numbers of the events written: one match, or one rejection per candidate.

    Raises:
        UsageError: There is no such open doubt.
    """
    with conn.transaction():
        conn.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
        found = _open(conn, doubt_id)
        if not found:
            msg = f"没有编号为 {doubt_id} 的待定名称 (no open doubt of this number)"
            raise UsageError(msg, hint="它可能已经定了；列出仍待定的再看")
        doubt = found[0]
        kind, orgs = "match", [org]
        if org is None:
            kind, orgs = "reject_match", [c.org for c in _unrejected(conn, doubt)]
        return tuple(
            record_event(
                conn,
                IdentityEvent(
                    kind=kind,
                    org=one,
                    other=doubt.org,
                    name=doubt.name,
                    valid_from=valid_from or doubt.known_at.date(),
                    actor=actor,
                    reason=reason,
                    evidence=evidence,
                ),
            )
            for one in orgs
            if one is not None
        )


def _unrejected(conn: Connection, doubt: NameDoubt) -> list[Candidate]:
    gone = {row[0] for row in conn.execute(_REJECTED, (doubt.org,))}
    return [c for c in doubt.candidates if c.org not in gone]


def _open(conn: Connection, doubt_id: int | None) -> tuple[NameDoubt, ...]:
    return tuple(
        NameDoubt(
            id=number,
            org=org,
            name=name,
            candidates=tuple(
                Candidate(c["org"], c["code"] or "", c["name"], c["likeness"])
                for c in candidates
            ),
            batch_id=batch_id or "",
            known_at=known_at,
        )
        for number, org, name, candidates, batch_id, known_at in conn.execute(
            _OPEN, {"id": doubt_id}
        )
    )


def _asked(names: pl.DataFrame, identity: Identity) -> pl.DataFrame:
    settled = identity.mapping()["handle"]
    return (
        names.select(pl.col("org").cast(pl.Int64), "name")
        .drop_nulls()
        .unique("org", keep="first", maintain_order=True)
        .filter(~pl.col("org").is_in(settled.implode()))
    )


def _told(known: pl.DataFrame, identity: Identity) -> pl.DataFrame:
    """Return the known names, each under the organisation that it is today."""
    own = known.select(
        pl.col("org").cast(pl.Int64), pl.col("code").cast(pl.String), "name"
    )
    stated = identity.known_names().select(
        "org", pl.lit(None, dtype=pl.String).alias("code"), "name"
    )
    told = pl.concat([own, stated]).drop_nulls(["org", "name"])
    moved = identity.mapping().rename({"org": "now"})
    return (
        told.join(moved, left_on="org", right_on="handle", how="left")
        .select(pl.coalesce("now", "org").alias("org"), "code", "name")
        .unique(maintain_order=True)
    )


def _without(pairs: pl.DataFrame, gone: list[Any]) -> pl.DataFrame:
    known = pl.DataFrame(
        gone, schema={"org": pl.Int64, "candidate": pl.Int64}, orient="row"
    )
    return pairs.join(known, on=["org", "candidate"], how="anti", maintain_order="left")


def _list(conn: Connection, pairs: pl.DataFrame, batch_id: str | None) -> None:
    by_name = pairs.group_by("org", maintain_order=True).agg(
        pl.col("name").first(),
        pl.struct(
            pl.col("candidate").alias("org"),
            "code",
            pl.col("known_name").alias("name"),
            "likeness",
        ).alias("candidates"),
    )
    conn.execute(
        _ADD,
        (
            batch_id,
            tick(conn),
            by_name["org"].to_list(),
            by_name["name"].to_list(),
            [Jsonb(c) for c in by_name["candidates"].to_list()],
        ),
    )
