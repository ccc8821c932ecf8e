# SPDX-License-Identifier: Apache-2.0
"""Why money is due of what is not a firm: a loan, an order, a project.

Firms have sheets, made with the run and kept. Of the other subjects only those are
asked for of which somebody has an entitlement, one at a time; what the run read of one
is read again then, from its sealed files.

What counts is the decision that is stored, with the corrections after it. Reasons are
told where deciding again gives that decision; where it does not (an attribute that is
never shown was decided on, or was revised since under another reading), the clauses of
the stored decision are all that is told.

```
entitlement ─► its run ──► stored answer, revisions ──► AnswerTold ─┐ equal: both
                    └────► snapshot, of that subject ─► WhyTold ────┘ else the first
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.office.firm_facts import facts_of_span, listed_by, then
from ceyuan.office.firm_stated import said_of, stated_of
from ceyuan.office.firm_why import WhyTold, why_of
from ceyuan.office.firm_words import picked
from ceyuan.office.money_told import decided_of
from ceyuan.office.runs import find

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ceyuan.declarations import Region
    from ceyuan.language import FactKey, Fixed
    from ceyuan.office.deciding import AnswerTold
    from ceyuan.office.entitlements import Entitlement
    from ceyuan.office.firm_facts import Then
    from ceyuan.office.firm_sheet_model import Stated
    from ceyuan.office.memory import Memory
    from ceyuan.policies import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectSheet:
    """What a run decided on of one subject that is not a firm; see `DecidedOn`."""

    as_of: date
    year: int
    settings: tuple[str, ...]
    facts: Fixed
    stated: Mapping[FactKey, Stated]
    lists: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectWhy:
    """Why an entitlement is due whose subject is not a firm.

    Args:
        entitlement: Its id.
        kind: What the subject is, in words: `贷款`.
        key: Which one; the parts of its key with a dot between them.
        run: Id of the run.
        as_of: Day of the decision.
        year: Fiscal year that yearly facts mean.
        region: Facts and policies that it was decided by.
        answer: What is stored of it; None: the run kept nothing.
        why: Its reasons; None: they cannot be told, and the clauses of `answer` count.
        synthetic: It rests on invented facts.
    """

    entitlement: str
    kind: str
    key: str
    run: str
    as_of: date
    year: int
    region: Region
    answer: AnswerTold | None
    why: WhyTold | None
    synthetic: bool


def subject_why(memory: Memory, one: Entitlement, locale: str = "zh") -> SubjectWhy:
    """Return why an entitlement is due whose subject is not a firm.

    Args:
        memory: The office's memory.
        one: The entitlement.
        locale: `zh` or `en`.

    Raises:
        Damaged: A file of its run is missing or was altered.
        CeyuanError: The declarations of its run are not kept, or were altered.
    """
    run = find(memory, one.run)
    known = then(memory, run, org=one.org, subject=one.subject)
    said = known.kind.said
    answer = decided_of(memory, one)
    sheet = _sheet(known, one)
    told = None
    if answer is not None and sheet is not None:
        made = why_of(
            sheet,
            known.region,
            one.policy,
            sources=known.declared.records.sources,
            locale=locale,
        )
        if is_same(made.decision, answer):
            told = made
    return SubjectWhy(
        entitlement=one.id,
        kind=picked(locale, said.zh, said.en),
        key=one.key_words,
        run=run.id,
        as_of=run.as_of,
        year=run.base_year,
        region=known.region,
        answer=answer,
        why=told,
        synthetic=run.synthetic,
    )


def _sheet(known: Then, one: Entitlement) -> SubjectSheet | None:
    """Return what the run read of a subject; None where it is not there any more."""
    run, span = known.run, (one.org, one.org)
    facts = facts_of_span(known, span, {one.org}, one.key).get(one.org)
    if facts is None:
        return None
    said = said_of(known.reading, known.kind, [one.org], span=span, key=one.key)
    return SubjectSheet(
        as_of=run.as_of,
        year=run.base_year,
        settings=run.settings,
        facts=facts,
        stated=stated_of(said[one.org], known.kind.attributes),
        lists={n: s for n, s in listed_by(known).items() if n in facts.linked},
    )


def is_same(decision: Decision, answer: AnswerTold) -> bool:
    """Return whether a decision made again is the one that counts, clause by clause."""
    now = answer.now
    return (str(decision.outcome or "refused"), decision.amount) == (
        now.outcome,
        now.amount,
    ) and all(_state(decision, one.id) == one.state for one in now.clauses)


def _state(decision: Decision, clause: str) -> str:
    """Return how a clause was answered; one that was not in force is `not_met`."""
    answer = decision.clauses.get(clause, False)
    if not isinstance(answer, bool):
        return "open"
    return "met" if answer else "not_met"
