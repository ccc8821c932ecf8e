# SPDX-License-Identifier: Apache-2.0
"""The interface: the policy library. Everybody may read it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router
from pydantic import Field

from ceyuan.declarations import Rule
from ceyuan.office.comments import comments as comments_on
from ceyuan.office.permissions import PUBLIC, can
from ceyuan.office.policy_changes import dated, redline, versions
from ceyuan.office.policy_life import consultation, is_draft, life, stages
from ceyuan.office.policy_list import Search, one_listed
from ceyuan.office.policy_list import policies as listed
from ceyuan.office.policy_parameters import office_values, parameters
from ceyuan.office.policy_texts import official_texts
from ceyuan.office.policy_told import SURE, shown_day, tell
from ceyuan.office.policy_words import policy_words
from ceyuan.office.settings import all_settings, settings_in_force
from ceyuan.office.users import load_roles
from ceyuan.web.api.listing import Cursor, Limit, cut
from ceyuan.web.api.operations import operation
from ceyuan.web.api.shapes import Counted, Name, Shape, text, tongue
from ceyuan.web.asking import may, office, reading
from ceyuan.web.pages.policies import draft_or_404
from ceyuan.web.showing import today

router = Router(tags=["policies"])
Choice = Annotated[str, text(80)]
Day = Annotated[
    date | None, Query(None, description="As of which day; today by default.")
]


class PolicyRow(Shape):
    """One policy as the library lists it."""

    id: str
    zh: str
    en: str
    summary_zh: str
    summary_en: str
    kind: str = Field(description="`benefit`, `status` or `definition`.")
    subject: str = Field(description="Whose facts are read: `firm`, `loan`, …")
    level: str = Field(description="The region whose policy it is.")
    from_: date = Field(serialization_alias="from")
    until: date | None
    state: str = Field(description="`in_force`, `ended` or `coming`, on the day.")
    sure: str = Field(description="How sure its text is.")
    coverage: str = Field(description="`full`, or `partial`: some of it is encoded.")
    numbers: list[str] = Field(description="Numbers of its documents.")


class PolicyList(Counted):
    """Policies."""

    items: list[PolicyRow]


class Condition(Shape):
    """One row of what a clause asks; deeper rows belong to the one above."""

    depth: int
    kind: str
    text: str
    asked: str
    line: str = Field(description="The parameter that the number is; may be empty.")
    is_set: bool


class Asked(Shape):
    """A clause, or a condition of to whom the policy applies."""

    id: str
    is_scope: bool
    name: str
    rows: list[Condition]
    text: str = Field(description="As the machine reads it.")
    from_: date | None = Field(serialization_alias="from")
    until: date | None
    in_force: bool


class PolicyArticle(Shape):
    """An article, what was made of it, and the official words where they are loaded."""

    id: str
    number: str
    document: str
    restated: str
    sure: str
    sure_words: str
    asked: list[Asked]
    official: str | None = None
    official_source: str | None = None


class Document(Shape):
    """A document that the policy restates."""

    id: str
    title: str
    number: str
    issuer: str
    date: date | None
    sure: str
    sure_words: str


class FigureCase(Shape):
    """One case of a figure: when it holds (empty: always), and what it is."""

    when: str
    value: str


class Figure(Shape):
    """A computed figure."""

    id: str
    name: str
    cases: list[FigureCase]


class Policy(Shape):
    """One policy, as of a day, in one language."""

    id: str
    day: date
    name: str
    summary: str
    state: str
    documents: list[Document]
    articles: list[PolicyArticle]
    together: list[Condition]
    amount: Figure | None
    basis: str
    figures: list[Figure]
    uncovered: list[str]
    sure: str
    sure_words: str
    worked_cases: int
    consultation_until: date | None


class ParameterValue(Shape):
    """One dated value of a parameter."""

    text: str
    rows: list[dict[str, str]]
    from_: date | None = Field(serialization_alias="from")
    until: date | None
    in_force: bool
    article: str
    sure: str
    by_office: bool


class PolicyParameter(Shape):
    """One parameter of a policy; `is_set` false: no value holds, which is not 0."""

    id: str
    name: str
    kind: str
    is_set: bool
    values: list[ParameterValue]


class Parameters(Shape):
    """The parameters of a policy."""

    policy: str
    day: date
    items: list[PolicyParameter]
    missing: list[str] = Field(description="Parameters that have no value on the day.")


class PolicyChange(Shape):
    """A day on which something of a policy begins or ends to hold."""

    day: date
    policy: str
    what: str
    zh: str
    en: str


class Versions(Shape):
    """The versions of a policy, the earliest first, and the days of their changes."""

    policy: str
    items: list[PolicyRow]
    changes: list[PolicyChange]


class RedlineRow(Shape):
    """One thing that was said on one day and on the other, word by word."""

    part: str
    title: str
    state: str
    pieces: list[tuple[str, str]] = Field(description="`same`, `del` or `ins`, words.")


class Redline(Shape):
    """What two versions, or one on two days, say differently."""

    old: str
    old_on: date
    new: str
    new_on: date
    changed: int
    items: list[RedlineRow]


class Moment(Shape):
    """One moment in a policy's life."""

    day: date
    until: date | None
    kind: str
    document: str
    note: str


class Life(Shape):
    """The life of a policy, in its order."""

    policy: str
    items: list[Moment]


class CommentAnswer(Shape):
    """What the office answered to a comment."""

    id: int
    body: str
    known_at: datetime


class Comment(Shape):
    """What somebody said of a policy in consultation; who it was is not told."""

    id: int
    article: str
    body: str
    display: str
    known_at: datetime
    answers: list[CommentAnswer]


class CommentList(Counted):
    """Comments on a policy, the newest first."""

    items: list[Comment]


def rule_or_404(request: HttpRequest, name: str) -> Rule:
    """Return an encoded policy."""
    found = office(request).region.rules.get(name)
    if found is None:
        raise Http404
    return found


@operation(router, "GET", "/policies", asks=("policy", "list"), shape=PolicyList)
def policies(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor,
    on: Day,
    q: Annotated[str, text(100, "Words, id, number.")],
    subject: Choice,
    level: Choice,
    kind: Literal["", "benefit", "status", "definition"] = "",
    sure: Literal["", "confirmed", "secondary", "partly", "unseen"] = "",
    in_force: bool = False,
    sort: Literal["name", "newest", "ending"] = "name",
) -> PolicyList:
    """List policies, searched and filtered."""
    search = Search(
        words=q.strip(),
        kind=kind,
        subject=subject,
        level=level,
        sure=sure,
        only_in_force=in_force,
        sort=sort,
    )
    found = listed(office(request).region, search, on or today())
    some, after = cut(found, limit, cursor)
    return PolicyList.made(total=len(found), items=some, next=after)


@operation(router, "GET", "/policies/{policy}", asks=("policy", "see"), shape=Policy)
def policy(request: HttpRequest, policy: Name, on: Day) -> Policy:
    """Tell one policy: articles, conditions, what is due."""
    rule = rule_or_404(request, policy)
    region = office(request).region
    day = shown_day(rule, on or today())
    with reading(request) as conn:
        in_force = settings_in_force(conn, day)
        texts = official_texts(conn, policy)
        open_ = consultation(stages(conn, policy), today())
    made = tell(
        region,
        rule,
        day=day,
        settings=office_values(region, rule, in_force),
        locale=tongue(request),
    )
    row = one_listed(rule, today())
    articles = [PolicyArticle.model_validate(one) for one in made.articles]
    # What everybody may read no token takes away.
    declared = load_roles(region.id)
    with_words = may(request, "policy_text", "see") or can(
        declared, PUBLIC, "policy_text", "see"
    )
    for one in articles:
        if one.id in texts and with_words:
            one.official = texts[one.id].body
            one.official_source = texts[one.id].source
    return Policy.made(
        id=made.id,
        day=made.day,
        name=made.name,
        summary=made.summary,
        state=row.state,
        documents=list(made.documents.values()),
        articles=articles,
        together=made.together,
        amount=made.amount,
        basis=made.basis,
        figures=made.figures,
        uncovered=list(made.uncovered),
        sure=row.sure,
        sure_words=SURE[row.sure][tongue(request) == "en"],
        worked_cases=made.cases,
        consultation_until=None if open_ is None else open_.until,
    )


@operation(
    router,
    "GET",
    "/policies/{policy}/parameters",
    asks=("parameter", "see"),
    shape=Parameters,
)
def policy_parameters(request: HttpRequest, policy: Name, on: Day) -> Parameters:
    """Tell the parameters of a policy with their days, and what is not set."""
    rule = rule_or_404(request, policy)
    day = shown_day(rule, on or today())
    with reading(request) as conn:
        every = all_settings(conn)
    words = policy_words(office(request).region, rule, day, locale=tongue(request))
    made = parameters(words, day, every)
    return Parameters.made(
        policy=policy,
        day=day,
        items=[
            {
                "id": one.id,
                "name": one.name,
                "kind": one.kind,
                "is_set": one.is_set,
                "values": [
                    {
                        "text": v.text,
                        "rows": [{"bound": r.bound, "gives": r.gives} for r in v.rows],
                        "from_": v.from_,
                        "until": v.until,
                        "in_force": v.in_force,
                        "article": v.article,
                        "sure": v.sure,
                        "by_office": v.by_office,
                    }
                    for v in one.values
                ],
            }
            for one in made
        ],
        missing=[one.id for one in made if not one.is_set],
    )


@operation(
    router,
    "GET",
    "/policies/{policy}/versions",
    asks=("policy", "see"),
    shape=Versions,
)
def policy_versions(request: HttpRequest, policy: Name) -> Versions:
    """List the versions of a policy and the days of their changes."""
    region, rule = office(request).region, rule_or_404(request, policy)
    every = versions(region, rule)
    days = sorted((d for r in every for d in dated(r)), key=lambda d: (d.day, d.policy))
    return Versions.made(
        policy=policy,
        items=[one_listed(one, today()) for one in every],
        changes=days,
    )


@operation(
    router,
    "GET",
    "/policies/{policy}/redline",
    asks=("policy", "see"),
    shape=Redline,
)
def policy_redline(
    request: HttpRequest,
    policy: Name,
    old: Annotated[str, text(80, "Another version.")],
    old_on: Day,
    new_on: Day,
) -> Redline:
    """Set a policy against another version of it, or against itself on another day."""
    region, rule = office(request).region, rule_or_404(request, policy)
    before = next((r for r in versions(region, rule) if r.id == (old or policy)), None)
    if before is None:
        raise Http404
    one = (before, shown_day(before, old_on or today()))
    other = (rule, shown_day(rule, new_on or today()))
    with reading(request) as conn:
        said = settings_in_force(conn, other[1])
    settings = {r.id: office_values(region, r, said) for r in (before, rule)}
    lines = redline(region, one, other, settings=settings, locale=tongue(request))
    return Redline.made(
        old=before.id,
        old_on=one[1],
        new=rule.id,
        new_on=other[1],
        changed=sum(line.state != "same" for line in lines),
        items=lines,
    )


def _any_or_404(request: HttpRequest, name: str) -> Rule | None:
    """Return an encoded policy; None for a draft that one may know of."""
    found = office(request).region.rules.get(name)
    if found is None:
        if not is_draft(name):
            raise Http404
        draft_or_404(request, name)
    return found


@operation(
    router,
    "GET",
    "/policies/{policy}/life",
    asks=("policy_stage", "list"),
    shape=Life,
)
def policy_life(request: HttpRequest, policy: Name) -> Life:
    """Tell the life of a policy, from need to repeal."""
    rule = _any_or_404(request, policy)
    with reading(request) as conn:
        found = stages(conn, policy)
    moments = life(rule, found, tongue(request))
    return Life.made(policy=policy, items=moments)


@operation(
    router,
    "GET",
    "/policies/{policy}/comments",
    asks=("comment", "list"),
    shape=CommentList,
)
def policy_comments(
    request: HttpRequest, policy: Name, limit: Limit, cursor: Cursor
) -> CommentList:
    """List what was said of a policy in consultation."""
    _any_or_404(request, policy)
    with reading(request) as conn:
        found = comments_on(conn, policy)
    some, after = cut(found, limit, cursor)
    return CommentList.made(total=len(found), items=some, next=after)
