# SPDX-License-Identifier: Apache-2.0
"""Ways in: passwords, second factors, providers, sessions and failures, by user.

A login is a row of the portal's own tables with the name of a user; roles and what he
may do stand with the user alone. Secrets come here hashed or sealed and go nowhere.
Only a portal has these tables: what is asked here is asked by one. What changes them
stands in `logins_given`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UsageError

if TYPE_CHECKING:
    from psycopg import Connection

NEEDS_FACTOR = frozenset({"admin", "officer", "reviewer", "finance", "auditor"})
"""Roles that decide, pay or see all: a password alone does not let them in."""
FAILURES = 5
"""So many wrong passwords of a user from an address lock him there."""
LOCKED_FOR = timedelta(minutes=15)
PROVIDER = "oidc"
DEMO = "demo"
"""Group of the logins of a demonstration."""

_FACTOR = """
exists (select from mfa_authenticator m where m.user_id = a.id and m.type = 'totp')
"""
_IN_DEMO = f"""
exists (select from auth_user_groups i join auth_group g on g.id = i.group_id
  where i.user_id = a.id and g.name = '{DEMO}')
"""
_STANDING = f"""
select u.active, u.roles, {_FACTOR}, {_IN_DEMO}
from office_user u left join auth_user a on a.username = u.name where u.name = %s
"""  # noqa: S608 - our own words
_LOGINS = f"""
select u.name, u.display, u.organisation, u.roles, u.active,
  coalesce(a.email, ''), coalesce(a.password ~ '^[^!]', false),
  {_FACTOR}, coalesce(s.uid, ''), a.last_login
from office_user u left join auth_user a on a.username = u.name
left join socialaccount_socialaccount s on s.user_id = a.id
  and s.provider = '{PROVIDER}'
"""  # noqa: S608 - our own words
_SESSIONS = """
select s.session_key, host(s.ip), s.user_agent, s.created_at, d.expire_date
from usersessions_usersession s join django_session d using (session_key)
join auth_user a on a.id = s.user_id
where a.username = %s and d.expire_date > now() order by s.created_at desc
"""
_LOCKED = """
select username, host(ip_address), sum(failures_since_start)::int, max(attempt_time)
from axes_accessattempt where attempt_time > now() - %s
group by username, ip_address having sum(failures_since_start) >= %s
order by max(attempt_time) desc
"""
_FAILED = """
select username, host(ip_address), user_agent, attempt_time, locked_out
from axes_accessfailurelog order by attempt_time desc limit %s
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody who has logged in stands.

    Args:
        active: Whether he still is a user.
        roles: What he is.
        has_factor: Whether he has a second factor.
        is_demo: Whether his login is one of a demonstration.
    """

    active: bool
    roles: tuple[str, ...]
    has_factor: bool
    is_demo: bool

    @property
    def needs_factor(self) -> bool:
        """Return whether one of his roles asks for a second factor."""
        return bool(NEEDS_FACTOR.intersection(self.roles))


@dataclass(frozen=True, slots=True)
class Login:
    """A user with his ways in.

    Args:
        name: His name.
        display: How he is called.
        organisation: Where he works.
        roles: What he is.
        active: Whether he still may.
        email: Where letters are mailed to.
        has_password: Whether he has one.
        has_factor: Whether he has a second factor.
        uid: Who he is with the provider; empty: not linked.
        last_login: When he last logged in.
    """

    name: str
    display: str
    organisation: str
    roles: tuple[str, ...]
    active: bool
    email: str
    has_password: bool
    has_factor: bool
    uid: str
    last_login: datetime | None

    @property
    def lacks_factor(self) -> bool:
        """Return whether a role of his asks for a factor that he has not."""
        needed = bool(NEEDS_FACTOR.intersection(self.roles))
        return self.active and needed and not self.has_factor


@dataclass(frozen=True, slots=True)
class Session:
    """A session: where somebody is logged in."""

    key: str
    address: str
    browser: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Locked:
    """A name that is locked from an address, whether a user has it or not."""

    name: str
    address: str
    failures: int
    last: datetime

    @property
    def until(self) -> datetime:
        """Return when it ends by itself."""
        return self.last + LOCKED_FOR


@dataclass(frozen=True, slots=True)
class Failed:
    """A wrong password, once."""

    name: str
    address: str
    browser: str
    at: datetime
    locked: bool


def standing(conn: Connection, name: str) -> Standing | None:
    """Return how somebody stands; None: he is no user."""
    row = conn.execute(_STANDING, (name,)).fetchone()
    return None if row is None else Standing(row[0], tuple(row[1]), row[2], row[3])


def logins(
    conn: Connection, *, words: str = "", role: str = "", is_demo: bool = False
) -> list[Login]:
    """Return users with their ways in, by name.

    Args:
        conn: The connection.
        words: In the name, what he is called or where he works; empty: any.
        role: Only of this role; empty: any.
        is_demo: Only those of a demonstration.
    """
    rows = conn.execute(
        _LOGINS + "where (%(words)s = '' or strpos(lower(u.name || chr(10) || u.display"
        " || chr(10) || u.organisation), lower(%(words)s)) > 0)"
        " and (%(role)s = '' or %(role)s = any(u.roles))"
        f" and (not %(demo)s or {_IN_DEMO}) order by u.name",
        {"words": words.strip(), "role": role, "demo": is_demo},
    )
    return [_login(row) for row in rows]


def login_of(conn: Connection, name: str) -> Login:
    """Return a user with his ways in.

    Raises:
        UsageError: There is none of this name.
    """
    row = conn.execute(_LOGINS + "where u.name = %s", (name,)).fetchone()
    if row is None:
        msg = f"没有用户 `{name}` (there is no such user)"
        raise UsageError(msg)
    return _login(row)


def _login(row: tuple[Any, ...]) -> Login:
    return Login(row[0], row[1], row[2], tuple(row[3]), *row[4:])


def sessions(conn: Connection, name: str) -> list[Session]:
    """Return where a user is logged in, the newest first."""
    return [Session(*row) for row in conn.execute(_SESSIONS, (name,))]


def locked(conn: Connection) -> list[Locked]:
    """Return who is locked now, and from where."""
    rows = conn.execute(_LOCKED, (LOCKED_FOR, FAILURES))
    return [Locked(row[0] or "", row[1] or "", row[2], row[3]) for row in rows]


def failed(conn: Connection, *, limit: int = 50) -> list[Failed]:
    """Return the last wrong passwords, the newest first."""
    return [
        Failed(row[0] or "", row[1] or "", *row[2:])
        for row in conn.execute(_FAILED, (limit,))
    ]
