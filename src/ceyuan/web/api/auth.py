# SPDX-License-Identifier: Apache-2.0
"""Who asks the interface: whoever a token names, whose session it is, or anybody.

A token counts before a session, and one that opens nothing is refused even where
nobody is asked for one: a program would otherwise take what everybody sees for all
there is. A session is good for reading only, so that no foreign page can write through
it. Tokens are neither logged nor told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied

from ceyuan.office.permissions import PUBLIC, Caller, can
from ceyuan.office.tokens import holder
from ceyuan.office.users import load_roles
from ceyuan.web import asking
from ceyuan.web.accounts import address_of
from ceyuan.web.api.problems import Refusal
from ceyuan.web.opened import memory

if TYPE_CHECKING:
    from django.http import HttpRequest

READING = ("GET", "HEAD")
REALM = 'Bearer realm="ceyuan"'
LONGEST = 200


def known(request: HttpRequest) -> tuple[Caller, str]:
    """Return who asks, and under what name his calls are counted.

    Raises:
        Refusal: A token was sent and opens nothing.
    """
    said = request.headers.get("Authorization")
    if said is not None:
        scheme, _, secret = said[:LONGEST].partition(" ")
        found = None
        if scheme.lower() == "bearer":
            found = holder(memory(), secret.strip())
        if found is None:
            raise Refusal(
                "unknown_caller",
                "这个令牌打不开门：没有、过期、吊销，或者它的主人已停用 "
                "(this token opens nothing: unknown, expired, revoked, or its user "
                "is not active)",
                hint="在 /me/tokens 看看它，或新建一个 (see /me/tokens)",
                headers={"WWW-Authenticate": f'{REALM}, error="invalid_token"'},
            )
        token, who = found
        return _as(request, who), f"token {token.id}"
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and request.method in READING:
        who = asking.caller(request)
        return who, f"user {who.name}"
    return _as(request, PUBLIC), f"address {whence(request)}"


def whence(request: HttpRequest) -> str:
    """Return the address that a request came from; empty: nobody tells it."""
    try:
        return address_of(request)
    except PermissionDenied:  # behind a socket that has no addresses
        return ""


def _as(request: HttpRequest, who: Caller) -> Caller:
    """Let every question of this request be asked by this caller."""
    request.caller = who
    return who


def refuse(request: HttpRequest, who: Caller, type_: str, action: str) -> Refusal:
    """Return why somebody may not: no token, too narrow a token, or not his to do."""
    scope = f"{type_}.{action}"
    if who == PUBLIC:
        return Refusal(
            "unknown_caller",
            f"要有范围含 `{scope}` 的令牌 (a token with this scope is asked)",
            hint="在 /me/tokens 新建，放进 Authorization: Bearer … (see /me/tokens)",
            headers={"WWW-Authenticate": REALM},
        )
    declared = load_roles(memory().region.id)
    narrowed = replace(who, scopes=None)
    if who.scopes is not None and can(declared, narrowed, type_, action):
        return Refusal(
            "not_allowed",
            f"令牌的范围不含 `{scope}` (the token does not have this scope)",
            hint="新建一个含这一项的令牌 (make a token that has it)",
            headers={"WWW-Authenticate": f'{REALM}, error="insufficient_scope"'},
        )
    return Refusal(
        "not_allowed",
        f"没有办这件事的权限：`{scope}` (you may not do this)",
        hint="请管理员看看你的角色 (ask an administrator about your roles)",
    )
