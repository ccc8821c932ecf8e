# SPDX-License-Identifier: Apache-2.0
"""J1: a firm's own acts: see its data, say that a fact is wrong, object, decline, try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.urls import path, reverse

from ceyuan.kernel import UNKNOWN, UsageError
from ceyuan.office.correcting import claim, claims
from ceyuan.office.entitlements import MEANT, decline, object_to, one_of
from ceyuan.office.firm_sheet_values import key_text, read_key
from ceyuan.office.firm_typed import told_wrong
from ceyuan.office.firm_why import place
from ceyuan.office.firms import Firm
from ceyuan.office.parameters import typed_facts
from ceyuan.office.phrases import unit_name
from ceyuan.office.stating import in_words
from ceyuan.policies import fact_name
from ceyuan.web.asking import caller, is_part, office, once, reading, see, to_login
from ceyuan.web.forms import PageForm
from ceyuan.web.pages import firm_try
from ceyuan.web.pages.firm import Asked, firm_of
from ceyuan.web.pages.firm_list import list_wrong, source_name
from ceyuan.web.showing import today
from ceyuan.web.words import LOCALES, later, word

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.declarations.facts import Fact
    from ceyuan.language import FactKey

UNKNOWN_WORD = "?"


def data(request: HttpRequest, code: str = "") -> HttpResponse:
    """Show what is held of a firm: each value, who states it, what others say."""
    if not caller(request).name:
        return to_login(request)
    asked = firm_of(request, code)
    said = [one for one in claims(office(request)) if one.org == asked.sheet.org]
    words = request.GET.get("q", "").strip()
    every = _rows(request, asked)
    rows = [one for one in every if words.lower() in one["names"]]
    template = "firm/data_table.html" if is_part(request) else "firm/data.html"
    return render(request, template, {
        "asked": asked,
        "sheet": asked.sheet,
        "rows": rows,
        "total": len(every),
        "words": words,
        "differs": sum(one["differs"] for one in every),
        "lists": asked.sheet.facts.linked,
        "claims": [_claim(request, asked, one) for one in reversed(said)],
        "synthetic": asked.sheet.synthetic,
    })  # fmt: skip


def _rows(request: HttpRequest, asked: Asked) -> list[dict[str, Any]]:
    facts, locale = asked.region.facts, request.locale
    sources = office(request).records.sources
    found = []
    for key, stated in asked.sheet.stated.items():
        fact = facts.get(key[0])
        if fact is None:
            continue
        found.append(
            {
                "typed": key_text(key),
                "name": fact_name(facts, key, locale=locale),
                # Found by either name, and by the id of those who know it.
                "names": " ".join(
                    (
                        *(fact_name(facts, key, locale=one) for one in LOCALES),
                        key_text(key),
                    )
                ).lower(),
                "value": _value(stated.value, fact, locale),
                "unknown": stated.value is UNKNOWN,
                "place": place(asked.sheet, key, sources, locale),
                "differs": stated.differs,
                "others": [
                    (
                        source_name(sources, one.source, locale),
                        _value(one.value, fact, locale),
                    )
                    for one in stated.others
                ],
            }
        )
    return sorted(found, key=lambda one: (not one["differs"], one["name"]))


def _value(value: Any, fact: Any, locale: str) -> str:
    return "—" if value is UNKNOWN else in_words(value, fact, locale=locale)


def _claim(request: HttpRequest, asked: Asked, one: Any) -> dict[str, Any]:
    fact = asked.region.facts[one.attribute]
    key = (one.attribute, one.year)
    return {
        "claim": one,
        "name": fact_name(asked.region.facts, key, locale=request.locale),
        "claimed": _value(one.claimed, fact, request.locale),
        "stated": _value(one.stated, fact, request.locale),
    }


class ClaimForm(PageForm):
    """What a fact should be, and how it can be seen."""

    value = forms.CharField(
        label=later("firm.claim_value"),
        help_text=later("firm.claim_value_help"),
        max_length=200,
    )
    reason = forms.CharField(
        label=later("firm.claim_reason"),
        help_text=later("firm.claim_reason_help"),
        widget=forms.Textarea,
        max_length=4000,
    )


def correct(request: HttpRequest, fact: str, code: str = "") -> HttpResponse:
    """Take that a fact is said to be wrong; somebody else decides."""
    if not caller(request).name:
        return to_login(request)
    asked = firm_of(request, code)
    key = _key(asked, fact)
    see(request, "fact", "claim", owner=asked.code)
    if asked.region.facts[key[0]].kind == "records":
        return list_wrong(request, asked, key[0])
    form = _claim_form(request, asked.region.facts[key[0]])
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["value"]
        try:
            claimed = _typed(asked, key, text)
        except UsageError as error:
            entry = f"{key_text(key)}={text}"
            wrong = told_wrong(asked.region, entry, error, request.locale)
            form.add_error("value", f"{wrong.what} {wrong.mend}")
        else:

            def act() -> str:
                claim(
                    office(request),
                    Firm(asked.sheet.org, asked.sheet.code, asked.sheet.name),
                    key,
                    claimed,
                    reason=form.cleaned_data["reason"],
                    as_of=today(),
                    role="firm",
                )
                messages.success(request, word("firm.claim_taken", request.locale))
                return f"{asked.prefix}/data"

            return once(request, act)
    stated = asked.sheet.stated.get(key)
    said = asked.region.facts[key[0]]
    return render(request, "firm/claim.html", {
        "asked": asked,
        "form": form,
        "name": fact_name(asked.region.facts, key, locale=request.locale),
        "value": "—" if stated is None else _value(stated.value, said, request.locale),
        "place": place(asked.sheet, key, office(request).records.sources, request.locale),
    }, status=422 if form.errors else 200)  # fmt: skip


def _claim_form(request: HttpRequest, fact: Fact) -> PageForm:
    """Return the form of a claim: a choice where the fact has few values."""
    form, at = ClaimForm.of(request), request.locale
    unsure = (UNKNOWN_WORD, word("facts.unsure", at))
    if fact.kind == "flag":
        yes = ("是", word("facts.yes", at)), ("否", word("facts.no", at))
        form.fields["value"] = forms.ChoiceField(
            label=word("firm.claim_value", at),
            widget=forms.RadioSelect,
            choices=[*yes, unsure],
        )
    elif fact.kind == "code":
        codes = [(c, one.en if at == "en" else one.zh) for c, one in fact.codes.items()]
        form.fields["value"] = forms.ChoiceField(
            label=word("firm.claim_value", at), choices=[*codes, unsure]
        )
    else:
        help_ = {
            "number": word("facts.number", at, unit=unit_name(fact.unit or "1", at)),
            "date": word("facts.date", at),
        }
        form.fields["value"].help_text = help_.get(fact.kind, word("facts.text", at))
    return form


def _key(asked: Asked, text: str) -> FactKey:
    try:
        key = read_key(text)
    except ValueError as error:
        raise Http404 from error
    if key[0] not in asked.region.facts:
        raise Http404
    return key


def _typed(asked: Asked, key: FactKey, text: str) -> Any:
    if text.strip() == UNKNOWN_WORD:
        return UNKNOWN
    said = f"{key_text(key)}={text}"
    return typed_facts(asked.region, [said], base_year=asked.sheet.year)[key]


class ReasonForm(PageForm):
    """Why."""

    reason = forms.CharField(
        label=later("firm.reason"), widget=forms.Textarea, max_length=4000
    )


class ObjectForm(ReasonForm):
    """What an objection means, and why."""

    meant = forms.ChoiceField(
        label=later("objection.meant"),
        widget=forms.RadioSelect,
        choices=[(one, later(f"objection.meant_{one}")) for one in MEANT],
    )
    field_order = ("meant", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = later("objection.reason_help")


def object_(request: HttpRequest, name: str, what: str) -> HttpResponse:
    """Take an objection to an entitlement, or that it is not wanted."""
    if not caller(request).name:
        return to_login(request)
    try:
        with reading(request) as conn:
            one = one_of(conn, name)
    except UsageError as error:
        raise Http404 from error
    see(request, "entitlement", "see", owner=one.party, state=one.state)
    see(request, "entitlement", what, owner=one.party, state=one.state)
    form = (ObjectForm if what == "object" else ReasonForm).of(request)
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = {**form.cleaned_data, "on": today()}

        def act() -> str:
            verb = object_to if what == "object" else decline
            verb(office(request), name, behalf=caller(request).behalf, **given)
            messages.success(request, word(f"firm.{what}_taken", request.locale))
            return reverse("me_policy", args=[one.policy])

        return once(request, act)
    return render(request, "firm/object.html", {
        "form": form,
        "one": one,
        "rule": office(request).region.rules.get(one.policy),
        "what": what,
        "title": f"firm.{what}_title",
        "lead": f"firm.{what}_lead",
        "synthetic": one.synthetic,
    }, status=422 if form.errors else 200)  # fmt: skip


urls = [
    *firm_try.urls,
    path("me/data", data, name="me_data"),
    path("me/data/<str:fact>", correct, name="me_correct"),
    path("firms/<str:code>/data", data, name="firm_data"),
    path("firms/<str:code>/data/<str:fact>", correct, name="firm_correct"),
    path(
        "me/entitlements/<path:name>/object",
        object_,
        {"what": "object"},
        name="me_object",
    ),
    path(
        "me/entitlements/<path:name>/decline",
        object_,
        {"what": "decline"},
        name="me_decline",
    ),
]
