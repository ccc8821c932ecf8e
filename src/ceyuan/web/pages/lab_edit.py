# SPDX-License-Identifier: Apache-2.0
"""J6: a reform is written, by form or as YAML; both are views of one draft."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from ceyuan.kernel import CeyuanError, RuleError, UsageError
from ceyuan.office.reform_job import start
from ceyuan.office.reform_text import MOST
from ceyuan.office.reforms import (
    Asking,
    SavedReform,
    check_day,
    last_version,
    save,
    usual_asking,
)
from ceyuan.office.runs import listed
from ceyuan.web.asking import asks, kept, office, once, reading, see
from ceyuan.web.pages.lab_apply import Taking
from ceyuan.web.pages.lab_draft import Draft, Typed, changes_told
from ceyuan.web.pages.lab_errors import Told, told_error
from ceyuan.web.pages.lab_fields import PolicyForm
from ceyuan.web.pages.lab_shared import reform_or_404, subjects_known
from ceyuan.web.showing import today
from ceyuan.web.words import word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from ceyuan.declarations import Rule

SAMPLE = "samples/reform.yaml"


@asks("reform", "save")
def new(request: HttpRequest) -> HttpResponse:
    """Let somebody write a reform: choose a policy first, or write YAML."""
    typed = kept(request)
    if request.method == "POST" or typed:
        return _Editing(request, request.POST or typed, was_kept=bool(typed)).answer()
    asking = usual_asking(office(request), today())
    if "policy" not in request.GET and "view" not in request.GET:
        return _choose(request, asking)
    draft = Draft.new()
    if "sample" in request.GET:
        draft = Draft.of((files("ceyuan") / SAMPLE).read_text(encoding="utf-8"))
    return _Editing(request, _said(request, draft, asking)).shown(draft)


@asks("reform", "save")
def edit(request: HttpRequest, name: str) -> HttpResponse:
    """Let somebody change a reform; what is saved is a further version of it."""
    found = reform_or_404(request, name, "save")
    typed = kept(request)
    if request.method == "POST" or typed:
        return _Editing(
            request, request.POST or typed, found, was_kept=bool(typed)
        ).answer()
    with reading(request) as conn:
        last = last_version(conn, found.name)
    if last is not None and not found.is_last and "anyway" not in request.GET:
        return redirect("lab_edit", last.id)
    draft = Draft.of(found.body)
    said = _said(request, draft, found.asking)
    return _Editing(request, said, found).shown(draft)


def _said(request: HttpRequest, draft: Draft, asking: Asking) -> dict[str, str]:
    first = next((str(c.get("policy", "")) for c in draft.changes), "")
    return {
        "view": request.GET.get("view", "form"),
        "policy": request.GET.get("policy", first),
        "as_of": asking.as_of.isoformat(),
        "by": " ".join(asking.by),
        "params": "\n".join(asking.params),
    }


def _choose(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Show the policies that can be changed, those first that can be tried."""
    region, words = office(request).region, request.GET.get("q", "").strip()
    runs = listed(office(request))
    counts = runs[0].counts if runs else {}
    known = subjects_known(request, asking.as_of)
    rows = [
        {
            "rule": rule,
            "holds": _holds(rule, counts),
            "can": rule.said.subject in known,
            "in_force": rule.in_force(rule.day(asking.as_of, asking.as_of.year - 1)),
        }
        for rule in region.rules.values()
        if words.lower() in f"{rule.id} {rule.said.zh} {rule.said.en}".lower()
    ]
    rows.sort(key=_order)
    return render(request, "lab/choose.html", {
        "rows": rows,
        "words": words,
        "run": runs[0] if runs else None,
        "synthetic": bool(runs and runs[0].synthetic),
        "step": 1,
    })  # fmt: skip


def _holds(rule: Rule, counts: Mapping[str, Mapping[str, int]]) -> int | None:
    """Return how many hold it now; None where nobody decided, or a person does."""
    if rule.id not in counts or rule.said.coverage != "full":
        return None
    return counts[rule.id].get("eligible", 0)


def _order(row: dict[str, Any]) -> tuple[bool, bool, int]:
    return not row["can"], not row["in_force"], -(row["holds"] or 0)


class _Editing:
    """One answer of the editor."""

    def __init__(
        self,
        request: HttpRequest,
        said: Mapping[str, str],
        found: SavedReform | None = None,
        *,
        was_kept: bool = False,
    ) -> None:
        self.request, self.said, self.found = request, said, found
        self.was_kept = was_kept
        self.region = office(request).region
        self.errors: list[Told] = []
        self.typed: Typed | None = None

    @property
    def view(self) -> str:
        return "yaml" if self.said.get("view") == "yaml" else "form"

    @property
    def asking(self) -> Asking:
        try:
            day = date.fromisoformat(self.said.get("as_of", ""))
            check_day(day)
        except (ValueError, UsageError):
            day = today()
        params = self.said.get("params", "").splitlines()
        return Asking(
            day,
            tuple(self.said.get("by", "").split()),
            tuple(one.strip() for one in params if one.strip()),
        )

    def answer(self) -> HttpResponse:
        """Return what a sent form leads to: a saved reform, or the editor again."""
        body = self.said.get("body", "").replace("\r\n", "\n")
        go = "" if self.was_kept else self.said.get("go", "save")
        try:
            draft = Draft.of(body) if body.strip() else Draft.new()
        except RuleError as error:
            return self._unreadable(body, error)
        if self.view == "form":
            draft.title(self.said)
            self._take(draft)
            if go in ("save", "run"):
                draft.finish(today())
        if go.startswith("drop."):
            place = go.removeprefix("drop.")
            draft.drop(int(place) if place.isdigit() else -1)
        if go in ("save", "run") and not draft.data.get("zh"):
            zh, en = (word("lab.name_asked", at) for at in ("zh", "en"))
            self.errors.append(Told(zh, en, field="zh"))
        if self.errors or go not in ("save", "run"):
            return self.shown(draft, view={"yaml": "yaml", "form": "form"}.get(go))
        try:
            return once(self.request, lambda: self._kept(draft, go))
        except (CeyuanError, RuleError) as error:
            text = draft.body if self.view == "yaml" else ""
            self.errors.append(told_error(error, draft, text=text))
            return self.shown(draft)

    def _take(self, draft: Draft) -> None:
        rule = self.region.rules.get(self.said.get("policy", ""))
        if rule is None:
            return
        self.typed = Typed(rule, self.said)
        form = PolicyForm(self.region, rule, draft, self.asking.as_of, "zh")
        Taking(draft, self.typed, form.today()).take()
        self.errors += [
            told_error(error, draft, field=f"f-{name}")
            for name, error in self.typed.wrong.items()
        ]

    def _kept(self, draft: Draft, go: str) -> str:
        previous = self.found.id if self.found else ""
        if self.found is not None and draft.data.get("reform") != self.found.name:
            previous = ""  # under another name it is a reform of its own
        made = save(office(self.request), draft.body, self.asking, previous=previous)
        if go == "run":
            see(self.request, "reform", "simulate", owner=made.actor)
            job = start(office(self.request), made, made.asking)
            return reverse("lab_result", args=[made.id, job.id])
        return reverse("lab_reform", args=[made.id])

    def _unreadable(self, body: str, error: RuleError) -> HttpResponse:
        self.errors.append(told_error(error, None, text=body))
        return self._page("yaml", None, body[: 2 * MOST])

    def shown(self, draft: Draft, *, view: str | None = None) -> HttpResponse:
        """Return the editor with a draft in it."""
        return self._page(view or self.view, draft, draft.body)

    def _page(self, view: str, draft: Draft | None, body: str) -> HttpResponse:
        policy = self.said.get("open") or self.said.get("policy", "")
        rule = self.region.rules.get(policy)
        form = None
        if draft is not None and rule is not None and view == "form":
            same = self.typed is not None and self.typed.rule is rule
            form = PolicyForm(
                self.region,
                rule,
                draft,
                self.asking.as_of,
                self.request.locale,
                self.typed if same and self.errors else None,
                dict(p.split("=", 1) for p in self.asking.params if "=" in p),
            )
        if view == "form" and draft is None:
            raise Http404
        said = {
            "view": view,
            "draft": draft,
            "body": body,
            "form": form,
            "rule": rule,
            "rules": self.region.rules,
            "errors": self.errors,
            "found": self.found,
            "asking": self.asking,
            "params": "\n".join(self.asking.params),
            "said": self.said,
            "changes": changes_told(draft, self.region) if draft else [],
            "was_kept": self.was_kept,
            "step": 1,
        }
        status = 422 if self.errors else 200
        return render(self.request, "lab/edit.html", said, status=status)


urls = [
    path("lab/new", new, name="lab_new"),
    path("lab/<str:name>/edit", edit, name="lab_edit"),
]
