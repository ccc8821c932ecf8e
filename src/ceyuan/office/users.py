# SPDX-License-Identifier: Apache-2.0
"""Users and roles: who may do which verb; and that three are three.

Roles and what they may do are declared in `regions/…/roles.yaml`. In an office without
a user yet nothing is withheld, so that it can be set up; from the first user on, only
those who are registered, in a role that may, do anything with money.
Who decides, who approves and who pays are different people, always: that holds
without any user too, by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ceyuan.declarations.parts import Part, Text, build
from ceyuan.declarations.region import REGIONS, _folders
from ceyuan.declarations.source import read_source
from ceyuan.kernel import NotAllowed, UsageError
from ceyuan.office.auditing import audit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from ceyuan.office.memory import Memory

_READ = """
select name, display, organisation, roles, active from office_user order by name
"""
_WRITE = """
insert into office_user (name, display, organisation, roles, active)
values (%s, %s, %s, %s, %s)
on conflict (name) do update set display = excluded.display,
  organisation = excluded.organisation, roles = excluded.roles,
  active = excluded.active
"""
EVERYBODY = "*"


class RoleSaid(Part):
    """A role: its names, and the verbs that it may do (`entitle.*`: all of them)."""

    zh: str
    en: str
    may: tuple[str, ...]


class RoleFile(Part):
    """`roles.yaml`: roles, verbs, and the verbs of one case that are never one's."""

    roles: dict[str, RoleSaid]
    verbs: dict[str, Text]
    apart: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may do something here.

    Args:
        name: How he is written down.
        display: How he is called.
        organisation: Where he works.
        roles: What he is.
        active: Whether he still may.
    """

    name: str
    display: str
    organisation: str
    roles: tuple[str, ...]
    active: bool


@cache
def load_roles(region: str) -> RoleFile:
    """Return the roles of a region: its own file, or the nearest parent's.

    Raises:
        RuleError: The file is wrong.
        UsageError: There is none.
    """
    for folder in reversed(_folders(region)):
        path = folder / "roles.yaml"
        if path.is_file():
            return build(
                RoleFile, read_source(path, name=path.relative_to(REGIONS).as_posix())
            )
    msg = f"`{region}` 没有声明角色 (no roles are declared)"
    raise UsageError(msg, hint="在 regions/…/roles.yaml 里声明")


def users(conn: Connection) -> list[User]:
    """Return all users, by name."""
    return [User(r[0], r[1], r[2], tuple(r[3]), r[4]) for r in conn.execute(_READ)]


def set_user(
    memory: Memory,
    name: str,
    roles: Sequence[str],
    *,
    display: str = "",
    organisation: str = "",
    active: bool = True,
    reason: str = "",
) -> User:
    """Register somebody, or change what he may do.

    Raises:
        NotAllowed: Who asks may not.
        UsageError: There is no such role, or the name is empty.
    """
    declared = load_roles(memory.region.id)
    unknown = [role for role in roles if role not in declared.roles]
    if unknown or not name.strip():
        msg = f"没有角色 `{unknown[0] if unknown else ''}` (no such role)"
        raise UsageError(msg, hint=f"可用的角色：{'、'.join(declared.roles)}")
    with memory.transaction() as conn:
        allow(conn, memory, "user.set")
        before = {u.name: u for u in users(conn)}
        made = User(name.strip(), display, organisation, tuple(roles), active)
        after = {**before, made.name: made}
        if before and not any(u.active and "admin" in u.roles for u in after.values()):
            msg = f"`{made.name}` 是最后一个管理员 (the last administrator)"
            raise UsageError(msg, hint="先登记另一个管理员，再改这一个")
        if not before and ("admin" not in roles or not active):
            msg = "第一个用户要是管理员，否则以后谁也登记不了 (the first is an admin)"
            raise UsageError(msg, hint="`ceyuan user set 名字 --role admin`")
        conn.execute(
            _WRITE,
            (made.name, display, organisation, list(made.roles), active),
        )
        old = before.get(made.name)
        audit(
            conn,
            "user.set",
            [(made.name, None if old is None else _said(old), _said(made))],
            actor=memory.actor,
            reason=reason,
        )
    return made


def _said(user: User) -> dict[str, object]:
    return {
        "display": user.display,
        "organisation": user.organisation,
        "roles": list(user.roles),
        "active": user.active,
    }


def may(declared: RoleFile, roles: Sequence[str], verb: str) -> bool:
    """Return whether one of the roles may do a verb."""
    family = f"{verb.partition('.')[0]}.*"
    return any(
        {verb, family, EVERYBODY} & set(declared.roles[role].may)
        for role in roles
        if role in declared.roles
    )


def allow(conn: Connection, memory: Memory, verb: str) -> None:
    """See that who asks may do a verb.

    Raises:
        NotAllowed: He is not registered, not active, or in no role that may.
    """
    declared = load_roles(memory.region.id)
    every = {user.name: user for user in users(conn)}
    if not every:
        return
    said = declared.verbs[verb]
    user = every.get(memory.actor)
    able = [
        f"{role.zh}（{name}）"
        for name, role in declared.roles.items()
        if may(declared, (name,), verb)
    ]
    hint = f"要有角色 {'、'.join(able)}；用 --as 指明是谁，或请管理员登记"
    if user is None:
        msg = f"`{memory.actor}` 没有登记，不能{said.zh} (not a user: {said.en})"
        raise NotAllowed(msg, hint=hint)
    if not user.active or not may(declared, user.roles, verb):
        msg = f"`{memory.actor}` 没有{said.zh}的权限 (may not: {said.en})"
        raise NotAllowed(msg, hint=hint)


def apart(actor: str, others: dict[str, str]) -> None:
    """See that somebody is none of those who did the steps before.

    Args:
        actor: Who asks.
        others: What was done before, and by whom.

    Raises:
        NotAllowed: He did one of them himself.
    """
    for what, who in others.items():
        if who and who == actor:
            msg = (
                f"这件事由 `{who}` {what}，不能再由同一个人经手下一步 "
                "(who decides, who approves and who pays are different people)"
            )
            raise NotAllowed(msg, hint="换一个人：--as 另一个名字")
