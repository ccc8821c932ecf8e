# SPDX-License-Identifier: Apache-2.0
"""One entitlement, from its decision to the treasury, and what one does with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404
from django.urls import path, reverse

from ceyuan.kernel import UNKNOWN, UsageError
from ceyuan.ledger import Refused
from ceyuan.office.booked import seal_book
from ceyuan.office.claiming import UNSAID
from ceyuan.office.entitlement_acts import ACTS, withdraw_one
from ceyuan.office.entitlements import (
    STATES,
    approve,
    decline,
    history,
    object_to,
    one_of,
    settle,
)
from ceyuan.office.firm_sheet_values import key_text, read_key
from ceyuan.office.money_told import bank_reasons, told
from ceyuan.office.objections import (
    correctable,
    objection_of,
    stated_now,
    uphold_by_correcting,
)
from ceyuan.office.parameters import typed_facts
from ceyuan.office.permissions import consents
from ceyuan.office.stating import in_words
from ceyuan.office.users import load_roles, step_before
from ceyuan.policies import fact_name
from ceyuan.web.asking import asks, caller, may, office, once, reading, see
from ceyuan.web.forms import PageForm
from ceyuan.web.money_shown import Shown
from ceyuan.web.pages.work_desk import amount, desk, found_or_404
from ceyuan.web.pages.work_entitle import row
from ceyuan.web.pages.work_turned import outcome_told
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import html_word, later, word

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.facts.store.statements import Value
    from ceyuan.kernel import Unknown
    from ceyuan.office.entitlements import Entitlement
    from ceyuan.office.money_told import EntitlementTold

DOABLE = ("approve", "object", "correct", "uphold", "dismiss", "decline", "withdraw")
RULINGS = ("correct", "uphold", "dismiss")
NEEDS = {
    # what one must be allowed; `settle` is all of its rulings
    "correct": "settle",
    "uphold": "settle",
    "dismiss": "settle",
}
NOT_BY_ONE_PERSON = {
    "approve": "entitle.approve",
    **dict.fromkeys(RULINGS, "entitle.settle"),
}
"""Acts with the verb that they are: whoever decided does not do them."""


class ActForm(PageForm):
    """A reason; and on whose behalf, where a party asks for it."""

    behalf = forms.CharField(
        label=later("work.on_behalf"),
        help_text=later("work.on_behalf_help"),
        required=False,
        max_length=200,
    )
    reason = forms.CharField(
        label=later("work.reason"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2_000,
    )


class CorrectForm(ActForm):
    """The fact that is wrong, what it is, and why."""

    fact = forms.ChoiceField(
        label=later("objection.fact"), help_text=later("objection.fact_help")
    )
    value = forms.CharField(
        label=later("objection.value"),
        help_text=later("objection.value_help"),
        max_length=200,
    )
    field_order = ("fact", "value", "reason")


def one_or_404(request: HttpRequest, name: str, action: str = "see") -> Entitlement:
    """Return an entitlement that one may see, or do something with."""
    declared = load_roles(office(request).region.id)
    with reading(request) as conn:
        one: Entitlement = found_or_404(lambda: one_of(conn, name))
        agreed = consents(conn, declared, caller(request), "entitlement", one.party)
    see(
        request,
        "entitlement",
        action,
        owner=one.party,
        state=one.state,
        consented=agreed,
    )
    return one


def why_not(request: HttpRequest, one: Entitlement, act: str) -> str:
    """Return the id of the words why an act cannot be done now; empty: it can."""
    day = today()
    if act == "withdraw":
        return "" if one.state in ("noticed", "payable") else "not_here"
    if one.state != "noticed":
        return "not_noticed"
    if act in RULINGS and not one.objection:
        return "no_objection"
    verb = NOT_BY_ONE_PERSON.get(act, "")
    if step_before(office(request), verb, {"entitle.run": one.decided_by}):
        return "yours"
    if act == "approve" and one.objection:
        return "objected"
    if act == "approve" and day <= one.object_until:
        return "window_open"
    if act == "object" and day > one.object_until:
        return "window_over"
    return ""


@asks("entitlement", "see")
def entitlement(request: HttpRequest, name: str) -> HttpResponse:
    """Show an entitlement with all that belongs to it."""
    one = one_or_404(request, name)
    shown = told(office(request), one.id)
    book = Shown(office(request), request.locale)
    with reading(request) as conn:
        book.know(conn, [p for e in shown.entries for p in (e.debit, e.credit) if p])
    acts = [
        {
            "id": act,
            "words": _title(act),
            "why": f"work.why_{why}" if why else "",
        }
        for act in DOABLE
        if may(
            request,
            "entitlement",
            NEEDS.get(act, act),
            owner=one.party,
            state=one.state,
        )
        for why in [why_not(request, one, act)]
        if why not in ("no_objection", "not_here", "not_noticed")
    ]
    return desk(request, "work/entitlement.html", {
        **row(request, one),
        "told": shown,
        "history": _history(request, shown),
        "entries": [
            {
                "entry": e,
                "amount": amount(request, e.amount, e.commodity),
                "move": book.code(e.code),
                "debit": book.account(e.debit) if e.debit else "",
                "credit": book.account(e.credit) if e.credit else "",
            }
            for e in shown.entries
        ],
        "payments": [
            {"paid": p, "reason": _reason(request, p.reason)} for p in shown.payments
        ],
        "outcome": outcome_told(request, shown.answer.outcome, shown.answer.amount)
        if shown.answer
        else None,
        "clauses": shown.answer.clauses if shown.answer else (),
        "acts": acts,
        "may_see_book": may(request, "ledger", "see"),
        "may_see_decision": may(request, "run", "see")
        and may(request, "firm", "see", owner=one.party),
        "synthetic": one.synthetic,
    })  # fmt: skip


def _history(request: HttpRequest, shown: EntitlementTold) -> list[dict[str, Any]]:
    is_english = request.locale == "en"
    return [
        {
            "one": h,
            "act": ACTS[h.kind][is_english] if h.kind in ACTS else h.kind,
            "state": STATES[h.state][is_english],
            "reason": _reason(request, h.reason),
        }
        for h in shown.history
    ]


def _reason(request: HttpRequest, reason: str) -> str:
    return bank_reasons(office(request).region.id).get(reason, reason)


@asks("entitlement", "see")
def act_page(request: HttpRequest, name: str, act: str) -> HttpResponse:
    """Do one thing with an entitlement, with its reason."""
    if act not in DOABLE:
        raise Http404
    one = one_or_404(request, name, NEEDS.get(act, act))
    form, status, refused = _form(request, one, act), 200, None
    if act not in ("object", "decline"):
        del form.fields["behalf"]
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _do(request, one, act, form))
        except (UsageError, Refused) as error:
            refused, status = error, 409
    elif request.method == "POST":
        status = 422
    with reading(request) as conn:
        one = one_of(conn, name)
    why = why_not(request, one, act)
    return desk(request, "work/act.html", {
        **row(request, one),
        "act": act,
        "title": _title(act),
        "help": f"{_title(act)}_help",
        "is_ruling": act in RULINGS,
        "objection": _objection(request, name) if act in RULINGS else None,
        "why": f"work.why_{why}" if why else "",
        "refused": refused,
        "form": form,
        "danger": act in ("uphold", "decline", "withdraw"),
        "synthetic": one.synthetic,
    }, status)  # fmt: skip


def _do(request: HttpRequest, one: Entitlement, act: str, form: PageForm) -> str:
    memory, day = office(request), today()
    reason = form.cleaned_data["reason"]
    if act == "approve":
        made = approve(memory, on=day, names=[one.id], reason=reason)
        for problem in made.problems:
            messages.warning(request, fault_html(problem))
    elif act == "correct":
        return _correct(request, one, form)
    elif act in ("uphold", "dismiss"):
        settle(memory, one.id, upheld=act == "uphold", on=day, reason=reason)
    elif act == "withdraw":
        withdraw_one(memory, one.id, on=day, reason=reason)
    else:
        verb = object_to if act == "object" else decline
        behalf = form.cleaned_data["behalf"] or caller(request).behalf
        verb(memory, one.id, on=day, reason=reason, behalf=behalf)
    seal_book(memory)
    messages.success(request, html_word(f"work.done_{act}", request.locale))
    return reverse("work_entitlement", args=[one.id])


def _title(act: str) -> str:
    return "objection.act_correct" if act == "correct" else f"work.act_{act}"


def _form(request: HttpRequest, one: Entitlement, act: str) -> PageForm:
    """Return the form of an act; of a correction with the facts to choose from."""
    if act != "correct":
        return ActForm.of(request)
    form, memory, locale = CorrectForm.of(request), office(request), request.locale
    choices = []
    for key, fact in correctable(memory, one).items():
        held = in_words(stated_now(memory, one, key, today()), fact, locale=locale)
        name = fact_name({key[0]: fact}, key, locale=locale)
        said = word("objection.fact_now", locale, name=name, value=held)
        choices.append((key_text(key), said))
    form.fields["fact"].choices = choices
    return form


def _objection(request: HttpRequest, name: str) -> dict[str, Any] | None:
    """Return what is objected, in words; None where nothing is."""
    with reading(request) as conn:
        said = objection_of(history(conn, name))
    if said is None:
        return None
    return {"one": said, "what": ACTS[said.kind][request.locale == "en"]}


def _correct(request: HttpRequest, one: Entitlement, form: PageForm) -> str:
    """Uphold an objection by correcting a fact; lead to what is due now."""
    memory, given = office(request), form.cleaned_data
    key, text = read_key(given["fact"]), given["value"].strip()
    value: Value | Unknown = UNKNOWN
    if text not in UNSAID:
        typed = typed_facts(memory.region, [f"{given['fact']}={text}"], base_year=0)
        value = typed[key]
    made = uphold_by_correcting(
        memory, one.id, key, value, on=today(), reason=given["reason"]
    )
    seal_book(memory)
    for problem in made.problems:
        messages.warning(request, fault_html(problem))
    messages.success(request, html_word("objection.done_correct", request.locale))
    shown = one if made.now is None else made.now
    return reverse("work_entitlement", args=[shown.id])


urls = [
    path("work/entitlements/<str:name>", entitlement, name="work_entitlement"),
    path("work/entitlements/<str:name>/<str:act>", act_page, name="work_act"),
]
