# SPDX-License-Identifier: Apache-2.0
"""Through whose hands money went: who decided, who approved, who paid.

An entry's id ends with what it is about: an entitlement, or `pay/` and a payment. So
the three names stand beside each entry without a search.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

_CLAIMS = """
select e.id, e.id, '', e.party, e.decided_by, e.approved_by, coalesce((
  select b.actor from payment p join payment_batch b on b.id = p.batch_id
  where p.entitlement_id = e.id order by b.known_at desc limit 1), '')
from entitlement e where e.id = any(%s)
"""
_PAYMENTS = """
select p.id, coalesce(p.entitlement_id, ''), p.id, p.party, coalesce(e.decided_by, ''),
  coalesce(e.approved_by, ''), b.actor
from payment p join payment_batch b on b.id = p.batch_id
left join entitlement e on e.id = p.entitlement_id where p.id = any(%s)
"""
_PART = re.compile(r"#\d+(\..*)?\Z")


@dataclass(frozen=True, slots=True)
class Hands:
    """Whose hands an entry went through.

    Args:
        entitlement: What it is about; empty: no entitlement.
        payment: The payment that it belongs to; empty: none.
        party: Whom.
        decided: Who decided.
        approved: Who approved; empty: nobody yet.
        paid: Who sent the payment; empty: nobody yet.
    """

    entitlement: str
    payment: str
    party: str
    decided: str
    approved: str
    paid: str

    @property
    def known(self) -> tuple[str, ...]:
        """Return who did something, in order."""
        return tuple(who for who in (self.decided, self.approved, self.paid) if who)

    @property
    def apart(self) -> bool:
        """Return whether those who did something are different people."""
        return len(set(self.known)) == len(self.known)


def hands_of(conn: Connection, names: Sequence[str]) -> dict[str, Hands]:
    """Return, by entry, who decided, approved and paid what it is about.

    An entry's id ends with what it is about: an entitlement, or `pay/` and a payment.
    """
    about = {name: _about(name) for name in names}
    found: dict[str, Hands] = {}
    for statement, kind in ((_CLAIMS, "claim"), (_PAYMENTS, "pay")):
        wanted = [what for what_kind, what in about.values() if what_kind == kind]
        if wanted:
            rows = conn.execute(statement, (wanted,)).fetchall()
            told = {row[0]: Hands(*row[1:]) for row in rows}
            for name, (what_kind, what) in about.items():
                if what_kind == kind and what in told:
                    found[name] = told[what]
    return found


def _about(name: str) -> tuple[str, str]:
    pieces = _PART.sub("", name).split("/")
    if pieces[0] == "pay" and len(pieces) > 1:
        return "pay", pieces[1]
    return "claim", pieces[-1]
