# SPDX-License-Identifier: Apache-2.0
"""Accounts for a demonstration: printed with their passwords, refused in earnest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError

if TYPE_CHECKING:
    from ceyuan.office.memory import Memory

GROUP = "demo"
PASSWORD = "demo-2026-ceyuan"  # noqa: S105 - printed; a production start refuses it


def refuse() -> None:
    """See that there is no such account.

    Raises:
        UsageError: There is one.
    """
    from django.contrib.auth.models import User

    found = list(
        User.objects.filter(groups__name=GROUP, is_active=True).values_list(
            "username", flat=True
        )
    )
    if found:
        msg = f"有演示账户：{'、'.join(found[:5])}，不能正式启动 (accounts of a demonstration)"
        raise UsageError(msg, hint="正式使用请新建一个工作文件夹，不要用演示的")


def give_logins(memory: Memory, names: list[str]) -> None:
    """Give users of a demonstration a login with the printed password."""
    from django.contrib.auth.models import Group, User

    del memory
    group, _ = Group.objects.get_or_create(name=GROUP)
    for name in names:
        user, _ = User.objects.get_or_create(username=name)
        user.set_password(PASSWORD)
        user.save()
        user.groups.add(group)
