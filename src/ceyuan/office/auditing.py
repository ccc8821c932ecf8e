# SPDX-License-Identifier: Apache-2.0
"""The audit trail: who did what, on whose behalf, why, and what it changed.

Written in the transaction of what was done, never beside it, and sealed like the book.
A row tells one object before and after, as JSON; a verb over many objects writes a row
for each, under one request.

Whoever acts for an organisation does so for as long as `acting_for` lasts: every row
that is written meanwhile says so, whichever verb writes it.
"""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ceyuan.ledger.posting import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from psycopg import Connection

_WRITE = "select audit_write(%s, %s, %s, %s, %s, %s, %s, %s)"
_READ = """
select seq, known_at, actor, behalf, verb, object, reason, before, after, request
from audit where (%(object)s = '' or object = %(object)s)
  and (%(actor)s = '' or actor = %(actor)s) and (%(verb)s = '' or verb = %(verb)s)
order by seq desc limit %(limit)s
"""

_BEHALF: ContextVar[str] = ContextVar("behalf", default="")


@contextmanager
def acting_for(organisation: str) -> Iterator[None]:
    """Write an organisation beside all that is audited meanwhile; empty: none."""
    token = _BEHALF.set(organisation)
    try:
        yield
    finally:
        _BEHALF.reset(token)


def on_behalf() -> str:
    """Return the organisation that is acted for; empty: everybody for himself."""
    return _BEHALF.get()


def new_request() -> str:
    """Return a fresh request id: one for all that one command does."""
    return secrets.token_hex(8)


def audit(
    conn: Connection,
    verb: str,
    changes: Sequence[tuple[str, Mapping[str, Any] | None, Mapping[str, Any] | None]],
    *,
    actor: str,
    reason: str = "",
    behalf: str = "",
    request: str = "",
) -> None:
    """Write what was done, in the caller's transaction.

    Args:
        conn: The transaction.
        verb: What was done, in a word.
        changes: Each object with what it was before and after; None: it was not there.
        actor: Who did it.
        reason: Why.
        behalf: On whose behalf; empty: whom `acting_for` names, or nobody.
        request: Id of the command; a fresh one by default.
    """
    if not changes:
        return
    conn.execute(
        _WRITE,
        (
            actor,
            plain(behalf or on_behalf()),
            verb,
            [name for name, _, _ in changes],
            plain(reason),
            [_json(before) for _, before, _ in changes],
            [_json(after) for _, _, after in changes],
            request or new_request(),
        ),
    )


def _json(value: Mapping[str, Any] | None) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def trail(
    conn: Connection,
    *,
    obj: str = "",
    actor: str = "",
    verb: str = "",
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Return rows of the trail, the newest first."""
    rows = conn.execute(
        _READ, {"object": obj, "actor": actor, "verb": verb, "limit": limit}
    )
    return [_told(row) for row in rows]


def _told(row: tuple[Any, ...]) -> dict[str, Any]:
    names = ("seq", "known_at", "actor", "behalf", "verb", "object", "reason",
             "before", "after", "request")  # fmt: skip
    said = dict(zip(names, row, strict=True))
    moment: datetime = said["known_at"]
    said["known_at"] = moment.isoformat()
    for name in ("before", "after"):
        said[name] = json.loads(said[name]) if said[name] else None
    return said
