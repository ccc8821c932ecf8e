# SPDX-License-Identifier: Apache-2.0
"""A firm lets an organisation use its data for a purpose; asked, given, withdrawn.

Asking makes a link that is hard to guess; whoever stands behind it says yes or no for
his firm, and may take it back any day. Each answer is a row of its own, the last one
counts, and it holds only on its days. Without consent an organisation works with its
own sheet and with what is public.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UsageError, clean_code, code_fault
from ceyuan.office.auditing import audit
from ceyuan.office.roles import load_roles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from psycopg import Connection

    from ceyuan.office.memory import Memory
    from ceyuan.office.roles import Purpose

_ASK = """
insert into consent_ask (id, code, name, party, purpose, expires_on, actor)
values (%s, %s, %s, %s, %s, %s, %s)
"""
_ASKED = """
select id, code, name, party, purpose, expires_on, actor, known_at
from consent_ask where id = %s
"""
_ANSWER = """
insert into consent (code, party, purpose, given, since, until, ask, actor)
values (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_LAST = """
select distinct on (code, party, purpose)
  code, party, purpose, given, since, until, actor, known_at
from consent where (%s = '' or code = %s) and (%s = '' or party = %s)
"""
_OPEN = """
select distinct on (code) id, code, name, party, purpose, expires_on, actor, known_at
from consent_ask where party = %s and purpose = %s and expires_on >= %s
order by code, known_at desc
"""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question whether a firm consents.

    Args:
        id: What stands in its link.
        code: The firm.
        name: How it is called.
        party: Who asks.
        purpose: What for; an id of `purposes`.
        expires_on: Last day of the link.
        actor: Who sent it.
        known_at: When.
    """

    id: str
    code: str
    name: str
    party: str
    purpose: str
    expires_on: date
    actor: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """The last word of a firm to an organisation about a purpose."""

    code: str
    party: str
    purpose: str
    given: bool
    since: date
    until: date | None
    actor: str
    known_at: datetime

    def holds(self, on: date) -> bool:
        """Return whether it holds on a day."""
        return (
            self.given and self.since <= on and (self.until is None or on <= self.until)
        )


def purposes(region: str) -> Mapping[str, Purpose]:
    """Return what a firm can consent to, by id, as the region declares it."""
    return load_roles(region).purposes


def holds_until(memory: Memory, purpose: str, on: date) -> date:
    """Return the last day of a consent that is given on a day.

    Raises:
        UsageError: The purpose is none, or none any more.
    """
    said = purposes(memory.region.id).get(purpose)
    if said is None:
        msg = f"`{purpose}` 不再是可以授权的用途 (no longer a purpose)"
        raise UsageError(msg, hint="请园区重新发一个链接")
    return on + timedelta(days=said.days)


def ask(
    memory: Memory,
    firms: Iterable[tuple[str, str]],
    *,
    party: str,
    purpose: str,
    on: date,
) -> list[Ask]:
    """Ask firms, given by code and name; a link that is still open is kept.

    Raises:
        UsageError: A code is wrong, or the purpose is none.
    """
    said = purposes(memory.region.id).get(purpose)
    if said is None:
        msg = f"`{purpose}` 不是可以征求授权的用途 (not a purpose)"
        raise UsageError(msg, hint="用途在 roles.yaml 的 purposes 里声明")
    last = on + timedelta(days=said.link_days)
    with memory.transaction() as conn:
        there = {one.code: one for one in open_asks(conn, party, purpose, on)}
        made = []
        for typed, name in firms:
            code = clean_code(typed)
            if code_fault(code):
                msg = f"`{typed}` 不是统一社会信用代码 (not a credit code)"
                raise UsageError(msg)
            if code not in there:
                token = secrets.token_urlsafe(18)
                conn.execute(
                    _ASK,
                    (token, code, name, party, purpose, last, memory.actor),
                )
                made.append((token, None, {"code": code, "party": party}))
        audit(conn, "consent.ask", made, actor=memory.actor, behalf=party)
        return open_asks(conn, party, purpose, on)


def open_asks(conn: Connection, party: str, purpose: str, on: date) -> list[Ask]:
    """Return the links of an organisation that are open, one per firm."""
    return [Ask(*row) for row in conn.execute(_OPEN, (party, purpose, on))]


def asked(conn: Connection, token: str, on: date) -> Ask:
    """Return the question behind a link.

    Raises:
        UsageError: There is none, or its time is over.
    """
    row = conn.execute(_ASKED, (token,)).fetchone()
    if row is None or row[5] < on:
        msg = "授权链接不存在或已过期 (no such link, or it is over)"
        raise UsageError(msg, hint="请园区重新发一个链接")
    return Ask(*row)


def answer(
    memory: Memory, one: Ask, *, given: bool, on: date, until: date | None = None
) -> None:
    """Say yes or no, or take a yes back; the actor answers for the firm."""
    last = until or holds_until(memory, one.purpose, on)
    with memory.transaction() as conn:
        conn.execute(
            _ANSWER,
            (one.code, one.party, one.purpose, given, on, last if given else None,
             one.id, memory.actor),
        )  # fmt: skip
        audit(
            conn,
            "consent.give" if given else "consent.withdraw",
            [(f"{one.code}/{one.party}/{one.purpose}", None, {"until": last})],
            actor=memory.actor,
            behalf=one.code,
        )


def withdraw(memory: Memory, code: str, party: str, purpose: str, *, on: date) -> None:
    """Take a consent back; from now on it does not hold."""
    with memory.transaction() as conn:
        conn.execute(_ANSWER, (code, party, purpose, False, on, None, "", memory.actor))
        audit(
            conn,
            "consent.withdraw",
            [(f"{code}/{party}/{purpose}", None, {"given": False})],
            actor=memory.actor,
            behalf=code,
        )


def consents(
    conn: Connection,
    *,
    code: str = "",
    party: str = "",
    where: str = "true",
    given: Sequence[Any] = (),
) -> list[Consent]:
    """Return the last word of each firm to each organisation.

    Args:
        conn: The transaction.
        code: Only of this firm.
        party: Only to this organisation.
        where: A predicate of `permissions.where`.
        given: Its parameters.
    """
    rows = conn.execute(
        f"{_LAST} and ({where}) order by code, party, purpose, id desc",
        [code, code, party, party, *given],
    )
    return [Consent(*row) for row in rows]


def consented(conn: Connection, party: str, purpose: str, on: date) -> frozenset[str]:
    """Return the codes of the firms whose consent holds on a day."""
    return frozenset(
        one.code
        for one in consents(conn, party=party)
        if one.purpose == purpose and one.holds(on)
    )
