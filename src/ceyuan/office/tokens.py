# SPDX-License-Identifier: Apache-2.0
"""Tokens: keys to the interface for programs, each of one user, for less than he may.

A token is shown once, when it is made; what is kept is its SHA-256, from which nobody
can make it again. It counts until its day, unless it was revoked, and only as long as
its user is active. Its scopes take away from what the user may do today, and add
nothing: whoever loses a role loses it in all his tokens.

```
made = make(memory, "报表", ["ledger.list"], 90)  # made.secret: `cy_…`, now or never
token, caller = holder(memory, made.secret)  # caller.scopes == {"ledger.list"}
```
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from ceyuan.kernel import NotAllowed, UsageError
from ceyuan.office.auditing import audit, on_behalf
from ceyuan.office.permissions import Caller, caller_of, can, may_on
from ceyuan.office.roles import load_roles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from ceyuan.office.memory import Memory

PREFIX = "cy_"
LONGEST = 365
"""Days that a token can count."""
MOST = 20
"""Tokens that one user can have at a time."""
LONGEST_NAME = 80
SEEN = timedelta(minutes=1)
"""Its last use is written down once in so long: each time is a write."""
_FORM = re.compile(r"cy_[A-Za-z0-9_-]{43}\Z")
_COLUMNS = "id, name, actor, scopes, created_at, expires_at, revoked_at, used_at"
_READ = f"select {_COLUMNS} from api_token "  # noqa: S608 - our own words
_NEW = """
insert into api_token (id, name, actor, digest, scopes, expires_at)
values (%s, %s, %s, %s, %s, %s)
"""
_ALIVE = """
select count(*) from api_token
where actor = %s and revoked_at is null and expires_at > clock_timestamp()
"""
_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
_USED = "update api_token set used_at = clock_timestamp() where id = %s"
_REVOKE = """
update api_token set revoked_at = clock_timestamp()
where id = %s and revoked_at is null
"""


@dataclass(frozen=True, slots=True)
class Token:
    """A token, without what opens the door.

    Args:
        id: Its id.
        name: What its user calls it.
        actor: Whose it is.
        scopes: What it allows: `type.action`, in order.
        created_at: When it was made.
        expires_at: Until when it counts.
        revoked_at: When it was revoked; None: it was not.
        used_at: When it was used last, to the minute; None: never.
    """

    id: str
    name: str
    actor: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None

    def state(self, now: datetime) -> str:
        """Return `alive`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "alive" if now < self.expires_at else "expired"


@dataclass(frozen=True, slots=True)
class Made:
    """A token that was just made, and what opens the door: shown now or never."""

    token: Token
    secret: str = field(repr=False)


def digest_of(secret: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(secret.encode()).digest()


def make(memory: Memory, name: str, scopes: Sequence[str], days: int) -> Made:
    """Make a token for who asks.

    Args:
        memory: The office's memory; its actor is the token's user.
        name: What he calls it.
        scopes: What it allows, `type.action` each, of what he may himself.
        days: For how many days it counts.

    Raises:
        NotAllowed: He may not make tokens, or not something that it would allow.
        UsageError: It has no name, no scope or too many days, or he has too many.
    """
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME or not called.isprintable():
        msg = f"令牌要一个名字，至多 {LONGEST_NAME} 字 (a name is asked)"
        raise UsageError(msg, hint="写明给哪个程序用，例如“财务报表”")
    if not 1 <= days <= LONGEST:
        msg = f"令牌的有效期是 1 到 {LONGEST} 天 (1 to {LONGEST} days)"
        raise UsageError(msg)
    wanted = sorted(set(scopes))
    if not wanted:
        msg = "至少选一项范围 (a scope is asked)"
        raise UsageError(msg, hint="只选程序用得到的")
    secret = PREFIX + secrets.token_urlsafe(32)
    made = f"t{secrets.token_hex(8)}"
    with memory.transaction() as conn:
        who = caller_of(conn, memory, memory.actor, behalf=on_behalf())
        _may_make(memory, who, wanted)
        conn.execute(_LOCK, (f"token {who.name}",))
        row = conn.execute(_ALIVE, (who.name,)).fetchone()
        if row is not None and row[0] >= MOST:
            msg = f"一个人至多 {MOST} 个有效的令牌 (too many tokens)"
            raise UsageError(msg, hint="先吊销用不到的")
        expires = datetime.now(UTC) + timedelta(days=days)
        conn.execute(
            _NEW,
            (made, called, who.name, digest_of(secret), Jsonb(wanted), expires),
        )
        said = {"name": called, "scopes": wanted, "until": expires.date()}
        audit(conn, "token.make", [(made, None, said)], actor=who.name)
        return Made(token_of(conn, made), secret)


def _may_make(memory: Memory, who: Caller, scopes: Sequence[str]) -> None:
    declared = load_roles(memory.region.id)
    if not may_on(declared, who, "token", "make", owner=who.name):
        msg = "没有新建令牌的权限 (may not make tokens)"
        raise NotAllowed(msg, hint="代办的时候不能新建；先结束代办")
    for scope in scopes:
        type_, dot, action = scope.partition(".")
        if not dot or not can(declared, who, type_, action):
            msg = f"自己没有的权限给不了令牌：`{scope}` (you may not do this yourself)"
            raise NotAllowed(msg, hint="只能从自己的权限里选")


def token_of(conn: Connection, name: str) -> Token:
    """Return a token.

    Raises:
        UsageError: There is none of this id.
    """
    row = conn.execute(_READ + "where id = %s", (name,)).fetchone()
    if row is None:
        msg = f"没有令牌 `{name}` (there is no such token)"
        raise UsageError(msg)
    return _token(row)


def tokens(
    conn: Connection, where: str = "true", given: Sequence[Any] = ()
) -> list[Token]:
    """Return tokens, the newest first.

    Args:
        conn: The transaction.
        where: A predicate of `permissions.where`.
        given: Its parameters.
    """
    rows = conn.execute(
        f"{_READ} where ({where}) order by created_at desc, id", list(given)
    )
    return [_token(row) for row in rows]


def _token(row: tuple[Any, ...]) -> Token:
    name, called, actor, scopes, made, until, revoked, used = row
    return Token(name, called, actor, tuple(scopes), made, until, revoked, used)


def holder(memory: Memory, secret: str) -> tuple[Token, Caller] | None:
    """Return a token and who comes with it; None where it opens nothing.

    It opens nothing when nobody made it, it is over or revoked, or its user is no
    longer active; which of these it is, nobody is told.
    """
    if not _FORM.match(secret):
        return None
    with memory.transaction() as conn:
        row = conn.execute(
            _READ + "where digest = %s and revoked_at is null"
            " and expires_at > clock_timestamp()",
            (digest_of(secret),),
        ).fetchone()
        if row is None:
            return None
        found = _token(row)
        try:
            who = caller_of(conn, memory, found.actor)
        except NotAllowed:
            return None
        if found.used_at is None or datetime.now(UTC) - found.used_at >= SEEN:
            conn.execute(_USED, (found.id,))
    return found, replace(who, scopes=frozenset(found.scopes))


def revoke(memory: Memory, name: str, *, reason: str = "") -> Token:
    """Let a token open nothing any more; one that is revoked already stays so.

    Raises:
        NotAllowed: Who asks may not.
        UsageError: There is none of this id.
    """
    with memory.transaction() as conn:
        before = token_of(conn, name)
        who = caller_of(conn, memory, memory.actor, behalf=on_behalf())
        declared = load_roles(memory.region.id)
        if not may_on(declared, who, "token", "revoke", owner=before.actor):
            msg = "没有吊销这个令牌的权限 (may not revoke this token)"
            raise NotAllowed(msg, hint="请它的主人或管理员吊销")
        if conn.execute(_REVOKE, (name,)).rowcount:
            audit(
                conn,
                "token.revoke",
                [(name, {"name": before.name, "of": before.actor}, None)],
                actor=who.name,
                reason=reason,
            )
        return token_of(conn, name)
