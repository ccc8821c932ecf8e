# SPDX-License-Identifier: Apache-2.0
"""What "to be paid" and "paid" count, said once for all pages of the money.

Money leaves by two ways: to who is entitled, and in settlement with who served or
joined (a provider of vouchers, a bank, a team). A figure says which of them it counts,
or counts both: `Counted` has each by itself and the sum, so that two pages cannot call
different things by one name.

A settlement that the bank sent back is payable again: its hold is void, nothing of it
stands as failed. An entitlement that failed stays `failed` until it is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.office.paying import others_due

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from psycopg import Connection

    from ceyuan.office.pools import PoolTold

STATES = ("payable", "failed", "sent", "paid")
APPROVED = ("payable", "sent", "failed")
_CLAIMS = """
select state, count(*), sum(amount) from entitlement
where commodity = 'CNY' and state = any(%s) group by state
"""
_OTHERS = """
select state, count(*), sum(amount) from payment
where entitlement_id is null and state in ('sent', 'paid') group by state
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """Payments in one state; amounts in fen.

    Args:
        claims: Entitlements in money.
        claims_fen: What they come to.
        others: Settlements: what is paid to others than who is entitled.
        others_fen: What they come to.
    """

    claims: int = 0
    claims_fen: int = 0
    others: int = 0
    others_fen: int = 0

    @property
    def count(self) -> int:
        """Return how many payments, of both kinds."""
        return self.claims + self.others

    @property
    def fen(self) -> int:
        """Return what both kinds come to."""
        return self.claims_fen + self.others_fen


def by_state(conn: Connection) -> dict[str, Counted]:
    """Return what is payable, failed, sent and paid, of all years."""
    claims = {s: (n, int(fen)) for s, n, fen in conn.execute(_CLAIMS, (list(STATES),))}
    others = {s: (n, int(fen)) for s, n, fen in conn.execute(_OTHERS)}
    due = others_due(conn)
    others["payable"] = (len(due), sum(one.amount for one in due))
    none = (0, 0)
    return {s: Counted(*claims.get(s, none), *others.get(s, none)) for s in STATES}


def approved(states: Mapping[str, Counted]) -> tuple[int, int]:
    """Return how many entitlements are approved and have not arrived, and their fen."""
    some = [states[name] for name in APPROVED]
    return sum(one.claims for one in some), sum(one.claims_fen for one in some)


def left_pools(pools: Iterable[PoolTold]) -> tuple[int, int]:
    """Return what left some pools, in fen: to who is entitled, and in settlement."""
    every = list(pools)
    return sum(one.granted for one in every), sum(one.settled for one in every)
