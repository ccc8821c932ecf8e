# SPDX-License-Identifier: Apache-2.0
"""Payments found, of all batches: by batch, state, party; each in the order it went out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceyuan.office.money_told import PaymentTold, _payment
from ceyuan.office.payments_told import _COLUMNS, _SEEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

_WANTED = """
where ({where}) and (%s = '' or batch_id = %s) and (%s = '' or state = %s)
  and (%s = '' or party = %s)
"""


def payments_found(
    conn: Connection,
    where: str,
    given: Sequence[Any],
    *,
    batch: str = "",
    state: str = "",
    party: str = "",
    start: int = 0,
    limit: int = 50,
) -> tuple[list[PaymentTold], int, int]:
    """Return a page of payments, how many there are in all, and how much they come to.

    Args:
        conn: The transaction.
        where: A predicate of `permissions.where`.
        given: Its parameters.
        batch: Only of this batch.
        state: Only in this state.
        party: Only to this party.
        start: So many before the page.
        limit: At most so many.
    """
    wanted = _WANTED.format(where=where)
    asked = [*given, batch, batch, state, state, party, party]
    row: Any = conn.execute(
        f"select count(*), coalesce(sum(amount), 0) {_SEEN} {wanted}",
        asked,
    ).fetchone()
    rows = conn.execute(
        f"{_COLUMNS} {_SEEN} {wanted} order by day, batch_id, line, id"
        " limit %s offset %s",
        [*asked, limit, start],
    )
    return [_payment(one) for one in rows], row[0], int(row[1])
