# SPDX-License-Identifier: Apache-2.0
"""Which policy takes the place of which: said in the newer one's file, checked here.

`replaces` makes a line of versions, the earliest first. A line does not fork and does
not turn in a circle. On each day one of its policies holds; where a text lets two of
them hold side by side (reviews by the old standard, first recognitions by the new one)
the newer one names the article that says so.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from ceyuan.kernel import RuleError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ceyuan.declarations.compose import Rule


def line_of(rules: Mapping[str, Rule], policy: str) -> tuple[Rule, ...]:
    """Return the versions of a policy, itself among them, the earliest first.

    Args:
        rules: The rules of a region; a policy that is not among them ends the line.
        policy: One of them.
    """
    newer = {
        one.said.replaces.policy: one
        for one in rules.values()
        if one.said.replaces is not None
    }
    found = [rules[policy]]
    seen = {policy}
    while (said := found[0].said.replaces) is not None:
        if said.policy not in rules or said.policy in seen:
            break
        found.insert(0, rules[said.policy])
        seen.add(said.policy)
    while (after := newer.get(found[-1].id)) is not None and after.id not in seen:
        found.append(after)
        seen.add(after.id)
    return tuple(found)


def check_succession(
    rules: Mapping[str, Rule], *, unread: Collection[str] = ()
) -> list[tuple[Rule, RuleError]]:
    """Return what is wrong with who replaces whom: the newer policy, and its error.

    Args:
        rules: Rules that could be composed, by policy id.
        unread: Ids that are known and have no rule: their files are wrong, or a reform
            repeals them. Nothing is said about their days.
    """
    found: list[tuple[Rule, RuleError]] = []
    newer: dict[str, str] = {}
    circles = _circles(rules)
    for rule in rules.values():
        said = rule.said.replaces
        if said is None:
            continue
        first = newer.setdefault(said.policy, rule.id)
        if rule.id in circles:
            way = " → ".join(circles[rule.id])
            msg = f"`{rule.id}` replaces itself: {way}"
            hint = "the newer policy names the earlier one, and not the other way round"
            found.append((rule, _error(rule, "D226", msg, hint)))
        elif said.policy not in rules and said.policy not in unread:
            near = get_close_matches(said.policy, sorted(rules), n=1)
            hint = f"did you mean `{near[0]}`?" if near else "see `ceyuan policy list`"
            msg = f"there is no policy `{said.policy}` that could be replaced"
            found.append((rule, _error(rule, "D226", msg, hint)))
        elif first != rule.id:
            msg = f"`{said.policy}` is already replaced by `{first}`"
            hint = "a line of versions does not fork: keep one of the two"
            found.append((rule, _error(rule, "D226", msg, hint)))
        elif said.policy in rules:
            wrong = _days(rules[said.policy], rule)
            found += [(rule, _error(rule, "D227", *wrong))] if wrong else []
    return found


def _circles(rules: Mapping[str, Rule]) -> dict[str, tuple[str, ...]]:
    """Return the policies that come back to themselves, each with its way round."""
    olds = {
        one.id: one.said.replaces.policy
        for one in rules.values()
        if one.said.replaces is not None
    }
    found: dict[str, tuple[str, ...]] = {}
    for start in olds:
        way = [start]
        while (old := olds.get(way[-1])) is not None:
            if old == start:
                found[start] = (*way, start)
            if old in way:
                break
            way.append(old)
    return found


def _days(old: Rule, new: Rule) -> tuple[str, str] | None:
    """Return what is wrong with the days on which the two hold, and the mend."""
    said, before, begins = new.said.replaces, old.said.validity, new.said.validity.from_
    assert said is not None
    end = before.until
    if begins <= before.from_:
        msg = f"it holds from {begins}, and `{old.id}` only from {before.from_}"
        return msg, "what replaces another begins after it"
    if said.beside is None and (end is None or end >= begins):
        until = "with no end" if end is None else f"until {end}"
        msg = f"`{old.id}` holds {until}, this one from {begins}: both on one day"
        return msg, (
            f"end `{old.id}` the day before {begins}; where the text lets both hold, "
            "name its article: `beside: ARTICLE`"
        )
    if said.beside is not None and end is None:
        msg = f"`{old.id}` goes on beside this one with no end"
        return msg, f"say in `{old.id}` until when: `validity: {{from: …, until: …}}`"
    if said.beside is not None and end is not None and end < begins:
        msg = f"`{old.id}` ended on {end}: there is no day on which both hold"
        return msg, "take `beside` away, or mend the days"
    return None


def _error(rule: Rule, code: str, msg: str, hint: str) -> RuleError:
    return RuleError(
        msg,
        code=code,
        file=rule.file,
        line=rule.line("replaces"),
        clause="replaces",
        hint=hint,
    )
