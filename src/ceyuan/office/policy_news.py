# SPDX-License-Identifier: Apache-2.0
"""What is new about policies: consultations first, then what is nearest to a day, by day.

What came into force lately, what ends soon, numbers that change, drafts that were
issued, the last run; everything with its day. What changes on one day in one policy is
one piece of news.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from ceyuan.ledger.sealing import OFFICE_TIME
from ceyuan.office.policy_changes import dated
from ceyuan.office.policy_life import PUBLIC, Stage, consultation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ceyuan.declarations import Region, Rule
    from ceyuan.office.policy_changes import Dated
    from ceyuan.office.policy_life import Draft
    from ceyuan.office.running import Run

LATELY = timedelta(days=275)
SOON = timedelta(days=180)
MOST = 8

What = Literal[
    "in_force", "ends", "parameter", "clause", "consultation", "draft", "run"
]
_WHAT: dict[str, What] = {
    "begins": "in_force",
    "ends": "ends",
    "parameter": "parameter",
    "clause": "clause",
}


@dataclass(frozen=True, slots=True)
class News:
    """Something new: on which day, what, of which policy.

    Args:
        day: The day.
        what: `in_force`, `ends`, `parameter`, `clause`, `consultation`, `draft`, `run`.
        policy: The policy or draft; empty for a run.
        zh: Its name.
        en: Its name in English.
        until: Last day of a consultation.
        detail: Names of the parameters or clauses, per language.
    """

    day: date
    what: What
    policy: str
    zh: str
    en: str
    until: date | None = None
    detail: tuple[str, str] = ("", "")


def news(
    region: Region,
    on: date,
    found: Mapping[str, Sequence[Stage]],
    begun: Mapping[str, Draft],
    run: Run | None,
) -> tuple[News, ...]:
    """Return what is new about a day.

    Args:
        region: The policies.
        on: The day.
        found: The stages that stand, by policy.
        begun: The drafts.
        run: The last run; None: there is none.
    """
    every = sorted(_all(region, on, found, begun, run), key=_nearness(on))[:MOST]
    ahead = [one for one in every if one.what == "consultation"]
    others = [one for one in every if one.what != "consultation"]
    others.sort(key=lambda one: one.day, reverse=True)  # of one day as they stand
    return (*ahead, *others)


def _all(
    region: Region,
    on: date,
    found: Mapping[str, Sequence[Stage]],
    begun: Mapping[str, Draft],
    run: Run | None,
) -> Iterator[News]:
    if run is not None and run.finished_at is not None:
        day = run.finished_at.astimezone(OFFICE_TIME).date()
        yield News(day, "run", "", run.id, run.id)
    for policy, several in found.items():
        speaking = consultation(several, on)
        if speaking is None:
            continue
        rule, draft = region.rules.get(policy), begun.get(policy)
        if rule is not None:
            zh, en = rule.said.zh, rule.said.en
        elif draft is not None:
            zh = en = draft.name
        else:
            continue
        yield News(speaking.since, "consultation", policy, zh, en, speaking.until)
    for draft in begun.values():
        last = next((s for s in reversed(draft.stages) if s.stage in PUBLIC[1:]), None)
        if last is not None and last.since >= on - LATELY:
            yield News(last.since, "draft", draft.id, draft.name, draft.name)
    for rule in region.rules.values():
        yield from _of_rule(rule, on)


def _of_rule(rule: Rule, on: date) -> Iterator[News]:
    """Yield what of a policy changes about a day, what changes together in one."""
    together: dict[tuple[date, str], list[Dated]] = {}
    for one in dated(rule):
        together.setdefault((one.day, one.what), []).append(one)
    for (day, what), several in together.items():
        shown = day - timedelta(days=1) if what == "ends" else day
        if not on - LATELY <= shown <= on + SOON:
            continue
        if what in ("parameter", "clause") and day == rule.said.validity.from_:
            continue  # they begin with their policy
        yield News(
            shown,
            _WHAT[what],
            rule.id,
            rule.said.zh,
            rule.said.en,
            detail=(
                "、".join(one.zh for one in several),
                ", ".join(one.en for one in several),
            ),
        )


def _nearness(on: date) -> Callable[[News], tuple[bool, int, bool, str]]:
    """Return an order: consultations first, then the nearest days, ahead before past."""

    def order(one: News) -> tuple[bool, int, bool, str]:
        days = (one.day - on).days
        return (one.what != "consultation", abs(days), days < 0, one.policy)

    return order
