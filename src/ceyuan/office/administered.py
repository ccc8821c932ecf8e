# SPDX-License-Identifier: Apache-2.0
"""What an administrator has to look at, counted: on the first page he sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.office.logins import FAILURES, LOCKED_FOR, logins
from ceyuan.office.mailing import NO_ADDRESS

if TYPE_CHECKING:
    from psycopg import Connection

_COUNTS = """
select
  (select count(*) from office_user where active),
  (select count(*) from office_user where not active),
  (select count(*) from (
    select 1 from axes_accessattempt where attempt_time > now() - %(locked)s
    group by username, ip_address having sum(failures_since_start) >= %(failures)s) l),
  (select count(*) from axes_accessfailurelog
    where attempt_time > now() - interval '24 hours'),
  (select count(*) from erasure_request where state in ('open', 'accepted')),
  (select count(*) from job where state = 'failed'
    and finished_at > now() - interval '7 days'),
  (select count(*) from job where state in ('waiting', 'running')
    and not_before <= now()),
  (select count(*) from letter where fault not in ('', %(no_address)s))
"""


@dataclass(frozen=True, slots=True)
class Needs:
    """Counts of what may need somebody.

    Args:
        active: Users who are active.
        inactive: Users who no longer are.
        lacking: Active users whose roles ask for a second factor that they lack.
        without: Active users who have no way in yet.
        locked: Names that are locked from an address now.
        failed: Wrong passwords of the last day.
        erasures: Requests for erasure to be decided, or to be finished.
        jobs_failed: Jobs that failed in the last week.
        jobs_open: Jobs that are due or under way.
        letters: Letters that the mail server refused.
    """

    active: int
    inactive: int
    lacking: int
    without: int
    locked: int
    failed: int
    erasures: int
    jobs_failed: int
    jobs_open: int
    letters: int

    @property
    def is_any(self) -> bool:
        """Return whether something waits for somebody."""
        return any(
            (self.lacking, self.without, self.locked, self.erasures,
             self.jobs_failed, self.letters)
        )  # fmt: skip


def needs(conn: Connection) -> Needs:
    """Return what may need an administrator."""
    row = conn.execute(
        _COUNTS,
        {"locked": LOCKED_FOR, "failures": FAILURES, "no_address": NO_ADDRESS},
    ).fetchone()
    assert row is not None
    every = [one for one in logins(conn) if one.active]
    return Needs(
        row[0],
        row[1],
        sum(one.lacks_factor for one in every),
        sum(not one.has_password and not one.uid for one in every),
        *row[2:],
    )
