# SPDX-License-Identifier: Apache-2.0
"""The parameters of a policy: every dated value with its place, and what is not set.

A number of a text stands with its days, article and confidence. What a text leaves
open, or nobody has confirmed, is set by the office, and stands as such; until then it
is not set, which is neither 0 nor no.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ceyuan.declarations.compose import _setting as read_setting
from ceyuan.kernel import CeyuanError
from ceyuan.office.parameters import typed_settings
from ceyuan.office.telling import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ceyuan.declarations import Region, Rule
    from ceyuan.declarations.policy import Parameter
    from ceyuan.language import Setting
    from ceyuan.office.policy_words import PolicyWords, Row
    from ceyuan.office.settings import SettingSaid


@dataclass(frozen=True, slots=True)
class ValueTold:
    """One dated value of a parameter.

    Args:
        text: It in words; empty for a table.
        rows: The rows of a table.
        from_: First day; None: as long as the policy.
        until: Last day; None: no end known.
        in_force: It holds on the day.
        article: Number of the article; empty for what the office set.
        sure_words: How sure it is, in words; empty for what the office set.
        sure: The same as a tag.
        note: What was noted beside it.
        by_office: The office set it.
    """

    text: str
    rows: tuple[Row, ...]
    from_: date | None
    until: date | None
    in_force: bool
    article: str = ""
    sure: str = ""
    sure_words: str = ""
    note: str = ""
    by_office: bool = False


@dataclass(frozen=True, slots=True)
class ParameterTold:
    """One parameter.

    Args:
        id: Its id in the policy's file.
        name: Its name.
        kind: `number`, `set`, `steps`, `marginal`, `flag`, `date`.
        values: Its values, those of the text first, each in the order of its days.
        is_set: One of them holds on the day.
    """

    id: str
    name: str
    kind: str
    values: tuple[ValueTold, ...]
    is_set: bool


def parameters(
    words: PolicyWords, day: date, office: Sequence[SettingSaid] = ()
) -> tuple[ParameterTold, ...]:
    """Return the parameters of a policy in the order of its file.

    Args:
        words: The words of the policy.
        day: The day on which values hold or do not.
        office: What the office has set, of this policy or of others.
    """
    rule = words.rule
    on = rule.day(day, day.year - 1)
    made = []
    for name, said in rule.said.parameters.items():
        set_ = [o for o in office if o.name == f"{rule.id}.{name}"]
        values = (*_of_text(words, name, said, on), *_of_office(words, name, set_, on))
        made.append(
            ParameterTold(
                name,
                words.pick(said.zh, said.en),
                said.kind,
                values,
                any(v.in_force for v in values),
            )
        )
    return tuple(made)


def office_values(
    region: Region, rule: Rule, in_force: Mapping[str, str]
) -> dict[str, Setting]:
    """Return what the office has set of a policy, by parameter.

    What cannot be read any more (a parameter that the file no longer has) is left out.
    """
    found: dict[str, Setting] = {}
    for name, value in in_force.items():
        if name.partition(".")[0] != rule.id:
            continue
        try:
            found |= typed_settings(region, [f"{name}={value}"]).get(rule.id, {})
        except CeyuanError:
            continue
    return found


def _of_text(
    words: PolicyWords, name: str, said: Parameter, day: date
) -> Iterator[ValueTold]:
    for one in said.values:
        value = read_setting(said, one)
        yield ValueTold(
            words.setting(name, value, said.unit),
            words.table(name, value),
            one.from_,
            one.until,
            (one.from_ or date.min) <= day <= (one.until or date.max),
            article=words.rule.said.articles[one.article].article,
            sure=one.confidence,
            sure_words=words.pick(*CONFIDENCE[one.confidence]),
            note=one.note,
        )


def _of_office(
    words: PolicyWords, name: str, set_: Iterable[SettingSaid], day: date
) -> Iterator[ValueTold]:
    """Yield what the office set; a later one ends those before on its own days."""
    ordered = list(set_)
    counts = None
    for one in ordered:
        if one.valid_from <= day <= (one.valid_to or date.max):
            counts = one
    for at, one in enumerate(ordered):
        until = one.valid_to
        after = ordered[at + 1 :]
        if any(o.valid_from <= one.valid_from and o.valid_to is None for o in after):
            continue  # it never held: what replaced it holds on all its days
        for later in after:
            if later.valid_from > one.valid_from:
                before = later.valid_from - timedelta(days=1)
                until = before if until is None else min(until, before)
        yield ValueTold(
            _office_words(words, name, one.value),
            (),
            one.valid_from,
            until,
            one is counts,
            by_office=True,
        )


def _office_words(words: PolicyWords, name: str, typed: str) -> str:
    """Return what was typed in the words of the page, as typed where it is not read."""
    said = words.rule.said.parameters[name]
    try:
        read = typed_settings(words.region, [f"{words.rule.id}.{name}={typed}"])
    except CeyuanError:
        return typed
    return words.setting(name, read[words.rule.id][name], said.unit)
