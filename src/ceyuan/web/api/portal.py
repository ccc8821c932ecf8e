# SPDX-License-Identifier: Apache-2.0
"""The interface as it is served: its areas, its description, what stands around it."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.urls import path, re_path
from django.utils import translation
from django.utils.cache import patch_vary_headers
from ninja import NinjaAPI
from ninja.parser import Parser
from ninja.renderers import JSONRenderer
from ninja.responses import NinjaJSONEncoder

import ceyuan
from ceyuan.office.auditing import acting_for
from ceyuan.web.api import (
    checks,
    claims,
    desk,
    entitlements,
    firm_reasons,
    firms,
    imports,
    instruments,
    jobs,
    ledger,
    me,
    payments,
    policies,
    receipts,
    reforms,
    runs,
)
from ceyuan.web.api.description import described
from ceyuan.web.api.problems import answer, take_over, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

ROOT = "api/v1/"
AREAS = (
    receipts,
    policies,
    firms,
    firm_reasons,
    entitlements,
    runs,
    claims,
    ledger,
    payments,
    instruments,
    reforms,
    checks,
    imports,
    desk,
    jobs,
    me,
)


class Encoder(NinjaJSONEncoder):
    """Moments as every other face tells them, to the microsecond."""

    def default(self, o: Any) -> Any:
        """Return what stands for a thing."""
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


class Renderer(JSONRenderer):
    """JSON with Chinese as it is written."""

    encoder_class = Encoder
    json_dumps_params = {"ensure_ascii": False}  # noqa: RUF012 - as it is where it comes from


class Strict(Parser):
    """JSON as its standard has it: no NaN, no half of a sign, in UTF-8."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return what was sent."""
        text = request.body.decode("utf-8")
        found = json.loads(text, parse_constant=_no_number)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()
        return found


def _no_number(name: str) -> None:
    msg = f"{name} is no number"
    raise ValueError(msg)


class Interface(NinjaAPI):
    """The interface; its description says every problem, too."""

    def get_root_path(self, path_params: Any) -> str:
        """Return where it begins, in every language."""
        return f"/{ROOT}"

    def get_openapi_schema(self, **given: Any) -> Any:
        """Return the description of the interface."""
        return described(super().get_openapi_schema(**given))


def made() -> Interface:
    """Return the interface with all its areas."""
    api = Interface(
        title="Ceyuan 策源",
        version=ceyuan.__version__,
        description="/api",
        docs_url=None,
        renderer=Renderer(),
        parser=Strict(),
        urls_namespace="api",
    )
    take_over(api)
    for area in AREAS:
        api.add_router("", area.router)
    return api


def shielded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return a view whose every answer is one of an interface for programs."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        _tongue(request)
        by_token = "Authorization" in request.headers
        with (
            translation.override("en" if request.locale == "en" else "zh-hans"),
            # Whoever comes with a token acts for himself, whatever session is there.
            acting_for("") if by_token else nullcontext(),
        ):
            try:
                response = view(request, *args, **given)
            except Exception as error:  # noqa: BLE001 - what ninja did not turn into an answer
                response = told(request, error)
            if response.status_code == 405:
                allow = response.headers["Allow"]
                response = answer(request, "method", headers={"Allow": allow})
        return _finished(request, response)

    shown.csrf_exempt = True  # type: ignore[attr-defined]
    return shown


def _tongue(request: HttpRequest) -> None:
    """Take the language from the prefix, else from what the caller accepts."""
    said = request.headers.get("Accept-Language", "")[:200].lower()
    if getattr(request, "locale", "zh") == "zh" and said:
        first = max(_accepted(said), default=(0.0, 0, "zh"))[2]
        request.locale = "en" if first.startswith("en") else "zh"


def _accepted(said: str) -> list[tuple[float, int, str]]:
    """Return the languages that are accepted, with their weights."""
    found = []
    for at, part in enumerate(said.split(",")):
        name, _, weight = part.partition(";q=")
        try:
            number = float(weight or 1)
        except ValueError:
            continue
        if name.strip()[:2] in ("zh", "en"):
            found.append((number, -at, name.strip()))
    return found


def _finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    left = getattr(request, "calls_left", None)
    if left is not None:
        for name, value in left.headers.items():
            response.headers[name] = value
    is_english = request.locale == "en"
    response.headers["Content-Language"] = "en" if is_english else "zh-CN"
    response.headers.setdefault("Cache-Control", "private, no-store")
    patch_vary_headers(response, ["Authorization", "Accept-Language"])
    return response


def nothing(request: HttpRequest, *_: Any) -> HttpResponse:
    """Say that there is no such operation."""
    raise Http404


def _shielded(pattern: URLPattern) -> URLPattern:
    pattern.callback = shielded(pattern.callback)
    return pattern


api = made()
_patterns, _app, _space = api.urls
urls = [
    path(ROOT, ([_shielded(one) for one in _patterns], _app, _space)),
    re_path(r"^api/v1(/.*)?$", shielded(nothing)),
]
