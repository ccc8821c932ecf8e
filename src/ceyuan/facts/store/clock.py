# SPDX-License-Identifier: Apache-2.0
"""When something became known: one clock for all writers.

Two transactions may take their time and commit in the other order; then somebody who
asked "as known at noon" would get another answer after lunch. So whoever writes takes
one lock at the end of its transaction, reads the clock under it, and commits: the
order of the times is the order of the commits, and nothing can still become known in
the past.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg import Connection

LOCK = 0x6365_7975
_LATEST = """
select clock_timestamp(), greatest(
  (select max(known_at) from batch),
  (select max(known_at) from withdrawal),
  (select max(known_at) from statement),
  (select max(known_at) from identity_event))
"""


def latest(conn: Connection) -> datetime:
    """Return now, or the last moment that anything became known, if that is later."""
    row = conn.execute(_LATEST).fetchone()
    assert row is not None
    last: datetime = max(moment for moment in row if moment is not None)
    return last.astimezone(UTC)


def tick(conn: Connection) -> datetime:
    """Return the moment at which what this transaction writes becomes known.

    The lock is held until the transaction ends: call it last, commit soon. Moments
    never repeat and never go back, even when the machine's clock does.
    """
    conn.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
    row = conn.execute(_LATEST).fetchone()
    assert row is not None
    now, latest = row
    if latest is not None and now <= latest:
        now = latest + timedelta(microseconds=1)
    assert isinstance(now, datetime)
    return now.astimezone(UTC)
