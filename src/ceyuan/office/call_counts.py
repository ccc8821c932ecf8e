# SPDX-License-Identifier: Apache-2.0
"""How often somebody has asked the interface in this minute, counted for all processes.

The counts stand in the portal's cache table: they may be lost, and are worth nothing a
minute later. One statement counts and reads, so that of two who ask at once both count.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg import Connection

_COUNT = """
insert into portal_cache (cache_key, value, expires) values (%s, '1', %s)
on conflict (cache_key) do update
  set value = (portal_cache.value::integer + 1)::text
returning value::integer
"""
_FORGET = "delete from portal_cache where starts_with(cache_key, %s) and expires < %s"
_OURS = "calls:"
SPAN = 60
"""Seconds that are counted together."""


def count_call(conn: Connection, who: str, now: datetime) -> tuple[int, int]:
    """Count a call; return how many there were, and in how many seconds it ends.

    Args:
        conn: The transaction.
        who: Who is counted, and what for.
        now: The moment.
    """
    at = int(now.timestamp())
    begun = at - at % SPAN
    ends = datetime.fromtimestamp(begun + SPAN, UTC)
    # Names and addresses come from outside, keys are short and plain.
    plain = hashlib.sha256(who.encode()).hexdigest()[:32]
    row = conn.execute(_COUNT, (f"{_OURS}{plain}:{begun}", ends)).fetchone()
    assert row is not None
    if row[0] == 1:  # once a minute for each who asks
        conn.execute(_FORGET, (_OURS, now - timedelta(seconds=SPAN)))
    return row[0], begun + SPAN - at
