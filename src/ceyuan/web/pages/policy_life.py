# SPDX-License-Identifier: Apache-2.0
"""How a policy lives: its stages, and what people say of it in consultation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.urls import path, reverse

from ceyuan.kernel import UsageError
from ceyuan.office.comments import MOST_TEXT as MOST_SAID
from ceyuan.office.comments import comment, comments, reply
from ceyuan.office.overview import forget
from ceyuan.office.permissions import PUBLIC
from ceyuan.office.policy_life import (
    STAGES,
    add_stage,
    begin_draft,
    consultation,
    life,
    stages,
    strike,
)
from ceyuan.office.policy_texts import official_texts
from ceyuan.web.asking import (
    asks,
    caller,
    kept,
    may,
    office,
    once,
    reading,
    see,
    to_login,
)
from ceyuan.web.forms import PageForm
from ceyuan.web.pages.policies import draft_or_404, frame_of
from ceyuan.web.showing import today
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import later, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from ceyuan.declarations import Rule
    from ceyuan.office.policy_life import Draft


def _day_field(name: str, *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=later(name),
        required=required,
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class StageForm(PageForm):
    """A stage, its days, and what stands for it."""

    stage = forms.ChoiceField(label=later("policies.stage"))
    since = _day_field("policies.since")
    until = _day_field("policies.stage_until", required=False)
    document = forms.CharField(
        label=later("policies.document"), max_length=500, required=False
    )
    note = forms.CharField(label=later("policies.note"), max_length=500, required=False)


class CommentForm(PageForm):
    """What somebody says."""

    article = forms.ChoiceField(label=later("policies.of_article"), required=False)
    body = forms.CharField(
        label=later("policies.your_comment"),
        help_text=later("policies.your_comment_help"),
        max_length=MOST_SAID,
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": MOST_SAID}),
    )
    signed = forms.BooleanField(label=later("policies.signed"), required=False)


class DraftForm(PageForm):
    """The name of a policy that is not encoded yet."""

    name = forms.CharField(label=later("policies.draft_name"), max_length=500)


@asks("policy", "see")
def policy_life(request: HttpRequest, name: str) -> HttpResponse:
    """Show the life of a policy; take a stage, a comment, an answer."""
    rule = office(request).region.rules.get(name)
    draft = None if rule is not None else draft_or_404(request, name)
    do = request.POST.get("do", "") if request.method == "POST" else ""
    if do == "comment" and caller(request) is PUBLIC and not _may_comment(request):
        return to_login(request)
    typed = kept(request)
    pages = _Pages(request, name, rule, draft, do, typed)
    if do in _DOES:
        done = _DOES[do](pages)
        if done is not None:
            return done
    elif do:
        raise Http404
    return pages.show()


def _may_comment(request: HttpRequest) -> bool:
    """Return whether who asks may comment where a consultation is open."""
    return may(request, "policy", "comment", state="consultation")


def draft_page(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Show a draft: its life, its text, what people say."""
    return _Pages(request, draft.id, None, draft, "", {}).show()


class _Pages:
    """One policy's life while a page of it is made."""

    def __init__(
        self,
        request: HttpRequest,
        name: str,
        rule: Rule | None,
        draft: Draft | None,
        do: str,
        typed: Mapping[str, str],
    ) -> None:
        self.request, self.name, self.rule, self.draft = request, name, rule, draft
        with reading(request) as conn:
            self.stages = stages(conn, name)
            self.texts = official_texts(conn, name)
            self.comments = (
                comments(conn, name) if may(request, "comment", "see") else []
            )
        self.open = consultation(self.stages, today())
        self.problem = ""
        given = request.POST if do else None
        self.stage_form = StageForm(given if do == "stage" else None)
        self.comment_form = CommentForm(
            given if do == "comment" else None, initial=typed if not do else None
        )
        self.comment_form.was_kept = bool(typed)
        chosen = self.comment_form.fields["article"]
        chosen.choices = [
            ("", word("policies.whole", request.locale)),
            *self._articles(),
        ]
        self.stage_form.fields["stage"].choices = [
            (key, names[request.locale == "en"]) for key, names in STAGES.items()
        ]

    def _articles(self) -> list[tuple[str, str]]:
        if self.rule is None:
            return [(name, name) for name in self.texts]
        said = self.rule.said
        documents = {
            key: d.number or (d.en if self.request.locale == "en" and d.en else d.zh)
            for key, d in said.documents.items()
        }
        return [
            (key, f"{documents[a.document]} {a.article}")
            for key, a in said.articles.items()
        ]

    def here(self, part: str = "") -> str:
        """Return the address of the page."""
        return reverse("policy_life", args=[self.name]) + (f"#{part}" if part else "")

    def show(self) -> HttpResponse:
        """Return the page."""
        request, rule = self.request, self.rule
        if rule is not None:
            frame = {**frame_of(request, rule, "life"), "consultation": self.open}
        else:
            frame = {"draft": self.draft, "tab": "life", "consultation": self.open}
        bad = self.problem or self.stage_form.errors or self.comment_form.errors
        return render(
            request,
            "policies/life.html" if rule is not None else "policies/draft.html",
            {
                **frame,
                "name": self.name,
                "moments": life(rule, self.stages, request.locale),
                "stages": STAGES,
                "on": today(),
                "comments": self.comments,
                "texts": self.texts,
                "articles": dict(self._articles()),
                "form": self.comment_form,
                "stage_form": self.stage_form,
                "problem": self.problem,
                "may_set": may(request, "policy_stage", "set"),
                "may_load": may(request, "policy_text", "load"),
                "may_answer": may(request, "comment", "answer"),
                "may_comment": self.open is not None and _may_comment(request),
                "most": MOST_SAID,
            },
            status=422 if bad else 200,
        )


def _stage(pages: _Pages) -> HttpResponse | None:
    see(pages.request, "policy_stage", "set")
    form = pages.stage_form
    if not form.is_valid():
        return None

    def act() -> str:
        add_stage(office(pages.request), pages.name, **form.cleaned_data)
        forget()
        return pages.here()

    try:
        return once(pages.request, act)
    except UsageError as error:
        form.add_error(None, fault_html(error))
        return None


def _strike(pages: _Pages) -> HttpResponse | None:
    see(pages.request, "policy_stage", "set")
    number = pages.request.POST.get("number", "")
    if not number.isdecimal() or len(number) > 18:
        raise Http404

    def act() -> str:
        strike(
            office(pages.request),
            pages.name,
            int(number),
            reason=pages.request.POST.get("reason", "")[:500],
            on=today(),
        )
        forget()
        return pages.here()

    return once(pages.request, act)


def _comment(pages: _Pages) -> HttpResponse | None:
    request, form = pages.request, pages.comment_form
    state = "consultation" if pages.open is not None else "issued"
    see(request, "policy", "comment", state=state)
    if not form.is_valid():
        return None
    said = form.cleaned_data

    def act() -> str:
        number = comment(
            office(request),
            pages.name,
            said["body"],
            article=said["article"],
            display=_signature(request) if said["signed"] else "",
            on=today(),
        )
        return pages.here(f"c{number}")

    try:
        done = once(request, act)
    except UsageError as error:
        form.add_error("body", fault_html(error))
        return None
    messages.success(request, word("policies.comment_done", request.locale))
    return done


def _signature(request: HttpRequest) -> str:
    """Return the name under which somebody signs: as the office calls him."""
    from ceyuan.office.users import users

    who = caller(request)
    with reading(request) as conn:
        user = next((u for u in users(conn) if u.name == who.name), None)
    return (user.display or user.name) if user is not None else who.name


def _answer(pages: _Pages) -> HttpResponse | None:
    see(pages.request, "comment", "answer")
    number = pages.request.POST.get("number", "")
    if not number.isdecimal() or len(number) > 18:
        raise Http404

    def act() -> str:
        body = pages.request.POST.get("body", "")
        reply(office(pages.request), pages.name, int(number), body)
        return pages.here(f"c{number}")

    try:
        return once(pages.request, act)
    except UsageError as error:
        pages.problem = fault_html(error)
        return None


_DOES = {"stage": _stage, "strike": _strike, "comment": _comment, "answer": _answer}


@asks("policy_stage", "set")
def policy_new(request: HttpRequest) -> HttpResponse:
    """Begin the life of a policy that is not encoded yet."""
    form = DraftForm.of(request)
    if request.method == "POST" and form.is_valid():

        def act() -> str:
            name = begin_draft(office(request), form.cleaned_data["name"], on=today())
            forget()
            return reverse("policy_life", args=[name])

        return once(request, act)
    status = 422 if form.errors else 200
    return render(request, "policies/new.html", {"form": form}, status=status)


urls = [
    path("policies/new", policy_new, name="policy_new"),
    path("policies/<str:name>/life", policy_life, name="policy_life"),
]
