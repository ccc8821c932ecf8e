# SPDX-License-Identifier: Apache-2.0
"""Why two runs answer differently about one subject: worlds tried one by one.

A run is a rule and what was known. Between two runs either may have changed, so four
worlds are decided: the old rule on the old facts, the old rule on the new facts, the
new rule on the old facts, the new rule on the new facts. What turns the answer by
itself is the cause. Within the facts, and within the rule, the same is done piece by
piece: nothing is called a cause that was not tried.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

from ceyuan.kernel import UNKNOWN
from ceyuan.language import Fixed, write
from ceyuan.policies import decide
from ceyuan.policies.edges import facts_read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from ceyuan.declarations import Policy, Rule
    from ceyuan.language import Context, FactKey, Setting
    from ceyuan.language.interpret import Complete
    from ceyuan.office.origins import Origin
    from ceyuan.policies import Outcome

Answer = tuple["Outcome | None", "int | None"]
"""An outcome and an amount."""
CauseKind = Literal[
    "facts",
    "identity",
    "withdrawn",
    "dates",
    "rule",
    "either",
    "together",
    "unexplained",
]
FactWhy = Literal["stated", "withdrawn", "identity", "dates", "authority", ""]
RuleWhy = Literal["date", "file", "set", "file_and_date", "day", "year"]

MOST_PAIRS = 12
"""Among more differing facts than this, pairs are not tried one by one."""


@dataclass(frozen=True, slots=True)
class Side:
    """The rule of one run, and when it was asked.

    Args:
        rule: The policy.
        as_of: Day of the decisions.
        base_year: Fiscal year that yearly facts mean.
        settings: Parameters set by the office.
    """

    rule: Rule
    as_of: date
    base_year: int
    settings: Mapping[str, Setting]

    @property
    def context(self) -> Context:
        """Return day, base year and parameters in force."""
        return self.rule.context(
            self.as_of, base_year=self.base_year, settings=self.settings
        )

    def answer(self, facts: Fixed) -> Answer:
        """Return what the rule says of a subject."""
        found = decide(
            self.rule,
            facts,
            as_of=self.as_of,
            base_year=self.base_year,
            settings=self.settings,
        )
        return found.outcome, found.amount

    @property
    def in_force(self) -> bool:
        """Return whether the policy can be decided on the day."""
        return self.rule.in_force(self.rule.day(self.as_of, self.base_year))


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact that is not the same in both runs.

    Args:
        name: The fact, or the list of records.
        year: Its fiscal year.
        before: Its value in the first run, in base units; None: not known. Of a
            list: the records that only the first run has.
        after: The same in the second.
        alone: Whether this change by itself turns the answer.
        origins_before: Where the former value was stated.
        origins_after: Where the latter was.
        why: `stated`: it was stated since, or not yet; `withdrawn`: a batch was;
            `identity`: another organisation's statements count, or do no more;
            `dates`: the statement holds on one of the days only; `authority`: the
            order of sources is another.
    """

    name: str
    year: int | None
    before: Any
    after: Any
    alone: bool
    origins_before: tuple[Origin, ...] = ()
    origins_after: tuple[Origin, ...] = ()
    why: FactWhy = ""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A piece of a rule that is not the same in both runs.

    Args:
        kind: parameter, clause (its text), asked (a clause asked or not on the day),
            validity, definition, fact (how a fact is derived), day, base_year.
        name: Its name.
        before: What it was.
        after: What it is.
        why: `date`: a dated change lies between the days; `file`: the file says
            something else; `file_and_date`; `set`: set by the office for a run;
            `day`, `year`: the clock itself.
        alone: Whether this change by itself turns the answer; None where it cannot
            be tried apart from the rest.
    """

    kind: str
    name: str
    before: Any
    after: Any
    why: RuleWhy
    alone: bool | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What the four worlds say.

    Args:
        kind: facts, rule, either (each by itself), together (only both), or
            unexplained (the worlds do not give the stored answers).
        facts: The facts that turn it.
        rules: The pieces of the rule.
    """

    kind: CauseKind
    facts: tuple[FactChange, ...] = ()
    rules: tuple[RuleChange, ...] = ()


def why(
    a: Side, b: Side, facts_a: Fixed, facts_b: Fixed, stored: tuple[Answer, Answer]
) -> Found:
    """Return why the answers about one subject differ; facts without their origin.

    Args:
        a: The rule of the first run.
        b: The rule of the second.
        facts_a: What the first run knew.
        facts_b: What the second did.
        stored: The two stored answers.
    """
    before, after = a.answer(facts_a), b.answer(facts_b)
    if (before, after) != stored:
        return Found("unexplained")
    by_facts = a.answer(facts_b) == after
    by_rule = b.answer(facts_a) == after
    differing = _differing(a.rule, b.rule, facts_a, facts_b)
    facts: tuple[FactChange, ...] = ()
    rules: tuple[RuleChange, ...] = ()
    if by_facts or not by_rule:
        side = a if by_facts else b
        facts = _turning(side, facts_a, facts_b, differing, after)
    if by_rule or not by_facts:
        rules = rule_changes(a, b, facts_a if by_rule else facts_b, after)
    if by_facts and by_rule:
        return Found("either", facts, rules)
    if by_facts:
        return Found("facts", facts, rules)
    return Found("rule" if by_rule else "together", facts, rules)


# --- facts --------------------------------------------------------------------------


def _differing(a: Rule, b: Rule, facts_a: Fixed, facts_b: Fixed) -> list[FactKey]:
    """Return what either rule reads and the two runs do not know alike."""
    read = facts_read(a) | facts_read(b)
    keys = [
        key
        for key in {**facts_a.values, **facts_b.values}
        if key[0] in read and facts_a.value(*key) != facts_b.value(*key)
    ]
    linked = [
        (name, None)
        for name in {**facts_a.linked, **facts_b.linked}
        if facts_a.records(name) != facts_b.records(name)  # `held` names no list
    ]
    return sorted([*keys, *linked], key=lambda k: (k[0], k[1] or 0))


def _swapped(a: Fixed, b: Fixed, keys: Iterable[FactKey]) -> Fixed:
    """Return the facts of one world with some taken from another."""
    values, linked = dict(a.values), dict(a.linked)
    for key in keys:
        if key[0] in a.linked or key[0] in b.linked:
            linked.pop(key[0], None)
            if key[0] in b.linked:
                linked[key[0]] = b.linked[key[0]]
        values.pop(key, None)
        if key in b.values:
            values[key] = b.values[key]
    return Fixed(values, linked)


def _turning(
    side: Side, a: Fixed, b: Fixed, differing: Sequence[FactKey], wanted: Answer
) -> tuple[FactChange, ...]:
    """Return the smallest set found of facts that gives the wanted answer."""

    def turns(keys: Iterable[FactKey]) -> bool:
        return side.answer(_swapped(a, b, keys)) == wanted

    singles = [key for key in differing if turns((key,))]
    if singles:
        return tuple(_change(a, b, key, alone=True) for key in singles)
    chosen: tuple[FactKey, ...] = ()
    if len(differing) <= MOST_PAIRS:
        pairs = combinations(differing, 2)
        chosen = next((pair for pair in pairs if turns(pair)), ())
    if not chosen:
        chosen = tuple(differing)
        for key in differing:  # what can be left out without losing the answer
            fewer = tuple(k for k in chosen if k != key)
            if fewer and turns(fewer):
                chosen = fewer
    return tuple(_change(a, b, key, alone=False) for key in chosen)


def _change(a: Fixed, b: Fixed, key: FactKey, *, alone: bool) -> FactChange:
    if key[0] in a.linked or key[0] in b.linked:
        none: tuple[tuple[Any, ...], Any] = ((), False)
        before, whole_before = a.linked.get(key[0], none)
        after, whole_after = b.linked.get(key[0], none)
        only_before = [r for r in before if r not in after]
        only_after = [r for r in after if r not in before]
        if not only_before and not only_after:  # only how far the list is complete
            return FactChange(
                key[0], None, _extent(whole_before), _extent(whole_after), alone
            )
        return FactChange(key[0], None, only_before, only_after, alone)
    values = a.value(*key), b.value(*key)
    before, after = (None if value is UNKNOWN else value for value in values)
    return FactChange(*key, before, after, alone)


def _extent(said: Complete) -> dict[str, Any]:
    """Return of what a list is complete, as its own kind of value."""
    return {"complete": said if isinstance(said, bool) else sorted(said)}


# --- rules --------------------------------------------------------------------------


def rule_changes(
    a: Side, b: Side, facts: Fixed, wanted: Answer
) -> tuple[RuleChange, ...]:
    """Return the pieces of a rule that differ; those that turn it alone, if any do.

    Args:
        a: The rule of the first run.
        b: The rule of the second.
        facts: The facts on which the second rule gives the wanted answer.
        wanted: That answer.
    """
    found = [*_parameters(a, b, facts, wanted), *_clock(a, b, facts, wanted)]
    alone = tuple(one for one in found if one.alone)
    if alone:
        return alone
    found += _texts(a, b)
    return tuple(found)


def _parameters(a: Side, b: Side, facts: Fixed, wanted: Answer) -> Iterable[RuleChange]:
    old, new = a.context.settings, b.context.settings
    for name in sorted({*old, *new}):
        before, after = old.get(name, UNKNOWN), new.get(name, UNKNOWN)
        if before == after:
            continue
        alone: bool | None = None
        if name in a.rule.said.parameters:
            tried = replace(a, settings={**a.settings, name: after})
            alone = tried.answer(facts) == wanted
        yield RuleChange(
            "parameter", name, before, after, _parameter_why(a, b, name), alone
        )


def _parameter_why(a: Side, b: Side, name: str) -> RuleWhy:
    if name in a.settings or name in b.settings:
        return "set"
    after = b.context.settings.get(name, UNKNOWN)
    later = replace(a, as_of=b.as_of, base_year=b.base_year).context.settings
    if later.get(name, UNKNOWN) == after:  # the old file says it, too
        return "date"
    then = replace(b, as_of=a.as_of, base_year=a.base_year).context.settings
    return "file" if then.get(name, UNKNOWN) == after else "file_and_date"


def _clock(a: Side, b: Side, facts: Fixed, wanted: Answer) -> Iterable[RuleChange]:
    """Yield what the clock alone does: parameters and clauses held as they were."""
    if a.in_force != b.in_force:
        same = a.rule.said.validity == b.rule.said.validity
        yield RuleChange(
            "validity",
            a.rule.id,
            a.in_force,
            b.in_force,
            "date" if same else "file",
            alone=_lapsed(b, facts, wanted),
        )
    held = {n: v for n, v in a.context.settings.items() if v is not UNKNOWN}
    waived = a.context.waived
    if a.as_of != b.as_of:
        moved = replace(a, as_of=b.as_of, settings={**held, **a.settings})
        alone = None
        if moved.context.waived == waived and moved.in_force == a.in_force:
            alone = moved.answer(facts) == wanted
        yield RuleChange("day", "as_of", a.as_of, b.as_of, "day", alone)
    if a.base_year != b.base_year:
        moved = replace(a, base_year=b.base_year, settings={**held, **a.settings})
        alone = None
        if moved.context.waived == waived and moved.in_force == a.in_force:
            alone = moved.answer(facts) == wanted
        yield RuleChange(
            "base_year", "base_year", a.base_year, b.base_year, "year", alone
        )


def _lapsed(b: Side, facts: Fixed, wanted: Answer) -> bool | None:
    """Return whether it is enough that the policy is not in force any more."""
    if b.in_force:
        return None
    return b.answer(facts) == wanted


def _texts(a: Side, b: Side) -> Iterable[RuleChange]:
    """Yield clauses asked on one day only, and texts that differ."""
    old, new = a.rule.said, b.rule.said
    for name in sorted({*a.rule.clauses} & {*b.rule.clauses}):
        before = name not in a.context.waived
        after = name not in b.context.waived
        if before != after:
            same = (old.clauses[name].from_, old.clauses[name].until) == (
                new.clauses[name].from_,
                new.clauses[name].until,
            )
            yield RuleChange("asked", name, before, after, "date" if same else "file")
    if a.rule.digest == b.rule.digest:
        yield from _derivations(a.rule, b.rule)
        return
    for kind, before_all, after_all in (
        ("clause", old.clauses, new.clauses),
        ("scope", old.scope, new.scope),
        ("check", old.checks, new.checks),
    ):
        for name in sorted({*before_all, *after_all}):
            yield from _said(
                kind, name, _test(before_all.get(name)), _test(after_all.get(name))
            )
    for name in sorted({*old.let, *new.let}):
        texts = [one[name].expr if name in one else None for one in (old.let, new.let)]
        yield from _said("definition", name, texts[0], texts[1])
    yield from _said("definition", "decide", old.decide, new.decide)
    yield from _said("definition", "amount", *(_amount(r) for r in (old, new)))
    yield from _derivations(a.rule, b.rule)


def _said(
    kind: str, name: str, before: str | None, after: str | None
) -> Iterable[RuleChange]:
    if before != after:
        yield RuleChange(kind, name, before, after, "file")


def _amount(policy: Policy) -> str | None:
    """Return how an amount is found and rounded."""
    if policy.amount is None:
        return None
    how = policy.amount.round
    return f"{policy.amount.expr}  [{how.mode} {how.to} {how.unit}]"


def _test(clause: Any) -> str | None:  # noqa: ANN401
    """Return a clause's condition, with what an absent value counts as."""
    if clause is None:
        return None
    said = "" if clause.absent is None else f"  [absent: {clause.absent}]"
    return f"{clause.test}{said}"


def _derivations(a: Rule, b: Rule) -> Iterable[RuleChange]:
    """Yield facts that the dictionary derives in another way."""
    for name in sorted(facts_read(a) | facts_read(b)):
        yield from _said("fact", name, *(_derived(r, name) for r in (a, b)))


def _derived(rule: Rule, name: str) -> str | None:
    fact = rule.scope.facts.get(name)
    return None if fact is None or fact.derive is None else write(fact.derive)
