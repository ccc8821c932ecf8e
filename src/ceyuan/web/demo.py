# SPDX-License-Identifier: Apache-2.0
"""Accounts for a demonstration: printed with their passwords, refused in earnest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings as django

from ceyuan.kernel import UsageError
from ceyuan.office.demo_people import register
from ceyuan.office.logins import DEMO, logins
from ceyuan.office.users import load_roles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ceyuan.declarations.parts import Text
    from ceyuan.office.logins import Login
    from ceyuan.office.memory import Memory
    from ceyuan.web.settings import Settings

GROUP = DEMO
JOURNEYS = ("firm", "park", "officer", "reviewer", "finance", "auditor", "analyst", "admin")  # fmt: skip
PASSWORD = "demo-2026-ceyuan"  # noqa: S105 - printed; a production start refuses it


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a demonstration, as it is printed and shown at the login.

    Args:
        name: Its user's name.
        roles: What he is.
        organisation: Where.
        journey: Words of what he comes for, by role; empty: any.
    """

    name: str
    roles: tuple[Text, ...]
    organisation: str
    journey: str = ""


def refuse() -> None:
    """See that there is no such account.

    Raises:
        UsageError: There is one.
    """
    from django.contrib.auth.models import User

    found = list(
        User.objects.filter(groups__name=GROUP, is_active=True)
        .order_by("pk")
        .values_list("username", flat=True)
    )
    if found:
        msg = f"有演示账户：{'、'.join(found[:5])}，不能正式启动 (accounts of a demonstration)"
        raise UsageError(msg, hint="正式使用请新建一个工作文件夹，不要用演示的")


def give_logins(memory: Memory | None, names: Iterable[str]) -> None:
    """Give users of a demonstration a login with the printed password."""
    from django.contrib.auth.models import Group, User

    del memory
    group, _ = Group.objects.get_or_create(name=GROUP)
    for name in names:
        user, _ = User.objects.get_or_create(username=name)
        if not user.check_password(PASSWORD):
            user.set_password(PASSWORD)
            user.save()
        user.groups.add(group)


def make_accounts(memory: Memory, settings: Settings) -> list[Account]:
    """Register the people of a demonstration, give each a login, and return them.

    Raises:
        UsageError: It is in earnest here.
    """
    if settings.production:
        msg = "正式启动的门户不建演示账户 (not where it is in earnest)"
        raise UsageError(msg, hint="演示请用 `ceyuan demo` 造的文件夹")
    people = register(memory)
    give_logins(memory, [one.name for one in people])
    declared = load_roles(memory.region.id)
    return [
        Account(
            one.name,
            tuple(declared.roles[r] for r in one.roles if r in declared.roles),
            one.organisation,
        )
        for one in people
    ]


def shown() -> list[Account]:
    """Return the accounts that the login may show: of a demonstration, not in earnest."""
    from ceyuan.web.opened import memory

    if django.CEYUAN.production:
        return []
    office = memory()
    declared = load_roles(office.region.id)
    with office.transaction() as conn:
        found = logins(conn, is_demo=True)
    every = [one for one in found if one.active and one.roles]
    return [
        Account(
            one.name,
            tuple(declared.roles[r] for r in one.roles if r in declared.roles),
            one.organisation,
            next((r for r in one.roles if r in JOURNEYS), ""),
        )
        for one in sorted(every, key=_place)
    ]


def _place(one: Login) -> tuple[int, str]:
    """Return where somebody stands: in the order of the journeys, then by name."""
    known = [JOURNEYS.index(role) for role in one.roles if role in JOURNEYS]
    return (min(known, default=len(JOURNEYS)), one.name)
