# SPDX-License-Identifier: Apache-2.0
"""What went wrong, as problem details (RFC 9457): what, where, why, how to mend.

`type` is an address of our own page about the interface, one for each kind, in every
language the same; `title`, `detail` and `hint` are in the language that was asked for.
Wrong data come with their problems one by one, each with code, place and mend, as in
every other face. What one may not know of is answered like what is not there.
"""

from __future__ import annotations

import json
import logging
import secrets
from typing import TYPE_CHECKING, Any

from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja.errors import HttpError, ValidationError

from ceyuan.kernel import (
    CeyuanError,
    InputRejected,
    NotAllowed,
    RuleError,
    UsageError,
)
from ceyuan.office.database import DatabaseAway
from ceyuan.web.spoken import english_hint, in_tongue, plain_of
from ceyuan.web.words import catalogue, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.http import HttpRequest
    from ninja import NinjaAPI

    from ceyuan.kernel import Problem

LOG = logging.getLogger("ceyuan.web")
MEDIA = "application/problem+json"
PAGE = "/api"
TOO_LARGE = "R491"
KINDS: Mapping[str, int] = {
    "bad_request": 400,
    "usage": 400,
    "unknown_caller": 401,
    "not_allowed": 403,
    "not_found": 404,
    "method": 405,
    "refused": 409,
    "too_large": 413,
    "media_type": 415,
    "wrong_values": 422,
    "rejected": 422,
    "too_often": 429,
    "ours": 500,
    "busy": 503,
    "away": 503,
}
"""Every kind of problem, and its status."""


class Refusal(Exception):
    """A request is not answered, and why.

    Args:
        kind: A key of `KINDS`.
        message: What, where, why; `中文 (English)`; empty: what its kind says.
        hint: How to mend it.
        headers: What the answer says besides.
    """

    def __init__(
        self,
        kind: str,
        message: str = "",
        *,
        hint: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message or kind)
        self.kind, self.message, self.hint = kind, message, hint
        self.headers = dict(headers or {})


def answer(
    request: HttpRequest,
    kind: str,
    message: str = "",
    *,
    hint: str = "",
    problems: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    report: str = "",
) -> HttpResponse:
    """Return the details of a problem."""
    locale, status = _tongue(request), KINDS[kind]
    said = {
        "type": f"{PAGE}#{kind}",
        "title": word(f"api.problem_{kind}", locale),
        "status": status,
        "detail": in_tongue(message, locale)
        or word(f"api.problem_{kind}_help", locale),
        "hint": (locale == "en" and english_hint(hint)) or in_tongue(hint, locale),
        "problems": list(problems),
        "report": report,
    }
    body = json.dumps(said, ensure_ascii=False)
    return HttpResponse(body, status=status, content_type=MEDIA, headers=headers)


def told(request: HttpRequest, error: Any) -> HttpResponse:
    """Return the details of whatever was raised."""
    match error:
        case Refusal():
            return answer(
                request,
                error.kind,
                error.message,
                hint=error.hint,
                headers=error.headers,
            )
        case ValidationError():
            found = [_wrong(request, one) for one in error.errors]
            return answer(request, "wrong_values", problems=found)
        case HttpError():
            return answer(request, "bad_request")
        case Http404():
            return answer(request, "not_found")
        case RequestDataTooBig():
            return answer(request, "too_large")
        case (
            SuspiciousOperation()
            | TooManyFieldsSent()
            | TooManyFilesSent()
            | MultiPartParserError()
            | UnreadablePostError()
        ):
            return answer(request, "bad_request")
        case CeyuanError():
            return _ours(request, error)
    return broken(request, error)


def _ours(request: HttpRequest, error: CeyuanError) -> HttpResponse:
    """Return the details of an error of ours."""
    said: dict[str, Any] = {"hint": error.hint}
    kind = "refused"
    if isinstance(error, NotAllowed):
        kind = "not_allowed"
    elif isinstance(error, InputRejected):
        codes = {one.code for one in error.problems}
        kind = "too_large" if TOO_LARGE in codes else "rejected"
        said["problems"] = listed(request, error.problems)
    elif isinstance(error, RuleError):
        kind = "rejected"
        place = f"{error.file}:{error.line}" if error.line else error.file
        what, mend = plain_of(error, _tongue(request))
        one = {
            "code": error.code,
            "place": f"{place} ({error.clause})" if error.clause else place,
            "what": what,
            "mend": mend,
        }
        said["problems"] = [one]
    elif isinstance(error, UsageError):
        kind = "usage"
    elif isinstance(error, DatabaseAway):
        LOG.error("%s", error.message)  # where it stands is nobody's to know
        return answer(request, "away", headers={"Retry-After": "5"})
    return answer(request, kind, error.message, **said)


def listed(request: HttpRequest, problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Return problems of data, each with code, place, what and mend."""
    locale = _tongue(request)
    return [
        {"code": p.code, "place": p.place, "what": what, "mend": mend}
        for p in problems
        for what, mend in [plain_of(p, locale)]
    ]


def _tongue(request: HttpRequest) -> str:
    return str(getattr(request, "locale", "zh"))


def _wrong(request: HttpRequest, error: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with a value that was sent."""
    locale = _tongue(request)
    name = f"api.wrong_{error['type']}"
    if name not in catalogue():
        name = "api.wrong"
    context = {k: v for k, v in (error.get("ctx") or {}).items() if k != "error"}
    shown = {"expected": "", "pattern": "", **context, "said": error["msg"]}
    place = ".".join(str(part) for part in error["loc"])
    what = word(name, locale, **shown)
    return {"code": "", "place": place, "what": what, "mend": ""}


def broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the details of a fault of ours, with a number that the log has too."""
    number = secrets.token_hex(4)
    LOG.error("report %s: %s %s", number, request.method, request.path, exc_info=error)
    return answer(request, "ours", report=number)


def take_over(api: NinjaAPI) -> None:
    """Let every error of the interface become the details of a problem."""
    for kind in (Exception, Http404, HttpError, ValidationError):
        api.add_exception_handler(kind, told)
