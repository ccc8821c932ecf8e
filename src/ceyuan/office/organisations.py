# SPDX-License-Identifier: Apache-2.0
"""Organisations as the portal knows them: by their users, consents and delegations.

An organisation is what users are registered for: a firm's credit code, or the name of
a park or a bureau. There is no list of them beside that; whoever has consented, was
consented to or has delegated is one too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from psycopg import Connection

_EVERY = """
with said as (
  select distinct on (code, party, purpose) code, party, given, since, until
  from consent order by code, party, purpose, id desc),
held as (
  select code, party from said where given and since <= %(on)s
    and (until is null or until >= %(on)s)),
handed as (
  select organisation from delegation where ended_at is null and since <= %(on)s
    and (until is null or until >= %(on)s)),
every as (
  select organisation as name from office_user where organisation <> ''
  union select code from consent union select party from consent
  union select organisation from delegation)
select e.name,
  (select count(*) from office_user u where u.organisation = e.name),
  (select count(*) from office_user u where u.organisation = e.name and u.active),
  (select count(*) from held h where h.code = e.name),
  (select count(*) from held h where h.party = e.name),
  (select count(*) from handed d where d.organisation = e.name)
from every e where %(words)s = '' or strpos(lower(e.name), lower(%(words)s)) > 0
order by e.name limit 1000
"""
# What was decided of a firm names it better than what somebody typed who asked it.
_CALLED = """
select distinct on (code) code, name from (
  select code, name, 1 as rank, known_at as at from firm_sheet
    where code = any(%(codes)s)
  union all
  select party, name, 2, made_at from entitlement where party = any(%(codes)s)
  union all
  select code, name, 3, known_at from consent_ask where code = any(%(codes)s)) said
where name <> '' order by code, rank, at desc
"""


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation, by what hangs on it.

    Args:
        name: Its credit code, or its name.
        users: Users that are registered for it.
        active: Those who still are.
        given: Consents of it that hold.
        received: Consents of others to it that hold.
        delegations: Delegations of it that hold.
    """

    name: str
    users: int
    active: int
    given: int
    received: int
    delegations: int


def organisations(conn: Connection, *, on: date, words: str = "") -> list[Organisation]:
    """Return organisations, by name."""
    rows = conn.execute(_EVERY, {"on": on, "words": words.strip()})
    return [Organisation(*row) for row in rows]


def called(conn: Connection, codes: Iterable[str]) -> dict[str, str]:
    """Return how firms are called, by credit code, as far as it is known."""
    rows = conn.execute(_CALLED, {"codes": sorted(set(codes))})
    return {str(row[0]): str(row[1]) for row in rows}
