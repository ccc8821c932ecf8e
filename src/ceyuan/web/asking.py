# SPDX-License-Identifier: Apache-2.0
"""Who asks for a page, and whether he may: before anything else happens.

Each view says what it shows by `@asks("park_batch", "list")`: a type and an action of
the one table of permissions. Whoever may not is asked to log in where that could help,
and is told that he may not where he knows of the thing; where he may not know of it,
it is not there (404). What he typed before his session ended is kept for him.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from psycopg.types.json import Jsonb

from ceyuan.kernel import CeyuanError, NotAllowed
from ceyuan.office.database import DatabaseAway
from ceyuan.office.permissions import PUBLIC, Caller, caller_of, can, may_on
from ceyuan.office.users import load_roles
from ceyuan.web.opened import memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest
    from psycopg import Connection

    from ceyuan.office.memory import Memory

P = ParamSpec("P")
View = "Callable[Concatenate[HttpRequest, P], HttpResponse]"
KEPT = "kept-form"
MOST_KEPT = 200_000
BEHALF = "behalf"
_LOCK = "select pg_advisory_lock(hashtextextended(%s, 0))"
_READ = "select id, answer from form_answer where id = any(%s)"
MOST = 20
"""So often a form can be refused; a page gives each answer a fresh form."""
_WRITE = "insert into form_answer (id, actor, path, answer) values (%s, %s, %s, %s)"


def caller(request: HttpRequest) -> Caller:
    """Return who asks; somebody who is not logged in is the public."""
    known = getattr(request, "caller", None)
    if known is None:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            known = PUBLIC
        else:
            office = memory(user.get_username())
            behalf = request.session.get(BEHALF, "")
            with office.transaction() as conn:
                try:
                    known = caller_of(conn, office, user.get_username(), behalf=behalf)
                except NotAllowed:  # the delegation has ended meanwhile
                    request.session.pop(BEHALF, None)
                    known = caller_of(conn, office, user.get_username())
        request.caller = known
    return known


def office(request: HttpRequest) -> Memory:
    """Return the office's memory, asked by who asks for the page."""
    return memory(caller(request).name or "public")


@contextmanager
def reading(request: HttpRequest) -> Iterator[Connection]:
    """Yield a connection for a page's questions."""
    with office(request).transaction() as conn:
        yield conn


def may(request: HttpRequest, type_: str, action: str, **of: Any) -> bool:
    """Return whether who asks may do something with a thing, or with any at all."""
    declared = load_roles(memory().region.id)
    if of:
        return may_on(declared, caller(request), type_, action, **of)
    return can(declared, caller(request), type_, action)


def see(request: HttpRequest, type_: str, action: str, **of: Any) -> None:
    """See that who asks may do something with a thing.

    Raises:
        Http404: He may not know of it.
        NotAllowed: He may see it, and may not do this with it.
    """
    if may(request, type_, action, **of):
        return
    if action != "see" and may(request, type_, "see", **of):
        msg = "没有办这件事的权限 (may not do this)"
        raise NotAllowed(msg, hint="请有权限的人办，或请管理员调整角色")
    msg = "there is no such thing for this caller"
    raise Http404(msg)


def asks(type_: str, action: str) -> Callable[[Any], Any]:
    """Say what a view shows; whoever may not at all does not come to it."""

    def decorate(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Any:
        @wraps(view)
        def asked(
            request: HttpRequest, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            if may(request, type_, action):
                return view(request, *args, **kwargs)
            if caller(request) is PUBLIC:
                return to_login(request)
            msg = "没有看这一页的权限 (may not see this page)"
            raise NotAllowed(msg, hint="请管理员看看你的角色")

        asked.asks = (type_, action)  # type: ignore[attr-defined]
        return asked

    return decorate


def to_login(request: HttpRequest) -> HttpResponse:
    """Lead to the login and back; what was typed waits there."""
    target = request.get_full_path()
    if request.method == "POST":
        typed = {
            name: request.POST.getlist(name)
            for name in request.POST
            if name != "csrfmiddlewaretoken" and "password" not in name
        }
        if len(json.dumps(typed)) <= MOST_KEPT:
            request.session[KEPT] = {"path": request.path, "typed": typed}
        target = request.path
    url = f"{reverse('account_login')}?{urlencode({'next': target})}"
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def kept(request: HttpRequest) -> dict[str, str]:
    """Return what was typed into this page's form before the session ended, once."""
    said = request.session.get(KEPT)
    if not said or said["path"] != request.path:
        return {}
    del request.session[KEPT]
    return {name: values[-1] for name, values in said["typed"].items() if values}


class BrokenOff(CeyuanError):
    """A form was sent before, and the process died before it was done."""


def once(request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
    """Do what a form asks, once: the same form sent again leads to the same place.

    A verb commits by itself, some of them in several transactions (a chunk at a time,
    then the seal), so what it did and the note that the form is done cannot stand in
    one. The note is therefore made in two steps, each committed: *begun* before the
    verb, and where it led to after it.

    ```
    nothing yet       ─► begun ─► the verb ─► answered: where it led to
    answered          ─► led there again; the verb is not called
    refused           ─► as if nothing had been sent: the verb said no
    begun, no answer  ─► the process died on the way: `BrokenOff`
    ```

    In the last case nobody knows whether the verb was done, so it is not done again:
    who sends the form again is told to look, and does it anew with a fresh form where
    it was not. Two clicks at once never come there: the second waits for the lock of
    the first, which ends with the first one's connection, however that ends.

    Args:
        request: The form; its hidden field `once` tells it from every other. Without
            it, it is done as often as it is sent.
        act: Does it and returns where to go. What it raises of ours is a refusal: the
            form may be sent again.

    Raises:
        BrokenOff: It was sent before, and nobody knows whether it was done.
    """
    key = request.POST.get("once", "")
    if not key:
        return redirect(act())
    who = caller(request).name
    form = hashlib.sha256(f"{who}\0{request.path}\0{key}".encode()).hexdigest()

    def note(conn: Connection, state: str, **said: str) -> None:
        name = f"{form}.{state}" if state else form
        conn.execute(_WRITE, (name, who, request.path, Jsonb(said)))
        conn.commit()

    with memory().database.connect() as conn:
        # Of two clicks the second waits here and finds the answer of the first.
        conn.execute(_LOCK, (form,))
        names = [f"{form}.{s}{n}" for n in range(MOST) for s in ("begun", "refused")]
        rows = conn.execute(_READ, ([form, *names],)).fetchall()
        conn.commit()
        found: dict[str, Any] = dict(rows)
        if form in found:
            return redirect(found[form]["to"])
        begun = sum(name.startswith(f"{form}.begun") for name in found)
        if begun == MOST or begun > len(found) - begun:
            msg = (
                "这张表单交过一次，没有办完就断了；可能已经办成 "
                "(it broke off when it was sent before, and may have been done)"
            )
            hint = "先看看是不是已经办成；没有办成，重新打开表单再办"
            raise BrokenOff(msg, hint=hint)
        note(conn, f"begun{begun}")
        try:
            to = act()
        except DatabaseAway:
            raise  # whether it was committed nobody knows
        except (CeyuanError, Http404, PermissionDenied):
            note(conn, f"refused{begun}")
            raise
        note(conn, "", to=to)
    return redirect(to)


def is_part(request: HttpRequest) -> bool:
    """Return whether only a part of the page is asked for, by htmx."""
    return bool(getattr(request, "htmx", False)) and not getattr(
        request.htmx, "boosted", False
    )


def answer_json(value: object, status: int = 200) -> JsonResponse:
    """Return a value as JSON, Chinese as it is written."""
    return JsonResponse(
        value, status=status, safe=False, json_dumps_params={"ensure_ascii": False}
    )
