# SPDX-License-Identifier: Apache-2.0
"""How often one may ask in a minute: by token, by user, or by address.

Every answer says how many calls are left (`RateLimit-…`); one too many is refused with
the seconds to wait. What is told and what is worked out are counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from django.conf import settings as django

from ceyuan.office.call_counts import count_call
from ceyuan.web.api.problems import Refusal
from ceyuan.web.opened import memory

if TYPE_CHECKING:
    from django.http import HttpRequest

Kind = Literal["read", "heavy"]


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a minute's calls: of how many, how many, for how long."""

    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """Return it as an answer says it."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


def count(request: HttpRequest, who: str, kind: Kind) -> None:
    """Count a call.

    Raises:
        Refusal: It is one too many.
    """
    said = django.CEYUAN
    limit = said.api_heavy if kind == "heavy" else said.api_reads
    with memory().transaction() as conn:
        calls, ends = count_call(conn, f"{kind} {who}", datetime.now(UTC))
    left = Left(limit, max(0, limit - calls), ends)
    request.calls_left = left
    if calls > limit:
        raise Refusal(
            "too_often",
            f"一分钟至多 {limit} 次 (at most {limit} calls a minute)",
            hint=f"{ends} 秒后再试 (try again in {ends} seconds)",
            headers={"Retry-After": str(ends)},
        )
