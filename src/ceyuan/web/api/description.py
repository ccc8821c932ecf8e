# SPDX-License-Identifier: Apache-2.0
"""The description of the interface (OpenAPI): what every operation may answer, and how.

What ninja works out of the shapes is completed by what stands around each operation:
who may come, the problems that it can meet, the headers of every answer.
"""

from __future__ import annotations

from http.client import responses as names
from typing import Any

from ceyuan.web.api.operations import OPERATIONS, Declared, is_public
from ceyuan.web.api.problems import MEDIA
from ceyuan.web.api.shapes import ProblemDetails
from ceyuan.web.words import word

ALWAYS = (400, 404, 422, 429, 500, 503)
HEADERS: dict[str, tuple[str, str]] = {
    "RateLimit-Limit": ("Calls a minute.", "integer"),
    "RateLimit-Remaining": ("Calls that are left in this minute.", "integer"),
    "RateLimit-Reset": ("Seconds until the next minute begins.", "integer"),
}
SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of `/me/tokens`: `Authorization: Bearer cy_…`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "The session of the portal; good for reading.",
    },
}


def described(made: dict[str, Any]) -> dict[str, Any]:
    """Return a description with what stands around every operation."""
    schema = ProblemDetails.model_json_schema(
        ref_template="#/components/schemas/{model}", mode="serialization"
    )
    parts = made["components"].setdefault("schemas", {})
    parts |= schema.pop("$defs", {})
    parts["ProblemDetails"] = schema
    made["components"]["securitySchemes"] = SCHEMES
    for methods in made["paths"].values():
        for one in methods.values():
            _complete(one, OPERATIONS[one["operationId"]])
    return made


def _complete(one: dict[str, Any], said: Declared) -> None:
    one["summary"] = word(f"api.op_{said.id}", "en")
    one["x-summary-zh"] = word(f"api.op_{said.id}", "zh")
    one["x-scope"] = said.scope
    one["x-scopes-besides"] = [f"{type_}.{act}" for type_, act in said.besides]
    one["x-limit"] = said.kind
    known: list[dict[str, list[str]]] = [{"token": []}]
    if said.method == "GET":
        known.append({"session": []})
    one["security"] = [{}, *known] if is_public(said) else known
    if said.media:
        file = {"schema": {"type": "string", "format": "binary"}}
        one["responses"][200]["content"] = {said.media: file}
    statuses = {*ALWAYS, 401, 403}
    if said.method == "POST":
        statuses.add(409)
    if said.body:
        statuses |= {413, 415}
    for status in sorted(statuses):
        one["responses"][status] = {
            "description": names[status],
            "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }  # fmt: skip
    one["responses"][429]["headers"] = {"Retry-After": _header("Seconds to wait.")}
    for answer in one["responses"].values():
        own = answer.setdefault("headers", {})
        for name, (text, _) in HEADERS.items():
            own[name] = _header(text)


def _header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "integer"}}
