# SPDX-License-Identifier: Apache-2.0
"""J1: what a firm is entitled to, why, and what is missing; its own page and others'.

`/me` is the firm of who asks; `/firms/CODE` the same page for whoever may see that
firm: an officer, an auditor, a park that it let. One view serves both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.urls import path, reverse

from ceyuan.kernel import UsageError
from ceyuan.office.entitlement_acts import ACTS
from ceyuan.office.entitlements import listed
from ceyuan.office.firm_changes import note_visit, since_last, states_of
from ceyuan.office.firm_groups import NOT_NOW, OUTSIDE
from ceyuan.office.firm_promise import promise
from ceyuan.office.firm_sheets import region_of, sheet_of
from ceyuan.office.firm_stacking import arithmetic
from ceyuan.office.firm_told import standing
from ceyuan.office.firm_why import why
from ceyuan.office.money_told import payees
from ceyuan.office.objections import told_to_firm
from ceyuan.office.permissions import consents
from ceyuan.office.reasons import open_reasons
from ceyuan.office.settings import settings_in_force
from ceyuan.office.subject_sheets import subject_why
from ceyuan.office.users import load_roles
from ceyuan.policies import Outcome
from ceyuan.policies.words import ANSWERS
from ceyuan.web.asking import caller, may, office, reading, see, to_login
from ceyuan.web.pages.receipt import link_of
from ceyuan.web.showing import today

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest, HttpResponse

    from ceyuan.declarations import Region
    from ceyuan.office.entitlements import Entitlement
    from ceyuan.office.firm_sheet_model import FirmSheet
    from ceyuan.office.firm_standing import Item, Standing
    from ceyuan.office.money_told import PayeeTold
    from ceyuan.office.subject_sheets import SubjectWhy

NOT_MINE = ("office", "judge")
"""Who supplies what a firm cannot supply itself."""
STATES = {True: "met", False: "not_met", None: ""}


@dataclass(frozen=True, slots=True)
class Asked:
    """The firm that a page is about.

    Args:
        sheet: What the last run says of it.
        region: Facts and policies that it was decided by.
        entitlements: What it was promised.
        own: Whether who asks is the firm, or acts for it.
        may_try: Whether he may try values out.
        code: Its credit code.
        prefix: The beginning of the addresses of its pages.
    """

    sheet: FirmSheet
    region: Region
    entitlements: list[Entitlement]
    own: bool
    may_try: bool
    code: str
    prefix: str

    def standing(self, locale: str) -> Standing:
        """Return how it stands with every policy."""
        return standing(self.sheet, self.region, self.entitlements, locale)


def firm_of(request: HttpRequest, code: str, action: str = "see") -> Asked:
    """Return the firm that is asked for; an empty code means one's own.

    Raises:
        Http404: There is none, or who asks may not know of it.
    """
    who = caller(request)
    own = who.acts_for
    wanted = code or own
    memory = office(request)
    declared = load_roles(memory.region.id)
    with reading(request) as conn:
        consented = bool(code) and consents(conn, declared, who, "firm", wanted)
    see(request, "firm", action, owner=wanted, consented=consented)
    try:
        sheet = sheet_of(memory, wanted)
    except UsageError as error:
        raise Http404 from error
    if code and sheet.code != code:
        raise Http404  # a part of a name is no address
    with reading(request) as conn:
        found = listed(conn, org=sheet.org)
    is_own = wanted == own and may(request, "fact", "claim", owner=wanted)
    prefix = reverse("me") if not code else reverse("firm", args=[code])
    may_try = may(request, "firm", "try", owner=wanted, consented=consented)
    return Asked(
        sheet, region_of(memory, sheet), found, is_own, may_try, sheet.code, prefix
    )


def me(request: HttpRequest, code: str = "") -> HttpResponse:
    """Show how a firm stands with every policy."""
    if not caller(request).name:
        return to_login(request)
    if not code and not may(request, "firm", "own"):
        return render(request, "firm/nobody.html", {})
    asked = firm_of(request, code)
    memory, locale = office(request), request.locale
    told = asked.standing(locale)
    name = caller(request).name
    states = states_of(asked.sheet, told)
    changes = since_last(memory, name, asked.sheet, told, states, region=asked.region)
    note_visit(memory, name, asked.sheet, states)
    promises = _promises(request, asked)
    return render(request, "firm/me.html", {
        "asked": asked,
        "sheet": asked.sheet,
        "told": told,
        "sections": [one for one in told.sections if one.group not in (NOT_NOW, OUTSIDE)],
        "not_now": told.section(NOT_NOW),
        "outside": told.section(OUTSIDE),
        "changes": changes,
        "asked_mine": sum(one.by not in NOT_MINE for one in told.asked),
        "paper": _paper(request, asked.sheet.run, asked.sheet.as_of),
        "promises": promises,
        "lacks_account": _lacking(request, asked, promises),
        "synthetic": asked.sheet.synthetic,
    })  # fmt: skip


def _promises(request: HttpRequest, asked: Asked) -> dict[str, list[Any]]:
    """Return the promises of a firm's entitlements, by policy."""
    found: dict[str, list[Any]] = {}
    with reading(request) as conn:
        last = _payee(conn, asked)
    for one in asked.entitlements:
        told = promise(
            one, asked.region, today=today(), payee=last, locale=request.locale
        )
        found.setdefault(one.policy, []).append(told)
    return found


def _paper(request: HttpRequest, run: str, day: date) -> dict[str, Any]:
    """Return what a printed page bears: of what run it is, and where that is seen."""
    url, picture = link_of(request, run)
    return {"run": run, "day": day, "url": url, "qr": picture, "printed": today()}


def _lacking(
    request: HttpRequest, asked: Asked, promises: dict[str, list[Any]]
) -> dict[str, bool]:
    """Return the promises that are to be paid and have no account to be paid to."""
    instruments = office(request).declared.instruments
    has = {p.entitlement for some in promises.values() for p in some if p.account}
    found = {}
    for one in asked.entitlements:
        said = instruments.instrument(one.instrument).said.entitlement
        # What needs no payment, a voucher, has arrived when it is approved.
        is_paid_out = said is not None and bool(said.confirm)
        is_open = one.state in ("noticed", "payable", "failed")
        if is_paid_out and is_open and one.id not in has:
            found[one.id] = True
    return found


def _payee(conn: Any, asked: Asked) -> PayeeTold | None:
    parties = {one.party for one in asked.entitlements}
    known = [p for party in parties for p in payees(conn, party)]
    return known[-1] if known else None


def policy(request: HttpRequest, policy: str, code: str = "") -> HttpResponse:
    """Show one policy for a firm: reasons, sources, money, promise."""
    if not caller(request).name:
        return to_login(request)
    asked = firm_of(request, code)
    memory, locale = office(request), request.locale
    told = asked.standing(locale)
    item = told.item(policy)
    if item is None:
        raise Http404
    promises = _promises(request, asked)
    told_why, subject = None, None
    if policy in asked.sheet.policies:
        told_why = why(
            asked.sheet,
            asked.region,
            policy,
            sources=memory.records.sources,
            locale=locale,
        )
    else:
        subject = _subject(request, asked, policy)
        told_why = subject.why
    with reading(request) as conn:
        said = settings_in_force(conn, asked.sheet.as_of)
        happened = told_to_firm(
            conn, [one.id for one in asked.entitlements if one.policy == policy]
        )
    return render(request, "firm/policy.html", {
        "asked": asked,
        "sheet": asked.sheet,
        "item": item,
        "why": told_why,
        "subject": subject,
        **_rows(item, told_why, locale),
        "stacks": arithmetic(
            asked.sheet,
            asked.region,
            policy,
            entitlements=asked.entitlements,
            settings=said,
            locale=locale,
        ),
        "promises": promises.get(policy, []),
        "lacks_account": _lacking(request, asked, promises),
        "happened": {
            name: [(one, ACTS[one.kind][locale == "en"]) for one in some]
            for name, some in happened.items()
        },
        "may_object": asked.own,
        "paper": _paper(
            request,
            asked.sheet.run if subject is None else subject.run,
            asked.sheet.as_of if subject is None else subject.as_of,
        ),
        "synthetic": asked.sheet.synthetic,
    })  # fmt: skip


def _subject(request: HttpRequest, asked: Asked, policy: str) -> SubjectWhy:
    """Return why the entitlement is due that is asked for; the latest by default.

    A firm may have hundreds of orders: the page tells of one, the promise of each
    leads to its own.
    """
    own = [one for one in asked.entitlements if one.policy == policy]
    wanted = request.GET.get("of", "")
    if wanted:
        own = [one for one in own if one.id == wanted]
    if not own:
        raise Http404
    latest = max(own, key=lambda one: (one.noticed_on, one.id))
    return subject_why(office(request), latest, request.locale)


def _rows(item: Item, told: Any, locale: str) -> dict[str, Any]:
    """Return the conditions as a page shows them: what is in the way, then all."""
    if told is None:
        return {"open": [], "rows": []}
    is_failed = told.decision.outcome is Outcome.INELIGIBLE
    at = 1 if locale == "zh" else 2

    def shown(row: Any) -> dict[str, Any]:
        words = ANSWERS[row.answer]
        return {
            "row": row,
            "state": STATES.get(row.answer, "open")
            if row.answer is None or isinstance(row.answer, bool)
            else "open",
            "mark": words[0],
            "word": words[at],
            "places": list(dict.fromkeys(g.place for g in row.given if g.place)),
            "article": told.article_of(row),
            "facts": [g.key for g in row.given],
        }

    return {
        "open": [shown(row) for row in open_reasons(told.rows, is_failed=is_failed)],
        "rows": [shown(row) for row in told.rows],
    }


urls = [
    path("me", me, name="me"),
    path("firms/<str:code>", me, name="firm"),
    path("me/<str:policy>", policy, name="me_policy"),
    path("firms/<str:code>/<str:policy>", policy, name="firm_policy"),
]
