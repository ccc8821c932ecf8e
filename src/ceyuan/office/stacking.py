# SPDX-License-Identifier: Apache-2.0
"""Benefits that meet in one firm: which of them are paid, with the arithmetic.

`regions/…/stacking.yaml` names groups of policies that a text sets against each other.
A group has a rule (`highest_only` 就高不重复, `first_only`: those named first exclude
the others, `all`: both), or none where no source confirms one: then nothing of the
group is promised to a firm that is due several, until the office has set it
(`ceyuan parameter set stacking.GROUP=highest_only`). Unknown is not yes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from ceyuan.declarations.parts import Confidence, Part, build
from ceyuan.declarations.region import REGIONS, _folders
from ceyuan.declarations.source import read_source
from ceyuan.kernel import UsageError, show_money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ceyuan.office.dues import Due
    from ceyuan.office.memory import Memory

OWNER = "stacking"
Rule = Literal["highest_only", "first_only", "all"]
RULES: Mapping[str, tuple[str, str]] = {
    "highest_only": ("就高不重复", "only the highest"),
    "first_only": ("先列的排除后列的", "the first excludes the others"),
    "all": ("可同时享受", "all of them"),
}


class GroupSaid(Part):
    """Policies that are set against each other, and how."""

    zh: str
    en: str
    policies: tuple[str, ...]
    rule: Rule | None = None
    article: str
    confidence: Confidence


class StackingFile(Part):
    """`stacking.yaml`."""

    groups: dict[str, GroupSaid]


@dataclass(frozen=True, slots=True)
class Stacked:
    """How benefits of one firm met.

    Args:
        group: The group.
        org: Whose.
        rule: The rule; empty where none is set.
        kept: The policies that are paid.
        left: The policies that are not, for that reason.
        zh: The arithmetic in words.
        en: The same in English.
    """

    group: str
    org: int
    rule: str
    kept: tuple[str, ...]
    left: tuple[str, ...]
    zh: str
    en: str


@cache
def load_stacking(region: str) -> Mapping[str, GroupSaid]:
    """Return the groups of a region, its parents' included.

    Raises:
        RuleError: A file is wrong.
    """
    found: dict[str, GroupSaid] = {}
    for folder in _folders(region):
        path = folder / "stacking.yaml"
        if path.is_file():
            name = path.relative_to(REGIONS).as_posix()
            found |= build(StackingFile, read_source(path, name=name)).groups
    return found


def is_stacking(owner: str) -> bool:
    """Return whether a parameter's owner is a stacking group."""
    return owner == OWNER


def typed_stacking(memory: Memory, name: str, value: str) -> None:
    """See that a group and a rule exist.

    Raises:
        UsageError: One of them does not.
    """
    groups = load_stacking(memory.region.id)
    group = name.partition(".")[2]
    if group not in groups:
        msg = f"没有叠加组 `{group}` (no such group)"
        raise UsageError(msg, hint=f"已声明的：{'、'.join(groups)}")
    if value not in RULES:
        msg = f"`{name}` 不能是“{value}” (no such rule)"
        raise UsageError(msg, hint=f"可选：{'、'.join(RULES)}")


def resolve(
    dues: Sequence[Due],
    groups: Mapping[str, GroupSaid],
    settings: Mapping[str, str],
) -> tuple[list[Due], list[Stacked]]:
    """Return what is left to be paid where benefits meet, and how that came.

    A rule compares what one commodity counts; several amounts of one policy (of
    several loans, say) are added.
    """
    met: dict[tuple[str, int], list[Due]] = {}
    for name, group in groups.items():
        for one in dues:
            if one.policy in group.policies:
                met.setdefault((name, one.org), []).append(one)
    left: set[str] = set()
    told: list[Stacked] = []
    for (name, org), several in sorted(met.items()):
        sums: dict[str, int] = {}
        for one in several:
            sums[one.policy] = sums.get(one.policy, 0) + one.amount
        if len(sums) < 2:
            continue
        group = groups[name]
        rule = settings.get(f"{OWNER}.{name}") or group.rule or ""
        ordered = [p for p in group.policies if p in sums]
        if rule == "all":
            kept = ordered
        elif rule == "highest_only":
            kept = [max(ordered, key=lambda p: (sums[p], -ordered.index(p)))]
        elif rule == "first_only":
            kept = ordered[:1]
        else:
            kept = []
        gone = [p for p in ordered if p not in kept]
        left |= {one.slot for one in several if one.policy in gone}
        told.append(_told(name, org, rule, sums, kept, gone))
    return [one for one in dues if one.slot not in left], told


def _told(
    group: str,
    org: int,
    rule: str,
    sums: Mapping[str, int],
    kept: Sequence[str],
    gone: Sequence[str],
) -> Stacked:
    said = "，".join(f"{p} {show_money(amount)}" for p, amount in sums.items())
    total = show_money(sum(sums[p] for p in kept))
    if rule:
        zh = f"{said}；{RULES[rule][0]}：付 {'、'.join(kept)}，合计 {total}"
        en = f"{said}; {RULES[rule][1]}: {', '.join(kept)} paid, {total} in all"
    else:
        zh = f"{said}；能否同时享受没有确认，未定之前都不承诺"
        en = f"{said}; whether both can be had is not confirmed: neither is promised"
    return Stacked(group, org, rule, tuple(kept), tuple(gone), zh, en)
