# SPDX-License-Identifier: Apache-2.0
"""How an operation is declared, and what stands before each of them.

`@operation(router, "GET", "/runs", asks=("run", "list"), shape=RunList)` says in one
line what is asked of the table of permissions, how it is counted and what it answers.
Before an operation reads anything that was sent, its `Gate` sees who asks, counts the
call, and holds the two against the table; then the kind of body. So a caller without a
right learns nothing of an operation but that there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from django.conf import settings as django
from ninja.errors import ValidationError

from ceyuan.office.permissions import PUBLIC
from ceyuan.web import asking
from ceyuan.web.api.auth import known, refuse, whence
from ceyuan.web.api.limits import Kind, count
from ceyuan.web.api.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from ninja import Router

    from ceyuan.office.permissions import Caller

Body = Literal["", "json", "multipart"]
_MEDIA = {"json": "application/json", "multipart": "multipart/form-data"}
SLACK = 2**20
"""Bytes of a form around its files."""


@dataclass(frozen=True, slots=True)
class Declared:
    """An operation as it was declared.

    Args:
        id: Its id.
        method: How it is asked.
        path: Its address under `/api/v1`.
        type: What it is about.
        action: What is done.
        kind: How it is counted.
        whole: It is about everybody's: who may only with his own may not.
        body: What is sent with it.
        media: What kind of file it answers; empty: JSON.
        area: The module that declares it.
        besides: What else is asked of the table for a part of the answer.
    """

    id: str
    method: str
    path: str
    type: str
    action: str
    kind: Kind = "read"
    whole: bool = False
    body: Body = ""
    media: str = ""
    area: str = ""
    besides: tuple[tuple[str, str], ...] = ()

    @property
    def scope(self) -> str:
        """Return the scope that a token needs for it."""
        return f"{self.type}.{self.action}"

    @property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """Return every type and action that it asks of the table."""
        return ((self.type, self.action), *self.besides)


OPERATIONS: dict[str, Declared] = {}
"""Every operation, by its id."""


class Gate:
    """What stands before an operation."""

    def __init__(self, said: Declared) -> None:
        self.said = said

    def __call__(self, request: HttpRequest) -> Caller:
        """Return who asks, if he may.

        Raises:
            Refusal: He is not known, asks too often, may not, or sends what is not
                taken.
        """
        said = self.said
        try:
            who, counted = known(request)
        except Refusal:
            count(request, f"address {whence(request)}", said.kind)
            raise
        count(request, counted, said.kind)
        of = {"owner": ""} if said.whole else {}
        if not asking.may(request, said.type, said.action, **of):
            raise refuse(request, who, said.type, said.action)
        self._query(request)
        self._body(request)
        return who

    def _query(self, request: HttpRequest) -> None:
        """Refuse what is asked for in vain: a misspelt filter would leave out nothing."""
        known = queries()[self.said.id]
        if unknown := [name for name in request.GET if name not in known]:
            raise ValidationError(
                [
                    {"type": "extra_forbidden", "loc": ("query", name), "msg": ""}
                    for name in unknown
                ]
            )

    def _body(self, request: HttpRequest) -> None:
        body = self.said.body
        if not body:
            return
        given = request.content_type or ""
        if given != _MEDIA[body]:
            raise Refusal(
                "media_type",
                f"要 `{_MEDIA[body]}` (this is asked)",
                headers={"Accept": _MEDIA[body]},
            )
        length = request.headers.get("Content-Length", "")
        if body == "multipart" and length.isdecimal():
            most = django.CEYUAN.upload_mb
            if int(length) > 2 * most * 2**20 + SLACK:
                msg = f"文件至多 {most} MB (files have at most {most} MB)"
                raise Refusal("too_large", msg)


def operation(
    router: Router,
    method: Literal["GET", "POST"],
    path: str,
    *,
    asks: tuple[str, str],
    shape: Any,
    status: int = 200,
    also: dict[int, Any] | None = None,
    kind: Kind = "read",
    whole: bool = False,
    body: Body = "",
    media: str = "",
    optional: bool = False,
    besides: tuple[tuple[str, str], ...] = (),
) -> Callable[[Any], Any]:
    """Declare an operation.

    Args:
        router: The area that it belongs to.
        method: How it is asked.
        path: Its address.
        asks: Type and action of the table of permissions.
        shape: What it answers.
        status: With which status.
        also: Other answers, by status.
        kind: How it is counted.
        whole: It is about everybody's: who may only with his own may not.
        body: What is sent with it.
        media: What kind of file it answers; empty: JSON.
        optional: What is not known is left out, as in the documents of the command line.
        besides: What else is asked of the table for a part of the answer.
    """

    def decorate(view: Any) -> Any:
        said = Declared(
            view.__name__,
            method,
            path,
            *asks,
            kind=kind,
            whole=whole,
            body=body,
            media=media,
            area=view.__module__,
            besides=besides,
        )
        assert said.id not in OPERATIONS, said.id
        OPERATIONS[said.id] = said
        return router.api_operation(
            [method],
            path,
            response={status: shape, **(also or {})},
            auth=[Gate(said)],
            operation_id=said.id,
            summary=(view.__doc__ or "").strip().splitlines()[0],
            description=" ".join((view.__doc__ or "").split()),
            by_alias=True,
            exclude_unset=optional,
        )(view)

    return decorate


@cache
def queries() -> dict[str, frozenset[str]]:
    """Return what can be said in the query of each operation, as it is described."""
    from ceyuan.web.api.portal import api

    paths = api.get_openapi_schema()["paths"]
    return {
        one["operationId"]: frozenset(
            said["name"] for said in one.get("parameters", ()) if said["in"] == "query"
        )
        for methods in paths.values()
        for one in methods.values()
    }


def is_public(said: Declared) -> bool:
    """Return whether an operation is there for everybody."""
    from ceyuan.office.permissions import can
    from ceyuan.office.users import load_roles
    from ceyuan.web.opened import memory

    return can(load_roles(memory().region.id), PUBLIC, said.type, said.action)
