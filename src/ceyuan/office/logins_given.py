# SPDX-License-Identifier: Apache-2.0
"""Ways in are given and taken away: by an administrator, or by whose they are.

Passwords come here hashed. Whatever takes a way in away ends the sessions that came by
it, and each change is a row of the audit trail under the user's name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError
from ceyuan.office.auditing import audit
from ceyuan.office.logins import PROVIDER, login_of
from ceyuan.office.masking import masked
from ceyuan.office.users import allow

if TYPE_CHECKING:
    from psycopg import Connection

    from ceyuan.office.memory import Memory

_MAKE = """
insert into auth_user (username, password, email, first_name, last_name, is_superuser,
  is_staff, is_active, date_joined)
values (%s, %s, '', '', '', false, false, true, now())
on conflict (username) do update set password = excluded.password
"""
_KEEP = """
insert into auth_user (username, password, email, first_name, last_name, is_superuser,
  is_staff, is_active, date_joined)
values (%s, %s, '', '', '', false, false, true, now())
on conflict do nothing
"""
_END_SESSIONS = """
with ended as (
  delete from usersessions_usersession s using auth_user a
  where a.id = s.user_id and a.username = %s and s.session_key <> %s
  returning s.session_key)
delete from django_session d using ended e where d.session_key = e.session_key
"""
KEPT_FOR = timedelta(days=180)
"""So long it is kept who failed to log in, and who did."""


def give_way_in(memory: Memory, name: str, unusable: str, *, reason: str) -> None:
    """Take a user's password away, so that a link can let him set a new one.

    Args:
        memory: The office's memory.
        name: The user.
        unusable: What stands for no password; a fresh one makes older links void.
        reason: Why.

    Raises:
        NotAllowed: Who asks may not.
        UsageError: There is no such user, or he is no longer one.
    """
    with memory.transaction() as conn:
        allow(conn, memory, "user.set")
        if not login_of(conn, name).active:
            msg = f"`{name}` 已停用 (no longer active)"
            raise UsageError(msg, hint="先恢复启用，再给登录链接")
        conn.execute(_MAKE, (name, unusable))
        conn.execute(_END_SESSIONS, (name, ""))
        _say(conn, memory, "login.link", name, None, reason)


def set_password(memory: Memory, name: str, hashed: str, *, verb: str) -> None:
    """Keep the hash of a password that a user has set; his failures are forgotten."""
    with memory.transaction() as conn:
        conn.execute(
            "update auth_user set password = %s where username = %s", (hashed, name)
        )
        conn.execute("delete from axes_accessattempt where username = %s", (name,))
        note(conn, memory.actor, f"login.{verb}", name)


def note(conn: Connection, actor: str, verb: str, name: str, reason: str = "") -> None:
    """Write into the audit trail what somebody did with a way in."""
    audit(conn, verb, [(name, None, {})], actor=actor, reason=reason)


def set_email(memory: Memory, name: str, email: str, *, unusable: str) -> None:
    """Keep where letters to a user are mailed to; empty: nowhere."""
    with memory.transaction() as conn:
        before = login_of(conn, name).email
        if before == email:
            return
        conn.execute(_KEEP, (name, unusable))
        conn.execute(
            "update auth_user set email = %s where username = %s", (email, name)
        )
        audit(
            conn,
            "login.email",
            [(name, {"email": masked("email", before)},
              {"email": masked("email", email)})],
            actor=memory.actor,
        )  # fmt: skip


def reset_factor(memory: Memory, name: str, *, reason: str) -> None:
    """Take a second factor away from somebody who has lost it; his sessions end."""
    with memory.transaction() as conn:
        allow(conn, memory, "user.set")
        conn.execute(
            "delete from mfa_authenticator m using auth_user a"
            " where a.id = m.user_id and a.username = %s",
            (name,),
        )
        conn.execute(_END_SESSIONS, (name, ""))
        _say(conn, memory, "login.factor_reset", name, None, reason)


def link(memory: Memory, name: str, uid: str, *, unusable: str, reason: str) -> None:
    """Link a user to who he is with the provider, in place of whom he was before.

    Raises:
        NotAllowed: Who asks may not.
        UsageError: Somebody else is linked to it.
    """
    with memory.transaction() as conn:
        allow(conn, memory, "user.set")
        link_within(conn, memory, name, uid, unusable=unusable, reason=reason)


def link_within(
    conn: Connection,
    memory: Memory,
    name: str,
    uid: str,
    *,
    unusable: str,
    reason: str,
) -> None:
    """Link in the caller's transaction; see `link`."""
    before = login_of(conn, name)
    taken = conn.execute(
        "select a.username from socialaccount_socialaccount s"
        " join auth_user a on a.id = s.user_id where s.provider = %s and s.uid = %s",
        (PROVIDER, uid),
    ).fetchone()
    if taken is not None and taken[0] != name:
        msg = f"这个身份已经关联到 `{taken[0]}` (linked to another user)"
        raise UsageError(msg, hint="先在那个用户上解除关联")
    conn.execute(_KEEP, (name, unusable))
    _unlink(conn, name)
    conn.execute(
        "insert into socialaccount_socialaccount (user_id, provider, uid, last_login,"
        " date_joined, extra_data)"
        " select id, %s, %s, now(), now(), '{}' from auth_user where username = %s",
        (PROVIDER, uid, name),
    )
    audit(
        conn,
        "login.provider",
        [(name, {"uid": before.uid}, {"uid": uid})],
        actor=memory.actor,
        reason=reason,
    )


def unlink(memory: Memory, name: str, *, reason: str) -> None:
    """Part a user from who he is with the provider; his sessions end."""
    with memory.transaction() as conn:
        allow(conn, memory, "user.set")
        before = login_of(conn, name)
        _unlink(conn, name)
        conn.execute(_END_SESSIONS, (name, ""))
        _say(conn, memory, "login.provider", name, {"uid": before.uid}, reason)


def _unlink(conn: Connection, name: str) -> None:
    conn.execute(
        "delete from socialaccount_socialaccount s using auth_user a"
        " where a.id = s.user_id and a.username = %s and s.provider = %s",
        (name, PROVIDER),
    )


def end_sessions(memory: Memory, name: str, *, keep: str = "", reason: str = "") -> int:
    """End a user's sessions, but for one that is kept; return how many.

    Raises:
        NotAllowed: They are another user's, and who asks may not.
    """
    with memory.transaction() as conn:
        if name != memory.actor:
            allow(conn, memory, "user.set")
        ended = conn.execute(_END_SESSIONS, (name, keep)).rowcount
        _say(conn, memory, "login.sign_out", name, {"sessions": ended}, reason)
    return ended


def unlock(memory: Memory, name: str, address: str, *, reason: str) -> None:
    """Let somebody try again from an address."""
    with memory.transaction() as conn:
        allow(conn, memory, "user.set")
        conn.execute(
            "delete from axes_accessattempt where username = %s"
            " and host(ip_address) = %s",
            (name, address),
        )
        _say(conn, memory, "login.unlock", name, {"address": address}, reason)


def _say(
    conn: Connection,
    memory: Memory,
    verb: str,
    name: str,
    before: dict[str, object] | None,
    reason: str,
) -> None:
    audit(conn, verb, [(name, before, None)], actor=memory.actor, reason=reason)


def tidy(conn: Connection) -> None:
    """Forget sessions that are over, and failures older than half a year."""
    conn.execute("delete from django_session where expire_date < now()")
    conn.execute(
        "delete from usersessions_usersession s where not exists"
        " (select from django_session d where d.session_key = s.session_key)"
    )
    conn.execute(
        "delete from axes_accessfailurelog where attempt_time < now() - %s", (KEPT_FOR,)
    )
    conn.execute(
        "delete from axes_accesslog where attempt_time < now() - %s", (KEPT_FOR,)
    )
