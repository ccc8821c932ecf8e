# SPDX-License-Identifier: Apache-2.0
"""J1: a firm's own acts: see its data, say that a fact is wrong, object, decline, try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse

from ceyuan.kernel import UNKNOWN, UsageError
from ceyuan.office.correcting import claim, claims
from ceyuan.office.entitlements import MEANT, decline, object_to, one_of
from ceyuan.office.firm_sheet_values import key_text, read_key
from ceyuan.office.firm_trying import try_out
from ceyuan.office.firm_why import place
from ceyuan.office.firms import Firm
from ceyuan.office.parameters import typed_facts
from ceyuan.office.stating import in_words
from ceyuan.policies import fact_name
from ceyuan.web.asking import caller, is_part, office, once, reading, see, to_login
from ceyuan.web.forms import PageForm
from ceyuan.web.pages.firm import Asked, firm_of
from ceyuan.web.showing import today
from ceyuan.web.words import later, word

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ceyuan.language import FactKey

UNKNOWN_WORD = "?"


def data(request: HttpRequest, code: str = "") -> HttpResponse:
    """Show what is held of a firm: each value, who states it, what others say."""
    if not caller(request).name:
        return to_login(request)
    asked = firm_of(request, code)
    said = [one for one in claims(office(request)) if one.org == asked.sheet.org]
    words = request.GET.get("q", "").strip()
    rows = [
        one
        for one in _rows(request, asked)
        if not words or words.lower() in one["name"].lower()
    ]
    template = "firm/data_table.html" if is_part(request) else "firm/data.html"
    return render(request, template, {
        "asked": asked,
        "sheet": asked.sheet,
        "rows": rows,
        "words": words,
        "differs": sum(one["differs"] for one in rows),
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
                "value": _value(stated.value, fact, locale),
                "unknown": stated.value is UNKNOWN,
                "place": place(asked.sheet, key, sources, locale),
                "differs": stated.differs,
                "others": [
                    (
                        _source(sources, one.source, locale),
                        _value(one.value, fact, locale),
                    )
                    for one in stated.others
                ],
            }
        )
    return sorted(found, key=lambda one: (not one["differs"], one["name"]))


def _value(value: Any, fact: Any, locale: str) -> str:
    return "—" if value is UNKNOWN else in_words(value, fact, locale=locale)


def _source(sources: Any, name: str, locale: str) -> str:
    said = sources.get(name)
    return name if said is None else (said.en if locale == "en" else said.zh)


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
    form = ClaimForm.of(request)
    if request.method == "POST" and form.is_valid():
        try:
            claimed = _typed(asked, key, form.cleaned_data["value"])
        except UsageError as error:
            form.add_error("value", f"{error.message} {error.hint}")
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
                return f"{asked.prefix}/data#claims"

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


def trying(request: HttpRequest, code: str = "") -> HttpResponse:
    """Change values and see every policy turn; the values stand in the address."""
    if not caller(request).name:
        return to_login(request)
    asked = firm_of(request, code, "try")
    sets = [one.strip() for one in request.GET.getlist("set") if one.strip()]
    fact, value = (
        request.GET.get("fact", "").strip(),
        request.GET.get("value", "").strip(),
    )
    if fact and value:
        kept = [one for one in sets if one.partition("=")[0] != fact]
        query = urlencode([("set", one) for one in [*kept, f"{fact}={value}"]])
        return redirect(f"{request.path}?{query}")
    tried = try_out(asked.sheet, asked.region, sets[:20], locale=request.locale)
    template = "firm/tried.html" if is_part(request) else "firm/try.html"
    return render(request, template, {
        "asked": asked,
        "sheet": asked.sheet,
        "tried": tried,
        "sets": sets[:20],
        "without": [(one, urlencode([("set", s) for s in sets if s != one])) for one in sets],
        "facts": _changeable(request, asked),
        "fact": fact,
        "synthetic": asked.sheet.synthetic,
    })  # fmt: skip


def _changeable(request: HttpRequest, asked: Asked) -> list[tuple[str, str]]:
    """Return what can be tried: fact and year as they are typed, and their names."""
    facts = asked.region.facts
    keys = {key for key in asked.sheet.facts.values if key[0] in facts}
    keys |= {key for key in asked.sheet.missing if key[0] in facts}
    keys = {k for k in keys if k[1] is None or k[1] >= asked.sheet.year - 1}
    found = [
        (key_text(key), fact_name(facts, key, locale=request.locale))
        for key in keys
        if facts[key[0]].kind in ("number", "flag", "date", "code", "codes")
    ]
    return sorted(found, key=lambda pair: pair[1])


urls = [
    path("me/data", data, name="me_data"),
    path("me/try", trying, name="me_try"),
    path("me/data/<str:fact>", correct, name="me_correct"),
    path("firms/<str:code>/data", data, name="firm_data"),
    path("firms/<str:code>/try", trying, name="firm_try"),
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
