# SPDX-License-Identifier: Apache-2.0
"""The jobs of some kinds, filtered: for the list at a desk."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ceyuan.office.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

_COLUMNS = ", ".join(field.name for field in fields(Job))
MOST = 1_000


def office_jobs(
    conn: Connection,
    kinds: Sequence[str],
    where: str = "true",
    given: Sequence[Any] = (),
    *,
    state: str = "",
    kind: str = "",
) -> list[Job]:
    """Return jobs of some kinds, the newest first.

    Args:
        conn: The transaction.
        kinds: The kinds.
        where: A predicate of `permissions.where`.
        given: Its parameters.
        state: Only those in this state; `running` also means asked to stop.
        kind: Only of this kind.
    """
    rows = conn.execute(
        f"select {_COLUMNS} from job where ({where}) and kind = any(%s)"  # noqa: S608
        " and (%s = '' or state = %s or (%s = 'running' and state = 'stopping'))"
        " and (%s = '' or kind = %s) order by created_at desc, id limit %s",
        [*given, list(kinds), state, state, state, kind, kind, MOST],
    )
    return [Job(*row) for row in rows]
