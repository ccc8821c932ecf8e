# SPDX-License-Identifier: Apache-2.0
"""The interface as a program has it: a token, and requests with it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = "/api/v1"


@dataclass(slots=True)
class Door:
    """A program that comes with a token; with none it is anybody.

    Args:
        secret: The token.
        extra: Headers of every request.
    """

    secret: str = field(default="", repr=False)
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """Return what every request says."""
        said = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        return {**said, **self.extra}

    def get(self, path: str, **query: Any) -> Any:
        """Ask for something."""
        from django.test import Client

        return Client().get(_address(path), query, headers=self.headers)

    def post(self, path: str, said: Any = None, **files: Any) -> Any:
        """Send something: JSON, or a form where there are files."""
        from django.test import Client

        if files:
            return Client().post(_address(path), files, headers=self.headers)
        body = json.dumps({} if said is None else said, ensure_ascii=False)
        return Client().post(
            _address(path),
            body,
            content_type="application/json",
            headers=self.headers,
        )

    def told(self, path: str, **query: Any) -> Any:
        """Return what an operation answers; it answers 200."""
        answer = self.get(path, **query)
        assert 200 == answer.status_code, (path, answer.content.decode())
        return read(answer)


def _address(path: str) -> str:
    return path if path.startswith("/") else f"{ROOT}/{path}"


def read(answer: Any) -> Any:
    """Return the JSON of an answer, streamed or not."""
    whole = getattr(answer, "streaming_content", None)
    return json.loads(answer.content if whole is None else b"".join(whole))


def scopes_of(name: str) -> list[str]:
    """Return every scope of the interface that a user may have."""
    from ceyuan.office.permissions import caller_of, can
    from ceyuan.office.users import load_roles
    from ceyuan.web.api import portal
    from ceyuan.web.api.operations import OPERATIONS
    from ceyuan.web.opened import memory

    assert portal.AREAS  # they declare the operations
    office = memory(name)
    declared = load_roles(office.region.id)
    with office.transaction() as conn:
        who = caller_of(conn, office, name)
    return sorted(
        {
            f"{type_}.{action}"
            for one in OPERATIONS.values()
            for type_, action in one.asked
            if can(declared, who, type_, action)
        }
    )


def door(name: str, scopes: Sequence[str] | None = None, *, days: int = 1) -> Door:
    """Return a door with a token of somebody; the public has none."""
    from ceyuan.office.tokens import make
    from ceyuan.web.opened import memory

    if not name:
        return Door()
    wanted = scopes_of(name) if scopes is None else list(scopes)
    return Door(make(memory(name), "test", wanted, days).secret)
