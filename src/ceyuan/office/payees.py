# SPDX-License-Identifier: Apache-2.0
"""Where a party is paid: its account, since when, and whether the bank refused it.

Rows are added and none is changed: the last one counts, an empty number closes the
account. Numbers are shown by their last four figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError
from ceyuan.office.auditing import audit
from ceyuan.office.users import allow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from psycopg import Connection

    from ceyuan.office.memory import Memory

_PAYEES = """
select distinct on (party) party, holder, bank, account from payee
where party = any(%s) and valid_from <= %s order by party, id desc
"""
_REGISTERED = """
select distinct on (party) party, holder, bank, account, valid_from from payee
where party = any(%s) order by party, id desc
"""
# The last try of a payment that the bank sent back, and why.
_LAST_TRY = """
(select distinct on (p.cause) p.* from payment p join payment_batch b
  on b.id = p.batch_id where p.cause = any(%s)
  order by p.cause, b.known_at desc, p.line desc) p
"""
_REFUSED = (
    "select p.cause, p.holder, p.bank, p.account, r.bank_reason from"  # noqa: S608
    + _LAST_TRY
    + """
left join lateral (select bank_reason from payment_return where payment = p.id
  and result = 'failed' order by id desc limit 1) r on true
where p.state = 'failed'
"""
)
_UNCHANGED = (
    "select p.cause from"  # noqa: S608 - our own words
    + _LAST_TRY
    + """
join lateral (select holder, bank, account from payee where party = p.party
  order by id desc limit 1) now on true
where p.state = 'failed'
  and (p.holder, p.bank, p.account) = (now.holder, now.bank, now.account)
"""
)
_PAYEE = """
insert into payee (party, holder, bank, account, valid_from, actor, reason, known_at)
values (%s, %s, %s, %s, %s, %s, %s, clock_timestamp())
"""


def set_payee(
    memory: Memory,
    party: str,
    *,
    holder: str,
    bank: str,
    account: str,
    since: date,
    reason: str = "",
) -> None:
    """Register where a party is paid; an empty account says that it is closed.

    Raises:
        NotAllowed: Who asks may not.
        UsageError: Something is missing.
    """
    if not party.strip() or not holder.strip():
        msg = "要写明谁、户名 (party and holder are asked)"
        raise UsageError(msg)
    with memory.transaction() as conn:
        allow(conn, memory, "pay.payee")
        conn.execute(
            _PAYEE, (party, holder, bank, account, since, memory.actor, reason)
        )
        told = {"holder": holder, "bank": bank, "account": masked(account)}
        audit(conn, "pay.payee", [(party, None, told)], actor=memory.actor,
              reason=reason)  # fmt: skip


def set_payees(
    memory: Memory,
    rows: Sequence[tuple[str, str, str, str]],
    *,
    since: date,
    reason: str = "",
) -> int:
    """Register many payees at once: party, holder, bank, account; return how many.

    Raises:
        NotAllowed: Who asks may not.
    """
    with memory.transaction() as conn:
        allow(conn, memory, "pay.payee")
        with conn.cursor() as cursor:
            cursor.executemany(
                _PAYEE, [(*row, since, memory.actor, reason) for row in rows]
            )
        audit(
            conn,
            "pay.payee",
            [
                (party, None, {"holder": holder, "bank": bank, "account": masked(a)})
                for party, holder, bank, a in rows
            ],
            actor=memory.actor,
            reason=reason,
        )
    return len(rows)


def registered(
    conn: Connection, parties: Sequence[str]
) -> dict[str, tuple[str, str, str, date]]:
    """Return what is registered of parties now: holder, bank, account, from which day."""
    rows = conn.execute(_REGISTERED, (list(parties),))
    return {party: (*rest,) for party, *rest in rows}


def payees_on(
    conn: Connection, parties: Sequence[str], on: date
) -> dict[str, tuple[str, str, str]]:
    """Return where parties are paid on a day: holder, bank, account, by party."""
    rows = conn.execute(_PAYEES, (list(parties), on))
    return {party: (holder, bank, account) for party, holder, bank, account in rows}


def refused(
    conn: Connection, causes: Sequence[str]
) -> dict[str, tuple[tuple[str, str, str], str]]:
    """Return what the bank sent back: holder, bank and account that it refused, and why.

    The reason is the bank's code, empty where it gave none; by what was paid.
    """
    rows = conn.execute(_REFUSED, (list(causes),))
    return {
        cause: ((holder, bank, account), why or "")
        for cause, holder, bank, account, why in rows
    }


def unchanged(conn: Connection, causes: Sequence[str]) -> set[str]:
    """Return what the bank sent back and whose account is still the one it refused."""
    return {cause for (cause,) in conn.execute(_UNCHANGED, (list(causes),))}


def masked(account: str) -> str:
    """Return an account number by its last four figures."""
    return f"…{account[-4:]}" if account else ""
