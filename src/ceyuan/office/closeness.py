# SPDX-License-Identifier: Apache-2.0
"""Who is one clause away from a policy, and who only lacks data.

Whether meeting the clause that fails is enough hangs on nothing but which clauses are
met and which are open, as long as the policy decides over its clauses alone. Then each
combination of bits is tried once, by the same test as for a single firm, and counts
for all firms that have it. Where a policy decides over more than that, or leaves the
applicant a choice, firms are tried one by one, up to a number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.store import view
from ceyuan.kernel import UNKNOWN
from ceyuan.language import Fixed, Verdict, names
from ceyuan.office.climbed import Near
from ceyuan.office.origins import few
from ceyuan.office.running import BACK_YEARS
from ceyuan.policies import CODES, OUTCOMES, Outcome, decide, facts_of, one_step
from ceyuan.policies.edges import facts_read
from ceyuan.policies.search import fails_without

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from ceyuan.declarations import Rule
    from ceyuan.facts.store import Reading
    from ceyuan.language import Context, FactKey, Setting
    from ceyuan.office.climbed import Climbed, Way
    from ceyuan.office.origins import Stated
    from ceyuan.office.running import Deciding

MOST_TRIED = 2_000
"""So many firms are tried one by one, per policy."""
MOST_ASKED = 500
"""Of so many firms it is found which facts are missing, per policy."""


@dataclass(slots=True)
class Bits:
    """Which clause alone makes a policy fail, by the bits of its clauses.

    Args:
        rule: The policy.
        context: Day and parameters.
        asked: Bits of the clauses that are asked on the day.
        choices: Choices that the applicant can make, in order; `("",)` for none.
        whole: Whether the bits tell all that the policy decides over.
        found: What was tried: clauses met, clauses open, choice.
    """

    rule: Rule
    context: Context
    asked: int
    choices: tuple[str, ...]
    whole: bool
    found: dict[tuple[int, int, str], str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        rule: Rule,
        made: Climbed,
        settings: Mapping[str, Setting] | None,
        *,
        in_columns: bool,
    ) -> Bits:
        """Return the bits of a policy on the day of a ladder.

        Args:
            rule: The policy.
            made: The ladder.
            settings: Parameters set by the office.
            in_columns: Whether there are columns for each choice.
        """
        context = rule.context(made.as_of, settings=settings)
        mask = sum(
            1 << k
            for k, clause in enumerate(rule.clauses)
            if clause not in context.waived
        )
        variants = rule.said.variants
        over = {*rule.clauses} if variants is None else {*rule.clauses, variants.fact}
        whole = names(rule.decide) <= over and in_columns
        choices = ("",) if variants is None or not whole else variants.order
        return cls(rule, context, mask, choices, whole)

    def alone(self, met: int, open_: int, choice: str = "") -> str:
        """Return the clause; empty where none, or more than one, is enough."""
        key = (met, open_, choice)
        if key not in self.found:
            verdicts = {
                clause: Verdict(value=True)
                if met >> k & 1
                else Verdict(UNKNOWN if open_ >> k & 1 else False)
                for k, clause in enumerate(self.rule.clauses)
                if self.asked >> k & 1
            }
            facts = Fixed({})
            if self.rule.said.variants is not None:
                facts = Fixed({(self.rule.said.variants.fact, None): choice})
            turning = [
                clause
                for clause, verdict in verdicts.items()
                if verdict.value is False
                and not fails_without(
                    self.rule, self.context, facts, verdicts, (clause,)
                )
            ]
            self.found[key] = turning[0] if len(turning) == 1 else ""
        return self.found[key]

    def step(self, row: Sequence[int]) -> tuple[str, str]:
        """Return clause and choice of the first choice that is one step away.

        Args:
            row: Outcome, clauses met and clauses open, for each choice in turn.
        """
        for at, choice in enumerate(self.choices):
            code, met, open_ = row[3 * at : 3 * at + 3]
            if code == CODES[Outcome.INELIGIBLE]:
                clause = self.alone(met, open_, choice)
                if clause:
                    return clause, choice
        return "", ""


def columns_of(policy: str, choice: str) -> tuple[str, str, str]:
    """Return the names of the columns of a policy under a choice of the applicant."""
    name = f"{policy}#{choice}" if choice else policy
    return name, f"{name}:met", f"{name}:open"


def walk(way: Way, bits: Bits, present: pl.DataFrame, told: Sequence[str]) -> None:
    """Count one policy for the firms of one span that are not known to hold a tier."""
    tier = f"b:{way.tier}"
    held = pl.col(tier) if way.tier in told else pl.lit(None, dtype=pl.Boolean)
    outcome, met, open_ = columns_of(way.policy, "")
    rows = present.with_columns(held.alias("held")).filter(
        ~pl.col("held").fill_null(value=False)
    )
    way.firms += rows.height
    for code, yes, unsure, number in (
        rows.group_by(outcome, met, open_).len().iter_rows()
    ):
        found = OUTCOMES[code]
        way.outcomes["refused" if found is None else found.value] += number
        failing = bits.asked & ~yes & ~unsure
        if found is Outcome.INELIGIBLE:
            _add(way.failing, bits.rule.clauses, failing, number)
        elif found is Outcome.UNKNOWN and not failing:
            way.missing += number
            _add(way.open, bits.rule.clauses, unsure, number)
    short = rows.filter(pl.col(outcome) == CODES[Outcome.INELIGIBLE])
    if bits.whole:
        _step(way, bits, short)
    else:
        kept = short.head(MOST_TRIED - len(way.candidates))
        way.candidates += [(org, "", h) for org, h in kept.select("org", "held").rows()]
        way.untried += short.height - kept.height
        way.tried = len(way.candidates)
    wide = [pl.col(name).cast(pl.UInt64) for name in (met, open_)]
    lacking = rows.filter(
        (pl.col(outcome) == CODES[Outcome.UNKNOWN])
        & (~wide[0] & ~wide[1] & bits.asked == 0)
    ).head(MOST_ASKED - len(way.lacking))
    way.lacking += lacking["org"].to_list()


def _add(counts: Counter[str], clauses: Sequence[str], mask: int, number: int) -> None:
    for k, clause in enumerate(clauses):
        if mask >> k & 1:
            counts[clause] += number


def _step(way: Way, bits: Bits, short: pl.DataFrame) -> None:
    """Count who is one clause away, and keep some of them."""
    columns = [n for c in bits.choices for n in columns_of(way.policy, c)]
    kinds = short.group_by(columns).len()
    steps = [bits.step(row) for row in kinds.select(columns).iter_rows()]
    for (clause, _), number in zip(steps, kinds["len"], strict=True):
        if clause:
            way.one_away[clause] += number
    room = MOST_TRIED - len(way.candidates)
    if room <= 0:
        return
    near = kinds.with_columns(
        pl.Series("step", [f"{c}\0{v}" for c, v in steps], dtype=pl.String),
        pl.Series("near", [bool(c) for c, _ in steps], dtype=pl.Boolean),
    ).filter("near")
    found = short.join(near, on=columns, how="inner", nulls_equal=True)
    found = found.sort("org").head(room)
    way.candidates += found.select("org", "step", "held").rows()


def look(
    made: Climbed,
    reading: Reading,
    ready: Deciding,
    settings: Mapping[str, Mapping[str, Setting]],
    limit: int,
) -> None:
    """Try firms one by one where bits are not enough; find what is missing; name."""
    kind, feeds = ready.kind, ready.feeds
    orgs: set[int] = set()
    for way in made.ways:
        tried = way.candidates if way.tried is not None else way.candidates[:limit]
        orgs |= {org for org, _, _ in tried} | set(way.lacking)
    if not orgs:
        return
    close = few(reading, orgs, [kind.id, *(k.id for k in feeds)])
    named = _names(close.stated[kind.id], reading)
    for way in made.ways:
        rule = made.region.rule(way.policy)
        wanted = (
            {org for org, _, _ in way.candidates} if way.tried is not None else set()
        )
        wanted |= set(way.lacking)
        if wanted:
            seen = _facts(close.reading, ready, rule, wanted)
            given = settings.get(rule.id)
            _try(way, rule, made.as_of, seen, given)
            _lacks(way, rule, made.as_of, seen, given)
        way.near = [
            Near(org, *named.get(org, ("", "")), *clause.partition("\0")[::2], held)
            for org, clause, held in way.candidates[:limit]
        ]


def _facts(
    reading: Reading, ready: Deciding, rule: Rule, wanted: Iterable[int]
) -> dict[int, Fixed]:
    """Return what is known of a few firms, of the facts that a policy reads."""
    read = facts_read(rule) | {"reg_date"}
    base = reading.as_of.year - 1
    attributes = ready.kind.attributes
    keys: list[FactKey] = []
    for name in sorted(read & set(attributes)):
        years = range(base - BACK_YEARS, base + 2)
        keys += (
            [(name, y) for y in years] if attributes[name].yearly else [(name, None)]
        )
    held = view(reading, ready.kind, keys, feeds=ready.feeds)
    chosen = set(wanted)
    return {
        org: facts_of(held.frame, row, rule.scope.facts, held.linked).with_values(
            dict(held.exact.get(row, {}))
        )
        for row, org in enumerate(held.ids["org"])
        if org in chosen
    }


def _try(
    way: Way,
    rule: Rule,
    as_of: date,
    seen: Mapping[int, Fixed],
    settings: Mapping[str, Setting] | None,
) -> None:
    if way.tried is None:
        return
    found = []
    for org, _, held in way.candidates:
        decision = decide(rule, seen[org], as_of=as_of, settings=settings)
        step = one_step(rule, seen[org], decision, as_of, settings=settings)
        if step is not None:
            way.one_away[step.clause] += 1
            found.append((org, f"{step.clause}\0{step.variant}", held))
    way.candidates = found


def _lacks(
    way: Way,
    rule: Rule,
    as_of: date,
    seen: Mapping[int, Fixed],
    settings: Mapping[str, Setting] | None,
) -> None:
    for org in way.lacking:
        decision = decide(rule, seen[org], as_of=as_of, settings=settings)
        way.facts.update(sorted({name for name, _ in decision.missing}))
        way.asked += 1


def _names(stated: Iterable[Stated], reading: Reading) -> dict[int, tuple[str, str]]:
    """Return code and name of each organisation, its own word before others'."""
    own: dict[int, tuple[str, str]] = {}
    taken: dict[int, tuple[str, str]] = {}
    moved = dict(reading.aliases.select("handle", "org").iter_rows())
    for one in stated:
        columns = [c for c in ("code", "name") if c in one.frame.columns]
        rows = one.frame.select("org", *columns).unique(maintain_order=True)
        for row in rows.iter_rows(named=True):
            org = moved.get(row["org"], row["org"])
            found = own if org == row["org"] else taken
            code, name = found.get(org, ("", ""))
            found[org] = (row.get("code") or code, row.get("name") or name)
    return {**taken, **own}
