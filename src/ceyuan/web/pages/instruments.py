# SPDX-License-Identifier: Apache-2.0
"""J4: what each instrument is, how it stands, and a move of it by a declared form."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from ceyuan.kernel import LedgerError, NotAllowed, UsageError
from ceyuan.ledger import Refused
from ceyuan.office.booked import seal_book
from ceyuan.office.instrument_told import (
    account_sums,
    exposures,
    figures,
    parameters_in_force,
)
from ceyuan.office.moving import move
from ceyuan.office.sending import Changed
from ceyuan.office.stories_told import stories
from ceyuan.web.asking import asks, may, office, once
from ceyuan.web.money_shown import bare, frame_of, one_moment
from ceyuan.web.pages.move_form import MoveForm
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.office.instrument_told import AccountSum
    from ceyuan.office.moving import Moved


def may_move(request: HttpRequest, role: str) -> bool:
    """Return whether who asks may make moves of a role."""
    return may(request, "instrument", f"move_{role}")


def _instrument(request: HttpRequest, name: str) -> Instrument:
    found = office(request).declared.instruments.instruments.get(name)
    if found is None:
        msg = "there is no such instrument"
        raise Http404(msg)
    return found


@asks("instrument", "list")
def instruments(request: HttpRequest) -> HttpResponse:
    """Show the instruments, and what may fall due of each."""
    every = office(request).declared.instruments.instruments.values()
    sees_book = may(request, "ledger", "list")
    with one_moment(request) as conn:
        due = exposures(office(request), conn, today()) if sees_book else []
        return render(request, "money/instruments.html", {
            **frame_of(request, conn, "instruments"),
            "instruments": every,
            "exposures": {one.instrument: one for one in due},
            "sees_book": sees_book,
        })  # fmt: skip


@asks("instrument", "see")
def instrument(request: HttpRequest, name: str) -> HttpResponse:
    """Show what an instrument is, and how it stands."""
    one = _instrument(request, name)
    sees_book = may(request, "ledger", "list")
    keys = {"year": str(today().year)} if "year" in one.said.keys else {}
    with one_moment(request) as conn:
        frame = frame_of(request, conn, "instruments")
        return render(request, "money/instrument.html", {
            **frame,
            "one": one,
            "accounts": _accounts(one, account_sums(conn, one) if sees_book else []),
            "parameters": parameters_in_force(conn, one, today()),
            "outputs": [
                (one.said.outputs[name], frame["book"].figure(exact, _unit(one, name)))
                for name, exact in (
                    figures(conn, one, keys, today()) if sees_book else {}
                ).items()
            ],
            "keys": keys,
            "moves": [
                (name, said, may_move(request, said.role), one.articles[said.article])
                for name, said in one.said.moves.items()
            ],
            "stories": stories(one, frame["book"].names),
            "today": today(),
            "sees_book": sees_book,
        })  # fmt: skip


def _accounts(one: Instrument, sums: Sequence[AccountSum]) -> list[tuple[Any, ...]]:
    """Return the accounts as declared, each with what those of its kind have."""
    totals = {total.name: total for total in sums}
    return [(name, said, totals.get(name)) for name, said in one.said.accounts.items()]


def _unit(one: Instrument, name: str) -> str:
    return one.said.outputs[name].unit or ""


@asks("instrument", "see")
def moving(request: HttpRequest, name: str, what: str) -> HttpResponse:
    """Show what a move would write; write what was looked at, once."""
    one = _instrument(request, name)
    if what not in one.said.moves:
        raise Http404
    if not may_move(request, one.said.moves[what].role):
        msg = f"没有办“{one.said.moves[what].zh}”的权限 (may not make this move)"
        raise NotAllowed(msg, hint="请有这个角色的人办，或请管理员调整角色")
    initial = {"on": today().isoformat(), "key_year": str(today().year)}
    form = MoveForm.of(
        request, instrument=one, move=what, locale=request.locale, initial=initial
    )
    said: dict[str, Any] = {"form": form, "one": one, "what": what}
    if request.method == "POST" and "back" not in request.POST and form.is_valid():
        try:
            if agreed := request.POST.get("agreed", ""):
                return once(request, lambda: _make(request, form, agreed))
            made = _look(request, form)
            said |= {"made": made, "agreed": _digest(form, made)}
        except Changed as changed:
            said["changed"] = changed
        except (LedgerError, UsageError) as error:
            form.add_error(None, fault_html(error))
    return _moving(request, said)


def _moving(request: HttpRequest, said: dict[str, Any]) -> HttpResponse:
    made, one = said.get("made"), said["one"]
    lines = made.plan.lines if made else ()
    with one_moment(request) as conn:
        paths = {path for line in lines for path in (line.debit, line.credit)}
        said |= frame_of(request, conn, "instruments", paths)
    said |= {
        "move": one.said.moves[said["what"]],
        "article": one.articles[one.said.moves[said["what"]].article],
        "lines": lines,
        "bare": bare(line.commodity for line in lines),
    }
    status = 409 if "changed" in said else 422 if said["form"].errors else 200
    return render(request, "money/move.html", said, status=status)


def _look(request: HttpRequest, form: MoveForm) -> Moved:
    """Return what a move would write; nothing is written.

    Raises:
        Refused: The book, a condition or a parameter stands against it.
        UsageError: Something in it does not exist.
    """
    return move(office(request), **form.asked, dry_run=True)


def _digest(form: MoveForm, made: Moved) -> str:
    words = [str(form.asked), *(repr(line) for line in made.plan.lines)]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _make(request: HttpRequest, form: MoveForm, agreed: str) -> str:
    memory = office(request)
    try:
        seen = _look(request, form)
    except Refused as refused:
        msg = f"看过之后情况变了：{refused.message}"
        raise Changed(msg, hint=refused.hint) from refused
    if _digest(form, seen) != agreed:
        msg = "看过之后账上的情况变了，没有记账 (the book has changed since you looked)"
        raise Changed(msg, hint="看过新的分录再确认")
    made = move(memory, **form.asked, agreed=seen.plan)
    seal_book(memory)
    told = "money.move_made" if made.fresh else "money.move_there"
    locale = request.locale
    messages.success(request, word(told, locale, id=made.plan.id))
    if may(request, "ledger", "see"):
        return reverse("money_entry", args=[made.plan.lines[0].id])
    return reverse("money_instrument", args=[made.plan.instrument])


urls = [
    path("money/instruments", instruments, name="money_instruments"),
    path("money/instruments/<str:name>", instrument, name="money_instrument"),
    path("money/instruments/<str:name>/<str:what>", moving, name="money_move"),
]
