# SPDX-License-Identifier: Apache-2.0
"""The interface: who asks, and the tokens that he has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings as django
from django.http import Http404, HttpRequest
from ninja import Router
from pydantic import Field

from ceyuan.kernel import UsageError
from ceyuan.office.permissions import where
from ceyuan.office.tokens import Token, revoke, token_of, tokens
from ceyuan.office.users import load_roles
from ceyuan.web.api.listing import Cursor, Limit, cut
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import Counted, Name, Shape
from ceyuan.web.asking import caller, office, reading, see

router = Router(tags=["me"])


class Me(Shape):
    """Who asks."""

    name: str
    organisation: str
    roles: list[str]
    behalf: str
    scopes: list[str] | None = Field(description="Null: no token takes anything away.")
    reads_a_minute: int
    heavy_a_minute: int


class TokenRow(Shape):
    """A token; what opens the door is nowhere."""

    id: str
    name: str
    actor: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None
    state: str = Field(description="`alive`, `expired` or `revoked`.")


class TokenList(Counted):
    """Tokens, the newest first."""

    items: list[TokenRow]


def _row(one: Token) -> dict[str, Any]:
    parts = [name for name in TokenRow.model_fields if name != "state"]
    now = datetime.now(UTC)
    return {**{name: getattr(one, name) for name in parts}, "state": one.state(now)}


@operation(router, "GET", "/me", asks=("user", "see"), shape=Me)
def me(request: HttpRequest) -> Me:
    """Tell who asks, in which roles, and what the token allows."""
    who = caller(request)
    return Me.made(
        name=who.name,
        organisation=who.organisation,
        roles=list(who.roles),
        behalf=who.behalf,
        scopes=None if who.scopes is None else sorted(who.scopes),
        reads_a_minute=django.CEYUAN.api_reads,
        heavy_a_minute=django.CEYUAN.api_heavy,
    )


@operation(router, "GET", "/tokens", asks=("token", "list"), shape=TokenList)
def token_list(request: HttpRequest, limit: Limit, cursor: Cursor) -> TokenList:
    """List the tokens that one may see."""
    declared = load_roles(office(request).region.id)
    clause, given = where(declared, caller(request), "token", "list")
    with reading(request) as conn:
        found = tokens(conn, clause, given)
    some, after = cut(found, limit, cursor)
    return TokenList.made(
        items=[_row(one) for one in some], total=len(found), next=after
    )


@operation(
    router,
    "POST",
    "/tokens/{token}/revoke",
    asks=("token", "revoke"),
    shape=TokenRow,
)
def token_revoke(request: HttpRequest, token: Name) -> TokenRow:
    """Let a token open nothing any more."""
    with reading(request) as conn:
        try:
            found = token_of(conn, token)
        except UsageError as error:
            raise Http404 from error
    see(request, "token", "revoke", owner=found.actor)
    return TokenRow.made(**_row(revoke(office(request), token)))
