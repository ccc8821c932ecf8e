# SPDX-License-Identifier: Apache-2.0
"""The page about the interface: how to begin, every operation, every kind of problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings as django
from django.shortcuts import render
from django.urls import path

from ceyuan.web.api.operations import OPERATIONS, Declared, is_public
from ceyuan.web.api.portal import AREAS
from ceyuan.web.api.problems import KINDS
from ceyuan.web.asking import caller

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

ROOT = "/api/v1"
CONVERTERS = ("path:", "int:")


def api_docs(request: HttpRequest) -> HttpResponse:
    """Show what the interface has, out of what it declares."""
    said = django.CEYUAN
    return render(request, "api/api.html", {
        "areas": _areas(),
        "count": len(OPERATIONS),
        "kinds": [(kind, status, f"api.problem_{kind}", f"api.problem_{kind}_help")
                  for kind, status in KINDS.items()],
        "reads": said.api_reads,
        "heavy": said.api_heavy,
        "is_user": bool(caller(request).name),
        "host": request.build_absolute_uri("/").rstrip("/"),
    })  # fmt: skip


def _areas() -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the operations area by area, in the order of their addresses."""
    found: dict[str, list[dict[str, Any]]] = {}
    for area in AREAS:
        (name,) = area.router.tags or ("",)
        some = found.setdefault(name, [])
        some += [_row(one) for one in OPERATIONS.values() if one.area == area.__name__]
    return [
        (name, sorted(some, key=lambda one: (one["path"], one["method"])))
        for name, some in found.items()
    ]


def _row(one: Declared) -> dict[str, Any]:
    path_ = one.path
    for converter in CONVERTERS:
        path_ = path_.replace(f"{{{converter}", "{")
    return {
        "method": one.method,
        "path": f"{ROOT}{path_}",
        "words": f"api.op_{one.id}",
        "scope": one.scope,
        "counted": f"api.counted_{one.kind}",
        "is_public": is_public(one),
    }


urls = [path("api", api_docs, name="api_docs")]
