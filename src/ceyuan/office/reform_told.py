# SPDX-License-Identifier: Apache-2.0
"""What a reform does, as a page and a file tell it: plain data, both languages.

The figures are those of `tried_json`; what is added are words for its codes, the checks
that were made, how the quantities are spread, and what a policy asks of people. Nothing
of it is computed twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceyuan.office.phrases import Words
from ceyuan.office.reform_checks import checks_of
from ceyuan.office.simulating import NONE, tried_json
from ceyuan.policies import Outcome
from ceyuan.policies.edges import facts_read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ceyuan.declarations import Rule
    from ceyuan.office.distribution import LineSpread
    from ceyuan.office.simulating import Trial, Tried
    from ceyuan.office.spread_counted import Spread
    from ceyuan.policies.simulated import PolicyEffect

_OF_FIRMS = frozenset({"firm", "declaration", "choice"})


def told(tried: Tried, spreads: Iterable[LineSpread]) -> dict[str, Any]:
    """Return all that is told of a simulation."""
    trial = tried.trial
    found: dict[str, Any] = {
        "document": tried_json(tried),
        "base_year": trial.base_year,
        "params": list(trial.said),
        "by": list(trial.groupings),
        "checks": checks_of(tried),
        "groupings": {
            name: {"zh": said.zh, "en": said.en, "groups": group_words(tried, name)}
            for name, said in trial.groupings.items()
        },
        "policies": {
            policy: _policy(tried, effect)
            for one in tried.effects
            for policy, effect in one.policies.items()
        },
        "spreads": [_line(trial, one) for one in spreads],
    }
    return found


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a list says of a simulation; it names nobody."""
    document = found["document"]
    return {
        "sound": is_sound(found["checks"]),
        "synthetic": document["synthetic"],
        "snapshot": document["snapshot"],
        "declarations": document["declarations"],
        "as_of": document["as_of"],
        "params": found["params"],
        "subjects": {one["subject"]: one["subjects"] for one in document["effects"]},
        "policies": {
            policy: {
                **found["policies"][policy],
                **{key: effect[key] for key in _TURNS},
                "before": effect["before"]["cost"],
                "after": effect["after"]["cost"],
            }
            for one in document["effects"]
            for policy, effect in one["policies"].items()
        },
    }


_TURNS = ("change", "gain", "lose", "gained", "more", "lost", "less")


def is_sound(checks: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether no check failed; one that could not be made is no failure."""
    return all(one["ok"] is not False for one in checks)


def group_words(tried: Tried, name: str) -> list[list[str]]:
    """Return value, Chinese and English of the groups, as declared; unknown last."""
    said = tried.trial.groupings[name]
    if said.ladder:
        ladder = tried.trial.memory.records.ladder
        tiers = [[tier, one.zh, one.en] for tier, one in ladder.items()]
        return [[NONE, "没有称号", "no title"], *tiers]
    if said.bands:
        return [[band, one.zh, one.en] for band, one in said.bands.items()]
    attribute = tried.trial.memory.kinds["firm"].attributes[said.attribute]
    values = sorted(
        {
            str(value)
            for one in tried.effects
            for effect in one.policies.values()
            for value in effect.groups.get(name, {})
            if value is not None
        }
    )
    codes = attribute.codes
    return [[v, codes[v].zh, codes[v].en] if v in codes else [v, v, v] for v in values]


def _policy(tried: Tried, effect: PolicyEffect) -> dict[str, Any]:
    trial, policy = tried.trial, effect.policy
    old = trial.memory.region.rules.get(policy)
    new = tried.reform.changed.get(policy)
    said = (new or old).said  # type: ignore[union-attr]
    best = Outcome.ELIGIBLE if said.coverage == "full" else Outcome.REFER
    amount = said.amount or (old.said.amount if old else None)
    sides = (
        (old, effect.outcomes(after=False)),
        (None if policy in tried.reform.repealed else new, effect.outcomes(after=True)),
    )
    return {
        "zh": said.zh,
        "en": said.en,
        "subject": said.subject,
        "coverage": said.coverage,
        "basis": None if amount is None else amount.basis,
        "clauses": {
            name: [one.zh, one.en]
            for rule in (old, new)
            if rule is not None
            for name, one in {**rule.said.scope, **rule.said.clauses}.items()
        },
        "holds": [counts.get(best, 0) for _, counts in sides],
        "asks": [_asks(trial, rule, counts) for rule, counts in sides],
    }


def _asks(
    trial: Trial, rule: Rule | None, counts: Mapping[Outcome | None, int]
) -> dict[str, int]:
    """Return what a policy asks of people: conditions, facts of theirs, open cases."""
    found = {
        "unknown": counts.get(Outcome.UNKNOWN, 0),
        "judged": counts.get(Outcome.REFER, 0),
    }
    if rule is None:
        return {"conditions": 0, "facts": 0, **found}
    day = rule.day(trial.as_of, trial.base_year)
    facts = trial.memory.region.facts
    return {
        "conditions": sum(rule.asked(clause, day) for clause in rule.clauses),
        "facts": sum(
            facts[name].supplied_by in _OF_FIRMS and facts[name].derive is None
            for name in facts_read(rule)
        ),
        **found,
    }


def _line(trial: Trial, one: LineSpread) -> dict[str, Any]:
    region = trial.memory.region
    zh, en = (Words(region, one.rule, locale) for locale in ("zh", "en"))
    clause = {**one.rule.said.scope, **one.rule.said.clauses}[one.clause]
    unit = one.rule.unit(one.line.quantity)
    return {
        "policy": one.policy,
        "clause": one.clause,
        "zh": clause.zh,
        "en": clause.en,
        "quantity": [
            words.phrase(one.line.quantity).strip("（）()") for words in (zh, en)
        ],
        "order": one.line.order,
        "unit": zh.label(one.line.threshold, one.line.quantity),
        "money": unit is not None and unit.is_money,
        "before": _spread(one.before),
        "after": _spread(one.after),
        "between": one.between,
    }


def _spread(one: Spread | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "edges": [str(edge) for edge in one.edges],
        "threshold": str(one.threshold),
        "counts": list(one.counts),
        "below": one.below,
        "above": one.above,
        "unknown": one.unknown,
        "absent": one.absent,
        "at": one.at,
        "met": one.met,
    }
