# SPDX-License-Identifier: Apache-2.0
"""Entitlements as officers look for them: filtered, page by page, with their sums."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ceyuan.office.entitlements import Entitlement

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from psycopg import Connection

# Whose an entitlement is stands in `party`; the predicates of permissions ask
# `organisation`.
_FROM = """
from (select *, run_id as run, party as organisation, decided_by as actor
  from entitlement) entitlement
where ({where}) and (%(policy)s = '' or policy = %(policy)s)
  and (%(state)s = '' or state = %(state)s) and (%(year)s = 0 or year = %(year)s)
  and (not %(objection)s or objection)
  and (%(q)s = '' or position(%(q)s in name) > 0 or party = %(q)s
    or position(%(q)s in id) > 0)
  and (%(window)s = '' or (state = 'noticed' and case %(window)s
    when 'today' then object_until = %(on)s
    when 'over' then object_until < %(on)s and not objection
    else object_until >= %(on)s end))
"""
_ORDER = "order by policy, year desc, name, id limit %(limit)s offset %(offset)s"
_COLUMNS = ", ".join(field.name for field in fields(Entitlement))
WINDOWS = ("today", "over", "open")
"""Those whose window ends today, is over (and nobody objects), is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entitlements are wanted; what is empty does not matter.

    Args:
        policy: Of this policy.
        state: In this state.
        year: Of this year.
        objection: Objected to.
        window: One of `WINDOWS`.
        words: With these words in the firm's name or the id, or of this code.
    """

    policy: str = ""
    state: str = ""
    year: int = 0
    objection: bool = False
    window: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Args:
        some: The entitlements of one page.
        count: How many there are.
        firms: Of how many firms.
        sums: How much, by commodity, in its smallest unit.
    """

    some: tuple[Entitlement, ...]
    count: int
    firms: int
    sums: dict[str, int]


def look(
    conn: Connection,
    wanted: Wanted,
    *,
    on: date,
    where: str = "true",
    given: Sequence[Any] = (),
    page: int = 1,
    per: int = 50,
) -> Found:
    """Return entitlements of a page, and sums over all pages.

    Args:
        conn: The transaction.
        wanted: Which ones.
        on: The day, for windows.
        where: A predicate of `permissions.where`.
        given: Its parameters.
        page: Which page, from 1.
        per: So many on a page.
    """
    asked: dict[str, Any] = {
        "policy": wanted.policy,
        "state": wanted.state,
        "year": wanted.year,
        "objection": wanted.objection,
        "window": wanted.window,
        "q": wanted.words,
        "on": on,
        "limit": per,
        "offset": (page - 1) * per,
    }
    source = _FROM.format(where=_named(where, given, asked))
    sums: dict[str, int] = {}
    count = 0
    for commodity, number, total in conn.execute(
        f"select commodity, count(*), sum(amount) {source} group by commodity", asked
    ):
        sums[commodity] = int(total)
        count += number
    row = conn.execute(f"select count(distinct org) {source}", asked).fetchone()
    rows = conn.execute(f"select {_COLUMNS} {source} {_ORDER}", asked)
    return Found(
        tuple(Entitlement(*one) for one in rows), count, row[0] if row else 0, sums
    )


def _named(where: str, given: Sequence[Any], asked: dict[str, Any]) -> str:
    """Return a predicate with its parameters named, as those beside it are."""
    pieces = where.split("%s")
    text = pieces[0]
    for at, (value, piece) in enumerate(zip(given, pieces[1:], strict=True)):
        asked[f"given{at}"] = value
        text += f"%(given{at})s{piece}"
    return text


def years(conn: Connection) -> list[int]:
    """Return the years that have an entitlement, the latest first."""
    rows = conn.execute("select distinct year from entitlement order by year desc")
    return [year for (year,) in rows]


def policies(conn: Connection) -> list[str]:
    """Return the policies that have an entitlement."""
    rows = conn.execute("select distinct policy from entitlement order by policy")
    return [policy for (policy,) in rows]
