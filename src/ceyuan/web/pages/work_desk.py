# SPDX-License-Identifier: Apache-2.0
"""What the pages of the officer's desk have in common: tabs, pages of lists, progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import psycopg
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from ceyuan.declarations.instrument import shown
from ceyuan.kernel import UsageError, show_money
from ceyuan.ledger.sealing import OFFICE_TIME
from ceyuan.office.jobs import job_of
from ceyuan.office.kept_answers import asked, last_answered, last_asked
from ceyuan.office.permissions import where
from ceyuan.office.users import load_roles
from ceyuan.web.asking import caller, is_part, may, office, reading, see
from ceyuan.web.showing import money_text
from ceyuan.web.words import word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from django.http import HttpRequest

    from ceyuan.declarations.facts import Fact
    from ceyuan.office.jobs import Job

PER = 50
TABS = (
    # id of the words, name of the page, what one must be allowed
    ("todo", "work", ("overview", "see")),
    ("imports", "work_imports", ("import", "list")),
    ("disagreements", "work_disagreements", ("disagreement", "list")),
    ("claims", "work_claims", ("claim", "list")),
    ("runs", "work_runs", ("run", "list")),
    ("entitlements", "work_entitlements", ("entitlement", "list")),
    ("ladder", "work_ladder", ("ladder", "see")),
    ("parameters", "work_parameters", ("parameter", "list")),
    ("requests", "work_requests", ("request", "list")),
    ("jobs", "work_jobs", ("job", "list")),
)


def desk(
    request: HttpRequest, template: str, said: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Return a page of the desk, its tabs above it."""
    here = request.path
    tabs = []
    for words, page, needs in TABS:
        if may(request, *needs):
            to = reverse(page)
            is_here = here == to or (page != "work" and here.startswith(f"{to}/"))
            tabs.append({"words": f"work.tab_{words}", "to": to, "here": is_here})
    return render(request, template, {"tabs": tabs, **said}, status=status)


def allowed(request: HttpRequest, type_: str, action: str) -> tuple[str, list[Any]]:
    """Return the predicate of the rows with which who asks may do something."""
    declared = load_roles(office(request).region.id)
    return where(declared, caller(request), type_, action)


@dataclass(frozen=True, slots=True)
class Paged:
    """Where in a list one is.

    Args:
        page: The page, from 1.
        count: How many there are in all.
        per: So many on a page.
        query: What else the address says, ready to stand before `page=`.
    """

    page: int
    count: int
    per: int
    query: str

    @property
    def last(self) -> int:
        """Return the last page."""
        return max(1, -(-self.count // self.per))

    @property
    def first_row(self) -> int:
        """Return the number of the first row on the page; 0 where there is none."""
        return min(self.count, (self.page - 1) * self.per + 1)

    @property
    def last_row(self) -> int:
        """Return the number of the last row on the page."""
        return min(self.count, self.page * self.per)

    @property
    def before(self) -> str:
        """Return the address of the page before; empty on the first."""
        return f"?{self.query}page={self.page - 1}" if self.page > 1 else ""

    @property
    def after(self) -> str:
        """Return the address of the page after; empty on the last."""
        return f"?{self.query}page={self.page + 1}" if self.page < self.last else ""


def page_number(request: HttpRequest) -> int:
    """Return which page of a list is asked for; the first where that cannot be read."""
    said = request.GET.get("page", "")
    return (
        max(1, int(said)) if said.isascii() and said.isdigit() and len(said) < 8 else 1
    )


def paged(request: HttpRequest, count: int, per: int = PER) -> Paged:
    """Return where in a list of so many one is; past its end is its end."""
    query = request.GET.copy()
    query.pop("page", None)
    text = query.urlencode()
    last = max(1, -(-count // per))
    return Paged(
        min(page_number(request), last), count, per, f"{text}&" if text else ""
    )


def cut(found: Sequence[Any], at: Paged) -> Sequence[Any]:
    """Return the rows of a page."""
    return found[(at.page - 1) * at.per : at.page * at.per]


def given(request: HttpRequest, name: str) -> str:
    """Return what an address says under a name; empty where it says nothing."""
    return request.GET.get(name, "").strip()


def number(said: str, default: int = 0) -> int:
    """Return a whole number that an address says; the default where it says none."""
    return int(said) if said.isascii() and said.isdigit() and len(said) < 8 else default


def policy_name(request: HttpRequest, policy: str) -> str:
    """Return what a policy is called; its id where it is not declared any more."""
    rule = office(request).region.rules.get(policy)
    if rule is None:
        return policy
    return rule.said.en if request.locale == "en" else rule.said.zh


def named(request: HttpRequest, thing: Any, name: str) -> str:
    """Return what something that has a name in both languages is called."""
    if thing is None:
        return name
    return thing.en if request.locale == "en" else thing.zh


def amount(request: HttpRequest, smallest: int | None, commodity: str) -> str:
    """Return an amount as people read it: money, or in its own unit."""
    if smallest is None or commodity == "CNY":
        return money_text(smallest, request.locale)
    said = office(request).declared.instruments.commodities.get(commodity)
    if said is None:
        return f"{smallest:,} {commodity}"
    return shown(smallest, said, locale=request.locale)


def column_money(request: HttpRequest, fen: int) -> str:
    """Return an amount for a column of one unit: 万元, or thousands."""
    if request.locale == "en":
        return show_money(fen * 10, unit="万元", with_unit=False)
    return show_money(fen, unit="万元", with_unit=False)


def exact(request: HttpRequest, value: object, said: Fact) -> str:
    """Return money to the last fen, where a rounded figure would hide a difference."""
    if not isinstance(value, (int, Fraction)) or isinstance(value, bool):
        return ""
    if not said.measure.is_money:
        return ""
    text = show_money(value, unit="元", with_unit=False)
    return word("work.yuan", request.locale, amount=text)


@dataclass(frozen=True, slots=True)
class Amounts:
    """How the amounts of one column are written: the unit in the heading, if it can.

    Args:
        request: Whose language.
        is_money: All of them are money: each is in yuan, to the last fen.
    """

    request: HttpRequest
    is_money: bool

    @property
    def head(self) -> str:
        """Return the id of the heading's words."""
        return "work.amount_yuan" if self.is_money else "work.amount"

    def cell(self, smallest: int, commodity: str) -> str:
        """Return an amount as a cell has it."""
        if self.is_money:
            return show_money(smallest, unit="元", with_unit=False)
        return amount(self.request, smallest, commodity)


def amounts(request: HttpRequest, commodities: Iterable[str]) -> Amounts:
    """Return how the amounts of a column are written."""
    return Amounts(request, set(commodities) <= {"CNY"})


def found_or_404(look: Callable[[], Any]) -> Any:
    """Return what is looked for; what is not there is a page that is not there."""
    try:
        return look()
    except (UsageError, psycopg.DataError) as error:  # a number or a sign too odd
        raise Http404 from error


def job_or_404(request: HttpRequest, name: str, kind: str = "") -> Job:
    """Return a job that one may see; of one kind where that is said."""
    with reading(request) as conn:
        job = found_or_404(lambda: job_of(conn, name))
    if kind and job.kind != kind:
        raise Http404
    see(request, "job", "see", owner=job.actor)
    return job


def waiting(
    request: HttpRequest, job: Job, *, title: str, back: str
) -> HttpResponse | None:
    """Return the page that tells how far a job is; None once it is done.

    Args:
        request: The request for the page that shows what comes of it.
        job: The job.
        title: Id of the words of the heading.
        back: Where to go back to.
    """
    asks_part = is_part(request) and request.htmx.target == "progress"
    if job.state == "done":
        if asks_part:
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return None
    said = {"job": job, "title": title, "back": back, "here": request.get_full_path()}
    if asks_part:
        return render(request, "work/progress_part.html", said)
    return desk(request, "work/progress.html", said)


def answer_kept(
    request: HttpRequest,
    kind: str,
    said: Mapping[str, Any],
    same: Mapping[str, Any],
    *,
    title: str,
) -> Job | HttpResponse:
    """Return the answer to a question that takes long, or the page that stands for it.

    Reading a page starts nothing: it shows the last answer there is, says whether
    more is known by now, and offers to work it out; only that (a POST) makes a job.

    Args:
        request: The request.
        kind: The kind of question.
        said: The question, with what its answer rests on.
        same: Those of its words which an older answer has to share.
        title: Id of the words of the heading.
    """
    if request.method == "POST":
        with office(request).transaction() as conn:
            asked(conn, kind, said, actor=caller(request).name)
        return HttpResponseRedirect(request.get_full_path())
    with reading(request) as conn:
        now = last_asked(conn, kind, said)
        before = last_answered(conn, kind, same) if now is None else None
    if now is not None:
        return waiting(request, now, title=title, back=reverse("work")) or now
    if before is not None:
        return before
    here = request.get_full_path()
    return desk(request, "work/unasked.html", {"title": title, "here": here})


def days_since(moment: datetime | None) -> int | None:
    """Return how many days something has waited, by the clock that wrote the moment.

    A demonstration stands at a day of its own (`today`), moments are those of the
    real clock: what was filed a minute ago has not waited since the day before it.
    """
    if moment is None:
        return None
    now = datetime.now(OFFICE_TIME).date()
    return max(0, (now - moment.astimezone(OFFICE_TIME).date()).days)
