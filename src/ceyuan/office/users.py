# SPDX-License-Identifier: Apache-2.0
"""Users and roles: who may do which verb; and that three are three.

What a role may do stands in the one table of `regions/…/roles.yaml`, which the pages
ask too (`permissions`). In an office without a user yet nothing is withheld from the
command line, so that it can be set up; from the first user on, only those who are
registered, in a role that may, do anything with money.
Who decides, who approves and who pays are different people, and nobody rules on his
own claim: `apart` in the same file says so, and that holds without any user too, by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.kernel import NotAllowed, UsageError
from ceyuan.office.auditing import audit, on_behalf
from ceyuan.office.permissions import Caller, caller_of, explain, may_on
from ceyuan.office.roles import RoleFile, load_roles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
__all__ = [
    "User",
    "allow",
    "apart",
    "load_roles",
    "may",
    "set_user",
    "users",
    "verbs_of",
]


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
    """Return whether one of the roles may do a verb, whosever the thing is."""
    said = declared.verbs[verb]
    return may_on(declared, Caller("", tuple(roles)), said.type, said.action)


def verbs_of(declared: RoleFile, role: str) -> tuple[str, ...]:
    """Return the verbs that a role may do, whosever the thing is."""
    return tuple(verb for verb in declared.verbs if may(declared, (role,), verb))


def allow(
    conn: Connection,
    memory: Memory,
    verb: str,
    *,
    owner: str | int = "",
    state: str = "",
) -> None:
    """See that who asks may do a verb.

    Args:
        conn: The transaction.
        memory: The office's memory; its actor asks, on behalf of whom `acting_for`
            names.
        verb: What he wants to do.
        owner: Whose the thing is; empty: only who may do it with anybody's may.
        state: Where the thing stands.

    Raises:
        NotAllowed: He is not registered, not active, or in no role that may.
    """
    declared = load_roles(memory.region.id)
    every = {user.name: user for user in users(conn)}
    if not every:
        return
    said = declared.verbs[verb]
    user = every.get(memory.actor)
    able = explain(declared, said.type, said.action).zh
    hint = f"要有角色 {able}；用 --as 指明是谁，或请管理员登记"
    if user is None:
        msg = f"`{memory.actor}` 没有登记，不能{said.zh} (not a user: {said.en})"
        raise NotAllowed(msg, hint=hint)
    if user.active:
        caller = caller_of(conn, memory, user.name, behalf=on_behalf())
        if may_on(declared, caller, said.type, said.action, owner=owner, state=state):
            return
    msg = f"`{memory.actor}` 没有{said.zh}的权限 (may not: {said.en})"
    raise NotAllowed(msg, hint=hint)


def step_before(memory: Memory, verb: str, done: Mapping[str, str]) -> str:
    """Return a step that who asks did himself and that is apart from a verb.

    Args:
        memory: The office's memory; its actor asks.
        verb: What he wants to do.
        done: The steps of the case that were done, by verb, each with who did it;
            empty where nobody did.

    Returns:
        The verb of the step; empty: there is none, and it may be done.
    """
    steps = load_roles(memory.region.id).apart.get(verb, ())
    mine = (step for step in steps if done.get(step) and done[step] == memory.actor)
    return next(mine, "")


def apart(memory: Memory, verb: str, done: Mapping[str, str]) -> None:
    """See that somebody did none of the steps that a verb is kept apart from.

    Raises:
        NotAllowed: He did one of them himself; see `step_before`.
    """
    step = step_before(memory, verb, done)
    if step:
        verbs = load_roles(memory.region.id).verbs
        before, said = verbs[step], verbs[verb]
        msg = (
            f"这件事由 `{memory.actor}` {before.zh}，不能再由同一个人{said.zh} "
            f"(different people: {before.en}; {said.en})"
        )
        raise NotAllowed(msg, hint="换一个人：--as 另一个名字")
